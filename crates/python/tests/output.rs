//! What scripts print reaches the log.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::script;
use python::script::Closed;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{}={value:?} ", field.name()));
            }
        }
        let mut text = Text(format!("{} ", event.metadata().level()));
        event.record(&mut text);
        self.0.lock().expect("no panic under the lock").push(text.0);
    }
}

#[test]
fn printed_lines_are_logged_and_none_is_lost() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines.clone()))
        .unwrap();
    let (s, _, _d) = script(
        "import sys, logging\nprint('one')\nprint('t', 'wo', sep='')\nprint('no end', end='')\n\
         print('to stderr', file=sys.stderr)\nlogging.warning('careful')\nsys.stdout.flush()\n",
    );
    assert_eq!(s.close(Duration::from_secs(5)), Closed::Clean);
    let lines = lines.0.lock().unwrap();
    let has = |level: &str, text: &str| {
        lines
            .iter()
            .any(|l| l.starts_with(level) && l.contains(text) && l.contains("script=\"s\""))
    };
    for (level, text) in [
        ("INFO", "message=one "),
        ("INFO", "message=two "),
        ("INFO", "message=no end "),
        ("WARN", "message=to stderr "),
        ("WARN", "message=WARNING:root:careful "),
    ] {
        assert!(has(level, text), "{text} in {lines:?}");
    }
}

//! Where scripts' output and our own messages go: the program's standard streams.

use std::fmt;
use std::io::{self, Write as _};

use python::calls;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// Puts the streams into place, unless the program that we are linked into has a log.
pub fn start() {
    // The first one stays, as it should.
    drop(tracing::subscriber::set_global_default(Streams));
}

/// A log that goes to the standard streams: what scripts print as it is, the rest by level.
struct Streams;

/// The documented level of a message of ours.
fn level(metadata: &Metadata<'_>) -> u8 {
    match *metadata.level() {
        _ if metadata.target() == calls::STATUS => 1,
        // Made only when it is wanted.
        _ if metadata.target() == calls::TARGET => 0,
        Level::ERROR => 0,
        Level::WARN => 1,
        Level::INFO => 2,
        Level::DEBUG => 3,
        Level::TRACE => 4,
    }
}

/// What scripts print and raise.
fn is_output(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "script"
}

#[derive(Default)]
struct Text {
    message: String,
    rest: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.rest += &format!(" {name}={value:?}"),
        }
    }
}

impl Subscriber for Streams {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_output(metadata) || calls::wants(level(metadata))
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        // A stream that is closed is nothing a script could help.
        drop(if !is_output(metadata) {
            {
                // Not so what scripts print: that is theirs, as it is.
                let entry = format!("{}{}", text.message, text.rest);
                writeln!(io::stderr(), "PY: {}", hub::border::Shown(entry))
            }
        } else if *metadata.level() == Level::INFO {
            writeln!(io::stdout(), "{}", text.message)
        } else {
            writeln!(io::stderr(), "{}", text.message)
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

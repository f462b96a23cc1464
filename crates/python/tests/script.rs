//! One script, called in place.

mod common;

use std::time::Duration;

use common::{Dir, FakeHost, config, script};
use hub::api::Value;
use hub::hooks::{Event, Hook, Substitute, Verdict};
use python::Script;
use python::script::Closed;

const LIMIT: Duration = Duration::from_secs(5);

fn chat(text: &str) -> Event {
    Event::ParsedMsgChat {
        nick: "nick".into(),
        message: text.as_bytes().to_vec().into(),
    }
}

/// Runs `body` as the body of a function and returns what it returns.
fn eval(body: &str) -> Value<'static> {
    let body = body.replace('\n', "\n    ");
    let (s, _, _d) = script(&format!("def f():\n    {body}\n"));
    let result = s.call_function("f", &[]);
    assert_eq!(s.close(LIMIT), Closed::Clean);
    result.unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_hook_decides() {
    let (s, _, _d) = script("def OnParsedMsgChat(nick, msg): return 0 if 'bad' in msg else 1\n");
    assert!(s.hooks().has(Hook::ParsedMsgChat));
    assert!(!s.hooks().has(Hook::Timer));
    assert_eq!(s.call_hook(&chat("good")), Verdict::ALLOW);
    assert_eq!(s.call_hook(&chat("bad")), Verdict::BLOCK);
    assert_eq!(
        s.call_hook(&Event::UserLogin { nick: "x".into() }),
        Verdict::ALLOW
    );
    assert_eq!(s.close(LIMIT), Closed::Clean);
}

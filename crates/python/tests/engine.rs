//! The engine with a fake hub.

mod common;

use std::time::{Duration, Instant};

use ::hub::hooks::{Event, Hook, HookSet, Substitute, Verdict};
use ::hub::io::EngineOp;
use common::hub::{Hub, SOON, chat};

const CHATTY: &str = "def OnParsedMsgChat(nick, msg): vh.Post(vh.name + ':' + msg)\n";

#[test]
fn an_event_passes_all_scripts_in_order() {
    let hub = Hub::new(1000, 5);
    assert_eq!(hub.chat("nobody listens"), Verdict::ALLOW);
    hub.load(
        "a.py",
        "x = 'mine'\ndef OnParsedMsgChat(n, m): return m + '-a'\n",
    );
    hub.load(
        "b.py",
        "x = 'other'\ndef OnParsedMsgChat(n, m):\n    vh.Post(m + x)\n    return 0\n",
    );
    hub.load(
        "c.py",
        "def OnParsedMsgChat(n, m): return (n + '!', None)\n",
    );
    let set = HookSet::EMPTY.with(Hook::ParsedMsgChat);
    assert_eq!(hub.seen(|s| s.hooks.clone()), [set]);
    let verdict = hub.chat("hi");
    assert!(!verdict.allow);
    let substitute = Substitute::Chat {
        nick: Some("nick!".into()),
        text: Some("hi-a".into()),
    };
    assert_eq!(verdict.substitute, Some(substitute));
    hub.sent("hi-aother");
}

#[test]
fn nested_hooks_are_served_while_a_call_waits() {
    let hub = Hub::new(1000, 5);
    let source = "def OnParsedMsgChat(n, m):\n    return 0 if vh.Kick(m) else 1\n\
        def OnOperatorKicks(op, nick, reason):\n    vh.Post('kick ' + nick)\n    return nick != 'safe'\n";
    hub.load("a.py", source);
    hub.load("b.py", source);
    assert!(!hub.chat("joe").allow);
    assert!(hub.chat("safe").allow);
    hub.sent("kick joe");
}

#[test]
fn nesting_has_a_bottom() {
    let hub = Hub::new(5000, 5);
    hub.load("a.py", "n = 0\ndef OnOperatorKicks(op, nick, reason):\n    global n\n    n += 1\n    vh.Kick(nick)\n    \
        vh.Post(f'depth {n}')\n");
    let kick = Event::OperatorKicks {
        op: "o".into(),
        nick: "n".into(),
        reason: "r".into(),
    };
    assert!(hub.ask(kick).allow);
    hub.sent("depth 16");
}

#[test]
fn an_endless_loop_is_interrupted_and_suspended() {
    let hub = Hub::new(100, 2);
    let id = hub.load("loop.py", "def OnParsedMsgChat(n, m):\n    while m == 'loop':\n        try: pass\n        except Exception: pass\n");
    hub.load("next.py", CHATTY);
    let start = Instant::now();
    assert_eq!(hub.chat("loop"), Verdict::ALLOW);
    assert!(start.elapsed() < Duration::from_secs(5));
    hub.report("longer than 100 ms");
    hub.sent("next:loop");
    assert_eq!(hub.chat("fine"), Verdict::ALLOW);
    let start = Instant::now();
    while hub.info(id).unwrap().suspended || !hub.info(id).unwrap().hooks.has(Hook::ParsedMsgChat) {
        assert!(start.elapsed() < SOON);
    }
    // The second strike, once it is back.
    let start = Instant::now();
    while !hub.info(id).unwrap().suspended {
        assert!(start.elapsed() < SOON);
        assert_eq!(hub.chat("loop"), Verdict::ALLOW);
    }
    hub.report("suspended");
    assert_eq!(hub.chat("x"), Verdict::ALLOW);
    let reply = hub.admin(EngineOp::List);
    assert!(reply.contains("loop.py (suspended)"), "{reply}");
    let reply = hub.admin(EngineOp::Reload("loop".into()));
    assert!(
        reply.contains("Script stopped: #0") && reply.contains("Script loaded: #0"),
        "{reply}"
    );
    assert_eq!(hub.engine.list()[0].path, hub.path("loop.py"));
    assert!(!hub.engine.list()[0].suspended);
}

#[test]
fn a_script_stuck_in_c_holds_nobody_up() {
    let hub = Hub::new(100, 0);
    hub.load(
        "stuck.py",
        "import time\ndef OnParsedMsgChat(n, m):\n    if m == 'sleep': time.sleep(3600)\n",
    );
    hub.load("next.py", CHATTY);
    let first = hub.send(chat("sleep"));
    let queued: Vec<u64> = (0..10).map(|i| hub.send(chat(&format!("q{i}")))).collect();
    assert_eq!(hub.verdict(first), Verdict::ALLOW);
    for id in queued {
        assert_eq!(hub.verdict(id), Verdict::ALLOW);
    }
    let start = Instant::now();
    assert_eq!(hub.chat("later"), Verdict::ALLOW);
    assert!(start.elapsed() < Duration::from_millis(1000));
    let start = Instant::now();
    hub.engine.stop(Duration::from_millis(500));
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(hub.chat("after the stop"), Verdict::ALLOW);
}

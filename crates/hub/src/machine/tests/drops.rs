use super::*;
use crate::hooks::{Event, Hook};

fn with_op(settings: &[(&str, &str)]) -> (Kit, crate::io::ConnId, crate::io::ConnId) {
    let mut k = Kit::with(settings);
    k.register("op", 3);
    k.register("boss", 5);
    let (a, op) = (k.login("a"), k.login("op"));
    (k, a, op)
}

#[test]
fn a_drop_bans_nobody() {
    let (mut k, a, op) = with_op(&[]);
    k.say(op, "op", "!drop a no reason");
    k.expect(
        a,
        "$To: a From: Viperhub $<Viperhub> You are being dropped by op because: no reason|",
    );
    assert!(k.closed(a));
    let got = k.got(op);
    assert!(
        got.contains("<Viperhub> op dropped a because: no reason|"),
        "{got}"
    );
    assert!(
        got.contains("$To: op From: OpChat $<OpChat> op dropped a"),
        "{got}"
    );
    let a = k.login("a");
    k.say(op, "op", "!drop a");
    let text = "$To: a From: Viperhub $<Viperhub> You are being dropped by op|";
    k.expect(a, text);
    assert!(k.closed(a));
    k.say(op, "op", "!drop a");
    k.expect_in(op, "a is not online.");
    k.say(op, "op", "!drop");
    k.expect_in(op, "Whom?");
    let boss = k.login("boss");
    k.say(op, "op", "!drop boss");
    k.expect_in(op, "You may not drop boss.");
    assert!(!k.closed(boss));
}

#[test]
fn both_hooks_are_called_and_each_can_stop_it() {
    let hooks = [Hook::OperatorDrops, Hook::OperatorDropsWithReason];
    for (first, second) in [(true, true), (false, true), (true, false)] {
        let (mut k, a, op) = with_op(&[]);
        k.hook(&hooks);
        k.say(op, "op", "!drop a why");
        let event = if first { k.allow() } else { k.block() };
        let want = Event::OperatorDrops {
            op: "op".into(),
            nick: "a".into(),
        };
        assert_eq!(event, want);
        let event = if second { k.allow() } else { k.block() };
        let want = Event::OperatorDropsWithReason {
            op: "op".into(),
            nick: "a".into(),
            reason: "why".into(),
        };
        assert_eq!(event, want);
        assert_eq!(k.closed(a), first && second);
        k.quiet();
    }
}

#[test]
fn who_is_told_of_drops() {
    let (mut k, a, op) = with_op(&[("notify_kicks_to_all", "0")]);
    let b = k.login("b");
    k.say(op, "op", "!drop a x");
    k.expect_in(a, "<Viperhub> op dropped a because: x|");
    k.expect(b, "<Viperhub> op dropped a because: x|$Quit a|");
    let (mut k, a, op) = with_op(&[("dest_drop_chat", "1")]);
    let b = k.login("b");
    k.say(op, "op", "!drop a x");
    k.expect(op, "<Viperhub> op dropped a because: x|$Quit a|");
    k.expect(b, "$Quit a|");
    assert!(k.closed(a));
}

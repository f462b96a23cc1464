use super::*;
use crate::hooks::{Event, Hook, Substitute, Verdict};

#[test]
fn a_line_goes_to_all_chat_users() {
    let mut k = Kit::new();
    let (a, b, c) = (k.login("Ann"), k.login("b"), k.login("c"));
    k.say(b, "b", "+nochat");
    k.expect(b, "<Viperhub> Main chat is off.|");
    k.say(a, "aNN", "hi $there");
    k.expect(a, "<aNN> hi $there|");
    k.expect(b, "");
    k.expect(c, "<aNN> hi $there|");
}

#[test]
fn the_rules_of_main_chat() {
    let mut k = Kit::with(&[
        ("int_chat_ms", "1000"),
        ("max_chat_msg", "10"),
        ("max_chat_lines", "2"),
    ]);
    k.register("vip", 2);
    k.register("op", 3);
    let (a, vip, op) = (k.login("a"), k.login("vip"), k.login("op"));
    k.say(a, "a", "one");
    k.expect(a, "<a> one|");
    k.pass(900);
    k.say(a, "a", "two");
    k.expect(a, "<Viperhub> You write too fast, this was ignored.|");
    k.pass(900);
    k.say(a, "a", "two");
    k.expect_in(a, "too fast");
    let late = |k: &mut Kit, text: &str| {
        k.pass(1000);
        k.got(a);
        k.say(a, "a", text);
        k.got(a)
    };
    assert_eq!(late(&mut k, "one"), "<Viperhub> You have just said that.|");
    assert!(late(&mut k, "elevenbytes").contains("longer than 10 bytes"));
    assert!(late(&mut k, "1\n2\n3").contains("more than 2 lines"));
    assert_eq!(late(&mut k, "1\n2"), "<a> 1\n2|");
    k.say(vip, "vip", "a long line of a VIP");
    k.say(vip, "vip", "a long line of a VIP");
    k.expect_in(
        vip,
        "<vip> a long line of a VIP|<Viperhub> You have just said that.|",
    );
    k.got(op);
    k.say(op, "op", "again");
    k.say(op, "op", "again");
    k.expect(op, "<op> again|<op> again|");
    let mut k = Kit::with(&[("mainchat_class", "1")]);
    let a = k.login("a");
    k.say(a, "a", "x");
    k.expect(a, "<Viperhub> You need class 1 to write in main chat.|");
}

#[test]
fn a_judged_line_holds_up_its_sender_only() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::ParsedMsgChat]);
    k.say(a, "a", "one");
    k.say(a, "a", "two");
    k.say(b, "b", "three");
    k.expect(b, "");
    assert_eq!(k.hub.waiting(), (2, 2));
    let (ask, event) = k.asks.pop_back().unwrap();
    assert!(matches!(event, Event::ParsedMsgChat { message, .. } if message == "three"));
    k.input(crate::io::Input::Verdict {
        ask,
        verdict: Verdict::ALLOW,
    });
    k.expect(b, "<b> three|");
    k.allow();
    k.expect(b, "<a> one|");
    k.block();
    k.expect(a, "<b> three|<a> one|");
    k.quiet();
}

#[test]
fn a_verdict_can_change_the_line_and_answer() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::ParsedMsgChat]);
    k.say(a, "a", "damn");
    k.answer(Verdict {
        replies: ["<bot> language".into()].into_iter().collect(),
        substitute: Some(Box::new(Substitute::Chat {
            nick: None,
            text: Some("dear".into()),
        })),
        ..Verdict::ALLOW
    });
    k.expect(a, "<bot> language|<a> dear|");
    k.expect(b, "<a> dear|");
}

#[test]
fn too_much_waiting_stops_the_reading() {
    let mut k = Kit::with(&[("parked_messages", "2")]);
    let a = k.login("a");
    k.hook(&[Hook::ParsedMsgChat]);
    for n in 0..3 {
        k.say(a, "a", &format!("line {n}"));
    }
    assert!(!k.paused(a));
    k.say(a, "a", "line 3");
    assert!(k.paused(a));
    k.allow();
    assert!(k.paused(a));
    k.unhook();
    k.allow();
    assert!(!k.paused(a));
    k.expect(a, "<a> line 0|<a> line 1|<a> line 2|<a> line 3|");
    k.quiet();
}

#[test]
fn whoever_leaves_while_judged_says_nothing_more() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::ParsedMsgChat]);
    k.say(a, "a", "bye");
    k.say(a, "a", "and more");
    k.leave(a);
    k.got(b);
    k.allow();
    k.expect(b, "");
    k.quiet();
}

#[test]
fn a_replacement_stays_one_message() {
    let (mut k, a) = {
        let mut k = Kit::new();
        let a = k.login("a");
        (k, a)
    };
    k.got(a);
    k.hook(&[Hook::ParsedMsgChat]);
    let replace = |nick: &str, text: String| Verdict {
        substitute: Some(Box::new(Substitute::Chat {
            nick: Some(nick.to_owned().into()),
            text: Some(text.into()),
        })),
        ..Verdict::ALLOW
    };
    k.say(a, "a", "one");
    k.answer(replace("b|$Quit c", "x|$Quit d".into()));
    k.expect(a, "<a> x&#124;$Quit d|");
    k.pass(2000);
    k.say(a, "a", "two");
    k.answer(replace("b", "x".repeat(20_000)));
    k.expect(a, "<b> two|");
}

//! Rights are asked for when something is done, not when it was asked for.

use super::*;
use crate::hooks::Hook;
use crate::io::{Call, ConnId, Input};
use crate::reg::{RegUser, StoreOp};

/// An operator, his chief and a user.
fn hub(hook: Hook) -> (Kit, ConnId, ConnId, ConnId) {
    let mut k = Kit::new();
    k.register("op", 5);
    k.register("boss", 10);
    let (a, op, boss) = (k.login("a"), k.login("op"), k.login("boss"));
    k.got(op);
    k.hook(&[hook]);
    (k, a, op, boss)
}

fn written(k: &Kit) -> usize {
    let deed = |op: &&StoreOp| {
        matches!(
            op,
            StoreOp::SaveBan { .. }
                | StoreOp::AddKick { .. }
                | StoreOp::AddUser { .. }
                | StoreOp::SetConfig { .. }
        )
    };
    k.stored.iter().filter(deed).count()
}

const DEEDS: &[(Hook, &str)] = &[
    (Hook::NewBan, "<op> !ban a why"),
    (Hook::NewBan, "<op> !banip 80.0.0.1 why"),
    (Hook::NewBan, "$Ban a$why"),
    (Hook::OperatorKicks, "<op> !kick a why"),
    (Hook::OperatorKicks, "$Kick a"),
    (Hook::OperatorKicks, "<op> op is kicking a because: why"),
    (Hook::OperatorDrops, "<op> !drop a why"),
    (Hook::OperatorDropsWithReason, "<op> !drop a why"),
    (Hook::NewReg, "<op> !regnew b 1 long-enough"),
    (Hook::SetConfig, "<op> !set hub_desc x"),
    (Hook::SetConfig, "<op> !topic x"),
    (Hook::SetConfig, "$SetTopic x"),
    (Hook::OperatorCommand, "<op> !bannick b why"),
    (Hook::HubCommand, "<op> !bannick b why"),
];

#[test]
fn who_was_lowered_meanwhile_does_nothing_any_more() {
    for (hook, message) in DEEDS {
        let (mut k, a, op, boss) = hub(*hook);
        k.send(op, message);
        assert_eq!(k.asks.len(), 1, "{message}");
        let ask = k.asks.pop_front().unwrap();
        k.unhook();
        k.say(boss, "boss", "!class op 0");
        let before = written(&k);
        k.asks.push_front(ask);
        k.got(op);
        k.allow();
        assert_eq!(written(&k), before, "{message}");
        assert!(!k.closed(a), "{message}");
        assert_eq!(k.hub.ban_rows().len(), 0, "{message}");
        k.quiet();
    }
}

#[test]
fn who_was_kicked_meanwhile_does_nothing_any_more() {
    for (hook, message) in DEEDS {
        let (mut k, a, op, boss) = hub(*hook);
        k.send(op, message);
        let ask = k.asks.pop_front().unwrap();
        k.unhook();
        k.say(boss, "boss", "!kick op why");
        assert!(k.closed(op));
        let before = written(&k);
        k.asks.push_front(ask);
        k.allow();
        assert_eq!(written(&k), before, "{message}");
        assert!(!k.closed(a), "{message}");
        k.quiet();
    }
}

#[test]
fn who_keeps_his_class_does_it() {
    for (hook, message) in DEEDS {
        let (mut k, a, op, _) = hub(*hook);
        k.send(op, message);
        let (before, bans) = (written(&k), k.hub.ban_rows().len());
        while !k.asks.is_empty() {
            k.allow();
        }
        let done = written(&k) > before || k.hub.ban_rows().len() > bans || k.closed(a);
        assert!(done, "{message}");
        k.quiet();
    }
}

#[test]
fn a_victim_who_is_protected_meanwhile_stays() {
    for (hook, message) in &DEEDS[..8] {
        if message.contains("banip") {
            continue;
        }
        let (mut k, a, op, boss) = hub(*hook);
        k.send(op, message);
        let ask = k.asks.pop_front().unwrap();
        k.unhook();
        k.say(boss, "boss", "!protect a 5");
        k.asks.push_front(ask);
        k.got(op);
        k.allow();
        assert!(!k.closed(a), "{message}");
        k.expect_in(op, "You may not ");
    }
}

#[test]
fn the_operator_of_a_scripts_kick_is_looked_at_when_it_is_done() {
    let (mut k, a, _, boss) = hub(Hook::OperatorKicks);
    let call = k.begin(Call::Kick {
        op: "op".into(),
        nick: "a".into(),
        reason: "why".into(),
        note: "".into(),
        op_note: "".into(),
        ban_time: 0,
        redirect: None,
    });
    let ask = k.asks.pop_front().unwrap();
    k.unhook();
    k.say(boss, "boss", "!class op 0");
    k.asks.push_front(ask);
    k.allow();
    assert_eq!(k.answered(call), Some(Ok(crate::value::Value::Bool(false))));
    assert!(!k.closed(a));
}

#[test]
fn a_gag_holds_for_what_waits_for_scripts() {
    for (hook, message, gag) in [
        (Hook::ParsedMsgChat, "<a> hello all", "!gag a"),
        (
            Hook::ParsedMsgPM,
            "$To: op From: a $<a> hello all",
            "!nopm a",
        ),
        (Hook::ParsedMsgMCTo, "$MCTo: op $a hello all", "!nopm a"),
        (
            Hook::ParsedMsgSearch,
            "$Search Hub:a F?T?0?1?hello all",
            "!nosearch a",
        ),
    ] {
        let (mut k, a, op, boss) = hub(hook);
        k.send(a, message);
        assert_eq!(k.asks.len(), 1, "{message}");
        let ask = k.asks.pop_front().unwrap();
        k.unhook();
        k.say(boss, "boss", gag);
        k.got(op);
        k.got(a);
        k.asks.push_front(ask);
        k.allow();
        let got = k.got(op);
        assert!(!got.contains("hello"), "{message}: {got}");
        k.expect_in(a, "You may not ");
    }
}

#[test]
fn who_has_lost_the_operator_chat_is_not_heard_there() {
    let (mut k, _, op, boss) = hub(Hook::OpChatMessage);
    k.send(op, "$To: OpChat From: op $<op> secret");
    let ask = k.asks.pop_front().unwrap();
    k.unhook();
    k.say(boss, "boss", "!class op 0");
    k.got(boss);
    k.asks.push_front(ask);
    k.allow();
    k.expect(boss, "");
}

// ---- rows changed beside the hub -----------------------------------------------------------

fn change(k: &mut Kit, nick: &str, edit: impl FnOnce(&mut RegUser)) {
    k.edit(nick, edit);
    let nick = nick.to_owned().into();
    k.input(Input::RegChanged(vec![nick]));
}

#[test]
fn a_class_changed_in_the_database_reaches_who_is_online() {
    let mut k = Kit::new();
    k.register("op", 5);
    let (a, op) = (k.login("a"), k.login("op"));
    change(&mut k, "op", |row| row.class = 1);
    assert_eq!(k.class("op"), Some(1));
    k.expect_in(op, "You are now registered user.");
    k.expect_in(a, "$Quit op|$MyINFO $ALL op ");
    k.say(op, "op", "!bannick b x");
    assert_eq!(k.hub.ban_rows().len(), 0);
    change(&mut k, "op", |row| row.class = 3);
    assert_eq!(k.class("op"), Some(3));
    k.expect_in(a, "$OpList op$$|");
    k.got(op);
    // Off, and on again.
    change(&mut k, "op", |row| row.enabled = false);
    assert_eq!(k.class("op"), Some(0));
    k.expect_in(op, "Your registration is off now.");
    change(&mut k, "op", |row| row.enabled = true);
    assert_eq!(k.class("op"), Some(3));
    // What does not change the row leaves a class given for this visit.
    k.register("boss", 10);
    let boss = k.login("boss");
    k.say(boss, "boss", "!class op 4");
    change(&mut k, "op", |row| row.login_cnt += 1);
    assert_eq!(k.class("op"), Some(4));
    change(&mut k, "op", |row| row.hide_share = true);
    assert_eq!(k.class("op"), Some(4));
    k.expect_in(a, "op d<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\u{1}$m$0$|");
    k.forget("op");
    k.input(Input::RegChanged(vec!["op".into()]));
    assert_eq!(k.class("op"), Some(0));
    k.expect_in(op, "Your registration was removed.");
    k.quiet();
}

#[test]
fn a_reload_reads_the_rows_too() {
    let mut k = Kit::new();
    k.register("op", 5);
    k.register("boss", 10);
    let (_, boss) = (k.login("op"), k.login("boss"));
    k.edit("op", |row| row.enabled = false);
    k.say(boss, "boss", "!reload");
    assert_eq!(k.class("op"), Some(0));
    assert_eq!(k.class("boss"), Some(10));
}

#[test]
fn nobody_is_raised_who_has_shown_no_password() {
    let mut k = Kit::new();
    k.register("off", 1);
    k.edit("off", |row| row.enabled = false);
    k.login("off");
    // Whoever it is: it may be anybody.
    change(&mut k, "off", |row| {
        row.enabled = true;
        row.class = 10;
    });
    assert_eq!(k.class("off"), Some(0));
    // A guest under a nick that is registered by somebody else meanwhile.
    let guest = k.login("guest");
    k.register("guest", 10);
    k.input(Input::RegChanged(vec!["guest".into()]));
    assert_eq!(k.class("guest"), Some(0));
    assert!(!k.closed(guest));
}

#[test]
fn a_login_is_judged_by_the_row_of_that_moment() {
    let edits: [fn(&mut RegUser); 3] = [
        |row| row.enabled = false,
        |row| row.class = 1,
        |row| row.auth_ip = "9.9.9.9".into(),
    ];
    for edit in edits {
        for told in [true, false] {
            let mut k = Kit::new();
            k.register("op", 5);
            let c = k.connect();
            k.send(c, "$Supports |$Key k|$ValidateNick op");
            k.edit("op", edit);
            if told {
                k.input(Input::RegChanged(vec!["op".into()]));
            }
            k.send(c, "$MyPass secret");
            k.expect_in(
                c,
                "Your registration has just changed, please log in again.",
            );
            assert!(k.closed(c));
            assert_eq!(k.class("op"), None);
        }
    }
    // After the password, before the list.
    let mut k = Kit::new();
    k.register("op", 5);
    let c = k.connect();
    k.send(
        c,
        "$Supports |$Key k|$ValidateNick op|$MyPass secret|$Version 1",
    );
    change(&mut k, "op", |row| row.class = 1);
    assert!(k.closed(c));
}

#[test]
fn a_registration_switched_off_by_an_operator_is_off_at_once() {
    let mut k = Kit::new();
    k.register("op", 3);
    k.register("boss", 10);
    let (_, boss) = (k.login("op"), k.login("boss"));
    k.say(boss, "boss", "!regdisable op");
    assert_eq!(k.class("op"), Some(0));
    k.say(boss, "boss", "!regenable op");
    assert_eq!(k.class("op"), Some(3));
}

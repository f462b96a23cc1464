use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, ConnId};
use crate::reg::{BanRow, Listing, StoreOp};

fn with_op(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    k.register("op", 3);
    let (a, op) = (k.login("a"), k.login("op"));
    k.got(op);
    (k, a, op)
}

fn says(k: &mut Kit, who: (ConnId, &str), command: &str, expected: &str) {
    k.got(who.0);
    k.say(who.0, who.1, command);
    k.expect_in(who.0, expected);
}

fn last_ban(k: &Kit) -> BanRow {
    let mut bans = k.stored.iter().rev().filter_map(|op| match op {
        StoreOp::SaveBan { ban } => Some(*ban.clone()),
        _ => None,
    });
    bans.next().unwrap()
}

#[test]
fn a_ban_after_a_kick_takes_nick_address_and_reason_from_it() {
    let (mut k, _, op) = with_op(&[]);
    let op = (op, "op");
    k.say(op.0, "op", "!kick a spam");
    says(
        &mut k,
        op,
        "!ban a",
        "Nick: a\r\nIP: 80.0.0.1\r\nReason: spam",
    );
    let ban = last_ban(&k);
    assert_eq!((ban.ban_type, ban.date_limit), (0, 0));
    for (command, kind, ip, nick) in [
        ("!addbannick_5m a worse", 2, "_nickban_", "a"),
        ("!newbanip 80.0.0.1", 1, "80.0.0.1", "_ipban_"),
        ("!ban_1d this ip a", 1, "80.0.0.1", "_ipban_"),
        ("!ban this nick a", 2, "_nickban_", "a"),
    ] {
        k.say(op.0, "op", command);
        let ban = last_ban(&k);
        assert_eq!(
            (ban.ban_type, &ban.ip[..], &ban.nick[..]),
            (kind, ip.as_bytes(), nick.as_bytes()),
            "{command}"
        );
        let reason = if command.ends_with("worse") {
            "worse"
        } else {
            "spam"
        };
        assert_eq!(ban.reason, reason);
    }
    // Not another operator's kick, and not an old one.
    k.register("op2", 3);
    let op2 = (k.login("op2"), "op2");
    says(&mut k, op2, "!banip a", "nothing that ip bans are about");
    k.pass(3_001_000);
    says(&mut k, op, "!banip a", "nothing that ip bans are about");
}

#[test]
fn kicks_and_drops_are_written_down_with_what_belongs_to_them() {
    let (mut k, a, op) = with_op(&[("tban_kick", "120"), ("dns_lookup", "1")]);
    k.say(op, "op", "!drop a bye");
    assert!(k.closed(a));
    k.hosts.insert("6.6.6.6".into(), "a.example.com");
    let a = k.connect_from("6.6.6.6");
    k.finish_login(a, "a", "", &info("a"));
    let id = k.begin(Call::Kick {
        op: "op".into(),
        nick: "a".into(),
        reason: "spam _ban_1h".into(),
        note: "for him".into(),
        op_note: "for us".into(),
        ban_time: 0,
        redirect: None,
    });
    assert!(k.answered(id).is_some());
    let kicks: Vec<_> = (k.stored.iter())
        .filter_map(|op| match op {
            StoreOp::AddKick { kick, within } => Some((kick.clone(), *within)),
            _ => None,
        })
        .collect();
    assert_eq!(kicks.len(), 2);
    assert!(kicks[0].0.is_drop && !kicks[1].0.is_drop);
    assert_eq!(
        (kicks[1].1, &kicks[1].0.ip[..], &kicks[1].0.host[..]),
        (120, &b"6.6.6.6"[..], &b"a.example.com"[..])
    );
    let ban = last_ban(&k);
    assert_eq!(ban.date_limit, 1_700_003_600);
    assert_eq!(
        (&ban.note_usr[..], &ban.note_op[..]),
        (&b"for him"[..], &b"for us"[..])
    );
}

#[test]
fn protocol_messages_ban_lift_and_list() {
    let (mut k, a, op) = with_op(&[]);
    let b = k.login("b");
    k.send(a, "$Ban b$x|$TempBan b$1d$x|$UnBan 1.1.1.1|$GetBanList");
    assert_eq!(k.got(a).matches("You need class 3").count(), 4);
    for (message, why) in [
        ("$TempBan b$soon$x", "The time must be"),
        ("$Ban op$x", "You may not ban op."),
    ] {
        k.got(op);
        k.send(op, message);
        k.expect_in(op, why);
    }
    k.send(op, "$TempBan b$1d$for a day");
    k.expect_in(b, "Remaining: 1 day");
    assert!(k.closed(b));
    k.expect_in(op, "Banned:\r\nNick: b\r\nIP: ");
    k.send(op, "$Ban a$for good");
    k.expect_in(a, "You are banned from this hub.\r\nNick: a");
    assert_eq!(last_ban(&k).date_limit, 0);
    k.got(op);
    k.send(op, "$GetBanList");
    k.expect_in(op, "2 bans found.");
    k.send(op, "$UnBan 80.0.0.1");
    k.expect_in(op, "1 ban lifted.");
    k.login("a");
}

#[test]
fn scripts_may_refuse_bans_by_message_too() {
    let (mut k, a, op) = with_op(&[]);
    k.hook(&[Hook::NewBan]);
    k.send(op, "$Ban a$why");
    let event = k.block();
    assert!(matches!(event, Event::NewBan { reason, .. } if reason == "why"));
    assert!(!k.closed(a));
}

#[test]
fn temporary_bans_are_shown_and_lifted() {
    let (mut k, _, op) = with_op(&[]);
    k.register("boss", 5);
    let op = (op, "op");
    let c = k.connect_from("5.5.5.5");
    k.send(c, "$Supports |$Key k|$ValidateNick boss|$MyPass wrong");
    says(
        &mut k,
        op,
        "!tempban 5.5.5.5",
        "5.5.5.5 is kept out:\r\n1 minute: wrong password|",
    );
    says(
        &mut k,
        op,
        "!tempbannick 5.5.5.5",
        "There is no temporary ban of 5.5.5.5.",
    );
    says(
        &mut k,
        op,
        "!deltempbanip 5.5.5.5",
        "5.5.5.5 is let in again:",
    );
    says(
        &mut k,
        op,
        "!infotempban 5.5.5.5",
        "There is no temporary ban",
    );
    says(&mut k, op, "!tempban", "Whom?");
    // The ban of a kick is lifted as a whole, its row too.
    k.say(op.0, "op", "!kick a spam");
    says(
        &mut k,
        op,
        "!infotempbannick a",
        "a is kept out:\r\n5 minutes: spam",
    );
    says(&mut k, op, "!untempban a", "a is let in again:");
    assert!(matches!(k.stored.last(), Some(StoreOp::DelBans { .. })));
    k.connect_from("80.0.0.1");
    let c = k.connect_from("80.0.0.1");
    k.finish_login(c, "a", "", &info("a"));
    assert_eq!(k.class("a"), Some(0));
}

#[test]
fn lists_are_emptied_here_and_in_the_database() {
    let (mut k, a, op) = with_op(&[("clean_gags_cleanbans", "1")]);
    let op = (op, "op");
    k.say(op.0, "op", "!bannick x why");
    k.say(op.0, "op", "!gag a");
    says(
        &mut k,
        op,
        "!cleanunbanlist",
        "The list of lifted bans is empty now.",
    );
    says(
        &mut k,
        op,
        "!cleankicklist",
        "The list of kicks is empty now.",
    );
    says(&mut k, op, "!lstban", "1 ban found.");
    k.say(op.0, "op", "!drop a bye");
    k.say(op.0, "op", "!kick a bye");
    k.got(op.0);
    k.say(op.0, "op", "!cleanallban");
    let told = k.got(op.0);
    for part in [
        "temporary bans are gone.",
        "1 bans are gone.",
        "Everybody may write again.",
    ] {
        assert!(told.contains(part), "{told}");
    }
    for list in [Listing::LiftedBans, Listing::Kicks, Listing::Bans] {
        assert!(k.stored.contains(&StoreOp::Clean { list }), "{list:?}");
    }
    k.leave(a);
    let a = k.login("a");
    k.say(a, "a", "hi");
    k.expect_in(a, "<a> hi|");
    k.store_fails = true;
    says(
        &mut k,
        op,
        "!cleanbanlist",
        "This holds until the hub ends only",
    );
}

#[test]
fn lifted_bans_keep_the_reason() {
    let (mut k, _, op) = with_op(&[]);
    k.say(op, "op", "!bannick x why");
    k.say(op, "op", "!delbannick x it was a mistake");
    let Some(StoreOp::DelBans { lifted, .. }) = k.stored.last() else {
        panic!("{:?}", k.stored.last())
    };
    assert_eq!(
        (&lifted.op[..], &lifted.reason[..]),
        (&b"op"[..], &b"it was a mistake"[..])
    );
}

#[test]
fn bans_by_message_need_a_reason_and_a_lower_class() {
    let (mut k, a, op) = with_op(&[("classdif_kick", "0")]);
    k.register("equal", 3);
    let equal = k.login("equal");
    for (message, why) in [
        ("$Ban a$", "Ban needs a reason."),
        ("$TempBan a$1d$ ", "TempBan needs a reason."),
        ("$Ban equal$x", "You may not ban equal."),
        ("$TempBan equal$1d$x", "You may not ban equal."),
    ] {
        k.send(op, message);
        k.expect_in(op, why);
    }
    assert!(k.bans.is_empty() && !k.closed(a) && !k.closed(equal));
    k.say(op, "op", "!protect a 3");
    k.send(op, "$Ban a$x");
    assert!(k.closed(a));
}

use super::*;
use crate::io::ConnId;
use crate::reg::{RegUser, StoreOp};

fn staff() -> (Kit, ConnId, ConnId) {
    let mut k = Kit::new();
    for (nick, class) in [("boss", 10), ("admin", 5), ("op", 3), ("reg", 1)] {
        k.register(nick, class);
    }
    let (boss, admin) = (k.login("boss"), k.login("admin"));
    (k, boss, admin)
}

fn says(k: &mut Kit, who: (ConnId, &str), command: &str, expected: &str) {
    k.got(who.0);
    k.say(who.0, who.1, command);
    k.expect_in(who.0, expected);
}

#[test]
fn registrations_are_turned_off_and_on() {
    let (mut k, _, admin) = staff();
    let admin = (admin, "admin");
    says(
        &mut k,
        admin,
        "!regdisable reg",
        "reg's registration is off now.",
    );
    assert!(!k.user("reg").enabled);
    // A guest then, who is asked for no password.
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick reg");
    k.expect_in(c, "$Hello reg|");
    k.leave(c);
    says(
        &mut k,
        admin,
        "!renable reg",
        "reg's registration is on again.",
    );
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick reg");
    k.expect_in(c, "$GetPass|");
    for (command, why) in [
        ("!regdisable", "Whom?"),
        ("!regdisable nobody", "is not registered"),
        ("!regdisable admin", "Only somebody else"),
        ("!regdisable boss", "Your class is too low"),
    ] {
        says(&mut k, admin, command, why);
    }
}

#[test]
fn protection_and_hidden_kicks() {
    let (mut k, boss, admin) = staff();
    let (boss, admin) = ((boss, "boss"), (admin, "admin"));
    let op = k.login("op");
    says(
        &mut k,
        admin,
        "!regprotect reg 3",
        "reg: class_protect is now 3.",
    );
    let reg = k.login("reg");
    says(&mut k, (op, "op"), "!kick reg x", "You may not kick reg.");
    says(
        &mut k,
        admin,
        "!regprotect reg 5",
        "only from classes below your own",
    );
    says(&mut k, admin, "!regprotect reg 7", "0 to 5 or 10");
    says(&mut k, boss, "!rprotect reg 0", "class_protect is now 0");
    // Live: who is online is kicked at once, and the kick is hidden from class 1.
    says(
        &mut k,
        boss,
        "!reghidekick op 1",
        "op: class_hidekick is now 1.",
    );
    k.set("hide_all_kicks", "0");
    let guest = k.login("guest");
    k.say(op, "op", "!kick reg x");
    assert!(k.closed(reg));
    assert!(!k.got(guest).contains("is kicking"));
    k.expect_in(admin.0, "op is kicking reg because: x|");
    says(
        &mut k,
        boss,
        "!regset op hide_kick 1",
        "op: hide_kick is now 1.",
    );
    k.say(op, "op", "!kick guest x");
    assert!(!k.got(admin.0).contains("is kicking"));
}

#[test]
fn every_field_can_be_set_and_what_it_changes_is_seen_at_once() {
    let (mut k, boss, admin) = staff();
    let (boss, admin) = ((boss, "boss"), (admin, "admin"));
    let reg = k.login("reg");
    says(
        &mut k,
        admin,
        "!regset reg hide_share 1",
        "reg: hide_share is now 1.",
    );
    k.expect_in(
        reg,
        "$MyINFO $ALL reg d<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\u{1}$m$0$|",
    );
    says(&mut k, admin, "!regset reg hide_share 0", "is now 0");
    k.expect_in(reg, "$m$1000$|");
    assert_eq!(k.view.total_share(), 3000);
    says(&mut k, admin, "!regset reg show_keys 1", "$OpList reg$$|");
    says(&mut k, admin, "!regset reg hide_keys 1", "$Quit reg|");
    says(&mut k, admin, "!regset reg hide_chat 1", "is now 1");
    k.got(reg);
    k.say(admin.0, "admin", "are you there?");
    k.expect(reg, "");
    says(
        &mut k,
        admin,
        "!regset reg fake_ip 5.5.5.5",
        "fake_ip is now 5.5.5.5.",
    );
    says(&mut k, admin, "!getip reg", "reg: 5.5.5.5");
    says(&mut k, admin, "!reg= reg fake_ip", "fake_ip is now .");
    let ip = k.view.with_user(b"reg", |u| u.ip.clone()).unwrap();
    assert!(ip.starts_with(b"80.0.0."), "{ip:?}");
    says(
        &mut k,
        admin,
        "!regset reg note_op a long note",
        "is now a long note.",
    );
    assert_eq!(k.user("reg").note_op, "a long note");
    for (command, why) in [
        ("!regset reg", "!regset NICK FIELD"),
        (
            "!regset reg nothing 1",
            "The fields are class, class_protect,",
        ),
        ("!regset reg hide_keys 2", "must be 0 or 1"),
        ("!regset reg auth_ip x", "must be an address"),
        ("!regset reg class 3", "Use !regclass"),
        ("!regset boss note_op x", "Your class is too low"),
    ] {
        says(&mut k, admin, command, why);
    }
    says(&mut k, boss, "!regset reg class 2", "reg is now VIP.");
    assert_eq!(k.class("reg"), Some(2));
    k.store_fails = true;
    says(
        &mut k,
        boss,
        "!regset reg note_op x",
        "could not be found now",
    );
}

#[test]
fn registrations_are_shown_and_listed() {
    let (mut k, boss, admin) = staff();
    k.register_as(RegUser {
        nick: "old".into(),
        class: 1,
        enabled: false,
        reg_op: "boss".into(),
        reg_date: 1_699_999_000,
        login_cnt: 7,
        login_last: 1_699_999_940,
        login_ip: "1.1.1.1".into(),
        error_cnt: 2,
        error_ip: "2.2.2.2".into(),
        note_op: "a note".into(),
        ..RegUser::default()
    });
    let op = k.login("op");
    k.got(op);
    k.say(op, "op", "!reginfo OLD");
    let told = k.got(op);
    for part in [
        "Nick: old",
        "Class: 1, registered user",
        "Online: no",
        "by boss",
        "Password: set, may be changed".split(',').next().unwrap(),
        "Logins: 7, the last one 1 minute ago from 1.1.1.1",
        "Refused: 2, the last time never from 2.2.2.2",
        "enabled: 0",
        "note_op: a note",
    ] {
        let part = part.replace("Password: set", "Password: to be set by the user");
        assert!(told.contains(&part), "{part} in {told}");
    }
    says(&mut k, (op, "op"), "!reginfo boss", "Your class is too low");
    says(&mut k, (op, "op"), "!reginfo op", "Online: yes");
    says(&mut k, (op, "op"), "!reglist", "You need class 4");
    says(
        &mut k,
        (admin, "admin"),
        "!reglist",
        "2 registrations of class 1, registered user:\r\nold (off)\r\nreg|",
    );
    says(&mut k, (admin, "admin"), "!rlst 3", "op (online)");
    says(
        &mut k,
        (admin, "admin"),
        "!reglist 10",
        "Your class is too low",
    );
    says(&mut k, (admin, "admin"), "!reglist 7", "The class must be");
    says(&mut k, (boss, "boss"), "!reglist 10", "boss (online)");
    // Before it is deleted it is shown.
    says(&mut k, (admin, "admin"), "!regdel old", "note_op: a note");
}

#[test]
fn pingers_and_masters_can_be_registered_and_pingers_logins_are_counted() {
    let (mut k, boss, admin) = staff();
    says(
        &mut k,
        (admin, "admin"),
        "!regnew root 10 secret",
        "Your class is too low",
    );
    says(
        &mut k,
        (boss, "boss"),
        "!regnew root 10 secret",
        "root is now registered as master.",
    );
    says(
        &mut k,
        (admin, "admin"),
        "!rn pinger -1",
        "pinger is now registered as pinger.",
    );
    k.stored.clear();
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick pinger");
    k.expect_in(c, "$Hello pinger|");
    let noted =
        |op: &StoreOp| matches!(op, StoreOp::Login { nick, right: true, .. } if nick == "pinger");
    assert!(k.stored.iter().any(noted), "{:?}", k.stored);
}

#[test]
fn what_a_login_leaves_behind() {
    let (mut k, _, admin) = staff();
    k.register_as(RegUser {
        nick: "bound".into(),
        class: 1,
        enabled: true,
        has_password: true,
        auth_ip: "7.7.7.7".into(),
        fake_ip: "5.5.5.5".into(),
        ..RegUser::default()
    });
    // A beginning of the address is not the address.
    for ip in ["7.7.7.77", "7.7.7.70", "9.9.9.9"] {
        let c = k.connect_from(ip);
        k.stored.clear();
        k.send(c, "$Supports |$Key k|$ValidateNick bound");
        assert!(k.closed(c));
        let wrong = |op: &StoreOp| matches!(op, StoreOp::Login { right: false, ip: from, .. } if from == ip);
        assert!(k.stored.iter().any(wrong), "{:?}", k.stored);
    }
    k.got(admin);
    let c = k.connect_from("7.7.7.7");
    k.send(c, "$Supports |$Key k|$ValidateNick bound|$MyPass wrong");
    assert!(k.closed(c));
    k.expect_in(admin, "Wrong password for bound from 7.7.7.7");
    let checked = |op: &StoreOp| matches!(op, StoreOp::CheckPassword { ip, .. } if ip == "7.7.7.7");
    assert!(k.stored.iter().any(checked));
    // A first password counts as a login.
    k.register_as(RegUser {
        nick: "new".into(),
        class: 1,
        enabled: true,
        pwd_change: true,
        ..RegUser::default()
    });
    let c = k.login("new");
    k.stored.clear();
    k.send(c, "$MyPass secret1");
    k.expect_in(c, "Your password is set");
    let noted = |op: &StoreOp| matches!(op, StoreOp::Login { right: true, .. });
    assert!(k.stored.iter().any(noted), "{:?}", k.stored);
}

#[test]
fn a_password_may_hold_blanks_but_must_be_long_enough() {
    let (mut k, boss, _) = staff();
    let boss = (boss, "boss");
    let short = "A password has at least 6 characters.";
    says(&mut k, boss, "!regnew new 2 short", short);
    assert!(
        !k.stored
            .iter()
            .any(|op| matches!(op, StoreOp::AddUser { .. }))
    );
    says(&mut k, boss, "!regnew new 2 my own secret", "new");
    assert!(matches!(k.stored.last(),
        Some(StoreOp::AddUser { user, password }) if user.class == 2 && password == "my own secret"));
    says(&mut k, boss, "!regpass new short", short);
    says(&mut k, boss, "!regpass new  another  secret ", "new");
    let set = |op: &StoreOp| match op {
        StoreOp::SetPassword { password, .. } => Some(password.clone()),
        _ => None,
    };
    let set: Vec<_> = k.stored.iter().filter_map(set).collect();
    assert_eq!(set, ["another  secret"]);
}

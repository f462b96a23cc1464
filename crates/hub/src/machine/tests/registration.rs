use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, ConnId, Input};
use crate::reg::StoreOp;

fn hub() -> (Kit, ConnId, ConnId) {
    let mut k = Kit::new();
    k.register("boss", 5);
    let (a, boss) = (k.login("a"), k.login("boss"));
    k.got(a);
    (k, a, boss)
}

#[test]
fn a_registration_removed_beside_the_hub_ends_for_who_is_online() {
    let (mut k, a, boss) = hub();
    k.register("a", 3);
    k.input(Input::Registered(vec!["boss".into()]));
    k.expect(boss, "");
    k.leave(a);
    let a = k.login("a");
    assert_eq!(
        k.class("a"),
        Some(0),
        "not in the list that came: no password is asked"
    );
    k.input(Input::Registered(vec![]));
    // An old list: the store still has boss.
    assert_eq!(k.class("boss"), Some(5));
    k.forget("boss");
    k.input(Input::Registered(vec![]));
    k.expect_in(boss, "Your registration was removed.");
    assert_eq!(k.class("boss"), Some(0));
    k.got(a);
}

#[test]
fn a_user_online_is_registered_and_rises_at_once() {
    let (mut k, a, boss) = hub();
    k.store_waits = true;
    k.say(boss, "boss", "!regnew a 3 secret");
    k.expect(boss, "");
    k.store_answers();
    k.store_waits = false;
    k.expect(
        boss,
        "<Viperhub> a is now registered as operator.|$OpList a$$|",
    );
    k.expect(
        a,
        "$To: a From: Viperhub $<Viperhub> You are now registered as operator.|\
         $LogedIn a|$OpList a$$|",
    );
    assert_eq!(k.class("a"), Some(3));
    k.say(boss, "boss", "!regnew a");
    k.expect_in(boss, "a is registered already.");
    k.say(boss, "boss", "!regclass a 1");
    k.expect_in(boss, &format!("$Quit a|{}|", info("a")));
    assert_eq!(k.class("a"), Some(1));
    k.say(boss, "boss", "!regdel a");
    k.expect_in(boss, "a is no longer registered.");
    k.expect_in(a, "Your registration was removed.");
    assert_eq!(k.class("a"), Some(0));
}

#[test]
fn classes_limit_what_may_be_done() {
    let (mut k, _, boss) = hub();
    k.register("peer", 4);
    for (line, says) in [
        ("!regnew x 4", "Your class is too low"),
        ("!regnew x 7", "must be -1, 1 to 5"),
        ("!regnew OpChat", "cannot be registered"),
        ("!regnew x y", "must be -1, 1 to 5"),
        ("!regdel peer", "Your class is too low"),
        ("!regpass peer secret", "Your class is too low"),
        ("!regdel nobody", "is not registered"),
        ("!regclass boss 9", "!regclass NICK CLASS"),
    ] {
        k.say(boss, "boss", line);
        k.expect_in(boss, says);
    }
    let del = |nick: &'static str| Call::DelReg { nick: nick.into() };
    assert!(k.call(del("peer")) && !k.call(del("peer")));
}

#[test]
fn a_password_is_told_when_it_is_stored() {
    let (mut k, a, boss) = hub();
    k.say(boss, "boss", "!regnew a 1 secret");
    k.got(boss);
    k.store_fails = true;
    k.say(boss, "boss", "!regpass a other1");
    k.expect_in(boss, "a could not be found now: no disk");
    k.store_fails = false;
    k.say(a, "a", "+passwd mine12");
    k.expect_in(a, "Ask an operator");
    k.say(boss, "boss", "!regpass a");
    k.expect(boss, "<Viperhub> a must set a new password.|");
    k.set("report_pass_reset", "1");
    k.got(boss);
    k.say(boss, "boss", "!regpass a");
    k.expect_in(boss, "boss had a set a new password.");
    k.say(a, "a", "+passwd mine12");
    k.expect_in(a, "Your password is set");
    let set =
        |op: &StoreOp| matches!(op, StoreOp::SetPassword { password, .. } if password == "mine12");
    assert!(k.stored.iter().any(set));
}

#[test]
fn a_login_under_way_ends_when_its_registration_changes() {
    let (mut k, _, boss) = hub();
    k.register("reg", 3);
    let c = k.connect();
    k.send(
        c,
        "$Supports |$Key k|$ValidateNick reg|$MyPass secret|$Version 1",
    );
    k.got(c);
    k.say(boss, "boss", "!regdel reg");
    k.expect_in(c, "Your registration has just changed");
    assert!(k.closed(c));
    // Nor does a guest keep a nick that somebody registers meanwhile.
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick new|$Version 1");
    assert!(k.call(Call::AddReg {
        nick: "new".into(),
        class: 1,
        password: "secret".into(),
        op: "boss".into()
    }));
    assert!(k.closed(c));
}

#[test]
fn scripts_may_refuse_a_registration() {
    let mut k = Kit::new();
    k.register("boss", 10);
    let boss = k.login("boss");
    k.hook(&[crate::hooks::Hook::NewReg]);
    k.say(boss, "boss", "!regnew eve 2 secret");
    let want = crate::hooks::Event::NewReg {
        op: "boss".into(),
        nick: "eve".into(),
        uclass: 2,
    };
    assert_eq!(k.block(), want);
    k.expect(boss, "<Viperhub> A script refused to have eve registered.|");
    k.say(boss, "boss", "!regnew eve 2 secret");
    k.allow();
    k.expect_in(boss, "eve is now registered as VIP.");
    // Scripts' own registrations are not asked about.
    assert!(k.call(crate::io::Call::AddReg {
        nick: "bob".into(),
        class: 1,
        password: "secret".into(),
        op: "boss".into(),
    }));
    k.quiet();
}

#[test]
fn nobody_ends_or_changes_his_own_registration_by_a_slip() {
    let mut k = Kit::new();
    k.register("root", 10);
    k.register("other", 10);
    let root = k.login("root");
    for command in ["!regdel root", "!regclass ROOT 1", "!regclass root 5"] {
        k.say(root, "root", command);
        k.expect_in(root, "Only somebody else can change your own registration.");
    }
    assert_eq!(k.class("root"), Some(10));
    k.say(root, "root", "!regdel other");
    k.expect_in(root, "other is no longer registered.");
}

#[test]
fn users_register_themselves_when_they_may() {
    let mut k = Kit::with(&[
        ("autoreg_class", "1"),
        ("nick_prefix_autoreg", "[%[CC]]"),
        ("min_share_reg", "1"),
    ]);
    k.register("op", 3);
    let op = k.login("op");
    let (low, none) = (k.login("[--]low"), k.login("none"));
    let rich = info("[--]a").replace("$1000$", "$2000000$");
    let a = k.login_as("[--]a", "", &rich);
    k.say(none, "none", "+regme");
    k.expect_in(none, "Your nick must begin with [--] for that.");
    k.say(low, "[--]low", "+regme");
    k.expect_in(low, "You must share 1 MiB for that.");
    k.say(a, "[--]a", "+regme short");
    k.expect_in(a, "A password has at least 6 characters.");
    k.got(op);
    k.hook(&[Hook::NewReg]);
    k.say(a, "[--]a", "+regme secretive");
    let event = Event::NewReg {
        op: "[--]a".into(),
        nick: "[--]a".into(),
        uclass: 1,
    };
    assert_eq!(k.block(), event);
    k.expect(a, "");
    k.expect(op, "");
    k.say(a, "[--]a", "+regme secretive");
    k.allow();
    k.expect_in(a, "You are now registered as registered user.");
    assert_eq!(k.class("[--]a"), Some(1));
    let told = k.got(op);
    assert!(
        told.contains("[--]a is now registered as registered user.") && !told.contains("secretive"),
        "{told}"
    );
    k.say(a, "[--]a", "+regme");
    k.expect_in(a, "You are registered already.");
    k.say(a, "[--]a", "+unregme");
    k.expect_in(op, "[--]a asks to have his registration removed.");
    k.got(a);
    k.set("autounreg_class", "1");
    k.say(a, "[--]a", "+unregme");
    k.expect_in(a, "Your registration was removed.");
    assert_eq!(k.class("[--]a"), Some(0));
}

#[test]
fn wishes_to_be_registered_reach_the_operators() {
    let mut k = Kit::new();
    k.register("op", 3);
    let (op, a) = (k.login("op"), k.login("a"));
    k.got(op);
    k.say(a, "a", "+regme secretive");
    k.expect(
        op,
        "$To: op From: OpChat $<OpChat> a asks to be registered.|",
    );
    k.expect(a, "<Viperhub> The operators have been told.|");
    k.set("dest_regme_chat", "1");
    k.say(a, "a", "+regme");
    k.expect(op, "<Viperhub> a asks to be registered.|");
    k.expect(a, "<Viperhub> The operators have been told.|");
    k.set("autoreg_class", "4");
    k.say(a, "a", "+regme");
    k.expect(a, "<Viperhub> Nobody can register himself here.|");
    k.say(a, "a", "+unregme");
    k.expect(a, "<Viperhub> You are not registered.|");
    k.set("disable_regme_cmd", "1");
    k.say(a, "a", "+regme");
    k.expect(a, "<Viperhub> +regme is turned off.|");
    k.expect(op, "");
}

#[test]
fn tls_where_there_is_none_is_answered() {
    let none = "This hub has no TLS: connect without it.";
    let late = "TLS began too late: this port waits 500 milliseconds for it.";
    let elsewhere = "This port has no TLS: connect to it without, or to nmdcs://hub.example:4112";
    let broken = "This port has no TLS now: connect to it without.";
    let ports = ("tls_ports", "4112");
    for (setting, is_late, says) in [
        (None, false, none),
        (Some(ports), false, elsewhere),
        (Some(("tls_detect", "1")), true, late),
        (Some(("tls_detect", "1")), false, broken),
    ] {
        let mut k = Kit::with(&[("hub_host", "hub.example"), ("tls_detect", "0")]);
        if let Some((name, value)) = setting {
            k.set(name, value);
        }
        let a = k.connect();
        k.got(a);
        let hello = || Input::WantsTls {
            conn: a,
            late: is_late,
        };
        k.input(hello());
        k.expect(a, &format!("<Viperhub> {says}|"));
        assert!(k.closed(a));
        let logged = |(_, text): &(_, String)| text.starts_with("closed ") && text.contains(says);
        assert!(k.logged.iter().any(logged), "{:?}", k.logged);
        k.input(hello());
        k.expect(a, "");
    }
}

#[test]
fn too_long_a_message_is_answered() {
    let mut k = Kit::with(&[("adv_max_message_size", "2048")]);
    let a = k.login("a");
    let why = "<Viperhub> A message may have 2048 bytes, yours is longer.|";
    k.input(Input::TooLong { conn: a });
    k.expect(a, why);
    assert!(k.closed(a));
    // Also of somebody whose messages wait for a script, and only once.
    k.hook(&[Hook::ParsedMsgChat]);
    let b = k.login("b");
    k.say(b, "b", "judged");
    k.input(Input::TooLong { conn: b });
    k.expect_in(b, why);
    k.input(Input::TooLong { conn: b });
    k.allow();
    k.expect(b, "");
}

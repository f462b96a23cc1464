use super::*;
use crate::io::{Call, ConnId};
use crate::reg::StoreOp;

fn hub() -> (Kit, ConnId, ConnId) {
    let mut k = Kit::new();
    k.register("boss", 5);
    let (a, boss) = (k.login("a"), k.login("boss"));
    k.got(a);
    (k, a, boss)
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
        ("!regnew x 7", "must be 1 to 5"),
        ("!regnew OpChat", "cannot be registered"),
        ("!regnew x y", "must be 1 to 5"),
        ("!regdel peer", "Your class is too low"),
        ("!regpass peer x", "Your class is too low"),
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
    k.say(boss, "boss", "!regpass a other");
    k.expect_in(boss, "a could not be found now.");
    k.store_fails = false;
    k.say(a, "a", "+passwd mine12");
    k.expect_in(a, "Ask an operator");
    k.say(boss, "boss", "!regpass a");
    k.expect(boss, "<Viperhub> a must set a new password.|");
    k.say(a, "a", "+passwd mine12");
    k.expect_in(a, "Your password is set");
    assert!(
        matches!(k.stored.last(), Some(StoreOp::SetPassword { password, .. }) if password == "mine12")
    );
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

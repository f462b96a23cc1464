use super::*;
use crate::reg::RegUser;

/// What a client that announces NickRule is told for a nick, the connection being closed.
fn refused(k: &mut Kit, nick: &str) -> String {
    let c = k.connect();
    k.send(c, "$Supports NickRule ");
    k.got(c);
    k.send(c, &format!("$ValidateNick {nick}"));
    assert!(k.closed(c), "{nick} got in");
    k.got(c)
}

#[test]
fn nicks_that_do_not_fit() {
    let mut k = Kit::with(&[
        ("max_nick", "6"),
        ("min_nick", "2"),
        ("nick_chars", "abcdOP[]<"),
    ]);
    assert!(refused(&mut k, "a<b>").ends_with("$BadNick Char 60 62|"));
    assert!(refused(&mut k, "aaaaaaa").ends_with("$BadNick Max 6|"));
    assert!(refused(&mut k, "a").ends_with("$BadNick Min 2|"));
    assert!(refused(&mut k, "abxy").ends_with("$BadNick Char 120 121|"));
    assert!(refused(&mut k, "[OP]a").ends_with("$BadNick Pref|"));
    let mut k = Kit::with(&[("nick_prefix", "[A] [B]")]);
    assert!(refused(&mut k, "x").ends_with("$BadNick Pref [A] [B]|"));
    k.login("[B]x");
    assert!(refused(&mut k, "[b]x").contains("must begin"));
    k.set("nick_prefix_nocase", "1");
    k.login("[b]y");
    // Who is registered may have any of these.
    k.register("[OP]boss", 5);
    k.login("[OP]boss");
    assert_eq!(k.class("[OP]boss"), Some(5));
}

#[test]
fn nicks_in_use() {
    let mut k = Kit::new();
    k.login("Bob");
    let taken = "<Viperhub> The nick bOb is taken, please choose another one.|$ValidateDenide bOb|";
    assert_eq!(refused(&mut k, "bOb"), taken);
    assert!(refused(&mut k, "opchat").ends_with("$ValidateDenide opchat|"));
}

#[test]
fn a_nick_that_logs_in_too_often_waits() {
    let mut k = Kit::with(&[("int_login", "60")]);
    let c = k.login("a");
    k.leave(c);
    k.pass(10_000);
    assert_eq!(
        refused(&mut k, "A"),
        "<Viperhub> You are kept out for 50 seconds: you log in too often|"
    );
    k.pass(50_000);
    k.login("a");
    assert_eq!(k.hub.user_nicks(), ["a"]);
}

#[test]
fn a_full_hub() {
    let mut k = Kit::with(&[("max_users", "1"), ("max_extra_regs", "1")]);
    k.login("a");
    assert_eq!(
        refused(&mut k, "b"),
        "<Viperhub> The hub is full.|$HubIsFull|"
    );
    k.register("reg", 1);
    k.login("reg");
    k.register("reg2", 1);
    assert!(refused(&mut k, "reg2").ends_with("$HubIsFull|"));
    k.register("op", 3);
    k.login("op");
    assert_eq!(k.view.user_count(), 3);
    let mut k = Kit::with(&[("max_users_from_ip", "1")]);
    let c = k.connect_from("1.1.1.1");
    k.finish_login(c, "a", "", &info("a"));
    let d = k.connect_from("1.1.1.1");
    k.send(d, "$ValidateNick b");
    assert!(!k.closed(c) && k.closed(d));
    k.leave(c);
    let d = k.connect_from("1.1.1.1");
    k.send(d, "$ValidateNick b");
    assert!(!k.closed(d));
}

#[test]
fn a_registration_bound_to_an_address() {
    let mut k = Kit::new();
    k.register_as(RegUser {
        nick: "reg".into(),
        class: 1,
        enabled: true,
        has_password: true,
        auth_ip: "7.7.7.7".into(),
        ..RegUser::default()
    });
    assert!(refused(&mut k, "reg").contains("may not log in from your address"));
    let c = k.connect_from("7.7.7.7");
    k.finish_login(c, "reg", "", &info("reg"));
    assert_eq!(k.class("reg"), Some(1));
}

#[test]
fn a_store_that_fails_lets_nobody_in_on_a_registered_nick() {
    let mut k = Kit::new();
    k.register("reg", 1);
    k.store_fails = true;
    assert!(refused(&mut k, "reg").contains("cannot be read now"));
    k.store_fails = false;
    let c = k.connect();
    k.send(c, "$ValidateNick reg");
    k.store_fails = true;
    k.send(c, "$MyPass secret");
    k.expect_in(c, "cannot be checked now");
    assert!(k.closed(c));
}

#[test]
fn commands_before_their_time_and_twice() {
    let before = |steps: &[&str], expected: &str| {
        let mut k = Kit::new();
        let c = k.connect();
        for (i, step) in steps.iter().enumerate() {
            if i + 1 == steps.len() {
                k.got(c);
            }
            k.send(c, step);
        }
        k.expect(c, expected);
        assert!(k.closed(c));
    };
    before(
        &["<a> hi"],
        "<Viperhub> You must be logged in before using Chat.|",
    );
    before(
        &["$ValidateNick a", "$Search Hub:a F?T?0?1?x"],
        "<Viperhub> You must be logged in before using Search.|",
    );
    before(
        &["$MyPass x"],
        "<Viperhub> You must be logged in before using MyPass.|",
    );
    before(&["$Key k", "$Key k"], "<Viperhub> Key was sent twice.|");
    before(
        &["$Supports ", "$Supports "],
        "<Viperhub> Supports was sent twice.|",
    );
    before(
        &["$Version 1", "$Version 1"],
        "<Viperhub> Version was sent twice.|",
    );
    before(
        &["$ValidateNick a", "$ValidateNick a"],
        "<Viperhub> ValidateNick was sent twice.|",
    );
    before(
        &["$ValidateNick a", "$MyPass x"],
        "<Viperhub> MyPass was sent, but the hub has not asked for a password.|",
    );
    before(
        &["$ValidateNick a", "$MyINFO nonsense"],
        "<Viperhub> Syntax error in MyINFO.|",
    );
    let long = format!("$Version {}", "x".repeat(70));
    before(
        &[&long],
        "<Viperhub> Your Version is longer than 64 bytes.|",
    );
    before(&["a\0b"], "<Viperhub> A message may not hold the byte 0.|");
}

#[test]
fn a_wrong_key_matters_only_when_the_settings_say_so() {
    let mut k = Kit::with(&[("drop_invalid_key", "1")]);
    let c = k.connect();
    let lock = k.got(c);
    k.send(c, "$Key wrong");
    k.expect(c, "<Viperhub> Your client computed a wrong key.|");
    assert!(k.closed(c) && lock.starts_with("$Lock "));
}

#[test]
fn spoofed_nicks_end_the_connection() {
    for frame in [
        "<b> hi",
        "$To: a From: b $<a> x",
        "$To: a From: a $<b> x",
        "$MCTo: a $b x",
        "$Search Hub:b F?T?0?1?word",
        "$SR b x\x051 1/1\x05h (1.1.1.1)\x05a",
        "$RevConnectToMe b a",
        "$GetINFO a b",
        "$MyINFO $ALL b d$ $1\x01$$0$",
    ] {
        let mut k = Kit::new();
        let c = k.login("a");
        k.send(c, frame);
        k.expect_in(c, "<Viperhub> Your nick is a, not b");
        assert!(k.closed(c), "{frame}");
    }
}

//! What stands inside is checked again: bans, limits and registrations while a login is under way.

use super::*;
use crate::hooks::Hook;
use crate::io::{ConnId, Input};
use crate::reg::BanRow;

/// Connections that wait at `$GetPass` for the same nick, from these addresses.
fn at_the_password(k: &mut Kit, nick: &str, ips: &[&str]) -> Vec<ConnId> {
    let mut ids = Vec::new();
    for ip in ips {
        let c = k.connect_from(ip);
        k.send(c, &format!("$Supports |$Key k|$ValidateNick {nick}"));
        assert!(k.got(c).ends_with("$GetPass|"));
        ids.push(c);
    }
    ids
}

#[test]
fn the_ban_after_a_wrong_password_ends_the_other_logins_of_the_address() {
    for ips in [
        ["80.0.0.1", "80.0.0.1", "80.0.0.1"],
        ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"],
    ] {
        let mut k = Kit::new();
        k.register("boss", 10);
        let [a, b, c] = at_the_password(&mut k, "boss", &ips)[..] else {
            panic!("three of them");
        };
        let elsewhere = at_the_password(&mut k, "boss", &["80.0.0.9"])[0];
        k.send(a, "$MyPass wrong");
        k.expect_in(a, "$BadPass|");
        // The right one comes too late.
        for id in [b, c] {
            k.expect_in(id, "You are kept out for 1 minute: wrong password");
            assert!(k.closed(id));
        }
        assert!(!k.closed(elsewhere));
        k.send(elsewhere, "$MyPass secret");
        k.expect_in(elsewhere, "$Hello boss|");
        assert_eq!(k.class("boss"), Some(10));
        k.quiet();
    }
}

#[test]
fn a_guess_that_is_being_checked_is_judged_by_the_bans_of_that_moment() {
    let mut k = Kit::new();
    k.register("boss", 5);
    k.register("ann", 3);
    let ann = k.login("ann");
    let [a] = at_the_password(&mut k, "boss", &["80.0.0.99"])[..] else {
        panic!("one");
    };
    k.store_waits = true;
    k.send(a, "$MyPass secret");
    k.say(ann, "ann", "!banip 80.0.0.99 go");
    k.store_waits = false;
    k.store_answers();
    k.expect_in(a, "You are banned from this hub.");
    assert!(k.closed(a));
    assert_eq!(k.class("boss"), None);
    k.quiet();
}

#[test]
fn of_many_guesses_only_one_of_an_address_is_looked_at_at_a_time() {
    let mut k = Kit::with(&[("max_logins_of_nick", "0")]);
    k.register("boss", 10);
    let ids = at_the_password(&mut k, "boss", &["80.0.0.1"; 50]);
    k.store_waits = true;
    for id in &ids {
        k.send(*id, "$MyPass wrong");
    }
    assert_eq!(k.hub.guesses(), (49, 1));
    k.store_waits = false;
    k.store_answers();
    let checks = k.stored.iter();
    let checks = checks.filter(|op| matches!(op, crate::reg::StoreOp::CheckPassword { .. }));
    assert_eq!(checks.count(), 1, "the first refusal ends the others");
    assert!(ids.iter().all(|id| k.closed(*id)));
    assert_eq!(k.hub.guesses(), (0, 0));
    k.quiet();
}

#[test]
fn an_honest_login_is_next_beside_many_guesses() {
    let mut k = Kit::with(&[("max_logins_of_nick", "0"), ("pwd_tmpban", "0")]);
    k.register("boss", 10);
    k.register("ann", 1);
    let ips: Vec<String> = (1..=100).map(|n| format!("80.0.1.{n}")).collect();
    let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
    let guesses = at_the_password(&mut k, "boss", &ips);
    let [ann] = at_the_password(&mut k, "ann", &["80.0.0.1"])[..] else {
        panic!("one");
    };
    k.store_waits = true;
    for id in guesses {
        k.send(id, "$MyPass wrong");
    }
    k.send(ann, "$MyPass secret");
    assert_eq!(k.hub.guesses(), (99, 2), "she is being served beside them");
    k.store_waits = false;
    k.store_answers();
    k.expect_in(ann, "$Hello ann|");
}

#[test]
fn more_guesses_than_may_wait_are_told_so() {
    let mut k = Kit::with(&[
        ("max_logins_of_nick", "0"),
        ("max_logins_from_ip", "0"),
        ("pwd_tmpban", "0"),
    ]);
    k.register("boss", 10);
    let ids = at_the_password(&mut k, "boss", &["80.0.0.1"; 70]);
    k.store_waits = true;
    for id in &ids {
        k.send(*id, "$MyPass wrong");
    }
    let refused: Vec<&ConnId> = ids.iter().filter(|id| k.closed(**id)).collect();
    assert_eq!(refused.len(), 5, "64 wait, one is being checked");
    let last = *refused[4];
    k.expect_in(last, "Too many passwords wait to be checked just now");
    k.store_waits = false;
    k.store_answers();
    k.quiet();
}

#[test]
fn every_ban_holds_at_every_step_of_a_login() {
    type Makes = fn(&mut Kit, ConnId);
    let bans: [(&str, Makes); 5] = [
        ("You are banned", |k, op| k.say(op, "op", "!bannick a x")),
        ("You are banned", |k, op| {
            k.say(op, "op", "!banip 81.0.0.1 x")
        }),
        ("You are banned", |k, op| {
            k.say(op, "op", "!banrange 81.0.0.0/24 x");
        }),
        ("You are banned", |k, op| k.say(op, "op", "!banprefix a x")),
        ("You are banned", |k, _| {
            k.bans.push(BanRow {
                ip: "_nickban_".into(),
                nick: "a".into(),
                ban_type: 2,
                date_start: 5,
                ..BanRow::default()
            });
            k.input(Input::Reload);
        }),
    ];
    let steps = [
        "$Supports |$Key k",
        "$ValidateNick a",
        "$Version 1|$GetNickList",
    ];
    for (says, ban) in bans {
        for done in 0..=steps.len() {
            let mut k = Kit::new();
            k.register("op", 5);
            let op = k.login("op");
            let c = k.connect_from("81.0.0.1");
            for step in &steps[..done] {
                k.send(c, step);
            }
            k.got(c);
            ban(&mut k, op);
            for step in &steps[done..] {
                k.send(c, step);
            }
            k.send(c, &info("a"));
            k.expect_in(c, says);
            assert!(k.closed(c), "after {done} steps");
            assert_eq!(k.hub.user_nicks(), ["op"]);
        }
    }
}

#[test]
fn a_ban_holds_for_a_login_that_waits_for_scripts() {
    for hook in [
        Hook::ParsedMsgSupports,
        Hook::ParsedMsgValidateNick,
        Hook::ParsedMsgVersion,
        Hook::ValidateTag,
        Hook::FirstMyINFO,
        Hook::ParsedMsgMyINFO,
    ] {
        let mut k = Kit::new();
        k.register("op", 5);
        let op = k.login("op");
        k.hook(&[hook]);
        let c = k.connect_from("81.0.0.1");
        k.send(
            c,
            &format!("$Supports |$Key k|$ValidateNick a|$Version 1|{}", info("a")),
        );
        assert_eq!(k.asks.len(), 1, "{hook:?}");
        k.say(op, "op", "!bannick a x");
        k.say(op, "op", "!banip 81.0.0.1 x");
        while !k.asks.is_empty() {
            k.allow();
        }
        assert!(k.closed(c), "{hook:?}");
        assert_eq!(k.hub.user_nicks(), ["op"], "{hook:?}");
        k.quiet();
    }
}

// ---- room --------------------------------------------------------------------------------

#[test]
fn who_only_begins_a_login_takes_no_seat() {
    let mut k = Kit::with(&[("max_users", "2"), ("max_logins_of_nick", "8")]);
    let same: Vec<ConnId> = (0..40)
        .map(|_| {
            let c = k.connect_from("80.0.0.1");
            k.send(c, "$Supports |$Key k|$ValidateNick same");
            c
        })
        .collect();
    k.expect_in(same[0], "Too many connections log in with your nick.");
    let ann = k.connect_from("80.0.0.2");
    k.finish_login(ann, "ann", "", &info("ann"));
    assert_eq!(k.hub.user_nicks(), ["ann"]);
    assert_eq!(k.view.user_count(), 1);
    // Of the same nick a few go on, the oldest of them have gone.
    let left = same.iter().filter(|id| !k.closed(**id)).count();
    assert_eq!(left, 8);
    assert!(!k.closed(same[39]));
}

#[test]
fn a_seat_beyond_the_limit_is_given_after_the_password_only() {
    let mut k = Kit::with(&[("max_users", "1")]);
    k.register("op", 3);
    k.register_as(crate::reg::RegUser {
        nick: "new".into(),
        class: 5,
        enabled: true,
        pwd_change: true,
        ..Default::default()
    });
    k.login("ann");
    // An operator's nick of whom no password is asked yet is a guest's.
    let new = k.connect();
    k.finish_login(new, "new", "", "");
    k.send(new, &info("new"));
    k.expect_in(new, "$HubIsFull|");
    assert!(k.closed(new));
    let op = k.login("op");
    assert!(!k.closed(op));
    assert_eq!(k.view.user_count(), 2);
    // Two guests at the nick when one seat is left: the second one to finish has none.
    let mut k = Kit::with(&[("max_users", "1")]);
    let (a, b) = (k.connect(), k.connect());
    k.send(a, "$Supports |$Key k|$ValidateNick a|$Version 1");
    k.send(b, "$Supports |$Key k|$ValidateNick b|$Version 1");
    k.send(b, &info("b"));
    k.send(a, &info("a"));
    k.expect_in(a, "The hub is full.|$HubIsFull|");
    assert_eq!(k.hub.user_nicks(), ["b"]);
}

#[test]
fn a_user_takes_his_own_place_in_a_full_hub() {
    let mut k = Kit::with(&[("max_users", "2"), ("max_extra_regs", "0")]);
    k.register("reg", 1);
    let (ann, old) = (k.login("ann"), k.login("reg"));
    let new = k.login("reg");
    assert!(k.closed(old) && !k.closed(new) && !k.closed(ann));
    assert_eq!(k.view.user_count(), 2);
}

#[test]
fn idle_connections_of_one_address_make_way() {
    let mut k = Kit::with(&[("max_logins_from_ip", "3"), ("max_logins", "5")]);
    let idle: Vec<ConnId> = (0..5).map(|_| k.connect_from("80.0.0.1")).collect();
    let open: Vec<bool> = idle.iter().map(|id| !k.closed(*id)).collect();
    assert_eq!(open, [false, false, true, true, true]);
    k.expect_in(
        idle[0],
        "Too many connections from your address have not finished their login.",
    );
    // In all: the oldest of where most come from goes.
    let others: Vec<ConnId> = (0..3)
        .map(|n| k.connect_from(&format!("80.0.0.{}", n + 2)))
        .collect();
    assert!(others.iter().all(|id| !k.closed(*id)));
    assert!(k.closed(idle[2]));
    k.finish_login(others[0], "ann", "", &info("ann"));
    assert_eq!(k.hub.logins()[0], 4);
    // A network of IPv6 is one address.
    let mut k = Kit::with(&[("max_logins_from_ip", "1")]);
    let (a, b) = (k.connect_from("2001:db8::1"), k.connect_from("2001:db8::2"));
    assert!(k.closed(a) && !k.closed(b));
}

#[test]
fn clients_behind_a_tls_proxy_count_by_their_own_addresses() {
    let mut k = Kit::with(&[("max_logins_from_ip", "1"), ("tls_listen_ip", "127.0.0.1")]);
    let come = |k: &mut Kit| k.connect_over("127.0.0.1", crate::io::Tls::Proxied);
    let (a, b) = (come(&mut k), come(&mut k));
    assert!(!k.closed(a) && !k.closed(b));
    k.send(a, "$MyIP 80.0.0.1 1.3");
    k.send(b, "$MyIP 80.0.0.2 1.3");
    assert!(!k.closed(a) && !k.closed(b));
    let c = come(&mut k);
    k.send(c, "$MyIP 80.0.0.1 1.3");
    assert!(k.closed(a) && !k.closed(b) && !k.closed(c));
}

#[test]
fn what_the_system_allows_is_kept_to() {
    let mut k = Kit::new();
    k.hub.set_sockets(16);
    assert_eq!(k.hub.seats(), 12);
    for n in 0..30 {
        k.connect_from(&format!("80.0.1.{n}"));
    }
    assert_eq!(k.hub.connections(), 14);
    for n in 0..12 {
        k.login(&format!("u{n}"));
    }
    let late = k.connect();
    k.send(late, "$Supports |$Key k|$ValidateNick late");
    k.expect_in(late, "its system allows it no more connections");
    k.register("op", 3);
    k.login("op");
    assert_eq!(k.view.user_count(), 13);
}

//! How much of what a client sends is kept while it waits for an answer.

use super::*;
use crate::hooks::Hook;
use crate::io::ConnId;

/// Somebody who waits to hear whether his password is right.
fn guesser(k: &mut Kit) -> ConnId {
    let a = k.connect();
    k.send(a, "$Supports |$Key k|$ValidateNick boss");
    k.expect_in(a, "$GetPass|");
    k.store_waits = true;
    k.send(a, "$MyPass x");
    a
}

fn line(bytes: usize) -> String {
    format!("<boss> {}", "x".repeat(bytes))
}

#[test]
fn before_the_login_next_to_nothing_waits() {
    let mut k = Kit::new();
    k.register("boss", 5);
    let a = guesser(&mut k);
    for _ in 0..300 {
        k.send(a, &line(10_000));
        assert!(k.hub.kept_of(a) < 4500, "{} bytes", k.hub.kept_of(a));
    }
    k.expect_in(
        a,
        "You sent more than 4096 bytes before the hub could answer your login",
    );
    assert!(k.closed(a));
    assert_eq!(k.hub.parked_bytes(), 0);
    // Small ones add up, too, and so do empty ones.
    k.store_waits = false;
    k.store_answers();
    for text in [line(100), String::new()] {
        let a = guesser(&mut k);
        let sent = (0..100).find(|_| {
            k.send(a, &text);
            k.closed(a)
        });
        assert!(sent.is_some(), "{} of these are too much", text.len());
        k.store_waits = false;
        k.store_answers();
    }
    // What a client sends that does not wait for answers has room.
    let a = guesser(&mut k);
    k.send(a, &format!("$Version 1,0091|$GetNickList|{}", info("boss")));
    assert!(!k.closed(a));
    k.leave(a);
    assert_eq!(k.hub.parked_bytes(), 0);
}

#[test]
fn after_the_login_bytes_count_as_well_as_messages() {
    let mut k = Kit::with(&[("parked_bytes", "20000")]);
    let a = k.login("a");
    k.hook(&[Hook::ParsedMsgChat]);
    k.say(a, "a", "first");
    k.say(a, "a", &"x".repeat(9_900));
    assert!(!k.paused(a));
    k.say(a, "a", &"x".repeat(9_900));
    assert!(!k.paused(a));
    k.say(a, "a", &"x".repeat(9_900));
    assert!(k.paused(a), "{} bytes wait", k.hub.kept_of(a));
    k.unhook();
    k.allow();
    assert!(!k.paused(a));
    assert_eq!(k.hub.parked_bytes(), 0);
}

#[test]
fn what_all_clients_have_waiting_counts_together() {
    let mut k = Kit::with(&[("parked_bytes_all", "65536"), ("max_chat_msg", "10000")]);
    let users: Vec<ConnId> = (0..8).map(|n| k.login(&format!("u{n}"))).collect();
    k.hook(&[Hook::ParsedMsgChat]);
    for (n, a) in users.iter().enumerate() {
        let nick = format!("u{n}");
        k.say(*a, &nick, "first");
        k.say(*a, &nick, &"x".repeat(9_900));
    }
    let paused: Vec<bool> = users.iter().map(|a| k.paused(*a)).collect();
    assert_eq!(
        paused,
        [false, false, false, false, false, false, true, true]
    );
    k.unhook();
    while !k.asks.is_empty() {
        k.allow();
    }
    assert!(users.iter().all(|a| !k.paused(*a)));
    assert_eq!(k.hub.parked_bytes(), 0);
    k.quiet();
}

/// Whoever leaves takes along what waited for him.
#[test]
fn nothing_waits_for_who_is_gone() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::ParsedMsgChat]);
    for (conn, nick) in [(a, "a"), (b, "b")] {
        k.say(conn, nick, "first");
        k.say(conn, nick, "second");
    }
    assert!(k.hub.parked_bytes() > 0);
    k.leave(a);
    k.unhook();
    k.set("mainchat_class", "0");
    while !k.asks.is_empty() {
        k.block();
    }
    assert_eq!(k.hub.parked_bytes(), 0);
}

use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, Input};
use crate::reg::StoreOp;

#[test]
fn the_others_are_told() {
    let mut k = Kit::new();
    k.register("reg", 1);
    let (a, b) = (k.login("a"), k.login("reg"));
    k.hook(&[Hook::CloseConn, Hook::CloseConnEx]);
    k.send(b, "$Quit reg");
    k.expect(a, "$Quit reg|");
    assert!(k.closed(b));
    assert!(matches!(&k.told[0], Event::CloseConn { ip } if ip == "80.0.0.2"));
    assert!(matches!(&k.told[1], Event::CloseConnEx { reason: 4, nick, .. } if nick == "reg"));
    assert!(matches!(k.stored.last(), Some(StoreOp::Logout { .. })));
    assert_eq!((k.view.user_count(), k.view.total_share()), (1, 1000));
    assert!(k.view.user(b"reg").is_none());
}

#[test]
fn scripts_can_ask_about_who_is_leaving() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::UserLogout]);
    k.leave(b);
    k.expect(a, "");
    assert!(k.view.user(b"b").is_some());
    k.send(a, "$To: b From: a $<a> x");
    k.expect(a, "<Viperhub> b is not online.|");
    k.block();
    k.expect(a, "$Quit b|");
    assert!(k.view.user(b"b").is_none());
    k.quiet();
}

#[test]
fn a_new_login_does_not_wait_for_the_old_logout() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::UserLogout]);
    k.leave(b);
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick b|$Version 1");
    // The scripts are still asked about the old one.
    assert_eq!(k.view.user(b"b").unwrap().ip, "80.0.0.2");
    k.send(c, &info("b"));
    k.expect_in(a, "$Quit b|$MyINFO $ALL b ");
    assert_eq!(k.view.user(b"b").unwrap().ip, "80.0.0.3");
    k.allow();
    k.expect(a, "");
    assert_eq!(k.view.user(b"b").unwrap().ip, "80.0.0.3");
    k.quiet();
}

#[test]
fn a_ghost_gives_way_to_its_owner_only() {
    let mut k = Kit::new();
    k.register("reg", 1);
    let (a, old) = (k.login("a"), k.login("reg"));
    let new = k.login("reg");
    assert!(k.closed(old) && !k.closed(new));
    k.send(new, "$To: a From: reg $<reg> me");
    k.expect(a, "$To: a From: reg $<reg> me|");
    // A guest must be the same in everything.
    let ghost = k.connect_from("7.7.7.7");
    k.finish_login(ghost, "g", "", &info("g"));
    let again = k.connect_from("7.7.7.7");
    k.finish_login(again, "g", "", &passive("g"));
    assert!(k.closed(again) && !k.closed(ghost));
    let again = k.connect_from("7.7.7.7");
    k.finish_login(again, "g", "", &info("g"));
    assert!(k.closed(ghost) && !k.closed(again));
    assert_eq!(k.hub.user_nicks().len(), 3);
}

#[test]
fn two_logins_with_one_nick_keep_one_entry() {
    let mut k = Kit::new();
    let first = k.connect();
    k.send(first, "$Supports |$Key k|$ValidateNick b|$Version 1");
    let second = k.connect_from("80.0.0.1");
    k.finish_login(second, "B", "", &info("B"));
    k.leave(first);
    assert!(k.view.user(b"b").is_none(), "left in the view");
    assert!(k.view.user(b"B").is_some());
    k.leave(second);
    assert!(k.view.nicks(|u| !u.bot).is_empty());
}

#[test]
fn scripts_close_connections_now_or_later() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    let close = |nick: &'static str, delay: i64| Call::Close {
        nick: nick.into(),
        reason: 2,
        delay,
    };
    assert!(k.call(close("a", 0)));
    assert!(k.closed(a));
    assert!(!k.call(close("a", 0)));
    assert!(k.call(close("b", 2500)));
    k.tick(2);
    assert!(!k.closed(b));
    k.tick(1);
    assert!(k.closed(b));
}

/// To the millisecond, whatever the second's tick is at.
#[test]
fn what_scripts_put_off_happens_at_its_moment() {
    let mut k = Kit::new();
    let (a, b, c) = (k.login("a"), k.login("b"), k.login("c"));
    let close = |nick: &'static str, delay: i64| Call::Close {
        nick: nick.into(),
        reason: 2,
        delay,
    };
    assert_eq!(k.hub.next_moment(), None);
    let now = k.now.mono_ms;
    for (nick, delay) in [("a", 900), ("b", 500), ("c", i64::MAX)] {
        assert!(k.call(close(nick, delay)));
    }
    assert_eq!(k.hub.next_moment(), Some(now + 500));
    k.pass(499);
    k.input(Input::Moment);
    assert!(!k.closed(a) && !k.closed(b));
    assert_eq!(k.hub.next_moment(), Some(now + 500));
    k.pass(1);
    k.input(Input::Moment);
    assert!(!k.closed(a) && k.closed(b));
    assert_eq!(k.hub.next_moment(), Some(now + 900));
    // Put off anew, the first moment finds nothing to do.
    assert!(k.call(close("a", 2000)));
    k.pass(400);
    k.input(Input::Moment);
    assert!(!k.closed(a));
    assert_eq!(k.hub.next_moment(), Some(now + 2500));
    assert!(k.call(Call::StopHub { code: 4, delay: 1 }));
    assert_eq!(k.hub.next_moment(), Some(now + 1900));
    k.pass(1000);
    k.input(Input::Moment);
    assert_eq!((k.stop, k.closed(c)), (Some(4), false));
}

#[test]
fn the_end_is_complete() {
    let mut k = Kit::new();
    k.register("reg", 1);
    let (a, r, c) = (k.login("a"), k.login("reg"), k.connect());
    k.got(c);
    k.hook(&[Hook::UserLogout, Hook::UnLoad]);
    k.input(Input::Shutdown);
    // The scripts hear of it before they are unloaded.
    assert_eq!(k.stop, None);
    assert!(matches!(k.block(), Event::UnLoad { error_code: 0 }));
    assert_eq!(k.stop, Some(0));
    let late = k.connect();
    assert!(k.closed(late) && !k.closed(a));
    k.input(Input::Farewell);
    k.expect(a, "<Viperhub> The hub is shutting down.|");
    k.expect(c, "<Viperhub> The hub is shutting down.|");
    assert!(k.closed(a) && k.closed(r) && k.closed(c));
    assert!(matches!(k.stored.last(), Some(StoreOp::Logout { .. })));
    assert_eq!(k.hub.connections(), 0);
    k.quiet();
}

/// Whoever wants the end gets it, at any moment of a restart; a restart does not undo an end.
#[test]
fn the_end_wins_over_a_restart() {
    let restart = |k: &mut Kit, boss, time: &str| k.say(boss, "boss", &format!("!restart{time}"));
    for before in [true, false] {
        let mut k = Kit::new();
        k.register("boss", 10);
        let boss = k.login("boss");
        k.hook(&[Hook::UnLoad]);
        if before {
            restart(&mut k, boss, "");
            k.input(Input::Shutdown);
        } else {
            k.input(Input::Shutdown);
            restart(&mut k, boss, "");
        }
        // Also at a restart it is an ordinary end.
        assert!(matches!(k.block(), Event::UnLoad { error_code: 0 }));
        assert_eq!((k.stop.take(), k.restarts), (Some(0), false), "{before}");
        // One that is planned neither.
        restart(&mut k, boss, " 1");
        k.tick(2);
        assert_eq!(k.stop, None);
        k.input(Input::Farewell);
        k.expect_in(boss, "shutting down");
    }
    // Also when the program is taking everything down already.
    let mut k = Kit::new();
    k.register("boss", 10);
    let boss = k.login("boss");
    restart(&mut k, boss, "");
    assert_eq!((k.stop.take(), k.restarts), (Some(1), true));
    k.input(Input::Shutdown);
    k.input(Input::Farewell);
    k.expect_in(boss, "shutting down");
    // And a planned one is forgotten with another plan.
    let mut k = Kit::new();
    k.register("boss", 10);
    let boss = k.login("boss");
    restart(&mut k, boss, " 1h");
    k.say(boss, "boss", "!quit");
    assert_eq!((k.stop, k.restarts), (Some(0), false));
}

#[test]
fn the_end_does_not_wait_long_for_scripts() {
    let mut k = Kit::new();
    k.hook(&[Hook::UnLoad]);
    k.input(Input::Shutdown);
    k.tick(0);
    assert_eq!(k.stop, None);
    k.tick(1);
    assert_eq!(k.stop.take(), Some(0));
    // The answer comes too late to mean anything.
    k.allow();
    k.tick(1);
    assert_eq!(k.stop, None);
    k.quiet();
}

#[test]
fn a_hub_can_be_stopped_later() {
    let mut k = Kit::new();
    assert!(k.call(Call::StopHub { code: 3, delay: 5 }));
    k.tick(4);
    assert_eq!(k.stop, None);
    k.hook(&[Hook::UnLoad]);
    k.tick(1);
    // Whatever the exit code, it is an ordinary end.
    assert!(matches!(k.block(), Event::UnLoad { error_code: 0 }));
    assert_eq!(k.stop, Some(3));
}

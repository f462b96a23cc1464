use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, ConnId};
use crate::reg::BanRow;

fn with_op(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    k.register("op", 3);
    k.register("boss", 5);
    k.register("master", 10);
    let (a, op) = (k.login("a"), k.login("op"));
    k.got(op);
    (k, a, op)
}

/// Whether somebody gets in; what he was told if not.
fn tries(k: &mut Kit, nick: &str, ip: &str) -> Option<String> {
    let c = k.connect_from(ip);
    k.got(c);
    k.send(c, &format!("$Supports |$Key k|$ValidateNick {nick}"));
    let told = k.got(c);
    if k.closed(c) {
        return Some(told);
    }
    k.leave(c);
    None
}

fn ban(nick: &'static str, seconds: i64, kind: i64) -> Call {
    Call::Ban {
        op: "anybody".into(),
        nick: nick.into(),
        reason: "why".into(),
        seconds,
        kind,
    }
}

#[test]
fn scripts_ban_in_every_way() {
    for (kind, nick, ip) in [
        (1, "A", "5.5.5.5"),
        (1, "b", "80.0.0.1"),
        (2, "b", "80.0.0.1"),
        (4, "A", "5.5.5.5"),
        (8, "b", "80.0.0.200"),
        (256, "abc", "5.5.5.5"),
    ] {
        let (mut k, a, op) = with_op(&[("ban_extra_message", "Ask on the forum.")]);
        k.hook(&[Hook::NewBan, Hook::OperatorKicks, Hook::CloseConnEx]);
        assert!(k.call(ban("a", 60, kind)), "{kind}");
        assert!(k.asks.is_empty(), "no hook for scripts' own bans");
        k.expect_in(a, "You are banned from this hub for a while.");
        assert!(k.closed(a) && !k.closed(op));
        let reason = |e: &Event| matches!(e, Event::CloseConnEx { reason: 2, .. });
        assert!(k.told.iter().any(reason));
        let told = tries(&mut k, nick, ip).unwrap();
        for part in ["Reason: why", "Ask on the forum.", "Remaining: 1 minute|"] {
            assert!(told.contains(part), "{told}");
        }
        k.pass(60_000);
        assert_eq!(tries(&mut k, nick, ip), None, "{kind}");
    }
}

#[test]
fn a_share_is_looked_at_when_it_is_told() {
    let (mut k, a, _) = with_op(&[]);
    assert!(k.call(ban("a", 0, 128)));
    assert!(k.closed(a));
    let c = k.connect();
    k.finish_login(c, "b", "", &info("b").replace("1000$", "1001$"));
    assert!(!k.closed(c));
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick c|$Version 1");
    k.got(c);
    k.send(c, &info("c"));
    k.expect(
        c,
        "<Viperhub> You are banned from this hub.\r\nShare: 1000 B\r\nReason: why\r\n\
         Remaining: for good|",
    );
    assert!(k.closed(c));
    // A VIP's share does not matter.
    k.register("vip", 2);
    let vip = k.login("vip");
    assert!(!k.closed(vip));
}

#[test]
fn what_scripts_cannot_ban() {
    let (mut k, a, _) = with_op(&[]);
    for call in [
        ban("nobody", 0, 1),
        ban("Viperhub", 0, 1),
        ban("a", -1, 1),
        ban("a", 0, 0),
        ban("a", 0, 3),
        ban("a", 0, 16),
        ban("a", 0, 1024),
    ] {
        assert!(!k.call(call));
    }
    assert!(!k.closed(a));
    // 0 seconds are for good.
    assert!(k.call(ban("a", 0, 4)));
    k.pass(1_000_000_000_000);
    assert!(tries(&mut k, "a", "5.5.5.5").unwrap().contains("for good"));
}

#[test]
fn operators_ban_and_lift() {
    for (command, unban, nick, ip) in [
        ("ban a", "unban a", "a", "5.5.5.5"),
        ("ban a", "unban 80.0.0.1", "b", "80.0.0.1"),
        ("ban 9.9.9.9", "unban 9.9.9.9", "b", "9.9.9.9"),
        ("ban gone", "unbannick GONE", "Gone", "5.5.5.5"),
        ("bannick a", "delban a", "a", "80.0.0.1"),
        ("BANIP 9.9.9.9", "unbanip 9.9.9.9", "b", "9.9.9.9"),
        ("banrange 9.9.0.0/16", "unbanrange 9.9.1.1", "b", "9.9.8.7"),
        ("banprefix xx", "unbanprefix xxl", "XXa", "5.5.5.5"),
    ] {
        let (mut k, _, op) = with_op(&[]);
        k.say(op, "op", &format!("!{command} some reason"));
        k.expect_in(op, "\r\nReason: some reason\r\nOperator: op\r\n");
        let told = tries(&mut k, nick, ip).unwrap_or_else(|| panic!("{command}"));
        assert!(told.contains("You are banned from this hub."), "{told}");
        k.say(op, "op", &format!("!{unban}"));
        k.expect_in(op, "1 ban lifted.");
        assert_eq!(tries(&mut k, nick, ip), None, "{unban}");
        k.say(op, "op", &format!("!{unban}"));
        let value = unban.split(' ').nth(1).unwrap();
        let got = k.got(op);
        assert!(
            got.contains("There is no ban of ") && got.contains(&format!(" {value}.")),
            "{got}"
        );
    }
}

#[test]
fn a_ban_throws_out_whom_it_is_about() {
    let (mut k, a, op) = with_op(&[("notify_kicks_to_all", "0")]);
    let boss = k.login("boss");
    let early = k.connect_from("80.0.0.77");
    k.say(op, "op", "!banrange_5m 80.0.0.0-80.0.0.255 all of you");
    k.expect_in(a, "IP range: 80.0.0.0 - 80.0.0.255");
    assert!(k.closed(a) && k.closed(early));
    assert!(
        !k.closed(op) && !k.closed(boss),
        "not the own class, not above"
    );
    k.expect_in(boss, "op banned a range of addresses because: all of you|");
    k.pass(299_000);
    assert!(
        tries(&mut k, "x", "80.0.0.9")
            .unwrap()
            .contains("Remaining: 1 second|")
    );
    k.pass(1000);
    assert_eq!(tries(&mut k, "x", "80.0.0.9"), None);
}

#[test]
fn scripts_may_refuse_operators_bans() {
    let (mut k, a, op) = with_op(&[]);
    k.hook(&[Hook::NewBan]);
    for (command, ip, nick) in [
        ("ban a x", "80.0.0.1", "a"),
        ("banip 9.9.9.9 x", "9.9.9.9", ""),
        ("bannick A x", "", "A"),
        ("banrange 9.9.9.0/24 x", "9.9.9.0-9.9.9.255", ""),
        ("banshare 5 x", "", "5"),
    ] {
        k.say(op, "op", &format!("!{command}"));
        let want = Event::NewBan {
            op: "op".into(),
            ip: ip.into(),
            nick: nick.into(),
            reason: "x".into(),
        };
        assert_eq!(k.block(), want);
        k.expect_in(op, "A script refused the ban.");
    }
    assert!(!k.closed(a));
    k.say(op, "op", "!ban a x");
    k.allow();
    assert!(k.closed(a));
    k.quiet();
}

#[test]
fn bad_ban_commands_are_explained() {
    let (mut k, _, op) = with_op(&[]);
    let boss = k.login("boss");
    for (command, says) in [
        ("ban", "Whom?"),
        ("ban_x a", "The time must be"),
        ("ban_ a", "The time must be"),
        ("ban_0s a", "The time must be"),
        ("ban boss", "You may not ban boss."),
        ("bannick boss", "You may not ban boss."),
        ("banip nobody", "nothing that ip bans are about"),
        ("banrange 1.2.3", "nothing that range bans are about"),
        ("banshare x", "nothing that share bans are about"),
        ("banhost1 x.org", "You need class 5 for host1 bans."),
        ("banhost2 x.org", "You need class 4 for host2 bans."),
        ("banhost3 x.org", "nothing that host3 bans are about"),
        ("banhost3 1.2.3.4", "nothing that host3 bans are about"),
        ("banhostr1 a", "The name of that user's host is not known."),
        ("unban", "Whom?"),
        ("infoban", "Whom?"),
        ("banx a", "There is no command"),
        ("kick_5m a", "There is no command"),
    ] {
        k.say(op, "op", &format!("!{command}"));
        k.expect_in(op, says);
    }
    assert!(!k.closed(boss));
}

#[test]
fn bans_are_listed_and_looked_up() {
    let (mut k, _, op) = with_op(&[]);
    k.say(op, "op", "!banip 9.9.9.9 one");
    k.pass(60_000);
    k.say(op, "op", "!banrange_1d 9.9.0.0/16 two");
    k.got(op);
    k.say(op, "op", "!infoban 9.9.9.9");
    let got = k.got(op);
    assert!(
        got.contains("2 bans found.") && got.contains("Set: 1 minute ago"),
        "{got}"
    );
    k.say(op, "op", "!infobanip 9.9.9.9");
    k.expect_in(op, "1 ban found.");
    k.say(op, "op", "!lstban");
    let got = k.got(op);
    let (one, two) = (got.find("Reason: one"), got.find("Reason: two"));
    assert!(two < one && two.is_some(), "newest first: {got}");
    k.say(op, "op", "!lstban 1");
    k.expect_in(op, "1 ban found.");
}

#[test]
fn an_unban_lifts_both_halves_of_a_kick() {
    for value in ["a", "80.0.0.1"] {
        let (mut k, _, op) = with_op(&[]);
        k.say(op, "op", "!kick a x");
        assert!(tries(&mut k, "a", "5.5.5.5").is_some());
        k.say(op, "op", &format!("!unban {value}"));
        k.expect_in(op, "1 ban lifted.\r\nThe ban of a kick");
        assert_eq!(tries(&mut k, "a", "80.0.0.1"), None);
    }
}

#[test]
fn who_is_not_tested() {
    let (mut k, _, op) = with_op(&[]);
    k.say(op, "op", "!banrange 5.5.5.0/24");
    k.say(op, "op", "!banprefix bo");
    let c = k.connect_from("5.5.5.5");
    k.finish_login(c, "master", "", &info("master"));
    assert!(!k.closed(c));
    // Prefixes are for guests.
    let boss = k.login("boss");
    assert!(!k.closed(boss));
    assert!(tries(&mut k, "boss", "5.5.5.6").is_some());
}

#[test]
fn a_login_under_way_is_no_way_around_a_ban() {
    let (mut k, _, op) = with_op(&[]);
    let c = k.connect_from("5.5.5.5");
    k.send(c, "$Supports |$Key k|$ValidateNick xxa|$Version 1");
    k.say(op, "op", "!banprefix xx");
    k.got(c);
    k.send(c, &info("xxa"));
    k.expect_in(c, "Nick prefix: xx");
    assert!(k.closed(c));
}

/// A range is read as the hub writes it, and is not taken for its first address.
#[test]
fn ranges_may_have_blanks() {
    for (range, other) in [
        ("1.1.1.1 - 1.1.1.9", "1.1.1.1-1.1.1.9"),
        ("1.1.1.1 -1.1.1.9", "1.1.1.1 .. 1.1.1.9"),
        ("1.1.1.0- 1.1.1.255", "1.1.1.0 / 24"),
    ] {
        for command in ["ban", "banip", "banrange"] {
            let (mut k, _, op) = with_op(&[]);
            k.say(op, "op", &format!("!{command} {range} the reason"));
            let got = k.got(op);
            assert!(got.contains("IP range: 1.1.1."), "{command}: {got}");
            assert!(got.contains("Reason: the reason\r\n"), "{command}: {got}");
            assert!(tries(&mut k, "x", "1.1.1.5").is_some());
            k.say(op, "op", &format!("!info{command} {other}"));
            k.expect_in(op, "1 ban found.");
            k.say(op, "op", &format!("!un{command} {other} why"));
            k.expect_in(op, "1 ban lifted.");
            assert_eq!(tries(&mut k, "x", "1.1.1.5"), None);
        }
    }
    let (mut k, _, op) = with_op(&[]);
    // One that ends before it begins is none, and what is no address is a reason.
    k.say(op, "op", "!banrange 1.1.1.9 - 1.1.1.1 x");
    k.expect_in(op, "That is nothing that range bans are about.");
    for (typed, reason) in [("- spam", "- spam"), ("5 - 6 x", "5 - 6 x")] {
        k.say(op, "op", &format!("!banip 1.1.1.1 {typed}"));
        k.expect_in(op, &format!("IP: 1.1.1.1\r\nReason: {reason}\r\n"));
    }
    // An address whose range is banned is not mistaken for a ban of its own.
    k.say(op, "op", "!banip 1.1.1.1");
    k.say(op, "op", "!banrange 1.1.1.1 - 1.1.1.4 x");
    k.got(op);
    k.say(op, "op", "!unban 1.1.1.1 - 1.1.1.4");
    k.expect_in(op, "1 ban lifted.\r\nIP range: 1.1.1.1 - 1.1.1.4");
    assert!(tries(&mut k, "x", "1.1.1.1").is_some());
    assert_eq!(tries(&mut k, "x", "1.1.1.2"), None);
}

/// Whatever a ban was made with, the same lifts it and finds it, as does what operators are shown
/// of it.
#[test]
fn each_form_that_bans_also_lifts_and_finds() {
    let host = "Dyn-1.b.example.com";
    for (ban, others) in [
        ("ban a", &["unban 80.0.0.1"][..]),
        ("ban 9.9.9.9", &["unbanip 9.9.9.9", "unban ::ffff:9.9.9.9"]),
        ("ban 9.9.9.0/24", &["unbanrange 9.9.9.0..9.9.9.255"]),
        ("banip a", &["unbanip 80.0.0.1", "unban a"]),
        ("banip 9.9.9.9-9.9.9.10", &["unbanrange 9.9.9.10"]),
        ("bannick a", &["unban A"]),
        (
            "banrange 192.168.0.0/24",
            &["unbanrange 192.168.0.0-192.168.0.255"],
        ),
        (
            "banrange 192.168.0.5-192.168.1.7",
            &["unban 192.168.0.5-192.168.1.7"],
        ),
        (
            "banrange 192.168.0.5..192.168.1.7",
            &["unbanip 192.168.0.5..192.168.1.7"],
        ),
        (
            "banrange 192.168.0.5",
            &["unbanrange 192.168.0.5-192.168.0.5"],
        ),
        ("banrange 2001:db8::/32", &["unbanrange 2001:db8::1"]),
        ("banprefix ab", &["unbanprefix ABC"]),
        ("banshare 1500", &["unbanshare 1500"]),
        ("banhost1 a", &["unbanhost1 *.com", "unbanhost1 x.com"]),
        ("banhost2 a", &["unbanhost2 *.example.com", "unban a"]),
        ("banhost2 *.example.org", &["unbanhost2 .example.org"]),
        ("banhost3 x.b.example.com", &["unbanhost3 b.example.com"]),
        ("banhostr1 a", &["unbanhostr1 dyn-1.*", "unbanhostr1 dyn-1"]),
    ] {
        let same = format!("un{ban}");
        for unban in others.iter().copied().chain([&same[..]]) {
            let mut k = Kit::with(&[("dns_lookup", "1")]);
            k.hosts.insert("80.0.0.1".to_owned(), host);
            k.register("boss", 5);
            let boss = k.login("boss");
            let a = k.connect_from("80.0.0.1");
            k.finish_login(a, "a", "", &info("a"));
            k.say(boss, "boss", &format!("!{ban} why"));
            k.expect_in(boss, "Banned:");
            assert_eq!(k.bans.len(), 1, "{ban}");
            // As the database has it after a restart of the hub.
            k.input(crate::io::Input::Reload);
            let (kind, value) = unban.split_once(' ').unwrap();
            let asked = kind.replace("unban", "infoban");
            for asked in [format!("!{asked} {value}"), format!("!infoban {value}")] {
                k.say(boss, "boss", &asked);
                k.expect_in(boss, "1 ban found.");
            }
            k.say(boss, "boss", &format!("!{unban}"));
            k.expect_in(boss, "1 ban lifted.");
            assert!(k.bans.is_empty(), "{unban}");
        }
    }
}

#[test]
fn what_was_not_found_is_named_and_what_keeps_out_is_told() {
    let (mut k, _, op) = with_op(&[]);
    for (command, says) in [
        ("lstban", "There are no bans."),
        ("unban x", "There is no ban of nick or address x."),
        ("unbanip 1.2.3.4", "There is no ban of address 1.2.3.4."),
        (
            "unbanrange 1.2.3.0/24",
            "There is no ban of range of addresses 1.2.3.0/24.",
        ),
        ("unbanhost2 a.b", "There is no ban of host a.b."),
        ("infobanshare 7", "There is no ban of share 7."),
        (
            "infoban 9.9.9.9",
            "There is no ban of nick or address 9.9.9.9.",
        ),
        (
            "deltempban 9.9.9.9",
            "There is no temporary ban of 9.9.9.9.",
        ),
    ] {
        k.say(op, "op", &format!("!{command}"));
        k.expect_in(op, says);
    }
    k.say(op, "op", "!banrange 192.168.0.0/16 cables");
    k.say(op, "op", "!banprefix ann ads");
    k.got(op);
    for (command, says, lifts) in [
        (
            "unban 192.168.3.4",
            "IP range: 192.168.0.0 - 192.168.255.255",
            "192.168.0.0-192.168.255.255",
        ),
        (
            "unbanip 192.168.3.4",
            "cables",
            "192.168.0.0-192.168.255.255",
        ),
        (
            "unbanrange 192.168.7.0/24",
            "cables",
            "192.168.0.0-192.168.255.255",
        ),
        ("unbannick anna", "Nick prefix: ann", "ann"),
    ] {
        k.say(op, "op", &format!("!{command}"));
        let got = k.got(op);
        assert!(got.contains("There is no ban of "), "{got}");
        assert!(got.contains(says), "{got}");
        let lift = got.split("Lift it: ").nth(1).unwrap();
        let lift = lift.split(['|', '\r']).next().unwrap().to_owned();
        assert!(lift.ends_with(&format!(" {lifts}")), "{lift}");
    }
    k.say(op, "op", "!unbanrange 192.168.0.0-192.168.255.255");
    k.expect_in(op, "1 ban lifted.");
    // What only memory knows.
    k.register("reg", 1);
    let c = k.connect_from("81.0.0.1");
    k.send(c, "$ValidateNick reg|$MyPass wrong");
    for command in ["infoban", "unban"] {
        k.say(op, "op", &format!("!{command} 81.0.0.1"));
        k.expect_in(op, "Kept out for a while, 1 minute: wrong password");
    }
    k.say(op, "op", "!deltempban 81.0.0.1");
    k.expect_in(op, "is let in again");
    assert_eq!(tries(&mut k, "x", "81.0.0.1"), None);
    k.login("bob");
    k.say(op, "op", "!kick bob go");
    k.got(op);
    k.say(op, "op", "!infoban bob");
    k.expect_in(op, "Kept out for a while, 5 minutes: go");
}

/// What each login leaves behind for the next one keeps out nobody who is in.
#[test]
fn the_time_between_logins_keeps_out_who_has_left_only() {
    let (mut k, a, op) = with_op(&[("int_login", "60")]);
    for (command, says) in [
        ("infoban a", "There is no ban of nick or address a.|"),
        ("unban a", "There is no ban of nick or address a.|"),
        ("infobannick a", "There is no ban of nick a.|"),
    ] {
        k.say(op, "op", &format!("!{command}"));
        let got = k.got(op);
        assert!(got.ends_with(says), "{got}");
    }
    k.leave(a);
    let told = tries(&mut k, "a", "80.0.0.1").unwrap();
    assert!(told.contains("you log in too often"), "{told}");
    for command in ["infoban a", "unban a"] {
        k.got(op);
        k.say(op, "op", &format!("!{command}"));
        k.expect_in(op, "Kept out for a while, 1 minute: you log in too often");
    }
    k.say(op, "op", "!deltempban a");
    k.expect_in(op, "a is let in again");
    assert_eq!(tries(&mut k, "a", "80.0.0.1"), None);
}

/// `!unban` without a kind names each ban that `!infoban` finds and that is about more than the
/// value, and how to lift it.
#[test]
fn what_is_found_is_named_when_it_is_not_lifted() {
    let (mut k, ..) = with_op(&[]);
    let boss = k.login("boss");
    for (ban, value, lifts) in [
        ("banhostr1 dyn-1", "dyn-1.b.org", "!unbanhostr1 dyn-1"),
        ("banhost1 x.org", "a.example.org", "!unbanhost1 .org"),
        ("banhost3 a.b.org", "x.a.b.org", "!unbanhost3 .a.b.org"),
        ("banprefix ab", "abc", "!unbanprefix ab"),
        (
            "banrange 9.9.0.0/16",
            "9.9.1.1",
            "!unbanrange 9.9.0.0-9.9.255.255",
        ),
    ] {
        k.say(boss, "boss", &format!("!{ban} why"));
        k.expect_in(boss, "Banned:");
        k.say(boss, "boss", &format!("!infoban {value}"));
        k.expect_in(boss, "1 ban found.");
        k.say(boss, "boss", &format!("!unban {value}"));
        k.expect_in(boss, &format!("\r\nLift it: {lifts}|"));
        k.say(boss, "boss", lifts);
        k.expect_in(boss, "1 ban lifted.");
    }
}

/// A note is free text; only what the hub has noted itself says by which nick a ban was made.
#[test]
fn a_note_of_an_operator_is_no_nick() {
    let (mut k, _, op) = with_op(&[]);
    k.bans.push(BanRow {
        ip: "9.9.9.9".into(),
        nick: "_ipban_".into(),
        ban_type: 1,
        nick_op: "old".into(),
        note_op: "made for testing".into(),
        ..BanRow::default()
    });
    k.input(crate::io::Input::Reload);
    k.say(op, "op", "!infoban 9.9.9.9");
    let got = k.got(op);
    assert!(
        got.contains("1 ban found.") && !got.contains("Made for"),
        "{got}"
    );
    k.say(op, "op", "!unban testing");
    k.expect_in(op, "There is no ban of nick or address testing.|");
    assert_eq!(k.bans.len(), 1);
    // The hub's own is found, also when it was read anew.
    k.say(op, "op", "!banip a why");
    k.input(crate::io::Input::Reload);
    k.got(op);
    k.say(op, "op", "!infoban a");
    k.expect_in(op, "Made for: a\r\n");
    k.say(op, "op", "!unban a");
    k.expect_in(op, "1 ban lifted.");
}

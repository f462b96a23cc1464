use super::*;
use crate::io::{Call, ConnId};
use crate::value::Value;

fn with_boss(settings: &[(&str, &str)]) -> (Kit, ConnId) {
    let mut k = Kit::with(settings);
    k.register("boss", 5);
    let boss = k.login("boss");
    for (ip, name) in [
        ("7.7.7.1", "dyn-1.pool.example.com"),
        ("7.7.7.2", "Dyn-1.Other.Example.org."),
        ("7.7.7.3", "x|bad name"),
    ] {
        k.hosts.insert(ip.into(), name);
    }
    (k, boss)
}

/// What somebody is told who does not get in.
fn tries(k: &mut Kit, ip: &str) -> Option<String> {
    let c = k.connect_from(ip);
    k.got(c);
    k.send(c, "$Supports |$Key k|$ValidateNick x");
    let told = k.got(c);
    if k.closed(c) {
        return Some(told);
    }
    k.leave(c);
    None
}

#[test]
fn each_kind_of_host_ban_keeps_out_whom_it_names() {
    for (command, met, not) in [
        ("banhost1 x.com", "7.7.7.1", "7.7.7.2"),
        ("banhost2 b.example.org", "7.7.7.2", "7.7.7.1"),
        ("banhost3_5m .pool.example.com", "7.7.7.1", "7.7.7.2"),
        ("banhostr1 DYN-1.whatever", "7.7.7.1", "7.7.7.4"),
    ] {
        let (mut k, boss) = with_boss(&[]);
        assert_eq!(tries(&mut k, met), None);
        assert_eq!(k.looked_up, 0, "nobody wants to know");
        k.say(boss, "boss", &format!("!{command} why"));
        k.expect_in(boss, "Banned:\r\nHost: ");
        let told = tries(&mut k, met).unwrap();
        assert!(told.contains("Reason: why"), "{told}");
        assert_eq!(tries(&mut k, not), None, "{command}");
        assert_eq!(tries(&mut k, "7.7.7.3"), None);
        let kind = command.split(['_', ' ']).next().unwrap();
        let host = if met == "7.7.7.1" {
            "dyn-1.pool.example.com"
        } else {
            "dyn-1.other.example.org"
        };
        k.say(boss, "boss", &format!("!info{kind} {host}"));
        k.expect_in(boss, "1 ban found.");
        k.say(boss, "boss", &format!("!un{kind} {host}"));
        k.expect_in(boss, "1 ban lifted.");
        assert_eq!(tries(&mut k, met), None);
        k.quiet();
    }
}

#[test]
fn a_nick_waits_for_the_name_of_its_host_and_others_do_not() {
    let (mut k, boss) = with_boss(&[]);
    k.say(boss, "boss", "!banhost1 .com");
    k.hosts_wait = true;
    let (a, b) = (k.connect_from("7.7.7.1"), k.connect_from("7.7.7.2"));
    for (c, nick) in [(a, "a"), (b, "b")] {
        k.got(c);
        k.send(
            c,
            &format!("$Supports |$Key k|$ValidateNick {nick}|$Version 1"),
        );
        assert!(!k.got(c).contains("$Hello"));
    }
    k.got(boss);
    k.say(boss, "boss", "+myip");
    k.expect_in(boss, "Your address is");
    k.hosts_answer();
    assert!(k.closed(a));
    k.expect_in(b, "$Hello b|");
    // Who goes before the answer comes is forgotten.
    let c = k.connect_from("7.7.7.1");
    k.send(c, "$Supports |$Key k|$ValidateNick c");
    k.leave(c);
    k.hosts_answer();
    k.quiet();
}

#[test]
fn the_first_host_ban_also_meets_those_who_are_in() {
    let (mut k, boss) = with_boss(&[]);
    k.register("op", 3);
    let (a, op, b) = (
        k.connect_from("7.7.7.1"),
        k.connect_from("7.7.7.1"),
        k.connect_from("7.7.7.2"),
    );
    k.finish_login(a, "a", "", &info("a"));
    k.finish_login(op, "op", "", &info("op"));
    k.finish_login(b, "b", "", &info("b"));
    k.say(boss, "boss", "!banhost2 example.com");
    k.expect_in(a, "You are banned from this hub.");
    assert!(k.closed(a) && !k.closed(b) && !k.closed(op));
    // Known by now: the next one need not wait.
    k.say(boss, "boss", "!banhostr1 b");
    assert!(k.closed(b));
}

#[test]
fn names_are_for_scripts_too_when_the_settings_say_so() {
    let (mut k, _) = with_boss(&[("dns_lookup", "1")]);
    let a = k.connect_from("7.7.7.2");
    k.finish_login(a, "a", "", &info("a"));
    let host = k.view.with_user(b"a", |u| u.host.clone()).unwrap();
    assert_eq!(host, "dyn-1.other.example.org");
    let ban = |nick: &'static str, kind| Call::Ban {
        op: "boss".into(),
        nick: nick.into(),
        reason: "why".into(),
        seconds: 60,
        kind,
    };
    let b = k.connect_from("7.7.7.3");
    k.finish_login(b, "b", "", &info("b"));
    assert!(!k.call(ban("b", 512)), "no name");
    assert!(k.call(ban("a", 32)));
    assert!(k.closed(a));
    assert!(tries(&mut k, "7.7.7.2").is_some());
}

#[test]
fn operators_and_texts_name_the_host_that_is_known() {
    let (mut k, boss) = with_boss(&[("dns_lookup", "1")]);
    for (ip, nick, shown) in [
        ("7.7.7.1", "ann", "dyn-1.pool.example.com"),
        ("7.7.7.9", "bob", "7.7.7.9"),
    ] {
        let c = k.connect_from(ip);
        k.finish_login(c, nick, "", &info(nick));
        k.say(boss, "boss", &format!("!gethost {nick}"));
        k.expect_in(boss, &format!("{nick}: {shown}"));
        k.say(boss, "boss", &format!("!getinfo {nick}"));
        k.expect_in(boss, shown);
        k.say(boss, "boss", "!guests you are %[HOST]");
        k.expect_in(c, &format!("you are {shown}|"));
    }
}

fn host(nick: &'static str) -> Call {
    Call::HostOf { nick: nick.into() }
}

/// What scripts read of a user without asking the hub: the name, and whether it is known.
fn seen(k: &Kit, nick: &str) -> (String, bool) {
    let text = |u: &crate::view::UserView| String::from_utf8_lossy(&u.host).into_owned();
    (k.view
        .with_user(nick.as_bytes(), |u| (text(u), u.host_known)))
    .unwrap()
}

/// Who has another name is not called by the old one, whoever wanted the name.
#[test]
fn another_name_counts_at_once() {
    for lookup in ["0", "1"] {
        let (mut k, _) = with_boss(&[("dns_lookup", lookup)]);
        let (a, b) = (k.connect_from("7.7.7.1"), k.connect_from("7.7.7.2"));
        k.finish_login(a, "a", "", &info("a"));
        k.finish_login(b, "b", "", &info("b"));
        let call = k.begin(host("a"));
        k.answered(call).unwrap().unwrap();
        assert_eq!(seen(&k, "a"), ("dyn-1.pool.example.com".into(), true));
        let before = seen(&k, "b");
        k.hosts.insert("7.7.7.1".into(), "new.example.net");
        k.hosts_wait = true;
        // In whatever order.
        let ips = ["9.9.9.9", "7.7.7.1", "1.1.1.1"].map(|ip| ip.parse().unwrap());
        k.input(crate::io::Input::Renamed(ips.into()));
        assert_eq!(seen(&k, "a"), (String::new(), false), "{lookup}");
        assert_eq!(seen(&k, "b"), before);
        let call = k.begin(host("a"));
        k.hosts_answer();
        let name = Value::Bytes("new.example.net".into());
        assert_eq!(k.answered(call), Some(Ok(name)));
        assert_eq!(seen(&k, "a"), ("new.example.net".into(), true));
    }
}

/// A ban is about who was there when the script asked for it.
#[test]
fn who_came_by_the_same_nick_meanwhile_is_not_banned() {
    let (mut k, _) = with_boss(&[]);
    let a = k.connect_from("7.7.7.1");
    k.finish_login(a, "a", "", &info("a"));
    k.hosts_wait = true;
    let call = k.begin(Call::Ban {
        op: "boss".into(),
        nick: "a".into(),
        reason: "why".into(),
        seconds: 60,
        kind: 32,
    });
    k.leave(a);
    let other = k.connect_from("7.7.7.2");
    k.finish_login(other, "a", "", &info("a"));
    k.last_host_first();
    k.hosts_answer();
    assert_eq!(seen(&k, "a").0, "dyn-1.other.example.org");
    assert_eq!(k.answered(call), Some(Ok(Value::Bool(false))));
    assert!(!k.closed(other) && k.bans.is_empty());
    k.quiet();
}

/// No answer is not the same as no name.
#[test]
fn what_got_no_answer_is_asked_for_again() {
    let (mut k, boss) = with_boss(&[]);
    k.hosts_wait = true;
    let a = k.connect_from("7.7.7.1");
    k.finish_login(a, "a", "", &info("a"));
    let ban = || Call::Ban {
        op: "boss".into(),
        nick: "a".into(),
        reason: "why".into(),
        seconds: 60,
        kind: 512,
    };
    let calls = [k.begin(host("a")), k.begin(ban())];
    k.hosts_time_out();
    assert_eq!(k.looked_up, 1);
    assert_eq!(k.answered(calls[0]), Some(Ok(Value::Bytes("".into()))));
    assert_eq!(k.answered(calls[1]), Some(Ok(Value::Bool(false))));
    assert_eq!(seen(&k, "a"), (String::new(), false));
    // By now it is known.
    let calls = [k.begin(host("a")), k.begin(ban())];
    k.hosts_answer();
    let name = Value::Bytes("dyn-1.pool.example.com".into());
    assert_eq!(k.answered(calls[0]), Some(Ok(name)));
    assert_eq!(k.answered(calls[1]), Some(Ok(Value::Bool(true))));
    assert!(k.closed(a));
    // A nick waits once only, and meets the ban when somebody has asked again.
    k.got(boss);
    let b = k.connect_from("7.7.7.1");
    k.send(b, "$Supports |$Key k|$ValidateNick b");
    assert!(!k.got(b).contains("$Hello"));
    k.hosts_time_out();
    k.expect_in(b, "$Hello b|");
    k.send(b, &format!("$Version 1|$GetNickList|{}", info("b")));
    assert!(!k.closed(b));
    let call = k.begin(host("b"));
    k.hosts_answer();
    assert!(k.answered(call).is_some() && k.closed(b));
    k.quiet();
}

/// A script that has asked will ask of the next one too.
#[test]
fn names_are_looked_up_early_once_a_script_has_asked() {
    let (mut k, _) = with_boss(&[]);
    let a = k.connect_from("7.7.7.1");
    k.finish_login(a, "a", "", &info("a"));
    assert_eq!(k.looked_up, 0);
    let call = k.begin(host("a"));
    assert!(k.answered(call).is_some());
    k.connect_from("7.7.7.2");
    assert_eq!(k.looked_up, 2, "when the client comes");
}

/// Scripts get names when they ask for them, and wait no longer than the look-up.
#[test]
fn names_are_looked_up_for_scripts_that_ask() {
    let (mut k, _) = with_boss(&[]);
    let ban = |nick: &'static str, kind| Call::Ban {
        op: "boss".into(),
        nick: nick.into(),
        reason: "why".into(),
        seconds: 60,
        kind,
    };
    let (a, b, c) = (
        k.connect_from("7.7.7.1"),
        k.connect_from("7.7.7.2"),
        k.connect_from("7.7.7.3"),
    );
    k.finish_login(a, "a", "", &info("a"));
    k.finish_login(b, "b", "", &info("b"));
    k.finish_login(c, "c", "", &info("c"));
    assert_eq!(k.looked_up, 0, "nobody wants to know");
    k.hosts_wait = true;
    // Two wait for the same look-up, one for another; who waits for nobody is answered at once.
    let calls = [
        k.begin(host("a")),
        k.begin(host("a")),
        k.begin(ban("b", 32)),
        k.begin(ban("c", 512)),
    ];
    let gone = k.begin(host("nobody"));
    assert_eq!(k.answered(gone), Some(Ok(Value::Bytes("".into()))));
    assert!(calls.iter().all(|call| k.answered(*call).is_none()));
    k.hosts_answer();
    let name = Value::Bytes("dyn-1.pool.example.com".into());
    assert_eq!(k.looked_up, 3);
    assert_eq!(k.answered(calls[0]), Some(Ok(name.clone())));
    assert_eq!(k.answered(calls[1]), Some(Ok(name.clone())));
    assert_eq!(k.answered(calls[2]), Some(Ok(Value::Bool(true))));
    assert_eq!(
        k.answered(calls[3]),
        Some(Ok(Value::Bool(false))),
        "no name"
    );
    assert!(k.closed(b) && !k.closed(c));
    // Known by now.
    let again = k.begin(host("a"));
    assert_eq!(k.answered(again), Some(Ok(name)));
    assert_eq!(seen(&k, "a"), ("dyn-1.pool.example.com".into(), true));
    assert_eq!(seen(&k, "c"), (String::new(), true));
    // Who goes meanwhile has none.
    let d = k.connect_from("7.7.7.1");
    k.finish_login(d, "d", "", &info("d"));
    let late = k.begin(host("d"));
    k.leave(d);
    k.hosts_answer();
    assert_eq!(k.answered(late), Some(Ok(Value::Bytes("".into()))));
    k.quiet();
}

/// A part of a host's name is found as it was banned and as it is shown, and nothing more than it.
#[test]
fn parts_of_hosts_are_lifted_as_they_were_banned() {
    for (ban, values) in [
        ("banhost1 org", &["org", ".org", "*.ORG"][..]),
        ("banhost2 example.org", &["example.org", "*.example.org"]),
        (
            "banhost3 other.example.org",
            &["other.example.org", "*.other.example.org"],
        ),
        ("banhostr1 dyn-1", &["Dyn-1", "dyn-1.*"]),
    ] {
        for value in values {
            let (mut k, boss) = with_boss(&[]);
            k.say(boss, "boss", &format!("!{ban} why"));
            k.got(boss);
            // A whole name, or an address, only says what keeps it out.
            for whole in ["dyn-1.other.example.org", "7.7.7.2"] {
                k.say(boss, "boss", &format!("!unban {whole}"));
                let got = k.got(boss);
                let kept = got.contains("There is no ban of") && got.contains("Kept out by:");
                assert!(
                    kept && got.contains("Lift it: !unbanhost"),
                    "{whole}: {got}"
                );
                k.say(boss, "boss", &format!("!infoban {whole}"));
                k.expect_in(boss, "1 ban found.");
            }
            k.say(boss, "boss", &format!("!infoban {value}"));
            k.expect_in(boss, "1 ban found.");
            k.say(boss, "boss", &format!("!unban {value}"));
            k.expect_in(boss, "1 ban lifted.");
            assert_eq!(tries(&mut k, "7.7.7.2"), None, "{ban} {value}");
            k.say(boss, "boss", "!infoban 7.7.7.2");
            k.expect_in(boss, "There is no ban of nick or address 7.7.7.2.");
        }
    }
    let (mut k, boss) = with_boss(&[]);
    k.say(boss, "boss", "!banshare 4711");
    k.got(boss);
    k.say(boss, "boss", "!unban 4711");
    k.expect_in(boss, "1 ban lifted.");
    // Who asked has gone when the name comes.
    k.say(boss, "boss", "!banhost1 org");
    k.hosts_wait = true;
    k.say(boss, "boss", "!infoban 7.7.7.2");
    k.leave(boss);
    k.hosts_answer();
    k.quiet();
}

#[test]
fn a_ban_by_the_host_of_a_user_asks_for_its_name() {
    let (mut k, boss) = with_boss(&[]);
    let enters = |k: &mut Kit, ip: &str, nick: &str| {
        let c = k.connect_from(ip);
        k.finish_login(c, nick, "", &info(nick));
        k.got(c);
        c
    };
    let a = enters(&mut k, "7.7.7.1", "a");
    let b = enters(&mut k, "7.7.7.3", "b");
    assert_eq!(k.looked_up, 0, "nobody wants to know");
    k.got(boss);
    k.say(boss, "boss", "!banhost2 a why");
    k.expect_in(boss, "Host: *.example.com\r\nMade for: a\r\nReason: why");
    assert!(k.closed(a));
    k.say(boss, "boss", "!banhost2 b why");
    k.expect_in(boss, "The name of that user's host is not known.");
    assert!(!k.closed(b));
    // Who goes before the name comes is not taken for a host.
    let (mut k, boss) = with_boss(&[]);
    let c = enters(&mut k, "7.7.7.2", "c");
    k.hosts_wait = true;
    k.say(boss, "boss", "!banhost1 c");
    k.leave(c);
    k.got(boss);
    k.hosts_answer();
    k.expect_in(boss, "c has left before his host was known.");
    k.say(boss, "boss", "!lstban");
    k.expect_in(boss, "There are no bans.");
    k.quiet();
}

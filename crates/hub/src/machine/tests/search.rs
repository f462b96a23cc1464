use super::*;
use crate::hooks::{Event, Hook};
use crate::io::ConnId;

const TTH: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG";

fn sharing(nick: &str, mode: &str, status: char, share: &str) -> String {
    format!("$MyINFO $ALL {nick} d<++ V:0.8,M:{mode},H:1/0/0,S:3>$ $100{status}$m${share}$")
}

/// A hub with one user of each kind, and one who searches in that mode.
fn crowd(
    settings: &[(&str, &str)],
    mode: &str,
    status: char,
) -> (Kit, ConnId, Vec<(&'static str, ConnId)>) {
    let mut k = Kit::with(settings);
    let me = k.login_as("me", "TTHS TTHSearch", &sharing("me", mode, status, "9"));
    let mut users = Vec::new();
    for (nick, features, mode, status, share) in [
        ("active", "", "A", '\x01', "9"),
        ("passive", "", "P", '\x01', "9"),
        ("nat", "", "P", '\x21', "9"),
        ("empty", "", "A", '\x01', "0"),
        ("chatter", "ChatOnly", "A", '\x01', "9"),
        ("tth", "TTHSearch", "A", '\x01', "9"),
        ("short", "TTHSearch TTHS", "A", '\x01', "9"),
    ] {
        let info = sharing(nick, mode, status, share);
        users.push((nick, k.login_as(nick, features, &info)));
    }
    k.got(me);
    (k, me, users)
}

fn who_got(k: &mut Kit, users: &[(&'static str, ConnId)], what: &str) -> Vec<&'static str> {
    let mut nicks = Vec::new();
    for (nick, c) in users {
        if k.got(*c) == what {
            nicks.push(*nick);
        }
    }
    nicks
}

#[test]
fn an_active_search_reaches_those_who_share() {
    let (mut k, me, users) = crowd(&[], "A", '\x01');
    k.send(me, "$Search 1.2.3.4:412 F?T?0?1?some$word");
    let line = "$Search 80.0.0.1:412 F?T?0?1?some$word|";
    let got = who_got(&mut k, &users, line);
    assert_eq!(got, ["active", "passive", "nat", "tth", "short"]);
    k.expect(me, "");
}

#[test]
fn a_passive_search_reaches_active_users() {
    let (mut k, me, users) = crowd(&[], "P", '\x01');
    k.send(me, "$Search Hub:me F?T?0?1?some$word");
    let line = "$Search Hub:me F?T?0?1?some$word|";
    assert_eq!(who_got(&mut k, &users, line), ["active", "tth", "short"]);
    let (mut k, me, users) = crowd(&[], "P", '\x21');
    k.send(me, "$MultiSearch Hub:me F?T?0?1?some$word");
    assert_eq!(
        who_got(&mut k, &users, line),
        ["active", "nat", "tth", "short"]
    );
}

#[test]
fn hashes_go_in_the_short_form_to_those_who_know_it() {
    let (mut k, me, users) = crowd(&[], "A", '\x01');
    k.hook(&[Hook::ParsedMsgSearch]);
    for (port, frame) in [
        (412, format!("$Search 1.2.3.4:412 F?T?0?9?TTH:{TTH}")),
        (413, format!("$SA {TTH} 1.2.3.4:413")),
    ] {
        let long = format!("$Search 80.0.0.1:{port} F?T?0?9?TTH:{TTH}|");
        let short = format!("$SA {TTH} 80.0.0.1:{port}|");
        k.pass(60_000);
        k.send(me, &frame);
        let Event::ParsedMsgSearch { data, .. } = k.allow() else {
            panic!("not a search")
        };
        assert_eq!(data, format!("$Search 1.2.3.4:{port} F?T?0?9?TTH:{TTH}"));
        let got: Vec<String> = users.iter().map(|(_, c)| k.got(*c)).collect();
        assert_eq!(got, ["", "", "", "", "", &long, &short]);
    }
    // With a size the short form would lose something.
    k.pass(60_000);
    k.send(me, &format!("$Search 1.2.3.4:412 T?T?5?9?TTH:{TTH}"));
    k.allow();
    let line = format!("$Search 80.0.0.1:412 T?T?5?9?TTH:{TTH}|");
    assert_eq!(who_got(&mut k, &users, &line), ["tth", "short"]);
    k.pass(60_000);
    k.send(me, &format!("$SP {TTH} me"));
    k.allow();
    let long = format!("$Search Hub:me F?T?0?9?TTH:{TTH}|");
    let short = format!("$SP {TTH} me|");
    let got: Vec<String> = users.iter().map(|(_, c)| k.got(*c)).collect();
    assert_eq!(got, ["", "", "", "", "", &long, &short]);
}

#[test]
fn without_the_filter_all_get_it() {
    let (mut k, me, users) = crowd(&[("use_search_filter", "0")], "A", '\x01');
    k.send(me, "$Search 1.2.3.4:412 F?T?0?1?some$word");
    let line = "$Search 80.0.0.1:412 F?T?0?1?some$word|";
    assert_eq!(who_got(&mut k, &users, line).len(), 7);
    k.expect(me, line);
}

#[test]
fn addresses_at_home_stay_at_home() {
    let mut k = Kit::with(&[("filter_lan_requests", "1")]);
    let mut join = |nick: &str, ip: &str| {
        let c = k.connect_from(ip);
        k.finish_login(c, nick, "", &info(nick));
        c
    };
    let (a, b, c) = (
        join("a", "10.0.0.1"),
        join("b", "10.0.0.2"),
        join("c", "9.0.0.1"),
    );
    k.send(a, "$Search 10.0.0.1:412 F?T?0?1?some$word");
    k.expect_in(b, "$Search");
    k.expect(c, "");
    k.send(a, "$ConnectToMe c 10.0.0.1:412|$ConnectToMe b 10.0.0.1:412");
    k.expect(c, "");
    k.expect_in(b, "$ConnectToMe b 10.0.0.1:412|");
}

#[test]
fn searches_have_their_limits() {
    let mut k = Kit::with(&[("search_number", "2")]);
    let (a, b) = (k.login("a"), k.login("b"));
    let search = |k: &mut Kit, pattern: &str| {
        k.send(a, &format!("$Search 1.2.3.4:412 F?T?0?1?{pattern}"));
        (k.got(a), !k.got(b).is_empty())
    };
    let none = String::new();
    assert_eq!(
        search(&mut k, "abc").0,
        "<Viperhub> Search for at least 4 characters.|"
    );
    assert_eq!(search(&mut k, "word"), (none.clone(), true));
    assert_eq!(search(&mut k, "word"), (none.clone(), false));
    assert_eq!(search(&mut k, "other"), (none.clone(), true));
    let wait = "<Viperhub> You may search again in 32 seconds.|";
    assert_eq!(search(&mut k, "third"), (wait.to_owned(), false));
    k.pass(32_000);
    assert_eq!(search(&mut k, "third"), (none.clone(), true));
    // A hash that is none is searched for as a word.
    k.send(a, "$Search 1.2.3.4:412 F?T?0?9?TTH:short");
    k.expect(b, "$Search 80.0.0.1:412 F?T?0?1?short|");
    k.pass(32_000);
    k.hook(&[Hook::ParsedMsgSearch]);
    k.send(a, "$Search 1.2.3.4:412 F?T?0?1?blocked");
    k.block();
    k.expect(b, "");
    let mut k = Kit::with(&[("min_class_use_hub", "1")]);
    let a = k.login("a");
    k.send(a, "$Search 1.2.3.4:412 F?T?0?1?word");
    k.expect_in(a, "You need class 1");
    k.send(a, &format!("$SA {TTH} 1.2.3.4:412"));
    assert!(k.closed(a), "$SA without TTHS");
}

#[test]
fn only_the_very_same_search_is_one_too_many() {
    let mut k = Kit::with(&[("search_number", "9"), ("int_search_op", "0")]);
    k.register("op", 3);
    let (a, b, op) = (
        k.login_as("a", "TTHS", &info("a")),
        k.login_as("b", "TTHSearch", &info("b")),
        k.login("op"),
    );
    k.got(b);
    let mut passed = |who: ConnId, asked: &str| {
        k.pass(60_000);
        k.send(who, asked);
        assert!(!k.got(who).contains('<'), "no word about it");
        !k.got(b).is_empty()
    };
    let word = "$Search 1.2.3.4:412 F?T?0?1?word";
    assert!(passed(a, word));
    assert!(!passed(a, word), "however long ago");
    assert!(passed(a, "$Search 1.2.3.4:412 F?T?0?2?word"), "a kind");
    assert!(passed(a, "$Search 1.2.3.4:412 T?T?9?2?word"), "a size");
    assert!(passed(a, word), "one before the last");
    assert!(passed(a, &format!("$Search 1.2.3.4:412 F?T?0?9?TTH:{TTH}")));
    assert!(!passed(a, &format!("$SA {TTH} 1.2.3.4:412")), "in short");
    assert!(passed(op, word));
    assert!(passed(op, word), "operators may");
}

#[test]
fn a_wrong_address_in_a_search_is_told_when_the_owner_wants_it() {
    let mut k = Kit::with(&[("wrongip_message", "1"), ("search_number", "9")]);
    let (a, b) = (k.login("a"), k.login("b"));
    k.send(a, "$Search 80.0.0.1:412 F?T?0?1?right");
    k.expect(a, "");
    k.send(a, "$Search 1.2.3.4:412 F?T?0?1?wrong");
    let text = "<Viperhub> Your client told the address 1.2.3.4, it was corrected.|";
    k.expect(a, text);
    k.send(a, "$ConnectToMe b 1.2.3.4:412");
    k.expect(a, text);
    k.got(b);
    k.set("wrongip_message", "0");
    k.send(a, "$Search 1.2.3.4:412 F?T?0?1?other");
    k.expect(a, "");
    k.expect(b, "$Search 80.0.0.1:412 F?T?0?1?other|");
}

#[test]
fn the_least_class_holds_for_operators_too() {
    let mut k = Kit::with(&[("min_class_use_hub", "4")]);
    k.register("op", 3);
    k.register("chief", 4);
    let (op, chief, b) = (k.login("op"), k.login("chief"), k.login("b"));
    for (who, passed) in [(op, false), (chief, true)] {
        k.got(who);
        k.got(b);
        k.send(who, "$Search 1.2.3.4:412 F?T?0?1?word");
        assert_eq!(k.got(who).contains("You need class 4"), !passed);
        assert_eq!(!k.got(b).is_empty(), passed);
    }
}

#[test]
fn results_go_to_their_target_until_there_are_enough() {
    let mut k = Kit::with(&[("max_passive_sr", "2"), ("int_search_pas", "0")]);
    let a = k.login("a");
    let p = k.login_as("p", "", &passive("p"));
    let sr = "$SR a dir\\file\x0510 1/2\x05hub (1.1.1.1)\x05p";
    for _ in 0..3 {
        k.send(a, sr);
    }
    let one = "$SR a dir\\file\x0510 1/2\x05hub (1.1.1.1)|";
    k.expect(p, &format!("{one}{one}"));
    k.send(p, "$Search Hub:p F?T?0?1?word");
    k.send(a, sr);
    k.expect(p, one);
    k.hook(&[Hook::ParsedMsgSR]);
    k.send(a, sr);
    let event = k.block();
    assert!(matches!(event, Event::ParsedMsgSR { data, .. } if data == sr));
    k.expect(p, "");
}

#[test]
fn a_registrations_other_address_may_search() {
    let mut k = Kit::new();
    k.register_as(crate::reg::RegUser {
        nick: "home".into(),
        class: 1,
        enabled: true,
        has_password: true,
        alternate_ip: "9.9.9.9".into(),
        ..Default::default()
    });
    k.set("int_search_reg", "0");
    let (home, b) = (k.login("home"), k.login("b"));
    k.got(b);
    for (from, shown) in [("9.9.9.9", "9.9.9.9"), ("9.9.9.99", "80.0.0.2")] {
        k.send(home, &format!("$Search {from}:412 F?T?0?1?some${from}"));
        k.expect(b, &format!("$Search {shown}:412 F?T?0?1?some${from}|"));
    }
}

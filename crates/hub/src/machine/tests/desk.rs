//! Redirects, known clients, connection types; broadcasts, reports, the operator chat's
//! commands; classes for a while; the user limit on its way.

use super::*;
use crate::constants::CloseReason;
use crate::hooks::Hook;
use crate::io::{Call, ConnId, Input};

fn staffed(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    k.register("op", 3);
    k.register("boss", 10);
    let (a, op, boss) = (k.login("a"), k.login("op"), k.login("boss"));
    for id in [a, op, boss] {
        k.got(id);
    }
    (k, a, op, boss)
}

fn do_it(k: &mut Kit, boss: ConnId, line: &str) {
    k.say(boss, "boss", line);
    k.expect_in(boss, " stored: ");
}

// ---- redirects -------------------------------------------------------------------------

/// What a user is sent who is closed for this reason.
fn sent_away(k: &mut Kit, reason: CloseReason) -> String {
    let x = k.login("x");
    let close = Call::Close {
        nick: "x".into(),
        reason: reason as i64,
        delay: 0,
    };
    assert!(k.call(close));
    assert!(k.closed(x));
    let got = k.got(x);
    let told = "<Viperhub> A script of this hub has closed your connection.|";
    got.strip_prefix(told).expect(told).to_owned()
}

#[test]
fn nobody_is_redirected_unless_the_owner_says_so() {
    let (mut k, ..) = staffed(&[]);
    assert_eq!(sent_away(&mut k, CloseReason::UserLimit), "");
}

#[test]
fn redirects_go_by_reason() {
    let (mut k, _, _, boss) = staffed(&[]);
    do_it(&mut k, boss, "!addredirect full.example -f 2");
    for (reason, there) in [
        (CloseReason::UserLimit, true),
        (CloseReason::Quit, false),
        (CloseReason::Kicked, false),
        (CloseReason::NoRedir, false),
    ] {
        let got = sent_away(&mut k, reason);
        let want = if there {
            "$ForceMove full.example|"
        } else {
            ""
        };
        assert_eq!(got, want, "{reason:?}");
    }
    do_it(&mut k, boss, "!modredirect full.example -f 0");
    for (reason, there) in [
        (CloseReason::Quit, true),
        (CloseReason::TagInvalid, true),
        (CloseReason::NoRedir, false),
        (CloseReason::ForceMove, false),
    ] {
        let got = sent_away(&mut k, reason);
        assert_eq!(!got.is_empty(), there, "{reason:?}");
    }
    k.say(boss, "boss", "!lstredirect");
    k.expect_in(boss, "full.example (used 3 times)");
    do_it(&mut k, boss, "!modredirect full.example -e 0");
    assert_eq!(sent_away(&mut k, CloseReason::Quit), "");
}

#[test]
fn who_a_script_refuses_is_not_redirected() {
    let (mut k, _, _, boss) = staffed(&[]);
    do_it(&mut k, boss, "!addredirect other.example");
    for hook in [
        Hook::NewConn,
        Hook::ParsedMsgAnyEx,
        Hook::ParsedMsgValidateNick,
        Hook::ParsedMsgVersion,
        Hook::UserInList,
        Hook::UserLogin,
    ] {
        k.hook(&[hook]);
        let x = k.connect();
        if hook != Hook::NewConn {
            k.send(x, "$Supports |$Key k|$ValidateNick x|$Version 1");
            k.send(x, &info("x"));
        }
        k.block();
        assert!(k.closed(x), "{hook:?}");
        assert!(!k.got(x).contains("$ForceMove"), "{hook:?}");
        k.unhook();
    }
    assert_eq!(
        sent_away(&mut k, CloseReason::Plugin),
        "$ForceMove other.example|",
        "a script that closes a connection itself"
    );
}

#[test]
fn redirects_go_by_hour_share_country_and_encryption() {
    let (mut k, _, _, boss) = staffed(&[]);
    let mut try_it = |options: &str, there: bool| {
        k.say(boss, "boss", "!delredirect a.b");
        do_it(&mut k, boss, &format!("!addredirect a.b {options}"));
        let got = sent_away(&mut k, CloseReason::Quit);
        assert_eq!(!got.is_empty(), there, "{options}: {got}");
    };
    // It is 22:13 UTC, the share is 1000 bytes, the country unknown, the connection plain.
    try_it("-a 22 -z 23", true);
    try_it("-a 20 -z 22", true);
    try_it("-a 23 -z 1", false);
    try_it("-a 21 -z 1", true);
    try_it("-a 5 -z 8", false);
    try_it("-g 1", false);
    try_it("-c :DE:AT:", false);
    try_it("-c :--:", true);
    try_it("-s 1", false);
    try_it("-s 0", true);
    k.input(Input::Zone(-3600 * 3));
    let mut try_it = |options: &str, there: bool| {
        k.say(boss, "boss", "!delredirect a.b");
        do_it(&mut k, boss, &format!("!addredirect a.b {options}"));
        let got = sent_away(&mut k, CloseReason::Quit);
        assert_eq!(!got.is_empty(), there, "{options}: {got}");
    };
    try_it("-a 19 -z 20", true);
    try_it("-a 22 -z 23", false);
}

#[test]
fn several_redirects_take_turns() {
    let (mut k, _, _, boss) = staffed(&[]);
    do_it(&mut k, boss, "!addredirect one.example");
    do_it(&mut k, boss, "!addredirect two.example");
    let got: Vec<String> = (0..50)
        .map(|_| sent_away(&mut k, CloseReason::Quit))
        .collect();
    for address in ["one", "two"] {
        assert!(
            got.iter().any(|g| g.contains(address)),
            "{address} never came"
        );
    }
}

#[test]
fn a_kick_that_names_an_address_is_not_redirected_twice() {
    let (mut k, a, _, boss) = staffed(&[]);
    do_it(&mut k, boss, "!addredirect other.example");
    let kick = Call::Kick {
        op: "boss".into(),
        nick: "a".into(),
        reason: "x".into(),
        note: Default::default(),
        op_note: Default::default(),
        ban_time: 60,
        redirect: Some("named.example".into()),
    };
    assert!(k.call(kick));
    let got = k.got(a);
    assert_eq!(got.matches("$ForceMove").count(), 1, "{got}");
    assert!(got.ends_with("$ForceMove named.example|"), "{got}");
}

// ---- clients and connection types ------------------------------------------------------

fn tagged(nick: &str, tag: &str, speed: &str) -> String {
    format!("$MyINFO $ALL {nick} d{tag}$ ${speed}\x01$m$1000$")
}

/// What a newcomer with this tag and speed is told, and whether he gets in.
fn comes(k: &mut Kit, tag: &str, speed: &str) -> (String, bool) {
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick new|$Version 1");
    k.got(c);
    k.send(c, &tagged("new", tag, speed));
    let (got, closed) = (k.got(c), k.closed(c));
    if !closed {
        k.leave(c);
    }
    (got, !closed)
}

#[test]
fn clients_by_name_and_version() {
    let (mut k, _, _, boss) = staffed(&[("tag_min_version", "2")]);
    do_it(&mut k, boss, "!addclient Good -t G -v 0.5 -V 0.9 -u 0.7");
    do_it(&mut k, boss, "!addclient Bad -t B -b 1");
    for (tag, why) in [
        ("<G V:0.6,M:A,H:1/0/0,S:3>", ""),
        ("<G V:0.4,M:A,H:1/0/0,S:3>", "too old for this hub"),
        ("<G V:0.95,M:A,H:1/0/0,S:3>", "too new for this hub"),
        (
            "<B V:9,M:A,H:1/0/0,S:3>",
            "Bad is a client that may not be used",
        ),
        // Others go by the settings.
        ("<C V:1,M:A,H:1/0/0,S:3>", "too old for this hub"),
        ("<C V:2,M:A,H:1/0/0,S:3>", ""),
    ] {
        let (got, inside) = comes(&mut k, tag, "1");
        assert_eq!(inside, why.is_empty(), "{tag}: {got}");
        assert!(got.contains(why), "{tag}: {got}");
    }
    k.set("tag_allow_unknown", "0");
    let (got, inside) = comes(&mut k, "<C V:2,M:A,H:1/0/0,S:3>", "1");
    assert!(!inside && got.contains("does not know"), "{got}");
    // Too old to search, but not to be here.
    let c = k.connect();
    k.finish_login(c, "g", "", &tagged("g", "<G V:0.6,M:A,H:1/0/0,S:3>", "1"));
    k.send(c, "$Search 1.2.3.4:5 F?T?0?1?fish soup");
    k.expect_in(c, "too old to search and download");
    do_it(&mut k, boss, "!modclient Bad -e 0");
    k.set("tag_allow_unknown", "1");
    let (_, inside) = comes(&mut k, "<B V:9,M:A,H:1/0/0,S:3>", "1");
    assert!(inside);
}

#[test]
fn connections_have_slots_and_limits() {
    let (mut k, _, _, boss) = staffed(&[]);
    do_it(&mut k, boss, "!addconntype DSL -s 2 -S 5 -l 10 -ls 4");
    do_it(&mut k, boss, "!addconntype default -s 3");
    for (speed, rest, why) in [
        ("DSL", "S:2", ""),
        ("DSL", "S:1", "At least 2 slots"),
        ("DSL", "S:6", "At most 5 slots"),
        ("DSL", "S:2,L:9", "limit must be 10 or more"),
        ("DSL", "S:4,L:15", "4 or more for each slot"),
        ("DSL", "S:4,L:16", ""),
        ("Cable", "S:2", "At least 3 slots"),
        ("Cable", "S:3", ""),
    ] {
        let tag = format!("<++ V:1,M:A,H:1/0/0,{rest}>");
        let (got, inside) = comes(&mut k, &tag, speed);
        assert_eq!(inside, why.is_empty(), "{speed} {rest}: {got}");
        assert!(got.contains(why), "{speed} {rest}: {got}");
    }
    // Hub lists are told what is usual.
    let pinger = k.login_as("p", "BotINFO", &info("p"));
    k.send(pinger, "$BotINFO list");
    let got = k.got(pinger);
    let fields: Vec<&str> = got.split('$').collect();
    assert_eq!(fields[6], "3", "{got}");
}

// ---- speaking to many ------------------------------------------------------------------

#[test]
fn broadcasts_reach_their_classes_with_their_own_words() {
    let (mut k, a, op, boss) = staffed(&[]);
    k.say(boss, "boss", "!bc hello %[NICK], you");
    k.expect(a, "$To: a From: Viperhub $<Viperhub> hello a, you|");
    k.expect_in(op, "hello op, you|");
    k.got(boss);
    k.say(boss, "boss", "!guests hi");
    k.expect_in(a, "<Viperhub> hi|");
    k.expect(op, "");
    // Answers to the hub bot go to who wrote last.
    k.got(boss);
    k.send(a, "$To: Viperhub From: a $<a> thanks");
    k.expect(boss, "$To: boss From: a $<a> thanks|");
    k.say(boss, "boss", "!ccbc :XX: hi");
    k.expect_in(boss, "Sent to 0 users.");
    k.say(boss, "boss", "!ccbc hi");
    k.expect_in(boss, "Which countries?");
}

#[test]
fn reports_reach_the_operators() {
    let (mut k, a, op, boss) = staffed(&[]);
    k.say(a, "a", "+report op is rude");
    k.expect(a, "<Viperhub> Thank you, the operators have been told.|");
    let told = "a (80.0.0.1) reports op (80.0.0.2): is rude|";
    k.expect(op, &format!("$To: op From: OpChat $<OpChat> {told}"));
    k.got(boss);
    k.set("dest_report_chat", "1");
    k.set("report_user_country", "0");
    k.say(a, "a", "+report nobody");
    k.expect(op, "<Viperhub> a (80.0.0.1) reports nobody (not online).|");
    // Hub lists' pingers may report too, and nothing else.
    let p = k.login_as("p", "BotINFO", &info("p"));
    k.say(p, "p", "+report a");
    k.expect_in(op, " reports a (80.0.0.1).|");
    k.got(p);
    k.say(p, "p", "+myip");
    k.expect_in(p, "You need class 0");
    k.set("disable_report_cmd", "1");
    k.say(a, "a", "+report op");
    k.expect_in(a, "+report is turned off.");
}

#[test]
fn pingers_are_reported_when_wanted() {
    let (mut k, _, op, _) = staffed(&[("botinfo_report", "1")]);
    let p = k.login_as("p", "BotINFO", &info("p"));
    k.got(op);
    k.send(p, "$BotINFO Some list");
    k.expect_in(op, "Pinger: p (80.0.0.");
}

#[test]
fn protocol_by_hand() {
    let (mut k, a, _, boss) = staffed(&[]);
    k.say(boss, "boss", "!protouser_redir a other.hub");
    k.expect(a, "$ForceMove other.hub|");
    k.say(boss, "boss", "!protousr_chat nobody hi");
    k.expect_in(boss, "nobody is not online.");
    k.say(boss, "boss", "!protoall_quit op");
    k.expect(a, "$Quit op|");
    k.say(boss, "boss", "!protoall_pm");
    k.expect_in(boss, "The text is missing.");
    k.say(boss, "boss", "!protoall_fish x");
    k.expect_in(boss, "There is no command");
}

// ---- the operator chat -----------------------------------------------------------------

#[test]
fn the_operator_chat_has_guests() {
    let (mut k, a, op, boss) = staffed(&[]);
    let room = |k: &mut Kit, who: ConnId, nick: &str, text: &str| {
        k.send(who, &format!("$To: OpChat From: {nick} $<{nick}> {text}"));
    };
    room(&mut k, op, "op", "+members");
    k.expect_in(op, "2 members: boss, op|");
    room(&mut k, op, "op", "+invite a we need you");
    k.expect(
        a,
        "$To: a From: OpChat $<OpChat> op invites you to this room: we need you|\
         $To: a From: OpChat $<OpChat> op has invited a.|",
    );
    k.got(boss);
    room(&mut k, a, "a", "hello all");
    k.expect(boss, "$To: boss From: OpChat $<a> hello all|");
    room(&mut k, a, "a", "+out op");
    k.expect_in(a, "His class is not below yours.");
    room(&mut k, boss, "boss", "+out a bye");
    k.expect_in(a, "boss has put you out of this room: bye|");
    room(&mut k, a, "a", "hello?");
    k.expect_in(a, "Only operators may write here.");
    k.got(op);
    room(&mut k, op, "op", "+leave");
    k.expect_in(op, "You have left.");
    room(&mut k, boss, "boss", "anyone?");
    k.expect(op, "");
    room(&mut k, op, "op", "back");
    room(&mut k, boss, "boss", "good");
    k.expect_in(op, "<boss> good|");
    room(&mut k, op, "op", "+fish");
    k.expect_in(op, "+members, +invite");
}

// ---- power -----------------------------------------------------------------------------

#[test]
fn classes_for_a_while() {
    let (mut k, a, op, boss) = staffed(&[]);
    k.say(boss, "boss", "!class a 3");
    k.expect_in(a, "You are now operator, until you leave.");
    assert_eq!(k.class("a"), Some(3));
    k.expect_in(op, "$OpList a$$|");
    k.say(boss, "boss", "!class a 6");
    k.expect_in(boss, "The class must be 0 to 5.");
    k.say(a, "a", "!class op 1");
    k.expect_in(a, "You need class 4");
    k.say(boss, "boss", "!class boss 1");
    k.expect_in(boss, "The class of boss is not below yours.");
    k.say(boss, "boss", "!class a 0");
    k.expect_in(op, "$Quit a|$MyINFO");
    assert_eq!(k.class("a"), Some(0));
}

#[test]
fn protection_from_kicks() {
    let (mut k, a, op, boss) = staffed(&[]);
    k.say(boss, "boss", "!protect a 3");
    k.got(boss);
    k.say(op, "op", "!kick a x");
    k.expect_in(op, "You may not kick a");
    assert!(!k.closed(a));
    k.say(boss, "boss", "!protect a 0");
    k.expect_in(boss, "a is no longer protected.");
    k.say(op, "op", "!kick a x");
    assert!(k.closed(a));
}

#[test]
fn kicks_can_be_hidden() {
    let (mut k, a, op, boss) = staffed(&[("hide_all_kicks", "0")]);
    let (b, c) = (k.login("b"), k.login("c"));
    k.say(op, "op", "!hideme 0");
    k.got(op);
    k.say(op, "op", "!kick b x");
    assert!(!k.got(a).contains("is kicking"));
    k.expect_in(boss, "op is kicking b because: x|");
    k.say(boss, "boss", "!hidekick op");
    k.got(boss);
    k.say(op, "op", "!kick c x");
    assert!(!k.got(boss).contains("is kicking"));
    assert!(k.closed(b) && k.closed(c));
    k.say(boss, "boss", "!unhidekick op");
    k.say(op, "op", "!hideme -1");
    k.got(a);
    k.login("d");
    k.say(op, "op", "!kick d x");
    k.expect_in(a, "op is kicking d because: x|");
}

#[test]
fn the_user_limit_goes_step_by_step() {
    let (mut k, _, _, boss) = staffed(&[("max_users", "100")]);
    k.say(boss, "boss", "!userlimit 40 10");
    let limit = |k: &Kit| k.view.config().limits.max_users;
    assert_eq!(limit(&k), 100);
    k.tick(60);
    assert_eq!(limit(&k), 94);
    k.tick(240);
    assert_eq!(limit(&k), 70);
    k.tick(299);
    assert_eq!(limit(&k), 41);
    k.tick(2);
    assert_eq!(limit(&k), 40);
    let stored = format!("{:?}", k.stored.last());
    assert!(
        stored.contains("max_users") && stored.contains("40"),
        "{stored}"
    );
    k.say(boss, "boss", "!userlimit 7 0");
    assert_eq!(limit(&k), 7);
    k.say(boss, "boss", "!userlimit many");
    k.expect_in(boss, "How many");
}

#[test]
fn users_by_what_they_have_in_common() {
    let (mut k, _, op, boss) = staffed(&[]);
    let c = k.connect_from("9.9.9.9");
    k.finish_login(c, "far", "NoHello Fish", &info("far"));
    k.send(c, "$MyHubURL x");
    k.say(op, "op", "!whorange 9.9.9.0-9.9.9.255");
    k.expect(
        op,
        "<Viperhub> 1 user has 9.9.9.0-9.9.9.255:\r\nfar: 9.9.9.9|",
    );
    k.say(op, "op", "!whosups fish");
    k.expect_in(op, "far: NoHello Fish");
    k.say(op, "op", "!whorange fish");
    k.expect_in(op, "A range is such as");
    k.say(op, "op", "!whoinfo ALL far");
    k.expect_in(op, "far: $MyINFO $ALL far");
    k.say(op, "op", "!whoip");
    k.expect_in(op, "Say what to look for");
    k.say(boss, "boss", "!protoinfo");
    k.expect_in(boss, "Supports: 4");
}

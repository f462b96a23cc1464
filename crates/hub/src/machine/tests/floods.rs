//! One test for each row of the tables of floods: by one user, by all together, the same text.

use super::*;
use crate::io::ConnId;

/// One kind of message: its settings' name, how many of it are allowed in how many seconds by
/// default, what a report calls it, and the n-th message of it.
struct Row {
    name: &'static str,
    period: u64,
    limit: u32,
    what: &'static str,
    message: fn(u32) -> String,
}

const ROWS: &[Row] = &[
    Row {
        name: "chat",
        period: 10,
        limit: 5,
        what: "chat lines",
        message: |n| format!("<a> line {n}"),
    },
    Row {
        name: "to",
        period: 10,
        limit: 5,
        what: "private messages",
        message: |n| format!("$To: b From: a $<a> text {n}"),
    },
    Row {
        name: "mcto",
        period: 10,
        limit: 5,
        what: "private chat lines",
        message: |n| format!("$MCTo: b $a text {n}"),
    },
    Row {
        name: "in",
        period: 60,
        limit: 20,
        what: "IN",
        message: |n| format!("$IN a$S {n}"),
    },
    Row {
        name: "myinfo",
        period: 60,
        limit: 20,
        what: "MyINFO",
        message: |n| info("a").replace(" d<", &format!(" d{n}<")),
    },
    Row {
        name: "extjson",
        period: 60,
        limit: 20,
        what: "ExtJSON",
        message: |n| format!("$ExtJSON a {{\"n\":{n}}}"),
    },
    Row {
        name: "search",
        period: 60,
        limit: 30,
        what: "searches",
        message: |n| format!("$Search Hub:a F?T?0?1?word{n}"),
    },
    Row {
        name: "sr",
        period: 30,
        limit: 500,
        what: "search results",
        message: |n| format!("$SR a f{n}\x051 1/1\x05h (1.1.1.1)\x05b"),
    },
    Row {
        name: "ctm",
        period: 10,
        limit: 300,
        what: "requests to connect",
        message: |_| "$ConnectToMe b 81.0.0.1:412".into(),
    },
    Row {
        name: "rctm",
        period: 10,
        limit: 300,
        what: "requests to be connected",
        message: |_| "$RevConnectToMe a b".into(),
    },
    Row {
        name: "nicklist",
        period: 60,
        limit: 3,
        what: "requests of the user list",
        message: |_| "$GetNickList".into(),
    },
    Row {
        name: "getinfo",
        period: 10,
        limit: 200,
        what: "GetINFO",
        message: |_| "$GetINFO b a".into(),
    },
    Row {
        name: "login",
        period: 60,
        limit: 30,
        what: "login messages",
        message: |_| "$MyHubURL dchub://hub".into(),
    },
    Row {
        name: "question",
        period: 10,
        limit: 200,
        what: "questions to the hub",
        message: |n| ["$UserIP a", "$WhoIP 1.1.1.1"][n as usize % 2].into(),
    },
    Row {
        name: "operator",
        period: 10,
        limit: 50,
        what: "operators' messages",
        message: |n| ["$Kick b", "$SetTopic x", "$UnBan 1.1.1.1"][n as usize % 3].into(),
    },
    Row {
        name: "ping",
        period: 60,
        limit: 5,
        what: "empty messages",
        message: |_| String::new(),
    },
    Row {
        name: "unknown",
        period: 30,
        limit: 10,
        what: "unknown messages",
        message: |_| "$Nonsense".into(),
    },
];

/// A hub with an operator, somebody called b, and a at 81.0.0.1.
fn scene(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId) {
    let mut all = vec![("max_class_proto_flood", "2"), ("report_user_country", "0")];
    all.extend_from_slice(settings);
    let mut k = Kit::with(&all);
    k.register("op", 3);
    let op = k.login("op");
    k.login("b");
    let a = again(&mut k);
    // What the login sent is no part of the count.
    k.tick(100);
    k.got(a);
    k.got(op);
    (k, op, a)
}

fn again(k: &mut Kit) -> ConnId {
    let a = k.connect_from("81.0.0.1");
    k.finish_login(a, "a", "IN ExtJSON2", &info("a"));
    a
}

fn send(k: &mut Kit, a: ConnId, row: &Row, numbers: std::ops::Range<u32>) {
    for n in numbers {
        k.send(a, &(row.message)(n));
    }
}

#[test]
fn one_too_many_of_each_kind_ends_the_connection_and_bans_the_address() {
    for row in ROWS {
        let (mut k, op, a) = scene(&[]);
        send(&mut k, a, row, 0..row.limit);
        assert!(!k.closed(a), "{} within its limit", row.name);
        assert!(!k.got(op).contains("Flood"), "{}", row.name);
        // A new window begins with the first message after the old one's end.
        k.pass(row.period * 1000);
        send(&mut k, a, row, 0..row.limit);
        assert!(!k.closed(a), "{} in its second window", row.name);
        k.got(op);
        k.pass(row.period * 1000 - 1);
        k.got(a);
        send(&mut k, a, row, 7777..7778);
        let says = format!("You send too many {}.|", row.what);
        k.expect_in(a, &says);
        assert!(k.closed(a), "{}", row.name);
        let report = format!(
            "Flood: a (81.0.0.1) sent more than {} {} in {} seconds.|",
            row.limit, row.what, row.period
        );
        k.expect_in(op, &report);
        let c = k.connect_from("81.0.0.1");
        k.expect_in(c, "You are kept out for 30 minutes: ");
        assert!(k.closed(c), "{}", row.name);
        k.pass(1_800_000);
        let a = again(&mut k);
        assert!(!k.closed(a), "{}", row.name);
    }
}

/// Every row of the table of messages is counted, before anything is done about it.
#[test]
fn no_message_may_come_any_number_of_times() {
    let forms: &[(&str, &str)] = &[
        ("$ConnectToMe", "$ConnectToMe b 81.0.0.1:412"),
        ("$RevConnectToMe", "$RevConnectToMe a b"),
        ("$SR", "$SR a f\x051 1/1\x05h (1.1.1.1)\x05b"),
        ("$Search", "$Search Hub:a F?T?0?1?word"),
        (
            "$SA",
            "$SA ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG 1.1.1.1:1",
        ),
        ("$SP", "$SP ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG a"),
        (
            "$MyINFO",
            "$MyINFO $ALL a d<++ V:0.868,M:A,H:1/0/0,S:3>$ $1\x01$m$1$",
        ),
        ("$ExtJSON", "$ExtJSON a {}"),
        ("$GetNickList", "$GetNickList"),
        ("$MyHubURL", "$MyHubURL x"),
        ("$To:", "$To: b From: a $<a> text"),
        ("$BotINFO", "$BotINFO x"),
        ("$GetINFO", "$GetINFO b a"),
        ("$UserIP", "$UserIP a"),
        ("$Kick", "$Kick b"),
        ("$OpForceMove", "$OpForceMove $Who:b$Where:x$Msg:y"),
        ("$MultiConnectToMe", "$MultiConnectToMe b 81.0.0.1:412"),
        ("$MultiSearch", "$MultiSearch Hub:a F?T?0?1?word"),
        ("$MCTo:", "$MCTo: b $a text"),
        ("$Ban", "$Ban b$x"),
        ("$TempBan", "$TempBan b$1d$x"),
        ("$UnBan", "$UnBan 1.1.1.1"),
        ("$GetBanList", "$GetBanList"),
        ("$WhoIP", "$WhoIP 1.1.1.1"),
        ("$GetTopic", "$GetTopic"),
        ("$SetTopic", "$SetTopic x"),
        ("$MyIP", "$MyIP 1.1.1.1 0.0"),
        ("$MyNick", "$MyNick x"),
        ("$Lock", "$Lock x"),
        ("$IN", "$IN a$S 1"),
        ("Chat", "<a> text"),
    ];
    // A second one of these ends the connection in any case.
    let once = [
        "$Key",
        "$Supports",
        "$ValidateNick",
        "$Version",
        "$MyPass",
        "$Quit",
    ];
    for row in nmdc::COMMANDS {
        let form = forms.iter().find(|(name, _)| *name == row.name);
        let Some((_, message)) = form else {
            assert!(once.contains(&row.name), "{} has no form here", row.name);
            continue;
        };
        let kinds = ROWS
            .iter()
            .map(|row| format!("int_flood_{}_limit", row.name));
        let kinds: Vec<String> = kinds.collect();
        let limits: Vec<(&str, &str)> = kinds.iter().map(|name| (name.as_str(), "4")).collect();
        let mut k = Kit::with(&[("max_class_proto_flood", "2"), ("detect_ctmtohub", "0")]);
        k.login("b");
        let a = k.connect();
        k.finish_login(a, "a", "IN ExtJSON2 TTHS", &info("a"));
        k.tick(100);
        for (name, value) in limits {
            k.set(name, value);
        }
        for n in 0..4 {
            k.send(a, message);
            assert!(!k.closed(a), "{} after {n}", row.name);
        }
        k.got(a);
        k.send(a, message);
        assert!(k.got(a).contains("You send too many "), "{}", row.name);
        assert!(k.closed(a), "{}", row.name);
    }
}

/// Who names an operator's nick is none before his password is there.
#[test]
fn an_operators_nick_is_no_way_around() {
    let mut k = Kit::with(&[
        ("max_class_proto_flood", "2"),
        ("int_flood_login_limit", "6"),
    ]);
    k.register("op", 3);
    let a = k.connect();
    k.send(a, "$Supports |$Key k|$ValidateNick op");
    k.expect_in(a, "$GetPass|");
    for _ in 0..3 {
        k.send(a, "$MyHubURL x");
    }
    assert!(!k.closed(a));
    k.send(a, "$MyHubURL x");
    k.expect_in(a, "You send too many login messages.");
    assert!(k.closed(a));
}

#[test]
fn every_kind_has_its_row_here() {
    let prefix = "proto_flood_";
    let names = crate::config::specs().filter_map(|s| {
        let kind = s.name.strip_prefix(prefix)?.strip_suffix("_action")?;
        Some(kind.to_owned())
    });
    let names: Vec<String> = names.collect();
    assert_eq!(names.len(), ROWS.len());
    for row in ROWS {
        assert!(names.iter().any(|n| n == row.name), "{}", row.name);
    }
}

#[test]
fn the_four_actions_of_each_kind() {
    for row in ROWS {
        let action = format!("proto_flood_{}_action", row.name);
        let limit = format!("int_flood_{}_limit", row.name);
        for n in 0..4 {
            let n_text = n.to_string();
            let (mut k, op, a) = scene(&[(&action, &n_text)]);
            // Not before: a login is some messages of its own.
            k.set(&limit, "2");
            send(&mut k, a, row, 0..4);
            let reports = k.got(op).matches("Flood: ").count();
            assert_eq!(reports, 1, "{} action {n}: one report", row.name);
            assert_eq!(k.closed(a), n >= 2, "{} action {n}", row.name);
            let c = k.connect_from("81.0.0.1");
            assert_eq!(k.closed(c), n == 3, "{} action {n}: ban", row.name);
        }
        for (setting, value) in [
            (&limit, "0"),
            (&format!("int_flood_{}_period", row.name), "0"),
        ] {
            let (mut k, op, a) = scene(&[(setting, value)]);
            send(&mut k, a, row, 0..row.limit + 2);
            assert!(!k.closed(a), "{setting} {value} turns it off");
            assert!(!k.got(op).contains("Flood: "), "{setting} {value}");
        }
    }
}

#[test]
fn what_is_skipped_is_not_shown() {
    let (mut k, op, a) = scene(&[
        ("proto_flood_chat_action", "1"),
        ("int_flood_chat_limit", "2"),
    ]);
    for n in 0..4 {
        k.say(a, "a", &format!("line {n}"));
    }
    let got = k.got(op);
    assert!(got.contains("<a> line 1|") && !got.contains("line 2"));
    assert!(k.got(a).ends_with("<a> line 1|"), "nothing is said of it");
    // With action 0 all is shown.
    k.set("proto_flood_chat_action", "0");
    k.pass(10_000);
    for n in 0..4 {
        k.say(a, "a", &format!("more {n}"));
    }
    k.expect_in(op, "<a> more 3|");
}

#[test]
fn reports_are_few_and_may_be_off() {
    let reported = |settings: &[(&str, &str)], pause: u64| {
        let mut all = vec![
            ("proto_flood_ping_action", "0"),
            ("int_flood_ping_limit", "1"),
            ("int_flood_ping_period", "1"),
        ];
        all.extend_from_slice(settings);
        let (mut k, op, a) = scene(&all);
        for _ in 0..3 {
            k.send(a, "||");
            k.pass(pause);
        }
        k.got(op).matches("Flood: ").count()
    };
    assert_eq!(reported(&[], 100_000), 1, "once in 600 seconds");
    assert_eq!(reported(&[], 600_000), 3);
    assert_eq!(reported(&[("proto_flood_report_time", "0")], 1000), 6);
    assert_eq!(reported(&[("proto_flood_report", "0")], 600_000), 0);
    // While main chat is locked for all, a single user's flood need not be told.
    for (value, expected) in [("1", 1), ("0", 0)] {
        let (mut k, op, a) = scene(&[
            ("int_flood_all_chat_limit", "1"),
            ("int_flood_chat_limit", "3"),
            ("proto_flood_report_locked", value),
        ]);
        for n in 0..4 {
            k.say(a, "a", &format!("line {n}"));
        }
        assert!(k.closed(a));
        let got = k.got(op);
        assert!(got.contains("Main chat is locked"), "{got}");
        assert_eq!(got.matches("Flood: ").count(), expected);
    }
}

#[test]
fn classes_above_are_not_looked_at() {
    for (most, class, watched) in [
        ("2", 3, false),
        ("1", 2, false),
        ("1", 1, true),
        ("3", 3, true),
    ] {
        let mut k = Kit::with(&[("max_class_proto_flood", most)]);
        k.register("a", class);
        let a = k.login("a");
        k.send(a, &"|".repeat(10));
        assert_eq!(k.closed(a), watched, "class {class}, up to {most}");
    }
    let (mut k, _, a) = scene(&[("proto_flood_tban_time", "0")]);
    k.send(a, &"|".repeat(10));
    assert!(k.closed(a));
    let c = k.connect_from("81.0.0.1");
    assert!(!k.closed(c), "no ban of 0 seconds");
    // Before the login, too.
    k.send(c, &"|".repeat(10));
    assert!(k.closed(c));
}

// ---- all users together ------------------------------------------------------------------

/// Name in the settings, default period and limit, what is shown to others of message n.
type LockRow = (&'static str, u64, u32, &'static str, fn(u32) -> String);

const LOCKS: &[LockRow] = &[
    ("chat", 15, 10, "Main chat", |n| format!("<a> line {n}")),
    ("mcto", 15, 10, "Private chat", |n| {
        format!("$MCTo: op $a line {n}")
    }),
    ("to", 15, 10, "Private messaging", |n| {
        format!("$To: op From: a $<a> line {n}")
    }),
    ("search", 5, 400, "Passive searching", |n| {
        format!("$Search Hub:a F?T?0?1?line {n}").replace("line ", "line$")
    }),
    ("rctm", 10, 200, "Connections through op", |_| {
        "$RevConnectToMe a op".into()
    }),
];

#[test]
fn each_lock_closes_and_opens() {
    for (name, period, limit, what, message) in LOCKS {
        let single = format!("int_flood_{name}_limit");
        let (mut k, op, a) = scene(&[(&single, "0"), ("search_number", "0")]);
        let passed = |k: &mut Kit, n: u32| {
            k.got(op);
            k.send(a, &message(n));
            let got = k.got(op);
            let sent = got.contains("line") || got.contains("$RevConnectToMe");
            (sent, got)
        };
        for n in 0..*limit {
            assert!(passed(&mut k, n).0, "{name} {n} is within the limit");
        }
        let (sent, told) = passed(&mut k, 7777);
        assert!(!sent, "{name}: one too many");
        let are = if *name == "rctm" { "are" } else { "is" };
        assert!(told.contains(&format!("{what} {are} locked")), "{told}");
        let quiet = ["search", "rctm"].contains(name);
        let says = k.got(a).contains("please wait");
        assert_eq!(says, !quiet, "{name}: the sender is told");
        // Who tries keeps it locked.
        k.tick(period - 1);
        assert!(!passed(&mut k, 7778).0, "{name}");
        k.tick(period - 1);
        let (sent, told) = passed(&mut k, 7779);
        assert!(!sent && told.is_empty(), "{name}: operators are told once");
        k.tick(*period);
        let told = k.got(op);
        assert!(told.contains("open again"), "{name}: {told:?}");
        assert!(passed(&mut k, 7780).0, "{name} is open again");
        // Off.
        k.set(&format!("int_flood_all_{name}_limit"), "0");
        for n in 0..*limit + 1 {
            assert!(passed(&mut k, 8000 + n).0, "{name} has no limit");
        }
    }
}

#[test]
fn operators_speak_while_main_chat_is_locked() {
    let (mut k, op, a) = scene(&[("int_flood_all_chat_limit", "1"), ("unknown_cmd_chat", "1")]);
    k.say(a, "a", "one");
    k.say(a, "a", "two");
    k.say(op, "op", "quiet please");
    k.expect(
        a,
        "<a> one|<Viperhub> Main chat is locked because of a flood, please wait.|<op> quiet please|",
    );
    // Neither is a command nobody knows, or `+me`, a way around it.
    k.say(a, "a", "!nonsense");
    k.expect(
        a,
        "<Viperhub> Main chat is locked because of a flood, please wait.|",
    );
    k.say(a, "a", "+me shouts");
    k.expect_in(a, "locked");
    // A lock that nobody tries opens by itself at the next message, tick or not.
    k.pass(15_000);
    k.say(a, "a", "three");
    k.expect_in(a, "<a> three|");
}

// ---- the same text -----------------------------------------------------------------------

#[test]
fn the_same_private_text_again_and_again() {
    type Form = fn(&str, &str) -> String;
    let forms: [(&str, Form); 2] = [
        ("max_flood_counter_pm", |me, t| {
            format!("$To: b From: {me} $<{me}> {t}")
        }),
        ("max_flood_counter_mcto", |me, t| {
            format!("$MCTo: b ${me} {t}")
        }),
    ];
    for (setting, form) in forms {
        let slow = |k: &mut Kit, a: ConnId, text: &str, times: u32| {
            for _ in 0..times {
                k.pass(60_000);
                k.send(a, &form("a", text));
            }
        };
        let (mut k, op, a) = scene(&[]);
        slow(&mut k, a, "buy", 7);
        slow(&mut k, a, "other", 1);
        slow(&mut k, a, "buy", 7);
        assert!(!k.closed(a), "{setting}");
        k.got(a);
        slow(&mut k, a, "buy", 1);
        k.expect(a, "<Viperhub> You wrote the same message again and again.|");
        assert!(k.closed(a), "{setting}: the eighth");
        k.expect_in(op, "a (81.0.0.1) writes the same private message");
        let c = k.connect_from("81.0.0.1");
        k.expect_in(c, "You are kept out for 15 minutes");
        let (mut k, _, a) = scene(&[(setting, "0"), ("same_flood_ban_time", "0")]);
        slow(&mut k, a, "buy", 3);
        assert!(k.closed(a));
        let c = k.connect_from("81.0.0.1");
        assert!(!k.closed(c));
        // An operator may repeat himself.
        let (mut k, op, _) = scene(&[]);
        for _ in 0..20 {
            k.send(op, &form("op", "rules"));
        }
        assert!(!k.closed(op));
    }
}

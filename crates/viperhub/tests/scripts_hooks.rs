//! The hooks of connections and messages: arguments, and every form of return value.

mod kit;

use kit::{ALLOW, BLOCK, Client, Probe, Who, hub_with, until};

#[test]
fn on_new_conn() {
    let (hub, mut boss) = hub_with(&["OnNewConn"]);
    boss.is("[a for n, a in calls]", "[('127.0.0.1',)]");
    for value in ALLOW {
        boss.answer("OnNewConn", value);
        Client::connect(&hub).expect("$Lock ");
    }
    for value in BLOCK {
        boss.answer("OnNewConn", value);
        assert_eq!(Client::connect(&hub).expect_closed(), "", "{value}");
    }
    boss.answer("OnNewConn", "('<Guard> we are closed', 0)");
    assert_eq!(
        Client::connect(&hub).expect_closed(),
        "<Guard> we are closed\n"
    );
    boss.answer("OnNewConn", "('<Guard> welcome|', 1)");
    let mut ann = Client::connect(&hub);
    ann.expect_exact("<Guard> welcome");
    ann.expect("$Lock ");
}

#[test]
fn on_close_conn_and_ex() {
    let (hub, mut boss) = hub_with(&["OnCloseConn", "OnCloseConnEx"]);
    let closed = |boss: &mut Probe, expected: &str| {
        until(|| boss.eval("sum(n == 'OnCloseConnEx' for n, a in calls)") == "1");
        assert_eq!(boss.calls("OnCloseConnEx"), expected);
        assert_eq!(boss.calls("OnCloseConn"), "[('127.0.0.1',)]");
    };
    // Before the login there is no nick.
    let mut early = Client::connect(&hub);
    early.expect("$Lock");
    early.leave();
    closed(&mut boss, "[('127.0.0.1', 4, '')]");
    hub.login("ann").leave();
    closed(&mut boss, "[('127.0.0.1', 4, 'ann')]");
    // The reason is one of vh.eCR_*; nothing that is returned matters.
    for value in ["0", "False", "('text', 0)", "'text'", "1/0 if calls else 1"] {
        boss.exec("import vh");
        boss.answer(
            "OnCloseConn",
            if value.contains('/') {
                "lambda *a: 1/0"
            } else {
                value
            },
        );
        boss.answer(
            "OnCloseConnEx",
            if value.contains('/') {
                "lambda *a: 1/0"
            } else {
                value
            },
        );
        let mut ann = hub.login("ann");
        boss.client.send("$Kick ann");
        ann.expect_closed();
        closed(&mut boss, "[('127.0.0.1', 2, 'ann')]");
    }
    boss.is("vh.eCR_KICKED, vh.eCR_QUIT", "(2, 4)");
}

#[test]
fn on_parsed_msg_chat() {
    let (hub, mut boss) = hub_with(&["OnParsedMsgChat"]);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    for (n, value) in ALLOW.iter().enumerate() {
        boss.answer("OnParsedMsgChat", value);
        ann.chat(format!("line {n}"));
        bob.expect_exact(format!("<ann> line {n}"));
    }
    assert!(
        boss.calls("OnParsedMsgChat")
            .starts_with("[('ann', 'line 0'), ('ann', 'line 1')")
    );
    for value in BLOCK {
        boss.answer("OnParsedMsgChat", value);
        ann.chat(format!("blocked by {value}"));
        ann.expect_none("blocked");
        bob.expect_none("blocked");
    }
    for (value, shown) in [
        ("'another text'", "<ann> another text"),
        ("('eve', 'put into her mouth')", "<eve> put into her mouth"),
        ("(None, 'only the text')", "<ann> only the text"),
        ("('carl', None)", "<carl> original 3"),
        ("(None, None)", "<ann> original 4"),
    ]
    .into_iter()
    {
        boss.answer("OnParsedMsgChat", value);
        let n = shown.rsplit_once("original ").map_or("0", |(_, n)| n);
        ann.chat(format!("original {n}"));
        ann.expect_exact(shown);
        bob.expect_exact(shown);
        ann.chat(format!(
            "something else than {n}, or it would be the same line"
        ));
        ann.fence();
    }
    // A text for the sender alone, with or without the line.
    boss.answer("OnParsedMsgChat", "('<Guard> not here', 0)");
    ann.chat("unwanted");
    ann.expect_exact("<Guard> not here");
    ann.expect_none("unwanted");
    boss.answer("OnParsedMsgChat", "('<Guard> noted', 1)");
    ann.chat("wanted");
    ann.expect_exact("<Guard> noted");
    ann.expect_exact("<ann> wanted");
    bob.expect_exact("<ann> wanted");
    bob.expect_none("Guard");
    assert_eq!(bob.count("unwanted") + bob.count("Guard"), 0);
}

#[test]
fn on_parsed_msg_pm() {
    let (hub, mut boss) = hub_with(&["OnParsedMsgPM"]);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    for (n, value) in ALLOW.iter().chain(&["'text'"]).enumerate() {
        boss.answer("OnParsedMsgPM", value);
        ann.pm("bob", format!("line {n}"));
        bob.expect_exact(format!("$To: bob From: ann $<ann> line {n}"));
    }
    assert!(
        boss.calls("OnParsedMsgPM")
            .starts_with("[('ann', 'line 0', 'bob'), ")
    );
    for value in BLOCK {
        boss.answer("OnParsedMsgPM", value);
        ann.pm("bob", "blocked");
        ann.expect_none("blocked");
        bob.expect_none("blocked");
    }
    boss.answer(
        "OnParsedMsgPM",
        "('$To: ann From: bob $<bob> I am busy', 0)",
    );
    ann.pm("bob", "are you there");
    ann.expect_exact("$To: ann From: bob $<bob> I am busy");
    bob.expect_none("are you there");
    // Messages to bots come here too.
    boss.answer("OnParsedMsgPM", "None");
    boss.calls("OnParsedMsgPM");
    ann.pm("Viperhub", "hello bot");
    ann.expect("I am a bot");
    ann.pm("OpChat", "hello room");
    ann.expect("Only operators");
    assert_eq!(
        boss.calls("OnParsedMsgPM"),
        "[('ann', 'hello bot', 'Viperhub'), ('ann', 'hello room', 'OpChat')]"
    );
}

#[test]
fn on_parsed_msg_search() {
    let (hub, mut boss) = hub_with(&["OnParsedMsgSearch"]);
    let mut ann = hub.login_as(Who::new("ann").supports("NoHello TTHSearch TTHS"));
    let mut bob = hub.login("bob");
    for (n, value) in ALLOW.iter().chain(&["'text'"]).enumerate() {
        boss.answer("OnParsedMsgSearch", value);
        ann.send(format!("$Search 127.0.0.1:412 F?T?0?1?snake{n}"));
        bob.expect_exact(format!("$Search 127.0.0.1:412 F?T?0?1?snake{n}"));
    }
    assert!(
        boss.calls("OnParsedMsgSearch")
            .starts_with("[('ann', '$Search 127.0.0.1:412 F?T?0?1?snake0'), ")
    );
    for value in BLOCK {
        boss.answer("OnParsedMsgSearch", value);
        ann.send(format!("$Search 127.0.0.1:412 F?T?0?1?blocked {value}"));
        ann.fence();
        bob.expect_none("blocked");
    }
    boss.answer("OnParsedMsgSearch", "('<Guard> no searching', 0)");
    ann.send("$Search 127.0.0.1:412 F?T?0?1?blocked again");
    ann.expect_exact("<Guard> no searching");
    // Every form arrives in the long one.
    boss.answer("OnParsedMsgSearch", "None");
    boss.calls("OnParsedMsgSearch");
    let tth = "LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ";
    ann.send(format!("$SA {tth} 127.0.0.1:412"));
    ann.send(format!("$SP {tth} ann"));
    ann.send("$Search Hub:ann F?T?0?1?passive");
    ann.fence();
    let calls = boss.calls("OnParsedMsgSearch");
    let tail = format!("F?T?0?9?TTH:{tth}'");
    for form in [
        format!("'$Search 127.0.0.1:412 {tail}"),
        "'$Search Hub:ann F?T?0?1?passive'".to_owned(),
    ] {
        assert!(calls.contains(&form), "{form}: {calls}");
    }
}

#[test]
fn on_parsed_msg_my_info() {
    let (hub, mut boss) = hub_with(&["OnParsedMsgMyINFO"]);
    let mut bob = hub.login("bob");
    let mut ann = hub.login("ann");
    let args = boss.calls("OnParsedMsgMyINFO");
    assert!(
        args.contains(
            r"('ann', 'tester', '<Test V:1.0,M:A,H:1/0/0,S:5>', '100\x01', '', '1073741824')"
        ),
        "{args}"
    );
    for (n, value) in ALLOW.iter().chain(&["'text'"]).enumerate() {
        boss.answer("OnParsedMsgMyINFO", value);
        ann.send(Who::new("ann").desc(format!("number {n}")).my_info());
        bob.expect(format!("$MyINFO $ALL ann number {n}<"));
    }
    for value in BLOCK {
        boss.answer("OnParsedMsgMyINFO", value);
        ann.send(Who::new("ann").desc(format!("blocked {value}")).my_info());
        ann.expect_none("blocked");
        bob.expect_none("blocked");
    }
    // Five fields in place of the client's; None keeps.
    let own = "<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$";
    for (n, (value, shown)) in [
        (
            "('d', '<t>', 'fast\\x02', 'm@x', '7')",
            "d<t>$ $fast\x02$m@x$7$".to_owned(),
        ),
        (
            "(None, '', None, None, 8)",
            "tester 1$ $100\x01$$8$".to_owned(),
        ),
        ("(None, None, None, None, None)", format!("tester 2{own}")),
        ("['no', 'tuple', '', '', '']", format!("tester 3{own}")),
    ]
    .into_iter()
    .enumerate()
    {
        boss.answer("OnParsedMsgMyINFO", value);
        ann.send(Who::new("ann").desc(format!("tester {n}")).my_info());
        bob.expect_exact(format!("$MyINFO $ALL ann {shown}"));
        ann.expect_exact(format!("$MyINFO $ALL ann {shown}"));
    }
    // What scripts and newcomers see is what was put in.
    boss.answer("OnParsedMsgMyINFO", "('mine', None, None, None, '9')");
    ann.send(Who::new("ann").desc("theirs").my_info());
    bob.expect("$MyINFO $ALL ann mine<");
    boss.is(
        "vh.GetMyINFO('ann')[1], vh.GetMyINFO('ann')[5]",
        "('mine', '9')",
    );
    boss.answer("OnParsedMsgMyINFO", "None");
    let late = hub.login("late");
    assert!(
        late.history().contains("$MyINFO $ALL ann mine<") && !late.history().contains("theirs")
    );
    // With the first one the login stops there.
    boss.answer("OnParsedMsgMyINFO", "lambda nick, *rest: nick != 'eve'");
    let mut eve = Client::connect(&hub);
    let who = Who::new("eve");
    eve.handshake(&who);
    eve.introduce(&who);
    until(|| boss.calls("OnParsedMsgMyINFO").contains("'eve'"));
    boss.is("'eve' in vh.GetNickList()", "False");
    // It may try again.
    boss.answer("OnParsedMsgMyINFO", "1");
    eve.send(who.my_info());
    eve.fence();
}

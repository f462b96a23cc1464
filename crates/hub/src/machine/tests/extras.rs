use super::*;
use crate::hooks::{Event, Hook, Verdict};
use crate::io::{Call, Traits};

#[test]
fn scripts_see_every_message_before_it_is_handled() {
    let mut k = Kit::new();
    k.hook(&[Hook::ParsedMsgAny, Hook::ParsedMsgAnyEx]);
    let c = k.connect_from("80.0.0.9");
    k.send(c, "$Supports |$Key k|$ValidateNick a|$Version 1|");
    for data in ["$Supports ", "$Key k", "$ValidateNick a"] {
        let want = Event::ParsedMsgAnyEx {
            ip: "80.0.0.9".into(),
            data: data.into(),
        };
        assert_eq!(k.allow(), want);
    }
    for data in ["$Version 1", ""] {
        let want = Event::ParsedMsgAny {
            nick: "a".into(),
            data: data.into(),
        };
        assert_eq!(k.allow(), want);
    }
    k.send(c, &info("a"));
    k.allow();
    k.got(c);
    // In order, and nothing of it before the answer.
    k.say(c, "a", "one");
    k.say(c, "a", "two");
    k.send(c, "$Nonsense");
    assert_eq!(k.asks.len(), 1);
    k.expect(c, "");
    k.allow();
    k.expect(c, "<a> one|");
    k.block();
    k.expect(c, "");
    assert!(matches!(k.allow(), Event::ParsedMsgAny { data, .. } if data == "$Nonsense"));
    k.send(c, "<a> broken");
    k.answer(Verdict {
        replies: ["<bot> write properly".into()].into_iter().collect(),
        ..Verdict::BLOCK
    });
    k.expect(c, "<bot> write properly|");
    assert!(!k.closed(c));
    let c = k.connect();
    k.send(c, "$Key k");
    k.block();
    assert!(k.closed(c));
    k.quiet();
}

#[test]
fn a_late_myinfo_is_shown_to_scripts_once() {
    let mut k = Kit::with(&[("int_myinfo", "60")]);
    let a = k.login("a");
    k.hook(&[Hook::ParsedMsgAny]);
    k.send(a, &passive("a"));
    k.allow();
    k.expect(a, "");
    k.tick(60);
    k.expect(a, &format!("{}|", passive("a")));
    k.quiet();
}

#[test]
fn clients_tell_the_address_they_know() {
    let mut k = Kit::new();
    k.hook(&[Hook::ParsedMsgMyHubURL]);
    let a = k.login_as("a", "HubURL", &info("a"));
    k.send(a, "$MyHubURL DCHUB://Hub.Org:411/x");
    let want = Event::ParsedMsgMyHubURL {
        nick: "a".into(),
        data: "$MyHubURL DCHUB://Hub.Org:411/x".into(),
    };
    assert_eq!(k.allow(), want);
    let url = k.view.with_user(b"a", |u| u.hub_url.clone());
    assert_eq!(url.unwrap(), "hub.org");
    k.send(a, "$MyHubURL again");
    k.expect(a, "<Viperhub> MyHubURL was sent twice.|");
    assert!(k.closed(a));
    let b = k.login_as("b", "HubURL", &info("b"));
    k.send(b, "$MyHubURL x");
    k.block();
    assert!(k.closed(b));
    // Who did not announce it is not listened to.
    let c = k.login("c");
    k.send(c, "$MyHubURL x|$MyHubURL x");
    assert!(!k.closed(c) && k.asks.is_empty());
}

#[test]
fn ext_json_goes_to_those_who_know_it() {
    let mut k = Kit::with(&[("disable_extjson", "0")]);
    let (a, b) = (
        k.login_as("a", "ExtJSON2", &info("a")),
        k.login_as("b", "ExtJSON2", &info("b")),
    );
    let c = k.login("c");
    assert!(k.traits(a).has(Traits::EXT_JSON) && !k.traits(c).has(Traits::EXT_JSON));
    k.hook(&[Hook::ParsedMsgExtJSON]);
    let line = "$ExtJSON a {\"x\":1}";
    k.send(a, line);
    k.block();
    k.expect(b, "");
    k.send(a, line);
    let want = Event::ParsedMsgExtJSON {
        nick: "a".into(),
        data: line.to_owned().into(),
    };
    assert_eq!(k.allow(), want);
    k.unhook();
    for peer in [a, b] {
        k.expect(peer, &format!("{line}|"));
    }
    k.expect(c, "");
    let told = k.view.with_user(b"a", |u| u.ext_json.clone());
    assert_eq!(told.unwrap(), line);
    // The same once more is no news.
    k.send(a, line);
    k.expect(b, "");
    let d = k.connect();
    k.send(d, "$Supports ExtJSON2 |$Key k|$ValidateNick d");
    k.expect_in(d, "$Supports ExtJSON2 |");
    k.send(d, &format!("$Version 1|$GetNickList|{}", info("d")));
    k.expect_in(d, &format!("{line}|"));
    k.send(a, "$ExtJSON a {}|$GetNickList");
    assert!(!k.got(a).contains("\"x\""));
    k.send(b, "$ExtJSON a {}");
    assert!(k.closed(b), "somebody else's nick");
    k.send(c, "$ExtJSON c {}");
    assert!(k.closed(c), "not announced");
}

#[test]
fn ext_json_can_be_turned_off() {
    let mut k = Kit::new();
    let a = k.connect();
    k.send(a, "$Supports ExtJSON2 NoHello ");
    k.expect_in(a, "$Supports NoHello |");
    k.finish_login(a, "a", "", &info("a"));
    let b = k.login_as("b", "ExtJSON2", &info("b"));
    k.hook(&[Hook::ParsedMsgExtJSON]);
    k.send(b, "$ExtJSON b {}");
    assert!(!k.closed(b) && k.asks.is_empty());
    k.expect(b, "");
}

#[test]
fn hub_lists_ask_about_the_hub() {
    let mut k = Kit::with(&[
        ("hub_host", "hub.org"),
        ("hub_desc", "good"),
        ("max_users", "50"),
        ("min_share", "2"),
        ("tag_max_hubs", "7"),
        ("hub_owner", "me"),
        ("hub_category", "books"),
        ("hub_icon_url", "http://i"),
    ]);
    k.hook(&[Hook::ParsedMsgBotINFO]);
    let c = k.connect();
    k.send(
        c,
        "$Supports BotINFO |$Key k|$ValidateNick pinger|$BotINFO x",
    );
    assert!(k.got(c).contains("$Supports HubINFO |"));
    let want = Event::ParsedMsgBotINFO {
        nick: "pinger".into(),
        data: "$BotINFO x".into(),
    };
    assert_eq!(k.allow(), want);
    let software = concat!("Viperhub ", env!("CARGO_PKG_VERSION"));
    k.expect(
        c,
        &format!(
            "$SetIcon http://i|$HubINFO Viperhub$hub.org:4111$good$50$2097152$0$7${software}\
             $me$books$CP1252|"
        ),
    );
    assert_eq!(k.class("pinger"), Some(-1));
    // No tag, no share: a pinger may.
    k.send(c, "$Version 1|$MyINFO $ALL pinger $ $1\u{1}$$0$");
    assert_eq!(k.hub.user_nicks(), ["pinger"]);
    k.send(c, "$BotINFO x");
    assert!(k.closed(c));
    let c = k.connect();
    k.send(
        c,
        "$Supports BotINFO |$Key k|$ValidateNick pinger|$BotINFO x",
    );
    k.block();
    assert!(k.closed(c));
    let a = k.login("a");
    k.send(a, "$BotINFO x");
    k.expect(a, "");
}

#[test]
fn clients_that_take_the_hub_for_a_client_are_told() {
    let mut k = Kit::new();
    k.register("op", 3);
    let op = k.login("op");
    k.hook(&[Hook::CtmToHub, Hook::CloseConnEx]);
    let lost = |k: &mut Kit| {
        let c = k.connect_from("80.0.0.77");
        k.got(c);
        k.send(
            c,
            "$MyNick victim|$Lock EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.868Ref=dchub://evil",
        );
        c
    };
    let c = lost(&mut k);
    let want = Event::CtmToHub {
        nick: "victim".into(),
        ip: "80.0.0.77".into(),
        port: 50_000,
        servport: 411,
        referer: "dchub://evil".into(),
    };
    assert_eq!(k.allow(), want);
    k.expect(c, "$Error CTM2HUB|");
    assert!(k.closed(c));
    assert!(
        k.told
            .iter()
            .any(|e| matches!(e, Event::CloseConnEx { reason: 20, .. }))
    );
    // What a script takes care of is not counted.
    for _ in 0..20 {
        let c = lost(&mut k);
        k.block();
        k.expect(
            c,
            "$Error A script of this hub has refused this (OnCtmToHub).|",
        );
        assert!(k.closed(c));
    }
    k.unhook();
    for _ in 0..8 {
        lost(&mut k);
    }
    k.expect(op, "");
    lost(&mut k);
    k.expect_in(op, "Clients of other hubs are being sent to this one");
    lost(&mut k);
    k.expect(op, "");
    k.tick(59);
    k.expect(op, "");
    lost(&mut k);
    k.tick(1);
    k.expect_in(op, "sent to this one: 2 more, 12 so far.");
    // Nothing new is no news, until it is over.
    k.tick(100);
    k.expect(op, "");
    k.tick(78);
    k.expect(op, "");
    k.tick(1);
    k.expect_in(
        op,
        "No more clients of other hubs are being sent to this one, 12 came.",
    );
    k.tick(200);
    k.expect(op, "");
    // Order, and the setting.
    let c = k.connect();
    k.send(c, "$Lock x");
    assert!(!k.closed(c));
    let mut k = Kit::with(&[("detect_ctmtohub", "0")]);
    let c = k.connect();
    k.send(c, "$MyNick x|$Lock y");
    assert!(!k.closed(c));
}

#[test]
fn scripts_write_to_one_another() {
    let mut k = Kit::new();
    k.hook(&[Hook::ScriptCommand, Hook::Timer]);
    let command = |n: usize, immediate: bool| Call::ScriptCommand {
        cmd: format!("c{n}").into(),
        data: "d".into(),
        plugin: "python".into(),
        script: "/a.py".into(),
        immediate,
    };
    let event = |cmd: &str| Event::ScriptCommand {
        command: cmd.to_owned().into(),
        data: "d".into(),
        plugin: "python".into(),
        script: "/a.py".into(),
    };
    assert!(k.call(command(0, false)) && k.told.is_empty());
    assert!(k.call(command(1, true)));
    assert_eq!(std::mem::take(&mut k.told), [event("c1")]);
    k.tick(1);
    let told = std::mem::take(&mut k.told);
    assert_eq!(told[0], event("c0"));
    assert_eq!(told[1].hook(), Hook::Timer);
    for n in 0..1000 {
        assert!(k.call(command(n, false)));
    }
    assert!(!k.call(command(1000, false)));
    k.tick(1);
    assert_eq!(k.told.len(), 1001);
    assert!(k.call(command(0, false)));
}

#[test]
fn on_timer_comes_as_often_as_is_set() {
    let mut k = Kit::new();
    k.hook(&[Hook::Timer]);
    let told_in = |k: &mut Kit, seconds: u32| {
        k.told.clear();
        (0..seconds).for_each(|_| k.tick(1));
        k.told.len()
    };
    assert_eq!(told_in(&mut k, 10), 10);
    for (period, times) in [("5", 4), ("0", 20), ("3600", 0), ("2", 10)] {
        // The documents call it `timer_serv_period`; it is stored by its own name.
        let var = match period {
            "0" | "2" => "timer_serv_period",
            _ => "adv_timer_serv_period",
        };
        assert!(k.call(Call::SetConfig {
            file: "config".into(),
            var: var.into(),
            value: period.into(),
        }));
        assert!(
            matches!(k.stored.last(), Some(crate::reg::StoreOp::SetConfig { var, .. }) if var == "adv_timer_serv_period")
        );
        // What was to come comes first.
        told_in(&mut k, 5);
        assert_eq!(told_in(&mut k, 20), times, "{period}");
    }
}

#[test]
fn scripts_hear_of_the_bots_new_names() {
    let mut k = Kit::new();
    k.hook(&[Hook::ScriptCommand]);
    for (var, nick, command) in [
        ("hub_security", "Guard", "_hub_security_change"),
        ("opchat_name", "Ops", "_opchat_name_change"),
        ("opchat_desc", "x", ""),
    ] {
        k.told.clear();
        assert!(k.call(Call::SetConfig {
            file: "config".into(),
            var: var.into(),
            value: nick.into(),
        }));
        let want = Event::ScriptCommand {
            command: command.into(),
            data: nick.into(),
            plugin: "".into(),
            script: "".into(),
        };
        let wanted = if command.is_empty() {
            vec![]
        } else {
            vec![want]
        };
        assert_eq!(k.told, wanted, "{var}");
    }
}

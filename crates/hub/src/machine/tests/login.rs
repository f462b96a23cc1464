use super::*;
use crate::config::Config;
use crate::hooks::{Event, Hook};
use crate::reg::RegUser;

#[test]
fn the_login_of_a_guest_on_the_wire() {
    let mut config = Config::default();
    config.set("hub_topic", b"hello").unwrap();
    config.set("msg_welcome_guest", b"welcome %[nick]").unwrap();
    let mut k = Kit::bare(config);
    let old = {
        let c = k.connect();
        k.finish_login(c, "old", "", &info("old"));
        c
    };
    let c = k.connect();
    let lock = k.got(c);
    let digits = lock
        .strip_prefix("$Lock EXTENDEDPROTOCOL_NMDC_")
        .and_then(|l| l.strip_suffix(concat!(" Pk=Viperhub ", env!("CARGO_PKG_VERSION"), "|")))
        .unwrap();
    assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()));
    k.send(
        c,
        "$Supports NoGetINFO HubURL NickRule SearchRule Feed FailOver ",
    );
    k.expect(
        c,
        "$Supports NoGetINFO HubURL NickRule SearchRule FailOver |\
         $NickRule Min 1$$Max 64$$Char 60 62 13 10 1 2 3 4 5 6 7 8 9 11 12 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 127$$|",
    );
    k.send(c, "$Key k");
    k.expect(c, "");
    k.send(c, "$ValidateNick bob");
    k.expect(c, "$HubName Viperhub|$Hello bob|$GetHubURL|");
    k.send(c, "$Version 1,0091|$GetNickList");
    k.expect(c, "");
    k.send(c, &info("bob"));
    let mine = "$MyINFO $ALL bob d<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\x01$m$1000$|";
    let got = k.got(c);
    let rest = got
        .strip_prefix("$SearchRule Min 4$$Max 256$$Num 1$$Int 32$$IntPas 48|")
        .and_then(|r| r.strip_prefix("$HubName Viperhub - hello|"))
        .and_then(|r| r.strip_prefix(mine))
        .unwrap_or_else(|| panic!("{got}"));
    let order = [
        "<Viperhub> This hub runs",
        "<Viperhub> Up for",
        "<Viperhub> 2 users are here",
        "$HubTopic hello|",
        "<Viperhub> You are bob",
        "<Viperhub> welcome bob|",
        "$NickList OpChat$$Viperhub$$old$$bob$$|$MyINFO $ALL OpChat",
        "$MyINFO $ALL old ",
        mine,
        "$OpList OpChat$$Viperhub$$|",
    ];
    let mut at = 0;
    for part in order {
        let here = rest[at..].find(part);
        at += here.unwrap_or_else(|| panic!("{part:?} not after {at} in {rest:?}"));
    }
    assert!(rest.ends_with(order[9]));
    k.expect(old, &format!("{mine}<Viperhub> welcome bob|"));
    assert_eq!(k.view.user_count(), 2);
    assert_eq!(k.view.total_share(), 2000);
    k.quiet();
}

#[test]
fn each_kind_of_client_gets_its_kind_of_list() {
    let mut k = Kit::with(&[("send_user_ip", "1")]);
    let lists = |k: &mut Kit, nick: &str, features: &str| {
        let c = k.login_as(nick, features, &info(nick));
        k.tick(61);
        k.got(c);
        k.send(c, "$GetNickList");
        k.got(c)
    };
    let plain = lists(&mut k, "a", "");
    assert_eq!(
        plain,
        "$NickList OpChat$$Viperhub$$a$$|$OpList OpChat$$Viperhub$$|"
    );
    let quiet = lists(&mut k, "b", "NoHello BotList UserIP2");
    assert!(quiet.starts_with("$MyINFO $ALL OpChat"), "{quiet}");
    let end = "$OpList OpChat$$Viperhub$$|$BotList OpChat$$Viperhub$$|$UserIP b 80.0.0.2$$|";
    assert!(quiet.ends_with(end), "{quiet}");
    k.register("op", 3);
    let op = lists(&mut k, "op", "NoGetINFO UserIP2");
    let ips =
        "$UserIP OpChat 127.0.0.1$$Viperhub 127.0.0.1$$a 80.0.0.1$$b 80.0.0.2$$op 80.0.0.3$$|";
    assert!(op.ends_with(ips), "{op}");
}

#[test]
fn lists_are_not_asked_for_too_often() {
    let mut k = Kit::new();
    let c = k.login("a");
    k.send(c, "$GetNickList");
    k.expect(c, "");
    k.pass(60_000);
    k.send(c, "$GetNickList");
    k.expect_in(c, "$NickList");
}

#[test]
fn handshake_steps_may_come_in_any_order() {
    let mut k = Kit::new();
    let c = k.connect();
    k.send(
        c,
        "$Version 1|$ValidateNick a|$GetNickList|$Key x|$Supports ",
    );
    k.send(c, &info("a"));
    assert!(k.got(c).ends_with("$OpList OpChat$$Viperhub$$|"));
    assert_eq!(k.hub.user_nicks(), ["a"]);
}

#[test]
fn an_incomplete_handshake_ends_with_what_is_missing() {
    let mut k = Kit::new();
    let c = k.connect();
    k.send(c, "$ValidateNick a|$Version 1");
    k.got(c);
    k.send(c, &info("a"));
    k.expect_in(c, "$Key before $MyINFO");
    assert!(k.closed(c));
    assert_eq!(k.view.user_count(), 0);
}

#[test]
fn a_password_is_asked_and_checked() {
    let mut k = Kit::new();
    k.register("op", 3);
    let c = k.connect();
    k.got(c);
    k.send(c, "$Supports HubURL |$Key x|$ValidateNick op");
    k.expect(c, "$Supports HubURL |$HubName Viperhub|$GetPass|");
    assert_eq!(k.class("op"), None);
    k.send(c, "$MyPass secret");
    k.expect(c, "$Hello op|$GetHubURL|$LogedIn op|");
    assert_eq!(k.class("op"), Some(3));
    k.send(c, &format!("$Version 1|{}", info("op")));
    k.expect_in(c, "$OpList op$$|");
    k.send(c, "$MyPass secret");
    k.expect(c, "<Viperhub> MyPass was sent twice.|");
    assert!(k.closed(c));
}

#[test]
fn a_wrong_password_keeps_the_address_out_for_a_while() {
    let mut k = Kit::new();
    k.register("op", 3);
    let watching = k.login("op");
    k.register("reg", 1);
    let c = k.connect_from("9.9.9.9");
    k.send(c, "$ValidateNick reg");
    k.got(c);
    k.send(c, "$MyPass wrong");
    k.expect(c, "<Viperhub> The password is wrong.|$BadPass|");
    assert!(k.closed(c));
    k.expect_in(watching, "$<OpChat> Wrong password for reg from 9.9.9.9|");
    let c = k.connect_from("9.9.9.9");
    k.expect_in(c, "You are kept out for 1 minute: wrong password|");
    assert!(k.closed(c));
    k.tick(61);
    let c = k.connect_from("9.9.9.9");
    assert!(!k.closed(c));
}

#[test]
fn who_has_no_password_is_asked_to_set_one() {
    let mut k = Kit::new();
    k.register_as(RegUser {
        nick: "reg".into(),
        class: 2,
        enabled: true,
        pwd_change: true,
        ..RegUser::default()
    });
    let c = k.connect();
    k.send(c, "$Supports |$Key x|$ValidateNick reg|$Version 1");
    k.got(c);
    k.send(c, &info("reg"));
    assert!(k.got(c).ends_with("$GetPass|"));
    assert_eq!(k.class("reg"), Some(0));
    k.send(c, "$MyPass abc");
    k.expect(c, "<Viperhub> A password has at least 6 characters.|");
    k.say(c, "reg", "+passwd longer");
    k.expect_in(c, "Your password is set");
    assert_eq!(k.class("reg"), Some(2));
}

#[test]
fn a_disabled_registration_is_a_guest() {
    let mut k = Kit::new();
    k.register_as(RegUser {
        nick: "reg".into(),
        class: 3,
        ..RegUser::default()
    });
    k.login("reg");
    assert_eq!(k.class("reg"), Some(0));
}

#[test]
fn the_hooks_of_a_login_come_in_order_and_each_waits() {
    let mut k = Kit::new();
    k.hook(&[
        Hook::NewConn,
        Hook::ParsedMsgSupports,
        Hook::ParsedMsgVersion,
        Hook::ParsedMsgValidateNick,
        Hook::ValidateTag,
        Hook::FirstMyINFO,
        Hook::ParsedMsgMyINFO,
        Hook::UserInList,
        Hook::UserLogin,
    ]);
    let c = k.connect();
    k.expect(c, "");
    k.send(
        c,
        "$Supports NoHello Feed |$Version 1|$Key k|$ValidateNick a",
    );
    k.send(c, &info("a"));
    let mut order = Vec::new();
    while !k.asks.is_empty() {
        let event = k.allow();
        if let Event::ParsedMsgSupports { data, filtered, .. } = &event {
            assert_eq!(data, "$Supports NoHello Feed ");
            assert_eq!(filtered, "NoHello");
        }
        order.push(event.hook());
    }
    use Hook::*;
    let expected = [
        NewConn,
        ParsedMsgSupports,
        ParsedMsgVersion,
        ParsedMsgValidateNick,
        ValidateTag,
        FirstMyINFO,
        ParsedMsgMyINFO,
        UserInList,
        UserLogin,
    ];
    assert_eq!(order, expected);
    k.quiet();
}

#[test]
fn each_veto_of_the_login_does_what_the_table_says() {
    for (at, hook) in [
        Hook::NewConn,
        Hook::ParsedMsgVersion,
        Hook::ParsedMsgValidateNick,
        Hook::ValidateTag,
        Hook::FirstMyINFO,
        Hook::UserInList,
        Hook::UserLogin,
    ]
    .into_iter()
    .enumerate()
    {
        let mut k = Kit::new();
        let other = k.login("other");
        k.hook(&[hook]);
        let c = k.connect();
        k.send(c, "$Supports |$Version 1|$Key k|$ValidateNick a");
        k.send(c, &info("a"));
        k.block();
        assert!(k.closed(c), "{}", hook.name());
        let known = k.got(other).contains("$MyINFO $ALL a ");
        assert_eq!(known, at == 6, "{}", hook.name());
        k.quiet();
    }
    // A refused MyINFO or Supports does not end the connection.
    let mut k = Kit::new();
    k.hook(&[Hook::ParsedMsgMyINFO, Hook::ParsedMsgSupports]);
    let c = k.connect();
    k.got(c);
    k.send(c, "$Supports NoHello ");
    k.block();
    k.expect(c, "");
    k.send(c, "$Version 1|$Key k|$ValidateNick a");
    k.send(c, &info("a"));
    k.block();
    assert!(!k.closed(c) && k.hub.user_nicks().is_empty());
    k.send(c, &info("a"));
    k.allow();
    assert_eq!(k.hub.user_nicks(), ["a"]);
}

#[test]
fn a_veto_can_say_something_first() {
    let mut k = Kit::new();
    k.hook(&[Hook::NewConn]);
    let c = k.connect();
    let mut verdict = crate::hooks::Verdict::BLOCK;
    verdict.replies.push("<x> go away".into());
    k.answer(verdict);
    k.expect(c, "<x> go away|");
    assert!(k.closed(c));
    // Nobody is there any more: nothing is said.
    let c = k.connect();
    k.leave(c);
    k.answer(crate::hooks::Verdict {
        replies: ["<x> late".into()].into_iter().collect(),
        ..crate::hooks::Verdict::ALLOW
    });
    k.quiet();
}

#[test]
fn each_state_of_the_login_has_its_timeout() {
    let late = |steps: &str, seconds: u64, what: &str| {
        let mut k = Kit::new();
        k.register("reg", 1);
        let c = k.connect();
        if !steps.is_empty() {
            k.send(c, steps);
        }
        k.got(c);
        k.tick(seconds - 1);
        assert!(!k.closed(c), "{what}");
        k.tick(1);
        k.expect(c, &format!("<Viperhub> Timeout: {what} took too long.|"));
        assert!(k.closed(c));
    };
    late("", 60, "the key");
    late("$Key k", 30, "a nick");
    late("$Key k|$ValidateNick a", 40, "MyINFO");
    late("$ValidateNick a|$Key k", 40, "MyINFO");
    // What is missing is named, not the step that would come last.
    late("$ValidateNick a", 40, "the key");
    late("$Key k|$ValidateNick reg", 40, "the password");
    late("$ValidateNick reg|$MyPass secret", 40, "the key");
    late("$Key k|$ValidateNick reg|$MyPass secret", 40, "MyINFO");
    let mut k = Kit::with(&[("timeout_key", "0")]);
    let c = k.connect();
    k.tick(599);
    assert!(!k.closed(c));
    k.tick(1);
    assert!(k.closed(c));
}

#[test]
fn a_script_that_thinks_long_is_not_the_clients_fault() {
    let mut k = Kit::new();
    k.hook(&[Hook::ParsedMsgSupports]);
    let c = k.connect();
    k.send(c, "$Supports |$Key k");
    k.tick(100);
    assert!(!k.closed(c));
    k.allow();
    k.tick(1);
    assert!(!k.closed(c));
}

#[test]
fn neither_supports_nor_version_is_required() {
    for (first, names) in [
        ("$Key k|$ValidateNick a", ""),
        ("$Supports NoHello |$Key k|$ValidateNick a", ""),
        ("$Key k|$ValidateNick a|$Version 1,0091", "1,0091"),
    ] {
        let mut k = Kit::new();
        let other = k.login("b");
        k.got(other);
        let c = k.connect();
        k.send(c, first);
        k.send(c, &info("a"));
        assert!(!k.closed(c), "{first}: {}", k.got(c));
        assert_eq!(k.view.user_count(), 2, "{first}");
        assert!(k.got(other).contains(&info("a")), "{first}");
        // The old way to learn who is there, for clients without extensions.
        k.got(c);
        k.send(c, "$GetNickList");
        assert!(k.got(c).contains("$MyINFO $ALL b") == first.contains("NoHello"));
        k.send(c, "$GetINFO b a");
        k.expect_in(c, "$MyINFO $ALL b");
        // What comes late is taken.
        match names {
            "" => k.send(c, "$Version 1,0091"),
            _ => k.send(c, "$Supports NoHello |$GetNickList"),
        }
        k.send(other, "<b> hello");
        k.expect_in(c, "<b> hello");
        assert!(!k.closed(c), "{first}");
    }
}

#[test]
fn whom_a_script_refuses_is_told_by_which_hook() {
    use crate::hooks::Hook::*;
    for hook in [
        NewConn,
        ParsedMsgAnyEx,
        ParsedMsgVersion,
        ParsedMsgValidateNick,
        ParsedMsgMyPass,
        ValidateTag,
        FirstMyINFO,
        UserInList,
        UserLogin,
    ] {
        let mut k = Kit::new();
        k.register("a", 1);
        k.hook(&[hook]);
        let c = k.connect();
        for message in [
            "",
            "$Version 1|$Key k|$ValidateNick a",
            "$MyPass secret",
            &info("a"),
        ] {
            if !message.is_empty() && !k.closed(c) {
                k.send(c, message);
            }
            while let Some((ask, event)) = k.asks.pop_front() {
                assert_eq!(event.hook(), hook);
                let verdict = crate::hooks::Verdict::BLOCK;
                k.input(crate::io::Input::Verdict { ask, verdict });
            }
        }
        let told = format!("A script of this hub has refused this ({}).", hook.name());
        k.expect_in(c, &told);
        assert!(k.closed(c), "{hook:?}");
    }
}

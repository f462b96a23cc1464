use super::*;
use crate::hooks::{Event, Hook, Substitute, Verdict};
use crate::io::{Call, Traits};
use crate::reg::RegUser;

/// What becomes of a login with this MyINFO under these settings: the refusal, if any.
fn refusal(settings: &[(&str, &str)], info: &str) -> Option<String> {
    let mut k = Kit::with(settings);
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$Version 1|$ValidateNick a");
    k.got(c);
    k.send(c, info);
    let got = k.got(c);
    k.closed(c).then_some(got)
}

#[test]
fn tags_must_obey_the_rules() {
    let tag = |tag: &str| format!("$MyINFO $ALL a d{tag}$ $100\x01$m$1000$");
    let good = "<++ V:0.868,M:A,H:1/2/3,S:3>";
    for (var, value, tag_text, says) in [
        ("tag_allow_none", "0", "", "wants clients that send a tag"),
        (
            "tag_allow_passive",
            "0",
            "<++ V:0.8,M:P,H:1/0/0,S:3>",
            "Passive mode",
        ),
        (
            "tag_allow_sock5",
            "0",
            "<++ V:0.8,M:5,H:1/0/0,S:3>",
            "SOCKS5 mode",
        ),
        ("tag_max_hubs", "5", good, "You are on 6 hubs, at most 5"),
        ("tag_min_hubs", "7", good, "You are on 6 hubs, at least 7"),
        ("tag_min_hubs_usr", "2", good, "At least 2 hubs as a guest"),
        (
            "tag_min_hubs_reg",
            "3",
            good,
            "At least 3 hubs as a registered",
        ),
        (
            "tag_min_hubs_op",
            "4",
            good,
            "At least 4 hubs as an operator",
        ),
        (
            "tag_min_hs_ratio",
            "1",
            good,
            "At least 1 slots for each hub",
        ),
        (
            "tag_max_hs_ratio",
            "2",
            "<++ V:0.8,M:A,H:1/0/0,S:3>",
            "At most 2 slots",
        ),
        ("tag_min_version", "0.9", good, "too old"),
        ("tag_max_version", "0.8", good, "too new"),
        ("min_nick", "1", "<++ V:0.8,M:A>", "tells no hubs or slots"),
    ] {
        let got = refusal(&[(var, value)], &tag(tag_text)).unwrap_or_default();
        assert!(got.contains(says), "{var}: {got:?}");
    }
    assert_eq!(refusal(&[], &tag(good)), None);
    assert_eq!(refusal(&[], &tag("")), None);
    assert_eq!(
        refusal(&[("tag_max_hubs", "1"), ("tag_sum_hubs", "1")], &tag(good)),
        None
    );
}

#[test]
fn shares_must_lie_within_the_limits() {
    let share = |mode: &str, mib: u64| {
        format!(
            "$MyINFO $ALL a d<++ V:0.8,M:{mode},H:1/0/0,S:3>$ $100\x01$m${}$",
            mib << 20
        )
    };
    let least = [("min_share", "10"), ("min_share_factor_passive", "2")];
    assert_eq!(refusal(&least, &share("A", 10)), None);
    assert!(
        refusal(&least, &share("A", 9))
            .unwrap()
            .contains("at least 10 MiB")
    );
    assert!(
        refusal(&least, &share("P", 19))
            .unwrap()
            .contains("at least 20 MiB")
    );
    assert!(
        refusal(&[("max_share", "10")], &share("A", 11))
            .unwrap()
            .contains("at most 10 MiB")
    );
    let mut k = Kit::with(&[("max_users_passive", "0")]);
    k.login_as("p", "", &passive("p"));
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$Version 1|$ValidateNick a");
    k.send(c, &passive("a"));
    assert!(k.closed(c));
    k.login("b");
    assert_eq!(k.hub.user_nicks().len(), 2);
}

#[test]
fn what_others_see_is_cut_as_set() {
    let mut k = Kit::with(&[
        ("show_desc_len", "2"),
        ("show_tags", "0"),
        ("show_speed", "0"),
        ("show_email", "0"),
    ]);
    let a = k.login("a");
    let long = "$MyINFO $ALL b long<++ V:1,M:A,H:1/0/0,S:3>$ $100\x01$mail$5$";
    let b = k.connect();
    k.send(b, "$Supports |$Key k|$ValidateNick b|$Version 1");
    k.send(b, long);
    k.expect(a, "$MyINFO $ALL b lo$ $\x01$$5$|");
}

#[test]
fn what_others_see_changes_with_the_settings() {
    let mut k = Kit::with(&[("max_class_proto_flood", "-2")]);
    k.register_as(RegUser {
        nick: "boss".into(),
        class: 10,
        enabled: true,
        has_password: true,
        ..RegUser::default()
    });
    let boss = k.login_as(
        "boss",
        "",
        "$MyINFO $ALL boss d<++ V:1,M:A,H:1/0/0,S:3>$ $100\x01$mail$5$",
    );
    k.got(boss);
    k.say(boss, "boss", "!set show_email 0");
    let got = k.got(boss);
    assert!(
        got.contains("$MyINFO $ALL boss d<++ V:1,M:A,H:1/0/0,S:3>$ $100\x01$$5$|"),
        "{got}"
    );
    k.say(boss, "boss", "!set show_tags 0");
    let got = k.got(boss);
    assert!(got.contains("$MyINFO $ALL boss d$ $100\x01$$5$|"), "{got}");
    // Newcomers see the same, and what was hidden comes back.
    let c = k.login("c");
    k.got(c);
    k.send(c, "$GetINFO boss c");
    k.expect(c, "$MyINFO $ALL boss d$ $100\x01$$5$|");
    k.say(boss, "boss", "!set show_tags 1");
    let got = k.got(c);
    assert!(got.starts_with("$MyINFO $ALL boss d<++ V:1,M:A,H:1/0/0,S:3>$ $100\x01$$5$|"));
}

#[test]
fn a_hidden_share_is_nothing() {
    let mut k = Kit::new();
    k.register_as(RegUser {
        nick: "h".into(),
        class: 1,
        enabled: true,
        has_password: true,
        hide_share: true,
        ..RegUser::default()
    });
    let a = k.login("a");
    let h = k.connect();
    k.send(
        h,
        "$Supports |$Key k|$ValidateNick h|$MyPass secret|$Version 1",
    );
    k.send(h, &info("h"));
    k.expect_in(
        a,
        "$MyINFO $ALL h d<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\x01$m$0$|",
    );
    assert_eq!(k.view.total_share(), 1000);
    assert!(!k.traits(h).has(Traits::SHARES));
}

#[test]
fn a_change_is_told_to_all_once_its_time_has_come() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    let later = info("a").replace(" d<", " later<");
    k.send(a, &later);
    k.tick(59);
    k.expect(b, "");
    // Nobody is told before int_myinfo has passed, but nothing is lost either.
    k.tick(1);
    k.expect(b, &format!("{later}|"));
    k.expect(a, &format!("{later}|"));
    k.send(b, "$GetINFO a b");
    k.expect(b, &format!("{later}|"));
    k.tick(61);
    k.got(a);
    k.send(a, &later);
    k.expect(a, "");
    k.send(a, &passive("a"));
    k.expect(a, &format!("{}|", passive("a")));
    assert!(!k.traits(a).has(Traits::ACTIVE));
}

#[test]
fn a_change_taken_back_in_time_is_none() {
    let mut k = Kit::new();
    let a = k.login("a");
    k.send(a, &passive("a"));
    k.send(a, &info("a"));
    k.tick(60);
    k.tick(1);
    assert!(k.traits(a).has(Traits::ACTIVE));
    k.expect(a, "");
}

#[test]
fn scripts_replace_fields_and_what_they_left_out_stays() {
    let mut k = Kit::with(&[("int_myinfo", "0")]);
    let (a, b) = (k.login("a"), k.login("b"));
    k.hook(&[Hook::ParsedMsgMyINFO]);
    k.send(a, &passive("a"));
    let fields = [
        Some("x$y|z".into()),
        None,
        Some("fast\x09".into()),
        None,
        Some("7".into()),
    ];
    let event = k.answer(Verdict {
        substitute: Some(Box::new(Substitute::MyInfo(fields))),
        ..Verdict::ALLOW
    });
    assert!(matches!(event, Event::ParsedMsgMyINFO { speed, .. } if speed == "100\x01"));
    k.expect(
        b,
        "$MyINFO $ALL a xyz<++ V:0.868,M:P,H:1/0/0,S:3>$ $fast\x09$m$7$|",
    );
    assert_eq!(k.view.total_share(), 1007);
    k.send(a, &info("a"));
    k.block();
    k.expect(b, "");
}

#[test]
fn scripts_edit_what_a_user_shows() {
    let mut k = Kit::new();
    let a = k.login("a");
    let mut fields = [const { None }; 5];
    fields[0] = Some("scripted".into());
    assert!(k.call(Call::SetMyInfo {
        nick: "a".into(),
        fields
    }));
    k.expect_in(a, "$MyINFO $ALL a scripted<");
    let nick = bytes::Bytes::from_static(b"a");
    let (flag, on) = (2, true);
    assert!(k.call(Call::MyInfoFlag {
        nick: nick.clone(),
        flag,
        on
    }));
    k.expect_in(a, "$100\x03$");
    let flag = 3;
    assert!(!k.call(Call::MyInfoFlag { nick, flag, on }));
}

#[test]
fn what_stands_before_a_description() {
    let shown = |settings: &[(&str, &str)], mode: &str| {
        let mut k = Kit::with(settings);
        let watch = k.login("watch");
        let c = k.connect();
        k.send(c, "$Supports |$Key k|$ValidateNick a|$Version 1");
        k.got(watch);
        k.send(c, &info("a").replace("M:A", mode));
        let got = k.got(watch);
        let desc = got.split("$ALL a ").nth(1).unwrap();
        desc.split('<').next().unwrap().to_owned()
    };
    let on = ("desc_insert_mode", "1");
    assert_eq!(shown(&[], "M:A"), "d");
    for (mode, expected) in [
        ("M:A", "[A]d"),
        ("M:P", "[P]d"),
        ("M:5", "[5]d"),
        ("M:x", "[?]d"),
    ] {
        assert_eq!(shown(&[on], mode), expected);
    }
    let vars = ("desc_insert_vars", "%[CLASS] %[CLASSNAME] %[MODE]$ ");
    assert_eq!(shown(&[on, vars], "M:P"), "0 guest P d");
    assert_eq!(shown(&[vars], "M:P"), "d");
    // What is cut off is the user's own.
    assert_eq!(shown(&[on, ("show_desc_len", "0")], "M:A"), "[A]");
}

#[test]
fn who_speaks_no_tls_is_not_told_who_does() {
    let with_tls = |nick: &str| info(nick).replace("100\u{1}", "100\u{11}");
    let mut k = Kit::with(&[("myinfo_tls_filter", "1")]);
    let plain = k.login("plain");
    let tls = k.login_as("tls", "", &with_tls("tls"));
    k.login_as("new", "", &with_tls("new"));
    let c = k.login_as("c", "", &with_tls("c"));
    k.got(plain);
    k.got(tls);
    let c2 = k.connect();
    k.send(
        c2,
        "$Supports NoHello |$Key k|$ValidateNick late|$Version 1",
    );
    k.send(c2, &with_tls("late"));
    assert!(
        k.got(plain)
            .contains("$ALL late d<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\u{1}$")
    );
    assert!(k.got(tls).contains("$100\u{11}$"));
    k.send(plain, "$GetINFO late plain");
    k.expect_in(plain, "$100\u{1}$");
    k.send(tls, "$GetINFO late tls");
    k.expect_in(tls, "$100\u{11}$");
    k.got(c2);
    k.send(c2, "$GetNickList");
    assert_eq!(k.got(c2).matches("$100\u{11}$").count(), 4);
    let c3 = k.connect();
    k.send(
        c3,
        "$Supports NoHello |$Key k|$ValidateNick last|$Version 1|$GetNickList",
    );
    k.got(c3);
    k.send(c3, &info("last"));
    assert!(!k.got(c3).contains("$100\u{11}$"));
    k.set("myinfo_tls_filter", "0");
    k.leave(c);
    k.pass(100_000);
    k.send(c3, "$GetNickList");
    assert_eq!(k.got(c3).matches("$100\u{11}$").count(), 3);
}

#[test]
fn a_hidden_share_counts_where_a_share_is_asked_for() {
    let mut k = Kit::with(&[("min_share_use_hub_reg", "4")]);
    k.register("h", 1);
    k.register_as(RegUser {
        nick: "hidden".into(),
        class: 1,
        enabled: true,
        has_password: true,
        hide_share: true,
        ..RegUser::default()
    });
    let small = k.login("h");
    let big = info("hidden").replace("$1000$", "$5242880$");
    let hidden = k.login_as("hidden", "", &big);
    assert_eq!(k.view.total_share(), 1000);
    k.send(small, "$Search 80.0.0.1:412 F?T?0?1?some$words");
    k.expect_in(small, "You need to share 4 MiB");
    k.send(hidden, "$Search 80.0.0.2:412 F?T?0?1?other$words");
    k.expect(hidden, "");
    k.say(hidden, "hidden", "+info");
    k.expect_in(hidden, "Share: 5.00 MiB\r\nShare hidden: yes");
    // Nor is the total wrong once he has left.
    k.leave(hidden);
    assert_eq!(k.view.total_share(), 1000);
}

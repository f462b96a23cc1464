use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, ConnId};

fn with_ops(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    k.register("op", 3);
    k.register("boss", 5);
    let (a, op, boss) = (k.login("a"), k.login("op"), k.login("boss"));
    k.got(a);
    k.got(op);
    (k, a, op, boss)
}

#[test]
fn getinfo_and_addresses() {
    let (mut k, a, op, _) = with_ops(&[]);
    k.send(op, "$GetINFO a op");
    k.expect(op, &format!("{}|", info("a")));
    k.send(op, "$GetINFO nobody op");
    k.expect(op, "$Quit nobody|");
    k.send(op, "$GetINFO OpChat op");
    k.expect_in(op, "$MyINFO $ALL OpChat ");
    let quiet = k.login_as("q", "NoGetINFO", &info("q"));
    k.send(quiet, "$GetINFO a q");
    k.expect(quiet, "");
    k.send(op, "$UserIP a$$nobody$$op");
    k.expect_in(op, "$UserIP a 80.0.0.1$$op 80.0.0.2$$|");
    k.send(op, "$WhoIP 80.0.0.1");
    k.expect(op, "$UsersWithIP 80.0.0.1$$$a|");
    k.send(a, "$UserIP a");
    k.expect_in(a, "$UserIP a 80.0.0.1$$|");
    k.send(a, "$UserIP op");
    k.expect_in(a, "<Viperhub> You need class 3 to use UserIP");
    assert!(!k.closed(a));
}

/// An answer is no longer than a few questions, however often somebody is named.
#[test]
fn addresses_of_each_user_are_told_once() {
    let (mut k, a, op, _) = with_ops(&[]);
    k.send(a, &format!("$UserIP {}", "a$$A$$".repeat(1700)));
    k.expect(a, "$UserIP a 80.0.0.1$$|");
    k.send(op, &format!("$UserIP {}", "a$$op$$A$$nobody$$".repeat(500)));
    k.expect(op, "$UserIP a 80.0.0.1$$op 80.0.0.2$$|");
    k.send(a, "$UserIP ");
    k.send(a, "$UserIP $$");
    k.expect(a, "");
}

#[test]
fn operators_messages_need_an_operator() {
    for frame in [
        "$Kick op",
        "$WhoIP 1.1.1.1",
        "$GetTopic",
        "$SetTopic x",
        "$OpForceMove $Who:op$Where:x$Msg:y",
    ] {
        let (mut k, a, op, _) = with_ops(&[]);
        k.send(a, frame);
        k.expect_in(a, "<Viperhub> You need class");
        assert!(!k.closed(a) && !k.closed(op), "{frame}");
    }
}

#[test]
fn a_bare_kick_only_closes() {
    let (mut k, a, op, boss) = with_ops(&[]);
    k.send(op, "$Kick boss");
    k.expect(op, "<Viperhub> You may not kick boss.|");
    assert!(!k.closed(boss));
    k.hook(&[Hook::OperatorKicks]);
    k.send(op, "$Kick a");
    k.block();
    assert!(!k.closed(a));
    k.send(op, "$Kick a");
    k.allow();
    k.expect(a, "<Viperhub> You are being kicked by op.|");
    assert!(k.closed(a));
    k.unhook();
    k.expect(op, "$Quit a|");
    k.login("a");
    assert_eq!(k.hub.user_nicks().len(), 3);
}

#[test]
fn a_kick_bans_for_the_time_in_its_reason() {
    for (reason, shown, seconds) in [
        ("bad words", "5 minutes", 300),
        ("bad _ban_1h words", "1 hour", 3600),
        ("_BAN_2S", "2 seconds", 2),
        ("_ban_3x", "3 days", 259_200),
        ("_ban_9y", "4 weeks 2 days", 2_592_000),
        ("_ban_99999999999999999999d", "4 weeks 2 days", 2_592_000),
        ("_ban_0s", "5 minutes", 300),
    ] {
        let (mut k, a, op, _) = with_ops(&[]);
        k.say(op, "op", &format!("!kick a {reason}"));
        let told = format!("You are being kicked by op because: {reason}|");
        k.expect(a, &format!("$To: a From: Viperhub $<Viperhub> {told}"));
        assert!(k.closed(a));
        let told = format!("op kicked a because: {reason} (banned {shown})|");
        k.expect_in(op, &told);
        let c = k.connect_from("5.5.5.5");
        k.pass(seconds * 1000 - 1);
        k.send(c, "$ValidateNick A");
        assert!(k.closed(c), "{reason}: the nick is not banned");
        let c = k.connect_from("80.0.0.1");
        assert!(k.closed(c), "{reason}: the address is not banned");
        k.pass(1);
        let c = k.connect_from("80.0.0.1");
        k.finish_login(c, "a", "", &info("a"));
        assert_eq!(k.hub.user_nicks().len(), 3, "{reason}");
    }
    let (mut k, _, op, _) = with_ops(&[("msg_replace_ban", "[banned]")]);
    k.say(op, "op", "!kick a _ban_ for ever");
    k.expect_in(op, "because: [banned] for ever (banned for good)|");
    k.pass(1_000_000_000_000);
    let c = k.connect_from("80.0.0.1");
    k.expect_in(
        c,
        "<Viperhub> You are kept out for good: [banned] for ever|",
    );
    assert!(k.closed(c));
    assert!(k.call(Call::DelIpTempBan {
        ip: "80.0.0.1".into()
    }));
    assert!(k.call(Call::DelNickTempBan { nick: "a".into() }));
    let c = k.connect_from("80.0.0.1");
    assert!(!k.closed(c));
}

#[test]
fn who_is_told_of_kicks() {
    let (mut k, a, op, boss) = with_ops(&[("hide_all_kicks", "0"), ("notify_kicks_to_all", "5")]);
    let b = k.login("b");
    k.say(op, "op", "!kick a x");
    k.expect_in(a, "op is kicking a because: x|");
    k.expect(b, "op is kicking a because: x|$Quit a|");
    k.expect_in(boss, "<Viperhub> op kicked a because: x");
}

#[test]
fn the_kick_phrase_bans_but_does_not_close() {
    let (mut k, a, op, _) = with_ops(&[]);
    k.say(a, "a", "a is kicking op because: x");
    k.expect(a, "");
    k.say(op, "op", "op is kicking a because: x");
    k.expect_in(op, "op kicked a");
    assert!(!k.closed(a));
    k.leave(a);
    let c = k.connect_from("5.5.5.5");
    k.send(c, "$ValidateNick a");
    assert!(k.closed(c));
}

#[test]
fn a_login_under_way_is_no_way_around_a_kick() {
    let (mut k, _, op, _) = with_ops(&[]);
    let c = k.connect_from("80.0.0.1");
    k.send(c, "$Supports |$Key k|$ValidateNick other|$Version 1");
    k.got(c);
    k.say(op, "op", "!kick a x");
    k.send(c, &info("other"));
    k.expect(c, "<Viperhub> You are kept out for 5 minutes: x|");
    assert!(k.closed(c));
}

#[test]
fn scripts_kick_in_an_operators_name() {
    let (mut k, a, _, _) = with_ops(&[]);
    let kick = |op: &'static str, nick: &'static str| Call::Kick {
        op: op.into(),
        nick: nick.into(),
        reason: "x".into(),
        note: Default::default(),
        op_note: Default::default(),
        ban_time: 60,
        redirect: Some("other.hub".into()),
    };
    assert!(!k.call(kick("nobody", "a")));
    assert!(!k.call(kick("op", "nobody")));
    assert!(!k.call(kick("a", "op")));
    // Who may not kick may not do so through a script either.
    k.login("b");
    assert!(!k.call(kick("a", "b")));
    // 1000 years are the longest.
    let mut too_long = kick("op", "b");
    if let Call::Kick { ban_time, .. } = &mut too_long {
        *ban_time = 1000 * 365 * 86_400 + 1;
    }
    assert!(!k.call(too_long));
    k.hook(&[Hook::OperatorKicks]);
    let call = k.begin(kick("Viperhub", "a"));
    assert!(k.answered(call).is_none());
    assert!(matches!(k.allow(), Event::OperatorKicks { reason, .. } if reason == "x"));
    assert!(k.answered(call).is_some());
    k.expect_in(a, "$ForceMove other.hub|");
    assert!(k.closed(a));
}

#[test]
fn opforcemove_sends_elsewhere() {
    let (mut k, a, op, boss) = with_ops(&[]);
    k.send(boss, "$OpForceMove $Who:boss$Where:x.y$Msg:go");
    k.expect_in(boss, "You may not move boss");
    k.send(boss, "$OpForceMove $Who:a$Where:x.y$Msg:go");
    k.expect(a, "$To: a From: boss $<boss> go|$ForceMove x.y|");
    assert!(k.closed(a) && !k.closed(op));
}

#[test]
fn scripts_give_users_another_address() {
    let (mut k, a, op, _) = with_ops(&[]);
    let set = |nick: &'static str, ip: &'static str| Call::SetUserIp {
        nick: nick.into(),
        ip: ip.into(),
    };
    assert!(k.call(set("a", "192.168.7.7")));
    let user = k.view.user(b"a").unwrap();
    assert_eq!(user.ip, "192.168.7.7");
    assert!(k.traits(a).has(crate::io::Traits::LAN));
    k.send(op, "$UserIP a");
    k.expect(op, "$UserIP a 192.168.7.7$$|");
    k.send(a, "$ConnectToMe op 9.9.9.9:412");
    k.expect(op, "$ConnectToMe op 192.168.7.7:412|");
    for (nick, ip) in [
        ("nobody", "1.1.1.1"),
        ("Viperhub", "1.1.1.1"),
        ("a", "1.1.1"),
    ] {
        assert!(!k.call(set(nick, ip)), "{nick} {ip}");
    }
}

#[test]
fn bans_by_protocol_message() {
    let mut k = Kit::new();
    k.register("op", 3);
    let (op, a) = (k.login("op"), k.login("a"));
    for message in [
        "$Ban b$spam",
        "$TempBan b$5m$spam",
        "$UnBan 1.1.1.1",
        "$GetBanList",
    ] {
        k.send(a, message);
        k.expect_in(a, "You need class 3 to use ");
        assert!(!k.closed(a));
    }
    let b = k.connect_from("81.0.0.7");
    k.finish_login(b, "b", "", &info("b"));
    k.send(op, "$TempBan b$5m$spam");
    assert!(k.closed(b));
    k.got(op);
    k.send(op, "$GetBanList");
    k.expect_in(op, "spam");
    let again = k.connect_from("81.0.0.7");
    k.send(again, "$ValidateNick other");
    k.expect_in(again, "spam");
    assert!(k.closed(again));
    k.send(op, "$UnBan 81.0.0.7");
    let again = k.connect_from("81.0.0.7");
    k.send(again, "$ValidateNick other");
    assert!(!k.closed(again));
    k.send(op, "$TempBan a$nonsense$spam");
    k.expect_in(op, "The time must be a number");
    k.send(op, "$Ban a$for good");
    assert!(k.closed(a));
    k.pass(1_000_000_000);
    let again = k.connect();
    k.send(again, "$ValidateNick a");
    assert!(k.closed(again), "a ban without a time is for good");
}

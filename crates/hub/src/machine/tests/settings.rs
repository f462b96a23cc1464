use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, ConnId};
use crate::reg::StoreOp;

fn hub() -> (Kit, ConnId, ConnId) {
    let mut k = Kit::new();
    k.register("boss", 5);
    let (a, boss) = (k.login("a"), k.login("boss"));
    k.got(a);
    (k, a, boss)
}

fn set(var: &'static str, value: &'static str) -> Call {
    Call::SetConfig {
        file: "config".into(),
        var: var.into(),
        value: value.into(),
    }
}

#[test]
fn a_setting_is_stored_before_it_counts() {
    let (mut k, _, boss) = hub();
    k.store_waits = true;
    k.say(boss, "boss", "!set max_users 7");
    k.expect(boss, "");
    assert_eq!(k.view.config().limits.max_users, 6000);
    k.store_answers();
    k.expect(boss, "<Viperhub> max_users: 6000 -> 7|");
    assert_eq!(k.view.config().limits.max_users, 7);
    k.store_waits = false;
    k.store_fails = true;
    k.say(boss, "boss", "!set max_users 8");
    k.expect_in(boss, "could not be stored");
    assert_eq!(k.view.config().limits.max_users, 7);
}

#[test]
fn what_cannot_be_set() {
    let (mut k, _, boss) = hub();
    for (line, says) in [
        ("max_user 1", "did you mean max_users?"),
        ("max_users x", "must be a whole number"),
        ("hub_version 2", "hub_version cannot be set"),
        ("viperhub_version 2", "viperhub_version cannot be set"),
        ("hub_security ", "must be a nick"),
        ("hub_security opchat", "must differ"),
        ("opchat_name a", "A user has that nick now."),
        ("opchat_name a b", "must be a nick"),
        ("cmd_start_op ", "must not be empty"),
        ("ip_zone4_min 1.2.3", "must be an IP address or empty"),
        (
            "classdif_reg 6",
            "must be a whole number from 0 to 5, not \"6\"",
        ),
        ("listen_port 0", "must be a whole number from 1 to 65535"),
    ] {
        k.say(boss, "boss", &format!("!set {line}"));
        k.expect_in(boss, says);
    }
    assert!(
        k.stored
            .iter()
            .all(|op| !matches!(op, StoreOp::SetConfig { .. }))
    );
    k.say(boss, "boss", "!set pi_iplog.days 5");
    assert!(matches!(k.stored.last(), Some(StoreOp::SetConfig { file, .. }) if file == "pi_iplog"));
}

#[test]
fn a_file_may_stand_in_brackets_before_the_setting() {
    let (mut k, _, boss) = hub();
    k.say(boss, "boss", "!set [pi_x] a.b  1 2");
    k.expect(boss, "<Viperhub> pi_x.a.b = 1 2|");
    let stored = k.stored.last();
    assert!(
        matches!(stored, Some(StoreOp::SetConfig { file, var, value })
        if file == "pi_x" && var == "a.b" && value == "1 2")
    );
    k.say(boss, "boss", "!set [config] max_users 7");
    k.expect(boss, "<Viperhub> max_users: 6000 -> 7|");
    k.say(boss, "boss", "!set [pi_x]");
    k.expect_in(boss, "What? !set [FILE] VARIABLE VALUE");
}

#[test]
fn scripts_set_and_refuse() {
    let (mut k, _, boss) = hub();
    assert!(k.call(set("hub_owner", "me")));
    assert!(!k.call(set("nonsense", "me")));
    k.hook(&[Hook::SetConfig]);
    k.say(boss, "boss", "!set hub_owner you");
    let Event::SetConfig {
        nick,
        conf,
        var,
        val_new,
        val_old,
        val_type,
    } = k.block()
    else {
        panic!("not OnSetConfig")
    };
    assert_eq!(
        [&nick[..], &conf[..], &var[..]],
        [&b"boss"[..], b"config", b"hub_owner"]
    );
    assert_eq!([&val_new[..], &val_old[..]], [&b"you"[..], b"me"]);
    assert_eq!(val_type, 12);
    k.expect_in(boss, "A script refused the change of hub_owner.");
    let call = k.begin(set("hub_owner", "you"));
    assert!(matches!(k.allow(), Event::SetConfig { nick, .. } if nick == "Viperhub"));
    assert!(k.answered(call).is_some());
    assert_eq!(k.view.config().identity.hub_owner, "you");
}

#[test]
fn the_topic_is_told_to_all() {
    let (mut k, a, boss) = hub();
    k.say(boss, "boss", "!topic news");
    k.expect(
        a,
        "$HubName Viperhub - news|$HubTopic news|<Viperhub> boss set the topic: news|",
    );
    k.got(boss);
    k.send(boss, "$GetTopic");
    k.expect(boss, "$HubTopic news|");
    k.send(boss, "$SetTopic more");
    k.expect_in(a, "$HubTopic more|");
    k.say(boss, "boss", "!topic");
    k.expect_in(a, "<Viperhub> boss removed the topic.|");
    k.got(boss);
    k.say(boss, "boss", &format!("!topic {}", "x".repeat(256)));
    k.expect(boss, "<Viperhub> A topic has at most 255 bytes.|");
    // Who set it may be gone when it is stored.
    k.store_waits = true;
    k.say(boss, "boss", "!topic last");
    k.leave(boss);
    k.got(a);
    k.store_answers();
    k.expect(a, "$HubName Viperhub - last|$HubTopic last|");
}

#[test]
fn the_hub_bot_takes_its_new_name() {
    let (mut k, a, boss) = hub();
    k.say(boss, "boss", "!set hub_security Guard");
    k.expect(
        a,
        "$Quit OpChat|$Quit Viperhub|$MyINFO $ALL Guard Hub security$ $\x01$$0$|$OpList Guard$$|\
         $MyINFO $ALL OpChat Operator chat$ $\x01$$0$|$OpList OpChat$$|",
    );
    k.expect_in(boss, "<Guard> hub_security: Viperhub -> Guard|");
    assert!(k.view.user(b"Viperhub").is_none() && k.view.user(b"Guard").is_some());
    k.send(a, "$To: Guard From: a $<a> +myip");
    k.expect_in(a, "From: Guard $<Guard> Your address");
}

#[test]
fn a_name_taken_while_it_was_stored_is_given_back() {
    let (mut k, _, boss) = hub();
    k.store_waits = true;
    k.say(boss, "boss", "!set opchat_name late");
    let c = k.connect();
    k.finish_login(c, "late", "", &info("late"));
    k.store_waits = false;
    k.store_answers();
    k.expect_in(boss, "A user has that nick now.");
    assert_eq!(k.view.config().identity.opchat_name, "OpChat");
    let Some(StoreOp::SetConfig { value, .. }) = k.stored.last() else {
        panic!("not written back")
    };
    assert_eq!(value, "OpChat");
    assert!(k.view.user(b"OpChat").is_some());
}

#[test]
fn settings_are_shown() {
    let (mut k, _, boss) = hub();
    k.say(boss, "boss", "!getconfig hub_na*");
    k.expect(boss, "<Viperhub> \r\nhub_name = Viperhub|");
    k.say(boss, "boss", "!getconfig nonsense");
    k.expect(boss, "<Viperhub> There is no setting nonsense.|");
    // All of them come by private message.
    k.say(boss, "boss", "!getconfig");
    let all = k.got(boss);
    assert!(
        all.starts_with("$To: boss From: Viperhub $<Viperhub> "),
        "{all}"
    );
    assert!(all.contains("\nmax_users = "), "{all}");
}

#[test]
fn ports_that_cannot_be_are_refused() {
    let (mut k, _, boss) = hub();
    for (set, answer) in [
        (
            "listen_ip foo",
            "listen_ip must hold addresses: \"foo\" is no address such as 192.0.2.1, ::1 or * (all of IPv4).",
        ),
        (
            "extra_listen_ports 70000",
            "extra_listen_ports: \"70000\" is no port.",
        ),
        (
            "tls_ports 4111",
            "Port 4111 cannot be in listen_port and in tls_ports.",
        ),
    ] {
        k.say(boss, "boss", &format!("!set {set}"));
        k.expect(boss, &format!("<Viperhub> {answer}|"));
    }
}

#[test]
fn a_reload_takes_what_is_stored_and_fits() {
    let mut k = Kit::new();
    k.hub.pin(["hub_desc".to_owned()]);
    k.register("boss", 10);
    let boss = k.login("boss");
    k.got(boss);
    let stored = [
        ("hub_owner", "me"),
        ("hub_desc", "not for this run"),
        ("max_users", "many"),
        ("hub_security", "boss"),
        ("listen_port", "411"),
        ("of_another_version", "1"),
    ];
    k.settings = stored.map(|(n, v)| (n.into(), v.into())).to_vec();
    k.say(boss, "boss", "!reload");
    let told = k.got(boss);
    for part in [
        "changed: hub_owner, listen_port.",
        "After a restart: listen_port.",
        "max_users must be",
        "A user has that nick now.",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(k.view.config().identity.hub_owner, "me");
    assert_eq!(k.view.config().identity.hub_desc, "");
    k.say(boss, "boss", "!reload");
    assert!(!k.got(boss).contains("changed: hub_owner"));
    k.quiet();
}

#[test]
fn the_settings_of_plugins_are_shown() {
    let (mut k, _, boss) = hub();
    for (pattern, shows) in [
        ("plugins", "\r\npi_a.x = 1\r\npi_b.y = 2&#124;3"),
        ("pi_a", "\r\npi_a.x = 1"),
        ("PI_*.Y", "\r\npi_b.y = 2&#124;3"),
        ("pi_c", "No settings of pi_c are stored."),
    ] {
        k.say(boss, "boss", &format!("!getconfig {pattern}"));
        k.expect(boss, &format!("<Viperhub> {shows}|"));
    }
    k.store_fails = true;
    k.say(boss, "boss", "!gc plugins");
    k.expect_in(boss, "<Viperhub> The settings cannot be read now.|");
    k.quiet();
}

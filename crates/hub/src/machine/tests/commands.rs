use super::*;
use crate::hooks::{Event, Hook};
use crate::io::Call;

#[test]
fn hooks_of_a_command_come_in_the_documented_order() {
    let mut k = Kit::new();
    k.register("op", 3);
    let (a, op) = (k.login("a"), k.login("op"));
    k.hook(&[
        Hook::UserCommand,
        Hook::OperatorCommand,
        Hook::HubCommand,
        Hook::ParsedMsgChat,
    ]);
    k.say(a, "a", "+nothing here");
    let event = k.allow();
    assert!(matches!(event, Event::UserCommand { command, .. } if command == "+nothing here"));
    let Event::HubCommand {
        command,
        user_class,
        in_pm,
        prefix,
        ..
    } = k.allow()
    else {
        panic!("not OnHubCommand")
    };
    assert_eq!(
        (&command[..], &prefix[..]),
        (&b"nothing here"[..], &b"+"[..])
    );
    assert_eq!((user_class, in_pm), (0, 0));
    let event = k.allow();
    assert!(matches!(event, Event::ParsedMsgChat { message, .. } if message == "+nothing here"));
    k.expect(
        a,
        "<Viperhub> There is no command +nothing here, try +help.|",
    );
    k.say(op, "op", "!myip");
    assert_eq!(k.allow().hook(), Hook::OperatorCommand);
    assert_eq!(k.allow().hook(), Hook::HubCommand);
    k.expect_in(op, "Your address is");
    k.quiet();
}

#[test]
fn a_script_that_says_no_handles_the_command() {
    for hook in [Hook::UserCommand, Hook::HubCommand, Hook::ParsedMsgChat] {
        let mut k = Kit::new();
        let a = k.login("a");
        k.hook(&[hook]);
        k.say(a, "a", "+stats");
        k.block();
        k.expect(a, "");
        k.quiet();
    }
}

#[test]
fn unknown_commands_can_be_chat() {
    let mut k = Kit::with(&[("unknown_cmd_chat", "1")]);
    let a = k.login("a");
    k.say(a, "a", "!wow");
    k.expect(a, "<a> !wow|");
}

#[test]
fn commands_by_private_message_are_answered_there() {
    let mut k = Kit::new();
    let a = k.login("a");
    k.send(a, "$To: Viperhub From: a $<a> +myip");
    k.expect(
        a,
        "$To: a From: Viperhub $<Viperhub> Your address is 80.0.0.1.\r\n\
         TLS to the hub: no\r\nTLS to others: no\r\nNAT traversal: no|",
    );
    k.send(a, "$To: Viperhub From: a $<a> +wow");
    k.expect(
        a,
        "$To: a From: Viperhub $<Viperhub> There is no command +wow, try +help.|",
    );
    k.send(a, "$To: Viperhub From: a $<a> hello");
    k.expect_in(a, "I am a bot");
}

#[test]
fn who_may_not_learns_nothing_of_operators_commands() {
    let mut k = Kit::with(&[("disable_me_cmd", "1")]);
    k.register("op", 3);
    let (a, op) = (k.login("a"), k.login("op"));
    k.say(a, "a", "!kick op x");
    k.expect_in(a, "There is no command !kick");
    k.say(op, "op", "!set hub_name x");
    k.expect(op, "<Viperhub> You need class 5 for set.|");
    k.say(a, "a", "+me waves");
    k.expect(a, "<Viperhub> +me is turned off.|");
    k.say(a, "a", "+help");
    let help = k.got(a);
    assert!(help.contains("+myip") && !help.contains("kick"), "{help}");
    let mut k = Kit::with(&[("disable_usr_cmds", "1")]);
    let a = k.login("a");
    k.say(a, "a", "+help");
    k.expect(a, "<Viperhub> User commands are turned off.|");
}

#[test]
fn me_is_said_to_all() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.say(a, "a", "+me waves");
    k.expect(b, "** a waves|");
}

#[test]
fn scripts_run_commands_for_users() {
    let mut k = Kit::new();
    let a = k.login("a");
    let parse = |command: &'static str| Call::ParseCommand {
        nick: "a".into(),
        command: command.into(),
        pm: false,
    };
    assert!(k.call(parse("+myip")));
    k.expect_in(a, "Your address is");
    assert!(!k.call(parse("+wow")));
    assert!(!k.call(parse("no command")));
    // The user is not held up by a command he did not type, nor let go by its answer.
    k.hook(&[Hook::ParsedMsgChat, Hook::UserCommand]);
    k.say(a, "a", "one");
    k.say(a, "a", "two");
    let call = k.begin(parse("+myip"));
    assert!(k.answered(call).is_none());
    let (ask, _) = k.asks.pop_back().unwrap();
    let verdict = crate::hooks::Verdict::ALLOW;
    k.input(crate::io::Input::Verdict { ask, verdict });
    assert!(k.answered(call).is_some());
    assert_eq!(k.hub.waiting(), (1, 1));
    k.allow();
    k.allow();
    k.expect_in(a, "<a> one|<a> two|");
}

#[test]
fn the_script_engine_has_its_own_commands() {
    let mut k = Kit::new();
    k.register("boss", 5);
    let (a, boss) = (k.login("a"), k.login("boss"));
    k.hook(&[Hook::OperatorCommand]);
    k.say(boss, "boss", "!pyload x.py");
    k.expect(boss, "<Viperhub> Load(b\"x.py\")|");
    k.say(boss, "boss", "!pystat");
    k.expect(boss, "<Viperhub> Stat|");
    k.say(boss, "boss", "!pyresume x");
    k.expect(boss, "<Viperhub> Resume(b\"x\")|");
    k.say(a, "a", "!pyload x.py");
    k.expect_in(a, "There is no command");
}

#[test]
fn whose_connection_is_encrypted_is_seen() {
    let mut k = Kit::new();
    k.register("op", 3);
    let op = k.login("op");
    k.login("plain");
    let safe = k.connect_over("80.0.0.200", crate::io::Tls::V1_3);
    k.finish_login(safe, "safe", "", &info("safe"));
    k.say(op, "op", "!whotls 1.3");
    k.expect_in(op, "1 user has 1.3:\r\nsafe: 1.3");
    k.say(op, "op", "!whotls no");
    k.expect_in(op, "2 users have no:");
    k.say(safe, "safe", "+myip");
    k.expect_in(safe, "1.3");
}

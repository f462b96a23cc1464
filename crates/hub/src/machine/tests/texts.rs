//! A text is never a message, whoever wrote it. That no message is more or less than what was meant
//! is looked at by the kit, whatever is tested.

use super::*;
use crate::io::Call;

/// What forges a message where texts are not escaped.
const FORGED: &str = "x|$Quit victim|y";
const SHOWN: &str = "x&#124;$Quit victim&#124;y";

fn frames(got: &str) -> Vec<String> {
    let got = got.strip_suffix('|').expect("messages end");
    got.split('|').map(str::to_owned).collect()
}

#[test]
fn help_is_one_message() {
    for class in [0, 3, 10] {
        let mut k = Kit::new();
        if class > 0 {
            k.register("u", class);
        }
        let u = k.login("u");
        for ask in [
            "+help",
            "!help ban",
            "!commands",
            "!htrigger",
            "!hredirect",
            "!hclient",
        ] {
            k.got(u);
            k.say(u, "u", ask);
            let got = k.got(u);
            assert_eq!(frames(&got).len(), 1, "{ask} of class {class}: {got}");
            assert!(got.starts_with("<Viperhub> "), "{ask}: {got}");
        }
    }
}

#[test]
fn the_reason_of_a_ban_is_shown_as_it_is() {
    let mut k = Kit::new();
    k.register("op", 5);
    let op = k.login("op");
    k.login("zed");
    k.got(op);
    assert!(k.call(Call::Ban {
        op: "anybody".into(),
        nick: "zed".into(),
        reason: FORGED.into(),
        seconds: 600,
        kind: 4,
    }));
    k.got(op);
    k.say(op, "op", "!lstban");
    let got = k.got(op);
    assert_eq!(frames(&got).len(), 1, "{got}");
    assert!(got.contains(SHOWN), "{got}");
}

#[test]
fn a_robot_has_one_row_in_the_list() {
    let mut k = Kit::new();
    let a = k.login_as("a", "BotList NoGetINFO", &info("a"));
    k.got(a);
    let field = || FORGED.into();
    assert!(k.call(Call::AddRobot {
        nick: "Bot".into(),
        class: 3,
        fields: [field(), field(), field(), field()],
    }));
    let shown = SHOWN.replace('$', "&#36;");
    let line = format!("$MyINFO $ALL Bot {shown}$ ${shown}\x01${shown}${shown}$|");
    k.expect(a, &format!("{line}$OpList Bot$$|$BotList Bot$$|"));
    k.tick(61);
    k.got(a);
    k.send(a, "$GetNickList");
    k.expect_in(a, &line);
}

#[test]
fn settings_stay_in_their_fields() {
    let mut k = Kit::new();
    k.register("boss", 10);
    let c = k.connect();
    k.got(c);
    for name in [
        "hub_name",
        "hub_desc",
        "hub_owner",
        "hub_category",
        "hub_host",
        "hub_icon_url",
        "hub_logo_url",
        "hub_failover_hosts",
        "hub_topic",
        "msg_welcome_guest",
    ] {
        k.set(name, "a$b|$Quit victim");
    }
    k.finish_login(
        c,
        "guest",
        "BotINFO HubINFO FailOver HubTopic",
        &info("guest"),
    );
    k.send(c, "$BotINFO me");
    let got = k.got(c);
    let hub_info = frames(&got)
        .into_iter()
        .find(|f| f.starts_with("$HubINFO "));
    let hub_info = hub_info.expect("told");
    assert_eq!(hub_info.split('$').count() - 1, 11, "{hub_info}");
    for frame in frames(&got) {
        assert!(!frame.starts_with("$Quit"), "{got}");
        assert!(frame.is_empty() || frame.starts_with(['$', '<']), "{frame}");
    }
    k.set("hub_topic", "c$d|$Quit victim");
    let topic = "c$d&#124;$Quit victim";
    k.expect_in(
        c,
        &format!("$HubName a$b&#124;$Quit victim - {topic}|$HubTopic {topic}|"),
    );
}

#[test]
fn who_kicks_is_no_message() {
    let mut k = Kit::with(&[("hide_all_kicks", "0")]);
    k.register("boss", 10);
    let (boss, a) = (k.login("boss"), k.login("a"));
    k.say(boss, "boss", "!kick a x&#124;y");
    k.expect_in(a, "boss is kicking a because: x&#124;y|");
}

#[test]
fn what_is_escaped_already_is_not_escaped_again() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    k.got(b);
    k.say(a, "a", "1 &#124; 2 &#36; 3 $ 4");
    k.expect(b, "<a> 1 &#124; 2 &#36; 3 $ 4|");
}

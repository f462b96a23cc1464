use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{Call, Input, ScriptId};

fn robot(nick: &'static str, class: i64) -> Call {
    Call::AddRobot {
        nick: nick.into(),
        class,
        fields: ["a bot".into(), "fast\x01".into(), "m".into(), "5".into()],
    }
}

#[test]
fn bots_come_and_go() {
    let mut k = Kit::new();
    let a = k.login_as("a", "BotList", &info("a"));
    assert!(k.call(robot("Bot", 3)));
    k.expect(
        a,
        "$MyINFO $ALL Bot a bot$ $fast\x01$m$5$|$OpList Bot$$|$BotList Bot$$|",
    );
    for bad in ["bOT", "a", "opchat", "", "x y"] {
        assert!(!k.call(robot(bad, 0)), "{bad}");
    }
    k.tick(61);
    k.got(a);
    k.send(a, "$GetNickList");
    k.expect_in(a, "$NickList OpChat$$Viperhub$$a$$Bot$$|");
    k.hook(&[Hook::ParsedMsgPM]);
    k.send(a, "$To: Bot From: a $<a> hi");
    assert!(matches!(k.allow(), Event::ParsedMsgPM { to_nick, .. } if to_nick == "Bot"));
    k.unhook();
    assert!(!k.call(Call::DelRobot {
        nick: "OpChat".into()
    }));
    assert!(k.call(Call::DelRobot { nick: "bot".into() }));
    k.expect(a, "$Quit Bot|");
    assert!(!k.call(Call::DelRobot { nick: "bot".into() }));
}

#[test]
fn bots_go_with_their_script() {
    let mut k = Kit::new();
    let a = k.login("a");
    assert!(k.call(robot("x", 0)) && k.call(robot("w", 0)));
    k.got(a);
    k.input(Input::ScriptGone(ScriptId(2)));
    k.expect(a, "");
    k.input(Input::ScriptGone(ScriptId(1)));
    k.expect(a, "$Quit w|$Quit x|");
    assert!(k.view.user(b"x").is_none());
}

#[test]
fn a_bot_takes_the_nick_of_a_login_under_way() {
    let mut k = Kit::new();
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick bot|$Version 1");
    assert!(k.call(robot("bot", 0)));
    k.got(c);
    k.send(c, &info("bot"));
    k.expect_in(c, "$ValidateDenide bot|");
    assert!(k.closed(c));
    assert!(k.view.user(b"bot").unwrap().bot);
}

#[test]
fn bots_speak_in_main_chat() {
    let mut k = Kit::new();
    k.register("op", 3);
    let (a, op) = (k.login("a"), k.login("op"));
    k.hook(&[Hook::PublicBotMessage]);
    k.got(op);
    let say = |min, max| Call::BotChat {
        from: "Bot".into(),
        text: "hi".into(),
        min,
        max,
    };
    assert!(k.call(say(3, 10)));
    k.expect(a, "");
    k.expect(op, "<Bot> hi|");
    let told = k.told.pop().unwrap();
    assert!(matches!(
        told,
        Event::PublicBotMessage {
            min_class: 3,
            max_class: 10,
            ..
        }
    ));
}

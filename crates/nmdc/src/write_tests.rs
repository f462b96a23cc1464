use super::*;
use crate::wire::Wire;

/// What `append` writes after something that was there before.
fn wire(append: impl FnOnce(&mut WireBuf)) -> String {
    let mut out = WireBuf::new();
    out.append(&Wire::forward(b"before"));
    append(&mut out);
    let out = out.finish();
    assert_eq!(out.messages(), 2, "one message is written");
    let text = String::from_utf8(out.to_vec()).expect("tests write ASCII");
    text.strip_prefix("before|")
        .expect("nothing overwritten")
        .to_owned()
}

#[test]
fn writes_the_plain_messages() {
    assert_eq!(wire(ping), "|");
    assert_eq!(wire(get_pass), "$GetPass|");
    assert_eq!(wire(bad_pass), "$BadPass|");
    assert_eq!(wire(get_hub_url), "$GetHubURL|");
    assert_eq!(wire(hub_is_full), "$HubIsFull|");
    assert_eq!(wire(|o| hello(b"n", o)), "$Hello n|");
    assert_eq!(wire(|o| loged_in(b"n", o)), "$LogedIn n|");
    assert_eq!(wire(|o| validate_denide(b"n", o)), "$ValidateDenide n|");
    assert_eq!(wire(|o| quit(b"n", o)), "$Quit n|");
    assert_eq!(wire(|o| force_move(b"x:411", o)), "$ForceMove x:411|");
    assert_eq!(wire(|o| hub_topic(b"t", o)), "$HubTopic t|");
    assert_eq!(wire(|o| error(b"CTM2HUB", o)), "$Error CTM2HUB|");
    assert_eq!(
        wire(|o| lock(b"EXT_1234", b"Viperhub", o)),
        "$Lock EXT_1234 Pk=Viperhub|"
    );
    assert_eq!(wire(|o| hub_name(b"h", None, o)), "$HubName h|");
    assert_eq!(wire(|o| hub_name(b"h", Some(b"t"), o)), "$HubName h - t|");
}

#[test]
fn writes_the_talk() {
    assert_eq!(wire(|o| chat(b"n", b"hi", o)), "<n> hi|");
    assert_eq!(
        wire(|o| private(b"you", b"room", b"me", b"hi", o)),
        "$To: you From: room $<me> hi|"
    );
    assert_eq!(
        wire(|o| mcto(b"you", b"me", b"hi", o)),
        "$MCTo: you $me hi|"
    );
    assert_eq!(
        wire(|o| connect_to_me(b"you", b"1.2.3.4", b"5", b"S", o)),
        "$ConnectToMe you 1.2.3.4:5S|"
    );
    assert_eq!(
        wire(|o| rev_connect_to_me(b"me", b"you", o)),
        "$RevConnectToMe me you|"
    );
}

#[test]
fn writes_the_lists() {
    let none: [&str; 0] = [];
    assert_eq!(wire(|o| supports(["A", "B"], o)), "$Supports A B |");
    assert_eq!(wire(|o| supports(none, o)), "$Supports |");
    assert_eq!(wire(|o| op_list(["a", "b"], o)), "$OpList a$$b$$|");
    assert_eq!(wire(|o| op_list(none, o)), "$OpList |");
    assert_eq!(wire(|o| nick_list(["a"], o)), "$NickList a$$|");
    assert_eq!(wire(|o| bot_list(["a"], o)), "$BotList a$$|");
    assert_eq!(
        wire(|o| user_ip([("a", "1.1.1.1"), ("b", "2.2.2.2")], o)),
        "$UserIP a 1.1.1.1$$b 2.2.2.2$$|"
    );
    assert_eq!(
        wire(|o| users_with_ip(b"1.1.1.1", ["a", "b"], o)),
        "$UsersWithIP 1.1.1.1$$$a$$b|"
    );
    assert_eq!(wire(|o| hub_info(["n", "", "d"], o)), "$HubINFO n$$d|");
}

#[test]
fn writes_the_rules() {
    assert_eq!(wire(|o| bad_nick(&BadNick::Max(64), o)), "$BadNick Max 64|");
    assert_eq!(wire(|o| bad_nick(&BadNick::Min(1), o)), "$BadNick Min 1|");
    assert_eq!(
        wire(|o| bad_nick(&BadNick::Char(b"<>"), o)),
        "$BadNick Char 60 62|"
    );
    assert_eq!(wire(|o| bad_nick(&BadNick::Pref(b""), o)), "$BadNick Pref|");
    assert_eq!(
        wire(|o| bad_nick(&BadNick::Pref(b"[a] [b]"), o)),
        "$BadNick Pref [a] [b]|"
    );
    let mut rule = NickRule {
        min: 1000,
        max: 64,
        chars: b"<>\r\n",
        prefixes: b"",
    };
    assert_eq!(
        wire(|o| nick_rule(&rule, o)),
        "$NickRule Min 255$$Max 64$$Char 60 62 13 10$$|"
    );
    rule.prefixes = b"[a]";
    assert_eq!(
        wire(|o| nick_rule(&rule, o)),
        "$NickRule Min 255$$Max 64$$Char 60 62 13 10$$Pref [a]$$|"
    );
    let mut rule = SearchRule {
        min: 4,
        max: 256,
        num: 1,
        int: -1,
        int_pas: 0,
        share: None,
    };
    assert_eq!(
        wire(|o| search_rule(&rule, o)),
        "$SearchRule Min 4$$Max 256$$Num 1$$Int -1$$IntPas 0|"
    );
    rule.share = Some(u64::MAX);
    rule.int_pas = i64::MIN;
    assert_eq!(
        wire(|o| search_rule(&rule, o)),
        "$SearchRule Min 4$$Max 256$$Num 1$$Int -1$$IntPas -9223372036854775808$$Share 18446744073709551615|"
    );
}

/// Every writer with a hostile text in each place: one message, and the fields it shall have.
#[test]
fn no_text_ends_a_message_or_a_field() {
    const BAD: &[u8] = b"a|$Quit b$|\n";
    const SAFE: &str = "a&#124;&#36;Quit b&#36;&#124; ";
    const TEXT: &str = "a&#124;$Quit b$&#124;\n";
    type Write = fn(&mut WireBuf);
    let cases: [(Write, String); 27] = [
        (|o| hello(BAD, o), format!("$Hello {SAFE}|")),
        (|o| loged_in(BAD, o), format!("$LogedIn {SAFE}|")),
        (
            |o| validate_denide(BAD, o),
            format!("$ValidateDenide {SAFE}|"),
        ),
        (|o| quit(BAD, o), format!("$Quit {SAFE}|")),
        (|o| force_move(BAD, o), format!("$ForceMove {SAFE}|")),
        (|o| hub_topic(BAD, o), format!("$HubTopic {TEXT}|")),
        (|o| fail_over(BAD, o), format!("$FailOver {SAFE}|")),
        (|o| error(BAD, o), format!("$Error {TEXT}|")),
        (|o| set_icon(BAD, o), format!("$SetIcon {SAFE}|")),
        (|o| set_logo(BAD, o), format!("$SetLogo {SAFE}|")),
        (|o| user_command(BAD, o), format!("$UserCommand {TEXT}|")),
        (|o| lock(BAD, BAD, o), format!("$Lock {TEXT} Pk={TEXT}|")),
        (|o| supports([BAD], o), format!("$Supports {SAFE} |")),
        (
            |o| hub_name(BAD, Some(BAD), o),
            format!("$HubName {TEXT} - {TEXT}|"),
        ),
        (|o| chat(BAD, BAD, o), format!("<{TEXT}> {TEXT}|")),
        (|o| action(BAD, BAD, o), format!("** {TEXT} {TEXT}|")),
        (|o| remark(b"$Quit b|", o), " $Quit b&#124;|".into()),
        (
            |o| private(BAD, BAD, BAD, BAD, o),
            format!("$To: {SAFE} From: {SAFE} $<{TEXT}> {TEXT}|"),
        ),
        (
            |o| mcto(BAD, BAD, BAD, o),
            format!("$MCTo: {SAFE} ${SAFE} {TEXT}|"),
        ),
        (
            |o| connect_to_me(BAD, BAD, BAD, BAD, o),
            format!("$ConnectToMe {SAFE} {TEXT}:{TEXT}{TEXT}|"),
        ),
        (
            |o| rev_connect_to_me(BAD, BAD, o),
            format!("$RevConnectToMe {SAFE} {SAFE}|"),
        ),
        (
            |o| op_list([BAD, BAD], o),
            format!("$OpList {SAFE}$${SAFE}$$|"),
        ),
        (
            |o| user_ip([(BAD, BAD)], o),
            format!("$UserIP {SAFE} {SAFE}$$|"),
        ),
        (
            |o| users_with_ip(BAD, [BAD, BAD], o),
            format!("$UsersWithIP {SAFE}$$${SAFE}$${SAFE}|"),
        ),
        (
            |o| hub_info([BAD, BAD], o),
            format!("$HubINFO {SAFE}${SAFE}|"),
        ),
        (
            |o| bad_nick(&BadNick::Pref(BAD), o),
            format!("$BadNick Pref {SAFE}|"),
        ),
        (
            |o| {
                let rule = NickRule {
                    min: 1,
                    max: 2,
                    chars: b"",
                    prefixes: BAD,
                };
                nick_rule(&rule, o);
            },
            format!("$NickRule Min 1$$Max 2$$Char$$Pref {SAFE}$$|"),
        ),
    ];
    for (write, expected) in cases {
        assert_eq!(wire(write), expected);
    }
}

#[test]
fn a_remark_is_no_message_of_another_kind() {
    assert_eq!(wire(|o| remark(b"op is kicking a", o)), "op is kicking a|");
    assert_eq!(wire(|o| remark(b"<op> hi", o)), " <op> hi|");
    assert_eq!(wire(|o| remark(b"", o)), "|");
}

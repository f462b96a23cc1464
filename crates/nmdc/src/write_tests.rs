use super::*;

/// What `append` writes after something that was there before.
fn wire(append: impl FnOnce(&mut BytesMut)) -> String {
    let mut out = BytesMut::from(&b"before|"[..]);
    append(&mut out);
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

#[test]
fn ensures_the_pipe() {
    assert_eq!(wire(|o| ensure_pipe(b"<a> b", o)), "<a> b|");
    assert_eq!(wire(|o| ensure_pipe(b"<a> b|", o)), "<a> b|");
    assert_eq!(wire(|o| ensure_pipe(b"", o)), "");
}

//! Scripts that control the hub: every message, restrictions, bans, drops, commands to one another.

mod kit;

use kit::{Client, Hub, PASSWORD, Probe, Who, until};

#[test]
fn every_message_reaches_the_scripts_first() {
    let hub = Hub::setup()
        .probe(&["OnParsedMsgAny", "OnParsedMsgAnyEx"])
        .start();
    let mut boss = Probe::login(&hub);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    boss.is(
        "[a[1] for n, a in calls if n == 'OnParsedMsgAnyEx'][-1]",
        "'$ValidateNick bob'",
    );
    boss.is("('ann', '$GetNickList') in [a for n, a in calls]", "True");
    boss.answer(
        "OnParsedMsgAny",
        "lambda nick, data: 0 if 'secret' in data else 1",
    );
    ann.chat("one");
    ann.chat("a secret");
    ann.chat("two");
    bob.expect_exact("<ann> one");
    bob.expect_exact("<ann> two");
    bob.expect_none("secret");
    boss.answer(
        "OnParsedMsgAnyEx",
        "lambda ip, data: ('<Guard> not you', 0) if 'eve' in data else 1",
    );
    let mut eve = Client::connect(&hub);
    eve.send("$Supports NoHello ");
    eve.send("$ValidateNick eve");
    assert!(eve.expect_closed().contains("<Guard> not you"));
}

#[test]
fn what_clients_tell_of_themselves() {
    let hooks = [
        "OnParsedMsgMyHubURL",
        "OnParsedMsgExtJSON",
        "OnParsedMsgBotINFO",
        "OnCtmToHub",
    ];
    let hub = Hub::setup()
        .set("disable_extjson", 0)
        .set("hub_owner", "me")
        .probe(&hooks)
        .start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login_as(Who::new("ann").supports("HubURL ExtJSON2"));
    let mut bob = hub.login_as(Who::new("bob").supports("ExtJSON2"));
    ann.send("$MyHubURL dchub://Here:411/");
    ann.send("$ExtJSON ann {\"a\":1}");
    bob.expect_exact("$ExtJSON ann {\"a\":1}");
    boss.is(
        "vh.GetUserHubURL('ann'), vh.GetUserExtJSON('ann')",
        r#"('here', '$ExtJSON ann {"a":1}')"#,
    );
    assert_eq!(
        boss.calls("OnParsedMsgMyHubURL"),
        "[('ann', '$MyHubURL dchub://Here:411/')]"
    );
    assert_eq!(
        boss.calls("OnParsedMsgExtJSON"),
        r#"[('ann', '$ExtJSON ann {"a":1}')]"#
    );
    let mut pinger = Client::connect(&hub);
    pinger.raw("$Supports BotINFO |$Key x|$ValidateNick pinger|$BotINFO hello|");
    let told = pinger.expect("$HubINFO ");
    assert!(told.contains("$me$"), "{told}");
    assert_eq!(
        boss.calls("OnParsedMsgBotINFO"),
        "[('pinger', '$BotINFO hello')]"
    );
    boss.is("vh.GetUserClass('pinger')", "-1");
    let mut lost = Client::connect(&hub);
    lost.raw("$MyNick victim|$Lock EXTENDEDPROTOCOLx Pk=y Ref=dchub://evil|");
    assert!(lost.expect_closed().contains("$Error CTM2HUB"));
    let (own, port) = (lost.port(), hub.address().port());
    assert_eq!(
        boss.calls("OnCtmToHub"),
        format!("[('victim', '127.0.0.1', {own}, {port}, 'dchub://evil')]")
    );
}

#[test]
fn scripts_take_rights_and_give_them_back() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let denied = "{'chat': True, 'pm': False, 'search': False, 'ctm': False}";
    boss.is("vh.UserRestrictions('ann', nochat='5m')", denied);
    ann.chat("hello");
    ann.expect("You may not write in main chat for another");
    ann.pm("bob", "psst");
    bob.expect("psst");
    bob.expect_none("<ann> hello");
    boss.is("vh.UserRestrictions('ann', chat='0', pm='1')['pm']", "True");
    ann.chat("hello again");
    bob.expect_exact("<ann> hello again");
    ann.pm("bob", "whisper");
    ann.expect("You may not write private messages");
    bob.expect_none("whisper");
    boss.is(
        "vh.UserRestrictions('nobody', '1'), vh.UserRestrictions('ann', 'soon')",
        "({}, {})",
    );
}

#[test]
fn scripts_and_operators_ban() {
    let hooks = [
        "OnNewBan",
        "OnNewReg",
        "OnOperatorDrops",
        "OnOperatorDropsWithReason",
    ];
    let hub = Hub::setup().user("op", 3, PASSWORD).probe(&hooks).start();
    let mut boss = Probe::login(&hub);
    let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
    boss.is("vh.Ban('boss', 'ann', 'bad', 0, vh.eBF_NICK)", "True");
    assert!(
        ann.expect_closed()
            .contains("You are banned from this hub.")
    );
    let mut ann = Client::connect(&hub);
    ann.raw("$Supports |$Key x|$ValidateNick ANN|");
    assert!(ann.expect_closed().contains("Reason: bad"));
    boss.is(
        "vh.Ban('boss', 'nobody', 'bad', 0, vh.eBF_NICK), vh.Ban('boss', 'op', 'bad', 0, 3)",
        "(False, False)",
    );
    let refused = boss.eval("vh.Ban('boss', 'op', 'bad', 0, vh.eBF_HOST1)");
    assert!(
        refused.starts_with("ValueError: vh.Ban() argument 5 (ban_type)"),
        "{refused}"
    );
    assert_eq!(boss.calls("OnNewBan"), "[]");
    op.chat("!unban ann");
    op.expect("1 ban lifted.");
    let mut ann = hub.login("ann");
    boss.answer("OnNewBan", "0");
    op.chat("!bannick_5m ann swears");
    op.expect("A script refused the ban.");
    assert_eq!(boss.calls("OnNewBan"), "[('op', '', 'ann', 'swears')]");
    boss.answer("OnOperatorDrops", "0");
    op.chat("!drop ann for now");
    op.fence();
    ann.fence();
    assert_eq!(boss.calls("OnOperatorDrops"), "[('op', 'ann')]");
    assert_eq!(
        boss.calls("OnOperatorDropsWithReason"),
        "[('op', 'ann', 'for now')]"
    );
    boss.answer("OnNewReg", "0");
    boss.client.chat("!regnew ann 2 secret");
    boss.client
        .expect("A script refused to have ann registered.");
    assert_eq!(boss.calls("OnNewReg"), "[('boss', 'ann', 2)]");
    boss.answer("OnOperatorDrops", "1");
    op.chat("!drop ann for now");
    ann.expect_closed();
}

#[test]
fn scripts_command_one_another() {
    let other = "import vh\ndef OnScriptCommand(cmd, data, plugin, script):\n    if cmd == 'say': vh.mc(data + ' by ' + plugin)\n";
    let hub = Hub::setup()
        .probe(&["OnScriptCommand"])
        .script("other.py", other)
        .start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.ScriptCommand('say', 'hello'), vh.ScriptCommand('say', 'at once', 1)",
        "(True, True)",
    );
    // The other script answers from a thread of its own, so its lines may come before or after
    // the probe's: only their own order is sure.
    until(|| boss.eval("len([a for n, a in calls])") == "2");
    until(|| {
        boss.client.fence();
        boss.client.history().contains("hello by python")
    });
    let said = boss.client.history();
    let at = |text: &str| said.find(text).expect("it came");
    assert!(at("at once by python") < at("hello by python"), "{said}");
    boss.is("all(a[3] == vh.path for n, a in calls)", "True");
    boss.exec("calls.clear()");
    boss.client.chat("!set opchat_name Ops");
    boss.client.expect("OpChat -> Ops");
    assert_eq!(
        boss.calls("OnScriptCommand"),
        "[('_opchat_name_change', 'Ops', '', '')]"
    );
    boss.is(
        "vh.GetIPCN('127.0.0.1'), vh.SetUserIP('boss', '10.0.0.1'), vh.GetUserCC('boss')",
        "('Local Network', True, 'P1')",
    );
}

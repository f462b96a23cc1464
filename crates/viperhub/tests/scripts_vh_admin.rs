//! The `vh` functions that change things: settings, topic, registrations, kicks, bots, the database.

mod kit;

use kit::{Client, Hub, PASSWORD, Probe, Who, until};

#[test]
fn get_config_in_every_form() {
    let hub = Hub::setup().set("hub_name", "Den").probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is("vh.GetConfig('hub_name')", "'Den'");
    boss.is("vh.GetConfig('config', 'hub_name')", "'Den'");
    boss.is("vh.GetConfig(vh.config_name, 'hub_name', 'x')", "'Den'");
    boss.is("vh.GetConfig('config', 'hub_topic')", "''");
    boss.is("vh.GetConfig('config', 'max_users')", "'6000'");
    boss.is("vh.GetConfig('config', 'no_such_variable')", "None");
    boss.is(
        "vh.GetConfig('config', 'no_such_variable', 'default')",
        "'default'",
    );
    boss.is(
        "vh.GetConfig('pi_mine', 'var'), vh.GetConfig('pi_mine', 'var', 'd')",
        "(None, 'd')",
    );
}

#[test]
fn set_config_holds_and_is_kept() {
    let hub = Hub::setup().probe(&["OnSetConfig"]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is(
        "vh.SetConfig('hub_name', 'Den'), vh.GetConfig('hub_name')",
        "(True, 'Den')",
    );
    ann.expect("$HubName Den");
    assert_eq!(
        boss.calls("OnSetConfig"),
        "[('Viperhub', 'config', 'hub_name', 'Den', 'Viperhub', 12)]"
    );
    boss.is(
        "vh.SetConfig('config', 'max_chat_msg', 5), vh.GetConfig('max_chat_msg')",
        "(True, '5')",
    );
    ann.chat("longer than five");
    ann.expect("longer than 5 bytes");
    boss.is("vh.SetConfig('no_such_variable', 'x')", "False");
    boss.is(
        "vh.SetConfig('config', 'max_users', 'many'), vh.GetConfig('max_users')",
        "(False, '6000')",
    );
    boss.is(
        "vh.SetConfig('pi_mine', 'var', 'value'), vh.GetConfig('pi_mine', 'var')",
        "(True, 'value')",
    );
    boss.answer("OnSetConfig", "0");
    boss.is(
        "vh.SetConfig('hub_name', 'Other'), vh.GetConfig('hub_name')",
        "(False, 'Den')",
    );
    hub.signal("KILL");
    let hub = hub.restart();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.GetConfig('hub_name'), vh.GetConfig('pi_mine', 'var')",
        "('Den', 'value')",
    );
}

#[test]
fn topic() {
    let hub = Hub::setup().set("hub_name", "Den").probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is("vh.Topic()", "''");
    boss.is("vh.Topic('Cobras')", "'Cobras'");
    ann.expect_exact("$HubName Den - Cobras");
    ann.expect_exact("$HubTopic Cobras");
    boss.is("vh.Topic()", "'Cobras'");
    boss.is("vh.Topic('x' * 1024)", "'Cobras'");
    boss.is("vh.Topic('')", "''");
    ann.expect_exact("$HubName Den");
}

#[test]
fn name_and_version() {
    let hub = Hub::setup().set("hub_name", "Den").probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is("vh.name_and_version().startswith('Den ')", "True");
    boss.is("vh.name_and_version('Probe', '2.0')", "('Probe', '2.0')");
    boss.is("vh.name_and_version(version='2.1')", "('Probe', '2.1')");
}

#[test]
fn registrations() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    let mut bob = hub.login("bob");
    boss.is(&format!("vh.AddRegUser('ann', 3, '{PASSWORD}')"), "True");
    ann.expect("registered");
    bob.expect_exact("$OpList ann$$");
    boss.is(
        "vh.GetUserClass('ann'), 'ann' in vh.GetOpList()",
        "(3, True)",
    );
    boss.is("vh.AddRegUser('ann', 1, 'x'), vh.AddRegUser('carl', 10, 'x'), vh.AddRegUser('', 1, 'x'), vh.AddRegUser('a b', 1, 'x')", "(False, False, False, False)");
    boss.is(
        "vh.SetRegClass('ann', 1), vh.GetUserClass('ann'), 'ann' in vh.GetOpList()",
        "(True, 1, False)",
    );
    bob.expect_exact("$Quit ann");
    bob.expect("$MyINFO $ALL ann ");
    boss.is(
        "vh.SetRegClass('ann', 1), vh.SetRegClass('nobody', 1), vh.SetRegClass('ann', 7)",
        "(False, False, False)",
    );
    drop(ann);
    let mut ann = hub.login_reg("ann");
    boss.is("vh.DelRegUser('ann'), vh.GetUserClass('ann')", "(True, 0)");
    ann.expect("registration was removed");
    boss.is(
        "vh.DelRegUser('ann'), vh.DelRegUser('boss')",
        "(False, False)",
    );
    // Somebody who is not online, with a note or an operator.
    boss.is(
        &format!("vh.AddRegUser('dora', 5, '{PASSWORD}', 'boss')"),
        "True",
    );
    boss.is(
        "vh.SQL(\"SELECT reg_op FROM reglist WHERE nick = 'dora'\")",
        "(1, [['boss']])",
    );
    let dora = hub.login_reg("dora");
    assert!(dora.history().contains("$LogedIn dora"));
    // Without a password the user sets one.
    boss.is("vh.AddRegUser('emil', 1)", "True");
    let mut emil = Client::connect(&hub);
    let who = Who::new("emil");
    emil.handshake(&who);
    emil.introduce(&who);
    emil.expect("$GetPass");
}

#[test]
fn kick_user() {
    let hub = Hub::setup()
        .set("tban_kick", 600)
        .probe(&["OnOperatorKicks"])
        .start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is(
        "vh.KickUser('boss', 'nobody', 'reason'), vh.KickUser('nobody', 'ann', 'reason')",
        "(False, False)",
    );
    boss.is("vh.KickUser('boss', 'boss', 'reason')", "False");
    boss.answer("OnOperatorKicks", "0");
    boss.is(
        "vh.KickUser('boss', 'ann', 'no reason'), vh.GetUserClass('ann')",
        "(False, 0)",
    );
    boss.answer("OnOperatorKicks", "1");
    boss.calls("OnOperatorKicks");
    boss.is(
        "vh.KickUser('boss', 'ann', 'no snakes'), vh.GetUserClass('ann')",
        "(True, -2)",
    );
    assert_eq!(
        boss.calls("OnOperatorKicks"),
        "[('boss', 'ann', 'no snakes')]"
    );
    let got = ann.expect_closed();
    assert!(
        got.contains(
            "$To: ann From: Viperhub $<Viperhub> You are being kicked by boss because: no snakes"
        ),
        "{got}"
    );
    assert!(
        Client::connect(&hub)
            .expect_closed()
            .contains("kept out for 10 minutes: no snakes")
    );
}

#[test]
fn kick_user_with_redirect_time_and_a_bot_as_operator() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is(
        "vh.KickUser('Viperhub', 'ann', 'go elsewhere', 'other.hub:411')",
        "True",
    );
    assert!(ann.expect_closed().contains("$ForceMove other.hub:411"));
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is(
        "vh.KickUser('boss', 'ann', 'for an hour', 'note', 'op note', 3600)",
        "True",
    );
    ann.expect_closed();
    assert!(
        Client::connect(&hub)
            .expect_closed()
            .contains("1 hour: for an hour")
    );
}

#[test]
fn close_connection() {
    let hub = Hub::setup().probe(&["OnCloseConnEx"]).start();
    let mut boss = Probe::login(&hub);
    let mut closed = |call: &str, reason: &str| {
        let mut ann = hub.login("ann");
        boss.is(call, "True");
        ann.expect_closed();
        until(|| boss.eval("sum(n == 'OnCloseConnEx' for n, a in calls)") == "1");
        assert_eq!(
            boss.calls("OnCloseConnEx"),
            format!("[('127.0.0.1', {reason}, 'ann')]"),
            "{call}"
        );
    };
    closed("vh.CloseConnection('ann')", "0");
    closed("vh.CloseConnection('ann', vh.eCR_KICKED)", "2");
    closed(
        "vh.usermc('ann', 'goodbye you') and vh.CloseConnection('ann', 8, 100)",
        "8",
    );
    closed("vh.CloseConnection('ann', 1000, 19)", "19");
    closed("vh.CloseConnection(nick='ann', reason=7, delay=1)", "7");
    boss.is(
        "vh.CloseConnection('nobody'), vh.CloseConnection('Viperhub')",
        "(False, False)",
    );
}

#[test]
fn robots() {
    let hub = Hub::setup().probe(&["OnParsedMsgPM"]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login_as(Who::new("ann").supports("NoHello BotList"));
    boss.is(
        "vh.AddRobot('robo', 3, 'I help', '\\x01', 'r@b', '42')",
        "True",
    );
    ann.expect_exact("$MyINFO $ALL robo I help$ $\x01$r@b$42$");
    ann.expect_exact("$OpList robo$$");
    ann.expect_exact("$BotList robo$$");
    boss.is(
        "'robo' in vh.GetBotList(), vh.GetUserClass('robo'), 'robo' in vh.GetOpList()",
        "(True, 3, True)",
    );
    assert!(hub.login("late").history().contains("$MyINFO $ALL robo "));
    ann.pm("robo", "hello");
    ann.fence();
    assert_eq!(boss.calls("OnParsedMsgPM"), "[('ann', 'hello', 'robo')]");
    boss.is("vh.pm('at your service', 'ann', 'robo')", "True");
    ann.expect_exact("$To: ann From: robo $<robo> at your service");
    boss.is(
        "[vh.IsRobotNickBad(n) for n in ('free', 'robo', 'ann', '', 'a b', 'Viperhub', 'OpChat')]",
        "[0, 1, 1, 2, 3, 4, 4]",
    );
    boss.is(
        "[vh.AddRobot(n, 0, '', '', '', '0') for n in ('robo', 'ann', '', 'a$b', 'OpChat')]",
        "[False, False, False, False, False]",
    );
    // Nobody else gets a bot's nick.
    let mut thief = Client::connect(&hub);
    thief.ask_nick(&Who::new("ROBO"));
    assert!(thief.expect_closed().contains("$ValidateDenide ROBO"));
    boss.is("vh.DelRobot('robo')", "True");
    ann.expect_exact("$Quit robo");
    boss.is(
        "vh.DelRobot('robo'), vh.DelRobot('Viperhub'), vh.DelRobot('ann')",
        "(False, False, False)",
    );
    hub.login("robo");
}

#[test]
fn parse_command() {
    let hub = Hub::setup().probe(&["OnUserCommand"]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is("vh.ParseCommand('ann', '+myip', 0)", "True");
    ann.expect_exact("<Viperhub> Your address is 127.0.0.1.");
    boss.is("vh.ParseCommand('ann', '+myip', 1)", "True");
    ann.expect("$To: ann From: Viperhub $<Viperhub> Your address is");
    assert_eq!(
        boss.calls("OnUserCommand"),
        "[('ann', '+myip'), ('ann', '+myip')]"
    );
    boss.is("vh.ParseCommand('ann', '+nonsense', 0), vh.ParseCommand('ann', 'no command', 0), vh.ParseCommand('nobody', '+myip', 0)", "(False, False, False)");
}

#[test]
fn sql_in_every_form() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.SQL('CREATE TABLE py_t (a INT, b VARCHAR(20))')",
        "(1, [])",
    );
    boss.is(
        "vh.SQL(\"INSERT INTO py_t VALUES (1, 'one'), (2, NULL), (3, '')\")",
        "(1, [])",
    );
    boss.is(
        "vh.SQL('SELECT a, b FROM py_t ORDER BY a')",
        "(1, [['1', 'one'], ['2', 'NULL'], ['3', '']])",
    );
    boss.is(
        "vh.SQL('SELECT a FROM py_t ORDER BY a', 2)",
        "(1, [['1'], ['2']])",
    );
    boss.is(
        "vh.SQL(0, 'SELECT a FROM py_t WHERE a = 3')",
        "(1, [['3']])",
    );
    boss.is("vh.SQL('SELECT a FROM py_t WHERE a = 9')", "(1, [])");
    boss.is("vh.SQL('SELECT nonsense FROM nowhere')", "(0, [])");
    assert!(
        boss.client.history().contains("no such table: nowhere"),
        "operators are told"
    );
    boss.exec("for n in range(150): vh.SQL(f'INSERT INTO py_t (a) VALUES ({n})')");
    boss.is("len(vh.SQL('SELECT * FROM py_t')[1]), len(vh.SQL('SELECT * FROM py_t', 0)[1]), len(vh.SQL('SELECT * FROM py_t', 1000)[1])", "(100, 100, 153)");
    // Bytes that are no text come back as they went in.
    boss.exec("vh.SQL(\"INSERT INTO py_t VALUES (1000, 'caf\\xe9')\")");
    boss.is(
        "ascii(vh.SQL('SELECT b FROM py_t WHERE a = 1000')[1])",
        r#""[['caf\\xe9']]""#,
    );
    assert!(boss.eval("vh.SQL([])").starts_with("TypeError: "));
    // It is kept.
    hub.signal("KILL");
    let hub = hub.restart();
    Probe::login(&hub).is("vh.SQL('SELECT COUNT(*) FROM py_t')", "(1, [['154']])");
}

//! The `vh` functions that ask about users, lists and counters, and change how users are shown.

mod kit;

use kit::{Hub, PASSWORD, Probe, Who, until};

#[test]
fn what_is_known_of_a_user() {
    let hub = Hub::setup().user("op", 3, PASSWORD).probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login_as(Who::new("ann").supports("NoHello HubURL"));
    ann.send("$MyHubURL dchub://den.example:411");
    ann.fence();
    let _op = hub.login_reg("op");
    for (call, known, unknown) in [
        ("GetUserClass", "0", "-2"),
        ("GetUserHost", "''", "''"),
        ("GetUserIP", "'127.0.0.1'", "''"),
        ("GetUserCC", "'L1'", "''"),
        ("GetUserHubURL", "'den.example'", "''"),
        ("GetUserExtJSON", "''", "''"),
    ] {
        boss.is(&format!("vh.{call}('ann')"), known);
        boss.is(&format!("vh.{call}(nick='nobody')"), unknown);
        boss.is(&format!("vh.{call}('ANN')"), unknown);
    }
    boss.is(
        "[vh.GetUserClass(n) for n in ('op', 'boss', 'Viperhub')]",
        "[3, 10, 10]",
    );
    boss.is("vh.GetUserIP('OpChat')", "'127.0.0.1'");
    boss.is("vh.GetIPCC('127.0.0.1'), vh.GetIPCC('192.168.1.1'), vh.GetIPCC('8.8.8.8'), vh.GetIPCC('x')", "('L1', 'P1', '--', '')");
}

#[test]
fn get_my_info_is_a_tuple_and_a_line() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let _ann = hub.login("ann");
    let tag = "<Test V:1.0,M:A,H:1/0/0,S:5>";
    boss.is(
        "tuple(vh.GetMyINFO('ann'))",
        &format!(r"('ann', 'tester', '{tag}', '100\x01', '', '1073741824')"),
    );
    boss.is(
        "str(vh.GetMyINFO('ann'))",
        &format!(r"'$MyINFO $ALL ann tester{tag}$ $100\x01$$1073741824$'"),
    );
    boss.is("vh.GetMyINFO('ann').startswith('$MyINFO')", "True");
    boss.is("isinstance(vh.GetMyINFO('ann'), tuple)", "True");
    boss.exec("nick, desc, tag, speed, mail, share = vh.GetMyINFO('ann')");
    boss.is("nick, int(share)", "('ann', 1073741824)");
    boss.is("vh.GetMyINFO('nobody')", "None");
    boss.is("vh.GetMyINFO('Viperhub')[1]", "'Hub security'");
}

#[test]
fn set_my_info_changes_what_all_see() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    let tag = "<Test V:1.0,M:A,H:1/0/0,S:5>";
    boss.is("vh.SetMyINFO('ann', 'changed')", "True");
    ann.expect_exact(format!(
        "$MyINFO $ALL ann changed{tag}$ $100\x01$$1073741824$"
    ));
    boss.is("vh.SetMyINFO('ann', None, '', None, 'a@b', 5)", "True");
    ann.expect_exact("$MyINFO $ALL ann changed$ $100\x01$a@b$5$");
    boss.is(
        "vh.SetMyINFO(nick='ann', share='7', speed='fast\\x01')",
        "True",
    );
    ann.expect_exact("$MyINFO $ALL ann changed$ $fast\x01$a@b$7$");
    boss.is("vh.GetMyINFO('ann')[5]", "'7'");
    assert!(
        hub.login("late")
            .history()
            .contains("$MyINFO $ALL ann changed$ ")
    );
    boss.is("vh.SetMyINFO('nobody', 'x')", "False");
}

#[test]
fn my_info_flags() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is("vh.SetMyINFOFlag('ann', 2)", "True");
    ann.expect("$100\x03$");
    boss.is("vh.SetMyINFOFlag('ann', 2)", "True");
    boss.is("vh.UnsetMyINFOFlag('ann', 2)", "True");
    ann.expect("$100\x01$");
    boss.is("vh.SetMyINFOFlag('ann', 3)", "False");
    boss.is("vh.SetMyINFOFlag('nobody', 2)", "False");
    boss.is("vh.UnsetMyINFOFlag('nobody', 2)", "False");
}

#[test]
fn lists() {
    let hub = Hub::setup().user("op", 3, PASSWORD).probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let (ann, _op) = (hub.login("ann"), hub.login_reg("op"));
    boss.is(
        "sorted(vh.GetNickList())",
        "['OpChat', 'Viperhub', 'ann', 'boss', 'op']",
    );
    boss.is(
        "sorted(vh.GetOpList())",
        "['OpChat', 'Viperhub', 'boss', 'op']",
    );
    boss.is("sorted(vh.GetBotList())", "['OpChat', 'Viperhub']");
    // The oldest scripts split the text that these once were.
    boss.is(
        "sorted(vh.GetNickList().split('$$')) == sorted(vh.GetNickList())",
        "True",
    );
    boss.is("isinstance(vh.GetNickList(), list)", "True");
    boss.is(
        "vh.GetRawNickList()[:10], vh.GetRawNickList()[-2:], len(vh.GetRawNickList().split('$$'))",
        "('$NickList ', '$$', 6)",
    );
    boss.is(
        "vh.GetRawOpList()[:8], vh.GetRawBotList()[:9]",
        "('$OpList ', '$BotList ')",
    );
    boss.is(
        "'op$$' in vh.GetRawOpList() and 'ann$$' not in vh.GetRawOpList()",
        "True",
    );
    boss.is("vh.GetUsersCount()", "3");
    boss.is("vh.GetTotalShareSize()", &format!("'{}'", 3u64 << 30));
    ann.leave();
    boss.client.expect("$Quit ann");
    boss.is(
        "vh.GetUsersCount(), 'ann' in vh.GetNickList()",
        "(2, False)",
    );
    until(|| boss.eval("vh.GetServFreq() > 0") == "True");
    boss.is("type(vh.GetServFreq()).__name__", "'int'");
}

/// What a script did is there when it looks the next moment.
#[test]
fn a_script_sees_its_own_changes_at_once() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is(
        "[(vh.SetMyINFO('ann', f'd{n}'), vh.GetMyINFO('ann')[1]) for n in range(3)]",
        "[(True, 'd0'), (True, 'd1'), (True, 'd2')]",
    );
    boss.is(
        "[vh.Topic(f't{n}') for n in range(3)]",
        "['t0', 't1', 't2']",
    );
    boss.is("vh.AddRobot('robo', 0, '', '', '', '0'), 'robo' in vh.GetNickList(), vh.DelRobot('robo'), 'robo' in vh.GetNickList()", "(True, True, True, False)");
    boss.is("vh.AddRegUser('ann', 2, 'secret-word'), vh.GetUserClass('ann'), vh.DelRegUser('ann'), vh.GetUserClass('ann')", "(True, 2, True, 0)");
    boss.is(
        "vh.CloseConnection('ann'), vh.GetUserClass('ann')",
        "(True, -2)",
    );
    ann.expect_closed();
}

#[test]
fn attributes() {
    let hub = Hub::setup().script("a_first.py", "").probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let data = hub.data_dir().display().to_string();
    boss.is("vh.myid", "1");
    boss.is("vh.botname, vh.opchatname", "('Viperhub', 'OpChat')");
    boss.is("vh.name, vh.config_name", "('probe', 'config')");
    boss.is("vh.path", &format!("'{data}/scripts/probe.py'"));
    boss.is("__file__ == vh.path, __name__", "(True, 'probe')");
    boss.is("vh.basedir.rstrip('/')", &format!("'{data}'"));
    boss.is(
        "__import__('time').time() - 300 < vh.starttime <= __import__('time').time()",
        "True",
    );
    boss.is(
        "vh.__version__, vh.__version_string__",
        "((1, 7, 0, 0), '1.7.0.0')",
    );
    // They follow the settings.
    boss.client.chat("!set hub_security Guard");
    boss.client.expect("-> Guard");
    boss.client.chat("!set opchat_name Den");
    boss.client.expect("-> Den");
    boss.is("vh.botname, vh.opchatname", "('Guard', 'Den')");
    // vh is there without an import, too.
    boss.is("__import__('sys').modules['vh'] is vh", "True");
}

#[test]
fn constants() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let numbers = |prefix: &str, names: &[&str], values: &[i64]| {
        let names = names
            .iter()
            .map(|n| format!("vh.{prefix}{n}"))
            .collect::<Vec<_>>()
            .join(", ");
        let values = values
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        (format!("[{names}]"), format!("[{values}]"))
    };
    let close = [
        "DEFAULT",
        "INVALID_USER",
        "KICKED",
        "FORCEMOVE",
        "QUIT",
        "HUB_LOAD",
        "TIMEOUT",
        "TO_ANYACTION",
        "USERLIMIT",
        "SHARE_LIMIT",
        "TAG_NONE",
        "TAG_INVALID",
        "PASSWORD",
        "LOGIN_ERR",
        "SYNTAX",
        "INVALID_KEY",
        "RECONNECT",
        "CLONE",
        "SELF",
        "BADNICK",
        "NOREDIR",
        "PLUGIN",
        "BANNED",
    ];
    let close_values: Vec<i64> = (0..=21).chain([1]).collect();
    let types = [
        "VOID", "BOOL", "CHAR", "INT", "UINT", "LONG", "ULONG", "PCHAR", "TIMET", "LLONG",
        "ULLONG", "AR_BYTE", "STRING", "DOUBLE",
    ];
    let bans = [
        "NICKIP", "IP", "NICK", "RANGE", "HOST1", "HOST2", "HOST3", "SHARE", "PREFIX", "HOSTR1",
        "REVERSE",
    ];
    let bots = [
        "OK",
        "EXISTS",
        "WITHOUT_NICK",
        "BAD_CHARS",
        "RESERVED_NICK",
        "API_ERROR",
    ];
    for (expression, value) in [
        numbers("eCR_", &close, &close_values),
        numbers("eIT_", &types, &(0..=13).collect::<Vec<_>>()),
        numbers("eBF_", &bans, &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]),
        numbers("eBOT_", &bots, &[0, 1, 2, 3, 4, 5]),
    ] {
        boss.is(&expression, &value);
    }
}

#[test]
fn encode_and_decode() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.Encode('a$b|c`d~e\\x05f&g')",
        "'a&#36;b&#124;c&#96;d&#126;e&#5;f&g'",
    );
    boss.is(
        "vh.Decode(vh.Encode('a$b|c`d~e\\x05f&g'))",
        r"'a$b|c`d~e\x05f&g'",
    );
    boss.is("vh.Decode('&#65; &#36 &amp;')", "'&#65; &#36 &amp;'");
    boss.is(
        "vh.encode('$') + vh.decode('&#36;') if hasattr(vh, 'encode') else '&#36;$'",
        "'&#36;$'",
    );
    boss.is("vh.Encode('')", "''");
}

#[test]
fn what_vh_does_not_have_says_so() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    assert!(
        boss.eval("vh.NoSuchFunction()")
            .starts_with("AttributeError: ")
    );
}

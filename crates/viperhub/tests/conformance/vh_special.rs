//! What else `vh` has: constants, attributes, the end of the hub, calls from hooks, and any bytes as text.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::Mode;
use crate::kit::{Hub, PASSWORD, Probe};

/// What these tests show: the function, its calls, the test.
pub const COVERS: &[(&str, &[&str], &str)] = &[(
    "StopHub",
    &[
        "StopHub(0)",
        "StopHub(3, 1)",
        "StopHub(code=4)",
        "StopHub(exit_code=5, delay=0)",
        "StopHub(2 ** 40)",
    ],
    "stop_hub",
)];

in_every_mode! {
    constants
    attributes
    scripts_share_by_settings_and_the_database
    stop_hub
    what_a_script_did_is_there_at_once
    any_bytes_with_cp1252
    any_bytes_with_cp1251
    any_bytes_with_utf_8
}

/// The documents' names and numbers; a second name for a number stands after it.
pub const CONSTANTS: &[(&str, &[(&str, i64)])] = &[
    (
        "eCR_",
        &[
            ("DEFAULT", 0),
            ("INVALID_USER", 1),
            ("BANNED", 1),
            ("KICKED", 2),
            ("FORCEMOVE", 3),
            ("QUIT", 4),
            ("HUB_LOAD", 5),
            ("TIMEOUT", 6),
            ("TO_ANYACTION", 7),
            ("USERLIMIT", 8),
            ("SHARE_LIMIT", 9),
            ("TAG_NONE", 10),
            ("TAG_INVALID", 11),
            ("PASSWORD", 12),
            ("LOGIN_ERR", 13),
            ("SYNTAX", 14),
            ("INVALID_KEY", 15),
            ("RECONNECT", 16),
            ("CLONE", 17),
            ("SELF", 18),
            ("BADNICK", 19),
            ("NOREDIR", 20),
            ("PLUGIN", 21),
        ],
    ),
    (
        "eBOT_",
        &[
            ("OK", 0),
            ("EXISTS", 1),
            ("WITHOUT_NICK", 2),
            ("BAD_CHARS", 3),
            ("RESERVED_NICK", 4),
            ("API_ERROR", 5),
        ],
    ),
    (
        "eBF_",
        &[
            ("NICKIP", 1),
            ("IP", 2),
            ("NICK", 4),
            ("RANGE", 8),
            ("HOST1", 16),
            ("HOST2", 32),
            ("HOST3", 64),
            ("SHARE", 128),
            ("PREFIX", 256),
            ("HOSTR1", 512),
            ("REVERSE", 512),
        ],
    ),
    (
        "eIT_",
        &[
            ("VOID", 0),
            ("BOOL", 1),
            ("CHAR", 2),
            ("INT", 3),
            ("UINT", 4),
            ("LONG", 5),
            ("ULONG", 6),
            ("PCHAR", 7),
            ("TIMET", 8),
            ("LLONG", 9),
            ("ULLONG", 10),
            ("AR_BYTE", 11),
            ("STRING", 12),
            ("DOUBLE", 13),
        ],
    ),
];

fn constants(mode: Mode) {
    let hub = mode.hub().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    for (prefix, rows) in CONSTANTS {
        for (name, value) in *rows {
            boss.is(&format!("vh.{prefix}{name}"), &value.to_string());
        }
    }
}

fn attributes(mode: Mode) {
    let hub = mode.hub().script("a_first.py", "").probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let data = hub.data_dir().display().to_string();
    boss.is("vh.myid", "1");
    boss.is("vh.botname, vh.opchatname", "('Viperhub', 'OpChat')");
    boss.is("vh.name, vh.config_name", "('probe', 'config')");
    boss.is("vh.path", &format!("'{data}/scripts/probe.py'"));
    boss.is("vh.basedir.rstrip('/')", &format!("'{data}'"));
    boss.is(
        "__import__('time').time() - 300 < vh.starttime <= __import__('time').time()",
        "True",
    );
    boss.is(
        "type(vh.starttime), type(vh.myid)",
        "(<class 'int'>, <class 'int'>)",
    );
    boss.is(
        "vh.__version__, vh.__version_string__",
        "((1, 7, 0, 0), '1.7.0.0')",
    );
    // They follow the settings.
    boss.exec("vh.SetConfig('hub_security', 'Guard'); vh.SetConfig('opchat_name', 'Den')");
    boss.is("vh.botname, vh.opchatname", "('Guard', 'Den')");
    let got = boss.eval("vh.NoSuchFunction()");
    assert!(got.starts_with("AttributeError: "), "{got}");
}

/// What several scripts are to know goes through the hub, in whatever interpreters they are.
fn scripts_share_by_settings_and_the_database(mode: Mode) {
    let writes = "\
import vh
def OnParsedMsgChat(nick, text):
    vh.SetConfig('pi_shared', 'last', text)
    vh.SQL('CREATE TABLE IF NOT EXISTS py_shared (line VARCHAR(100))')
    vh.SQL(f\"INSERT INTO py_shared VALUES ('{text}')\")
";
    let hub = mode.hub().script("a.py", writes).probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is("vh.GetConfig('pi_shared', 'last')", "None");
    for text in ["one", "two"] {
        boss.client.chat(text);
        boss.client.expect_exact(format!("<boss> {text}"));
    }
    boss.is(
        "vh.GetConfig('pi_shared', 'last'), vh.SQL('SELECT line FROM py_shared ORDER BY line')",
        "('two', (1, [['one'], ['two']]))",
    );
}

fn stop_hub(mode: Mode) {
    for (call, code) in [
        ("StopHub(0)", 0),
        ("StopHub(3, 1)", 3),
        ("StopHub(code=4)", 4),
        ("StopHub(exit_code=5, delay=0)", 5),
    ] {
        let source = format!(
            "import os, vh\ndef OnUserLogin(nick): vh.mc(f'stopping: {{vh.{call}}}')\n\
             def OnUnLoad(code): open(os.path.join(vh.basedir, 'code'), 'w').write(repr(code))\n"
        );
        let mut hub: Hub = mode
            .hub()
            .script("stop.py", source)
            .user("op", 3, PASSWORD)
            .start();
        let mut op = crate::kit::Client::connect(&hub);
        let who = crate::kit::Who::new("op").password(PASSWORD);
        op.handshake(&who);
        op.introduce(&who);
        assert!(
            op.expect_closed().contains("<Viperhub> stopping: True"),
            "{call}"
        );
        assert_eq!(hub.wait().code(), Some(code), "{call}");
        // Scripts clean up at every ordinary end, so for them its code is always 0.
        let told = std::fs::read_to_string(hub.data_dir().join("code"));
        assert_eq!(told.ok().as_deref(), Some("0"), "{call}");
    }
    let hub = mode.hub().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let got = boss.eval("vh.StopHub(2 ** 40)");
    assert!(
        got.starts_with("ValueError: vh.StopHub() exit code"),
        "{got}"
    );
}

/// What a script did is there when it looks the next moment.
fn what_a_script_did_is_there_at_once(mode: Mode) {
    let hub = mode.hub().probe(&[]).start();
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
    boss.is(
        "vh.AddRobot('robo', 0, '', '', '', '0'), 'robo' in vh.GetNickList(), vh.DelRobot('robo'), 'robo' in vh.GetNickList()",
        "(True, True, True, False)",
    );
    boss.is(
        "vh.AddRegUser('ann', 2, 'secret-word'), vh.GetUserClass('ann'), vh.DelRegUser('ann'), vh.GetUserClass('ann')",
        "(True, 2, True, 0)",
    );
    boss.is(
        "vh.CloseConnection('ann'), vh.GetUserClass('ann')",
        "(True, -2)",
    );
    ann.expect_closed();
}

/// Any bytes as a line of main chat reach the hook, and come back the same from there, when the hook hands them back
/// as well as when it says nothing.
fn any_bytes(mode: Mode, encoding: &str) {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    vh.SendDataToUser('$Seen ' + text, 'op')
    return (nick, text) if len(text) % 2 else None
";
    let setup = mode
        .hub()
        .set("hub_encoding", encoding)
        .user("op", 3, PASSWORD);
    let hub = setup.script("echo.py", source).start();
    let op = std::cell::RefCell::new(hub.login_reg("op"));
    // A pipe ends a message, a zero ends the connection, and what begins like a command is one.
    let byte = any::<u8>().prop_filter("ends the message", |b| !matches!(b, 0 | b'|'));
    let line = proptest::collection::vec(byte, 0..200).prop_filter("is a command", |l| {
        !l.first().is_some_and(|b| b"+!/".contains(b))
    });
    let mut runner = TestRunner::new(Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&line, |line| {
        let mut op = op.borrow_mut();
        op.chat(&line);
        op.expect_exact([b"$Seen ".as_slice(), &line].concat());
        op.expect_exact([b"<op> ".as_slice(), &line].concat());
        Ok::<(), TestCaseError>(())
    });
    result.unwrap_or_else(|e| panic!("{e}"));
}

fn any_bytes_with_cp1252(mode: Mode) {
    any_bytes(mode, "CP1252");
}

fn any_bytes_with_cp1251(mode: Mode) {
    any_bytes(mode, "CP1251");
}

fn any_bytes_with_utf_8(mode: Mode) {
    any_bytes(mode, "UTF-8");
}

//! The defects of the original from number 13 on: see `defects.rs`.

mod kit;

use std::fs;

use kit::{Hub, PASSWORD, Probe, Who, until};

#[test]
fn defect_13_functions_that_never_worked() {
    let hub = Hub::setup().probe(&["OnScriptCommand"]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    for (call, result, shown) in [
        ("vh.SendToAll('to all')", "True", "<Viperhub> to all"),
        ("vh.mc('said')", "True", "<Viperhub> said"),
        ("vh.classmc('to some', 0, 10)", "True", "<Viperhub> to some"),
    ] {
        boss.is(call, result);
        ann.expect_exact(shown);
    }
    boss.is("vh.classmc('to none', 9, 1)", "False");
    boss.is("vh.name_and_version().split()[0]", "'Viperhub'");
    boss.is("vh.name_and_version('mine', '3')", "('mine', '3')");
    boss.is("vh.SQL('SELECT 1, NULL')", "(1, [['1', 'NULL']])");
    boss.is("type(vh.GetServFreq()).__name__", "'int'");
    boss.is("vh.ScriptCommand('cmd', 'data', 1)", "True");
    until(|| boss.eval("[a[:2] for n, a in calls]") == "[('cmd', 'data')]");
    boss.client.chat("this ends it");
    boss.exec("vh.StopHub(0)");
    boss.client.expect_closed();
}

#[test]
fn defect_16_parse_command_runs_what_it_is_given() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    for (nick, command, answer) in [
        ("ann", "+myip", "Your address is"),
        ("bob", "+me is glad", "** bob is glad"),
        ("ann", "+me is sad", "** ann is sad"),
        ("bob", "+myip", "Your address is"),
    ] {
        boss.is(
            &format!("vh.ParseCommand('{nick}', '{command}', 0)"),
            "True",
        );
        if nick == "ann" { &mut ann } else { &mut bob }.expect(answer);
    }
}

#[test]
fn defect_18_empty_texts_are_no_none() {
    let hub = Hub::setup().set("hub_topic", "").probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let _ann = hub.login("ann");
    for call in [
        "vh.GetUserHubURL('ann')",
        "vh.GetUserExtJSON('ann')",
        "vh.GetUserIP('nobody')",
        "vh.GetUserCC('nobody')",
        "vh.GetUserHost('nobody')",
        "vh.GetUserHubURL('nobody')",
        "vh.GetUserExtJSON('nobody')",
        "vh.GetIPCC('no address')",
        "vh.GetIPCN('no address')",
        "vh.Topic()",
        "vh.Encode('')",
        "vh.Decode('')",
        "vh.GetConfig('config', 'hub_topic', 'default')",
        "vh.GetMyINFO('ann')[4]",
    ] {
        boss.is(call, "''");
    }
    boss.is(
        "vh.GetConfig('no_such'), vh.GetConfig('config', 'no_such', 'd')",
        "(None, 'd')",
    );
}

#[test]
fn defect_19_calls_know_whose_they_are() {
    let source = |bot: &str| {
        format!(
            "import vh, threading\n\
             # From another thread, and by a function that another module holds.\n\
             add = vh.AddRobot\n\
             thread = threading.Thread(target=add, args=('{bot}', 0, '', '\\x01', '', '0'))\n\
             thread.start(); thread.join()\n\
             vh.name_and_version('{bot} script', '1')\n\
             def OnParsedMsgChat(nick, text):\n    if text == vh.name: vh.ScriptCommand('from', vh.name, 1)\n"
        )
    };
    let hub = Hub::setup()
        .script("a_one.py", source("robo1"))
        .script("b_two.py", source("robo2"))
        .probe(&["OnScriptCommand"])
        .start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "sorted(vh.ScriptQuery('_get_script_name', ''))",
        "['probe', 'robo1 script', 'robo2 script']",
    );
    boss.client.chat("b_two");
    boss.client.chat("a_one");
    until(|| boss.eval("len(calls)") == "2");
    boss.is(
        "[(a[1], a[3].rsplit('/', 1)[1]) for n, a in calls]",
        "[('b_two', 'b_two.py'), ('a_one', 'a_one.py')]",
    );
    boss.client.chat("!pyunload a_one");
    boss.client.expect("$Quit robo1");
    boss.client.expect("Script stopped");
    boss.is(
        "[n for n in vh.GetBotList() if n.startswith('robo')]",
        "['robo2']",
    );
}

/// Numbers reach the hub as they are, or are refused in words; none is cut to another.
#[test]
fn defect_20_numbers_of_any_size() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    for flag in ["3", "1 << 32 | 2", "-1", "1 << 62"] {
        boss.is(&format!("vh.SetMyINFOFlag('ann', {flag})"), "False");
    }
    boss.is("vh.SetMyINFOFlag('ann', 2)", "True");
    ann.expect("$MyINFO $ALL ann ");
    // Any true value is a private message.
    boss.is("vh.ParseCommand('ann', '+myip', 1 << 32)", "True");
    ann.expect("$To: ann From: Viperhub $<Viperhub> Your address is");
    for call in [
        "vh.SetMyINFOFlag('ann', 1 << 64)",
        "vh.ParseCommand('ann', '+myip', -1 << 64)",
        "vh.classmc('x', 0, 10 ** 30)",
    ] {
        let got = boss.eval(call);
        assert!(
            got.starts_with("OverflowError: ")
                || got.starts_with("ValueError: ")
                || got.starts_with("TypeError: "),
            "{call}: {got}"
        );
    }
    boss.is("vh.classmc('to nobody', (1 << 32), (1 << 32) + 10)", "True");
    ann.expect_none("to nobody");
}

#[test]
fn defect_24_scripts_that_are_not_there() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    for command in ["pyload", "pyunload", "pyreload", "pyresume"] {
        for which in [
            "-1",
            "1",
            "4294967296",
            "99999999999999999999999",
            "..",
            "/",
            "%s%n",
            "/dev/null/x.py",
        ] {
            boss.client.chat(format!("!{command} {which}"));
            let told = boss.client.expect("<Viperhub> ");
            assert!(
                !told.contains("Script loaded") && !told.contains("stopped"),
                "{command} {which}: {told}"
            );
        }
    }
    boss.client.chat("!pylist");
    let list = boss.client.expect("ID\tScript");
    assert_eq!(list.matches(".py").count(), 1, "{list}");
    boss.is("1 + 1", "2");
}

/// `threading` and `asyncio` in a script do not keep its interpreter, nor the hub at its end.
#[test]
fn defect_26_scripts_with_threads_end_whole() {
    let source = "\
import vh, threading, asyncio
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
pool.submit(vh.GetUsersCount).result()
loop = asyncio.new_event_loop()
runner = threading.Thread(target=loop.run_forever)
runner.start()
asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
def UnLoad(): loop.call_soon_threadsafe(loop.stop)
";
    let mut hub = Hub::setup()
        .set("max_users", 100) // nothing to warn of, however few files the system lets it have
        .user("admin", 5, PASSWORD)
        .script("busy.py", source)
        .start();
    let mut admin = hub.login_reg("admin");
    let threads = || {
        let tasks = fs::read_dir(format!("/proc/{}/task", hub.pid())).expect("Linux");
        tasks.count()
    };
    let before = threads();
    for _ in 0..3 {
        admin.chat("!pyreload busy");
        let told = admin.expect("Script loaded: #0");
        assert!(!told.contains("did not end"), "{told}");
    }
    until(|| threads() <= before);
    admin.chat("!pyunload busy");
    admin.expect("Script stopped");
    until(|| threads() < before);
    let log = hub.log();
    assert!(!log.contains("left") && !log.contains("WARN"), "{log}");
    assert!(hub.stop().0.success());
}

/// In one interpreter or in two: each script has its own hooks, number and functions, and takes them with it.
#[test]
fn defect_28_scripts_keep_hooks_and_identity() {
    let source = |name: &str| {
        format!(
            "import vh\n\
             def OnParsedMsgChat(nick, text):\n    if text == 'who': vh.mc('{name} %d %s' % (vh.myid, vh.name))\n"
        )
    };
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .script("a.py", source("first"))
        .script("b.py", source("second"))
        .start();
    let (mut admin, mut ann) = (hub.login_reg("admin"), hub.login("ann"));
    ann.chat("who");
    ann.expect_exact("<Viperhub> first 0 a");
    ann.expect_exact("<Viperhub> second 1 b");
    admin.chat("!pyunload b");
    admin.expect("Script stopped");
    ann.chat("next");
    ann.chat("who");
    ann.expect_exact("<Viperhub> first 0 a");
    ann.expect_exact("<ann> who");
    assert_eq!((ann.count("first"), ann.count("second")), (2, 1));
}

#[test]
fn defect_30_failed_loads_leave_nothing() {
    let failing = "import vh, threading, time\n\
        vh.AddRobot('left', 0, '', '\\x01', '', '0')\n\
        threading.Thread(target=time.sleep, args=(0.05,)).start()\n\
        def OnParsedMsgChat(nick, text): return 0\n\
        raise RuntimeError('no')\n";
    let hub = Hub::setup().probe(&[]).start();
    hub.write_script("failing.py", failing);
    let mut boss = Probe::login(&hub);
    let threads = || {
        let tasks = fs::read_dir(format!("/proc/{}/task", hub.pid())).expect("Linux");
        tasks.count()
    };
    let before = threads();
    for _ in 0..10 {
        boss.client.chat("!pyload failing");
        boss.client.expect("RuntimeError: no");
    }
    until(|| threads() <= before);
    boss.is("'left' in vh.GetBotList()", "False");
    boss.client.chat("heard by all");
    boss.client.expect_exact("<boss> heard by all");
    boss.client.chat("!pylist");
    assert_eq!(boss.client.expect("ID\tScript").matches(".py").count(), 1);
}

#[test]
fn defect_33_long_messages_at_every_log_level() {
    let hub = Hub::setup()
        .set("max_len_myinfo", 0)
        .set("max_chat_msg", 10_000)
        .arg("-vvv")
        .probe(&["OnParsedMsgMyINFO", "OnParsedMsgChat"])
        .start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    let long = "x".repeat(9000);
    for level in 0..=5 {
        boss.client.chat(format!("!pylog {level}"));
        boss.client.expect("pi_python.log_level");
        ann.send(Who::new("ann").desc(format!("{level}{long}")).my_info());
        ann.expect(format!("$MyINFO $ALL ann {level}{long}<"));
        ann.chat(format!("{level}{long}"));
        ann.expect_exact(format!("<ann> {level}{long}"));
    }
    boss.is(
        "{len(a[1]) for n, a in calls if n == 'OnParsedMsgChat' and a[0] == 'ann'}",
        "{9001}",
    );
}

#[test]
fn defect_37_the_log_level_is_kept_within_its_range() {
    let mut hub = Hub::setup().user("admin", 5, PASSWORD).start();
    let mut admin = hub.login_reg("admin");
    for (given, kept) in [
        ("3", "3"),
        ("10", "5"),
        ("4294967295", "5"),
        ("0", "0"),
        ("12", "5"),
    ] {
        admin.chat(format!("!pylog {given}"));
        admin.expect(format!("-> {kept}"));
        admin.chat("!pylog");
        admin.expect_exact(format!("<Viperhub> pi_python.log_level: {kept}"));
    }
    for refused in ["-1", "5x", "99999999999999999999"] {
        admin.chat(format!("!pylog {refused}"));
        admin.expect("0 to 5");
    }
    hub.stop();
    let hub = hub.restart();
    let mut admin = hub.login_reg("admin");
    admin.chat("!pylog");
    admin.expect_exact("<Viperhub> pi_python.log_level: 5");
    // Scripts find it where the original keeps it.
    hub.write_script(
        "level.py",
        "import vh\nvh.mc('level ' + vh.GetConfig('pi_python', 'log_level'))\n",
    );
    admin.chat("!pyload level");
    admin.expect_exact("<Viperhub> level 5");
}

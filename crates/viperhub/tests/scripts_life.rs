//! `!pyload` and its family: how scripts come, change and go.

mod kit;

use kit::{Client, Hub, PASSWORD, Setup, settle};

/// Says its name, version and number when somebody writes `who`.
fn teller(name: &str) -> String {
    format!(
        "import vh\n\
         def OnParsedMsgChat(nick, text):\n    if text == 'who':\n        vh.mc('I am {name}')\n        return 0\n\
         def UnLoad():\n    vh.mc('{name} is unloaded')\n"
    )
}

fn hub_of(scripts: &[&str]) -> Setup {
    let setup = Hub::setup().user("admin", 5, PASSWORD);
    scripts.iter().fold(setup, |s, name| {
        s.script(&format!("{name}.py"), teller(name))
    })
}

/// Which scripts answer.
#[track_caller]
fn who(client: &mut Client) -> Vec<String> {
    client.fence();
    let line = format!("<{}> who", String::from_utf8_lossy(&client.nick));
    client.send(&line);
    let got = client.quiet();
    got.lines()
        .filter_map(|l| Some(l.split_once("I am ")?.1.to_owned()))
        .collect()
}

#[test]
fn pylist_and_pyfiles() {
    let hub = hub_of(&["bee", "ant"]).script("notes.txt", "").start();
    let mut admin = hub.login_reg("admin");
    admin.chat("!pylist");
    let list = admin.expect("ID\tScript");
    let rows: Vec<&str> = list
        .split("\r\n")
        .filter(|l| l.contains("/scripts/"))
        .collect();
    assert_eq!(rows.len(), 2, "{list}");
    assert!(
        rows[0].starts_with("\t0\t/") && rows[0].ends_with("/scripts/ant.py (isolated)"),
        "{list}"
    );
    assert!(
        rows[1].starts_with("\t1\t/") && rows[1].ends_with("/scripts/bee.py (isolated)"),
        "{list}"
    );
    assert!(list.contains(&"-".repeat(40)), "{list}");
    admin.chat("!pyfiles");
    let files = admin.expect("Python files in ");
    assert!(
        files.contains("\t0\tant.py\r\n\t1\tbee.py") && !files.contains("notes"),
        "{files}"
    );
}

#[test]
fn pyload_by_name_stem_path_and_number() {
    let hub = hub_of(&["a"])
        .file("elsewhere/far.py", teller("far"))
        .start();
    let mut admin = hub.login_reg("admin");
    for name in ["b", "c", "d"] {
        hub.write_script(&format!("{name}.py"), teller(name));
    }
    let far = hub
        .data_dir()
        .join("../elsewhere/far.py")
        .display()
        .to_string();
    for (what, id) in [("b.py", 1), ("c", 2), ("3", 3), (far.as_str(), 4)] {
        admin.chat(format!("!pyload {what}"));
        admin.expect(format!("Script loaded: #{id} /"));
    }
    assert_eq!(who(&mut admin), ["a", "b", "c", "d", "far"]);
    for (what, answer) in [
        ("a", "a.py"),
        ("nothing", "nothing"),
        ("/no/such/file.py", "/no/such/file.py"),
        ("99", "99"),
        ("", "found"),
    ] {
        admin.chat(format!("!pyload {what}"));
        let got = admin.expect("<Viperhub> ");
        assert!(
            got.contains(answer) && !got.contains("Script loaded"),
            "{what}: {got}"
        );
    }
}

#[test]
fn pyload_of_a_broken_script_tells_why() {
    let hub = hub_of(&[]).start();
    let mut admin = hub.login_reg("admin");
    hub.write_script("syntax.py", "def broken(:\n");
    hub.write_script(
        "raises.py",
        "import vh\nvh.AddRobot('left', 0, '', '', '', '0')\nraise RuntimeError('not today')\n",
    );
    admin.chat("!pyload syntax");
    let told = admin.expect("Script failed to load: ");
    assert!(
        told.contains("SyntaxError") && told.contains("syntax.py\", line 1"),
        "{told}"
    );
    admin.chat("!pyload raises");
    let told = admin.expect("RuntimeError: not today");
    assert!(
        told.contains("Traceback ") && told.contains("raises.py\", line 3"),
        "{told}"
    );
    hub.wait_log("not today");
    hub.write_script("lacks.py", "import vh, no_such_module\n");
    admin.chat("!pyload lacks");
    let told = admin.expect("ModuleNotFoundError: No module named 'no_such_module'");
    assert!(told.contains("lacks.py\", line 1"), "{told}");
    admin.chat("!pylist");
    assert!(!admin.expect("ID\tScript").contains(".py"));
    // Nothing of it stays.
    let late = hub.login("late");
    assert!(
        !late.history().contains("$MyINFO $ALL left"),
        "{}",
        late.history()
    );
}

#[test]
fn pyunload_by_number_stem_name_and_path() {
    let hub = hub_of(&["a", "b", "c", "d"]).start();
    let mut admin = hub.login_reg("admin");
    let path = hub.data_dir().join("scripts/d.py").display().to_string();
    for (what, name, left) in [
        ("0", "a", "bcd"),
        ("b", "b", "cd"),
        ("c.py", "c", "d"),
        (path.as_str(), "d", ""),
    ] {
        admin.chat(format!("!pyunload {what}"));
        admin.expect(format!("{name} is unloaded"));
        admin.expect("Script stopped: #");
        assert_eq!(who(&mut admin).concat(), left);
    }
    for what in ["0", "a", "nothing.py"] {
        admin.chat(format!("!pyunload {what}"));
        let got = admin.expect("not loaded");
        assert!(got.contains(what), "{got}");
    }
}

#[test]
fn pyreload_takes_the_new_file_and_keeps_place_and_number() {
    let hub = hub_of(&["a", "b", "c"]).start();
    let mut admin = hub.login_reg("admin");
    hub.write_script("b.py", teller("better"));
    for what in ["b", "1", "b.py"] {
        admin.chat(format!("!pyreload {what}"));
        admin.expect("is unloaded");
        admin.expect("Script loaded: #1 ");
        assert_eq!(who(&mut admin), ["a", "better", "c"]);
    }
    // What is not loaded yet is loaded.
    hub.write_script("d.py", teller("d"));
    admin.chat("!pyreload d");
    admin.expect("Script loaded: #3 ");
    // What became broken is gone, and says why.
    hub.write_script("a.py", "nonsense(\n");
    admin.chat("!pyreload a");
    admin.expect("SyntaxError");
    assert_eq!(who(&mut admin), ["better", "c", "d"]);
}

#[test]
fn pylog_shows_and_sets_the_level() {
    let hub = hub_of(&[]).start();
    let mut admin = hub.login_reg("admin");
    admin.chat("!pylog 3");
    admin.expect("pi_python.log_level: 1 -> 3");
    admin.chat("!pylog");
    admin.expect_exact("<Viperhub> pi_python.log_level: 3");
    admin.chat("!pylog many");
    admin.expect("0 to 5");
}

#[test]
fn the_commands_are_for_administrators_and_begin_with_an_exclamation_mark() {
    let hub = hub_of(&["a"]).user("op", 3, PASSWORD).start();
    let (mut admin, mut op) = (hub.login_reg("admin"), hub.login_reg("op"));
    op.chat("!pyunload a");
    op.expect("You need class 5");
    admin.chat("+pyunload a");
    admin.expect("There is no command +pyunload");
    assert_eq!(who(&mut op), ["a"]);
    // Scripts hear of them in OnHubCommand alone.
    hub.write_script("guard.py", "import vh\ndef OnOperatorCommand(nick, command): return 0\ndef OnHubCommand(*args): vh.mc('hub command ' + args[1])\n");
    admin.chat("!pyload guard");
    admin.expect("Script loaded");
    admin.chat("!pyunload a");
    admin.expect("hub command pyunload a");
    admin.expect("a is unloaded");
}

/// Every hook, thread, bot and object of a script is gone after the unload, and it can come again, many times.
#[test]
fn bots_are_removed_on_unload_and_reloading_leaves_nothing_behind() {
    let source = "\
import vh, threading, time
vh.AddRobot('robo', 0, 'bot', '\\x01', '', '0')
stop = threading.Event()
def work():
    while not stop.wait(0.01): vh.GetUsersCount()
threading.Thread(target=work).start()
def UnLoad(): stop.set()
";
    let hub = hub_of(&[]).script("bot.py", source).start();
    let (mut admin, mut ann) = (hub.login_reg("admin"), hub.login("ann"));
    for _ in 0..10 {
        admin.chat("!pyreload bot");
        let got = admin.expect("Script loaded: #0");
        assert!(!got.contains("did not end"), "{got}");
        ann.expect_exact("$Quit robo");
        ann.expect("$MyINFO $ALL robo bot$");
    }
    admin.chat("!pyunload bot");
    ann.expect_exact("$Quit robo");
    hub.login("robo");
    settle(&mut [&mut admin, &mut ann]);
}

#[test]
fn unloading_a_script_that_is_busy() {
    let source = "\
import vh, time
def OnParsedMsgChat(nick, text):
    if text == 'work':
        vh.mc('working')
        time.sleep(0.5)
        vh.mc('worked')
def UnLoad():
    vh.mc('unloaded')
";
    let hub = hub_of(&[])
        .set("python_budget_ms", 0)
        .script("busy.py", source)
        .start();
    let (mut admin, mut ann) = (hub.login_reg("admin"), hub.login("ann"));
    ann.chat("work");
    admin.expect("working");
    admin.chat("!pyunload busy");
    admin.expect("worked");
    admin.expect_exact("<ann> work");
    admin.expect("Script stopped");
    ann.expect_exact("<ann> work");
    ann.chat("afterwards");
    admin.expect_exact("<ann> afterwards");
}

#[test]
fn unloading_a_script_in_an_endless_loop() {
    let source = "def OnParsedMsgChat(nick, text):\n    while True: pass\n";
    let hub = hub_of(&[]).script("looping.py", source).start();
    let (mut admin, mut ann) = (hub.login_reg("admin"), hub.login("ann"));
    ann.chat("into the loop");
    admin.chat("!pyunload looping");
    admin.expect("Script stopped");
    assert_eq!(admin.count("<ann> into the loop"), 1);
    ann.chat("out of it");
    admin.expect_exact("<ann> out of it");
}

/// A script may ask for its own end, or for another's.
#[test]
fn scripts_unload_and_reload_themselves() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    if text.startswith('!py'):
        pass
    elif text.startswith('do '):
        vh.ParseCommand('admin', text[3:], 0)
        vh.mc('asked for it')
def UnLoad(): vh.mc('self is unloaded')
";
    let hub = hub_of(&["other"]).script("self.py", source).start();
    let mut admin = hub.login_reg("admin");
    admin.chat("do !pyunload other");
    admin.expect("other is unloaded");
    admin.chat("do !pyreload self");
    admin.expect("self is unloaded");
    kit::until(|| {
        admin.chat("!pylist");
        admin.expect("ID\tScript").contains("self.py")
    });
    admin.chat("do !pyunload self");
    admin.expect("self is unloaded");
    admin.fence();
}

/// Paths as the documents and people write them: from the hub's directory, quoted, numbers as replies name them.
#[test]
fn scripts_are_named_in_every_documented_way() {
    let source = "import vh\n";
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .file("data/scripts/more/deep.py", source)
        .file("data/scripts/more/with blank.py", source)
        .file("data/hosts", "127.0.0.7 a.example.org\n")
        .file("elsewhere/far.py", source)
        .start();
    let mut admin = hub.login_reg("admin");
    let data = hub.data_dir();
    let load = |admin: &mut kit::Client, what: &str, file: &str| {
        admin.chat(format!("!pyload {what}"));
        let told = admin.expect("Script ");
        assert!(
            told.contains("Script loaded: #") && told.ends_with(file),
            "!pyload {what}: {told}"
        );
        let number = told.split(['#', ' ']).nth(4).expect("a number").to_owned();
        // As the reply names it.
        admin.chat(format!("!pyreload #{number}"));
        let told = admin.expect("Script loaded: #");
        assert!(told.ends_with(file), "{told}");
        admin.chat(format!("!pyload #{number}"));
        admin.expect("Script is already loaded: #");
        admin.chat(format!("!pyunload #{number}"));
        let told = admin.expect("Script stopped: #");
        assert!(told.ends_with(file), "{told}");
        admin.chat(format!("!pyunload #{number}"));
        admin.expect(format!("Script is not loaded: #{number}"));
    };
    let blank = format!("{}/scripts/more/with blank.py", data.display());
    for (what, file) in [
        ("scripts/more/deep.py", "/scripts/more/deep.py"),
        ("\"scripts/more/deep.py\"", "/scripts/more/deep.py"),
        ("more/deep", "/scripts/more/deep.py"),
        ("elsewhere/far.py", "/elsewhere/far.py"),
        ("../elsewhere/far.py", "/elsewhere/far.py"),
        ("more/with blank.py", "/scripts/more/with blank.py"),
        ("'more/with blank'", "/scripts/more/with blank.py"),
        (&format!("\"{blank}\""), "/scripts/more/with blank.py"),
    ] {
        load(&mut admin, what, file);
    }
    // So may a name, if it is one of a script.
    for (what, file) in [
        ("own.py", "/own.py"),
        ("own", "/own.py"),
        ("./own.py", "/own.py"),
    ] {
        std::fs::write(data.join("own.py"), teller("own")).expect("writable");
        load(&mut admin, what, file);
    }
    admin.chat("!pyload hosts");
    admin.expect("Script not found: hosts");
    // A path names a loaded script, too.
    admin.chat("!pyload scripts/more/deep.py");
    admin.expect("Script loaded");
    for what in ["\"scripts/more/deep.py\"", "more/deep.py"] {
        admin.chat(format!("!pyreload {what}"));
        admin.expect("Script loaded");
    }
    admin.chat("!pyload \"");
    admin.expect("Script not found: \"");
}

/// Nor is one forgotten whose operator was answered before it ended, as a hook of it waited.
#[test]
fn a_script_that_is_given_up_later_is_told_of_too() {
    const STUCK: &str = "    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()\n";
    let waits_when = |nick: &str| {
        format!(
            "import vh, threading\n\
             def OnUserLogout(nick):\n    if nick != '{nick}': return\n    vh.mc('{nick} is asked about')\n    \
             vh.ScriptQuery('x', '')\n\
             def UnLoad():\n{STUCK}"
        )
    };
    let hub = hub_of(&[])
        .set("python_budget_ms", 8000)
        .script("again.py", waits_when("ann"))
        .script("gone.py", waits_when("bob"))
        .script(
            "never.py",
            format!("import threading\ndef OnScriptQuery(*args):\n{STUCK}"),
        )
        .start();
    let mut admin = hub.login_reg("admin");
    let (ann, bob) = (hub.login("ann"), hub.login("bob"));
    // The last of the chain first: what is behind a script that waits does not hear of it.
    drop(bob);
    admin.expect("bob is asked about");
    drop(ann);
    admin.expect("ann is asked about");
    admin.chat("!pyunload gone");
    admin.expect("Script stops as soon as its hook has returned: #");
    admin.chat("!pyreload again");
    admin.expect("It is loaded again right after.");
    let mut told = String::new();
    for _ in 0..2 {
        told += &admin.expect("Script taken out of use, but it does not react");
    }
    for file in ["gone.py", "again.py"] {
        let path = hub.data_dir().join("scripts").join(file);
        let path = path.display().to_string();
        assert!(told.contains(&path), "{told}");
        hub.wait_log(&format!("did not return; it stays in memory: {path}"));
    }
    // The new one has a number of its own, since the old one still has its.
    kit::until(|| {
        admin.chat("!pylist");
        let list = admin.expect("ID\tScript");
        list.contains("\t3\t") && list.contains("again.py") && !list.contains("gone.py")
    });
}

/// A script that is given up is in the log, with what was waited for.
#[test]
fn a_script_that_is_given_up_is_in_the_log() {
    let stuck = "import threading\ndef UnLoad():\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()\n";
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .user("op", 3, PASSWORD)
        .script("stuck.py", stuck)
        .start();
    let mut admin = hub.login_reg("admin");
    let mut op = hub.login_reg("op");
    hub.write_script(
        "endless.py",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n",
    );
    admin.chat("!pyload endless");
    let mut other = hub.login("ann");
    admin.chat("!pyunload stuck");
    admin.expect("stays in memory");
    // So is everybody who may hear of scripts, whoever asked for it.
    op.expect("Script taken out of use, but it does not react and stays in memory: #");
    hub.wait_log("UnLoad() did not return; it stays in memory: ");
    hub.wait_log("/scripts/stuck.py");
    other.chat("still here");
    admin.expect("still here");
    // A top level has half a minute.
    let told = |hub: &Hub| {
        hub.log()
            .contains("its top level did not return; it stays in memory: ")
    };
    for _ in 0..100 {
        if told(&hub) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    assert!(told(&hub), "{}", hub.log());
    hub.wait_log("/scripts/endless.py");
    admin.expect("does not finish loading");
    op.expect("Script does not finish loading and was given up: ");
}

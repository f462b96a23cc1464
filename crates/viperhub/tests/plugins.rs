//! Native plugins: the samples used from scripts, events that they judge, and what can be wrong with them.

mod kit;

use std::fs;
use std::path::Path;
use std::process::Command;

use kit::{Client, Hub, PASSWORD, Probe, Setup, until};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().expect("a compiler");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Compiles the test's own plugin into DATA-DIR/plugins.
#[track_caller]
fn compile(data_dir: &Path, file: &str, definitions: &[&str]) {
    let folder = data_dir.join("plugins");
    fs::create_dir_all(&folder).expect("the test's directory can be written");
    // Written beside and moved into its place, as a linker does.
    run(Command::new("cc")
        .args([
            "-std=gnu11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-g",
            "-shared",
            "-fPIC",
        ])
        .args(definitions)
        .arg("-I")
        .arg(root().join("include"))
        .arg(root().join("crates/viperhub/tests/native/probe.c"))
        .arg("-o")
        .arg(folder.join(file))
        .arg("-lpthread"));
}

/// Types a command; an answer comes that holds this. Scripts and plugins may speak meanwhile.
#[track_caller]
fn answer(client: &mut Client, command: &str, text: &str) -> String {
    client.chat(command);
    client.expect(text)
}

/// A hub whose plugin `probe` is loaded, driven by `boss`, who also drives a script.
fn with_probe(setup: Setup) -> (Hub, Probe) {
    let setup = setup.probe(&["OnOperatorKicks"]);
    compile(&setup.data_dir(), "probe.so", &[]);
    let hub = setup.start();
    let mut boss = Probe::login(&hub);
    answer(
        &mut boss.client,
        "!addplug probe -p probe.so",
        "is registered",
    );
    let path = hub.data_dir().join("plugins/probe.so");
    let loaded = format!("Plugin probe is loaded: Probe 0.1, {}", path.display());
    answer(&mut boss.client, "!onplug probe", &loaded);
    (hub, boss)
}

#[test]
fn the_samples_do_what_they_say() {
    let samples = root().join("examples/plugins");
    let script = fs::read(samples.join("tour.py")).expect("the sample is there");
    let setup = Hub::setup()
        .script("tour.py", script)
        .user("op", 3, PASSWORD)
        .probe(&[]);
    let folder = setup.data_dir().join("plugins");
    fs::create_dir_all(&folder).expect("the test's directory can be written");
    run(Command::new("make")
        .arg("-C")
        .arg(&samples)
        .arg(format!("OUT={}", folder.display()))
        // Not optimised, which takes its time.
        .arg("RUSTFLAGS=")
        // Not those of a make around this test.
        .env_remove("MAKEFLAGS")
        .env_remove("MFLAGS"));
    let hub = setup.start();
    let mut boss = Probe::login(&hub);
    for (name, title) in [
        ("c", "Tour in C 1.0"),
        ("cpp", "Tour in C++ 1.0"),
        ("rust", "Tour in Rust 1.0"),
    ] {
        let add = format!(
            "!addplug {name} -p \"{}/tour_{name}.so\" -d \"the tour\"",
            folder.display()
        );
        answer(&mut boss.client, &add, "loaded whenever the hub starts");
        answer(&mut boss.client, &format!("!onplug {name}"), title);
    }
    try_the_tour(&hub, &mut boss);
    let mut op = hub.login_reg("op");
    let list = answer(&mut op, "!lstplug", "Python is built in");
    for row in [
        "c [On] [Automated] /",
        "cpp [On]",
        "Tour in Rust 1.0 - the tour",
    ] {
        assert!(list.contains(row), "{list}");
    }
    op.chat("!offplug c");
    op.expect("You need class 5");

    // Off, on, anew, and by itself at the next start.
    answer(&mut boss.client, "!offplug c", "Plugin c is unloaded.");
    let gone = boss.eval("vh.CallDynamicFunction('c_reverse', [1])");
    assert!(gone.starts_with("NameError"), "{gone}");
    boss.is("vh.CallDynamicFunction('rust_reverse', [1, 2])", "[2, 1]");
    answer(
        &mut boss.client,
        "!replug rust",
        "Plugin rust is unloaded.\r\nPlugin rust is loaded",
    );
    answer(&mut boss.client, "!modplug cpp -a 0", "by !onplug only");
    let mut hub = hub;
    hub.stop();
    let mut hub = hub.restart();
    let mut boss = Probe::login(&hub);
    boss.is("vh.CallDynamicFunction('c_reverse', [1, 2])", "[2, 1]");
    boss.is("vh.CallDynamicFunction('rust_stats', 'ann')", "None");
    let list = answer(&mut boss.client, "!listplug", "cpp [Off] [Manual]");
    assert!(list.contains("rust [On] [Automated]"), "{list}");
    let (status, _) = hub.stop();
    assert!(status.success());
    assert!(hub.log().contains("the tour in C ends"), "{}", hub.log());
}

/// The dynamic functions of the documents as printed, in a plugin of this hub: the hub's own `w_` functions answer.
#[test]
fn functions_written_to_the_documents_work_unchanged() {
    let setup = Hub::setup().probe(&[]);
    let folder = setup.data_dir().join("plugins");
    fs::create_dir_all(&folder).expect("the test's directory can be written");
    run(Command::new("c++")
        .args(["-std=c++11", "-Wall", "-g", "-shared", "-fPIC"])
        .arg("-I")
        .arg(root().join("include"))
        .arg("-I")
        .arg(root().join("tests/documents/cpp"))
        .arg(root().join("crates/viperhub/tests/native/documented.cpp"))
        .arg("-o")
        .arg(folder.join("documented.so")));
    let hub = setup.start();
    let mut boss = Probe::login(&hub);
    answer(
        &mut boss.client,
        "!addplug documents -p documented.so",
        "is registered",
    );
    answer(&mut boss.client, "!onplug documents", "Documented 1.0");
    boss.exec("def spoken(text, texts): return {text: texts, 1: None}");
    for (call, result) in [
        ("'get_stats', 'ann'", "(12, 3)"),
        ("'add', 10, 20", "30"),
        ("'reverse', 'Hello'", "'olleH'"),
        (
            "'reverse_list', ['apple', 'banana', 'cherry']",
            "['cherry', 'banana', 'apple']",
        ),
        (
            "'reverse_list', ['\u{e9}', 1, (2, {3: None})]",
            "[[2, {'3': None}], 1, '\u{e9}']",
        ),
        (
            "'add_field', {'name': 'Alice', 'age': 30}",
            "{'processed': True, 'name': 'Alice', 'age': 30}",
        ),
        (
            "'ask_back', '\u{e9}'",
            "('{\"\u{e9}\":[\"\u{e9}\"],\"1\":null}', 1)",
        ),
        ("'add', 'x'", "None"),
    ] {
        boss.is(&format!("vh.CallDynamicFunction({call})"), result);
    }
    // What plugins may link with is what the library exports.
    let exported = |file: &Path| {
        let nm = Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(file)
            .output();
        let names = String::from_utf8(nm.expect("nm").stdout).expect("ASCII");
        let names = names.lines().filter_map(|l| l.split(' ').next_back());
        let names = names.filter(|n| n.starts_with("w_") || n.contains("nPythonPlugin"));
        names
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let program = Path::new(env!("CARGO_BIN_EXE_viperhub"));
    let library = program.with_file_name("deps/libvh_python_wrapper.so");
    let names = exported(&library);
    assert!(
        names.contains("w_pack") && names == exported(program),
        "{names:?}"
    );
    // Its code stays, as nobody knows whose functions these are.
    answer(&mut boss.client, "!offplug documents", "is unloaded");
    boss.is("vh.CallDynamicFunction('add', 1, 2)", "3");
    answer(&mut boss.client, "!onplug documents", "Documented 1.0");
    boss.is("vh.CallDynamicFunction('add', 2, 2)", "4");
}

fn try_the_tour(hub: &Hub, boss: &mut Probe) {
    let mut ann = hub.login("ann");
    ann.expect_ever("<Viperhub> Hello ann, type +stats ann some time.");
    ann.chat("how are you");
    ann.expect_exact("<ann> how are you");
    ann.chat("I am *fine*");
    boss.client.expect_exact("<ann> I am FINE");
    ann.chat("+stats ann");
    ann.expect("ann: {'lines': 2, 'words': 6, 'last': 'I am *fine*', 'mean': 3.0}");
    // The hub's own rule against repeating oneself is not for operators, the plugin's is.
    for _ in 0..2 {
        boss.client.chat("again");
        boss.client.expect_exact("<boss> again");
    }
    boss.client.chat("again");
    boss.client.expect_exact("<tour> You said that already.");
    ann.chat("+backwards a b ä");
    ann.expect("ä b a");
    ann.chat("+mean 1 2 6");
    ann.expect("from 1.0 to 6.0, 3.0 in the mean");
    boss.is(
        "vh.CallDynamicFunction('cpp_stats', 'ann')",
        "{'lines': 2, 'words': 6, 'class': 0}",
    );
    boss.is(
        "vh.CallDynamicFunction('rust_stats', 'ann')",
        "{'lines': 2, 'words': 6}",
    );
    boss.is("vh.CallDynamicFunction('c_stats', 'nobody')", "None");
    let own = boss.eval("vh.CallDynamicFunction('cpp_summary', [1])");
    assert!(own.starts_with("NameError"), "only tour.py has it: {own}");
    for language in ["c", "cpp", "rust"] {
        let call =
            |name: &str, args: &str| format!("vh.CallDynamicFunction('{language}_{name}', {args})");
        boss.is(
            &call("reverse", "[1, 'b', (2, None)]"),
            "[(2, None), 'b', 1]",
        );
        boss.is(&call("reverse", "[]"), "[]");
        boss.is(
            &call("add_field", "{'a': 1}, 'b', [2.5]"),
            "{'a': 1, 'b': [2.5]}",
        );
        boss.is(&call("add_field", "{}, 'ä', True"), "{'ä': True}");
        let error = boss.eval(&call("reverse", "5"));
        assert!(
            error.starts_with("RuntimeError: ") && error.contains("wants a list"),
            "{error}"
        );
        if language != "cpp" {
            boss.is(
                &call("summary", "[3, 1.5, -2]"),
                "(-2.0, 3.0, 0.8333333333333334)",
            );
        }
    }
}

#[test]
fn values_survive_the_way_there_and_back() {
    let (_hub, mut boss) = with_probe(Hub::setup());
    for value in [
        "True",
        "False",
        "0",
        "-9223372036854775808",
        "9223372036854775807",
        "1.5",
        "float('-inf')",
        "''",
        "'a\\x00b'",
        "'ä€'",
        "[]",
        "()",
        "set()",
        "{}",
        "[None]",
        "[1, [2, (3, {4})]]",
        "{'a': {'b': [None, True, 'x']}, 'c': (1, 'y')}",
        "{0: 1, 2.5: 'a', None: {False: 3}}",
        "{'x', 'x'}",
        "['x' * 100000]",
        "list(range(1000))",
    ] {
        boss.is(
            &format!("vh.CallDynamicFunction('probe_echo', {value}) == {value}"),
            "True",
        );
    }
    boss.is("vh.CallDynamicFunction('probe_echo')", "None");
    boss.is(
        "type(vh.CallDynamicFunction('probe_echo', True)).__name__",
        "'bool'",
    );
    // What makes no sense is an exception, not a crash.
    for (n, error) in [
        (
            0,
            "ValueError: plugin probe: its result has there is no type 77 of values",
        ),
        (
            1,
            "ValueError: plugin probe: its result has 3 items, but no place where they are",
        ),
        (
            2,
            "ValueError: plugin probe: its result has containers more than 100 deep",
        ),
        (
            3,
            "ValueError: plugin probe: its result has a text without a place where it is",
        ),
        (4, "RuntimeError: the function of plugin probe failed"),
    ] {
        boss.is(
            &format!("vh.CallDynamicFunction('probe_bad', {n})"),
            &format!("{error:?}").replace('"', ""),
        );
    }
    // Any vh function, with its own checks; lists and tuples of the hub's.
    let vh = |args: &str| format!("vh.CallDynamicFunction('probe_vh', {args})");
    boss.is(&vh("'GetUserClass', 'boss'"), "10");
    let nicks = format!("sorted({})", vh("'GetNickList'"));
    boss.is(&nicks, "['OpChat', 'Viperhub', 'boss']");
    boss.is(&format!("{}[0]", vh("'GetMyINFO', 'boss'")), "'boss'");
    boss.is(&vh("'SQL', 'SELECT 1+1'"), "(1, [['2']])");
    boss.is(&vh("'SetConfig', 'pi_x', 'v', '5'"), "True");
    boss.is(&vh("'GetConfig', 'pi_x', 'v'"), "'5'");
    boss.is(
        &vh("'Nothing'"),
        "RuntimeError: there is no function vh.Nothing",
    );
    let missing = boss.eval(&vh("'GetUserClass'"));
    assert!(
        missing.starts_with("RuntimeError: ") && missing.contains("missing"),
        "{missing}"
    );
    // A function of a script, by stem and number; its exception.
    boss.exec("def twice(x): return [x, x]");
    let python = |args: &str| format!("vh.CallDynamicFunction('probe_python', {args})");
    boss.is(
        &python("'probe', 'twice', {'a': 1}"),
        "[{'a': 1}, {'a': 1}]",
    );
    boss.is(&python("'probe.py', 'twice', 'x'"), "['x', 'x']");
    let none = boss.eval(&python("'probe', 'thrice'"));
    assert!(none.contains("the script has no function thrice"), "{none}");
    let none = boss.eval(&python("'nowhere', 'twice'"));
    assert!(none.contains("nowhere: the script is not loaded"), "{none}");
    // A thread of the plugin's own.
    boss.exec("vh.CallDynamicFunction('probe_thread')");
    // It may have been faster than the answer.
    boss.client.expect_ever("<Viperhub> a thread counts 1");
    boss.client.expect_ever("$HubTopic topic by a thread");
}

#[test]
fn plugins_and_scripts_are_asked_and_a_block_wins() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    if nick != 'boss': vh.mc('script sees ' + text)
    if 'script-blocks' in text: return 0
    if 'script-replaces' in text: return nick, text.upper()
def OnOperatorKicks(op, nick, reason):
    vh.mc('script is asked about ' + nick)
    return nick != 'angel'
def kick(nick):
    return vh.KickUser('boss', nick, 'by python')
def plugin_kick(nick):
    return vh.CallDynamicFunction('probe_vh', 'KickUser', 'boss', nick, 'by both')
";
    let (hub, mut boss) = with_probe(Hub::setup().script("s.py", source));
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.chat("hello");
    bob.expect("script sees hello");
    bob.expect_exact("<ann> hello");
    // Blocked by the plugin; the script is asked all the same.
    ann.chat("block this");
    bob.expect("script sees block this");
    ann.chat("script-blocks this");
    bob.expect("script sees script-blocks this");
    // Replaced by the plugin, seen so by the script, replaced again.
    ann.chat("replace one script-replaces");
    bob.expect("script sees one script-replaces");
    bob.expect_exact("<ann> ONE SCRIPT-REPLACES");
    ann.chat("reply <x> for your eyes");
    ann.expect_exact("<x> for your eyes");
    bob.expect("script sees reply");
    bob.expect("<ann> reply");
    bob.expect_none("<x> for your eyes");
    assert!(bob.count("<ann> block this") == 0 && bob.count("<ann> script-blocks") == 0);

    // A plugin that waits for the hub hears of what it has caused, and so do scripts.
    for (saint, who) in [("saint", true), ("angel", true), ("eve", false)] {
        let mut victim = hub.login(saint);
        ann.chat(format!("kick {saint}"));
        bob.expect(format!("script is asked about {saint}"));
        hub.wait_log(&format!("asked about a kick of {saint}"));
        match who {
            true => hub.wait_log("not kicked"),
            false => drop(victim.expect_closed()),
        }
        bob.expect(format!("<ann> kick {saint}"));
        if who {
            victim.fence();
            victim.leave();
        }
    }
    // The same through a function in Python that waits for the hub: on its own thread, ...
    boss.exec("vh.DelIPTempBan('127.0.0.1')");
    let mut carl = hub.login("carl");
    ann.chat("python carl");
    hub.wait_log("asked about a kick of carl");
    carl.expect_closed();
    hub.wait_log("python kicked");
    // ... and on a script's thread, which must answer its own hook meanwhile.
    boss.exec("vh.DelIPTempBan('127.0.0.1')");
    let mut dora = hub.login("dora");
    boss.is(
        "vh.CallDynamicFunction('probe_python', 's', 'plugin_kick', 'dora')",
        "True",
    );
    hub.wait_log("asked about a kick of dora");
    dora.expect_closed();

    // What it has made goes with it.
    ann.chat("bot robbie");
    bob.expect("$MyINFO $ALL robbie");
    answer(
        &mut boss.client,
        "!offplug probe",
        "Plugin probe is unloaded.",
    );
    bob.expect("the probe says goodbye");
    bob.expect("$Quit robbie");
    ann.chat("block this no more");
    bob.expect_exact("<ann> block this no more");
}

#[test]
fn a_plugin_that_hangs_holds_up_nothing() {
    let setup = Hub::setup()
        .set("python_budget_ms", 500)
        .set("python_strikes", 2);
    let (hub, mut boss) = with_probe(setup);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let go_on = hub.data_dir().join("go-on");
    for round in 1..=2 {
        ann.chat(format!("hang {round}"));
        bob.expect_exact(format!("<ann> hang {round}"));
        hub.wait_log(&format!(
            "OnParsedMsgChat took longer than 500 ms, the hub went on without it ({round} of 2)"
        ));
        // Left out while it hangs.
        ann.chat("block nobody");
        bob.expect_exact("<ann> block nobody");
        if round == 1 {
            fs::write(&go_on, "").expect("the test's directory can be written");
            // It returns some time, and is asked again.
            let mut tries = 0;
            until(|| {
                tries += 1;
                ann.chat(format!("block number {tries}"));
                ann.fence();
                ann.count(&format!("<ann> block number {tries}")) == 0
            });
            fs::remove_file(&go_on).expect("it is there");
        }
    }
    hub.wait_log("it is told of nothing until !replug probe");
    answer(&mut boss.client, "!lstplug", "probe [Suspended]");
    // Nor does it when it is to go, until it returns after all.
    answer(
        &mut boss.client,
        "!offplug probe",
        "Plugin probe is taken out of use, but it does not react",
    );
    fs::write(&go_on, "").expect("the test's directory can be written");
    hub.wait_log("plugin probe has ended after all");
    answer(&mut boss.client, "!onplug probe", "is loaded");
    ann.chat("hang no more");
    bob.expect_exact("<ann> hang no more");
    ann.chat("block again");
    ann.fence();
    bob.expect_none("<ann> block again");
}

#[test]
fn what_is_wrong_with_a_plugin_is_said_and_the_hub_goes_on() {
    let setup = Hub::setup()
        .user("boss", 5, PASSWORD)
        .user("chief", 4, PASSWORD);
    let data = setup.data_dir();
    compile(&data, "future.so", &["-DVERSION=VHP_VERSION+1"]);
    compile(&data, "other.so", &["-DVERSION=(7<<16)"]);
    compile(&data, "tired.so", &["-DREFUSES"]);
    compile(&data, "silent.so", &["-DSILENT"]);
    compile(&data, "empty.so", &["-DNO_ENTRY"]);
    compile(&data, "liblua_pi.so", &["-DNO_ENTRY", "-DVERLIHUB"]);
    compile(&data, "good.so", &[]);
    let setup = setup.file("data/plugins/text.so", "no library at all");
    let hub = setup.start();
    let mut boss = hub.login_reg("boss");
    let mut chief = hub.login_reg("chief");
    answer(&mut chief, "!addplug x -p good.so", "You need class 5");
    for (file, why) in [
        (
            "future.so",
            "it was made for version 1.1 of the plugin interface and this hub has 1.0",
        ),
        ("other.so", "it was made for version 7.0"),
        ("tired.so", "it is tired"),
        ("silent.so", "it refuses this hub without saying why"),
        (
            "empty.so",
            "it has no function viperhub_plugin, see docs/plugins.md",
        ),
        ("liblua_pi.so", "it is a plugin for Verlihub itself"),
        ("text.so", "not loaded: "),
        ("missing.so", "there is no file "),
        // The probe does not like to be called anything else.
        ("good.so", "that is not its name"),
    ] {
        let name = &file[..4];
        answer(&mut boss, &format!("!addplug {name} -p {file}"), "Plugin ");
        answer(&mut boss, &format!("!onplug {name}"), why);
        hub.wait_log(why);
        let list = answer(
            &mut boss,
            "!lstplug",
            &format!("{name} [Off] [Automated] {file}"),
        );
        assert!(list.contains("last error: "), "{list}");
        answer(&mut boss, &format!("!offplug {name}"), "is not loaded");
        answer(&mut boss, &format!("!delplug {name}"), "is forgotten");
    }
    answer(&mut boss, "!lstplug", "none, see !addplug");
    for (command, says) in [
        ("!addplug", "Use !addplug NICK -p PATH"),
        ("!addplug x", "Where is the plugin?"),
        ("!modplug x -a 1", "There is no plugin x"),
        ("!onplug x", "There is no plugin x, see !lstplug."),
        ("!offplug x", "There is no plugin x"),
        ("!replug x", "There is no plugin x"),
        ("!delplug x", "There is no plugin x"),
        ("!onplug", "Say which plugin"),
        // As owners of Verlihub have it in their notes.
        (
            "!addplug python -p /usr/lib/libpython_pi.so -a 1",
            "Python is built into this hub",
        ),
        ("!onplug python", "Python is built into this hub"),
    ] {
        answer(&mut boss, command, says);
    }
    boss.chat("still here");
    chief.expect_exact("<boss> still here");
    // Written over in its place and loaded anew.
    answer(&mut boss, "!addplug probe -p good.so -a 1", "is registered");
    answer(&mut boss, "!onplug probe", "is loaded");
    answer(&mut boss, "!onplug probe", "is loaded already");
    fs::copy(data.join("plugins/tired.so"), data.join("plugins/good.so"))
        .expect("it can be written");
    answer(
        &mut boss,
        "!replug probe",
        "Plugin probe is unloaded.\r\nPlugin probe is not loaded: it is tired",
    );
    // What cannot be loaded at a start is left out.
    let mut hub = hub;
    hub.stop();
    let hub = hub.restart();
    hub.wait_log("plugin probe is not loaded: it is tired");
    hub.login("ann").fence();
}

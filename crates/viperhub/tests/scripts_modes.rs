//! Choosing the interpreter of a script, and what shared scripts see of one another.

mod kit;

use kit::{Hub, PASSWORD};

const NAME: &str = "import vh\ndef OnParsedMsgChat(nick, text): vh.mc(vh.name + ' heard')\n";

fn source(header: &str) -> String {
    format!("{header}{NAME}")
}

#[test]
fn settings_of_the_owner_go_before_the_header() {
    let hub = Hub::setup()
        .user("admin", 10, PASSWORD)
        .set("python_script_modes", "forced=isolated other.py=shared")
        .script("forced.py", source("# viperhub: mode=shared\n"))
        .script(
            "header.py",
            source("#!/usr/bin/env python3\n# viperhub: mode=shared\n"),
        )
        .script("other.py", source(""))
        .script("plain.py", source(""))
        .start();
    let mut admin = hub.login_reg("admin");
    admin.chat("!pylist");
    let list = admin.expect("ID\tScript");
    for row in [
        "forced.py (isolated)",
        "header.py (shared)",
        "other.py (shared)",
        "plain.py (isolated)",
    ] {
        assert!(list.contains(row), "{row}: {list}");
    }
    // All of them see every event, in the order of the list.
    admin.chat("hello");
    for name in ["forced", "header", "other", "plain"] {
        admin.expect(format!("<Viperhub> {name} heard"));
    }
    // The choice is made anew at each load, and the number stays.
    admin.chat("!set python_mode shared");
    admin.chat("!pyreload plain");
    admin.expect("Script loaded: #3");
    admin.chat("!pylist");
    admin.expect("plain.py (shared)");
    admin.chat("!set python_script_modes header=isolated");
    admin.chat("!pyreload header");
    admin.expect("Script loaded: #1");
    admin.chat("!pylist");
    admin.expect("header.py (isolated)");
}

#[test]
fn a_mode_that_there_is_not_is_named_with_its_place() {
    let hub = Hub::setup()
        .user("admin", 10, PASSWORD)
        .script("wrong.py", source("# viperhub: mode=threads\n"))
        .script("fine.py", source(""))
        .start();
    hub.wait_log("wrong.py: its line `# viperhub:`: there is no mode \"threads\"");
    let mut admin = hub.login_reg("admin");
    admin.chat("!pyload wrong");
    admin.expect("there is no mode \"threads\"; the modes are isolated and shared");
    admin.chat("!set python_mode everywhere");
    admin.chat("!pyreload fine");
    admin.expect("python_mode: there is no mode \"everywhere\"");
}

#[test]
fn shared_scripts_see_one_another() {
    let hub = Hub::setup()
        .user("admin", 10, PASSWORD)
        .set("python_mode", "shared")
        .script("a.py", "shared_config = {'debug': True}\ncount = 0\ndef OnUserLogin(nick):\n    global count\n    count += 1\n")
        .script("b.py", "import vh\ndef OnParsedMsgChat(nick, text):\n    if text == 'toggle': shared_config['debug'] = not shared_config['debug']\n    vh.mc(f'{count} {shared_config} {\"OnUserLogin\" in globals()}')\n")
        .start();
    let mut admin = hub.login_reg("admin");
    admin.chat("toggle");
    admin.expect("1 {'debug': False} False");
    admin.chat("!pyreload a");
    admin.expect("Script loaded: #0");
    admin.chat("look");
    admin.expect("0 {'debug': True} False");
    admin.chat("!pyunload a");
    admin.expect("Script stopped: #0");
    admin.chat("look");
    admin.expect("NameError: name 'count' is not defined");
}

#[test]
fn a_load_that_hangs_holds_up_no_other_command() {
    let hub = Hub::setup().user("admin", 10, PASSWORD).start();
    hub.write_script("hang.py", "import time\ntime.sleep(3600)\n");
    hub.write_script("next.py", NAME);
    let mut client = hub.login_reg("admin");
    client.chat("!pyload hang");
    client.chat("!pyload next");
    client.expect("next.py");
    client.chat("!pylist");
    client.expect("next.py (isolated)");
    client.chat("!pyload hang");
    client.expect("Script is being loaded or unloaded");
}

#[test]
fn the_log_tells_of_calls_at_higher_levels() {
    let hub = Hub::setup()
        .user("admin", 10, PASSWORD)
        .script("name.py", NAME)
        .start();
    let mut admin = hub.login_reg("admin");
    admin.chat("before");
    admin.expect("name heard");
    admin.chat("!pylog 3");
    admin.expect("pi_python.log_level: 1 -> 3");
    admin.chat("behind");
    admin.expect("name heard");
    hub.wait_log("name: OnParsedMsgChat('admin', 'behind') = 1 in ");
    let log = hub.log();
    assert!(
        log.contains("name: vh.mc('name heard') = True in "),
        "{log}"
    );
    assert!(log.contains("name.py is loaded: OnParsedMsgChat"), "{log}");
    assert!(!log.contains("before") && !log.contains(" begins"), "{log}");
    admin.chat("!pylog 4");
    admin.expect("3 -> 4");
    admin.chat("again");
    hub.wait_log("name: OnParsedMsgChat('admin', 'again') begins");
}

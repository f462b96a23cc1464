//! How the hub ends: cleanly, in time, and without losing what it had promised.

mod kit;

use std::fs;
use std::time::Duration;

use kit::{Client, Hub, PASSWORD, Probe, Who};

/// Five seconds are promised; a machine that does much else may need as many more to show it.
const IN_TIME: Duration = Duration::from_secs(10);

/// Writes a file beside the hub's data when it is unloaded.
const SAYS_GOODBYE: &str = r#"
import os, vh
def UnLoad():
    with open(os.path.join(vh.basedir, "unloaded"), "w") as file:
        file.write(vh.GetConfig("config", "hub_name") + " " + str(vh.GetUsersCount()))
    vh.mc("the script says goodbye")
"#;

fn ends_cleanly_at(signal: &str) {
    let mut hub = Hub::setup()
        .set("hub_name", "Den")
        .script("goodbye.py", SAYS_GOODBYE)
        .start();
    let mut ann = hub.login("ann");
    let mut half = Client::connect(&hub);
    half.expect("$Lock");
    let (status, time) = hub.stop_by(signal);
    assert_eq!(status.code(), Some(0), "{}", hub.log());
    assert!(time < IN_TIME, "{time:?}");
    let told = ann.expect_closed();
    let goodbye = told
        .find("the script says goodbye")
        .expect("the script was heard");
    let end = told.find("shutting down").expect("clients are told");
    assert!(
        goodbye < end,
        "scripts are unloaded while clients are there: {told}"
    );
    half.expect_closed();
    // vh worked while UnLoad ran.
    assert_eq!(
        fs::read_to_string(hub.data_dir().join("unloaded")).expect("UnLoad ran"),
        "Den 1"
    );
}

#[test]
fn sigterm_ends_cleanly() {
    ends_cleanly_at("TERM");
}

#[test]
fn sigint_ends_cleanly() {
    ends_cleanly_at("INT");
}

#[test]
fn an_idle_hub_ends_quickly() {
    let mut hub = Hub::setup()
        .script("a.py", "import vh\ndef UnLoad(): pass\n")
        .start();
    hub.login("ann");
    let (status, time) = hub.stop();
    assert!(status.success());
    assert!(time < IN_TIME, "{time:?}");
}

#[test]
fn a_script_that_hangs_in_unload_does_not_hold_the_hub() {
    let hang = "import time\ndef UnLoad():\n    while True:\n        time.sleep(1)\n";
    let mut hub = Hub::setup()
        .script("a_hang.py", hang)
        .script("b.py", SAYS_GOODBYE)
        .start();
    let mut ann = hub.login("ann");
    let (status, time) = hub.stop();
    assert_eq!(status.code(), Some(0), "{}", hub.log());
    assert!(time < IN_TIME, "{time:?}");
    assert!(ann.expect_closed().contains("shutting down"));
    assert!(
        hub.data_dir().join("unloaded").exists(),
        "the other script's UnLoad ran"
    );
}

#[test]
fn a_script_in_an_endless_loop_does_not_hold_the_hub() {
    for body in [
        "while True: pass",
        "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    ] {
        let source = format!("def OnParsedMsgChat(nick, text):\n    {body}\n");
        let mut hub = Hub::setup()
            .set("python_budget_ms", 1000)
            .script("loop.py", source)
            .start();
        let mut ann = hub.login("ann");
        ann.chat("into the loop");
        let (status, time) = hub.stop();
        assert_eq!(status.code(), Some(0), "{}", hub.log());
        assert!(time < IN_TIME, "{time:?}");
    }
}

#[test]
fn a_script_with_threads_does_not_hold_the_hub() {
    let source = r#"
import threading, time
threading.Thread(target=lambda: time.sleep(3600)).start()
threading.Thread(target=lambda: time.sleep(3600), daemon=True).start()
"#;
    let mut hub = Hub::setup().script("threads.py", source).start();
    hub.login("ann");
    let (status, time) = hub.stop();
    assert_eq!(status.code(), Some(0), "{}", hub.log());
    assert!(time < IN_TIME, "{time:?}");
}

#[test]
fn a_client_that_does_not_read_does_not_hold_the_hub() {
    let mut hub = Hub::start();
    let _deaf = hub.login("deaf");
    let mut ann = hub.login("ann");
    // More than the system keeps for a connection.
    for n in 0..400 {
        ann.pm("deaf", format!("{n} {}", "x".repeat(1000)));
    }
    ann.fence();
    let (status, time) = hub.stop();
    assert!(status.success());
    assert!(time < IN_TIME, "{time:?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let hang = "import time\ndef UnLoad():\n    time.sleep(3600)\n";
    let mut hub = Hub::setup().script("hang.py", hang).start();
    hub.signal("TERM");
    hub.wait_log("stopping");
    let (status, time) = hub.stop_by("INT");
    assert_eq!(status.code(), Some(130));
    assert!(time < IN_TIME, "{time:?}");
}

#[test]
fn the_owner_can_stop_the_hub() {
    let mut hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .script("goodbye.py", SAYS_GOODBYE)
        .start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!quit");
    assert!(boss.expect_closed().contains("shutting down"));
    assert_eq!(hub.wait().code(), Some(0));
    assert!(hub.data_dir().join("unloaded").exists());
}

#[test]
fn a_script_can_stop_the_hub_with_an_exit_code() {
    let mut hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is("vh.StopHub(7)", "True");
    assert_eq!(hub.wait().code(), Some(7));
}

#[test]
fn the_port_is_free_again_after_the_end() {
    let mut hub = Hub::start();
    let address = hub.address().to_string();
    hub.login("ann");
    hub.stop();
    let again = Hub::setup().listen(&address).start();
    again.login("ann");
}

/// Registrations and settings that were acknowledged survive a kill.
#[test]
fn kill_9_and_restart_keeps_registered_users_and_settings() {
    let hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let mut boss = hub.login_reg("boss");
    boss.chat(format!("!regnew ann 3 {PASSWORD}"));
    boss.expect("ann is now registered");
    boss.chat("!set hub_name Den");
    boss.expect("-> Den");
    hub.signal("KILL");
    let hub = hub.restart();
    let mut ann = Client::connect(&hub);
    ann.enter(&Who::new("ann").password(PASSWORD));
    assert!(
        ann.history().contains("$HubName Den\n"),
        "{}",
        ann.history()
    );
    hub.login_reg("boss");
}

#[test]
fn a_script_that_hangs_while_it_loads_does_not_hold_the_end() {
    let mut hub = Hub::setup()
        .script(
            "hang.py",
            "print('loading', flush=True)\nwhile True: pass\n",
        )
        .launch();
    hub.wait_log("loading");
    let (status, time) = hub.stop();
    assert_eq!(status.code(), Some(0), "{}", hub.log());
    assert!(time < IN_TIME, "{time:?}");
}

/// That a registered user left is written down, also when it is the hub that ends.
#[test]
fn the_last_logout_is_kept() {
    let mut hub = Hub::setup()
        .user("ann", 1, PASSWORD)
        .user("bob", 1, PASSWORD)
        .probe(&[])
        .start();
    let ann = hub.login_reg("ann");
    let _bob = hub.login_reg("bob");
    ann.leave();
    Probe::login(&hub).client.fence();
    hub.stop();
    let hub = hub.restart();
    let mut boss = Probe::login(&hub);
    let query = "SELECT nick FROM reglist WHERE login_last > 0 AND logout_last >= login_last - 1 AND nick != 'boss' ORDER BY nick";
    boss.is(&format!("vh.SQL(\"{query}\")"), "(1, [['ann'], ['bob']])");
}

//! A client that does not go on with its login is sent away, with the reason.

mod kit;

use kit::{Client, Hub, Who};

#[test]
fn the_key_must_come_in_time() {
    let hub = Hub::setup().set("timeout_key", 0.2).start();
    let mut ann = Client::connect(&hub);
    let got = ann.expect_closed();
    assert!(got.contains("Timeout: the key took too long."), "{got}");
}

#[test]
fn the_nick_must_come_in_time() {
    let hub = Hub::setup().set("timeout_nick", 0.2).start();
    let mut ann = Client::connect(&hub);
    ann.send("$Supports NoHello ");
    ann.send("$Key x");
    let got = ann.expect_closed();
    assert!(got.contains("Timeout: a nick took too long."), "{got}");
}

#[test]
fn my_info_must_come_in_time() {
    let hub = Hub::setup().set("timeout_myinfo", 0.2).start();
    let mut ann = Client::connect(&hub);
    ann.handshake(&Who::new("ann"));
    let got = ann.expect_closed();
    assert!(got.contains("Timeout: MyINFO took too long."), "{got}");
}

#[test]
fn the_password_must_come_in_time() {
    let hub = Hub::setup()
        .set("timeout_myinfo", 0.2)
        .user("ann", 1, kit::PASSWORD)
        .start();
    let mut ann = Client::connect(&hub);
    ann.ask_nick(&Who::new("ann"));
    ann.expect_exact("$GetPass");
    let got = ann.expect_closed();
    assert!(
        got.contains("Timeout: the password took too long."),
        "{got}"
    );
}

#[test]
fn the_login_as_a_whole_must_be_done_in_time() {
    let hub = Hub::setup()
        .set("timeout_login", 0.2)
        .set("timeout_key", 0)
        .start();
    let mut ann = Client::connect(&hub);
    let got = ann.expect_closed();
    assert!(
        got.contains("Timeout: the login took too long: the key is missing."),
        "{got}"
    );
}

#[test]
fn a_new_password_must_be_set_in_time() {
    let hub = Hub::setup()
        .set("timeout_setpass", 0.2)
        .user("ann", 1, "")
        .start();
    let mut ann = Client::connect(&hub);
    let who = Who::new("ann");
    ann.handshake(&who);
    ann.introduce(&who);
    ann.expect("$GetPass");
    assert!(
        ann.expect_closed()
            .contains("Timeout: a new password took too long.")
    );
}

/// Those who are logged in stay, however long they are silent; they are pinged.
#[test]
fn users_who_are_logged_in_stay_and_are_pinged() {
    let hub = Hub::setup()
        .set("timeout_key", 0.2)
        .set("timeout_nick", 0.2)
        .set("timeout_myinfo", 0.2)
        .set("timeout_login", 0.2)
        .set("delayed_ping", 1)
        .start();
    let mut ann = hub.login("ann");
    for _ in 0..2 {
        ann.expect_exact("");
    }
    ann.fence();
}

/// A script that takes its time is not the client's fault.
#[test]
fn waiting_for_a_script_does_not_count() {
    let slow = "import time\ndef OnUserLogin(nick):\n    time.sleep(2.5)\n";
    let hub = Hub::setup()
        .set("timeout_myinfo", 0.5)
        .set("python_budget_ms", 0)
        .script("slow.py", slow)
        .start();
    hub.login("ann");
}

//! What scripts change is kept, and what others hear of it.

mod kit;

use kit::{Hub, PASSWORD, Probe, until};

#[test]
fn set_config_holds_and_is_kept() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is(
        "vh.SetConfig('hub_name', 'Den'), vh.GetConfig('hub_name')",
        "(True, 'Den')",
    );
    ann.expect("$HubName Den");
    boss.is("vh.SetConfig('config', 'max_chat_msg', 5)", "True");
    ann.chat("longer than five");
    ann.expect("longer than 5 bytes");
    boss.is(
        "vh.SetConfig('pi_mine', 'var', 'value'), vh.GetConfig('pi_mine', 'var')",
        "(True, 'value')",
    );
    hub.signal("KILL");
    let hub = hub.restart();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.GetConfig('hub_name'), vh.GetConfig('pi_mine', 'var')",
        "('Den', 'value')",
    );
}

/// Who was registered by a script logs in, also when the hub was killed in between.
#[test]
fn registrations_are_kept() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let ann = hub.login("ann");
    boss.is(
        &format!("vh.AddRegUser('ann', 3, '{PASSWORD}'), vh.AddRegUser('dora', 5, '{PASSWORD}')"),
        "(True, True)",
    );
    drop(ann);
    assert!(hub.login_reg("ann").history().contains("$LogedIn ann"));
    hub.signal("KILL");
    let hub = hub.restart();
    assert!(hub.login_reg("dora").history().contains("$LogedIn dora"));
}

/// What `OnCloseConnEx` is then told.
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
}

#[test]
fn the_database_is_kept() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.exec("vh.SQL('CREATE TABLE py_t (a INT)'); vh.SQL('INSERT INTO py_t VALUES (1), (2)')");
    hub.signal("KILL");
    let hub = hub.restart();
    Probe::login(&hub).is("vh.SQL('SELECT COUNT(*) FROM py_t')", "(1, [['2']])");
}

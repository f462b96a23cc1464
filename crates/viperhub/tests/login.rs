//! The login, step by step.

mod kit;

use kit::{Client, Hub, PASSWORD, Who, settle};

#[test]
fn the_whole_handshake_in_the_documented_order() {
    let hub = Hub::setup()
        .set("hub_name", "Den")
        .set("hub_topic", "Snakes")
        .set("host_header", 1)
        .start();
    let mut ann = Client::connect(&hub);
    let lock = ann.expect("$Lock EXTENDEDPROTOCOL_NMDC_");
    assert!(lock.contains(" Pk=Viperhub "), "{lock}");
    ann.nick = b"ann".to_vec();
    ann.send("$Supports UserCommand NoGetINFO NoHello UserIP2 TTHSearch ZPipe0 BotList HubTopic MCTo Nonsense ");
    ann.expect_exact("$Supports NoGetINFO NoHello UserIP2 TTHSearch ZPipe0 BotList HubTopic MCTo ");
    ann.send("$Key anything");
    ann.send("$ValidateNick ann");
    ann.expect_exact("$HubName Den");
    ann.expect_exact("$Hello ann");
    let who = Who::new("ann");
    ann.introduce(&who);
    ann.expect_exact("$HubName Den - Snakes");
    ann.expect_exact(who.my_info());
    ann.expect("<Viperhub> This hub runs Viperhub ");
    ann.expect_exact("$HubTopic Snakes");
    // The nick list comes last.
    ann.expect("$MyINFO $ALL ");
    ann.expect("$OpList ");
    ann.expect("$BotList ");
}

#[test]
fn the_lock_has_random_digits() {
    let hub = Hub::start();
    let lock = || Client::connect(&hub).expect("$Lock");
    let locks: Vec<String> = (0..4).map(|_| lock()).collect();
    assert!(locks.iter().any(|l| *l != locks[0]), "{locks:?}");
}

#[test]
fn handshake_messages_may_come_in_any_order_and_at_once() {
    let hub = Hub::start();
    let mut ann = Client::connect(&hub);
    let info = String::from_utf8(Who::new("ann").my_info()).expect("ASCII");
    ann.raw(format!(
        "$Version 1,0091|$ValidateNick ann|$Supports NoHello |$Key x|{info}|"
    ));
    ann.expect_exact("$Hello ann");
    ann.expect("$MyINFO $ALL ann ");
}

#[test]
fn bytes_may_come_one_by_one() {
    let hub = Hub::start();
    let mut ann = Client::connect(&hub);
    let info = String::from_utf8(Who::new("ann").my_info()).expect("ASCII");
    for byte in
        format!("$Supports NoHello |$Key x|$ValidateNick ann|$Version 1,0091|{info}|").bytes()
    {
        ann.raw([byte]);
    }
    ann.nick = b"ann".to_vec();
    ann.fence();
}

#[test]
fn others_see_the_login_and_the_logout() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let mut ann = hub.login("ann");
    let op = hub.login_reg("op");
    ann.expect_exact(Who::new("op").my_info());
    ann.expect_exact("$OpList op$$");
    assert!(op.history().contains("$LogedIn op"));
    op.leave();
    ann.expect_exact("$Quit op");
}

#[test]
fn the_nick_list_has_the_form_that_the_client_supports() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    hub.login("gone").leave();
    let _ann = hub.login("ann");
    let _op = hub.login_reg("op");

    // NoHello: the infos say who is there.
    let list = hub.login_as(Who::new("n1").supports("NoHello")).history();
    for nick in ["ann", "op", "n1", "Viperhub", "OpChat"] {
        assert!(list.contains(&format!("$MyINFO $ALL {nick} ")), "{list}");
    }
    assert!(!list.contains("$NickList"), "{list}");
    let ops = list
        .lines()
        .rfind(|l| l.starts_with("$OpList"))
        .expect("an OpList");
    for nick in ["op$$", "Viperhub$$", "OpChat$$"] {
        assert!(ops.contains(nick), "{ops}");
    }

    // NoGetINFO: both.
    let list = hub.login_as(Who::new("n2").supports("NoGetINFO")).history();
    assert!(
        list.contains("$MyINFO $ALL ann ") && list.contains("$NickList "),
        "{list}"
    );

    // Neither: names only; $GetINFO brings the rest.
    let mut old = hub.login_as(Who::new("n3").supports("OpPlus"));
    let list = old.history();
    let names = list
        .lines()
        .rfind(|l| l.starts_with("$NickList "))
        .expect("a NickList");
    assert!(names.contains("ann$$") && names.contains("n3$$"), "{names}");
    assert!(!list.contains("$MyINFO $ALL ann "), "{list}");
    old.send("$GetINFO ann n3");
    old.expect_exact(Who::new("ann").my_info());
    old.send("$GetINFO nobody n3");
    old.expect_exact("$Quit nobody");

    // BotList and UserIP2.
    let list = hub
        .login_as(Who::new("n4").supports("NoHello BotList UserIP2"))
        .history();
    let bots = list
        .lines()
        .rfind(|l| l.starts_with("$BotList "))
        .expect("a BotList");
    assert!(
        bots.contains("Viperhub$$") && bots.contains("OpChat$$"),
        "{bots}"
    );
}

#[test]
fn get_info_is_not_answered_to_clients_that_need_none() {
    let hub = Hub::start();
    let mut bob = hub.login_as(Who::new("bob").supports("NoGetINFO NoHello"));
    let _ann = hub.login("ann");
    bob.expect("$MyINFO $ALL ann ");
    bob.send("$GetINFO ann bob");
    bob.expect_none("$MyINFO $ALL ann");
}

#[test]
fn user_ip2_shows_addresses_to_operators_and_the_own_to_users() {
    let hub = Hub::setup()
        .set("send_user_ip", 1)
        .user("op", 3, PASSWORD)
        .start();
    let ann = hub.login("ann");
    assert!(
        ann.history().contains("$UserIP ann 127.0.0.1"),
        "{}",
        ann.history()
    );
    let mut op = hub.login_reg("op");
    let all = op.history();
    let ips = all
        .lines()
        .rfind(|l| l.starts_with("$UserIP "))
        .expect("a list of addresses");
    assert!(
        ips.contains("ann 127.0.0.1$$") && ips.contains("op 127.0.0.1$$"),
        "{ips}"
    );
    let bob = hub.login("bob");
    op.expect("$UserIP bob 127.0.0.1");
    assert!(!bob.history().contains("$UserIP ann"), "{}", bob.history());
    let old = hub.login_as(Who::new("old").supports("NoHello"));
    assert!(!old.history().contains("$UserIP"), "{}", old.history());
}

#[test]
fn a_password_gives_the_class() {
    let hub = Hub::setup()
        .user("ann", 1, PASSWORD)
        .user("op", 3, PASSWORD)
        .start();
    let ann = hub.login_reg("ann");
    assert!(!ann.history().contains("$LogedIn"));
    let mut op = Client::connect(&hub);
    let who = Who::new("op");
    op.ask_nick(&who);
    op.expect_exact("$GetPass");
    op.send(format!("$MyPass {PASSWORD}"));
    op.expect_exact("$Hello op");
    op.expect_exact("$LogedIn op");
    op.introduce(&who);
    op.fence();
    // The nick of a registration is compared without case.
    let mut ann = Client::connect(&hub);
    ann.ask_nick(&Who::new("ANN"));
    ann.expect_exact("$GetPass");
}

/// From one address the same user may log in anew: the old connection goes.
#[test]
fn the_same_user_replaces_his_old_connection() {
    let hub = Hub::start();
    let mut old = hub.login("ann");
    let mut bob = hub.login("bob");
    let mut new = hub.login("ann");
    assert!(old.expect_closed().contains("logged in once more"));
    bob.expect_exact("$Quit ann");
    bob.expect("$MyINFO $ALL ann ");
    new.chat("it is me");
    bob.expect_exact("<ann> it is me");
}

#[test]
fn a_registered_user_replaces_whoever_has_his_nick() {
    let hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let mut boss = hub.login_reg("boss");
    let mut ann = hub.login("ann");
    boss.chat(format!("!regnew ann 1 {PASSWORD}"));
    boss.expect("ann is now registered");
    let mut new = hub.login_as(Who::new("ann").password(PASSWORD).share(7));
    ann.expect_closed();
    settle(&mut [&mut new, &mut boss]);
}

#[test]
fn hub_url_and_search_rule_and_fail_over_on_request() {
    let hub = Hub::setup()
        .set("hub_failover_hosts", "other:411")
        .set("search_number", 1)
        .start();
    let ann = hub.login_as(Who::new("ann").supports("HubURL SearchRule FailOver"));
    let got = ann.history();
    for message in [
        "$GetHubURL\n",
        "$SearchRule Min 4$$Max ",
        "$FailOver other:411\n",
    ] {
        assert!(got.contains(message), "{message}: {got}");
    }
    let old = hub.login_as(Who::new("old").supports("NoHello"));
    for message in ["$GetHubURL", "$SearchRule", "$FailOver"] {
        assert!(!old.history().contains(message), "{message}");
    }
}

#[test]
fn the_welcome_depends_on_the_class() {
    let hub = Hub::setup()
        .set("msg_welcome_guest", "hello guest %[nick]")
        .set("msg_welcome_op", "an operator: %[nick]")
        .user("op", 3, PASSWORD)
        .start();
    let ann = hub.login("ann");
    assert!(ann.history().contains("<Viperhub> hello guest ann"));
    let op = hub.login_reg("op");
    assert!(op.history().contains("<Viperhub> an operator: op"));
}

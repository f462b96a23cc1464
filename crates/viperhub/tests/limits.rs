//! Limits: of messages, of users, of shares and of tags.

mod kit;

use kit::{Client, Hub, PASSWORD, Who};

/// What a newcomer gets who is not let in.
#[track_caller]
fn refused(hub: &Hub, who: &Who) -> String {
    let mut client = Client::connect(hub);
    client.handshake(who);
    client.introduce(who);
    client.expect_closed()
}

#[test]
fn a_message_without_end_ends_the_connection() {
    let hub = Hub::setup().set("adv_max_message_size", 2000).start();
    let mut bob = hub.login("bob");
    let mut ann = hub.login("ann");
    for _ in 0..40 {
        ann.raw("x".repeat(1000));
    }
    let why = "<Viperhub> A message may have 2000 bytes, yours is longer.";
    assert!(ann.expect_closed().contains(why));
    bob.expect_exact("$Quit ann");
    // The owner reads it without asking for more.
    hub.wait_log("closed ann (127.0.0.1): A message may have 2000 bytes, yours is longer.");
    // Before the login too.
    let mut nobody = Client::connect(&hub);
    for _ in 0..40 {
        nobody.raw("x".repeat(1000));
    }
    assert!(nobody.expect_closed().contains(why));
    bob.fence();
}

#[test]
fn messages_have_their_own_limits() {
    let hub = Hub::setup()
        .set("max_len_supports", 70)
        .set("max_len_version", 20)
        .set("max_len_myinfo", 100)
        .start();
    for (message, name) in [("$Supports ", "Supports"), ("$Version ", "Version")] {
        let mut ann = Client::connect(&hub);
        ann.send(format!("{message}{}", "x".repeat(80)));
        let got = ann.expect_closed();
        assert!(
            got.contains(&format!("Your {name} is longer than")),
            "{got}"
        );
    }
    let long = Who::new("ann").desc("d".repeat(100));
    assert!(refused(&hub, &long).contains("Your MyINFO is longer than 100 bytes"));
    hub.login("bob");
}

#[test]
fn nul_bytes_end_the_connection() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let mut op = hub.login_reg("op");
    let mut ann = hub.login("ann");
    ann.raw(b"<ann> a\0b|");
    ann.expect_closed();
    op.expect("NUL bytes in a message of ann");
    // Trailing ones are a habit of some clients.
    let mut bob = hub.login("bob");
    bob.raw(b"<bob> hello\0|");
    op.expect_exact("<bob> hello");
}

#[test]
fn a_hub_can_be_full() {
    let hub = Hub::setup()
        .set("max_users", 1)
        .set("max_extra_regs", 1)
        .user("reg", 1, PASSWORD)
        .user("op", 3, PASSWORD)
        .start();
    let ann = hub.login("ann");
    let mut bob = Client::connect(&hub);
    bob.ask_nick(&Who::new("bob"));
    let got = bob.expect_closed();
    assert!(
        got.contains("The hub is full.") && got.contains("$HubIsFull"),
        "{got}"
    );
    // Registered users have places of their own, operators always get in.
    let _reg = hub.login_reg("reg");
    let _op = hub.login_reg("op");
    let mut watcher = hub.login_reg("op");
    ann.leave();
    watcher.expect("$Quit ann");
    drop(watcher);
}

#[test]
fn an_address_may_have_few_users() {
    let hub = Hub::setup()
        .set("max_users_from_ip", 1)
        .user("vip", 2, PASSWORD)
        .start();
    let _ann = hub.login("ann");
    let mut bob = Client::connect(&hub);
    bob.ask_nick(&Who::new("bob"));
    assert!(
        bob.expect_closed()
            .contains("Too many users come from your address")
    );
    hub.login_reg("vip");
}

#[test]
fn shares_have_limits_by_class_and_mode() {
    let hub = Hub::setup()
        .set("min_share", 100)
        .set("min_share_factor_passive", 2)
        .set("max_share", 1000)
        .set("min_share_reg", 0)
        .user("reg", 1, PASSWORD)
        .start();
    let mib = |n: u64| n << 20;
    assert!(refused(&hub, &Who::new("ann").share(mib(99))).contains("at least 100 MiB"));
    hub.login_as(Who::new("ann").share(mib(100)));
    assert!(refused(&hub, &Who::new("pas").share(mib(150)).passive()).contains("at least 200 MiB"));
    assert!(refused(&hub, &Who::new("big").share(mib(1001))).contains("at most 1000 MiB"));
    hub.login_as(Who::new("reg").password(PASSWORD).share(0));
    // Later changes too.
    let mut ann = hub.login_as(Who::new("ann").share(mib(100)));
    ann.send(Who::new("ann").share(1).my_info());
    assert!(ann.expect_closed().contains("at least 100 MiB"));
}

#[test]
fn tags_have_rules_below_operator() {
    let hub = Hub::setup()
        .set("tag_allow_none", 0)
        .set("tag_allow_passive", 0)
        .set("tag_max_hubs", 3)
        .set("tag_min_hs_ratio", 2)
        .user("op", 3, PASSWORD)
        .start();
    let with = |tag: &str| Who::new("ann").tag(tag);
    assert!(refused(&hub, &with("")).contains("wants clients that send a tag"));
    assert!(refused(&hub, &with("<Test V:1,M:P,H:1/0/0,S:5>")).contains("Passive mode"));
    assert!(refused(&hub, &with("<Test V:1,M:A,H:2/1/1,S:50>")).contains("at most 3"));
    assert!(refused(&hub, &with("<Test V:1,M:A,H:3/0/0,S:5>")).contains("slots for each hub"));
    assert!(refused(&hub, &with("<Test V:1,M:A>")).contains("no hubs or slots"));
    hub.login_as(with("<Test V:1,M:A,H:1/1/0,S:5>"));
    hub.login_as(Who::new("op").password(PASSWORD).tag(""));
}

#[test]
fn passive_users_have_a_limit() {
    let hub = Hub::setup().set("max_users_passive", 0).start();
    let _first = hub.login_as(Who::new("p1").passive());
    assert!(refused(&hub, &Who::new("p2").passive()).contains("no room for more passive users"));
    hub.login("active");
}

/// Tags, descriptions, speeds and addresses can be kept from others.
#[test]
fn what_others_are_shown_of_a_user() {
    let hub = Hub::setup()
        .set("show_tags", 0)
        .set("show_desc_len", 3)
        .set("show_speed", 0)
        .set("show_email", 0)
        .start();
    let mut who = Who::new("ann");
    who.email = b"ann@example.org".to_vec();
    let ann = hub.login_as(who);
    let got = ann.history();
    assert!(
        got.contains("$MyINFO $ALL ann tes$ $\x01$$1073741824$"),
        "{got}"
    );
}

/// A client that never reads is dropped at the limit; the others do not notice.
#[test]
fn a_client_that_does_not_read_is_dropped() {
    let hub = Hub::setup().set("adv_max_outbuf_size", 300_000).start();
    let _deaf = hub.login("deaf");
    let mut ann = hub.login("ann");
    for n in 0..20_000 {
        ann.pm("deaf", format!("{n} {}", "x".repeat(1000)));
        if n % 500 == 0 {
            ann.fence();
            if ann.count("$Quit deaf") > 0 {
                return;
            }
        }
    }
    panic!("the hub keeps a client that never reads");
}

/// A client whose computer is gone, or that has stopped reading, is closed before its output
/// has become too much.
#[test]
fn a_client_that_takes_nothing_is_closed_in_time() {
    let hub = Hub::setup()
        .set("timeout_unread", 1)
        .set("adv_max_outbuf_size", 500_000_000)
        .start();
    let _deaf = hub.login("deaf");
    let mut ann = hub.login("ann");
    // More than the system keeps for a connection.
    for n in 0..8000 {
        ann.pm("deaf", format!("{n} {}", "x".repeat(1000)));
    }
    ann.expect("$Quit deaf");
}

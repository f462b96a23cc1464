//! Floods, clones and zones over sockets; the rules row by row are tested in the hub itself.

mod kit;

use kit::{Client, Hub, PASSWORD, Who};

#[test]
fn who_floods_is_thrown_out_and_his_address_kept_out() {
    let hub = Hub::setup()
        .set("max_class_proto_flood", 0)
        // A test may be slow: the window must not end before the flood.
        .set("int_flood_chat_period", 3600)
        .user("op", 3, PASSWORD)
        .start();
    let mut op = hub.login_reg("op");
    let mut ann = hub.login("ann");
    for n in 0..6 {
        ann.chat(format!("line {n}"));
    }
    let got = ann.expect_closed();
    assert!(got.contains("<ann> line 4"), "{got}");
    assert!(got.contains("You send too many chat lines."), "{got}");
    assert!(!got.contains("<ann> line 5"), "{got}");
    op.expect("Flood: ann (127.0.0.1) sent more than 5 chat lines in 3600 seconds.");
    let mut next = Client::connect(&hub);
    assert!(
        next.expect_closed()
            .contains("You send too many chat lines.")
    );
    // Who is in stays in, though he has the same address.
    op.fence();
}

#[test]
fn main_chat_is_locked_for_all_but_operators() {
    let hub = Hub::setup()
        .set("max_class_proto_flood", 2)
        .set("int_flood_chat_limit", 0)
        .set("int_flood_all_chat_limit", 2)
        .set("int_flood_all_chat_period", 3600)
        .user("op", 3, PASSWORD)
        .start();
    let mut op = hub.login_reg("op");
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.chat("one");
    bob.expect("<ann> one");
    bob.chat("two");
    ann.expect("<bob> two");
    ann.chat("three");
    ann.expect("Main chat is locked because of a flood");
    op.expect("Main chat is locked: more than 2 in 3600 seconds by all users together (int_flood_all_chat_limit; 0 turns it off).");
    op.chat("hush");
    let got = bob.expect("<op> hush");
    assert!(got.contains("hush"));
    assert_eq!(bob.count("<ann> three"), 0);
}

#[test]
fn a_clone_is_told_whose_it_is() {
    let hub = Hub::setup().set("clone_detect_count", 1).start();
    let mut ann = hub.login("ann");
    let mut bob = Client::connect(&hub);
    let who = Who::new("bob");
    bob.ask_nick(&who);
    bob.expect("$Hello bob");
    bob.introduce(&who);
    assert!(bob.expect_closed().contains("You are a clone of ann."));
    ann.expect_none("bob");
}

#[test]
fn a_zone_of_addresses_has_its_own_limit() {
    let hub = Hub::setup()
        .set("ip_zone4_min", "127.0.0.0")
        .set("ip_zone4_max", "127.255.255.255")
        .set("max_users4", 1)
        .start();
    let ann = hub.login("ann");
    let mut bob = Client::connect(&hub);
    bob.ask_nick(&Who::new("bob"));
    let got = bob.expect_closed();
    assert!(got.contains("$HubIsFull"), "{got}");
    ann.leave();
}

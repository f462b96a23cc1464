//! Connections between clients: the hub passes the requests on.

mod kit;

use kit::{Hub, PASSWORD, Who};

const TLS: u8 = 0x11;
const NAT: u8 = 0x21;

#[test]
fn connect_to_me_reaches_the_target_with_the_real_address() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("$ConnectToMe bob 127.0.0.1:4412");
    bob.expect_exact("$ConnectToMe bob 127.0.0.1:4412");
    ann.send("$ConnectToMe bob 10.9.8.7:4413");
    bob.expect_exact("$ConnectToMe bob 127.0.0.1:4413");
    ann.send("$MultiConnectToMe bob 127.0.0.1:4414");
    bob.expect_exact("$ConnectToMe bob 127.0.0.1:4414");
}

#[test]
fn a_corrected_address_can_be_told() {
    let hub = Hub::setup().set("wrongip_message", 1).start();
    let (mut ann, _bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("$ConnectToMe bob 10.9.8.7:4413");
    ann.expect("10.9.8.7");
}

#[test]
fn secure_connections_need_tls_on_both_sides() {
    let hub = Hub::start();
    let tls = |nick: &str| hub.login_as(Who::new(nick).supports("NoHello TLS").status(TLS));
    let (mut ann, mut bob, mut old) = (tls("ann"), tls("bob"), hub.login("old"));
    ann.send("$ConnectToMe bob 127.0.0.1:4412S");
    bob.expect_exact("$ConnectToMe bob 127.0.0.1:4412S");
    ann.send("$ConnectToMe old 127.0.0.1:4412S");
    ann.expect("secure connection with old is not possible");
    old.expect_none("$ConnectToMe");
}

#[test]
fn nat_traversal_needs_both_sides() {
    let hub = Hub::start();
    let nat = |nick: &str| hub.login_as(Who::new(nick).passive().status(NAT));
    let (mut ann, mut bob, mut old) = (nat("ann"), nat("bob"), hub.login("old"));
    ann.send("$ConnectToMe bob 127.0.0.1:4412N ann");
    bob.expect_exact("$ConnectToMe bob 127.0.0.1:4412N ann");
    bob.send("$ConnectToMe ann 127.0.0.1:4413R");
    ann.expect_exact("$ConnectToMe ann 127.0.0.1:4413R");
    ann.send("$ConnectToMe old 127.0.0.1:4412N ann");
    old.expect_exact("$ConnectToMe old 127.0.0.1:4412");
    ann.send("$RevConnectToMe ann bob");
    bob.expect_exact("$RevConnectToMe ann bob");
}

#[test]
fn rev_connect_to_me_reaches_active_users() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login_as(Who::new("ann").passive()), hub.login("bob"));
    let mut pas = hub.login_as(Who::new("pas").passive());
    ann.send("$RevConnectToMe ann bob");
    bob.expect_exact("$RevConnectToMe ann bob");
    ann.send("$RevConnectToMe ann pas");
    ann.expect("pas is passive like you");
    ann.send("$RevConnectToMe ann nobody");
    ann.expect("nobody is not online");
    pas.expect_none("$RevConnectToMe");
}

#[test]
fn requests_to_bots_oneself_and_nobody_go_nowhere() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    for target in ["Viperhub", "ann", "nobody"] {
        ann.send(format!("$ConnectToMe {target} 127.0.0.1:4412"));
    }
    ann.expect_none("$ConnectToMe");
}

#[test]
fn what_is_no_good_request_ends_the_connection() {
    let hub = Hub::start();
    let mut bob = hub.login("bob");
    for line in [
        "$ConnectToMe bob 127.0.0.1:0",
        "$ConnectToMe bob 127.0.0.1:99999",
        "$ConnectToMe bob",
        "$ConnectToMe bob 127.0.0.1:4412N eve",
        "$RevConnectToMe eve bob",
    ] {
        let mut ann = hub.login("ann");
        ann.send(line);
        ann.expect_closed();
    }
    bob.expect_none("ConnectToMe");
}

#[test]
fn downloading_can_need_a_class_or_a_share() {
    let hub = Hub::setup()
        .set("classdif_download", 2)
        .set("min_share_use_hub", 10)
        .user("op", 3, PASSWORD)
        .start();
    let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
    let mut chatter = hub.login_as(Who::new("chatter").supports("NoHello ChatOnly"));
    ann.send("$ConnectToMe op 127.0.0.1:4412");
    ann.expect("Your class is too low");
    ann.send("$ConnectToMe chatter 127.0.0.1:4412");
    ann.expect("only wants to chat");
    op.send("$ConnectToMe chatter 127.0.0.1:4412");
    chatter.expect("$ConnectToMe chatter");
    let mut poor = hub.login_as(Who::new("poor").share(1));
    poor.send("$ConnectToMe ann 127.0.0.1:4412");
    poor.expect("You need to share 10 MiB");
    ann.expect_none("$ConnectToMe");
    op.expect_none("$ConnectToMe op");
}

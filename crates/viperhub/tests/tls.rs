//! TLS without a proxy, with one, and compression, over sockets.

mod kit;

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use kit::tunnel::{Tunnel, unzip};
use kit::{Client, Hub, PASSWORD, Who};

/// The address and keyprint of the line that tells of the TLS port.
fn secure_line(hub: &mut Hub) -> (SocketAddr, String) {
    let line = hub.stdout_line();
    let rest = line.strip_prefix("ready: listening with TLS on nmdcs://");
    let (address, keyprint) = rest
        .and_then(|r| r.split_once("/?kp="))
        .unwrap_or_else(|| panic!("no line of TLS: {line}"));
    let address = address.parse().expect("an address");
    (address, keyprint.to_owned())
}

fn secure_hub() -> (Hub, SocketAddr, String) {
    let mut hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        // Operators may say much, and the same again.
        .user("bob", 3, PASSWORD)
        .arg("--listen-tls")
        .arg("127.0.0.1:0")
        .start();
    let (address, keyprint) = secure_line(&mut hub);
    (hub, address, keyprint)
}

fn enter(address: SocketAddr, who: &Who) -> Client {
    let mut client = Client::connect_to(address);
    client.enter(who);
    client
}

#[test]
fn with_and_without_tls_they_are_in_one_hub() {
    let (hub, address, keyprint) = secure_hub();
    assert!(
        keyprint.starts_with("SHA256/") && keyprint.len() == 59,
        "{keyprint}"
    );
    hub.wait_log(&keyprint);
    for file in ["hub.crt", "hub.key"] {
        assert!(hub.data_dir().join(file).is_file(), "{file} was made");
    }
    let tunnel = Tunnel::to(address);
    let mut ann = enter(tunnel.address, &Who::new("ann"));
    let mut bob = hub.login_reg("bob");
    ann.chat("hidden on its way");
    bob.expect_exact("<ann> hidden on its way");
    bob.chat("not hidden");
    ann.expect_exact("<bob> not hidden");
    // A list that takes many records.
    let long = "x".repeat(9_000);
    let pms = 40;
    for _ in 0..pms {
        bob.pm("ann", &long);
    }
    for _ in 0..pms {
        assert!(ann.expect("From: bob").ends_with(&long));
    }
    ann.leave();
    bob.expect_exact("$Quit ann");
    // The lock tells that TLS can be had.
    let mut eve = Client::connect(&hub);
    eve.expect("$Lock EXTENDEDPROTOCOL_NMDC_TLS_");
}

#[test]
fn plain_ports_find_out_when_they_may() {
    let hub = Hub::setup()
        .set("tls_detect", 1)
        .set("tls_detect_wait", 50)
        .start();
    let tunnel = Tunnel::to(hub.address());
    let mut ann = enter(tunnel.address, &Who::new("ann"));
    let mut bob = hub.login("bob");
    ann.chat("hello");
    bob.expect_exact("<ann> hello");
}

#[test]
fn who_comes_without_is_sent_away_when_he_must() {
    let mut hub = Hub::setup()
        .set("tls_only_mode", 1)
        .set("hub_host", "hub.example:4111")
        .arg("--listen-tls")
        .arg("127.0.0.1:0")
        .start();
    let (address, _) = secure_line(&mut hub);
    let mut plain = Client::connect(&hub);
    let told = plain.expect_closed();
    let url = format!("$ForceMove nmdcs://hub.example:{}\n", address.port());
    assert!(told.contains(&url), "{told}");
    assert!(!told.contains("$Lock"), "{told}");
    let tunnel = Tunnel::to(address);
    let mut ann = Client::connect_to(tunnel.address);
    ann.expect("$Lock EXTENDEDPROTOCOL_NMDC_TLSONLY_");
}

#[test]
fn a_new_certificate_is_taken_without_a_restart() {
    let (hub, address, keyprint) = secure_hub();
    let tunnel = Tunnel::to(address);
    let mut boss = enter(tunnel.address, &Who::new("boss").password(PASSWORD));
    let before = tunnel.last_certificate();
    for file in ["hub.crt", "hub.key"] {
        fs::remove_file(hub.data_dir().join(file)).expect("is there");
    }
    boss.chat("!reload");
    let told = boss.expect("TLS keyprint: ");
    assert!(!told.contains(&keyprint), "{told}");
    enter(tunnel.address, &Who::new("ann"));
    assert_ne!(tunnel.last_certificate(), before);
    // One that cannot be used changes nothing, and is told of.
    fs::write(hub.data_dir().join("hub.crt"), "nonsense").expect("writable");
    boss.expect("hub.crt");
    enter(tunnel.address, &Who::new("eve"));
    boss.chat("still here");
    boss.expect_exact("<boss> still here");
}

#[test]
fn without_a_usable_certificate_there_is_one_sentence() {
    let setup = Hub::setup().file("data/hub.crt", "nonsense");
    let data = setup.data_dir();
    let data = data.to_str().expect("text");
    let sentence = kit::Cli::run([
        "run",
        "--data-dir",
        data,
        "--listen",
        "127.0.0.1:0",
        "--listen-tls",
        "127.0.0.1:0",
    ])
    .sentence();
    assert!(sentence.contains("certificate"), "{sentence}");
}

#[test]
fn a_proxy_says_who_is_behind_it() {
    let mut hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .arg("--listen-proxy")
        .arg("127.0.0.1:0")
        .start();
    let line = hub.stdout_line();
    let address = line.strip_prefix("ready: listening for a TLS proxy on ");
    let address: SocketAddr = address.and_then(|a| a.parse().ok()).expect("an address");
    let mut boss = hub.login_reg("boss");
    let mut ann = Client::connect_to(address);
    ann.send("$MyIP 80.1.2.3 1.3");
    ann.enter(&Who::new("ann"));
    boss.chat("!getip ann");
    boss.expect("80.1.2.3");
    // Somebody who says something else, and somebody who says it twice.
    let mut bad = Client::connect_to(address);
    bad.send("$Supports NoHello");
    bad.expect("A TLS proxy sends $MyIP");
    bad.expect_closed();
    let mut twice = Client::connect_to(address);
    twice.send("$MyIP 80.1.2.4 0.0");
    twice.expect("$Lock");
    twice.send("$MyIP 80.1.2.5 0.0");
    twice.expect_closed();
    // On other ports it is no message that the hub knows.
    let mut plain = Client::connect(&hub);
    plain.send("$MyIP 80.1.2.6 0.0");
    plain.enter(&Who::new("bob"));
    boss.chat("!getip bob");
    boss.expect("127.0.0.1");
}

#[test]
fn compressed_for_those_who_want_it() {
    let hub = Hub::setup()
        .set("disable_zlib", 0)
        .user("boss", 10, PASSWORD)
        .user("bob", 3, PASSWORD)
        .start();
    let (address, blocks) = unzip(hub.address());
    let supports = "NoHello NoGetINFO ZPipe0 TTHSearch";
    let mut ann = enter(address, &Who::new("ann").supports(supports));
    ann.expect_ever("$Supports NoHello NoGetINFO ZPipe0 TTHSearch ");
    let mut bob = hub.login_reg("bob");
    let text = "the same words again and ".repeat(9);
    bob.chat(&text);
    ann.expect_exact(format!("<bob> {text}"));
    bob.chat("short");
    ann.expect_exact("<bob> short");
    let packed = blocks.load(Ordering::SeqCst);
    assert!(packed > 0, "something was compressed");
    // Off again while running; what comes later is plain.
    let mut boss = hub.login_reg("boss");
    boss.chat("!set disable_zlib 1");
    boss.expect("disable_zlib: 0 -> 1");
    // The sockets learn it a moment later than the hub: until a line comes plain.
    kit::until(|| {
        let before = blocks.load(Ordering::SeqCst);
        bob.chat(&text);
        ann.expect_exact(format!("<bob> {text}"));
        blocks.load(Ordering::SeqCst) == before
    });
}

/// The hub itself never hears of them: the log is all that an owner has.
#[test]
fn who_does_not_finish_tls_is_in_the_log_with_his_address() {
    let mut hub = Hub::setup()
        .arg("-v")
        .arg("--listen-tls")
        .arg("127.0.0.1:0")
        .set("max_logins_from_ip", 1)
        .start();
    let (address, _) = secure_line(&mut hub);
    let mut silent = Vec::new();
    let too_many = "closed a connection from 127.0.0.1: of too many that have not finished TLS";
    // Each thread has its share of them.
    kit::until(|| {
        silent.push(std::net::TcpStream::connect(address).expect("connects"));
        hub.log().contains(too_many)
    });
    hub.wait_log("closed a connection from 127.0.0.1: it has not finished TLS in time");
    drop(silent);
}

#[test]
fn noise_on_the_tls_port_hurts_nobody() {
    let (hub, address, _) = secure_hub();
    for noise in [&b"$MyNick x|"[..], &[0x16, 3, 1, 255, 255, 1], &[0; 100]] {
        let mut socket = std::net::TcpStream::connect(address).expect("connects");
        socket.write_all(noise).expect("writes");
    }
    let tunnel = Tunnel::to(address);
    let mut ann = enter(tunnel.address, &Who::new("ann"));
    ann.chat("fine");
    ann.expect_exact("<ann> fine");
    drop(hub);
}

//! Clients with IPv6 addresses, and IPv4 clients at a socket for both.

mod kit;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use kit::{Client, Hub, PASSWORD, Setup, Who};

/// Tells what a script knows of a user's address.
const ADDRESS: &str = "\
import vh
def OnParsedMsgChat(nick, message):
    if message.startswith('where '):
        who = message[6:]
        vh.usermc(f'ip {vh.GetUserIP(who)} host {vh.GetUserHost(who)} cc {vh.GetUserCC(who)}', nick)
        return 0
def OnNewConn(ip):
    vh.mc(f'new {ip}')
";

/// Names for the two own addresses, so that no name server is asked.
const NAMES: &str = "127.0.0.1 four.example\n::1 six.example\n";

fn setup() -> Setup {
    Hub::setup()
        .user("boss", 10, PASSWORD)
        .file("data/hosts", NAMES)
        .set("dns_lookup", 1)
        .script("address.py", ADDRESS)
}

/// Whether this machine has IPv6 at all.
fn there_is_ipv6() -> bool {
    let there = TcpListener::bind("[::1]:0").is_ok();
    if !there {
        eprintln!("this machine has no IPv6: nothing is tested");
    }
    there
}

fn boss(hub: &Hub, at: SocketAddr) -> Client {
    let mut boss = Client::connect_to(at);
    boss.enter(&Who::new("boss").password(PASSWORD));
    assert!(hub.addresses().iter().any(|a| a.port() == at.port()));
    boss
}

fn enter(at: SocketAddr, nick: &str) -> Client {
    let mut client = Client::connect_to(at);
    client.enter(&Who::new(nick));
    client
}

/// The same port, reached over IPv4.
fn over_v4(at: SocketAddr) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, at.port()).into()
}

fn over_v6(at: SocketAddr) -> SocketAddr {
    (Ipv6Addr::LOCALHOST, at.port()).into()
}

#[test]
fn users_with_ipv6_addresses_are_users() {
    if !there_is_ipv6() {
        return;
    }
    let hub = setup().listen("[::1]:0").start();
    let at = hub.address();
    assert!(at.is_ipv6());
    let mut boss = boss(&hub, at);
    let (mut ann, mut bob) = (enter(at, "ann"), enter(at, "bob"));
    boss.expect("new ::1");
    ann.chat("hello");
    bob.expect_exact("<ann> hello");
    bob.pm("ann", "and to you");
    ann.expect("and to you");
    boss.chat("where ann");
    boss.expect("ip ::1 host six.example cc L1");
    boss.send("$UserIP ann$$bob");
    boss.expect_exact("$UserIP ann ::1$$bob ::1$$");
    ann.send("$UserIP ann");
    ann.expect_exact("$UserIP ann ::1$$");
    // Whatever a client says of its address, others are told the true one.
    ann.send("$Search 10.9.8.7:412 F?T?0?1?some$thing");
    bob.expect_exact("$Search [::1]:412 F?T?0?1?some$thing");
    ann.send("$Search [::1]:412 F?T?0?1?another$thing");
    bob.expect_exact("$Search [::1]:412 F?T?0?1?another$thing");
    ann.send("$ConnectToMe bob [::1]:4000");
    bob.expect_exact("$ConnectToMe bob [::1]:4000");
    ann.send("$ConnectToMe bob 10.9.8.7:4001");
    bob.expect_exact("$ConnectToMe bob [::1]:4001");
}

#[test]
fn ipv6_addresses_and_their_ranges_are_banned() {
    if !there_is_ipv6() {
        return;
    }
    let hub = setup().listen("[::1]:0").listen("127.0.0.1:0").start();
    let (six, four) = (hub.addresses()[0], hub.addresses()[1]);
    let mut boss = boss(&hub, four);
    for (ban, unban) in [
        ("!banip ::1 away", "!unbanip ::1 back"),
        ("!banrange ::/64 away", "!unbanrange ::1 back"),
        ("!banrange ::1-::ff away", "!unbanrange ::1 back"),
        ("!banhost1 .example away", "!unbanhost1 .example back"),
    ] {
        let host = ban.contains("host");
        boss.chat(ban);
        boss.fence();
        let mut ann = Client::connect_to(six);
        ann.ask_nick(&Who::new("ann"));
        assert!(ann.expect_closed().contains("away"), "{ban}");
        if !host {
            enter(four, "bob").leave();
        }
        boss.chat(unban);
        boss.fence();
        enter(six, "cid").leave();
    }
    // A kick bans the address too.
    let eve = enter(six, "eve");
    boss.chat("!kick eve enough");
    drop(eve);
    boss.fence();
    let mut eve = Client::connect_to(six);
    eve.ask_nick(&Who::new("other"));
    assert!(eve.expect_closed().contains("enough"));
}

#[test]
fn ipv4_clients_of_a_socket_for_both_are_ipv4_clients() {
    if !there_is_ipv6() {
        return;
    }
    let hub = setup()
        .set("max_users_from_ip", 1)
        .listen("[::]:0")
        .listen("127.0.0.1:0")
        .start();
    let (six, four) = (hub.addresses()[0], hub.addresses()[1]);
    let mapped = over_v4(six);
    let _ann = enter(mapped, "ann");
    // As an operator he is let in whoever is there.
    let mut boss = boss(&hub, four);
    boss.chat("where ann");
    boss.expect("ip 127.0.0.1 host four.example");
    boss.send("$UserIP ann");
    boss.expect_exact("$UserIP ann 127.0.0.1$$");
    boss.chat("!getip ann");
    boss.expect("127.0.0.1");
    // Counted with those who come over IPv4 itself, and apart from those with IPv6.
    let mut bob = Client::connect_to(four);
    bob.ask_nick(&Who::new("bob"));
    bob.expect("Too many users come from your address");
    enter(over_v6(six), "cid").leave();
    for (ban, unban) in [
        ("!banip 127.0.0.1 away", "!unbanip 127.0.0.1 back"),
        ("!banrange 127.0.0.0/8 away", "!unbanrange 127.0.0.1 back"),
    ] {
        boss.chat(ban);
        boss.fence();
        let mut dan = Client::connect_to(mapped);
        dan.ask_nick(&Who::new("dan"));
        assert!(dan.expect_closed().contains("away"), "{ban}");
        enter(over_v6(six), "eve").leave();
        boss.chat(unban);
        boss.fence();
    }
}

#[test]
fn an_ipv4_client_of_a_socket_for_both_is_a_clone_of_another() {
    if !there_is_ipv6() {
        return;
    }
    let hub = setup()
        .set("clone_detect_count", 1)
        .set("max_class_check_clone", 2)
        .set("clone_det_tban_time", 0)
        .listen("[::]:0")
        .listen("127.0.0.1:0")
        .start();
    let (six, four) = (hub.addresses()[0], hub.addresses()[1]);
    let _ann = enter(four, "ann");
    let mut bob = Client::connect_to(over_v4(six));
    bob.handshake(&Who::new("bob"));
    bob.introduce(&Who::new("bob"));
    assert!(bob.expect_closed().contains("clone of ann"));
    // Somebody else who shows the same.
    enter(over_v6(six), "cid");
}

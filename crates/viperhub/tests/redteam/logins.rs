//! What was checked at the door is checked again inside: passwords, places, classes.

use std::net::TcpStream;
use std::time::Duration;

use super::kit::{Client, Hub, PASSWORD, Probe, Who, until};

fn waiting(hub: &Hub, nick: &str) -> Client {
    let mut client = Client::connect(hub);
    client.ask_nick(&Who::new(nick));
    client
}

/// Several wait at `$GetPass`; after wrong guesses a right one lets nobody in.
#[test]
fn a_ban_ends_the_logins_that_wait() {
    let hub = Hub::setup()
        .set("pwd_tmpban", 60)
        .user("boss", 10, PASSWORD)
        .start();
    let mut waiting: Vec<Client> = (0..6).map(|_| waiting(&hub, "boss")).collect();
    let mut asked = 0;
    for client in &mut waiting {
        let told = client.expect_any(&["$GetPass", "Too many", "too many", "already"]);
        asked += usize::from(told.contains("$GetPass"));
    }
    assert!(asked > 0, "nobody was asked for a password");
    let (first, rest) = waiting.split_at_mut(1);
    first[0].send("$MyPass a-wrong-guess");
    first[0].expect_closed();
    for client in rest {
        client.send(format!("$MyPass {PASSWORD}"));
        let told = client.expect_closed();
        assert!(
            !told.contains("$Hello boss") && !told.contains("$LogedIn"),
            "{told}"
        );
    }
}

/// A storm of guesses from one address: few are judged, the right one among them lets nobody in, and
/// the honest log in beside it.
#[test]
fn few_guesses_are_judged() {
    let hub = Hub::setup()
        .set("pwd_tmpban", 60)
        .user("boss", 10, PASSWORD)
        .user("reg", 1, PASSWORD)
        .start();
    let mut judged = 0;
    for round in 0..6 {
        let mut guessers: Vec<Client> = (0..20)
            .map(|_| {
                let mut client = Client::connect(&hub);
                client.send("$Supports NoHello");
                client.send("$Key x");
                client.send("$ValidateNick boss");
                client
            })
            .collect();
        for (n, guesser) in guessers.iter_mut().enumerate() {
            guesser.send(match (round, n) {
                (5, 19) => format!("$MyPass {PASSWORD}"),
                _ => format!("$MyPass guess-{round}-{n}"),
            });
        }
        for guesser in &mut guessers {
            let told = guesser.expect_closed();
            assert!(!told.contains("$Hello boss"), "let in: {told}");
            judged += usize::from(told.contains("$BadPass"));
        }
    }
    assert!(judged <= 12, "{judged} of 120 guesses were judged");
}

/// Whoever claims an operator's nick takes no place before he has shown the password.
#[test]
fn nicks_without_passwords_take_no_places() {
    let hub = Hub::setup()
        .set("max_users", 4)
        .user("boss", 10, PASSWORD)
        .user("op", 3, PASSWORD)
        .start();
    let _held: Vec<Client> = (0..30)
        .map(|n| waiting(&hub, if n % 2 == 0 { "boss" } else { "op" }))
        .collect();
    let _ann = hub.login("ann");
    let _bob = hub.login("bob");
    hub.login_reg("op");
}

/// The same nick again and again, never finished.
#[test]
fn unfinished_logins_of_one_nick_do_not_fill_the_hub() {
    let hub = Hub::setup().set("max_users", 10).start();
    let mut held = Vec::new();
    for _ in 0..60 {
        let mut client = Client::connect(&hub);
        client.send("$Supports NoHello");
        client.send("$Key x");
        client.send("$ValidateNick same");
        held.push(client);
    }
    for nick in ["ann", "bob", "cyd"] {
        hub.login(nick);
    }
}

/// Sockets that say nothing keep nobody out.
#[test]
fn idle_sockets_keep_nobody_out() {
    let hub = Hub::start();
    let mut held = Vec::new();
    for _ in 0..400 {
        held.push(TcpStream::connect(hub.address()).expect("the system accepts connections"));
    }
    let mut ann = hub.login("ann");
    ann.chat("in");
    ann.expect_exact("<ann> in");
    drop(held);
}

/// A class taken away in the database is gone for who is online, and for who is just coming.
#[test]
fn a_class_changed_beside_the_hub_counts() {
    let hub = Hub::setup()
        .probe(&[])
        .user("op", 4, PASSWORD)
        .user("late", 5, PASSWORD)
        .user("out", 3, PASSWORD)
        .start();
    let mut probe = Probe::login(&hub);
    let mut op = hub.login_reg("op");
    let mut out = hub.login_reg("out");
    let mut ann = hub.login("ann");
    let mut late = waiting(&hub, "late");
    late.expect("$GetPass");
    probe.eval("vh.SQL(\"UPDATE reglist SET class = 1 WHERE nick IN ('op', 'late')\")");
    probe.eval("vh.SQL(\"UPDATE reglist SET enabled = 0 WHERE nick = 'out'\")");
    probe.client.chat("!reload");
    probe.client.expect("Reloaded");
    until(|| probe.eval("vh.GetUserClass('op')") == "1");
    // Whose registration is off is a guest.
    until(|| probe.eval("vh.GetUserClass('out')") == "0");
    out.chat("!kick ann for nothing");
    out.fence();
    op.chat("!kick ann for nothing");
    op.fence();
    ann.fence();
    late.send(format!("$MyPass {PASSWORD}"));
    // He is let in as what he is now, or has to come again.
    let told = late.expect_any(&["$Hello late", "log in again"]);
    assert!(!told.contains("$LogedIn"), "{told}");
    if told.contains("$Hello") {
        late.introduce(&Who::new("late"));
        late.fence();
        probe.is("vh.GetUserClass('late')", "1");
    }
    let mut newcomer = hub.login("newcomer");
    let ops = newcomer.history();
    assert!(
        !ops.contains("$OpList op") && !ops.contains("$$op$$"),
        "{ops}"
    );
    newcomer.fence();
}

/// A stored trigger, a command's delay: rights count when it is done.
#[test]
fn rights_are_asked_when_something_is_done() {
    let hub = Hub::setup().probe(&[]).user("cheef", 4, PASSWORD).start();
    let mut probe = Probe::login(&hub);
    let mut cheef = hub.login_reg("cheef");
    cheef.fence();
    probe.exec("vh.SetRegClass('cheef', 1)");
    until(|| probe.eval("vh.GetUserClass('cheef')") == "1");
    for command in [
        "!topic owned",
        "!kick boss x",
        "!ban_5s boss x",
        "!set hub_name x",
        "!restart",
        "!regnew eve 3",
    ] {
        cheef.chat(command);
    }
    let got = cheef.quiet();
    probe.client.fence();
    assert!(!got.contains("is now registered"), "{got}");
    probe.is("vh.Topic()", "''");
}

#[test]
fn an_honest_login_comes_through_a_storm() {
    let hub = Hub::setup()
        .set("pwd_tmpban", 0)
        .user("boss", 10, PASSWORD)
        .user("reg", 1, PASSWORD)
        .start();
    let address = hub.address();
    let storm = std::thread::spawn(move || {
        for n in 0..60 {
            let mut client = Client::connect_to(address);
            client.send("$Supports NoHello");
            client.send("$Key x");
            client.send("$ValidateNick boss");
            client.send(format!("$MyPass wrong-{n}"));
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    hub.login_reg("reg");
    let mut ann = hub.login("ann");
    ann.chat("hello");
    ann.expect_exact("<ann> hello");
    storm.join().expect("the storm ends");
}

//! Clients that send much, or dear things: the others are read as if they were not there.

mod common;

use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use common::*;
use hub::io::{ConnId, NetEvent, Traits};
use net::{Limits, Net, NetCommand, NetConfig};

/// What is read in a second with these limits is less than one message.
fn slow() -> Limits {
    Limits {
        max_rate: 100,
        ..Limits::default()
    }
}

/// How many of the events are messages of this connection.
fn messages(events: &[NetEvent], of: ConnId) -> usize {
    let mine = |e: &&NetEvent| matches!(e, NetEvent::Frame { conn, .. } if *conn == of);
    events.iter().filter(mine).count()
}

/// Batches as the I/O thread hands them over: it waits until each is taken.
struct Held {
    net: Net,
    port: u16,
    batches: Receiver<Vec<NetEvent>>,
}

impl Held {
    fn start(limits: Limits) -> Held {
        let (send, batches): (SyncSender<Vec<NetEvent>>, _) = sync_channel(0);
        let send = Mutex::new(send);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sink = move |batch| {
            // After the end of a test nobody takes it.
            drop(send.lock().map(|send| send.send(batch)));
        };
        let config = NetConfig { threads: 1, limits };
        let net = Net::start(config, vec![listener], Arc::new(sink)).expect("starts");
        net.start_accepting();
        Held { net, port, batches }
    }

    fn next(&self) -> Vec<NetEvent> {
        self.batches.recv_timeout(PATIENCE).expect("a batch")
    }

    fn connect(&self) -> (ConnId, std::net::TcpStream) {
        let client = client(self.port);
        match self.next().first() {
            Some(NetEvent::Connected { conn, .. }) => (*conn, client),
            other => panic!("expected a connection, got {other:?}"),
        }
    }
}

/// Two turns of a loud sender are what another one waits for at most, whatever the loud one has
/// sent before: the turn in which the I/O thread is, and its part of the next.
#[test]
fn a_loud_sender_gets_his_turn_and_no_more() {
    for message in [b"x|".to_vec(), [vec![b'y'; 9_999], vec![b'|']].concat()] {
        let unlimited = Limits {
            max_rate: 0,
            ..Limits::default()
        };
        let held = Held::start(unlimited);
        let (loud, mut shouts) = held.connect();
        let (quiet, mut speaks) = held.connect();
        let all = message.repeat(200_000 / message.len());
        say(&mut shouts, &all);
        // With this the I/O thread has begun, and waits until the batch after it is taken.
        let first = held.next();
        say(&mut speaks, b"hello|");
        let mut before = messages(&first, loud);
        let mut batches = vec![first];
        while batches.last().is_none_or(|last| messages(last, quiet) == 0) {
            let next = held.next();
            before += messages(&next, loud);
            assert!(next.len() <= 64, "{} events in a turn", next.len());
            batches.push(next);
        }
        assert!(batches.len() <= 4, "heard after {} turns", batches.len());
        assert!(before <= 4 * 32, "heard after {before} messages");
        let mut bytes = before * message.len();
        assert!(
            bytes <= 5 * 16_384 + 4 * 10_240,
            "heard after {bytes} bytes"
        );
        // All the rest comes, too.
        while bytes < all.len() {
            bytes += messages(&held.next(), loud) * message.len();
        }
        drop(held.batches);
        assert!(held.net.stop(PATIENCE));
    }
}

/// However many there are who are not logged in, a user does not wait for all of them.
#[test]
fn users_are_read_before_strangers() {
    let held = Held::start(Limits::default());
    let (user, mut speaks) = held.connect();
    let traits = Traits::LISTED;
    held.net.deliver(vec![
        NetCommand::Traits { conn: user, traits },
        one(user, "listed|"),
    ]);
    hear(&mut speaks, 7);
    let mut strangers: Vec<_> = (0..100).map(|_| held.connect().1).collect();
    for stranger in &mut strangers {
        say(
            stranger,
            &[b"<x> ".as_slice(), &[b'y'; 9_000], b"|"]
                .concat()
                .repeat(3),
        );
    }
    // The I/O thread is at work: the turn it is in, and the next.
    let mut batches = vec![held.next()];
    say(&mut speaks, b"hello|");
    while batches.last().is_none_or(|last| messages(last, user) == 0) {
        batches.push(held.next());
    }
    assert!(batches.len() <= 3, "heard after {} turns", batches.len());
    drop(held.batches);
    assert!(held.net.stop(PATIENCE));
}

#[test]
fn who_has_sent_more_than_his_rate_rests() {
    let mut side = Side::start(1, slow());
    let (loud, mut shouts) = side.connect();
    let (quiet, mut speaks) = side.connect();
    // The first read is a debt of five seconds.
    say(&mut shouts, &b"123456789|".repeat(20));
    assert_eq!(side.frame(), (loud, "123456789".into()));
    say(&mut shouts, &b"more|".repeat(20));
    say(&mut speaks, b"hello|");
    // What the first read brought comes, nothing else, before and after the other's message.
    let mut rest = 0;
    while let (conn, text) = side.frame()
        && conn == loud
    {
        assert_eq!(text, "123456789");
        rest += 1;
    }
    assert!(rest <= 19);
    say(&mut speaks, b"again|");
    let said: Vec<_> = std::iter::from_fn(|| Some(side.frame()))
        .take_while(|(conn, _)| *conn != quiet)
        .collect();
    assert!(said.iter().all(|(_, text)| text == "123456789"), "{said:?}");
    // Without a limit there is nothing to rest for.
    side.net.set_limits(Limits {
        max_rate: 0,
        ..Limits::default()
    });
    let mut more = 0;
    while more < 20 {
        more += usize::from(side.frame().1 == "more");
    }
}

#[test]
fn what_the_hub_charges_counts() {
    let mut side = Side::start(1, Limits::default());
    let (dear, mut asks) = side.connect();
    let (other, mut speaks) = side.connect();
    let charge = NetCommand::Charge {
        conn: dear,
        cost: u64::MAX,
    };
    // The answer shows that the command before it has been carried out.
    side.net.deliver(vec![charge, one(dear, "charged|")]);
    hear(&mut asks, 8);
    say(&mut asks, b"dear|");
    for _ in 0..3 {
        say(&mut speaks, b"hello|");
        assert_eq!(side.frame(), (other, "hello".into()));
    }
    // It is heard when it has rested.
    assert_eq!(side.frame(), (dear, "dear".into()));
}

/// Who is thrown out and goes on sending is hardly read any more until the connection ends.
#[test]
fn who_is_on_his_way_out_costs_little() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut pours) = side.connect();
    side.net.deliver(vec![close(conn)]);
    let chunk = [b'x'; 64 * 1024];
    // It takes no notice of the end, until its system says that nobody is there.
    let offered: usize = std::iter::from_fn(|| pours.write(&chunk).ok())
        .take(2000)
        .sum();
    while side.net.stats().open > 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let read = side.net.stats().bytes_in;
    assert!(read < 10_000_000, "{read} bytes read of {offered}");
}

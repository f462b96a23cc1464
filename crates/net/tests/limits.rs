//! Clients that do not play along: slow, loud, rude, gone. Others must not notice.

mod common;

use std::io::{ErrorKind, Read};
use std::net::Shutdown;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::*;
use hub::io::{Audience, Gone, NetEvent};
use net::{Limits, Net, NetCommand, NetConfig};

/// More than the system buffers for one connection on loopback.
const MUCH: usize = 16 << 20;

#[test]
fn a_client_that_never_reads_is_dropped_and_others_get_everything() {
    for threads in [1, 2] {
        let mut side = Side::start(threads, Limits::default());
        let (slow, lazy) = side.connect();
        let (_, mut busy) = side.connect();
        let line = vec![b'x'; 65_535];
        let mut sent = 0;
        let gone = loop {
            let mut data = line.clone();
            data.push(b'|');
            sent += data.len();
            let size = data.len();
            side.net.deliver(vec![all(data)]);
            assert_eq!(hear(&mut busy, size).len(), size);
            // The system's own buffers are filled first; how large they are is its secret.
            if let Ok(batch) = side.try_next() {
                break batch;
            }
            assert!(sent < 1 << 30, "never dropped");
        };
        assert!(matches!(gone, NetEvent::Closed { conn, why: Gone::Slow } if conn == slow));
        assert!(side.net.stop(PATIENCE));
        drop(lazy);
    }
}

#[test]
fn one_list_of_any_length_fits() {
    let limits = Limits {
        max_outbuf: 1000,
        ..Limits::default()
    };
    let mut side = Side::start(1, limits);
    let (conn, mut client) = side.connect();
    side.send(conn, vec![b'x'; MUCH]);
    assert_eq!(hear(&mut client, MUCH).len(), MUCH);
    // Now that all is read there is room again.
    side.send(conn, "more|");
    assert_eq!(hear(&mut client, 5), b"more|");
    // But not while most of it waits.
    side.send(conn, vec![b'x'; MUCH]);
    hear(&mut client, 1);
    side.send(conn, "too much|");
    assert_eq!(side.closed(), (conn, Gone::Slow));
    assert_eq!(side.net.stats().slow, 1);
}

#[test]
fn a_full_client_is_not_read_until_it_has_read() {
    let limits = Limits {
        max_outfill: 1000,
        max_unblock: 500,
        ..Limits::default()
    };
    let mut side = Side::start(1, limits);
    let (full, mut lazy) = side.connect();
    let (fence, mut other) = side.connect();
    side.send(full, vec![b'x'; MUCH]);
    // The turn that sent so much is over once its first byte is here and the fence is heard.
    hear(&mut lazy, 1);
    say(&mut other, b"first|");
    assert_eq!(side.frame(), (fence, "first".into()));
    say(&mut lazy, b"late|");
    say(&mut other, b"second|");
    assert_eq!(side.frame(), (fence, "second".into()));
    hear(&mut lazy, MUCH - 1);
    assert_eq!(side.frame(), (full, "late".into()));
}

#[test]
fn reading_stops_and_resumes_as_the_hub_wants() {
    let mut side = Side::start(1, Limits::default());
    let (held, mut client) = side.connect();
    let (fence, mut other) = side.connect();
    let read = |on| NetCommand::Read { conn: held, on };
    // The answer shows that the command before it has been carried out.
    side.net.deliver(vec![read(false), one(held, "off|")]);
    hear(&mut client, 4);
    say(&mut client, b"held|more|");
    say(&mut other, b"free|");
    assert_eq!(side.frame(), (fence, "free".into()));
    side.net.deliver(vec![read(true)]);
    assert_eq!(side.frame(), (held, "held".into()));
    assert_eq!(side.frame(), (held, "more".into()));
}

#[test]
fn too_long_a_message_ends_the_connection_after_what_came_before() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut client) = side.connect();
    let mut data = b"fine|".to_vec();
    data.extend([b'x'; 20_000]);
    say(&mut client, &data);
    assert_eq!(side.frame(), (conn, "fine".into()));
    assert!(matches!(side.next(), NetEvent::TooLong { conn: c } if c == conn));
    // It is not read any more, but can be told why, until it is closed.
    say(&mut client, b"|more|");
    side.send(conn, "too long|");
    side.net.deliver(vec![NetCommand::Close { conn }]);
    let mut told = Vec::new();
    client.read_to_end(&mut told).unwrap();
    assert_eq!(told, b"too long|");
    // A new limit holds for connections that are there already.
    let (conn, mut client) = side.connect();
    side.net.set_limits(Limits {
        max_message: 100_000,
        ..Limits::default()
    });
    side.send(conn, "set|");
    hear(&mut client, 4);
    say(&mut client, &[b'y'; 20_000]);
    say(&mut client, b"|");
    assert_eq!(side.frame().1.len(), 20_000);
}

#[test]
fn who_begins_tls_where_there_is_none_can_be_told_so() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut client) = side.connect();
    say(&mut client, &[0x16, 0x03, 0x01, 0x02, 0x00, b'|']);
    match side.next() {
        NetEvent::WantsTls { conn: c, late } => assert!(c == conn && !late),
        other => panic!("{other:?}"),
    }
    side.send(conn, "no TLS|");
    side.net.deliver(vec![close(conn)]);
    assert_eq!(hear_all(&mut client), b"no TLS|");
    // Later in the stream these are bytes like others.
    let (conn, mut client) = side.connect();
    say(&mut client, b"a|");
    assert_eq!(side.frame(), (conn, "a".into()));
    say(&mut client, &[0x16, 0x03, 0x01, b'|']);
    assert_eq!(side.frame().1.len(), 3);
}

#[test]
fn clients_that_leave_are_reported_once_after_their_last_words() {
    let mut side = Side::start(2, Limits::default());
    let (conn, mut client) = side.connect();
    say(&mut client, b"bye|rest without pipe");
    client.shutdown(Shutdown::Write).expect("half closed");
    assert_eq!(side.frame(), (conn, "bye".into()));
    assert_eq!(side.closed(), (conn, Gone::Peer));
    // Leaving with something unread is a reset.
    let (conn, client) = side.connect();
    side.send(conn, vec![b'x'; 100_000]);
    let mut byte = [0];
    (&client).read_exact(&mut byte).expect("something came");
    drop(client);
    let (who, why) = side.closed();
    assert_eq!(who, conn);
    assert!(matches!(why, Gone::Error | Gone::Peer));
    // Commands for those who left are nobody's.
    side.net.deliver(vec![one(conn, "late|"), close(conn)]);
    let (next, mut client) = side.connect();
    assert_ne!(next, conn);
    side.send(next, "hi|");
    assert_eq!(hear(&mut client, 3), b"hi|");
}

#[test]
fn after_close_nothing_is_reported() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut client) = side.connect();
    let (fence, mut other) = side.connect();
    side.net
        .deliver(vec![one(conn, "bye|"), close(conn), one(conn, "no|")]);
    side.send(fence, "done|");
    hear(&mut other, 5);
    assert_eq!(hear_all(&mut client), b"bye|");
    // May fail with a reset, which is fine.
    drop(std::io::Write::write_all(&mut client, b"anyone?|"));
    drop(client);
    say(&mut other, b"still here|");
    assert_eq!(side.frame(), (fence, "still here".into()));
}

#[test]
fn close_delivers_everything_even_to_a_client_that_talks_on() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut client) = side.connect();
    // Unread input at the time of closing must not turn the end into a reset.
    let read_off = NetCommand::Read { conn, on: false };
    side.net.deliver(vec![read_off, one(conn, "off|")]);
    hear(&mut client, 4);
    say(&mut client, &[b'z'; 5000]);
    side.net
        .deliver(vec![one(conn, vec![b'x'; MUCH]), close(conn)]);
    assert_eq!(hear_all(&mut client).len(), MUCH);
}

#[test]
fn a_blocked_sink_holds_up_neither_deliver_nor_the_end() {
    let (send, events) = sync_channel::<Vec<NetEvent>>(0);
    let send = Mutex::new(Some(send));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let sink = move |batch| {
        if let Ok(guard) = send.lock()
            && let Some(send) = guard.as_ref()
        {
            drop(send.send(batch));
        }
    };
    let config = NetConfig {
        threads: 1,
        limits: Limits::default(),
    };
    let net = Net::start(config, vec![listener], Arc::new(sink)).expect("starts");
    net.start_accepting();
    let mut client = client(port);
    let first = events.recv_timeout(PATIENCE).expect("connected");
    let Some(NetEvent::Connected { conn, .. }) = first.first() else {
        panic!("not connected");
    };
    say(&mut client, b"a|");
    // Nobody takes the frame: the I/O thread waits in the sink, and commands pile up.
    for i in 0..10_000 {
        net.deliver(vec![one(*conn, format!("{i:04}|"))]);
    }
    events.recv_timeout(PATIENCE).expect("the frame");
    assert_eq!(hear(&mut client, 50_000).len(), 50_000);
    drop(events);
    assert!(net.stop(PATIENCE));
}

#[test]
fn one_write_serves_a_whole_turn() {
    let mut side = Side::start(1, Limits::default());
    let mut clients: Vec<_> = (0..50).map(|_| side.connect().1).collect();
    let before = side.net.stats().writes;
    let lines: Vec<_> = (0..100).map(|i| all(format!("line {i:03}|"))).collect();
    side.net.deliver(lines);
    for client in &mut clients {
        hear(client, 900);
    }
    // The counters are at most one turn old.
    side.net.deliver(vec![all("end|")]);
    for client in &mut clients {
        hear(client, 4);
    }
    let writes = side.net.stats().writes - before;
    assert!((50..=100).contains(&writes), "{writes} writes");
}

#[test]
fn a_thousand_clients_on_either_number_of_threads() {
    let crowd = Crowd::of(1000);
    for threads in [1, 2] {
        let mut side = Side::start(threads, Limits::default());
        let mut clients: Vec<_> = (0..crowd.size).map(|_| side.connect()).collect();
        let one = crowd.size / 2;
        let group = hub::io::Group {
            except: Some(clients[one].0),
            ..EVERYBODY
        };
        let to = Audience::Group(group);
        let data = "not for one|".into();
        side.net
            .deliver(vec![all("a|"), NetCommand::Send { to, data }, all("b|")]);
        for (index, (_, client)) in clients.iter_mut().enumerate() {
            let expected: &[u8] = if index == one {
                b"a|b|"
            } else {
                b"a|not for one|b|"
            };
            assert_eq!(hear(client, expected.len()), expected);
        }
        assert_eq!(side.net.stats().open, crowd.size as u64);
        assert!(side.net.stop(PATIENCE));
        for (_, client) in &mut clients {
            let end = client.read(&mut [0; 10]).map_err(|error| error.kind());
            assert!(matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)));
        }
    }
}

/// Two seconds for a client that has got everything but does not close its side.
#[test]
fn a_closed_client_that_stays_is_left_soon() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut client) = side.connect();
    side.net.deliver(vec![one(conn, "bye|"), close(conn)]);
    assert_eq!(hear_all(&mut client), b"bye|");
    let start = Instant::now();
    while side.net.stats().open > 0 {
        assert!(side.wait(Duration::from_millis(20)).is_err());
        assert!(start.elapsed() < Duration::from_secs(5), "still held");
    }
    assert!(start.elapsed() > Duration::from_secs(1), "left too soon");
}

/// The echo of one client must not wait for a line to reach thousands.
#[test]
fn a_walk_through_many_pauses_for_who_speaks() {
    let crowd = Crowd::of(900);
    let mut side = Side::start(1, Limits::default());
    let (speaker, mut client) = side.connect();
    let mut others: Vec<_> = (0..crowd.size).map(|_| side.connect().1).collect();
    say(&mut client, b"0|");
    side.frame();
    for line in 0..500_u32 {
        side.net.deliver(vec![all(format!("{line:04}|"))]);
        assert_eq!(hear(&mut client, 5), format!("{line:04}|").into_bytes());
        say(&mut client, b"next|");
        assert_eq!(side.frame(), (speaker, "next".into()));
    }
    let expected: Vec<u8> = (0..500)
        .flat_map(|line| format!("{line:04}|").into_bytes())
        .collect();
    for other in &mut others {
        assert_eq!(hear(other, 2500), expected);
    }
    let stats = side.net.stats();
    assert!(
        stats.writes < 500 * (crowd.size as u64 + 1) / 2,
        "{} writes: lines did not travel together",
        stats.writes
    );
}

#[test]
fn no_more_connections_than_there_may_be() {
    for threads in [1, 2] {
        let limits = Limits {
            max_sockets: 4,
            ..Limits::default()
        };
        let mut side = Side::start(threads, limits);
        let mut there: Vec<_> = (0..4).map(|_| side.connect()).collect();
        // It waits in the system's queue until one of the others ends.
        let mut late = client(side.port);
        say(&mut late, b"late|");
        say_and_hear(&mut side, &there);
        let (conn, mut socket) = there.remove(0);
        side.net.deliver(vec![close(conn)]);
        hear_all(&mut socket);
        drop(socket);
        let NetEvent::Connected { conn, .. } = side.next() else {
            panic!("it comes in now");
        };
        assert_eq!(side.frame(), (conn, "late".into()));
    }
}

/// Something from each, so that a turn has passed in which nobody else came.
fn say_and_hear(side: &mut Side, there: &[(hub::io::ConnId, std::net::TcpStream)]) {
    for (conn, socket) in there {
        let mut socket = socket.try_clone().expect("one more descriptor");
        say(&mut socket, b"here|");
        assert_eq!(side.frame(), (*conn, "here".into()));
    }
}

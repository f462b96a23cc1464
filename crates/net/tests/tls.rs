//! TLS: on a port of its own, found out on plain ports, and what it must not spoil.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use common::{PATIENCE, Side, all, client, close, hear, say};
use hub::io::{ConnId, Gone, NetEvent, Tls};
use loadgen::trust::trusting;
use net::{Door, Identity, Limits, Security, TlsFiles};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

type Secure = StreamOwned<ClientConnection, TcpStream>;

fn secure(port: u16, versions: &[&'static rustls::SupportedProtocolVersion]) -> Secure {
    let config = trusting(versions).expect("versions that rustls has");
    let name = ServerName::try_from("localhost").expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("a session");
    StreamOwned::new(session, client(port))
}

fn identity(only_1_3: bool) -> Identity {
    let dir = tempfile::tempdir().expect("writable");
    let files = TlsFiles {
        cert: dir.path().join("hub.crt"),
        key: dir.path().join("hub.key"),
        subject: ["Test".into(), String::new(), "localhost".into()],
        only_1_3,
    };
    files.load().expect("a certificate is made")
}

fn side(door: Door, detect: Option<Duration>, only_1_3: bool) -> Side {
    let security = Security {
        identity: Some(identity(only_1_3)),
        detect,
        log_errors: false,
    };
    Side::start_at(1, Limits::default(), door, Some(security))
}

fn connected(side: &mut Side) -> (ConnId, Tls) {
    match side.next() {
        NetEvent::Connected { conn, tls, ip, .. } => {
            assert!(ip.is_loopback());
            (conn, tls)
        }
        other => panic!("expected a connection, got {other:?}"),
    }
}

const BOTH: &[&rustls::SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

#[test]
fn both_ways_in_order_and_to_the_last_byte() {
    for (versions, expected) in [
        (&[&rustls::version::TLS13], Tls::V1_3),
        (&[&rustls::version::TLS12], Tls::V1_2),
    ] {
        let mut side = side(Door::Tls, None, false);
        let mut client = secure(side.port, versions);
        // Many messages in a few records, and one over many.
        let long = format!("{}|", "y".repeat(10_000));
        let text = "one|two|three|".to_owned() + &long.repeat(20);
        let reader = std::thread::spawn(move || {
            client.write_all(text.as_bytes()).expect("writes");
            let mut got = Vec::new();
            client.read_to_end(&mut got).expect("ends as TLS should");
            got
        });
        let (conn, tls) = connected(&mut side);
        assert_eq!(tls, expected);
        for word in ["one", "two", "three"] {
            assert_eq!(side.frame(), (conn, word.into()));
        }
        for _ in 0..20 {
            assert_eq!(side.frame().1.len(), 10_000);
        }
        // More than socket, records and rustls' own buffer hold at a time, shared and private.
        let mut sent = Vec::new();
        let mut commands = Vec::new();
        for number in 0..200 {
            let line = format!("{number} {}|", "z".repeat(number * 20));
            sent.extend(line.bytes());
            commands.push(match number % 3 {
                0 => common::one(conn, line),
                _ => all(line),
            });
        }
        commands.push(close(conn));
        side.net.deliver(commands);
        let got = reader.join().expect("the client read all");
        assert_eq!(got.len(), sent.len());
        assert!(got == sent);
    }
}

#[test]
fn a_plain_port_finds_out() {
    // Long enough that no silent client is greeted while the test runs.
    let mut at = side(Door::Plain, Some(PATIENCE * 10), false);
    let mut first = secure(at.port, BOTH);
    first.write_all(b"secret|").expect("writes");
    let (conn, tls) = connected(&mut at);
    assert_eq!(tls, Tls::V1_3);
    assert_eq!(at.frame(), (conn, "secret".into()));
    // Who speaks plainly is heard at once.
    let mut second = client(at.port);
    say(&mut second, b"open|");
    let (conn, tls) = connected(&mut at);
    assert_eq!(tls, Tls::Plain);
    assert_eq!(at.frame(), (conn, "open".into()));
    // Who waits for the hub to begin is greeted when the time is over.
    let mut at = side(Door::Plain, Some(Duration::from_millis(20)), false);
    let mut third = client(at.port);
    let (conn, tls) = connected(&mut at);
    assert_eq!(tls, Tls::Plain);
    at.send(conn, "hello|");
    assert_eq!(hear(&mut third, 6), b"hello|");
    say(&mut third, b"hello back|");
    assert_eq!(at.frame(), (conn, "hello back".into()));
}

#[test]
fn old_versions_and_noise_never_reach_the_hub() {
    let mut side = side(Door::Tls, None, true);
    let mut old = secure(side.port, &[&rustls::version::TLS12]);
    old.write_all(b"x|").expect_err("is refused");
    let mut noise = client(side.port);
    say(&mut noise, b"$Supports nothing|$Key k|");
    let mut left = Vec::new();
    noise.read_to_end(&mut left).ok();
    // One that goes in the middle of the handshake, and one that says nothing.
    let mut gone = client(side.port);
    say(&mut gone, &[0x16, 3, 1, 0, 200, 1]);
    drop(gone);
    let _silent = client(side.port);
    let mut good = secure(side.port, BOTH);
    good.write_all(b"good|").expect("writes");
    // Nothing came before it.
    let (conn, tls) = connected(&mut side);
    assert_eq!((tls, side.frame()), (Tls::V1_3, (conn, "good".into())));
}

#[test]
fn ends_are_reported() {
    let mut side = side(Door::Tls, None, false);
    // With TLS's own end, and without.
    for polite in [true, false] {
        let mut client = secure(side.port, BOTH);
        client.write_all(b"x|").expect("writes");
        let (conn, _) = connected(&mut side);
        side.frame();
        if polite {
            client.conn.send_close_notify();
            client.flush().expect("writes");
        } else {
            client
                .sock
                .shutdown(std::net::Shutdown::Both)
                .expect("ends");
        }
        assert_eq!(side.closed(), (conn, Gone::Peer));
    }
    // Bytes that are no record after the handshake.
    let mut client = secure(side.port, BOTH);
    client.write_all(b"x|").expect("writes");
    let (conn, _) = connected(&mut side);
    side.frame();
    client.sock.write_all(&[0; 100]).expect("writes");
    assert_eq!(side.closed(), (conn, Gone::Tls));
}

#[test]
fn a_slow_reader_goes_and_others_stay() {
    let mut side = side(Door::Tls, None, false);
    let mut slow = secure(side.port, BOTH);
    slow.write_all(b"x|").expect("writes");
    let (slow_id, _) = connected(&mut side);
    side.frame();
    let mut quick = secure(side.port, BOTH);
    quick.write_all(b"x|").expect("writes");
    let (quick_id, _) = connected(&mut side);
    side.frame();
    let line = format!("{}|", "w".repeat(50_000));
    let mut buffer = vec![0; line.len()];
    // Until what the system buffers for the slow one and `max_outbuf` are full.
    let mut gone = None;
    for _ in 0..2_000 {
        side.net.deliver(vec![all(line.clone())]);
        quick.read_exact(&mut buffer).expect("reads all");
        assert!(buffer == line.as_bytes());
        if let Ok(NetEvent::Closed { conn, why }) = side.try_next() {
            gone = Some((conn, why));
            break;
        }
    }
    assert_eq!(gone, Some((slow_id, Gone::Slow)));
    side.send(quick_id, "still here|");
    let mut text = [0; 11];
    quick.read_exact(&mut text).expect("reads");
    assert_eq!(&text, b"still here|");
}

#[test]
fn another_certificate_while_running() {
    let mut side = side(Door::Tls, None, false);
    let seen = |client: &Secure| {
        let certificates = client.conn.peer_certificates().expect("one was shown");
        certificates[0].clone().into_owned()
    };
    let mut before = secure(side.port, BOTH);
    before.write_all(b"before|").expect("writes");
    let (old, _) = connected(&mut side);
    side.frame();
    side.net.set_security(&Security {
        identity: Some(identity(false)),
        ..Security::default()
    });
    let mut after = secure(side.port, BOTH);
    after.write_all(b"after|").expect("writes");
    connected(&mut side);
    side.frame();
    assert_ne!(seen(&before), seen(&after));
    // Who is there stays.
    before.write_all(b"again|").expect("writes");
    assert_eq!(side.frame(), (old, "again".into()));
}

#[test]
fn who_does_not_finish_tls_makes_way_for_others() {
    for (door, detect) in [
        (Door::Tls, None),
        (Door::Plain, Some(Duration::from_secs(600))),
    ] {
        let security = Security {
            identity: Some(identity(false)),
            detect,
            log_errors: false,
        };
        for limits in [
            Limits {
                max_opening_from_ip: 2,
                ..Limits::default()
            },
            Limits {
                max_opening: 2,
                ..Limits::default()
            },
        ] {
            let mut side = Side::start_at(1, limits, door, Some(security.clone()));
            let mut silent: Vec<TcpStream> = (0..3).map(|_| client(side.port)).collect();
            // The oldest is closed without a word: it has not come far enough to be told.
            assert_eq!(common::hear_all(&mut silent[0]), b"");
            let mut good = secure(side.port, BOTH);
            good.write_all(b"hello|").expect("writes");
            assert!(connected(&mut side).1.is_secure());
            assert_eq!(side.frame().1, "hello");
            assert_eq!(common::hear_all(&mut silent[1]), b"");
        }
    }
}

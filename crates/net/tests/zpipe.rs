//! Compressed blocks among plain ones, for those who want them.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::io::Read;
use std::net::TcpStream;

use common::{Side, all, close, hear_all, one};
use hub::io::{ConnId, Traits};
use net::{Limits, NetCommand, Zlib};

fn wants(conn: ConnId) -> NetCommand {
    NetCommand::Traits {
        conn,
        traits: Traits::ZPIPE.with(Traits::CLASS_0),
    }
}

/// What a client with ZPipe makes of it, and how many blocks were compressed.
fn read_packed(client: &mut TcpStream) -> (Vec<u8>, usize) {
    let got = hear_all(client);
    let (mut rest, mut out, mut blocks) = (&got[..], Vec::new(), 0);
    while !rest.is_empty() {
        if let Some(packed) = rest.strip_prefix(b"$ZOn|") {
            let mut stream = flate2::bufread::ZlibDecoder::new(packed);
            stream.read_to_end(&mut out).expect("a whole stream");
            rest = stream.into_inner();
            blocks += 1;
        } else {
            let end = rest.iter().position(|b| *b == b'|').expect("messages") + 1;
            out.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
        }
    }
    (out, blocks)
}

#[test]
fn who_wants_it_gets_the_same_in_less() {
    for threads in [1, 2] {
        let mut side = Side::start(threads, Limits::default());
        side.net.set_zlib(Some(Zlib {
            level: -1,
            min_len: 100,
        }));
        let (packs, mut packed) = side.connect();
        let (plains, mut plain) = side.connect();
        side.net.deliver(vec![wants(packs)]);
        let mut commands = Vec::new();
        let mut expected = Vec::new();
        for number in 0..50 {
            let line = format!("<somebody> line {number} of what all get to read|");
            expected.extend(line.bytes());
            commands.push(all(line));
            if number % 10 == 0 {
                let list = format!("$MyINFO $ALL user{number} $ $x$$0$|").repeat(500);
                expected.extend(list.bytes());
                commands.push(one(packs, list.clone()));
                commands.push(one(plains, list));
            }
        }
        commands.extend([close(packs), close(plains)]);
        side.net.deliver(commands);
        let reader = std::thread::spawn(move || read_packed(&mut packed));
        assert!(hear_all(&mut plain) == expected);
        let (got, blocks) = reader.join().expect("reads");
        assert!(got == expected);
        assert!(blocks > 0);
        let sent = side.net.stats().bytes_out as usize;
        assert!(
            sent < expected.len() * 3 / 2,
            "{sent} of twice {}",
            expected.len()
        );
    }
}

#[test]
fn a_client_that_reads_slowly_gets_whole_blocks() {
    let mut side = Side::start(1, Limits::default());
    side.net.set_zlib(Some(Zlib {
        level: 1,
        min_len: 100,
    }));
    let (conn, mut client) = side.connect();
    side.net.deliver(vec![wants(conn)]);
    let mut dice = common::Dice(11);
    let mut expected = Vec::new();
    // Digits hardly shrink, so that the socket fills up.
    for _ in 0..40 {
        let mut line = String::new();
        while line.len() < 60_000 {
            line += &dice.below(u64::from(u32::MAX)).to_string();
        }
        line.push('|');
        expected.extend(line.bytes());
        side.net.deliver(vec![all(line)]);
    }
    side.net.deliver(vec![close(conn)]);
    let (got, blocks) = read_packed(&mut client);
    assert!(got == expected);
    assert!(blocks > 0);
}

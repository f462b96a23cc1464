//! What every client gets, and in which order, against a model that just appends.

mod common;

use std::collections::HashMap;
use std::net::TcpStream;
use std::thread;

use bytes::Bytes;
use common::*;
use hub::io::{Audience, ConnId, Group, Traits};
use net::{Limits, NetCommand};

const ROOMY: Limits = Limits {
    max_message: 10_240,
    max_outbuf: usize::MAX,
    max_outfill: usize::MAX,
    max_unblock: usize::MAX,
    max_rate: 0,
    max_sockets: 0,
    max_opening: 0,
    max_opening_from_ip: 0,
};

struct Expected {
    traits: Traits,
    bytes: Vec<u8>,
    open: bool,
}

/// The plain meaning of a command.
fn apply(model: &mut HashMap<ConnId, Expected>, command: &NetCommand) {
    match command {
        NetCommand::Send {
            to: Audience::One(conn),
            data,
        } => {
            let one = model.get_mut(conn).expect("known");
            if one.open {
                one.bytes.extend_from_slice(data);
            }
        }
        NetCommand::Send {
            to: Audience::Group(group),
            data,
        } => {
            for (conn, one) in model.iter_mut() {
                if one.open && group.except != Some(*conn) && group.admits(one.traits) {
                    one.bytes.extend_from_slice(data);
                }
            }
        }
        NetCommand::Traits { conn, traits } => {
            let one = model.get_mut(conn).expect("known");
            if one.open {
                one.traits = *traits;
            }
        }
        NetCommand::Read { .. } | NetCommand::Charge { .. } => {}
        NetCommand::Close { conn } => model.get_mut(conn).expect("known").open = false,
    }
}

fn random_command(dice: &mut Dice, ids: &[ConnId], serial: u32, large: bool) -> NetCommand {
    let pick = |dice: &mut Dice| ids[dice.below(ids.len() as u64) as usize];
    let bits = |dice: &mut Dice| Traits(dice.below(16) as u32 & dice.below(16) as u32);
    let mut text = format!("<{serial}> ");
    let size = match dice.below(40) {
        0 if large => 300_000,
        0..4 => 3_000,
        _ => dice.below(40),
    };
    text.extend((0..size).map(|_| 'x'));
    text.push('|');
    match dice.below(20) {
        0..6 => one(pick(dice), text),
        6..16 => {
            let except = (dice.below(2) == 0).then(|| pick(dice));
            NetCommand::Send {
                to: Audience::Group(Group {
                    all: bits(dice),
                    any: bits(dice),
                    none: Traits(bits(dice).0 & bits(dice).0),
                    except,
                }),
                data: Bytes::from(text),
            }
        }
        16..19 => NetCommand::Traits {
            conn: pick(dice),
            traits: Traits(dice.below(16) as u32),
        },
        _ if dice.below(12) == 0 => close(pick(dice)),
        _ => NetCommand::Read {
            conn: pick(dice),
            on: dice.below(2) == 0,
        },
    }
}

fn round(seed: u64, threads: usize, clients_wanted: usize, readers_wait: bool) {
    let mut dice = Dice(seed);
    let mut side = Side::start(threads, ROOMY);
    let mut model = HashMap::new();
    let mut clients: Vec<(ConnId, TcpStream)> = Vec::new();
    for _ in 0..clients_wanted {
        let (conn, client) = side.connect();
        clients.push((conn, client));
        let expected = Expected {
            traits: Traits::EMPTY,
            bytes: Vec::new(),
            open: true,
        };
        model.insert(conn, expected);
    }
    let ids: Vec<ConnId> = clients.iter().map(|(conn, _)| *conn).collect();
    let mut readers: Vec<_> = Vec::new();
    let listen = |(conn, mut client): (ConnId, TcpStream)| {
        thread::spawn(move || (conn, hear_all(&mut client)))
    };
    let mut waiting = Vec::new();
    if readers_wait {
        waiting = clients;
    } else {
        readers.extend(clients.into_iter().map(listen));
    }
    let large = readers_wait && clients_wanted < 10;
    let mut serial = 0;
    for _ in 0..60 {
        let count = 1 + dice.below(25);
        let mut commands = Vec::new();
        for _ in 0..count {
            serial += 1;
            commands.push(random_command(&mut dice, &ids, serial, large));
        }
        for command in &commands {
            apply(&mut model, command);
        }
        side.net.deliver(commands);
    }
    side.net
        .deliver(ids.iter().map(|conn| close(*conn)).collect());
    readers.extend(waiting.into_iter().map(listen));
    for reader in readers {
        let (conn, got) = reader.join().expect("reader ends");
        let expected = &model[&conn].bytes;
        let same = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
        assert!(
            got == *expected,
            "seed {seed}, {conn:?}: differs at {same} of {} (expected {})",
            got.len(),
            expected.len()
        );
    }
    assert!(side.net.stop(PATIENCE));
}

#[test]
fn one_thread_keeps_the_order() {
    for seed in 1..25 {
        round(seed * 7919, 1, 7, false);
    }
}

#[test]
fn two_threads_keep_the_order() {
    for seed in 1..25 {
        round(seed * 104_729, 2, 7, false);
    }
}

/// So many that the walk through them pauses, and goes on with newer lines.
#[test]
fn many_clients_keep_the_order() {
    for seed in 1..9 {
        round(seed * 15_485_863, 1 + seed as usize % 2, 400, false);
    }
}

#[test]
fn order_survives_full_sockets() {
    for seed in 1..6 {
        round(seed * 1_299_709, 1 + seed as usize % 2, 7, true);
    }
}

#[test]
fn frames_arrive_whole_in_any_split() {
    for threads in [1, 2] {
        let mut side = Side::start(threads, Limits::default());
        let (conn, mut client) = side.connect();
        let mut dice = Dice(42);
        let mut sent = Vec::new();
        let mut bytes = Vec::new();
        for i in 0..3000 {
            let mut frame = format!("{i}:").into_bytes();
            let size = if i % 100 == 0 { 9_000 } else { dice.below(30) };
            frame.extend((0..size).map(|k| b'a' + (k % 26) as u8));
            if i % 7 == 0 {
                frame.clear();
            }
            bytes.extend_from_slice(&frame);
            bytes.push(b'|');
            sent.push(frame);
        }
        let writer = thread::spawn(move || {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let size = match dice.below(10) {
                    0 => 20_000,
                    1..4 => 1,
                    _ => 1 + dice.below(200) as usize,
                };
                let (part, later) = rest.split_at(size.min(rest.len()));
                say(&mut client, part);
                rest = later;
            }
            client
        });
        for frame in sent {
            assert_eq!(side.frame(), (conn, Bytes::from(frame)));
        }
        drop(writer.join().expect("writer ends"));
        assert_eq!(side.closed(), (conn, hub::io::Gone::Peer));
    }
}

#[test]
fn thousands_of_pings_in_one_write_all_arrive() {
    let mut side = Side::start(1, Limits::default());
    let (conn, mut client) = side.connect();
    say(&mut client, &[b'|'; 20_000]);
    for _ in 0..20_000 {
        assert_eq!(side.frame(), (conn, Bytes::new()));
    }
}

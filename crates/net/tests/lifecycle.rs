//! Starting, stopping, and running out of descriptors. One test binary of its own: it counts
//! what the whole process holds.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use common::*;
use hub::io::NetEvent;
use net::{Limits, Net, NetConfig};

/// One test at a time.
static ALONE: Mutex<()> = Mutex::new(());

const CHILD: &str = "VIPERHUB_NET_TEST_CHILD";

#[test]
fn starting_and_stopping_leaves_nothing_and_stop_sends_what_is_pending() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let held = |what: &str| std::fs::read_dir(what).expect("proc").count();
    let (fds, tasks) = (held("/proc/self/fd"), held("/proc/self/task"));
    for round in 0..50 {
        let mut side = Side::start(1 + round % 2, Limits::default());
        let (conn, mut client) = side.connect();
        let size = if round == 7 { 8 << 20 } else { 10 };
        let reader = thread::spawn(move || hear_all(&mut client).len());
        side.send(conn, vec![b'x'; size]);
        assert!(side.net.stop(PATIENCE));
        assert_eq!(reader.join().expect("reads"), size);
    }
    assert_eq!(held("/proc/self/fd"), fds);
    // The other test's thread may come and go.
    assert!(held("/proc/self/task") <= tasks + 2);
}

#[test]
fn stop_does_not_wait_for_a_client_that_does_not_read() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut side = Side::start(1, Limits::default());
    let (conn, client) = side.connect();
    side.send(conn, vec![b'x'; 32 << 20]);
    assert!(side.net.stop(Duration::from_millis(50)));
    drop(client);
}

/// Runs only as the child of the test below: echoes with few descriptors to spend.
#[test]
fn child_echo() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (send, events) = channel();
    let sink = move |batch: Vec<NetEvent>| drop(send.send(batch));
    let config = NetConfig {
        threads: 2,
        limits: Limits::default(),
    };
    let net = Net::start(config, vec![listener], Arc::new(sink)).expect("starts");
    net.start_accepting();
    println!("\nport {port}");
    for batch in events {
        for event in batch {
            if let NetEvent::Frame { conn, frame } = event {
                if frame == "quit" {
                    let stat = std::fs::read_to_string("/proc/self/stat").expect("stat");
                    println!("\nstat {stat}");
                    return;
                }
                net.deliver(vec![one(conn, [&frame[..], b"|"].concat())]);
            }
        }
    }
}

#[test]
fn running_out_of_descriptors_neither_kills_nor_spins() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let me = std::env::current_exe().expect("a path");
    let mut child = Command::new("sh")
        .args([
            "-c",
            "ulimit -n 48; exec \"$0\" --exact child_echo --nocapture",
        ])
        .arg(me)
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut line = |start: &str| loop {
        let line = lines.next().expect("a line").expect("text");
        if let Some(rest) = line.strip_prefix(start) {
            return rest.to_owned();
        }
    };
    let port = line("port ").parse().expect("a number");
    let mut clients: Vec<_> = (0..80).map(|_| client(port)).collect();
    for client in &mut clients {
        say(client, b"x|");
    }
    let mut late = clients.split_off(10);
    for client in &mut clients {
        assert_eq!(hear(client, 2), b"x|");
    }
    // Half a second without a descriptor: whoever is served closes, and makes room for one.
    let mut served = 0;
    while !late.is_empty() {
        let mut client = late.remove(0);
        assert_eq!(hear(&mut client, 2), b"x|");
        served += 1;
    }
    assert_eq!(served, 70);
    let mut last = clients.remove(0);
    last.write_all(b"quit|").expect("writes");
    let stat = line("stat ");
    let ticks: u64 = stat
        .split_whitespace()
        .skip(13)
        .take(2)
        .map(|field| field.parse::<u64>().expect("a number"))
        .sum();
    assert!(ticks < 50, "{ticks} ticks of processor time");
    drop(last.read(&mut [0; 1]));
    child.wait().expect("ends");
}

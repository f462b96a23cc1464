//! Clients that send far more than anybody needs: the others do not notice, and the hub's memory stays
//! within what ARCHITECTURE.md says.

mod kit;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kit::{Client, Hub, Who};

/// The most memory the hub has ever had, in bytes.
fn peak(hub: &Hub) -> u64 {
    let path = format!("/proc/{}/status", hub.pid());
    let status = std::fs::read_to_string(path).expect("the hub runs");
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    kib.expect("the system tells") * 1024
}

const MIB: u64 = 1 << 20;

/// A client that sends a message again and again, as fast as it is read, until this is dropped.
struct Torrent {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<u64>>,
}

impl Torrent {
    fn start(address: SocketAddr, nick: &str, message: Vec<u8>) -> Torrent {
        let stop = Arc::new(AtomicBool::new(false));
        let mut stream = TcpStream::connect(address).expect("the hub accepts connections");
        let soon = Some(Duration::from_millis(50));
        stream.set_write_timeout(soon).expect("not zero");
        let info = String::from_utf8(Who::new(nick).my_info()).expect("text");
        let login = format!(
            "$Supports NoHello |$Key x|$ValidateNick {nick}|$Version 1,0091|$GetNickList|{info}|"
        );
        stream
            .write_all(login.as_bytes())
            .expect("it fits the socket");
        let end = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let (mut sent, mut at) = (0, 0);
            while !end.load(Ordering::Relaxed) {
                // What the hub does not take now it takes later.
                if let Ok(count) = stream.write(&message[at..]) {
                    at = (at + count) % message.len();
                    sent += count as u64;
                }
            }
            sent
        });
        Torrent {
            stop,
            thread: Some(thread),
        }
    }

    /// How much it could send.
    fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("not ended");
        thread.join().expect("it only writes")
    }
}

impl Drop for Torrent {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Counters of floods are off here, so that only the pace and the gate hold these back.
#[test]
fn others_chat_while_two_ask_for_addresses_without_end() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let before = peak(&hub);
    let torrents: Vec<Torrent> = ["q", "r"]
        .into_iter()
        .map(|nick| {
            let mut message = b"$UserIP ".to_vec();
            message.extend(format!("{nick}$$").repeat(3300).bytes());
            message.push(b'|');
            let torrent = Torrent::start(hub.address(), nick, message);
            ann.expect(format!("$MyINFO $ALL {nick} "));
            torrent
        })
        .collect();
    for n in 0..200 {
        ann.chat(format!("line {n}"));
        bob.expect_exact(format!("<ann> line {n}"));
        bob.chat(format!("answer {n}"));
        ann.expect_exact(format!("<bob> answer {n}"));
    }
    let sent: u64 = torrents.into_iter().map(Torrent::end).sum();
    assert!(sent > 4 * MIB, "only {sent} bytes were sent");
    ann.fence();
    let more = peak(&hub).saturating_sub(before);
    assert!(more < 24 * MIB, "{} MiB more", more / MIB);
}

/// With the counters on they are thrown out, with the reason.
#[test]
fn who_asks_too_much_is_thrown_out() {
    let hub = Hub::setup()
        .set("max_class_proto_flood", 2)
        .set("int_flood_question_period", 3600)
        .start();
    let mut bob = hub.login("bob");
    let mut ann = hub.login("ann");
    let names = "ann$$".repeat(2000);
    for _ in 0..201 {
        ann.send(format!("$UserIP {names}"));
    }
    let got = ann.expect_closed();
    assert!(
        got.contains("You send too many questions to the hub."),
        "{got}"
    );
    assert_eq!(got.matches("$UserIP ann 127.0.0.1$$\n").count(), 200);
    bob.fence();
}

/// A script keeps all of them waiting for an answer about their first message.
#[test]
fn before_the_login_next_to_nothing_is_kept() {
    let slow = "import time\ndef OnParsedMsgVersion(ip, version):\n    time.sleep(0.05)\n";
    let hub = Hub::setup().script("slow.py", slow).start();
    let mut witness = hub.login("witness");
    let before = peak(&hub);
    let message = [b"<boss> ".as_slice(), &[b'x'; 10_000], b"|"].concat();
    let mut much = b"$Version 1|".to_vec();
    much.extend(message.repeat(60));
    let mut clients: Vec<Client> = (0..200)
        .map(|_| {
            let mut client = Client::connect(&hub);
            client.raw(&much);
            client
        })
        .collect();
    for client in &mut clients {
        let got = client.expect_closed();
        assert!(
            got.contains("You sent more than 4096 bytes before"),
            "{got}"
        );
    }
    let more = peak(&hub).saturating_sub(before);
    assert!(more < 24 * MIB, "{} MiB more", more / MIB);
    witness.chat("still here");
    witness.expect_exact("<witness> still here");
}

/// A script keeps some users waiting who send on and on: what waits for all together is bounded.
#[test]
fn what_waits_for_a_script_is_bounded_in_bytes() {
    let slow = "import time\ndef OnParsedMsgPM(nick, text, to):\n    time.sleep(0.01)\n";
    let hub = Hub::setup()
        .set("parked_messages", 1_000_000)
        .set("max_pm_msg", 0)
        .script("slow.py", slow)
        .start();
    let mut witness = hub.login("witness");
    let before = peak(&hub);
    let torrents: Vec<Torrent> = (0..20)
        .map(|n| {
            let nick = format!("u{n}");
            let text = "x".repeat(9_900);
            let message = format!("$To: nobody From: {nick} $<{nick}> {text}|$To: Viperhub From: {nick} $<{nick}> {text}|");
            Torrent::start(hub.address(), &nick, message.into_bytes())
        })
        .collect();
    for n in 0..100 {
        witness.chat(format!("line {n}"));
        witness.expect_exact(format!("<witness> line {n}"));
    }
    let sent: u64 = torrents.into_iter().map(Torrent::end).sum();
    assert!(sent > MIB, "only {sent} bytes were sent");
    let more = peak(&hub).saturating_sub(before);
    assert!(more < 24 * MIB, "{} MiB more", more / MIB);
}

//! Too much: of questions, of bytes before a login, of unread answers. Others do not notice, and memory
//! stays within what ARCHITECTURE.md promises.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use loadgen::proc;

use super::kit::{Client, Hub, PASSWORD};

const MIB: u64 = 1 << 20;

/// The settings of a new hub as to floods: the kit's usual ones are off.
fn guarded() -> super::kit::Setup {
    Hub::setup().set("max_class_proto_flood", 2)
}

fn memory(hub: &Hub) -> u64 {
    proc::rss(hub.pid()).expect("the hub runs")
}

/// An answer is a small multiple of the question, whatever is named how often in it.
#[test]
fn no_question_is_answered_with_a_flood() {
    let hub = Hub::setup()
        .set("user_ip_class", 0)
        .user("op", 3, PASSWORD)
        .start();
    let mut op = hub.login_reg("op");
    let mut eve = hub.login("eve");
    for ask in ["eve", "op", "Viperhub", "nobody", "e"] {
        for who in [&mut eve, &mut op] {
            let question = format!(
                "$UserIP {}",
                format!("{ask}$$").repeat(9000 / (ask.len() + 2))
            );
            let before = who.frames().iter().map(Vec::len).sum::<usize>();
            who.send(&question);
            who.fence();
            let after = who.frames().iter().map(Vec::len).sum::<usize>();
            let most = question.len() + 2000;
            assert!(
                after - before < most,
                "{} bytes for {}",
                after - before,
                question.len()
            );
        }
    }
}

/// Nobody sends any kind of message a thousand times a second without consequences.
#[test]
fn every_message_has_a_counter() {
    for message in [
        "$UserIP eve",
        "$BotINFO x",
        "$MyHubURL dchub://x",
        "$Kick x",
        "$GetTopic",
        "$SetTopic x",
        "$OpForceMove $Who:x$Where:y$Msg:z",
        "$WhoIP 127.0.0.1",
        "$Ban x$y",
        "$TempBan x$5m$y",
        "$UnBan 127.0.0.9",
        "$GetBanList",
        "$Version 1",
        "$Key x",
        "$Supports NoHello",
        "$MyPass x",
        "$ValidateNick eve",
        "$Quit x",
        "$MyNick x",
        "$Lock x",
        "$IN eve$x",
        "$SA A 1.2.3.4:1",
        "$MultiSearch Hub:eve F?T?0?1?x",
        "$MultiConnectToMe x 1.2.3.4:1",
        "$GetINFO x eve",
        "$Nonsense",
        "<eve> +help",
        "$MCTo: x $eve y",
        "$ExtJSON eve {}",
        "$MyIP 1.2.3.4 0.0",
        "",
    ] {
        let hub = guarded().start();
        let mut eve = hub.login("eve");
        for _ in 0..3000 {
            eve.send(message);
        }
        println!("{message:?}");
        let told = eve.expect_closed();
        assert!(
            !told.is_empty() || message.is_empty(),
            "{message}: thrown out without a word"
        );
    }
}

/// Before a login next to nothing is kept of what somebody sends.
#[test]
fn nothing_is_kept_for_those_who_are_not_in() {
    let hub = guarded().user("boss", 10, PASSWORD).start();
    let mut ann = hub.login("ann");
    let before = memory(&hub);
    let mut held = Vec::new();
    let big = format!("<boss> {}|", "x".repeat(9000)).repeat(40);
    for n in 0..120 {
        let mut stream = TcpStream::connect(hub.address()).expect("the hub accepts connections");
        let timeout = Some(Duration::from_millis(200));
        stream.set_write_timeout(timeout).expect("a timeout");
        let first = match n % 3 {
            0 => "$Supports NoHello|$Key x|$ValidateNick boss|$MyPass wrong-one|",
            1 => "$ValidateNick boss|",
            _ => "",
        };
        // The hub may have closed it, or not read it.
        stream.write_all(first.as_bytes()).ok();
        stream.write_all(big.as_bytes()).ok();
        held.push(stream);
    }
    ann.fence();
    let grown = memory(&hub).saturating_sub(before);
    assert!(
        grown < 24 * MIB,
        "{} KiB for 120 unfinished logins",
        grown >> 10
    );
    drop(held);
    ann.chat("here");
    ann.expect_exact("<ann> here");
}

/// Ends the floods, however the test ends.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Two who send as fast as they can neither slow the others down nor fill the memory.
#[test]
fn two_who_flood_change_nothing_for_others() {
    // An operator's chat is not counted.
    let hub = guarded().user("ann", 3, PASSWORD).start();
    let (mut ann, mut bob) = (hub.login_reg("ann"), hub.login("bob"));
    let before = memory(&hub);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for n in 0..2 {
            let (address, stop) = (hub.address(), &stop);
            scope.spawn(move || {
                let login = format!("$Supports NoHello|$Key x|$ValidateNick eve{n}|");
                let info = format!("$MyINFO $ALL eve{n} d<x V:1,M:A,H:1/0/0,S:1>$ $1\x01$$1$|");
                let ask = format!("$UserIP {}|", format!("eve{n}$$").repeat(1500)).repeat(20);
                while !stop.load(Ordering::Relaxed) {
                    let mut eve = TcpStream::connect(address).expect("the hub listens");
                    let patience = Some(Duration::from_millis(50));
                    eve.set_write_timeout(patience).expect("a timeout");
                    let begun = eve.write_all(login.as_bytes()).is_ok();
                    // As fast as the hub takes it, until it takes no more or closes.
                    let mut going = begun && eve.write_all(info.as_bytes()).is_ok();
                    while going && !stop.load(Ordering::Relaxed) {
                        going = eve.write_all(ask.as_bytes()).is_ok();
                    }
                }
            });
        }
        let _end = Stop(&stop);
        let mut peak = 0;
        for n in 0..40 {
            ann.chat(format!("line {n}"));
            bob.expect_exact(format!("<ann> line {n}"));
            peak = peak.max(memory(&hub));
        }
        let grown = peak.saturating_sub(before);
        assert!(grown < 64 * MIB, "{} KiB", grown >> 10);
    });
}

/// Who reads nothing is sent so much and no more; the memory comes back.
#[test]
fn those_who_do_not_read_are_dropped() {
    let hub = Hub::setup()
        .set("adv_max_outbuf_size", 200_000)
        .set("max_chat_msg", 9000)
        .start();
    let mut ann = hub.login("ann");
    let before = memory(&hub);
    let deaf: Vec<Client> = (0..8).map(|n| hub.login(&format!("deaf{n}"))).collect();
    let mut peak = 0;
    // The system itself keeps some megabytes for each.
    for n in 0..4000 {
        ann.chat(format!("{n} {}", "x".repeat(8000)));
        if n % 50 == 0 {
            ann.fence();
            peak = peak.max(memory(&hub));
            if ann.count("$Quit deaf") == deaf.len() {
                break;
            }
        }
    }
    ann.fence();
    assert_eq!(ann.count("$Quit deaf"), deaf.len());
    let grown = peak.saturating_sub(before);
    assert!(grown < 48 * MIB, "{} KiB", grown >> 10);
}

/// Bytes that are no protocol at all, and connections that end in the middle of anything.
#[test]
fn noise_is_survived() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    let mut chance = super::forging::Chance(9);
    for n in 0..60 {
        let mut stream = TcpStream::connect(hub.address()).expect("the hub accepts connections");
        let noise: Vec<u8> = (0..2000)
            .map(|_| u8::try_from(chance.below(256)).expect("a byte"))
            .collect();
        let begin: &[u8] = match n % 5 {
            0 => b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            1 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            2 => b"||||||||||",
            3 => b"$Supports ZPipe0|$ZOn ",
            _ => b"",
        };
        stream.write_all(begin).ok();
        stream.write_all(&noise).ok();
        if n % 2 == 0 {
            stream
                .set_read_timeout(Some(Duration::from_millis(5)))
                .expect("a timeout");
            let mut some = [0; 64];
            let _read = stream.read(&mut some);
        }
    }
    ann.chat("still here");
    ann.expect_exact("<ann> still here");
}

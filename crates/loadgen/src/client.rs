//! One NMDC client: logs in, counts what it hears, and talks if it is a sender. No sockets.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use memchr::memchr_iter;
use nmdc::lock::key_for;

/// A client's share of the conversation. What it wants to send is in [`Client::out`].
pub struct Client {
    nick: Vec<u8>,
    stage: Stage,
    talk: Option<Talk>,
    /// The beginning of a message, while messages are looked at.
    tail: Vec<u8>,
    /// The first byte of a message under way, while they are only counted.
    under_way: Option<u8>,
    /// Bytes to send.
    pub out: Vec<u8>,
    /// The last thing said to it before it was logged in.
    pub last_words: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Lock,
    Hello,
    Info,
    In,
}

/// What a sender keeps in mind.
struct Talk {
    line: usize,
    /// Lines under way, oldest first.
    sent: VecDeque<(u64, Instant)>,
    next: u64,
    on: bool,
}

/// What one chunk of input has brought.
#[derive(Default)]
pub struct Heard {
    /// Chat lines.
    pub lines: u64,
    /// The client is in now, and was not before.
    pub logged_in: bool,
    /// How long own lines have taken to come back.
    pub echoes: Vec<Duration>,
    /// Lines said in answer.
    pub said: u64,
}

impl Client {
    /// A client that has just connected; one with a `line` length is a sender.
    pub fn new(nick: String, line: Option<usize>) -> Client {
        Client {
            nick: nick.into_bytes(),
            stage: Stage::Lock,
            talk: line.map(|line| Talk {
                line,
                sent: VecDeque::new(),
                next: 0,
                on: false,
            }),
            tail: Vec::new(),
            under_way: None,
            out: Vec::new(),
            last_words: Vec::new(),
        }
    }

    /// Whether it is logged in.
    pub fn is_in(&self) -> bool {
        self.stage == Stage::In
    }

    /// A sender starts to keep `in_flight` lines under way. Says how many it has sent.
    pub fn start(&mut self, in_flight: usize, now: Instant) -> u64 {
        match &mut self.talk {
            Some(talk) => {
                talk.on = true;
                (0..in_flight).for_each(|_| talk.say(&self.nick, &mut self.out, now));
                in_flight as u64
            }
            None => 0,
        }
    }

    /// A sender says nothing more.
    pub fn stop(&mut self) {
        if let Some(talk) = &mut self.talk {
            talk.on = false;
        }
    }

    /// Takes in what the socket has brought.
    pub fn feed(&mut self, chunk: &[u8], now: Instant, heard: &mut Heard) {
        if self.is_in() && self.talk.is_none() {
            heard.lines += self.count(chunk);
            return;
        }
        let joined = (!self.tail.is_empty()).then(|| {
            let mut tail = std::mem::take(&mut self.tail);
            tail.extend_from_slice(chunk);
            tail
        });
        let data = joined.as_deref().unwrap_or(chunk);
        let mut start = 0;
        for end in memchr_iter(b'|', data) {
            self.message(&data[start..end], now, heard);
            start = end + 1;
            if self.is_in() && self.talk.is_none() {
                break;
            }
        }
        let rest = &data[start..];
        if self.is_in() && self.talk.is_none() {
            heard.lines += self.count(rest);
        } else {
            self.tail = rest.to_vec();
        }
    }

    /// Counts chat lines without looking at more than their first bytes.
    fn count(&mut self, chunk: &[u8]) -> u64 {
        let mut lines = 0;
        let mut start = 0;
        for end in memchr_iter(b'|', chunk) {
            let first = self.under_way.take().or(Some(chunk[start]));
            lines += u64::from(first == Some(b'<'));
            start = end + 1;
        }
        if self.under_way.is_none() {
            self.under_way = chunk.get(start).copied();
        }
        lines
    }

    fn message(&mut self, message: &[u8], now: Instant, heard: &mut Heard) {
        match self.stage {
            Stage::Lock => {
                if let Some(rest) = message.strip_prefix(b"$Lock ") {
                    let lock = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
                    let key = key_for(lock);
                    for part in [
                        b"$Supports NoHello NoGetINFO UserIP2 TTHSearch |$Key ".as_slice(),
                        &key,
                        b"|$ValidateNick ",
                        &self.nick,
                        b"|",
                    ] {
                        self.out.extend_from_slice(part);
                    }
                    self.stage = Stage::Hello;
                }
            }
            Stage::Hello => {
                if message.strip_prefix(b"$Hello ") == Some(&self.nick) {
                    for part in [
                        b"$Version 1,0091|$GetNickList|$MyINFO $ALL ".as_slice(),
                        &self.nick,
                        b" desc<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\x01$$1000$|",
                    ] {
                        self.out.extend_from_slice(part);
                    }
                    self.stage = Stage::Info;
                } else {
                    self.last_words = message.to_vec();
                }
            }
            Stage::Info => {
                let own = message
                    .strip_prefix(b"$MyINFO $ALL ")
                    .and_then(|rest| rest.strip_prefix(self.nick.as_slice()))
                    .is_some_and(|rest| rest.starts_with(b" "));
                if own {
                    self.stage = Stage::In;
                    heard.logged_in = true;
                } else if message.starts_with(b"<") {
                    self.last_words = message.to_vec();
                }
            }
            Stage::In => {
                if message.starts_with(b"<") {
                    heard.lines += 1;
                    self.listen(message, now, heard);
                }
            }
        }
    }

    /// A sender hears a line: if it is its own, it says the next one.
    fn listen(&mut self, message: &[u8], now: Instant, heard: &mut Heard) {
        let Some(talk) = &mut self.talk else {
            return;
        };
        let serial = message
            .get(1..)
            .and_then(|rest| rest.strip_prefix(self.nick.as_slice()))
            .and_then(|rest| rest.strip_prefix(b"> "))
            .and_then(|rest| {
                std::str::from_utf8(rest.get(..8)?)
                    .ok()?
                    .parse::<u64>()
                    .ok()
            });
        let Some(serial) = serial else {
            return;
        };
        // A line the hub has swallowed is passed over; its echo will not come.
        while let Some(&(oldest, at)) = talk.sent.front() {
            if oldest > serial {
                return;
            }
            talk.sent.pop_front();
            if oldest == serial {
                heard.echoes.push(now - at);
                if talk.on {
                    talk.say(&self.nick, &mut self.out, now);
                    heard.said += 1;
                }
                return;
            }
        }
    }
}

impl Talk {
    /// Says a line that nobody has said before.
    fn say(&mut self, nick: &[u8], out: &mut Vec<u8>, now: Instant) {
        let start = out.len();
        out.push(b'<');
        out.extend_from_slice(nick);
        out.extend_from_slice(format!("> {:08} ", self.next).as_bytes());
        let mut letter = self.next;
        while out.len() + 1 < start + self.line {
            letter = letter.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(99);
            out.push(b'a' + (letter >> 40) as u8 % 26);
        }
        out.push(b'|');
        self.sent.push_back((self.next, now));
        self.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &[u8] = b"$Lock EXTENDEDPROTOCOL_NMDC_1234 Pk=x|$HubName h|$Hello a1|<hub> hi|\
        $MyINFO $ALL a10 not me$|$MyINFO $ALL a1 me$|<b> one|$MyINFO $ALL b <$|<c> two|<d> th";

    #[test]
    fn any_split_of_the_input_means_the_same() {
        for size in 1..LOGIN.len() {
            for line in [None, Some(60)] {
                let mut client = Client::new("a1".to_owned(), line);
                let mut heard = Heard::default();
                for chunk in LOGIN.chunks(size) {
                    client.feed(chunk, Instant::now(), &mut heard);
                }
                client.feed(b"ree|<e> four|", Instant::now(), &mut heard);
                assert!(heard.logged_in && client.is_in());
                assert_eq!(heard.lines, 4, "in chunks of {size}");
                assert!(client.out.ends_with(b"$1000$|"));
            }
        }
    }

    #[test]
    fn a_sender_knows_its_echo_and_answers_with_a_new_line() {
        let mut client = Client::new("a1".to_owned(), Some(60));
        let now = Instant::now();
        client.feed(LOGIN, now, &mut Heard::default());
        client.feed(b"|", now, &mut Heard::default());
        client.out.clear();
        assert_eq!(client.start(2, now), 2);
        let said = std::mem::take(&mut client.out);
        assert_eq!(said.len(), 120);
        let (first, second) = said.split_at(60);
        assert_ne!(first, second);
        let mut heard = Heard::default();
        client.feed(b"<a10> 00000000 not mine|", now, &mut heard);
        assert_eq!((heard.lines, heard.said), (1, 0));
        client.feed(first, now + Duration::from_millis(3), &mut heard);
        assert_eq!(heard.echoes, [Duration::from_millis(3)]);
        assert_eq!((heard.said, client.out.len()), (1, 60));
        client.stop();
        client.feed(second, now, &mut heard);
        assert_eq!((heard.echoes.len(), heard.said), (2, 1));
    }
}

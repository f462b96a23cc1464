//! One NMDC client: logs in, counts what it hears, and does what its role says. No sockets.

use std::time::{Duration, Instant};

use memchr::memchr_iter;
use nmdc::lock::key_for;

use crate::role::Role;

/// What a client is like.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its nick.
    pub nick: String,
    /// What it does once it is in.
    pub role: Role,
    /// Takes connections, so passive searches reach it.
    pub active: bool,
    /// Wants searches by hash.
    pub tth_search: bool,
    /// Takes compressed blocks.
    pub zpipe: bool,
}

impl Profile {
    /// An active client that takes all.
    pub fn new(nick: String, role: Role) -> Profile {
        Profile {
            nick,
            role,
            active: true,
            tth_search: true,
            zpipe: false,
        }
    }
}

/// A client's share of the conversation. What it wants to send is in [`Client::out`].
pub struct Client {
    nick: Vec<u8>,
    stage: Stage,
    role: Role,
    active: bool,
    tth_search: bool,
    zpipe: bool,
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

/// What one chunk of input has brought.
#[derive(Default)]
pub struct Heard {
    /// Chat lines.
    pub lines: u64,
    /// Other messages of those that are logged in.
    pub commands: u64,
    /// The client is in now, and was not before.
    pub logged_in: bool,
    /// How long it took for what was sent to come back in one form or another.
    pub echoes: Vec<Duration>,
    /// Lines said in answer.
    pub said: u64,
    /// Private messages.
    pub private: u64,
    /// Messages that did not come in their turn.
    pub wrong: u64,
    /// Search results.
    pub results: u64,
}

impl Client {
    /// A client that has just connected.
    pub fn new(profile: Profile) -> Client {
        Client {
            nick: profile.nick.into_bytes(),
            stage: Stage::Lock,
            role: profile.role,
            active: profile.active,
            tth_search: profile.tth_search,
            zpipe: profile.zpipe,
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

    /// Nobody in the room needs to know what is in its messages any more.
    fn only_counts(&self) -> bool {
        self.is_in() && matches!(self.role, Role::Quiet)
    }

    /// Starts to keep `in_flight` messages under way. Says how many it has sent.
    pub fn start(&mut self, in_flight: usize, now: Instant) -> u64 {
        self.role.start(&self.nick, in_flight, now, &mut self.out)
    }

    /// Says nothing more but answers.
    pub fn stop(&mut self) {
        self.role.stop();
    }

    /// Searches once.
    pub fn search(&mut self, by_hash: bool, now: Instant) {
        (self.role).search(&self.nick, self.active, by_hash, now, &mut self.out);
    }

    /// Takes in what the socket has brought.
    pub fn feed(&mut self, chunk: &[u8], now: Instant, heard: &mut Heard) {
        if self.only_counts() {
            self.count(chunk, heard);
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
            if self.only_counts() {
                break;
            }
        }
        let rest = &data[start..];
        if self.only_counts() {
            self.count(rest, heard);
        } else {
            self.tail = rest.to_vec();
        }
    }

    /// Counts messages without looking at more than their first bytes.
    fn count(&mut self, chunk: &[u8], heard: &mut Heard) {
        let (mut lines, mut all) = (0, 0);
        let mut start = 0;
        for end in memchr_iter(b'|', chunk) {
            let first = self.under_way.take().or(Some(chunk[start]));
            lines += u64::from(first == Some(b'<'));
            all += 1;
            start = end + 1;
        }
        if self.under_way.is_none() {
            self.under_way = chunk.get(start).copied();
        }
        heard.lines += lines;
        heard.commands += all - lines;
    }

    fn message(&mut self, message: &[u8], now: Instant, heard: &mut Heard) {
        match self.stage {
            Stage::Lock => {
                if let Some(rest) = message.strip_prefix(b"$Lock ") {
                    let lock = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
                    self.answer_lock(lock);
                }
            }
            Stage::Hello => {
                if message.strip_prefix(b"$Hello ") == Some(&self.nick) {
                    let mode = if self.active { b"A" } else { b"P" };
                    for part in [
                        b"$Version 1,0091|$GetNickList|$MyINFO $ALL ".as_slice(),
                        &self.nick,
                        b" desc<++ V:0.868,M:",
                        mode,
                        b",H:1/0/0,S:3>$ $100\x01$$1000$|",
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
                } else {
                    heard.commands += 1;
                }
                (self.role).hear(&self.nick, message, now, &mut self.out, heard);
            }
        }
    }

    fn answer_lock(&mut self, lock: &[u8]) {
        let key = key_for(lock);
        let tth: &[u8] = if self.tth_search { b"TTHSearch " } else { b"" };
        let zpipe: &[u8] = if self.zpipe { b"ZPipe0 " } else { b"" };
        for part in [
            b"$Supports NoHello NoGetINFO UserIP2 ".as_slice(),
            tth,
            zpipe,
            b"|$Key ",
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

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &[u8] = b"$Lock EXTENDEDPROTOCOL_NMDC_1234 Pk=x|$HubName h|$Hello a1|<hub> hi|\
        $MyINFO $ALL a10 not me$|$MyINFO $ALL a1 me$|<b> one|$MyINFO $ALL b <$|<c> two|<d> th";

    fn client(role: Role) -> Client {
        Client::new(Profile::new("a1".to_owned(), role))
    }

    #[test]
    fn any_split_of_the_input_means_the_same() {
        for size in 1..LOGIN.len() {
            for role in [Role::Quiet, Role::talk(60), Role::Answer] {
                let mut client = client(role);
                let mut heard = Heard::default();
                for chunk in LOGIN.chunks(size) {
                    client.feed(chunk, Instant::now(), &mut heard);
                }
                client.feed(b"ree|<e> four|", Instant::now(), &mut heard);
                assert!(heard.logged_in && client.is_in());
                assert_eq!((heard.lines, heard.commands), (4, 1), "in chunks of {size}");
                assert!(client.out.ends_with(b"$1000$|"));
            }
        }
    }

    #[test]
    fn a_sender_knows_its_echo_and_answers_with_a_new_line() {
        let mut client = client(Role::talk(60));
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

//! What a client does once it is logged in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::client::Heard;

/// What a client does.
#[derive(Clone, Debug)]
pub enum Role {
    /// Listens.
    Quiet,
    /// Keeps chat lines under way.
    Talk(Talk),
    /// Exchanges private messages with another one.
    Pair(Pair),
    /// Searches when told to.
    Seek {
        /// What the times in searches are counted from.
        base: Instant,
    },
    /// Has whatever is searched for.
    Answer,
}

/// What a talker keeps in mind.
#[derive(Clone, Debug)]
pub struct Talk {
    line: usize,
    /// Lines under way, oldest first.
    sent: VecDeque<(u64, Instant)>,
    next: u64,
    on: bool,
}

/// What one of a pair keeps in mind.
#[derive(Clone, Debug)]
pub struct Pair {
    other: String,
    /// Begins the exchange; the other one only answers.
    opens: bool,
    line: usize,
    base: Instant,
    next_out: u64,
    next_in: u64,
    on: bool,
}

impl Role {
    /// One that says lines of this length.
    pub fn talk(line: usize) -> Role {
        Role::Talk(Talk {
            line,
            sent: VecDeque::new(),
            next: 0,
            on: false,
        })
    }

    /// One that exchanges messages with `other`.
    pub fn pair(other: String, opens: bool, line: usize, base: Instant) -> Role {
        Role::Pair(Pair {
            other,
            opens,
            line,
            base,
            next_out: 0,
            next_in: 0,
            on: false,
        })
    }

    /// Whether the time at which it is served matters.
    pub fn is_timed(&self) -> bool {
        !matches!(self, Role::Quiet)
    }

    pub(crate) fn start(
        &mut self,
        nick: &[u8],
        in_flight: usize,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> u64 {
        match self {
            Role::Talk(talk) => {
                talk.on = true;
                (0..in_flight).for_each(|_| talk.say(nick, out, now));
            }
            Role::Pair(pair) if pair.opens => {
                pair.on = true;
                let stamp = stamp(now, pair.base);
                (0..in_flight).for_each(|_| pair.say(nick, stamp, out));
            }
            _ => return 0,
        }
        in_flight as u64
    }

    pub(crate) fn stop(&mut self) {
        match self {
            Role::Talk(talk) => talk.on = false,
            Role::Pair(pair) => pair.on = false,
            _ => {}
        }
    }

    pub(crate) fn search(
        &self,
        nick: &[u8],
        active: bool,
        by_hash: bool,
        now: Instant,
        out: &mut Vec<u8>,
    ) {
        let Role::Seek { base } = self else { return };
        let word = to_word(stamp(now, *base));
        out.extend_from_slice(b"$Search ");
        if active {
            // The hub puts the real address in.
            out.extend_from_slice(b"127.0.0.1:4000");
        } else {
            out.extend_from_slice(b"Hub:");
            out.extend_from_slice(nick);
        }
        if by_hash {
            out.extend_from_slice(b" F?T?0?9?TTH:");
            out.extend_from_slice(&word);
            out.extend_from_slice(&[b'A'; TTH - WORD]);
        } else {
            out.extend_from_slice(b" F?T?0?1?some$song$");
            out.extend_from_slice(&word);
        }
        out.push(b'|');
    }

    /// Hears a message.
    pub(crate) fn hear(
        &mut self,
        nick: &[u8],
        message: &[u8],
        now: Instant,
        out: &mut Vec<u8>,
        heard: &mut Heard,
    ) {
        match self {
            Role::Quiet => {}
            Role::Talk(talk) => talk.hear(nick, message, now, out, heard),
            Role::Pair(pair) => pair.hear(nick, message, now, out, heard),
            Role::Seek { base } => {
                if let Some(rest) = message.strip_prefix(b"$SR ") {
                    heard.results += 1;
                    let word = find(rest, MARK).and_then(|at| rest.get(at + MARK.len()..));
                    match word.and_then(of_word) {
                        Some(then) => heard
                            .echoes
                            .push(Duration::from_nanos(stamp(now, *base).saturating_sub(then))),
                        None => heard.wrong += 1,
                    }
                }
            }
            Role::Answer => {
                if let Some((to, word)) = asked(message) {
                    for part in [
                        b"$SR ".as_slice(),
                        nick,
                        b" music\\",
                        MARK,
                        word,
                        b".ogg\x05123456 1/3\x05the hub (127.0.0.1:411)\x05",
                        to,
                        b"|",
                    ] {
                        out.extend_from_slice(part);
                    }
                }
            }
        }
    }
}

/// Length of a hash in a search.
const TTH: usize = 39;
/// Letters that hold a time.
const WORD: usize = 13;
/// What stands before them in a result.
const MARK: &[u8] = b"song ";

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, what)
}

/// Who asks for what in a passive search.
fn asked(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = message.strip_prefix(b"$Search Hub:")?;
    let end = rest.iter().position(|&byte| byte == b' ')?;
    let (to, rest) = rest.split_at(end);
    let (mark, skip) = match find(rest, b"TTH:") {
        Some(at) => (at, 4),
        None => (find(rest, b"song$")?, 5),
    };
    Some((to, rest.get(mark + skip..)?.get(..WORD)?))
}

/// Nanoseconds since `base`.
fn stamp(now: Instant, base: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(base).as_nanos()).unwrap_or(u64::MAX)
}

/// A time in letters that a hash may have.
fn to_word(mut stamp: u64) -> [u8; WORD] {
    let mut word = [b'A'; WORD];
    for letter in word.iter_mut().rev() {
        *letter = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(stamp % 32) as usize];
        stamp /= 32;
    }
    word
}

fn of_word(text: &[u8]) -> Option<u64> {
    text.get(..WORD)?.iter().try_fold(0u64, |stamp, letter| {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        Some((stamp << 5) | u64::from(digit))
    })
}

/// Fills up a message with letters that depend on its number, so that no two are alike.
fn fill(out: &mut Vec<u8>, number: u64, end: usize) {
    let mut letter = number;
    while out.len() + 1 < end {
        letter = letter.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(99);
        out.push(b'a' + (letter >> 40) as u8 % 26);
    }
    out.push(b'|');
}

/// A number of eight digits.
fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text.get(..8)?).ok()?.parse().ok()
}

impl Talk {
    /// Says a line that nobody has said before.
    fn say(&mut self, nick: &[u8], out: &mut Vec<u8>, now: Instant) {
        let end = out.len() + self.line;
        out.push(b'<');
        out.extend_from_slice(nick);
        out.extend_from_slice(format!("> {:08} ", self.next).as_bytes());
        fill(out, self.next, end);
        self.sent.push_back((self.next, now));
        self.next += 1;
    }

    /// Hears a line: if it is its own, it says the next one.
    fn hear(
        &mut self,
        nick: &[u8],
        message: &[u8],
        now: Instant,
        out: &mut Vec<u8>,
        heard: &mut Heard,
    ) {
        let serial = message
            .strip_prefix(b"<")
            .and_then(|rest| rest.strip_prefix(nick))
            .and_then(|rest| rest.strip_prefix(b"> "))
            .and_then(number);
        let Some(serial) = serial else { return };
        // A line the hub has swallowed is passed over; its echo will not come.
        while let Some(&(oldest, at)) = self.sent.front() {
            if oldest > serial {
                return;
            }
            self.sent.pop_front();
            if oldest == serial {
                heard.echoes.push(now - at);
                if self.on {
                    self.say(nick, out, now);
                    heard.said += 1;
                }
                return;
            }
        }
    }
}

impl Pair {
    fn say(&mut self, nick: &[u8], stamp: u64, out: &mut Vec<u8>) {
        let end = out.len() + self.line.max(40);
        for part in [
            b"$To: ".as_slice(),
            self.other.as_bytes(),
            b" From: ",
            nick,
            b" $<",
            nick,
            format!("> {:08} {stamp:016x} ", self.next_out).as_bytes(),
        ] {
            out.extend_from_slice(part);
        }
        fill(out, self.next_out, end);
        self.next_out += 1;
    }

    fn hear(
        &mut self,
        nick: &[u8],
        message: &[u8],
        now: Instant,
        out: &mut Vec<u8>,
        heard: &mut Heard,
    ) {
        if !message.starts_with(b"$To: ") {
            return;
        }
        let read = || -> Option<(u64, u64)> {
            let text = message.get(find(message, b"> ")? + 2..)?;
            let stamp = std::str::from_utf8(text.get(9..25)?).ok()?;
            Some((number(text)?, u64::from_str_radix(stamp, 16).ok()?))
        };
        heard.private += 1;
        let Some((serial, then)) = read() else {
            heard.wrong += 1;
            return;
        };
        heard.wrong += u64::from(serial != self.next_in);
        self.next_in = serial + 1;
        if !self.opens {
            self.say(nick, then, out);
            heard.said += 1;
            return;
        }
        let this = stamp(now, self.base);
        heard
            .echoes
            .push(Duration::from_nanos(this.saturating_sub(then)));
        if self.on {
            self.say(nick, this, out);
            heard.said += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keep_messages_under_way_and_notice_what_is_out_of_turn() {
        let base = Instant::now();
        let mut opener = Role::pair("b".to_owned(), true, 80, base);
        let mut other = Role::pair("a".to_owned(), false, 80, base);
        let (mut to_b, mut to_a) = (Vec::new(), Vec::new());
        let mut heard = Heard::default();
        assert_eq!(opener.start(b"a", 3, base, &mut to_b), 3);
        assert_eq!(other.start(b"b", 3, base, &mut to_a), 0);
        let later = base + Duration::from_micros(7);
        for _ in 0..2 {
            for message in std::mem::take(&mut to_b).split(|&byte| byte == b'|') {
                other.hear(b"b", message, base, &mut to_a, &mut heard);
            }
            for message in std::mem::take(&mut to_a).split(|&byte| byte == b'|') {
                opener.hear(b"a", message, later, &mut to_b, &mut heard);
            }
        }
        assert_eq!((heard.private, heard.said, heard.wrong), (12, 12, 0));
        assert_eq!(heard.echoes.first(), Some(&Duration::from_micros(7)));
        let first = to_b.split(|&byte| byte == b'|').nth(1).expect("a message");
        other.hear(b"b", first, base, &mut to_a, &mut heard);
        assert_eq!(heard.wrong, 1, "one was left out");
    }

    #[test]
    fn a_passive_search_finds_its_way_back() {
        let base = Instant::now();
        let mut seeker = Role::Seek { base };
        let mut heard = Heard::default();
        for by_hash in [true, false] {
            let (mut out, mut back) = (Vec::new(), Vec::new());
            let then = base + Duration::from_secs(5);
            seeker.search(b"me", false, by_hash, then, &mut out);
            let search = out.strip_suffix(b"|").expect("a whole message");
            Role::Answer.hear(b"other", search, base, &mut back, &mut Heard::default());
            let result = back.strip_suffix(b"\x05me|").expect("an answer to me");
            let now = then + Duration::from_millis(2);
            seeker.hear(b"me", result, now, &mut Vec::new(), &mut heard);
            assert_eq!(heard.echoes.pop(), Some(Duration::from_millis(2)));
            let mut active = Vec::new();
            seeker.search(b"me", true, by_hash, base, &mut active);
            back.clear();
            Role::Answer.hear(b"other", &active, base, &mut back, &mut heard);
            assert!(back.is_empty(), "answered by UDP, if at all");
        }
        assert_eq!((heard.results, heard.wrong), (2, 0));
    }
}

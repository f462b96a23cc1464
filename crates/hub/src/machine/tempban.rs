//! Bans that live in memory only: after a wrong password, a kick, a quick reconnect.

use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::net::IpAddr;

use bytes::Bytes;

use super::{Map, NickKey};

/// Why somebody is kept out for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    Password,
    Reconnect,
    Kick,
    /// Too many messages.
    Flood,
    /// The same message too often.
    Repeat,
    Clone,
}

#[derive(Clone, Debug)]
pub(super) struct TempBan {
    pub cause: Cause,
    pub reason: Bytes,
    /// Milliseconds on the machine's own clock.
    pub until: u64,
    /// Whom a kick was about: it bans nick and address apart, and is lifted as one.
    pub pair: Option<(NickKey, IpAddr)>,
}

pub(super) struct TempBans<K>(Map<K, TempBan>);

impl<K> Default for TempBans<K> {
    fn default() -> Self {
        TempBans(Map::default())
    }
}

impl<K: Hash + Eq> TempBans<K> {
    /// Adds a ban, unless one is there that lasts longer.
    pub fn add(&mut self, key: K, ban: TempBan) {
        match self.0.entry(key) {
            Entry::Occupied(mut old) if old.get().until <= ban.until => {
                old.insert(ban);
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => {
                free.insert(ban);
            }
        }
    }

    /// The ban in force; an expired one is forgotten.
    pub fn find(&mut self, key: &K, now: u64) -> Option<TempBan> {
        let ban = self.0.get(key)?;
        if ban.until > now {
            return Some(ban.clone());
        }
        self.0.remove(key);
        None
    }

    /// Whom the kick was about that made the ban.
    pub fn kicked(&self, key: &K) -> Option<(NickKey, IpAddr)> {
        let ban = self.0.get(key).filter(|ban| ban.cause == Cause::Kick)?;
        ban.pair.clone()
    }

    pub fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }

    /// Lifts all of them; how many.
    pub fn clear(&mut self) -> usize {
        let count = self.0.len();
        self.0.clear();
        count
    }

    pub fn sweep(&mut self, now: u64) {
        self.0.retain(|_, ban| ban.until > now);
    }
}

/// A duration as users read it: `1 day 2 hours`, at most two units.
pub(super) fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (604_800, "week"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in UNITS {
        let n = rest / size;
        if n > 0 && parts.len() < 2 {
            parts.push(format!("{n} {name}{}", if n == 1 { "" } else { "s" }));
            rest %= size;
        }
    }
    if parts.is_empty() {
        "0 seconds".to_owned()
    } else {
        parts.join(" ")
    }
}

/// The longest time that can be asked for, in seconds: 1000 years. What is to hold for good is
/// asked for without a time.
pub(super) const LONGEST: u64 = 1000 * 365 * 86_400;

/// Why a text is no time that can be asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoSpan {
    Unreadable,
    TooLong,
}

impl NoSpan {
    /// A sentence for whoever typed it.
    pub fn text(self) -> &'static str {
        match self {
            NoSpan::Unreadable => "The time must be a number and one of s m h d w M y, such as 5m.",
            NoSpan::TooLong => "The longest time is 1000 years (1000y).",
        }
    }
}

/// `5m`, `2h`, `1d`, `1w`, `1M`, `1y` or a bare number of days, as seconds.
pub(super) fn parse_span(text: &[u8]) -> Result<u64, NoSpan> {
    let (digits, unit) = match text.split_last().ok_or(NoSpan::Unreadable)? {
        (last, head) if !last.is_ascii_digit() => (head, *last),
        _ => (text, b'd'),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NoSpan::Unreadable);
    }
    let size = match unit {
        b's' | b'S' => 1,
        b'm' => 60,
        b'h' | b'H' => 3600,
        b'd' | b'D' => 86_400,
        b'w' | b'W' => 604_800,
        b'M' => 30 * 86_400,
        b'y' | b'Y' => 365 * 86_400,
        _ => return Err(NoSpan::Unreadable),
    };
    // Only digits: what does not fit is too much.
    let n: Option<u64> = str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
    n.and_then(|n| n.checked_mul(size))
        .filter(|seconds| *seconds <= LONGEST)
        .ok_or(NoSpan::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_show() {
        assert_eq!(parse_span(b"5m"), Ok(300));
        assert_eq!(parse_span(b"2"), Ok(172_800));
        assert_eq!(parse_span(b"1M"), Ok(2_592_000));
        assert_eq!(parse_span(b"1000y"), Ok(LONGEST));
        for no in ["", "x", "+5m", "-1", "m", "5mm", "5 m", "1.5h"] {
            assert_eq!(parse_span(no.as_bytes()), Err(NoSpan::Unreadable), "{no}");
        }
        for long in ["1001y", "99999999999d", "999999999999999999999999s"] {
            assert_eq!(parse_span(long.as_bytes()), Err(NoSpan::TooLong), "{long}");
        }
        assert_eq!(span(90_061), "1 day 1 hour");
        assert_eq!(span(59), "59 seconds");
        assert_eq!(span(0), "0 seconds");
    }
}

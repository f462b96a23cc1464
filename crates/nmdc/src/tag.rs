//! The client tag at the end of a description: `<++ V:0.868,M:A,H:1/0/0,S:3>` (1.7).
//!
//! The original finds it with the expression
//! `(<(.+) +v?(.+)>)?<(.+?) +[Vv]\:?([^,]+),([^>]*)>`. Here it is done by hand, and a tag may
//! not hold another `<`, so that "I <3 you <++ V:1,...>" gives the client `++`. Time is linear.

use memchr::{memchr, memrchr};

use crate::scan::{number, rsplit_once, split_digits, split_once};

/// How a client says it can be reached (`M:`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `A`: others can connect to it. The only mode the hub treats as active.
    Active,
    /// `P`: it can only connect to others.
    Passive,
    /// `5`: it sits behind a SOCKS5 proxy.
    Socks5,
    /// Any other letter.
    Other,
    /// No `M:` at all.
    None,
}

/// A tag taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tag<'a> {
    /// Name of the client, compared exactly with `client_list.tag_id`.
    pub client: &'a [u8],
    /// The version as sent; see [`Tag::version_number`].
    pub version: &'a [u8],
    /// How it can be reached.
    pub mode: Mode,
    /// Hubs it is on: as guest, registered, operator. Old clients send the first only.
    pub hubs: [Option<u32>; 3],
    /// Upload slots.
    pub slots: Option<u32>,
    /// Upload limit, in the unit the client uses (`B:`, `L:` or the second part of `F:`).
    pub limit: Option<f64>,
}

/// A description split into its free text and its tag. The tag runs to the end, and begins
/// with the extra `<name version>` some clients put before it. Empty when there is no tag.
pub(crate) fn split(described: &[u8]) -> (&[u8], &[u8]) {
    let Some((start, _)) = find(described) else {
        return (described, b"");
    };
    let start = extra_start(described.get(..start).unwrap_or(b"")).unwrap_or(start);
    described
        .split_at_checked(start)
        .unwrap_or((described, b""))
}

/// Where `<name version>` directly at the end of `before` starts: `<(.+) +v?(.+)>`.
fn extra_start(before: &[u8]) -> Option<usize> {
    let inner = before.strip_suffix(b">")?;
    let start = memrchr(b'<', inner)?;
    let (name, version) = rsplit_once(inner.get(start + 1..)?, b' ')?;
    (!name.is_empty() && !version.is_empty()).then_some(start)
}

/// The three parts of a tag, as raw text.
struct Parts<'a> {
    client: &'a [u8],
    version: &'a [u8],
    fields: &'a [u8],
}

/// The last `<...>` in `text` that has the form of a tag, and where it starts.
fn find(text: &[u8]) -> Option<(usize, Parts<'_>)> {
    let mut head = text;
    while let Some(start) = memrchr(b'<', head) {
        let after = head.get(start + 1..)?;
        if let Some((inner, _)) = split_once(after, b'>')
            && let Some(parts) = split_parts(inner)
        {
            return Some((start, parts));
        }
        head = head.get(..start)?;
    }
    None
}

/// `(.+?) +[Vv]\:?([^,]+),([^>]*)` on the text between the brackets.
fn split_parts(inner: &[u8]) -> Option<Parts<'_>> {
    let mut at = 1; // the name has one byte at least
    while let Some(gap) = memchr(b' ', inner.get(at..)?) {
        let name_end = at + gap;
        let tail = inner.get(name_end..)?;
        let spaces = tail.iter().take_while(|&&byte| byte == b' ').count();
        at = name_end + spaces;
        let [b'V' | b'v', versioned @ ..] = inner.get(at..)? else {
            continue;
        };
        let (version, fields) = split_once(versioned, b',')?; // none here, none further on
        if version.is_empty() {
            continue;
        }
        let version = match version {
            [b':', rest @ ..] if !rest.is_empty() => rest,
            whole => whole,
        };
        let client = inner.get(..name_end)?;
        return Some(Parts {
            client,
            version,
            fields,
        });
    }
    None
}

impl<'a> Tag<'a> {
    /// Takes apart a tag as [`crate::MyInfo::tag`] holds it; `None` when it is none.
    pub fn parse(tag: &'a [u8]) -> Option<Self> {
        let (_, parts) = find(tag)?;
        let fields = parts.fields;
        Some(Tag {
            client: parts.client,
            version: parts.version,
            mode: mode(fields),
            hubs: hubs(fields).unwrap_or([None; 3]),
            slots: values(fields, b'S').find_map(|value| small(value).map(|(slots, _)| slots)),
            limit: limit(fields),
        })
    }

    /// The version as one number: the first run of digits and dots, a build number (the `N` in
    /// `1.2-x64-N`) appended after a dot, and all dots after the first removed: `0.7.0.2` is
    /// 0.702, `r504-x64-18507` is 504.18507. `None` when it holds no digit or dot.
    pub fn version_number(&self) -> Option<f64> {
        let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        let start = self.version.iter().position(is_part)?;
        let text = self.version.get(start..)?;
        let end = text.iter().position(|b| !is_part(b)).unwrap_or(text.len());
        let (main, rest) = text.split_at_checked(end)?;
        let mut digits = String::with_capacity(self.version.len() + 1);
        let with_build = main
            .iter()
            .chain(build(rest).map(|_| &b'.'))
            .chain(build(rest).unwrap_or(b""));
        for &byte in with_build {
            if byte != b'.' || !digits.contains('.') {
                digits.push(char::from(byte));
            }
        }
        Some(digits.parse().unwrap_or(0.0)) // a lone dot reads as 0, as with atof
    }

    /// Hubs counted as `tag_sum_hubs` says: the first `parts` (1 to 3) of the three numbers.
    /// `None` when the tag has no `H:`.
    pub fn hubs_total(&self, parts: usize) -> Option<u32> {
        self.hubs[0]?;
        let counted = self.hubs.iter().take(parts.max(1)).flatten();
        Some(counted.fold(0, |sum, &hubs| sum.saturating_add(hubs)))
    }
}

/// The build number after the main version: `\)?(\-[^\d]+(\d+)?)?(\-(\d+))?`.
fn build(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b")").unwrap_or(rest);
    let after_word = match rest {
        [b'-', word @ ..] => {
            let end = word
                .iter()
                .position(u8::is_ascii_digit)
                .unwrap_or(word.len());
            let (letters, tail) = word.split_at_checked(end)?;
            if letters.is_empty() {
                rest
            } else {
                split_digits(tail).1
            }
        }
        _ => rest,
    };
    let (digits, _) = split_digits(after_word.strip_prefix(b"-")?);
    (!digits.is_empty()).then_some(digits)
}

/// What follows each `X:` in the fields, in either case of the letter.
fn values(fields: &[u8], letter: u8) -> impl Iterator<Item = &[u8]> {
    memchr::memchr_iter(b':', fields).filter_map(move |colon| {
        let before = fields.get(colon.checked_sub(1)?)?;
        before
            .eq_ignore_ascii_case(&letter)
            .then(|| fields.get(colon + 1..))?
    })
}

/// A leading number, capped to 32 bits, and the rest.
fn small(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = split_digits(text);
    if digits.is_empty() {
        return None;
    }
    let value = number(digits).and_then(|n| u32::try_from(n).ok());
    Some((value.unwrap_or(u32::MAX), rest))
}

/// `[Mm]\:([^,]+)`
fn mode(fields: &[u8]) -> Mode {
    let first = values(fields, b'M').find_map(|value| value.first().filter(|&&b| b != b','));
    match first {
        Some(b'A') => Mode::Active,
        Some(b'P') => Mode::Passive,
        Some(b'5') => Mode::Socks5,
        Some(_) => Mode::Other,
        None => Mode::None,
    }
}

/// `[Hh]\:(\d+)(\/\d+)?(\/\d+)?`
fn hubs(fields: &[u8]) -> Option<[Option<u32>; 3]> {
    let (guest, rest) = values(fields, b'H').find_map(small)?;
    let second = rest.strip_prefix(b"/").and_then(small);
    let third = second.and_then(|(_, rest)| rest.strip_prefix(b"/").and_then(small));
    Some([
        Some(guest),
        second.map(|(count, _)| count),
        third.map(|(count, _)| count),
    ])
}

/// `([Bb]\:|[Ll]\:|[Ff]\:\d+\/)(\d+(\.\d)?)`, the leftmost of them.
fn limit(fields: &[u8]) -> Option<f64> {
    memchr::memchr_iter(b':', fields).find_map(|colon| {
        let after = fields.get(colon + 1..)?;
        let value = match fields.get(colon.checked_sub(1)?)? {
            b'B' | b'b' | b'L' | b'l' => after,
            b'F' | b'f' => {
                let (down, rest) = split_digits(after);
                rest.strip_prefix(b"/").filter(|_| !down.is_empty())?
            }
            _ => return None,
        };
        decimal(value)
    })
}

/// A leading `\d+(\.\d)?`.
fn decimal(text: &[u8]) -> Option<f64> {
    let (digits, rest) = split_digits(text);
    let fraction = match rest {
        [b'.', digit, ..] if digit.is_ascii_digit() => 2,
        _ => 0,
    };
    let text = text.get(..digits.len() + fraction)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "tag_tests.rs"]
mod tests;

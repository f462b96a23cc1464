//! Bytes in and out of a column that is not made for any bytes.
//!
//! The original sends the hub's bytes on a connection whose character set is the column's, and
//! so do we: then the server changes nothing. A column of one byte a character takes any
//! bytes. One in UTF-8 does not: what is no UTF-8 is written there as one character of a
//! private area for each byte (U+F780 to U+F7FF), and read back as that byte.

use std::borrow::Cow;

use crate::text::{Quotes, readable};

/// How the hub's tables hold text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Charset {
    /// One byte a character, by the server's name for it.
    Single(String),
    /// `wide`: with the characters of four bytes.
    Utf8 { wide: bool },
}

/// First character for odd bytes: the one for byte 0x80.
const FIRST: u32 = 0xF780;

impl Charset {
    /// What to tell the server that we speak.
    pub fn name(&self) -> &str {
        match self {
            Charset::Single(name) => name,
            Charset::Utf8 { wide: true } => "utf8mb4",
            Charset::Utf8 { wide: false } => "utf8",
        }
    }

    /// The hub's bytes for the server.
    pub fn encode<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Charset::Single(_) => Cow::Borrowed(text),
            Charset::Utf8 { wide } => escape(text, *wide),
        }
    }

    /// The server's bytes for the hub.
    pub fn decode(&self, text: Vec<u8>) -> Vec<u8> {
        match self {
            Charset::Single(_) => text,
            Charset::Utf8 { .. } => unescape(text),
        }
    }

    /// A whole statement for the server, which wants UTF-8 of us whatever it says to others.
    pub fn statement<'a>(&self, query: &'a [u8]) -> Result<Cow<'a, str>, String> {
        match self {
            Charset::Single(name) => {
                readable(query, Quotes::Backslash, |hex| format!("_{name} X'{hex}'"))
            }
            Charset::Utf8 { .. } => match self.encode(query) {
                Cow::Borrowed(text) => Ok(String::from_utf8_lossy(text)),
                Cow::Owned(text) => Ok(String::from_utf8_lossy(&text).into_owned().into()),
            },
        }
    }
}

/// Whether a character can be stored as it is.
fn fits(c: char, wide: bool) -> bool {
    let private = (FIRST..FIRST + 0x80).contains(&u32::from(c));
    !private && (wide || c.len_utf8() < 4)
}

fn escape(text: &[u8], wide: bool) -> Cow<'_, [u8]> {
    if str::from_utf8(text).is_ok_and(|text| text.chars().all(|c| fits(c, wide))) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut buffer = [0; 4];
    let mut odd = |bytes: &[u8], out: &mut Vec<u8>| {
        for byte in bytes {
            let c = char::from_u32(FIRST + u32::from(byte & 0x7f)).unwrap_or('?');
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        }
    };
    for chunk in text.utf8_chunks() {
        let mut buffer = [0; 4];
        for c in chunk.valid().chars() {
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            match fits(c, wide) {
                true => out.extend_from_slice(bytes),
                false => odd(bytes, &mut out),
            }
        }
        odd(chunk.invalid(), &mut out);
    }
    Cow::Owned(out)
}

fn unescape(text: Vec<u8>) -> Vec<u8> {
    // EF 9E 80 to EF 9F BF.
    let at = |i: usize| match text.get(i..i + 3) {
        Some(&[0xEF, high @ (0x9E | 0x9F), low @ 0x80..=0xBF]) => {
            Some(0x80 | ((high & 1) << 6) | (low & 0x3f))
        }
        _ => None,
    };
    if !text.contains(&0xEF) {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while let Some(byte) = text.get(i) {
        match at(i) {
            Some(odd) => {
                out.push(odd);
                i += 3;
            }
            None => {
                out.push(*byte);
                i += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_become_utf8_and_come_back() {
        let all: Vec<u8> = (0..=255).collect();
        let private = "\u{f780}\u{f7ff}\u{f77f}\u{f800}".as_bytes();
        let texts: [&[u8]; 6] = [
            &all,
            b"",
            b"plain",
            "J\u{fc}rgen \u{1f600}".as_bytes(),
            private,
            b"\xef\x9e",
        ];
        for wide in [false, true] {
            let charset = Charset::Utf8 { wide };
            for text in texts {
                let there = charset.encode(text).into_owned();
                let chars = str::from_utf8(&there).unwrap().chars();
                assert!(chars.into_iter().all(|c| wide || c.len_utf8() < 4));
                assert_eq!(charset.decode(there), text);
            }
        }
    }

    #[test]
    fn proper_utf8_is_stored_as_it_is() {
        let text = "J\u{fc}rgen \u{416}".as_bytes();
        assert!(matches!(
            Charset::Utf8 { wide: false }.encode(text),
            Cow::Borrowed(_)
        ));
        let smile = "\u{1f600}".as_bytes();
        assert!(matches!(
            Charset::Utf8 { wide: true }.encode(smile),
            Cow::Borrowed(_)
        ));
        assert!(matches!(
            Charset::Utf8 { wide: false }.encode(smile),
            Cow::Owned(_)
        ));
    }
}

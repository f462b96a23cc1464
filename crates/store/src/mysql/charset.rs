//! Bytes in and out of a column that is not made for any bytes.
//!
//! The original sends the hub's bytes on a connection whose character set is the column's, and
//! so do we: then the server changes nothing. A column of one byte a character takes any
//! bytes. One in UTF-8 does not: what is no UTF-8 is written there as one character of a
//! private area for each byte (U+F780 to U+F7FF), and read back as that byte.

use std::borrow::Cow;

use crate::odd::{escape, unescape};
use crate::text::{Quotes, readable};

/// How the hub's tables hold text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Charset {
    /// One byte a character, by the server's name for it.
    Single(String),
    /// `wide`: with the characters of four bytes.
    Utf8 { wide: bool },
}

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

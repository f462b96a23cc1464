//! The border of the log: what comes from outside cannot begin a line of it, nor tell a terminal
//! anything.

use std::fmt::{self, Write};

/// What stands before each further line of one entry. No entry begins with it.
const NEXT_LINE: &str = "\n    ";

/// Passes text on to a log or terminal, and keeps it in its entry: a line break is followed by an
/// indent, and what is not for people's eyes is shown as `\x1b` or `\u{2028}`.
pub struct Border<W>(pub W);

impl<W: Write> Write for Border<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, c) in text.char_indices().filter(|(_, c)| !is_harmless(*c)) {
            self.0.write_str(text.get(plain..at).unwrap_or_default())?;
            plain = at + c.len_utf8();
            let rest = text.get(plain..).unwrap_or_default();
            match c {
                '\n' => self.0.write_str(NEXT_LINE)?,
                '\r' if rest.starts_with('\n') => {}
                '\r' => self.0.write_str("\\r")?,
                '\0'..='\x7f' => write!(self.0, "\\x{:02x}", u32::from(c))?,
                c => write!(self.0, "{}", c.escape_unicode())?,
            }
        }
        self.0.write_str(text.get(plain..).unwrap_or_default())
    }
}

/// Neither ends a line nor controls a terminal, nor turns the direction of what follows.
fn is_harmless(c: char) -> bool {
    c == '\t'
        || !c.is_control()
            && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}')
            && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value as [`Border`] shows it.
pub struct Shown<T>(pub T);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Border(f), "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_a_line_or_moves_the_cursor() {
        for (text, shown) in [
            ("plain, \u{e4} and\ttabs", "plain, \u{e4} and\ttabs"),
            (
                "a\n2026-11-27T15:00:00Z ERROR fake",
                "a\n    2026-11-27T15:00:00Z ERROR fake",
            ),
            ("one\r\ntwo\n\nthree", "one\n    two\n    \n    three"),
            ("over\rwritten\r", "over\\rwritten\\r"),
            ("\x1b[31mred\x07\x7f\0", "\\x1b[31mred\\x07\\x7f\\x00"),
            ("\u{9b}2J\u{85}x", "\\u{9b}2J\\u{85}x"),
            ("a\u{2028}b\u{202e}c", "a\\u{2028}b\\u{202e}c"),
            ("", ""),
        ] {
            assert_eq!(Shown(text).to_string(), shown);
        }
    }
}

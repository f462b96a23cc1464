//! What a word is: the one idea of it for nicks, commands, menus and what they are given.
//!
//! A word ends where no nick can go on, that is at a blank, CR or LF. Nothing else separates: what looks
//! like a blank to people (TAB, FF, the no-break space) may stand in a nick of an old registration, and
//! a command for that nick must never be one for the part before it.

use bytes::Bytes;

/// Whether a word ends at this byte.
pub(crate) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\r' | b'\n')
}

/// The words of a text.
pub(crate) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(is_blank).filter(|w| !w.is_empty())
}

/// The first word, and what follows the blanks behind it.
pub(crate) fn first_word(text: &Bytes) -> Option<(Bytes, Bytes)> {
    let start = text.trim_blanks_start();
    let (word, rest) = start.split_at(start.iter().position(is_blank).unwrap_or(start.len()));
    let rest = rest.trim_blanks_start();
    (!word.is_empty()).then(|| (text.slice_ref(word), text.slice_ref(rest)))
}

/// Text without the blanks around it.
pub(crate) trait TrimBlanks {
    /// Without those before and behind it.
    fn trim_blanks(&self) -> &[u8];
    /// Without those before it.
    fn trim_blanks_start(&self) -> &[u8];
}

impl TrimBlanks for [u8] {
    fn trim_blanks(&self) -> &[u8] {
        let text = self.trim_blanks_start();
        let end = text
            .iter()
            .rposition(|b| !is_blank(b))
            .map_or(0, |at| at + 1);
        text.get(..end).unwrap_or_default()
    }

    fn trim_blanks_start(&self) -> &[u8] {
        let start = self.iter().position(|b| !is_blank(b)).unwrap_or(self.len());
        self.get(start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_nick_holds_separates() {
        let all = |text: &'static [u8]| words(text).collect::<Vec<_>>();
        assert_eq!(all(b"  a b\r\nc "), [b"a", b"b", b"c"]);
        assert_eq!(all(b"evil\tx why"), [&b"evil\tx"[..], b"why"]);
        assert_eq!(
            all(b"a\x0cb\x0bc\xa0d\xc2\xa0e"),
            [b"a\x0cb\x0bc\xa0d\xc2\xa0e"]
        );
        for byte in nmdc::nick::FORBIDDEN {
            let text = [b'a', byte, b'b'];
            let separates = words(&text).count() == 2;
            assert_eq!(separates, is_blank(&byte));
        }
        assert!(
            (0..=u8::MAX)
                .filter(is_blank)
                .all(|b| nmdc::nick::FORBIDDEN.contains(&b))
        );
    }

    #[test]
    fn the_first_word_and_the_rest() {
        let first = |text: &'static str| first_word(&Bytes::from(text));
        assert_eq!(
            first(" evil\tx  why not "),
            Some(("evil\tx".into(), "why not ".into()))
        );
        assert_eq!(first("\ta"), Some(("\ta".into(), Bytes::new())));
        assert_eq!(first(" \r\n"), None);
        assert_eq!(b" \ta\t ".trim_blanks(), b"\ta\t");
        assert_eq!(b"  ".trim_blanks(), b"");
    }
}

//! Cutting texts that are longer than what they go into, and saying so.

use std::borrow::Cow;
use std::fmt;

/// What a report of a script's failure may have in bytes, for operators and in the log.
pub const REPORT: usize = 8 << 10;
/// One line of the log from a script.
pub const LINE: usize = 4 << 10;

/// A number with its thousands apart.
pub struct Plain<N>(pub N);

impl<N: fmt::Display> fmt::Display for Plain<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Room for the remark itself.
const REMARK: usize = 64;

/// Where to cut: how much of the beginning and from where the end stays.
fn places(len: usize, most: usize) -> (usize, usize) {
    let room = most.saturating_sub(REMARK);
    let head = room / 4 * 3;
    (head, len - (room - head).min(len - head))
}

/// The last place up to `at` between two characters.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The text, or beginning and end of one that has more than `most` bytes with a line between
/// them that says how many are left out.
pub fn text(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most.max(REMARK) {
        return Cow::Borrowed(text);
    }
    let (head, tail) = places(text.len(), most);
    let (head, tail) = (boundary(text, head), boundary(text, tail));
    let gone = Plain(tail - head);
    Cow::Owned(format!(
        "{}\n... {gone} bytes left out ...\n{}",
        &text[..head],
        &text[tail..]
    ))
}

/// The same for a hub's text, with line ends as clients have them.
pub fn bytes(text: &[u8], most: usize) -> Cow<'_, [u8]> {
    if text.len() <= most.max(REMARK) {
        return Cow::Borrowed(text);
    }
    let (head, tail) = places(text.len(), most);
    let remark = format!("\r\n... {} bytes left out ...\r\n", Plain(tail - head));
    Cow::Owned([&text[..head], remark.as_bytes(), &text[tail..]].concat())
}

/// The beginning of a line and how many bytes of it are left out.
pub fn line(line: &str, most: usize) -> Cow<'_, str> {
    if line.len() <= most.max(REMARK) {
        return Cow::Borrowed(line);
    }
    let head = boundary(line, most.saturating_sub(REMARK));
    let gone = Plain(line.len() - head);
    Cow::Owned(format!("{} ... {gone} bytes left out", &line[..head]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_the_rest_is_counted() {
        assert_eq!(text("short", 100), "short");
        assert_eq!(bytes(b"short", 100).as_ref(), b"short");
        assert_eq!(line("short", 0), "short");
        assert_eq!(Plain(1_234_567).to_string(), "1 234 567");
        assert_eq!(Plain(12).to_string(), "12");
        for (len, most) in [(70, 0), (101, 100), (1000, 200), (100_000, 8192)] {
            // Two bytes a character, so that places within one are met.
            let long = "\u{e9}".repeat(len);
            for cut in [text(&long, most), line(&long, most)] {
                let kept = cut.matches('\u{e9}').count() * 2;
                let gone = format!("... {} bytes left out", Plain(long.len() - kept));
                assert!(cut.contains(&gone), "{cut}");
                assert!(cut.len() <= most.max(REMARK) + 8, "{} of {most}", cut.len());
            }
            let cut = bytes(long.as_bytes(), most);
            assert!(cut.len() <= most.max(REMARK) + 8, "{} of {most}", cut.len());
        }
        // Beginning and end stay.
        let cut = text(&format!("first{}last", "x".repeat(10_000)), 1000).into_owned();
        assert!(
            cut.starts_with("firstxx") && cut.ends_with("xxlast"),
            "{cut}"
        );
    }
}

//! Scripts' statements: bytes in the hub's encoding, where a database wants UTF-8.

use std::borrow::Cow;

/// How a quoted text holds its own quote.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// By doubling it.
    Doubled,
    /// Also behind a backslash, as MySQL does it.
    Backslash,
}

/// Writes the quoted texts that are no UTF-8, or hold a NUL, the way `literal` writes the same
/// bytes given in hexadecimal.
pub(crate) fn readable(
    query: &[u8],
    quotes: Quotes,
    literal: impl Fn(String) -> String,
) -> Result<Cow<'_, str>, String> {
    if !query.contains(&0)
        && let Ok(text) = str::from_utf8(query)
    {
        return Ok(Cow::Borrowed(text));
    }
    let marks: &[u8] = match quotes {
        Quotes::Doubled => b"'\"",
        Quotes::Backslash => b"'\"`",
    };
    let mut out = String::with_capacity(query.len() + 64);
    let mut rest = query;
    while let Some(quote) = rest.iter().position(|b| marks.contains(b)) {
        let end = end_of_text(rest, quote, quotes);
        plain(&rest[..quote], &mut out)?;
        text(&rest[quote..end], quotes, &literal, &mut out);
        rest = &rest[end..];
    }
    plain(rest, &mut out)?;
    Ok(Cow::Owned(out))
}

/// Behind the closing quote; a doubled quote does not close.
fn end_of_text(query: &[u8], start: usize, quotes: Quotes) -> usize {
    let quote = query[start];
    let escapes = quotes == Quotes::Backslash && quote != b'`';
    let mut i = start + 1;
    while i < query.len() {
        if escapes && query[i] == b'\\' {
            i += 1;
        } else if query[i] == quote {
            if query.get(i + 1) != Some(&quote) {
                return i + 1;
            }
            i += 1;
        }
        i += 1;
    }
    query.len()
}

/// What is outside of quotes; odd bytes can only be in a comment there.
fn plain(part: &[u8], out: &mut String) -> Result<(), String> {
    if part.contains(&0) {
        return Err("there is a NUL byte in the statement".to_owned());
    }
    out.push_str(&String::from_utf8_lossy(part));
    Ok(())
}

/// One quoted text.
fn text(quoted: &[u8], quotes: Quotes, literal: &impl Fn(String) -> String, out: &mut String) {
    if let (Ok(text), false) = (str::from_utf8(quoted), quoted.contains(&0)) {
        out.push_str(text);
        return;
    }
    let quote = quoted[0];
    let inner = quoted[1..].strip_suffix(&[quote]).unwrap_or(&quoted[1..]);
    let mut hex = String::with_capacity(inner.len() * 2);
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let mut push = |byte: u8| hex.push_str(&format!("{byte:02X}"));
        match (byte, bytes.peek().copied()) {
            (b'\\', Some(next)) if quotes == Quotes::Backslash => {
                bytes.next();
                match next {
                    b'n' => push(b'\n'),
                    b'r' => push(b'\r'),
                    b't' => push(b'\t'),
                    b'0' => push(0),
                    b'b' => push(8),
                    b'Z' => push(26),
                    // Kept for LIKE.
                    b'%' | b'_' => [byte, next].into_iter().for_each(push),
                    other => push(other),
                }
            }
            _ => {
                push(byte);
                // A doubled quote is one.
                bytes.next_if(|next| byte == quote && *next == quote);
            }
        }
    }
    out.push_str(&literal(hex));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_in_quotes_become_hexadecimal() {
        let rows: &[(&[u8], Result<&str, ()>)] = &[
            (b"SELECT 'a'", Ok("SELECT 'a'")),
            (b"SELECT '\xe9', 'a'", Ok("SELECT CAST(X'E9' AS TEXT), 'a'")),
            (
                b"SELECT 'it''s \xe9'",
                Ok("SELECT CAST(X'6974277320E9' AS TEXT)"),
            ),
            (
                b"SELECT ''''''||'\xe9'",
                Ok("SELECT ''''''||CAST(X'E9' AS TEXT)"),
            ),
            (b"SELECT 'a\0b'", Ok("SELECT CAST(X'610062' AS TEXT)")),
            (b"SELECT \"\xe9'\"", Ok("SELECT CAST(X'E927' AS TEXT)")),
            (b"SELECT 1 -- \xe9", Ok("SELECT 1 -- \u{fffd}")),
            (b"SELECT '\xe9", Ok("SELECT CAST(X'E9' AS TEXT)")),
            (b"SELECT\0 1", Err(())),
        ];
        for (query, expected) in rows {
            let cast = |hex: String| format!("CAST(X'{hex}' AS TEXT)");
            let got = readable(query, Quotes::Doubled, cast);
            assert_eq!(got.as_deref().map_err(drop), *expected, "{query:?}");
        }
    }

    #[test]
    fn a_backslash_escapes_in_mysqls_dialect() {
        let rows: &[(&[u8], &str)] = &[
            (b"SELECT 'it\\'s'", "SELECT 'it\\'s'"),
            (b"SELECT 'it\\'s \xe9', 'a'", "SELECT X'6974277320E9', 'a'"),
            (b"SELECT '\xe9\\n\\\\\\%'", "SELECT X'E90A5C5C25'"),
            (b"SELECT `a'b`, '\xe9'", "SELECT `a'b`, X'E9'"),
        ];
        for (query, expected) in rows {
            let got = readable(query, Quotes::Backslash, |hex| format!("X'{hex}'"));
            assert_eq!(got.as_deref(), Ok(*expected), "{query:?}");
        }
    }
}

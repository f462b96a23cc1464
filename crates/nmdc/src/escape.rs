//! Escaping of the bytes that NMDC itself uses, as Verlihub's `encode`/`decode` do.

use std::borrow::Cow;

/// Each special byte and the text that stands for it.
const ESCAPES: [(u8, &[u8]); 5] = [
    (0x05, b"&#5;"),
    (b'$', b"&#36;"),
    (b'|', b"&#124;"),
    (b'`', b"&#96;"),
    (b'~', b"&#126;"),
];

fn escape_of(byte: u8) -> Option<&'static [u8]> {
    ESCAPES
        .iter()
        .find(|(special, _)| *special == byte)
        .map(|(_, text)| *text)
}

/// `text` with byte 5, `$`, `|`, `` ` `` and `~` written as `&#5;` `&#36;` `&#124;` `&#96;`
/// `&#126;`. Nothing else changes, `&` included; borrowed when nothing was to be done.
pub fn encode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|&byte| escape_of(byte).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    for &byte in text {
        match escape_of(byte) {
            Some(escape) => out.extend_from_slice(escape),
            None => out.push(byte),
        }
    }
    Cow::Owned(out)
}

/// The inverse of [`encode`], for those five only; other `&...;` stay as they are.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(text, b"&#").is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let hit = ESCAPES
            .iter()
            .find_map(|(byte, escape)| rest.strip_prefix(*escape).map(|after| (*byte, after)));
        let (byte, after) = hit.unwrap_or((first, tail));
        out.push(byte);
        rest = after;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden() {
        let plain = b"a\x05$|`~&\xffz";
        let wire = b"a&#5;&#36;&#124;&#96;&#126;&\xffz";
        assert_eq!(encode(plain).as_ref(), wire);
        assert_eq!(decode(wire).as_ref(), plain);
        for kept in [&b"&#37;"[..], b"&#36", b"&#", b"&amp;", b"&#036;", b""] {
            assert_eq!(decode(kept).as_ref(), kept);
        }
    }
}

//! Nicks: what may not stand in one, and how two are compared (0.1, 1.4).

/// Bytes no nick may hold, whatever the user's class: they are the protocol's own.
pub const FORBIDDEN: [u8; 8] = [b' ', b'$', b'|', b'<', b'>', b'\r', b'\n', 0];

/// The forbidden bytes that occur in `nick`, each once: the codes for `$BadNick Char`.
pub fn bad_bytes(nick: &[u8]) -> impl Iterator<Item = u8> + '_ {
    FORBIDDEN.into_iter().filter(|bad| nick.contains(bad))
}

/// How a hub writes what is beyond ASCII, as far as blanks and invisible characters go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// One of those of Windows or ISO 8859: 0xA0 is a blank, 0xAD is not seen.
    Latin,
    /// Any other.
    Other,
}

impl Charset {
    /// The one of a setting such as `CP1252` or `utf-8`.
    pub fn named(name: &[u8]) -> Charset {
        let name = name.to_ascii_lowercase();
        let starts = |with: &[u8]| name.starts_with(with);
        if starts(b"utf") {
            Charset::Utf8
        } else if [&b"cp125"[..], b"windows-125", b"iso", b"latin"]
            .iter()
            .any(|w| starts(w))
        {
            Charset::Latin
        } else {
            Charset::Other
        }
    }
}

/// What of `nick` may not stand in a new one, beside [`FORBIDDEN`]: control characters, and what
/// looks like nothing or like a blank, so that it could be taken for another nick. Nicks that were
/// registered with them before stay as they are.
pub fn look_alike_bytes(nick: &[u8], charset: Charset) -> Vec<u8> {
    let mut bad = Vec::new();
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            if !bad.contains(byte) {
                bad.push(*byte);
            }
        }
    };
    for byte in nick.iter().filter(|b| b.is_ascii_control()) {
        add(&[*byte]);
    }
    match charset {
        Charset::Utf8 => {
            for c in nick.utf8_chunks().flat_map(|chunk| chunk.valid().chars()) {
                if !c.is_ascii() && is_unseen(c) {
                    add(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        Charset::Latin => {
            for byte in nick.iter().filter(|b| matches!(b, 0xa0 | 0xad)) {
                add(&[*byte]);
            }
        }
        Charset::Other => {}
    }
    bad
}

/// White space, control characters, and those of no width.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The key by which nicks are compared everywhere: ASCII letters lowered, other bytes kept.
pub fn key(nick: &[u8]) -> Vec<u8> {
    nick.to_ascii_lowercase()
}

/// [`key`] written over `buffer`, for look-ups without an allocation each.
pub fn key_into(nick: &[u8], buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(nick);
    buffer.make_ascii_lowercase();
}

/// Are these the same nick? Equal to comparing their keys.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_bad_bytes_once_each() {
        let bad: Vec<u8> = bad_bytes(b"<a>< \0").collect();
        assert_eq!(bad, [b' ', b'<', b'>', 0]);
        assert_eq!(bad_bytes(b"[OP]n\xe9").count(), 0);
    }

    #[test]
    fn a_new_nick_holds_nothing_unseen() {
        let bad = |nick: &[u8], charset| look_alike_bytes(nick, charset);
        for byte in (1..b' ').chain([0x7f]) {
            for charset in [Charset::Utf8, Charset::Latin, Charset::Other] {
                assert_eq!(bad(&[b'a', byte, b'b', byte], charset), [byte]);
            }
        }
        for c in "\u{a0}\u{85}\u{ad}\u{200b}\u{200d}\u{2003}\u{202e}\u{2060}\u{3000}\u{3164}\u{feff}\u{e0041}".chars() {
            let nick = format!("evil{c}");
            assert!(!bad(nick.as_bytes(), Charset::Utf8).is_empty(), "{c:?}");
        }
        for fine in [
            "J\u{f6}rg",
            "\u{416}\u{435}\u{43d}\u{44f}",
            "\u{4e2d}\u{6587}",
            "[OP]x_~`",
            "\u{2764}\u{fe0f}",
        ] {
            assert_eq!(bad(fine.as_bytes(), Charset::Utf8), b"", "{fine}");
        }
        assert_eq!(bad(b"a\xa0b\xad\xe0", Charset::Latin), b"\xa0\xad");
        assert_eq!(
            bad(b"a\xa0b\xff", Charset::Utf8),
            b"",
            "no character at all"
        );
        assert_eq!(bad(b"a\xa0b", Charset::Other), b"");
        for (name, charset) in [
            ("CP1252", Charset::Latin),
            ("iso-8859-1", Charset::Latin),
            ("UTF-8", Charset::Utf8),
            ("utf8", Charset::Utf8),
            ("KOI8-R", Charset::Other),
            ("Big5", Charset::Other),
        ] {
            assert_eq!(Charset::named(name.as_bytes()), charset, "{name}");
        }
    }

    #[test]
    fn keys_lower_ascii_only() {
        assert_eq!(key(b"N\xc9\xc3\x89x"), b"n\xc9\xc3\x89x");
        let mut buffer = b"old".to_vec();
        key_into(b"NeW", &mut buffer);
        assert_eq!(buffer, b"new");
        assert!(same(b"NeW", b"nEw") && !same(b"a", b"ab"));
    }
}

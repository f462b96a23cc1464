//! Nicks: what may not stand in one, and how two are compared (0.1, 1.4).

/// Bytes no nick may hold, whatever the user's class: they are the protocol's own.
pub const FORBIDDEN: [u8; 8] = [b' ', b'$', b'|', b'<', b'>', b'\r', b'\n', 0];

/// The forbidden bytes that occur in `nick`, each once: the codes for `$BadNick Char`.
pub fn bad_bytes(nick: &[u8]) -> impl Iterator<Item = u8> + '_ {
    FORBIDDEN.into_iter().filter(|bad| nick.contains(bad))
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
    fn keys_lower_ascii_only() {
        assert_eq!(key(b"N\xc9\xc3\x89x"), b"n\xc9\xc3\x89x");
        let mut buffer = b"old".to_vec();
        key_into(b"NeW", &mut buffer);
        assert_eq!(buffer, b"new");
        assert!(same(b"NeW", b"nEw") && !same(b"a", b"ab"));
    }
}

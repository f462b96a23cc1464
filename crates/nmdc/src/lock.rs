//! Lock and key: the handshake's proof that the client knows the NMDC arithmetic (1.2).

use bytes::BytesMut;

use crate::scan::number;

/// Bytes that may not stand in a key; each is written `/%DCNddd%/`.
const FORBIDDEN: [u8; 6] = [0, 5, 36, 96, 124, 126];
const OPEN: &[u8] = b"/%DCN";
const CLOSE: &[u8] = b"%/";

/// The right `$Key` answer to `lock` (the text between `$Lock ` and ` Pk=`), escaped for the
/// wire. Empty for a lock of fewer than two bytes, which has no key.
pub fn key_for(lock: &[u8]) -> Vec<u8> {
    let lock = unescape(lock);
    let (Some(&first), Some(&last), Some(&before_last)) = (
        lock.first(),
        lock.last(),
        lock.len().checked_sub(2).and_then(|at| lock.get(at)),
    ) else {
        return Vec::new();
    };
    let mut key = BytesMut::with_capacity(lock.len() + 64);
    put_escaped(&mut key, (first ^ last ^ before_last ^ 5).rotate_left(4));
    for (before, byte) in lock.iter().zip(lock.iter().skip(1)) {
        put_escaped(&mut key, (before ^ byte).rotate_left(4));
    }
    key.to_vec()
}

fn put_escaped(out: &mut BytesMut, byte: u8) {
    if FORBIDDEN.contains(&byte) {
        let digits = [b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10];
        for part in [OPEN, &digits, CLOSE] {
            out.extend_from_slice(part);
        }
    } else {
        out.extend_from_slice(&[byte]);
    }
}

/// `text` with each `/%DCNddd%/` turned back into its byte; malformed ones stay as they are.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        match escaped(rest) {
            Some((value, after)) => {
                plain.push(value);
                rest = after;
            }
            None => {
                plain.push(byte);
                rest = after;
            }
        }
    }
    plain
}

fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.strip_prefix(OPEN)?.split_at_checked(3)?;
    let value = u8::try_from(number(digits)?).ok()?;
    Some((value, after.strip_prefix(CLOSE)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden() {
        let lock = b"EXTENDEDPROTOCOLABCABCABCABCABCABC";
        let key = b"\x14\xd1\xc0\x11\xb0\xa0\x10\x10A \xd1\xb1\xb1\xc0\xc00\xd00\x10 0\x10 0\x10 0\x10 0\x10 0\x10";
        assert_eq!(key_for(lock), key);
        assert_eq!(key_for(b"aab"), b"v/%DCN000%/0");
        assert_eq!(key_for(b"a/%DCN097%/b"), b"v/%DCN000%/0");
        assert_eq!(key_for(b"ab"), b"v0");
    }

    #[test]
    fn short_locks_have_no_key() {
        assert_eq!(key_for(b""), b"");
        assert_eq!(key_for(b"x"), b"");
    }

    #[test]
    fn malformed_escapes_stay() {
        assert_eq!(unescape(b"/%DCN036%/"), b"$");
        for kept in [
            &b"/%DCN256%/"[..],
            b"/%DCN36%/",
            b"/%DCN036",
            b"/%DCN0x6%/",
            b"/%DCN/%DCN",
        ] {
            assert_eq!(unescape(kept), kept);
        }
    }
}

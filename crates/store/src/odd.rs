//! Bytes that are no UTF-8 where UTF-8 is wanted: each becomes one character of a private area,
//! U+F780 to U+F7FF, and can be told from others.

use std::borrow::Cow;

/// First character for odd bytes: the one for byte 0x80.
const FIRST: u32 = 0xF780;

/// Whether a character can be stored as it is.
fn fits(c: char, wide: bool) -> bool {
    let private = (FIRST..FIRST + 0x80).contains(&u32::from(c));
    !private && (wide || c.len_utf8() < 4)
}

/// Makes UTF-8 of any bytes; `wide`: characters of four bytes may stay.
pub(crate) fn escape(text: &[u8], wide: bool) -> Cow<'_, [u8]> {
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

/// The bytes that [`escape`] was given.
pub(crate) fn unescape(text: Vec<u8>) -> Vec<u8> {
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

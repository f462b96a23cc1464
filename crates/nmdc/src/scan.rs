//! Small byte-string helpers shared by the parsers and writers.

use memchr::{memchr, memmem, memrchr};

/// The parts before and after the first `separator`.
pub(crate) fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr(separator, text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The parts before and after the last `separator`.
pub(crate) fn rsplit_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memrchr(separator, text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The parts before and after the first occurrence of `separator`.
pub(crate) fn split_seq<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

/// The leading decimal digits and the rest.
pub(crate) fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, b""))
}

/// The number written by `digits`; `None` when empty, not all digits, or above `u64`.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Appends `value` in decimal.
pub(crate) fn put_number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [b'0'; 20]; // u64::MAX has 20
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or(0);
        used += 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or(b""));
}

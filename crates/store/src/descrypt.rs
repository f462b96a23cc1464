//! The oldest crypt(3): DES, two characters of salt, for passwords the original has stored.
//!
//! Written after FIPS 46-3 and the crypt(3) manual page. It only checks; nothing new is
//! stored this way. A database moved over from the original must let its users in.

/// The 64 digits, by value.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// The tables of FIPS 46-3: bit numbers from 1, the highest bit first.
const IP: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6,
    64, 56, 48, 40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61,
    53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
const FP: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30,
    37, 5, 45, 13, 53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27,
    34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];
const E: [u8; 48] = [
    32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18,
    19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19,
    13, 30, 6, 22, 11, 4, 25,
];
const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
    52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29,
    21, 13, 5, 28, 20, 12, 4,
];
const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
    31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/// By box, row and column.
const S: [[u8; 64]; 8] = [
    [
        14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12,
        11, 9, 5, 3, 8, 4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9,
        1, 7, 5, 11, 3, 14, 10, 0, 6, 13,
    ],
    [
        15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1,
        10, 6, 9, 11, 5, 0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15,
        4, 2, 11, 6, 7, 12, 0, 5, 14, 9,
    ],
    [
        10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5,
        14, 12, 11, 15, 1, 13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6,
        9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12,
    ],
    [
        7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2,
        12, 1, 10, 14, 9, 10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1,
        13, 8, 9, 4, 5, 11, 12, 7, 2, 14,
    ],
    [
        2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15,
        10, 3, 9, 8, 6, 4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14,
        2, 13, 6, 15, 0, 9, 10, 4, 5, 3,
    ],
    [
        12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13,
        14, 0, 11, 3, 8, 9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5,
        15, 10, 11, 14, 1, 7, 6, 0, 8, 13,
    ],
    [
        4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5,
        12, 2, 15, 8, 6, 1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4,
        10, 7, 9, 5, 0, 15, 14, 2, 3, 12,
    ],
    [
        13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6,
        11, 0, 14, 9, 2, 7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10,
        8, 13, 15, 12, 9, 0, 3, 5, 6, 11,
    ],
];

/// The bits of `value` (which has `width`) that `table` names, in its order.
fn pick(value: u64, width: u32, table: &[u8]) -> u64 {
    (table.iter()).fold(0, |out, &bit| {
        out << 1 | (value >> (width - u32::from(bit)) & 1)
    })
}

fn round_keys(key: u64) -> [u64; 16] {
    const HALF: u64 = (1 << 28) - 1;
    let key = pick(key, 64, &PC1);
    let (mut left, mut right) = (key >> 28, key & HALF);
    SHIFTS.map(|n| {
        left = (left << n | left >> (28 - n)) & HALF;
        right = (right << n | right >> (28 - n)) & HALF;
        pick(left << 28 | right, 56, &PC2)
    })
}

/// DES whose expansion has halves exchanged where `salt` (24 bits, highest first) says so.
fn encrypt(block: u64, keys: &[u64; 16], salt: u64) -> u64 {
    let block = pick(block, 64, &IP);
    let (mut left, mut right) = (block >> 32, block & 0xffff_ffff);
    for key in keys {
        let wide = pick(right, 32, &E);
        let moved = (wide >> 24 ^ wide) & salt;
        let wide = wide ^ moved ^ moved << 24 ^ key;
        let mut out = 0;
        for (i, box_) in (0..).zip(&S) {
            let six = wide >> (42 - 6 * i) & 63;
            let place = (six & 32) | (six & 1) << 4 | (six >> 1 & 15);
            out = out << 4 | u64::from(box_[usize::try_from(place).unwrap_or(0)]);
        }
        (left, right) = (right, left ^ pick(out, 32, &P));
    }
    pick(right << 32 | left, 64, &FP)
}

/// The 13 characters for a password and two characters of salt; `None` when the salt has
/// other ones.
pub(crate) fn crypt(password: &[u8], salt: &[u8]) -> Option<[u8; 13]> {
    let value = |c: &u8| DIGITS.iter().position(|d| d == c);
    let [first, second] = salt.get(..2)?.try_into().ok()?;
    let salt_bits = value(&first)? | value(&second)? << 6;
    let salt_bits = (0..12).fold(0_u64, |out, i| {
        out | u64::from(salt_bits >> i & 1 == 1) << (23 - i)
    });
    let key = (password.iter().copied().take_while(|b| *b != 0))
        .chain(std::iter::repeat(0))
        .take(8)
        .fold(0_u64, |key, b| key << 8 | u64::from(b << 1));
    let keys = round_keys(key);
    let block = (0..25).fold(0, |block, _| encrypt(block, &keys, salt_bits));
    let mut out = [first; 13];
    out[1] = second;
    let wide = u128::from(block) << 2;
    for (i, c) in (0..).zip(&mut out[2..]) {
        let digit = usize::try_from(wide >> (60 - 6 * i) & 63).unwrap_or(0);
        *c = DIGITS[digit];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::crypt;

    #[test]
    fn the_answers_of_the_c_library() {
        // From perl's crypt() on glibc.
        let rows: &[(&[u8], &str)] = &[
            (b"password", "xOAFZqRz5RduI"),
            (b"", "abmF1QH4PEr.E"),
            (b"a", "zZ/Dc0K.bMxrQ"),
            (b"secret", "./17m29LFAflg"),
            (b"exactly8", "9AzHKP8kM0MTI"),
            (b"longer than eight", "9AGI0NTTvyqbU"),
            (b"s\xe9same", "kkkvGDYELP4Co"),
            (b"\xff\xff\x80~", "QxY2UiuZ7/fsc"),
        ];
        for (password, expected) in rows {
            let got = crypt(password, expected.as_bytes()).unwrap();
            assert_eq!(str::from_utf8(&got), Ok(*expected));
        }
        assert_eq!(crypt(b"x", b"!a"), None);
        assert_eq!(crypt(b"x", b"a"), None);
    }
}

//! Making and checking passwords.
//!
//! The kinds of `reglist.pwd_crypt`: 0 plain, 1 crypt(3), 2 MD5 in hex, 3 ours: argon2id as
//! a PHC string. The original's kinds are checked as they stand, new passwords are ours.

use std::hash::BuildHasher;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use crate::descrypt;

/// `pwd_crypt` of new passwords.
pub(crate) const OURS: i64 = 3;

/// KiB of memory and passes for a new password: about 20 ms of one core. OWASP's
/// recommendation of equal strength with the least memory.
const MEMORY: u32 = 7168;
const PASSES: u32 = 5;
/// More memory than this for one check (KiB) means that somebody has tampered with the row.
const MOST_MEMORY: u32 = 256 * 1024;

/// The text to store for a new password.
pub(crate) fn hash(password: &[u8]) -> Result<String, String> {
    let params = Params::new(MEMORY, PASSES, 1, None).map_err(|e| e.to_string())?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password(password).map_err(|e| e.to_string())?;
    Ok(hash.to_string())
}

/// `pwd_crypt` of passwords that the original can check as well; all fast to guess.
pub(crate) const PLAIN: i64 = 0;
pub(crate) const CRYPT: i64 = 1;
pub(crate) const MD5: i64 = 2;

/// The text to store for a new password of this kind.
pub(crate) fn store(kind: i64, password: &[u8]) -> Result<Vec<u8>, String> {
    match kind {
        PLAIN => Ok(password.to_vec()),
        // Eight characters count, and the salt makes equal passwords look different.
        CRYPT => {
            let salt = salt();
            descrypt::crypt(password, &salt)
                .map(|hash| hash.to_vec())
                .ok_or_else(|| "no salt".to_owned())
        }
        MD5 => Ok(md5_hex(password)),
        _ => hash(password).map(String::into_bytes),
    }
}

/// Two letters, different ones each time; they need not be secret.
fn salt() -> [u8; 2] {
    const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let random = std::hash::RandomState::new().hash_one(0);
    let letter = |n: u64| LETTERS[usize::try_from(n % 64).unwrap_or(0)];
    [letter(random), letter(random >> 8)]
}

/// Whether `password` is the stored one. `Err` when nobody could tell.
pub(crate) fn verify(kind: i64, stored: &[u8], password: &[u8]) -> Result<bool, &'static str> {
    if stored.is_empty() || password.is_empty() {
        return Ok(false);
    }
    match kind {
        PLAIN => Ok(stored.ct_eq(password).into()),
        CRYPT => crypt(stored, password),
        MD5 => Ok(stored.to_ascii_lowercase().ct_eq(&md5_hex(password)).into()),
        OURS => ours(stored, password),
        _ => Err("it is stored in an unknown way (pwd_crypt)"),
    }
}

fn ours(stored: &[u8], password: &[u8]) -> Result<bool, &'static str> {
    const BROKEN: &str = "what is stored is no argon2 text: set a new one";
    let text = str::from_utf8(stored).map_err(|_| BROKEN)?;
    let hash = PasswordHash::new(text).map_err(|_| BROKEN)?;
    let params = Params::try_from(&hash).map_err(|_| BROKEN)?;
    if hash.hash.is_none() {
        return Err(BROKEN);
    }
    if params.m_cost() > MOST_MEMORY {
        return Err("what is stored asks for too much memory: set a new one");
    }
    match Argon2::default().verify_password(password, &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(BROKEN),
    }
}

/// The original makes the two-letter form only.
fn crypt(stored: &[u8], password: &[u8]) -> Result<bool, &'static str> {
    match descrypt::crypt(password, stored) {
        Some(hash) if stored.len() == hash.len() => Ok(hash.ct_eq(stored).into()),
        _ => Err("what is stored is no crypt(3) text of the old form: set a new one"),
    }
}

fn md5_hex(password: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Md5::digest(password);
    (digest.iter())
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_checked_as_it_stands() {
        let ours = hash(b"s\xe9same").unwrap();
        assert!(ours.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{ours}");
        let md5 = b"5EBE2294ecd0e0f08eab7690d2a6ee69"; // of "secret"
        let rows: &[(i64, &[u8], &[u8], bool)] = &[
            (0, b"secret", b"secret", true),
            (0, b"secret", b"Secret", false),
            (0, b"secret", b"secre", false),
            (1, b"xOAFZqRz5RduI", b"password", true),
            (1, b"xOAFZqRz5RduI", b"Password", false),
            (2, md5, b"secret", true),
            (2, md5, b"secreT", false),
            (3, ours.as_bytes(), b"s\xe9same", true),
            (3, ours.as_bytes(), b"sesame", false),
        ];
        for (kind, stored, password, right) in rows {
            assert_eq!(verify(*kind, stored, password), Ok(*right), "kind {kind}");
        }
    }

    #[test]
    fn an_empty_password_is_never_right() {
        let ours = hash(b"").unwrap();
        let md5_of_nothing = md5_hex(b"");
        for kind in -1..5 {
            for stored in [b"".as_slice(), ours.as_bytes(), &md5_of_nothing] {
                assert_eq!(verify(kind, stored, b""), Ok(false));
            }
            assert_eq!(verify(kind, b"", b"x"), Ok(false));
        }
    }

    #[test]
    fn what_cannot_be_checked_says_why() {
        let greedy = b"$argon2id$v=19$m=4000000,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for (kind, stored) in [
            (1, b"$1$abc$def".as_slice()),
            (3, b"\xff"),
            (3, b"$x"),
            (3, greedy),
            (9, b"x"),
        ] {
            assert!(
                verify(kind, stored, b"password").is_err(),
                "{kind} {stored:?}"
            );
        }
    }
}

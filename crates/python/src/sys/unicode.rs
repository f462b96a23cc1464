//! Python's `str` as memory: making one from units, looking at its units.

use std::ptr;
use std::slice;

use super::{Attached, Borrowed, Owned, PyError, Slot, ffi};

/// The characters of a `str` in the width Python keeps them.
pub(crate) enum Units<'a> {
    /// All below 128.
    Ascii(&'a [u8]),
    /// All below 256.
    One(&'a [u8]),
    /// All below 65536, surrogates possible.
    Two(&'a [u16]),
    /// Anything.
    Four(&'a [u32]),
}

/// The characters of a `str`; `None` for anything else.
#[inline]
pub(crate) fn units<'a>(text: Borrowed<'a>) -> Option<Units<'a>> {
    if !text.is_str() {
        return None;
    }
    let p = text.as_ptr();
    // SAFETY: a str (checked), alive and immutable for `'a`; its data are `length` units of
    // the width that `kind` says.
    unsafe {
        let len = usize::try_from(ffi::PyUnicode_GET_LENGTH(p)).unwrap_or(0);
        let data = ffi::PyUnicode_DATA(p);
        Some(match ffi::PyUnicode_KIND(p) {
            ffi::PyUnicode_1BYTE_KIND => {
                let bytes = slice::from_raw_parts(data.cast::<u8>(), len);
                if is_ascii(p, bytes) {
                    Units::Ascii(bytes)
                } else {
                    Units::One(bytes)
                }
            }
            ffi::PyUnicode_2BYTE_KIND => Units::Two(slice::from_raw_parts(data.cast(), len)),
            _ => Units::Four(slice::from_raw_parts(data.cast(), len)),
        })
    }
}

/// How many characters it has; 0 for what is no `str`.
#[inline]
pub(crate) fn length(text: Borrowed<'_>) -> usize {
    if !text.is_str() {
        return 0;
    }
    // SAFETY: a str (checked), alive.
    usize::try_from(unsafe { ffi::PyUnicode_GET_LENGTH(text.as_ptr()) }).unwrap_or(0)
}

/// The characters of an ASCII `str`; `None` for anything else.
#[inline]
pub(crate) fn ascii_bytes<'a>(text: Borrowed<'a>) -> Option<&'a [u8]> {
    match units(text) {
        Some(Units::Ascii(bytes)) => Some(bytes),
        _ => None,
    }
}

/// Bits of a `str`'s state, in CPython 3.12 to 3.15 with a GIL, where bit fields begin with the lowest
/// bit: two for interned, three for the width, one for compact, one for ASCII. The test below compares.
#[cfg(str_layout)]
pub(super) mod state {
    pub(in crate::sys) const INTERNED: u32 = 0b11;
    pub(in crate::sys) const ASCII: u32 = 1 << 6;
}

/// The state of a `str`.
///
/// # Safety
/// `p` is a str.
#[cfg(str_layout)]
#[inline]
pub(super) unsafe fn state(p: *mut ffi::PyObject) -> u32 {
    // SAFETY: every str begins with this structure.
    unsafe { (*p.cast::<ffi::PyASCIIObject>()).state }
}

/// Whether a one-byte str is ASCII.
///
/// # Safety
/// `p` is a str.
#[inline]
unsafe fn is_ascii(p: *mut ffi::PyObject, bytes: &[u8]) -> bool {
    #[cfg(str_layout)]
    {
        let _ = bytes;
        // SAFETY: a str (the caller).
        unsafe { state(p) & state::ASCII != 0 }
    }
    #[cfg(not(str_layout))]
    {
        let _ = p;
        bytes.is_ascii()
    }
}

/// The text in UTF-8, kept by Python; `None` when it holds surrogates.
pub(crate) fn utf8<'a>(text: Borrowed<'a>) -> Option<&'a [u8]> {
    let mut len = 0;
    // SAFETY: a str (the call checks); the buffer lives as long as the object.
    unsafe {
        let data = ffi::PyUnicode_AsUTF8AndSize(text.as_ptr(), &raw mut len);
        if data.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let len = usize::try_from(len).unwrap_or(0);
        Some(slice::from_raw_parts(data.cast::<u8>(), len))
    }
}

/// The text for people: surrogates and non-str become something readable.
pub(crate) fn lossy(text: Borrowed<'_>) -> String {
    let wide: Vec<u32> = match units(text) {
        None => return String::new(),
        Some(Units::Ascii(b)) => return String::from_utf8_lossy(b).into_owned(),
        Some(Units::One(b)) => b.iter().map(|b| u32::from(*b)).collect(),
        Some(Units::Two(u)) => u.iter().map(|u| u32::from(*u)).collect(),
        Some(Units::Four(u)) => u.to_vec(),
    };
    let shown = |c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
    wide.into_iter().map(shown).collect()
}

/// A `str` of Rust text.
pub(crate) fn new<'a>(at: &'a Attached<'_>, text: &str) -> Result<Owned<'a>, PyError> {
    // SAFETY: attached; the bytes are copied.
    unsafe {
        let len = text.len() as ffi::Py_ssize_t;
        Owned::new(
            at,
            ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), len),
        )
    }
}

/// An interned `str`, for names.
pub(crate) fn interned<'a>(at: &'a Attached<'_>, text: &str) -> Result<Owned<'a>, PyError> {
    let mut p = new(at, text)?.into_ptr();
    // SAFETY: attached; swaps our reference for one to the interned object.
    unsafe {
        ffi::PyUnicode_InternInPlace(&raw mut p);
        Owned::new(at, p)
    }
}

/// A `str` of ASCII bytes, without looking at them again.
///
/// # Errors
/// No memory.
#[inline]
pub(crate) fn ascii<'a>(at: &'a Attached<'_>, bytes: &[u8]) -> Result<Owned<'a>, PyError> {
    // SAFETY: attached; a new str of this length has room for `len` one-byte units, and
    // nobody else has seen it yet.
    unsafe {
        let text = Owned::new(at, ffi::PyUnicode_New(bytes.len() as ffi::Py_ssize_t, 127))?;
        let data = ffi::PyUnicode_DATA(text.as_ptr()).cast::<u8>();
        if !bytes.is_empty() {
            let ascii = copy_ascii(bytes, data);
            debug_assert!(ascii);
        }
        Ok(text)
    }
}

/// A `str` of characters below 65536.
pub(crate) fn from_ucs2<'a>(at: &'a Attached<'_>, units: &[u16]) -> Result<Owned<'a>, PyError> {
    // SAFETY: attached; the units are copied and narrowed when they allow it.
    unsafe {
        let kind = ffi::PyUnicode_2BYTE_KIND as std::ffi::c_int;
        let len = units.len() as ffi::Py_ssize_t;
        Owned::new(
            at,
            ffi::PyUnicode_FromKindAndData(kind, units.as_ptr().cast(), len),
        )
    }
}

/// A `str` of any characters.
pub(crate) fn from_ucs4<'a>(at: &'a Attached<'_>, units: &[u32]) -> Result<Owned<'a>, PyError> {
    // SAFETY: as above.
    unsafe {
        let kind = ffi::PyUnicode_4BYTE_KIND as std::ffi::c_int;
        let len = units.len() as ffi::Py_ssize_t;
        Owned::new(
            at,
            ffi::PyUnicode_FromKindAndData(kind, units.as_ptr().cast(), len),
        )
    }
}

/// A `str` of bytes meant as UTF-8; what is not becomes surrogates that encode back.
pub(crate) fn from_utf8<'a>(at: &'a Attached<'_>, bytes: &[u8]) -> Result<Owned<'a>, PyError> {
    // SAFETY: attached; the bytes are copied, the handler's name is a static text.
    unsafe {
        let len = bytes.len() as ffi::Py_ssize_t;
        let errors = c"surrogateescape".as_ptr();
        let data = bytes.as_ptr().cast();
        Owned::new(at, ffi::PyUnicode_DecodeUTF8(data, len, errors))
    }
}

/// Copies bytes and says whether they are all ASCII, in one go.
///
/// # Safety
/// There is room for `from.len()` bytes at `to`, outside of `from`.
#[inline]
pub(super) unsafe fn copy_ascii(from: &[u8], to: *mut u8) -> bool {
    /// Copies words at these places and says which bits they have. Without a loop: the
    /// compiler would make it a call of `memcpy` and a second loop that waits for it.
    macro_rules! words {
        ($word:ty: $($place:expr),*) => {{
            // SAFETY: `from` is long enough for a word at each place (the match below).
            let words = unsafe { [$(from.as_ptr().add($place).cast::<$word>().read_unaligned()),*] };
            let mut i = 0;
            // SAFETY: so is the room at `to`.
            unsafe { $(
                to.add($place).cast::<$word>().write_unaligned(words[i]);
                i += 1;
            )* }
            debug_assert_eq!(i, words.len());
            words.into_iter().fold(0, |seen, word| seen | word) & (<$word>::MAX / 0xff * 0x80) == 0
        }};
    }
    // The last words reach back over the ones before them.
    match from.len() {
        0 => true,
        n @ 1..4 => words!(u8: 0, n / 2, n - 1),
        n @ 4..8 => words!(u32: 0, n - 4),
        n @ 8..=16 => words!(u64: 0, n - 8),
        n @ 17..=32 => words!(u128: 0, n - 16),
        n @ 33..=64 => words!(u128: 0, 16, n - 32, n - 16),
        n => {
            // SAFETY: the caller.
            unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to, n) };
            from.is_ascii()
        }
    }
}

/// Some of the ASCII `str`s made last, by their text, for texts that come again and again:
/// finding one is cheaper than making it, and it knows its hash already.
pub(crate) struct KnownStrs([Slot; KnownStrs::ROOM]);

impl KnownStrs {
    /// A power of two. A text has one place; another one there takes its place.
    const ROOM: usize = 128;
    /// Longer texts are not kept.
    const LONGEST: usize = 32;

    /// None yet.
    pub(crate) const fn new() -> KnownStrs {
        KnownStrs([const { Slot::empty() }; KnownStrs::ROOM])
    }

    /// The `str` of these bytes, if it is known.
    #[inline]
    pub(crate) fn find<'a>(&self, at: &'a Attached<'_>, bytes: &[u8]) -> Option<Owned<'a>> {
        let known = self.0[KnownStrs::place(bytes)].get(at)?;
        (ascii_bytes(*known) == Some(bytes)).then_some(known)
    }

    /// Keeps the `str` of these bytes, if they are ASCII and few.
    pub(crate) fn keep(&self, at: &Attached<'_>, bytes: &[u8], text: Borrowed<'_>) {
        if bytes.len() <= KnownStrs::LONGEST && ascii_bytes(text) == Some(bytes) {
            self.0[KnownStrs::place(bytes)].set(at, Some(text.to_owned()));
        }
    }

    /// Where a text is, by its length, its beginning and its end.
    #[inline]
    fn place(bytes: &[u8]) -> usize {
        let half = |b: &[u8; 4]| u64::from(u32::from_le_bytes(*b));
        let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(a), Some(b)) => u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b).rotate_left(29),
            _ => match (bytes.first_chunk(), bytes.last_chunk()) {
                (Some(a), Some(b)) => half(a) | half(b) << 32,
                _ => bytes.iter().fold(0, |all, b| all << 8 | u64::from(*b)),
            },
        };
        // Fibonacci hashing: the highest bits depend on all others.
        let mixed = (ends ^ (bytes.len() as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - KnownStrs::ROOM.trailing_zeros())) as usize
    }

    /// Gives up what is kept.
    pub(crate) fn clear(&self, at: &Attached<'_>) {
        self.0
            .iter()
            .filter(|slot| !slot.is_empty())
            .for_each(|slot| slot.set(at, None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(str_layout)]
    use crate::sys::{Interpreter, runtime};

    /// What is known of the layout of `str`, against what this Python does.
    #[cfg(str_layout)]
    #[test]
    fn strs_are_laid_out_as_is_believed() {
        runtime::start(None).expect("CPython runs");
        let main = Interpreter::main();
        let at = main.attach().expect("it never ends");
        let text = "spare text, not interned";
        let known = |p| {
            // SAFETY: attached; strs.
            let (state, header) = unsafe { (state(p), p.cast::<ffi::PyASCIIObject>()) };
            // Above it there is what nobody has set.
            let state = state & 0xff;
            // SAFETY: as above.
            let data = unsafe { ffi::PyUnicode_AsUTF8(p) };
            // SAFETY: as above; the data of compact ASCII follow the header.
            unsafe {
                (
                    state,
                    (*header).length,
                    (*header).hash,
                    data.cast() == header.add(1),
                )
            }
        };
        let ascii = ascii(&at, text.as_bytes()).expect("a str");
        let p = ascii.as_ptr();
        let (before, len, hash, follows) = known(p);
        assert_eq!(before & state::INTERNED, 0);
        assert_ne!(before & state::ASCII, 0);
        assert_eq!(
            (len, hash, follows),
            (text.len() as ffi::Py_ssize_t, -1, true)
        );
        // SAFETY: attached.
        let hash = unsafe { ffi::PyObject_Hash(p) };
        assert_eq!(known(p).2, hash);
        assert_eq!(ascii_bytes(*ascii), Some(text.as_bytes()));
        // An equal one may be interned already; the first one that is not is, in place.
        let interned = interned(&at, text).expect("a str");
        let (after, ..) = known(interned.as_ptr());
        assert_ne!(after & state::INTERNED, 0);
        assert_eq!(after & !state::INTERNED, before);
        let latin = new(&at, "caf\u{e9}").expect("a str");
        let (plain, ..) = known(latin.as_ptr());
        assert_eq!(plain & (state::INTERNED | state::ASCII), 0);
        assert!(matches!(units(*latin), Some(Units::One(b"caf\xe9"))));
    }

    #[test]
    fn text_of_any_length_is_copied_and_looked_at_whole() {
        for len in 0..150 {
            let mut from: Vec<u8> = (0..len).map(|n| n as u8 % 128).collect();
            for high in (0..len).map(Some).chain([None]) {
                if let Some(high) = high {
                    from[high] |= 0x80;
                }
                let mut to = vec![0xff; len + 1];
                // SAFETY: there is room for `len` bytes.
                let ascii = unsafe { copy_ascii(&from, to.as_mut_ptr()) };
                assert_eq!(ascii, high.is_none(), "{len} {high:?}");
                assert_eq!((&to[..len], to[len]), (&from[..], 0xff));
                if let Some(high) = high {
                    from[high] &= 0x7f;
                }
            }
        }
    }
}

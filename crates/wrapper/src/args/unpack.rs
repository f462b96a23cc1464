//! `w_unpack`: the values of a block, by its own letters or others that lose nothing.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use python::script::given::Texts;
use smallvec::SmallVec;

use super::{
    Args, WArgs, WElement, WValue, elements, free_list, inside, is_letter, list_of_its_own,
    text_of_its_own,
};
use crate::convert;

/// What `w_unpack` does.
///
/// # Safety
/// `args` is NULL or a block, `format` NULL or a text, and there are `count` places, one for
/// each letter of the format, each NULL or of the type the letter says.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn vhw_unpack(
    args: *mut WArgs,
    format: *const c_char,
    places: *const *mut c_void,
    count: usize,
) -> c_int {
    // SAFETY: the caller.
    let done = unsafe {
        if format.is_null() {
            return 0;
        }
        unpack(args, CStr::from_ptr(format).to_bytes(), places, count)
    };
    c_int::from(done.is_some())
}

/// # Safety
/// As for `vhw_unpack`.
unsafe fn unpack(
    args: *mut WArgs,
    format: &[u8],
    places: *const *mut c_void,
    count: usize,
) -> Option<()> {
    // SAFETY: NULL or a block (the caller).
    let block = unsafe { Args::new(args) }?;
    let stored = block.format();
    let bar = format.iter().position(|b| *b == b'|');
    let required = bar.unwrap_or(format.len());
    let letters = || format.iter().copied().filter(|b| *b != b'|');
    let fits = stored.len() >= required
        && count == format.len() - usize::from(bar.is_some())
        && letters().all(is_letter)
        && stored.len() <= count;
    if !fits {
        return None;
    }
    // Nearly always they are the same.
    let converted = match stored.iter().copied().eq(letters().take(stored.len())) {
        true => Converted::default(),
        false => Converted::new(block, letters())?,
    };
    // SAFETY: one place for each letter, of the type that it says (the caller); one element
    // for each stored letter.
    unsafe {
        let own = inside(args, stored.len());
        for (i, letter) in letters().enumerate() {
            let place = *places.add(i);
            if place.is_null() {
                continue;
            }
            let mut value = WValue { p: ptr::null_mut() };
            if let Some(converted) = converted.take(i) {
                value = converted;
            } else if i < stored.len() {
                let element = elements(args).add(i);
                if own.contains(&(*element).value.p.addr()) && matches!(letter, b's' | b'D' | b'L')
                {
                    promote(element, letter == b'L')?;
                }
                value = (*element).value;
            }
            match letter {
                b'l' => place.cast::<c_long>().write(value.l),
                b'd' => place.cast::<f64>().write(value.d),
                _ => place.cast::<*mut c_void>().write(value.p),
            }
        }
    }
    Some(())
}

/// Elements by other letters than they are stored by. What nobody has taken is freed.
#[derive(Default)]
struct Converted(SmallVec<[(u8, Cell<Option<WValue>>); 4]>);

impl Converted {
    /// `None` when one of them would lose something.
    #[cold]
    fn new(block: Args<'_>, letters: impl Iterator<Item = u8>) -> Option<Converted> {
        let mut all = Converted::default();
        for ((item, stored), letter) in block.items().zip(block.format()).zip(letters) {
            let value = match *stored == letter {
                true => None,
                false => Some(convert::convert(item, letter)?),
            };
            all.0.push((letter, Cell::new(value)));
        }
        Some(all)
    }

    #[inline]
    fn take(&self, i: usize) -> Option<WValue> {
        self.0.get(i).and_then(|(_, value)| value.take())
    }
}

impl Drop for Converted {
    fn drop(&mut self) {
        for (letter, value) in &self.0 {
            let Some(value) = value.take() else { continue };
            // SAFETY: fresh memory that nobody else has, of the kind its letter says.
            unsafe {
                match letter {
                    b's' | b'D' => libc::free(value.s.cast()),
                    b'L' => free_list(value.list, &(0..0)),
                    _ => {}
                }
            }
        }
    }
}

/// Gives the text or array of an element memory of its own, whoever of several threads comes
/// first. `None` without memory.
///
/// # Safety
/// A text or array inside its block.
unsafe fn promote(element: *mut WElement, list: bool) -> Option<()> {
    // SAFETY: the union's pointer, aligned as one; a text or an array (the caller).
    unsafe {
        let place = AtomicPtr::from_ptr(&raw mut (*element).value.p);
        let old = place.load(Ordering::Acquire);
        let copy = match list {
            false => text_of_its_own(CStr::from_ptr(old.cast()).to_bytes()).cast(),
            true => list_of_its_own(Texts::new(old.cast())).cast::<c_void>(),
        };
        if copy.is_null() {
            return None;
        }
        if place
            .compare_exchange(old, copy, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            match list {
                true => free_list(copy.cast(), &(0..0)),
                false => libc::free(copy),
            }
        }
        Some(())
    }
}

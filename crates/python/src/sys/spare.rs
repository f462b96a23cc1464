//! The `str`s of hook calls, written anew in place.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

#[cfg(str_layout)]
use super::unicode::{copy_ascii, state};
use super::{Attached, Owned, PyError, ffi};

/// A `str` that is written anew for each call instead of made anew, when the script kept no
/// reference to the last one: no hook call then needs memory for its texts.
///
/// What makes that sound is that a count of 1 means that nobody else has it, when the 1 is the caller's own, after
/// the call:
///
/// * Who keeps an object counts it: names, containers, closures. So does each frame for its arguments, which a call
///   from C hands it (`_PyEval_Vector` makes new references), and a frame that outlives its call as generator, coroutine or
///   traceback keeps those, or makes them (`_PyFrame_Copy`).
/// * From 3.14 on there are references on the evaluation stack that are *not* counted (LOAD_FAST_BORROW). Each is to what a
///   variable of the same frame holds, and the compiler makes one only where that variable keeps it for longer. So whatever frame
///   has such a reference has a counted one too, and the count is 2 with ours.
/// * What 3.14 warns of (`PyUnstable_Object_IsUniqueReferencedTemporary`) is the other side: a C function that is *called*
///   with an object whose 1 is its caller's variable. Here the 1 is in our hands. CPython goes on doing the same in its own
///   iterators: `zip`, `enumerate` and `dict.items` write the tuple of the last round anew when their count is the only one.
/// * The one reference to a `str` that nobody counts is that of the table of interned ones; they are not taken back.
///   Type caches, which hold names, count them.
pub(crate) struct SpareStr(AtomicPtr<ffi::PyObject>);

/// Room in a spare; longer texts are made anew.
#[cfg(str_layout)]
const SPARE_ROOM: usize = 200;

impl SpareStr {
    /// None yet.
    pub(crate) const fn empty() -> SpareStr {
        SpareStr(AtomicPtr::new(ptr::null_mut()))
    }

    /// A `str` of these bytes, if they are ASCII and of a length that can be rewritten.
    #[inline]
    pub(crate) fn ascii<'a>(
        &self,
        at: &'a Attached<'_>,
        bytes: &[u8],
    ) -> Option<Result<Owned<'a>, PyError>> {
        #[cfg(str_layout)]
        {
            // An empty str has to be the one empty str, and so for single characters.
            if (2..=SPARE_ROOM).contains(&bytes.len()) {
                return self.rewritten(at, bytes);
            }
        }
        #[cfg(not(str_layout))]
        let _ = (at, bytes);
        None
    }

    #[cfg(str_layout)]
    #[inline]
    fn rewritten<'a>(
        &self,
        at: &'a Attached<'_>,
        bytes: &[u8],
    ) -> Option<Result<Owned<'a>, PyError>> {
        let mut spare = self.0.load(Ordering::Relaxed);
        // SAFETY: attached, so nobody else uses the slot. What is in it was made here or checked by `give`:
        // a compact ASCII str with room for `SPARE_ROOM` bytes and the closing NUL, whose only
        // reference is the slot's, so that nobody can see it change (see `SpareStr`).
        unsafe {
            if spare.is_null() {
                spare = ffi::PyUnicode_New(SPARE_ROOM as ffi::Py_ssize_t, 127);
                if spare.is_null() {
                    return Some(Err(PyError::fetch(at)));
                }
                self.0.store(spare, Ordering::Relaxed);
            }
            let header = spare.cast::<ffi::PyASCIIObject>();
            let data = header.add(1).cast::<u8>();
            if !copy_ascii(bytes, data) {
                return None;
            }
            self.0.store(ptr::null_mut(), Ordering::Relaxed);
            data.add(bytes.len()).write(0);
            (*header).length = bytes.len() as ffi::Py_ssize_t;
            (*header).hash = -1;
            Some(Owned::new(at, spare))
        }
    }

    /// Takes a `str` of [`SpareStr::ascii`] back for the next time, if nobody else has it.
    #[inline]
    pub(crate) fn give(&self, text: Owned<'_>, len: usize) {
        #[cfg(str_layout)]
        // SAFETY: attached, a str of `ascii` with this length: those from 2 to `SPARE_ROOM`
        // bytes are spares. Its only reference is the one given here (see `SpareStr`).
        unsafe {
            let p = text.as_ptr();
            if (2..=SPARE_ROOM).contains(&len)
                && self.0.load(Ordering::Relaxed).is_null()
                && ffi::Py_REFCNT(p) == 1
                && state(p) & state::INTERNED == 0
            {
                self.0.store(text.into_ptr(), Ordering::Relaxed);
                return;
            }
        }
        #[cfg(not(str_layout))]
        let _ = len;
        drop(text);
    }

    /// Gives up what is kept.
    pub(crate) fn clear(&self, at: &Attached<'_>) {
        let spare = self.0.swap(ptr::null_mut(), Ordering::Relaxed);
        if !spare.is_null() {
            // SAFETY: the slot's only reference, taken out.
            drop(unsafe { Owned::new(at, spare) });
        }
    }
}

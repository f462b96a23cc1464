//! Texts that `w_pack` takes over: `w_strdup`.
//!
//! `w_pack` copies texts, so that `w_pack("s", strdup(x))` leaks. It cannot know whose a text is;
//! for those made here it does.

use std::cell::RefCell;
use std::ffi::c_char;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use smallvec::SmallVec;

/// Those of this thread, freed when it ends.
struct Taken(SmallVec<[*mut c_char; 4]>);

impl Drop for Taken {
    fn drop(&mut self) {
        for text in &self.0 {
            // SAFETY: made by `note`'s caller with `malloc`, and only ever packed.
            unsafe { libc::free(text.cast()) };
        }
    }
}

thread_local! {
    static TAKEN: RefCell<Taken> = const { RefCell::new(Taken(SmallVec::new_const())) };
}

/// Whether there ever was one: most programs have none, and pack all the time.
static USED: AtomicBool = AtomicBool::new(false);

/// Remembers a text from `malloc` until this thread packs it.
pub fn note(text: *mut c_char) {
    if !text.is_null() {
        USED.store(true, Ordering::Relaxed);
        // A thread that is ending leaks it.
        let note = |taken: &RefCell<Taken>| taken.borrow_mut().0.push(text);
        TAKEN.try_with(note).unwrap_or(());
    }
}

/// Frees a text that was packed just now, if it is one of these.
#[inline]
pub fn packed(text: *mut c_char) {
    if !USED.load(Ordering::Relaxed) {
        return;
    }
    let free = |taken: &RefCell<Taken>| {
        let all = &mut taken.borrow_mut().0;
        if let Some(place) = all.iter().rposition(|t| ptr::eq(*t, text)) {
            all.swap_remove(place);
            // SAFETY: from `malloc` (`note`), noted once, and its maker has given it away.
            unsafe { libc::free(text.cast()) };
        }
    };
    TAKEN.try_with(free).unwrap_or(());
}

/// What `w_strdup` does: a copy that `w_pack` on this thread frees.
///
/// # Safety
/// `text` is NULL or a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_strdup(text: *const c_char) -> *mut c_char {
    if text.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: a text (the caller).
    let copy = unsafe { libc::strdup(text) };
    note(copy);
    copy
}

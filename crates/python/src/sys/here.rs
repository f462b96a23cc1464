//! Which shared script the code on this thread belongs to. Isolated ones need not ask.

use std::cell::Cell;
use std::ptr;

use super::{Attached, Borrowed, Owned, ffi, process};

thread_local! {
    static HERE: Cell<*mut ffi::PyObject> = const { Cell::new(ptr::null_mut()) };
}

/// While it lives, this thread works for a script.
pub(crate) struct Here<'a> {
    before: *mut ffi::PyObject,
    _object: Owned<'a>,
}

impl<'a> Here<'a> {
    /// This thread works for the script that `object` stands for.
    pub(crate) fn enter(object: Owned<'a>) -> Here<'a> {
        Here {
            before: HERE.replace(object.as_ptr()),
            _object: object,
        }
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        if process::is_forked() {
            // The script's code has returned in a child that it has forked: what follows is the
            // hub's, which is in another process.
            process::end_child(0);
        }
        HERE.set(self.before);
    }
}

/// What stands for the script this thread works for.
pub(crate) fn here<'a>(_: &'a Attached<'_>) -> Option<Borrowed<'a>> {
    let object = HERE.get();
    // SAFETY: the innermost `Here` of this thread keeps it alive; attached. Only threads that
    // work in the main interpreter ever have one (a script of a sub-interpreter sets none, and
    // asks not).
    (!object.is_null()).then(|| unsafe { Borrowed::new(object) })
}

//! The Python threads of an interpreter: counting them, interrupting one.

use std::ffi::{c_long, c_ulong};

use super::{Attached, Borrowed, ffi};

unsafe extern "C" {
    /// Not declared by pyo3-ffi. The number `PyThreadState_SetAsyncExc` knows a thread by.
    fn PyThread_get_thread_ident() -> c_ulong;
}

/// This OS thread's number as CPython sees it.
pub(crate) fn ident() -> u64 {
    // SAFETY: asks the system for the current thread's id, nothing else.
    unsafe { PyThread_get_thread_ident() }
}

/// How many thread states the current interpreter has beside the current one.
pub(crate) fn others(_: &Attached<'_>) -> usize {
    // SAFETY: attached. The list only changes under the GIL: Python makes the state of a new
    // thread in the parent and deletes it before it gives up the GIL for the last time, and
    // the cached ones of this crate are counted elsewhere before this is asked.
    unsafe {
        let mine = super::interp::current();
        let interp = ffi::PyThreadState_GetInterpreter(mine);
        let mut tstate = ffi::PyInterpreterState_ThreadHead(interp);
        let mut count = 0;
        while !tstate.is_null() {
            if tstate != mine {
                count += 1;
            }
            tstate = ffi::PyThreadState_Next(tstate);
        }
        count
    }
}

/// Has the thread raise an exception of this class at its next Python instruction; `None`
/// takes back one that was not raised yet.
pub(crate) fn raise_in(_: &Attached<'_>, thread: u64, class: Option<Borrowed<'_>>) {
    let class = class.map_or(std::ptr::null_mut(), Borrowed::as_ptr);
    // SAFETY: attached; the call takes its own reference to the class.
    unsafe { ffi::PyThreadState_SetAsyncExc(thread.cast_signed() as c_long, class) };
}

//! Being told when a script's hook functions change: a watcher on its global namespace.

use std::ffi::c_int;
use std::sync::{Arc, PoisonError, RwLock};

use super::unicode::{Units, units};
use super::{Attached, Borrowed, PyError, ffi};

type Callback = unsafe extern "C" fn(
    c_int,
    *mut ffi::PyObject,
    *mut ffi::PyObject,
    *mut ffi::PyObject,
) -> c_int;

unsafe extern "C" {
    /// Not declared by pyo3-ffi.
    fn PyDict_AddWatcher(callback: Callback) -> c_int;
}

/// Whom to tell, by the address of the watched dict. Searched only when a name that looks
/// like a hook's is assigned.
static WATCHED: RwLock<Vec<(usize, Arc<Tell>)>> = RwLock::new(Vec::new());

type Tell = dyn Fn() + Send + Sync;

/// A watch on one dict; end it with [`Watch::end`] before the dict goes.
pub(crate) struct Watch {
    id: c_int,
    dict: usize,
}

impl Watch {
    /// Calls `tell` before a name that may be a hook's is set or deleted in `dict`. It is
    /// called by whatever thread does so, attached, and must be quick.
    ///
    /// # Errors
    /// When the interpreter has no room for a watcher.
    pub(crate) fn start(
        at: &Attached<'_>,
        dict: Borrowed<'_>,
        tell: Arc<Tell>,
    ) -> Result<Watch, PyError> {
        let address = dict.as_ptr().addr();
        // SAFETY: attached; `changed` lives for ever; `dict` is a dict or the call fails.
        unsafe {
            let id = PyDict_AddWatcher(changed);
            if id < 0 {
                return Err(PyError::fetch(at));
            }
            let mut watched = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
            watched.push((address, tell));
            drop(watched);
            let watch = Watch { id, dict: address };
            if ffi::PyDict_Watch(id, dict.as_ptr()) < 0 {
                let error = PyError::fetch(at);
                watch.forget();
                return Err(error);
            }
            Ok(watch)
        }
    }

    /// Ends it.
    pub(crate) fn end(self, _: &Attached<'_>, dict: Borrowed<'_>) {
        debug_assert_eq!(dict.as_ptr().addr(), self.dict);
        // SAFETY: attached; the dict is alive and watched under this id.
        unsafe {
            if ffi::PyDict_Unwatch(self.id, dict.as_ptr()) < 0
                || ffi::PyDict_ClearWatcher(self.id) < 0
            {
                ffi::PyErr_Clear();
            }
        }
        self.forget();
    }

    fn forget(&self) {
        let mut watched = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|(dict, _)| *dict != self.dict);
    }
}

/// Called by CPython before a watched dict changes.
///
/// # Safety
/// By CPython only, attached; `key` is NULL for changes of the whole dict.
unsafe extern "C" fn changed(
    _event: c_int,
    dict: *mut ffi::PyObject,
    key: *mut ffi::PyObject,
    _new: *mut ffi::PyObject,
) -> c_int {
    if !key.is_null() {
        // SAFETY: alive for this call, attached.
        let key = unsafe { Borrowed::new(key) };
        match units(key) {
            Some(Units::Ascii([b'O', b'n', b'A'..=b'Z', ..])) => {}
            _ => return 0,
        }
    }
    let address = dict.addr();
    let watched = WATCHED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, tell)) = watched.iter().find(|(dict, _)| *dict == address) {
        tell();
    }
    0
}

//! Being told when names of a script change: a watcher on its global namespace.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

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

/// Who is told of changes. Called before the change, attached, by whatever thread makes it;
/// must be quick, must not change this dict and must not run Python code.
pub(crate) trait Watcher: Send + Sync {
    /// A name that may be a hook's is to change, or nobody knows which.
    fn hooks_changed(&self);

    /// Whether [`Watcher::name_changed`] is wanted.
    fn wants_names(&self) -> bool {
        false
    }

    /// A name is to get this value, or to go.
    fn name_changed(&self, _name: Borrowed<'_>, _value: Option<Borrowed<'_>>) {}

    /// All names are to go.
    fn cleared(&self, _at: &Attached<'_>) {}
}

/// Whom to tell, by the address of the watched dict.
static WATCHED: RwLock<Vec<(usize, Arc<dyn Watcher>)>> = RwLock::new(Vec::new());
/// How many of them want every name; without any, most changes are over at once.
static CURIOUS: AtomicUsize = AtomicUsize::new(0);
/// CPython's number of our callback by interpreter, and how many dicts it watches there. An
/// interpreter has room for six.
static NUMBERS: Mutex<Vec<(usize, c_int, usize)>> = Mutex::new(Vec::new());

thread_local! {
    /// This thread is in [`quietly`].
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Changes dicts without anybody being told.
pub(crate) fn quietly<R>(change: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            QUIET.set(self.0);
        }
    }
    let _before = Before(QUIET.replace(true));
    change()
}

/// A watch on one dict; end it with [`Watch::end`] before the dict goes.
pub(crate) struct Watch {
    id: c_int,
    dict: usize,
    curious: bool,
}

fn this_interpreter(_: &Attached<'_>) -> usize {
    // SAFETY: attached.
    unsafe { ffi::PyThreadState_GetInterpreter(super::interp::current()) }.addr()
}

impl Watch {
    /// Tells `watcher` of changes of `dict`.
    ///
    /// # Errors
    /// When the interpreter has no room for a watcher.
    pub(crate) fn start(
        at: &Attached<'_>,
        dict: Borrowed<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Watch, PyError> {
        let watch = Watch {
            id: number(at)?,
            dict: dict.as_ptr().addr(),
            curious: watcher.wants_names(),
        };
        CURIOUS.fetch_add(usize::from(watch.curious), Ordering::Relaxed);
        let mut watched = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
        watched.push((watch.dict, watcher));
        drop(watched);
        // SAFETY: attached, alive; the call checks that it is a dict.
        if unsafe { ffi::PyDict_Watch(watch.id, dict.as_ptr()) } < 0 {
            let error = PyError::fetch(at);
            watch.forget(at);
            return Err(error);
        }
        Ok(watch)
    }

    /// Ends it.
    pub(crate) fn end(self, at: &Attached<'_>, dict: Borrowed<'_>) {
        debug_assert_eq!(dict.as_ptr().addr(), self.dict);
        // SAFETY: attached; the dict is alive and watched under this id.
        if unsafe { ffi::PyDict_Unwatch(self.id, dict.as_ptr()) } < 0 {
            // SAFETY: attached.
            unsafe { ffi::PyErr_Clear() };
        }
        self.forget(at);
    }

    fn forget(&self, at: &Attached<'_>) {
        let mut watched = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|(dict, _)| *dict != self.dict);
        drop(watched);
        CURIOUS.fetch_sub(usize::from(self.curious), Ordering::Relaxed);
        give_back(at, self.id);
    }
}

/// CPython's number of our callback in this interpreter, for one more dict.
fn number(at: &Attached<'_>) -> Result<c_int, PyError> {
    let interp = this_interpreter(at);
    let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, id, users)) = numbers.iter_mut().find(|(i, ..)| *i == interp) {
        *users += 1;
        return Ok(*id);
    }
    // SAFETY: attached; `changed` lives for ever.
    let id = unsafe { PyDict_AddWatcher(changed) };
    if id < 0 {
        drop(numbers);
        return Err(PyError::fetch(at));
    }
    numbers.push((interp, id, 1));
    Ok(id)
}

/// One dict less; the last one gives CPython its number back.
fn give_back(at: &Attached<'_>, id: c_int) {
    let interp = this_interpreter(at);
    let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(i) = numbers.iter().position(|(i, ..)| *i == interp) else {
        return;
    };
    numbers[i].2 -= 1;
    if numbers[i].2 > 0 {
        return;
    }
    numbers.swap_remove(i);
    drop(numbers);
    // SAFETY: attached; the number is ours.
    unsafe {
        if ffi::PyDict_ClearWatcher(id) < 0 {
            ffi::PyErr_Clear();
        }
    }
}

/// `PyDict_WatchEvent`: the dict is to be filled from another one.
const CLONED: c_int = 3;
/// The dict is to be emptied.
const CLEARED: c_int = 4;

/// Whether a name looks like a hook's.
fn is_like_a_hook(name: Borrowed<'_>) -> bool {
    matches!(
        units(name),
        Some(Units::Ascii([b'O', b'n', b'A'..=b'Z', ..]))
    )
}

/// Called by CPython before a watched dict changes.
///
/// # Safety
/// By CPython only, attached; `key` is NULL or no name for changes of the whole dict, `new` is
/// NULL where a name goes.
unsafe extern "C" fn changed(
    event: c_int,
    dict: *mut ffi::PyObject,
    key: *mut ffi::PyObject,
    new: *mut ffi::PyObject,
) -> c_int {
    if QUIET.get() {
        return 0;
    }
    // SAFETY: alive for this call, attached.
    let key = (!key.is_null() && event != CLONED).then(|| unsafe { Borrowed::new(key) });
    let hook = key.is_none_or(is_like_a_hook);
    if !hook && CURIOUS.load(Ordering::Relaxed) == 0 {
        return 0;
    }
    let address = dict.addr();
    let watched = WATCHED.read().unwrap_or_else(PoisonError::into_inner);
    let Some((_, watcher)) = watched.iter().find(|(dict, _)| *dict == address) else {
        return 0;
    };
    let watcher = Arc::clone(watcher);
    drop(watched);
    if hook {
        watcher.hooks_changed();
    }
    if watcher.wants_names() {
        match key {
            Some(key) => {
                // SAFETY: as above.
                let new = (!new.is_null()).then(|| unsafe { Borrowed::new(new) });
                quietly(|| watcher.name_changed(key, new));
            }
            None if event == CLEARED => {
                // SAFETY: CPython calls attached threads only.
                let at = unsafe { Attached::assume() };
                quietly(|| watcher.cleared(&at));
            }
            None => {}
        }
    }
    0
}

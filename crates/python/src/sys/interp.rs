//! Interpreters with their own GIL, and being attached to one.
//!
//! Each OS thread has one thread state per interpreter it uses, kept for the next time:
//! making one costs far more than a hook call. A thread state is only ever used and deleted
//! by its own thread, because CPython leaves a pointer to it in that thread's storage.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{ffi, runtime};

/// What all threads know of one interpreter. Lives as long as any thread state of it.
struct Shared {
    /// Never reused, unlike an address.
    uid: u64,
    state: *mut ffi::PyInterpreterState,
    /// Cached thread states, over all OS threads.
    cached: AtomicUsize,
    /// Thread states of OS threads that have ended. CPython 3.12 cannot have an interpreter
    /// without any: the next one would take the place of the first while that is still being
    /// cleared. So the last one stays here. The lock is held while one is made or deleted,
    /// never while waiting for the GIL.
    orphans: Mutex<Vec<Orphan>>,
    /// No new attaching: the interpreter is about to end, has ended or was given up.
    closed: AtomicBool,
}

struct Orphan(*mut ffi::PyThreadState);

// SAFETY: nobody uses the state any more; the pointer is only handed on for deletion.
unsafe impl Send for Orphan {}

// SAFETY: the pointer is only dereferenced by CPython functions that lock for themselves, or
// while attached.
unsafe impl Send for Shared {}
// SAFETY: as above; the other fields are atomic.
unsafe impl Sync for Shared {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct CachedState {
    shared: Arc<Shared>,
    tstate: *mut ffi::PyThreadState,
}

/// This thread's thread states. Dropped at the end of the thread, which deletes them.
struct Cache(Vec<CachedState>);

impl Drop for Cache {
    fn drop(&mut self) {
        for entry in self.0.drain(..) {
            let shared = &entry.shared;
            // SAFETY: the thread state belongs to this thread and is not attached (the
            // thread is ending). Its interpreter is alive: it cannot end while `cached`
            // counts this one or the orphans have it.
            unsafe {
                ffi::PyEval_RestoreThread(entry.tstate);
                // May run Python code, so before the lock.
                ffi::PyThreadState_Clear(entry.tstate);
                let mut orphans = lock(&shared.orphans);
                if shared.cached.load(Ordering::SeqCst) == 1 && orphans.is_empty() {
                    orphans.push(Orphan(entry.tstate));
                    ffi::PyEval_SaveThread();
                } else {
                    ffi::PyThreadState_DeleteCurrent();
                }
                shared.cached.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

thread_local! {
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache(Vec::new())) };
    /// The entry used last: most threads use one interpreter.
    static LAST: Cell<(u64, *mut ffi::PyThreadState)> = const { Cell::new((0, ptr::null_mut())) };
}

/// The thread state this OS thread is attached with, or null.
#[inline]
pub(super) fn current() -> *mut ffi::PyThreadState {
    // SAFETY: reads a thread-local variable; valid at any time after the start of CPython.
    unsafe { ffi::compat::PyThreadState_GetUnchecked() }
}

/// The next interpreter's number.
fn next_uid() -> u64 {
    static UID: AtomicU64 = AtomicU64::new(1);
    UID.fetch_add(1, Ordering::Relaxed)
}

/// The main interpreter or a sub-interpreter with its own GIL; clones mean the same one.
#[derive(Clone)]
pub(crate) struct Interpreter {
    shared: Arc<Shared>,
}

/// Why an interpreter was left behind instead of ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EndError {
    /// Python threads of the script still run, this many.
    ThreadsRun(usize),
    /// Other threads of the program hold thread states.
    InUse,
}

impl Interpreter {
    /// The main interpreter, which packages without support for sub-interpreters need. CPython
    /// runs (the caller started it). It never ends.
    pub(crate) fn main() -> Interpreter {
        static MAIN: OnceLock<Arc<Shared>> = OnceLock::new();
        let shared = MAIN.get_or_init(|| {
            Arc::new(Shared {
                uid: next_uid(),
                // SAFETY: CPython runs; reads a static pointer.
                state: unsafe { ffi::PyInterpreterState_Main() },
                cached: AtomicUsize::new(0),
                orphans: Mutex::new(Vec::new()),
                closed: AtomicBool::new(false),
            })
        });
        Interpreter {
            shared: Arc::clone(shared),
        }
    }

    /// Whether it is the main interpreter.
    pub(crate) fn is_main(&self) -> bool {
        // SAFETY: as in `main`.
        self.shared.state == unsafe { ffi::PyInterpreterState_Main() }
    }

    /// Makes a sub-interpreter.
    ///
    /// # Errors
    /// What CPython said.
    pub(crate) fn create() -> Result<Interpreter, String> {
        let config = ffi::PyInterpreterConfig {
            use_main_obmalloc: 0,
            allow_fork: 0,
            // `subprocess` needs it; it uses vfork and exec, not fork.
            allow_exec: 1,
            allow_threads: 1,
            // Scripts start `threading.Thread(daemon=True)`; see `threads` for their end.
            allow_daemon_threads: 1,
            check_multi_interp_extensions: 1,
            gil: ffi::PyInterpreterConfig_OWN_GIL,
        };
        let before = current();
        // SAFETY: CPython runs (the caller started it). The thread is detached first, then
        // attached to the main interpreter by a state of its own, as the documents demand.
        // On success CPython has switched to the new state and released the main GIL; on
        // failure the main state is current again. Both ways it is deleted while current.
        unsafe {
            if !before.is_null() {
                ffi::PyEval_SaveThread();
            }
            let turn = runtime::lifecycle();
            let main = ffi::PyThreadState_New(ffi::PyInterpreterState_Main());
            if main.is_null() {
                return Err("no memory for a thread state".into());
            }
            ffi::PyEval_RestoreThread(main);
            let mut tstate = ptr::null_mut();
            let status = ffi::Py_NewInterpreterFromConfig(&raw mut tstate, &raw const config);
            let mut result = runtime::check(status);
            if result.is_ok() && tstate.is_null() {
                result = Err("CPython makes no interpreter".into());
            }
            if result.is_ok() {
                ffi::PyEval_SaveThread();
                ffi::PyEval_RestoreThread(main);
            }
            ffi::PyThreadState_Clear(main);
            ffi::PyThreadState_DeleteCurrent();
            drop(turn);
            if !before.is_null() {
                ffi::PyEval_RestoreThread(before);
            }
            result?;
            let shared = Arc::new(Shared {
                uid: next_uid(),
                state: ffi::PyThreadState_GetInterpreter(tstate),
                cached: AtomicUsize::new(1),
                orphans: Mutex::new(Vec::new()),
                closed: AtomicBool::new(false),
            });
            remember(&shared, tstate);
            Ok(Interpreter { shared })
        }
    }

    /// Attaches this thread: takes the GIL. Nothing happens when it is attached already.
    /// `None` when the interpreter is being ended.
    #[inline]
    pub(crate) fn attach(&self) -> Option<Attached<'_>> {
        let now = current();
        let mut restore = Restore::Detach;
        if !now.is_null() {
            // SAFETY: `now` is the current thread state.
            if unsafe { ffi::PyThreadState_GetInterpreter(now) } == self.shared.state {
                return Some(Attached::with(Restore::Nothing));
            }
            restore = Restore::Switch(now);
        }
        let (uid, tstate) = LAST.get();
        let tstate = if uid == self.shared.uid {
            tstate
        } else {
            self.cached_state()?
        };
        if self.shared.closed.load(Ordering::SeqCst) {
            return None;
        }
        // SAFETY: `tstate` belongs to this thread and is not attached; its interpreter lives
        // because `cached` counts it. A thread attached elsewhere detaches first.
        unsafe {
            if matches!(restore, Restore::Switch(_)) {
                ffi::PyEval_SaveThread();
            }
            ffi::PyEval_RestoreThread(tstate);
        }
        Some(Attached::with(restore))
    }

    /// This thread's state for this interpreter, made when missing.
    #[cold]
    fn cached_state(&self) -> Option<*mut ffi::PyThreadState> {
        let uid = self.shared.uid;
        let found = CACHE.try_with(|c| {
            let cache = c.borrow();
            (cache.0.iter().find(|e| e.shared.uid == uid)).map(|e| e.tstate)
        });
        let tstate = match found {
            // The thread is ending; its storage is gone.
            Err(_) => return None,
            Ok(Some(tstate)) => {
                LAST.set((uid, tstate));
                tstate
            }
            Ok(None) => {
                let _orphans = lock(&self.shared.orphans);
                self.shared.cached.fetch_add(1, Ordering::SeqCst);
                if self.shared.closed.load(Ordering::SeqCst) {
                    self.shared.cached.fetch_sub(1, Ordering::SeqCst);
                    return None;
                }
                // SAFETY: the interpreter lives: `end` refuses while `cached` counts this.
                let tstate = unsafe { ffi::PyThreadState_New(self.shared.state) };
                if tstate.is_null() {
                    self.shared.cached.fetch_sub(1, Ordering::SeqCst);
                    return None;
                }
                remember(&self.shared, tstate);
                tstate
            }
        };
        Some(tstate)
    }

    /// Ends a sub-interpreter if nobody else uses it. After an error it still works, but only
    /// for threads that Python runs itself; call again later or leave it. The main interpreter
    /// is always in use.
    ///
    /// # Errors
    /// Who still uses it.
    pub(crate) fn end(&self) -> Result<(), EndError> {
        if self.is_main() {
            return Err(EndError::InUse);
        }
        let Some(attached) = self.attach_to_end() else {
            return Err(EndError::InUse);
        };
        self.shared.closed.store(true, Ordering::SeqCst);
        if self.shared.cached.load(Ordering::SeqCst) != 1 {
            return Err(EndError::InUse);
        }
        for Orphan(tstate) in lock(&self.shared.orphans).drain(..) {
            // SAFETY: attached to its interpreter by another state; its thread cleared it
            // and has ended, so nobody uses it and no thread's storage points to it.
            unsafe { ffi::PyThreadState_Delete(tstate) };
        }
        let others = super::threads::others(&attached);
        if others > 0 {
            return Err(EndError::ThreadsRun(others));
        }
        std::mem::forget(attached);
        let tstate = current();
        // SAFETY: as in `attach`; the GIL is given up while waiting for our turn, because a
        // thread that holds the turn may be waiting for something of ours.
        let turn = unsafe {
            ffi::PyEval_SaveThread();
            let turn = runtime::lifecycle();
            ffi::PyEval_RestoreThread(tstate);
            turn
        };
        // SAFETY: `tstate` is current, has no frames (no Python code is below us: `end` is
        // refused by `attach_to_end` otherwise) and is the only one of its interpreter:
        // `cached` is 1 and nobody can add one, and no Python thread is left that could
        // start one while we waited.
        unsafe { ffi::Py_EndInterpreter(tstate) };
        drop(turn);
        forget(self.shared.uid);
        self.shared.cached.store(0, Ordering::SeqCst);
        Ok(())
    }

    /// Whether this thread is the only one with a state here, and nothing of Python runs on
    /// it: then it can end unless Python has threads of its own.
    pub(crate) fn is_free(&self) -> bool {
        let (cached, mine) = (&self.shared.cached, self.shared.uid);
        let has = |c: &RefCell<Cache>| c.borrow().0.iter().any(|e| e.shared.uid == mine);
        current().is_null() && {
            let known = CACHE.try_with(has).unwrap_or(false);
            cached.load(Ordering::SeqCst) == usize::from(known)
        }
    }

    /// How many threads have states here that are not this crate's.
    pub(crate) fn python_threads(&self, at: &Attached<'_>) -> usize {
        let ours = {
            let orphans = lock(&self.shared.orphans);
            self.shared.cached.load(Ordering::SeqCst) + orphans.len()
        };
        // Ours count the current one, too.
        (super::threads::others(at) + 1).saturating_sub(ours)
    }

    /// Attaches even when closed; not when this thread runs Python code already.
    fn attach_to_end(&self) -> Option<Attached<'_>> {
        if !current().is_null() {
            return None;
        }
        if self.shared.closed.load(Ordering::SeqCst)
            && self.shared.cached.load(Ordering::SeqCst) == 0
        {
            return None;
        }
        let uid = self.shared.uid;
        let tstate = CACHE.with(|c| {
            let cache = c.borrow();
            (cache.0.iter().find(|e| e.shared.uid == uid)).map(|e| e.tstate)
        });
        let tstate = tstate.or_else(|| self.cached_state())?;
        // SAFETY: as in `attach`.
        unsafe { ffi::PyEval_RestoreThread(tstate) };
        Some(Attached::with(Restore::Detach))
    }
}

/// Puts a new thread state of this thread into its cache.
fn remember(shared: &Arc<Shared>, tstate: *mut ffi::PyThreadState) {
    LAST.set((shared.uid, tstate));
    CACHE.with(|c| {
        c.borrow_mut().0.push(CachedState {
            shared: Arc::clone(shared),
            tstate,
        });
    });
}

/// Takes a deleted thread state out of this thread's cache.
fn forget(uid: u64) {
    LAST.set((0, ptr::null_mut()));
    CACHE.with(|c| {
        let mut cache = c.borrow_mut();
        if let Some(i) = cache.0.iter().position(|e| e.shared.uid == uid) {
            cache.0.swap_remove(i);
        }
    });
}

#[derive(Clone, Copy)]
enum Restore {
    /// Was attached before: stay so.
    Nothing,
    /// Was not attached.
    Detach,
    /// Was attached to another interpreter.
    Switch(*mut ffi::PyThreadState),
}

/// Proof that this thread is attached to an interpreter. Dropping it restores what was.
pub(crate) struct Attached<'i> {
    restore: Restore,
    marker: PhantomData<(&'i (), *mut ())>,
}

impl Attached<'_> {
    #[inline]
    const fn with(restore: Restore) -> Self {
        Attached {
            restore,
            marker: PhantomData,
        }
    }

    /// The proof for code that CPython has called.
    ///
    /// # Safety
    /// The thread is attached and stays so for the life of the result.
    #[inline]
    pub(crate) unsafe fn assume<'i>() -> Attached<'i> {
        debug_assert!(!current().is_null());
        Attached::with(Restore::Nothing)
    }
}

impl Drop for Attached<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.restore {
            Restore::Nothing => {}
            // SAFETY: this guard attached the thread, and guards end in reverse order.
            Restore::Detach => unsafe {
                ffi::PyEval_SaveThread();
            },
            // SAFETY: as above; the state was this thread's before.
            Restore::Switch(before) => unsafe {
                ffi::PyEval_SaveThread();
                ffi::PyEval_RestoreThread(before);
            },
        }
    }
}

/// Runs `f` with whatever interpreter this thread is attached to; `None` when it is to none.
pub(crate) fn if_attached<R>(f: impl FnOnce(&Attached<'_>) -> R) -> Option<R> {
    if current().is_null() {
        return None;
    }
    // SAFETY: the thread is attached, and still so when `f` has returned.
    let at = unsafe { Attached::assume() };
    Some(f(&at))
}

/// Runs `wait` with the GIL released, if this thread holds one. `Send` keeps Python
/// references out of it.
pub fn detached<R>(wait: impl FnOnce() -> R + Send) -> R {
    struct Reattach(*mut ffi::PyThreadState, (u64, *mut ffi::PyThreadState));
    impl Drop for Reattach {
        fn drop(&mut self) {
            // SAFETY: the state that was current on this thread when it was released.
            unsafe { ffi::PyEval_RestoreThread(self.0) };
            LAST.set(self.1);
        }
    }
    if current().is_null() {
        return wait();
    }
    // SAFETY: the thread is attached.
    let tstate = unsafe { ffi::PyEval_SaveThread() };
    let _reattach = Reattach(tstate, LAST.get());
    wait()
}

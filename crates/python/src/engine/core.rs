//! What all parts of the engine share.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use hub::api::{ApiError, ApiFn, Value};
use hub::hooks::HookSet;
use hub::io::{Call, CallId, Input, ScriptId};
use hub::link::Link;

use super::cell::Cell;
use super::functions::Functions;
use crate::text::HubText;

/// The result of a call that waited.
pub(super) type Answer = Result<Value<'static>, ApiError>;

/// Locks; a panic elsewhere does not make what the lock guards unusable here.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct Core {
    pub link: Arc<dyn Link>,
    pub scripts_dir: PathBuf,
    /// Where relative paths begin: the working directory of the start, as scripts can change it.
    pub base_dir: PathBuf,
    pub config_dir: PathBuf,
    pub api: &'static [ApiFn],
    pub text: Arc<HubText>,
    /// The scripts in call order.
    chain: ArcSwap<Vec<Arc<Cell>>>,
    /// One change of the chain at a time.
    editing: Mutex<()>,
    /// The files that are being loaded or unloaded, as [`the_file`] says.
    busy: Mutex<HashSet<PathBuf>>,
    /// Every script whose thread lives, for the watchdog.
    pub watched: Mutex<Vec<Weak<Cell>>>,
    next_script: AtomicU32,
    next_call: AtomicU64,
    calls: Mutex<HashMap<u64, Waiter>>,
    announced: Mutex<HookSet>,
    /// For `vh.CallDynamicFunction`.
    pub functions: Functions,
    /// `Engine::stop` has begun.
    pub stopped: AtomicBool,
    /// No call gets an answer any more.
    deaf: AtomicBool,
    begun: Instant,
    /// Milliseconds from then to the watchdog's last look.
    clock: AtomicU64,
}

/// Who waits for an answer.
pub(super) enum Waiter {
    /// A script's own thread, which serves hooks meanwhile.
    Script(Arc<Cell>),
    /// Another Python thread.
    Thread(Arc<OneShot>),
}

/// A place for one answer.
#[derive(Default)]
pub(super) struct OneShot {
    answer: Mutex<Option<Answer>>,
    wake: Condvar,
}

impl OneShot {
    pub(super) fn wait(&self) -> Answer {
        self.wait_until(None).unwrap_or_else(|| Err(stopping()))
    }

    /// Waits, at most as long as said.
    pub(super) fn wait_until(&self, until: Option<Instant>) -> Option<Answer> {
        let mut answer = lock(&self.answer);
        loop {
            if let Some(answer) = answer.take() {
                return Some(answer);
            }
            let Some(until) = until else {
                answer = (self.wake.wait(answer)).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let woken = self.wake.wait_timeout(answer, left);
            answer = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn put(&self, answer: Answer) {
        *lock(&self.answer) = Some(answer);
        self.wake.notify_one();
    }
}

/// A file that is being loaded or unloaded.
pub(super) struct Busy {
    core: Arc<Core>,
    /// As it was called.
    pub path: PathBuf,
    /// As [`the_file`] says.
    pub file: PathBuf,
}

/// The one path of a file, by whatever path it was called: one file is one script. Of what is not
/// there the path given.
pub(super) fn the_file(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.core.busy).remove(&self.file);
    }
}

impl Core {
    pub(super) fn new(
        link: Arc<dyn Link>,
        scripts_dir: PathBuf,
        config_dir: PathBuf,
        api: &'static [ApiFn],
    ) -> Core {
        let text = Arc::new(HubText::new(&link.view().config().identity.hub_encoding));
        Core {
            link,
            scripts_dir,
            base_dir: std::env::current_dir().unwrap_or_else(|_| "/".into()),
            config_dir,
            api,
            text,
            chain: ArcSwap::from_pointee(Vec::new()),
            editing: Mutex::new(()),
            busy: Mutex::default(),
            watched: Mutex::new(Vec::new()),
            next_script: AtomicU32::new(0),
            next_call: AtomicU64::new(0),
            calls: Mutex::new(HashMap::new()),
            announced: Mutex::new(HookSet::EMPTY),
            functions: Functions::default(),
            stopped: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
            begun: Instant::now(),
            clock: AtomicU64::new(0),
        }
    }

    /// The time of the watchdog's last look: good enough for what it is to see, and asking costs
    /// nothing.
    pub(super) fn now(&self) -> Instant {
        self.begun + Duration::from_millis(self.clock.load(Ordering::Relaxed))
    }

    /// The same in milliseconds since the start.
    pub(super) fn clock_ms(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// The watchdog looks.
    pub(super) fn tick(&self, now: Instant) {
        let passed = now.saturating_duration_since(self.begun).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        self.clock.store(passed, Ordering::Relaxed);
    }

    /// Wakes the threads of scripts that sleep while there are events for them. A wake-up costs
    /// a system call and, on a virtual machine, much more: it is for the end of a batch.
    pub(super) fn wake(&self) {
        self.chain.load().iter().for_each(|cell| cell.wake_up());
    }

    /// The scripts in call order.
    pub(super) fn chain(&self) -> Arc<Vec<Arc<Cell>>> {
        self.chain.load_full()
    }

    /// Changes the chain.
    pub(super) fn edit_chain<R>(&self, edit: impl FnOnce(&mut Vec<Arc<Cell>>) -> R) -> R {
        let editing = lock(&self.editing);
        let mut chain = Vec::clone(&self.chain());
        let result = edit(&mut chain);
        self.chain.store(Arc::new(chain));
        drop(editing);
        self.announce();
        result
    }

    /// Nobody else loads or unloads this file until the result is dropped; `None` when somebody
    /// does.
    pub(super) fn begin(self: &Arc<Self>, path: &Path) -> Option<Busy> {
        let file = the_file(path);
        let begun = lock(&self.busy).insert(file.clone());
        begun.then(|| Busy {
            core: Arc::clone(self),
            path: path.to_path_buf(),
            file,
        })
    }

    /// Whether a file is being loaded or unloaded.
    pub(super) fn is_busy(&self) -> bool {
        !lock(&self.busy).is_empty()
    }

    pub(super) fn new_script_id(&self) -> ScriptId {
        ScriptId(self.next_script.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells the hub which hooks are wanted now, if that changed.
    pub(super) fn announce(&self) {
        let mut announced = lock(&self.announced);
        let chain = self.chain.load();
        let set = chain
            .iter()
            .map(|c| c.hooks())
            .fold(HookSet::EMPTY, HookSet::union);
        if *announced != set {
            *announced = set;
            // Under the lock, so that the hub gets the sets in order.
            self.link.submit(Input::Hooks(set));
        }
    }

    /// Registers who waits for a new call.
    pub(super) fn new_call(&self, waiter: Waiter) -> CallId {
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        lock(&self.calls).insert(id, waiter);
        CallId(id)
    }

    /// Gives an answer to who waits for it; nobody may.
    pub(super) fn answer(&self, call: CallId, answer: Answer) {
        let waiter = lock(&self.calls).remove(&call.0);
        match waiter {
            Some(Waiter::Script(cell)) => cell.answer(call, answer),
            Some(Waiter::Thread(shot)) => shot.put(answer),
            None => tracing::debug!("an answer to call {} that nobody waits for", call.0),
        }
    }

    /// Nobody waits for this answer any more. False when it has been given.
    pub(super) fn forget_call(&self, call: CallId) -> bool {
        lock(&self.calls).remove(&call.0).is_some()
    }

    /// Whether no call gets an answer any more.
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf.load(Ordering::SeqCst)
    }

    /// The script whose own thread this is.
    pub(super) fn cell_of_this_thread(&self) -> Option<Arc<Cell>> {
        let watched = lock(&self.watched);
        let mut cells = watched.iter().filter_map(Weak::upgrade);
        cells.find(|c| c.is_own_thread())
    }

    /// Fails all calls that wait, from now on.
    pub(super) fn fail_calls(&self) {
        self.deaf.store(true, Ordering::SeqCst);
        let waiting: Vec<u64> = lock(&self.calls).keys().copied().collect();
        for id in waiting {
            self.answer(CallId(id), Err(stopping()));
        }
    }

    /// For a call made just now: whether it is too late for an answer. Then it has failed.
    pub(super) fn fail_if_deaf(&self) {
        if self.deaf.load(Ordering::SeqCst) {
            self.fail_calls();
        }
    }

    /// Tells operators; the hub writes it to the log, too.
    pub(super) fn report(&self, script: ScriptId, text: &str) {
        self.link.submit(Input::Call {
            script: Some(script),
            call: Box::new(Call::Report {
                text: self.text.encode_str(text),
                log: None,
            }),
            reply: None,
        });
    }
}

/// Why a call is refused at the end.
pub(super) fn stopping() -> ApiError {
    ApiError::Runtime("the script or the hub is stopping".into())
}

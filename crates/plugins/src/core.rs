//! What all parts of the manager share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hub::api::{ApiError, Value};
use hub::hooks::HookSet;
use hub::io::{Call, CallId, Input, ScriptId};

use crate::Around;
use crate::cell::Cell;

/// The result of a call that waited.
pub(crate) type Answer = Result<Value<'static>, ApiError>;

/// Calls of plugins have numbers from here on, those of scripts lie below.
pub(crate) const FIRST_CALL: u64 = 1 << 63;
/// The same for their own numbers.
const FIRST_ID: u32 = 1 << 31;

/// Locks; a panic elsewhere does not make what the lock guards unusable here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a call is refused at the end.
pub(crate) fn stopping() -> ApiError {
    ApiError::Runtime("the plugin or the hub is stopping".into())
}

pub(crate) struct Core {
    pub around: Around,
    /// The plugins in call order.
    chain: ArcSwap<Vec<Arc<Cell>>>,
    /// One change of the chain at a time.
    editing: Mutex<()>,
    next_id: AtomicU32,
    next_call: AtomicU64,
    calls: Mutex<HashMap<u64, Waiter>>,
    announced: Mutex<HookSet>,
    /// The watchdog's thread is there.
    pub watching: AtomicBool,
    /// The end has begun.
    pub stopped: AtomicBool,
    /// No call gets an answer any more.
    deaf: AtomicBool,
}

/// Who waits for an answer.
pub(crate) enum Waiter {
    /// A plugin's own thread, which serves events meanwhile.
    Plugin(Arc<Cell>),
    /// Another one.
    Thread(Arc<OneShot>),
}

/// A place for one answer.
#[derive(Default)]
pub(crate) struct OneShot {
    answer: Mutex<Option<Answer>>,
    wake: Condvar,
}

impl OneShot {
    pub(crate) fn wait(&self) -> Answer {
        let mut answer = lock(&self.answer);
        loop {
            if let Some(answer) = answer.take() {
                return answer;
            }
            answer = (self.wake.wait(answer)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, answer: Answer) {
        *lock(&self.answer) = Some(answer);
        self.wake.notify_one();
    }
}

impl Core {
    pub(crate) fn new(around: Around) -> Core {
        Core {
            around,
            chain: ArcSwap::from_pointee(Vec::new()),
            editing: Mutex::new(()),
            next_id: AtomicU32::new(FIRST_ID),
            next_call: AtomicU64::new(FIRST_CALL),
            calls: Mutex::default(),
            announced: Mutex::new(HookSet::EMPTY),
            watching: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
        }
    }

    /// The plugins in call order.
    pub(crate) fn chain(&self) -> Arc<Vec<Arc<Cell>>> {
        self.chain.load_full()
    }

    /// Whether there is any: the one test an event costs when there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.chain.load().is_empty()
    }

    /// The loaded plugin of this name.
    pub(crate) fn find(&self, nick: &str) -> Option<Arc<Cell>> {
        let chain = self.chain.load();
        let mut cells = chain.iter();
        cells
            .find(|c| c.nick.eq_ignore_ascii_case(nick))
            .map(Arc::clone)
    }

    /// Changes the chain.
    pub(crate) fn edit_chain<R>(&self, edit: impl FnOnce(&mut Vec<Arc<Cell>>) -> R) -> R {
        let editing = lock(&self.editing);
        let mut chain = Vec::clone(&self.chain());
        let result = edit(&mut chain);
        self.chain.store(Arc::new(chain));
        drop(editing);
        self.announce();
        result
    }

    pub(crate) fn new_id(&self) -> ScriptId {
        ScriptId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells the hub which hooks are wanted now, if that changed.
    pub(crate) fn announce(&self) {
        let mut announced = lock(&self.announced);
        let chain = self.chain.load();
        let all = chain.iter().map(|c| c.hooks());
        let set = all.fold(HookSet::EMPTY, HookSet::union);
        if *announced != set {
            *announced = set;
            // Under the lock, so that the hub gets the sets in order.
            self.around.link.submit(Input::PluginHooks(set));
        }
    }

    /// Registers who waits for a new call.
    pub(crate) fn new_call(&self, waiter: Waiter) -> CallId {
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        lock(&self.calls).insert(id, waiter);
        CallId(id)
    }

    /// Gives an answer to who waits for it; nobody may.
    pub(crate) fn answer(&self, call: CallId, answer: Answer) {
        let waiter = lock(&self.calls).remove(&call.0);
        match waiter {
            Some(Waiter::Plugin(cell)) => cell.answer(call, answer),
            Some(Waiter::Thread(shot)) => shot.put(answer),
            None => tracing::debug!("an answer to call {} that nobody waits for", call.0),
        }
    }

    /// Fails all calls that wait, from now on.
    pub(crate) fn fail_calls(&self) {
        self.deaf.store(true, Ordering::SeqCst);
        let waiting: Vec<u64> = lock(&self.calls).keys().copied().collect();
        for id in waiting {
            self.answer(CallId(id), Err(stopping()));
        }
    }

    /// For a call made just now: whether it is too late for an answer. Then it has failed.
    pub(crate) fn fail_if_deaf(&self) {
        if self.deaf.load(Ordering::SeqCst) {
            self.fail_calls();
        }
    }

    /// Tells operators; the hub writes it to the log, too.
    pub(crate) fn report(&self, plugin: ScriptId, text: &str) {
        self.around.link.submit(Input::Call {
            script: Some(plugin),
            call: Box::new(Call::Report {
                text: self.encode(text),
                log: None,
            }),
            reply: None,
        });
    }

    /// Hub text of Rust text.
    pub(crate) fn encode(&self, text: &str) -> bytes::Bytes {
        let text = self.around.charset.to_hub(text.as_bytes());
        bytes::Bytes::from(text.into_owned())
    }

    /// Rust text of hub text.
    pub(crate) fn show(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(&self.around.charset.to_utf8(text)).into_owned()
    }
}

//! What other threads know of one plugin: its queue, what it is doing, what it has registered.

use std::collections::{HashMap, VecDeque};
use std::ffi::{CString, c_void};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use hub::hooks::{Hook, HookSet};
use hub::io::{CallId, ScriptId};
use hub::link::{DynamicFn, Whose};

use crate::abi;
use crate::core::{Answer, Core, lock};
use crate::job::Job;
use crate::library::Library;

/// Events within events within events: beyond this many the hub goes on without the plugin.
pub(crate) const MAX_DEPTH: usize = 16;
/// Events that may wait for a plugin.
const MAX_JOBS: usize = 65_536;

/// What a plugin has given us to call for an event.
#[derive(Clone, Copy)]
pub(crate) struct Subscription {
    pub function: abi::OnEvent,
    pub data: Data,
}

/// A pointer of the plugin's, which only the plugin follows.
#[derive(Clone, Copy)]
pub(crate) struct Data(pub *mut c_void);

// SAFETY: the pointer is only handed back to the plugin, whose documented duty it is that its
// functions work on the threads they are called on.
unsafe impl Send for Data {}
// SAFETY: as above.
unsafe impl Sync for Data {}

/// One plugin, as other threads see it. Its own thread is in `worker`.
pub(crate) struct Cell {
    pub id: ScriptId,
    pub nick: String,
    /// As registered, for `vh.path`.
    pub path: PathBuf,
    pub core: Arc<Core>,
    inbox: Mutex<Inbox>,
    wake: Condvar,
    frames: Mutex<Frames>,
    subscriptions: Mutex<HashMap<Hook, Subscription>>,
    hooks: AtomicU64,
    pub functions: Mutex<Vec<(Whose, String, DynamicFn)>>,
    gate: Mutex<Gate>,
    left: Condvar,
    /// Too many overruns: skipped until it is loaded anew.
    pub suspended: AtomicBool,
    /// Over its budget right now: skipped until it returns.
    stuck: AtomicBool,
    pub strikes: AtomicU32,
    /// `vh` does nothing any more.
    pub gone: AtomicBool,
    thread: OnceLock<ThreadId>,
    backlog_told: Mutex<Option<Instant>>,
    /// Its name and release.
    pub title: OnceLock<String>,
    pub label: Mutex<(bytes::Bytes, bytes::Bytes)>,
    // Last: nothing above may run code of the plugin when it is closed.
    pub library: OnceLock<Library>,
}

/// What the plugin holds as `vhp_plugin`. Never freed, so that a thread it has forgotten to end
/// finds nothing instead of another's memory: a few bytes for each load.
pub(crate) struct Handle {
    pub cell: Weak<Cell>,
    pub nick: CString,
    pub data_dir: CString,
}

#[derive(Default)]
struct Inbox {
    jobs: VecDeque<Job>,
    answers: Vec<(CallId, Answer)>,
    stop: Option<Sender<()>>,
    /// Nothing is taken any more.
    closed: bool,
}

/// Calls of its functions that are under way.
#[derive(Default)]
struct Gate {
    inside: usize,
    closed: bool,
}

/// What a plugin's thread is doing; the last is the innermost.
#[derive(Default)]
struct Frames {
    stack: Vec<Frame>,
}

struct Frame {
    what: &'static str,
    /// Taken away when the hub goes on without the plugin.
    job: Option<Job>,
    /// In a call that waits for the hub: not the plugin's own time.
    waiting: bool,
    /// Time of its own so far, as the watchdog has seen it.
    ran: Duration,
    since: Instant,
    stuck: bool,
}

/// What there is to do for a plugin's thread.
pub(crate) enum Todo {
    Event(Job),
    Stop(Sender<()>),
    /// Nobody waits any more for it to end.
    Leave,
}

/// A call of one of its functions that is under way.
pub(crate) struct Inside<'a>(&'a Cell);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        lock(&self.0.gate).inside -= 1;
        self.0.left.notify_all();
    }
}

impl Cell {
    pub(crate) fn new(core: &Arc<Core>, nick: String, path: PathBuf) -> Cell {
        Cell {
            id: core.new_id(),
            nick,
            path,
            core: Arc::clone(core),
            inbox: Mutex::default(),
            wake: Condvar::new(),
            frames: Mutex::default(),
            subscriptions: Mutex::default(),
            hooks: AtomicU64::new(0),
            functions: Mutex::default(),
            gate: Mutex::default(),
            left: Condvar::new(),
            suspended: AtomicBool::new(false),
            stuck: AtomicBool::new(false),
            strikes: AtomicU32::new(0),
            gone: AtomicBool::new(false),
            thread: OnceLock::new(),
            backlog_told: Mutex::default(),
            title: OnceLock::new(),
            label: Mutex::default(),
            library: OnceLock::new(),
        }
    }

    /// The pointer the plugin gets.
    pub(crate) fn handle(self: &Arc<Self>) -> *mut abi::Plugin {
        // What has a NUL byte in it cannot be a file's or a plugin's name.
        let c = |text: &str| CString::new(text).unwrap_or_default();
        let handle = Handle {
            cell: Arc::downgrade(self),
            nick: c(&self.nick),
            data_dir: c(&self.core.around.data_dir.to_string_lossy()),
        };
        Box::into_raw(Box::new(handle)).cast()
    }

    // ---- events --------------------------------------------------------------------------

    /// The hooks it wants, none when suspended.
    pub(crate) fn hooks(&self) -> HookSet {
        if self.suspended.load(Ordering::Relaxed) {
            return HookSet::EMPTY;
        }
        HookSet(self.hooks.load(Ordering::Relaxed))
    }

    /// What is to be called for an event.
    pub(crate) fn subscription(&self, hook: Hook) -> Option<Subscription> {
        lock(&self.subscriptions).get(&hook).copied()
    }

    /// Sets or takes away what is to be called; whether there was something.
    pub(crate) fn subscribe(&self, hook: Hook, to: Option<Subscription>) -> bool {
        let mut all = lock(&self.subscriptions);
        let old = match to {
            Some(to) => all.insert(hook, to),
            None => all.remove(&hook),
        };
        let set = (all.keys()).fold(HookSet::EMPTY, |set, hook| set.with(*hook));
        self.hooks.store(set.0, Ordering::Relaxed);
        drop(all);
        self.core.announce();
        old.is_some()
    }

    /// Whether an event should go to it now.
    pub(crate) fn wants(&self, hook: Hook) -> bool {
        self.hooks().has(hook) && !self.is_stuck()
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Relaxed)
    }

    /// Queues an event, or gives it back when the plugin takes none.
    pub(crate) fn push(&self, job: Job) -> Result<(), Job> {
        let mut inbox = lock(&self.inbox);
        if inbox.closed || inbox.stop.is_some() || self.is_stuck() || inbox.jobs.len() >= MAX_JOBS {
            return Err(job);
        }
        inbox.jobs.push_back(job);
        drop(inbox);
        self.wake.notify_one();
        Ok(())
    }

    /// Has the plugin end after what is queued.
    pub(crate) fn request_stop(&self, reply: Sender<()>) {
        let mut inbox = lock(&self.inbox);
        if !inbox.closed {
            inbox.stop = Some(reply);
        }
        drop(inbox);
        self.wake.notify_one();
    }

    /// An answer for the plugin's own thread.
    pub(crate) fn answer(&self, call: CallId, answer: Answer) {
        lock(&self.inbox).answers.push((call, answer));
        self.wake.notify_one();
    }

    fn sleep<'a>(&self, inbox: MutexGuard<'a, Inbox>) -> MutexGuard<'a, Inbox> {
        (self.wake.wait(inbox)).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do.
    pub(crate) fn next(&self) -> Todo {
        let mut inbox = lock(&self.inbox);
        loop {
            if let Some(job) = inbox.jobs.pop_front() {
                return Todo::Event(job);
            }
            if let Some(stop) = inbox.stop.take() {
                inbox.closed = true;
                return Todo::Stop(stop);
            }
            if inbox.closed {
                return Todo::Leave;
            }
            inbox = self.sleep(inbox);
        }
    }

    /// Waits for the answer to a call of the plugin's own thread. Events that somebody's call
    /// waits for come first, through `serve`: two that wait would else wait for ever.
    pub(crate) fn wait_answer(&self, call: CallId, serve: impl Fn(Job)) -> Answer {
        let mut inbox = lock(&self.inbox);
        loop {
            if let Some(i) = inbox.jobs.iter().position(Job::nested)
                && let Some(job) = inbox.jobs.remove(i)
            {
                drop(inbox);
                serve(job);
                inbox = lock(&self.inbox);
                continue;
            }
            if let Some(i) = inbox.answers.iter().position(|(id, _)| *id == call) {
                return inbox.answers.swap_remove(i).1;
            }
            inbox = self.sleep(inbox);
        }
    }

    /// Passes on whatever is queued.
    fn drain(&self) {
        let queued = std::mem::take(&mut lock(&self.inbox).jobs);
        drop(queued);
    }

    /// Takes nothing any more, and lets nothing wait for what the thread is in the middle of.
    pub(crate) fn abandon(&self) {
        let stop = {
            let mut inbox = lock(&self.inbox);
            inbox.closed = true;
            inbox.stop.take()
        };
        drop(stop);
        self.wake.notify_one();
        self.drain();
        let mut frames = lock(&self.frames);
        let jobs: Vec<_> = frames.stack.iter_mut().map(|f| f.job.take()).collect();
        drop(frames);
        drop(jobs);
    }

    // ---- what its thread does ------------------------------------------------------------

    /// Makes this thread the plugin's own.
    pub(crate) fn adopt_thread(&self) {
        let mine = std::thread::current().id();
        if self.thread.set(mine).is_err() {
            tracing::error!("plugin {} has two threads", self.nick);
        }
    }

    /// Whether the calling thread is the plugin's own.
    pub(crate) fn is_own_thread(&self) -> bool {
        self.thread.get() == Some(&std::thread::current().id())
    }

    /// The thread begins something; the event, if any, stays reachable for the watchdog.
    pub(crate) fn enter(&self, what: &'static str, job: Option<Job>) {
        lock(&self.frames).stack.push(Frame {
            what,
            job,
            waiting: false,
            ran: Duration::ZERO,
            since: Instant::now(),
            stuck: false,
        });
    }

    /// The thread has finished what it began last: the event if it is still ours.
    pub(crate) fn leave(&self) -> Option<Job> {
        let mut frames = lock(&self.frames);
        let frame = frames.stack.pop()?;
        if frame.stuck {
            let still = frames.stack.iter().any(|f| f.stuck);
            self.stuck.store(still, Ordering::Relaxed);
        }
        frame.job
    }

    /// How many things the thread is in the middle of.
    pub(crate) fn depth(&self) -> usize {
        lock(&self.frames).stack.len()
    }

    /// Marks the innermost frame as waiting for somebody else.
    pub(crate) fn set_waiting(&self, waiting: bool) {
        if let Some(frame) = lock(&self.frames).stack.last_mut() {
            frame.waiting = waiting;
        }
    }

    /// Counts time for what the thread is doing. The name of an event that now takes too long:
    /// it and all queued ones are passed on, and new ones are not taken until it is over.
    pub(crate) fn look(
        &self,
        passed: Duration,
        budget: Duration,
        age: Duration,
    ) -> Option<&'static str> {
        let (what, job) = {
            let mut frames = lock(&self.frames);
            let frame = frames.stack.last_mut()?;
            if !frame.waiting {
                frame.ran += passed;
            }
            let late = frame.ran > budget || frame.since.elapsed() > age;
            if frame.stuck || frame.job.is_none() || !late {
                return None;
            }
            frame.stuck = true;
            self.stuck.store(true, Ordering::Relaxed);
            (frame.what, frame.job.take())
        };
        drop(job);
        self.drain();
        Some(what)
    }

    /// Tells operators, once a minute at most, that the plugin is too slow for its events.
    pub(crate) fn tell_backlog(&self, now: Instant, limit: Duration) {
        let mut told = lock(&self.backlog_told);
        if told.is_some_and(|at| now < at + Duration::from_secs(60)) {
            return;
        }
        *told = Some(now);
        drop(told);
        let text = format!(
            "Plugin {} is too slow: events that wait longer than {} s for it go on without it",
            self.nick,
            limit.as_secs_f32()
        );
        self.core.report(self.id, &text);
    }

    // ---- its functions -------------------------------------------------------------------

    /// Before one of its functions is called from a script; `None` when it is ending.
    pub(crate) fn go_inside(&self) -> Option<Inside<'_>> {
        let mut gate = lock(&self.gate);
        if gate.closed {
            return None;
        }
        gate.inside += 1;
        Some(Inside(self))
    }

    /// Whether its functions are not called any more.
    pub(crate) fn is_ending(&self) -> bool {
        lock(&self.gate).closed
    }

    /// Takes its functions from the scripts and waits for the calls under way; whether they
    /// have ended.
    pub(crate) fn take_functions_away(&self, limit: Duration) -> bool {
        // First, so that none comes after.
        lock(&self.gate).closed = true;
        let functions = std::mem::take(&mut *lock(&self.functions));
        for (whose, name, function) in &functions {
            (self.core.around.scripts).unregister(whose, name, function);
        }
        drop(functions);
        let deadline = Instant::now() + limit;
        let mut gate = lock(&self.gate);
        while gate.inside > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.left.wait_timeout(gate, left);
            gate = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

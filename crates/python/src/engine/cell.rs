//! What the engine's threads know of one script: its queue, what it is doing, its record.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::hooks::{Hook, HookSet};
use hub::io::{CallId, Input, ScriptId};
use hub::repeats::Repeats;

use super::core::{Answer, Busy, Core, lock};
use super::job::Job;
use super::record::{Record, ScriptStat};
use super::request::Request;
use crate::mode::Mode;
use crate::script::{Closed, Interrupter, Script, World};

/// Hooks within hooks within hooks: beyond this many the hub goes on without the script.
pub(super) const MAX_DEPTH: usize = 16;

/// So many verdicts the hub is told of at once at most.
const MOST_LATE: usize = 1024;

/// One script, as other threads see it. Its own thread is in `worker`.
pub(super) struct Cell {
    pub id: ScriptId,
    /// As it was called when it was loaded.
    pub path: PathBuf,
    /// The file itself, by which it is told from others.
    pub file: PathBuf,
    pub stem: String,
    pub mode: Mode,
    pub core: Arc<Core>,
    inbox: Mutex<Inbox>,
    wake: Condvar,
    /// The batch being worked on. Only the script's thread takes from it, but for the
    /// watchdog when that thread is stuck.
    local: Mutex<VecDeque<Job>>,
    frames: Mutex<Frames>,
    hooks: AtomicU64,
    /// Too many overruns: skipped until it is loaded anew.
    pub suspended: AtomicBool,
    /// Over its budget right now: skipped until it returns.
    stuck: AtomicBool,
    /// Its thread does not get to run: skipped until it does.
    stalled: AtomicBool,
    pub strikes: AtomicU32,
    /// `vh` does nothing any more.
    pub gone: AtomicBool,
    /// An interrupter is at work.
    pub interrupting: AtomicBool,
    pub script: OnceLock<Arc<Script>>,
    /// There before the script's first line runs.
    pub interrupter: OnceLock<Interrupter>,
    /// The script's thread, for Rust and for CPython.
    pub thread: OnceLock<(ThreadId, u64)>,
    pub label: Mutex<(Bytes, Bytes)>,
    /// It was given by `vh.name_and_version`.
    pub labels_itself: AtomicBool,
    pub record: Record,
    /// What has gone wrong in it.
    pub repeats: Mutex<Repeats>,
    /// Bytes that it has sent since it last waited for the hub.
    pub ahead: AtomicUsize,
    /// When operators were last told that events pass by a slow script.
    backlog_told: Mutex<Option<Instant>>,
    /// What the hub is to be told at the end of the batch: each wake-up of its thread costs more
    /// than a hook.
    late: Mutex<Vec<Input>>,
    /// There are requests: looked at between two events of a batch.
    requested: AtomicBool,
    /// Its thread was asleep when an event came, and has not been woken.
    unwoken: AtomicBool,
}

#[derive(Default)]
struct Inbox {
    jobs: VecDeque<Job>,
    /// Served before events, since somebody waits for each.
    requests: VecDeque<Request>,
    answers: Vec<(CallId, Answer)>,
    stop: Option<StopRequest>,
    rescan: bool,
    /// The script's thread sleeps; without this nobody needs to wake it.
    sleeping: bool,
    /// Nothing is taken any more.
    closed: bool,
}

/// The wish that a script ends.
pub(super) struct StopRequest {
    /// How long its threads may take.
    pub limit: Duration,
    /// Its interpreter is to be used again if it is left clean.
    pub reuse: bool,
    /// Who wants to know how it went.
    pub reply: Sender<Ended>,
}

/// How a script ended.
pub(super) struct Ended {
    pub closed: Closed,
    /// Its interpreter, if the next one may have it.
    pub world: Option<Arc<World>>,
}

/// What a script's thread is doing; the last is the innermost.
#[derive(Default)]
struct Frames {
    stack: Vec<Frame>,
    next: u64,
}

struct Frame {
    id: u64,
    what: &'static str,
    /// Taken away when the hub goes on without the script.
    job: Option<Job>,
    /// In a call that waits for the hub or the database: not the script's own time.
    waiting: bool,
    interrupted: bool,
    stuck: bool,
}

/// A frame, for the watchdog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FrameInfo {
    pub id: u64,
    pub what: &'static str,
    pub is_job: bool,
    pub waiting: bool,
    pub innermost: bool,
}

/// What a script's thread does while it waits for something.
pub(super) enum Work {
    Event(Job),
    Request(Request),
}

/// What there is to do for a script's thread.
pub(super) enum Todo {
    /// Look into the local batch.
    Batch,
    /// Look for requests.
    Requests,
    /// Find the hooks anew.
    Rescan,
    /// Unload.
    Stop(StopRequest),
}

impl Cell {
    /// Tells operators, once a minute at most, that the script is too slow for its events.
    pub(super) fn tell_backlog(&self, now: Instant, limit: Duration) {
        let mut told = lock(&self.backlog_told);
        if told.is_some_and(|at| now < at + Duration::from_secs(60)) {
            return;
        }
        *told = Some(now);
        drop(told);
        let text = format!(
            "Script {} is too slow: events that wait longer than {} s for it go on without it",
            self.stem,
            limit.as_secs_f32()
        );
        tracing::warn!("{text}");
        self.core.report(self.id, &text);
    }

    pub(super) fn new(core: &Arc<Core>, id: ScriptId, busy: &Busy, mode: Mode) -> Cell {
        let path = busy.path.clone();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Cell {
            id,
            stem: stem.into_owned(),
            path,
            file: busy.file.clone(),
            mode,
            core: Arc::clone(core),
            inbox: Mutex::default(),
            wake: Condvar::new(),
            local: Mutex::default(),
            frames: Mutex::default(),
            hooks: AtomicU64::new(0),
            suspended: AtomicBool::new(false),
            stuck: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            strikes: AtomicU32::new(0),
            gone: AtomicBool::new(false),
            interrupting: AtomicBool::new(false),
            script: OnceLock::new(),
            interrupter: OnceLock::new(),
            thread: OnceLock::new(),
            label: Mutex::default(),
            labels_itself: AtomicBool::new(false),
            record: Record::default(),
            repeats: Mutex::default(),
            ahead: AtomicUsize::new(0),
            backlog_told: Mutex::default(),
            late: Mutex::default(),
            requested: AtomicBool::new(false),
            unwoken: AtomicBool::new(false),
        }
    }

    /// Tells the hub something, together with what follows at once.
    pub(super) fn tell_soon(&self, input: Input) {
        let mut late = lock(&self.late);
        late.push(input);
        if late.len() >= MOST_LATE {
            self.submit(&mut late);
        }
    }

    /// Tells the hub and the next scripts what was kept back: at the end of a batch, before the
    /// script does anything the hub hears of, and by the watchdog when a hook takes its time.
    pub(super) fn tell_late(&self) {
        let mut late = lock(&self.late);
        if !late.is_empty() {
            self.submit(&mut late);
        }
        drop(late);
        self.core.wake();
    }

    /// Under the lock of what is kept back, so that nothing the script does overtakes it.
    fn submit(&self, late: &mut Vec<Input>) {
        let next = Vec::with_capacity(late.len());
        self.core.link.submit_all(std::mem::replace(late, next));
    }

    /// The hooks it has, none when suspended.
    pub(super) fn hooks(&self) -> HookSet {
        if self.suspended.load(Ordering::Relaxed) {
            return HookSet::EMPTY;
        }
        HookSet(self.hooks.load(Ordering::Relaxed))
    }

    pub(super) fn set_hooks(&self, hooks: HookSet) {
        if self.hooks.swap(hooks.0, Ordering::Relaxed) != hooks.0 {
            self.core.announce();
        }
    }

    /// Lets the hub know of hooks defined or removed since the last time, before it hears anything
    /// else from the script's thread: who acts on what the script said may rely on them.
    #[inline]
    pub(super) fn announce_hooks(&self) {
        if let Some(script) = self.script.get()
            && script.hooks_changed()
            && self.is_own_thread()
        {
            self.set_hooks(script.hooks());
        }
    }

    /// Whether an event should go to it now.
    pub(super) fn wants(&self, hook: Hook) -> bool {
        self.hooks().has(hook) && !self.is_stuck()
    }

    /// Queues an event, or gives it back when the script takes none. Wakes nobody: that is for
    /// [`Core::wake`], after some more.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        let mut inbox = lock(&self.inbox);
        if inbox.closed || inbox.stop.is_some() || self.is_stuck() {
            return Err(job);
        }
        inbox.jobs.push_back(job);
        if inbox.sleeping {
            self.unwoken.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Queues a request, or gives it back when the script takes none.
    pub(super) fn push_request(&self, request: Request) -> Result<(), Request> {
        let mut inbox = lock(&self.inbox);
        if inbox.closed || inbox.stop.is_some() || self.is_stuck() {
            drop(inbox);
            return Err(request);
        }
        inbox.requests.push_back(request);
        self.requested.store(true, Ordering::Relaxed);
        self.wake(inbox);
        Ok(())
    }

    /// The next request, if any.
    pub(super) fn pop_request(&self) -> Option<Request> {
        if !self.requested.load(Ordering::Relaxed) {
            return None;
        }
        let mut inbox = lock(&self.inbox);
        let request = inbox.requests.pop_front();
        let more = !inbox.requests.is_empty();
        self.requested.store(more, Ordering::Relaxed);
        request
    }

    /// Wakes the script's thread if it sleeps beside events.
    pub(super) fn wake_up(&self) {
        if self.unwoken.load(Ordering::Relaxed) {
            let inbox = lock(&self.inbox);
            // Under the lock, or a push in between would be forgotten.
            self.unwoken.store(false, Ordering::Relaxed);
            self.wake(inbox);
        }
    }

    /// Wakes the script's thread if it sleeps: a wake-up costs a system call.
    fn wake(&self, mut inbox: std::sync::MutexGuard<'_, Inbox>) {
        let sleeping = std::mem::take(&mut inbox.sleeping);
        drop(inbox);
        if sleeping {
            self.wake.notify_one();
        }
    }

    /// Has the script's thread look for its hooks anew.
    pub(super) fn poke(&self) {
        let mut inbox = lock(&self.inbox);
        inbox.rescan = true;
        self.wake(inbox);
    }

    /// Has the script end after what is queued. False when it is ending already.
    pub(super) fn request_stop(&self, request: StopRequest) -> bool {
        let mut inbox = lock(&self.inbox);
        if inbox.closed || inbox.stop.is_some() {
            return false;
        }
        inbox.stop = Some(request);
        self.wake(inbox);
        true
    }

    /// An answer for the script's own thread.
    pub(super) fn answer(&self, call: CallId, answer: Answer) {
        let mut inbox = lock(&self.inbox);
        inbox.answers.push((call, answer));
        self.wake(inbox);
    }

    /// Waits for something to do. Detached.
    pub(super) fn next(&self) -> Todo {
        let mut inbox = lock(&self.inbox);
        loop {
            if std::mem::take(&mut inbox.rescan) {
                return Todo::Rescan;
            }
            if !inbox.requests.is_empty() {
                return Todo::Requests;
            }
            if !inbox.jobs.is_empty() {
                std::mem::swap(&mut inbox.jobs, &mut *lock(&self.local));
                return Todo::Batch;
            }
            if let Some(stop) = inbox.stop.take() {
                inbox.closed = true;
                return Todo::Stop(stop);
            }
            inbox.sleeping = true;
            inbox = (self.wake.wait(inbox)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next event of the batch.
    pub(super) fn pop(&self) -> Option<Job> {
        lock(&self.local).pop_front()
    }

    /// Waits for the answer to a call of the script's own thread, at most as long as said.
    /// Events and requests that somebody's call waits for come first, through `serve`: two
    /// waiting scripts would else wait for ever.
    pub(super) fn wait_answer_until(
        &self,
        call: CallId,
        until: Option<Instant>,
        serve: impl Fn(Work),
    ) -> Option<Answer> {
        loop {
            let nested = take_nested(&mut lock(&self.local));
            if let Some(job) = nested {
                serve(Work::Event(job));
                continue;
            }
            let mut inbox = lock(&self.inbox);
            if let Some(i) = inbox.answers.iter().position(|(id, _)| *id == call) {
                return Some(inbox.answers.swap_remove(i).1);
            }
            if let Some(request) = inbox.requests.pop_front() {
                drop(inbox);
                serve(Work::Request(request));
                continue;
            }
            if let Some(job) = take_nested(&mut inbox.jobs) {
                drop(inbox);
                serve(Work::Event(job));
                continue;
            }
            inbox.sleeping = true;
            let Some(until) = until else {
                let woken = self.wake.wait(inbox);
                drop(woken.unwrap_or_else(PoisonError::into_inner));
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let woken = self.wake.wait_timeout(inbox, left);
            drop(woken.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The same without a limit: the hub always answers.
    pub(super) fn wait_answer(&self, call: CallId, serve: impl Fn(Work)) -> Answer {
        let answer = self.wait_answer_until(call, None, serve);
        answer.unwrap_or_else(|| Err(super::core::stopping()))
    }

    /// Forgets an answer that came too late.
    pub(super) fn discard_answer(&self, call: CallId) {
        lock(&self.inbox).answers.retain(|(id, _)| *id != call);
    }

    /// What it has done so far.
    pub(super) fn stat(&self) -> ScriptStat {
        let stat = self.record.stat();
        let failures = self.script.get().map_or(0, |s| s.failures());
        ScriptStat {
            errors: stat.errors + failures,
            queued: self.queued(),
            ..stat
        }
    }

    /// How much waits for it.
    fn queued(&self) -> usize {
        let inbox = lock(&self.inbox);
        inbox.jobs.len() + inbox.requests.len() + lock(&self.local).len()
    }

    /// Whether it is not to be asked now.
    pub(super) fn is_left_out(&self) -> bool {
        self.suspended.load(Ordering::Relaxed) || self.is_stuck()
    }

    /// Whether it is in the middle of something for too long, or does not get to run.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Relaxed) || self.stalled.load(Ordering::Relaxed)
    }

    /// How long the first event in its queue waits for a thread that is at nothing.
    pub(super) fn kept_waiting(&self, now: Instant) -> Option<Duration> {
        if self.depth() > 0 {
            return None;
        }
        let inbox = lock(&self.inbox);
        let local = lock(&self.local);
        let first = local.front().or(inbox.jobs.front());
        first.and_then(|job| job.waited(now))
    }

    /// Its thread does not get to run: the hub goes on without it. True the first time.
    pub(super) fn stall(&self) -> bool {
        let first = !self.stalled.swap(true, Ordering::Relaxed);
        self.drain();
        first
    }

    /// Its thread runs, attached to its interpreter.
    pub(super) fn runs(&self) {
        if self.stalled.load(Ordering::Relaxed) {
            self.stalled.store(false, Ordering::Relaxed);
        }
    }

    /// Passes on whatever is queued.
    pub(super) fn drain(&self) {
        let (queued, requests) = {
            let mut inbox = lock(&self.inbox);
            let requests = std::mem::take(&mut inbox.requests);
            (std::mem::take(&mut inbox.jobs), requests)
        };
        drop(requests);
        let batch = std::mem::take(&mut *lock(&self.local));
        drop(batch);
        drop(queued);
    }

    /// Takes nothing any more and passes on what is queued.
    pub(super) fn close(&self) {
        lock(&self.inbox).closed = true;
        self.drain();
    }

    /// Takes nothing any more, and lets nothing wait for what the thread is in the middle of.
    pub(super) fn abandon(&self) {
        self.close();
        let mut frames = lock(&self.frames);
        let jobs: Vec<_> = frames.stack.iter_mut().map(|f| f.job.take()).collect();
        drop(frames);
        drop(jobs);
    }

    /// The script's thread is ending, perhaps by a panic: nobody shall wait for it.
    pub(super) fn bury(&self) {
        self.gone.store(true, Ordering::SeqCst);
        self.abandon();
        let stop = lock(&self.inbox).stop.take();
        drop(stop);
    }

    /// The thread begins something; the event, if any, stays reachable for the watchdog.
    pub(super) fn enter(&self, what: &'static str, job: Option<Job>) -> u64 {
        let mut frames = lock(&self.frames);
        frames.next += 1;
        let id = frames.next;
        frames.stack.push(Frame {
            id,
            what,
            job,
            waiting: false,
            interrupted: false,
            stuck: false,
        });
        id
    }

    /// The thread has finished what it began last: the event if it is still ours, and whether
    /// an interrupt may be on its way. Attached, so that no interrupt comes in between.
    pub(super) fn leave(&self) -> (Option<Job>, bool) {
        let mut frames = lock(&self.frames);
        let Some(frame) = frames.stack.pop() else {
            return (None, false);
        };
        if frame.stuck {
            let still = frames.stack.iter().any(|f| f.stuck);
            self.stuck.store(still, Ordering::Relaxed);
        }
        (frame.job, frame.interrupted)
    }

    /// How many things the thread is in the middle of.
    pub(super) fn depth(&self) -> usize {
        lock(&self.frames).stack.len()
    }

    /// Marks the innermost frame as waiting for somebody else; whether it was before.
    pub(super) fn set_waiting(&self, waiting: bool) -> bool {
        match lock(&self.frames).stack.last_mut() {
            Some(frame) => std::mem::replace(&mut frame.waiting, waiting),
            None => false,
        }
    }

    /// Whether a hook of this script waits for the hub.
    pub(super) fn waits_in_hook(&self) -> bool {
        let frames = lock(&self.frames);
        frames.stack.iter().any(|f| f.waiting && f.what != "UnLoad")
    }

    /// What the thread is doing, outermost first.
    pub(super) fn frames(&self) -> Vec<FrameInfo> {
        let frames = lock(&self.frames);
        let last = frames.stack.len().wrapping_sub(1);
        let info = |(i, f): (usize, &Frame)| FrameInfo {
            id: f.id,
            what: f.what,
            is_job: f.job.is_some(),
            waiting: f.waiting,
            innermost: i == last,
        };
        frames.stack.iter().enumerate().map(info).collect()
    }

    /// Whether the thread is still in the middle of this.
    pub(super) fn is_in(&self, frame: u64) -> bool {
        lock(&self.frames)
            .stack
            .last()
            .is_some_and(|f| f.id == frame)
    }

    /// Notes that an interrupt for this frame is on its way.
    pub(super) fn mark_interrupted(&self, frame: u64) {
        if let Some(f) = lock(&self.frames).stack.iter_mut().find(|f| f.id == frame) {
            f.interrupted = true;
        }
    }

    /// The hub goes on without the script: its event and all queued ones are passed on, new
    /// ones are not taken until the frame is left. False when it was left already.
    pub(super) fn give_up(&self, frame: u64) -> bool {
        let job = {
            let mut frames = lock(&self.frames);
            let Some(f) = frames.stack.iter_mut().find(|f| f.id == frame) else {
                return false;
            };
            f.stuck = true;
            self.stuck.store(true, Ordering::Relaxed);
            f.job.take()
        };
        drop(job);
        self.drain();
        true
    }

    /// Whether the calling thread is the script's own.
    pub(super) fn is_own_thread(&self) -> bool {
        let me = std::thread::current().id();
        self.thread.get().is_some_and(|(thread, _)| *thread == me)
    }
}

fn take_nested(jobs: &mut VecDeque<Job>) -> Option<Job> {
    let i = jobs.iter().position(Job::nested)?;
    jobs.remove(i)
}

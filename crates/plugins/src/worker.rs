//! A plugin's own thread: opens it, starts it, tells it of events, stops it.

use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use hub::hooks::{Event, Verdict};
use hub::io::Input;

use crate::abi;
use crate::cell::{Cell, MAX_DEPTH, Subscription, Todo};
use crate::here;
use crate::job::Job;
use crate::library::{self, Library};
use crate::scope::Scope;
use crate::value::Out;

/// Budgets that an event may wait in a plugin's queue before it goes on without it.
const MAX_QUEUE: u32 = 3;

/// Starts a plugin's thread. The receiver gets the outcome of the start.
///
/// # Errors
/// No thread.
pub(crate) fn spawn(cell: &Arc<Cell>) -> std::io::Result<Receiver<Result<(), String>>> {
    let (tell, told) = channel();
    let mine = Arc::clone(cell);
    // Linux shows 15 characters of it.
    let name: String = format!("plug {}", cell.nick).replace('\0', "");
    let name: String = name.chars().take(15).collect();
    threads::brief_with_stack(name, Some(8 << 20), move || run(&mine, &tell))?;
    Ok(told)
}

/// Passes on everything when the thread ends, however it does.
struct Last<'a>(&'a Cell);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::SeqCst);
        self.0.abandon();
        self.0.core.around.link.submit(Input::ScriptGone(self.0.id));
    }
}

fn run(cell: &Arc<Cell>, tell: &Sender<Result<(), String>>) {
    let _last = Last(cell);
    cell.adopt_thread();
    let handle = cell.handle();
    if let Err(why) = start(cell, handle) {
        // Nobody may be waiting any more.
        drop(tell.send(Err(why)));
        return;
    }
    if tell.send(Ok(())).is_err() {
        tracing::warn!("plugin {} has started too late, stopping it", cell.nick);
        return stop(cell, handle);
    }
    loop {
        match cell.next() {
            Todo::Event(job) => serve(cell, job),
            Todo::Stop(reply) => {
                stop(cell, handle);
                // Before who waits is told: what it has made is gone by then.
                cell.gone.store(true, Ordering::SeqCst);
                cell.core.around.link.submit(Input::ScriptGone(cell.id));
                if reply.send(()).is_err() {
                    tracing::debug!("plugin {} has ended late", cell.nick);
                }
                return;
            }
            Todo::Leave => {
                // A script may still be in one of its functions.
                while !cell.take_functions_away(Duration::from_secs(3600)) {}
                stop(cell, handle);
                return tracing::info!("plugin {} has ended after all", cell.nick);
            }
        }
    }
}

fn start(cell: &Cell, handle: *mut abi::Plugin) -> Result<(), String> {
    let opened = Library::open(&cell.path, &cell.core.around.data_dir)?;
    drop(cell.title.set(opened.title.clone()));
    let begin = opened.start;
    // Kept from here on, also when it does not start: it may have left functions.
    drop(cell.library.set(opened));
    let Some(begin) = begin else { return Ok(()) };
    cell.enter("start", None);
    // SAFETY: the plugin's own function, called as documented, while its library is open.
    let why = unsafe { begin(handle) };
    let why = (!why.is_null()).then(|| library::text(why));
    cell.leave();
    match why {
        Some(why) if why.is_empty() => Err("it does not start and does not say why".into()),
        Some(why) => Err(why),
        None => Ok(()),
    }
}

fn stop(cell: &Cell, handle: *mut abi::Plugin) {
    let end = cell.library.get().and_then(|library| library.stop);
    if let Some(end) = end {
        cell.enter("stop", None);
        // SAFETY: the plugin's own function, called once, when nothing of it is under way.
        unsafe { end(handle) };
        cell.leave();
    }
}

/// Has the plugin judge one event.
fn serve(cell: &Arc<Cell>, job: Job) {
    let Some(event) = job.event() else {
        return;
    };
    let hook = event.hook();
    let subscription = cell.subscription(hook);
    let (Some(subscription), false) = (subscription, cell.suspended.load(Ordering::Relaxed)) else {
        return drop(job);
    };
    let started = Instant::now();
    let budget = cell.core.around.link.view().config().viper.python_budget_ms;
    let limit = Duration::from_millis(budget.into()) * MAX_QUEUE;
    if !limit.is_zero() && job.waited(started).is_some_and(|waited| waited > limit) {
        cell.tell_backlog(started, limit);
        return drop(job);
    }
    cell.enter(hook.name(), Some(job));
    let verdict = judge(cell, subscription, &event);
    // When there is none the hub has gone on without us: too late.
    if let Some(job) = cell.leave() {
        job.done(verdict);
    }
}

fn judge(cell: &Cell, to: Subscription, event: &Event) -> Verdict {
    let hook = event.hook();
    let mut scope = Scope::new(&cell.core.around.charset, Some(hook));
    let name = CString::new(hook.name()).unwrap_or_default();
    let told = {
        let out = Out {
            memory: &scope.memory,
            charset: &*scope.charset,
        };
        let args = out.event(event);
        abi::Event {
            name: name.as_ptr(),
            id: i32::from(hook as u8),
            count: args.len(),
            args: args.as_ptr(),
        }
    };
    let handed = scope.as_ptr();
    // SAFETY: the plugin's own function, called as documented: scope and event outlive the call,
    // and its library is open as long as its thread runs.
    let said = unsafe { (to.function)(to.data.0, handed, &raw const told) };
    let mut verdict = match scope.event.take() {
        Some((_, verdict)) => verdict,
        None => Verdict::ALLOW,
    };
    verdict.allow = said != abi::BLOCK;
    verdict
}

/// The same in the middle of a call that waits for the hub.
pub(crate) fn serve_nested(cell: &Arc<Cell>, job: Job) {
    match cell.depth() < MAX_DEPTH {
        true => here::apart(|| serve(cell, job)),
        false => drop(job),
    }
}

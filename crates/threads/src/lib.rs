//! Threads by kind. Every thread of the program is started here and says what its end means.
//!
//! - [`vital`]: without it the process only seems to live. A panic in it, or an error that it
//!   ends with, ends the process, with what happened in the log ([`on_death`]).
//! - [`brief`]: it may end at any time; a panic in it is logged and that is all.
//!
//! A program that uses a room as a library sets no [`on_death`]; there it stays with the log.
#![forbid(unsafe_code)]

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread::{Builder, JoinHandle};

/// What is done when something has ended that the process cannot do without: its name, and why.
type OnDeath = dyn Fn(&str, &str) + Send + Sync;

static ON_DEATH: OnceLock<Box<OnDeath>> = OnceLock::new();

/// Says what is done when a vital thread has ended though nobody told it to. It is called on that
/// thread. Only the first call counts.
pub fn on_death(act: impl Fn(&str, &str) + Send + Sync + 'static) {
    if ON_DEATH.set(Box::new(act)).is_err() {
        tracing::debug!("what a thread's end means was said before");
    }
}

/// Ends the process as if the vital thread `name` had ended: for whoever finds out that it, or
/// what it lives on, is broken. Returns only where [`on_death`] lets it.
pub fn fail(name: &str, why: &str) {
    match ON_DEATH.get() {
        Some(act) => act(name, why),
        None => tracing::error!("the thread {name} has ended: {why}"),
    }
}

/// Starts a thread that the process cannot do without. It returns `Ok` when it was told to end,
/// and otherwise why it cannot go on.
///
/// # Errors
/// No thread.
pub fn vital(
    name: impl Into<String>,
    run: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let name = name.into();
    let mine = name.clone();
    Builder::new().name(name).spawn(move || {
        let ended = catch_unwind(AssertUnwindSafe(run));
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(why)) => fail(&mine, &why),
            Err(panic) => fail(&mine, &format!("panic: {}", said(&*panic))),
        }
    })
}

/// How far behind the others a thread stands that gives way: a tenth of their share when all want
/// to run, and no delay for one that wakes up.
const BEHIND: i32 = 10;

/// Has the calling thread give way to all others that want to run: for long computations, so that
/// what must be done at once never waits for them. Linux keeps a nice value for each thread
/// (sched(7)).
pub fn give_way() {
    let done = match rustix::process::getpriority_process(None) {
        Ok(already) if already >= BEHIND => Ok(()),
        _ => rustix::process::setpriority_process(None, BEHIND),
    };
    if let Err(error) = done {
        tracing::warn!("a thread that computes for long cannot be put behind the others: {error}");
    }
}

/// Starts a thread that may end at any time.
///
/// # Errors
/// No thread.
pub fn brief<T: Send + 'static>(
    name: impl Into<String>,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<Option<T>>> {
    brief_with_stack(name, None, run)
}

/// The same, with so many bytes of stack.
///
/// # Errors
/// No thread.
pub fn brief_with_stack<T: Send + 'static>(
    name: impl Into<String>,
    stack: Option<usize>,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<Option<T>>> {
    let name = name.into();
    let mine = name.clone();
    let mut builder = Builder::new().name(name);
    if let Some(stack) = stack {
        builder = builder.stack_size(stack);
    }
    builder.spawn(move || guarded(&mine, run))
}

/// Does one piece of work of a thread that is to go on though it panics, which is logged.
pub fn guarded<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(panic) => {
            tracing::error!("{what} failed: {}", said(&*panic));
            None
        }
    }
}

/// What a panic said.
#[must_use]
pub fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(None).expect("a thread has a priority")
    }

    #[test]
    fn only_the_thread_that_asks_gives_way() {
        let before = nice();
        let other = brief("computes", || {
            give_way();
            nice()
        });
        let other = other.expect("a thread").join().expect("no panic");
        assert_eq!(other, Some(before.max(BEHIND)));
        assert_eq!(nice(), before);
    }
}

//! Ending scripts: how long each is waited for, and what is told of one that does not end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use hub::io::ScriptId;

use super::admin::NEW_LINE;
use super::cell::{Cell, Ended, StopRequest};
use super::core::Core;
use super::watch;
use crate::script::Closed;

/// How long the threads of a script may take to end.
const THREADS_LIMIT: Duration = Duration::from_secs(5);
/// How long an operator waits for a script to unload before he is told it does not.
const UNLOAD_LIMIT: Duration = Duration::from_secs(12);
/// How long a hook may go on when its script is to go, however large its budget is.
const INTERRUPT_AFTER: Duration = Duration::from_secs(2);
/// How long an operator waits when a hook was interrupted before and has not returned.
const STUCK_LIMIT: Duration = Duration::from_secs(4);
/// A hook that waits for the hub this long when its script is to go may wait for this very
/// command: the operator is answered first.
const DEFER_AFTER: Duration = Duration::from_millis(300);

/// How an unload went, for the operator.
pub(super) enum Unloaded {
    Done(Ended),
    /// A hook of the script waits for the hub, perhaps for this command.
    Deferred(Receiver<Ended>),
    /// Nobody waits for it any more.
    GivenUp(GivenUp),
}

/// Why nobody waits for a script any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum GivenUp {
    /// It does not react.
    Hung,
    /// Its thread has failed: there is nothing left to wait for.
    Gone,
}

impl From<RecvTimeoutError> for GivenUp {
    fn from(error: RecvTimeoutError) -> GivenUp {
        match error {
            RecvTimeoutError::Timeout => GivenUp::Hung,
            RecvTimeoutError::Disconnected => GivenUp::Gone,
        }
    }
}

impl GivenUp {
    /// The number of the script that takes this one's place: the same, unless the old one of that
    /// number still lives.
    pub(super) fn number(self, core: &Core, id: ScriptId) -> ScriptId {
        match self {
            GivenUp::Hung => core.new_script_id(),
            GivenUp::Gone => id,
        }
    }

    /// What the log is told: `what` the script was in the middle of, and for how many seconds it
    /// was waited for.
    fn told(self, what: &str, seconds: f32, path: &Path) -> String {
        let path = path.display();
        match self {
            GivenUp::Hung => format!(
                "given up after {seconds:.1} seconds: {what} did not return; it stays in memory: {path}"
            ),
            GivenUp::Gone => format!(
                "its thread has failed, in the middle of {what}; what it held stays in memory: {path}"
            ),
        }
    }
}

/// Takes a script out of the chain and has it end. Its place in the chain comes back, and with
/// `reuse` its interpreter if that is fit for another script.
pub(super) fn unload(core: &Arc<Core>, cell: &Arc<Cell>, reuse: bool) -> (usize, Unloaded) {
    let at = core.edit_chain(|chain| {
        let at = chain.iter().position(|c| Arc::ptr_eq(c, cell));
        at.inspect(|at| drop(chain.remove(*at)))
            .unwrap_or(chain.len())
    });
    let (reply, told) = channel();
    cell.request_stop(StopRequest {
        limit: THREADS_LIMIT,
        reuse,
        reply,
    });
    let started = Instant::now();
    let mut interrupted = false;
    loop {
        match told.recv_timeout(Duration::from_millis(50)) {
            Ok(ended) => return (at, Unloaded::Done(ended)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(gone) => return (at, Unloaded::GivenUp(take_out(cell, started, gone.into()))),
        }
        let waited = started.elapsed();
        if waited > DEFER_AFTER && cell.waits_in_hook() {
            return (at, Unloaded::Deferred(told));
        }
        if waited > INTERRUPT_AFTER && !interrupted {
            interrupted = true;
            watch::interrupt_hook(cell);
        }
        let limit = if cell.is_stuck() {
            STUCK_LIMIT
        } else {
            UNLOAD_LIMIT
        };
        if waited > limit {
            return (
                at,
                Unloaded::GivenUp(take_out(cell, started, GivenUp::Hung)),
            );
        }
    }
}

/// Waits for the end of a script whose operator has his answer already: what becomes of it is
/// told as if he had waited.
pub(super) fn outwait(cell: &Cell, told: &Receiver<Ended>) -> Result<Ended, GivenUp> {
    let started = Instant::now();
    told.recv_timeout(UNLOAD_LIMIT)
        .map_err(|why| take_out(cell, started, why.into()))
}

/// Nobody waits for the end of a script any more: all operators are told, not only the one who
/// asked for it.
fn take_out(cell: &Cell, since: Instant, why: GivenUp) -> GivenUp {
    let why = give_up(cell, since, why);
    cell.core.report(cell.id, &taken_out(cell, why));
    why
}

/// Nobody waits for a script any more: the log is told, and what it was waited for.
pub(super) fn give_up(cell: &Cell, since: Instant, why: GivenUp) -> GivenUp {
    let text = why.told(&doing(cell), since.elapsed().as_secs_f32(), &cell.path);
    tracing::error!(script = cell.stem, "{text}");
    cell.abandon();
    why
}

/// What a script is in the middle of.
fn doing(cell: &Cell) -> String {
    match cell.frames().last() {
        Some(frame) if frame.what == "load" => "its top level".into(),
        Some(frame) if frame.what == "UnLoad" => "UnLoad()".into(),
        Some(frame) if frame.waiting => format!("{}, which waits for the hub,", frame.what),
        Some(frame) => frame.what.into(),
        None => "the end of its threads or interpreter".into(),
    }
}

/// Ends all scripts at once, within the time given.
pub(super) fn stop(core: &Core, limit: Duration) {
    let started = Instant::now();
    let deadline = started + limit;
    core.stopped.store(true, Ordering::SeqCst);
    let chain = core.edit_chain(std::mem::take);
    let requests: Vec<_> = chain
        .iter()
        .map(|cell| {
            let (reply, told) = channel();
            let limit = limit.mul_f32(0.8);
            cell.request_stop(StopRequest {
                limit,
                reuse: false,
                reply,
            });
            told
        })
        .collect();
    for (told, cell) in requests.iter().zip(chain.iter()) {
        // Calls to a hub that has stopped already must not eat the whole time.
        let left = deadline.saturating_duration_since(Instant::now());
        if told.recv_timeout(left.mul_f32(0.7)).is_err() {
            core.fail_calls();
            let left = deadline.saturating_duration_since(Instant::now());
            if let Err(why) = told.recv_timeout(left) {
                give_up(cell, started, why.into());
            }
        }
    }
    // One that is being loaded is not in the chain, and ends when its top level has: it may be what
    // has ended the hub, with more to ask of it.
    let last = deadline.checked_sub(limit.mul_f32(0.3));
    while core.is_busy() && last.is_some_and(|last| Instant::now() < last) {
        std::thread::sleep(Duration::from_millis(5));
    }
    core.fail_calls();
    core.announce();
}

pub(super) fn stopped(cell: &Cell, end: &Unloaded) -> String {
    let (id, path) = (cell.id.0, cell.path.display());
    match end {
        Unloaded::Done(ended) => match &ended.closed {
            Closed::Clean => format!("Script stopped: #{id} {path}"),
            Closed::Left { threads } => {
                let threads = threads.join(", ");
                format!("Script stopped: #{id} {path}{NEW_LINE}Threads that did not end: {threads}")
            }
        },
        Unloaded::Deferred(_) => {
            format!("Script stops as soon as its hook has returned: #{id} {path}")
        }
        Unloaded::GivenUp(why) => taken_out(cell, *why),
    }
}

/// What operators are told of a script that did not end as it should.
fn taken_out(cell: &Cell, why: GivenUp) -> String {
    let why = match why {
        GivenUp::Hung => "it does not react and stays in memory",
        GivenUp::Gone => "its thread had failed and has not unloaded it, see the log",
    };
    let (id, path) = (cell.id.0, cell.path.display());
    format!("Script taken out of use, but {why}: #{id} {path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_gone_is_not_said_to_be_waited_for() {
        let told = |error| {
            let why = GivenUp::from(error);
            why.told("UnLoad()", 12.04, Path::new("/scripts/a.py"))
        };
        assert_eq!(
            told(RecvTimeoutError::Timeout),
            "given up after 12.0 seconds: UnLoad() did not return; it stays in memory: /scripts/a.py"
        );
        assert_eq!(
            told(RecvTimeoutError::Disconnected),
            "its thread has failed, in the middle of UnLoad(); what it held stays in memory: /scripts/a.py"
        );
    }
}

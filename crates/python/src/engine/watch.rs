//! The watchdog: no script holds up the hub.
//!
//! It looks at what every script's thread is doing a few times per budget, so that the
//! scripts themselves need no clock. Time a hook spends waiting for the hub or the database
//! is not its own, up to a limit.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use hub::config::Config;

use super::cell::{Cell, FrameInfo};
use super::core::{Core, lock};
use crate::mode::Mode;
use crate::script::output;

/// What the top level of a script may take.
pub(super) const LOAD_BUDGET: Duration = Duration::from_secs(30);
/// Budgets that an event waits for a script whose thread does not get to run.
const STALL: u32 = 4;
/// What `UnLoad()` may take.
const UNLOAD_BUDGET: Duration = Duration::from_secs(5);
/// A hook that waits for the hub may wait this long, or ten budgets if that is longer.
const MAX_AGE: Duration = Duration::from_secs(30);

/// What the watchdog remembers of something a script is doing.
struct Seen {
    since: Instant,
    /// Time of its own so far.
    ran: Duration,
    /// Overruns so far: it is interrupted once per budget.
    told: u32,
    /// The hub went on because of its age.
    aged: bool,
}

/// Starts the watchdog; it ends with the engine.
///
/// # Errors
/// No thread.
pub(super) fn start(core: &Arc<Core>) -> std::io::Result<()> {
    let core = Arc::downgrade(core);
    let run = move || {
        watch(&core);
        Ok(())
    };
    threads::vital("py watchdog", run).map(drop)
}

fn watch(core: &Weak<Core>) {
    let mut seen: HashMap<(u32, u64), Seen> = HashMap::new();
    let mut last = Instant::now();
    let mut settings: Option<Arc<Config>> = None;
    let mut settled = Instant::now();
    loop {
        if settled.elapsed() > Duration::from_secs(1) {
            settled = Instant::now();
            output::settle(None);
        }
        let tick = {
            let Some(core) = core.upgrade() else { return };
            let budget = core.link.view().config().viper.python_budget_ms;
            let budget = Duration::from_millis(budget.into());
            let tick = (budget / 10).clamp(Duration::from_millis(5), Duration::from_millis(100));
            // After a stall of the whole machine nobody is to blame.
            let passed = last.elapsed().min(tick * 3);
            last = Instant::now();
            core.tick(last);
            let cells: Vec<Arc<Cell>> = {
                let mut watched = lock(&core.watched);
                watched.retain(|c| c.strong_count() > 0);
                watched.iter().filter_map(Weak::upgrade).collect()
            };
            let now = Arc::clone(&core.link.view().config());
            if !settings
                .replace(Arc::clone(&now))
                .is_some_and(|old| Arc::ptr_eq(&old, &now))
            {
                // `vh.botname` may have changed; a script without events would not notice.
                cells.iter().for_each(|c| c.poke());
            }
            let mut present = HashMap::with_capacity(seen.len());
            for cell in &cells {
                cell.tell_late();
                look_for_stall(cell, budget);
                for frame in cell.frames() {
                    let key = (cell.id.0, frame.id);
                    let mut state = seen.remove(&key).unwrap_or(Seen {
                        since: last,
                        ran: Duration::ZERO,
                        told: 0,
                        aged: false,
                    });
                    if frame.innermost && !frame.waiting && state.since != last {
                        state.ran += passed;
                    }
                    check(cell, frame, &mut state, budget);
                    present.insert(key, state);
                }
            }
            seen = present;
            tick
        };
        std::thread::sleep(tick);
    }
}

/// Notices a script whose thread waits for its interpreter's lock: C code in another of its
/// threads, or in another shared script, does not give it up.
fn look_for_stall(cell: &Arc<Cell>, budget: Duration) {
    let limit = budget * STALL;
    let waited = cell.kept_waiting(Instant::now());
    if budget.is_zero() || waited.is_none_or(|w| w <= limit) || !cell.stall() {
        return;
    }
    let (stem, ms) = (&cell.stem, limit.as_millis());
    let who = match cell.mode {
        Mode::Isolated => "one of its threads",
        Mode::Shared => "another shared script",
    };
    let text =
        format!("Script {stem}: {who} has not let it run for {ms} ms, the hub goes on without it");
    cell.core.report(cell.id, &text);
}

fn check(cell: &Arc<Cell>, frame: FrameInfo, seen: &mut Seen, hook_budget: Duration) {
    let budget = match frame.what {
        "load" => LOAD_BUDGET,
        "UnLoad" => UNLOAD_BUDGET,
        _ if hook_budget.is_zero() => return,
        _ => hook_budget,
    };
    if seen.ran > budget * (seen.told + 1) {
        seen.told += 1;
        overrun(cell, frame, budget, seen.told == 1);
    } else if frame.is_job && !seen.aged && seen.since.elapsed() > MAX_AGE.max(budget * 10) {
        seen.aged = true;
        if cell.give_up(frame.id) {
            let (stem, what) = (&cell.stem, frame.what);
            let text = format!("Script {stem}: {what} waits too long, the hub goes on without it");
            cell.core.report(cell.id, &text);
        }
    }
}

fn overrun(cell: &Arc<Cell>, frame: FrameInfo, budget: Duration, first: bool) {
    if first && frame.what != "load" && frame.what != "UnLoad" {
        if !cell.give_up(frame.id) {
            return;
        }
        strike(cell, frame, budget);
    }
    interrupt(cell, frame.id);
}

/// Counts an overrun; too many and the script is left out from now on.
fn strike(cell: &Arc<Cell>, frame: FrameInfo, budget: Duration) {
    let core = &cell.core;
    let most = core.link.view().config().viper.python_strikes;
    let strikes = cell.strikes.fetch_add(1, Ordering::Relaxed) + 1;
    let suspend = most > 0 && strikes >= most;
    let (stem, what, ms) = (&cell.stem, frame.what, budget.as_millis());
    let count = if most > 0 {
        format!(" ({strikes} of {most})")
    } else {
        String::new()
    };
    let mut text = format!(
        "Script {stem}: {what} took longer than {ms} ms, the hub went on without it{count}"
    );
    if suspend && !cell.suspended.swap(true, Ordering::Relaxed) {
        text.push_str(&format!(
            "; suspended until !pyresume {stem} or !pyreload {stem}"
        ));
        core.announce();
    }
    core.report(cell.id, &text);
}

/// Interrupts the hook that a script's thread is in, if it is in one.
pub(super) fn interrupt_hook(cell: &Arc<Cell>) {
    let frames = cell.frames();
    if let Some(frame) = frames.last().filter(|f| f.is_job && !f.waiting) {
        interrupt(cell, frame.id);
    }
}

/// Interrupts the script, from a thread of its own: a script in C code may hold the GIL for
/// as long as it likes.
fn interrupt(cell: &Arc<Cell>, frame: u64) {
    if cell.interrupting.swap(true, Ordering::SeqCst) {
        return;
    }
    let mine = Arc::clone(cell);
    let spawned = threads::brief("py interrupt", move || {
        if let (Some(by), Some((_, ident))) = (mine.interrupter.get(), mine.thread.get()) {
            by.interrupt(*ident, || {
                let still = mine.is_in(frame);
                if still {
                    mine.mark_interrupted(frame);
                }
                still
            });
        }
        mine.interrupting.store(false, Ordering::SeqCst);
    });
    if spawned.is_err() {
        cell.interrupting.store(false, Ordering::SeqCst);
    }
}

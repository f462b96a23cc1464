//! The watchdog: no plugin holds up the hub.
//!
//! Native code cannot be interrupted. Past its budget the hub goes on without it, and it is left
//! out until it returns; too often, and it is suspended.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::cell::Cell;
use crate::core::Core;

/// An event whose callback waits for the hub may wait this long, or ten budgets if that is longer.
const MAX_AGE: Duration = Duration::from_secs(30);

/// Starts the watchdog, once; it ends with the plugins.
///
/// # Errors
/// No thread.
pub(crate) fn start(core: &Arc<Core>) -> std::io::Result<()> {
    if core.watching.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let weak = Arc::downgrade(core);
    let run = move || {
        watch(&weak);
        Ok(())
    };
    let started = threads::vital("plug watchdog", run).map(drop);
    if started.is_err() {
        core.watching.store(false, Ordering::SeqCst);
    }
    started
}

fn watch(core: &Weak<Core>) {
    let mut last = Instant::now();
    loop {
        let tick = {
            let Some(core) = core.upgrade() else { return };
            if core.stopped.load(Ordering::SeqCst) {
                return;
            }
            let config = core.around.link.view().config();
            let budget = Duration::from_millis(config.viper.python_budget_ms.into());
            let most = config.viper.python_strikes;
            drop(config);
            let tick = (budget / 10).clamp(Duration::from_millis(5), Duration::from_millis(100));
            // After a stall of the whole machine nobody is to blame.
            let passed = last.elapsed().min(tick * 3);
            last = Instant::now();
            if !budget.is_zero() {
                for cell in core.chain().iter() {
                    if let Some(what) = cell.look(passed, budget, MAX_AGE.max(budget * 10)) {
                        strike(cell, what, budget, most);
                    }
                }
            }
            tick
        };
        std::thread::sleep(tick);
    }
}

/// Counts an overrun; too many and the plugin is left out from now on.
fn strike(cell: &Cell, what: &str, budget: Duration, most: u32) {
    let strikes = cell.strikes.fetch_add(1, Ordering::Relaxed) + 1;
    let (nick, ms) = (&cell.nick, budget.as_millis());
    let count = match most {
        0 => String::new(),
        most => format!(" ({strikes} of {most})"),
    };
    let mut text = format!(
        "Plugin {nick}: {what} took longer than {ms} ms, the hub went on without it{count}"
    );
    if most > 0 && strikes >= most && !cell.suspended.swap(true, Ordering::Relaxed) {
        text.push_str(&format!("; it is told of nothing until !replug {nick}"));
        cell.core.announce();
    }
    cell.core.report(cell.id, &text);
}

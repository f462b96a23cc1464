//! What a script has done so far, for `!pystat`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::cell::Cell;
use super::core::Core;
use super::request;

/// Counted by the script's own thread, read by others.
#[derive(Default)]
pub(super) struct Record {
    calls: AtomicU64,
    errors: AtomicU64,
    total_ns: AtomicU64,
    worst_ns: AtomicU64,
}

/// The numbers at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ScriptStat {
    /// Hooks and other functions called.
    pub calls: u64,
    /// How many of them raised.
    pub errors: u64,
    /// What a call took on average, waiting included.
    pub mean: Duration,
    /// What the longest took.
    pub worst: Duration,
    /// How much waits for the script's thread.
    pub queued: usize,
}

impl Record {
    /// A call has ended. Only the script's thread writes, so that plain stores do.
    pub(super) fn call(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.calls.store(self.calls.load(Relaxed) + 1, Relaxed);
        let total = self.total_ns.load(Relaxed).saturating_add(ns);
        self.total_ns.store(total, Relaxed);
        if ns > self.worst_ns.load(Relaxed) {
            self.worst_ns.store(ns, Relaxed);
        }
    }

    /// It raised.
    pub(super) fn error(&self) {
        self.errors.fetch_add(1, Relaxed);
    }

    /// The numbers; those who raised in hooks and what waits are counted elsewhere.
    pub(super) fn stat(&self) -> ScriptStat {
        let calls = self.calls.load(Relaxed);
        let mean = self.total_ns.load(Relaxed).checked_div(calls).unwrap_or(0);
        ScriptStat {
            calls,
            errors: self.errors.load(Relaxed),
            mean: Duration::from_nanos(mean),
            worst: Duration::from_nanos(self.worst_ns.load(Relaxed)),
            queued: 0,
        }
    }
}

/// `!pystat`. Times hold what a call waited for, too.
pub(super) fn table(core: &Arc<Core>) -> String {
    let mut text = format!(
        "What Python scripts have done:\r\n\r\n\tID\tCalls\tErrors\tMean\tWorst\tQueue\tMemory\tState\tScript\r\n\t{}",
        "-".repeat(80)
    );
    let chain = core.chain();
    // Before they are asked for their memory: that is work, too.
    let rows: Vec<_> = chain.iter().map(|c| (c.stat(), state(c))).collect();
    let memory = request::memory(core, &chain);
    for ((cell, (stat, state)), memory) in chain.iter().zip(rows).zip(memory) {
        text.push_str(&format!(
            "\r\n\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            cell.id.0,
            stat.calls,
            stat.errors,
            milliseconds(stat.mean),
            milliseconds(stat.worst),
            stat.queued,
            memory.map_or_else(|| "-".into(), megabytes),
            state,
            cell.path.display(),
        ));
    }
    text
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

fn megabytes(bytes: i64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn state(cell: &Cell) -> String {
    let suspended = cell.suspended.load(Relaxed);
    let frames = cell.frames();
    match (cell.is_stuck(), frames.last()) {
        (true, Some(frame)) if suspended => format!("suspended, stuck in {}", frame.what),
        (true, Some(frame)) => format!("stuck in {}", frame.what),
        _ if suspended => "suspended".into(),
        (_, Some(frame)) => format!("in {}", frame.what),
        _ => "ready".into(),
    }
}

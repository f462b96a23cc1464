//! What a script's statement may take: time, bytes written, bytes returned.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a statement may run.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);
/// SQLite's steps between two looks: some tens of microseconds, or as many rows of a megabyte.
pub(super) const STEPS: i32 = 500;
/// How often it is asked for what was written, which costs a system call.
const LOOK: u64 = 1_000;
/// No cell, and no statement, may have more bytes than this.
pub(super) const MOST_BYTES: i32 = 1 << 20;
/// A longer pattern of LIKE on a long text takes seconds, which nothing interrupts.
pub(super) const LIKE_BYTES: i32 = 1_000;
/// What a statement may return, in bytes of all its cells.
pub(super) const RESULT: usize = 4 << 20;
/// How much a statement may make the database file larger.
pub(super) const GROWTH: u64 = 64 << 20;
/// How large the file may become by statements of scripts.
pub(super) const FILE: u64 = 2 << 30;
/// What a statement may write in all: its pages, those it changes, and temporary files.
const WRITTEN: u64 = 256 << 20;

const LATE: u8 = 1;
const TOO_MUCH: u8 = 2;

/// Watches the statement that runs.
pub(super) struct Bounds {
    start: Instant,
    /// When it must end, in microseconds after `start`; 0 when none runs.
    deadline: AtomicU64,
    looked: AtomicU64,
    /// What this thread had written before.
    before: AtomicU64,
    /// Why it was stopped.
    why: AtomicU8,
}

/// Bytes that this thread has written in its life; 0 where the system does not tell.
fn written() -> u64 {
    let Ok(text) = fs::read_to_string("/proc/thread-self/io") else {
        return 0;
    };
    let line = text.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|n| n.parse().ok()).unwrap_or(0)
}

impl Bounds {
    pub(super) fn new() -> Arc<Bounds> {
        Arc::new(Bounds {
            start: Instant::now(),
            deadline: AtomicU64::new(0),
            looked: AtomicU64::new(0),
            before: AtomicU64::new(0),
            why: AtomicU8::new(0),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// A statement begins, on this thread.
    pub(super) fn begin(&self) {
        let limit = u64::try_from(TIME_LIMIT.as_micros()).unwrap_or(u64::MAX);
        let now = self.now();
        self.why.store(0, Ordering::Relaxed);
        self.looked.store(now, Ordering::Relaxed);
        self.before.store(written(), Ordering::Relaxed);
        self.deadline.store(now + limit, Ordering::Relaxed);
    }

    /// Whether the statement must stop now.
    pub(super) fn is_over(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        if deadline == 0 {
            return false;
        }
        let now = self.now();
        if now > deadline {
            self.why.store(LATE, Ordering::Relaxed);
            return true;
        }
        if now < self.looked.load(Ordering::Relaxed) + LOOK {
            return false;
        }
        self.looked.store(now, Ordering::Relaxed);
        let much = written().saturating_sub(self.before.load(Ordering::Relaxed)) > WRITTEN;
        if much {
            self.why.store(TOO_MUCH, Ordering::Relaxed);
        }
        much
    }

    /// It has ended; why it was stopped, if it was.
    pub(super) fn end(&self) -> Option<String> {
        self.deadline.store(0, Ordering::Relaxed);
        match self.why.swap(0, Ordering::Relaxed) {
            LATE => {
                let seconds = TIME_LIMIT.as_secs();
                Some(format!("stopped: a statement may take {seconds} seconds"))
            }
            TOO_MUCH => {
                let most = WRITTEN >> 20;
                Some(format!("stopped: a statement may write {most} MiB"))
            }
            _ => None,
        }
    }
}

/// Why nothing more can be stored.
pub(super) fn full() -> String {
    let (growth, file) = (GROWTH >> 20, FILE >> 30);
    format!(
        "no room: a statement may make the database {growth} MiB larger, and all of them up to \
         {file} GiB (or the disk is full)"
    )
}

/// Why the rows of a statement are not returned.
pub(super) fn result_too_large() -> String {
    let most = RESULT >> 20;
    format!("stopped: the rows of a statement may have {most} MiB together")
}

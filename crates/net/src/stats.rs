//! Counters of all threads together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the sockets have done since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Connections open now.
    pub open: u64,
    /// Connections accepted.
    pub accepted: u64,
    /// Connections dropped because they did not read.
    pub slow: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Write calls: few against the messages sent when batching works.
    pub writes: u64,
}

/// The counters; each turn adds what it has done, so that they cost nothing per message.
#[derive(Default)]
pub(crate) struct Counters {
    accepted: AtomicU64,
    closed: AtomicU64,
    slow: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    writes: AtomicU64,
}

/// What one turn has done.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) accepted: u64,
    pub(crate) closed: u64,
    pub(crate) slow: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) writes: u64,
}

impl Counters {
    pub(crate) fn add(&self, tally: &mut Tally) {
        for (counter, more) in [
            (&self.accepted, tally.accepted),
            (&self.closed, tally.closed),
            (&self.slow, tally.slow),
            (&self.bytes_in, tally.bytes_in),
            (&self.bytes_out, tally.bytes_out),
            (&self.writes, tally.writes),
        ] {
            if more != 0 {
                counter.fetch_add(more, Relaxed);
            }
        }
        *tally = Tally::default();
    }

    pub(crate) fn read(&self) -> Stats {
        // `closed` first: a connection counted as closed is then surely counted as accepted.
        let closed = self.closed.load(Relaxed);
        let accepted = self.accepted.load(Relaxed);
        Stats {
            open: accepted.saturating_sub(closed),
            accepted,
            slow: self.slow.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            writes: self.writes.load(Relaxed),
        }
    }
}

//! How much of what the sockets bring may wait for the hub thread: some milliseconds of its work,
//! and never more than a few megabytes.
//!
//! What waits is counted in bytes. What a byte costs the hub thread is measured, so that the gate
//! closes earlier while it is fed with dear messages. Whose messages are dear is charged for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use hub::io::{ConnId, NetEvent};
use net::{MESSAGE_COST, NetCommand};

/// How long the hub thread should need for all that waits, in nanoseconds.
const BACKLOG_NS: f64 = 1_000_000.0;
/// So much may wait however dear it is, and however cheap, in bytes.
const LEAST: usize = 16 * 1024;
/// See [`LEAST`].
const MOST: usize = 1024 * 1024;
/// What a byte is taken to cost before anything was measured, in nanoseconds.
const FIRST_GUESS: f64 = 20.0;
/// Work for one connection in a turn that is nothing special.
const CHEAP: Duration = Duration::from_micros(100);
/// Bytes of `max_read_rate` that a microsecond of the hub thread stands for.
const PER_MICROSECOND: u64 = 20;

/// What events weigh on their way: their bytes, and what each costs beside them.
pub fn weight(events: &[NetEvent]) -> usize {
    let bytes = |event: &NetEvent| match event {
        NetEvent::Frame { frame, .. } => frame.len(),
        _ => 0,
    };
    events.iter().map(|e| bytes(e) + MESSAGE_COST).sum()
}

/// Counts what is on its way, and makes those who bring more wait while it is too much.
pub struct Gate {
    /// Weight on its way.
    waiting: AtomicUsize,
    limit: AtomicUsize,
    /// Threads that wait for room, or are about to.
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    room: Condvar,
}

impl Default for Gate {
    fn default() -> Self {
        Gate {
            waiting: AtomicUsize::new(0),
            limit: AtomicUsize::new(LEAST),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            room: Condvar::new(),
        }
    }
}

impl Gate {
    /// Announces something; waits while too much is on its way. Anything may pass when nothing is.
    pub fn enter(&self, weight: usize) {
        if !self.is_open() {
            let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            // Before the look, so that whoever makes room after it knows that somebody waits.
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            while !self.is_open() {
                guard = self
                    .room
                    .wait(guard)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
        self.waiting.fetch_add(weight, Ordering::SeqCst);
    }

    /// Takes off what is done with; from now on `limit` may wait.
    pub fn leave(&self, weight: usize, limit: usize) {
        self.limit.store(limit, Ordering::SeqCst);
        self.waiting.fetch_sub(weight, Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            // Taking the lock orders this after the look of a thread about to wait.
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.room.notify_all();
        }
    }

    fn is_open(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) < self.limit.load(Ordering::SeqCst)
    }
}

/// What the hub thread needs for a byte, on average of late.
pub struct Price(f64);

impl Default for Price {
    fn default() -> Self {
        Price(FIRST_GUESS)
    }
}

impl Price {
    /// Learns how long something took; returns how much may wait.
    pub fn learn(&mut self, weight: usize, took: Duration) -> usize {
        if weight > 0 {
            let each = took.as_nanos() as f64 / weight as f64;
            // The heavier the more it says; a single message that the system interrupted says little.
            let share = (weight as f64 / LEAST as f64).min(1.0) / 4.0;
            self.0 += (each - self.0) * share;
        }
        ((BACKLOG_NS / self.0.max(0.1)) as usize).clamp(LEAST, MOST)
    }
}

/// What to charge a connection for work that took so long.
pub fn charge(conn: ConnId, took: Duration) -> Option<NetCommand> {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let cost = micros.saturating_mul(PER_MICROSECOND);
    (took >= CHEAP).then_some(NetCommand::Charge { conn, cost })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn what_is_dear_closes_the_gate_early() {
        let mut price = Price::default();
        for _ in 0..50 {
            price.learn(100_000, Duration::from_micros(100));
        }
        let cheap = price.learn(0, Duration::ZERO);
        assert!(
            (900_000..=MOST).contains(&cheap),
            "{cheap} for a millisecond"
        );
        for _ in 0..50 {
            price.learn(10_000, Duration::from_millis(1));
        }
        let dear = price.learn(0, Duration::ZERO);
        assert_eq!(dear, LEAST);
        // One message that took long is no proof.
        let mut price = Price::default();
        let before = price.learn(0, Duration::ZERO);
        let after = price.learn(100, Duration::from_micros(200));
        assert!(after * 2 > before, "{before} then {after}");
    }

    #[test]
    fn anything_passes_an_empty_gate_and_waits_at_a_full_one() {
        let gate = Arc::new(Gate::default());
        gate.enter(10 * MOST);
        let (say, heard) = channel();
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let (gate, say) = (Arc::clone(&gate), say.clone());
                thread::spawn(move || {
                    say.send(()).expect("heard");
                    for _ in 0..1000 {
                        gate.enter(LEAST + n);
                    }
                })
            })
            .collect();
        (0..4).for_each(|_| heard.recv().expect("each begins"));
        assert_eq!(gate.waiting.load(Ordering::SeqCst), 10 * MOST);
        gate.leave(10 * MOST, LEAST);
        let mut left = 4000 * LEAST + 1000 * 6;
        while left > 0 {
            // Each passes when there is room, so no more than one of each is beyond it.
            let there = gate.waiting.load(Ordering::SeqCst);
            assert!(there <= 5 * (LEAST + 3), "{there}");
            let gone = there.min(left);
            gate.leave(gone, LEAST);
            left -= gone;
            thread::yield_now();
        }
        for t in threads {
            t.join().expect("all pass");
        }
    }

    #[test]
    fn only_dear_work_is_charged() {
        assert!(charge(ConnId(1), Duration::from_micros(99)).is_none());
        let Some(NetCommand::Charge { conn, cost }) = charge(ConnId(1), Duration::from_millis(2))
        else {
            panic!("2 ms are dear");
        };
        assert_eq!((conn, cost), (ConnId(1), 40_000));
    }
}

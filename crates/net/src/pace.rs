//! How fast one connection is read.

use std::time::{Duration, Instant};

/// How long a connection rests that has used up what it may send. It is a little late then, but
/// brings more than a message at a time.
pub(crate) const REST: Duration = Duration::from_millis(10);

/// How often a connection is read that is on its way out and sends all the same: so that its system
/// does not take what it has yet to read for lost, with what it sends in the time it has for that.
pub(crate) const DRAIN: Duration = Duration::from_millis(10);

/// What a connection may send: it fills up with time, to a second's worth.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    /// What is left; below zero when more was used.
    left: i64,
    /// Up to when it was filled.
    at: Instant,
}

impl Budget {
    pub(crate) fn full(rate: usize, now: Instant) -> Budget {
        Budget {
            left: whole(rate),
            at: now,
        }
    }

    /// Whether something is left.
    pub(crate) fn is_open(&mut self, rate: usize, now: Instant) -> bool {
        if rate == 0 {
            return true;
        }
        let rate = whole(rate);
        let micros = now.saturating_duration_since(self.at).as_micros();
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        let more = rate.saturating_mul(micros) / 1_000_000;
        if more > 0 {
            self.left = self.left.saturating_add(more).min(rate);
            self.at = now;
        }
        self.left > 0
    }

    /// Takes something off. Who has used too much rests, but for no longer than some seconds.
    pub(crate) fn spend(&mut self, cost: u64, rate: usize) {
        let cost = i64::try_from(cost).unwrap_or(i64::MAX);
        let least = whole(rate).saturating_mul(-LONGEST);
        self.left = self.left.saturating_sub(cost).max(least);
    }
}

/// Seconds that a connection rests at most.
const LONGEST: i64 = 5;

fn whole(rate: usize) -> i64 {
    i64::try_from(rate).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_fills_with_time_up_to_a_second() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut budget = Budget::full(1000, start);
        budget.spend(999, 1000);
        assert!(budget.is_open(1000, start));
        budget.spend(101, 1000);
        assert!(!budget.is_open(1000, after(100)));
        assert!(budget.is_open(1000, after(101)));
        // An hour later there is a second's worth, not an hour's.
        assert!(budget.is_open(1000, after(3_600_000)));
        budget.spend(1001, 1000);
        assert!(!budget.is_open(1000, after(3_600_000)));
        // Debts end.
        budget.spend(u64::MAX, 1000);
        assert!(!budget.is_open(1000, after(3_604_999)));
        assert!(budget.is_open(1000, after(3_605_001)));
        // Without a limit nothing counts.
        budget.spend(u64::MAX, 0);
        assert!(budget.is_open(0, start));
    }

    #[test]
    fn small_steps_fill_it_too() {
        let start = Instant::now();
        let mut budget = Budget::full(1000, start);
        budget.spend(1000, 1000);
        let opened = (1..10_000u64).find(|us| {
            let now = start + Duration::from_micros(*us);
            budget.is_open(1000, now)
        });
        assert_eq!(opened, Some(1000));
    }
}

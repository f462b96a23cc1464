//! Things that go wrong again and again: told once in full, then counted.

use std::collections::HashMap;

/// So many different things are told apart; further ones count as one.
const MOST: usize = 64;
/// When the count is told, in milliseconds after the last time something was.
const STEPS: [u64; 3] = [60_000, 600_000, 3_600_000];
/// After so long without it a thing is told in full again.
const NEW_AGAIN: u64 = 24 * 3_600_000;

/// What has happened so far, by key.
#[derive(Default, Debug)]
pub struct Repeats {
    known: HashMap<Box<str>, Known>,
}

#[derive(Debug)]
struct Known {
    /// When it happened last, and when that was told.
    last: u64,
    told: u64,
    /// How often since then.
    more: u64,
    /// Which of the steps is next.
    step: usize,
}

/// What is to be told of something that has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tell {
    /// All of it.
    Full,
    /// How often it has happened since it was told, and within how many milliseconds.
    Count {
        /// This time included.
        times: u64,
        /// Milliseconds.
        within: u64,
    },
    /// Nothing, it is only counted.
    Nothing,
}

impl Repeats {
    /// Something happens at `now` (milliseconds of a clock that never goes back).
    pub fn note(&mut self, key: &str, now: u64) -> Tell {
        let key = match self.known.len() < MOST || self.known.contains_key(key) {
            true => key,
            false => "",
        };
        let Some(known) = self.known.get_mut(key) else {
            let (last, told) = (now, now);
            self.known.insert(
                key.into(),
                Known {
                    last,
                    told,
                    more: 0,
                    step: 0,
                },
            );
            return Tell::Full;
        };
        let quiet = now.saturating_sub(known.last);
        known.last = now;
        known.more += 1;
        let within = now.saturating_sub(known.told);
        if quiet >= NEW_AGAIN {
            (known.told, known.more, known.step) = (now, 0, 0);
            return Tell::Full;
        }
        if within < STEPS[known.step] {
            return Tell::Nothing;
        }
        let times = std::mem::take(&mut known.more);
        known.told = now;
        known.step = (known.step + 1).min(STEPS.len() - 1);
        Tell::Count { times, within }
    }
}

/// Milliseconds as people say them.
pub fn span(ms: u64) -> String {
    let (n, unit) = match ms / 1000 {
        s if s < 120 => (s, "second"),
        s if s < 7200 => (s / 60, "minute"),
        s => (s / 3600, "hour"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_in_full_then_a_count_after_a_minute_ten_and_each_hour() {
        let mut repeats = Repeats::default();
        let mut told = Vec::new();
        // Once a second for a day.
        for second in 0..86_400u64 {
            match repeats.note("a", second * 1000) {
                Tell::Nothing => {}
                tell => told.push((second, tell)),
            }
        }
        assert_eq!(told[0], (0, Tell::Full));
        let count = |times, within: u64| Tell::Count {
            times,
            within: within * 1000,
        };
        assert_eq!(told[1], (60, count(60, 60)));
        assert_eq!(told[2], (660, count(600, 600)));
        assert_eq!(told[3], (4260, count(3600, 3600)));
        assert_eq!(told.len(), 3 + 23);
    }

    #[test]
    fn things_are_told_apart_up_to_a_number() {
        let mut repeats = Repeats::default();
        let full = (0..10_000).filter(|n| repeats.note(&n.to_string(), 0) == Tell::Full);
        assert_eq!(full.count(), MOST + 1);
        assert!(repeats.known.len() <= MOST + 1);
        // What has not been for a day is news.
        assert_eq!(repeats.note("0", NEW_AGAIN), Tell::Full);
        assert_eq!(repeats.note("0", NEW_AGAIN + 1), Tell::Nothing);
    }

    #[test]
    fn spans() {
        let said: Vec<_> = [1000, 60_000, 600_000, 7_300_000].map(span).into();
        assert_eq!(said, ["1 second", "60 seconds", "10 minutes", "2 hours"]);
    }
}

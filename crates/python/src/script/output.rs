//! What scripts print, on its way to the log: lines of a bounded length, so many at once and so
//! many in the long run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hub::cut::{self, Plain};

/// So many bytes a script may print at once.
const BURST: u64 = 1 << 20;
/// And so many in each second, in the long run.
const RATE: u64 = 4 << 10;
/// What a line costs beside its text: time and name stand before it.
const LINE_COST: u64 = 64;

/// How much a script has printed lately.
#[derive(Debug)]
struct Gate {
    left: u64,
    /// When `left` was right, in milliseconds.
    at: u64,
    /// Since it printed too much: lines and bytes left out.
    closed: Option<(u64, u64)>,
}

/// What becomes of something printed.
#[derive(Debug, PartialEq, Eq)]
enum Pass {
    Yes,
    /// From now on it is left out.
    Closing,
    No,
}

impl Gate {
    fn new(now: u64) -> Gate {
        Gate {
            left: BURST,
            at: now,
            closed: None,
        }
    }

    /// How many lines and bytes were left out, when that is over: a good part of what may come
    /// at once may come again, so that a script that goes on is not told of for each line.
    fn reopen(&mut self, now: u64) -> Option<(u64, u64)> {
        let passed = now.saturating_sub(self.at);
        if passed >= 1000 {
            self.left = (self.left + passed / 1000 * RATE).min(BURST);
            self.at += passed / 1000 * 1000;
        }
        match self.left >= BURST / 4 {
            true => self.closed.take(),
            false => None,
        }
    }

    fn pass(&mut self, lines: u64, bytes: u64) -> Pass {
        if let Some((l, b)) = &mut self.closed {
            (*l, *b) = (*l + lines, *b + bytes);
            return Pass::No;
        }
        match self.left.checked_sub(bytes + lines * LINE_COST) {
            Some(left) => {
                self.left = left;
                Pass::Yes
            }
            None => {
                self.closed = Some((lines, bytes));
                Pass::Closing
            }
        }
    }
}

/// By script.
static GATES: Mutex<Option<HashMap<String, Gate>>> = Mutex::new(None);

fn gates() -> MutexGuard<'static, Option<HashMap<String, Gate>>> {
    GATES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> u64 {
    static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let begun = BEGUN.get_or_init(Instant::now);
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn tell_left_out(script: &str, (lines, bytes): (u64, u64)) {
    let (lines, bytes) = (Plain(lines), Plain(bytes));
    tracing::warn!(target: "script", script, "{lines} lines ({bytes} bytes) that it printed were left out");
}

/// Whether these lines of a script may go to the log.
fn admit(script: &str, lines: u64, bytes: usize) -> bool {
    let now = now();
    let (over, pass) = {
        let mut gates = gates();
        let gates = gates.get_or_insert_default();
        if !gates.contains_key(script) {
            gates.insert(script.to_owned(), Gate::new(now));
        }
        let Some(gate) = gates.get_mut(script) else {
            return true;
        };
        (gate.reopen(now), gate.pass(lines, bytes as u64))
    };
    if let Some(left_out) = over {
        tell_left_out(script, left_out);
    }
    if pass == Pass::Closing {
        let (burst, rate) = (Plain(BURST), Plain(RATE));
        tracing::warn!(target: "script", script,
            "it prints too much, what it prints is left out for a while: {burst} bytes at once \
             and {rate} bytes a second are written to the log");
    }
    pass == Pass::Yes
}

/// A line that a script has printed. False when it was left out: what else it has may be given
/// to [`skip`].
pub(super) fn line(script: &str, error: bool, line: &str) -> bool {
    let line = cut::line(line, cut::LINE);
    let passes = admit(script, 1, line.len());
    if passes {
        match error {
            true => tracing::warn!(target: "script", script, "{line}"),
            false => tracing::info!(target: "script", script, "{line}"),
        }
    }
    passes
}

/// Lines that nobody has looked at, after one that was left out.
pub(super) fn skip(script: &str, lines: u64, bytes: usize) {
    admit(script, lines, bytes);
}

/// Tells of scripts that have become quiet, or that go: nobody else would.
pub(crate) fn settle(gone: Option<&str>) {
    let now = now();
    let mut over = Vec::new();
    if let Some(gates) = gates().as_mut() {
        for (script, gate) in gates.iter_mut() {
            let left_out = match gone == Some(script) {
                true => gate.closed.take(),
                false => gate.reopen(now),
            };
            over.extend(left_out.map(|n| (script.clone(), n)));
        }
        // What has its whole burst again is as one never seen; what goes keeps its place, or a
        // reload would be a way around.
        gates.retain(|_, gate| gate.left < BURST || gate.closed.is_some());
    }
    for (script, left_out) in over {
        tell_left_out(&script, left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that pass when a script prints as fast as it can for so long, and how often it is
    /// told of.
    fn flood(seconds: u64) -> (u64, u64) {
        let mut gate = Gate::new(0);
        let (mut bytes, mut told) = (0, 0);
        for ms in 0..seconds * 1000 {
            told += u64::from(gate.reopen(ms).is_some());
            for _ in 0..100 {
                match gate.pass(1, 200) {
                    Pass::Yes => bytes += 264,
                    Pass::Closing => told += 1,
                    Pass::No => {}
                }
            }
        }
        (bytes, told)
    }

    #[test]
    fn a_burst_then_a_steady_rate_and_few_words_about_it() {
        let (bytes, told) = flood(1);
        assert!(
            bytes <= BURST && bytes > BURST - 300 && told == 1,
            "{bytes} {told}"
        );
        let (bytes, told) = flood(600);
        assert!(bytes <= BURST + 600 * RATE, "{bytes}");
        assert!((10..=20).contains(&told), "{told}");
        // Who keeps below the rate is never cut.
        let mut gate = Gate::new(0);
        for second in 0..10_000 {
            assert_eq!(gate.reopen(second * 1000), None);
            assert_eq!(gate.pass(10, RATE - 10 * LINE_COST), Pass::Yes);
        }
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let mut gate = Gate::new(0);
        assert_eq!(gate.pass(1, BURST - LINE_COST), Pass::Yes);
        assert_eq!(gate.pass(1, 10), Pass::Closing);
        assert_eq!(gate.pass(5, 1000), Pass::No);
        assert_eq!(gate.reopen(60_000), None);
        assert_eq!(gate.reopen(64_000), Some((6, 1010)));
        assert_eq!(gate.pass(1, 10), Pass::Yes);
    }
}

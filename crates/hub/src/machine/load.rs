//! How loaded the hub is: how often it gets to look at its clock, against
//! `adv_min_frequency`, and how much it sends, against `adv_max_upload_kbps`.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::Hub;

/// From least to most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Load {
    Normal,
    /// Busy; nothing is refused.
    Progressive,
    /// Users below operator get no searches, results and ExtJSON through.
    Capacity,
    /// Nobody new is let in.
    Recovery,
    /// The same, and worse.
    Down,
}

impl Load {
    pub const fn name(self) -> &'static str {
        match self {
            Load::Normal => "normal",
            Load::Progressive => "busy",
            Load::Capacity => "at its limit, searches wait",
            Load::Recovery => "over its limit, nobody new is let in",
            Load::Down => "far over its limit, nobody new is let in",
        }
    }
}

/// The mean is taken over so long.
const SPAN_MS: u64 = 90_000;
/// One gap counts no more: a computer that slept was not overloaded.
const LONGEST_MS: u64 = 10_000;
/// What a hub at ease does, one look in so many milliseconds.
const USUAL_MS: u64 = 1000;

/// The gaps between the looks at the clock, over the last [`SPAN_MS`].
pub(super) struct Meter {
    gaps: VecDeque<u64>,
    sum: u64,
    last: u64,
    state: Load,
}

impl Meter {
    pub fn starting(now: u64) -> Meter {
        Meter {
            gaps: VecDeque::new(),
            sum: 0,
            last: now,
            state: Load::Normal,
        }
    }

    fn look(&mut self, now: u64) {
        let last = std::mem::replace(&mut self.last, now);
        let gap = now.saturating_sub(last).clamp(1, LONGEST_MS);
        self.gaps.push_back(gap);
        self.sum += gap;
        while self.sum > SPAN_MS {
            let Some(first) = self.gaps.pop_front() else {
                break;
            };
            self.sum -= first;
        }
    }

    /// Looks per second; what is not known yet counts as usual.
    fn frequency(&self) -> f64 {
        let looks = self.gaps.len() as f64;
        let unknown = SPAN_MS.saturating_sub(self.sum) as f64 / USUAL_MS as f64;
        (looks + unknown) * 1000.0 / SPAN_MS as f64
    }
}

impl Hub {
    pub(super) fn load(&self) -> Load {
        self.meter.state
    }

    /// Whether searches and the like of a user have to wait.
    pub(super) fn too_busy_for(&self, class: i32) -> bool {
        class < 3 && self.load() >= Load::Capacity
    }

    /// Measures anew; operators are told when something begins or ceases to be refused.
    pub(super) fn measure_load(&mut self) {
        self.meter.look(self.now.mono_ms);
        let least = self.config.engine.adv_min_frequency;
        let frequency = self.meter.frequency();
        let below = |factor: f64| frequency < least * factor;
        let most = self.config.engine.adv_max_upload_kbps;
        let upload = self.view.upload.load(Ordering::Relaxed) as f64 / 1024.0;
        let state = if below(0.5) {
            Load::Down
        } else if below(0.8) {
            Load::Recovery
        } else if below(1.0) {
            Load::Capacity
        } else if below(1.2) || (most > 0.0 && upload > most) {
            Load::Progressive
        } else {
            Load::Normal
        };
        let before = std::mem::replace(&mut self.meter.state, state);
        let refuses = |load: Load| load.max(Load::Progressive);
        if refuses(before) != refuses(state) {
            let text = format!("The load of the hub is {}.", state.name());
            self.log(crate::io::Level::Warn, text.clone());
            self.tell_operators(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_over_ninety_seconds() {
        let mut m = Meter::starting(0);
        let mut now = 0;
        let mut looks = |m: &mut Meter, gap: u64, n: u32| {
            for _ in 0..n {
                now += gap;
                m.look(now);
            }
            m.frequency()
        };
        assert_eq!(looks(&mut m, 1000, 5), 1.0);
        assert_eq!(looks(&mut m, 5000, 18), 0.2);
        assert_eq!(looks(&mut m, 1000, 90), 1.0);
        // Ten minutes of sleep are not ten minutes of load.
        assert!(looks(&mut m, 600_000, 1) > 0.8);
        assert!(m.gaps.len() <= 91);
    }
}

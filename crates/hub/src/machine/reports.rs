//! What scripts have to say to operators and the log of their failures: not without end.

use std::collections::HashMap;

use bytes::Bytes;

use super::Hub;
use crate::cut;
use crate::io::{Level, ScriptId};

/// So many reports of one script come at once.
const AT_ONCE: u64 = 30;
/// Then one in so many milliseconds.
const EVERY: u64 = 60_000;
/// So many scripts are remembered; a script's number is used again when it is reloaded.
const SCRIPTS: usize = 1024;

/// How much a script has reported lately.
#[derive(Debug)]
struct Account {
    /// Milliseconds' worth of reports that may still come, up to `AT_ONCE * EVERY`.
    left: u64,
    at: u64,
    /// How many were left out since the last that came.
    dropped: u64,
}

/// By script; `None` is the program around them.
#[derive(Default, Debug)]
pub(super) struct Reports(HashMap<Option<ScriptId>, Account>);

impl Reports {
    /// Whether a report may come, and how many before it did not.
    fn admit(&mut self, script: Option<ScriptId>, now: u64) -> Option<u64> {
        if self.0.len() >= SCRIPTS {
            self.0
                .retain(|_, a| now.saturating_sub(a.at) < AT_ONCE * EVERY);
        }
        let account = self.0.entry(script).or_insert(Account {
            left: AT_ONCE * EVERY,
            at: now,
            dropped: 0,
        });
        let since = now.saturating_sub(account.at);
        account.at = now;
        account.left = (account.left + since).min(AT_ONCE * EVERY);
        match account.left.checked_sub(EVERY) {
            Some(left) => {
                account.left = left;
                Some(std::mem::take(&mut account.dropped))
            }
            None => {
                account.dropped += 1;
                None
            }
        }
    }
}

impl Hub {
    /// Tells operators and the log of a script's failure, at most [`cut::REPORT`] bytes of it and
    /// at most so often.
    pub(super) fn failure(&mut self, script: Option<ScriptId>, text: &Bytes, log: Option<&Bytes>) {
        let Some(dropped) = self.reports.admit(script, self.now.mono_ms) else {
            return;
        };
        if dropped > 0 {
            let whose = script.map_or_else(|| "the hub".into(), |s| format!("script #{}", s.0));
            let text = format!("{dropped} reports of {whose} were left out: too many came");
            self.log(Level::Warn, text.clone());
            self.tell_operators(text.as_bytes());
        }
        let logged = String::from_utf8_lossy(log.unwrap_or(text));
        self.log(Level::Warn, cut::text(&logged, cut::REPORT));
        self.tell_operators(&cut::bytes(text, cut::REPORT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_then_few_and_the_rest_is_counted() {
        let mut reports = Reports::default();
        let script = Some(ScriptId(1));
        let told = (0..10_000).filter(|_| reports.admit(script, 0).is_some());
        assert_eq!(told.count() as u64, AT_ONCE);
        // Others have their own account.
        assert_eq!(reports.admit(None, 0), Some(0));
        assert_eq!(reports.admit(script, EVERY), Some(10_000 - AT_ONCE));
        // Ten a second for a day.
        let day = (0..864_000u64).filter(|n| reports.admit(script, EVERY + n * 100).is_some());
        assert!(day.count() <= 24 * 60);
    }
}

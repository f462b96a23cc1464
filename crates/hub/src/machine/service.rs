//! What the program does for the hub: reading its settings anew, starting again, hub lists.

use bytes::Bytes;

use crate::config;
use crate::io::{ConnId, Level, ReqId, Service};

use super::settings::Change;
use super::settings::HUB_FILE;
use super::tempban::{parse_span, span};
use super::tick::End;
use super::{Hub, cat};

/// Settings that stay as they were given for this run, and how often settings have changed.
#[derive(Default)]
pub(super) struct Pinned {
    names: Vec<String>,
    changes: u64,
    /// Changes that the store has yet to answer.
    under_way: usize,
    /// What the last reload did not take.
    refused: Vec<String>,
}

impl Pinned {
    /// A setting is on its way to the store.
    pub fn begin_change(&mut self) {
        self.under_way += 1;
    }

    /// The store has answered.
    pub fn end_change(&mut self) {
        self.under_way -= 1;
    }
}

/// What there is to say of a reload when all is read.
#[derive(Debug)]
pub(super) struct Reload {
    by: Option<ConnId>,
    level: Level,
    lines: Vec<String>,
}

impl Hub {
    /// Lets `!reload` leave these settings alone: they were given for this run only.
    pub fn pin(&mut self, names: impl IntoIterator<Item = String>) {
        let own = names
            .into_iter()
            .map(|name| config::own_name(&name).to_owned());
        self.pinned.names.extend(own);
    }

    /// A setting was changed by something other than a reload.
    pub(super) fn note_change(&mut self) {
        self.pinned.changes += 1;
    }

    /// Begins to read settings and files anew. `by`: who gets the reply.
    pub(super) fn reload(&mut self, by: Option<ConnId>) {
        let changes = self.pinned.changes;
        self.service(by, Service::Reload { changes });
    }

    /// The settings as they are stored now. What was changed while they were read is newer:
    /// then they are read once more.
    pub(super) fn reloaded(
        &mut self,
        req: ReqId,
        changes: u64,
        settings: Vec<(Bytes, Bytes)>,
        text: &[u8],
    ) {
        let Some(by) = self.shown_to(req) else {
            return;
        };
        if changes != self.pinned.changes || self.pinned.under_way > 0 {
            self.reload(by);
            return;
        }
        let (mut changed, mut refused) = (Vec::new(), Vec::new());
        for (name, value) in settings {
            let var = String::from_utf8_lossy(&name).into_owned();
            let old = self.config.get(&var);
            if self.pinned.names.contains(&var) || config::is_fixed(&var) {
                continue;
            }
            // Rows of versions that had other settings say nothing.
            let Some(old) = old.filter(|old| *old != value) else {
                continue;
            };
            let mut trial = self.config.clone();
            let problem = match trial.set(&var, &value) {
                Err(error) => Some(error.to_string()),
                // The same in another form, as in `yes` for 1.
                Ok(()) if trial == self.config => continue,
                Ok(()) => self.objection(&var, &trial),
            };
            if let Some(problem) = problem {
                refused.push(problem);
                continue;
            }
            self.config = trial.clone();
            self.view.set_config(trial);
            self.take_effect(&Change {
                by: None,
                file: Bytes::from_static(HUB_FILE),
                var: var.clone(),
                value,
                old,
                topic: false,
            });
            changed.push(var);
        }
        let mut lines = vec![match changed.as_slice() {
            [] => "Reloaded; no setting had changed.".to_owned(),
            names => format!("Reloaded; changed: {}.", names.join(", ")),
        }];
        let restart = |name: &&String| {
            config::spec(name).is_some_and(|s| s.reload == config::Reload::Restart)
        };
        let later: Vec<&str> = changed.iter().filter(restart).map(String::as_str).collect();
        if !later.is_empty() {
            lines.push(format!("After a restart: {}.", later.join(", ")));
        }
        let again = refused == self.pinned.refused;
        self.pinned.refused.clone_from(&refused);
        lines.extend(refused);
        if !text.is_empty() {
            lines.push(String::from_utf8_lossy(text).into_owned());
        }
        let news =
            by.is_some() || !changed.is_empty() || !text.is_empty() || lines.len() > 1 && !again;
        let level = match news {
            true => Level::Info,
            false => Level::Debug,
        };
        self.reload_lists();
        self.reload_bans();
        if by.is_some() {
            // Else those that others have changed are told by themselves.
            self.reread_all_registrations();
        }
        // The last that is read: it is said when all of it counts.
        self.reload_rights(Some(Reload { by, level, lines }));
    }

    pub(super) fn tell_reload(&mut self, reload: &Reload) {
        let lines = &reload.lines;
        self.log(reload.level, lines.join(" "));
        if let Some(conn) = reload.by.filter(|c| self.conns.contains_key(c)) {
            self.notice(conn, nmdc::escape::encode(lines.join("\r\n").as_bytes()));
        }
    }

    /// `!quit` and `!restart`, with a time to wait or `-1` to stay after all.
    pub(super) fn end_command(&mut self, by: ConnId, time: &[u8], restart: bool) {
        let what = if restart { "restarts" } else { "stops" };
        let end = End {
            code: i32::from(restart),
            restart,
        };
        if time == b"-1" {
            let text = match self.unplan_stop() {
                true => "The hub stays.",
                false => "Nothing was planned.",
            };
            self.notice(by, text);
            return;
        }
        let seconds = match time {
            b"" => Some(0),
            time => parse_seconds(time),
        };
        match seconds {
            None => self.notice(by, "A time is a number of seconds, or as in 5m or 1h."),
            Some(0) => {
                self.shutdown(end);
            }
            Some(seconds) => {
                self.stop_at(self.now.mono_ms.saturating_add(seconds * 1000), end);
                let data = self.bot_line(&cat!["The hub ", what, " in ", span(seconds), "."]);
                self.broadcast(crate::io::Group::LISTED, data);
            }
        }
    }
}

/// Seconds, or a span with its unit; not more than a year.
fn parse_seconds(text: &[u8]) -> Option<u64> {
    let plain = str::from_utf8(text).ok()?.parse().ok();
    let seconds = plain.or_else(|| parse_span(text).ok())?;
    (seconds <= 366 * 86_400).then_some(seconds)
}

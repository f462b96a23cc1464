//! Triggers: texts and files that users ask for, that are shown at login, with `+help`, or
//! from time to time.
//!
//! Files are read by the program, never here. What was read is kept for a moment, so that a
//! crowd that logs in does not have the same file read over and over.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group, Level, Traits};

use super::commands::CommandLine;
use super::consoles::Cells;
use super::vars::{About, is_personal};
use super::{Hub, Map};

/// How long a file that was read is taken as it was.
const FRESH_MS: u64 = 1000;
/// Most files kept.
const MAX_KEPT: usize = 256;
/// Where files of the hub's data directory begin.
const CFG: &[u8] = b"%[CFG]/";

/// The bits of `flags`.
mod bit {
    pub const EXECUTE: i64 = 1;
    pub const PM: i64 = 2;
    pub const LOGIN: i64 = 4;
    pub const HELP: i64 = 8;
    pub const TEXT: i64 = 16;
    pub const VARIABLES: i64 = 32;
    pub const ALL: i64 = 64;
}

/// One row of `file_trigger`.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub command: Bytes,
    send_as: Bytes,
    definition: Bytes,
    pub descr: Bytes,
    pub min_class: i32,
    pub max_class: i32,
    flags: i64,
    /// How often it is shown by itself.
    seconds: u64,
}

impl Trigger {
    pub fn read(row: &Cells<'_>) -> Trigger {
        Trigger {
            command: row.text(0),
            send_as: row.text(1),
            definition: row.text(2),
            descr: row.text(3),
            min_class: row.class(4, 0),
            max_class: row.class(5, 10),
            flags: row.int(6, 0),
            seconds: u64::try_from(row.int(7, 0)).unwrap_or(0),
        }
    }

    fn has(&self, bit: i64) -> bool {
        self.flags & bit != 0
    }

    fn is_for(&self, class: i32) -> bool {
        (self.min_class..=self.max_class).contains(&class)
    }

    /// Why it cannot be.
    pub fn objection(&self) -> Option<String> {
        if self.definition.is_empty() {
            return Some("A trigger needs -d, a file or, with the flag 16, a text.".into());
        }
        if self.has(bit::EXECUTE) {
            return Some("The flag 1 (run a program) is not supported.".into());
        }
        if self.min_class > self.max_class {
            return Some("The least class is above the greatest.".into());
        }
        if self.has(bit::TEXT) {
            return None;
        }
        file_objection(&self.definition).map(str::to_owned)
    }

    /// Whether `+help` names it.
    pub fn is_shown_to(&self, class: i32) -> bool {
        let by_itself = self.has(bit::LOGIN) || self.has(bit::HELP);
        self.answers(class) && !by_itself && !self.descr.is_empty()
    }

    /// Whether it may be typed by a user of this class.
    pub fn answers(&self, class: i32) -> bool {
        self.is_for(class) && (self.seconds == 0 || class >= 3) && class >= 0
    }
}

/// Why a file may not be shown to users. What the program reads it looks at once more.
fn file_objection(path: &[u8]) -> Option<&'static str> {
    let name = path.strip_prefix(CFG).unwrap_or(path);
    let parts = || name.split(|b| *b == b'/' || *b == b'\\');
    if name.first() == Some(&b'/') || parts().any(|p| p == b"..") || name.contains(&0) {
        Some("The file must lie in the hub's data directory: %[CFG]/NAME.")
    } else if parts().any(|p| p.eq_ignore_ascii_case(b"dbconfig")) {
        Some("That file is not for others' eyes.")
    } else {
        None
    }
}

/// Why triggers run.
#[derive(Debug)]
pub(super) enum Why {
    /// A user typed one.
    Typed(CommandLine),
    /// A user logs in.
    Login,
    /// A user asked for help; in private.
    Help(bool),
    /// Its time has come.
    Timer,
}

/// Triggers that run one after the other.
#[derive(Debug)]
pub(super) struct Run {
    user: Option<ConnId>,
    left: VecDeque<Arc<Trigger>>,
    why: Why,
    /// Something was shown.
    shown: bool,
}

/// A file's content, or `None` when there is none to show.
type Content = Option<Bytes>;

/// Files that were read a moment ago.
#[derive(Default)]
pub(super) struct Files {
    kept: Map<Bytes, (u64, Content)>,
    /// Files about which operators have been told.
    told: Map<Bytes, String>,
}

impl Hub {
    /// Runs the trigger that a user's command names, if there is one.
    pub(super) fn typed_trigger(&mut self, line: CommandLine) -> Result<(), CommandLine> {
        let Some(c) = self.conns.get(&line.conn) else {
            return Err(line);
        };
        let word = crate::words::words(&line.line).next().unwrap_or_default();
        let class = c.class;
        let found = (self.desk.triggers.iter())
            .find(|t| t.command.eq_ignore_ascii_case(word) && t.answers(class));
        let Some(trigger) = found.cloned() else {
            return Err(line);
        };
        let run = Run {
            user: Some(line.conn),
            left: VecDeque::from([trigger]),
            why: Why::Typed(line),
            shown: false,
        };
        self.run_triggers(run);
        Ok(())
    }

    /// The message of the day; `login_texts_shown` follows.
    pub(super) fn show_login_texts(&mut self, id: ConnId) {
        self.run_flagged(id, bit::LOGIN, Why::Login);
    }

    /// The hub's own help, behind the list of commands.
    pub(super) fn show_help_texts(&mut self, id: ConnId, pm: bool) {
        self.run_flagged(id, bit::HELP, Why::Help(pm));
    }

    fn run_flagged(&mut self, id: ConnId, flag: i64, why: Why) {
        let class = self.conns.get(&id).map_or(-1, |c| c.class);
        let triggers = self.desk.triggers.iter();
        let left = triggers
            .filter(|t| t.has(flag) && t.is_for(class) && class >= 0)
            .cloned()
            .collect();
        self.run_triggers(Run {
            user: Some(id),
            left,
            why,
            shown: false,
        });
    }

    /// Runs those whose time has come.
    pub(super) fn run_timed_triggers(&mut self) {
        let now = self.now.mono_ms;
        let mut due = Vec::new();
        for trigger in self.desk.triggers.iter().filter(|t| t.seconds > 0) {
            let last = self.triggered.get(&trigger.command);
            let wait = trigger.seconds.saturating_mul(1000);
            if last.is_none_or(|at| now >= at.saturating_add(wait)) {
                due.push(Arc::clone(trigger));
            }
        }
        for trigger in due {
            self.triggered.insert(trigger.command.clone(), now);
            self.run_triggers(Run {
                user: None,
                left: VecDeque::from([trigger]),
                why: Why::Timer,
                shown: false,
            });
        }
    }

    /// Shows one after the other; waits for files where it must.
    fn run_triggers(&mut self, mut run: Run) {
        while let Some(trigger) = run.left.front().cloned() {
            let content = if trigger.has(bit::TEXT) {
                Some(trigger.definition.clone())
            } else {
                match self.file_of(&trigger, run.user) {
                    Ok(content) => content,
                    Err(path) => {
                        let user = run.user;
                        self.read_file(user, path.clone(), |hub, read| {
                            hub.trigger_file_read(path, run, read);
                        });
                        return;
                    }
                }
            };
            run.left.pop_front();
            self.run_one(&trigger, content, &mut run);
        }
        self.run_over(run);
    }

    /// What is known of a trigger's file, or the path that must be read first.
    fn file_of(&self, trigger: &Trigger, user: Option<ConnId>) -> Result<Content, Bytes> {
        let about = About {
            user,
            line: Bytes::new(),
        };
        let country = self.expand(b"%[CC]", &about);
        let path = super::entry::replace(&trigger.definition, b"%[CC]", &country);
        let path = Bytes::from(path.strip_prefix(CFG).unwrap_or(&path).to_vec());
        if file_objection(&path).is_some() {
            return Ok(None);
        }
        match self.files.kept.get(&path) {
            Some((at, content)) if self.now.mono_ms < at.saturating_add(FRESH_MS) => {
                Ok(content.clone())
            }
            _ => Err(path),
        }
    }

    fn trigger_file_read(
        &mut self,
        path: Bytes,
        mut run: Run,
        read: Result<Option<Bytes>, String>,
    ) {
        let content = match read {
            Ok(content) => content.map(|text| lines(&text)),
            Err(why) => {
                self.tell_of_file(&path, why);
                None
            }
        };
        if self.files.kept.len() >= MAX_KEPT {
            self.files.kept.clear();
        }
        let now = self.now.mono_ms;
        self.files.kept.insert(path, (now, content.clone()));
        if let Some(trigger) = run.left.pop_front() {
            self.run_one(&trigger, content, &mut run);
        }
        self.run_triggers(run);
    }

    /// Operators are told of each file once, until something else is wrong with it.
    fn tell_of_file(&mut self, path: &Bytes, why: String) {
        if self.files.told.get(path) == Some(&why) {
            return;
        }
        let name = String::from_utf8_lossy(path).into_owned();
        let text = format!("The trigger file {name} cannot be shown: {why}");
        self.log(Level::Warn, text.clone());
        self.tell_operators(text.as_bytes());
        if self.files.told.len() >= MAX_KEPT {
            self.files.told.clear();
        }
        self.files.told.insert(path.clone(), why);
    }

    fn run_one(&mut self, trigger: &Trigger, content: Content, run: &mut Run) {
        let Some(text) = content else { return };
        if let Some(user) = run.user {
            // He may have left, or lost his class, while the file was read.
            let Some(c) = self.conns.get(&user).filter(|c| trigger.is_for(c.class)) else {
                return;
            };
            debug_assert!(c.class >= 0);
        }
        run.shown = true;
        let line = match &run.why {
            Why::Typed(line) => line.line.clone(),
            _ => Bytes::new(),
        };
        let in_private = match &run.why {
            Why::Typed(line) => line.pm,
            Why::Help(pm) => *pm,
            Why::Login | Why::Timer => false,
        };
        let about = About {
            user: run.user,
            line,
        };
        let from = match trigger.send_as.is_empty() {
            true => self.config.identity.hub_security.clone(),
            false => self.sender(&trigger.send_as, &about),
        };
        let pm = trigger.has(bit::PM) || in_private;
        match run.user.filter(|_| !trigger.has(bit::ALL)) {
            Some(user) => {
                let text = self.trigger_text(trigger, &text, &about);
                self.say_as(user, &from, &text, pm);
            }
            None => self.say_to_classes(trigger, &text, &about, &from),
        }
    }

    /// Who a trigger speaks as.
    fn sender(&self, send_as: &[u8], about: &About) -> Bytes {
        let name = self.expand(send_as, about);
        match nmdc::nick::bad_bytes(&name).next().is_some() || name.is_empty() {
            true => self.config.identity.hub_security.clone(),
            false => name,
        }
    }

    fn trigger_text(&self, trigger: &Trigger, text: &Bytes, about: &About) -> Bytes {
        match trigger.has(bit::VARIABLES) {
            true => self.expand(text, about),
            false => text.clone(),
        }
    }

    /// A line to one user as somebody, in main chat or in private.
    fn say_as(&mut self, user: ConnId, from: &[u8], text: &[u8], pm: bool) {
        let Some(c) = self.conns.get(&user) else {
            return;
        };
        let data = Wire::of(|out| match pm {
            true => write::private(&c.nick, from, from, text, out),
            false => write::chat(from, text, out),
        });
        self.send(user, data);
    }

    fn say_to_classes(&mut self, trigger: &Trigger, text: &Bytes, about: &About, from: &Bytes) {
        let (min, max) = (trigger.min_class.max(0), trigger.max_class);
        let pm = trigger.has(bit::PM);
        // Who typed it is whom its variables are about, else each reader himself.
        let each = about.user.is_none() && trigger.has(bit::VARIABLES) && is_personal(text);
        if each || pm {
            for user in self.users_of_classes(min, max) {
                let own = About {
                    user: about.user.or(Some(user)),
                    line: about.line.clone(),
                };
                let text = self.trigger_text(trigger, text, &own);
                self.say_as(user, from, &text, pm);
            }
            if pm {
                return;
            }
        } else {
            let text = self.trigger_text(trigger, text, about);
            let group = Group {
                any: Traits::classes(i64::from(min), i64::from(max)),
                ..Group::LISTED
            };
            self.broadcast(group, Wire::of(|out| write::chat(from, &text, out)));
        }
        let message = self.trigger_text(trigger, text, about);
        let nick = from.clone();
        self.tell(Hook::PublicBotMessage, |_| Event::PublicBotMessage {
            nick,
            message,
            min_class: i64::from(min),
            max_class: i64::from(max),
        });
    }

    /// Users of these classes in the order in which they came.
    pub(super) fn users_of_classes(&self, min: i32, max: i32) -> Vec<ConnId> {
        let mut users: Vec<ConnId> = (self.conns.values())
            .filter(|c| c.listed && (min..=max).contains(&c.class))
            .map(|c| c.id)
            .collect();
        users.sort_unstable();
        users
    }

    fn run_over(&mut self, run: Run) {
        match run.why {
            // A file that is not there is no command.
            Why::Typed(line) if !run.shown => self.unknown_command(line),
            Why::Typed(_) => self.answer(self.ctx, true),
            Why::Login => {
                if let Some(id) = run.user.filter(|id| self.conns.contains_key(id)) {
                    self.login_texts_shown(id);
                }
            }
            Why::Help(_) | Why::Timer => {}
        }
    }
}

/// A file's text with its lines separated by CR LF, and none empty at the end.
fn lines(text: &[u8]) -> Bytes {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.trim_ascii_end().split(|b| *b == b'\n');
    let lines: Vec<&[u8]> = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    lines.join(&b"\r\n"[..]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_others_are_none_of_triggers() {
        for path in ["%[CFG]/motd", "motd", "%[CFG]/texts/motd", "rules_%[CC]"] {
            assert_eq!(file_objection(path.as_bytes()), None, "{path}");
        }
        for path in [
            "/etc/passwd",
            "%[CFG]//etc/passwd",
            "%[CFG]/../x",
            "a/../../x",
            "%[CFG]/dbconfig",
            "%[CFG]/DbConfig",
            "a\0b",
        ] {
            assert!(file_objection(path.as_bytes()).is_some(), "{path}");
        }
    }

    #[test]
    fn files_have_lines() {
        assert_eq!(lines(b"\xef\xbb\xbfa\nb\r\n\r\nc\n\n"), "a\r\nb\r\n\r\nc");
    }
}

//! Commands for operators: kicks, registrations, settings.

use bytes::Bytes;

use crate::config;
use crate::machine::commands::CommandLine;
use crate::machine::consoles::{Cells, Reply};
use crate::machine::opcommands::Kick;
use crate::machine::registration::{Action, Want};
use crate::machine::restrict::Right;
use crate::machine::rights::Needs;
use crate::machine::settings::HUB_FILE;
use crate::machine::{Hub, cat};
use crate::reg::{StoreOp, StoreReply};
use crate::words::{TrimBlanks, words};

use super::number;

/// So many settings are shown where the command was typed, more in private.
const FEW_SETTINGS: usize = 20;

impl Hub {
    pub(super) fn kick_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let nick = words(rest).next().map(|w| rest.slice_ref(w));
        let Some(nick) = nick else {
            self.reply(line, "Whom? !kick NICK REASON");
            return;
        };
        let reason = rest.slice_ref(rest[nick.len()..].trim_blanks_start());
        let op = self.nick_of(line.conn);
        self.kick(
            Some(line.conn),
            op,
            nick,
            Kick {
                reason,
                ..Kick::empty()
            },
        );
    }

    pub(super) fn drop_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let nick = words(rest).next().map(|w| rest.slice_ref(w));
        let Some(nick) = nick else {
            self.reply(line, "Whom? !drop NICK REASON");
            return;
        };
        let reason = rest.slice_ref(rest[nick.len()..].trim_blanks_start());
        self.drop_user(line.conn, &nick, reason);
    }

    // ---- restrictions ------------------------------------------------------------------

    pub(super) fn restrict_command(&mut self, line: &CommandLine, rest: &[u8], right: Right) {
        let mut parts = words(rest);
        let (nick, time) = (parts.next(), parts.next());
        match nick {
            Some(nick) => self.restrict(line.conn, nick, right, time.unwrap_or(b"7d")),
            None => self.reply(line, "Whom? Say NICK and perhaps a time such as 5m."),
        }
    }

    pub(super) fn lift_command(&mut self, line: &CommandLine, rest: &[u8], right: Right) {
        match words(rest).next() {
            Some(nick) => self.lift(line.conn, nick, right),
            None => self.reply(line, "Whom?"),
        }
    }

    /// `!vipgag`: as long as the ban of a kick.
    pub(super) fn vip_gag(&mut self, line: &CommandLine, rest: &[u8]) {
        let seconds = match self.config.users.tban_kick {
            0 => "7d".to_owned(),
            seconds => format!("{seconds}s"),
        };
        match words(rest).next() {
            Some(nick) => self.restrict(line.conn, nick, Right::Chat, seconds.as_bytes()),
            None => self.reply(line, "Whom?"),
        }
    }

    pub(super) fn rights_command(&mut self, line: &CommandLine, rest: &[u8]) {
        match words(rest).next() {
            Some(nick) => self.show_rights(line.conn, nick),
            None => self.reply(line, "Whom?"),
        }
    }

    /// `nochat`: for oneself, or an operator's gag.
    pub(super) fn no_chat(&mut self, line: &CommandLine, rest: &[u8]) {
        let op = self.conns.get(&line.conn).is_some_and(|c| c.class >= 3);
        if op && !rest.is_empty() {
            self.restrict_command(line, rest, Right::Chat);
        } else {
            self.set_chat(line, false);
        }
    }

    // ---- registration ------------------------------------------------------------------

    pub(super) fn reg_new(&mut self, line: &CommandLine, rest: &Bytes) {
        let Some((nick, rest)) = first_word(rest) else {
            self.reply(line, "Whom? !regnew NICK [CLASS] [PASSWORD]");
            return;
        };
        let (class, password) = match first_word(&rest) {
            None => (Some(1), Bytes::new()),
            Some((text, password)) => (number(&text), password),
        };
        let difference = i64::from(self.config.rights.classdif_reg);
        let own = self.conns.get(&line.conn).map_or(0, |c| i64::from(c.class));
        match class {
            Some(class @ (-1 | 1..=5 | 10)) if own >= 10 || own >= class + difference => {
                match self.refused_password(&password) {
                    Some(refusal) => self.reply(line, refusal),
                    None => self.add_reg(Some(line.conn), nick, class, password, b""),
                }
            }
            Some(-1 | 1..=5 | 10) => self.reply(line, "Your class is too low for that."),
            _ => self.reply(line, "The class must be -1, 1 to 5 or 10."),
        }
    }

    /// Why a password cannot be given to somebody; none at all lets him choose.
    fn refused_password(&self, password: &[u8]) -> Option<String> {
        (!password.is_empty()).then(|| self.short_password(password))?
    }

    pub(super) fn reg_flag(&mut self, line: &CommandLine, rest: &Bytes, name: &str, value: i32) {
        match words(rest).next().map(|w| rest.slice_ref(w)) {
            Some(nick) => self.reg_put(line.conn, nick, name, value),
            None => self.reply(line, "Whom?"),
        }
    }

    /// `!regprotect` and `!reghidekick`.
    pub(super) fn reg_level(&mut self, line: &CommandLine, rest: &Bytes, name: &str) {
        let mut parts = words(rest).map(|w| rest.slice_ref(w));
        let (nick, class) = (parts.next(), parts.next().and_then(|c| number(&c)));
        match (nick, class.and_then(|c| i32::try_from(c).ok())) {
            (Some(nick), Some(class @ (0..=5 | 10))) => {
                self.reg_put(line.conn, nick, name, class);
            }
            _ => self.reply(line, "Say NICK CLASS, the class being 0 to 5 or 10."),
        }
    }

    pub(super) fn reg_set_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest).map(|w| rest.slice_ref(w));
        let (Some(nick), Some(field)) = (parts.next(), parts.next()) else {
            self.reply(line, "!regset NICK FIELD [VALUE]");
            return;
        };
        let after = rest.slice_ref(rest[nick.len()..].trim_blanks_start());
        let value = after.slice_ref(after[field.len()..].trim_blanks());
        self.reg_set(line.conn, nick, &field, &value);
    }

    pub(super) fn reg_list_command(&mut self, line: &CommandLine, rest: &[u8]) {
        let class = match words(rest).next() {
            None => Some(1),
            Some(word) => number(word).and_then(|n| i32::try_from(n).ok()),
        };
        match class {
            Some(class @ (-1..=5 | 10)) => self.reg_list(line.conn, class),
            _ => self.reply(line, "The class must be -1, 1 to 5 or 10."),
        }
    }

    pub(super) fn reg_edit(
        &mut self,
        line: &CommandLine,
        rest: &Bytes,
        action: fn(Bytes) -> Action,
    ) {
        let Some((nick, rest)) = first_word(rest) else {
            self.reply(line, "Whom?");
            return;
        };
        let action = action(rest);
        if let Action::Password(password) = &action
            && let Some(refusal) = self.refused_password(password)
        {
            self.reply(line, refusal);
            return;
        }
        let by = Some(line.conn);
        self.change_reg(nick, Want { by, action });
    }

    pub(super) fn reg_class(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest).map(|w| rest.slice_ref(w));
        let own = self.conns.get(&line.conn).map_or(0, |c| c.class);
        let (nick, class) = (parts.next(), parts.next().and_then(|c| number(&c)));
        let difference = i32::try_from(self.config.rights.classdif_reg).unwrap_or(5);
        match (nick, class.and_then(|c| i32::try_from(c).ok())) {
            (Some(nick), Some(class @ (-1 | 1..=5 | 10))) => {
                if own >= 10 || own >= class.saturating_add(difference) {
                    self.change_reg(
                        nick,
                        Want {
                            by: Some(line.conn),
                            action: Action::Class(class),
                        },
                    );
                } else {
                    self.reply(line, "Your class is too low for that.");
                }
            }
            _ => self.reply(
                line,
                "!regclass NICK CLASS, the class being -1, 1 to 5 or 10",
            ),
        }
    }

    // ---- settings ----------------------------------------------------------------------

    pub(super) fn set(&mut self, line: &CommandLine, rest: &Bytes) {
        let split = |text: &Bytes| {
            let word = words(text).next().map(|w| text.slice_ref(w))?;
            let value = text[word.len()..].trim_blanks_start();
            Some((word, text.slice_ref(value)))
        };
        let Some((mut name, mut value)) = split(rest) else {
            self.reply(line, "What? !set VARIABLE VALUE");
            return;
        };
        let in_brackets = name.strip_prefix(b"[").and_then(|n| n.strip_suffix(b"]"));
        let file = in_brackets.map(|file| name.slice_ref(file));
        let (file, var) = if let Some(file) = file.filter(|file| !file.is_empty()) {
            let Some(rest) = split(&value) else {
                self.reply(line, "What? !set [FILE] VARIABLE VALUE");
                return;
            };
            (name, value) = rest;
            (file, name)
        } else if let Some(dot) = name.iter().position(|b| *b == b'.') {
            (name.slice(..dot), name.slice(dot + 1..))
        } else {
            (Bytes::from_static(HUB_FILE), name)
        };
        self.change(Some(line.conn), file, &var, value, false);
    }

    pub(super) fn get_config(&mut self, line: &CommandLine, rest: &[u8]) {
        let pattern = String::from_utf8_lossy(rest.trim_blanks()).to_lowercase();
        let pattern = if pattern.is_empty() {
            "*".to_owned()
        } else {
            pattern
        };
        if pattern == "plugins" || pattern.starts_with("pi_") {
            let (conn, to, op) = (line.conn, Reply::to(line), StoreOp::PluginSettings);
            self.store(Some(conn), Needs::Command, op, move |hub, reply| {
                hub.plugin_settings(pattern.as_bytes(), to, &reply);
            });
            return;
        }
        let mut text = Vec::new();
        let mut found = 0;
        let asked = config::own_name(&pattern).as_bytes();
        for spec in config::specs().filter(|s| matches(asked, s.name.as_bytes())) {
            let value = self.config.get(spec.name).unwrap_or_default();
            found += 1;
            text.extend_from_slice(&cat!["\r\n", spec.name, " = ", value]);
        }
        if text.is_empty() {
            self.reply(line, format!("There is no setting {pattern}."));
        } else {
            // All of them are no text for a chat window.
            if found > FEW_SETTINGS {
                self.private_notice(line.conn, &text);
            } else {
                self.reply(line, text);
            }
        }
    }
}

impl Hub {
    /// What scripts and plugins have set, as it is stored: all of it, or what fits a file's
    /// name or a pattern of file and variable.
    fn plugin_settings(&mut self, pattern: &[u8], to: Reply, reply: &StoreReply) {
        let StoreReply::Rows(rows) = reply else {
            self.reply_later(to, "The settings cannot be read now.");
            return;
        };
        let mut text = Vec::new();
        for row in rows {
            let cells = Cells::of(row);
            let file = cells.text(0).to_ascii_lowercase();
            let name = cat![file, ".", cells.text(1)];
            let fits = pattern == b"plugins"
                || pattern == file
                || matches(pattern, &name.to_ascii_lowercase());
            if fits {
                text.extend_from_slice(&cat!["\r\n", name, " = ", cells.text(2)]);
            }
        }
        if text.is_empty() {
            self.reply_later(to, cat!["No settings of ", pattern, " are stored."]);
        } else {
            self.reply_later(to, text);
        }
    }
}

/// The first word and what follows it, which may hold blanks, as a password may.
fn first_word(text: &Bytes) -> Option<(Bytes, Bytes)> {
    let (word, rest) = crate::words::first_word(text)?;
    Some((word, rest.slice_ref(rest.trim_blanks())))
}

/// Whether a text fits a pattern in which `*` stands for anything. Takes the last star again
/// and again, so that many of them cost no more than one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if text.get(t) == Some(byte) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    pub(super) fn patterns() {
        assert!(matches(b"hub_*", b"hub_name"));
        assert!(matches(b"*name", b"hub_name"));
        assert!(!matches(b"hub", b"hub_name"));
        assert!(matches(b"*", b""));
        assert!(matches(b"*_search_*l*", b"int_flood_search_limit"));
        assert!(!matches(
            b"*********************x",
            b"int_flood_search_limit"
        ));
        assert!(!matches(b"", b"a") && matches(b"", b"") && !matches(b"a", b""));
    }
}

//! Commands typed in main chat or to the hub bot: one table, one dispatcher.

use bytes::Bytes;

use crate::config;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, EngineOp, Group};

use super::registration::{Action, Want};
use super::then::{CommandLine, Kick, Line, Then};
use super::{Hub, cat};

/// Who may use a command.
#[derive(Clone, Copy)]
pub enum Least {
    /// Users of this class and above.
    Class(i32),
    /// Users of the class a setting names, and above.
    Setting(&'static str, fn(&config::Config) -> i32),
}

impl Least {
    fn class(&self, config: &config::Config) -> i32 {
        match self {
            Least::Class(class) => *class,
            Least::Setting(_, get) => get(config),
        }
    }
}

/// One command.
pub struct CommandRow {
    /// Its names; the first is the one that is shown.
    pub names: &'static [&'static str],
    /// Its parameters, as shown in the help.
    pub syntax: &'static str,
    /// Who may use it.
    pub least: Least,
    /// One line of help.
    pub doc: &'static str,
    /// Typed with `!` only, and not shown to `OnOperatorCommand`: the script engine's own.
    pub engine: bool,
    run: fn(&mut Hub, &CommandLine, Bytes),
}

macro_rules! commands {
    (@least class $n:literal) => { Least::Class($n) };
    (@least setting $section:ident $field:ident) => {
        Least::Setting(stringify!($field), |c| c.$section.$field)
    };
    (@engine) => { false };
    (@engine engine) => { true };
    ($( $($name:literal)|+ $syntax:literal, [$($least:tt)+] $($engine:ident)?, $doc:literal, $run:expr; )*) => {
        /// All commands of this version.
        pub static COMMANDS: &[CommandRow] = &[$( CommandRow {
            names: &[$($name),+],
            syntax: $syntax,
            least: commands!(@least $($least)+),
            doc: $doc,
            engine: commands!(@engine $($engine)?),
            run: $run,
        } ),*];
    };
}

commands! {
    "help" | "?" "", [class 0], "shows the commands you may use", |h, l, _| h.help(l);
    "myinfo" "", [class 0], "shows what the hub knows of you",
        |h, l, _| { let t = h.own_info_text(l.conn); h.reply(l, t) };
    "myip" "", [class 0], "shows your address", |h, l, _| h.my_ip(l);
    "me" "TEXT", [class 0], "says something about you in main chat", |h, l, a| h.me(l, a);
    "chat" "", [class 0], "turns main chat on for you", |h, l, _| h.set_chat(l, true);
    "nochat" "", [class 0], "turns main chat off for you", |h, l, _| h.set_chat(l, false);
    "passwd" | "password" "PASSWORD", [class 0], "sets your password, if you are registered", |h, l, a| h.passwd(l, a);
    "topic" | "hubtopic" "[TEXT]", [setting rights topic_mod_class],
        "sets the topic, or removes it", |h, l, a| h.change_topic(l.conn, a);
    "getip" | "gi" "NICK...", [class 3], "shows addresses of users", |h, l, a| h.get_ips(l, &a);
    "kick" "NICK REASON", [class 3],
        "throws a user out and bans him for a while; _ban_1h in the reason sets the time",
        |h, l, a| h.kick_command(l, &a);
    "regnew" | "regnewuser" | "rn" "NICK [CLASS] [PASSWORD]", [setting rights min_class_register],
        "registers a user", |h, l, a| h.reg_new(l, &a);
    "regdel" | "regdelete" "NICK", [setting rights min_class_register],
        "removes a registration", |h, l, a| h.reg_edit(l, &a, |_| Some(Action::Delete));
    "regclass" | "regsetclass" "NICK CLASS", [setting rights min_class_register],
        "changes the class of a registered user", |h, l, a| h.reg_class(l, &a);
    "regpass" | "regpasswd" "NICK [PASSWORD]", [setting rights min_class_register],
        "sets a user's password, or has him set one",
        |h, l, a| h.reg_edit(l, &a, |p| Some(Action::Password(p)));
    "set" | "=" "[FILE.]VARIABLE VALUE", [class 5], "changes a setting", |h, l, a| h.set(l, &a);
    "getconfig" | "getconf" | "gc" | "getvar" | "gv" "[PATTERN]", [class 5],
        "shows settings; the pattern may hold *", |h, l, a| h.get_config(l, &a);
    "quit" "", [class 10], "stops the hub", |h, _, _| h.shutdown(0);
    "pyload" "FILE", [setting rights plugin_mod_class] engine, "loads a script",
        |h, l, a| h.engine(l.conn, EngineOp::Load(a));
    "pyunload" "SCRIPT", [setting rights plugin_mod_class] engine, "removes a script",
        |h, l, a| h.engine(l.conn, EngineOp::Unload(a));
    "pyreload" "SCRIPT", [setting rights plugin_mod_class] engine, "loads a script anew",
        |h, l, a| h.engine(l.conn, EngineOp::Reload(a));
    "pylist" "", [setting rights plugin_mod_class] engine, "lists loaded scripts",
        |h, l, _| h.engine(l.conn, EngineOp::List);
    "pyfiles" "", [setting rights plugin_mod_class] engine, "lists script files",
        |h, l, _| h.engine(l.conn, EngineOp::Files);
    "pystat" "", [setting rights plugin_mod_class] engine,
        "shows what scripts have done and how long it took", |h, l, _| h.engine(l.conn, EngineOp::Stat);
    "pyresume" "SCRIPT", [setting rights plugin_mod_class] engine, "lets a suspended script go on",
        |h, l, a| h.engine(l.conn, EngineOp::Resume(a));
    "pylog" "[LEVEL]", [setting rights plugin_mod_class] engine,
        "shows or sets the log level of scripts, 0 to 5",
        |h, l, a| h.engine(l.conn, EngineOp::LogLevel((!a.is_empty()).then_some(a)));
}

/// The command's row, its name being the first word without the trigger character.
fn find(name: &[u8]) -> Option<&'static CommandRow> {
    let same = |n: &&str| n.as_bytes().eq_ignore_ascii_case(name);
    COMMANDS.iter().find(|row| row.names.iter().any(same))
}

/// `!word rest`: the trigger, the word and the rest.
fn split(line: &Bytes) -> (u8, Bytes, Bytes) {
    let trigger = line.first().copied().unwrap_or(b'!');
    let text = line.slice(line.len().min(1)..);
    let end = text
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(text.len());
    let rest = text.slice(end..);
    let skip = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    (trigger, text.slice(..end), rest.slice(skip..))
}

/// Words separated by blanks.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace)
        .filter(|w| !w.is_empty())
}

impl Hub {
    /// Whether a line is a command for this user, and if so an operator's (`true`) or a
    /// user's (`false`).
    pub(super) fn is_command(&self, id: ConnId, text: &[u8]) -> Option<bool> {
        let first = text.first()?;
        let class = self.conns.get(&id)?.class;
        let r = &self.config.rights;
        if class >= 3 && r.cmd_start_op.contains(first) {
            Some(true)
        } else {
            r.cmd_start_user.contains(first).then_some(false)
        }
    }

    pub(super) fn command(&mut self, conn: ConnId, line: Bytes, pm: bool, op: bool) {
        self.begin_command(CommandLine {
            conn,
            line,
            pm,
            op,
            typed: true,
        });
    }

    pub(super) fn begin_command(&mut self, line: CommandLine) {
        let (trigger, word, _) = split(&line.line);
        if trigger == b'!' && line.op && find(&word).is_some_and(|row| row.engine) {
            self.command_judged(line, true);
            return;
        }
        let (nick, command) = (self.nick_of(line.conn), line.line.clone());
        let parks = line.typed.then_some(line.conn);
        let (hook, event) = if line.op {
            (
                Hook::OperatorCommand,
                Event::OperatorCommand { nick, command },
            )
        } else {
            (Hook::UserCommand, Event::UserCommand { nick, command })
        };
        self.ask(hook, parks, |_| event, Then::Command(line));
    }

    pub(super) fn command_judged(&mut self, line: CommandLine, allow: bool) {
        let Some(c) = self.conns.get(&line.conn).filter(|_| allow) else {
            self.answer(self.ctx, !allow);
            return;
        };
        let prefix = line.line.slice(..line.line.len().min(1));
        let event = Event::HubCommand {
            nick: c.nick.clone(),
            command: line.line.slice(prefix.len()..),
            user_class: i64::from(c.class),
            in_pm: i64::from(line.pm),
            prefix,
        };
        let parks = line.typed.then_some(line.conn);
        self.ask(Hook::HubCommand, parks, |_| event, Then::HubCommand(line));
    }

    pub(super) fn hub_command_judged(&mut self, line: CommandLine, allow: bool) {
        let ctx = self.ctx;
        let Some(c) = self.conns.get(&line.conn).filter(|_| allow) else {
            self.answer(ctx, !allow);
            return;
        };
        let class = c.class;
        let (trigger, word, rest) = split(&line.line);
        let row = find(&word).filter(|row| !row.engine || (trigger == b'!' && class >= 3));
        let Some(row) = row else {
            self.unknown_command(line);
            return;
        };
        let least = row.least.class(&self.config);
        if class < least {
            // Guests need not know what operators can do; operators are told what is missing.
            if class < 3 && least >= 3 {
                self.unknown_command(line);
            } else {
                self.reply(
                    &line,
                    format!("You need class {least} for {}.", row.names[0]),
                );
                self.answer(ctx, false);
            }
            return;
        }
        if class < 3 && self.config.rights.disable_usr_cmds {
            self.reply(&line, "User commands are turned off.");
            self.answer(ctx, false);
            return;
        }
        // The script learns that the command was found; what it does may take longer.
        self.answer(ctx, true);
        self.ctx.call = None;
        (row.run)(self, &line, rest);
    }

    fn unknown_command(&mut self, line: CommandLine) {
        self.answer(self.ctx, false);
        if line.pm {
            self.reply(
                &line,
                cat!["There is no command ", line.line, ", try +help."],
            );
            return;
        }
        if !line.typed {
            return;
        }
        if self.config.rights.unknown_cmd_chat && !self.may_say(line.conn, &line.line) {
            return;
        }
        let nick = self.nick_of(line.conn);
        self.judge_line(
            line.conn,
            Line {
                nick,
                text: line.line,
                unknown_command: true,
            },
        );
    }

    /// Answers where the command was given.
    fn reply(&mut self, line: &CommandLine, text: impl AsRef<[u8]>) {
        if line.pm {
            self.private_notice(line.conn, text.as_ref());
        } else {
            self.notice(line.conn, text);
        }
    }

    fn help(&mut self, line: &CommandLine) {
        let class = self.conns.get(&line.conn).map_or(0, |c| c.class);
        let mut text = String::from("Commands you may use:");
        for row in COMMANDS
            .iter()
            .filter(|r| class >= r.least.class(&self.config))
        {
            let trigger = if matches!(row.least, Least::Class(..=2)) {
                '+'
            } else {
                '!'
            };
            text.push_str("\r\n");
            text.push(trigger);
            text.push_str(row.names[0]);
            if !row.syntax.is_empty() {
                text.push(' ');
                text.push_str(row.syntax);
            }
            text.push_str(" - ");
            text.push_str(row.doc);
        }
        self.reply(line, text);
    }

    fn my_ip(&mut self, line: &CommandLine) {
        let Some(c) = self.conns.get(&line.conn) else {
            return;
        };
        let text = cat!["Your address is ", c.ip_text, "."];
        self.reply(line, text);
    }

    fn me(&mut self, line: &CommandLine, text: Bytes) {
        if self.config.rights.disable_me_cmd {
            self.reply(line, "+me is turned off.");
        } else if !text.is_empty() && self.may_say(line.conn, &text) {
            let data = cat!["** ", self.nick_of(line.conn), " ", text, "|"];
            self.broadcast(Group::LISTED, data);
        }
    }

    fn set_chat(&mut self, line: &CommandLine, on: bool) {
        if let Some(c) = self.conns.get_mut(&line.conn) {
            c.wants_chat = on;
        }
        self.set_traits(line.conn);
        self.reply(
            line,
            if on {
                "Main chat is on."
            } else {
                "Main chat is off."
            },
        );
    }

    fn passwd(&mut self, line: &CommandLine, password: Bytes) {
        let own = self.config.users.max_class_self_repass;
        let Some(c) = self.conns.get(&line.conn) else {
            return;
        };
        // Who has no password yet is a guest until it is set.
        let free = own > 0 && i64::from(c.class) >= i64::from(own);
        match &c.reg {
            None => self.reply(line, "You are not registered."),
            Some(reg) if reg.pwd_change || free => self.set_own_password(line.conn, password),
            Some(_) => self.reply(line, "Ask an operator to reset your password first."),
        }
    }

    fn get_ips(&mut self, line: &CommandLine, nicks: &[u8]) {
        let mut text = Vec::new();
        for nick in words(nicks) {
            let ip = match self.user_of(nick).and_then(|id| self.conns.get(&id)) {
                Some(c) => c.ip_text.clone(),
                None => Bytes::from_static(b"not online"),
            };
            text.extend_from_slice(&cat!["\r\n", nick, ": ", ip]);
        }
        self.reply(line, text);
    }

    fn kick_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let nick = words(rest).next().map(|w| rest.slice_ref(w));
        let Some(nick) = nick else {
            self.reply(line, "Whom? !kick NICK REASON");
            return;
        };
        let reason = rest.slice_ref(rest[nick.len()..].trim_ascii_start());
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

    // ---- registration ------------------------------------------------------------------

    fn reg_new(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest).map(|w| rest.slice_ref(w));
        let Some(nick) = parts.next() else {
            self.reply(line, "Whom? !regnew NICK [CLASS] [PASSWORD]");
            return;
        };
        let class = match parts.next() {
            None => Some(1),
            Some(text) => number(&text),
        };
        let password = parts.next().unwrap_or_default();
        let difference = i64::from(self.config.rights.classdif_reg);
        let own = self.conns.get(&line.conn).map_or(0, |c| i64::from(c.class));
        match class {
            Some(class @ 1..=5) if own >= 10 || own >= class + difference => {
                self.add_reg(Some(line.conn), nick, class, password, b"");
            }
            Some(1..=5) => self.reply(line, "Your class is too low for that."),
            _ => self.reply(line, "The class must be 1 to 5."),
        }
    }

    fn reg_edit(&mut self, line: &CommandLine, rest: &Bytes, action: fn(Bytes) -> Option<Action>) {
        let mut parts = words(rest).map(|w| rest.slice_ref(w));
        let Some(nick) = parts.next() else {
            self.reply(line, "Whom?");
            return;
        };
        if let Some(action) = action(parts.next().unwrap_or_default()) {
            self.change_reg(
                nick,
                Want {
                    by: Some(line.conn),
                    action,
                },
            );
        }
    }

    fn reg_class(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest).map(|w| rest.slice_ref(w));
        let own = self.conns.get(&line.conn).map_or(0, |c| c.class);
        let (nick, class) = (parts.next(), parts.next().and_then(|c| number(&c)));
        let difference = i32::try_from(self.config.rights.classdif_reg).unwrap_or(5);
        match (nick, class.and_then(|c| i32::try_from(c).ok())) {
            (Some(nick), Some(class @ (1..=5 | 10))) => {
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
            _ => self.reply(line, "!regclass NICK CLASS, the class being 1 to 5 or 10"),
        }
    }

    // ---- settings ----------------------------------------------------------------------

    fn set(&mut self, line: &CommandLine, rest: &Bytes) {
        let name = words(rest)
            .next()
            .map(|w| rest.slice_ref(w))
            .unwrap_or_default();
        if name.is_empty() {
            self.reply(line, "What? !set VARIABLE VALUE");
            return;
        }
        let value = rest.slice_ref(rest[name.len()..].trim_ascii_start());
        let (file, var) = match name.iter().position(|b| *b == b'.') {
            Some(dot) => (name.slice(..dot), name.slice(dot + 1..)),
            None => (Bytes::from_static(super::settings::HUB_FILE), name),
        };
        self.change(Some(line.conn), file, &var, value, false);
    }

    fn get_config(&mut self, line: &CommandLine, rest: &[u8]) {
        let pattern = String::from_utf8_lossy(rest.trim_ascii()).to_lowercase();
        let pattern = if pattern.is_empty() {
            "*".to_owned()
        } else {
            pattern
        };
        let mut text = Vec::new();
        for spec in config::specs().filter(|s| matches(pattern.as_bytes(), s.name.as_bytes())) {
            let value = self.config.get(spec.name).unwrap_or_default();
            text.extend_from_slice(&cat!["\r\n", spec.name, " = ", value]);
        }
        if text.is_empty() {
            self.reply(line, format!("There is no setting {pattern}."));
        } else {
            self.reply(line, text);
        }
    }
}

fn number(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => {
            (0..=text.len()).any(|n| matches(rest, text.get(n..).unwrap_or_default()))
        }
        Some((first, rest)) => text
            .split_first()
            .is_some_and(|(t, text)| t == first && matches(rest, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_into_trigger_word_and_rest() {
        let (t, w, r) = split(&Bytes::from_static(b"!kick  bob  go away"));
        assert_eq!(
            (t, &w[..], &r[..]),
            (b'!', &b"kick"[..], &b"bob  go away"[..])
        );
        let (t, w, r) = split(&Bytes::from_static(b"+"));
        assert_eq!((t, &w[..], &r[..]), (b'+', &b""[..], &b""[..]));
    }

    #[test]
    fn names_are_unique_and_documented() {
        let mut seen = std::collections::HashSet::new();
        for row in COMMANDS {
            assert!(!row.doc.is_empty());
            for name in row.names {
                assert!(seen.insert(*name), "{name} stands twice");
            }
        }
    }

    #[test]
    fn patterns() {
        assert!(matches(b"hub_*", b"hub_name"));
        assert!(matches(b"*name", b"hub_name"));
        assert!(!matches(b"hub", b"hub_name"));
        assert!(matches(b"*", b""));
    }
}

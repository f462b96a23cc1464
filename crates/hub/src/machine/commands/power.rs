//! What operators change of others, of themselves and of the hub for a while.

use bytes::Bytes;

use crate::io::ConnId;
use crate::machine::commands::CommandLine;
use crate::machine::entry::class_name;
use crate::machine::settings::HUB_FILE;
use crate::machine::{Hub, cat};
use crate::reg::StoreOp;
use crate::words::words;

use super::number;

/// Most classes that are given for a while.
const MAX_TEMP_CLASS: i32 = 5;

impl Hub {
    fn own_class(&self, line: &CommandLine) -> i32 {
        self.conns.get(&line.conn).map_or(0, |c| c.class)
    }

    /// A user of a lower class than the operator's, named by the first word.
    fn lower_user(&mut self, line: &CommandLine, nick: Option<&[u8]>) -> Option<ConnId> {
        let Some(nick) = nick else {
            self.reply(line, "Whom? Name a nick.");
            return None;
        };
        let own = self.own_class(line);
        match self.user_of(nick) {
            None => {
                self.reply(line, cat![nick, " is not online."]);
                None
            }
            Some(id) if self.conns.get(&id).is_some_and(|c| c.class >= own) => {
                self.reply(line, cat!["The class of ", nick, " is not below yours."]);
                None
            }
            found => found,
        }
    }

    /// `!class`: another class until the user leaves.
    pub(super) fn temp_class(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest);
        let (nick, class) = (parts.next(), parts.next());
        let own = self.own_class(line);
        let most = (own - 1).min(MAX_TEMP_CLASS);
        let class = match class.map_or(Some(3), number) {
            Some(class) if (0..=i64::from(most)).contains(&class) => class,
            _ => {
                self.reply(line, format!("The class must be 0 to {most}."));
                return;
            }
        };
        let Some(id) = self.lower_user(line, nick) else {
            return;
        };
        let class = i32::try_from(class).unwrap_or(0);
        let nick = self.nick_of(id);
        self.set_class_live(id, class, |_| {});
        let name = class_name(class);
        self.notice(id, format!("You are now {name}, until you leave."));
        self.reply(line, cat![nick, " is now ", name, ", until he leaves."]);
    }

    /// `!protect`: nobody of this class and below can kick the user, until he leaves.
    pub(super) fn protect(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest);
        let (nick, class) = (parts.next(), parts.next());
        let own = self.own_class(line);
        let most = (own - 1).min(MAX_TEMP_CLASS);
        let class = match class.map_or(Some(i64::from(most)), number) {
            Some(class) if (0..=i64::from(most)).contains(&class) => class,
            _ => {
                self.reply(line, format!("The class must be 0 to {most}."));
                return;
            }
        };
        let Some(id) = self.lower_user(line, nick) else {
            return;
        };
        let nick = self.nick_of(id);
        if let Some(c) = self.conns.get_mut(&id) {
            c.protected = i32::try_from(class).unwrap_or(0);
        }
        let text = match class {
            0 => cat![nick, " is no longer protected."],
            class => cat![
                nick,
                " is protected from class ",
                class.to_string(),
                " and below."
            ],
        };
        self.reply(line, text);
    }

    /// `!hideme`: whom the operator's own kicks are not told to.
    pub(super) fn hide_me(&mut self, line: &CommandLine, rest: &Bytes) {
        let own = self.own_class(line);
        let Some(class) = words(rest).next().and_then(number) else {
            self.reply(line, "From which class down? !hideme CLASS, -1 for nobody");
            return;
        };
        let class = i32::try_from(class).unwrap_or(0).clamp(-1, own);
        if let Some(c) = self.conns.get_mut(&line.conn) {
            c.hides_kicks_to = class;
        }
        let text = match class {
            -1 => "Your kicks are told to all.".to_owned(),
            class => format!("Your kicks are not told to class {class} and below."),
        };
        self.reply(line, text);
    }

    /// `!hidekick`, `!unhidekick`: whether the kicks of others are told.
    pub(super) fn hide_kicks(&mut self, line: &CommandLine, rest: &Bytes, hide: bool) {
        let nicks: Vec<Bytes> = words(rest).map(|w| rest.slice_ref(w)).collect();
        if nicks.is_empty() {
            self.reply(line, "Whose kicks? Name one nick or more.");
        }
        for nick in nicks {
            let Some(id) = self.lower_user(line, Some(&nick)) else {
                continue;
            };
            if let Some(c) = self.conns.get_mut(&id) {
                c.hides_kicks = hide;
            }
            let told = if hide { " are not told." } else { " are told." };
            self.reply(line, cat!["Kicks by ", nick, told]);
        }
    }

    // ---- the hub -----------------------------------------------------------------------

    /// `!userlimit`: another `max_users`, step by step.
    pub(super) fn user_limit(&mut self, line: &CommandLine, rest: &Bytes) {
        let mut parts = words(rest);
        let (limit, minutes) = (parts.next().and_then(number), parts.next());
        let minutes = minutes.map_or(Some(60), number);
        let limit = limit
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n <= 1_000_000);
        let (Some(to), Some(minutes @ 0..=10_080)) = (limit, minutes) else {
            self.reply(
                line,
                "How many, and within how many minutes? !userlimit NUMBER [MINUTES]",
            );
            return;
        };
        let glide = super::super::tick::Glide {
            from: self.config.limits.max_users,
            to,
            start: self.now.mono_ms,
            length: minutes.unsigned_abs() * 60_000,
        };
        self.timers.glide = Some(glide);
        self.glide();
        let text = format!(
            "max_users goes from {} to {to} within {minutes} minutes.",
            glide.from
        );
        self.reply(line, text);
    }

    /// Brings `max_users` nearer to where it is going; called at each tick.
    pub(in crate::machine) fn glide(&mut self) {
        let Some(glide) = self.timers.glide else {
            return;
        };
        let now = glide.at(self.now.mono_ms);
        if now == self.config.limits.max_users && now != glide.to {
            return;
        }
        self.config.limits.max_users = now;
        self.view.set_config(self.config.clone());
        if now == glide.to {
            self.timers.glide = None;
            self.store_and_forget(StoreOp::SetConfig {
                file: Bytes::from_static(HUB_FILE),
                var: Bytes::from_static(b"max_users"),
                value: now.to_string().into(),
            });
        }
    }
}

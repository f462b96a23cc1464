//! The ban commands: kind and length are part of the command's name, as in `!bannick_5m`.

use bytes::Bytes;

use crate::machine::Hub;
use crate::machine::banning::parse_range;
use crate::machine::bans::{Kind, Whom};
use crate::machine::tempban::parse_span;
use crate::machine::then::CommandLine;

use super::{number, split, words};

/// How many bans `!lstban` shows unless told.
const LISTED: usize = 100;

/// The kind that a command's name says, and the text behind its underscore.
fn kind_and_time(line: &CommandLine) -> Option<(Kind, Option<Bytes>)> {
    let (_, word, _) = split(&line.line);
    let (name, time) = match word.iter().position(|b| *b == b'_') {
        Some(at) => (word.slice(..at), Some(word.slice(at + 1..))),
        None => (word, None),
    };
    let at = name
        .windows(3)
        .position(|w| w.eq_ignore_ascii_case(b"ban"))?;
    Some((Kind::from_word(&name[at + 3..])?, time))
}

impl Hub {
    /// `!ban`, `!bannick` and so on.
    pub(super) fn ban_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let Some((kind, time)) = kind_and_time(line) else {
            return;
        };
        if kind.needs_host() {
            self.reply(
                line,
                "The hub does not look up host names yet, so it cannot ban them.",
            );
            return;
        }
        let seconds = match time {
            None => 0,
            Some(time) => match parse_span(&time).filter(|s| *s > 0) {
                Some(seconds) => seconds,
                None => {
                    self.reply(
                        line,
                        "The time must be a number and one of s m h d w M y, such as 5m.",
                    );
                    return;
                }
            },
        };
        let Some(value) = words(rest).next().map(|w| rest.slice_ref(w)) else {
            self.reply(line, "Whom? !ban NICK REASON");
            return;
        };
        let reason = rest.slice_ref(rest[value.len()..].trim_ascii_start());
        let op = self.nick_of(line.conn);
        let by_nick = matches!(kind, Kind::NickIp | Kind::Nick);
        if by_nick
            && self.user_of(&value).is_some()
            && self
                .kick_target(Some(line.conn), &op, &value, "ban")
                .is_none()
        {
            return;
        }
        let Some(whom) = self.whom(kind, &value) else {
            let text = format!("That is nothing that {} bans are about.", kind.name());
            self.reply(line, text);
            return;
        };
        let ban = self.new_ban(whom, reason, op, seconds);
        self.begin_ban(line.conn, ban);
    }

    /// What a ban of this kind and value is about. A nick that is online stands for its
    /// address too.
    fn whom(&self, kind: Kind, value: &Bytes) -> Option<Whom> {
        let text = str::from_utf8(value).ok();
        let ip = text.and_then(|t| t.parse().ok());
        let user = self.user_of(value).and_then(|id| self.conns.get(&id));
        Some(match kind {
            Kind::NickIp => match (user, ip) {
                (Some(c), _) => Whom::NickIp(c.nick.clone(), c.ip),
                (None, Some(ip)) => Whom::Ip(ip),
                (None, None) => Whom::Nick(value.clone()),
            },
            Kind::Ip => Whom::Ip(ip?),
            Kind::Nick => Whom::Nick(value.clone()),
            Kind::Prefix => Whom::Prefix(value.clone()),
            Kind::Range => {
                let (from, to) = parse_range(value)?;
                Whom::Range(from, to)
            }
            Kind::Share => Whom::Share(text?.parse().ok()?),
            Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => return None,
        })
    }

    pub(super) fn unban_command(&mut self, line: &CommandLine, rest: &[u8]) {
        match (kind_and_time(line), words(rest).next()) {
            (Some((kind, _)), Some(value)) => self.unban(line.conn, kind, value),
            _ => self.reply(line, "Whom? !unban NICK"),
        }
    }

    pub(super) fn info_ban_command(&mut self, line: &CommandLine, rest: &[u8]) {
        match (kind_and_time(line), words(rest).next()) {
            (Some((kind, _)), Some(value)) => self.info_ban(line.conn, kind, value),
            _ => self.reply(line, "Whom? !infoban NICK"),
        }
    }

    pub(super) fn list_bans_command(&mut self, line: &CommandLine, rest: &[u8]) {
        let asked = words(rest).next().and_then(number);
        let most = asked
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(LISTED);
        self.list_bans(line.conn, most);
    }
}

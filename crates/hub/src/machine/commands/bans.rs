//! The ban commands: kind and length are part of the command's name, as in `!bannick_5m`.

use bytes::Bytes;

use crate::machine::banning::{is_pair, parse_range};
use crate::machine::banrows::KICKS_SECS;
use crate::machine::bans::{Kind, Whom};
use crate::machine::commands::CommandLine;
use crate::machine::hosts::Wanted;
use crate::machine::tempban::{NoSpan, parse_span};
use crate::machine::{Hub, NickKey};
use crate::reg::{KickRow, Listing};
use crate::words::{first_word, words};

use super::{number, split};

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

/// What a ban of this kind is about, and the text behind it: a word, or of a range all of it,
/// without the blanks that may be in it.
fn first_value(kind: Kind, text: &Bytes) -> Option<(Bytes, Bytes)> {
    let (word, mut rest) = first_word(text)?;
    let mut so_far = word.to_vec();
    let ranges = matches!(kind, Kind::NickIp | Kind::Ip | Kind::Range);
    // `A - B` is three words, `A- B` and `A -B` are two.
    for _ in 0..if ranges { 2 } else { 0 } {
        let Some((next, after)) = first_word(&rest) else {
            break;
        };
        so_far.extend_from_slice(&next);
        rest = after;
        if is_pair(&so_far) && !is_pair(&word) {
            return Some((so_far.into(), rest));
        }
    }
    first_word(text)
}

impl Hub {
    /// `!ban`, `!bannick` and so on.
    pub(super) fn ban_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let own = self.conns.get(&line.conn).map_or(0, |c| c.class);
        let kind = kind_and_time(line).map(|(kind, _)| kind);
        let by_host = kind.filter(|kind| kind.is_host() && own >= kind.least_class());
        let nick = by_host.and_then(|_| Some(first_word(rest)?.0));
        if let Some((nick, id)) = nick.and_then(|nick| Some((nick.clone(), self.user_of(&nick)?))) {
            let line = CommandLine {
                line: line.line.clone(),
                ..*line
            };
            let wanted = Wanted::Command(line, rest.clone(), nick);
            if self.await_host(id, wanted).is_none() {
                return;
            }
        }
        self.ban_command_known(line, rest);
    }

    /// The same when the name of the host is known that it is about, if it is about one.
    pub(in crate::machine) fn ban_command_known(&mut self, line: &CommandLine, rest: &Bytes) {
        let Some((mut kind, time)) = kind_and_time(line) else {
            return;
        };
        let seconds = match time {
            None => 0,
            Some(time) => match parse_span(&time) {
                Ok(seconds) if seconds > 0 => seconds,
                no => {
                    self.reply(line, no.err().unwrap_or(NoSpan::Unreadable).text());
                    return;
                }
            },
        };
        let mut rest = rest.clone();
        // `this nick` and `this ip` stand before the nick of somebody who was kicked.
        if let Some((this, after)) =
            first_word(&rest).filter(|(w, _)| w.eq_ignore_ascii_case(b"this"))
            && let Some((what, after)) = first_word(&after)
            && let Some(asked) =
                Kind::from_word(&what).filter(|k| matches!(k, Kind::Nick | Kind::Ip))
        {
            drop(this);
            kind = asked;
            rest = after;
        }
        let own = self.conns.get(&line.conn).map_or(0, |c| c.class);
        let least = kind.least_class();
        if own < least {
            let text = format!("You need class {least} for {} bans.", kind.name());
            self.reply(line, text);
            return;
        }
        let Some((value, mut reason)) = first_value(kind, &rest) else {
            self.reply(line, "Whom? !ban NICK REASON");
            return;
        };
        let op = self.nick_of(line.conn);
        let online = self.user_of(&value).is_some();
        let as_typed = matches!(kind, Kind::Range | Kind::Share | Kind::Prefix);
        let online = online && !as_typed;
        if online
            && self
                .kick_target(Some(line.conn), &op, &value, "ban")
                .is_none()
        {
            return;
        }
        let kicked = match online {
            true => None,
            false => self.kicked_before(&op, &value),
        };
        let kicked = kicked.and_then(|kick| Some((whom_kicked(kind, &kick)?, kick)));
        let mut by_nick = online.then(|| value.clone());
        let whom = match kicked {
            Some((whom, kick)) => {
                by_nick = Some(kick.nick);
                if reason.is_empty() {
                    reason = kick.reason;
                }
                Some(whom)
            }
            None => self.whom(kind, &value),
        };
        let Some(whom) = whom else {
            let text = match Kind::HOSTS.contains(&kind) && online {
                true => "The name of that user's host is not known.".to_owned(),
                false => format!("That is nothing that {} bans are about.", kind.name()),
            };
            self.reply(line, text);
            return;
        };
        let mut ban = self.new_ban(whom, reason, op, seconds);
        if let Some(nick) = by_nick {
            ban = ban.made_by_nick(&nick);
        }
        self.begin_ban(line.conn, ban);
    }

    /// A kick or drop with a reason, by this operator, of this nick or address, not long ago.
    fn kicked_before(&self, op: &[u8], value: &[u8]) -> Option<KickRow> {
        let since = self.now.unix_secs().saturating_sub(KICKS_SECS);
        let (op, nick) = (NickKey::of(op), NickKey::of(value));
        let meant = |kick: &&KickRow| {
            kick.time >= since
                && !kick.reason.is_empty()
                && NickKey::of(&kick.op) == op
                && (NickKey::of(&kick.nick) == nick || kick.ip == value)
        };
        self.kicks.iter().rev().find(meant).cloned()
    }

    /// What a ban of this kind and value is about. A nick that is online stands for its
    /// address and host too.
    fn whom(&self, kind: Kind, value: &Bytes) -> Option<Whom> {
        let text = str::from_utf8(value).ok();
        let ip = text.and_then(|t| t.parse().ok());
        let user = self.user_of(value);
        let as_typed = matches!(kind, Kind::Nick | Kind::Range | Kind::Share | Kind::Prefix);
        if let Some(id) = user.filter(|_| !as_typed) {
            return self.whom_of(id, kind);
        }
        Some(match kind {
            Kind::NickIp | Kind::Ip => match (ip, parse_range(value), kind) {
                (Some(ip), ..) => Whom::Ip(ip),
                (_, Some((from, to)), _) => Whom::Range(from, to),
                (_, _, Kind::NickIp) => Whom::Nick(value.clone()),
                _ => return None,
            },
            Kind::Nick => Whom::Nick(value.clone()),
            Kind::Prefix => Whom::Prefix(value.clone()),
            Kind::Range => {
                let (from, to) = parse_range(value)?;
                Whom::Range(from, to)
            }
            Kind::Share => Whom::Share(text?.parse().ok()?),
            Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => {
                // An address has dots too, but is no name.
                let part = kind.part_of(value).filter(|_| ip.is_none())?;
                Whom::Host(kind, part)
            }
        })
    }

    pub(super) fn unban_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let kind = kind_and_time(line).map(|(kind, _)| kind);
        let value = kind.and_then(|kind| Some((kind, first_value(kind, rest)?)));
        match value {
            Some((kind, (value, reason))) => self.unban(line.conn, kind, value, reason),
            None => self.reply(line, "Whom? !unban NICK REASON"),
        }
    }

    pub(super) fn info_ban_command(&mut self, line: &CommandLine, rest: &Bytes) {
        let kind = kind_and_time(line).map(|(kind, _)| kind);
        let value = kind.and_then(|kind| Some((kind, first_value(kind, rest)?)));
        match value {
            Some((kind, (value, _))) => self.info_ban(line.conn, kind, value),
            None => self.reply(line, "Whom? !infoban NICK"),
        }
    }

    pub(super) fn list_bans_command(&mut self, line: &CommandLine, rest: &[u8]) {
        let asked = words(rest).next().and_then(number);
        let most = asked
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(LISTED);
        self.list_bans(line.conn, most);
    }

    // ---- in memory only ------------------------------------------------------------------

    /// `!tempban` and `!deltempban`.
    pub(super) fn temp_ban_command(&mut self, line: &CommandLine, rest: &[u8], lift: bool) {
        let kind = kind_and_time(line).map(|(kind, _)| kind);
        let Some((kind, value)) = kind.zip(words(rest).next()) else {
            self.reply(line, "Whom? Say NICK or an address.");
            return;
        };
        self.temp_ban(line.conn, kind, value, lift);
    }

    /// `!cleanbanlist` and so on.
    pub(super) fn clean_command(&mut self, line: &CommandLine) {
        let (_, word, _) = split(&line.line);
        let by = line.conn;
        match word.to_ascii_lowercase().strip_prefix(b"clean") {
            Some(b"banlist") => self.clean(by, Listing::Bans),
            Some(b"unbanlist") => self.clean(by, Listing::LiftedBans),
            Some(b"kicklist") => self.clean(by, Listing::Kicks),
            Some(b"temprights") => self.clean(by, Listing::Rights),
            Some(b"tempbans") => self.clean_temp_bans(by),
            _ => {
                self.clean_temp_bans(by);
                self.clean(by, Listing::Bans);
                if self.config.users.clean_gags_cleanbans {
                    self.clean_gags(by);
                }
            }
        }
    }
}

/// The ban of somebody who was kicked.
fn whom_kicked(kind: Kind, kick: &KickRow) -> Option<Whom> {
    let ip = str::from_utf8(&kick.ip).ok().and_then(|ip| ip.parse().ok());
    Some(match kind {
        Kind::NickIp => Whom::NickIp(kick.nick.clone(), ip?),
        Kind::Ip => Whom::Ip(ip?),
        Kind::Nick => Whom::Nick(kick.nick.clone()),
        Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => {
            Whom::Host(kind, kind.part_of(&kick.host)?)
        }
        Kind::Range | Kind::Share | Kind::Prefix => return None,
    })
}

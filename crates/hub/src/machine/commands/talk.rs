//! Speaking to many: broadcasts, reports, and messages of the protocol sent by hand.

use bytes::Bytes;
use nmdc::{WireBuf, write};

use crate::io::{ConnId, Group, Traits};
use crate::machine::commands::CommandLine;
use crate::machine::conn::Conn;
use crate::machine::vars::{About, is_personal};
use crate::machine::{Hub, cat};
use crate::words::{TrimBlanks, words};

/// A target of `!proto...`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    One,
    All,
    Active,
    Passive,
}

impl Hub {
    /// A private message of the hub bot to all users of some classes.
    pub(super) fn broadcast_command(
        &mut self,
        line: &CommandLine,
        text: &Bytes,
        min: i32,
        max: i32,
    ) {
        let to = self.users_of_classes(min, max);
        self.write_to_many(line, text, &to);
    }

    /// The same to the users of some countries.
    pub(super) fn country_broadcast(&mut self, line: &CommandLine, rest: &Bytes) {
        let codes = words(rest).next().map(|w| rest.slice_ref(w));
        let Some(codes) = codes.filter(|c| c.len() > 2 && c.starts_with(b":") && c.ends_with(b":"))
        else {
            self.reply(line, "Which countries? !ccbc :DE:AT: TEXT");
            return;
        };
        let text = rest.slice_ref(rest[codes.len()..].trim_blanks_start());
        let geo = self.view.geo();
        let upper = codes.to_ascii_uppercase();
        let from_there = |c: &&Conn| {
            let code = cat![":", geo.code(c.ip), ":"];
            c.listed && upper.windows(code.len()).any(|w| w == code)
        };
        let mut to: Vec<ConnId> = self
            .conns
            .values()
            .filter(from_there)
            .map(|c| c.id)
            .collect();
        drop(geo);
        to.sort_unstable();
        self.write_to_many(line, &text, &to);
    }

    fn write_to_many(&mut self, line: &CommandLine, text: &Bytes, to: &[ConnId]) {
        if text.is_empty() {
            self.reply(line, "What? The text is missing.");
            return;
        }
        let personal = is_personal(text);
        let from = self.config.identity.hub_security.clone();
        for id in to {
            let about = About {
                user: Some(*id),
                line: Bytes::new(),
            };
            let own = match personal {
                true => self.expand(text, &about),
                false => text.clone(),
            };
            let mut data = WireBuf::new();
            write::private(&self.nick_of(*id), &from, &from, &own, &mut data);
            self.send(*id, data.finish());
        }
        if self.config.rights.bc_reply != b"disable"[..] {
            self.config.rights.bc_reply = self.nick_of(line.conn);
            self.view.set_config(self.config.clone());
        }
        self.reply(line, format!("Sent to {} users.", to.len()));
    }

    /// `+report`: tells the operators of somebody.
    pub(super) fn report(&mut self, line: &CommandLine, rest: &Bytes) {
        if self.config.rights.disable_report_cmd {
            self.reply(line, "+report is turned off.");
            return;
        }
        let Some(nick) = words(rest).next().map(|w| rest.slice_ref(w)) else {
            self.reply(line, "Whom? +report NICK REASON");
            return;
        };
        let reason = rest[nick.len()..].trim_blanks();
        let whom = self.user_of(&nick).and_then(|id| self.conns.get(&id));
        let whom = match whom {
            Some(c) => self.who(c.id),
            None => cat![nick, " (not online)"],
        };
        let because = if reason.is_empty() { "." } else { ": " };
        let text = cat![self.who(line.conn), " reports ", whom, because, reason];
        if self.config.rights.dest_report_chat {
            let data = self.bot_line(&text);
            let group = Group {
                any: Traits::classes(3, 10),
                ..Group::LISTED
            };
            self.broadcast(group, data);
        } else {
            self.tell_operators(&text);
        }
        self.reply(line, "Thank you, the operators have been told.");
    }

    // ---- protocol by hand --------------------------------------------------------------

    /// `!protoTARGET_...`: a message of the protocol to one user or to many.
    pub(super) fn proto(
        &mut self,
        line: &CommandLine,
        rest: &Bytes,
        make: fn(&Hub, Option<&[u8]>, &[u8], &mut WireBuf),
    ) {
        let to = proto_target(&line.line);
        let mut text = rest.clone();
        let mut one = None;
        if to == To::One {
            let nick = words(rest)
                .next()
                .map(|w| rest.slice_ref(w))
                .unwrap_or_default();
            one = self.user_of(&nick);
            text = rest.slice_ref(rest[nick.len()..].trim_blanks_start());
            if one.is_none() {
                self.reply(line, cat![nick, " is not online."]);
                return;
            }
        }
        if text.is_empty() {
            self.reply(line, "The text is missing.");
            return;
        }
        let is_meant = |c: &&Conn| {
            c.listed
                && match to {
                    To::One => Some(c.id) == one,
                    To::All => true,
                    To::Active => c.active,
                    To::Passive => !c.active,
                }
        };
        let mut ids: Vec<ConnId> = self.conns.values().filter(is_meant).map(|c| c.id).collect();
        ids.sort_unstable();
        for id in &ids {
            let nick = self.nick_of(*id);
            let mut data = WireBuf::new();
            make(self, Some(&nick), &text, &mut data);
            self.send(*id, data.finish());
        }
        self.reply(line, format!("Sent to {} users.", ids.len()));
    }
}

fn proto_target(line: &[u8]) -> To {
    let word = super::normal_name(line.get(1..).unwrap_or_default());
    let has = |start: &[u8]| word.starts_with(start);
    if has(b"protouser") {
        To::One
    } else if has(b"protoactive") {
        To::Active
    } else if has(b"protopassive") {
        To::Passive
    } else {
        To::All
    }
}

/// What `!proto...` sends.
pub(super) mod proto {
    use super::*;

    pub fn hub_name(_: &Hub, _: Option<&[u8]>, text: &[u8], out: &mut WireBuf) {
        write::hub_name(text, None, out);
    }

    pub fn quit(_: &Hub, _: Option<&[u8]>, text: &[u8], out: &mut WireBuf) {
        write::quit(text, out);
    }

    pub fn redirect(_: &Hub, _: Option<&[u8]>, text: &[u8], out: &mut WireBuf) {
        write::force_move(text, out);
    }

    pub fn pm(hub: &Hub, to: Option<&[u8]>, text: &[u8], out: &mut WireBuf) {
        let bot = &hub.config.identity.hub_security;
        write::private(to.unwrap_or_default(), bot, bot, text, out);
    }

    pub fn chat(hub: &Hub, _: Option<&[u8]>, text: &[u8], out: &mut WireBuf) {
        write::chat(&hub.config.identity.hub_security, text, out);
    }
}

//! Protocol messages for operators, and `$GetINFO`.

use bytes::Bytes;
use nmdc::{Wire, WireBuf, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group};
use crate::words::TrimBlanks;

use super::commands::CommandLine;
use super::conn::Features;
use super::rights::Needs;
use super::tempban::{Cause, TempBan, parse_span, span};
use super::{Hub, NickKey, cat};

/// A kick on its way.
#[derive(Debug)]
pub(super) struct Kick {
    /// Who typed it; `vh.KickUser` has only its operator's nick.
    pub by: Option<ConnId>,
    pub op: Bytes,
    pub victim: ConnId,
    pub nick: Bytes,
    pub reason: Bytes,
    pub ban_time: i64,
    pub redirect: Option<Bytes>,
    /// For the user, and for operators, with the ban.
    pub note: Bytes,
    pub op_note: Bytes,
    /// A bare `$Kick`: no message, no ban.
    pub bare: bool,
    /// Said in main chat as "is kicking": the victim stays connected.
    pub stays: bool,
}

impl Hub {
    pub(super) fn get_info(&mut self, id: ConnId, other: &[u8]) {
        let key = NickKey::of(other);
        let Some(c) = self.conns.get(&id) else { return };
        match self.info_line(&key) {
            Some(mut line) => {
                if self.config.users.myinfo_tls_filter
                    && !c.traits.has(crate::io::Traits::TLS)
                    && let Some(plain) = nmdc::myinfo::without_tls(&line)
                {
                    line = plain;
                }
                if !c.features.has(Features::NO_GET_INFO) {
                    self.send(id, line);
                }
            }
            None => {
                let mut data = WireBuf::new();
                write::quit(other, &mut data);
                self.send(id, data.finish());
            }
        }
    }

    /// Whether the user has the class an operator message needs; if not he is told so. The
    /// original throws him out for it, see docs/differences.md.
    pub(super) fn may_operate(&mut self, id: ConnId, least: i32, command: &str) -> bool {
        let enough = self.conns.get(&id).is_some_and(|c| c.class >= least);
        if !enough {
            self.notice(id, format!("You need class {least} to use {command}."));
        }
        enough
    }

    /// An operator's message that is one of the commands in other words.
    pub(super) fn operate(&mut self, id: ConnId, message: &str, line: Bytes) {
        if self.may_operate(id, 3, message) {
            let line = CommandLine {
                conn: id,
                line,
                pm: false,
                op: true,
                typed: true,
            };
            self.hub_command_judged(line, true);
        }
    }

    /// `$Ban` and `$TempBan`: as the command, but only with a reason and of lower classes.
    pub(super) fn protocol_ban(
        &mut self,
        id: ConnId,
        message: &str,
        time: &[u8],
        nick: &[u8],
        reason: &[u8],
    ) {
        if !self.may_operate(id, 3, message) {
            return;
        }
        let class = self.conns.get(&id).map_or(0, |c| c.class);
        let target = self.user_of(nick).and_then(|id| self.conns.get(&id));
        if reason.trim_blanks().is_empty() {
            self.notice(id, format!("{message} needs a reason."));
        } else if target.is_some_and(|c| c.class >= class) {
            self.notice(id, cat!["You may not ban ", nick, "."]);
        } else {
            let line = cat!["!ban", time, " ", nick, " ", reason];
            self.operate(id, message, line);
        }
    }

    pub(super) fn user_ip(&mut self, id: ConnId, nicks: &[u8]) {
        let least = self.config.rights.user_ip_class;
        let own = self.nick_of(id);
        let only_own = nmdc::message::nick_list(nicks).all(|n| nmdc::nick::same(n, &own));
        if !only_own && !self.may_operate(id, least, "UserIP") {
            return;
        }
        // Each once, however often he is named: the answer is no longer than a few questions.
        let (mut named, mut pairs) = (super::Set::default(), Vec::new());
        let most = if only_own { 1 } else { usize::MAX };
        for nick in nmdc::message::nick_list(nicks).take(most) {
            let user = self.user_of(nick).filter(|user| named.insert(*user));
            if let Some(c) = user.and_then(|user| self.conns.get(&user)) {
                pairs.push((c.nick.clone(), c.ip_text.clone()));
            }
        }
        if !pairs.is_empty() {
            let mut data = WireBuf::new();
            write::user_ip(pairs, &mut data);
            self.send(id, data.finish());
        }
    }

    pub(super) fn who_ip(&mut self, id: ConnId, ip: &[u8]) {
        if !self.may_operate(id, self.config.rights.user_ip_class, "WhoIP") {
            return;
        }
        let mut nicks: Vec<Bytes> = (self.conns.values())
            .filter(|c| c.listed && c.ip_text == ip)
            .map(|c| c.nick.clone())
            .collect();
        nicks.sort_unstable();
        let mut data = WireBuf::new();
        write::users_with_ip(ip, &nicks, &mut data);
        self.send(id, data.finish());
    }

    pub(super) fn get_topic(&mut self, id: ConnId) {
        let topic = self.config.identity.hub_topic.clone();
        if self.may_operate(id, 3, "GetTopic") && !topic.is_empty() {
            let mut data = WireBuf::new();
            write::hub_topic(&topic, &mut data);
            self.send(id, data.finish());
        }
    }

    pub(super) fn set_topic(&mut self, id: ConnId, topic: Bytes) {
        let least = self.config.rights.topic_mod_class;
        if self.may_operate(id, least, "SetTopic") {
            self.change_topic(id, topic);
        }
    }

    pub(super) fn op_force_move(&mut self, id: ConnId, who: &[u8], to: &[u8], reason: &[u8]) {
        if !self.may_operate(id, self.config.rights.min_class_redir, "OpForceMove") {
            return;
        }
        let Some(target) = self.user_of(who) else {
            self.notice(id, cat![who, " is not online."]);
            return;
        };
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return;
        };
        if t.class >= c.class || t.protected_from(c.class) || to.is_empty() {
            self.notice(id, cat!["You may not move ", t.nick, "."]);
            return;
        }
        let mut data = WireBuf::new();
        write::private(&t.nick, &c.nick, &c.nick, reason, &mut data);
        write::force_move(to, &mut data);
        self.send(target, data.finish());
        let why = cat!["moved to ", to, " by ", self.nick_of(id), ": ", reason];
        self.close_told(target, CloseReason::ForceMove, why);
    }

    // ---- kicks -------------------------------------------------------------------------

    pub(super) fn protocol_kick(&mut self, id: ConnId, nick: &[u8]) {
        if self.may_kick(id) || self.may_operate(id, 3, "Kick") {
            let op = self.nick_of(id);
            let nick = Bytes::copy_from_slice(nick);
            self.kick(
                Some(id),
                op,
                nick,
                Kick {
                    bare: true,
                    ..Kick::empty()
                },
            );
        }
    }

    /// "op is kicking nick because: reason" typed in main chat.
    pub(super) fn kick_by_phrase(&mut self, id: ConnId, nick: Bytes, reason: Bytes) {
        if self.conns.get(&id).is_some_and(|c| c.class >= 3) {
            let op = self.nick_of(id);
            self.kick(
                Some(id),
                op,
                nick,
                Kick {
                    reason,
                    stays: true,
                    ..Kick::empty()
                },
            );
        }
    }

    /// Checks a kick and asks the scripts about it. `by`: who typed it; `vh.KickUser` has none
    /// and names its operator.
    pub(super) fn kick(&mut self, by: Option<ConnId>, op: Bytes, nick: Bytes, kick: Kick) {
        let ctx = self.ctx;
        let Some(victim) = self.kickable(by, &op, &nick) else {
            self.answer(ctx, false);
            return;
        };
        let nick = self.nick_of(victim);
        let event = Event::OperatorKicks {
            op: op.clone(),
            nick: nick.clone(),
            reason: kick.reason.clone(),
        };
        let kick = Kick {
            by,
            op,
            victim,
            nick,
            ..kick
        };
        let (hook, needs) = (Hook::OperatorKicks, Needs::Command);
        self.ask(
            hook,
            by,
            needs,
            |_| event,
            |hub, verdict| {
                hub.kick_judged(kick, verdict.allow);
            },
        );
    }

    /// Whom an operator may kick now under this nick; says what is wrong.
    fn kickable(&mut self, by: Option<ConnId>, op: &[u8], nick: &[u8]) -> Option<ConnId> {
        // Somebody else may have the nick of who typed it by now.
        if by.is_some_and(|id| !self.conns.contains_key(&id)) {
            return None;
        }
        let granted = self.user_of(op).is_some_and(|id| self.may_kick(id));
        if !granted && self.class_of(op).is_none_or(|class| class < 3) {
            return None;
        }
        self.kick_target(by, op, nick, "kick")
    }

    fn kick_judged(&mut self, kick: Kick, allow: bool) {
        let ctx = self.ctx;
        let by = self.user_of(&kick.op);
        let there = self
            .conns
            .get(&kick.victim)
            .is_some_and(|c| c.nick == kick.nick);
        // Operator and victim may not be what they were when the scripts were asked.
        let may =
            allow && there && self.kickable(kick.by, &kick.op, &kick.nick) == Some(kick.victim);
        let Some(victim) = self.conns.get(&kick.victim).filter(|_| may) else {
            self.answer(ctx, false);
            return;
        };
        let (key, ip) = (victim.key.clone(), victim.ip);
        if kick.bare {
            let text = cat!["You are being kicked by ", kick.op, "."];
            self.notice(kick.victim, &text);
            self.close_kicked(&kick, &text);
            self.answer(ctx, true);
            return;
        }
        let (seconds, reason) = self.kick_ban(&kick);
        let until = match seconds {
            0 => u64::MAX,
            s => self.now.mono_ms.saturating_add(s.saturating_mul(1000)),
        };
        let notes = [kick.note.clone(), kick.op_note.clone()];
        let ban = TempBan {
            cause: Cause::Kick,
            reason: reason.clone(),
            until,
            pair: Some((key.clone(), ip)),
        };
        self.nick_bans.add(key, ban.clone());
        self.ban_ip(ip, ban, None);
        self.keep_kick(kick.victim, &kick.op, &reason, false);
        self.keep_kick_ban(kick.victim, &kick.op, &reason, seconds, notes);
        let because = if reason.is_empty() { "" } else { " because: " };
        let told = cat!["You are being kicked by ", kick.op, because, reason];
        if !kick.stays {
            self.private_notice(kick.victim, &told);
        }
        if let Some(group) = self.kick_watchers(&kick.op) {
            let text = cat![kick.op, " is kicking ", kick.nick, because, reason];
            self.broadcast(group, Wire::of(|out| write::remark(&text, out)));
        }
        let length = if seconds == 0 {
            "for good".to_owned()
        } else {
            span(seconds)
        };
        let text = cat![
            kick.op,
            " kicked ",
            kick.nick,
            because,
            reason,
            " (banned ",
            length,
            ")"
        ];
        self.announce_kick(by, &text);
        if !kick.stays {
            self.close_kicked(&kick, &told);
        }
        self.answer(ctx, true);
    }

    /// Who sees that an operator kicks somebody, if anybody does.
    fn kick_watchers(&self, op: &[u8]) -> Option<Group> {
        if self.config.users.hide_all_kicks {
            return None;
        }
        let op = self.user_of(op).and_then(|id| self.conns.get(&id));
        let (hidden, hides) = op.map_or((-1, false), |c| {
            let reg = c.reg.as_ref();
            let class = reg.map_or(-1, |r| {
                if r.class_hidekick > 0 {
                    r.class_hidekick
                } else {
                    -1
                }
            });
            let all = c.hides_kicks || reg.is_some_and(|r| r.hide_kick);
            (c.hides_kicks_to.max(class), all)
        });
        let mut group = Group::LISTED;
        if hidden >= 0 {
            group.any = crate::io::Traits::classes(i64::from(hidden) + 1, 10);
        }
        (!hides && hidden < 10).then_some(group)
    }

    /// Tells those who are to hear of kicks, at least the operator himself.
    pub(super) fn announce_kick(&mut self, by: Option<ConnId>, text: &[u8]) {
        let least = self.config.users.notify_kicks_to_all;
        if least < 0 {
            self.reply_to(by, text);
            return;
        }
        let any = crate::io::Traits::classes(i64::from(least), 10);
        let data = self.bot_line(text);
        self.broadcast(
            Group {
                any,
                ..Group::LISTED
            },
            data,
        );
    }

    /// Closes the connection of somebody who was kicked; `told`: what he was told of it.
    fn close_kicked(&mut self, kick: &Kick, told: &[u8]) {
        if let Some(address) = &kick.redirect {
            let mut data = WireBuf::new();
            write::force_move(address, &mut data);
            self.send(kick.victim, data.finish());
        }
        match kick.redirect {
            // He has been told already where to go.
            Some(_) => self.close_here(kick.victim, CloseReason::Kicked, told),
            None => self.close_told(kick.victim, CloseReason::Kicked, told),
        }
    }

    /// How long a kicked user stays out, in seconds (0: for good), and the reason to show.
    /// `_ban_1h` in the reason asks for an hour, `_ban_` alone for good.
    fn kick_ban(&self, kick: &Kick) -> (u64, Bytes) {
        let u = &self.config.users;
        let default = u64::from(u.tban_kick);
        let lower = kick.reason.to_ascii_lowercase();
        let asked = u64::try_from(kick.ban_time).ok().filter(|s| *s > 0);
        // Who was only granted to kick bans nobody for longer than usual.
        let by = self.user_of(&kick.op);
        let usual = by
            .and_then(|id| self.conns.get(&id))
            .is_some_and(|c| c.class < 3);
        let Some(at) = lower.windows(5).position(|w| w == b"_ban_") else {
            return (asked.unwrap_or(default), kick.reason.clone());
        };
        let rest = kick.reason.get(at + 5..).unwrap_or_default();
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let is_unit = |b: &u8| b"smhdwyM".contains(b) || b"SHDWY".contains(b);
        let unit = usize::from(digits > 0 && rest.get(digits).is_some_and(is_unit));
        let length = rest.get(..digits + unit).unwrap_or_default();
        let longest = u64::from(u.tban_max);
        let seconds = match parse_span(length) {
            _ if length.is_empty() => 0,
            Ok(0) => default,
            Ok(s) => s.min(longest),
            // Longer than anything can be.
            Err(_) => longest,
        };
        let token = &kick.reason[at..at + 5 + length.len()];
        let own = &self.config.messages.msg_replace_ban;
        let shown = if own.is_empty() { token } else { own };
        let reason = cat![kick.reason[..at], shown, kick.reason[at + token.len()..]];
        let seconds = asked.unwrap_or(seconds);
        match usual && (seconds == 0 || seconds > default) {
            true => (default, reason),
            false => (seconds, reason),
        }
    }

    pub(super) fn class_of(&self, nick: &[u8]) -> Option<i32> {
        let key = NickKey::of(nick);
        match self.nicks.get(&key)? {
            super::Holder::User(id) => self.conns.get(id).map(|c| c.class),
            super::Holder::Bot => self.bots.get(&key).map(|b| b.class),
            super::Holder::Leaving(_) => None,
        }
    }

    /// A notice to somebody who typed a command, when it was typed.
    pub(super) fn reply_to(&mut self, by: Option<ConnId>, text: &[u8]) {
        if let Some(id) = by.filter(|id| self.conns.contains_key(id)) {
            self.notice(id, text);
        }
    }
}

impl Kick {
    /// Nothing decided yet.
    pub(super) fn empty() -> Kick {
        Kick {
            by: None,
            op: Bytes::new(),
            victim: ConnId(0),
            nick: Bytes::new(),
            reason: Bytes::new(),
            ban_time: 0,
            redirect: None,
            note: Bytes::new(),
            op_note: Bytes::new(),
            bare: false,
            stays: false,
        }
    }
}

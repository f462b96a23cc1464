//! Drops: a user is thrown out and may come back at once.

use bytes::Bytes;
use nmdc::WireBuf;

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group, Traits};

use super::rights::Needs;
use super::{Hub, NickKey, cat};

/// A drop on its way.
#[derive(Debug)]
pub(super) struct UserDrop {
    pub by: ConnId,
    pub op: Bytes,
    pub victim: ConnId,
    pub nick: Bytes,
    pub reason: Bytes,
    /// No script has objected yet.
    pub allowed: bool,
}

impl Hub {
    /// Whom an operator may kick or drop under this nick; says what is wrong.
    pub(super) fn kick_target(
        &mut self,
        by: Option<ConnId>,
        op: &[u8],
        nick: &[u8],
        what: &str,
    ) -> Option<ConnId> {
        let op_class = self.class_of(op)?;
        let Some(victim) = self.user_of(nick) else {
            self.reply_to(by, &cat![nick, " is not online."]);
            return None;
        };
        let difference = i32::try_from(self.config.rights.classdif_kick).unwrap_or(i32::MAX);
        let v = self.conns.get(&victim)?;
        if v.class.saturating_add(difference) > op_class
            || v.protected_from(op_class)
            || NickKey::of(op) == v.key
        {
            self.reply_to(by, &cat!["You may not ", what, " ", nick, "."]);
            return None;
        }
        Some(victim)
    }

    /// `!drop`: asks the scripts, without and with the reason.
    pub(super) fn drop_user(&mut self, by: ConnId, nick: &[u8], reason: Bytes) {
        let op = self.nick_of(by);
        let Some(victim) = self.kick_target(Some(by), &op, nick, "drop") else {
            return;
        };
        let drop = UserDrop {
            by,
            op,
            victim,
            nick: self.nick_of(victim),
            reason,
            allowed: true,
        };
        let (op, nick) = (drop.op.clone(), drop.nick.clone());
        let event = Event::OperatorDrops { op, nick };
        let (hook, needs) = (Hook::OperatorDrops, Needs::Command);
        self.ask(
            hook,
            Some(by),
            needs,
            |_| event,
            |hub, verdict| {
                hub.drop_named(drop, verdict.allow);
            },
        );
    }

    /// The second hook is called whatever the first one said.
    fn drop_named(&mut self, mut drop: UserDrop, allow: bool) {
        drop.allowed &= allow;
        let event = Event::OperatorDropsWithReason {
            op: drop.op.clone(),
            nick: drop.nick.clone(),
            reason: drop.reason.clone(),
        };
        let by = Some(drop.by);
        let (hook, needs) = (Hook::OperatorDropsWithReason, Needs::Command);
        self.ask(
            hook,
            by,
            needs,
            |_| event,
            move |hub, verdict| {
                hub.drop_judged(&drop, verdict.allow);
            },
        );
    }

    fn drop_judged(&mut self, drop: &UserDrop, allow: bool) {
        let victim = self.conns.get(&drop.victim);
        let there = victim.is_some_and(|c| c.nick == drop.nick);
        let may = allow && drop.allowed && there && self.conns.contains_key(&drop.by);
        // Operator and victim may not be what they were when the scripts were asked.
        if !may
            || !self.may_kick(drop.by)
            || self.kick_target(Some(drop.by), &drop.op, &drop.nick, "drop") != Some(drop.victim)
        {
            return;
        }
        let because = if drop.reason.is_empty() {
            ""
        } else {
            " because: "
        };
        let told = cat!["You are being dropped by ", drop.op, because, drop.reason];
        self.private_notice(drop.victim, &told);
        self.keep_kick(drop.victim, &drop.op, &drop.reason, true);
        let text = cat![drop.op, " dropped ", drop.nick, because, drop.reason];
        self.announce_drop(drop.by, &text);
        self.close_told(drop.victim, CloseReason::Kicked, told);
    }

    /// Tells those who are to hear of drops: some classes, or else the operators.
    fn announce_drop(&mut self, by: ConnId, text: &[u8]) {
        let least = self.config.users.notify_kicks_to_all;
        let in_chat = self.config.rights.dest_drop_chat;
        if least < 0 && !in_chat {
            self.reply_to(Some(by), text);
            self.tell_operators(text);
            return;
        }
        let least = if least < 0 { 3 } else { least };
        let any = Traits::classes(i64::from(least), 10);
        let mut data = WireBuf::new();
        nmdc::write::chat(&self.config.identity.hub_security, text, &mut data);
        let group = Group {
            any,
            ..Group::LISTED
        };
        self.broadcast(group, data.finish());
    }
}

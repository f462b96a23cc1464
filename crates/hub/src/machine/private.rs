//! Private messages, in their own window (`$To:`) or in main chat (`$MCTo:`).

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::hooks::{Event, Hook};
use crate::io::ConnId;

use super::conn::Features;
use super::flood::Shared;
use super::restrict::Right;
use super::rights::Needs;
use super::{Holder, Hub, NickKey, cat};

impl Hub {
    pub(super) fn private(&mut self, id: ConnId, frame: &Bytes, to: Bytes, text: Bytes) {
        let key = NickKey::of(&to);
        match self.nicks.get(&key).copied() {
            None | Some(Holder::Leaving(_)) => {
                self.notice(id, cat![to, " is not online."]);
                return;
            }
            Some(Holder::User(target)) => {
                let r = &self.config.rights;
                let max = self.config.limits.max_pm_msg;
                let (least, difference) = (r.private_class, r.classdif_pm);
                if !self.may_write_to(id, target, (least, difference, max), &text, Shared::To) {
                    return;
                }
            }
            Some(Holder::Bot) => {}
        }
        let data = Wire::forward(frame);
        let (nick, message, to_nick) = (self.nick_of(id), text.clone(), to.clone());
        let event = Event::ParsedMsgPM {
            nick,
            message,
            to_nick,
        };
        let needs = Needs::Private(to.clone());
        self.ask_about(
            id,
            Hook::ParsedMsgPM,
            needs,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.pm_judged(id, &to, data, text);
                }
            },
        );
    }

    /// Right, class and length rules for private messages; says what is wrong.
    fn may_write_to(
        &mut self,
        id: ConnId,
        target: ConnId,
        (least, difference, max): (i32, u32, u32),
        text: &[u8],
        how: Shared,
    ) -> bool {
        if self.denied(id, Right::Pm) {
            return false;
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return false;
        };
        let class = c.class;
        let difference = i32::try_from(difference).unwrap_or(i32::MAX);
        let length = usize::try_from(max).unwrap_or(usize::MAX);
        let refusal = if c.class < least {
            format!("You need class {least} to write private messages.")
        } else if c.class.saturating_add(difference) < t.class {
            "Your class is too low to write to that user.".into()
        } else if self.repeating(id, text, how == Shared::MCTo) {
            return false;
        } else if class < 2 && max > 0 && text.len() > length {
            format!("Your message is longer than {max} bytes.")
        } else {
            return !self.locked_out(id, how);
        };
        self.notice(id, refusal);
        false
    }

    fn pm_judged(&mut self, id: ConnId, to: &[u8], data: Wire, text: Bytes) {
        let key = NickKey::of(to);
        match self.nicks.get(&key).copied() {
            Some(Holder::User(target)) => self.send(target, data),
            Some(Holder::Bot) => self.bot_message(id, &key, text),
            None | Some(Holder::Leaving(_)) => {
                self.notice(id, cat![to, " is not online."]);
            }
        }
    }

    pub(super) fn mcto(&mut self, id: ConnId, to: &[u8], text: Bytes) {
        let target = match self.nicks.get(&NickKey::of(to)).copied() {
            Some(Holder::User(target)) => target,
            Some(Holder::Bot) => {
                self.notice(id, cat![to, " is a bot."]);
                return;
            }
            None | Some(Holder::Leaving(_)) => {
                self.notice(id, cat![to, " is not online."]);
                return;
            }
        };
        let least = self.config.rights.private_class;
        let difference = self.config.rights.classdif_mcto;
        let max = self.config.limits.max_mcto_msg;
        if !self.may_write_to(id, target, (least, difference, max), &text, Shared::MCTo) {
            return;
        }
        let (nick, message) = (self.nick_of(id), text.clone());
        let to_nick = self.nick_of(target);
        let event = Event::ParsedMsgMCTo {
            nick,
            message,
            to_nick,
        };
        let needs = Needs::Own(Right::Pm);
        self.ask_about(
            id,
            Hook::ParsedMsgMCTo,
            needs,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.mcto_judged(id, target, &text);
                }
            },
        );
    }

    fn mcto_judged(&mut self, id: ConnId, target: ConnId, text: &[u8]) {
        let from = self.nick_of(id);
        let Some(t) = self.conns.get(&target) else {
            return;
        };
        let data = Wire::of(|out| match t.features.has(Features::MCTO) {
            true => write::mcto(&t.nick, &from, text, out),
            false => write::chat(&from, text, out),
        });
        self.send(target, data);
    }
}

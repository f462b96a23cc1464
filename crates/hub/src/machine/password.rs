//! Passwords: the one asked for at login, and the one a user sets himself.

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::ConnId;
use crate::reg::{StoreOp, StoreReply};

use super::rights::Needs;
use super::tempban::Cause;
use super::{Hub, cat};

impl Hub {
    pub(super) fn my_pass(&mut self, id: ConnId, frame: &Bytes, password: &[u8]) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let awaited = c.setting_password || (c.asked_password && !c.password_ok);
        if !awaited && c.told_password {
            self.duplicate(id, "MyPass");
            return;
        }
        if !awaited {
            let text = "MyPass was sent, but the hub has not asked for a password.";
            self.close(id, CloseReason::LoginErr, text);
            return;
        }
        c.told_password = true;
        let (nick, data) = (c.nick.clone(), frame.clone());
        let password = frame.slice_ref(password);
        let (hook, event) = (Hook::ParsedMsgMyPass, Event::ParsedMsgMyPass { nick, data });
        self.ask_to_stay(
            id,
            hook,
            CloseReason::Plugin,
            |_| event,
            move |hub, _| {
                hub.my_pass_judged(id, password);
            },
        );
    }

    fn my_pass_judged(&mut self, id: ConnId, password: Bytes) {
        let Some(c) = self.conns.get(&id) else { return };
        if c.setting_password {
            self.set_own_password(id, password);
            return;
        }
        self.guess(id, &password);
    }

    pub(super) fn password_checked(&mut self, id: ConnId, reply: &StoreReply) {
        match reply {
            StoreReply::Password(true) => {
                let Some(c) = self.conns.get_mut(&id) else {
                    return;
                };
                c.password_ok = true;
                c.proved = true;
                if let Some(reg) = &c.reg {
                    c.class = reg.class;
                }
                self.hello(id);
            }
            StoreReply::Password(false) => self.wrong_password(id),
            _ => self.password_unknown(id),
        }
    }

    /// The store could not say.
    pub(super) fn password_unknown(&mut self, id: ConnId) {
        self.close(
            id,
            CloseReason::LoginErr,
            "Your password cannot be checked now, please try again later.",
        );
    }

    fn wrong_password(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        let ip = c.ip;
        if self.config.users.wrongpassword_report {
            // A made-up address would say nothing of who tried.
            let shown = match c.reg.as_ref().and_then(|r| super::regfields::fake_ip(r)) {
                Some(_) => ip.to_string().into(),
                None => self.shown_ip(c),
            };
            let text = cat!["Wrong password for ", c.nick, " from ", shown];
            self.tell_operators(&text);
        }
        let reason = match &self.config.users.wrongpass_message {
            own if !own.is_empty() => own.clone(),
            _ => Bytes::from_static(b"wrong password"),
        };
        let bad = Wire::of(write::bad_pass);
        self.close_with(id, CloseReason::Password, "The password is wrong.", bad);
        // Last: it ends the other logins of the address.
        self.temp_ban_ip(ip, Cause::Password, &reason);
    }

    // ---- own password ------------------------------------------------------------------

    /// What is said of a password of fewer bytes than `password_min_len`.
    pub(super) fn short_password(&self, password: &[u8]) -> Option<String> {
        let least = self.config.users.password_min_len;
        let short = usize::try_from(least).is_ok_and(|least| password.len() < least);
        short.then(|| format!("A password has at least {least} characters."))
    }

    /// `$MyPass` or `+passwd` of somebody who may set his password.
    pub(super) fn set_own_password(&mut self, id: ConnId, password: Bytes) {
        let refusal = self.short_password(&password);
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if let Some(refusal) = refusal {
            c.setting_password = false;
            c.deadline = None;
            self.notice(id, refusal);
            return;
        }
        let nick = c.nick.clone();
        let op = StoreOp::SetPassword { nick, password };
        self.store_about(id, Needs::Nothing, op, move |hub, reply| {
            hub.password_set(id, &reply)
        });
    }

    fn password_set(&mut self, id: ConnId, reply: &StoreReply) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.setting_password = false;
        c.deadline = None;
        if *reply != StoreReply::Done {
            self.notice(id, "Your password could not be stored, please try again.");
            return;
        }
        c.proved = true;
        // As a login, which it is for who could not be asked for one before.
        let first = c.reg.as_ref().is_some_and(|reg| reg.pwd_change);
        let (nick, ip) = (c.nick.clone(), c.ip.to_canonical().to_string().into());
        let class = c.reg.as_mut().map(|reg| {
            reg.pwd_change = false;
            reg.has_password = true;
            reg.class
        });
        if first {
            self.note_login(&nick, ip, true);
        }
        self.notice(
            id,
            "Your password is set, you will be asked for it at the next login.",
        );
        if let Some(class) = class {
            self.set_class_live(id, class, |_| ());
        }
    }
}

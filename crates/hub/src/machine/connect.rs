//! Requests for connections between clients.

use bytes::{Bytes, BytesMut};

use crate::hooks::{Event, Hook};
use crate::io::ConnId;

use super::conn::{Conn, Features, is_lan};
use super::restrict::Right;
use super::then::Then;
use super::{Holder, Hub, NickKey, cat};

impl Hub {
    pub(super) fn connect_to_me(&mut self, id: ConnId, ctm: &nmdc::ConnectToMe<'_>) {
        let Some(target) = self.user_of(ctm.to) else {
            return;
        };
        if target == id || !self.may_use_hub(id, false) || !self.may_connect(id, target) {
            return;
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return;
        };
        if ctm.port_number().is_none() {
            self.syntax_error(id, "ConnectToMe");
            return;
        }
        if self.config.limits.filter_lan_requests && is_lan(c.ip) != is_lan(t.ip) {
            return;
        }
        if let Some(nick) = ctm.nat_nick()
            && !nmdc::nick::same(nick, &c.nick)
        {
            self.syntax_error(id, "ConnectToMe");
            return;
        }
        if ctm.is_secure() && !(speaks_tls(c) && speaks_tls(t)) {
            if !self.config.users.hide_msg_badtlsctm {
                let text = cat!["A secure connection with ", t.nick, " is not possible."];
                self.notice(id, text);
            }
            return;
        }
        // Without NAT traversal on both sides its suffix would only confuse the target.
        let nat = c.nat && t.nat;
        let is_nat = ctm.nat_nick().is_some() || ctm.is_nat_answer();
        let suffix: &[u8] = match (is_nat && !nat, ctm.is_secure()) {
            (true, true) => b"S",
            (true, false) => b"",
            (false, _) => ctm.suffix,
        };
        let own_ip = c
            .reg
            .as_ref()
            .is_some_and(|r| !r.alternate_ip.is_empty() && r.alternate_ip == ctm.ip)
            || c.ip_before_port() == ctm.ip;
        let shown_ip = if own_ip {
            Bytes::copy_from_slice(ctm.ip)
        } else {
            c.ip_before_port()
        };
        if !own_ip && self.config.users.wrongip_message {
            self.notice(
                id,
                cat![
                    "Your client told the address ",
                    ctm.ip,
                    ", it was corrected."
                ],
            );
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return;
        };
        let mut data = BytesMut::new();
        nmdc::write::connect_to_me(&t.nick, &shown_ip, ctm.port, suffix, &mut data);
        let event = Event::ParsedMsgConnectToMe {
            nick: c.nick.clone(),
            other_nick: t.nick.clone(),
            ip: Bytes::copy_from_slice(ctm.ip),
            port: cat![ctm.port, ctm.suffix],
        };
        let then = Then::ConnectToMe {
            target,
            data: data.freeze(),
        };
        self.ask(Hook::ParsedMsgConnectToMe, Some(id), |_| event, then);
    }

    pub(super) fn rev_connect_to_me(&mut self, id: ConnId, frame: &Bytes, to: &[u8]) {
        let Some(target) = self.user_of(to) else {
            if !self.config.users.hide_msg_badctm {
                self.notice(id, cat![to, " is not online."]);
            }
            return;
        };
        if target == id || !self.may_use_hub(id, true) || !self.may_connect(id, target) {
            return;
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return;
        };
        if !(t.active || c.nat && t.nat) {
            if !self.config.users.hide_msg_badctm {
                let text = cat![t.nick, " is passive like you, you cannot connect."];
                self.notice(id, text);
            }
            return;
        }
        let (nick, other_nick) = (c.nick.clone(), t.nick.clone());
        if self.target_locked(id, target) {
            return;
        }
        let data = cat![frame, "|"];
        self.ask(
            Hook::ParsedMsgRevConnectToMe,
            Some(id),
            |_| Event::ParsedMsgRevConnectToMe { nick, other_nick },
            Then::RevConnectToMe { target, data },
        );
    }

    /// The connection of an online user (no bot).
    pub(super) fn user_of(&self, nick: &[u8]) -> Option<ConnId> {
        match self.nicks.get(&NickKey::of(nick)) {
            Some(Holder::User(id)) => Some(*id),
            _ => None,
        }
    }

    /// Right, class difference, hidden shares and chat-only users.
    fn may_connect(&mut self, id: ConnId, target: ConnId) -> bool {
        if self.denied(id, Right::Ctm) {
            return false;
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return false;
        };
        let r = &self.config.rights;
        let difference = i32::try_from(r.classdif_download).unwrap_or(i32::MAX);
        let refusal = if c.class.saturating_add(difference) < t.class {
            "Your class is too low to connect to that user."
        } else if t.hides_share() && c.class < 3 {
            "That user shares nothing."
        } else if t.features.has(Features::CHAT_ONLY) && c.class < r.chatonly_bypass_class {
            "That user only wants to chat."
        } else {
            return true;
        };
        if !self.config.users.hide_msg_badctm {
            self.notice(id, refusal);
        }
        false
    }
}

fn speaks_tls(c: &Conn) -> bool {
    c.features.has(Features::TLS) && c.info.status & nmdc::myinfo::TLS != 0
}

//! Requests for connections between clients.

use bytes::Bytes;
use nmdc::Wire;

use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Tls};

use super::conn::{Conn, Features, is_lan};
use super::restrict::Right;
use super::rights::Needs;
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
        if ctm.is_secure() && !can_speak_tls(c, t) {
            let text = cat!["A secure connection with ", t.nick, " is not possible."];
            if !self.config.users.hide_msg_badtlsctm {
                self.request_notice(id, text);
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
        if !own_ip {
            self.tell_wrong_address(id, ctm.ip);
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return;
        };
        let data = Wire::of(|out| {
            nmdc::write::connect_to_me(&t.nick, &shown_ip, ctm.port, suffix, out);
        });
        let event = Event::ParsedMsgConnectToMe {
            nick: c.nick.clone(),
            other_nick: t.nick.clone(),
            ip: Bytes::copy_from_slice(ctm.ip),
            port: cat![ctm.port, ctm.suffix],
        };
        self.ask_to_connect(id, Hook::ParsedMsgConnectToMe, event, target, data);
    }

    pub(super) fn rev_connect_to_me(&mut self, id: ConnId, frame: &Bytes, to: &[u8]) {
        let Some(target) = self.user_of(to) else {
            self.refuse_request(id, cat![to, " is not online."]);
            return;
        };
        if self.conns.get(&id).is_some_and(Conn::hides_share) {
            self.refuse_request(id, "You cannot download while your share is hidden.");
            return;
        }
        if target == id || !self.may_use_hub(id, true) || !self.may_connect(id, target) {
            return;
        }
        let (Some(c), Some(t)) = (self.conns.get(&id), self.conns.get(&target)) else {
            return;
        };
        if !(t.active || c.nat && t.nat) {
            let text = cat![t.nick, " is passive like you, you cannot connect."];
            self.refuse_request(id, text);
            return;
        }
        let (nick, other_nick) = (c.nick.clone(), t.nick.clone());
        if self.target_locked(id, target) {
            return;
        }
        let data = Wire::forward(frame);
        let event = Event::ParsedMsgRevConnectToMe { nick, other_nick };
        self.ask_to_connect(id, Hook::ParsedMsgRevConnectToMe, event, target, data);
    }

    /// Asks the scripts about a request, then passes it on.
    fn ask_to_connect(&mut self, id: ConnId, hook: Hook, event: Event, target: ConnId, data: Wire) {
        let needs = Needs::Own(Right::Ctm);
        self.ask_about(
            id,
            hook,
            needs,
            |_| event,
            move |hub, verdict| {
                if verdict.allow && hub.conns.contains_key(&target) {
                    hub.send(target, data);
                }
            },
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
        self.refuse_request(id, refusal);
        false
    }

    /// Tells why a connection is not asked for, to those who want to know.
    fn refuse_request(&mut self, id: ConnId, text: impl AsRef<[u8]>) {
        if !self.config.users.hide_msg_badctm {
            self.request_notice(id, text);
        }
    }

    /// Tells something about a refused search or request for a connection, unless the user's
    /// registration says that he does not want it (`hide_ctmmsg`).
    pub(super) fn request_notice(&mut self, id: ConnId, text: impl AsRef<[u8]>) {
        let hidden = (self.conns.get(&id)).is_some_and(Conn::hides_request_texts);
        if !hidden {
            self.notice(id, text);
        }
    }

    /// Tells that a client names an address that is not its own, when the owner wants it.
    pub(super) fn tell_wrong_address(&mut self, id: ConnId, ip: &[u8]) {
        if self.config.users.wrongip_message {
            let text = cat!["Your client told the address ", ip, ", it was corrected."];
            self.notice(id, text);
        }
    }
}

/// Whether two clients can connect to each other over TLS: the versions of their connections to
/// the hub tell, or else what both say of themselves.
fn can_speak_tls(a: &Conn, b: &Conn) -> bool {
    match (a.tls, b.tls) {
        (a, b) if a == b && a.is_secure() => true,
        (Tls::V1_3, Tls::V1_2) | (Tls::V1_2, Tls::V1_3 | Tls::V1_0) | (Tls::V1_0, Tls::V1_2) => {
            true
        }
        (Tls::V1_3, Tls::V1_0) | (Tls::V1_0, Tls::V1_3) => false,
        _ => a.offers_tls() && b.offers_tls(),
    }
}

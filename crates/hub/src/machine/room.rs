//! Commands inside the operator chat: `+invite`, `+out`, `+leave`, `+members`.

use bytes::Bytes;
use nmdc::WireBuf;

use crate::io::ConnId;
use crate::words::{TrimBlanks, words};

use super::{Hub, cat};

/// The commands, for the help.
const HELP: &str = "+members, +invite NICK [REASON], +out NICK [REASON], +leave";

impl Hub {
    /// Does a command of the room; whether the text was one.
    pub(super) fn room_command(&mut self, id: ConnId, text: &Bytes) -> bool {
        if !text.starts_with(b"+") {
            return false;
        }
        let mut parts = words(text);
        let (word, nick) = (parts.next().unwrap_or_default(), parts.next());
        let reason = match nick {
            Some(nick) => {
                let at = nick.as_ptr().addr() - text.as_ptr().addr() + nick.len();
                text.slice(at..)
            }
            None => Bytes::new(),
        };
        let reason = reason.slice_ref(reason.trim_blanks());
        match word.to_ascii_lowercase().as_slice() {
            b"+members" => self.show_members(id),
            b"+invite" => self.invite(id, nick, &reason),
            b"+out" => self.put_out(id, nick, &reason),
            b"+leave" => {
                self.opchat.remove(&id);
                self.room_notice(id, b"You have left.");
            }
            _ => self.room_notice(id, HELP.as_bytes()),
        }
        true
    }

    /// A line of the room itself to one user.
    fn room_notice(&mut self, id: ConnId, text: &[u8]) {
        let room = self.config.identity.opchat_name.clone();
        let mut data = WireBuf::new();
        nmdc::write::private(&self.nick_of(id), &room, &room, text, &mut data);
        self.send(id, data.finish());
    }

    fn show_members(&mut self, id: ConnId) {
        let mut nicks: Vec<Bytes> = self.opchat.iter().map(|m| self.nick_of(*m)).collect();
        nicks.sort_unstable();
        let list = nicks.join(&b", "[..]);
        let text = cat![format!("{} members: ", nicks.len()), list];
        self.room_notice(id, &text);
    }

    fn invite(&mut self, id: ConnId, nick: Option<&[u8]>, reason: &[u8]) {
        let Some(guest) = nick.and_then(|n| self.user_of(n)) else {
            self.room_notice(id, b"Invite whom? Name somebody who is online.");
            return;
        };
        if !self.opchat.insert(guest) {
            self.room_notice(id, b"He is a member already.");
            return;
        }
        let host = self.nick_of(id);
        let because = if reason.is_empty() { "" } else { ": " };
        self.room_notice(
            guest,
            &cat![host, " invites you to this room", because, reason],
        );
        let text = cat![host, " has invited ", self.nick_of(guest), "."];
        self.opchat_line(None, &text, None);
    }

    fn put_out(&mut self, id: ConnId, nick: Option<&[u8]>, reason: &[u8]) {
        let Some(member) = nick.and_then(|n| self.user_of(n)) else {
            self.room_notice(id, b"Whom? Name somebody who is online.");
            return;
        };
        let class = |id: ConnId| self.conns.get(&id).map_or(0, |c| c.class);
        if class(member) >= class(id) {
            self.room_notice(id, b"His class is not below yours.");
            return;
        }
        if !self.opchat.remove(&member) {
            self.room_notice(id, b"He is no member.");
            return;
        }
        let op = self.nick_of(id);
        let because = if reason.is_empty() { "" } else { ": " };
        self.room_notice(
            member,
            &cat![op, " has put you out of this room", because, reason],
        );
        let text = cat![op, " has put out ", self.nick_of(member), because, reason];
        self.opchat_line(None, &text, None);
    }
}

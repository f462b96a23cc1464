//! How a connection ends and a user leaves.

use bytes::Bytes;
use nmdc::{Wire, WireBuf};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Gone, Group, Level, Output};
use crate::reg::StoreOp;

use super::conn::Conn;
use super::{Holder, Hub, NickKey};

/// What is said when a script has asked for the end of a connection.
pub(super) const BY_SCRIPT: &str = "A script of this hub has closed your connection.";

/// A user who is gone but still in the read view until the scripts have heard of it.
pub(super) struct Leaver {
    id: ConnId,
    nick: Bytes,
    key: NickKey,
    announced: bool,
}

impl Hub {
    // ---- by the hub ----------------------------------------------------------------------
    //
    // There is no way to end a connection without saying why: to the client, and to the log,
    // in most cases with `-v` only.

    /// Ends a connection, and tells its client why in main chat.
    pub(super) fn close(&mut self, id: ConnId, reason: CloseReason, why: impl AsRef<[u8]>) {
        self.close_with(id, reason, why, Wire::default());
    }

    /// The same with what the protocol has to say of it, after the words.
    pub(super) fn close_with(
        &mut self,
        id: ConnId,
        reason: CloseReason,
        why: impl AsRef<[u8]>,
        then: Wire,
    ) {
        self.notice(id, &why);
        self.send(id, then);
        self.close_told(id, reason, why);
    }

    /// Ends the connection of a client that has been told why.
    pub(super) fn close_told(&mut self, id: ConnId, reason: CloseReason, told: impl AsRef<[u8]>) {
        self.redirect(id, reason);
        self.close_here(id, reason, told);
    }

    /// The same without sending him elsewhere.
    pub(super) fn close_here(&mut self, id: ConnId, reason: CloseReason, told: impl AsRef<[u8]>) {
        self.end(id, reason, told.as_ref(), Level::Debug);
    }

    fn end(&mut self, id: ConnId, reason: CloseReason, told: &[u8], level: Level) {
        if let Some(c) = self.conns.remove(&id) {
            self.log_end(level, &c, "closed", told);
            self.out.push(Output::Close { conn: id });
            self.gone(c, reason);
        }
    }

    /// Ends a connection that scripts do not let go on; nobody is redirected for that. `said`:
    /// what they have sent him, which are the better words.
    pub(super) fn refused_by_script(
        &mut self,
        id: ConnId,
        hook: Hook,
        reason: CloseReason,
        said: &[Bytes],
    ) {
        let mut why = format!("A script of this hub has refused this ({}).", hook.name());
        if said.is_empty() {
            self.notice(id, &why);
        } else {
            why = format!("{why}: {}", String::from_utf8_lossy(&said.concat()));
        }
        match reason {
            CloseReason::Plugin => self.close_here(id, reason, why),
            _ => self.close_told(id, reason, why),
        }
    }

    fn log_end(&mut self, level: Level, c: &Conn, how: &str, why: &[u8]) {
        let nick = match c.nick.is_empty() {
            true => "somebody".into(),
            false => String::from_utf8_lossy(&c.nick),
        };
        let why = String::from_utf8_lossy(why).replace("\r\n", " ");
        let text = format!("{how} {nick} ({}): {why}", c.ip);
        self.log(level, text);
    }

    // ---- by others -----------------------------------------------------------------------

    /// A connection ended by itself.
    pub(super) fn closed(&mut self, id: ConnId, why: Gone) {
        let reason = match why {
            Gone::Peer => CloseReason::Quit,
            Gone::Error | Gone::Tls => CloseReason::Default,
            Gone::Slow => CloseReason::Timeout,
        };
        if let Some(c) = self.conns.remove(&id) {
            let (level, how, why): (_, _, &[u8]) = match why {
                Gone::Peer => (Level::Debug, "lost", b"it closed the connection"),
                Gone::Error => (Level::Debug, "lost", b"the connection failed"),
                Gone::Tls => (Level::Debug, "closed", b"what it sent over TLS was no TLS"),
                Gone::Slow => (Level::Info, "lost", b"it did not read what it was sent"),
            };
            self.log_end(level, &c, how, why);
            self.gone(c, reason);
        }
    }

    /// A connection sent a message over `adv_max_message_size`. The owner sees it in the log
    /// without asking for more, as it may be his limit that is too small.
    pub(super) fn too_long(&mut self, id: ConnId) {
        let limit = self.config.engine.adv_max_message_size;
        let why = format!("A message may have {limit} bytes, yours is longer.");
        self.notice(id, &why);
        self.redirect(id, CloseReason::Syntax);
        self.end(id, CloseReason::Syntax, why.as_bytes(), Level::Info);
    }

    fn gone(&mut self, c: Conn, reason: CloseReason) {
        let (ip, nick) = (c.ip_text.clone(), c.nick.clone());
        self.parked -= c.inbox.bytes();
        if c.listed {
            self.slots -= 1;
            if let Some(users) = self.zones.get_mut(c.zone) {
                *users -= 1;
            }
            self.forget_address(c.id, c.ip);
            self.leave_list(c);
        } else {
            self.joins_no_more(c.id, c.place, &c.key);
            self.guesses.forget(c.id);
            self.remove_from_view(c.id, &c.nick);
        }
        self.count();
        self.tell(Hook::CloseConn, |_| Event::CloseConn { ip: ip.clone() });
        let reason = reason as i64;
        self.tell(Hook::CloseConnEx, |_| Event::CloseConnEx {
            ip,
            reason,
            nick,
        });
    }

    fn leave_list(&mut self, c: Conn) {
        self.total_share = self.total_share.saturating_sub(c.counted_share);
        self.passive_users -= usize::from(!c.active);
        self.opchat.remove(&c.id);
        if c.announced {
            let op = c.in_op_list(self.config.rights.oplist_class);
            (self.lists).left(&c.nick, &c.info.line, op, &c.ip_text, &c.ext_json);
        }
        if c.reg.is_some() {
            let when = self.now.unix_secs() - 1;
            self.store_and_forget(StoreOp::Logout {
                nick: c.nick.clone(),
                when,
            });
        }
        let nick = c.nick.clone();
        let leaver = Leaver {
            id: c.id,
            nick: c.nick,
            key: c.key,
            announced: c.announced,
        };
        if c.logged_in && self.hooked(Hook::UserLogout) && !self.stopping {
            let key = leaver.key.clone();
            let id = self.tell_of_leaver(leaver, Event::UserLogout { nick });
            self.nicks.insert(key, Holder::Leaving(id));
        } else {
            self.nicks.remove(&leaver.key);
            self.left(leaver);
        }
    }

    /// The scripts have heard of it: the nick is free, the others are told.
    pub(super) fn left(&mut self, leaver: Leaver) {
        if let Some(Holder::Leaving(_)) = self.nicks.get(&leaver.key) {
            self.nicks.remove(&leaver.key);
        }
        self.remove_from_view(leaver.id, &leaver.nick);
        if leaver.announced && !self.stopping {
            let mut data = WireBuf::new();
            nmdc::write::quit(&leaver.nick, &mut data);
            self.broadcast(Group::LISTED, data.finish());
        }
    }

    fn remove_from_view(&mut self, id: ConnId, nick: &Bytes) {
        if self.in_view.get(nick) == Some(&id) {
            self.in_view.remove(nick);
            self.view.remove_user(nick);
        }
    }
}

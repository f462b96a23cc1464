//! How a connection ends and a user leaves.

use std::sync::Arc;

use bytes::Bytes;
use nmdc::WireBuf;

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{AskId, ConnId, Gone, Group, Level, Output};
use crate::reg::StoreOp;

use super::conn::Conn;
use super::then::{Pending, Then};
use super::{Holder, Hub, NickKey};

/// A user who is gone but still in the read view until the scripts have heard of it.
pub(super) struct Leaver {
    id: ConnId,
    nick: Bytes,
    key: NickKey,
    announced: bool,
}

impl Hub {
    /// The hub ends a connection.
    pub(super) fn drop_conn(&mut self, id: ConnId, reason: CloseReason, flush: bool) {
        if let Some(c) = self.conns.remove(&id) {
            self.out.push(Output::Close { conn: id, flush });
            self.gone(c, reason);
        }
    }

    /// A connection ended by itself.
    pub(super) fn closed(&mut self, id: ConnId, why: Gone) {
        let reason = match why {
            Gone::Peer => CloseReason::Quit,
            Gone::Error => CloseReason::Default,
            Gone::Slow => CloseReason::Timeout,
        };
        if let Some(c) = self.conns.remove(&id) {
            if why == Gone::Slow {
                let nick = String::from_utf8_lossy(&c.nick);
                let text = format!("{nick} ({}) was dropped: it did not read", c.ip);
                self.log(Level::Info, text);
            }
            self.gone(c, reason);
        }
    }

    /// A connection sent a message over `adv_max_message_size`.
    pub(super) fn too_long(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        let nick = String::from_utf8_lossy(&c.nick);
        let text = format!("{nick} ({}) was dropped: it sent a message too long", c.ip);
        self.log(Level::Info, text);
        let limit = self.config.engine.adv_max_message_size;
        self.notice(
            id,
            format!("A message may have {limit} bytes, yours is longer."),
        );
        self.close(id, CloseReason::Syntax);
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
            // The hub does not wait for a verdict, but the user can be asked about until the
            // scripts have heard: so the answer is awaited like one.
            let id = AskId(self.id());
            self.nicks.insert(leaver.key.clone(), Holder::Leaving(id));
            let then = Then::Left(Box::new(leaver));
            self.asks.insert(
                id,
                Pending {
                    then,
                    conn: None,
                    ctx: self.ctx,
                },
            );
            let event = Arc::new(Event::UserLogout { nick });
            let nested = self.ctx.call.is_some();
            self.out.push(Output::Ask(crate::io::Ask {
                id: Some(id),
                event,
                nested,
            }));
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

    /// Somebody needs the nick now: the scripts' answer is no longer awaited.
    pub(super) fn finish_leaving(&mut self, ask: AskId) {
        if let Some(Pending {
            then: Then::Left(leaver),
            ..
        }) = self.asks.remove(&ask)
        {
            self.left(*leaver);
        }
    }
}

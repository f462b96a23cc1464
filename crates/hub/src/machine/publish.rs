//! What the sockets and other threads may know of a user.

use crate::io::{ConnId, Traits};
use crate::view::UserView;

use super::conn::{Conn, Features, is_lan};
use super::{Holder, Hub, cat};

impl Hub {
    /// Tells `net` which broadcasts the connection gets from now on.
    pub(super) fn set_traits(&mut self, id: ConnId) {
        let ip_class = self.config.rights.user_ip_class;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let traits = traits_of(c, ip_class);
        if traits != c.traits {
            c.traits = traits;
            self.out
                .push(crate::io::Output::Traits { conn: id, traits });
        }
    }

    /// Publishes what other threads may know of a user.
    pub(super) fn publish(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        if !c.validated || !c.password_ok {
            return;
        }
        let free = match self.nicks.get(&c.key) {
            Some(Holder::User(holder)) => *holder == id,
            Some(Holder::Bot | Holder::Leaving(_)) => false,
            None => self.in_view.get(&c.nick).is_none_or(|owner| *owner == id),
        };
        if !free {
            return;
        }
        self.in_view.insert(c.nick.clone(), id);
        self.view.put_user(UserView {
            nick: c.nick.clone(),
            class: c.class,
            bot: false,
            listed: c.listed,
            op: c.in_op_list(self.config.rights.oplist_class),
            ip: c.ip_text.clone(),
            host: self.host_of(id),
            host_known: matches!(c.host, super::hosts::Host::Known(_)),
            hub_url: c.hub_url.clone(),
            ext_json: c.ext_json.clone(),
            desc: c.info.desc.clone(),
            tag: c.info.tag.clone(),
            speed: cat![c.info.speed, [c.info.status]],
            email: c.info.email.clone(),
            share: c.info.share.clone(),
            my_info: c.info.line.without_pipe(),
        });
    }

    /// Publishes the counters.
    pub(super) fn count(&mut self) {
        let users = u64::try_from(self.slots).unwrap_or(u64::MAX);
        self.view.set_counts(users, self.total_share);
        self.peak_users = self.peak_users.max(self.slots);
        self.peak_share = self.peak_share.max(self.total_share);
    }
}

fn traits_of(c: &Conn, ip_class: i32) -> Traits {
    let mut t = Traits::class(c.class);
    let mut set = |on: bool, more: Traits| {
        if on {
            t = t.with(more);
        }
    };
    set(c.listed, Traits::LISTED);
    set(c.info.status & nmdc::myinfo::TLS != 0, Traits::TLS);
    set(c.wants_chat, Traits::CHAT);
    set(c.active, Traits::ACTIVE);
    set(c.nat, Traits::NAT);
    set(c.share > 0 && !c.hides_share(), Traits::SHARES);
    set(is_lan(c.ip), Traits::LAN);
    set(c.class >= ip_class, Traits::SEES_IPS);
    for (feature, more) in [
        (Features::CHAT_ONLY, Traits::CHAT_ONLY),
        (Features::TTHS, Traits::TTHS),
        (Features::TTH_SEARCH, Traits::TTH_SEARCH),
        (Features::USER_IP2, Traits::USER_IP2),
        (Features::BOT_LIST, Traits::BOT_LIST),
        (Features::EXT_JSON, Traits::EXT_JSON),
    ] {
        set(c.features.has(feature), more);
    }
    let zpipe = c.features.has(Features::ZPIPE) || c.features.has(Features::ZPIPE0);
    set(zpipe, Traits::ZPIPE);
    t
}

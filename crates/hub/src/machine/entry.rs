//! The second half of a login: from the first accepted MyINFO to a full member of the hub.

use nmdc::{Wire, WireBuf, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group, Traits};

use super::conn::Features;
use super::handshake::SOFTWARE;
use super::tempban::{Cause, TempBan, span};
use super::{Holder, Hub, cat};

impl Hub {
    /// Puts a user into the list; `c.info` is set.
    pub(super) fn enter(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        let (key, class, zone) = (c.key.clone(), c.class, c.zone);
        // By the class that he has now: he may have come without a password.
        if !self.welcome_now(id) || (class < 3 && !self.has_room(id, class, &key, zone)) {
            return;
        }
        if !self.make_way(id) {
            return;
        }
        let users = &self.config.users;
        let throttle = u64::from(users.int_login) * 1000;
        let throttled_class = users.max_class_int_login;
        let chat_default = self.config.users.chat_default_on;
        let now = self.now.mono_ms;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if throttle > 0 && c.class <= throttled_class {
            let reason = bytes::Bytes::from_static(b"you log in too often");
            let ban = TempBan {
                cause: Cause::Reconnect,
                reason,
                until: now + throttle,
                pair: None,
            };
            self.nick_bans.add(c.key.clone(), ban);
        }
        c.listed = true;
        c.login_at = now;
        c.deadline = None;
        c.wants_chat =
            !c.reg.as_ref().is_some_and(|r| r.hide_chat) && (chat_default || c.class >= 3);
        self.total_share = self.total_share.saturating_add(c.counted_share);
        self.passive_users += usize::from(!c.active);
        let (key, nick, muted) = (c.key.clone(), c.nick.clone(), !c.wants_chat);
        let place = c.place;
        self.joins_no_more(id, place, &key);
        self.nicks.insert(key, Holder::User(id));
        self.slots += 1;
        if let Some(users) = self.zones.get_mut(zone) {
            *users += 1;
        }
        self.note_address(id);
        self.join_opchat(id);
        self.set_traits(id);
        self.publish(id);
        self.count();
        self.send_search_rule(id);
        if muted {
            self.notice(id, "Main chat is off for you, +chat turns it on.");
        }
        let (hook, event) = (Hook::UserInList, Event::UserInList { nick });
        self.ask_to_stay(
            id,
            hook,
            CloseReason::Plugin,
            |_| event,
            move |hub, _| {
                hub.in_list_judged(id);
            },
        );
    }

    /// Settles what happens when the nick is in use: the old connection of the same user goes,
    /// anybody else's stays and the newcomer is refused.
    fn make_way(&mut self, id: ConnId) -> bool {
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let (nick, class) = (c.nick.clone(), c.class);
        match self.nicks.get(&c.key).copied() {
            None => true,
            Some(Holder::Leaving(ask)) => {
                self.finish_leaving(ask);
                true
            }
            Some(Holder::Bot) => {
                self.deny_nick(id, &nick);
                false
            }
            Some(Holder::User(old)) => {
                let Some(o) = self.conns.get(&old) else {
                    return true;
                };
                let same =
                    class >= 1 || (o.ip == c.ip && o.share == c.share && o.raw_info == c.raw_info);
                let u = &self.config.users;
                if !same || (!u.allow_same_user && class <= u.max_class_same_user) {
                    self.deny_nick(id, &nick);
                    return false;
                }
                self.close(
                    old,
                    CloseReason::SelfReplaced,
                    "You logged in once more, this connection ends.",
                );
                if let Some(Holder::Leaving(ask)) =
                    self.nicks.get(&super::NickKey::of(&nick)).copied()
                {
                    self.finish_leaving(ask);
                }
                true
            }
        }
    }

    pub(super) fn in_list_judged(&mut self, id: ConnId) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.announced = true;
        let identity = &self.config.identity;
        let mut data = WireBuf::new();
        if !identity.hub_name.is_empty() && !identity.hub_topic.is_empty() {
            write::hub_name(&identity.hub_name, Some(&identity.hub_topic), &mut data);
        }
        if !identity.hub_failover_hosts.is_empty() && c.features.has(Features::FAIL_OVER) {
            write::fail_over(&identity.hub_failover_hosts, &mut data);
        }
        let line = c.info.line.clone();
        self.send(id, data.finish());
        self.announce(id, line);
        if self.config.users.host_header == 1 {
            self.send_header(id);
        }
        self.show_login_texts(id);
    }

    /// The rest of the login, behind the message of the day.
    pub(super) fn login_texts_shown(&mut self, id: ConnId) {
        self.ask_for_new_password(id);
        let nick = self.nick_of(id);
        let topic = self.config.identity.hub_topic.clone();
        if !topic.is_empty() {
            let mut data = WireBuf::new();
            write::hub_topic(&topic, &mut data);
            self.send(id, data.finish());
        }
        if self.config.users.send_user_info {
            let text = self.own_info_text(id);
            self.notice(id, text);
        }
        self.welcome(id);
        let (hook, event) = (Hook::UserLogin, Event::UserLogin { nick });
        self.ask_to_stay(
            id,
            hook,
            CloseReason::Plugin,
            |_| event,
            move |hub, _| {
                hub.login_judged(id);
            },
        );
    }

    /// Tells everybody, the user included, that he is here.
    fn announce(&mut self, id: ConnId, line: Wire) {
        let Some(c) = self.conns.get(&id) else { return };
        let (nick, ip) = (c.nick.clone(), c.ip_text.clone());
        let op = c.in_op_list(self.config.rights.oplist_class);
        let user_ip2 = c.features.has(Features::USER_IP2);
        self.lists.add(&nick, &line, op, &ip);
        self.broadcast_info(Group::LISTED, line);
        if op {
            self.broadcast_op(&nick);
        }
        if self.config.users.send_user_ip {
            let data = Wire::of(|out| write::user_ip([(&nick, &ip)], out));
            let group = Group {
                all: Traits::LISTED.with(Traits::USER_IP2).with(Traits::SEES_IPS),
                except: Some(id),
                ..Group::LISTED
            };
            self.broadcast(group, data.clone());
            if user_ip2 {
                self.send(id, data);
            }
        }
    }

    /// `$OpList` with one new operator, to everybody.
    pub(super) fn broadcast_op(&mut self, nick: &[u8]) {
        let mut data = WireBuf::new();
        write::op_list([nick], &mut data);
        self.broadcast(Group::LISTED, data.finish());
    }

    pub(super) fn send_header(&mut self, id: ConnId) {
        let up = self.now.mono_ms.saturating_sub(self.started.mono_ms) / 1000;
        let special = &self.config.identity.hub_version_special;
        let lines = [
            cat![
                "This hub runs ",
                SOFTWARE,
                if special.is_empty() { "" } else { " " },
                special,
                "."
            ],
            cat!["Up for ", span(up), "."],
            cat![format!("{} users are here.", self.slots)],
            cat![format!("They share {}.", size(self.total_share))],
            cat![format!("The load is {}.", self.load().name())],
        ];
        if self.config.users.extended_welcome_message {
            for line in lines {
                self.notice(id, line);
            }
        } else {
            self.notice(id, lines.join(&b' '));
        }
    }

    /// Address, class and registration of a user, for himself.
    pub(super) fn own_info_text(&self, id: ConnId) -> bytes::Bytes {
        let Some(c) = self.conns.get(&id) else {
            return bytes::Bytes::new();
        };
        let mut text = cat![
            "You are ",
            c.nick,
            ", ",
            class_name(c.class),
            ", from ",
            c.ip_text,
            if c.active { ", active." } else { ", passive." },
            self.place_lines(c),
        ]
        .to_vec();
        if let Some(reg) = c.reg.as_ref().filter(|r| r.enabled) {
            text.extend_from_slice(&cat![
                format!("\r\nYou have logged in {} times", reg.login_cnt),
                if reg.login_ip.is_empty() {
                    ""
                } else {
                    ", last from "
                },
                reg.login_ip,
                "."
            ]);
        }
        text.into()
    }

    fn ask_for_new_password(&mut self, id: ConnId) {
        let deadline = self.deadline(self.config.engine.timeout_setpass);
        let asks = self.config.users.send_pass_request;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let wanted = c
            .reg
            .as_ref()
            .is_some_and(|r| r.enabled && r.pwd_change && r.class > 0);
        if !wanted || c.asked_password {
            return;
        }
        c.setting_password |= asks;
        c.deadline = deadline;
        let text = "You are registered but have no password yet: set one now, or with +passwd.";
        self.private_notice(id, text.as_bytes());
        self.notice(id, text);
        if asks {
            let mut data = WireBuf::new();
            write::get_pass(&mut data);
            self.send(id, data.finish());
        }
    }

    fn welcome(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        let m = &self.config.messages;
        let text = match c.class {
            i32::MIN..=-1 => return,
            0 => &m.msg_welcome_guest,
            1 => &m.msg_welcome_reg,
            2 => &m.msg_welcome_vip,
            3 => &m.msg_welcome_op,
            4 => &m.msg_welcome_cheef,
            5..=9 => &m.msg_welcome_admin,
            10.. => &m.msg_welcome_master,
        };
        if text.is_empty() {
            return;
        }
        let mut text = replace(text, b"%[nick]", &c.nick);
        for (variable, value) in self.whereabouts(id) {
            text = replace(&text, variable, &value);
        }
        let data = self.bot_line(&text);
        self.broadcast(
            Group {
                all: Traits::LISTED.with(Traits::CHAT),
                ..Group::LISTED
            },
            data,
        );
    }

    pub(super) fn login_judged(&mut self, id: ConnId) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.logged_in = true;
        c.login_deadline = None;
        if c.wants_list {
            self.send_nick_list(id);
        }
    }
}

/// What a class is called.
pub(super) const fn class_name(class: i32) -> &'static str {
    match class {
        i32::MIN..=-1 => "pinger",
        0 => "guest",
        1 => "registered user",
        2 => "VIP",
        3 => "operator",
        4 => "chief operator",
        5..=9 => "administrator",
        10.. => "master",
    }
}

/// A number of bytes as users read it: `1.50 GiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut rest = bytes;
    let mut last = "B";
    let mut fraction = 0;
    for unit in UNITS {
        if rest < 1024 {
            break;
        }
        fraction = rest % 1024 * 100 / 1024;
        rest /= 1024;
        last = unit;
    }
    if last == "B" {
        format!("{rest} B")
    } else {
        format!("{rest}.{fraction:02} {last}")
    }
}

pub(super) fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(what.len()).position(|w| w == what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_and_replacements() {
        assert_eq!(super::size(1023), "1023 B");
        assert_eq!(super::size(1536), "1.50 KiB");
        assert_eq!(super::size(u64::MAX), "15.99 EiB");
        assert_eq!(super::replace(b"hi %[nick]!", b"%[nick]", b"a"), b"hi a!");
    }
}

//! `$GetNickList`: the lists of users, kept ready to send.
//!
//! A login appends to them; a logout or a changed MyINFO has them made anew when next asked
//! for, so newcomers never get stale information.

use bytes::{Bytes, BytesMut};

use crate::io::ConnId;

use super::Hub;
use super::conn::Features;

/// The lists as they go over the wire, without command word and pipe.
#[derive(Default)]
pub(super) struct Lists {
    fresh: bool,
    /// `$MyINFO ...|$MyINFO ...|`
    infos: BytesMut,
    /// `a$$b$$`
    nicks: BytesMut,
    ops: BytesMut,
    bots: BytesMut,
    /// `a 1.2.3.4$$b ...`
    ips: BytesMut,
    /// `$ExtJSON a {}|...`
    jsons: BytesMut,
}

impl Lists {
    pub fn add(&mut self, nick: &[u8], info: &[u8], op: bool, ip: &[u8]) {
        if !self.fresh {
            return;
        }
        self.infos.extend_from_slice(info);
        for list in [Some(&mut self.nicks), op.then_some(&mut self.ops)]
            .into_iter()
            .flatten()
        {
            list.extend_from_slice(nick);
            list.extend_from_slice(b"$$");
        }
        for part in [nick, b" ", ip, b"$$"] {
            self.ips.extend_from_slice(part);
        }
    }

    pub fn add_bot(&mut self, nick: &[u8], info: &[u8], op: bool) {
        if self.fresh {
            self.add(nick, info, op, b"127.0.0.1");
            self.bots.extend_from_slice(nick);
            self.bots.extend_from_slice(b"$$");
        }
    }

    /// A user's first `$ExtJSON` message, with its pipe.
    pub fn add_json(&mut self, line: &[u8]) {
        if self.fresh {
            self.jsons.extend_from_slice(line);
        }
    }

    pub fn someone_left(&mut self) {
        self.fresh = false;
    }

    pub fn infos_changed(&mut self) {
        self.fresh = false;
    }

    fn clear(&mut self) {
        for list in [
            &mut self.infos,
            &mut self.nicks,
            &mut self.ops,
            &mut self.bots,
            &mut self.ips,
            &mut self.jsons,
        ] {
            list.clear();
        }
        self.fresh = true;
    }
}

impl Hub {
    pub(super) fn get_nick_list(&mut self, id: ConnId) {
        let wait = u64::from(self.config.users.int_nicklist) * 1000;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if !c.logged_in {
            c.wants_list = true;
            return;
        }
        let too_soon = c
            .list_at
            .is_some_and(|at| self.now.mono_ms < at.saturating_add(wait));
        if c.class < 3 && too_soon {
            return;
        }
        self.send_nick_list(id);
    }

    pub(super) fn send_nick_list(&mut self, id: ConnId) {
        self.refresh_lists();
        let now = self.now.mono_ms;
        let send_ips = self.config.users.send_user_ip;
        let ip_class = self.config.rights.user_ip_class;
        let tls_filter = self.config.users.myinfo_tls_filter;
        let send_jsons = !self.config.rights.disable_extjson;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.list_at = Some(now);
        let lists = &self.lists;
        let no_hello = c.features.has(Features::NO_HELLO);
        let no_get_info = c.features.has(Features::NO_GET_INFO);
        let mut data = BytesMut::with_capacity(lists.infos.len() + lists.ops.len() + 64);
        if !no_hello {
            put_list(&mut data, b"$NickList ", &lists.nicks);
        }
        if no_hello || no_get_info {
            if tls_filter && !c.traits.has(crate::io::Traits::TLS) {
                for line in lists.infos.split_inclusive(|b| *b == b'|') {
                    match super::myinfo::without_tls(line) {
                        Some(plain) => data.extend_from_slice(&plain),
                        None => data.extend_from_slice(line),
                    }
                }
            } else {
                data.extend_from_slice(&lists.infos);
            }
        }
        if !lists.ops.is_empty() {
            put_list(&mut data, b"$OpList ", &lists.ops);
        }
        if c.features.has(Features::BOT_LIST) {
            put_list(&mut data, b"$BotList ", &lists.bots);
        }
        if send_ips && c.features.has(Features::USER_IP2) {
            if c.class >= ip_class {
                put_list(&mut data, b"$UserIP ", &lists.ips);
            } else {
                nmdc::write::user_ip([(&c.nick, &c.ip_text)], &mut data);
            }
        }
        if send_jsons && c.features.has(Features::EXT_JSON) {
            data.extend_from_slice(&lists.jsons);
        }
        self.send(id, data.freeze());
    }

    fn refresh_lists(&mut self) {
        if self.lists.fresh {
            return;
        }
        self.lists.clear();
        // In the order in which appending would have made them.
        let mut bots: Vec<_> = self.bots.iter().collect();
        bots.sort_unstable_by_key(|(key, _)| *key);
        for (_, bot) in bots {
            self.lists.add_bot(&bot.nick, &bot.line, bot.class >= 3);
        }
        let op_class = self.config.rights.oplist_class;
        let mut users: Vec<_> = self.conns.values().filter(|c| c.announced).collect();
        users.sort_unstable_by_key(|c| (c.login_at, c.id));
        for c in users {
            self.lists
                .add(&c.nick, &c.info.line, c.in_op_list(op_class), &c.ip_text);
            if !c.ext_json.is_empty() {
                self.lists.add_json(&super::cat![c.ext_json, "|"]);
            }
        }
    }

    /// The MyINFO message of a user or bot, with its pipe.
    pub(super) fn info_line(&self, key: &super::NickKey) -> Option<Bytes> {
        match self.nicks.get(key)? {
            super::Holder::User(id) => self
                .conns
                .get(id)
                .filter(|c| c.announced)
                .map(|c| c.info.line.clone()),
            super::Holder::Bot => self.bots.get(key).map(|b| b.line.clone()),
            super::Holder::Leaving(_) => None,
        }
    }
}

fn put_list(data: &mut BytesMut, word: &[u8], list: &[u8]) {
    data.extend_from_slice(word);
    data.extend_from_slice(list);
    data.extend_from_slice(b"|");
}

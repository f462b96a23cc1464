//! `$GetNickList`: the lists of users, kept ready to send.
//!
//! A login appends to them. A logout or a changed MyINFO is noted and edited in when they are next
//! asked for, so newcomers never get stale information; after many of those, and after anything
//! else, they are made anew.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use crate::io::ConnId;

use super::Hub;
use super::conn::Features;

/// Beyond so many edits making the lists anew is cheaper (each edit looks through the text).
const MOST_EDITS: usize = 16;

/// A change that is not in the lists yet.
enum Edit {
    /// A user is gone.
    Left {
        nick: Bytes,
        info: Bytes,
        op: bool,
        ip: Bytes,
        /// With its pipe; empty for none.
        json: Bytes,
    },
    /// A user's MyINFO is another one.
    Info { old: Bytes, new: Bytes },
}

/// The lists as they go over the wire, without command word and pipe.
#[derive(Default)]
pub(super) struct Lists {
    /// Right but for the edits.
    fresh: bool,
    edits: Vec<Edit>,
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

    /// A user is gone; `json` is his `$ExtJSON` without pipe, or empty.
    pub fn left(&mut self, nick: &Bytes, info: &Bytes, op: bool, ip: &Bytes, json: &Bytes) {
        self.note(|| Edit::Left {
            nick: nick.clone(),
            info: info.clone(),
            op,
            ip: ip.clone(),
            json: match json.is_empty() {
                true => Bytes::new(),
                false => super::cat![json, "|"],
            },
        });
    }

    /// A user's MyINFO is another one.
    pub fn info_changed(&mut self, old: Bytes, new: Bytes) {
        self.note(|| Edit::Info { old, new });
    }

    /// Anything else has changed.
    pub fn changed(&mut self) {
        self.fresh = false;
        self.edits.clear();
    }

    fn note(&mut self, edit: impl FnOnce() -> Edit) {
        if self.edits.len() >= MOST_EDITS {
            self.changed();
        } else if self.fresh {
            self.edits.push(edit());
        }
    }

    /// Brings the edits in; false when the lists must be made anew.
    fn edit(&mut self) -> bool {
        for edit in std::mem::take(&mut self.edits) {
            let done = match edit {
                Edit::Info { old, new } => replace(&mut self.infos, b"|", &old, &new),
                Edit::Left {
                    nick,
                    info,
                    op,
                    ip,
                    json,
                } => {
                    let name = super::cat![nick, "$$"];
                    let address = super::cat![nick, " ", ip, "$$"];
                    replace(&mut self.infos, b"|", &info, b"")
                        && replace(&mut self.nicks, b"$$", &name, b"")
                        && replace(&mut self.ips, b"$$", &address, b"")
                        && (!op || replace(&mut self.ops, b"$$", &name, b""))
                        && (json.is_empty() || replace(&mut self.jsons, b"|", &json, b""))
                }
            };
            if !done {
                return false;
            }
        }
        self.fresh
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
        self.edits.clear();
        self.fresh = true;
    }

    /// What is in the lists, whatever the order.
    #[cfg(debug_assertions)]
    fn content(&self) -> Vec<Vec<&[u8]>> {
        [
            (&self.infos, b'|'),
            (&self.nicks, b'$'),
            (&self.ops, b'$'),
            (&self.bots, b'$'),
            (&self.ips, b'$'),
            (&self.jsons, b'|'),
        ]
        .map(|(list, end)| {
            let mut items: Vec<_> = list[..].split(|byte| *byte == end).collect();
            items.sort_unstable();
            items
        })
        .into()
    }
}

/// Puts `new` in place of the first item `old`, where each item ends with `end`; false when there
/// is none.
fn replace(list: &mut BytesMut, end: &[u8], old: &[u8], new: &[u8]) -> bool {
    let found = memmem::find_iter(list, old).find(|at| *at == 0 || list[..*at].ends_with(end));
    let Some(at) = found else { return false };
    let after = at + old.len();
    if new.len() == old.len() {
        list[at..after].copy_from_slice(new);
    } else if new.len() < old.len() {
        list[at..at + new.len()].copy_from_slice(new);
        let len = list.len();
        list.copy_within(after..len, at + new.len());
        list.truncate(len - (old.len() - new.len()));
    } else {
        let tail = list.split_off(after);
        list.truncate(at);
        list.extend_from_slice(new);
        list.extend_from_slice(&tail);
    }
    true
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
        if self.lists.edit() {
            #[cfg(debug_assertions)]
            {
                let edited = std::mem::take(&mut self.lists);
                self.make_lists();
                assert_eq!(edited.content(), self.lists.content(), "edited in right");
                self.lists = edited;
            }
            return;
        }
        self.make_lists();
    }

    fn make_lists(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_replaced_where_it_stands_alone() {
        let edited = |list: &str, old: &str, new: &str| {
            let mut list = BytesMut::from(list);
            let done = replace(&mut list, b"$$", old.as_bytes(), new.as_bytes());
            (done, String::from_utf8(list.to_vec()).expect("text"))
        };
        let done = |list: &str| (true, list.to_owned());
        assert_eq!(edited("ba$$a$$c$$", "a$$", ""), done("ba$$c$$"));
        assert_eq!(edited("a$$ba$$", "a$$", ""), done("ba$$"));
        assert_eq!(edited("b$$a$$", "a$$", ""), done("b$$"));
        assert_eq!(edited("b$$a$$c$$", "a$$", "long$$"), done("b$$long$$c$$"));
        assert_eq!(edited("b$$aa$$c$$", "aa$$", "d$$"), done("b$$d$$c$$"));
        assert_eq!(edited("b$$a$$c$$", "a$$", "d$$"), done("b$$d$$c$$"));
        assert_eq!(edited("ba$$", "a$$", ""), (false, "ba$$".to_owned()));
    }
}

//! `$GetNickList`: the lists of users, kept ready to send.
//!
//! A login appends to them. A logout or a changed MyINFO is noted and edited in when they are next
//! asked for, so newcomers never get stale information; after many of those, and after anything
//! else, they are made anew.

use bytes::Bytes;
use nmdc::wire::Items;
use nmdc::write::{List, whole_list};
use nmdc::{Wire, WireBuf};

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
        info: Wire,
        op: bool,
        ip: Bytes,
        /// Empty for none.
        json: Wire,
    },
    /// A user's MyINFO is another one.
    Info { old: Wire, new: Wire },
}

/// The lists, ready to be written.
#[derive(Default)]
pub(super) struct Lists {
    /// Right but for the edits.
    fresh: bool,
    edits: Vec<Edit>,
    /// `$MyINFO ...|$MyINFO ...|`
    infos: WireBuf,
    /// `a$$b$$`
    nicks: Items,
    ops: Items,
    bots: Items,
    /// `a 1.2.3.4$$b ...`
    ips: Items,
    /// `$ExtJSON a {}|...`
    jsons: WireBuf,
}

impl Lists {
    pub fn add(&mut self, nick: &[u8], info: &Wire, op: bool, ip: &[u8]) {
        if !self.fresh {
            return;
        }
        self.infos.append(info);
        self.nicks.push(nick);
        if op {
            self.ops.push(nick);
        }
        self.ips.push_address(nick, ip);
    }

    pub fn add_bot(&mut self, nick: &[u8], info: &Wire, op: bool) {
        if self.fresh {
            self.add(nick, info, op, b"127.0.0.1");
            self.bots.push(nick);
        }
    }

    /// A user's first `$ExtJSON` message.
    pub fn add_json(&mut self, line: &Wire) {
        if self.fresh {
            self.jsons.append(line);
        }
    }

    /// A user is gone; `json` is his `$ExtJSON` without pipe, or empty.
    pub fn left(&mut self, nick: &Bytes, info: &Wire, op: bool, ip: &Bytes, json: &Bytes) {
        self.note(|| Edit::Left {
            nick: nick.clone(),
            info: info.clone(),
            op,
            ip: ip.clone(),
            json: match json.is_empty() {
                true => Wire::default(),
                false => Wire::forward(json),
            },
        });
    }

    /// A user's MyINFO is another one.
    pub fn info_changed(&mut self, old: Wire, new: Wire) {
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
                Edit::Info { old, new } => self.infos.replace(&old, &new),
                Edit::Left {
                    nick,
                    info,
                    op,
                    ip,
                    json,
                } => {
                    let none = Wire::default();
                    self.infos.replace(&info, &none)
                        && self.nicks.remove(&nick)
                        && self.ips.remove_address(&nick, &ip)
                        && (!op || self.ops.remove(&nick))
                        && (json.is_empty() || self.jsons.replace(&json, &none))
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
            &mut self.nicks,
            &mut self.ops,
            &mut self.bots,
            &mut self.ips,
        ] {
            list.clear();
        }
        self.infos.clear();
        self.jsons.clear();
        self.edits.clear();
        self.fresh = true;
    }

    /// What is in the lists, whatever the order.
    #[cfg(debug_assertions)]
    fn content(&self) -> Vec<Vec<&[u8]>> {
        [
            (&self.infos[..], b'|'),
            (&self.nicks, b'$'),
            (&self.ops, b'$'),
            (&self.bots, b'$'),
            (&self.ips, b'$'),
            (&self.jsons, b'|'),
        ]
        .map(|(list, end)| {
            let mut items: Vec<_> = list.split(|byte| *byte == end).collect();
            items.sort_unstable();
            items
        })
        .into()
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
        let mut data = WireBuf::with_capacity(lists.infos.len() + lists.ops.len() + 64);
        if !no_hello {
            whole_list(List::Nicks, &lists.nicks, &mut data);
        }
        if no_hello || no_get_info {
            if tls_filter && !c.traits.has(crate::io::Traits::TLS) {
                nmdc::myinfo::all_without_tls(&lists.infos, &mut data);
            } else {
                data.append_all(&lists.infos);
            }
        }
        if !lists.ops.is_empty() {
            whole_list(List::Ops, &lists.ops, &mut data);
        }
        if c.features.has(Features::BOT_LIST) {
            whole_list(List::Bots, &lists.bots, &mut data);
        }
        if send_ips && c.features.has(Features::USER_IP2) {
            if c.class >= ip_class {
                whole_list(List::Addresses, &lists.ips, &mut data);
            } else {
                nmdc::write::user_ip([(&c.nick, &c.ip_text)], &mut data);
            }
        }
        if send_jsons && c.features.has(Features::EXT_JSON) {
            data.append_all(&lists.jsons);
        }
        self.send(id, data.finish());
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
                self.lists.add_json(&Wire::forward(&c.ext_json));
            }
        }
    }

    /// The MyINFO message of a user or bot.
    pub(super) fn info_line(&self, key: &super::NickKey) -> Option<Wire> {
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

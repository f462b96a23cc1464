//! Registrations, kicks, bans, rights and a store that fails: what is done, and what must hold.
//!
//! - The hub knows exactly the registrations that the store has, whatever failed.
//! - What an operator is told is registered, or no longer is, is so in the store at that moment.
//! - Nobody gets in with a wrong password.
//! - A ban or a right that holds in the hub is in the store, unless writing it failed.
//! - What scripts have allowed an operator is done only while he still has the class for it.

use std::collections::BTreeSet;

use bytes::Bytes;
use hub::hooks::Event;
use hub::io::Input;
use hub::reg::{RightsRow, StoreOp};

use crate::store::key;
use crate::world::{NICKS, World, nick};

/// What the store did not do though it was asked to.
#[derive(Default)]
pub struct Failures {
    /// All requests fail for the time being.
    pub away: bool,
    /// Rows of bans that were not written, and nicks whose rights were not.
    bans: BTreeSet<(Vec<u8>, Vec<u8>)>,
    rights: BTreeSet<Vec<u8>>,
}

impl Failures {
    /// The request will not be done.
    pub fn note(&mut self, op: &StoreOp) {
        match op {
            StoreOp::SaveBan { ban } => {
                self.bans.insert((key(&ban.ip), key(&ban.nick)));
            }
            StoreOp::SaveRights { rights } => {
                self.rights.insert(key(&rights.nick));
            }
            _ => {}
        }
    }
}

impl World {
    /// The database goes away, or comes back.
    pub fn store_changes(&mut self) {
        let away = self.store.failures.away;
        self.store.failures.away = if away {
            self.rng.percent(50)
        } else {
            self.rng.percent(10)
        };
    }

    /// Another program changes a registration in the database.
    pub fn row_changes(&mut self) {
        let n = self.rng.below(self.store.users.len().max(1));
        let Some((user, _)) = self.store.users.values_mut().nth(n) else {
            return;
        };
        match self.rng.below(6) {
            0 => user.enabled = !user.enabled,
            1 => user.class = *self.rng.pick(&[1, 2, 3, 4, 5, 10]),
            2 => user.hide_share = !user.hide_share,
            3 => user.hide_chat = !user.hide_chat,
            4 => user.hide_keys = !user.hide_keys,
            _ => user.class_protect = 4 - user.class_protect.clamp(0, 4),
        }
        self.stats.rows += 1;
        let nick = user.nick.clone();
        self.input(Input::RegChanged(vec![nick]));
    }

    /// What an operator does after the scripts have allowed it needs what it needed before.
    pub fn check_deed(&mut self, op: &StoreOp) {
        let done = matches!(
            op,
            StoreOp::SaveBan { .. }
                | StoreOp::AddKick { .. }
                | StoreOp::AddUser { .. }
                | StoreOp::SetConfig { .. }
        );
        let Some((event, class)) = &self.judging else {
            return;
        };
        let by = match event {
            Event::NewBan { op, .. } | Event::OperatorKicks { op, .. } => (op, 3),
            Event::OperatorDropsWithReason { op, .. } => (op, 3),
            Event::NewReg { op, nick, .. } if op != nick => (op, 3),
            // Scripts change settings in the name of the hub's bot, which may be another now.
            Event::SetConfig { nick, .. } if class.is_some() && is_users(nick) => {
                let topic = self.view.config().rights.topic_mod_class;
                (nick, topic.min(5))
            }
            _ => return,
        };
        if !done {
            return;
        }
        let (nick, least) = by;
        let mut rights = self.hub.rights_rows().into_iter();
        let granted = rights.any(|r| r.nick.eq_ignore_ascii_case(nick) && r.times[4] > 1);
        let may = class.is_some_and(|class| class >= least || (granted && class >= 2));
        assert!(may, "{nick:?} of class {class:?} has done {op:?}");
        self.stats.deeds += 1;
    }

    /// Tells the hub what an address is called.
    pub fn host_works(&mut self) {
        if self.lookups.is_empty() {
            return;
        }
        let n = self.rng.below(self.lookups.len());
        let (req, ip) = self.lookups.swap_remove(n);
        let last = ip
            .to_string()
            .rsplit('.')
            .next()
            .map_or(0, |n| n.parse().unwrap_or(0));
        let name = match last % 8 {
            0 => Some(String::new()),
            1 | 5 => Some(format!("dyn{last}.pool.example.com")),
            2 | 6 => Some(format!("h{last}.example.org")),
            4 => None,
            _ => Some("no|name".into()),
        };
        let name = name.map(Bytes::from);
        self.input(Input::Host { req, name });
    }

    /// A command about registrations, bans, kicks or rights.
    pub fn registry_command(&mut self, other: &str) -> String {
        let n = self.rng.below(4);
        let host = *self
            .rng
            .pick(&["a.example.com", ".org", "dyn1", "h2.example.org", "x"]);
        match self.rng.below(22) {
            0 => format!("regdisable {other}"),
            1 | 2 => format!("regenable {other}"),
            3 => format!("regprotect {other} {n}"),
            4 => format!("reghidekick {other} {n}"),
            5 => format!("reginfo {other}"),
            6 => format!("reglist {n}"),
            7 => {
                let field = *self
                    .rng
                    .pick(&["hide_share", "hide_chat", "hide_keys", "show_keys"]);
                format!("regset {other} {field} {}", n % 2)
            }
            8 => format!(
                "regset {other} fake_ip {}",
                self.rng.pick(&["", "9.8.7.6", "x"])
            ),
            9 => format!(
                "regset {other} auth_ip {}",
                self.rng.pick(&["", "192.168.0.1"])
            ),
            10 => format!("banhost{}_3s {host} why", n + 1),
            11 => format!("banhostr1_3s {host}"),
            12 => format!("unbanhost{} {host}", n + 1),
            13 => format!(
                "ban_3s {} {other}",
                self.rng.pick(&["this nick", "this ip", ""])
            ),
            14 => format!(
                "{} {other} 2s",
                self.rng
                    .pick(&["maykick", "mayopchat", "noshare", "mayreg"])
            ),
            15 => format!(
                "{} {other}",
                self.rng.pick(&["unmaykick", "unmayopchat", "unnoshare"])
            ),
            16 => self
                .rng
                .pick(&["temprights", "mayinfo x", "lstban 3"])
                .to_string(),
            17 => format!("tempban {other}"),
            18 => format!("deltempban {other}"),
            19 if n == 0 => self
                .rng
                .pick(&[
                    "cleanbanlist",
                    "cleanallban",
                    "cleantemprights",
                    "cleankicklist",
                    "cleantempbans",
                ])
                .to_string(),
            20 => format!("vipgag {other}"),
            _ => format!("regnew {other} {n} secret"),
        }
    }

    /// A message of operators' clients about bans.
    pub fn registry_message(&mut self, other: &str) -> String {
        match self.rng.below(4) {
            0 => format!("$TempBan {other}$2s$why"),
            1 => format!("$Ban {other}$why"),
            2 => format!("$UnBan 192.168.0.{}", self.rng.below(40)),
            _ => "$GetBanList".into(),
        }
    }

    /// What somebody is told of registrations is so.
    pub fn check_told_of_registrations(&self, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        let bot = format!(
            "<{}> ",
            String::from_utf8_lossy(&self.view.config().identity.hub_security)
        );
        let Some(text) = text.strip_prefix(&bot) else {
            return;
        };
        let mut words = text.splitn(2, ' ');
        let (nick, rest) = (words.next().unwrap(), words.next().unwrap_or_default());
        let there = self.store.users.contains_key(&key(nick.as_bytes()));
        if rest.starts_with("is now registered as ") {
            assert!(there, "{nick} is not in the store: {text}");
        }
        if rest.starts_with("is no longer registered.") {
            assert!(!there, "{nick} is in the store: {text}");
        }
    }

    /// Holds when nothing is open.
    pub fn check_registry(&self) {
        let known: BTreeSet<Vec<u8>> = self
            .hub
            .registered_nicks()
            .iter()
            .map(|n| n.to_vec())
            .collect();
        let stored: BTreeSet<Vec<u8>> = self.store.users.keys().cloned().collect();
        assert_eq!(known, stored, "registrations known and stored");
        let failures = &self.store.failures;
        for ban in self.hub.ban_rows() {
            let row = (key(&ban.ip), key(&ban.nick));
            let written = self.store.bans.contains_key(&row) || failures.bans.contains(&row);
            assert!(written, "not stored: {ban:?}");
        }
        let now = self.unix_secs();
        for rights in self.hub.rights_rows() {
            let nick = key(&rights.nick);
            if failures.rights.contains(&nick) || usual(&rights, now).iter().all(|t| *t == 1) {
                continue;
            }
            let stored = self.store.rights.get(&nick).map(|row| usual(row, now));
            assert_eq!(
                stored,
                Some(usual(&rights, now)),
                "rights of {:?}",
                rights.nick
            );
        }
    }
}

/// Whether a nick is one that clients have.
fn is_users(name: &[u8]) -> bool {
    (0..NICKS).any(|n| name.eq_ignore_ascii_case(nick(n).as_bytes()))
}

/// The times of a row, those that are over as usual.
fn usual(row: &RightsRow, now: i64) -> [i64; 8] {
    row.times
        .map(|time| if time != 0 && time <= now { 1 } else { time })
}

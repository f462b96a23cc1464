//! Reading anew what others may have changed in the database: bans, what single users may and
//! may not do, and the registrations of who is here. What the hub changes while it reads is
//! newer: then it reads once more.

use bytes::Bytes;

use crate::io::{ConnId, Level};
use crate::reg::{RegUser, RightsRow, StoreOp, StoreReply};

use super::bans::{Ban, Bans, Key, Whom};
use super::entry::class_name;
use super::guesses::same_rights;
use super::restrict::Restrictions;
use super::rights::Needs;
use super::service::Reload;
use super::{Holder, Hub, NickKey, cat};

/// Whether an operation changes what is read here.
pub(super) const fn is_edit(op: &StoreOp) -> bool {
    matches!(
        op,
        StoreOp::SaveBan { .. }
            | StoreOp::DelBans { .. }
            | StoreOp::SaveRights { .. }
            | StoreOp::Clean { .. }
    )
}

impl Hub {
    pub(super) fn reload_bans(&mut self) {
        let edits = self.edits;
        self.store(
            None,
            Needs::Nothing,
            StoreOp::ReadBans,
            move |hub, reply| {
                hub.bans_read(edits, reply);
            },
        );
    }

    /// `reload`: what is told when that is read.
    pub(super) fn reload_rights(&mut self, reload: Option<Reload>) {
        let edits = self.edits;
        self.store(
            None,
            Needs::Nothing,
            StoreOp::ReadRights,
            move |hub, reply| {
                hub.rights_read(edits, reload, reply);
            },
        );
    }

    /// The bans as they are stored. What cannot be read leaves all as it is.
    fn bans_read(&mut self, edits: u64, reply: StoreReply) {
        let StoreReply::Bans(rows) = reply else {
            return;
        };
        if edits != self.edits {
            self.reload_bans();
            return;
        }
        let now = self.now.unix_secs();
        let all = rows.len();
        let mut read: Vec<Ban> = rows.into_iter().filter_map(Ban::from_row).collect();
        let unknown = all - read.len();
        if std::mem::replace(&mut self.unknown_bans, unknown) != unknown && unknown > 0 {
            let text = format!(
                "{unknown} bans in the database are about nothing; they stay there and keep nobody out"
            );
            self.log(Level::Warn, text);
        }
        read.retain(|ban| !self.is_of_kick(ban));
        let mut new = Bans::default();
        new.add_all(read, now);
        let unsaved = self.bans.take_over(&mut new, now);
        self.bans = new;
        // The database was away when these were made.
        for key in unsaved {
            self.keep_again(key);
        }
    }

    /// Whether a ban is the written half of a kick, which ends with that.
    fn is_of_kick(&self, ban: &Ban) -> bool {
        let Whom::NickIp(nick, ip) = &ban.whom else {
            return false;
        };
        let nick = NickKey::of(nick);
        let kicked = self.nick_bans.kicked(&nick);
        kicked.is_some_and(|pair| pair == (nick, *ip)) && self.bans.get(&ban.whom.key()).is_none()
    }

    fn keep_again(&mut self, key: Key) {
        if let Some(ban) = self.bans.get(&key) {
            let ban = Box::new(ban.to_row());
            self.store_ban(None, StoreOp::SaveBan { ban }, Bytes::new(), Some(key));
        }
    }

    /// What is decided about single users, as it is stored.
    fn rights_read(&mut self, edits: u64, reload: Option<Reload>, reply: StoreReply) {
        if let StoreReply::Rights(rows) = reply {
            if edits != self.edits {
                self.reload_rights(reload);
                return;
            }
            self.take_rights(rows);
        }
        if let Some(reload) = reload {
            self.tell_reload(&reload);
        }
    }

    fn take_rights(&mut self, rows: Vec<RightsRow>) {
        let now = self.now.unix_secs();
        let before = std::mem::replace(&mut self.restrictions, Restrictions::load(rows, now));
        for nick in self.restrictions.take_over(&before) {
            self.keep_rights(None, &nick, bytes::Bytes::new());
        }
        let mut members: Vec<_> = self.opchat.iter().copied().collect();
        members.sort_unstable();
        for id in members {
            self.leave_opchat(id);
        }
        for key in self.restrictions.new_members(&before, now) {
            if let Some(Holder::User(id)) = self.nicks.get(&key).copied() {
                self.join_opchat(id);
            }
        }
    }

    // ---- registrations -------------------------------------------------------------------

    /// Reads the registrations of those of these nicks who are online or logging in.
    pub(super) fn reread_registrations(&mut self, nicks: Vec<Bytes>) {
        for nick in nicks {
            let key = NickKey::of(&nick);
            let online = matches!(self.nicks.get(&key), Some(Holder::User(_)));
            if online || !self.joining.with_nick(&key).is_empty() {
                let op = StoreOp::GetUser { nick: nick.clone() };
                self.store(None, Needs::Nothing, op, move |hub, reply| {
                    hub.registration_read(&nick, reply);
                });
            }
        }
    }

    /// The same of all who are registered.
    pub(super) fn reread_all_registrations(&mut self) {
        let mut nicks: Vec<Bytes> = (self.conns.values())
            .filter(|c| c.reg.is_some())
            .map(|c| c.nick.clone())
            .collect();
        nicks.sort_unstable();
        nicks.dedup();
        self.reread_registrations(nicks);
    }

    /// A registration as it is stored now: logins that began with another one end, and who is
    /// online has from now on what it gives him.
    fn registration_read(&mut self, nick: &[u8], reply: StoreReply) {
        let StoreReply::User(row) = reply else { return };
        for id in self.joining.with_nick(&NickKey::of(nick)) {
            let known = self.conns.get(&id).and_then(|c| c.reg.as_deref());
            let same = match (known, row.as_deref()) {
                (Some(known), Some(row)) => same_rights(known, row),
                (known, row) => known.is_none() && row.is_none(),
            };
            if !same {
                self.registration_changed(id);
            }
        }
        let Some(id) = self.user_of(nick) else { return };
        let known = self.conns.get(&id).and_then(|c| c.reg.as_deref());
        match (row, known) {
            (Some(row), Some(known)) if !same_rights(&row, known) => {
                self.apply_registration(id, row);
            }
            (None, Some(_)) => self.reg_deleted(nick, None, StoreReply::Done),
            // A guest stays one under a nick that somebody else has registered: nothing shows
            // that it is he who was meant.
            _ => {}
        }
    }

    /// Gives an online user the registration that he has now, with all that hangs on it.
    pub(super) fn apply_registration(&mut self, id: ConnId, row: Box<RegUser>) {
        let Some(c) = self.conns.get(&id) else { return };
        let Some(known) = c.reg.clone() else { return };
        let (before, proved) = (c.class, c.proved);
        let class = if !row.counts() {
            before.min(0)
        } else if (known.class, known.enabled) == (row.class, row.enabled) {
            // Perhaps one that an operator gave him for this visit.
            before
        } else if proved || row.class < before {
            row.class
        } else {
            before
        };
        let off = known.counts() && !row.counts();
        let must_set = row.pwd_change && !row.has_password && known.has_password;
        let row_now = row.clone();
        self.set_class_live(id, class, |reg| *reg = Some(row));
        if known.hide_chat != row_now.hide_chat {
            if let Some(c) = self.conns.get_mut(&id) {
                c.wants_chat = !row_now.hide_chat;
            }
            self.set_traits(id);
        }
        if known.hide_share != row_now.hide_share {
            self.show_share(id);
        }
        if known.fake_ip != row_now.fake_ip {
            self.show_fake_ip(id);
        }
        if off {
            self.private_notice(id, b"Your registration is off now.");
        }
        if class != before {
            self.private_notice(id, &cat!["You are now ", class_name(class), "."]);
        }
        if must_set {
            self.private_notice(id, b"Set a password with +passwd before you leave.");
        }
    }
}

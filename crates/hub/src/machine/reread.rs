//! Reading anew what others may have changed in the database: bans and what single users may
//! and may not do. What the hub changes while it reads is newer: then it reads once more.

use crate::io::Level;
use crate::reg::{StoreOp, StoreReply};

use super::bans::{Ban, Bans, Key, Whom};
use super::restrict::Restrictions;
use super::then::Then;
use super::{Holder, Hub, NickKey};

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
        self.store(None, StoreOp::ReadBans, Then::BansRead { edits });
    }

    pub(super) fn reload_rights(&mut self) {
        let edits = self.edits;
        self.store(None, StoreOp::ReadRights, Then::RightsRead { edits });
    }

    /// The bans as they are stored. What cannot be read leaves all as it is.
    pub(super) fn bans_read(&mut self, edits: u64, reply: StoreReply) {
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
            let then = Then::Kept {
                by: None,
                text: bytes::Bytes::new(),
                ban: Some(key),
            };
            self.store(None, StoreOp::SaveBan { ban }, then);
        }
    }

    /// What is decided about single users, as it is stored.
    pub(super) fn rights_read(&mut self, edits: u64, reply: StoreReply) {
        let StoreReply::Rights(rows) = reply else {
            return;
        };
        if edits != self.edits {
            self.reload_rights();
            return;
        }
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
}

//! Connections whose login is not finished: how many there may be, and whether they are still
//! welcome. Whatever stands against somebody at the door may come while his login is under way,
//! so it is asked again whenever the login goes on.

use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::constants::CloseReason;
use crate::io::{ConnId, Tls, place};

use super::tempban::TempBan;
use super::{Hub, Map, NickKey, cat};

/// Connections below what the system allows that are left for whoever comes next.
const SPARE_SHARE: usize = 8;

/// Who is logging in, oldest first.
#[derive(Default)]
pub(super) struct Joining {
    /// By where they come from; none of proxies that have not said for whom they come.
    by_place: Map<Option<IpAddr>, VecDeque<(u64, ConnId)>>,
    by_nick: Map<NickKey, SmallVec<[ConnId; 2]>>,
    count: usize,
    /// How many have come so far.
    came: u64,
}

impl Joining {
    fn add(&mut self, place: Option<IpAddr>, id: ConnId) {
        self.came += 1;
        let ids = self.by_place.entry(place).or_default();
        ids.push_back((self.came, id));
        self.count += 1;
    }

    fn remove(&mut self, place: Option<IpAddr>, id: ConnId) {
        let Some(ids) = self.by_place.get_mut(&place) else {
            return;
        };
        if let Some(at) = ids.iter().position(|(_, other)| *other == id) {
            ids.remove(at);
            self.count -= 1;
        }
        if ids.is_empty() {
            self.by_place.remove(&place);
        }
    }

    fn remove_nick(&mut self, key: &NickKey, id: ConnId) {
        if let Some(ids) = self.by_nick.get_mut(key) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_nick.remove(key);
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    fn at(&self, place: Option<IpAddr>) -> usize {
        self.by_place.get(&place).map_or(0, VecDeque::len)
    }

    fn oldest_at(&self, place: Option<IpAddr>) -> Option<ConnId> {
        let ids = self.by_place.get(&place)?;
        ids.front().map(|(_, id)| *id)
    }

    /// The oldest one from where most come: who fills the hub does not push out others.
    fn oldest_of_most(&self) -> Option<ConnId> {
        let most = self.by_place.values().max_by_key(|ids| {
            let came = ids.front().map_or(0, |(came, _)| *came);
            (ids.len(), std::cmp::Reverse(came))
        });
        most?.front().map(|(_, id)| *id)
    }

    /// All that log in with a nick.
    pub fn with_nick(&self, key: &NickKey) -> SmallVec<[ConnId; 2]> {
        self.by_nick.get(key).cloned().unwrap_or_default()
    }

    /// All from one place.
    fn all_at(&self, place: IpAddr) -> Vec<ConnId> {
        let ids = self.by_place.get(&Some(place)).into_iter().flatten();
        ids.map(|(_, id)| *id).collect()
    }
}

impl Hub {
    // ---- how many ------------------------------------------------------------------------

    /// How many connections the system lets there be.
    pub fn set_sockets(&mut self, most: usize) {
        self.sockets = Some(most);
    }

    /// How many users the system has connections for: some are left for logins.
    pub fn seats(&self) -> usize {
        self.sockets
            .map_or(usize::MAX, |all| all - all / SPARE_SHARE * 2)
    }

    /// A connection has come, or has become known to be from another place.
    pub(super) fn joins(&mut self, id: ConnId) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let now = (c.tls != Tls::Proxied).then(|| place(c.ip));
        let before = std::mem::replace(&mut c.place, now);
        self.joining.remove(before, id);
        self.joining.add(now, id);
        let l = &self.config.viper;
        let most = |n: u32| usize::try_from(n).ok().filter(|n| *n > 0);
        let (all, from_ip) = (most(l.max_logins), most(l.max_logins_from_ip));
        while now.is_some()
            && from_ip.is_some_and(|most| self.joining.at(now) > most)
            && let Some(oldest) = self.joining.oldest_at(now)
        {
            self.end_login(
                oldest,
                "Too many connections from your address have not finished their login.",
            );
        }
        let room = self.sockets.map(|all| all - all / SPARE_SHARE);
        while (room.is_some_and(|room| self.conns.len() > room)
            || all.is_some_and(|most| self.joining.len() > most))
            && let Some(oldest) = self.joining.oldest_of_most()
        {
            let text = "Too many connections have not finished their login.";
            self.end_login(oldest, text);
        }
    }

    /// A login has a nick now; of very many with the same one the oldest from where most come
    /// goes, but not the one from where its owner was last.
    pub(super) fn joins_as(&mut self, id: ConnId) {
        let most = usize::try_from(self.config.viper.max_logins_of_nick).unwrap_or(usize::MAX);
        let Some(c) = self.conns.get(&id) else { return };
        let home = c.reg.as_ref().and_then(|reg| home_of(&reg.login_ip));
        let ids = self.joining.by_nick.entry(c.key.clone()).or_default();
        ids.push(id);
        if most == 0 || ids.len() <= most {
            return;
        }
        let places: Vec<Option<IpAddr>> = (ids.iter())
            .map(|id| self.conns.get(id).and_then(|c| c.place))
            .collect();
        let rank = |place: &Option<IpAddr>| {
            let same = places.iter().filter(|other| *other == place).count();
            (place.is_none() || *place != home, same)
        };
        // Of equal ones the last is taken, so the oldest must be: from the end.
        let victim = (ids.iter().zip(&places).rev()).max_by_key(|(_, place)| rank(place));
        if let Some(victim) = victim.map(|(id, _)| *id) {
            let text = "Too many connections log in with your nick.";
            self.end_login(victim, text);
        }
    }

    /// A login is finished, or its connection ends.
    pub(super) fn joins_no_more(&mut self, id: ConnId, place: Option<IpAddr>, key: &NickKey) {
        self.joining.remove(place, id);
        self.joining.remove_nick(key, id);
    }

    /// Ends a login for want of room.
    fn end_login(&mut self, id: ConnId, text: &str) {
        self.close(
            id,
            CloseReason::HubLoad,
            cat![text, " This was the oldest of them, try again."],
        );
    }

    // ---- whether still welcome -----------------------------------------------------------

    /// How many bans of all kinds were made so far.
    fn bans_made(&self) -> u64 {
        let temporary = self.nick_bans.made().wrapping_add(self.ip_bans.made());
        temporary.wrapping_add(self.bans.made())
    }

    /// All that is known at this moment has let a login go on.
    pub(super) fn note_welcome(&mut self, id: ConnId) {
        let made = self.bans_made();
        if let Some(c) = self.conns.get_mut(&id) {
            c.welcome_at = Some(made);
        }
    }

    /// Whether a login may go on; refuses it when a ban has been made meanwhile. Asked before
    /// whatever makes a login go on: its messages, and answers that it waited for.
    pub(super) fn still_welcome(&mut self, id: ConnId) -> bool {
        let made = self.bans_made();
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        // Who has not been greeted is looked at then.
        if c.listed || c.lock.is_empty() || c.welcome_at == Some(made) {
            return true;
        }
        self.welcome_now(id)
    }

    /// The same, whatever was found before.
    pub(super) fn welcome_now(&mut self, id: ConnId) -> bool {
        let now = self.now.mono_ms;
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let (ip, key, named) = (c.ip, c.key.clone(), c.validated);
        // What his password has not shown yet may still be so.
        let class = match c.password_ok {
            true => c.class,
            false => c.theoretical_class(),
        };
        let by_ip = self.ip_bans.find(&ip, now);
        let ban = by_ip.or_else(|| self.nick_bans.find(&key, now).filter(|_| named));
        if let Some(ban) = ban {
            self.refuse_banned(id, &ban);
            return false;
        }
        if named && self.banned(id, &key, class) {
            return false;
        }
        self.note_welcome(id);
        true
    }

    /// Bans an address in memory, and ends the logins that are under way from there, but for one
    /// that goes for this very reason.
    pub(super) fn ban_ip(&mut self, ip: IpAddr, ban: TempBan, but: Option<ConnId>) {
        self.ip_bans.add(ip, ban.clone());
        let now = self.now.mono_ms;
        for id in self.joining.all_at(place(ip)) {
            let greeted = self.conns.get(&id).filter(|c| !c.lock.is_empty());
            let Some(ip) = greeted.map(|c| c.ip).filter(|_| but != Some(id)) else {
                continue;
            };
            if self.ip_bans.find(&ip, now).is_some() {
                self.refuse_banned(id, &ban);
            }
        }
    }

    /// For the simulation: logins under way in all, the most from one place, the most with one
    /// nick; none of proxies that have not said for whom they come.
    pub fn logins(&self) -> [usize; 3] {
        let places = self.joining.by_place.iter().filter(|(p, _)| p.is_some());
        let nicks = self.joining.by_nick.values().map(|ids| ids.len());
        [
            self.joining.len(),
            places.map(|(_, ids)| ids.len()).max().unwrap_or(0),
            nicks.max().unwrap_or(0),
        ]
    }

    /// Whether a ban keeps out a connection, but for one that each login makes itself; for the
    /// simulation.
    pub fn is_kept_out(&self, conn: ConnId) -> bool {
        let (now, secs) = (self.now.mono_ms, self.now.unix_secs());
        let Some(c) = self.conns.get(&conn) else {
            return false;
        };
        let bypass = c.class >= self.config.users.ban_bypass_class;
        let who = (c.ip, &self.host_of(conn)[..]);
        self.ip_bans.holds(&c.ip, now)
            || self.nick_bans.holds(&c.key, now)
            || (!bypass && self.bans.hold(&c.key, who, c.class == 0, secs))
    }
}

/// The place that an address as it is stored stands for.
pub(super) fn home_of(ip: &Bytes) -> Option<IpAddr> {
    let ip: IpAddr = str::from_utf8(ip).ok()?.trim().parse().ok()?;
    Some(place(ip))
}

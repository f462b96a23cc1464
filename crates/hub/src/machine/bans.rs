//! Who must not come in: by nick, address, range of addresses, name of the host, share or
//! beginning of a nick.
//!
//! Look-ups go by hash maps and, for ranges, by a sorted list; none looks at all bans. Each ban
//! is one plain row, loaded and written one by one; `banlist` has the same columns.

use std::net::IpAddr;

use bytes::Bytes;
use smallvec::SmallVec;

use super::banning::parse_range;
use super::hosts::{first_label, last_labels};
use super::{Map, NickKey, cat};

/// The types of ban; the number is that of `ban_type`, and the bit of `vh.eBF_*`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    NickIp = 0,
    Ip = 1,
    Nick = 2,
    Range = 3,
    Host1 = 4,
    Host2 = 5,
    Host3 = 6,
    Share = 7,
    Prefix = 8,
    HostR1 = 9,
}

impl Kind {
    /// Whether it is about the name of a host.
    pub fn is_host(self) -> bool {
        matches!(self, Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1)
    }

    const ALL: [(Kind, &'static str); 10] = [
        (Kind::NickIp, "nickip"),
        (Kind::Ip, "ip"),
        (Kind::Nick, "nick"),
        (Kind::Range, "range"),
        (Kind::Host1, "host1"),
        (Kind::Host2, "host2"),
        (Kind::Host3, "host3"),
        (Kind::Share, "share"),
        (Kind::Prefix, "prefix"),
        (Kind::HostR1, "hostr1"),
    ];

    /// One of `vh.eBF_*`.
    pub fn from_flag(flag: i64) -> Option<Kind> {
        let mut all = Kind::ALL.iter();
        all.find(|(k, _)| 1 << (*k as u8) == flag).map(|(k, _)| *k)
    }

    /// What stands behind "ban" in a command's name; nothing is `nickip`.
    pub fn from_word(word: &[u8]) -> Option<Kind> {
        if word.is_empty() {
            return Some(Kind::NickIp);
        }
        let mut all = Kind::ALL.iter();
        all.find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(word))
            .map(|(k, _)| *k)
    }

    pub fn name(self) -> &'static str {
        Kind::ALL
            .iter()
            .find(|(k, _)| *k == self)
            .map_or("", |(_, name)| name)
    }

    /// What of a host's name a ban of this kind is about; none for other kinds and for names
    /// that are too short.
    pub fn part_of(self, host: &[u8]) -> Option<Bytes> {
        // As operators are shown it: `*.example.com`.
        let host = host.strip_prefix(b"*").unwrap_or(host);
        match self {
            Kind::Host1 => last_labels(host, 1),
            Kind::Host2 => last_labels(host, 2),
            Kind::Host3 => last_labels(host, 3),
            Kind::HostR1 => first_label(host),
            _ => None,
        }
    }

    /// What a value of this kind is, in words.
    pub fn what(self) -> &'static str {
        match self {
            Kind::NickIp => "nick or address",
            Kind::Ip => "address",
            Kind::Nick => "nick",
            Kind::Range => "range of addresses",
            Kind::Share => "share",
            Kind::Prefix => "beginning of a nick",
            Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => "host",
        }
    }

    /// Those about names of hosts.
    pub const HOSTS: [Kind; 4] = [Kind::Host1, Kind::Host2, Kind::Host3, Kind::HostR1];

    /// The class that making one takes: the more hosts it is about, the higher.
    pub const fn least_class(self) -> i32 {
        match self {
            Kind::Host1 => 5,
            Kind::Host2 => 4,
            _ => 3,
        }
    }
}

/// Whom a ban keeps out. Nicks are as typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Whom {
    /// The nick from any address and the address under any nick.
    NickIp(Bytes, IpAddr),
    Ip(IpAddr),
    Nick(Bytes),
    /// First and last address.
    Range(IpAddr, IpAddr),
    Share(u64),
    Prefix(Bytes),
    /// A part of a host's name, as the kind says.
    Host(Kind, Bytes),
}

/// One ban.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ban {
    pub whom: Whom,
    pub reason: Bytes,
    /// Who made it.
    pub op: Bytes,
    /// Seconds since 1970.
    pub start: i64,
    /// The same; `None` is for good.
    pub until: Option<i64>,
    /// When somebody was last refused; 0: never.
    pub last_hit: i64,
    /// Columns that the hub only passes on.
    pub host: Bytes,
    pub note_op: Bytes,
    pub note_usr: Bytes,
    /// The rows in the database that say this; the first one is kept up to date.
    pub rows: Vec<RowKey>,
}

/// `ip` and `nick` of a row of `banlist`, which are its key.
pub(super) type RowKey = (Bytes, Bytes);

/// Seconds between two notes of the same ban's last hit in the database.
const HIT_EVERY: i64 = 60;

/// What a ban's note says that was made by the nick of somebody, but is not about the nick. Notes
/// are also free text of operators and scripts: no keyboard types the first byte.
const MADE_FOR: &[u8] = b"\x01made for ";

impl Ban {
    /// The same ban, which an operator or script made by this nick. A ban that is not about the
    /// nick itself notes it, so that it is found by it.
    pub fn made_by_nick(mut self, nick: &[u8]) -> Ban {
        let about_it = matches!(
            self.whom,
            Whom::NickIp(..) | Whom::Nick(_) | Whom::Prefix(_)
        );
        if !about_it && self.note_op.is_empty() {
            self.note_op = cat![MADE_FOR, nick];
        }
        self
    }

    /// The nick that it was made by.
    pub fn made_for(&self) -> Option<&[u8]> {
        self.note_op.strip_prefix(MADE_FOR)
    }

    fn holds(&self, now: i64) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

/// A ban's identity: a second one of the same key is the same ban.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    NickIp(NickKey, IpAddr),
    Ip(IpAddr),
    Nick(NickKey),
    Range(u128, u128),
    Share(u64),
    Prefix(NickKey),
    /// Kind and part.
    Host(u8, Bytes),
}

impl Whom {
    pub fn kind(&self) -> Kind {
        match self {
            Whom::NickIp(..) => Kind::NickIp,
            Whom::Ip(_) => Kind::Ip,
            Whom::Nick(_) => Kind::Nick,
            Whom::Range(..) => Kind::Range,
            Whom::Share(_) => Kind::Share,
            Whom::Prefix(_) => Kind::Prefix,
            Whom::Host(kind, _) => *kind,
        }
    }

    pub fn key(&self) -> Key {
        match self {
            Whom::NickIp(nick, ip) => Key::NickIp(NickKey::of(nick), ip.to_canonical()),
            Whom::Ip(ip) => Key::Ip(ip.to_canonical()),
            Whom::Nick(nick) => Key::Nick(NickKey::of(nick)),
            Whom::Range(from, to) => Key::Range(number(*from), number(*to)),
            Whom::Share(share) => Key::Share(*share),
            Whom::Prefix(nick) => Key::Prefix(NickKey::of(nick)),
            Whom::Host(kind, part) => Key::Host(*kind as u8, part.to_ascii_lowercase().into()),
        }
    }

    /// Whether somebody online is meant; shares and prefixes only count at the next login.
    pub fn meets(&self, nick: &NickKey, ip: IpAddr, host: &[u8]) -> bool {
        let ip = ip.to_canonical();
        match self.key() {
            Key::NickIp(n, i) => n == *nick || i == ip,
            Key::Ip(i) => i == ip,
            Key::Nick(n) => n == *nick,
            Key::Range(from, to) => (from..=to).contains(&number(ip)),
            Key::Host(_, part) => self.kind().part_of(host).is_some_and(|p| p == part),
            Key::Share(_) | Key::Prefix(_) => false,
        }
    }
}

/// All bans.
#[derive(Default)]
pub(super) struct Bans {
    all: Map<Key, Ban>,
    /// The other halves of bans of nick and address.
    ips_of: Map<NickKey, SmallVec<[IpAddr; 1]>>,
    nicks_of: Map<IpAddr, SmallVec<[NickKey; 1]>>,
    ranges: Ranges,
    prefixes: usize,
    hosts: usize,
    /// Rows whose last hit is to be written down.
    hits: Vec<RowKey>,
    /// Those that could not be written down.
    unsaved: Vec<Key>,
    /// How often some were made, here or by others.
    made: u64,
}

impl Bans {
    /// Adds a ban. One of the same key takes its reason and operator and the later end.
    pub fn add(&mut self, mut ban: Ban, now: i64) {
        self.made += 1;
        let key = ban.whom.key();
        match self.all.get_mut(&key) {
            Some(old) => {
                if old.holds(now) {
                    ban.start = old.start;
                    ban.last_hit = old.last_hit;
                    ban.until = old.until.zip(ban.until).map(|(a, b)| a.max(b));
                    if !old.note_op.is_empty() {
                        ban.note_op = std::mem::take(&mut old.note_op);
                    }
                    ban.note_usr = std::mem::take(&mut old.note_usr);
                }
                let mut rows = std::mem::take(&mut old.rows);
                rows.append(&mut ban.rows);
                ban.rows = rows;
                *old = ban;
            }
            None => {
                self.index(&key);
                if ban.rows.is_empty() {
                    ban.rows.push(ban.row_key());
                }
                self.all.insert(key, ban);
            }
        }
    }

    /// Adds many at once: ranges are put in order once only.
    pub fn add_all(&mut self, bans: Vec<Ban>, now: i64) {
        self.all.reserve(bans.len());
        let range = |ban: &Ban| match ban.whom.key() {
            Key::Range(from, to) => Some((from, to)),
            _ => None,
        };
        self.ranges.add_all(bans.iter().filter_map(range));
        for ban in bans {
            self.add(ban, now);
        }
    }

    /// Rows of the bans that kept somebody out, not more often than once in a while each.
    pub fn take_hits(&mut self) -> Vec<RowKey> {
        std::mem::take(&mut self.hits)
    }

    /// The database did not take a ban.
    pub fn not_saved(&mut self, key: Key) {
        if !self.unsaved.contains(&key) {
            self.unsaved.push(key);
        }
    }

    /// Gives bans that were read anew what only memory knows: hits, and bans that were never
    /// written down. The latter's keys.
    pub fn take_over(&mut self, new: &mut Bans, now: i64) -> Vec<Key> {
        new.made = new.made.saturating_add(self.made).saturating_add(1);
        for (key, ban) in &mut new.all {
            if let Some(old) = self.all.get(key) {
                ban.last_hit = ban.last_hit.max(old.last_hit);
            }
        }
        new.hits = self.take_hits();
        let mut kept = Vec::new();
        for key in std::mem::take(&mut self.unsaved) {
            if let Some(ban) = self.remove(&key).filter(|ban| ban.holds(now)) {
                new.add(ban, now);
                kept.push(key);
            }
        }
        kept
    }

    /// Lifts all of them.
    pub fn clear(&mut self) {
        *self = Bans {
            made: self.made,
            ..Bans::default()
        };
    }

    pub fn remove(&mut self, key: &Key) -> Option<Ban> {
        let ban = self.all.remove(key)?;
        match key {
            Key::NickIp(nick, ip) => {
                forget(&mut self.ips_of, nick, ip);
                forget(&mut self.nicks_of, ip, nick);
            }
            Key::Range(from, to) => self.ranges.remove((*from, *to)),
            Key::Prefix(_) => self.prefixes -= 1,
            Key::Host(..) => self.hosts -= 1,
            Key::Ip(_) | Key::Nick(_) | Key::Share(_) => {}
        }
        Some(ban)
    }

    fn index(&mut self, key: &Key) {
        match key {
            Key::NickIp(nick, ip) => {
                self.ips_of.entry(nick.clone()).or_default().push(*ip);
                self.nicks_of.entry(*ip).or_default().push(nick.clone());
            }
            Key::Range(from, to) => self.ranges.add((*from, *to)),
            Key::Prefix(_) => self.prefixes += 1,
            Key::Host(..) => self.hosts += 1,
            Key::Ip(_) | Key::Nick(_) | Key::Share(_) => {}
        }
    }

    /// How often some were made: who was let in when it was the same is still welcome.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Whether a ban is about names of hosts.
    pub fn has_hosts(&self) -> bool {
        self.hosts > 0
    }

    /// The ban that keeps out this nick from this address. Of several the temporary one with
    /// the latest end, then one for good.
    pub fn find(
        &mut self,
        nick: &NickKey,
        (ip, host): (IpAddr, &[u8]),
        guest: bool,
        now: i64,
    ) -> Option<&Ban> {
        let keys = self.keys_of(nick, (ip, host), guest);
        self.hit(keys, now)
    }

    /// Whether there is one, without noting that it was met.
    pub fn hold(&self, nick: &NickKey, (ip, host): (IpAddr, &[u8]), guest: bool, now: i64) -> bool {
        let keys = self.keys_of(nick, (ip, host), guest);
        let mut bans = keys.iter().filter_map(|key| self.all.get(key));
        bans.any(|ban| ban.holds(now))
    }

    /// Keys of all bans that may be about somebody.
    fn keys_of(&self, nick: &NickKey, (ip, host): (IpAddr, &[u8]), guest: bool) -> Vec<Key> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let mut keys = self.by_nick(nick);
        keys.extend(self.by_ip(ip));
        keys.extend(self.by_range(ip));
        if self.has_hosts() {
            keys.extend(by_host(host));
        }
        if guest {
            keys.extend(self.by_prefix(nick));
        }
        keys
    }

    /// The ban of a share.
    pub fn find_share(&mut self, share: u64, now: i64) -> Option<&Ban> {
        self.hit(vec![Key::Share(share)], now)
    }

    /// The ban of a host's name.
    pub fn find_host(&mut self, host: &[u8], now: i64) -> Option<&Ban> {
        self.hit(by_host(host).collect(), now)
    }

    fn hit(&mut self, keys: Vec<Key>, now: i64) -> Option<&Ban> {
        let held = keys.into_iter().filter_map(|key| {
            let ban = self.all.get(&key).filter(|ban| ban.holds(now))?;
            Some((ban.until, key))
        });
        let (_, key) = held.max_by_key(|(until, _)| until.unwrap_or(0))?;
        let ban = self.all.get_mut(&key)?;
        if now.saturating_sub(ban.last_hit) >= HIT_EVERY {
            self.hits.extend(ban.rows.first().cloned());
        }
        ban.last_hit = now;
        Some(ban)
    }

    /// Keys of the bans that hold and that a value of this kind is about: what an operator
    /// lifts. Each form that a ban can be made in is one.
    pub fn about(&self, kind: Kind, value: &[u8], now: i64) -> Vec<Key> {
        let nick = NickKey::of(value);
        let text = str::from_utf8(value).unwrap_or_default();
        let ip: Option<IpAddr> = text.parse().ok();
        let share = text.parse().ok();
        let by_ip = || ip.map_or_else(Vec::new, |ip| self.by_ip(ip));
        let range = parse_range(value).map(|(from, to)| Key::Range(number(from), number(to)));
        let mut keys = match kind {
            Kind::NickIp => {
                let mut keys = self.by_nick(&nick);
                keys.extend(by_ip());
                keys.extend(range);
                keys
            }
            Kind::Nick => self.by_nick(&nick),
            Kind::Ip => by_ip().into_iter().chain(range).collect(),
            Kind::Range => {
                let mut keys = ip.map_or_else(Vec::new, |ip| self.by_range(ip));
                // That of a single address covers it, too.
                keys.extend(range.filter(|_| ip.is_none()));
                keys
            }
            Kind::Share => share.map(Key::Share).into_iter().collect(),
            Kind::Prefix => self.by_prefix(&nick),
            Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => {
                let part = kind.part_of(value);
                part.map(|part| Key::Host(kind as u8, part))
                    .into_iter()
                    .collect()
            }
        };
        let by_nick = |(_, ban): &(&Key, &Ban)| {
            let asked = kind == Kind::NickIp || ban.whom.kind() == kind;
            asked && ban.made_for().is_some_and(|of| NickKey::of(of) == nick)
        };
        keys.extend(self.all.iter().filter(by_nick).map(|(key, _)| key.clone()));
        self.in_force(keys, now)
    }

    /// Keys of the bans in force that a value may be, of whatever kind it is: what `!unban` lifts. A
    /// part of a host's name is one as it was banned only, so that no host lifts the ban of all
    /// that end as it does.
    pub fn meant(&self, value: &[u8], now: i64) -> Vec<Key> {
        let mut keys = self.about(Kind::NickIp, value, now);
        keys.extend(self.about(Kind::Share, value, now));
        if parse_range(value).is_none() {
            let bare = bare_part(value);
            let whole = |key: &Key| matches!(key, Key::Host(_, part) if bare_part(part) == bare);
            keys.extend(by_host(value).filter(whole));
        }
        self.in_force(keys, now)
    }

    /// Keys of all bans in force that keep out whoever has this as nick, address, host or
    /// share; of a range, those that cover the whole of it. `host`: what is known of it beside.
    pub fn covering(&self, value: &[u8], host: &[u8], now: i64) -> Vec<Key> {
        let mut keys = self.about(Kind::NickIp, value, now);
        if let Some((from, to)) = parse_range(value) {
            let end = number(to);
            let whole = |key: &Key| matches!(key, Key::Range(_, last) if *last >= end);
            keys.extend(self.by_range(from).into_iter().filter(whole));
        }
        keys.extend(self.by_prefix(&NickKey::of(value)));
        keys.extend(self.about(Kind::Share, value, now));
        // An address has dots too, but is no name of a host.
        let named = parse_range(value).is_none();
        keys.extend(by_host(value).filter(|_| named).chain(by_host(host)));
        self.in_force(keys, now)
    }

    /// Those of bans that hold, each once.
    fn in_force(&self, mut keys: Vec<Key>, now: i64) -> Vec<Key> {
        keys.retain(|key| self.get(key).is_some_and(|ban| ban.holds(now)));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    pub fn get(&self, key: &Key) -> Option<&Ban> {
        self.all.get(key)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The bans that hold, newest first.
    pub fn newest(&self, most: usize, now: i64) -> Vec<&Ban> {
        let order = |a: &(&Key, &Ban), b: &(&Key, &Ban)| (b.1.start, a.0).cmp(&(a.1.start, b.0));
        let held = self.all.iter().filter(|(_, ban)| ban.holds(now));
        let mut bans: Vec<(&Key, &Ban)> = held.collect();
        // Of very many only a few are put in order.
        if most < bans.len() {
            bans.select_nth_unstable_by(most, order);
            bans.truncate(most);
        }
        bans.sort_unstable_by(order);
        bans.into_iter().map(|(_, ban)| ban).collect()
    }

    /// Forgets what ended before then.
    pub fn sweep(&mut self, before: i64) {
        let over = |ban: &Ban| ban.until.is_some_and(|until| until < before);
        let old = self.all.iter().filter(|(_, ban)| over(ban));
        let keys: Vec<Key> = old.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.remove(&key);
        }
    }

    fn by_nick(&self, nick: &NickKey) -> Vec<Key> {
        let pairs = self.ips_of.get(nick).into_iter().flatten();
        let pairs = pairs.map(|ip| Key::NickIp(nick.clone(), *ip));
        let mut keys = vec![Key::Nick(nick.clone())];
        keys.extend(pairs);
        keys
    }

    fn by_ip(&self, ip: IpAddr) -> Vec<Key> {
        let ip = ip.to_canonical();
        let pairs = self.nicks_of.get(&ip).into_iter().flatten();
        let pairs = pairs.map(|nick| Key::NickIp(nick.clone(), ip));
        let mut keys = vec![Key::Ip(ip)];
        keys.extend(pairs);
        keys
    }

    fn by_range(&self, ip: IpAddr) -> Vec<Key> {
        let n = number(ip);
        // IPv4 lies within IPv6 here, but who bans `::/64` does not mean it.
        let found = (self.ranges.covering(n)).filter(|(from, _)| is_v4(*from) == is_v4(n));
        found.map(|(from, to)| Key::Range(from, to)).collect()
    }

    fn by_prefix(&self, nick: &NickKey) -> Vec<Key> {
        if self.prefixes == 0 {
            return Vec::new();
        }
        let prefixes = (1..=nick.0.len()).map(|n| Key::Prefix(NickKey(nick.0.slice(..n))));
        prefixes.filter(|key| self.all.contains_key(key)).collect()
    }
}

/// A part of a host's name without what operators are shown of the rest: `org` of `*.org`, `bad`
/// of `bad.*`.
fn bare_part(part: &[u8]) -> Vec<u8> {
    let part = part.strip_prefix(b"*").unwrap_or(part);
    let part = part.strip_prefix(b".").unwrap_or(part);
    part.strip_suffix(b".*")
        .unwrap_or(part)
        .to_ascii_lowercase()
}

/// The keys of all bans that a host's name may be met by.
fn by_host(host: &[u8]) -> impl Iterator<Item = Key> + '_ {
    (Kind::HOSTS.into_iter()).filter_map(|kind| Some(Key::Host(kind as u8, kind.part_of(host)?)))
}

fn forget<K: std::hash::Hash + Eq, V: PartialEq>(
    map: &mut Map<K, SmallVec<[V; 1]>>,
    key: &K,
    value: &V,
) {
    if let Some(values) = map.get_mut(key) {
        values.retain(|v| v != value);
        if values.is_empty() {
            map.remove(key);
        }
    }
}

/// Ranges of numbers, sorted by their beginnings.
#[derive(Default)]
struct Ranges {
    sorted: Vec<(u128, u128)>,
    /// The highest end up to here: how far back a look-up must go.
    reach: Vec<u128>,
}

impl Ranges {
    fn add_all(&mut self, ranges: impl Iterator<Item = (u128, u128)>) {
        self.sorted.extend(ranges);
        self.sorted.sort_unstable();
        self.sorted.dedup();
        self.renew(0);
    }

    fn add(&mut self, range: (u128, u128)) {
        let at = self.sorted.partition_point(|r| *r < range);
        if self.sorted.get(at) == Some(&range) {
            return;
        }
        self.sorted.insert(at, range);
        self.renew(at);
    }

    fn remove(&mut self, range: (u128, u128)) {
        if let Ok(at) = self.sorted.binary_search(&range) {
            self.sorted.remove(at);
            self.renew(at);
        }
    }

    fn renew(&mut self, from: usize) {
        self.reach.truncate(from);
        let mut highest = self.reach.last().copied().unwrap_or(0);
        for (_, end) in self.sorted.iter().skip(from) {
            highest = highest.max(*end);
            self.reach.push(highest);
        }
    }

    fn covering(&self, n: u128) -> impl Iterator<Item = (u128, u128)> + '_ {
        let end = self.sorted.partition_point(|(from, _)| *from <= n);
        let head = self.sorted.iter().zip(&self.reach).take(end).rev();
        head.take_while(move |(_, reach)| **reach >= n)
            .map(|(range, _)| *range)
            .filter(move |(_, to)| *to >= n)
    }
}

/// An address as a number; IPv4 within IPv6.
fn number(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn is_v4(number: u128) -> bool {
    number >> 32 == 0xffff
}

#[cfg(test)]
#[path = "bans_tests.rs"]
mod tests;

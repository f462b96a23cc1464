//! Bans as rows of `banlist`, and what the hub has written down of bans, kicks and drops.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;

use crate::io::ConnId;
use crate::reg::{BanRow, KickRow, Lifted, StoreOp, StoreReply};

use super::banning::parse_range;
use super::bans::{Ban, Bans, Kind, RowKey, Whom};
use super::rights::Needs;
use super::{Hub, NickKey, cat};

/// What stands in the other half of a key, by the original's conventions.
const IP: &[u8] = b"_ipban_";
const NICK: &[u8] = b"_nickban_";
const RANGE: &[u8] = b"_rangeban_";
const SHARE: &[u8] = b"_shareban_";
const PREFIX: &[u8] = b"_prefixban_";

fn host_mark(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Host1 => b"_host1ban_",
        Kind::Host2 => b"_host2ban_",
        Kind::Host3 => b"_host3ban_",
        _ => b"_hostr1ban_",
    }
}

/// How long, in seconds, and how many kicks and drops are remembered for a ban that follows.
pub(super) const KICKS_SECS: i64 = 3000;
const MOST_KICKS: usize = 1000;

impl Ban {
    /// The row's key that the ban has in the database, or would have.
    pub fn row_key(&self) -> RowKey {
        if let Some(key) = self.rows.first() {
            return key.clone();
        }
        let text = |ip: &IpAddr| Bytes::from(ip.to_canonical().to_string());
        let mark = Bytes::from_static;
        match &self.whom {
            Whom::NickIp(nick, ip) => (text(ip), nick.clone()),
            Whom::Ip(ip) => (text(ip), mark(IP)),
            Whom::Nick(nick) => (mark(NICK), nick.clone()),
            Whom::Range(from, to) => (cat![text(from), "-", text(to)], mark(RANGE)),
            Whom::Share(share) => (share.to_string().into(), mark(SHARE)),
            Whom::Prefix(nick) => (mark(PREFIX), nick.clone()),
            Whom::Host(kind, part) => (mark(host_mark(*kind)), part.clone()),
        }
    }

    /// The ban as it is stored.
    pub fn to_row(&self) -> BanRow {
        let (ip, nick) = self.row_key();
        let number = |ip: &IpAddr| match ip.to_canonical() {
            IpAddr::V4(ip) => Some(i64::from(ip.to_bits())),
            // More than the column holds: such a range is read from its text.
            IpAddr::V6(_) => None,
        };
        let kind = self.whom.kind();
        BanRow {
            ip,
            nick,
            ban_type: kind as i64,
            host: self.host.clone(),
            range: match &self.whom {
                Whom::Range(from, to) => number(from).zip(number(to)),
                Whom::Ip(ip) | Whom::NickIp(_, ip) => number(ip).zip(number(ip)),
                _ => None,
            },
            date_start: self.start,
            date_limit: self.until.unwrap_or(0),
            last_hit: self.last_hit,
            nick_op: self.op.clone(),
            reason: self.reason.clone(),
            note_op: self.note_op.clone(),
            note_usr: self.note_usr.clone(),
            share_size: match &self.whom {
                Whom::Share(share) => share.to_string().into(),
                _ => Bytes::new(),
            },
        }
    }

    /// The ban of a row; none for what says nothing.
    pub fn from_row(row: BanRow) -> Option<Ban> {
        let whom = whom(&row)?;
        let rows = vec![(row.ip, row.nick)];
        Some(Ban {
            whom,
            reason: row.reason,
            op: row.nick_op,
            start: row.date_start,
            until: (row.date_limit != 0).then_some(row.date_limit),
            last_hit: row.last_hit,
            host: row.host,
            note_op: row.note_op,
            note_usr: row.note_usr,
            rows,
        })
    }
}

fn whom(row: &BanRow) -> Option<Whom> {
    let kind = Kind::from_flag(1 << u32::try_from(row.ban_type).ok().filter(|n| *n < 10)?)?;
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    let ip: Option<IpAddr> = text(&row.ip).parse().ok();
    let marked =
        |text: &Bytes| text.is_empty() || text.starts_with(b"_") && text.ends_with(b"ban_");
    let nick = (!marked(&row.nick)).then(|| row.nick.clone());
    Some(match kind {
        Kind::NickIp => match (nick, ip) {
            (Some(nick), Some(ip)) => Whom::NickIp(nick, ip),
            (Some(nick), None) => Whom::Nick(nick),
            (None, ip) => Whom::Ip(ip?),
        },
        Kind::Ip => Whom::Ip(ip?),
        Kind::Nick => Whom::Nick(nick?),
        Kind::Prefix => Whom::Prefix(nick?),
        Kind::Share => Whom::Share(text(&row.share_size).parse().ok()?),
        Kind::Range => {
            let v4 = |n: i64| Some(IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(n).ok()?)));
            let numbers = row.range.and_then(|(from, to)| v4(from).zip(v4(to)));
            let (from, to) = numbers.or_else(|| parse_range(&row.ip))?;
            // What the original makes of a text it does not understand.
            let nothing = from == to && from == IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            (from <= to && !nothing).then_some(Whom::Range(from, to))?
        }
        Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => {
            let part = kind.part_of(&nick?)?;
            Whom::Host(kind, part)
        }
    })
}

impl Bans {
    /// All bans of the database, and how many rows of it say nothing to this hub.
    pub fn load(rows: Vec<BanRow>, now: i64) -> (Bans, usize) {
        let mut bans = Bans::default();
        let all = rows.len();
        let known: Vec<Ban> = rows.into_iter().filter_map(Ban::from_row).collect();
        let unknown = all - known.len();
        bans.add_all(known, now);
        (bans, unknown)
    }
}

impl Hub {
    /// Has a ban that is in force written down; `text` is the operator's answer once it is.
    pub(super) fn keep_ban(&mut self, by: Option<ConnId>, ban: &Ban, text: Bytes) {
        let key = ban.whom.key();
        let Some(ban) = self.bans.get(&key) else {
            return;
        };
        let op = StoreOp::SaveBan {
            ban: Box::new(ban.to_row()),
        };
        self.store_ban(by, op, text, Some(key));
    }

    /// Has the store change bans; `text` is the answer to `by` once that is done, `ban` the one
    /// that is written, if it is one.
    pub(super) fn store_ban(
        &mut self,
        by: Option<ConnId>,
        op: StoreOp,
        text: Bytes,
        ban: Option<super::bans::Key>,
    ) {
        let parks = by.filter(|_| self.ctx.call.is_none());
        self.store(parks, Needs::Nothing, op, move |hub, reply| {
            hub.kept(by, &text, ban, &reply);
        });
    }

    /// Has lifted bans moved out of the way; `text` is the operator's answer once they are.
    pub(super) fn keep_unban(
        &mut self,
        by: Option<ConnId>,
        rows: Vec<RowKey>,
        text: Bytes,
        reason: Bytes,
    ) {
        if rows.is_empty() {
            self.reply_to(by, &text);
            self.answer(self.ctx, true);
            return;
        }
        let op = StoreOp::DelBans {
            bans: rows,
            lifted: Lifted {
                when: self.now.unix_secs(),
                op: by.map_or_else(
                    || self.config.identity.hub_security.clone(),
                    |id| self.nick_of(id),
                ),
                reason,
            },
        };
        self.store_ban(by, op, text, None);
    }

    /// A script lifted a temporary ban; that of a kick must not be back after a restart.
    pub(super) fn temp_ban_lifted(&mut self, found: bool, kicked: Option<(NickKey, IpAddr)>) {
        match kicked {
            Some(pair) => {
                let rows = self.row_of_kick(pair).into_iter().collect();
                self.keep_unban(None, rows, Bytes::new(), Bytes::new());
            }
            None => self.answer(self.ctx, found),
        }
    }

    /// The row of a kick's ban that is lifted, unless an operator's ban has the same: that one
    /// is written down again as it is.
    pub(super) fn row_of_kick(&mut self, (nick, ip): (NickKey, IpAddr)) -> Option<RowKey> {
        let whom = Whom::NickIp(nick.0, ip);
        let Some(ban) = self.bans.get(&whom.key()) else {
            let Whom::NickIp(nick, ip) = whom else {
                return None;
            };
            return Some((ip.to_canonical().to_string().into(), nick));
        };
        let ban = Box::new(ban.to_row());
        self.store_and_forget(StoreOp::SaveBan { ban });
        None
    }

    /// The store has answered. What failed holds in memory all the same: nobody gets in
    /// because a disk is full.
    fn kept(
        &mut self,
        by: Option<ConnId>,
        text: &Bytes,
        ban: Option<super::bans::Key>,
        reply: &StoreReply,
    ) {
        let ctx = self.ctx;
        if let StoreReply::Failed(why) = reply {
            if let Some(key) = ban {
                self.bans.not_saved(key);
            }
            let why = cat![
                text,
                "\r\nThis holds until the hub ends only: ",
                why.as_bytes()
            ];
            self.reply_to(by, &why);
            self.answer(ctx, false);
            return;
        }
        self.reply_to(by, text);
        self.answer(ctx, true);
    }

    /// Has the times of refused logins written down.
    pub(super) fn keep_hits(&mut self) {
        let when = self.now.unix_secs();
        for (ip, nick) in self.bans.take_hits() {
            self.store_and_forget(StoreOp::HitBan { ip, nick, when });
        }
    }

    /// Has a kick or drop written down.
    pub(super) fn keep_kick(&mut self, victim: ConnId, op: &Bytes, reason: &Bytes, is_drop: bool) {
        let Some(c) = self.conns.get(&victim) else {
            return;
        };
        let kick = Box::new(KickRow {
            nick: c.nick.clone(),
            time: self.now.unix_secs(),
            ip: c.ip_text.clone(),
            host: self.host_of(victim),
            share_size: c.share.to_string().into(),
            reason: reason.clone(),
            op: op.clone(),
            is_drop,
        });
        self.kicks.push_back(KickRow::clone(&kick));
        let since = kick.time.saturating_sub(KICKS_SECS);
        while self.kicks.len() > MOST_KICKS || self.kicks.front().is_some_and(|k| k.time < since) {
            self.kicks.pop_front();
        }
        let within = i64::from(self.config.users.tban_kick);
        self.store_and_forget(StoreOp::AddKick { kick, within });
    }

    /// Has the ban of a kick written down. Until the hub ends it is in memory only; from then
    /// on it is a ban like others. One that lasts longer stays as it is.
    pub(super) fn keep_kick_ban(
        &mut self,
        victim: ConnId,
        op: &Bytes,
        reason: &Bytes,
        seconds: u64,
        [note_usr, note_op]: [Bytes; 2],
    ) {
        let Some(c) = self.conns.get(&victim) else {
            return;
        };
        let whom = Whom::NickIp(c.nick.clone(), c.ip);
        let ban = Ban {
            note_usr,
            note_op,
            host: self.host_of(victim),
            ..self.new_ban(whom, reason.clone(), op.clone(), seconds)
        };
        let longer = |old: &Ban| match (old.until, ban.until) {
            (None, _) => true,
            (Some(old), Some(new)) => old >= new,
            (Some(_), None) => false,
        };
        if self.bans.get(&ban.whom.key()).is_some_and(longer) {
            return;
        }
        let ban = Box::new(ban.to_row());
        self.store_and_forget(StoreOp::SaveBan { ban });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ban_type: i64, ip: &'static str, nick: &'static str) -> BanRow {
        BanRow {
            ip: ip.into(),
            nick: nick.into(),
            ban_type,
            note_op: "note".into(),
            host: "host".into(),
            date_start: 5,
            ..BanRow::default()
        }
    }

    #[test]
    fn the_originals_rows_are_bans_and_stay_what_they_are() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let range = Some((0x0102_0300, 0x0102_03ff));
        let rows = [
            (
                row(0, "1.2.3.4", "ann"),
                Some(Whom::NickIp("ann".into(), ip("1.2.3.4"))),
            ),
            (row(0, "", "ann"), Some(Whom::Nick("ann".into()))),
            (row(0, "1.2.3.4", ""), Some(Whom::Ip(ip("1.2.3.4")))),
            (row(1, "1.2.3.4", "_ipban_"), Some(Whom::Ip(ip("1.2.3.4")))),
            (row(1, "fd00::1", "_ipban_"), Some(Whom::Ip(ip("fd00::1")))),
            (row(2, "_nickban_", "ann"), Some(Whom::Nick("ann".into()))),
            (
                BanRow {
                    range,
                    ..row(3, "whatever", "_rangeban_")
                },
                Some(Whom::Range(ip("1.2.3.0"), ip("1.2.3.255"))),
            ),
            (
                row(3, "fd00::1-fd00::5", "_rangeban_"),
                Some(Whom::Range(ip("fd00::1"), ip("fd00::5"))),
            ),
            (
                BanRow {
                    range: Some((0, 0)),
                    ..row(3, "nonsense", "_rangeban_")
                },
                None,
            ),
            (
                BanRow {
                    share_size: "77".into(),
                    ..row(7, "x", "_shareban_")
                },
                Some(Whom::Share(77)),
            ),
            (row(8, "_prefixban_", "an"), Some(Whom::Prefix("an".into()))),
            (
                row(4, "_host1ban_", ".com"),
                Some(Whom::Host(Kind::Host1, ".com".into())),
            ),
            (
                row(6, "_host3ban_", ".a.b.com"),
                Some(Whom::Host(Kind::Host3, ".a.b.com".into())),
            ),
            (
                row(9, "_hostr1ban_", "x"),
                Some(Whom::Host(Kind::HostR1, "x".into())),
            ),
            (row(5, "_host2ban_", ".com"), None),
            (row(10, "1.2.3.4", "ann"), None),
            (row(-1, "1.2.3.4", "ann"), None),
            (row(1, "_nickban_", "ann"), None),
        ];
        for (row, whom) in rows {
            let ban = Ban::from_row(row.clone());
            assert_eq!(ban.as_ref().map(|b| b.whom.clone()), whom, "{row:?}");
            if let Some(ban) = ban {
                let again = ban.to_row();
                assert_eq!(
                    (again.ip, again.nick, again.host),
                    (row.ip, row.nick, row.host)
                );
                assert_eq!((again.note_op, again.date_limit), ("note".into(), 0));
            }
        }
    }

    #[test]
    fn our_own_bans_come_back() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for whom in [
            Whom::NickIp("Ann".into(), ip("1.2.3.4")),
            Whom::NickIp("Ann".into(), ip("fd00::9")),
            Whom::Ip(ip("200.2.3.4")),
            Whom::Nick("Ann".into()),
            Whom::Range(ip("1.2.3.4"), ip("1.2.3.4")),
            Whom::Range(ip("0.0.0.0"), ip("255.255.255.255")),
            Whom::Range(ip("fd00::"), ip("fd00::ff")),
            Whom::Share(u64::from(u32::MAX) * 7),
            Whom::Prefix("[x]".into()),
            Whom::Host(Kind::Host1, ".com".into()),
            Whom::Host(Kind::Host2, ".b.com".into()),
            Whom::Host(Kind::Host3, ".a.b.com".into()),
            Whom::Host(Kind::HostR1, "dyn-1".into()),
        ] {
            let ban = Ban {
                whom,
                reason: "r".into(),
                op: "op".into(),
                start: 7,
                until: Some(9),
                last_hit: 8,
                host: Bytes::new(),
                note_op: Bytes::new(),
                note_usr: Bytes::new(),
                rows: Vec::new(),
            };
            let back = Ban::from_row(ban.to_row()).unwrap();
            assert_eq!(back.rows, [ban.row_key()]);
            assert_eq!(
                Ban {
                    rows: Vec::new(),
                    ..back
                },
                ban
            );
        }
    }
}

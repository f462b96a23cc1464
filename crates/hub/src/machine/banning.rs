//! Bans at work: who is refused, who makes them, who lifts them.

use std::net::IpAddr;

use bytes::Bytes;

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::ConnId;
use crate::reg::{Listing, StoreOp};

use super::bans::{Ban, Kind, RowKey, Whom};
use super::hosts::{AboutBan, Wanted};
use super::rights::Needs;
use super::tempban::{Cause, LONGEST, TempBan, span};
use super::{Hub, NickKey, cat};

/// Bans that ended are kept for so many seconds.
pub(super) const KEEP_ENDED: i64 = 7 * 86_400;

impl Hub {
    // ---- at the door ---------------------------------------------------------------------

    /// Whether a ban keeps this nick out; refuses it.
    pub(super) fn banned(&mut self, id: ConnId, nick: &NickKey, class: i32) -> bool {
        if class >= self.config.users.ban_bypass_class {
            return false;
        }
        let now = self.now.unix_secs();
        let Some(ip) = self.conns.get(&id).map(|c| c.ip) else {
            return false;
        };
        let host = self.host_of(id);
        let found = self.bans.find(nick, (ip, &host), class == 0, now);
        let Some(ban) = found.cloned() else {
            return false;
        };
        self.keep_hits();
        self.refuse(id, &ban, CloseReason::InvalidUser);
        true
    }

    /// Whether a newcomer's share is banned; refuses him.
    pub(super) fn share_banned(&mut self, id: ConnId, share: u64) -> bool {
        let now = self.now.unix_secs();
        let class = self.conns.get(&id).map_or(0, |c| c.theoretical_class());
        if share == 0 || class > 1 {
            return false;
        }
        let Some(ban) = self.bans.find_share(share, now).cloned() else {
            return false;
        };
        self.keep_hits();
        self.refuse(id, &ban, CloseReason::Kicked);
        true
    }

    pub(super) fn refuse(&mut self, id: ConnId, ban: &Ban, why: CloseReason) {
        let text = self.ban_notice(ban);
        self.close(id, why, text);
    }

    /// What the banned user is told.
    fn ban_notice(&self, ban: &Ban) -> Bytes {
        let heading = match ban.until {
            Some(_) => "You are banned from this hub for a while.",
            None => "You are banned from this hub.",
        };
        let mut text = cat![heading, whom_lines(&ban.whom)].to_vec();
        if !ban.reason.is_empty() {
            text.extend_from_slice(&cat!["\r\nReason: ", ban.reason]);
        }
        let extra = &self.config.messages.ban_extra_message;
        if !extra.is_empty() {
            text.extend_from_slice(&cat!["\r\n", extra]);
        }
        let left = self.remaining(ban);
        text.extend_from_slice(&cat!["\r\nRemaining: ", left]);
        if !ban.note_usr.is_empty() {
            text.extend_from_slice(&cat!["\r\n", ban.note_usr]);
        }
        text.into()
    }

    fn remaining(&self, ban: &Ban) -> String {
        match ban.until {
            Some(until) => span(until.saturating_sub(self.now.unix_secs()).unsigned_abs()),
            None => "for good".to_owned(),
        }
    }

    /// What operators see of a ban.
    pub(super) fn ban_row(&self, ban: &Ban) -> Bytes {
        let age = self.now.unix_secs().saturating_sub(ban.start);
        cat![
            whom_lines(&ban.whom),
            ban.made_for()
                .map_or_else(Bytes::new, |nick| cat!["\r\nMade for: ", nick]),
            "\r\nReason: ",
            ban.reason,
            "\r\nOperator: ",
            ban.op,
            "\r\nSet: ",
            span(age.unsigned_abs()),
            " ago\r\nRemaining: ",
            self.remaining(ban),
            ban.until.map_or_else(String::new, |until| format!(
                ", until {}",
                self.local(until)
            ))
        ]
    }

    // ---- made ----------------------------------------------------------------------------

    /// `vh.Ban`: bans an online user and closes his connection; answered when it is stored.
    pub(super) fn ban_by_script(
        &mut self,
        op: Bytes,
        nick: &[u8],
        reason: Bytes,
        seconds: i64,
        kind: i64,
    ) {
        let by_host = Kind::from_flag(kind).is_some_and(Kind::is_host);
        match self.user_of(nick).filter(|_| by_host) {
            Some(id) => {
                let nick = Bytes::copy_from_slice(nick);
                self.want_host(id, Wanted::Ban(op, nick, reason, seconds, kind));
            }
            None => self.ban_with_host(op, nick, reason, seconds, kind),
        }
    }

    /// The same when the name of the host is known, if there is one and it is needed.
    pub(super) fn ban_with_host(
        &mut self,
        op: Bytes,
        nick: &[u8],
        reason: Bytes,
        seconds: i64,
        kind: i64,
    ) {
        let target = self.user_of(nick).zip(Kind::from_flag(kind));
        let target = target.and_then(|(id, kind)| Some((id, self.whom_of(id, kind)?)));
        let seconds = u64::try_from(seconds).ok().filter(|s| *s <= LONGEST);
        let (Some((id, whom)), Some(seconds)) = (target, seconds) else {
            self.answer(self.ctx, false);
            return;
        };
        let ban = (self.new_ban(whom, reason, op, seconds)).made_by_nick(&self.nick_of(id));
        self.bans.add(ban.clone(), ban.start);
        self.refuse(id, &ban, CloseReason::Kicked);
        self.keep_ban(None, &ban, Bytes::new());
    }

    /// A ban that begins now; 0 seconds are for good, others no more than [`LONGEST`].
    pub(super) fn new_ban(&self, whom: Whom, reason: Bytes, op: Bytes, seconds: u64) -> Ban {
        let start = self.now.unix_secs();
        let seconds = seconds.min(LONGEST);
        Ban {
            whom,
            reason,
            op,
            start,
            until: (seconds > 0).then(|| start.saturating_add_unsigned(seconds)),
            last_hit: 0,
            host: Bytes::new(),
            note_op: Bytes::new(),
            note_usr: Bytes::new(),
            rows: Vec::new(),
        }
    }

    /// What a ban of this kind of an online user is about.
    pub(super) fn whom_of(&self, id: ConnId, kind: Kind) -> Option<Whom> {
        let c = self.conns.get(&id)?;
        Some(match kind {
            Kind::NickIp => Whom::NickIp(c.nick.clone(), c.ip),
            Kind::Ip => Whom::Ip(c.ip),
            Kind::Nick => Whom::Nick(c.nick.clone()),
            Kind::Range => {
                let (from, to) = neighbours(c.ip);
                Whom::Range(from, to)
            }
            Kind::Share if c.share > 0 => Whom::Share(c.share),
            Kind::Prefix => Whom::Prefix(c.nick.clone()),
            Kind::Share => return None,
            Kind::Host1 | Kind::Host2 | Kind::Host3 | Kind::HostR1 => {
                Whom::Host(kind, kind.part_of(&self.host_of(id))?)
            }
        })
    }

    /// `!ban` and its family: asks the scripts.
    pub(super) fn begin_ban(&mut self, by: ConnId, ban: Ban) {
        let (ip, nick) = match &ban.whom {
            Whom::NickIp(nick, ip) => (ip.to_string().into(), nick.clone()),
            Whom::Ip(ip) => (ip.to_string().into(), Bytes::new()),
            Whom::Range(from, to) => (format!("{from}-{to}").into(), Bytes::new()),
            Whom::Nick(nick) | Whom::Prefix(nick) => (Bytes::new(), nick.clone()),
            Whom::Share(share) => (Bytes::new(), share.to_string().into()),
            Whom::Host(_, part) => (Bytes::new(), part.clone()),
        };
        let event = Event::NewBan {
            op: ban.op.clone(),
            ip,
            nick,
            reason: ban.reason.clone(),
        };
        self.ask_about(
            by,
            Hook::NewBan,
            Needs::Command,
            |_| event,
            move |hub, verdict| {
                hub.ban_judged(by, ban, verdict.allow);
            },
        );
    }

    fn ban_judged(&mut self, by: ConnId, ban: Ban, allow: bool) {
        if !allow {
            self.notice(by, "A script refused the ban.");
            return;
        }
        if !self.may_ban(by, &ban) {
            return;
        }
        self.bans.add(ban.clone(), self.now.unix_secs());
        let row = self.ban_row(&ban);
        self.keep_ban(Some(by), &ban, cat!["Banned:", row]);
        if self.config.users.notify_kicks_to_all >= 0 {
            let because = if ban.reason.is_empty() {
                ""
            } else {
                " because: "
            };
            let whom = whom_text(&ban.whom);
            let text = cat![ban.op, " banned ", whom, because, ban.reason];
            self.announce_kick(Some(by), &text);
        }
        self.throw_out(by, &ban);
    }

    /// Whether an operator may make a ban now; says what is wrong. He and whom it is about may
    /// not be what they were when the scripts were asked.
    fn may_ban(&mut self, by: ConnId, ban: &Ban) -> bool {
        let (kind, own) = (ban.whom.kind(), self.conns.get(&by).map_or(-1, |c| c.class));
        let least = kind.least_class();
        if own < least {
            let text = format!("You need class {least} for {} bans.", kind.name());
            self.notice(by, text);
            return false;
        }
        match &ban.whom {
            Whom::NickIp(nick, _) | Whom::Nick(nick) if self.user_of(nick).is_some() => {
                self.kick_target(Some(by), &ban.op, nick, "ban").is_some()
            }
            _ => true,
        }
    }

    /// Closes the connections a new ban is about, but nobody's of the operator's class.
    fn throw_out(&mut self, by: ConnId, ban: &Ban) {
        let Some(class) = self.conns.get(&by).map(|c| c.class) else {
            return;
        };
        let met = self.conns.values().filter(|c| {
            let host = self.host_of(c.id);
            c.id != by && c.theoretical_class() < class && ban.whom.meets(&c.key, c.ip, &host)
        });
        let mut ids: Vec<ConnId> = met.map(|c| c.id).collect();
        ids.sort_unstable();
        if matches!(ban.whom, Whom::Host(..)) {
            // Those whose hosts nobody has asked for yet follow when they are known.
            let mut all: Vec<ConnId> = self.conns.keys().copied().collect();
            all.sort_unstable();
            for id in all {
                self.look_up_host(id);
            }
        }
        for id in ids {
            self.refuse(id, ban, CloseReason::Kicked);
        }
    }

    /// The name of the host of somebody who is in already has become known: whether a ban is
    /// about it. Operators stay, as nobody may have meant them.
    pub(super) fn host_banned(&mut self, id: ConnId) {
        let host = self.host_of(id);
        let class = self.conns.get(&id).map_or(0, |c| c.theoretical_class());
        if class >= 3 || class >= self.config.users.ban_bypass_class {
            return;
        }
        let found = self.bans.find_host(&host, self.now.unix_secs());
        if let Some(ban) = found.cloned() {
            self.keep_hits();
            self.refuse(id, &ban, CloseReason::Kicked);
        }
    }

    // ---- lifted --------------------------------------------------------------------------

    /// `!unban` and its family. Kicks are lifted too, both halves.
    pub(super) fn unban(&mut self, by: ConnId, kind: Kind, value: Bytes, reason: Bytes) {
        self.with_host(AboutBan {
            by,
            kind,
            value,
            lift: Some(reason),
        });
    }

    fn unban_known(&mut self, by: ConnId, kind: Kind, value: &[u8], host: &[u8], reason: Bytes) {
        let now = self.now.unix_secs();
        let keys = match kind {
            Kind::NickIp => self.bans.meant(value, now),
            kind => self.bans.about(kind, value, now),
        };
        let mut count = 0;
        let mut text = Vec::new();
        let mut rows = Vec::new();
        for key in keys {
            if let Some(ban) = self.bans.remove(&key) {
                count += 1;
                text.extend_from_slice(&self.ban_row(&ban));
                rows.extend(ban.rows);
            }
        }
        if let Some(row) = self.lift_kick(kind, value) {
            count += 1;
            rows.push(row);
            text.extend_from_slice(&cat!["\r\nThe ban of a kick: ", value]);
        }
        let said = match count {
            0 => cat!["There is no ban of ", kind.what(), " ", value, "."],
            1 => "1 ban lifted.".into(),
            _ => format!("{count} bans lifted.").into(),
        };
        let text = cat![said, text, self.still_banned(value, host)];
        self.keep_unban(Some(by), rows, text, reason);
    }

    /// What keeps out somebody whose ban was to be lifted, and how to lift that.
    fn still_banned(&mut self, value: &[u8], host: &[u8]) -> Bytes {
        let mut text = Vec::new();
        for key in self.bans.covering(value, host, self.now.unix_secs()) {
            if let Some(ban) = self.bans.get(&key) {
                let (row, whom) = (self.ban_row(ban), unban_text(&ban.whom));
                text.extend_from_slice(&cat!["\r\nKept out by:", row, "\r\nLift it: ", whom]);
            }
        }
        for (left, reason) in self.really_kept_out(Kind::NickIp, value) {
            let why = cat!["\r\nKept out for a while, ", left, ": ", reason];
            text.extend_from_slice(&cat![why, "\r\nLift it: !deltempban ", value]);
        }
        text.into()
    }

    /// What is kept out in memory only: how long yet, and why.
    fn kept_out(&mut self, kind: Kind, value: &[u8]) -> Vec<(String, Bytes)> {
        self.kept_out_but(kind, value, |_| false)
    }

    /// The same without what a login has left behind for the next one while that user is in:
    /// nobody is kept out by it.
    fn really_kept_out(&mut self, kind: Kind, value: &[u8]) -> Vec<(String, Bytes)> {
        let is_in = self.user_of(value).is_some();
        self.kept_out_but(kind, value, |ban| is_in && ban.cause == Cause::Reconnect)
    }

    fn kept_out_but(
        &mut self,
        kind: Kind,
        value: &[u8],
        but: impl Fn(&TempBan) -> bool,
    ) -> Vec<(String, Bytes)> {
        let now = self.now.mono_ms;
        let of_nick = match kind {
            Kind::NickIp | Kind::Nick => self.nick_bans.find(&NickKey::of(value), now),
            _ => None,
        };
        let of_ip = match (kind, address(value)) {
            (Kind::NickIp | Kind::Ip, Some(ip)) => self.ip_bans.find(&ip, now),
            _ => None,
        };
        let found = of_nick.into_iter().chain(of_ip).filter(|ban| !but(ban));
        let told = found.map(|ban| match ban.until {
            u64::MAX => ("for good".to_owned(), ban.reason),
            until => (span(until.saturating_sub(now).div_ceil(1000)), ban.reason),
        });
        told.collect()
    }

    /// Both halves of a kick's ban; its row in the database.
    fn lift_kick(&mut self, kind: Kind, value: &[u8]) -> Option<RowKey> {
        let mut pair = None;
        if matches!(kind, Kind::NickIp | Kind::Nick) {
            pair = self.nick_bans.kicked(&NickKey::of(value));
        }
        if let (Kind::NickIp | Kind::Ip, Some(ip)) = (kind, address(value)) {
            pair = pair.or_else(|| self.ip_bans.kicked(&ip));
        }
        let (nick, ip) = pair?;
        if self.nick_bans.kicked(&nick).is_some() {
            self.nick_bans.remove(&nick);
        }
        if self.ip_bans.kicked(&ip).is_some() {
            self.ip_bans.remove(&ip);
        }
        self.row_of_kick((nick, ip))
    }

    /// `!tempban` and `!deltempban`: what is kept out in memory only.
    pub(super) fn temp_ban(&mut self, by: ConnId, kind: Kind, value: &[u8], lift: bool) {
        let found = self.kept_out(kind, value);
        if found.is_empty() {
            self.notice(by, cat!["There is no temporary ban of ", value, "."]);
            return;
        }
        let mut text = cat![
            value,
            if lift {
                " is let in again:"
            } else {
                " is kept out:"
            }
        ]
        .to_vec();
        for (left, reason) in found {
            text.extend_from_slice(&cat!["\r\n", left, ": ", reason]);
        }
        if !lift {
            self.notice(by, text);
            return;
        }
        // The ban of a kick is a row too, and keeps out nick and address.
        let row = self.lift_kick(kind, value);
        if matches!(kind, Kind::NickIp | Kind::Nick) {
            self.nick_bans.remove(&NickKey::of(value));
        }
        if let (Kind::NickIp | Kind::Ip, Some(ip)) = (kind, address(value)) {
            self.ip_bans.remove(&ip);
        }
        let rows = row.into_iter().collect();
        self.keep_unban(Some(by), rows, text.into(), Bytes::new());
    }

    /// `!cleantempbans`.
    pub(super) fn clean_temp_bans(&mut self, by: ConnId) {
        let count = self.nick_bans.clear() + self.ip_bans.clear();
        self.notice(by, format!("{count} temporary bans are gone."));
    }

    /// `!cleanbanlist` and so on: at once here, and in the database.
    pub(super) fn clean(&mut self, by: ConnId, list: Listing) {
        let text = match list {
            Listing::Bans => {
                let count = self.bans.len();
                self.bans.clear();
                format!("{count} bans are gone.")
            }
            Listing::LiftedBans => "The list of lifted bans is empty now.".to_owned(),
            Listing::Kicks => {
                self.kicks.clear();
                "The list of kicks is empty now.".to_owned()
            }
            Listing::Rights => {
                self.clear_rights();
                "All users have their usual rights again.".to_owned()
            }
        };
        self.store_ban(Some(by), StoreOp::Clean { list }, text.into(), None);
    }

    /// `!infoban` and its family.
    pub(super) fn info_ban(&mut self, by: ConnId, kind: Kind, value: Bytes) {
        self.with_host(AboutBan {
            by,
            kind,
            value,
            lift: None,
        });
    }

    /// Does what was asked about a nick or an address as soon as the name of its host is known, if
    /// it has one and bans are about such.
    fn with_host(&mut self, about: AboutBan) {
        let online = self.user_of(&about.value);
        let ip = address(&about.value).filter(|_| online.is_none() && self.bans.has_hosts());
        match ip {
            Some(ip) => self.ask_name_of(ip, about),
            None => {
                let host = online.map(|id| self.host_of(id)).unwrap_or_default();
                self.about_ban(about, &host);
            }
        }
    }

    pub(super) fn about_ban(&mut self, about: AboutBan, host: &[u8]) {
        let AboutBan {
            by, kind, value, ..
        } = about;
        match about.lift {
            Some(reason) => self.unban_known(by, kind, &value, host, reason),
            None => self.info_ban_known(by, kind, &value, host),
        }
    }

    fn info_ban_known(&mut self, by: ConnId, kind: Kind, value: &[u8], host: &[u8]) {
        let now = self.now.unix_secs();
        let keys = match kind {
            // Whatever keeps him out.
            Kind::NickIp => self.bans.covering(value, host, now),
            kind => self.bans.about(kind, value, now),
        };
        let bans = keys.iter().filter_map(|k| self.bans.get(k).cloned());
        let bans: Vec<Ban> = bans.collect();
        let mut more = Vec::new();
        for (left, reason) in self.really_kept_out(kind, value) {
            let text = cat!["\r\nKept out for a while, ", left, ": ", reason];
            more.extend_from_slice(&text);
        }
        let nothing = cat!["There is no ban of ", kind.what(), " ", value, "."];
        self.show_bans(by, &bans, &nothing, &more);
    }

    /// `!lstban`.
    pub(super) fn list_bans(&mut self, by: ConnId, most: usize) {
        let bans = self.bans.newest(most, self.now.unix_secs());
        let bans: Vec<Ban> = bans.into_iter().cloned().collect();
        self.show_bans(by, &bans, b"There are no bans.", b"");
    }

    /// `nothing`: what is said when there are none; `more`: what stands behind them.
    fn show_bans(&mut self, by: ConnId, bans: &[Ban], nothing: &[u8], more: &[u8]) {
        let mut text = match bans.len() {
            0 => nothing.to_vec(),
            1 => b"1 ban found.".to_vec(),
            n => format!("{n} bans found.").into_bytes(),
        };
        for ban in bans {
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(&self.ban_row(ban));
        }
        text.extend_from_slice(more);
        self.private_notice(by, &text);
    }
}

/// Lines that say whom a ban is about.
fn whom_lines(whom: &Whom) -> Bytes {
    match whom {
        Whom::NickIp(nick, ip) => cat!["\r\nNick: ", nick, "\r\nIP: ", ip.to_string()],
        Whom::Ip(ip) => cat!["\r\nIP: ", ip.to_string()],
        Whom::Nick(nick) => cat!["\r\nNick: ", nick],
        Whom::Range(from, to) => cat!["\r\nIP range: ", format!("{from} - {to}")],
        Whom::Share(share) => {
            let exact = match *share < 1024 {
                true => String::new(),
                false => format!(" ({share} bytes)"),
            };
            cat!["\r\nShare: ", super::entry::size(*share), exact]
        }
        Whom::Prefix(nick) => cat!["\r\nNick prefix: ", nick],
        Whom::Host(Kind::HostR1, part) => cat!["\r\nHost: ", part, ".*"],
        Whom::Host(_, part) => cat!["\r\nHost: *", part],
    }
}

/// The command that lifts a ban.
fn unban_text(whom: &Whom) -> Bytes {
    let value: Bytes = match whom {
        Whom::NickIp(nick, _) | Whom::Nick(nick) | Whom::Prefix(nick) => nick.clone(),
        Whom::Ip(ip) => ip.to_string().into(),
        Whom::Range(from, to) => format!("{from}-{to}").into(),
        Whom::Share(share) => share.to_string().into(),
        Whom::Host(_, part) => part.clone(),
    };
    let name = match whom.kind() {
        Kind::NickIp => "",
        kind => kind.name(),
    };
    cat!["!unban", name, " ", value]
}

/// An address as typed.
fn address(text: &[u8]) -> Option<IpAddr> {
    let ip: IpAddr = str::from_utf8(text).ok()?.parse().ok()?;
    Some(ip.to_canonical())
}

/// The same in a few words, without addresses of single users.
fn whom_text(whom: &Whom) -> Bytes {
    match whom {
        Whom::NickIp(nick, _) | Whom::Nick(nick) => nick.clone(),
        Whom::Ip(_) => Bytes::from_static(b"an address"),
        Whom::Range(..) => Bytes::from_static(b"a range of addresses"),
        Whom::Share(share) => super::entry::size(*share).into(),
        Whom::Prefix(nick) => cat!["nicks beginning with ", nick],
        Whom::Host(_, part) => cat!["hosts called ", part],
    }
}

/// The addresses that differ from this one in the last part only: /24, or /64.
fn neighbours(ip: IpAddr) -> (IpAddr, IpAddr) {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            ([a, b, c, 0].into(), [a, b, c, 255].into())
        }
        IpAddr::V6(ip) => {
            let low = ip.to_bits() & !u128::from(u64::MAX);
            let high = low | u128::from(u64::MAX);
            (IpAddr::V6(low.into()), IpAddr::V6(high.into()))
        }
    }
}

/// `a-b`, `a..b`, `a/bits` or a single address: its first and last one. Blanks may stand around
/// what is between them, as the hub itself writes it.
pub(super) fn parse_range(text: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let text = str::from_utf8(text).ok()?;
    let ip = |t: &str| t.trim().parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
    if let Some((base, bits)) = text.split_once('/') {
        let bits: u32 = bits.trim().parse().ok()?;
        return match ip(base)? {
            IpAddr::V4(base) if bits <= 32 => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let low = base.to_bits() & !host;
                Some((IpAddr::V4(low.into()), IpAddr::V4((low | host).into())))
            }
            IpAddr::V6(base) if bits <= 128 => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let low = base.to_bits() & !host;
                Some((IpAddr::V6(low.into()), IpAddr::V6((low | host).into())))
            }
            _ => None,
        };
    }
    let (from, to) =
        (text.split_once("..").or_else(|| text.split_once('-'))).unwrap_or((text, text));
    let (from, to) = (ip(from)?, ip(to)?);
    (from.is_ipv4() == to.is_ipv4() && from <= to).then_some((from, to))
}

/// Whether a text is two addresses, or one and the bits that count, with what makes a range of
/// them; perhaps one that ends before it begins.
pub(super) fn is_pair(text: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(text) else {
        return false;
    };
    let ip = |t: &str| t.trim().parse::<IpAddr>().is_ok();
    let of_two = |by: &str| text.split_once(by).is_some_and(|(a, b)| ip(a) && ip(b));
    let with_bits = |(a, bits): (&str, &str)| ip(a) && bits.trim().parse::<u32>().is_ok();
    of_two("..") || of_two("-") || text.split_once('/').is_some_and(with_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_all_forms() {
        let range = |text: &str| parse_range(text.as_bytes()).map(|(a, b)| format!("{a} {b}"));
        for (text, want) in [
            ("1.2.3.4", "1.2.3.4 1.2.3.4"),
            ("1.2.3.0-1.2.4.5", "1.2.3.0 1.2.4.5"),
            ("1.2.3.0 - 1.2.4.5", "1.2.3.0 1.2.4.5"),
            ("1.2.3.9 / 24", "1.2.3.0 1.2.3.255"),
            ("1.2.3.0..1.2.4.5", "1.2.3.0 1.2.4.5"),
            ("1.2.3.9/24", "1.2.3.0 1.2.3.255"),
            ("1.2.3.9/32", "1.2.3.9 1.2.3.9"),
            ("1.2.3.9/0", "0.0.0.0 255.255.255.255"),
            ("fd00::1/120", "fd00:: fd00::ff"),
        ] {
            assert_eq!(range(text).as_deref(), Some(want), "{text}");
        }
        for bad in [
            "",
            "x",
            "1.2.3",
            "1.2.3.4/33",
            "1.2.3.4-1.2.3.3",
            "1.2.3.4-::1",
            "1.2.3.4/x",
        ] {
            assert_eq!(range(bad), None, "{bad}");
        }
        let (from, to) = neighbours("fd00::5:1".parse().unwrap());
        assert_eq!(format!("{from} {to}"), "fd00:: fd00::ffff:ffff:ffff:ffff");
    }
}

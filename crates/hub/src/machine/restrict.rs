//! What single users may not do for a while (chat, write privately, search, connect), and what
//! they may do though their class does not let them (kick, share nothing, register, read the
//! operator chat).
//!
//! Kept by nick, so that leaving and coming back does not help, and in `temp_rights`, so that a
//! restart does not either.

use bytes::Bytes;

use crate::io::ConnId;
use crate::reg::{RightsRow, StoreOp, StoreReply};
use crate::value::Value;

use super::rights::Needs;
use super::tempban::{NoSpan, parse_span, span};
use super::{Holder, Hub, Map, NickKey, cat};

/// What can be forbidden or allowed, in the order of the columns of `temp_rights`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Right {
    Chat,
    Search,
    Ctm,
    Pm,
    Kick,
    Share0,
    Reg,
    OpChat,
}

impl Right {
    const ALL: [Right; 8] = [
        Right::Chat,
        Right::Search,
        Right::Ctm,
        Right::Pm,
        Right::Kick,
        Right::Share0,
        Right::Reg,
        Right::OpChat,
    ];

    /// In the order of `vh.UserRestrictions`.
    const SCRIPTS: [Right; 4] = [Right::Chat, Right::Pm, Right::Search, Right::Ctm];

    /// Whether everybody may do it until it is denied; the others few may until it is granted.
    const fn is_denial(self) -> bool {
        matches!(self, Right::Chat | Right::Search | Right::Ctm | Right::Pm)
    }

    const fn what(self) -> &'static str {
        match self {
            Right::Chat => "write in main chat",
            Right::Pm => "write private messages",
            Right::Search => "search",
            Right::Ctm => "connect to other users",
            Right::Kick => "kick and drop users",
            Right::Share0 => "share less than others must",
            Right::Reg => "register users",
            Right::OpChat => "use the operator chat",
        }
    }

    /// The key in what `vh.UserRestrictions` returns.
    const fn name(self) -> &'static str {
        match self {
            Right::Chat => "chat",
            Right::Pm => "pm",
            Right::Search => "search",
            Right::Ctm => "ctm",
            Right::Kick => "kick",
            Right::Share0 => "share0",
            Right::Reg => "reg",
            Right::OpChat => "opchat",
        }
    }
}

/// From this class on nothing can be forbidden.
const FREE_CLASS: i32 = 5;
/// What the period "1" of a script stands for.
const WEEK: i64 = 604_800;
/// A denial without end.
const FOR_GOOD: i64 = i64::MAX;

/// What is decided about one nick.
#[derive(Clone, Default, Debug)]
struct Entry {
    nick: Bytes,
    op: Bytes,
    since: i64,
    /// For each right the second since 1970 until which it is denied or granted; 0: as usual.
    until: [i64; 8],
    /// The database did not take it.
    unsaved: bool,
}

impl Entry {
    fn of_row(row: RightsRow) -> Entry {
        let mut until = row.times;
        for (right, time) in Right::ALL.into_iter().zip(&mut until) {
            *time = match (*time, right.is_denial()) {
                (0, true) => FOR_GOOD,
                (time, _) if time <= 1 => 0,
                (time, _) => time,
            };
        }
        let (nick, op, since) = (row.nick, row.op, row.since);
        Entry {
            nick,
            op,
            since,
            until,
            unsaved: false,
        }
    }

    fn to_row(&self) -> RightsRow {
        let times = self.until.map(|until| match until {
            0 => 1,
            FOR_GOOD => 0,
            until => until,
        });
        RightsRow {
            nick: self.nick.clone(),
            op: self.op.clone(),
            since: self.since,
            times,
        }
    }
}

#[derive(Default)]
pub(super) struct Restrictions(Map<NickKey, Entry>);

impl Restrictions {
    pub fn load(rows: Vec<RightsRow>, now: i64) -> Restrictions {
        let entries = rows
            .into_iter()
            .map(|row| (NickKey::of(&row.nick), Entry::of_row(row)));
        let mut all = Restrictions(entries.collect());
        all.sweep(now);
        all
    }

    /// Until when a right is denied or granted, if it is.
    fn until(&self, key: &NickKey, right: Right, now: i64) -> Option<i64> {
        if self.0.is_empty() {
            return None;
        }
        let until = *self.0.get(key)?.until.get(right as usize)?;
        (until > now).then_some(until)
    }

    /// Denies or grants a right until then; 0 makes it as usual again.
    fn set(&mut self, nick: &[u8], right: Right, until: i64, op: &Bytes, now: i64) {
        let key = NickKey::of(nick);
        let entry = self.0.entry(key.clone()).or_insert_with(|| Entry {
            nick: Bytes::copy_from_slice(nick),
            ..Entry::default()
        });
        entry.op = op.clone();
        entry.since = now;
        if let Some(slot) = entry.until.get_mut(right as usize) {
            *slot = until;
        }
    }

    /// What is to be written down about a nick; forgets what is as usual.
    fn row(&mut self, key: &NickKey) -> Option<RightsRow> {
        let entry = self.0.get(key)?;
        let row = entry.to_row();
        if entry.until.iter().all(|u| *u == 0) {
            self.0.remove(key);
        }
        Some(row)
    }

    /// What is decided about all nicks.
    pub fn rows(&self) -> Vec<RightsRow> {
        self.0.values().map(Entry::to_row).collect()
    }

    /// Forgets what is over; the nicks that may no longer use the operator chat.
    pub fn sweep(&mut self, now: i64) -> Vec<NickKey> {
        let mut left = Vec::new();
        self.0.retain(|key, entry| {
            if let Some(until) = entry.until.get_mut(Right::OpChat as usize)
                && *until != 0
                && *until <= now
            {
                *until = 0;
                left.push(key.clone());
            }
            entry.until.iter().any(|until| *until > now)
        });
        left.sort_unstable();
        left
    }

    /// Takes what was never written down out of those that were there before the rows were
    /// read; whose it is.
    pub fn take_over(&mut self, before: &Restrictions) -> Vec<Bytes> {
        let unsaved = before.0.iter().filter(|(_, entry)| entry.unsaved);
        let mut kept: Vec<(&NickKey, &Entry)> = unsaved.collect();
        kept.sort_unstable_by_key(|(key, _)| *key);
        for (key, entry) in &kept {
            self.0.insert((*key).clone(), (*entry).clone());
        }
        kept.into_iter()
            .map(|(_, entry)| entry.nick.clone())
            .collect()
    }

    /// Who may use the operator chat now and could not before.
    pub fn new_members(&self, before: &Restrictions, now: i64) -> Vec<NickKey> {
        let may = |all: &Restrictions, key: &NickKey| all.until(key, Right::OpChat, now).is_some();
        let new = self
            .0
            .keys()
            .filter(|key| may(self, key) && !may(before, key));
        let mut keys: Vec<NickKey> = new.cloned().collect();
        keys.sort_unstable();
        keys
    }

    fn saved(&mut self, key: &NickKey, saved: bool) {
        if let Some(entry) = self.0.get_mut(key) {
            entry.unsaved = !saved;
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Hub {
    /// Whether a user may not do something now; tells him.
    pub(super) fn denied(&mut self, id: ConnId, right: Right) -> bool {
        let now = self.now.unix_secs();
        let Some(c) = self.conns.get(&id).filter(|c| c.class < FREE_CLASS) else {
            return false;
        };
        let Some(until) = self.restrictions.until(&c.key, right, now) else {
            return false;
        };
        let what = right.what();
        let writes = matches!(right, Right::Chat | Right::Pm);
        if writes && self.config.users.notify_gag_chats {
            let text = cat![c.nick, " tried to ", what, ", which he may not now."];
            self.tell_operators(&text);
        }
        let left = match until {
            FOR_GOOD => String::new(),
            until => format!(" for another {}", span(until.abs_diff(now))),
        };
        let text = format!("You may not {what}{left}.");
        if matches!(right, Right::Search | Right::Ctm) {
            self.request_notice(id, text);
        } else {
            self.notice(id, text);
        }
        true
    }

    /// Whether somebody was granted a right for a while.
    pub(super) fn granted(&self, id: ConnId, right: Right) -> bool {
        let now = self.now.unix_secs();
        let key = self.conns.get(&id).map(|c| &c.key);
        key.is_some_and(|key| self.restrictions.until(key, right, now).is_some())
    }

    /// Whether a user may kick and drop: operators, and VIPs who were granted it.
    pub(super) fn may_kick(&self, id: ConnId) -> bool {
        let class = self.conns.get(&id).map_or(0, |c| c.class);
        class >= 3 || (class >= 2 && self.granted(id, Right::Kick))
    }

    /// Whether a user may register others.
    pub(super) fn may_register(&self, id: ConnId) -> bool {
        let class = self.conns.get(&id).map_or(0, |c| c.class);
        class >= self.config.rights.min_class_register
            || (class >= 3 && self.granted(id, Right::Reg))
    }

    /// What a user may and may not do, for himself.
    pub(super) fn rights_lines(&self, id: ConnId) -> Vec<u8> {
        let now = self.now.unix_secs();
        let Some(c) = self.conns.get(&id) else {
            return Vec::new();
        };
        let mut text = Vec::new();
        for right in Right::SCRIPTS {
            let until = self.restrictions.until(&c.key, right, now);
            let until = until.filter(|_| c.class < FREE_CLASS);
            let answer = match until {
                None => "yes".to_owned(),
                Some(FOR_GOOD) => "no".to_owned(),
                Some(until) => format!("no, for another {}", span(until.abs_diff(now))),
            };
            text.extend_from_slice(&cat!["\r\nYou may ", right.what(), ": ", answer]);
        }
        // What only few may is worth a line when it was granted, and no use to some.
        let of_use = |right: &Right| match right {
            Right::Kick => self.may_kick(id),
            Right::Reg => self.may_register(id),
            right => !right.is_denial(),
        };
        for right in Right::ALL.into_iter().filter(of_use) {
            if let Some(until) = self.restrictions.until(&c.key, right, now) {
                let left = span(until.abs_diff(now));
                let answer = format!(": yes, for another {left}");
                text.extend_from_slice(&cat!["\r\nYou may ", right.what(), answer]);
            }
        }
        text
    }

    /// `vh.UserRestrictions`: what is denied now, or nothing at all on an error.
    pub(super) fn restrict_by_script(&mut self, nick: &[u8], periods: &[Bytes; 4]) {
        const NOTHING: Value<'static> = Value::Dict(Vec::new());
        let ctx = self.ctx;
        let key = NickKey::of(nick);
        let now = self.now.unix_secs();
        let known = matches!(self.nicks.get(&key), Some(Holder::User(_)))
            || self.registered.contains(&key)
            || self.restrictions.0.contains_key(&key);
        let changes = Right::SCRIPTS
            .into_iter()
            .zip(periods)
            .map(|(right, period)| {
                let until = match period.as_ref() {
                    b"" => None,
                    b"0" => Some(0),
                    b"1" => Some(now.saturating_add(WEEK)),
                    period => Some(until(now, period).ok()?),
                };
                Some((right, until))
            });
        let changes = changes.collect::<Option<Vec<_>>>();
        let Some(changes) = changes.filter(|_| known) else {
            self.answer_with(ctx, Ok(NOTHING));
            return;
        };
        let op = self.config.identity.hub_security.clone();
        let mut changed = false;
        for (right, until) in changes {
            if let Some(until) = until {
                self.restrictions.set(nick, right, until, &op, now);
                changed = true;
            }
        }
        if changed {
            self.keep_rights(None, nick, Bytes::new());
        } else {
            self.answer_restrictions(&key);
        }
    }

    /// Tells a script what is denied now.
    fn answer_restrictions(&mut self, key: &NickKey) {
        let now = self.now.unix_secs();
        let denied = |right: Right| self.restrictions.until(key, right, now).is_some();
        let pair = |right: Right| {
            (
                Value::Text(right.name().as_bytes()),
                Value::Bool(denied(right)),
            )
        };
        let dict = Value::Dict(Right::SCRIPTS.into_iter().map(pair).collect());
        self.answer_with(self.ctx, Ok(dict));
    }

    /// Has what is decided about a nick written down; `text` is announced once it is.
    pub(super) fn keep_rights(&mut self, by: Option<ConnId>, nick: &[u8], text: Bytes) {
        let key = NickKey::of(nick);
        let Some(row) = self.restrictions.row(&key) else {
            return;
        };
        let rights = Box::new(row);
        let parks = by.filter(|_| self.ctx.call.is_none());
        let op = StoreOp::SaveRights { rights };
        self.store(parks, Needs::Nothing, op, move |hub, reply| {
            hub.rights_kept(by, &key, &text, &reply);
        });
    }

    /// The store has answered. What failed holds in memory all the same.
    fn rights_kept(&mut self, by: Option<ConnId>, key: &NickKey, text: &Bytes, reply: &StoreReply) {
        let saved = !matches!(reply, StoreReply::Failed(_));
        self.restrictions.saved(key, saved);
        if let StoreReply::Failed(why) = reply {
            let why = cat![
                text,
                "\r\nThis holds until the hub ends only: ",
                why.as_bytes()
            ];
            self.reply_to(by, &nmdc::escape::encode(&why));
            self.answer_with(self.ctx, Ok(Value::Dict(Vec::new())));
            return;
        }
        if !text.is_empty() {
            self.announce_kick(by, text);
        }
        self.answer_restrictions(key);
    }

    /// `!gag` and its family: denies or grants somebody, online or not, a right for some time.
    pub(super) fn restrict(&mut self, by: ConnId, nick: &[u8], right: Right, time: &[u8]) {
        let now = self.now.unix_secs();
        let until = match until(now, time) {
            Ok(until) => until,
            Err(why) => {
                self.notice(by, why.text());
                return;
            }
        };
        if !self.may_restrict(by, nick, right) {
            return;
        }
        let op = self.nick_of(by);
        self.restrictions.set(nick, right, until, &op, now);
        // What is stored is told, too.
        let date = self.local(until);
        let length = format!("{}, until {date}", span(until.abs_diff(now)));
        let what = right.what();
        let may = if right.is_denial() { "may not" } else { "may" };
        if let Some(id) = self.user_of(nick) {
            self.notice(id, format!("You {may} {what} for {length}."));
            self.join_opchat(id);
        }
        let text = cat![op, ": ", nick, " ", may, " ", what, " for ", length, "."];
        self.keep_rights(Some(by), nick, text);
    }

    /// `!ungag` and its family.
    pub(super) fn lift(&mut self, by: ConnId, nick: &[u8], right: Right) {
        let now = self.now.unix_secs();
        let key = NickKey::of(nick);
        let (may, again) = match right.is_denial() {
            true => (" may ", "again."),
            false => (" may not ", "any more."),
        };
        if self.restrictions.until(&key, right, now).is_none() {
            let text = match right.is_denial() {
                true => cat![nick, " may ", right.what(), " already."],
                false => cat![nick, " was not granted that."],
            };
            self.notice(by, text);
            return;
        }
        if !self.may_restrict(by, nick, right) {
            return;
        }
        let op = self.nick_of(by);
        self.restrictions.set(nick, right, 0, &op, now);
        let what = right.what();
        if let Some(id) = self.user_of(nick) {
            self.notice(id, cat!["You", may, what, " ", again]);
            self.leave_opchat(id);
        }
        let text = cat![op, ": ", nick, may, what, " ", again];
        self.keep_rights(Some(by), nick, text);
    }

    /// Nobody restricts whom he could not kick, or grants what he may not do himself.
    fn may_restrict(&mut self, by: ConnId, nick: &[u8], right: Right) -> bool {
        let op = self.nick_of(by);
        if right.is_denial() {
            return self.user_of(nick).is_none()
                || self.kick_target(Some(by), &op, nick, "restrict").is_some();
        }
        let class = self.conns.get(&by).map_or(0, |c| c.class);
        let has = match right {
            Right::Reg => class >= self.config.rights.min_class_register,
            Right::OpChat => class >= self.config.identity.opchat_class,
            _ => class >= 3,
        };
        if !has {
            self.notice(by, "You may not do that yourself.");
        }
        has
    }

    /// Lets a user read the operator chat if his class or a granted right says so.
    pub(super) fn join_opchat(&mut self, id: ConnId) {
        let least = self.config.identity.opchat_class;
        let class = self.conns.get(&id).filter(|c| c.listed).map(|c| c.class);
        if class.is_some_and(|class| class >= least || self.granted(id, Right::OpChat)) {
            self.opchat.insert(id);
        }
    }

    /// The opposite, when neither does any more.
    pub(super) fn leave_opchat(&mut self, id: ConnId) {
        let least = self.config.identity.opchat_class;
        let class = self.conns.get(&id).map_or(0, |c| c.class);
        if class < least && !self.granted(id, Right::OpChat) {
            self.opchat.remove(&id);
        }
    }

    /// Forgets denials and grants that are over.
    pub(super) fn sweep_rights(&mut self) {
        for key in self.restrictions.sweep(self.now.unix_secs()) {
            if let Some(Holder::User(id)) = self.nicks.get(&key).copied() {
                self.leave_opchat(id);
            }
        }
    }

    /// `!cleantemprights`.
    pub(super) fn clear_rights(&mut self) {
        self.restrictions.clear();
        let mut ids: Vec<ConnId> = self.opchat.iter().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.leave_opchat(id);
        }
    }

    /// With `!cleanallban`: lets everybody write again.
    pub(super) fn clean_gags(&mut self, by: ConnId) {
        let (op, now) = (self.nick_of(by), self.now.unix_secs());
        let gagged =
            |e: &&Entry| e.until[Right::Chat as usize] != 0 || e.until[Right::Pm as usize] != 0;
        let all = self.restrictions.0.values().filter(gagged);
        let mut nicks: Vec<Bytes> = all.map(|e| e.nick.clone()).collect();
        nicks.sort_unstable();
        for nick in nicks {
            self.restrictions.set(&nick, Right::Chat, 0, &op, now);
            self.restrictions.set(&nick, Right::Pm, 0, &op, now);
            if let Some(row) = self.restrictions.row(&NickKey::of(&nick)) {
                let rights = Box::new(row);
                self.store_and_forget(StoreOp::SaveRights { rights });
            }
        }
        self.notice(by, "Everybody may write again.");
    }

    /// `!mayinfo`: what is decided about one nick.
    pub(super) fn show_rights(&mut self, by: ConnId, nick: &[u8]) {
        let entry = self.restrictions.0.get(&NickKey::of(nick)).cloned();
        let text = match entry.map(|entry| self.rights_text(&entry)) {
            Some(text) if !text.is_empty() => text,
            _ => cat![nick, " has the usual rights."],
        };
        self.notice(by, text);
    }

    /// `!temprights`: all of them.
    pub(super) fn list_rights(&mut self, by: ConnId) {
        let mut entries: Vec<&Entry> = self.restrictions.0.values().collect();
        entries.sort_unstable_by(|a, b| a.nick.cmp(&b.nick));
        let texts: Vec<Bytes> = entries
            .into_iter()
            .map(|entry| self.rights_text(entry))
            .filter(|text| !text.is_empty())
            .collect();
        let count = texts.len();
        let plural = if count == 1 { " has" } else { "s have" };
        let text = cat![
            format!("{count} nick{plural} other rights than usual."),
            texts
                .iter()
                .fold(Vec::new(), |all, text| [&all[..], b"\r\n", text].concat())
        ];
        self.private_notice(by, &text);
    }

    /// One line: who may and may not do what, for how long, and who said so.
    fn rights_text(&self, entry: &Entry) -> Bytes {
        let now = self.now.unix_secs();
        let parts = Right::ALL.into_iter().zip(entry.until);
        let parts = parts
            .filter(|(_, until)| *until > now)
            .map(|(right, until)| {
                let may = if right.is_denial() { "may not" } else { "may" };
                match until {
                    FOR_GOOD => format!("{may} {}", right.what()),
                    until => format!("{may} {} for {}", right.what(), span(until.abs_diff(now))),
                }
            });
        let parts: Vec<String> = parts.collect();
        match parts.is_empty() {
            true => Bytes::new(),
            false => cat![entry.nick, " ", parts.join(", "), " (", entry.op, ")"],
        }
    }
}

/// The end of a period that begins now.
fn until(now: i64, period: &[u8]) -> Result<i64, NoSpan> {
    match parse_span(period)? {
        0 => Err(NoSpan::Unreadable),
        seconds => Ok(now.saturating_add_unsigned(seconds)),
    }
}

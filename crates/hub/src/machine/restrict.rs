//! What single users may not do for a while: chat, write privately, search, connect.
//!
//! Kept by nick, so that leaving and coming back does not help.

use bytes::Bytes;

use crate::api::Value;
use crate::io::ConnId;

use super::tempban::{parse_span, span};
use super::{Holder, Hub, Map, NickKey, cat};

/// What can be forbidden, in the order of `vh.UserRestrictions`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Right {
    Chat,
    Pm,
    Search,
    Ctm,
}

impl Right {
    const ALL: [Right; 4] = [Right::Chat, Right::Pm, Right::Search, Right::Ctm];

    const fn what(self) -> &'static str {
        match self {
            Right::Chat => "write in main chat",
            Right::Pm => "write private messages",
            Right::Search => "search",
            Right::Ctm => "connect to other users",
        }
    }

    /// The key in what `vh.UserRestrictions` returns.
    const fn name(self) -> &'static str {
        match self {
            Right::Chat => "chat",
            Right::Pm => "pm",
            Right::Search => "search",
            Right::Ctm => "ctm",
        }
    }
}

/// From this class on nothing can be forbidden.
const FREE_CLASS: i32 = 5;
/// What the period "1" of a script stands for.
const WEEK: i64 = 604_800;

/// For each right the second since 1970 until which it is denied; 0: it is not.
type Until = [i64; 4];

#[derive(Default)]
pub(super) struct Restrictions(Map<NickKey, Until>);

impl Restrictions {
    /// Until when a right is denied, if it is.
    fn until(&self, key: &NickKey, right: Right, now: i64) -> Option<i64> {
        if self.0.is_empty() {
            return None;
        }
        let until = *self.0.get(key)?.get(right as usize)?;
        (until > now).then_some(until)
    }

    /// Denies a right until then; 0 gives it back.
    fn set(&mut self, key: &NickKey, right: Right, until: i64) {
        let all = self.0.entry(key.clone()).or_default();
        if let Some(slot) = all.get_mut(right as usize) {
            *slot = until;
        }
        if all.iter().all(|u| *u == 0) {
            self.0.remove(key);
        }
    }

    pub fn sweep(&mut self, now: i64) {
        self.0.retain(|_, all| all.iter().any(|until| *until > now));
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
        let left = span(until.abs_diff(now));
        self.notice(id, format!("You may not {what} for another {left}."));
        true
    }

    /// What a user may and may not do, for himself.
    pub(super) fn rights_lines(&self, id: ConnId) -> Vec<u8> {
        let now = self.now.unix_secs();
        let Some(c) = self.conns.get(&id) else {
            return Vec::new();
        };
        let mut text = Vec::new();
        for right in Right::ALL {
            let until = self.restrictions.until(&c.key, right, now);
            let until = until.filter(|_| c.class < FREE_CLASS);
            let answer = match until {
                None => "yes".to_owned(),
                Some(until) => format!("no, for another {}", span(until.abs_diff(now))),
            };
            text.extend_from_slice(&cat!["\r\nYou may ", right.what(), ": ", answer]);
        }
        text
    }

    /// `vh.UserRestrictions`: what is denied now, or nothing at all on an error.
    pub(super) fn restrict_by_script(
        &mut self,
        nick: &[u8],
        periods: &[Bytes; 4],
    ) -> Value<'static> {
        const NOTHING: Value<'static> = Value::Dict(Vec::new());
        let key = NickKey::of(nick);
        let now = self.now.unix_secs();
        let known = matches!(self.nicks.get(&key), Some(Holder::User(_)))
            || self.registered.contains(&key)
            || self.restrictions.0.contains_key(&key);
        let changes = Right::ALL.into_iter().zip(periods).map(|(right, period)| {
            let until = match period.as_ref() {
                b"" => None,
                b"0" => Some(0),
                b"1" => Some(now.saturating_add(WEEK)),
                period => Some(until(now, period)?),
            };
            Some((right, until))
        });
        let Some(changes) = changes.collect::<Option<Vec<_>>>() else {
            return NOTHING;
        };
        if !known {
            return NOTHING;
        }
        for (right, until) in changes {
            if let Some(until) = until {
                self.restrictions.set(&key, right, until);
            }
        }
        let denied = |right: Right| self.restrictions.until(&key, right, now).is_some();
        let pair = |right: Right| {
            (
                Value::Text(right.name().as_bytes()),
                Value::Bool(denied(right)),
            )
        };
        Value::Dict(Right::ALL.into_iter().map(pair).collect())
    }

    /// `!gag` and its family: denies somebody, online or not, a right for some time.
    pub(super) fn restrict(&mut self, by: ConnId, nick: &[u8], right: Right, time: &[u8]) {
        let now = self.now.unix_secs();
        let Some(until) = until(now, time) else {
            self.notice(
                by,
                "The time must be a number and one of s m h d w M y, such as 5m.",
            );
            return;
        };
        if !self.may_restrict(by, nick) {
            return;
        }
        self.restrictions.set(&NickKey::of(nick), right, until);
        let (what, length) = (right.what(), span(until.abs_diff(now)));
        if let Some(id) = self.user_of(nick) {
            self.notice(id, format!("You may not {what} for {length}."));
        }
        let op = self.nick_of(by);
        let text = cat![op, ": ", nick, " may not ", what, " for ", length, "."];
        self.announce_kick(Some(by), &text);
    }

    /// `!ungag` and its family.
    pub(super) fn lift(&mut self, by: ConnId, nick: &[u8], right: Right) {
        let now = self.now.unix_secs();
        let key = NickKey::of(nick);
        if self.restrictions.until(&key, right, now).is_none() {
            self.notice(by, cat![nick, " may ", right.what(), " already."]);
            return;
        }
        if !self.may_restrict(by, nick) {
            return;
        }
        self.restrictions.set(&key, right, 0);
        let what = right.what();
        if let Some(id) = self.user_of(nick) {
            self.notice(id, format!("You may {what} again."));
        }
        let text = cat![self.nick_of(by), ": ", nick, " may ", what, " again."];
        self.announce_kick(Some(by), &text);
    }

    /// Nobody restricts whom he could not kick.
    fn may_restrict(&mut self, by: ConnId, nick: &[u8]) -> bool {
        let op = self.nick_of(by);
        self.user_of(nick).is_none() || self.kick_target(Some(by), &op, nick, "restrict").is_some()
    }
}

/// The end of a period that begins now.
fn until(now: i64, period: &[u8]) -> Option<i64> {
    let seconds = parse_span(period).filter(|s| *s > 0)?;
    Some(now.saturating_add_unsigned(seconds))
}

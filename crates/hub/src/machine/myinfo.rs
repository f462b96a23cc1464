//! `$MyINFO`: the checks, the scripts' say, and what the others get to see.

use bytes::Bytes;
use nmdc::Wire;
use nmdc::tag::{Mode, Tag};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook, Substitute, Verdict};
use crate::io::{ConnId, Group, Traits};

use super::conn::Shown;
use super::entry::{class_name, replace};
use super::rights::Needs;
use super::{Hub, cat};

impl Info {
    /// The speed with its status byte, as hooks and `vh` show it.
    pub(super) fn speed_field(&self) -> Bytes {
        cat![self.speed, [self.status]]
    }

    fn set_speed_field(&mut self, field: &Bytes) {
        match field.split_last() {
            Some((&status, speed)) => {
                self.speed = Bytes::copy_from_slice(speed);
                self.status = status;
            }
            None => (self.speed, self.status) = (Bytes::new(), nmdc::myinfo::NORMAL),
        }
    }

    /// Puts in what a script wants: desc, tag, speed, mail, share.
    pub(super) fn overlay(&mut self, fields: &[Option<Bytes>; 5]) {
        let [desc, tag, speed, email, share] = fields;
        for (mine, new) in [
            (&mut self.desc, desc),
            (&mut self.tag, tag),
            (&mut self.email, email),
            (&mut self.share, share),
        ] {
            if let Some(new) = new {
                *mine = harmless(new);
            }
        }
        if let Some(speed) = speed {
            self.set_speed_field(&harmless(speed));
        }
    }
}

/// A field without the bytes that would end it or the message.
fn harmless(field: &Bytes) -> Bytes {
    if field.iter().any(|b| matches!(b, b'$' | b'|')) {
        field
            .iter()
            .copied()
            .filter(|b| !matches!(b, b'$' | b'|'))
            .collect()
    } else {
        field.clone()
    }
}

/// The fields of a MyINFO between the checks and the user list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Info {
    pub desc: Bytes,
    pub tag: Bytes,
    /// Without the status byte.
    pub speed: Bytes,
    pub status: u8,
    pub email: Bytes,
    pub share: Bytes,
}

impl Hub {
    pub(super) fn my_info(&mut self, id: ConnId, frame: &Bytes, info: &nmdc::MyInfo<'_>) {
        if !self.is_own_nick(id, info.nick, "MyINFO") {
            return;
        }
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let first = !c.listed;
        // `$Supports` and `$Version` may be missing: old clients know neither.
        let missing = match (c.key_ok, c.password_ok) {
            (false, _) => Some("A client sends $Key before $MyINFO."),
            (_, false) => Some("A client sends its password before $MyINFO."),
            _ => None,
        };
        if let Some(text) = missing.filter(|_| first) {
            self.close(id, CloseReason::LoginErr, text);
            return;
        }
        if !first {
            if c.raw_info == *frame {
                c.late_info = None;
                return;
            }
            let wait = u64::from(self.config.users.int_myinfo) * 1000;
            if wait > 0 && self.now.mono_ms < c.info_at.saturating_add(wait) {
                c.late_info = Some(Bytes::copy_from_slice(frame));
                return;
            }
        }
        c.late_info = None;
        let status = if info.status == 0 {
            nmdc::myinfo::NORMAL
        } else {
            info.status
        };
        // Copies: what is kept of a message must not keep the whole block it was read in.
        let info = Box::new(Info {
            desc: Bytes::copy_from_slice(info.desc),
            tag: Bytes::copy_from_slice(info.tag),
            speed: Bytes::copy_from_slice(info.speed),
            status,
            email: Bytes::copy_from_slice(info.email),
            share: if info.share_bytes() == 0 {
                Bytes::from_static(b"0")
            } else {
                Bytes::copy_from_slice(info.share)
            },
        });
        if !self.tag_fits(id, &info) {
            return;
        }
        let (tag, raw) = (info.tag.clone(), frame.clone());
        self.ask_to_stay(
            id,
            Hook::ValidateTag,
            CloseReason::TagInvalid,
            |hub| Event::ValidateTag {
                nick: hub.nick_of(id),
                tag,
            },
            move |hub, _| hub.tag_judged(id, info, first, raw),
        );
    }

    pub(super) fn nick_of(&self, id: ConnId) -> Bytes {
        self.conns
            .get(&id)
            .map(|c| c.nick.clone())
            .unwrap_or_default()
    }

    fn tag_judged(&mut self, id: ConnId, info: Box<Info>, first: bool, raw: Bytes) {
        let active = is_active(&info);
        if !self.share_fits(id, share_of(&info), active) || !self.passive_fits(id, active) {
            return;
        }
        if first && self.share_banned(id, share_of(&info)) {
            return;
        }
        if first {
            let told = info.clone();
            self.ask_to_stay(
                id,
                Hook::FirstMyINFO,
                CloseReason::Kicked,
                |hub| hub.info_event(id, &told, true),
                move |hub, verdict| hub.first_info_judged(id, info, raw, verdict),
            );
        } else {
            self.judge_info(id, info, false, raw);
        }
    }

    fn passive_fits(&mut self, id: ConnId, active: bool) -> bool {
        let limit = self.config.limits.max_users_passive;
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let Ok(limit) = usize::try_from(limit) else {
            return true;
        };
        if active || c.theoretical_class() >= 3 || c.class == -1 || self.passive_users <= limit {
            return true;
        }
        self.close(
            id,
            CloseReason::UserLimit,
            "The hub has no room for more passive users.",
        );
        false
    }

    fn first_info_judged(&mut self, id: ConnId, mut info: Box<Info>, raw: Bytes, verdict: Verdict) {
        if let Some(Substitute::MyInfo(fields)) = verdict.substitute.as_deref() {
            info.overlay(fields);
        }
        self.judge_info(id, info, true, raw);
    }

    fn judge_info(&mut self, id: ConnId, info: Box<Info>, first: bool, raw: Bytes) {
        let told = info.clone();
        self.ask_about(
            id,
            Hook::ParsedMsgMyINFO,
            Needs::Nothing,
            |hub| hub.info_event(id, &told, false),
            move |hub, verdict| hub.info_judged(id, info, first, raw, verdict),
        );
    }

    fn info_event(&self, id: ConnId, info: &Info, first: bool) -> Event {
        let nick = self.nick_of(id);
        let (desc, tag, speed) = (info.desc.clone(), info.tag.clone(), info.speed_field());
        let (mail, share) = (info.email.clone(), info.share.clone());
        if first {
            Event::FirstMyINFO {
                nick,
                desc,
                tag,
                speed,
                mail,
                share,
            }
        } else {
            Event::ParsedMsgMyINFO {
                nick,
                desc,
                tag,
                speed,
                mail,
                share,
            }
        }
    }

    fn info_judged(
        &mut self,
        id: ConnId,
        mut info: Box<Info>,
        first: bool,
        raw: Bytes,
        verdict: Verdict,
    ) {
        if !verdict.allow {
            return;
        }
        if let Some(Substitute::MyInfo(fields)) = verdict.substitute.as_deref() {
            info.overlay(fields);
        }
        let now = self.now.mono_ms;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.raw_info = Bytes::copy_from_slice(&raw);
        c.info_at = now;
        if first {
            self.put_info(id, &info);
            if !self.is_clone(id) {
                self.enter(id);
            }
        } else {
            self.show_info(id, &info);
        }
    }

    /// Changes a listed user's information and tells everybody.
    pub(super) fn show_info(&mut self, id: ConnId, info: &Info) {
        let before = (self.conns.get(&id)).map(|c| c.info.line.clone());
        self.put_info(id, info);
        self.set_traits(id);
        let Some(c) = self.conns.get(&id) else { return };
        let line = c.info.line.clone();
        if let Some(before) = before.filter(|b| c.announced && *b != line) {
            self.lists.info_changed(before, line.clone());
            self.broadcast_info(Group::LISTED, line);
        }
    }

    /// A MyINFO line; who does not speak TLS need not know who does (`myinfo_tls_filter`).
    pub(super) fn broadcast_info(&mut self, group: Group, line: Wire) {
        let plain = Some(&line).filter(|_| self.config.users.myinfo_tls_filter);
        let Some(plain) = plain.and_then(nmdc::myinfo::without_tls) else {
            self.broadcast(group, line);
            return;
        };
        let all = group.all.with(Traits::TLS);
        self.broadcast(Group { all, ..group }, line);
        let none = group.none.with(Traits::TLS);
        self.broadcast(Group { none, ..group }, plain);
    }

    /// What stands before a user's description (`desc_insert_mode`).
    fn inserted(&self, id: ConnId, info: &Info) -> Bytes {
        if !self.config.tags.desc_insert_mode {
            return Bytes::new();
        }
        let mode = match Tag::parse(&info.tag).map(|t| t.mode) {
            Some(Mode::Active) => "A",
            Some(Mode::Passive) => "P",
            Some(Mode::Socks5) => "5",
            _ => "?",
        };
        let template = &self.config.tags.desc_insert_vars;
        if template.is_empty() {
            return cat!["[", mode, "]"];
        }
        let class = self.conns.get(&id).map_or(0, |c| c.class);
        let mut text = template.to_vec();
        for (variable, value) in [
            (&b"%[CLASSNAME]"[..], class_name(class).to_owned()),
            (b"%[CLASS]", class.to_string()),
            (b"%[MODE]", mode.to_owned()),
        ] {
            text = replace(&text, variable, value.as_bytes());
        }
        for (variable, value) in self.whereabouts(id) {
            text = replace(&text, variable, &value);
        }
        harmless(&text.into())
    }

    /// Stores what the user shows, with the hub's own cuts, and keeps the counters right.
    pub(super) fn put_info(&mut self, id: ConnId, info: &Info) {
        let t = &self.config.tags;
        let (tags, speeds, mails) = (t.show_tags, t.show_speed, t.show_email);
        let desc_len = usize::try_from(t.show_desc_len).ok();
        let inserted = self.inserted(id, info);
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let active = is_active(info);
        let nat = info.status & nmdc::myinfo::NAT != 0;
        let share = share_of(info);
        let desc = info
            .desc
            .slice(..info.desc.len().min(desc_len.unwrap_or(usize::MAX)));
        let shown_share = if c.hides_share() {
            Bytes::from_static(b"0")
        } else {
            info.share.clone()
        };
        let counted = if c.hides_share() { 0 } else { share };
        let mut line = nmdc::WireBuf::with_capacity(128);
        nmdc::myinfo::write(
            &c.nick,
            &cat![inserted, desc],
            if tags { &info.tag } else { b"" },
            if speeds { &info.speed } else { b"" },
            info.status,
            if mails { &info.email } else { b"" },
            &shown_share,
            &mut line,
        );
        if c.listed {
            self.total_share = self
                .total_share
                .saturating_sub(c.counted_share)
                .saturating_add(counted);
            self.passive_users = self.passive_users + usize::from(c.active) - usize::from(active);
        }
        c.info = Shown {
            desc,
            tag: info.tag.clone(),
            speed: info.speed.clone(),
            status: info.status,
            email: info.email.clone(),
            share: shown_share,
            line: line.finish(),
        };
        (c.active, c.nat) = (active, nat);
        (c.share, c.counted_share) = (share, counted);
        self.publish(id);
        self.count();
    }
}

fn is_active(info: &Info) -> bool {
    Tag::parse(&info.tag).is_some_and(|t| t.mode == Mode::Active)
}

fn share_of(info: &Info) -> u64 {
    str::from_utf8(&info.share)
        .ok()
        .filter(|s| s.len() <= 18)
        .and_then(|s| s.parse().ok())
        .unwrap_or(0)
}

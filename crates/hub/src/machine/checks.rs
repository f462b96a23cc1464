//! The rules a nick, a tag and a share must obey.

use bytes::Bytes;
use nmdc::Wire;
use nmdc::tag::{Mode, Tag};
use nmdc::write::{self, BadNick};

use crate::constants::CloseReason;
use crate::io::ConnId;

use super::conn::{Conn, Features};
use super::myinfo::Info;
use super::restrict::Right;
use super::{Holder, Hub, NickKey, cat};

/// One mebibyte: the unit of share limits.
pub(super) const MIB: u64 = 1 << 20;

impl Hub {
    /// Bytes no nick may hold, whoever wants it.
    pub(super) fn nick_bytes_fit(&mut self, id: ConnId, nick: &[u8]) -> bool {
        let bad: Vec<u8> = nmdc::nick::bad_bytes(nick).collect();
        if bad.is_empty() && !nick.is_empty() {
            return true;
        }
        if nick.is_empty() {
            self.refuse_nick(id, "Your nick is empty.", &BadNick::Min(1));
        } else {
            let text = "Your nick holds a character that no nick may hold.";
            self.refuse_nick(id, text, &BadNick::Char(&bad));
        }
        false
    }

    /// The further rules for nicks that are not registered.
    pub(super) fn nick_fits(&mut self, id: ConnId, nick: &[u8]) -> bool {
        let bad = self.config.unfit_for_nick(nick);
        if !bad.is_empty() {
            let text = "Your nick holds a control character, or one that is not seen or looks like \
                        a blank; a new nick may not.";
            self.refuse_nick(id, text, &BadNick::Char(&bad));
            return false;
        }
        let l = &self.config.limits;
        let (max, min) = (u64::from(l.max_nick), u64::from(l.min_nick));
        let length = u64::try_from(nick.len()).unwrap_or(u64::MAX);
        if length > max {
            let text = format!("Your nick is longer than {max} bytes.");
            self.refuse_nick(id, &text, &BadNick::Max(max));
            return false;
        }
        if length < min {
            let text = format!("Your nick is shorter than {min} bytes.");
            self.refuse_nick(id, &text, &BadNick::Min(min));
            return false;
        }
        let allowed = l.nick_chars.clone();
        let bad: Vec<u8> = nick
            .iter()
            .copied()
            .filter(|b| !allowed.contains(b))
            .collect();
        if !allowed.is_empty() && !bad.is_empty() {
            let text = cat!["A nick may hold only these characters: ", allowed];
            self.refuse_nick(id, &text, &BadNick::Char(&bad));
            return false;
        }
        let prefixes = l.nick_prefix.clone();
        let nocase = l.nick_prefix_nocase;
        let has_prefix = prefixes
            .split(|b| *b == b' ')
            .filter(|p| !p.is_empty())
            .any(|p| {
                nick.get(..p.len())
                    .is_some_and(|n| n == p || (nocase && same_letters(n, p)))
            });
        if !prefixes.is_empty() && !has_prefix {
            let text = cat!["Your nick must begin with one of: ", prefixes];
            self.refuse_nick(id, &text, &BadNick::Pref(&prefixes));
            return false;
        }
        if nick.starts_with(b"[OP]") {
            let text = "Only operators may have a nick that begins with [OP].";
            self.refuse_nick(id, text, &BadNick::Pref(b""));
            return false;
        }
        true
    }

    fn refuse_nick(&mut self, id: ConnId, text: impl AsRef<[u8]>, why: &BadNick<'_>) {
        let knows = |c: &Conn| c.features.has(Features::NICK_RULE);
        let rule = match self.conns.get(&id).is_some_and(knows) {
            true => Wire::of(|out| write::bad_nick(why, out)),
            false => Wire::default(),
        };
        self.close_with(id, CloseReason::BadNick, text, rule);
    }

    /// Whether there is room for one more user of this class, nick and address; refuses him.
    pub(super) fn has_room(&mut self, id: ConnId, class: i32, key: &NickKey, zone: usize) -> bool {
        let l = &self.config.limits;
        let extra = match class {
            -1 => l.max_extra_pings,
            1 => l.max_extra_regs,
            2 => l.max_extra_vips,
            _ => 0,
        };
        let whole = |limit: u32| usize::try_from(limit.saturating_add(extra)).unwrap_or(usize::MAX);
        // He may be there already, and then takes his own place.
        let own = match self.nicks.get(key) {
            Some(Holder::User(own)) => self.conns.get(own),
            _ => None,
        };
        let ip = self.conns.get(&id).map(|c| c.ip);
        let (in_zone, own_zone) = (self.zones.get(zone), own.is_some_and(|o| o.zone == zone));
        let in_zone = in_zone.copied().unwrap_or_default();
        let users = self.slots.saturating_sub(usize::from(own.is_some()));
        let in_zone = in_zone.saturating_sub(usize::from(own_zone));
        let full = users >= whole(l.max_users);
        let zone_full = in_zone >= whole(self.zone_limit(zone));
        let no_seat = users >= self.seats();
        let per_ip = usize::try_from(l.max_users_from_ip).unwrap_or(usize::MAX);
        if full || zone_full || no_seat {
            let own = &self.config.identity.hubfull_message;
            let text: Bytes = match (full, l.max_users) {
                (true, 0) if !own.is_empty() => own.clone(),
                (true, 0) => "Only registered users are let in here.".into(),
                (true, _) => "The hub is full.".into(),
                (false, _) if no_seat => {
                    "The hub is full: its system allows it no more connections.".into()
                }
                (false, _) if zone == 0 => "The hub is full for users from where you are.".into(),
                (false, _) => "The hub has no more room for your country or network.".into(),
            };
            let full = Wire::of(write::hub_is_full);
            self.close_with(id, CloseReason::UserLimit, text, full);
            return false;
        }
        if per_ip > 0 && class < 2 {
            let there = ip.and_then(|ip| self.by_ip.get(&ip));
            let there = there.into_iter().flatten();
            let there = there.filter_map(|id| self.conns.get(id));
            if there.filter(|c| c.class <= 1 && c.key != *key).count() >= per_ip {
                self.close(
                    id,
                    CloseReason::UserLimit,
                    "Too many users come from your address.",
                );
                return false;
            }
        }
        true
    }

    /// Whether the tag is one the hub lets in.
    pub(super) fn tag_fits(&mut self, id: ConnId, info: &Info) -> bool {
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let t = &self.config.tags;
        let class = c.theoretical_class();
        if class >= t.tag_min_class_ignore || class == -1 {
            return true;
        }
        let Some(tag) = Tag::parse(&info.tag) else {
            if t.tag_allow_none {
                return true;
            }
            self.close(
                id,
                CloseReason::TagNone,
                "This hub wants clients that send a tag.",
            );
            return false;
        };
        let hubs = tag.hubs_total(usize::try_from(t.tag_sum_hubs).unwrap_or(3));
        let beyond = |limit: i32, n: u32| limit > 0 && i64::from(n) > i64::from(limit);
        let below = |limit: i32, n: u32| limit > 0 && i64::from(n) < i64::from(limit);
        let part = |i: usize| tag.hubs.get(i).copied().flatten().unwrap_or(0);
        let ratio = match (tag.slots, hubs) {
            (Some(slots), Some(hubs)) if hubs > 0 => Some(f64::from(slots / hubs)),
            _ => None,
        };
        let banned = self.client_refusal(&tag);
        let slots_fit = self.connection_refusal(&tag, &info.speed);
        let refusal: Option<String> = match (hubs, tag.slots) {
            _ if banned.is_some() => banned,
            _ if tag.mode == Mode::Socks5 && !t.tag_allow_sock5 => {
                Some("SOCKS5 mode is not allowed here.".into())
            }
            _ if tag.mode == Mode::Passive && !t.tag_allow_passive => {
                Some("Passive mode is not allowed here.".into())
            }
            (None, _) | (_, None) => Some("Your tag tells no hubs or slots.".into()),
            (Some(hubs), _) if beyond(t.tag_max_hubs, hubs) => Some(format!(
                "You are on {hubs} hubs, at most {} are allowed.",
                t.tag_max_hubs
            )),
            (Some(hubs), _) if below(t.tag_min_hubs, hubs) => Some(format!(
                "You are on {hubs} hubs, at least {} are needed.",
                t.tag_min_hubs
            )),
            _ if below(t.tag_min_hubs_usr, part(0)) => Some(format!(
                "At least {} hubs as a guest are needed.",
                t.tag_min_hubs_usr
            )),
            _ if below(t.tag_min_hubs_reg, part(1)) => Some(format!(
                "At least {} hubs as a registered user are needed.",
                t.tag_min_hubs_reg
            )),
            _ if below(t.tag_min_hubs_op, part(2)) => Some(format!(
                "At least {} hubs as an operator are needed.",
                t.tag_min_hubs_op
            )),
            _ if slots_fit.is_some() => slots_fit,
            _ if t.tag_min_hs_ratio > 0.0 && ratio.is_some_and(|r| r < t.tag_min_hs_ratio) => {
                Some(format!(
                    "At least {} slots for each hub are needed.",
                    t.tag_min_hs_ratio
                ))
            }
            _ if t.tag_max_hs_ratio > 0.0 && ratio.is_some_and(|r| r > t.tag_max_hs_ratio) => {
                Some(format!(
                    "At most {} slots for each hub are allowed.",
                    t.tag_max_hs_ratio
                ))
            }
            _ => self.version_refusal(&tag).map(str::to_owned),
        };
        match refusal {
            None => true,
            Some(text) => {
                self.close(id, CloseReason::TagInvalid, text);
                false
            }
        }
    }

    /// Whether the share lies within the limits of the user's class.
    pub(super) fn share_fits(&mut self, id: ConnId, share: u64, active: bool) -> bool {
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let l = &self.config.limits;
        let (min, max) = match c.theoretical_class() {
            -1 => (0, l.max_share),
            0 => (l.min_share, l.max_share),
            1 => (l.min_share_reg, l.max_share_reg),
            2 => (l.min_share_vip, l.max_share_vip),
            3 => (l.min_share_ops, l.max_share_ops),
            _ => return true,
        };
        let min = if active {
            min
        } else {
            scale(min, l.min_share_factor_passive)
        };
        let min = if self.granted(id, Right::Share0) {
            0
        } else {
            min
        };
        let mib = share / MIB;
        let text = if mib < min {
            format!("You share {mib} MiB, at least {min} MiB are needed.")
        } else if max > 0 && mib > max {
            format!("You share {mib} MiB, at most {max} MiB are allowed.")
        } else {
            return true;
        };
        self.close(id, CloseReason::ShareLimit, text);
        false
    }

    /// Whether share and class allow searching and downloading.
    pub(super) fn may_use_hub(&mut self, id: ConnId, passive: bool) -> bool {
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let (l, r) = (&self.config.limits, &self.config.rights);
        let least = if passive {
            r.min_class_use_hub_passive
        } else {
            r.min_class_use_hub
        };
        let share = match c.class {
            ..=0 => l.min_share_use_hub,
            1 => l.min_share_use_hub_reg,
            2 => l.min_share_use_hub_vip,
            _ => 0,
        };
        let text: Bytes = if !self.new_enough_to_use(id) {
            Bytes::from_static(b"Your client is too old to search and download here.")
        } else if c.class < least && c.class <= 3 {
            format!("You need class {least} to search and download here.").into()
        } else if c.share / MIB < share && !self.granted(id, Right::Share0) {
            format!("You need to share {share} MiB to search and download here.").into()
        } else {
            return true;
        };
        let pause = self.config.users.use_hub_msg_time.saturating_mul(1000);
        let now = self.now.mono_ms;
        let told = self.conns.get_mut(&id).map(|c| &mut c.told_no_use);
        if let Some(told) = told
            && told.is_none_or(|at| now >= at.saturating_add(pause))
        {
            *told = Some(now);
            self.request_notice(id, text);
        }
        false
    }
}

/// Whether two texts differ in case only, by the letters of Latin-1 and CP1251.
fn same_letters(a: &[u8], b: &[u8]) -> bool {
    let lower = |byte: &u8| match byte {
        b'A'..=b'Z' | 0xC0..=0xDF => byte + 0x20,
        0xA8 => 0xB8,
        _ => *byte,
    };
    a.iter().map(lower).eq(b.iter().map(lower))
}

/// A number of MiB times a factor, rounded down.
fn scale(mib: u64, factor: f64) -> u64 {
    (mib as f64 * factor.max(0.0)) as u64
}

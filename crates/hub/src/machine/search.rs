//! Searches and their results.

use bytes::Bytes;
use nmdc::Wire;
use nmdc::search::{self, KIND_TTH, Origin};

use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group, Traits};

use super::conn::is_lan;
use super::flood::Shared;
use super::restrict::Right;
use super::rights::Needs;
use super::{Holder, Hub, cat};

/// A checked search on its way.
pub(super) struct Query {
    /// `Some`: answers go there by UDP; `None`: through the hub.
    address: Option<(Bytes, Bytes)>,
    limits: Bytes,
    pattern: Bytes,
    /// The hash, when it is a search by hash.
    tth: Option<Bytes>,
    short: bool,
    /// The message as it came, in the long form.
    asked: Bytes,
}

/// One field of a search as its sender wrote it, without borrowing from the frame.
struct Parts {
    limits: Bytes,
    pattern: Bytes,
    kind: u8,
    short: bool,
}

impl Hub {
    pub(super) fn search(&mut self, id: ConnId, frame: &Bytes, s: &nmdc::Search<'_>) {
        let parts = Parts {
            limits: frame.slice_ref(s.limits),
            pattern: frame.slice_ref(s.pattern),
            kind: s.kind,
            short: s.has_short_form(),
        };
        self.checked_search(id, frame.clone(), &s.origin, parts);
    }

    pub(super) fn short_search(&mut self, id: ConnId, frame: &Bytes, s: &nmdc::ShortSearch<'_>) {
        let known = self
            .conns
            .get(&id)
            .is_some_and(|c| c.features.has(super::conn::Features::TTHS));
        if !known {
            self.close(
                id,
                crate::constants::CloseReason::LoginErr,
                "SA and SP are for clients that announce TTHS.",
            );
            return;
        }
        if s.tth.len() != search::TTH_LEN {
            self.syntax_error(id, "search");
            return;
        }
        let parts = Parts {
            limits: Bytes::from_static(b"F?T?0?9?"),
            pattern: cat!["TTH:", frame.slice_ref(s.tth)],
            kind: KIND_TTH,
            short: true,
        };
        let write = |out: &mut _| search::write(&s.origin, &parts.limits, &parts.pattern, out);
        let long = Wire::of(write).without_pipe();
        self.checked_search(id, long, &s.origin, parts);
    }

    fn checked_search(&mut self, id: ConnId, data: Bytes, origin: &Origin<'_>, parts: Parts) {
        let Some(c) = self.conns.get(&id) else { return };
        let mut wrong_ip = None;
        let address = match *origin {
            Origin::Passive { nick } => {
                if !self.is_own_nick(id, nick, "Search") {
                    return;
                }
                None
            }
            Origin::Active { ip: claimed, port } => {
                if nmdc::ctm::port_number(port).is_none() {
                    self.syntax_error(id, "search");
                    return;
                }
                // The real address, whatever the client believes, unless its registration
                // knows of another one.
                let other = c.reg.as_ref().map(|r| &r.alternate_ip);
                let own = other.filter(|other| !other.is_empty() && *other == claimed);
                let ip = own.cloned().unwrap_or_else(|| c.ip_before_port());
                wrong_ip = (ip != claimed).then_some(claimed);
                Some((ip, Bytes::copy_from_slice(port)))
            }
        };
        let passive = address.is_none();
        if self
            .conns
            .get(&id)
            .is_some_and(|c| self.too_busy_for(c.class))
        {
            self.request_notice(id, "The hub is too busy for searches, please try later.");
            return;
        }
        if !self.search_in_time(id, passive, &data) || !self.may_use_hub(id, passive) {
            return;
        }
        if self.denied(id, Right::Search) {
            return;
        }
        let Parts {
            limits,
            mut pattern,
            kind,
            short,
        } = parts;
        if pattern.is_empty() || limits.len() < 8 {
            return;
        }
        let mut tth = None;
        if kind == KIND_TTH {
            match pattern.strip_prefix(b"TTH:") {
                Some(hash) if hash.len() == search::TTH_LEN => tth = Some(pattern.slice_ref(hash)),
                Some(hash) => pattern = pattern.slice_ref(hash),
                None => {}
            }
        }
        let limits = if kind == KIND_TTH && tth.is_none() {
            any_kind(&limits)
        } else {
            limits
        };
        let least = usize::try_from(self.config.limits.min_search_chars).unwrap_or(usize::MAX);
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if c.class < 3 && tth.is_none() && pattern.len() < least {
            self.request_notice(id, format!("Search for at least {least} characters."));
            return;
        }
        let nick = c.nick.clone();
        if passive && self.locked_out(id, Shared::Search) {
            return;
        }
        if let Some(ip) = wrong_ip {
            self.tell_wrong_address(id, ip);
        }
        let query = Query {
            address,
            limits,
            pattern,
            tth,
            short,
            asked: Bytes::copy_from_slice(&data),
        };
        let event = Event::ParsedMsgSearch { nick, data };
        let needs = Needs::Own(Right::Search);
        self.ask_about(
            id,
            Hook::ParsedMsgSearch,
            needs,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.search_judged(id, query);
                }
            },
        );
    }

    /// Whether the user may search again already; counts nothing yet.
    fn search_in_time(&mut self, id: ConnId, passive: bool, asked: &Bytes) -> bool {
        let l = &self.config.limits;
        let now = self.now.mono_ms;
        let allowed = l.search_number;
        let Some(c) = self.conns.get_mut(&id) else {
            return false;
        };
        let seconds = match (c.class, passive) {
            (10.., _) => 0,
            (3..=9, _) => l.int_search_op,
            (2, _) => l.int_search_vip,
            (1, false) => l.int_search_reg,
            (1, true) => l.int_search_reg_pas,
            (_, false) => l.int_search,
            (_, true) => l.int_search_pas,
        };
        let end = c.search_window.saturating_add(u64::from(seconds) * 1000);
        if now >= end {
            c.search_window = now;
            c.searches = 0;
        } else if allowed > 0 && c.searches >= allowed {
            let left = (end - now).div_ceil(1000);
            self.request_notice(id, format!("You may search again in {left} seconds."));
            return false;
        }
        if c.class < 3 && c.last_search == *asked {
            return false;
        }
        true
    }

    pub(super) fn search_judged(&mut self, id: ConnId, q: Query) {
        let filter = self.config.limits.use_search_filter;
        let lan_filter = self.config.limits.filter_lan_requests;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.searches += 1;
        c.last_search = q.asked;
        if q.address.is_none() {
            c.results = 0;
        }
        let (nick, nat, ip) = (c.nick.clone(), c.nat, c.ip);
        let origin = match &q.address {
            Some((ip, port)) => Origin::Active { ip, port },
            None => Origin::Passive { nick: &nick },
        };
        let long = Wire::of(|out| search::write(&origin, &q.limits, &q.pattern, out));
        if !filter {
            let mut group = Group::LISTED;
            if q.address.is_none() {
                group.all = group.all.with(Traits::ACTIVE);
            }
            self.broadcast(group, long);
            return;
        }
        let mut group = Group {
            all: Traits::LISTED.with(Traits::SHARES),
            any: Traits::EMPTY,
            none: Traits::CLASS_PINGER.with(Traits::CHAT_ONLY),
            except: Some(id),
        };
        if q.tth.is_some() {
            group.all = group.all.with(Traits::TTH_SEARCH);
        }
        if q.address.is_none() {
            // A passive searcher reaches active users, and with NAT traversal each other.
            group.any = if nat {
                Traits::ACTIVE.with(Traits::NAT)
            } else {
                Traits::ACTIVE
            };
        } else if lan_filter {
            if is_lan(ip) {
                group.all = group.all.with(Traits::LAN);
            } else {
                group.none = group.none.with(Traits::LAN);
            }
        }
        match (&q.tth, q.short) {
            (Some(tth), true) => {
                let short = Wire::of(|out| search::write_short(tth, &origin, out));
                let with = Group {
                    all: group.all.with(Traits::TTHS),
                    ..group
                };
                let without = Group {
                    none: group.none.with(Traits::TTHS),
                    ..group
                };
                self.broadcast(with, short);
                self.broadcast(without, long);
            }
            _ => self.broadcast(group, long),
        }
    }

    /// The rules for searches, for clients that want to know them.
    pub(super) fn send_search_rule(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        if !c.features.has(super::conn::Features::SEARCH_RULE) {
            return;
        }
        let (l, r) = (&self.config.limits, &self.config.rights);
        let (active, passive) = match c.class {
            10.. => (0, 0),
            3..=9 => (l.int_search_op, l.int_search_op),
            2 => (l.int_search_vip, l.int_search_vip),
            1 => (l.int_search_reg, l.int_search_reg_pas),
            _ => (l.int_search, l.int_search_pas),
        };
        let allowed = |least: i32, seconds: u32| {
            if c.class < least {
                -1
            } else {
                i64::from(seconds)
            }
        };
        let share = match c.class {
            ..=0 => l.min_share_use_hub,
            1 => l.min_share_use_hub_reg,
            2 => l.min_share_use_hub_vip,
            _ => 0,
        };
        let rule = nmdc::write::SearchRule {
            min: u64::from(l.min_search_chars),
            max: u64::from(l.max_len_search),
            num: u64::from(l.search_number),
            int: allowed(r.min_class_use_hub, active),
            int_pas: allowed(r.min_class_use_hub_passive, passive),
            share: (share > 0).then_some(share << 20),
        };
        self.send(id, Wire::of(|out| nmdc::write::search_rule(&rule, out)));
    }

    // ---- results -----------------------------------------------------------------------

    pub(super) fn search_result(&mut self, id: ConnId, frame: &Bytes, sr: &nmdc::SearchResult<'_>) {
        let Some(target) = sr.target else {
            self.syntax_error(id, "SR");
            return;
        };
        let Some(Holder::User(target)) = self.nicks.get(&super::NickKey::of(target)).copied()
        else {
            return;
        };
        if self
            .conns
            .get(&id)
            .is_some_and(|c| self.too_busy_for(c.class))
        {
            return;
        }
        let data = Wire::of(|out| sr.write(out));
        let (nick, message) = (self.nick_of(id), frame.clone());
        let event = Event::ParsedMsgSR {
            nick,
            data: message,
        };
        let needs = Needs::Nothing;
        self.ask_about(
            id,
            Hook::ParsedMsgSR,
            needs,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.sr_judged(target, data);
                }
            },
        );
    }

    fn sr_judged(&mut self, target: ConnId, data: Wire) {
        let max = self.config.limits.max_passive_sr;
        let Some(t) = self.conns.get_mut(&target) else {
            return;
        };
        if max > 0 && t.results >= max {
            return;
        }
        t.results += 1;
        self.send(target, data);
    }
}

/// Search limits with the kind "any" in place of "by hash".
fn any_kind(limits: &Bytes) -> Bytes {
    match limits.strip_suffix(b"9?") {
        Some(head) => cat![head, "1?"],
        None => limits.clone(),
    }
}

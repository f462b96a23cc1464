//! Clones: several users at one address who show the same.

use bytes::Bytes;

use crate::constants::CloseReason;
use crate::io::ConnId;

use super::tempban::{Cause, TempBan};
use super::{Hub, cat};

impl Hub {
    /// Whether a user who is about to enter shows the same as others at his address do
    /// (`clone_detect_count`); throws him out.
    pub(super) fn is_clone(&mut self, id: ConnId) -> bool {
        let u = &self.config.users;
        let needed = usize::try_from(u.clone_detect_count).unwrap_or(usize::MAX);
        let Some(c) = self.conns.get(&id).filter(|_| needed > 0) else {
            return false;
        };
        if i64::from(c.class) > i64::from(u.max_class_check_clone) {
            return false;
        }
        let own = fingerprint(&c.raw_info);
        let others = self.by_ip.get(&c.ip).map_or(&[][..], |ids| ids);
        let alike: Vec<ConnId> = (others.iter().copied())
            .filter(|other| {
                let other = self.conns.get(other).filter(|o| o.listed && o.id != id);
                other.is_some_and(|o| o.key != c.key && fingerprint(&o.raw_info) == own)
            })
            .collect();
        let Some(first) = alike.first().filter(|_| alike.len() >= needed) else {
            return false;
        };
        let (key, ip_seconds) = (c.key.clone(), u.clone_ip_tban_time);
        let (seconds, reports) = (u.clone_det_tban_time, u.clone_detect_report);
        let other = self.nick_of(*first);
        if reports {
            let text = cat!["Clone: ", self.who(id), " is a clone of ", other, "."];
            self.tell_operators(&text);
        }
        let reason = cat!["You are a clone of ", other, "."];
        if seconds > 0 {
            let until = (self.now.mono_ms).saturating_add(seconds.saturating_mul(1000));
            let ban = TempBan {
                cause: Cause::Clone,
                reason: reason.clone(),
                until,
                pair: None,
            };
            self.nick_bans.add(key, ban);
            self.keep_out(id, Cause::Clone, &reason, ip_seconds);
        }
        self.close(id, CloseReason::Clone, reason);
        true
    }

    /// Notes who has taken a nick at which address.
    pub(super) fn note_address(&mut self, id: ConnId) {
        if let Some(c) = self.conns.get(&id) {
            self.by_ip.entry(c.ip).or_default().push(id);
        }
    }

    pub(super) fn forget_address(&mut self, id: ConnId, ip: std::net::IpAddr) {
        if let Some(ids) = self.by_ip.get_mut(&ip) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_ip.remove(&ip);
            }
        }
    }
}

/// A MyINFO message from after the nick on, without the mode and the hubs in its tag.
fn fingerprint(raw: &Bytes) -> Vec<u8> {
    let mut words = raw.splitn(4, |b| *b == b' ');
    let rest = words.nth(3).unwrap_or_default();
    let (before, tag) = match rest.iter().rposition(|b| *b == b'<') {
        Some(at) => rest.split_at(at),
        None => (rest, &[][..]),
    };
    let varies = |part: &[u8]| {
        matches!(part, [b'M' | b'm' | b'H' | b'h', b':', ..]) && !part.contains(&b'>')
    };
    let mut out = before.to_vec();
    for part in tag.split(|b| *b == b',').filter(|p| !varies(p)) {
        out.push(b',');
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mode_and_hubs_make_no_difference() {
        let of = |text: &'static str| fingerprint(&Bytes::from(text));
        let one = of("$MyINFO $ALL a d<++ V:1,M:A,H:1/0/0,S:3>$ $100\u{1}$m$7$");
        assert_eq!(
            one,
            of("$MyINFO $ALL bob d<++ V:1,M:P,H:2/3/0,S:3>$ $100\u{1}$m$7$")
        );
        assert_ne!(
            one,
            of("$MyINFO $ALL a d<++ V:1,M:A,H:1/0/0,S:4>$ $100\u{1}$m$7$")
        );
        assert_ne!(
            one,
            of("$MyINFO $ALL a d<++ V:1,M:A,H:1/0/0,S:3>$ $100\u{1}$m$8$")
        );
        assert_ne!(of("$MyINFO $ALL a x y"), of("$MyINFO $ALL a x z"));
    }
}

//! Clients that take the hub for another client: somebody told a swarm of them to connect here.
//!
//! Such a client begins as clients do among themselves, with `$MyNick` and `$Lock`.

use bytes::Bytes;

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::ConnId;

use super::rights::Needs;
use super::{Hub, cat};

/// So many of them are an attack.
const SWARM: u32 = 10;
/// An attack is over when none came for so long.
const QUIET_MS: u64 = 180_000;
/// Operators are told how many came once in so long.
const REPORT_MS: u64 = 60_000;

/// What is said when a script does not want it told.
const REFUSED: &str = "A script of this hub has refused this (OnCtmToHub).";

/// The clients that came so far.
#[derive(Default)]
pub(super) struct Swarm {
    count: u32,
    last: u64,
    /// How many the operators know of, and since when.
    told: u32,
    told_at: u64,
}

impl Hub {
    pub(super) fn ctm_nick(&mut self, id: ConnId, frame: &Bytes, nick: &[u8]) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if c.validated {
            self.unknown(id, frame);
        } else if c.ctm_nick.is_some() {
            self.duplicate(id, "MyNick");
        } else {
            c.ctm_nick = Some(frame.slice_ref(nick));
        }
    }

    pub(super) fn ctm_lock(&mut self, id: ConnId, frame: &Bytes, lock: &[u8]) {
        let Some(c) = self.conns.get(&id) else { return };
        let Some(nick) = c.ctm_nick.clone() else {
            self.unknown(id, frame);
            return;
        };
        let event = Event::CtmToHub {
            nick,
            ip: c.ip_text.clone(),
            port: i64::from(c.peer_port),
            servport: i64::from(c.port),
            referer: frame.slice_ref(referer(lock)),
        };
        self.ask_about(
            id,
            Hook::CtmToHub,
            Needs::Nothing,
            |_| event,
            move |hub, verdict| {
                hub.ctm_judged(id, verdict.allow);
            },
        );
    }

    fn ctm_judged(&mut self, id: ConnId, report: bool) {
        let (told, why) = match report {
            true => ("CTM2HUB", "it takes the hub for another client: CTM2HUB"),
            false => (REFUSED, REFUSED),
        };
        // What a client says to another one: it would not show a line of chat.
        let data = nmdc::Wire::of(|out| nmdc::write::error(told.as_bytes(), out));
        self.send(id, data);
        if report {
            self.count_ctm(id);
        }
        self.close_told(id, CloseReason::NoRedir, why);
    }

    fn count_ctm(&mut self, id: ConnId) {
        let now = self.now.mono_ms;
        let swarm = &mut self.ctm_to_hub;
        if now >= swarm.last.saturating_add(QUIET_MS) {
            swarm.count = 0;
        }
        swarm.last = now;
        swarm.count = swarm.count.saturating_add(1);
        if swarm.count == SWARM {
            (swarm.told, swarm.told_at) = (swarm.count, now);
            let ip = self.conns.get(&id).map(|c| self.shown_ip(c));
            let text = cat![
                "Clients of other hubs are being sent to this one, the last from ",
                ip.unwrap_or_default(),
                "."
            ];
            self.tell_operators(&text);
        }
    }

    /// Tells operators how an attack goes on, and when it is over.
    pub(super) fn watch_swarm(&mut self) {
        let now = self.now.mono_ms;
        let swarm = &mut self.ctm_to_hub;
        if swarm.count < SWARM {
            return;
        }
        let count = swarm.count;
        let text = if now >= swarm.last.saturating_add(QUIET_MS) {
            *swarm = Swarm::default();
            format!("No more clients of other hubs are being sent to this one, {count} came.")
        } else if count > swarm.told && now >= swarm.told_at.saturating_add(REPORT_MS) {
            let new = count - swarm.told;
            (swarm.told, swarm.told_at) = (count, now);
            format!("Clients of other hubs sent to this one: {new} more, {count} so far.")
        } else {
            return;
        };
        self.tell_operators(text.as_bytes());
    }
}

/// The address of the hub that sent the client. Clients append it to the `Pk` of their lock, most
/// without a blank: `EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.868Ref=dchub://there:411`.
fn referer(lock: &[u8]) -> &[u8] {
    const MARK: &[u8] = b"Ref=";
    let find = |text: &[u8], what: &[u8]| text.windows(what.len()).position(|w| w == what);
    let product = find(lock, b" Pk=").map_or(lock, |at| &lock[at..]);
    let url = find(product, MARK).map_or(&b""[..], |at| &product[at + MARK.len()..]);
    let end = url.iter().position(|b| *b == b' ').unwrap_or(url.len());
    &url[..end]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_referer_is_in_the_lock() {
        const LOCK: &str = "EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=";
        for (product, referer) in [
            ("DCPLUSPLUS0.868Ref=dchub://x:411", "dchub://x:411"),
            ("DCPLUSPLUS0.868 Ref=dchub://a.b:411", "dchub://a.b:411"),
            (
                "FlylinkDC++r504Ref=nmdcs://[::1]:4111/?kp=SHA256/X",
                "nmdcs://[::1]:4111/?kp=SHA256/X",
            ),
            ("DCPLUSPLUS0.782Ref=", ""),
            ("DCPLUSPLUS0.777", ""),
            ("x Ref=dchub://a more", "dchub://a"),
        ] {
            let lock = format!("{LOCK}{product}");
            assert_eq!(
                super::referer(lock.as_bytes()),
                referer.as_bytes(),
                "{lock}"
            );
        }
        // What stands in the lock proper is chance.
        assert_eq!(super::referer(b"ABRef=CD Pk=x"), b"");
        assert_eq!(super::referer(b""), b"");
        assert_eq!(super::referer(b"Ref"), b"");
    }
}

//! Zones of users, by country (1 to 3) or by address (4 to 6), each with its own limit of
//! users; everybody else is in zone 0.

use std::net::IpAddr;

use super::Hub;

/// How many zones there are.
pub(super) const ZONES: usize = 7;

impl Hub {
    /// The zone of an address.
    pub(super) fn zone_of(&self, ip: IpAddr) -> usize {
        let t = &self.config.tags;
        let countries = [&t.cc_zone1, &t.cc_zone2, &t.cc_zone3];
        if countries.iter().any(|zone| !zone.is_empty()) {
            let code = self.view.geo().code(ip);
            let holds = |zone: &[u8]| {
                zone.windows(code.len())
                    .any(|w| w.eq_ignore_ascii_case(&code))
            };
            let found = countries.iter().position(|zone| holds(zone));
            if let Some(zone) = found.filter(|_| code.len() == 2) {
                return zone + 1;
            }
        }
        let ranges = [
            (&t.ip_zone4_min, &t.ip_zone4_max),
            (&t.ip_zone5_min, &t.ip_zone5_max),
            (&t.ip_zone6_min, &t.ip_zone6_max),
        ];
        let within = |(least, most): &(&bytes::Bytes, &bytes::Bytes)| {
            address(least).zip(address(most)).is_some_and(|(a, b)| {
                (a..=b).contains(&ip) && a.is_ipv4() == ip.is_ipv4() && b.is_ipv4() == ip.is_ipv4()
            })
        };
        ranges.iter().position(within).map_or(0, |zone| zone + 4)
    }

    /// How many users a zone may have.
    pub(super) fn zone_limit(&self, zone: usize) -> u32 {
        let l = &self.config.limits;
        match zone {
            1 => l.max_users1,
            2 => l.max_users2,
            3 => l.max_users3,
            4 => l.max_users4,
            5 => l.max_users5,
            6 => l.max_users6,
            _ => l.max_users0,
        }
    }
}

/// An end of a zone of addresses; empty when the zone is not used.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    str::from_utf8(text).ok()?.trim().parse().ok()
}

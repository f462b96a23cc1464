//! Networks that no database knows: this machine and private ones.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network at home.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Home {
    /// This machine's own; otherwise a private one.
    pub loopback: bool,
    /// The first address.
    pub low: IpAddr,
    /// The last address.
    pub high: IpAddr,
}

impl Home {
    /// What stands in the place of a country code.
    pub const fn code(&self) -> &'static str {
        if self.loopback { "L1" } else { "P1" }
    }

    /// What stands in the place of a country, city or provider.
    pub const fn name(&self) -> &'static str {
        if self.loopback {
            "Local Network"
        } else {
            "Private Network"
        }
    }
}

const fn v4(low: [u8; 4], high: [u8; 4]) -> (IpAddr, IpAddr) {
    let [a, b, c, d] = low;
    let [e, f, g, h] = high;
    (
        IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        IpAddr::V4(Ipv4Addr::new(e, f, g, h)),
    )
}

/// The network of all addresses whose first part is one from `low` to `high`.
const fn v6(low: u16, high: u16) -> (IpAddr, IpAddr) {
    const ALL: u16 = u16::MAX;
    (
        IpAddr::V6(Ipv6Addr::new(low, 0, 0, 0, 0, 0, 0, 0)),
        IpAddr::V6(Ipv6Addr::new(high, ALL, ALL, ALL, ALL, ALL, ALL, ALL)),
    )
}

const fn home(loopback: bool, range: (IpAddr, IpAddr)) -> Home {
    Home {
        loopback,
        low: range.0,
        high: range.1,
    }
}

const LOCALHOST: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// RFC 1122, 1918, 3927, 4193, 4291.
static NETWORKS: [Home; 8] = [
    home(true, v4([127, 0, 0, 0], [127, 255, 255, 255])),
    home(false, v4([10, 0, 0, 0], [10, 255, 255, 255])),
    home(false, v4([172, 16, 0, 0], [172, 31, 255, 255])),
    home(false, v4([192, 168, 0, 0], [192, 168, 255, 255])),
    home(false, v4([169, 254, 0, 0], [169, 254, 255, 255])),
    home(true, (LOCALHOST, LOCALHOST)),
    home(false, v6(0xfc00, 0xfdff)),
    home(false, v6(0xfe80, 0xfebf)),
];

/// The network at home that an address belongs to.
pub(super) fn of(ip: IpAddr) -> Option<&'static Home> {
    let ip = ip.to_canonical();
    // Addresses are ordered within their family, and all of one come before those of the other.
    NETWORKS.iter().find(|n| n.low <= ip && ip <= n.high)
}

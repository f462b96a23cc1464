//! `hub::geo`: databases (`.mmdb`) that may be broken anywhere.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use hub::config::Config;
use hub::geo::{Database, Geo, Style};

pub(crate) const WORDS: &[&str] = &[
    "\u{ab}",
    "MaxMind.com",
    "node_count",
    "record_size",
    "ip_version",
    "names",
    "en",
    "country",
];

/// Whole databases, in which an input changes bytes.
const BASES: [&[u8]; 5] = [
    include_bytes!("../../../tests/geo/GeoLite2-City-Test.mmdb"),
    include_bytes!("../../../tests/geo/GeoLite2-Country-Test.mmdb"),
    include_bytes!("../../../tests/geo/GeoLite2-ASN-Test.mmdb"),
    include_bytes!("../../../tests/geo/MaxMind-DB-test-ipv4-24.mmdb"),
    include_bytes!("../../../tests/geo/cyclic-data-structure.mmdb"),
];

const ASKED: &[&str] = &[
    "89.160.20.112",
    "67.43.156.7",
    "2001:218::1",
    "1.1.1.1",
    "255.255.255.255",
    "0.0.0.0",
    "::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "81.2.69.160",
    "1.1.1.3",
    "2a02:d240::1",
];

/// The first byte chooses a database. Then come changes: two bytes of place (from the end, where
/// the outline is, when the highest bit is set), one to put there. The last choice is a database
/// of the input's own bytes.
pub(crate) fn database(input: &[u8]) {
    let (which, rest) = crate::choose(input, BASES.len() + 1);
    let bytes = match BASES.get(which) {
        None => Bytes::copy_from_slice(rest),
        Some(base) => {
            let mut bytes = base.to_vec();
            let size = bytes.len();
            for change in rest.chunks_exact(3).take(64) {
                let at = usize::from(u16::from_be_bytes([change[0], change[1]]));
                let at = match at & 0x8000 {
                    0 => at % size,
                    _ => size - 1 - (at & 0x7fff) % size.min(400),
                };
                bytes[at] = change[2];
            }
            bytes.into()
        }
    };
    let Ok(database) = Database::from_bytes(bytes) else {
        return;
    };
    let database = Arc::new(database);
    let _kind = (database.kind().len(), database.built());
    let style = Style::of(&Config::default());
    let geo = Geo {
        city: Some(Arc::clone(&database)),
        country: Some(Arc::clone(&database)),
        asn: Some(Arc::clone(&database)),
        encode: None,
    };
    for ip in ASKED {
        let ip: IpAddr = ip.parse().expect("an address");
        assert!(!geo.code(ip).contains(&b'|'), "a pipe in a country code");
        geo.country(ip, &style);
        geo.city(ip, Some(&database), &style);
        geo.asn(ip, None, &style);
        geo.place(ip, None, &style);
    }
}

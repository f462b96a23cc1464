//! Against MaxMind's own test databases, see `tests/geo/README.md`.

use proptest::prelude::*;

use super::*;

const CITY: &[u8] = include_bytes!("../../../../tests/geo/GeoLite2-City-Test.mmdb");
const COUNTRY: &[u8] = include_bytes!("../../../../tests/geo/GeoLite2-Country-Test.mmdb");
const ASN: &[u8] = include_bytes!("../../../../tests/geo/GeoLite2-ASN-Test.mmdb");
const IPV4: &[u8] = include_bytes!("../../../../tests/geo/MaxMind-DB-test-ipv4-24.mmdb");
const BROKEN: [&[u8]; 5] = [
    include_bytes!("../../../../tests/geo/GeoIP2-City-Test-Broken-Double-Format.mmdb"),
    include_bytes!("../../../../tests/geo/bad-unicode-in-map-key.mmdb"),
    include_bytes!("../../../../tests/geo/cyclic-data-structure.mmdb"),
    include_bytes!("../../../../tests/geo/libmaxminddb-corrupt-search-tree.mmdb"),
    include_bytes!("../../../../tests/geo/libmaxminddb-deep-nesting.mmdb"),
];

fn open(bytes: &'static [u8]) -> Arc<Database> {
    Arc::new(Database::from_bytes(Bytes::from_static(bytes)).unwrap())
}

fn all() -> Geo {
    Geo {
        city: Some(open(CITY)),
        country: Some(open(COUNTRY)),
        asn: Some(open(ASN)),
        encode: None,
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn style(language: &'static str, depth: u32) -> Style {
    Style {
        language: Bytes::from_static(language.as_bytes()),
        depth,
    }
}

/// A charset of Latin-1 and, in the place of 0xC0 to 0xFF, Cyrillic if wanted.
fn charset(cyrillic: bool) -> Encode {
    let byte = move |c: char| match u32::from(c) {
        0..0xc0 => u8::try_from(u32::from(c)).unwrap(),
        n @ 0x410..0x450 if cyrillic => u8::try_from(n - 0x410 + 0xc0).unwrap(),
        n @ 0xc0..=0xff if !cyrillic => u8::try_from(n).unwrap(),
        _ => b'?',
    };
    Arc::new(move |text| text.chars().map(byte).collect::<Vec<_>>().into())
}

#[test]
fn databases_say_what_they_are() {
    let city = open(CITY);
    assert_eq!(city.kind(), "GeoLite2-City");
    assert!(city.built() > 1_500_000_000);
    assert_eq!(format!("{city:?}"), "Database(\"GeoLite2-City\")");
    let error = Database::from_bytes(Bytes::from_static(b"nonsense")).unwrap_err();
    assert!(
        error.to_string().starts_with("not a MaxMind database: "),
        "{error}"
    );
}

#[test]
fn countries_of_addresses() {
    let country = Geo {
        country: Some(open(COUNTRY)),
        ..Geo::default()
    };
    let city = Geo {
        city: Some(open(CITY)),
        ..Geo::default()
    };
    for (address, code, name) in [
        ("89.160.20.112", "SE", "Sweden"),
        ("::ffff:89.160.20.112", "SE", "Sweden"),
        ("2001:218::1", "JP", "Japan"),
        ("67.43.156.7", "BT", "Bhutan"),
        ("8.8.8.8", "--", "--"),
        ("2001:db8::1", "--", "--"),
    ] {
        for geo in [&country, &city, &all()] {
            assert_eq!(geo.code(ip(address)), code, "{address}");
            assert_eq!(geo.country(ip(address), &Style::default()), name);
        }
        assert_eq!(Geo::default().code(ip(address)), "--");
        assert_eq!(Geo::default().country(ip(address), &Style::default()), "--");
    }
}

#[test]
fn networks_at_home_need_no_database() {
    for (address, code) in [
        ("127.0.0.1", "L1"),
        ("127.255.255.255", "L1"),
        ("::1", "L1"),
        ("10.0.0.0", "P1"),
        ("172.16.0.1", "P1"),
        ("172.31.255.255", "P1"),
        ("192.168.1.1", "P1"),
        ("169.254.1.1", "P1"),
        ("fd00::1", "P1"),
        ("fe80::1", "P1"),
        ("::ffff:10.0.0.1", "P1"),
        ("172.15.255.255", "--"),
        ("172.32.0.0", "--"),
        ("11.0.0.0", "--"),
        ("192.169.0.0", "--"),
        ("::2", "--"),
        ("fe00::", "--"),
        ("fec0::", "--"),
    ] {
        for geo in [Geo::default(), all()] {
            assert_eq!(geo.code(ip(address)), code, "{address}");
            let name = match code {
                "L1" => "Local Network",
                "P1" => "Private Network",
                _ => "--",
            };
            let s = Style::default();
            assert_eq!(geo.country(ip(address), &s), name);
            assert_eq!(geo.city(ip(address), None, &s), name);
            let asn = geo.asn(ip(address), None, &s);
            assert_eq!(asn, (name != "--").then(|| name.into()), "{address}");
        }
    }
    let home = Geo::default().place(ip("172.20.1.1"), None, &Style::default());
    let expected = Place {
        range_low: "172.16.0.0".into(),
        range_high: "172.31.255.255".into(),
        country_code: "P1".into(),
        country: "Private Network".into(),
        city: "Private Network".into(),
        ..Place::default()
    };
    assert_eq!(home, Some(expected));
}

#[test]
fn cities_and_who_runs_a_network() {
    let (geo, s) = (all(), Style::default());
    assert_eq!(geo.city(ip("2.125.160.216"), None, &s), "Boxford");
    assert_eq!(geo.city(ip("67.43.156.1"), None, &s), "--");
    assert_eq!(geo.city(ip("8.8.8.8"), None, &s), "--");
    // In the place of the hub's own, also when it knows less.
    let asn = open(ASN);
    assert_eq!(geo.city(ip("2.125.160.216"), Some(&asn), &s), "--");
    let asn_of = |address| geo.asn(ip(address), None, &s);
    assert_eq!(asn_of("1.128.0.0").unwrap(), "AS1221 Telstra Pty Ltd");
    assert_eq!(asn_of("12.81.96.1").unwrap(), "AS7018");
    assert_eq!(asn_of("8.8.8.8"), None);
    let other = geo.asn(ip("1.128.0.0"), Some(&open(CITY)), &s);
    assert_eq!(other, None);
    let only = Geo::default().asn(ip("1.0.0.1"), Some(&asn), &s);
    assert_eq!(only.unwrap(), "AS15169 Google Inc.");
}

#[test]
fn all_that_is_known_of_an_address() {
    let geo = all();
    let place = geo.place(ip("216.160.83.58"), None, &style("en", 2));
    let milton = Place {
        latitude: 47.2513,
        longitude: -122.3149,
        metro_code: 819,
        range_low: "216.160.83.56".into(),
        range_high: "216.160.83.63".into(),
        country_code: "US".into(),
        country: "United States".into(),
        region_code: "WA".into(),
        region: "Washington".into(),
        time_zone: "America/Los_Angeles".into(),
        continent_code: "NA".into(),
        continent: "North America".into(),
        city: "Milton".into(),
        postal_code: "98354".into(),
    };
    assert_eq!(place, Some(milton));
    let japan = geo.place(ip("2001:218:5::1"), None, &Style::default());
    let japan = japan.unwrap();
    assert_eq!(
        (&japan.country_code[..], &japan.city[..]),
        (&b"JP"[..], &b""[..])
    );
    assert_eq!(japan.range_low, "2001:218::");
    assert_eq!(japan.range_high, "2001:218:ffff:ffff:ffff:ffff:ffff:ffff");
    // Only the database of countries knows this one.
    let gibraltar = geo.place(ip("217.65.48.1"), None, &Style::default());
    assert_eq!(gibraltar.unwrap().country_code, "GI");
    for unknown in ["8.8.8.8", "2001:db8::1"] {
        assert_eq!(geo.place(ip(unknown), None, &Style::default()), None);
    }
    // Databases of something else know no places.
    for (db, address) in [(ASN, "1.128.0.0"), (IPV4, "1.1.1.1"), (IPV4, "::5")] {
        let other = geo.place(ip(address), Some(&open(db)), &Style::default());
        assert_eq!(other, None);
    }
}

#[test]
fn languages() {
    let geo = all();
    let city = |l| geo.city(ip("81.2.69.160"), None, &style(l, 0));
    assert_eq!(city("ru"), "Лондон");
    assert_eq!(city(" es "), "Londres");
    // There is no such language, or no name in it.
    assert_eq!(city("xx"), "London");
    assert_eq!(
        geo.city(ip("2.125.160.216"), None, &style("ru", 0)),
        "Boxford"
    );
    assert_eq!(
        geo.country(ip("2.125.160.216"), &style("fr", 0)),
        "Royaume-Uni"
    );
}

#[test]
fn names_in_the_hubs_charset() {
    let name = |cyrillic, language, depth, address| {
        let geo = Geo {
            encode: Some(charset(cyrillic)),
            ..all()
        };
        geo.city(ip(address), None, &style(language, depth))
    };
    let (linkoping, london, milton) = ("89.160.20.112", "81.2.69.160", "216.160.83.56");
    for depth in [1, 2] {
        assert_eq!(name(false, "en", depth, linkoping), &b"Link\xf6ping"[..]);
        let moscow = &b"\xcc\xe8\xeb\xfc\xf2\xee\xed"[..];
        assert_eq!(name(true, "ru", depth, milton), moscow);
    }
    // UTF-8 as it is, question marks, similar letters.
    assert_eq!(name(true, "en", 0, linkoping), "Linköping");
    assert_eq!(name(true, "en", 1, linkoping), "Link?ping");
    assert_eq!(name(true, "en", 2, linkoping), "Linkoping");
    assert_eq!(name(false, "ru", 1, london), "??????");
    assert_eq!(name(false, "ru", 2, london), "London");
    assert_eq!(name(false, "zh-CN", 2, "175.16.199.1"), "Chang Chun");
}

#[test]
fn names_cannot_end_a_message() {
    let text = |name, depth| text::hub_text(name, depth, Some(&charset(false)));
    assert_eq!(text("a|b\r\nc\u{0}?", 2), "a b  c ?");
    assert_eq!(text("a|b é", 0), "a b é");
    // This one reads like a bar.
    assert!(!text("\u{2502}\u{a6}\u{2758}", 2).contains(&b'|'));
}

/// Asks everything; what is wrong with a database must never be a panic.
fn ask_all(bytes: Bytes, address: IpAddr) {
    let Ok(db) = Database::from_bytes(bytes) else {
        return;
    };
    let db = Arc::new(db);
    let geo = Geo {
        city: Some(Arc::clone(&db)),
        country: Some(Arc::clone(&db)),
        asn: Some(db),
        encode: Some(charset(true)),
    };
    let s = style("ja", 2);
    geo.code(address);
    geo.country(address, &s);
    geo.city(address, None, &s);
    geo.asn(address, None, &s);
    geo.place(address, None, &s);
}

#[test]
fn broken_databases_answer_without_harm() {
    for bytes in BROKEN {
        for address in [
            "81.2.69.160",
            "1.1.1.1",
            "0.0.0.0",
            "255.255.255.255",
            "2001:218::1",
            "::",
        ] {
            ask_all(Bytes::from_static(bytes), ip(address));
        }
    }
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from),
        prop::sample::select(vec![
            "81.2.69.160",
            "1.128.0.0",
            "2001:218::1",
            "216.160.83.56"
        ])
        .prop_map(|text| text.parse().unwrap()),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_a_database_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        marked in any::<bool>(),
        address in addresses(),
    ) {
        let mut bytes = bytes;
        if marked {
            // What comes before the description of a database.
            let at = bytes.len() / 2;
            bytes.splice(at..at, *b"\xab\xcd\xefMaxMind.com");
        }
        ask_all(bytes.into(), address);
    }

    #[test]
    fn a_damaged_database_never_panics(
        which in prop::sample::select(vec![CITY, COUNTRY, ASN, IPV4]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        near_the_end in any::<bool>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
        address in addresses(),
    ) {
        let mut bytes = which.to_vec();
        for (at, byte) in damage {
            let from = if near_the_end { bytes.len() - 300 } else { 0 };
            let at = from + at.index(bytes.len() - from);
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.drain(..cut.index(which.len()));
        }
        ask_all(bytes.into(), address);
    }
}

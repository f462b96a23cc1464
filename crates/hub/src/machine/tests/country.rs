//! What the hub does with users' countries.

use std::sync::Arc;

use bytes::Bytes;

use super::kit::*;
use crate::geo::{Database, Geo};
use crate::io::{ConnId, Input};

const CITY: &[u8] = include_bytes!("../../../../../tests/geo/GeoLite2-City-Test.mmdb");
const COUNTRY: &[u8] = include_bytes!("../../../../../tests/geo/GeoLite2-Country-Test.mmdb");
const ASN: &[u8] = include_bytes!("../../../../../tests/geo/GeoLite2-ASN-Test.mmdb");

/// A hub that knows cities, countries and providers.
fn kit(settings: &[(&str, &str)]) -> Kit {
    let mut k = Kit::with(settings);
    let open = |bytes| Database::from_bytes(Bytes::from_static(bytes)).unwrap();
    let some = |bytes| Some(Arc::new(open(bytes)));
    k.input(Input::Geo(Arc::new(Geo {
        city: some(CITY),
        country: some(COUNTRY),
        asn: some(ASN),
        encode: None,
    })));
    k
}

fn from(k: &mut Kit, ip: &str, nick: &str) -> ConnId {
    let c = k.connect_from(ip);
    k.finish_login(c, nick, "", &info(nick));
    c
}

/// What an operator is answered, behind the hub's name.
fn answer(k: &mut Kit, op: ConnId, command: &str) -> String {
    k.got(op);
    k.say(op, "op", command);
    let got = k.got(op);
    let answer = got.strip_prefix("<Viperhub> ").unwrap();
    answer.strip_suffix('|').unwrap().to_owned()
}

#[test]
fn guests_may_have_to_name_their_country() {
    let mut k = kit(&[("nick_prefix_cc", "1")]);
    k.register("reg", 1);
    let sweden = "89.160.20.112";
    for (ip, nick, welcome) in [
        (sweden, "ann", false),
        (sweden, "[NO]ann", false),
        (sweden, "[SE]ann", true),
        (sweden, "reg", true),
        // Nobody knows where these are.
        ("8.8.8.8", "bob", true),
        ("192.168.1.1", "cat", true),
    ] {
        let c = k.connect_from(ip);
        k.send(c, &format!("$Supports NoHello |$ValidateNick {nick}|"));
        assert_eq!(k.closed(c), !welcome, "{nick} from {ip}");
        if !welcome {
            k.expect_in(c, "Your nick must begin with [SE], your country.");
        }
    }
}

#[test]
fn the_welcome_can_say_where_somebody_is() {
    let mut k = kit(&[("msg_welcome_guest", "%[nick] of %[CITY], %[CN] (%[CC])")]);
    for (ip, nick, welcome) in [
        (
            "2.125.160.216",
            "ann",
            "ann of Boxford, United Kingdom (GB)",
        ),
        (
            "10.0.0.1",
            "bob",
            "bob of Private Network, Private Network (P1)",
        ),
    ] {
        let c = k.connect_from(ip);
        k.send(
            c,
            &format!("$Supports NoHello |$Key k|$ValidateNick {nick}"),
        );
        k.send(c, &format!("$Version 1,0091|$GetNickList|{}", info(nick)));
        k.expect_in(c, &format!("<Viperhub> {welcome}|"));
    }
}

/// Each from somewhere else, and an admin.
fn travellers() -> (Kit, ConnId, [ConnId; 5]) {
    let mut k = kit(&[]);
    k.register("op", 5);
    let op = k.login("op");
    let users = [
        ("ann", "2.125.160.216"),
        ("bob", "89.160.20.112"),
        ("cat", "2001:218::1"),
        ("dan", "8.8.8.8"),
        ("eve", "10.0.0.1"),
    ]
    .map(|(nick, ip)| from(&mut k, ip, nick));
    (k, op, users)
}

#[test]
fn operators_are_told_where_users_are() {
    let (mut k, op, users) = travellers();
    assert_eq!(
        answer(&mut k, op, "!getinfo ann bob cat dan eve"),
        "\r\nann: 2.125.160.216, GB United Kingdom, Boxford\
         \r\nbob: 89.160.20.112, SE Sweden, Linköping\
         \r\ncat: 2001:218::1, JP Japan, --\
         \r\ndan: 8.8.8.8, -- --, --\
         \r\neve: 10.0.0.1, P1 Private Network, Private Network"
    );
    for (command, found) in [
        ("!whocc se", "1 user has se:\r\nbob: SE"),
        ("!whocountry --", "2 users have --:\r\ndan: --\r\nop: --"),
        ("!whocity BOX", "1 user has BOX:\r\nann: Boxford"),
        ("!whocc NO", "Nobody has NO."),
    ] {
        assert_eq!(answer(&mut k, op, command), found, "{command}");
    }
    // A user is told the same about himself.
    k.got(users[1]);
    k.say(users[1], "bob", "+myip");
    let got = k.got(users[1]);
    assert!(got.contains("Country: SE Sweden\r\n"), "{got}");
    assert!(got.contains("City: Linköping\r\n"), "{got}");
    // Until the databases are gone.
    k.input(Input::Geo(Arc::default()));
    assert_eq!(
        answer(&mut k, op, "!gn ann"),
        "\r\nann: 2.125.160.216, -- --, --"
    );
}

#[test]
fn admins_are_told_of_the_databases() {
    let mut k = kit(&[]);
    k.register("op", 5);
    let op = k.login("op");
    let told = answer(&mut k, op, "!mmdbinfo");
    let lines: Vec<&str> = told
        .lines()
        .map(|l| l.split(", built ").next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "GeoIP databases:",
            "cities: GeoLite2-City",
            "countries: GeoLite2-Country",
            "providers: GeoLite2-ASN",
        ]
    );
    assert_eq!(told.matches(", built 20").count(), 3, "{told}");
}

#[test]
fn a_broadcast_reaches_the_countries_that_it_names() {
    let (mut k, op, [ann, bob, cat, dan, eve]) = travellers();
    for (command, reached) in [
        ("!ccbc :SE: hello", &[bob][..]),
        ("!ccbroadcast :gb:jp: hello", &[ann, cat]),
        ("!ccbc :P1: hello", &[eve]),
        // Whose country nobody knows, the admin among them.
        ("!ccbc :--: hello", &[dan, op]),
        ("!ccbc :NO: hello", &[]),
    ] {
        k.say(op, "op", command);
        for user in [ann, bob, cat, dan, eve, op] {
            let got = k.got(user);
            let private = got.contains("$<Viperhub> hello|");
            assert_eq!(private, reached.contains(&user), "{command}");
            let told = got.contains(&format!("<Viperhub> Sent to {} users.|", reached.len()));
            assert_eq!(told, user == op, "{command}");
        }
    }
    k.say(op, "op", "!ccbc :GB:SE: %[CITY] in %[CN]");
    k.expect_in(ann, "$<Viperhub> Boxford in United Kingdom|");
    k.expect_in(bob, "$<Viperhub> Linköping in Sweden|");
    k.expect(cat, "");
}

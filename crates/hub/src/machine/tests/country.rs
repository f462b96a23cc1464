//! What the hub does with users' countries.

use std::sync::Arc;

use bytes::Bytes;

use super::kit::*;
use crate::geo::{Database, Geo};
use crate::io::Input;

/// A hub that knows cities.
fn kit(settings: &[(&str, &str)]) -> Kit {
    let mut k = Kit::with(settings);
    let bytes = include_bytes!("../../../../../tests/geo/GeoLite2-City-Test.mmdb");
    let database = Database::from_bytes(Bytes::from_static(bytes)).unwrap();
    k.input(Input::Geo(Arc::new(Geo {
        city: Some(Arc::new(database)),
        ..Geo::default()
    })));
    k
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

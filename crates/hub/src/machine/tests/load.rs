//! The states of load, zones and clones.

use super::*;
use crate::io::Input;
use std::sync::atomic::Ordering;

/// Ticks every so many seconds for 90 seconds.
fn slow(k: &mut Kit, gap: u64) {
    for _ in 0..90 / gap + 1 {
        k.tick(gap);
    }
}

#[test]
fn each_state_of_load() {
    // adv_min_frequency 0.3 Hz: one look at the clock in so many seconds.
    for (gap, state) in [
        (1, "normal"),
        (2, "normal"),
        (3, "busy"),
        (4, "over its limit"),
        (9, "far over its limit"),
    ] {
        let mut k = Kit::with(&[("host_header", "1"), ("timeout_key", "0")]);
        if gap == 4 {
            // A quarter of a Hz is 0.71 of this: below 0.8.
            k.set("adv_min_frequency", "0.35");
        }
        let before = k.connect();
        slow(&mut k, gap);
        k.got(before);
        k.send(before, "$Supports |$Key k|$ValidateNick a|$Version 1");
        k.send(before, &info("a"));
        k.expect_in(before, &format!("The load is {state}"));
        let new = k.connect();
        assert_eq!(k.closed(new), gap >= 4, "one look in {gap} seconds");
        if gap >= 4 {
            k.expect_in(new, "The hub is overloaded");
        }
    }
}

#[test]
fn at_the_limit_users_below_operator_search_no_more() {
    let settings = [("disable_extjson", "0"), ("adv_min_frequency", "0.28")];
    let mut k = Kit::with(&settings);
    k.register("op", 3);
    let (op, b) = (k.login("op"), k.login_as("b", "ExtJSON2", &info("b")));
    let a = k.login_as("a", "ExtJSON2", &info("a"));
    let messages = [
        ("$Search Hub:a F?T?0?1?word1", "$Search"),
        ("$SR a f\x051 1/1\x05h (1.1.1.1)\x05b", "$SR"),
        ("$ExtJSON a {1}", "$ExtJSON"),
    ];
    k.set("search_number", "0");
    slow(&mut k, 4);
    k.expect_in(op, "The load of the hub is at its limit");
    k.got(b);
    for (message, _) in messages {
        k.send(a, message);
    }
    k.expect(b, "");
    k.expect(
        a,
        "<Viperhub> The hub is too busy for searches, please try later.|",
    );
    k.send(op, "$Search Hub:op F?T?0?1?word2");
    k.expect_in(b, "$Search Hub:op");
    let c = k.login("c");
    assert!(!k.closed(c), "there is room yet");
    slow(&mut k, 1);
    k.expect_in(op, "The load of the hub is busy");
    for (message, shown) in messages {
        k.got(b);
        k.send(a, message);
        k.expect_in(b, shown);
    }
}

#[test]
fn much_upload_is_shown() {
    let mut k = Kit::with(&[("host_header", "1"), ("adv_max_upload_kbps", "100")]);
    k.view.upload.store(101 * 1024, Ordering::Relaxed);
    k.tick(1);
    let a = k.connect();
    k.send(a, "$Supports |$Key k|$ValidateNick a|$Version 1");
    k.send(a, &info("a"));
    k.expect_in(a, "The load is busy");
    assert!(!k.closed(a));
    k.set("adv_max_upload_kbps", "0");
    k.tick(1);
    let b = k.connect();
    k.send(b, "$Supports |$Key k|$ValidateNick b|$Version 1");
    k.send(b, &info("b"));
    k.expect_in(b, "The load is normal");
}

#[test]
fn the_header_stands_where_the_setting_says() {
    let shown = |value: &str| {
        let mut k = Kit::with(&[("host_header", value)]);
        let c = k.connect();
        let first = k.got(c);
        k.send(c, "$Supports |$Key k|$ValidateNick a|$Version 1");
        k.send(c, &info("a"));
        let [runs, pk] = ["This hub runs", "Pk=Viperhub"].map(|t| first.contains(t));
        (runs, pk, k.got(c).contains("This hub runs"))
    };
    assert_eq!(shown("0"), (false, false, false));
    assert_eq!(shown("1"), (false, true, true));
    assert_eq!(shown("2"), (true, true, false));
}

// ---- zones -------------------------------------------------------------------------------

/// Sweden is zone 1, 2.0.0.0/8 zone 4.
fn zoned(settings: &[(&str, &str)]) -> Kit {
    let mut all = vec![
        ("cc_zone1", ":NO:SE:"),
        ("cc_zone3", ":GB:"),
        ("ip_zone4_min", "2.0.0.0"),
        ("ip_zone4_max", "2.255.255.255"),
        ("ip_zone6_min", "2001:db8::"),
        ("ip_zone6_max", "2001:db8:ffff::"),
    ];
    all.extend_from_slice(settings);
    let mut k = Kit::with(&all);
    let bytes = include_bytes!("../../../../../tests/geo/GeoLite2-City-Test.mmdb");
    let bytes = bytes::Bytes::from_static(bytes);
    let database = crate::geo::Database::from_bytes(bytes).unwrap();
    k.input(Input::Geo(std::sync::Arc::new(crate::geo::Geo {
        city: Some(std::sync::Arc::new(database)),
        ..Default::default()
    })));
    k
}

#[test]
fn each_zone_has_its_limit() {
    for (setting, ip, other) in [
        ("max_users0", "8.8.8.8", "2.1.1.1"),
        ("max_users1", "89.160.20.112", "8.8.8.8"),
        ("max_users3", "81.2.69.142", "89.160.20.112"),
        ("max_users4", "2.125.160.1", "8.8.8.8"),
        ("max_users6", "2001:db8::7", "8.8.8.8"),
    ] {
        let extra = if setting == "max_users4" {
            // Country zones come first; 2.125.160.216 is British in this database.
            ("cc_zone3", "")
        } else {
            ("max_users5", "1")
        };
        let mut k = zoned(&[extra]);
        k.set(setting, "1");
        let first = k.connect_from(ip);
        k.finish_login(first, "a", "", &info("a"));
        assert!(!k.closed(first), "{setting}");
        let second = k.connect_from(ip);
        k.send(second, "$ValidateNick b");
        assert!(k.closed(second), "{setting}");
        k.expect_in(second, "$HubIsFull|");
        let elsewhere = k.connect_from(other);
        k.send(elsewhere, "$ValidateNick c");
        assert!(!k.closed(elsewhere), "{setting}: other zones have room");
        k.register("op", 3);
        let op = k.connect_from(ip);
        k.finish_login(op, "op", "", &info("op"));
        assert!(!k.closed(op), "{setting}: operators are let in");
        k.leave(first);
        k.leave(op);
        let third = k.connect_from(ip);
        k.send(third, "$ValidateNick d");
        assert!(!k.closed(third), "{setting}: there is room again");
    }
    // Two more zones by their settings.
    let mut k = zoned(&[
        ("cc_zone1", ""),
        ("cc_zone2", "SE"),
        ("ip_zone5_min", "3.0.0.0"),
        ("ip_zone5_max", "3.0.0.9"),
        ("max_users2", "0"),
        ("max_users5", "0"),
    ]);
    for (ip, full) in [
        ("89.160.20.112", true),
        ("3.0.0.9", true),
        ("3.0.0.10", false),
    ] {
        let c = k.connect_from(ip);
        k.send(c, "$ValidateNick a");
        assert_eq!(k.closed(c), full, "{ip}");
    }
}

// ---- clones ------------------------------------------------------------------------------

#[test]
fn who_shows_the_same_at_the_same_address_is_a_clone() {
    let mut k = Kit::with(&[
        ("clone_detect_count", "2"),
        ("clone_det_tban_time", "60"),
        ("clone_ip_tban_time", "30"),
        ("report_user_country", "0"),
    ]);
    k.register("op", 3);
    let op = k.login("op");
    let enter = |k: &mut Kit, nick: &str, ip: &str, info: String| {
        let c = k.connect_from(ip);
        k.send(
            c,
            &format!("$Supports |$Key k|$ValidateNick {nick}|$Version 1"),
        );
        k.send(c, &info);
        c
    };
    let ip = "81.0.0.1";
    let a = enter(&mut k, "a", ip, info("a"));
    let b = enter(&mut k, "b", ip, passive("b").replace("H:1/0/0", "H:5/1/0"));
    assert!(!k.closed(a) && !k.closed(b), "two are needed before it");
    let other = enter(&mut k, "x", ip, info("x").replace("S:3", "S:4"));
    let far = enter(&mut k, "y", "81.0.0.2", info("y"));
    assert!(!k.closed(other) && !k.closed(far));
    k.got(op);
    let c = enter(&mut k, "c", ip, info("c"));
    assert!(k.closed(c));
    k.expect_in(c, "You are a clone of a.|");
    k.expect(
        op,
        "$To: op From: OpChat $<OpChat> Clone: c (81.0.0.1) is a clone of a.|",
    );
    let c = k.connect_from(ip);
    k.expect_in(c, "You are kept out for 30 seconds: You are a clone of a.");
    k.pass(30_000);
    let c = k.connect_from(ip);
    assert!(!k.closed(c));
    k.send(c, "$ValidateNick c");
    k.expect_in(c, "You are kept out for 30 seconds");
    // Higher classes are not looked at, others only when the setting says so.
    k.register("reg", 1);
    let reg = k.connect_from(ip);
    k.finish_login(reg, "reg", "", &info("reg"));
    assert!(!k.closed(reg));
    k.set("max_class_check_clone", "1");
    k.set("clone_detect_report", "0");
    k.leave(reg);
    let reg = k.connect_from(ip);
    k.send(
        reg,
        "$Supports |$Key k|$ValidateNick reg|$MyPass secret|$Version 1",
    );
    k.send(reg, &info("reg"));
    assert!(k.closed(reg));
    assert!(!k.got(op).contains("Clone"));
    // Without a length there is no ban.
    k.set("clone_det_tban_time", "0");
    k.pass(60_000);
    for _ in 0..2 {
        let c = enter(&mut k, "c", ip, info("c"));
        k.expect_in(c, "You are a clone of a.|");
    }
    k.set("clone_detect_count", "0");
    let c = enter(&mut k, "c", ip, info("c"));
    assert!(!k.closed(c));
}

#[test]
fn info_shows_the_load_and_where_tls_clients_are_let_in() {
    let mut k = Kit::with(&[("hub_host", "hub.example:4111"), ("tls_detect", "0")]);
    let a = k.login("a");
    k.say(a, "a", "+info");
    let got = k.got(a);
    assert!(got.contains("Load: normal\r\n"), "{got}");
    assert!(!got.contains("Secure address"), "{got}");
    k.set("tls_detect", "1");
    k.say(a, "a", "+info");
    k.expect_in(a, "Secure address: nmdcs://hub.example:4111\r\n");
}

//! One row for each way in which a login, or a message against the rules, ends: what leads to
//! it, what the user is told, and the reason that scripts and redirects are given.

use super::*;
use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::Level;
use crate::reg::RegUser;

use CloseReason as Why;

struct Row {
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// What happened before.
    before: fn(&mut Kit),
    /// What the user sends, from 81.0.0.1; `INFO` is an active user's MyINFO.
    sends: &'static [&'static str],
    says: &'static str,
    why: CloseReason,
}

const fn nothing(_: &mut Kit) {}

fn registered(k: &mut Kit) {
    k.register("a", 1);
}

fn operator(k: &mut Kit) -> crate::io::ConnId {
    k.register("op", 5);
    k.login("op")
}

/// The handshake of a, all but its MyINFO.
const HELLO: &str = "$Supports NoHello |$Key k|$ValidateNick a|$Version 1";

macro_rules! rows {
    ($($name:literal [$($var:literal = $value:literal),*] $before:expr, [$($send:expr),*] $says:literal $why:ident;)*) => {
        const ROWS: &[Row] = &[$( Row {
            name: $name,
            settings: &[$(($var, $value)),*],
            before: $before,
            sends: &[$($send),*],
            says: $says,
            why: Why::$why,
        } ),*];
    };
}

rows! {
    // The first moments.
    "overload" [] |k| (0..12).for_each(|_| k.tick(9)), [] "The hub is overloaded" HubLoad;
    "address after a wrong password" [] |k| {
        k.register("reg", 1);
        let c = k.connect_from("81.0.0.1");
        k.send(c, "$ValidateNick reg|$MyPass wrong");
    }, [] "kept out for 1 minute: wrong password" Password;
    "wrong key" ["drop_invalid_key" = "1"] nothing, ["$Key k"] "wrong key" InvalidKey;
    // Guards.
    "too early" [] nothing, ["<a> hi"] "must be logged in before using Chat" LoginErr;
    "too early for the list" [] nothing, ["$ValidateNick a", "$GetINFO b a"]
        "must be logged in before using GetINFO" LoginErr;
    "Supports twice" [] nothing, ["$Supports ", "$Supports "] "Supports was sent twice" LoginErr;
    "Key twice" [] nothing, ["$Key k", "$Key k"] "Key was sent twice" LoginErr;
    "ValidateNick twice" [] nothing, ["$ValidateNick a", "$ValidateNick a"]
        "ValidateNick was sent twice" LoginErr;
    "Version twice" [] nothing, ["$Version 1", "$Version 1"] "Version was sent twice" LoginErr;
    "MyPass unasked" [] nothing, ["$ValidateNick a", "$MyPass x"]
        "MyPass was sent, but the hub has not asked for a password" LoginErr;
    "MyPass twice" [] registered, ["$ValidateNick a", "$MyPass secret", "$MyPass secret"]
        "MyPass was sent twice" LoginErr;
    "MyHubURL twice" [] nothing,
        ["$Supports HubURL |$ValidateNick a", "$MyHubURL a", "$MyHubURL a"]
        "MyHubURL was sent twice" LoginErr;
    "BotINFO twice" [] nothing, ["$Supports BotINFO |$ValidateNick a", "$BotINFO a", "$BotINFO a"]
        "BotINFO was sent twice" LoginErr;
    "MyINFO too early" [] nothing, ["$ValidateNick a", "INFO"]
        "A client sends $Key before $MyINFO" LoginErr;
    "MyINFO before the password" [] registered, ["$Key k|$ValidateNick a", "INFO"]
        "A client sends its password before $MyINFO" LoginErr;
    "syntax" [] nothing, ["$ValidateNick a", "$MyINFO $ALL a"] "Syntax error in MyINFO" Syntax;
    "NUL bytes" [] nothing, ["$Key a\0b"] "A message may not hold the byte 0" Syntax;
    "another's nick" [] nothing, [HELLO, "INFO", "<b> hi"] "Your nick is a, not b" Syntax;
    "ExtJSON unannounced" [] nothing, [HELLO, "INFO", "$ExtJSON a {}"] "ExtJSON2" LoginErr;
    "IN unannounced" [] nothing, [HELLO, "INFO", "$IN a$x"] "IN is for clients" LoginErr;
    "SA unannounced" [] nothing,
        [HELLO, "INFO", "$SA ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG 81.0.0.1:412"]
        "TTHS" LoginErr;
    // Lengths.
    "max_len_supports" ["max_len_supports" = "20"] nothing, ["$Supports abcdefghijkl "]
        "longer than 20 bytes" Syntax;
    "max_len_version" ["max_len_version" = "20"] nothing, ["$Version abcdefghijkl"]
        "longer than 20 bytes" Syntax;
    "max_len_myinfo" ["max_len_myinfo" = "30"] nothing, [HELLO, "INFO"]
        "longer than 30 bytes" Syntax;
    "max_len_in" ["max_len_in" = "20"] nothing, [HELLO, "INFO", "$IN a$abcdefghijklmnopq"]
        "longer than 20 bytes" Syntax;
    "max_len_extjson" ["max_len_extjson" = "20"] nothing, [HELLO, "INFO", "$ExtJSON a {abcdefghijkl}"]
        "longer than 20 bytes" Syntax;
    "max_len_myhuburl" ["max_len_myhuburl" = "20"] nothing, [HELLO, "$MyHubURL abcdefghijkl"]
        "longer than 20 bytes" Syntax;
    "max_len_search" ["max_len_search" = "30"] nothing,
        [HELLO, "INFO", "$Search Hub:a F?T?0?1?abcdefghijkl"] "longer than 30 bytes" Syntax;
    "max_len_mynick" ["max_len_mynick" = "20"] nothing, ["$MyNick abcdefghijklmnopq"]
        "longer than 20 bytes" Syntax;
    "max_len_lock" ["max_len_lock" = "20"] nothing, ["$MyNick a", "$Lock abcdefghijklmnopq"]
        "longer than 20 bytes" Syntax;
    // Nicks.
    "a byte no nick has" [] nothing, ["$ValidateNick a<b"] "no nick may hold" BadNick;
    "too long a nick" ["max_nick" = "3"] nothing, ["$ValidateNick abcd"] "longer than 3 bytes" BadNick;
    "too short a nick" ["min_nick" = "3"] nothing, ["$ValidateNick ab"] "shorter than 3 bytes" BadNick;
    "a byte not allowed" ["nick_chars" = "abc"] nothing, ["$ValidateNick abd"] "only these" BadNick;
    "no prefix" ["nick_prefix" = "[A] [B]"] nothing, ["$ValidateNick a"] "must begin with one of" BadNick;
    "[OP]" [] nothing, ["$ValidateNick [OP]a"] "Only operators may" BadNick;
    "online elsewhere" [] |k| { k.login("a"); }, ["$ValidateNick A"] "$ValidateDenide A|" BadNick;
    "a bot's nick" [] nothing, ["$ValidateNick OPCHAT"] "$ValidateDenide OPCHAT|" BadNick;
    "logged in a moment ago" ["int_login" = "60"] |k| { let c = k.login("a"); k.leave(c); },
        ["$ValidateNick a"] "you log in too often" Reconnect;
    "a banned nick" [] |k| { let op = operator(k); k.say(op, "op", "!bannick_1d a spam"); },
        ["$ValidateNick a"] "spam" InvalidUser;
    "a banned address" [] |k| { let op = operator(k); k.say(op, "op", "!banip_1d 81.0.0.1 spam"); },
        ["$ValidateNick a"] "spam" InvalidUser;
    "a banned range" [] |k| { let op = operator(k); k.say(op, "op", "!banrange_1d 81.0.0.0/8 spam"); },
        ["$ValidateNick a"] "spam" InvalidUser;
    "a banned beginning" [] |k| { let op = operator(k); k.say(op, "op", "!banprefix_1d ab spam"); },
        ["$ValidateNick abc"] "spam" InvalidUser;
    "a registered nick elsewhere" [] |k| k.register_as(RegUser {
        nick: "a".into(),
        class: 1,
        enabled: true,
        has_password: true,
        auth_ip: "81.0.0.11".into(),
        ..RegUser::default()
    }), ["$ValidateNick a"] "may not log in from your address" LoginErr;
    "a full hub" ["max_users" = "1"] |k| { k.login("b"); }, ["$ValidateNick a"] "$HubIsFull|" UserLimit;
    "a hub for registered users" ["max_users" = "0"] nothing, ["$ValidateNick a"]
        "Only registered users" UserLimit;
    "the same in the owner's words" ["max_users" = "0", "hubfull_message" = "go away"] nothing,
        ["$ValidateNick a"] "go away" UserLimit;
    "a full zone" ["max_users0" = "1"] |k| { k.login("b"); }, ["$ValidateNick a"]
        "$HubIsFull|" UserLimit;
    "many at one address" ["max_users_from_ip" = "1"] |k| {
        let c = k.connect_from("81.0.0.1");
        k.finish_login(c, "b", "", &info("b"));
    }, ["$ValidateNick a"] "Too many users come from your address" UserLimit;
    // Passwords.
    "a wrong password" [] registered, ["$ValidateNick a", "$MyPass wrong"] "$BadPass|" Password;
    "no password" [] registered, ["$ValidateNick a", "$MyPass "] "$BadPass|" Password;
    // Tags.
    "no tag" ["tag_allow_none" = "0"] nothing, [HELLO, "$MyINFO $ALL a d$ $1\x01$$0$"]
        "send a tag" TagNone;
    "SOCKS5" ["tag_allow_sock5" = "0"] nothing, [HELLO, "$MyINFO $ALL a <x V:1,M:5,H:1/0/0,S:3>$ $1\x01$$0$"]
        "SOCKS5 mode" TagInvalid;
    "passive" ["tag_allow_passive" = "0"] nothing, [HELLO, "$MyINFO $ALL a <x V:1,M:P,H:1/0/0,S:3>$ $1\x01$$0$"]
        "Passive mode" TagInvalid;
    "no hubs" [] nothing, [HELLO, "$MyINFO $ALL a <x V:1,M:A,S:3>$ $1\x01$$0$"] "no hubs or slots" TagInvalid;
    "no slots" [] nothing, [HELLO, "$MyINFO $ALL a <x V:1,M:A,H:1/0/0>$ $1\x01$$0$"]
        "no hubs or slots" TagInvalid;
    "many hubs" ["tag_max_hubs" = "2"] nothing, [HELLO, "$MyINFO $ALL a <x V:1,M:A,H:1/1/1,S:3>$ $1\x01$$0$"]
        "You are on 3 hubs, at most 2" TagInvalid;
    "many hubs as a guest" ["tag_max_hubs" = "2", "tag_sum_hubs" = "1"] nothing,
        [HELLO, "$MyINFO $ALL a <x V:1,M:A,H:3/1/1,S:3>$ $1\x01$$0$"] "You are on 3 hubs, at most 2" TagInvalid;
    "few hubs" ["tag_min_hubs" = "2"] nothing, [HELLO, "INFO"] "at least 2 are needed" TagInvalid;
    "few hubs as a guest" ["tag_min_hubs_usr" = "2"] nothing, [HELLO, "INFO"] "2 hubs as a guest" TagInvalid;
    "few hubs registered" ["tag_min_hubs_reg" = "1"] nothing, [HELLO, "INFO"]
        "1 hubs as a registered user" TagInvalid;
    "few hubs as operator" ["tag_min_hubs_op" = "1"] nothing, [HELLO, "INFO"]
        "1 hubs as an operator" TagInvalid;
    "few slots for hubs" ["tag_min_hs_ratio" = "4"] nothing, [HELLO, "INFO"] "At least 4 slots" TagInvalid;
    "many slots for hubs" ["tag_max_hs_ratio" = "2"] nothing, [HELLO, "INFO"] "At most 2 slots" TagInvalid;
    "an old client" ["tag_min_version" = "1"] nothing, [HELLO, "INFO"] "too old" TagInvalid;
    "a new client" ["tag_max_version" = "0.5"] nothing, [HELLO, "INFO"] "too new" TagInvalid;
    // Shares.
    "a small share" ["min_share" = "1"] nothing, [HELLO, "INFO"] "at least 1 MiB" ShareLimit;
    "a small share of a registered user" ["min_share_reg" = "1"] registered,
        ["$Supports |$Key k|$ValidateNick a|$MyPass secret|$Version 1", "INFO"] "at least 1 MiB" ShareLimit;
    "a small share of a VIP" ["min_share_vip" = "1"] |k| k.register("a", 2),
        ["$Supports |$Key k|$ValidateNick a|$MyPass secret|$Version 1", "INFO"] "at least 1 MiB" ShareLimit;
    "a small share of an operator" ["min_share_ops" = "1"] |k| k.register("a", 3),
        ["$Supports |$Key k|$ValidateNick a|$MyPass secret|$Version 1", "INFO"] "at least 1 MiB" ShareLimit;
    "a small share of a passive user" ["min_share" = "1", "min_share_factor_passive" = "3"] nothing,
        [HELLO, "$MyINFO $ALL a <x V:1,M:P,H:1/0/0,S:3>$ $1\x01$$2097152$"] "at least 3 MiB" ShareLimit;
    "a big share" ["max_share" = "1"] nothing,
        [HELLO, "$MyINFO $ALL a <x V:1,M:A,H:1/0/0,S:3>$ $1\x01$$2097152$"] "at most 1 MiB" ShareLimit;
    "a big share of a registered user" ["max_share_reg" = "1"] registered,
        ["$Supports |$Key k|$ValidateNick a|$MyPass secret|$Version 1",
         "$MyINFO $ALL a <x V:1,M:A,H:1/0/0,S:3>$ $1\x01$$2097152$"] "at most 1 MiB" ShareLimit;
    "a big share of a VIP" ["max_share_vip" = "1"] |k| k.register("a", 2),
        ["$Supports |$Key k|$ValidateNick a|$MyPass secret|$Version 1",
         "$MyINFO $ALL a <x V:1,M:A,H:1/0/0,S:3>$ $1\x01$$2097152$"] "at most 1 MiB" ShareLimit;
    "a big share of an operator" ["max_share_ops" = "1"] |k| k.register("a", 3),
        ["$Supports |$Key k|$ValidateNick a|$MyPass secret|$Version 1",
         "$MyINFO $ALL a <x V:1,M:A,H:1/0/0,S:3>$ $1\x01$$2097152$"] "at most 1 MiB" ShareLimit;
    "a banned share" [] |k| { let op = operator(k); k.say(op, "op", "!banshare_1d 1000 fake"); },
        [HELLO, "INFO"] "fake" Kicked;
    // Entering.
    "many passive users" ["max_users_passive" = "0"] |k| { k.login_as("p", "", &passive("p")); },
        [HELLO, "$MyINFO $ALL a <x V:1,M:P,H:1/0/0,S:3>$ $1\x01$$0$"] "more passive users" UserLimit;
    "a clone" ["clone_detect_count" = "1"] |k| {
        let c = k.connect_from("81.0.0.1");
        k.finish_login(c, "b", "", &info("b"));
    }, [HELLO, "INFO"] "You are a clone of b" Clone;
    "somebody else with the nick" [] |k| {
        let c = k.connect_from("81.0.0.1");
        k.finish_login(c, "a", "", &info("a"));
    }, [HELLO, "$MyINFO $ALL a other$ $1\x01$$0$"] "$ValidateDenide a|" BadNick;
    // Later.
    "farewell" [] nothing, [HELLO, "INFO", "$Quit a"] "Goodbye." Quit;
    "a flood" ["max_class_proto_flood" = "0"] nothing, ["|||||"] "too many empty messages" LoginErr;
}

/// The end of a connection as scripts are told of it.
fn end(k: &mut Kit) -> Option<i64> {
    let why = |e: &Event| match e {
        Event::CloseConnEx { reason, ip, .. } if ip == "81.0.0.1" => Some(*reason),
        _ => None,
    };
    k.told.iter().rev().find_map(why)
}

#[test]
fn each_refusal_says_why() {
    for row in ROWS {
        let mut k = Kit::with(row.settings);
        k.set("report_user_country", "0");
        (row.before)(&mut k);
        k.hook(&[Hook::CloseConnEx]);
        k.told.clear();
        k.logged.clear();
        let c = k.connect_from("81.0.0.1");
        for (i, frames) in row.sends.iter().enumerate() {
            assert!(!k.closed(c), "{}: closed before {frames}", row.name);
            if i + 1 == row.sends.len() {
                k.got(c);
            }
            let frames = if *frames == "INFO" {
                info("a")
            } else {
                (*frames).to_owned()
            };
            k.send(c, &frames);
        }
        let got = k.got(c);
        assert!(k.closed(c), "{}: not closed, {got}", row.name);
        assert!(got.contains(row.says), "{}: {got}", row.name);
        if row.says.is_empty() {
            assert_eq!(got, "", "{}", row.name);
        }
        assert_eq!(end(&mut k), Some(row.why as i64), "{}", row.name);
        let of_him = |(level, text): &&(Level, String)| {
            *level == Level::Debug && text.starts_with("closed ") && text.contains("81.0.0.1")
        };
        assert_eq!(k.logged.iter().filter(of_him).count(), 1, "{}", row.name);
    }
}

#[test]
fn each_step_of_the_login_has_its_time() {
    for (setting, seconds, sends, says) in [
        ("timeout_key", 60, "", "the key took too long"),
        ("timeout_nick", 30, "$Key k", "a nick took too long"),
        (
            "timeout_myinfo",
            40,
            "$Key k|$ValidateNick a",
            "MyINFO took too long",
        ),
        (
            "timeout_login",
            600,
            "",
            "the login took too long: the key is missing",
        ),
    ] {
        for (value, ends) in [(None, true), (Some("0"), false)] {
            let mut k = Kit::new();
            if setting == "timeout_login" {
                k.set("timeout_key", "0");
            }
            if let Some(value) = value {
                k.set(setting, value);
                // The login as a whole has its time, too.
                k.set("timeout_login", "0");
            }
            k.hook(&[Hook::CloseConnEx]);
            let c = k.connect_from("81.0.0.1");
            if !sends.is_empty() {
                k.send(c, sends);
            }
            k.tick(seconds - 1);
            assert!(!k.closed(c), "{setting} is not over");
            k.got(c);
            k.tick(1);
            assert_eq!(k.closed(c), ends, "{setting}");
            if ends {
                k.expect_in(c, says);
                assert_eq!(end(&mut k), Some(Why::Timeout as i64));
            }
        }
    }
}

#[test]
fn the_same_user_takes_his_place() {
    let ip = "81.0.0.1";
    let mut k = Kit::new();
    k.hook(&[Hook::CloseConnEx]);
    let old = k.connect_from(ip);
    k.finish_login(old, "a", "", &info("a"));
    let new = k.connect_from(ip);
    k.send(new, HELLO);
    k.send(new, &info("a"));
    k.expect_in(old, "You logged in once more");
    assert!(k.closed(old) && !k.closed(new));
    assert_eq!(end(&mut k), Some(Why::SelfReplaced as i64));
    // Not where it is not allowed, and then only up to a class.
    k.set("allow_same_user", "0");
    let third = k.connect_from(ip);
    k.send(third, HELLO);
    k.send(third, &info("a"));
    assert!(k.closed(third) && !k.closed(new));
    k.set("max_class_same_user", "-1");
    let third = k.connect_from(ip);
    k.send(third, HELLO);
    k.send(third, &info("a"));
    assert!(!k.closed(third) && k.closed(new));
}

//! What each function does: one row per call, with its answer and what the hub was told.

use std::collections::HashSet;

use super::*;

/// Name, arguments, keywords, answer, effect. An answer beginning with `!` is the text of
/// a TypeError.
type Row<'a> = (
    &'a str,
    Vec<Value<'a>>,
    Vec<(&'a str, Value<'a>)>,
    &'a str,
    &'a str,
);

macro_rules! rows {
    ($( $name:ident ( $($arg:expr),* ) $([ $($key:ident = $value:expr),* ])? => $answer:literal, $effect:literal; )*) => {
        vec![$( (
            stringify!($name),
            vec![$($arg.value()),*],
            vec![$($( (stringify!($key), $value.value()) ),*)?],
            $answer,
            $effect,
        ) ),*]
    };
}

const N: Value<'static> = Value::None;

fn check(rows: Vec<Row<'_>>) {
    for (name, positional, named, answer, effect) in rows {
        let host = Fake::new();
        let (got, done) = host.run(name, &positional, &named);
        let got = match &got {
            Ok(value) => plain(value),
            Err(why) => format!("!{why}"),
        };
        let call = format!("vh.{name}({positional:?}, {named:?})");
        assert_eq!(got, answer, "answer of {call}");
        assert_eq!(done, effect, "effect of {call}");
    }
}

fn messaging() -> Vec<Row<'static>> {
    rows! {
        SendToAll("hi") => "True", "chat 0..10 <Viperhub> hi";
        SendToAll("hi|") => "True", "chat 0..10 <Viperhub> hi";
        SendToAll("<x> hi") => "True", "to chat: <x> hi|";
        SendToAll("** x") => "True", "to chat: ** x|";
        SendToAll("$HubTopic x|") => "True", "to -1..10: $HubTopic x|";
        SendToAll(N) => "False", "";
        mc("hi") => "True", "chat 0..10 <Viperhub> hi";
        mc("hi", "Robo") => "True", "chat 0..10 <Robo> hi";
        mc("hi")[from = "Robo"] => "True", "chat 0..10 <Robo> hi";
        mc(N) => "False", "";
        // usermc: (nick, msg), (msg, nick), (either, either, from)
        usermc("bob", "hi you") => "True", "to bob: <Viperhub> hi you|";
        usermc("hi you", "bob") => "True", "to bob: <Viperhub> hi you|";
        usermc("hi", "bob") => "True", "to bob: <Viperhub> hi|";
        usermc("bob", "carol") => "True", "to bob: <Viperhub> carol|";
        usermc("bob", "hi", "Robo") => "True", "to bob: <Robo> hi|";
        usermc("hi", "bob", "Robo") => "True", "to bob: <Robo> hi|";
        usermc("hi")[nick = "bob"] => "True", "to bob: <Viperhub> hi|";
        usermc("carol", "bob")[from_nick = "X"] => "True", "to carol: <X> bob|";
        usermc("bob")[message = "carol"] => "True", "to bob: <Viperhub> carol|";
        usermc("gone", "hi you") => "False", "";
        usermc("hi", "Robo") => "False", "";
        usermc("bob", N) => "False", "";
        // pm: (nick, text), (text, nick), and with a sender (nick, text, from), (text, nick, from), (from, nick, text)
        pm("bob", "hi") => "True", "to bob: $To: bob From: Viperhub $<Viperhub> hi|";
        pm("hi you", "bob") => "True", "to bob: $To: bob From: Viperhub $<Viperhub> hi you|";
        pm("hi", "bob|") => "False", "";
        pm("Robo", "bob", "hi you") => "True", "to bob: $To: bob From: Robo $<Robo> hi you|";
        pm("hi you", "bob", "Robo") => "True", "to bob: $To: bob From: Robo $<Robo> hi you|";
        pm("hi", "bob", "Robo") => "True", "to bob: $To: bob From: Robo $<Robo> hi|";
        pm("hi", "bob", "Viperhub") => "True", "to bob: $To: bob From: Viperhub $<Viperhub> hi|";
        pm("x", "bob", "hi") => "True", "to bob: $To: bob From: x $<x> hi|";
        pm("alice", "bob", "carol") => "True", "to alice: $To: alice From: carol $<carol> bob|";
        pm("bob", "alice", "Robo") => "True", "to bob: $To: bob From: Robo $<Robo> alice|";
        pm("bob", "bob", "Viperhub") => "True", "to bob: $To: bob From: Viperhub $<Viperhub> bob|";
        pm("Robo", "alice", "bob") => "True", "to alice: $To: alice From: Robo $<Robo> bob|";
        pm("bob", "hi you", "Robo") => "True", "to bob: $To: bob From: Robo $<Robo> hi you|";
        pm("bob", "hi you", "x") => "True", "to bob: $To: bob From: x $<x> hi you|";
        pm("bob", "hi", "Robo") => "True", "to bob: $To: bob From: Robo $<Robo> hi|";
        pm("bob", "hi", "x") => "True", "to bob: $To: bob From: x $<x> hi|";
        pm("bob", "", "x") => "True", "to bob: $To: bob From: x $<x> |";
        pm("gone", "hi you", "Robo") => "False", "";
        pm("gone", "hi", "Robo") => "False", "";
        pm("Robo", "gone", "hi") => "False", "";
        pm("bob", "gone", "hi you") => "False", "";
        pm("bob", "hi", "OpChat", "alice") => "True", "to bob: $To: bob From: OpChat $<alice> hi|";
        pm("bob", "hi you", "OpChat", "alice") => "True", "to bob: $To: bob From: OpChat $<alice> hi you|";
        pm("gone", "hi you", "OpChat", "alice") => "False", "";
        pm(N, "bob", "hi") => "True", "to bob: $To: bob From: Viperhub $<Viperhub> hi|";
        pm("hi", "bob", N, N) => "True", "to bob: $To: bob From: Viperhub $<Viperhub> hi|";
        pm("hi", "bob", "OpChat", "alice") => "True", "to bob: $To: bob From: OpChat $<alice> hi|";
        pm("hi", "bob", "OpChat")[shown_nick = "alice"] => "True", "to bob: $To: bob From: OpChat $<alice> hi|";
        pm("hi")[nick = "bob", from_nick = "Me"] => "True", "to bob: $To: bob From: Me $<Me> hi|";
        pm()[message = "bob", to = "alice"] => "True", "to alice: $To: alice From: Viperhub $<Viperhub> bob|";
        pm("BOB", "hi") => "False", "";
        pm("bob", "hi")[nick = "alice", message = "no"] => "True", "to alice: $To: alice From: bob $<hi> no|";
        pm("bob", 1) => "!vh.pm() argument 2 (message): expected str, not int", "";
        classmc("hi", 3, 10) => "True", "chat 3..10 <Viperhub> hi";
        classmc("hi", 3, "Robo") => "True", "chat 3..10 <Robo> hi";
        classmc("hi", 3, 5, "Robo") => "True", "chat 3..5 <Robo> hi";
        classmc("hi", 3)[from_nick = "Robo"] => "True", "chat 3..10 <Robo> hi";
        classmc("hi", 5, 3) => "False", "";
        classmc("hi", 5, Value::List(vec![])) => "!vh.classmc() argument 3 (max_class): expected int or str, not list", "";
        SendToOpChat("hi|", "alice") => "True", r#"OpChat { from: Some("alice"), text: "hi" }"#;
        SendToOpChat(N) => "False", "";
        SendDataToAll("$X|", 0, 10) => "True", "to 0..10: $X|";
        SendDataToAll("$X|", 0, 10, 1) => "True", "to 0..10: $X|";
        SendDataToAll("$X|", 3, 2) => "False", "";
        SendDataToUser("$X", "bob") => "True", "to bob: $X|";
        SendDataToUser("$X", "Robo", 1) => "False", "";
        SendPMToAll("hi", "Robo", 0, 10) => "True", r#"PmToClasses { from: "Robo", text: "hi", min: 0, max: 10 }"#;
        SendPMToAll(N, "Robo", 0, 10) => "False", "";
        SendToActive("$X|") => "True", "to active -1..10: $X|";
        SendToActive(N) => "False", "";
        SendToPassive("$X|", 5) => "True", "to passive -1..10: $X|";
        SendToPassive(N) => "False", "";
        SendToActiveClass("$X|", 1, 3) => "True", "to active 1..3: $X|";
        SendToActiveClass("$X|", 3, 1) => "False", "";
        SendToPassiveClass("$X|", 1, 3, 0) => "True", "to passive 1..3: $X|";
        SendToPassiveClass("$X|", 3, 1) => "False", "";
        SendToUser("bob", "hi") => "True", "to bob: <Viperhub> hi|";
        SendToUser("bob", "$X") => "True", "to bob: $X|";
        SendToUser("gone", "hi") => "False", "";
        // A text is never a message; data are.
        SendToAll("a|$Quit b|") => "True", "chat 0..10 <Viperhub> a|$Quit b";
        SendToAll("<x> a|$Quit b|") => "True", "to chat: <x> a|$Quit b|";
        SendToAll("** a|$Quit b|") => "True", "to chat: ** a&#124;$Quit b|";
        SendDataToUser("<x> a|$Quit b", "bob") => "True", "to bob: <x> a|$Quit b|";
        SendToUser("bob", "a|$Quit b|") => "True", "to bob: <Viperhub> a&#124;$Quit b|";
        SendToUser("bob", "** a|b") => "True", "to bob: ** a&#124;b|";
        usermc("a|$Quit b", "bob", "x|y") => "True", "to bob: <x&#124;y> a&#124;$Quit b|";
        pm("a|$Quit b")[nick = "bob", from_nick = "x|$y"] => "True", "to bob: $To: bob From: x&#124;&#36;y $<x&#124;$y> a&#124;$Quit b|";
    }
}

fn users_and_lists() -> Vec<Row<'static>> {
    rows! {
        GetUserClass("alice") => "3", "";
        GetUserClass("ALICE") => "-2", "";
        GetUserHost("alice") => "\"alice.example\"", "";
        GetUserHost("gone") => "\"\"", "";
        GetUserHost("Robo") => "\"\"", "";
        GetUserHost("bob") => "True", r#"HostOf { nick: "bob" }"#;
        GetUserIP("Robo") => "\"127.0.0.1\"", "";
        GetUserIP("gone") => "\"\"", "";
        GetUserCC("alice") => "\"SE\"", "";
        GetUserCC("bob") => "\"P1\"", "";
        GetUserCC("Robo") => "\"L1\"", "";
        GetUserCC("carol") => "\"--\"", "";
        GetUserCC("gone") => "\"\"", "";
        GetUserHubURL("alice") => "\"nmdc://here\"", "";
        GetUserHubURL("gone") => "\"\"", "";
        GetUserExtJSON("alice") => "\"$ExtJSON alice {}\"", "";
        GetUserExtJSON("gone") => "\"\"", "";
        GetIPCC("127.0.0.1") => "\"L1\"", "";
        GetIPCC("192.168.1.1") => "\"P1\"", "";
        GetIPCC("::1") => "\"L1\"", "";
        GetIPCC("fd00::1") => "\"P1\"", "";
        GetIPCC("::ffff:10.0.0.1") => "\"P1\"", "";
        GetIPCC("8.8.8.8") => "\"--\"", "";
        GetIPCC("8.8.8") => "\"\"", "";
        GetIPCN("127.0.0.1") => "\"Local Network\"", "";
        GetIPCN("10.1.2.3") => "\"Private Network\"", "";
        GetIPCN("8.8.8.8") => "\"--\"", "";
        GetIPCN("nowhere") => "\"\"", "";
        GetIPCC(" 89.160.20.112 ") => "\"SE\"", "";
        GetIPCN("89.160.20.112") => "\"Sweden\"", "";
        GetIPCity("2.125.160.216") => "\"Boxford\"", "";
        GetIPCity("2.125.160.216", N) => "\"Boxford\"", "";
        GetIPCity("2.125.160.216", "") => "\"Boxford\"", "";
        GetIPCity("2.125.160.216", "city.mmdb") => "\"Boxford\"", "";
        GetIPCity("2.125.160.216")[db = "asn.mmdb"] => "\"--\"", "";
        GetIPCity("8.8.8.8") => "\"--\"", "";
        GetIPCity("10.0.0.1") => "\"Private Network\"", "";
        GetIPCity("8.8.8") => "\"\"", "";
        GetIPCity(N) => "\"\"", "";
        GetIPCity("8.8.8.8", "x.mmdb") => "!vh.GetIPCity() argument 2 (db): cannot read x.mmdb: no such file", "";
        GetIPCity("8.8.8.8", 1) => "!vh.GetIPCity() argument 2 (db): expected str, not int", "";
        GetIPASN("1.128.0.0") => "\"AS1221 Telstra Pty Ltd\"", "";
        GetIPASN("1.128.0.0", "asn.mmdb") => "\"AS1221 Telstra Pty Ltd\"", "";
        GetIPASN("1.128.0.0", "city.mmdb") => "\"--\"", "";
        GetIPASN("127.0.0.1") => "\"Local Network\"", "";
        GetIPASN("8.8.8.8") => "\"--\"", "";
        GetIPASN("nowhere") => "\"\"", "";
        GetIPASN("8.8.8.8", "x.mmdb") => "!vh.GetIPASN() argument 2 (db): cannot read x.mmdb: no such file", "";
        GetGeoIP("216.160.83.56") => r#"{"latitude": 47.2513, "longitude": -122.3149, "metro_code": 819, "area_code": 0, "host": "216.160.83.56", "range_low": "216.160.83.56", "range_high": "216.160.83.63", "country_code": "US", "country_code_xxx": "US", "country": "United States", "region_code": "WA", "region": "Washington", "time_zone": "America/Los_Angeles", "continent_code": "NA", "continent": "North America", "city": "Milton", "postal_code": "98354"}"#, "";
        GetGeoIP("::ffff:216.160.83.56")[db = "city.mmdb"] => r#"{"latitude": 47.2513, "longitude": -122.3149, "metro_code": 819, "area_code": 0, "host": "216.160.83.56", "range_low": "216.160.83.56", "range_high": "216.160.83.63", "country_code": "US", "country_code_xxx": "US", "country": "United States", "region_code": "WA", "region": "Washington", "time_zone": "America/Los_Angeles", "continent_code": "NA", "continent": "North America", "city": "Milton", "postal_code": "98354"}"#, "";
        GetGeoIP("127.0.0.1") => r#"{"latitude": 0.0, "longitude": 0.0, "metro_code": 0, "area_code": 0, "host": "127.0.0.1", "range_low": "127.0.0.0", "range_high": "127.255.255.255", "country_code": "L1", "country_code_xxx": "L1", "country": "Local Network", "region_code": "", "region": "", "time_zone": "", "continent_code": "", "continent": "", "city": "Local Network", "postal_code": ""}"#, "";
        GetGeoIP("216.160.83.56", "asn.mmdb") => "None", "";
        GetGeoIP("8.8.8.8") => "None", "";
        GetGeoIP("nowhere") => "None", "";
        GetGeoIP("8.8.8.8", "x.mmdb") => "!vh.GetGeoIP() argument 2 (db): cannot read x.mmdb: no such file", "";
        SetUserIP("bob", "1.2.3.4") => "True", r#"SetUserIp { nick: "bob", ip: "1.2.3.4" }"#;
        SetUserIP("bob")[ip = "::1"] => "True", r#"SetUserIp { nick: "bob", ip: "::1" }"#;
        SetUserIP("bob", "1.2.3") => "False", "";
        SetUserIP(N, "1.2.3.4") => "False", "";
        SetUserIP("bob", 1) => "!vh.SetUserIP() argument 2 (ip): expected str, not int", "";
        GetMyINFO("bob") => "(\"bob\", \"books\", \"<++ V:0.868>\", \"100\\u{1}\", \"b@b\", \"1234\") = \"$MyINFO $ALL bob books<++ V:0.868>$ $100\\u{1}$b@b$1234$\"", "";
        GetMyINFO("gone") => "None", "";
        SetMyINFO("bob", "d")[share = 5] => "True", r#"SetMyInfo { nick: "bob", fields: [Some("d"), None, None, None, Some("5")] }"#;
        SetMyINFO(N, "d") => "False", "";
        SetMyINFOFlag("bob", 2) => "True", r#"MyInfoFlag { nick: "bob", flag: 2, on: true }"#;
        SetMyINFOFlag("bob", 3) => "False", "";
        UnsetMyINFOFlag("bob", 2) => "True", r#"MyInfoFlag { nick: "bob", flag: 2, on: false }"#;
        UnsetMyINFOFlag("bob", 64) => "False", "";
        GetNickList() => r#"["Robo", "alice", "bob", "carol"]"#, "";
        GetNickList(1) => "!vh.GetNickList() takes 0 arguments, not 1", "";
        GetOpList() => r#"["alice"]"#, "";
        GetOpList(1) => "!vh.GetOpList() takes 0 arguments, not 1", "";
        GetBotList() => r#"["Robo"]"#, "";
        GetBotList(1) => "!vh.GetBotList() takes 0 arguments, not 1", "";
        GetRawOpList() => r#""$OpList alice$$""#, "";
        GetRawOpList(1) => "!vh.GetRawOpList() takes 0 arguments, not 1", "";
        GetRawBotList() => r#""$BotList Robo$$""#, "";
        GetRawBotList(1) => "!vh.GetRawBotList() takes 0 arguments, not 1", "";
        GetRawNickList(1) => "!vh.GetRawNickList() takes 0 arguments, not 1", "";
        GetUsersCount() => "3", "";
        GetUsersCount(1) => "!vh.GetUsersCount() takes 0 arguments, not 1", "";
        GetTotalShareSize() => "\"5000000000\"", "";
        GetTotalShareSize(1) => "!vh.GetTotalShareSize() takes 0 arguments, not 1", "";
        GetServFreq() => "77", "";
        GetServFreq(1) => "!vh.GetServFreq() takes 0 arguments, not 1", "";
        Topic() => "\"\"", "";
        Topic("new") => "\"new\"", r#"SetConfig { file: "config", var: "hub_topic", value: "new" }"#;
        Topic(N) => "\"\"", "";
        Topic(1) => "!vh.Topic() argument 1 (topic): expected str, not int", "";
        name_and_version() => "\"Viperhub 1.7.0.0\"", "";
        name_and_version("Mine", "2") => r#"("Mine", "2")"#, "";
        name_and_version("Mine") => r#"("Mine", "")"#, "";
        name_and_version(1) => "!vh.name_and_version() argument 1 (name): expected str, not int", "";
    }
}

fn registration() -> Vec<Row<'static>> {
    rows! {
        AddRegUser("eve", 2) => "True", "AddReg eve 2  ";
        AddRegUser("eve", 0, "pw", "alice") => "True", "AddReg eve 0 pw alice";
        AddRegUser("eve", 10) => "False", "";
        AddRegUser("", 1) => "False", "";
        DelRegUser("eve") => "True", r#"DelReg { nick: "eve" }"#;
        DelRegUser("") => "False", "";
        SetRegClass("eve", 10) => "True", r#"SetRegClass { nick: "eve", class: 10 }"#;
        SetRegClass("eve", 0) => "False", "";
        KickUser("alice", "bob", "why") => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "", op_note: "", ban_time: 0, redirect: None }"#;
        KickUser("alice", "bob", "why", "n", "o", 60) => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "n", op_note: "o", ban_time: 60, redirect: None }"#;
        KickUser("alice", "bob", "why", "dchub://x") => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "", op_note: "", ban_time: 0, redirect: Some("dchub://x") }"#;
        KickUser("alice", "bob", "why", "x.org:411", "o", "n") => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "n", op_note: "o", ban_time: 0, redirect: Some("x.org:411") }"#;
        KickUser("alice", "bob", "why", N, "o", "n") => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "n", op_note: "o", ban_time: 0, redirect: None }"#;
        KickUser("alice", "bob", "why", "see: 12") => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "see: 12", op_note: "", ban_time: 0, redirect: None }"#;
        KickUser("alice", "bob", "why")[note = "x:1", redirect = "y:2", ban_time = 9] => "True", r#"Kick { op: "alice", nick: "bob", reason: "why", note: "x:1", op_note: "", ban_time: 9, redirect: Some("y:2") }"#;
        KickUser("alice", N, "why") => "False", "";
        KickUser("alice", "bob", "why")[ban_time = "1h"] => "!vh.KickUser() argument 6 (ban_time): expected int, not str", "";
        CloseConnection("bob") => "True", r#"Close { nick: "bob", reason: 0, delay: 0 }"#;
        CloseConnection("bob", 2, 500) => "True", r#"Close { nick: "bob", reason: 2, delay: 500 }"#;
        CloseConnection("bob", 500, 2) => "True", r#"Close { nick: "bob", reason: 2, delay: 500 }"#;
        CloseConnection("bob", 2, 1) => "True", r#"Close { nick: "bob", reason: 2, delay: 1000 }"#;
        CloseConnection("bob")[delay = 9, reason = 50] => "True", r#"Close { nick: "bob", reason: 50, delay: 9 }"#;
        CloseConnection(N) => "False", "";
        UserRestrictions("bob") => "True", r#"Restrict { nick: "bob", periods: ["", "", "", ""] }"#;
        UserRestrictions("bob", "1", 0, "5m", N) => "True", r#"Restrict { nick: "bob", periods: ["1", "0", "5m", ""] }"#;
        UserRestrictions("bob")[nochat = "1", noctm = "2d"] => "True", r#"Restrict { nick: "bob", periods: ["1", "", "", "2d"] }"#;
        UserRestrictions("bob")[pm = "1", search = 2] => "True", r#"Restrict { nick: "bob", periods: ["", "1", "2", ""] }"#;
        UserRestrictions("", "1") => "{}", "";
        UserRestrictions("bob", "1")[chat = "2"] => "!vh.UserRestrictions() got more than one value for argument 2 (nochat)", "";
        Ban("alice", "bob", "why", 0, 1) => "True", r#"Ban { op: "alice", nick: "bob", reason: "why", seconds: 0, kind: 1 }"#;
        Ban("alice", "bob", "why", 60, 256) => "True", r#"Ban { op: "alice", nick: "bob", reason: "why", seconds: 60, kind: 256 }"#;
        Ban("alice", "bob", "why", 60, 3) => "False", "";
        Ban("alice", "bob", "why", 60, 0) => "False", "";
        Ban("alice", "bob", "why", -1, 1) => "False", "";
        Ban("alice", N, "why", 1, 1) => "False", "";
        Ban("alice", "bob", "why", 60, 16) => "True", r#"Ban { op: "alice", nick: "bob", reason: "why", seconds: 60, kind: 16 }"#;
        DelNickTempBan("bob") => "True", r#"DelNickTempBan { nick: "bob" }"#;
        DelNickTempBan("") => "False", "";
        DelIPTempBan("10.0.0.7") => "True", r#"DelIpTempBan { ip: "10.0.0.7" }"#;
        DelIPTempBan(N) => "False", "";
    }
}

fn settings_bots_and_rest() -> Vec<Row<'static>> {
    rows! {
        GetConfig("hub_security") => "\"Viperhub\"", "";
        GetConfig("config", "hub_security") => "\"Viperhub\"", "";
        GetConfig("config", "hub_security", "x") => "\"Viperhub\"", "";
        GetConfig("config", "hub_topic", "x") => "\"\"", "";
        GetConfig("config", "nothing", "x") => "\"x\"", "";
        GetConfig("config", "nothing", 5) => "5", "";
        GetConfig("config", "nothing") => "None", "";
        GetConfig("nothing")[default = "x"] => "\"x\"", "";
        GetConfig("config")[var = "max_users"] => "\"6000\"", "";
        GetConfig()[var = "max_users"] => "\"6000\"", "";
        GetConfig("pi_x", "a") => "\"set\"", "";
        GetConfig("pi_x", "b", "d") => "\"d\"", "";
        GetConfig(5) => "!vh.GetConfig() argument var: expected str, not int", "";
        GetConfig()[type = "config"] => "!vh.GetConfig() missing argument var", "";
        SetConfig("max_users", 5) => "True", r#"SetConfig { file: "config", var: "max_users", value: "5" }"#;
        SetConfig("config", "max_users", "5") => "True", r#"SetConfig { file: "config", var: "max_users", value: "5" }"#;
        SetConfig("max_users")[value = 5] => "True", r#"SetConfig { file: "config", var: "max_users", value: "5" }"#;
        SetConfig("config", "use_reglist_cache", true) => "True", r#"SetConfig { file: "config", var: "use_reglist_cache", value: "1" }"#;
        SetConfig("pi_x", "new", 1) => "True", r#"SetConfig { file: "pi_x", var: "new", value: "1" }"#;
        SetConfig("config", "nothing", 1) => "False", "";
        SetConfig("pi_x", "new", N) => "False", "";
        IsRobotNickBad("New") => "0", "";
        IsRobotNickBad("bob") => "1", "";
        IsRobotNickBad("") => "2", "";
        IsRobotNickBad("a b") => "3", "";
        IsRobotNickBad("OpChat") => "4", "";
        AddRobot("New", 7, "d", "s", "e", 12) => "True", r#"AddRobot { nick: "New", class: 0, fields: ["d", "s", "e", "12"] }"#;
        AddRobot("b b", 0, "", "", "", "0") => "False", "";
        DelRobot("Robo") => "True", r#"DelRobot { nick: "Robo" }"#;
        DelRobot("") => "False", "";
        SQL("DELETE") => "(1, [])", "";
        SQL("SELECT 1", 1) => "(1, [[\"1\", \"NULL\"]])", "";
        SQL(0, "SELECT 2") => "(0, [])", "Report { text: \"/scripts/test.py: a statement of vh.SQL failed: it cannot be read (the log has more)\", log: Some(\"/scripts/test.py: a statement of vh.SQL failed: it cannot be read: syntax error\\r\\nin: SELECT ?\") }";
        SQL(0)[query = "DELETE"] => "(1, [])", "";
        SQL(1, 2) => "!vh.SQL() argument 1 (query): expected a query (str), not int", "";
        ParseCommand("bob", "+help", 1) => "True", r#"ParseCommand { nick: "bob", command: "+help", pm: true }"#;
        ParseCommand("Robo", "+help", 0) => "False", "";
        ScriptCommand("do", "this") => "True", r#"ScriptCommand { cmd: "do", data: "this", plugin: "python", script: "/scripts/test.py", immediate: false }"#;
        ScriptCommand("do", "this", 1) => "True", r#"ScriptCommand { cmd: "do", data: "this", plugin: "python", script: "/scripts/test.py", immediate: true }"#;
        ScriptCommand("do", "this", "lua") => "True", r#"ScriptCommand { cmd: "do", data: "this", plugin: "lua", script: "/scripts/test.py", immediate: false }"#;
        ScriptCommand("do", "this")[immediate = true] => "True", r#"ScriptCommand { cmd: "do", data: "this", plugin: "python", script: "/scripts/test.py", immediate: true }"#;
        ScriptCommand("do", N) => "False", "";
        ScriptCommand("do", "this", Value::List(vec![])) => "!vh.ScriptCommand() argument 3 (plugin): expected str or int, not list", "";
        ScriptQuery("c", "d") => "[\"c/d/\"]", "";
        ScriptQuery("c", "d", "/x", 1) => "[(\"c/d//x\", \"/other.py\")]", "";
        ScriptQuery("c", "d")[recipient = "/x"] => "[\"c/d//x\"]", "";
        ScriptQuery("c") => "!vh.ScriptQuery() missing argument 2 (data)", "";
        CallDynamicFunction("count", 1, "x") => "2", "";
        CallDynamicFunction("pair", true) => "(True, None)", "";
        CallDynamicFunction("none") => "!no such function", "";
        CallDynamicFunction("count", N) => "!vh.CallDynamicFunction() argument 2 cannot be NoneType", "";
        CallDynamicFunction(N) => "!vh.CallDynamicFunction() argument 1 (name): expected str, not NoneType", "";
        Encode("a$|`~\u{5}&") => "\"a&#36;&#124;&#96;&#126;&#5;&\"", "";
        Encode(1) => "!vh.Encode() argument 1 (text): expected str, not int", "";
        Decode("&#36;&#65;") => "\"$&#65;\"", "";
        Decode(1) => "!vh.Decode() argument 1 (text): expected str, not int", "";
        encode("|") => "\"&#124;\"", "";
        encode(1) => "!vh.encode() argument 1 (text): expected str, not int", "";
        decode("&#124;") => "\"|\"", "";
        decode(1) => "!vh.decode() argument 1 (text): expected str, not int", "";
        StopHub(3) => "True", "StopHub { code: 3, delay: 0 }";
        StopHub(0, 5) => "True", "StopHub { code: 0, delay: 5 }";
        StopHub("now") => "!vh.StopHub() argument 1 (code): expected int, not str", "";
        GetUserNick("x") => "\"x\"", "";
        GetUserNick() => "!vh.GetUserNick() missing argument 1 (user)", "";
        GetConnNick("x") => "\"x\"", "";
        GetConnNick() => "!vh.GetConnNick() missing argument 1 (conn)", "";
        GetChatMessage("x") => "\"x\"", "";
        GetChatMessage() => "!vh.GetChatMessage() missing argument 1 (message)", "";
    }
}

#[test]
fn messages_go_where_they_should() {
    check(messaging());
}

#[test]
fn users_and_lists_are_told_from_the_view() {
    check(users_and_lists());
}

#[test]
fn registrations_and_kicks_reach_the_hub() {
    check(registration());
}

#[test]
fn settings_bots_and_the_rest() {
    check(settings_bots_and_rest());
}

#[test]
fn every_working_function_has_a_success_and_a_failure() {
    // Answers by which each function says no; everything else is a success.
    let no = [
        "False", "None", "-2", "\"\"", "(0, [])", "{}", "1", "2", "3", "4",
    ];
    let rows = [
        messaging(),
        users_and_lists(),
        registration(),
        settings_bots_and_rest(),
    ];
    let (mut good, mut bad) = (HashSet::from(["GetRawNickList"]), HashSet::new());
    for (name, _, _, answer, _) in rows.into_iter().flatten() {
        let failed = answer.starts_with('!') || no.contains(&answer);
        let set = if failed { &mut bad } else { &mut good };
        set.insert(name);
    }
    // Their success looks like a failure of another one.
    good.extend(["GetUserClass", "GetUsersCount"]);
    for f in API.iter().filter(|f| f.status == Status::Works) {
        assert!(good.contains(f.name), "vh.{} has no success row", f.name);
        assert!(bad.contains(f.name), "vh.{} has no failure row", f.name);
    }
}

#[test]
fn the_raw_nick_list_has_everybody_once() {
    let (answer, _) = Fake::new().run("GetRawNickList", &[], &[]);
    let Ok(Value::Bytes(list)) = answer else {
        panic!("{answer:?}")
    };
    let list = String::from_utf8(list.to_vec()).unwrap();
    let mut nicks: Vec<_> = list
        .strip_prefix("$NickList ")
        .unwrap()
        .split("$$")
        .collect();
    nicks.sort_unstable();
    assert_eq!(nicks, ["", "Robo", "alice", "bob", "carol"]);
}

#[test]
fn a_topic_that_is_too_long_is_not_taken() {
    let host = Fake::new();
    let long = "x".repeat(1024);
    let (answer, done) = host.run("Topic", &[long.as_str().value()], &[]);
    assert_eq!(
        (plain(&answer.unwrap()).as_str(), done.as_str()),
        ("\"\"", "")
    );
    let (answer, _) = host.run("Topic", &[long[1..].value()], &[]);
    assert_eq!(answer.unwrap(), Value::Bytes(long[1..].to_owned().into()));
}

#[test]
fn sql_limits_default_to_a_hundred() {
    for limit in [0, -5, 100] {
        let (answer, _) = Fake::new().run("SQL", &["SELECT 1".value(), limit.value()], &[]);
        let Ok(Value::Tuple(pair)) = answer else {
            panic!("{answer:?}")
        };
        let Value::List(rows) = &pair[1] else {
            panic!("{pair:?}")
        };
        assert_eq!((&pair[0], rows.len()), (&Value::Int(1), 100));
    }
}

#[test]
fn without_an_operator_chat_nothing_is_sent_there() {
    let host = Fake::new();
    let mut config = Config::default();
    config.set("opchat_name", b"").unwrap();
    host.view.set_config(config);
    let (answer, done) = host.run("SendToOpChat", &["hi".value()], &[]);
    assert_eq!((answer, done.as_str()), (Ok(Value::Bool(false)), ""));
}

#[test]
fn exit_codes_out_of_range_are_refused() {
    let (answer, done) = Fake::new().run("StopHub", &[(1_i64 << 40).value()], &[]);
    assert!(matches!(answer, Err(ApiError::Value(_))));
    assert_eq!(done, "");
}

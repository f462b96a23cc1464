//! Messages as clients really send them: the examples of the public protocol documents. Where nothing else is said that
//! is the NMDC protocol of the direct-connect project (github.com/direct-connect/protocols, `nmdc/nmdc.md`), where DC++,
//! its kin and the NMDC clients are described.

use std::collections::HashSet;

use super::*;
use crate::commands::COMMANDS;
use crate::message::Message as M;
use crate::search::Origin;
use crate::tag::{Mode, Tag};

/// Frames and what they say.
type Table = &'static [(&'static [u8], Message<'static>)];

/// The same in few words.
fn read(frame: &[u8]) -> Message<'_> {
    parse(frame).unwrap_or_else(|e| panic!("{}: {e}", String::from_utf8_lossy(frame)))
}

const SAID: Table = &[
    (
        b"<John> cats are cute",
        M::Chat {
            nick: b"John",
            text: b"cats are cute",
        },
    ),
    (
        b"<john> is kicking peter because: I am not a dog person",
        M::Chat {
            nick: b"john",
            text: b"is kicking peter because: I am not a dog person",
        },
    ),
    (
        b"$To: john From: peter $<peter> dogs are more cute",
        M::To {
            to: b"john",
            from: b"peter",
            nick: b"peter",
            text: b"dogs are more cute",
        },
    ),
    (
        b"$RevConnectToMe peter john",
        M::RevConnectToMe {
            from: b"peter",
            to: b"john",
        },
    ),
    (b"$MyPass qwerty", M::MyPass(b"qwerty")),
    (b"$Version 1,0091", M::Version(b"1,0091")),
    (b"$GetNickList", M::GetNickList),
    (
        b"$GetINFO peter john",
        M::GetInfo {
            other: b"peter",
            me: b"john",
        },
    ),
    (
        b"$OpForceMove $Who:richard$Where:example.com:411$Msg:I think you'll like this hub better",
        M::OpForceMove {
            who: b"richard",
            to: b"example.com:411",
            reason: b"I think you'll like this hub better",
        },
    ),
    (b"$UserIP johndoe", M::UserIp(b"johndoe")),
    (
        b"$IN john$Dmy_new_description",
        M::In {
            nick: b"john",
            data: b"Dmy_new_description",
        },
    ),
    (b"$Quit peter", M::Quit(b"peter")),
    // The document writes all its keys so; the bytes of one are in the tests of `lock.rs`.
    (
        b"$Key 011010110110010101111001",
        M::Key(b"011010110110010101111001"),
    ),
    (b"$ValidateNick john", M::ValidateNick(b"john")),
    (b"$MyNick john", M::MyNick(b"john")),
    (
        b"$Lock EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.666Ref=example.com:411",
        M::Lock(b"EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.666Ref=example.com:411"),
    ),
];

/// The document's forms of what it has no example of, with the nicks of its other examples.
const FORMS: Table = &[
    // `$Kick victim|`
    (b"$Kick richard", M::Kick(b"richard")),
    // `$MCTo: target $sender message|`; the examples below it lack the colon of the form.
    (
        b"$MCTo: john $peter Cats are cute",
        M::MCTo {
            to: b"john",
            from: b"peter",
            text: b"Cats are cute",
        },
    ),
    (
        b"$MCTo: peter $john I like dogs",
        M::MCTo {
            to: b"peter",
            from: b"john",
            text: b"I like dogs",
        },
    ),
    // `$BotINFO description|`: any text, mostly which hub list asks, and its address.
    (
        b"$BotINFO Hublist pinger http://example.com/",
        M::BotInfo(b"Hublist pinger http://example.com/"),
    ),
];

/// Of the extensions of Verlihub, FlylinkDC++ and their kin, by what these programs send.
const NEWER: Table = &[
    // FlylinkDC++ (`NmdcHub.cpp`) answers `$GetHubURL` with the address it was given; of the form that the
    // document's URI scheme has.
    (
        b"$MyHubURL dchub://example.com:411",
        M::MyHubUrl(b"dchub://example.com:411"),
    ),
    // An object of FlylinkDC++, from its own parser (`NmdcHub.cpp`, `extJSONParse`).
    (
        b"$ExtJSON johndoe {\"Gender\":1,\"RAM\":39,\"RAMFree\":1541,\"RAMPeak\":39,\"SQLFree\":35615,\
          \"SQLSize\":19,\"StartCore\":4368,\"StartGUI\":1420,\
          \"Support\":\"+Auto+UPnP(MiniUPnP)+Router+Public IP,TCP:55527(+)+IPv6\"}",
        M::ExtJson {
            nick: b"johndoe",
            json: b"{\"Gender\":1,\"RAM\":39,\"RAMFree\":1541,\"RAMPeak\":39,\"SQLFree\":35615,\
                    \"SQLSize\":19,\"StartCore\":4368,\"StartGUI\":1420,\
                    \"Support\":\"+Auto+UPnP(MiniUPnP)+Router+Public IP,TCP:55527(+)+IPv6\"}",
        },
    ),
    // The proxy before Verlihub (github.com/Verlihub/tls-proxy, README): the second form is the older one.
    (
        b"$MyIP 2.3.4.5 1.0",
        M::MyIp {
            ip: b"2.3.4.5",
            version: b"1.0",
        },
    ),
    (
        b"$MyIP 2.3.4.5 S",
        M::MyIp {
            ip: b"2.3.4.5",
            version: b"S",
        },
    ),
];

/// `OpPlus`: the document has their names alone. Their forms are those in Verlihub's parser (`cmessagedc.h`:
/// `$Ban nick$reason`, `$TempBan nick$time$reason`) and table of commands; CZDC++ sends `$WhoIP` with an address.
const OPERATORS: Table = &[
    (
        b"$Ban peter$I am not a dog person",
        M::Ban {
            nick: b"peter",
            reason: b"I am not a dog person",
        },
    ),
    (
        b"$TempBan peter$1d$I am not a dog person",
        M::TempBan {
            nick: b"peter",
            time: b"1d",
            reason: b"I am not a dog person",
        },
    ),
    (b"$UnBan 192.168.1.2", M::UnBan(b"192.168.1.2")),
    (b"$GetBanList", M::GetBanList),
    (b"$WhoIP 192.168.1.2", M::WhoIp(b"192.168.1.2")),
    (b"$GetTopic", M::GetTopic),
    (
        b"$SetTopic The topic of the hub is not set.",
        M::SetTopic(b"The topic of the hub is not set."),
    ),
];

/// Short and long form of the same searches, which the document compares.
const SHORT: [(&str, &str); 2] = [
    (
        "$SA LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ 1.2.3.4:5",
        "$Search 1.2.3.4:5 F?T?0?9?TTH:LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ",
    ),
    (
        "$SP LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ user",
        "$Search Hub:user F?T?0?9?TTH:LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ",
    ),
];

#[test]
fn short_searches() {
    let address = Origin::Active {
        ip: b"1.2.3.4",
        port: b"5",
    };
    let nick = Origin::Passive { nick: b"user" };
    for ((short, long), origin) in SHORT.into_iter().zip([address, nick]) {
        let messages = (read(short.as_bytes()), read(long.as_bytes()));
        let (Message::ShortSearch(short), Message::Search(search)) = messages else {
            panic!("{short} or {long} is no search");
        };
        let hash: &[u8] = b"LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ";
        assert_eq!((short.tth, short.origin), (hash, origin));
        assert_eq!((search.tth(), search.origin), (Some(hash), origin));
    }
}

#[test]
fn what_clients_say() {
    for (frame, message) in [SAID, FORMS, NEWER, OPERATORS].concat() {
        assert_eq!(read(frame), message);
    }
}

/// Each row of the table of commands is tried with what somebody sends: a new one needs its line here.
#[test]
fn no_command_is_without_one() {
    let tables = [SAID, FORMS, NEWER, OPERATORS].concat();
    let texts = (REQUESTS.map(|row| row.0).into_iter())
        .chain(SHORT.map(|row| row.0))
        .map(str::to_owned)
        .chain(ANSWERS.map(answer))
        .chain(searches().map(|row| row.0));
    let frames = (tables.iter().map(|row| row.0.to_vec()))
        .chain(SUPPORTS.map(<[u8]>::to_vec))
        .chain([INFO.to_vec()])
        .chain(texts.map(String::into_bytes));
    let row = |frame: Vec<u8>| Some(parse_with_row(&frame).ok()?.1?.name);
    let tried: HashSet<&str> = frames.filter_map(row).collect();
    let missing: Vec<&str> = (COMMANDS.iter().map(|row| row.name))
        .filter(|name| !tried.contains(name))
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// The first form is the original one; DC++ puts a blank after the last word.
const SUPPORTS: [&[u8]; 2] = [
    b"$Supports UserCommand NoGetINFO NoHello UserIP2 TTHSearch ZPipe0 GetZBlock",
    b"$Supports UserCommand NoGetINFO NoHello UserIP2 TTHSearch ZPipe0 GetZBlock ",
];

#[test]
fn features_of_both_forms() {
    for frame in SUPPORTS {
        let Message::Supports(text) = read(frame) else {
            panic!("no $Supports");
        };
        assert_eq!(features(text).count(), 7);
        assert_eq!(features(text).last(), Some(&b"GetZBlock"[..]));
    }
}

const ACTIVE: Origin<'static> = Origin::Active {
    ip: b"192.168.1.5",
    port: b"412",
};
const PASSIVE: Origin<'static> = Origin::Passive { nick: b"SomeNick" };
const BY_SIZE: &str = "T?T?500000?1?";
const BY_HASH: &str = "F?T?0?9?";

/// Frame, origin, limits, pattern. `$MultiSearch` is of the same form.
fn searches() -> impl Iterator<Item = (String, Origin<'static>, &'static str, &'static str)> {
    let whose = [("192.168.1.5:412", ACTIVE), ("Hub:SomeNick", PASSIVE)];
    let what = [
        (BY_SIZE, "Gentoo$2005"),
        (BY_HASH, "TTH:TO32WPD6AQE7VA7654HEAM5GKFQGIL7F2BEKFNA"),
    ];
    let commands = ["$Search", "$MultiSearch"].into_iter();
    let of = move |command| whose.map(|(who, origin)| (command, who, origin));
    commands
        .flat_map(of)
        .flat_map(move |(command, who, origin)| {
            what.map(|(limits, pattern)| {
                let frame = format!("{command} {who} {limits}{pattern}");
                (frame, origin, limits, pattern)
            })
        })
}

#[test]
fn what_is_searched() {
    for (frame, origin, limits, pattern) in searches() {
        let Message::Search(search) = read(frame.as_bytes()) else {
            panic!("{frame} is no search");
        };
        assert_eq!(search.origin, origin, "{frame}");
        assert_eq!(search.limits, limits.as_bytes());
        assert_eq!(search.pattern, pattern.as_bytes());
        let of_size = limits == BY_SIZE;
        assert_eq!((search.sized, search.is_max), (of_size, true));
        assert_eq!(search.size, if of_size { 500_000 } else { 0 });
        assert_eq!(search.kind, if of_size { 1 } else { 9 });
        assert_eq!(search.tth().is_some(), !of_size);
    }
}

/// From whom, and what.
const ANSWERS: [(&str, &str); 3] = [
    (
        "User1",
        "ponies.txt\u{5}437 3/4\u{5}Testhub (192.168.1.1:411)",
    ),
    ("User5", "images 0/4\u{5}Testhub (192.168.1.1:411)"),
    ("User6", "pictures 0/4\u{5}Testhub (192.168.1.1)"),
];

fn answer((from, body): (&str, &str)) -> String {
    format!("$SR {from} {body}\u{5}User2")
}

#[test]
fn answers_to_searches() {
    for (from, body) in ANSWERS {
        let frame = answer((from, body));
        let Message::Sr(answer) = read(frame.as_bytes()) else {
            panic!("{frame} is no answer");
        };
        assert_eq!(answer.from, from.as_bytes());
        assert_eq!(answer.body, body.as_bytes());
        assert_eq!(answer.target, Some(&b"User2"[..]));
    }
}

/// Frames, and: to whom, address, port, what follows it.
const REQUESTS: [(&str, &str); 6] = [
    (
        "$ConnectToMe john 192.168.1.2:412",
        "john, 192.168.1.2, 412, ",
    ),
    // The newer clients of NMDC name themselves first.
    (
        "$ConnectToMe peter john 192.168.1.2:412",
        "john, 192.168.1.2, 412, ",
    ),
    // TLS, and the two steps of NAT traversal.
    (
        "$ConnectToMe john 192.168.1.2:412S",
        "john, 192.168.1.2, 412, S",
    ),
    (
        "$ConnectToMe john 192.168.1.2:412NS peter",
        "john, 192.168.1.2, 412, NS peter",
    ),
    (
        "$ConnectToMe peter 192.168.1.3:412RS",
        "peter, 192.168.1.3, 412, RS",
    ),
    (
        "$MultiConnectToMe peter 192.168.0.138:19346",
        "peter, 192.168.0.138, 19346, ",
    ),
];

#[test]
fn requests_to_connect() {
    for (frame, told) in REQUESTS {
        let (Message::ConnectToMe(request) | Message::MultiConnectToMe(request)) =
            read(frame.as_bytes())
        else {
            panic!("{frame} is no request");
        };
        let port = request.port_number().expect("a port").to_string();
        let parts = [request.to, request.ip, port.as_bytes(), request.suffix];
        assert_eq!(parts.join(&b", "[..]), told.as_bytes(), "{frame}");
    }
}

/// The flag of the document's example is the character `1`.
const INFO: &[u8] =
    b"$MyINFO $ALL johndoe <++ V:0.673,M:P,H:0/1/0,S:2>$ $LAN(T3)1$example@example.com$1234$";

#[test]
fn what_a_client_tells_of_itself() {
    let Message::MyInfo(info) = read(INFO) else {
        panic!("no MyINFO");
    };
    assert_eq!((info.nick, info.desc), (&b"johndoe"[..], &b""[..]));
    assert_eq!(info.tag, b"<++ V:0.673,M:P,H:0/1/0,S:2>");
    assert_eq!((info.speed, info.status), (&b"LAN(T3)"[..], b'1'));
    assert_eq!(
        (info.email, info.share_bytes()),
        (&b"example@example.com"[..], 1234)
    );
    let tag = Tag::parse(info.tag).expect("a tag");
    assert_eq!((tag.client, tag.version), (&b"++"[..], &b"0.673"[..]));
    assert_eq!(tag.mode, Mode::Passive);
    assert_eq!(tag.hubs, [Some(0), Some(1), Some(0)]);
    assert_eq!(tag.slots, Some(2));
}

//! Messages as clients really send them: the examples of the public protocol documents (the NMDC protocol of the
//! direct-connect project, where DC++, its kin and the NMDC clients are described).

use super::*;
use crate::search::Origin;
use crate::tag::{Mode, Tag};

/// The same in few words.
fn read(frame: &[u8]) -> Message<'_> {
    parse(frame).unwrap_or_else(|e| panic!("{}: {e}", String::from_utf8_lossy(frame)))
}

#[test]
fn what_clients_say() {
    use Message as M;
    let golden: &[(&[u8], Message<'_>)] = &[
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
        (b"$MyNick john", M::MyNick(b"john")),
        (
            b"$Lock EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.666Ref=example.com:411",
            M::Lock(b"EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.666Ref=example.com:411"),
        ),
    ];
    for (frame, message) in golden {
        assert_eq!(read(frame), *message);
    }
}

/// The first form is the original one; DC++ puts a blank after the last word.
#[test]
fn features_of_both_forms() {
    let line = b"UserCommand NoGetINFO NoHello UserIP2 TTHSearch ZPipe0 GetZBlock";
    for end in ["", " "] {
        let frame = [b"$Supports ", &line[..], end.as_bytes()].concat();
        let Message::Supports(text) = read(&frame) else {
            panic!("no $Supports");
        };
        assert_eq!(features(text).count(), 7);
        assert_eq!(features(text).last(), Some(&b"GetZBlock"[..]));
    }
}

#[test]
fn searches() {
    let size = ("T?T?500000?1?", "Gentoo$2005");
    let hash = ("F?T?0?9?", "TTH:TO32WPD6AQE7VA7654HEAM5GKFQGIL7F2BEKFNA");
    let active = Origin::Active {
        ip: b"192.168.1.5",
        port: b"412",
    };
    let passive = Origin::Passive { nick: b"SomeNick" };
    for command in ["$Search", "$MultiSearch"] {
        for (whose, origin) in [("192.168.1.5:412", active), ("Hub:SomeNick", passive)] {
            for (limits, pattern) in [size, hash] {
                let frame = format!("{command} {whose} {limits}{pattern}");
                let Message::Search(search) = read(frame.as_bytes()) else {
                    panic!("{frame} is no search");
                };
                assert_eq!(search.origin, origin, "{frame}");
                assert_eq!(search.limits, limits.as_bytes());
                assert_eq!(search.pattern, pattern.as_bytes());
                let of_size = limits == size.0;
                assert_eq!((search.sized, search.is_max), (of_size, true));
                assert_eq!(search.size, if of_size { 500_000 } else { 0 });
                assert_eq!(search.kind, if of_size { 1 } else { 9 });
                assert_eq!(search.tth().is_some(), !of_size);
            }
        }
    }
}

#[test]
fn answers_to_searches() {
    for (from, body) in [
        (
            "User1",
            "ponies.txt\u{5}437 3/4\u{5}Testhub (192.168.1.1:411)",
        ),
        ("User5", "images 0/4\u{5}Testhub (192.168.1.1:411)"),
        ("User6", "pictures 0/4\u{5}Testhub (192.168.1.1)"),
    ] {
        let frame = format!("$SR {from} {body}\u{5}User2");
        let Message::Sr(answer) = read(frame.as_bytes()) else {
            panic!("{frame} is no answer");
        };
        assert_eq!(answer.from, from.as_bytes());
        assert_eq!(answer.body, body.as_bytes());
        assert_eq!(answer.target, Some(&b"User2"[..]));
    }
}

#[test]
fn requests_to_connect() {
    for (frame, to, ip, port) in [
        (
            "$ConnectToMe john 192.168.1.2:412",
            "john",
            "192.168.1.2",
            412,
        ),
        // The newer clients of NMDC name themselves first.
        (
            "$ConnectToMe peter john 192.168.1.2:412",
            "john",
            "192.168.1.2",
            412,
        ),
        (
            "$MultiConnectToMe peter 192.168.0.138:19346",
            "peter",
            "192.168.0.138",
            19_346,
        ),
    ] {
        let (Message::ConnectToMe(request) | Message::MultiConnectToMe(request)) =
            read(frame.as_bytes())
        else {
            panic!("{frame} is no request");
        };
        assert_eq!(request.to, to.as_bytes(), "{frame}");
        assert_eq!(request.ip, ip.as_bytes(), "{frame}");
        assert_eq!(request.port_number(), Some(port), "{frame}");
        assert_eq!(request.suffix, b"", "{frame}");
    }
}

/// The flag of the document's example is the character `1`.
#[test]
fn what_a_client_tells_of_itself() {
    let frame =
        b"$MyINFO $ALL johndoe <++ V:0.673,M:P,H:0/1/0,S:2>$ $LAN(T3)1$example@example.com$1234$";
    let Message::MyInfo(info) = read(frame) else {
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

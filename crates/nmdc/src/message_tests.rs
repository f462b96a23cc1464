use super::*;
use crate::commands::{LoginState, find};

#[test]
fn reads_each_command() {
    use Message as M;
    let golden: &[(&[u8], Message<'_>)] = &[
        (b"", M::Ping),
        (
            b"<me> hi > there",
            M::Chat {
                nick: b"me",
                text: b"hi > there",
            },
        ),
        (
            b"<me> ",
            M::Chat {
                nick: b"me",
                text: b"",
            },
        ),
        (
            b"$To: you From: me $<me> hi $<x> y",
            M::To {
                to: b"you",
                from: b"me",
                nick: b"me",
                text: b"hi $<x> y",
            },
        ),
        (
            b"$MCTo: you $me hi $x",
            M::MCTo {
                to: b"you",
                from: b"me",
                text: b"hi $x",
            },
        ),
        (b"$Key \xff\x01", M::Key(b"\xff\x01")),
        (b"$Supports A B ", M::Supports(b"A B ")),
        (b"$ValidateNick n n", M::ValidateNick(b"n n")),
        (b"$Version ", M::Version(b"")),
        (b"$GetNickList", M::GetNickList),
        (b"$GetNickList and more", M::GetNickList),
        (b"$MyHubURL dchub://x", M::MyHubUrl(b"dchub://x")),
        (b"$MyPass p w", M::MyPass(b"p w")),
        (b"$BotINFO list", M::BotInfo(b"list")),
        (
            b"$GetINFO you me",
            M::GetInfo {
                other: b"you",
                me: b"me",
            },
        ),
        (b"$UserIP a$$b", M::UserIp(b"a$$b")),
        (b"$Kick you", M::Kick(b"you")),
        (
            b"$OpForceMove $Who:you$Where:x:411$Msg:bye",
            M::OpForceMove {
                who: b"you",
                to: b"x:411",
                reason: b"bye",
            },
        ),
        (
            b"$RevConnectToMe me you",
            M::RevConnectToMe {
                from: b"me",
                to: b"you",
            },
        ),
        (
            b"$ExtJSON me {\"a\": 1}",
            M::ExtJson {
                nick: b"me",
                json: b"{\"a\": 1}",
            },
        ),
        (
            b"$IN me$D new$x",
            M::In {
                nick: b"me",
                data: b"D new$x",
            },
        ),
        (b"$Quit me", M::Quit(b"me")),
        (
            b"$Ban you$for $5",
            M::Ban {
                nick: b"you",
                reason: b"for $5",
            },
        ),
        (
            b"$TempBan you$1d$for $5",
            M::TempBan {
                nick: b"you",
                time: b"1d",
                reason: b"for $5",
            },
        ),
        (b"$UnBan 1.2.3.4", M::UnBan(b"1.2.3.4")),
        (b"$GetBanList", M::GetBanList),
        (b"$WhoIP 1.2.3.4", M::WhoIp(b"1.2.3.4")),
        (b"$GetTopic", M::GetTopic),
        (b"$SetTopic  a", M::SetTopic(b" a")),
        (b"$SetTopic", M::SetTopic(b"")),
        (
            b"$MyIP 1.2.3.4 1.3",
            M::MyIp {
                ip: b"1.2.3.4",
                version: b"1.3",
            },
        ),
        (b"$MyNick x", M::MyNick(b"x")),
        (b"$Lock x Pk=y", M::Lock(b"x Pk=y")),
        (b"$Nothing", M::Unknown(b"$Nothing")),
        (b"$myinfo $ALL", M::Unknown(b"$myinfo $ALL")),
        (b"$MyINFO", M::Unknown(b"$MyINFO")),
        (b" <me> hi", M::Unknown(b" <me> hi")),
        (b"$", M::Unknown(b"$")),
    ];
    for (wire, message) in golden {
        assert_eq!(parse(wire), Ok(*message), "{}", wire.escape_ascii());
    }
}

#[test]
fn the_sharing_commands_dispatch_to_their_forms() {
    for (wire, command) in [
        (&b"$MyINFO $ALL n d$ $\x01$$0$"[..], "$MyINFO"),
        (b"$ConnectToMe you 1.2.3.4:5", "$ConnectToMe"),
        (b"$MultiConnectToMe you 1.2.3.4:5", "$MultiConnectToMe"),
        (b"$Search Hub:me F?T?0?1?x", "$Search"),
        (b"$Search 1.2.3.4:5 F?T?0?1?x", "$Search"),
        (b"$MultiSearch Hub:me F?T?0?1?x", "$Search"),
        (b"$SA X 1.2.3.4:5", "$SA"),
        (b"$SP X me", "$SP"),
        (b"$SR me a\x05b", "$SR"),
    ] {
        assert_eq!(parse(wire).map(|m| m.command()), Ok(command));
    }
}

#[test]
fn syntax_errors_name_the_command() {
    for (wire, command) in [
        (&b"<"[..], "Chat"),
        (b"<me>", "Chat"),
        (b"$To: you", "$To:"),
        (b"$To: you From: me <me> hi", "$To:"),
        (b"$MCTo: you me hi", "$MCTo:"),
        (b"$MyINFO $ALL n d$ $x$y", "$MyINFO"),
        (b"$MyINFO $ALL  d$ $x$y$0$", "$MyINFO"),
        (b"$GetINFO you", "$GetINFO"),
        (b"$OpForceMove $Who:a$Where:b", "$OpForceMove"),
        (b"$ConnectToMe you", "$ConnectToMe"),
        (b"$MultiConnectToMe you 1.2.3.4", "$MultiConnectToMe"),
        (b"$RevConnectToMe me", "$RevConnectToMe"),
        (b"$Search Hub:me", "$Search"),
        (b"$Search Hub:me F?T?0?9", "$Search"),
        (b"$Search nowhere F?T?0?1?x", "$Search"),
        (b"$MultiSearch x", "$MultiSearch"),
        (b"$SA X", "$SA"),
        (b"$SA X nowhere", "$SA"),
        (b"$SP X", "$SP"),
        (b"$SR me", "$SR"),
        (b"$ExtJSON me", "$ExtJSON"),
        (b"$IN me", "$IN"),
        (b"$Ban you", "$Ban"),
        (b"$TempBan you$1d", "$TempBan"),
        (b"$MyIP 1.2.3.4", "$MyIP"),
    ] {
        let error = parse(wire).expect_err(command);
        assert_eq!(error, ParseError { command });
        assert_eq!(error.to_string(), format!("syntax error in {command}"));
    }
}

#[test]
fn the_table_is_sound() {
    for (index, row) in COMMANDS.iter().enumerate() {
        assert!(row.doc.ends_with('.') && row.doc.starts_with('`'));
        assert_eq!(find(row.name).map(|r| r.prefix), Some(row.prefix));
        // Dispatch compares the second byte first, which must not change who wins.
        assert!(row.prefix == b"<" || row.prefix.len() > 2);
        for earlier in &COMMANDS[..index] {
            assert!(!row.prefix.starts_with(earlier.prefix), "{}", row.name);
        }
    }
    assert_eq!(
        find("$MyINFO").map(|r| r.state),
        Some(LoginState::NickKnown)
    );
    assert_eq!(find("$SA").and_then(|r| r.max_len), Some("max_len_search"));
    assert!(find("Ping").is_none() && find("Unknown").is_none());
    assert!(LoginState::PreLogin < LoginState::InList);
}

#[test]
fn lists_skip_empties() {
    let words: Vec<_> = features(b" A  B ").collect();
    assert_eq!(words, [b"A", b"B"]);
    let nicks: Vec<_> = nick_list(b"a$$b$$").collect();
    assert_eq!(nicks, [b"a", b"b"]);
    assert_eq!(nick_list(b"").count(), 0);
}

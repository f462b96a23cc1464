//! Connections that come and go, and logins.

use hub::hooks::Hook;

use crate::hooks::{CASE, HookCase};
use crate::stage::Step::*;

/// The first messages of a login, up to the answer to `$ValidateNick`.
const NEW: &str = "$Supports NoHello |$Key x|$ValidateNick eve{n}";

pub const CONNECTIONS: &[HookCase] = &[
    HookCase {
        hook: Hook::NewConn,
        fire: &[Open("new")],
        args: "('127.0.0.1',)",
        goes_on: &[Hears("new", "$Lock ")],
        stops: &[Closed("new", ""), Never("new", "$Lock ")],
        to: Some("new"),
        ..CASE
    },
    HookCase {
        hook: Hook::CloseConn,
        fire: &[Login("eve{n}"), Leave("eve{n}")],
        args: "('127.0.0.1',)",
        goes_on: &[Hears("ann", "$Quit eve{n}")],
        more: &[(&[Connect("new"), Leave("new")], "('127.0.0.1',)")],
        ..CASE
    },
    HookCase {
        hook: Hook::CloseConnEx,
        fire: &[
            Login("eve{n}"),
            Send("boss", "$Kick eve{n}"),
            Closed("eve{n}", ""),
        ],
        args: "('127.0.0.1', 2, 'eve{n}')",
        goes_on: &[Hears("ann", "$Quit eve{n}")],
        more: &[
            // Before the login there is no nick.
            (&[Connect("new"), Leave("new")], "('127.0.0.1', 4, '')"),
            (
                &[Login("eve{n}"), Leave("eve{n}")],
                "('127.0.0.1', 4, 'eve{n}')",
            ),
            (
                &[
                    Login("eve{n}"),
                    Exec("vh.CloseConnection('eve{n}', vh.eCR_TIMEOUT)"),
                    Closed("eve{n}", ""),
                ],
                "('127.0.0.1', 6, 'eve{n}')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgAnyEx,
        fire: &[Connect("eve{n}"), Send("eve{n}", NEW)],
        args: "('127.0.0.1', '$ValidateNick eve{n}')",
        only: "'Validate' in a[1]",
        goes_on: &[Sees("eve{n}", "$Hello eve{n}")],
        stops: &[Closed("eve{n}", ""), Never("eve{n}", "$Hello")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgSupports,
        fire: &[
            Connect("eve{n}"),
            Send("eve{n}", NEW),
            Sees("eve{n}", "$Hello eve{n}"),
        ],
        args: "('127.0.0.1', '$Supports NoHello ', 'NoHello')",
        goes_on: &[Got("eve{n}", "$Supports NoHello ")],
        // The login goes on all the same.
        stops: &[
            Never("eve{n}", "$Supports"),
            Info("eve{n}"),
            Fence("eve{n}"),
        ],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgValidateNick,
        fire: &[Connect("eve{n}"), Send("eve{n}", NEW)],
        args: "('$ValidateNick eve{n}',)",
        goes_on: &[Sees("eve{n}", "$Hello eve{n}")],
        stops: &[Closed("eve{n}", "")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgVersion,
        fire: &[Shake("eve{n}"), Send("eve{n}", "$Version 1,0091")],
        args: "('127.0.0.1', '$Version 1,0091')",
        goes_on: &[InfoOnly("eve{n}"), Fence("eve{n}")],
        stops: &[Closed("eve{n}", "")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::CtmToHub,
        fire: &[
            Open("lost"),
            Send(
                "lost",
                "$MyNick eve{n}|$Lock EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.868Ref=dchub://evil",
            ),
        ],
        args: "('eve{n}', '127.0.0.1', {lost}, {port}, 'dchub://evil')",
        goes_on: &[Closed("lost", "$Error CTM2HUB")],
        stops: &[Closed("lost", ""), Never("lost", "CTM2HUB")],
        to: Some("lost"),
        ..CASE
    },
];

pub const LOGINS: &[HookCase] = &[
    HookCase {
        hook: Hook::FirstMyINFO,
        fire: &[Shake("eve{n}"), Info("eve{n}")],
        args: r"('eve{n}', 'tester', '<Test V:1.0,M:A,H:1/0/0,S:5>', '100\x01', '', '1073741824')",
        goes_on: &[Fence("eve{n}")],
        stops: &[Closed("eve{n}", ""), Is("vh.GetUserClass('eve{n}')", "-2")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::ValidateTag,
        fire: &[Shake("eve{n}"), Info("eve{n}")],
        args: "('eve{n}', '<Test V:1.0,M:A,H:1/0/0,S:5>')",
        goes_on: &[Fence("eve{n}")],
        stops: &[Closed("eve{n}", ""), Is("vh.GetUserClass('eve{n}')", "-2")],
        to: Some("eve{n}"),
        more: &[(
            &[
                Send(
                    "ann",
                    "$MyINFO $ALL ann d{n}<++ V:0.761,M:A,H:16/0/1,S:17>$ $100\x01$$7$",
                ),
                Fence("ann"),
            ],
            "('ann', '<++ V:0.761,M:A,H:16/0/1,S:17>')",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgMyPass,
        fire: &[
            Connect("reg"),
            Send("reg", "$Supports NoHello |$Key x|$ValidateNick reg"),
            Hears("reg", "$GetPass"),
            Send("reg", "$MyPass correct-horse"),
        ],
        args: "('reg', '$MyPass correct-horse')",
        goes_on: &[Sees("reg", "$Hello reg"), Info("reg"), Fence("reg")],
        stops: &[Closed("reg", ""), Never("reg", "$Hello")],
        to: Some("reg"),
        afterwards: &[Exec("vh.CloseConnection('reg')"), Closed("reg", "")],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgMyHubURL,
        fire: &[
            Connect("eve{n}"),
            Send(
                "eve{n}",
                "$Supports NoHello HubURL |$Key x|$ValidateNick eve{n}",
            ),
            Sees("eve{n}", "$Hello eve{n}"),
            Send("eve{n}", "$MyHubURL dchub://Here{n}:411/"),
        ],
        args: "('eve{n}', '$MyHubURL dchub://Here{n}:411/')",
        goes_on: &[
            Info("eve{n}"),
            Fence("eve{n}"),
            Is("vh.GetUserHubURL('eve{n}')", "'here{n}'"),
        ],
        stops: &[Closed("eve{n}", "")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgBotINFO,
        fire: &[
            Connect("eve{n}"),
            Send(
                "eve{n}",
                "$Supports BotINFO |$Key x|$ValidateNick eve{n}|$BotINFO hello",
            ),
        ],
        args: "('eve{n}', '$BotINFO hello')",
        goes_on: &[Hears("eve{n}", "$HubINFO ")],
        stops: &[Closed("eve{n}", ""), Never("eve{n}", "$HubINFO")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::UserInList,
        fire: &[Shake("eve{n}"), Info("eve{n}")],
        args: "('eve{n}',)",
        goes_on: &[Fence("eve{n}"), Hears("ann", "$MyINFO $ALL eve{n} ")],
        // The others are not told of such a user.
        stops: &[Closed("eve{n}", ""), Lacks("ann", "$MyINFO $ALL eve{n} ")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::UserLogin,
        fire: &[
            Shake("eve{n}"),
            Info("eve{n}"),
            Hears("ann", "$MyINFO $ALL eve{n} "),
        ],
        args: "('eve{n}',)",
        goes_on: &[Fence("eve{n}"), Is("vh.GetUserClass('eve{n}')", "0")],
        stops: &[Closed("eve{n}", ""), Hears("ann", "$Quit eve{n}")],
        to: Some("eve{n}"),
        ..CASE
    },
    HookCase {
        hook: Hook::UserLogout,
        fire: &[Login("eve{n}"), Leave("eve{n}")],
        args: "('eve{n}',)",
        goes_on: &[
            Sees("ann", "$Quit eve{n}"),
            Is("vh.GetUserClass('eve{n}')", "-2"),
        ],
        ..CASE
    },
];

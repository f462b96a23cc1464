//! Commands, what operators do, and what scripts and settings do.

use hub::hooks::Hook;

use crate::hooks::{CASE, HookCase};
use crate::stage::Step::*;

pub const COMMANDS: &[HookCase] = &[
    HookCase {
        hook: Hook::UserCommand,
        fire: &[Chat("ann", "+myip {n}")],
        args: "('ann', '+myip {n}')",
        goes_on: &[Hears("ann", "Your address is")],
        stops: &[Lacks("ann", "address")],
        to: Some("ann"),
        more: &[
            (
                &[Chat("ann", "!anything at all"), Fence("ann")],
                "('ann', '!anything at all')",
            ),
            (
                &[Pm("ann", "Viperhub", "/by mail"), Fence("ann")],
                "('ann', '/by mail')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::OperatorCommand,
        fire: &[Chat("op", "!getip ann")],
        args: "('op', '!getip ann')",
        only: "a[0] == 'op'",
        goes_on: &[Hears("op", "ann: 127.0.0.1")],
        stops: &[Lacks("op", "127.0.0.1")],
        to: Some("op"),
        more: &[(
            &[Pm("op", "Viperhub", "+help"), Fence("op")],
            "('op', '+help')",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::HubCommand,
        fire: &[Chat("ann", "+myip {n}")],
        args: "('ann', 'myip {n}', 0, 0, '+')",
        only: "a[0] in ('ann', 'op')",
        goes_on: &[Hears("ann", "Your address is")],
        stops: &[Lacks("ann", "address")],
        to: Some("ann"),
        more: &[
            (
                &[
                    Pm("ann", "Viperhub", "/myip"),
                    Hears("ann", "Your address is"),
                ],
                "('ann', 'myip', 0, 1, '/')",
            ),
            (
                &[Chat("op", "!getip ann"), Hears("op", "ann: 127.0.0.1")],
                "('op', 'getip ann', 3, 0, '!')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::OperatorKicks,
        fire: &[Login("eve{n}"), Chat("op", "!kick eve{n} no snakes")],
        args: "('op', 'eve{n}', 'no snakes')",
        goes_on: &[Closed("eve{n}", "no snakes"), Hears("boss", "$Quit eve{n}")],
        stops: &[Fence("op"), Lacks("eve{n}", "snakes")],
        to: Some("op"),
        afterwards: &[Exec("vh.DelIPTempBan('127.0.0.1')")],
        more: &[
            (
                &[
                    Login("eve{n}"),
                    Send("op", "$Kick eve{n}"),
                    Closed("eve{n}", ""),
                ],
                "('op', 'eve{n}', '')",
            ),
            (
                &[
                    Login("eve{n}"),
                    Chat("op", "op is kicking eve{n} because: words"),
                    Fence("op"),
                    Exec("vh.DelIPTempBan('127.0.0.1')"),
                ],
                "('op', 'eve{n}', 'words')",
            ),
            (
                &[
                    Login("eve{n}"),
                    Is("vh.KickUser('boss', 'eve{n}', 'words')", "True"),
                    Exec("vh.DelIPTempBan('127.0.0.1')"),
                ],
                "('boss', 'eve{n}', 'words')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::OperatorDrops,
        fire: &[Login("eve{n}"), Chat("op", "!drop eve{n} for now")],
        args: "('op', 'eve{n}')",
        goes_on: &[Closed("eve{n}", "for now")],
        stops: &[
            Fence("op"),
            Lacks("eve{n}", "for now"),
            Is("vh.GetUserClass('eve{n}')", "0"),
        ],
        to: Some("op"),
        ..CASE
    },
    HookCase {
        hook: Hook::OperatorDropsWithReason,
        fire: &[Login("eve{n}"), Chat("op", "!drop eve{n} for now")],
        args: "('op', 'eve{n}', 'for now')",
        goes_on: &[Closed("eve{n}", "for now")],
        stops: &[
            Fence("op"),
            Lacks("eve{n}", "for now"),
            Is("vh.GetUserClass('eve{n}')", "0"),
        ],
        to: Some("op"),
        more: &[
            (
                &[
                    Login("eve{n}"),
                    Chat("op", "!drop eve{n}"),
                    Closed("eve{n}", ""),
                ],
                "('op', 'eve{n}', '')",
            ),
            // It is called although the one before it has said no.
            (
                &[
                    Exec("answers['OnOperatorDrops'] = 0"),
                    Login("eve{n}"),
                    Chat("op", "!drop eve{n} why"),
                    Fence("op"),
                    Is("vh.GetUserClass('eve{n}')", "0"),
                    Exec("answers.clear()"),
                ],
                "('op', 'eve{n}', 'why')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::NewReg,
        fire: &[Chat("boss", "!regnew eve{n} 2 secret-word")],
        args: "('boss', 'eve{n}', 2)",
        goes_on: &[Hears("boss", "eve{n} is now registered")],
        stops: &[Hears("boss", "A script refused to have eve{n} registered")],
        to: Some("boss"),
        // Who registers himself is his own operator; scripts that register somebody are not asked.
        more: &[(
            &[
                Exec("vh.SetConfig('autoreg_class', 1); vh.AddRegUser('other{n}', 1)"),
                Login("self{n}"),
                Chat("self{n}", "+regme secret-word"),
                Fence("self{n}"),
            ],
            "('self{n}', 'self{n}', 1)",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::NewBan,
        fire: &[Chat("op", "!bannick_5m eve{n} swears")],
        args: "('op', '', 'eve{n}', 'swears')",
        goes_on: &[
            Hears("op", "Banned:"),
            Chat("op", "!infobannick eve{n}"),
            Hears("op", "swears"),
        ],
        stops: &[
            Hears("op", "A script refused the ban."),
            Chat("op", "!infobannick eve{n}"),
            Lacks("op", "swears"),
        ],
        to: Some("op"),
        more: &[(
            &[Chat("op", "!banip_5m 192.0.2.{n} why"), Fence("op")],
            "('op', '192.0.2.{n}', '', 'why')",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::SetConfig,
        fire: &[Chat("boss", "!set hub_desc new {n}")],
        args: "('boss', 'config', 'hub_desc', 'new {n}', 'old', 12)",
        goes_on: &[
            Hears("boss", "old -> new {n}"),
            Is("vh.GetConfig('hub_desc')", "'new {n}'"),
        ],
        stops: &[
            Hears("boss", "A script refused the change of hub_desc"),
            Is("vh.GetConfig('hub_desc')", "'old'"),
        ],
        to: Some("boss"),
        afterwards: &[Exec("vh.SetConfig('hub_desc', 'old')")],
        more: &[
            // The hub's bot stands for scripts.
            (
                &[Exec("vh.SetConfig('max_users', 100{n})")],
                "('Viperhub', 'config', 'max_users', '100{n}', '6000', 3)",
            ),
            (
                &[Exec("vh.SetConfig('pi_mine', 'var', 'x')")],
                "('Viperhub', 'pi_mine', 'var', 'x', '', -1)",
            ),
            (
                &[Chat("boss", "!topic Cobras"), Fence("boss")],
                "('boss', 'config', 'hub_topic', 'Cobras', '', 12)",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::ScriptCommand,
        fire: &[Is("vh.ScriptCommand('c{n}', 'data', 1)", "True")],
        args: "('c{n}', 'data', 'python', '{path}')",
        goes_on: &[Fence("ann")],
        more: &[
            (
                &[Is("vh.ScriptCommand('later', 'data')", "True")],
                "('later', 'data', 'python', '{path}')",
            ),
            (
                &[Is("vh.ScriptCommand('later', 'data', 'mine')", "True")],
                "('later', 'data', 'mine', '{path}')",
            ),
            (
                &[Exec("vh.SetConfig('opchat_name', 'Ops')")],
                "('_opchat_name_change', 'Ops', '', '')",
            ),
            (
                &[Exec("vh.SetConfig('hub_security', 'Guard')")],
                "('_hub_security_change', 'Guard', '', '')",
            ),
        ],
        ..CASE
    },
];

//! What clients say to each other.

use hub::hooks::Hook;

use crate::hooks::{CASE, HookCase};
use crate::stage::Step::*;

const TTH: &str = "LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ";
const _: () = assert!(TTH.len() == 39, "the hash in the cases below");

pub const MESSAGES: &[HookCase] = &[
    HookCase {
        hook: Hook::ParsedMsgChat,
        fire: &[Chat("ann", "line {n}")],
        args: "('ann', 'line {n}')",
        goes_on: &[Sees("bob", "<ann> line {n}"), Sees("ann", "<ann> line {n}")],
        stops: &[Lacks("ann", "<ann>"), Lacks("bob", "<ann>")],
        to: Some("ann"),
        // What looks like a command but is none comes here before anybody is told so.
        more: &[(
            &[
                Chat("ann", "!stats {n}"),
                Hears("ann", "There is no command !stats {n}"),
            ],
            "('ann', '!stats {n}')",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgPM,
        fire: &[Pm("ann", "bob", "line {n}")],
        args: "('ann', 'line {n}', 'bob')",
        goes_on: &[Sees("bob", "$To: bob From: ann $<ann> line {n}")],
        stops: &[Lacks("ann", "line {n}"), Lacks("bob", "line {n}")],
        to: Some("ann"),
        more: &[
            (
                &[
                    Pm("ann", "Viperhub", "hello"),
                    Hears("ann", "From: Viperhub $"),
                ],
                "('ann', 'hello', 'Viperhub')",
            ),
            (
                &[Pm("op", "OpChat", "hello"), Hears("boss", "$<op> hello")],
                "('op', 'hello', 'OpChat')",
            ),
            (
                &[
                    Is("vh.AddRobot('robo{n}', 0, '', '', '', '0')", "True"),
                    Pm("ann", "robo{n}", "hello"),
                    Fence("ann"),
                ],
                "('ann', 'hello', 'robo{n}')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgMCTo,
        setup: &[LoginWith("mct", "NoHello MCTo")],
        fire: &[Send("ann", "$MCTo: bob $ann line {n}")],
        args: "('ann', 'line {n}', 'bob')",
        goes_on: &[Sees("bob", "<ann> line {n}"), Lacks("op", "line {n}")],
        stops: &[Lacks("ann", "line {n}"), Lacks("bob", "line {n}")],
        to: Some("ann"),
        more: &[(
            &[
                Send("ann", "$MCTo: mct $ann line {n}"),
                Sees("mct", "$MCTo: mct $ann line {n}"),
            ],
            "('ann', 'line {n}', 'mct')",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgSearch,
        setup: &[LoginWith("short", "NoHello TTHSearch TTHS")],
        fire: &[Send("ann", "$Search 127.0.0.1:412 F?T?0?1?snake{n}")],
        args: "('ann', '$Search 127.0.0.1:412 F?T?0?1?snake{n}')",
        goes_on: &[Sees("bob", "$Search 127.0.0.1:412 F?T?0?1?snake{n}")],
        stops: &[Fence("ann"), Lacks("bob", "$Search")],
        to: Some("ann"),
        more: &[
            (
                &[
                    Send("pas", "$Search Hub:pas F?T?0?1?snake{n}"),
                    Fence("pas"),
                ],
                "('pas', '$Search Hub:pas F?T?0?1?snake{n}')",
            ),
            // The short forms arrive as the long one.
            (
                &[
                    Send(
                        "short",
                        "$SA LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ 127.0.0.1:412",
                    ),
                    Fence("short"),
                ],
                "('short', '$Search 127.0.0.1:412 F?T?0?9?TTH:LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ')",
            ),
            (
                &[
                    Send("pas", "$SP LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ pas"),
                    Fence("pas"),
                ],
                "('pas', '$Search Hub:pas F?T?0?9?TTH:LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgSR,
        fire: &[Send("ann", "$SR ann f{n}\x051 1/1\x05hub (1.2.3.4)\x05pas")],
        args: r"('ann', '$SR ann f{n}\x051 1/1\x05hub (1.2.3.4)\x05pas')",
        goes_on: &[Sees("pas", "$SR ann f{n}\x051 1/1\x05hub (1.2.3.4)")],
        stops: &[Fence("ann"), Lacks("pas", "$SR")],
        to: Some("ann"),
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgMyINFO,
        fire: &[Send(
            "ann",
            "$MyINFO $ALL ann d{n}<T V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$a@b$7$",
        )],
        args: r"('ann', 'd{n}', '<T V:1.0,M:A,H:1/0/0,S:5>', '100\x01', 'a@b', '7')",
        goes_on: &[
            Hears("op", "$MyINFO $ALL ann d{n}<"),
            Is("vh.GetMyINFO('ann')[1]", "'d{n}'"),
        ],
        stops: &[
            Fence("ann"),
            Lacks("op", "$MyINFO"),
            Is("vh.GetMyINFO('ann')[1] == 'd{n}'", "False"),
        ],
        to: Some("ann"),
        more: &[
            (
                &[
                    Send("ann", "$MyINFO $ALL ann none$ $\x01$$0$"),
                    Fence("ann"),
                ],
                r"('ann', 'none', '', '\x01', '', '0')",
            ),
            // The first one comes here too.
            (
                &[Login("eve{n}")],
                r"('eve{n}', 'tester', '<Test V:1.0,M:A,H:1/0/0,S:5>', '100\x01', '', '1073741824')",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::OpChatMessage,
        fire: &[Pm("op", "OpChat", "line {n}")],
        args: "('op', 'line {n}')",
        goes_on: &[Sees("boss", "$To: boss From: OpChat $<op> line {n}")],
        stops: &[Fence("op"), Lacks("boss", "line {n}")],
        to: None,
        ..CASE
    },
    HookCase {
        hook: Hook::PublicBotMessage,
        fire: &[Exec("vh.mc('line {n}')")],
        args: "('Viperhub', 'line {n}', 0, 10)",
        goes_on: &[Sees("ann", "<Viperhub> line {n}")],
        more: &[
            (
                &[Exec("vh.classmc('line {n}', 1, 3, 'eve')")],
                "('eve', 'line {n}', 1, 3)",
            ),
            (
                &[Exec("vh.SendToAll('line {n}')")],
                "('Viperhub', 'line {n}', 0, 10)",
            ),
        ],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgConnectToMe,
        fire: &[Send("ann", "$ConnectToMe bob 127.0.0.1:4{n}")],
        args: "('ann', 'bob', '127.0.0.1', '4{n}')",
        goes_on: &[Sees("bob", "$ConnectToMe bob 127.0.0.1:4{n}")],
        stops: &[Fence("ann"), Lacks("bob", "$ConnectToMe")],
        to: Some("ann"),
        // What follows the number is the port's too.
        more: &[(
            &[
                Send("ann", "$ConnectToMe bob 127.0.0.1:4{n}R"),
                Fence("ann"),
            ],
            "('ann', 'bob', '127.0.0.1', '4{n}R')",
        )],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgRevConnectToMe,
        fire: &[Send("pas", "$RevConnectToMe pas bob")],
        args: "('pas', 'bob')",
        goes_on: &[Sees("bob", "$RevConnectToMe pas bob")],
        stops: &[Fence("pas"), Lacks("bob", "$RevConnectToMe")],
        to: Some("pas"),
        ..CASE
    },
    HookCase {
        hook: Hook::UnknownMsg,
        fire: &[Send("ann", "$Nonsense {n}")],
        args: "('ann', '$Nonsense {n}')",
        goes_on: &[Fence("ann")],
        ..CASE
    },
    HookCase {
        hook: Hook::ParsedMsgExtJSON,
        setup: &[
            LoginWith("json", "NoHello ExtJSON2"),
            LoginWith("jim", "NoHello ExtJSON2"),
        ],
        fire: &[Send("json", "$ExtJSON json {\"a\":{n}}")],
        args: r#"('json', '$ExtJSON json {"a":{n}}')"#,
        goes_on: &[
            Sees("jim", "$ExtJSON json {\"a\":{n}}"),
            Is("vh.GetUserExtJSON('json')", r#"'$ExtJSON json {"a":{n}}'"#),
        ],
        stops: &[
            Fence("json"),
            Lacks("jim", "$ExtJSON"),
            Is("'a\":{n}}' in vh.GetUserExtJSON('json')", "False"),
        ],
        to: Some("json"),
        ..CASE
    },
    // Last: it judges whatever the others here send, too.
    HookCase {
        hook: Hook::ParsedMsgAny,
        fire: &[Chat("ann", "line {n}")],
        args: "('ann', '<ann> line {n}')",
        only: "a[0] == 'ann' and 'line' in a[1]",
        goes_on: &[Sees("bob", "<ann> line {n}"), Sees("ann", "<ann> line {n}")],
        stops: &[Lacks("ann", "<ann>"), Lacks("bob", "<ann>")],
        to: Some("ann"),
        ..CASE
    },
];

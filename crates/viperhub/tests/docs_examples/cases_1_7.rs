//! What the blocks of the document v1.7 do.

use crate::documents::{Case, PLAIN};

/// A function of the program in Python, which gets what the block gives it.
const STAND_IN: &str = "\
import json, vh
_called = []
_functions = {
    'get_stats': lambda nick: (5, 2), 'add': lambda a, b: a + b, 'reverse': lambda s: s[::-1],
    'reverse_list': lambda l: l[::-1], 'add_field': lambda d: {'processed': True, **d},
    'get_detailed_stats': lambda nick: (1, 2, 3), 'evaluate_expression': lambda e: e + ' = 4',
    'validate_data': lambda d: d == 'good', 'generate_hourly_report': lambda: 'all is well',
}
def _call(name, *args):
    _called.append((name, args))
    return _functions.get(name, lambda *a: len(a))(*args)
vh.CallDynamicFunction = _call
";

pub const CASES: &[Case] = &[
    Case {
        block: "v1.7-0115",
        steps: &[
            "ann got <Viperhub> Welcome ann!",
            "ann says !stats",
            "ann gets $To: ann From: Viperhub $<Viperhub> Users online: 1, Your class: 0",
            "ann says hello",
            "ann gets <ann> hello",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0145",
        late: &["OpNick", "BadUser", "SpamUser", "username", "SomeUser"],
        after: "print('got', user_class, type(nick_list + []).__name__, 'OpNick' in op_list, user_count >= 3, hub_topic, max_users)\n",
        steps: &[
            "username gets <Viperhub> Announcement to everyone!",
            "OpNick gets $To: OpNick From: OpChat $<OpChat> Message to operators",
            "username gets $To: username From: Viperhub $<Viperhub> Private message",
            "BadUser goes Reason for kick",
            "SpamUser goes Spamming",
            "username gets $HubName Den - Welcome to our hub!",
            "log got 0 list True True  6000",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0277",
        steps: &["log /scripts/example.py", "log OpChat", "log config"],
        ..PLAIN
    },
    Case {
        block: "v1.7-0290",
        before: "import vh\n",
        after: "print('all are there')\n",
        steps: &["log all are there"],
        ..PLAIN
    },
    Case {
        // The hub has a command `!info` of its own, which comes first.
        block: "v1.7-0326",
        settings: &[("cmd_start_user", "+")],
        after: "OnTimer(9_990_500.0)\nclass Crowd:\n    def __getattr__(self, name): return (lambda: 101) if name == 'GetUsersCount' else getattr(real, name)\nreal, vh = vh, Crowd()\nOnTimer(10_000_500.0)\nvh = real\n",
        late: &["boss"],
        steps: &[
            "boss gets $To: boss From: OpChat $<OpChat> High load: 101 users online",
            "ann got <Viperhub> Welcome ann!",
            "OpNick is here",
            "boss gets OpNick (operator) has logged in",
            "ann says !info",
            "ann gets Online Users: 3",
            "ann says !ops",
            "ann gets $To: ann From: Viperhub $<Viperhub> Operators: ",
            "ann says !users",
            "ann gets Total users (5): ",
            "boss says none of these",
            "ann gets <boss> none of these",
            "ann gets not !ops",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0395",
        after: "print('encoded', encoded, repr(vh.Encode(chr(5))))\n",
        steps: &["log encoded Test&#36;Message&#124;With&#96;Special&#126;Chars '&#5;'"],
        ..PLAIN
    },
    Case {
        block: "v1.7-0534",
        before: STAND_IN,
        after: "some_function()\n",
        steps: &[
            "log 10 + 20 = 30",
            "log olleH",
            "log ['cherry', 'banana', 'apple']",
            "log {'processed': True, 'name': 'Alice', 'age': 30}",
            "ann got $To: ann From: Viperhub $<Viperhub> Your stats: 5 messages, 2 logins",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0581",
        before: "import vh\nfunc_name, arg1, arg2 = 'f', 1, 'b'\nvh.CallDynamicFunction = lambda name, *args: (name, args)\n",
        after: "print('gives', result)\n",
        steps: &["log gives ('f', (1, 'b', Ellipsis))"],
        ..PLAIN
    },
    Case {
        block: "v1.7-0605",
        before: STAND_IN,
        after: "print('called', [name for name, args in _called], len(_called[-1][1]))\n",
        steps: &[
            "log called ['process_list', 'process_dict', 'process_tags', 'calculate', 'complex_func'] 4",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0633",
        before: STAND_IN,
        after: "OnTimer(60_000_500.0)\n",
        late: &["boss"],
        steps: &[
            "boss gets Hourly report: all is well",
            "ann says !stats",
            "ann gets Your activity: 1 msgs, 2 searches, 3 downloads",
            "ann says !calc 2 + 2",
            "ann gets Result: 2 + 2 = 4",
            "ann says !calc",
            "ann gets Usage: !calc <expression>",
            "ann says !check good",
            "ann gets Valid!",
            "ann says !check bad",
            "ann gets Invalid data",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0687",
        steps: &[
            "boss is here",
            "ann says hello",
            "ann gets <ann> hello",
            "ann tells boss hi",
            "boss gets $To: boss From: ann $<ann> hi",
            "boss says !regnew bob 1",
            "boss gets bob",
            "boss says !set hub_name Other",
            "boss gets hub_name: Den -> Other",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0727",
        after: "def OnHubCommand(nick, command, *more):\n    if command != 'show': return 1\n    print('gives', is_operator('boss'), is_operator('ann'))\n    send_stats_report()\n    return 0\n",
        steps: &[
            "boss is here",
            "ann got <Viperhub> ann joined!",
            "ann says a BadWord",
            "ann gets $To: ann From: Viperhub $<Viperhub> Please watch your language",
            "boss gets not BadWord",
            "ann says +show",
            "log gives True False",
            "boss gets Users online: 2",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0826",
        after: "print('it has', MYSCRIPT_config, MYSCRIPT['config'])\n",
        steps: &["log it has {Ellipsis} {Ellipsis}"],
        ..PLAIN
    },
    Case {
        // In a shared script all of it works; `uvicorn` is not among the packages of our tests.
        block: "v1.7-0881",
        before: "import sys, types\nsys.modules.setdefault('uvicorn', types.ModuleType('uvicorn'))\n",
        after: "print('made', FastAPI().title, BaseModel.__name__)\n",
        modes: &["shared"],
        packages: true,
        steps: &["log made FastAPI BaseModel"],
        ..PLAIN
    },
    Case {
        // What the document expects of an isolated one.
        block: "v1.7-0898",
        before: "import sys, types\nsys.modules.setdefault('requests', types.ModuleType('requests'))\n",
        modes: &["isolated"],
        packages: true,
        steps: &[
            "log \u{274c} fastapi failed: ",
            "log \u{2705} requests may work in sub-interpreter mode",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-0933",
        after: "print('all of', len([datetime, json, re, urllib.request, sqlite3, threading, asyncio]))\n",
        steps: &["log all of 7"],
        ..PLAIN
    },
    Case {
        block: "v1.7-0967",
        files: &[(
            "data/scripts/venv/lib/python3.12/site-packages/requests.py",
            "class Response:\n    status_code = 200\n    def json(self): return {'rank': 7}\ndef get(url): return Response()\n",
        )],
        steps: &["ann got $To: ann From: Viperhub $<Viperhub> Welcome back! Your rank: 7"],
        ..PLAIN
    },
    Case {
        // The rest of it is C++.
        block: "v1.7-1041",
        before: STAND_IN,
        after: "print('called', _called[0][0], [type(a).__name__ for a in _called[0][1]])\n",
        steps: &["log called process_data ['str', 'int', 'dict', 'list']"],
        ..PLAIN
    },
    Case {
        block: "v1.7-1134",
        before: STAND_IN,
        after: "print('called', [(name, len(args)) for name, args in _called][-1], len(_called))\n",
        steps: &["log called ('analyze', 4) 5"],
        ..PLAIN
    },
    Case {
        block: "v1.7-1411",
        after: "class Crowd:\n    def __getattr__(self, name): return (lambda: 101) if name == 'GetUsersCount' else getattr(real, name)\nreal, vh = vh, Crowd()\nprint('gives', OnTimer(), last_check > 0)\nvh = real\n",
        late: &["boss"],
        steps: &[
            "log gives 1 True",
            "boss gets $To: boss From: OpChat $<OpChat> High load: 101 users",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-1439",
        files: &[(
            "data/scripts/sender.py",
            "import vh\ndef OnHubCommand(nick, command, *more):\n    if command == 'black': vh.ScriptCommand('add_to_blacklist', 'eve', 1)\n    return command != 'black'\n",
        )],
        steps: &[
            "boss says +black",
            "boss gets $To: boss From: OpChat $<OpChat> Blacklist updated by /",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-1468",
        steps: &[
            "boss is here",
            "OpNick guesses",
            "boss gets $To: boss From: OpChat $<OpChat> Failed login as OpNick from 127.0.0.1",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-1510",
        steps: &[
            "ann says +myip",
            "ann gets <Viperhub> Your IP: 127.0.0.1",
            "ann tells Viperhub +myip",
            "ann gets $To: ann From: Viperhub $<Viperhub> Your IP: 127.0.0.1",
            "boss says !stats",
            "boss gets <Viperhub> Users: 2",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.7-1529",
        before: "leet_users = ['bob']\ndef make_leet(text): return text.replace('e', '3')\n",
        steps: &[
            "bob is here",
            "ann says such a badword1 here",
            "ann gets <Viperhub> Message blocked",
            "bob gets not badword1",
            "bob says hello",
            "ann gets <bob> h3llo",
            "ann says hello",
            "bob gets <ann> hello",
        ],
        ..PLAIN
    },
    Case {
        // Two scripts that share their names.
        block: "v1.7-1778",
        files: &[("data/scripts/script2.py", "v1.7-1787")],
        modes: &["shared"],
        steps: &[
            "ann is here",
            "log Debug mode: True",
            "ann says !debug",
            // The hook lets it go on, and the hub has no such command.
            "ann gets There is no command !debug",
            "bob is here",
            "log Debug mode: False",
        ],
        ..PLAIN
    },
];

//! What the blocks of the document v1.6 do.

use crate::documents::{Case, PLAIN};

pub const CASES: &[Case] = &[
    Case {
        block: "v1.6-0075",
        steps: &[
            "ann got <Viperhub> Welcome ann!",
            "ann says hello",
            "ann gets <ann> hello",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0101",
        late: &["OpNick", "BadUser", "TargetNick", "SomeUser"],
        after: "print('got', user_class, 'TargetNick' in nick_list.split('$$'), 'OpNick' in op_list, user_count >= 4, result)\n",
        steps: &[
            "TargetNick gets <Viperhub> Announcement to everyone!",
            "OpNick gets $To: OpNick From: OpChat $<OpChat> Message to operators",
            "TargetNick gets <FromNick> Private message",
            "BadUser goes Reason",
            "log got 0 True True True (0, [])",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0143",
        late: &["OpNick", "UserToKick", "TargetNick", "ToNick", "Username"],
        after: "print('got', user_class, user_ip, user_cc, 'ToNick' in nick_list, bot_list.split('$$') != [], config_value)\n",
        steps: &[
            "ToNick gets <Viperhub> Hub announcement!",
            "ToNick gets $To: ToNick From: FromNick $<FromNick> Private message",
            "TargetNick gets <FromNick> Private message",
            "OpNick gets $To: OpNick From: OpChat $<OpChat> Operator message",
            "OpNick gets <BotNick> Message to class 3+",
            "UserToKick goes Reason",
            "log got 0 127.0.0.1 L1 True True 6000",
            "hub ends 0",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0193",
        after: "print('counts', process_users(['alice', 'bob']))\n",
        steps: &["log Processing alice", "log Processing bob", "log counts 2"],
        ..PLAIN
    },
    Case {
        block: "v1.6-0202",
        after: "print('gives', get_online_users())\n",
        steps: &["log gives ['Alice', 'Bob', 'Charlie']"],
        ..PLAIN
    },
    Case {
        block: "v1.6-0229",
        after: "for n in (100, 501): print('gives', validate_config({'hub_name': 'MyHub', 'max_users': n}))\n",
        steps: &[
            "log gives {'valid': True}",
            "log gives {'valid': False, 'error': 'Too many users'}",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0238",
        after: "print('gives', get_hub_stats())\n",
        steps: &["log gives {'total_users': 42, 'active_users': 15, 'uptime_seconds': 36000}"],
        ..PLAIN
    },
    Case {
        block: "v1.6-0332",
        after: "print('gives', data, re.sub('a', 'b', 'aa'))\n",
        steps: &["log gives {\"time\": \"20"],
        ..PLAIN
    },
    Case {
        block: "v1.6-0521",
        before: "total_processed_items = 7\n",
        after: "print('gives', get_stats(), process_user('username', 123))\n",
        steps: &["log gives 7 1"],
        ..PLAIN
    },
    Case {
        // Its tests are for the command line: loaded, the script does not run them.
        block: "v1.6-0682",
        before: "def validate_user(nick): return ' ' not in nick\ndef should_block(text): return 'spam' in text\nimport builtins\nprinted = []\nprint = lambda text: printed.append(text)\n",
        after: "builtins.print('printed', printed)\ntest_user_validation()\ntest_message_filter()\nbuiltins.print('they pass')\n",
        steps: &["log printed []", "log they pass"],
        ..PLAIN
    },
    Case {
        block: "v1.6-0709",
        before: "applied = []\ndef apply_configuration(config): applied.append(config)\n",
        after: "print('gives', process_users(['alice']), configure({'name': 'Hub', 'users': 100}), applied)\n",
        steps: &["log gives 1 {'status': 'ok'} [{'name': 'Hub', 'users': 100}]"],
        ..PLAIN
    },
    Case {
        block: "v1.6-0848",
        steps: &[
            "boss is here",
            "ann says BUY NOW please",
            "ann gets <Viperhub> Message blocked: contains 'buy now'",
            "boss gets not BUY NOW",
            "ann says hello",
            "boss gets <ann> hello",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0867",
        steps: &[
            "boss got $To: boss From: OpChat $<OpChat> Operator boss has logged in.",
            "ann got <Viperhub> Welcome guest ann! Type !help for commands.",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0884",
        after: "def OnHubCommand(nick, command, *more):\n    if command == 'show': print('gives', json.dumps(get_stats()), get_peak_users())\n    return command != 'show'\n",
        steps: &[
            "boss is here",
            "ann says hello",
            "ann gets <ann> hello",
            "ann says +show",
            "log gives {\"total_logins\": 2, \"total_messages\": 1, \"peak_users\": 2, \"users_by_class\": {\"10\": 1, \"0\": 1}} 2",
        ],
        ..PLAIN
    },
    Case {
        block: "v1.6-0924",
        after: "def OnHubCommand(nick, command, *more):\n    if command != 'show': return 1\n    print('gives', sorted(get_online_users()), process_user_batch(['ann', 'nobody']), get_hub_config())\n    print('sets', update_settings({'hub_name': 'New', 'max_users': 50}), vh.GetConfig('hub_name'), vh.GetConfig('max_users'))\n    return 0\n",
        steps: &[
            "ann says +show",
            "log gives ['OpChat', 'Viperhub', 'ann'] 1 {'hub_name': 'Den', 'max_users': 6000, 'min_share': 0, 'features': ['chat', 'search', 'pm']}",
            "log sets {'status': 'updated', 'changes': 2} New 50",
        ],
        ..PLAIN
    },
];

//! The functions that ask about users and change how they are shown, lists and counters.

use crate::stage::Step::*;
use crate::vh::FnCase;

/// As clients of the kit describe themselves.
const TAG: &str = "<Test V:1.0,M:A,H:1/0/0,S:5>";
const _: () = assert!(TAG.len() == 28, "the tag in the cases below");

pub const USERS: &[FnCase] = &[
    FnCase {
        name: "GetUserClass",
        steps: &[
            Call("GetUserClass('ann')", "0"),
            Call("GetUserClass('op')", "3"),
            Call("GetUserClass('boss')", "10"),
            Call("GetUserClass(nick='Viperhub')", "10"),
            Fails("GetUserClass('nobody')", "-2"),
            // Nicks are looked up as they are.
            Fails("GetUserClass('ANN')", "-2"),
            Fails("GetUserClass(None)", "-2"),
            Fails("GetUserClass('')", "-2"),
        ],
    },
    FnCase {
        name: "GetUserHost",
        // `dns_lookup` is off: a name is looked up when a script asks for it.
        steps: &[
            Is("type(vh.GetUserHost('ann'))", "<class 'str'>"),
            Call("GetUserHost('ann')", "'dyn-1.pool.example.com'"),
            Call("GetUserHost(nick='ann')", "'dyn-1.pool.example.com'"),
            Fails("GetUserHost('Viperhub')", "''"),
            Fails("GetUserHost('nobody')", "''"),
        ],
    },
    FnCase {
        name: "GetUserIP",
        steps: &[
            Call("GetUserIP('ann')", "'127.0.0.1'"),
            Call("GetUserIP(nick='OpChat')", "'127.0.0.1'"),
            Fails("GetUserIP('nobody')", "''"),
        ],
    },
    FnCase {
        name: "GetUserCC",
        steps: &[
            Call("GetUserCC('ann')", "'L1'"),
            Call("GetUserCC(nick='ann')", "'L1'"),
            Fails("GetUserCC('nobody')", "''"),
        ],
    },
    FnCase {
        name: "GetUserHubURL",
        steps: &[
            LoginWith("url", "NoHello HubURL"),
            Send("url", "$MyHubURL dchub://Den.example:411"),
            Fence("url"),
            Call("GetUserHubURL('url')", "'den.example'"),
            Call("GetUserHubURL(nick='url')", "'den.example'"),
            Call("GetUserHubURL('ann')", "''"),
            Fails("GetUserHubURL('nobody')", "''"),
            Leave("url"),
            Hears("boss", "$Quit url"),
        ],
    },
    FnCase {
        name: "GetUserExtJSON",
        steps: &[
            Exec("vh.SetConfig('disable_extjson', 0)"),
            LoginWith("json", "NoHello ExtJSON2"),
            Send("json", "$ExtJSON json {\"a\":1}"),
            Fence("json"),
            Call("GetUserExtJSON('json')", r#"'$ExtJSON json {"a":1}'"#),
            Call("GetUserExtJSON(nick='json')", r#"'$ExtJSON json {"a":1}'"#),
            Call("GetUserExtJSON('ann')", "''"),
            Fails("GetUserExtJSON('nobody')", "''"),
            Leave("json"),
            Hears("boss", "$Quit json"),
        ],
    },
    FnCase {
        name: "GetIPCC",
        steps: &[
            Call("GetIPCC('127.0.0.1')", "'L1'"),
            Call("GetIPCC('192.168.1.1')", "'P1'"),
            Call("GetIPCC('10.1.2.3')", "'P1'"),
            Call("GetIPCC('::1')", "'L1'"),
            Call("GetIPCC(ip='192.0.2.1')", "'--'"),
            Fails("GetIPCC('x')", "''"),
            Fails("GetIPCC('300.1.1.1')", "''"),
        ],
    },
    FnCase {
        name: "GetIPCN",
        steps: &[
            Call("GetIPCN('127.0.0.1')", "'Local Network'"),
            Call("GetIPCN('10.1.2.3')", "'Private Network'"),
            Call("GetIPCN(ip='192.0.2.1')", "'--'"),
            Fails("GetIPCN('x')", "''"),
        ],
    },
    // Without a database.
    FnCase {
        name: "GetIPCity",
        steps: &[
            Call("GetIPCity('192.0.2.1')", "'--'"),
            Call("GetIPCity('192.0.2.1', '')", "'--'"),
            Call("GetIPCity(ip='192.0.2.1', db='')", "'--'"),
            Fails("GetIPCity('x')", "''"),
        ],
    },
    FnCase {
        name: "GetIPASN",
        steps: &[
            Call("GetIPASN('192.0.2.1')", "'--'"),
            Call("GetIPASN('192.0.2.1', '')", "'--'"),
            Call("GetIPASN(ip='192.0.2.1', db='')", "'--'"),
            Fails("GetIPASN('x')", "''"),
        ],
    },
    FnCase {
        name: "GetGeoIP",
        steps: &[
            Call("GetGeoIP('192.0.2.1')", "None"),
            Call("GetGeoIP('192.0.2.1', '')", "None"),
            Call("GetGeoIP(ip='192.0.2.1', db='')", "None"),
            Fails("GetGeoIP('x')", "None"),
        ],
    },
    FnCase {
        name: "GetMyINFO",
        steps: &[
            Call(
                "GetMyINFO('ann') == ('ann', 'tester', '<Test V:1.0,M:A,H:1/0/0,S:5>', '100\\x01', '', '1073741824')",
                "True",
            ),
            // It reads as the raw line, too.
            Is(
                "str(vh.GetMyINFO('ann'))",
                r"'$MyINFO $ALL ann tester<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$'",
            ),
            Call(
                "GetMyINFO(nick='ann').startswith('$MyINFO $ALL ann ')",
                "True",
            ),
            Call(
                "GetMyINFO('ann').split(' ')[2], vh.GetMyINFO('ann').find('tester')",
                "('ann', 17)",
            ),
            // A text is what 1.7 promises, so that is what it is wherever a text is wanted.
            Exec("info, raw = vh.GetMyINFO('ann'), str(vh.GetMyINFO('ann'))"),
            Is(
                "isinstance(info, str), info == raw, raw == info, info != raw, len(info) == len(raw)",
                "(True, True, True, False, True)",
            ),
            Is(
                "'%s' % info == raw, f'{info}' == raw, '-'.join([info, info]) == raw + '-' + raw",
                "(True, True, True)",
            ),
            Is(
                "info + '|', '<' + info, type(info + '|').__name__",
                r"('$MyINFO $ALL ann tester<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$|', '<$MyINFO $ALL ann tester<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$', 'str')",
            ),
            Is(
                "info[:7], info[8:12], info[-2:], {raw: 1}[info], 'tester' in info, info in [raw]",
                "('$MyINFO', '$ALL', '4$', 1, True, True)",
            ),
            Is(
                r"__import__('re').match(r'\$MyINFO \$ALL (\S+) ', info)[1], __import__('json').loads(__import__('json').dumps(info)) == raw",
                "('ann', True)",
            ),
            Exec("vh.SendDataToAll(vh.GetMyINFO('ann'), 3, 3)"),
            Sees(
                "op",
                "$MyINFO $ALL ann tester<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$",
            ),
            Exec("vh.usermc('ann', vh.GetMyINFO('ann')[8:16])"),
            Sees("ann", "<Viperhub> $ALL ann"),
            // By index and unpacked it is the older tuple.
            Exec("nick, desc, tag, speed, mail, share = vh.GetMyINFO('ann')"),
            Is("nick, int(share)", "('ann', 1073741824)"),
            Is(
                "info[0], info[1], info[-1], [*info] == list(info.fields), dict(zip('abcdef', info))['b']",
                "('ann', 'tester', '1073741824', True, 'tester')",
            ),
            Is(
                "'{0}/{5}'.format(*info), info + ('x',) == tuple(info) + ('x',), ('x',) + info == ('x',) + tuple(info)",
                "('ann/1073741824', True, True)",
            ),
            Call("GetMyINFO('Viperhub')[0]", "'Viperhub'"),
            Fails("GetMyINFO('nobody')", "None"),
        ],
    },
    FnCase {
        name: "SetMyINFO",
        steps: &[
            Call("SetMyINFO('ann')", "True"),
            Call("SetMyINFO('ann', 'changed')", "True"),
            Sees(
                "op",
                "$MyINFO $ALL ann changed<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$",
            ),
            Call("SetMyINFO('ann', None, '')", "True"),
            Sees("op", "$MyINFO $ALL ann changed$ $100\x01$$1073741824$"),
            Call("SetMyINFO('ann', None, None, 'fast\\x01')", "True"),
            Sees("op", "$MyINFO $ALL ann changed$ $fast\x01$$1073741824$"),
            Call("SetMyINFO('ann', None, None, None, 'a@b')", "True"),
            Sees("op", "$MyINFO $ALL ann changed$ $fast\x01$a@b$1073741824$"),
            Call("SetMyINFO('ann', None, None, None, '', 5)", "True"),
            Sees("op", "$MyINFO $ALL ann changed$ $fast\x01$$5$"),
            Call(
                "SetMyINFO(nick='ann', share='7', speed='100\\x01', desc='d', tag='<t>', email='e')",
                "True",
            ),
            Sees("op", "$MyINFO $ALL ann d<t>$ $100\x01$e$7$"),
            Is("vh.GetMyINFO('ann')[5]", "'7'"),
            Fails("SetMyINFO('nobody', 'x')", "False"),
            Fails("SetMyINFO('Viperhub', 'x')", "False"),
            // New users see what was set.
            Login("late"),
            Got("late", "$MyINFO $ALL ann d<t>$ $100\x01$e$7$"),
            Leave("late"),
            Hears("boss", "$Quit late"),
        ],
    },
    FnCase {
        name: "SetUserIP",
        steps: &[
            Login("vic{n}"),
            Call("SetUserIP('vic{n}', '10.0.0.1')", "True"),
            Is(
                "vh.GetUserIP('vic{n}'), vh.GetUserCC('vic{n}')",
                "('10.0.0.1', 'P1')",
            ),
            Call("SetUserIP(nick='vic{n}', ip='::1')", "True"),
            Is(
                "vh.GetUserIP('vic{n}'), vh.GetUserCC('vic{n}')",
                "('::1', 'L1')",
            ),
            Fails("SetUserIP('nobody', '10.0.0.1')", "False"),
            Fails("SetUserIP('vic{n}', 'no address')", "False"),
            Leave("vic{n}"),
            Hears("boss", "$Quit vic{n}"),
        ],
    },
    FnCase {
        name: "SetMyINFOFlag",
        steps: &[
            Exec("vh.SetMyINFO('ann', 'flags', '', '100\\x01', '', '0')"),
            Call("SetMyINFOFlag('ann', 2)", "True"),
            Sees("op", "$MyINFO $ALL ann flags$ $100\x03$$0$"),
            // Already so.
            Call("SetMyINFOFlag('ann', 2)", "True"),
            Call("SetMyINFOFlag(nick='ann', flag=16)", "True"),
            Sees("op", "$MyINFO $ALL ann flags$ $100\x13$$0$"),
            Is(
                "[vh.SetMyINFOFlag('ann', f) for f in (1, 2, 4, 8, 16, 32)]",
                "[True, True, True, True, True, True]",
            ),
            Sees("op", "$MyINFO $ALL ann flags$ $100\x3f$$0$"),
            Fails("SetMyINFOFlag('ann', 3)", "False"),
            Fails("SetMyINFOFlag('ann', 64)", "False"),
            Fails("SetMyINFOFlag('nobody', 2)", "False"),
        ],
    },
    FnCase {
        name: "UnsetMyINFOFlag",
        steps: &[
            Call("UnsetMyINFOFlag('ann', 32)", "True"),
            Sees("op", "$MyINFO $ALL ann flags$ $100\x1f$$0$"),
            Call("UnsetMyINFOFlag('ann', 32)", "True"),
            Call("UnsetMyINFOFlag(nick='ann', flag=16)", "True"),
            Sees("op", "$MyINFO $ALL ann flags$ $100\x0f$$0$"),
            Fails("UnsetMyINFOFlag('ann', 3)", "False"),
            Fails("UnsetMyINFOFlag('nobody', 2)", "False"),
        ],
    },
    // ---- lists and counters
    FnCase {
        name: "GetNickList",
        steps: &[
            Is(
                "sorted(vh.GetNickList())",
                "['OpChat', 'Viperhub', 'ann', 'boss', 'op', 'pas']",
            ),
            Call("GetNickList().count('ann')", "1"),
            Is("isinstance(vh.GetNickList(), list)", "True"),
            // In the older documents it was a text.
            Is(
                "vh.GetNickList().split('$$') == list(vh.GetNickList())",
                "True",
            ),
            Exec("nicks = vh.GetNickList(); text = '$$'.join(nicks)"),
            Is(
                "nicks.strip() == text, nicks.replace('$$', ', ') == ', '.join(nicks), nicks.startswith(nicks[0] + '$$')",
                "(True, True, True)",
            ),
            Is(
                "nicks + '$$' == text + '$$', 'nicks: ' + nicks == 'nicks: ' + text, '%s' % nicks == text, nicks == text",
                "(True, True, True, True)",
            ),
            Is(
                "nicks.split('$$', 1) == text.split('$$', 1), nicks.count('$$'), f'$${nicks[1]}' in nicks",
                "(True, 5, True)",
            ),
            Exec("said = 'nicks: '; said += nicks; more = vh.GetNickList(); more += ['eve']"),
            Is(
                "said == 'nicks: ' + text, more[-1], type(nicks + ['eve'])",
                "(True, 'eve', <class 'list'>)",
            ),
            Is(
                "nicks == list(nicks), list(nicks) == nicks, nicks != [], len(nicks), 'an' in nicks, nicks[:1] == [nicks[0]]",
                "(True, True, True, 6, False, True)",
            ),
            Is(
                "repr(nicks) == repr(list(nicks)), nicks.index(nicks[3])",
                "(True, 3)",
            ),
            Exec("vh.usermc('ann', nicks)"),
            Hears("ann", "$$"),
        ],
    },
    FnCase {
        name: "GetOpList",
        steps: &[
            Is(
                "sorted(vh.GetOpList())",
                "['OpChat', 'Viperhub', 'boss', 'op']",
            ),
            Call("GetOpList().split('$$') == vh.GetOpList()", "True"),
        ],
    },
    FnCase {
        name: "GetBotList",
        steps: &[
            Is("sorted(vh.GetBotList())", "['OpChat', 'Viperhub']"),
            Call("GetBotList().split('$$') == vh.GetBotList()", "True"),
        ],
    },
    FnCase {
        name: "GetRawNickList",
        steps: &[Call(
            "GetRawNickList() == '$NickList ' + ''.join(n + '$$' for n in vh.GetNickList())",
            "True",
        )],
    },
    FnCase {
        name: "GetRawOpList",
        steps: &[Call(
            "GetRawOpList() == '$OpList ' + ''.join(n + '$$' for n in vh.GetOpList())",
            "True",
        )],
    },
    FnCase {
        name: "GetRawBotList",
        steps: &[Call(
            "GetRawBotList() == '$BotList ' + ''.join(n + '$$' for n in vh.GetBotList())",
            "True",
        )],
    },
    FnCase {
        name: "GetUsersCount",
        steps: &[
            Call("GetUsersCount()", "4"),
            Login("vic{n}"),
            Call("GetUsersCount()", "5"),
            Leave("vic{n}"),
            Hears("boss", "$Quit vic{n}"),
            Call("GetUsersCount()", "4"),
        ],
    },
    FnCase {
        name: "GetTotalShareSize",
        // What scripts make of a user's share does not change what the user shares.
        steps: &[
            Call(
                "GetTotalShareSize() == str(int(vh.GetTotalShareSize()))",
                "True",
            ),
            Login("vic{n}"),
            Exec("with_vic = int(vh.GetTotalShareSize())"),
            Leave("vic{n}"),
            Hears("boss", "$Quit vic{n}"),
            Is("with_vic - int(vh.GetTotalShareSize())", "1073741824"),
        ],
    },
    FnCase {
        name: "GetServFreq",
        steps: &[
            Call("GetServFreq() >= 0", "True"),
            Is("type(vh.GetServFreq())", "<class 'int'>"),
        ],
    },
    FnCase {
        name: "Topic",
        steps: &[
            Call("Topic()", "''"),
            Call("Topic('Cobras')", "'Cobras'"),
            Sees("op", "$HubName Den - Cobras"),
            Call("Topic()", "'Cobras'"),
            Call("Topic(None)", "'Cobras'"),
            Call("Topic(topic='Mambas')", "'Mambas'"),
            Call("Topic(text='Vipers')", "'Vipers'"),
            Call("Topic(new_topic='Adders')", "'Adders'"),
            Sees("op", "$HubName Den - Adders"),
            // 1024 bytes and more are not taken.
            Fails("Topic('x' * 1024)", "'Adders'"),
            Call("Topic('x' * 1023) == 'x' * 1023", "True"),
            Call("Topic('')", "''"),
            Sees("op", "$HubName Den"),
        ],
    },
    FnCase {
        name: "name_and_version",
        steps: &[
            Call("name_and_version().startswith('Den ')", "True"),
            Call("name_and_version('Probe')[0]", "'Probe'"),
            Call("name_and_version('Probe', '2.0')", "('Probe', '2.0')"),
            Call("name_and_version('', '2.1')", "('Probe', '2.1')"),
            Call("name_and_version(version='2.2')", "('Probe', '2.2')"),
            Call("name_and_version(name='Other')", "('Other', '2.2')"),
            // Who labels itself this way gets the label back, as in the older documents.
            Call("name_and_version()", "('Other', '2.2')"),
        ],
    },
];

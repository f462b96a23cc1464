//! Registrations, kicks and bans, then settings, bots, the database and what else there is.

use crate::stage::Step::*;
use crate::vh::FnCase;

pub const ADMIN: &[FnCase] = &[
    FnCase {
        name: "AddRegUser",
        steps: &[
            Login("vic{n}"),
            Call("AddRegUser('vic{n}', 3, 'correct-horse')", "True"),
            Hears("vic{n}", "registered"),
            Hears("ann", "$OpList vic{n}$$"),
            Is(
                "vh.GetUserClass('vic{n}'), 'vic{n}' in vh.GetOpList()",
                "(3, True)",
            ),
            Call("AddRegUser('two', 1)", "True"),
            // The fourth is the operator if one of that nick is here, else a note.
            Call("AddRegUser('three', 1, 'correct-horse', 'op')", "True"),
            Is(
                "vh.SQL(\"SELECT reg_op FROM reglist WHERE nick = 'three'\")",
                "(1, [['op']])",
            ),
            Call("AddRegUser('four', 0, '', 'a note')", "True"),
            Is(
                "vh.SQL(\"SELECT note_op FROM reglist WHERE nick = 'four'\")",
                "(1, [['a note']])",
            ),
            Call(
                "AddRegUser(nick='five', user_class=5, password='correct-horse', op_note='note')",
                "True",
            ),
            Call(
                "AddRegUser(nick='six', uclass=2, passwd='correct-horse', op='note')",
                "True",
            ),
            Call("AddRegUser(nick='seven', **{'class': 2})", "True"),
            Is(
                "vh.SQL(\"SELECT nick, class FROM reglist WHERE nick IN ('five', 'six', 'seven') ORDER BY class DESC, nick\")",
                "(1, [['five', '5'], ['seven', '2'], ['six', '2']])",
            ),
            Fails("AddRegUser('vic{n}', 1)", "False"),
            Fails("AddRegUser('master', 10)", "False"),
            Fails("AddRegUser('other', 6)", "False"),
            Fails("AddRegUser('other', -1)", "False"),
            Fails("AddRegUser('', 1)", "False"),
            Fails("AddRegUser('a b', 1)", "False"),
            Fails("AddRegUser('Viperhub', 1)", "False"),
            // Without a password one sets one at the next login.
            Connect("two"),
            Send(
                "two",
                "$Supports NoHello |$Key x|$ValidateNick two|$Version 1,0091|$GetNickList|$MyINFO $ALL two x$ $\x01$$0$",
            ),
            Hears("two", "$GetPass"),
        ],
    },
    FnCase {
        name: "SetRegClass",
        steps: &[
            Login("set"),
            Exec("vh.AddRegUser('set', 3, 'correct-horse')"),
            Call("SetRegClass('set', 1)", "True"),
            Is(
                "vh.GetUserClass('set'), 'set' in vh.GetOpList()",
                "(1, False)",
            ),
            Call("SetRegClass(nick='set', user_class=10)", "True"),
            Call("SetRegClass(nick='set', uclass=4)", "True"),
            Call("SetRegClass(nick='set', **{'class': 5})", "True"),
            Is(
                "vh.GetUserClass('set'), 'set' in vh.GetOpList()",
                "(5, True)",
            ),
            // The same class, no such class, nobody of that nick.
            Fails("SetRegClass('set', 5)", "False"),
            Fails("SetRegClass('set', 7)", "False"),
            Fails("SetRegClass('set', 0)", "False"),
            Fails("SetRegClass('nobody', 1)", "False"),
        ],
    },
    FnCase {
        name: "DelRegUser",
        steps: &[
            Call("DelRegUser('set')", "True"),
            Hears("set", "registration was removed"),
            Hears("ann", "$Quit set"),
            Hears("ann", "$MyINFO $ALL set "),
            Is(
                "vh.GetUserClass('set'), 'set' in vh.GetOpList()",
                "(0, False)",
            ),
            Call("DelRegUser(nick='six')", "True"),
            Fails("DelRegUser('set')", "False"),
            Fails("DelRegUser('')", "False"),
            // A master.
            Fails("DelRegUser('boss')", "False"),
        ],
    },
    FnCase {
        name: "KickUser",
        steps: &[
            Login("k3"),
            Call("KickUser('boss', 'k3', 'no snakes')", "True"),
            Is("vh.GetUserClass('k3')", "-2"),
            Closed(
                "k3",
                "$To: k3 From: Viperhub $<Viperhub> You are being kicked by boss because: no snakes",
            ),
            Open("k3"),
            Closed("k3", "no snakes"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            // The fourth is a note, or a redirect if it looks like an address.
            Login("k4"),
            Call(
                "KickUser('Viperhub', 'k4', 'elsewhere', 'other.hub:411')",
                "True",
            ),
            Closed("k4", "$ForceMove other.hub:411"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            Login("k5"),
            Call(
                "KickUser('boss', 'k5', 'why', 'dchub://other.hub', 'op note')",
                "True",
            ),
            Closed("k5", "$ForceMove dchub://other.hub"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            Login("k6"),
            Call(
                "KickUser('boss', 'k6', 'for an hour', 'a note', 'op note', 3600)",
                "True",
            ),
            Closed("k6", ""),
            Never("k6", "$ForceMove"),
            Open("k6"),
            Closed("k6", "1 hour: for an hour"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            Login("k7"),
            Call(
                "KickUser('boss', 'k7', 'why_ban_2h', '', '', 0, 'other.hub:411')",
                "True",
            ),
            Closed("k7", "$ForceMove other.hub:411"),
            Open("k7"),
            Closed("k7", "2 hours"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            Login("k8"),
            Call(
                "KickUser(op='boss', nick='k8', reason='why', note='n', op_note='o', ban_time=60)",
                "True",
            ),
            Closed("k8", "why"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            Login("k9"),
            Call(
                "KickUser(op_nick='boss', target_nick='k9', reason='why', redirect='x.hub:1')",
                "True",
            ),
            Closed("k9", "$ForceMove x.hub:1"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            Login("k10"),
            Call(
                "KickUser('boss', 'k10', 'why', note_user='n', note_op='o', address='x.hub:2')",
                "True",
            ),
            Closed("k10", "$ForceMove x.hub:2"),
            Exec("vh.DelIPTempBan('127.0.0.1')"),
            // Nobody there, no such operator, oneself, too low a class.
            Fails("KickUser('boss', 'nobody', 'why')", "False"),
            Fails("KickUser('nobody', 'ann', 'why')", "False"),
            Fails("KickUser('boss', 'boss', 'why')", "False"),
            Fails("KickUser('ann', 'pas', 'why')", "False"),
            Fails("KickUser('op', 'boss', 'why')", "False"),
            Fence("pas"),
        ],
    },
    FnCase {
        name: "DelIPTempBan",
        steps: &[
            Login("k11"),
            Exec("vh.KickUser('boss', 'k11', 'why')"),
            Call("DelIPTempBan('127.0.0.1')", "True"),
            Fails("DelIPTempBan('127.0.0.1')", "False"),
            Login("k12"),
            Exec("vh.KickUser('boss', 'k12', 'why')"),
            Call("DelIPTempBan(ip='127.0.0.1')", "True"),
            Fails("DelIPTempBan('no address')", "False"),
            Login("k13"),
        ],
    },
    FnCase {
        name: "DelNickTempBan",
        steps: &[
            // The nick is still kept out, until that is lifted, too.
            Connect("k11"),
            Send("k11", "$Supports NoHello |$Key x|$ValidateNick k11"),
            Closed("k11", "why"),
            Call("DelNickTempBan('k11')", "True"),
            Fails("DelNickTempBan('k11')", "False"),
            Call("DelNickTempBan(nick='k12')", "True"),
            Fails("DelNickTempBan('nobody')", "False"),
            Login("k11"),
        ],
    },
    FnCase {
        name: "Ban",
        steps: &[
            Login("b1"),
            Call("Ban('boss', 'b1', 'bad words', 3600, vh.eBF_NICK)", "True"),
            Closed("b1", "bad words"),
            Connect("b1"),
            Send("b1", "$Supports NoHello |$Key x|$ValidateNick B1"),
            Closed("b1", "bad words"),
            // 0 seconds are for good.
            Login("b2"),
            Call("Ban('boss', 'b2', 'for good', 0, vh.eBF_NICKIP)", "True"),
            Closed("b2", "for good"),
            Chat("boss", "!unban b2"),
            Hears("boss", "1 ban lifted."),
            Login("b3"),
            Call(
                "Ban(op='boss', nick='b3', reason='why', seconds=60, ban_type=4)",
                "True",
            ),
            Closed("b3", "why"),
            Login("b4"),
            Call(
                "Ban(op_nick='boss', target_nick='b4', reason='why', duration_sec=60, ban_type=2)",
                "True",
            ),
            Closed("b4", "why"),
            Connect("b5"),
            Send("b5", "$Supports NoHello |$Key x|$ValidateNick b5"),
            Closed("b5", "why"),
            Chat("boss", "!unbanip 127.0.0.1"),
            Hears("boss", "1 ban lifted."),
            Fails("Ban('boss', 'nobody', 'why', 60, 1)", "False"),
            Fails("Ban('boss', 'ann', 'why', 60, 3)", "False"),
            Fails("Ban('boss', 'ann', 'why', 60, 0)", "False"),
            // The name of the host is looked up for it, though `dns_lookup` is off.
            Login("b6"),
            Call("Ban('boss', 'b6', 'why', 60, vh.eBF_HOST3)", "True"),
            Closed("b6", "why"),
            Chat("boss", "!unbanhost3 dyn-1.pool.example.com"),
            Hears("boss", "1 ban lifted."),
            Fence("ann"),
        ],
    },
    FnCase {
        name: "CloseConnection",
        steps: &[
            Login("c1"),
            Call("CloseConnection('c1')", "True"),
            Closed("c1", ""),
            Login("c2"),
            Call("CloseConnection('c2', vh.eCR_KICKED)", "True"),
            Closed("c2", ""),
            Login("c3"),
            // What was sent before comes before the end.
            Exec("vh.usermc('c3', 'goodbye you')"),
            Call("CloseConnection('c3', 8, 100)", "True"),
            Closed("c3", "goodbye you"),
            Login("c4"),
            // The order of the older documents: the delay first.
            Call("CloseConnection('c4', 100, 19)", "True"),
            Closed("c4", ""),
            Login("c5"),
            Call(
                "CloseConnection(nick='c5', reason_code=7, delay=10)",
                "True",
            ),
            Closed("c5", ""),
            Login("c6"),
            Call("CloseConnection(nick='c6', reason=7, nice=10)", "True"),
            Closed("c6", ""),
            Fails("CloseConnection('nobody')", "False"),
            Fails("CloseConnection('Viperhub')", "False"),
        ],
    },
    FnCase {
        name: "UserRestrictions",
        steps: &[
            Login("u1"),
            Call(
                "UserRestrictions('u1')",
                "{'chat': False, 'pm': False, 'search': False, 'ctm': False}",
            ),
            Call("UserRestrictions('u1', '5m')['chat']", "True"),
            Chat("u1", "hello"),
            Hears("u1", "You may not write in main chat"),
            Call(
                "UserRestrictions('u1', '', '1')",
                "{'chat': True, 'pm': True, 'search': False, 'ctm': False}",
            ),
            Pm("u1", "ann", "hello"),
            Hears("u1", "You may not write private messages"),
            Call(
                "UserRestrictions('u1', '0', '0', '3h')",
                "{'chat': False, 'pm': False, 'search': True, 'ctm': False}",
            ),
            Chat("u1", "hello again"),
            Sees("ann", "<u1> hello again"),
            Call(
                "UserRestrictions('u1', '', '', '0', '2')",
                "{'chat': False, 'pm': False, 'search': False, 'ctm': True}",
            ),
            Call("UserRestrictions('u1', noctm=0)['ctm']", "False"),
            Call(
                "UserRestrictions(nick='u1', nochat='30s', nopm='1w', nosearch='1M', noctm='1y')",
                "{'chat': True, 'pm': True, 'search': True, 'ctm': True}",
            ),
            Call(
                "UserRestrictions('u1', chat='0', pm='0', search='0', ctm='0')",
                "{'chat': False, 'pm': False, 'search': False, 'ctm': False}",
            ),
            Fails("UserRestrictions('nobody', '1')", "{}"),
            Fails("UserRestrictions('u1', 'soon')", "{}"),
        ],
    },
    FnCase {
        name: "ParseCommand",
        steps: &[
            Call("ParseCommand('ann', '+myip', 0)", "True"),
            Hears("ann", "<Viperhub> Your address is 127.0.0.1."),
            Call("ParseCommand('ann', '+myip', 1)", "True"),
            Hears(
                "ann",
                "$To: ann From: Viperhub $<Viperhub> Your address is 127.0.0.1.",
            ),
            Call("ParseCommand('ann', '+me is here')", "True"),
            Sees("ann", "** ann is here"),
            Call(
                "ParseCommand(nick='ann', command='+me too', is_pm=0)",
                "True",
            ),
            Sees("ann", "** ann too"),
            Call(
                "ParseCommand(nick='ann', cmd='+me three', pm=False)",
                "True",
            ),
            Sees("ann", "** ann three"),
            Fails("ParseCommand('ann', '+nonsense', 0)", "False"),
            Fails("ParseCommand('ann', 'no command', 0)", "False"),
            Fails("ParseCommand('nobody', '+myip', 0)", "False"),
            Fails("ParseCommand('Viperhub', '+myip', 0)", "False"),
        ],
    },
];

pub const MISC: &[FnCase] = &[
    FnCase {
        name: "GetConfig",
        steps: &[
            Call("GetConfig('hub_name')", "'Den'"),
            Call("GetConfig('config', 'hub_name')", "'Den'"),
            Call("GetConfig(vh.config_name, 'hub_name', 'x')", "'Den'"),
            Call("GetConfig('config', 'hub_topic')", "''"),
            Call("GetConfig('config', 'max_users')", "'6000'"),
            Call(
                "GetConfig(type='config', var='hub_name', default='x')",
                "'Den'",
            ),
            Call("GetConfig(conf='config', var='hub_name')", "'Den'"),
            Call(
                "GetConfig(config_type='config', variable='hub_name')",
                "'Den'",
            ),
            // What comes by name needs no place.
            Call("GetConfig(var='hub_name')", "'Den'"),
            Call("GetConfig('hub_name', type='config')", "'Den'"),
            Fails("GetConfig('no_such_variable')", "None"),
            Fails("GetConfig('config', 'no_such_variable')", "None"),
            Fails(
                "GetConfig('config', 'no_such_variable', 'default')",
                "'default'",
            ),
            Fails("GetConfig('pi_mine', 'var')", "None"),
            Fails("GetConfig('pi_mine', 'var', 'd')", "'d'"),
        ],
    },
    FnCase {
        name: "SetConfig",
        steps: &[
            Call("SetConfig('hub_desc', 'one')", "True"),
            Call("SetConfig('config', 'hub_desc', 'two')", "True"),
            Is("vh.GetConfig('hub_desc')", "'two'"),
            // The value is turned into text.
            Call("SetConfig('config', 'max_users', 5000)", "True"),
            Is("vh.GetConfig('max_users')", "'5000'"),
            Call("SetConfig('pi_mine', 'var', 'value')", "True"),
            Is("vh.GetConfig('pi_mine', 'var')", "'value'"),
            Call(
                "SetConfig(type='config', var='hub_desc', value='three')",
                "True",
            ),
            Call(
                "SetConfig(conf='config', var='hub_desc', value='four')",
                "True",
            ),
            Call(
                "SetConfig(config_type='config', variable='hub_desc', value='five')",
                "True",
            ),
            Is("vh.GetConfig('hub_desc')", "'five'"),
            Fails("SetConfig('no_such_variable', 'x')", "False"),
            Fails("SetConfig('config', 'max_users', 'many')", "False"),
            Is("vh.GetConfig('max_users')", "'5000'"),
        ],
    },
    FnCase {
        name: "IsRobotNickBad",
        steps: &[
            Call("IsRobotNickBad('free')", "0"),
            Call("IsRobotNickBad(nick='free')", "0"),
            Fails("IsRobotNickBad('ann')", "1"),
            Fails("IsRobotNickBad('')", "2"),
            Fails("IsRobotNickBad('a b')", "3"),
            Is(
                "[vh.IsRobotNickBad(f'a{c}b') for c in '$|<>\\r\\n']",
                "[3, 3, 3, 3, 3, 3]",
            ),
            Fails("IsRobotNickBad('Viperhub')", "4"),
            Fails("IsRobotNickBad('OpChat')", "4"),
        ],
    },
    FnCase {
        name: "AddRobot",
        steps: &[
            LoginWith("lists", "NoHello BotList"),
            Call(
                "AddRobot('robo', 3, 'I help', '\\x01', 'r@b', '42')",
                "True",
            ),
            Sees("lists", "$MyINFO $ALL robo I help$ $\x01$r@b$42$"),
            Sees("lists", "$OpList robo$$"),
            Sees("lists", "$BotList robo$$"),
            Is(
                "'robo' in vh.GetBotList(), 'robo' in vh.GetOpList(), vh.GetUserClass('robo')",
                "(True, True, 3)",
            ),
            Is("vh.IsRobotNickBad('robo')", "1"),
            Call(
                "AddRobot(nick='two', user_class=0, desc='', speed='', email='', share=0)",
                "True",
            ),
            Call(
                "AddRobot(nick='three', uclass=0, desc='', speed=1, email='', share='0')",
                "True",
            ),
            // A class that there is not becomes 0.
            Call(
                "AddRobot(nick='four', **{'class': 7}, desc='', speed='', email='', share='0')",
                "True",
            ),
            Is("vh.GetUserClass('four')", "0"),
            // Nobody else gets a bot's nick.
            Connect("thief"),
            Send("thief", "$Supports NoHello |$Key x|$ValidateNick ROBO"),
            Closed("thief", "$ValidateDenide ROBO"),
            Fails("AddRobot('robo', 0, '', '', '', '0')", "False"),
            Fails("AddRobot('ann', 0, '', '', '', '0')", "False"),
            Fails("AddRobot('', 0, '', '', '', '0')", "False"),
            Fails("AddRobot('a$b', 0, '', '', '', '0')", "False"),
            Fails("AddRobot('OpChat', 0, '', '', '', '0')", "False"),
        ],
    },
    FnCase {
        name: "DelRobot",
        steps: &[
            Call("DelRobot('robo')", "True"),
            Sees("ann", "$Quit robo"),
            Call("DelRobot(nick='two')", "True"),
            Sees("ann", "$Quit two"),
            Fails("DelRobot('robo')", "False"),
            Fails("DelRobot('ann')", "False"),
            Fails("DelRobot('Viperhub')", "False"),
            Login("robo"),
        ],
    },
    FnCase {
        name: "SQL",
        steps: &[
            Call("SQL('CREATE TABLE py_t (a INT, b VARCHAR(20))')", "(1, [])"),
            Call(
                "SQL(\"INSERT INTO py_t VALUES (1, 'one'), (2, NULL), (3, '')\")",
                "(1, [])",
            ),
            Call(
                "SQL('SELECT a, b FROM py_t ORDER BY a')",
                "(1, [['1', 'one'], ['2', 'NULL'], ['3', '']])",
            ),
            Call(
                "SQL('SELECT a FROM py_t ORDER BY a', 2)",
                "(1, [['1'], ['2']])",
            ),
            Call("SQL('SELECT a FROM py_t ORDER BY a', 1, 0)", "(1, [['1']])"),
            // The oldest form: a number first.
            Call("SQL(0, 'SELECT a FROM py_t WHERE a = 3')", "(1, [['3']])"),
            Call(
                "SQL(query='SELECT a FROM py_t ORDER BY a', limit=1)",
                "(1, [['1']])",
            ),
            Call(
                "SQL(query_type=0, query='SELECT a FROM py_t WHERE a = 2')",
                "(1, [['2']])",
            ),
            Call("SQL('SELECT a FROM py_t WHERE a = 9')", "(1, [])"),
            Exec("for n in range(150): vh.SQL(f'INSERT INTO py_t (a) VALUES ({n})')"),
            Is(
                "[len(vh.SQL('SELECT * FROM py_t', n)[1]) for n in (0, -1, 100, 1000)]",
                "[100, 100, 100, 153]",
            ),
            // Bytes that are no text come back as they went in.
            Exec("vh.SQL(\"INSERT INTO py_t VALUES (1000, 'caf\\xe9')\")"),
            Is(
                "ascii(vh.SQL('SELECT b FROM py_t WHERE a = 1000')[1])",
                r#""[['caf\\xe9']]""#,
            ),
            Fails("SQL('SELECT nonsense FROM nowhere')", "(0, [])"),
            Had("boss", "there is no such table"),
            Raises("SQL([])", "argument 1"),
        ],
    },
    FnCase {
        name: "ScriptQuery",
        // OnScriptQuery has a test of its own.
        steps: &[
            Exec(
                "def OnScriptQuery(command, data, plugin, script): return f'{command} {data}' if data else None",
            ),
            Call("ScriptQuery('ask', 'it')", "['ask it']"),
            Call("ScriptQuery('ask', 'it', vh.path)", "['ask it']"),
            Call(
                "ScriptQuery('ask', 'it', vh.path, 1) == [('ask it', vh.path)]",
                "True",
            ),
            Call(
                "ScriptQuery(cmd='ask', data='it', recipient='', with_sender=True) == [('ask it', vh.path)]",
                "True",
            ),
            Call("ScriptQuery(command='ask', data='it')", "['ask it']"),
            Call("ScriptQuery('_get_script_name', '')", "['probe']"),
            Fails("ScriptQuery('ask', '')", "[]"),
            Fails("ScriptQuery('ask', 'it', '/nowhere.py')", "[]"),
        ],
    },
    FnCase {
        name: "Encode",
        steps: &[
            Call(
                "Encode('a$b|c`d~e\\x05f&g')",
                "'a&#36;b&#124;c&#96;d&#126;e&#5;f&g'",
            ),
            Call("Encode(text='$')", "'&#36;'"),
            Call("Encode(string='$')", "'&#36;'"),
            Call("Encode('')", "''"),
        ],
    },
    FnCase {
        name: "Decode",
        steps: &[
            Call(
                "Decode('a&#36;b&#124;c&#96;d&#126;e&#5;f&g')",
                r"'a$b|c`d~e\x05f&g'",
            ),
            Call("Decode(text='&#36;')", "'$'"),
            Call("Decode(string='&#36;')", "'$'"),
            // No others than those five.
            Call("Decode('&#65; &#36 &amp;')", "'&#65; &#36 &amp;'"),
        ],
    },
    FnCase {
        name: "encode",
        steps: &[
            Call("encode('$')", "'&#36;'"),
            Call("encode(text='|')", "'&#124;'"),
            Call("encode(string='|')", "'&#124;'"),
        ],
    },
    FnCase {
        name: "decode",
        steps: &[
            Call("decode('&#36;')", "'$'"),
            Call("decode(text='&#124;')", "'|'"),
            Call("decode(string='&#124;')", "'|'"),
        ],
    },
    FnCase {
        name: "CallDynamicFunction",
        // Nothing is registered in a hub; what programs register has its tests in crates/python.
        steps: &[
            Raises("CallDynamicFunction('f')", "RuntimeError"),
            Raises("CallDynamicFunction('f', 1, 'two', [3.0])", "RuntimeError"),
            Raises("CallDynamicFunction(name='f')", "RuntimeError"),
            Raises("CallDynamicFunction(func_name='f')", "RuntimeError"),
            Raises("CallDynamicFunction('f', None)", "TypeError"),
            Raises("CallDynamicFunction('f', b'x')", "TypeError"),
        ],
    },
    FnCase {
        name: "GetUserNick",
        steps: &[
            Call("GetUserNick('ann')", "'ann'"),
            Call("GetUserNick(user='ann')", "'ann'"),
        ],
    },
    FnCase {
        name: "GetConnNick",
        steps: &[
            Call("GetConnNick('ann')", "'ann'"),
            Call("GetConnNick(conn='ann')", "'ann'"),
        ],
    },
    FnCase {
        name: "GetChatMessage",
        steps: &[
            Call("GetChatMessage('hello')", "'hello'"),
            Call("GetChatMessage(message='hello')", "'hello'"),
        ],
    },
];

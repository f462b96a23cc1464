//! The functions that say something to somebody.

use crate::stage::Step::*;
use crate::vh::FnCase;

const ALL: &str = "op ann pas";

pub const SAY: &[FnCase] = &[
    FnCase {
        name: "SendToAll",
        steps: &[
            Sends("SendToAll('hello')", ALL, "<Viperhub> hello"),
            Sends("SendToAll('hello|')", ALL, "<Viperhub> hello"),
            Sends("SendToAll('<x> raw')", ALL, "<x> raw"),
            Sends("SendToAll('** raw|')", ALL, "** raw"),
            Sends("SendToAll('$Raw data')", ALL, "$Raw data"),
            Sends("SendToAll(text='hello')", ALL, "<Viperhub> hello"),
            Fails("SendToAll(None)", "False"),
        ],
    },
    FnCase {
        name: "mc",
        steps: &[
            Sends("mc('hello')", ALL, "<Viperhub> hello"),
            Sends("mc('hello|')", ALL, "<Viperhub> hello"),
            Sends("mc('hello', 'eve')", ALL, "<eve> hello"),
            Sends("mc('hello', None)", ALL, "<Viperhub> hello"),
            Sends("mc(message='hello', from_nick='eve')", ALL, "<eve> hello"),
            Sends("mc(msg='hello', **{'from': 'eve'})", ALL, "<eve> hello"),
            Fails("mc(None)", "False"),
        ],
    },
    FnCase {
        name: "usermc",
        steps: &[
            // In every documented order: nick and text are told apart.
            Sends("usermc('ann', 'hello ann')", "ann", "<Viperhub> hello ann"),
            Sends("usermc('hello ann', 'ann')", "ann", "<Viperhub> hello ann"),
            Sends("usermc('ann', 'word')", "ann", "<Viperhub> word"),
            Sends("usermc('word', 'ann')", "ann", "<Viperhub> word"),
            Sends("usermc('ann', 'op')", "ann", "<Viperhub> op"),
            Sends(
                "usermc('ann', 'hello ann', 'eve')",
                "ann",
                "<eve> hello ann",
            ),
            Sends(
                "usermc('hello ann', 'ann', 'eve')",
                "ann",
                "<eve> hello ann",
            ),
            Sends("usermc(message='ann', nick='op')", "op", "<Viperhub> ann"),
            Sends(
                "usermc(msg='op', nick='ann', from_nick='eve')",
                "ann",
                "<eve> op",
            ),
            Sends(
                "usermc('hello ann', 'ann', **{'from': 'eve'})",
                "ann",
                "<eve> hello ann",
            ),
            // What comes by name is that, whatever comes by place.
            Sends("usermc('op', nick='ann')", "ann", "<Viperhub> op"),
            Sends("usermc('op', message='ann')", "op", "<Viperhub> ann"),
            Fails("usermc('nobody', 'hello there')", "False"),
            Fails("usermc('nobody', 'hello')", "False"),
            Fails("usermc('ANN', 'hello there')", "False"),
            // A bot.
            Fails("usermc('Viperhub', 'hello there')", "False"),
        ],
    },
    FnCase {
        name: "pm",
        steps: &[
            Sends(
                "pm('ann', 'hello ann')",
                "ann",
                "$To: ann From: Viperhub $<Viperhub> hello ann",
            ),
            Sends(
                "pm('hello ann', 'ann')",
                "ann",
                "$To: ann From: Viperhub $<Viperhub> hello ann",
            ),
            Sends(
                "pm('ann', 'word|')",
                "ann",
                "$To: ann From: Viperhub $<Viperhub> word",
            ),
            Sends(
                "pm('hello ann', 'ann', 'op')",
                "ann",
                "$To: ann From: op $<op> hello ann",
            ),
            Sends(
                "pm('op', 'ann', 'hello ann')",
                "ann",
                "$To: ann From: op $<op> hello ann",
            ),
            Sends(
                "pm('word', 'ann', 'op')",
                "ann",
                "$To: ann From: op $<op> word",
            ),
            Sends(
                "pm('op', 'ann', 'word')",
                "ann",
                "$To: ann From: op $<op> word",
            ),
            // The order of the table: nick, message, from_nick, shown_nick.
            Sends(
                "pm('ann', 'hello ann', 'op')",
                "ann",
                "$To: ann From: op $<op> hello ann",
            ),
            Sends(
                "pm('ann', 'word', 'op')",
                "ann",
                "$To: ann From: op $<op> word",
            ),
            Sends(
                "pm('ann', 'word', 'eve')",
                "ann",
                "$To: ann From: eve $<eve> word",
            ),
            Sends(
                "pm('ann', 'hello', 'OpChat', 'op')",
                "ann",
                "$To: ann From: OpChat $<op> hello",
            ),
            Sends(
                "pm('ann', 'hello ann', 'OpChat', 'op')",
                "ann",
                "$To: ann From: OpChat $<op> hello ann",
            ),
            Sends(
                "pm('ann', 'hello ann', from_nick='op')",
                "ann",
                "$To: ann From: op $<op> hello ann",
            ),
            // Nothing tells: the order of the oldest documents.
            Sends(
                "pm('eve', 'ann', 'word')",
                "ann",
                "$To: ann From: eve $<eve> word",
            ),
            Sends(
                "pm('hello', 'ann', 'OpChat', 'op')",
                "ann",
                "$To: ann From: OpChat $<op> hello",
            ),
            Sends(
                "pm(nick='ann', message='op')",
                "ann",
                "$To: ann From: Viperhub $<Viperhub> op",
            ),
            Sends(
                "pm(to='ann', msg='hi', from_nick='op')",
                "ann",
                "$To: ann From: op $<op> hi",
            ),
            Sends(
                "pm(nick='ann', message='hi', shown_nick='eve', **{'from': 'op'})",
                "ann",
                "$To: ann From: op $<eve> hi",
            ),
            Fails("pm('nobody', 'hello there')", "False"),
            Fails("pm('Viperhub', 'hello there')", "False"),
            Fails("pm('hello there', 'nobody', 'op')", "False"),
            Fails("pm('nobody', 'hello there', 'op')", "False"),
            Fails("pm('nobody', 'hello', 'op')", "False"),
            Fails("pm('op', 'nobody', 'hello there')", "False"),
        ],
    },
    FnCase {
        name: "classmc",
        steps: &[
            Sends("classmc('hello', 3, 10)", "op", "<Viperhub> hello"),
            Sends("classmc('hello', 0, 2)", "ann pas", "<Viperhub> hello"),
            Sends("classmc('hello', 3)", "op", "<Viperhub> hello"),
            // A text in the third place is the sender.
            Sends("classmc('hello', 3, 'eve')", "op", "<eve> hello"),
            Sends("classmc('hello', 0, 0, 'eve')", "ann pas", "<eve> hello"),
            Sends(
                "classmc(message='hello', min_class=0, max_class=2, from_nick='eve')",
                "ann pas",
                "<eve> hello",
            ),
            Sends(
                "classmc(msg='hello', min=0, max=2, **{'from': 'eve'})",
                "ann pas",
                "<eve> hello",
            ),
            Fails("classmc('hello', 5, 3)", "False"),
        ],
    },
    FnCase {
        name: "SendToOpChat",
        steps: &[
            Sends(
                "SendToOpChat('news')",
                "op",
                "$To: op From: OpChat $<OpChat> news",
            ),
            Sends(
                "SendToOpChat('news|')",
                "op",
                "$To: op From: OpChat $<OpChat> news",
            ),
            Sends(
                "SendToOpChat('news', 'ann')",
                "op",
                "$To: op From: OpChat $<ann> news",
            ),
            // Who is not here does not speak.
            Sends(
                "SendToOpChat('news', 'nobody')",
                "op",
                "$To: op From: OpChat $<OpChat> news",
            ),
            Sends(
                "SendToOpChat('news', 'Viperhub')",
                "op",
                "$To: op From: OpChat $<OpChat> news",
            ),
            Sends(
                "SendToOpChat(message='news', from_nick='ann')",
                "op",
                "$To: op From: OpChat $<ann> news",
            ),
            Sends(
                "SendToOpChat(msg='news', **{'from': 'ann'})",
                "op",
                "$To: op From: OpChat $<ann> news",
            ),
            Fails("SendToOpChat(None)", "False"),
        ],
    },
    FnCase {
        name: "SendDataToAll",
        steps: &[
            Sends("SendDataToAll('$Raw data', 0, 10)", ALL, "$Raw data"),
            Sends("SendDataToAll('$Raw data|', 3, 3)", "op", "$Raw data"),
            Sends(
                "SendDataToAll('$Raw data', 0, 0, 1)",
                "ann pas",
                "$Raw data",
            ),
            Sends(
                "SendDataToAll('$Raw data', False, None)",
                "ann pas",
                "$Raw data",
            ),
            Sends(
                "SendDataToAll(data='$Raw data', min_class=0, max_class=2, delay=0)",
                "ann pas",
                "$Raw data",
            ),
            Fails("SendDataToAll('$Raw data', 5, 3)", "False"),
            Fails("SendDataToAll(None, 0, 10)", "False"),
        ],
    },
    FnCase {
        name: "SendDataToUser",
        steps: &[
            Sends("SendDataToUser('$Raw data', 'pas')", "pas", "$Raw data"),
            Sends("SendDataToUser('$Raw data|', 'pas', 1)", "pas", "$Raw data"),
            Sends(
                "SendDataToUser(data='$Raw data', nick='ann', delay=1)",
                "ann",
                "$Raw data",
            ),
            Fails("SendDataToUser('x', 'nobody')", "False"),
            Fails("SendDataToUser('x', 'Viperhub')", "False"),
        ],
    },
    FnCase {
        name: "SendPMToAll",
        steps: &[
            Sends(
                "SendPMToAll('news', 'op', 0, 3)",
                ALL,
                "$To: %NICK% From: op $<op> news",
            ),
            Sends(
                "SendPMToAll('news|', 'op', 3, 3)",
                "op",
                "$To: op From: op $<op> news",
            ),
            Sends(
                "SendPMToAll(message='news', from_nick='op', min_class=0, max_class=2)",
                "ann pas",
                "$To: %NICK% From: op $<op> news",
            ),
            Sends(
                "SendPMToAll(msg='news', **{'from': 'op'}, min_class=0, max_class=2)",
                "ann pas",
                "$To: %NICK% From: op $<op> news",
            ),
            // What is then written to the hub's bot goes to the last who wrote to all.
            Pm("ann", "Viperhub", "an answer"),
            Sees("op", "$To: op From: ann $<ann> an answer"),
            Fence("ann"),
            Fails("SendPMToAll(None, 'op', 0, 10)", "False"),
        ],
    },
    FnCase {
        name: "SendToActive",
        steps: &[
            Sends("SendToActive('$Raw data')", "op ann", "$Raw data"),
            Sends("SendToActive('$Raw data|', 1)", "op ann", "$Raw data"),
            Sends(
                "SendToActive(data='$Raw data', delay=1)",
                "op ann",
                "$Raw data",
            ),
            Fails("SendToActive(None)", "False"),
        ],
    },
    FnCase {
        name: "SendToPassive",
        steps: &[
            Sends("SendToPassive('$Raw data')", "pas", "$Raw data"),
            Sends("SendToPassive('$Raw data', 1)", "pas", "$Raw data"),
            Sends(
                "SendToPassive(data='$Raw data', delay=1)",
                "pas",
                "$Raw data",
            ),
            Fails("SendToPassive(None)", "False"),
        ],
    },
    FnCase {
        name: "SendToActiveClass",
        steps: &[
            Sends("SendToActiveClass('$Raw data', 0, 2)", "ann", "$Raw data"),
            Sends(
                "SendToActiveClass('$Raw data', 3, 10, 1)",
                "op",
                "$Raw data",
            ),
            Sends(
                "SendToActiveClass(data='$Raw data', min_class=0, max_class=2, delay=1)",
                "ann",
                "$Raw data",
            ),
            Fails("SendToActiveClass('x', 5, 3)", "False"),
        ],
    },
    FnCase {
        name: "SendToPassiveClass",
        steps: &[
            Sends("SendToPassiveClass('$Raw data', 0, 2)", "pas", "$Raw data"),
            Sends("SendToPassiveClass('$Raw data', 3, 10, 1)", "", "$Raw data"),
            Sends(
                "SendToPassiveClass(data='$Raw data', min_class=0, max_class=2, delay=1)",
                "pas",
                "$Raw data",
            ),
            Fails("SendToPassiveClass('x', 5, 3)", "False"),
        ],
    },
    FnCase {
        name: "SendToUser",
        steps: &[
            Sends("SendToUser('ann', 'hello')", "ann", "<Viperhub> hello"),
            Sends("SendToUser('ann', '$Raw data')", "ann", "$Raw data"),
            Sends(
                "SendToUser(nick='ann', text='hello')",
                "ann",
                "<Viperhub> hello",
            ),
            Sends(
                "SendToUser(conn='ann', text='<x> hello')",
                "ann",
                "<x> hello",
            ),
            Fails("SendToUser('nobody', 'x')", "False"),
        ],
    },
    FnCase {
        name: "ScriptCommand",
        // OnScriptCommand has a case of its own.
        steps: &[
            Call("ScriptCommand('c', 'd')", "True"),
            Call("ScriptCommand('c', 'd', 'mine')", "True"),
            Call("ScriptCommand('c', 'd', 1)", "True"),
            Call("ScriptCommand(cmd='c', data='d', plugin='mine')", "True"),
            Call(
                "ScriptCommand(command='c', data='d', immediate=True)",
                "True",
            ),
            Fails("ScriptCommand(None, 'd')", "False"),
            // A thousand of them wait at most; the rest of this holds however a tick falls.
            Is(
                "[vh.ScriptCommand('c', 'd') for n in range(2500)].count(False) > 0",
                "True",
            ),
        ],
    },
];

//! One script, called in place.

mod common;

use std::time::Duration;

use ::hub::api::Value;
use ::hub::hooks::{Event, Hook, HookSet, Substitute, Verdict};
use common::{Dir, FakeHost, config, script};
use python::Script;
use python::script::{CallError, Closed};

const LIMIT: Duration = Duration::from_secs(5);

fn chat(text: &str) -> Event {
    Event::ParsedMsgChat {
        nick: "nick".into(),
        message: text.as_bytes().to_vec().into(),
    }
}

/// What the expression is worth, as text, in a script with the given top level.
fn eval_in(top: &str, expression: &str) -> String {
    let (s, _, _d) = script(&format!("{top}\ndef f():\n    return repr({expression})\n"));
    let result = s.call_function("f", &[]);
    assert_eq!(s.close(LIMIT), Closed::Clean);
    match result {
        Ok(Value::Bytes(b)) => String::from_utf8_lossy(&b).into_owned(),
        Ok(other) => panic!("{other:?}"),
        Err(e) => e.to_string(),
    }
}

fn eval(expression: &str) -> String {
    eval_in("", expression)
}

#[test]
fn a_hook_decides() {
    let (s, _, _d) = script("def OnParsedMsgChat(nick, msg): return 0 if 'bad' in msg else 1\n");
    assert!(s.hooks().has(Hook::ParsedMsgChat));
    assert!(!s.hooks().has(Hook::Timer));
    assert_eq!(s.call_hook(&chat("good")), Verdict::ALLOW);
    assert_eq!(s.call_hook(&chat("bad")), Verdict::BLOCK);
    assert_eq!(
        s.call_hook(&Event::UserLogin { nick: "x".into() }),
        Verdict::ALLOW
    );
    assert_eq!(s.close(LIMIT), Closed::Clean);
    assert_eq!(s.call_hook(&chat("bad")), Verdict::ALLOW);
}

#[test]
fn every_return_form() {
    let (s, host, _d) = script(
        "import sys\nresult = None\ndef OnParsedMsgChat(nick, msg): return eval(msg)\n\
         def OnParsedMsgMyINFO(nick, desc, tag, speed, mail, share): return eval(nick)\n\
         def OnUserLogin(nick): return eval(nick)\n",
    );
    let chat_is = |source: &str| s.call_hook(&chat(source));
    let substitute = |nick: Option<&'static str>, text: Option<&'static str>| Verdict {
        substitute: Some(Box::new(Substitute::Chat {
            nick: nick.map(Into::into),
            text: text.map(Into::into),
        })),
        ..Verdict::ALLOW
    };
    let reply = |text: &'static str, allow: bool| {
        let mut verdict = Verdict {
            allow,
            ..Verdict::ALLOW
        };
        verdict.replies.push(text.into());
        verdict
    };
    for (source, verdict) in [
        ("None", Verdict::ALLOW),
        ("1", Verdict::ALLOW),
        ("True", Verdict::ALLOW),
        ("-7", Verdict::ALLOW),
        ("10**40", Verdict::ALLOW),
        ("0", Verdict::BLOCK),
        ("False", Verdict::BLOCK),
        ("0.0", Verdict::ALLOW),
        ("[]", Verdict::ALLOW),
        ("{}", Verdict::ALLOW),
        ("b''", Verdict::ALLOW),
        ("'new'", substitute(None, Some("new"))),
        ("('n', 'm')", substitute(Some("n"), Some("m"))),
        ("(None, 'm')", substitute(None, Some("m"))),
        ("('n', None)", substitute(Some("n"), None)),
        ("(None, None)", Verdict::ALLOW),
        ("('raw', 0)", reply("raw|", false)),
        ("('raw|', True)", reply("raw|", true)),
        ("('', 0)", Verdict::BLOCK),
        ("(1, 2, 3)", Verdict::ALLOW),
        ("('a', [])", Verdict::ALLOW),
    ] {
        assert_eq!(chat_is(source), verdict, "{source}");
    }
    let login = |source: &str| {
        s.call_hook(&Event::UserLogin {
            nick: source.as_bytes().to_vec().into(),
        })
    };
    assert_eq!(login("'text'"), Verdict::ALLOW);
    assert_eq!(login("('no', 0)"), reply("no|", false));
    assert_eq!(login("('a', 'b')"), Verdict::ALLOW);
    let info = |source: &str| {
        let field = || "x".into();
        s.call_hook(&Event::ParsedMsgMyINFO {
            nick: source.as_bytes().to_vec().into(),
            desc: field(),
            tag: field(),
            speed: field(),
            mail: field(),
            share: field(),
        })
    };
    let fields = [
        Some("d".into()),
        None,
        None,
        Some("".into()),
        Some("123".into()),
    ];
    let expected = Verdict {
        substitute: Some(Box::new(Substitute::MyInfo(fields))),
        ..Verdict::ALLOW
    };
    assert_eq!(info("('d', None, None, '', 123)"), expected);
    assert_eq!(info("('d', None, None, '', '123')"), expected);
    assert_eq!(info("(None,) * 5"), Verdict::ALLOW);
    assert_eq!(info("(1.5,) * 5"), Verdict::ALLOW);
    assert_eq!(host.reports(), "");
    // An exception counts as no objection and is told with its source line, once.
    assert_eq!(chat_is("1/0"), Verdict::ALLOW);
    assert_eq!(chat_is("1/0"), Verdict::ALLOW);
    let report = host.reports();
    assert!(
        report.starts_with("Script s, OnParsedMsgChat:\r\nTraceback"),
        "{report}"
    );
    assert!(
        report.contains("s.py\", line 3, in OnParsedMsgChat\r\n"),
        "{report}"
    );
    assert!(
        report.contains("def OnParsedMsgChat(nick, msg): return eval(msg)"),
        "{report}"
    );
    assert!(
        report.ends_with("ZeroDivisionError: division by zero"),
        "{report}"
    );
    assert_eq!(report.matches("Traceback").count(), 1);
    assert_eq!(s.close(LIMIT), Closed::Clean);
}

#[test]
fn functions_defined_or_replaced_later_are_found() {
    let (s, _, _d) = script(
        "def OnUserLogin(nick):\n    global OnParsedMsgChat\n    if nick == 'on':\n        \
         def OnParsedMsgChat(n, m): return 0\n    elif nick == 'other': OnParsedMsgChat = lambda n, m: m\n    \
         elif nick == 'off': del OnParsedMsgChat\n    else: globals()['OnParsed' + 'MsgChat'] = 5\n",
    );
    let login = |nick: &'static str| s.call_hook(&Event::UserLogin { nick: nick.into() });
    let only = HookSet::EMPTY.with(Hook::UserLogin);
    assert_eq!(s.hooks(), only);
    login("on");
    assert_eq!(s.hooks(), only.with(Hook::ParsedMsgChat));
    assert_eq!(s.call_hook(&chat("x")), Verdict::BLOCK);
    login("other");
    assert!(s.call_hook(&chat("x")).substitute.is_some());
    login("off");
    assert_eq!(s.call_hook(&chat("x")), Verdict::ALLOW);
    assert_eq!(s.hooks(), only);
    login("not a function");
    assert_eq!(s.hooks(), only);
    assert_eq!(s.close(LIMIT), Closed::Clean);
}

#[test]
fn all_documented_signatures() {
    let timer = Event::Timer {
        milliseconds: 1500.5,
    };
    let reg = Event::NewReg {
        op: "op".into(),
        nick: "nick".into(),
        uclass: 3,
    };
    let ban = Event::NewBan {
        op: "op".into(),
        ip: "ip".into(),
        nick: "nick".into(),
        reason: "r".into(),
    };
    let set = Event::SetConfig {
        nick: "n".into(),
        conf: "c".into(),
        var: "v".into(),
        val_new: "new".into(),
        val_old: "old".into(),
        val_type: 12,
    };
    for (source, event, got) in [
        ("def OnTimer(): got.append(())", &timer, "[()]"),
        ("def OnTimer(msec=0): got.append(msec)", &timer, "[1500.5]"),
        ("def OnTimer(*a): got.append(a)", &timer, "[(1500.5,)]"),
        (
            "class C:\n    def t(self): got.append(1)\nOnTimer = C().t",
            &timer,
            "[1]",
        ),
        (
            "class C:\n    def __call__(self): got.append(1)\nOnTimer = C()",
            &timer,
            "[1]",
        ),
        (
            "def OnNewReg(op, nick, uclass): got.append((op, nick, uclass))",
            &reg,
            "[('op', 'nick', 3)]",
        ),
        (
            "def OnNewReg(nick, c, op): got.append((op, nick, c))",
            &reg,
            "[('op', 'nick', 3)]",
        ),
        (
            "def OnNewBan(op, ip, nick, r): got.append((op, ip, nick, r))",
            &ban,
            "[('op', 'ip', 'nick', 'r')]",
        ),
        (
            "def OnNewBan(ip, nick, op, r): got.append((op, ip, nick, r))",
            &ban,
            "[('op', 'ip', 'nick', 'r')]",
        ),
        (
            "def OnSetConfig(c, v, n): got.append((c, v, n))",
            &set,
            "[('c', 'v', 'new')]",
        ),
        (
            "def OnSetConfig(*a): got.append(a)",
            &set,
            "[('n', 'c', 'v', 'new', 'old', 12)]",
        ),
    ] {
        let (s, host, _d) = script(&format!("got = []\n{source}\ndef f(): return repr(got)\n"));
        s.call_hook(event);
        let result = s.call_function("f", &[]).unwrap();
        assert_eq!(
            result,
            Value::Bytes(got.into()),
            "{source}: {}",
            host.reports()
        );
        assert_eq!(s.close(LIMIT), Closed::Clean);
    }
}

#[test]
fn vh_has_what_the_documents_say() {
    assert_eq!(
        eval("(vh.myid, vh.name, vh.config_name, vh.starttime)"),
        "(7, 's', 'config', 1234)"
    );
    assert_eq!(
        eval("(vh.botname, vh.opchatname, vh.__version__)"),
        "('Viperhub', 'OpChat', (1, 7, 0, 0))"
    );
    assert_eq!(
        eval("(vh.__version_string__, vh.eCR_KICKED, vh.eBF_NICK)"),
        "('1.7.0.0', 2, 4)"
    );
    assert_eq!(
        eval("vh.path == __file__ and vh.path.endswith('/s.py')"),
        "True"
    );
    assert_eq!(eval("hasattr(vh, 'nonsense')"), "False");
    assert_eq!(
        eval_in("import vh as v, sys", "v is vh and sys.argv"),
        "['<vh>']"
    );
    assert_eq!(eval("(__name__, vh.GetUserClass('x'))"), "('s', -2)");
    assert_eq!(
        eval_in("import inspect", "str(inspect.signature(vh.Args))"),
        "'(text, number, part=None, nick=None, flag=None)'"
    );
}

#[test]
fn arguments_are_checked_with_words() {
    for (call, says) in [
        (
            "GetUserClass()",
            "GetUserClass() missing required argument 'nick' (pos 1)",
        ),
        (
            "GetUserClass('a', 'b')",
            "GetUserClass() takes exactly 1 argument (2 given)",
        ),
        (
            "GetUserClass(5)",
            "GetUserClass() argument 'nick' must be str, not int",
        ),
        (
            "GetUserClass(nik='a')",
            "GetUserClass() got an unexpected keyword argument 'nik'",
        ),
        (
            "GetUserClass('a', nick='b')",
            "GetUserClass() got multiple values for argument 'nick'",
        ),
        (
            "Args('t', 'x')",
            "Args() argument 'number' must be int, not str",
        ),
        (
            "Args([], 1)",
            "Args() argument 'text' must be str or a number, not list",
        ),
        (
            "Args('t', 10**30)",
            "Args() argument 'number' must be an int of at most 64 bits, not int",
        ),
        (
            "Args('t', 1, 'x')",
            "Args() argument 'part' must be float or int, not str",
        ),
        (
            "Args(1, 2, 3, 4, 5, 6)",
            "Args() takes at most 5 arguments (6 given)",
        ),
        (
            "Args('t', 1, words='x')",
            "Args() got multiple values for argument 'text'",
        ),
        (
            "GetNickList(1)",
            "GetNickList() takes no arguments (1 given)",
        ),
        ("Echo(object())", "Echo() argument 'value' cannot be object"),
    ] {
        assert_eq!(eval(&format!("vh.{call}")), format!("TypeError: {says}"));
    }
    assert_eq!(
        eval("vh.Args('t', None)"),
        "(('t', 0, None, None, None), 2, 0)"
    );
    assert_eq!(
        eval("vh.Args(12, True, 1, None, [1])"),
        "(('12', 1, 1.0, None, True), 5, 0)"
    );
    assert_eq!(
        eval("vh.Args(number=3, words='w', flag=0)"),
        "(('w', 3, None, None, False), 0, 19)"
    );
    assert_eq!(
        eval("vh.Echo([1, 'a', None, (2.5, {'k': True})])"),
        "[1, 'a', None, (2.5, {'k': True})]"
    );
    assert_eq!(
        eval("vh.Echo(({1}, frozenset({2}), set(), float('inf')))"),
        "({1}, frozenset({2}), set(), inf)"
    );
    // All that may be a key of JSON; an int of more than 64 bits is what JSON makes of it.
    assert_eq!(
        eval("vh.Echo({1: 2, 0.5: 3, None: 4, False: 5, 'a': 6, 2 ** 64: 7})"),
        "{1: 2, 0.5: 3, None: 4, False: 5, 'a': 6, '18446744073709551616': 7}"
    );
}

#[test]
fn what_has_no_counterpart_is_named() {
    let cyclic = "l = [0]\nl[0] = {'k': (l,)}\nx = []\nfor i in range(600): x = [x]";
    for (value, error) in [
        ("b'x'", "TypeError: Echo() argument 'value' cannot be bytes"),
        (
            "[1, {'k': ({b'x'},)}]",
            "TypeError: Echo() argument 'value' cannot hold bytes at [1][\"k\"][0]{...}",
        ),
        (
            "[{(): 2}]",
            "TypeError: Echo() argument 'value' cannot hold a dict key of type tuple at [0]",
        ),
        (
            "{b'': 2}",
            "TypeError: Echo() argument 'value' cannot hold a dict key of type bytes",
        ),
        (
            "2**63",
            "ValueError: Echo() argument 'value' cannot be an int of more than 64 bits",
        ),
        (
            "(float('nan'),)",
            "ValueError: Echo() argument 'value' cannot hold NaN at [0]",
        ),
        (
            "l",
            "ValueError: Echo() argument 'value' cannot hold a list that contains itself at [0][\"k\"][0]",
        ),
        (
            "x",
            "ValueError: Echo() argument 'value' cannot hold a list nested more than 500 deep at [0][0][0][0][0][0][0][0]...",
        ),
    ] {
        assert_eq!(
            eval_in(cyclic, &format!("vh.Echo({value})")),
            error,
            "{value}"
        );
    }
    assert_eq!(
        eval_in(
            "y = ()\nfor i in range(499): y = (y, {}, [])",
            "vh.Echo(y) == y"
        ),
        "True"
    );
}

#[test]
fn errors_of_functions_become_exceptions() {
    assert_eq!(eval("vh.Fail(0)"), "TypeError: t");
    assert_eq!(eval("vh.Fail(1)"), "ValueError: v");
    assert_eq!(eval("vh.Fail(2)"), "NameError: n");
    assert_eq!(eval("vh.Fail(3)"), "RuntimeError: r");
    assert!(eval("vh.Fail(4)").starts_with("NotImplementedError: vh.Fail is not available"));
    assert_eq!(
        eval("vh.Fail(5)"),
        "SystemError: Viperhub panicked: as asked"
    );
}

#[test]
fn lists_and_infos_read_both_ways() {
    let list = "(lambda l: (l, l.split('$$'), type(l.split('$$')).__name__, 'a' in l, isinstance(l, list)))(vh.GetNickList())";
    // The repr is converted to the hub's charset on its way out.
    assert!(eval(list).starts_with("(['a', 'b"));
    assert!(eval(list).ends_with("], 'list', True, True)"));
    let info = "(lambda i: (i[0], i[:7], i[7], i.startswith('$My'), '<t>' in i, f'{i}' == str(i), i.split('$')[2], type(i.raw)))(vh.GetMyINFO('joe'))";
    assert_eq!(
        eval(info),
        "('joe', '$MyINFO', ' ', True, True, True, 'ALL x d<t>', <class 'str'>)"
    );
    assert_eq!(
        eval_in("import copy", "copy.copy(vh.GetMyINFO('joe'))[0]"),
        "'joe'"
    );
}

/// What `vh` gives is stored and copied as other lists and texts are, and comes back as what it was.
#[test]
fn lists_and_infos_are_pickled_and_copied() {
    let top = "import copy, io, os, pickle, shelve, tempfile\nimport vh as module\n\
        from vh import MyINFO, NickList\n\
        def through_shelf(value):\n    \
            with tempfile.TemporaryDirectory() as dir:\n        \
                with shelve.open(os.path.join(dir, 'shelf')) as shelf: shelf['it'] = value\n        \
                with shelve.open(os.path.join(dir, 'shelf')) as shelf: return shelf['it']\n\
        def through_pickle(n): return lambda value: pickle.loads(pickle.dumps(value, n))\n\
        ways = [copy.copy, copy.deepcopy, through_shelf]\n\
        ways += [through_pickle(n) for n in range(pickle.HIGHEST_PROTOCOL + 1)]\n\
        def same(value): return [type(w(value)) is type(value) and w(value) == value for w in ways]\n";
    let all = |value: &str| {
        let got = eval_in(top, &format!("(all(same({value})), len(same({value})))"));
        assert_eq!(got, "(True, 9)", "{value}");
    };
    all("vh.GetNickList()");
    all("vh.GetMyINFO('joe')");
    all("{'all': [vh.GetNickList(), vh.GetMyINFO('joe')]}");
    assert_eq!(
        eval_in(
            top,
            "[(w(vh.GetMyINFO('joe'))[0], w(vh.GetMyINFO('joe')).fields[5]) for w in ways] == [('joe', '5')] * 9"
        ),
        "True"
    );
    let deep = "(lambda l: (l.append([1]), copy.deepcopy(l)[-1] is l[-1], copy.copy(l)[-1] is l[-1])[1:])(vh.GetNickList())";
    assert_eq!(eval_in(top, deep), "(False, True)");
    assert_eq!(
        eval_in(
            top,
            "(type(vh.GetNickList()) is NickList, isinstance(vh.GetMyINFO('joe'), MyINFO))"
        ),
        "(True, True)"
    );
}

/// Where a nick stands in the list makes no difference to what is asked of its text.
#[test]
fn a_nick_with_marks_is_in_the_list_wherever_it_stands() {
    let top = "lists = [(lambda l: (l.reverse(), l)[1])(vh.GetNickList()), vh.GetNickList()]\n";
    let asked = "[[f'{a}{nick}{b}' in l for a in ('', '$$') for b in ('', '$$')] for l in lists for nick in vh.GetNickList()]";
    assert_eq!(eval_in(top, &format!("all(map(all, {asked}))")), "True");
    assert_eq!(
        eval_in(
            top,
            "['nobody$$' in l or '$$nobody' in l or 'nobody' in l for l in lists]"
        ),
        "[False, False]"
    );
}

#[test]
fn any_name_loads_by_path() {
    let dir = Dir::new();
    let host = FakeHost::new();
    let load = |name: &str, source: &str| {
        let path = dir.file(name, source);
        Script::load(&config(&dir, &path, &host, ""))
            .unwrap_or_else(|e| panic!("{name}: {}", e.traceback))
    };
    dir.file("helper.py", "x = 1\n");
    dir.file("sub/utils/helpers.py", "y = 2\n");
    let source = "import json, random, helper\nassert json.loads('[1]') == [1]\nwho = __name__\ndef f(): return who\n";
    for (name, stem) in [
        ("json.py", "json"),
        ("a.b-c.py", "a.b-c"),
        ("sub/same.py", "same"),
        ("same.py", "same"),
        ("random.py", "random"),
        ("__main__.py", "main"),
    ] {
        let s = load(name, source);
        assert_eq!(
            s.call_function("f", &[]).unwrap(),
            Value::Bytes(stem.into()),
            "{name}"
        );
        assert_eq!(s.close(LIMIT), Closed::Clean);
    }
    let s = load(
        "sub/deep.py",
        "import sys, utils.helpers\nfrom dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\ndef f(): return [utils.helpers.y, sys.path[0].rsplit('/', 1)[1]]\n",
    );
    assert_eq!(
        s.call_function("f", &[]).unwrap(),
        Value::List(vec![Value::Int(2), Value::Bytes("sub".into())])
    );
    assert_eq!(s.close(LIMIT), Closed::Clean);
    dir.file(".venv/lib/python3.1/site-packages/only_here.py", "z = 3\n");
    let s = load("v.py", "import only_here\ndef f(): return only_here.z\n");
    assert_eq!(s.call_function("f", &[]).unwrap(), Value::Int(3));
    assert_eq!(s.close(LIMIT), Closed::Clean);
}

#[test]
fn a_failing_script_says_where() {
    let dir = Dir::new();
    let host = FakeHost::new();
    let fails = |source: &str| {
        let path = dir.file("bad.py", source);
        Script::load(&config(&dir, &path, &host, "")).err().unwrap()
    };
    let e = fails("x = 1\ny = undefined_name\n");
    assert_eq!(
        e.last_line,
        "NameError: name 'undefined_name' is not defined"
    );
    assert!(
        e.traceback.contains("bad.py\", line 2") && e.traceback.contains("y = undefined_name"),
        "{}",
        e.traceback
    );
    assert!(fails("def f(:\n").last_line.starts_with("SyntaxError: "));
    assert_eq!(fails("import sys; sys.exit(3)").class, "SystemExit");
    assert!(
        fails(
            "import threading, time\nthreading.Thread(target=time.sleep, args=(.1,)).start()\n1/0"
        )
        .last_line
        .starts_with("ZeroDiv")
    );
}

#[test]
fn errors_are_cut_and_tell_no_values_of_statements() {
    let (s, host, _d) = script(
        "import sqlite3\ndef OnParsedMsgChat(nick, text):\n    if text == 'long': raise ValueError('x' * 5_000_000)\n    \
         raise sqlite3.OperationalError(f\"near '{text}' and 4711: syntax error\")\n",
    );
    assert!(s.call_hook(&chat("long")).allow);
    assert!(s.call_hook(&chat("hunter2")).allow);
    assert!(s.call_hook(&chat("hunter3")).allow);
    let reports = host.reports();
    assert!(reports.contains("bytes left out") && reports.len() < 20_000);
    assert!(
        reports.contains("sqlite3.OperationalError: near ? and ?: syntax error"),
        "{reports}"
    );
    assert!(!reports.contains("hunter2"), "{reports}");
    assert!(!reports.contains("hunter3"), "{reports}");
    let error = s.call_function("OnParsedMsgChat", &[Value::Text(b""), Value::Text(b"long")]);
    let Err(CallError::Raised(error)) = error else {
        panic!("{error:?}")
    };
    assert!(error.last_line.len() < 1200, "{}", error.last_line.len());
    assert!(
        error.last_line.ends_with("bytes left out"),
        "{}",
        error.last_line
    );
    assert_eq!(s.close(LIMIT), Closed::Clean);
}

#[test]
fn functions_are_called_with_values() {
    let (s, _, _d) = script(
        "def back(*a): return list(a)\ndef boom(): raise KeyError('k')\nnumber = 5\ndef obj(): return object()\n",
    );
    let args = [
        Value::Int(1),
        Value::Text(b"t\xe9"),
        Value::None,
        Value::Float(0.5),
    ];
    let list = Value::List(vec![
        Value::Int(1),
        Value::Bytes(
            "t\u{e9}"
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<_>>()
                .into(),
        ),
        Value::None,
        Value::Float(0.5),
    ]);
    assert_eq!(s.call_function("back", &args).unwrap(), list);
    assert!(matches!(
        s.call_function("none such", &[]),
        Err(CallError::Missing(_))
    ));
    assert!(matches!(
        s.call_function("number", &[]),
        Err(CallError::Missing(_))
    ));
    let Err(CallError::Raised(e)) = s.call_function("boom", &[]) else {
        panic!()
    };
    assert_eq!(e.last_line, "KeyError: 'k'");
    assert!(matches!(
        s.call_function("obj", &[]),
        Err(CallError::Raised(_))
    ));
    assert_eq!(s.close(LIMIT), Closed::Clean);
    assert!(matches!(s.call_function("back", &[]), Err(CallError::Gone)));
}

#[test]
fn two_scripts_do_not_see_each_other() {
    let one = script(
        "import sys\nx = 1\nsys.shared = 'one'\ndef f(): return [x, getattr(sys, 'shared', None)]\n",
    );
    let two = script("import sys\nx = 2\ndef f(): return [x, getattr(sys, 'shared', None)]\n");
    let list = |n, t: Value<'static>| Value::List(vec![Value::Int(n), t]);
    assert_eq!(
        one.0.call_function("f", &[]).unwrap(),
        list(1, Value::Bytes("one".into()))
    );
    assert_eq!(two.0.call_function("f", &[]).unwrap(), list(2, Value::None));
    assert_eq!(one.0.close(LIMIT), Closed::Clean);
    assert_eq!(two.0.close(LIMIT), Closed::Clean);
}

#[test]
fn a_script_outlives_the_thread_that_loaded_it() {
    for _ in 0..20 {
        let (s, _host, _d) = std::thread::spawn(|| script("def f(): return 5\n"))
            .join()
            .unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(s.call_function("f", &[]).unwrap(), Value::Int(5)));
            }
        });
        assert_eq!(s.close(LIMIT), Closed::Clean);
    }
}

#[test]
fn many_threads_may_call_one_script() {
    let (s, host, _d) = script("def OnParsedMsgChat(n, m):\n    vh.Post(m)\n    return 0\n");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..500).for_each(|_| assert_eq!(s.call_hook(&chat("x")), Verdict::BLOCK))
            });
        }
    });
    assert_eq!(host.posted.lock().unwrap().len(), 2000);
    assert_eq!(s.close(LIMIT), Closed::Clean);
}

//! Calls between the program and scripts, and from script to script.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not know as tests"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ::hub::api::{ApiError, Host, Value};
use ::hub::link::{DynamicFn, Whose};
use bytes::Bytes;
use common::hub::{Hub, chat};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use python::CallError;

fn text(t: &str) -> Value<'static> {
    Value::Bytes(Bytes::copy_from_slice(t.as_bytes()))
}

/// What `repr` of an expression in the script says.
fn eval(hub: &Hub, script: &str, expression: &str) -> String {
    let result = hub.engine.call_function(script, "ev", &[text(expression)]);
    match result.unwrap() {
        Value::Bytes(t) => String::from_utf8_lossy(&t).into_owned(),
        other => panic!("{other:?}"),
    }
}

const EV: &str = "
def ev(text):
    try:
        return repr(eval(text))
    except Exception as e:
        return f'{type(e).__name__}: {e}'
";

#[test]
fn functions_of_scripts_are_called_by_the_program() {
    let hub = Hub::new(1500, 0);
    let source = "def add(a, b=1): return a + b\ndef bad(): raise KeyError('x')\ndef slow():\n  while True: pass\nn = 5\ndef odd(): return [1, object()]\n";
    let id = hub.load("s.py", source);
    let path = hub.path("s.py").display().to_string();
    for which in ["s", "s.py", &id.0.to_string(), &path] {
        let args = [Value::Int(2), Value::Int(3)];
        let sum = hub.engine.call_function(which, "add", &args);
        assert_eq!(sum.unwrap(), Value::Int(5), "{which}");
    }
    let call = |script: &str, name: &str| hub.engine.call_function(script, name, &[]);
    assert!(matches!(call("none", "add"), Err(CallError::Gone)));
    assert!(matches!(call("s", "none"), Err(CallError::Missing(n)) if n == "none"));
    assert!(matches!(call("s", "n"), Err(CallError::Missing(_))));
    let said = |r: Result<Value<'static>, CallError>| r.unwrap_err().to_string();
    assert_eq!(said(call("s", "bad")), "KeyError: 'x'");
    assert!(said(call("s", "add")).contains("missing 1 required positional argument"));
    assert_eq!(
        said(call("s", "odd")),
        "TypeError: the result of odd() cannot hold object at [1]"
    );
    // Interrupted like a hook, or given up.
    assert!(call("s", "slow").is_err());
    hub.report("a function called by the program took longer than 1500 ms");
}

#[test]
fn scripts_call_functions_of_the_program() {
    let hub = Hub::new(20_000, 0);
    let source = format!("import vh, threading\n{EV}");
    let a = hub.load("a.py", &source);
    hub.load("b.py", &source);
    let call = "vh.CallDynamicFunction";
    assert_eq!(
        eval(&hub, "a", "vh.CallDynamicFunction('f')"),
        "RuntimeError: no functions are registered for this script"
    );
    let sum = |_: &dyn Host, args: &[Value<'_>]| {
        let mut sum = 0;
        for arg in args {
            match arg {
                Value::Int(n) => sum += n,
                _ => return Err(ApiError::Value("only ints".into())),
            }
        }
        Ok(Value::Tuple(vec![Value::Int(sum), Value::None]))
    };
    hub.engine.register(Whose::Script(a), "sum", Arc::new(sum));
    assert_eq!(
        eval(&hub, "a", &format!("{call}('sum', 1, 2, 3)")),
        "(6, None)"
    );
    assert_eq!(eval(&hub, "a", &format!("{call}('sum')")), "(0, None)");
    assert_eq!(
        eval(&hub, "a", &format!("{call}('sum', 'x')")),
        "ValueError: only ints"
    );
    assert_eq!(
        eval(&hub, "a", &format!("{call}('sun')")),
        "NameError: there is no dynamic function 'sun'"
    );
    for (args, error) in [
        (
            "",
            "TypeError: CallDynamicFunction() missing required argument 'name' (pos 1)",
        ),
        (
            "5",
            "TypeError: CallDynamicFunction() argument 'name' must be str, not int",
        ),
        (
            "None",
            "TypeError: vh.CallDynamicFunction() argument 1 (name): expected str, not NoneType",
        ),
        (
            "'sum', None",
            "TypeError: vh.CallDynamicFunction() argument 2 cannot be NoneType",
        ),
        (
            "'sum', 1, b''",
            "TypeError: CallDynamicFunction() argument 3 cannot be bytes",
        ),
        (
            "'sum', object()",
            "TypeError: CallDynamicFunction() argument 2 cannot be object",
        ),
        (
            "'sum', 1 << 64",
            "ValueError: CallDynamicFunction() argument 2 cannot be an int of more than 64 bits",
        ),
    ] {
        assert_eq!(eval(&hub, "a", &format!("{call}({args})")), error);
    }
    // The other script does not see it, until all have it; its own goes first.
    assert!(eval(&hub, "b", &format!("{call}('sum', 1)")).starts_with("RuntimeError"));
    hub.engine
        .register(Whose::All, "sum", Arc::new(|_, _| Ok(text("all"))));
    assert_eq!(eval(&hub, "b", &format!("{call}('sum', 1)")), "'all'");
    assert_eq!(eval(&hub, "a", &format!("{call}('sum', 1)")), "(1, None)");
    assert!(hub.engine.unregister(&Whose::Script(a), "sum", None));
    assert!(!hub.engine.unregister(&Whose::Script(a), "sum", None));
    assert_eq!(eval(&hub, "a", &format!("{call}('sum', 1)")), "'all'");

    // The GIL is released meanwhile, and the function may call back into both scripts.
    let engine = Arc::downgrade(&hub.engine);
    let back = move |_: &dyn Host, args: &[Value<'_>]| {
        let engine = engine.upgrade().unwrap();
        let Value::Text(script) = args[0] else {
            panic!()
        };
        let script = std::str::from_utf8(script).unwrap().to_owned();
        let expression = args.get(1).cloned().unwrap_or_else(|| text("1 + 1"));
        engine
            .call_function(&script, "ev", &[expression])
            .map_err(|e| ApiError::Runtime(e.to_string()))
    };
    hub.engine.register(Whose::All, "back", Arc::new(back));
    assert_eq!(eval(&hub, "a", &format!("{call}('back', 'a')")), "'2'");
    assert_eq!(eval(&hub, "a", &format!("{call}('back', 'b')")), "'2'");
    let nested = format!("{call}('back', 'b', \"{call}('back', 'a')\")");
    assert_eq!(eval(&hub, "a", &nested), "\"'2'\"");
    let ticks = Arc::new(AtomicU32::new(0));
    let mine = Arc::clone(&ticks);
    hub.engine.register(
        Whose::All,
        "tick",
        Arc::new(move |_, _| {
            mine.fetch_add(1, Ordering::SeqCst);
            Ok(Value::None)
        }),
    );
    let mine = Arc::clone(&ticks);
    hub.engine.register(
        Whose::All,
        "wait",
        Arc::new(move |_, _| {
            let end = Instant::now() + Duration::from_secs(10);
            while mine.load(Ordering::SeqCst) == 0 && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(2));
            }
            Ok(Value::Bool(mine.load(Ordering::SeqCst) > 0))
        }),
    );
    let both = "threading.Timer(.05, vh.CallDynamicFunction, ('tick',)).start() or vh.CallDynamicFunction('wait')";
    assert_eq!(eval(&hub, "a", both), "True");
    // A panic is an exception, and what belongs to a script goes with it.
    hub.engine
        .register(Whose::Script(a), "own", Arc::new(|_, _| panic!("as asked")));
    assert_eq!(
        eval(&hub, "a", &format!("{call}('own')")),
        "SystemError: Viperhub panicked: as asked"
    );
    hub.admin(::hub::io::EngineOp::Reload("a".into()));
    assert!(eval(&hub, "a", &format!("{call}('own')")).starts_with("NameError"));
    // What is meant for a script by its name waits for it, and only for it.
    let named = Whose::Named("a".into());
    let one: DynamicFn = Arc::new(|_, _| Ok(text("a's")));
    hub.engine.register(named.clone(), "sum", Arc::clone(&one));
    hub.admin(::hub::io::EngineOp::Reload("a".into()));
    assert_eq!(eval(&hub, "a", &format!("{call}('sum')")), "\"a's\"");
    assert_eq!(eval(&hub, "b", &format!("{call}('sum')")), "'all'");
    // Who has registered something takes away that, not what another has put in its place.
    hub.engine
        .register(named.clone(), "sum", Arc::new(|_, _| Ok(text("other"))));
    assert!(!hub.engine.unregister(&named, "sum", Some(&one)));
    assert_eq!(eval(&hub, "a", &format!("{call}('sum')")), "'other'");
}

/// Any value scripts may have: floats without NaN, sets of what can be in sets.
fn values() -> impl Strategy<Value = Value<'static>> {
    let string = "\\PC{0,6}".prop_map(|s| text(&s));
    let plain = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>()
            .prop_filter("NaN", |f| !f.is_nan())
            .prop_map(Value::Float),
        string.clone(),
    ];
    // Those that are not equal in Python though they differ here.
    let member = prop_oneof![any::<i64>().prop_map(Value::Int), string];
    let members = prop::collection::vec(member, 0..4).prop_map(|mut v| {
        v.sort_by_key(|v| format!("{v:?}"));
        v.dedup();
        v
    });
    let sets = prop_oneof![
        members.clone().prop_map(Value::Set),
        members.prop_map(Value::FrozenSet),
    ];
    let leaf = prop_oneof![4 => plain, 1 => sets];
    leaf.prop_recursive(6, 40, 5, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..5);
        prop_oneof![
            many.clone().prop_map(Value::List),
            many.prop_map(Value::Tuple),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..4)
                .prop_map(|m| { Value::Dict(m.into_iter().map(|(k, v)| (text(&k), v)).collect()) }),
        ]
    })
}

/// The same with sets in one order.
fn sorted(value: &Value<'_>) -> Value<'static> {
    let all = |v: &[Value<'_>]| v.iter().map(sorted).collect::<Vec<_>>();
    let ordered = |v: &[Value<'_>]| {
        let mut v = all(v);
        v.sort_by_key(|v| format!("{v:?}"));
        v
    };
    match value {
        Value::Set(v) => Value::Set(ordered(v)),
        Value::FrozenSet(v) => Value::FrozenSet(ordered(v)),
        Value::List(v) => Value::List(all(v)),
        Value::Tuple(v) => Value::Tuple(all(v)),
        Value::Dict(d) => Value::Dict(d.iter().map(|(k, v)| (sorted(k), sorted(v))).collect()),
        other => common::own(other),
    }
}

#[test]
fn any_value_survives_the_round_trip() {
    let hub = Hub::new(0, 0);
    let source = "import vh\ndef same(v):\n  [back] = vh.CallDynamicFunction('echo', [v])\n  assert back == v, (back, v)\n  return back\n";
    hub.load("s.py", source);
    hub.engine.register(
        Whose::All,
        "echo",
        Arc::new(|_, args| Ok(common::own(&args[0]))),
    );
    let mut runner = TestRunner::new(Config::with_cases(300));
    let result = runner.run(&values(), |value| {
        let args = std::slice::from_ref(&value);
        let back = hub.engine.call_function("s", "same", args);
        let back = back.map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(sorted(&back), sorted(&value));
        Ok(())
    });
    result.unwrap();
}

#[test]
fn keys_come_back_whatever_was_asked_before() {
    let (script, _, _dir) = common::script("def same(x): return x\n");
    let key = |n: usize| match n % 7 {
        0 => text(&"k".repeat(n / 7)),
        1 => text(&format!("{n}{}", "x".repeat(n / 7))),
        2 => Value::Bytes(vec![0xe4, (n % 256) as u8].into()),
        3 => text(&format!("a\0{}", n % 5)),
        _ => text(&format!("key{n}")),
    };
    let mut pairs: Vec<_> = (0..600).map(|n| (key(n), Value::Int(n as i64))).collect();
    for _ in 0..3 {
        for part in pairs.chunks(6) {
            let dict = Value::Dict(part.to_vec());
            assert_eq!(
                script
                    .call_function("same", std::slice::from_ref(&dict))
                    .unwrap(),
                dict
            );
        }
        // Others find their places taken.
        pairs.reverse();
    }
    assert_eq!(
        script.close(Duration::from_secs(5)),
        python::script::Closed::Clean
    );
}

#[test]
fn a_dict_that_changes_while_it_is_read_gives_what_it_had() {
    let source = "
import gc
outer = {}
class Changes(list):
    def __iter__(self):
        outer.clear()
        inner.clear()
        gc.collect()
        outer.update((str(n), 'z' * 60) for n in range(100))
        return iter([1, 2])
inner = {}
def give():
    outer.clear()
    inner.update({'k': ['y' * 40], 'l': 'v' * 30})
    outer.update({'in': inner, 'bad': Changes([7]), 'text': 'x' * 50, 'more': ['w' * 20]})
    return outer
";
    let (script, _, _dir) = common::script(source);
    let entry = |k: &str, v| (text(k), v);
    let list = |c: &str, n| Value::List(vec![text(&c.repeat(n))]);
    let inner = vec![entry("k", list("y", 40)), entry("l", text(&"v".repeat(30)))];
    let numbers = Value::List(vec![Value::Int(1), Value::Int(2)]);
    let expected = Value::Dict(vec![
        entry("in", Value::Dict(inner)),
        entry("bad", numbers),
        entry("text", text(&"x".repeat(50))),
        entry("more", list("w", 20)),
    ]);
    for _ in 0..50 {
        assert_eq!(script.call_function("give", &[]).unwrap(), expected);
    }
}

/// A script that answers questions, and asks when it hears a line.
fn asker(name: &str) -> String {
    format!(
        "import vh{EV}
def name_and_version(): return ('{name}', '1.0')
seen = []
def OnScriptQuery(command, data, plugin, script):
    seen.append((command, data, plugin, script))
    if command == 'who': return vh.name + ':' + data
    if command == 'number': return 5
    if command == 'fail': raise ValueError(data)
    if command == 'ask': return '+'.join(vh.ScriptQuery('who', data))
    if command == 'deep': return str(len(vh.ScriptQuery('deep', data, data)))
def OnParsedMsgChat(nick, text):
    vh.Post(vh.name + ' ' + '|'.join(vh.ScriptQuery('who', text)))
"
    )
}

#[test]
fn scripts_ask_one_another() {
    let hub = Hub::new(2000, 0);
    for name in ["a", "b"] {
        hub.load(&format!("{name}.py"), &asker(name));
    }
    hub.load("c.py", "import vh\n");
    let (a, b) = (hub.path("a.py"), hub.path("b.py"));
    let (a, b) = (a.display().to_string(), b.display().to_string());
    // All in call order, the asking script included; those without the function are silent.
    assert_eq!(
        eval(&hub, "a", "vh.ScriptQuery('who', 'é')"),
        "['a:é', 'b:é']"
    );
    assert_eq!(
        eval(&hub, "b", "seen[-1]"),
        format!("('who', 'é', 'python', '{a}')")
    );
    assert_eq!(
        eval(&hub, "a", "vh.ScriptQuery('who', 'x', '', 1)"),
        format!("[('a:x', '{a}'), ('b:x', '{b}')]")
    );
    assert_eq!(
        eval(&hub, "a", &format!("vh.ScriptQuery('who', 'x', {b:?})")),
        "['b:x']"
    );
    assert_eq!(eval(&hub, "b", "seen[-1][2]"), format!("'{b}'"));
    assert_eq!(eval(&hub, "a", "vh.ScriptQuery('who', 'x', '/none')"), "[]");
    assert_eq!(eval(&hub, "a", "vh.ScriptQuery('number', '')"), "[]");
    assert_eq!(eval(&hub, "a", "vh.ScriptQuery('other', '')"), "[]");
    // Built in, answered for every script.
    assert_eq!(
        eval(&hub, "b", "vh.ScriptQuery('_get_script_name', '')"),
        "['a', 'b', 'c']"
    );
    // An exception is the answering script's own affair.
    assert_eq!(eval(&hub, "a", "vh.ScriptQuery('fail', 'oh')"), "[]");
    hub.report("Script b, OnScriptQuery:");
    // From another thread.
    let thread = "__import__('threading').Thread(target=lambda: seen.append(vh.ScriptQuery('who', 't'))).start()";
    eval(&hub, "a", thread);
    let end = Instant::now() + Duration::from_secs(10);
    while eval(&hub, "a", "seen[-1]") != "['a:t', 'b:t']" {
        assert!(Instant::now() < end);
    }
}

#[test]
fn scripts_that_ask_each_other_do_not_wait_for_ever() {
    let hub = Hub::new(2000, 0);
    for name in ["a", "b"] {
        hub.load(&format!("{name}.py"), &asker(name));
    }
    let b = hub.path("b.py").display().to_string();
    // b asks a while a waits for b.
    assert_eq!(
        eval(&hub, "a", &format!("vh.ScriptQuery('ask', 'x', {b:?})")),
        "['a:x+b:x']"
    );
    // Both at once, again and again: each line makes both ask both.
    let asked: Vec<u64> = (0..20).map(|i| hub.send(chat(&i.to_string()))).collect();
    for n in 0..20 {
        hub.sent(&format!("a a:{n}|b:{n}"));
        hub.sent(&format!("b a:{n}|b:{n}"));
    }
    for id in asked {
        assert!(hub.verdict(id).allow);
    }
    // For ever deeper comes to an end.
    eval(&hub, "a", &format!("vh.ScriptQuery('deep', {b:?}, {b:?})"));
    assert_eq!(eval(&hub, "b", "1 + 1"), "2");
}

#[test]
fn a_script_that_gives_no_answer_holds_nobody_up() {
    let hub = Hub::new(500, 0);
    hub.load("a.py", &asker("a"));
    let source =
        "import time\ndef OnScriptQuery(c, d, p, s):\n  if c == 'who':\n    time.sleep(3600)\n";
    hub.load("b.py", source);
    hub.chat("x");
    hub.sent("a a:x");
    hub.report("Script b: OnScriptQuery took longer than 500 ms");
}

/// Keys of dictionaries are text in the hub's encoding, as values are.
#[test]
fn keys_are_converted_and_nul_is_kept() {
    let hub = Hub::new(20_000, 0);
    hub.load("s.py", &format!("import vh\n{EV}"));
    hub.engine.register(
        Whose::All,
        "echo",
        Arc::new(|_, args| Ok(common::own(&args[0]))),
    );
    let value = "{'\\xe9\\u20ac': ['\\u20ac', 'a\\x00b'], 'a\\x00b': {'\\xe9': 1}, '': ''}";
    assert_eq!(
        eval(
            &hub,
            "s",
            &format!("vh.CallDynamicFunction('echo', {value}) == {value}")
        ),
        "True"
    );
    let key = eval(&hub, "s", "vh.CallDynamicFunction('echo', {(): 2})");
    assert!(key.starts_with("TypeError: "), "{key}");
}

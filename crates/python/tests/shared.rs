//! Shared scripts: one interpreter and one another's names, but hooks, `vh` and end of their own.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use ::hub::api::Value;
use ::hub::hooks::{Event, HookSet};
use ::hub::io::EngineOp;
use common::hub::{Hub, chat};
use common::{Dir, FakeHost, config};
use python::script::Closed;
use python::{Mode, Script};

const SOON: Duration = Duration::from_secs(5);

/// Shared scripts in one directory.
struct Shared {
    dir: Dir,
    host: Arc<FakeHost>,
}

impl Shared {
    fn new() -> Shared {
        Shared {
            dir: Dir::new(),
            host: FakeHost::new(),
        }
    }

    fn load(&self, name: &str, source: &str) -> Script {
        self.load_with(&self.host, name, source)
    }

    fn load_with(&self, host: &Arc<FakeHost>, name: &str, source: &str) -> Script {
        let path = self.dir.file(name, source);
        let mut config = config(&self.dir, &path, host, "CP1252");
        config.mode = Mode::Shared;
        Script::load(&config).unwrap_or_else(|e| panic!("{}", e.traceback))
    }
}

/// Runs statements in a script that has `def do(code): exec(code, globals())`.
fn run(script: &Script, code: &str) {
    script
        .call_function("do", &[Value::Text(code.as_bytes())])
        .unwrap_or_else(|e| panic!("{code}: {e}"));
}

/// The `repr` of an expression, or the class of what it raises.
fn eval(script: &Script, code: &str) -> String {
    match script.call_function("look", &[Value::Text(code.as_bytes())]) {
        Ok(Value::Bytes(text)) => String::from_utf8(text.to_vec()).unwrap(),
        other => panic!("{code}: {other:?}"),
    }
}

/// What `run` and `eval` need. The names are defined by every script for itself.
const TOOLS: &str = "def do(code): exec(code, globals())\n\
def look(code):\n    try: return repr(eval(code, globals()))\n    except Exception as e: return type(e).__name__\n";

fn tools(more: &str) -> String {
    format!("{TOOLS}{more}")
}

#[test]
fn names_are_seen_by_others_before_and_after() {
    let s = Shared::new();
    let a = s.load("a.py", &tools("config = {'debug': True}\ncount = 1\n"));
    let b = s.load("b.py", &tools("copy = dict(config)\n"));
    assert_eq!(
        eval(&b, "config, count, copy"),
        "({'debug': True}, 1, {'debug': True})"
    );
    // Changed in place, bound anew by its owner, defined later.
    run(&b, "config['debug'] = False");
    assert_eq!(eval(&a, "config"), "{'debug': False}");
    run(&a, "global count; count += 1; later = 'x'");
    assert_eq!(
        eval(&b, "count, later, 'later' in globals()"),
        "(2, 'x', True)"
    );
    // Of a script that came later.
    assert_eq!(eval(&a, "copy['debug']"), "True");
    // Bound anew and deleted by somebody else.
    run(&b, "global count; count = 10");
    assert_eq!(eval(&a, "count"), "10");
    run(&a, "global count; count += 1");
    assert_eq!(eval(&b, "count"), "11");
    run(&b, "global later; del later");
    assert_eq!(eval(&a, "later"), "NameError");
    assert_eq!(b.close(SOON), Closed::Clean);
    assert_eq!(eval(&a, "copy"), "NameError");
    assert_eq!(eval(&a, "count"), "11");
    assert_eq!(a.close(SOON), Closed::Clean);
}

#[test]
fn what_a_script_defines_itself_is_its_own() {
    let s = Shared::new();
    let helper = |n| {
        tools(&format!(
            "import time\nfrom os import sep\nNAME = '{n}'\nsame = None\ndef helper(): return NAME + vh.name\n"
        ))
    };
    let a = s.load("a.py", &helper("1"));
    let b = s.load("b.py", &helper("2"));
    let c = s.load("c.py", TOOLS);
    assert_eq!(eval(&a, "helper()"), "'1a'");
    assert_eq!(eval(&b, "helper()"), "'2b'");
    // That of the last one, under its own identity.
    assert_eq!(eval(&c, "helper(), NAME"), "('2b', '2')");
    run(&a, "global NAME; NAME = '3'");
    assert_eq!(eval(&b, "helper()"), "'2b'");
    assert_eq!(eval(&c, "NAME"), "'2'");
    // The very objects that others have defined, too.
    assert_eq!(a.close(SOON), Closed::Clean);
    assert_eq!(eval(&b, "time.time() > 0, sep, same"), "(True, '/', None)");
    let a = s.load("a.py", &helper("4"));
    assert_eq!(eval(&c, "NAME"), "'4'");
    assert_eq!(a.close(SOON), Closed::Clean);
    assert_eq!(eval(&c, "NAME"), "'2'");
    assert_eq!(b.close(SOON), Closed::Clean);
    assert_eq!(eval(&c, "NAME"), "NameError");
    run(&c, "globals().clear()");
}

#[test]
fn hooks_and_identity_are_each_scripts_own() {
    let s = Shared::new();
    let source = |n: u32| {
        format!(
            "import vh as hub\nimport helper\nfrom vh import GetUserClass\n\
             log = []\nother = {n}\n\
             def OnTimer(ms):\n    log.append((vh.name, hub.name, helper.name(), __name__, __file__[-4:]))\n    return {n}\n\
             def UnLoad(): log.append('bye')\n\
             def OnParsedMsgChat(n, m):\n    import vh as again\n    return again.name + helper.name()\n{TOOLS}"
        )
    };
    s.dir
        .file("helper.py", "import vh\ndef name(): return vh.name\n");
    let a = s.load("a.py", &source(0));
    let b = s.load("b.py", &source(1));
    let timer = Event::Timer {
        milliseconds: 1000.0,
    };
    assert!(!a.call_hook(&timer).allow);
    assert!(b.call_hook(&timer).allow);
    assert_eq!(eval(&a, "log"), "[('a', 'a', 'a', 'a', 'a.py')]");
    assert_eq!(eval(&b, "log"), "[('b', 'b', 'b', 'b', 'b.py')]");
    assert_eq!(eval(&b, "vh.path.endswith('b.py')"), "True");
    // A script has no hook because another one has it.
    let c = s.load("c.py", TOOLS);
    assert_eq!(c.hooks(), HookSet::EMPTY);
    assert_eq!(eval(&c, "vh.name, 'OnTimer' in globals()"), "('c', False)");
    run(&c, "global OnTimer\ndef OnTimer(ms): return 0");
    assert!(!c.call_hook(&timer).allow && b.call_hook(&timer).allow);
    a.call_unload();
    assert_eq!(eval(&b, "log[-1][0]"), "'b'");
    assert_eq!(a.close(SOON), Closed::Clean);
    assert_eq!(eval(&b, "helper.name()"), "'b'");
    assert!(b.call_hook(&timer).allow);
    assert_eq!(eval(&c, "other"), "1");
}

#[test]
fn threads_belong_to_the_script_that_starts_them() {
    let s = Shared::new();
    let source = "import threading, time, queue, asyncio, concurrent.futures\n\
        stop = threading.Event()\nout = queue.Queue()\n\
        def work():\n    import vh\n    out.put(vh.name)\n    stop.wait()\n\
        def start():\n    threading.Thread(target=work, name='worker-' + vh.name).start()\n    return out.get()\n\
        def loop():\n    threading.Thread(target=lambda: asyncio.run(asyncio.sleep(3600)), daemon=True).start()\n    \
            forever = asyncio.new_event_loop()\n    threading.Thread(target=forever.run_forever).start()\n\
        def pool():\n    global executor\n    executor = concurrent.futures.ThreadPoolExecutor(2)\n    \
            import vh\n    return executor.submit(lambda: __import__('vh').name).result()\n";
    let a = s.load("a.py", &tools(source));
    let b = s.load("b.py", &tools(source));
    for (script, name) in [(&a, "'a'"), (&b, "'b'")] {
        assert_eq!(eval(script, "start()"), name);
        assert_eq!(eval(script, "pool()"), name);
        run(script, "loop()");
    }
    assert_eq!(
        a.close(Duration::from_millis(300)),
        Closed::Left {
            threads: vec!["worker-a".into()]
        }
    );
    run(&a, "stop.set()");
    assert_eq!(a.close(SOON), Closed::Clean);
    // Those of the other go on.
    assert_eq!(
        eval(
            &b,
            "pool(), [t.name for t in threading.enumerate() if t.name == 'worker-b']"
        ),
        "('b', ['worker-b'])"
    );
    run(&b, "stop.set()");
    assert_eq!(b.close(SOON), Closed::Clean);
}

#[test]
fn a_failed_load_leaves_nothing() {
    let s = Shared::new();
    let a = s.load("a.py", TOOLS);
    let path = s
        .dir
        .file("bad.py", "left_behind = 1\nimport nothing_like_this\n");
    let mut config = config(&s.dir, &path, &s.host, "CP1252");
    config.mode = Mode::Shared;
    assert!(Script::load(&config).is_err_and(|e| e.last_line.contains("nothing_like_this")));
    assert_eq!(eval(&a, "left_behind"), "NameError");
    assert_eq!(
        eval(&a, "[m for m in __import__('sys').modules if 'bad' in m]"),
        "[]"
    );
}

#[test]
fn reloads_find_changed_neighbours() {
    let s = Shared::new();
    for n in 0..5 {
        s.dir
            .file("near.py", &format!("X = {n} # {}\n", "-".repeat(n)));
        let a = s.load("a.py", &tools("import near\n"));
        assert_eq!(eval(&a, "near.X"), n.to_string());
        assert_eq!(a.close(SOON), Closed::Clean);
    }
}

/// C code of one script that keeps the lock they share must not hold up the hub for the others.
#[test]
fn a_script_that_keeps_the_lock_holds_nobody_up() {
    let hub = Hub::new(100, 0);
    let header = "# viperhub: mode=shared\n";
    // A regular expression that takes for ever, and `re` never lets go of the lock.
    let greedy = "import re\ndef OnParsedMsgChat(n, m):\n    if m == 'hang': re.match('(a+)+$', 'a' * 28 + 'b')\n";
    hub.load("greedy.py", &format!("{header}{greedy}"));
    hub.load(
        "other.py",
        &format!("{header}def OnParsedMsgChat(n, m): return 1\n"),
    );
    let rows = hub.admin(EngineOp::List);
    assert!(
        rows.contains("greedy.py (shared)") && rows.contains("other.py (shared)"),
        "{rows}"
    );
    assert!(hub.chat("fine").allow);
    let hang = hub.send(chat("hang"));
    assert!(hub.verdict(hang).allow);
    hub.report("Script greedy: OnParsedMsgChat took longer");
    hub.report("Script other: another shared script has not let it run");
    for i in 0..20 {
        assert!(hub.chat(&format!("goes on {i}")).allow);
    }
}

#[test]
fn what_helpers_and_scripts_take_out_of_vh_is_the_callers() {
    let s = Shared::new();
    s.dir.file(
        "said.py",
        "from vh import GetUserClass, Start\ndef who(): return Start()\n",
    );
    let source = "from vh import *\nfrom vh import GetUserClass as klass\nimport said\n";
    let a = s.load_with(&FakeHost::started_at(1), "a.py", &tools(source));
    let b = s.load_with(&FakeHost::started_at(2), "b.py", &tools(source));
    for (script, mark) in [(&a, 1), (&b, 2)] {
        assert_eq!(
            eval(script, "said.who(), Start(), vh.Start()"),
            format!("({mark}, {mark}, {mark})")
        );
        // A script's own names are the functions themselves.
        assert_eq!(
            eval(script, "klass is vh.GetUserClass and Start is vh.Start"),
            "True"
        );
    }
    assert_eq!(a.close(SOON), Closed::Clean);
    assert_eq!(eval(&b, "said.who()"), "2");
}

/// Keys that are no names may run code of their own when they are compared.
#[test]
fn odd_keys_among_the_names_stop_nobody() {
    let s = Shared::new();
    let odd = "class Odd:\n    def __hash__(self): return hash('target')\n    \
        def __eq__(self, other):\n        global touched\n        touched = 1\n        \
        __import__('time').sleep(0.001)\n        return False\nglobals()[Odd()] = 1\n";
    let a = s.load("a.py", &tools(odd));
    let b = s.load("b.py", TOOLS);
    run(&b, "global target\nfor i in range(20): target = i");
    assert_eq!(eval(&a, "target, touched"), "(19, 1)");
    assert_eq!(b.close(SOON), Closed::Clean);
    assert_eq!(eval(&a, "target"), "NameError");
}

/// `inspect` and others look into every module, from threads that belong to no script, too.
#[test]
fn a_thread_of_nobody_may_look_at_vh() {
    let s = Shared::new();
    let source = "import _thread, queue, sys\nout = queue.Queue()\n\
        def look_away():\n    try: out.put((hasattr(sys.modules['vh'], '__file__'), hasattr(sys.modules['vh'], 'Start')))\n    \
            except BaseException as e: out.put(type(e).__name__)\n";
    let a = s.load("a.py", &tools(source));
    run(&a, "_thread.start_new_thread(look_away, ())");
    assert_eq!(eval(&a, "out.get()"), "(False, False)");
    assert_eq!(eval(&a, "hasattr(sys.modules['vh'], 'Start')"), "True");
}

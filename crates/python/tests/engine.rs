//! The engine with a fake hub.

mod common;

use std::time::{Duration, Instant};

use ::hub::hooks::{Event, Hook, HookSet, Substitute, Verdict};
use ::hub::io::EngineOp;
use common::hub::{Hub, SOON, chat};

const CHATTY: &str = "def OnParsedMsgChat(nick, msg): vh.Post(vh.name + ':' + msg)\n";

#[test]
fn an_event_passes_all_scripts_in_order() {
    let hub = Hub::new(20_000, 5);
    assert_eq!(hub.chat("nobody listens"), Verdict::ALLOW);
    hub.load(
        "a.py",
        "x = 'mine'\ndef OnParsedMsgChat(n, m): return m + '-a'\n",
    );
    hub.load(
        "b.py",
        "x = 'other'\ndef OnParsedMsgChat(n, m):\n    vh.Post(m + x)\n    return 0\n",
    );
    hub.load(
        "c.py",
        "def OnParsedMsgChat(n, m): return (n + '!', None)\n",
    );
    let set = HookSet::EMPTY.with(Hook::ParsedMsgChat);
    assert_eq!(hub.seen(|s| s.hooks.clone()), [set]);
    let verdict = hub.chat("hi");
    assert!(!verdict.allow);
    let substitute = Substitute::Chat {
        nick: Some("nick!".into()),
        text: Some("hi-a".into()),
    };
    assert_eq!(verdict.substitute, Some(Box::new(substitute)));
    hub.sent("hi-aother");
}

#[test]
fn nested_hooks_are_served_while_a_call_waits() {
    let hub = Hub::new(20_000, 5);
    let source = "def OnParsedMsgChat(n, m):\n    return 0 if vh.Kick(m) else 1\n\
        def OnOperatorKicks(op, nick, reason):\n    vh.Post('kick ' + nick)\n    return nick != 'safe'\n";
    hub.load("a.py", source);
    hub.load("b.py", source);
    assert!(!hub.chat("joe").allow);
    assert!(hub.chat("safe").allow);
    hub.sent("kick joe");
}

#[test]
fn the_hub_knows_of_a_new_hook_before_it_hears_what_follows() {
    let hub = Hub::new(20_000, 5);
    hub.load(
        "a.py",
        "def OnParsedMsgChat(n, m):\n    globals()[m] = len\n    vh.Post('has ' + m)\n    del globals()[m]\n",
    );
    for hook in [Hook::ParsedMsgPM, Hook::UserLogin, Hook::CloseConn] {
        assert!(hub.chat(hook.name()).allow);
        let (at_post, at_verdict) = hub.seen(|s| (s.at_post.clone(), s.at_verdict));
        let (text, hooks) = at_post.last().expect("it was posted");
        assert_eq!(*text, format!("has {}", hook.name()));
        assert!(hooks.has(hook));
        assert!(!at_verdict.has(hook));
    }
}

#[test]
fn nesting_has_a_bottom() {
    let hub = Hub::new(5000, 5);
    hub.load("a.py", "n = 0\ndef OnOperatorKicks(op, nick, reason):\n    global n\n    n += 1\n    vh.Kick(nick)\n    \
        vh.Post(f'depth {n}')\n");
    let kick = Event::OperatorKicks {
        op: "o".into(),
        nick: "n".into(),
        reason: "r".into(),
    };
    assert!(hub.ask(kick).allow);
    hub.sent("depth 16");
}

#[test]
fn an_endless_loop_is_interrupted_and_suspended() {
    let hub = Hub::new(500, 2);
    let id = hub.load("loop.py", "def OnParsedMsgChat(n, m):\n    while m == 'loop':\n        try: pass\n        except Exception: pass\n");
    hub.load("next.py", CHATTY);
    assert_eq!(hub.chat("loop"), Verdict::ALLOW);
    hub.report("longer than 500 ms");
    hub.sent("next:loop");
    assert_eq!(hub.chat("fine"), Verdict::ALLOW);
    let start = Instant::now();
    while hub.info(id).unwrap().suspended || !hub.info(id).unwrap().hooks.has(Hook::ParsedMsgChat) {
        assert!(start.elapsed() < SOON);
    }
    // The second strike, once it is back.
    let start = Instant::now();
    while !hub.info(id).unwrap().suspended {
        assert!(start.elapsed() < SOON);
        assert_eq!(hub.chat("loop"), Verdict::ALLOW);
    }
    hub.report("suspended");
    assert_eq!(hub.chat("x"), Verdict::ALLOW);
    let reply = hub.admin(EngineOp::List);
    let row = format!("loop.py ({}, suspended)", common::mode());
    assert!(reply.contains(&row), "{reply}");
    let reply = hub.admin(EngineOp::Reload("loop".into()));
    assert!(
        reply.contains("Script stopped: #0") && reply.contains("Script loaded: #0"),
        "{reply}"
    );
    assert_eq!(hub.engine.list()[0].path, hub.path("loop.py"));
    assert!(!hub.engine.list()[0].suspended);
}

#[test]
fn a_script_stuck_in_c_holds_nobody_up() {
    let hub = Hub::new(100, 0);
    hub.load(
        "stuck.py",
        "import time\ndef OnParsedMsgChat(n, m):\n    if m == 'sleep': time.sleep(3600)\n",
    );
    hub.load("next.py", CHATTY);
    let first = hub.send(chat("sleep"));
    let queued: Vec<u64> = (0..10).map(|i| hub.send(chat(&format!("q{i}")))).collect();
    assert_eq!(hub.verdict(first), Verdict::ALLOW);
    for id in queued {
        assert_eq!(hub.verdict(id), Verdict::ALLOW);
    }
    assert_eq!(hub.chat("later"), Verdict::ALLOW);
    let start = Instant::now();
    hub.engine.stop(Duration::from_millis(500));
    assert!(start.elapsed() < SOON);
    assert_eq!(hub.chat("after the stop"), Verdict::ALLOW);
}

#[test]
fn all_console_operations() {
    let hub = Hub::new(20_000, 5);
    hub.dir.file("b.py", CHATTY);
    hub.dir.file("a.py", CHATTY);
    hub.dir.file("bad.py", "import nothing_like_this\n");
    hub.dir.file("no.txt", "");
    let reply = hub.admin(EngineOp::Files);
    assert!(
        reply.contains("\r\n\t0\ta.py\r\n\t1\tb.py\r\n\t2\tbad.py"),
        "{reply}"
    );
    let b = hub.path("b.py");
    let path = b.display();
    assert_eq!(
        hub.admin(EngineOp::Load("1".into())),
        format!("Script loaded: #0 {path}")
    );
    assert_eq!(
        hub.admin(EngineOp::Load("b".into())),
        format!("Script is already loaded: #0 {path}")
    );
    assert!(hub.admin(EngineOp::Load("a.py".into())).contains("#1"));
    let reply = hub.admin(EngineOp::Load("bad".into()));
    assert!(
        reply.ends_with("ModuleNotFoundError: No module named 'nothing_like_this'"),
        "{reply}"
    );
    assert_eq!(
        hub.admin(EngineOp::Load("77".into())),
        "There is no script number 77, see !pyfiles"
    );
    assert_eq!(
        hub.admin(EngineOp::Load("none".into())),
        "Script not found: none"
    );
    let reply = hub.admin(EngineOp::List);
    assert!(
        reply.contains(&format!(
            "\tID\tScript\r\n\t{}\r\n\t0\t{path} ({})\r\n\t1\t",
            "-".repeat(40),
            common::mode()
        )),
        "{reply}"
    );
    for name in ["0", "b", "b.py", &path.to_string()] {
        let name = bytes::Bytes::copy_from_slice(name.as_bytes());
        assert_eq!(
            hub.admin(EngineOp::Reload(name)),
            format!("Script stopped: #0 {path}\r\nScript loaded: #0 {path}")
        );
        assert_eq!(hub.engine.list()[0].path, b);
    }
    assert_eq!(
        hub.admin(EngineOp::Unload("0".into())),
        format!("Script stopped: #0 {path}")
    );
    assert_eq!(
        hub.admin(EngineOp::Unload("0".into())),
        "Script is not loaded: #0"
    );
    assert_eq!(
        hub.admin(EngineOp::Unload("b".into())),
        "Script is not loaded: b"
    );
    assert!(
        hub.admin(EngineOp::Reload("b".into()))
            .starts_with("Script loaded: #")
    );
    assert_eq!(
        hub.admin(EngineOp::LogLevel(None)),
        "pi_python.log_level: 1"
    );
    assert_eq!(
        hub.admin(EngineOp::LogLevel(Some("9".into()))),
        "pi_python.log_level: 1 -> 5"
    );
    assert_eq!(hub.seen(|s| s.gone.len()), 6);
    hub.engine.stop(SOON);
    assert_eq!(hub.admin(EngineOp::List), "The script engine has stopped");
}

/// One file is one script, by whatever path it is called.
#[test]
fn a_file_is_loaded_once_by_whatever_path() {
    let hub = Hub::new(20_000, 5);
    let real = hub.dir.file("real.py", CHATTY);
    let (alias, dir) = (hub.path("alias.py"), real.parent().expect("in a directory"));
    std::os::unix::fs::symlink("real.py", &alias).expect("a link");
    let folder = dir.join("folder");
    std::os::unix::fs::symlink(dir, &folder).expect("a link");
    let say = |path: &std::path::Path| bytes::Bytes::from(path.display().to_string());
    let here = dir.file_name().expect("a name").to_str().expect("text");
    let ways = [
        say(&real),
        say(&alias),
        "real".into(),
        "alias.py".into(),
        "alias".into(),
        "./real.py".into(),
        format!("../{here}/real.py").into(),
        say(&folder.join("real.py")),
        say(&folder.join("alias.py")),
    ];
    // Scripts and operators see it as it was called.
    for called in [&real, &alias] {
        assert_eq!(
            hub.admin(EngineOp::Load(say(called))).split('#').next(),
            Some("Script loaded: ")
        );
        let [only] = &hub.engine.list()[..] else {
            panic!("one script: {:?}", hub.engine.list());
        };
        assert_eq!(&only.path, called);
        let loaded = format!(
            "Script is already loaded: #{} {}",
            only.id.0,
            called.display()
        );
        for way in &ways {
            assert_eq!(hub.admin(EngineOp::Load(way.clone())), loaded, "{way:?}");
        }
        assert!(hub.engine.load(&folder.join("alias.py")).is_err());
        for way in &ways {
            let reply = hub.admin(EngineOp::Reload(way.clone()));
            assert!(reply.contains("Script loaded: #"), "{way:?}: {reply}");
            assert_eq!(hub.engine.list().len(), 1);
        }
        assert_eq!(&hub.engine.list()[0].path, called);
        let reply = hub.admin(EngineOp::Unload(ways[8].clone()));
        assert!(reply.starts_with("Script stopped: "), "{reply}");
    }
}

/// What is listed can be loaded, and what cannot is refused for what it is.
#[test]
fn directories_are_no_scripts() {
    let hub = Hub::new(20_000, 5);
    hub.dir.file("a.py", CHATTY);
    hub.dir.file("dir.py/inner.py", CHATTY);
    let reply = hub.admin(EngineOp::Files);
    assert!(
        reply.contains("\ta.py") && !reply.contains("dir.py"),
        "{reply}"
    );
    let dir = hub.path("dir.py").display().to_string();
    for what in ["dir", "dir.py", dir.as_str(), "./dir"] {
        let reply = hub.admin(EngineOp::Load(bytes::Bytes::copy_from_slice(
            what.as_bytes(),
        )));
        assert!(
            reply.starts_with("Script not loaded: ")
                && reply.ends_with("/dir.py: it is a directory"),
            "{what}: {reply}"
        );
    }
    assert_eq!(
        hub.admin(EngineOp::Load("/dev/null".into())),
        "Script not loaded: /dev/null: it is not a regular file"
    );
    assert!(
        hub.admin(EngineOp::Load("dir.py/inner.py".into()))
            .starts_with("Script loaded: #0")
    );
}

#[test]
fn unload_is_called_while_vh_works() {
    let hub = Hub::new(20_000, 5);
    let id = hub.load(
        "a.py",
        "def UnLoad():\n    vh.Post('bye')\n    vh.Post(str(vh.Kick('joe')))\n",
    );
    hub.admin(EngineOp::Unload("a".into()));
    assert_eq!(hub.seen(|s| s.sent.clone()), ["bye", "True"]);
    assert_eq!(hub.seen(|s| s.gone.clone()), [id]);
}

#[test]
fn a_script_may_unload_or_reload_itself_in_a_hook() {
    let hub = Hub::new(2000, 5);
    let source = "def OnParsedMsgChat(n, m):\n    vh.ParseCommand(n, m)\n    vh.Post('still here')\n    return 0\n\
        def UnLoad(): vh.Post('unloaded')\n";
    hub.load("me.py", source);
    assert!(!hub.chat("!pyreload me").allow);
    hub.sent("still here");
    hub.sent("unloaded");
    hub.until("the new one", |s| s.hooks.len().ge(&3).then_some(()));
    assert!(!hub.chat("!pyunload me").allow);
    hub.until("its end", |s| s.gone.len().ge(&2).then_some(()));
    assert_eq!(hub.chat("x"), Verdict::ALLOW);
}

#[test]
fn threads_may_call_and_keep_running_between_hooks() {
    let hub = Hub::new(20_000, 5);
    hub.load(
        "t.py",
        "import threading, time, asyncio\nstop, go = threading.Event(), threading.Event()\n\
         def work():\n    go.wait()\n    vh.Post('class %d' % vh.GetUserClass('x'))\n    vh.Post('kick %s' % vh.Kick('joe'))\n    \
         while not stop.is_set():\n        vh.Post('tick')\n        time.sleep(.01)\n    vh.Post('done')\n\
         async def main():\n    while not go.is_set(): await asyncio.sleep(.01)\n    vh.Post('async %s' % vh.Kick('jim'))\n\
         thread = threading.Thread(target=work)\nthread.start()\n\
         threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()\n\
         def OnOperatorKicks(op, nick, reason): return nick == 'joe'\n\
         def OnParsedMsgChat(nick, text): go.set()\n\
         def UnLoad():\n    stop.set()\n    thread.join()\n",
    );
    // Not before the hub knows the script's hooks.
    assert!(hub.chat("go").allow);
    hub.sent("class -2");
    hub.sent("kick True");
    hub.sent("async False");
    hub.until("ticks", |s| {
        (s.sent.iter().filter(|t| *t == "tick").count() > 20).then_some(())
    });
    let reply = hub.admin(EngineOp::Unload("t".into()));
    assert!(!reply.contains("did not end"), "{reply}");
    hub.sent("done");
}

#[test]
fn threads_that_do_not_end_are_named() {
    let hub = Hub::new(20_000, 5);
    hub.load(
        "t.py",
        "import threading, time\n\
         def loop():\n    while True: time.sleep(.05)\n\
         threading.Thread(target=loop, daemon=True).start()\n",
    );
    hub.load(
        "u.py",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), name='sleeper', daemon=True).start()\n",
    );
    // One that runs Python code is ended by an exception.
    assert!(hub.admin(EngineOp::Unload("t".into())).ends_with("t.py"));
    let reply = hub.admin(EngineOp::Unload("u".into()));
    assert!(
        reply.ends_with("Threads that did not end: sleeper"),
        "{reply}"
    );
    assert!(
        hub.admin(EngineOp::Load("u".into()))
            .starts_with("Script loaded")
    );
}

#[test]
fn reloads_while_busy() {
    let hub = Hub::new(5000, 0);
    let rounds: u32 = std::env::var("RELOADS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(30);
    let source = "import threading, asyncio, json, sqlite3, datetime, time, logging, random, re, decimal\n\
         from concurrent.futures import ThreadPoolExecutor\n\
         pool = ThreadPoolExecutor(2)\npool.submit(json.dumps, [1])\n\
         db = sqlite3.connect(':memory:')\nstop = False\n\
         def work():\n    while not stop:\n        json.loads(json.dumps({'t': str(datetime.datetime.now())}))\n        \
         vh.GetUserClass('x')\n        time.sleep(.001)\n\
         async def main():\n    while not stop: await asyncio.sleep(.002)\n\
         threading.Thread(target=work).start()\n\
         threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()\n\
         def OnParsedMsgChat(n, m):\n    db.execute('select 1').fetchall()\n    return datetime.date.today().year > 2000\n\
         def OnTimer(): vh.Post('t')\n\
         def UnLoad():\n    global stop\n    stop = True\n";
    for name in ["a.py", "b.py"] {
        hub.load(name, source);
    }
    let asks = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while asks.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(hub.chat("x").allow);
                hub.news(Event::Timer { milliseconds: 1.0 });
            }
        });
        for i in 0..rounds {
            let name = if i % 2 == 0 { "a" } else { "b" };
            let reply = hub.admin(EngineOp::Reload(name.into()));
            assert!(
                reply.contains("Script loaded") && !reply.contains("did not"),
                "{reply}"
            );
        }
        asks.store(false, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(
        hub.seen(|s| s.reports.is_empty()),
        "{:?}",
        hub.seen(|s| s.reports.clone())
    );
}

#[test]
fn a_call_that_is_never_answered_does_not_hold_up_the_stop() {
    let hub = Hub::new(20_000, 5);
    hub.load("a.py", "import threading\nthreading.Thread(target=lambda: vh.Kick('never')).start()\n\
        def OnParsedMsgChat(n, m):\n    try: vh.Kick('never')\n    except RuntimeError as e: vh.Post(str(e))\n");
    let id = hub.send(chat("x"));
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    hub.engine.stop(Duration::from_secs(2));
    assert!(start.elapsed() < SOON);
    assert_eq!(hub.verdict(id), Verdict::ALLOW);
    hub.sent("the script or the hub is stopping");
}

#[test]
fn unloading_under_load_loses_no_question() {
    let hub = Hub::new(20_000, 5);
    for name in ["a.py", "b.py", "c.py"] {
        hub.load(
            name,
            "import time\ndef OnParsedMsgChat(n, m): time.sleep(.002)\n",
        );
    }
    let ids: Vec<u64> = (0..100).map(|_| hub.send(chat("x"))).collect();
    let reply = hub.admin(EngineOp::Unload("b".into()));
    assert!(reply.starts_with("Script stopped"), "{reply}");
    hub.engine.stop(Duration::from_millis(50));
    for id in ids {
        assert_eq!(hub.verdict(id), Verdict::ALLOW);
    }
}

#[test]
fn a_slow_script_holds_nobody_up_for_long() {
    let hub = Hub::new(500, 5);
    hub.load(
        "slow.py",
        "import time\ndef OnParsedMsgChat(n, m):\n    time.sleep(.1)\n    return 0\n",
    );
    let asked: Vec<_> = (0..40).map(|_| hub.send(chat("line"))).collect();
    let verdicts: Vec<_> = asked.into_iter().map(|id| hub.verdict(id)).collect();
    // Without a limit all would be judged, one after the other.
    assert!(
        verdicts.iter().any(|v| v.allow),
        "the last ones go on without it"
    );
    assert!(
        verdicts.iter().any(|v| !v.allow),
        "the first ones are judged"
    );
    assert!(
        verdicts.iter().any(|v| v.allow),
        "the last ones go on without"
    );
}

#[test]
fn a_reloaded_script_begins_anew_in_its_interpreter() {
    let hub = Hub::new(5000, 5);
    let source = "import asyncio, builtins, concurrent.futures, logging, sys, weakref\n\
        loop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\n\
        assert asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, 1))\n\
        fresh = [not hasattr(builtins, 'mark'), 'extra' not in sys.path, not logging.root.handlers]\n\
        builtins.mark = 1\nsys.path.append('extra')\nlogging.basicConfig()\n\
        pool = concurrent.futures.ThreadPoolExecutor(1)\n\
        class Thing: pass\n\
        def OnParsedMsgChat(n, m):\n    thing = Thing()\n    ended = []\n    \
            weakref.finalize(thing, ended.append, 'ended')\n    del thing\n    \
            vh.Post(f'{fresh} {ended} {pool.submit(lambda: 7).result()} {id(sys)}')\n";
    hub.load("a.py", source);
    let mut worlds = std::collections::HashSet::new();
    for i in 0..5 {
        assert!(hub.chat("look").allow);
        let said = hub.until("a post", |s| (s.sent.len() > i).then(|| s.sent[i].clone()));
        let world = said
            .strip_prefix("[True, True, True] ['ended'] 7 ")
            .unwrap_or_else(|| panic!("{said}"));
        worlds.insert(world.to_owned());
        let reply = hub.admin(EngineOp::Reload("a".into()));
        assert!(reply.contains("Script loaded: #0"), "{reply}");
    }
    assert_eq!(worlds.len(), 1, "not the same interpreter");
}

/// Who allows a hook any time can still have it ended.
#[test]
fn an_endless_loop_ends_when_its_script_is_to_go() {
    let hub = Hub::new(0, 0);
    hub.load(
        "loop.py",
        "def OnParsedMsgChat(n, m):\n    while m == 'loop': pass\n",
    );
    let loops = hub.send(chat("loop"));
    let reply = hub.admin(EngineOp::Reload("loop".into()));
    assert!(
        reply.starts_with("Script stopped: #0") && reply.contains("Script loaded: #0"),
        "{reply}"
    );
    assert!(hub.verdict(loops).allow);
    assert!(hub.chat("on").allow);
}

/// What waits for its time is told that it will not come; what had its time to end gets it once.
#[test]
fn timers_are_cancelled_and_deaf_threads_get_one_time_to_end() {
    let hub = Hub::new(5000, 5);
    hub.load(
        "t.py",
        "import threading\ntimer = threading.Timer(3600, print)\ntimer.start()\n",
    );
    let reply = hub.admin(EngineOp::Reload("t".into()));
    assert!(
        reply.contains("Script loaded: #0") && !reply.contains("did not end"),
        "{reply}"
    );
    hub.load(
        "u.py",
        "import queue, threading\nthreading.Thread(target=queue.Queue().get, name='deaf', daemon=True).start()\n",
    );
    let reply = hub.admin(EngineOp::Reload("u".into()));
    assert!(
        reply.contains("Threads that did not end: deaf") && reply.contains("Script loaded: #1"),
        "{reply}"
    );
}

/// The engine's own steps are not in the traceback of a script's top level.
#[test]
fn tracebacks_begin_in_the_script() {
    let hub = Hub::new(20_000, 5);
    for (name, source, begin) in [
        (
            "a.py",
            "def f(): 1 / 0\nf()\n",
            "Traceback (most recent call last):\r\n  File \"",
        ),
        (
            "b.py",
            "raise SystemExit(3)\n",
            "Traceback (most recent call last):\r\n  File \"",
        ),
        ("c.py", "def f(:\n", "  File \""),
    ] {
        let path = hub.path(name);
        std::fs::write(&path, source).unwrap();
        let reply = hub.admin(EngineOp::Load(name.into()));
        let (_, traceback) = reply.split_once("\r\n").expect("a traceback follows");
        assert!(
            traceback.starts_with(&format!("{begin}{}\"", path.display())),
            "{reply}"
        );
        assert!(!reply.contains("<viperhub>"), "{reply}");
    }
}

/// Idents of threads that have ended come back, which must not confuse the end of a script.
#[test]
fn loops_in_threads_end_at_every_reload() {
    let hub = Hub::new(5000, 5);
    let source = "import asyncio, threading\n\
        async def main():\n    while True: await asyncio.sleep(0.001)\n\
        for _ in range(3): threading.Thread(target=lambda: asyncio.run(main())).start()\n";
    hub.load("a.py", source);
    for _ in 0..15 {
        let reply = hub.admin(EngineOp::Reload("a".into()));
        assert!(
            reply.contains("Script loaded: #0") && !reply.contains("did not end"),
            "{reply}"
        );
    }
    assert_eq!(hub.seen(|s| s.reports.clone()), [""; 0]);
}

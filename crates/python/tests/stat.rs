//! `!pystat` and `!pyresume`.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not know as tests"
)]

mod common;

use std::time::Duration;

use ::hub::hooks::Hook;
use ::hub::io::EngineOp;
use common::hub::Hub;

#[test]
fn what_scripts_have_done_is_shown() {
    let hub = Hub::new(20_000, 0);
    let source = "import time\ndef OnParsedMsgChat(nick, text):\n  if text == 'bad': raise ValueError(text)\n  if text == 'slow': time.sleep(.1)\ndef fail(): raise KeyError(1)\n";
    let id = hub.load("a.py", source);
    let quiet = hub.load("b.py", "");
    for text in ["x", "bad", "slow"] {
        assert!(hub.chat(text).allow);
    }
    assert!(hub.engine.call_function("a", "fail", &[]).is_err());
    let stat = hub.info(id).unwrap().stat;
    assert_eq!((stat.calls, stat.errors, stat.queued), (4, 2, 0));
    assert!(stat.worst >= Duration::from_millis(100) && stat.mean < stat.worst);
    assert!(stat.mean >= Duration::from_millis(25));
    assert_eq!(hub.info(quiet).unwrap().stat.calls, 0);
    let reply = hub.admin(EngineOp::Stat);
    let rows: Vec<Vec<&str>> = reply
        .split("\r\n")
        .map(|l| l.split('\t').collect())
        .collect();
    assert_eq!(
        rows[2][1..],
        [
            "ID", "Calls", "Errors", "Mean", "Worst", "Queue", "Memory", "State", "Script"
        ]
    );
    let a = hub.path("a.py").display().to_string();
    assert_eq!(rows[4][1..4], ["0", "4", "2"]);
    assert_eq!((rows[4][6], &rows[4][8..]), ("0", &["ready", &*a][..]));
    // What an interpreter with the standard library's basics takes, and no more than that.
    let memory = rows[4][7].strip_suffix(" MB").unwrap().parse::<f64>();
    assert!((0.5..50.0).contains(&memory.unwrap()), "{reply}");
    assert!(rows[4][5].ends_with(" ms"));
    let b = hub.path("b.py").display().to_string();
    assert_eq!(rows[5][1..7], ["1", "0", "0", "0.000 ms", "0.000 ms", "0"]);
    assert_eq!(rows[5][8..], ["ready", &b]);
    // Being counted is no call.
    assert_eq!(hub.info(id).unwrap().stat.calls, 4);
}

#[test]
fn a_stuck_script_shows_and_a_suspended_one_goes_on() {
    let hub = Hub::new(1000, 1);
    // In C until there is a file.
    let source = "import os, threading, time\n\
        out, into = os.pipe()\n\
        def free():\n    while not os.path.exists(__file__ + '.go'): time.sleep(.01)\n    os.write(into, b'x')\n\
        threading.Thread(target=free, daemon=True).start()\n\
        def OnParsedMsgChat(nick, text):\n    if text == 'stuck': os.read(out, 1)\n    return 0\n";
    let id = hub.load("a.py", source);
    assert!(
        hub.admin(EngineOp::Resume("a".into()))
            .starts_with("Script is not suspended: #0 ")
    );
    assert_eq!(
        hub.admin(EngineOp::Resume("no".into())),
        "Script is not loaded: no"
    );
    assert!(hub.chat("stuck").allow);
    hub.report("suspended until !pyresume a or !pyreload a");
    assert!(
        hub.admin(EngineOp::Stat)
            .contains("\tsuspended, stuck in OnParsedMsgChat\t")
    );
    assert!(!hub.info(id).unwrap().hooks.has(Hook::ParsedMsgChat));
    std::fs::write(hub.path("a.py.go"), "").unwrap();
    hub.until("an end", |_| {
        hub.engine.list()[0].stat.calls.eq(&1).then_some(())
    });
    assert!(hub.admin(EngineOp::Stat).contains("\tsuspended\t"));
    assert!(hub.chat("x").allow);
    assert!(
        hub.admin(EngineOp::Resume("0".into()))
            .starts_with("Script goes on: #0 ")
    );
    assert!(hub.admin(EngineOp::Stat).contains("\tready\t"));
    assert!(!hub.chat("x").allow);
}

/// CPython 3.12 keeps dead futures where a look at its module finds them, and dies of what is done to them then.
#[test]
fn memory_is_counted_while_asyncio_runs() {
    let hub = Hub::new(5000, 1);
    let source = "import asyncio\n\
        async def work():\n    await asyncio.gather(*[asyncio.sleep(0) for _ in range(50)])\n    \
        future = asyncio.get_running_loop().create_future()\n    \
        asyncio.get_running_loop().call_soon(future.set_result, 1)\n    await future\n\
        def OnParsedMsgChat(nick, text):\n    asyncio.run(work())\n    return 0\n";
    hub.load("a.py", source);
    for _ in 0..10 {
        assert!(!hub.chat("x").allow);
        let reply = hub.admin(EngineOp::Stat);
        let size = common::mode() == python::Mode::Isolated;
        assert!(reply.contains(" MB\tready\t") == size, "{reply}");
    }
}

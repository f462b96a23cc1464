//! What loading a script, using it and loading it anew costs, in time and in memory that does
//! not come back. `cargo bench -p python --bench reload [-- CYCLES]`.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::hub::hooks::Event;
use common::{Dir, FakeHost, config};
use python::script::{Closed, World};
use python::{Mode, Script, ScriptConfig};

/// Resident memory in KB.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|n| n.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4.0
}

/// A script that uses what hub scripts use, and one that uses nothing.
const RICH: &str = "import asyncio, datetime, json, sqlite3, threading\n\
db = sqlite3.connect(':memory:')\ndb.execute('create table t (a, b)')\n\
data = {str(i): [i] * 10 for i in range(1000)}\n\
stop = threading.Event()\n\
async def tick():\n    while not stop.is_set(): await asyncio.sleep(0.001)\n\
thread = threading.Thread(target=asyncio.run, args=(tick(),))\nthread.start()\n\
def OnParsedMsgChat(nick, text):\n    db.execute('insert into t values (?, ?)', (nick, text))\n    \
    json.dumps(data)\n    return datetime.datetime.now().year > 2000\n\
def UnLoad():\n    stop.set()\n    thread.join()\n";
const PLAIN: &str = "def OnParsedMsgChat(nick, text): return 1\n";

fn use_it(script: &Script) {
    let event = Event::ParsedMsgChat {
        nick: "nick".into(),
        message: "text".into(),
    };
    for _ in 0..10 {
        assert!(script.call_hook(&event).allow);
    }
    script.call_unload();
}

fn load(config: &ScriptConfig) -> Script {
    Script::load(config).unwrap_or_else(|e| panic!("{}", e.traceback))
}

/// Runs cycles and prints time and growth of each, without the first tenth.
fn measure(what: &str, goal: &str, cycles: u32, mut cycle: impl FnMut()) {
    for _ in 0..cycles / 10 {
        cycle();
    }
    let (before, start) = (resident(), Instant::now());
    for _ in 0..cycles {
        cycle();
    }
    let each = |x: f64| x / f64::from(cycles);
    println!(
        "{what:<58} {:>8.1} KB {:>7.1} ms a cycle   goal {goal}",
        each(resident() - before),
        each(start.elapsed().as_secs_f64() * 1000.0),
    );
}

fn main() {
    let cycles = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(1000);
    println!("{cycles} cycles of load, use, unload; memory is resident memory that stays\n");
    let sources = [
        ("plain", PLAIN, "300 KB"),
        (
            "asyncio, datetime, json, sqlite3, threading",
            RICH,
            "900 KB",
        ),
    ];
    for (name, source, goal) in sources {
        let dir = Dir::new();
        let path = dir.file("s.py", source);
        let host = FakeHost::new();
        let config_in = |mode, world: Option<Arc<World>>| {
            let mut config = config(&dir, &path, &host, "CP1252");
            (config.mode, config.world) = (mode, world);
            config
        };
        measure(&format!("new interpreter, {name}"), goal, cycles, || {
            let script = load(&config_in(Mode::Isolated, None));
            use_it(&script);
            assert_eq!(script.close(Duration::from_secs(5)), Closed::Clean);
        });
        let mut world = None;
        measure(
            &format!("same interpreter (!pyreload), {name}"),
            "50 KB",
            cycles,
            || {
                let script = load(&config_in(Mode::Isolated, world.take()));
                use_it(&script);
                world = Some(script.retire(Duration::from_secs(5)).unwrap());
            },
        );
        measure(
            &format!("shared interpreter, {name}"),
            "50 KB",
            cycles,
            || {
                let script = load(&config_in(Mode::Shared, None));
                use_it(&script);
                assert_eq!(script.close(Duration::from_secs(5)), Closed::Clean);
            },
        );
    }
}

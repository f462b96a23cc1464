//! What crossing into Python costs, against what CPython itself costs on this machine now.
//!
//! `cargo bench -p python`. Compare the ratios: machines are noisy, one run is one machine.

#![allow(clippy::unwrap_used, reason = "a benchmark may stop")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::ffi::CString;
use std::hint::black_box;
use std::ptr;
use std::time::Instant;

use ::hub::api::Value;
use ::hub::hooks::Event;
use common::{Dir, FakeHost, config};
use pyo3_ffi as ffi;
use python::Script;

/// Many short rounds: on a busy machine some of them run undisturbed.
const ROUNDS: u32 = 200;

const SOURCE: &str = "
def OnParsedMsgChat(nick, msg): return 1
def OnParsedMsgPM(nick, msg, to): return vh.GetUserClass(nick) and 1
def OnUserCommand(nick, cmd):
    for word in WORDS:
        if word in cmd: return 0
    return 1
WORDS = ['bad' + str(i) for i in range(20)]
def nothing(): pass
def same(x): return x
def calls(n, f, x):
    from time import perf_counter_ns
    from itertools import repeat
    t = perf_counter_ns()
    for _ in repeat(None, n): f(x)
    return (perf_counter_ns() - t) / n
def time_own(n): return calls(n, vh.GetUserClass, 'SomeNick42')
";

/// The best of some rounds, in nanoseconds per call: what else runs can only add.
fn best(calls: u32, mut round: impl FnMut()) -> f64 {
    let calls = calls / 20;
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            round();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(calls));
    }
    best
}

fn row(what: &str, ns: f64, floor: Option<f64>, goal: &str) {
    let ratio = floor.map_or(String::new(), |f| format!("{:.2} x", ns / f));
    println!("{what:<58} {ns:>8.1} ns  {ratio:>8}  {goal}");
}

fn load(source: &str) -> (Script, Dir) {
    let dir = Dir::new();
    let path = dir.file("bench.py", source);
    let host = FakeHost::new();
    let script = Script::load(&config(&dir, &path, &host, "CP1252"));
    (script.unwrap_or_else(|e| panic!("{}", e.traceback)), dir)
}

/// A global of the script, which must outlive the use.
fn global(script: &Script, dir: &Dir, name: &str) -> *mut ffi::PyObject {
    let path = CString::new(dir.0.join("bench.py").to_str().unwrap()).unwrap();
    let name = CString::new(name).unwrap();
    // SAFETY: attached; the module is in `sys.modules` under its path.
    script.attached(|| unsafe {
        let module = ffi::PyImport_AddModule(path.as_ptr());
        ffi::PyObject_GetAttrString(module, name.as_ptr())
    })
}

/// Attach, call with ready arguments, detach: what no embedding can beat.
fn floor(script: &Script, function: *mut ffi::PyObject, args: &[*mut ffi::PyObject]) -> f64 {
    // SAFETY: attached to ask for this thread's state, which stays this thread's.
    let state = script.attached(|| unsafe { ffi::PyThreadState_Get() });
    best(200_000, || {
        // SAFETY: this thread's state of a live interpreter; the objects live.
        unsafe {
            ffi::PyEval_RestoreThread(state);
            let result =
                ffi::PyObject_Vectorcall(function, args.as_ptr(), args.len(), ptr::null_mut());
            ffi::Py_DECREF(result);
            ffi::PyEval_SaveThread();
        }
    })
}

/// A C function that takes a str and does nothing.
unsafe extern "C" fn empty(_: *mut ffi::PyObject, arg: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: CPython calls with one argument.
    unsafe {
        if ffi::PyUnicode_Check(arg) == 0 {
            return ptr::null_mut();
        }
        ffi::PyLong_FromLong(1)
    }
}

fn there_and_back(script: &Script, value: &Value<'_>) {
    let args = std::slice::from_ref(value);
    let same = script.call_function_with("same", args, |back| drop(black_box(back)));
    assert!(same.is_ok());
}

fn float(script: &Script, name: &str, n: i64) -> f64 {
    let once = || match script.call_function(name, &[Value::Int(n)]) {
        Ok(Value::Float(f)) => f,
        other => panic!("{other:?}"),
    };
    (0..ROUNDS).map(|_| once()).fold(f64::MAX, f64::min)
}

fn rss() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1e6
}

fn main() {
    let (script, dir) = load(SOURCE);
    let nick = "SomeNick42";
    let text = "hello everybody, how are you today?";
    // SAFETY: attached; new references that live as long as the process.
    let args = script.attached(|| unsafe {
        [nick, text].map(|t| ffi::PyUnicode_FromStringAndSize(t.as_ptr().cast(), t.len() as isize))
    });
    let chat = Event::ParsedMsgChat {
        nick: nick.into(),
        message: text.into(),
    };
    let pm = Event::ParsedMsgPM {
        nick: nick.into(),
        message: text.into(),
        to_nick: nick.into(),
    };

    let list = Value::List((0..10).map(|_| Value::Text(nick.as_bytes())).collect());
    let key = |k: &'static str, v| (Value::Text(k.as_bytes()), v);
    let dict = Value::Dict(vec![
        key("name", Value::Text(b"value")),
        key("number", Value::Int(5)),
        key("half", Value::Float(0.5)),
        key("yes", Value::Bool(true)),
        key("none", Value::None),
        key("list", Value::List((1..4).map(Value::Int).collect())),
        key(
            "inner",
            Value::Dict(vec![key("a", Value::Int(1)), key("b", Value::Int(2))]),
        ),
        key("more", Value::Text(b"some more text")),
    ]);
    // For a profiler: `perf record <bench> hook`.
    match std::env::args().nth(1).as_deref() {
        Some("hook") => {
            return (0..10_800_000).for_each(|_| assert!(script.call_hook(&chat).allow));
        }
        Some("floor") => {
            let function = global(&script, &dir, "OnParsedMsgChat");
            return (0..6).for_each(|_| assert!(floor(&script, function, &args) > 0.0));
        }
        Some("none") => return,
        Some("own") => return assert!(float(&script, "time_own", 200_000) > 0.0),
        Some("list") => return (0..2_000_000).for_each(|_| there_and_back(&script, &list)),
        _ => {}
    }
    let base = floor(&script, global(&script, &dir, "OnParsedMsgChat"), &args);
    row(
        "floor: attach, call with 2 ready str, detach",
        base,
        None,
        "",
    );
    let hook = best(200_000, || {
        assert!(black_box(script.call_hook(&chat).allow))
    });
    row(
        "hook call, 2 str in, int out",
        hook,
        Some(base),
        "goal <= 1.35 x",
    );
    let inside = script.attached(|| {
        best(200_000, || {
            assert!(black_box(script.call_hook(&chat).allow))
        })
    });
    row(
        "the same in a batch (attached once)",
        inside,
        Some(base),
        "",
    );
    let with = best(200_000, || assert!(black_box(script.call_hook(&pm).allow)));
    row(
        "hook call, 3 str, with vh.GetUserClass inside",
        with,
        Some(base),
        "goal <= 300 ns",
    );

    let mut def = ffi::PyMethodDef {
        ml_name: c"empty".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: empty },
        ml_flags: ffi::METH_O,
        ml_doc: ptr::null(),
    };
    let calls = global(&script, &dir, "calls");
    // SAFETY: attached; the definition outlives the function; results are checked by `as`.
    let empty_ns = script.attached(|| unsafe {
        let function = ffi::PyCFunction_New(&raw mut def, ptr::null_mut());
        let n = ffi::PyLong_FromLong(20_000);
        (0..ROUNDS)
            .map(|_| {
                let args = [n, function, args[0]];
                let result = ffi::PyObject_Vectorcall(calls, args.as_ptr(), 3, ptr::null_mut());
                ffi::PyFloat_AsDouble(result)
            })
            .fold(f64::MAX, f64::min)
    });
    row(
        "floor: an empty C function with a str, in a Python loop",
        empty_ns,
        None,
        "",
    );
    let own = float(&script, "time_own", 20_000);
    row(
        "vh.GetUserClass(nick), in a Python loop",
        own,
        Some(empty_ns),
        "goal <= 2.5 x",
    );

    let base = floor(&script, global(&script, &dir, "nothing"), &[]);
    row(
        "floor: attach, call without arguments, detach",
        base,
        None,
        "",
    );
    let call = best(200_000, || {
        drop(black_box(script.call_function("nothing", &[])))
    });
    row(
        "call_function, no arguments",
        call,
        Some(base),
        "goal <= 1.5 x",
    );
    let ns = best(50_000, || there_and_back(&script, &list));
    row("list of 10 str there and back", ns, None, "goal <= 700 ns");
    let ns = best(50_000, || there_and_back(&script, &dict));
    row(
        "dict of 13 values there and back",
        ns,
        None,
        "goal <= 1300 ns",
    );

    let filter = Event::UserCommand {
        nick: nick.into(),
        command: text.into(),
    };
    let one = best(50_000, || {
        assert!(black_box(script.call_hook(&filter).allow))
    });
    let (second, _dir2) = load(SOURCE);
    let n = 400_000;
    let both = (0..3)
        .map(|_| {
            let start = Instant::now();
            std::thread::scope(|scope| {
                for s in [&script, &second] {
                    let filter = &filter;
                    scope.spawn(move || {
                        (0..n).for_each(|_| assert!(black_box(s.call_hook(filter).allow)))
                    });
                }
            });
            start.elapsed().as_nanos() as f64 / f64::from(2 * n)
        })
        .fold(f64::MAX, f64::min);
    row("word filter, one script", one, None, "");
    row(
        "word filter, two scripts on two threads, per call",
        both,
        Some(one),
        "goal <= 0.56 x",
    );
    println!(
        "{:<58} {:>8.2} x",
        "that is, calls per second against one script",
        one / both
    );

    let run = |n: u32| (0..n).for_each(|_| assert!(black_box(script.call_hook(&chat).allow)));
    run(100_000);
    let before = rss();
    run(1_000_000);
    println!(
        "{:<58} {:>8.2} MB  goal < 1 MB",
        "memory growth over 1 M hook calls",
        rss() - before
    );
}

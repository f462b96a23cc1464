//! What crossing into Python costs, against what CPython itself costs on this machine now.
//!
//! `cargo bench -p python`. Compare the ratios: machines are noisy, one run is one machine.

#![allow(clippy::unwrap_used, reason = "a benchmark may stop")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::ffi::CString;
use std::hint::black_box;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use ::hub::api::Value;
use ::hub::hooks::Event;
use common::{Dir, FakeHost, config};
use pyo3_ffi as ffi;
use python::Script;

/// Many short rounds: on a busy machine some of them run undisturbed.
const ROUNDS: u32 = 1000;

const NICK: &str = "SomeNick42";
const TEXT: &str = "hello everybody, how are you today?";

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

/// One round: nanoseconds per call.
fn round(calls: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

/// The best of many rounds of both, in turn: what else runs on the machine can only add, and
/// when it changes its pace, it does so for both.
fn both(mut floor: impl FnMut() -> f64, mut work: impl FnMut() -> f64) -> (f64, f64) {
    (0..ROUNDS).fold((f64::MAX, f64::MAX), |best, _| {
        (best.0.min(floor()), best.1.min(work()))
    })
}

/// What a row is to reach.
#[derive(Clone, Copy)]
enum Goal {
    /// At most so many times the floor.
    Floors(f64),
    /// At most so many nanoseconds.
    Ns(f64),
    /// Nothing; the row is there to compare with.
    Shown,
}

fn head() {
    println!(
        "{:<52} {:>9} {:>9} {:>7}  goal",
        "", "floor", "measured", "ratio"
    );
}

fn met(yes: bool) -> &'static str {
    if yes { "met" } else { "MISSED" }
}

/// Prints nanoseconds per call beside the least that CPython itself takes for the same.
fn row(what: &str, (floor, ns): (f64, f64), goal: Goal) {
    let ratio = ns / floor;
    let goal = match goal {
        Goal::Floors(most) => format!("<= {most} x  {}", met(ratio <= most)),
        Goal::Ns(most) => format!("<= {most} ns  {}", met(ns <= most)),
        Goal::Shown => "-".into(),
    };
    println!("{what:<52} {floor:>6.1} ns {ns:>6.1} ns {ratio:>5.2} x  {goal}");
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
fn floor(
    script: &Script,
    function: *mut ffi::PyObject,
    args: &[*mut ffi::PyObject],
) -> impl Fn() -> f64 {
    // SAFETY: attached to ask for this thread's state, which stays this thread's.
    let state = script.attached(|| unsafe { ffi::PyThreadState_Get() });
    move || {
        round(2_000, || {
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

/// The least for a list: made, handed to `function`, and its texts looked at.
fn list_floor(script: &Script, function: *mut ffi::PyObject) -> impl Fn() -> f64 {
    around(script, function, || {
        // SAFETY: attached; every place of the new list is filled.
        unsafe {
            let list = ffi::PyList_New(10);
            for i in 0..10 {
                let bytes = NICK.as_ptr().cast();
                let item = ffi::PyUnicode_FromStringAndSize(bytes, NICK.len() as isize);
                ffi::PyList_SET_ITEM(list, i, item);
            }
            list
        }
    })
}

/// The same for a dict.
fn dict_floor(script: &Script, function: *mut ffi::PyObject) -> impl Fn() -> f64 {
    // SAFETY: attached in `around`; new references, which the containers take over or which
    // are given back.
    let text =
        |t: &str| unsafe { ffi::PyUnicode_FromStringAndSize(t.as_ptr().cast(), t.len() as isize) };
    // SAFETY: as above.
    let put = move |dict, key, value| unsafe {
        let key = text(key);
        ffi::PyDict_SetItem(dict, key, value);
        ffi::Py_DECREF(key);
        ffi::Py_DECREF(value);
    };
    // SAFETY: as above.
    around(script, function, move || unsafe {
        let dict = ffi::PyDict_New();
        put(dict, "name", text("value"));
        put(dict, "number", ffi::PyLong_FromLong(5));
        put(dict, "half", ffi::PyFloat_FromDouble(0.5));
        put(dict, "yes", ffi::Py_NewRef(ffi::Py_True()));
        put(dict, "none", ffi::Py_NewRef(ffi::Py_None()));
        let list = ffi::PyList_New(3);
        (0..3).for_each(|i| ffi::PyList_SET_ITEM(list, i, ffi::PyLong_FromLong(i as i64 + 1)));
        put(dict, "list", list);
        let inner = ffi::PyDict_New();
        put(inner, "a", ffi::PyLong_FromLong(1));
        put(inner, "b", ffi::PyLong_FromLong(2));
        put(dict, "inner", inner);
        put(dict, "more", text("some more text"));
        dict
    })
}

/// Attach, make an argument, call, look at the items of the result, detach.
fn around(
    script: &Script,
    function: *mut ffi::PyObject,
    make: impl Fn() -> *mut ffi::PyObject,
) -> impl Fn() -> f64 {
    /// Visits all that is in a container.
    unsafe fn look(object: *mut ffi::PyObject) {
        // SAFETY: attached, alive; nothing changes the containers meanwhile.
        unsafe {
            if ffi::PyUnicode_Check(object) != 0 {
                let mut len = 0;
                black_box(ffi::PyUnicode_AsUTF8AndSize(object, &raw mut len));
            } else if ffi::PyLong_Check(object) != 0 {
                black_box(ffi::PyLong_AsLongLong(object));
            } else if ffi::PyList_Check(object) != 0 {
                (0..ffi::PyList_GET_SIZE(object))
                    .for_each(|i| look(ffi::PyList_GET_ITEM(object, i)));
            } else if ffi::PyDict_Check(object) != 0 {
                let (mut at, mut key, mut value) = (0, ptr::null_mut(), ptr::null_mut());
                while ffi::PyDict_Next(object, &raw mut at, &raw mut key, &raw mut value) != 0 {
                    look(key);
                    look(value);
                }
            }
        }
    }
    // SAFETY: attached to ask for this thread's state, which stays this thread's.
    let state = script.attached(|| unsafe { ffi::PyThreadState_Get() });
    move || {
        round(500, || {
            // SAFETY: this thread's state of a live interpreter; the objects live.
            unsafe {
                ffi::PyEval_RestoreThread(state);
                let arg = make();
                let result = ffi::PyObject_Vectorcall(function, &raw const arg, 1, ptr::null_mut());
                look(result);
                ffi::Py_DECREF(result);
                ffi::Py_DECREF(arg);
                ffi::PyEval_SaveThread();
            }
        })
    }
}

/// Two scripts on two threads: nanoseconds per call of either, in the best round.
fn two_threads(scripts: [&Script; 2], event: &Event) -> f64 {
    /// Half a millisecond: on a busy machine some rounds have both processors to themselves.
    const CALLS: u32 = 500;
    let turn = AtomicU32::new(0);
    let rounds = |script: &Script| {
        (0..ROUNDS)
            .map(|round| {
                // Both start a round together.
                turn.fetch_add(1, Ordering::AcqRel);
                while turn.load(Ordering::Acquire) < 2 * (round + 1) {
                    std::hint::spin_loop();
                }
                let start = Instant::now();
                (0..CALLS).for_each(|_| assert!(black_box(script.call_hook(event).allow)));
                (start, Instant::now())
            })
            .collect::<Vec<_>>()
    };
    let [a, b] = std::thread::scope(|scope| {
        scripts
            .map(|script| scope.spawn(move || rounds(script)))
            .map(|thread| thread.join().unwrap())
    });
    let wall = |(a, b): (&(Instant, Instant), &(Instant, Instant))| a.1.max(b.1) - a.0.min(b.0);
    let best = a.iter().zip(&b).map(wall).min().unwrap();
    best.as_nanos() as f64 / f64::from(2 * CALLS)
}

fn float(script: &Script, name: &str, n: i64) -> f64 {
    match script.call_function(name, &[Value::Int(n)]) {
        Ok(Value::Float(f)) => f,
        other => panic!("{other:?}"),
    }
}

fn rss() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1e6
}

/// Two isolated scripts on two threads against one of them.
fn parallel(script: &Script) {
    let filter = Event::UserCommand {
        nick: NICK.into(),
        command: TEXT.into(),
    };
    let (second, _dir2) = load(SOURCE);
    let call = || assert!(black_box(script.call_hook(&filter).allow));
    let one = (0..ROUNDS).fold(f64::MAX, |best, _| best.min(round(500, call)));
    let both = two_threads([script, &second], &filter);
    let more = one / both;
    println!(
        "{:<52} {one:>6.1} ns {both:>6.1} ns {more:>5.2} x  >= 1.8 x  {}",
        "word filter: two scripts on two threads against one",
        met(more >= 1.8)
    );
}

fn main() {
    let (script, dir) = load(SOURCE);
    let (nick, text) = (NICK, TEXT);
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
    let hook = |event| assert!(black_box(script.call_hook(event).allow));
    let call = || drop(black_box(script.call_function("nothing", &[])));
    // For a profiler: `perf record <bench> hook`, or `valgrind --tool=callgrind <bench> hook
    // 100000` for instructions, which do not depend on what else runs.
    let arg = |n| std::env::args().nth(n);
    let times = 0..arg(2).and_then(|n| n.parse().ok()).unwrap_or(10_000_000);
    match arg(1).as_deref() {
        Some("hook") => return times.for_each(|_: u32| hook(&chat)),
        Some("floor") => {
            let function = global(&script, &dir, "OnParsedMsgChat");
            let rounds = times.step_by(2_000);
            return rounds.for_each(|_| assert!(floor(&script, function, &args)() > 0.0));
        }
        Some("own") => {
            assert!(float(&script, "time_own", i64::from(times.end)) > 0.0);
            return;
        }
        Some("call") => return times.for_each(|_| call()),
        Some("list") => return times.for_each(|_| there_and_back(&script, &list)),
        Some("dict") => return times.for_each(|_| there_and_back(&script, &dict)),
        Some("two") => return parallel(&script),
        Some("none") => return,
        _ => {}
    }
    head();
    let chat_floor = floor(&script, global(&script, &dir, "OnParsedMsgChat"), &args);
    let times = both(&chat_floor, || round(2_000, || hook(&chat)));
    row("hook call, 2 str in, int out", times, Goal::Floors(1.35));
    let batch = || script.attached(|| round(2_000, || hook(&chat)));
    let times = both(&chat_floor, batch);
    row("the same in a batch (attached once)", times, Goal::Shown);
    let times = both(&chat_floor, || round(1_000, || hook(&pm)));
    row(
        "hook call, 3 str, vh.GetUserClass inside",
        times,
        Goal::Ns(300.0),
    );

    let mut def = ffi::PyMethodDef {
        ml_name: c"empty".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: empty },
        ml_flags: ffi::METH_O,
        ml_doc: ptr::null(),
    };
    let calls = global(&script, &dir, "calls");
    // SAFETY: attached; the definition outlives the function.
    let (function, count) = script.attached(|| unsafe {
        let function = ffi::PyCFunction_New(&raw mut def, ptr::null_mut());
        (function, ffi::PyLong_FromLong(5_000))
    });
    let empty = || {
        // SAFETY: attached, all alive; the function returns a float.
        script.attached(|| unsafe {
            let args = [count, function, args[0]];
            let result = ffi::PyObject_Vectorcall(calls, args.as_ptr(), 3, ptr::null_mut());
            let ns = ffi::PyFloat_AsDouble(result);
            ffi::Py_DECREF(result);
            ns
        })
    };
    let times = both(empty, || float(&script, "time_own", 5_000));
    row(
        "vh.GetUserClass(nick), against an empty C function",
        times,
        Goal::Floors(2.5),
    );

    let times = both(
        floor(&script, global(&script, &dir, "nothing"), &[]),
        || round(2_000, call),
    );
    row("call_function, no arguments", times, Goal::Floors(1.5));
    let same = global(&script, &dir, "same");
    let times = both(list_floor(&script, same), || {
        round(500, || there_and_back(&script, &list))
    });
    row("list of 10 str there and back", times, Goal::Ns(700.0));
    let times = both(dict_floor(&script, same), || {
        round(500, || there_and_back(&script, &dict))
    });
    row("dict of 13 values there and back", times, Goal::Ns(1300.0));

    parallel(&script);

    let run = |n: u32| (0..n).for_each(|_| assert!(black_box(script.call_hook(&chat).allow)));
    run(100_000);
    let before = rss();
    run(1_000_000);
    let grown = rss() - before;
    println!(
        "{:<52} {:>6.2} MB {grown:>6.2} MB {:>7}  < 1 MB  {}",
        "memory growth over 1 M hook calls",
        0.0,
        "",
        met(grown < 1.0)
    );
}

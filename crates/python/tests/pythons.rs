//! The versions of Python: which are taken, what is said of them, and what differs between them.

mod common;

#[path = "../supported.rs"]
mod supported;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use ::hub::api::Value;
use ::hub::hooks::Event;
use common::{Dir, script};
use python::{Script, VERSION};
use supported::{NEWEST, OLDEST, Python, refusal};

fn refused(cpython: bool, version: (u8, u8), free_threaded: bool) -> Option<String> {
    let python = Python {
        cpython,
        version,
        free_threaded,
    };
    refusal(&python).map(|lines| lines.join("\n"))
}

#[test]
fn builds_are_refused_with_the_reason_and_what_to_do() {
    for minor in 0..=30 {
        let known = (OLDEST..=NEWEST).contains(&minor);
        assert_eq!(refused(true, (3, minor), false).is_none(), known, "{minor}");
    }
    for (text, reason) in [
        (refused(true, (3, 11), false), "came with 3.12"),
        (refused(true, (3, 16), false), "no newer one than 3.15"),
        (refused(true, (4, 0), false), "no newer one than 3.15"),
        (
            refused(true, (3, 14), true),
            "free-threaded build of Python 3.14 (Py_GIL_DISABLED)",
        ),
        (refused(true, (3, 15), true), "relies on the lock"),
        (refused(false, (3, 13), false), "not CPython"),
    ] {
        let text = text.expect(reason);
        assert!(text.contains(reason), "{text}");
        assert!(text.contains("PYO3_PYTHON="), "{text}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Asks `tools/find-python` about a Python that says of itself what `facts` has it say.
fn find_python(facts: &str) -> (bool, String) {
    let dir = Dir::new();
    let place = dir.0.display();
    for minor in 0..=20 {
        dir.file(&format!("libpython3.{minor}.so"), "");
    }
    dir.file("Python.h", "");
    let real = env!("VIPERHUB_PYTHON");
    // It is called with `-I -` and two numbers, and its standard input is the questions.
    let fake = dir.file(
        "python",
        &format!(
            "#!/bin/sh\nshift 2\nexec '{real}' -I -c '\
import sys, sysconfig
var = dict(LIBDIR=\"{place}\", Py_ENABLE_SHARED=1, Py_GIL_DISABLED=0)
sysconfig.get_config_var, sysconfig.get_path = var.get, lambda name: \"{place}\"
{facts}
exec(sys.stdin.read())' \"$@\"\n"
        ),
    );
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let output = Command::new(root().join("tools/find-python"))
        .env("PYO3_PYTHON", &fake)
        .env("HOME", &dir.0)
        .output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn the_tool_that_looks_for_pythons_takes_those_that_the_build_takes() {
    for minor in [OLDEST - 1, OLDEST, 13, 14, NEWEST, NEWEST + 1] {
        let (taken, said) = find_python(&format!("sys.version_info = (3, {minor}, 2)"));
        let known = refused(true, (3, minor), false).is_none();
        assert_eq!(taken, known, "3.{minor}: {said}");
        let version = format!("Python: 3.{minor}.2");
        let begins = if known { &version } else { "error:" };
        assert!(said.starts_with(begins), "{said}");
    }
    let version = format!("sys.version_info = (3, {NEWEST}, 0)");
    for (facts, reason) in [
        ("var[\"Py_GIL_DISABLED\"] = 1", "free-threaded build"),
        ("var[\"LIBDIR\"] = None", "its shared library"),
        ("sys.implementation.name = \"pypy\"", "pypy, not CPython"),
    ] {
        let (taken, said) = find_python(&format!("{version}\n{facts}"));
        assert!(!taken && said.contains(reason), "{facts}: {said}");
    }
}

#[test]
fn pages_and_tools_name_the_versions_that_are_taken() {
    let versions = format!("3.{OLDEST} to 3.{NEWEST}");
    for page in [
        "README.md",
        "docs/pythons.md",
        "tools/find-python",
        "tools/test-packages.txt",
    ] {
        let text = fs::read_to_string(root().join(page)).expect(page);
        assert!(text.contains(&versions), "{page} does not say {versions}");
    }
}

/// Runs lines of Python, each by itself, as a script of the hub would.
const RUNNER: &str = r#"
def run(code):
    try:
        exec(code, {"__name__": "row"})
    except BaseException as error:
        return type(error).__name__
    return "ok"
def annotations():
    class A:
        x: Undefined
    return "__annotations__" in vars(A)
def warned(source):
    import warnings
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        compile(source, "finally", "exec")
    return [w.category.__name__ for w in seen]
def partial():
    import functools
    class A:
        plain = functools.partial(lambda *a: len(a))
        static = staticmethod(functools.partial(lambda *a: len(a)))
    return A().plain(), A().static()
def encoding():
    with open(__file__) as file:
        return file.encoding.lower()
"#;

fn call(script: &Script, function: &str, args: &[&str]) -> Value<'static> {
    let args: Vec<_> = args.iter().map(|a| Value::Text(a.as_bytes())).collect();
    let result = script.call_function(function, &args);
    result.unwrap_or_else(|e| panic!("{function} {args:?}: {e}"))
}

/// The parts of a text that are code, without those that only continue the one before (`ast.Num`).
fn code(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.filter(|part| {
        part.starts_with("import ") || part.starts_with("from ") || *part == "bool(NotImplemented)"
    })
}

fn page() -> String {
    fs::read_to_string(root().join("docs/pythons.md")).expect("the page is there")
}

fn minor(version: &str) -> u8 {
    let minor = version.strip_prefix("3.").and_then(|m| m.parse().ok());
    minor.unwrap_or_else(|| panic!("{version} is no version"))
}

#[test]
fn the_page_tells_what_this_python_refuses() {
    let (script, _, _dir) = script(RUNNER);
    let run = |line: &str| match call(&script, "run", &[line]) {
        Value::Bytes(said) => String::from_utf8_lossy(&said).into_owned(),
        other => panic!("{line}: {other:?}"),
    };
    let page = page();
    let rows: Vec<Vec<&str>> = (page.lines())
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() > 25, "the table is not found");
    for row in rows {
        let [old, from, error, new] = row[..] else {
            panic!("{row:?}");
        };
        let line = code(old).next().unwrap_or_else(|| panic!("{old}"));
        let refused = minor(VERSION) >= minor(from);
        let expected = if refused { error } else { "ok" };
        assert_eq!(run(line), expected, "{line} with Python {VERSION}");
        for line in code(new) {
            assert_eq!(run(line), "ok", "{line} with Python {VERSION}");
        }
    }
    let (_, warned) = page.split_once("So do these").expect("the paragraph");
    let (warned, _) = warned.split_once("\n## ").expect("the next section");
    assert!(code(warned).count() >= 6);
    for line in code(warned) {
        assert_eq!(run(line), "ok", "{line} with Python {VERSION}");
    }
}

#[test]
fn what_newer_versions_do_otherwise_is_as_the_page_says() {
    let (script, _, _dir) = script(RUNNER);
    let new = minor(VERSION) >= 14;
    match script.call_function("annotations", &[]) {
        Ok(found) => assert!(new && found == Value::Bool(false), "{found:?}"),
        Err(e) => assert!(!new, "{e}"),
    }
    let source = "def f():\n    try: pass\n    finally: return 1\n";
    let warned = call(&script, "warned", &[source]);
    assert_eq!(
        format!("{warned:?}").contains("SyntaxWarning"),
        new,
        "{warned:?}"
    );
    let given = Value::Tuple(vec![Value::Int(i64::from(new)), Value::Int(0)]);
    assert_eq!(call(&script, "partial", &[]), given);
    let encoding = call(&script, "encoding", &[]);
    assert!(format!("{encoding:?}").contains("utf-8"), "{encoding:?}");
}

/// Keeps the texts of its hooks in every way that Python has, and says which of them have changed.
const KEEPER: &str = r#"
import asyncio, collections, functools, queue, sys, threading

count = 0
kept = []                 # (way, how to look at it, what it must be)

def keep(way, look, expected):
    kept.append((way, look, expected))

def yields(text):
    yield
    yield text

def waits_with_it_on_the_stack(text):
    return [text, (text := None), (yield)]

def finish(generator):
    try:
        generator.send("x")
    except StopIteration as end:
        return end.value[0]

async def coroutine(text):
    await asyncio.sleep(0)
    return text

def ended(c):
    try:
        c.send(None)
        c.send(None)
    except StopIteration as end:
        return end.value

def fail(text):
    upper = text
    raise ValueError

def traceback(text):
    try:
        fail(text)
    except ValueError as error:
        return error.__traceback__.tb_next.tb_frame

def frame(text):
    return sys._getframe()

def stars(*args, **names):
    return args, names

class Thing:
    pass

class Names:
    aaaa = 1
    bbbb = 2

def held_by_thread(text, go):
    go.wait(30)
    out.put(text)

out = queue.Queue()
names = Names()
numbers = {f"number {i}": i for i in range(50)}
wrong = []
later = collections.deque()
by_name = {}

def text_of(i):
    return "number" * (i % 40) + f" {i}"

def OnParsedMsgChat(nick, text):
    global count
    i, way = count, count % 24
    count += 1
    true = text_of(i)
    if text != true:
        wrong.append(("given", text, true))
    if numbers.get(nick) != i % 50 or getattr(names, ("aaaa", "bbbb")[i % 2]) != i % 2 + 1:
        wrong.append(("found by an old hash", nick))
    if way == 0:
        if sys.intern("".join(list(text))) is not sys.intern(text):
            wrong.append(("an interned one came again", text))
        held = [text]
        keep(way, lambda: held[0], true)
    elif way == 1:
        held = yields(text)
        next(held)
        keep(way, lambda: next(held), true)
    elif way == 2:
        held = waits_with_it_on_the_stack(text)
        next(held)
        keep(way, lambda: finish(held), true)
    elif way == 3:
        held = coroutine(text)
        keep(way, lambda: ended(held), true)
    elif way == 4:
        keep(way, lambda: text, true)
    elif way == 5:
        held = traceback(text)
        keep(way, lambda: held.f_locals["upper"], true)
    elif way == 6:
        held = frame(text)
        keep(way, lambda: held.f_locals["text"], true)
    elif way == 7:
        held = sys._getframe()
        keep(way, lambda: held.f_locals["text"], true)
    elif way == 8:
        keep(way, functools.partial(str, text), true)
    elif way == 9:
        keep(way, lambda text=text: text, true)
    elif way == 10:
        held = {text: 1}
        keep(way, lambda: (held[true], *held)[1], true)
    elif way == 11:
        held = {text}
        keep(way, lambda: next(iter(held)) if true in held else None, true)
    elif way == 12:
        held = Thing()
        held.text = text
        keep(way, lambda: held.text, true)
    elif way == 13:
        held = Thing()
        setattr(held, text, 1)
        keep(way, lambda: (getattr(held, true), *vars(held))[1], true)
    elif way == 14:
        held = sys.intern(text)
        keep(way, lambda: held, true)
    elif way == 15:
        held = stars(text, text=text)
        keep(way, lambda: held[0][0] if held[0][0] == held[1]["text"] else None, true)
    elif way == 16:
        held = f"{text}"
        keep(way, lambda: held, true)
    elif way == 17:
        held, = (word for word in (text,))
        keep(way, lambda: held, true)
    elif way == 18:
        held = dict(locals())
        keep(way, lambda: held["text"], true)
    elif way == 19:
        held = text.strip()
        text += "more"
        keep(way, lambda: held, true)
    elif way == 20:
        later.append(text)
        keep(way, later.popleft, true)
    elif way == 21:
        held = compile("held", "held", "eval")
        held = eval(held, {"held": text})
        keep(way, lambda: held, true)
    elif way == 22:
        go = threading.Event()
        thread = threading.Thread(target=held_by_thread, args=(text, go))
        thread.start()
        keep(way, lambda: (go.set(), out.get(timeout=30), thread.join())[1], true)
    else:
        sys.intern(text)
    if len(kept) >= 40:
        look()
    return 0 if wrong else 1

# Called without any frame of Python.
OnUserCommand = by_name.setdefault

# Given back before it has run.
def OnParsedMsgPM(nick, text, to):
    yield nick, text, to

def counted(given):
    return sys.getrefcount(given)

def look():
    for way, get, expected in kept:
        got = get()
        if got != expected or hash(got) != hash(expected):
            wrong.append((way, got, expected))
    kept.clear()

def changed():
    look()
    # What `SpareStr` relies on: frames count what C hands them, and CPython itself
    # writes a tuple anew that only its iterator has.
    if max(map(counted, (object() for _ in range(1)))) < 2:
        wrong.append("a function that C calls does not count its arguments")
    pairs = zip("abc", "def")
    if id(next(pairs)) != id(next(pairs)):
        wrong.append("zip makes each tuple anew: does a count of 1 still mean what it meant?")
    wrong.extend((key, value) for key, value in by_name.items() if key != value + " nick")
    return repr(wrong[:5]) + " " + str(len(by_name))
"#;

#[test]
fn texts_of_hooks_that_a_script_keeps_do_not_change() {
    const CALLS: usize = 5000;
    let (script, _, _dir) = script(KEEPER);
    for i in 0..CALLS {
        let text = format!("{} {i}", "number".repeat(i % 40));
        let nick = format!("number {}", i % 50);
        let chat = Event::ParsedMsgChat {
            nick: nick.into(),
            message: text.into(),
        };
        if !script.call_hook(&chat).allow {
            break;
        }
        // Else what the last one has left comes to the next one.
        if i % 3 == 2 {
            continue;
        }
        let command = Event::UserCommand {
            nick: format!("{i} nick").into(),
            command: i.to_string().into(),
        };
        script.call_hook(&command);
        let private = Event::ParsedMsgPM {
            nick: "from".into(),
            message: i.to_string().into(),
            to_nick: "to".into(),
        };
        script.call_hook(&private);
    }
    let Value::Bytes(said) = call(&script, "changed", &[]) else {
        panic!("no text");
    };
    let commands = CALLS - CALLS / 3;
    assert_eq!(String::from_utf8_lossy(&said), format!("[] {commands}"));
}

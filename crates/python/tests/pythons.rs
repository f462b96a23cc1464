//! The versions of Python: which are taken, what is said of them, and what differs between them.

mod common;

#[path = "../supported.rs"]
mod supported;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use ::hub::api::Value;
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

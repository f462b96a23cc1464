//! What is left of a script that is gone, and what it may do to the interpreter of others.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::hub::api::Value;
use common::{Dir, FakeHost, config};
use python::script::{Closed, World};
use python::{Mode, Script};

const SOON: Duration = Duration::from_secs(5);

struct Place {
    dir: Dir,
    host: Arc<FakeHost>,
    /// Shared scripts of another test would be broken by what one of this does, as by others.
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

impl Place {
    fn new() -> Place {
        Place {
            dir: Dir::new(),
            host: FakeHost::new(),
            _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn load(&self, name: &str, source: &str, mode: Mode, world: Option<Arc<World>>) -> Script {
        let path = self.dir.file(name, source);
        let mut config = config(&self.dir, &path, &self.host, "CP1252");
        // Helper modules lie beside the script only.
        config.scripts_dir = self.dir.0.join("scripts");
        (config.mode, config.world) = (mode, world);
        Script::load(&config).unwrap_or_else(|e| panic!("{}", e.traceback))
    }
}

/// The `repr` of an expression.
fn eval(script: &Script, code: &str) -> String {
    match script.call_function("look", &[Value::Text(code.as_bytes())]) {
        Ok(Value::Bytes(text)) => String::from_utf8(text.to_vec()).unwrap(),
        other => panic!("{code}: {other:?}"),
    }
}

const LOOK: &str = "def look(code): return repr(eval(code, globals()))\n";

/// A script, and a module beside it, whose functions a library keeps for ever.
const KEPT: &str = "\
import codecs, helper
class Big: pass
big = Big()
big.data = bytes(100_000)
big.me = big
codecs.register_error(f'kept{id(big)}', lambda error: ('?', error.end))
def OnTimer(msec): return big
";
const HELPER: &str = "\
import codecs
class Bigger: pass
bigger = Bigger()
codecs.register_error(f'kept{id(bigger)}', lambda error: ('?', error.end))
";
/// How many of them there are.
const COUNT: &str =
    "sum(type(o).__name__ in ('Big', 'Bigger') for o in __import__('gc').get_objects())";

#[test]
fn nothing_of_a_script_lives_on_in_the_interpreter_it_leaves() {
    let place = Place::new();
    place.dir.file("helper.py", HELPER);
    let source = format!("{LOOK}{KEPT}");
    let mut world = None;
    for _ in 0..5 {
        let script = place.load("s.py", &source, Mode::Isolated, world.take());
        assert_eq!(eval(&script, COUNT), "2");
        world = Some(script.retire(SOON).unwrap());
    }
    let other = place.load("other.py", LOOK, Mode::Isolated, world);
    assert_eq!(eval(&other, COUNT), "0");
}

#[test]
fn nothing_of_a_shared_script_lives_on_beside_others() {
    let place = Place::new();
    let other = place.load("other/other.py", LOOK, Mode::Shared, None);
    place.dir.file("own/helper.py", HELPER);
    let before = eval(&other, COUNT);
    for _ in 0..5 {
        let script = place.load("own/s.py", KEPT, Mode::Shared, None);
        assert_ne!(eval(&other, COUNT), before);
        assert_eq!(script.close(SOON), Closed::Clean);
        assert_eq!(eval(&other, COUNT), before);
    }
    assert_eq!(other.close(SOON), Closed::Clean);
}

/// While one of its threads runs, a script keeps its names.
#[test]
fn a_script_keeps_its_names_when_the_one_before_it_goes_late() {
    let place = Place::new();
    let source = format!("{LOOK}word = 'mine'\n");
    let before = place.load("twin.py", &source, Mode::Shared, None);
    let after = place.load("twin.py", &source, Mode::Shared, None);
    assert_eq!(before.close(SOON), Closed::Clean);
    assert_eq!(eval(&after, "word"), "'mine'");
    let found = "__import__('sys').modules[__file__].word";
    assert_eq!(eval(&after, found), "'mine'");
    assert_eq!(after.close(SOON), Closed::Clean);
}

#[test]
fn a_thread_that_does_not_end_keeps_its_names() {
    let place = Place::new();
    let source = "\
import threading
what_is_kept = 'kept'
go, done = threading.Event(), threading.Event()
heard = []
def deaf():
    while not go.is_set():
        try: go.wait(10)
        except BaseException: pass
    heard.append(what_is_kept)
    done.set()
threading.Thread(target=deaf).start()
def look(code): return repr(eval(code, globals()))
";
    let script = place.load("s.py", source, Mode::Shared, None);
    let left = script.close(Duration::from_millis(100));
    assert!(matches!(left, Closed::Left { .. }), "{left:?}");
    assert_eq!(
        eval(&script, "go.set(), done.wait(10), heard"),
        "(None, True, ['kept'])"
    );
    assert_eq!(script.close(SOON), Closed::Clean);
}

/// Finalizers of a script that nobody keeps find its names.
#[test]
fn finalizers_find_the_names_they_use() {
    let place = Place::new();
    let other = place.load(
        "other.py",
        &format!("{LOOK}last_words = []\n"),
        Mode::Shared,
        None,
    );
    let source = "farewell = 'bye'\nclass Last:\n    def __init__(self): self.me, self.last_words = self, last_words\n    def __del__(self): self.last_words.append(farewell)\nlast = Last()\n";
    let script = place.load("s.py", source, Mode::Shared, None);
    assert_eq!(script.close(SOON), Closed::Clean);
    assert_eq!(eval(&other, "last_words"), "['bye']");
    assert_eq!(other.close(SOON), Closed::Clean);
}

/// One shared script breaks what all need; others load and run.
#[test]
fn what_a_script_takes_away_from_all_comes_back() {
    let place = Place::new();
    let other = place.load(
        "other.py",
        &format!("{LOOK}import json\n"),
        Mode::Shared,
        None,
    );
    for (n, harm) in [
        "import builtins; builtins.__dict__.clear()",
        "import builtins; del builtins.__import__, builtins.len; builtins.print = None",
        "import sys; sys.modules.clear()",
        "import sys; [sys.modules.pop(n) for n in list(sys.modules) if n != 'sys']",
        "import sys; sys.modules = {}",
        "import sys; sys.path.clear(); sys.meta_path.clear(); sys.path_hooks.clear()",
        "import sys; sys.path = sys.meta_path = None",
        "import sys; del sys.modules, sys.path, sys.meta_path",
        "import sys; sys.stdout = sys.stderr = sys.__stdout__ = None; sys.excepthook = 3",
        "import gc, sys; gc.disable(); sys.setrecursionlimit(60); sys.setswitchinterval(1000)",
        "import sys, builtins; builtins.__dict__.clear(); sys.modules.clear()",
    ]
    .iter()
    .enumerate()
    {
        let source = format!("def harm():\n    {harm}\n");
        let script = place.load("harm.py", &source, Mode::Shared, None);
        script
            .call_function("harm", &[])
            .unwrap_or_else(|e| panic!("{harm}: {e}"));
        // A script that is there already, when its own imports and builtins worked before.
        let name = format!("new{n}.py");
        let source = format!(
            "{LOOK}import json, threading, traceback, decimal, sys, gc\nprint('here')\n\
             t = threading.Thread(target=len, args=('',))\nt.start()\nt.join()\n"
        );
        let new = place.load(&name, &source, Mode::Shared, None);
        assert_eq!(
            eval(&new, "json.loads('[1]'), len('ab'), gc.isenabled()"),
            "([1], 2, True)",
            "{harm}"
        );
        assert_eq!(eval(&other, "json.dumps([len('abc')])"), "'[3]'", "{harm}");
        // The very module that others have.
        assert_eq!(eval(&other, "json is __import__('json')"), "True", "{harm}");
        assert_eq!(new.close(SOON), Closed::Clean, "{harm}");
        assert_eq!(script.close(SOON), Closed::Clean, "{harm}");
    }
    assert_eq!(other.close(SOON), Closed::Clean);
}

/// Hooks of others find their builtins again, without anything being loaded.
#[test]
fn the_next_hook_finds_what_was_taken_away() {
    let place = Place::new();
    let other = place.load("other.py", LOOK, Mode::Shared, None);
    for harm in [
        "import builtins; builtins.__dict__.clear()",
        "import sys; sys.modules.clear()",
    ] {
        let script = place.load(
            "harm.py",
            &format!("def harm():\n    {harm}\n"),
            Mode::Shared,
            None,
        );
        script.call_function("harm", &[]).unwrap();
        assert_eq!(
            eval(&other, "len(__import__('json').dumps([]))"),
            "2",
            "{harm}"
        );
        assert_eq!(script.close(SOON), Closed::Clean);
    }
    assert_eq!(other.close(SOON), Closed::Clean);
}

//! A script's own world: its interpreter, what it imports, what it prints.

mod kit;

use kit::{Hub, PASSWORD, Probe};

#[test]
fn scripts_are_isolated() {
    let source = |name: &str| {
        format!(
            "import vh, sys, builtins, os\n\
             assert not hasattr(builtins, 'mark') and not hasattr(sys, 'mark') and not hasattr(vh, 'mark')\n\
             builtins.mark = sys.mark = vh.mark = value = '{name}'\n\
             sys.path.append('{name}')\n\
             def OnParsedMsgChat(nick, text):\n    vh.mc(' '.join([value, builtins.mark, sys.mark, vh.mark, vh.name, str('other' in sys.path)]))\n"
        )
    };
    let hub = Hub::setup()
        .script("one.py", source("one"))
        .script("other.py", source("other"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("who");
    ann.expect_exact("<Viperhub> one one one one one False");
    ann.expect_exact("<Viperhub> other other other other other True");
}

/// The standard library as scripts use it, in an interpreter of its own.
#[test]
fn modules_of_the_standard_library() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.exec("import json, re, time, datetime, random, hashlib, sqlite3, urllib.request, logging, decimal, collections, asyncio, threading, socket, csv, zlib, struct");
    boss.is("json.loads('[1, 2]'), hashlib.md5(b'').hexdigest()[:4], str(datetime.date(2026, 1, 2)), re.sub('a', 'b', 'aa')", "([1, 2], 'd41d', '2026-01-02', 'bb')");
    boss.is(
        "sqlite3.connect(':memory:').execute('select 1').fetchall()",
        "[(1,)]",
    );
}

#[test]
fn scripts_import_their_neighbours() {
    let hub = Hub::setup()
        .script("main.py", "import vh, helper_mod\nfrom pack import inner\nvh_name = vh.name\ndef OnUserLogin(nick): vh.usermc(nick, helper_mod.greet() + inner.X)\n")
        .file("data/scripts/helper_mod/__init__.py", "def greet(): return 'from helper '\n")
        .file("data/scripts/pack/__init__.py", "")
        .file("data/scripts/pack/inner.py", "X = 'and inner'\n")
        .start();
    assert!(hub.login("ann").history().contains("from helper and inner"));
}

#[test]
fn what_a_script_prints_is_in_the_log() {
    let hub = Hub::setup()
        .script(
            "prints.py",
            "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n",
        )
        .start();
    hub.wait_log("to stdout");
    hub.wait_log("to stderr");
}

#[test]
fn a_script_knows_its_file() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is("__file__ == vh.path, __name__", "(True, 'probe')");
    // vh is there without an import, too.
    boss.is("__import__('sys').modules['vh'] is vh", "True");
}

/// `pip install --user`, PYTHONPATH and PYTHONDEVMODE count as for any Python, unless they are switched off.
#[test]
fn the_environment_of_python_counts() {
    const SCRIPT: &str = "\
import sys
def look(name):
    try:
        return __import__(name).WHERE
    except ImportError as error:
        return str(error)
print('has', look('of_user'), look('of_path'), sys.flags.dev_mode)
";
    let all = "has user site path True";
    let none = "has No module named 'of_user' No module named 'of_path' False";
    for (mode, switch, wanted) in [
        ("isolated", "", all),
        ("shared", "", all),
        (
            "isolated",
            "PYTHONNOUSERSITE=1",
            "has No module named 'of_user' path True",
        ),
        ("isolated", "VIPERHUB_PYTHON_ISOLATED=1", none),
        ("shared", "VIPERHUB_PYTHON_ISOLATED=1", none),
    ] {
        let site = format!("home/.local/lib/python{}/site-packages", python::VERSION);
        let setup = Hub::setup()
            .set("python_mode", mode)
            .file(&format!("{site}/of_user.py"), "WHERE = 'user site'\n")
            .file("lib/of_path.py", "WHERE = 'path'\n")
            .script("looks.py", SCRIPT);
        let place = |name: &str| setup.path().join(name).display().to_string();
        let (home, path) = (place("home"), place("lib"));
        let (name, value) = switch.split_once('=').unwrap_or(("PYTHONNOUSERSITE", ""));
        let hub = setup
            .env("HOME", &home)
            .env("PYTHONPATH", &path)
            .env("PYTHONDEVMODE", "1")
            .env("PYTHONNOUSERSITE", "")
            .env(name, value)
            .start();
        eprintln!("{mode} {switch}");
        hub.wait_log(wanted);
    }
}

/// What of the standard library cannot be loaded in an isolated script stands in docs/scripting.md.
#[test]
fn what_isolated_scripts_cannot_load_is_listed() {
    const SCRIPT: &str = "\
import sys, warnings
warnings.simplefilter('ignore')
refused = []
# What opens a browser, prints a poem, or is no library.
for name in sorted(sys.stdlib_module_names - {'antigravity', 'this', 'idlelib', 'test', 'turtledemo', '__main__'}):
    if name.startswith('_'):
        continue
    try:
        __import__(name)
    except ModuleNotFoundError:
        pass          # not of this system
    except Exception as error:
        refused.append(name)
print('refused:', *refused, 'end')
import zoneinfo, datetime
print('zone', datetime.datetime(2026, 1, 2, tzinfo=zoneinfo.ZoneInfo('UTC')).isoformat())
";
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scripting.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let row = |begin: &str| -> Vec<String> {
        let line = page.lines().find_map(|l| l.strip_prefix(begin));
        let line = line.unwrap_or_else(|| panic!("no row {begin}"));
        // What stands in parentheses is not of the top level.
        let listed = line.split(" (").next().unwrap_or_default();
        let names = listed.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    };
    let old = python::VERSION == "3.12";
    let mut listed = row("| any | ");
    listed.extend(row(if old {
        "| 3.12 | "
    } else {
        "| 3.13 and later | "
    }));
    let hub = Hub::setup().script("all.py", SCRIPT).start();
    hub.wait_log("zone 2026-01-02T00:00:00+00:00");
    let log = hub.log();
    let told = log
        .split("refused: ")
        .nth(1)
        .and_then(|t| t.split(" end").next());
    let refused: Vec<&str> = told.expect("the list").split(' ').collect();
    for name in &refused {
        assert!(
            listed.iter().any(|l| l == name),
            "{name} is not listed: {refused:?}"
        );
    }
    assert!(refused.contains(&"faulthandler"), "{refused:?}");
    // The script keeps each error for itself.
    for name in &refused {
        let way_out = format!("{name} cannot be used by the isolated script all.py: ");
        assert_eq!(log.matches(&way_out).count(), 1, "{name}: {log}");
    }
}

/// Of the standard library's modules too: in the log when a script keeps the error, in the traceback when it does
/// not, again after a reload; nothing when the library does without one itself.
#[test]
fn refused_standard_modules_are_told_of_where_a_script_wants_them() {
    const KEEPS: &str = "\
import vh
try:
    import lib.beside
except ImportError:
    vh.log = 'did without'
def OnParsedMsgChat(nick, text):
    if text == 'kept':
        for _ in range(2):
            try: __import__(WHAT)
            except ImportError as error: vh.mc(f'kept {type(error).__name__}')
";
    // What CPython has built in, and what stands in a file of its own.
    let what = if python::VERSION == "3.12" {
        "faulthandler"
    } else {
        "tracemalloc"
    };
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .script("keeps.py", format!("WHAT = '{what}'\n{KEEPS}"))
        .script("raises.py", format!("def OnParsedMsgChat(nick, text):\n    if text == 'raised': import {what}\n"))
        .script("quiet.py", "import rlcompleter, warnings, tempfile\nwarnings.warn('file', ResourceWarning)\nprint('quiet is here')\n")
        .file("data/scripts/lib/beside.py", "import faulthandler\n")
        .start();
    hub.wait_log("quiet is here");
    let way_out =
        |name: &str, file: &str| format!("{name} cannot be used by the isolated script {file}: ");
    let count = |name: &str, file: &str| hub.log().matches(&way_out(name, file)).count();
    let mut admin = hub.login_reg("admin");
    admin.chat("kept");
    admin.expect("kept ImportError");
    admin.expect("kept ImportError");
    assert_eq!(count(what, "keeps.py"), 1, "{}", hub.log());
    assert_eq!(count("faulthandler", "keeps.py"), 1, "{}", hub.log());
    admin.chat("raised");
    let traceback = admin.expect("Script raises, OnParsedMsgChat:");
    assert!(
        traceback.contains(&way_out(what, "raises.py")),
        "{traceback}"
    );
    assert!(!traceback.contains("<frozen importlib"), "{traceback}");
    admin.chat("!pyreload keeps");
    admin.expect("Script loaded: #");
    assert_eq!(count("faulthandler", "keeps.py"), 2, "{}", hub.log());
    assert!(
        !hub.log().contains("isolated script quiet.py"),
        "{}",
        hub.log()
    );
}

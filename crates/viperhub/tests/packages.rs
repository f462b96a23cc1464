//! Packages that know nothing of sub-interpreters: what an isolated script is told, and that others can use them.

mod kit;

use kit::{Hub, PASSWORD};

/// What the message about such a package has to say.
fn refusal(package: &str, script: &str, through: &str) -> String {
    format!(
        "ImportError: {package} cannot be used by the isolated script {script}: {through} does not support \
         sub-interpreters. Put \"# viperhub: mode=shared\" into the first lines of {script}, or set python_mode to shared"
    )
}

/// The real packages, each the way it is imported in scripts.
#[test]
fn isolated_scripts_are_told_which_package_refuses_and_what_to_do() {
    let rows = [
        ("calc", "import vh\nimport numpy as np\n", "numpy", "it"),
        (
            "model",
            "from pydantic import BaseModel\n",
            "pydantic",
            "pydantic_core, which it needs,",
        ),
        (
            "api",
            "from fastapi import FastAPI\n",
            "fastapi",
            "pydantic_core, which it needs,",
        ),
        ("core", "import pydantic_core\n", "pydantic_core", "it"),
    ];
    let setup = Hub::setup().packages().user("admin", 5, PASSWORD);
    // The first one at start, the others by command.
    let hub = setup.script("calc.py", rows[0].1).start();
    hub.wait_log(&refusal("numpy", "calc.py", "it"));
    let mut admin = hub.login_reg("admin");
    for (stem, source, package, through) in rows {
        let script = format!("{stem}.py");
        hub.write_script(&script, source);
        admin.chat(format!("!pyload {stem}"));
        let told = admin.expect("Script failed to load: ");
        let wanted = refusal(package, &script, through);
        assert!(told.contains(&wanted), "{told}");
        hub.wait_log(&wanted);
    }
    admin.chat("!pylist");
    assert!(!admin.expect("ID\tScript").contains(".py"));
}

/// What PyO3, Cython and numpy say themselves, and how packages wrap it.
#[test]
fn the_words_of_other_bindings_are_known() {
    let pack = "data/scripts/.venv/lib/python3.99/site-packages";
    let raises = |error: &str| format!("raise {error}\n");
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .file(&format!("{pack}/rusty/__init__.py"), "from . import deep\n")
        .file(
            &format!("{pack}/rusty/deep.py"),
            raises("ImportError('PyO3 modules do not yet support subinterpreters, see https://github.com/PyO3/pyo3/issues/576')"),
        )
        .file(
            &format!("{pack}/cy.py"),
            raises("ImportError('Interpreter change detected - this module can only be loaded into one interpreter per process.')"),
        )
        .file(
            &format!("{pack}/wrapped.py"),
            "try:\n    import cy\nexcept ImportError:\n    raise RuntimeError('cannot start')\n",
        )
        .file(
            &format!("{pack}/once.py"),
            raises("ImportError('cannot load module more than once per process', name='once._core')"),
        )
        .file(&format!("{pack}/other.py"), raises("ImportError('libfoo.so: not found')"))
        .start();
    let mut admin = hub.login_reg("admin");
    for (package, through) in [
        ("rusty", "it"),
        ("cy", "it"),
        ("wrapped", "cy, which it needs,"),
        ("once", "it"),
    ] {
        hub.write_script("user.py", format!("import {package}\n"));
        admin.chat("!pyload user");
        let told = admin.expect("Script failed to load: ");
        assert!(
            told.contains(&refusal(package, "user.py", through)),
            "{told}"
        );
    }
    // Nothing is made up about other errors, and who copes with a refusal is not disturbed.
    hub.write_script("user.py", "import other\n");
    admin.chat("!pyload user");
    let told = admin.expect("Script failed to load: ");
    assert!(
        told.contains("ImportError: libfoo.so: not found") && !told.contains("isolated"),
        "{told}"
    );
    hub.write_script(
        "user.py",
        "try:\n    import cy\nexcept ImportError:\n    cy = None\n",
    );
    admin.chat("!pyload user");
    admin.expect("Script loaded");
}

/// The way out is named also when the script, or a package, keeps the error for itself.
#[test]
fn what_was_refused_is_named_when_it_is_missed() {
    const SCRIPT: &str = "\
import vh, soup
try:
    import numpy as np
except ImportError:
    np = None
import re
tried, findall = 0, re.findall
def counting(*args):
    global tried
    tried += 1
    return findall(*args)
re.findall = counting
def compute(lib): return [].missing
def OnParsedMsgChat(nick, text):
    if text == 'none': vh.mc(str(np.zeros(3)))
    if text == 'number': vh.mc('none told %d times' % tried)
    if text == 'group': return re.match('a', 'b').group()
    if text == 'name': nothing_of_this_name
    if text == 'passed': compute(np)
    if text == 'import': from pydantic import BaseModel
    if text == 'soup': soup.make('pydantic_core')
    if text == 'other': 1 / 0
";
    let way = |what: &str| {
        format!(
            "{what} cannot be used by the isolated script user.py: it does not support sub-interpreters. \
             Put \"# viperhub: mode=shared\" into the first lines of user.py, or set python_mode to shared"
        )
    };
    let hub = Hub::setup()
        .packages()
        .user("admin", 5, PASSWORD)
        .file(
            "data/scripts/lib/soup.py",
            "try:\n    import pydantic_core\nexcept ImportError:\n    pydantic_core = None\n\
             def make(kind):\n    if pydantic_core is None: raise LookupError(f'no builder for {kind}')\n",
        )
        .script("user.py", "import sys\nsys.path.append(__file__[:-7] + 'lib')\n".to_owned() + SCRIPT)
        .start();
    // Told in the log as it happens; the script is loaded.
    hub.wait_log("user.py is loaded");
    hub.wait_log(&way("numpy"));
    hub.wait_log(&way("pydantic_core"));
    let mut admin = hub.login_reg("admin");
    for (text, error, what) in [
        ("none", "AttributeError: 'NoneType'", "numpy"),
        (
            "import",
            "does not support loading in subinterpreters",
            "pydantic_core, which pydantic needs,",
        ),
        (
            "soup",
            "LookupError: no builder for pydantic_core",
            "pydantic_core",
        ),
    ] {
        admin.chat(text);
        let told = admin.expect("Script user, OnParsedMsgChat:");
        assert!(told.contains(error), "{told}");
        assert!(told.contains(&way(what)), "{told}");
    }
    // Other failures are none of these, however much they look like something missing.
    for (text, error) in [
        ("other", "ZeroDivisionError"),
        ("group", "'NoneType' object has no attribute 'group'"),
        ("name", "NameError: name 'nothing_of_this_name'"),
        ("passed", "'list' object has no attribute 'missing'"),
    ] {
        admin.chat(text);
        let told = admin.expect("Script user, OnParsedMsgChat:");
        assert!(told.contains(error), "{told}");
        assert!(!told.contains("isolated"), "{told}");
    }
    // What is only counted is not looked into: it may be each line of the chat.
    let looked_into = |admin: &mut kit::Client| {
        admin.chat("number");
        admin.expect("none told ")
    };
    let before = looked_into(&mut admin);
    for _ in 0..3 {
        admin.chat("none");
    }
    assert_eq!(looked_into(&mut admin), before);
}

/// A package goes by the name that the script has given it, whichever way.
#[test]
fn what_was_refused_is_known_by_the_names_it_was_imported_as() {
    const SCRIPT: &str = "\
import sys, helper
from importlib import import_module
sys.path.append(__file__[:-7] + 'lib')
try: import numpy.linalg as la, json as js
except ImportError: la = js = None
try: from numpy import zeros as nulls
except ImportError: nulls = None
try: num = import_module('numpy')
except ImportError: num = None
def OnParsedMsgChat(nick, text):
    if text == 'as': la.norm([1])
    if text == 'from': nulls(3)
    if text == 'module': num.zeros(3)
    if text == 'helper': helper.third([1])
    if text == 'beside': js.dumps(1)
";
    let hub = Hub::setup()
        .packages()
        .user("admin", 5, PASSWORD)
        .file(
            "data/scripts/helper.py",
            "try: import numpy as numbers\nexcept ImportError: numbers = None\n\
             def third(of): return numbers.median(of)\n",
        )
        .script("user.py", SCRIPT)
        .start();
    hub.wait_log("user.py is loaded");
    let mut admin = hub.login_reg("admin");
    for (text, is_told) in [
        ("as", true),
        ("from", true),
        ("module", true),
        ("helper", true),
        ("beside", false),
    ] {
        admin.chat(text);
        let told = admin.expect("Script user, OnParsedMsgChat:");
        assert!(told.contains("'NoneType' object"), "{told}");
        let way = told.contains("numpy cannot be used by the isolated script user.py: ");
        assert_eq!(way, is_told, "{text}: {told}");
    }
}

//! A script's own world: its interpreter, what it imports, what it prints.

mod kit;

use kit::{Hub, Probe};

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

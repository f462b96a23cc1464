//! What a script may do wrong without anybody else noticing, and what it may do with threads.

mod kit;

use kit::{Client, Hub, PASSWORD};

#[test]
fn an_exception_is_told_to_operators_and_the_log_and_means_nothing_else() {
    let source = "\
def OnParsedMsgChat(nick, text):
    deeper(text)
def deeper(text):
    raise ValueError('cannot bear ' + text)
";
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .script("fragile.py", source)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("this");
    let report = op.expect("ValueError: cannot bear this");
    assert!(report.contains("$To: op From: OpChat "), "{report}");
    for part in ["fragile.py", "line 2", "deeper"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    op.expect_exact("<ann> this");
    ann.expect_none("ValueError");
    hub.wait_log("ValueError: cannot bear this");
    assert!(hub.log().contains("fragile.py"));
    // And again: it goes on working, and the same line of code is not told of again.
    ann.chat("that");
    op.expect_exact("<ann> that");
    assert_eq!(op.count("cannot bear that"), 0);
}

#[test]
fn odd_exceptions_are_harmless() {
    for (n, raises) in [
        "SystemExit(3)",
        "KeyboardInterrupt()",
        "GeneratorExit()",
        "BaseException('x')",
        "RecursionError()",
        "MemoryError()",
    ]
    .iter()
    .enumerate()
    {
        let source = format!("def OnParsedMsgChat(nick, text):\n    raise {raises}\n");
        let hub = Hub::setup()
            .user("op", 3, PASSWORD)
            .script("odd.py", source)
            .start();
        let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
        ann.chat(format!("line {n}"));
        op.expect_exact(format!("<ann> line {n}"));
    }
    let deep = "def OnParsedMsgChat(nick, text):\n    return OnParsedMsgChat(nick, text)\n";
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .script("deep.py", deep)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("deep");
    op.expect("RecursionError");
    op.expect_exact("<ann> deep");
}

/// The hub goes on without a script that loops, operators are told, and others are heard meanwhile.
#[test]
fn an_endless_loop_stops_nobody_elses_chat() {
    let looping =
        "def OnParsedMsgChat(nick, text):\n    while nick == 'ann' or nick == 'carl': pass\n";
    let polite = "import vh\ndef OnParsedMsgPM(nick, text, to):\n    vh.usermc(nick, 'polite saw ' + text)\n";
    let hub = Hub::setup()
        .set("python_budget_ms", 3_600_000)
        .user("op", 10, PASSWORD)
        .script("looping.py", looping)
        .script("polite.py", polite)
        .start();
    let (mut op, mut ann, mut bob) = (hub.login_reg("op"), hub.login("ann"), hub.login("bob"));
    ann.chat("loop");
    // The other script works, and messages the looping one does not judge pass at once.
    bob.pm("op", "psst");
    bob.expect("polite saw psst");
    op.expect("$<bob> psst");
    // What waits for it passes after its budget.
    bob.chat("am I heard");
    op.fence();
    assert_eq!(op.count("am I heard"), 0);
    op.chat("!set python_budget_ms 1000");
    op.expect_exact("<bob> am I heard");
    bob.expect_exact("<bob> am I heard");
    ann.fence();
    assert_eq!(ann.count("<ann> loop"), 1);
    op.expect("Script looping: OnParsedMsgChat took longer than 1000 ms");
}

#[test]
fn a_script_that_is_always_late_is_suspended_until_it_is_reloaded() {
    let source = "import time\ndef OnParsedMsgChat(nick, text):\n    time.sleep(0.2)\n";
    let hub = Hub::setup()
        .set("python_budget_ms", 50)
        .set("python_strikes", 3)
        .user("admin", 5, PASSWORD)
        .script("late.py", source)
        .start();
    let mut admin = hub.login_reg("admin");
    let mut n = 0;
    kit::until(|| {
        n += 1;
        admin.chat(format!("line {n}"));
        admin.expect_exact(format!("<admin> line {n}"));
        admin.chat("!pylist");
        admin.expect("ID\tScript").contains("suspended")
    });
    let told = "late: OnParsedMsgChat took longer than 50 ms";
    let times = admin.count(told);
    assert!(times >= 3);
    // It is not asked any more.
    for n in 0..20 {
        admin.chat(format!("quick {n}"));
        admin.expect_exact(format!("<admin> quick {n}"));
    }
    admin.fence();
    assert_eq!(admin.count(told), times);
    admin.chat("!pyreload late");
    admin.expect("Script loaded");
    admin.chat("!pylist");
    assert!(!admin.expect("ID\tScript").contains("suspended"));
}

/// A hook that does something in the hub which asks the same script again.
#[test]
fn hooks_nest() {
    let source = "\
import vh
depth = 0
def OnParsedMsgChat(nick, text):
    if text == 'kick me':
        return vh.KickUser('op', nick, 'as you wish') and 0
    if text == 'set':
        vh.mc(f\"set: {vh.SetConfig('hub_desc', 'x')} {vh.SetConfig('hub_desc', 'no')} {vh.GetConfig('hub_desc')}\")
    if text == 'command':
        vh.mc(f\"command: {vh.ParseCommand(nick, '+myip', 0)}\")
def OnOperatorKicks(op, nick, reason):
    vh.mc(f'{op} kicks {nick}, class {vh.GetUserClass(nick)}: {reason}')
    vh.SetConfig('hub_topic', 'kicked ' + nick)
def OnSetConfig(nick, conf, var, new, old, kind):
    vh.mc(f'setting {var} to {new}')
    return new != 'no'
def OnUserCommand(nick, command):
    vh.mc('command ' + command)
    vh.SetConfig('hub_owner', nick)
";
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .script("nest.py", source)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("set");
    op.expect_all(&[
        "setting hub_desc to x",
        "setting hub_desc to no",
        "set: True False x",
    ]);
    ann.chat("command");
    op.expect_all(&["command +myip", "setting hub_owner to ann", "command: True"]);
    ann.expect("Your address is");
    ann.chat("kick me");
    op.expect_all(&[
        "op kicks ann, class 0: as you wish",
        "setting hub_topic to kicked ann",
        "$HubTopic kicked ann",
        "$Quit ann",
    ]);
    assert_eq!(op.count("<ann> kick me"), 0);
}

#[test]
fn hooks_that_call_themselves_for_ever_end() {
    let source = "\
import vh
def OnSetConfig(nick, conf, var, new, old, kind):
    vh.SetConfig('hub_desc', str(int(new) + 1))
def OnParsedMsgChat(nick, text):
    vh.SetConfig('hub_desc', '1')
    vh.mc('done')
";
    let hub = Hub::setup().script("deep.py", source).start();
    let mut ann = hub.login("ann");
    ann.chat("begin");
    ann.expect("<Viperhub> done");
    ann.expect_exact("<ann> begin");
}

/// Two scripts whose hooks call the hub so that it asks the other one.
#[test]
fn scripts_wait_for_each_other_without_deadlock() {
    let source = |me: &str, other: &str| {
        format!(
            "import vh\n\
             def OnParsedMsgChat(nick, text):\n    vh.SetConfig('hub_desc', '{me}')\n\
             def OnParsedMsgPM(nick, text, to):\n    vh.SetConfig('hub_owner', '{me}')\n\
             def OnSetConfig(nick, conf, var, new, old, kind):\n    if new == '{other}': vh.SetConfig('hub_category', '{me} heard {other}')\n"
        )
    };
    let hub = Hub::setup()
        .script("a.py", source("a", "b"))
        .script("b.py", source("b", "a"))
        .start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    for n in 0..30 {
        ann.chat(format!("line {n}"));
        bob.pm("ann", format!("pm {n}"));
    }
    ann.expect_exact("<ann> line 29");
    bob.fence();
    ann.fence();
    assert_eq!(ann.history().matches("$<bob> pm ").count(), 30);
}

#[test]
fn vh_from_threads() {
    let source = "\
import vh, threading
def ask(n, results):
    results.append((vh.GetUserClass('boss'), vh.GetConfig('hub_name'), vh.SetConfig('hub_desc', str(n)), vh.myid, vh.name))
def OnParsedMsgChat(nick, text):
    results = []
    threads = [threading.Thread(target=ask, args=(n, results)) for n in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
    vh.mc(f'{len(results)} {set(results)}')
def background():
    n = 0
    while not stop.wait(0.02):
        n += 1
        vh.mc(f'background {n}')
stop = threading.Event()
threading.Thread(target=background, daemon=True).start()
def UnLoad(): stop.set()
";
    let hub = Hub::setup()
        .set("hub_name", "Den")
        .script("threads.py", source)
        .user("boss", 10, PASSWORD)
        .start();
    let mut boss = hub.login_reg("boss");
    // Threads run though nothing happens in the hub.
    boss.expect("background ");
    boss.expect("background ");
    boss.chat("ask");
    boss.expect("<Viperhub> 8 {(10, 'Den', True, 0, 'threads')}");
}

#[test]
fn asyncio() {
    let source = "\
import asyncio, threading, vh
loop = asyncio.new_event_loop()
async def answer(nick, text):
    await asyncio.sleep(0.02)
    vh.usermc(nick, 'later: ' + text)
async def ticker():
    n = 0
    while True:
        await asyncio.sleep(0.05)
        n += 1
        vh.mc(f'tick {n}')
def run():
    asyncio.set_event_loop(loop)
    task = loop.create_task(ticker())
    loop.run_forever()
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
thread = threading.Thread(target=run)
thread.start()
def OnParsedMsgChat(nick, text):
    asyncio.run_coroutine_threadsafe(answer(nick, text), loop)
    asyncio.run(answer(nick, 'at once, ' + text))
def UnLoad():
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    vh.mc('the loop is closed')
";
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .script("aio.py", source)
        .start();
    let mut admin: Client = hub.login_reg("admin");
    admin.expect_all(&["tick ", "tick "]);
    admin.chat("hello");
    admin.expect_exact("<admin> hello");
    kit::until(|| {
        admin.fence();
        admin.count("later: hello") == 1 && admin.count("later: at once, hello") == 1
    });
    admin.chat("!pyunload aio");
    admin.expect("the loop is closed");
    admin.expect("Script stopped");
    admin.chat("still here");
    admin.expect_exact("<admin> still here");
}

/// A hook that never returns, and cannot be interrupted, costs its budget once.
#[test]
fn a_hook_that_never_returns_costs_its_budget_once() {
    let source = "import time\ndef OnParsedMsgChat(nick, text):\n    time.sleep(3600)\n";
    let mut hub = Hub::setup()
        .set("python_budget_ms", 1000)
        .user("op", 10, PASSWORD)
        .script("hung.py", source)
        .start();
    let mut op = hub.login_reg("op");
    op.chat("the first");
    op.expect_exact("<op> the first");
    // A budget that nobody could wait for.
    op.chat("!set python_budget_ms 3600000");
    op.expect("-> 3600000");
    for n in 0..50 {
        op.chat(format!("line {n}"));
        op.expect_exact(format!("<op> line {n}"));
    }
    assert_eq!(
        op.count("hung: OnParsedMsgChat took longer than 1000 ms"),
        1
    );
    assert!(hub.stop().0.success());
}

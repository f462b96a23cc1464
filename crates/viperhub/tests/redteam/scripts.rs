//! Whatever a script reports, prints or sends has a limit, and says when it was reached.

use super::kit::{Hub, PASSWORD, until};

fn memory(hub: &Hub) -> u64 {
    loadgen::proc::rss(hub.pid()).expect("the hub runs")
}

/// Errors as large and as many as a script likes: operators stay, the log stays small.
#[test]
fn errors_have_a_limit() {
    for (hook, raise) in [
        (
            "OnParsedMsgChat(nick, text)",
            "raise ValueError('x' * 5_000_000)",
        ),
        (
            "OnParsedMsgChat(nick, text)",
            "raise ValueError(text + str(__import__('time').time()))",
        ),
        (
            "OnParsedMsgChat(nick, text)",
            "raise type('E' * 100_000, (Exception,), {})('y')",
        ),
        (
            "OnParsedMsgChat(nick, text)",
            "raise ExceptionGroup('g', [ValueError(str(n) * 200) for n in range(2000)])",
        ),
        (
            "OnParsedMsgChat(nick, text)",
            "deep(90)\ndef deep(n):\n    if n: deep(n - 1)\n    raise ValueError(n) from KeyError('z' * 100_000)",
        ),
    ] {
        let script = format!("def {hook}:\n    {raise}\n");
        let hub = Hub::setup()
            .user("op", 3, PASSWORD)
            .script("raises.py", script)
            .start();
        let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
        for n in 0..60 {
            ann.chat(format!("line {n}"));
        }
        op.expect_exact("<ann> line 59");
        op.fence();
        let told: usize = op
            .frames()
            .iter()
            .filter(|f| f.starts_with(b"$To: op"))
            .map(Vec::len)
            .sum();
        let reports = op
            .frames()
            .iter()
            .filter(|f| f.starts_with(b"$To: op"))
            .count();
        assert!(told < 64 << 10, "{raise}: {told} bytes to an operator");
        assert!(
            reports > 0 && reports <= 12,
            "{raise}: {reports} messages to an operator"
        );
        let log = hub.log().len();
        assert!(log < 256 << 10, "{raise}: {log} bytes of log");
    }
}

/// What never ends: prints in a loop, from the script's thread and from others.
#[test]
fn prints_have_a_limit() {
    for source in [
        "import vh\ndef OnUserCommand(nick, command):\n    for n in range(60_000): print('noise', n)\n",
        "import sys\ndef OnUserCommand(nick, command):\n    for n in range(60_000): sys.stderr.write('noise\\n')\n",
        "import vh\ndef OnUserCommand(nick, command):\n    print('n' * 30_000_000)\n",
        "import threading\ndef work():\n    for n in range(60_000): print('noise', n)\ndef OnUserCommand(nick, command):\n    threading.Thread(target=work).start()\n",
    ] {
        let hub = Hub::setup().script("prints.py", source).start();
        let mut ann = hub.login("ann");
        ann.chat("+go");
        ann.chat("then");
        ann.expect_exact("<ann> then");
        ann.fence();
        let log = hub.log();
        assert!(log.contains('n'), "nothing at all is printed");
        assert!(log.len() < 4 << 20, "{} bytes of log", log.len());
    }
}

/// What is sent to all or one is never more than the hub could bear.
#[test]
fn sends_have_a_limit() {
    for send in [
        "vh.SendToAll('x' * 50_000_000)",
        "vh.SendToAll('<ann> ' + 'x' * 20_000_000)",
        "vh.mc('x' * 50_000_000)",
        "vh.usermc('x' * 50_000_000, 'ann')",
        "vh.pm('x' * 50_000_000, 'ann')",
        "vh.SendDataToAll('x' * 50_000_000, 0, 10)",
        "vh.SendDataToUser('$X ' + 'x' * 50_000_000, 'ann')",
        "vh.SendToOpChat('x' * 50_000_000)",
        "vh.classmc('x' * 50_000_000, 0, 10)",
        "vh.Topic('x' * 50_000_000)",
        "vh.SetConfig('config', 'hub_desc', 'x' * 50_000_000)",
        "vh.AddRobot('bot', 2, 'x' * 50_000_000, '', '', '0')",
        "vh.ScriptCommand('x', 'y' * 50_000_000)",
    ] {
        let script = format!(
            "import vh\ndef OnUserCommand(nick, command):\n    try:\n        {send}\n    except Exception as error:\n        vh.usermc('refused: ' + str(error)[:200], nick)\n    return 0\n"
        );
        let hub = Hub::setup()
            .user("op", 3, PASSWORD)
            .script("sends.py", script)
            .start();
        let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
        ann.chat("+go");
        ann.fence();
        op.fence();
        ann.chat("still here");
        op.expect_exact("<ann> still here");
    }
}

/// A result without end is cut, and the store goes on for the others.
#[test]
fn statements_have_a_limit() {
    const SQL: &str = "\
import vh
def OnUserCommand(nick, command):
    done = vh.SQL(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 4000) SELECT x, hex(zeroblob(200000)) FROM c\")
    vh.usermc('rows %d' % len(done[1] or []), nick)
    return 0
";
    let hub = Hub::setup()
        .user("reg", 1, PASSWORD)
        .script("sql.py", SQL)
        .start();
    let mut ann = hub.login("ann");
    let before = memory(&hub);
    ann.chat("+go");
    hub.login_reg("reg");
    ann.expect("rows ");
    let grown = memory(&hub).saturating_sub(before) >> 20;
    assert!(grown < 200, "{grown} MiB for one statement");
}

/// Calls without end from a thread neither stop the hub nor fill its memory.
#[test]
fn calls_have_a_limit() {
    const STORM: &str = "\
import threading, vh
stop = False
def work():
    while not stop:
        vh.SendToOpChat('storm')
        vh.SetConfig('pi_storm', 'x', 'y' * 1000)
        vh.ScriptCommand('a', 'b' * 1000)
threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for thread in threads: thread.start()
def UnLoad():
    global stop
    stop = True
";
    let mut hub = Hub::setup().script("storm.py", STORM).start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let before = memory(&hub);
    for n in 0..100 {
        ann.chat(format!("line {n}"));
        bob.expect_exact(format!("<ann> line {n}"));
    }
    let grown = memory(&hub).saturating_sub(before) >> 20;
    assert!(grown < 200, "{grown} MiB");
    let (status, _) = hub.stop();
    assert!(status.success(), "{status}");
}

/// A timer that raises each time is told of now and then.
#[test]
fn a_timer_that_raises_is_told_once() {
    let hub = Hub::setup()
        .set("adv_timer_serv_period", 1)
        .user("op", 3, PASSWORD)
        .script("timer.py", "n = 0\ndef OnTimer(ms):\n    global n\n    n += 1\n    raise ValueError(f'time {n}')\n")
        .start();
    let mut op = hub.login_reg("op");
    until(|| {
        op.fence();
        hub.log().contains("ValueError: time ")
    });
    std::thread::sleep(std::time::Duration::from_secs(4));
    op.fence();
    let traces = hub.log().matches("ValueError: time ").count();
    assert!(traces <= 2, "{traces} in the log:\n{}", hub.log());
    let told = op.count("ValueError: time ");
    assert!(told <= 1, "{told} to the operator");
}

/// What a hook returns by the thousands and of any kind means something or nothing.
#[test]
fn odd_results_are_harmless() {
    for result in [
        "('x' * 20_000_000, 1)",
        "('<a> b', 'c', 'd')",
        "[1] * 100_000",
        "{}",
        "object()",
        "float('nan')",
        "10 ** 400",
        "(None, None)",
        "('', 0)",
        "b'bytes'",
        "(1, 'x|$Quit ann|')",
        "'x|$Quit ann|y'",
        "...",
    ] {
        let hub = Hub::setup()
            .script(
                "odd.py",
                format!("def OnParsedMsgChat(nick, text):\n    return {result}\n"),
            )
            .start();
        let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
        ann.chat("one");
        ann.fence();
        bob.fence();
        super::witness::never(&bob, "$Quit ann");
    }
}

/// A stranger's message reaches a script as he sent it, and harms it only.
#[test]
fn hostile_input_reaches_scripts_whole() {
    const ECHO: &str = "\
import vh
def OnParsedMsgChat(nick, text):
    vh.usermc(ascii(text), nick)
    vh.usermc(text, nick)
    vh.SendToOpChat(text, nick)
    return 0
";
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .script("echo.py", ECHO)
        .start();
    let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
    for text in [
        &b"\xff\xfe\x80"[..],
        b"\xed\xa0\x80",
        b"a&#124;b",
        b"$Quit op",
        b"\x1b[31m",
        b"%s%n{0.__class__}",
        b"'; DROP TABLE reglist; --",
    ] {
        ann.chat(text);
    }
    ann.fence();
    op.fence();
    let witness = super::witness::Witness::of(&["ann", "op"]);
    witness.look(&ann);
    witness.look(&op);
}

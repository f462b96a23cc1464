//! Whatever a script says, prints, stores or gets wrong has a limit.

mod kit;

use kit::{Hub, PASSWORD};

/// A hub with a script that does what is said in chat, an operator and a user.
fn hub(source: &str) -> Hub {
    Hub::setup()
        .user("op", 5, PASSWORD)
        .script("big.py", source)
        .start()
}

#[test]
fn an_error_of_ten_megabytes_throws_nobody_out() {
    let hub = hub("def OnParsedMsgChat(nick, text):\n    raise ValueError('x' * 10_000_000)\n");
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("now");
    let report = op.expect("Script big, OnParsedMsgChat:");
    assert!(report.contains("bytes left out"), "{report}");
    assert!(report.contains("line 2"), "{report}");
    assert!(report.len() < 16_384, "{}", report.len());
    op.expect_exact("<ann> now");
    op.chat("still here");
    ann.expect_exact("<op> still here");
    assert!(hub.log().len() < 100_000, "{}", hub.log().len());
}

#[test]
fn an_error_is_told_once_and_then_counted_whatever_its_text() {
    let source = "n = 0\ndef OnParsedMsgChat(nick, text):\n    global n\n    n += 1\n    raise ValueError(f'number {n}')\n\
                  def OnUserLogin(nick):\n    raise KeyError(nick)\n";
    let hub = hub(source);
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    for n in 0..200 {
        ann.chat(format!("line {n}"));
    }
    op.expect_exact("<ann> line 199");
    op.fence();
    assert_eq!(op.count("Script big, OnParsedMsgChat"), 1);
    assert_eq!(op.count("ValueError: number 1"), 1);
    assert_eq!(op.count("ValueError: number 2"), 0);
    assert_eq!(op.count("Script big, OnUserLogin"), 1);
    // Once in the log, too.
    hub.wait_log("ValueError: number 1");
    assert_eq!(hub.log().matches("ValueError: number").count(), 1);
    assert_eq!(hub.log().matches("KeyError: ").count(), 1);
    // All of them are counted.
    op.chat("!pystat");
    op.expect("big.py");
    assert!(op.history().contains("\t202\t"), "{}", op.history());
}

#[test]
fn what_is_too_large_to_send_is_refused_with_the_limit() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    told = []
    for name, args in (('SendToAll', ()), ('mc', ()), ('SendDataToAll', (0, 10)), ('SendToOpChat', ()),
                       ('pm', (nick,)), ('SendPMToAll', ('bot', 0, 10))):
        for letter in 'x', '\\u20ac':
            try:
                getattr(vh, name)(letter * 30_000_000, *args)
            except ValueError as e:
                told.append(str(e))
    for e in sorted(set(told)): vh.usermc(nick, e)
    vh.usermc(nick, f'{len(told)} refused')
";
    let hub = hub(source);
    let mut ann = hub.login("ann");
    let mut bob = hub.login("bob");
    ann.chat("go");
    ann.expect("12 refused");
    assert!(ann.history().contains(
        "vh.SendToAll() argument 1 (text) has 30 000 000 bytes, at most 262 144 are taken"
    ));
    bob.chat("all are here");
    ann.expect_exact("<bob> all are here");
}

#[test]
fn what_a_hook_returns_is_no_way_around() {
    let source = "def OnParsedMsgChat(nick, text):\n    if text == 'big': return nick, 'x' * 20_000_000\n    if text == 'raw': return 'y' * 20_000_000, 1\n";
    let hub = hub(source);
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    for text in ["big", "raw", "small"] {
        ann.chat(text);
        bob.expect_exact(format!("<ann> {text}"));
    }
    hub.wait_log("returned a text of more than 65536 bytes");
    ann.fence();
}

#[test]
fn print_without_end_fills_no_log() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    for n in range(200_000): print('a line of some length, number', n)
    print('z' * 20_000_000)
    print('\\n' * 5_000_000)
    vh.usermc(nick, 'printed')
";
    let hub = hub(source);
    let mut ann = hub.login("ann");
    ann.chat("go");
    ann.expect("printed");
    hub.wait_log("it prints too much");
    assert!(hub.log().len() < 4_000_000, "{}", hub.log().len());
    assert_eq!(hub.log().matches("it prints too much").count(), 1);
}

#[test]
fn a_failed_statement_tells_no_values() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    for n in range(3):
        vh.usermc(nick, str(vh.SQL(\"INSERT INTO nowhere (nick, pw) VALUES ('ann', 'hunter2')\")))
";
    let hub = hub(source);
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("go");
    ann.expect("(0, [])");
    op.expect("a statement of vh.SQL failed: there is no such table");
    op.expect_exact("<ann> go");
    assert!(!op.history().contains("nowhere"), "{}", op.history());
    assert_eq!(op.count("a statement of vh.SQL failed"), 1);
    hub.wait_log("INSERT INTO nowhere (nick, pw) VALUES (?, ?)");
    assert!(!hub.log().contains("hunter2"), "{}", hub.log());
}

#[test]
fn bots_have_a_number() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    made = 0
    try:
        while vh.AddRobot(f'bot{made}', 0, 'd', '', '', '0'): made += 1
    except ValueError as e:
        vh.usermc(nick, f'{made}: {e}')
";
    let hub = hub(source);
    let mut ann = hub.login("ann");
    ann.chat("go");
    ann.expect("256: a script may have 256 bots");
}

/// A thread that says things faster than the hub can: it waits, the memory does not grow.
#[test]
fn a_thread_that_speaks_without_end_waits_for_the_hub() {
    let source = "\
import threading, vh
def resident():
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmHWM'))
def speak():
    text, before = 'x' * 250_000, resident()
    for n in range(4000): vh.SendToOpChat(text)
    vh.mc(f'spoken, {(resident() - before) // 1024} MB more')
def OnParsedMsgChat(nick, line):
    if line == 'go': threading.Thread(target=speak).start()
";
    let hub = hub(source);
    let mut ann = hub.login("ann");
    ann.chat("go");
    let told = ann.expect("<Viperhub> spoken, ");
    let more = told
        .split_whitespace()
        .rev()
        .nth(2)
        .and_then(|n| n.parse().ok());
    assert!(more.is_some_and(|mb: u32| mb < 100), "{told}");
}

//! What is text stays text, on the wire and in the log.

mod kit;

use kit::{Hub, PASSWORD};

/// A line of the log as the hub begins them, which no text from outside may.
const FORGED: &str = "2026-11-27T15:00:00Z ERROR fake";

#[test]
fn no_text_is_sent_as_a_message() {
    let source = "\
import vh
vh.AddRobot('Robo', 3, 'x|$Quit victim|y', 'a$b', 'm|', '0')
def OnParsedMsgChat(nick, text):
    if text == 'texts':
        vh.usermc('x|$Quit victim|y', nick)
        vh.pm('x|$Quit victim|y', nick)
        vh.mc('x|$Quit victim|y')
        vh.SendToOpChat('x|$Quit victim|y')
        vh.SendPMToAll('x|$Quit victim|y', 'Robo', 0, 10)
        vh.SendToAll('x|$Quit victim|y')
        vh.SetConfig('config', 'hub_topic', 'x|$Quit victim|y')
        raise ValueError('x|$Quit victim|y')
    if text == 'data':
        vh.SendDataToUser('<Robo> one|<Robo> two|', nick)
        vh.SendDataToAll('<Robo> three|<Robo> four', 0, 10)
        vh.SendToAll('<Robo> five|<Robo> six')
";
    let hub = Hub::setup()
        .set("hub_name", "a|$Quit victim|b")
        .user("op", 10, PASSWORD)
        .script("texts.py", source)
        .start();
    let mut op = hub.login_reg("op");
    op.chat("!help");
    op.chat("texts");
    op.expect("ValueError: x&#124;$Quit victim&#124;y");
    op.chat("!set hub_desc x &#124; y");
    op.chat("!pylist");
    op.fence();
    let history = op.history();
    assert!(history.contains("x&#124;$Quit victim&#124;y"), "{history}");
    assert!(
        !history.lines().any(|l| l.starts_with("$Quit victim")),
        "{history}"
    );
    assert!(!history.contains("|$Quit"), "{history}");
    op.chat("data");
    for line in ["one", "two", "three", "four", "five", "six"] {
        op.expect_ever(format!("<Robo> {line}"));
    }
}

#[test]
fn nothing_from_outside_begins_a_line_of_the_log() {
    let source = format!(
        "\
import vh, sys
def OnParsedMsgChat(nick, text):
    print('printed\\n{FORGED}\\r{FORGED}\\x1b[2J')
    print('to stderr\\n{FORGED}', file=sys.stderr)
    try: vh.SQL('SELECT \\n{FORGED}')
    except Exception as e: print(e)
    raise ValueError('raised\\n{FORGED}\\x1b[2J\\u2028')
"
    );
    let hub = Hub::setup()
        .user("op", 10, PASSWORD)
        .script("forger.py", source)
        .start();
    let mut op = hub.login_reg("op");
    op.chat("!pylog 3");
    op.chat("go");
    hub.wait_log("ValueError: raised");
    op.fence();
    let log = hub.log();
    let forged = log
        .lines()
        .filter(|l| l.starts_with("2026-11-27T15:00:00Z"));
    assert_eq!(forged.count(), 0, "{log}");
    assert!(
        log.contains(&format!("    {FORGED}")),
        "shown, but indented: {log}"
    );
    assert!(!log.contains('\x1b') && log.contains("\\x1b[2J"), "{log}");
}

#[test]
fn passwords_are_not_logged_at_any_level() {
    let hooks = ["Any", "AnyEx", "Chat", "PM", "MyPass"]
        .map(|hook| format!("def OnParsedMsg{hook}(*args): return 1\n"));
    let source = format!(
        "import vh\n{}\
def OnUserCommand(*args): return 1\n\
def OnOperatorCommand(*args): return 1\n\
def OnHubCommand(*args): return 1\n\
def OnUnknownMsg(*args): return 1\n\
def OnOpChatMessage(nick, text):\n\
\x20   vh.AddRegUser('newone', 1, 's3cret', 'op')\n\
\x20   vh.ParseCommand('op', '!regpass newone s3cret', 0)\n\
\x20   vh.SendDataToUser('<x> done', 'op')\n",
        hooks.concat()
    );
    let hub = Hub::setup()
        .arg("-vv")
        .user("op", 10, PASSWORD)
        .user("ann", 1, "s3cret")
        .script("nosy.py", source)
        .start();
    let mut op = hub.login_reg("op");
    op.chat("!pylog 5");
    op.fence();
    let mut ann = kit::Client::login(&hub, kit::Who::new("ann").password("s3cret"));
    ann.chat("+passwd s3cret");
    ann.pm("Viperhub", "+passwd s3cret");
    for command in [
        "regnew bob 1 s3cret",
        "rn carl s3cret",
        "regpass ann s3cret",
        "RPASSWD ann s3cret",
    ] {
        op.chat(format!("!{command}"));
        op.pm("Viperhub", format!("!{command}"));
    }
    op.pm("OpChat", "go");
    op.expect_ever("<x> done");
    ann.fence();
    op.fence();
    let log = hub.log();
    assert!(log.contains("<hidden>"), "it is logged at all: {log}");
    assert!(!log.contains("s3cret"), "{log}");
}

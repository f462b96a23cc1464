//! The order in which what scripts and clients do takes effect, and odd functions as hooks.

mod kit;

use kit::{Client, Hub, PASSWORD, Probe};

/// What a script did in a hook comes before what the hub does after it.
#[test]
fn effects_of_a_hook_come_before_the_event_itself() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    vh.mc('before: ' + text)
    vh.SendDataToAll('<x> raw before ' + text, 0, 10)
    vh.Topic(text)
";
    let hub = Hub::setup().script("a.py", source).start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    for n in 0..10 {
        ann.chat(format!("line {n}"));
        for client in [&mut ann, &mut bob] {
            client.expect_all(&[
                &format!("before: line {n}"),
                &format!("raw before line {n}"),
                &format!("$HubTopic line {n}"),
            ]);
            client.expect_exact(format!("<ann> line {n}"));
        }
    }
}

/// Messages of one client keep their order though scripts judge some of them, and others do not wait.
#[test]
fn a_client_that_waits_for_a_script_keeps_its_order() {
    let source =
        "import time\ndef OnParsedMsgChat(nick, text):\n    if nick == 'slow': time.sleep(0.2)\n";
    let hub = Hub::setup().script("a.py", source).start();
    let mut slow = hub.login("slow");
    let mut ann = hub.login("ann");
    slow.chat("one");
    slow.pm("ann", "two");
    slow.chat("three");
    ann.expect_exact("<slow> one");
    ann.expect_exact("$To: ann From: slow $<slow> two");
    ann.expect_exact("<slow> three");
}

#[test]
fn hooks_may_have_odd_signatures() {
    let source = "\
import vh
class Handler:
    def __call__(self, nick, text='', *more):
        vh.mc('object saw ' + text)
OnParsedMsgChat = Handler()
OnUserLogin = lambda *args: vh.mc('lambda saw ' + args[0]) and None
OnUserLogout = 'not callable'
def OnParsedMsgPM(nick):
    return 0
";
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .script("odd.py", source)
        .start();
    let mut op: Client = hub.login_reg("op");
    assert!(op.history().contains("lambda saw op"));
    let mut ann = hub.login("ann");
    ann.chat("hello");
    op.expect("object saw hello");
    op.expect_exact("<ann> hello");
    // Wrong number of arguments: an exception, so no opinion.
    ann.pm("op", "hi");
    op.expect("TypeError");
    op.expect_exact("$To: op From: ann $<ann> hi");
}

/// Several messages in one piece of data, and what is sent is in order.
#[test]
fn what_a_script_sends_keeps_its_order() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.exec("for n in range(200): vh.usermc('ann', f'line {n}'); vh.SendDataToUser(f'$Data {n}|$More {n}', 'ann')");
    for n in 0..200 {
        ann.expect_exact(format!("<Viperhub> line {n}"));
        ann.expect_exact(format!("$Data {n}"));
        ann.expect_exact(format!("$More {n}"));
    }
}

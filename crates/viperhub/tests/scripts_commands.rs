//! The hooks of commands, and several scripts hearing of one event.

mod kit;

use kit::{Client, Hub, PASSWORD, Probe};

#[test]
fn on_user_command() {
    let hub = Hub::setup().probe(&["OnUserCommand"]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    for value in ["None", "1", "True", "'text'", "1.5"] {
        boss.answer("OnUserCommand", value);
        ann.chat("+myip");
        ann.expect("Your address is");
    }
    for value in ["0", "False"] {
        boss.answer("OnUserCommand", value);
        ann.chat("+myip");
        ann.expect_none("address");
    }
    boss.answer("OnUserCommand", "('<Guard> mine', 0)");
    ann.chat("+myip");
    ann.expect_exact("<Guard> mine");
    ann.expect_none("address");
    boss.calls("OnUserCommand");
    ann.chat("!anything at all");
    ann.pm("Viperhub", "/by mail");
    ann.fence();
    assert_eq!(
        boss.calls("OnUserCommand"),
        "[('ann', '!anything at all'), ('ann', '/by mail')]"
    );
}

#[test]
fn on_operator_command() {
    let hub = Hub::setup().user("op", 3, PASSWORD).probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut op = hub.login_reg("op");
    for value in ["None", "1", "True", "'text'", "[]"] {
        boss.answer("OnOperatorCommand", value);
        op.chat("!getip op");
        op.expect("op: 127.0.0.1");
    }
    for value in ["0", "False"] {
        boss.answer("OnOperatorCommand", value);
        op.chat("!getip op");
        op.expect_none("127.0.0.1");
    }
    boss.answer("OnOperatorCommand", "('<Guard> mine', 0)");
    op.chat("+help");
    op.expect_exact("<Guard> mine");
    boss.is("[a for n, a in calls][-1]", "('op', '+help')");
}

#[test]
fn on_hub_command() {
    let hub = Hub::setup()
        .probe(&["OnHubCommand", "OnUserCommand"])
        .start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.calls("OnHubCommand");
    ann.chat("+myip now");
    ann.expect("Your address is");
    ann.pm("Viperhub", "/myip");
    ann.expect("Your address is");
    assert_eq!(
        boss.calls("OnHubCommand"),
        "[('ann', 'myip now', 0, 0, '+'), ('ann', 'myip', 0, 1, '/')]"
    );
    for value in ["None", "1", "True", "'text'"] {
        boss.answer("OnHubCommand", value);
        ann.chat("+myip");
        ann.expect("Your address is");
    }
    for value in ["0", "False"] {
        boss.answer(
            "OnHubCommand",
            &format!("lambda nick, *rest: {value} if nick == 'ann' else 1"),
        );
        ann.chat("+myip");
        ann.expect_none("address");
    }
    // It comes after the hook for users, when that let it pass.
    boss.calls("OnHubCommand");
    boss.answer("OnUserCommand", "0");
    ann.chat("+myip");
    ann.fence();
    assert_eq!(boss.calls("OnHubCommand"), "[]");
}

/// A line that looks like a command but is none reaches the chat hook before anybody is told that it is unknown.
#[test]
fn unknown_commands_reach_the_chat_hook() {
    let hub = Hub::setup().probe(&["OnParsedMsgChat"]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    ann.chat("!stats");
    ann.expect("There is no command !stats");
    assert_eq!(boss.calls("OnParsedMsgChat"), "[('ann', '!stats')]");
    boss.answer("OnParsedMsgChat", "0");
    ann.chat("!stats");
    ann.expect_none("no command");
}

/// Says what it saw, and returns something.
fn witness(name: &str, value: &str) -> String {
    format!(
        "import vh\ndef OnParsedMsgChat(nick, text):\n    vh.usermc('ann', '{name} saw ' + nick + ': ' + text)\n    return {value}\n"
    )
}

#[test]
fn every_script_hears_and_a_block_wins() {
    let hub = Hub::setup()
        .script("a.py", witness("a", "0"))
        .script("b.py", witness("b", "1"))
        .script("c.py", witness("c", "None"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("hello");
    for name in ["a", "b", "c"] {
        ann.expect_exact(format!("<Viperhub> {name} saw ann: hello"));
    }
    ann.expect_none("<ann> hello");
}

#[test]
fn substitutions_pass_from_script_to_script() {
    let hub = Hub::setup()
        .script("a.py", witness("a", "text + ' a'"))
        .script("b.py", witness("b", "('bea', text + ' b')"))
        .script("c.py", witness("c", "(None, text + ' c')"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("hello");
    ann.expect_exact("<Viperhub> a saw ann: hello");
    ann.expect_exact("<Viperhub> b saw ann: hello a");
    ann.expect_exact("<Viperhub> c saw bea: hello a b");
    ann.expect_exact("<bea> hello a b c");
}

#[test]
fn a_block_wins_over_a_later_substitution() {
    let hub = Hub::setup()
        .script("a.py", witness("a", "0"))
        .script("b.py", witness("b", "'other'"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("hello");
    ann.expect("b saw ann: hello");
    ann.expect_none("other");
}

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

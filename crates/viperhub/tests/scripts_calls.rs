//! Scripts that ask one another, and what operators see of their work.

mod kit;

use std::time::{Duration, Instant};

use kit::{Hub, PASSWORD, Probe, until};

const ASKER: &str = "import vh
def name_and_version(): return ('Asker', '2')
def OnScriptQuery(command, data, plugin, script): return f'{vh.name} heard {data}'
def OnParsedMsgChat(nick, text):
    if text == 'ask':
        vh.mc(repr(vh.ScriptQuery('q', 'it')))
        vh.mc(repr(vh.ScriptQuery('_get_script_name', '')))
    if text == 'call': vh.mc('none' if not raises() else raises())
def raises():
    try: vh.CallDynamicFunction('f')
    except Exception as e: return type(e).__name__
";

#[test]
fn scripts_ask_one_another_in_a_hub() {
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .script("a.py", ASKER)
        .script("b.py", "def OnScriptQuery(c, d, p, s): return s[-4:]\n")
        .start();
    let mut admin = hub.login_reg("admin");
    admin.chat("ask");
    admin.expect("['a heard it', 'a.py']");
    admin.expect("['Asker', 'b']");
    admin.chat("call");
    admin.expect("RuntimeError");
}

#[test]
fn pystat_shows_work_and_pyresume_ends_a_suspension() {
    let slow = "def OnParsedMsgChat(nick, text):
    while text == 'slow': pass
    return 0 if text == 'secret' else 1
";
    let hub = Hub::setup()
        .user("admin", 10, PASSWORD)
        .set("python_budget_ms", "200")
        .set("python_strikes", "1")
        .script("a.py", slow)
        .start();
    let mut admin = hub.login_reg("admin");
    admin.chat("hi");
    admin.chat("!pystat");
    let told = admin.expect("\tState\tScript");
    assert!(
        told.contains("\t0\t1\t0\t") && told.contains(" MB\tready\t/"),
        "{told}"
    );
    admin.chat("slow");
    admin.expect("suspended until !pyresume a or !pyreload a");
    admin.chat("secret");
    admin.expect("<admin> secret");
    admin.chat("!pylist");
    admin.expect("a.py (isolated, suspended)");
    // The interrupt reaches it a moment after the hub went on.
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        admin.chat("!pystat");
        if admin.expect("\tState\tScript").contains("\tsuspended\t") {
            break;
        }
        assert!(Instant::now() < end);
    }
    // More than the rest can take on any machine.
    admin.chat("!set python_budget_ms 60000");
    admin.expect("-> 60000");
    admin.chat("!pyresume a");
    admin.expect("Script goes on: #0 ");
    admin.chat("secret");
    admin.chat("!pystat");
    let told = admin.expect("\tState\tScript");
    assert!(!told.contains("<admin> secret"), "{told}");
    assert!(told.contains("\tready\t/"), "{told}");
    admin.chat("!pyresume a");
    admin.expect("Script is not suspended: #0 ");
}

#[test]
fn scripts_command_one_another() {
    let other = "import vh\ndef OnScriptCommand(cmd, data, plugin, script):\n    if cmd == 'say': vh.mc(data + ' by ' + plugin)\n";
    let hub = Hub::setup()
        .probe(&["OnScriptCommand"])
        .script("other.py", other)
        .start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.ScriptCommand('say', 'hello'), vh.ScriptCommand('say', 'at once', 1)",
        "(True, True)",
    );
    // The other script answers from a thread of its own, so its lines may come before or after
    // the probe's: only their own order is sure.
    until(|| boss.eval("len([a for n, a in calls])") == "2");
    until(|| {
        boss.client.fence();
        boss.client.history().contains("hello by python")
    });
    let said = boss.client.history();
    let at = |text: &str| said.find(text).expect("it came");
    assert!(at("at once by python") < at("hello by python"), "{said}");
    boss.is("all(a[3] == vh.path for n, a in calls)", "True");
    boss.exec("calls.clear()");
    boss.client.chat("!set opchat_name Ops");
    boss.client.expect("OpChat -> Ops");
    // The script hears of it on a thread of its own.
    until(|| boss.eval("[n for n, a in calls if n == 'OnScriptCommand']") != "[]");
    assert_eq!(
        boss.calls("OnScriptCommand"),
        "[('_opchat_name_change', 'Ops', '', '')]"
    );
}

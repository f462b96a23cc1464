//! The commands of scripts, and the world a script finds itself in.

use crate::Mode;
use crate::kit::{Client, PASSWORD, Probe};

/// The commands these tests try, and the test.
pub const COVERS: &[(&str, &str)] = &[
    ("pyload", "commands"),
    ("pyunload", "commands"),
    ("pyreload", "commands"),
    ("pylist", "commands"),
    ("pyfiles", "commands"),
    ("pylog", "commands"),
    ("pystat", "commands"),
    ("pyresume", "suspended_scripts_go_on"),
];

in_every_mode! {
    commands
    suspended_scripts_go_on
    environment
    packages_beside_a_script
}

/// Says its name when somebody writes `who`.
fn teller(name: &str) -> String {
    format!(
        "import vh\ndef OnParsedMsgChat(nick, text):\n    if text == 'who': vh.mc('I am {name}')\n"
    )
}

/// Types a command; the answer comes from the hub's bot and holds this.
#[track_caller]
fn answer(client: &mut Client, command: &str, text: &str) -> String {
    client.chat(command);
    let got = client.expect("<Viperhub> ");
    assert!(got.contains(text), "{command} was answered {got:?}");
    got
}

/// By name with and without `.py`, path, number of `!pyfiles` and of `!pylist`; places and numbers are kept.
fn commands(mode: Mode) {
    let hub = mode
        .hub()
        .user("admin", 5, PASSWORD)
        .user("op", 3, PASSWORD)
        .script("a.py", teller("a"))
        .script("b.py", teller("b"))
        .script("notes.txt", "")
        .start();
    let (mut admin, mut op) = (hub.login_reg("admin"), hub.login_reg("op"));
    let data = hub.data_dir().display().to_string();
    let rows = |list: &str| -> Vec<String> {
        let rows = list.split("\r\n").filter(|l| l.contains("/scripts/"));
        rows.map(|r| {
            r.split('/')
                .next_back()
                .unwrap_or_default()
                .chars()
                .take(4)
                .collect()
        })
        .collect()
    };
    let list = answer(&mut admin, "!pylist", "ID\tScript");
    assert!(
        list.contains(&"-".repeat(40)) && list.contains("\t0\t/") && list.contains("\t1\t/"),
        "{list}"
    );
    assert_eq!(rows(&list), ["a.py", "b.py"]);
    hub.write_script("c.py", teller("c"));
    let files = answer(&mut admin, "!pyfiles", &data);
    assert!(
        files.contains("\t0\ta.py\r\n\t1\tb.py\r\n\t2\tc.py") && !files.contains("notes"),
        "{files}"
    );
    answer(
        &mut admin,
        "!pyload 2",
        &format!("Script loaded: #2 {data}/scripts/c.py"),
    );
    answer(&mut admin, "!pyload c", "c.py");
    answer(&mut admin, "!pyload nothing.py", "nothing.py");
    answer(&mut admin, "!pyload 99", "99");
    answer(&mut admin, "!pyunload 0", "Script stopped: #0");
    answer(&mut admin, "!pyunload b.py", "Script stopped: #1");
    answer(&mut admin, "!pyunload nothing", "nothing");
    answer(&mut admin, "!pyload b", "Script loaded: ");
    answer(
        &mut admin,
        &format!("!pyload {data}/scripts/a.py"),
        "Script loaded: ",
    );
    assert_eq!(
        rows(&answer(&mut admin, "!pylist", "ID")),
        ["c.py", "b.py", "a.py"]
    );
    hub.write_script("b.py", teller("new b"));
    answer(&mut admin, "!pyreload b", "Script stopped: ");
    admin.chat("who");
    for name in ["c", "new b", "a"] {
        admin.expect_exact(format!("<Viperhub> I am {name}"));
    }
    assert_eq!(
        rows(&answer(&mut admin, "!pylist", "ID")),
        ["c.py", "b.py", "a.py"]
    );
    let stat = answer(&mut admin, "!pystat", "\tState\tScript");
    assert_eq!(stat.matches("\tready\t").count(), 3, "{stat}");
    answer(&mut admin, "!pylog 2", "pi_python.log_level: ");
    answer(&mut admin, "!pylog 1", "pi_python.log_level: 2 -> 1");
    // Whoever may not load scripts is told so.
    op.chat("!pylist");
    assert!(!op.expect("<Viperhub> ").contains("ID\tScript"));
}

fn suspended_scripts_go_on(mode: Mode) {
    let slow = "def OnParsedMsgChat(nick, text):\n    while text == 'slow': pass\n    return 0 if text == 'secret' else 1\n";
    let hub = mode
        .hub()
        .user("admin", 10, PASSWORD)
        .set("python_budget_ms", 300)
        .set("python_strikes", 1)
        .script("slow.py", slow)
        .start();
    let mut admin = hub.login_reg("admin");
    admin.chat("slow");
    admin.expect("suspended until !pyresume slow or !pyreload slow");
    admin.chat("secret");
    admin.expect_exact("<admin> secret");
    crate::kit::until(|| {
        admin.chat("!pystat");
        admin.expect("\tState\tScript").contains("\tsuspended\t")
    });
    // More than the rest can take on any machine.
    admin.chat("!set python_budget_ms 60000");
    admin.expect("-> 60000");
    admin.chat("!pyresume slow");
    admin.expect("Script goes on: #0 ");
    admin.chat("secret");
    admin.expect_none("<admin> secret");
}

/// The script's own file, its arguments, its places to import from, the encoding of texts, and where prints go.
fn environment(mode: Mode) {
    let hub = mode
        .hub()
        .probe(&[])
        .script(
            "prints.py",
            "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n",
        )
        // A template's own tests do not run when the hub loads it, and vh is there without an import.
        .script(
            "template.py",
            "named = vh.name\nif __name__ == '__main__':\n    raise SystemExit('its tests')\n",
        )
        .start();
    hub.wait_log("to stdout");
    hub.wait_log("to stderr");
    let mut boss = Probe::login(&hub);
    let scripts = hub.data_dir().join("scripts").display().to_string();
    boss.is("__file__ == vh.path", "True");
    boss.exec("import sys");
    boss.is("sys.argv", "['<vh>']");
    boss.is(&format!("{scripts:?} in sys.path"), "True");
    boss.is("sys.version_info >= (3, 12)", "True");
    boss.is(
        "vh.ScriptQuery('_get_script_name', '')",
        "['prints', 'probe', 'template']",
    );
    // Characters that the hub's encoding lacks never make a call fail.
    let mut ann = hub.login("ann");
    boss.is("vh.usermc('ann', '\\u20ac \\U0001f40d!')", "True");
    ann.expect_exact(b"<Viperhub> \x80 ?!");
}

/// Modules and packages in the script's folder, and those of a virtual environment beside it.
fn packages_beside_a_script(mode: Mode) {
    let source = "\
import vh, conf_helper, conf_in_venv
from conf_pack import inner
def OnUserLogin(nick): vh.usermc(nick, f'{conf_helper.X} {inner.X} {conf_in_venv.X}')
";
    let version = python::VERSION;
    let packages = format!("data/scripts/.venv/lib/python{version}/site-packages");
    let hub = mode
        .hub()
        .script("main.py", source)
        .file("data/scripts/conf_helper/__init__.py", "X = 'helper'\n")
        .file("data/scripts/conf_pack/__init__.py", "")
        .file("data/scripts/conf_pack/inner.py", "X = 'inner'\n")
        .file("data/scripts/.venv/pyvenv.cfg", "home = /usr/bin\n")
        .file(&format!("{packages}/conf_in_venv.py"), "X = 'venv'\n")
        .start();
    let ann = hub.login("ann");
    assert!(
        ann.history().contains("<Viperhub> helper inner venv\n"),
        "{}",
        ann.history()
    );
}

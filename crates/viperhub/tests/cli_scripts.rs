//! Scripts at the start, and `viperhub script check`.

mod kit;

use std::fs;
use std::path::Path;

use kit::{Cli, Hub, temp_dir};

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

#[test]
fn a_script_that_is_not_there() {
    let dir = temp_dir();
    let run = [
        "run",
        "--data-dir",
        text(dir.path()),
        "--listen",
        "127.0.0.1:0",
        "--script",
        "/no/such/script.py",
    ];
    let said = Cli::run(run).sentence();
    assert!(said.contains("/no/such/script.py"), "{said}");
}

#[test]
fn scripts_load_in_name_order_then_those_of_the_command_line() {
    let say = |name: &str| {
        format!(
            "import vh\ndef OnUserLogin(nick):\n    vh.usermc(nick, 'I am {name} number ' + str(vh.myid))\n"
        )
    };
    let setup = Hub::setup()
        .script("20_second.py", say("second"))
        .script("10_first.py", say("first"))
        .script("notes.txt", "not a script")
        .file("more/a_last.py", say("last"))
        .file("more/b_third.py", say("third"));
    let (third, last) = (
        setup.path().join("more/b_third.py"),
        setup.path().join("more/a_last.py"),
    );
    let hub = setup
        .arg("--script")
        .arg(text(&third))
        .arg("--script")
        .arg(text(&last))
        .start();
    let ann = hub.login("ann");
    let said: Vec<String> = ann
        .history()
        .lines()
        .filter_map(|l| Some(l.split_once("I am ")?.1.to_owned()))
        .collect();
    let expected = [
        "first number 0",
        "second number 1",
        "third number 2",
        "last number 3",
    ];
    assert_eq!(said, expected, "{}", ann.history());
}

#[test]
fn a_broken_script_is_logged_and_the_hub_runs() {
    let hub = Hub::setup()
        .script("a.py", "def broken(:\n")
        .script(
            "b.py",
            "def deep():\n    raise ValueError('not today')\ndeep()\n",
        )
        .script(
            "c.py",
            "import vh\ndef OnUserLogin(nick): vh.usermc(nick, 'c is there')\n",
        )
        .start();
    let log = hub.log();
    for part in [
        "a.py",
        "SyntaxError",
        "Traceback",
        "b.py",
        "line 2, in deep",
        "ValueError: not today",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(hub.login("ann").history().contains("c is there"));
}

#[test]
fn script_check_tells_hooks_and_errors() {
    let dir = temp_dir();
    let file = |name: &str, source: &str| {
        let path = dir.path().join(name);
        fs::write(&path, source).expect("writable");
        text(&path).to_owned()
    };
    let good = file(
        "good.py",
        "import vh\ndef OnUserLogin(nick):\n    pass\ndef UnLoad():\n    pass\n",
    );
    let typo = file("typo.py", "def OnUserLogn(nick):\n    pass\n");
    let bad = file("bad.py", "def OnUserLogin(nick)\n    pass\n");
    let said = Cli::run(["script", "check", &good]).ok();
    assert!(
        said.contains("good.py: ok") && said.contains("OnUserLogin"),
        "{said}"
    );
    let said = Cli::run(["script", "check", &typo]).ok();
    assert!(said.contains("OnUserLogn"), "{said}");
    let run = Cli::run(["script", "check", &bad, &good]);
    assert_eq!(run.status.code(), Some(1), "{run:#?}");
    assert!(
        run.stdout.contains("bad.py: ") && run.stdout.contains("good.py: ok"),
        "{run:#?}"
    );
    assert!(
        run.stdout.contains("line 1") || run.stdout.contains(":1"),
        "the line is named: {run:#?}"
    );
    let run = Cli::run(["script", "check", text(dir.path()), "/dev/null", &bad]);
    for why in [
        format!("{}: it is a directory", text(dir.path())),
        "/dev/null: it is not a regular file".into(),
    ] {
        assert!(run.stdout.contains(&why), "{why}: {run:#?}");
    }
    assert!(!run.stdout.contains("<viperhub>"), "{run:#?}");
    let run = Cli::run(["script", "check", "/no/such.py", &good]);
    assert_eq!(run.status.code(), Some(1), "{run:#?}");
    assert!(
        run.stdout.contains("/no/such.py: ") && run.stdout.contains("good.py: ok"),
        "the others are checked all the same: {run:#?}"
    );
}

#[test]
fn sample_scripts_pass_the_check() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    let files: Vec<String> = fs::read_dir(scripts)
        .expect("the samples are here")
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "py"))
        .map(|p| text(&p).to_owned())
        .collect();
    assert!(files.len() >= 4);
    let said = Cli::run(
        ["script", "check"]
            .into_iter()
            .map(str::to_owned)
            .chain(files),
    )
    .ok();
    assert!(!said.contains("looks like a hook"), "{said}");
}

//! The command line: what each option does, and one clear sentence when something is wrong.

mod kit;

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use kit::{Cli, Client, Hub, PASSWORD, Who, temp_dir};

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

#[test]
fn help_and_version() {
    assert!(Cli::run(["--version"]).ok().starts_with("viperhub "));
    let help = Cli::run(["--help"]).ok();
    for word in ["run", "user", "script"] {
        assert!(help.contains(word), "{help}");
    }
    let help = Cli::run(["run", "--help"]).ok();
    for option in ["--data-dir", "--listen", "--db", "--set", "--script"] {
        assert!(help.contains(option), "{help}");
    }
}

#[test]
fn wrong_arguments_are_told_in_words() {
    for (arguments, about) in [
        (&["walk"][..], "walk"),
        (&["run", "--listen", "nowhere"], "nowhere"),
        (&["run", "--frobnicate"], "--frobnicate"),
        (&["user", "add", "ann"], "--class"),
        (&["user", "add", "ann", "--class", "many"], "many"),
        (
            &[
                "user",
                "add",
                "ann",
                "--class",
                "3",
                "--password",
                "x",
                "--password-stdin",
            ],
            "--password",
        ),
        (&["script", "check"], "FILE"),
    ] {
        let run = Cli::run(arguments);
        assert_eq!(run.status.code(), Some(2), "{run:#?}");
        assert!(run.stderr.contains(about), "{run:#?}");
    }
}

#[test]
fn run_prints_one_ready_line_per_listener_with_the_real_port() {
    let mut hub = Hub::setup()
        .listen("127.0.0.1:0")
        .listen("127.0.0.1:0")
        .start();
    let [first, second] = hub.addresses() else {
        panic!("two listeners")
    };
    assert_ne!(first.port(), 0);
    assert_ne!(second.port(), 0);
    assert_ne!(first.port(), second.port());
    let who = Who::new("ann");
    let mut ann = Client::connect_to(*first);
    ann.enter(&who);
    let mut bob = Client::connect_to(*second);
    bob.enter(&Who::new("bob"));
    bob.chat("hello from the other port");
    ann.expect_exact("<bob> hello from the other port");
    assert!(hub.stop().0.success());
}

#[test]
fn standard_output_is_the_ready_line_alone() {
    let mut hub = Hub::setup().launch();
    let line = hub.stdout_line();
    let address = line
        .strip_prefix("ready: listening on 127.0.0.1:")
        .expect("the ready line");
    assert!(address.parse::<u16>().is_ok_and(|p| p > 0), "{line}");
}

#[test]
fn the_data_directory_is_made() {
    let hub = Hub::start();
    assert!(hub.data_dir().join("scripts").is_dir());
    assert!(hub.data_dir().join("viperhub.db").is_file());
}

#[test]
fn db_names_another_database() {
    let setup = Hub::setup();
    let path = setup.path().join("other.db");
    let url = format!("sqlite:{}", path.display());
    let data = setup.data_dir();
    let add = [
        "user",
        "add",
        "ann",
        "--class",
        "3",
        "--password",
        PASSWORD,
        "--db",
        &url,
        "--data-dir",
    ];
    Cli::run(add.into_iter().chain([text(&data)])).ok();
    let hub = setup.arg("--db").arg(&url).start();
    assert!(path.is_file());
    assert!(!hub.data_dir().join("viperhub.db").exists());
    let ann = hub.login_reg("ann");
    assert!(ann.history().contains("$LogedIn ann"));
}

#[test]
fn set_holds_for_this_run_only() {
    let mut hub = Hub::setup().set("hub_name", "Den of Vipers").start();
    let mut ann = Client::connect(&hub);
    ann.enter(&Who::new("ann"));
    assert!(ann.history().contains("$HubName Den of Vipers\n"));
    hub.stop();
    // The kit's restart uses the same arguments, so this starts the next run itself.
    let data = hub.data_dir();
    let run = kit::viperhub(["run", "--listen", "127.0.0.1:0", "--data-dir", text(&data)])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn();
    let mut run = run.expect("the program starts");
    let mut ready = String::new();
    let stdout = run.stdout.take().expect("standard output is a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut ready)
        .expect("the ready line");
    let address = ready
        .trim_end()
        .rsplit(' ')
        .next()
        .expect("an address")
        .parse()
        .expect("an address");
    let mut ann = Client::connect_to(address);
    ann.enter(&Who::new("ann"));
    assert!(!ann.history().contains("Vipers"), "{}", ann.history());
    run.kill().expect("it runs");
    run.wait().expect("it is ours");
}

#[test]
fn set_takes_every_variable_of_the_reference() {
    let defaults = hub::config::Config::default();
    let mut setup = Hub::setup();
    for spec in hub::config::specs() {
        let value = defaults
            .get(spec.name)
            .expect("every variable has a default");
        setup = setup.set(spec.name, String::from_utf8_lossy(&value));
    }
    let hub = setup.start();
    hub.login("ann");
}

#[test]
fn set_refuses_what_makes_no_sense() {
    let dir = temp_dir();
    let run = |setting: &str| {
        Cli::run([
            "run",
            "--data-dir",
            text(dir.path()),
            "--listen",
            "127.0.0.1:0",
            "--set",
            setting,
        ])
        .sentence()
    };
    let unknown = run("hub_nam=x");
    assert!(
        unknown.contains("hub_nam") && unknown.contains("did you mean hub_name?"),
        "{unknown}"
    );
    let bad = run("max_users=many");
    assert!(bad.contains("max_users") && bad.contains("many"), "{bad}");
    let shape = run("hub_name");
    assert!(shape.contains("NAME=VALUE"), "{shape}");
}

#[test]
fn an_occupied_port() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = other.local_addr().expect("it has an address").to_string();
    let dir = temp_dir();
    let said = Cli::run(["run", "--data-dir", text(dir.path()), "--listen", &address]).sentence();
    assert!(said.contains(&address) && said.contains("in use"), "{said}");
}

#[test]
fn an_unreadable_database() {
    let dir = temp_dir();
    let file = dir.path().join("viperhub.db");
    fs::write(
        &file,
        "this is no database, whatever its name says ".repeat(100),
    )
    .expect("writable");
    let said = Cli::run([
        "run",
        "--data-dir",
        text(dir.path()),
        "--listen",
        "127.0.0.1:0",
    ])
    .sentence();
    assert!(
        said.contains("viperhub.db") && said.contains("database"),
        "{said}"
    );
    let url = format!("sqlite:{}", dir.path().join("none/at/all.db").display());
    let said = Cli::run(["user", "list", "--data-dir", text(dir.path()), "--db", &url]).sentence();
    assert!(said.contains("all.db"), "{said}");
    let said = Cli::run([
        "user",
        "list",
        "--data-dir",
        text(dir.path()),
        "--db",
        "oracle://x",
    ])
    .sentence();
    assert!(said.contains("oracle"), "{said}");
    let url = format!("sqlite:{}", dir.path().display());
    let said = Cli::run(["user", "list", "--data-dir", text(dir.path()), "--db", &url]).sentence();
    assert!(said.contains(text(dir.path())), "{said}");
}

#[test]
fn an_unwritable_directory() {
    // Tests may run as root, whom no permission stops: a file stands where the directory should be.
    let dir = temp_dir();
    let file = dir.path().join("occupied");
    fs::write(&file, "a file").expect("writable");
    for data in [file.clone(), file.join("below")] {
        let said =
            Cli::run(["run", "--data-dir", text(&data), "--listen", "127.0.0.1:0"]).sentence();
        assert!(
            said.contains("occupied") && said.contains("directory"),
            "{said}"
        );
    }
    // Nobody can make anything there.
    for data in ["/proc/viperhub", "/proc/self"] {
        let said = Cli::run(["run", "--data-dir", data, "--listen", "127.0.0.1:0"]).sentence();
        assert!(said.contains(data) && said.contains("directory"), "{said}");
    }
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
fn verbosity() {
    let has = |hub: &Hub, level: &str| hub.log().contains(level);
    let quiet = Hub::setup()
        .env("RUST_LOG", "error")
        .script("a.py", "")
        .start();
    quiet.login("ann");
    assert!(!has(&quiet, "INFO"), "{}", quiet.log());
    let normal = Hub::setup().script("a.py", "").start();
    normal.wait_log("INFO");
    assert!(!has(&normal, "DEBUG"), "{}", normal.log());
    let loud = Hub::setup().arg("-v").start();
    loud.login("ann").leave();
    loud.wait_log("DEBUG");
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
    let said = Cli::run(["script", "check", "/no/such.py"]).sentence();
    assert!(said.contains("/no/such.py"), "{said}");
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

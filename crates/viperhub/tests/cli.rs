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
        (
            &["run", "--listen", "127.0.0.1"],
            "has no port; write it as 192.0.2.1:411",
        ),
        (&["run", "--listen-tls", "hub.example:411"], "localhost:411"),
        (&["run", "--listen-proxy", "::1:411"], "[::1]:411"),
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
fn a_port_alone_and_localhost_can_be_listened_on() {
    let hub = Hub::setup()
        .listen("0")
        .listen(":0")
        .listen("*:0")
        .listen("localhost:0")
        .start();
    let ips = hub.addresses().iter().map(|a| a.ip().to_string());
    let ips: Vec<_> = ips.collect();
    assert_eq!(ips, ["0.0.0.0", "0.0.0.0", "0.0.0.0", "127.0.0.1"]);
    for address in hub.addresses() {
        let mut client = Client::connect_to(([127, 0, 0, 1], address.port()).into());
        client.enter(&Who::new(format!("u{}", address.port())));
    }
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
        text(&data),
    ];
    // An address with a slip in it makes no hub either.
    let none = Cli::run(add).sentence();
    assert!(none.contains("there is no database sqlite:"), "{none}");
    Cli::run(add.into_iter().chain(["--create"])).ok();
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

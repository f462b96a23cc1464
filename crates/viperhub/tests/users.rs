//! `viperhub user`: registrations from the command line.

mod kit;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kit::{Cli, Client, Hub, PASSWORD, Terminal, Who, temp_dir, until};

#[test]
fn add_list_passwd_del() {
    let dir = temp_dir();
    let data = dir.path().to_str().expect("text");
    let user =
        |arguments: &[&str]| Cli::run([&["user"], arguments, &["--data-dir", data]].concat());

    let none = user(&["list"]).sentence();
    assert!(none.contains("there is no hub in"), "{none}");
    let ann = ["add", "ann", "--class", "10", "--password", PASSWORD];
    let none = user(&ann).sentence();
    assert!(
        none.contains("there is no hub in") && none.contains("--create"),
        "{none}"
    );
    assert!(!dir.path().join("viperhub.db").exists(), "nothing is made");
    let said = user(&[&ann[..], &["--create"]].concat()).ok();
    assert!(said.contains("ann") && said.contains("10"), "{said}");
    user(&["add", "Bob", "--class", "1"]).ok();
    let list = user(&["list"]).ok();
    assert!(list.lines().any(|l| l.trim() == "10 ann"), "{list}");
    assert!(
        list.lines().any(|l| l.trim() == "1 Bob no-password"),
        "{list}"
    );

    let twice = user(&["add", "ANN", "--class", "1", "--password", "x"]).sentence();
    assert!(twice.contains("registered already"), "{twice}");
    user(&["passwd", "bob", "--password", "another secret"]).ok();
    assert!(!user(&["list"]).ok().contains("no-password"));
    let empty = user(&["passwd", "bob"]).sentence();
    assert!(empty.contains("--password"), "{empty}");

    user(&["del", "ann"]).ok();
    let gone = user(&["del", "ann"]).sentence();
    assert!(
        gone.contains("ann") && gone.contains("not registered"),
        "{gone}"
    );
    let gone = user(&["passwd", "ann", "--password", "x"]).sentence();
    assert!(gone.contains("not registered"), "{gone}");
    assert_eq!(user(&["list"]).ok().lines().count(), 1);
}

#[test]
fn add_refuses_what_cannot_be() {
    let dir = temp_dir();
    let data = dir.path().to_str().expect("text");
    for class in ["0", "6", "11", "-2"] {
        let said =
            Cli::run(["user", "add", "ann", "--class", class, "--data-dir", data]).sentence();
        assert!(said.contains("class"), "{said}");
    }
    for nick in ["", "a b", "a$b", "a|b", "<a>"] {
        let said = Cli::run([
            "user",
            "add",
            nick,
            "--class",
            "1",
            "--create",
            "--data-dir",
            data,
        ])
        .sentence();
        assert!(said.contains("cannot be a nick"), "{said}");
    }
}

#[test]
fn the_password_can_come_on_standard_input() {
    let setup = Hub::setup();
    let data = setup.data_dir();
    let data = data.to_str().expect("text");
    let add = [
        "user",
        "add",
        "ann",
        "--class",
        "3",
        "--password-stdin",
        "--create",
        "--data-dir",
        data,
    ];
    let empty = Cli::run_with_input(add, "\n").sentence();
    assert!(empty.contains("no password"), "{empty}");
    Cli::run_with_input(add, &format!("{PASSWORD}\n")).ok();
    let hub = setup.start();
    hub.login_reg("ann");
    let set = [
        "user",
        "passwd",
        "ann",
        "--password-stdin",
        "--data-dir",
        data,
    ];
    Cli::run_with_input(set, "something else\r\n").ok();
    hub.login_as(Who::new("ann").password("something else"));
}

/// Registrations made beside a running hub hold within a moment.
#[test]
fn a_user_added_while_the_hub_runs_can_log_in() {
    let hub = Hub::start();
    let data = hub.data_dir();
    let data = data.to_str().expect("text");
    Cli::run([
        "user",
        "add",
        "ann",
        "--class",
        "5",
        "--password",
        PASSWORD,
        "--data-dir",
        data,
    ])
    .ok();
    until(|| greeting(&hub) == "$GetPass");
    let ann = hub.login_reg("ann");
    assert!(ann.history().contains("$LogedIn ann"));
    drop(ann);
    Cli::run([
        "user",
        "passwd",
        "ann",
        "--password",
        "another secret",
        "--data-dir",
        data,
    ])
    .ok();
    hub.login_as(Who::new("ann").password("another secret"));
    Cli::run(["user", "del", "ann", "--data-dir", data]).ok();
    until(|| greeting(&hub) == "$Hello ann");
}

/// What the hub says to somebody who calls himself ann.
fn greeting(hub: &Hub) -> String {
    let mut ann = Client::connect(hub);
    ann.ask_nick(&Who::new("ann"));
    ann.expect_any(&["$GetPass", "$Hello"])
}

/// Registered without a password: the hub asks for one at the first login, and for that one from then on.
#[test]
fn a_user_without_password_sets_one_at_the_first_login() {
    let hub = Hub::setup().user("ann", 3, "").start();
    let mut ann = Client::connect(&hub);
    let who = Who::new("ann");
    ann.handshake(&who);
    ann.introduce(&who);
    ann.expect("$GetPass");
    ann.send("$MyPass short");
    ann.expect("at least 6 characters");
    ann.chat(format!("+passwd {PASSWORD}"));
    ann.expect("Your password is set");
    ann.expect_exact("$LogedIn ann");
    drop(ann);
    hub.login_reg("ann");
}

#[test]
fn a_first_password_can_be_sent_as_the_client_is_asked() {
    let hub = Hub::setup().user("ann", 1, "").start();
    let mut ann = Client::connect(&hub);
    let who = Who::new("ann");
    ann.handshake(&who);
    ann.introduce(&who);
    ann.expect("$GetPass");
    ann.send(format!("$MyPass {PASSWORD}"));
    ann.expect("Your password is set");
    drop(ann);
    hub.login_reg("ann");
}

/// What is typed in UTF-8 becomes bytes of the hub's encoding, as clients send them.
#[test]
fn nicks_passwords_and_settings_that_are_not_ascii() {
    let setup = Hub::setup()
        .user("Müller", 3, "paßword")
        .set("hub_name", "Höhle");
    let data = setup.data_dir();
    let data = data.to_str().expect("text");
    let list = Cli::run(["user", "list", "--data-dir", data]).ok();
    assert_eq!(list.trim(), "3 Müller");
    let hub = setup.start();
    let mut client = Client::connect(&hub);
    client.ask_nick(&Who::new(b"M\xfcller"));
    client.expect_bytes(b"$HubName H\xf6hle");
    client.expect("$GetPass");
    client.send(b"$MyPass pa\xdfword");
    client.expect_bytes(b"$Hello M\xfcller");
    let snake = Cli::run([
        "user",
        "add",
        "\u{1f40d}",
        "--class",
        "1",
        "--data-dir",
        data,
    ])
    .sentence();
    assert!(snake.contains("encoding"), "{snake}");
    Cli::run(["user", "del", "Müller", "--data-dir", data]).ok();
    let utf8 = Hub::setup()
        .set("hub_name", "Höhle")
        .set("hub_encoding", "UTF-8")
        .start();
    assert!(utf8.login("ann").history().contains("$HubName Höhle"));
}

/// On a terminal nothing is made, and no password shown, without a question.
#[test]
fn a_terminal_is_asked_and_shows_no_password() {
    let dir = temp_dir();
    let data = dir.path().to_str().expect("text");
    let add = |nick| {
        Terminal::run([
            "user",
            "add",
            nick,
            "--class",
            "10",
            "--password-stdin",
            "--data-dir",
            data,
        ])
    };
    let mut no = add("ann");
    no.answer("Make one? [y/N]", "");
    assert!(!no.end().success());
    assert!(no.screen.contains("--create"), "{}", no.screen);
    assert!(!dir.path().join("viperhub.db").exists());

    let mut yes = add("ann");
    yes.answer("Make one? [y/N]", "y");
    yes.answer("Password for ann:", PASSWORD);
    assert!(!yes.shows_keys());
    yes.answer("The same again:", PASSWORD);
    assert!(yes.end().success(), "{}", yes.screen);
    assert!(!yes.screen.contains(PASSWORD), "{}", yes.screen);
    assert!(yes.shows_keys(), "the terminal is as it was");
    let list = Cli::run(["user", "list", "--data-dir", data]).ok();
    assert_eq!(list.trim(), "10 ann");

    let mut slip = add("bob");
    slip.answer("Password for bob:", PASSWORD);
    slip.answer("The same again:", "something else");
    assert!(!slip.end().success());
    assert!(
        slip.screen.contains("two passwords differ"),
        "{}",
        slip.screen
    );
    let list = Cli::run(["user", "list", "--data-dir", data]).ok();
    assert_eq!(list.trim(), "10 ann");
}

#[test]
fn a_signal_at_the_password_leaves_a_terminal_that_shows_what_is_typed() {
    let hub = Hub::start();
    let data = hub.data_dir();
    let data = data.to_str().expect("text");
    let mut run = Terminal::run([
        "user",
        "add",
        "ann",
        "--class",
        "1",
        "--password-stdin",
        "--data-dir",
        data,
    ]);
    run.answer("Password for ann:", "half");
    run.expect("The same again:");
    run.interrupt();
    assert!(!run.end().success());
    assert!(run.shows_keys());
}

/// `make run` tells how to become the owner: in another terminal, wherever that is.
#[test]
fn what_make_run_prints_works_as_printed() {
    let dir = temp_dir();
    let mut run = Command::new(tools().join("run"))
        .args([
            env!("CARGO_BIN_EXE_viperhub"),
            "my data",
            "localhost:0",
            "--",
        ])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(run.stdout.take().expect("a pipe")).lines();
    let mut printed = Vec::new();
    for line in &mut lines {
        printed.push(line.expect("text"));
        if printed.iter().any(|line| line.starts_with("ready: ")) {
            break;
        }
    }
    let command = printed.iter().find(|line| line.contains("user add NICK"));
    let command = command.unwrap_or_else(|| panic!("no command: {printed:#?}"));
    let mut typed = Command::new("sh")
        .args(["-c", command.trim()])
        .current_dir("/")
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut keys = typed.stdin.take().expect("a pipe");
    writeln!(keys, "{PASSWORD}").expect("it reads");
    drop(keys);
    assert!(typed.wait().expect("it ends").success(), "{command}");
    let data = dir.path().join("my data");
    let data = data.to_str().expect("text");
    let list = Cli::run(["user", "list", "--data-dir", data]).ok();
    assert_eq!(list.trim(), "10 NICK");
    run.kill().expect("it runs");
    run.wait().expect("it ends");
}

#[test]
fn root_is_told_to_have_it_built_first() {
    let dir = temp_dir();
    std::fs::create_dir(dir.path().join("tools")).expect("a directory");
    let install = dir.path().join("tools/install");
    std::fs::copy(tools().join("install"), &install).expect("a copy");
    let prefix = dir.path().join("prefix");
    let run = Command::new(&install)
        .arg(&prefix)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        !run.status.success() && said.contains("`make build`"),
        "{said}"
    );
    assert!(!prefix.exists());
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools")
}

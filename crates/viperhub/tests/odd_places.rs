//! Where a hub is started carelessly: no readable log, closed pipes, a directory in use.

mod kit;

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use kit::{Cli, temp_dir, viperhub};

#[test]
fn a_log_that_cannot_be_written_does_not_end_the_hub() {
    let dir = temp_dir();
    let script = dir.path().join("talker.py");
    std::fs::write(&script, "print('hello')\ndef OnTimer(): print('tick')\n").expect("written");
    let full = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let mut hub = viperhub(["-vv", "run", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(dir.path().join("data"))
        .arg("--script")
        .arg(&script)
        .stdout(Stdio::piped())
        .stderr(full)
        .spawn()
        .expect("the program starts");
    let mut ready = String::new();
    let stdout = hub.stdout.take().expect("standard output is a pipe");
    BufReader::new(stdout)
        .read_line(&mut ready)
        .expect("a line");
    assert!(ready.starts_with("ready: listening on "), "{ready:?}");
    assert!(hub.try_wait().expect("its state").is_none(), "it goes on");
    hub.kill().expect("killed");
    hub.wait().expect("ended");
}

#[test]
fn output_that_nobody_reads_is_no_error() {
    let dir = temp_dir();
    let data = dir.path().to_str().expect("text");
    Cli::run([
        "user",
        "add",
        "ann",
        "--class",
        "3",
        "--create",
        "--data-dir",
        data,
    ])
    .ok();
    let full = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let list = viperhub(["user", "list", "--data-dir", data])
        .stdout(full)
        .status();
    assert!(list.expect("it runs").success());
}

#[test]
fn one_hub_to_a_directory() {
    let hub = kit::Hub::start();
    let data = hub.data_dir();
    let second = ["run", "--listen", "127.0.0.1:0", "--data-dir"];
    let said = Cli::run(
        second
            .iter()
            .map(std::ffi::OsStr::new)
            .chain([data.as_os_str()]),
    );
    assert!(said.sentence().contains("another hub runs in"));
}

#[test]
fn users_of_no_hub() {
    let dir = temp_dir();
    let typo = dir.path().join("typo");
    let said = Cli::run(["user", "list", "--data-dir", typo.to_str().expect("text")]).sentence();
    assert!(said.contains("there is no hub in"), "{said}");
    assert!(!typo.exists(), "looking makes nothing");
}

#[test]
fn a_password_that_no_client_can_send() {
    let dir = temp_dir();
    let data = dir.path().to_str().expect("text");
    let add = [
        "user",
        "add",
        "ann",
        "--class",
        "3",
        "--password",
        "a|b",
        "--create",
        "--data-dir",
        data,
    ];
    assert!(Cli::run(add).sentence().contains("no |"));
}

#[test]
fn a_directory_named_like_an_address() {
    let dir = temp_dir();
    for name in [":memory:", "file:x", "sqlite:y", "sp ace"] {
        let data = dir.path().join(name);
        let add = viperhub([
            "user",
            "add",
            "ann",
            "--class",
            "3",
            "--create",
            "--data-dir",
        ])
        .arg(name)
        .current_dir(dir.path())
        .output()
        .expect("it runs");
        assert!(add.status.success(), "{name}: {add:?}");
        assert!(data.join("viperhub.db").is_file(), "{name}");
    }
}

//! What is told to be stored is stored: the database's file while the hub runs, and when it has
//! ended.

mod kit;
#[path = "../../store/tests/common/mariadb.rs"]
mod mariadb;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kit::{Cli, Client, Hub, PASSWORD, Setup, Who, until};
use mariadb::Database;

fn file(hub: &Hub) -> PathBuf {
    hub.data_dir().join("viperhub.db")
}

fn registered(data_dir: &Path) -> String {
    let dir = data_dir.to_str().expect("a path of text");
    Cli::run(["user", "list", "--data-dir", dir]).ok()
}

/// Files of the database in a directory.
fn files(data_dir: &Path) -> Vec<String> {
    let all = fs::read_dir(data_dir).expect("a directory").flatten();
    let names = all.map(|f| f.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|n| n.starts_with("viperhub.db")).collect();
    names.sort();
    names
}

/// Until the list of bans has this nick.
fn bans_name(op: &mut Client, nick: &str) {
    until(|| {
        op.chat("!lstban");
        op.expect(" found.").contains(nick)
    });
}

fn with_operator() -> Setup {
    Hub::setup().user("op", 10, PASSWORD)
}

#[test]
fn a_hub_that_has_ended_leaves_one_file_with_all_that_was_acknowledged() {
    let script = "import vh\ndef OnTimer(msec):\n    vh.SQL('CREATE TABLE IF NOT EXISTS t (a int)')\n    vh.SQL('INSERT INTO t VALUES (1)')\n    return 1\n";
    let mut hub = with_operator().script("busy.py", script).start();
    for i in 0..20 {
        let mut op = hub.login_reg("op");
        op.chat(format!("!regnew last{i} 1 another-password"));
        op.expect(format!("last{i} is now registered"));
        // With the operator still there: his leaving is written down, too.
        let (status, _) = hub.stop();
        assert!(status.success());
        let dir = hub.data_dir();
        assert_eq!(files(&dir), ["viperhub.db"], "stop {i}");
        let copy = kit::temp_dir();
        fs::copy(dir.join("viperhub.db"), copy.path().join("viperhub.db")).expect("a copy");
        assert!(
            registered(copy.path()).contains(&format!("last{i}\n")),
            "stop {i}"
        );
        hub = hub.restart();
    }
}

#[test]
fn a_copy_of_the_file_of_a_running_hub_is_whole_soon() {
    let hub = with_operator().start();
    let mut op = hub.login_reg("op");
    op.chat("!regnew ann 1 another-password");
    op.expect("ann is now registered");
    let copy = kit::temp_dir();
    let target = copy.path().join("viperhub.db");
    until(|| {
        let done = Command::new("cp").arg(file(&hub)).arg(&target).status();
        done.is_ok_and(|s| s.success()) && registered(copy.path()).contains("ann\n")
    });
}

#[test]
fn a_restart_leaves_nothing_in_the_log() {
    let hub = with_operator().start();
    let mut op = hub.login_reg("op");
    op.chat("!regnew ann 1 another-password");
    op.expect("ann is now registered");
    op.chat("!restart");
    op.expect_closed();
    // The next run has opened it again; what was acknowledged is in the file itself.
    until(|| {
        let copy = kit::temp_dir();
        let target = copy.path().join("viperhub.db");
        let done = Command::new("cp").arg(file(&hub)).arg(&target).status();
        done.is_ok_and(|s| s.success()) && registered(copy.path()).contains("ann\n")
    });
}

#[test]
fn a_removed_file_is_told_once_and_takes_nothing_until_it_is_back() {
    let hub = with_operator().start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    let aside = hub.data_dir().join("aside");
    fs::rename(file(&hub), &aside).expect("a rename");
    op.chat("!regnew bob 1 another-password");
    let told = op.expect("bob could not be registered now: ");
    assert!(
        told.contains("is gone") && told.contains("Put it back"),
        "{told}"
    );
    op.expect("The database cannot be reached.");
    op.chat("!bannick liar x");
    op.expect("This holds until the hub ends only: ");
    ann.chat("still here");
    op.expect_exact("<ann> still here");
    fs::rename(&aside, file(&hub)).expect("a rename");
    op.expect("The database is back.");
    assert_eq!(op.count("The database cannot be reached."), 1);
    op.chat("!regnew bob 1 another-password");
    op.expect("bob is now registered");
    hub.wait_log("The database file");
    // The ban of those moments is in the file, too.
    let copy = kit::temp_dir();
    let target = copy.path().join("viperhub.db");
    until(|| {
        let done = Command::new("cp").arg(file(&hub)).arg(&target).status();
        done.is_ok_and(|s| s.success())
            && fs::read(&target).is_ok_and(|all| all.windows(4).any(|w| w == b"liar"))
    });
    bans_name(&mut op, "liar");
    let mut hub = hub;
    hub.signal("KILL");
    hub.wait();
    assert!(registered(&hub.data_dir()).contains("bob\n"));
}

#[test]
fn another_file_in_its_place_is_read_as_a_whole() {
    for how in ["mv", "cp"] {
        let other = with_operator().user("eve", 3, "another-password");
        let other = other.start();
        let mut boss = other.login_reg("op");
        boss.chat("!bannick liar x");
        boss.expect("Banned:");
        boss.chat("!set hub_topic of the other");
        boss.fence();
        let mut other = other;
        other.stop();
        let hub = with_operator().user("gone", 2, "another-password").start();
        let (mut op, mut gone) = (hub.login_reg("op"), {
            hub.login_as(Who::new("gone").password("another-password"))
        });
        let done = Command::new(how).args([file(&other), file(&hub)]).status();
        assert!(done.is_ok_and(|s| s.success()));
        op.expect("was replaced or written into. It was opened anew");
        gone.expect("Your registration was removed.");
        hub.login_as(Who::new("eve").password("another-password"));
        bans_name(&mut op, "liar");
        until(|| {
            op.fence();
            op.history().contains("$HubTopic of the other")
        });
        op.chat("!regnew bob 1 another-password");
        op.expect("bob is now registered");
        let mut hub = hub;
        hub.stop();
        let mut left = files(&hub.data_dir());
        // The log of what was overwritten is kept, and no longer used.
        left.retain(|name| name != "viperhub.db-wal.old");
        assert_eq!(left, ["viperhub.db"], "{how}");
        let all = registered(&hub.data_dir());
        assert!(
            all.contains("bob\n") && all.contains("eve\n") && !all.contains("gone"),
            "{all}"
        );
    }
}

#[test]
fn a_dropped_table_is_told_and_takes_nothing_until_it_is_back() {
    let database = Database::new("latin1");
    let hub = Hub::setup()
        .file("data/database", database.url())
        .user("op", 5, PASSWORD)
        .start();
    let mut op = hub.login_reg("op");
    database.run("RENAME TABLE reglist TO aside");
    let told = op.expect("The database cannot be reached.");
    assert!(told.contains("lacks reglist"), "{told}");
    op.chat("!regnew bob 1 another-password");
    op.expect("bob could not be registered now: ");
    database
        .run("INSERT INTO aside (nick, class) VALUES ('eve', 3); RENAME TABLE aside TO reglist");
    op.expect("The database is back.");
    op.chat("!regnew bob 1 another-password");
    op.expect("bob is now registered");
    op.chat("!reginfo eve");
    op.expect("eve");
    assert_eq!(op.count("The database cannot be reached."), 1);
    // All of it, with its tables.
    let name = &database.name;
    database.server.run(
        "mysql",
        format!("DROP DATABASE {name}; CREATE DATABASE {name}"),
    );
    until(|| hub.log().matches("The database cannot be reached.").count() == 2);
    op.chat("!regnew carl 1 another-password");
    op.expect("carl could not be registered now: ");
}

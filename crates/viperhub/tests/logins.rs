//! What stands inside is checked again: logins under way, seats, rows changed beside the hub.

mod kit;
#[path = "../../store/tests/common/mariadb.rs"]
#[expect(dead_code, reason = "shared by several test programs")]
mod mariadb;

use std::sync::mpsc::channel;
use std::thread;

use kit::{Cli, Client, Hub, PASSWORD, Setup, Who};
use mariadb::Database;

/// A client that waits at `$GetPass`.
fn at_the_password(hub: &Hub, nick: &str) -> Client {
    let mut client = Client::connect(hub);
    client.ask_nick(&Who::new(nick));
    client.expect("$GetPass");
    client
}

#[test]
fn the_first_wrong_password_ends_the_other_logins_of_its_address() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("pwd_tmpban", 60)
        .start();
    let mut waiting: Vec<Client> = (0..3).map(|_| at_the_password(&hub, "boss")).collect();
    waiting[0].send("$MyPass wrong");
    assert!(waiting[0].expect_closed().contains("$BadPass"));
    waiting[2].send(format!("$MyPass {PASSWORD}"));
    for late in &mut waiting[1..] {
        let told = late.expect_closed();
        assert!(
            told.contains("kept out for 1 minute: wrong password"),
            "{told}"
        );
        assert!(
            !told.contains("$Hello") && !told.contains("$LogedIn"),
            "{told}"
        );
    }
}

#[test]
fn of_many_guesses_at_once_one_is_judged() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("pwd_tmpban", 60)
        .set("max_logins_of_nick", 0)
        .start();
    let mut guesses: Vec<Client> = (0..60).map(|_| at_the_password(&hub, "boss")).collect();
    for guess in &mut guesses {
        guess.send("$MyPass wrong");
    }
    let told: Vec<String> = guesses.iter_mut().map(Client::expect_closed).collect();
    let judged = told.iter().filter(|told| told.contains("$BadPass")).count();
    assert_eq!(judged, 1);
    let refused = |told: &&String| told.contains("kept out for");
    assert_eq!(told.iter().filter(refused).count(), 59);
}

#[test]
fn honest_logins_go_on_beside_guesses_without_end() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .user("ann", 1, PASSWORD)
        .set("max_logins_of_nick", 0)
        .start();
    let mut guesses: Vec<Client> = (0..60).map(|_| at_the_password(&hub, "boss")).collect();
    for guess in &mut guesses {
        guess.send("$MyPass wrong");
    }
    let mut ann = hub.login_reg("ann");
    let left = guesses.iter_mut().map(|guess| !guess.has("$BadPass"));
    let left = left.filter(|waits| *waits).count();
    assert!(left > 20, "she came before most of them: {left}");
    ann.fence();
}

#[test]
fn a_ban_holds_for_who_is_logging_in() {
    let hub = Hub::setup().user("op", 5, PASSWORD).start();
    let mut op = hub.login_reg("op");
    let mut ann = Client::connect(&hub);
    ann.ask_nick(&Who::new("ann"));
    ann.expect("$Hello ann");
    op.chat("!bannick ann why not");
    op.expect("Banned:");
    ann.introduce(&Who::new("ann"));
    let told = ann.expect_closed();
    assert!(told.contains("You are banned from this hub."), "{told}");
    op.expect_none("$MyINFO $ALL ann");
}

// ---- seats ---------------------------------------------------------------------------------

#[test]
fn logins_without_end_do_not_fill_a_hub() {
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .set("max_users", 4)
        .start();
    let same: Vec<Client> = (0..40)
        .map(|_| {
            let mut client = Client::connect(&hub);
            client.ask_nick(&Who::new("same"));
            client
        })
        .collect();
    // An operator's nick has no seat before its password.
    let ops: Vec<Client> = (0..8).map(|_| at_the_password(&hub, "op")).collect();
    let users: Vec<Client> = (0..4).map(|n| hub.login(&format!("user{n}"))).collect();
    let mut late = Client::connect(&hub);
    late.ask_nick(&Who::new("late"));
    assert!(late.expect_closed().contains("$HubIsFull"));
    hub.login_reg("op");
    drop((same, ops, users));
}

#[test]
fn idle_sockets_of_one_address_keep_nobody_waiting() {
    // Room for some 200 clients.
    let hub = Hub::setup()
        .open_files(256)
        .set("max_logins_from_ip", 0)
        .start();
    hub.wait_log("which is room for 156 users");
    let idle: Vec<Client> = (0..300).map(|_| Client::connect(&hub)).collect();
    let ann = hub.login("ann");
    // The hub has files left for itself.
    let mut op = hub.login("bob");
    op.chat("+info");
    op.expect("This hub:");
    drop((idle, ann));
    let hub = Hub::setup().set("max_logins_from_ip", 5).start();
    let mut idle: Vec<Client> = (0..6).map(|_| Client::connect(&hub)).collect();
    let told = idle[0].expect_closed();
    assert!(
        told.contains("Too many connections from your address have not finished their login."),
        "{told}"
    );
    hub.login("ann");
}

// ---- rows changed beside the hub -----------------------------------------------------------

/// A hub on SQLite, and one on MariaDB.
fn each(test: impl Fn(Setup)) {
    test(Hub::setup());
    let database = Database::new("latin1");
    test(Hub::setup().file("data/database", database.url()));
}

/// Lets operators run SQL.
const SQL: &str = r#"
import vh
def OnOperatorCommand(nick, command):
    if command.startswith("+sql "):
        vh.SQL(command[5:])
        return 0
    return 1
"#;

#[test]
fn a_class_changed_in_the_database_reaches_who_is_online() {
    each(|setup| {
        let hub = setup
            .user("op", 5, PASSWORD)
            .user("boss", 10, PASSWORD)
            .script("sql.py", SQL)
            .start();
        let (mut op, mut boss) = (hub.login_reg("op"), hub.login_reg("boss"));
        boss.chat("+sql UPDATE reglist SET class = 1 WHERE nick = 'op'");
        op.expect("You are now registered user.");
        op.chat("!bannick x y");
        op.expect("There is no command !bannick");
        boss.chat("+sql UPDATE reglist SET class = 4 WHERE nick = 'op'");
        op.expect("You are now chief operator.");
        boss.chat("+sql UPDATE reglist SET enabled = 0 WHERE nick = 'op'");
        op.expect("Your registration is off now.");
        op.expect("You are now guest.");
        boss.chat("+sql UPDATE reglist SET enabled = 1 WHERE nick = 'op'");
        op.expect("You are now chief operator.");
        // Another program.
        let data = hub.data_dir();
        let data = data.to_str().expect("the directory's name is text");
        Cli::run(["user", "del", "op", "--data-dir", data]).ok();
        op.expect("Your registration was removed.");
    });
}

#[test]
fn a_login_is_judged_by_the_row_of_the_moment_when_it_gets_in() {
    each(|setup| {
        let hub = setup
            .user("op", 5, PASSWORD)
            .user("boss", 10, PASSWORD)
            .script("sql.py", SQL)
            .start();
        let mut boss = hub.login_reg("boss");
        let mut op = at_the_password(&hub, "op");
        boss.chat("+sql UPDATE reglist SET enabled = 0 WHERE nick = 'op'");
        boss.fence();
        op.send(format!("$MyPass {PASSWORD}"));
        let told = op.expect_closed();
        assert!(
            told.contains("Your registration has just changed"),
            "{told}"
        );
        // A registration that is off is a guest's nick.
        let mut guest = hub.login("op");
        guest.chat("!bannick x y");
        guest.expect("There is no command !bannick");
    });
}

// ---- rights --------------------------------------------------------------------------------

/// Holds up bans, kicks and settings until it is told to go on.
const SLOW: &str = r#"
import vh, threading
go = threading.Event()
def wait(*args):
    vh.SendToOpChat("asked")
    go.wait(20)
    return 1
OnNewBan = wait
OnOperatorKicks = wait
OnSetConfig = wait
"#;

const GO: &str = r#"
import vh
def OnOperatorCommand(nick, command):
    if command.startswith("+class "):
        vh.SetRegClass("op", int(command[7:]))
        return 0
    return 1
"#;

#[test]
fn who_is_lowered_while_scripts_think_does_nothing() {
    for deed in ["!bannick ann why", "!kick ann why", "!set hub_desc new"] {
        let hub = Hub::setup()
            .user("op", 5, PASSWORD)
            .user("boss", 10, PASSWORD)
            .set("python_budget_ms", 1000)
            .script("a_slow.py", SLOW)
            .script("b_go.py", GO)
            .start();
        let (mut op, mut boss) = (hub.login_reg("op"), hub.login_reg("boss"));
        let mut ann = hub.login("ann");
        op.chat(deed);
        boss.expect("asked");
        boss.chat("+class 1");
        op.expect("You are now registered user.");
        // The hub goes on without the slow one.
        op.expect("no longer lets you use");
        ann.fence();
        boss.chat("!lstban");
        boss.expect("There are no bans");
    }
}

#[test]
fn a_storm_of_logins_ends_and_others_are_served() {
    // All come from one address, and so does she: the oldest of them would go.
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("max_logins_from_ip", 0)
        .start();
    let address = hub.address();
    let (done, storms) = channel();
    for _ in 0..4 {
        let done = done.clone();
        thread::spawn(move || {
            for _ in 0..50 {
                let mut client = Client::connect_to(address);
                client.send("$Supports |$Key x|$ValidateNick boss|$MyPass wrong");
            }
            done.send(()).ok();
        });
    }
    drop(done);
    hub.login("ann");
    assert_eq!(storms.iter().count(), 4);
    hub.login("bob");
    hub.login_reg("boss");
}

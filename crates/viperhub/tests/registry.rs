//! Registrations, bans, rights and kicks over sockets, and what is left of them after a restart.

mod kit;
#[path = "../../store/tests/common/mariadb.rs"]
#[allow(dead_code, reason = "each test program uses its part")]
mod mariadb;

use kit::{Client, Hub, PASSWORD, Setup, Who};
use mariadb::Database;

/// A hub on SQLite, and one on MariaDB, with the usual staff.
fn each(test: impl Fn(Setup)) {
    let staff = |setup: Setup| {
        // All clients come from one address.
        let setup = setup
            .set("pwd_tmpban", 0)
            .user("boss", 10, PASSWORD)
            .user("admin", 5, PASSWORD);
        setup.user("op", 3, PASSWORD).user("reg", 1, PASSWORD)
    };
    test(staff(Hub::setup()));
    let database = Database::new("latin1");
    test(staff(Hub::setup().file("data/database", database.url())));
}

fn killed(mut hub: Hub) -> Hub {
    hub.signal("KILL");
    hub.wait();
    hub.restart()
}

fn says(who: &mut Client, command: &str, expected: &str) {
    who.chat(command);
    who.expect(expected);
}

fn refused(hub: &Hub, nick: &str) -> String {
    let mut client = Client::connect(hub);
    client.ask_nick(&Who::new(nick));
    client.expect_closed()
}

#[test]
fn the_reg_family_survives_a_kill() {
    each(|setup| {
        let hub = setup.start();
        let mut admin = hub.login_reg("admin");
        says(
            &mut admin,
            "!regset reg note_op a note",
            "note_op is now a note.",
        );
        says(
            &mut admin,
            "!regset reg hide_share 1",
            "hide_share is now 1.",
        );
        says(&mut admin, "!regprotect reg 3", "class_protect is now 3.");
        says(
            &mut admin,
            "!regset op auth_ip 192.0.2.1",
            "auth_ip is now 192.0.2.1.",
        );
        says(&mut admin, "!regnew late 1", "late is now registered");
        says(
            &mut admin,
            "!regdisable late",
            "late's registration is off now.",
        );
        let hub = killed(hub);
        let told = refused(&hub, "op");
        assert!(told.contains("may not log in from your address"), "{told}");
        let mut boss = hub.login_reg("boss");
        boss.chat("!reginfo reg");
        boss.expect_all(&["note_op: a note"]);
        says(&mut boss, "!reginfo op", "Refused: 1, the last time");
        says(&mut boss, "!reglist", "late (off)");
        let mut reg = hub.login_reg("reg");
        boss.expect("$MyINFO $ALL reg ");
        reg.fence();
    });
}

#[test]
fn rights_survive_a_kill() {
    each(|setup| {
        let hub = setup.user("vip", 2, PASSWORD).start();
        let mut op = hub.login_reg("op");
        says(
            &mut op,
            "!gag ann 1d",
            "ann may not write in main chat for 1 day, until 20",
        );
        says(
            &mut op,
            "!maykick vip 1d",
            "vip may kick and drop users for 1 day, until 20",
        );
        let hub = killed(hub);
        let mut ann = hub.login("ann");
        says(
            &mut ann,
            "hello",
            "You may not write in main chat for another",
        );
        let mut vip = hub.login_reg("vip");
        vip.chat("+drop ann spam");
        ann.expect_closed();
        let mut op = hub.login_reg("op");
        says(&mut op, "!ungag ann", "ann may write in main chat again.");
        says(
            &mut op,
            "!temprights",
            "1 nick has other rights than usual.",
        );
        says(&mut op, "!cleantemprights", "usual rights again");
        let hub = killed(hub);
        let mut op = hub.login_reg("op");
        says(
            &mut op,
            "!temprights",
            "0 nicks have other rights than usual.",
        );
    });
}

#[test]
fn hosts_are_banned_by_name() {
    each(|setup| {
        let setup = setup.file("data/hosts", "127.0.0.1 dyn-1.pool.example.com\n");
        let hub = setup.start();
        let mut boss = hub.login_reg("boss");
        let mut ann = hub.login("ann");
        says(
            &mut boss,
            "!banhost3 x.pool.example.com nothing but spam",
            "Host: *.pool.example.com",
        );
        // Also who is in already.
        let told = ann.expect_closed();
        assert!(told.contains("Reason: nothing but spam"), "{told}");
        let hub = killed(hub);
        let told = refused(&hub, "ann");
        assert!(told.contains("Host: *.pool.example.com"), "{told}");
        // Masters are not asked.
        let mut boss = hub.login_reg("boss");
        says(
            &mut boss,
            "!unbanhost3 other.pool.example.com",
            "1 ban lifted.",
        );
        hub.login("ann");
        says(&mut boss, "!banhostr1 dyn-1", "Host: dyn-1.*");
        let told = refused(&hub, "bob");
        assert!(told.contains("Host: dyn-1.*"), "{told}");
    });
}

#[test]
fn operators_clients_ban_and_lift_by_messages() {
    each(|setup| {
        let hub = setup.start();
        let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
        op.send("$TempBan ann$1d$for a day");
        let told = ann.expect_closed();
        assert!(
            told.contains("Remaining: 1 day") || told.contains("Remaining: 23 hours"),
            "{told}"
        );
        op.expect("Banned:");
        let hub = killed(hub);
        // The ban of an address keeps out everybody who comes from it, below class 10.
        refused(&hub, "ann");
        refused(&hub, "bob");
        let mut boss = hub.login_reg("boss");
        boss.send("$GetBanList");
        boss.expect("1 ban found.");
        boss.send("$UnBan 127.0.0.1");
        boss.expect("1 ban lifted.");
        hub.login("ann");
    });
}

/// For edits from outside: a script's statements are no doing of the hub's.
const EDITOR: &str = r#"
import vh

def OnOperatorCommand(nick, command):
    if command.startswith("!sql "):
        done, rows = vh.SQL(command[5:], 1)
        vh.SendDataToUser(f"<editor> {bool(done)}|", nick)
        return 0
"#;

#[test]
fn own_bans_are_not_read_again_and_changed_classes_are() {
    each(|setup| {
        let hub = setup.arg("-v").script("editor.py", EDITOR).start();
        let mut boss = hub.login_reg("boss");
        let mut reg = hub.login_reg("reg");
        says(&mut boss, "!banip 192.0.2.1 one", "Banned:");
        says(&mut boss, "!unbanip 192.0.2.1", "1 ban lifted.");
        says(&mut boss, "!banrange 192.0.2.0/28 two", "Banned:");
        says(&mut boss, "!gag somebody 1d", "somebody may not write");
        says(&mut boss, "!set hub_topic new", "new");
        // Each is noticed by a look at the database that has seen those edits, too.
        for (class, name) in [(2, "VIP"), (3, "operator"), (1, "registered user")] {
            let edit = format!("!sql UPDATE reglist SET class = {class} WHERE nick = 'reg'");
            says(&mut boss, &edit, "<editor> True");
            reg.expect(format!("You are now {name}."));
        }
        let log = hub.log();
        assert!(!log.contains("Reloaded"), "{log}");
        // What others edit is read.
        let edit = "!sql UPDATE banlist SET reason = 'three' WHERE nick = '_rangeban_'";
        says(&mut boss, edit, "<editor> True");
        hub.wait_log("Reloaded");
        says(&mut boss, "!infoban 192.0.2.7", "Reason: three");
    });
}

#[test]
fn a_reload_reads_hosts_and_classes() {
    each(|setup| {
        let hub = setup
            .file("data/hosts", "127.0.0.1 one.example.com\n")
            .set("dns_lookup", 1)
            .script("editor.py", EDITOR)
            .start();
        let mut boss = hub.login_reg("boss");
        let mut reg = hub.login_reg("reg");
        let edit = "!sql UPDATE reglist SET class = 3 WHERE nick = 'reg'";
        says(&mut boss, edit, "<editor> True");
        says(&mut boss, "!reload", "Reloaded");
        reg.expect("You are now operator.");
        // Who is here is looked up anew.
        says(
            &mut boss,
            "!banhost3 x.two.example.org spam",
            "Host: *.two.example.org",
        );
        let mut ann = hub.login("ann");
        let hosts = hub.data_dir().join("hosts");
        std::fs::write(hosts, "127.0.0.1 one.two.example.org\n").expect("the file");
        says(&mut boss, "!reload", "Reloaded");
        let told = ann.expect_closed();
        assert!(told.contains("Reason: spam"), "{told}");
    });
}

/// Tells operators what the host of somebody is called.
const NAMER: &str = r#"
import vh

def OnOperatorCommand(nick, command):
    if command.startswith("!where "):
        vh.SendDataToUser(f"<namer> {vh.GetUserHost(command[7:])}|", nick)
        return 0
"#;

#[test]
fn scripts_have_the_new_name_after_a_reload_and_the_old_one_when_it_cannot_be_read() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .file("data/hosts", b"# Gr\xfc\xdfe\n127.0.0.1 one.lan\n")
        .script("namer.py", NAMER)
        .start();
    let mut boss = hub.login_reg("boss");
    says(&mut boss, "!where boss", "<namer> one.lan");
    let hosts = hub.data_dir().join("hosts");
    std::fs::write(&hosts, "127.0.0.1 two.lan\n").expect("the file");
    says(&mut boss, "!reload", "Reloaded");
    says(&mut boss, "!where boss", "<namer> two.lan");
    // Whoever reads, a directory is no file.
    std::fs::remove_file(&hosts).expect("the file");
    std::fs::create_dir(&hosts).expect("a directory");
    boss.chat("!reload");
    boss.expect(
        "hosts cannot be read: Is a directory (os error 21). The names that were read before",
    );
    says(&mut boss, "!where boss", "<namer> two.lan");
}

#[test]
fn operators_find_bans_of_hosts_by_address_and_hear_of_wrong_lines() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .file("data/hosts", b"127.0.0.7 bad.example.org\n")
        .start();
    let mut boss = hub.login_reg("boss");
    says(&mut boss, "!banhost1 org", "Host: *.org");
    says(&mut boss, "!infoban 127.0.0.7", "1 ban found.");
    says(&mut boss, "!unban 127.0.0.7", "Lift it: !unbanhost1 .org");
    says(&mut boss, "!unban org", "1 ban lifted.");
    let hosts = hub.data_dir().join("hosts");
    std::fs::write(&hosts, "127.0.0.1 one.lan\nnonsense\n10.0.0.1\n").expect("the file");
    let wrong = "hosts: no ADDRESS NAME in line 2, 3; the others count.";
    says(&mut boss, "!reload", wrong);
    hub.wait_log(wrong);
    // Nobody has asked for his host yet, as no ban is about any.
    let _ann = hub.login("ann");
    says(&mut boss, "!banhost2 ann", "Host: *.one.lan");
}

//! What survives: the same hub on SQLite and on MariaDB, the original's database, imports, a
//! server that goes away.

mod kit;
#[path = "../../store/tests/common/mariadb.rs"]
mod mariadb;

use kit::{Cli, Client, Hub, PASSWORD, Setup, Who, temp_dir, until};
use mariadb::{Database, Server};

/// A hub on SQLite, and one on MariaDB.
fn each(test: impl Fn(Setup)) {
    test(Hub::setup());
    let database = Database::new("latin1");
    test(Hub::setup().file("data/database", database.url()));
}

fn killed(mut hub: Hub) -> Hub {
    hub.signal("KILL");
    hub.wait();
    hub.restart()
}

fn refused(hub: &Hub, nick: &str) -> String {
    let mut client = Client::connect(hub);
    client.ask_nick(&Who::new(nick));
    client.expect_closed()
}

#[test]
fn what_operators_were_told_is_there_after_a_kill() {
    each(|setup| {
        let hub = setup.user("op", 4, PASSWORD).start();
        let (mut op, ann) = (hub.login_reg("op"), hub.login("ann"));
        op.chat("!bannick liar for lying");
        op.expect("Banned:");
        op.chat("!banrange_5m 9.9.0.0/16 far away");
        op.expect("Banned:");
        op.chat("!drop ann bye");
        op.expect("op dropped ann because: bye");
        op.chat("!regnew new 1 another-password");
        op.expect("new is now registered");
        drop(ann);
        let hub = killed(hub);
        let told = refused(&hub, "LIAR");
        assert!(told.contains("Reason: for lying"), "{told}");
        assert!(told.contains("Remaining: for good"), "{told}");
        hub.login_as(Who::new("new").password("another-password"));
        let mut op = hub.login_reg("op");
        op.chat("!lstban");
        op.expect("2 bans found");
        op.chat("!unbannick liar");
        op.expect("1 ban lifted.");
        let hub = killed(hub);
        hub.login("liar");
    });
}

/// Tables and rows as Verlihub 1.7 makes them.
const ORIGINAL: &str = include_str!("fixtures/verlihub.sql");

/// The rows of the original's tables that nothing should touch.
fn untouched(database: &Database) -> Vec<u8> {
    database.run(
        "SET NAMES binary;
         SELECT * FROM reglist WHERE nick LIKE 'old%' ORDER BY nick;
         SELECT * FROM banlist ORDER BY ip, nick; SELECT * FROM kicklist; SELECT * FROM unbanlist;
         SELECT * FROM client_list; SELECT * FROM conn_types; SELECT * FROM file_trigger;
         SELECT * FROM temp_rights; SELECT * FROM custom_redirects; SELECT * FROM pi_plug;
         SELECT * FROM SetupList WHERE var IN ('hub_topic', 'hub_name', 'nothing_we_know') ORDER BY var",
    )
}

/// A database of the original, with nicks and texts in this character set's bytes.
fn original(charset: &str) -> (Database, &'static [u8]) {
    let (names, umlaut): (&str, &[u8]) = match charset {
        "latin1" => ("latin1", b"J\xfcrgen"),
        _ => ("utf8mb4", b"J\xc3\xbcrgen"),
    };
    let database = Database::new(charset);
    let text = ORIGINAL.replace("NOW_", "UNIX_TIMESTAMP()");
    let parts: Vec<&str> = text.split("J_rgen").collect();
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    let script = [
        format!("SET NAMES {names};").as_bytes(),
        &parts.join(umlaut),
    ]
    .concat();
    database.run(script);
    (database, umlaut)
}

#[test]
fn a_database_of_the_original_is_used_as_it_is() {
    for charset in ["latin1", "utf8mb3", "utf8mb4"] {
        let (database, umlaut) = original(charset);
        let before = untouched(&database);
        assert!(
            before
                .windows(umlaut.len())
                .filter(|w| *w == umlaut)
                .count()
                >= 4
        );
        let hub = Hub::setup()
            .env("VIPERHUB_DB", &database.url())
            // For the bans of hosts.
            .file("data/hosts", "127.0.0.1 client.test\n")
            .start();
        for (nick, password) in [
            ("plain", "secret"),
            ("crypt", "password"),
            ("md5", "secret"),
        ] {
            let mut client = hub.login_as(Who::new(nick).password(password));
            client.fence();
            let mut client = Client::connect(&hub);
            client.ask_nick(&Who::new(nick));
            client.send("$MyPass wrong-password");
            client.expect_closed();
        }
        let told = refused(&hub, "evil");
        assert!(told.contains("Reason: flooding"), "{told}");
        refused(&hub, "prefixed");
        let mut client = Client::connect(&hub);
        let who = Who::new("sharer").share(123_456_789);
        client.handshake(&who);
        client.introduce(&who);
        let told = client.expect_closed();
        assert!(told.contains("You are banned"), "{told}");
        let mut gagged = hub.login("gagged");
        gagged.chat("hello");
        gagged.expect("You may not write in main chat.");
        // The nick with an umlaut, in the database's bytes.
        let mut jurgen = hub.login_as(Who::new(umlaut).password("secret"));
        jurgen.chat("!help");
        jurgen.fence();
        let mut op = hub.login_as(Who::new("md5").password("secret"));
        op.chat("!topic");
        op.fence();
        drop(hub);
        let after = untouched(&database);
        // A refused login is written down, and nothing else.
        let hits = database.run(
            "UPDATE banlist SET last_hit = NULL WHERE nick IN ('evil', 'prefix', '_shareban_')",
        );
        assert!(hits.is_empty());
        let cleaned = untouched(&database);
        assert_eq!(
            String::from_utf8_lossy(&cleaned),
            String::from_utf8_lossy(&before),
            "{charset}"
        );
        assert_eq!(cleaned, before);
        assert_ne!(after, before, "the last hits were not written");
    }
}

#[test]
fn imports_copy_every_byte_in_both_directions() {
    let (first, umlaut) = original("latin1");
    let dir = temp_dir();
    let sqlite = format!("sqlite:{}", dir.path().join("hub.db").display());
    let second = Database::new("utf8mb4");
    let third = Database::new("latin1");
    let file = dir.path().join("address");
    std::fs::write(&file, format!("{}\n", second.url())).expect("a file");
    let hidden = format!("@{}", file.display());
    for (from, to) in [
        (first.url(), sqlite.clone()),
        (sqlite.clone(), hidden),
        (second.url(), third.url()),
    ] {
        let said = Cli::run(["import", "--from", &from, "--to", &to]).ok();
        assert!(said.contains("reglist"), "{said}");
        assert!(
            said.lines().last().is_some_and(|l| l.starts_with("in all")),
            "{said}"
        );
    }
    let tables = "SET NAMES binary; SELECT * FROM reglist ORDER BY nick; SELECT * FROM banlist ORDER BY ip, nick;
         SELECT * FROM SetupList ORDER BY file, var; SELECT * FROM kicklist; SELECT * FROM unbanlist;
         SELECT * FROM client_list; SELECT * FROM conn_types; SELECT * FROM file_trigger;
         SELECT * FROM custom_redirects; SELECT DISTINCT * FROM temp_rights";
    let (before, after) = (first.run(tables), third.run(tables));
    assert!(before.windows(umlaut.len()).any(|w| w == umlaut));
    assert_eq!(
        String::from_utf8_lossy(&before),
        String::from_utf8_lossy(&after)
    );
    assert_eq!(before, after);
    let dir = dir.path().display();
    for (from, to, why) in [
        (
            format!("sqlite:{dir}/none.db"),
            sqlite.clone(),
            "there is no database",
        ),
        (sqlite.clone(), sqlite.clone(), "the same database"),
        (
            sqlite,
            "mysql://x@localhost/none?socket=/none".into(),
            "--to",
        ),
    ] {
        let said = Cli::run(["import", "--from", &from, "--to", &to]).sentence();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_server_that_goes_away_stops_no_chat_and_is_found_again() {
    let place = std::path::Path::new("/dev/shm");
    let dir = if place.is_dir() {
        tempfile::tempdir_in(place)
    } else {
        tempfile::tempdir()
    };
    let dir = dir.expect("a directory");
    let dir = dir.path().join("server");
    let server = Server::start(&dir);
    server.run("mysql", "CREATE DATABASE hub");
    let url = format!(
        "mysql://root@localhost/hub?socket={}",
        server.socket.display()
    );
    let hub = Hub::setup()
        .file("data/database", &url)
        .user("op", 5, PASSWORD)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    let pid = std::fs::read_to_string(dir.join("pid")).expect("its process id");
    let kill = std::process::Command::new("kill")
        .args(["-9", pid.trim()])
        .status();
    assert!(kill.is_ok_and(|s| s.success()));
    op.expect("The database cannot be reached.");
    ann.chat("still here");
    op.expect_exact("<ann> still here");
    op.chat("!regnew bob 1 another-password");
    op.expect("bob could not be registered now: ");
    op.chat("!bannick liar x");
    op.expect("This holds until the hub ends only");
    hub.login("carl");
    let again = Server::start(&dir);
    op.expect("The database is back.");
    assert_eq!(op.count("The database cannot be reached."), 1);
    op.chat("!regnew bob 1 another-password");
    op.expect("bob is now registered");
    until(|| hub.log().contains("The database is back."));
    hub.login_as(Who::new("bob").password("another-password"));
    drop((hub, server, again));
    // Its watch takes the directory away.
    until(|| !dir.exists());
}

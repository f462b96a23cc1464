//! What only a server can do: go away, be older, keep text in its own character set.

mod common;

use std::time::{Duration, Instant};

use common::mariadb::{Database, NO_DATABASE, Named, Server};
use common::{Scratch, add, check, get, sql};
use hub::reg::StoreReply;

#[test]
fn a_server_that_goes_away_is_an_error_and_is_used_again_when_it_is_back() {
    let scratch = Scratch::new();
    let dir = scratch.0.join("server");
    let server = Server::start(&dir);
    server.run("mysql", "CREATE DATABASE hub; CREATE USER hub@localhost IDENTIFIED BY 'p@ss'; GRANT ALL ON hub.* TO hub@localhost");
    let url = format!(
        "mysql://hub:p%40ss@localhost/hub?socket={}",
        server.socket.display()
    );
    let mut store = store::open(&url).unwrap();
    assert_eq!(store.execute(add("ann", 1, "")), StoreReply::Done);
    assert_eq!(
        sql(store.as_mut(), "SELECT nick FROM reglist").as_deref(),
        Ok("ann")
    );
    let pid = std::fs::read_to_string(dir.join("pid")).unwrap();
    let signal = |name: &str| {
        let status = std::process::Command::new("kill")
            .args([name, pid.trim()])
            .status();
        assert!(status.unwrap().success());
    };
    signal("-9");
    while std::fs::metadata(format!("/proc/{}", pid.trim())).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Each fails, none waits.
    let start = Instant::now();
    let mut other = store.another().unwrap();
    for _ in 0..50 {
        for store in [&mut store, &mut other] {
            let reply = store.execute(add("bob", 1, ""));
            assert!(matches!(reply, StoreReply::Failed(_)), "{reply:?}");
            assert!(store.bans().is_err() && store.version().is_err());
            assert!(store.sql(b"SELECT 1", 1).is_err());
            let batch = store.execute_all(vec![add("x", 1, ""), add("y", 1, "")]);
            assert!(batch.iter().all(|r| matches!(r, StoreReply::Failed(_))));
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    let again = Server::start(&dir);
    let start = Instant::now();
    while store.execute(add("bob", 1, "")) != StoreReply::Done {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        sql(
            store.as_mut(),
            "SELECT count(*) FROM reglist WHERE nick = 'bob'"
        )
        .as_deref(),
        Ok("1")
    );
    assert!(other.registered_nicks().is_ok());
    drop((store, other, server, again));
    let start = Instant::now();
    while dir.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the server stays"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_connection_that_the_server_ended_is_made_anew_without_anybody_noticing() {
    let database = Database::new("latin1");
    let mut store = store::open(&database.url()).unwrap();
    assert_eq!(store.execute(add("ann", 1, "")), StoreReply::Done);
    sql(store.as_mut(), "SELECT 1").unwrap();
    let kill = format!(
        "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE db = '{}' AND id <> CONNECTION_ID()",
        database.name
    );
    let kills = database.server.run(NO_DATABASE, kill);
    assert_eq!(kills.iter().filter(|b| **b == b';').count(), 2);
    database.server.run(NO_DATABASE, kills);
    assert_eq!(store.execute(add("bob", 1, "")), StoreReply::Done);
    assert_eq!(
        sql(store.as_mut(), "SELECT count(*) FROM reglist").as_deref(),
        Ok("2")
    );
}

#[test]
fn changes_of_others_are_noticed() {
    let database = Database::new("latin1");
    let mut store = store::open(&database.url()).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let quiet = store.version().unwrap();
    assert_eq!(store.version().unwrap(), quiet);
    database.run("INSERT INTO reglist (nick) VALUES ('x')");
    let first = store.version().unwrap();
    assert_ne!(first, quiet);
    std::thread::sleep(Duration::from_millis(20));
    // Within the same second there may be more to come.
    assert_ne!(store.version().unwrap(), first);
}

/// As Verlihub makes it: narrow passwords, a column less, other indexes.
const OLD: &str = "CREATE TABLE reglist (nick varchar(40) NOT NULL PRIMARY KEY, class int(2) DEFAULT 1,
    pwd_change tinyint(1) DEFAULT 1, pwd_crypt tinyint(1) DEFAULT 1, login_pwd varchar(60) DEFAULT NULL,
    login_last int(11) DEFAULT 0, login_cnt int(11) DEFAULT 0, extra text);
    INSERT INTO reglist (nick, class, pwd_change, pwd_crypt, login_pwd, extra) VALUES
    ('plain', 1, 0, 0, 'secret', 'kept'), ('md5', 3, 0, 2, '5ebe2294ecd0e0f08eab7690d2a6ee69', NULL);";

#[test]
fn an_older_database_gets_what_it_lacks_and_keeps_the_rest() {
    for charset in ["latin1", "utf8mb4", "utf8mb3", "cp1251"] {
        let database = Database::new(charset);
        database.run(OLD);
        let mut store = store::open(&database.url()).unwrap();
        let store = store.as_mut();
        assert_eq!(
            store.execute(check("plain", "secret")),
            StoreReply::Password(true)
        );
        assert_eq!(
            store.execute(check("md5", "secret")),
            StoreReply::Password(true)
        );
        assert_eq!(get(store, "MD5").unwrap().class, 3);
        assert_eq!(
            sql(store, "SELECT extra FROM reglist WHERE nick = 'plain'").as_deref(),
            Ok("kept")
        );
        // One of ours is longer than theirs.
        assert_eq!(store.execute(add("new", 1, "sesame")), StoreReply::Done);
        assert_eq!(
            store.execute(check("new", "sesame")),
            StoreReply::Password(true)
        );
        assert_eq!(
            store.execute(check("new", "secret")),
            StoreReply::Password(false)
        );
        // Wide enough still is not wide.
        let long = store.execute(add("n".repeat(41), 1, ""));
        assert!(matches!(long, StoreReply::Failed(_)), "{long:?}");
        let of = |column: &str| {
            let query = format!(
                "SELECT DISTINCT {column} FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'reglist' AND column_name = 'login_pwd'"
            );
            String::from_utf8(database.run(query)).unwrap()
        };
        assert_eq!(of("character_set_name").trim(), charset);
        assert_eq!(of("column_type").trim(), "varchar(128)");
        // Times beyond 2038 fit.
        let login = database.run("SELECT COLUMN_TYPE FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'reglist' AND column_name = 'login_last'");
        assert_eq!(String::from_utf8(login).unwrap().trim(), "bigint(20)");
    }
}

#[test]
fn a_character_set_that_does_not_take_the_hubs_bytes_is_refused() {
    let database = Database::new("ucs2");
    let why = store::open(&database.url())
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(why.contains("character set ucs2"), "{why}");
}

/// The documents' variables name the server that these tests use.
#[test]
fn the_environment_may_name_a_server() {
    let of = |pairs: &[(&str, &str)]| {
        Named::of(|name| {
            let found = pairs.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(of(&[("MYSQL_HOST", "x")]), None);
    let url = |pairs| of(pairs).expect("a server").url("verlihubt1");
    assert_eq!(
        url(&[("VH_TEST_MYSQL_PORT", "3307")]),
        "mysql://verlihub:verlihub@localhost:3307/verlihubt1"
    );
    assert_eq!(
        url(&[
            ("VH_TEST_MYSQL_HOST", "192.168.1.100"),
            ("VH_TEST_MYSQL_USER", "a b"),
            ("VH_TEST_MYSQL_PASS", "p@ss/"),
        ]),
        "mysql://a%20b:p%40ss%2F@192.168.1.100:3306/verlihubt1"
    );
}

/// The documented quoting holds on every server, as does that what does not fit is an error.
#[test]
fn statements_mean_the_same_whatever_the_servers_own_sql_mode_is() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.0.join("server"));
    server.run("mysql", "CREATE DATABASE hub");
    let url = format!(
        "mysql://root@localhost/hub?socket={}",
        server.socket.display()
    );
    for mode in [
        "",
        "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT",
        "ORACLE",
        "PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE,NO_ZERO_DATE,TRADITIONAL",
    ] {
        server.run("mysql", format!("SET GLOBAL sql_mode = '{mode}'"));
        let mut store = store::open(&url).unwrap();
        assert_eq!(
            store.execute(add("it's \"me\" \\", 1, "")),
            StoreReply::Done,
            "{mode}"
        );
        for (query, answer) in [
            (r#"SELECT 'it\'s', "two", 'a\\b'"#, r"it's,two,a\b"),
            ("SELECT 1 || 0, NOT 1 = 2", "1,1"),
            (
                "CREATE TABLE q (c CHAR(3), n INT, d DATE) ENGINE=InnoDB",
                "",
            ),
            ("INSERT INTO q VALUES ('a', '1', '0000-00-00')", ""),
            ("SELECT CONCAT(c, '|'), d FROM q", "a|,0000-00-00"),
            (
                r#"SELECT class FROM reglist WHERE nick = "it's \"me\" \\""#,
                "1",
            ),
            ("DELETE FROM reglist", ""),
        ] {
            let got = sql(store.as_mut(), query);
            assert_eq!(got.as_deref(), Ok(answer), "{query} with {mode}");
        }
        for query in [
            "INSERT INTO q VALUES ('abcd', 1, NULL)",
            "INSERT INTO q VALUES ('a', '12abc', NULL)",
            "INSERT INTO q VALUES ('a', 1, '2024-02-30')",
        ] {
            assert!(sql(store.as_mut(), query).is_err(), "{query} with {mode}");
        }
        sql(store.as_mut(), "DROP TABLE q").unwrap();
    }
}

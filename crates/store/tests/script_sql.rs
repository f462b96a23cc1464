//! Statements of scripts, and what they may not do to the hub.

mod common;

use std::time::{Duration, Instant};

use common::{Scratch, add, sql};
use hub::reg::StoreReply;

#[test]
fn tables_of_their_own() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let store = store.as_mut();
    for (query, answer) in [
        (
            "CREATE TABLE seen (nick varchar(64) PRIMARY KEY, at int)",
            "",
        ),
        ("INSERT INTO seen VALUES ('ann', 5), ('bob', NULL);", ""),
        ("SELECT * FROM seen ORDER BY nick -- all", "ann,5;bob,-"),
        ("SELECT nick FROM seen WHERE nick = 'ann'", "ann"),
        ("SELECT 1.5, 5.0, x'616263'", "1.5,5,abc"),
        ("DELETE FROM seen WHERE at = 5", ""),
        ("SELECT count(*) FROM seen", "1"),
        ("ALTER TABLE seen ADD COLUMN note text", ""),
        ("DROP TABLE seen", ""),
        ("", ""),
        ("-- nothing", ""),
        (
            "PRAGMA table_info(kicklist)",
            "0,nick,varchar(128),1,'',1;1,time,bigint(20),1,0,2;2,ip,varchar(45),0,NULL,0;3,host,varchar(255),0,NULL,0;4,share_size,varchar(20),0,NULL,0;5,reason,TEXT,0,NULL,0;6,op,varchar(128),1,'',0;7,is_drop,tinyint(1),0,NULL,0",
        ),
    ] {
        assert_eq!(sql(store, query).as_deref(), Ok(answer), "{query}");
    }
}

#[test]
fn text_compares_as_in_the_original() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let store = store.as_mut();
    assert_eq!(
        store.execute(add(&b"J\xfcrgen"[..], 3, "")),
        StoreReply::Done
    );
    for query in [
        &b"SELECT class FROM reglist WHERE nick = 'J\xfcrgen'"[..],
        b"SELECT class FROM reglist WHERE nick = 'j\xfcRGEN'",
        b"SELECT class FROM reglist WHERE nick LIKE 'j%gen'",
        b"SELECT class FROM reglist WHERE nick IN ('x', 'J\xfcrgen')",
        b"SELECT class FROM reglist WHERE typeof(nick) = 'text'",
        b"SELECT class FROM reglist WHERE class = '3'",
    ] {
        assert_eq!(sql(store, query).as_deref(), Ok("3"), "{query:?}");
    }
}

#[test]
fn limits_to_rows() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n";
    assert_eq!(store.sql(many.as_bytes(), 3).unwrap().len(), 3);
    assert_eq!(store.sql(many.as_bytes(), 0).unwrap().len(), 0);
    store.sql(b"CREATE TABLE t (a int)", 0).unwrap();
    store.sql(b"INSERT INTO t VALUES (1), (2)", 0).unwrap();
    assert_eq!(
        sql(store.as_mut(), "SELECT count(*) FROM t").as_deref(),
        Ok("2")
    );
}

#[test]
fn what_would_break_the_hub_is_refused() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let store = store.as_mut();
    let other = scratch.0.join("other");
    let rows = [
        (format!("ATTACH '{}' AS o", other.display()), "ATTACH"),
        (format!("VACUUM INTO '{}'", other.display()), "VACUUM"),
        ("VACUUM".to_owned(), "VACUUM"),
        ("PRAGMA journal_mode=DELETE".to_owned(), "PRAGMA"),
        ("PRAGMA synchronous=OFF".to_owned(), "PRAGMA"),
        ("PRAGMA writable_schema=1".to_owned(), "PRAGMA"),
        ("PRAGMA wal_checkpoint".to_owned(), "PRAGMA"),
        ("BEGIN".to_owned(), "transactions"),
        ("SAVEPOINT a".to_owned(), "transactions"),
        ("COMMIT".to_owned(), "transactions"),
        ("DROP TABLE RegList".to_owned(), "hub's own"),
        ("ALTER TABLE reglist RENAME TO x".to_owned(), "hub's own"),
        (
            "CREATE TRIGGER t BEFORE UPDATE ON reglist FOR EACH ROW SET @a = 1".to_owned(),
            "CREATE TRIGGER",
        ),
        (
            "CREATE UNIQUE INDEX i ON reglist (class)".to_owned(),
            "hub's own",
        ),
        (
            "CREATE OR REPLACE TABLE reglist (a int)".to_owned(),
            "hub's own",
        ),
        (
            "CREATE TEMPORARY TABLE reglist (a int)".to_owned(),
            "hub's own",
        ),
        ("DROP INDEX reglist_login_last".to_owned(), "hub's own"),
        ("TRUNCATE reglist".to_owned(), "hub's own"),
        ("SELECT load_extension('x')".to_owned(), "extensions"),
        (
            "UPDATE sqlite_master SET sql = ''".to_owned(),
            "may not be modified",
        ),
        (
            "SELECT 1; DELETE FROM reglist".to_owned(),
            "ultiple statements",
        ),
        ("SELECT 1; nonsense".to_owned(), "ultiple statements"),
        ("SELECT nonsense FROM reglist".to_owned(), "no such column"),
        ("SELEKT".to_owned(), "SELEKT is not possible"),
        ("SELECT length(zeroblob(100000000))".to_owned(), "too big"),
    ];
    for (query, why) in rows {
        let answer = sql(store, &query);
        assert!(
            answer.as_ref().is_err_and(|e| e.contains(why)),
            "{query}: {answer:?}"
        );
    }
    assert!(!other.exists());
    assert_eq!(
        sql(store, "SELECT count(*) FROM reglist").as_deref(),
        Ok("0")
    );
}

#[test]
fn an_endless_statement_is_stopped_and_holds_nobody_up() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let mut scripts = store.another().unwrap();
    let (tell, started) = std::sync::mpsc::channel();
    let script = std::thread::spawn(move || {
        scripts.sql(b"CREATE TABLE t (i int)", 1).unwrap();
        tell.send(()).unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n)
                       SELECT count(*) FROM n";
        let start = Instant::now();
        let answer = scripts.sql(endless.as_bytes(), 1);
        (answer, start.elapsed(), scripts.sql(b"SELECT 1", 1).is_ok())
    });
    started.recv().unwrap();
    let start = Instant::now();
    assert_eq!(store.execute(add("ann", 1, "")), StoreReply::Done);
    assert!(start.elapsed() < Duration::from_secs(3));
    let (answer, took, usable) = script.join().unwrap();
    assert_eq!(
        answer,
        Err("stopped: a statement may take 5 seconds".to_owned())
    );
    assert!(took < Duration::from_secs(9), "{took:?}");
    assert!(usable);
}

#[test]
fn no_statement_is_too_odd() {
    const PARTS: &[&[u8]] = &[
        b"SELECT ",
        b"* ",
        b"FROM ",
        b"reglist ",
        b"'",
        b"\"",
        b"\xe9",
        b"\0",
        b";",
        b"--",
        b"\n",
        b"/*",
        b"x'",
        b"1",
        b"(",
        b")",
        b"CREATE TABLE t",
        b"INSERT INTO t ",
        b"VALUES ",
        b"nick",
        b"PRAGMA ",
        b"?",
        b":a",
        b"`",
        b"[",
        b"]",
        b",",
        b"=",
    ];
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let mut dice = 12_345_u32;
    for _ in 0..3000 {
        let mut query = Vec::new();
        while {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            query.extend_from_slice(PARTS[(dice >> 16) as usize % PARTS.len()]);
            query.len() < 60 && !(dice >> 8).is_multiple_of(9)
        } {}
        drop(store.sql(&query, 5));
    }
    assert_eq!(sql(store.as_mut(), "SELECT 1").as_deref(), Ok("1"));
    assert_eq!(store.execute(add("ann", 1, "")), StoreReply::Done);
}

#[test]
fn a_statement_writes_and_returns_only_so_much() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let store = store.as_mut();
    sql(store, "CREATE TABLE big (a longblob)").unwrap();
    let rows = |n: u32, what: &str| {
        format!(
            "INSERT INTO big WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT {n}) \
             SELECT {what} FROM n"
        )
    };
    let on_disk = || {
        let sizes = std::fs::read_dir(&scratch.0).unwrap().flatten();
        sizes.map(|e| e.metadata().unwrap().len()).sum::<u64>()
    };
    // Two gigabytes in rows of a megabyte, and in small ones.
    for what in ["randomblob(1000000)", "hex(randomblob(4000))"] {
        let answer = sql(store, rows(5_000_000, what));
        let why = answer.expect_err("two gigabytes are not stored");
        assert!(why.contains("MiB"), "{why}");
        assert!(on_disk() < 700 << 20, "{}", on_disk());
        assert_eq!(sql(store, "SELECT count(*) FROM big").as_deref(), Ok("0"));
    }
    // What fits is stored, also in a second statement.
    for n in ["20", "40"] {
        sql(store, rows(20, "randomblob(1000000)")).unwrap();
        assert_eq!(sql(store, "SELECT count(*) FROM big").as_deref(), Ok(n));
    }
    let why = sql(store, "SELECT a FROM big").unwrap_err();
    assert!(why.contains("4 MiB together"), "{why}");
    let row = "SELECT length(randomblob(2000000))";
    assert!(sql(store, row).unwrap_err().contains("too big"));
    let long = format!("SELECT '{}'", "x".repeat(2 << 20));
    assert!(sql(store, long).unwrap_err().contains("1048576 bytes"));
    let like = format!("SELECT 'a' LIKE '{}'", "%a".repeat(2000));
    assert!(sql(store, like).unwrap_err().contains("too complex"));
}

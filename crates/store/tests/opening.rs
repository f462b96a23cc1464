//! Addresses, and files that are not what they should be.

mod common;

use common::{Scratch, add, sql};
use hub::reg::StoreReply;

fn complaint(url: &str) -> String {
    match store::open(url) {
        Ok(_) => panic!("{url} was opened"),
        Err(why) => why.to_string(),
    }
}

#[test]
fn all_forms_of_an_address() {
    let scratch = Scratch::new();
    let path = scratch.0.join("a b?#%.db").display().to_string();
    for (i, url) in [
        format!("sqlite:{path}"),
        format!("sqlite://{path}"),
        path.clone(),
    ]
    .iter()
    .enumerate()
    {
        let mut store = store::open(url).unwrap();
        assert_eq!(store.registered_nicks().unwrap().len(), i, "{url}");
        assert_eq!(store.execute(add(format!("u{i}"), 1, "")), StoreReply::Done);
    }
}

#[test]
fn addresses_that_mean_nothing() {
    for (url, why) in [
        ("mysql://hub:secret@localhost", "names no database"),
        ("mariadb://hub:secret@x/", "names no database"),
        ("mysql://hub:secret@x:port/d", "cannot be read"),
        ("mysql://hub:secret@x/d?sockt=y", "unknown part, sockt"),
        (
            "mysql://hub:secret@127.0.0.1:1/d",
            "cannot open the database mysql://hub@127.0.0.1:1/d:",
        ),
        (
            "mysql://hub:secret@localhost/d?socket=/none",
            "cannot open the database mysql://hub@localhost/d?socket=/none:",
        ),
    ] {
        let text = complaint(url);
        assert!(text.contains(why) && !text.contains("secret"), "{text}");
    }
    assert!(complaint("postgres://x").contains("no database Viperhub knows"));
    for nothing in ["", "sqlite:", "sqlite://", ":memory:", "sqlite::memory:"] {
        assert!(
            complaint(nothing).contains("names no database file"),
            "{nothing}"
        );
    }
}

#[test]
fn files_that_cannot_be_opened_say_why() {
    let scratch = Scratch::new();
    let in_scratch = |name: &str| scratch.0.join(name).display().to_string();
    std::fs::write(in_scratch("text"), "This is no database. ".repeat(500)).unwrap();
    std::fs::create_dir(in_scratch("dir")).unwrap();
    let rows = [
        (in_scratch("text"), "the file is not an SQLite database"),
        (in_scratch("dir"), "it is a directory"),
        (in_scratch("none/hub.db"), "its directory does not exist"),
        (in_scratch("text/hub.db"), "its directory does not exist"),
        (
            "/proc/hub.db".to_owned(),
            "the file and its directory must be readable and writable for the hub's user",
        ),
    ];
    for (path, why) in rows {
        let expected = format!("cannot open the database {path}: {why}");
        assert_eq!(complaint(&format!("sqlite:{path}")), expected);
    }
    // Nothing was done to what is not ours.
    assert!(
        std::fs::read(in_scratch("text"))
            .unwrap()
            .starts_with(b"This is")
    );
}

#[test]
fn a_damaged_file_is_an_error() {
    let scratch = Scratch::new();
    let path = scratch.0.join("hub.sqlite");
    {
        let mut store = scratch.open();
        for i in 0..200 {
            store.execute(add(format!("user{i}"), 1, ""));
        }
    }
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[100..] {
        *byte = 0xa5;
    }
    std::fs::write(&path, bytes).unwrap();
    let why = complaint(&scratch.url());
    assert!(why.contains("damaged"), "{why}");
}

#[cfg(unix)]
#[test]
fn only_the_hubs_user_may_read_a_new_database() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let mut store = scratch.open();
    store.execute(add("ann", 1, ""));
    for file in ["hub.sqlite", "hub.sqlite-wal"] {
        let mode = std::fs::metadata(scratch.0.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn missing_columns_are_added_and_rows_kept() {
    let scratch = Scratch::new();
    {
        let mut store = scratch.open();
        let store = store.as_mut();
        sql(store, "CREATE TABLE old AS SELECT 1").unwrap();
    }
    // A table of another version: made before the hub sees the file.
    let path = scratch.0.join("old.sqlite");
    {
        let old = rusqlite::Connection::open(&path).unwrap();
        old.execute_batch(
            "CREATE TABLE reglist (nick TEXT, class INT, login_pwd TEXT, extra TEXT);
             INSERT INTO reglist VALUES ('Ann', 5, 'secret', 'kept');
             INSERT INTO reglist VALUES (NULL, 5, NULL, NULL);",
        )
        .unwrap();
    }
    let mut store = store::open(path.to_str().unwrap()).unwrap();
    let store = store.as_mut();
    let ann = common::get(store, "ann").unwrap();
    assert_eq!((ann.class, ann.enabled, ann.has_password), (5, true, true));
    assert_eq!(store.execute(add("ANN", 1, "")), StoreReply::Exists);
    assert_eq!(store.execute(add("bob", 1, "")), StoreReply::Done);
    assert_eq!(
        sql(store, "SELECT extra FROM reglist WHERE nick='Ann'").as_deref(),
        Ok("kept")
    );
    assert_eq!(store.registered_nicks().unwrap().len(), 2);
}

#[test]
fn every_documented_table_is_there() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let tables = sql(
        store.as_mut(),
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY lower(name)",
    );
    assert_eq!(
        tables.as_deref(),
        Ok(
            "banlist;client_list;conn_types;custom_redirects;file_trigger;kicklist;pi_plug;reglist;SetupList;temp_rights;unbanlist"
        )
    );
}

#[test]
fn a_transaction_that_is_undone_takes_its_answers_back() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    // As a full disk would: the whole transaction is rolled back at the third operation.
    rusqlite::Connection::open(scratch.0.join("hub.sqlite"))
        .unwrap()
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON reglist WHEN new.nick = 'c'
             BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END",
        )
        .unwrap();
    let ops = ["a", "a", "c", "d", "e"].map(|nick| add(nick, 1, ""));
    let replies = store.execute_all(ops.to_vec());
    let failed = |r: &StoreReply| matches!(r, StoreReply::Failed(_));
    assert!(failed(&replies[0]) && failed(&replies[2]), "{replies:?}");
    assert_eq!(replies[1], StoreReply::Exists);
    assert_eq!(replies[3..], [StoreReply::Done, StoreReply::Done]);
    let mut nicks = scratch.open().registered_nicks().unwrap();
    nicks.sort();
    assert_eq!(nicks, ["d", "e"]);
    assert_eq!(store.execute(add("a", 1, "")), StoreReply::Done);
}

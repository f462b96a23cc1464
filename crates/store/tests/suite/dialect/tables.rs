//! Tables made from what a SELECT finds, tables written anew, and rows taken from others.

use super::{differ, lines};
use crate::common::{Scratch, sql};

#[test]
fn tables_of_rows_of_others_are_the_same_on_both() {
    differ(lines(include_str!("tables.sql")), true);
}

#[test]
fn a_table_that_is_there_stays_as_another_program_made_it() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let other = rusqlite::Connection::open(scratch.0.join("hub.sqlite")).unwrap();
    let made =
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, nick TEXT NOT NULL DEFAULT 'nobody' UNIQUE)";
    other.execute(made, []).unwrap();
    let add = "INSERT INTO notes (id) VALUES (1)";
    sql(store.as_mut(), add).unwrap();
    let again = "CREATE TABLE IF NOT EXISTS notes AS SELECT 1 AS a";
    assert_eq!(sql(store.as_mut(), again).as_deref(), Ok(""));
    assert!(sql(store.as_mut(), add).is_err());
    let kept: String = other
        .query_row(
            "SELECT sql FROM sqlite_master WHERE name = 'notes'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kept, made);
    // What it changes meanwhile counts from the next statement on.
    let fits = "INSERT INTO notes (id, nick) VALUES (2, 'a long nick')";
    other.execute("DROP TABLE notes", []).unwrap();
    let made = "CREATE TABLE notes (id INTEGER PRIMARY KEY, nick varchar(5))";
    other.execute(made, []).unwrap();
    let why = sql(store.as_mut(), fits).unwrap_err();
    assert!(why.contains("too long"), "{why}");
}

#[test]
fn a_table_is_copied_whole_and_changed_up_to_the_limit() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let store = store.as_mut();
    let run = |store: &mut dyn store::Store, query: &str| sql(store, query);
    run(store, "CREATE TABLE big (n int, a longblob)").unwrap();
    let fill = "INSERT INTO big WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 45) \
                SELECT i, randomblob(1000000) FROM n";
    run(store, fill).unwrap();
    run(store, "CREATE TABLE copy AS SELECT * FROM big").unwrap();
    assert_eq!(run(store, "SELECT COUNT(*) FROM copy").as_deref(), Ok("45"));
    run(store, "ALTER TABLE big MODIFY n bigint").unwrap();
    run(store, fill).unwrap();
    let why = run(store, "ALTER TABLE big MODIFY n smallint").unwrap_err();
    assert!(why.contains("64 MiB larger"), "{why}");
    let why = run(store, "CREATE TABLE more AS SELECT * FROM big").unwrap_err();
    assert!(why.contains("64 MiB larger"), "{why}");
    assert_eq!(run(store, "SELECT COUNT(*) FROM big").as_deref(), Ok("90"));
}

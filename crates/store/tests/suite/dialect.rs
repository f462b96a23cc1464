//! Scripts' statements in MySQL's dialect: the same on SQLite and on MariaDB.

mod comparing;
mod generated;
mod numbers;
mod statements;
mod tables;

use bytes::Bytes;
use store::Store;

use self::statements::{STATEMENTS, TYPED};
use crate::common::{self, Scratch};

type Table = Vec<Vec<Option<Bytes>>>;

/// Equal texts, or equal numbers however many digits are shown.
fn same(a: &Option<Bytes>, b: &Option<Bytes>) -> bool {
    let number = |c: &Bytes| str::from_utf8(c).ok().and_then(|t| t.parse::<f64>().ok());
    match (a, b) {
        (Some(a), Some(b)) => a == b || number(a).zip(number(b)).is_some_and(|(a, b)| a == b),
        (a, b) => a == b,
    }
}

fn show(table: &Result<Table, String>) -> String {
    let cell = |c: &Option<Bytes>| {
        c.as_ref()
            .map_or("NULL".into(), |c| String::from_utf8_lossy(c).into_owned())
    };
    match table {
        Ok(rows) => rows
            .iter()
            .map(|r| r.iter().map(cell).collect::<Vec<_>>().join(","))
            .collect::<Vec<_>>()
            .join(";"),
        Err(why) => format!("error: {why}"),
    }
}

#[test]
fn scripts_get_the_same_from_both() {
    let statements = || STATEMENTS.iter().chain(TYPED).map(|s| (*s).to_owned());
    assert!(statements().count() >= 140);
    differ(statements(), false);
}

/// What a server refuses is refused here, too.
#[test]
fn generated_statements_do_the_same_on_both() {
    let statements = generated::statements();
    assert!(statements.len() >= 300);
    differ(statements.into_iter(), true);
}

/// What ENUM and SET take, keep and show, and how they are changed.
#[test]
fn lists_of_members_are_the_same_on_both() {
    differ(lines(include_str!("dialect/lists.sql")), true);
}

macro_rules! lists {
    ($($name:ident $file:literal)*) => {
        $(#[test]
        fn $name() {
            differ_from("utf8mb4", lines(include_str!($file)), true);
        })*
    };
}

// What each file has, one statement a line, is answered alike by both.
lists! {
    keys_take_no_null "dialect/keys.sql"
    columns_are_added_where_they_are_to_stand "dialect/places.sql"
    defaults_fit_their_columns "dialect/defaults.sql"
    functions_answer_alike "dialect/functions.sql"
    rows_are_changed_in_their_order "dialect/orders.sql"
    the_catalog_says_the_same "dialect/catalog.sql"
    moments_compare_as_moments "dialect/moments.sql"
    numbers_compare_with_texts "dialect/mixed.sql"
}

/// Texts that differ in case and blanks at the end only.
#[test]
fn texts_compare_the_same_on_both() {
    differ(lines(include_str!("dialect/texts.sql")), true);
}

/// One statement a line.
fn lines(statements: &str) -> impl Iterator<Item = String> {
    statements.lines().map(str::to_owned)
}

/// Runs statements on both and compares the answers. `refusals`: both may refuse one.
fn differ(statements: impl Iterator<Item = String>, refusals: bool) {
    differ_from("latin1", statements, refusals);
}

/// The same with a server of this character set.
fn differ_from(charset: &str, statements: impl Iterator<Item = String>, refusals: bool) {
    let (ours, theirs) = (Scratch::new(), Scratch::mariadb(charset));
    let (mut sqlite, mut mariadb) = (ours.open(), theirs.open());
    let (mut wrong, mut all, mut refused) = (Vec::new(), 0, 0);
    for statement in statements {
        all += 1;
        let run = |store: &mut dyn Store| store.sql(statement.as_bytes(), 100);
        let (a, b) = (run(sqlite.as_mut()), run(mariadb.as_mut()));
        let equal = match (&a, &b) {
            (Ok(a), Ok(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| {
                        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
                    })
            }
            (Err(_), Err(_)) => {
                refused += 1;
                refusals
            }
            _ => false,
        };
        if !equal {
            wrong.push(format!(
                "{statement}\n   SQLite:  {}\n   MariaDB: {}",
                show(&a),
                show(&b)
            ));
        }
    }
    assert!(refused * 2 < all, "hardly anything was done");
    assert!(
        wrong.is_empty(),
        "{} of {all} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn both_refuse_the_same() {
    let (ours, theirs) = (Scratch::new(), Scratch::mariadb("utf8mb4"));
    for scratch in [ours, theirs] {
        let mut store = scratch.open();
        store.sql(b"CREATE TABLE t (a int PRIMARY KEY)", 1).unwrap();
        store.sql(b"INSERT INTO t VALUES (1)", 1).unwrap();
        for statement in [
            "INSERT INTO t VALUES (1)",
            "SELECT * FROM none",
            "DESCRIBE none",
            "SELECT b FROM t",
            "SELECT `b` FROM t",
            "CREATE TABLE t (a int)",
            "SELECT nothing(1)",
            "SELEKT 1",
            "SELECT 1; SELECT 2",
            "DROP TABLE reglist",
            "ALTER TABLE reglist MODIFY class text",
            "ALTER TABLE ```reglist``` MODIFY class text",
            "ALTER TABLE ```reglist``` CHANGE class c text",
            "DROP TABLE none",
            "START TRANSACTION",
            "INSERT INTO t VALUES ('unfinished",
        ] {
            assert!(
                store.sql(statement.as_bytes(), 1).is_err(),
                "{statement} on {}",
                scratch.url()
            );
        }
        assert_eq!(
            common::sql(store.as_mut(), "SELECT COUNT(*) FROM t").as_deref(),
            Ok("1")
        );
    }
}

#[test]
fn both_have_limits_and_name_them() {
    let (ours, theirs) = (Scratch::new(), Scratch::mariadb("utf8mb4"));
    let row = "SELECT LPAD('x', 900000, 'y')";
    let rows = [row; 6].join(" UNION ALL ");
    let long = format!("SELECT '{}'", "x".repeat(1 << 20));
    for scratch in [ours, theirs] {
        let mut store = scratch.open();
        for (statement, limit) in [
            (rows.as_str(), "4 MiB together"),
            (long.as_str(), "1048576 bytes"),
        ] {
            let why = store.sql(statement.as_bytes(), 100).unwrap_err();
            assert!(why.contains(limit), "{why} on {}", scratch.url());
        }
        // It goes on, and fewer rows are returned.
        let some = store.sql(rows.as_bytes(), 4).unwrap();
        assert_eq!(some.len(), 4, "on {}", scratch.url());
        assert_eq!(some[3][0].as_ref().map(Bytes::len), Some(900_000));
        assert_eq!(store.sql(row.as_bytes(), 1000).unwrap().len(), 1);
    }
}

/// A comparison that an index can answer is left to it.
#[test]
fn comparisons_use_indexes() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    let make = "CREATE TABLE t (id int, nick varchar(20), d date, ts datetime, KEY (nick), KEY (d), KEY (ts), KEY (id))";
    store.sql(make.as_bytes(), 1).unwrap();
    for (question, index) in [
        ("SELECT * FROM reglist WHERE nick = 'x'", "reglist"),
        ("SELECT * FROM t JOIN reglist AS r ON r.nick = t.nick", "r"),
        (
            "SELECT * FROM reglist AS r LEFT JOIN t ON r.nick = t.nick",
            "t",
        ),
        ("SELECT * FROM t WHERE nick IN ('a', 'b')", "t"),
        ("SELECT * FROM t WHERE d >= '2024-3-1'", "t"),
        ("SELECT * FROM t WHERE d IN ('2024-3-1', 20240302)", "t"),
        ("SELECT * FROM t WHERE ts BETWEEN '2024-3-1' AND NOW()", "t"),
        ("SELECT * FROM t WHERE id = '5'", "t"),
        (
            "SELECT * FROM t WHERE nick IN (SELECT nick FROM reglist)",
            "t",
        ),
        ("SELECT * FROM t WHERE nick BETWEEN 'a' AND 'b'", "t"),
        ("SELECT nick FROM t WHERE nick = 'x ' ORDER BY nick", "t"),
    ] {
        let plan = common::sql(store.as_mut(), format!("EXPLAIN {question}")).unwrap();
        let search = format!("SEARCH {index} USING ");
        assert!(plan.contains(&search), "{question}: {plan}");
    }
}

#[test]
fn what_cannot_be_translated_is_named() {
    let scratch = Scratch::new();
    let mut store = scratch.open();
    store.sql(b"CREATE TABLE t (a int, b text)", 1).unwrap();
    for (statement, named) in [
        ("SELECT * FROM t WHERE b REGEXP '^x'", "REGEXP"),
        (
            "SELECT * FROM information_schema.processlist",
            "processlist",
        ),
        ("ALTER TABLE t MODIFY none bigint", "no such column: none"),
        (
            "SELECT COUNT(DISTINCT a, b) FROM t",
            "COUNT(DISTINCT) of several values",
        ),
        ("SELECT @x", "@x"),
        ("SELECT DATE_FORMAT(NOW(), '%U')", "%U in a date's format"),
        ("CREATE TABLE u (a point)", "the type point"),
        ("CREATE TABLE u (a int DEFAULT (1 + 1))", "a DEFAULT"),
        ("CREATE TABLE u (a int, FULLTEXT KEY (a))", "FULLTEXT"),
        ("CREATE TABLE u LIKE t", "LIKE"),
        ("DELETE t FROM t JOIN t AS u ON t.a = u.a", "several tables"),
        (
            "UPDATE t JOIN t AS u ON t.a = u.a SET t.b = 1",
            "several tables",
        ),
        ("SHOW VARIABLES", "SHOW VARIABLES"),
        ("SHOW CREATE TABLE t", "SHOW CREATE"),
        ("GRANT ALL ON t TO x", "GRANT"),
        ("SELECT BENCHMARK(1, 1)", "BENCHMARK"),
        ("SELECT a FROM t WHERE MATCH (b) AGAINST ('x')", "MATCH"),
        (
            "SELECT DATE_ADD(NOW(), INTERVAL 1 MICROSECOND)",
            "MICROSECOND",
        ),
    ] {
        let answer = store.sql(statement.as_bytes(), 1);
        assert!(
            answer.as_ref().is_err_and(|e| e.contains(named)),
            "{statement}: {answer:?}"
        );
    }
}

/// A byte that is no UTF-8 is a character, as on a server with one byte a character.
#[test]
fn functions_leave_any_bytes_as_they_are() {
    let (ours, theirs) = (Scratch::new(), Scratch::mariadb("latin1"));
    let (mut ours, mut theirs) = (ours.open(), theirs.open());
    for question in [
        &b"SELECT LPAD('\xe9', 3, '-'), RPAD('\xe9', 3, '-'), REVERSE('a\xe9b'), LPAD('a', 3, '\xff')"[..],
        b"SELECT RPAD('\xe9\xe8', 1, '-') = '\xe9', CAST('\xe9bc' AS CHAR(2)), CONCAT(REVERSE('\xfc'), '')",
        b"SELECT DATE_FORMAT('2024-02-09', '%Y\xe9'), LENGTH(LPAD('\xe9', 3, '\xe8'))",
    ] {
        let (a, b) = (ours.sql(question, 1), theirs.sql(question, 1));
        assert!(a.is_ok());
        assert_eq!(a, b, "{}", question.escape_ascii());
    }
}

#[test]
fn texts_of_any_bytes_stay_what_they_are() {
    for scratch in [
        Scratch::new(),
        Scratch::mariadb("latin1"),
        Scratch::mariadb("utf8mb4"),
    ] {
        let mut store = scratch.open();
        store
            .sql(
                b"CREATE TABLE t (nick varchar(64), note text) ENGINE=MyISAM",
                1,
            )
            .unwrap();
        let odd = b"J\xfcrgen \xff\x80";
        let insert = [
            b"INSERT INTO t (nick, note) VALUES ('",
            &odd[..],
            b"', 'it\\'s \xe9')",
        ]
        .concat();
        store.sql(&insert, 1).unwrap();
        let select = [
            b"SELECT nick, note FROM t WHERE nick = '",
            &odd[..],
            b"' AND note LIKE '%\xe9'",
        ]
        .concat();
        let row = vec![
            Some(Bytes::from_static(odd)),
            Some(Bytes::from_static(b"it's \xe9")),
        ];
        assert_eq!(store.sql(&select, 9), Ok(vec![row]), "on {}", scratch.url());
    }
}

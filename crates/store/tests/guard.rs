//! Whatever a script writes, the hub's tables stay what they are and registrations change by
//! writes to rows only: statements at random, spelled at random, on both kinds of database.

mod common;

use std::collections::HashSet;

use common::{Scratch, add, check, sql};
use hub::reg::StoreReply;
use store::Store;

/// A generator that gives the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % below
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

/// What stands for each part in capitals; what is not here stands for itself.
const GRAMMAR: &[(&str, &[&str])] = &[
    (
        "STATEMENT",
        &[
            "create REPLACE TEMP table EXISTS TABLE ( a int CONSTRAINT ) OPTION",
            "create REPLACE TEMP table EXISTS TABLE as SELECT",
            "create REPLACE table TABLE like TABLE",
            "create REPLACE view TABLE as SELECT",
            "create UNIQUE index i on TABLE ( class )",
            "create trigger x before update on TABLE for each row set @a = 1",
            "create trigger x after insert on TABLE for each row delete from reglist",
            "create event e on schedule every 1 second do drop table TABLE",
            "create procedure p ( ) drop table TABLE",
            "drop TEMP table EXISTS TABLE",
            "drop table TABLE , TABLE",
            "drop view EXISTS TABLE",
            "drop index login_last_index on TABLE",
            "drop index reglist_login_last",
            "truncate table TABLE",
            "truncate TABLE",
            "rename table TABLE to TABLE",
            "rename table mine to spare , spare to TABLE",
            "alter table TABLE CHANGE",
            "alter table TABLE CHANGE , CHANGE",
            "alter table mine rename to TABLE",
            "optimize table TABLE",
            "repair table TABLE",
            "check table TABLE",
            "lock tables TABLE write",
            "handler TABLE open",
            "flush tables",
            "call p ( )",
            "set @@autocommit = 0",
            "set sql_mode = 'ANSI_QUOTES'",
            "use mysql",
            "start transaction",
            "begin",
            "load data infile '/etc/passwd' into table TABLE",
            "prepare s from 'drop table reglist'",
            "execute s",
            "grant all on TABLE to x",
            "attach 'x' as y",
            "vacuum into 'x'",
            "pragma writable_schema = 1",
            "pragma journal_mode = off",
            "SELECT into outfile '/tmp/none'",
            "SELECT for update",
            "SELECT",
            "insert into mine values ( 1 )",
            "replace into mine SELECT",
            "update mine set a = 2",
            "delete from mine using mine , reglist",
            "with x as ( SELECT ) delete from TABLE",
            "explain SELECT",
            "explain analyze delete from TABLE",
            "analyze delete from TABLE",
            "insert into mine values ( 1 ) ; drop table TABLE",
            "SELECT ; truncate TABLE",
        ],
    ),
    (
        "SELECT",
        &[
            "select nick from TABLE",
            "select 1",
            "select count(*) from TABLE",
            "select get_lock('a', 1)",
            "table TABLE",
        ],
    ),
    (
        "TABLE",
        &[
            "reglist",
            "reglist",
            "REGLIST",
            "`reglist`",
            "`RegList`",
            "\"reglist\"",
            "[reglist]",
            "banlist",
            "SetupList",
            "temp_rights",
            "main.reglist",
            "mysql.reglist",
            "`main`.`reglist`",
            "mine",
            "spare",
            "regli\u{17f}t",
            "regl\u{130}st",
            "kic\u{212a}list",
            "( reglist )",
            "reglist partition ( p )",
            "only reglist",
        ],
    ),
    ("REPLACE", &["", "or replace"]),
    ("TEMP", &["", "temporary"]),
    ("EXISTS", &["", "if not exists", "if exists"]),
    ("UNIQUE", &["", "unique", "fulltext"]),
    (
        "CONSTRAINT",
        &[
            "",
            "",
            ", foreign key ( a ) references TABLE ( nick ) on delete cascade",
            "references TABLE ( nick )",
            "primary key",
        ],
    ),
    (
        "OPTION",
        &[
            "",
            "",
            "engine = merge union = ( TABLE )",
            "engine=InnoDB",
            "data directory = '/tmp'",
            "engine=federated connection='x'",
        ],
    ),
    (
        "CHANGE",
        &[
            "add column x int",
            "drop column class",
            "drop primary key",
            "rename to TABLE",
            "rename column nick to n",
            "modify nick int",
            "change class klass int",
            "engine = memory",
            "add unique ( class )",
            "add index ( class )",
            "exchange partition p with table TABLE",
            "convert to character set utf8",
            "disable keys",
            "discard tablespace",
        ],
    ),
];
/// What is in a statement that writes rows. Through a view of its own those of the hub may be
/// meant, which a script may write.
const WRITES: &[&str] = &["into", "update", "delete"];
const BLANKS: &[&str] = &[
    " ",
    " ",
    " ",
    "\t",
    "\n",
    "/**/",
    "/* x */",
    " -- x\n",
    " # x\n",
    "\u{b}",
    "/*!",
    "*/",
    "/*!50000 ",
    "/*M! ",
];

fn write(dice: &mut Dice, part: &str, out: &mut String) {
    for word in part.split(' ').filter(|w| !w.is_empty()) {
        match GRAMMAR.iter().find(|(name, _)| *name == word) {
            Some((_, all)) => {
                let part = dice.pick(all).to_owned();
                write(dice, &part, out);
            }
            None => {
                let shout = dice.roll(3) == 0;
                match shout {
                    true => out.push_str(&word.to_uppercase()),
                    false => out.push_str(word),
                }
                let blank = if dice.roll(5) == 0 {
                    dice.pick(BLANKS)
                } else {
                    " "
                };
                out.push_str(blank);
            }
        }
    }
}

/// How the hub's tables are made, and their rows.
fn make_up(scratch: &Scratch) -> [String; 2] {
    match &scratch.1 {
        Some(database) => {
            let all = [
                "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLUMN_KEY, IFNULL(COLUMN_DEFAULT, ''), EXTRA
                 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
                   AND TABLE_NAME NOT IN ('mine', 'spare') ORDER BY 1, ORDINAL_POSITION;
                 SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE FROM information_schema.STATISTICS
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN ('mine', 'spare') ORDER BY 1, 2;
                 SELECT TABLE_NAME, ENGINE, TABLE_TYPE FROM information_schema.TABLES
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN ('mine', 'spare') ORDER BY 1;
                 SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE();
                 SELECT TABLE_NAME, REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS
                 WHERE CONSTRAINT_SCHEMA = DATABASE();
                 SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE(); SELECT @@global.sql_mode",
                "SELECT nick, class, login_pwd FROM reglist ORDER BY nick; SELECT * FROM SetupList ORDER BY var;
                 SELECT ip, nick FROM banlist",
            ];
            all.map(|queries| String::from_utf8_lossy(&database.run(queries)).into_owned())
        }
        None => {
            let conn = rusqlite::Connection::open(scratch.0.join("hub.sqlite")).expect("the file");
            let lines = |query| {
                let mut statement = conn.prepare(query).expect("a statement");
                let rows = statement.query_map([], |row| row.get::<_, String>(0));
                let rows = rows.expect("rows").map(|row| row.expect("a row"));
                rows.collect::<Vec<_>>().join("\n")
            };
            [
                lines(
                    "SELECT type || name || tbl_name || coalesce(sql, '') FROM sqlite_master
                     WHERE lower(tbl_name) NOT IN ('mine', 'spare') ORDER BY 1",
                ),
                lines(
                    "SELECT nick || class || coalesce(login_pwd, '') FROM reglist
                     UNION ALL SELECT file || var || coalesce(val, '') FROM SetupList
                     UNION ALL SELECT ip || nick FROM banlist ORDER BY 1",
                ),
            ]
        }
    }
}

/// The lines that one has and the other does not.
fn difference(before: &str, now: &str) -> String {
    let only = |a: &str, b: &str| -> Vec<String> {
        let b: HashSet<&str> = b.lines().collect();
        a.lines()
            .filter(|line| !b.contains(line))
            .map(str::to_owned)
            .collect()
    };
    format!("gone {:?}, new {:?}", only(before, now), only(now, before))
}

fn fuzz(scratch: &Scratch, statements: usize) {
    let mut store = scratch.open();
    let store: &mut dyn Store = store.as_mut();
    for nick in ["ann", "bob"] {
        assert_eq!(store.execute(add(nick, 3, "password")), StoreReply::Done);
    }
    sql(store, "CREATE TABLE mine (a int)").expect("a table of its own");
    let mut before = make_up(scratch);
    let seed = std::process::id();
    let mut dice = Dice(u64::from(seed));
    let (mut passed, mut own) = (0, 0);
    for i in 0..statements {
        let mut statement = String::new();
        write(&mut dice, "STATEMENT", &mut statement);
        let done = store.sql(statement.as_bytes(), 5).is_ok();
        passed += usize::from(done);
        own += usize::from(done && statement.to_lowercase().contains("mine"));
        if done || i % 50 == 0 {
            let now = make_up(scratch);
            if WRITES
                .iter()
                .any(|word| statement.to_lowercase().contains(word))
            {
                before[1].clone_from(&now[1]);
            }
            assert!(
                now == before,
                "statement {i} of seed {seed}, {statement:?}, changed: {}",
                difference(&before.concat(), &now.concat())
            );
        }
        drop(store.sql(b"CREATE TABLE IF NOT EXISTS mine (a int)", 1));
    }
    assert!(
        passed > statements / 50 && own > 0,
        "only {passed} of {statements} did anything, {own} to mine"
    );
    sql(store, "DELETE FROM reglist").expect("rows may be deleted");
    assert_eq!(store.execute(add("ann", 3, "password")), StoreReply::Done);
    assert_eq!(
        store.execute(check("ann", "password")),
        StoreReply::Password(true)
    );
}

#[test]
fn no_statement_changes_the_hubs_tables_on_sqlite() {
    fuzz(&Scratch::new(), 4000);
}

#[test]
fn no_statement_changes_the_hubs_tables_on_mariadb() {
    fuzz(&Scratch::mariadb("latin1"), 1500);
}

#[test]
fn documented_writes_to_rows_are_done_on_both() {
    for scratch in [Scratch::new(), Scratch::mariadb("utf8mb4")] {
        let mut store = scratch.open();
        let store: &mut dyn Store = store.as_mut();
        for (statement, want) in [
            ("INSERT INTO reglist (nick, class) VALUES ('ann', 1)", ""),
            (
                "INSERT IGNORE INTO reglist (nick, class) VALUES ('ann', 9)",
                "",
            ),
            (
                "UPDATE reglist SET class = 3, note_op = 'x' WHERE nick = 'ann'",
                "",
            ),
            ("SELECT class, note_op FROM reglist", "3,x"),
            (
                "REPLACE INTO SetupList (file, var, val) VALUES ('pi_x', 'a', '1')",
                "",
            ),
            (
                "INSERT INTO SetupList (file, var, val) VALUES ('pi_x', 'a', '2') ON DUPLICATE KEY UPDATE val = VALUES(val)",
                "",
            ),
            ("SELECT val FROM SetupList WHERE file = 'pi_x'", "2"),
            (
                "CREATE OR REPLACE TABLE copied AS SELECT nick, class FROM reglist",
                "",
            ),
            (
                "CREATE OR REPLACE VIEW ops AS SELECT nick FROM reglist WHERE class > 2",
                "",
            ),
            ("SELECT nick FROM ops", "ann"),
            ("DROP VIEW ops", ""),
            ("DELETE FROM reglist WHERE nick = 'ann'", ""),
            ("SELECT COUNT(*) FROM reglist", "0"),
            ("SELECT nick, class FROM copied", "ann,3"),
        ] {
            assert_eq!(
                sql(store, statement).as_deref(),
                Ok(want),
                "{statement} on {}",
                scratch.url()
            );
        }
    }
}

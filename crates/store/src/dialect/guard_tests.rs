use super::*;

fn server(query: &str) -> Result<Option<String>, String> {
    guarded(query, "hub")
}

#[test]
fn what_is_listed_passes_without_its_comments() {
    for (query, text) in [
        ("SELECT 1", "SELECT 1"),
        (
            " (SELECT 1) UNION (SELECT 2);; ",
            "(SELECT 1) UNION (SELECT 2)",
        ),
        (
            "INSERT INTO t VALUES ('; DROP TABLE reglist', \"it\\'s;\") -- end",
            "INSERT INTO t VALUES ('; DROP TABLE reglist', \"it\\'s;\")",
        ),
        (
            "drop/**/table if exists `mi``ne`",
            "drop table if exists `mi``ne`",
        ),
        (
            "DELETE FROM reglist WHERE nick = 'x'",
            "DELETE FROM reglist WHERE nick = 'x'",
        ),
        (
            "UPDATE IGNORE reglist SET class = 1",
            "UPDATE IGNORE reglist SET class = 1",
        ),
        ("SHOW TABLES -- ; nothing", "SHOW TABLES"),
        ("SHOW INDEX FROM t", "SHOW INDEX FROM t"),
        ("SELECT 1 # x\n+ 2", "SELECT 1 + 2"),
        ("SELECT 1 - -2", "SELECT 1 - -2"),
        ("CHECK TABLE reglist QUICK", "CHECK TABLE reglist QUICK"),
        ("SELECT * FROM hub.reglist", "SELECT * FROM hub.reglist"),
        (
            "CREATE OR REPLACE TABLE mine (a int) ENGINE=MyISAM DEFAULT CHARSET=latin1",
            "CREATE OR REPLACE TABLE mine (a int) ENGINE=MyISAM DEFAULT CHARSET=latin1",
        ),
        (
            "CREATE VIEW v AS SELECT nick FROM reglist",
            "CREATE VIEW v AS SELECT nick FROM reglist",
        ),
        ("CREATE TABLE t LIKE reglist", "CREATE TABLE t LIKE reglist"),
        ("EXPLAIN SELECT 1", "EXPLAIN SELECT 1"),
        (
            "CREATE INDEX i ON t (note(10))",
            "CREATE INDEX i ON t (note(10))",
        ),
    ] {
        assert_eq!(
            server(query).as_ref().map(|t| t.as_deref()),
            Ok(Some(text)),
            "{query}"
        );
    }
    for query in ["", " ; ", "-- nothing", "/* nothing */"] {
        assert_eq!(server(query), Ok(None), "{query}");
    }
}

#[test]
fn anything_else_is_refused_by_its_kind() {
    for (query, why) in [
        ("SELECT 1; SELECT 2", "multiple statements"),
        ("SELECT 1 /*! ; DROP TABLE x */", "multiple statements"),
        (
            "SELECT 1 /*M! ; DROP TABLE x */",
            "comments that are executed",
        ),
        ("SELECT 1 /*!50000 INTO OUTFILE 'x' */", "writing files"),
        ("DROP TABLE /*!99999 mine, */ reglist", "hub's own"),
        ("SET GLOBAL x = 1", "SET is not possible"),
        ("USE mysql", "USE is not possible"),
        ("LOAD DATA INFILE 'x' INTO TABLE t", "LOAD is not possible"),
        ("HANDLER reglist OPEN", "HANDLER is not possible"),
        ("CALL x()", "CALL is not possible"),
        ("DO SLEEP(1)", "DO is not possible"),
        (
            "PREPARE s FROM 'DROP TABLE reglist'",
            "PREPARE is not possible",
        ),
        ("GRANT ALL ON *.* TO x", "GRANT is not possible"),
        ("START TRANSACTION", "transactions"),
        ("lock tables reglist write", "transactions"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "writing files"),
        ("SELECT 1 INTO @x", "reads into"),
        ("SELECT SLEEP(1)", "SLEEP"),
        ("SELECT sleep (1)", "sleep"),
        ("SELECT LOAD_FILE('/etc/passwd')", "LOAD_FILE"),
        ("SELECT x.y(1)", "x.y"),
        (
            "SELECT * FROM t WHERE a = (SELECT BENCHMARK(1, 1))",
            "BENCHMARK",
        ),
        ("INSERT INTO t VALUES (GET_LOCK('a', 9))", "GET_LOCK"),
        ("SELECT * FROM mysql.user", "another database"),
        ("INSERT INTO other.t VALUES (1)", "another database"),
        ("DROP TABLE `RegList`", "hub's own"),
        ("DROP TABLE mine, hub.banlist", "hub's own"),
        ("DROP TEMPORARY TABLE reglist", "hub's own"),
        ("DROP VIEW reglist", "hub's own"),
        ("DROP INDEX login_index ON reglist", "hub's own"),
        ("DROP DATABASE x", "DROP DATABASE"),
        ("ALTER TABLE hub.banlist ADD x int", "hub's own"),
        ("ALTER TABLE mine RENAME TO reglist", "hub's own"),
        ("RENAME TABLE reglist TO x", "hub's own"),
        ("RENAME TABLE a TO b, mine TO reglist", "hub's own"),
        ("TRUNCATE reglist", "hub's own"),
        ("TRUNCATE TABLE `SETUPLIST`", "hub's own"),
        ("OPTIMIZE TABLE mine, reglist", "hub's own"),
        ("CREATE OR REPLACE TABLE reglist (a int)", "hub's own"),
        ("CREATE TABLE IF NOT EXISTS REGLIST (a int)", "hub's own"),
        ("CREATE TEMPORARY TABLE reglist (a int)", "hub's own"),
        ("CREATE TABLE reglist AS SELECT 1", "hub's own"),
        ("CREATE TABLE reglist LIKE mine", "hub's own"),
        ("CREATE OR REPLACE VIEW reglist AS SELECT 1", "hub's own"),
        ("CREATE TABLE regl\u{130}st (a int)", "hub's own"),
        ("CREATE UNIQUE INDEX x ON reglist (class)", "hub's own"),
        (
            "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES reglist (nick))",
            "foreign key",
        ),
        (
            "CREATE TABLE t (a int REFERENCES reglist (nick))",
            "foreign key",
        ),
        (
            "CREATE TABLE t (a int) ENGINE=MERGE UNION=(reglist)",
            "of a table is not possible",
        ),
        (
            "CREATE TABLE t (a int) ENGINE=FEDERATED",
            "of a table is not possible",
        ),
        (
            "CREATE TRIGGER t BEFORE UPDATE ON mine FOR EACH ROW SET @a = 1",
            "CREATE TRIGGER",
        ),
        (
            "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DROP TABLE reglist",
            "CREATE EVENT",
        ),
        (
            "CREATE FUNCTION f() RETURNS int RETURN 1",
            "CREATE FUNCTION",
        ),
        ("CREATE USER x", "CREATE USER"),
        (
            "ALTER TABLE mine EXCHANGE PARTITION p WITH TABLE reglist",
            "ALTER TABLE",
        ),
        ("ANALYZE UPDATE reglist SET class = 10", "is not possible"),
        ("SHOW TABLES WHERE SLEEP(1)", "SLEEP"),
        ("WITH x AS (SELECT 1) DELETE FROM reglist", "writes"),
        ("SELECT * FROM", "this SELECT is not understood"),
        (
            "CREATE TABLE t (a text DEFAULT (LOAD_FILE('x')))",
            "LOAD_FILE",
        ),
        ("CREATE TABLE t (a int, CHECK (SLEEP(1)))", "SLEEP"),
        ("ALTER TABLE t ADD a int DEFAULT (SLEEP(1))", "SLEEP"),
        ("1", "no statement"),
    ] {
        let answer = server(query);
        assert!(
            answer.as_ref().is_err_and(|e| e.contains(why)),
            "{query}: {answer:?}"
        );
    }
}

#[test]
fn what_is_deep_is_refused_before_the_stack_ends() {
    let chain = |n: usize| format!("SELECT 1 FROM t WHERE a = 1{}", " OR a = 2".repeat(n));
    let nested = |n: usize| format!("SELECT {}1{}", "(".repeat(n), " + 1)".repeat(n));
    let list = format!(
        "INSERT INTO t VALUES {}",
        vec!["(1 + 1, - 2)"; 20_000].join(", ")
    );
    for fine in [chain(490), format!("SELECT 1{}", " + 1".repeat(990)), list] {
        assert!(server(&fine).is_ok());
        assert!(super::super::translate(&fine, &|_| Vec::new()).is_ok());
    }
    for deep in [
        chain(100_000),
        format!("SELECT 1{}", " || 1".repeat(100_000)),
        format!("SELECT {}1", "-".repeat(100_000).replace('-', "- ")),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(100_000)),
        format!("SELECT f(1, 2){}", " + f(1, 2)".repeat(100_000)),
        format!("SELECT 1{}", " IS NULL".repeat(100_000)),
        nested(3000),
    ] {
        let why = server(&deep).expect_err("too deep");
        assert!(
            why.contains("operators") || why.contains("recursion"),
            "{}",
            &why[..80.min(why.len())]
        );
    }
}

//! Scripts' statements in MySQL's dialect: the same on SQLite and on MariaDB.

mod generated;
mod numbers;
mod tables;

use bytes::Bytes;
use store::Store;

use crate::common::{self, Scratch};

type Table = Vec<Vec<Option<Bytes>>>;

/// One after the other, on both; the answers must be the same. As in Verlihub's scripts.
const STATEMENTS: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS `pi_chat` (`id` int(11) NOT NULL AUTO_INCREMENT, \
     `nick` varchar(64) NOT NULL DEFAULT '', `time` int(11) DEFAULT NULL, `msg` text, \
     `score` int unsigned NOT NULL DEFAULT 0, `ratio` double DEFAULT 0.5, PRIMARY KEY (`id`), \
     KEY `nick_index` (`nick`), KEY (`time`)) ENGINE=MyISAM DEFAULT CHARSET=utf8 AUTO_INCREMENT=1",
    "CREATE TABLE IF NOT EXISTS pi_chat (id int)",
    "CREATE TABLE seen (nick VARCHAR(30) NOT NULL, ip CHAR(15) COMMENT 'where', hits INT(11) NOT NULL DEFAULT '0', \
     PRIMARY KEY (nick), UNIQUE KEY ip_key (ip)) ENGINE=InnoDB CHARACTER SET latin1 COLLATE latin1_swedish_ci",
    "SHOW TABLES LIKE 'pi\\_chat'",
    "SHOW TABLES LIKE 'nothing%'",
    "DESCRIBE seen",
    "DESC `pi_chat`",
    "SHOW COLUMNS FROM seen",
    "SHOW COLUMNS FROM seen LIKE 'h%'",
    "INSERT INTO pi_chat (nick, time, msg) VALUES ('Ann', 100, 'hello'), (\"bob\", 200, \"it's me\")",
    "INSERT INTO `pi_chat` (`nick`, `time`, `msg`, `score`) VALUES ('carl', 300, 'it\\'s \\\"quoted\\\" \\\\ back', 7)",
    "INSERT INTO pi_chat SET nick = 'dora', time = 400, msg = '50% of _all_', score = 3",
    "INSERT INTO pi_chat VALUES (NULL, 'emil', NULL, NULL, 9, 1.25)",
    "SELECT * FROM pi_chat ORDER BY id",
    "SELECT LAST_INSERT_ID() > 0",
    "INSERT IGNORE INTO seen (nick, ip) VALUES ('Ann', '192.0.2.1')",
    "INSERT IGNORE INTO seen (nick, ip) VALUES ('ANN', '192.0.2.2')",
    "INSERT INTO seen (nick, ip) VALUES ('bob', '192.0.2.3') ON DUPLICATE KEY UPDATE hits = hits + 1",
    "INSERT INTO seen (nick, ip, hits) VALUES ('Bob', '192.0.2.3', 5) ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits), ip = VALUES(ip)",
    "INSERT LOW_PRIORITY INTO seen (nick, hits) VALUES ('carl', 2)",
    "REPLACE INTO seen (nick, ip, hits) VALUES ('CARL', '192.0.2.4', 8)",
    "INSERT INTO seen (nick, hits) SELECT nick, score FROM pi_chat ON DUPLICATE KEY UPDATE hits = hits + 100",
    "SELECT nick, ip, hits FROM seen ORDER BY nick",
    "SELECT COUNT(*) FROM seen WHERE nick = 'aNN'",
    "SELECT nick FROM pi_chat WHERE nick LIKE 'A%' OR msg LIKE '%\\%%'",
    "SELECT nick FROM pi_chat WHERE nick NOT LIKE '%a%' ORDER BY nick",
    "SELECT nick FROM pi_chat ORDER BY time DESC LIMIT 1, 2",
    "SELECT nick FROM pi_chat ORDER BY nick LIMIT 2 OFFSET 1",
    "SELECT `p`.`nick`, s.hits FROM pi_chat AS p LEFT JOIN seen s ON s.nick = p.nick ORDER BY p.id",
    "SELECT p.nick FROM pi_chat p INNER JOIN seen s USING (nick) WHERE s.hits > 100 ORDER BY p.nick",
    "SELECT score > 5, COUNT(*), SUM(score), MAX(time), AVG(score) FROM pi_chat GROUP BY score > 5 ORDER BY 1",
    "SELECT nick, SUM(hits) AS total FROM seen GROUP BY nick HAVING total > 100 ORDER BY total DESC, nick",
    "SELECT GROUP_CONCAT(nick ORDER BY nick SEPARATOR '; ') FROM pi_chat",
    "SELECT DISTINCT score FROM pi_chat ORDER BY score",
    "SELECT nick FROM pi_chat WHERE id IN (SELECT MAX(id) FROM pi_chat) UNION SELECT 'x' ORDER BY nick",
    "SELECT CASE WHEN score > 5 THEN 'high' ELSE 'low' END, nick FROM pi_chat ORDER BY id",
    "SELECT CONCAT('a', 1, 'b'), CONCAT('a', NULL), CONCAT_WS('-', 'a', NULL, 'b')",
    "SELECT IF(1 > 2, 'yes', 'no'), IFNULL(NULL, 'x'), NULLIF(1, 1), COALESCE(NULL, NULL, 3), ISNULL(NULL)",
    "SELECT MD5('secret'), UPPER('aB'), LCASE('aB'), LENGTH('abc'), CHAR_LENGTH('abc'), REVERSE('abc')",
    "SELECT LEFT('hello', 2), RIGHT('hello', 3), RIGHT('ab', 5), SUBSTRING('hello', 2, 3), SUBSTR('hello', -3), MID('hello', 2, 2)",
    "SELECT LOCATE('L', 'hello'), INSTR('hello', 'l'), REPLACE('aXbX', 'X', '-'), REPEAT('ab', 3), SPACE(2), TRIM('  x  ')",
    "SELECT LPAD('5', 3, '0'), RPAD('abc', 2, 'x'), FIND_IN_SET('b', 'a,b,c'), FIELD('b', 'a', 'b'), ELT(2, 'x', 'y'), STRCMP('a', 'B')",
    "SELECT ABS(-5), FLOOR(-1.5), CEIL(1.2), ROUND(2.567, 2), ROUND(2.5), MOD(7, 3), 7 % 4, 7 DIV 2, 7 / 2, POW(2, 8), SIGN(-3)",
    "SELECT 1 / 0, 5 DIV 0, 5 % 0, GREATEST(1, 5, 3), LEAST(4, 2), 1 <=> NULL, NULL <=> NULL, 1 XOR 1, NOT 0",
    "SELECT 1 || 0, 0 || 0, 1 && 0, 6 & 3, 6 | 3, 6 ^ 3, 1 << 4, TRUE, FALSE",
    "SELECT INET_ATON('192.0.2.1'), INET_NTOA(3221225985), HEX('abc'), x'616263', 0x41",
    "SELECT UNIX_TIMESTAMP() > 1700000000, NOW() > '2020-01-01', CURDATE() >= '2020-01-01', LENGTH(NOW())",
    "SELECT UNIX_TIMESTAMP(FROM_UNIXTIME(1700000000)), YEAR('2024-02-29'), MONTH('2024-02-29 10:20:30'), HOUR('2024-02-29 10:20:30')",
    "SELECT DATE_ADD('2024-01-31', INTERVAL 1 MONTH), DATE_SUB('2024-03-01', INTERVAL 1 DAY), DATEDIFF('2024-03-01', '2024-02-28')",
    "SELECT '2024-01-01 10:00:00' + INTERVAL 90 MINUTE, DATE_ADD('2024-01-01 10:00:00', INTERVAL 2 WEEK)",
    "SELECT DATE_FORMAT('2024-02-09 07:08:09', '%Y/%m/%d %H:%i:%s'), DAYOFWEEK('2024-02-09'), WEEKDAY('2024-02-09')",
    "SELECT CAST('12' AS SIGNED) + 1, CAST(5 AS CHAR), CONVERT('7', UNSIGNED) + 1, '3' + 4",
    "SELECT 'a' 'b' FROM DUAL",
    "UPDATE pi_chat SET score = score + 1, msg = CONCAT(msg, '!') WHERE nick = 'ann'",
    "UPDATE pi_chat SET score = 0 ORDER BY id DESC LIMIT 2",
    "UPDATE IGNORE seen SET nick = 'bob' WHERE nick = 'ann'",
    "SELECT id, nick, score, msg FROM pi_chat ORDER BY id",
    "DELETE FROM pi_chat WHERE nick = 'BOB' LIMIT 1",
    "DELETE FROM pi_chat ORDER BY time LIMIT 1",
    "SELECT nick FROM pi_chat ORDER BY id",
    "ALTER TABLE seen ADD COLUMN note varchar(255) DEFAULT NULL AFTER ip",
    "ALTER TABLE seen ADD COLUMN a int(11) NOT NULL DEFAULT 3, ADD b text",
    "ALTER TABLE seen ADD INDEX note_index (note)",
    "UPDATE seen SET note = 'n' WHERE hits BETWEEN 1 AND 10",
    "SELECT nick, note, a, b FROM seen ORDER BY nick",
    "ALTER TABLE seen DROP COLUMN b",
    "ALTER TABLE seen DROP INDEX note_index",
    "CREATE INDEX again ON seen (note(10))",
    "RENAME TABLE seen TO was_seen",
    "SELECT COUNT(DISTINCT a) FROM was_seen",
    "SELECT (SELECT MAX(hits) FROM was_seen) AS most, EXISTS (SELECT 1 FROM was_seen WHERE nick = 'none')",
    "CREATE TABLE copied AS SELECT nick, hits FROM was_seen WHERE hits > 100",
    "SELECT * FROM copied ORDER BY hits",
    "TRUNCATE TABLE copied",
    "SELECT COUNT(*) FROM copied",
    "INSERT INTO reglist (nick, class, reg_date) VALUES ('script', 1, 5)",
    "SELECT nick, class FROM reglist WHERE nick = 'SCRIPT' AND class <> 5 ORDER BY `class` LIMIT 0, 1",
    "UPDATE `reglist` SET `class` = 2 WHERE `nick` = 'script'",
    "SELECT val FROM SetupList WHERE `file` = 'config' AND `var` = 'hub_name'",
    "DROP TABLE IF EXISTS pi_chat, was_seen, copied",
    "SHOW TABLES LIKE '%seen%'",
];

/// Types, other types for columns, comparisons, and what there is to know of tables.
const TYPED: &[&str] = &[
    "CREATE TABLE typed (id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, nick varchar(20) NOT NULL DEFAULT '', \
     hits smallint unsigned DEFAULT 3, rate decimal(6,2) DEFAULT NULL, born date DEFAULT NULL, \
     seen datetime DEFAULT NULL, length time DEFAULT NULL, code char(3) DEFAULT 'x', UNIQUE KEY nick_key (nick))",
    "INSERT INTO typed (nick, hits, rate, born) VALUES ('Ann', '12', '3.456', '2024-2-9')",
    "INSERT INTO typed VALUES (0, 'Bob', 7.5, 2, 20240131, '2024-01-31', '1:2:3', 'ab ')",
    "INSERT INTO typed VALUES (DEFAULT, 'carl', DEFAULT, DEFAULT, NULL, '20240131102030', '90:00', 'abc   ')",
    "INSERT IGNORE INTO typed (nick, hits, rate) VALUES ('dora', 'many', '12345.678')",
    "INSERT IGNORE INTO typed (nick, hits) VALUES ('a nick that is longer than twenty', -5)",
    "INSERT IGNORE INTO typed (nick) VALUES ('BOB')",
    "INSERT IGNORE INTO typed (nick) VALUES ('bob  ')",
    "INSERT INTO typed (nick, hits) VALUES ('ann ', 1) ON DUPLICATE KEY UPDATE hits = hits + '4', rate = 1.005",
    "SELECT * FROM typed ORDER BY id",
    "SELECT id FROM typed WHERE nick = 'ANN   '",
    "SELECT id FROM typed WHERE 'carl ' = nick OR nick IN ('DORA ', 'x')",
    "SELECT id FROM typed WHERE nick <> 'ann' ORDER BY id",
    "SELECT id FROM typed WHERE nick = code",
    "SELECT nick FROM typed WHERE born = '2024-01-31'",
    "SELECT nick FROM typed WHERE born < '2024-02-01' AND seen > '2024-01-30'",
    "SELECT nick FROM typed WHERE hits = '7' OR hits = '8'",
    "SELECT nick FROM typed WHERE CONCAT(nick, 'x') = 'ANNX'",
    "SELECT nick FROM typed ORDER BY CONCAT(nick, '') DESC LIMIT 2",
    "SELECT 'a' = 'A', 'a' = 'a  ', 'a ' <> 'A', 'b' > 'A', 'a' < 'B', 'x' <=> 'X ', 'a' IN ('A'), 'B' BETWEEN 'a' AND 'c'",
    "SELECT COUNT(DISTINCT LOWER(nick)) FROM typed",
    "SELECT 7 / 2, 1 / 3, 10 / 5, 2 / 3 * 3, 0.1 + 0.2, 5 / 2.5",
    "UPDATE typed SET hits = '300', seen = '2024-02-29 1:2:3' WHERE nick = 'bob'",
    "UPDATE IGNORE typed SET hits = 70000, code = 'toolong' WHERE nick = 'bob'",
    "SELECT hits, seen, code FROM typed WHERE nick = 'bob'",
    "INSERT INTO typed (nick, rate) SELECT CONCAT(nick, '2'), rate * 2 FROM typed WHERE rate < 100 ORDER BY id",
    "SELECT nick, rate FROM typed ORDER BY nick",
    "REPLACE INTO typed (id, nick, length) VALUES (1, 'Ann', 130)",
    "SELECT id, nick, hits, length FROM typed WHERE id = 1",
    "ALTER TABLE typed CHANGE hits hits int(11) NOT NULL DEFAULT 0",
    "DESCRIBE typed",
    "ALTER TABLE typed CHANGE COLUMN rate price decimal(8,1) DEFAULT NULL",
    "SELECT nick, price FROM typed ORDER BY id",
    "ALTER TABLE typed MODIFY code varchar(10) DEFAULT 'none'",
    "ALTER TABLE typed MODIFY COLUMN born varchar(12)",
    "ALTER TABLE typed MODIFY born varchar(12) AFTER nick, MODIFY code varchar(10) FIRST",
    "SELECT * FROM typed WHERE id < 6 ORDER BY id",
    "SELECT nick, born, hits, price, seen, length FROM typed ORDER BY id",
    "DESCRIBE typed",
    "INSERT INTO typed (nick, code) VALUES ('eve', 'ten letter')",
    "SELECT nick FROM typed WHERE code = 'TEN LETTER'",
    "ALTER TABLE typed CHANGE nick name varchar(30) NOT NULL DEFAULT '-'",
    "INSERT IGNORE INTO typed (name) VALUES ('EVE')",
    "SELECT COUNT(*) FROM typed WHERE name = 'eve'",
    "ALTER TABLE typed CHANGE id id bigint(20) NOT NULL AUTO_INCREMENT",
    "INSERT INTO typed (name) VALUES ('frank')",
    "SELECT name FROM typed ORDER BY id DESC LIMIT 1",
    "CREATE TABLE keyed (a varchar(10) NOT NULL, b int NOT NULL, c text, PRIMARY KEY (a, b), KEY c_key (c(5)))",
    "INSERT INTO keyed VALUES ('x', 1, 'one'), ('X', 2, 'two')",
    "ALTER TABLE keyed MODIFY b smallint NOT NULL, CHANGE c d varchar(20)",
    "INSERT IGNORE INTO keyed VALUES ('X ', 1, 'again')",
    "SELECT * FROM keyed ORDER BY b",
    "DESCRIBE keyed",
    "CREATE TABLE made AS SELECT name, hits FROM typed WHERE hits > 0",
    "SELECT COUNT(*) FROM made WHERE name = 'BOB'",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'typed'",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE() \
     AND table_name IN ('typed', 'keyed', 'made') ORDER BY table_name",
    "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'nothing_like_that'",
    "SELECT column_name, is_nullable, data_type, column_key FROM information_schema.columns \
     WHERE table_schema = DATABASE() AND table_name = 'keyed' ORDER BY ordinal_position",
    "SELECT COUNT(*) FROM `information_schema`.`COLUMNS` WHERE table_schema = DATABASE() \
     AND table_name = 'typed' AND column_name = 'price'",
    "SELECT column_type, character_maximum_length FROM information_schema.columns \
     WHERE table_schema = DATABASE() AND table_name = 'keyed' AND column_name IN ('a', 'd') ORDER BY 1",
    "SELECT extra FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'typed' \
     AND column_name = 'id'",
    "DROP TABLE typed, keyed, made",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'typed'",
];

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

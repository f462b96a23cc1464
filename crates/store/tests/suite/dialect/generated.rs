//! Statements that are made up: each type with each value, comparisons of all pairs of texts, and
//! questions and changes by chance, the same ones at each run.

/// Types of columns, and what they hold to begin with.
const TYPES: &[(&str, &str)] = &[
    ("TINYINT", "1"),
    ("TINYINT UNSIGNED", "1"),
    ("SMALLINT", "1"),
    ("MEDIUMINT UNSIGNED", "1"),
    ("INT(11)", "1"),
    ("INT UNSIGNED", "1"),
    ("BIGINT", "1"),
    ("DECIMAL(6,2)", "1.25"),
    ("DECIMAL(4)", "1"),
    ("DOUBLE", "1.5"),
    ("CHAR(4)", "'x'"),
    ("VARCHAR(5)", "'x'"),
    ("TINYTEXT", "'x'"),
    ("TEXT", "'x'"),
    ("DATE", "'2024-02-29'"),
    ("DATETIME", "'2024-02-29 10:20:30'"),
    ("TIME", "'10:20:30'"),
    ("YEAR", "2024"),
];

const VALUES: &[&str] = &[
    "NULL",
    "0",
    "7",
    "-7",
    "127",
    "128",
    "300",
    "-129",
    "70000",
    "2147483648",
    "4294967296",
    "12345.678",
    "9999.995",
    "2.5",
    "-2.5",
    "''",
    "'12'",
    "' 12 '",
    "'12abc'",
    "'abc'",
    "'12.5'",
    "'-0'",
    "'1e2'",
    "'ab  '",
    "'abcdef'",
    "'abcde   '",
    "'2024-01-31'",
    "'2024-1-5'",
    "'2023-02-29'",
    "'2024-13-01'",
    "'0000-00-00'",
    "20240131",
    "'2024-01-31 23:59:58'",
    "'2024-01-31 24:00:00'",
    "'10:11:12'",
    "'-1:02:03'",
    "'850:00:00'",
    "'1999'",
];

const TEXTS: &[&str] = &[
    "", " ", "a", "A", "a ", "a  ", "ab", "AB ", "b", "a b", "10", "9",
];

/// A sequence of numbers that looks like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Each value into each type: as it is, as IGNORE makes it fit, by an UPDATE, and from another table.
fn fitting(all: &mut Vec<String>) {
    all.push("CREATE TABLE words (id INT NOT NULL PRIMARY KEY, v VARCHAR(40))".to_owned());
    let words = || VALUES.iter().filter(|v| v.starts_with('\'')).zip(1000..);
    for (value, id) in words() {
        all.push(format!("INSERT INTO words VALUES ({id}, {value})"));
    }
    for (n, (ty, first)) in TYPES.iter().enumerate() {
        let table = format!("fit{n}");
        all.push(format!(
            "CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, v {ty})"
        ));
        all.push(format!("INSERT INTO {table} VALUES (0, {first})"));
        for (id, value) in VALUES.iter().enumerate() {
            let id = id + 1;
            all.push(format!(
                "INSERT INTO {table} (id, v) VALUES ({id}, {value})"
            ));
            all.push(format!("UPDATE {table} SET v = {value} WHERE id = 0"));
        }
        for (_, id) in words() {
            all.push(format!(
                "INSERT INTO {table} SELECT * FROM words WHERE id = {id}"
            ));
        }
        all.push(format!("SELECT id, v FROM {table} ORDER BY id"));
        // Times below zero are texts here.
        if *ty != "TIME" {
            all.push(format!("SELECT id FROM {table} ORDER BY v, id"));
        }
        if *ty != "TIME" {
            all.push(format!("SELECT COUNT(*), MIN(v), MAX(v) FROM {table}"));
        }
        all.push(format!("DESCRIBE {table}"));
    }
    // Of a text that is no time IGNORE makes something that depends on what else it may be.
    let lax = TYPES.iter().filter(|(ty, _)| *ty != "TIME");
    for (n, (ty, _)) in lax.enumerate() {
        let table = format!("lax{n}");
        all.push(format!(
            "CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, v {ty})"
        ));
        for (id, value) in VALUES.iter().enumerate() {
            all.push(format!(
                "INSERT IGNORE INTO {table} (id, v) VALUES ({id}, {value})"
            ));
        }
        all.push(format!("SELECT id, v FROM {table} ORDER BY id"));
    }
}

/// All pairs of texts, as literals, and as columns of each kind of text.
fn comparing(all: &mut Vec<String>) {
    for a in TEXTS {
        let equal: Vec<String> = TEXTS.iter().map(|b| format!("'{a}' = '{b}'")).collect();
        let less: Vec<String> = TEXTS.iter().map(|b| format!("'{a}' < '{b}'")).collect();
        all.push(format!("SELECT {}", equal.join(", ")));
        all.push(format!("SELECT {}", less.join(", ")));
    }
    for (n, ty) in ["CHAR(5)", "VARCHAR(5)", "TEXT"].iter().enumerate() {
        let table = format!("cmp{n}");
        all.push(format!("CREATE TABLE {table} (id INT, v {ty})"));
        for (id, text) in TEXTS.iter().enumerate() {
            all.push(format!("INSERT INTO {table} VALUES ({id}, '{text}')"));
        }
        for text in TEXTS {
            for test in ["=", "<>", "<=>"] {
                all.push(format!(
                    "SELECT id FROM {table} WHERE v {test} '{text}' ORDER BY id"
                ));
            }
            all.push(format!(
                "SELECT id FROM {table} WHERE '{text}' = v ORDER BY id"
            ));
            all.push(format!(
                "SELECT id FROM {table} WHERE CONCAT(v, '') = '{text}' ORDER BY id"
            ));
        }
    }
}

/// Questions and changes by chance of a table with a bit of everything.
fn by_chance(all: &mut Vec<String>) {
    let mut chance = Chance(16);
    all.push(
        "CREATE TABLE mix (id INT NOT NULL AUTO_INCREMENT, nick VARCHAR(10) NOT NULL DEFAULT '', \
         hits INT NOT NULL DEFAULT 0, share BIGINT UNSIGNED DEFAULT NULL, rate DECIMAL(8,2) DEFAULT '0.50', \
         day DATE DEFAULT NULL, note TEXT, PRIMARY KEY (id), KEY (nick)) ENGINE=MyISAM"
            .to_owned(),
    );
    let nicks = ["'ann'", "'ANN'", "'bob'", "'Bob'", "'carl'", "''", "'d e'"];
    let days = ["NULL", "'2024-02-29'", "'2023-12-31'", "'2024-03-01'"];
    for _ in 0..30 {
        let (nick, day) = (chance.one(&nicks), chance.one(&days));
        let (hits, share) = (chance.below(40), chance.below(5000));
        let rate = chance.below(100_000);
        all.push(format!(
            "INSERT INTO mix (nick, hits, share, rate, day, note) VALUES ({nick}, {hits}, {share} * 1048576, \
             {rate} / 1000, {day}, CONCAT('n', {hits}))"
        ));
    }
    let tests = [
        "nick = 'ANN'",
        "nick LIKE 'b%'",
        "nick IN ('ann', 'CARL')",
        "hits BETWEEN 5 AND 25",
        "hits % 3 = 1",
        "share > 1000 * 1048576",
        "rate >= 50",
        "day IS NULL",
        "day >= '2024-01-01'",
        "day = '2024-02-29'",
        "note <> 'N7'",
        "NOT (hits > 20 OR nick = 'bob')",
        "id IN (SELECT MAX(id) FROM mix GROUP BY nick)",
    ];
    let what = [
        "id, nick",
        "nick, hits, share",
        "id, rate, day",
        "UPPER(nick), hits + 1, id",
        "id, IFNULL(day, 'never'), LENGTH(note)",
        "id, IF(hits > 10, 'many', 'few')",
        "id, YEAR(day), MONTH(day)",
        "id, hits * 2 - 1, hits DIV 3",
    ];
    let sums = [
        "COUNT(*)",
        "SUM(hits)",
        "MIN(LOWER(nick))",
        "MAX(day)",
        "COUNT(day)",
        "MAX(rate)",
        "SUM(share)",
    ];
    let changes = [
        "hits = hits + 7",
        "nick = LOWER(nick)",
        "rate = rate + 0.25",
        "note = CONCAT(note, '.')",
        "day = DATE_ADD(day, INTERVAL 1 DAY)",
        "share = hits",
        "nick = 'much too long a nick'",
        "hits = 'many'",
    ];
    for n in 0..140 {
        let (a, b) = (chance.one(&tests), chance.one(&tests));
        let both = [" AND ", " OR "][chance.below(2)];
        let limit = chance.below(6) + 1;
        // A server may not change what it reads.
        let one = chance.one(&tests[..12]);
        all.push(match n % 7 {
            0 | 1 => {
                let what = chance.one(&what);
                format!("SELECT {what} FROM mix WHERE {a}{both}{b} ORDER BY id LIMIT {limit}")
            }
            2 => format!("SELECT {}, {} FROM mix WHERE {a}", chance.one(&sums), chance.one(&sums)),
            3 => format!(
                "SELECT LOWER(nick), {} FROM mix WHERE {a}{both}{b} GROUP BY LOWER(nick) ORDER BY 1",
                chance.one(&sums)
            ),
            4 => format!("UPDATE mix SET {} WHERE {one}", chance.one(&changes)),
            5 => format!("UPDATE mix SET {} WHERE {one} ORDER BY id LIMIT {limit}", chance.one(&changes)),
            _ if n % 4 == 0 => format!("DELETE FROM mix WHERE {one} ORDER BY id LIMIT 1"),
            _ => "SELECT id, nick, hits, share, rate, day, note FROM mix ORDER BY id".to_owned(),
        });
    }
}

/// All of them, in order.
pub fn statements() -> Vec<String> {
    let mut all = Vec::new();
    fitting(&mut all);
    comparing(&mut all);
    by_chance(&mut all);
    all
}

//! `store`: scripts' statements, and addresses of databases.

pub(crate) const WORDS: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE OR REPLACE TABLE ",
    "CREATE UNIQUE INDEX i ON ",
    "CREATE TEMPORARY TABLE ",
    "CREATE VIEW v AS ",
    "CREATE TRIGGER ",
    "DROP TABLE ",
    "ALTER TABLE ",
    "RENAME TABLE ",
    "TRUNCATE ",
    "REPLACE INTO ",
    "SHOW ",
    "TABLES",
    "COLUMNS FROM ",
    "DESCRIBE ",
    "EXPLAIN ",
    "PRAGMA ",
    "ATTACH ",
    "VACUUM",
    "BEGIN",
    "COMMIT",
    "WITH RECURSIVE ",
    " FROM ",
    " WHERE ",
    " ON DUPLICATE KEY UPDATE ",
    " LIMIT 1,2",
    " LIKE ",
    " REGEXP ",
    " IN (",
    "reglist",
    "`reglist`",
    "main.reglist",
    "banlist",
    "SetupList",
    "temp_rights",
    "own",
    "nick",
    "class",
    "'x'",
    "\"x\"",
    "X'41'",
    "0x41",
    "/*!",
    "*/",
    "/*M!",
    "-- ",
    ";",
    "(",
    ")",
    ",",
    "=",
    "NULL",
    "CONCAT(",
    "IF(",
    "NOW()",
    "UNIX_TIMESTAMP()",
    "FROM_UNIXTIME(",
    "INTERVAL 1 DAY",
    "writable_schema",
    "sqlite_master",
    "sqlite_schema",
    " AS SELECT ",
    " AUTO_INCREMENT",
    " INTO OUTFILE ",
    "load_extension(",
    "RENAME TO ",
];

/// Any text is translated or refused; what a MySQL server may get is one statement.
pub(crate) fn dialect(input: &[u8]) {
    let query = crate::text(input);
    store::fuzzing::translate(&query);
    if let Ok(true) = store::fuzzing::guard(&query) {
        // A comment may stand before the statement, and words in it.
        let plain = !["--", "/*", "#"]
            .iter()
            .any(|comment| query.contains(comment));
        let letter = |c: &char| c.is_ascii_alphabetic();
        let start = query.chars().skip_while(|c| !letter(c));
        let first: String = start.take_while(letter).collect();
        for word in [
            "SET", "USE", "LOAD", "GRANT", "CALL", "KILL", "SHUTDOWN", "DO",
        ] {
            let passes = plain && first.eq_ignore_ascii_case(word);
            assert!(!passes, "{word} passes: {query}");
        }
    }
}

pub(crate) const URLS: &[&str] = &[
    "mysql://",
    "mariadb://",
    "sqlite:",
    "sqlite://",
    "user:s3cr3t@",
    "localhost",
    "/verlihub",
    "?socket=/run/x.sock",
    "%40",
    ":3306",
    "[::1]",
    "&",
    "127.0.0.1",
    "?",
];

/// An address is read or refused; nothing that is said of it holds the password.
pub(crate) fn url(input: &[u8]) {
    let url = crate::text(input);
    let said = match store::fuzzing::url(&url) {
        Ok(shown) => shown,
        Err(why) => why.to_string(),
    };
    let secret = "s3cr3t";
    // A password stands between a colon and the last @.
    let password = url.split_once("://").and_then(|(_, rest)| {
        let (login, _) = rest.rsplit_once('@')?;
        let (user, password) = login.split_once(':')?;
        (!user.contains('/')).then(|| password.to_owned())
    });
    if password.is_some_and(|p| p == secret) {
        let elsewhere = url.replacen(&format!(":{secret}@"), "", 1).contains(secret);
        assert!(
            elsewhere || !said.contains(secret),
            "the password is told: {said}"
        );
    }
}

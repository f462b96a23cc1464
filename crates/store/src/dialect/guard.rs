//! What a script's statement may be, whatever the database.

use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use crate::schema::is_ours;

/// Statements that may be sent to a server, by their first word.
const ALLOWED: &[&str] = &[
    "ALTER", "ANALYZE", "CHECK", "CHECKSUM", "CREATE", "DELETE", "DESC", "DESCRIBE", "DROP",
    "EXPLAIN", "INSERT", "OPTIMIZE", "RENAME", "REPAIR", "REPLACE", "SELECT", "SHOW", "TABLE",
    "TRUNCATE", "UPDATE", "VALUES", "WITH",
];
/// Those that would leave the others' way of working changed.
const TRANSACTIONS: &[&str] = &[
    "BEGIN",
    "COMMIT",
    "LOCK",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
    "UNLOCK",
    "XA",
];
/// What only makes or changes a table, or what hangs on it.
const MAKERS: &[&str] = &["ALTER", "DROP", "RENAME"];

/// Looks at a statement that goes to a MySQL server. `Ok(false)`: there is none.
pub(crate) fn guard(query: &str) -> Result<bool, String> {
    let tokens = Tokenizer::new(&MySqlDialect {}, query)
        .with_unescape(false)
        .tokenize()
        .map_err(|why| why.to_string())?;
    // MySQL's own, /*! */, are tokens like others here.
    let hidden = |token: &Token| {
        matches!(token, Token::Whitespace(Whitespace::MultiLineComment(text))
            if text.starts_with("M!"))
    };
    if tokens.iter().any(hidden) {
        return Err("comments that are executed, /*M! */, are not possible here".to_owned());
    }
    let mut tokens: Vec<&Token> = (tokens.iter())
        .filter(|t| !matches!(t, Token::Whitespace(_) | Token::EOF))
        .collect();
    while tokens.last() == Some(&&Token::SemiColon) {
        tokens.pop();
    }
    if tokens.contains(&&Token::SemiColon) {
        return Err("multiple statements are not possible here".to_owned());
    }
    let words: Vec<String> = (tokens.iter())
        .map(|token| match token {
            Token::Word(word) => word.value.to_ascii_uppercase(),
            _ => String::new(),
        })
        .collect();
    let opening = |t: &&&Token| ***t == Token::LParen;
    let start = tokens.iter().take_while(opening).count();
    let Some(first) = words.get(start) else {
        return Ok(false);
    };
    let has = |word: &str| words.iter().any(|w| w == word);
    if TRANSACTIONS.contains(&first.as_str()) {
        return Err(
            "transactions are not possible here, each statement is committed by itself".to_owned(),
        );
    }
    if !ALLOWED.contains(&first.as_str()) {
        return Err(match first.as_str() {
            "" => "this is no statement".to_owned(),
            word => format!("{word} is not possible here"),
        });
    }
    if has("INTO") && (has("OUTFILE") || has("DUMPFILE")) {
        return Err("writing files is not possible here".to_owned());
    }
    let makes = MAKERS.contains(&first.as_str()) || first == "CREATE" && has("TRIGGER");
    if makes && words.iter().any(|word| is_ours(word)) {
        return Err("this table is the hub's own and must stay as it is".to_owned());
    }
    let server = [
        "DATABASE",
        "SCHEMA",
        "USER",
        "ROLE",
        "SERVER",
        "EVENT",
        "FUNCTION",
        "PROCEDURE",
    ];
    if ["CREATE", "DROP", "ALTER", "RENAME"].contains(&first.as_str())
        && words
            .get(start + 1)
            .is_some_and(|w| server.contains(&w.as_str()))
    {
        return Err(format!("{first} {} is not possible here", words[start + 1]));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_about_tables_pass() {
        for query in [
            "SELECT 1",
            " (SELECT 1) UNION (SELECT 2);; ",
            "INSERT INTO t VALUES ('; DROP TABLE reglist', \"it\\'s;\")",
            "drop table if exists `mine`",
            "DELETE FROM reglist WHERE nick = 'x'",
            "SHOW TABLES -- ; nothing",
        ] {
            assert_eq!(guard(query), Ok(true), "{query}");
        }
        for query in ["", " ; ", "-- nothing", "/* nothing */"] {
            assert_eq!(guard(query), Ok(false), "{query}");
        }
        for (query, why) in [
            ("SELECT 1; SELECT 2", "multiple statements"),
            ("SELECT 1 /*! ; DROP TABLE x */", "multiple statements"),
            (
                "SELECT 1 /*M! ; DROP TABLE x */",
                "comments that are executed",
            ),
            ("SELECT 1 /*!50000 INTO OUTFILE 'x' */", "writing files"),
            ("SET GLOBAL x = 1", "SET is not possible"),
            ("USE mysql", "USE is not possible"),
            ("LOAD DATA INFILE 'x' INTO TABLE t", "LOAD is not possible"),
            ("START TRANSACTION", "transactions"),
            ("lock tables reglist write", "transactions"),
            ("SELECT 1 INTO OUTFILE '/tmp/x'", "writing files"),
            ("DROP TABLE `RegList`", "hub's own"),
            ("ALTER TABLE db.banlist ADD x int", "hub's own"),
            ("RENAME TABLE reglist TO x", "hub's own"),
            (
                "CREATE TRIGGER t BEFORE UPDATE ON reglist FOR EACH ROW SET @a = 1",
                "hub's own",
            ),
            ("DROP DATABASE x", "DROP DATABASE"),
            ("1", "no statement"),
        ] {
            assert!(guard(query).is_err_and(|e| e.contains(why)), "{query}");
        }
    }
}

//! What may be told of a statement that failed: the kind of error to operators, to the log the
//! text without the values in it, among which there may be passwords and addresses.

/// What a database's message is about, by words in it. The first that fits counts.
const KINDS: &[(&[&str], &str)] = &[
    (&["bytes", "stopped:"], "it took too long or was too large"),
    (
        &["not possible here", "hub's own", "may not"],
        "scripts may not do this",
    ),
    (&["syntax", "expected", "parse"], "it cannot be read"),
    (
        &["no such table", "doesn't exist", "unknown table"],
        "there is no such table",
    ),
    (
        &["no such column", "unknown column", "has no column"],
        "there is no such column",
    ),
    (&["no such function"], "there is no such function"),
    (&["already exists"], "there is one already"),
    (
        &["constraint", "duplicate", "foreign key"],
        "the table does not take such a row",
    ),
    (&["full"], "there is no room for it"),
    (&["locked", "busy", "lock wait"], "others keep the table"),
    (
        &["connect", "gone away", "lost"],
        "the database is not there",
    ),
];

/// The kind of an error, in words that hold nothing of the statement.
pub(super) fn kind(why: &str) -> &'static str {
    let why = why.to_lowercase();
    let about = |(words, _): &&(&[&str], &str)| words.iter().any(|word| why.contains(word));
    KINDS
        .iter()
        .find(about)
        .map_or("the database refused it", |(_, kind)| kind)
}

/// Where a quoted text that begins at `at` ends. Quotes in it are doubled or have a backslash.
fn end_of_quoted(text: &[u8], at: usize) -> usize {
    let quote = text[at];
    let mut i = at + 1;
    while let Some(&b) = text.get(i) {
        match b {
            b'\\' => i += 2,
            b if b == quote && text.get(i + 1) == Some(&quote) => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    text.len()
}

/// Whether this byte is part of a name.
fn in_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// The statement, or a message about it, with `?` in place of texts and numbers. A text without
/// an end is left out to the end.
pub fn without_values(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len().min(4096));
    let mut i = 0;
    while let Some(&b) = text.get(i) {
        match b {
            b'\'' | b'"' => {
                i = end_of_quoted(text, i);
                out.push(b'?');
            }
            b'0'..=b'9' if !out.last().is_some_and(|&b| in_name(b)) => {
                // With what belongs to it: 0xff, 1e5, 1.5.
                while text.get(i).is_some_and(|&b| in_name(b) || b == b'.') {
                    i += 1;
                }
                out.push(b'?');
            }
            b => {
                out.push(b);
                i += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_left_out() {
        for (statement, left) in [
            (
                "SELECT * FROM t2 WHERE pw = 'se''cret' AND n=12",
                "SELECT * FROM t2 WHERE pw = ? AND n=?",
            ),
            (
                r#"INSERT INTO t VALUES ("a\"b", 'c\'d', 1.5e3, x'ff', 0xAB, -7)"#,
                "INSERT INTO t VALUES (?, ?, ?, x?, ?, -?)",
            ),
            (
                "UPDATE `my table` SET a_1 = 'open",
                "UPDATE `my table` SET a_1 = ?",
            ),
            (r"SELECT 'x\", "SELECT ?"),
            (
                "Duplicate entry 'secret' for key 'nick'",
                "Duplicate entry ? for key ?",
            ),
            ("", ""),
        ] {
            assert_eq!(
                without_values(statement.as_bytes()),
                left.as_bytes(),
                "{statement}"
            );
        }
    }

    proptest::proptest! {
        /// Whatever the text of a statement is: what stands in proper quotes is not told.
        #[test]
        fn no_value_gets_out(value in "[a-z\\\\'\"]{0,20}", before in "[A-Z =,()]{0,10}") {
            let quoted = value.replace('\\', "\\\\").replace('\'', "''");
            let text = format!("{before}'{quoted}', 'SECRET{quoted}'");
            let told = String::from_utf8_lossy(&without_values(text.as_bytes())).into_owned();
            proptest::prop_assert!(!told.contains("SECRET"), "{told}");
        }
    }

    #[test]
    fn kinds_say_nothing_of_the_statement() {
        for (why, said) in [
            ("no such table: hunter2", "there is no such table"),
            (
                "ERROR 1062 (23000): Duplicate entry 'x' for key",
                "the table does not take such a row",
            ),
            ("near \"hunter2\": syntax error", "it cannot be read"),
            (
                "stopped: a statement may take 5 seconds",
                "it took too long or was too large",
            ),
            ("hunter2", "the database refused it"),
        ] {
            assert_eq!(kind(why), said);
        }
    }
}

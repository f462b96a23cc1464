//! Statements of scripts (`vh.SQL`), on a connection of their own.
//!
//! A script has the run of the database, as with the original, within bounds that keep the
//! hub alive: one statement, committed by itself (an open transaction would keep everybody
//! else from writing), no other files, no switches, a limit to time and size, and the hub's
//! own tables stay. MySQL's dialect is not translated yet.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Batch, Connection};

use super::values::cell;
use crate::Rows;
use crate::schema::is_ours;

/// How long a statement may run.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);
/// SQLite's steps between two looks at the clock: well under a millisecond.
const STEPS: i32 = 10_000;
/// No cell, and no statement, may have more bytes than this.
const MOST_BYTES: i32 = 16 << 20;

/// What a script may read by PRAGMA; with an argument it is a table's or index's name.
const PRAGMAS: &[&str] = &[
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
];
/// The same without an argument.
const SWITCHES: &[&str] = &[
    "application_id",
    "encoding",
    "freelist_count",
    "integrity_check",
    "journal_mode",
    "page_count",
    "page_size",
    "quick_check",
    "synchronous",
    "user_version",
];

/// A connection that runs scripts' statements.
pub(super) struct Session {
    conn: Connection,
    /// When the statement that runs must end, in milliseconds after `start`; 0 never.
    deadline: Arc<AtomicU64>,
    start: Instant,
    /// What the authorizer objected to in the last statement.
    refused: Arc<std::sync::Mutex<Option<&'static str>>>,
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Why a script may not do this.
fn objection(context: &AuthContext<'_>) -> Option<&'static str> {
    const TABLE: &str = "this table is the hub's own and must stay as it is";
    const TRANSACTION: &str =
        "transactions are not possible here, each statement is committed by itself";
    match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => {
            Some("ATTACH, DETACH and VACUUM are not possible here")
        }
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => {
            let is = |name: &&&str| name.eq_ignore_ascii_case(pragma_name);
            let free = PRAGMAS.iter().find(is).is_some()
                || pragma_value.is_none() && SWITCHES.iter().find(is).is_some();
            (!free).then_some("this PRAGMA is not possible here")
        }
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => Some(TRANSACTION),
        AuthAction::DropTable { table_name } | AuthAction::AlterTable { table_name, .. }
            if is_ours(table_name) =>
        {
            Some(TABLE)
        }
        AuthAction::CreateTrigger { table_name, .. } if is_ours(table_name) => Some(TABLE),
        AuthAction::Function { function_name }
            if function_name.eq_ignore_ascii_case("load_extension") =>
        {
            Some("extensions cannot be loaded here")
        }
        _ => None,
    }
}

fn is_interrupt(why: &rusqlite::Error) -> bool {
    why.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}

impl Session {
    pub(super) fn open(path: &Path) -> Result<Session, String> {
        let start = Instant::now();
        let deadline = Arc::new(AtomicU64::new(0));
        let refused = Arc::new(std::sync::Mutex::new(None));
        let limit = deadline.clone();
        let late = move || {
            let limit = limit.load(Ordering::Relaxed);
            limit != 0 && millis(start.elapsed()) > limit
        };
        let note = refused.clone();
        let judge = move |context: AuthContext<'_>| match objection(&context) {
            None => Authorization::Allow,
            Some(why) => {
                if let Ok(mut note) = note.lock() {
                    *note = Some(why);
                }
                Authorization::Deny
            }
        };
        let open = || {
            let mut conn = super::connect(path)?;
            // Everybody else waits longer for a lock than a script may.
            conn.busy_timeout(TIME_LIMIT)?;
            conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES)?;
            conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MOST_BYTES)?;
            conn.progress_handler(STEPS, Some(late))?;
            conn.authorizer(Some(judge))?;
            Ok(conn)
        };
        let conn = open().map_err(|e: rusqlite::Error| super::words(&e))?;
        Ok(Session {
            conn,
            deadline,
            start,
            refused,
        })
    }

    pub(super) fn run(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let query = readable(query)?;
        let deadline = millis(self.start.elapsed() + TIME_LIMIT);
        self.deadline.store(deadline, Ordering::Relaxed);
        let result = self.rows(&query, limit);
        let late = millis(self.start.elapsed()) > deadline;
        self.deadline.store(0, Ordering::Relaxed);
        let refused = self.refused.lock().ok().and_then(|mut r| r.take());
        result.map_err(|why| match (why, refused) {
            (why @ rusqlite::Error::MultipleStatement, _) => super::words(&why),
            (_, Some(refused)) => refused.to_owned(),
            (why, None) if late && is_interrupt(&why) => {
                let seconds = TIME_LIMIT.as_secs();
                format!("stopped: a statement may take {seconds} seconds")
            }
            (why, None) => super::words(&why),
        })
    }

    fn rows(&self, query: &str, limit: usize) -> rusqlite::Result<Rows> {
        let mut batch = Batch::new(&self.conn, query);
        let Some(mut statement) = batch.next()? else {
            return Ok(Rows::new());
        };
        // Looked for before anything is done. A second statement may also fail to be read.
        if !matches!(batch.next(), Ok(None)) {
            return Err(rusqlite::Error::MultipleStatement);
        }
        let columns = statement.column_count();
        let mut found = statement.query([])?;
        let mut rows = Rows::new();
        // The first step is what does it, whatever the limit.
        while let Some(row) = found.next()? {
            if rows.len() >= limit {
                break;
            }
            let cells = (0..columns).map(|i| Ok(cell(row.get_ref(i)?)));
            rows.push(cells.collect::<rusqlite::Result<_>>()?);
        }
        Ok(rows)
    }
}

/// SQLite reads statements as UTF-8 up to a NUL, scripts write in the hub's encoding. Quoted
/// texts that are neither are written as the same bytes in hexadecimal.
fn readable(query: &[u8]) -> Result<Cow<'_, str>, String> {
    if !query.contains(&0)
        && let Ok(text) = str::from_utf8(query)
    {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(query.len() + 64);
    let mut rest = query;
    while let Some(quote) = rest.iter().position(|b| b"'\"".contains(b)) {
        let end = end_of_text(rest, quote);
        plain(&rest[..quote], &mut out)?;
        text(&rest[quote..end], &mut out);
        rest = &rest[end..];
    }
    plain(rest, &mut out)?;
    Ok(Cow::Owned(out))
}

/// Behind the closing quote; a doubled quote does not close.
fn end_of_text(query: &[u8], start: usize) -> usize {
    let quote = query[start];
    let mut i = start + 1;
    while i < query.len() {
        if query[i] == quote {
            if query.get(i + 1) != Some(&quote) {
                return i + 1;
            }
            i += 1;
        }
        i += 1;
    }
    query.len()
}

/// What is outside of quotes; odd bytes can only be in a comment there.
fn plain(part: &[u8], out: &mut String) -> Result<(), String> {
    if part.contains(&0) {
        return Err("there is a NUL byte in the statement".to_owned());
    }
    out.push_str(&String::from_utf8_lossy(part));
    Ok(())
}

/// One quoted text.
fn text(quoted: &[u8], out: &mut String) {
    if let (Ok(text), false) = (str::from_utf8(quoted), quoted.contains(&0)) {
        out.push_str(text);
        return;
    }
    let quote = quoted[0];
    let inner = quoted[1..].strip_suffix(&[quote]).unwrap_or(&quoted[1..]);
    out.push_str("CAST(X'");
    let mut skip = false;
    for &b in inner {
        skip = b == quote && !skip;
        if !skip {
            out.push_str(&format!("{b:02X}"));
        }
    }
    out.push_str("' AS TEXT)");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_in_quotes_become_hexadecimal() {
        let rows: &[(&[u8], Result<&str, ()>)] = &[
            (b"SELECT 'a'", Ok("SELECT 'a'")),
            (b"SELECT '\xe9', 'a'", Ok("SELECT CAST(X'E9' AS TEXT), 'a'")),
            (
                b"SELECT 'it''s \xe9'",
                Ok("SELECT CAST(X'6974277320E9' AS TEXT)"),
            ),
            (
                b"SELECT ''''''||'\xe9'",
                Ok("SELECT ''''''||CAST(X'E9' AS TEXT)"),
            ),
            (b"SELECT 'a\0b'", Ok("SELECT CAST(X'610062' AS TEXT)")),
            (b"SELECT \"\xe9'\"", Ok("SELECT CAST(X'E927' AS TEXT)")),
            (b"SELECT 1 -- \xe9", Ok("SELECT 1 -- \u{fffd}")),
            (b"SELECT '\xe9", Ok("SELECT CAST(X'E9' AS TEXT)")),
            (b"SELECT\0 1", Err(())),
        ];
        for (query, expected) in rows {
            let got = readable(query);
            assert_eq!(got.as_deref().map_err(drop), *expected, "{query:?}");
        }
    }
}

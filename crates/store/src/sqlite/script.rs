//! Statements of scripts (`vh.SQL`), on a connection of their own.
//!
//! A script has the run of the database, as with the original, within bounds that keep the
//! hub alive: one statement, committed by itself (an open transaction would keep everybody
//! else from writing), no other files, no switches, a limit to time and size, and the hub's
//! own tables stay.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Batch, Connection};

use super::place::{Place, Slot, lock};
use super::values::cell;
use crate::Rows;
use crate::dialect::translate;
use crate::odd;
use crate::schema::is_ours;
use crate::text::{Quotes, readable};

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

/// Why a statement did not run.
enum Failure {
    Sqlite(rusqlite::Error),
    Said(String),
}

/// A connection that runs scripts' statements.
pub(super) struct Session {
    slot: Arc<Slot>,
    judge: Judge,
    /// Last, so that the connection is closed before it.
    place: Arc<Place>,
}

/// What looks after the statement that runs.
#[derive(Clone)]
struct Judge {
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
        // The guard lets none of these through; this is the wall behind it.
        AuthAction::CreateTable { table_name }
        | AuthAction::CreateTempTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::DropTempTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateView {
            view_name: table_name,
        }
        | AuthAction::DropView {
            view_name: table_name,
        }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::CreateTempIndex { table_name, .. }
        | AuthAction::DropIndex { table_name, .. }
            if is_ours(table_name) =>
        {
            Some(TABLE)
        }
        AuthAction::CreateTrigger { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::DropTempView { .. }
        | AuthAction::CreateVtable { .. }
        | AuthAction::DropVtable { .. }
        | AuthAction::Unknown { .. } => Some("this is not possible here"),
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

/// Opens the connection of a session.
fn open(path: &Path, judge: Judge) -> rusqlite::Result<Connection> {
    let mut conn = super::connect(path, false)?;
    let Judge {
        deadline,
        start,
        refused,
    } = judge;
    let late = move || {
        let limit = deadline.load(Ordering::Relaxed);
        limit != 0 && millis(start.elapsed()) > limit
    };
    let judge = move |context: AuthContext<'_>| match objection(&context) {
        None => Authorization::Allow,
        Some(why) => {
            if let Ok(mut note) = refused.lock() {
                *note = Some(why);
            }
            Authorization::Deny
        }
    };
    // Everybody else waits longer for a lock than a script may.
    conn.busy_timeout(TIME_LIMIT)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES)?;
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MOST_BYTES)?;
    conn.progress_handler(STEPS, Some(late))?;
    super::functions::add(&conn)?;
    conn.authorizer(Some(judge))?;
    Ok(conn)
}

impl Session {
    pub(super) fn new(place: &Arc<Place>) -> Session {
        Session {
            slot: place.slot(None),
            place: Arc::clone(place),
            judge: Judge {
                deadline: Arc::default(),
                start: Instant::now(),
                refused: Arc::default(),
            },
        }
    }

    pub(super) fn run(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let judge = &self.judge;
        let open = |path: &Path, _| open(path, judge.clone());
        super::open_slot(&self.place, &self.slot, open)?;
        let slot = lock(&self.slot);
        let conn = slot.as_ref().ok_or("the database file was just replaced")?;
        let deadline = millis(judge.start.elapsed() + TIME_LIMIT);
        judge.deadline.store(deadline, Ordering::Relaxed);
        let busy = self.place.busy();
        let result = translated(conn, query, limit);
        drop(slot);
        drop(busy);
        let late = millis(judge.start.elapsed()) > deadline;
        judge.deadline.store(0, Ordering::Relaxed);
        let refused = judge.refused.lock().ok().and_then(|mut r| r.take());
        let rows = result.map_err(|why| match (why, refused) {
            (Failure::Sqlite(why @ rusqlite::Error::MultipleStatement), _) => super::words(&why),
            (Failure::Sqlite(_), Some(refused)) => refused.to_owned(),
            (Failure::Sqlite(why), None) if late && is_interrupt(&why) => {
                let seconds = TIME_LIMIT.as_secs();
                format!("stopped: a statement may take {seconds} seconds")
            }
            (Failure::Sqlite(why), None) => super::words(&why),
            (Failure::Said(why), _) => why,
        })?;
        self.place.still()?;
        Ok(rows)
    }
}

/// Runs a statement of MySQL's dialect, or a PRAGMA that tells something of a table.
fn translated(conn: &Connection, query: &[u8], limit: usize) -> Result<Rows, Failure> {
    let first = query.trim_ascii_start();
    if first.len() > 6 && first[..6].eq_ignore_ascii_case(b"PRAGMA") {
        let text = readable(query, Quotes::Doubled, |hex| {
            format!("CAST(X'{hex}' AS TEXT)")
        });
        return rows_of(conn, &text.map_err(Failure::Said)?, limit).map_err(Failure::Sqlite);
    }
    let text = odd::escape(query, true);
    let mut rows = Rows::new();
    for statement in translate(&String::from_utf8_lossy(&text)).map_err(Failure::Said)? {
        rows = rows_of(conn, &statement, limit).map_err(Failure::Sqlite)?;
    }
    Ok(rows)
}

fn rows_of(conn: &Connection, query: &str, limit: usize) -> rusqlite::Result<Rows> {
    let mut batch = Batch::new(conn, query);
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
        let cells = (0..columns).map(|i| Ok(cell(row.get_ref(i)?).into_text()));
        rows.push(cells.collect::<rusqlite::Result<_>>()?);
    }
    Ok(rows)
}

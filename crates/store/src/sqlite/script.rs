//! Statements of scripts (`vh.SQL`), on a connection of their own.
//!
//! A script has the run of the database, as with the original, within bounds that keep the
//! hub alive: one statement, committed by itself (an open transaction would keep everybody
//! else from writing), no other files, no switches, a limit to time and size, and the hub's
//! own tables stay.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Batch, Connection};

use super::bounds::{
    self, Bounds, FILE, GROWTH, LIKE_BYTES, MOST_BYTES, RESULT, STEPS, TIME_LIMIT,
};
use super::columns::Columns;
use super::place::{Place, Slot, lock};
use super::rebuild;
use super::values::cell;
use crate::Rows;
use crate::db::Cell;
use crate::dialect::{Step, translate};
use crate::odd;
use crate::schema::is_ours;
use crate::text::{Quotes, readable};

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
    bounds: Arc<Bounds>,
    /// The statement is the store's own, for which nothing is refused.
    own: Arc<AtomicBool>,
    /// The columns of the tables that the statement writes to.
    columns: Columns,
    /// What the authorizer objected to in the last statement.
    refused: Arc<std::sync::Mutex<Option<&'static str>>>,
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

impl From<rusqlite::Error> for Failure {
    fn from(why: rusqlite::Error) -> Failure {
        Failure::Sqlite(why)
    }
}

/// What a row takes beside its cells.
const ROW: usize = 24;

fn is_full(why: &rusqlite::Error) -> bool {
    why.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

fn is_interrupt(why: &rusqlite::Error) -> bool {
    why.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}

/// A cell as a script gets it. What MySQL reckons in decimal digits has fewer of them than what
/// SQLite makes of it: `0.1 + 0.2` is 0.3.
fn shown(cell: Cell) -> Cell {
    /// Digits that a number has exactly.
    const EXACT: usize = 15;
    let Cell::Real(x) = cell else {
        return cell;
    };
    let digits = format!("{x:e}").split('e').next().map_or(0, |mantissa| {
        mantissa.bytes().filter(u8::is_ascii_digit).count()
    });
    let rounded = format!("{x:.*e}", EXACT - 1).parse();
    match digits > EXACT + 1 {
        true => Cell::Real(rounded.unwrap_or(x)),
        false => Cell::Real(x),
    }
}

/// Opens the connection of a session.
fn open(path: &Path, judge: Judge) -> rusqlite::Result<Connection> {
    let mut conn = super::connect(path, false)?;
    let Judge {
        bounds,
        own,
        columns,
        refused,
    } = judge;
    let over = move || bounds.is_over();
    let judge = move |context: AuthContext<'_>| match objection(&context) {
        _ if own.load(Ordering::Relaxed) => Authorization::Allow,
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
    conn.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LIKE_BYTES)?;
    conn.progress_handler(STEPS, Some(over))?;
    super::functions::add(&conn)?;
    columns.add(&conn)?;
    super::declared::add(&conn)?;
    super::catalog::add(&conn)?;
    conn.authorizer(Some(judge))?;
    Ok(conn)
}

impl Session {
    pub(super) fn new(place: &Arc<Place>) -> Session {
        Session {
            slot: place.slot(None),
            place: Arc::clone(place),
            judge: Judge {
                bounds: Bounds::new(),
                own: Arc::default(),
                columns: Columns::default(),
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
        let busy = self.place.busy();
        judge.bounds.begin();
        let result = judge.translated(conn, query, limit);
        let stopped = judge.bounds.end();
        drop(slot);
        drop(busy);
        let refused = judge.refused.lock().ok().and_then(|mut r| r.take());
        let rows = result.map_err(|why| match (why, refused) {
            (Failure::Sqlite(why @ rusqlite::Error::MultipleStatement), _) => super::words(&why),
            (Failure::Sqlite(_), Some(refused)) => refused.to_owned(),
            (Failure::Sqlite(why), None) if is_full(&why) => bounds::full(),
            (Failure::Sqlite(why), None) => match stopped {
                Some(stopped) if is_interrupt(&why) => stopped,
                _ => super::words(&why),
            },
            (Failure::Said(why), _) => why,
        })?;
        self.place.still()?;
        Ok(rows)
    }
}

impl Judge {
    /// Runs a statement of MySQL's dialect, or a PRAGMA that tells something of a table.
    fn translated(&self, conn: &Connection, query: &[u8], limit: usize) -> Result<Rows, Failure> {
        let first = query.trim_ascii_start();
        if first.len() > 6 && first[..6].eq_ignore_ascii_case(b"PRAGMA") {
            let cast = |hex| format!("CAST(X'{hex}' AS TEXT)");
            let text = readable(query, Quotes::Doubled, cast).map_err(Failure::Said)?;
            return self.rows(conn, &text, limit);
        }
        let text = odd::escape(query, true);
        let steps = translate(&String::from_utf8_lossy(&text)).map_err(Failure::Said)?;
        // All or nothing, as on a server.
        let reads = |step: &Step| matches!(step, Step::Sql(sql) if sql.starts_with("SELECT "));
        let statements = steps.iter().filter(|s| !matches!(s, Step::Columns(_)));
        let retypes = steps.iter().any(|s| matches!(s, Step::Retype(_)));
        let together = retypes || statements.count() > 1 && !steps.iter().all(reads);
        if together {
            self.ours(conn, "BEGIN IMMEDIATE")?;
        }
        let done = self.steps(conn, &steps, limit);
        self.columns.forget();
        if together {
            match &done {
                Ok(_) => self.ours(conn, "COMMIT")?,
                Err(_) if conn.is_autocommit() => {}
                Err(_) => self.ours(conn, "ROLLBACK")?,
            }
        }
        done
    }

    fn steps(&self, conn: &Connection, steps: &[Step], limit: usize) -> Result<Rows, Failure> {
        let mut rows = Rows::new();
        for step in steps {
            match step {
                Step::Sql(statement) => rows = self.rows(conn, statement, limit)?,
                Step::Columns(table) => self.columns.look_at(conn, table)?,
                Step::Fold(table) => {
                    self.own(|| rebuild::fold(conn, &self.columns, table))?;
                }
                Step::Renumber { table, next } => {
                    let last = next.saturating_sub(1);
                    self.own(|| rebuild::renumber(conn, table, last))?;
                }
                Step::Retype(change) => {
                    self.make_room(conn)?;
                    self.ours(conn, "PRAGMA legacy_alter_table = ON")?;
                    let done = self.own(|| rebuild::retype(conn, &self.columns, change));
                    self.ours(conn, "PRAGMA legacy_alter_table = OFF")?;
                    done.map_err(Failure::Said)?;
                }
            }
        }
        Ok(rows)
    }

    /// Does what is the store's own, for which nothing is refused.
    fn own<R>(&self, run: impl FnOnce() -> R) -> R {
        self.own.store(true, Ordering::Relaxed);
        let done = run();
        self.own.store(false, Ordering::Relaxed);
        done
    }

    fn ours(&self, conn: &Connection, sql: &str) -> rusqlite::Result<()> {
        self.own(|| conn.execute_batch(sql))
    }

    /// Sets how large the database may become by the next statement.
    fn make_room(&self, conn: &Connection) -> rusqlite::Result<()> {
        let number = |pragma| conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let set = || {
            let size = number("page_size")?.max(512).unsigned_abs();
            let now = number("page_count")?.unsigned_abs();
            // A database that is larger for other reasons does not grow by scripts.
            let most = (now + GROWTH / size).min(now.max(FILE / size));
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            conn.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))
        };
        self.own(set)
    }

    fn rows(&self, conn: &Connection, query: &str, limit: usize) -> Result<Rows, Failure> {
        let mut batch = Batch::new(conn, query);
        let Some(mut statement) = batch.next()? else {
            return Ok(Rows::new());
        };
        // Looked for before anything is done. A second statement may also fail to be read.
        if !matches!(batch.next(), Ok(None)) {
            return Err(rusqlite::Error::MultipleStatement.into());
        }
        if !statement.readonly() {
            self.make_room(conn)?;
        }
        let columns = statement.column_count();
        let mut found = statement.query([])?;
        let (mut rows, mut bytes) = (Rows::new(), 0);
        // The first step is what does it, whatever the limit.
        while let Some(row) = found.next()? {
            if rows.len() >= limit {
                break;
            }
            let cells = (0..columns).map(|i| Ok(shown(cell(row.get_ref(i)?)).into_text()));
            let cells: Vec<_> = cells.collect::<rusqlite::Result<_>>()?;
            bytes += cells.iter().flatten().map(|c| c.len()).sum::<usize>() + ROW;
            if bytes > RESULT {
                return Err(Failure::Said(bounds::result_too_large()));
            }
            rows.push(cells);
        }
        Ok(rows)
    }
}

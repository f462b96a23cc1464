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
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Batch, Connection};

use super::bounds::{
    self, Bounds, FILE, GROWTH, LIKE_BYTES, MOST_BYTES, RESULT, STEPS, TIME_LIMIT,
};
use super::columns::Columns;
use super::declared;
use super::objections::{TABLE, objection};
use super::place::{Place, Slot, lock};
use super::rebuild;
use super::shown::{self, Reads};
use super::values::cell;
use crate::Rows;
use crate::dialect::{Make, Step, translate};
use crate::odd;
use crate::schema::is_ours;
use crate::text::{Quotes, readable};

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
    reads: Reads,
    /// What the authorizer objected to in the last statement.
    refused: Arc<std::sync::Mutex<Option<&'static str>>>,
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

/// Opens the connection of a session.
fn open(path: &Path, judge: Judge) -> rusqlite::Result<Connection> {
    let mut conn = super::connect(path, false)?;
    let Judge {
        bounds,
        own,
        columns,
        reads,
        refused,
    } = judge;
    let over = move || bounds.is_over();
    let judge = move |context: AuthContext<'_>| {
        reads.note(&context);
        match objection(&context) {
            _ if own.load(Ordering::Relaxed) => Authorization::Allow,
            None => Authorization::Allow,
            Some(why) => {
                if let Ok(mut note) = refused.lock() {
                    *note = Some(why);
                }
                Authorization::Deny
            }
        }
    };
    // Everybody else waits longer for a lock than a script may.
    conn.busy_timeout(TIME_LIMIT)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES)?;
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MOST_BYTES)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LIKE_BYTES)?;
    conn.progress_handler(STEPS, Some(over))?;
    super::functions::add(&conn)?;
    super::texts::add(&conn)?;
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
                reads: Reads::default(),
                refused: Arc::default(),
            },
        }
    }

    pub(super) fn run(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let judge = &self.judge;
        let open = |path: &Path, _| open(path, judge.clone());
        super::open_slot(&self.place, &self.slot, open)?;
        let mut slot = lock(&self.slot);
        let conn = slot.as_ref().ok_or("the database file was just replaced")?;
        let busy = self.place.busy();
        judge.bounds.begin();
        let result = judge.translated(conn, query, limit);
        let stopped = judge.bounds.end();
        if !conn.is_autocommit() {
            // It could not even be undone, and would keep everybody else from writing.
            *slot = None;
        }
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
        let known = |table: &str| super::declared::known(conn, table);
        let look = |table: &str| self.own(|| known(table)).unwrap_or_default();
        let steps = translate(&String::from_utf8_lossy(&text), &look).map_err(Failure::Said)?;
        // All or nothing, as on a server.
        let reads = |step: &Step| matches!(step, Step::Sql(sql) if sql.starts_with("SELECT "));
        let statements = steps.iter().filter(|s| !matches!(s, Step::Columns(_)));
        let several =
            |step: &Step| matches!(step, Step::Retype(_) | Step::Make(_) | Step::InOrder(_));
        let together =
            steps.iter().any(several) || statements.count() > 1 && !steps.iter().all(reads);
        let done = match together {
            true => self.together(conn, &steps, limit),
            false => self.steps(conn, &steps, limit),
        };
        if done.is_err() {
            self.undo(conn);
        }
        done
    }

    fn together(&self, conn: &Connection, steps: &[Step], limit: usize) -> Result<Rows, Failure> {
        self.ours(conn, "BEGIN IMMEDIATE")?;
        let rows = self.steps(conn, steps, limit)?;
        self.ours(conn, "COMMIT")?;
        Ok(rows)
    }

    /// After an error: ends the transaction if it is open, whatever failed, COMMIT included. What
    /// went wrong is told of the error before it.
    fn undo(&self, conn: &Connection) {
        if !conn.is_autocommit()
            && let Err(why) = self.ours(conn, "ROLLBACK")
        {
            tracing::error!("a script's statement could not be undone: {why}");
        }
        self.columns.forget();
    }

    fn steps(&self, conn: &Connection, steps: &[Step], limit: usize) -> Result<Rows, Failure> {
        let mut rows = Rows::new();
        for step in steps {
            match step {
                Step::Sql(statement) => rows = self.rows(conn, statement, limit)?,
                Step::Columns(table) => {
                    self.own(|| self.columns.look_at(conn, table))?;
                }
                Step::Fill(filling) => {
                    let columns = self.own(|| self.columns.look_at(conn, &filling.table()))?;
                    rows = self.rows(conn, &filling.sql(columns), limit)?;
                }
                Step::Make(make) => self.make(conn, make)?,
                Step::InOrder(change) => {
                    self.make_room(conn)?;
                    rebuild::in_order(conn, change)?;
                }
                Step::Trim { table, columns } => {
                    self.make_room(conn)?;
                    self.own(|| rebuild::trim(conn, table, columns))?;
                }
                Step::Renumber { table, next } => {
                    let last = next.saturating_sub(1);
                    self.own(|| rebuild::renumber(conn, table, last))?;
                }
                Step::Retype(change) => {
                    self.make_room(conn)?;
                    self.renaming(conn, || rebuild::retype(conn, &self.columns, change))?;
                }
            }
        }
        Ok(rows)
    }

    /// Does what gives a table another name: what others say of it stays as it is.
    fn renaming<R>(
        &self,
        conn: &Connection,
        run: impl FnOnce() -> rusqlite::Result<R>,
    ) -> rusqlite::Result<R> {
        self.ours(conn, "PRAGMA legacy_alter_table = ON")?;
        let done = self.own(run);
        let off = self.ours(conn, "PRAGMA legacy_alter_table = OFF");
        let done = done?;
        off.map(|()| done)
    }

    /// Makes a table from what a SELECT finds: first the columns, then the rows, each written once.
    /// Until it is full it has another name, for the SELECT may read one that it is going to hide.
    fn make(&self, conn: &Connection, make: &Make) -> Result<(), Failure> {
        let Make { table, query, .. } = make;
        // The guard lets none of these through; this is the wall behind it.
        if is_ours(table) {
            return Err(Failure::Said(TABLE.to_owned()));
        }
        let schema = if make.temporary { "temp" } else { "main" };
        if self.own(|| declared::is_taken(conn, schema, table))? {
            return match make.if_not_exists {
                true => Ok(()),
                false => Err(Failure::Said(format!("table {table} already exists"))),
            };
        }
        let name = self.own(|| rebuild::free_name(conn))?;
        let new = format!("{schema}.{name}");
        let shape = format!("CREATE TABLE {new} AS SELECT * FROM ({query}) LIMIT 0");
        self.rows(conn, &shape, 0)?;
        let parts = self
            .own(|| rebuild::folded(conn, schema, &name))?
            .join(", ");
        self.ours(conn, &format!("DROP TABLE {new}"))?;
        self.ours(conn, &format!("CREATE TABLE {new} ({parts})"))?;
        self.rows(conn, &format!("INSERT INTO {new} {query}"), 0)?;
        let rename = format!("ALTER TABLE {new} RENAME TO {}", rebuild::quoted(table));
        Ok(self.renaming(conn, || conn.execute_batch(&rename))?)
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
        let mut kinds = None;
        let mut shown = |cell| {
            shown::shown(cell, || match kinds {
                Some(kinds) => Ok(kinds),
                None => Ok(*kinds.insert(self.own(|| self.reads.kinds(conn, query))?)),
            })
        };
        // The first step is what does it, whatever the limit.
        while let Some(row) = found.next()? {
            if rows.len() >= limit {
                break;
            }
            let cells = (0..columns).map(|i| Ok(shown(cell(row.get_ref(i)?))?.into_text()));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A COMMIT fails while somebody reads, where there is no log of changes (WAL).
    #[test]
    fn what_cannot_be_committed_is_undone() {
        let name = format!("viperhub-commit-{}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let make = "CREATE TABLE a (v int); INSERT INTO a VALUES (1)";
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch(make).unwrap();
        let judge = Judge {
            bounds: Bounds::new(),
            own: Arc::default(),
            columns: Columns::default(),
            reads: Reads::default(),
            refused: Arc::default(),
        };
        let conn = open(&path, judge.clone()).unwrap();
        judge.ours(&conn, "PRAGMA journal_mode = DELETE").unwrap();
        conn.busy_timeout(std::time::Duration::from_millis(20))
            .unwrap();
        let run = |query: &str| match judge.translated(&conn, query.as_bytes(), 9) {
            Ok(_) => None,
            Err(Failure::Sqlite(why)) => why.sqlite_error_code(),
            Err(Failure::Said(why)) => panic!("{why}"),
        };
        let mut reading = reader.prepare("SELECT v FROM a").unwrap();
        let mut rows = reading.query([]).unwrap();
        assert!(rows.next().unwrap().is_some());
        // Of several steps, and one statement.
        for query in ["RENAME TABLE a TO b, b TO c", "UPDATE a SET v = 2"] {
            let busy = Some(rusqlite::ErrorCode::DatabaseBusy);
            assert_eq!(run(query), busy, "{query}");
            assert!(conn.is_autocommit(), "{query}");
        }
        drop(rows);
        drop(reading);
        // Others may write, and so may it.
        reader.execute("UPDATE a SET v = 3", []).unwrap();
        assert_eq!(run("RENAME TABLE a TO b, b TO c"), None);
        drop((reader, conn));
        std::fs::remove_file(&path).unwrap();
    }
}

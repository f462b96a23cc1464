//! SQLite: the database that needs nothing installed.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter};

use crate::db::{Broken, Cells, Db, Each, Kind, Value};
use crate::schema::TABLES;
use crate::{Rows, StoreError};

mod bounds;
mod catalog;
mod columns;
mod declared;
mod functions;
mod objections;
mod place;
mod rebuild;
mod script;
mod shown;
mod texts;
mod values;

use place::{Place, Slot, lock};
use values::cell;

/// How long to wait for another connection's write. A script's statement may hold the lock
/// for [`bounds::TIME_LIMIT`]; what the hub writes must outlast that.
const BUSY: Duration = Duration::from_secs(12);

/// One connection, and a second one for the statements of scripts once there are any.
pub(crate) struct Sqlite {
    scripts: Option<script::Session>,
    slot: Arc<Slot>,
    /// We have begun a transaction.
    began: bool,
    /// Last, so that the connections above are closed before it.
    place: Arc<Place>,
}

/// SQLite's message without rusqlite's prefix.
fn words(why: &rusqlite::Error) -> String {
    match why {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

/// Why a file cannot be opened, in an operator's words.
fn why_not(path: &Path, why: &rusqlite::Error) -> StoreError {
    StoreError::Open {
        path: path.display().to_string(),
        why: reason(path, why),
    }
}

fn reason(path: &Path, why: &rusqlite::Error) -> String {
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty());
    let no_directory = directory.filter(|d| !d.is_dir());
    match why.sqlite_error_code() {
        _ if path.is_dir() => "it is a directory".to_owned(),
        _ if no_directory.is_some() => "its directory does not exist".to_owned(),
        Some(ErrorCode::NotADatabase) => "the file is not an SQLite database".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged; restore a backup or try sqlite3's .recover".to_owned()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            "the file and its directory must be readable and writable for the hub's user".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program keeps it locked".to_owned()
        }
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        _ => words(why),
    }
}

/// A connection set up for durability and company. Only the first one may make the file: later
/// on a new, empty one would hide that the old one is gone.
fn connect(path: &Path, make: bool) -> rusqlite::Result<Connection> {
    // No SQLITE_OPEN_URI: a path is a path, whatever characters it has.
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, make);
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    write_ahead(&conn)?;
    // FULL: what was acknowledged survives a power failure, not only a kill.
    conn.pragma_update(None, "synchronous", "FULL")?;
    Ok(conn)
}

/// Readers never wait for writers in WAL mode. Changing to it needs the file for a moment
/// alone, for which SQLite does not wait by itself.
fn write_ahead(conn: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        let mode = conn
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) => {
                if !mode.eq_ignore_ascii_case("wal") {
                    tracing::warn!(
                        "the database cannot use WAL mode here: it stays in {mode} mode"
                    );
                }
                return Ok(());
            }
            Err(e)
                if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < BUSY =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(e) => return Err(e),
        }
    }
}

/// Makes the file, readable for the hub's user only: it holds passwords.
fn create(path: &Path) {
    let mut new = std::fs::OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    // Whether it was there or cannot be made: opening it will tell.
    drop(new.open(path));
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Sqlite, StoreError> {
        // Wherever a script moves the process to.
        let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        create(path);
        let open = || {
            let mut conn = connect(path, true)?;
            make_tables(&mut conn)?;
            Ok((conn, connect(path, false)?))
        };
        let (conn, keeper) = open().map_err(|e| why_not(path, &e))?;
        let place = Place::new(path, keeper).ok_or_else(|| StoreError::Open {
            path: path.display().to_string(),
            why: "it has just been removed".to_owned(),
        })?;
        Ok(Sqlite {
            scripts: None,
            slot: place.slot(Some(conn)),
            began: false,
            place,
        })
    }

    /// Does something with the connection: before and after it, the files are those that are
    /// open. What begins within a transaction ends with it.
    fn with<R>(
        &mut self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, Broken> {
        if !self.began {
            open_slot(&self.place, &self.slot, connect).map_err(Broken::other)?;
        }
        let slot = lock(&self.slot);
        let Some(conn) = &*slot else {
            self.began = false;
            let why = "the database file was replaced meanwhile";
            return Err(Broken::other(why));
        };
        let busy = self.place.busy();
        let done = run(conn).map_err(|why| broken(&why));
        let committed = conn.is_autocommit();
        drop(slot);
        drop(busy);
        if committed && done.is_ok() {
            self.place.still().map_err(Broken::other)?;
        }
        done
    }
}

/// Makes sure that there is a connection to what lies there.
fn open_slot(
    place: &Place,
    slot: &Slot,
    open: impl FnOnce(&Path, bool) -> rusqlite::Result<Connection>,
) -> Result<(), String> {
    let renewed = place.ready()?;
    if lock(slot).is_some() {
        return Ok(());
    }
    let conn = open(&place.path, false).map_err(|why| why_not(&place.path, &why).to_string())?;
    place.install(slot, conn, renewed)
}

/// Makes what is missing, in one step, as another program may be doing the same.
fn make_tables(conn: &mut Connection) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for table in TABLES {
        tx.execute_batch(&table.create())?;
        let mut present = Vec::new();
        tx.pragma(None, "table_info", table.name, |row| {
            present.push(row.get::<_, String>("name")?);
            Ok(())
        })?;
        for statement in table
            .add_columns(&present)
            .iter()
            .chain(&table.create_indexes())
        {
            tx.execute_batch(statement)?;
        }
    }
    tx.commit()
}

fn broken(why: &rusqlite::Error) -> Broken {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let keys = [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE];
    let duplicate = (why.sqlite_error()).is_some_and(|e| keys.contains(&e.extended_code));
    Broken {
        kind: if duplicate {
            Kind::Duplicate
        } else {
            Kind::Other
        },
        why: words(why),
    }
}

impl Db for Sqlite {
    const FOLD: &'static str = "COLLATE NOCASE";
    const FOLDS_MORE: bool = false;

    fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, Broken> {
        let changed = self.with(|conn| {
            let mut statement = conn.prepare_cached(statement)?;
            statement.execute(params_from_iter(values))
        })?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn rows(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: Each<'_>,
    ) -> Result<(), Broken> {
        self.with(|conn| {
            let mut statement = conn.prepare_cached(statement)?;
            let columns = statement.column_count();
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                let cells = (0..columns).map(|i| Ok(cell(row.get_ref(i)?)));
                each(Cells::from(cells.collect::<rusqlite::Result<Vec<_>>>()?));
            }
            Ok(())
        })
    }

    fn begin(&mut self) -> Result<(), Broken> {
        self.began = false;
        self.with(|conn| conn.execute_batch("BEGIN IMMEDIATE"))?;
        self.began = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Broken> {
        self.with(|conn| conn.execute_batch("COMMIT"))?;
        self.began = false;
        Ok(())
    }

    fn rollback(&mut self) {
        if self.in_transaction()
            && let Some(conn) = &*lock(&self.slot)
            && conn.execute_batch("ROLLBACK").is_err()
        {
            tracing::error!("the database could not roll back");
        }
        self.began = false;
    }

    /// SQLite ends a transaction by itself when the disk is full or fails.
    fn in_transaction(&self) -> bool {
        let open = |conn: &Connection| !conn.is_autocommit();
        self.began && lock(&self.slot).as_ref().is_some_and(open)
    }

    fn version(&mut self) -> Result<i64, Broken> {
        let version: i64 =
            self.with(|conn| conn.query_row("PRAGMA data_version", [], |row| row.get(0)))?;
        // That of a file opened anew may be the same.
        let renewed = i64::try_from(self.place.renewed()).unwrap_or(0);
        Ok(version.wrapping_add(renewed.wrapping_shl(40)))
    }

    fn tidy(&mut self) -> Result<(), Broken> {
        if !self.place.has_log() && self.place.is_marked() {
            return Ok(());
        }
        self.place.ready().map_err(Broken::other)?;
        let mark = self.place.mark();
        let mark = mark.map_err(|why| Broken::other(why.to_string()))?;
        self.with(|conn| match place::tidy(conn, Some(mark)) {
            // The next time will do.
            Err(why) if why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
            done => done,
        })?;
        self.place.marked(mark);
        Ok(())
    }

    fn news(&mut self) -> Vec<String> {
        self.place.news()
    }

    fn script(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let session = match &mut self.scripts {
            Some(session) => session,
            empty => empty.insert(script::Session::new(&self.place)),
        };
        session.run(query, limit)
    }

    fn another(&self) -> Result<Sqlite, StoreError> {
        let slot = self.place.slot(None);
        open_slot(&self.place, &slot, connect).map_err(StoreError::Url)?;
        Ok(Sqlite {
            scripts: None,
            slot,
            began: false,
            place: Arc::clone(&self.place),
        })
    }
}

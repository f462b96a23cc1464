//! SQLite: the database that needs nothing installed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter};

use crate::db::{Broken, Cells, Db, Each, Kind, Value};
use crate::schema::TABLES;
use crate::{Rows, StoreError};

mod bounds;
mod functions;
mod script;
mod values;

use values::cell;

/// How long to wait for another connection's write. A script's statement may hold the lock
/// for [`bounds::TIME_LIMIT`]; what the hub writes must outlast that.
const BUSY: Duration = Duration::from_secs(12);

/// One connection, and a second one for the statements of scripts once there are any.
pub(crate) struct Sqlite {
    path: PathBuf,
    conn: Connection,
    scripts: Option<script::Session>,
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
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty());
    let no_directory = directory.filter(|d| !d.is_dir());
    let why = match why.sqlite_error_code() {
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
    };
    StoreError::Open {
        path: path.display().to_string(),
        why,
    }
}

/// A connection set up for durability and company.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // No SQLITE_OPEN_URI: a path is a path, whatever characters it has.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
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
        create(path);
        let mut conn = connect(path).map_err(|e| why_not(path, &e))?;
        make_tables(&mut conn).map_err(|e| why_not(path, &e))?;
        Ok(Sqlite {
            path: path.to_owned(),
            conn,
            scripts: None,
        })
    }
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
        let run = || {
            let mut statement = self.conn.prepare_cached(statement)?;
            statement.execute(params_from_iter(values))
        };
        let changed = run().map_err(|why| broken(&why))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn rows(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: Each<'_>,
    ) -> Result<(), Broken> {
        let mut read = || {
            let mut statement = self.conn.prepare_cached(statement)?;
            let columns = statement.column_count();
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                let cells = (0..columns).map(|i| Ok(cell(row.get_ref(i)?)));
                each(Cells::from(cells.collect::<rusqlite::Result<Vec<_>>>()?));
            }
            Ok(())
        };
        read().map_err(|why| broken(&why))
    }

    fn begin(&mut self) -> Result<(), Broken> {
        let begin = self.conn.execute_batch("BEGIN IMMEDIATE");
        begin.map_err(|why| broken(&why))
    }

    fn commit(&mut self) -> Result<(), Broken> {
        let commit = self.conn.execute_batch("COMMIT");
        commit.map_err(|why| broken(&why))
    }

    fn rollback(&mut self) {
        if self.in_transaction() && self.conn.execute_batch("ROLLBACK").is_err() {
            tracing::error!("the database could not roll back");
        }
    }

    /// SQLite ends a transaction by itself when the disk is full or fails.
    fn in_transaction(&self) -> bool {
        !self.conn.is_autocommit()
    }

    fn version(&mut self) -> Result<i64, Broken> {
        let version = (self.conn).query_row("PRAGMA data_version", [], |row| row.get(0));
        version.map_err(|why| broken(&why))
    }

    fn script(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let session = match &mut self.scripts {
            Some(session) => session,
            empty => empty.insert(script::Session::open(&self.path)?),
        };
        session.run(query, limit)
    }

    fn another(&self) -> Result<Sqlite, StoreError> {
        let conn = connect(&self.path).map_err(|e| why_not(&self.path, &e))?;
        Ok(Sqlite {
            path: self.path.clone(),
            conn,
            scripts: None,
        })
    }
}

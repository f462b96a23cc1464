//! SQLite: the database that needs nothing installed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::config::{Config, specs};
use hub::reg::{StoreOp, StoreReply};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params};

use crate::schema::TABLES;
use crate::{Login, Rows, Store, StoreError};

mod script;
mod users;
mod values;

use values::{Cells, Text};

/// How long to wait for another connection's write. A script's statement may hold the lock
/// for [`script::TIME_LIMIT`]; what the hub writes must outlast that.
const BUSY: Duration = Duration::from_secs(12);

/// One connection, and a second one for the statements of scripts once there are any.
pub(crate) struct Sqlite {
    path: PathBuf,
    conn: Connection,
    scripts: Option<script::Session>,
}

/// A failure in the database's own words.
fn failed(what: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |why| StoreError::Failed {
        what,
        why: words(&why),
    }
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

    /// Whether a transaction begun by us is still open; SQLite ends it by itself when the
    /// disk is full or fails.
    fn in_transaction(&self) -> bool {
        !self.conn.is_autocommit()
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

impl Store for Sqlite {
    fn execute(&mut self, op: StoreOp) -> StoreReply {
        self.user_op(op)
    }

    fn execute_all(&mut self, ops: Vec<StoreOp>) -> Vec<StoreReply> {
        if ops.len() < 2 || self.conn.execute_batch("BEGIN IMMEDIATE").is_err() {
            return ops.into_iter().map(|op| self.execute(op)).collect();
        }
        let mut replies: Vec<StoreReply> = Vec::with_capacity(ops.len());
        let mut uncommitted = 0;
        for op in ops {
            let was_open = self.in_transaction();
            let reply = self.execute(op);
            replies.push(reply);
            if was_open && !self.in_transaction() {
                not_committed(&mut replies[..], "the transaction was ended");
                uncommitted = replies.len();
            }
        }
        if self.in_transaction()
            && let Err(why) = self.conn.execute_batch("COMMIT")
        {
            not_committed(&mut replies[uncommitted..], &words(&why));
            if self.in_transaction() && self.conn.execute_batch("ROLLBACK").is_err() {
                tracing::error!("the database could not roll back");
            }
        }
        replies
    }

    fn verify_password(&mut self, nick: &[u8], password: &[u8]) -> Result<bool, StoreError> {
        self.check_password(nick, password)
    }

    fn record_logins(&mut self, logins: &[Login]) -> Result<(), StoreError> {
        self.write_logins(logins)
    }

    fn load_config(&mut self, file: &[u8]) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let load = || {
            let mut statement = (self.conn)
                .prepare_cached("SELECT var, val FROM SetupList WHERE file = ?1 COLLATE NOCASE")?;
            let mut rows = statement.query(params![Text(file)])?;
            let mut list = Vec::new();
            while let Some(row) = rows.next()? {
                let mut cells = Cells::of(row);
                list.push((cells.text(), cells.text()));
            }
            Ok(list)
        };
        load().map_err(failed("read the settings"))
    }

    fn save_defaults(&mut self, config: &Config) -> Result<(), StoreError> {
        let mut save = || {
            let behavior = TransactionBehavior::Immediate;
            let tx = self.conn.transaction_with_behavior(behavior)?;
            for spec in specs() {
                let value = config.get(spec.name).unwrap_or_default();
                let mut insert = tx.prepare_cached(
                    "INSERT INTO SetupList (file, var, val) SELECT 'config', ?1, ?2
                     WHERE NOT EXISTS (SELECT 1 FROM SetupList
                       WHERE file = 'config' COLLATE NOCASE AND var = ?1 COLLATE NOCASE)",
                )?;
                insert.execute(params![spec.name, Text(&value)])?;
            }
            tx.commit()
        };
        save().map_err(failed("write the settings"))
    }

    fn get_config(&mut self, file: &[u8], var: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let get = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT val FROM SetupList WHERE file = ?1 COLLATE NOCASE AND var = ?2 COLLATE NOCASE",
            )?;
            let mut rows = statement.query(params![Text(file), Text(var)])?;
            Ok(rows.next()?.map(|row| Cells::of(row).text()))
        };
        get().map_err(failed("read a setting"))
    }

    fn version(&mut self) -> Result<i64, StoreError> {
        self.conn
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(failed("look for changes"))
    }

    fn registered_nicks(&mut self) -> Result<Vec<Bytes>, StoreError> {
        let list = || {
            let mut statement = self.conn.prepare_cached("SELECT nick FROM reglist")?;
            let mut rows = statement.query([])?;
            let mut nicks = Vec::new();
            while let Some(row) = rows.next()? {
                nicks.push(Cells::of(row).text());
            }
            nicks.retain(|n| !n.is_empty());
            Ok(nicks)
        };
        list().map_err(failed("list the registered nicks"))
    }

    fn sql(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let session = match &mut self.scripts {
            Some(session) => session,
            empty => empty.insert(script::Session::open(&self.path)?),
        };
        session.run(query, limit)
    }

    fn another(&self) -> Result<Box<dyn Store>, StoreError> {
        let conn = connect(&self.path).map_err(|e| why_not(&self.path, &e))?;
        Ok(Box::new(Sqlite {
            path: self.path.clone(),
            conn,
            scripts: None,
        }))
    }
}

/// Takes back every "done" of a transaction that came to nothing.
fn not_committed(replies: &mut [StoreReply], why: &str) {
    for reply in replies {
        if *reply == StoreReply::Done {
            *reply = StoreReply::Failed(format!("the database could not commit: {why}"));
        }
    }
}

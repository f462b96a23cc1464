//! MySQL and MariaDB: where the original keeps its data, with its tables.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mysql::consts::ColumnType;
use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder, Params, Row};

use crate::db::{Broken, Cell, Cells, Db, Each, Kind, Value};
use crate::schema::{TABLES, Table};
use crate::{Rows, StoreError};

mod charset;
mod script;

use charset::Charset;

/// How long to wait for a connection, and for an answer of a server that hangs.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(30);
/// How soon to try again when the server cannot be reached; in between everything fails at
/// once, so that nobody waits for each of many operations.
const AGAIN: Duration = Duration::from_secs(1);
/// Rows in one INSERT of a copy, and their bytes.
const ROWS: usize = 200;
const ROW_BYTES: usize = 256 << 10;
/// Where Debian, Red Hat and MySQL itself put the socket for programs of the same machine.
const SOCKETS: &[&str] = &[
    "/run/mysqld/mysqld.sock",
    "/var/lib/mysql/mysql.sock",
    "/tmp/mysql.sock",
];

/// The settings of our connections: nothing of the server's own must change what we mean.
/// What does not fit its column is an error, never cut.
const SESSION: &[&str] = &[
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION innodb_lock_wait_timeout = 10",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
];

/// Server errors that need to be told apart.
const DUPLICATE: u16 = 1062;
const LOCK_WAIT: u16 = 1205;
const DEADLOCK: u16 = 1213;

/// One connection, and a second one for the statements of scripts once there are any.
pub(crate) struct MySql {
    opts: Opts,
    charset: Charset,
    conn: Option<Conn>,
    in_transaction: bool,
    away: Arc<Away>,
    scripts: Option<script::Session>,
}

/// Whether the server can be reached, as all connections to it know: not before then another
/// attempt, and why not. Whoever gets through lets the others try at once.
#[derive(Default)]
struct Away(Mutex<Option<(Instant, String)>>);

impl Away {
    fn lock(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why there is no attempt now.
    fn holds(&self) -> Option<String> {
        let away = self.lock();
        let (_, why) = away.as_ref().filter(|(again, _)| Instant::now() < *again)?;
        Some(why.clone())
    }
}

/// The server's words, without code and state.
fn words(why: &mysql::Error) -> String {
    match why {
        mysql::Error::MySqlError(e) => e.message.clone(),
        mysql::Error::DriverError(mysql::DriverError::CouldNotConnect(Some((to, why, _)))) => {
            format!("cannot connect to {to}: {why}")
        }
        mysql::Error::DriverError(mysql::DriverError::TlsNotSupported) => {
            "the server wants TLS, which this build does not have".to_owned()
        }
        mysql::Error::IoError(e) => format!("the connection broke: {e}"),
        other => other.to_string(),
    }
}

fn broken(why: &mysql::Error) -> Broken {
    let kind = match why {
        mysql::Error::MySqlError(e) if e.code == DUPLICATE => Kind::Duplicate,
        mysql::Error::MySqlError(e) if [LOCK_WAIT, DEADLOCK].contains(&e.code) => Kind::Deadlock,
        _ => Kind::Other,
    };
    let why = words(why);
    Broken { kind, why }
}

/// Whether the connection is of no use any more.
fn is_lost(why: &mysql::Error) -> bool {
    match why {
        // Shut down, killed, or the client was away for too long.
        mysql::Error::MySqlError(e) => matches!(e.code, 1053 | 1077 | 1079 | 1927 | 4031),
        other => other.is_connectivity_error(),
    }
}

/// What an address says; the errors do not repeat it, for it holds a password.
fn parse(url: &str) -> Result<Opts, StoreError> {
    let bad = |why: &str| {
        StoreError::Url(format!(
            "the address of the database {why}; it is \
             mysql://USER:PASSWORD@HOST[:PORT]/DATABASE[?socket=PATH], and special characters \
             in a name or password are written as in web addresses, as %40 for @"
        ))
    };
    let (_, rest) = url.split_once(':').unwrap_or_default();
    // A question mark in a password begins the parameters for whoever reads the address.
    let told = rest
        .split_once('?')
        .is_none_or(|(_, parts)| !parts.contains('@'));
    let opts = Opts::from_url(&format!("mysql:{rest}")).map_err(|why| match why {
        mysql::UrlError::UnknownParameter(name) if told => {
            bad(&format!("has an unknown part, {name}"))
        }
        _ => bad("cannot be read"),
    })?;
    if opts.get_db_name().is_none_or(str::is_empty) {
        return Err(bad("names no database"));
    }
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.trim_start_matches('/');
    let is_local = host.starts_with("localhost/") || host.starts_with('/');
    let socket = match opts.get_socket() {
        Some(path) => Some(path.to_owned()),
        // As MySQL's own programs do it.
        None if is_local => (SOCKETS.iter())
            .find(|path| Path::new(path).exists())
            .map(|path| (*path).to_owned()),
        None => None,
    };
    let opts = OptsBuilder::from_opts(opts)
        .socket(socket)
        .prefer_socket(false)
        .tcp_connect_timeout(Some(CONNECT))
        .read_timeout(Some(ANSWER))
        .write_timeout(Some(ANSWER))
        .tcp_keepalive_time_ms(Some(60_000))
        .stmt_cache_size(64)
        // An UPDATE that changes nothing has found its row all the same.
        .additional_capabilities(mysql::consts::CapabilityFlags::CLIENT_FOUND_ROWS);
    Ok(opts.into())
}

/// A server's address as messages have it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn described(url: &str) -> Result<String, StoreError> {
    parse(url).map(|opts| shown(&opts))
}

/// The database without the password, for messages.
fn shown(opts: &Opts) -> String {
    let user = opts.get_user().unwrap_or_default();
    let database = opts.get_db_name().unwrap_or_default();
    match opts.get_socket() {
        Some(path) => format!("mysql://{user}@localhost/{database}?socket={path}"),
        None => format!(
            "mysql://{user}@{}:{}/{database}",
            opts.get_ip_or_hostname(),
            opts.get_tcp_port()
        ),
    }
}

fn cannot_open(opts: &Opts, why: &mysql::Error) -> StoreError {
    StoreError::Open {
        path: shown(opts),
        why: words(why),
    }
}

/// How the hub's text is stored there.
fn find_charset(conn: &mut Conn) -> mysql::Result<Result<Charset, String>> {
    let of_table = "SELECT CHARACTER_SET_NAME FROM information_schema.COLUMNS WHERE \
        TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'reglist' AND COLUMN_NAME = 'nick'";
    let name: Option<String> = match conn.query_first::<Option<String>, _>(of_table)?.flatten() {
        Some(name) => Some(name),
        None => conn.query_first("SELECT @@character_set_database")?,
    };
    let name = name.unwrap_or_default();
    let width: Option<u32> = conn.exec_first(
        "SELECT MAXLEN FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = ?",
        (&name,),
    )?;
    Ok(match (name.as_str(), width) {
        ("utf8mb4", _) => Ok(Charset::Utf8 { wide: true }),
        ("utf8" | "utf8mb3", _) => Ok(Charset::Utf8 { wide: false }),
        ("binary", _) => Ok(Charset::Single("latin1".to_owned())),
        (_, Some(1)) if name.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Ok(Charset::Single(name))
        }
        _ => Err(format!(
            "its text is stored in the character set {name}; Viperhub can use those with one \
             byte a character, utf8 and utf8mb4"
        )),
    })
}

impl MySql {
    pub(crate) fn open(url: &str) -> Result<MySql, StoreError> {
        let opts = parse(url)?;
        let failed = |why: mysql::Error| cannot_open(&opts, &why);
        let mut conn = Conn::new(opts.clone()).map_err(failed)?;
        let charset = find_charset(&mut conn).map_err(failed)?;
        let charset = charset.map_err(|why| StoreError::Open {
            path: shown(&opts),
            why,
        })?;
        for table in TABLES {
            make_table(&mut conn, table).map_err(failed)?;
        }
        set_up(&mut conn, &charset).map_err(failed)?;
        Ok(MySql {
            opts,
            charset,
            conn: Some(conn),
            in_transaction: false,
            away: Arc::default(),
            scripts: None,
        })
    }

    /// Runs something on the connection, which is made anew if it is gone.
    fn with<R>(
        &mut self,
        run: impl FnOnce(&mut Conn, &Charset) -> mysql::Result<R>,
    ) -> Result<R, Broken> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            None => {
                if let Some(why) = self.away.holds() {
                    return Err(Broken::other(why));
                }
                let conn = Conn::new(self.opts.clone()).and_then(|mut conn| {
                    set_up(&mut conn, &self.charset)?;
                    Ok(conn)
                });
                match conn {
                    Ok(conn) => {
                        *self.away.lock() = None;
                        self.conn.insert(conn)
                    }
                    Err(why) => {
                        let why = words(&why);
                        *self.away.lock() = Some((Instant::now() + AGAIN, why.clone()));
                        return Err(Broken::other(why));
                    }
                }
            }
        };
        run(conn, &self.charset).map_err(|why| {
            if is_lost(&why) {
                self.conn = None;
                self.in_transaction = false;
            }
            let broken = broken(&why);
            if broken.kind == Kind::Deadlock
                && self.in_transaction
                && matches!(&why, mysql::Error::MySqlError(e) if e.code == DEADLOCK)
            {
                // The server has taken the transaction back.
                self.in_transaction = false;
            }
            broken
        })
    }

    /// Finds out that the server was restarted before something is written that then may or
    /// may not have arrived.
    fn refresh(&mut self) {
        if !self.in_transaction
            && let Some(conn) = &mut self.conn
            && conn.ping().is_err()
        {
            self.conn = None;
        }
    }
}

fn set_up(conn: &mut Conn, charset: &Charset) -> mysql::Result<()> {
    conn.query_drop(format!("SET NAMES {}", charset.name()))?;
    SESSION.iter().try_for_each(|set| conn.query_drop(set))
}

/// Makes what is missing. A user who may not do that can use what is there.
fn make_table(conn: &mut Conn, table: &Table) -> mysql::Result<()> {
    const COLUMNS: &str = "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, \
        CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
    type Column = (String, String, Option<u64>, Option<String>, Option<String>);
    let columns: Vec<Column> = conn.exec(COLUMNS, (table.name,))?;
    if columns.is_empty() {
        return conn.query_drop(table.create_mysql());
    }
    let present: Vec<String> = columns.iter().map(|(name, ..)| name.clone()).collect();
    for statement in table.add_columns_mysql(&present) {
        tracing::info!("the database lacks a column: {statement}");
        conn.query_drop(statement)?;
    }
    // One statement, as each may copy the whole table.
    let mut wider = Vec::new();
    for (name, kind, width, charset, collation) in columns {
        if let Some((ty, rest)) = table.wider(&name, &kind, width) {
            let text = match (charset, collation) {
                (Some(charset), Some(collation)) => {
                    format!(" CHARACTER SET {charset} COLLATE {collation}")
                }
                _ => String::new(),
            };
            wider.push(format!("MODIFY {name} {ty}{text}{rest}"));
        }
    }
    if !wider.is_empty() {
        let (name, wider) = (table.name, wider.join(", "));
        tracing::info!("columns of {name} are made wider: {wider}");
        conn.query_drop(format!("ALTER TABLE {name} {wider}"))?;
    }
    Ok(())
}

fn params(values: &[Value<'_>], charset: &Charset) -> Params {
    if values.is_empty() {
        return Params::Empty;
    }
    let value = |value: &Value<'_>| match value {
        Value::Null => mysql::Value::NULL,
        Value::Int(n) => mysql::Value::Int(*n),
        Value::Text(text) => mysql::Value::Bytes(charset.encode(text).into_owned()),
    };
    Params::Positional(values.iter().map(value).collect())
}

/// The cells of a row; what the server calls binary is not touched.
fn cells(row: Row, charset: &Charset) -> Vec<Cell> {
    let binary: Vec<bool> = (row.columns_ref().iter())
        .map(|c| c.character_set() == 63 && c.column_type() != ColumnType::MYSQL_TYPE_NULL)
        .collect();
    let cell = |(value, binary)| match value {
        mysql::Value::NULL => Cell::Null,
        mysql::Value::Int(n) => Cell::Int(n),
        mysql::Value::UInt(n) => match i64::try_from(n) {
            Ok(n) => Cell::Int(n),
            Err(_) => Cell::Text(n.to_string().into()),
        },
        mysql::Value::Float(x) => Cell::Real(x.into()),
        mysql::Value::Double(x) => Cell::Real(x),
        mysql::Value::Bytes(text) if binary => Cell::Text(text.into()),
        mysql::Value::Bytes(text) => Cell::Text(Bytes::from(charset.decode(text))),
        // The hub's tables have no dates.
        date => Cell::Text(date.as_sql(true).trim_matches('\'').to_owned().into()),
    };
    row.unwrap().into_iter().zip(binary).map(cell).collect()
}

impl Db for MySql {
    const FOLD: &'static str = "";
    const FOLDS_MORE: bool = true;

    fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, Broken> {
        self.refresh();
        self.with(|conn, charset| {
            let result = conn.exec_iter(statement, params(values, charset))?;
            Ok(result.affected_rows())
        })
    }

    fn rows(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: Each<'_>,
    ) -> Result<(), Broken> {
        self.refresh();
        self.with(|conn, charset| {
            for row in conn.exec_iter(statement, params(values, charset))? {
                each(Cells::from(cells(row?, charset)));
            }
            Ok(())
        })
    }

    fn begin(&mut self) -> Result<(), Broken> {
        self.refresh();
        self.with(|conn, _| conn.query_drop("START TRANSACTION"))?;
        self.in_transaction = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Broken> {
        let done = self.with(|conn, _| conn.query_drop("COMMIT"));
        if done.is_ok() {
            self.in_transaction = false;
        }
        done
    }

    fn rollback(&mut self) {
        if self.in_transaction && self.with(|conn, _| conn.query_drop("ROLLBACK")).is_err() {
            // The server rolls back what a closed connection leaves.
            self.conn = None;
        }
        self.in_transaction = false;
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Many rows in one statement: an answer for each would take most of the time.
    fn replace(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &[Vec<Option<Bytes>>],
    ) -> Result<(), Broken> {
        let one = format!("({})", vec!["?"; columns.len()].join(", "));
        let columns = columns.join(", ");
        let mut rest = rows;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |row: &&Vec<Option<Bytes>>| {
                bytes += row.iter().flatten().map(Bytes::len).sum::<usize>();
                bytes <= ROW_BYTES
            };
            let count = rest.iter().take(ROWS).take_while(fits).count().max(1);
            // Few different statements, as each is prepared once.
            let count = if count == ROWS { ROWS } else { 1 };
            let (now, later) = rest.split_at(count);
            let marks = vec![one.as_str(); count].join(", ");
            let values: Vec<Value<'_>> = (now.iter().flatten())
                .map(|cell| cell.as_deref().map_or(Value::Null, Value::Text))
                .collect();
            self.run(
                &format!("REPLACE INTO {table} ({columns}) VALUES {marks}"),
                &values,
            )?;
            rest = later;
        }
        Ok(())
    }

    /// The server keeps no such number: the seconds of the last changes, and as long as one of
    /// them may still go on, always another one. A table that is gone, dropped with its
    /// database or not, is an error.
    fn version(&mut self) -> Result<i64, Broken> {
        const CHANGED: &str = "SELECT TABLE_NAME, UNIX_TIMESTAMP(UPDATE_TIME), \
            UNIX_TIMESTAMP(CREATE_TIME), UNIX_TIMESTAMP(), \
            CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS SIGNED) FROM information_schema.TABLES \
            WHERE TABLE_SCHEMA = DATABASE()";
        let (mut present, mut version) = (Vec::new(), 0);
        self.rows(CHANGED, &[], &mut |mut row| {
            let name = row.text().to_ascii_lowercase();
            // Logins and kicks change these all the time, and others do not.
            let quiet = [&b"unbanlist"[..], b"kicklist", b"pi_plug"].contains(&&name[..]);
            let (updated, created) = (row.int(0), row.int(0));
            let (now, exact) = (row.int(0), row.int(0));
            let changed = if quiet { created } else { updated.max(created) };
            present.push(name);
            let is_ours = (TABLES.iter()).any(|t| {
                present
                    .last()
                    .is_some_and(|p| p.eq_ignore_ascii_case(t.name.as_bytes()))
            });
            if is_ours {
                version = version.max(if now - changed <= 2 { exact } else { changed });
            }
        })?;
        let missing = (TABLES.iter()).map(|table| table.name).filter(|name| {
            !present
                .iter()
                .any(|p| p.eq_ignore_ascii_case(name.as_bytes()))
        });
        let missing: Vec<&str> = missing.collect();
        match missing.len() {
            0 => Ok(version),
            _ => Err(Broken::other(format!(
                "{} lacks {}: dropped or renamed while the hub runs. Put it back from a backup; \
                 the hub notices. Until then nothing can be stored there",
                shown(&self.opts),
                missing.join(", ")
            ))),
        }
    }

    fn script(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let session = match &mut self.scripts {
            Some(session) => session,
            empty => empty.insert(script::Session::new(&self.opts, &self.charset)),
        };
        session.run(query, limit)
    }

    /// Also while the server is away: the connection is made when it is needed.
    fn another(&self) -> Result<MySql, StoreError> {
        Ok(MySql {
            opts: self.opts.clone(),
            charset: self.charset.clone(),
            conn: None,
            in_transaction: false,
            away: Arc::clone(&self.away),
            scripts: None,
        })
    }
}

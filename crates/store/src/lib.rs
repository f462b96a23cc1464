//! What survives a restart: registrations, bans, settings.
//!
//! [`Store`] is the contract, [`sql`] keeps it on any [`db::Db`]: [`sqlite`], which needs no
//! installation, and [`mysql`], where the original keeps its data. [`StoreThread`] runs a store beside the hub, which never waits for a disk. Text is bytes
//! in the hub's encoding everywhere: any byte string comes back as it went in.
#![forbid(unsafe_code)]

use std::path::Path;

use bytes::Bytes;
use hub::config::Config;
use hub::reg::{BanRow, PluginRow, RightsRow, StoreOp, StoreReply};

pub use hub::link::Rows;

mod db;
mod descrypt;
mod dialect;
#[doc(hidden)]
pub mod fuzzing;
mod mysql;
mod odd;
mod password;
mod schema;
mod sql;
mod sqlite;
mod text;
mod thread;

pub use thread::StoreThread;

/// Why a store cannot be opened or used: one sentence for an operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// The address means no database this build knows.
    #[error("{0}")]
    Url(String),
    /// There is no opening it.
    #[error("cannot open the database {path}: {why}")]
    Open {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// It was open, but this could not be done.
    #[error("the database could not {what}: {why}")]
    Failed {
        /// What was wanted.
        what: &'static str,
        /// The database's own words.
        why: String,
    },
}

/// How a registered user's login went: `login_*` of his row when the password was right,
/// `error_*` otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Login {
    /// Who.
    pub nick: Bytes,
    /// From where.
    pub ip: Bytes,
    /// Seconds since 1970.
    pub now: i64,
    /// Whether the password was right.
    pub right: bool,
    /// A stronger hash of it for the one that is stored.
    pub rehash: Option<Rehash>,
}

/// A new hash in place of an old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rehash {
    /// What was compared.
    pub old: Bytes,
    /// What is to be stored if that is still there.
    pub new: Bytes,
}

/// One open database. What every implementation promises, and `tests/suite.rs` checks:
///
/// - A method that returns success has committed: it survives a kill of the process.
/// - Nicks, file and variable names compare without case (ASCII) and are stored as given. A
///   database may hold further letters for equal (`ä` and `a`): then it keeps one of the two
///   and answers [`StoreReply::Exists`] for the other, but never takes one for the other.
/// - What does not fit its column is refused with the reason, never cut.
/// - Text is bytes; an empty text may be stored as NULL, and NULL is read as empty.
/// - A row with odd content (NULL, another type, bytes that are no text) is read as well as
///   it can be and never hides the others; one without a nick is left out.
/// - Failure is a value with a sentence, after which the store can be used again.
/// - Several stores on one database, in one process or more, see each other's commits.
/// - A database that cannot be reached is an error at once or within seconds, and is used
///   again by itself when it is back. An operation whose connection broke may have been done.
pub trait Store: Send {
    /// Does one operation and answers as [`StoreOp`] says.
    fn execute(&mut self, op: StoreOp) -> StoreReply;

    /// Does several operations in order, with one commit for all where that is cheaper.
    /// The answers are in the order of the operations; none says "done" before the commit.
    fn execute_all(&mut self, ops: Vec<StoreOp>) -> Vec<StoreReply> {
        ops.into_iter().map(|op| self.execute(op)).collect()
    }

    /// Whether this is the nick's password, without writing anything. An empty password,
    /// sent or stored, never is.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn verify_password(&mut self, nick: &[u8], password: &[u8]) -> Result<bool, StoreError>;

    /// A stronger hash for a password that was found right, if what is stored is one of the
    /// original's and `rehash_passwords` is set; writes nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn rehash(&mut self, nick: &[u8], password: &[u8]) -> Result<Option<Rehash>, StoreError>;

    /// Writes the outcomes of logins, all in one commit.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn record_logins(&mut self, logins: &[Login]) -> Result<(), StoreError>;

    /// Variables and values of one file of `SetupList`.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn load_config(&mut self, file: &[u8]) -> Result<Vec<(Bytes, Bytes)>, StoreError>;

    /// Inserts the variables of file `config` that are not there yet, and keeps the others.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn save_defaults(&mut self, config: &Config) -> Result<(), StoreError>;

    /// One variable; `None` when there is none, empty when it is NULL.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn get_config(&mut self, file: &[u8], var: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// Every registered nick.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn registered_nicks(&mut self) -> Result<Vec<Bytes>, StoreError>;

    /// All registered nicks, each with a number that changes with whatever of its row gives or
    /// takes rights; a login does not change it.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn registrations(&mut self) -> Result<Vec<(Bytes, u64)>, StoreError>;

    /// A number that changes when another connection has committed something.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn version(&mut self) -> Result<i64, StoreError>;

    /// Brings all that was committed into the one file, where the database is one, so that a copy
    /// of that file has it; does nothing else.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn tidy(&mut self) -> Result<(), StoreError>;

    /// What happened to the database that operators should know, each once: that its file was
    /// replaced and is read anew, where the content of a lost one is.
    fn news(&mut self) -> Vec<String>;

    /// A number that changes when what an owner edits was changed, by whomever: settings,
    /// operators' lists, bans, rights; not when somebody logs in.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn digest(&mut self) -> Result<u64, StoreError>;

    /// Forgets bans that ended a week ago, lifted bans and kicks of a month ago, and rights
    /// that ended, as the original does at each start; how many rows.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn clean(&mut self, now: i64) -> Result<u64, StoreError>;

    /// Every ban.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn bans(&mut self) -> Result<Vec<BanRow>, StoreError>;

    /// What anybody may or may not do for a while; one row a nick, the newest of several.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn rights(&mut self) -> Result<Vec<RightsRow>, StoreError>;

    /// The registered native plugins, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn plugins(&mut self) -> Result<Vec<PluginRow>, StoreError>;

    /// Writes a plugin's registration, in place of the one of this name.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn save_plugin(&mut self, plugin: &PluginRow) -> Result<(), StoreError>;

    /// Forgets a plugin's registration; whether it was there.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn delete_plugin(&mut self, nick: &[u8]) -> Result<bool, StoreError>;
    /// The operators' lists. One that is empty is filled with what a new hub has.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    fn lists(&mut self) -> Result<hub::lists::Rows, StoreError>;

    /// One statement of a script (`vh.SQL`) and at most `limit` rows of its result. It may
    /// do what it likes with tables of its own, but not end the hub's use of the database,
    /// and it is stopped when it takes too long.
    ///
    /// # Errors
    /// The database's words.
    fn sql(&mut self, query: &[u8], limit: usize) -> Result<Rows, String>;

    /// Each row of one of [`tables`], the columns in that table's order, exactly as stored.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn read_table(&mut self, table: &str, each: EachRow<'_>) -> Result<(), StoreError>;

    /// Writes rows as [`Store::read_table`] gives them, all in one commit, each in place of
    /// the one with the same key.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn write_table(&mut self, table: &str, rows: &[Vec<Option<Bytes>>]) -> Result<(), StoreError>;

    /// A further connection to the same database.
    ///
    /// # Errors
    /// When it can no longer be opened.
    fn another(&self) -> Result<Box<dyn Store>, StoreError>;
}

/// What is done with each row of a table.
pub type EachRow<'a> = &'a mut dyn FnMut(Vec<Option<Bytes>>);

/// The names of the tables that a hub has.
pub fn tables() -> impl Iterator<Item = &'static str> {
    schema::TABLES.iter().map(|table| table.name)
}

/// Whether this address names something that can be read: a server, or a file that is there.
pub fn exists(url: &str) -> bool {
    match url.split_once(':') {
        Some(("mysql" | "mariadb", _)) => true,
        Some(("sqlite", rest)) => Path::new(rest.strip_prefix("//").unwrap_or(rest)).exists(),
        // What is no address at all is for `open` to refuse.
        Some((_, rest)) if rest.starts_with("//") => true,
        _ => Path::new(url).exists(),
    }
}

/// Opens a database by its address: `sqlite:PATH`, `sqlite://PATH`, just a path, or
/// `mysql://USER:PASSWORD@HOST[:PORT]/DATABASE[?socket=PATH]`. A file that is not there is
/// created, and tables and columns that are missing are added.
///
/// # Errors
/// One sentence that says what is wrong; it never repeats a password.
pub fn open(url: &str) -> Result<Box<dyn Store>, StoreError> {
    let path = match url.split_once(':') {
        Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some(("mysql" | "mariadb", _)) => {
            return Ok(Box::new(sql::Sql::new(mysql::MySql::open(url)?)));
        }
        Some((scheme, rest)) if rest.starts_with("//") => {
            return Err(StoreError::Url(format!(
                "{scheme}: is no database Viperhub knows; use sqlite:PATH or \
                 mysql://USER:PASSWORD@HOST/DATABASE"
            )));
        }
        _ => url,
    };
    if path.is_empty() || path.starts_with(':') {
        return Err(StoreError::Url(format!(
            "{url:?} names no database file; use sqlite:PATH"
        )));
    }
    Ok(Box::new(sql::Sql::new(sqlite::Sqlite::open(
        path.as_ref(),
    )?)))
}

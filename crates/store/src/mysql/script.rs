//! Statements of scripts (`vh.SQL`), on a connection of their own.
//!
//! The server does what its user may do; what would end the hub's use of the database, or
//! leave the connection in another state, is refused before.

use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder};

use super::charset::Charset;
use super::{cells, is_lost, words};
use crate::Rows;
use crate::dialect::guarded;

/// How long a statement may run.
const TIME_LIMIT: u64 = 5;
/// What a statement may return, in bytes of all its cells.
const RESULT: usize = 4 << 20;
/// One packet of the server, so that a single row does not fill the memory.
const PACKET: usize = 16 << 20;
/// What a row takes beside its cells.
const ROW: usize = 24;
/// Limits that not every server has.
const FURTHER: &[&str] = &[
    // Memory and temporary files of the connection, in MariaDB (since 11.5 the latter).
    "SET SESSION max_session_mem_used = 67108864",
    "SET SESSION max_tmp_session_space_usage = 268435456",
];
/// MariaDB's and MySQL's errors for one that took longer.
const LATE: &[u16] = &[1969, 3024];

/// The guard and the server must read a statement alike: no ANSI_QUOTES, no other ways of
/// escaping. What does not fit its column is an error.
const MODE: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";

/// A connection that runs scripts' statements.
pub(super) struct Session {
    opts: Opts,
    charset: Charset,
    conn: Option<Conn>,
    /// How many rows its connection returns at most.
    limit: usize,
}

impl Session {
    pub(super) fn new(opts: &Opts, charset: &Charset) -> Session {
        let limit = Some(Duration::from_secs(TIME_LIMIT * 3));
        // As the original: an UPDATE that changes nothing affects no rows.
        let opts = OptsBuilder::from_opts(opts.clone())
            .additional_capabilities(mysql::consts::CapabilityFlags::empty())
            .max_allowed_packet(Some(PACKET))
            .read_timeout(limit)
            .write_timeout(limit);
        Session {
            opts: opts.into(),
            charset: charset.clone(),
            conn: None,
            limit: 0,
        }
    }

    pub(super) fn run(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let query = self.charset.statement(query)?;
        let database = self.opts.get_db_name().unwrap_or_default();
        let Some(query) = guarded(&query, database)? else {
            return Ok(Rows::new());
        };
        // A second time only when the connection was found broken before anything was sent.
        if self.conn.as_mut().is_some_and(|conn| conn.ping().is_err()) {
            self.conn = None;
        }
        let conn = match &mut self.conn {
            Some(conn) => conn,
            empty => {
                self.limit = 0;
                empty.insert(self::connect(&self.opts, &self.charset)?)
            }
        };
        // The server then does not look for what nobody gets.
        if self.limit != limit {
            let set = format!("SET SESSION sql_select_limit = {limit}");
            conn.query_drop(set).map_err(|why| words(&why))?;
            self.limit = limit;
        }
        let charset = &self.charset;
        let mut too_large = false;
        let mut read = || {
            let (mut rows, mut bytes) = (Rows::new(), 0);
            for row in conn.query_iter(&query)? {
                let row = row?;
                if rows.len() < limit && !too_large {
                    let row = cells(row, charset).into_iter().map(|c| c.into_text());
                    let row: Vec<_> = row.collect();
                    bytes += row.iter().flatten().map(|c| c.len()).sum::<usize>() + ROW;
                    too_large = bytes > RESULT;
                    rows.push(row);
                }
            }
            Ok(rows)
        };
        let result = read();
        if too_large {
            let most = RESULT >> 20;
            return Err(format!(
                "stopped: the rows of a statement may have {most} MiB together"
            ));
        }
        result.map_err(|why: mysql::Error| {
            if is_lost(&why) {
                self.conn = None;
            }
            match &why {
                mysql::Error::MySqlError(e) if LATE.contains(&e.code) => {
                    format!("stopped: a statement may take {TIME_LIMIT} seconds")
                }
                why => words(why),
            }
        })
    }
}

fn connect(opts: &Opts, charset: &Charset) -> Result<Conn, String> {
    let connect = || {
        let mut conn = Conn::new(opts.clone())?;
        conn.query_drop(format!("SET NAMES {}", charset.name()))?;
        conn.query_drop(MODE)?;
        // MariaDB's name for the limit, then MySQL's.
        if conn
            .query_drop(format!("SET SESSION max_statement_time = {TIME_LIMIT}"))
            .is_err()
        {
            conn.query_drop(format!(
                "SET SESSION max_execution_time = {}",
                TIME_LIMIT * 1000
            ))?;
        }
        for limit in FURTHER {
            if let Err(why) = conn.query_drop(limit) {
                tracing::debug!("{limit}: {why}");
            }
        }
        conn.query_drop(format!("SET SESSION lock_wait_timeout = {TIME_LIMIT}, SESSION innodb_lock_wait_timeout = {TIME_LIMIT}"))?;
        Ok(conn)
    };
    connect().map_err(|why: mysql::Error| words(&why))
}

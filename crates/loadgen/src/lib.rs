//! A load generator for NMDC hubs: many clients in one thread, and what the hub takes for them.
//!
//! [`swarm`] runs the clients, [`scenario`] says what they do and measures it, [`floor`] shows
//! what the same bytes cost without a hub.
#![forbid(unsafe_code)]

pub mod args;
pub mod client;
pub mod floor;
pub mod proc;
pub mod report;
pub mod scenario;
pub mod swarm;

use std::io;
use std::time::Duration;

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0} (see --help)")]
    Usage(String),
    /// The system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// Clients were refused or lost.
    #[error("{failed} of {clients} clients were refused or lost; the hub said: {said}")]
    Refused {
        /// How many.
        failed: usize,
        /// Of how many.
        clients: usize,
        /// The last words the first of them heard.
        said: String,
    },
    /// It took too long.
    #[error("only {done} of {clients} clients were logged in after {limit:?}")]
    Timeout {
        /// How many were.
        done: usize,
        /// Of how many.
        clients: usize,
        /// How long we waited.
        limit: Duration,
    },
}

impl Error {
    /// For `map_err`: says what was tried.
    pub fn io(what: &str) -> impl FnOnce(io::Error) -> Error {
        let what = what.to_owned();
        move |source| Error::Io { what, source }
    }
}

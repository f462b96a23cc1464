//! A load generator for NMDC hubs: many clients in one thread, and what the hub takes for them.
//!
//! [`swarm`] runs the clients, [`role`] is what each of them does, [`scenario`], [`exchange`] and
//! [`life`] let them do it and measure it, [`offend`] has those that misbehave, [`floor`] shows what
//! the same bytes cost without a hub.
#![forbid(unsafe_code)]

pub mod args;
pub mod cast;
pub mod client;
pub mod exchange;
pub mod floor;
pub mod inflate;
pub mod life;
pub mod offend;
pub mod proc;
pub mod report;
pub mod role;
pub mod scenario;
pub mod swarm;
pub mod trust;
pub mod wire;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use args::{HELP, Options};

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

/// The program, for this crate's own and for benchmarks that start themselves again as load.
pub fn main(args: impl IntoIterator<Item = String>) -> ExitCode {
    let options = match Options::parse(args) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("viperhub-loadgen: {error}");
            return ExitCode::from(2);
        }
    };
    match scenario::run(&options) {
        Ok(report) if options.json => print!("{}", report.json()),
        Ok(report) => print!("{}", report.table()),
        Err(error) => {
            eprintln!("viperhub-loadgen: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

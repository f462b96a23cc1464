//! The program: command line, configuration, wiring of the rooms, order of the shutdown.
#![forbid(unsafe_code)]

mod check;
mod cli;
mod descriptors;
mod errands;
mod gate;
mod geo;
mod had;
mod house;
mod hublist;
mod hubthread;
mod import;
mod library;
mod listen;
mod logging;
mod notify;
mod origin;
mod own_names;
mod plugins;
mod prompt;
mod queue;
mod resolver;
mod restart;
mod run;
mod signals;
mod socket_settings;
mod start;
mod supervise;
mod users;
mod watch;

#[doc(hidden)]
pub use hublist::key_of as hublist_key;

use std::process::ExitCode;

use clap::Parser;

/// Runs the program with its command line. Errors are one sentence on standard error.
pub fn main() -> ExitCode {
    let origin = origin::Origin::read();
    let args = cli::Args::parse();
    logging::start(args.verbose);
    let done = match args.command {
        cli::Command::Run(run) => run::run(run, &origin).map(|never| match never {}),
        cli::Command::User(user) => users::user(user).map(|()| ExitCode::SUCCESS),
        cli::Command::Import(args) => import::import(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Script(cli::Script::Check { files }) => check::check(&files),
    };
    done.unwrap_or_else(|error| {
        logging::complain(format_args!("{error:#}"));
        match error.downcast_ref::<had::Gone>() {
            Some(_) => ExitCode::from(had::Gone::CODE),
            None => ExitCode::FAILURE,
        }
    })
}

//! `!restart`: the same process begins anew with the program as it is on disk now, and takes
//! the listening sockets along, so that who connects meanwhile waits instead of being refused.

use std::convert::Infallible;
use std::os::fd::OwnedFd;

use anyhow::{Context, Result, anyhow};
use command_fds::{CommandFdExt, FdMapping};

use crate::had::Had;
use crate::listen::{HANDED, Open, describe};
use crate::origin::Origin;

/// The first descriptor that is handed over, by systemd's convention.
const FIRST: i32 = 3;

/// What the next run is given.
pub struct Heritage {
    pub sockets: Vec<Open>,
    pub had: Had,
}

/// Begins anew, in the process as it was at its begin; comes back only with an error. Signals
/// that come meanwhile wait for the next run.
pub fn start(origin: &Origin, heritage: Heritage) -> Result<Infallible> {
    let Heritage { sockets, had } = heritage;
    for what in origin.put_back() {
        tracing::warn!("for the restart something cannot be made as it was: {what}");
    }
    // All but those handed over, the data directory's lock and what scripts opened among them.
    python::exec::close_on_exec(FIRST).context("cannot close what is open")?;
    let mut why = None;
    for mut command in origin.commands() {
        let mut mappings = Vec::new();
        for (open, child_fd) in sockets.iter().zip(FIRST..) {
            let parent_fd = OwnedFd::from(open.socket.try_clone()?);
            mappings.push(FdMapping {
                parent_fd,
                child_fd,
            });
        }
        command
            .env("LISTEN_PID", std::process::id().to_string())
            .env("LISTEN_FDS", sockets.len().to_string())
            .env(HANDED, describe(&sockets))
            .env(Had::VARIABLE, had.tell());
        command
            .fd_mappings(mappings)
            .map_err(|error| anyhow!("cannot hand over the sockets: {error}"))?;
        let error = python::exec::exec(&mut command);
        let program = origin.program().display();
        if why.is_none() {
            tracing::error!(
                "cannot start {program} again: {error}; the program that runs begins anew instead"
            );
        }
        why = Some(error);
    }
    let why = why.map_or_else(String::new, |error| error.to_string());
    Err(anyhow!("cannot begin anew: {why}"))
}

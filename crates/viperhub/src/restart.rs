//! `!restart`: the same process begins anew with the program as it is on disk now, and takes
//! the listening sockets along, so that who connects meanwhile waits instead of being refused.

use std::env;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use command_fds::{CommandFdExt, FdMapping};

use crate::listen::{HANDED, Open, describe};

/// The first descriptor that is handed over, by systemd's convention.
const FIRST: i32 = 3;

/// How this run was started; read at its beginning, as the file may be replaced meanwhile.
pub struct Again {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Again {
    pub fn remember() -> Result<Again> {
        Ok(Again {
            program: env::current_exe().context("cannot find the program's own file")?,
            arguments: env::args_os().skip(1).collect(),
        })
    }

    /// Begins anew; comes back only with an error.
    pub fn start(self, sockets: Vec<Open>) -> Result<std::convert::Infallible> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env("LISTEN_PID", std::process::id().to_string())
            .env("LISTEN_FDS", sockets.len().to_string())
            .env(HANDED, describe(&sockets));
        let mappings = sockets.into_iter().zip(FIRST..).map(|(open, child_fd)| {
            let parent_fd = OwnedFd::from(open.socket);
            FdMapping {
                parent_fd,
                child_fd,
            }
        });
        command
            .fd_mappings(mappings.collect())
            .map_err(|error| anyhow!("cannot hand over the sockets: {error}"))?;
        let error = command.exec();
        Err(anyhow!(
            "cannot start {} again: {error}",
            self.program.display()
        ))
    }
}

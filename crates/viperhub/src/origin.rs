//! How the process was when it began, before any script could change it: what a restart needs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{stderr, stdin, stdout};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rlimit::Resource;
use rustix::fs::Mode;
use rustix::process::umask;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use crate::had::Had;
use crate::listen::HANDED;

/// The program that runs, wherever its file is now.
const RUNNING: &str = "/proc/self/exe";
/// What the system puts behind the name of a program whose file is gone.
const DELETED: &[u8] = b" (deleted)";
/// What one run tells the next, or systemd tells one run: not for those after.
const ONCE: [&str; 6] = [
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "LISTEN_FDS_FIRST_FD",
    HANDED,
    Had::VARIABLE,
];

/// Read once, first of all.
pub struct Origin {
    program: PathBuf,
    /// With the program's own name.
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    /// None: there was none any more.
    dir: Option<PathBuf>,
    umask: Mode,
    limits: Vec<(Resource, u64, u64)>,
    /// Standard input, output and error.
    streams: [Option<OwnedFd>; 3],
    /// What the run before this one had.
    pub had: Option<Had>,
}

impl Origin {
    /// To be called before there are other threads.
    pub fn read() -> Origin {
        let mask = umask(Mode::empty());
        umask(mask);
        let limit = |resource: Resource| {
            let (soft, hard) = resource.get().ok()?;
            Some((resource, soft, hard))
        };
        let keep = |stream: &dyn AsFd| stream.as_fd().try_clone_to_owned().ok();
        let own = |(name, _): &(OsString, OsString)| !ONCE.iter().any(|once| name == once);
        Origin {
            program: program(env::current_exe().unwrap_or_else(|_| RUNNING.into())),
            arguments: env::args_os().collect(),
            environment: env::vars_os().filter(own).collect(),
            dir: env::current_dir().ok(),
            umask: mask,
            limits: RESOURCES.into_iter().filter_map(limit).collect(),
            streams: [keep(&stdin()), keep(&stdout()), keep(&stderr())],
            had: env::var_os(Had::VARIABLE).and_then(|text| Had::read(&text)),
        }
    }

    /// The program of now with the arguments and the environment of then. The first is the file as
    /// it is now; the second the program that runs, should the file be gone or no program.
    pub fn commands(&self) -> [Command; 2] {
        [self.program.as_path(), Path::new(RUNNING)].map(|program| {
            let mut command = Command::new(program);
            let mut arguments = self.arguments.iter();
            if let Some(name) = arguments.next() {
                command.arg0(name);
            }
            let environment = self.environment.iter().map(|(name, value)| (name, value));
            command.args(arguments).env_clear().envs(environment);
            command
        })
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Makes the process as it was; says what cannot be.
    pub fn put_back(&self) -> Vec<String> {
        let mut said = Vec::new();
        umask(self.umask);
        for &(resource, soft, hard) in &self.limits {
            let now = resource.get().unwrap_or((soft, hard));
            if now == (soft, hard) || resource.set(soft, hard).is_ok() {
                continue;
            }
            // Only root may raise what somebody has lowered for good.
            let name = resource.as_name();
            let kept = soft.min(now.1);
            let done = resource.set(kept, now.1);
            said.push(format!(
                "{name} was lowered and stays at {}",
                done.map_or(now.0, |()| kept)
            ));
        }
        let dir = self.dir.as_deref().unwrap_or(Path::new("/"));
        if let Err(error) = env::set_current_dir(dir) {
            said.push(format!("the working directory {}: {error}", dir.display()));
        }
        let [input, output, errors] = &self.streams;
        // Where they were closed on purpose, or somebody has closed the copies, they stay as they are.
        if let Some(stream) = input {
            dup2_stdin(stream).unwrap_or(());
        }
        if let Some(stream) = output {
            dup2_stdout(stream).unwrap_or(());
        }
        if let Some(stream) = errors {
            dup2_stderr(stream).unwrap_or(());
        }
        said
    }
}

/// Where a program's file is: of one that was replaced the system tells another name.
fn program(told: PathBuf) -> PathBuf {
    let bytes = told.as_os_str().as_bytes();
    match bytes.strip_suffix(DELETED) {
        Some(name) if !told.exists() => PathBuf::from(OsStr::from_bytes(name)),
        _ => PathBuf::from(OsString::from_vec(bytes.to_vec())),
    }
}

const RESOURCES: [Resource; 16] = [
    Resource::AS,
    Resource::CORE,
    Resource::CPU,
    Resource::DATA,
    Resource::FSIZE,
    Resource::LOCKS,
    Resource::MEMLOCK,
    Resource::MSGQUEUE,
    Resource::NICE,
    Resource::NOFILE,
    Resource::NPROC,
    Resource::RSS,
    Resource::RTPRIO,
    Resource::RTTIME,
    Resource::SIGPENDING,
    Resource::STACK,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_program_is_found_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("viperhub");
        let told = dir.path().join("viperhub (deleted)");
        assert_eq!(program(told.clone()), file);
        assert_eq!(program(file.clone()), file);
        // Whoever names his program so.
        std::fs::write(&told, "").unwrap();
        assert_eq!(program(told.clone()), told);
    }

    #[test]
    fn a_restart_has_the_environment_of_the_start_without_what_was_said_once() {
        let origin = Origin::read();
        let [file, running] = origin.commands();
        assert_eq!(file.get_program(), origin.program());
        assert_eq!(running.get_program(), RUNNING);
        let path = env::var_os("PATH");
        let set = |name: &str| file.get_envs().find(|(n, _)| *n == name).map(|(_, v)| v);
        assert_eq!(set("PATH").flatten(), path.as_deref());
        assert!(ONCE.iter().all(|name| set(name).is_none()));
    }
}

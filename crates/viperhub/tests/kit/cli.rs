//! Runs of the program that end by themselves.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

/// A directory that goes when the test ends.
pub fn temp_dir() -> TempDir {
    tempfile::Builder::new()
        .prefix("viperhub-test-")
        .tempdir()
        .expect("the temporary directory can be written")
}

/// The program with these arguments.
pub fn viperhub<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_viperhub"));
    command.args(arguments).stdin(Stdio::null());
    plain_environment(&mut command);
    command
}

/// Takes out of the environment what would make a difference to the program: what is set for whoever
/// runs the tests, and the packages of that user.
pub fn plain_environment(command: &mut Command) {
    command.env_remove("RUST_LOG");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PYTHON") {
            command.env_remove(name);
        }
    }
    command.env("PYTHONNOUSERSITE", "1");
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Cli {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Cli {
    /// Runs the program to its end.
    pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Cli {
        Cli::of(viperhub(arguments).output().expect("the program starts"))
    }

    /// The same with something on standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Cli {
        let mut command = viperhub(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        // The program may have ended without reading it.
        stdin.write_all(input.as_bytes()).ok();
        drop(stdin);
        Cli::of(child.wait_with_output().expect("the program ends"))
    }

    fn of(output: Output) -> Cli {
        Cli {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Exit code 0; returns what was printed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.status.success(), "should have succeeded: {self:#?}");
        self.stdout
    }

    /// Failed with one sentence; returns that.
    #[track_caller]
    pub fn sentence(self) -> String {
        assert!(!self.status.success(), "should have failed: {self:#?}");
        let code = self.status.code();
        assert!(
            code.is_some_and(|c| c != 101),
            "must not panic or be killed: {self:#?}"
        );
        let lines: Vec<&str> = self
            .stderr
            .lines()
            .filter(|l| l.starts_with("viperhub: "))
            .collect();
        assert_eq!(lines.len(), 1, "one clear sentence is wanted: {self:#?}");
        lines.concat()
    }
}

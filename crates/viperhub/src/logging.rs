//! The log: one line an event on standard error.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Standard error. That nobody reads it, or that the disk behind it is full, must not end the
/// hub: what cannot be written is lost.
struct Log;

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        Ok(io::stderr().write(line).unwrap_or(line.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush().or(Ok(()))
    }
}

/// A line for who typed the command; lost when nobody reads it.
pub fn say(line: impl std::fmt::Display) {
    writeln!(io::stdout(), "{line}").unwrap_or(());
}

/// Starts logging; `RUST_LOG` overrides the number of `-v`.
pub fn start(verbose: u8) {
    let default = match verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Log)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

//! The log: one entry an event on standard error. What an entry says comes from anywhere, so it
//! passes [`Border`]: it cannot begin a line as if it were another entry.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use hub::border::{Border, Shown};
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{self, Writer};

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
pub fn say(line: impl fmt::Display) {
    writeln!(io::stdout(), "{}", Shown(line)).unwrap_or(());
}

/// Why the program ends, for who started it. Nobody is left to tell when it cannot be written.
pub fn complain(error: impl fmt::Display) {
    writeln!(io::stderr(), "viperhub: {}", Shown(error)).unwrap_or(());
}

/// Starts logging; `RUST_LOG` overrides the number of `-v`.
pub fn start(verbose: u8) {
    let default = match verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // It tells of each statement of a script, with the values in it.
    let filter = match "sqlparser=warn".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Log)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .fmt_fields(format::debug_fn(entry).delimited(" "))
        .init();
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            "the thread {} panicked at {}: {}",
            thread.name().unwrap_or("without a name"),
            place.unwrap_or_default(),
            threads::said(panic.payload())
        );
    }));
}

/// Writes one field of an entry.
fn entry(out: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    use fmt::Write;
    let mut out = Border(out);
    match field.name() {
        "message" => write!(out, "{value:?}"),
        name => write!(out, "{name}={value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_field_stays_in_its_entry() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .fmt_fields(format::debug_fn(entry).delimited(" "))
            .finish();
        let bad = "x\n2026-11-27T15:00:00Z ERROR fake\x1b[2J";
        tracing::subscriber::with_default(log, || {
            tracing::warn!("a nick: {bad}");
            tracing::warn!(error = %bad, script = bad, "a thing");
        });
        let text = String::from_utf8(kept.0.lock().expect("not poisoned").clone()).expect("text");
        let begun = text.lines().filter(|l| !l.starts_with("    ")).count();
        assert_eq!(begun, 2, "{text}");
        assert!(
            text.contains("a nick: x\n    2026-11-27T15:00:00Z ERROR fake\\x1b[2J"),
            "{text}"
        );
        assert!(text.contains("a thing error=x\n    2026"), "{text}");
        assert!(!text.contains('\x1b'), "{text}");
    }
}

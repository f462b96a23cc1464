//! What the hub does on each signal: one table, and flags that its handlers set.
//!
//! All that the hub has an opinion on is *handled*, never ignored: programs that scripts start would
//! inherit that a signal is ignored, while a handler ends with the new program. A handler only sets
//! a flag, which needs no descriptor that somebody could close.

use std::ffi::c_int;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use python::exec::Handlers;
use signal_hook::flag;

/// What a signal means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// The hub ends in order; a second one ends it at once.
    End,
    /// Everything is read anew.
    Reload,
    /// Nothing is done, which the log tells.
    Note,
    /// Nothing is done and said: it comes in the normal course of things.
    Nothing,
    /// What the system does: it stops and continues the process, or ends it where the program has
    /// failed and can do no more.
    System,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub number: c_int,
    /// Without its `SIG`.
    pub name: &'static str,
    pub act: Act,
}

const fn row(number: c_int, name: &'static str, act: Act) -> Row {
    Row { number, name, act }
}

const ROWS: [Row; 31] = [
    row(libc::SIGTERM, "TERM", Act::End),
    row(libc::SIGINT, "INT", Act::End),
    row(libc::SIGQUIT, "QUIT", Act::End),
    row(libc::SIGHUP, "HUP", Act::Reload),
    row(libc::SIGUSR1, "USR1", Act::Note),
    row(libc::SIGUSR2, "USR2", Act::Note),
    row(libc::SIGALRM, "ALRM", Act::Note),
    row(libc::SIGVTALRM, "VTALRM", Act::Note),
    row(libc::SIGPROF, "PROF", Act::Note),
    row(libc::SIGIO, "IO", Act::Note),
    row(libc::SIGPWR, "PWR", Act::Note),
    row(libc::SIGSTKFLT, "STKFLT", Act::Note),
    // Whoever writes or computes past a limit is told by an error, or ended by the system.
    row(libc::SIGXFSZ, "XFSZ", Act::Note),
    row(libc::SIGXCPU, "XCPU", Act::Note),
    // Each client that is gone when something is sent to it.
    row(libc::SIGPIPE, "PIPE", Act::Nothing),
    // Handled, as ignored ones would leave scripts without the exit codes of what they start.
    row(libc::SIGCHLD, "CHLD", Act::Nothing),
    row(libc::SIGURG, "URG", Act::Nothing),
    row(libc::SIGWINCH, "WINCH", Act::Nothing),
    row(libc::SIGCONT, "CONT", Act::System),
    row(libc::SIGSTOP, "STOP", Act::System),
    row(libc::SIGTSTP, "TSTP", Act::System),
    row(libc::SIGTTIN, "TTIN", Act::System),
    row(libc::SIGTTOU, "TTOU", Act::System),
    row(libc::SIGKILL, "KILL", Act::System),
    row(libc::SIGSEGV, "SEGV", Act::System),
    row(libc::SIGBUS, "BUS", Act::System),
    row(libc::SIGILL, "ILL", Act::System),
    row(libc::SIGFPE, "FPE", Act::System),
    row(libc::SIGTRAP, "TRAP", Act::System),
    row(libc::SIGSYS, "SYS", Act::System),
    // systemd's watchdog ends a hub that does not work any more by it.
    row(libc::SIGABRT, "ABRT", Act::System),
];

/// The whole table, with the real-time signals.
pub fn rows() -> impl Iterator<Item = Row> {
    let real_time = libc::SIGRTMIN()..=libc::SIGRTMAX();
    let real_time = real_time.map(|number| row(number, "RT", Act::Note));
    ROWS.into_iter().chain(real_time)
}

/// How often at most the log tells of a signal that means nothing.
const NOTE_AGAIN: Duration = Duration::from_secs(60);

/// Something that came.
#[derive(PartialEq, Eq, Debug)]
pub enum Came {
    End(&'static str),
    Reload,
    Note(String),
}

/// The hub's handlers.
pub struct Signals {
    /// The hub is told to end: the next such signal ends it at once.
    asked: Arc<AtomicBool>,
    /// There is no way back: the first such signal ends it at once.
    leaving: Arc<AtomicBool>,
    came: Vec<Flag>,
    own: Handlers,
}

struct Flag {
    row: Row,
    set: Arc<AtomicBool>,
    noted: Option<Instant>,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// The system's.
    pub fn take() -> io::Result<Signals> {
        let (asked, leaving) = (Arc::default(), Arc::default());
        let mut came = Vec::new();
        for row in rows().filter(|row| row.act != Act::System) {
            if row.act == Act::End {
                flag::register_conditional_shutdown(row.number, 130, Arc::clone(&asked))?;
                flag::register_conditional_shutdown(row.number, 0, Arc::clone(&leaving))?;
                flag::register(row.number, Arc::clone(&asked))?;
            }
            let set = Arc::default();
            flag::register(row.number, Arc::clone(&set))?;
            came.push(Flag {
                row,
                set,
                noted: None,
            });
        }
        // Scripts may have their use for the others.
        let own: Vec<c_int> = rows()
            .filter(|row| matches!(row.act, Act::End | Act::Reload))
            .map(|row| row.number)
            .collect();
        let own = Handlers::keep(&own);
        // From here on they are heard of, those too that came while the hub began anew.
        python::exec::unblock_signals()?;
        Ok(Signals {
            asked,
            leaving,
            came,
            own,
        })
    }

    /// What has come since the last look.
    pub fn look(&mut self) -> Vec<Came> {
        let mut all = Vec::new();
        for flag in &mut self.came {
            if !flag.set.swap(false, Ordering::AcqRel) {
                continue;
            }
            match flag.row.act {
                Act::End => all.push(Came::End(flag.row.name)),
                Act::Reload => all.push(Came::Reload),
                Act::Note => {
                    if flag.noted.is_none_or(|at| at.elapsed() >= NOTE_AGAIN) {
                        flag.noted = Some(Instant::now());
                        let (name, number) = (flag.row.name, flag.row.number);
                        all.push(Came::Note(format!(
                            "the signal {name} ({number}) came; it means nothing to the hub"
                        )));
                    }
                }
                Act::Nothing | Act::System => {}
            }
        }
        all
    }

    /// Whether the hub was told to end.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// From now on a signal to end ends the program at once, with success: there is nothing left to
    /// take down. Says whether one came before.
    pub fn leave(&self) -> bool {
        self.leaving.store(true, Ordering::SeqCst);
        self.asked()
    }

    /// Gives the hub back those of its signals that something in this process has taken away; tells
    /// which.
    pub fn take_back(&self) -> Vec<&'static str> {
        let taken = self.own.put_back();
        let name = |number: &c_int| ROWS.iter().find(|row| row.number == *number);
        taken.iter().filter_map(name).map(|row| row.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_has_one_line() {
        // Those between are the C library's own.
        for number in (1..=31).chain(libc::SIGRTMIN()..=libc::SIGRTMAX()) {
            assert_eq!(rows().filter(|r| r.number == number).count(), 1, "{number}");
        }
        for row in rows().filter(|row| row.act != Act::System) {
            assert!(!signal_hook::consts::FORBIDDEN.contains(&row.number));
        }
    }

    #[test]
    fn what_comes_is_seen_once_and_told_rarely() {
        let mut signals = Signals::take().unwrap();
        signal_hook::low_level::raise(libc::SIGUSR1).unwrap();
        let came = signals.look();
        assert!(
            matches!(&came[..], [Came::Note(text)] if text.contains("USR1")),
            "{came:?}"
        );
        signal_hook::low_level::raise(libc::SIGUSR1).unwrap();
        signal_hook::low_level::raise(libc::SIGHUP).unwrap();
        signal_hook::low_level::raise(libc::SIGPIPE).unwrap();
        assert_eq!(signals.look(), [Came::Reload]);
        assert_eq!(signals.look(), []);
        assert!(!signals.asked());
    }
}

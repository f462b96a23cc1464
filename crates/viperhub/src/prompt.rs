//! Questions to who sits at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// Whether standard input is somebody who can be asked.
pub fn somebody_there() -> bool {
    io::stdin().is_terminal()
}

/// A question that only a clear yes agrees to.
pub fn agree(question: &str) -> Result<bool> {
    let answer = ask(&format!("{question} [y/N] "))?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

/// A password, typed twice and not shown.
pub fn password(question: &str) -> Result<String> {
    let hidden = Hidden::start().context("the terminal cannot be told not to show a password")?;
    let first = ask(question)?;
    if first.is_empty() {
        bail!("no password was typed");
    }
    let second = ask("The same again: ")?;
    drop(hidden);
    if first != second {
        bail!("the two passwords differ");
    }
    Ok(first)
}

/// One line, without its end.
fn ask(question: &str) -> Result<String> {
    let mut stderr = io::stderr();
    // Standard output is for what the command finds out.
    write!(stderr, "{question}")
        .and_then(|()| stderr.flush())
        .context("cannot ask on standard error")?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.context("cannot read the answer")?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

/// A terminal that does not show what is typed, until this is dropped or a signal ends the
/// program.
struct Hidden {
    before: Termios,
    signals: Handle,
}

impl Hidden {
    fn start() -> io::Result<Hidden> {
        let before = tcgetattr(io::stdin())?;
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
        let handle = signals.handle();
        let shown = before.clone();
        threads::brief("prompt", move || {
            if let Some(signal) = signals.forever().next() {
                show(&shown);
                std::process::exit(128 + signal);
            }
        })?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        // The end of the line is shown, so that what comes next begins one.
        modes.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Flush, &modes)?;
        Ok(Hidden {
            before,
            signals: handle,
        })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        show(&self.before);
        self.signals.close();
    }
}

/// Has the terminal as it was. It may have gone: then there is nothing to mend.
fn show(before: &Termios) {
    tcsetattr(io::stdin(), OptionalActions::Now, before).unwrap_or(());
}

//! SIGTERM and SIGINT.

use std::io;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Calls `first` at the first signal; the second ends the program at once.
pub fn on_stop(first: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut waiting = signals.forever();
            if waiting.next().is_some() {
                first();
            }
            if waiting.next().is_some() {
                std::process::exit(130);
            }
        })?;
    Ok(())
}

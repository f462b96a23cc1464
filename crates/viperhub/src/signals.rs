//! SIGTERM and SIGINT end the hub, SIGHUP has it read everything anew.

use std::io;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Calls `stop` at the first signal to end, the second ends the program at once; `reload` at
/// each SIGHUP.
pub fn listen(
    stop: impl FnOnce() + Send + 'static,
    reload: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut stop = Some(stop);
            for signal in signals.forever() {
                if signal == SIGHUP {
                    reload();
                } else if let Some(stop) = stop.take() {
                    stop();
                } else {
                    std::process::exit(130);
                }
            }
        })?;
    Ok(())
}

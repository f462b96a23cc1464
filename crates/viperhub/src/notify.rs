//! Tells systemd how far the hub is (`Type=notify`) and that it works (`WatchdogSec=`); nothing
//! when it did not ask.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long systemd may take to read; it is not to hold up the hub.
const TIME: Duration = Duration::from_millis(200);

/// Where systemd listens, as it was told at the start: scripts can change the environment.
struct Systemd {
    address: SocketAddr,
    /// Kept open: there may be no descriptor left when it matters.
    socket: UnixDatagram,
}

static SYSTEMD: OnceLock<Option<Systemd>> = OnceLock::new();

/// Reads the environment; before scripts can.
pub fn start() {
    let systemd = env::var_os("NOTIFY_SOCKET").and_then(|path| match open(&path) {
        Ok(systemd) => Some(systemd),
        Err(error) => {
            tracing::warn!("cannot reach systemd at {}: {error}", path.display());
            None
        }
    });
    if SYSTEMD.set(systemd).is_err() {
        tracing::debug!("systemd is known already");
    }
}

fn open(path: &OsStr) -> io::Result<Systemd> {
    let address = match path.as_encoded_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    let socket = socket()?;
    Ok(Systemd { address, socket })
}

fn socket() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(TIME))?;
    Ok(socket)
}

/// Sends lines such as `READY=1`.
fn tell(lines: &str) {
    let Some(Some(systemd)) = SYSTEMD.get() else {
        return;
    };
    let (bytes, to) = (lines.as_bytes(), &systemd.address);
    let sent = systemd.socket.send_to_addr(bytes, to);
    // Somebody may have closed it.
    let sent = sent.or_else(|_| socket()?.send_to_addr(bytes, to));
    if let Err(error) = sent {
        tracing::warn!("cannot tell systemd {lines:?}: {error}");
    }
}

/// The hub serves, or serves again after [`reloading`].
pub fn ready() {
    tell("READY=1");
}

/// The hub reads its settings anew; clients notice nothing.
pub fn reloading() {
    // With the system's clock, as `Type=notify-reload` wants.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
    tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
}

/// The hub ends.
pub fn stopping() {
    tell("STOPPING=1");
}

/// Tells systemd now and then that the hub works, as long as it does.
pub struct Watchdog {
    feeder: Feeder,
}

impl Watchdog {
    /// As systemd wants it; `None` when it does not.
    pub fn wanted() -> Option<Watchdog> {
        let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
        let micros = number("WATCHDOG_USEC").filter(|micros| *micros > 0)?;
        let is_ours = |pid| pid == u64::from(std::process::id());
        number("WATCHDOG_PID")
            .is_none_or(is_ours)
            .then(|| Watchdog {
                feeder: Feeder::new(Duration::from_micros(micros) / 4, Instant::now()),
            })
    }

    /// To be called often. `turns` counts what each thread has done that must not stop; it is asked
    /// when the time has come. Without any threads the hub begins or ends, which takes its time.
    pub fn look(&mut self, turns: impl FnOnce() -> Vec<u64>) {
        if self.feeder.look(Instant::now(), turns) {
            tell("WATCHDOG=1");
        }
    }
}

/// How long a hub may take to begin or to end without a turn.
const PATIENCE: Duration = Duration::from_secs(90);

struct Feeder {
    period: Duration,
    fed: Instant,
    /// The turns at the last feed.
    seen: Vec<u64>,
    /// Since when there have been no threads.
    without: Option<Instant>,
}

impl Feeder {
    fn new(period: Duration, now: Instant) -> Feeder {
        Feeder {
            period,
            fed: now,
            seen: Vec::new(),
            without: None,
        }
    }

    /// Whether to feed: it is time to, and each thread has taken a turn since it was done last.
    fn look(&mut self, now: Instant, turns: impl FnOnce() -> Vec<u64>) -> bool {
        if now.saturating_duration_since(self.fed) < self.period {
            return false;
        }
        let turns = turns();
        let works = if turns.is_empty() {
            let since = *self.without.get_or_insert(now);
            now.saturating_duration_since(since) < PATIENCE
        } else {
            self.without = None;
            turns.len() != self.seen.len() || turns.iter().zip(&self.seen).all(|(n, s)| n != s)
        };
        if works {
            self.fed = now;
            self.seen = turns;
        }
        works
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hub_that_works_is_fed() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut feeder = Feeder::new(second, start);
        let mut look = |at: u32, turns: &[u64]| feeder.look(start + second * at, || turns.to_vec());
        assert!(!look(0, &[]), "too early");
        assert!(look(1, &[]), "it begins");
        assert!(look(2, &[5, 9]));
        assert!(!look(3, &[5, 10]), "the hub thread takes no turn");
        assert!(!look(4, &[5, 11]));
        assert!(look(5, &[6, 12]), "it does again");
        assert!(!look(6, &[7, 12]), "a socket thread takes no turn");
        assert!(!look(7, &[900, 12]));
        assert!(look(8, &[901, 13]));
        assert!(look(9, &[]), "it ends");
        assert!(look(98, &[]));
        assert!(!look(99, &[]), "and never comes to an end");
    }
}

//! Tells systemd how far the hub is (`Type=notify`); nothing when it did not ask.

use std::env;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Sends lines such as `READY=1`.
fn tell(lines: &str) {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let send = || -> std::io::Result<()> {
        let bytes = path.as_encoded_bytes();
        let to = match bytes.strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&path)?,
        };
        UnixDatagram::unbound()?.send_to_addr(lines.as_bytes(), &to)?;
        Ok(())
    };
    if let Err(error) = send() {
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

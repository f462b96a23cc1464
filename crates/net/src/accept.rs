//! Taking in new connections, on the first I/O thread for all of them.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry};

use crate::id::listener_token;
use crate::inbox::{Accepted, Inbox};

/// Connections taken from one listener in one turn.
const MAX_ACCEPTS: usize = 64;
/// Rest when the system has no descriptors or memory for another one. The connection stays in
/// the system's queue meanwhile; asking again at once would only burn the processor.
pub(crate) const BACK_OFF: Duration = Duration::from_millis(100);

/// What is behind a listening socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// Clients without TLS, and with it when [`crate::Security::detect`] says so.
    Plain,
    /// Clients that begin TLS at once.
    Tls,
    /// A proxy that has ended TLS already.
    Proxy,
}

/// A listening socket.
#[derive(Debug)]
pub struct Listening {
    /// The socket.
    pub socket: std::net::TcpListener,
    /// Who comes to it.
    pub door: Door,
}

impl From<std::net::TcpListener> for Listening {
    fn from(socket: std::net::TcpListener) -> Listening {
        Listening {
            socket,
            door: Door::Plain,
        }
    }
}

/// How many connections there are, on all threads.
#[derive(Clone, Default)]
pub(crate) struct Open(Arc<AtomicUsize>);

impl Open {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn one_more(&self) -> Seat {
        self.0.fetch_add(1, Ordering::Relaxed);
        Seat(Arc::clone(&self.0))
    }
}

/// One connection counted in [`Open`], as long as it lives.
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The listening sockets and who gets the next connection.
pub(crate) struct Acceptor {
    listeners: Vec<Listener>,
    /// The letter boxes of all threads, this one's first.
    threads: Vec<Arc<Inbox>>,
    next: usize,
    resting_until: Option<Instant>,
    open: Open,
    /// There were as many connections as there may be, which the log has been told.
    full: bool,
}

struct Listener {
    socket: TcpListener,
    port: u16,
    door: Door,
    ready: bool,
}

impl Acceptor {
    pub(crate) fn new(
        listeners: Vec<(TcpListener, u16, Door)>,
        threads: Vec<Arc<Inbox>>,
        open: Open,
    ) -> Self {
        let listener = |(socket, port, door)| Listener {
            socket,
            port,
            door,
            ready: false,
        };
        Acceptor {
            listeners: listeners.into_iter().map(listener).collect(),
            threads,
            next: 0,
            resting_until: None,
            open,
            full: false,
        }
    }

    /// Begins to accept.
    ///
    /// # Errors
    /// One of the sockets cannot be used.
    pub(crate) fn register(&mut self, registry: &Registry) -> io::Result<()> {
        for (index, listener) in self.listeners.iter_mut().enumerate() {
            let token = listener_token(index);
            match registry.register(&mut listener.socket, token, Interest::READABLE) {
                Ok(()) => listener.ready = true,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends accepting. Closing alone would not do: somebody else may have a copy of the socket.
    pub(crate) fn deregister(&mut self, registry: &Registry) {
        for listener in &mut self.listeners {
            if let Err(error) = registry.deregister(&mut listener.socket) {
                tracing::debug!(%error, listener.port, "was not watched");
            }
        }
    }

    /// Somebody knocks.
    pub(crate) fn note(&mut self, index: usize) {
        if let Some(listener) = self.listeners.get_mut(index) {
            listener.ready = true;
        }
    }

    /// Whether somebody may wait.
    pub(crate) fn knocked(&self) -> bool {
        self.listeners.iter().any(|listener| listener.ready)
    }

    /// When to look again though nobody knocks.
    pub(crate) fn due(&self, now: Instant) -> Option<Duration> {
        self.knocked().then(|| {
            self.resting_until
                .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
        })
    }

    /// Accepts who waits, while there are fewer than `most` connections. The first thread's
    /// share is put into `own`.
    ///
    /// # Errors
    /// Nobody can come in by one of the sockets any more.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        most: usize,
        own: &mut Vec<Accepted>,
    ) -> io::Result<()> {
        if self.resting_until.is_some_and(|until| now < until) {
            return Ok(());
        }
        let rested = self.resting_until.take().is_some();
        for listener in &mut self.listeners {
            for _ in 0..MAX_ACCEPTS {
                if !listener.ready {
                    break;
                }
                if self.open.count() >= most {
                    if !std::mem::replace(&mut self.full, true) {
                        tracing::warn!(most, "no more connections: others wait until one ends");
                    }
                    self.resting_until = Some(now + BACK_OFF);
                    return Ok(());
                }
                match listener.socket.accept() {
                    Ok((stream, address)) => {
                        let accepted = Accepted {
                            ip: address.ip().to_canonical(),
                            peer_port: address.port(),
                            port: listener.port,
                            door: listener.door,
                            stream: prepare(stream),
                            seat: self.open.one_more(),
                        };
                        match self.threads.get(self.next) {
                            Some(inbox) if self.next > 0 => {
                                inbox.put(|mail| mail.sockets.push(accepted));
                            }
                            _ => own.push(accepted),
                        }
                        self.next = (self.next + 1) % self.threads.len().max(1);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => listener.ready = false,
                    Err(error) if gone_meanwhile(error.kind()) => {}
                    // Not listening any more.
                    Err(error) if is_lost(&error) || error.kind() == ErrorKind::InvalidInput => {
                        return Err(error);
                    }
                    Err(error) => {
                        if !rested {
                            tracing::warn!(%error, listener.port, "cannot accept connections");
                        }
                        self.resting_until = Some(now + BACK_OFF);
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether an error says that the descriptor is not what it was: something else in this process
/// has closed it, and may have closed all.
pub(crate) fn is_lost(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EBADF | libc::ENOTSOCK))
}

/// A message leaves when it is written; we batch ourselves.
fn prepare(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    stream
}

/// The client gave up between knocking and being let in.
fn gone_meanwhile(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

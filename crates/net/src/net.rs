//! Starting, feeding and stopping the I/O threads.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use hub::io::{Audience, ConnId};
use mio::{Poll, Waker};

use crate::accept::{Acceptor, Open};
use crate::id::{MAX_THREADS, WAKER, thread_of};
use crate::inbox::Inbox;
use crate::stats::{Counters, Stats};
use crate::worker::{Parts, Worker};
use crate::{Limits, Listening, NetCommand, NetConfig, Security, Sink, Zlib};

/// Threads used when the configuration leaves the choice to us.
const DEFAULT_MAX_THREADS: usize = 4;
/// How much longer than asked [`Net::stop`] waits for a thread that is held up by its sink.
const GRACE: Duration = Duration::from_secs(1);

/// The sockets could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the network: {0}")]
pub struct StartError(#[from] io::Error);

/// The running I/O threads. Dropping it without [`stop`](Self::stop) leaves them running.
pub struct Net {
    inboxes: Vec<Arc<Inbox>>,
    threads: Vec<JoinHandle<()>>,
    /// Closed by each thread as it ends. The lock only makes it shareable.
    ended: Mutex<Receiver<()>>,
    counters: Arc<Counters>,
}

impl Net {
    /// Starts the threads. Nobody is let in before [`start_accepting`](Self::start_accepting);
    /// who connects earlier waits in the system's queue.
    pub fn start(
        config: NetConfig,
        listeners: Vec<impl Into<Listening>>,
        sink: Arc<dyn Sink>,
    ) -> Result<Net, StartError> {
        let count = match config.threads {
            0 => available_parallelism().map_or(1, |cores| cores.get().min(DEFAULT_MAX_THREADS)),
            asked => asked.min(MAX_THREADS),
        };
        let mut polls = Vec::new();
        let mut inboxes = Vec::new();
        for _ in 0..count {
            let poll = Poll::new()?;
            inboxes.push(Arc::new(Inbox::new(Waker::new(poll.registry(), WAKER)?)));
            polls.push(poll);
        }
        let mut sockets = Vec::new();
        for listener in listeners {
            let Listening { socket, door } = listener.into();
            socket.set_nonblocking(true)?;
            let port = socket.local_addr()?.port();
            sockets.push((mio::net::TcpListener::from_std(socket), port, door));
        }
        let open = Open::default();
        let mut acceptor = Some(Acceptor::new(sockets, inboxes.clone(), open.clone()));
        let counters = Arc::new(Counters::default());
        let (ending, ended) = channel();
        let mut net = Net {
            inboxes,
            threads: Vec::new(),
            ended: Mutex::new(ended),
            counters,
        };
        for (thread, poll) in polls.into_iter().enumerate() {
            let Some(inbox) = net.inboxes.get(thread).cloned() else {
                break;
            };
            let worker = Worker::new(Parts {
                thread,
                threads: count,
                open: open.clone(),
                poll,
                inbox,
                sink: sink.clone(),
                counters: net.counters.clone(),
                limits: config.limits,
                acceptor: acceptor.take(),
            });
            let ending = ending.clone();
            let spawned = threads::vital(format!("net-{thread}"), move || {
                let ended = worker.run();
                drop(ending);
                ended
            });
            match spawned {
                Ok(handle) => net.threads.push(handle),
                Err(error) => {
                    net.stop(Duration::ZERO);
                    return Err(error.into());
                }
            }
        }
        Ok(net)
    }

    /// Lets clients in.
    pub fn start_accepting(&self) {
        if let Some(first) = self.inboxes.first() {
            first.put(|mail| mail.accept = Some(true));
        }
    }

    /// Lets nobody in any more, for good. When the caller keeps a copy of a listening socket,
    /// who connects from now on waits in the system's queue for the next program to have it;
    /// who was let in before stays.
    pub fn stop_accepting(&self) {
        if let Some(first) = self.inboxes.first() {
            first.put(|mail| mail.accept = Some(false));
        }
    }

    /// Has commands carried out, in this order; for the hub thread, once per turn. Never waits
    /// for a socket or an I/O thread.
    pub fn deliver(&self, commands: Vec<NetCommand>) {
        if commands.is_empty() {
            return;
        }
        if let [only] = self.inboxes.as_slice() {
            only.deliver(commands);
            return;
        }
        let mut shares: Vec<Vec<NetCommand>> = Vec::new();
        shares.resize_with(self.inboxes.len(), Vec::new);
        for command in commands {
            match owner(&command) {
                Some(conn) => {
                    if let Some(share) = shares.get_mut(thread_of(conn)) {
                        share.push(command);
                    }
                }
                None => {
                    for share in &mut shares {
                        share.push(command.clone());
                    }
                }
            }
        }
        for (inbox, share) in self.inboxes.iter().zip(shares) {
            if !share.is_empty() {
                inbox.deliver(share);
            }
        }
    }

    /// Changes what each connection may use, from now on.
    pub fn set_limits(&self, limits: Limits) {
        for inbox in &self.inboxes {
            inbox.put(|mail| mail.limits = Some(limits));
        }
    }

    /// Whether and how what is sent to connections with [`hub::io::Traits::ZPIPE`] is compressed
    /// from now on.
    pub fn set_zlib(&self, zlib: Option<Zlib>) {
        for inbox in &self.inboxes {
            inbox.put(|mail| mail.zlib = Some(zlib));
        }
    }

    /// Changes how connections are protected that come from now on.
    pub fn set_security(&self, security: &Security) {
        for inbox in &self.inboxes {
            inbox.put(|mail| mail.security = Some(security.clone()));
        }
    }

    /// How many turns each thread has taken so far. One that has nothing to do is asked for
    /// another: when its number stays the same it does not work any more.
    pub fn turns(&self) -> Vec<u64> {
        self.inboxes.iter().map(|inbox| inbox.turns()).collect()
    }

    /// Counters of all threads together, at most one turn old.
    pub fn stats(&self) -> Stats {
        self.counters.read()
    }

    /// Stops accepting and reading, sends what is pending within `time`, closes all connections
    /// and waits for the threads; nothing is reported any more. Commands delivered before are
    /// still carried out. A thread that hangs in a sink that never returns is left behind after
    /// a second more: then the answer is `false`.
    pub fn stop(self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        for inbox in &self.inboxes {
            inbox.put(|mail| mail.stop = Some(deadline));
        }
        let patience = time + GRACE;
        // Nothing is ever sent: the channel closes when the last thread ends.
        let ended = self
            .ended
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let closed = ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected);
        let mut all = closed;
        for thread in self.threads {
            if (closed || thread.is_finished()) && thread.join().is_err() {
                all = false;
            }
        }
        all
    }
}

/// The connection a command is about; `None` for all threads.
fn owner(command: &NetCommand) -> Option<ConnId> {
    match command {
        NetCommand::Send {
            to: Audience::Group(_),
            ..
        } => None,
        NetCommand::Send {
            to: Audience::One(conn),
            ..
        }
        | NetCommand::Traits { conn, .. }
        | NetCommand::Read { conn, .. }
        | NetCommand::Charge { conn, .. }
        | NetCommand::Close { conn } => Some(*conn),
    }
}

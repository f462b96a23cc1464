//! Sockets: what clients send becomes [`NetEvent`]s, what the hub answers reaches them.
//!
//! A few I/O threads ([`worker`]) own all connections. Each works in turns: it takes what the
//! sockets and the hub have brought, then writes once to every connection that has something
//! pending. Idle, a turn carries one message and leaves at once; under load it carries many,
//! and one write per connection serves them all. There is no tick.
//!
//! - towards the hub: [`Sink::events`] gets what one turn has read; it may block, and then the
//!   thread's clients wait. A turn takes a little of each connection that has something, so that
//!   no sender fills it, and who sends more than [`Limits::max_rate`] is read at that rate.
//! - from the hub: [`Net::deliver`] never blocks; a client that does not read is dropped.
#![forbid(unsafe_code)]

mod accept;
mod conn;
mod crowd;
mod flush;
mod id;
mod inbox;
mod log;
mod net;
mod outbox;
mod pace;
mod pack;
mod read;
mod slots;
mod stats;
mod tls;
mod tls_files;
mod worker;

use std::time::Duration;

use bytes::Bytes;
use hub::io::{Audience, ConnId, NetEvent, Traits};

pub use accept::{Door, Listening};
pub use net::{Net, StartError};
pub use pack::Zlib;
pub use stats::Stats;
pub use tls_files::{Identity, TlsError, TlsFiles};

/// How to run the sockets.
#[derive(Clone, Copy, Debug, Default)]
pub struct NetConfig {
    /// I/O threads; 0 means one per core, at most 4.
    pub threads: usize,
    /// What a connection may use.
    pub limits: Limits,
}

/// What one connection may use; can be changed while running ([`Net::set_limits`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Longest message in bytes (`adv_max_message_size`).
    pub max_message: usize,
    /// Unsent bytes past which the next message drops the connection (`adv_max_outbuf_size`).
    /// One message of any length fits when less is waiting.
    pub max_outbuf: usize,
    /// Unsent bytes at which the connection is not read any more (`adv_max_outfill_size`).
    pub max_outfill: usize,
    /// Unsent bytes under which reading resumes (`adv_max_unblock_size`).
    pub max_unblock: usize,
    /// What is read in a second on average, a second's worth at once: bytes, [`MESSAGE_COST`] for
    /// each message, and what the hub charges ([`NetCommand::Charge`]). What the client sends
    /// beyond that waits in its socket. 0: no limit.
    pub max_rate: usize,
    /// Connections in all; more wait in the system's queue. 0: as many as there can be.
    pub max_sockets: usize,
    /// Connections that have not finished TLS, in all (`max_logins`) and of one address, as
    /// [`hub::io::place`] has it (`max_logins_from_ip`); the oldest goes first. 0: any number.
    pub max_opening: usize,
    /// The same of one address.
    pub max_opening_from_ip: usize,
}

/// What a message costs of [`Limits::max_rate`] beside its bytes.
pub const MESSAGE_COST: usize = 64;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_message: 10_240,
            max_outbuf: 1_048_576,
            max_outfill: 786_432,
            max_unblock: 524_288,
            max_rate: 2_000_000,
            max_sockets: 0,
            max_opening: 0,
            max_opening_from_ip: 0,
        }
    }
}

/// How connections are protected; can be changed while running ([`Net::set_security`]) and then
/// holds for connections that come later.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// Who the hub is towards TLS clients. Without it [`Door::Tls`] lets nobody in.
    pub identity: Option<Identity>,
    /// How long a connection to [`Door::Plain`] may take to begin TLS before it is greeted
    /// without; `None`: plain doors know no TLS.
    pub detect: Option<Duration>,
    /// Log handshakes that fail, rather than only with `-v`.
    pub log_errors: bool,
}

/// What the hub wants done with connections. One that has ended meanwhile is ignored.
#[derive(Clone, Debug)]
pub enum NetCommand {
    /// Send bytes.
    Send {
        /// To whom.
        to: Audience,
        /// Complete messages, pipes included.
        data: Bytes,
    },
    /// What a connection is from now on; decides which groups it belongs to.
    Traits {
        /// Which.
        conn: ConnId,
        /// All its traits.
        traits: Traits,
    },
    /// Stop or resume reading. Frames read before may still be reported.
    Read {
        /// Which.
        conn: ConnId,
        /// Whether to read.
        on: bool,
    },
    /// What it sent was dear to the hub: it is read later for that.
    Charge {
        /// Which.
        conn: ConnId,
        /// How much, in bytes of [`Limits::max_rate`].
        cost: u64,
    },
    /// Close when what is pending is sent, for which there are 10 s at most; nothing more is reported about the
    /// connection.
    Close {
        /// Which.
        conn: ConnId,
    },
}

/// Where events go: the queue of the hub thread.
pub trait Sink: Send + Sync {
    /// Takes what one turn of one thread has read, never empty. Events of one connection come
    /// in order. It may block while the hub is busy; the sockets of that thread then wait.
    fn events(&self, batch: Vec<NetEvent>);
}

impl<F: Fn(Vec<NetEvent>) + Send + Sync> Sink for F {
    fn events(&self, batch: Vec<NetEvent>) {
        self(batch);
    }
}

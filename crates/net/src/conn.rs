//! One connection.

use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;
use hub::io::Traits;
use mio::net::TcpStream;
use nmdc::frame::Framer;

use crate::Limits;
use crate::accept::Seat;
use crate::log::Cursor;
use crate::outbox::Outbox;
use crate::pace::Budget;
use crate::tls::Session;

/// A client's socket and what is on its way in and out.
pub(crate) struct Conn {
    pub(crate) stream: TcpStream,
    pub(crate) framer: Framer,
    pub(crate) out: Outbox,
    /// What this turn has brought for this connection besides the log after `cursor`.
    pub(crate) items: Vec<Item>,
    /// Up to where the log is behind it: written, in `items`, or not for it.
    pub(crate) cursor: Cursor,
    /// Set once the connection is to end when its output is sent; nothing is reported any more.
    pub(crate) closing: Option<Closing>,
    pub(crate) flags: Flags,
    /// What it may send before it rests.
    pub(crate) budget: Budget,
    /// Set while it speaks TLS.
    pub(crate) tls: Option<Box<Session>>,
    /// Set until the hub may hear of it.
    pub(crate) opening: Option<Box<Opening>>,
    /// Has it counted as long as it lives.
    _seat: Seat,
}

/// A connection that the hub does not know yet, as it may be about to begin TLS.
pub(crate) struct Opening {
    pub(crate) ip: IpAddr,
    pub(crate) peer_port: u16,
    pub(crate) port: u16,
    /// Since when.
    pub(crate) since: Instant,
}

/// A piece of one turn's output, in order.
pub(crate) enum Item {
    /// Sent to this connection alone.
    Private(Bytes),
    /// A stretch of the log, as seen with the traits of that moment.
    Log {
        from: Cursor,
        to: Cursor,
        traits: Traits,
    },
}

/// The end of a connection.
#[derive(Clone, Copy)]
pub(crate) struct Closing {
    /// When it ends in any case.
    pub(crate) deadline: Instant,
    /// Everything is sent and the client has been told so; its own end is awaited, as closing
    /// over unread input would make its system throw away what it has not read yet.
    pub(crate) shut: bool,
}

/// What is known about the socket and the lists the connection is in.
#[derive(Clone, Copy)]
pub(crate) struct Flags {
    /// The socket may hold input (epoll tells once).
    pub(crate) readable: bool,
    /// The client has closed its side: read on until the end shows.
    pub(crate) hangup: bool,
    /// The framer may hold whole messages.
    pub(crate) more_frames: bool,
    /// Nothing has been read yet.
    pub(crate) first: bool,
    /// The hub lets it be read.
    pub(crate) read_on: bool,
    /// It has sent what cannot be read on after (too long a message, TLS where there is none): the hub
    /// knows, and closes it.
    pub(crate) refused: bool,
    /// Not read because too much waits to be sent.
    pub(crate) paused: bool,
    /// Not read for a moment: it has sent more than its share.
    pub(crate) resting: bool,
    /// The socket took less than offered.
    pub(crate) blocked: bool,
    /// In the list of connections to read.
    pub(crate) in_ready: bool,
    /// In the list of connections to write to.
    pub(crate) in_dirty: bool,
    /// In the list of connections to write to first.
    pub(crate) in_recent: bool,
}

impl Conn {
    /// A connection for which the log begins at `cursor`.
    pub(crate) fn new(
        stream: TcpStream,
        seat: Seat,
        limits: &Limits,
        cursor: Cursor,
        now: Instant,
    ) -> Self {
        Conn {
            stream,
            framer: Framer::new(limits.max_message),
            out: Outbox::default(),
            items: Vec::new(),
            cursor,
            closing: None,
            flags: Flags {
                readable: false,
                hangup: false,
                more_frames: false,
                first: true,
                read_on: true,
                refused: false,
                paused: false,
                resting: false,
                blocked: false,
                in_ready: false,
                in_dirty: false,
                in_recent: false,
            },
            budget: Budget::full(limits.max_rate, now),
            tls: None,
            opening: None,
            _seat: seat,
        }
    }

    /// Notes that entries up to `to` were for these traits, so that what follows comes after.
    pub(crate) fn catch_up(&mut self, to: Cursor, traits: Traits) {
        if self.cursor < to {
            let from = self.cursor;
            self.items.push(Item::Log { from, to, traits });
            self.cursor = to;
        }
    }

    /// Whether something was encrypted that the socket has not taken yet.
    pub(crate) fn sealed_waits(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Whether there is something to read and leave to do so.
    pub(crate) fn wants_read(&self) -> bool {
        let f = &self.flags;
        if let Some(closing) = self.closing {
            // Its end shows in the input, but matters only once everything is sent.
            return f.readable && closing.shut && !f.resting;
        }
        let may = f.read_on && !f.paused && !f.resting && !f.refused;
        may && (f.readable || f.more_frames)
    }
}

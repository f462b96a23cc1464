//! The end of a turn: one write to every connection that has something pending.
//!
//! Those who have sent something come first, as they wait for the echo, and those with private
//! messages. Broadcasts then reach the others in a walk through all connections. A walk takes
//! milliseconds; as long as it carries little, it pauses now and then for a look at the sockets
//! and the hub, so that nobody's echo waits for the whole of it, and whoever it has yet to reach
//! gets the newer lines in the same write. When it carries much it goes on to the end: then the
//! lines that wait meanwhile are many, and the next walk is worth its writes.

use std::io::Read;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::io::{ConnId, Gone, Traits};

use crate::accept::is_lost;
use crate::conn::{Closing, Item};
use crate::outbox::Piece;
use crate::worker::Worker;

/// How long a client may take to read its last words.
pub(crate) const CLOSE_TIME: Duration = Duration::from_secs(10);
/// How long a client that has been sent everything may take to close its side.
const LINGER_TIME: Duration = Duration::from_secs(2);
/// How often the deadlines of closing connections are looked at.
pub(crate) const CLOSE_CHECK: Duration = Duration::from_millis(100);
/// Connections remembered as recent senders.
const MAX_RECENT: usize = 256;
/// Bytes under which a walk pauses.
const LITTLE: usize = 8 * 1024;
/// Writes between two pauses at least, and the most pauses there are in one walk.
const WRITES_BETWEEN: usize = 64;
const MAX_PAUSES: usize = 16;
/// Item memory kept when empty.
const KEEP_ITEMS: usize = 4;

impl Worker {
    /// Writes out what the turn has brought.
    pub(crate) fn flush(&mut self) {
        let length = self.slots.capacity();
        self.log.seal(self.visits + length as u64);
        if length > self.walk_length {
            self.walk_length = length;
            self.log.keep_until(self.visits + length as u64);
        }
        for _ in 0..self.recent.len() {
            let Some(id) = self.recent.pop_front() else {
                break;
            };
            let served = self.flush_conn(id);
            if let Some(conn) = self.slots.get_mut(id) {
                conn.flags.in_recent = !served;
                if !served {
                    self.recent.push_back(id);
                }
            }
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        for id in dirty.drain(..) {
            if let Some(conn) = self.slots.get_mut(id) {
                conn.flags.in_dirty = false;
                self.flush_conn(id);
            }
        }
        self.dirty = dirty;
        self.walk();
    }

    /// Goes on with the walk through all connections, to its end or the next pause.
    fn walk(&mut self) {
        let length = self.slots.capacity();
        let mut writes = if self.log.pending() < LITTLE {
            // Of those who can get something: others, however many, must not make pauses rarer.
            WRITES_BETWEEN.max(self.slots.members() / MAX_PAUSES)
        } else {
            usize::MAX
        };
        while writes > 0 && self.log.needed_until().is_some_and(|end| self.visits < end) {
            let index = self.walk_at;
            self.walk_at = if index + 1 < length { index + 1 } else { 0 };
            self.visits += 1;
            if let Some((id, traits)) = self.slots.at(index)
                && self.log.brings(traits)
                && self.flush_conn(id)
            {
                writes -= 1;
            }
        }
        self.log.forget(self.visits);
        if self.log.needed_until().is_none() {
            self.packer.forget();
        }
    }

    /// A client has sent a message: what comes for it next is written before the others'.
    pub(crate) fn remember_sender(&mut self, id: ConnId) {
        let Some(conn) = self.slots.get_mut(id) else {
            return;
        };
        if std::mem::replace(&mut conn.flags.in_recent, true) {
            return;
        }
        self.recent.push_back(id);
        if self.recent.len() > MAX_RECENT
            && let Some(oldest) = self.recent.pop_front()
            && let Some(conn) = self.slots.get_mut(oldest)
        {
            conn.flags.in_recent = false;
        }
    }

    /// Puts a connection on the list of those to write to.
    pub(crate) fn queue_write(&mut self, id: ConnId) {
        if let Some(conn) = self.slots.get_mut(id)
            && !std::mem::replace(&mut conn.flags.in_dirty, true)
        {
            self.dirty.push(id);
        }
    }

    /// Writes to one connection. Says whether there was something new for it.
    fn flush_conn(&mut self, id: ConnId) -> bool {
        let Some((conn, traits)) = self.slots.with_traits(id) else {
            return false;
        };
        let pieces = &mut self.pieces;
        for item in conn.items.drain(..) {
            match item {
                Item::Private(data) => push(pieces, data, 0),
                Item::Log { from, to, traits } => {
                    let push = |data, block| push(pieces, data, block);
                    self.log.collect(from, to, traits, push);
                }
            }
        }
        if conn.items.capacity() > KEEP_ITEMS {
            conn.items = Vec::new();
        }
        let end = self.log.end();
        if conn.closing.is_none() && conn.cursor < end {
            let push = |data, block| push(pieces, data, block);
            self.log.collect(conn.cursor, end, *traits, push);
        }
        conn.cursor = end;
        let fresh = !pieces.is_empty();
        if traits.has(Traits::ZPIPE) {
            self.packer.pack_all(pieces);
        }
        if fresh && conn.out.len() > self.limits.max_outbuf {
            pieces.clear();
            self.drop_conn(id, Some(Gone::Slow));
            return true;
        }
        if conn.flags.blocked {
            conn.out.keep(pieces.drain(..));
        } else if fresh || !conn.out.is_empty() || conn.sealed_waits() {
            let written = match &mut conn.tls {
                None => conn.out.write(&mut conn.stream, pieces),
                Some(tls) => tls.write(&mut conn.stream, &mut conn.out, pieces),
            };
            match written {
                Ok(written) => {
                    conn.flags.blocked = written.blocked;
                    self.tally.writes += written.calls;
                    self.tally.bytes_out += written.bytes as u64;
                }
                Err(error) => {
                    pieces.clear();
                    if is_lost(&error) {
                        self.broken("cannot write to a connection", &error);
                    }
                    self.drop_conn(id, Some(Gone::Error));
                    return true;
                }
            }
        }
        let waiting = conn.out.len();
        if waiting >= self.limits.max_outfill {
            conn.flags.paused = true;
        } else if conn.flags.paused && (waiting < self.limits.max_unblock || waiting == 0) {
            conn.flags.paused = false;
            self.queue_read(id);
        }
        self.finish_close(id);
        fresh
    }

    /// Starts the end of a connection: what is pending is sent, nothing new is accepted.
    pub(crate) fn begin_close(&mut self, id: ConnId, deadline: Instant) {
        let seen = self.log.end();
        let Some((conn, traits)) = self.slots.with_traits(id) else {
            return;
        };
        match &mut conn.closing {
            Some(closing) => closing.deadline = closing.deadline.min(deadline),
            None => {
                conn.catch_up(seen, *traits);
                conn.closing = Some(Closing {
                    deadline,
                    shut: false,
                });
                conn.framer = nmdc::frame::Framer::new(0);
                self.closing.push(id);
            }
        }
        self.queue_write(id);
        self.hurry_endings();
    }

    /// Tells a TLS client that nothing more comes, when everything else is on its way.
    fn end_session(&mut self, id: ConnId) {
        if let Some(conn) = self.slots.get_mut(id)
            && conn.closing.is_some()
            && conn.out.is_empty()
            && let Some(tls) = &mut conn.tls
            && tls.end()
        {
            match tls.push_out(&mut conn.stream) {
                Ok(blocked) => conn.flags.blocked = blocked,
                // The socket will tell of its end itself.
                Err(error) => tracing::debug!(%error, "no end of TLS"),
            }
        }
    }

    /// When everything is sent: tells the client, and waits for its own end.
    fn finish_close(&mut self, id: ConnId) {
        self.end_session(id);
        let linger = self.now + LINGER_TIME;
        let Some(conn) = self.slots.get_mut(id) else {
            return;
        };
        let Some(closing) = &mut conn.closing else {
            return;
        };
        let waits = !conn.out.is_empty() || conn.tls.as_ref().is_some_and(|t| t.wants_write());
        if waits || closing.shut && self.stopping.is_none() {
            return;
        }
        closing.shut = true;
        closing.deadline = closing.deadline.min(linger);
        if self.stopping.is_some() {
            // No time to wait; unread input at least must not turn the end into a reset.
            while matches!(conn.stream.read(&mut self.scratch), Ok(1..)) {}
            self.drop_conn(id, None);
        } else if conn.stream.shutdown(Shutdown::Write).is_err() {
            self.drop_conn(id, None);
        } else {
            conn.flags.readable = true;
            self.queue_read(id);
        }
    }

    /// Drops closing connections whose time is over.
    pub(crate) fn expire(&mut self) {
        if self.closing.is_empty() || self.now < self.next_expiry {
            return;
        }
        self.next_expiry = self.now + CLOSE_CHECK;
        let mut over = Vec::new();
        let (slots, now) = (&mut self.slots, self.now);
        self.closing.retain(|&id| {
            let deadline = slots.get_mut(id).and_then(|conn| conn.closing);
            if deadline.is_some_and(|closing| closing.deadline <= now) {
                over.push(id);
                return false;
            }
            deadline.is_some()
        });
        for id in over {
            self.drop_conn(id, None);
        }
    }
}

fn push(pieces: &mut Vec<Piece>, data: Bytes, block: usize) {
    if !data.is_empty() {
        pieces.push(Piece { data, block });
    }
}

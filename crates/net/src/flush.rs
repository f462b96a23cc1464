//! The end of a turn: one write to every connection that has something pending.

use std::io::Read;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::io::{ConnId, Gone};

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
/// Item memory kept when empty.
const KEEP_ITEMS: usize = 4;

impl Worker {
    /// Writes out what the turn has brought: first to those who have sent something, as they
    /// wait for the echo, then to the others.
    pub(crate) fn flush(&mut self) {
        self.turn += 1;
        self.log.seal();
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
        if !self.log.is_empty() {
            for index in 0..self.slots.capacity() {
                if let Some((id, traits)) = self.slots.at(index)
                    && !self.log.view(traits).is_empty()
                {
                    self.flush_conn(id);
                }
            }
        }
        self.log.clear();
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

    /// Writes to one connection, once a turn. Says whether there was something for it.
    fn flush_conn(&mut self, id: ConnId) -> bool {
        let Some((conn, traits)) = self.slots.with_traits(id) else {
            return false;
        };
        if conn.flushed == self.turn {
            return true;
        }
        conn.flushed = self.turn;
        let pieces = &mut self.pieces;
        for item in conn.items.drain(..) {
            match item {
                Item::Private(data) => push(pieces, data, 0),
                Item::Log { from, to, traits } => {
                    let view = self.log.view(traits);
                    push(pieces, view.slice(from, to), view.len());
                }
            }
        }
        if conn.items.capacity() > KEEP_ITEMS {
            conn.items = Vec::new();
        }
        let all = self.log.len();
        if conn.closing.is_none() && conn.cursor < all {
            let view = self.log.view(*traits);
            push(pieces, view.slice(conn.cursor, all), view.len());
        }
        conn.cursor = 0;
        let fresh = !pieces.is_empty();
        if fresh && conn.out.len() > self.limits.max_outbuf {
            pieces.clear();
            self.drop_conn(id, Some(Gone::Slow));
            return true;
        }
        if conn.flags.blocked {
            conn.out.keep(pieces.drain(..));
        } else if fresh || !conn.out.is_empty() {
            match conn.out.write(&mut conn.stream, pieces) {
                Ok(written) => {
                    conn.flags.blocked = written.blocked;
                    self.tally.writes += written.calls;
                    self.tally.bytes_out += written.bytes as u64;
                }
                Err(_) => {
                    pieces.clear();
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
        let seen = self.log.len();
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
    }

    /// When everything is sent: tells the client, and waits for its own end.
    fn finish_close(&mut self, id: ConnId) {
        let linger = self.now + LINGER_TIME;
        let Some(conn) = self.slots.get_mut(id) else {
            return;
        };
        let Some(closing) = &mut conn.closing else {
            return;
        };
        if !conn.out.is_empty() || closing.shut && self.stopping.is_none() {
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

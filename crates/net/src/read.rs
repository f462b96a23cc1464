//! From a socket to messages.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};

use hub::io::{ConnId, Gone, NetEvent, Tls, Traits};

use crate::accept::is_lost;
use crate::conn::Conn;
use crate::pace::REST;
use crate::tls::{Input, Session};
use crate::worker::Worker;
use crate::{MESSAGE_COST, Security};

/// The first byte of a TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;

/// Bytes read from one connection in one turn: a fast sender must leave room for others.
pub(crate) const READ_SIZE: usize = 16 * 1024;
/// Messages taken from one connection in one turn: some are dear, and thousands of pings fit into
/// one read.
const MAX_FRAMES: usize = 32;
/// Events and bytes of one turn, after which no further connection is read: the hub must not hear
/// of the last one long after the first. Those left over come first in the next turn.
const MAX_BATCH: usize = 4096;
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// The same of clients that are about to log in, from one, and from all who are not in the user list,
/// those on their way out among them: however many there are, users do not wait for them. A whole
/// login has some hundred bytes.
const STRANGER_SIZE: usize = 4 * 1024;
const MAX_STRANGERS_BYTES: usize = 64 * 1024;
/// What looking at a connection weighs beside what it brings.
const LOOK: usize = 256;

/// How a read ended.
enum Outcome {
    Fine,
    Gone(Gone),
    /// The descriptor is not a socket any more.
    Lost(io::Error),
}

impl Outcome {
    fn failed(error: io::Error) -> Outcome {
        match is_lost(&error) {
            true => Outcome::Lost(error),
            false => Outcome::Gone(Gone::Error),
        }
    }
}

impl Worker {
    /// Reads from every connection that has something, once: first from users, then from others.
    pub(crate) fn read_ready(&mut self) {
        for (users, most) in [(true, MAX_BATCH_BYTES), (false, MAX_STRANGERS_BYTES)] {
            let mut taken = 0;
            for _ in 0..self.waiting_to_be_read(users).len() {
                if self.batch.len() >= MAX_BATCH || taken >= most {
                    break;
                }
                if let Some(id) = self.waiting_to_be_read(users).pop_front() {
                    taken += self.read_one(id, users);
                }
            }
        }
    }

    fn waiting_to_be_read(&mut self, users: bool) -> &mut VecDeque<ConnId> {
        match users {
            true => &mut self.ready,
            false => &mut self.strangers,
        }
    }

    /// Reads from a connection; how much of the turn that takes.
    fn read_one(&mut self, id: ConnId, user: bool) -> usize {
        let rate = self.limits.max_rate;
        let Some(conn) = self.slots.get_mut(id) else {
            return 0;
        };
        conn.flags.in_ready = false;
        if conn.wants_read() && conn.closing.is_none() && !conn.budget.is_open(rate, self.now) {
            self.rest(id);
            return 0;
        }
        let before = self.batch.len();
        let mut received = 0;
        let size = match user || conn.closing.is_some() {
            true => READ_SIZE,
            false => STRANGER_SIZE,
        };
        let scratch = self.scratch.get_mut(..size).unwrap_or_default();
        let outcome = if !conn.wants_read() {
            Outcome::Fine
        } else if conn.closing.is_some() {
            conn.discard(scratch, &mut received)
        } else {
            conn.framer.set_max_message(self.limits.max_message);
            let security = &self.security;
            conn.read(id, security, scratch, &mut self.batch, &mut received)
        };
        let answers = conn.sealed_waits();
        let messages = self.batch.len() - before;
        let cost = received + messages * MESSAGE_COST;
        conn.budget.spend(cost as u64, rate);
        self.tally.bytes_in += received as u64;
        if messages > 0 {
            self.remember_sender(id);
        }
        if answers {
            self.queue_write(id);
        }
        match outcome {
            Outcome::Gone(why) => self.drop_conn(id, Some(why)),
            Outcome::Lost(error) => {
                self.broken("cannot read from a connection", &error);
                self.drop_conn(id, Some(Gone::Error));
            }
            Outcome::Fine => self.rest_or_queue(id),
        }
        cost + LOOK
    }

    /// After a read: the next one may come at once, unless the connection is on its way out.
    fn rest_or_queue(&mut self, id: ConnId) {
        match self.slots.get_mut(id) {
            Some(conn) if conn.closing.is_some() && conn.flags.readable && !conn.flags.hangup => {
                self.rest(id);
            }
            _ => self.queue_read(id),
        }
    }

    fn rest(&mut self, id: ConnId) {
        if let Some(conn) = self.slots.get_mut(id) {
            conn.flags.resting = true;
            self.resting.push_back((self.now + REST, id));
        }
    }

    /// Has those read again that have rested.
    pub(crate) fn wake_rested(&mut self) {
        while let Some(&(at, id)) = self.resting.front()
            && at <= self.now
        {
            self.resting.pop_front();
            if let Some(conn) = self.slots.get_mut(id) {
                conn.flags.resting = false;
            }
            self.queue_read(id);
        }
    }

    /// Puts a connection on the list of those to read, if it may be.
    pub(crate) fn queue_read(&mut self, id: ConnId) {
        if let Some((conn, traits)) = self.slots.with_traits(id)
            && conn.wants_read()
            && !conn.flags.in_ready
        {
            conn.flags.in_ready = true;
            let user = traits.has(Traits::LISTED) && conn.closing.is_none();
            self.waiting_to_be_read(user).push_back(id);
        }
    }
}

impl Conn {
    fn read(
        &mut self,
        id: ConnId,
        security: &Security,
        scratch: &mut [u8],
        batch: &mut Vec<NetEvent>,
        received: &mut usize,
    ) -> Outcome {
        let mut left = MAX_FRAMES;
        if self.flags.more_frames {
            self.cut(id, batch, &mut left);
            if self.flags.more_frames || self.flags.refused {
                return Outcome::Fine;
            }
        }
        if !self.flags.readable {
            return Outcome::Fine;
        }
        let count = match self.take(scratch) {
            Ok(0) if self.flags.readable => return Outcome::Gone(Gone::Peer),
            Ok(0) => return Outcome::Fine,
            Ok(count) => count,
            Err(error) => return Outcome::failed(error),
        };
        *received = count;
        let chunk = scratch.get(..count).unwrap_or_default();
        if self.flags.first {
            self.flags.first = false;
            // One byte tells: no message begins with it.
            if self.tls.is_none() && chunk.first() == Some(&TLS_HANDSHAKE) {
                let identity = security.identity.as_ref();
                let session = identity.filter(|_| self.opening.is_some());
                let Some(session) = session.and_then(Session::accept) else {
                    // The hub tells it why it is closed, as it does everybody.
                    let offered = security.identity.is_some() && security.detect.is_some();
                    let late = offered && self.opening.is_none();
                    self.announce(id, Tls::Plain, batch);
                    self.flags.refused = true;
                    batch.push(NetEvent::WantsTls { conn: id, late });
                    return Outcome::Fine;
                };
                self.tls = Some(Box::new(session));
            }
        }
        if self.tls.is_some() {
            return self.unseal(id, security, chunk, batch, &mut left);
        }
        self.announce(id, Tls::Plain, batch);
        self.framer.push(chunk);
        self.flags.more_frames = true;
        self.cut(id, batch, &mut left);
        Outcome::Fine
    }

    /// Tells the hub of the connection, unless it knows already.
    pub(crate) fn announce(&mut self, conn: ConnId, tls: Tls, batch: &mut Vec<NetEvent>) {
        if let Some(opening) = self.opening.take() {
            batch.push(NetEvent::Connected {
                conn,
                ip: opening.ip,
                peer_port: opening.peer_port,
                port: opening.port,
                tls,
            });
        }
    }

    /// Takes in what came over TLS.
    fn unseal(
        &mut self,
        id: ConnId,
        security: &Security,
        mut sealed: &[u8],
        batch: &mut Vec<NetEvent>,
        left: &mut usize,
    ) -> Outcome {
        let Some(mut session) = self.tls.take() else {
            return Outcome::Fine;
        };
        let mut outcome = Outcome::Fine;
        while !sealed.is_empty() {
            match session.take(&mut sealed, |plain| self.framer.push(plain)) {
                Ok(Input::More) => {}
                Ok(Input::Over) => {
                    outcome = Outcome::Gone(Gone::Peer);
                    break;
                }
                Err(error) => {
                    let peer = || self.stream.peer_addr().ok().map(|peer| peer.ip());
                    let ip = self.opening.as_ref().map_or_else(peer, |o| Some(o.ip));
                    if let Some(ip) = ip.map(|ip| ip.to_canonical()) {
                        if security.log_errors {
                            tracing::warn!("TLS with {ip} failed: {error}");
                        } else {
                            tracing::debug!("TLS with {ip} failed: {error}");
                        }
                    }
                    // The client is told why, if the socket takes it.
                    session.push_out(&mut self.stream).ok();
                    outcome = Outcome::Gone(Gone::Tls);
                    break;
                }
            }
            if let Some(version) = session.established() {
                self.announce(id, version, batch);
            }
        }
        self.tls = Some(session);
        if self.opening.is_none() {
            self.flags.more_frames = true;
            self.cut(id, batch, left);
        }
        outcome
    }

    /// Takes whole messages out of the framer.
    fn cut(&mut self, id: ConnId, batch: &mut Vec<NetEvent>, left: &mut usize) {
        while *left > 0 {
            match self.framer.next_frame() {
                Ok(Some(frame)) => batch.push(NetEvent::Frame { conn: id, frame }),
                Ok(None) => {
                    self.flags.more_frames = false;
                    return;
                }
                Err(_) => {
                    self.flags.refused = true;
                    batch.push(NetEvent::TooLong { conn: id });
                    return;
                }
            }
            *left -= 1;
        }
    }

    /// Reads once. `Ok(0)` with `readable` still set is the end of the stream.
    fn take(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        match self.stream.read(scratch) {
            Ok(count) => {
                // Less than asked for: nothing is left, and epoll tells when more comes. Only
                // an end that came in the same moment is not told again.
                if count > 0 && count < scratch.len() && !self.flags.hangup {
                    self.flags.readable = false;
                }
                Ok(count)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.flags.readable = false;
                Ok(0)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                // Nothing read, still readable: but that means the end here, so ask again.
                self.take(scratch)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads from a client that is being closed, only to see its end.
    fn discard(&mut self, scratch: &mut [u8], received: &mut usize) -> Outcome {
        match self.take(scratch) {
            Ok(0) if self.flags.readable => Outcome::Gone(Gone::Peer),
            Ok(count) => {
                *received = count;
                Outcome::Fine
            }
            Err(error) => Outcome::failed(error),
        }
    }
}

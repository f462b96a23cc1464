//! Messages of a parked connection: what waits, how much of it, and when it is taken up.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::constants::CloseReason;
use crate::io::{ConnId, Output};

use super::{Ctx, Hub};

/// What a waiting message costs beside its bytes: its place here, and its block's own overhead.
const OVERHEAD: usize = 64;
/// Places for messages that an inbox keeps when it is empty.
const ROOM: usize = 8;

/// Messages that wait for an answer about the one before them.
#[derive(Default)]
pub(super) struct Inbox {
    frames: VecDeque<Bytes>,
    bytes: usize,
}

impl Inbox {
    /// What is kept here, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    fn push(&mut self, frame: Bytes) -> usize {
        let cost = frame.len() + OVERHEAD;
        self.frames.push_back(frame);
        self.bytes += cost;
        cost
    }

    fn pop(&mut self) -> Option<(Bytes, usize)> {
        let frame = self.frames.pop_front()?;
        let cost = frame.len() + OVERHEAD;
        self.bytes -= cost;
        if self.frames.is_empty() {
            self.frames.shrink_to(ROOM);
        }
        Some((frame, cost))
    }
}

impl Hub {
    /// Has a connection's further messages wait.
    pub(super) fn park(&mut self, conn: Option<ConnId>) {
        if let Some(c) = conn.and_then(|id| self.conns.get_mut(&id)) {
            c.waits += 1;
        }
    }

    /// Frees a connection of one wait, does `work`, then takes up the messages that waited.
    pub(super) fn resume(&mut self, conn: Option<ConnId>, work: impl FnOnce(&mut Hub)) {
        if let Some(c) = conn.and_then(|id| self.conns.get_mut(&id)) {
            c.waits = c.waits.saturating_sub(1);
        }
        if let Some(id) = conn {
            // What was asked before may have another answer now; when it has, `work` finds
            // nobody there.
            self.still_welcome(id);
        }
        work(self);
        self.ctx = Ctx::default();
        if let Some(id) = conn {
            self.drain_inbox(id);
        }
    }

    fn drain_inbox(&mut self, id: ConnId) {
        loop {
            let Some(c) = self.conns.get_mut(&id) else {
                return;
            };
            if c.parked() {
                return;
            }
            let Some((frame, cost)) = c.inbox.pop() else {
                break;
            };
            self.parked -= cost;
            self.process(id, &frame);
        }
        if let Some(c) = self.conns.get_mut(&id).filter(|c| c.paused) {
            c.paused = false;
            self.out.push(Output::Read { conn: id, on: true });
        }
    }

    /// A message came: it is handled, or waits while its sender is parked.
    pub(super) fn frame(&mut self, id: ConnId, frame: Bytes) {
        let v = &self.config.viper;
        let size = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        let (messages, bytes) = (size(v.parked_messages), size(v.parked_bytes));
        let (login, all) = (size(v.parked_bytes_login), size(v.parked_bytes_all));
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if !c.parked() {
            self.process(id, &frame);
            return;
        }
        if !c.listed && c.inbox.bytes() + frame.len() + OVERHEAD > login {
            self.too_eager(id, login);
            return;
        }
        self.parked += c.inbox.push(frame);
        let full = c.inbox.len() > messages || c.inbox.bytes() > bytes || self.parked > all;
        if full && !c.paused {
            c.paused = true;
            self.out.push(Output::Read {
                conn: id,
                on: false,
            });
        }
    }

    /// Who is not logged in yet has sent more than may wait for the login to go on.
    fn too_eager(&mut self, id: ConnId, limit: usize) {
        self.close(
            id,
            CloseReason::LoginErr,
            format!(
                "You sent more than {limit} bytes before the hub could answer your login \
                 (parked_bytes_login)."
            ),
        );
    }
}

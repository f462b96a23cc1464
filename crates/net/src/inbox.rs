//! What other threads leave for an I/O thread.

use std::mem;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mio::Waker;
use mio::net::TcpStream;

use crate::accept::Seat;
use crate::{Door, Limits, NetCommand, Security, Zlib};

/// The letter box of one I/O thread. Putting something in never waits for the thread: its lock
/// is held only to move the content, by either side, and no other lock is taken inside.
pub(crate) struct Inbox {
    content: Mutex<Content>,
    waker: Waker,
}

#[derive(Default)]
struct Content {
    mail: Mail,
    /// The thread sleeps or is about to: who puts something in must wake it.
    asleep: bool,
    /// How often the thread has looked at its sockets.
    turns: u64,
}

/// What was left.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) commands: Vec<NetCommand>,
    pub(crate) sockets: Vec<Accepted>,
    pub(crate) limits: Option<Limits>,
    pub(crate) security: Option<Security>,
    pub(crate) zlib: Option<Option<Zlib>>,
    pub(crate) accept: Option<bool>,
    pub(crate) stop: Option<Instant>,
}

/// A socket another thread has accepted.
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) ip: IpAddr,
    pub(crate) peer_port: u16,
    pub(crate) port: u16,
    pub(crate) door: Door,
    pub(crate) seat: Seat,
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.commands.is_empty()
            && self.sockets.is_empty()
            && self.limits.is_none()
            && self.security.is_none()
            && self.zlib.is_none()
            && self.accept.is_none()
            && self.stop.is_none()
    }
}

impl Inbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Inbox {
            content: Mutex::new(Content::default()),
            waker,
        }
    }

    /// Leaves commands, after those already there.
    pub(crate) fn deliver(&self, mut commands: Vec<NetCommand>) {
        self.put(|mail| {
            if mail.commands.is_empty() {
                mem::swap(&mut mail.commands, &mut commands);
            } else {
                mail.commands.append(&mut commands);
            }
        });
    }

    /// Leaves anything else.
    pub(crate) fn put(&self, put: impl FnOnce(&mut Mail)) {
        let wake = {
            let mut content = self.lock();
            put(&mut content.mail);
            mem::take(&mut content.asleep)
        };
        if wake && let Err(error) = self.waker.wake() {
            threads::fail("net", &format!("it cannot be woken: {error}"));
        }
    }

    /// Before sleeping: whether nothing is there. If so, the next who comes wakes the thread.
    pub(crate) fn may_sleep(&self) -> bool {
        let mut content = self.lock();
        content.asleep = content.mail.is_empty();
        content.asleep
    }

    /// After sleeping: nobody needs to wake the thread any more.
    pub(crate) fn awake(&self) {
        let mut content = self.lock();
        content.asleep = false;
        content.turns += 1;
    }

    /// How many turns the thread has taken; has it take one more.
    pub(crate) fn turns(&self) -> u64 {
        self.put(|_| ());
        self.lock().turns
    }

    /// What is new of [`Mail::security`].
    pub(crate) fn security(&self) -> Option<Security> {
        self.lock().mail.security.clone()
    }

    /// Takes everything; `into` must be empty, its memory is used for what comes next.
    pub(crate) fn take(&self, into: &mut Mail) {
        mem::swap(&mut self.lock().mail, into);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

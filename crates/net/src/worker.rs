//! One I/O thread: its connections and its turns.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub::io::{Audience, ConnId, Gone, NetEvent, Tls};
use mio::event::Event;
use mio::{Events, Interest, Poll};

use crate::accept::{Acceptor, Open, is_lost};
use crate::conn::{Conn, Item, Opening};
use crate::flush::{CLOSE_CHECK, CLOSE_TIME};
use crate::id::{Source, conn_token, source, thread_of};
use crate::inbox::{Accepted, Inbox, Mail};
use crate::log::Log;
use crate::outbox::Piece;
use crate::pack::Packer;
use crate::read::READ_SIZE;
use crate::slots::Slots;
use crate::stats::{Counters, Tally};
use crate::tls::Session;
use crate::{Door, Limits, NetCommand, Security, Sink};

/// How long a client may take over a TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(15);

/// Commands for which there is room when none is there.
const MAIL_ROOM: usize = 4096;

/// Everything one I/O thread has. `read`, `flush` and `accept` hold the parts of its turn.
pub(crate) struct Worker {
    thread: usize,
    pub(crate) threads: usize,
    pub(crate) open: Open,
    poll: Poll,
    inbox: Arc<Inbox>,
    sink: Arc<dyn Sink>,
    counters: Arc<Counters>,
    pub(crate) tally: Tally,
    pub(crate) limits: Limits,
    pub(crate) security: Security,
    pub(crate) packer: Packer,
    /// Connections the hub does not know yet, by when they must have begun or finished TLS.
    pub(crate) detecting: VecDeque<(Instant, ConnId)>,
    pub(crate) shaking: VecDeque<(Instant, ConnId)>,
    /// Connections that are not read until then: they have sent more than their share, or are on their way out.
    pub(crate) resting: VecDeque<(Instant, ConnId)>,
    pub(crate) slots: Slots,
    pub(crate) log: Log,
    acceptor: Option<Acceptor>,
    accepting: bool,
    /// It cannot go on.
    broken: bool,
    /// Events for the sink.
    pub(crate) batch: Vec<NetEvent>,
    /// Connections of users to read, and all others.
    pub(crate) ready: VecDeque<ConnId>,
    pub(crate) strangers: VecDeque<ConnId>,
    /// Connections to write to.
    pub(crate) dirty: Vec<ConnId>,
    /// Connections to write to first.
    pub(crate) recent: VecDeque<ConnId>,
    /// Connections whose end has begun.
    pub(crate) closing: Vec<ConnId>,
    pub(crate) next_expiry: Instant,
    pub(crate) stopping: Option<Instant>,
    pub(crate) now: Instant,
    /// Where the walk through all connections is, and how many it has passed so far.
    pub(crate) walk_at: usize,
    pub(crate) visits: u64,
    /// How many slots there were when the log was last told.
    pub(crate) walk_length: usize,
    pub(crate) scratch: Box<[u8]>,
    pub(crate) pieces: Vec<Piece>,
    mail: Mail,
}

/// What a worker is made of.
pub(crate) struct Parts {
    pub(crate) thread: usize,
    /// How many there are.
    pub(crate) threads: usize,
    pub(crate) open: Open,
    pub(crate) poll: Poll,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) limits: Limits,
    pub(crate) acceptor: Option<Acceptor>,
}

impl Worker {
    pub(crate) fn new(parts: Parts) -> Self {
        let now = Instant::now();
        Worker {
            thread: parts.thread,
            threads: parts.threads,
            open: parts.open,
            poll: parts.poll,
            inbox: parts.inbox,
            sink: parts.sink,
            counters: parts.counters,
            tally: Tally::default(),
            limits: parts.limits,
            security: Security::default(),
            packer: Packer::default(),
            detecting: VecDeque::new(),
            shaking: VecDeque::new(),
            resting: VecDeque::new(),
            slots: Slots::new(parts.thread),
            log: Log::default(),
            acceptor: parts.acceptor,
            accepting: false,
            broken: false,
            batch: Vec::new(),
            ready: VecDeque::new(),
            strangers: VecDeque::new(),
            dirty: Vec::new(),
            recent: VecDeque::new(),
            closing: Vec::new(),
            next_expiry: now,
            stopping: None,
            now,
            walk_at: 0,
            visits: 0,
            walk_length: 0,
            scratch: vec![0; READ_SIZE].into_boxed_slice(),
            pieces: Vec::new(),
            mail: Mail::default(),
        }
    }

    /// Works until told to stop.
    ///
    /// # Errors
    /// Why it cannot go on.
    pub(crate) fn run(mut self) -> Result<(), String> {
        let mut events = Events::with_capacity(1024);
        while self.stopping.is_none_or(|end| self.now < end) {
            let timeout = self.timeout();
            match self.poll.poll(&mut events, timeout) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => events.clear(),
                Err(error) => {
                    self.broken("cannot wait for its sockets", &error);
                    break;
                }
            }
            self.inbox.awake();
            self.now = Instant::now();
            for event in &events {
                self.note(event);
            }
            self.accept();
            self.wake_rested();
            self.read_ready();
            self.greet_late();
            self.hand_over();
            self.take_mail();
            self.flush();
            self.expire();
            self.counters.add(&mut self.tally);
            if self.broken || self.stopping.is_some() && self.slots.len() == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Something that the thread lives on is not there any more. In the program that is the end
    /// of all; before any descriptor is closed, as its number may belong to something else now.
    pub(crate) fn broken(&mut self, what: &str, error: &io::Error) {
        threads::fail(
            &format!("net-{}", self.thread),
            &format!("it {what}: {error}"),
        );
        self.broken = true;
    }

    /// How long to sleep if nothing happens.
    fn timeout(&self) -> Option<Duration> {
        let walking = self.log.needed_until().is_some();
        let reading = !self.ready.is_empty() || !self.strangers.is_empty();
        if walking || reading || !self.batch.is_empty() || !self.dirty.is_empty() {
            return Some(Duration::ZERO);
        }
        let accepting = self.acceptor.as_ref().filter(|_| self.accepting);
        let due = [
            accepting.and_then(|acceptor| acceptor.due(self.now)),
            (!self.closing.is_empty()).then_some(CLOSE_CHECK),
            [&self.detecting, &self.shaking, &self.resting]
                .iter()
                .filter_map(|list| list.front())
                .map(|(at, _)| at.saturating_duration_since(self.now))
                .min(),
            self.stopping
                .map(|end| end.saturating_duration_since(self.now)),
        ];
        let timeout = due.into_iter().flatten().min();
        if timeout == Some(Duration::ZERO) || !self.inbox.may_sleep() {
            return Some(Duration::ZERO);
        }
        timeout
    }

    /// Notes what epoll says about one socket.
    fn note(&mut self, event: &Event) {
        match source(event.token()) {
            Source::Waker => {}
            Source::Listener(index) => {
                if let Some(acceptor) = &mut self.acceptor {
                    acceptor.note(index);
                }
            }
            Source::Conn(id) => {
                let Some(conn) = self.slots.get_mut(id) else {
                    return;
                };
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    conn.flags.readable = true;
                    conn.flags.hangup |= event.is_read_closed() || event.is_error();
                    if conn.flags.hangup && conn.closing.is_some() {
                        // Nothing more comes than is there; its end needs no waiting for.
                        conn.flags.resting = false;
                    }
                }
                let unblocked = event.is_writable() || event.is_error();
                if unblocked && mem::take(&mut conn.flags.blocked) {
                    self.queue_write(id);
                }
                self.queue_read(id);
            }
        }
    }

    fn accept(&mut self) {
        if !self.accepting {
            return;
        }
        if let Some(acceptor) = &mut self.acceptor {
            if acceptor.knocked()
                && let Some(security) = self.inbox.security()
            {
                // Who comes after a change finds it made.
                self.security = security;
            }
            let mut own = Vec::new();
            let accepted = acceptor.accept(self.now, self.limits.sockets(), &mut own);
            if let Err(error) = accepted {
                self.broken("cannot accept connections", &error);
            }
            for socket in own {
                self.add(socket);
            }
        }
    }

    /// Takes in a new connection.
    fn add(&mut self, socket: Accepted) {
        let Accepted {
            mut stream,
            ip,
            peer_port,
            port,
            door,
            seat,
        } = socket;
        let Some(conn) = self.slots.vacant() else {
            return;
        };
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        if let Err(error) = registry.register(&mut stream, conn_token(conn), interest) {
            if is_lost(&error) {
                self.broken("cannot watch a new connection", &error);
            }
            tracing::warn!(%error, "cannot watch a new connection from {ip}");
            return;
        }
        let mut fresh = Conn::new(stream, seat, &self.limits, self.log.end(), self.now);
        let opening = Opening {
            ip,
            peer_port,
            port,
            since: self.now,
        };
        fresh.opening = Some(Box::new(opening));
        match (door, &self.security) {
            (Door::Tls, Security { identity, .. }) => {
                let Some(session) = identity.as_ref().and_then(Session::accept) else {
                    tracing::debug!("closed a connection from {ip}: there is no TLS for it");
                    return;
                };
                fresh.tls = Some(Box::new(session));
                self.shaking.push_back((self.now + HANDSHAKE_TIME, conn));
            }
            (
                Door::Plain,
                Security {
                    identity: Some(_),
                    detect: Some(wait),
                    ..
                },
            ) => self.detecting.push_back((self.now + *wait, conn)),
            (Door::Plain, _) => fresh.announce(conn, Tls::Plain, &mut self.batch),
            (Door::Proxy, _) => fresh.announce(conn, Tls::Proxied, &mut self.batch),
        }
        let opens = fresh.opening.is_some();
        self.slots.insert(conn, fresh);
        self.tally.accepted += 1;
        if opens {
            self.thin_openings(ip);
        }
    }

    /// Looks after connections the hub does not know yet: who has not begun TLS in time is
    /// greeted without, who has not finished it in time goes.
    fn greet_late(&mut self) {
        while let Some(&(at, id)) = self.detecting.front()
            && at <= self.now
        {
            self.detecting.pop_front();
            match self.slots.get_mut(id) {
                Some(conn) if conn.tls.is_some() => {
                    self.shaking.push_back((self.now + HANDSHAKE_TIME, id));
                }
                Some(conn) if conn.closing.is_none() => {
                    conn.announce(id, Tls::Plain, &mut self.batch);
                }
                _ => {}
            }
        }
        while let Some(&(at, id)) = self.shaking.front()
            && at <= self.now
        {
            self.shaking.pop_front();
            self.drop_opening(id, "it has not finished TLS in time");
        }
    }

    /// Hands the turn's events to the hub; may block.
    fn hand_over(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = mem::take(&mut self.batch);
        if self.stopping.is_none() {
            // Whoever hears of a connection finds it counted.
            self.counters.add(&mut self.tally);
            self.sink.events(batch);
            if self.log.needed_until().is_some() {
                // In the middle of a walk: this thread will not sleep soon, and on a machine
                // with few cores the hub may be waiting for just this one.
                std::thread::yield_now();
            }
            self.now = Instant::now();
        }
    }

    /// Does what other threads have left to do.
    fn take_mail(&mut self) {
        let mut mail = mem::take(&mut self.mail);
        self.inbox.take(&mut mail);
        if let Some(limits) = mail.limits.take() {
            self.limits = limits;
        }
        if let Some(security) = mail.security.take() {
            self.security = security;
        }
        if let Some(zlib) = mail.zlib.take() {
            self.packer.set(zlib);
        }
        for socket in mail.sockets.drain(..) {
            if self.stopping.is_none() {
                self.add(socket);
            }
        }
        for command in mail.commands.drain(..) {
            self.command(command);
        }
        // The room serves the next turn, but a burst's is given back.
        mail.commands.shrink_to(MAIL_ROOM);
        match (mail.accept.take(), &mut self.acceptor) {
            (Some(true), Some(acceptor)) => {
                let registered = acceptor.register(self.poll.registry());
                self.accepting = true;
                if let Err(error) = registered {
                    self.broken("cannot listen", &error);
                }
            }
            (Some(false), _) => self.close_doors(),
            _ => {}
        }
        if let Some(deadline) = mail.stop.take() {
            self.close_doors();
            self.stopping = Some(deadline);
            for index in 0..self.slots.capacity() {
                if let Some((id, _)) = self.slots.at(index) {
                    self.begin_close(id, deadline);
                }
            }
        }
        self.mail = mail;
    }

    fn close_doors(&mut self) {
        if let Some(mut acceptor) = self.acceptor.take() {
            acceptor.deregister(self.poll.registry());
        }
    }

    fn command(&mut self, command: NetCommand) {
        let seen = self.log.end();
        match command {
            NetCommand::Send { data, .. } if data.is_empty() => {}
            NetCommand::Send {
                to: Audience::One(id),
                data,
            } => {
                if let Some((conn, traits)) = self.open(id) {
                    conn.catch_up(seen, *traits);
                    conn.items.push(Item::Private(data));
                    self.queue_write(id);
                }
            }
            NetCommand::Send {
                to: Audience::Group(group),
                data,
            } => {
                if let Some(id) = group.except
                    && thread_of(id) == self.thread
                    && let Some((conn, traits)) = self.open(id)
                {
                    conn.catch_up(seen, *traits);
                    conn.cursor = seen.past_next();
                    self.queue_write(id);
                }
                self.log.push(group, &data);
            }
            NetCommand::Traits { conn: id, traits } => {
                if let Some((conn, old)) = self.open(id) {
                    conn.catch_up(seen, *old);
                    self.slots.set_traits(id, traits);
                    self.queue_write(id);
                }
            }
            NetCommand::Read { conn: id, on } => {
                if let Some((conn, _)) = self.open(id) {
                    conn.flags.read_on = on;
                    self.queue_read(id);
                }
            }
            NetCommand::Charge { conn: id, cost } => {
                let rate = self.limits.max_rate;
                if let Some((conn, _)) = self.open(id) {
                    conn.budget.spend(cost, rate);
                }
            }
            NetCommand::Close { conn: id } => {
                if self.open(id).is_some() {
                    self.begin_close(id, self.now + CLOSE_TIME);
                }
            }
        }
    }

    /// A connection the hub still knows.
    fn open(&mut self, id: ConnId) -> Option<(&mut Conn, &mut hub::io::Traits)> {
        self.slots
            .with_traits(id)
            .filter(|(conn, _)| conn.closing.is_none())
    }

    /// Ends a connection that the hub does not know yet, and says so in its place.
    pub(crate) fn drop_opening(&mut self, id: ConnId, why: &str) {
        let conn = self.slots.get_mut(id);
        if let Some(opening) = conn.and_then(|c| c.opening.as_ref()) {
            tracing::debug!("closed a connection from {}: {why}", opening.ip);
            self.drop_conn(id, None);
        }
    }

    /// Ends a connection at once; tells the hub why unless it has closed it itself.
    pub(crate) fn drop_conn(&mut self, id: ConnId, why: Option<Gone>) {
        let Some(conn) = self.slots.remove(id) else {
            return;
        };
        self.tally.closed += 1;
        if let Some(why) = why
            && conn.closing.is_none()
            && conn.opening.is_none()
        {
            self.tally.slow += u64::from(why == Gone::Slow);
            self.batch.push(NetEvent::Closed { conn: id, why });
        }
    }
}

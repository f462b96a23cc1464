//! All clients in one thread.
//!
//! Senders have a poll of their own that is looked at every few reads of the others, so that
//! the time an echo takes is the hub's and not ours.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::Error;
use crate::args::Options;
use crate::cast;
use crate::client::{Client, Heard};
use crate::wire::{Tls, Wire};

/// The token of the senders' poll in the other one.
const SENDERS: Token = Token(usize::MAX);
/// Reads of listeners between two looks at the senders.
const READS_BETWEEN: usize = 32;
const READ_SIZE: usize = 256 * 1024;
/// What has not come when nothing has come for so long is lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// Many clients of one hub.
pub struct Swarm {
    options: Options,
    /// What the times in messages are counted from.
    base: Instant,
    tls: Option<Tls>,
    poll: Poll,
    fast: Poll,
    members: Vec<Option<Member>>,
    scratch: Vec<u8>,
    heard: Heard,
    events: Events,
    fast_events: Events,
    /// What has happened so far.
    pub seen: Seen,
}

struct Member {
    wire: Wire,
    client: Client,
}

/// Counters.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Clients that were logged in.
    pub logged_in: usize,
    /// Clients refused or lost.
    pub lost: usize,
    /// What the first of them heard last.
    pub last_words: String,
    /// Chat lines received, by all together.
    pub lines: u64,
    /// Other messages received, by all together.
    pub commands: u64,
    /// Private messages received.
    pub private: u64,
    /// Search results received.
    pub results: u64,
    /// Messages that did not come in their turn.
    pub wrong: u64,
    /// Compressed blocks received.
    pub blocks: u64,
    /// Chat lines sent.
    pub said: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Reads that brought something.
    pub reads: u64,
    /// How long own lines took to come back.
    pub echoes: Vec<Duration>,
}

impl Swarm {
    /// Nobody yet.
    pub fn new(options: Options) -> Result<Swarm, Error> {
        let wanted = options.clients as u64 + 100;
        rlimit::increase_nofile_limit(wanted).map_err(Error::io("raising the descriptor limit"))?;
        let poll = Poll::new().map_err(Error::io("epoll"))?;
        let fast = Poll::new().map_err(Error::io("epoll"))?;
        poll.registry()
            .register(
                &mut SourceFd(&fast.as_raw_fd()),
                SENDERS,
                Interest::READABLE,
            )
            .map_err(Error::io("epoll in epoll"))?;
        Ok(Swarm {
            tls: options.tls.then(Tls::new).transpose()?,
            options,
            base: Instant::now(),
            poll,
            fast,
            members: Vec::new(),
            scratch: vec![0; READ_SIZE],
            heard: Heard::default(),
            events: Events::with_capacity(1024),
            fast_events: Events::with_capacity(256),
            seen: Seen::default(),
        })
    }

    /// Logs all clients in, some at a time. Says how long it took.
    pub fn log_in(&mut self) -> Result<Duration, Error> {
        let start = Instant::now();
        let clients = self.options.clients;
        while self.seen.logged_in < clients {
            while self.members.len() < clients
                && self.members.len() - self.seen.logged_in < self.options.at_once
            {
                self.connect()?;
            }
            self.step(Duration::from_millis(100))?;
            self.check_lost()?;
            if start.elapsed() > self.options.timeout {
                return Err(Error::Timeout {
                    done: self.seen.logged_in,
                    clients,
                    limit: self.options.timeout,
                });
            }
        }
        Ok(start.elapsed())
    }

    /// Fails if a client is not there any more.
    pub fn check_lost(&self) -> Result<(), Error> {
        if self.seen.lost == 0 {
            return Ok(());
        }
        Err(Error::Refused {
            failed: self.seen.lost,
            clients: self.options.clients,
            said: self.seen.last_words.clone(),
        })
    }

    /// Reads until nothing has come for so long. Says when the last bytes came.
    pub fn settle(&mut self, quiet: Duration) -> Result<Instant, Error> {
        let start = Instant::now();
        let mut last = start;
        while last.elapsed() < quiet && start.elapsed() < self.options.timeout {
            let before = self.seen.bytes;
            self.step(quiet.saturating_sub(last.elapsed()))?;
            if self.seen.bytes != before {
                last = Instant::now();
            }
        }
        Ok(last)
    }

    /// Goes on until all has come that is due, or nothing more comes.
    pub fn await_all(&mut self, done: impl Fn(&Seen) -> bool) -> Result<(), Error> {
        let mut last = Instant::now();
        while !done(&self.seen) && last.elapsed() < PATIENCE {
            let before = self.seen.bytes;
            self.step(Duration::from_millis(100))?;
            if self.seen.bytes != before {
                last = Instant::now();
            }
        }
        Ok(())
    }

    /// The senders begin to talk.
    pub fn start_talking(&mut self) {
        let now = Instant::now();
        for index in 0..self.options.senders {
            if let Some(Some(member)) = self.members.get_mut(index) {
                self.seen.said += member.client.start(self.options.in_flight, now);
            }
            self.write(index);
        }
    }

    /// They say nothing more; what is under way still comes.
    pub fn stop_talking(&mut self) {
        for member in self.members.iter_mut().flatten() {
            member.client.stop();
        }
    }

    /// A client searches.
    pub fn search(&mut self, index: usize, by_hash: bool) {
        if let Some(Some(member)) = self.members.get_mut(index) {
            member.client.search(by_hash, Instant::now());
        }
        self.write(index);
    }

    /// A client sends some bytes.
    pub fn send(&mut self, index: usize, bytes: &[u8]) {
        if let Some(Some(member)) = self.members.get_mut(index) {
            member.client.out.extend_from_slice(bytes);
        }
        self.write(index);
    }

    /// All but the first ones leave at once.
    pub fn leave(&mut self, but: usize) {
        self.members.truncate(but);
    }

    /// Goes on for so long.
    pub fn run(&mut self, time: Duration) -> Result<(), Error> {
        let start = Instant::now();
        while let Some(left) = time.checked_sub(start.elapsed()) {
            self.step(left)?;
        }
        Ok(())
    }

    /// Waits once and reads what has come.
    pub fn step(&mut self, timeout: Duration) -> Result<(), Error> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let polled = self.poll.poll(&mut events, Some(timeout));
        let mut reads = READS_BETWEEN;
        for event in &events {
            if reads >= READS_BETWEEN {
                reads = 0;
                self.serve_senders()?;
            }
            if event.token() != SENDERS {
                reads += 1;
                self.serve(event.token().0, event.is_writable());
            }
        }
        self.events = events;
        match polled {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                Err(Error::io("waiting for sockets")(error))
            }
            _ => Ok(()),
        }
    }

    fn serve_senders(&mut self) -> Result<(), Error> {
        let mut events = std::mem::replace(&mut self.fast_events, Events::with_capacity(0));
        let polled = self.fast.poll(&mut events, Some(Duration::ZERO));
        for event in &events {
            self.serve(event.token().0, event.is_writable());
        }
        self.fast_events = events;
        match polled {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                Err(Error::io("waiting for senders")(error))
            }
            _ => Ok(()),
        }
    }

    fn connect(&mut self) -> Result<(), Error> {
        let index = self.members.len();
        let profile = cast::profile(&self.options, self.base, index);
        let source = Ipv4Addr::new(127, 0, 0, 2 + (index % self.options.sources as usize) as u8);
        let socket = open(source, &self.options, &profile.nick)?;
        let mut stream = TcpStream::from_std(socket.into());
        let timed = profile.role.is_timed();
        let poll = if timed { &self.fast } else { &self.poll };
        poll.registry()
            .register(
                &mut stream,
                Token(index),
                Interest::READABLE | Interest::WRITABLE,
            )
            .map_err(Error::io("watching a socket"))?;
        let wire = Wire::new(stream, self.tls.as_ref(), profile.zpipe)?;
        let client = Client::new(profile);
        self.members.push(Some(Member { wire, client }));
        Ok(())
    }

    /// Reads all a client has, lets it answer.
    fn serve(&mut self, index: usize, writable: bool) {
        let Some(Some(member)) = self.members.get_mut(index) else {
            return;
        };
        let mut lost = false;
        let mut got = false;
        let (client, heard, seen) = (&mut member.client, &mut self.heard, &mut self.seen);
        loop {
            let fed = member.wire.read(&mut self.scratch, |plain| {
                client.feed(plain, Instant::now(), heard);
            });
            match fed {
                Ok(read) => {
                    got |= read.bytes > 0;
                    lost |= read.ended;
                    seen.bytes += read.bytes as u64;
                    seen.reads += u64::from(read.bytes > 0);
                    seen.blocks += read.blocks;
                    if read.more && !read.ended {
                        continue;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Still connecting.
                Err(error) if error.kind() == ErrorKind::NotConnected => {}
                Err(error) => {
                    client.last_words = error.to_string().into_bytes();
                    lost = true;
                }
            }
            break;
        }
        seen.lines += std::mem::take(&mut heard.lines);
        seen.commands += std::mem::take(&mut heard.commands);
        seen.private += std::mem::take(&mut heard.private);
        seen.results += std::mem::take(&mut heard.results);
        seen.wrong += std::mem::take(&mut heard.wrong);
        seen.said += std::mem::take(&mut heard.said);
        seen.logged_in += usize::from(std::mem::take(&mut heard.logged_in));
        seen.echoes.append(&mut heard.echoes);
        if lost {
            self.lose(index);
        } else if got || writable {
            self.write(index);
        }
    }

    fn write(&mut self, index: usize) {
        let Some(Some(member)) = self.members.get_mut(index) else {
            return;
        };
        // What does not fit goes when there is room, and an error shows by the next read.
        member.wire.write(&mut member.client.out);
    }

    fn lose(&mut self, index: usize) {
        if let Some(slot) = self.members.get_mut(index)
            && let Some(member) = slot.take()
        {
            if self.seen.lost == 0 {
                let said = String::from_utf8_lossy(&member.client.last_words);
                self.seen.last_words = if said.is_empty() {
                    "nothing".to_owned()
                } else {
                    said.into_owned()
                };
            }
            self.seen.lost += 1;
        }
    }
}

/// A socket on its way to the hub.
fn open(source: Ipv4Addr, options: &Options, nick: &str) -> Result<Socket, Error> {
    let hub: SocketAddr = options.addr;
    let what = format!("connecting {nick} from {source} to {hub}");
    let tried = || -> std::io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(bytes) = options.receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        if hub.ip().is_loopback() {
            socket.bind(&SocketAddr::V4(SocketAddrV4::new(source, 0)).into())?;
        }
        match socket.connect(&hub.into()) {
            // EINPROGRESS has no kind of its own.
            Err(error)
                if error.kind() != ErrorKind::WouldBlock && error.raw_os_error() != Some(115) =>
            {
                Err(error)
            }
            _ => Ok(socket),
        }
    };
    tried().map_err(Error::io(&what))
}

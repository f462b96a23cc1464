//! A hub side and a client side for tests over real sockets. Nothing sleeps: every wait ends
//! with what it waits for, or fails after [`PATIENCE`].
#![allow(
    dead_code,
    missing_docs,
    reason = "shared by several test binaries, none uses all"
)]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hub::io::{Audience, ConnId, Gone, Group, NetEvent, Tls, Traits};
use net::{Door, Limits, Listening, Net, NetCommand, NetConfig, Security};

pub const PATIENCE: Duration = Duration::from_secs(20);

/// The descriptors left to tests that run beside a [`Crowd`]: what a usual limit of 1024 has to spare.
const FOR_OTHERS: u64 = 224;
/// With fewer clients a test of many would show nothing.
const FEW: usize = 100;

/// The right to have many clients. Both ends of each connection are descriptors of this process, so only one
/// test at a time has it, and the crowd is as large as the system's limit allows.
pub struct Crowd {
    pub size: usize,
    _turn: MutexGuard<'static, ()>,
}

impl Crowd {
    pub fn of(wanted: usize) -> Crowd {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let need = 2 * wanted as u64 + FOR_OTHERS;
        let limit = rlimit::increase_nofile_limit(need).expect("the limit of descriptors is known");
        let size = (limit.saturating_sub(FOR_OTHERS) / 2).min(wanted as u64) as usize;
        assert!(
            size >= FEW,
            "{limit} file descriptors are too few for this test"
        );
        Crowd { size, _turn: turn }
    }
}

/// The hub's place, taken by the test.
pub struct Side {
    pub net: Net,
    pub port: u16,
    events: Receiver<Vec<NetEvent>>,
    queue: VecDeque<NetEvent>,
}

impl Side {
    pub fn start(threads: usize, limits: Limits) -> Side {
        Side::start_at(threads, limits, Door::Plain, None)
    }

    pub fn start_at(
        threads: usize,
        limits: Limits,
        door: Door,
        security: Option<Security>,
    ) -> Side {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (send, events) = channel();
        let sink = move |batch: Vec<NetEvent>| {
            // After the end of a test nobody listens.
            drop(send.send(batch));
        };
        let config = NetConfig { threads, limits };
        let listening = Listening {
            socket: listener,
            door,
        };
        let net = Net::start(config, vec![listening], Arc::new(sink)).expect("net starts");
        if let Some(security) = security {
            net.set_security(&security);
        }
        net.start_accepting();
        Side {
            net,
            port,
            events,
            queue: VecDeque::new(),
        }
    }

    pub fn next(&mut self) -> NetEvent {
        while self.queue.is_empty() {
            let batch = self.events.recv_timeout(PATIENCE).expect("an event");
            self.queue.extend(batch);
        }
        self.queue.pop_front().expect("not empty")
    }

    /// What is there already, if anything.
    pub fn try_next(&mut self) -> Result<NetEvent, TryRecvError> {
        if self.queue.is_empty() {
            self.queue.extend(self.events.try_recv()?);
        }
        self.queue.pop_front().ok_or(TryRecvError::Empty)
    }

    /// What comes within this time.
    pub fn wait(&mut self, time: Duration) -> Result<NetEvent, RecvTimeoutError> {
        if self.queue.is_empty() {
            self.queue.extend(self.events.recv_timeout(time)?);
        }
        self.queue.pop_front().ok_or(RecvTimeoutError::Timeout)
    }

    pub fn connect(&mut self) -> (ConnId, TcpStream) {
        let client = client(self.port);
        loop {
            if let NetEvent::Connected {
                conn,
                ip,
                peer_port,
                port,
                tls,
            } = self.next()
            {
                assert_eq!(tls, Tls::Plain);
                assert!(ip.is_loopback());
                let own = client.local_addr().map(|address| address.port());
                assert_eq!(own.ok(), Some(peer_port));
                assert_eq!(port, self.port);
                return (conn, client);
            }
        }
    }

    pub fn frame(&mut self) -> (ConnId, Bytes) {
        match self.next() {
            NetEvent::Frame { conn, frame } => (conn, frame),
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    pub fn closed(&mut self) -> (ConnId, Gone) {
        loop {
            if let NetEvent::Closed { conn, why } = self.next() {
                return (conn, why);
            }
        }
    }

    pub fn send(&self, conn: ConnId, data: impl Into<Bytes>) {
        self.net.deliver(vec![one(conn, data)]);
    }
}

pub fn client(port: u16) -> TcpStream {
    let client = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    client.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    client.set_nodelay(true).expect("no delay");
    client
}

pub fn one(conn: ConnId, data: impl Into<Bytes>) -> NetCommand {
    NetCommand::Send {
        to: Audience::One(conn),
        data: data.into(),
    }
}

pub fn all(data: impl Into<Bytes>) -> NetCommand {
    NetCommand::Send {
        to: Audience::Group(EVERYBODY),
        data: data.into(),
    }
}

pub const EVERYBODY: Group = Group {
    all: Traits::EMPTY,
    any: Traits::EMPTY,
    none: Traits::EMPTY,
    except: None,
};

pub fn close(conn: ConnId) -> NetCommand {
    NetCommand::Close { conn }
}

pub fn say(client: &mut TcpStream, text: &[u8]) {
    client.write_all(text).expect("writes");
}

/// Reads exactly this many bytes.
pub fn hear(client: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut got = vec![0; count];
    client.read_exact(&mut got).expect("reads");
    got
}

/// Reads up to the end.
pub fn hear_all(client: &mut TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    client.read_to_end(&mut got).expect("ends well");
    got
}

/// A generator whose sequence a failed run can be repeated with.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

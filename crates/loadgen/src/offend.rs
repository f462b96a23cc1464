//! Clients that do what they should not, until this process is ended or its time is over.
//!
//! `ready` on standard output says that they are all in place.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::Error;
use crate::args::{Offence, Options};
use crate::report::Report;
use crate::scenario::QUIET;
use crate::swarm::Swarm;

/// What a flood consists of.
const FLOOD: u64 = 100_000_000;
/// Rest between two floods, and between two knocks.
const REST: Duration = Duration::from_millis(20);

/// Misbehaves.
pub fn run(options: &Options) -> Result<Report, Error> {
    let end = Instant::now() + options.timeout;
    let mut report = Report::default();
    match options.kind {
        Offence::Deaf => {
            let mut options = options.clone();
            // The system would else hide for minutes that nobody reads.
            options.receive_buffer = Some(4096);
            let mut swarm = Swarm::new(options)?;
            swarm.log_in()?;
            swarm.settle(QUIET)?;
            ready()?;
            wait(end);
        }
        Offence::Drip => {
            let mut swarm = Swarm::new(options.clone())?;
            swarm.log_in()?;
            swarm.settle(QUIET)?;
            ready()?;
            let line = format!("<{}00000> ", options.nick);
            let bytes = line.bytes().chain(std::iter::repeat(b'x'));
            for byte in bytes.take_while(|_| Instant::now() < end) {
                (0..options.clients).for_each(|index| swarm.send(index, &[byte]));
                swarm.run(Duration::from_secs(1))?;
            }
            report.row("lost", "clients lost", swarm.seen.lost as f64, "");
        }
        Offence::Flood => {
            ready()?;
            let (mut floods, mut taken) = (0u64, 0u64);
            while Instant::now() < end {
                taken += flood(options)?;
                floods += 1;
                std::thread::sleep(REST);
            }
            report.row("floods", "floods", floods as f64, "");
            let each = taken as f64 / floods as f64;
            report.row("taken", "bytes that left of each", each, "B");
        }
        Offence::Silent => {
            raise_limit(options)?;
            let mut silent = Vec::new();
            for index in 0..options.clients {
                silent.push(connect(options, index)?);
            }
            ready()?;
            wait(end);
        }
        Offence::Knock => {
            raise_limit(options)?;
            ready()?;
            let start = Instant::now();
            let mut there = VecDeque::new();
            let mut count = 0;
            while Instant::now() < end {
                while (count as f64) < start.elapsed().as_secs_f64() * options.rate {
                    there.push_back(connect(options, count)?);
                    count += 1;
                    if there.len() > options.clients {
                        there.pop_front();
                    }
                }
                std::thread::sleep(REST);
            }
            report.row("knocks", "connections", count as f64, "");
        }
        Offence::UserIp => {
            let sent = pour(options, end, |index| {
                let nick = format!("{}{index:05}", options.nick);
                let names = format!("{nick}$$").repeat(10_000 / (nick.len() + 2));
                (guest(&nick), format!("$UserIP {names}|"))
            })?;
            report.row("sent", "bytes sent", sent as f64, "B");
        }
        Offence::Spin => {
            ready()?;
            while Instant::now() < end {
                std::hint::spin_loop();
            }
        }
        Offence::Unfinished => {
            let nick = &options.nick;
            let sent = pour(options, end, |_| {
                let opening = format!("$Supports NoHello |$Key x|$ValidateNick {nick}|$MyPass x|");
                (opening, format!("<{nick}> {}|", "x".repeat(10_000)))
            })?;
            report.row("sent", "bytes sent", sent as f64, "B");
        }
    }
    Ok(report)
}

/// A whole login at once.
fn guest(nick: &str) -> String {
    format!(
        "$Supports NoHello NoGetINFO |$Key x|$ValidateNick {nick}|$Version 1,0091|\
         $MyINFO $ALL {nick} <load V:1,M:A,H:1/0/0,S:1>$ $100\x01$$1$|"
    )
}

/// One connection that is sent to without end.
struct Pour {
    socket: TcpStream,
    opening: String,
    filler: String,
    /// How much of opening and first filler is sent; after that, of the filler, behind the opening.
    at: usize,
}

impl Pour {
    fn begin(socket: TcpStream, (opening, filler): (String, String)) -> Result<Pour, Error> {
        socket
            .set_nonblocking(true)
            .map_err(Error::io("a socket that does not wait"))?;
        Ok(Pour {
            socket,
            opening,
            filler,
            at: 0,
        })
    }

    /// Sends what the socket takes and throws away what has come; `None`: the hub has closed it.
    fn turn(&mut self, scratch: &mut [u8]) -> Option<usize> {
        loop {
            match self.socket.read(scratch) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return None,
            }
        }
        let opening = self.opening.len();
        let rest = match self.at < opening {
            true => self.opening.as_bytes().get(self.at..),
            false => self.filler.as_bytes().get(self.at - opening..),
        };
        match self.socket.write(rest.unwrap_or_default()) {
            Ok(count) => {
                self.at += count;
                if self.at == opening + self.filler.len() {
                    self.at = opening;
                }
                Some(count)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Some(0),
            Err(_) => None,
        }
    }
}

/// Has all clients send an opening and then the same message without end, as fast as they can; who
/// is thrown out comes again. `what` says both for each client. Returns how much was sent.
fn pour(
    options: &Options,
    end: Instant,
    what: impl Fn(usize) -> (String, String),
) -> Result<u64, Error> {
    raise_limit(options)?;
    let mut scratch = vec![0; 64 * 1024];
    let mut all = Vec::new();
    for index in 0..options.clients {
        all.push(Pour::begin(connect(options, index)?, what(index))?);
    }
    // A first turn, so that all of them have said something.
    let mut sent = 0;
    let mut told = false;
    while Instant::now() < end {
        let mut taken = 0;
        for (index, one) in all.iter_mut().enumerate() {
            match one.turn(&mut scratch) {
                Some(count) => taken += count,
                None => *one = Pour::begin(connect(options, index)?, what(index))?,
            }
        }
        sent += taken as u64;
        if !std::mem::replace(&mut told, true) {
            ready()?;
        }
        if taken == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    Ok(sent)
}

fn raise_limit(options: &Options) -> Result<(), Error> {
    let wanted = options.clients as u64 + 100;
    rlimit::increase_nofile_limit(wanted).map_err(Error::io("raising the descriptor limit"))?;
    Ok(())
}

fn ready() -> Result<(), Error> {
    let mut out = std::io::stdout();
    writeln!(out, "ready")
        .and_then(|()| out.flush())
        .map_err(Error::io("saying ready"))
}

fn wait(end: Instant) {
    std::thread::sleep(end.saturating_duration_since(Instant::now()));
}

fn connect(options: &Options, index: usize) -> Result<TcpStream, Error> {
    let source = Ipv4Addr::new(127, 0, 1, 2 + (index % options.sources as usize) as u8);
    let tried = || -> std::io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        if options.addr.ip().is_loopback() {
            socket.bind(&SocketAddrV4::new(source, 0).into())?;
        }
        socket.connect(&options.addr.into())?;
        Ok(socket.into())
    };
    tried().map_err(Error::io("connecting"))
}

/// Sends until the hub has had enough; how much that was, the system's own buffers included.
fn flood(options: &Options) -> Result<u64, Error> {
    let mut socket = connect(options, 0)?;
    let chunk = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    while sent < FLOOD {
        match socket.write(&chunk) {
            Ok(count) => sent += count as u64,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    Ok(sent)
}

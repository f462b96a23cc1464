//! Clients that do what they should not, until this process is ended or its time is over.
//!
//! `ready` on standard output says that they are all in place.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
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
    }
    Ok(report)
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

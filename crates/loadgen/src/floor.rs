//! The least a fan-out can cost: a bare loop that writes ready bytes to as many sockets.
//!
//! The server is a process of its own so that its processor time can be told from ours. One
//! block of `senders * in_flight` lines, as much as a hub can batch under the same load, goes to
//! every socket; when the last client has it all, the next follows.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::args::Options;
use crate::report::Report;
use crate::{Error, proc};

const READ_SIZE: usize = 256 * 1024;

/// Bytes written to each socket in one round.
fn block_size(options: &Options) -> usize {
    options.line * (options.senders * options.in_flight).max(1)
}

/// The bare loop; ends when its client does.
pub fn serve(options: &Options) -> Result<(), Error> {
    let wanted = options.clients as u64 + 100;
    rlimit::increase_nofile_limit(wanted).map_err(Error::io("raising the descriptor limit"))?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::io("listening"))?;
    let port = listener
        .local_addr()
        .map_err(Error::io("listening"))?
        .port();
    println!("port {port}");
    let mut sockets = Vec::new();
    for _ in 0..options.clients {
        let (socket, _) = listener.accept().map_err(Error::io("accepting"))?;
        socket.set_nodelay(true).map_err(Error::io("no delay"))?;
        sockets.push(socket);
    }
    let mut line = vec![b'x'; options.line];
    if let Some(last) = line.last_mut() {
        *last = b'|';
    }
    let block = line.repeat(block_size(options) / options.line.max(1));
    loop {
        for socket in &mut sockets {
            if socket.write_all(&block).is_err() {
                return Ok(());
            }
        }
        match sockets.last_mut().map(|last| last.read(&mut [0])) {
            Some(Ok(1)) => {}
            _ => return Ok(()),
        }
    }
}

/// The server process; ended with this value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        if self.0.kill().is_ok() {
            self.0.wait().ok();
        }
    }
}

/// Starts the server, reads from it as long as a hub would be measured.
pub fn run(options: &Options) -> Result<Report, Error> {
    let program = std::env::current_exe().map_err(Error::io("finding this program"))?;
    let mut child = Command::new(program)
        .arg("floor-server")
        .args(["--clients", &options.clients.to_string()])
        .args(["--senders", &options.senders.to_string()])
        .args(["--in-flight", &options.in_flight.to_string()])
        .args(["--line", &options.line.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Error::io("starting the floor server"))?;
    let stdout = child.stdout.take();
    let server = Server(child);
    let mut first = String::new();
    if let Some(stdout) = stdout {
        BufReader::new(stdout)
            .read_line(&mut first)
            .map_err(Error::io("hearing the floor server"))?;
    }
    let port: u16 = first
        .strip_prefix("port ")
        .and_then(|port| port.trim().parse().ok())
        .ok_or_else(|| Error::Usage(format!("the floor server said {first:?}")))?;
    measure(options, port, server.0.id())
}

fn measure(options: &Options, port: u16, server: u32) -> Result<Report, Error> {
    let wanted = options.clients as u64 + 100;
    rlimit::increase_nofile_limit(wanted).map_err(Error::io("raising the descriptor limit"))?;
    let mut poll = Poll::new().map_err(Error::io("epoll"))?;
    let mut sockets = Vec::new();
    for index in 0..options.clients {
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let socket = TcpStream::connect(addr).map_err(Error::io("connecting"))?;
        socket.set_nonblocking(true).map_err(Error::io("socket"))?;
        socket.set_nodelay(true).map_err(Error::io("socket"))?;
        let mut socket = mio::net::TcpStream::from_std(socket);
        poll.registry()
            .register(&mut socket, Token(index), Interest::READABLE)
            .map_err(Error::io("watching a socket"))?;
        sockets.push(socket);
    }
    let mut events = Events::with_capacity(1024);
    let mut scratch = vec![0; READ_SIZE];
    let block = block_size(options) as u64;
    let mut bytes = 0;
    // What the last client has of the block under way.
    let mut last_has = 0;
    let begin = Instant::now();
    let mut from = None;
    while begin.elapsed() < options.warm_up + options.time {
        if from.is_none() && begin.elapsed() >= options.warm_up {
            from = Some((bytes, Instant::now(), proc::cpu(server), proc::own_cpu()));
        }
        match poll.poll(&mut events, Some(Duration::from_millis(100))) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                return Err(Error::io("waiting for sockets")(error));
            }
            _ => {}
        }
        for event in &events {
            let index = event.token().0;
            let Some(socket) = sockets.get_mut(index) else {
                continue;
            };
            let mut got = 0;
            loop {
                match socket.read(&mut scratch) {
                    Ok(READ_SIZE) => got += READ_SIZE as u64,
                    Ok(0) => return Err(Error::io("floor server")(ErrorKind::BrokenPipe.into())),
                    Ok(count) => {
                        got += count as u64;
                        break;
                    }
                    Err(_) => break,
                }
            }
            bytes += got;
            if index + 1 == options.clients {
                last_has += got;
                if last_has >= block {
                    last_has -= block;
                    socket.write_all(b"n").map_err(Error::io("floor server"))?;
                }
            }
        }
    }
    let mut report = Report::default();
    if let Some((bytes_then, then, cpu, own)) = from {
        let lines = (bytes - bytes_then) as f64 / options.line as f64;
        let wall = then.elapsed().as_secs_f64();
        let spent = |now: Duration, before| now.saturating_sub(before).as_secs_f64();
        let cpu = proc::cpu(server)
            .zip(cpu)
            .map(|(now, before)| spent(now, before));
        let per_line = cpu.map(|cpu| cpu * 1e6 / lines);
        report.row(
            "floor_lines_per_s",
            "floor: lines delivered",
            lines / wall,
            "/s",
        );
        report.row(
            "floor_us_per_line",
            "floor: CPU per delivered line",
            per_line,
            "us",
        );
        let own = spent(proc::own_cpu(), own) / wall * 100.0;
        report.row("floor_own_cpu", "floor: generator's CPU", own, "%");
    }
    Ok(report)
}

//! Local ports behind which a hub is reached in another way, so that a plain client can be used.

use std::io::{BufRead, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use loadgen::trust::trusting;
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

/// A port behind which the hub speaks TLS.
pub struct Tunnel {
    pub address: SocketAddr,
    /// The certificates that were shown, in order.
    pub shown: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A port of this machine; each connection is given to `serve` in a thread of its own.
fn port(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serve = Arc::new(serve);
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            client.set_nodelay(true).ok();
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(client));
        }
    });
    address
}

impl Tunnel {
    pub fn to(hub: SocketAddr) -> Tunnel {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&shown);
        let address = port(move |client| secure(client, hub, &seen));
        Tunnel { address, shown }
    }

    /// The certificate of the last connection.
    pub fn last_certificate(&self) -> Vec<u8> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.last().cloned().expect("a certificate was shown")
    }
}

fn secure(client: TcpStream, hub: SocketAddr, shown: &Mutex<Vec<Vec<u8>>>) {
    let config = trusting(rustls::ALL_VERSIONS).expect("rustls has versions");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut session = ClientConnection::new(Arc::new(config), name).expect("a session");
    let Ok(mut socket) = TcpStream::connect(hub) else {
        return;
    };
    socket.set_nodelay(true).ok();
    while session.is_handshaking() {
        if session.complete_io(&mut socket).is_err() {
            client.shutdown(Shutdown::Both).ok();
            return;
        }
    }
    if let Some(first) = session.peer_certificates().and_then(<[_]>::first) {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push(first.to_vec());
    }
    let session = Arc::new(Mutex::new(session));
    let (up, mut out) = (Arc::clone(&session), socket.try_clone().expect("a copy"));
    let mut from = client.try_clone().expect("a copy");
    thread::spawn(move || {
        let mut buffer = [0; 16_384];
        loop {
            let count = from.read(&mut buffer).unwrap_or(0);
            let mut session = up.lock().unwrap_or_else(PoisonError::into_inner);
            if count == 0 {
                session.send_close_notify();
            } else {
                session
                    .writer()
                    .write_all(&buffer[..count])
                    .expect("memory");
            }
            while session.wants_write() {
                if session.write_tls(&mut out).is_err() {
                    return;
                }
            }
            if count == 0 {
                out.shutdown(Shutdown::Write).ok();
                return;
            }
        }
    });
    let mut to = client;
    let mut buffer = [0; 16_384];
    // Application data may have come with the end of the handshake.
    let mut sealed: &[u8] = &[];
    loop {
        let mut plain = Vec::new();
        {
            let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                if session.process_new_packets().is_err() {
                    to.shutdown(Shutdown::Both).ok();
                    return;
                }
                while let Ok(chunk) = session.reader().fill_buf() {
                    if chunk.is_empty() {
                        break;
                    }
                    let length = chunk.len();
                    plain.extend_from_slice(chunk);
                    session.reader().consume(length);
                }
                if sealed.is_empty() || session.read_tls(&mut sealed).is_err() {
                    break;
                }
            }
        }
        if to.write_all(&plain).is_err() {
            return;
        }
        match socket.read(&mut buffer) {
            Ok(count @ 1..) => sealed = &buffer[..count],
            _ => {
                to.shutdown(Shutdown::Write).ok();
                return;
            }
        }
    }
}

/// A port behind which `$ZOn` blocks of the hub are plain again. Counts them.
pub fn unzip(hub: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let blocks = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&blocks);
    let address = port(move |mut client| {
        let Ok(from) = TcpStream::connect(hub) else {
            return;
        };
        let mut out = from.try_clone().expect("a copy");
        let mut typed = client.try_clone().expect("a copy");
        thread::spawn(move || {
            std::io::copy(&mut typed, &mut out).ok();
            out.shutdown(Shutdown::Write).ok();
        });
        let mut from = std::io::BufReader::new(from);
        let mut message = Vec::new();
        while let Ok(1..) = from.read_until(b'|', &mut message) {
            if message == b"$ZOn|" {
                message.clear();
                count.fetch_add(1, Ordering::SeqCst);
                if inflate(&mut from, &mut message).is_none() {
                    break;
                }
            }
            if client.write_all(&message).is_err() {
                return;
            }
            message.clear();
        }
        client.shutdown(Shutdown::Write).ok();
    });
    (address, blocks)
}

/// Reads one zlib stream and not a byte more, as nothing may follow for long.
fn inflate(from: &mut impl BufRead, out: &mut Vec<u8>) -> Option<()> {
    let mut stream = flate2::Decompress::new(true);
    loop {
        let sealed = from.fill_buf().ok()?;
        if sealed.is_empty() {
            return None;
        }
        let before = stream.total_in();
        out.reserve(16_384);
        let none = flate2::FlushDecompress::None;
        let status = stream.decompress_vec(sealed, out, none).ok()?;
        let read = usize::try_from(stream.total_in() - before).ok()?;
        from.consume(read);
        if status == flate2::Status::StreamEnd {
            return Some(());
        }
    }
}

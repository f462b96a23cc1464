//! A client's connection: plain, compressed by the hub, or inside TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::Error;
use crate::inflate::Inflate;
use crate::trust::trusting;

/// Makes TLS connections to a hub whoever signed its certificate.
pub struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// Ready for any number of connections.
    ///
    /// # Errors
    /// The cryptography does not start.
    pub fn new() -> Result<Tls, Error> {
        let refused = |e: rustls::Error| Error::io("TLS")(io::Error::other(e));
        let config = trusting(rustls::ALL_VERSIONS).map_err(refused)?;
        let name = ServerName::IpAddress(std::net::Ipv4Addr::LOCALHOST.into());
        Ok(Tls {
            config: Arc::new(config),
            name,
        })
    }
}

/// A connection.
pub struct Wire {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
    inflate: Option<Box<Inflate>>,
}

/// What a read has brought.
#[derive(Default)]
pub struct Brought {
    /// Bytes of the socket.
    pub bytes: usize,
    /// Compressed blocks begun.
    pub blocks: u64,
    /// There may be more.
    pub more: bool,
    /// The hub has closed it.
    pub ended: bool,
}

impl Wire {
    /// A connection that has just begun.
    ///
    /// # Errors
    /// TLS cannot start.
    pub fn new(stream: TcpStream, tls: Option<&Tls>, zpipe: bool) -> Result<Wire, Error> {
        let begin = |tls: &Tls| ClientConnection::new(Arc::clone(&tls.config), tls.name.clone());
        let begun = tls.map(begin).transpose();
        let tls = begun.map_err(|e| Error::io("TLS")(io::Error::other(e)))?;
        Ok(Wire {
            stream,
            tls: tls.map(Box::new),
            inflate: zpipe.then(Box::default),
        })
    }

    /// Reads once, and hands on what it says in plain.
    ///
    /// # Errors
    /// As sockets have them; `InvalidData` for what is no TLS or no zlib stream.
    pub fn read(
        &mut self,
        scratch: &mut [u8],
        mut plain: impl FnMut(&[u8]),
    ) -> io::Result<Brought> {
        let mut brought = Brought::default();
        if let Some(tls) = &mut self.tls {
            let count = tls.read_tls(&mut self.stream)?;
            brought.bytes = count;
            brought.ended = count == 0;
            brought.more = true;
            let failed = |e| io::Error::new(ErrorKind::InvalidData, e);
            tls.process_new_packets().map_err(failed)?;
            loop {
                match tls.reader().read(scratch) {
                    Ok(0) => brought.ended = true,
                    Ok(count) => {
                        hand_on(&mut self.inflate, &scratch[..count], &mut plain)?;
                        continue;
                    }
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                    Err(e) => return Err(e),
                }
                break;
            }
        } else {
            let count = self.stream.read(scratch)?;
            brought.bytes = count;
            brought.ended = count == 0;
            brought.more = count == scratch.len();
            hand_on(&mut self.inflate, &scratch[..count], &mut plain)?;
        }
        if let Some(inflate) = &mut self.inflate {
            brought.blocks = std::mem::take(&mut inflate.blocks);
        }
        Ok(brought)
    }

    /// Writes as much as the socket takes, and takes that out of `out`.
    pub fn write(&mut self, out: &mut Vec<u8>) {
        if let Some(tls) = &mut self.tls {
            if !out.is_empty() && tls.writer().write_all(out).is_ok() {
                out.clear();
            }
            while tls.wants_write() {
                match tls.write_tls(&mut self.stream) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Ok(count) if count > 0 => {}
                    _ => return,
                }
            }
            return;
        }
        while !out.is_empty() {
            match self.stream.write(out) {
                Ok(count) => drop(out.drain(..count)),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

fn hand_on(
    inflate: &mut Option<Box<Inflate>>,
    bytes: &[u8],
    plain: &mut impl FnMut(&[u8]),
) -> io::Result<()> {
    match inflate {
        None if bytes.is_empty() => {}
        None => plain(bytes),
        Some(inflate) => inflate.feed(bytes, plain).map_err(|_| {
            io::Error::new(ErrorKind::InvalidData, "a compressed block that is none")
        })?,
    }
    Ok(())
}

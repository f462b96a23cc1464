//! TLS of one connection. What is sent stays in the shared blocks of the outbox until the socket
//! has room: only what is about to leave is encrypted, so that a slow client costs no copy.

use std::io::{self, BufRead, ErrorKind, IoSlice, Write};
use std::sync::Arc;

use hub::io::Tls;
use mio::net::TcpStream;
use rustls::{ProtocolVersion, ServerConnection};

use crate::outbox::{Outbox, Piece, Written};
use crate::tls_files::Identity;

/// The state of one connection's TLS.
pub(crate) struct Session {
    conn: ServerConnection,
    /// The client has been told that nothing more comes.
    ended: bool,
}

/// Whether more may come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    More,
    /// The client has said that it sends nothing more.
    Over,
}

impl Session {
    /// A session that awaits the client's hello.
    pub(crate) fn accept(identity: &Identity) -> Option<Session> {
        match ServerConnection::new(Arc::clone(&identity.config)) {
            Ok(conn) => Some(Session { conn, ended: false }),
            Err(error) => {
                tracing::error!(%error, "cannot begin TLS");
                None
            }
        }
    }

    /// Takes some of what was read off the front of `sealed`; `plain` gets what it says.
    pub(crate) fn take(
        &mut self,
        sealed: &mut &[u8],
        mut plain: impl FnMut(&[u8]),
    ) -> io::Result<Input> {
        if self.conn.read_tls(sealed)? == 0 {
            return Err(ErrorKind::InvalidData.into());
        }
        let state = (self.conn.process_new_packets())
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        let mut left = state.plaintext_bytes_to_read();
        let mut reader = self.conn.reader();
        while left > 0 {
            let chunk = reader.fill_buf()?;
            let length = chunk.len();
            if length == 0 {
                break;
            }
            plain(chunk);
            reader.consume(length);
            left = left.saturating_sub(length);
        }
        Ok(match state.peer_has_closed() {
            true => Input::Over,
            false => Input::More,
        })
    }

    /// The version once the handshake is done.
    pub(crate) fn established(&self) -> Option<Tls> {
        if self.conn.is_handshaking() {
            return None;
        }
        Some(match self.conn.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => Tls::V1_3,
            _ => Tls::V1_2,
        })
    }

    /// Whether something encrypted waits for the socket.
    pub(crate) fn wants_write(&self) -> bool {
        self.conn.wants_write()
    }

    /// Says that nothing more comes; true the first time.
    pub(crate) fn end(&mut self) -> bool {
        if std::mem::replace(&mut self.ended, true) {
            return false;
        }
        self.conn.send_close_notify();
        true
    }

    /// Gives the socket what is encrypted already. True when it does not take all.
    pub(crate) fn push_out(&mut self, socket: &mut TcpStream) -> io::Result<bool> {
        while self.conn.wants_write() {
            match self.conn.write_tls(socket) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Writes what waits, then `fresh`, as [`Outbox::write`] does without TLS.
    pub(crate) fn write(
        &mut self,
        socket: &mut TcpStream,
        out: &mut Outbox,
        fresh: &mut Vec<Piece>,
    ) -> io::Result<Written> {
        let mut sealer = Sealer {
            session: self,
            socket,
        };
        let mut written = out.write(&mut sealer, fresh)?;
        written.blocked |= self.push_out(socket)?;
        Ok(written)
    }
}

/// The socket as something to write plain bytes to.
struct Sealer<'s> {
    session: &'s mut Session,
    socket: &'s mut TcpStream,
}

impl Write for Sealer<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(data)])
    }

    /// Takes less than all only when the socket is full.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut taken = 0;
        let mut rest: Vec<IoSlice<'_>> = slices.to_vec();
        let mut rest = rest.as_mut_slice();
        while !rest.is_empty() {
            if self.session.push_out(self.socket)? {
                break;
            }
            // As much as rustls buffers at a time.
            let count = self.session.conn.writer().write_vectored(rest)?;
            if count == 0 {
                break;
            }
            taken += count;
            IoSlice::advance_slices(&mut rest, count);
        }
        // What is left of the last part shows at the end of the whole write.
        if taken == 0 && !slices.iter().all(|slice| slice.is_empty()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

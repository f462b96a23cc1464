//! What one connection has not been able to send yet.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};

use bytes::{Buf, Bytes};

/// Blocks handed to one write call.
const MAX_SLICES: usize = 64;
/// Waiting pieces smaller than this are copied rather than shared: a short one may be a slice
/// of a large block (a read of 64 KiB, a turn of broadcasts) that would stay alive with it.
const COPY_BELOW: usize = 4096;
/// Queue memory kept when empty.
const KEEP_QUEUE: usize = 8;

/// Bytes to send, in order.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Bytes>,
    bytes: usize,
}

/// A piece to send and how many bytes of memory it keeps alive, as far as known.
pub(crate) struct Piece {
    pub(crate) data: Bytes,
    pub(crate) block: usize,
}

/// How a write ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Written {
    /// Bytes taken by the socket.
    pub(crate) bytes: usize,
    /// Calls made.
    pub(crate) calls: u64,
    /// The socket took less than offered: wait until it is writable.
    pub(crate) blocked: bool,
}

impl Outbox {
    /// Bytes waiting.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Keeps pieces for later.
    pub(crate) fn keep(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        for Piece { data, block } in pieces {
            if data.is_empty() {
                continue;
            }
            self.bytes += data.len();
            let small = data.len() < COPY_BELOW || data.len() < block / 4;
            self.waiting.push_back(if small {
                Bytes::copy_from_slice(&data)
            } else {
                data
            });
        }
    }

    /// Writes what waits, then `fresh`; what the socket does not take is kept.
    pub(crate) fn write(
        &mut self,
        socket: &mut impl Write,
        fresh: &mut Vec<Piece>,
    ) -> io::Result<Written> {
        let mut total = Written::default();
        // Pieces of `fresh` that are sent.
        let mut done = 0;
        while !total.blocked && (!self.waiting.is_empty() || done < fresh.len()) {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let pieces = self
                .waiting
                .iter()
                .chain(fresh.iter().skip(done).map(|piece| &piece.data));
            let (mut used, mut offered) = (0, 0);
            for (slice, piece) in slices.iter_mut().zip(pieces) {
                *slice = IoSlice::new(piece);
                offered += piece.len();
                used += 1;
            }
            let slices = slices.get(..used).unwrap_or(&slices);
            total.calls += 1;
            match socket.write_vectored(slices) {
                Ok(0) if offered > 0 => return Err(ErrorKind::WriteZero.into()),
                Ok(sent) => {
                    total.bytes += sent;
                    total.blocked = sent < offered;
                    self.sent(sent, fresh, &mut done);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => total.blocked = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.keep(fresh.drain(..).skip(done));
        if self.waiting.is_empty() && self.waiting.capacity() > KEEP_QUEUE {
            self.waiting = VecDeque::new();
        }
        Ok(total)
    }

    /// Takes `count` sent bytes off the front.
    fn sent(&mut self, mut count: usize, fresh: &mut [Piece], done: &mut usize) {
        while let Some(front) = self.waiting.front_mut() {
            if front.len() > count {
                front.advance(count);
                self.bytes -= count;
                return;
            }
            count -= front.len();
            self.bytes -= front.len();
            self.waiting.pop_front();
        }
        while let Some(front) = fresh.get_mut(*done) {
            if front.data.len() > count {
                front.data.advance(count);
                return;
            }
            count -= front.data.len();
            *done += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes per call, then blocks.
    struct Narrow {
        takes: Vec<usize>,
        got: Vec<u8>,
    }

    impl Write for Narrow {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            self.write_vectored(&[IoSlice::new(data)])
        }

        fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let Some(mut room) = self.takes.pop() else {
                return Err(ErrorKind::WouldBlock.into());
            };
            let before = self.got.len();
            for slice in slices {
                let part = room.min(slice.len());
                self.got.extend_from_slice(&slice[..part]);
                room -= part;
            }
            Ok(self.got.len() - before)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn pieces(texts: &[&str]) -> Vec<Piece> {
        let piece = |text: &&str| Piece {
            data: Bytes::copy_from_slice(text.as_bytes()),
            block: 0,
        };
        texts.iter().map(piece).collect()
    }

    #[test]
    fn order_and_count_survive_any_partial_write() {
        for room in 1..20 {
            let mut out = Outbox::default();
            let mut socket = Narrow {
                takes: vec![room],
                got: Vec::new(),
            };
            out.keep(pieces(&["ab|", "", "cde|"]));
            let mut fresh = pieces(&["f|", "ghi|", "", "j|"]);
            let first = out.write(&mut socket, &mut fresh).expect("no error");
            assert_eq!(first.bytes, room.min(15));
            assert_eq!(out.len(), 15 - first.bytes);
            assert!(fresh.is_empty());
            socket.takes = vec![100];
            out.write(&mut socket, &mut Vec::new()).expect("no error");
            assert_eq!(socket.got, b"ab|cde|f|ghi|j|");
            assert_eq!(out.len(), 0);
            assert!(out.is_empty());
        }
    }

    #[test]
    fn small_parts_of_large_blocks_are_copied() {
        let block = Bytes::from(vec![b'x'; 100_000]);
        let mut out = Outbox::default();
        for (range, shared) in [(0..100, false), (0..5_000, false), (0..50_000, true)] {
            let data = block.slice(range);
            let at = data.as_ptr();
            out.keep([Piece {
                data,
                block: block.len(),
            }]);
            assert_eq!(out.waiting.back().map(|b| b.as_ptr() == at), Some(shared));
        }
    }

    #[test]
    fn more_pieces_than_one_call_takes() {
        let texts: Vec<String> = (0..300).map(|i| format!("{i}|")).collect();
        let mut fresh = pieces(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let mut socket = Narrow {
            takes: vec![usize::MAX; 10],
            got: Vec::new(),
        };
        let done = Outbox::default()
            .write(&mut socket, &mut fresh)
            .expect("no error");
        assert_eq!(socket.got, texts.concat().as_bytes());
        assert_eq!((done.calls, done.blocked), (5, false));
    }
}

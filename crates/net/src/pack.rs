//! ZPipe: `$ZOn|` and one complete zlib stream, after which plain bytes follow again. So a block
//! can be compressed once for all who get it at the same place, and each stays a slice of shared
//! memory as without compression.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::outbox::Piece;

/// How to compress.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zlib {
    /// 1 (fast) to 9 (small); others as in the settings: 0 is 1, less is zlib's own choice.
    pub level: i32,
    /// Bytes from which on it is tried.
    pub min_len: usize,
}

/// What announces a compressed block.
const MARK: &[u8] = b"$ZOn|";
/// Blocks remembered together with what became of them.
const MAX_KEPT: usize = 32;
/// Private blocks from this size on are remembered: nick lists, sent to many in a row.
const KEEP_FROM: usize = 4096;

/// Compresses, and remembers what it has compressed.
#[derive(Default)]
pub(crate) struct Packer {
    zlib: Option<Zlib>,
    /// Its state is large, and worth to keep.
    stream: Option<Compress>,
    scratch: Vec<u8>,
    /// The original keeps its memory from being used for something else meanwhile.
    kept: VecDeque<(Bytes, Option<Bytes>)>,
}

impl Packer {
    pub(crate) fn set(&mut self, zlib: Option<Zlib>) {
        *self = Packer {
            zlib,
            ..Packer::default()
        };
    }

    /// Forgets blocks; for when nobody is to get them any more.
    pub(crate) fn forget(&mut self) {
        if !self.kept.is_empty() {
            self.kept.clear();
        }
    }

    /// Compresses what one connection gets.
    pub(crate) fn pack_all(&mut self, pieces: &mut Vec<Piece>) {
        let Some(zlib) = self.zlib else { return };
        join_private(pieces, zlib.min_len);
        for piece in pieces {
            if piece.data.len() < zlib.min_len || !piece.data.ends_with(b"|") {
                continue;
            }
            let shared = piece.block > 0 || piece.data.len() >= KEEP_FROM;
            if let Some(packed) = self.pack(&piece.data, shared, zlib) {
                piece.block = packed.len();
                piece.data = packed;
            }
        }
    }

    /// The block compressed, when that makes it smaller.
    fn pack(&mut self, data: &Bytes, shared: bool, zlib: Zlib) -> Option<Bytes> {
        let same = |kept: &Bytes| kept.as_ptr() == data.as_ptr() && kept.len() == data.len();
        if shared && let Some((_, packed)) = self.kept.iter().rev().find(|(raw, _)| same(raw)) {
            return packed.clone();
        }
        let packed = self.deflate(data, zlib.level);
        if shared {
            if self.kept.len() >= MAX_KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back((data.clone(), packed.clone()));
        }
        packed
    }

    fn deflate(&mut self, data: &[u8], level: i32) -> Option<Bytes> {
        let stream = self.stream.get_or_insert_with(|| {
            let level = match u32::try_from(level) {
                Ok(level) => Compression::new(level.clamp(1, 9)),
                Err(_) => Compression::default(),
            };
            Compress::new(level, true)
        });
        stream.reset();
        // Not a byte more than what would be of use.
        let room = data.len().checked_sub(MARK.len() + 1)?;
        self.scratch.clear();
        self.scratch.reserve(room);
        let mut out = std::mem::take(&mut self.scratch);
        out.resize(room, 0);
        let status = stream.compress(data, &mut out, FlushCompress::Finish);
        let length = usize::try_from(stream.total_out()).unwrap_or(0);
        let packed = match status {
            Ok(Status::StreamEnd) => out.get(..length).map(|stream| {
                let mut block = BytesMut::with_capacity(MARK.len() + length);
                block.extend_from_slice(MARK);
                block.extend_from_slice(stream);
                block.freeze()
            }),
            // It did not fit.
            _ => None,
        };
        self.scratch = out;
        if self.scratch.capacity() > 1 << 20 {
            self.scratch = Vec::new();
        }
        packed
    }
}

/// Joins small private pieces that follow one another: together they may be worth it.
fn join_private(pieces: &mut Vec<Piece>, min_len: usize) {
    let small = |p: &Piece| p.block == 0 && p.data.len() < KEEP_FROM;
    let mut at = 0;
    while at < pieces.len() {
        let run = pieces.iter().skip(at).take_while(|p| small(p)).count();
        let total: usize = pieces.iter().skip(at).take(run).map(|p| p.data.len()).sum();
        if run > 1 && total >= min_len {
            let mut joined = BytesMut::with_capacity(total);
            for piece in pieces.drain(at + 1..at + run) {
                joined.extend_from_slice(&piece.data);
            }
            if let Some(first) = pieces.get_mut(at) {
                first.data = [&first.data[..], &joined[..]].concat().into();
            }
        }
        at += run.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    const ZLIB: Zlib = Zlib {
        level: -1,
        min_len: 100,
    };

    fn piece(data: impl Into<Bytes>, block: usize) -> Piece {
        Piece {
            data: data.into(),
            block,
        }
    }

    /// What a client reads.
    fn unpack(pieces: &[Piece]) -> Vec<u8> {
        let all: Vec<u8> = pieces.iter().flat_map(|p| p.data.to_vec()).collect();
        let mut rest = &all[..];
        let mut out = Vec::new();
        while !rest.is_empty() {
            if let Some(packed) = rest.strip_prefix(MARK) {
                let mut stream = flate2::bufread::ZlibDecoder::new(packed);
                stream.read_to_end(&mut out).expect("a whole stream");
                rest = stream.into_inner();
            } else {
                out.push(rest[0]);
                rest = &rest[1..];
            }
        }
        out
    }

    #[test]
    fn what_is_packed_comes_back() {
        for level in [-5, -1, 0, 1, 9, 12] {
            let mut packer = Packer::default();
            packer.set(Some(Zlib { level, ..ZLIB }));
            let long = "<somebody> the same again|".repeat(400);
            let mut pieces = vec![
                piece("short|", 0),
                piece(long.clone(), 0),
                piece("<a> b|".repeat(5), 0),
                piece("<c> d|".repeat(20), 0),
                piece(long.clone(), 50_000),
            ];
            let raw: Vec<u8> = pieces.iter().flat_map(|p| p.data.to_vec()).collect();
            packer.pack_all(&mut pieces);
            assert_eq!(unpack(&pieces), raw);
            let sent: usize = pieces.iter().map(|p| p.data.len()).sum();
            assert!(sent < raw.len() / 10, "{sent} of {}", raw.len());
        }
    }

    #[test]
    fn what_does_not_get_smaller_stays() {
        let mut packer = Packer::default();
        packer.set(Some(ZLIB));
        let mut noise = Vec::new();
        let mut x = 7u64;
        while noise.len() < 300 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            noise.push((x >> 24) as u8);
        }
        noise.push(b'|');
        for data in [noise, b"<a> too short to try|".to_vec(), vec![b'x'; 500]] {
            let mut pieces = vec![piece(data.clone(), 0)];
            packer.pack_all(&mut pieces);
            assert_eq!(pieces[0].data, data);
        }
        packer.set(None);
        let long = "<somebody> the same again|".repeat(40);
        let mut pieces = vec![piece(long.clone(), 0)];
        packer.pack_all(&mut pieces);
        assert_eq!(pieces[0].data, long);
    }

    #[test]
    fn one_block_for_all_who_get_it() {
        let mut packer = Packer::default();
        packer.set(Some(ZLIB));
        let block = Bytes::from("<somebody> the same again|".repeat(40));
        let mut packed = || {
            let mut pieces = vec![piece(block.clone(), block.len())];
            packer.pack_all(&mut pieces);
            pieces.remove(0).data
        };
        let (first, second) = (packed(), packed());
        assert!(first.starts_with(MARK));
        assert_eq!(first.as_ptr(), second.as_ptr());
        packer.forget();
        assert!(packer.kept.is_empty());
    }
}

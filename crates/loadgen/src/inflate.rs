//! Compressed blocks (ZPipe): `$ZOn|`, a zlib stream, then plain messages again.

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memchr;

const BEGIN: &[u8] = b"$ZOn";
const CHUNK: usize = 64 * 1024;

/// Turns what a socket brings into messages.
#[derive(Default)]
pub struct Inflate {
    /// What stands of a message that could still become `$ZOn`.
    head: Vec<u8>,
    /// In the middle of a message that is something else.
    inside: bool,
    stream: Option<Box<Decompress>>,
    /// Blocks begun so far.
    pub blocks: u64,
}

/// The hub sent something that is no zlib stream.
#[derive(Debug)]
pub struct Broken;

impl Inflate {
    /// Hands on what a chunk says in plain.
    ///
    /// # Errors
    /// The stream is broken.
    pub fn feed(&mut self, mut chunk: &[u8], mut plain: impl FnMut(&[u8])) -> Result<(), Broken> {
        while !chunk.is_empty() {
            if let Some(stream) = &mut self.stream {
                let mut out = vec![0; CHUNK];
                let (was_in, was_out) = (stream.total_in(), stream.total_out());
                let status = stream
                    .decompress(chunk, &mut out, FlushDecompress::None)
                    .map_err(|_| Broken)?;
                let count = |now: u64, was| usize::try_from(now - was).unwrap_or(0);
                let (read, made) = (
                    count(stream.total_in(), was_in),
                    count(stream.total_out(), was_out),
                );
                plain(&out[..made]);
                chunk = &chunk[read..];
                if status == Status::StreamEnd {
                    self.stream = None;
                } else if read == 0 && made == 0 {
                    return Err(Broken);
                }
            } else {
                chunk = self.plain(chunk, &mut plain);
            }
        }
        Ok(())
    }

    /// Passes on messages up to the next block, and gives back what comes behind.
    fn plain<'c>(&mut self, chunk: &'c [u8], plain: &mut impl FnMut(&[u8])) -> &'c [u8] {
        let mut at = 0;
        while let Some(length) = memchr(b'|', &chunk[at..]) {
            let end = at + length;
            let is_begin = !self.inside
                && self.head.len() + length == BEGIN.len()
                && BEGIN.starts_with(&self.head)
                && BEGIN.ends_with(&chunk[at..end]);
            if is_begin {
                plain(&chunk[..at]);
                self.head.clear();
                self.blocks += 1;
                self.stream = Some(Box::new(Decompress::new(true)));
                return &chunk[end + 1..];
            }
            if !self.head.is_empty() {
                plain(&std::mem::take(&mut self.head));
            }
            self.inside = false;
            at = end + 1;
        }
        let rest = &chunk[at..];
        if !self.inside {
            // Kept back as long as it may be the beginning of a block.
            let mut head = std::mem::take(&mut self.head);
            head.extend_from_slice(rest);
            if BEGIN.starts_with(&head) {
                plain(&chunk[..at]);
                self.head = head;
                return &[];
            }
            plain(&chunk[..at]);
            plain(&head);
            self.inside = true;
            return &[];
        }
        plain(chunk);
        &[]
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    #[test]
    fn any_split_gives_the_same_messages() {
        let block = |text: &[u8]| {
            let mut out = b"$ZOn|".to_vec();
            let mut encoder = ZlibEncoder::new(&mut out, Compression::fast());
            encoder.write_all(text).expect("memory");
            encoder.finish().expect("memory");
            out
        };
        let mut wire = b"$Lock x|<$ZOn> $ZOn|".to_vec();
        wire.extend(block(b"<a> one|<b> tw"));
        wire.extend_from_slice(b"o||$Z|");
        wire.extend(block(&b"<c> three|".repeat(20_000)));
        wire.extend(block(b"|"));
        wire.extend_from_slice(b"$ZOne|end|");
        let mut wanted = b"$Lock x|<$ZOn> $ZOn|<a> one|<b> two||$Z|".to_vec();
        wanted.extend(b"<c> three|".repeat(20_000));
        wanted.extend_from_slice(b"|$ZOne|end|");
        for size in (1..40).chain([1000, wire.len()]) {
            let mut inflate = Inflate::default();
            let mut got = Vec::new();
            for chunk in wire.chunks(size) {
                let fed = inflate.feed(chunk, |plain| got.extend_from_slice(plain));
                assert!(fed.is_ok(), "in chunks of {size}");
            }
            assert!(got == wanted, "in chunks of {size}");
            assert_eq!(inflate.blocks, 3);
        }
        let mut inflate = Inflate::default();
        assert!(inflate.feed(b"$ZOn|no zlib at all", |_| {}).is_err());
    }
}

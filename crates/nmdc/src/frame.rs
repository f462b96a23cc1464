//! Cutting the byte stream into messages at `|` (0.1).

use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memchr_iter};

/// A message grew past the limit before its `|` came. The stream cannot be followed any more:
/// the hub closes the connection at once, without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("message longer than {limit} bytes")]
pub struct TooLong {
    /// The limit that was passed, in bytes without the `|`.
    pub limit: usize,
}

/// Cuts one connection's input into frames.
///
/// Contract: after every [`push`](Self::push), or read into [`buffer`](Self::buffer), call
/// [`next_frame`](Self::next_frame) until it gives `Ok(None)` or an error. Memory then stays
/// below the limit plus one read.
///
/// Unlike the original, which tests the limit only when a read brings no `|`, the limit holds
/// for every message: the same bytes give the same frames however the network splits them.
#[derive(Debug)]
pub struct Framer {
    buffer: BytesMut,
    /// Frames were taken out of `buffer`, whose block still has the room of them.
    used: bool,
    /// Bytes at the front of `buffer` known to hold no `|`, so that none is looked at twice.
    scanned: usize,
    max_message: usize,
    failed: bool,
}

impl Framer {
    /// A framer that refuses messages longer than `max_message` bytes (`adv_max_message_size`).
    pub fn new(max_message: usize) -> Self {
        Framer {
            buffer: BytesMut::new(),
            used: false,
            scanned: 0,
            max_message,
            failed: false,
        }
    }

    /// Changes the limit, from the next frame on.
    pub fn set_max_message(&mut self, max_message: usize) {
        self.max_message = max_message;
    }

    /// Takes in bytes. Of a message that is already too long only as much is kept as proves it.
    pub fn push(&mut self, data: &[u8]) {
        if self.failed {
            return;
        }
        let keep = self.useful(data);
        self.buffer
            .extend_from_slice(data.get(..keep).unwrap_or(data));
    }

    /// The buffer to read the socket into without a copy. Only append to it, and reserve no more
    /// than one read's worth: that is the memory a client can make the hub hold.
    pub fn buffer(&mut self) -> &mut BytesMut {
        if self.failed {
            self.buffer.clear();
        }
        &mut self.buffer
    }

    /// Bytes of a message whose `|` has not come yet (once the frames are taken out).
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame without its `|`; empty for a lone `|` (a ping); `Ok(None)` when more
    /// bytes are needed. After an error every later call gives the same error.
    ///
    /// A frame never shares memory with whatever else was read: who keeps a part of it keeps at
    /// most the one message. Nor does what is left of a message keep the block of the read that
    /// brought it, and without such a rest no memory is held.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, TooLong> {
        if self.failed {
            self.buffer.clear();
            return Err(self.too_long());
        }
        let from = self.scanned.min(self.buffer.len());
        let found = self
            .buffer
            .get(from..)
            .and_then(|fresh| memchr(b'|', fresh));
        match found.map(|offset| from + offset) {
            Some(end) if end <= self.max_message => {
                self.scanned = 0;
                Ok(Some(self.take(end)))
            }
            None if self.buffer.len() <= self.max_message => {
                self.scanned = self.buffer.len();
                if mem::take(&mut self.used) {
                    self.buffer = BytesMut::from(self.buffer.as_ref());
                }
                Ok(None)
            }
            _ => {
                self.failed = true;
                self.buffer = BytesMut::new();
                Err(self.too_long())
            }
        }
    }

    /// Takes out the first `end` bytes and the `|` after them.
    fn take(&mut self, end: usize) -> Bytes {
        let all = end + 1;
        let alone = all == self.buffer.len() && !self.used;
        if alone && self.buffer.capacity() <= all.saturating_mul(2) {
            // The usual read brings one message: its block is the frame.
            let mut frame = mem::take(&mut self.buffer);
            frame.truncate(end);
            return frame.freeze();
        }
        let frame = Bytes::copy_from_slice(self.buffer.get(..end).unwrap_or_default());
        if all < self.buffer.len() {
            self.buffer.advance(all);
            self.used = true;
        } else {
            self.buffer = BytesMut::new();
            self.used = false;
        }
        frame
    }

    /// How much of `data` to store: all, or up to where a message in it is surely too long.
    fn useful(&self, data: &[u8]) -> usize {
        if data.len() <= self.max_message {
            return data.len();
        }
        let enough = |start: usize| start.saturating_add(self.max_message).saturating_add(1);
        let mut start = 0;
        for end in memchr_iter(b'|', data) {
            if end - start > self.max_message {
                return enough(start);
            }
            start = end + 1;
        }
        data.len().min(enough(start))
    }

    fn too_long(&self) -> TooLong {
        TooLong {
            limit: self.max_message,
        }
    }
}

/// Does this first chunk of a plain connection look like a TLS hello (0.1)? The original then
/// closes without a word; a hub with TLS on the port hands the connection over.
pub fn is_tls_hello(chunk: &[u8]) -> bool {
    chunk.len() > 2 && chunk.starts_with(&[0x16, 0x03])
}

/// The frame made free of NUL bytes (0.1): a client's `$Lock` is cut at the first one, other
/// messages lose trailing ones. `None` when one remains inside: the hub reports the client to
/// operators and closes.
pub fn strip_nuls(frame: &[u8]) -> Option<&[u8]> {
    let Some(first) = memchr(0, frame) else {
        return Some(frame);
    };
    let (head, tail) = frame.split_at_checked(first)?;
    (frame.starts_with(b"$Lock ") || tail.iter().all(|&byte| byte == 0)).then_some(head)
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;

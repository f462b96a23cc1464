//! Connection numbers: `thread (8 bits) | slot (24 bits) | generation (32 bits)`.
//!
//! The generation of a slot grows with each connection in it, so that a number is never used
//! again and a late command for an ended connection finds nobody.

use hub::io::ConnId;
use mio::Token;

/// Slots one thread can have.
pub(crate) const MAX_SLOTS: usize = 1 << 24;
/// Threads there can be; 255 marks the tokens that are not connections.
pub(crate) const MAX_THREADS: usize = 64;

const SPECIAL: usize = 0xff << 56;
/// The token of a thread's waker.
pub(crate) const WAKER: Token = Token(SPECIAL);

/// The number of a connection.
pub(crate) fn conn_id(thread: usize, slot: usize, generation: u32) -> ConnId {
    ConnId((thread as u64) << 56 | (slot as u64) << 32 | u64::from(generation))
}

/// Which thread owns it.
pub(crate) fn thread_of(conn: ConnId) -> usize {
    (conn.0 >> 56) as usize
}

/// Which slot of its thread it has.
pub(crate) fn slot_of(conn: ConnId) -> usize {
    (conn.0 >> 32) as usize & (MAX_SLOTS - 1)
}

/// Which of the connections of its slot it is.
pub(crate) fn generation_of(conn: ConnId) -> u32 {
    conn.0 as u32
}

/// The token under which its socket is polled.
pub(crate) fn conn_token(conn: ConnId) -> Token {
    Token(conn.0 as usize)
}

/// The token of the listener with this index.
pub(crate) fn listener_token(index: usize) -> Token {
    Token(SPECIAL + 1 + index)
}

/// What a token stands for.
pub(crate) enum Source {
    Conn(ConnId),
    Listener(usize),
    Waker,
}

/// Reads a token back.
pub(crate) fn source(token: Token) -> Source {
    if token.0 < SPECIAL {
        Source::Conn(ConnId(token.0 as u64))
    } else if token == WAKER {
        Source::Waker
    } else {
        Source::Listener(token.0 - SPECIAL - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back() {
        for (thread, slot, generation) in [(0, 0, 0), (3, 77, 5), (63, MAX_SLOTS - 1, u32::MAX)] {
            let id = conn_id(thread, slot, generation);
            assert_eq!(thread_of(id), thread);
            assert_eq!(slot_of(id), slot);
            assert_eq!(generation_of(id), generation);
            assert!(matches!(source(conn_token(id)), Source::Conn(c) if c == id));
        }
        assert!(matches!(source(listener_token(2)), Source::Listener(2)));
        assert!(matches!(source(WAKER), Source::Waker));
    }
}

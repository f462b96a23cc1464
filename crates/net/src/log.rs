//! What one turn broadcasts, kept once for all receivers.
//!
//! Every broadcast of a turn is appended to one block. Connections do not queue it; they know
//! up to where they have seen the log ([`Conn::cursor`](crate::conn::Conn)). When the turn ends,
//! connections that receive the same entries share one [`View`]: a contiguous block in which
//! any stretch of the log is a slice. So a connection costs the same however many lines the
//! turn had, and order against its private messages is exact.

use bytes::{Bytes, BytesMut};
use hub::io::{Group, Traits};

/// The block's memory is kept for the next turn unless it has grown past this.
const KEEP_BLOCK: usize = 1 << 20;

/// The broadcasts of one turn, in order.
#[derive(Default)]
pub(crate) struct TurnLog {
    entries: Vec<Entry>,
    block: BytesMut,
    sealed: Bytes,
    /// The traits that some entry asks about: all others make no difference this turn.
    relevant: u32,
    views: Vec<(u32, View)>,
    last: usize,
}

struct Entry {
    group: Group,
    end: usize,
}

/// What connections with certain traits receive of the whole log.
pub(crate) struct View {
    bytes: Bytes,
    /// Where each entry starts in `bytes`, and the end; a missing entry has no length.
    starts: Vec<usize>,
}

impl View {
    /// Whether nothing of the log is for these connections.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes of the block that a slice keeps alive.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What the entries `from..to` bring.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Bytes {
        match (self.starts.get(from), self.starts.get(to)) {
            (Some(&start), Some(&end)) if start < end => self.bytes.slice(start..end),
            _ => Bytes::new(),
        }
    }
}

impl TurnLog {
    /// Entries so far: the cursor of who has seen all.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a broadcast. `group.except` is the caller's to care for.
    pub(crate) fn push(&mut self, group: Group, data: &[u8]) {
        self.block.extend_from_slice(data);
        self.relevant |= group.all.0 | group.any.0 | group.none.0;
        self.entries.push(Entry {
            group,
            end: self.block.len(),
        });
    }

    /// Ends the appending; [`view`](Self::view) works from now on.
    pub(crate) fn seal(&mut self) {
        self.sealed = self.block.split().freeze();
    }

    /// What connections with these traits get. Made once for all that get the same.
    pub(crate) fn view(&mut self, traits: Traits) -> &View {
        let key = traits.0 & self.relevant;
        if self.views.get(self.last).is_none_or(|(k, _)| *k != key) {
            self.last = match self.views.iter().position(|(k, _)| *k == key) {
                Some(found) => found,
                None => {
                    let view = self.make_view(Traits(key));
                    self.views.push((key, view));
                    self.views.len() - 1
                }
            };
        }
        &self.views[self.last].1
    }

    fn make_view(&self, traits: Traits) -> View {
        let mut starts = Vec::with_capacity(self.entries.len() + 1);
        let mut total = 0;
        let mut begin = 0;
        // Admitted stretches of the block, touching ones joined.
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for entry in &self.entries {
            starts.push(total);
            if entry.group.admits(traits) {
                total += entry.end - begin;
                match runs.last_mut() {
                    Some(run) if run.1 == begin => run.1 = entry.end,
                    _ => runs.push((begin, entry.end)),
                }
            }
            begin = entry.end;
        }
        starts.push(total);
        let bytes = match runs.as_slice() {
            [] => Bytes::new(),
            // A small part is copied, so that a slow client does not keep a large block alive.
            &[(from, to)] if (to - from) * 4 >= self.sealed.len() => self.sealed.slice(from..to),
            runs => {
                let mut joined = BytesMut::with_capacity(total);
                for &(from, to) in runs {
                    joined.extend_from_slice(&self.sealed[from..to]);
                }
                joined.freeze()
            }
        };
        View { bytes, starts }
    }

    /// Makes ready for the next turn.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.views.clear();
        self.last = 0;
        self.relevant = 0;
        if self.sealed.len() > KEEP_BLOCK {
            self.block = BytesMut::new();
        }
        self.sealed = Bytes::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(all: u32, any: u32, none: u32) -> Group {
        Group {
            all: Traits(all),
            any: Traits(any),
            none: Traits(none),
            except: None,
        }
    }

    #[test]
    fn a_view_holds_what_is_admitted_and_slices_any_stretch() {
        let mut log = TurnLog::default();
        for (all, any, none, text) in [
            (1, 0, 0, "a|"),
            (1, 2, 0, "bb|"),
            (1, 0, 2, "c|"),
            (1, 0, 0, "d|"),
        ] {
            log.push(group(all, any, none), text.as_bytes());
        }
        log.seal();
        assert_eq!(log.view(Traits(1)).slice(0, 4), "a|c|d|");
        assert_eq!(log.view(Traits(3)).slice(0, 4), "a|bb|d|");
        assert_eq!(log.view(Traits(3)).slice(1, 3), "bb|");
        assert_eq!(log.view(Traits(3)).slice(2, 3), "");
        assert!(log.view(Traits(2)).is_empty());
        // Traits nobody asks about make no view of their own.
        let views = log.views.len();
        log.view(Traits(1 | 8));
        assert_eq!(log.views.len(), views);
        log.clear();
        log.seal();
        assert!(log.view(Traits(1)).is_empty());
    }

    #[test]
    fn receivers_of_everything_share_the_block() {
        let mut log = TurnLog::default();
        log.push(group(1, 0, 0), b"one|");
        log.push(group(1, 0, 0), b"two|");
        log.seal();
        let block = log.sealed.as_ptr();
        assert_eq!(log.view(Traits(1)).slice(0, 2).as_ptr(), block);
    }
}

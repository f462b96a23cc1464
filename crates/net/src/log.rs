//! What is broadcast, kept once for all receivers.
//!
//! The broadcasts of one turn are appended to one block, a [`Segment`]. Connections do not queue
//! them; they know up to where they have seen the log ([`Cursor`]). When a connection is written
//! to, those that receive the same entries share one [`View`] of each segment: a contiguous block
//! in which any stretch of entries is a slice. So a connection costs the same however many lines
//! a turn had, and order against its private messages is exact. A segment lives until the walk
//! through all connections has passed everybody.

use std::collections::VecDeque;
use std::mem;

use bytes::{Bytes, BytesMut};
use hub::io::{Group, Traits};

/// Memory set aside for the next segment: as much as the last one had, up to this.
const MAX_RESERVE: usize = 64 * 1024;

/// The broadcasts that somebody may still have to get.
#[derive(Default)]
pub(crate) struct Log {
    /// The number of the oldest segment; numbers never go back.
    first: u64,
    sealed: VecDeque<Segment>,
    /// Bytes in `sealed`.
    pending: usize,
    /// This turn's entries so far, their bytes and the traits they ask about.
    entries: Vec<Entry>,
    block: BytesMut,
    relevant: u32,
}

/// A place between two entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Cursor {
    segment: u64,
    entry: usize,
}

impl Cursor {
    /// Behind the entry that comes next here.
    pub(crate) fn past_next(self) -> Cursor {
        Cursor {
            entry: self.entry + 1,
            ..self
        }
    }
}

/// The broadcasts of one turn, in order.
struct Segment {
    entries: Vec<Entry>,
    block: Bytes,
    /// The traits that some entry asks about: all others make no difference here.
    relevant: u32,
    views: Vec<(u32, View)>,
    /// The view asked for last.
    last: usize,
    /// The visit after which nobody needs it.
    free_at: u64,
}

struct Entry {
    group: Group,
    end: usize,
}

/// What connections with certain traits receive of a segment.
struct View {
    bytes: Bytes,
    /// Where each entry starts in `bytes`, and the end; a missing entry has no length.
    starts: Vec<usize>,
}

impl View {
    fn slice(&self, from: usize, to: usize) -> Bytes {
        let end = self.starts.get(to).or(self.starts.last());
        match (self.starts.get(from), end) {
            (Some(&start), Some(&end)) if start < end => self.bytes.slice(start..end),
            _ => Bytes::new(),
        }
    }
}

impl Log {
    /// Behind the last entry.
    pub(crate) fn end(&self) -> Cursor {
        Cursor {
            segment: self.first + self.sealed.len() as u64,
            entry: self.entries.len(),
        }
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

    /// Makes a segment of what was added. It is kept until the visit `free_at`.
    pub(crate) fn seal(&mut self, free_at: u64) {
        if self.entries.is_empty() {
            return;
        }
        // A block of its own for each segment: one that waits for a slow client must not keep
        // others alive.
        let next = BytesMut::with_capacity(self.block.len().min(MAX_RESERVE));
        let block = mem::replace(&mut self.block, next).freeze();
        self.pending += block.len();
        self.sealed.push_back(Segment {
            entries: mem::take(&mut self.entries),
            block,
            relevant: mem::take(&mut self.relevant),
            views: Vec::new(),
            last: 0,
            free_at,
        });
    }

    /// Keeps everything until the visit `free_at`, as there are more connections to pass.
    pub(crate) fn keep_until(&mut self, free_at: u64) {
        for segment in &mut self.sealed {
            segment.free_at = free_at;
        }
    }

    /// The visit after which nobody needs anything; `None` when it is so already.
    pub(crate) fn needed_until(&self) -> Option<u64> {
        self.sealed.back().map(|segment| segment.free_at)
    }

    /// Forgets what nobody needs after so many visits.
    pub(crate) fn forget(&mut self, visits: u64) {
        while self.sealed.front().is_some_and(|s| s.free_at <= visits) {
            if let Some(segment) = self.sealed.pop_front() {
                self.first += 1;
                self.pending -= segment.block.len();
            }
        }
    }

    /// Bytes that somebody may still have to get.
    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// Whether anything is for connections with these traits.
    pub(crate) fn brings(&mut self, traits: Traits) -> bool {
        self.sealed
            .iter_mut()
            .any(|segment| !segment.view(traits).bytes.is_empty())
    }

    /// Hands out what sealed entries between two places bring, each piece with the bytes of the
    /// block that it keeps alive.
    pub(crate) fn collect(
        &mut self,
        from: Cursor,
        to: Cursor,
        traits: Traits,
        mut piece: impl FnMut(Bytes, usize),
    ) {
        // What is forgotten already was not for these traits.
        let skip = from.segment.saturating_sub(self.first);
        let segments = self.sealed.iter_mut().skip(skip as usize);
        for (number, segment) in (self.first + skip..).zip(segments) {
            if number > to.segment {
                break;
            }
            let start = if number == from.segment {
                from.entry
            } else {
                0
            };
            let end = if number == to.segment {
                to.entry
            } else {
                usize::MAX
            };
            let view = segment.view(traits);
            piece(view.slice(start, end), view.bytes.len());
        }
    }
}

impl Segment {
    /// What connections with these traits get. Made once for all that get the same.
    fn view(&mut self, traits: Traits) -> &View {
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
            &[(from, to)] if (to - from) * 4 >= self.block.len() => self.block.slice(from..to),
            runs => {
                let mut joined = BytesMut::with_capacity(total);
                for &(from, to) in runs {
                    joined.extend_from_slice(&self.block[from..to]);
                }
                joined.freeze()
            }
        };
        View { bytes, starts }
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

    fn at(segment: u64, entry: usize) -> Cursor {
        Cursor { segment, entry }
    }

    fn text(log: &mut Log, from: Cursor, to: Cursor, traits: u32) -> String {
        let mut all = Vec::new();
        log.collect(from, to, Traits(traits), |piece, _| all.extend(piece));
        String::from_utf8(all).expect("text")
    }

    #[test]
    fn any_stretch_for_any_traits() {
        let mut log = Log::default();
        for (all, any, none, text) in [
            (1, 0, 0, "a|"),
            (1, 2, 0, "bb|"),
            (1, 0, 2, "c|"),
            (1, 0, 0, "d|"),
        ] {
            log.push(group(all, any, none), text.as_bytes());
        }
        log.seal(10);
        let all = (at(0, 0), log.end());
        assert_eq!(text(&mut log, all.0, all.1, 1), "a|c|d|");
        assert_eq!(text(&mut log, all.0, all.1, 3), "a|bb|d|");
        assert_eq!(text(&mut log, at(0, 1), at(0, 3), 3), "bb|");
        assert_eq!(text(&mut log, at(0, 2), at(0, 3), 3), "");
        assert!(log.brings(Traits(1)));
        assert!(!log.brings(Traits(2)));
        // Traits nobody asks about make no view of their own.
        let views = log.sealed[0].views.len();
        log.brings(Traits(1 | 8));
        assert_eq!(log.sealed[0].views.len(), views);
    }

    #[test]
    fn stretches_run_over_segments_and_forgotten_ones_bring_nothing() {
        let mut log = Log::default();
        for (number, lines) in [["a|", "b|"], ["c|", "d|"], ["e|", "f|"]]
            .iter()
            .enumerate()
        {
            for line in lines {
                log.push(group(0, 0, 0), line.as_bytes());
            }
            log.seal(10 + number as u64);
        }
        let end = log.end();
        assert_eq!(log.pending(), 12);
        assert_eq!(text(&mut log, at(0, 1), at(2, 1), 0), "b|c|d|e|");
        log.forget(9);
        assert_eq!(text(&mut log, at(0, 0), end, 0), "a|b|c|d|e|f|");
        log.forget(10);
        assert_eq!(text(&mut log, at(0, 1), end, 0), "c|d|e|f|");
        log.keep_until(20);
        log.forget(12);
        assert_eq!(text(&mut log, at(1, 1), end, 0), "d|e|f|");
        log.forget(20);
        assert_eq!((log.pending(), log.needed_until()), (0, None));
        assert_eq!(text(&mut log, at(0, 0), end, 0), "");
        assert_eq!(log.end(), end);
    }

    #[test]
    fn receivers_of_everything_share_the_block() {
        let mut log = Log::default();
        log.push(group(1, 0, 0), b"one|");
        log.push(group(1, 0, 0), b"two|");
        log.seal(1);
        let block = log.sealed[0].block.as_ptr();
        let end = log.end();
        log.collect(at(0, 0), end, Traits(1), |piece, _| {
            assert_eq!(piece.as_ptr(), block);
        });
    }
}

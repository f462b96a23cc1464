//! An event on its way along the scripts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hub::hooks::{Event, Verdict};
use hub::io::{Ask, AskId, Input};

use super::cell::Cell;
use super::core::Core;

/// An event and what has been said of it so far. Whatever happens to it, it reaches the next
/// script and in the end the hub, exactly once: dropping it means "no objection here".
pub(super) struct Job(Option<Inner>);

struct Inner {
    id: Option<AskId>,
    nested: bool,
    event: Arc<Event>,
    verdict: Verdict,
    /// The scripts as they were when the hub asked.
    chain: Arc<Vec<Arc<Cell>>>,
    next: usize,
    /// When it came into the queue it is in.
    queued: Instant,
}

impl Job {
    /// Sends an event on its way. A script's thread that sleeps does so until [`Core::wake`].
    pub(super) fn start(core: &Arc<Core>, ask: Ask, so_far: Verdict) {
        let Ask { id, event, nested } = ask;
        let begun = Inner {
            chain: core.chain(),
            id,
            nested,
            event,
            verdict: so_far,
            next: 0,
            queued: core.now(),
        };
        hand_on(core, begun, None);
    }

    /// What it is about.
    pub(super) fn event(&self) -> Option<Arc<Event>> {
        self.0.as_ref().map(|inner| Arc::clone(&inner.event))
    }

    /// Whether somebody's script call waits for it.
    pub(super) fn nested(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.nested)
    }

    /// How long somebody has waited for this script to take it; nobody waits for news.
    pub(super) fn waited(&self, now: Instant) -> Option<Duration> {
        let inner = self.0.as_ref().filter(|i| i.id.is_some() && !i.nested)?;
        Some(now.saturating_duration_since(inner.queued))
    }

    /// The script has answered. `in_batch`: it will answer more events at once, and others may
    /// hear of them together.
    pub(super) fn done(mut self, cell: &Cell, verdict: Verdict, in_batch: bool) {
        if let Some(mut inner) = self.0.take() {
            if let Some(with) = &verdict.substitute {
                Arc::make_mut(&mut inner.event).substitute(with);
            }
            inner.verdict.merge(verdict);
            hand_on(&cell.core, inner, in_batch.then_some(cell));
            if !in_batch {
                cell.core.wake();
            }
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take()
            && let Some(first) = inner.chain.first()
        {
            let core = Arc::clone(&first.core);
            hand_on(&core, inner, None);
            core.wake();
        }
    }
}

/// To the next script that wants it, or to the hub.
fn hand_on(core: &Core, mut inner: Inner, batch: Option<&Cell>) {
    let hook = inner.event.hook();
    while let Some(cell) = inner.chain.get(inner.next).map(Arc::clone) {
        inner.next += 1;
        if !cell.wants(hook) {
            continue;
        }
        if inner.next > 1 {
            inner.queued = core.now();
        }
        match cell.push(Job(Some(inner))) {
            Ok(()) => return,
            Err(mut back) => match back.0.take() {
                Some(same) => inner = same,
                None => return,
            },
        }
    }
    if let Some(ask) = inner.id {
        let verdict = inner.verdict;
        let input = Input::Verdict { ask, verdict };
        match batch {
            Some(cell) => cell.tell_soon(input),
            None => core.link.submit(input),
        }
    }
}

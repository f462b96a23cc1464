//! An event on its way along the plugins and then to the scripts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hub::hooks::{Event, Verdict};
use hub::io::{Ask, AskId};

use crate::cell::Cell;
use crate::core::Core;

/// An event and what has been said of it so far. Whatever happens to it, it reaches the next
/// plugin and in the end the scripts, exactly once: dropping it means "no objection here".
pub(crate) struct Job(Option<Box<Inner>>);

struct Inner {
    core: Arc<Core>,
    id: Option<AskId>,
    nested: bool,
    event: Arc<Event>,
    verdict: Verdict,
    /// The plugins as they were when the hub asked.
    chain: Arc<Vec<Arc<Cell>>>,
    next: usize,
    /// When it came into the queue it is in.
    queued: Instant,
}

impl Job {
    /// Sends an event on its way.
    pub(crate) fn start(core: &Arc<Core>, ask: Ask) {
        if core.is_empty() {
            return core.around.scripts.ask_after(ask, Verdict::ALLOW);
        }
        let Ask { id, event, nested } = ask;
        hand_on(Box::new(Inner {
            chain: core.chain(),
            core: Arc::clone(core),
            id,
            nested,
            event,
            verdict: Verdict::ALLOW,
            next: 0,
            queued: Instant::now(),
        }));
    }

    /// What it is about.
    pub(crate) fn event(&self) -> Option<Arc<Event>> {
        self.0.as_ref().map(|inner| Arc::clone(&inner.event))
    }

    /// Whether somebody's call waits for it.
    pub(crate) fn nested(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.nested)
    }

    /// How long somebody has waited for this plugin to take it; nobody waits for news.
    pub(crate) fn waited(&self, now: Instant) -> Option<Duration> {
        let inner = self.0.as_ref().filter(|i| i.id.is_some() && !i.nested)?;
        Some(now.saturating_duration_since(inner.queued))
    }

    /// A plugin has answered.
    pub(crate) fn done(mut self, verdict: Verdict) {
        if let Some(mut inner) = self.0.take() {
            if let Some(with) = &verdict.substitute {
                Arc::make_mut(&mut inner.event).substitute(with);
            }
            inner.verdict.merge(verdict);
            hand_on(inner);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            hand_on(inner);
        }
    }
}

/// To the next plugin that wants it, or to the scripts.
fn hand_on(mut inner: Box<Inner>) {
    let hook = inner.event.hook();
    while let Some(cell) = inner.chain.get(inner.next).map(Arc::clone) {
        inner.next += 1;
        if !cell.wants(hook) {
            continue;
        }
        if inner.next > 1 {
            inner.queued = Instant::now();
        }
        match cell.push(Job(Some(inner))) {
            Ok(()) => return,
            Err(mut back) => match back.0.take() {
                Some(same) => inner = same,
                None => return,
            },
        }
    }
    let Inner {
        core,
        id,
        nested,
        event,
        verdict,
        ..
    } = *inner;
    let ask = Ask { id, event, nested };
    core.around.scripts.ask_after(ask, verdict);
    core.around.scripts.wake();
}

//! What a script's `vh` functions reach.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hub::api::{ApiError, Complaint, Host, InFull, Query, QueryAnswer, Value};
use hub::geo::Database;
use hub::io::{Call, Input, ScriptId};
use hub::repeats::{Tell, span};
use hub::view::View;

use super::cell::Cell;
use super::core::{OneShot, Waiter, lock, stopping};
use super::{request, worker};
use crate::sys::detached;

/// The [`Host`] of one script. Any thread may use it.
pub(super) struct CellHost {
    pub cell: Arc<Cell>,
    pub path: Vec<u8>,
}

impl CellHost {
    fn is_gone(&self) -> bool {
        self.cell.gone.load(Ordering::Relaxed)
    }

    /// Whether so much is under way to the hub that this call is to be waited for: a script that
    /// says things faster than the hub can do them must not fill the memory with them.
    fn is_ahead(&self, call: &Call) -> bool {
        /// What a call takes beside its text.
        const CALL: usize = 512;
        /// How far a script may be ahead of the hub, in bytes.
        const AHEAD: usize = 1 << 20;
        let text = match call {
            Call::Send { data, .. } => data.len(),
            Call::BotChat { text, .. } | Call::PmToClasses { text, .. } => text.len(),
            Call::OpChat { text, .. } => text.len(),
            _ => 0,
        };
        let ahead = self.cell.ahead.fetch_add(CALL + text, Ordering::Relaxed) > AHEAD;
        if ahead {
            self.cell.ahead.store(0, Ordering::Relaxed);
        }
        ahead
    }

    /// Runs something that waits: GIL released, the script's clock stopped.
    fn wait<R: Send>(&self, f: impl FnOnce() -> R + Send) -> R {
        let own = self.cell.is_own_thread();
        if own {
            self.cell.tell_late();
        }
        // A function of the program may wait for the hub on this thread in its turn.
        let before = own && self.cell.set_waiting(true);
        let result = detached(f);
        if own {
            self.cell.set_waiting(before);
        }
        // The script itself may just have renamed the bot.
        if let Some(script) = self.cell.script.get() {
            script.refresh();
        }
        result
    }
}

impl Host for CellHost {
    fn view(&self) -> &View {
        self.cell.core.link.view()
    }

    fn script(&self) -> ScriptId {
        self.cell.id
    }

    fn path(&self) -> &[u8] {
        &self.path
    }

    fn post(&self, call: Call) {
        if self.is_ahead(&call) {
            // What it answers is of no use, that it does is.
            drop(self.call(call));
        } else if !self.is_gone() {
            self.cell.announce_hooks();
            self.cell.tell_late();
            self.cell.core.link.submit(Input::Call {
                script: Some(self.cell.id),
                call: Box::new(call),
                reply: None,
            });
        }
    }

    fn complain(&self, complaint: Complaint<'_>) {
        let (cell, core) = (&self.cell, &self.cell.core);
        let tell = lock(&cell.repeats).note(&complaint.key, core.clock_ms());
        let InFull { text, log } = match tell {
            Tell::Full => (complaint.in_full)(),
            Tell::Count { times, within } => {
                let (brief, within) = (complaint.brief, span(within));
                let count = format!("{brief} ({times} times more within {within})");
                InFull {
                    text: core.text.encode_str(&count),
                    log: Some(count.into()),
                }
            }
            Tell::Nothing => return,
        };
        if self.is_gone() {
            // The hub would not hear it any more.
            let log = String::from_utf8_lossy(log.as_ref().unwrap_or(&text));
            tracing::warn!(target: "script", script = cell.stem, "{log}");
            return;
        }
        cell.announce_hooks();
        cell.tell_late();
        core.link.submit(Input::Call {
            script: Some(cell.id),
            call: Box::new(Call::Report { text, log }),
            reply: None,
        });
    }

    fn call(&self, call: Call) -> Result<Value<'static>, ApiError> {
        if self.is_gone() {
            return Err(stopping());
        }
        self.cell.announce_hooks();
        self.cell.tell_late();
        let (cell, core) = (&self.cell, &self.cell.core);
        let submit = |reply| {
            core.link.submit(Input::Call {
                script: Some(cell.id),
                call: Box::new(call),
                reply: Some(reply),
            });
            core.fail_if_deaf();
        };
        if cell.is_own_thread() {
            let id = core.new_call(Waiter::Script(Arc::clone(cell)));
            self.wait(|| {
                submit(id);
                cell.wait_answer(id, |work| worker::serve_nested(cell, work))
            })
        } else {
            let shot = Arc::new(OneShot::default());
            let id = core.new_call(Waiter::Thread(Arc::clone(&shot)));
            self.wait(|| {
                submit(id);
                shot.wait()
            })
        }
    }

    fn sql(&self, query: &[u8], limit: usize) -> Result<Vec<Vec<Option<Bytes>>>, String> {
        if self.is_gone() {
            return Err(stopping().to_string());
        }
        self.wait(|| self.cell.core.link.sql(query, limit))
    }

    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes> {
        self.wait(|| self.cell.core.link.plugin_config(file, var))
    }

    fn geo_database(&self, path: &[u8]) -> Result<Arc<Database>, String> {
        let path = self.cell.core.text.show(path);
        self.wait(|| self.cell.core.link.geo_database(&path))
    }

    fn dynamic(&self, name: &[u8], args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
        if self.is_gone() {
            return Err(stopping());
        }
        let core = &self.cell.core;
        let name = core.text.show(name);
        let function = core.functions.find(self.cell.id, &self.cell.path, &name)?;
        self.wait(|| function(self, args))
    }

    fn query(&self, query: &Query<'_>) -> Result<Vec<QueryAnswer>, ApiError> {
        if self.is_gone() {
            return Err(stopping());
        }
        self.wait(|| request::query(&self.cell, query))
    }

    fn label(&self, set: Option<(Bytes, Bytes)>) -> (Bytes, Bytes) {
        let mut label = lock(&self.cell.label);
        if let Some(set) = set {
            *label = set;
            self.cell.labels_itself.store(true, Ordering::Relaxed);
        }
        label.clone()
    }

    fn introduce(&self, label: (Bytes, Bytes)) {
        *lock(&self.cell.label) = label;
    }

    fn own_label(&self) -> Option<(Bytes, Bytes)> {
        let own = self.cell.labels_itself.load(Ordering::Relaxed);
        own.then(|| lock(&self.cell.label).clone())
    }
}

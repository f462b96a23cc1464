//! What a plugin's `vh` calls reach.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hub::api::{ApiError, Host, Query, QueryAnswer, Value};
use hub::geo::Database;
use hub::io::{Call, Input, ScriptId};
use hub::view::View;

use crate::cell::Cell;
use crate::core::{OneShot, Waiter, lock, stopping};
use crate::worker;

/// What scripts answer questions with.
const ON_QUERY: &str = "OnScriptQuery";
/// What they are told who is asked when nobody in particular is.
const PLUGIN: &[u8] = b"python";

/// The [`Host`] of one plugin. Any thread may use it.
pub(crate) struct PluginHost<'a>(pub &'a Arc<Cell>);

impl PluginHost<'_> {
    fn is_gone(&self) -> bool {
        self.0.gone.load(Ordering::Relaxed)
    }

    /// Runs something that waits, the plugin's clock stopped.
    fn wait<R>(&self, f: impl FnOnce() -> R) -> R {
        let own = self.0.is_own_thread();
        if own {
            self.0.set_waiting(true);
        }
        let result = f();
        if own {
            self.0.set_waiting(false);
        }
        result
    }
}

/// Calls a function of a script and waits for the result. On the plugin's own thread events that
/// others wait for are served meanwhile, so that work is done by another one.
pub(crate) fn call_python(
    cell: &Arc<Cell>,
    script: &str,
    function: &str,
    args: Vec<Value<'static>>,
) -> Result<Value<'static>, String> {
    let scripts = &cell.core.around.scripts;
    if !cell.is_own_thread() {
        return scripts.call_function(script, function, &args);
    }
    let call = cell.core.new_call(Waiter::Plugin(Arc::clone(cell)));
    let (core, script, function) = (
        Arc::clone(&cell.core),
        script.to_owned(),
        function.to_owned(),
    );
    let work = move || {
        let result = (core.around.scripts).call_function(&script, &function, &args);
        core.answer(call, result.map_err(ApiError::Runtime));
    };
    threads::brief("plug call", work).map_err(|e| format!("no thread: {e}"))?;
    let answer =
        PluginHost(cell).wait(|| cell.wait_answer(call, |job| worker::serve_nested(cell, job)));
    answer.map_err(|e| e.to_string())
}

impl Host for PluginHost<'_> {
    fn view(&self) -> &View {
        self.0.core.around.link.view()
    }

    fn script(&self) -> ScriptId {
        self.0.id
    }

    fn path(&self) -> &[u8] {
        self.0.path.as_os_str().as_bytes()
    }

    fn post(&self, call: Call) {
        if !self.is_gone() {
            self.0.core.around.link.submit(Input::Call {
                script: Some(self.0.id),
                call: Box::new(call),
                reply: None,
            });
        }
    }

    fn call(&self, call: Call) -> Result<Value<'static>, ApiError> {
        if self.is_gone() {
            return Err(stopping());
        }
        let (cell, core) = (self.0, &self.0.core);
        let submit = |reply| {
            core.around.link.submit(Input::Call {
                script: Some(cell.id),
                call: Box::new(call),
                reply: Some(reply),
            });
            core.fail_if_deaf();
        };
        if cell.is_own_thread() {
            let id = core.new_call(Waiter::Plugin(Arc::clone(cell)));
            self.wait(|| {
                submit(id);
                cell.wait_answer(id, |job| worker::serve_nested(cell, job))
            })
        } else {
            let shot = Arc::new(OneShot::default());
            submit(core.new_call(Waiter::Thread(Arc::clone(&shot))));
            shot.wait()
        }
    }

    fn sql(&self, query: &[u8], limit: usize) -> Result<Vec<Vec<Option<Bytes>>>, String> {
        if self.is_gone() {
            return Err(stopping().to_string());
        }
        self.wait(|| self.0.core.around.link.sql(query, limit))
    }

    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes> {
        self.wait(|| self.0.core.around.link.plugin_config(file, var))
    }

    fn geo_database(&self, path: &[u8]) -> Result<Arc<Database>, String> {
        let path = self.0.core.show(path);
        self.wait(|| self.0.core.around.link.geo_database(&path))
    }

    fn query(&self, query: &Query<'_>) -> Result<Vec<QueryAnswer>, ApiError> {
        if self.is_gone() {
            return Err(stopping());
        }
        let core = &self.0.core;
        let text = |t: &[u8]| Value::Bytes(Bytes::copy_from_slice(t));
        let to = match query.recipient {
            [] => PLUGIN,
            path => path,
        };
        let mut answers = Vec::new();
        for path in core.around.scripts.paths() {
            let script = core.encode(&path);
            if !query.recipient.is_empty() && query.recipient != script {
                continue;
            }
            let args = [query.command, query.data, to, self.path()]
                .map(text)
                .to_vec();
            // Most scripts have no such function.
            if let Ok(Value::Bytes(text)) = call_python(self.0, &path, ON_QUERY, args) {
                answers.push(QueryAnswer { text, script });
            }
        }
        Ok(answers)
    }

    fn label(&self, set: Option<(Bytes, Bytes)>) -> (Bytes, Bytes) {
        let mut label = lock(&self.0.label);
        if let Some(set) = set {
            *label = set;
        }
        label.clone()
    }
}

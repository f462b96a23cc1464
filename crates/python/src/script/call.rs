//! Calling a script: its hooks with events, its functions with values.

use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use hub::api::{Complaint, InFull, Value};
use hub::hooks::{Event, HookSet, Verdict};
use hub::repeats::Tell;
use smallvec::SmallVec;

use super::{CallError, Script, ScriptError, hooks, lock, verdict};
use crate::sys::{Attached, Borrowed, Keep, Owned, PyError, Stored, unicode};
use crate::value::owned;

/// Where the clock of [`hub::repeats`] begins.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Script {
    /// Which hooks it has now.
    pub fn hooks(&self) -> HookSet {
        if self.hooks_changed()
            && let Some(at) = self.attach()
        {
            self.rescan(&at);
        }
        self.table.set()
    }

    /// Whether [`Script::hooks`] may have something new to say.
    #[inline]
    pub fn hooks_changed(&self) -> bool {
        self.dirty.load(Ordering::Relaxed)
    }

    /// Tells the script of an event, on this thread. An exception counts as no objection; it
    /// is logged and reported to operators.
    #[inline]
    pub fn call_hook(&self, event: &Event) -> Verdict {
        let hook = event.hook();
        let Some(at) = self.attach() else {
            return Verdict::ALLOW;
        };
        let _here = self.here(&at);
        if self.hooks_changed() {
            self.rescan(&at);
        }
        let Some((function, shape)) = self.table.get(&at, hook) else {
            return Verdict::ALLOW;
        };
        let Some(convert) = self.identity.convert.get() else {
            return Verdict::ALLOW;
        };
        match hooks::call(&at, convert, &self.table, &function, shape, event) {
            Ok(result) => match verdict::simple(*result, convert) {
                // Not the constants: they would be copied whole.
                Some(allow) => Verdict {
                    allow,
                    replies: Vec::new(),
                    substitute: None,
                },
                None => verdict::full(hook, *result, convert, self.stem()),
            },
            Err(e) => {
                self.report(hook.name(), &e);
                Verdict::ALLOW
            }
        }
    }

    /// Calls any top-level function.
    ///
    /// # Errors
    /// No such function, or what it raised.
    pub fn call_function(
        &self,
        name: &str,
        args: &[Value<'_>],
    ) -> Result<Value<'static>, CallError> {
        // Filled early: a result that is copied as soon as it is written stalls the processor.
        let mut result = Value::None;
        self.call_function_with(name, args, |value| {
            if !matches!(value, Value::None) {
                result = owned(value);
            }
        })?;
        Ok(result)
    }

    /// Calls any top-level function and reads its result where it lies.
    ///
    /// # Errors
    /// No such function, or what it raised.
    #[inline]
    pub fn call_function_with<R>(
        &self,
        name: &str,
        args: &[Value<'_>],
        read: impl FnOnce(Value<'_>) -> R,
    ) -> Result<R, CallError> {
        let Some(at) = self.attach() else {
            return Err(CallError::Gone);
        };
        let _here = self.here(&at);
        let Some(globals) = self.globals.get(&at) else {
            return Err(CallError::Gone);
        };
        let Some(convert) = self.identity.convert.get() else {
            return Err(CallError::Gone);
        };
        let raised = |e: PyError| CallError::Raised(e.into());
        let key = self.name(&at, name.as_bytes()).map_err(raised)?;
        let function = globals.dict_get(key).map_err(raised)?;
        let function = function
            .ok_or_else(|| CallError::Missing(name.into()))?
            .to_owned();
        let mut objects: SmallVec<[Owned<'_>; 6]> = SmallVec::new();
        for arg in args {
            objects.push(convert.to_python(&at, arg).map_err(raised)?);
        }
        let result = match function.call_owned(&at, &objects) {
            Ok(result) => result,
            Err(_) if !function.is_callable() => return Err(CallError::Missing(name.into())),
            Err(e) => return Err(raised(e)),
        };
        if result.is_none() {
            return Ok(read(Value::None));
        }
        let keep = Keep::new(&at);
        let mut value = Value::None;
        match convert.read(*result, &keep, &mut value) {
            Ok(()) => Ok(read(value)),
            Err(unfit) => {
                let class = if unfit.wrong_type { "Type" } else { "Value" };
                let text = format!("{class}Error: the result of {name}() cannot {unfit}");
                Err(raised(PyError::ours(&text)))
            }
        }
    }

    /// The interned name of a function.
    #[inline]
    pub(super) fn name<'a>(
        &self,
        at: &'a Attached<'_>,
        name: &[u8],
    ) -> Result<Borrowed<'a>, PyError> {
        /// Beyond this many names the caller makes them up as it goes.
        const MOST: usize = 64;
        let find = |names: &mut Vec<(Box<[u8]>, Stored)>| {
            let found = names.iter().find(|(n, _)| **n == *name);
            found.map(|(_, key)| key.get(at))
        };
        if let Some(key) = self.names.with(at, find) {
            return Ok(key);
        }
        let text = str::from_utf8(name).map_err(|e| {
            PyError::ours(&format!("UnicodeDecodeError: a name of a function: {e}"))
        })?;
        let key = unicode::interned(at, text)?.store();
        let borrowed = key.get(at);
        let old = self.names.with(at, |names| {
            names.push((name.into(), key));
            (names.len() > MOST).then(|| names.swap_remove(0))
        });
        if let Some((_, key)) = old {
            key.release(at);
        }
        Ok(borrowed)
    }

    /// Finds the hooks anew.
    #[cold]
    pub(super) fn rescan(&self, at: &Attached<'_>) {
        let Some(globals) = self.globals.get(at) else {
            return;
        };
        self.dirty.store(false, Ordering::Relaxed);
        let shape = |function: Borrowed<'_>| {
            let shape = self.world.boot(at, "shape")?.call(at, &[function])?;
            let mut parts = shape.tuple_items();
            let count = parts.next().map_or(Ok(-1), Borrowed::as_i64)?;
            Ok::<_, PyError>((count, parts.next().map(unicode::lossy).unwrap_or_default()))
        };
        self.table.fill(at, *globals, |hook, function| {
            shape(function).unwrap_or_else(|e| {
                tracing::debug!(script = self.stem(), "parameters of {}: {e}", hook.name());
                (-1, String::new())
            })
        });
    }

    /// Logs an exception and tells operators, not too often.
    #[cold]
    pub(super) fn report(&self, what: &str, error: &PyError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if error.class == "HookTimeout" {
            // Whoever interrupted the script has told already.
            let now = u64::try_from(STARTED.elapsed().as_millis()).unwrap_or(u64::MAX);
            if lock(&self.interrupts).note(what, now) == Tell::Full {
                tracing::info!(
                    script = self.stem(),
                    "{what} was interrupted:\n{}",
                    error.traceback
                );
            }
            return;
        }
        self.log_failure(what, &error.clone().into());
    }

    /// The same for a failure that somebody else was told of first.
    pub(crate) fn report_failure(&self, what: &str, error: &ScriptError) {
        if error.class != "HookTimeout" {
            self.log_failure(what, error);
        }
    }

    /// Tells operators and the log: by what was called and by line of code the first in full,
    /// further ones are counted.
    pub(super) fn log_failure(&self, what: &str, error: &ScriptError) {
        let stem = self.stem();
        let own = self.identity.host.path();
        let here = |(file, _): &&(String, u32)| file.as_bytes() == own;
        let places = &error.places;
        let place = places.iter().rev().find(here).or(places.last());
        let (file, line) = place.map_or(("", 0), |(file, line)| (file.as_str(), *line));
        self.identity.host.complain(Complaint {
            key: format!("{what} {file}:{line}"),
            brief: format!("Script {stem}, {what}, line {line}: {}", error.last_line),
            in_full: &|| self.in_full(what, error),
        });
    }

    /// A failure with its traceback and what to do about it.
    fn in_full(&self, what: &str, error: &ScriptError) -> InFull {
        let traceback = error.traceback.trim_end();
        let mut log = format!("Script {}, {what}:\n{traceback}", self.stem());
        if let Some(why) = self.explanation(traceback) {
            log.push('\n');
            log.push_str(&why);
        }
        let text = log.replace("\r\n", "\n").replace('\n', "\r\n");
        InFull {
            text: match self.text() {
                Some(charset) => charset.encode_str(&text),
                None => Bytes::from(text),
            },
            log: Some(log.into()),
        }
    }

    /// What to do about a failure, when it comes of a package that cannot be used here.
    pub(super) fn explanation(&self, traceback: &str) -> Option<String> {
        let at = self.attach().filter(|_| !self.shared)?;
        let explain = || {
            let text = unicode::new(&at, traceback)?;
            self.world.boot(&at, "explain")?.call(&at, &[*text])
        };
        match explain() {
            Ok(why) => why.is_str().then(|| unicode::lossy(*why)),
            Err(e) => {
                tracing::debug!(script = self.stem(), "explaining a failure: {e}");
                None
            }
        }
    }

    /// The same for something that did not raise.
    pub(crate) fn complain(&self, what: &str, why: &str) {
        self.log_failure(what, &PyError::ours(why).into());
    }
}

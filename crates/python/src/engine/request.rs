//! Calls into scripts that wait for a result: from the program, and from script to script.
//!
//! A request runs on the script's own thread, before the events that wait there, also in the
//! middle of a call that waits. A script that waits for the answer to its own request serves
//! those of others meanwhile, so two that ask each other never wait for ever.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::api::{ApiError, Query, QueryAnswer, Value};
use hub::cut::Plain;
use hub::io::CallId;

use super::cell::{Cell, MAX_DEPTH};
use super::core::{Core, OneShot, Waiter, lock, stopping};
use super::worker;
use crate::mode::Mode;
use crate::script::{CallError, Script};
use crate::sys::detached;
use crate::value::owned;

/// The function scripts answer questions with.
const ON_QUERY: &str = "OnScriptQuery";
/// The questions the engine answers for every script: its name, version and file.
const SCRIPT_NAME: &[u8] = b"_get_script_name";
const SCRIPT_VERSION: &[u8] = b"_get_script_version";
const SCRIPT_FILE: &[u8] = b"_get_script_file";
/// A request of the engine's own, which is none of the script's calls.
const MEMORY: &str = "counting its memory";
/// What an answer of it may have in bytes.
const MOST: usize = 256 << 10;
/// What `OnScriptQuery` gets as `plugin` when nobody in particular is asked; as a recipient it means
/// all scripts.
const PLUGIN: &[u8] = b"python";

type Outcome = Result<Value<'static>, CallError>;
type Place = Mutex<Option<Outcome>>;
/// What a request does on the script's thread.
type Work = Box<dyn FnOnce(&Script) -> Outcome + Send>;

/// Something to do on a script's thread.
pub(super) struct Request {
    /// For the watchdog and operators.
    pub what: &'static str,
    work: Work,
    /// Where the outcome goes; nobody may wait for it any more.
    place: Weak<Place>,
    // Last: who waits is woken when all else is done, also when nobody ran it.
    done: Done,
}

/// Wakes who waits, exactly once.
struct Done {
    core: Arc<Core>,
    call: CallId,
}

impl Drop for Done {
    fn drop(&mut self) {
        self.core.answer(self.call, Ok(Value::None));
    }
}

impl Request {
    /// Does it. On the script's thread.
    pub(super) fn run(self, cell: &Cell, script: &Script) {
        if let Some(place) = self.place.upgrade() {
            let outcome = in_place(cell, script, self.what, self.work);
            *lock(&place) = Some(outcome);
        }
        drop(self.done);
    }
}

/// A request that is under way.
struct Pending {
    core: Arc<Core>,
    call: CallId,
    place: Arc<Place>,
    /// How this thread waits.
    me: Me,
}

enum Me {
    Script(Arc<Cell>),
    Thread(Arc<OneShot>),
}

impl Pending {
    /// Waits for the outcome. Detached.
    fn wait(self, until: Instant) -> Outcome {
        let answered = match &self.me {
            Me::Script(cell) => {
                let serve = |work| worker::serve_nested(cell, work);
                cell.wait_answer_until(self.call, Some(until), serve)
            }
            Me::Thread(shot) => shot.wait_until(Some(until)),
        };
        if answered.is_none() {
            // One that comes just now is not waited for either, but must not stay behind.
            if !self.core.forget_call(self.call)
                && let Me::Script(cell) = &self.me
            {
                cell.discard_answer(self.call);
            }
        }
        let outcome = lock(&self.place).take();
        match (outcome, answered) {
            (Some(outcome), _) => outcome,
            (None, Some(_)) => Err(CallError::Gone),
            (None, None) => Err(CallError::Late),
        }
    }
}

/// Does something on a script's own thread, which is this one. Errors are the caller's.
fn in_place(
    cell: &Cell,
    script: &Script,
    what: &'static str,
    work: impl FnOnce(&Script) -> Outcome,
) -> Outcome {
    if cell.depth() >= MAX_DEPTH {
        return Err(CallError::Late);
    }
    script.attached(|| {
        let started = Instant::now();
        cell.enter(what, None);
        let outcome = work(script);
        worker::leave(cell, script);
        if what == MEMORY {
            return outcome;
        }
        cell.record.call(started.elapsed());
        if matches!(outcome, Err(CallError::Raised(_))) {
            cell.record.error();
        }
        outcome
    })
}

/// Puts a request into a script's queue.
fn send(
    core: &Arc<Core>,
    to: &Cell,
    me: Option<&Arc<Cell>>,
    what: &'static str,
    work: Work,
) -> Pending {
    let place = Arc::new(Place::default());
    let (waiter, me) = match me {
        Some(cell) => (
            Waiter::Script(Arc::clone(cell)),
            Me::Script(Arc::clone(cell)),
        ),
        None => {
            let shot = Arc::new(OneShot::default());
            (Waiter::Thread(Arc::clone(&shot)), Me::Thread(shot))
        }
    };
    let call = core.new_call(waiter);
    let request = Request {
        what,
        work,
        place: Arc::downgrade(&place),
        done: Done {
            core: Arc::clone(core),
            call,
        },
    };
    // One that is refused wakes us at once.
    drop(to.push_request(request));
    core.fail_if_deaf();
    Pending {
        core: Arc::clone(core),
        call,
        place,
        me,
    }
}

/// How long a script may take for an answer: it is interrupted at its budget, and may have had
/// something else to do first.
fn deadline(core: &Core) -> Instant {
    let budget = core.link.view().config().viper.python_budget_ms;
    let limit = match budget {
        0 => Duration::from_secs(30),
        ms => Duration::from_millis(u64::from(ms) * 2 + 1000),
    };
    Instant::now() + limit
}

/// The call of a function by name.
fn function_call(name: &str, args: Vec<Value<'static>>) -> Work {
    let name = name.to_owned();
    Box::new(move |script| script.call_function(&name, &args))
}

/// About how many bytes each script's objects take, all asked at once; `None` for those that
/// share an interpreter, are busy for long or gone. Not for a script's own thread.
pub(super) fn memory(core: &Arc<Core>, cells: &[Arc<Cell>]) -> Vec<Option<i64>> {
    let until = deadline(core);
    let ask = |cell: &Arc<Cell>| {
        let work: Work = Box::new(|script| Ok(script.memory().map_or(Value::None, Value::Int)));
        let fit = cell.mode == Mode::Isolated && !cell.is_left_out();
        fit.then(|| send(core, cell, None, MEMORY, work))
    };
    let pending: Vec<_> = cells.iter().map(ask).collect();
    let answer = |asked: Option<Pending>| match asked?.wait(until) {
        Ok(Value::Int(bytes)) => Some(bytes),
        _ => None,
    };
    pending.into_iter().map(answer).collect()
}

/// `Engine::call_function`.
pub(super) fn call_function(
    core: &Arc<Core>,
    cell: &Arc<Cell>,
    name: &str,
    args: &[Value<'_>],
) -> Outcome {
    const WHAT: &str = "a function called by the program";
    if cell.is_own_thread() {
        let script = cell.script.get().ok_or(CallError::Gone)?;
        return in_place(cell, script, WHAT, |s| s.call_function(name, args));
    }
    let work = function_call(name, args.iter().cloned().map(owned).collect());
    let until = deadline(core);
    detached(|| {
        let me = core.cell_of_this_thread();
        send(core, cell, me.as_ref(), WHAT, work).wait(until)
    })
}

/// `vh.ScriptQuery` of the script `asker`, on this thread. Detached.
pub(super) fn query(asker: &Arc<Cell>, query: &Query<'_>) -> Result<Vec<QueryAnswer>, ApiError> {
    let core = &asker.core;
    let until = deadline(core);
    let own = asker.is_own_thread();
    let me = own.then_some(asker);
    let chain = core.chain();
    let mut asked = Vec::new();
    let all = query.recipient.is_empty() || query.recipient == PLUGIN;
    for cell in chain.iter() {
        let path = path_text(cell);
        if !all && query.recipient != path {
            continue;
        }
        let known = match query.command {
            SCRIPT_NAME => Some(name_of(cell)),
            SCRIPT_VERSION => Some(lock(&cell.label).1.clone()),
            SCRIPT_FILE => Some(path.clone()),
            _ => None,
        };
        if let Some(text) = known {
            asked.push((cell, path, Answer::Ready(text)));
            continue;
        }
        if cell.is_left_out() {
            continue;
        }
        let to = match query.recipient {
            [] => PLUGIN,
            path => path,
        };
        let text = |t: &[u8]| Value::Bytes(Bytes::copy_from_slice(t));
        let sender = Value::Bytes(path_text(asker));
        let args = vec![text(query.command), text(query.data), text(to), sender];
        let answer = if own && Arc::ptr_eq(cell, asker) {
            Answer::Own(args)
        } else {
            let work = function_call(ON_QUERY, args);
            Answer::Pending(send(core, cell, me, ON_QUERY, work))
        };
        asked.push((cell, path, answer));
    }
    let mut answers = Vec::with_capacity(asked.len());
    for (cell, script, answer) in asked {
        let outcome = match answer {
            Answer::Ready(text) => Ok(Value::Bytes(text)),
            Answer::Pending(pending) => pending.wait(until),
            Answer::Own(args) => match cell.script.get() {
                Some(script) => {
                    in_place(cell, script, ON_QUERY, |s| s.call_function(ON_QUERY, &args))
                }
                None => continue,
            },
        };
        match outcome {
            Ok(Value::Bytes(text)) if text.len() > MOST => {
                let len = Plain(text.len());
                let why = format!(
                    "its answer has {len} bytes, at most {} are taken",
                    Plain(MOST)
                );
                if let Some(script) = cell.script.get() {
                    script.complain(ON_QUERY, &why);
                }
            }
            Ok(Value::Bytes(text)) => answers.push(QueryAnswer { text, script }),
            Ok(_) | Err(CallError::Missing(_) | CallError::Gone) => {}
            Err(CallError::Late) => {
                tracing::warn!(script = cell.stem, "{ON_QUERY} gave no answer in time");
            }
            Err(CallError::Raised(error)) => {
                if let Some(script) = cell.script.get() {
                    script.report_failure(ON_QUERY, &error);
                }
            }
        }
    }
    match core.is_deaf() {
        true => Err(stopping()),
        false => Ok(answers),
    }
}

enum Answer {
    Ready(Bytes),
    Pending(Pending),
    /// The script that asks answers on this thread, when its turn comes.
    Own(Vec<Value<'static>>),
}

/// `vh.path` in the hub's charset.
fn path_text(cell: &Cell) -> Bytes {
    let path = cell.path.to_string_lossy();
    cell.core
        .text
        .from_utf8(path.as_bytes())
        .into_owned()
        .into()
}

/// What a script calls itself, else the stem of its file.
fn name_of(cell: &Cell) -> Bytes {
    let name = lock(&cell.label).0.clone();
    match name.is_empty() {
        true => cell.core.text.encode_str(&cell.stem),
        false => name,
    }
}

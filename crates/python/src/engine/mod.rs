//! All scripts of a hub, each on a thread of its own.
//!
//! An event goes from script to script along the chain and comes back to the hub as one
//! verdict; see `job`. `cell` is what threads know of a script, `worker` its own thread,
//! `host` what its `vh` calls reach, `watch` the watchdog, `admin` loading and unloading.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub::api::{ApiError, ApiFn, Value};
use hub::hooks::{HookSet, Verdict};
use hub::io::{Ask, CallId, EngineOp, ReqId, ScriptId};
use hub::link::{DynamicFn, Link, Whose};

use crate::check::NoFile;
use crate::mode::{Mode, UnknownMode};
use crate::script::{CallError, ScriptError};
use crate::sys::runtime;

mod admin;
mod cell;
mod core;
mod ending;
mod functions;
mod host;
mod job;
mod record;
mod request;
mod watch;
mod worker;

use core::{Core, lock};
use job::Job;
pub use record::ScriptStat;

/// What the engine is started with.
pub struct EngineConfig {
    /// Where `!pyfiles` looks.
    pub scripts_dir: PathBuf,
    /// `vh.basedir`.
    pub config_dir: PathBuf,
    /// The interpreter whose library and packages to use; `None` takes `VIPERHUB_PYTHON` or
    /// the one this program was built for.
    pub python: Option<PathBuf>,
    /// The `vh` functions; [`hub::api::API`] but for tests.
    pub api: &'static [ApiFn],
}

impl EngineConfig {
    /// The usual configuration.
    pub fn new(scripts_dir: PathBuf, config_dir: PathBuf) -> EngineConfig {
        EngineConfig {
            scripts_dir,
            config_dir,
            python: None,
            api: hub::api::API,
        }
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// CPython does not start.
    #[error("{0}")]
    Python(String),
    /// No thread.
    #[error("no thread for the script engine: {0}")]
    Thread(#[from] std::io::Error),
}

/// Why a script was not loaded, in words for operators.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("Script not found: {}", .0.display())]
    NotFound(PathBuf),
    /// It is there, but no file.
    #[error("Script not loaded: {}: {why}", path.display())]
    NoFile {
        /// Where.
        path: PathBuf,
        /// What it is.
        why: NoFile,
    },
    /// It runs already.
    #[error("Script is already loaded: #{} {}", id.0, path.display())]
    AlreadyLoaded {
        /// Its number.
        id: ScriptId,
        /// Its file.
        path: PathBuf,
    },
    /// Somebody else is loading or unloading it.
    #[error("Script is being loaded or unloaded, try again in a moment: {}", .0.display())]
    Busy(PathBuf),
    /// Its header or the settings ask for a mode that there is not.
    #[error("Script not loaded: {}: {place}: {error}", path.display())]
    Mode {
        /// Its file.
        path: PathBuf,
        /// Where the mode comes from.
        place: &'static str,
        /// What is wrong with it.
        error: UnknownMode,
    },
    /// `!pyfiles` has no such number.
    #[error("There is no script number {0}, see !pyfiles")]
    NoNumber(usize),
    /// The scripts directory cannot be read.
    #[error("Directory cannot be read: {}: {why}", dir.display())]
    Unreadable {
        /// Which.
        dir: PathBuf,
        /// Why.
        why: String,
    },
    /// Its top level raised.
    #[error("Script failed to load: {}: {}", path.display(), error.last_line)]
    Script {
        /// Its file.
        path: PathBuf,
        /// The exception.
        error: ScriptError,
    },
    /// Its top level does not end.
    #[error("Script does not finish loading and was given up: {}", .0.display())]
    Hung(PathBuf),
    /// Its thread failed.
    #[error("The script's thread failed while it was loaded, see the log: {}", .0.display())]
    Failed(PathBuf),
    /// No thread.
    #[error("No thread for the script: {0}")]
    NoThread(String),
    /// The engine has stopped.
    #[error("The script engine has stopped")]
    Stopped,
}

/// A loaded script, for listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptInfo {
    /// `vh.myid`.
    pub id: ScriptId,
    /// Its file.
    pub path: PathBuf,
    /// The kind of interpreter it is in.
    pub mode: Mode,
    /// Its own name and version, empty when it has none.
    pub label: (bytes::Bytes, bytes::Bytes),
    /// Its hooks.
    pub hooks: HookSet,
    /// Left out after too many overruns.
    pub suspended: bool,
    /// What it has done so far.
    pub stat: ScriptStat,
}

/// The script engine.
pub struct Engine {
    core: Arc<Core>,
    /// Requests of operators, done one after the other; gone after the stop.
    requests: Mutex<Option<Sender<(ReqId, EngineOp)>>>,
}

impl Engine {
    /// Starts CPython and the engine's own threads.
    ///
    /// # Errors
    /// What CPython said, or no thread.
    pub fn start(config: EngineConfig, link: Arc<dyn Link>) -> Result<Engine, EngineError> {
        runtime::start(config.python.as_deref()).map_err(EngineError::Python)?;
        let absolute = |p: PathBuf| std::path::absolute(&p).unwrap_or(p);
        let core = Arc::new(Core::new(
            link,
            absolute(config.scripts_dir),
            absolute(config.config_dir),
            config.api,
        ));
        watch::start(&core)?;
        let (requests, todo) = channel();
        let mine = Arc::clone(&core);
        threads::vital("py admin", move || {
            admin::serve(&mine, todo);
            Ok(())
        })?;
        Ok(Engine {
            core,
            requests: Mutex::new(Some(requests)),
        })
    }

    /// Loads a script and waits for it. The hub must be handling inputs meanwhile: the
    /// script's top level may call it.
    ///
    /// # Errors
    /// Why it was not loaded.
    pub fn load(&self, path: &Path) -> Result<ScriptId, LoadError> {
        if self.core.stopped.load(Ordering::SeqCst) {
            return Err(LoadError::Stopped);
        }
        admin::load(&self.core, path)
    }

    /// The files that are loaded at the start, in order.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, LoadError> {
        let names = admin::files(&self.core)?;
        Ok(names
            .iter()
            .map(|n| self.core.scripts_dir.join(n))
            .collect())
    }

    /// Puts a question or news before the scripts. Never waits.
    pub fn ask(&self, ask: Ask) {
        self.ask_after(ask, Verdict::ALLOW);
        self.wake();
    }

    /// The same when others have judged it before; the event shows what they replaced. Scripts
    /// that are at nothing hear of it with the next [`Engine::wake`], which is to follow soon.
    pub fn ask_after(&self, ask: Ask, so_far: Verdict) {
        Job::start(&self.core, ask, so_far);
    }

    /// Has the scripts hear of what they were asked, be it one question or many.
    pub fn wake(&self) {
        self.core.wake();
    }

    /// Gives a script's call its answer. Never waits.
    pub fn answer(&self, call: CallId, result: Result<Value<'static>, ApiError>) {
        self.core.answer(call, result);
    }

    /// Does what an operator asked for; the answer comes as an input of the hub.
    pub fn admin(&self, req: ReqId, op: EngineOp) {
        let sent = match &*lock(&self.requests) {
            Some(requests) => requests.send((req, op)).is_ok(),
            None => false,
        };
        if !sent {
            let text = LoadError::Stopped.to_string().into();
            self.core.link.submit(hub::io::Input::Engine { req, text });
        }
    }

    /// Calls a top-level function of a loaded script, named by number, path, file name or
    /// stem, on the script's thread, and waits for the result: at most twice the budget of a
    /// hook and a second. Not for the hub's thread, which a script may be waiting for.
    ///
    /// # Errors
    /// No such script or function, what it raised, or no result in time.
    pub fn call_function(
        &self,
        script: &str,
        name: &str,
        args: &[Value<'_>],
    ) -> Result<Value<'static>, CallError> {
        let cell = admin::find_loaded(&self.core, script).ok_or(CallError::Gone)?;
        request::call_function(&self.core, &cell, name, args)
    }

    /// Gives scripts a function for `vh.CallDynamicFunction`, in place of the one of this name
    /// if there is one.
    pub fn register(&self, whose: Whose, name: &str, function: DynamicFn) {
        self.core.functions.add(whose, name, function);
    }

    /// Takes it away again, with `only` if it is still that one; whether it was there. Calls
    /// under way still end.
    pub fn unregister(&self, whose: &Whose, name: &str, only: Option<&DynamicFn>) -> bool {
        self.core.functions.remove(whose, name, only)
    }

    /// The loaded scripts in call order.
    pub fn list(&self) -> Vec<ScriptInfo> {
        let info = |c: &Arc<cell::Cell>| ScriptInfo {
            id: c.id,
            path: c.path.clone(),
            mode: c.mode,
            label: lock(&c.label).clone(),
            hooks: c.hooks(),
            suspended: c.suspended.load(Ordering::Relaxed),
            stat: c.stat(),
        };
        self.core.chain().iter().map(info).collect()
    }

    /// Unloads all scripts, within the time given even if some hang. Questions asked later
    /// are answered at once.
    pub fn stop(&self, limit: Duration) {
        drop(lock(&self.requests).take());
        ending::stop(&self.core, limit);
    }
}

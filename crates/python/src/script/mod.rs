//! One script in an interpreter of its own, called in place on the caller's thread.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use hub::api::ApiFn;
use hub::config::Config;

use crate::sys::watch::Watch;
use crate::sys::{Attached, EndError, Fetched, GilCell, Interpreter, Owned, PyError, Stored};
use crate::sys::{make, runtime, threads, unicode};
use crate::text::HubText;
use crate::value::Converter;
use crate::vh::{self, Facts, Identity, ScriptHost};

mod call;
pub mod given;
mod hooks;
mod interrupt;
mod paths;
mod verdict;

use hooks::HookTable;
pub use interrupt::Interrupter;

/// What a script is loaded with.
pub struct ScriptConfig {
    /// The file.
    pub path: PathBuf,
    /// The directory of scripts, on `sys.path` after the script's own.
    pub scripts_dir: PathBuf,
    /// `vh.basedir`.
    pub config_dir: PathBuf,
    /// The `vh` functions.
    pub api: &'static [ApiFn],
    /// Who answers them.
    pub host: Arc<dyn ScriptHost>,
    /// The hub's charset.
    pub text: Arc<HubText>,
    /// Called before the script's first line runs.
    pub started: Arc<dyn Fn(Interrupter) + Send + Sync>,
    /// Called when the script's hooks may have changed; ask [`Script::hooks`] later, not now.
    pub changed: Arc<dyn Fn() + Send + Sync>,
}

/// Why a script did not load.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{last_line}")]
pub struct ScriptError {
    /// The exception's class, empty when it was not Python that failed.
    pub class: String,
    /// Class and message.
    pub last_line: String,
    /// All of it, with source lines.
    pub traceback: String,
}

impl From<PyError> for ScriptError {
    fn from(e: PyError) -> ScriptError {
        let Fetched {
            class,
            last_line,
            traceback,
        } = e.into_inner();
        ScriptError {
            class,
            last_line,
            traceback,
        }
    }
}

/// Why a function of a script gave no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The script is being unloaded.
    #[error("the script is not loaded any more")]
    Gone,
    /// There is no such callable.
    #[error("the script has no function {0}")]
    Missing(String),
    /// No result in time; it may still be at work.
    #[error("the script gave no result in time")]
    Late,
    /// It raised, or its arguments or result cannot be converted.
    #[error(transparent)]
    Raised(#[from] ScriptError),
}

/// How the end of a script went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// All of it is gone.
    Clean,
    /// Left behind with these threads, or with threads that have no name.
    Left {
        /// As far as known.
        threads: Vec<String>,
    },
}

/// A loaded script.
pub struct Script {
    interp: Interpreter,
    identity: Arc<Identity>,
    boot: Stored,
    globals: OnceLock<Stored>,
    interrupter: Interrupter,
    table: HookTable,
    /// Looked up names of functions for [`Script::call_function`], interned.
    names: GilCell<Vec<(Box<str>, Stored)>>,
    dirty: Arc<AtomicBool>,
    watch: Mutex<Option<Watch>>,
    reported: Mutex<Option<(String, Instant)>>,
    label: OnceLock<(String, String)>,
    /// Exceptions of hooks.
    failures: AtomicU64,
    vh: Stored,
    /// The settings the live attributes of `vh` were taken from.
    settings: Mutex<Option<Arc<Config>>>,
}

/// Starts CPython; every other function here does so on its own when needed.
///
/// # Errors
/// What CPython said.
pub fn start_python(python: Option<&Path>) -> Result<(), String> {
    runtime::start(python)
}

/// An address in libpython, by which to find the library.
pub fn address_in_python() -> usize {
    runtime::address()
}

impl Script {
    /// Loads a file into a new interpreter. The thread that loads should be the one that
    /// unloads, and the one that calls if only one does.
    ///
    /// # Errors
    /// The exception of the script's top level, or why there is no interpreter.
    pub fn load(config: &ScriptConfig) -> Result<Script, ScriptError> {
        runtime::start(None).map_err(|e| PyError::ours(&e))?;
        let path = std::path::absolute(&config.path).map_err(|e| PyError::ours(&e.to_string()))?;
        let interp = Interpreter::create().map_err(|e| PyError::ours(&e))?;
        let identity = Arc::new(Identity {
            api: config.api,
            host: Arc::clone(&config.host),
            stem: paths::stem(&path),
            convert: OnceLock::new(),
            exit: OnceLock::new(),
        });
        let dirty = Arc::new(AtomicBool::new(true));
        let prepared = {
            let Some(at) = interp.attach() else {
                return Err(PyError::ours("the new interpreter is gone").into());
            };
            prepare(&at, config, &identity, &path)
        };
        let (boot, vh, timeout) = match prepared {
            Ok(parts) => parts,
            Err(e) => {
                // Nothing of the script ran, so nothing can hold the interpreter.
                if let Err(e) = interp.end() {
                    tracing::warn!("an interpreter that failed to start was left: {e:?}");
                }
                return Err(e.into());
            }
        };
        let interrupter = Interrupter {
            interp: interp.clone(),
            class: Arc::new(timeout),
        };
        (config.started)(interrupter.clone());
        let script = Script {
            interp,
            identity,
            boot,
            globals: OnceLock::new(),
            interrupter,
            table: HookTable::new(),
            names: GilCell::new(Vec::new()),
            dirty,
            watch: Mutex::new(None),
            reported: Mutex::new(None),
            label: OnceLock::new(),
            failures: AtomicU64::new(0),
            vh,
            settings: Mutex::new(None),
        };
        match script.run(config, &path) {
            Ok(()) => Ok(script),
            Err(e) => {
                let error = e.into();
                if script.close(Duration::from_millis(500)) != Closed::Clean {
                    tracing::warn!(script = script.stem(), "left threads behind when it failed");
                }
                Err(error)
            }
        }
    }

    /// Runs the script's top level and finds its hooks.
    fn run(&self, config: &ScriptConfig, path: &Path) -> Result<(), PyError> {
        let Some(at) = self.interp.attach() else {
            return Err(PyError::ours("the interpreter is gone"));
        };
        let folders = paths::folders(path, &config.scripts_dir);
        let folders = make::list(&at, folders.len(), |i| {
            vh::path(&at, folders[i].as_os_str().as_bytes())
        })?;
        let file = vh::path(&at, path.as_os_str().as_bytes())?;
        let stem = unicode::new(&at, self.stem())?;
        let load = self.boot_function(&at, "load")?;
        let module = load.call(&at, &[*file, *stem, self.vh.get(&at), *folders]);
        let globals = module?.attr(&at, "__dict__")?;
        let dirty = Arc::clone(&self.dirty);
        let changed = Arc::clone(&config.changed);
        let watch = Watch::start(
            &at,
            *globals,
            Arc::new(move || {
                if !dirty.swap(true, Ordering::Relaxed) {
                    changed();
                }
            }),
        )?;
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch);
        if self.globals.set(globals.store()).is_err() {
            return Err(PyError::ours("loaded twice"));
        }
        self.rescan(&at);
        self.ask_label(&at);
        Ok(())
    }

    /// The file's stem, as in `vh.name`.
    pub fn stem(&self) -> &str {
        &self.identity.stem
    }

    /// How many calls of hooks have raised.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// What `name_and_version()` of the script said.
    pub fn label(&self) -> Option<(&str, &str)> {
        self.label.get().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Brings `vh.botname` and its like up to date when settings have changed.
    pub fn refresh(&self) {
        let config = self.identity.host.view().config();
        {
            let mut known = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
            if known.as_ref().is_some_and(|k| Arc::ptr_eq(k, &config)) {
                return;
            }
            *known = Some(Arc::clone(&config));
        }
        if let (Some(at), Some(convert)) = (self.interp.attach(), self.identity.convert.get())
            && let Err(e) = vh::set_live(&at, self.vh.get(&at), convert, &config)
        {
            tracing::warn!(script = self.stem(), "vh.botname: {e}");
        }
    }

    /// `UnLoad()` of the script, if it has one.
    pub fn call_unload(&self) {
        match self.call_function("UnLoad", &[]) {
            Ok(_) | Err(CallError::Missing(_) | CallError::Gone | CallError::Late) => {}
            Err(CallError::Raised(e)) => self.log_failure("UnLoad", &e),
        }
    }

    /// Ends the script's threads and its interpreter, within the time given. May be called
    /// again when something was left.
    pub fn close(&self, limit: Duration) -> Closed {
        self.close_in(limit, limit)
    }

    /// The same with separate times for the script's threads and for those of the program
    /// that are in it or have been.
    pub fn close_in(&self, limit: Duration, program: Duration) -> Closed {
        let deadline = Instant::now() + program;
        let mut left = Vec::new();
        if let Some(at) = self.interp.attach() {
            left = self.finish_threads(&at, limit);
            self.forget_objects(&at);
        }
        let mut end = self.interp.end();
        // A thread that has ended may still be giving its thread state back.
        while end == Err(EndError::InUse) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
            end = self.interp.end();
        }
        match end {
            Ok(()) => Closed::Clean,
            Err(EndError::InUse) => Closed::Left {
                threads: vec!["(a thread of the hub)".into()],
            },
            Err(EndError::ThreadsRun(n)) => {
                if left.is_empty() {
                    left = vec!["(unnamed)".into(); n];
                }
                Closed::Left { threads: left }
            }
        }
    }

    /// The means to interrupt it.
    pub fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    /// This OS thread as an [`Interrupter`] knows it.
    pub fn thread_ident() -> u64 {
        threads::ident()
    }

    /// Attaches this thread while `f` runs, so that the calls in it take no GIL of their own.
    pub fn attached<R>(&self, f: impl FnOnce() -> R) -> R {
        let _at = self.interp.attach();
        f()
    }

    fn boot_function<'a>(&self, at: &'a Attached<'_>, name: &str) -> Result<Owned<'a>, PyError> {
        let key = unicode::new(at, name)?;
        let function = self.boot.get(at).dict_get(*key)?;
        let missing = || PyError::ours("boot.py lacks a function");
        Ok(function.ok_or_else(missing)?.to_owned())
    }

    fn finish_threads(&self, at: &Attached<'_>, limit: Duration) -> Vec<String> {
        let run = || {
            let seconds = make::float(at, limit.as_secs_f64())?;
            let names = self
                .boot_function(at, "finish_threads")?
                .call(at, &[*seconds])?;
            let names = make::to_tuple(*names)?;
            self.boot_function(at, "flush")?.call(at, &[])?;
            Ok(names.tuple_items().map(unicode::lossy).collect())
        };
        run().unwrap_or_else(|e: PyError| {
            tracing::warn!(script = self.stem(), "ending its threads: {e}");
            Vec::new()
        })
    }

    /// Gives back what would otherwise be left to the end of the interpreter, and the watch,
    /// which must not see it.
    fn forget_objects(&self, at: &Attached<'_>) {
        let watch = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let (Some(watch), Some(globals)) = (watch, self.globals.get()) {
            watch.end(at, globals.get(at));
        }
        self.table.clear(at);
        let names = self.names.with(at, std::mem::take);
        names.into_iter().for_each(|(_, key)| key.release(at));
    }

    fn ask_label(&self, at: &Attached<'_>) {
        const NAME: &str = "name_and_version";
        let ask = || {
            let Some(globals) = self.globals.get() else {
                return Ok(None);
            };
            let key = unicode::new(at, NAME)?;
            let Some(function) = globals.get(at).dict_get(*key)? else {
                return Ok(None);
            };
            let result = function.to_owned().call(at, &[])?;
            let mut parts = result.tuple_items().map(|part| part.to_str_quietly(at));
            Ok(parts.next().zip(parts.next()))
        };
        match ask() {
            Ok(Some(label)) => {
                let text = |t: &str| self.text().map(|x| x.encode_str(t)).unwrap_or_default();
                let host = &self.identity.host;
                host.label(Some((text(&label.0), text(&label.1))));
                drop(self.label.set(label));
            }
            Ok(None) => {}
            Err(e) => self.report(NAME, &e),
        }
    }

    fn text(&self) -> Option<&HubText> {
        self.identity.convert.get().map(|c| &*c.text)
    }
}

/// Makes the interpreter ready for a script: output, `vh`, helpers.
fn prepare(
    at: &Attached<'_>,
    config: &ScriptConfig,
    identity: &Arc<Identity>,
    path: &Path,
) -> Result<(Stored, Stored, Stored), PyError> {
    let boot = make::run(at, "<viperhub>", vh::BOOT)?;
    let entry = |name: &str| {
        let key = unicode::new(at, name)?;
        let missing = || PyError::ours("boot.py lacks a name");
        Ok::<_, PyError>(boot.dict_get(*key)?.ok_or_else(missing)?.to_owned())
    };
    let name = unicode::new(at, "vh")?;
    let spec = entry("spec")?.call(at, &[*name])?;
    let facts = Facts {
        path: path.as_os_str().as_bytes().to_vec(),
        config_dir: config.config_dir.as_os_str().as_bytes().to_vec(),
    };
    let module = vh::create(at, *spec, Arc::clone(identity), &facts)?;
    for name in ["_write", "_interrupt"] {
        let function = vh::our_function(at, config.api, *module, name)?;
        boot.dict_set(name, *function)?;
    }
    let convert = Converter {
        text: Arc::clone(&config.text),
        nick_list: entry("NickList")?.store(),
        my_info: entry("MyInfo")?.store(),
        zero: make::int(at, 0)?.store(),
        one: make::int(at, 1)?.store(),
    };
    let builtins = boot.dict_get(*unicode::new(at, "__builtins__")?)?;
    if let Some(builtins) = builtins {
        let exit = builtins.attr(at, "SystemExit")?.store();
        drop(identity.exit.set(exit));
    }
    vh::set_live(at, *module, &convert, &config.host.view().config())?;
    if identity.convert.set(convert).is_err() {
        return Err(PyError::ours("prepared twice"));
    }
    entry("start")?.call(at, &[])?;
    let timeout = entry("HookTimeout")?.store();
    Ok((boot.store(), module.store(), timeout))
}

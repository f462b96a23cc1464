//! One script, called in place on the caller's thread.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use hub::api::ApiFn;
use hub::config::Config;
use hub::cut;
use hub::repeats::Repeats;

use crate::mode::Mode;
use crate::sys::here::Here;
use crate::sys::unicode::KnownStrs;
use crate::sys::watch::Watch;
use crate::sys::{Attached, Borrowed, Fetched, GilCell, PyError, Slot, Stored};
use crate::sys::{make, runtime, threads, unicode};
use crate::text::HubText;
use crate::value::Converter;
use crate::vh::{self, Facts, Identity, ScriptHost};

mod call;
pub mod given;
mod hooks;
mod interrupt;
mod namespace;
pub(crate) mod output;
mod paths;
mod verdict;
mod world;

use hooks::HookTable;
pub use interrupt::Interrupter;
use namespace::{HooksOnly, Membership};
pub use world::World;

/// What a script is loaded with.
pub struct ScriptConfig {
    /// The file.
    pub path: PathBuf,
    /// In which kind of interpreter.
    pub mode: Mode,
    /// The interpreter that another isolated script has left ([`Script::retire`]), to be used
    /// instead of a new one. Not for shared scripts.
    pub world: Option<Arc<World>>,
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
    /// All of it, with source lines; of a very long one beginning and end.
    pub traceback: String,
    /// Files and lines that it came through, the innermost last.
    pub places: Vec<(String, u32)>,
}

impl From<PyError> for ScriptError {
    fn from(e: PyError) -> ScriptError {
        let Fetched {
            class,
            last_line,
            traceback,
            places,
        } = e.into_inner();
        ScriptError {
            class,
            last_line,
            traceback,
            places,
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

/// What a script calls itself may have so many bytes.
const LABEL: usize = 255;

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

/// How a script is told of changes of its names.
enum Names {
    Own(Watch),
    Shared(Membership),
}

/// A loaded script.
pub struct Script {
    world: Arc<World>,
    /// Others live there, too.
    shared: bool,
    identity: Arc<Identity>,
    /// The script as boot.py knows it.
    guest: Slot,
    globals: Slot,
    interrupter: Interrupter,
    table: HookTable,
    /// Looked up names of functions for [`Script::call_function`], interned.
    names: GilCell<Vec<(Box<[u8]>, Stored)>>,
    dirty: Arc<AtomicBool>,
    names_seen: Mutex<Option<Names>>,
    /// Interrupted hooks.
    interrupts: Mutex<Repeats>,
    label: OnceLock<(String, String)>,
    /// Exceptions of hooks.
    failures: AtomicU64,
    vh: Slot,
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
    /// Loads a file. The thread that loads should be the one that unloads, and the one that
    /// calls if only one does.
    ///
    /// # Errors
    /// The exception of the script's top level, or why there is no interpreter.
    pub fn load(config: &ScriptConfig) -> Result<Script, ScriptError> {
        let path = std::path::absolute(&config.path).map_err(|e| PyError::ours(&e.to_string()))?;
        let world = match (config.mode, &config.world) {
            (Mode::Shared, _) => World::shared()?,
            (Mode::Isolated, Some(world)) => Arc::clone(world),
            (Mode::Isolated, None) => World::isolated()?,
        };
        let identity = Arc::new(Identity {
            api: config.api,
            host: Arc::clone(&config.host),
            stem: paths::stem(&path),
            convert: OnceLock::new(),
        });
        let script = Script {
            interrupter: Interrupter {
                world: Arc::clone(&world),
            },
            shared: world.is_shared(),
            world,
            identity,
            guest: Slot::empty(),
            globals: Slot::empty(),
            table: HookTable::new(),
            names: GilCell::new(Vec::new()),
            dirty: Arc::new(AtomicBool::new(true)),
            names_seen: Mutex::new(None),
            interrupts: Mutex::default(),
            label: OnceLock::new(),
            failures: AtomicU64::new(0),
            vh: Slot::empty(),
            settings: Mutex::new(None),
        };
        let loaded = script.prepare(config, &path).and_then(|()| {
            (config.started)(script.interrupter.clone());
            script.run(config, &path)
        });
        match loaded {
            Ok(()) => Ok(script),
            Err(e) => {
                let mut error: ScriptError = e.into();
                if let Some(why) = script.explanation(&error.traceback) {
                    error.traceback = format!("{}\n{why}\n", error.traceback.trim_end());
                }
                if script.close(Duration::from_millis(500)) != Closed::Clean {
                    tracing::warn!(script = script.stem(), "left threads behind when it failed");
                }
                Err(error)
            }
        }
    }

    /// Makes the interpreter ready for this script: its `vh`, its place in boot.py.
    fn prepare(&self, config: &ScriptConfig, path: &Path) -> Result<(), PyError> {
        let at = self.attach().ok_or_else(gone)?;
        let spec = self.world.boot(&at, "spec")?;
        let spec = spec.call(&at, &[*unicode::new(&at, "vh")?])?;
        let facts = Facts {
            path: path.as_os_str().as_bytes().to_vec(),
            config_dir: config.config_dir.as_os_str().as_bytes().to_vec(),
        };
        let vh = vh::create(&at, *spec, Arc::clone(&self.identity), &facts)?;
        let convert = Converter {
            text: Arc::clone(&config.text),
            nick_list: self.world.boot(&at, "NickList")?.store(),
            my_info: self.world.boot(&at, "MyINFO")?.store(),
            zero: make::int(&at, 0)?.store(),
            one: make::int(&at, 1)?.store(),
            keys: KnownStrs::new(),
            json: GilCell::new(Vec::new()),
        };
        vh::set_live(&at, *vh, &convert, &config.host.view().config())?;
        if self.identity.convert.set(convert).is_err() {
            return Err(PyError::ours("prepared twice"));
        }
        let stem = unicode::new(&at, self.stem())?;
        let guest = self.world.boot(&at, "admit")?.call(&at, &[*stem, *vh])?;
        self.guest.set(&at, Some(guest));
        self.vh.set(&at, Some(vh));
        Ok(())
    }

    /// Runs the script's top level and finds its hooks.
    fn run(&self, config: &ScriptConfig, path: &Path) -> Result<(), PyError> {
        let at = self.attach().ok_or_else(gone)?;
        let _here = self.here(&at);
        let guest = self.guest.get(&at).ok_or_else(gone)?;
        let vh = self.vh.get(&at).ok_or_else(gone)?;
        let folders = paths::folders(path, &config.scripts_dir);
        let folders = make::list(&at, folders.len(), |i| {
            vh::path(&at, folders[i].as_os_str().as_bytes())
        })?;
        let file = vh::path(&at, path.as_os_str().as_bytes())?;
        let prepare = self.world.boot(&at, "prepare")?;
        let module = prepare.call(&at, &[*guest, *file, *folders])?;
        let globals = module.attr(&at, "__dict__")?;
        let dirty = Arc::clone(&self.dirty);
        let changed = Arc::clone(&config.changed);
        let changed: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            if !dirty.swap(true, Ordering::Relaxed) {
                changed();
            }
        });
        let shared = self.shared;
        // What others see of a shared script they see from its first line on.
        let seen = match shared {
            true => Some(Names::Shared(Membership::join(
                &at,
                *globals,
                *vh,
                Arc::clone(&changed),
            )?)),
            false => None,
        };
        self.globals.set(&at, Some(globals.to_owned()));
        self.set_names_seen(seen);
        let run = self.world.boot(&at, "run")?;
        let defined = run.call(&at, &[*guest, *module])?;
        if shared {
            let seen = lock(&self.names_seen);
            if let Some(Names::Shared(membership)) = &*seen {
                membership.loaded(&at, *globals, *defined);
            }
        } else {
            let watch = Watch::start(&at, *globals, Arc::new(HooksOnly(changed)))?;
            self.set_names_seen(Some(Names::Own(watch)));
        }
        self.rescan(&at);
        self.ask_label(&at);
        Ok(())
    }

    fn set_names_seen(&self, seen: Option<Names>) {
        *lock(&self.names_seen) = seen;
    }

    /// Attaches this thread to the script's interpreter.
    #[inline]
    fn attach(&self) -> Option<Attached<'_>> {
        self.world.interp.attach()
    }

    /// This thread works for this script, where that is not clear by itself.
    #[inline]
    fn here<'a>(&self, at: &'a Attached<'_>) -> Option<Here<'a>> {
        if !self.shared {
            return None;
        }
        self.world.mend(at);
        self.guest.get(at).map(Here::enter)
    }

    /// The file's stem, as in `vh.name`.
    pub fn stem(&self) -> &str {
        &self.identity.stem
    }

    /// The kind of interpreter it is in.
    pub fn mode(&self) -> Mode {
        match self.shared {
            true => Mode::Shared,
            false => Mode::Isolated,
        }
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
            let mut known = lock(&self.settings);
            if known.as_ref().is_some_and(|k| Arc::ptr_eq(k, &config)) {
                return;
            }
            *known = Some(Arc::clone(&config));
        }
        if let (Some(at), Some(convert)) = (self.attach(), self.identity.convert.get())
            && let Some(vh) = self.vh.get(&at)
            && let Err(e) = vh::set_live(&at, *vh, convert, &config)
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

    /// Ends the script's threads and takes it out of its interpreter, which an isolated script's
    /// successor may use ([`ScriptConfig::world`]).
    ///
    /// # Errors
    /// What keeps running, so that nothing was taken out; may be called again then.
    pub fn retire(&self, limit: Duration) -> Result<Arc<World>, Closed> {
        let Some(at) = self.attach() else {
            return Ok(Arc::clone(&self.world));
        };
        let _here = self.here(&at);
        if let Some(guest) = self.guest.get(&at) {
            let left = self.finish_threads(&at, *guest, limit);
            if !left.is_empty() {
                return Err(Closed::Left { threads: left });
            }
            self.forget_objects(&at);
            let dismissed = self.world.boot(&at, "dismiss");
            if let Err(e) = dismissed.and_then(|f| f.call(&at, &[*guest]).map(drop)) {
                tracing::warn!(script = self.stem(), "taking it out: {e}");
                self.world.spoiled.store(true, Ordering::Relaxed);
            }
            self.guest.set(&at, None);
        }
        Ok(Arc::clone(&self.world))
    }

    /// Ends the script's threads and, if it is its own, its interpreter, within the time given.
    /// May be called again when something was left.
    pub fn close(&self, limit: Duration) -> Closed {
        let deadline = Instant::now() + limit;
        match self.retire(limit) {
            Err(left) => left,
            Ok(_) if self.shared => Closed::Clean,
            Ok(world) => world.close(deadline),
        }
    }

    /// About how many bytes the objects of its interpreter take; `None` when it shares that
    /// with others, or when it is gone. Takes tens of milliseconds.
    pub fn memory(&self) -> Option<i64> {
        if self.shared {
            return None;
        }
        let at = self.attach()?;
        let bytes = self
            .world
            .boot(&at, "memory")
            .and_then(|f| f.call(&at, &[])?.as_i64());
        bytes
            .inspect_err(|e| tracing::debug!(script = self.stem(), "its memory: {e}"))
            .ok()
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
        let _at = self.attach();
        f()
    }

    fn finish_threads(
        &self,
        at: &Attached<'_>,
        guest: Borrowed<'_>,
        limit: Duration,
    ) -> Vec<String> {
        let run = || {
            let seconds = make::float(at, limit.as_secs_f64())?;
            let finish = self.world.boot(at, "finish_threads")?;
            let names = finish.call(at, &[guest, *seconds])?;
            let names = make::to_tuple(*names)?;
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
        let seen = lock(&self.names_seen).take();
        if let Some(globals) = self.globals.get(at) {
            match seen {
                Some(Names::Own(watch)) => watch.end(at, *globals),
                Some(Names::Shared(membership)) => membership.leave(at, *globals),
                None => {}
            }
        }
        self.table.clear(at);
        if let Some(convert) = self.identity.convert.get() {
            convert.keys.clear(at);
        }
        let names = self.names.with(at, std::mem::take);
        names.into_iter().for_each(|(_, key)| key.release(at));
        self.globals.set(at, None);
        self.vh.set(at, None);
    }

    fn ask_label(&self, at: &Attached<'_>) {
        const NAME: &str = "name_and_version";
        let ask = || {
            let Some(globals) = self.globals.get(at) else {
                return Ok(None);
            };
            let key = unicode::new(at, NAME)?;
            let Some(function) = globals.dict_get(*key)? else {
                return Ok(None);
            };
            let result = function.to_owned().call(at, &[])?;
            let mut parts = result.tuple_items().map(|part| part.to_str_quietly(at));
            Ok(parts.next().zip(parts.next()))
        };
        match ask() {
            Ok(Some((name, version))) => {
                let short = |t: String| cut::line(&t, LABEL).into_owned();
                let label = (short(name), short(version));
                let text = |t: &str| self.text().map(|x| x.encode_str(t)).unwrap_or_default();
                let host = &self.identity.host;
                host.introduce((text(&label.0), text(&label.1)));
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

fn gone() -> PyError {
    PyError::ours("the interpreter is gone")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

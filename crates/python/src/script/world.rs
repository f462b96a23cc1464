//! An interpreter with the engine's own Python code in it, ready for scripts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::{Closed, output};
use crate::sys::here;
use crate::sys::module::{Definition, Dispatch, Method, RawArgs};
use crate::sys::{
    Attached, Borrowed, EndError, Interpreter, Owned, PyError, Raise, Raised, Slot, Stored,
};
use crate::sys::{make, process, raise, runtime, threads, unicode};
use crate::vh;

/// How long a thread may take from its last line to its end in CPython.
const GOING: Duration = Duration::from_millis(500);

/// Where scripts live: the main interpreter for shared ones, a sub-interpreter for each
/// isolated one. One that is left clean can take the next script.
pub struct World {
    pub(super) interp: Interpreter,
    boot: Slot,
    /// `HookTimeout`.
    pub(super) timeout: Slot,
    /// A script could not be taken out: not for another one.
    pub(super) spoiled: AtomicBool,
    /// Where several scripts live: dicts that one of them may empty for all (of builtins and of
    /// modules), and how much is in them at least.
    needed: OnceLock<[(Stored, usize); 2]>,
}

impl World {
    /// A new sub-interpreter.
    pub(super) fn isolated() -> Result<Arc<World>, PyError> {
        runtime::start(None).map_err(|e| PyError::ours(&e))?;
        let interp = Interpreter::create().map_err(|e| PyError::ours(&e))?;
        World::prepare(interp.clone()).inspect_err(|_| {
            // Nothing of a script ran, so nothing can hold the interpreter.
            if let Err(e) = interp.end() {
                tracing::warn!("an interpreter that failed to start was left: {e:?}");
            }
        })
    }

    /// The main interpreter, made ready once.
    pub(super) fn shared() -> Result<Arc<World>, PyError> {
        static SHARED: Mutex<Option<Arc<World>>> = Mutex::new(None);
        runtime::start(None).map_err(|e| PyError::ours(&e))?;
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = &*shared {
            return Ok(Arc::clone(world));
        }
        let world = World::prepare(Interpreter::main())?;
        *shared = Some(Arc::clone(&world));
        Ok(world)
    }

    fn prepare(interp: Interpreter) -> Result<Arc<World>, PyError> {
        let world = World {
            interp,
            boot: Slot::empty(),
            timeout: Slot::empty(),
            spoiled: AtomicBool::new(false),
            needed: OnceLock::new(),
        };
        {
            let Some(at) = world.interp.attach() else {
                return Err(PyError::ours("the new interpreter is gone"));
            };
            let boot = make::run(&at, "<viperhub>", vh::BOOT)?;
            world.boot.set(&at, Some(boot));
            let name = unicode::new(&at, "_viperhub")?;
            let spec = world.boot(&at, "spec")?.call(&at, &[*name])?;
            let native = native().create(&at, *spec, Arc::new(Native))?;
            let many = make::bool(&at, world.is_shared());
            world.boot(&at, "start")?.call(&at, &[*native, *many])?;
            let timeout = world.boot(&at, "HookTimeout")?;
            world.timeout.set(&at, Some(timeout));
            if world.is_shared() {
                world.note_needed(&at)?;
            }
        }
        Ok(Arc::new(world))
    }

    /// Whether several scripts live here.
    pub(super) fn is_shared(&self) -> bool {
        self.interp.is_main()
    }

    fn note_needed(&self, at: &Attached<'_>) -> Result<(), PyError> {
        let sizes = self.boot(at, "sizes")?.call(at, &[])?;
        let items: Vec<_> = sizes.tuple_items().collect();
        if let [builtins, least, modules, fewest] = items.as_slice() {
            let size = |n: &Borrowed<'_>| Ok(usize::try_from(n.as_i64()?).unwrap_or(0));
            let (least, fewest) = (size(least)?, size(fewest)?);
            let [builtins, modules] = [builtins, modules].map(|d| (*d).to_owned().store());
            drop(self.needed.set([(builtins, least), (modules, fewest)]));
        }
        Ok(())
    }

    /// Puts back what one script has taken from all, before another one runs.
    #[inline]
    pub(super) fn mend(&self, at: &Attached<'_>) {
        let poor = |(dict, least): &(Stored, usize)| dict.get(at).dict_len() < *least;
        if let Some(needed) = self.needed.get()
            && needed.iter().any(poor)
        {
            self.mend_now(at);
        }
    }

    #[cold]
    fn mend_now(&self, at: &Attached<'_>) {
        let mended = self.boot(at, "tell_mended");
        if let Err(e) = mended.and_then(|f| f.call(at, &[]).map(drop)) {
            tracing::error!("what a script has broken cannot be mended: {e}");
        }
    }

    /// Something that boot.py defines.
    pub(super) fn boot<'a>(&self, at: &'a Attached<'_>, name: &str) -> Result<Owned<'a>, PyError> {
        let key = unicode::new(at, name)?;
        let boot = self.boot.get(at).ok_or_else(super::gone)?;
        let function = boot.dict_get(*key)?.map(Borrowed::to_owned);
        let missing = || PyError::ours("boot.py lacks a function");
        function.ok_or_else(missing)
    }

    /// Whether a script was taken out without a trace: no thread of Python's own making runs in
    /// it, and nothing failed.
    pub fn is_clean(&self) -> bool {
        if self.spoiled.load(Ordering::Relaxed) {
            return false;
        }
        let threads = || Some(self.interp.python_threads(&self.interp.attach()?));
        let soon = Instant::now() + GOING;
        // One that has ended may still be giving its thread state back.
        while threads().is_some_and(|n| n > 0) && Instant::now() < soon {
            std::thread::sleep(Duration::from_millis(5));
        }
        threads() == Some(0)
    }

    /// What the engine held to the end would be lost memory.
    fn give_up_objects(&self, at: &Attached<'_>) {
        let end = self
            .boot(at, "before_end")
            .and_then(|f| f.call(at, &[]).map(drop));
        if let Err(e) = end {
            tracing::warn!("before the end of an interpreter: {e}");
        }
        self.boot.set(at, None);
        self.timeout.set(at, None);
    }

    /// Whether no other thread of the program has been in it: then it can end.
    pub fn is_free(&self) -> bool {
        self.interp.is_free()
    }

    /// Ends the interpreter of an isolated script that was taken out of it.
    pub fn end(&self, limit: Duration) -> Closed {
        self.close(Instant::now() + limit)
    }

    pub(super) fn close(&self, deadline: Instant) -> Closed {
        if let Some(at) = self.interp.attach()
            && !self.boot.is_empty()
        {
            self.give_up_objects(&at);
        }
        let mut end = self.interp.end();
        // A thread that has ended may still be giving its thread state back. Of those that go by
        // no name here nobody knows whether they will.
        let soon = deadline.min(Instant::now() + GOING);
        while match end {
            Err(EndError::InUse) => Instant::now() < deadline,
            Err(EndError::ThreadsRun(_)) => Instant::now() < soon,
            Ok(()) => false,
        } {
            std::thread::sleep(Duration::from_millis(5));
            end = self.interp.end();
        }
        let threads = match end {
            Ok(()) => return Closed::Clean,
            Err(EndError::InUse) => vec!["(a thread of the hub)".into()],
            Err(EndError::ThreadsRun(n)) => vec!["(unnamed)".into(); n],
        };
        Closed::Left { threads }
    }
}

/// What boot.py calls of the engine.
struct Native;

/// Its functions, by number.
const FUNCTIONS: [&str; 8] = [
    "write",
    "interrupt",
    "here",
    "skip",
    "forked",
    "hubs",
    "child",
    "end",
];

fn native() -> &'static Definition<Native> {
    static NATIVE: OnceLock<Definition<Native>> = OnceLock::new();
    NATIVE.get_or_init(|| {
        let methods = FUNCTIONS.map(|name| Method {
            name: name.into(),
            doc: String::new(),
        });
        Definition::new("_viperhub", "The engine.", &methods)
    })
}

impl Dispatch for Native {
    fn call<'a>(
        &self,
        at: &'a Attached<'_>,
        index: usize,
        raw: &RawArgs<'_>,
    ) -> Result<Owned<'a>, Raised> {
        let arg = |i: usize| {
            let missing = || raise(at, Raise::Type, "missing argument");
            raw.values.get(i).copied().ok_or_else(missing)
        };
        let failed = |e: PyError| raise(at, Raise::Runtime, &e.last_line);
        match index {
            0 => {
                let (script, line) = (unicode::lossy(arg(0)?), unicode::lossy(arg(2)?));
                let error = arg(1)?.is_true().map_err(failed)?;
                if process::is_forked() {
                    process::write_from_child(&line);
                    return Ok(make::none(at));
                }
                Ok(make::bool(at, output::line(&script, error, &line)))
            }
            1 => {
                let thread = arg(0)?.as_i64().map_err(failed)?.cast_unsigned();
                threads::raise_in(at, thread, Some(arg(1)?));
                Ok(make::none(at))
            }
            3 => {
                let number = |i| Ok(arg(i)?.as_i64().map_err(failed)?.unsigned_abs());
                let (lines, bytes) = (number(1)?, number(2)?);
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                output::skip(&unicode::lossy(arg(0)?), lines, bytes);
                Ok(make::none(at))
            }
            4 => Ok(make::bool(at, process::is_forked())),
            5 => {
                let number = |i| arg(i)?.as_i64().map_err(failed);
                let found = process::hubs_file(number(0)?, number(1)?);
                make::int(at, found.map_or(-1, i64::from)).map_err(failed)
            }
            6 => {
                process::begin_child();
                Ok(make::none(at))
            }
            7 => {
                let code = arg(0)?.as_i64().map_err(failed)?;
                process::end_child(i32::try_from(code).unwrap_or(1))
            }
            _ => Ok(here::here(at).map_or_else(|| make::none(at), Borrowed::to_owned)),
        }
    }
}

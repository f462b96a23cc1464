//! Scripts by id.
//!
//! An id is free, reserved, loading or loaded. Any thread may call a loaded script at any
//! time; who takes it out of its place only ends it once nobody is in it. What cannot be ended
//! at once (threads that still run, or a script that unloads itself from a hook) is tried again
//! with each later load and unload.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hub::api::{Query, QueryAnswer};
use python::calls;
use python::mode::Mode;
use python::script::given::{AnswerKind, Given};
use python::script::{Script, ScriptConfig};
use python::text::HubText;

use crate::dynamic::Functions;
use crate::host::{Caller, Facts};
use crate::{vh, worlds};

/// So many scripts at once.
const MOST: usize = 1024;

/// How long threads of a script may take to end.
const PATIENCE: Duration = Duration::from_millis(2500);

/// A place for a script.
pub struct Slot {
    /// NULL, or a `Box` of ours.
    script: AtomicPtr<Loaded>,
    /// Counts the scripts that have been here. Changes only while there is none.
    turn: AtomicUsize,
    /// How many calls are in the script of this turn or about to be, and of the turn before. By
    /// turn, so that a script that stays in use does not keep its predecessor from ending.
    users: [AtomicUsize; 2],
    /// Kept from the reservation to the end of the script.
    pub functions: Functions,
}

/// A script that can be called.
pub struct Loaded {
    /// The script.
    pub script: Script,
    /// Its host.
    pub caller: Arc<Caller>,
    file: PathBuf,
}

const _: () = {
    const fn for_all_threads<T: Send + Sync>() {}
    for_all_threads::<Loaded>();
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Reserved,
    Loading,
    Loaded,
}

static SLOTS: [Slot; MOST] = [const {
    Slot {
        script: AtomicPtr::new(ptr::null_mut()),
        turn: AtomicUsize::new(0),
        users: [const { AtomicUsize::new(0) }; 2],
        functions: Functions::new(),
    }
}; MOST];

static STATES: Mutex<[State; MOST]> = Mutex::new([State::Free; MOST]);

/// Scripts that are gone for everybody but CPython.
static GRAVES: Mutex<Vec<Grave>> = Mutex::new(Vec::new());

struct Grave {
    loaded: Box<Loaded>,
    users: &'static AtomicUsize,
    /// How long its threads may take to end the next time.
    patience: Duration,
}

thread_local! {
    /// How many functions of the program scripts are waiting for on this thread, one in the
    /// other. Only in there can this library be called with Python code below.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A call of the program by a script on this thread.
pub struct Underway(());

impl Underway {
    /// Counts it until this is dropped.
    #[inline]
    pub fn new() -> Underway {
        DEPTH.set(DEPTH.get() + 1);
        Underway(())
    }
}

impl Drop for Underway {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

fn states() -> MutexGuard<'static, [State; MOST]> {
    STATES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn graves() -> MutexGuard<'static, Vec<Grave>> {
    GRAVES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place(id: i32) -> Option<usize> {
    usize::try_from(id).ok().filter(|i| *i < MOST)
}

/// The place with this id, whatever is in it.
#[inline]
pub fn slot(id: i32) -> Option<&'static Slot> {
    place(id).map(|i| &SLOTS[i])
}

impl Slot {
    /// Does something with the script, if there is one.
    #[inline]
    pub fn with<R>(&self, call: impl FnOnce(&Loaded) -> R) -> Option<R> {
        let (script, _user) = loop {
            let turn = self.turn.load(Ordering::SeqCst);
            let user = User::new(&self.users[turn % 2]);
            let script = self.script.load(Ordering::SeqCst);
            // Else we may have counted ourselves to the script before.
            if self.turn.load(Ordering::SeqCst) == turn {
                break (script, user);
            }
        };
        // SAFETY: NULL or a live script: who takes it out of its place frees it only after a
        // look at the count of its turn. We were counted before we looked, so either that look
        // sees us, or the place was empty.
        let loaded = unsafe { script.as_ref() }?;
        Some(call(loaded))
    }

    /// Puts a script into the empty place.
    fn put(&self, loaded: Box<Loaded>) {
        self.turn.fetch_add(1, Ordering::SeqCst);
        self.script.store(Box::into_raw(loaded), Ordering::SeqCst);
    }

    /// Empties the place. Calls may still be in the script, as `users` of the grave tells.
    fn take(&'static self) -> Option<Grave> {
        let script = self.script.swap(ptr::null_mut(), Ordering::SeqCst);
        // SAFETY: NULL or from `put`, and taken out once.
        let loaded = (!script.is_null()).then(|| unsafe { Box::from_raw(script) })?;
        Some(Grave {
            loaded,
            users: &self.users[self.turn.load(Ordering::SeqCst) % 2],
            patience: PATIENCE,
        })
    }
}

/// Counts as long as it lives.
struct User<'u>(&'u AtomicUsize);

impl<'u> User<'u> {
    #[inline]
    fn new(users: &'u AtomicUsize) -> User<'u> {
        users.fetch_add(1, Ordering::SeqCst);
        User(users)
    }
}

impl Drop for User<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether functions may be registered under this id.
pub fn is_reserved(id: i32) -> bool {
    place(id).is_some_and(|i| states()[i] != State::Free)
}

/// The lowest free id; `None` when there are too many scripts.
pub fn reserve() -> Option<i32> {
    let mut states = states();
    let free = states.iter().position(|s| *s == State::Free)?;
    states[free] = State::Reserved;
    i32::try_from(free).ok()
}

/// The script of this path: as given when it was loaded, else the same file by another path, else
/// of this file name or stem.
pub fn by_path(path: &[u8]) -> Option<i32> {
    use std::os::unix::ffi::OsStrExt as _;
    let named = Path::new(std::ffi::OsStr::from_bytes(path));
    let absolute = std::path::absolute(named).ok()?;
    let same: [&dyn Fn(&Path) -> bool; 4] = [
        &|file| file == named,
        &|file| std::path::absolute(file).is_ok_and(|file| file == absolute),
        &|file| file.file_name() == Some(named.as_os_str()),
        &|file| file.file_stem() == Some(named.as_os_str()),
    ];
    let has = |slot: &Slot, same: &dyn Fn(&Path) -> bool| slot.with(|loaded| same(&loaded.file));
    let found = same.iter().find_map(|same| {
        let mut slots = SLOTS.iter();
        slots.position(|slot| has(slot, same).unwrap_or(false))
    });
    found.and_then(|i| i32::try_from(i).ok())
}

/// What `w_Load` is given.
pub struct Order<'a> {
    /// A reserved or free id.
    pub id: i64,
    /// The file.
    pub path: &'a [u8],
    /// The hub's directory.
    pub config_dir: &'a [u8],
    /// The rest.
    pub facts: Facts<'a>,
}

/// Loads a script on this thread. A failed one leaves its id free.
///
/// # Errors
/// Why it did not load, for the log.
pub fn load(order: &Order<'_>) -> Result<i32, String> {
    let id = i32::try_from(order.id).map_err(|_| format!("bad id {}", order.id))?;
    let i = place(id).ok_or_else(|| format!("bad id {id}"))?;
    {
        let mut states = states();
        if matches!(states[i], State::Loading | State::Loaded) {
            return Err(format!("id {id} is in use"));
        }
        states[i] = State::Loading;
    }
    bury();
    match start(order) {
        Ok(loaded) => {
            calls::loaded(id.into(), &loaded.file, loaded.script.hooks());
            SLOTS[i].put(Box::new(loaded));
            states()[i] = State::Loaded;
            Ok(id)
        }
        Err(e) => {
            SLOTS[i].functions.clear();
            states()[i] = State::Free;
            bury();
            Err(e)
        }
    }
}

fn start(order: &Order<'_>) -> Result<Loaded, String> {
    let path = |bytes: &[u8]| {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    };
    let caller = Arc::new(Caller::new(&order.facts));
    let config_dir = path(order.config_dir);
    let host = Arc::clone(&caller);
    let asked = Arc::clone(&caller);
    let file = path(order.path);
    let mode = mode(&file)?;
    let script = Script::load(&ScriptConfig {
        path: file.clone(),
        mode,
        world: (mode == Mode::Isolated)
            .then(|| worlds::take(&file))
            .flatten(),
        scripts_dir: config_dir.join("scripts"),
        config_dir,
        api: vh::table(),
        host,
        text: Arc::new(HubText::utf8_or(move || asked.charset())),
        started: Arc::new(|_| {}),
        changed: Arc::new(|| {}),
    });
    match script {
        Ok(script) => Ok(Loaded {
            script,
            caller,
            file,
        }),
        Err(e) => Err(e.traceback),
    }
}

/// What the script asks for in its first lines, else what the environment says, else an
/// interpreter of its own.
fn mode(file: &std::path::Path) -> Result<Mode, String> {
    // A file that cannot be read gets its message when it is loaded.
    let source = std::fs::read(file).unwrap_or_default();
    if let Some(mode) = python::mode::of_header(&source).map_err(|e| e.to_string())? {
        return Ok(mode);
    }
    match std::env::var("VIPERHUB_PYTHON_MODE") {
        Ok(mode) if !mode.is_empty() => mode
            .parse()
            .map_err(|e| format!("VIPERHUB_PYTHON_MODE: {e}")),
        _ => Ok(Mode::Isolated),
    }
}

/// Takes a script out and ends it; whether there was one. `UnLoad()` of the script still
/// reaches the program.
pub fn unload(id: i32) -> bool {
    let Some(i) = place(id) else { return false };
    {
        let mut states = states();
        if states[i] != State::Loaded {
            return false;
        }
        // Nobody loads or unloads here until it is over.
        states[i] = State::Loading;
    }
    SLOTS[i].with(|loaded| {
        loaded.script.call_unload();
        calls::unloaded(id.into(), &loaded.file);
    });
    let grave = SLOTS[i].take();
    SLOTS[i].functions.clear();
    graves().extend(grave);
    states()[i] = State::Free;
    bury();
    true
}

/// Ends what has been unloaded, as far as nobody is in it any more.
fn bury() {
    if DEPTH.get() > 0 {
        // Python code may be below us, even of the very script.
        return;
    }
    let all = std::mem::take(&mut *graves());
    for mut grave in all {
        // Somebody is in it, or has just looked it up and is about to call it.
        if grave.users.load(Ordering::SeqCst) > 0 {
            graves().push(grave);
            continue;
        }
        let script = &grave.loaded.script;
        match script.retire(std::mem::take(&mut grave.patience)) {
            Ok(world) if script.mode() == Mode::Isolated => worlds::keep(&grave.loaded.file, world),
            Ok(_) => {}
            Err(left) => {
                tracing::warn!("{} still runs: {left:?}", script.stem());
                graves().push(grave);
            }
        }
    }
}

/// Unloads all scripts and gives all ids back.
pub fn end() {
    for id in 0..MOST {
        if let Ok(id) = i32::try_from(id) {
            unload(id);
        }
    }
    if DEPTH.get() == 0 {
        worlds::end_all();
    }
    let mut states = states();
    for (state, slot) in states.iter_mut().zip(&SLOTS) {
        if *state == State::Reserved {
            *state = State::Free;
            slot.functions.clear();
        }
    }
}

/// Asks the scripts (`OnScriptQuery`).
pub fn query(sender: &[u8], query: &Query<'_>) -> Vec<QueryAnswer> {
    let mut answers = Vec::new();
    for slot in &SLOTS {
        slot.with(|loaded| {
            use hub::api::Host as _;
            let path = loaded.caller.path();
            if !query.recipient.is_empty() && query.recipient != path {
                return;
            }
            let plugin = match query.recipient {
                b"" => b"python".as_slice(),
                path => path,
            };
            let text = match query.command {
                b"_get_script_name" => Some(loaded.caller.label(None).0).filter(|n| !n.is_empty()),
                command => ask(&loaded.script, [command, query.data, plugin, sender]),
            };
            if let Some(text) = text {
                let script = Bytes::copy_from_slice(path);
                answers.push(QueryAnswer { text, script });
            }
        });
    }
    answers
}

fn ask(script: &Script, args: [&[u8]; 4]) -> Option<Bytes> {
    let args = args.into_iter().map(Given::Text);
    let answer = script.call_given(b"OnScriptQuery", args, |answer| match answer.kind() {
        AnswerKind::Text(text) => Some(text.into_bytes()),
        _ => None,
    });
    answer.ok().flatten()
}

//! The exported functions. Each can be called from any thread, at any time, with anything.

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use hub::hooks::Hook;

use crate::args::{Args, Callback, Item, WArgs, release};
use crate::callback::{self, Slot};
use crate::host::Facts;
use crate::registry::{self, Order};
use crate::{inside, log, named, visible};

mod calls;

pub use calls::*;

/// Set while a signal handler runs: it must not wait for the GIL.
static IN_SIGNAL: AtomicBool = AtomicBool::new(false);

/// No panic gets out.
#[inline]
fn guard<R>(otherwise: R, body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        tracing::error!("a function of libvh_python_wrapper failed; please report it");
        otherwise
    })
}

/// A C text; `None` for NULL.
///
/// # Safety
/// NULL or a NUL-terminated text that lives for `'a`.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// What `w_Python` points to.
#[repr(C)]
pub struct WPython {
    /// The table given to `w_Begin`, NULL before it and after `w_End`.
    callbacks: AtomicPtr<Option<Callback>>,
}

static PYTHON: WPython = WPython {
    callbacks: AtomicPtr::new(ptr::null_mut()),
};

/// A pointer for C that never changes.
#[repr(transparent)]
pub struct Constant<T>(*const T);

// SAFETY: what it points to is made for all threads.
unsafe impl<T: Sync> Sync for Constant<T> {}

/// The program's table of functions, as in `w_Python->callbacks`.
#[unsafe(no_mangle)]
pub static w_Python: Constant<WPython> = Constant(&raw const PYTHON);

/// For programs that look whether it is there.
#[unsafe(no_mangle)]
pub static w_Scripts: Constant<AtomicPtr<c_void>> = Constant(ptr::null());

fn use_table(table: *mut Option<Callback>) {
    callback::set_table(table);
    PYTHON.callbacks.store(table, Ordering::Release);
}

/// Starts Python; 1, or 0 when it does not start. `callbacks` has 100 entries, or is NULL.
///
/// # Safety
/// The table stays until `w_End` has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_Begin(callbacks: *mut Option<Callback>) -> c_int {
    guard(0, || {
        if inside::hub().is_some() {
            tracing::warn!("w_Begin: the hub's scripts run already, and the hub answers them");
            return 1;
        }
        log::start();
        if let Err(e) = python::script::start_python(None) {
            tracing::error!("{e}");
            return 0;
        }
        visible::show_python();
        use_table(callbacks);
        1
    })
}

/// Unloads all scripts. Python itself stays, for the next `w_Begin`.
#[unsafe(no_mangle)]
pub extern "C" fn w_End() -> c_int {
    guard(1, || {
        if inside::hub().is_some() {
            return 1;
        }
        registry::end();
        use_table(ptr::null_mut());
        named::clear();
        1
    })
}

/// A new id, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn w_ReserveID() -> c_int {
    guard(-1, || match inside::hub() {
        Some(_) => -1,
        None => registry::reserve().unwrap_or(-1),
    })
}

/// Loads a script; its id, or -1.
///
/// # Safety
/// `args` is NULL or a block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_Load(args: *const WArgs) -> c_int {
    if IN_SIGNAL.load(Ordering::Relaxed) {
        return -1;
    }
    guard(-1, || {
        if inside::hub().is_some() {
            tracing::warn!("w_Load: scripts of a hub are loaded by !pyload");
            return -1;
        }
        // SAFETY: the caller.
        let args = unsafe { Args::new(args) };
        let Some(args) = args.filter(|a| a.format() == b"lssssls") else {
            tracing::error!("w_Load: the arguments must be lssssls");
            return -1;
        };
        let mut texts = [None; 5];
        let mut numbers = [0; 2];
        let (mut next_text, mut next_number) = (texts.iter_mut(), numbers.iter_mut());
        for item in args.items() {
            match item {
                Item::Text(t) => next_text.next().into_iter().for_each(|slot| *slot = t),
                Item::Long(n) => next_number.next().into_iter().for_each(|slot| *slot = n),
                _ => {}
            }
        }
        let [path, bot, op_chat, config_dir, config_name] = texts;
        let [id, start_time] = numbers;
        let Some(path) = path.filter(|p| !p.is_empty()) else {
            tracing::error!("w_Load: no path");
            return -1;
        };
        let order = Order {
            id,
            path,
            config_dir: config_dir.unwrap_or_default(),
            facts: Facts {
                id: u32::try_from(id).unwrap_or_default(),
                path,
                bot: bot.unwrap_or_default(),
                op_chat: op_chat.unwrap_or_default(),
                start_time,
                config_name: config_name.unwrap_or(b"config"),
            },
        };
        registry::load(&order).unwrap_or_else(|e| {
            let path = String::from_utf8_lossy(path);
            tracing::error!(target: "script", "{path} was not loaded: {}", e.trim_end());
            -1
        })
    })
}

/// Unloads a script; 1, or 0 when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn w_Unload(id: c_int) -> c_int {
    if IN_SIGNAL.load(Ordering::Relaxed) {
        return 0;
    }
    guard(0, || c_int::from(registry::unload(id)))
}

/// Nothing: hooks are called by number.
#[unsafe(no_mangle)]
pub extern "C" fn w_GetHook(_hook: c_int) -> *mut c_void {
    ptr::null_mut()
}

/// The Python name of a hook, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w_HookName(hook: c_int) -> *const c_char {
    static NAMES: LazyLock<Vec<CString>> = LazyLock::new(|| {
        let names = Hook::ALL.iter().map(|h| CString::new(h.name()));
        names.map(Result::unwrap_or_default).collect()
    });
    let hook = usize::try_from(hook).ok().and_then(|h| NAMES.get(h));
    hook.map_or(ptr::null(), |name| name.as_ptr())
}

/// The name of a function of the program's table, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn w_CallName(call: c_int) -> *const c_char {
    guard(ptr::null(), || {
        let Ok(call) = usize::try_from(call) else {
            return ptr::null();
        };
        let documented = Slot::NAMES.get(call).copied();
        let name = documented
            .or_else(|| named::name_of(call))
            .or_else(|| (call == Slot::NAMES.len()).then_some(c"SendToAll"));
        name.map_or(ptr::null(), CStr::as_ptr)
    })
}

/// Offers a function to scripts by number and name, before they are loaded; NULL takes it back.
/// 1, or 0 for a number or name that cannot be.
///
/// # Safety
/// `name` is NULL or a text; the function stays until it is taken back or `w_End` has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_RegisterCallback(
    number: c_int,
    name: *const c_char,
    function: Option<Callback>,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller.
        let name = unsafe { text(name) };
        if inside::hub().is_some() {
            tracing::warn!("w_RegisterCallback: vh is the hub's own here, see w_RegisterFunction");
            return 0;
        }
        c_int::from(named::register(number, name, function))
    })
}

/// Lets a script call a function of the program by name; 1, or 0.
///
/// # Safety
/// `name` is NULL or a text; the function stays until it is taken back or the script is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_RegisterFunction(
    script_id: c_int,
    name: *const c_char,
    function: Option<Callback>,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller.
        let name = unsafe { text(name) };
        if let (Some(hub), Some(name), Some(function)) = (inside::hub(), name, function) {
            return c_int::from(inside::register(hub, script_id, name.to_bytes(), function));
        }
        match (registry::slot(script_id), name, function) {
            (Some(slot), Some(name), Some(function)) if registry::is_reserved(script_id) => {
                slot.functions.add(name.to_bytes(), function);
                1
            }
            _ => 0,
        }
    })
}

/// Takes such a function back; 1, or 0 when there is none.
///
/// # Safety
/// `name` is NULL or a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_UnregisterFunction(script_id: c_int, name: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller.
        let name = unsafe { text(name) };
        if let (Some(hub), Some(name)) = (inside::hub(), name) {
            return c_int::from(inside::unregister(hub, script_id, name.to_bytes()));
        }
        let removed = registry::slot(script_id).zip(name);
        c_int::from(removed.is_some_and(|(slot, name)| slot.functions.remove(name.to_bytes())))
    })
}

/// Frees a block with all its texts.
///
/// # Safety
/// As in wrapper.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_free_args(args: *mut WArgs) {
    // SAFETY: the caller.
    guard((), || unsafe { release(args) });
}

/// How much is logged, 0 to 5.
#[unsafe(no_mangle)]
pub extern "C" fn w_LogLevel(level: c_int) {
    python::calls::set_level(level.into());
}

/// 1 at the start of a signal handler, 0 at its end.
#[unsafe(no_mangle)]
pub extern "C" fn w_SetSignalContext(on: c_int) {
    IN_SIGNAL.store(on != 0, Ordering::Relaxed);
}

/// Room for what `w_packprint` shows, its NUL included.
const SHOWN: usize = 1024;

thread_local! {
    static SHOW: UnsafeCell<[u8; SHOWN]> = const { UnsafeCell::new([0; SHOWN]) };
}

/// A block as text, which stays until this thread calls again.
///
/// # Safety
/// `args` is NULL or a block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_packprint(args: *const WArgs) -> *const c_char {
    guard(c"(null)".as_ptr(), || {
        // SAFETY: the caller.
        let text = match unsafe { Args::new(args) } {
            None => "(null)".to_owned(),
            Some(args) => show(args),
        };
        let mut len = text.len().min(SHOWN - 1);
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        SHOW.with(|show| {
            let show = show.get().cast::<u8>();
            // SAFETY: this thread's own, and nobody else looks at it now; there is room.
            unsafe {
                ptr::copy_nonoverlapping(text.as_ptr(), show, len);
                show.add(len).write(0);
            }
            show.cast_const().cast()
        })
    })
}

fn show(args: Args<'_>) -> String {
    let lossy = |t: Option<&[u8]>| match t {
        // More than fits is not looked at.
        Some(t) => String::from_utf8_lossy(&t[..t.len().min(SHOWN)]).into_owned(),
        None => "(null)".into(),
    };
    let mut text = format!("{} [ ", lossy(Some(args.format())));
    for item in args.items() {
        text += &match item {
            Item::Long(n) => n.to_string(),
            Item::Double(d) => format!("{d:?}"),
            Item::Text(t) | Item::Json(t) => lossy(t),
            Item::List(texts) => {
                let texts: Vec<_> = texts.take(SHOWN).map(|t| lossy(Some(t))).collect();
                format!("[{}]", texts.join(","))
            }
            Item::Pointer(p) | Item::Object(p) if p.is_null() => "(null)".into(),
            Item::Pointer(p) | Item::Object(p) => format!("{p:p}"),
        };
        text.push(' ');
        if text.len() > SHOWN {
            break;
        }
    }
    text.push(']');
    text
}

//! Calls of hooks and functions.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;
use std::sync::atomic::Ordering;

use hub::api::Value;
use hub::hooks::Hook;
use hub::spoken;
use python::calls;
use python::script::CallError;
use python::script::given::{Answer, Foreign, Given};

use super::{IN_SIGNAL, guard, text};
use crate::args::{Args, Item, WArgs};
use crate::inside::{self, As};
use crate::{answer, convert, registry};

fn hook_of(number: c_int) -> Option<Hook> {
    usize::try_from(number).ok().and_then(Hook::from_id)
}

/// Whether a script has a function for a hook.
#[unsafe(no_mangle)]
pub extern "C" fn w_HasHook(id: c_int, hook: c_int) -> c_int {
    if IN_SIGNAL.load(Ordering::Relaxed) {
        return 0;
    }
    guard(0, || {
        if let (Some(hub), Some(hook)) = (inside::hub(), hook_of(hook)) {
            return c_int::from(u32::try_from(id).is_ok_and(|id| hub.has(id, hook)));
        }
        let (Some(slot), Some(hook)) = (registry::slot(id), hook_of(hook)) else {
            return 0;
        };
        let has = slot.with(|loaded| loaded.script.hooks().has(hook));
        c_int::from(has.unwrap_or(false))
    })
}

/// An element as an argument.
#[inline]
fn given(item: Item<'_>) -> Given<'_> {
    match item {
        Item::Long(n) => Given::Int(n),
        Item::Double(d) => Given::Float(d),
        Item::Text(t) => t.map_or(Given::None, Given::Text),
        Item::Json(t) => Given::Json(t.unwrap_or_default()),
        Item::List(texts) => Given::List(texts),
        Item::Pointer(p) => Given::Int(p.addr().cast_signed() as i64),
        // SAFETY: the program vouches for its objects, see `w_pack` in wrapper.h.
        Item::Object(o) => Given::Object(unsafe { Foreign::new(o) }),
    }
}

/// Calls a hook of a script; NULL when there is none, it raised, or its result has no form.
///
/// # Safety
/// `params` is NULL or a block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_CallHook(id: c_int, num: c_int, params: *const WArgs) -> *mut WArgs {
    if IN_SIGNAL.load(Ordering::Relaxed) {
        return ptr::null_mut();
    }
    guard(ptr::null_mut(), || {
        let (Some(slot), Some(hook)) = (registry::slot(id), hook_of(num)) else {
            return ptr::null_mut();
        };
        // SAFETY: the caller.
        let args = unsafe { Args::new(params) };
        if args.is_none() && !params.is_null() {
            tracing::error!("w_CallHook: a bad format");
            return ptr::null_mut();
        }
        if let Some(hub) = inside::hub() {
            let name = hook.name().as_bytes();
            return inside::call(hub, &id.to_string(), name, args, As::Hook);
        }
        let result = slot.with(|loaded| {
            if hook == Hook::ScriptCommand {
                news(loaded, args);
            }
            let args = args.unwrap_or(Args::NONE);
            let run = || {
                let items = args.items().map(given);
                let answer = |a: Answer<'_>| answer::of_hook(hook.name().as_bytes(), a);
                let result = loaded.script.call_hook_given(hook, items, answer);
                result.unwrap_or(ptr::null_mut())
            };
            match calls::wants(calls::VALUES) {
                false => run(),
                true => told(loaded, hook.name(), hook.params(), args, run, |r| *r),
            }
        });
        result.unwrap_or(ptr::null_mut())
    })
}

/// Does a call that the log is to hold.
#[cold]
fn told<R>(
    loaded: &registry::Loaded,
    name: &str,
    params: &[&str],
    args: Args<'_>,
    run: impl FnOnce() -> R,
    block: impl Fn(&R) -> *mut WArgs,
) -> R {
    let show = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let values = args.items().map(convert::shown);
    let call = spoken::call(name, params, values, &show);
    let result = |result: &R| {
        // SAFETY: NULL or a block of ours that nobody else has yet.
        let Some(args) = (unsafe { Args::new(block(result)) }) else {
            return "nothing".into();
        };
        let mut values: Vec<_> = args.items().map(convert::shown).collect();
        match values.len() {
            1 => spoken::value(&values.remove(0), &show),
            _ => spoken::value(&Value::Tuple(values), &show),
        }
    };
    calls::told(loaded.script.stem(), &call, run, result)
}

/// The hub's own commands to all scripts tell that a bot of its was renamed.
fn news(loaded: &registry::Loaded, args: Option<Args<'_>>) {
    let mut items = args.unwrap_or(Args::NONE).items();
    let mut text = || match items.next() {
        Some(Item::Text(t)) => t.unwrap_or_default(),
        _ => b"",
    };
    let (what, to, plugin) = (text(), text(), text());
    if plugin.is_empty() && what.starts_with(b"_") {
        loaded.caller.rename(what, to);
        loaded.script.refresh();
    }
}

/// Calls a function of a script; NULL when there is none, it raised, or its result has no
/// form.
///
/// # Safety
/// `func_name` is NULL or a text, `params` NULL or a block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_CallFunction(
    id: c_int,
    func_name: *const c_char,
    params: *const WArgs,
) -> *mut WArgs {
    if IN_SIGNAL.load(Ordering::Relaxed) {
        return ptr::null_mut();
    }
    guard(ptr::null_mut(), || {
        // SAFETY: the caller.
        let (name, args) = unsafe { (text(func_name), Args::new(params)) };
        let (Some(slot), Some(name)) = (registry::slot(id), name.map(CStr::to_bytes)) else {
            return ptr::null_mut();
        };
        if args.is_none() && !params.is_null() {
            tracing::error!("w_CallFunction: a bad format");
            return ptr::null_mut();
        }
        if let Some(hub) = inside::hub() {
            return inside::call(hub, &id.to_string(), name, args, As::Function);
        }
        let result = slot.with(|loaded| {
            let args = args.unwrap_or(Args::NONE);
            let run = || {
                let items = args.items().map(given);
                let answer = |a: Answer<'_>| answer::of_function(name, a);
                loaded.script.call_given(name, items, answer)
            };
            match calls::wants(calls::VALUES) {
                false => run(),
                true => {
                    let name = String::from_utf8_lossy(name);
                    let result = |r: &Result<_, _>| *r.as_ref().unwrap_or(&ptr::null_mut());
                    told(loaded, &name, &[], args, run, result)
                }
            }
        });
        match result {
            Some(Ok(result)) => result,
            Some(Err(CallError::Missing(name))) => {
                tracing::warn!("script {id} has no function {name}");
                ptr::null_mut()
            }
            _ => ptr::null_mut(),
        }
    })
}

/// The same for the script of this path: as it was loaded, or the file's name or stem.
///
/// # Safety
/// `path` is NULL or a text; else as for `w_CallFunction`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_CallFunctionByPath(
    path: *const c_char,
    func_name: *const c_char,
    params: *const WArgs,
) -> *mut WArgs {
    if IN_SIGNAL.load(Ordering::Relaxed) {
        return ptr::null_mut();
    }
    // SAFETY: the caller.
    let Some(path) = (unsafe { text(path) }) else {
        return ptr::null_mut();
    };
    if let Some(hub) = inside::hub() {
        return guard(ptr::null_mut(), || {
            // SAFETY: the caller.
            let (name, args) = unsafe { (text(func_name), Args::new(params)) };
            match name {
                Some(name) if args.is_some() || params.is_null() => {
                    let path = path.to_string_lossy();
                    inside::call(hub, &path, name.to_bytes(), args, As::Function)
                }
                _ => ptr::null_mut(),
            }
        });
    }
    match guard(None, || registry::by_path(path.to_bytes())) {
        // SAFETY: the caller.
        Some(id) => unsafe { w_CallFunction(id, func_name, params) },
        None => {
            tracing::warn!("w_CallFunctionByPath: no script {path:?} is loaded");
            ptr::null_mut()
        }
    }
}

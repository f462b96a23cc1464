//! The functions a plugin calls: `vhp_api` of the header, where each is explained.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use hub::api::{self, ApiError, Host, Value};
use hub::hooks::{Hook, Substitute};
use hub::link::{DynamicFn, Whose};

use crate::abi::{self, types};
use crate::cell::{Cell, Data, Handle, Subscription};
use crate::core::{lock, stopping};
use crate::here;
use crate::host::{PluginHost, call_python as python};
use crate::scope::Scope;
use crate::value::{self, Out};

pub(crate) static API: abi::Api = abi::Api {
    version: abi::VERSION,
    size: size_of::<abi::Api>() as u32,
    log,
    subscribe,
    unsubscribe,
    register_function,
    unregister_function,
    call_vh,
    call_python,
    alloc,
    error,
    fail,
    reply,
    replace,
    scope_open,
    scope_close,
    data_dir,
    nick,
};

/// A panic of ours must not run through the plugin's frames.
fn guard<R>(otherwise: R, f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| {
        tracing::error!("a call from a plugin failed within the hub");
        otherwise
    })
}

/// The plugin behind a pointer of the table's; `None` when it is gone or the pointer is NULL.
///
/// # Safety
/// NULL or what the plugin was given, which is never freed.
unsafe fn cell(plugin: *mut abi::Plugin) -> Option<Arc<Cell>> {
    // SAFETY: as the caller promises.
    unsafe { plugin.cast::<Handle>().as_ref() }?.cell.upgrade()
}

/// # Safety
/// NULL or a scope that is open and that no other thread uses now.
unsafe fn scope<'a>(scope: *mut abi::Scope) -> Option<&'a mut Scope> {
    // SAFETY: as the caller promises.
    unsafe { scope.cast::<Scope>().as_mut() }
}

/// A text of the plugin's; `None` for NULL and for what is no UTF-8.
///
/// # Safety
/// NULL, or ends with a NUL.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

unsafe extern "C" fn log(plugin: *mut abi::Plugin, level: c_int, line: *const c_char) {
    guard((), || {
        // SAFETY: as documented in the header.
        let (handle, line) =
            unsafe { (plugin.cast::<Handle>().as_ref(), crate::library::text(line)) };
        let nick = handle.map_or_else(Default::default, |h| h.nick.to_string_lossy());
        match level {
            0 => tracing::error!(target: "plugin", plugin = %nick, "{line}"),
            1 => tracing::warn!(target: "plugin", plugin = %nick, "{line}"),
            2 => tracing::info!(target: "plugin", plugin = %nick, "{line}"),
            _ => tracing::debug!(target: "plugin", plugin = %nick, "{line}"),
        }
    });
}

unsafe extern "C" fn subscribe(
    plugin: *mut abi::Plugin,
    event: *const c_char,
    function: Option<abi::OnEvent>,
    data: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        let (cell, event) = unsafe { (cell(plugin), text(event)) };
        let hook = event.and_then(Hook::from_name);
        let (Some(cell), Some(hook), Some(function)) = (cell, hook, function) else {
            return 0;
        };
        let data = Data(data);
        cell.subscribe(hook, Some(Subscription { function, data }));
        1
    })
}

unsafe extern "C" fn unsubscribe(plugin: *mut abi::Plugin, event: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        let (cell, event) = unsafe { (cell(plugin), text(event)) };
        let hook = event.and_then(Hook::from_name);
        let done = cell
            .zip(hook)
            .is_some_and(|(cell, hook)| cell.subscribe(hook, None));
        c_int::from(done)
    })
}

/// # Safety
/// NULL, or ends with a NUL.
unsafe fn whose(script: *const c_char) -> Option<Whose> {
    if script.is_null() {
        return Some(Whose::All);
    }
    // SAFETY: as the caller promises.
    unsafe { text(script) }.map(|name| Whose::Named(name.to_owned()))
}

unsafe extern "C" fn register_function(
    plugin: *mut abi::Plugin,
    script: *const c_char,
    name: *const c_char,
    function: Option<abi::Function>,
    data: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        let (cell, whose, name) = unsafe { (cell(plugin), whose(script), text(name)) };
        let (Some(cell), Some(whose), Some(name)) = (cell, whose, name) else {
            return 0;
        };
        let (Some(function), false) = (function, name.is_empty()) else {
            return 0;
        };
        let mine = Arc::clone(&cell);
        let data = Data(data);
        let dynamic: DynamicFn =
            Arc::new(move |host, args| call_function(&mine, function, data, host, args));
        let mut functions = lock(&cell.functions);
        if cell.is_ending() {
            return 0;
        }
        functions.retain(|(w, n, _)| (w, n.as_str()) != (&whose, name));
        functions.push((whose.clone(), name.to_owned(), Arc::clone(&dynamic)));
        (cell.core.around.scripts).register(whose, name, dynamic);
        1
    })
}

unsafe extern "C" fn unregister_function(
    plugin: *mut abi::Plugin,
    script: *const c_char,
    name: *const c_char,
) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        let (cell, whose, name) = unsafe { (cell(plugin), whose(script), text(name)) };
        let (Some(cell), Some(whose), Some(name)) = (cell, whose, name) else {
            return 0;
        };
        let mut functions = lock(&cell.functions);
        let place = (functions.iter()).position(|(w, n, _)| (w, n.as_str()) == (&whose, name));
        let Some(place) = place else { return 0 };
        let (whose, name, function) = functions.swap_remove(place);
        drop(functions);
        let done = (cell.core.around.scripts).unregister(&whose, &name, &function);
        c_int::from(done)
    })
}

/// A script calls a plugin's function, on this thread.
fn call_function(
    cell: &Cell,
    function: abi::Function,
    data: Data,
    host: &dyn Host,
    args: &[Value<'_>],
) -> Result<Value<'static>, ApiError> {
    let _inside = cell.go_inside().ok_or_else(stopping)?;
    let charset = &*cell.core.around.charset;
    let mut scope = Scope::new(&cell.core.around.charset, None);
    let (items, count, mut result) = {
        let out = Out {
            memory: &scope.memory,
            charset,
        };
        let all = out.all(args);
        (all.as_ptr(), all.len(), out.value(&Value::None))
    };
    let handed = scope.as_ptr();
    let done = here::within(host, || {
        // SAFETY: the plugin's own function, called as documented; `_inside` keeps the plugin
        // from being stopped, and `cell` keeps its library open.
        unsafe { function(data.0, handed, items, count, &raw mut result) }
    });
    if done == 0 {
        let why = scope.failure.take();
        return Err(ApiError::Runtime(why.unwrap_or_else(|| {
            format!("the function of plugin {} failed", cell.nick)
        })));
    }
    // SAFETY: documented to be whole until the function has returned, and in memory that
    // outlives that.
    let taken = unsafe { value::take(&result, charset, 0) };
    taken.map_err(|why| ApiError::Value(format!("plugin {}: its result has {why}", cell.nick)))
}

/// Does a call and hands over its result or why there is none.
///
/// # Safety
/// `items`, `to` and `result` as documented in the header.
unsafe fn call(
    plugin: *mut abi::Plugin,
    to: *mut abi::Scope,
    items: *const abi::Value,
    count: usize,
    result: *mut abi::Value,
    run: impl FnOnce(&Arc<Cell>, Vec<Value<'static>>) -> Result<Value<'static>, String>,
) -> c_int {
    // SAFETY: as the caller promises.
    let Some(cell) = (unsafe { cell(plugin) }) else {
        return 0;
    };
    let charset = &*cell.core.around.charset;
    // SAFETY: as the caller promises.
    let args = unsafe { value::take_all(items, count, charset) };
    let args = args.map_err(|why| format!("the arguments have {why}"));
    // The scope is not ours while this waits: events that are served then have their own.
    let done = args.and_then(|args| run(&cell, args));
    // SAFETY: as the caller promises.
    let scope = unsafe { scope(to) };
    match (done, scope) {
        (Ok(value), Some(scope)) => {
            let out = Out {
                memory: &scope.memory,
                charset,
            };
            let value = out.value(&value);
            if !result.is_null() {
                // SAFETY: not NULL, a place for one value.
                unsafe { result.write(value) };
            }
            1
        }
        // Nowhere to keep the result: fine for those who want none.
        (Ok(_), None) => c_int::from(result.is_null()),
        (Err(why), scope) => {
            match scope {
                Some(scope) => scope.set_error(&why),
                None => tracing::warn!("plugin {}: {why}", cell.nick),
            }
            0
        }
    }
}

unsafe extern "C" fn call_vh(
    plugin: *mut abi::Plugin,
    to: *mut abi::Scope,
    name: *const c_char,
    items: *const abi::Value,
    count: usize,
    result: *mut abi::Value,
) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        unsafe {
            let name = text(name).unwrap_or_default();
            call(plugin, to, items, count, result, |cell, args| {
                let f = api::find(name).ok_or_else(|| format!("there is no function vh.{name}"))?;
                let bound = api::bind(f, &args, &[]).map_err(|e| e.to_string())?;
                let done = here::with(|script| match script {
                    Some(host) => f.call(host, &bound),
                    None => f.call(&PluginHost(cell), &bound),
                });
                done.map_err(|e| e.to_string())
            })
        }
    })
}

unsafe extern "C" fn call_python(
    plugin: *mut abi::Plugin,
    to: *mut abi::Scope,
    script: *const c_char,
    function: *const c_char,
    items: *const abi::Value,
    count: usize,
    result: *mut abi::Value,
) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        unsafe {
            let (script, function) = (text(script), text(function));
            call(plugin, to, items, count, result, |cell, args| {
                let script = script.ok_or("no script is named")?;
                let function = function.ok_or("no function is named")?;
                python(cell, script, function, args)
            })
        }
    })
}

unsafe extern "C" fn alloc(to: *mut abi::Scope, size: usize) -> *mut c_void {
    guard(ptr::null_mut(), || {
        // SAFETY: as documented in the header.
        let memory = unsafe { scope(to) }.and_then(|scope| scope.alloc(size));
        memory.map_or(ptr::null_mut(), |p| p.as_ptr().cast())
    })
}

unsafe extern "C" fn error(to: *mut abi::Scope) -> *const c_char {
    // SAFETY: as documented in the header.
    let scope = unsafe { scope(to) };
    scope.map_or(c"".as_ptr(), |scope| scope.error().as_ptr())
}

unsafe extern "C" fn fail(to: *mut abi::Scope, why: *const c_char) {
    guard((), || {
        // SAFETY: as documented in the header.
        if let Some(scope) = unsafe { scope(to) } {
            scope.failure = Some(crate::library::text(why));
        }
    });
}

unsafe extern "C" fn reply(to: *mut abi::Scope, message: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        let Some(scope) = (unsafe { scope(to) }) else {
            return 0;
        };
        let (Some((_, verdict)), false) = (&mut scope.event, message.is_null()) else {
            return 0;
        };
        // SAFETY: not NULL, ends with a NUL as documented.
        let message = unsafe { CStr::from_ptr(message) }.to_bytes();
        let message = scope.charset.to_hub(message).into_owned();
        verdict.replies.push(message.into());
        1
    })
}

unsafe extern "C" fn replace(
    to: *mut abi::Scope,
    values: *const abi::Value,
    count: usize,
) -> c_int {
    guard(0, || {
        // SAFETY: as documented in the header.
        let Some(scope) = (unsafe { scope(to) }) else {
            return 0;
        };
        let Some((hook, verdict)) = &mut scope.event else {
            return 0;
        };
        if values.is_null() {
            return 0;
        }
        let wanted = match hook {
            Hook::ParsedMsgChat => 2,
            Hook::ParsedMsgMyINFO | Hook::FirstMyINFO => 5,
            _ => return 0,
        };
        if count != wanted {
            return 0;
        }
        // SAFETY: not NULL, `count` values as documented.
        let values = unsafe { std::slice::from_raw_parts(values, count) };
        let mut texts = Vec::with_capacity(count);
        for value in values {
            texts.push(match value.kind {
                types::NONE => None,
                // SAFETY: a text as its type says.
                types::TEXT => match unsafe { value::take(value, &*scope.charset, 0) } {
                    Ok(Value::Bytes(text)) => Some(text),
                    _ => return 0,
                },
                _ => return 0,
            });
        }
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        verdict.substitute = Some(Box::new(match wanted {
            2 => Substitute::Chat {
                nick: next(),
                text: next(),
            },
            _ => Substitute::MyInfo([next(), next(), next(), next(), next()]),
        }));
        1
    })
}

unsafe extern "C" fn scope_open(plugin: *mut abi::Plugin) -> *mut abi::Scope {
    guard(ptr::null_mut(), || {
        // SAFETY: as documented in the header.
        match unsafe { cell(plugin) } {
            Some(cell) => {
                let scope = Scope::new(&cell.core.around.charset, None);
                Box::into_raw(Box::new(scope)).cast()
            }
            None => ptr::null_mut(),
        }
    })
}

unsafe extern "C" fn scope_close(scope: *mut abi::Scope) {
    guard((), || {
        if !scope.is_null() {
            // SAFETY: documented to come from `scope_open`, once.
            drop(unsafe { Box::from_raw(scope.cast::<Scope>()) });
        }
    });
}

unsafe extern "C" fn data_dir(plugin: *mut abi::Plugin) -> *const c_char {
    // SAFETY: NULL or what the plugin was given, which is never freed.
    let handle = unsafe { plugin.cast::<Handle>().as_ref() };
    handle.map_or(c"".as_ptr(), |h| h.data_dir.as_ptr())
}

unsafe extern "C" fn nick(plugin: *mut abi::Plugin) -> *const c_char {
    // SAFETY: as above.
    let handle = unsafe { plugin.cast::<Handle>().as_ref() };
    handle.map_or(c"".as_ptr(), |h| h.nick.as_ptr())
}

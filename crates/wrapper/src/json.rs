//! JSON for C and C++: `include/json_marshal.h` is written over these.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use hub::api::Value;

use crate::args::text_of_its_own;

mod objects;

/// The kinds of containers, as `w_json_events` names them.
const ARRAY: c_int = 0;
/// As above.
const OBJECT: c_int = 1;
/// Only of Python's objects.
const SET: c_int = 2;
/// As above.
const TUPLE: c_int = 3;

/// What is told of a JSON text, in its order: `w_json_events`.
#[repr(C)]
pub struct Events {
    pub(crate) null: Option<unsafe extern "C" fn(*mut c_void)>,
    pub(crate) boolean: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
    pub(crate) integer: Option<unsafe extern "C" fn(*mut c_void, i64)>,
    pub(crate) real: Option<unsafe extern "C" fn(*mut c_void, f64)>,
    pub(crate) string: Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize)>,
    pub(crate) key: Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize)>,
    pub(crate) begin: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
    pub(crate) end: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
}

/// Reads JSON and tells what is in it; 1, or 0 when it is none (then nothing was told).
///
/// # Safety
/// `text` has `length` bytes, `events` is a table; both stay during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_json_parse(
    text: *const c_char,
    length: usize,
    events: *const Events,
    to: *mut c_void,
) -> c_int {
    if text.is_null() {
        return 0;
    }
    // SAFETY: NULL or a table, and so many bytes (the caller).
    let (events, text) = unsafe {
        let Some(events) = events.as_ref() else {
            return 0;
        };
        (events, std::slice::from_raw_parts(text.cast(), length))
    };
    let told = catch_unwind(AssertUnwindSafe(|| {
        let value = python::json::read(text).ok()?;
        tell(&value, events, to);
        Some(())
    }));
    c_int::from(matches!(told, Ok(Some(()))))
}

fn tell(value: &Value<'_>, events: &Events, to: *mut c_void) {
    let string = |tell: Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize)>,
                  text: &[u8]| {
        if let Some(tell) = tell {
            // SAFETY: the program's function, with a text of that length.
            unsafe { tell(to, text.as_ptr().cast(), text.len()) };
        }
    };
    let container = |tell: Option<unsafe extern "C" fn(*mut c_void, c_int)>, kind: c_int| {
        if let Some(tell) = tell {
            // SAFETY: the program's function.
            unsafe { tell(to, kind) };
        }
    };
    let all = |items: &[Value<'_>], kind: c_int| {
        container(events.begin, kind);
        items.iter().for_each(|item| tell(item, events, to));
        container(events.end, kind);
    };
    match value {
        // SAFETY: the program's functions.
        Value::Bool(b) => events
            .boolean
            .iter()
            .for_each(|tell| unsafe { tell(to, c_int::from(*b)) }),
        // SAFETY: as above.
        Value::Int(n) => events
            .integer
            .iter()
            .for_each(|tell| unsafe { tell(to, *n) }),
        // SAFETY: as above.
        Value::Float(n) => events.real.iter().for_each(|tell| unsafe { tell(to, *n) }),
        Value::Bytes(t) => string(events.string, t),
        Value::Text(t) => string(events.string, t),
        Value::List(items) => all(items, ARRAY),
        Value::Set(items) | Value::FrozenSet(items) => all(items, SET),
        Value::Tuple(items) => all(items, TUPLE),
        Value::Dict(pairs) => {
            container(events.begin, OBJECT);
            for (key, value) in pairs {
                string(events.key, &python::json::key(key).unwrap_or_default());
                tell(value, events, to);
            }
            container(events.end, OBJECT);
        }
        // SAFETY: as above. Parsers and readers of objects make nothing else.
        _ => events.null.iter().for_each(|tell| unsafe { tell(to) }),
    }
}

fn written(value: &Value<'_>) -> *mut c_char {
    let text = catch_unwind(AssertUnwindSafe(|| {
        let mut out = Vec::new();
        match python::json::write_value(value, &mut out) {
            Ok(()) => text_of_its_own(&out),
            Err(_) => text_of_its_own(b"null"),
        }
    }));
    text.unwrap_or(ptr::null_mut())
}

/// A text as JSON, quotes included; for `free()`.
///
/// # Safety
/// `text` has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w_json_string(text: *const c_char, length: usize) -> *mut c_char {
    if text.is_null() {
        return written(&Value::None);
    }
    // SAFETY: the caller.
    let text = unsafe { std::slice::from_raw_parts(text.cast(), length) };
    written(&Value::Text(String::from_utf8_lossy(text).as_bytes()))
}

/// A number as JSON, `null` for those JSON has not; for `free()`.
#[unsafe(no_mangle)]
pub extern "C" fn w_json_real(number: f64) -> *mut c_char {
    written(&Value::Float(number))
}

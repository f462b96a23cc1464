//! Objects of Python code that the program runs by itself, as JSON values of C++ and back.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use bytes::Bytes;
use hub::api::Value;

use super::{ARRAY, Events, OBJECT, SET, TUPLE, tell};

/// Tells what is in an object; 1, or 0 (then nothing was told) when JSON has no such thing or this
/// thread does not hold a GIL.
///
/// # Safety
/// `object` is NULL or an object of the interpreter this thread is attached to; `events` is a
/// table without NULL that stays during the call.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn vhw_read_object(
    object: *mut c_void,
    events: *const Events,
    to: *mut c_void,
) -> c_int {
    let told = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller.
        let (events, value) = unsafe { (events.as_ref(), python::outside::read(object)) };
        match (events, value) {
            (Some(events), Ok(value)) => {
                tell(&value, events, to);
                1
            }
            (_, Err(why)) => {
                tracing::warn!("PyObjectToJsonValue: {why}");
                0
            }
            (None, _) => 0,
        }
    }));
    told.unwrap_or(0)
}

/// Tells what is in a value of C++.
type TellValue = unsafe extern "C" fn(*const c_void, *const Events, *mut c_void);

/// A new object of what `tell_value` tells of `value`; NULL when there is none.
///
/// # Safety
/// `tell_value` may be called with `value` during the call.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn vhw_make_object(
    tell_value: TellValue,
    value: *const c_void,
) -> *mut c_void {
    let mut builder = Builder::default();
    // SAFETY: the caller; the functions of the table take a builder.
    unsafe { tell_value(value, &raw const BUILD, (&raw mut builder).cast()) };
    let made = catch_unwind(AssertUnwindSafe(|| {
        let made = python::outside::make(&builder.root);
        made.unwrap_or_else(|why| {
            tracing::warn!("JsonValueToPyObject: {why}");
            ptr::null_mut()
        })
    }));
    made.unwrap_or(ptr::null_mut())
}

/// Puts together what is told.
struct Builder {
    root: Value<'static>,
    open: Vec<Open>,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            root: Value::None,
            open: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Open {
    keys: Vec<Value<'static>>,
    items: Vec<Value<'static>>,
}

impl Builder {
    fn put(&mut self, value: Value<'static>) {
        match self.open.last_mut() {
            Some(open) => open.items.push(value),
            None => self.root = value,
        }
    }

    fn end(&mut self, kind: c_int) {
        let Open { keys, items } = self.open.pop().unwrap_or_default();
        self.put(match kind {
            OBJECT => Value::Dict(keys.into_iter().zip(items).collect()),
            SET => Value::Set(items),
            TUPLE => Value::Tuple(items),
            _ => Value::List(items),
        });
    }
}

static BUILD: Events = Events {
    null: Some(null),
    boolean: Some(boolean),
    integer: Some(integer),
    real: Some(real),
    string: Some(string),
    key: Some(key),
    begin: Some(begin),
    end: Some(end),
};

const _: () = assert!(ARRAY == 0, "what is none of the others");

/// # Safety
/// `to` is a builder that nobody else uses now.
unsafe fn builder<'b>(to: *mut c_void) -> &'b mut Builder {
    // SAFETY: the caller.
    unsafe { &mut *to.cast::<Builder>() }
}

/// # Safety
/// `text` has `length` bytes.
unsafe fn text(text: *const c_char, length: usize) -> Value<'static> {
    // SAFETY: the caller.
    let text = unsafe { std::slice::from_raw_parts(text.cast(), length) };
    Value::Bytes(Bytes::copy_from_slice(text))
}

unsafe extern "C" fn null(to: *mut c_void) {
    // SAFETY: only called by `vhw_make_object`, with its builder.
    unsafe { builder(to) }.put(Value::None);
}

unsafe extern "C" fn boolean(to: *mut c_void, value: c_int) {
    // SAFETY: as above.
    unsafe { builder(to) }.put(Value::Bool(value != 0));
}

unsafe extern "C" fn integer(to: *mut c_void, value: i64) {
    // SAFETY: as above.
    unsafe { builder(to) }.put(Value::Int(value));
}

unsafe extern "C" fn real(to: *mut c_void, value: f64) {
    // SAFETY: as above.
    unsafe { builder(to) }.put(Value::Float(value));
}

unsafe extern "C" fn string(to: *mut c_void, start: *const c_char, length: usize) {
    // SAFETY: as above, with a text of that length.
    unsafe { builder(to).put(text(start, length)) };
}

unsafe extern "C" fn key(to: *mut c_void, start: *const c_char, length: usize) {
    // SAFETY: as above.
    unsafe {
        let key = text(start, length);
        if let Some(open) = builder(to).open.last_mut() {
            open.keys.push(key);
        }
    }
}

unsafe extern "C" fn begin(to: *mut c_void, _: c_int) {
    // SAFETY: as above.
    unsafe { builder(to) }.open.push(Open::default());
}

unsafe extern "C" fn end(to: *mut c_void, kind: c_int) {
    // SAFETY: as above.
    unsafe { builder(to) }.end(kind);
}

//! Objects of Python code that the program runs by itself, holding the GIL: for the C library.

use std::ffi::c_void;
use std::sync::LazyLock;

use hub::api::Value;

use crate::sys::{Attached, Keep, Owned, PyError, if_attached, make, unicode, walk};
use crate::text::HubText;
use crate::value::{DEPTH, Reader, owned};

/// Text of such code is UTF-8.
static UTF8: LazyLock<HubText> = LazyLock::new(|| HubText::new(b""));

/// The value of an object, text in UTF-8; NULL is `None`.
///
/// # Errors
/// This thread does not hold a GIL, or there is no value for what the object is or holds.
///
/// # Safety
/// `object` is NULL or alive, and belongs to the interpreter that this thread is attached to.
pub unsafe fn read(object: *mut c_void) -> Result<Value<'static>, String> {
    let read = |at: &Attached<'_>| {
        // SAFETY: the caller.
        let object = unsafe { walk::from_outside(at, object.cast()) };
        let keep = Keep::new(at);
        let mut value = Value::None;
        let read = Reader(&UTF8).read(*object, &keep, None, &mut value);
        read.map_err(|unfit| format!("the object cannot {unfit}"))?;
        Ok(owned(value))
    };
    if_attached(read).unwrap_or_else(|| Err(NO_GIL.into()))
}

/// A new object of a value whose text is UTF-8: a new reference.
///
/// # Errors
/// This thread does not hold a GIL, no memory, or a list in a set.
pub fn make(value: &Value<'_>) -> Result<*mut c_void, String> {
    let make = |at: &Attached<'_>| match object(at, value, 0) {
        Ok(object) => Ok(object.into_ptr().cast()),
        Err(e) => Err(e.last_line.clone()),
    };
    if_attached(make).unwrap_or_else(|| Err(NO_GIL.into()))
}

const NO_GIL: &str = "this thread does not hold Python's lock";

fn object<'a>(at: &'a Attached<'_>, value: &Value<'_>, depth: u32) -> Result<Owned<'a>, PyError> {
    if depth > DEPTH {
        return Err(PyError::ours("nested too deep"));
    }
    let inner = |value| object(at, value, depth + 1);
    match value {
        Value::None => Ok(make::none(at)),
        Value::Bool(b) => Ok(make::bool(at, *b)),
        Value::Int(n) => make::int(at, *n),
        Value::Float(n) => make::float(at, *n),
        Value::Text(t) => unicode::from_utf8(at, t),
        Value::Bytes(t) => unicode::from_utf8(at, t),
        Value::List(items) => make::list(at, items.len(), |i| inner(&items[i])),
        Value::Tuple(items) => make::tuple(at, items.len(), |i| inner(&items[i])),
        Value::Set(items) | Value::FrozenSet(items) => {
            let items = make::tuple(at, items.len(), |i| inner(&items[i]))?;
            make::set(at, *items, matches!(value, Value::FrozenSet(_)))
        }
        Value::Dict(pairs) => {
            let dict = make::dict(at)?;
            for (key, value) in pairs {
                make::dict_put(*dict, *inner(key)?, *inner(value)?)?;
            }
            Ok(dict)
        }
        Value::NickList(_) | Value::MyInfo { .. } => {
            Err(PyError::ours("this is made in scripts only"))
        }
    }
}

//! Values across the border: hub text becomes UTF-8 with a closing NUL, and back.

use std::ffi::c_char;

use bumpalo::Bump;
use bytes::Bytes;
use hub::api::Value;
use hub::hooks::{Arg, Event};

use crate::Charset;
use crate::abi::{self, types};

/// How deep containers may be within one another.
const MAX_DEPTH: usize = 100;

const NONE: abi::Value = abi::Value {
    kind: types::NONE,
    count: 0,
    content: abi::Content { integer: 0 },
};

/// Puts values into a scope's memory.
pub(crate) struct Out<'a> {
    pub memory: &'a Bump,
    pub charset: &'a dyn Charset,
}

impl Out<'_> {
    fn text(&self, text: &[u8]) -> abi::Value {
        let text = self.charset.to_utf8(text);
        let room = self.memory.alloc_slice_fill_copy(text.len() + 1, 0u8);
        if let Some(room) = room.get_mut(..text.len()) {
            room.copy_from_slice(&text);
        }
        abi::Value {
            kind: types::TEXT,
            count: text.len(),
            content: abi::Content {
                text: room.as_ptr().cast::<c_char>(),
            },
        }
    }

    fn list<'v>(
        &self,
        kind: i32,
        items: impl ExactSizeIterator<Item = abi::Value> + 'v,
        count: usize,
    ) -> abi::Value {
        let items = self.memory.alloc_slice_fill_iter(items);
        abi::Value {
            kind,
            count,
            content: abi::Content {
                items: items.as_ptr(),
            },
        }
    }

    fn values(&self, kind: i32, items: &[Value<'_>]) -> abi::Value {
        let all: Vec<abi::Value> = items.iter().map(|v| self.value(v)).collect();
        self.list(kind, all.into_iter(), items.len())
    }

    pub(crate) fn value(&self, value: &Value<'_>) -> abi::Value {
        match value {
            Value::None => NONE,
            Value::Bool(b) => abi::Value {
                kind: types::BOOL,
                content: abi::Content {
                    integer: i64::from(*b),
                },
                ..NONE
            },
            Value::Int(n) => abi::Value {
                kind: types::INT,
                content: abi::Content { integer: *n },
                ..NONE
            },
            Value::Float(x) => abi::Value {
                kind: types::FLOAT,
                content: abi::Content { real: *x },
                ..NONE
            },
            Value::Text(t) => self.text(t),
            Value::Bytes(b) => self.text(b),
            Value::List(items) => self.values(types::LIST, items),
            Value::Tuple(items) => self.values(types::TUPLE, items),
            Value::Set(items) | Value::FrozenSet(items) => self.values(types::SET, items),
            Value::Dict(pairs) => {
                let all: Vec<abi::Value> = (pairs.iter())
                    .flat_map(|(k, v)| [self.value(k), self.value(v)])
                    .collect();
                self.list(types::DICT, all.into_iter(), pairs.len())
            }
            Value::NickList(nicks) => {
                let all: Vec<abi::Value> = nicks.iter().map(|n| self.text(n)).collect();
                self.list(types::LIST, all.into_iter(), nicks.len())
            }
            Value::MyInfo { fields, .. } => {
                let all: Vec<abi::Value> = fields.iter().map(|f| self.text(f)).collect();
                self.list(types::TUPLE, all.into_iter(), fields.len())
            }
        }
    }

    /// Several values side by side, as arguments of a function.
    pub(crate) fn all(&self, values: &[Value<'_>]) -> &[abi::Value] {
        let all: Vec<abi::Value> = values.iter().map(|v| self.value(v)).collect();
        self.memory.alloc_slice_copy(&all)
    }

    /// An event's arguments.
    pub(crate) fn event(&self, event: &Event) -> &[abi::Value] {
        let mut all = Vec::with_capacity(6);
        event.each_arg(|arg| {
            all.push(match arg {
                Arg::Text(t) => self.text(t),
                Arg::Int(n) => self.value(&Value::Int(n)),
                Arg::Float(x) => self.value(&Value::Float(x)),
            });
        });
        self.memory.alloc_slice_copy(&all)
    }
}

/// Reads `count` values of a plugin.
///
/// # Errors
/// What is wrong with them.
///
/// # Safety
/// `items` is NULL or points to `count` values whose pointers are as their types say.
pub(crate) unsafe fn take_all(
    items: *const abi::Value,
    count: usize,
    charset: &dyn Charset,
) -> Result<Vec<Value<'static>>, String> {
    // SAFETY: as the caller promises.
    unsafe { take_items(items, count, charset, 0) }
}

/// # Safety
/// As for [`take_all`].
unsafe fn take_items(
    items: *const abi::Value,
    count: usize,
    charset: &dyn Charset,
    depth: usize,
) -> Result<Vec<Value<'static>>, String> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if items.is_null() || count > isize::MAX as usize / size_of::<abi::Value>() {
        return Err(format!("{count} items, but no place where they are"));
    }
    // SAFETY: not NULL, and as the caller promises.
    let items = unsafe { std::slice::from_raw_parts(items, count) };
    (items.iter())
        // SAFETY: as the caller promises.
        .map(|item| unsafe { take(item, charset, depth + 1) })
        .collect()
}

/// Reads one value of a plugin.
///
/// # Errors
/// What is wrong with it.
///
/// # Safety
/// Its pointers are as its type says.
pub(crate) unsafe fn take(
    value: &abi::Value,
    charset: &dyn Charset,
    depth: usize,
) -> Result<Value<'static>, String> {
    if depth > MAX_DEPTH {
        return Err(format!("containers more than {MAX_DEPTH} deep"));
    }
    // SAFETY: each content is read as the type says, which the caller promises.
    unsafe {
        let items = || take_items(value.content.items, value.count, charset, depth);
        Ok(match value.kind {
            types::NONE => Value::None,
            types::BOOL => Value::Bool(value.content.integer != 0),
            types::INT => Value::Int(value.content.integer),
            types::FLOAT => Value::Float(value.content.real),
            types::TEXT => Value::Bytes(take_text(value, charset)?),
            types::LIST => Value::List(items()?),
            types::TUPLE => Value::Tuple(items()?),
            types::SET => Value::Set(items()?),
            types::DICT => {
                let count = (value.count.checked_mul(2)).ok_or("a dict without end")?;
                let all = take_items(value.content.items, count, charset, depth)?;
                let mut pairs = Vec::with_capacity(value.count);
                let mut all = all.into_iter();
                while let (Some(k), Some(v)) = (all.next(), all.next()) {
                    pairs.push((k, v));
                }
                Value::Dict(pairs)
            }
            other => return Err(format!("there is no type {other} of values")),
        })
    }
}

/// # Safety
/// A value of type text.
unsafe fn take_text(value: &abi::Value, charset: &dyn Charset) -> Result<Bytes, String> {
    if value.count == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the type says so.
    let text = unsafe { value.content.text };
    if text.is_null() || value.count > isize::MAX as usize {
        return Err("a text without a place where it is".into());
    }
    // SAFETY: not NULL, `count` bytes as the caller promises.
    let text = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), value.count) };
    Ok(charset.to_hub(text).into_owned().into())
}

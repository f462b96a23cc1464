//! Values across the script boundary: Python objects to [`Value`] and back.

use hub::api::Value;

use crate::sys::unicode::KnownStrs;
use crate::sys::{Attached, Borrowed, GilCell, Keep, Owned, PyError, Stored, make};
use crate::text::HubText;

mod read;

pub(crate) use read::{Reader, Unfit};

/// How deep containers may nest on their way; deeper is an error, not a crash. Half of what
/// Python itself allows.
pub(crate) const DEPTH: u32 = 500;

/// What conversion needs to know of a script.
pub(crate) struct Converter {
    /// The hub's charset.
    pub text: std::sync::Arc<HubText>,
    /// The classes of `boot.py` for results that are more than a list or a tuple.
    pub nick_list: Stored,
    /// As above.
    pub my_info: Stored,
    /// The ints 0 and 1, of which every interpreter has one each.
    pub zero: Stored,
    /// As above.
    pub one: Stored,
    /// The keys of dicts, which are the same few again and again.
    pub keys: KnownStrs,
    /// Memory for JSON on its way out.
    pub json: GilCell<Vec<u8>>,
}

impl Converter {
    /// A Python object of a value.
    ///
    /// # Errors
    /// No memory, nested too deeply, or a list in a set.
    #[inline]
    pub(crate) fn to_python<'a>(
        &self,
        at: &'a Attached<'_>,
        value: &Value<'_>,
    ) -> Result<Owned<'a>, PyError> {
        self.object(at, value, 0)
    }

    // Apart from the rest, so that text in a container is made without a call.
    #[inline]
    fn object<'a>(
        &self,
        at: &'a Attached<'_>,
        value: &Value<'_>,
        depth: u32,
    ) -> Result<Owned<'a>, PyError> {
        match value {
            Value::Text(t) => self.text.decode(at, t),
            _ => self.object_of_other(at, value, depth),
        }
    }

    fn object_of_other<'a>(
        &self,
        at: &'a Attached<'_>,
        value: &Value<'_>,
        depth: u32,
    ) -> Result<Owned<'a>, PyError> {
        if depth > DEPTH {
            let text = format!("ValueError: nested more than {DEPTH} deep");
            return Err(PyError::ours(&text));
        }
        let inner = |value| self.object(at, value, depth + 1);
        match value {
            Value::None => Ok(make::none(at)),
            Value::Bool(b) => Ok(make::bool(at, *b)),
            Value::Int(n) => make::int(at, *n),
            Value::Float(f) => make::float(at, *f),
            Value::Text(t) => self.text.decode(at, t),
            Value::Bytes(t) => self.text.decode(at, t),
            Value::List(items) => make::list(at, items.len(), |i| inner(&items[i])),
            Value::Tuple(items) => make::tuple(at, items.len(), |i| inner(&items[i])),
            Value::Set(items) | Value::FrozenSet(items) => {
                let items = make::tuple(at, items.len(), |i| inner(&items[i]))?;
                make::set(at, *items, matches!(value, Value::FrozenSet(_)))
            }
            Value::Dict(pairs) => {
                let dict = make::dict(at)?;
                for (key, value) in pairs {
                    let key = match key {
                        Value::Text(t) => self.key(at, t)?,
                        Value::Bytes(t) => self.key(at, t)?,
                        other => inner(other)?,
                    };
                    make::dict_put(*dict, *key, *inner(value)?)?;
                }
                Ok(dict)
            }
            Value::NickList(nicks) => {
                let list = make::list(at, nicks.len(), |i| self.text.decode(at, &nicks[i]))?;
                self.nick_list.get(at).call(at, &[*list])
            }
            Value::MyInfo { fields, raw } => {
                let fields = make::tuple(at, 6, |i| self.text.decode(at, &fields[i]))?;
                let raw = self.text.decode(at, raw)?;
                self.my_info.get(at).call(at, &[*fields, *raw])
            }
        }
    }

    #[inline]
    fn key<'a>(&self, at: &'a Attached<'_>, text: &[u8]) -> Result<Owned<'a>, PyError> {
        match self.keys.find(at, text) {
            Some(key) => Ok(key),
            None => {
                let key = self.text.decode(at, text)?;
                self.keys.keep(at, text, *key);
                Ok(key)
            }
        }
    }

    /// Puts the value of a Python object in place of a [`Value::None`]: in place, because a
    /// value that is handed around by result is copied at each step. Text is borrowed from
    /// the object where possible, and from what `keep` holds of the containers in it.
    ///
    /// # Errors
    /// What the object is or holds, when there is no value for it.
    #[inline]
    pub(crate) fn read<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        slot: &mut Value<'v>,
    ) -> Result<(), Box<Unfit>> {
        Reader(&self.text).read(object, keep, None, slot)
    }
}

/// The same value without borrowed text.
#[inline]
pub(crate) fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::None => Value::None,
        Value::Bool(b) => Value::Bool(b),
        Value::Int(n) => Value::Int(n),
        Value::Float(f) => Value::Float(f),
        other => owned_other(other),
    }
}

fn owned_other(value: Value<'_>) -> Value<'static> {
    let all = |v: Vec<Value<'_>>| v.into_iter().map(owned).collect();
    match value {
        Value::None => Value::None,
        Value::Bool(b) => Value::Bool(b),
        Value::Int(n) => Value::Int(n),
        Value::Float(f) => Value::Float(f),
        Value::Text(t) => Value::Bytes(bytes::Bytes::copy_from_slice(t)),
        Value::Bytes(t) => Value::Bytes(t),
        Value::List(v) => Value::List(all(v)),
        Value::Tuple(v) => Value::Tuple(all(v)),
        Value::Set(v) => Value::Set(all(v)),
        Value::FrozenSet(v) => Value::FrozenSet(all(v)),
        Value::Dict(v) => Value::Dict(v.into_iter().map(|(k, v)| (owned(k), owned(v))).collect()),
        Value::NickList(v) => Value::NickList(v),
        Value::MyInfo { fields, raw } => Value::MyInfo { fields, raw },
    }
}

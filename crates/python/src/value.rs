//! Values across the script boundary: Python objects to [`Value`] and back.

use hub::api::Value;

use crate::sys::{Attached, Borrowed, Keep, Owned, PyError, Stored, make};
use crate::text::{HubBytes, HubText};

/// How deep containers may nest on their way; deeper is an error, not a crash.
const DEPTH: u32 = 64;

/// What conversion needs to know of a script.
pub(crate) struct Converter {
    /// The hub's charset.
    pub text: std::sync::Arc<HubText>,
    /// The classes of `boot.py` for results that are more than a list or a tuple.
    pub nick_list: Stored,
    /// As above.
    pub my_info: Stored,
}

impl Converter {
    /// A Python object of a value.
    ///
    /// # Errors
    /// No memory, mostly.
    pub(crate) fn to_python<'a>(
        &self,
        at: &'a Attached<'_>,
        value: &Value<'_>,
    ) -> Result<Owned<'a>, PyError> {
        let all = |values: &[Value<'_>]| -> Result<Vec<Owned<'a>>, PyError> {
            values.iter().map(|v| self.to_python(at, v)).collect()
        };
        match value {
            Value::None => Ok(make::none(at)),
            Value::Bool(b) => Ok(make::bool(at, *b)),
            Value::Int(n) => make::int(at, *n),
            Value::Float(f) => make::float(at, *f),
            Value::Text(t) => self.text.decode(at, t),
            Value::Bytes(t) => self.text.decode(at, t),
            Value::List(items) => make::list(at, all(items)?),
            Value::Tuple(items) => make::tuple(at, all(items)?),
            Value::Dict(pairs) => {
                let dict = make::dict(at)?;
                for (k, v) in pairs {
                    make::dict_put(*dict, *self.to_python(at, k)?, *self.to_python(at, v)?)?;
                }
                Ok(dict)
            }
            Value::NickList(nicks) => {
                let nicks = nicks.iter().map(|n| self.text.decode(at, n));
                let list = make::list(at, nicks.collect::<Result<_, _>>()?)?;
                self.nick_list.get(at).call(at, &[*list])
            }
            Value::MyInfo { fields, raw } => {
                let fields = fields.iter().map(|f| self.text.decode(at, f));
                let fields = make::tuple(at, fields.collect::<Result<_, _>>()?)?;
                let raw = self.text.decode(at, raw)?;
                self.my_info.get(at).call(at, &[*fields, *raw])
            }
        }
    }

    /// A value of a Python object. Text is borrowed from it where possible, and from what
    /// `keep` holds of the containers in it.
    ///
    /// # Errors
    /// What the object is, when there is no value for it.
    pub(crate) fn from_python<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
    ) -> Result<Value<'v>, String> {
        self.from_python_at(object, keep, 0)
    }

    fn from_python_at<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        depth: u32,
    ) -> Result<Value<'v>, String> {
        if let Some(text) = self.text.encode(object) {
            return Ok(match text {
                HubBytes::Borrowed(b) => Value::Text(b),
                HubBytes::Owned(b) => Value::Bytes(b),
            });
        }
        if object.is_none() {
            return Ok(Value::None);
        }
        if let Some(b) = object.as_bool_constant() {
            return Ok(Value::Bool(b));
        }
        if object.is_int() {
            return object.as_i64().map(Value::Int).map_err(|e| e.last_line);
        }
        if object.is_float() {
            return object.as_f64().map(Value::Float).map_err(|e| e.last_line);
        }
        if depth >= DEPTH {
            return Err(format!("{} nested too deeply", object.type_name()));
        }
        let inner = |item| self.from_python_at(item, keep, depth + 1);
        if object.is_tuple() {
            let items = object.tuple_items().map(inner);
            return items.collect::<Result<_, String>>().map(Value::Tuple);
        }
        // A list may change while we look at it, so a copy of it holds its items.
        if object.is_list() || object.is_set() {
            let items = make::to_tuple(object).map_err(|e| e.last_line)?;
            let items = keep.hold(items).tuple_items().map(inner);
            return items.collect::<Result<_, String>>().map(Value::List);
        }
        if object.is_dict() {
            let flat = make::dict_to_tuple(object).map_err(|e| e.last_line)?;
            let flat: Vec<_> = keep.hold(flat).tuple_items().collect();
            let pairs = flat.as_chunks::<2>().0.iter();
            let pairs = pairs.map(|[k, v]| Ok((inner(*k)?, inner(*v)?)));
            return pairs.collect::<Result<_, String>>().map(Value::Dict);
        }
        Err(object.type_name())
    }
}

/// The same value without borrowed text.
pub(crate) fn owned(value: Value<'_>) -> Value<'static> {
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
        Value::Dict(v) => Value::Dict(v.into_iter().map(|(k, v)| (owned(k), owned(v))).collect()),
        Value::NickList(v) => Value::NickList(v),
        Value::MyInfo { fields, raw } => Value::MyInfo { fields, raw },
    }
}

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
    /// The ints 0 and 1, of which every interpreter has one each.
    pub zero: Stored,
    /// As above.
    pub one: Stored,
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
        match value {
            Value::None => Ok(make::none(at)),
            Value::Bool(b) => Ok(make::bool(at, *b)),
            Value::Int(n) => make::int(at, *n),
            Value::Float(f) => make::float(at, *f),
            Value::Text(t) => self.text.decode(at, t),
            Value::Bytes(t) => self.text.decode(at, t),
            Value::List(items) => make::list(at, items.len(), |i| self.to_python(at, &items[i])),
            Value::Tuple(items) => make::tuple(at, items.len(), |i| self.to_python(at, &items[i])),
            Value::Dict(pairs) => {
                let dict = make::dict(at)?;
                for (k, v) in pairs {
                    make::dict_put(*dict, *self.to_python(at, k)?, *self.to_python(at, v)?)?;
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

    /// A value of a Python object. Text is borrowed from it where possible, and from what
    /// `keep` holds of the containers in it.
    ///
    /// # Errors
    /// What the object is, when there is no value for it.
    pub(crate) fn to_value<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
    ) -> Result<Value<'v>, String> {
        self.value_at(object, keep, 0)
    }

    fn value_at<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        depth: u32,
    ) -> Result<Value<'v>, String> {
        if object.is_none() {
            return Ok(Value::None);
        }
        if let Some(text) = self.text.encode(object) {
            return Ok(match text {
                HubBytes::Borrowed(b) => Value::Text(b),
                HubBytes::Owned(b) => Value::Bytes(b),
            });
        }
        if let Some(b) = object.as_bool_constant() {
            return Ok(Value::Bool(b));
        }
        if object.is_int() {
            return object.as_i64().map(Value::Int).map_err(|e| e.to_string());
        }
        if object.is_float() {
            return object.as_f64().map(Value::Float).map_err(|e| e.to_string());
        }
        if depth >= DEPTH {
            return Err(format!("{} nested too deeply", object.type_name()));
        }
        let inner = |item| self.value_at(item, keep, depth + 1);
        // By loops: collecting results knows no length beforehand.
        let all = |items: &[Borrowed<'v>]| {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.push(inner(*item)?);
            }
            Ok::<_, String>(values)
        };
        if object.is_tuple() {
            return all(object.as_tuple()).map(Value::Tuple);
        }
        // A list may change while we look at it, so a copy of it holds its items.
        if object.is_list() || object.is_set() {
            let items = make::to_tuple(object).map_err(|e| e.to_string())?;
            return all(keep.hold(items).as_tuple()).map(Value::List);
        }
        if object.is_dict() {
            let flat = make::dict_to_tuple(object).map_err(|e| e.to_string())?;
            let flat = keep.hold(flat).as_tuple().as_chunks::<2>().0;
            let mut pairs = Vec::with_capacity(flat.len());
            for [key, value] in flat {
                pairs.push((inner(*key)?, inner(*value)?));
            }
            return Ok(Value::Dict(pairs));
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

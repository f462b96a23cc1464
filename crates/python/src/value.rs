//! Values across the script boundary: Python objects to [`Value`] and back.

use hub::api::Value;

use crate::sys::{Attached, Borrowed, Keep, Owned, PyError, Stored, make, unicode};
use crate::text::{HubBytes, HubText};

/// How deep containers may nest on their way; deeper is an error, not a crash. Half of what
/// Python itself allows.
const DEPTH: u32 = 500;

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
    /// No memory, nested too deeply, or a list in a set.
    #[inline]
    pub(crate) fn to_python<'a>(
        &self,
        at: &'a Attached<'_>,
        value: &Value<'_>,
    ) -> Result<Owned<'a>, PyError> {
        self.object(at, value, 0)
    }

    fn object<'a>(
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
                for (k, v) in pairs {
                    make::dict_put(*dict, *inner(k)?, *inner(v)?)?;
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
    /// What the object is or holds, when there is no value for it.
    #[inline]
    pub(crate) fn to_value<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
    ) -> Result<Value<'v>, Unfit> {
        self.value_at(object, keep, None)
    }

    fn value_at<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        outer: Option<&Level<'_>>,
    ) -> Result<Value<'v>, Unfit> {
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
            let large = |_| Unfit::value("an int of more than 64 bits");
            return object.as_i64().map(Value::Int).map_err(large);
        }
        if object.is_float() {
            return match object.as_f64() {
                Ok(n) if n.is_nan() => Err(Unfit::value("NaN")),
                Ok(n) => Ok(Value::Float(n)),
                Err(e) => Err(Unfit::value(&e.last_line)),
            };
        }
        self.container(object, keep, outer)
    }

    fn container<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        outer: Option<&Level<'_>>,
    ) -> Result<Value<'v>, Unfit> {
        let (tuple, list, set) = (object.is_tuple(), object.is_list(), object.is_set());
        if !(tuple || list || set || object.is_dict()) {
            return Err(Unfit::kind(object.type_name()));
        }
        let depth = outer.map_or(1, |l| l.depth + 1);
        let level = Level {
            object,
            depth,
            outer,
        };
        if level.is_within_itself() {
            let kind = object.type_name();
            return Err(Unfit::value(&format!("a {kind} that contains itself")));
        }
        if depth > DEPTH {
            let kind = object.type_name();
            return Err(Unfit::value(&format!(
                "a {kind} nested more than {DEPTH} deep"
            )));
        }
        let failed = |e: PyError| Unfit::value(&e.last_line);
        if !(tuple || list || set) {
            let flat = make::dict_to_tuple(object).map_err(failed)?;
            let flat = keep.hold(flat).as_tuple().as_chunks::<2>().0;
            let mut pairs = Vec::with_capacity(flat.len());
            for [key, value] in flat {
                if !key.is_str() {
                    let kind = key.type_name();
                    return Err(Unfit::kind(format!("a dict key of type {kind}")));
                }
                let step = || format!("[{:?}]", unicode::lossy(*key));
                let inside = |item| self.value_at(item, keep, Some(&level));
                pairs.push((inside(*key)?, inside(*value).map_err(|e| e.within(step()))?));
            }
            return Ok(Value::Dict(pairs));
        }
        // A list may change while we look at it, so a copy of it holds its items.
        let items = if tuple {
            object.as_tuple()
        } else {
            keep.hold(make::to_tuple(object).map_err(failed)?)
                .as_tuple()
        };
        let mut values = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let step = || {
                if set {
                    "{...}".into()
                } else {
                    format!("[{i}]")
                }
            };
            let value = self.value_at(*item, keep, Some(&level));
            values.push(value.map_err(|e| e.within(step()))?);
        }
        Ok(match (tuple, list) {
            (true, _) => Value::Tuple(values),
            (_, true) => Value::List(values),
            _ if object.is_frozen_set() => Value::FrozenSet(values),
            _ => Value::Set(values),
        })
    }
}

/// A container being looked at and the ones it is in.
struct Level<'l> {
    object: Borrowed<'l>,
    depth: u32,
    outer: Option<&'l Level<'l>>,
}

impl Level<'_> {
    fn is_within_itself(&self) -> bool {
        let mut outer = self.outer;
        while let Some(level) = outer {
            if level.object.same(self.object) {
                return true;
            }
            outer = level.outer;
        }
        false
    }
}

/// Why there is no value for an object. Reads on after "cannot".
pub(crate) struct Unfit {
    /// It is of a type without a counterpart; else only this one does not fit.
    pub wrong_type: bool,
    what: String,
    /// Where in the object, innermost step first.
    way: Vec<String>,
}

impl Unfit {
    #[cold]
    fn kind(what: String) -> Unfit {
        Unfit {
            wrong_type: true,
            what,
            way: Vec::new(),
        }
    }

    #[cold]
    fn value(what: &str) -> Unfit {
        Unfit {
            wrong_type: false,
            what: what.into(),
            way: Vec::new(),
        }
    }

    #[cold]
    fn within(mut self, step: String) -> Unfit {
        self.way.push(step);
        self
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 8;
        if self.way.is_empty() {
            let key = self.what.starts_with("a dict key");
            return write!(f, "{} {}", if key { "hold" } else { "be" }, self.what);
        }
        write!(f, "hold {} at ", self.what)?;
        for step in self.way.iter().rev().take(SHOWN) {
            f.write_str(step)?;
        }
        if self.way.len() > SHOWN {
            f.write_str("...")?;
        }
        Ok(())
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
        Value::Set(v) => Value::Set(all(v)),
        Value::FrozenSet(v) => Value::FrozenSet(all(v)),
        Value::Dict(v) => Value::Dict(v.into_iter().map(|(k, v)| (owned(k), owned(v))).collect()),
        Value::NickList(v) => Value::NickList(v),
        Value::MyInfo { fields, raw } => Value::MyInfo { fields, raw },
    }
}

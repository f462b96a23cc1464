//! Values across the script boundary: Python objects to [`Value`] and back.

use hub::api::Value;

use crate::sys::unicode::KnownStrs;
use crate::sys::{
    Attached, Borrowed, GilCell, Keep, Kind, Owned, PyError, Stored, make, put, unicode,
};
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
        self.read_at(object, keep, None, slot)
    }

    #[inline]
    fn read_at<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        outer: Option<&Level<'_>>,
        slot: &mut Value<'v>,
    ) -> Result<(), Box<Unfit>> {
        match unicode::ascii_bytes(object) {
            Some(bytes) => put(slot, Value::Text(bytes)),
            None => return self.read_other(object, keep, outer, slot),
        }
        Ok(())
    }

    fn read_other<'v>(
        &self,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        outer: Option<&Level<'_>>,
        slot: &mut Value<'v>,
    ) -> Result<(), Box<Unfit>> {
        match object.kind() {
            Kind::None => {}
            Kind::Bool(b) => put(slot, Value::Bool(b)),
            Kind::Int => match object.as_i64() {
                Ok(n) => put(slot, Value::Int(n)),
                Err(_) => return Err(Unfit::value("an int of more than 64 bits")),
            },
            Kind::Float => match object.as_f64() {
                Ok(n) if n.is_nan() => return Err(Unfit::value("NaN")),
                Ok(n) => put(slot, Value::Float(n)),
                Err(e) => return Err(Unfit::value(&e.last_line)),
            },
            Kind::Str => match self.text.encode(object) {
                Some(HubBytes::Borrowed(b)) => put(slot, Value::Text(b)),
                Some(HubBytes::Owned(b)) => put(slot, Value::Bytes(b)),
                None => return Err(Unfit::kind(object.type_name())),
            },
            Kind::Other => return Err(Unfit::kind(object.type_name())),
            kind => return self.read_container(kind, object, keep, outer, slot),
        }
        Ok(())
    }

    fn read_container<'v>(
        &self,
        kind: Kind,
        object: Borrowed<'v>,
        keep: &'v Keep<'_>,
        outer: Option<&Level<'_>>,
        slot: &mut Value<'v>,
    ) -> Result<(), Box<Unfit>> {
        let level = Level {
            object,
            depth: outer.map_or(1, |l| l.depth + 1),
            outer,
        };
        level.check()?;
        let failed = |e: PyError| Unfit::value(&e.last_line);
        if kind == Kind::Dict {
            put(slot, Value::Dict(self.read_pairs(keep, &level)?));
            return Ok(());
        }
        // A tuple keeps its items itself.
        let items = match kind {
            Kind::Tuple => object,
            _ => keep.hold(make::to_tuple(object).map_err(failed)?),
        };
        let items = items.as_tuple();
        let mut values = Vec::with_capacity(items.len());
        values.resize_with(items.len(), || Value::None);
        for (i, (item, slot)) in items.iter().zip(&mut values).enumerate() {
            let read = self.read_at(*item, keep, Some(&level), slot);
            read.map_err(|e| match kind {
                Kind::Set | Kind::FrozenSet => e.within("{...}".into()),
                _ => e.within(format!("[{i}]")),
            })?;
        }
        put(
            slot,
            match kind {
                Kind::Tuple => Value::Tuple(values),
                Kind::Set => Value::Set(values),
                Kind::FrozenSet => Value::FrozenSet(values),
                _ => Value::List(values),
            },
        );
        Ok(())
    }

    fn read_pairs<'v>(
        &self,
        keep: &'v Keep<'_>,
        level: &Level<'_>,
    ) -> Result<Vec<(Value<'v>, Value<'v>)>, Box<Unfit>> {
        let held = keep.hold_dict(level.object);
        let len = held.len() / 2;
        let mut pairs = Vec::with_capacity(len);
        pairs.resize_with(len, || (Value::None, Value::None));
        for (i, slot) in held.step_by(2).zip(&mut pairs) {
            let (key, value) = (keep.item(i), keep.item(i + 1));
            if !key.is_str() {
                let kind = key.type_name();
                return Err(Unfit::kind(format!("a dict key of type {kind}")));
            }
            self.read_at(key, keep, Some(level), &mut slot.0)?;
            let read = self.read_at(value, keep, Some(level), &mut slot.1);
            read.map_err(|e| e.within(format!("[{:?}]", unicode::lossy(key))))?;
        }
        Ok(pairs)
    }
}

/// A container being looked at and the ones it is in.
struct Level<'l> {
    object: Borrowed<'l>,
    depth: u32,
    outer: Option<&'l Level<'l>>,
}

impl Level<'_> {
    /// An error for what would never end.
    fn check(&self) -> Result<(), Box<Unfit>> {
        if self.is_within_itself() {
            let kind = self.object.type_name();
            return Err(Unfit::value(&format!("a {kind} that contains itself")));
        }
        if self.depth > DEPTH {
            let kind = self.object.type_name();
            let text = format!("a {kind} nested more than {DEPTH} deep");
            return Err(Unfit::value(&text));
        }
        Ok(())
    }

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
    fn kind(what: String) -> Box<Unfit> {
        Box::new(Unfit {
            wrong_type: true,
            what,
            way: Vec::new(),
        })
    }

    #[cold]
    fn value(what: &str) -> Box<Unfit> {
        Box::new(Unfit {
            wrong_type: false,
            what: what.into(),
            way: Vec::new(),
        })
    }

    #[cold]
    fn within(mut self: Box<Self>, step: String) -> Box<Unfit> {
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

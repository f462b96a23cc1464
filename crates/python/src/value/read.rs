//! Values of Python objects.

use bytes::Bytes;
use hub::api::Value;

use super::DEPTH;
use crate::json;
use crate::sys::{Borrowed, Keep, Kind, PyError, make, put, unicode};
use crate::text::{HubBytes, HubText};

/// Reads objects, text in this charset.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'t>(pub &'t HubText);

impl Reader<'_> {
    /// Puts the value of an object in place of a [`Value::None`]; see `Converter::read`.
    ///
    /// # Errors
    /// What the object is or holds, when there is no value for it.
    #[inline]
    pub(crate) fn read<'v>(
        self,
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
        self,
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
            Kind::Str => match self.0.encode(object) {
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
        self,
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
            let read = self.read(*item, keep, Some(&level), slot);
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
        self,
        keep: &'v Keep<'_>,
        level: &Level<'_>,
    ) -> Result<Vec<(Value<'v>, Value<'v>)>, Box<Unfit>> {
        let held = keep.hold_dict(level.object);
        let len = held.len() / 2;
        let mut pairs = Vec::with_capacity(len);
        pairs.resize_with(len, || (Value::None, Value::None));
        for (i, slot) in held.step_by(2).zip(&mut pairs) {
            let (key, value) = (keep.item(i), keep.item(i + 1));
            self.read_key(key, keep, level, &mut slot.0)?;
            let read = self.read(value, keep, Some(level), &mut slot.1);
            read.map_err(|e| {
                let key = json::key(&slot.0).unwrap_or_default();
                e.within(format!("[{:?}]", String::from_utf8_lossy(&key)))
            })?;
        }
        Ok(pairs)
    }

    /// A key: text, or what JSON makes a text of.
    fn read_key<'v>(
        self,
        key: Borrowed<'v>,
        keep: &'v Keep<'_>,
        level: &Level<'_>,
        slot: &mut Value<'v>,
    ) -> Result<(), Box<Unfit>> {
        match key.kind() {
            Kind::Str | Kind::Bool(_) | Kind::None => self.read(key, keep, Some(level), slot),
            Kind::Float => {
                let n = key.as_f64().map_err(|e| Unfit::value(&e.last_line))?;
                put(slot, Value::Float(n));
                Ok(())
            }
            Kind::Int => {
                let digits = key.int_text().map_err(|e| Unfit::value(&e.last_line))?;
                put(
                    slot,
                    match digits.parse() {
                        Ok(n) => Value::Int(n),
                        Err(_) => Value::Bytes(Bytes::from(digits)),
                    },
                );
                Ok(())
            }
            _ => Err(Unfit::kind(format!(
                "a dict key of type {}",
                key.type_name()
            ))),
        }
    }
}

/// A container being looked at and the ones it is in.
pub(crate) struct Level<'l> {
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

//! `vh.CallDynamicFunction`: functions the program has registered for one script.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use hub::api::{ApiError, Value, type_name};
use smallvec::SmallVec;

use crate::args::{Callback, Item};
use crate::callback::{self, HoldsNul, Out};
use crate::host::{Caller, holds_nul};
use crate::registry;

/// The number dynamic functions get in place of a callback's.
const NO_SLOT: i32 = -1;

/// The functions of one script, by name.
pub struct Functions(RwLock<BTreeMap<Box<[u8]>, Callback>>);

impl Functions {
    /// None yet.
    pub const fn new() -> Functions {
        Functions(RwLock::new(BTreeMap::new()))
    }

    /// Adds one or replaces the one of this name.
    pub fn add(&self, name: &[u8], function: Callback) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.into(), function);
    }

    /// Removes one; whether it was there.
    pub fn remove(&self, name: &[u8]) -> bool {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.remove(name).is_some()
    }

    /// Removes all.
    pub fn clear(&self) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.clear();
    }

    fn find(&self, name: &[u8]) -> Result<Callback, ApiError> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = all.get(name) {
            return Ok(*function);
        }
        if all.is_empty() {
            let text = "no functions are registered for this script";
            return Err(ApiError::Runtime(text.into()));
        }
        let name = String::from_utf8_lossy(name);
        Err(ApiError::Name(format!(
            "there is no dynamic function '{name}'"
        )))
    }
}

/// Calls a function of a script.
///
/// # Errors
/// As documented for `vh.CallDynamicFunction`.
pub fn call(script: u32, name: &[u8], args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
    let slot = i32::try_from(script).ok().and_then(registry::slot);
    let function = match slot {
        Some(slot) => slot.functions.find(name)?,
        None => return Err(ApiError::Runtime("this script is not known".into())),
    };
    Told::dynamic(function).call(args)
}

/// A function of the program that takes what a script gives it, whatever that is.
pub struct Told<'t> {
    /// The function.
    pub function: Callback,
    /// What it is given as its number.
    pub number: i32,
    /// How scripts name it, for messages.
    pub what: &'t str,
    /// The number of the first argument there.
    pub first: usize,
    /// Whose charset its texts are in; UTF-8 without. Then `None` is refused, too, as documented
    /// for dynamic functions.
    pub caller: Option<&'t Caller>,
}

impl Told<'_> {
    /// One behind `vh.CallDynamicFunction`.
    pub fn dynamic(function: Callback) -> Told<'static> {
        Told {
            function,
            number: NO_SLOT,
            what: "vh.CallDynamicFunction()",
            first: 2,
            caller: None,
        }
    }

    /// Calls it.
    ///
    /// # Errors
    /// An argument that cannot be handed over.
    pub fn call(&self, args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
        let mut format: SmallVec<[u8; 16]> = SmallVec::new();
        // The JSON of all containers, one after the other, each by its end.
        let mut json = Vec::new();
        let mut ends: SmallVec<[usize; 4]> = SmallVec::new();
        for (i, value) in args.iter().enumerate() {
            format.push(match value {
                Value::Int(_) | Value::Bool(_) => b'l',
                Value::Float(_) => b'd',
                Value::Text(_) | Value::Bytes(_) => b's',
                Value::None if self.caller.is_some() => b's',
                Value::None => return Err(self.unsupported(i, value)),
                container => {
                    let what = |e| format!("{} argument {}: {e}", self.what, i + self.first);
                    python::json::write_value(container, &mut json)
                        .map_err(|e| ApiError::Value(what(e)))?;
                    ends.push(json.len());
                    b'D'
                }
            });
        }
        format.push(0);
        let mut start = 0;
        let mut ends = ends.into_iter();
        let values = args.iter().map(|value| match value {
            Value::Int(n) => Out::Long(*n),
            Value::Bool(b) => Out::Long(i64::from(*b)),
            Value::Float(f) => Out::Double(*f),
            Value::Text(t) => Out::Text(Some(t)),
            Value::Bytes(t) => Out::Text(Some(t)),
            Value::None => Out::Text(None),
            _ => {
                let end = ends.next().unwrap_or(json.len());
                let text = &json[start..end];
                start = end;
                Out::Text(Some(text))
            }
        });
        let values: SmallVec<[Out<'_>; 6]> = values.collect();
        let format = std::ffi::CStr::from_bytes_with_nul(&format).unwrap_or_default();
        let ask = |values: &[Out<'_>]| callback::call(self.function, self.number, format, values);
        let reply = match self.caller {
            Some(caller) => caller.in_charset(&values, ask),
            None => ask(&values),
        };
        let reply = reply.map_err(|HoldsNul| holds_nul(self.what))?;
        let Some(reply) = reply.as_ref().and_then(|r| r.args()) else {
            return Ok(Value::None);
        };
        let mut items = reply.items().map(|item| value_of(item, self.caller));
        match reply.format().len() {
            0 => Ok(Value::None),
            1 => Ok(items.next().unwrap_or(Value::None)),
            _ => Ok(Value::Tuple(items.collect())),
        }
    }

    fn unsupported(&self, i: usize, value: &Value<'_>) -> ApiError {
        let (what, i, kind) = (self.what, i + self.first, type_name(value));
        ApiError::Type(format!("{what} argument {i} cannot be {kind}"))
    }
}

/// One element of a result as a script gets it.
fn value_of(item: Item<'_>, caller: Option<&Caller>) -> Value<'static> {
    let text = |t: &[u8]| {
        Value::Bytes(match caller {
            Some(caller) => caller.text(t),
            None => Bytes::copy_from_slice(t),
        })
    };
    match item {
        Item::Long(n) => Value::Int(n),
        Item::Double(f) => Value::Float(f),
        Item::Text(t) => t.map_or(Value::None, text),
        Item::List(texts) => Value::List(texts.map(text).collect()),
        Item::Json(t) => match python::json::read(t.unwrap_or_default()) {
            Ok(value) => value,
            Err(e) => {
                tracing::warn!("a function's result is no JSON, taken as {{}}: {e}");
                Value::Dict(Vec::new())
            }
        },
        Item::Pointer(p) => Value::Int(p.addr().cast_signed() as i64),
        Item::Object(_) => {
            tracing::warn!("a function of the program returned an object, which nobody can own");
            Value::None
        }
    }
}

//! Within a hub: native plugins that were written to the documents call the library's functions, and
//! those of the hub's own program answer, for the hub's scripts.

use std::ffi::c_int;
use std::sync::OnceLock;

use hub::api::{ApiError, Value};
use hub::hooks::Hook;

use crate::args::{self, Args, Callback, Item, WArgs, WValue, one};
use crate::dynamic::Told;
use crate::{exports, visible};

/// The scripts of the hub around. Text is UTF-8. A script goes by its number or path.
pub trait Hub: Send + Sync {
    /// Gives a script a function for `vh.CallDynamicFunction`, also one that is loaded later.
    fn register(&self, script: u32, name: &str, function: Function);
    /// Takes it away again; whether it was there.
    fn unregister(&self, script: u32, name: &str) -> bool;
    /// Calls a function of a script and waits for the result.
    ///
    /// # Errors
    /// Why there is none.
    fn call(&self, script: &str, name: &str, args: &[Value<'_>]) -> Result<Value<'static>, String>;
    /// Whether a script has a hook.
    fn has(&self, script: u32, hook: Hook) -> bool;
}

/// A function of a plugin, whose code stays in memory from now on.
pub struct Function(Callback);

impl Function {
    /// Calls it.
    ///
    /// # Errors
    /// An argument that it cannot be given.
    pub fn call(&self, args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
        Told::dynamic(self.0).call(args)
    }
}

static HUB: OnceLock<Box<dyn Hub>> = OnceLock::new();

/// Has the functions answer for these scripts, for good.
pub fn answer_for(hub: Box<dyn Hub>) {
    exports::keep();
    // A process has one hub.
    drop(HUB.set(hub));
}

/// The hub around, if there is one.
#[inline]
pub(crate) fn hub() -> Option<&'static dyn Hub> {
    HUB.get().map(|hub| &**hub)
}

/// What `w_RegisterFunction` does.
pub(crate) fn register(hub: &dyn Hub, script: c_int, name: &[u8], function: Callback) -> bool {
    let (Ok(script), Ok(name)) = (u32::try_from(script), str::from_utf8(name)) else {
        return false;
    };
    if name.is_empty() {
        return false;
    }
    // Whoever unloads the plugin knows nothing of this function.
    visible::keep_code(function as *const ());
    hub.register(script, name, Function(function));
    true
}

/// What `w_UnregisterFunction` does.
pub(crate) fn unregister(hub: &dyn Hub, script: c_int, name: &[u8]) -> bool {
    let (Ok(script), Ok(name)) = (u32::try_from(script), str::from_utf8(name)) else {
        return false;
    };
    hub.unregister(script, name)
}

/// How the result of a function becomes a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    /// Any function: `None` is 0, containers are JSON.
    Function,
    /// A hook: `None` is 1, a tuple its elements.
    Hook,
}

/// What `w_CallFunction` and its kin do; NULL, and a message, when there is no result.
pub(crate) fn call(
    hub: &dyn Hub,
    script: &str,
    name: &[u8],
    args: Option<Args<'_>>,
    how: As,
) -> *mut WArgs {
    let name = String::from_utf8_lossy(name);
    let values: Result<Vec<_>, _> = args.unwrap_or(Args::NONE).items().map(value_of).collect();
    let called = values.and_then(|values| hub.call(script, &name, &values));
    match called.and_then(|value| block(&value, how)) {
        Ok(block) => block,
        Err(why) => {
            tracing::warn!("{name} of script {script}, called by a plugin: {why}");
            std::ptr::null_mut()
        }
    }
}

fn value_of(item: Item<'_>) -> Result<Value<'_>, String> {
    Ok(match item {
        Item::Long(n) => Value::Int(n),
        Item::Double(n) => Value::Float(n),
        Item::Text(t) => t.map_or(Value::None, Value::Text),
        Item::List(texts) => Value::List(texts.map(Value::Text).collect()),
        Item::Json(t) => {
            python::json::read(t.unwrap_or_default()).unwrap_or(Value::Dict(Vec::new()))
        }
        Item::Pointer(p) => Value::Int(p.addr().cast_signed() as i64),
        Item::Object(_) => return Err("objects cannot be handed over within a hub".into()),
    })
}

fn block(value: &Value<'_>, how: As) -> Result<*mut WArgs, String> {
    let none = i64::from(how == As::Hook);
    if let (Value::Tuple(items), As::Hook) = (value, how) {
        let (mut format, mut values) = (Vec::new(), Vec::new());
        for item in items {
            match element(item, None) {
                Ok((letter, value)) => {
                    format.push(letter);
                    values.push(value);
                }
                Err(why) => {
                    args::free_texts(&format, &values);
                    return Err(why);
                }
            }
        }
        return Ok(args::result(&format, &values));
    }
    let (letter, value) = element(value, Some(none))?;
    Ok(one(letter, value))
}

/// One value; `None` is a NULL text unless it is a number.
fn element(value: &Value<'_>, none: Option<i64>) -> Result<(u8, WValue), String> {
    let text = |t: &[u8]| {
        let s = args::text_of_its_own(t);
        match s.is_null() {
            true => Err("its result holds a NUL character".to_owned()),
            false => Ok((b's', WValue { s })),
        }
    };
    match value {
        Value::None => Ok(match none {
            Some(l) => (b'l', WValue { l }),
            None => (
                b's',
                WValue {
                    s: std::ptr::null_mut(),
                },
            ),
        }),
        Value::Bool(b) => Ok((b'l', WValue { l: i64::from(*b) })),
        Value::Int(l) => Ok((b'l', WValue { l: *l })),
        Value::Float(d) => Ok((b'd', WValue { d: *d })),
        Value::Text(t) => text(t),
        Value::Bytes(t) => text(t),
        container => {
            let mut json = Vec::new();
            python::json::write_value(container, &mut json)?;
            Ok((
                b'D',
                WValue {
                    s: args::copy(&json),
                },
            ))
        }
    }
}

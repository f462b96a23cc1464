//! The functions of the C library in this program: a native plugin that was written to the documents
//! (`w_RegisterFunction`) finds them here, and they reach the hub's scripts.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use hub::api::Value;
use hub::hooks::Hook;
use hub::io::ScriptId;
use hub::link::{DynamicFn, Whose};
use python::Engine;
use python::text::HubText;
use vh_python_wrapper::inside::{self, Function, Hub};

/// The scripts, with text in UTF-8.
pub struct Scripts {
    engine: Weak<Engine>,
    text: Arc<HubText>,
}

/// Has the library's functions answer for these scripts.
pub fn answer_for(engine: &Arc<Engine>, text: Arc<HubText>) {
    inside::answer_for(Box::new(Scripts {
        engine: Arc::downgrade(engine),
        text,
    }));
}

impl Hub for Scripts {
    fn register(&self, script: u32, name: &str, function: Function) {
        let Some(engine) = self.engine.upgrade() else {
            return;
        };
        let text = Arc::clone(&self.text);
        let function: DynamicFn = Arc::new(move |_, args| {
            let args: Vec<_> = args.iter().map(|v| to_utf8(v, &text)).collect();
            let result = function.call(&args)?;
            Ok(to_hub(&result, &text))
        });
        engine.register(Whose::Script(ScriptId(script)), name, function);
    }

    fn unregister(&self, script: u32, name: &str) -> bool {
        let whose = Whose::Script(ScriptId(script));
        let engine = self.engine.upgrade();
        engine.is_some_and(|engine| engine.unregister(&whose, name, None))
    }

    fn call(&self, script: &str, name: &str, args: &[Value<'_>]) -> Result<Value<'static>, String> {
        let engine = self.engine.upgrade().ok_or("the hub is stopping")?;
        let args: Vec<_> = args.iter().map(|v| to_hub(v, &self.text)).collect();
        let result = engine.call_function(script, name, &args);
        result
            .map(|value| to_utf8(&value, &self.text))
            .map_err(|e| e.to_string())
    }

    fn has(&self, script: u32, hook: Hook) -> bool {
        let scripts = self.engine.upgrade().map(|engine| engine.list());
        let mut scripts = scripts.into_iter().flatten();
        scripts.any(|s| s.id == ScriptId(script) && s.hooks.has(hook))
    }
}

fn to_utf8(value: &Value<'_>, charset: &HubText) -> Value<'static> {
    with_text(value, &|t| Bytes::copy_from_slice(&charset.to_utf8(t)))
}

fn to_hub(value: &Value<'_>, charset: &HubText) -> Value<'static> {
    with_text(value, &|t| Bytes::copy_from_slice(&charset.from_utf8(t)))
}

/// The same value with its texts in another charset.
fn with_text(value: &Value<'_>, text: &dyn Fn(&[u8]) -> Bytes) -> Value<'static> {
    let inner = |v: &Value<'_>| with_text(v, text);
    let all = |items: &[Value<'_>]| items.iter().map(inner).collect();
    match value {
        Value::None => Value::None,
        Value::Bool(b) => Value::Bool(*b),
        Value::Int(n) => Value::Int(*n),
        Value::Float(n) => Value::Float(*n),
        Value::Text(t) => Value::Bytes(text(t)),
        Value::Bytes(t) => Value::Bytes(text(t)),
        Value::List(items) => Value::List(all(items)),
        Value::Tuple(items) => Value::Tuple(all(items)),
        Value::Set(items) => Value::Set(all(items)),
        Value::FrozenSet(items) => Value::FrozenSet(all(items)),
        Value::Dict(pairs) => {
            Value::Dict(pairs.iter().map(|(k, v)| (inner(k), inner(v))).collect())
        }
        Value::NickList(nicks) => {
            Value::List(nicks.iter().map(|t| Value::Bytes(text(t))).collect())
        }
        Value::MyInfo { fields, .. } => {
            Value::Tuple(fields.iter().map(|t| Value::Bytes(text(t))).collect())
        }
    }
}

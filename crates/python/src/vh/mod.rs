//! The `vh` module: made of the hub's function table, one per script, bound to it for good.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hub::api::{ApiError, ApiFn, Args, Host, Value};
use hub::config::Config;
use hub::constants::{CONSTANTS, VERSION};
use hub::spoken;

use crate::calls;
use crate::sys::module::{Definition, Dispatch, Method, RawArgs};
use crate::sys::{
    Attached, Borrowed, Keep, Owned, PyError, Raise, Raised, make, process, raise, unicode,
};
use crate::value::Converter;

mod args;

/// The part of the engine that is written in Python.
pub(crate) const BOOT: &std::ffi::CStr = match std::ffi::CStr::from_bytes_with_nul(
    concat!(
        include_str!("boot.py"),
        include_str!("keep.py"),
        include_str!("process.py"),
        "\0"
    )
    .as_bytes(),
) {
    Ok(text) => text,
    Err(_) => panic!("boot.py holds a NUL"),
};

/// A [`Host`] that any thread may use; every `vh` function of one script ends here.
pub trait ScriptHost: Host + Send + Sync + 'static {}
impl<T: Host + Send + Sync + 'static> ScriptHost for T {}

/// Which script a `vh` module belongs to.
pub(crate) struct Identity {
    pub api: &'static [ApiFn],
    pub host: Arc<dyn ScriptHost>,
    /// For the log: the file's stem.
    pub stem: String,
    /// Set once the script's interpreter is ready.
    pub convert: OnceLock<Converter>,
}

/// The module definition of a function table; made once for each table.
pub(crate) fn definition(api: &'static [ApiFn]) -> &'static Definition<Identity> {
    // By address and length of the table.
    static KNOWN: Mutex<Vec<(usize, usize, &'static Definition<Identity>)>> =
        Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (api.as_ptr().addr(), api.len());
    if let Some((_, _, definition)) = known.iter().find(|k| (k.0, k.1) == key) {
        return definition;
    }
    let method = |f: &ApiFn| Method {
        name: f.name.into(),
        doc: signature(f),
    };
    let methods: Vec<Method> = api.iter().map(method).collect();
    let doc = "The hub, as scripts see it.";
    let definition: &'static _ = Box::leak(Box::new(Definition::new("vh", doc, &methods)));
    known.push((key.0, key.1, definition));
    definition
}

/// What `help(vh.GetUserClass)` shows, in the form `inspect.signature` understands.
fn signature(f: &ApiFn) -> String {
    let params = f.params.iter().map(|p| {
        let default = if p.optional { "=None" } else { "" };
        format!(", {}{default}", p.python_name())
    });
    let params: String = params.collect();
    format!("{}($module{params})\n--\n\n{}", f.name, f.doc)
}

/// What the `vh` module tells about its script and hub.
pub(crate) struct Facts {
    pub path: Vec<u8>,
    pub config_dir: Vec<u8>,
}

/// Makes the module and gives it its constants.
///
/// # Errors
/// What CPython said.
pub(crate) fn create<'a>(
    at: &'a Attached<'_>,
    spec: Borrowed<'_>,
    identity: Arc<Identity>,
    facts: &Facts,
) -> Result<Owned<'a>, PyError> {
    let definition = definition(identity.api);
    let id = i64::from(identity.host.script().0);
    let start = identity.host.view().start_time;
    let stem = identity.stem.clone();
    let config_name = identity.host.config_name().to_owned();
    let module = definition.create(at, spec, identity)?;
    for (name, n) in CONSTANTS {
        module.set_attr(name, *make::int(at, *n)?)?;
    }
    let text = |t: &str| unicode::new(at, t);
    module.set_attr("myid", *make::int(at, id)?)?;
    module.set_attr("starttime", *make::int(at, start)?)?;
    module.set_attr("name", *text(&stem)?)?;
    module.set_attr("path", *path(at, &facts.path)?)?;
    module.set_attr("basedir", *path(at, &facts.config_dir)?)?;
    module.set_attr("config_name", *text(&config_name)?)?;
    let numbers = make::tuple(at, 4, |i| make::int(at, VERSION[i]))?;
    module.set_attr("__version__", *numbers)?;
    let version = VERSION.map(|n| n.to_string()).join(".");
    module.set_attr("__version_string__", *text(&version)?)?;
    Ok(module)
}

/// A file name as Python has them.
pub(crate) fn path<'a>(at: &'a Attached<'_>, path: &[u8]) -> Result<Owned<'a>, PyError> {
    unicode::from_utf8(at, path)
}

/// Sets the attributes that change while the hub runs. They are not looked up by a
/// `__getattr__` of the module: that would keep CPython from caching any of its attributes.
///
/// # Errors
/// What CPython said.
pub(crate) fn set_live(
    at: &Attached<'_>,
    module: Borrowed<'_>,
    convert: &Converter,
    config: &Config,
) -> Result<(), PyError> {
    let identity = &config.identity;
    let live = [
        ("botname", &identity.hub_security),
        ("opchatname", &identity.opchat_name),
    ];
    for (name, text) in live {
        module.set_attr(name, *convert.text.decode(at, text)?)?;
    }
    Ok(())
}

impl Dispatch for Identity {
    #[inline]
    fn call<'a>(
        &self,
        at: &'a Attached<'_>,
        index: usize,
        raw: &RawArgs<'_>,
    ) -> Result<Owned<'a>, Raised> {
        if process::is_forked() {
            let text = "vh: this is a forked process, the hub is in another one";
            return Err(raise(at, Raise::Runtime, text));
        }
        let Some(function) = self.api.get(index) else {
            return Err(raise(at, Raise::System, "vh has no such function"));
        };
        let Some(convert) = self.convert.get() else {
            return Err(raise(at, Raise::Runtime, "vh is not ready yet"));
        };
        let keep = Keep::new(at);
        let mut args = args::none();
        if let Err(wrong) = args::check(function, convert, raw, &keep, &mut args) {
            let kind = if wrong.value {
                Raise::Value
            } else {
                Raise::Type
            };
            return Err(raise(at, kind, &wrong.text));
        }
        let result = match calls::wants(calls::VALUES) {
            false => function.call(&*self.host, &args),
            true => self.call_told(function, convert, &args),
        };
        // Looked at where it lies: moving it costs as much as a small function.
        let answer = match &result {
            Ok(Value::Int(n)) => {
                make::int(at, *n).map_err(|e| raise(at, Raise::Runtime, &e.last_line))
            }
            Ok(value) => match convert.to_python(at, value) {
                Ok(object) => Ok(object),
                Err(e) => Err(raise(at, Raise::Runtime, &e.last_line)),
            },
            Err(e) => Err(raise_api(at, e)),
        };
        // Values that own nothing need no dropping, and usually none does.
        if result.as_ref().is_ok_and(is_plain) {
            std::mem::forget(result);
        }
        if !args.values.spilled() && args.values.iter().all(is_plain) {
            std::mem::forget(args);
        }
        answer
    }
}

impl Identity {
    /// Does a call that the log is to hold.
    #[cold]
    fn call_told(
        &self,
        function: &ApiFn,
        convert: &Converter,
        args: &Args<'_>,
    ) -> Result<Value<'static>, ApiError> {
        let show = |text: &[u8]| convert.text.show(text);
        let named = (u32::BITS - args.keywords.leading_zeros()) as usize;
        let given = args.positional.max(named).min(args.values.len());
        let given = &args.values[..given];
        let result = |result: &Result<Value<'static>, ApiError>| match result {
            Ok(value) => spoken::result(function, given, value, &show),
            Err(error) => format!("an exception ({error})"),
        };
        let call = spoken::vh(function, given, &show);
        let run = || function.call(&*self.host, args);
        calls::told(&self.stem, &call, run, result)
    }
}

/// Whether a value owns nothing.
#[inline]
fn is_plain(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_)
    )
}

#[cold]
fn raise_api(at: &Attached<'_>, error: &ApiError) -> Raised {
    let kind = match error {
        ApiError::Type(_) => Raise::Type,
        ApiError::Value(_) => Raise::Value,
        ApiError::Name(_) => Raise::Name,
        ApiError::Runtime(_) => Raise::Runtime,
        ApiError::NotImplemented(_) => Raise::NotImplemented,
    };
    raise(at, kind, &error.to_string())
}

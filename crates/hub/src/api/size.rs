//! How large the arguments of `vh` functions may be: looked at in [`ApiFn::call`], the only way
//! to a function's body, whoever calls (scripts, native plugins, programs with the C library).

use super::args::Args;
use super::function::{ApiFn, Param, ParamKind};
use super::host::Host;
use crate::cut::Plain;
use crate::value::{ApiError, Value};

/// The smallest limit there is. Arguments of fewer bytes altogether need no closer look.
const SMALLEST: usize = 255;
/// What is to be said to users.
const MESSAGE: usize = 256 << 10;
/// What a row of the table says nothing else of: nicks, addresses, reasons, names.
const FIELD: usize = 4096;
/// A bot's and a user's own words in the user list.
const SHOWN: usize = 1024;
/// The value of a setting: as much as a database's column holds.
const SETTING: usize = 65_535;
/// A statement, and texts that only go back to the script.
const STATEMENT: usize = 1 << 20;
/// All arguments for a function of the program around the scripts.
const VALUES: usize = 16 << 20;

/// A longer text is not even converted to the hub's encoding.
pub const CEILING: usize = VALUES;

/// The limit of one argument in bytes. Messages are held to a quarter of `outbuf`
/// (`adv_max_outbuf_size`): one call must not make the hub drop those who get it.
fn limit(f: &ApiFn, param: Option<&Param>, outbuf: u64) -> usize {
    let message = || MESSAGE.min(usize::try_from(outbuf / 4).unwrap_or(MESSAGE));
    // What follows the documented arguments has no name.
    match (f.name, param.map_or("", |p| p.name)) {
        ("AddRobot", "nick") | ("name_and_version", _) => SMALLEST,
        ("AddRobot" | "SetMyINFO", _) => SHOWN,
        ("SQL" | "Encode" | "Decode" | "encode" | "decode", _) => STATEMENT,
        ("SetConfig" | "GetConfig", _) => SETTING,
        ("CallDynamicFunction", "name") => FIELD,
        ("CallDynamicFunction", _) => VALUES,
        ("ScriptCommand" | "ScriptQuery", "data") => MESSAGE,
        ("GetUserNick" | "GetConnNick" | "GetChatMessage", _) => STATEMENT,
        (_, "text" | "message" | "data") => message(),
        // Which of their arguments is the message, only their bodies know.
        _ if f.is_any_order() => message(),
        _ if param.is_none_or(|p| p.kind == ParamKind::Any) => VALUES,
        _ => FIELD,
    }
}

/// The bytes of a value's texts; what has none counts as a number does.
fn bytes(value: &Value<'_>) -> usize {
    const NUMBER: usize = 8;
    let all = |items: &[Value<'_>]| items.iter().map(bytes).sum::<usize>() + NUMBER;
    match value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => NUMBER,
        Value::Text(t) => t.len(),
        Value::Bytes(b) => b.len(),
        Value::List(v) | Value::Tuple(v) | Value::Set(v) | Value::FrozenSet(v) => all(v),
        Value::Dict(pairs) => pairs.iter().map(|(k, v)| bytes(k) + bytes(v)).sum(),
        Value::NickList(nicks) => nicks.iter().map(bytes::Bytes::len).sum(),
        Value::MyInfo { raw, .. } => raw.len() * 2,
    }
}

/// Refuses a call with an argument that is too large.
#[inline]
pub(super) fn check(f: &ApiFn, host: &dyn Host, args: &Args<'_>) -> Result<(), ApiError> {
    let short = |v: &Value<'_>| match v {
        Value::Text(t) => t.len() <= SMALLEST,
        Value::Bytes(b) => b.len() <= SMALLEST,
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => true,
        _ => false,
    };
    // What nearly every call has: a few short texts and numbers.
    if args.values.len() < FIELD && args.values.iter().all(short) {
        return Ok(());
    }
    closely(f, host, args)
}

#[cold]
fn closely(f: &ApiFn, host: &dyn Host, args: &Args<'_>) -> Result<(), ApiError> {
    let outbuf = host.view().config().engine.adv_max_outbuf_size;
    let mut further = 0;
    for (i, value) in args.values.iter().enumerate() {
        let bytes = bytes(value);
        match f.params.get(i) {
            Some(param) => {
                let most = limit(f, Some(param), outbuf);
                if bytes > most {
                    let what = format!("argument {} ({}) has", i + 1, param.name);
                    return Err(too_large(f, &what, bytes, most));
                }
            }
            None => further += bytes,
        }
    }
    let most = limit(f, None, outbuf);
    match further > most {
        true => Err(too_large(f, "the arguments have", further, most)),
        false => Ok(()),
    }
}

/// `vh.SendToAll() argument 1 (text) has 300 000 000 bytes, at most 262 144 are taken`
fn too_large(f: &ApiFn, what: &str, bytes: usize, most: usize) -> ApiError {
    let (bytes, most) = (Plain(bytes), Plain(most));
    ApiError::Value(format!(
        "vh.{}() {what} {bytes} bytes, at most {most} are taken",
        f.name
    ))
}

/// The refusal of a text of so many characters, before it is converted.
pub fn refuse_unread(f: &ApiFn, param: &Param, characters: usize) -> ApiError {
    let most = limit(f, Some(param), u64::MAX);
    let i = f.params.iter().position(|p| p.name == param.name);
    let what = format!("argument {} ({}) has", i.unwrap_or(0) + 1, param.name);
    too_large(f, &what, characters, most)
}

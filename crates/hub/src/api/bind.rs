//! Puts the arguments of one call into the slots of its parameters.
//!
//! The one place where number and type of arguments are checked, for Python and for C.

use bytes::Bytes;
use smallvec::SmallVec;

use super::table::{ANY_ORDER, VARIADIC};
use super::{ApiError, ApiFn, Args, Kind, Param, Value};

/// Checks a call's arguments against the function's parameters.
///
/// `None` counts as not given, and as 0 where an int is required. Numbers are turned into
/// the parameter's own type, so bodies see one type only.
///
/// # Errors
/// [`ApiError::Type`] with function, argument and what was expected.
pub fn bind<'a>(
    f: &ApiFn,
    positional: &[Value<'a>],
    named: &[(&str, Value<'a>)],
) -> Result<Args<'a>, ApiError> {
    let mut args = Args {
        values: SmallVec::new(),
        positional: positional.len(),
        keywords: 0,
    };
    args.values.resize(f.params.len(), Value::None);

    for (name, value) in named {
        let slot = (f.params.iter())
            .position(|p| p.name == *name || p.aliases.contains(name))
            .ok_or_else(|| error(f, format!("got an unexpected keyword argument '{name}'")))?;
        if args.keywords & (1 << slot) != 0 {
            return Err(several(f, slot));
        }
        args.keywords |= 1 << slot;
        args.values[slot] = take(f, slot, value)?;
    }

    let any_order = !named.is_empty() && ANY_ORDER.contains(&f.name);
    let mut slot = 0;
    for (i, value) in positional.iter().enumerate() {
        while any_order && args.keywords & (1 << slot) != 0 {
            slot += 1;
        }
        if slot >= f.params.len() {
            if !VARIADIC.contains(&f.name) {
                return Err(too_many(f, positional.len() + named.len()));
            }
            args.values.extend(positional[i..].iter().cloned());
            break;
        }
        if args.keywords & (1 << slot) != 0 {
            return Err(several(f, slot));
        }
        args.values[slot] = take(f, slot, value)?;
        slot += 1;
    }

    match missing(f, &args) {
        Some(slot) => {
            let name = f.params[slot].name;
            Err(error(f, format!("missing argument {} ({name})", slot + 1)))
        }
        None => Ok(args),
    }
}

/// The first required parameter that got nothing. Where the order is free only the number
/// of arguments can be checked here.
fn missing(f: &ApiFn, args: &Args<'_>) -> Option<usize> {
    if args.positional >= f.params.len() {
        return None;
    }
    let required = f.params.iter().filter(|p| !p.optional).count();
    if ANY_ORDER.contains(&f.name) {
        let given = args.positional + args.keywords.count_ones() as usize;
        return (given < required).then_some(given);
    }
    (args.positional..f.params.len())
        .find(|&i| !f.params[i].optional && args.keywords & (1 << i) == 0)
}

/// The value as the parameter wants it.
fn take<'a>(f: &ApiFn, slot: usize, value: &Value<'a>) -> Result<Value<'a>, ApiError> {
    let param = &f.params[slot];
    convert(param, value).ok_or_else(|| wrong_type(f, slot, expects(param.kind), value))
}

fn convert<'a>(param: &Param, value: &Value<'a>) -> Option<Value<'a>> {
    Some(match (param.kind, value) {
        (Kind::Int, Value::None) if !param.optional => Value::Int(0),
        (Kind::Any, any) => any.clone(),
        (_, Value::None) => Value::None,
        (Kind::Str | Kind::Text, Value::Text(_) | Value::Bytes(_)) => value.clone(),
        (Kind::Text, Value::Int(n)) => Value::Bytes(Bytes::from(n.to_string())),
        (Kind::Text, Value::Float(x)) => Value::Bytes(Bytes::from(format!("{x:?}"))),
        // Settings read 1 and 0 whatever their type; "True" would only fit a bool.
        (Kind::Text, Value::Bool(b)) => {
            Value::Bytes(Bytes::from_static(if *b { b"1" } else { b"0" }))
        }
        (Kind::Int, Value::Int(n)) => Value::Int(*n),
        (Kind::Int, Value::Bool(b)) => Value::Int(i64::from(*b)),
        (Kind::Float, Value::Float(x)) => Value::Float(*x),
        #[expect(clippy::cast_precision_loss, reason = "as Python's float(int) does")]
        (Kind::Float, Value::Int(n)) => Value::Float(*n as f64),
        (Kind::Float, Value::Bool(b)) => Value::Float(f64::from(u8::from(*b))),
        (Kind::Bool, Value::Bool(b)) => Value::Bool(*b),
        (Kind::Bool, Value::Int(n)) => Value::Bool(*n != 0),
        _ => return None,
    })
}

const fn expects(kind: Kind) -> &'static str {
    match kind {
        Kind::Str => "str",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Text => "str or int",
        Kind::Bool => "bool",
        Kind::Any => "a value",
    }
}

/// The Python name of a value's type.
pub const fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::None => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) | Value::Bytes(_) | Value::MyInfo { .. } => "str",
        Value::List(_) | Value::NickList(_) => "list",
        Value::Tuple(_) => "tuple",
        Value::Set(_) => "set",
        Value::FrozenSet(_) => "frozenset",
        Value::Dict(_) => "dict",
    }
}

/// `vh.pm() argument 2 (message): expected str, not int`
pub(super) fn wrong_type(f: &ApiFn, slot: usize, expected: &str, value: &Value<'_>) -> ApiError {
    ApiError::Type(format!(
        "vh.{}() argument {} ({}): expected {expected}, not {}",
        f.name,
        slot + 1,
        f.params[slot].name,
        type_name(value)
    ))
}

fn several(f: &ApiFn, slot: usize) -> ApiError {
    let name = f.params[slot].name;
    error(
        f,
        format!("got more than one value for argument {} ({name})", slot + 1),
    )
}

fn too_many(f: &ApiFn, given: usize) -> ApiError {
    let most = f.params.len();
    let bound = match f.params.iter().any(|p| p.optional) {
        true => "at most ",
        false => "",
    };
    let plural = if most == 1 { "" } else { "s" };
    error(
        f,
        format!("takes {bound}{most} argument{plural}, not {given}"),
    )
}

fn error(f: &ApiFn, what: String) -> ApiError {
    ApiError::Type(format!("vh.{}() {what}", f.name))
}

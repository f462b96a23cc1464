//! Puts the arguments of one call into the slots of its parameters.
//!
//! The one place where number and type of arguments are checked, for Python and for C.

use bytes::Bytes;
use smallvec::SmallVec;

use super::args::{Args, wrong_type};
use super::function::{ApiFn, Param, ParamKind};
use crate::value::{ApiError, Value};

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

    let any_order = !named.is_empty() && f.is_any_order();
    let mut slot = 0;
    for (i, value) in positional.iter().enumerate() {
        while any_order && args.keywords & (1 << slot) != 0 {
            slot += 1;
        }
        if slot >= f.params.len() {
            if !f.is_variadic() {
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
    if f.is_any_order() {
        let given = args.positional + args.keywords.count_ones() as usize;
        return (given < required).then_some(given);
    }
    (args.positional..f.params.len())
        .find(|&i| !f.params[i].optional && args.keywords & (1 << i) == 0)
}

/// The value as the parameter wants it.
fn take<'a>(f: &ApiFn, slot: usize, value: &Value<'a>) -> Result<Value<'a>, ApiError> {
    let param = &f.params[slot];
    convert(param, value)
        .ok_or_else(|| wrong_type((f.name, param.name), slot, expects(param.kind), value))
}

fn convert<'a>(param: &Param, value: &Value<'a>) -> Option<Value<'a>> {
    Some(match (param.kind, value) {
        (ParamKind::Int, Value::None) if !param.optional => Value::Int(0),
        (ParamKind::Any, any) => any.clone(),
        (_, Value::None) => Value::None,
        (ParamKind::Str | ParamKind::Text, Value::Text(_) | Value::Bytes(_)) => value.clone(),
        (ParamKind::Text, Value::Int(n)) => Value::Bytes(Bytes::from(n.to_string())),
        (ParamKind::Text, Value::Float(x)) => Value::Bytes(Bytes::from(format!("{x:?}"))),
        // Settings read 1 and 0 whatever their type; "True" would only fit a bool.
        (ParamKind::Text, Value::Bool(b)) => {
            Value::Bytes(Bytes::from_static(if *b { b"1" } else { b"0" }))
        }
        (ParamKind::Int, Value::Int(n)) => Value::Int(*n),
        (ParamKind::Int, Value::Bool(b)) => Value::Int(i64::from(*b)),
        (ParamKind::Float, Value::Float(x)) => Value::Float(*x),
        #[expect(clippy::cast_precision_loss, reason = "as Python's float(int) does")]
        (ParamKind::Float, Value::Int(n)) => Value::Float(*n as f64),
        (ParamKind::Float, Value::Bool(b)) => Value::Float(f64::from(u8::from(*b))),
        (ParamKind::Bool, Value::Bool(b)) => Value::Bool(*b),
        (ParamKind::Bool, Value::Int(n)) => Value::Bool(*n != 0),
        _ => return None,
    })
}

const fn expects(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Str => "str",
        ParamKind::Int => "int",
        ParamKind::Float => "float",
        ParamKind::Text => "str or int",
        ParamKind::Bool => "bool",
        ParamKind::Any => "a value",
    }
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

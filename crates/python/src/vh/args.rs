//! Checking the arguments of a `vh` function against its row in the table.

use hub::api::{ApiFn, Args, CEILING, Param, ParamKind, Value, refuse_unread};
use smallvec::SmallVec;

use crate::sys::module::RawArgs;
use crate::sys::{Borrowed, Keep, fill_none, put, unicode};
use crate::text::HubBytes;
use crate::value::{Converter, Unfit};

/// No arguments yet.
#[inline]
pub(crate) fn none<'v>() -> Args<'v> {
    Args {
        values: SmallVec::new(),
        positional: 0,
        keywords: 0,
    }
}

/// Fills in the arguments by parameter, or says what is wrong with them. In place: a list of
/// arguments is too large to be handed around.
#[inline]
pub(crate) fn check<'v>(
    function: &'static ApiFn,
    convert: &Converter,
    raw: &RawArgs<'v>,
    keep: &'v Keep<'_>,
    args: &mut Args<'v>,
) -> Result<(), Wrong> {
    let params = function.params;
    let variadic = raw.positional > params.len() && function.is_variadic();
    if raw.positional > params.len() && !variadic {
        return Err(too_many(function, raw.positional).into());
    }
    if raw.names.is_some() && function.is_any_order() {
        return any_order(function, convert, raw, keep, args);
    }
    let values = &mut args.values;
    fill_none(values, params.len());
    let mut keywords = 0;
    let documented = raw.positional.min(params.len());
    let given = params.iter().zip(&raw.values[..documented]);
    for ((param, object), slot) in given.zip(values.iter_mut()) {
        one(function, param, convert, *object, keep, slot)?;
    }
    if variadic {
        for (i, object) in (documented..).zip(&raw.values[documented..raw.positional]) {
            let name = i + 1;
            let mut value = Value::None;
            let read = convert.read(*object, keep, &mut value);
            read.map_err(|unfit| Wrong::unfit(function, name, &unfit))?;
            values.push(value);
        }
    }
    if let Some(names) = raw.names {
        for (name, object) in names.tuple_items().zip(&raw.values[raw.positional..]) {
            let i = keyword(function, name)?;
            if i < raw.positional || keywords & (1 << i) != 0 {
                return Err(several(function, i).into());
            }
            one(function, &params[i], convert, *object, keep, &mut values[i])?;
            keywords |= 1 << i;
        }
    }
    if raw.positional < params.len() {
        for (i, param) in params.iter().enumerate().skip(raw.positional) {
            if !param.optional && keywords & (1 << i) == 0 {
                return Err(lacking(function, i).into());
            }
        }
    }
    args.positional = raw.positional;
    args.keywords = keywords;
    Ok(())
}

/// The same for functions whose arguments have come in several orders, when some come by name:
/// those by place take the places that are left.
#[cold]
fn any_order<'v>(
    function: &'static ApiFn,
    convert: &Converter,
    raw: &RawArgs<'v>,
    keep: &'v Keep<'_>,
    args: &mut Args<'v>,
) -> Result<(), Wrong> {
    let params = function.params;
    fill_none(&mut args.values, params.len());
    let mut named = vec![false; params.len()];
    if let Some(names) = raw.names {
        for (name, object) in names.tuple_items().zip(&raw.values[raw.positional..]) {
            let i = keyword(function, name)?;
            if std::mem::replace(&mut named[i], true) {
                return Err(several(function, i).into());
            }
            one(
                function,
                &params[i],
                convert,
                *object,
                keep,
                &mut args.values[i],
            )?;
            args.keywords |= 1 << i;
        }
    }
    let mut free = (0..params.len()).filter(|i| !named[*i]);
    for object in &raw.values[..raw.positional] {
        let Some(i) = free.next() else {
            return Err(too_many(function, raw.values.len()).into());
        };
        one(
            function,
            &params[i],
            convert,
            *object,
            keep,
            &mut args.values[i],
        )?;
    }
    let required = params.iter().filter(|p| !p.optional).count();
    if raw.values.len() < required {
        let missing = (0..params.len()).find(|i| args.values[*i] == Value::None && !named[*i]);
        return Err(lacking(function, missing.unwrap_or_default()).into());
    }
    args.positional = raw.positional;
    Ok(())
}

#[cold]
fn several(function: &ApiFn, i: usize) -> String {
    let name = function.params[i].name;
    format!(
        "{}() got multiple values for argument '{name}'",
        function.name
    )
}

#[cold]
fn lacking(function: &ApiFn, i: usize) -> String {
    format!(
        "{}() missing required argument '{}' (pos {})",
        function.name,
        function.params[i].name,
        i + 1
    )
}

#[cold]
fn too_many(function: &ApiFn, given: usize) -> String {
    let most = function.params.len();
    let least = function.params.iter().filter(|p| !p.optional).count();
    let quantity = match (least, most) {
        (_, 0) => "no arguments".into(),
        (l, m) if l == m => format!("exactly {m} argument{}", if m == 1 { "" } else { "s" }),
        (_, m) => format!("at most {m} argument{}", if m == 1 { "" } else { "s" }),
    };
    format!("{}() takes {quantity} ({given} given)", function.name)
}

/// The parameter a keyword means.
fn keyword(function: &ApiFn, name: Borrowed<'_>) -> Result<usize, String> {
    let name = unicode::lossy(name);
    let means = |p: &Param| p.name == name || p.aliases.contains(&name.as_str());
    function.params.iter().position(means).ok_or_else(|| {
        format!(
            "{}() got an unexpected keyword argument '{name}'",
            function.name
        )
    })
}

/// Puts one argument into its slot, as its parameter wants it.
#[inline]
fn one<'v>(
    function: &ApiFn,
    param: &Param,
    convert: &Converter,
    object: Borrowed<'v>,
    keep: &'v Keep<'_>,
    slot: &mut Value<'v>,
) -> Result<(), Wrong> {
    if let ParamKind::Str | ParamKind::Text = param.kind
        && let Some(text) = unicode::ascii_bytes(object)
    {
        put(slot, Value::Text(text));
        return Ok(());
    }
    put(slot, other(function, param, convert, object, keep)?);
    Ok(())
}

/// One argument that is not ASCII text.
fn other<'v>(
    function: &ApiFn,
    param: &Param,
    convert: &Converter,
    object: Borrowed<'v>,
    keep: &'v Keep<'_>,
) -> Result<Value<'v>, Wrong> {
    if object.is_none() {
        return Ok(match param.kind {
            ParamKind::Int if !param.optional => Value::Int(0),
            ParamKind::Float if !param.optional => Value::Float(0.0),
            ParamKind::Bool => Value::Bool(false),
            _ => Value::None,
        });
    }
    let characters = unicode::length(object);
    if characters > CEILING {
        let refused = refuse_unread(function, param, characters);
        return Err(Wrong {
            value: true,
            text: refused.to_string(),
        });
    }
    let encoded = || match function.keeps_text() {
        true => convert.text.encode(object),
        false => convert.text.encode_to_send(object),
    };
    if let ParamKind::Str | ParamKind::Text = param.kind
        && let Some(text) = encoded()
    {
        return Ok(match text {
            HubBytes::Borrowed(b) => Value::Text(b),
            HubBytes::Owned(b) => Value::Bytes(b),
        });
    }
    if let ParamKind::Str | ParamKind::Text = param.kind
        && object.is_exactly(&convert.nick_list)
    {
        return as_text(function, param, convert, object);
    }
    let wrong = |expected| {
        let found = object.type_name();
        Err(Wrong::from(format!(
            "{}() argument '{}' must be {expected}, not {found}",
            function.name, param.name
        )))
    };
    match param.kind {
        ParamKind::Str => wrong("str"),
        ParamKind::Text => {
            if object.is_bool() || !(object.is_int() || object.is_float()) {
                return match object.is_true() {
                    Ok(b) if object.is_bool() => Ok(Value::Text(if b { b"1" } else { b"0" })),
                    _ => wrong("str or a number"),
                };
            }
            // `str(x)` of a number is ASCII, but a subclass may say anything.
            let at = object.at();
            match object.to_str(&at) {
                Ok(s) => match convert.text.encode_to_send(*s) {
                    Some(t) => Ok(Value::Bytes(t.into_bytes())),
                    None => wrong("str or a number"),
                },
                Err(e) => Err(e.to_string().into()),
            }
        }
        ParamKind::Int if object.is_int() => match object.as_i64() {
            Ok(n) => Ok(Value::Int(n)),
            Err(_) => wrong("an int of at most 64 bits"),
        },
        ParamKind::Int => wrong("int"),
        ParamKind::Float if object.is_float() || object.is_int() => match object.as_f64() {
            Ok(n) => Ok(Value::Float(n)),
            Err(e) => Err(e.to_string().into()),
        },
        ParamKind::Float => wrong("float or int"),
        ParamKind::Bool => match object.is_true() {
            Ok(b) => Ok(Value::Bool(b)),
            Err(e) => Err(e.to_string().into()),
        },
        ParamKind::Any => {
            let mut value = Value::None;
            let read = convert.read(object, keep, &mut value);
            let name = format_args!("'{}'", param.name);
            read.map_err(|unfit| Wrong::unfit(function, name, &unfit))?;
            Ok(value)
        }
    }
}

/// A list of nicks where the older documents have a text.
#[cold]
fn as_text<'v>(
    function: &ApiFn,
    param: &Param,
    convert: &Converter,
    object: Borrowed<'v>,
) -> Result<Value<'v>, Wrong> {
    let at = object.at();
    let text = object.to_str(&at).map_err(|e| e.to_string())?;
    let characters = unicode::length(*text);
    if characters > CEILING {
        return Err(Wrong {
            value: true,
            text: refuse_unread(function, param, characters).to_string(),
        });
    }
    let encoded = convert.text.encode_to_send(*text);
    Ok(Value::Bytes(
        encoded.map(HubBytes::into_bytes).unwrap_or_default(),
    ))
}

/// What is wrong with the arguments.
pub(crate) struct Wrong {
    /// A `ValueError`, else a `TypeError`.
    pub value: bool,
    pub text: String,
}

impl Wrong {
    #[cold]
    fn unfit(function: &ApiFn, argument: impl std::fmt::Display, unfit: &Unfit) -> Wrong {
        Wrong {
            value: !unfit.wrong_type,
            text: format!("{}() argument {argument} cannot {unfit}", function.name),
        }
    }
}

impl From<String> for Wrong {
    fn from(text: String) -> Wrong {
        Wrong { value: false, text }
    }
}

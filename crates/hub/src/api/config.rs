//! Settings and the database.

use bytes::Bytes;

use super::args::Args;
use super::args::{bytes_of, owned, text_of};
use super::host::{Complaint, Host, InFull};
use super::statement;
use crate::cut;
use crate::io::Call;
use crate::value::{ApiError, Value};

type Answer = Result<Value<'static>, ApiError>;

const CONFIG: &[u8] = b"config";
/// Rows `vh.SQL` returns when the script gives no limit.
const ROWS: i64 = 100;
/// So much of a statement, and of what the database says, is written to the log.
const SHOWN: usize = 1024;

/// The hub's own settings, however they are called.
fn is_hub(file: &[u8]) -> bool {
    file.is_empty() || file == CONFIG
}

/// `(var)`, `(type, var)` or `(type, var, default)`.
pub(super) fn get_config(host: &dyn Host, args: &Args<'_>) -> Answer {
    const NAMES: [&str; 3] = ["type", "var", "default"];
    let [file, var, default] = by_count("GetConfig", args, NAMES, 1)?;
    let file = file.as_ref().and_then(text_of).unwrap_or(CONFIG);
    let var = var.as_ref().and_then(text_of).unwrap_or_default();
    let value = match is_hub(file) {
        true => str::from_utf8(var)
            .ok()
            .and_then(|v| host.view().config().get(v)),
        false => host.plugin_config(file, var),
    };
    Ok(match value {
        Some(value) => Value::Bytes(value),
        None => default.as_ref().map_or(Value::None, owned),
    })
}

/// `(var, value)` or `(type, var, value)`.
pub(super) fn set_config(host: &dyn Host, args: &Args<'_>) -> Answer {
    const NAMES: [&str; 3] = ["type", "var", "value"];
    let [file, var, value] = by_count("SetConfig", args, NAMES, 2)?;
    let (Some(var), Some(value)) = (var.as_ref().and_then(bytes_of), value.and_then(as_text))
    else {
        return Ok(Value::Bool(false));
    };
    let file = file.as_ref().and_then(bytes_of).filter(|f| !is_hub(f));
    let known = |v: &Bytes| str::from_utf8(v).is_ok_and(|v| crate::config::spec(v).is_some());
    if file.is_none() && !known(&var) || var.is_empty() {
        return Ok(Value::Bool(false));
    }
    let file = file.unwrap_or(Bytes::from_static(CONFIG));
    host.call(Call::SetConfig { file, var, value })
}

/// Sorts out three slots by how many came by position: with `short` of them the first is
/// left out. Keywords are what they say.
fn by_count<'a>(
    name: &'static str,
    args: &Args<'a>,
    names: [&str; 3],
    short: usize,
) -> Result<[Option<Value<'a>>; 3], ApiError> {
    let mut slots: [Option<Value<'a>>; 3] = Default::default();
    for (i, slot) in slots.iter_mut().enumerate() {
        if args.by_keyword(i) {
            *slot = Some(args.values[i].clone());
        }
    }
    let named = (1..=short).filter(|i| args.by_keyword(*i)).count();
    let without_file = args.positional + named <= short && !args.by_keyword(0);
    let mut next = usize::from(without_file);
    for i in (0..3)
        .filter(|i| !args.by_keyword(*i))
        .take(args.positional)
    {
        while slots.get(next).is_some_and(Option::is_some) {
            next += 1;
        }
        if let Some(slot) = slots.get_mut(next) {
            *slot = Some(args.values[i].clone());
        }
        next += 1;
    }
    for (i, slot) in slots.iter().enumerate().take(2) {
        let text = matches!(
            slot,
            None | Some(Value::None | Value::Text(_) | Value::Bytes(_))
        );
        if !text {
            return Err(ApiError::Type(format!(
                "vh.{name}() argument {}: expected str, not {}",
                names[i],
                slot.as_ref().map_or("nothing", crate::value::type_name)
            )));
        }
    }
    let missing = (1..=short).find(|i| slots[*i].is_none());
    match missing {
        Some(i) => Err(ApiError::Type(format!(
            "vh.{name}() missing argument {}",
            names[i]
        ))),
        None => Ok(slots.map(|s| s.filter(|v| *v != Value::None))),
    }
}

/// A setting's value as the database keeps it.
fn as_text(value: Value<'_>) -> Option<Bytes> {
    match value {
        Value::Int(n) => Some(n.to_string().into()),
        Value::Float(x) => Some(format!("{x:?}").into()),
        Value::Bool(b) => Some(Bytes::from_static(if b { b"1" } else { b"0" })),
        other => bytes_of(&other),
    }
}

/// `(query, limit)`, or `(query_type, query)` when the first is a number.
pub(super) fn sql(host: &dyn Host, args: &Args<'_>) -> Answer {
    const QUERY: usize = 0;
    const LIMIT: usize = 1;
    let (first, second) = (&args.values[QUERY], &args.values[LIMIT]);
    let (query, limit) = match (text_of(first), text_of(second)) {
        (Some(query), None) => (query, args.int(LIMIT, ROWS)),
        (None, Some(query)) => (query, ROWS),
        _ => return Err(args.wrong_type(("SQL", "query"), QUERY, "a query (str)")),
    };
    let limit = usize::try_from(limit).ok().filter(|l| *l > 0);
    let limit = limit.unwrap_or(ROWS.unsigned_abs() as usize);
    match host.sql(query, limit) {
        Ok(rows) => {
            let cell = |c: Option<Bytes>| Value::Bytes(c.unwrap_or(Bytes::from_static(b"NULL")));
            let rows = rows.into_iter().take(limit);
            let rows = rows.map(|r| Value::List(r.into_iter().map(cell).collect()));
            Ok(Value::Tuple(vec![
                Value::Int(1),
                Value::List(rows.collect()),
            ]))
        }
        Err(why) => {
            let path = String::from_utf8_lossy(host.path());
            let kind = statement::kind(&why);
            let told = format!("{path}: a statement of vh.SQL failed: {kind}");
            let in_full = || {
                let [why, query] = [why.as_bytes(), query].map(statement::without_values);
                let shown =
                    |text: &[u8]| cut::text(&String::from_utf8_lossy(text), SHOWN).into_owned();
                let log = format!("{told}: {}\r\nin: {}", shown(&why), shown(&query));
                InFull {
                    text: format!("{told} (the log has more)").into(),
                    log: Some(log.into()),
                }
            };
            host.complain(Complaint {
                key: format!("vh.SQL {kind}"),
                brief: told.clone(),
                in_full: &in_full,
            });
            Ok(Value::Tuple(vec![Value::Int(0), Value::List(Vec::new())]))
        }
    }
}

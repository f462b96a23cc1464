//! MySQL's functions that SQLite does not have.

use std::net::Ipv4Addr;

use md5::{Digest, Md5};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::columns::Answer;
use super::values::cell;
use crate::db::Cell;

/// An argument as text; `None` for NULL.
fn text(context: &Context<'_>, i: usize) -> Option<Vec<u8>> {
    match context.get_raw(i) {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n.to_string().into_bytes()),
        ValueRef::Real(x) => Some(x.to_string().into_bytes()),
        ValueRef::Text(t) | ValueRef::Blob(t) => Some(t.to_vec()),
    }
}

fn number(context: &Context<'_>, i: usize) -> Option<f64> {
    match context.get_raw(i) {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n as f64),
        ValueRef::Real(x) => Some(x),
        ValueRef::Text(t) | ValueRef::Blob(t) => {
            let text = String::from_utf8_lossy(t);
            let text = text.trim();
            let end = text
                .find(|c: char| !"+-.0123456789eE".contains(c))
                .unwrap_or(text.len());
            Some(text[..end].parse().unwrap_or(0.0))
        }
    }
}

/// Text whatever its encoding: SQLite keeps the bytes.
fn answer(bytes: Option<Vec<u8>>) -> Value {
    match bytes.map(String::from_utf8) {
        None => Value::Null,
        Some(Ok(text)) => Value::Text(text),
        Some(Err(odd)) => Value::Blob(odd.into_bytes()),
    }
}

/// A whole number where it is one.
fn whole(x: Option<f64>) -> Value {
    match x {
        None => Value::Null,
        Some(x) if x.abs() < 9e15 => Value::Integer(x as i64),
        Some(x) => Value::Real(x),
    }
}

fn find_in_set(context: &Context<'_>) -> Option<f64> {
    let (what, list) = (text(context, 0)?, text(context, 1)?);
    if list.is_empty() {
        return Some(0.0);
    }
    let mut parts = list.split(|b| *b == b',');
    let at = parts.position(|part| part.eq_ignore_ascii_case(&what));
    Some(at.map_or(0.0, |at| (at + 1) as f64))
}

/// MySQL's division. `shown`: as a column of a result, which has four digits behind the point when
/// whole numbers are divided.
fn divide(context: &Context<'_>, shown: bool) -> Value {
    let (Some(a), Some(b)) = (number(context, 0), number(context, 1)) else {
        return Value::Null;
    };
    if b == 0.0 {
        return Value::Null;
    }
    let whole = |i| matches!(context.get_raw(i), ValueRef::Integer(_));
    match shown && whole(0) && whole(1) {
        true => Value::Real((a / b * 10_000.0).round() / 10_000.0),
        false => Value::Real(a / b),
    }
}

/// One function: its arguments and what it does.
type Body = fn(&Context<'_>) -> Value;

const FUNCTIONS: &[(&str, i32, Body)] = &[
    ("md5", 1, |c| {
        let hex = |t: Vec<u8>| Md5::digest(&t).iter().map(|b| format!("{b:02x}")).collect();
        answer(text(c, 0).map(|t| String::into_bytes(hex(t))))
    }),
    ("find_in_set", 2, |c| whole(find_in_set(c))),
    ("floor", 1, |c| whole(number(c, 0).map(f64::floor))),
    ("ceil", 1, |c| whole(number(c, 0).map(f64::ceil))),
    ("ceiling", 1, |c| whole(number(c, 0).map(f64::ceil))),
    ("mysql_div", 2, |c| divide(c, false)),
    ("mysql_ratio", 2, |c| divide(c, true)),
    ("sqrt", 1, |c| match number(c, 0) {
        Some(x) if x >= 0.0 => Value::Real(x.sqrt()),
        _ => Value::Null,
    }),
    ("pow", 2, |c| {
        number(c, 0)
            .zip(number(c, 1))
            .map_or(Value::Null, |(a, b)| Value::Real(a.powf(b)))
    }),
    ("power", 2, |c| {
        number(c, 0)
            .zip(number(c, 1))
            .map_or(Value::Null, |(a, b)| Value::Real(a.powf(b)))
    }),
    ("inet_aton", 1, |c| {
        let ip = text(c, 0).and_then(|t| String::from_utf8_lossy(&t).parse::<Ipv4Addr>().ok());
        ip.map_or(Value::Null, |ip| Value::Integer(ip.to_bits().into()))
    }),
    ("inet_ntoa", 1, |c| {
        let ip = number(c, 0).and_then(|n| u32::try_from(n as i64).ok());
        ip.map_or(Value::Null, |ip| {
            Value::Text(Ipv4Addr::from_bits(ip).to_string())
        })
    }),
];

/// Adds them to a connection.
pub(super) fn add(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    // A text without the blanks that do not count when it is compared.
    conn.create_scalar_function("mysql_pad", 1, flags, |context| {
        let value = cell(context.get_raw(0));
        Ok(Answer(match value {
            Cell::Text(text) => {
                let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
                Cell::Text(text.slice(..text.len() - blanks))
            }
            other => other,
        }))
    })?;
    for (name, arguments, body) in FUNCTIONS {
        conn.create_scalar_function(*name, *arguments, flags, move |context| Ok(body(context)))?;
    }
    Ok(())
}

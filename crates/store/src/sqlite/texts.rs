//! MySQL's functions of texts, dates and types. A byte that is no UTF-8 is a character.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Result};

use super::columns::{Answer, said};
use super::values::cell;
use crate::db::Cell;
use crate::dialect;
use crate::odd;

/// An argument as text; `None` for NULL.
fn characters(context: &Context<'_>, i: usize) -> Option<Vec<char>> {
    let text = cell(context.get_raw(i)).into_text()?;
    let text = odd::escape(&text, true);
    Some(String::from_utf8_lossy(&text).chars().collect())
}

fn answer(text: Option<String>) -> Cell {
    text.map_or(Cell::Null, |text| {
        Cell::Text(odd::unescape(text.into_bytes()).into())
    })
}

/// An argument as a whole number.
fn whole(context: &Context<'_>, i: usize) -> Option<i64> {
    match dialect::cast(dialect::rounded(&cell(context.get_raw(i)), 0), "signed") {
        Cell::Int(n) => Some(n),
        _ => None,
    }
}

/// `LPAD` and `RPAD`.
fn pad(context: &Context<'_>, left: bool) -> Option<String> {
    /// More makes no sense and would fill the memory.
    const MOST: usize = 1 << 20;
    let (text, filler) = (characters(context, 0)?, characters(context, 2)?);
    let length = usize::try_from(whole(context, 1)?).ok()?.min(MOST);
    if let Some(start) = text.get(..length) {
        return Some(start.iter().collect());
    }
    if filler.is_empty() {
        return None;
    }
    let padding = filler.iter().cycle().take(length - text.len());
    Some(match left {
        true => padding.chain(&text).collect(),
        false => text.iter().chain(padding).collect(),
    })
}

/// The digits of bytes, which may be many.
fn digits(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |n: u8| DIGITS[usize::from(n & 15)];
    let both = |byte: &u8| [digit(byte >> 4), digit(*byte)];
    bytes.iter().flat_map(both).collect()
}

/// One function: its arguments and what it does.
type Body = fn(&Context<'_>) -> Result<Cell>;

const FUNCTIONS: &[(&str, i32, Body)] = &[
    ("lpad", 3, |c| Ok(answer(pad(c, true)))),
    ("rpad", 3, |c| Ok(answer(pad(c, false)))),
    ("reverse", 1, |c| {
        Ok(answer(
            characters(c, 0).map(|text| text.iter().rev().collect()),
        ))
    }),
    ("mysql_hex", 1, |c| {
        let hex = |n: i64| Cell::Text(format!("{n:X}").into());
        Ok(match cell(c.get_raw(0)) {
            Cell::Null => Cell::Null,
            Cell::Text(text) => Cell::Text(digits(&text).into()),
            _ => whole(c, 0).map_or(Cell::Null, hex),
        })
    }),
    ("mysql_format", 2, |c| {
        let behind = whole(c, 1);
        let text = behind.and_then(|behind| dialect::grouped(&cell(c.get_raw(0)), behind));
        Ok(answer(text))
    }),
    ("mysql_round", 2, |c| {
        let rounded = |behind| dialect::rounded(&cell(c.get_raw(0)), behind);
        Ok(whole(c, 1).map_or(Cell::Null, rounded))
    }),
    ("mysql_cast", 2, |c| {
        let ty: String = c.get(1)?;
        Ok(dialect::cast(cell(c.get_raw(0)), &ty))
    }),
    ("mysql_moment", 1, |c| {
        Ok(answer(dialect::moment(&cell(c.get_raw(0)))))
    }),
    ("mysql_datetime", 1, |c| {
        Ok(answer(dialect::datetime(&cell(c.get_raw(0)))))
    }),
    ("mysql_seconds", 1, |c| {
        Ok(dialect::seconds(&cell(c.get_raw(0))).map_or(Cell::Null, Cell::Int))
    }),
    ("mysql_number", 1, |c| {
        Ok(dialect::as_digits(&cell(c.get_raw(0)), false))
    }),
    ("mysql_digits", 1, |c| {
        Ok(dialect::as_digits(&cell(c.get_raw(0)), true))
    }),
    ("mysql_part", 2, |c| {
        let letter: String = c.get(1)?;
        let part = letter.chars().next();
        let part = part.and_then(|letter| dialect::part(&cell(c.get_raw(0)), letter));
        Ok(part.map_or(Cell::Null, Cell::Int))
    }),
    ("mysql_date", 2, |c| {
        let Some(format) = characters(c, 1) else {
            return Ok(Cell::Null);
        };
        let format: String = format.iter().collect();
        let text = dialect::formatted(&cell(c.get_raw(0)), &format);
        text.map(answer).map_err(said)
    }),
];

/// Adds them to a connection.
pub(super) fn add(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, arguments, body) in FUNCTIONS {
        conn.create_scalar_function(*name, *arguments, flags, move |context| {
            body(context).map(Answer)
        })?;
    }
    Ok(())
}

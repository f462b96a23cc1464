//! What a column of MySQL's makes of a value: SQLite's columns take anything, so that values are
//! fitted before they are stored. As on a server in strict mode, what does not fit is an error.

use std::sync::Arc;

use bytes::Bytes;

use super::digits::{decimal, int, real};
use super::lists::Members;
use super::moments::{self, Moment};
use crate::db::Cell;

/// The type of a column, as far as it decides what fits.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Type {
    /// The least and the highest value.
    Int(i128, i128),
    /// Digits in all, digits behind the point, unsigned.
    Decimal(usize, usize, bool),
    /// The highest value; digits as of DECIMAL, where they were said; unsigned.
    Real {
        most: f64,
        digits: Option<(usize, usize)>,
        unsigned: bool,
    },
    /// Most characters; whether blanks at the end are cut off.
    Chars(usize, bool),
    /// Most bytes.
    Text(usize),
    Date,
    DateTime,
    /// The same, of the years that a number of seconds can tell.
    Timestamp,
    Time,
    Year,
    /// ENUM or SET.
    List(Arc<Members>),
}

/// Why a value does not fit; the column's name is added by who knows it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Misfit {
    /// Of a kind of column: `integer`, `date`.
    Incorrect(&'static str, String),
    OutOfRange,
    TooLong,
    /// No member of an ENUM or SET.
    NotListed,
}

impl Misfit {
    /// In MySQL's words.
    pub(crate) fn of_column(&self, column: &str) -> String {
        match self {
            Misfit::Incorrect(kind, value) => {
                format!("Incorrect {kind} value: '{value}' for column '{column}'")
            }
            Misfit::OutOfRange => format!("Out of range value for column '{column}'"),
            Misfit::TooLong => format!("Data too long for column '{column}'"),
            Misfit::NotListed => format!("Data truncated for column '{column}'"),
        }
    }
}

impl Type {
    /// By the words with which a column was declared; none for types that take anything.
    pub(crate) fn declared(words: &str) -> Option<Type> {
        let words = words.to_ascii_lowercase();
        let end = words.find(['(', ' ']).unwrap_or(words.len());
        let unsigned = words.contains("unsigned");
        let inside = words
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'));
        let sizes: Vec<usize> = inside
            .map(|(sizes, _)| sizes.split(',').filter_map(|n| n.trim().parse().ok()))
            .into_iter()
            .flatten()
            .collect();
        let size = sizes.first().copied();
        let int = |bits: u32| match unsigned {
            true => Type::Int(0, (1 << bits) - 1),
            false => Type::Int(-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        };
        Some(match words.get(..end)? {
            "tinyint" | "bool" | "boolean" => int(8),
            "smallint" => int(16),
            "mediumint" => int(24),
            "int" => int(32),
            // Also that of columns that number themselves, which have no width.
            "bigint" | "integer" => int(64),
            "decimal" | "numeric" | "dec" | "fixed" => Type::Decimal(
                size.unwrap_or(10),
                sizes.get(1).copied().unwrap_or(0),
                unsigned,
            ),
            "double" | "float" | "real" => Type::Real {
                most: if words.starts_with("float") {
                    f32::MAX.into()
                } else {
                    f64::MAX
                },
                digits: size.zip(sizes.get(1).copied()),
                unsigned,
            },
            "char" => Type::Chars(size.unwrap_or(1), true),
            "varchar" => Type::Chars(size?, false),
            "varbinary" | "binary" => Type::Text(size.unwrap_or(1)),
            "tinytext" | "tinyblob" => Type::Text(255),
            "text" | "blob" => Type::Text(65_535),
            "date" => Type::Date,
            "datetime" => Type::DateTime,
            "timestamp" => Type::Timestamp,
            "time" => Type::Time,
            "year" => Type::Year,
            _ => return None,
        })
    }

    /// What a column of this type has that must have something and is not told what.
    pub(crate) fn implied(ty: Option<&Type>) -> Cell {
        let text = |text: &'static str| Cell::Text(Bytes::from_static(text.as_bytes()));
        match ty {
            Some(Type::Int(..) | Type::Decimal(..) | Type::Real { .. } | Type::Year) => {
                Cell::Int(0)
            }
            Some(Type::Date) => text("0000-00-00"),
            Some(Type::DateTime | Type::Timestamp) => text("0000-00-00 00:00:00"),
            Some(Type::Time) => text("00:00:00"),
            Some(Type::List(members)) => members.first().unwrap_or(text("")),
            Some(Type::Chars(..) | Type::Text(_)) | None => text(""),
        }
    }

    /// The value as the column keeps it. `lenient`: as `INSERT IGNORE` stores what does not fit.
    pub(crate) fn fit(&self, value: Cell, lenient: bool) -> Result<Cell, Misfit> {
        if value == Cell::Null {
            return Ok(value);
        }
        match *self {
            Type::Int(least, most) => int(&value, (least, most), lenient),
            Type::Decimal(all, behind, unsigned) => {
                decimal(&value, (all, behind, unsigned), lenient)
            }
            Type::Real {
                digits: Some((all, behind)),
                unsigned,
                ..
            } => decimal(&value, (all, behind, unsigned), lenient),
            Type::Real { most, unsigned, .. } => real(&value, most, unsigned, lenient),
            Type::Chars(most, cut) => chars(value, most, cut, lenient),
            Type::Text(most) => bytes(value, most, lenient),
            Type::Date => moment(&value, "date", lenient, |moment| Some(moment.date())),
            Type::DateTime => moment(&value, "datetime", lenient, |moment| {
                Some(moment.date_and_time())
            }),
            Type::Timestamp => {
                let known = |moment: &Moment| moment.is_timestamp().then(|| moment.date_and_time());
                moment(&value, "datetime", lenient, known)
            }
            Type::Time => time(&value, lenient),
            Type::Year => year(&value, lenient),
            Type::List(ref members) => members.fit(&value, lenient),
        }
    }
}

/// A value as text.
pub(super) fn said(value: &Cell) -> String {
    match value {
        Cell::Null => String::new(),
        Cell::Int(n) => n.to_string(),
        Cell::Real(x) => x.to_string(),
        Cell::Text(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

fn into_bytes(value: Cell) -> Bytes {
    match value {
        Cell::Text(text) => text,
        other => said(&other).into(),
    }
}

/// Where so many characters of a text end. What is no UTF-8 has one byte a character.
fn end_of(text: &[u8], most: usize) -> usize {
    match str::from_utf8(text) {
        Ok(text) => (text.char_indices().nth(most)).map_or(text.len(), |(at, _)| at),
        Err(_) => most.min(text.len()),
    }
}

fn chars(value: Cell, most: usize, cut: bool, lenient: bool) -> Result<Cell, Misfit> {
    let mut text = into_bytes(value);
    let end = end_of(&text, most);
    let only_blanks = text
        .get(end..)
        .is_none_or(|rest| rest.iter().all(|b| *b == b' '));
    if !only_blanks && !lenient {
        return Err(Misfit::TooLong);
    }
    text.truncate(end);
    if cut {
        let blanks = text.iter().rev().take_while(|b| **b == b' ').count();
        text.truncate(text.len() - blanks);
    }
    Ok(Cell::Text(text))
}

fn bytes(value: Cell, most: usize, lenient: bool) -> Result<Cell, Misfit> {
    let mut text = into_bytes(value);
    if text.len() > most {
        if !lenient {
            return Err(Misfit::TooLong);
        }
        text.truncate(most);
    }
    Ok(Cell::Text(text))
}

fn moment(
    value: &Cell,
    kind: &'static str,
    lenient: bool,
    show: impl Fn(&Moment) -> Option<String>,
) -> Result<Cell, Misfit> {
    let read = match value {
        // As 000131: the first zeros are not written.
        Cell::Int(n) if (101..100_000).contains(n) => Moment::read(&format!("{n:06}")),
        value => Moment::read(&said(value)),
    };
    match read.and_then(|moment| show(&moment)) {
        Some(shown) => Ok(Cell::Text(shown.into())),
        None if lenient => Ok(Cell::Text(
            show(&Moment::default()).unwrap_or_default().into(),
        )),
        None => Err(Misfit::Incorrect(kind, said(value))),
    }
}

fn time(value: &Cell, lenient: bool) -> Result<Cell, Misfit> {
    let text = said(value);
    if let Some(time) = moments::time(&text) {
        return Ok(Cell::Text(time.into()));
    }
    // A date in digits has no time of day.
    if matches!(value, Cell::Int(_)) && text.len() == 8 && Moment::read(&text).is_some() {
        return Ok(Cell::Text(Bytes::from_static(b"00:00:00")));
    }
    match lenient {
        true => Ok(Cell::Text(moments::time_of_beginning(&text).into())),
        false => Err(Misfit::Incorrect("time", text)),
    }
}

fn year(value: &Cell, lenient: bool) -> Result<Cell, Misfit> {
    let text = said(value);
    let Cell::Int(n) = int(value, (-99_999, 99_999), lenient)? else {
        return Err(Misfit::OutOfRange);
    };
    // Zero as a number is no year; as a text it is one.
    let text = text.trim();
    let said = matches!(value, Cell::Text(_)) && text != "0000";
    let some = said && text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    Ok(Cell::Int(match n {
        0 if !some => 0,
        0..=69 => 2000 + n,
        70..=99 => 1900 + n,
        1901..=2155 => n,
        _ if lenient => 0,
        _ => return Err(Misfit::OutOfRange),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(ty: &str, value: Cell) -> Result<Cell, Misfit> {
        Type::declared(ty).expect(ty).fit(value, false)
    }

    fn text(text: &'static str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn values_become_what_the_column_keeps() {
        for (ty, value, want) in [
            ("int(11)", text(" 12 "), Cell::Int(12)),
            ("int(11)", text("1e3"), Cell::Int(1000)),
            ("int(11)", text("-12.5"), Cell::Int(-13)),
            ("int(11)", Cell::Real(99.5), Cell::Int(100)),
            (
                "int unsigned(10)",
                text("4294967295"),
                Cell::Int(4_294_967_295),
            ),
            (
                "bigint(20)",
                text("-9223372036854775808"),
                Cell::Int(i64::MIN),
            ),
            ("decimal(5,2)", text("999.994"), Cell::Real(999.99)),
            ("decimal(5,2)", text("-0.001"), Cell::Real(0.0)),
            ("decimal(5)", Cell::Real(2.5), Cell::Int(3)),
            ("double", text("-.5e1"), Cell::Real(-5.0)),
            ("varchar(3)", text("abc  "), text("abc")),
            ("varchar(3)", text("a  "), text("a  ")),
            ("char(3)", text("a  "), text("a")),
            ("varchar(2)", text("äö"), text("äö")),
            ("varchar(5)", Cell::Int(17), text("17")),
            ("date", text("24-2-29"), text("2024-02-29")),
            ("date", Cell::Int(20_240_229), text("2024-02-29")),
            ("datetime", text("2024-02-29"), text("2024-02-29 00:00:00")),
            ("time", text("1:2:3"), text("01:02:03")),
            ("year", Cell::Int(7), Cell::Int(2007)),
        ] {
            assert_eq!(fit(ty, value.clone()), Ok(want), "{ty} {value:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_or_made_to_fit() {
        for (ty, value, anyway) in [
            ("int(11)", text("12abc"), Cell::Int(12)),
            ("int(11)", text(""), Cell::Int(0)),
            ("tinyint(4)", Cell::Int(-129), Cell::Int(-128)),
            ("tinyint unsigned(3)", text("256"), Cell::Int(255)),
            ("decimal(4,2)", text("100"), Cell::Real(99.99)),
            ("decimal unsigned(4,2)", text("-1"), Cell::Int(0)),
            ("double", text("x"), Cell::Real(0.0)),
            ("varchar(2)", text("äöü"), text("äö")),
            ("date", text("2023-02-29"), text("0000-00-00")),
            ("datetime", text("soon"), text("0000-00-00 00:00:00")),
            ("time", text("x"), text("00:00:00")),
            ("year", Cell::Int(2156), Cell::Int(0)),
        ] {
            assert!(fit(ty, value.clone()).is_err(), "{ty} {value:?}");
            let ty = Type::declared(ty).expect(ty);
            assert_eq!(ty.fit(value, true), Ok(anyway), "{ty:?}");
        }
    }
}

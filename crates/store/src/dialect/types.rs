//! What a column of MySQL's makes of a value: SQLite's columns take anything, so that values are
//! fitted before they are stored. As on a server in strict mode, what does not fit is an error.

use bytes::Bytes;

use super::moments::{self, Moment};
use crate::db::Cell;

/// The type of a column, as far as it decides what fits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Type {
    /// The least and the highest value.
    Int(i128, i128),
    /// Digits in all, digits behind the point, unsigned.
    Decimal(usize, usize, bool),
    Real {
        unsigned: bool,
    },
    /// Most characters; whether blanks at the end are cut off.
    Chars(usize, bool),
    /// Most bytes.
    Text(usize),
    Date,
    DateTime,
    Time,
    Year,
}

/// Why a value does not fit; the column's name is added by who knows it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Misfit {
    /// Of a kind of column: `integer`, `date`.
    Incorrect(&'static str, String),
    OutOfRange,
    TooLong,
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
        }
    }
}

/// A number in decimal digits.
#[derive(Clone, PartialEq, Debug)]
struct Digits {
    negative: bool,
    whole: String,
    fraction: String,
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
            "double" | "float" | "real" => Type::Real { unsigned },
            "char" => Type::Chars(size.unwrap_or(1), true),
            "varchar" => Type::Chars(size?, false),
            "tinytext" => Type::Text(255),
            "text" => Type::Text(65_535),
            "date" => Type::Date,
            "datetime" | "timestamp" => Type::DateTime,
            "time" => Type::Time,
            "year" => Type::Year,
            _ => return None,
        })
    }

    /// The value as the column keeps it. `lenient`: as `INSERT IGNORE` stores what does not fit.
    pub(crate) fn fit(self, value: Cell, lenient: bool) -> Result<Cell, Misfit> {
        if value == Cell::Null {
            return Ok(value);
        }
        match self {
            Type::Int(least, most) => int(&value, (least, most), lenient),
            Type::Decimal(all, behind, unsigned) => {
                decimal(&value, (all, behind, unsigned), lenient)
            }
            Type::Real { unsigned } => real(&value, unsigned, lenient),
            Type::Chars(most, cut) => chars(value, most, cut, lenient),
            Type::Text(most) => bytes(value, most, lenient),
            Type::Date => moment(&value, "date", lenient, Moment::date),
            Type::DateTime => moment(&value, "datetime", lenient, Moment::date_and_time),
            Type::Time => time(&value, lenient),
            Type::Year => year(&value, lenient),
        }
    }
}

/// A value as text.
fn said(value: &Cell) -> String {
    match value {
        Cell::Null => String::new(),
        Cell::Int(n) => n.to_string(),
        Cell::Real(x) => x.to_string(),
        Cell::Text(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

/// The number at the beginning of a text, and whether that is all of it.
fn number(text: &str) -> (Digits, bool) {
    let text = text.trim();
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit());
        end.unwrap_or(text.len())
    };
    let (whole, mut rest) = rest.split_at(digits(rest));
    let mut fraction = "";
    if let Some(behind) = rest.strip_prefix('.') {
        (fraction, rest) = behind.split_at(digits(behind));
    }
    let found = !whole.is_empty() || !fraction.is_empty();
    let mut number = Digits {
        negative,
        whole: whole.to_owned(),
        fraction: fraction.to_owned(),
    };
    if found && let Some(power) = rest.strip_prefix(['e', 'E']) {
        let sign = usize::from(power.starts_with(['-', '+']));
        let end = sign + digits(power.get(sign..).unwrap_or_default());
        if end > sign
            && let Ok(power) = power.get(..end).unwrap_or_default().parse::<i32>()
        {
            rest = rest.get(1 + end..).unwrap_or_default();
            number.shift(power);
        }
    }
    (number, found && rest.is_empty())
}

/// More digits than any column takes.
const MOST_DIGITS: i32 = 400;

impl Digits {
    /// Multiplies by a power of ten.
    fn shift(&mut self, power: i32) {
        for _ in 0..power.clamp(0, MOST_DIGITS) {
            let next = match self.fraction.is_empty() {
                true => '0',
                false => self.fraction.remove(0),
            };
            self.whole.push(next);
        }
        for _ in power.clamp(-MOST_DIGITS, 0)..0 {
            let last = self.whole.pop().unwrap_or('0');
            self.fraction.insert(0, last);
        }
    }

    /// Rounds to so many digits behind the point, halves away from zero.
    fn round(&mut self, behind: usize) {
        let up = (self.fraction.as_bytes().get(behind)).is_some_and(|digit| *digit >= b'5');
        self.fraction.truncate(behind);
        if up {
            let mut all: Vec<u8> = [self.whole.as_bytes(), self.fraction.as_bytes()].concat();
            let mut carry = true;
            for digit in all.iter_mut().rev() {
                if !carry {
                    break;
                }
                carry = *digit == b'9';
                *digit = if carry { b'0' } else { *digit + 1 };
            }
            let all = String::from_utf8(all).unwrap_or_default();
            let (whole, fraction) = all.split_at(self.whole.len());
            let more = if carry { "1" } else { "" };
            let (whole, fraction) = (format!("{more}{whole}"), fraction.to_owned());
            (self.whole, self.fraction) = (whole, fraction);
        }
        let bare = self.whole.trim_start_matches('0').to_owned();
        self.whole = bare;
    }

    fn is_zero(&self) -> bool {
        let zeros = |text: &str| text.bytes().all(|b| b == b'0');
        zeros(&self.whole) && zeros(&self.fraction)
    }

    fn text(&self) -> String {
        let sign = if self.negative && !self.is_zero() {
            "-"
        } else {
            ""
        };
        let whole = if self.whole.is_empty() {
            "0"
        } else {
            &self.whole
        };
        match self.fraction.is_empty() {
            true => format!("{sign}{whole}"),
            false => format!("{sign}{whole}.{}", self.fraction),
        }
    }
}

/// The number that a value is.
fn digits(value: &Cell, kind: &'static str, lenient: bool) -> Result<Digits, Misfit> {
    let text = said(value);
    match number(&text) {
        (number, true) => Ok(number),
        (number, false) if lenient => Ok(number),
        _ => Err(Misfit::Incorrect(kind, text)),
    }
}

fn int(value: &Cell, (least, most): (i128, i128), lenient: bool) -> Result<Cell, Misfit> {
    let mut number = digits(value, "integer", lenient)?;
    number.round(0);
    let exact: Result<i128, _> = number.text().parse();
    let outside = if number.negative { least } else { most };
    let fitted = match exact {
        Ok(n) if (least..=most).contains(&n) => n,
        _ if lenient => outside,
        _ => return Err(Misfit::OutOfRange),
    };
    // The highest ones of BIGINT UNSIGNED are beyond what SQLite has.
    Ok(i64::try_from(fitted).map_or(Cell::Real(fitted as f64), Cell::Int))
}

fn decimal(
    value: &Cell,
    (all, behind, unsigned): (usize, usize, bool),
    lenient: bool,
) -> Result<Cell, Misfit> {
    let mut number = digits(value, "decimal", lenient)?;
    number.round(behind);
    let before = all.saturating_sub(behind);
    let outside = number.whole.len() > before;
    let below = unsigned && number.negative && !number.is_zero();
    if (outside || below) && !lenient {
        return Err(Misfit::OutOfRange);
    }
    if below {
        return Ok(Cell::Int(0));
    }
    if outside {
        number.whole = "9".repeat(before);
        number.fraction = "9".repeat(behind);
    }
    let text = number.text();
    Ok(match text.parse() {
        Ok(n) => Cell::Int(n),
        Err(_) => text.parse().map_or(Cell::Text(text.into()), Cell::Real),
    })
}

fn real(value: &Cell, unsigned: bool, lenient: bool) -> Result<Cell, Misfit> {
    let x = match value {
        Cell::Real(x) => *x,
        Cell::Int(n) => *n as f64,
        _ => {
            let number = digits(value, "double", lenient)?;
            number.text().parse().unwrap_or(0.0)
        }
    };
    match unsigned && x < 0.0 {
        true if lenient => Ok(Cell::Real(0.0)),
        true => Err(Misfit::OutOfRange),
        false => Ok(Cell::Real(x)),
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
    show: impl FnOnce(&Moment) -> String,
) -> Result<Cell, Misfit> {
    let read = match value {
        // As 000131: the first zeros are not written.
        Cell::Int(n) if (101..100_000).contains(n) => Moment::read(&format!("{n:06}")),
        value => Moment::read(&said(value)),
    };
    match read {
        Some(moment) => Ok(Cell::Text(show(&moment).into())),
        None if lenient => Ok(Cell::Text(show(&Moment::default()).into())),
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

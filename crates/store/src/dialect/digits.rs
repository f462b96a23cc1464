//! Numbers in decimal digits, as columns of numbers keep them: read from texts, rounded, and within
//! the range of their type.

use super::types::{Misfit, said};
use crate::db::Cell;

/// A number in decimal digits.
#[derive(Clone, PartialEq, Debug)]
struct Digits {
    negative: bool,
    whole: String,
    fraction: String,
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

/// A number in digits with so many behind the point; below zero, with zeros in front of it.
pub(super) fn rounded(text: &str, behind: i64) -> String {
    let (mut number, _) = number(text);
    let power = i32::try_from(behind).unwrap_or(0).min(0);
    number.shift(power);
    number.round(usize::try_from(behind).unwrap_or(0));
    number.shift(-power);
    number.whole = number.whole.trim_start_matches('0').to_owned();
    number.text()
}

/// The number that a text begins with.
pub(super) fn beginning(value: &Cell) -> String {
    number(&said(value)).0.text()
}

/// The whole number that a text begins with.
pub(super) fn whole_beginning(text: &str) -> i128 {
    let text = text.trim_start();
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let digits = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let whole = match digits {
        "" => 0,
        digits => digits.parse().unwrap_or(i128::MAX),
    };
    if negative { -whole } else { whole }
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

pub(super) fn int(
    value: &Cell,
    (least, most): (i128, i128),
    lenient: bool,
) -> Result<Cell, Misfit> {
    // The highest ones of BIGINT UNSIGNED are beyond what SQLite has: this is how it reads them.
    if matches!(value, Cell::Real(x) if *x == most as f64 && most > i64::MAX.into()) {
        return Ok(value.clone());
    }
    let mut number = digits(value, "integer", lenient)?;
    number.round(0);
    let exact: Result<i128, _> = number.text().parse();
    let outside = if number.negative { least } else { most };
    let fitted = match exact {
        Ok(n) if (least..=most).contains(&n) => n,
        _ if lenient => outside,
        _ => return Err(Misfit::OutOfRange),
    };
    Ok(i64::try_from(fitted).map_or(Cell::Real(fitted as f64), Cell::Int))
}

pub(super) fn decimal(
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

pub(super) fn real(value: &Cell, most: f64, unsigned: bool, lenient: bool) -> Result<Cell, Misfit> {
    let x = match value {
        Cell::Real(x) => *x,
        Cell::Int(n) => *n as f64,
        _ => {
            let number = digits(value, "double", lenient)?;
            number.text().parse().unwrap_or(0.0)
        }
    };
    let least = if unsigned { 0.0 } else { -most };
    match (least..=most).contains(&x) {
        true => Ok(Cell::Real(x)),
        false if lenient => Ok(Cell::Real(x.clamp(least, most))),
        false => Err(Misfit::OutOfRange),
    }
}

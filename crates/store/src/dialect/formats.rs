//! Dates and times as a script wants them written, in parts, and values of other types.

use super::moments::{Moment, time};
use super::types::{Type, said};
use super::{cannot, digits};
use crate::db::Cell;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The date, or date and time, that a value is, in the form of a column; none if it is none.
pub(crate) fn moment(value: &Cell) -> Option<String> {
    let text = said(value);
    let text = text.trim();
    let moment = Moment::read(text)?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let timed = match digits {
        true => text.len() > 8,
        false => text.contains([' ', 'T']),
    };
    Some(match timed {
        true => moment.date_and_time(),
        false => moment.date(),
    })
}

/// A value as it compares with dates: with a time of day, which is midnight where none is said.
/// What is no date is the date of zeros.
pub(crate) fn datetime(value: &Cell) -> Option<String> {
    let read = || Moment::read(&said(value)).unwrap_or_default();
    (*value != Cell::Null).then(|| read().date_and_time())
}

/// A part of a date or of a time of day, by its letter in a date's format.
pub(crate) fn part(value: &Cell, letter: char) -> Option<i64> {
    let text = said(value);
    if matches!(letter, 'H' | 'i' | 's') {
        let clock = match Moment::read(&text) {
            Some(moment) if text.contains('-') || !text.contains(':') => {
                moment.date_and_time().split_off(11)
            }
            _ => time(&text)?,
        };
        let at = ['H', 'i', 's'].iter().position(|l| *l == letter)?;
        return clock
            .trim_start_matches('-')
            .split(':')
            .nth(at)?
            .parse()
            .ok();
    }
    let moment = Moment::read(&text)?;
    match letter {
        'Y' => Some(moment.year.into()),
        'm' => Some(moment.month.into()),
        'd' => Some(moment.day.into()),
        'j' => Some(moment.day_of_year()?.into()),
        'w' => Some(moment.weekday()?.into()),
        _ => None,
    }
}

/// A date in a format of MySQL's.
///
/// # Errors
/// A letter that is not known here.
pub(crate) fn formatted(value: &Cell, format: &str) -> Result<Option<String>, String> {
    let Some(at) = Moment::read(&said(value)) else {
        return Ok(None);
    };
    let half = match at.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let noon = if at.hour < 12 { "AM" } else { "PM" };
    let clock = format!("{:02}:{:02}", at.minute, at.second);
    let name = |names: &[&'static str], n: Option<u32>| {
        let n = n.and_then(|n| usize::try_from(n).ok());
        n.and_then(|n| names.get(n).copied())
    };
    let month = || name(&MONTHS, at.month.checked_sub(1));
    let day = || name(&DAYS, at.weekday());
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let Some(letter) = chars.next() else {
            out.push('%');
            break;
        };
        let part = match letter {
            'Y' => Some(format!("{:04}", at.year)),
            'y' => Some(format!("{:02}", at.year % 100)),
            'm' => Some(format!("{:02}", at.month)),
            'c' => Some(at.month.to_string()),
            'M' => month().map(str::to_owned),
            'b' => month().map(short),
            'd' => Some(format!("{:02}", at.day)),
            'e' => Some(at.day.to_string()),
            'D' => Some(format!("{}{}", at.day, ending(at.day))),
            'j' => at.day_of_year().map(|day| format!("{day:03}")),
            'W' => day().map(str::to_owned),
            'a' => day().map(short),
            'w' => at.weekday().map(|day| day.to_string()),
            'H' => Some(format!("{:02}", at.hour)),
            'k' => Some(at.hour.to_string()),
            'h' | 'I' => Some(format!("{half:02}")),
            'l' => Some(half.to_string()),
            'i' => Some(format!("{:02}", at.minute)),
            's' | 'S' => Some(format!("{:02}", at.second)),
            'f' => Some("000000".to_owned()),
            'p' => Some(noon.to_owned()),
            'r' => Some(format!("{half:02}:{clock} {noon}")),
            'T' => Some(format!("{:02}:{clock}", at.hour)),
            'u' | 'U' | 'v' | 'V' | 'x' | 'X' => {
                return Err(cannot(format!("%{letter} in a date's format")));
            }
            other => Some(other.to_string()),
        };
        match part {
            Some(part) => out.push_str(&part),
            None => return Ok(None),
        }
    }
    Ok(Some(out))
}

/// What stands behind the number of a day.
fn ending(day: u32) -> &'static str {
    match (day / 10, day % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// A number of so many digits behind the point, rounded; in front of it where that is below zero.
pub(crate) fn rounded(value: &Cell, behind: i64) -> Cell {
    /// More digits than a number has.
    const MOST: i64 = 400;
    let behind = behind.clamp(-MOST, MOST);
    match value {
        Cell::Null => Cell::Null,
        Cell::Int(n) if behind >= 0 => Cell::Int(*n),
        // What is no number in decimal digits is rounded to the even one.
        Cell::Text(_) => {
            let x: f64 = digits::beginning(value).parse().unwrap_or(0.0);
            let scale = 10_f64.powi(i32::try_from(behind).unwrap_or(0));
            let scaled = x * scale;
            match scaled.is_finite() && scale != 0.0 {
                true => whole(scaled.round_ties_even() / scale),
                false => whole(x),
            }
        }
        value => {
            let text = digits::rounded(&said(value), behind);
            match text.parse() {
                Ok(n) => Cell::Int(n),
                Err(_) => Cell::Real(text.parse().unwrap_or(0.0)),
            }
        }
    }
}

/// A whole number where it is one.
fn whole(x: f64) -> Cell {
    match x.fract() == 0.0 && x.abs() < 9e15 {
        true => Cell::Int(x as i64),
        false => Cell::Real(x),
    }
}

/// `FORMAT(value, behind)`: commas between thousands.
pub(crate) fn grouped(value: &Cell, behind: i64) -> Option<String> {
    /// MySQL's.
    const MOST: i64 = 38;
    if *value == Cell::Null {
        return None;
    }
    let behind = behind.clamp(0, MOST);
    let text = match value {
        Cell::Text(_) => digits::beginning(value),
        value => said(value),
    };
    let text = digits::rounded(&text, behind);
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", &text[..]),
    };
    let (front, back) = text.split_once('.').unwrap_or((text, ""));
    let mut out = sign.to_owned();
    for (at, digit) in front.chars().enumerate() {
        if at > 0 && (front.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if behind > 0 {
        let width = usize::try_from(behind).unwrap_or(0);
        out.push_str(&format!(".{back:0<width$}"));
    }
    Some(out)
}

/// `CAST(value AS type)`, the type in small letters.
pub(crate) fn cast(value: Cell, ty: &str) -> Cell {
    if value == Cell::Null {
        return Cell::Null;
    }
    match ty {
        "signed" | "unsigned" => {
            let whole = match &value {
                Cell::Int(n) => i128::from(*n),
                Cell::Real(x) => x.round() as i128,
                // Of a text the whole number that it begins with.
                text => digits::whole_beginning(&said(text)),
            };
            let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
            match ty == "unsigned" && whole < 0 {
                true => Cell::Real((whole.max(least) as i64).cast_unsigned() as f64),
                false if ty == "unsigned" && whole > most => {
                    Cell::Real(whole.min(u64::MAX.into()) as f64)
                }
                false => Cell::Int(whole.clamp(least, most) as i64),
            }
        }
        // Everything.
        "char" => match value {
            Cell::Text(text) => Cell::Text(text),
            other => Cell::Text(said(&other).into()),
        },
        ty => match (ty, Type::declared(ty)) {
            ("date" | "datetime" | "time", Some(ty)) => ty.fit(value, false).unwrap_or(Cell::Null),
            (_, Some(Type::Chars(most, _))) => Type::Chars(most, false)
                .fit(value, true)
                .unwrap_or(Cell::Null),
            (_, Some(ty)) => ty.fit(value, true).unwrap_or(Cell::Null),
            _ => value,
        },
    }
}

/// A time of day or span as seconds, which sort as it does.
pub(crate) fn seconds(value: &Cell) -> Option<i64> {
    if *value == Cell::Null {
        return None;
    }
    let text = time(&said(value))?;
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, &text[..]),
    };
    let mut parts = text.split(':').map(|part| part.parse::<i64>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    Some(sign * (next() * 3600 + next() * 60 + next()))
}

/// A value as a number: of a date or time all of its digits, of another text what it begins with.
pub(crate) fn as_digits(value: &Cell, moment: bool) -> Cell {
    let text = match value {
        Cell::Text(_) if moment => said(value)
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '-')
            .enumerate()
            .filter(|(at, c)| *c != '-' || *at == 0)
            .map(|(_, c)| c)
            .collect(),
        Cell::Text(_) => digits::beginning(value),
        value => return value.clone(),
    };
    match (text.parse(), text.parse()) {
        (Ok(n), _) => Cell::Int(n),
        (_, Ok(x)) => Cell::Real(x),
        _ => Cell::Int(0),
    }
}

//! ENUM and SET: what a value becomes, and how the list is kept with a column of SQLite's.
//!
//! SQLite has no such types. The column is a text with a CHECK that any program understands; the
//! check's name is the type in MySQL's words.

use bytes::Bytes;
use sqlparser::ast::Expr;

use super::types::{Misfit, said};
use super::{cannot, expr, literal};
use crate::db::Cell;
use crate::odd;

/// A SET is a number with a bit for each member.
const MOST_OF_SET: usize = 64;

/// The type ENUM or SET.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Members {
    names: Vec<Bytes>,
    /// A SET: any number of them at once.
    many: bool,
    /// The case of letters tells members from each other.
    exact: bool,
}

impl Members {
    /// Of a declaration; `names` may have odd bytes as characters of the private area.
    pub(super) fn declared(
        column: &str,
        names: &[String],
        many: bool,
        exact: bool,
    ) -> Result<Members, String> {
        let bytes = |name: &String| {
            let name = name.trim_end_matches(' ').as_bytes().to_vec();
            Bytes::from(odd::unescape(name))
        };
        let kind = if many { "SET" } else { "ENUM" };
        if names.is_empty() || many && names.len() > MOST_OF_SET {
            return Err(cannot(format!("{kind} with {} members", names.len())));
        }
        let mut members = Members {
            names: Vec::new(),
            many,
            exact,
        };
        for name in names.iter().map(bytes) {
            let shown = String::from_utf8_lossy(&name).into_owned();
            if members.find(&name).is_some() {
                return Err(format!(
                    "Column '{column}' has duplicated value '{shown}' in {kind}"
                ));
            }
            if many && name.contains(&b',') {
                return Err(format!("Illegal set '{shown}' value found during parsing"));
            }
            members.names.push(name);
        }
        Ok(members)
    }

    /// By the type in MySQL's words, `enum('a','b')`.
    pub(crate) fn read(words: &str, exact: bool) -> Option<Members> {
        let (kind, rest) = words.split_once('(')?;
        let many = match kind {
            "enum" => false,
            "set" => true,
            _ => return None,
        };
        let inside = rest.strip_suffix("')")?.strip_prefix('\'')?;
        // Between two members is `','`, which within one would be `'',''`.
        let (mut names, mut name) = (Vec::new(), String::new());
        let mut rest = inside;
        while let Some(c) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix("''") {
                name.push('\'');
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("','") {
                names.push(std::mem::take(&mut name));
                rest = behind;
            } else {
                name.push(c);
                rest = rest.get(c.len_utf8()..)?;
            }
        }
        names.push(name);
        Members::declared("", &names, many, exact).ok()
    }

    /// The type in MySQL's words.
    pub(crate) fn words(&self) -> Vec<u8> {
        let mut words = if self.many { b"set(" } else { &b"enum("[..] }.to_vec();
        for (n, name) in self.names.iter().enumerate() {
            words.extend_from_slice(if n == 0 { b"'" } else { b",'" });
            for byte in name {
                words.push(*byte);
                if *byte == b'\'' {
                    words.push(b'\'');
                }
            }
            words.push(b'\'');
        }
        words.push(b')');
        words
    }

    /// The most characters of a value.
    pub(crate) fn size(&self) -> usize {
        let sizes = self.names.iter().map(|name| match str::from_utf8(name) {
            Ok(name) => name.chars().count(),
            Err(_) => name.len(),
        });
        match self.many {
            true => sizes.sum::<usize>() + self.names.len() - 1,
            false => sizes.max().unwrap_or(0),
        }
    }

    /// The member that a column has without being told, when it must have one.
    pub(super) fn first(&self) -> Option<Cell> {
        let first = self.names.first().filter(|_| !self.many);
        first.cloned().map(Cell::Text)
    }

    /// The number of the member that a column of an ENUM holds, as MySQL sorts and reckons with it.
    pub(super) fn number(&self, column: &str) -> Option<Expr> {
        let when = |(name, n): (&Bytes, usize)| {
            let name = literal(&String::from_utf8_lossy(&odd::escape(name, true)));
            format!(" WHEN {name} THEN {n}")
        };
        let cases: String = self.names.iter().zip(1..).map(when).collect();
        let case = format!("(CASE {column}{cases} WHEN '' THEN 0 END)");
        (!self.many).then(|| expr::raw(case))
    }

    /// The constraint that stands behind the column's type.
    pub(super) fn constraint(&self, column: &str) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(&odd::escape(bytes, true)).into_owned();
        let name = text(&self.words()).replace('`', "``");
        let check = match self.many {
            // What is left when each member is taken out.
            true => self
                .names
                .iter()
                .fold(format!("',' || {column} || ','"), |left, name| {
                    let name = text(&[b",", &name[..], b","].concat());
                    format!("replace({left}, {}, ',')", literal(&name))
                }),
            false => {
                let names: Vec<String> = (self.names.iter().map(|name| text(name)))
                    .chain([String::new()])
                    .map(|name| literal(&name))
                    .collect();
                format!("{column} IN ({})", names.join(", "))
            }
        };
        match self.many {
            true => format!("CONSTRAINT `{name}` CHECK (trim({check}, ',') = '')"),
            false => format!("CONSTRAINT `{name}` CHECK ({check})"),
        }
    }

    fn find(&self, text: &[u8]) -> Option<usize> {
        (self.names.iter()).position(|name| match self.exact {
            true => **name == *text,
            false => name.eq_ignore_ascii_case(text),
        })
    }

    /// The value as the column keeps it.
    pub(super) fn fit(&self, value: &Cell, lenient: bool) -> Result<Cell, Misfit> {
        let fitted = match self.many {
            true => self.some(value, lenient),
            false => self.one(value),
        };
        match fitted {
            Some(text) => Ok(Cell::Text(text)),
            None if lenient => Ok(Cell::Text(Bytes::new())),
            None => Err(Misfit::NotListed),
        }
    }

    /// A member by its name or number.
    fn one(&self, value: &Cell) -> Option<Bytes> {
        /// A longer number in a text is none.
        const DIGITS: usize = 5;
        let number = match value {
            Cell::Text(text) => {
                let text = trimmed(text);
                if let Some(at) = self.find(text) {
                    return self.names.get(at).cloned();
                }
                match whole_number(text).filter(|_| text.len() <= DIGITS)? {
                    0 => return Some(Bytes::new()),
                    number => number,
                }
            }
            value => i128::from(whole(value)?),
        };
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.names.get(at).cloned()
    }

    /// Members by their names, with commas between them, or as bits of a number.
    fn some(&self, value: &Cell, lenient: bool) -> Option<Bytes> {
        let all = u64::MAX >> (MOST_OF_SET - self.names.len());
        let bits = match value {
            Cell::Text(text) if text.is_empty() => 0,
            Cell::Text(text) => {
                let (mut bits, mut known) = (0, true);
                for name in trimmed(text).split(|byte| *byte == b',') {
                    match self.find(name) {
                        Some(at) => bits |= 1 << at,
                        None => known = false,
                    }
                }
                match whole_number(text).filter(|_| bits == 0 && !known) {
                    Some(number) => u64::try_from(number).ok().filter(|n| *n <= all)?,
                    None if known || lenient => bits,
                    None => return None,
                }
            }
            value => {
                let bits = whole(value)?.cast_unsigned();
                if bits > all && !lenient {
                    return None;
                }
                bits & all
            }
        };
        let chosen = self.names.iter().enumerate();
        let chosen = chosen.filter(|(at, _)| bits >> at & 1 == 1);
        let chosen: Vec<&[u8]> = chosen.map(|(_, name)| &name[..]).collect();
        Some(chosen.join(&b',').into())
    }
}

/// A text without blanks at its end.
fn trimmed(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
    text.get(..text.len() - blanks).unwrap_or_default()
}

/// The number that is all of a text.
fn whole_number(text: &[u8]) -> Option<i128> {
    let text = str::from_utf8(text).ok()?;
    text.trim_start_matches(' ').parse().ok()
}

/// The whole part of a number.
fn whole(value: &Cell) -> Option<i64> {
    match value {
        Cell::Int(n) => Some(*n),
        Cell::Real(x) => Some(*x as i64),
        other => said(other).parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_list_are_read_again() {
        for names in [
            &["a"][..],
            &["a", "B c", "it's", "','", "''", ")", "`"],
            &["", "x"],
            &["\u{f7fc}", "ü"],
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let list = Members::declared("c", &names, false, false).expect("a list");
            let words = String::from_utf8(odd::escape(&list.words(), true).into_owned());
            let words = words.expect("UTF-8");
            assert_eq!(Members::read(&words, false), Some(list), "{words}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_is_refused() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let many = names(&["x"; 65]);
        for (names, set) in [
            (names(&[]), false),
            (names(&["x", "X "]), false),
            (names(&["a,b"]), true),
            (many, true),
        ] {
            assert!(Members::declared("c", &names, set, false).is_err());
        }
    }
}

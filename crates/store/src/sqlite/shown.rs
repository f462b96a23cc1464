//! Numbers of a result as MySQL shows them. What it reckons in decimal digits (`0.1 + 0.2`) has fewer
//! of them than what SQLite makes of it; of what is a DOUBLE there, all are shown.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext};
use rusqlite::{Connection, OptionalExtension, Result};

use crate::db::Cell;
use crate::dialect::Type;

/// Digits that a number has exactly.
const EXACT: usize = 15;
/// From here on there is nothing behind the point, and a DOUBLE is shown with its power of ten.
const LARGE: f64 = 1e15;
/// One more than the highest BIGINT UNSIGNED, which SQLite reads as this.
const UNSIGNED_END: f64 = 18_446_744_073_709_551_616.0;

/// Functions whose answer is a DOUBLE, whatever they are given.
const DOUBLES: &[&str] = &["pow", "power", "sqrt"];

/// What a statement reads: noted by the authorizer while somebody asks.
#[derive(Clone, Default)]
pub(super) struct Reads(Arc<Mutex<Option<Seen>>>);

#[derive(Default)]
struct Seen {
    /// Tables and their columns.
    columns: Vec<(String, String)>,
    /// It calls one of [`DOUBLES`].
    doubles: bool,
}

/// What kinds of numbers a statement reckons with.
#[derive(Clone, Copy)]
pub(super) struct Kinds {
    doubles: bool,
    /// Of BIGINT UNSIGNED.
    unsigned: bool,
}

impl Reads {
    pub(super) fn note(&self, context: &AuthContext<'_>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = &mut *seen else {
            return;
        };
        match context.action {
            AuthAction::Read {
                table_name,
                column_name,
            } => seen
                .columns
                .push((table_name.to_owned(), column_name.to_owned())),
            AuthAction::Function { function_name } => {
                let is = |name: &&str| name.eq_ignore_ascii_case(function_name);
                seen.doubles |= DOUBLES.iter().any(is);
            }
            _ => {}
        }
    }

    fn set(&self, seen: Option<Seen>) -> Option<Seen> {
        std::mem::replace(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
            seen,
        )
    }

    /// The kinds of a statement that runs.
    pub(super) fn kinds(&self, conn: &Connection, query: &str) -> Result<Kinds> {
        self.set(Some(Seen::default()));
        let prepared = conn.prepare(query).map(drop);
        let seen = self.set(None).unwrap_or_default();
        prepared?;
        let mut kinds = Kinds {
            doubles: seen.doubles || has_power(query),
            unsigned: false,
        };
        let sql = "SELECT type FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE";
        let mut statement = conn.prepare_cached(sql)?;
        for (table, column) in &seen.columns {
            let words = statement.query_row([table, column], |row| row.get::<_, String>(0));
            match words.optional()?.and_then(|words| Type::declared(&words)) {
                Some(Type::Real { digits: None, .. }) => kinds.doubles = true,
                Some(Type::Int(_, most)) => kinds.unsigned |= most > i64::MAX.into(),
                _ => {}
            }
        }
        Ok(kinds)
    }
}

/// Whether a translated statement has a literal like `1e5`, which is a DOUBLE.
fn has_power(query: &str) -> bool {
    let mut quote = None;
    let mut before = [' ', ' '];
    for c in query.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '`' | '"') => quote = Some(c),
            None => {
                let [digit, e] = before;
                let power = c.is_ascii_digit() || c == '-' || c == '+';
                if digit.is_ascii_digit() && e.eq_ignore_ascii_case(&'e') && power {
                    return true;
                }
            }
        }
        before = [before[1], c];
    }
    false
}

/// How many digits a number has.
fn digits(x: f64) -> usize {
    let text = format!("{x:e}");
    text.split('e').next().map_or(0, |mantissa| {
        mantissa.bytes().filter(u8::is_ascii_digit).count()
    })
}

/// The number with the digits that it has exactly, if it has more of them only by the last one's
/// being wrong.
fn rounded(x: f64) -> Option<f64> {
    if digits(x) <= EXACT || x.abs() >= LARGE {
        return None;
    }
    let rounded = format!("{x:.*e}", EXACT - 1).parse().ok();
    rounded.filter(|rounded| digits(*rounded) < EXACT)
}

/// A cell as a script gets it; `kinds` is asked where it matters.
pub(super) fn shown(cell: Cell, kinds: impl FnOnce() -> Result<Kinds>) -> Result<Cell> {
    let Cell::Real(x) = cell else {
        return Ok(cell);
    };
    let rounded = rounded(x);
    let far = x.abs() >= LARGE || x != 0.0 && x.abs() < 1.0 / LARGE;
    if rounded.is_none() && !far {
        return Ok(cell);
    }
    let Kinds { doubles, unsigned } = kinds()?;
    Ok(match rounded {
        _ if unsigned && x == UNSIGNED_END => Cell::Text(u64::MAX.to_string().into()),
        _ if doubles && far => Cell::Text(format!("{x:e}").into()),
        Some(rounded) if !doubles => Cell::Real(rounded),
        _ => cell,
    })
}

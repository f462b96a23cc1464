//! What [`crate::sql::Sql`] needs of a database, so that each statement is written once.

use bytes::Bytes;

use crate::{Rows, StoreError};

/// What went wrong, in the database's own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Broken {
    pub kind: Kind,
    pub why: String,
}

/// How the caller may react.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A row with the same key is there.
    Duplicate,
    /// Two writers stood in each other's way; the transaction is gone and can be repeated.
    Deadlock,
    /// Anything else.
    Other,
}

impl Broken {
    pub fn other(why: impl Into<String>) -> Broken {
        Broken {
            kind: Kind::Other,
            why: why.into(),
        }
    }

    /// Says what was being done.
    pub fn while_to(self, what: &'static str) -> StoreError {
        StoreError::Failed {
            what,
            why: self.why,
        }
    }
}

/// A value for a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(n: i64) -> Self {
        Value::Int(n)
    }
}

impl From<i32> for Value<'_> {
    fn from(n: i32) -> Self {
        Value::Int(n.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(b: bool) -> Self {
        Value::Int(b.into())
    }
}

/// A text as the original stores it: an empty one is NULL.
pub(crate) fn text(text: &[u8]) -> Value<'_> {
    match text.is_empty() {
        true => Value::Null,
        false => Value::Text(text),
    }
}

/// A time as the original stores it: zero is NULL.
pub(crate) fn time(time: i64) -> Value<'static> {
    match time {
        0 => Value::Null,
        time => Value::Int(time),
    }
}

/// A cell of a result.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(Bytes),
}

impl Cell {
    /// As text; `None` is NULL.
    pub fn into_text(self) -> Option<Bytes> {
        match self {
            Cell::Null => None,
            Cell::Int(n) => Some(n.to_string().into()),
            Cell::Real(x) => Some(x.to_string().into()),
            Cell::Text(t) => Some(t),
        }
    }
}

/// A row's cells one after the other, read as well as they can be.
pub(crate) struct Cells(std::vec::IntoIter<Cell>);

impl From<Vec<Cell>> for Cells {
    fn from(cells: Vec<Cell>) -> Cells {
        Cells(cells.into_iter())
    }
}

impl Cells {
    /// The next cell as it is.
    pub fn cell(&mut self) -> Cell {
        self.0.next().unwrap_or(Cell::Null)
    }

    /// Text, empty for NULL.
    pub fn text(&mut self) -> Bytes {
        self.cell().into_text().unwrap_or_default()
    }

    /// A number, `None` for NULL and for what is no number.
    pub fn number(&mut self) -> Option<i64> {
        match self.cell() {
            Cell::Int(n) => Some(n),
            // `as` keeps within the bounds of i64 and makes 0 of NaN.
            Cell::Real(x) => Some(x as i64),
            Cell::Text(t) => str::from_utf8(&t).ok()?.trim().parse().ok(),
            Cell::Null => None,
        }
    }

    /// A number, `default` for NULL and for what is no number.
    pub fn int(&mut self, default: i64) -> i64 {
        self.number().unwrap_or(default)
    }

    /// A number that fits a class.
    pub fn small(&mut self, default: i32) -> i32 {
        i32::try_from(self.int(i64::from(default))).unwrap_or(default)
    }

    /// A truth value.
    pub fn flag(&mut self, default: bool) -> bool {
        self.int(i64::from(default)) != 0
    }

    /// All that are left, as text.
    pub fn rest(self) -> Vec<Option<Bytes>> {
        self.0.map(Cell::into_text).collect()
    }
}

/// What is done with each row of a result.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Cells);

/// One connection. A statement outside of a transaction is committed when it returns.
/// Parameters are `?`, in order.
pub(crate) trait Db: Send + Sized {
    /// What stands behind a comparison of texts to ignore the case of ASCII letters.
    const FOLD: &'static str;
    /// Whether texts compare equal that differ in more than the case of ASCII letters.
    const FOLDS_MORE: bool;

    /// Changes something; the number of rows that the statement was about.
    fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, Broken>;

    /// Reads rows.
    fn rows(&mut self, statement: &str, values: &[Value<'_>], each: Each<'_>)
    -> Result<(), Broken>;

    /// Begins a transaction that writes.
    fn begin(&mut self) -> Result<(), Broken>;

    /// Commits it.
    fn commit(&mut self) -> Result<(), Broken>;

    /// Takes it back, if the database has not done so by itself.
    fn rollback(&mut self);

    /// Whether a transaction begun by us is still open.
    fn in_transaction(&self) -> bool;

    /// Inserts rows that all have the same columns, in place of those with the same keys.
    fn replace(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &[Vec<Option<Bytes>>],
    ) -> Result<(), Broken> {
        let marks = vec!["?"; columns.len()].join(", ");
        let columns = columns.join(", ");
        let statement = format!("REPLACE INTO {table} ({columns}) VALUES ({marks})");
        for row in rows {
            let values = (row.iter()).map(|c| c.as_deref().map_or(Value::Null, Value::Text));
            let values: Vec<Value<'_>> = values.collect();
            self.run(&statement, &values)?;
        }
        Ok(())
    }

    /// See [`crate::Store::version`].
    fn version(&mut self) -> Result<i64, Broken>;

    /// See [`crate::Store::tidy`].
    fn tidy(&mut self) -> Result<(), Broken> {
        Ok(())
    }

    /// See [`crate::Store::news`].
    fn news(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// See [`crate::Store::sql`].
    fn script(&mut self, query: &[u8], limit: usize) -> Result<Rows, String>;

    /// See [`crate::Store::another`].
    fn another(&self) -> Result<Self, StoreError>;
}

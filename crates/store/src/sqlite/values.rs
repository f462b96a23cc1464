//! Bytes in and out of SQLite.
//!
//! Text columns hold the hub's bytes as SQLite's TEXT, whatever their encoding: SQLite keeps
//! any bytes given as text and compares them byte by byte (or with ASCII letters folded), so
//! they come back unchanged and `WHERE nick = 'x'` in `vh.SQL` finds them. A BLOB would come
//! back as well, but equals no text.

use bytes::Bytes;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

/// A text for a statement; empty is NULL, as in the original's tables.
pub(super) struct Text<'a>(pub &'a [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0.is_empty() {
            true => ValueRef::Null,
            false => ValueRef::Text(self.0),
        }))
    }
}

/// A cell as text; `None` is NULL.
pub(super) fn cell(value: ValueRef<'_>) -> Option<Bytes> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n.to_string().into()),
        ValueRef::Real(x) => Some(x.to_string().into()),
        ValueRef::Text(t) | ValueRef::Blob(t) => Some(Bytes::copy_from_slice(t)),
    }
}

/// A row's cells one after the other, read as well as they can be.
pub(super) struct Cells<'r, 's> {
    row: &'r rusqlite::Row<'s>,
    next: usize,
}

impl<'r, 's> Cells<'r, 's> {
    pub(super) fn of(row: &'r rusqlite::Row<'s>) -> Self {
        Cells { row, next: 0 }
    }

    fn value(&mut self) -> ValueRef<'r> {
        let i = self.next;
        self.next += 1;
        self.row.get_ref(i).unwrap_or(ValueRef::Null)
    }

    /// Text, empty for NULL.
    pub(super) fn text(&mut self) -> Bytes {
        cell(self.value()).unwrap_or_default()
    }

    /// A number, `default` for NULL and for what is no number.
    pub(super) fn int(&mut self, default: i64) -> i64 {
        match self.value() {
            ValueRef::Integer(n) => n,
            // `as` keeps within the bounds of i64 and makes 0 of NaN.
            ValueRef::Real(x) => x as i64,
            ValueRef::Text(t) | ValueRef::Blob(t) => (str::from_utf8(t).ok())
                .and_then(|t| t.trim().parse().ok())
                .unwrap_or(default),
            ValueRef::Null => default,
        }
    }

    /// A number that fits a class.
    pub(super) fn small(&mut self, default: i32) -> i32 {
        i32::try_from(self.int(i64::from(default))).unwrap_or(default)
    }

    /// A truth value.
    pub(super) fn flag(&mut self, default: bool) -> bool {
        self.int(i64::from(default)) != 0
    }
}

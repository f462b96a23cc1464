//! Bytes in and out of SQLite.
//!
//! Text columns hold the hub's bytes as SQLite's TEXT, whatever their encoding: SQLite keeps
//! any bytes given as text and compares them byte by byte (or with ASCII letters folded), so
//! they come back unchanged and `WHERE nick = 'x'` in `vh.SQL` finds them. A BLOB would come
//! back as well, but equals no text.

use bytes::Bytes;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::db::{Cell, Value};

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Text(text) => ValueRef::Text(text),
        }))
    }
}

/// A cell as it is stored.
pub(super) fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(n) => Cell::Int(n),
        ValueRef::Real(x) => Cell::Real(x),
        ValueRef::Text(t) | ValueRef::Blob(t) => Cell::Text(Bytes::copy_from_slice(t)),
    }
}

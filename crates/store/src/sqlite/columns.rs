//! The types of MySQL's columns, applied to what scripts write: `mysql_fit(table, column, lenient,
//! value)` stands around each value of an INSERT or UPDATE (see [`crate::dialect`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, Result};

use super::declared::{self, Declared};
use super::values::cell;
use crate::db::Cell;
use crate::dialect::Type;

/// One column.
#[derive(Debug)]
struct Column {
    name: String,
    ty: Option<Type>,
    not_null: bool,
    /// It numbers itself: zero is the next number, too.
    numbered: bool,
    /// The literal behind DEFAULT.
    default: Option<String>,
}

/// The columns of the tables that statements write to.
#[derive(Clone, Default)]
pub(super) struct Columns(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// The versions of the schemas of which this is true: others may change a table meanwhile.
    versions: [i64; 2],
    tables: HashMap<String, Vec<Arc<Column>>>,
}

/// A cell as a function returns it: text may be no UTF-8.
pub(super) struct Answer(pub Cell);

impl ToSql for Answer {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Int(n) => ValueRef::Integer(*n),
            Cell::Real(x) => ValueRef::Real(*x),
            Cell::Text(text) => ValueRef::Text(text),
        }))
    }
}

/// A literal without the parentheses that keep it out of DESCRIBE.
fn unwrapped(literal: &str) -> &str {
    let inside = literal.strip_prefix('(').and_then(|l| l.strip_suffix(')'));
    inside.unwrap_or(literal)
}

pub(super) fn said(why: impl Into<String>) -> Error {
    Error::UserFunctionError(why.into().into())
}

/// The columns of a table.
fn read(conn: &Connection, table: &str) -> Result<Vec<Column>> {
    let declared = declared::table(conn, table)?;
    let numbers_itself = declared.as_ref().is_some_and(Declared::numbers_itself);
    let sql = declared.as_ref().map(|table| table.sql.as_str());
    let parts = sql.and_then(declared::parts).unwrap_or_default();
    let list = |name: &str| {
        let part = parts.iter().find(|part| declared::is_column(part, name));
        let list = part.and_then(|part| declared::list(part));
        list.map(|list| Type::List(Arc::new(list)))
    };
    let mut statement = conn.prepare_cached(
        "SELECT name, type, pk, dflt_value, \"notnull\" FROM pragma_table_info(?1)",
    )?;
    let columns = statement.query_map([table], |row| {
        let (name, words, key): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Column {
            ty: list(&name).or_else(|| Type::declared(&words)),
            name,
            numbered: numbers_itself && key > 0 && words == "INTEGER",
            default: row.get(3)?,
            // Tables of older versions do not say it of their keys.
            not_null: row.get(4)? || key > 0 && words != "INTEGER",
        })
    })?;
    let mut columns = columns.collect::<Result<Vec<Column>>>()?;
    let keys = "SELECT i.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i \
         WHERE l.\"unique\" = 1";
    let mut keys = conn.prepare_cached(keys)?;
    let keys = keys.query_map([table], |row| row.get::<_, Option<String>>(0))?;
    for key in keys.collect::<Result<Vec<_>>>()?.into_iter().flatten() {
        // Blanks at the end do not tell two keys from each other.
        for column in columns.iter_mut().filter(|c| c.name == key) {
            if let Some(Type::Chars(_, cut)) = &mut column.ty {
                *cut = true;
            }
        }
    }
    Ok(columns)
}

impl Columns {
    fn all(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the columns of a table, as it is now, and says how many there are; the statements
    /// for this are the store's own.
    pub(super) fn look_at(&self, conn: &Connection, table: &str) -> Result<usize> {
        let version = |schema: &str| {
            let mut version = conn.prepare_cached(&format!("PRAGMA {schema}.schema_version"))?;
            version.query_row([], |row| row.get::<_, i64>(0))
        };
        let versions = [version("main")?, version("temp")?];
        let key = table.to_ascii_lowercase();
        {
            let mut known = self.all();
            if known.versions != versions {
                known.tables.clear();
                known.versions = versions;
            }
            if let Some(columns) = known.tables.get(&key) {
                return Ok(columns.len());
            }
        }
        let columns = read(conn, table)?;
        let count = columns.len();
        let columns = columns.into_iter().map(Arc::new).collect();
        self.all().tables.insert(key, columns);
        Ok(count)
    }
    /// Forgets them: what a statement did is undone, or the connection is another one.
    pub(super) fn forget(&self) {
        *self.all() = Known::default();
    }

    /// The column that a call names, by its name or its number: looked for once in a statement.
    fn named(&self, context: &Context<'_>) -> Result<Arc<Option<Arc<Column>>>> {
        context.get_or_create_aux(1, |column| {
            let table: String = context.get(0)?;
            let all = self.all();
            let columns = all.tables.get(&table.to_ascii_lowercase());
            let columns = columns.map_or(&[][..], Vec::as_slice);
            let found = match column {
                ValueRef::Integer(at) => usize::try_from(at).ok().and_then(|at| columns.get(at)),
                name => {
                    let name = name.as_str().unwrap_or_default();
                    columns.iter().find(|c| c.name.eq_ignore_ascii_case(name))
                }
            };
            Ok::<_, Error>(found.cloned())
        })
    }

    fn fit(&self, context: &Context<'_>) -> Result<Answer> {
        let value = cell(context.get_raw(3));
        let how: u8 = context.get(2)?;
        let (lenient, there) = (how & 1 == 1, how & 2 == 2);
        // What is not there the statement itself will miss.
        let column = self.named(context)?;
        let Some(column) = column.as_deref() else {
            return Ok(Answer(value));
        };
        let fitted = match column.ty {
            Some(ref ty) => {
                (ty.fit(value, lenient)).map_err(|why| said(why.of_column(&column.name)))?
            }
            None => value,
        };
        Ok(Answer(match fitted {
            Cell::Int(0) if column.numbered && !there => Cell::Null,
            Cell::Null if lenient && column.not_null && !column.numbered => {
                Type::implied(column.ty.as_ref())
            }
            // SQLite's REPLACE would take the default.
            Cell::Null if column.not_null && !column.numbered => {
                return Err(said(format!("Column '{}' cannot be null", column.name)));
            }
            fitted => fitted,
        }))
    }

    fn default(&self, context: &Context<'_>) -> Result<Answer> {
        let column = self.named(context)?;
        let Some(column) = column.as_deref() else {
            return Err(said("there is no such column to take the default of"));
        };
        let text = |text: &str| Cell::Text(Bytes::copy_from_slice(text.as_bytes()));
        Ok(Answer(match column.default.as_deref() {
            _ if column.numbered => Cell::Null,
            None => Cell::Null,
            Some(null) if null.eq_ignore_ascii_case("null") => Cell::Null,
            Some(literal) => match unwrapped(literal)
                .strip_prefix('\'')
                .and_then(|l| l.strip_suffix('\''))
            {
                Some(inner) => text(&inner.replace("''", "'")),
                None => match (unwrapped(literal).parse(), unwrapped(literal).parse()) {
                    (Ok(n), _) => Cell::Int(n),
                    (_, Ok(x)) => Cell::Real(x),
                    _ => {
                        let why = format!("the default of {} is no literal", column.name);
                        return Err(said(why));
                    }
                },
            },
        }))
    }

    /// Adds the functions that look here to a connection.
    pub(super) fn add(&self, conn: &Connection) -> Result<()> {
        self.forget();
        let (fit, default) = (self.clone(), self.clone());
        let flags = FunctionFlags::SQLITE_UTF8;
        conn.create_scalar_function("mysql_fit", 4, flags, move |c| fit.fit(c))?;
        conn.create_scalar_function("mysql_default", 2, flags, move |c| default.default(c))
    }
}

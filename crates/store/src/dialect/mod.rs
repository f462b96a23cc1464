//! MySQL's dialect, in which scripts write their statements (`vh.SQL`).

mod changes;
mod classes;
mod collate;
mod column;
mod ddl;
mod digits;
mod expr;
mod formats;
mod functions;
mod guard;
mod known;
mod lists;
mod moments;
mod names;
mod rows;
mod show;
mod statement;
mod tokens;
mod typed;
mod types;

pub(crate) use changes::Filling;
pub(crate) use formats::{
    as_digits, cast, datetime, formatted, grouped, moment, part, rounded, seconds,
};
pub(crate) use guard::guarded;
pub(crate) use known::{Kind, KnownColumn};
pub(crate) use lists::Members;
pub(crate) use show::described;
pub(crate) use statement::translate;
pub(crate) use types::Type;

/// One step of what a statement becomes for SQLite.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Step {
    /// A statement.
    Sql(String),
    /// The types of this table's columns are wanted by what follows.
    Columns(String),
    /// An INSERT of rows whose columns are not counted yet.
    Fill(Filling),
    /// A table made from what a SELECT finds.
    Make(Make),
    /// Gives a column another type.
    Retype(Retype),
    /// Changes rows one after the other in the order in which a query finds them.
    InOrder(InOrder),
    /// Takes the blanks off the end of texts in these columns, which are to be a key.
    Trim { table: String, columns: Vec<String> },
    /// The next number of a table whose rows are numbered, unless there are higher ones.
    Renumber { table: String, next: i64 },
}

/// A table made from what a SELECT finds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Make {
    pub table: String,
    pub temporary: bool,
    /// It may be there, and stays as it is then.
    pub if_not_exists: bool,
    pub query: String,
}

/// A change of rows in an order.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct InOrder {
    /// Finds the numbers of the rows.
    pub rows: String,
    /// Changes the row with the number `?1`.
    pub change: String,
}

/// Another type for a column, or a new column.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Retype {
    pub table: String,
    pub column: String,
    /// The type and all that stands behind it.
    pub definition: String,
    /// Where it is to stand from now on.
    pub place: Option<Place>,
    /// The column is new, and rows that are there have this in it, an expression.
    pub fill: Option<String>,
}

/// A column's place in its table.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Place {
    First,
    After(String),
}

/// The name itself of what [`name`] has quoted.
pub(crate) fn bare(name: &str) -> String {
    let inside = name
        .strip_prefix('`')
        .and_then(|name| name.strip_suffix('`'));
    inside.unwrap_or(name).replace("``", "`")
}

/// Why a statement is not translated: names the construct.
pub(crate) fn cannot(construct: impl std::fmt::Display) -> String {
    format!("{construct} cannot be used with SQLite")
}

/// A text as SQLite reads it, whatever is in it. Odd bytes are characters of the private area
/// (see [`crate::odd`]) until here.
pub(crate) fn literal(text: &str) -> String {
    let bytes = crate::odd::unescape(text.as_bytes().to_vec());
    match str::from_utf8(&bytes) {
        Ok(text) if !text.contains('\0') => format!("'{}'", text.replace('\'', "''")),
        _ => {
            let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
            format!("CAST(X'{hex}' AS TEXT)")
        }
    }
}

/// A name as SQLite reads it.
pub(crate) fn name(ident: &sqlparser::ast::Ident) -> String {
    // Not in double quotes: a column that is not there would be a text.
    format!("`{}`", ident.value.replace('`', "``"))
}

/// The last part of a name with the database in front of it: a hub has one database only.
pub(crate) fn table_name(object: &sqlparser::ast::ObjectName) -> String {
    match object.0.last().and_then(|part| part.as_ident()) {
        Some(ident) => name(ident),
        None => object.to_string(),
    }
}

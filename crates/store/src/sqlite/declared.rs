//! What a table was declared with, as SQLite keeps it: the words of its CREATE TABLE.

use std::sync::Arc;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OptionalExtension, Result};

use super::columns::Answer;
use crate::db::Cell;
use crate::dialect::{Kind, KnownColumn, Members, Type};
use crate::schema::is_ours;

/// The parts of the file: what is temporary hides what is permanent and has its name.
const SCHEMAS: [&str; 2] = ["temp", "main"];

/// The table that a name means.
pub(super) struct Declared {
    /// Where it is: `temp` or `main`.
    pub schema: &'static str,
    /// Its name as it is written there.
    pub name: String,
    /// Its CREATE TABLE.
    pub sql: String,
}

impl Declared {
    pub(super) fn numbers_itself(&self) -> bool {
        self.sql.to_ascii_uppercase().contains("AUTOINCREMENT")
    }
}

/// The table of this name, if there is one.
pub(super) fn table(conn: &Connection, name: &str) -> Result<Option<Declared>> {
    for schema in SCHEMAS {
        let sql = format!(
            "SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table' \
             AND name = ?1 COLLATE NOCASE"
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let found = statement.query_row([name], |row| {
            Ok(Declared {
                schema,
                name: row.get(0)?,
                sql: row.get(1)?,
            })
        });
        if let Some(found) = found.optional()? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether a schema has a table, view or index of this name.
pub(super) fn is_taken(conn: &Connection, schema: &str, name: &str) -> Result<bool> {
    let sql = format!("SELECT COUNT(*) FROM {schema}.sqlite_master WHERE name = ?1 COLLATE NOCASE");
    conn.query_row(&sql, [name], |row| row.get(0))
}

/// The parts of a CREATE TABLE between its outer parentheses, cut at the commas between them.
pub(super) fn parts(sql: &str) -> Option<Vec<String>> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut quote) = (0_usize, None);
    for c in sql.get(sql.find('(')? + 1..)?.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                parts.push(part.trim().to_owned());
                return Some(parts);
            }
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    None
}

/// The name of the column that a part is about; none for keys of the whole table.
pub(super) fn column_of(part: &str) -> Option<String> {
    column_and_rest(part).map(|(name, _)| name)
}

/// The same, and what is said of it.
fn column_and_rest(part: &str) -> Option<(String, &str)> {
    // SQLite writes the second one when it renames a column.
    for quote in ["`", "\""] {
        if let Some(rest) = part.strip_prefix(quote) {
            let twice = quote.repeat(2);
            let end = rest.replace(&twice, "\0\0").find(quote)?;
            let name = rest.get(..end)?.replace(&twice, quote);
            return Some((name, rest.get(end + 1..)?));
        }
    }
    let word = part.split([' ', '(']).next()?;
    let key = ["PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"];
    let rest = part.get(word.len()..)?;
    (!key.contains(&word.to_ascii_uppercase().as_str())).then(|| (word.to_owned(), rest))
}

pub(super) fn is_column(part: &str, name: &str) -> bool {
    column_of(part).is_some_and(|column| column.eq_ignore_ascii_case(name))
}

/// The type ENUM or SET of a column, by the constraint that stands behind it.
pub(super) fn list(part: &str) -> Option<Members> {
    let (_, said) = column_and_rest(part)?;
    let rest = said.trim_start().strip_prefix("text CONSTRAINT `")?;
    let end = rest.replace("``", "\0\0").find('`')?;
    let exact = rest.get(end..)?.contains(" COLLATE RTRIM");
    Members::read(&rest.get(..end)?.replace("``", "`"), exact)
}

/// The parts of a table's CREATE TABLE; none if there is no such table.
fn parts_of(conn: &Connection, table: &str) -> Result<Vec<String>> {
    let declared = self::table(conn, table)?;
    Ok(declared
        .and_then(|table| parts(&table.sql))
        .unwrap_or_default())
}

/// The columns of texts of a table.
pub(super) fn texts(conn: &Connection, table: &str) -> Result<Vec<String>> {
    let parts = parts_of(conn, table)?;
    let text = |part: &&String| part.contains(" COLLATE ");
    Ok(parts
        .iter()
        .filter(text)
        .filter_map(|part| column_of(part))
        .collect())
}

/// Whether a column is of bytes, by what is said of it.
fn is_bytes(said: &str) -> bool {
    let ty = said
        .trim_start()
        .split([' ', '('])
        .next()
        .unwrap_or_default();
    [
        "blob",
        "tinyblob",
        "mediumblob",
        "longblob",
        "binary",
        "varbinary",
    ]
    .contains(&ty)
}

/// What is known of a table's columns. Those of the hub's own tables are left alone, so that their
/// indexes count.
pub(super) fn known(conn: &Connection, table: &str) -> Result<Vec<KnownColumn>> {
    let parts = parts_of(conn, table)?;
    let first = "SELECT i.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i \
         WHERE i.seqno = 0";
    let mut first = conn.prepare_cached(first)?;
    let indexed = first.query_map([table], |row| row.get::<_, Option<String>>(0))?;
    let indexed = indexed.collect::<Result<Vec<_>>>()?;
    let kind = |part: &str, said: &str| match list(part) {
        _ if is_ours(table) => Kind::Other,
        Some(list) => Kind::List(Arc::new(list)),
        None if part.contains(" COLLATE NOCASE") => Kind::Text,
        None if is_bytes(said) => Kind::Bytes,
        None => match Type::declared(said.trim_start()) {
            Some(Type::Int(..) | Type::Decimal(..) | Type::Real { .. } | Type::Year) => {
                Kind::Number
            }
            Some(Type::Date) => Kind::Date,
            Some(Type::DateTime | Type::Timestamp) => Kind::DateTime,
            Some(Type::Time) => Kind::Time,
            _ => Kind::Other,
        },
    };
    let columns = parts.iter().filter_map(|part| {
        let (name, said) = column_and_rest(part)?;
        let known = |index: &Option<String>| index.as_deref() == Some(name.as_str());
        Some(KnownColumn {
            kind: kind(part, said),
            indexed: indexed.iter().any(known),
            name,
        })
    });
    Ok(columns.collect())
}

/// The list of the column that a call names: of a table, by its CREATE TABLE.
fn named(context: &Context<'_>) -> Option<Members> {
    let (sql, column) = (
        context.get_raw(0).as_str().ok()?,
        context.get_raw(1).as_str().ok()?,
    );
    let parts = parts(sql)?;
    parts
        .iter()
        .find(|part| is_column(part, column))
        .and_then(|part| list(part))
}

/// Adds the functions that tell of a column's list: `mysql_list(sql, column)` its type in MySQL's
/// words, `mysql_list_size` the most characters of a value. NULL for other columns.
pub(super) fn add(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("mysql_list", 2, flags, |context| {
        let words = named(context).map(|list| Cell::Text(list.words().into()));
        Ok(Answer(words.unwrap_or(Cell::Null)))
    })?;
    conn.create_scalar_function("mysql_list_size", 2, flags, |context| {
        let size = named(context).map(|list| list.size());
        Ok(size.and_then(|size| i64::try_from(size).ok()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_cut_into_its_parts() {
        let sql = "CREATE TABLE `t` (`a` int(11) NOT NULL DEFAULT ',)', `b``c` decimal(5,2), \
                   PRIMARY KEY (`a`, `b``c`), d text, \"e f\" int)";
        let parts = parts(sql).unwrap();
        assert_eq!(
            parts,
            [
                "`a` int(11) NOT NULL DEFAULT ',)'",
                "`b``c` decimal(5,2)",
                "PRIMARY KEY (`a`, `b``c`)",
                "d text",
                "\"e f\" int"
            ]
        );
        let names: Vec<_> = parts.iter().map(|part| column_of(part)).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            names,
            [name("a"), name("b`c"), None, name("d"), name("e f")]
        );
    }
}

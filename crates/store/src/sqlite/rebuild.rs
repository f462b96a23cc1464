//! What SQLite can only do by writing a table anew: another type for a column, or a place for a
//! new one. And a table made from a SELECT whose texts compare as MySQL's do.

use rusqlite::{Connection, OptionalExtension, Result};

use super::columns::{Columns, said};
use super::declared::{self, Declared, column_of, is_column, is_taken, parts};
use super::objections::TABLE;
use crate::dialect::{InOrder, Place, Retype};
use crate::schema::is_ours;

/// What a table may be called until it takes its place: a name that nothing else has.
pub(super) fn free_name(conn: &Connection) -> Result<String> {
    let mut name = "mysql_new".to_owned();
    for n in 1.. {
        if !is_taken(conn, "main", &name)? && !is_taken(conn, "temp", &name)? {
            break;
        }
        name = format!("mysql_new{n}");
    }
    Ok(name)
}

pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Gives a column another type, within the transaction that is open.
pub(super) fn retype(conn: &Connection, columns: &Columns, change: &Retype) -> Result<()> {
    let table = &change.table;
    // The guard lets none of these through; this is the wall behind it.
    if is_ours(table) {
        return Err(said(TABLE));
    }
    let declared = declared::table(conn, table)?;
    let declared = declared.ok_or_else(|| said(format!("no such table: {table}")))?;
    let parts = changed(&declared, change)?;
    let changed = Changed {
        column: &change.column,
        fill: change.fill.as_deref(),
    };
    anew(conn, columns, &declared, &parts, changed)
}

/// The parts of a table with the change.
fn changed(declared: &Declared, change: &Retype) -> Result<Vec<String>> {
    let Retype {
        column,
        definition,
        place,
        fill,
        ..
    } = change;
    let mut parts = parts(&declared.sql).ok_or_else(|| said("the table cannot be read"))?;
    let position = |parts: &[String]| parts.iter().position(|part| is_column(part, column));
    let at = match (position(&parts), fill) {
        (Some(at), None) => at,
        (None, Some(_)) => {
            // Behind the last column, in front of the keys.
            let columns = parts.iter().take_while(|part| column_of(part).is_some());
            let at = columns.count();
            parts.insert(at, String::new());
            at
        }
        (Some(_), Some(_)) => return Err(said(format!("duplicate column name: {column}"))),
        (None, None) => return Err(said(format!("no such column: {column}"))),
    };
    let mut definition = definition.clone();
    let key = |part: &str| {
        let inside = part
            .strip_prefix("PRIMARY KEY (")
            .and_then(|rest| rest.strip_suffix(')'));
        inside.is_some_and(|inside| is_column(inside, column))
    };
    if parts[at].contains(" UNIQUE") && !definition.contains(" UNIQUE") {
        definition.push_str(" UNIQUE");
    }
    let keyed = parts[at].contains(" PRIMARY KEY");
    if keyed && !definition.contains(" PRIMARY KEY") {
        definition.push_str(" PRIMARY KEY");
    }
    let in_key = |part: &String| {
        part.starts_with("PRIMARY KEY (")
            && declared::parts(part).is_some_and(|key| key.iter().any(|c| is_column(c, column)))
    };
    let never_null = keyed || parts.iter().any(in_key);
    if never_null && !definition.contains(" NOT NULL") && !definition.contains(" AUTOINCREMENT") {
        definition.push_str(" NOT NULL");
    }
    parts[at] = format!("{} {definition}", quoted(column));
    if definition.contains(" AUTOINCREMENT") {
        // It says itself that it is the key.
        parts.retain(|part| !key(part));
    }
    let at = position(&parts).unwrap_or(at);
    if let Some(place) = place {
        let part = parts.remove(at);
        let to = match place {
            Place::First => 0,
            Place::After(other) => {
                let other = parts.iter().position(|part| is_column(part, other));
                other.ok_or_else(|| said("no such column to stand behind"))? + 1
            }
        };
        parts.insert(to, part);
    }
    Ok(parts)
}

/// The columns of a table that SQLite made from a SELECT, as MySQL's: texts compare without their
/// case.
pub(super) fn folded(conn: &Connection, schema: &str, table: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT name, type FROM pragma_table_info(?1, ?2)")?;
    let parts = statement.query_map([table, schema], |row| {
        let (name, ty): (String, String) = (row.get(0)?, row.get(1)?);
        let fold = if ty.is_empty() || ty == "TEXT" {
            " COLLATE NOCASE"
        } else {
            ""
        };
        Ok(format!("{} {ty}{fold}", quoted(&name)))
    })?;
    parts.collect()
}

/// The column for whose sake a table is written anew.
#[derive(Clone, Copy)]
struct Changed<'a> {
    column: &'a str,
    /// Of a new column, what it has in each row; the values of others must fit their new type.
    fill: Option<&'a str>,
}

/// Takes the blanks off the end of texts in these columns.
pub(super) fn trim(conn: &Connection, table: &str, columns: &[String]) -> Result<()> {
    if is_ours(table) {
        return Ok(());
    }
    for column in declared::texts(conn, table)? {
        if columns
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&column))
        {
            let (table, column) = (quoted(table), quoted(&column));
            let blanks = format!("{column} <> rtrim({column}, ' ') COLLATE BINARY");
            let trim = format!("UPDATE {table} SET {column} = rtrim({column}, ' ') WHERE {blanks}");
            conn.execute(&trim, [])?;
        }
    }
    Ok(())
}

/// Writes a table anew with these parts.
fn anew(
    conn: &Connection,
    columns: &Columns,
    declared: &Declared,
    parts: &[String],
    changed: Changed<'_>,
) -> Result<()> {
    let Declared { schema, name, .. } = declared;
    let mut indexes = conn.prepare(&format!(
        "SELECT sql FROM {schema}.sqlite_master WHERE type = 'index' \
         AND tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL"
    ))?;
    let indexes = indexes.query_map([name], |row| row.get::<_, String>(0))?;
    let indexes = indexes.collect::<Result<Vec<String>>>()?;
    let new = free_name(conn)?;
    let make = format!("CREATE TABLE {schema}.{new} ({})", parts.join(", "));
    conn.execute(&make, [])?;
    columns.look_at(conn, &new)?;
    let names: Vec<String> = parts.iter().filter_map(|part| column_of(part)).collect();
    let Changed { column, fill } = changed;
    let value = |name: &String| match fill {
        _ if !name.eq_ignore_ascii_case(column) => quoted(name),
        Some(fill) => fill.to_owned(),
        None => format!("mysql_fit('{new}', {}, 0, {})", text(name), quoted(name)),
    };
    let last = last_number(conn, declared)?;
    let values: Vec<String> = names.iter().map(value).collect();
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let (names, values, table) = (names.join(", "), values.join(", "), quoted(name));
    for statement in [
        format!("INSERT INTO {schema}.{new} ({names}) SELECT {values} FROM {schema}.{table}"),
        format!("DROP TABLE {schema}.{table}"),
        format!("ALTER TABLE {schema}.{new} RENAME TO {table}"),
    ] {
        conn.execute(&statement, [])?;
    }
    if let Some(last) = last {
        renumber(conn, name, last)?;
    }
    (indexes.iter()).try_for_each(|sql| conn.execute(sql, []).map(drop))
}

/// The highest number that a table ever gave to a row, if it numbers them.
fn last_number(conn: &Connection, table: &Declared) -> Result<Option<i64>> {
    let Declared { schema, name, .. } = table;
    if !is_taken(conn, schema, "sqlite_sequence")? {
        return Ok(None);
    }
    let last = format!("SELECT seq FROM {schema}.sqlite_sequence WHERE name = ?1 COLLATE NOCASE");
    conn.query_row(&last, [name], |row| row.get(0)).optional()
}

/// Changes rows one after the other.
pub(super) fn in_order(conn: &Connection, change: &InOrder) -> Result<()> {
    let mut rows = conn.prepare(&change.rows)?;
    let rows = rows.query_map([], |row| row.get::<_, i64>(0))?;
    let rows = rows.collect::<Result<Vec<i64>>>()?;
    let mut change = conn.prepare(&change.change)?;
    rows.iter()
        .try_for_each(|row| change.execute([row]).map(drop))
}

/// Has a table that numbers its rows go on behind this number, or its highest.
pub(super) fn renumber(conn: &Connection, table: &str, last: i64) -> Result<()> {
    let declared = declared::table(conn, table)?;
    let Some(declared) = declared.filter(|t| t.numbers_itself() && !is_ours(&t.name)) else {
        return Ok(());
    };
    let Declared { schema, name, .. } = declared;
    let delete = format!("DELETE FROM {schema}.sqlite_sequence WHERE name = ?1");
    conn.execute(&delete, [&name])?;
    let highest = format!(
        "SELECT max(0, ifnull(max(rowid), 0)) FROM {schema}.{}",
        quoted(&name)
    );
    let highest: i64 = conn.query_row(&highest, [], |row| row.get(0))?;
    let insert = format!("INSERT INTO {schema}.sqlite_sequence (name, seq) VALUES (?1, ?2)");
    conn.execute(&insert, (&name, last.max(highest))).map(drop)
}

//! What SQLite can only do by writing a table anew: another type for a column, or letting the
//! texts of a table made from a SELECT compare as MySQL's do.

use rusqlite::{Connection, OptionalExtension, Result};

use super::columns::Columns;
use super::declared::{column_of, is_column, parts};
use crate::dialect::{Place, Retype};
use crate::schema::is_ours;

/// What the table is called until it takes the old one's place.
const NEW: &str = "mysql_new";

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Gives a column another type, within the transaction that is open.
pub(super) fn retype(conn: &Connection, columns: &Columns, change: &Retype) -> Result<(), String> {
    let failed = |why: rusqlite::Error| super::words(&why);
    let Retype {
        table,
        column,
        definition,
        place,
        fill,
    } = change;
    // The guard lets none of these through; this is the wall behind it.
    if is_ours(table) {
        return Err("this table is the hub's own and must stay as it is".to_owned());
    }
    let sql = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    let sql: Option<String> =
        (conn.query_row(sql, [table], |row| row.get(0)).optional()).map_err(failed)?;
    let sql = sql.ok_or_else(|| format!("no such table: {table}"))?;
    let mut parts = parts(&sql).ok_or("the table cannot be read")?;
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
        (Some(_), Some(_)) => return Err(format!("duplicate column name: {column}")),
        (None, None) => return Err(format!("no such column: {column}")),
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
                other.ok_or("no such column to stand behind")? + 1
            }
        };
        parts.insert(to, part);
    }
    let changed = Changed {
        column,
        fill: fill.as_deref(),
    };
    anew(conn, columns, table, &parts, Some(changed)).map_err(failed)
}

/// Lets the texts of a table compare without regard to case, within the transaction that is open.
pub(super) fn fold(conn: &Connection, columns: &Columns, table: &str) -> Result<()> {
    // As SQLite itself writes down what it makes from a SELECT; IF NOT EXISTS has made nothing.
    let made = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' \
         AND name = ?1 COLLATE NOCASE AND sql NOT LIKE '%`%'";
    let made: bool = conn.query_row(made, [table], |row| row.get(0))?;
    if !made || is_ours(table) {
        return Ok(());
    }
    let mut statement = conn.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
    let parts = statement.query_map([table], |row| {
        let (name, ty): (String, String) = (row.get(0)?, row.get(1)?);
        let fold = if ty.is_empty() || ty == "TEXT" {
            " COLLATE NOCASE"
        } else {
            ""
        };
        Ok(format!("{} {ty}{fold}", quoted(&name)))
    })?;
    let parts = parts.collect::<Result<Vec<String>>>()?;
    anew(conn, columns, table, &parts, None)
}

/// The column for whose sake a table is written anew.
#[derive(Clone, Copy)]
struct Changed<'a> {
    column: &'a str,
    /// Of a new column, what it has in each row; the values of others must fit their new type.
    fill: Option<&'a str>,
}

/// Writes a table anew with these parts.
fn anew(
    conn: &Connection,
    columns: &Columns,
    table: &str,
    parts: &[String],
    changed: Option<Changed<'_>>,
) -> Result<()> {
    let mut indexes = conn.prepare(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 COLLATE NOCASE \
         AND sql IS NOT NULL",
    )?;
    let indexes = indexes.query_map([table], |row| row.get::<_, String>(0))?;
    let indexes = indexes.collect::<Result<Vec<String>>>()?;
    conn.execute(&format!("CREATE TABLE {NEW} ({})", parts.join(", ")), [])?;
    columns.look_at(conn, NEW)?;
    let names: Vec<String> = parts.iter().filter_map(|part| column_of(part)).collect();
    let value = |name: &String| match changed {
        Some(Changed { column, fill }) if name.eq_ignore_ascii_case(column) => match fill {
            Some(fill) => fill.to_owned(),
            None => format!("mysql_fit('{NEW}', {}, 0, {})", text(name), quoted(name)),
        },
        _ => quoted(name),
    };
    let next = last_number(conn, table)?;
    let values: Vec<String> = names.iter().map(value).collect();
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let bare = table.to_owned();
    let (names, values, table) = (names.join(", "), values.join(", "), quoted(table));
    for statement in [
        format!("INSERT INTO {NEW} ({names}) SELECT {values} FROM {table}"),
        format!("DROP TABLE {table}"),
        format!("ALTER TABLE {NEW} RENAME TO {table}"),
    ] {
        conn.execute(&statement, [])?;
    }
    if let Some(last) = next {
        renumber(conn, &bare, last)?;
    }
    (indexes.iter()).try_for_each(|sql| conn.execute(sql, []).map(drop))
}

/// The highest number that a table ever gave to a row, if it numbers them.
fn last_number(conn: &Connection, table: &str) -> Result<Option<i64>> {
    let numbers = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_sequence'";
    if conn.query_row(numbers, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let last = "SELECT seq FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE";
    conn.query_row(last, [table], |row| row.get(0)).optional()
}

/// Has a table that numbers its rows go on behind this number, or its highest.
pub(super) fn renumber(conn: &Connection, table: &str, last: i64) -> Result<()> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE \
         AND sql LIKE '%AUTOINCREMENT%'";
    let name: Option<String> = conn.query_row(sql, [table], |row| row.get(0)).optional()?;
    let Some(name) = name.filter(|name| !is_ours(name)) else {
        return Ok(());
    };
    conn.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [&name])?;
    let highest = format!(
        "SELECT max(0, ifnull(max(rowid), 0)) FROM {}",
        quoted(&name)
    );
    let highest: i64 = conn.query_row(&highest, [], |row| row.get(0))?;
    let insert = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
    conn.execute(insert, (&name, last.max(highest))).map(drop)
}

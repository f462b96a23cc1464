//! What SQLite can only do by writing a table anew: another type for a column, or letting the
//! texts of a table made from a SELECT compare as MySQL's do.

use rusqlite::{Connection, OptionalExtension, Result};

use super::columns::Columns;
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

/// The parts of a CREATE TABLE between its outer parentheses, cut at the commas between them.
fn parts(sql: &str) -> Option<Vec<String>> {
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
fn column_of(part: &str) -> Option<String> {
    // SQLite writes the second one when it renames a column.
    for quote in ["`", "\""] {
        if let Some(rest) = part.strip_prefix(quote) {
            let twice = quote.repeat(2);
            let end = rest.replace(&twice, "\0\0").find(quote)?;
            return Some(rest.get(..end)?.replace(&twice, quote));
        }
    }
    let word = part.split([' ', '(']).next()?;
    let key = ["PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"];
    (!key.contains(&word.to_ascii_uppercase().as_str())).then(|| word.to_owned())
}

fn is_column(part: &str, name: &str) -> bool {
    column_of(part).is_some_and(|column| column.eq_ignore_ascii_case(name))
}

/// Gives a column another type, within the transaction that is open.
pub(super) fn retype(conn: &Connection, columns: &Columns, change: &Retype) -> Result<(), String> {
    let failed = |why: rusqlite::Error| super::words(&why);
    let Retype {
        table,
        column,
        definition,
        place,
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
    let at = (parts.iter().position(|part| is_column(part, column)))
        .ok_or_else(|| format!("no such column: {column}"))?;
    let mut definition = definition.clone();
    let key = |part: &str| {
        let inside = part
            .strip_prefix("PRIMARY KEY (")
            .and_then(|rest| rest.strip_suffix(')'));
        inside.is_some_and(|inside| is_column(inside, column))
    };
    if definition.contains(" AUTOINCREMENT") {
        // It says itself that it is the key.
        parts.retain(|part| !key(part));
    } else if parts[at].contains(" PRIMARY KEY") && !definition.contains(" PRIMARY KEY") {
        definition.push_str(" PRIMARY KEY");
    }
    if parts[at].contains(" UNIQUE") && !definition.contains(" UNIQUE") {
        definition.push_str(" UNIQUE");
    }
    let at = (parts.iter().position(|part| is_column(part, column))).unwrap_or(at);
    parts[at] = format!("{} {definition}", quoted(column));
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
    anew(conn, columns, table, &parts, Some(column)).map_err(failed)
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

/// Writes a table anew with these parts. `fitted`: the column whose values must fit its new type.
fn anew(
    conn: &Connection,
    columns: &Columns,
    table: &str,
    parts: &[String],
    fitted: Option<&str>,
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
    let value = |name: &String| match fitted {
        Some(fitted) if name.eq_ignore_ascii_case(fitted) => {
            format!("mysql_fit('{NEW}', {}, 0, {})", text(name), quoted(name))
        }
        _ => quoted(name),
    };
    let values: Vec<String> = names.iter().map(value).collect();
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let (names, values, table) = (names.join(", "), values.join(", "), quoted(table));
    for statement in [
        format!("INSERT INTO {NEW} ({names}) SELECT {values} FROM {table}"),
        format!("DROP TABLE {table}"),
        format!("ALTER TABLE {NEW} RENAME TO {table}"),
    ] {
        conn.execute(&statement, [])?;
    }
    (indexes.iter()).try_for_each(|sql| conn.execute(sql, []).map(drop))
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

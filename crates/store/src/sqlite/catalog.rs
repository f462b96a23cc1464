//! `information_schema` for scripts: what it says of tables and columns.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Result};

use crate::dialect::described;

/// Digits of whole numbers, with a sign and without.
const DIGITS: &[(&str, i64, i64)] = &[
    ("tinyint", 3, 3),
    ("smallint", 5, 5),
    ("mediumint", 7, 7),
    ("int", 10, 10),
    ("bigint", 19, 20),
];
/// Most bytes of texts that have no length.
const SIZES: &[(&str, i64)] = &[
    ("tinytext", 255),
    ("tinyblob", 255),
    ("text", 65_535),
    ("blob", 65_535),
    ("mediumtext", 16_777_215),
    ("mediumblob", 16_777_215),
    ("longtext", 4_294_967_295),
    ("longblob", 4_294_967_295),
];

/// What a type says of itself, `what` being the column of `information_schema.columns` that is asked
/// for.
fn told(ty: &str, what: &str) -> Option<i64> {
    let ty = ty.to_ascii_lowercase();
    let name = ty.split(['(', ' ']).next().unwrap_or_default();
    let inside = (ty.split_once('(')).and_then(|(_, rest)| rest.split_once(')'));
    let inside = inside.map_or("", |(inside, _)| inside);
    let mut sizes = inside.split(',').map(|size| size.trim().parse().ok());
    let (first, second) = (sizes.next().flatten(), sizes.next().flatten());
    let digits = DIGITS.iter().find(|(int, ..)| *int == name);
    match what {
        "precision" => match name {
            "decimal" | "bit" => first,
            "float" => first.or(Some(12)),
            "double" => first.or(Some(22)),
            _ => digits.map(|(_, signed, unsigned)| match ty.ends_with(" unsigned") {
                true => *unsigned,
                false => *signed,
            }),
        },
        "scale" => match name {
            "decimal" => second.or(Some(0)),
            "float" | "double" => second,
            _ => digits.map(|_| 0),
        },
        "moment" => matches!(name, "datetime" | "timestamp" | "time").then_some(0),
        "length" => match name {
            "char" | "varchar" | "binary" | "varbinary" => first,
            _ => (SIZES.iter()).find_map(|(text, size)| (*text == name).then_some(*size)),
        },
        _ => None,
    }
}

/// Makes the views, for this connection only: nothing of them is in the file. Words in them compare
/// without their case.
pub(super) fn add(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("mysql_told", 2, flags, |context| {
        let ty: String = context.get(0)?;
        let what: String = context.get(1)?;
        Ok(told(&ty, &what))
    })?;
    let tables = "CREATE TEMP VIEW `information_schema.tables` AS SELECT 'def' AS TABLE_CATALOG, \
         'main' AS TABLE_SCHEMA, name AS TABLE_NAME, \
         iif(type = 'view', 'VIEW', 'BASE TABLE') COLLATE NOCASE AS TABLE_TYPE, \
         iif(type = 'view', NULL, 'SQLite') COLLATE NOCASE AS ENGINE, iif(type = 'view', NULL, 10) AS VERSION, \
         iif(type = 'view', NULL, 'Dynamic') COLLATE NOCASE AS ROW_FORMAT, NULL AS TABLE_ROWS, NULL AS AUTO_INCREMENT, NULL AS CREATE_TIME, \
         NULL AS UPDATE_TIME, iif(type = 'view', NULL, 'utf8mb4_general_ci') COLLATE NOCASE \
           AS TABLE_COLLATION, \
         iif(type = 'view', NULL, '') AS CREATE_OPTIONS, iif(type = 'view', 'VIEW', '') \
           AS TABLE_COMMENT \
         FROM main.sqlite_master WHERE type IN ('table', 'view') \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let [ty, nullable, key, default, extra] = described("m.name");
    let word = "lower(CASE WHEN instr(COLUMN_TYPE, '(') > 0 \
         THEN substr(COLUMN_TYPE, 1, instr(COLUMN_TYPE, '(') - 1) \
         WHEN instr(COLUMN_TYPE, ' ') > 0 THEN substr(COLUMN_TYPE, 1, instr(COLUMN_TYPE, ' ') - 1) \
         ELSE COLUMN_TYPE END)";
    let words = "DATA_TYPE LIKE '%char' OR DATA_TYPE LIKE '%text' OR DATA_TYPE IN ('enum', 'set')";
    let all = format!(
        "SELECT m.name AS TABLE_NAME, c.name AS COLUMN_NAME, c.cid + 1 AS ORDINAL_POSITION, \
         {default} AS COLUMN_DEFAULT, {nullable} AS IS_NULLABLE, {ty} AS COLUMN_TYPE, \
         {key} AS COLUMN_KEY, {extra} AS EXTRA, mysql_list_size(m.sql, c.name) AS LIST_SIZE \
         FROM main.sqlite_master AS m JOIN pragma_table_info(m.name) AS c \
         WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    );
    let typed = format!("SELECT *, {word} AS DATA_TYPE FROM ({all})");
    let columns = format!(
        "CREATE TEMP VIEW `information_schema.columns` AS SELECT 'def' AS TABLE_CATALOG, \
         'main' AS TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME COLLATE NOCASE AS COLUMN_NAME, \
         ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE COLLATE NOCASE AS IS_NULLABLE, \
         DATA_TYPE COLLATE NOCASE AS DATA_TYPE, \
         ifnull(LIST_SIZE, mysql_told(COLUMN_TYPE, 'length')) AS CHARACTER_MAXIMUM_LENGTH, \
         mysql_told(COLUMN_TYPE, 'precision') AS NUMERIC_PRECISION, \
         mysql_told(COLUMN_TYPE, 'scale') AS NUMERIC_SCALE, \
         mysql_told(COLUMN_TYPE, 'moment') AS DATETIME_PRECISION, \
         iif({words}, 'utf8mb4', NULL) COLLATE NOCASE AS CHARACTER_SET_NAME, \
         iif({words}, 'utf8mb4_general_ci', NULL) COLLATE NOCASE AS COLLATION_NAME, \
         COLUMN_TYPE COLLATE NOCASE AS COLUMN_TYPE, COLUMN_KEY COLLATE NOCASE AS COLUMN_KEY, \
         EXTRA COLLATE NOCASE AS EXTRA, 'select,insert,update' AS PRIVILEGES, \
         '' AS COLUMN_COMMENT, 'NEVER' AS IS_GENERATED, NULL AS GENERATION_EXPRESSION FROM ({typed})"
    );
    conn.execute_batch(tables)?;
    conn.execute_batch(&columns)
}

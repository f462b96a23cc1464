//! `information_schema` for scripts: what it says of tables and columns.

use rusqlite::{Connection, Result};

use crate::dialect::described;

/// Makes the views, for this connection only: nothing of them is in the file.
pub(super) fn add(conn: &Connection) -> Result<()> {
    let tables = "CREATE TEMP VIEW `information_schema.tables` AS SELECT 'def' AS TABLE_CATALOG, \
         'main' AS TABLE_SCHEMA, name AS TABLE_NAME, \
         iif(type = 'view', 'VIEW', 'BASE TABLE') AS TABLE_TYPE, \
         iif(type = 'view', NULL, 'SQLite') AS ENGINE, NULL AS TABLE_ROWS, '' AS TABLE_COMMENT \
         FROM main.sqlite_master WHERE type IN ('table', 'view') \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let size = "CAST(substr(c.type, instr(c.type, '(') + 1) AS INTEGER)";
    let word = "lower(CASE WHEN instr(c.type, ' ') > 0 THEN substr(c.type, 1, instr(c.type, ' ') - 1) \
         WHEN instr(c.type, '(') > 0 THEN substr(c.type, 1, instr(c.type, '(') - 1) ELSE c.type END)";
    let list = "mysql_list(m.sql, c.name)";
    let [ty, nullable, key, default, extra] = described("m.name");
    let columns = format!(
        "CREATE TEMP VIEW `information_schema.columns` AS SELECT 'def' AS TABLE_CATALOG, \
         'main' AS TABLE_SCHEMA, m.name AS TABLE_NAME, c.name AS COLUMN_NAME, \
         c.cid + 1 AS ORDINAL_POSITION, {default} AS COLUMN_DEFAULT, {nullable} AS IS_NULLABLE, \
         CASE WHEN {extra} <> '' THEN 'int' WHEN {list} LIKE 'enum%' THEN 'enum' \
         WHEN {list} LIKE 'set%' THEN 'set' ELSE {word} END AS DATA_TYPE, \
         CASE WHEN {list} IS NOT NULL THEN mysql_list_size(m.sql, c.name) WHEN {word} LIKE '%char' THEN {size} WHEN {word} = 'text' THEN 65535 END \
           AS CHARACTER_MAXIMUM_LENGTH, \
         {ty} AS COLUMN_TYPE, {key} AS COLUMN_KEY, {extra} AS EXTRA \
         FROM main.sqlite_master AS m JOIN pragma_table_info(m.name) AS c \
         WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    );
    conn.execute_batch(tables)?;
    conn.execute_batch(&columns)
}

//! What SHOW and DESCRIBE answer.

use sqlparser::ast::{ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions};

use super::{cannot, literal, table_name};

/// `AND column LIKE pattern`.
fn filter(options: &ShowStatementOptions, column: &str) -> Result<String, String> {
    let filter = match &options.filter_position {
        None => return Ok(String::new()),
        Some(
            ShowStatementFilterPosition::Infix(filter)
            | ShowStatementFilterPosition::Suffix(filter),
        ) => filter,
    };
    match filter {
        ShowStatementFilter::Like(pattern) => Ok(format!(
            " AND {column} LIKE {} ESCAPE '\\'",
            literal(pattern)
        )),
        _ => Err(cannot("SHOW ... WHERE")),
    }
}

pub(super) fn tables(options: &ShowStatementOptions, full: bool) -> Result<Vec<String>, String> {
    let kind = if full {
        ", iif(type = 'view', 'VIEW', 'BASE TABLE')"
    } else {
        ""
    };
    let filter = filter(options, "name")?;
    Ok(vec![format!(
        "SELECT name{kind} FROM sqlite_master WHERE type IN ('table', 'view') \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'{filter} ORDER BY name"
    )])
}

pub(super) fn columns(options: &ShowStatementOptions, full: bool) -> Result<Vec<String>, String> {
    if full {
        return Err(cannot("SHOW FULL COLUMNS"));
    }
    let table = options
        .show_in
        .as_ref()
        .and_then(|i| i.parent_name.as_ref());
    let table = table
        .map(table_name)
        .ok_or_else(|| cannot("SHOW COLUMNS without a table"))?;
    let filter = filter(options, "c.name")?;
    description(&table, &filter)
}

pub(super) fn describe(table: &str) -> Result<Vec<String>, String> {
    description(table, "")
}

/// What DESCRIBE says of a column `c` of a table, an expression: type, whether NULL is possible,
/// key, default, and what else.
pub(crate) fn described(table: &str) -> [String; 5] {
    let made_in = |schema: &str| {
        format!(
            "(SELECT sql FROM {schema}.sqlite_master WHERE type = 'table' \
             AND name = {table} COLLATE NOCASE)"
        )
    };
    // What is temporary hides what is permanent.
    let made = format!("ifnull({}, {})", made_in("temp"), made_in("main"));
    let numbered = format!("(c.pk AND c.type = 'INTEGER' AND {made} LIKE '%AUTOINCREMENT%')");
    let list = format!("mysql_list({made}, c.name)");
    let in_index = |unique: i32, only: &str| {
        format!(
            "EXISTS (SELECT 1 FROM pragma_index_list({table}) AS l JOIN pragma_index_info(l.name) AS i \
             WHERE l.\"unique\" = {unique} AND i.seqno = 0 AND i.name = c.name{only})"
        )
    };
    let alone = " AND (SELECT count(*) FROM pragma_index_info(l.name)) = 1";
    let unique = in_index(1, alone);
    let (first, plain) = (in_index(1, ""), in_index(0, ""));
    [
        format!(
            "CASE WHEN {numbered} THEN 'int(11)' WHEN {list} IS NOT NULL THEN {list} WHEN c.type LIKE '% unsigned(%' \
             THEN replace(c.type, ' unsigned', '') || ' unsigned' ELSE lower(c.type) END"
        ),
        "iif(c.\"notnull\" OR c.pk, 'NO', 'YES')".to_owned(),
        format!(
            "CASE WHEN c.pk THEN 'PRI' WHEN {unique} THEN 'UNI' WHEN {first} OR {plain} THEN 'MUL' \
             ELSE '' END"
        ),
        "CASE WHEN c.dflt_value LIKE '''%' \
         THEN replace(substr(c.dflt_value, 2, length(c.dflt_value) - 2), '''''', '''') \
         WHEN upper(c.dflt_value) = 'NULL' OR c.dflt_value LIKE '(%' THEN NULL ELSE c.dflt_value END"
            .to_owned(),
        format!("iif({numbered}, 'auto_increment', '')"),
    ]
}

fn description(table: &str, filter: &str) -> Result<Vec<String>, String> {
    let text = literal(&table.trim_matches('`').replace("``", "`"));
    let parts = described(&text).join(", ");
    Ok(vec![
        // Says that there is no such table; a look at nothing would be empty.
        format!("SELECT 1 FROM {table} LIMIT 0"),
        format!(
            "SELECT c.name, {parts} FROM pragma_table_info({text}) AS c WHERE 1{filter} ORDER BY c.cid"
        ),
    ])
}

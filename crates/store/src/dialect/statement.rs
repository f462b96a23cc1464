//! One statement of MySQL's as statements of SQLite's.

use sqlparser::ast::{
    Delete, Expr, FromTable, Insert, ObjectType, OnInsert, Query, SetExpr, Statement, TableFactor,
    TableObject, TableWithJoins, Update, Visit, Visitor,
};

use super::{cannot, ddl, expr, guard, name, show, table_name};

/// Translates one statement in UTF-8, with odd bytes as characters of the private area, into
/// statements to be run one after the other; the last one's rows are the result.
///
/// # Errors
/// What is refused or cannot be translated, by its name.
pub(crate) fn translate(query: &str) -> Result<Vec<String>, String> {
    super::tokens::with_stack(query, translated)
}

fn translated(query: &str) -> Result<Vec<String>, String> {
    let Some(checked) = guard::guard(query, None)? else {
        return Ok(Vec::new());
    };
    let statement = checked.statement.and_then(|s| one(s).transpose());
    let Some(sql) = statement.transpose()? else {
        let words: Vec<&str> = query.split_whitespace().take(2).collect();
        return Err(cannot(words.join(" ").to_uppercase()));
    };
    Ok(match checked.ignore {
        true => (sql.into_iter())
            .map(|sql| sql.replacen("UPDATE ", "UPDATE OR IGNORE ", 1))
            .collect(),
        false => sql,
    })
}

/// `None`: none of those that are translated.
fn one(mut statement: Statement) -> Result<Option<Vec<String>>, String> {
    let sql = match &mut statement {
        Statement::Query(query) => {
            select(query)?;
            Ok(vec![query.to_string()])
        }
        Statement::Insert(insert) => self::insert(insert),
        Statement::Update(update) => self::update(update),
        Statement::Delete(delete) => self::delete(delete),
        Statement::Explain { statement, .. } => match &mut **statement {
            Statement::Query(query) => {
                select(query)?;
                Ok(vec![format!("EXPLAIN QUERY PLAN {query}")])
            }
            _ => Err(cannot("EXPLAIN of a change")),
        },
        Statement::CreateView(create) => {
            select(&mut create.query)?;
            let (name, query) = (table_name(&create.name), &create.query);
            let drop = create
                .or_replace
                .then(|| format!("DROP VIEW IF EXISTS {name}"));
            let exists = if create.if_not_exists {
                "IF NOT EXISTS "
            } else {
                ""
            };
            let make = format!("CREATE VIEW {exists}{name} AS {query}");
            Ok(drop.into_iter().chain([make]).collect())
        }
        Statement::CreateTable(create) if create.or_replace => {
            let name = table_name(&create.name);
            let make = ddl::create_table(create)?;
            let drop = format!("DROP TABLE IF EXISTS {name}");
            Ok(std::iter::once(drop).chain(make).collect())
        }
        Statement::CreateTable(create) => ddl::create_table(create),
        Statement::CreateIndex(create) => ddl::create_index(create),
        Statement::AlterTable(alter) => ddl::alter_table(alter),
        Statement::Truncate(truncate) => Ok((truncate.table_names.iter())
            .map(|table| format!("DELETE FROM {}", table_name(&table.name)))
            .collect()),
        Statement::RenameTable(renames) => Ok((renames.iter())
            .map(|r| {
                let (old, new) = (table_name(&r.old_name), table_name(&r.new_name));
                format!("ALTER TABLE {old} RENAME TO {new}")
            })
            .collect()),
        Statement::Drop {
            object_type,
            if_exists,
            names,
            ..
        } => {
            let exists = if *if_exists { "IF EXISTS " } else { "" };
            match object_type {
                ObjectType::Table | ObjectType::View | ObjectType::Index => {}
                other => return Err(cannot(format!("DROP {other}"))),
            }
            Ok((names.iter())
                .map(|name| format!("DROP {object_type} {exists}{}", table_name(name)))
                .collect())
        }
        Statement::ShowTables {
            show_options, full, ..
        } => show::tables(show_options, *full),
        Statement::ShowColumns {
            show_options, full, ..
        } => show::columns(show_options, *full),
        Statement::ExplainTable {
            table_name: table, ..
        } => show::describe(&table_name(table)),
        _ => return Ok(None),
    };
    sql.map(Some)
}

/// A SELECT with all that is in it.
fn select(query: &mut Query) -> Result<(), String> {
    expr::translate(query)?;
    if let std::ops::ControlFlow::Break(why) = query.visit(&mut Foreign) {
        return Err(why);
    }
    clean(query);
    Ok(())
}

/// Takes off what means nothing to SQLite.
fn clean(query: &mut Query) {
    query.locks.clear();
    if let SetExpr::Select(select) = &mut *query.body {
        let dual = |table: &TableWithJoins| {
            matches!(&table.relation, TableFactor::Table { name, .. }
                if table_name(name).eq_ignore_ascii_case("`dual`"))
        };
        select.from.retain(|table| !dual(table));
        select.optimizer_hints.clear();
    }
}

/// Looks for what SQLite has not.
struct Foreign;

impl Visitor for Foreign {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> std::ops::ControlFlow<String> {
        use std::ops::ControlFlow::{Break, Continue};
        if let SetExpr::Select(select) = &*query.body {
            if select.into.is_some() {
                return Break(cannot("SELECT ... INTO"));
            }
            for table in &select.from {
                if let TableFactor::Table { index_hints, .. } = &table.relation
                    && !index_hints.is_empty()
                {
                    return Break(cannot("an index hint"));
                }
            }
        }
        Continue(())
    }
}

/// `column = value` pairs.
fn assignments(list: &[sqlparser::ast::Assignment]) -> Result<Vec<(String, String)>, String> {
    use sqlparser::ast::AssignmentTarget;
    (list.iter())
        .map(|a| match &a.target {
            AssignmentTarget::ColumnName(column) => Ok((table_name(column), a.value.to_string())),
            AssignmentTarget::Tuple(_) => Err(cannot("an assignment to several columns")),
        })
        .collect()
}

fn pairs(list: &[(String, String)]) -> String {
    let pairs: Vec<String> = list.iter().map(|(c, v)| format!("{c} = {v}")).collect();
    pairs.join(", ")
}

fn insert(insert: &mut Insert) -> Result<Vec<String>, String> {
    expr::translate(insert)?;
    let TableObject::TableName(table) = &insert.table else {
        return Err(cannot("INSERT into what is no table"));
    };
    let verb = match (insert.replace_into, insert.ignore) {
        (true, _) => "REPLACE",
        (false, true) => "INSERT OR IGNORE",
        (false, false) => "INSERT",
    };
    let mut columns: Vec<String> = insert.columns.iter().map(table_name).collect();
    let source = if !insert.assignments.is_empty() {
        let set = assignments(&insert.assignments)?;
        columns = set.iter().map(|(column, _)| column.clone()).collect();
        let values: Vec<String> = set.into_iter().map(|(_, value)| value).collect();
        format!("VALUES ({})", values.join(", "))
    } else {
        match &mut insert.source {
            None => "DEFAULT VALUES".to_owned(),
            Some(query) => {
                clean(query);
                match &mut *query.body {
                    SetExpr::Values(values) if values.rows.iter().all(|row| row.is_empty()) => {
                        "DEFAULT VALUES".to_owned()
                    }
                    SetExpr::Values(values) => {
                        values.value_keyword = false;
                        values.explicit_row = false;
                        query.to_string()
                    }
                    SetExpr::Select(select) => {
                        // Or ON CONFLICT would be read as part of a join.
                        select
                            .selection
                            .get_or_insert_with(|| Expr::value(number(1)));
                        query.to_string()
                    }
                    _ => query.to_string(),
                }
            }
        }
    };
    let columns = match columns.is_empty() {
        true => String::new(),
        false => format!(" ({})", columns.join(", ")),
    };
    let conflict = match &insert.on {
        None => String::new(),
        Some(OnInsert::DuplicateKeyUpdate(list)) => {
            format!(" ON CONFLICT DO UPDATE SET {}", pairs(&assignments(list)?))
        }
        Some(other) => return Err(cannot(other.to_string().trim())),
    };
    let table = table_name(table);
    Ok(vec![format!(
        "{verb} INTO {table}{columns} {source}{conflict}"
    )])
}

fn number(n: i64) -> sqlparser::ast::Value {
    sqlparser::ast::Value::Number(n.to_string(), false)
}

/// One table without joins: its name and what it is called in the statement.
fn single(table: &TableWithJoins, what: &str) -> Result<(String, String), String> {
    match &table.relation {
        TableFactor::Table {
            name: table_,
            alias,
            ..
        } if table.joins.is_empty() => {
            let alias = alias.as_ref().map(|a| format!(" AS {}", name(&a.name)));
            Ok((table_name(table_), alias.unwrap_or_default()))
        }
        _ => Err(cannot(format!("{what} of several tables"))),
    }
}

/// The rows that a change is about, when it says an order or limit, which SQLite does not have
/// there.
fn where_rows(
    table: &str,
    selection: &Option<Expr>,
    order_by: &[sqlparser::ast::OrderByExpr],
    limit: &Option<Expr>,
) -> String {
    let selection = (selection.as_ref()).map_or_else(String::new, |e| format!(" WHERE {e}"));
    if limit.is_none() {
        return selection;
    }
    let order: Vec<String> = order_by.iter().map(ToString::to_string).collect();
    let order = match order.is_empty() {
        true => String::new(),
        false => format!(" ORDER BY {}", order.join(", ")),
    };
    let limit = limit
        .as_ref()
        .map_or_else(String::new, |n| format!(" LIMIT {n}"));
    format!(" WHERE rowid IN (SELECT rowid FROM {table}{selection}{order}{limit})")
}

fn update(update: &mut Update) -> Result<Vec<String>, String> {
    expr::translate(update)?;
    let (table, alias) = single(&update.table, "UPDATE")?;
    let set = pairs(&assignments(&update.assignments)?);
    let rows = where_rows(&table, &update.selection, &update.order_by, &update.limit);
    let or = (update.or.as_ref()).map_or_else(String::new, |or| format!("{or} "));
    Ok(vec![format!("UPDATE {or}{table}{alias} SET {set}{rows}")])
}

fn delete(delete: &mut Delete) -> Result<Vec<String>, String> {
    expr::translate(delete)?;
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let [table] = &from[..] else {
        return Err(cannot("DELETE of several tables"));
    };
    if !delete.tables.is_empty() || delete.using.is_some() {
        return Err(cannot("DELETE of several tables"));
    }
    let (table, alias) = single(table, "DELETE")?;
    let rows = where_rows(&table, &delete.selection, &delete.order_by, &delete.limit);
    Ok(vec![format!("DELETE FROM {table}{alias}{rows}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_statements() {
        for (query, want) in [
            ("SELECT 5 DIV 0", "SELECT CAST(5 * 1.0 / 0 AS INTEGER)"),
            ("SELECT 1 XOR 1", "SELECT ((1 <> 0) <> (1 <> 0))"),
            ("SELECT NOT 0", "SELECT NOT 0"),
            ("SELECT NULL <=> NULL", "SELECT (NULL IS NULL)"),
            ("SELECT 'it''s', \"x\" FROM dual", "SELECT 'it''s', 'x'"),
            (
                "update ignore t SET a = 1",
                "UPDATE OR IGNORE `t` SET `a` = 1",
            ),
            (
                "DELETE FROM d.t LIMIT 2",
                "DELETE FROM `t` WHERE rowid IN (SELECT rowid FROM `t` LIMIT 2)",
            ),
            (
                "INSERT IGNORE INTO t (a) VALUES ('x')",
                "INSERT OR IGNORE INTO `t` (`a`) VALUES ('x')",
            ),
        ] {
            match translate(query) {
                Ok(sql) => assert_eq!(sql, [want], "{query}"),
                Err(why) => panic!("{query}: {why}"),
            }
        }
    }
}

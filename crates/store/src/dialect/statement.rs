//! One statement of MySQL's as statements of SQLite's.

use sqlparser::ast::{
    Delete, Expr, FromTable, Insert, ObjectType, OnInsert, Query, SelectItem, SetExpr, Statement,
    TableFactor, TableObject, TableWithJoins, Update, Visit, Visitor,
};

use super::{Step, bare, cannot, ddl, expr, guard, literal, name, show, table_name};

/// Translates one statement in UTF-8, with odd bytes as characters of the private area, into
/// statements to be run one after the other; the last one's rows are the result.
///
/// # Errors
/// What is refused or cannot be translated, by its name.
pub(crate) fn translate(query: &str) -> Result<Vec<Step>, String> {
    super::tokens::with_stack(query, translated)
}

fn translated(query: &str) -> Result<Vec<Step>, String> {
    let Some(checked) = guard::guard(query, None)? else {
        return Ok(Vec::new());
    };
    let ignore = checked.ignore;
    let statement = checked.statement.and_then(|s| one(s, ignore).transpose());
    let Some(steps) = statement.transpose()? else {
        let words: Vec<&str> = query.split_whitespace().take(2).collect();
        return Err(cannot(words.join(" ").to_uppercase()));
    };
    Ok(steps)
}

/// Statements without anything special about them.
fn plain(sql: Vec<String>) -> Vec<Step> {
    sql.into_iter().map(Step::Sql).collect()
}

/// A value as a column takes it.
fn fitted(table: &str, column: &str, lenient: bool, value: &str) -> String {
    let table = literal(&bare(table));
    match value.eq_ignore_ascii_case("default") {
        true => format!("mysql_default({table}, {column})"),
        false => format!(
            "mysql_fit({table}, {column}, {}, {value})",
            u8::from(lenient)
        ),
    }
}

/// `None`: none of those that are translated.
fn one(mut statement: Statement, ignore: bool) -> Result<Option<Vec<Step>>, String> {
    let sql = match &mut statement {
        Statement::Insert(insert) => return self::insert(insert).map(Some),
        Statement::Update(update) => return self::update(update, ignore).map(Some),
        Statement::CreateTable(create) if create.or_replace => {
            let drop = format!("DROP TABLE IF EXISTS {}", table_name(&create.name));
            let make = ddl::create_table(create)?;
            return Ok(Some(std::iter::once(Step::Sql(drop)).chain(make).collect()));
        }
        Statement::CreateTable(create) => return ddl::create_table(create).map(Some),
        Statement::CreateIndex(create) => return ddl::create_index(create).map(Some),
        Statement::AlterTable(alter) => return ddl::alter_table(alter).map(Some),
        Statement::Query(query) => {
            select(query)?;
            Ok(vec![query.to_string()])
        }
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
    sql.map(|sql| Some(plain(sql)))
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
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. } =
                item
                && let Some(ratio) = ratio(&value.to_string())
            {
                *value = expr::raw(ratio);
            }
        }
        select.optimizer_hints.clear();
    }
}

/// A division that is all of an expression.
fn ratio(sql: &str) -> Option<String> {
    let inside = sql.strip_prefix("mysql_div(")?.strip_suffix(')')?;
    let mut depth = 0_i32;
    let mut quoted = false;
    let whole = inside.chars().all(|c| {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        depth >= 0
    });
    whole.then(|| format!("mysql_ratio({inside})"))
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

fn insert(insert: &mut Insert) -> Result<Vec<Step>, String> {
    expr::translate(insert)?;
    let TableObject::TableName(table) = &insert.table else {
        return Err(cannot("INSERT into what is no table"));
    };
    let (table, lenient) = (table_name(table), insert.ignore);
    let verb = match (insert.replace_into, insert.ignore) {
        (true, _) => "REPLACE",
        (false, true) => "INSERT OR IGNORE",
        (false, false) => "INSERT",
    };
    let mut columns: Vec<String> = insert.columns.iter().map(table_name).collect();
    let source = if !insert.assignments.is_empty() {
        let set = fitted_pairs(&table, lenient, assignments(&insert.assignments)?);
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
                        for row in &mut values.rows {
                            for (i, value) in row.content.iter_mut().enumerate() {
                                let column = column_at(&columns, i);
                                let sql = fitted(&table, &column, lenient, &value.to_string());
                                *value = expr::raw(sql);
                            }
                        }
                        query.to_string()
                    }
                    _ => selected(&table, &columns, lenient, query),
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
            let set = fitted_pairs(&table, lenient, assignments(list)?);
            format!(" ON CONFLICT DO UPDATE SET {}", pairs(&set))
        }
        Some(other) => return Err(cannot(other.to_string().trim())),
    };
    Ok(vec![
        Step::Columns(bare(&table)),
        Step::Sql(format!("{verb} INTO {table}{columns} {source}{conflict}")),
    ])
}

/// A column of those that an INSERT names, or of all by its number, as a literal.
fn column_at(columns: &[String], at: usize) -> String {
    match columns.get(at) {
        Some(column) => literal(&bare(column)),
        None => at.to_string(),
    }
}

/// The rows of a query, each value as its column takes it.
fn selected(table: &str, columns: &[String], lenient: bool, query: &mut Query) -> String {
    let count = match &*query.body {
        SetExpr::Select(select) => {
            let one = |item: &SelectItem| {
                !matches!(
                    item,
                    SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
                )
            };
            select
                .projection
                .iter()
                .all(one)
                .then_some(select.projection.len())
        }
        _ => None,
    };
    let count = count.or((!columns.is_empty()).then_some(columns.len()));
    let Some(count) = count else {
        // Or ON CONFLICT would be read as part of a join.
        if let SetExpr::Select(select) = &mut *query.body {
            select
                .selection
                .get_or_insert_with(|| Expr::value(number(1)));
        }
        return query.to_string();
    };
    let names: Vec<String> = (0..count).map(|i| format!("c{i}")).collect();
    let values = (names.iter().enumerate())
        .map(|(i, name)| fitted(table, &column_at(columns, i), lenient, name));
    let values: Vec<String> = values.collect();
    let (names, values) = (names.join(", "), values.join(", "));
    format!("WITH mysql_rows({names}) AS ({query}) SELECT {values} FROM mysql_rows WHERE 1")
}

/// Assignments, each value as its column takes it.
fn fitted_pairs(table: &str, lenient: bool, list: Vec<(String, String)>) -> Vec<(String, String)> {
    let fit = |(column, value): (String, String)| {
        let value = fitted(table, &literal(&bare(&column)), lenient, &value);
        (column, value)
    };
    list.into_iter().map(fit).collect()
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

fn update(update: &mut Update, ignore: bool) -> Result<Vec<Step>, String> {
    expr::translate(update)?;
    let (table, alias) = single(&update.table, "UPDATE")?;
    let set = fitted_pairs(&table, ignore, assignments(&update.assignments)?);
    let set = pairs(&set);
    let rows = where_rows(&table, &update.selection, &update.order_by, &update.limit);
    let or = match (&update.or, ignore) {
        (Some(or), _) => format!("{or} "),
        (None, true) => "OR IGNORE ".to_owned(),
        (None, false) => String::new(),
    };
    Ok(vec![
        Step::Columns(bare(&table)),
        Step::Sql(format!("UPDATE {or}{table}{alias} SET {set}{rows}")),
    ])
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
            (
                "SELECT NULL <=> NULL",
                "SELECT ((NULL COLLATE NOCASE) IS NULL)",
            ),
            ("SELECT 'it''s', \"x\" FROM dual", "SELECT 'it''s', 'x'"),
            (
                "update ignore t SET a = 1",
                "UPDATE OR IGNORE `t` SET `a` = mysql_fit('t', 'a', 1, 1)",
            ),
            (
                "DELETE FROM d.t LIMIT 2",
                "DELETE FROM `t` WHERE rowid IN (SELECT rowid FROM `t` LIMIT 2)",
            ),
            (
                "INSERT IGNORE INTO t (a) VALUES ('x')",
                "INSERT OR IGNORE INTO `t` (`a`) VALUES (mysql_fit('t', 'a', 1, 'x'))",
            ),
        ] {
            match translate(query) {
                Ok(steps) => {
                    let sql = steps.last().cloned();
                    assert_eq!(sql, Some(Step::Sql(want.to_owned())), "{query}");
                }
                Err(why) => panic!("{query}: {why}"),
            }
        }
    }
}

//! INSERT, REPLACE, UPDATE and DELETE: each value is fitted to its column.

use sqlparser::ast::{
    Delete, Expr, FromTable, Insert, OnInsert, Query, SelectItem, SetExpr, TableFactor,
    TableObject, TableWithJoins, Update,
};

use super::statement::{clean, long_number};
use super::{InOrder, Step, bare, cannot, expr, literal, name, table_name};

/// How a value is fitted.
#[derive(Clone, Copy, PartialEq, Debug)]
struct How {
    /// What does not fit is made to fit.
    lenient: bool,
    /// It is for a row that is there: zero is no wish for the next number.
    there: bool,
}

/// A value as a column takes it.
fn fitted(table: &str, column: &str, how: How, value: &str) -> String {
    let table = literal(&bare(table));
    let exact = long_number(value);
    let value = exact.as_deref().unwrap_or(value);
    match value.eq_ignore_ascii_case("default") {
        true => format!("mysql_default({table}, {column})"),
        false => format!(
            "mysql_fit({table}, {column}, {}, {value})",
            u8::from(how.lenient) | u8::from(how.there) << 1
        ),
    }
}

/// An INSERT into all columns of a table of the rows of a query, which does not say how many
/// columns it has.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filling {
    table: String,
    /// All in front of the query.
    head: String,
    query: String,
    /// All behind it.
    tail: String,
    how: How,
}

impl Filling {
    /// The table's name itself.
    pub(crate) fn table(&self) -> String {
        bare(&self.table)
    }

    /// The statement for a table with so many columns.
    pub(crate) fn sql(&self, columns: usize) -> String {
        let Filling {
            table,
            head,
            query,
            tail,
            how,
        } = self;
        // A table that is not there: SQLite says so.
        let rows = match columns {
            0 => query.clone(),
            count => rows(table, &[], count, *how, query),
        };
        format!("{head} {rows}{tail}")
    }
}

/// The rows of a query with so many columns, each value as its column takes it.
fn rows(table: &str, columns: &[String], count: usize, how: How, query: &str) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("c{i}")).collect();
    let values = (names.iter().enumerate())
        .map(|(i, name)| fitted(table, &column_at(columns, i), how, name));
    let values: Vec<String> = values.collect();
    let (names, values) = (names.join(", "), values.join(", "));
    // Without WHERE, ON CONFLICT would be read as part of a join.
    format!("WITH mysql_rows({names}) AS ({query}) SELECT {values} FROM mysql_rows WHERE 1")
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

pub(super) fn insert(insert: &mut Insert) -> Result<Vec<Step>, String> {
    expr::translate(insert)?;
    let TableObject::TableName(table) = &insert.table else {
        return Err(cannot("INSERT into what is no table"));
    };
    let table = table_name(table);
    let new = How {
        lenient: insert.ignore,
        there: false,
    };
    let there = How { there: true, ..new };
    let verb = match (insert.replace_into, insert.ignore) {
        (true, _) => "REPLACE",
        (false, true) => "INSERT OR IGNORE",
        (false, false) => "INSERT",
    };
    let mut columns: Vec<String> = insert.columns.iter().map(table_name).collect();
    let mut filled = None;
    let source = if !insert.assignments.is_empty() {
        let set = fitted_pairs(&table, new, assignments(&insert.assignments)?);
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
                                let sql = fitted(&table, &column, new, &value.to_string());
                                *value = expr::raw(sql);
                            }
                        }
                        query.to_string()
                    }
                    _ => match columns_of(&columns, query) {
                        Some(count) => rows(&table, &columns, count, new, &query.to_string()),
                        None => {
                            filled = Some(query.to_string());
                            String::new()
                        }
                    },
                }
            }
        }
    };
    for (at, column) in columns.iter().enumerate() {
        let same = |other: &String| other.eq_ignore_ascii_case(column);
        if columns.iter().take(at).any(same) {
            return Err(format!("Column '{}' specified twice", bare(column)));
        }
    }
    let columns = match columns.is_empty() {
        true => String::new(),
        false => format!(" ({})", columns.join(", ")),
    };
    let conflict = match &insert.on {
        None => String::new(),
        Some(OnInsert::DuplicateKeyUpdate(list)) => {
            let set = fitted_pairs(&table, there, assignments(list)?);
            format!(" ON CONFLICT DO UPDATE SET {}", pairs(&set))
        }
        Some(other) => return Err(cannot(other.to_string().trim())),
    };
    let head = format!("{verb} INTO {table}{columns}");
    if let Some(query) = filled {
        return Ok(vec![Step::Fill(Filling {
            table,
            head,
            query,
            tail: conflict,
            how: new,
        })]);
    }
    Ok(vec![
        Step::Columns(bare(&table)),
        Step::Sql(format!("{head} {source}{conflict}")),
    ])
}

/// A column of those that an INSERT names, or of all by its number, as a literal.
fn column_at(columns: &[String], at: usize) -> String {
    match columns.get(at) {
        Some(column) => literal(&bare(column)),
        None => at.to_string(),
    }
}

/// How many columns the rows of a query have, as far as it or the INSERT says so.
fn columns_of(named: &[String], query: &Query) -> Option<usize> {
    let counted = match &*query.body {
        SetExpr::Select(select) => {
            let one = |item: &SelectItem| {
                !matches!(
                    item,
                    SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
                )
            };
            let all = select.projection.iter().all(one);
            all.then_some(select.projection.len())
        }
        _ => None,
    };
    counted.or((!named.is_empty()).then_some(named.len()))
}

/// Assignments, each value as its column takes it.
fn fitted_pairs(table: &str, how: How, list: Vec<(String, String)>) -> Vec<(String, String)> {
    let fit = |(column, value): (String, String)| {
        let value = fitted(table, &literal(&bare(&column)), how, &value);
        (column, value)
    };
    list.into_iter().map(fit).collect()
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
    if limit.is_none() && order_by.is_empty() {
        return selection;
    }
    format!(
        " WHERE rowid IN ({})",
        numbers_of(table, &selection, order_by, limit)
    )
}

/// Finds the numbers of rows. `table`: also what it is called.
fn numbers_of(
    table: &str,
    selection: &str,
    order_by: &[sqlparser::ast::OrderByExpr],
    limit: &Option<Expr>,
) -> String {
    let order: Vec<String> = order_by.iter().map(ToString::to_string).collect();
    let order = match order.is_empty() {
        true => String::new(),
        false => format!(" ORDER BY {}", order.join(", ")),
    };
    let limit = limit
        .as_ref()
        .map_or_else(String::new, |n| format!(" LIMIT {n}"));
    format!("SELECT rowid FROM {table}{selection}{order}{limit}")
}

pub(super) fn update(update: &mut Update, ignore: bool) -> Result<Vec<Step>, String> {
    expr::translate(update)?;
    let (table, alias) = single(&update.table, "UPDATE")?;
    let how = How {
        lenient: ignore,
        there: true,
    };
    let set = fitted_pairs(&table, how, assignments(&update.assignments)?);
    let set = pairs(&set);
    let called = format!("{table}{alias}");
    let rows = where_rows(&called, &update.selection, &[], &update.limit);
    let or = match (&update.or, ignore) {
        (Some(or), _) => format!("{or} "),
        (None, true) => "OR IGNORE ".to_owned(),
        (None, false) => String::new(),
    };
    let change = format!("UPDATE {or}{table}{alias} SET {set}");
    let change = match update.order_by.is_empty() {
        true => Step::Sql(format!("{change}{rows}")),
        // A unique key may be shifted in one order and not in another.
        false => {
            let selection = (update.selection.as_ref()).map(|e| format!(" WHERE {e}"));
            let selection = selection.unwrap_or_default();
            Step::InOrder(InOrder {
                rows: numbers_of(&called, &selection, &update.order_by, &update.limit),
                change: format!("{change} WHERE rowid = ?1"),
            })
        }
    };
    Ok(vec![Step::Columns(bare(&table)), change])
}

pub(super) fn delete(delete: &mut Delete) -> Result<Vec<String>, String> {
    expr::translate(delete)?;
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let [table] = &from[..] else {
        return Err(cannot("DELETE of several tables"));
    };
    if !delete.tables.is_empty() || delete.using.is_some() {
        return Err(cannot("DELETE of several tables"));
    }
    let (table, alias) = single(table, "DELETE")?;
    let called = format!("{table}{alias}");
    let rows = where_rows(&called, &delete.selection, &delete.order_by, &delete.limit);
    Ok(vec![format!("DELETE FROM {table}{alias}{rows}")])
}

//! One statement of MySQL's as statements of SQLite's.

use std::collections::HashMap;

use sqlparser::ast::{
    ObjectType, Query, SelectItem, SetExpr, Statement, TableFactor, TableWithJoins, Visit, Visitor,
};
use sqlparser::tokenizer::Token;

use super::known::{Known, KnownColumn, Look};
use super::{Step, bare, cannot, changes, collate, ddl, expr, guard, show, table_name, typed};

/// Translates one statement in UTF-8, with odd bytes as characters of the private area, into
/// statements to be run one after the other; the last one's rows are the result. `look` is asked for
/// tables whose columns matter.
///
/// # Errors
/// What is refused or cannot be translated, by its name.
pub(crate) fn translate(query: &str, look: Look<'_>) -> Result<Vec<Step>, String> {
    match super::tokens::is_deep(query)? {
        // On a thread of its own, where nobody can be asked: whatever may be a table is asked for.
        true => {
            let mut tables: HashMap<String, Vec<KnownColumn>> = HashMap::new();
            for token in super::tokens::tokens(query)? {
                if let Token::Word(word) = token {
                    let name = word.value.to_ascii_lowercase();
                    tables.entry(name).or_insert_with(|| look(&word.value));
                }
            }
            super::tokens::with_stack(query, move |query| {
                let known = |table: &str| tables.get(&table.to_ascii_lowercase()).cloned();
                translated(query, &|table| known(table).unwrap_or_default())
            })
        }
        false => translated(query, look),
    }
}

fn translated(query: &str, look: Look<'_>) -> Result<Vec<Step>, String> {
    let Some(checked) = guard::guard(query, None)? else {
        return Ok(Vec::new());
    };
    let ignore = checked.ignore;
    let statement = checked.statement.and_then(|mut statement| {
        let known = Known::of(&statement, look);
        typed::apply(&mut statement, &known);
        collate::apply(&mut statement, &known);
        one(statement, ignore).transpose()
    });
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

/// In front of a table's name: TEMPORARY spares a permanent one of that name.
fn of_temporary(temporary: bool) -> &'static str {
    if temporary { "temp." } else { "" }
}

/// `None`: none of those that are translated.
fn one(mut statement: Statement, ignore: bool) -> Result<Option<Vec<Step>>, String> {
    let sql = match &mut statement {
        Statement::Insert(insert) => return changes::insert(insert).map(Some),
        Statement::Update(update) => return changes::update(update, ignore).map(Some),
        Statement::CreateTable(create) if create.or_replace => {
            let schema = of_temporary(create.temporary);
            let drop = format!("DROP TABLE IF EXISTS {schema}{}", table_name(&create.name));
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
        Statement::Delete(delete) => changes::delete(delete),
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
        Statement::Truncate(truncate) => {
            let one = |table: String| {
                let empty = Step::Sql(format!("DELETE FROM {table}"));
                let table = bare(&table);
                [empty, Step::Renumber { table, next: 1 }]
            };
            let tables = truncate.table_names.iter();
            return Ok(Some(
                tables
                    .flat_map(|table| one(table_name(&table.name)))
                    .collect(),
            ));
        }
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
            temporary,
            ..
        } => {
            let schema = of_temporary(*temporary);
            let exists = if *if_exists { "IF EXISTS " } else { "" };
            match object_type {
                ObjectType::Table | ObjectType::View | ObjectType::Index => {}
                other => return Err(cannot(format!("DROP {other}"))),
            }
            Ok((names.iter())
                .map(|name| format!("DROP {object_type} {exists}{schema}{}", table_name(name)))
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
pub(super) fn clean(query: &mut Query) {
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
                && let Some(sql) =
                    long_number(&value.to_string()).or_else(|| ratio(&value.to_string()))
            {
                *value = expr::raw(sql);
            }
        }
        select.optimizer_hints.clear();
    }
}

/// A number that is all of an expression and has more digits than SQLite keeps: as text, which has
/// them all.
pub(super) fn long_number(sql: &str) -> Option<String> {
    let (sign, number) = match sql.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", sql),
    };
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let long = match number.contains('.') {
        true => digits > 15,
        false => number.parse::<i64>().is_err(),
    };
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let zero = if number.starts_with('.') { "0" } else { "" };
    (digits > 0 && long && plain).then(|| format!("'{sign}{zero}{number}'"))
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
                "UPDATE OR IGNORE `t` SET `a` = mysql_fit('t', 'a', 3, 1)",
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
            match translate(query, &|_| Vec::new()) {
                Ok(steps) => {
                    let sql = steps.last().cloned();
                    assert_eq!(sql, Some(Step::Sql(want.to_owned())), "{query}");
                }
                Err(why) => panic!("{query}: {why}"),
            }
        }
    }
}

//! Tables and indexes.

use sqlparser::ast::{
    AlterTable, AlterTableOperation, ColumnDef, ColumnOption, ColumnOptionDef, CreateIndex,
    CreateTable, DataType, Expr, Ident, IndexColumn, MySQLColumnPosition, RenameTableNameKind,
    TableConstraint,
};

use super::column::{Column, NUMBERED, column};
use super::statement::clean;
use super::{Make, Place, Retype, Step, bare, cannot, expr, name, table_name};

/// The columns of a key, without the lengths that MySQL wants of long ones.
fn columns_of(list: &[IndexColumn]) -> Result<Vec<String>, String> {
    (list.iter())
        .map(|column| match &column.column.expr {
            Expr::Identifier(ident) => Ok(name(ident)),
            Expr::Function(function) => {
                Ok(format!("`{}`", function.name.to_string().trim_matches('`')))
            }
            other => Err(cannot(format!("an index on {other}"))),
        })
        .collect()
}

/// An index's name: SQLite has one set of names for all tables.
fn index_name(table: &str, given: Option<String>, columns: &[String]) -> String {
    let bare = |text: &str| text.trim_matches('`').to_owned();
    let given = given.map_or_else(|| bare(columns.first().map_or("", |c| c)), |g| bare(&g));
    format!("`{}_{given}`", bare(table))
}

/// The columns of a primary key that stands by itself.
fn key_of(create: &CreateTable) -> Result<Vec<String>, String> {
    let key = create
        .constraints
        .iter()
        .find_map(|constraint| match constraint {
            TableConstraint::PrimaryKey(key) => Some(columns_of(&key.columns)),
            _ => None,
        });
    key.unwrap_or_else(|| Ok(Vec::new()))
}

/// A column of a key, whatever is said of it.
fn never_null(def: &mut ColumnDef) {
    let is_null = |value: &Expr| value.to_string().eq_ignore_ascii_case("null");
    def.options
        .retain(|o| !matches!(&o.option, ColumnOption::Default(value) if is_null(value)));
    def.options.push(ColumnOptionDef {
        name: None,
        option: ColumnOption::NotNull,
    });
}

pub(super) fn create_table(create: &mut CreateTable) -> Result<Vec<Step>, String> {
    let table = table_name(&create.name);
    let temporary = if create.temporary { "TEMPORARY " } else { "" };
    let exists = if create.if_not_exists {
        "IF NOT EXISTS "
    } else {
        ""
    };
    let head = format!("CREATE {temporary}TABLE {exists}{table}");
    if create.like.is_some() {
        return Err(cannot("CREATE TABLE ... LIKE"));
    }
    if let Some(query) = &mut create.query {
        if !create.columns.is_empty() {
            return Err(cannot("CREATE TABLE (columns) SELECT"));
        }
        expr::translate(query)?;
        clean(query);
        return Ok(vec![Step::Make(Make {
            table: bare(&table),
            temporary: create.temporary,
            if_not_exists: create.if_not_exists,
            query: query.to_string(),
        })]);
    }
    let mut columns = Vec::new();
    let key = key_of(create)?;
    for def in &mut create.columns {
        if key
            .iter()
            .any(|column| column.eq_ignore_ascii_case(&name(&def.name)))
        {
            never_null(def);
        }
        columns.push(column(def)?);
    }
    let numbered = columns.iter().find(|c| c.numbered).map(|c| c.name.clone());
    let (mut parts, mut after) = (Vec::new(), Vec::new());
    for column in &columns {
        let Column { name, text, .. } = column;
        parts.push(match (column.numbered, column.key) {
            (true, _) => format!("{name} {NUMBERED}"),
            (false, true) => format!("{name}{text} PRIMARY KEY"),
            (false, false) => format!("{name}{text}"),
        });
    }
    for constraint in &create.constraints {
        match constraint {
            TableConstraint::PrimaryKey(key) => {
                let key = columns_of(&key.columns)?;
                match &numbered {
                    Some(column) if key == [column.clone()] => {}
                    Some(_) => return Err(cannot("AUTO_INCREMENT beside another primary key")),
                    None => parts.push(format!("PRIMARY KEY ({})", key.join(", "))),
                }
            }
            TableConstraint::Unique(unique) => {
                let key = columns_of(&unique.columns)?;
                if numbered
                    .as_ref()
                    .is_none_or(|column| key != [column.clone()])
                {
                    parts.push(format!("UNIQUE ({})", key.join(", ")));
                }
            }
            TableConstraint::Index(index) => {
                let key = columns_of(&index.columns)?;
                let given = index.name.as_ref().map(name);
                let index = index_name(&table, given, &key);
                let key = key.join(", ");
                after.push(format!("CREATE INDEX {exists}{index} ON {table} ({key})"));
            }
            TableConstraint::FulltextOrSpatial(_) => {
                return Err(cannot("a FULLTEXT or SPATIAL key"));
            }
            TableConstraint::ForeignKey(_) => return Err(cannot("a FOREIGN KEY")),
            other => return Err(cannot(other)),
        }
    }
    let mut statements = vec![format!("{head} ({})", parts.join(", "))];
    statements.append(&mut after);
    Ok(statements.into_iter().map(Step::Sql).collect())
}

/// Blanks at the end do not tell keys from each other.
fn trim(table: &str, columns: &[String]) -> Step {
    Step::Trim {
        table: bare(table),
        columns: columns.iter().map(|column| bare(column)).collect(),
    }
}

pub(super) fn create_index(create: &CreateIndex) -> Result<Vec<Step>, String> {
    let table = table_name(&create.table_name);
    let columns = columns_of(&create.columns)?;
    let unique = if create.unique { "UNIQUE " } else { "" };
    let exists = if create.if_not_exists {
        "IF NOT EXISTS "
    } else {
        ""
    };
    let index = index_name(&table, create.name.as_ref().map(table_name), &columns);
    let trim = create.unique.then(|| trim(&table, &columns));
    let columns = columns.join(", ");
    let make = Step::Sql(format!(
        "CREATE {unique}INDEX {exists}{index} ON {table} ({columns})"
    ));
    Ok(trim.into_iter().chain([make]).collect())
}

/// Another type for a column.
fn retype(
    table: &str,
    of: &Ident,
    data_type: &DataType,
    options: &[ColumnOption],
    place: &Option<MySQLColumnPosition>,
) -> Result<Step, String> {
    let option = |option: &ColumnOption| ColumnOptionDef {
        name: None,
        option: option.clone(),
    };
    let mut def = ColumnDef {
        name: of.clone(),
        data_type: data_type.clone(),
        options: options.iter().map(option).collect(),
    };
    let Column {
        text,
        numbered,
        key,
        ..
    } = column(&mut def)?;
    let definition = match (numbered, key) {
        (true, _) => NUMBERED.to_owned(),
        (false, true) => format!("{text} PRIMARY KEY"),
        (false, false) => text,
    };
    Ok(Step::Retype(Retype {
        table: bare(table),
        column: of.value.clone(),
        definition: definition.trim_start().to_owned(),
        place: place.as_ref().map(place_of),
        fill: None,
    }))
}

fn place_of(place: &MySQLColumnPosition) -> Place {
    match place {
        MySQLColumnPosition::First => Place::First,
        MySQLColumnPosition::After(other) => Place::After(other.value.clone()),
    }
}

pub(super) fn alter_table(alter: &mut AlterTable) -> Result<Vec<Step>, String> {
    let table = table_name(&alter.name);
    let mut steps: Vec<Step> = Vec::new();
    for operation in &mut alter.operations {
        match operation {
            AlterTableOperation::AddColumn {
                column_def,
                column_position,
                ..
            } => {
                let column = column(column_def)?;
                if column.numbered || column.key {
                    return Err(cannot("ALTER TABLE ... ADD of a primary key"));
                }
                let Column { name, text, .. } = &column;
                steps.push(match column.simple && column_position.is_none() {
                    true => Step::Sql(format!("ALTER TABLE {table} ADD COLUMN {name}{text}")),
                    false => Step::Retype(Retype {
                        table: bare(&table),
                        column: column_def.name.value.clone(),
                        definition: text.trim_start().to_owned(),
                        place: column_position.as_ref().map(place_of),
                        fill: Some(column.fill),
                    }),
                });
            }
            AlterTableOperation::DropColumn { column_names, .. } => {
                let drop = |column| format!("ALTER TABLE {table} DROP COLUMN {}", name(column));
                steps.extend(column_names.iter().map(drop).map(Step::Sql));
            }
            AlterTableOperation::RenameColumn {
                old_column_name: old,
                new_column_name: new,
            } => steps.push(Step::Sql(format!(
                "ALTER TABLE {table} RENAME COLUMN {} TO {}",
                name(old),
                name(new)
            ))),
            AlterTableOperation::RenameTable {
                table_name: RenameTableNameKind::As(new) | RenameTableNameKind::To(new),
            } => steps.push(Step::Sql(format!(
                "ALTER TABLE {table} RENAME TO {}",
                table_name(new)
            ))),
            AlterTableOperation::AddConstraint { constraint, .. } => {
                let (unique, given, key) = match constraint {
                    TableConstraint::Index(index) => ("", &index.name, &index.columns),
                    TableConstraint::Unique(key) => ("UNIQUE ", &key.index_name, &key.columns),
                    other => return Err(cannot(format!("ALTER TABLE ... ADD {other}"))),
                };
                let key = columns_of(key)?;
                let index = index_name(&table, given.as_ref().map(name), &key);
                if !unique.is_empty() {
                    steps.push(trim(&table, &key));
                }
                let key = key.join(", ");
                steps.push(Step::Sql(format!(
                    "CREATE {unique}INDEX {index} ON {table} ({key})"
                )));
            }
            AlterTableOperation::AutoIncrement { value, .. } => {
                let next = value.value.to_string().parse();
                let next = next.map_err(|_| cannot(format!("AUTO_INCREMENT = {value}")))?;
                let table = bare(&table);
                steps.push(Step::Renumber { table, next });
            }
            AlterTableOperation::DropIndex { name: index } => {
                let index = index_name(&table, Some(name(index)), &[]);
                steps.push(Step::Sql(format!("DROP INDEX {index}")));
            }
            AlterTableOperation::ModifyColumn {
                col_name,
                data_type,
                options,
                column_position,
            } => steps.push(retype(
                &table,
                col_name,
                data_type,
                options,
                column_position,
            )?),
            AlterTableOperation::ChangeColumn {
                old_name,
                new_name,
                data_type,
                options,
                column_position,
            } => {
                if old_name.value != new_name.value {
                    let (old, new) = (name(old_name), name(new_name));
                    let rename = format!("ALTER TABLE {table} RENAME COLUMN {old} TO {new}");
                    steps.push(Step::Sql(rename));
                }
                steps.push(retype(
                    &table,
                    new_name,
                    data_type,
                    options,
                    column_position,
                )?);
            }
            other => return Err(cannot(format!("ALTER TABLE ... {other}"))),
        }
    }
    Ok(steps)
}

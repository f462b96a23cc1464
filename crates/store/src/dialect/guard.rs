//! What a script's statement may be, whatever the database: what is listed here, and nothing else.
//!
//! All may be read; rows of any table may be written; tables, views and indexes may be made,
//! changed and dropped unless they are the hub's. The statement is cut into tokens and written
//! anew without comments, so that a server sees nothing else than what was judged here. What the
//! parser does not understand is not passed on.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AlterTable, AlterTableOperation, ColumnDef, ColumnOption, CreateTable, CreateTableOptions,
    CreateView, Expr, Ident, ObjectName, ObjectType, OnInsert, Query, RenameTableNameKind, SetExpr,
    SqlOption, Statement, TableConstraint, TableFactor, TableObject, Visit, Visitor,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::functions;
use super::tokens::{
    is_space, not_understood, tokens, with_stack, without_modifiers, word, written,
};
use crate::schema::is_ours;

/// Statements that there may be, by their first word.
const ALLOWED: &[&str] = &[
    "ALTER", "ANALYZE", "CHECK", "CHECKSUM", "CREATE", "DELETE", "DESC", "DESCRIBE", "DROP",
    "EXPLAIN", "INSERT", "OPTIMIZE", "RENAME", "REPAIR", "REPLACE", "SELECT", "SHOW", "TABLE",
    "TRUNCATE", "UPDATE", "VALUES", "WITH",
];
/// Those that would leave the others' way of working changed.
const TRANSACTIONS: &[&str] = &[
    "BEGIN",
    "COMMIT",
    "LOCK",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
    "UNLOCK",
    "XA",
];
/// Looks after a server's tables as wholes; the last two write them anew.
const CARE: &[(&str, bool)] = &[
    ("ANALYZE", false),
    ("CHECK", false),
    ("CHECKSUM", false),
    ("OPTIMIZE", true),
    ("REPAIR", true),
];
/// Kinds of table that keep their rows themselves.
const ENGINES: &[&str] = &["INNODB", "MYISAM", "ARIA", "MEMORY", "HEAP"];
/// What else may be said of a table.
const OPTIONS: &[&str] = &[
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHARACTER SET",
    "CHARSET",
    "CHECKSUM",
    "COLLATE",
    "COMMENT",
    "DEFAULT CHARACTER SET",
    "DEFAULT CHARSET",
    "DEFAULT COLLATE",
    "DELAY_KEY_WRITE",
    "KEY_BLOCK_SIZE",
    "MAX_ROWS",
    "MIN_ROWS",
    "PACK_KEYS",
    "PAGE_CHECKSUM",
    "ROW_FORMAT",
    "STATS_PERSISTENT",
    "TRANSACTIONAL",
];
const OURS: &str = "this table is the hub's own and must stay as it is";

/// A statement that may be run.
#[derive(Debug)]
pub(crate) struct Checked {
    /// As a server gets it: without comments.
    pub text: String,
    /// None for what only a server has a use for.
    pub statement: Option<Statement>,
    /// `UPDATE IGNORE`.
    pub ignore: bool,
}

/// Looks at a statement that goes to a server, which gets what is returned; `None`: there is none.
pub(crate) fn guarded(query: &str, database: &str) -> Result<Option<String>, String> {
    let database = database.to_owned();
    with_stack(query, move |query| {
        guard(query, Some(&database)).map(|checked| checked.map(|checked| checked.text))
    })
}

/// Looks at a statement; `None`: there is none. `database` is the only one that a server may be
/// asked about; without it names of databases mean nothing.
pub(crate) fn guard(query: &str, database: Option<&str>) -> Result<Option<Checked>, String> {
    let tokens = tokens(query)?;
    let words: Vec<String> = tokens.iter().filter(|t| !is_space(t)).map(word).collect();
    let Some(first) = words.iter().find(|w| *w != "(").cloned() else {
        return Ok(None);
    };
    verb(&first)?;
    if words.iter().any(|w| w == "OUTFILE" || w == "DUMPFILE") {
        return Err("writing files is not possible here".to_owned());
    }
    let text = written(&tokens);
    let (parsed, ignore) = without_modifiers(&tokens, &first);
    let server = database.is_some();
    let judge = Judge { database };
    if server && CARE.iter().any(|(verb, _)| *verb == first) {
        return judge.care(&tokens).map(|()| {
            Some(Checked {
                text,
                statement: None,
                ignore,
            })
        });
    }
    let statement = match Parser::parse_sql(&MySqlDialect {}, &parsed) {
        Ok(mut statements) if statements.len() == 1 => statements.pop(),
        Ok(_) => return Err("multiple statements are not possible here".to_owned()),
        // It only reads, and without parentheses there are no functions in it.
        Err(_) if server && first == "SHOW" && !tokens.contains(&Token::LParen) => None,
        Err(why) => return Err(not_understood(&words, &why.to_string())),
    };
    if let Some(statement) = &statement {
        judge.statement(statement, &words)?;
    }
    Ok(Some(Checked {
        text,
        statement,
        ignore,
    }))
}

fn verb(first: &str) -> Result<(), String> {
    if TRANSACTIONS.contains(&first) {
        return Err(
            "transactions are not possible here, each statement is committed by itself".to_owned(),
        );
    }
    match first {
        _ if ALLOWED.contains(&first) => Ok(()),
        "" => Err("this is no statement".to_owned()),
        word => Err(format!("{word} is not possible here")),
    }
}

/// A letter as the servers that fold names see it.
fn fold(c: char) -> char {
    let upper = c.to_uppercase().next().unwrap_or(c);
    upper.to_lowercase().next().unwrap_or(upper)
}

/// Whether a name is that of a table of the hub, in whatever spelling or database.
fn names_ours(name: &str) -> bool {
    is_ours(&name.trim().chars().map(fold).collect::<String>())
}

fn last(name: &ObjectName) -> Option<&Ident> {
    name.0.last().and_then(|part| part.as_ident())
}

/// What is allowed.
struct Judge<'d> {
    database: Option<&'d str>,
}

impl Judge<'_> {
    fn statement(&self, statement: &Statement, words: &[String]) -> Result<(), String> {
        self.parts(statement)?;
        match statement {
            Statement::Query(_)
            | Statement::ExplainTable { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowColumns { .. }
            | Statement::ShowCreate { .. }
            | Statement::ShowVariable { .. }
            | Statement::ShowVariables { .. }
            | Statement::ShowStatus { .. }
            | Statement::ShowDatabases { .. }
            | Statement::ShowSchemas { .. }
            | Statement::ShowProcessList { .. }
            | Statement::ShowCollation { .. }
            | Statement::ShowCharset(_)
            | Statement::ShowViews { .. } => Ok(()),
            Statement::Insert(insert) => match (&insert.table, &insert.on) {
                (TableObject::TableName(name), None | Some(OnInsert::DuplicateKeyUpdate(_))) => {
                    self.place(name)
                }
                _ => Err(kind_refused(words)),
            },
            Statement::Update(_) => Ok(()),
            Statement::Delete(delete) => delete.tables.iter().try_for_each(|t| self.place(t)),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::CreateView(create) => self.create_view(create, words),
            Statement::CreateIndex(create) => self.own(&create.table_name),
            Statement::AlterTable(alter) => self.alter_table(alter, words),
            Statement::Truncate(truncate) => {
                (truncate.table_names.iter()).try_for_each(|table| self.own(&table.name))
            }
            Statement::RenameTable(renames) => (renames.iter())
                .try_for_each(|r| self.own(&r.old_name).and_then(|()| self.own(&r.new_name))),
            Statement::Drop {
                object_type,
                names,
                table,
                ..
            } => {
                match (object_type, table) {
                    (ObjectType::Table | ObjectType::View, None) => {}
                    (ObjectType::Index, Some(table)) => self.own(table)?,
                    // SQLite looks itself whose index it is.
                    (ObjectType::Index, None) if self.database.is_none() => {}
                    _ => return Err(kind_refused(words)),
                }
                names.iter().try_for_each(|name| self.own(name))
            }
            Statement::Explain {
                analyze: false,
                statement,
                ..
            } if matches!(
                **statement,
                Statement::Query(_)
                    | Statement::Insert(_)
                    | Statement::Update(_)
                    | Statement::Delete(_)
            ) =>
            {
                self.statement(statement, words)
            }
            _ => Err(kind_refused(words)),
        }
    }

    /// Looks at everything that a statement is made of, but for the columns of indexes, whose
    /// lengths look like calls of functions.
    fn parts(&self, statement: &Statement) -> Result<(), String> {
        let plain = |constraint: &&TableConstraint| matches!(constraint, TableConstraint::Check(_));
        match statement {
            Statement::CreateIndex(_) => Ok(()),
            Statement::CreateTable(create) => {
                self.visit(&create.columns)?;
                self.visit(&create.query)?;
                (create.constraints.iter().filter(plain)).try_for_each(|c| self.visit(c))
            }
            Statement::AlterTable(alter) => alter.operations.iter().try_for_each(|o| match o {
                AlterTableOperation::AddConstraint { constraint, .. } if !plain(&constraint) => {
                    Ok(())
                }
                operation => self.visit(operation),
            }),
            statement => self.visit(statement),
        }
    }

    fn visit(&self, part: &impl Visit) -> Result<(), String> {
        match part.visit(&mut Parts(self)) {
            ControlFlow::Break(why) => Err(why),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// A name must be in the hub's own database.
    fn place(&self, name: &ObjectName) -> Result<(), String> {
        let (Some(ours), [database, _]) = (self.database, &name.0[..]) else {
            return match (self.database, name.0.len()) {
                (Some(_), 3..) => Err(format!("the name {name} has too many parts")),
                _ => Ok(()),
            };
        };
        let said = database.as_ident().map_or("", |ident| ident.value.as_str());
        match said.eq_ignore_ascii_case(ours) || said.eq_ignore_ascii_case("information_schema") {
            true => Ok(()),
            false => Err(format!(
                "{said} is another database, which is not possible here"
            )),
        }
    }

    /// What is made, changed as a whole or dropped must not be the hub's.
    fn own(&self, name: &ObjectName) -> Result<(), String> {
        self.place(name)?;
        match last(name) {
            Some(ident) if !names_ours(&ident.value) => Ok(()),
            Some(_) => Err(OURS.to_owned()),
            None => Err(format!("{name} is no name")),
        }
    }

    fn create_table(&self, create: &CreateTable) -> Result<(), String> {
        self.own(&create.name)?;
        create.columns.iter().try_for_each(|c| self.column(c))?;
        create
            .constraints
            .iter()
            .try_for_each(|c| self.constraint(c))?;
        if create.clone.is_some() || create.inherits.is_some() || create.location.is_some() {
            return Err("such a table is not possible here".to_owned());
        }
        match &create.table_options {
            CreateTableOptions::None => Ok(()),
            CreateTableOptions::Plain(options) => options.iter().try_for_each(option),
            _ => Err("such options of a table are not possible here".to_owned()),
        }
    }

    fn create_view(&self, create: &CreateView, words: &[String]) -> Result<(), String> {
        if create.params.is_some() || create.to.is_some() || create.materialized {
            return Err(kind_refused(words));
        }
        self.own(&create.name)
    }

    fn column(&self, column: &ColumnDef) -> Result<(), String> {
        (column.options.iter()).try_for_each(|o| self.column_option(&o.option))
    }

    fn column_option(&self, option: &ColumnOption) -> Result<(), String> {
        match option {
            ColumnOption::ForeignKey(key) => self.reference(&key.foreign_table),
            _ => Ok(()),
        }
    }

    fn constraint(&self, constraint: &TableConstraint) -> Result<(), String> {
        match constraint {
            TableConstraint::ForeignKey(key) => self.reference(&key.foreign_table),
            _ => Ok(()),
        }
    }

    /// It would keep the hub from deleting or changing rows of its own.
    fn reference(&self, table: &ObjectName) -> Result<(), String> {
        self.own(table).map_err(|_| {
            "a foreign key to the hub's tables, or another database's, is not possible".to_owned()
        })
    }

    fn alter_table(&self, alter: &AlterTable, words: &[String]) -> Result<(), String> {
        use AlterTableOperation as Op;
        self.own(&alter.name)?;
        alter
            .operations
            .iter()
            .try_for_each(|operation| match operation {
                Op::AddColumn { column_def, .. } => self.column(column_def),
                Op::AddConstraint { constraint, .. } => self.constraint(constraint),
                Op::ModifyColumn { options, .. } | Op::ChangeColumn { options, .. } => {
                    options.iter().try_for_each(|o| self.column_option(o))
                }
                Op::RenameTable {
                    table_name: RenameTableNameKind::As(new) | RenameTableNameKind::To(new),
                } => self.own(new),
                Op::DropColumn { .. }
                | Op::RenameColumn { .. }
                | Op::DropIndex { .. }
                | Op::DropPrimaryKey { .. }
                | Op::DropForeignKey { .. }
                | Op::DropConstraint { .. }
                | Op::AlterColumn { .. }
                | Op::AutoIncrement { .. }
                | Op::Algorithm { .. }
                | Op::Lock { .. } => Ok(()),
                _ => Err(kind_refused(words)),
            })
    }

    /// `CHECK TABLE a, b QUICK` and its kin.
    fn care(&self, tokens: &[Token]) -> Result<(), String> {
        let plain: Vec<&Token> = tokens.iter().filter(|t| !is_space(t)).collect();
        let words: Vec<String> = plain.iter().map(|t| word(t)).collect();
        let only = |t: &&&Token| matches!(t, Token::Word(_) | Token::Comma);
        let writes = CARE
            .iter()
            .any(|(verb, writes)| *writes && *verb == words[0]);
        let is_table = words.get(1).is_some_and(|w| w == "TABLE" || w == "TABLES");
        if !is_table || plain.iter().filter(only).count() != plain.len() {
            return Err(kind_refused(&words));
        }
        match writes && words.iter().any(|w| names_ours(w)) {
            true => Err(OURS.to_owned()),
            false => Ok(()),
        }
    }
}

/// What is no more than a way of keeping the table's own rows.
fn option(option: &SqlOption) -> Result<(), String> {
    let (key, fine) = match option {
        SqlOption::Comment(_) => return Ok(()),
        SqlOption::KeyValue { key, value } => {
            let key = key.value.to_ascii_uppercase();
            let fine = OPTIONS.contains(&key.as_str());
            let engine = key == "ENGINE" || key == "TYPE";
            let value = value.to_string().to_ascii_uppercase();
            let known = engine && ENGINES.contains(&value.trim_matches(['\'', '"', '`']));
            (format!("{key}={value}"), fine || known)
        }
        SqlOption::NamedParenthesizedList(list) => {
            let value = list.name.as_ref().map_or("", |name| name.value.as_str());
            let engine = list.key.value.eq_ignore_ascii_case("ENGINE") && list.values.is_empty();
            let known = ENGINES.contains(&value.to_ascii_uppercase().as_str());
            (format!("{}={value}", list.key.value), engine && known)
        }
        SqlOption::Ident(ident) => (ident.value.clone(), false),
        _ => ("such an option".to_owned(), false),
    };
    match fine {
        true => Ok(()),
        false => Err(format!("{key} of a table is not possible here")),
    }
}

fn kind_refused(words: &[String]) -> String {
    let kind: Vec<&str> = (words.iter().map(String::as_str))
        .filter(|w| !w.is_empty() && *w != "(")
        .take(2)
        .collect();
    format!("{} is not possible here", kind.join(" "))
}

/// Looks at everything that a statement is made of.
struct Parts<'j, 'd>(&'j Judge<'d>);

impl Visitor for Parts<'_, '_> {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        match reads(&query.body) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(
                "a query that writes, or reads into something, is not possible here".to_owned(),
            ),
        }
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        match self.0.place(relation) {
            Ok(()) => ControlFlow::Continue(()),
            Err(why) => ControlFlow::Break(why),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        let plain = match factor {
            // A function as a table is judged by SQLite's authorizer.
            TableFactor::Table { args, .. } => args.is_none() || self.0.database.is_none(),
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => true,
            _ => false,
        };
        match plain {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(format!("{factor} is not possible here")),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        if let (Expr::Function(function), Some(_)) = (expr, self.0.database) {
            let name = last(&function.name).map(|ident| ident.value.to_ascii_uppercase());
            let known = function.name.0.len() == 1
                && name.is_some_and(|name| functions::ALLOWED.contains(&name.as_str()));
            if !known {
                return ControlFlow::Break(format!(
                    "the function {} is not possible here",
                    function.name
                ));
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether a query does nothing else.
fn reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => reads(&query.body),
        SetExpr::SetOperation { left, right, .. } => reads(left) && reads(right),
        SetExpr::Values(_) | SetExpr::Table(_) => true,
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => false,
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;

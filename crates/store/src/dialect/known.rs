//! What is known of the tables that a statement names, as far as its translation depends on it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{Expr, ObjectName, Statement, Visit, Visitor};

use super::lists::Members;
use super::{bare, table_name};

/// A column, as far as comparisons depend on it.
#[derive(Clone, Debug)]
pub(crate) struct KnownColumn {
    pub name: String,
    pub kind: Kind,
    /// An index begins with it, or its table is the hub's own.
    pub indexed: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kind {
    /// A text that compares without the case of letters.
    Text,
    List(Arc<Members>),
    /// BLOB, BINARY: nothing but the same bytes is equal.
    Bytes,
    Number,
    Date,
    /// Also TIMESTAMP.
    DateTime,
    Time,
    Other,
}

/// Tells of the columns of a table; none if there is no such table.
pub(crate) type Look<'a> = &'a dyn Fn(&str) -> Vec<KnownColumn>;

/// The columns of all tables that a statement names, by their names alone.
pub(super) struct Known<'a> {
    tables: Vec<String>,
    look: Look<'a>,
    columns: OnceCell<HashMap<String, KnownColumn>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(statement: &Statement, look: Look<'a>) -> Known<'a> {
        let mut named = Named(Vec::new());
        let ControlFlow::Continue(()) = statement.visit(&mut named);
        Known {
            tables: named.0,
            look,
            columns: OnceCell::new(),
        }
    }

    /// Rows of several tables, or of one with itself, are compared with each other.
    pub(super) fn joins(&self) -> bool {
        self.tables.len() > 1
    }

    /// The column that an expression is; none for what is no column of these tables.
    pub(super) fn column(&self, expr: &Expr) -> Option<&KnownColumn> {
        let ident = match expr {
            Expr::Identifier(ident) => ident,
            Expr::CompoundIdentifier(parts) => parts.last()?,
            Expr::Nested(inside) => return self.column(inside),
            _ => return None,
        };
        let columns = self.columns.get_or_init(|| self.load());
        columns.get(&ident.value.to_ascii_lowercase())
    }

    fn load(&self) -> HashMap<String, KnownColumn> {
        let mut columns: HashMap<String, KnownColumn> = HashMap::new();
        for column in self.tables.iter().flat_map(|table| (self.look)(table)) {
            let name = column.name.to_ascii_lowercase();
            match columns.get_mut(&name) {
                None => drop(columns.insert(name, column)),
                Some(known) => {
                    known.indexed |= column.indexed;
                    if known.kind != column.kind {
                        known.kind = Kind::Other;
                    }
                }
            }
        }
        columns
    }
}

/// Collects the names of tables.
struct Named(Vec<String>);

impl Visitor for Named {
    type Break = std::convert::Infallible;

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Self::Break> {
        self.0.push(bare(&table_name(relation)));
        ControlFlow::Continue(())
    }
}

//! Has texts compare as MySQL's: without the case of letters and without blanks at their end.
//!
//! SQLite's NOCASE does the former, `mysql_pad` around an expression the latter. An index of the file
//! is of no use to a comparison with such an expression: where an index may decide, the comparison
//! stays SQLite's, which counts blanks. Nothing of this is in the file, which other programs read.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, GroupByExpr, Ident, ObjectName, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SetExpr, SetQuantifier, Statement, Value, VisitMut, VisitorMut,
};

use super::known::{Kind, Known};
use super::rows::instead;

/// As a collation in the statement: without case and without blanks at the end.
const PADDED: &str = "mysql_padded";
/// As a collation in the statement: without case only, as the value is shown.
pub(super) const FOLDED: &str = "mysql_folded";
/// As a collation in the statement: byte by byte.
pub(super) const BYTES: &str = "mysql_bytes";

/// Functions that give the least or highest of several texts.
const EXTREME: [&str; 4] = ["GREATEST", "LEAST", "MAX", "MIN"];

/// Says of each comparison of a statement how it is made.
pub(super) fn apply(statement: &mut Statement, known: &Known<'_>) {
    let ControlFlow::Continue(()) = statement.visit(&mut Collate(known));
}

struct Collate<'a>(&'a Known<'a>);

/// An expression that compares in this way.
fn collated(expr: Expr, how: &str) -> Expr {
    let plain = matches!(
        expr,
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) | Expr::Function(_)
    );
    let expr = match plain {
        true => expr,
        false => Expr::Nested(Box::new(expr)),
    };
    Expr::Collate {
        expr: Box::new(expr),
        collation: ObjectName::from(vec![Ident::new(how)]),
    }
}

fn collate(expr: &mut Expr) {
    let taken = std::mem::replace(expr, Expr::value(Value::Null));
    *expr = match taken {
        Expr::Collate { .. } => taken,
        taken => collated(taken, PADDED),
    };
}

/// Whether an expression that is no column may be a text.
fn may_be_text(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                text.trim().parse::<f64>().is_err()
            }
            _ => false,
        },
        Expr::Nested(inside) => may_be_text(inside),
        Expr::Function(_)
        | Expr::Subquery(_)
        | Expr::Case { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Identifier(_)
        | Expr::CompoundIdentifier(_) => true,
        _ => false,
    }
}

impl Collate<'_> {
    /// Whether texts that this gives are to be told apart as MySQL does it.
    fn wants(&self, expr: &Expr) -> bool {
        match self.0.column(expr) {
            Some(column) => column.kind == Kind::Text,
            None => may_be_text(expr),
        }
    }

    /// The same, where an index of the column would be of no use any more.
    fn wants_without_index(&self, expr: &Expr) -> bool {
        self.wants(expr) && self.0.column(expr).is_none_or(|column| !column.indexed)
    }

    fn compare(&self, left: &mut Expr, right: &mut Expr) {
        let is_column = |expr: &Expr| self.0.column(expr).is_some();
        let literal = |expr: &Expr| matches!(expr, Expr::Value(_));
        let bytes = |expr: &Expr| self.0.column(expr).is_some_and(|c| c.kind == Kind::Bytes);
        if bytes(left) || bytes(right) {
            *right = collated(right.clone(), BYTES);
            return;
        }
        // A column with a literal is translated so that indexes count.
        if is_column(left) && literal(right) || literal(left) && is_column(right) {
            return;
        }
        let alone = is_column(left) && is_column(right) && !self.0.joins();
        let free = |expr: &Expr| alone || self.wants_without_index(expr);
        if self.wants(left) && self.wants(right) && free(left) && free(right) {
            collate(left);
            collate(right);
        }
    }

    /// The number of a list's member where a number is meant.
    fn numbered(&self, expr: &mut Expr) {
        if let Some(Kind::List(members)) = self.0.column(expr).map(|column| &column.kind)
            && let Some(number) = members.number(&expr.to_string())
        {
            *expr = number;
        }
    }

    fn function(&self, function: &mut Function) {
        let name = function.name.to_string().to_ascii_uppercase();
        let FunctionArguments::List(list) = &mut function.args else {
            return;
        };
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        let several = list.args.len() > 1;
        let mut args = list.args.iter_mut().filter_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        });
        if name == "FIELD" {
            args.filter(|arg| self.wants(arg)).for_each(collate);
            return;
        }
        let Some(first) = args.next().filter(|first| self.wants(first)) else {
            return;
        };
        if distinct && !several {
            collate(first);
        } else if EXTREME.contains(&name.as_str()) && (several || self.0.column(first).is_none()) {
            // An index has the least and the highest of a column.
            *first = collated(first.clone(), FOLDED);
        }
    }

    /// Rows that differ in blanks or case only are one.
    fn distinct(&self, select: &mut Select) {
        for item in &mut select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) if self.wants(expr) => {
                    let alias = match &*expr {
                        Expr::Identifier(ident) => Some(ident.clone()),
                        Expr::CompoundIdentifier(parts) => parts.last().cloned(),
                        _ => None,
                    };
                    let expr = collated(expr.clone(), PADDED);
                    *item = match alias {
                        Some(alias) => SelectItem::ExprWithAlias { expr, alias },
                        None => SelectItem::UnnamedExpr(expr),
                    };
                }
                SelectItem::ExprWithAlias { expr, .. } if self.wants(expr) => collate(expr),
                _ => {}
            }
        }
    }

    /// A value that is looked for in a query's rows.
    fn looked_for(&self, expr: &mut Expr, within: &mut SetExpr) {
        if self.gives_texts(within) {
            collate(expr);
        }
    }

    /// Has what is looked for in a query's rows compare like what it is compared with; false when
    /// these are no texts.
    fn gives_texts(&self, body: &mut SetExpr) -> bool {
        match body {
            SetExpr::Select(select) => {
                let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] =
                    &mut select.projection[..]
                else {
                    return false;
                };
                let texts = self.wants(item) || matches!(item, Expr::Collate { .. });
                if texts {
                    collate(item);
                }
                texts
            }
            SetExpr::Query(query) => self.gives_texts(&mut query.body),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.gives_texts(left);
                self.gives_texts(right) && left
            }
            _ => false,
        }
    }

    /// The rows of a union that are not all kept. `within`: of such a one.
    fn union(&self, body: &mut SetExpr, within: bool) {
        match body {
            SetExpr::Select(select) if within => self.distinct(select),
            SetExpr::Query(query) if within => self.union(&mut query.body, within),
            SetExpr::SetOperation {
                set_quantifier,
                left,
                right,
                ..
            } => {
                let within = within || *set_quantifier != SetQuantifier::All;
                self.union(left, within);
                self.union(right, within);
            }
            _ => {}
        }
    }

    fn order(&self, by: &mut OrderByExpr, projection: Option<&[SelectItem]>) {
        self.numbered(&mut by.expr);
        match position(&by.expr, projection) {
            Some(item) if self.wants_without_index(item) => {
                by.expr = collated(item.clone(), PADDED);
            }
            None if self.wants_without_index(&by.expr) => collate(&mut by.expr),
            _ => {}
        }
    }
}

/// The column of a result that a number stands for.
fn position<'a>(expr: &Expr, projection: Option<&'a [SelectItem]>) -> Option<&'a Expr> {
    let Expr::Value(value) = expr else {
        return None;
    };
    let Value::Number(number, _) = &value.value else {
        return None;
    };
    let at: usize = number.to_string().parse().ok()?;
    match projection?.get(at.checked_sub(1)?)? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

impl VisitorMut for Collate<'_> {
    type Break = std::convert::Infallible;

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if let GroupByExpr::Expressions(list, _) = &mut select.group_by {
            for by in list {
                match position(by, Some(&select.projection)) {
                    Some(item) if self.wants(item) => *by = collated(item.clone(), PADDED),
                    None if self.wants(by) => collate(by),
                    _ => {}
                }
            }
        }
        if select.distinct.is_some() {
            self.distinct(select);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let projection = match &*query.body {
            SetExpr::Select(select) => Some(select.projection.clone()),
            _ => None,
        };
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(list) = &mut order.kind
        {
            for by in list {
                self.order(by, projection.as_deref());
            }
        }
        self.union(&mut query.body, false);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Some(instead) = instead(expr) {
            *expr = instead;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        use BinaryOperator::{
            Divide, Eq, Gt, GtEq, Lt, LtEq, Minus, Multiply, NotEq, Plus, Spaceship,
        };
        match expr {
            Expr::BinaryOp { left, op, right } => {
                let number = |expr: &Expr| matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..)));
                match op {
                    Eq | NotEq | Spaceship | Lt | LtEq | Gt | GtEq if number(right) => {
                        self.numbered(left);
                    }
                    Eq | NotEq | Spaceship | Lt | LtEq | Gt | GtEq if number(left) => {
                        self.numbered(right);
                    }
                    Eq | NotEq | Spaceship | Lt | LtEq | Gt | GtEq => self.compare(left, right),
                    Plus | Minus | Multiply | Divide => {
                        self.numbered(left);
                        self.numbered(right);
                    }
                    _ => {}
                }
            }
            Expr::InSubquery { expr, subquery, .. } if self.wants_without_index(expr) => {
                self.looked_for(expr, &mut subquery.body);
            }
            Expr::InList { expr, list, .. } if self.wants_without_index(expr) => {
                let texts = |item: &Expr| self.wants(item) || matches!(item, Expr::Value(_));
                if list.iter().all(texts) {
                    collate(expr);
                    list.iter_mut()
                        .filter(|item| self.wants(item))
                        .for_each(collate);
                }
            }
            Expr::Between {
                expr, low, high, ..
            } if [&*expr, &*low, &*high].iter().all(|e| self.wants(e))
                && self.wants_without_index(expr) =>
            {
                [expr, low, high].into_iter().for_each(|e| collate(e));
            }
            Expr::Case {
                operand: Some(operand),
                conditions,
                ..
            } if self.wants(operand) => {
                collate(operand);
                let whens = conditions.iter_mut().map(|case| &mut case.condition);
                whens.filter(|when| self.wants(when)).for_each(collate);
            }
            Expr::Function(function) => self.function(function),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

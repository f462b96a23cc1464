//! Has numbers compare with texts as numbers, and dates and times with whatever they are compared
//! with as such, as MySQL does it: SQLite compares what is stored, digit by digit.
//!
//! A literal becomes what the column has, so that indexes count; what else there is becomes it by a
//! function. IN, BETWEEN and CASE are comparisons of two then.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, SelectItem, SetExpr, Statement, UnaryOperator, Value,
    VisitMut, VisitorMut,
};

use super::classes::Class::{self, Date, DateTime, Number, Text, Time};
use super::classes::{class, names};
use super::known::Known;
use super::moments::Moment;
use crate::db::Cell;

/// Makes each comparison of a statement one of the same kinds.
pub(super) fn apply(statement: &mut Statement, known: &Known<'_>) {
    let classes = names(statement, known);
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Typed { known, classes });
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::value(Value::Null))
}

/// Puts a function around an expression.
fn wrap(expr: &mut Expr, function: &str) {
    let arg = FunctionArg::Unnamed(FunctionArgExpr::Expr(take(expr)));
    *expr = Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(function)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![arg],
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    });
}

/// The text of a literal.
fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inside) => literal(inside),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Some(text.clone()),
            Value::Number(number, _) => Some(number.to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn text(text: String) -> Expr {
    Expr::value(Value::SingleQuotedString(text))
}

fn as_number(expr: &mut Expr) {
    match literal(expr) {
        Some(text) => {
            let text = super::digits::beginning(&Cell::Text(text.into()));
            *expr = Expr::value(Value::Number(text, false));
        }
        None => wrap(expr, "mysql_number"),
    }
}

fn as_datetime(expr: &mut Expr) {
    match literal(expr) {
        Some(said) => *expr = text(Moment::read(&said).unwrap_or_default().date_and_time()),
        None => wrap(expr, "mysql_datetime"),
    }
}

fn as_seconds(expr: &mut Expr) {
    wrap(expr, "mysql_seconds");
}

/// Makes two sides of a comparison alike; false if they are.
fn align(left: (&mut Expr, Class), right: (&mut Expr, Class)) -> bool {
    let ((left, of_left), (right, of_right)) = (left, right);
    match (of_left, of_right) {
        (Number, Text) => as_number(right),
        (Text, Number) => as_number(left),
        (Date, Date) | (DateTime, DateTime) => return false,
        (Time, _) | (_, Time) => {
            as_seconds(left);
            as_seconds(right);
        }
        (Date, _) if date_of(right) => {}
        (_, Date) if date_of(left) => {}
        // A number that is no literal is no date.
        (Date | DateTime, Number) if literal(right).is_none() => wrap(left, "mysql_digits"),
        (Number, Date | DateTime) if literal(left).is_none() => wrap(right, "mysql_digits"),
        (Date | DateTime, _) | (_, Date | DateTime) => {
            if of_left != DateTime {
                as_datetime(left);
            }
            if of_right != DateTime {
                as_datetime(right);
            }
        }
        _ => return false,
    }
    true
}

/// Makes a literal a date, if it is one without a time.
fn date_of(expr: &mut Expr) -> bool {
    let date = literal(expr).map(|said| Moment::read(&said).unwrap_or_default());
    match date.filter(Moment::is_midnight) {
        Some(date) => {
            *expr = text(date.date());
            true
        }
        None => false,
    }
}

struct Typed<'a> {
    known: &'a Known<'a>,
    classes: HashMap<String, Class>,
}

impl Typed<'_> {
    fn class(&self, expr: &Expr) -> Class {
        class(expr, self.known, &self.classes)
    }

    fn align(&self, left: &mut Expr, right: &mut Expr) -> bool {
        let (of_left, of_right) = (self.class(left), self.class(right));
        align((left, of_left), (right, of_right))
    }

    /// Whether the two are of different kinds.
    fn differ(&self, left: &Expr, right: &Expr) -> bool {
        self.align(&mut left.clone(), &mut right.clone())
    }

    fn compared(&self, left: &Expr, op: BinaryOperator, right: &Expr) -> Expr {
        let (mut left, mut right) = (left.clone(), right.clone());
        self.align(&mut left, &mut right);
        Expr::BinaryOp {
            left: Box::new(left),
            op,
            right: Box::new(right),
        }
    }

    /// IN of a list as one IN for each way in which it compares with the items.
    fn lists(&self, expr: &Expr, items: &[Expr]) -> Vec<Expr> {
        let mut ways: Vec<(Expr, Vec<Expr>)> = Vec::new();
        for item in items {
            let (mut expr, mut item) = (expr.clone(), item.clone());
            self.align(&mut expr, &mut item);
            match ways.iter_mut().find(|(way, _)| *way == expr) {
                Some((_, items)) => items.push(item),
                None => ways.push((expr, vec![item])),
            }
        }
        let one = |(expr, list)| Expr::InList {
            expr: Box::new(expr),
            list,
            negated: false,
        };
        ways.into_iter().map(one).collect()
    }

    /// A date or time that is reckoned with is a number.
    fn reckoned(&self, expr: &mut Expr) {
        if matches!(self.class(expr), Date | DateTime | Time) {
            wrap(expr, "mysql_digits");
        }
    }

    /// What is looked for in a query's rows.
    fn looked_for(&self, expr: &mut Expr, within: &mut SetExpr) {
        let SetExpr::Select(select) = within else {
            return;
        };
        if let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] =
            &mut select.projection[..]
        {
            self.align(expr, item);
        }
    }

    fn function(&self, function: &mut Function) {
        let name = function.name.to_string().to_ascii_uppercase();
        if !matches!(
            name.as_str(),
            "SUM" | "AVG" | "ABS" | "ROUND" | "FLOOR" | "MOD"
        ) {
            return;
        }
        if let FunctionArguments::List(list) = &mut function.args {
            for arg in &mut list.args {
                if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg {
                    self.reckoned(expr);
                }
            }
        }
    }
}

fn chained(parts: impl Iterator<Item = Expr>, op: &BinaryOperator, negated: bool) -> Option<Expr> {
    let both = |left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: op.clone(),
        right: Box::new(right),
    };
    let all = Expr::Nested(Box::new(parts.reduce(both)?));
    Some(match negated {
        true => Expr::Nested(Box::new(Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: Box::new(all),
        })),
        false => all,
    })
}

impl VisitorMut for Typed<'_> {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        use BinaryOperator::{
            And, Divide, Eq, Gt, GtEq, Lt, LtEq, Minus, Modulo, Multiply, MyIntegerDivide, NotEq,
            Or, Plus, Spaceship,
        };
        let instead = match expr {
            Expr::BinaryOp { left, op, right } => {
                match op {
                    Eq | NotEq | Spaceship | Lt | LtEq | Gt | GtEq => {
                        self.align(left, right);
                    }
                    Plus | Minus
                        if matches!(**left, Expr::Interval(_))
                            || matches!(**right, Expr::Interval(_)) => {}
                    Plus | Minus | Multiply | Divide | Modulo | MyIntegerDivide => {
                        self.reckoned(left);
                        self.reckoned(right);
                    }
                    _ => {}
                }
                None
            }
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => {
                self.reckoned(expr);
                None
            }
            Expr::InList {
                expr,
                list,
                negated,
            } if list.iter().any(|item| self.differ(expr, item)) => {
                chained(self.lists(expr, list).into_iter(), &Or, *negated)
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } if self.differ(expr, low) || self.differ(expr, high) => {
                let both = [
                    self.compared(expr, GtEq, low),
                    self.compared(expr, LtEq, high),
                ];
                chained(both.into_iter(), &And, *negated)
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.looked_for(expr, &mut subquery.body);
                None
            }
            Expr::Case {
                operand,
                conditions,
                ..
            } => {
                let differs = operand.as_ref().is_some_and(|operand| {
                    (conditions.iter()).any(|case| self.differ(operand, &case.condition))
                });
                if differs && let Some(operand) = operand.take() {
                    for case in conditions {
                        case.condition = self.compared(&operand, Eq, &case.condition);
                    }
                }
                None
            }
            Expr::Cast {
                expr, data_type, ..
            } => {
                let ty = data_type.to_string().to_ascii_lowercase();
                if ["signed", "unsigned", "dec", "double"]
                    .iter()
                    .any(|word| ty.starts_with(word))
                {
                    self.reckoned(expr);
                }
                None
            }
            Expr::Function(function) => {
                self.function(function);
                None
            }
            _ => None,
        };
        if let Some(instead) = instead {
            *expr = instead;
        }
        ControlFlow::Continue(())
    }
}

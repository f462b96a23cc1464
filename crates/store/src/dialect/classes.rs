//! What expressions give, as far as comparisons depend on it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem,
    SetExpr, Statement, UnaryOperator, Value, Visit, Visitor,
};

use super::known::{Kind, Known};

/// What an expression gives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Class {
    Number,
    Text,
    Date,
    DateTime,
    Time,
    Unknown,
}

use Class::{Date, DateTime, Number, Text, Time, Unknown};

/// Functions that give numbers, texts, dates and so on, whatever they are given.
const FUNCTIONS: &[(Class, &[&str])] = &[
    (
        Number,
        &[
            "ABS",
            "ASCII",
            "AVG",
            "BIT_LENGTH",
            "CEIL",
            "CEILING",
            "CHARACTER_LENGTH",
            "CHAR_LENGTH",
            "COUNT",
            "DATEDIFF",
            "DAY",
            "DAYOFMONTH",
            "DAYOFWEEK",
            "DAYOFYEAR",
            "FIELD",
            "FIND_IN_SET",
            "FLOOR",
            "HOUR",
            "INET_ATON",
            "INSTR",
            "ISNULL",
            "LENGTH",
            "LOCATE",
            "MINUTE",
            "MOD",
            "MONTH",
            "OCTET_LENGTH",
            "POW",
            "POWER",
            "RAND",
            "ROUND",
            "ROW_COUNT",
            "LAST_INSERT_ID",
            "SECOND",
            "SIGN",
            "SQRT",
            "STRCMP",
            "SUM",
            "UNIX_TIMESTAMP",
            "WEEKDAY",
            "YEAR",
        ],
    ),
    (
        Text,
        &[
            "CONCAT",
            "CONCAT_WS",
            "DATE_FORMAT",
            "FORMAT",
            "GROUP_CONCAT",
            "HEX",
            "INET_NTOA",
            "LCASE",
            "LEFT",
            "LOWER",
            "LPAD",
            "LTRIM",
            "MD5",
            "MID",
            "REPEAT",
            "REPLACE",
            "REVERSE",
            "RIGHT",
            "RPAD",
            "RTRIM",
            "SPACE",
            "SUBSTR",
            "SUBSTRING",
            "UCASE",
            "UPPER",
        ],
    ),
    (Date, &["CURDATE", "CURRENT_DATE", "DATE"]),
    (
        DateTime,
        &[
            "NOW",
            "SYSDATE",
            "LOCALTIME",
            "CURRENT_TIMESTAMP",
            "UTC_TIMESTAMP",
        ],
    ),
    (Time, &["CURTIME", "CURRENT_TIME", "TIME"]),
];

/// What the names in the results of a statement's queries stand for.
pub(super) fn names(statement: &Statement, known: &Known<'_>) -> HashMap<String, Class> {
    let mut named = Named {
        known,
        classes: HashMap::new(),
    };
    let ControlFlow::Continue(()) = statement.visit(&mut named);
    named.classes
}

/// Collects what the names in results stand for.
struct Named<'a> {
    known: &'a Known<'a>,
    classes: HashMap<String, Class>,
}

impl Visitor for Named<'_> {
    type Break = std::convert::Infallible;

    fn post_visit_select(&mut self, select: &sqlparser::ast::Select) -> ControlFlow<Self::Break> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                let class = class(expr, self.known, &self.classes);
                let name = alias.value.to_ascii_lowercase();
                let known = self.classes.entry(name).or_insert(class);
                if *known != class {
                    *known = Unknown;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// What an expression gives, `names` being what those in results stand for.
pub(super) fn class(expr: &Expr, known: &Known<'_>, names: &HashMap<String, Class>) -> Class {
    if let Some(column) = known.column(expr) {
        return match column.kind {
            Kind::Text => Text,
            Kind::Number => Number,
            Kind::Date => Date,
            Kind::DateTime => DateTime,
            Kind::Time => Time,
            Kind::List(_) | Kind::Bytes | Kind::Other => Unknown,
        };
    }
    match expr {
        Expr::Identifier(ident) => names.get(&ident.value.to_ascii_lowercase()).copied(),
        Expr::CompoundIdentifier(parts) => (parts.last())
            .and_then(|ident| names.get(&ident.value.to_ascii_lowercase()))
            .copied(),
        Expr::Value(value) => match &value.value {
            Value::Number(..) | Value::Boolean(_) => Some(Number),
            Value::SingleQuotedString(_) | Value::DoubleQuotedString(_) => Some(Text),
            _ => None,
        },
        Expr::Nested(inside) | Expr::Collate { expr: inside, .. } => {
            return class(inside, known, names);
        }
        Expr::UnaryOp {
            op: UnaryOperator::Minus | UnaryOperator::Plus,
            ..
        } => Some(Number),
        Expr::BinaryOp { op, left, right } => match op {
            BinaryOperator::Plus | BinaryOperator::Minus
                if matches!(**left, Expr::Interval(_)) || matches!(**right, Expr::Interval(_)) =>
            {
                None
            }
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::MyIntegerDivide
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOr
            | BinaryOperator::BitwiseXor => Some(Number),
            _ => None,
        },
        Expr::Ceil { .. } | Expr::Floor { .. } | Expr::Extract { .. } | Expr::Position { .. } => {
            Some(Number)
        }
        Expr::Substring { .. } | Expr::Trim { .. } => Some(Text),
        Expr::Cast { data_type, .. } => {
            let ty = data_type.to_string().to_ascii_lowercase();
            let starts = |all: &[&str]| all.iter().any(|word| ty.starts_with(word));
            match ty.as_str() {
                "date" => Some(Date),
                "datetime" => Some(DateTime),
                "time" => Some(Time),
                _ if starts(&["char", "nchar"]) => Some(Text),
                _ if starts(&["signed", "unsigned", "int", "dec", "double"]) => Some(Number),
                _ => None,
            }
        }
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => match &select.projection[..] {
                [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] => {
                    return class(expr, known, names);
                }
                _ => None,
            },
            _ => None,
        },
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_uppercase();
            if matches!(name.as_str(), "MAX" | "MIN") {
                return arguments(function)
                    .next()
                    .map_or(Unknown, |first| class(first, known, names));
            }
            let is = |(_, all): &&(Class, &[&str])| all.contains(&name.as_str());
            FUNCTIONS.iter().find(is).map(|(class, _)| *class)
        }
        _ => None,
    }
    .unwrap_or(Unknown)
}

fn arguments(function: &Function) -> impl Iterator<Item = &Expr> {
    let list = match &function.args {
        FunctionArguments::List(list) => &list.args[..],
        _ => &[],
    };
    list.iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

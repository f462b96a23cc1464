//! Comparisons of rows, and one in a function, as comparisons of single values.

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value,
};

/// Row by row: `(a, b) = (c, d)` as `a = c AND b = d`.
fn row(left: &[Expr], right: &[Expr]) -> Option<Expr> {
    let equal = |(left, right): (&Expr, &Expr)| Expr::BinaryOp {
        left: Box::new(left.clone()),
        op: BinaryOperator::Eq,
        right: Box::new(right.clone()),
    };
    let pairs = (left.len() == right.len()).then(|| left.iter().zip(right).map(equal))?;
    joined(pairs, &BinaryOperator::And)
}

fn joined(parts: impl Iterator<Item = Expr>, op: &BinaryOperator) -> Option<Expr> {
    let both = |left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: op.clone(),
        right: Box::new(right),
    };
    parts.reduce(both).map(|all| Expr::Nested(Box::new(all)))
}

fn negated(expr: Expr, negated: bool) -> Expr {
    match negated {
        true => Expr::Nested(Box::new(Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: Box::new(expr),
        })),
        false => expr,
    }
}

/// What a comparison of rows, or one in a function, is instead.
pub(super) fn instead(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("nullif") => {
            let FunctionArguments::List(list) = &function.args else {
                return None;
            };
            let [
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)),
                FunctionArg::Unnamed(FunctionArgExpr::Expr(other)),
            ] = &list.args[..]
            else {
                return None;
            };
            Some(Expr::Case {
                case_token: AttachedToken::empty(),
                end_token: AttachedToken::empty(),
                operand: None,
                conditions: vec![CaseWhen {
                    condition: row(std::slice::from_ref(value), std::slice::from_ref(other))?,
                    result: Expr::value(Value::Null),
                }],
                else_result: Some(Box::new(value.clone())),
            })
        }
        Expr::BinaryOp {
            left,
            op: op @ (BinaryOperator::Eq | BinaryOperator::NotEq),
            right,
        } => match (&**left, &**right) {
            (Expr::Tuple(left), Expr::Tuple(right)) => {
                Some(negated(row(left, right)?, *op == BinaryOperator::NotEq))
            }
            _ => None,
        },
        Expr::InList {
            expr,
            list,
            negated: not,
        } => {
            let Expr::Tuple(left) = &**expr else {
                return None;
            };
            let one = |item: &Expr| match item {
                Expr::Tuple(right) => row(left, right),
                _ => None,
            };
            let all = list.iter().map(one).collect::<Option<Vec<_>>>()?;
            let any = joined(all.into_iter(), &BinaryOperator::Or)?;
            Some(negated(any, *not))
        }
        _ => None,
    }
}

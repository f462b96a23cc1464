//! Expressions: what MySQL says otherwise than SQLite.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, Ident, Interval, ObjectName, ObjectNamePart,
    UnaryOperator, Value, VisitMut, VisitorMut,
};

use super::collate::{BYTES, FOLDED};
use super::{cannot, literal, name};

/// Functions with a fixed number of arguments, by name, number and what stands for them: `{0}`
/// is the first argument.
#[rustfmt::skip]
const FUNCTIONS: &[(&str, usize, &str)] = &[
    ("NOW", 0, "datetime('now', 'localtime')"),
    ("SYSDATE", 0, "datetime('now', 'localtime')"),
    ("LOCALTIME", 0, "datetime('now', 'localtime')"),
    ("CURRENT_TIMESTAMP", 0, "datetime('now', 'localtime')"),
    ("UTC_TIMESTAMP", 0, "datetime('now')"),
    ("CURDATE", 0, "date('now', 'localtime')"),
    ("CURRENT_DATE", 0, "date('now', 'localtime')"),
    ("CURTIME", 0, "time('now', 'localtime')"),
    ("CURRENT_TIME", 0, "time('now', 'localtime')"),
    ("UNIX_TIMESTAMP", 0, "unixepoch()"),
    ("UNIX_TIMESTAMP", 1, "unixepoch(mysql_moment({0}), 'utc')"),
    ("FROM_UNIXTIME", 1, "datetime({0}, 'unixepoch', 'localtime')"),
    ("DATEDIFF", 2, "CAST(julianday(date(mysql_moment({0}))) - julianday(date(mysql_moment({1}))) AS INTEGER)"),
    ("YEAR", 1, "mysql_part({0}, 'Y')"),
    ("MONTH", 1, "mysql_part({0}, 'm')"),
    ("DAY", 1, "mysql_part({0}, 'd')"),
    ("DAYOFMONTH", 1, "mysql_part({0}, 'd')"),
    ("DAYOFYEAR", 1, "mysql_part({0}, 'j')"),
    ("DAYOFWEEK", 1, "(mysql_part({0}, 'w') + 1)"),
    ("WEEKDAY", 1, "((mysql_part({0}, 'w') + 6) % 7)"),
    ("HOUR", 1, "mysql_part({0}, 'H')"),
    ("MINUTE", 1, "mysql_part({0}, 'i')"),
    ("SECOND", 1, "mysql_part({0}, 's')"),
    ("DATE", 1, "mysql_cast({0}, 'date')"),
    ("TIME", 1, "mysql_cast({0}, 'time')"),
    ("HEX", 1, "mysql_hex({0})"),
    ("FORMAT", 2, "mysql_format({0}, {1})"),
    ("ROUND", 1, "mysql_round({0}, 0)"),
    ("ROUND", 2, "mysql_round({0}, {1})"),
    ("LPAD", 2, "lpad({0}, {1}, ' ')"),
    ("RPAD", 2, "rpad({0}, {1}, ' ')"),
    ("LENGTH", 1, "octet_length({0})"),
    ("OCTET_LENGTH", 1, "octet_length({0})"),
    ("CHAR_LENGTH", 1, "length({0})"),
    ("CHARACTER_LENGTH", 1, "length({0})"),
    ("UCASE", 1, "upper({0})"),
    ("LCASE", 1, "lower({0})"),
    ("LEFT", 2, "substr({0}, 1, {1})"),
    ("RIGHT", 2, "substr({0}, -({1}), {1})"),
    ("MID", 3, "substr({0}, {1}, {2})"),
    ("LOCATE", 2, "instr(lower({1}), lower({0}))"),
    ("INSTR", 2, "instr(lower({0}), lower({1}))"),
    ("REPEAT", 2, "replace(hex(zeroblob({1})), '00', {0})"),
    ("SPACE", 1, "replace(hex(zeroblob({0})), '00', ' ')"),
    ("STRCMP", 2, "((mysql_pad({0}) COLLATE NOCASE > mysql_pad({1})) - (mysql_pad({0}) COLLATE NOCASE < mysql_pad({1})))"),
    ("IF", 3, "iif({0}, {1}, {2})"),
    ("ISNULL", 1, "({0} IS NULL)"),
    ("MOD", 2, "({0} % {1})"),
    ("RAND", 0, "(random() / 18446744073709551616.0 + 0.5)"),
    ("LAST_INSERT_ID", 0, "last_insert_rowid()"),
    ("ROW_COUNT", 0, "changes()"),
    ("DATABASE", 0, "'main'"),
    ("SCHEMA", 0, "'main'"),
];

/// SQL text in the place of an expression.
pub(super) fn raw(sql: String) -> Expr {
    Expr::Identifier(Ident::new(sql))
}

/// Translates every expression in something, from the inside out.
pub(super) fn translate(node: &mut impl VisitMut) -> Result<(), String> {
    match node.visit(&mut Translate) {
        ControlFlow::Break(why) => Err(why),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// What there is of the schema of schemas.
const CATALOG: [&str; 2] = ["information_schema.tables", "information_schema.columns"];

struct Translate;

impl VisitorMut for Translate {
    type Break = String;

    fn post_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<String> {
        let catalog = match &relation.0[..] {
            [database, _] => database.as_ident().map(|ident| ident.value.as_str()),
            _ => None,
        };
        let catalog = catalog.is_some_and(|name| name.eq_ignore_ascii_case("information_schema"));
        if let Some(ident) = relation.0.last().and_then(|part| part.as_ident()) {
            let mut value = ident.value.clone();
            if catalog {
                value = format!("information_schema.{}", value.to_ascii_lowercase());
                if !CATALOG.contains(&value.as_str()) {
                    return ControlFlow::Break(cannot(value));
                }
            }
            let ident = Ident::with_quote('`', value);
            relation.0 = vec![ObjectNamePart::Identifier(ident)];
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        match one(expr) {
            Err(why) => ControlFlow::Break(why),
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(sql)) => {
                *expr = raw(sql);
                ControlFlow::Continue(())
            }
        }
    }
}

/// What stands for an expression whose parts are translated already; `None`: itself.
fn one(expr: &Expr) -> Result<Option<String>, String> {
    Ok(Some(match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text)
            | Value::DoubleQuotedString(text)
            | Value::NationalStringLiteral(text) => literal(text),
            Value::HexStringLiteral(hex) => format!("CAST(X'{hex}' AS TEXT)"),
            Value::Boolean(value) => i32::from(*value).to_string(),
            Value::Number(..) | Value::Null => return Ok(None),
            other => return Err(cannot(format!("the literal {other}"))),
        },
        // A word of ours is no name any more.
        Expr::Identifier(ident) if ident.value.starts_with('@') => {
            return Err(cannot(format!("the variable {}", ident.value)));
        }
        Expr::Identifier(ident) if ident.quote_style == Some('`') => name(ident),
        Expr::CompoundIdentifier(parts) => {
            // DATABASE.TABLE.COLUMN: there is one database.
            let parts: Vec<String> = parts.iter().rev().take(2).rev().map(name).collect();
            parts.join(".")
        }
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Divide => format!("mysql_div({left}, {right})"),
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Spaceship
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => {
                return Ok(match (&**left, &**right) {
                    (Expr::Tuple(_), _) | (_, Expr::Tuple(_)) => Some(rows(left, op, right)),
                    _ => compare(&left.to_string(), op, &right.to_string()),
                });
            }
            BinaryOperator::MyIntegerDivide => {
                format!("CAST({left} * 1.0 / {right} AS INTEGER)")
            }
            BinaryOperator::StringConcat => format!("({left} OR {right})"),
            BinaryOperator::Xor => format!("(({left} <> 0) <> ({right} <> 0))"),
            BinaryOperator::BitwiseXor => {
                format!("(({left} | {right}) - ({left} & {right}))")
            }
            BinaryOperator::Plus | BinaryOperator::Minus => match (&**left, &**right) {
                (date, Expr::Interval(interval)) => {
                    add_date(date, interval, *op == BinaryOperator::Minus)?
                }
                _ => return Ok(None),
            },
            BinaryOperator::PGOverlap => format!("({left} AND {right})"),
            _ => return Ok(None),
        },
        Expr::UnaryOp {
            op: UnaryOperator::BangNot,
            expr,
        } => format!("(NOT {expr})"),
        Expr::Like {
            negated,
            any: false,
            expr,
            pattern,
            escape_char,
        } => {
            let not = if *negated { "NOT " } else { "" };
            let escape = match escape_char {
                Some(escape) => escape.to_string(),
                // MySQL's own; of a doubled one in a literal the parser has left one.
                None => "'\\'".to_owned(),
            };
            format!("({expr} {not}LIKE {pattern} ESCAPE {escape})")
        }
        Expr::InList {
            expr,
            list,
            negated,
        } => {
            let not = if *negated { "NOT " } else { "" };
            let list: Vec<String> = (list.iter())
                .map(|item| literal_trimmed(&item.to_string()))
                .collect();
            format!(
                "{} {not}IN ({})",
                folded(&expr.to_string()),
                list.join(", ")
            )
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let not = if *negated { "NOT " } else { "" };
            format!(
                "({} {not}BETWEEN {low} AND {high})",
                folded(&expr.to_string())
            )
        }
        Expr::RLike { regexp, .. } => {
            return Err(cannot(if *regexp { "REGEXP" } else { "RLIKE" }));
        }
        Expr::SimilarTo { .. } => return Err(cannot("SIMILAR TO")),
        Expr::MatchAgainst { .. } => return Err(cannot("MATCH ... AGAINST")),
        Expr::Cast {
            kind: CastKind::Cast,
            expr,
            data_type,
            ..
        } => cast(expr, data_type)?,
        Expr::Convert {
            expr,
            data_type,
            charset,
            ..
        } => match (data_type, charset) {
            (Some(data_type), _) => cast(expr, data_type)?,
            (None, _) => format!("({expr})"),
        },
        Expr::Prefixed { value, .. } => format!("({value})"),
        Expr::Collate { expr, collation } => {
            let name = collation.to_string().to_ascii_lowercase();
            let bytes = name == "binary" || name.ends_with("_bin");
            match name.as_str() {
                BYTES => format!("({expr} COLLATE BINARY)"),
                FOLDED => format!("({expr} COLLATE NOCASE)"),
                _ if bytes => format!("({expr} COLLATE RTRIM)"),
                _ => format!("(mysql_pad({expr}) COLLATE NOCASE)"),
            }
        }
        Expr::Position { expr, r#in } => format!("instr(lower({in}), lower({expr}))"),
        Expr::Substring {
            expr,
            substring_from: Some(from),
            substring_for,
            ..
        } => match substring_for {
            Some(length) => format!("substr({expr}, {from}, {length})"),
            None => format!("substr({expr}, {from})"),
        },
        Expr::Trim {
            expr,
            trim_where,
            trim_what,
            ..
        } => {
            let side = trim_where.as_ref().map(ToString::to_string);
            let function = match side.as_deref() {
                None | Some("BOTH") => "trim",
                Some("LEADING") => "ltrim",
                Some(_) => "rtrim",
            };
            match trim_what {
                Some(what) => format!("{function}({expr}, {what})"),
                None => format!("{function}({expr}, ' ')"),
            }
        }
        Expr::Ceil { expr, .. } => format!("ceil({expr})"),
        Expr::Floor { expr, .. } => format!("floor({expr})"),
        Expr::Extract { field, expr, .. } => {
            let field = field.to_string().to_ascii_uppercase();
            let known = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
            match FUNCTIONS
                .iter()
                .find(|f| f.0 == field && known.contains(&f.0))
            {
                Some((_, _, template)) => template.replace("{0}", &expr.to_string()),
                None => return Err(cannot(format!("EXTRACT({field} FROM ...)"))),
            }
        }
        Expr::Function(function) => return call(function),
        _ => return Ok(None),
    }))
}

/// Whether a translated expression is a column, which knows itself how it compares.
fn is_column(sql: &str) -> bool {
    let bare = |part: &str| {
        let quoted = part
            .strip_prefix('`')
            .and_then(|part| part.strip_suffix('`'));
        match quoted {
            Some(name) => !name.contains('`'),
            None => {
                part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                    && !part.eq_ignore_ascii_case("null")
            }
        }
    };
    sql.split('.').all(bare)
}

/// Whether it is a number, or a text that is one.
fn is_number(sql: &str) -> bool {
    let text = unquoted(sql).unwrap_or_else(|| sql.to_owned());
    text.trim().parse::<f64>().is_ok()
}

/// Blanks at the end of a text do not count when it is compared.
fn literal_trimmed(sql: &str) -> String {
    match unquoted(sql) {
        Some(text) => literal(text.trim_end_matches(' ')),
        None => sql.to_owned(),
    }
}

/// An expression without blanks at its end, where it is compared with words.
fn trimmed_beside(sql: &str, with: &str) -> String {
    let words = unquoted(with).is_some() && !is_number(with);
    match unquoted(sql) {
        None if words => format!("rtrim({sql}, ' ')"),
        _ => literal_trimmed(sql),
    }
}

/// Whether an expression says itself how it compares; what its texts say does not count.
fn says_how(sql: &str) -> bool {
    let outside = sql.split('\'').step_by(2);
    outside.into_iter().any(|part| part.contains(" COLLATE "))
}

/// Whether a translated expression makes a text of others, which may end in blanks.
fn makes_text(sql: &str) -> bool {
    const MAKERS: [&str; 11] = [
        "CASE ",
        "coalesce(",
        "concat_ws(",
        "iif(",
        "ifnull(",
        "lower(",
        "lpad(",
        "replace(",
        "rpad(",
        "substr(",
        "upper(",
    ];
    let begins = |maker: &&str| {
        let head = sql.get(..maker.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(maker))
    };
    sql.ends_with(" || '')") || MAKERS.iter().any(begins)
}

/// What is no column compares without its case, as columns do.
fn folded(sql: &str) -> String {
    match is_column(sql) || is_number(sql) || says_how(sql) {
        true => sql.to_owned(),
        false => format!("({sql} COLLATE NOCASE)"),
    }
}

/// A row of values, each of which compares without its case.
fn row(expr: &Expr) -> String {
    match expr {
        Expr::Tuple(values) => {
            let values: Vec<String> = values.iter().map(row).collect();
            format!("({})", values.join(", "))
        }
        Expr::Subquery(_) => expr.to_string(),
        value => folded(&literal_trimmed(&value.to_string())),
    }
}

/// A comparison of rows, which SQLite makes part by part.
fn rows(left: &Expr, op: &BinaryOperator, right: &Expr) -> String {
    let sign = match op {
        BinaryOperator::Spaceship => "IS".to_owned(),
        op => op.to_string(),
    };
    format!("({} {sign} {})", row(left), row(right))
}

/// A comparison as MySQL makes it: without the case of letters and without blanks at the end.
/// `None`: SQLite makes it alike.
fn compare(left: &str, op: &BinaryOperator, right: &str) -> Option<String> {
    use BinaryOperator::{Eq, NotEq, Spaceship};
    let sign = match op {
        Spaceship => "IS".to_owned(),
        op => op.to_string(),
    };
    if says_how(left) || says_how(right) {
        return Some(format!("({left} {sign} {right})"));
    }
    let (column, text) = match (is_column(left), is_column(right)) {
        (true, false) => (left, right),
        (false, true) => (right, left),
        (true, true) => {
            return matches!(op, Spaceship).then(|| format!("({left} IS {right})"));
        }
        (false, false) => {
            let left = folded(&trimmed_beside(left, right));
            let right = trimmed_beside(right, &left);
            return Some(format!("({left} {sign} {right})"));
        }
    };
    // A number in a text is one where the column is; a name has no blanks at its end then.
    let words = unquoted(text).filter(|_| !is_number(text));
    let equal = matches!(op, Eq | NotEq | Spaceship);
    if equal && makes_text(text) {
        // An index finds both.
        let is = if *op == Spaceship { "IS" } else { "=" };
        let same = format!("({column} {is} {text} OR {column} {is} rtrim({text}, ' '))");
        return Some(match op {
            NotEq => format!("(NOT {same})"),
            _ => same,
        });
    }
    let Some(words) = words.filter(|_| equal) else {
        let (left, right) = (literal_trimmed(left), literal_trimmed(right));
        return Some(format!("({left} {sign} {right})"));
    };
    let words = words.trim_end_matches(' ');
    // An index finds the range.
    let (from, to) = (literal(words), literal(&format!("{words}!")));
    let same = format!(
        "({column} BETWEEN {from} AND {to} AND rtrim({column}, ' ') = {from} COLLATE NOCASE)"
    );
    Some(match op {
        NotEq => format!("(NOT {same})"),
        Spaceship => format!("ifnull({same}, 0)"),
        _ => same,
    })
}

/// A value as another type; BINARY compares byte by byte.
fn cast(expr: &Expr, ty: &DataType) -> Result<String, String> {
    let text = ty.to_string().to_ascii_lowercase();
    let starts = |all: &[&str]| all.iter().any(|word| text.starts_with(word));
    let binary = starts(&["binary"]);
    let size = text
        .find('(')
        .and_then(|at| text.get(at..))
        .unwrap_or_default();
    let (ty, affinity) = if starts(&["signed", "int", "bigint"]) {
        ("signed".to_owned(), "NUMERIC")
    } else if starts(&["unsigned"]) {
        ("unsigned".to_owned(), "NUMERIC")
    } else if starts(&["char", "nchar", "varchar"]) {
        (format!("char{size}"), "TEXT")
    } else if binary && size.is_empty() {
        ("char".to_owned(), "TEXT")
    } else if starts(&["decimal"]) {
        (format!("decimal{size}"), "NUMERIC")
    } else if starts(&["double", "float", "real"]) {
        ("double".to_owned(), "REAL")
    } else if ["date", "datetime", "time"].contains(&text.as_str()) {
        (text, "TEXT")
    } else {
        return Err(cannot(format!("CAST to {}", text.to_ascii_uppercase())));
    };
    let cast = format!("CAST(mysql_cast({expr}, '{ty}') AS {affinity})");
    Ok(match binary {
        true => format!("({cast} COLLATE BINARY)"),
        false => cast,
    })
}

/// A date and a time after or before it.
fn add_date(date: &Expr, interval: &Interval, minus: bool) -> Result<String, String> {
    let unit = interval.leading_field.as_ref().map(ToString::to_string);
    let unit = unit.unwrap_or_default().to_ascii_uppercase();
    let (size, unit, of_days) = match unit.as_str() {
        "SECOND" => (1, "seconds", false),
        "MINUTE" => (1, "minutes", false),
        "HOUR" => (1, "hours", false),
        "DAY" => (1, "days", true),
        "WEEK" => (7, "days", true),
        "MONTH" => (1, "months", true),
        "QUARTER" => (3, "months", true),
        "YEAR" => (1, "years", true),
        other => return Err(cannot(format!("INTERVAL ... {other}"))),
    };
    let sign = if minus { -size } else { size };
    let amount = format!("(({}) * {sign}) || ' {unit}'", interval.value);
    // The last day of a shorter month, not the first ones of the next.
    let floor = if matches!(unit, "months" | "years") {
        ", 'floor'"
    } else {
        ""
    };
    let date = &format!("mysql_moment({date})");
    Ok(if of_days {
        format!(
            "iif(length({date}) <= 10, date({date}, {amount}{floor}), \
             datetime({date}, {amount}{floor}))"
        )
    } else {
        format!("datetime({date}, {amount})")
    })
}

/// The literal that a translated argument is.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

fn call(function: &Function) -> Result<Option<String>, String> {
    let called = function.name.to_string();
    let upper = called.trim_matches('`').to_ascii_uppercase();
    if function.over.is_some() {
        return Ok(None);
    }
    let list = match &function.args {
        FunctionArguments::None => &[][..],
        FunctionArguments::Subquery(_) => return Err(cannot(&called)),
        FunctionArguments::List(list) => {
            if upper == "GROUP_CONCAT" {
                return group_concat(list).map(Some);
            }
            if list.duplicate_treatment.is_some() && list.args.len() > 1 {
                return Err(cannot(format!("{called}(DISTINCT) of several values")));
            }
            if !list.clauses.is_empty() {
                return Err(cannot(format!("{} in {called}()", list.clauses[0])));
            }
            &list.args[..]
        }
    };
    let intervals = list.iter().find_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Interval(interval))) => Some(interval),
        _ => None,
    });
    if let Some(interval) = intervals {
        let minus = match upper.as_str() {
            "DATE_ADD" | "ADDDATE" => false,
            "DATE_SUB" | "SUBDATE" => true,
            _ => return Err(cannot(format!("INTERVAL in {called}()"))),
        };
        return match list {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(date)), _] => {
                add_date(date, interval, minus).map(Some)
            }
            _ => Err(cannot(&called)),
        };
    }
    let args: Vec<String> = list.iter().map(ToString::to_string).collect();
    let template = FUNCTIONS.iter().find(|f| f.0 == upper && f.1 == args.len());
    if let Some((_, _, template)) = template {
        let mut sql = (*template).to_owned();
        for (i, arg) in args.iter().enumerate().rev() {
            sql = sql.replace(&format!("{{{i}}}"), arg);
        }
        return Ok(Some(sql));
    }
    Ok(Some(match (upper.as_str(), &args[..]) {
        // NULL if any of them is; SQLite's own leaves NULLs out.
        ("CONCAT", [_, ..]) => format!("({} || '')", args.join(" || ")),
        ("CONCAT_WS", [_, _, ..]) => format!("concat_ws({})", args.join(", ")),
        ("GREATEST", [_, _, ..]) => format!("max({})", args.join(", ")),
        ("LEAST", [_, _, ..]) => format!("min({})", args.join(", ")),
        ("VALUES" | "VALUE", [column]) => format!("excluded.{column}"),
        ("DATE_FORMAT", [date, format]) | ("FROM_UNIXTIME", [date, format]) => {
            match upper.as_str() {
                "DATE_FORMAT" => format!("mysql_date({date}, {format})"),
                _ => format!("mysql_date(datetime({date}, 'unixepoch', 'localtime'), {format})"),
            }
        }
        ("FIELD", [what, list @ ..]) => {
            let cases: Vec<String> = (list.iter().zip(1..))
                .map(|(value, n)| format!("WHEN {value} THEN {n}"))
                .collect();
            format!("CASE {what} {} ELSE 0 END", cases.join(" "))
        }
        ("ELT", [n, list @ ..]) => {
            let cases: Vec<String> = (list.iter().zip(1..))
                .map(|(value, n)| format!("WHEN {n} THEN {value}"))
                .collect();
            format!("CASE {n} {} END", cases.join(" "))
        }
        // SQLite has it, or says that it has not.
        _ => return Ok(None),
    }))
}

fn group_concat(list: &sqlparser::ast::FunctionArgumentList) -> Result<String, String> {
    let args: Vec<String> = list.args.iter().map(ToString::to_string).collect();
    let value = match &args[..] {
        [one] => one.clone(),
        many => format!("({})", many.join(" || ")),
    };
    let (mut separator, mut order) = (None, String::new());
    for clause in &list.clauses {
        match clause {
            FunctionArgumentClause::OrderBy(by) => {
                let by: Vec<String> = by.iter().map(ToString::to_string).collect();
                order = format!(" ORDER BY {}", by.join(", "));
            }
            FunctionArgumentClause::Separator(text) => match &text.value {
                Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                    separator = Some(literal(text));
                }
                other => return Err(cannot(format!("SEPARATOR {other}"))),
            },
            other => return Err(cannot(format!("{other} in GROUP_CONCAT()"))),
        }
    }
    match (list.duplicate_treatment, separator) {
        (None, separator) => {
            let separator = separator.unwrap_or_else(|| "','".to_owned());
            Ok(format!("group_concat({value}, {separator}{order})"))
        }
        (Some(_), None) => Ok(format!("group_concat(DISTINCT {value}{order})")),
        (Some(_), Some(_)) => Err(cannot("GROUP_CONCAT(DISTINCT ... SEPARATOR ...)")),
    }
}

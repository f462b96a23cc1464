//! One column of a CREATE TABLE or ALTER TABLE.

use std::sync::Arc;

use sqlparser::ast::{ColumnDef, ColumnOption, DataType, EnumMember, Expr};

use super::expr::{self, unquoted};
use super::lists::Members;
use super::types::Type;
use super::{cannot, literal, name, names};
use crate::db::Cell;
use crate::odd;

/// Types as MariaDB shows them when no width was given.
const WIDTHS: &[(&str, &str)] = &[
    ("int", "int(11)"),
    ("bigint", "bigint(20)"),
    ("mediumint", "mediumint(9)"),
    ("smallint", "smallint(6)"),
    ("tinyint", "tinyint(4)"),
    ("bool", "tinyint(1)"),
    ("boolean", "tinyint(1)"),
    ("int unsigned", "int(10) unsigned"),
    ("bigint unsigned", "bigint(20) unsigned"),
    ("mediumint unsigned", "mediumint(8) unsigned"),
    ("smallint unsigned", "smallint(5) unsigned"),
    ("tinyint unsigned", "tinyint(3) unsigned"),
    ("decimal", "decimal(10,0)"),
    ("decimal unsigned", "decimal(10,0) unsigned"),
    ("year", "year(4)"),
    ("char", "char(1)"),
];

/// A column that numbers itself.
pub(super) const NUMBERED: &str = "INTEGER PRIMARY KEY AUTOINCREMENT";

/// A column, and whether it numbers itself.
pub(super) struct Column {
    pub name: String,
    pub text: String,
    pub numbered: bool,
    pub key: bool,
    /// SQLite can add it to a table by itself.
    pub simple: bool,
    /// What rows have in it that were there before, an expression.
    pub fill: String,
}

/// A type in words that SQLite reads as the right kind and that `DESCRIBE` can show.
fn column_type(ty: &str) -> String {
    let ty = ty
        .to_ascii_lowercase()
        .replace("numeric", "decimal")
        .replace(" zerofill", "")
        .replace(", ", ",");
    let ty = names::usual(&ty);
    let ty = match WIDTHS.iter().find(|(short, _)| *short == ty) {
        Some((_, wide)) => (*wide).to_owned(),
        // A list of values would make it a number.
        None if ty.starts_with("enum") || ty.starts_with("set") => "text".to_owned(),
        None => ty,
    };
    // Digits behind the point are none where nothing is said of them.
    let ty = match ty
        .strip_prefix("decimal(")
        .and_then(|rest| rest.split_once(')'))
    {
        Some((digits, rest)) if !digits.contains(',') => format!("decimal({digits},0){rest}"),
        _ => ty,
    };
    // SQLite wants the width last; DESCRIBE puts it back.
    match (ty.strip_suffix(" unsigned"), ty.find('(')) {
        (Some(signed), Some(at)) => format!("{} unsigned{}", &ty[..at], &signed[at..]),
        _ => ty,
    }
}

/// The type ENUM or SET of a column.
fn list(of: &ColumnDef, exact: bool) -> Result<Option<Members>, String> {
    let (names, many): (Vec<String>, bool) = match &of.data_type {
        DataType::Enum(members, _) => {
            let name = |member: &EnumMember| match member {
                EnumMember::Name(name) => Ok(name.clone()),
                EnumMember::NamedValue(name, _) => Err(cannot(format!("the value of {name}"))),
            };
            (members.iter().map(name).collect::<Result<_, _>>()?, false)
        }
        DataType::Set(names) => (names.clone(), true),
        _ => return Ok(None),
    };
    Members::declared(&of.name.value, &names, many, exact).map(Some)
}

/// A translated literal as a value.
fn value_of(sql: &str) -> Option<Cell> {
    if let Some(text) = unquoted(sql) {
        return Some(Cell::Text(text.into()));
    }
    match (sql.parse(), sql.parse()) {
        (Ok(n), _) => Some(Cell::Int(n)),
        (_, Ok(x)) => Some(Cell::Real(x)),
        _ => None,
    }
}

/// A value as a literal.
fn literal_of(value: Cell) -> String {
    match value {
        Cell::Null => "NULL".to_owned(),
        Cell::Int(n) => n.to_string(),
        Cell::Real(x) => x.to_string(),
        Cell::Text(text) => literal(&String::from_utf8_lossy(&odd::escape(&text, true))),
    }
}

/// A default that is reckoned for each row: the time of now, which is the only one that fits its
/// column whatever comes.
fn reckoned(said: &str, ty: Option<&Type>) -> Result<String, String> {
    let inside = |function: &str| {
        (said.strip_prefix(function))
            .and_then(|rest| rest.strip_prefix("('now'"))
            .is_some_and(|rest| rest.ends_with(')') && !rest.trim_end_matches(')').contains('('))
    };
    let moment = ["datetime", "date", "time"].into_iter().find(|f| inside(f));
    match (moment, ty) {
        (Some("datetime" | "date"), Some(Type::Date)) => Ok(format!("(date({said}))")),
        (Some("datetime" | "date"), Some(Type::DateTime | Type::Timestamp)) => {
            Ok(format!("(datetime({said}))"))
        }
        (Some("datetime" | "time"), Some(Type::Time)) => Ok(format!("(time({said}))")),
        (Some(_), Some(Type::Chars(19.., _) | Type::Text(_)) | None) => Ok(format!("({said})")),
        _ if said == "unixepoch()" => match ty {
            Some(Type::Int(_, most)) if *most >= 0x7fff_ffff => Ok(format!("({said})")),
            _ => Err(cannot("such a DEFAULT")),
        },
        _ => Err(cannot("a DEFAULT that is reckoned")),
    }
}

/// The default that was said, as the column keeps it.
fn default(column: &str, ty: Option<&Type>, said: &str, not_null: bool) -> Result<String, String> {
    let invalid = || format!("Invalid default value for '{column}'");
    if said.eq_ignore_ascii_case("null") {
        return match not_null {
            true => Err(invalid()),
            false => Ok("NULL".to_owned()),
        };
    }
    Ok(match (value_of(said), ty) {
        // The number of a member is no default.
        (Some(Cell::Int(_) | Cell::Real(_)), Some(Type::List(_))) => return Err(invalid()),
        (Some(value), Some(ty)) => {
            // Of a default not even blanks are cut off.
            let long = matches!((ty, &value), (Type::Chars(most, false), Cell::Text(text))
                if String::from_utf8_lossy(text).chars().count() > *most);
            if long {
                return Err(invalid());
            }
            let fitted = ty.fit(value, false).map_err(|_| invalid())?;
            literal_of(fitted)
        }
        (Some(_), None) => said.to_owned(),
        (None, ty) => reckoned(said, ty)?,
    })
}

pub(super) fn column(column: &mut ColumnDef) -> Result<Column, String> {
    let ty = names::known(&column_type(&column.data_type.to_string()))?;
    let folds = [
        "char",
        "varchar",
        "text",
        "tinytext",
        "mediumtext",
        "longtext",
    ];
    let mut collation = (folds.iter())
        .any(|t| ty.split('(').next() == Some(t))
        .then_some("NOCASE");
    let (mut numbered, mut key, mut unique) = (false, false, false);
    let (mut null, mut said) = (None, None);
    for option in &mut column.options {
        match &mut option.option {
            ColumnOption::Null => null = Some(true),
            ColumnOption::NotNull => null = Some(false),
            ColumnOption::Default(value) => {
                expr::translate(value)?;
                let mut value: &Expr = value;
                while let Expr::Nested(inside) = value {
                    value = inside;
                }
                said = Some(value.to_string());
            }
            ColumnOption::PrimaryKey(_) => key = true,
            ColumnOption::Unique(_) => unique = true,
            ColumnOption::Collation(collate) => {
                if collate.to_string().to_ascii_lowercase().ends_with("_bin") {
                    // Blanks at the end do not count there either.
                    collation = collation.map(|_| "RTRIM");
                }
            }
            ColumnOption::Comment(_) | ColumnOption::CharacterSet(_) => {}
            ColumnOption::DialectSpecific(tokens) => {
                let words: Vec<String> = tokens.iter().map(ToString::to_string).collect();
                match words.join(" ").to_ascii_uppercase().as_str() {
                    "AUTO_INCREMENT" => numbered = true,
                    other => return Err(cannot(other)),
                }
            }
            other => return Err(cannot(other)),
        }
    }
    // A key is never NULL, whatever is said of its column.
    if key {
        null = Some(false);
    }
    let list = list(column, collation == Some("RTRIM"))?.map(Arc::new);
    let fits = match &list {
        Some(list) => Some(Type::List(Arc::clone(list))),
        None => Type::declared(&ty),
    };
    let column_name = name(&column.name);
    let mut text = format!(" {ty}");
    if let Some(list) = &list {
        text.push_str(&format!(" {}", list.constraint(&column_name)));
    }
    text.push_str(match null {
        None => "",
        Some(true) => " NULL",
        Some(false) => " NOT NULL",
    });
    let not_null = null == Some(false);
    let mut fill = match not_null {
        true => literal_of(Type::implied(fits.as_ref())),
        false => "NULL".to_owned(),
    };
    let mut simple = !not_null && list.is_none() && !unique;
    if let Some(said) = said {
        fill = default(&column.name.value, fits.as_ref(), &said, not_null)?;
        simple = list.is_none() && !unique && !fill.starts_with('(');
        text.push_str(&format!(" DEFAULT {fill}"));
    } else if let Some(first) = list.as_ref().filter(|_| not_null).and_then(|l| l.first()) {
        // In two pairs of parentheses DESCRIBE does not show it.
        text.push_str(&format!(" DEFAULT (({}))", literal_of(first)));
    }
    if unique {
        text.push_str(" UNIQUE");
    }
    if let Some(collation) = collation {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    Ok(Column {
        name: column_name,
        text,
        numbered,
        key,
        simple,
        fill,
    })
}

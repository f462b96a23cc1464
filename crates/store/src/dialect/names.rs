//! The names that types of columns have.

use super::cannot;

/// Other names, as what a server makes of them.
const SYNONYMS: &[(&str, &str)] = &[
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("national char", "char"),
    ("character", "char"),
    ("nvarchar", "varchar"),
    ("nchar", "char"),
    ("double precision", "double"),
    ("real", "double"),
    ("float4", "float"),
    ("float8", "double"),
    ("int1", "tinyint"),
    ("int2", "smallint"),
    ("int3", "mediumint"),
    ("middleint", "mediumint"),
    ("int4", "int"),
    ("int8", "bigint"),
    ("integer", "int"),
    ("dec", "decimal"),
    ("fixed", "decimal"),
    ("long varchar", "mediumtext"),
    ("long", "mediumtext"),
    ("clob", "text"),
];
/// What there is.
const KNOWN: &[&str] = &[
    "bigint",
    "binary",
    "bit",
    "blob",
    "bool",
    "boolean",
    "char",
    "date",
    "datetime",
    "decimal",
    "double",
    "float",
    "int",
    "json",
    "longblob",
    "longtext",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "smallint",
    "text",
    "time",
    "timestamp",
    "tinyblob",
    "tinyint",
    "tinytext",
    "varbinary",
    "varchar",
    "year",
];

/// A type under its usual name.
pub(super) fn usual(ty: &str) -> String {
    let synonym = SYNONYMS.iter().find_map(|(name, usual)| {
        let rest = ty.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with(['(', ' '])).then(|| format!("{usual}{rest}"))
    });
    synonym.unwrap_or_else(|| ty.to_owned())
}

/// A type, unless there is none of this name.
pub(super) fn known(ty: &str) -> Result<String, String> {
    let end = ty.find(['(', ' ']).unwrap_or(ty.len());
    let name = ty.get(..end).unwrap_or(ty);
    match name {
        // How long they are has to be said.
        "varchar" | "varbinary" if !ty.contains('(') => {
            Err(format!("{name} wants a length, as {name}(64)"))
        }
        _ if KNOWN.contains(&name) => Ok(ty.to_owned()),
        _ => Err(cannot(format!("the type {name}"))),
    }
}

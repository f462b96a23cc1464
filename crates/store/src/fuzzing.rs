//! Doors for the fuzz targets (`crates/fuzz`) to what only the stores themselves call.

use crate::{StoreError, dialect, mysql};

/// A statement of MySQL's dialect for SQLite; whether it was understood.
pub fn translate(query: &str) -> bool {
    dialect::translate(query, &|_| Vec::new()).is_ok_and(|statements| !statements.is_empty())
}

/// Whether a server may get this statement; `Ok(false)`: there is none.
///
/// # Errors
/// Why not.
pub fn guard(query: &str) -> Result<bool, String> {
    dialect::guarded(query, "hub").map(|text| text.is_some())
}

/// What is said of a server's address.
///
/// # Errors
/// What is wrong with it.
pub fn url(url: &str) -> Result<String, StoreError> {
    mysql::described(url)
}

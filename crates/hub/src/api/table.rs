//! The table itself.

use super::ApiFn;

/// Every `vh` function, by name order of the documents.
pub static API: &[ApiFn] = &[];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static ApiFn> {
    API.iter().find(|f| f.name == name)
}

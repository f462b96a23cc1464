//! Comparisons of rows, by bytes, and with what is reckoned.

use super::{differ, lines};

#[test]
fn rows_and_bytes_compare_the_same_on_both() {
    differ(lines(include_str!("comparing.sql")), true);
}

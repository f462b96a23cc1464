//! Numbers of results, to the last digit.

use super::{differ, lines};
use crate::common::sql;
use crate::each;

#[test]
fn numbers_are_the_same_on_both() {
    differ(lines(include_str!("numbers.sql")), true);
}

#[test]
fn numbers_are_shown_with_the_same_digits() {
    each(|_, store| {
        sql(store, "CREATE TABLE n (d double, u bigint unsigned)").unwrap();
        sql(store, "INSERT INTO n (d) VALUES (0.30000000000000004)").unwrap();
        sql(store, "INSERT INTO n (d) VALUES (1.7976931348623157e308)").unwrap();
        sql(store, "INSERT INTO n (d) VALUES (1e-20)").unwrap();
        sql(store, "INSERT INTO n (d) VALUES (100000000000000)").unwrap();
        for (query, answer) in [
            (
                "SELECT d FROM n ORDER BY d",
                "1e-20;0.30000000000000004;100000000000000;1.7976931348623157e308",
            ),
            ("SELECT 0.1 + 0.2", "0.3"),
            ("SELECT SQRT(2)", "1.4142135623730951"),
            ("SELECT 18446744073709551615", "18446744073709551615"),
            ("SELECT -18446744073709551616 AS a", "-18446744073709551616"),
            (
                "SELECT 12345678901234567890.1234567891",
                "12345678901234567890.1234567891",
            ),
        ] {
            assert_eq!(sql(store, query).as_deref(), Ok(answer), "{query}");
        }
    });
}

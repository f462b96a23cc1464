//! Keys of objects: a dict may have others than text, and those are written as `json.dumps` does.

use std::borrow::Cow;

use hub::api::Value;

use crate::sys::{Borrowed, PyError};

/// The text of a key that is no text itself: ints, floats, bools and `None`. `None` for anything
/// else. Runs no Python code.
///
/// # Errors
/// An int of more digits than Python writes.
pub(super) fn of_object(key: Borrowed<'_>) -> Result<Option<String>, PyError> {
    Ok(Some(if let Some(b) = key.as_bool_constant() {
        of_bool(b).into()
    } else if key.is_none() {
        NULL.into()
    } else if key.is_float() {
        of_float(key.as_f64()?)
    } else if key.is_int() {
        key.int_text()?
    } else {
        return Ok(None);
    }))
}

/// The key that a value is; `None` when it can be none.
pub fn of_value<'v>(key: &'v Value<'_>) -> Option<Cow<'v, [u8]>> {
    let number = |text: String| Cow::Owned(text.into_bytes());
    Some(match key {
        Value::Text(t) => Cow::Borrowed(t),
        Value::Bytes(t) => Cow::Borrowed(t),
        Value::None => Cow::Borrowed(NULL.as_bytes()),
        Value::Bool(b) => Cow::Borrowed(of_bool(*b).as_bytes()),
        Value::Int(n) => number(n.to_string()),
        Value::Float(n) => number(of_float(*n)),
        _ => return None,
    })
}

const NULL: &str = "null";

fn of_bool(b: bool) -> &'static str {
    if b { "true" } else { "false" }
}

/// A float as Python writes it.
fn of_float(n: f64) -> String {
    if n.is_nan() {
        return "NaN".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    // Both go over to exponents at the same places and differ in how they write them.
    let text = format!("{n:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            let digits = digits.strip_suffix(".0").unwrap_or(digits);
            format!("{digits}e{sign}{exponent:0>2}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_python_writes_them() {
        for (n, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (2.5e-7, "2.5e-07"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (-1.234e100, "-1.234e+100"),
            (5e-324, "5e-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(of_float(n), text);
        }
    }

    #[test]
    fn what_may_be_a_key() {
        let text = |v: &Value<'_>| of_value(v).map(|t| String::from_utf8(t.into_owned()).unwrap());
        assert_eq!(text(&Value::Int(-3)).as_deref(), Some("-3"));
        assert_eq!(text(&Value::Bool(true)).as_deref(), Some("true"));
        assert_eq!(text(&Value::None).as_deref(), Some("null"));
        assert_eq!(text(&Value::Text(b"a")).as_deref(), Some("a"));
        assert_eq!(text(&Value::Tuple(Vec::new())), None);
    }
}

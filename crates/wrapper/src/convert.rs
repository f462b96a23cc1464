//! What an element of a block is by another letter, when nothing of it is lost.

use std::ffi::c_void;
use std::ptr;

use hub::api::Value;

use crate::args::{Item, WValue, copy, list_of_its_own, text_of_its_own};

/// The element by the letter `to`; `None` when it cannot be that. Texts and arrays are pieces of
/// memory that nobody has yet.
pub fn convert(item: Item<'_>, to: u8) -> Option<WValue> {
    fit(&value_of(item)?, to)
}

/// The element as the log shows it.
pub fn shown(item: Item<'_>) -> Value<'_> {
    match item {
        Item::Json(Some(t)) => Value::Text(t),
        Item::Object(o) => Value::Int(o.addr().cast_signed() as i64),
        item => value_of(item).unwrap_or(Value::None),
    }
}

fn value_of(item: Item<'_>) -> Option<Value<'_>> {
    Some(match item {
        Item::Long(n) => Value::Int(n),
        Item::Double(n) => Value::Float(n),
        Item::Text(None) | Item::Json(None) => Value::None,
        Item::Text(Some(t)) => Value::Text(t),
        Item::Json(Some(t)) => python::json::read(t).ok()?,
        Item::List(texts) => Value::List(texts.map(Value::Text).collect()),
        Item::Pointer(p) => Value::Int(p.addr().cast_signed() as i64),
        Item::Object(_) => return None,
    })
}

fn fit(value: &Value<'_>, to: u8) -> Option<WValue> {
    Some(match (to, value) {
        (b'l', Value::Int(n)) => WValue { l: *n },
        (b'l', Value::Bool(b)) => WValue { l: i64::from(*b) },
        (b'l', Value::Float(n)) => WValue { l: whole(*n)? },
        (b'd', Value::Float(n)) => WValue { d: *n },
        (b'd', Value::Int(n)) => WValue { d: exact(*n)? },
        (b'p', Value::Int(n)) => {
            let p = ptr::without_provenance_mut::<c_void>(usize::try_from(*n).ok()?);
            WValue { p }
        }
        (b's', Value::None) => WValue { s: ptr::null_mut() },
        (b's', Value::Text(t)) => text(t)?,
        (b's', Value::Bytes(t)) => text(t)?,
        (b'L', Value::List(items)) => {
            let texts: Option<Vec<&[u8]>> = items
                .iter()
                .map(|item| match item {
                    Value::Text(t) => Some(*t),
                    Value::Bytes(t) => Some(&**t),
                    _ => None,
                })
                .collect();
            let texts = texts.filter(|all| all.iter().all(|t| !t.contains(&0)))?;
            let list = list_of_its_own(texts.iter().copied());
            (!list.is_null()).then_some(WValue { list })?
        }
        (b'D', value) => {
            let mut json = Vec::new();
            python::json::write_value(value, &mut json).ok()?;
            // JSON writes a NUL as `\u0000`.
            let s = copy(&json);
            (!s.is_null()).then_some(WValue { s })?
        }
        _ => return None,
    })
}

fn text(text: &[u8]) -> Option<WValue> {
    let s = text_of_its_own(text);
    (!s.is_null()).then_some(WValue { s })
}

/// The int that a float is.
fn whole(n: f64) -> Option<i64> {
    /// The first float beyond.
    const END: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and fits")]
    (n.fract() == 0.0 && (-END..END).contains(&n)).then_some(n as i64)
}

/// The float that an int is.
fn exact(n: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "looked at below")]
    let float = n as f64;
    (whole(float) == Some(n)).then_some(float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_convert_when_they_are_the_same() {
        assert_eq!(whole(3.0), Some(3));
        assert_eq!(whole(-0.0), Some(0));
        assert_eq!(whole(3.5), None);
        assert_eq!(whole(f64::NAN), None);
        assert_eq!(whole(-9_223_372_036_854_775_808.0), Some(i64::MIN));
        assert_eq!(whole(9_223_372_036_854_775_808.0), None);
        assert_eq!(exact(1 << 53), Some(9_007_199_254_740_992.0));
        assert_eq!(exact((1 << 53) + 1), None);
        assert_eq!(exact(i64::MAX), None);
    }
}

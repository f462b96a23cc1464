//! How bodies read their arguments.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::value::{ApiError, Value, type_name};

/// The arguments of one call, one slot per documented parameter, already checked for number
/// and type. A slot is `Value::None` when nothing was given.
pub struct Args<'a> {
    /// By parameter.
    pub values: SmallVec<[Value<'a>; 6]>,
    /// How many came by position.
    pub positional: usize,
    /// Bit i: parameter i came by keyword.
    pub keywords: u32,
}

impl<'a> Args<'a> {
    /// Argument `i` as text; `None` when it was not given.
    pub fn text(&self, i: usize) -> Option<&[u8]> {
        text_of(self.values.get(i)?)
    }

    /// The same to keep.
    pub fn bytes(&self, i: usize) -> Option<Bytes> {
        bytes_of(self.values.get(i)?)
    }

    /// The same, empty when it was not given.
    pub fn bytes_or_empty(&self, i: usize) -> Bytes {
        self.bytes(i).unwrap_or_default()
    }

    /// Argument `i` as a number.
    pub fn int(&self, i: usize, default: i64) -> i64 {
        match self.values.get(i) {
            Some(Value::Int(n)) => *n,
            Some(Value::Bool(b)) => i64::from(*b),
            _ => default,
        }
    }

    /// Whether argument `i` has a value other than `None`.
    pub fn given(&self, i: usize) -> bool {
        !matches!(self.values.get(i), None | Some(Value::None))
    }

    /// Whether argument `i` came by keyword.
    pub fn by_keyword(&self, i: usize) -> bool {
        self.keywords & (1 << i) != 0
    }

    /// What came by position, in the caller's order, without closing `None`s. Differs from
    /// the slots only where keywords took some of them.
    pub fn in_order(&self) -> SmallVec<[&Value<'a>; 6]> {
        let mut given: SmallVec<[&Value<'a>; 6]> = (self.values.iter().enumerate())
            .filter(|(i, _)| !self.by_keyword(*i))
            .take(self.positional)
            .map(|(_, value)| value)
            .collect();
        while given.last() == Some(&&Value::None) {
            given.pop();
        }
        given
    }

    /// The error for an argument that only the body can check: of a function, its parameter and
    /// what that takes.
    pub(super) fn wrong_type(
        &self,
        (function, param): (&str, &str),
        i: usize,
        expected: &str,
    ) -> ApiError {
        wrong_type((function, param), i, expected, &self.values[i])
    }
}

/// `vh.pm() argument 2 (message): expected str, not int`
pub(super) fn wrong_type(
    (function, param): (&str, &str),
    i: usize,
    expected: &str,
    value: &Value<'_>,
) -> ApiError {
    ApiError::Type(format!(
        "vh.{function}() argument {} ({param}): expected {expected}, not {}",
        i + 1,
        type_name(value)
    ))
}

/// The value if it is text.
pub(super) fn text_of<'v>(value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Text(t) => Some(t),
        Value::Bytes(b) => Some(b),
        _ => None,
    }
}

/// The same to keep.
pub(super) fn bytes_of(value: &Value<'_>) -> Option<Bytes> {
    match value {
        Value::Text(t) => Some(Bytes::copy_from_slice(t)),
        Value::Bytes(b) => Some(b.clone()),
        _ => None,
    }
}

/// The value without its borrow.
pub(super) fn owned(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::None => Value::None,
        Value::Bool(b) => Value::Bool(*b),
        Value::Int(n) => Value::Int(*n),
        Value::Float(x) => Value::Float(*x),
        Value::Text(t) => Value::Bytes(Bytes::copy_from_slice(t)),
        Value::Bytes(b) => Value::Bytes(b.clone()),
        Value::List(l) => Value::List(l.iter().map(owned).collect()),
        Value::Tuple(t) => Value::Tuple(t.iter().map(owned).collect()),
        Value::Set(s) => Value::Set(s.iter().map(owned).collect()),
        Value::FrozenSet(s) => Value::FrozenSet(s.iter().map(owned).collect()),
        Value::Dict(d) => Value::Dict(d.iter().map(|(k, v)| (owned(k), owned(v))).collect()),
        Value::NickList(n) => Value::NickList(n.clone()),
        Value::MyInfo { fields, raw } => Value::MyInfo {
            fields: fields.clone(),
            raw: raw.clone(),
        },
    }
}

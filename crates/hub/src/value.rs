//! Values on their way between scripts and the hub, and why there is none.

use bytes::Bytes;

/// A value on its way between a script and the hub. Text is in the hub's encoding.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A str borrowed from the caller.
    Text(&'a [u8]),
    /// A str of our own.
    Bytes(Bytes),
    /// A list.
    List(Vec<Value<'a>>),
    /// A tuple.
    Tuple(Vec<Value<'a>>),
    /// A set; the order means nothing.
    Set(Vec<Value<'a>>),
    /// A set that does not change.
    FrozenSet(Vec<Value<'a>>),
    /// A dict.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// A list of nicks that also reads as the `a$$b$$c` text of the older documents.
    NickList(Vec<Bytes>),
    /// The raw line of `vh.GetMyINFO`, which also reads as the older tuple of six.
    MyInfo {
        /// nick, desc, tag, speed, e-mail, share.
        fields: Box<[Bytes; 6]>,
        /// The `$MyINFO` message without pipe.
        raw: Bytes,
    },
}

impl From<bool> for Value<'static> {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}
impl From<i64> for Value<'static> {
    fn from(n: i64) -> Self {
        Value::Int(n)
    }
}
impl From<Bytes> for Value<'static> {
    fn from(b: Bytes) -> Self {
        Value::Bytes(b)
    }
}

/// Why a `vh` function failed; each becomes the Python exception of that name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ApiError {
    /// Wrong number or type of arguments.
    #[error("{0}")]
    Type(String),
    /// An argument of the right type that makes no sense.
    #[error("{0}")]
    Value(String),
    /// No such name.
    #[error("{0}")]
    Name(String),
    /// The hub could not do it now.
    #[error("{0}")]
    Runtime(String),
    /// Documented, but not in this version.
    #[error("vh.{0} is not available in this version of Viperhub (see docs/vh-functions.md)")]
    NotImplemented(&'static str),
}

/// The Python name of a value's type.
pub const fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::None => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) | Value::Bytes(_) | Value::MyInfo { .. } => "str",
        Value::List(_) | Value::NickList(_) => "list",
        Value::Tuple(_) => "tuple",
        Value::Set(_) => "set",
        Value::FrozenSet(_) => "frozenset",
        Value::Dict(_) => "dict",
    }
}

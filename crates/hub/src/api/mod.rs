//! The `vh` functions: one table of names, parameters, documentation and bodies.
//!
//! Bodies know no Python. They read the [`View`](crate::view::View), post or send a
//! [`Call`](crate::io::Call) through the [`Host`], and return a [`Value`].

use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::geo::Database;
use crate::io::{Call, ScriptId};
use crate::view::View;

mod args;
mod bind;
mod bots;
mod config;
mod forms;
mod geoip;
mod lists;
mod messaging;
mod misc;
mod registration;
mod scripts;
mod size;
mod statement;
mod table;
mod users;

#[cfg(test)]
mod tests;

pub use bind::{bind, type_name};
pub use size::{CEILING, refuse_unread};
pub use statement::without_values;
pub use table::{API, find};

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

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `str`, or `None` which counts as not given.
    Str,
    /// `int`, `bool`, `None` (0).
    Int,
    /// `float` or `int`.
    Float,
    /// A text or a number, taken as text.
    Text,
    /// A truth value.
    Bool,
    /// Anything of the supported types.
    Any,
}

/// One parameter of a `vh` function.
pub struct Param {
    /// The documented keyword.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// May be left out.
    pub optional: bool,
    /// Further keywords that mean the same.
    pub aliases: &'static [&'static str],
}

impl Param {
    /// A name that Python's grammar takes: `class` can be a keyword in a call's `**` only.
    pub fn python_name(&self) -> &'static str {
        match self.name {
            "class" | "from" | "in" | "is" | "pass" => self.aliases.first().unwrap_or(&self.name),
            name => name,
        }
    }
}

/// What a `vh` function returns, for the documentation and the type stubs.
pub type Returns = &'static str;

/// One `vh` function.
pub struct ApiFn {
    /// The Python name.
    pub name: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// Documented parameters, in order.
    pub params: &'static [Param],
    /// Python type of the result.
    pub returns: Returns,
    /// Whether this version has it.
    pub status: crate::hooks::Status,
    /// What it does.
    pub body: Body,
}

/// The code of a `vh` function.
type Code = fn(&dyn Host, &Args<'_>) -> Result<Value<'static>, ApiError>;

/// What a `vh` function does. Only [`ApiFn::call`] can run it, so that what holds for all
/// functions is forgotten by none.
#[derive(Clone, Copy)]
pub struct Body(Code);

impl Body {
    /// The body that is this code.
    pub const fn new(code: Code) -> Body {
        Body(code)
    }
}

impl ApiFn {
    /// Does it, with arguments that have been bound to the function's parameters.
    ///
    /// # Errors
    /// An argument is too large, or what the function says.
    #[inline]
    pub fn call(&self, host: &dyn Host, args: &Args<'_>) -> Result<Value<'static>, ApiError> {
        size::check(self, host, args)?;
        (self.body.0)(host, args)
    }

    /// Whether its arguments have come in several orders, so that those by place go around those by name.
    pub fn is_any_order(&self) -> bool {
        table::ANY_ORDER.contains(&self.name)
    }

    /// Whether its texts stay in the hub, so that they may hold what cannot be sent.
    pub fn keeps_text(&self) -> bool {
        table::KEEPS_TEXT.contains(&self.name)
    }

    /// Whether further arguments may follow the documented ones.
    pub fn is_variadic(&self) -> bool {
        table::VARIADIC.contains(&self.name)
    }
}

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

/// What a `vh` function may use. Implemented by the engine for each script.
pub trait Host {
    /// The hub as it is now.
    fn view(&self) -> &View;
    /// Which script calls.
    fn script(&self) -> ScriptId;
    /// The script's file, as in `vh.path`.
    fn path(&self) -> &[u8];
    /// Has the hub do something, in order, without waiting.
    fn post(&self, call: Call);
    /// Tells operators and the log that something went wrong.
    fn complain(&self, complaint: Complaint<'_>) {
        let InFull { text, log } = (complaint.in_full)();
        self.post(Call::Report { text, log });
    }
    /// Has the hub do something and waits for its answer.
    ///
    /// # Errors
    /// When the hub is stopping or refuses.
    fn call(&self, call: Call) -> Result<Value<'static>, ApiError>;
    /// Runs a statement in the hub's database: the rows of the first result, at most `limit`,
    /// `None` for NULL.
    ///
    /// # Errors
    /// The database's message.
    fn sql(&self, query: &[u8], limit: usize) -> Result<Vec<Vec<Option<Bytes>>>, String>;
    /// A variable of another table than the hub's (`pi_*`).
    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes>;
    /// The label given by `vh.name_and_version(name, version)`; `Some` sets it.
    fn label(&self, set: Option<(Bytes, Bytes)>) -> (Bytes, Bytes);
    /// The label that the engine has found out by asking the script, which says nothing in return.
    fn introduce(&self, label: (Bytes, Bytes)) {
        self.label(Some(label));
    }
    /// The label if the script has given it by `vh.name_and_version(name, version)`.
    fn own_label(&self) -> Option<(Bytes, Bytes)> {
        Some(self.label(None)).filter(|(name, version)| !name.is_empty() || !version.is_empty())
    }
    /// Calls a function that the program around the scripts has registered.
    ///
    /// # Errors
    /// [`ApiError::Runtime`] when nothing is registered for this script, [`ApiError::Name`]
    /// when nothing of this name is, or the function's own.
    fn dynamic(&self, name: &[u8], args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
        let _unused = (name, args);
        Err(ApiError::Runtime(
            "no functions are registered for this script".into(),
        ))
    }
    /// Answers a function of a program's own table, by its place there; see the C library.
    ///
    /// # Errors
    /// What the function's row says.
    fn program(&self, place: usize, args: &Args<'_>) -> Result<Value<'static>, ApiError> {
        let _unused = (place, args);
        Err(ApiError::Runtime("no program answers this function".into()))
    }
    /// The name of the hub's table of settings, as in `vh.config_name`.
    fn config_name(&self) -> &str {
        "config"
    }
    /// A GeoIP database in a file that a script names, in the hub's encoding; a relative path
    /// begins at the data directory.
    ///
    /// # Errors
    /// Which file cannot be used and why.
    fn geo_database(&self, path: &[u8]) -> Result<Arc<Database>, String> {
        let path = String::from_utf8_lossy(path);
        Err(format!("cannot read {path}: there are no files here"))
    }
    /// Asks the scripts (`OnScriptQuery`) and waits for their answers, in call order. A hub
    /// without scripts has none.
    ///
    /// # Errors
    /// When the hub is stopping.
    fn query(&self, query: &Query<'_>) -> Result<Vec<QueryAnswer>, ApiError> {
        let _unused = query;
        Ok(Vec::new())
    }
}

/// Something that went wrong in a script.
pub struct Complaint<'a> {
    /// What went wrong where: of what has the same key the first is told in full, further ones are
    /// counted. Nothing of a text that differs each time belongs into it.
    pub key: String,
    /// In one line, for the count.
    pub brief: String,
    /// All of it. Called for what is told in full alone: a repeat costs no more than its count.
    pub in_full: &'a dyn Fn() -> InFull,
}

/// All that is told of a [`Complaint`]. Texts are in the hub's encoding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InFull {
    /// What operators are told.
    pub text: Bytes,
    /// What the log gets when it is not the same.
    pub log: Option<Bytes>,
}

/// A question of one script to the others. Texts are in the hub's encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Query<'a> {
    /// What is asked.
    pub command: &'a [u8],
    /// More of it.
    pub data: &'a [u8],
    /// The `vh.path` of the only script to ask; empty for all.
    pub recipient: &'a [u8],
}

/// What one script said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryAnswer {
    /// The text `OnScriptQuery` returned.
    pub text: Bytes,
    /// The `vh.path` of the script.
    pub script: Bytes,
}

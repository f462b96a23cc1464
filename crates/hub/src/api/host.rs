//! What the bodies of `vh` functions may use.

use std::sync::Arc;

use bytes::Bytes;

use super::args::Args;
use crate::geo::Database;
use crate::io::{Call, ScriptId};
use crate::value::{ApiError, Value};
use crate::view::View;

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

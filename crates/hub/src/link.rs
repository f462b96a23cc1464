//! How the script engine reaches the hub it serves. The program implements it.

use std::sync::Arc;

use bytes::Bytes;

use crate::api::Host;
use crate::geo::Database;
use crate::io::{Input, ScriptId};
use crate::value::{ApiError, Value};
use crate::view::View;

/// Rows of a query result; `None` is NULL.
pub type Rows = Vec<Vec<Option<Bytes>>>;

/// What scripts can call by name (`vh.CallDynamicFunction`). It runs on the thread of the script
/// that calls, with the GIL released; the [`Host`] is that script's.
pub type DynamicFn =
    Arc<dyn Fn(&dyn Host, &[Value<'_>]) -> Result<Value<'static>, ApiError> + Send + Sync>;

/// Which scripts a dynamic function is for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Whose {
    /// All of them.
    All,
    /// One, until it is unloaded.
    Script(ScriptId),
    /// Whatever script has this path, file name or stem, now or later.
    Named(String),
}

/// The engine's way to the hub thread, the read view and the database.
pub trait Link: Send + Sync + 'static {
    /// The hub as it is now.
    fn view(&self) -> &View;
    /// Puts an input into the hub's queue. Inputs of one thread keep their order.
    fn submit(&self, input: Input);
    /// The same for several at once, which wakes the hub once.
    fn submit_all(&self, inputs: Vec<Input>) {
        inputs.into_iter().for_each(|input| self.submit(input));
    }
    /// Runs one SQL statement and waits for it.
    ///
    /// # Errors
    /// The database's message.
    fn sql(&self, query: &[u8], limit: usize) -> Result<Rows, String>;
    /// Reads a variable of `SetupList` outside the hub's own settings.
    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes>;
    /// A GeoIP database in a file; a relative path begins at the data directory.
    ///
    /// # Errors
    /// Which file cannot be used and why.
    fn geo_database(&self, path: &str) -> Result<Arc<Database>, String> {
        Err(format!("cannot read {path}: there are no files here"))
    }
}

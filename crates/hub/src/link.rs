//! How the script engine reaches the hub it serves. The program implements it.

use bytes::Bytes;

use crate::io::Input;
use crate::view::View;

/// Rows of a query result; `None` is NULL.
pub type Rows = Vec<Vec<Option<Bytes>>>;

/// The engine's way to the hub thread, the read view and the database.
pub trait Link: Send + Sync + 'static {
    /// The hub as it is now.
    fn view(&self) -> &View;
    /// Puts an input into the hub's queue. Inputs of one thread keep their order.
    fn submit(&self, input: Input);
    /// Runs one SQL statement and waits for it.
    ///
    /// # Errors
    /// The database's message.
    fn sql(&self, query: &[u8], limit: usize) -> Result<Rows, String>;
    /// Reads a variable of `SetupList` outside the hub's own settings.
    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes>;
}

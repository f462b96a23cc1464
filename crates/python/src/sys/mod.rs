//! The lower layer: raw CPython behind types that cannot be misused by the rest of the crate.
//!
//! [`Attached`] proves that this thread may touch one interpreter's objects. [`Owned`] and
//! [`Borrowed`] are references that live no longer than it. Everything that can fail returns
//! [`PyError`] with the exception fetched.

pub(crate) use pyo3_ffi as ffi;

mod error;
pub mod exec;
pub(crate) mod here;
mod interp;
pub(crate) mod make;
pub(crate) mod module;
mod object;
pub(crate) mod process;
pub(crate) mod runtime;
mod slots;
pub(crate) mod spare;
pub(crate) mod threads;
mod trampoline;
pub(crate) mod unicode;
pub(crate) mod walk;
pub(crate) mod watch;

pub(crate) use error::{Fetched, PyError};
pub use interp::detached;
pub(crate) use interp::{Attached, EndError, Interpreter, if_attached};
pub(crate) use object::{Borrowed, Keep, Kind, Owned, Stored};
pub(crate) use slots::{ArgStack, GilCell, Slot, fill_none, put};
pub(crate) use trampoline::{Kind as Raise, Raised, guard, raise};

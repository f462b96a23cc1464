//! The `vh` functions: one table of names, parameters, documentation and bodies.
//!
//! Bodies know no Python. They read the [`View`](crate::view::View), post or send a
//! [`Call`](crate::io::Call) through the [`Host`], and return a [`Value`].
//!
//! Lowest first: arguments, the host, the function, how arguments are bound and how large they may
//! be, the bodies by subject, the table.

mod args;
mod bind;
mod bots;
mod config;
mod forms;
mod function;
mod geoip;
mod host;
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

pub use crate::value::{ApiError, Value, type_name};
pub use args::Args;
pub use bind::bind;
pub use function::{ApiFn, Body, Flags, Param, ParamKind, Returns};
pub use host::{Complaint, Host, InFull, Query, QueryAnswer};
pub use size::{CEILING, refuse_unread};
pub use statement::without_values;
pub use table::{API, find};

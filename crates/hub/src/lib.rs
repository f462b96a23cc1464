//! The hub itself: users, classes, rules, commands and bots, as a pure state machine.
//!
//! Nothing in this crate opens a socket, asks a clock, draws a random number or touches a
//! database. [`io::Input`] goes in, [`io::Output`] comes out; see `ARCHITECTURE.md`.
#![forbid(unsafe_code)]

pub mod api;
pub mod border;
pub mod config;
pub mod constants;
pub mod cut;
pub mod docs;
pub mod geo;
pub mod hooks;
pub mod io;
pub mod link;
pub mod lists;
mod machine;
pub mod reg;
pub mod repeats;
pub mod secrets;
pub mod spoken;
pub mod stubs;
pub mod value;
pub mod view;
mod words;

#[doc(hidden)]
pub use machine::fuzzing;
pub use machine::{COMMANDS, CommandRow, Hub, Least, Seat, Start, with_port};

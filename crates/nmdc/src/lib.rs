//! NMDC protocol: bytes to typed messages and back. No I/O, no state, no clock.
//!
//! The way of a client's bytes: [`frame::Framer`] cuts the stream at `|`, [`message::parse`]
//! turns one frame into a [`message::Message`] that borrows from it. The way back: [`mod@write`]
//! and the `write` functions beside each form append finished messages, pipe included, to a
//! [`WireBuf`]. What is sent is a [`Wire`], which has no other source: no text can end a message.
//!
//! Everything is bytes: NMDC has no encoding of its own and most hubs mix several. No input
//! makes anything here panic; `as` is banned because a silently cut number is a protocol bug.
//!
//! Section numbers in comments ("1.7") are those of the behaviour sheet `hub-behaviour.md`.
#![forbid(unsafe_code)]
#![deny(clippy::as_conversions)]

pub mod commands;
pub mod ctm;
pub mod escape;
pub mod frame;
pub mod lock;
pub mod message;
pub mod myinfo;
pub mod nick;
mod scan;
pub mod search;
pub mod sr;
pub mod tag;
pub mod wire;
pub mod write;

pub use commands::{COMMANDS, Command, Flood, LoginState};
pub use ctm::ConnectToMe;
pub use frame::{Framer, TooLong};
pub use message::{Message, ParseError, parse};
pub use myinfo::MyInfo;
pub use search::{Origin, Search, ShortSearch};
pub use sr::SearchResult;
pub use tag::{Mode, Tag};
pub use wire::{Wire, WireBuf};

//! The machine, message by message: what goes in and what comes out on the wire.

mod bans;
mod bots;
mod chat;
mod commands;
mod connect;
mod country;
mod drops;
mod extras;
mod floods;
mod hosts;
mod kicks;
mod kit;
mod leaving;
mod load;
mod login;
mod myinfo;
mod operators;
mod private;
mod refusals;
mod reg_family;
mod registration;
mod rights;
mod restrict;
mod search;
mod settings;

use kit::{Kit, info, passive};

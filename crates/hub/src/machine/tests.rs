//! The machine, message by message: what goes in and what comes out on the wire.

mod bans;
mod bots;
mod chat;
mod commands;
mod connect;
mod country;
mod desk;
mod drops;
mod extras;
mod floods;
mod hosts;
mod kicks;
mod kit;
mod late_rights;
mod leaving;
mod load;
mod login;
mod logins;
mod myinfo;
mod names;
mod operators;
mod parking;
mod private;
mod refusal_rows;
mod refusals;
mod reg_family;
mod registration;
mod reread;
mod restrict;
mod rights;
mod rows;
mod search;
mod settings;
mod texts;
mod triggers;

use kit::{Kit, info, passive};

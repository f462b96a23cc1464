//! The conformance suite: what the documents promise of every hook, every `vh` function and every constant, tried in
//! each mode. What is covered stands in docs/conformance.md, which [`listing`] writes and checks; it fails when a row
//! of the tables has no case.

#[path = "../kit/mod.rs"]
mod kit;

/// Makes a test per mode of each function, and a list of their names.
macro_rules! in_every_mode {
    ($($(#[doc = $doc:literal])* $name:ident)*) => {
        /// The tests of this file that are not tables.
        pub const TESTS: &[&str] = &[$(stringify!($name)),*];
        mod isolated {
            $($(#[doc = $doc])* #[test] fn $name() { super::$name(crate::Mode::Isolated); })*
        }
        mod shared {
            $($(#[doc = $doc])* #[test] fn $name() { super::$name(crate::Mode::Shared); })*
        }
    };
}

mod console;
mod hook_cases_clients;
mod hook_cases_commands;
mod hook_cases_messages;
mod hooks;
mod hooks_special;
mod listing;
mod promises;
mod stage;
mod vh;
mod vh_cases_misc;
mod vh_cases_say;
mod vh_cases_users;
mod vh_special;

use kit::{Hub, Setup};

/// How the scripts of a test run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Each in an interpreter of its own.
    Isolated,
    /// All in the main interpreter.
    Shared,
}

impl Mode {
    /// All of them, as the setting calls them.
    pub const ALL: &'static [(Mode, &'static str)] =
        &[(Mode::Isolated, "isolated"), (Mode::Shared, "shared")];

    /// A hub whose scripts run in this mode.
    pub fn hub(self) -> Setup {
        let (_, name) = Mode::ALL[self as usize];
        Hub::setup().set("python_mode", name)
    }
}

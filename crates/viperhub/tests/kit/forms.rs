//! What a hook may return, and a hub to try it on.

use super::{Hub, Probe};

/// What lets an event pass. Floats, lists and the like mean nothing and are logged.
pub const ALLOW: &[&str] = &[
    "None",
    "1",
    "True",
    "5",
    "-1",
    "1.5",
    "0.0",
    "[]",
    "{}",
    "(1, 2, 3)",
    "()",
    "object()",
];

/// What stops it.
pub const BLOCK: &[&str] = &["0", "False"];

/// A hub whose probe script has these hooks, and its owner.
pub fn hub_with(hooks: &[&str]) -> (Hub, Probe) {
    let hub = Hub::setup().probe(hooks).start();
    let boss = Probe::login(&hub);
    (hub, boss)
}

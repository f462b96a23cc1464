//! The hub attacked from outside, as a stranger, a user, an operator, a script or an accident could:
//! one case for each kind of thing that went wrong once, with other inputs than the tests of that kind
//! have, and one for each thing that held.
//!
//! Everything is bounded and stays on this machine.

#[path = "../kit/mod.rs"]
mod kit;

mod floods;
mod forging;
mod held;
mod logins;
mod looks;
mod names;
mod process;
mod scripts;
mod storing;
mod witness;

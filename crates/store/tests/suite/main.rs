//! What every store must do. Each test runs on every kind of database there is.

#[path = "../common/mod.rs"]
mod common;
mod data;
mod users;

use common::Scratch;
use store::Store;

/// Runs a test on a new, empty database of each kind.
fn each(test: impl Fn(&Scratch, &mut dyn Store)) {
    let scratch = Scratch::new();
    test(&scratch, scratch.open().as_mut());
}

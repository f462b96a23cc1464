//! What every store must do. Each test runs on every kind of database there is, or on two at once.

mod bans;
#[path = "../common/mod.rs"]
mod common;
mod data;
mod dialect;
mod lists;
mod users;

use common::Scratch;
use store::Store;

/// Runs a test on a new, empty database of each kind.
fn each(test: impl Fn(&Scratch, &mut dyn Store)) {
    let kinds: [fn() -> Scratch; 4] = [
        Scratch::new,
        || Scratch::mariadb("latin1"),
        || Scratch::mariadb("utf8mb4"),
        || Scratch::mariadb("utf8mb3"),
    ];
    for kind in kinds {
        let scratch = kind();
        eprintln!("on {}", scratch.url());
        test(&scratch, scratch.open().as_mut());
    }
}

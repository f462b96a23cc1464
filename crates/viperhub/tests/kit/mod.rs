//! Runs the real program on a free port and talks to it over real sockets.
//!
//! ```ignore
//! mod kit;
//! use kit::Hub;
//!
//! let hub = Hub::setup().user("op", 3, "secret").script("hello.py", "...").start();
//! let mut ann = hub.login("ann");
//! ann.chat("hello");
//! ann.expect_exact("<ann> hello");
//! ```
//!
//! Nothing sleeps: what is to come is awaited with a deadline, and that something does *not* come is known from an answer
//! that must come after it (see [`Client::quiet`]).
#![allow(
    dead_code,
    unused_imports,
    reason = "each test file that includes this one uses a part of it"
)]

use std::thread;
use std::time::{Duration, Instant};

mod cli;
mod client;
mod hub;
mod probe;
mod terminal;
pub mod tunnel;
mod who;

pub use cli::{Cli, temp_dir, viperhub};
pub use client::{Client, settle};
pub use hub::{Hub, Setup};
pub use probe::Probe;
pub use terminal::Terminal;
pub use who::Who;

/// How long anything may take that happens at once on an idle machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A password that is long enough for the hub.
pub const PASSWORD: &str = "correct-horse";

/// Tries until it is so.
#[track_caller]
pub fn until(mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !check() {
        assert!(Instant::now() < deadline, "it never came to be");
        thread::sleep(Duration::from_millis(10));
    }
}

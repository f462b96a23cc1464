//! The hub simulated with a seed: many clients, scripts and a store that do at random what the
//! real ones could do, and invariants that must hold all along.
//!
//! A failure prints seed and event; `SIM_SEED=n SIM_EVENTS=n cargo test -p hub --test simulation`
//! runs one seed (or, with `SIM_SEEDS=n`, that many from there), `SIM_TRACE=1` prints everything.

#![expect(clippy::unwrap_used, reason = "a test")]

mod behaviour;
mod net;
mod registry;
mod rng;
mod store;
mod world;

use world::{Stats, World};

/// Tells where a failure happened.
struct Place {
    seed: u64,
    event: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {}, event {}", self.seed, self.event);
        }
    }
}

/// One hub's life; what it said as one number.
fn run(seed: u64, events: u64) -> (u64, Stats) {
    let mut place = Place { seed, event: 0 };
    let mut world = World::new(seed);
    let mut settled = 0;
    while world.events < events {
        place.event = world.events + 1;
        world.step();
        if world.events.is_multiple_of(16) {
            world.check();
        }
        if world.events >= settled + 2000 {
            settled = world.events;
            world.settle();
        }
    }
    place.event = world.events;
    world.settle();
    world.shut_down();
    (world.digest(), world.stats)
}

fn env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn invariants_hold() {
    let start = std::time::Instant::now();
    let events = env("SIM_EVENTS").unwrap_or(26_000);
    let first = env("SIM_SEED").unwrap_or(1);
    let seeds = env("SIM_SEEDS").unwrap_or(if env("SIM_SEED").is_some() { 1 } else { 8 });
    let mut total = Stats::default();
    for seed in first..first + seeds {
        let (_, s) = run(seed, events);
        total.logins += s.logins;
        total.chat += s.chat;
        total.asks += s.asks;
        total.calls += s.calls;
        total.bytes += s.bytes;
        total.most_listed = total.most_listed.max(s.most_listed);
    }
    println!(
        "{seeds} x {events} events in {:?}: {total:?}",
        start.elapsed()
    );
    assert!(
        total.logins > 0 && total.asks > 0,
        "nothing happened: {total:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_outputs() {
    assert_eq!(run(77, 6000).0, run(77, 6000).0);
}

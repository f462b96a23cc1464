//! The hub simulated with a seed: many clients, scripts and a store that do at random what the
//! real ones could do, and invariants that must hold all along.
//!
//! A failure prints seed and event; `SIM_SEED=n SIM_EVENTS=n cargo test -p hub --test simulation`
//! runs one seed (or, with `SIM_SEEDS=n`, that many from there), `SIM_TRACE=1` prints everything.

#![expect(clippy::unwrap_used, reason = "a test")]

mod behaviour;
mod hostile;
mod invariants;
mod limits;
mod net;
mod reaction;
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
    // Half of the hubs end with everything open.
    if seed.is_multiple_of(2) {
        world.settle();
    }
    world.shut_down();
    (world.digest(), world.stats)
}

fn env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Each of the tests has so many seeds with so many events each: a million in all.
const SEEDS: u64 = 5;
const EVENTS: u64 = 50_000;

#[test]
fn invariants_hold_in_the_first_quarter() {
    live(1);
}

#[test]
fn invariants_hold_in_the_second_quarter() {
    live(1 + SEEDS);
}

#[test]
fn invariants_hold_in_the_third_quarter() {
    live(1 + 2 * SEEDS);
}

#[test]
fn invariants_hold_in_the_last_quarter() {
    live(1 + 3 * SEEDS);
}

/// The lives of some hubs.
fn live(first: u64) {
    let start = std::time::Instant::now();
    let events = env("SIM_EVENTS").unwrap_or(EVENTS);
    let first = env("SIM_SEED").unwrap_or(first);
    let seeds = env("SIM_SEEDS").unwrap_or(if env("SIM_SEED").is_some() { 1 } else { SEEDS });
    let mut total = Stats::default();
    for seed in first..first + seeds {
        let (_, s) = run(seed, events);
        total.logins += s.logins;
        total.chat += s.chat;
        total.asks += s.asks;
        total.calls += s.calls;
        total.bytes += s.bytes;
        total.floods += s.floods;
        total.slow += s.slow;
        total.settings += s.settings;
        total.let_in += s.let_in;
        total.full += s.full;
        total.locked += s.locked;
        total.guesses += s.guesses;
        total.rows += s.rows;
        total.deeds += s.deeds;
        total.jumps += s.jumps;
        total.reloads += s.reloads;
        total.most_listed = total.most_listed.max(s.most_listed);
    }
    println!(
        "{seeds} x {events} events in {:?}: {total:?}",
        start.elapsed()
    );
    let happened = [
        total.logins,
        total.asks,
        total.floods,
        total.slow,
        total.settings,
        total.let_in,
        total.full,
        total.locked,
        total.guesses,
        total.rows,
        total.deeds,
        total.jumps,
        total.reloads,
    ];
    assert!(
        happened.iter().all(|n| *n > 0) || events < EVENTS || seeds < SEEDS,
        "something never happened: {total:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_outputs() {
    assert_eq!(run(77, 6000).0, run(77, 6000).0);
}

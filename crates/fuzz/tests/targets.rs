//! Every fuzz target for some seconds: first the corpus, then inputs made of it.
//!
//! `FUZZ_SECONDS=60 cargo test -p fuzz parse` runs one of them longer, `FUZZ_SEED=n` makes the
//! inputs of another run, `FUZZ_INPUT=file` runs nothing but that input. An input that fails is
//! made smaller and written to `target/fuzz/`; when it is mended it belongs into the corpus.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fuzz::{Mutator, TARGETS, Target};

fn env<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

fn fails(target: &Target, input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err()
}

/// The smallest input that fails found by leaving parts away, for at most some seconds.
fn smaller(target: &Target, mut input: Vec<u8>) -> Vec<u8> {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut part = input.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at < input.len() && Instant::now() < deadline {
            let mut less = input.clone();
            less.drain(at..(at + part).min(input.len()));
            if fails(target, &less) {
                input = less;
            } else {
                at += part;
            }
        }
        part /= 2;
    }
    input
}

fn keep(target: &Target, input: &[u8]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("../fuzz")
        .join(target.name);
    std::fs::create_dir_all(&dir).expect("the target directory can be written");
    let name: u64 = input.iter().fold(14_695_981_039_346_656_037, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(1_099_511_628_211)
    });
    let path = dir.join(format!("{name:016x}"));
    std::fs::write(&path, input).expect("the target directory can be written");
    path
}

fn run(name: &str) {
    let target = Target::find(name).expect("a target of this name");
    if let Some(path) = env::<PathBuf>("FUZZ_INPUT") {
        let input = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        return (target.run)(&input);
    }
    let corpus = target.corpus();
    for (file, input) in &corpus {
        let done = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
        assert!(done.is_ok(), "corpus/{name}/{file} fails");
    }
    let seed = env("FUZZ_SEED").unwrap_or(1);
    let inputs = corpus.into_iter().map(|(_, input)| input).collect();
    let mut mutator = Mutator::new(seed, target.words, inputs);
    let end = Instant::now() + Duration::from_secs(env("FUZZ_SECONDS").unwrap_or(1));
    let mut runs = 0_u64;
    while Instant::now() < end {
        let input = mutator.next_input();
        runs += 1;
        if fails(target, &input) {
            let path = keep(target, &smaller(target, input));
            panic!(
                "{name} fails (seed {seed}, input {runs}). Again: FUZZ_INPUT={} cargo test -p fuzz --test targets {name}",
                path.display()
            );
        }
    }
    println!("{name}: {runs} inputs");
    assert!(runs > 0, "no time for a single input");
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*

        #[test]
        fn every_target_is_run() {
            let named = [$(stringify!($name)),*];
            let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, named);
        }
    };
}

targets! {
    frames parse talk sequence blocks c_json json charset value object dialect statement url mmdb
    options span variables my_ip hublist setting
}

//! One fuzz target of `crates/fuzz` under libFuzzer: `FUZZ_TARGET=parse viperhub-soak DIRECTORY...`,
//! built by `tools/soak`.
#![no_main]

use std::sync::LazyLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    Target::find(&name).unwrap_or_else(|| panic!("FUZZ_TARGET={name} names no target"))
});

fuzz_target!(|input: &[u8]| (TARGET.run)(input));

//! What the log holds of scripts' calls: the documented levels, 0 to 5.
//!
//! | level | |
//! | --- | --- |
//! | 0 | failures only |
//! | 1 | what is loaded, unloaded and missing |
//! | 2 | calls of hooks and of `vh` functions, with values and results |
//! | 3 | how long each took |
//! | 4 | when each begins |
//! | 5 | JSON on its way |

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use hub::cut;
use hub::hooks::{Hook, HookSet};

/// The target of entries of level 2 and more, which are made only when they are wanted.
pub const TARGET: &str = "script::calls";

/// The target of what is told from level 1 on: scripts that come and go, functions that are missing.
pub const STATUS: &str = "script::status";

/// From here on calls are told.
pub const VALUES: u8 = 2;
const TIMES: u8 = 3;
const BEGINS: u8 = 4;
/// From here on JSON is told.
pub const PARSER: u8 = 5;

/// One for the process, as scripts of one program are.
static LEVEL: AtomicU8 = AtomicU8::new(1);

/// Beyond the documented levels the nearest one counts.
pub fn set_level(level: i64) {
    let level = u8::try_from(level.clamp(0, PARSER.into())).unwrap_or(PARSER);
    // Threads of scripts ask all the time: what does not change is not written.
    if LEVEL.load(Ordering::Relaxed) != level {
        LEVEL.store(level, Ordering::Relaxed);
    }
}

/// Whether entries of this level are wanted.
#[inline]
pub fn wants(level: u8) -> bool {
    LEVEL.load(Ordering::Relaxed) >= level
}

/// Does a call, in words `call`, and tells of it and of the words for its result. For levels from
/// [`VALUES`] on.
#[cold]
pub fn told<R>(
    script: &str,
    call: &str,
    run: impl FnOnce() -> R,
    result: impl FnOnce(&R) -> String,
) -> R {
    if wants(BEGINS) {
        entry(format_args!("{script}: {call} begins"));
    }
    let started = Instant::now();
    let done = run();
    let took = started.elapsed().as_secs_f64() * 1000.0;
    let result = result(&done);
    match wants(TIMES) {
        true => entry(format_args!("{script}: {call} = {result} in {took:.3} ms")),
        false => entry(format_args!("{script}: {call} = {result}")),
    }
    done
}

/// Tells of a script that was loaded.
pub fn loaded(id: i64, path: &Path, hooks: HookSet) {
    let names = Hook::ALL.iter().filter(|h| hooks.has(**h));
    let names: Vec<&str> = names.map(|h| h.name()).collect();
    let hooks = match names.is_empty() {
        true => "no hooks".into(),
        false => names.join(", "),
    };
    status(format_args!(
        "script #{id} {} is loaded: {hooks}",
        path.display()
    ));
}

/// Tells of a script that is no more.
pub fn unloaded(id: i64, path: &Path) {
    status(format_args!("script #{id} {} is unloaded", path.display()));
}

fn status(line: fmt::Arguments<'_>) {
    if wants(1) {
        tracing::info!(target: STATUS, "{line}");
    }
}

/// Tells of JSON.
#[cold]
pub fn json(what: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    entry(format_args!("{what}: {text}"));
}

/// One line of the log.
fn entry(line: fmt::Arguments<'_>) {
    let line = line.to_string();
    tracing::info!(target: TARGET, "{}", cut::line(&line, cut::LINE));
}

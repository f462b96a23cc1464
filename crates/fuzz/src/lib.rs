//! Fuzz targets: for every parser and every border one function that takes any bytes and panics
//! when something is wrong.
//!
//! * `tests/targets.rs` replays the corpus (`corpus/TARGET/*`) in `make test` and then changes its
//!   inputs at random for seconds; `fuzz/` hands the same functions to libFuzzer for `make soak`.
//! * An input that has failed once stays in the corpus, named `was-...`.
//! * A new parser gets a function here and a row in [`TARGETS`].
//!
//! The first bytes of many inputs choose a variant; all others are the text.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

mod addresses;
mod database;
mod geo;
mod lists;
mod messages;
mod mutate;
mod scripts;
mod settings;
mod stage;
mod start;
mod statement;
mod talk;

pub use mutate::Mutator;

/// One parser or border.
pub struct Target {
    /// As in `corpus/NAME`.
    pub name: &'static str,
    /// What is done with an input.
    pub run: fn(&[u8]),
    /// Words that mean something there.
    pub words: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target::new("frames", messages::frames, &["|", "||", "\0"]),
    Target::new("parse", messages::parse, messages::WORDS),
    Target::new("talk", talk::typed, talk::WORDS),
    Target::new("sequence", talk::made, &[]),
    Target::new("blocks", scripts::blocks, scripts::LETTERS),
    Target::new("c_json", scripts::c_json, scripts::JSON),
    Target::new("json", scripts::json, scripts::JSON),
    Target::new("charset", scripts::charset, &["\u{fffd}", "|", "$", "\0"]),
    Target::new("value", scripts::value, scripts::JSON),
    Target::new("object", scripts::object, scripts::OBJECTS),
    Target::new("dialect", database::dialect, database::WORDS),
    Target::new("statement", statement::statement, database::WORDS),
    Target::new("url", database::url, database::URLS),
    Target::new("mmdb", geo::database, geo::WORDS),
    Target::new("options", lists::options, lists::WORDS),
    Target::new("span", lists::span, &["s", "m", "h", "d", "w", "M", "y"]),
    Target::new("variables", lists::variables, lists::VARIABLES),
    Target::new("my_ip", addresses::my_ip, addresses::WORDS),
    Target::new("hublist", addresses::hublist, &["$Lock ", "|", " Pk="]),
    Target::new("setting", settings::setting, settings::WORDS),
];

impl Target {
    const fn new(name: &'static str, run: fn(&[u8]), words: &'static [&'static str]) -> Target {
        Target { name, run, words }
    }

    /// The target of this name.
    pub fn find(name: &str) -> Option<&'static Target> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Where its corpus is.
    pub fn corpus_dir(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(self.name)
    }

    /// The inputs of the corpus with their names, in the same order each time.
    ///
    /// # Panics
    /// When there is none, or it cannot be read.
    pub fn corpus(&self) -> Vec<(String, Vec<u8>)> {
        let dir = self.corpus_dir();
        let read = || -> std::io::Result<Vec<(String, Vec<u8>)>> {
            let mut all = Vec::new();
            for entry in std::fs::read_dir(&dir)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                all.push((name.into_owned(), std::fs::read(&path)?));
            }
            all.sort();
            Ok(all)
        };
        let all = read().unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        assert!(!all.is_empty(), "{} is empty", dir.display());
        all
    }
}

/// Takes the first byte of an input as a choice of so many.
pub(crate) fn choose(input: &[u8], of: usize) -> (usize, &[u8]) {
    match input.split_first() {
        Some((first, rest)) => (usize::from(*first) % of, rest),
        None => (0, input),
    }
}

/// What holds an input's bytes as text, anything else as the replacement character.
pub(crate) fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

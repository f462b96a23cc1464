//! Every setting has an effect: some code outside the table reads it. One that has none says
//! so in the table, and `docs/differences.md` says why.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hub::config::{Reload, specs};

/// The text of a source file without comments, string literals and test modules.
fn bare(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut out = String::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                out.push('\n');
            }
            '"' => {
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '\'' if chars.peek() == Some(&'"') => drop(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// The program's own source files: no tests, not the table.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let table = path.ends_with("hub/src/config");
        if path.is_dir() && !table && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The names of fields that are read, and of settings that command rows name.
fn read_names() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for krate in fs::read_dir(crates).unwrap() {
        let src = krate.unwrap().path().join("src");
        if src.is_dir() {
            sources(&src, &mut files);
        }
    }
    assert!(files.len() > 50, "the sources were not found");
    let mut names = BTreeSet::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        // The store asks its own table.
        let asks = source.split("get_config(b\"config\", b\"").skip(1);
        names.extend(asks.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        let text = bare(&source);
        for (at, _) in text.match_indices('.') {
            let name: String = text[at + 1..].chars().take_while(|c| is_name(*c)).collect();
            // A field that is given a value is not read.
            let rest = text[at + 1 + name.len()..].trim_start();
            if !(rest.starts_with("= ") || name.is_empty()) {
                names.insert(name);
            }
        }
        // `[setting rights topic_mod_class]`, as in the table of commands.
        for (at, _) in text.match_indices("[setting ") {
            let row = text[at..].split(']').next().unwrap();
            names.extend(row.split_whitespace().map(str::to_owned));
        }
        // The table of floods makes its fields of bare names.
        if let Some((_, table)) = text.split_once("\nfloods! {") {
            let table = table.split("\n}").next().unwrap();
            names.extend(table.split([' ', '\n', ';']).map(str::to_owned));
        }
    }
    names
}

/// The settings that the section of `docs/differences.md` lists: `| \`name\`, \`name\` | why |`.
fn excused() -> BTreeSet<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/differences.md");
    let page = fs::read_to_string(page).unwrap();
    let section = page.split("\n## Settings without effect\n").nth(1);
    let section = section.expect("the section on settings without effect");
    let section = section.split("\n## ").next().unwrap();
    let mut names = BTreeSet::new();
    for row in section.lines().filter(|l| l.starts_with("| `")) {
        let mut cells = row.trim_matches('|').split(" | ");
        let (listed, why) = (cells.next().unwrap(), cells.next().unwrap_or_default());
        assert!(why.trim().len() > 15, "no reason: {row}");
        let mut parts = listed.split('`').skip(1).step_by(2).map(str::to_owned);
        assert!(parts.all(|name| names.insert(name)), "twice: {row}");
    }
    names
}

#[test]
fn each_setting_is_read_somewhere_or_excused() {
    let (read, excused) = (read_names(), excused());
    let mut wrong = Vec::new();
    for spec in specs() {
        let name = spec.name;
        let says_none = spec.reload == Reload::Planned;
        match (read.contains(name), says_none, excused.contains(name)) {
            (true, false, false) | (false, true, true) => {}
            (false, false, _) => wrong.push(format!("{name}: nothing reads it")),
            (true, true, _) => wrong.push(format!("{name}: has an effect, the table says none")),
            (true, false, true) => wrong.push(format!("{name}: is excused without need")),
            (false, true, false) => wrong.push(format!("{name}: no effect and no reason")),
        }
    }
    for name in &excused {
        if hub::config::spec(name).is_none() {
            wrong.push(format!("{name}: is excused but does not exist"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_comment_or_a_text_says_is_not_read() {
    let text = bare("a.b // .c\n\"x.d\\\".e\" + f.g '\"' .h\n#[cfg(test)]\nmod tests { i.j }");
    assert!(text.contains("a.b") && text.contains(".g") && text.contains(".h"));
    for gone in [".c", ".d", ".e", ".j"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
}

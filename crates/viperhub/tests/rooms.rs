//! The rooms of the house: who may know whom, and where `unsafe` may live.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every edge between crates of this workspace that is allowed (dev-dependencies aside).
const EDGES: &[(&str, &str)] = &[
    ("hub", "nmdc"),
    ("net", "hub"),
    ("net", "nmdc"),
    ("store", "hub"),
    ("python", "hub"),
    ("plugins", "hub"),
    ("wrapper", "hub"),
    ("wrapper", "python"),
    ("loadgen", "nmdc"),
    ("viperhub", "hub"),
    ("viperhub", "net"),
    // `$Lock` and `$Key` of hub lists.
    ("viperhub", "nmdc"),
    ("viperhub", "plugins"),
    ("viperhub", "python"),
    ("viperhub", "store"),
    // The functions of the C library, for native plugins.
    ("viperhub", "wrapper"),
    // Who starts threads says what their end means.
    ("net", "threads"),
    ("store", "threads"),
    ("python", "threads"),
    ("plugins", "threads"),
    ("viperhub", "threads"),
    // The fuzz targets look behind every door; nobody depends on them.
    ("fuzz", "hub"),
    ("fuzz", "nmdc"),
    ("fuzz", "python"),
    ("fuzz", "store"),
    ("fuzz", "viperhub"),
    ("fuzz", "wrapper"),
];

/// Crates that may hold `unsafe`.
const UNSAFE: &[&str] = &["python", "wrapper", "plugins"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    for package in packages {
        let from = package["name"].as_str().expect("a name");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let to = dependency["name"].as_str().expect("a name");
            let normal = dependency["kind"].is_null();
            if normal && names.contains(to) {
                assert!(
                    EDGES.contains(&(from, to)),
                    "{from} must not depend on {to}"
                );
            }
        }
    }
}

/// Crates whose threads are not the program's.
const OTHERS_THREADS: &[&str] = &["threads", "wrapper", "loadgen"];

/// A thread that is started in another way has no kind: nobody would notice its end.
#[test]
fn each_thread_says_what_its_end_means() {
    fn check(path: &Path) {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).expect("a directory") {
                check(&entry.expect("an entry").path());
            }
            return;
        }
        let text = std::fs::read_to_string(path).expect("text");
        // Tests have threads of their own.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for bare in ["thread::spawn", "Builder::new().name", "thread::Builder"] {
            assert!(
                !text.contains(bare),
                "{}: {bare}; use threads::vital or threads::brief",
                path.display()
            );
        }
    }
    for entry in std::fs::read_dir(root().join("crates")).expect("crates/") {
        let dir = entry.expect("an entry").path();
        let name = dir.file_name().expect("a name").to_string_lossy();
        if !OTHERS_THREADS.contains(&&*name) {
            check(&dir.join("src"));
        }
    }
}

#[test]
fn unsafe_stays_in_its_room() {
    for entry in std::fs::read_dir(root().join("crates")).expect("crates/") {
        let dir = entry.expect("an entry").path();
        let name = dir
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if UNSAFE.contains(&name.as_str()) {
            continue;
        }
        for file in ["src/lib.rs", "src/main.rs"] {
            if let Ok(text) = std::fs::read_to_string(dir.join(file)) {
                assert!(
                    text.contains("#![forbid(unsafe_code)]"),
                    "crates/{name}/{file}"
                );
            }
        }
    }
}

#[test]
fn files_have_one_subject() {
    fn check(dir: &Path) {
        for entry in std::fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                check(&path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let lines = std::fs::read_to_string(&path)
                    .expect("text")
                    .lines()
                    .count();
                assert!(lines <= 800, "{} has {lines} lines", path.display());
            }
        }
    }
    for entry in std::fs::read_dir(root().join("crates")).expect("crates/") {
        check(&entry.expect("an entry").path().join("src"));
    }
}

/// Where a script's data become messages as they are: the data functions, and what hooks return.
const RAW: &[&str] = &[
    "hub/src/api/messaging.rs",
    "hub/src/machine/asking.rs",
    "nmdc/src/wire.rs",
    "nmdc/src/wire_tests.rs",
];

#[test]
fn only_data_of_scripts_are_sent_as_they_are() {
    fn visit(dir: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(&path, found);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("Wire::raw(")) {
                found.insert(path);
            }
        }
    }
    let crates = root().join("crates");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(&crates).expect("crates/") {
        visit(&entry.expect("an entry").path().join("src"), &mut found);
    }
    for path in &found {
        let name = path.strip_prefix(&crates).expect("below crates/");
        let name = name.to_string_lossy();
        assert!(
            RAW.contains(&&*name),
            "{name}: a text must go through a writer"
        );
    }
    assert!(found.len() >= 2, "the data functions are somewhere");
}

/// Words end where nicks cannot go on (`hub::words`), so that no command takes a part of a nick for
/// another one.
#[test]
fn the_hub_has_one_idea_of_a_word() {
    fn visit(dir: &Path) {
        for entry in std::fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(&path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for other in ["is_ascii_whitespace", "split_ascii_whitespace"] {
                assert!(!code.contains(other), "{}: {other}", path.display());
            }
        }
    }
    visit(&root().join("crates/hub/src/machine"));
}

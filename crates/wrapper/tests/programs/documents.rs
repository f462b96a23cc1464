//! The C++ blocks of the documents as printed: `tests/documents/cpp`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{library, passed};

fn blocks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/documents/cpp")
}

/// The constants of hooks and callbacks in a text.
fn constants(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (text.split(move |c| !is_part(c))).filter(|word| word.starts_with("W_") && word.len() > 2)
}

/// The part of a block that stands behind `// N.`, and before its next number.
fn step(block: &str, number: &str) -> (usize, String) {
    let begins =
        |line: &str| line.starts_with("// ") && line[3..].starts_with(|c: char| c.is_ascii_digit());
    let lines: Vec<&str> = block.lines().collect();
    let first = lines
        .iter()
        .position(|l| l.starts_with(&format!("// {number}.")));
    let first = first.expect("such a step");
    let rest = lines[first + 1..].iter().take_while(|l| !begins(l));
    (
        first,
        std::iter::once(&lines[first])
            .chain(rest)
            .fold(String::new(), |all, l| all + l + "\n"),
    )
}

/// What stands for a line of the program: `v1.6-0130 HOW`. Errors of the compiler name the document's lines.
fn expand(directive: &str, used: &mut BTreeSet<String>) -> String {
    let (name, how) = directive.split_once(' ').unwrap_or((directive, ""));
    let file = blocks().join(format!("{name}.inc"));
    let block = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    used.insert(name.to_owned());
    let (document, line) = name.split_once('-').expect("a document and a line");
    let line: usize = line.parse().expect("a line");
    let (skipped, text) = match how.split_once(' ') {
        _ if how.is_empty() => (0, block),
        _ if how == "names" => {
            let rows = constants(&block).map(|name| format!("{{{name}, \"{}\"}},\n", &name[2..]));
            (0, rows.collect())
        }
        Some(("lines", range)) => {
            let (first, last) = range.split_once('-').expect("a range");
            let [first, last] = [first, last].map(|n| n.parse::<usize>().expect("a number"));
            let part = block.lines().skip(first - 1).take(last + 1 - first);
            (first - 1, part.fold(String::new(), |all, l| all + l + "\n"))
        }
        Some(("step", number)) => step(&block, number),
        _ => {
            let (open, filled) = how.split_once('=').expect("what for what");
            assert!(block.contains(open), "{directive}");
            (0, block.replace(open, filled))
        }
    };
    format!("#line {} \"{document}\"\n{text}", line + skipped + 1)
}

/// The program with all blocks in their places.
fn assemble(name: &str, folder: &Path, used: &mut BTreeSet<String>) -> PathBuf {
    let source = fs::read_to_string(blocks().join(name)).expect("the program");
    let mut whole = String::new();
    for (i, line) in source.lines().enumerate() {
        match line.strip_prefix("//> ") {
            None => whole.push_str(line),
            Some(directive) => {
                let text = expand(directive, used);
                write!(whole, "{text}#line {} \"{name}\"", i + 2).expect("memory");
            }
        }
        whole.push('\n');
    }
    let to = folder.join(name);
    fs::write(&to, whole).expect("a file");
    to
}

/// wrapper.h with the constants that the documents say are to be added there.
fn edited_header(folder: &Path) {
    let headers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include");
    let header = fs::read_to_string(headers.join("wrapper.h")).expect("the header");
    let mut new = String::new();
    for block in ["v1.6-1028", "v1.7-1931"] {
        let block = fs::read_to_string(blocks().join(format!("{block}.inc"))).expect("the block");
        let listed = block.split('}').next().expect("an enum");
        for name in constants(listed).filter(|name| !header.contains(name)) {
            writeln!(new, "    {name},").expect("memory");
        }
    }
    assert_eq!(new, "    W_MyNewCallback,\n    W_YourNewCallback,\n");
    let last = "    W_CALLBACKS /*";
    assert!(header.contains(last));
    let header = header.replace(last, &(new + last));
    fs::write(folder.join("wrapper.h"), header).expect("a file");
    for name in ["plugin.hpp", "json_marshal.h"] {
        fs::copy(headers.join(name), folder.join(name)).expect("a file");
    }
}

/// Where the Python that this was built for has its headers and its library, and that one's name.
fn python() -> [String; 3] {
    let python = std::env::var("PYO3_PYTHON").unwrap_or_else(|_| "python3".into());
    let code = "import sysconfig as s\nfor v in 'INCLUDEPY', 'LIBDIR', 'LDVERSION': print(s.get_config_var(v))";
    let output = Command::new(python)
        .args(["-Ic", code])
        .output()
        .expect("Python");
    let said = String::from_utf8(output.stdout).expect("text");
    let parts: Vec<String> = said.lines().map(Into::into).collect();
    parts.try_into().expect("three lines")
}

#[test]
fn every_cpp_block_of_the_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut used = BTreeSet::new();
    edited_header(folder.path());
    used.insert("v1.7-1931".to_owned());
    let sources =
        ["program.cpp", "functions.cpp"].map(|name| assemble(name, folder.path(), &mut used));
    let all: BTreeSet<String> = fs::read_dir(blocks())
        .expect("the blocks")
        .filter_map(|entry| {
            entry
                .ok()?
                .path()
                .file_name()?
                .to_str()?
                .strip_suffix(".inc")
                .map(Into::into)
        })
        .collect();
    assert!(all.len() == 40 && all == used, "{all:?}\n{used:?}");

    let (program, library, [include, lib, version]) =
        (folder.path().join("program"), library(), python());
    let output = Command::new("c++")
        // The documents give literals to char *.
        .args([
            "-std=c++11",
            "-Wall",
            "-Wno-write-strings",
            "-Wno-unused",
            "-g",
        ])
        .arg("-I")
        .arg(folder.path())
        .arg("-I")
        .arg(blocks())
        .arg("-I")
        .arg(include)
        .args(sources)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&library)
        .args([
            "-lvh_python_wrapper".into(),
            format!("-L{lib}"),
            format!("-lpython{version}"),
        ])
        .arg(format!("-Wl,-rpath,{},-rpath,{lib}", library.display()))
        .output()
        .expect("a compiler");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let run = Command::new(&program).arg(folder.path()).output();
    passed(&run.expect("the program runs"));
}

//! Every promise of the documents v1.6 and v1.7 with what shows it: the rows of tests/documents/promises.tsv, which are
//! a section of docs/conformance.md. Places are lines of the documents as they came, promises are in our own words.
//!
//! What shows a promise is one of these, or several with `; ` between them:
//!
//! - `FILE.rs: NAME` is a test, or the case of a hook or function in the tables of this suite;
//! - `FILE.c: NAME` is a function of a test program, which is called there;
//! - `tests/documents/python/v1.7-0326` is a block of a document that is run as printed;
//! - `docs/PAGE.md: HEADING` says what is done otherwise and why, or gives what was measured.

use std::fmt::Write;
use std::path::{Path, PathBuf};

const ROWS: &str = include_str!("../../../../tests/documents/promises.tsv");
/// How many lines the documents have.
const DOCUMENTS: &[(&str, usize)] = &[("v1.6", 1166), ("v1.7", 2320)];

/// What makes tests of a list of names.
const MACROS: &[&str] = &["in_every_mode! {", "documents! {", "sections! {"];

struct Promise<'a> {
    place: &'a str,
    text: &'a str,
    shown: Vec<&'a str>,
}

fn rows(text: &str) -> impl Iterator<Item = Result<Promise<'_>, String>> {
    let rows = text.lines().filter(|l| !l.starts_with('#'));
    rows.map(|row| match row.split('\t').collect::<Vec<_>>()[..] {
        [place, text, shown] if !text.is_empty() => Ok(Promise {
            place,
            text,
            shown: shown.split("; ").collect(),
        }),
        _ => Err(format!("not three columns: {row:?}")),
    })
}

/// The document and the lines of a place as `v1.6 42` or `v1.7 10-20, 33`.
fn lines(place: &str) -> Result<(usize, Vec<usize>), String> {
    let wrong = |what: &str| Err(format!("{place}: {what}"));
    let Some((name, listed)) = place.split_once(' ') else {
        return wrong("no line");
    };
    let Some(document) = DOCUMENTS.iter().position(|(n, _)| *n == name) else {
        return wrong("no such document");
    };
    let mut all = Vec::new();
    for run in listed.split(", ") {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last))
                if first > all.last().copied().unwrap_or(0)
                    && last >= first
                    && last <= DOCUMENTS[document].1 =>
            {
                all.extend([first, last]);
            }
            _ => return wrong("no such lines"),
        }
    }
    Ok((document, all))
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

/// Whether what is said to show a promise is there.
fn check(shown: &str) -> Result<(), String> {
    let Some((path, name)) = shown.split_once(": ") else {
        let blocks = [("python", "py"), ("cpp", "inc")];
        let found = blocks.iter().any(|(folder, end)| {
            shown.starts_with(&format!("tests/documents/{folder}/v1."))
                && file(&format!("{shown}.{end}")).is_file()
        });
        return (found.then_some(())).ok_or_else(|| format!("{shown} is no block of a document"));
    };
    let source = std::fs::read_to_string(file(path)).map_err(|error| format!("{path}: {error}"))?;
    let found = match path.rsplit_once('.') {
        Some((_, "rs")) => is_test(&source, name) || is_case(&source, name),
        Some((_, "c" | "cpp")) => is_called(&source, name),
        Some((_, "md")) => {
            (source.lines()).any(|l| l.trim_start_matches('#') == format!(" {name}"))
        }
        _ => false,
    };
    (found.then_some(())).ok_or_else(|| format!("there is no {name} in {path}"))
}

/// A function with `#[test]`, or one that a macro makes tests of.
fn is_test(source: &str, name: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else {
        return source.lines().any(|l| {
            (l.strip_prefix("    ")).is_some_and(|l| l.starts_with(&format!("{name} = \"")))
        }) && MACROS.iter().any(|m| source.contains(m));
    };
    let mut above = before.lines().rev().map(str::trim);
    let attributes = above
        .by_ref()
        .take_while(|l| l.is_empty() || l.starts_with("#[") || l.starts_with("//"));
    if attributes.into_iter().any(|l| l == "#[test]") {
        return true;
    }
    let listed = source.lines().any(|l| l == format!("    {name}"));
    listed && MACROS.iter().any(|m| source.contains(m))
}

/// The case of a function or hook.
fn is_case(source: &str, name: &str) -> bool {
    let of_function = format!("        name: \"{name}\",\n");
    let of_hook = format!("        hook: Hook::{name},\n");
    source.contains(&of_function) || source.contains(&of_hook)
}

/// A function that is defined and called.
fn is_called(source: &str, name: &str) -> bool {
    let defined = (source.lines())
        .any(|l| l.starts_with("static ") && l.contains(&format!(" {name}(")) && !l.ends_with(';'));
    defined
        && source
            .lines()
            .any(|l| l.starts_with(' ') && l.contains(&format!("{name}(")))
}

/// What is wrong with rows.
fn problems(text: &str) -> Vec<String> {
    let (mut wrong, mut before) = (Vec::new(), (0, 0));
    for row in rows(text) {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        match lines(row.place) {
            Ok((document, lines)) => {
                let first = (document, lines[0]);
                if first < before {
                    wrong.push(format!("{} stands behind what comes later", row.place));
                }
                before = first;
            }
            Err(error) => wrong.push(error),
        }
        let failed = row.shown.iter().filter_map(|s| check(s).err());
        wrong.extend(failed.map(|error| format!("{}: {error}", row.place)));
    }
    wrong
}

#[test]
fn every_promise_names_what_shows_it() {
    let wrong = problems(ROWS);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count = |name: &str| {
        let of_document = |p: &Promise| p.place.starts_with(name);
        rows(ROWS).flatten().filter(of_document).count()
    };
    for (name, _) in DOCUMENTS {
        assert!(count(name) > 100, "{name} has {} rows", count(name));
    }
    // What is wrong is found.
    let test = "crates/viperhub/tests/conformance/promises.rs: every_promise_names_what_shows_it";
    assert_eq!(
        problems(&format!("v1.6 1\ta\t{test}\nv1.7 2-3, 5\tb\t{test}")).len(),
        0
    );
    for row in [
        format!("v1.6 1\t{test}"),
        format!("v1.6 1\t\t{test}"),
        format!("v1.6 1\ta\t{test}\tmore"),
        "v1.6 1\ta\t".to_owned(),
        format!("v1.6\ta\t{test}"),
        format!("v1.5 1\ta\t{test}"),
        format!("v1.6 0\ta\t{test}"),
        format!("v1.6 1167\ta\t{test}"),
        format!("v1.7 5-2321\ta\t{test}"),
        format!("v1.7 5-4\ta\t{test}"),
        format!("v1.7 9, 5\ta\t{test}"),
        format!("v1.7 1\ta\t{test}\nv1.6 1\tb\t{test}"),
        format!("v1.7 2\ta\t{test}\nv1.7 1\tb\t{test}"),
        format!("v1.7 1\ta\t{test}; crates/viperhub/tests/none.rs: x"),
        // There, but no test.
        "v1.7 1\ta\tcrates/viperhub/tests/conformance/promises.rs: check".to_owned(),
        "v1.7 1\ta\tcrates/viperhub/tests/conformance/hooks.rs: results".to_owned(),
        "v1.7 1\ta\tcrates/viperhub/tests/conformance/vh_cases_say.rs: GetUserClass".to_owned(),
        "v1.7 1\ta\tcrates/wrapper/tests/c/api.c: few".to_owned(),
        "v1.7 1\ta\tdocs/differences.md: Nothing".to_owned(),
        "v1.7 1\ta\ttests/documents/python/v1.7-0001".to_owned(),
        "v1.7 1\ta\ttests/documents/cpp/program.cpp".to_owned(),
    ] {
        assert!(!problems(&row).is_empty(), "{row}");
    }
}

/// The section of the page.
pub fn section() -> String {
    let all: Vec<Promise> = rows(ROWS).flatten().collect();
    let mut out = format!(
        "\n## Promises of the documents\n\nWhat versions 1.6 and 1.7 of the plugin's document promise, {} rows by document and \
         line, and what shows that it holds: a test, a test program, a block of the document that is run as printed, or the \
         section that says what is done otherwise.\n\n| line | promise | shown by |\n| --- | --- | --- |\n",
        all.len()
    );
    for Promise { place, text, shown } in all {
        let shown: Vec<String> = (shown.iter())
            .map(|s| match s.split_once(": ") {
                Some((path, name)) => format!("{path}: `{name}`"),
                None => (*s).to_owned(),
            })
            .collect();
        let text = text.replace('|', "\\|");
        writeln!(out, "| {place} | {text} | {} |", shown.join("<br>")).expect("a String takes all");
    }
    out
}

//! What the suite covers, told from its tables: the page docs/conformance.md, and the demand that no row of the hub's
//! tables is without a case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use hub::api::{API, ApiFn};
use hub::constants::CONSTANTS;
use hub::hooks::{EXTRAS, Hook, Status, Veto};

use crate::Mode;
use crate::stage::Step;
use crate::{console, hooks, hooks_special, promises, vh, vh_special};

/// Something a hook promises.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Aspect {
    /// It is called when its event happens, once.
    Fires,
    /// Its arguments are the documented ones.
    Arguments,
    /// Every result that stops nothing lets the event go on.
    GoesOn,
    /// 0 and False stop the event.
    Stops,
    /// 0 and False stop nothing.
    NoVeto,
    /// An exception counts as no opinion.
    Raising,
    /// `(text, 0 or 1)` tells the connection the text, if the event comes from one, and is a verdict.
    Reply,
    /// A result takes the place of the event's content.
    Replaces,
    /// The next script sees what the one before put in its place.
    Chain,
    /// Another form of the function that the documents show.
    OlderForm,
}

use Aspect::*;

/// What must be shown of a hook.
fn required(hook: Hook) -> BTreeSet<Aspect> {
    let mut set = BTreeSet::from([Fires, Arguments, GoesOn, Raising, Reply]);
    set.insert(if hook.veto() == Veto::Never {
        NoVeto
    } else {
        Stops
    });
    if matches!(
        hook,
        Hook::ParsedMsgChat | Hook::ParsedMsgMyINFO | Hook::FirstMyINFO
    ) {
        set.extend([Replaces, Chain]);
    }
    if matches!(
        hook,
        Hook::Timer | Hook::NewReg | Hook::NewBan | Hook::SetConfig
    ) {
        set.insert(OlderForm);
    }
    set
}

/// What the tables of cases and the tests show, by name.
fn shown() -> BTreeMap<&'static str, BTreeSet<Aspect>> {
    let mut shown: BTreeMap<&str, BTreeSet<Aspect>> = BTreeMap::new();
    for case in hooks::TABLES.iter().flat_map(|t| t.iter()) {
        let aspects = shown.entry(case.hook.name()).or_default();
        aspects.extend([Fires, Arguments, GoesOn, Raising, Reply]);
        // The runner demands `stops` of hooks that can.
        aspects.insert(if case.stops.is_empty() { NoVeto } else { Stops });
    }
    for (name, aspects, test) in hooks_special::COVERS {
        assert!(
            hooks_special::TESTS.contains(test),
            "there is no test {test}"
        );
        shown.entry(name).or_default().extend(aspects.iter());
    }
    shown
}

#[test]
fn every_hook_has_its_cases() {
    let shown = shown();
    let missing = |name: &str, wanted: BTreeSet<Aspect>| {
        let have = shown.get(name).cloned().unwrap_or_default();
        let lack: Vec<Aspect> = wanted.difference(&have).copied().collect();
        assert!(lack.is_empty(), "{name} has no case for {lack:?}");
    };
    for hook in Hook::ALL.iter().filter(|h| h.status() == Status::Works) {
        missing(hook.name(), required(*hook));
    }
    for (name, _, status) in EXTRAS {
        if *status == Status::Works {
            missing(name, BTreeSet::from([Fires, GoesOn, Raising]));
        }
    }
    let known =
        |name: &str| Hook::from_name(name).is_some() || EXTRAS.iter().any(|(n, ..)| *n == name);
    for name in shown.keys() {
        assert!(known(name), "{name} is no hook");
    }
}

// ---- functions -------------------------------------------------------------------------------

/// The calls of a function.
#[derive(Default)]
struct Calls {
    good: Vec<&'static str>,
    bad: Vec<&'static str>,
    /// Numbers of arguments by place, of calls without keywords.
    counts: BTreeSet<usize>,
    keywords: BTreeSet<String>,
}

/// The arguments of `name(...)`, split at their commas; `None` if it is a call of something else.
fn arguments<'a>(call: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let text = call.strip_prefix(name)?.strip_prefix('(')?;
    let (mut depth, mut quote, mut escaped) = (0, None, false);
    let (mut parts, mut from) = (Vec::new(), 0);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => {
                parts.push(text[from..i].trim());
                return Some(parts.into_iter().filter(|p| !p.is_empty()).collect());
            }
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(text[from..i].trim());
                from = i + 1;
            }
            (None, _) => {}
        }
    }
    panic!("{call} has no end");
}

/// The keywords of one argument: `nick=...` or `**{'class': ...}`.
fn keywords(argument: &str) -> Vec<String> {
    if let Some(dict) = argument.strip_prefix("**{") {
        return dict
            .split('\'')
            .skip(1)
            .step_by(2)
            .take(1)
            .map(str::to_owned)
            .collect();
    }
    let word = argument
        .split_once('=')
        .map(|(word, rest)| (word.trim(), rest));
    match word {
        Some((word, rest))
            if !rest.starts_with('=')
                && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') =>
        {
            vec![word.to_owned()]
        }
        _ => Vec::new(),
    }
}

impl Calls {
    fn of(f: &ApiFn) -> Calls {
        let mut calls = Calls::default();
        let cases = vh::TABLES
            .iter()
            .flat_map(|t| t.iter())
            .filter(|c| c.name == f.name);
        for step in cases.flat_map(|c| c.steps) {
            match *step {
                Step::Call(call, _) | Step::Sends(call, ..) => calls.add(f, call, true),
                Step::Fails(call, _) => calls.add(f, call, false),
                Step::Raises(call, _) => calls.add(f, call, false),
                _ => {}
            }
        }
        for (name, listed, test) in vh_special::COVERS {
            assert!(vh_special::TESTS.contains(test), "there is no test {test}");
            for call in listed.iter().filter(|_| *name == f.name) {
                calls.add(f, call, !call.contains("**"));
            }
        }
        calls
    }

    fn add(&mut self, f: &ApiFn, call: &'static str, good: bool) {
        let arguments = arguments(call, f.name);
        let arguments =
            arguments.unwrap_or_else(|| panic!("{call} is in the case of vh.{}", f.name));
        let named: Vec<String> = arguments.iter().flat_map(|a| keywords(a)).collect();
        if named.is_empty() {
            self.counts.insert(arguments.len());
        }
        self.keywords.extend(named);
        if good {
            self.good.push(call);
        } else {
            self.bad.push(call);
        }
    }

    /// What is missing of a function's calls.
    fn lack(&self, f: &ApiFn) -> Vec<String> {
        let mut lack = Vec::new();
        if self.good.is_empty() && !NEVER_SUCCEEDS.contains(&f.name) {
            lack.push("a call that succeeds".to_owned());
        }
        if self.bad.is_empty() && !f.params.is_empty() && !CANNOT_FAIL.contains(&f.name) {
            lack.push("a call that fails".to_owned());
        }
        let required = f.params.iter().filter(|p| !p.optional).count();
        for count in (required..=f.params.len()).filter(|c| !self.counts.contains(c)) {
            lack.push(format!("a call with {count} arguments"));
        }
        let names = f
            .params
            .iter()
            .flat_map(|p| [p.name].into_iter().chain(p.aliases.iter().copied()));
        lack.extend(
            names
                .filter(|n| !self.keywords.contains(*n))
                .map(|n| format!("the keyword {n}")),
        );
        lack
    }
}

/// Functions that have no failure: they answer whatever text they get.
const CANNOT_FAIL: &[&str] = &[
    "Encode",
    "Decode",
    "encode",
    "decode",
    "GetUserNick",
    "GetConnNick",
    "GetChatMessage",
    "name_and_version",
];
/// In a hub nothing registers functions; what a program registers is tested in crates/python.
const NEVER_SUCCEEDS: &[&str] = &["CallDynamicFunction"];

#[test]
fn every_function_has_its_cases() {
    for f in API {
        let lack = Calls::of(f).lack(f);
        assert!(lack.is_empty(), "vh.{} lacks {}", f.name, lack.join(", "));
        let wrong = vh::wrong_calls(f).len();
        assert!(wrong > 0, "vh.{} has no wrong call", f.name);
    }
    for case in vh::TABLES.iter().flat_map(|t| t.iter()) {
        let count = vh::TABLES
            .iter()
            .flat_map(|t| t.iter())
            .filter(|c| c.name == case.name)
            .count();
        assert_eq!(count, 1, "{} has two cases", case.name);
        assert!(
            API.iter().any(|f| f.name == case.name),
            "there is no vh.{}",
            case.name
        );
    }
}

#[test]
fn every_constant_has_its_case() {
    let tested: BTreeMap<String, i64> = vh_special::CONSTANTS
        .iter()
        .flat_map(|(prefix, rows)| {
            rows.iter()
                .map(move |(name, value)| (format!("{prefix}{name}"), *value))
        })
        .collect();
    let table: BTreeMap<String, i64> = CONSTANTS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    assert_eq!(tested, table);
}

#[test]
fn every_script_command_has_its_case() {
    // Those about native plugins are tried by tests/plugins.rs.
    let scripts = |row: &&hub::CommandRow| row.engine && row.names[0].starts_with("py");
    for row in hub::COMMANDS.iter().filter(scripts) {
        let found = console::COVERS
            .iter()
            .find(|(name, _)| row.names.contains(name));
        let (name, test) = found.unwrap_or_else(|| panic!("{:?} has no test", row.names));
        assert!(
            console::TESTS.contains(test),
            "there is no test {test} for {name}"
        );
    }
}

#[test]
fn arguments_are_told_apart() {
    assert_eq!(
        arguments("f('a, b', [1, 2], c=3)", "f"),
        Some(vec!["'a, b'", "[1, 2]", "c=3"])
    );
    assert_eq!(
        arguments(r"f('it\'s, ok')[0]", "f"),
        Some(vec![r"'it\'s, ok'"])
    );
    assert_eq!(arguments("f()", "f"), Some(vec![]));
    assert_eq!(arguments("g()", "f"), None);
    assert_eq!(keywords("c=3"), ["c"]);
    assert_eq!(keywords("**{'from': 'eve'}"), ["from"]);
    assert!(keywords("'a=b'").is_empty() && keywords("x == 1").is_empty());
}

// ---- the page --------------------------------------------------------------------------------

fn page() -> String {
    let modes: Vec<&str> = Mode::ALL.iter().map(|(_, name)| *name).collect();
    let mut out = format!(
        "# What the conformance suite covers\n\n\
         <!-- Written by `make docs` from the tables of crates/viperhub/tests/conformance and tests/documents/promises.tsv; do not edit. -->\n\n\
         Hooks, functions, constants and commands are tried over real connections in these modes: {}; `make test` does \
         so with each Python version found. A row of the hub's tables without its cases fails the suite. What the \
         documents promise beside that, and what shows it, is at the end.\n\n## Hooks\n\n\
         Each is fired once per kind of result: {} let the event go on, {} stop it where it can be stopped, \
         `(text, 0 or 1)` tells the connection something. \"More\" counts further events with other arguments.\n\n",
        modes.join(", "),
        code(hooks::ALLOW),
        code(hooks::BLOCK),
    );
    out += "| hook | arguments as tried | fires, goes on, raises | 0 | text, then 0 or 1 | replaced, chained | older form | more |\n";
    out += "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    let shown = shown();
    for hook in Hook::ALL {
        let have = shown.get(hook.name()).cloned().unwrap_or_default();
        let case = hooks::TABLES
            .iter()
            .flat_map(|t| t.iter())
            .find(|c| c.hook == *hook);
        let yes = |all: &[Aspect]| {
            if all.iter().all(|a| have.contains(a)) {
                "yes"
            } else {
                ""
            }
        };
        row(
            &mut out,
            &[
                &format!("`{}`", hook.name()),
                &case.map_or("a test of its own".to_owned(), |c| format!("`{}`", c.args)),
                yes(&[Fires, GoesOn, Raising]),
                match (have.contains(&Stops), have.contains(&NoVeto)) {
                    (true, _) => "stops",
                    (_, true) => "stops nothing",
                    _ => "",
                },
                match (have.contains(&Reply), case.and_then(|c| c.to)) {
                    (true, Some(_)) => "sent",
                    (true, None) => "not sent",
                    _ => "",
                },
                yes(&[Replaces, Chain]),
                yes(&[OlderForm]),
                &case.map_or(0, |c| c.more.len()).to_string(),
            ],
        );
    }
    for (name, ..) in EXTRAS {
        let have = shown.get(name).cloned().unwrap_or_default();
        let yes = |a: &[Aspect]| {
            if a.iter().all(|a| have.contains(a)) {
                "yes"
            } else {
                ""
            }
        };
        row(
            &mut out,
            &[
                &format!("`{name}`"),
                "a test of its own",
                yes(&[Fires, GoesOn, Raising]),
                "stops nothing",
                "",
                "",
                "",
                "0",
            ],
        );
    }
    out += "\n## Functions\n\nThe calls that are tried, all parameters by place and by each of their names among them; \
            wrong arguments are those that must raise TypeError.\n\n";
    out += "| function | calls that work | calls that fail | wrong arguments |\n| --- | --- | --- | --- |\n";
    for f in API {
        let calls = Calls::of(f);
        let name = match f.status {
            Status::Works => format!("`{}`", f.name),
            Status::Planned => format!("`{}` (not yet)", f.name),
        };
        row(
            &mut out,
            &[
                &name,
                &code(&calls.good),
                &code(&calls.bad),
                &vh::wrong_calls(f).len().to_string(),
            ],
        );
    }
    out += "\n## Constants\n\n";
    for (prefix, rows) in vh_special::CONSTANTS {
        let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
        writeln!(out, "- `{prefix}`: {}", names.join(", ")).expect("a String takes all");
    }
    let commands: Vec<&str> = console::COVERS.iter().map(|(name, _)| *name).collect();
    writeln!(out, "\n## Commands\n\n{}", code(&commands)).expect("a String takes all");
    out += "\n## Further tests\n\n";
    for (file, tests) in [
        ("console.rs", console::TESTS),
        ("hooks.rs", hooks::TESTS),
        ("hooks_special.rs", hooks_special::TESTS),
        ("vh.rs", vh::TESTS),
        ("vh_special.rs", vh_special::TESTS),
    ] {
        let names: Vec<String> = tests.iter().map(|t| t.replace('_', " ")).collect();
        writeln!(out, "- {file}: {}", names.join("; ")).expect("a String takes all");
    }
    out + &promises::section()
}

fn code(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|t| format!("`{t}`")).collect();
    quoted.join(", ")
}

fn row(out: &mut String, cells: &[&str]) {
    let shown = |c: &&str| {
        c.replace('|', "\\|")
            .chars()
            .map(|c| if c.is_ascii_control() { ' ' } else { c })
            .collect::<String>()
    };
    let cells: Vec<String> = cells.iter().map(shown).collect();
    writeln!(out, "| {} |", cells.join(" | ")).expect("a String takes all");
}

/// With `WRITE_CONFORMANCE=1` in the environment the page is written.
#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
    let page = page();
    if std::env::var_os("WRITE_CONFORMANCE").is_some() {
        std::fs::write(&path, &page).expect("docs/ can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/conformance.md is out of date, run `make docs`"
    );
}

//! Every Python block of the documents v1.6 and v1.7, as it is printed there. The files of tests/documents/python are
//! named by document and the line where the block begins. Those that the documents' C++ belongs to have a function of
//! Python in its place here; the C++ itself is tried by `make test` of tests/documents/cpp.

use std::fs;
use std::path::PathBuf;

use hub::api::{API, ApiFn};

use crate::dialogue::Users;
use crate::kit::{Hub, PASSWORD, Setup};
use crate::{cases_1_6, cases_1_7};

/// How a block is tried.
pub struct Case {
    /// Document and line.
    pub block: &'static str,
    /// Lines that it needs before it and after it.
    pub before: &'static str,
    pub after: &'static str,
    /// Further files, their texts or the blocks that they are.
    pub files: &'static [(&'static str, &'static str)],
    pub settings: &'static [(&'static str, &'static str)],
    /// In which modes.
    pub modes: &'static [&'static str],
    /// It is loaded when these are there.
    pub late: &'static [&'static str],
    pub packages: bool,
    pub steps: &'static [&'static str],
}

pub const BOTH: &[&str] = &["isolated", "shared"];

pub const PLAIN: Case = Case {
    block: "",
    before: "",
    after: "",
    files: &[],
    settings: &[],
    modes: BOTH,
    late: &[],
    packages: false,
    steps: &[],
};

/// Blocks that list functions, as `vh.GetUserClass(nick) -> int` with an arrow.
const SIGNATURES: &[&str] = &[
    "v1.7-0179",
    "v1.7-0192",
    "v1.7-0206",
    "v1.7-0220",
    "v1.7-0231",
    "v1.7-0238",
    "v1.7-0249",
    "v1.7-0257",
];

/// Blocks that are tried with others, or are no code.
const ELSEWHERE: &[(&str, &str)] = &[
    ("v1.7-1787", "with v1.7-1778"),
    ("v1.7-1116", "a table of types, which tests of JSON try"),
];

fn cases() -> impl Iterator<Item = &'static Case> {
    cases_1_6::CASES.iter().chain(cases_1_7::CASES)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/documents/python")
}

/// The block as printed; what follows in C++ is left out.
fn printed(block: &str) -> String {
    let path = folder().join(format!("{block}.py"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match text.split_once("# C++ side") {
        Some((python, cpp)) if cpp.contains("w_Targs*") => python.to_owned(),
        _ => text,
    }
}

fn setup(case: &Case, mode: &str) -> Setup {
    let mut setup = Hub::setup()
        .user("boss", 10, PASSWORD)
        .user("OpNick", 3, PASSWORD)
        .set("max_chat_msg", 1000)
        .set("hub_name", "Den")
        .set("python_mode", mode);
    if case.packages {
        setup = setup.packages();
    }
    for (name, value) in case.settings {
        setup = setup.set(name, value);
    }
    for (name, text) in case.files {
        let text = match text.starts_with("v1.") {
            true => printed(text),
            false => (*text).to_owned(),
        };
        setup = setup.file(name, text);
    }
    let source = [case.before, &printed(case.block), case.after].concat();
    let place = if case.late.is_empty() {
        "data/scripts"
    } else {
        "data/examples"
    };
    setup.file(&format!("{place}/example.py"), source)
}

/// What the log says then.
const LOADED: &str = "example.py is loaded";

fn try_case(case: &Case, mode: &str) {
    eprintln!("{}, {mode}", case.block);
    let mut hub = setup(case, mode).start();
    let mut ends = false;
    {
        let mut users = Users::of_hub(&hub);
        if case.late.is_empty() {
            hub.wait_log(LOADED);
        } else {
            users.step("boss is here");
            for nick in case.late {
                users.step(&format!("{nick} is here"));
            }
            users.step("boss says !pyload examples/example.py");
            // Not by the reply: what comes before that is to be seen.
            if !case.steps.contains(&"hub ends 0") {
                hub.wait_log(LOADED);
            }
        }
        for step in case.steps {
            eprintln!("    {step}");
            match *step {
                "hub ends 0" => ends = true,
                step => users.step(step),
            }
        }
    }
    if ends {
        assert_eq!(hub.wait().code(), Some(0));
    }
    let log = hub.log();
    assert!(!log.contains("Traceback"), "{log}");
}

fn try_document(document: &str, mode: &str) {
    let cases = cases().filter(|c| c.block.starts_with(document));
    for case in cases.filter(|c| c.modes.contains(&mode)) {
        try_case(case, mode);
    }
}

macro_rules! documents {
    ($($name:ident = $document:literal;)*) => {
        mod isolated {
            $(#[test] fn $name() { super::try_document($document, "isolated"); })*
        }
        mod shared {
            $(#[test] fn $name() { super::try_document($document, "shared"); })*
        }
    };
}

documents! {
    v1_6 = "v1.6";
    v1_7_to_line_999 = "v1.7-0";
    v1_7_from_line_1000 = "v1.7-1";
}

#[test]
fn no_block_is_left_out() {
    let files = fs::read_dir(folder()).expect("the blocks are there");
    let mut blocks: Vec<String> = files
        .map(|f| {
            f.expect("readable")
                .file_name()
                .to_string_lossy()
                .replace(".py", "")
        })
        .collect();
    blocks.sort_unstable();
    let mut tried: Vec<&str> = cases().map(|c| c.block).collect();
    tried.extend(SIGNATURES);
    tried.extend(ELSEWHERE.iter().map(|(block, _)| block));
    tried.sort_unstable();
    assert_eq!(blocks, tried);
    for case in cases() {
        assert!(!case.steps.is_empty(), "{}", case.block);
    }
}

/// What is printed differently of a function, and how it is: docs/differences.md.
const PRINTED: &[(&str, &str)] = &[("GetGeoIP", "dict")];

/// The lists of functions: each is there, takes what is printed by place and by name, and gives what is printed.
#[test]
fn functions_are_as_they_are_listed() {
    let mut seen = 0;
    for block in SIGNATURES {
        for line in printed(block).lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some(call) = line.strip_prefix("vh.") else {
                continue;
            };
            check_signature(block, call);
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

fn check_signature(block: &str, call: &str) {
    let (name, rest) = call
        .split_once('(')
        .unwrap_or_else(|| panic!("{block}: {call}"));
    let (params, rest) = rest
        .split_once(')')
        .unwrap_or_else(|| panic!("{block}: {call}"));
    let function = API.iter().find(|f| f.name == name);
    let function = function.unwrap_or_else(|| panic!("{block}: there is no vh.{name}"));
    let printed = params.split(", ").filter(|p| !p.is_empty());
    for (place, param) in printed.enumerate() {
        if function.is_variadic() && place > 0 {
            break;
        }
        check_parameter(block, function, param);
    }
    let Some(returns) = rest.trim().strip_prefix('\u{2192}').map(str::trim) else {
        return;
    };
    let real = match function.returns {
        "MyINFO | None" => "str",
        other => other,
    };
    let known = PRINTED.iter().find(|(f, _)| *f == name).map(|(_, is)| *is);
    let wanted = known.unwrap_or(returns);
    assert!(
        wanted == "varies" || real.starts_with(wanted),
        "{block}: vh.{name} gives {real}, not {wanted}"
    );
}

fn check_parameter(block: &str, function: &ApiFn, param: &str) {
    let (param, default) = match param.split_once('=') {
        Some((param, _)) => (param, true),
        None => (param, false),
    };
    let found = function
        .params
        .iter()
        .find(|p| p.name == param || p.aliases.contains(&param));
    let known = found.unwrap_or_else(|| panic!("{block}: vh.{}({param})", function.name));
    assert!(
        known.optional || !default,
        "{block}: vh.{}({param}) may be left out",
        function.name
    );
}

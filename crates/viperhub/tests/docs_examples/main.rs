//! Every Python block of docs/scripting.md is loaded as a script and does what the comment below it says, and every one of
//! the documents v1.6 and v1.7 what [`documents`] says.
//!
//! The comment on the page is not shown. It begins with `<!-- try` and holds one step a line, in the language of
//! [`dialogue`]. `<!-- try packages` gives the script the packages of tools/test-packages.txt.

mod cases_1_6;
mod cases_1_7;
mod dialogue;
mod documents;
#[path = "../kit/mod.rs"]
mod kit;

use std::fs;
use std::path::Path;

use dialogue::Users;
use kit::{Hub, PASSWORD};

/// One block and what is to be tried with it.
struct Example {
    section: String,
    line: usize,
    source: String,
    packages: bool,
    steps: Vec<String>,
}

/// All Python blocks of the page.
fn examples() -> Vec<Example> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scripting.md");
    let text = fs::read_to_string(page).expect("the page is there");
    let mut lines = text.lines().enumerate().peekable();
    let (mut section, mut found) = (String::new(), Vec::new());
    while let Some((number, line)) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.to_owned();
        }
        if line != "```python" {
            assert!(
                !line.starts_with("```py"),
                "line {}: write ```python",
                number + 1
            );
            continue;
        }
        let block = lines
            .by_ref()
            .map(|(_, l)| l)
            .take_while(|l| *l != "```")
            .fold(String::new(), |text, line| text + line + "\n");
        let next = lines.peek().map_or("", |(_, l)| *l);
        let head = next.strip_prefix("<!-- try");
        let head = head.unwrap_or_else(|| panic!("line {}: nothing is tried", number + 1));
        lines.next();
        let steps = lines.by_ref().map(|(_, l)| l).take_while(|l| *l != "-->");
        found.push(Example {
            section: section.clone(),
            line: number + 1,
            source: block,
            packages: head.trim() == "packages",
            steps: steps.map(str::to_owned).collect(),
        });
    }
    found
}

/// Loads the examples of one section, each in a hub of its own, and tries them.
fn try_section(section: &str, mode: &str) {
    let examples = examples();
    let mut tried = 0;
    for example in examples.iter().filter(|e| e.section == section) {
        eprintln!("docs/scripting.md, line {}, {mode}", example.line);
        let mut setup = Hub::setup()
            .user("boss", 10, PASSWORD)
            .set("max_chat_msg", 1000)
            .set("python_mode", mode);
        if example.packages {
            setup = setup.packages();
        }
        let hub = setup.script("example.py", &example.source).start();
        hub.wait_log("script #0 ");
        assert!(!example.steps.is_empty());
        let mut users = Users::of_hub(&hub);
        for step in &example.steps {
            eprintln!("    {step}");
            users.step(step);
        }
        let log = hub.log();
        assert!(!log.contains("Traceback"), "{log}");
        tried += 1;
    }
    assert!(tried > 0, "{section} has no examples");
}

macro_rules! sections {
    ($($name:ident = $title:literal;)*) => {
        mod isolated {
            $(#[test] fn $name() { super::try_section($title, "isolated"); })*
        }
        mod shared {
            $(#[test] fn $name() { super::try_section($title, "shared"); })*
        }

        #[test]
        fn no_example_is_left_out() {
            let tried = [$($title),*];
            for example in examples() {
                assert!(tried.contains(&example.section.as_str()), "{}", example.section);
            }
        }
    };
}

sections! {
    hooks = "Hooks";
    what_a_hook_returns = "What a hook returns";
    commands_messages_and_bots = "Commands, private messages and bots";
    threads_asyncio_packages = "Threads, asyncio, packages";
    asking_others = "Asking other scripts and the program";
    where_addresses_are = "Where addresses are (GeoIP)";
    text = "Text";
    identity_settings_and_databases = "Identity, settings and databases";
}

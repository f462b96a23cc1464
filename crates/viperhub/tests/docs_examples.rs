//! Every Python block of docs/scripting.md is loaded as a script and does what the comment below it says.
//!
//! That comment is not shown on the page. It begins with `<!-- try` and holds one step a line; a user logs in when
//! he is first named (`boss` with class 10, `newcomer` only connects), and `\xNN` is a byte:
//!
//! ```text
//! NICK says TEXT          NICK tells NICK TEXT
//! NICK gets TEXT          what comes next holds the text
//! NICK gets not TEXT      nothing of the kind has come or is on its way
//! NICK got TEXT           it has come already, during the login
//! NICK got not TEXT
//! ```
//!
//! `<!-- try packages` gives the script the packages of tools/test-packages.txt.

mod kit;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use kit::{Client, Hub, PASSWORD, Who, until};

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

/// The bytes a step means.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        out.extend_from_slice(before.as_bytes());
        let (digits, after) = after.split_at(2);
        out.push(u8::from_str_radix(digits, 16).expect("two digits"));
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// The users of one try.
struct Users<'a> {
    hub: &'a Hub,
    here: HashMap<String, Client>,
}

impl Users<'_> {
    fn of(&mut self, nick: &str) -> &mut Client {
        let hub = self.hub;
        self.here
            .entry(nick.to_owned())
            .or_insert_with(|| match nick {
                "newcomer" => Client::connect(hub),
                "boss" => hub.login_reg(nick),
                _ => hub.login_as(Who::new(nick)),
            })
    }

    fn step(&mut self, step: &str) {
        let (nick, rest) = step.split_once(' ').expect("a nick and a verb");
        let (verb, what) = rest.split_once(' ').expect("a verb and a text");
        let client = self.of(nick);
        match (verb, what.strip_prefix("not ")) {
            ("says", _) => client.chat(bytes(what)),
            ("tells", _) => {
                let (to, text) = what.split_once(' ').expect("a nick and a text");
                client.pm(to, bytes(text));
            }
            ("gets", Some(text)) => client.expect_none(text),
            ("gets", None) => {
                client.expect_bytes(bytes(what));
            }
            ("got", Some(text)) => {
                client.fence();
                assert!(!client.history().contains(text), "{}", client.history());
            }
            ("got", None) => until(|| {
                client.fence();
                client.history().contains(what)
            }),
            _ => panic!("no such step: {step}"),
        }
    }
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
        let mut users = Users {
            hub: &hub,
            here: HashMap::new(),
        };
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

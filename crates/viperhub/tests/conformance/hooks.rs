//! How a hook is tried: its event is made to happen once for every kind of result.

use hub::hooks::{Hook, Veto};

use crate::Mode;
use crate::hook_cases_clients::{CONNECTIONS, LOGINS};
use crate::hook_cases_commands::COMMANDS;
use crate::hook_cases_messages::MESSAGES;
use crate::kit::until;
use crate::stage::{Stage, Step, Trying};

/// What the documents say of one hook.
pub struct HookCase {
    pub hook: Hook,
    /// Done once, before the rounds.
    pub setup: &'static [Step],
    /// Makes the event happen.
    pub fire: &'static [Step],
    /// The `repr` of the arguments.
    pub args: &'static str,
    /// A Python condition on the arguments `a`, where the same hook also hears of other things.
    pub only: &'static str,
    /// What shows that the event goes on.
    pub goes_on: &'static [Step],
    /// What shows that a 0 stops it; nothing for hooks that cannot.
    pub stops: &'static [Step],
    /// Who gets the text of a `(text, 0 or 1)`, if the event comes from a connection.
    pub to: Option<&'static str>,
    /// Done after each round, while no script has an opinion.
    pub afterwards: &'static [Step],
    /// Further events of this hook, with their arguments.
    pub more: &'static [(&'static [Step], &'static str)],
}

/// Most of what a case needs not say.
pub const CASE: HookCase = HookCase {
    hook: Hook::NewConn,
    setup: &[],
    fire: &[],
    args: "()",
    only: "True",
    goes_on: &[],
    stops: &[],
    to: None,
    afterwards: &[],
    more: &[],
};

/// All tables of cases.
pub const TABLES: &[&[HookCase]] = &[CONNECTIONS, LOGINS, MESSAGES, COMMANDS];

/// Results that let an event go on, and those that no document gives a meaning. One that raises counts as no opinion.
pub const ALLOW: &[&str] = &[
    "None",
    "1",
    "True",
    "5",
    "-1",
    "1.5",
    "0.0",
    "[]",
    "[0]",
    "{}",
    "(1, 2, 3)",
    "()",
    "b'0'",
    "object()",
    "1/0",
];
/// Results that stop it.
pub const BLOCK: &[&str] = &["0", "False"];
/// A text from a hook where it replaces nothing.
const TEXT: &str = "'<Guard> a text'";

/// A text for the connection, then the verdict.
const REPLIES: &[(&str, bool)] = &[("('<Guard> {n}', 1)", true), ("('<Guard> {n}|', 0)", false)];

impl HookCase {
    /// Every result with whether it lets the event go on.
    fn results(&self) -> Vec<(&'static str, bool)> {
        let stops = self.hook.veto() != Veto::Never;
        let allow = ALLOW.iter().map(|v| (*v, true));
        let text = (self.hook != Hook::ParsedMsgChat).then_some((TEXT, true));
        let block = BLOCK.iter().map(|v| (*v, !stops));
        let replies = REPLIES.iter().map(|(v, allow)| (*v, *allow || !stops));
        allow.chain(text).chain(block).chain(replies).collect()
    }

    #[track_caller]
    fn round(&self, stage: &mut Stage, result: &str, goes_on: bool) {
        let name = self.hook.name();
        stage.round += 1;
        let _trying = Trying(format!("{name} returns {result}, round {}", stage.round));
        let (result, only) = (stage.fill(result), stage.fill(self.only));
        stage.boss.exec(&format!(
            "calls.clear(); answers[{name:?}] = lambda *a: ({result}) if {only} else None"
        ));
        stage.run(self.fire);
        if goes_on {
            stage.run(self.goes_on);
        } else {
            assert!(
                !self.stops.is_empty(),
                "{name} can be stopped, its case must say how that shows"
            );
            stage.run(self.stops);
        }
        self.called_with(stage, self.args);
        if result.contains("<Guard>") {
            let text = stage.fill("<Guard> {n}");
            match self.to {
                Some(to) if result.starts_with('(') => stage.client(to).expect_ever(text),
                _ => stage.nobody_got("<Guard>"),
            }
        }
        stage.boss.exec("answers.clear()");
        stage.run(self.afterwards);
    }

    /// The hook was called once with these arguments.
    #[track_caller]
    fn called_with(&self, stage: &mut Stage, args: &str) {
        let name = self.hook.name();
        let expression = stage.fill(&format!(
            "[a for n, a in calls if n == {name:?} and ({})]",
            self.only
        ));
        let expected = stage.fill(&format!("[{args}]"));
        // The hub does not wait for hooks that cannot stop anything.
        until(|| stage.boss.eval(&expression) != "[]");
        stage.boss.is(&expression, &expected);
    }
}

#[track_caller]
fn run(mode: Mode, cases: &[HookCase]) {
    let hooks: Vec<&str> = cases.iter().map(|c| c.hook.name()).collect();
    let mut stage = Stage::new(mode, &hooks, |s| {
        s.set("disable_extjson", 0)
            .set("hub_topic", "")
            .set("hub_desc", "old")
    });
    stage.run(&[
        Step::Login("op"),
        Step::Login("ann"),
        Step::Login("bob"),
        Step::Passive("pas"),
    ]);
    for case in cases {
        let trying = Trying(format!("{}, before the rounds", case.hook.name()));
        stage.run(case.setup);
        drop(trying);
        for (result, goes_on) in case.results() {
            case.round(&mut stage, result, goes_on);
        }
        for (fire, args) in case.more {
            stage.round += 1;
            let _trying = Trying(format!(
                "{} with {args}, round {}",
                case.hook.name(),
                stage.round
            ));
            stage.boss.exec("calls.clear()");
            stage.run(fire);
            case.called_with(&mut stage, args);
        }
    }
}

in_every_mode! {
    hooks_of_connections
    hooks_of_logins
    hooks_of_messages
    hooks_of_commands
}

fn hooks_of_connections(mode: Mode) {
    run(mode, CONNECTIONS);
}

fn hooks_of_logins(mode: Mode) {
    run(mode, LOGINS);
}

fn hooks_of_messages(mode: Mode) {
    run(mode, MESSAGES);
}

fn hooks_of_commands(mode: Mode) {
    run(mode, COMMANDS);
}

//! A script that does in the hub what a test tells it, and a client that tells it.

use super::client::Client;
use super::hub::{Hub, Setup};
use super::who::Who;

/// `!eval EXPRESSION` answers with its `repr`, `!exec STATEMENTS` with `'done'`; code and answer travel as hex.
/// Every hook named in `HOOKS` writes its arguments into `calls` and returns what `answers` holds for it.
pub const PROBE: &str = r#"
import vh

calls = []     # (hook, arguments)
answers = {}   # hook -> what it returns, or a function of its arguments
HOOKS = []     # filled by Probe::hook

def _run(nick, command):
    word, _, code = command[1:].partition(" ")
    if word not in ("eval", "exec"):
        return False
    try:
        code = bytes.fromhex(code).decode()
        if word == "eval":
            result = repr(eval(code, globals()))
        else:
            exec(code, globals())
            result = "'done'"
    except Exception as error:
        result = f"{type(error).__name__}: {error}"
    vh.SendDataToUser("$Probe " + result.encode("utf-8", "surrogateescape").hex(), nick)
    return True

def _seen(name, args):
    calls.append((name, args))
    answer = answers.get(name)
    return answer(*args) if callable(answer) else answer

def OnOperatorCommand(nick, command):
    if _run(nick, command):
        return 0
    return _seen("OnOperatorCommand", (nick, command))
"#;

/// An operator of class 10 and the script of above.
pub struct Probe {
    pub client: Client,
}

impl Setup {
    /// Adds the probe script, with these hooks, and the user `boss` who drives it.
    pub fn probe(self, hooks: &[&str]) -> Setup {
        let mut source = PROBE.to_owned();
        for hook in hooks.iter().filter(|h| **h != "OnOperatorCommand") {
            source += &format!("\ndef {hook}(*args):\n    return _seen({hook:?}, args)\n");
        }
        self.script("probe.py", source)
            .user("boss", 10, super::PASSWORD)
    }
}

impl Probe {
    /// Logs `boss` in.
    #[track_caller]
    pub fn login(hub: &Hub) -> Probe {
        let who = Who::new("boss").password(super::PASSWORD);
        Probe {
            client: Client::login(hub, who),
        }
    }

    #[track_caller]
    fn run(&mut self, word: &str, code: &str) -> String {
        let hex: String = code.bytes().map(|b| format!("{b:02x}")).collect();
        self.client.chat(format!("!{word} {hex}"));
        let answer = self.client.expect("$Probe ");
        let hex = answer.trim_start_matches("$Probe ");
        let digit = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).expect("the answer is hex");
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(digit).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The `repr` of a Python expression, or the exception.
    #[track_caller]
    pub fn eval(&mut self, expression: &str) -> String {
        self.run("eval", expression)
    }

    /// Runs Python statements.
    #[track_caller]
    pub fn exec(&mut self, statements: &str) {
        assert_eq!(
            self.run("exec", statements),
            "'done'",
            "running {statements:?}"
        );
    }

    /// An expression has this `repr`.
    #[track_caller]
    pub fn is(&mut self, expression: &str, repr: &str) {
        assert_eq!(self.eval(expression), repr, "the value of {expression}");
    }

    /// Lets a hook return this Python expression from now on.
    #[track_caller]
    pub fn answer(&mut self, hook: &str, expression: &str) {
        self.exec(&format!("answers[{hook:?}] = {expression}"));
    }

    /// The arguments of all calls of a hook since the last time, as the `repr` of a list of tuples.
    #[track_caller]
    pub fn calls(&mut self, hook: &str) -> String {
        let got = self.eval(&format!("[a for n, a in calls if n == {hook:?}]"));
        self.exec(&format!(
            "calls[:] = [c for c in calls if c[0] != {hook:?}]"
        ));
        got
    }
}

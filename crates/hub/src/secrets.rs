//! Passwords are never shown. Events and calls print their texts through [`hide`], so that no log of
//! them holds one, whoever writes it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use nmdc::Message;

use crate::machine::password_at;

/// What is shown instead.
const HIDDEN: &str = "<hidden>";

/// A text without the password in it: of a `$MyPass`, of a command whose row says that it takes one
/// (or that is misspelt so), typed alone, in main chat or in private.
pub fn hide(text: &[u8]) -> Cow<'_, [u8]> {
    match secret_at(text).and_then(|at| text.get(..at)) {
        Some(shown) if shown.len() < text.len() => [shown, HIDDEN.as_bytes()].concat().into(),
        _ => text.into(),
    }
}

/// The same of a command that may have lost its trigger character, as `OnHubCommand` gets it.
pub(crate) fn hide_command(text: &[u8]) -> Cow<'_, [u8]> {
    if text.first().is_none_or(u8::is_ascii_punctuation) {
        return hide(text);
    }
    match hide(&[&b"!"[..], text].concat()) {
        Cow::Owned(shown) => shown.get(1..).unwrap_or_default().to_vec().into(),
        Cow::Borrowed(_) => text.into(),
    }
}

/// Where the password of a message or command begins.
fn secret_at(text: &[u8]) -> Option<usize> {
    const MY_PASS: &[u8] = b"$MyPass";
    let begins = text.get(..MY_PASS.len());
    if begins.is_some_and(|t| t.eq_ignore_ascii_case(MY_PASS)) {
        return Some(text.len().min(MY_PASS.len() + 1));
    }
    let said = match nmdc::parse(text) {
        Ok(Message::Chat { text, .. } | Message::To { text, .. } | Message::MCTo { text, .. }) => {
            text
        }
        // What the hub refuses to read may be meant as one of them.
        Err(_) => match text.iter().position(|b| *b == b'>') {
            Some(at) => text.get(at + 1..)?,
            None => text,
        },
        Ok(_) => text,
    };
    Some(text.len() - said.len() + password_at(said)?)
}

/// A text in events and calls, as it is printed.
pub(crate) struct Printed<'a>(Cow<'a, [u8]>);

impl<'a> Printed<'a> {
    /// The value of a parameter of this name.
    pub(crate) fn new(name: &str, text: &'a [u8]) -> Printed<'a> {
        Printed(shown(name, text))
    }
}

/// The value of a parameter of this name, without the password in it.
pub(crate) fn shown<'a>(name: &str, text: &'a [u8]) -> Cow<'a, [u8]> {
    match name {
        "command" => hide_command(text),
        _ => hide(text),
    }
}

impl fmt::Debug for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Bytes::copy_from_slice(&self.0), f)
    }
}

macro_rules! bytes_that_hide {
    ($( $(#[$doc:meta])* $name:ident, |$it:ident, $f:ident| $show:expr; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Default)]
        pub struct $name(pub Bytes);

        impl<T: Into<Bytes>> From<T> for $name {
            fn from(text: T) -> $name {
                $name(text.into())
            }
        }

        impl Deref for $name {
            type Target = Bytes;

            fn deref(&self) -> &Bytes {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, $f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $it = self;
                $show
            }
        }
    )* };
}

bytes_that_hide! {
    /// A password, which is printed as `<hidden>`.
    Password, |it, f| f.write_str(if it.is_empty() { "none" } else { HIDDEN });
    /// A command as it was typed, which is printed without its password.
    CommandText, |it, f| fmt::Debug::fmt(&Printed::new("command", it), f);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hooks::Event;
    use crate::io::Call;

    /// Each command that takes a password, by each of its names, with what stands before it.
    fn commands() -> Vec<String> {
        let mut all = Vec::new();
        for row in crate::COMMANDS.iter().filter(|row| row.secret) {
            for name in row.names {
                let before = match row.syntax.split(' ').next() {
                    Some("NICK") => "bob ",
                    _ => "",
                };
                all.push(format!("{name} {before}"));
                all.push(format!("{} {before}", name.to_uppercase()));
                if row.syntax.contains("CLASS") {
                    all.push(format!("{name} {before}3 "));
                }
            }
        }
        all
    }

    fn shown(text: &str) -> String {
        String::from_utf8_lossy(&hide(text.as_bytes())).into_owned()
    }

    #[test]
    fn every_command_with_password_in_its_syntax_hides_it() {
        for row in crate::COMMANDS {
            let takes = row.syntax.contains("PASSWORD");
            assert_eq!(row.secret, takes, "{}", row.names[0]);
        }
        assert!(commands().len() > 20);
    }

    #[test]
    fn no_way_of_saying_it_shows_a_password() {
        for command in commands() {
            for trigger in ["!", "+", "/"] {
                let typed = format!("{trigger}{command}s3cret s3cond");
                for text in [
                    typed.clone(),
                    format!(" {typed}"),
                    format!("<ann> {typed}"),
                    format!("<ann>{typed}"),
                    format!("$To: Viperhub From: ann $<ann> {typed}"),
                    format!("$MCTo: Viperhub $ann {typed}"),
                    typed.replace(' ', "  "),
                ] {
                    let shown = shown(&text);
                    assert!(
                        !shown.contains("s3cret") && !shown.contains("s3cond"),
                        "{shown}"
                    );
                    assert!(shown.ends_with("<hidden>"), "{shown}");
                }
            }
        }
        for (text, hidden) in [
            ("$MyPass s3cret", "$MyPass <hidden>"),
            ("$mypass s3cret", "$mypass <hidden>"),
            ("!regnew bob 3 s3cret", "!regnew bob <hidden>"),
            ("+passwd s3cret", "+passwd <hidden>"),
            ("+pasword s3cret", "+pasword <hidden>"),
            ("+mypasswd s3cret", "+mypasswd <hidden>"),
            ("!regpas bob s3cret", "!regpas <hidden>"),
            ("!set pi_x.password s3cret", "!set pi_x.password <hidden>"),
        ] {
            assert_eq!(shown(text), hidden);
        }
    }

    #[test]
    fn all_else_is_shown() {
        for text in [
            "",
            "+",
            "$MyPass",
            "<ann> hello",
            "hello there",
            "+help passwd",
            "!kick bob passwd",
            "<ann> regnew bob secret",
            "$Search Hub:a F?T?0?1?passwd x",
            "!regdel bob",
            "!regclass bob 3",
            "!set hub_topic a b",
            "+passwd",
            "!regnew bob",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn events_and_calls_print_none() {
        for (what, keeps) in [
            (
                format!(
                    "{:?}",
                    Event::ParsedMsgMyPass {
                        nick: "ann".into(),
                        data: "$MyPass s3cret".into(),
                    }
                ),
                "ParsedMsgMyPass { nick: b\"ann\", data: b\"$MyPass <hidden>\" }",
            ),
            (
                format!(
                    "{:?}",
                    Event::ParsedMsgAny {
                        nick: "op".into(),
                        data: "<op> !regpass bob s3cret".into(),
                    }
                ),
                "!regpass bob <hidden>",
            ),
            (
                format!(
                    "{:?}",
                    Event::HubCommand {
                        nick: "op".into(),
                        command: "rn bob 1 s3cret".into(),
                        user_class: 10,
                        in_pm: 0,
                        prefix: "!".into(),
                    }
                ),
                "command: b\"rn bob <hidden>\"",
            ),
            (
                format!(
                    "{:?}",
                    Call::AddReg {
                        nick: "bob".into(),
                        class: 1,
                        password: "s3cret".into(),
                        op: "op".into(),
                    }
                ),
                "password: <hidden>",
            ),
            (
                format!(
                    "{:?}",
                    Call::ParseCommand {
                        nick: "op".into(),
                        command: "!rn bob 1 s3cret".into(),
                        pm: false,
                    }
                ),
                "!rn bob <hidden>",
            ),
        ] {
            assert!(!what.contains("s3cret"), "{what}");
            assert!(what.contains(keeps), "{what}");
        }
    }
}

//! The language of examples: who does what, and what then comes.
//!
//! A step is a line; a user logs in when he is first named (`boss` with class 10, `OpNick` with class 3, `newcomer` only
//! connects), and `\xNN` is a byte:
//!
//! ```text
//! NICK is here
//! NICK says TEXT          NICK tells NICK TEXT
//! NICK gets TEXT          what comes next holds the text
//! NICK gets not TEXT      nothing of the kind has come or is on its way
//! NICK got TEXT           it has come already, during the login
//! NICK got not TEXT
//! NICK goes TEXT          the hub ends the connection, and what came before that holds the text
//! NICK guesses            somebody gives this nick and a wrong password
//! log TEXT                the hub's log holds the text, or will
//! ```

use std::collections::HashMap;

use crate::kit::{Client, Hub, Who, until};

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
pub struct Users<'a> {
    hub: &'a Hub,
    here: HashMap<String, Client>,
}

impl<'a> Users<'a> {
    /// Nobody is there yet.
    pub fn of_hub(hub: &'a Hub) -> Users<'a> {
        Users {
            hub,
            here: HashMap::new(),
        }
    }

    fn of(&mut self, nick: &str) -> &mut Client {
        let hub = self.hub;
        self.here
            .entry(nick.to_owned())
            .or_insert_with(|| match nick {
                "newcomer" => Client::connect(hub),
                "boss" | "OpNick" => hub.login_reg(nick),
                _ => hub.login_as(Who::new(nick)),
            })
    }

    pub fn step(&mut self, step: &str) {
        let (nick, rest) = step.split_once(' ').expect("a nick and a verb");
        if nick == "log" {
            return self.hub.wait_log(rest);
        }
        let (verb, what) = rest.split_once(' ').unwrap_or((rest, ""));
        if verb == "guesses" {
            let mut stranger = Client::connect(self.hub);
            stranger.ask_nick(&Who::new(nick));
            stranger.expect("$GetPass");
            stranger.send("$MyPass wrong");
            stranger.expect_closed();
            return;
        }
        if verb == "goes" {
            self.of(nick);
            let mut client = self.here.remove(nick).expect("he is there");
            assert!(
                client.expect_closed().contains(what),
                "{}",
                client.history()
            );
            return;
        }
        let client = self.of(nick);
        match (verb, what.strip_prefix("not ")) {
            ("is", _) => {}
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

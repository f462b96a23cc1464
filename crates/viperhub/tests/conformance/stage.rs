//! The language of the cases: who does what, and who then gets what.

use std::collections::BTreeMap;

use crate::Mode;
use crate::kit::{Client, Hub, PASSWORD, Probe, Setup, Who};

/// One step of a case. In every text `{n}` is the number of the round, `{port}` the hub's port, `{lost}` that of the
/// client `lost`, and `{path}` the probe's `vh.path`. `boss` (class 10) is there from the beginning and runs the
/// Python of the steps.
pub enum Step {
    /// Logs somebody in and waits until that is done.
    Login(&'static str),
    /// The same for a client with these features.
    LoginWith(&'static str, &'static str),
    /// The same for a passive client.
    Passive(&'static str),
    /// Opens a connection and waits for `$Lock`.
    Connect(&'static str),
    /// Opens a connection and waits for nothing.
    Open(&'static str),
    /// Opens a connection and logs in up to `$Hello`.
    Shake(&'static str),
    /// The steps of a login after `$Hello`.
    Info(&'static str),
    /// The same for a client that has sent `$Version`.
    InfoOnly(&'static str),
    /// Ends the connection from the client's side.
    Leave(&'static str),
    /// Sends messages; the last pipe is added.
    Send(&'static str, &'static str),
    /// Says something in main chat.
    Chat(&'static str, &'static str),
    /// Writes to somebody in private: who, to whom, what.
    Pm(&'static str, &'static str, &'static str),
    /// Waits for exactly this message.
    Sees(&'static str, &'static str),
    /// The same for a message that may have come at any time since the connection began.
    Got(&'static str, &'static str),
    /// Waits for a message that holds this text.
    Hears(&'static str, &'static str),
    /// Some message of this client's connection held this text.
    Had(&'static str, &'static str),
    /// None of what came since the last expected message holds this text, and nothing on its way does.
    Lacks(&'static str, &'static str),
    /// No message of this client's connection held this text.
    Never(&'static str, &'static str),
    /// Waits until the hub has dealt with all that the client sent.
    Fence(&'static str),
    /// Waits until the hub ends the connection, and what came before that holds this text.
    Closed(&'static str, &'static str),
    /// Runs Python statements in the probe script.
    Exec(&'static str),
    /// A Python expression has this `repr`.
    Is(&'static str, &'static str),
    /// The same for a call of a function of `vh` that does what it is asked.
    Call(&'static str, &'static str),
    /// The same for one that cannot do it.
    Fails(&'static str, &'static str),
    /// A call raises an exception whose text holds this.
    Raises(&'static str, &'static str),
    /// A call returns True, and of op, ann and pas those named, and no others, get this message and no other.
    /// `%NICK%` is the receiver.
    Sends(&'static str, &'static str, &'static str),
}

/// A running hub with a probe script, its owner, and the clients of the cases.
pub struct Stage {
    pub boss: Probe,
    pub hub: Hub,
    clients: BTreeMap<String, Client>,
    /// The number of the round, for texts that must differ from each other.
    pub round: usize,
    path: String,
}

/// Those who log in with [`PASSWORD`].
const REGISTERED: &[(&str, i32)] = &[("op", 3), ("reg", 1)];

impl Stage {
    /// A hub in this mode whose probe has these hooks.
    #[track_caller]
    pub fn new(mode: Mode, hooks: &[&str], more: impl FnOnce(Setup) -> Setup) -> Stage {
        let setup = more(mode.hub().probe(hooks));
        let setup =
            (REGISTERED.iter()).fold(setup, |s, (nick, class)| s.user(nick, *class, PASSWORD));
        let hub = setup.start();
        let path = hub.data_dir().join("scripts/probe.py");
        Stage {
            boss: Probe::login(&hub),
            hub,
            clients: BTreeMap::new(),
            round: 0,
            path: path.display().to_string(),
        }
    }

    /// The text with what is in braces filled in.
    pub fn fill(&self, text: &str) -> String {
        text.replace("{n}", &self.round.to_string())
            .replace("{port}", &self.hub.address().port().to_string())
            .replace("{path}", &self.path)
            .replace(
                "{lost}",
                &self.clients.get("lost").map_or(0, Client::port).to_string(),
            )
    }

    #[track_caller]
    pub fn run(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    /// The client of this name.
    #[track_caller]
    pub fn client(&mut self, name: &str) -> &mut Client {
        if name == "boss" {
            return &mut self.boss.client;
        }
        let name = self.fill(name);
        let found = self.clients.get_mut(&name);
        found.unwrap_or_else(|| panic!("{name} is not in this case"))
    }

    fn who(&self, name: &str) -> Who {
        let nick = self.fill(name);
        match REGISTERED.iter().any(|(n, _)| *n == nick) {
            true => Who::new(nick).password(PASSWORD),
            false => Who::new(nick),
        }
    }

    fn enter(&mut self, mut client: Client, name: &str) {
        let name = self.fill(name);
        client.nick = name.clone().into_bytes();
        self.clients.insert(name, client);
    }

    #[track_caller]
    fn step(&mut self, step: &Step) {
        match *step {
            Step::Login(name) => {
                let client = Client::login(&self.hub, self.who(name));
                self.enter(client, name);
            }
            Step::LoginWith(name, supports) => {
                let client = Client::login(&self.hub, self.who(name).supports(supports));
                self.enter(client, name);
            }
            Step::Passive(name) => {
                let client = Client::login(
                    &self.hub,
                    self.who(name).passive().supports("NoHello TTHSearch TTHS"),
                );
                self.enter(client, name);
            }
            Step::Open(name) => {
                let client = Client::connect(&self.hub);
                self.enter(client, name);
            }
            Step::Connect(name) => {
                let mut client = Client::connect(&self.hub);
                client.expect("$Lock ");
                self.enter(client, name);
            }
            Step::Shake(name) => {
                let mut client = Client::connect(&self.hub);
                client.handshake(&self.who(name));
                self.enter(client, name);
            }
            Step::Info(name) => {
                let who = self.who(name);
                self.client(name).introduce(&who);
            }
            Step::InfoOnly(name) => {
                let info = self.who(name).my_info();
                let client = self.client(name);
                client.send("$GetNickList");
                client.send(info);
            }
            Step::Leave(name) => {
                let name = self.fill(name);
                self.clients
                    .remove(&name)
                    .expect("who leaves is there")
                    .leave();
            }
            Step::Send(name, data) => {
                let data = self.fill(data);
                self.client(name).send(data);
            }
            Step::Chat(name, text) => {
                let text = self.fill(text);
                self.client(name).chat(text);
            }
            Step::Pm(name, to, text) => {
                let (to, text) = (self.fill(to), self.fill(text));
                self.client(name).pm(&to, text);
            }
            Step::Sees(name, message) => {
                let message = self.fill(message);
                self.client(name).expect_exact(message);
            }
            Step::Got(name, message) => {
                let message = self.fill(message);
                self.client(name).expect_ever(message);
            }
            Step::Hears(name, text) => {
                let text = self.fill(text);
                self.client(name).expect(text);
            }
            Step::Lacks(name, text) => {
                let text = self.fill(text);
                self.client(name).expect_none(&text);
            }
            Step::Never(name, text) => {
                let text = self.fill(text);
                let history = self.client(name).history();
                assert!(!history.contains(&text), "{name} got {text:?}:\n{history}");
            }
            Step::Had(name, text) => {
                let text = self.fill(text);
                let history = self.client(name).history();
                assert!(history.contains(&text), "{name} lacks {text:?}:\n{history}");
            }
            Step::Fence(name) => self.client(name).fence(),
            Step::Closed(name, text) => {
                let text = self.fill(text);
                let got = self.client(name).expect_closed();
                assert!(got.contains(&text), "{name} wants {text:?}; got:\n{got}");
            }
            Step::Exec(statements) => {
                let statements = self.fill(statements);
                self.boss.exec(&statements);
            }
            Step::Is(expression, repr) => self.value(expression, repr),
            Step::Call(call, repr) | Step::Fails(call, repr) => {
                self.value(&format!("vh.{call}"), repr);
            }
            Step::Raises(call, error) => {
                let got = self.boss.eval(&format!("vh.{}", self.fill(call)));
                let raised = got
                    .split_once(": ")
                    .is_some_and(|(kind, _)| kind.ends_with("Error"));
                assert!(raised && got.contains(error), "vh.{call} gave {got}");
            }
            Step::Sends(call, to, message) => self.sends(call, to, message),
        }
    }

    /// No client of this round has this text among all it got.
    #[track_caller]
    pub fn nobody_got(&mut self, text: &str) {
        let all = self
            .clients
            .iter()
            .map(|(name, client)| (name.as_str(), client));
        for (name, client) in all.chain([("boss", &self.boss.client)]) {
            let told = format!("{text} {}\n", self.round);
            assert!(!client.history().contains(&told), "{name} got {told}");
            assert_eq!(client.count(&format!("{text} a text")), 0, "{name}");
        }
    }

    #[track_caller]
    fn value(&mut self, expression: &str, repr: &str) {
        let (expression, repr) = (self.fill(expression), self.fill(repr));
        self.boss.is(&expression, &repr);
    }

    #[track_caller]
    fn sends(&mut self, call: &str, to: &str, message: &str) {
        self.value(&format!("vh.{call}"), "True");
        for name in ["op", "ann", "pas"] {
            let message = self.fill(message).replace("%NICK%", name);
            let expected = match to.split(' ').any(|n| n == name) {
                true => format!("{message}\n"),
                false => String::new(),
            };
            let got = self.client(name).quiet();
            assert_eq!(got, expected, "what {name} gets of vh.{call}");
        }
    }
}

/// Says what was being tried when a test fails.
pub struct Trying(pub String);

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- in the case {} ----", self.0);
        }
    }
}

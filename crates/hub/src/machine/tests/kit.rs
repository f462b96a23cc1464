//! A hub with clients, a store that answers at once, and scripts that wait to be told what to
//! answer.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::config::Config;
use crate::hooks::{Event, Hook, HookSet, Verdict};
use crate::io::{
    AskId, Audience, Call, CallId, ConnId, Gone, Input, Now, Output, ProgramOp, ProgramReply,
    ReqId, Service, Traits,
};
use crate::machine::{Hub, Start};
use crate::reg::{BanRow, RegUser, RightsRow, StoreOp, StoreReply};
use crate::value::{ApiError, Value};
use crate::view::View;

#[derive(Default)]
struct Peer {
    got: Vec<u8>,
    traits: Traits,
    closed: bool,
    paused: bool,
}

pub struct Kit {
    pub hub: Hub,
    pub view: Arc<View>,
    pub now: Now,
    hooks: HookSet,
    peers: BTreeMap<ConnId, Peer>,
    /// Open questions, oldest first.
    pub asks: VecDeque<(AskId, Event)>,
    /// What scripts were told without being asked.
    pub told: Vec<Event>,
    users: BTreeMap<String, (RegUser, String)>,
    /// While set, the store does not answer.
    pub store_waits: bool,
    /// While set, the store fails.
    pub store_fails: bool,
    requests: VecDeque<(ReqId, StoreOp)>,
    /// What addresses are called; those not in here have no name.
    pub hosts: BTreeMap<String, &'static str>,
    /// While set, names are not told.
    pub hosts_wait: bool,
    lookups: VecDeque<(ReqId, IpAddr)>,
    pub looked_up: usize,
    /// Files of the data directory.
    pub files: BTreeMap<String, String>,
    /// While set, the program does not answer.
    pub program_waits: bool,
    programs: VecDeque<(ReqId, ProgramOp)>,
    /// What the program was asked to do.
    pub asked: Vec<ProgramOp>,
    /// What the store was asked to do.
    pub stored: Vec<StoreOp>,
    answers: Vec<(CallId, Result<Value<'static>, ApiError>)>,
    pub restarts: bool,
    /// What `!reload` finds stored.
    pub settings: Vec<(Bytes, Bytes)>,
    /// The log.
    pub logged: Vec<(crate::io::Level, String)>,
    pub bans: Vec<BanRow>,
    pub rights: Vec<RightsRow>,
    pub stop: Option<i32>,
    next: u64,
}

/// An active user's MyINFO.
pub fn info(nick: &str) -> String {
    format!("$MyINFO $ALL {nick} d<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\x01$m$1000$")
}

/// A passive user's MyINFO.
pub fn passive(nick: &str) -> String {
    info(nick).replace("M:A", "M:P")
}

impl Kit {
    /// A quiet hub: no header, no login block, no waiting times.
    pub fn new() -> Kit {
        Kit::with(&[])
    }

    pub fn with(settings: &[(&str, &str)]) -> Kit {
        let mut config = Config::default();
        let quiet = [
            ("host_header", "0"),
            ("send_user_info", "0"),
            ("int_login", "0"),
            ("int_chat_ms", "0"),
            ("delayed_ping", "0"),
            ("max_class_proto_flood", "-2"),
        ];
        for (var, value) in quiet.iter().chain(settings) {
            config.set(var, value.as_bytes()).unwrap();
        }
        Kit::bare(config)
    }

    /// A quiet hub that finds these rights in its store.
    pub fn with_rights(rights: Vec<crate::reg::RightsRow>) -> Kit {
        let config = Config::clone(&Kit::new().view.config());
        Kit::start(config, rights)
    }

    pub fn bare(config: Config) -> Kit {
        Kit::start(config, Vec::new())
    }

    fn start(config: Config, rights: Vec<crate::reg::RightsRow>) -> Kit {
        let now = Now {
            mono_ms: 5_000_000,
            unix_ms: 1_700_000_000_000,
        };
        let (hub, view) = Hub::new(Start {
            config,
            registered: Vec::new(),
            bans: Vec::new(),
            rights,
            lists: Default::default(),
            seed: 1,
            now,
        });
        Kit {
            hub,
            view,
            now,
            hooks: HookSet::EMPTY,
            peers: BTreeMap::new(),
            asks: VecDeque::new(),
            told: Vec::new(),
            users: BTreeMap::new(),
            store_waits: false,
            store_fails: false,
            requests: VecDeque::new(),
            hosts: BTreeMap::new(),
            hosts_wait: false,
            lookups: VecDeque::new(),
            looked_up: 0,
            files: BTreeMap::new(),
            program_waits: false,
            programs: VecDeque::new(),
            asked: Vec::new(),
            stored: Vec::new(),
            answers: Vec::new(),
            stop: None,
            restarts: false,
            settings: Vec::new(),
            logged: Vec::new(),
            bans: Vec::new(),
            rights: Vec::new(),
            next: 0,
        }
    }

    // ---- what happens ------------------------------------------------------------------

    pub fn input(&mut self, input: Input) {
        let mut out = Vec::new();
        self.hub.handle(self.now, input, &mut out);
        for output in out {
            match output {
                Output::Send { to, data } => {
                    let pipes = data.iter().filter(|b| **b == b'|').count();
                    assert_eq!(
                        pipes,
                        data.messages(),
                        "other messages than meant: {data:?}"
                    );
                    for (id, p) in &mut self.peers {
                        let gets = match to {
                            Audience::One(one) => one == *id,
                            Audience::Group(g) => g.admits(p.traits) && g.except != Some(*id),
                        };
                        if gets && !p.closed {
                            p.got.extend_from_slice(&data);
                        }
                    }
                }
                Output::Traits { conn, traits } => self.peer(conn).traits = traits,
                Output::Read { conn, on } => self.peer(conn).paused = !on,
                Output::Close { conn } => {
                    self.peer(conn).closed = true;
                    self.check_that_why_was_told(conn);
                }
                Output::Ask(ask) => match ask.id {
                    Some(id) => self.asks.push_back((id, Arc::unwrap_or_clone(ask.event))),
                    None => self.told.push(Arc::unwrap_or_clone(ask.event)),
                },
                Output::Store { req, op } => self.requests.push_back((req, op)),
                Output::LookUp { req, ip } => self.lookups.push_back((req, ip)),
                Output::Engine { req, op } => {
                    let text = format!("{op:?}").into();
                    self.input(Input::Engine { req, text });
                }
                Output::Plugin { req, op } => {
                    let text = format!("{op:?}").into();
                    self.input(Input::Engine { req, text });
                }
                Output::Program { req, op } => self.programs.push_back((req, op)),
                Output::Answer { call, result } => self.answers.push((call, result)),
                Output::Log { level, text } => self.logged.push((level, text)),
                Output::Stop { code, restart } => {
                    self.stop = Some(code);
                    self.restarts = restart;
                }
                Output::Service { req, op } => {
                    let reply = match op {
                        Service::Reload { changes } => Input::Reloaded {
                            req,
                            changes,
                            settings: self.settings.clone(),
                            text: Bytes::new(),
                        },
                        Service::Hublist => Input::Engine {
                            req,
                            text: "registered".into(),
                        },
                    };
                    self.input(reply);
                }
            }
        }
        if !self.store_waits {
            self.store_answers();
        }
        if !self.hosts_wait {
            self.hosts_answer();
        }
        if !self.program_waits {
            self.program_answers();
        }
    }

    /// Nobody is closed without the reason, in the log and in what he got.
    fn check_that_why_was_told(&mut self, conn: ConnId) {
        let closed = |text: &String| text.starts_with("closed ");
        let line = self
            .logged
            .iter()
            .map(|(_, text)| text)
            .rfind(|t| closed(t));
        let line = line.expect("an entry of the log").clone();
        let why = line.split_once("): ").expect("a reason").1;
        // What the hub says of itself stands before the words that the user got.
        let told = why.rsplit(": ").next().unwrap_or_default().to_owned();
        let got = String::from_utf8_lossy(&self.peer(conn).got).replace("\r\n", " ");
        let plain = |text: &str| text.replace("&#124;", "|").replace("&#36;", "$");
        let same = plain(&got).contains(&plain(&told));
        assert!(!why.is_empty() && same, "{line}: {got:?}");
    }

    pub fn hosts_answer(&mut self) {
        while let Some((req, ip)) = self.lookups.pop_front() {
            self.looked_up += 1;
            let name = self.hosts.get(&ip.to_string()).copied().unwrap_or_default();
            let name = Some(Bytes::from_static(name.as_bytes()));
            self.input(Input::Host { req, name });
        }
    }

    /// The last question is the first that is answered.
    pub fn last_host_first(&mut self) {
        self.lookups.rotate_right(1);
    }

    /// The program gives up looking up names.
    pub fn hosts_time_out(&mut self) {
        while let Some((req, _)) = self.lookups.pop_front() {
            self.looked_up += 1;
            self.input(Input::Host { req, name: None });
        }
    }

    pub fn program_answers(&mut self) {
        while let Some((req, op)) = self.programs.pop_front() {
            self.asked.push(op.clone());
            let reply = match op {
                ProgramOp::ReadFile { path } => {
                    let name = String::from_utf8_lossy(&path).into_owned();
                    let text = self.files.get(&name).cloned();
                    ProgramReply::File(match text.as_deref() {
                        Some("unreadable") => Err("no permission".into()),
                        _ => Ok(text.map(Bytes::from)),
                    })
                }
                ProgramOp::Describe(part) => ProgramReply::Text(format!("{part:?}").into()),
            };
            self.input(Input::Program { req, reply });
        }
    }

    fn peer(&mut self, conn: ConnId) -> &mut Peer {
        self.peers.get_mut(&conn).unwrap()
    }

    pub fn store_answers(&mut self) {
        while let Some((req, op)) = self.requests.pop_front() {
            self.stored.push(op.clone());
            let reply = if self.store_fails {
                StoreReply::Failed("no disk".into())
            } else {
                self.do_store(op)
            };
            self.input(Input::Store { req, reply });
        }
    }

    fn do_store(&mut self, op: StoreOp) -> StoreReply {
        let key = |nick: &[u8]| String::from_utf8_lossy(nick).to_lowercase();
        let found = |found: bool| {
            if found {
                StoreReply::Done
            } else {
                StoreReply::NoUser
            }
        };
        match op {
            StoreOp::GetUser { nick } => {
                StoreReply::User(self.users.get(&key(&nick)).map(|u| Box::new(u.0.clone())))
            }
            StoreOp::CheckPassword { nick, password, .. } => {
                let user = self.users.get(&key(&nick));
                StoreReply::Password(user.is_some_and(|u| password == u.1.as_bytes()))
            }
            StoreOp::AddUser { user, password } => {
                let password = String::from_utf8_lossy(&password).into_owned();
                self.users.insert(key(&user.nick), (*user, password));
                StoreReply::Done
            }
            StoreOp::DelUser { nick } => found(self.users.remove(&key(&nick)).is_some()),
            StoreOp::SetPassword { nick, password } => {
                let user = self.users.get_mut(&key(&nick));
                found(user.map(|u| u.1 = key(&password)).is_some())
            }
            StoreOp::SetField { nick, field, value } => {
                let user = self.users.get_mut(&key(&nick));
                found(user.map(|u| (field.put)(&mut u.0, &value)).is_some())
            }
            StoreOp::ListUsers { class } => StoreReply::Users(
                (self.users.values().map(|u| u.0.clone()))
                    .filter(|u| class.is_none_or(|class| u.class == class))
                    .collect(),
            ),
            StoreOp::SetClass { nick, class } => {
                let user = self.users.get_mut(&key(&nick));
                found(user.map(|u| u.0.class = class).is_some())
            }
            StoreOp::PluginSettings => StoreReply::Rows(
                [("pi_a", "x", "1"), ("pi_b", "y", "2|3")]
                    .map(|(f, v, val)| vec![Some(f.into()), Some(v.into()), Some(val.into())])
                    .into(),
            ),
            StoreOp::ReadBans => StoreReply::Bans(self.bans.clone()),
            StoreOp::ReadRights => StoreReply::Rights(self.rights.clone()),
            StoreOp::SaveBan { ban } => {
                let same = |b: &BanRow| b.ip == ban.ip && key(&b.nick) == key(&ban.nick);
                self.bans.retain(|b| !same(b));
                self.bans.push(*ban);
                StoreReply::Done
            }
            StoreOp::DelBans { bans, .. } => {
                self.bans
                    .retain(|b| !bans.contains(&(b.ip.clone(), b.nick.clone())));
                StoreReply::Done
            }
            StoreOp::SaveRights { rights } => {
                self.rights.retain(|r| key(&r.nick) != key(&rights.nick));
                self.rights.push(*rights);
                StoreReply::Done
            }
            _ => StoreReply::Done,
        }
    }

    /// Changes a setting, as a script does.
    pub fn set(&mut self, var: &str, value: &str) {
        let call = Call::SetConfig {
            file: "config".into(),
            var: var.to_owned().into(),
            value: value.to_owned().into(),
        };
        assert!(self.call(call), "{var}");
    }

    pub fn user(&self, nick: &str) -> &RegUser {
        &self.users[nick].0
    }

    /// Puts a registration with the password `secret` into the store.
    pub fn register(&mut self, nick: &str, class: i32) {
        self.register_as(RegUser {
            nick: nick.to_owned().into(),
            class,
            enabled: true,
            has_password: true,
            ..RegUser::default()
        });
    }

    /// Changes a registration in the store, behind the hub's back.
    pub fn edit(&mut self, nick: &str, edit: impl FnOnce(&mut RegUser)) {
        edit(&mut self.users.get_mut(nick).unwrap().0);
    }

    /// Takes a registration out of the store, behind the hub's back.
    pub fn forget(&mut self, nick: &str) {
        self.users.remove(nick);
    }

    pub fn register_as(&mut self, user: RegUser) {
        let nick = String::from_utf8_lossy(&user.nick).to_lowercase();
        self.users.insert(nick, (user, "secret".into()));
        let all = self.users.values().map(|u| u.0.nick.clone()).collect();
        self.input(Input::Registered(all));
    }

    pub fn connect(&mut self) -> ConnId {
        let host = self.next % 250 + 1;
        self.connect_from(&format!("80.0.0.{host}"))
    }

    pub fn connect_from(&mut self, ip: &str) -> ConnId {
        self.connect_over(ip, crate::io::Tls::Plain)
    }

    pub fn connect_over(&mut self, ip: &str, tls: crate::io::Tls) -> ConnId {
        self.next += 1;
        let conn = ConnId(self.next);
        self.peers.insert(conn, Peer::default());
        let ip: IpAddr = ip.parse().unwrap();
        self.input(Input::Connected {
            conn,
            ip,
            peer_port: 50_000,
            port: 411,
            tls,
        });
        conn
    }

    /// Sends messages, each without its pipe but separated by pipes.
    pub fn send(&mut self, conn: ConnId, frames: &str) {
        for frame in frames.split('|') {
            let frame = Bytes::copy_from_slice(frame.as_bytes());
            self.input(Input::Frame { conn, frame });
        }
    }

    /// A complete login of an active user; what anybody received is forgotten.
    pub fn login(&mut self, nick: &str) -> ConnId {
        self.login_as(nick, "", &info(nick))
    }

    pub fn login_as(&mut self, nick: &str, features: &str, info: &str) -> ConnId {
        let conn = self.connect();
        self.finish_login(conn, nick, features, info);
        conn
    }

    pub fn finish_login(&mut self, conn: ConnId, nick: &str, features: &str, info: &str) {
        let greeting = format!("$Supports {features} |$Key k|$ValidateNick {nick}");
        self.send(conn, &greeting);
        if self.got(conn).ends_with("$GetPass|") {
            self.send(conn, "$MyPass secret");
        }
        self.send(conn, &format!("$Version 1,0091|$GetNickList|{info}"));
        for p in self.peers.values_mut() {
            p.got.clear();
        }
    }

    pub fn say(&mut self, conn: ConnId, nick: &str, text: &str) {
        self.send(conn, &format!("<{nick}> {text}"));
    }

    pub fn leave(&mut self, conn: ConnId) {
        self.peer(conn).closed = true;
        let why = Gone::Peer;
        self.input(Input::Closed { conn, why });
    }

    /// Lets time pass, then a tick.
    pub fn tick(&mut self, seconds: u64) {
        self.pass(seconds * 1000);
        self.input(Input::Tick);
    }

    pub fn pass(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.unix_ms += i64::try_from(ms).unwrap();
    }

    // ---- scripts -----------------------------------------------------------------------

    pub fn hook(&mut self, hooks: &[Hook]) {
        for hook in hooks {
            self.hooks = self.hooks.with(*hook);
        }
        self.input(Input::Hooks(self.hooks));
    }

    pub fn unhook(&mut self) {
        self.hooks = HookSet::EMPTY;
        self.input(Input::Hooks(self.hooks));
    }

    /// Answers the oldest question; tells what it was.
    pub fn answer(&mut self, verdict: Verdict) -> Event {
        let (ask, event) = self.asks.pop_front().unwrap();
        self.input(Input::Verdict { ask, verdict });
        event
    }

    pub fn allow(&mut self) -> Event {
        self.answer(Verdict::ALLOW)
    }

    pub fn block(&mut self) -> Event {
        self.answer(Verdict::BLOCK)
    }

    /// Begins a call that waits.
    pub fn begin(&mut self, call: Call) -> CallId {
        self.next += 1;
        let id = CallId(self.next);
        self.input(Input::Call {
            script: Some(crate::io::ScriptId(1)),
            call: Box::new(call),
            reply: Some(id),
        });
        id
    }

    /// The answer to a call, if it has come; exactly one comes.
    pub fn answered(&mut self, id: CallId) -> Option<Result<Value<'static>, ApiError>> {
        let mine = |(call, _): &(CallId, _)| *call == id;
        assert!(self.answers.iter().filter(|a| mine(a)).count() <= 1);
        let at = self.answers.iter().position(mine)?;
        Some(self.answers.remove(at).1)
    }

    /// Whether a call that is answered at once succeeded.
    pub fn call(&mut self, call: Call) -> bool {
        let id = self.begin(call);
        self.answered(id) == Some(Ok(Value::Bool(true)))
    }

    // ---- what came of it ---------------------------------------------------------------

    /// What a client received since it was last asked.
    pub fn got(&mut self, conn: ConnId) -> String {
        let got = std::mem::take(&mut self.peer(conn).got);
        String::from_utf8_lossy(&got).into_owned()
    }

    pub fn expect(&mut self, conn: ConnId, what: &str) {
        assert_eq!(self.got(conn), what);
    }

    /// What a client received holds `what`; the rest does not matter.
    pub fn expect_in(&mut self, conn: ConnId, what: &str) {
        let got = self.got(conn);
        assert!(got.contains(what), "{what:?} is not in {got:?}");
    }

    pub fn closed(&self, conn: ConnId) -> bool {
        self.peers[&conn].closed
    }

    pub fn paused(&self, conn: ConnId) -> bool {
        self.peers[&conn].paused
    }

    pub fn traits(&self, conn: ConnId) -> Traits {
        self.peers[&conn].traits
    }

    pub fn class(&self, nick: &str) -> Option<i32> {
        self.view.with_user(nick.as_bytes(), |u| u.class)
    }

    pub fn quiet(&self) {
        assert_eq!(self.hub.waiting(), (0, 0));
    }
}

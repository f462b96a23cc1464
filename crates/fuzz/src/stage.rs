//! A hub with clients, a store and scripts around it, which do what an input says, and a witness
//! who looks at all that comes out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use hub::Hub;
use hub::hooks::{HookSet, Verdict};
use hub::io::{
    Audience, Call, CallId, ConnId, Gone, Input, Now, Output, ProgramOp, ProgramReply, Tls,
};
use hub::reg::{RegUser, StoreOp, StoreReply};
use hub::view::View;

use crate::start::{PASSWORD, REGISTERED, start};

/// Who is nobody: no message may ever come from here, and nobody of this name ever leaves.
pub(crate) const FORGED: &str = "forged";

/// All of it.
pub(crate) struct Stage {
    hub: Hub,
    _view: Arc<View>,
    now: Now,
    /// What is to be told to the hub next.
    due: VecDeque<Input>,
    users: BTreeMap<Vec<u8>, (RegUser, Bytes)>,
    /// Who is connected, by number.
    conns: BTreeMap<usize, ConnId>,
    next_conn: u64,
    next_call: u64,
    /// Who was announced to all, and not yet taken back.
    announced: BTreeSet<Vec<u8>>,
    /// What scripts answer.
    pub verdict: Verdict,
    /// Bytes in and out since the last look.
    bytes_in: usize,
    bytes_out: usize,
    /// A script has sent whole messages, which may be anything.
    pub raw: bool,
}

fn key(nick: &[u8]) -> Vec<u8> {
    nick.to_ascii_lowercase()
}

impl Stage {
    pub fn new() -> Stage {
        let start = start(7);
        let now = start.now;
        let (hub, view) = Hub::new(start);
        let announced = view
            .nicks(|u| u.bot)
            .into_iter()
            .map(|n| n.to_vec())
            .collect();
        let mut users = BTreeMap::new();
        for (nick, class) in REGISTERED {
            let user = RegUser {
                nick: Bytes::from_static(nick.as_bytes()),
                class: *class,
                enabled: true,
                has_password: true,
                ..RegUser::default()
            };
            users.insert(key(nick.as_bytes()), (user, PASSWORD.into()));
        }
        Stage {
            hub,
            _view: view,
            now,
            due: VecDeque::new(),
            users,
            conns: BTreeMap::new(),
            next_conn: 0,
            next_call: 0,
            announced,
            verdict: Verdict::ALLOW,
            bytes_in: 0,
            bytes_out: 0,
            raw: false,
        }
    }

    /// A client comes, in the place of the one with this number.
    pub fn connect(&mut self, n: usize, tls: Tls) {
        self.leave(n);
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        self.conns.insert(n, conn);
        let last = u8::try_from(n % 250).unwrap_or(1);
        let ip = IpAddr::V4(Ipv4Addr::new(80, 1, 2, last));
        self.input(Input::Connected {
            conn,
            ip,
            peer_port: 50_000,
            port: 411,
            tls,
        });
    }

    /// A client goes.
    pub fn leave(&mut self, n: usize) {
        if let Some(conn) = self.conns.remove(&n) {
            self.input(Input::Closed {
                conn,
                why: Gone::Peer,
            });
        }
    }

    /// A client says something.
    pub fn frame(&mut self, n: usize, text: &[u8]) {
        let Some(conn) = self.conns.get(&n).copied() else {
            return;
        };
        // The framer cuts at pipes.
        for part in text.split(|b| *b == b'|') {
            if self.conns.get(&n) != Some(&conn) {
                return;
            }
            self.bytes_in += part.len();
            let frame = Bytes::copy_from_slice(part);
            self.input(Input::Frame { conn, frame });
        }
    }

    /// A client logs in, as far as the hub lets him.
    pub fn login(&mut self, n: usize, nick: &[u8], features: &str, info: &[u8]) {
        self.connect(n, Tls::Plain);
        self.frame(n, format!("$Supports {features}").as_bytes());
        self.frame(n, b"$Key k");
        self.frame(n, &[b"$ValidateNick ", nick].concat());
        if self.users.contains_key(&key(nick)) {
            self.frame(n, format!("$MyPass {PASSWORD}").as_bytes());
        }
        self.frame(n, b"$Version 1,0091");
        self.frame(n, b"$GetNickList");
        self.frame(n, &[b"$MyINFO $ALL ", nick, b" ", info].concat());
    }

    /// A script calls something.
    pub fn call(&mut self, call: Call) {
        self.next_call += 1;
        self.input(Input::Call {
            script: Some(hub::io::ScriptId(1)),
            call: Box::new(call),
            reply: Some(CallId(self.next_call)),
        });
    }

    /// Which hooks scripts have.
    pub fn hooks(&mut self, bits: u64) {
        self.input(Input::Hooks(HookSet(bits & ((1 << 41) - 1))));
    }

    /// Time passes; the date may jump.
    pub fn wait(&mut self, ms: u64, jump_ms: i64) {
        self.now.mono_ms += ms;
        let passed = i64::try_from(ms).unwrap_or(0);
        self.now.unix_ms = self
            .now
            .unix_ms
            .saturating_add(passed)
            .saturating_add(jump_ms);
        self.input(Input::Tick);
    }

    /// Hands something to the hub, and then what comes of it until nothing more does.
    pub fn input(&mut self, input: Input) {
        self.due.push_back(input);
        let mut turns = 0;
        while let Some(input) = self.due.pop_front() {
            turns += 1;
            assert!(turns < 10_000, "it never comes to an end");
            let mut out = Vec::new();
            self.hub.handle(self.now, input, &mut out);
            for output in out {
                self.take(output);
            }
        }
        if let Err(wrong) = self.hub.consistent() {
            panic!("{wrong}");
        }
    }

    /// Nothing is forgotten, and what was said is in proportion to what was asked.
    pub fn finish(&mut self) {
        assert_eq!(self.hub.waiting(), (0, 0), "something was forgotten");
        assert_eq!(self.hub.connections(), self.conns.len(), "open connections");
        self.input(Input::Shutdown);
        self.wait(3000, 0);
        self.input(Input::Farewell);
        assert_eq!(self.hub.connections(), 0, "open connections at the end");
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Send { to, data } => self.witness(&to, &data.into_bytes()),
            Output::Close { conn } => self.conns.retain(|_, c| *c != conn),
            Output::Ask(ask) => {
                if let Some(ask) = ask.id {
                    let verdict = self.verdict.clone();
                    self.due.push_back(Input::Verdict { ask, verdict });
                }
            }
            Output::Store { req, op } => {
                let reply = self.stored(op);
                self.due.push_back(Input::Store { req, reply });
            }
            Output::LookUp { req, ip } => {
                let name = format!(
                    "a|$Quit {FORGED}|.{}.example",
                    ip.to_string().replace('.', "-")
                );
                self.due.push_back(Input::Host {
                    req,
                    name: Some(name.into()),
                });
            }
            Output::Engine { req, .. } | Output::Plugin { req, .. } => {
                let text = Bytes::from(format!("loaded a|$Quit {FORGED}|.py"));
                self.due.push_back(Input::Engine { req, text });
            }
            Output::Service { req, op } => self.due.push_back(match op {
                hub::io::Service::Reload { changes } => Input::Reloaded {
                    req,
                    changes,
                    settings: Vec::new(),
                    text: Bytes::new(),
                },
                hub::io::Service::Hublist => Input::Engine {
                    req,
                    text: "list: |$Quit forged|".into(),
                },
            }),
            Output::Program { req, op } => {
                let text = Bytes::from(format!("line one\nof a|$Quit {FORGED}|<{FORGED}> x|file"));
                let reply = match op {
                    ProgramOp::ReadFile { .. } => ProgramReply::File(Ok(Some(text))),
                    ProgramOp::Describe(_) => ProgramReply::Text(text),
                };
                self.due.push_back(Input::Program { req, reply });
            }
            _ => {}
        }
    }

    fn stored(&mut self, op: StoreOp) -> StoreReply {
        let users = &mut self.users;
        let done = |found: bool| {
            if found {
                StoreReply::Done
            } else {
                StoreReply::NoUser
            }
        };
        match op {
            StoreOp::GetUser { nick } => {
                StoreReply::User(users.get(&key(&nick)).map(|(u, _)| Box::new(u.clone())))
            }
            StoreOp::CheckPassword { nick, password, .. } => StoreReply::Password(
                users
                    .get(&key(&nick))
                    .is_some_and(|(_, p)| !p.is_empty() && *p == password),
            ),
            StoreOp::AddUser { user, password } => {
                if users.contains_key(&key(&user.nick)) {
                    return StoreReply::Exists;
                }
                users.insert(key(&user.nick), (*user, password));
                StoreReply::Done
            }
            StoreOp::DelUser { nick } => done(users.remove(&key(&nick)).is_some()),
            StoreOp::SetClass { nick, class } => done(match users.get_mut(&key(&nick)) {
                Some((user, _)) => {
                    user.class = class;
                    true
                }
                None => false,
            }),
            StoreOp::ListUsers { .. } => {
                StoreReply::Users(users.values().map(|(u, _)| u.clone()).collect())
            }
            StoreOp::PluginSettings | StoreOp::ReadList { .. } => StoreReply::Rows(Vec::new()),
            StoreOp::ReadBans => StoreReply::Bans(Vec::new()),
            StoreOp::ReadRights => StoreReply::Rights(Vec::new()),
            StoreOp::Login { nick, .. } | StoreOp::Logout { nick, .. } => {
                done(users.contains_key(&key(&nick)))
            }
            _ => StoreReply::Done,
        }
    }

    // ---- the witness -----------------------------------------------------------------------

    fn witness(&mut self, to: &Audience, data: &Bytes) {
        self.bytes_out += data.len();
        assert_eq!(data.last(), Some(&b'|'), "an unfinished message: {data:?}");
        if self.raw {
            return;
        }
        let group = matches!(to, Audience::Group(_));
        for frame in data[..data.len() - 1].split(|b| *b == b'|') {
            self.one_frame(frame, group);
        }
    }

    fn one_frame(&mut self, frame: &[u8], group: bool) {
        let shown = crate::text(frame);
        // `** nick text` is how `+me` is shown, and a lone pipe keeps a connection alive.
        let begins = frame.is_empty()
            || [&b"$"[..], b"<", b"** "]
                .iter()
                .any(|b| frame.starts_with(b));
        assert!(begins, "no message: {shown:?}");
        assert!(
            !frame.starts_with(format!("<{FORGED}> ").as_bytes()),
            "forged: {shown:?}"
        );
        if let Some(rest) = frame.strip_prefix(b"$MyINFO $ALL ") {
            let nick = rest.split(|b| *b == b' ').next().unwrap_or_default();
            assert!(nick != FORGED.as_bytes(), "forged: {shown:?}");
            if group {
                self.announced.insert(nick.to_vec());
            }
        }
        if let Some(nick) = frame.strip_prefix(b"$Quit ") {
            // To one alone it says that there is no such user.
            let was = !group || self.announced.remove(nick);
            assert!(was, "$Quit of somebody who was not there: {shown:?}");
            assert!(group || nick != FORGED.as_bytes(), "forged: {shown:?}");
        }
    }
}

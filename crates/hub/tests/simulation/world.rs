//! The hub with everything around it: clients, scripts, store, time; and what must always hold.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use hub::config::Config;
use hub::hooks::{Event, HookSet};
use hub::io::{
    Ask, AskId, Audience, CallId, ConnId, Gone, Input, Now, Output, ProgramOp, ProgramReply, ReqId,
    ScriptId, Traits,
};
use hub::lists::{List, Rows};
use hub::reg::RegUser;
use hub::view::View;
use hub::{Hub, Start};

use crate::net::{Client, Seen, look_at};
use crate::rng::Rng;
use crate::store::Store;

pub const NICKS: usize = 36;
const CLIENTS: usize = 32;
/// What a client may leave unread, in bytes.
const UNREAD: usize = 5_000;

pub struct World {
    pub rng: Rng,
    pub hub: Hub,
    pub view: Arc<View>,
    now: Now,
    out: Vec<Output>,
    hash: DefaultHasher,
    pub clients: BTreeMap<ConnId, Client>,
    pub store: Store,
    /// Questions that nobody has answered yet.
    asks: Vec<(AskId, Event)>,
    ask_ids: HashSet<AskId>,
    engine: Vec<ReqId>,
    pub lookups: Vec<(ReqId, IpAddr)>,
    programs: Vec<(ReqId, ProgramOp)>,
    reqs: HashSet<ReqId>,
    hooks: HookSet,
    calls: HashSet<CallId>,
    pub next_call: u64,
    next_conn: u64,
    pub next_chat: u64,
    place: u64,
    /// Who was announced to all and not yet taken back.
    announced: BTreeMap<Bytes, Bytes>,
    /// Who is gone, but scripts are still asked about him and he is not yet taken back.
    leaving: BTreeSet<Bytes>,
    /// Who said which chat line.
    pub said: HashMap<u64, ConnId>,
    stops: usize,
    pub events: u64,
    pub stats: Stats,
    /// Addresses kept out for a flood: from when until when.
    kept_out: HashMap<IpAddr, (u64, u64)>,
    /// Settings that were changed, with what they were at the start.
    pub changed: BTreeMap<&'static str, Bytes>,
    trace: bool,
}

#[derive(Default, Debug)]
pub struct Stats {
    pub logins: u64,
    pub chat: u64,
    pub asks: u64,
    pub calls: u64,
    pub bytes: u64,
    pub most_listed: usize,
    pub floods: u64,
    pub slow: u64,
    pub settings: u64,
}

pub fn nick(n: usize) -> String {
    let stem = ["ann", "Bob", "cYd", "[x]dan"][n % 4];
    format!("{stem}{n}")
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut rng = Rng::new(seed);
        let mut config = Config::default();
        let mut set = |var: &str, value: &str| config.set(var, value.as_bytes()).unwrap();
        for (var, value) in [
            ("int_login", "3"),
            ("pwd_tmpban", "4"),
            ("tban_kick", "6"),
            ("int_chat_ms", "100"),
            ("int_myinfo", "5"),
            ("int_nicklist", "5"),
            ("int_search", "2"),
            ("timeout_key", "20"),
            ("proto_flood_tban_time", "9"),
            ("same_flood_ban_time", "9"),
            ("clone_det_tban_time", "9"),
            ("msg_welcome_guest", "hello %[nick]"),
        ] {
            set(var, value);
        }
        for (var, value) in [
            ("send_user_ip", "1"),
            ("unknown_cmd_chat", "1"),
            ("use_search_filter", "0"),
            ("filter_lan_requests", "1"),
            ("parked_messages", "2"),
            ("hub_topic", "a topic"),
            ("hide_all_kicks", "0"),
            ("notify_kicks_to_all", "3"),
            ("int_login", "0"),
            ("allow_same_user", "0"),
            ("max_users", "12"),
            ("max_users_from_ip", "2"),
            ("hub_name", ""),
            ("disable_extjson", "0"),
            ("dest_drop_chat", "1"),
            ("show_desc_len", "3"),
            ("chat_default_on", "0"),
            ("always_ask_password", "1"),
            ("opchat_class", "2"),
            ("max_class_proto_flood", "-2"),
            ("proto_flood_report_time", "0"),
            ("adv_min_frequency", "0.6"),
            ("clone_detect_count", "1"),
            ("max_class_check_clone", "10"),
            ("clone_ip_tban_time", "5"),
            ("ip_zone4_min", "80.1.2.0"),
            ("ip_zone4_max", "80.1.2.99"),
            ("max_users4", "3"),
            ("use_hub_msg_time", "3"),
        ] {
            if rng.percent(20) {
                set(var, value);
            }
        }
        let mut store = Store::default();
        let mut registered = Vec::new();
        for n in (0..NICKS).step_by(2) {
            let pwd_change = rng.percent(15);
            let user = RegUser {
                nick: nick(n).into(),
                class: *rng.pick(&[1, 1, 2, 3, 4, 5, 10, -1]),
                enabled: !rng.percent(10),
                pwd_change,
                has_password: !pwd_change,
                hide_share: rng.percent(10),
                hide_chat: rng.percent(10),
                hide_keys: rng.percent(10),
                show_keys: rng.percent(10),
                class_protect: if rng.percent(10) { 4 } else { 0 },
                ..RegUser::default()
            };
            registered.push(user.nick.clone());
            let password: &[u8] = if pwd_change { b"" } else { b"secret" };
            store.add(user, password);
        }
        let now = Now {
            mono_ms: 1000,
            unix_ms: 1_700_000_000_000,
        };
        let (hub, view) = Hub::new(Start {
            config,
            registered,
            bans: Vec::new(),
            rights: Vec::new(),
            lists: lists(),
            seed,
            now,
        });
        // The hub's own bots were there before the first client.
        let line = |n: &Bytes| view.with_user(n, |u| u.my_info.clone());
        let bots = view.nicks(|u| u.bot).into_iter();
        let announced = bots.map(|n| (n.clone(), line(&n).unwrap())).collect();
        World {
            rng,
            hub,
            view,
            now,
            out: Vec::new(),
            hash: DefaultHasher::new(),
            clients: BTreeMap::new(),
            store,
            asks: Vec::new(),
            ask_ids: HashSet::new(),
            engine: Vec::new(),
            lookups: Vec::new(),
            programs: Vec::new(),
            reqs: HashSet::new(),
            hooks: HookSet::EMPTY,
            calls: HashSet::new(),
            next_call: 0,
            next_conn: 0,
            next_chat: 0,
            place: 0,
            announced,
            leaving: BTreeSet::new(),
            said: HashMap::new(),
            stops: 0,
            events: 0,
            stats: Stats::default(),
            kept_out: HashMap::new(),
            changed: BTreeMap::new(),
            trace: std::env::var_os("SIM_TRACE").is_some(),
        }
    }

    /// Everything the hub has said so far, as one number.
    pub fn digest(&self) -> u64 {
        self.hash.finish()
    }

    // ---- one thing happens -------------------------------------------------------------

    pub fn step(&mut self) {
        let (asks, store) = (self.asks.len(), self.store.queue.len());
        let weights = [
            if self.clients.len() < CLIENTS { 12 } else { 0 }, // 0 connect
            if self.clients.is_empty() { 0 } else { 70 },      // 1 a client's message
            if self.clients.is_empty() { 0 } else { 1 },       // 2 a client goes
            4,                                                 // 3 tick
            asks.min(40),                                      // 4 a verdict
            (store * 2).min(40),                               // 5 the store
            self.engine.len() + self.programs.len() * 2,       // 6 the engine and the program
            6,                                                 // 7 a script's call
            1,                                                 // 8 other hooks, scripts gone
            if self.clients.is_empty() { 0 } else { 3 },       // 9 a flood
            if self.clients.is_empty() { 0 } else { 3 },       // 10 an operator at work
            if self.clients.is_empty() { 0 } else { 1 }, // 11 somebody reads no more, or again
            1,                                           // 12 another setting
            self.lookups.len(),                          // 13 a host's name
            1,                                           // 14 the database goes or comes
        ];
        match self.rng.weighted(&weights) {
            0 => self.connect(),
            1 => self.client_speaks(),
            2 => {
                let id = self.any_conn();
                let why =
                    *self
                        .rng
                        .pick(&[Some(Gone::Peer), Some(Gone::Error), None, Some(Gone::Slow)]);
                if let Some(why) = why {
                    self.clients.remove(&id);
                    self.input(Input::Closed { conn: id, why });
                } else {
                    self.input(Input::TooLong { conn: id });
                }
            }
            3 => {
                let ms = match self.rng.below(100) {
                    0 => 60_000,
                    1..5 => 8_000,
                    _ => 1_000,
                };
                self.advance(ms);
                self.input(Input::Tick);
            }
            4 => self.answer_one(),
            5 => self.store_works(),
            6 => self.engine_works(),
            7 => self.script_calls(),
            9 => self.flood(),
            10 => self.operate(),
            11 => {
                let id = self.any_conn();
                if let Some(c) = self.clients.get_mut(&id) {
                    c.unread = match c.unread {
                        Some(_) => None,
                        None => Some(0),
                    };
                }
            }
            12 => self.change_a_setting(),
            13 => self.host_works(),
            14 => self.store_changes(),
            _ => {
                if self.rng.percent(30) {
                    let script = ScriptId(u32::try_from(self.rng.below(4)).unwrap());
                    self.input(Input::ScriptGone(script));
                } else {
                    let bits = self.rng.next() & self.rng.next();
                    let bits = if self.rng.percent(30) { 0 } else { bits };
                    self.hooks = HookSet(bits & ((1 << 41) - 1));
                    self.input(Input::Hooks(self.hooks));
                }
            }
        }
        self.drop_slow();
        if self.rng.percent(30) {
            let ms = self.rng.next() % 200;
            self.advance(ms);
        }
    }

    pub fn unix_secs(&self) -> i64 {
        self.now.unix_ms.div_euclid(1000)
    }

    /// The sockets drop who leaves too much unread.
    fn drop_slow(&mut self) {
        let much = |c: &Client| c.unread.is_some_and(|n| n > UNREAD);
        let slow: Vec<ConnId> = (self.clients.values().filter(|c| much(c)))
            .map(|c| c.id)
            .collect();
        for conn in slow {
            // The hub may have closed it meanwhile.
            if self.clients.remove(&conn).is_some() {
                self.stats.slow += 1;
                let why = Gone::Slow;
                self.input(Input::Closed { conn, why });
            }
        }
    }

    fn advance(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.unix_ms += i64::try_from(ms).unwrap();
    }

    pub fn any_conn(&mut self) -> ConnId {
        let n = self.rng.below(self.clients.len());
        *self.clients.keys().nth(n).unwrap()
    }

    fn connect(&mut self) {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        let n = self.rng.below(NICKS);
        let mut nick = nick(n);
        if self.rng.percent(20) {
            nick = nick.to_uppercase();
        }
        let host = u8::try_from(self.rng.below(60)).unwrap();
        let ip = if host < 40 {
            Ipv4Addr::new(192, 168, 0, host)
        } else {
            Ipv4Addr::new(80, 1, 2, host)
        };
        let ip = IpAddr::V4(ip);
        let client = Client::new(
            conn,
            ip,
            nick.into(),
            if self.rng.percent(90) {
                "secret".into()
            } else {
                "wrong".into()
            },
        );
        self.clients.insert(conn, client);
        self.plan_login(conn);
        self.input(Input::Connected {
            conn,
            ip,
            peer_port: 50_000,
            port: 411,
            tls: hub::io::Tls::Plain,
        });
    }

    pub fn frame(&mut self, conn: ConnId, frame: impl Into<Bytes>) {
        let frame = frame.into();
        self.input(Input::Frame { conn, frame });
    }

    pub fn answer_one(&mut self) {
        if self.asks.is_empty() {
            return;
        }
        let n = self.rng.below(self.asks.len());
        let (ask, event) = self.asks.swap_remove(n);
        let verdict = self.judge(&event);
        self.input(Input::Verdict { ask, verdict });
    }

    pub fn store_works(&mut self) {
        let fails = self.rng.percent(3);
        if let Some((req, reply)) = self.store.work(fails) {
            self.input(Input::Store { req, reply });
        }
    }

    pub fn engine_works(&mut self) {
        let n = self.rng.below(self.engine.len() + self.programs.len());
        if n < self.programs.len() {
            let (req, op) = self.programs.swap_remove(n);
            let reply = match op {
                ProgramOp::ReadFile { .. } => ProgramReply::File(match self.rng.below(4) {
                    0 => Ok(None),
                    1 => Err("a bad disk".into()),
                    _ => Ok(Some(Bytes::from_static(
                        b"Hello %[NICK],\nthis | is a file.",
                    ))),
                }),
                ProgramOp::Describe(_) => ProgramReply::Text(Bytes::from_static(b"a machine")),
            };
            self.input(Input::Program { req, reply });
            return;
        }
        if let Some(req) = self.engine.pop() {
            let text = Bytes::from_static(b"done");
            self.input(Input::Engine { req, text });
        }
    }

    /// Answers everything that is open, and what comes of it.
    pub fn settle(&mut self) {
        for _ in 0..100_000 {
            if !self.asks.is_empty() {
                self.answer_one();
            } else if !self.store.queue.is_empty() {
                self.store_works();
            } else if !self.engine.is_empty() || !self.programs.is_empty() {
                self.engine_works();
            } else if !self.lookups.is_empty() {
                self.host_works();
            } else {
                break;
            }
        }
        assert_eq!(self.hub.waiting(), (0, 0), "something was forgotten");
        assert!(self.calls.is_empty(), "unanswered calls: {:?}", self.calls);
        for c in self.clients.values() {
            assert!(c.reading, "{:?} is still not read from", c.nick);
        }
        self.check_rest();
        self.restore_settings();
    }

    /// The end: everybody is sent away.
    pub fn shut_down(&mut self) {
        self.input(Input::Shutdown);
        for _ in 0..20 {
            if !self.clients.is_empty() {
                self.client_speaks();
            }
            self.connect();
        }
        // Scripts that say nothing to the end are waited for no longer than this.
        self.advance(1000);
        self.input(Input::Tick);
        assert_eq!(self.stops, 1, "one Stop");
        self.input(Input::Farewell);
        assert!(
            self.clients.is_empty(),
            "not closed: {}",
            self.clients.len()
        );
        while !self.asks.is_empty() || !self.store.queue.is_empty() {
            self.answer_one();
            self.store_works();
        }
        self.input(Input::Tick);
        assert_eq!(self.stops, 1, "one Stop");
        assert_eq!(self.hub.connections(), 0);
    }

    // ---- the hub's reaction ------------------------------------------------------------

    pub fn call(&mut self, script: Option<ScriptId>, call: hub::io::Call) {
        self.next_call += 1;
        let reply = self.rng.percent(70).then_some(CallId(self.next_call));
        self.calls.extend(reply);
        self.stats.calls += 1;
        self.input(Input::Call {
            script,
            call: Box::new(call),
            reply,
        });
    }

    pub fn input(&mut self, input: Input) {
        self.events += 1;
        if self.trace {
            println!("{} {:?} {input:?}", self.events, self.now);
        }
        let mut out = std::mem::take(&mut self.out);
        self.hub.handle(self.now, input, &mut out);
        let mut told = Vec::new();
        for output in out.drain(..) {
            if self.trace {
                println!("    {output:?}");
            }
            self.take(output, &mut told);
        }
        self.out = out;
        for event in &told {
            self.check_told(event);
        }
    }

    fn take(&mut self, output: Output, told: &mut Vec<Event>) {
        let hash = &mut self.hash;
        match output {
            Output::Send { to, data } => self.deliver(&to, &data),
            Output::Traits { conn, traits } => {
                (conn, traits).hash(hash);
                let c = self.clients.get_mut(&conn).expect("traits of nobody");
                if !c.listed() && traits.has(Traits::LISTED) {
                    self.stats.logins += 1;
                }
                c.traits = traits;
            }
            Output::Read { conn, on } => {
                (conn, on).hash(hash);
                let c = self.clients.get_mut(&conn).expect("read from nobody");
                assert_ne!(c.reading, on, "{:?}: reading is {on} already", c.nick);
                c.reading = on;
            }
            Output::Close { conn, flush } => {
                (conn, flush).hash(hash);
                assert!(self.clients.remove(&conn).is_some(), "closed twice");
            }
            Output::Ask(Ask { id, event, nested }) => {
                let event = Arc::unwrap_or_clone(event);
                (id, event.hook(), nested).hash(hash);
                self.stats.asks += 1;
                assert!(self.hooks.has(event.hook()), "not asked for: {event:?}");
                told.push(event.clone());
                if let (Event::UserLogout { nick }, Some(_)) = (&event, id) {
                    self.leaving.insert(nick.clone());
                }
                if let Some(sender) = self.sender_of(&event) {
                    // He waits for the verdict: nothing of his is looked at before.
                    let mut open = self.asks.iter().filter_map(|(_, e)| self.sender_of(e));
                    assert!(open.all(|s| s != sender), "{sender:?} was not held up");
                }
                if let Some(id) = id {
                    assert!(self.ask_ids.insert(id), "{id:?} twice");
                    self.asks.push((id, event));
                }
            }
            Output::Store { req, op } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.store.queue.push_back((req, op));
            }
            Output::LookUp { req, ip } => {
                (req, ip).hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.lookups.push((req, ip));
            }
            Output::Engine { req, .. } | Output::Plugin { req, .. } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.engine.push(req);
            }
            Output::Program { req, op } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.programs.push((req, op));
            }
            Output::Answer { call, result } => {
                (call, result.is_ok()).hash(hash);
                assert!(self.calls.remove(&call), "{call:?} answered without need");
            }
            Output::Log { text, .. } => text.hash(hash),
            Output::Service { req, .. } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.engine.push(req);
            }
            Output::Stop { code, restart } => {
                (code, restart).hash(hash);
                self.stops += 1;
            }
        }
    }

    fn deliver(&mut self, to: &Audience, data: &Bytes) {
        data.hash(&mut self.hash);
        self.place += 1;
        self.check_told_of_registrations(data);
        let seen = look_at(data);
        let direct = match to {
            Audience::One(id) => {
                let c = self.clients.get_mut(id);
                let c = c.unwrap_or_else(|| panic!("sent to nobody ({id:?}): {data:?}"));
                check_private(&self.hub, &self.view, c, data);
                self.note_direct(*id, &seen);
                true
            }
            Audience::Group(g) => {
                (g.all, g.any, g.none, g.except).hash(&mut self.hash);
                assert!(g.all.has(Traits::LISTED), "to unlisted: {data:?}");
                self.note_broadcast(&seen);
                false
            }
        };
        for c in self.clients.values_mut().filter(|c| c.receives(to)) {
            self.stats.bytes += data.len() as u64;
            c.receive(direct, &seen, self.place, data.len());
        }
    }

    /// Whose address is kept out for a flood is not let in.
    fn note_direct(&mut self, id: ConnId, seen: &[Seen]) {
        let now = self.now.mono_ms;
        let Some(c) = self.clients.get_mut(&id) else {
            return;
        };
        for one in seen {
            match one {
                Seen::Lock => c.greeted = now,
                Seen::Flooded => {
                    self.stats.floods += 1;
                    let f = &self.view.config().flood;
                    // The sort of message is not told in a word: all actions are the same here.
                    if f.proto_flood_chat_action == 3 && !c.moved {
                        let until = now + f.proto_flood_tban_time * 1000;
                        let old = self.kept_out.get(&c.ip).map_or(0, |k| k.1);
                        if until > old {
                            self.kept_out.insert(c.ip, (now, until));
                        }
                    }
                }
                Seen::Hello => {
                    if let Some((from, until)) = self.kept_out.get(&c.ip) {
                        let banned = *from < c.greeted && c.greeted < *until;
                        assert!(!banned, "{:?} of {} is let in", c.nick, c.ip);
                    }
                }
                _ => {}
            }
        }
    }

    /// A script lifted the ban of an address.
    pub fn forgive(&mut self, ip: &[u8]) {
        if let Ok(ip) = String::from_utf8_lossy(ip).parse() {
            self.kept_out.remove(&ip);
        }
    }

    /// What all were told decides who is announced and in which order lines were said.
    fn note_broadcast(&mut self, seen: &[Seen]) {
        for one in seen {
            match one {
                Seen::Info { nick, line } => {
                    self.announced.insert(nick.clone(), line.clone());
                }
                Seen::Quit(nick) => {
                    self.leaving.remove(nick);
                    let was = self.announced.remove(nick);
                    assert!(was.is_some(), "$Quit of {nick:?} who was not there");
                }
                Seen::Chat(n) => {
                    self.stats.chat += 1;
                    let sender = self.said.remove(n).expect("a line said once");
                    if let Some(c) = self.clients.get_mut(&sender) {
                        assert!(*n > c.own_shown, "{n} of {:?} out of order", c.nick);
                        c.own_shown = *n;
                    }
                }
                _ => {}
            }
        }
    }

    /// Who said the line that scripts are asked about.
    fn sender_of(&self, event: &Event) -> Option<ConnId> {
        let Event::ParsedMsgChat { message, .. } = event else {
            return None;
        };
        let digits: Vec<u8> = message.strip_prefix(b"#")?.to_vec();
        let digits = String::from_utf8(digits).ok()?;
        let n = digits.split(' ').next()?.parse().ok()?;
        self.said.get(&n).copied()
    }

    // ---- what must hold ----------------------------------------------------------------

    /// Scripts can ask about whom they are told of.
    fn check_told(&self, event: &Event) {
        match event {
            Event::UserInList { nick } | Event::UserLogin { nick } => {
                assert!(self.view.user(nick).is_some(), "not in the view: {event:?}");
            }
            _ => {}
        }
    }

    /// Holds after every input.
    pub fn check(&mut self) {
        let listed = self.hub.user_nicks();
        self.stats.most_listed = self.stats.most_listed.max(listed.len());
        let bots = self.view.nicks(|u| u.bot);
        let mut keys = BTreeSet::new();
        for nick in listed.iter().chain(&bots) {
            let key = nick.to_ascii_lowercase();
            assert!(keys.insert(key), "{nick:?} is there twice");
            let view = self.view.user(nick);
            let view = view.unwrap_or_else(|| panic!("{nick:?} is not in the view"));
            assert!(view.listed, "{nick:?} is not listed in the view");
        }
        assert_eq!(
            self.hub.connections(),
            self.clients.len(),
            "open connections"
        );
        if let Err(wrong) = self.hub.consistent() {
            panic!("{wrong}");
        }
        let known = self.clients.values().filter(|c| c.hello || c.get_pass);
        assert_eq!(self.view.user_count(), known.count() as u64, "user count");
        for nick in &self.leaving {
            assert!(
                self.view.user(nick).is_some(),
                "{nick:?} cannot be asked about"
            );
        }
        for c in self.clients.values().filter(|c| c.has_list) {
            // A list made while somebody leaves is without him already.
            let stays = |nick: &&Bytes| !self.leaving.contains(*nick);
            let known = c.users.keys().filter(stays);
            let same = known.eq(self.announced.keys().filter(stays));
            assert!(
                same,
                "{:?} knows {:?}\nbut there are {:?}",
                c.nick,
                c.users.keys(),
                self.announced.keys()
            );
            for (nick, line) in &c.users {
                let told = self.announced.get(nick);
                let stale = line.is_some() && line.as_ref() != told;
                assert!(!stale || self.leaving.contains(nick), "stale: {line:?}");
            }
        }
    }

    /// Holds when nothing is open.
    fn check_rest(&mut self) {
        self.check();
        self.check_registry();
        assert!(self.leaving.is_empty(), "still leaving: {:?}", self.leaving);
        let mut there: BTreeSet<Bytes> = self.hub.user_nicks().into_iter().collect();
        let mut share = 0;
        for nick in &there {
            let view = self.view.user(nick).unwrap();
            share += std::str::from_utf8(&view.share)
                .ok()
                .filter(|s| s.len() <= 18)
                .and_then(|s| s.parse().ok())
                .unwrap_or(0);
        }
        assert_eq!(self.view.total_share(), share, "total share");
        there.extend(self.view.nicks(|u| u.bot));
        let announced: BTreeSet<Bytes> = self.announced.keys().cloned().collect();
        assert_eq!(announced, there, "announced, and there");
        for nick in self.view.nicks(|_| true) {
            let live = self.clients.values().any(|c| c.nick == nick && c.hello);
            assert!(
                there.contains(&nick) || live,
                "{nick:?} is left in the view"
            );
        }
        let ops: BTreeSet<Bytes> = self.view.nicks(|u| u.op && u.listed).into_iter().collect();
        for c in self.clients.values().filter(|c| c.has_list) {
            let wrong = c.ops.symmetric_difference(&ops).find(|n| **n != c.nick);
            assert!(wrong.is_none(), "{:?} is wrong about {wrong:?}", c.nick);
            for (nick, line) in &c.users {
                let view = self.view.user(nick).unwrap();
                let same = line.as_ref().is_none_or(|l| *l == view.my_info);
                assert!(same, "{:?} has old MyINFO {line:?}", c.nick);
            }
        }
    }
}

/// Operators' messages reach operators only.
fn check_private(hub: &Hub, view: &View, c: &Client, data: &[u8]) {
    let config = view.config();
    let i = &config.identity;
    let mut from = b"From: ".to_vec();
    from.extend_from_slice(&i.opchat_name);
    from.push(b' ');
    let is_opchat = data.starts_with(b"$To: ")
        && !i.opchat_name.is_empty()
        && data.windows(from.len()).any(|w| w == from)
        && !data.ends_with(b"Only operators may write here.|")
        && !data.ends_with(b" to classes|");
    if is_opchat {
        // Who is no longer in the view was sent it just before he went.
        if let Some(class) = view.with_user(&c.nick, |u| u.class) {
            let data = String::from_utf8_lossy(data);
            let rights = hub.rights_rows();
            let granted =
                (rights.iter()).any(|r| r.nick.eq_ignore_ascii_case(&c.nick) && r.times[7] > 1);
            let may = class >= i.opchat_class || granted;
            assert!(may, "{:?} ({class}) got {data}", c.nick);
        }
    }
}

/// Lists of an owner who uses all of them.
fn lists() -> Rows {
    let mut rows = Rows::default();
    for list in List::ALL {
        *rows.of_mut(list) = hub::lists::defaults(list);
    }
    let mut own = |list: List, key: &'static str, cells: &[(usize, &'static str)]| {
        let mut row = list.blank(Bytes::from_static(key.as_bytes()));
        for (at, text) in cells {
            row[*at] = Some(Bytes::from_static(text.as_bytes()));
        }
        rows.of_mut(list).push(row);
    };
    own(List::Redirects, "elsewhere.example", &[(1, "0")]);
    own(List::Redirects, "full.example", &[(1, "2")]);
    own(
        List::Triggers,
        "+ad",
        &[(2, "%[CFG]/ad"), (6, "96"), (7, "60")],
    );
    own(
        List::Triggers,
        "+hi",
        &[(2, "Hi %[NICK] %[PARALL]"), (6, "50")],
    );
    rows
}

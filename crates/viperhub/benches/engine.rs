//! What a message costs the hub without sockets: the machine alone, and with scripts.
//!
//! `cargo bench --bench engine`; with `chat N`, `judged N` or `login N` only that happens, N times,
//! for a profiler; with `private N` or `result N` 200 000 messages in a hub of N users.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to say"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, unbounded};
use hub::config::Config;
use hub::hooks::Verdict;
use hub::io::{Audience, ConnId, Input, Now, Output};
use hub::link::{Link, Rows};
use hub::reg::{RegUser, StoreOp, StoreReply};
use hub::view::View;
use hub::{Hub, Start};
use loadgen::proc;
use python::{Engine, EngineConfig};

/// Lines that wait for a script at a time, as many as 1000 busy users can have under way.
const WINDOW: usize = 2000;

/// Lets each line pass.
const JUDGE: &str = "
def OnParsedMsgChat(nick, message):
    return 1
";

/// Looks at each line and asks who says it.
const ASKER: &str = "
import vh

def OnParsedMsgChat(nick, message):
    return 0 if vh.GetUserClass(nick) < 3 and 'viagra' in message else 1
";

/// The hub in a room of its own.
struct Lab {
    hub: Hub,
    view: Arc<View>,
    clock: Instant,
    out: Vec<Output>,
    inputs: (Sender<Vec<Input>>, Receiver<Vec<Input>>),
    engine: Option<(Engine, tempfile::TempDir)>,
    next: u64,
    /// Messages sent to one and to many so far.
    sent: (u64, u64),
    closed: u64,
}

struct BenchLink {
    view: Arc<View>,
    inputs: Sender<Vec<Input>>,
}

impl Link for BenchLink {
    fn view(&self) -> &View {
        &self.view
    }

    fn submit(&self, input: Input) {
        self.inputs.send(vec![input]).unwrap();
    }

    fn submit_all(&self, inputs: Vec<Input>) {
        self.inputs.send(inputs).unwrap();
    }

    fn sql(&self, _: &[u8], _: usize) -> Result<Rows, String> {
        Err("there is no database here".into())
    }

    fn plugin_config(&self, _: &[u8], _: &[u8]) -> Option<Bytes> {
        None
    }
}

impl Lab {
    fn new() -> Lab {
        let mut config = Config::default();
        for (name, value) in [
            ("int_login", "0"),
            ("int_chat_ms", "0"),
            ("max_class_proto_flood", "-2"),
            ("max_users", "20000"),
            ("max_users0", "20000"),
            ("max_users_from_ip", "0"),
            ("send_user_info", "0"),
            ("adv_max_upload_kbps", "0"),
            ("max_passive_sr", "0"),
            ("search_number", "0"),
            ("int_flood_chat_limit", "0"),
            ("int_flood_to_limit", "0"),
            ("int_flood_sr_limit", "0"),
            ("int_flood_all_chat_limit", "0"),
            ("int_flood_all_to_limit", "0"),
            ("python_budget_ms", "0"),
        ] {
            config.set(name, value.as_bytes()).unwrap();
        }
        let (hub, view) = Hub::new(Start {
            config,
            registered: vec!["op".into()],
            bans: Vec::new(),
            rights: Vec::new(),
            lists: hub::lists::Rows::default(),
            seed: 1,
            now: Now::default(),
        });
        Lab {
            hub,
            view,
            clock: Instant::now(),
            out: Vec::new(),
            inputs: unbounded(),
            engine: None,
            next: 0,
            sent: (0, 0),
            closed: 0,
        }
    }

    fn now(&self) -> Now {
        let ms = self.clock.elapsed().as_millis();
        Now {
            mono_ms: u64::try_from(ms).unwrap(),
            unix_ms: 1_700_000_000_000 + i64::try_from(ms).unwrap(),
        }
    }

    fn load(&mut self, scripts: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        let link = Arc::new(BenchLink {
            view: Arc::clone(&self.view),
            inputs: self.inputs.0.clone(),
        });
        let config = EngineConfig::new(dir.path().to_owned(), dir.path().to_owned());
        let engine = Engine::start(config, link).unwrap();
        for (i, source) in scripts.iter().enumerate() {
            let path = dir.path().join(format!("script{i}.py"));
            std::fs::write(&path, source).unwrap();
            engine.load(&path).unwrap();
        }
        self.engine = Some((engine, dir));
        self.take_waiting();
    }

    fn input(&mut self, now: Now, input: Input) {
        self.hub.handle(now, input, &mut self.out);
        for output in self.out.drain(..) {
            match output {
                Output::Send { to, data } => {
                    std::hint::black_box(&data);
                    match to {
                        Audience::One(_) => self.sent.0 += 1,
                        Audience::Group(_) => self.sent.1 += 1,
                    }
                }
                Output::Close { .. } => self.closed += 1,
                Output::Ask(ask) => match &self.engine {
                    Some((engine, _)) => engine.ask_after(ask, Verdict::ALLOW),
                    None => panic!("nobody to ask"),
                },
                Output::Store { req, op } => {
                    let reply = answer(op);
                    self.inputs
                        .0
                        .send(vec![Input::Store { req, reply }])
                        .unwrap();
                }
                Output::Engine { req, .. } => {
                    let text = Bytes::new();
                    self.inputs
                        .0
                        .send(vec![Input::Engine { req, text }])
                        .unwrap();
                }
                _ => {}
            }
        }
    }

    fn take_waiting(&mut self) {
        while let Ok(inputs) = self.inputs.1.try_recv() {
            self.inputs(inputs);
        }
        self.wake_scripts();
    }

    fn inputs(&mut self, inputs: Vec<Input>) {
        let now = self.now();
        inputs.into_iter().for_each(|input| self.input(now, input));
    }

    fn wake_scripts(&self) {
        if let Some((engine, _)) = &self.engine {
            engine.wake();
        }
    }

    fn say(&mut self, conn: ConnId, frame: impl Into<Bytes>) {
        let frame = frame.into();
        self.input(self.now(), Input::Frame { conn, frame });
    }

    /// A client logs in.
    fn enter(&mut self, nick: &str, password: Option<&str>) -> ConnId {
        self.next += 1;
        let conn = ConnId(self.next);
        let n = u32::try_from(self.next).unwrap();
        self.input(
            self.now(),
            Input::Connected {
                conn,
                ip: IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)),
                peer_port: 5000,
                port: 411,
                tls: hub::io::Tls::Plain,
            },
        );
        self.say(conn, "$Supports NoHello NoGetINFO UserIP2 TTHSearch ");
        self.say(conn, "$Key x");
        self.say(conn, format!("$ValidateNick {nick}"));
        self.take_waiting();
        if let Some(password) = password {
            self.say(conn, format!("$MyPass {password}"));
            self.take_waiting();
        }
        self.say(conn, "$Version 1,0091");
        self.say(conn, "$GetNickList");
        let info = "desc<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\u{1}$$1000$";
        self.say(conn, format!("$MyINFO $ALL {nick} {info}"));
        self.take_waiting();
        conn
    }

    fn users(&mut self, count: usize) -> Vec<(String, ConnId)> {
        let before = self.view.nicks(|user| !user.bot).len();
        let nicks = (0..count).map(|n| format!("user{n:05}"));
        let users: Vec<_> = nicks
            .map(|nick| {
                let conn = self.enter(&nick, None);
                (nick, conn)
            })
            .collect();
        let there = self.view.nicks(|user| !user.bot).len();
        assert_eq!(there, before + count, "all are in");
        users
    }

    /// So many chat lines go all the way; how long that takes.
    fn chat(&mut self, frames: &[(ConnId, Bytes)], lines: usize) -> Duration {
        let start = Instant::now();
        let before = self.sent.1;
        let done = |lab: &Lab| usize::try_from(lab.sent.1 - before).unwrap();
        let mut fed = 0;
        let mut now = self.now();
        for (conn, frame) in frames.iter().cycle().take(lines) {
            let (conn, frame) = (*conn, frame.clone());
            self.input(now, Input::Frame { conn, frame });
            fed += 1;
            // As the hub's own thread does: what waits is taken at once, and when there is too
            // much under way the sockets wait.
            if fed % 64 == 0 {
                self.take_waiting();
                while fed - done(self) > WINDOW {
                    let inputs = self.inputs.1.recv().unwrap();
                    self.inputs(inputs);
                    self.take_waiting();
                }
                now = self.now();
            }
        }
        self.wake_scripts();
        while done(self) < lines {
            let inputs = self.inputs.1.recv_timeout(Duration::from_secs(10)).unwrap();
            self.inputs(inputs);
        }
        assert_eq!(done(self), lines, "each line once");
        start.elapsed()
    }
}

/// A store with one operator in it.
fn answer(op: StoreOp) -> StoreReply {
    match op {
        StoreOp::GetUser { nick } if &nick[..] == b"op" => {
            StoreReply::User(Some(Box::new(RegUser {
                nick,
                class: 10,
                enabled: true,
                has_password: true,
                ..RegUser::default()
            })))
        }
        StoreOp::GetUser { .. } => StoreReply::User(None),
        StoreOp::CheckPassword { .. } => StoreReply::Password(true),
        StoreOp::ListUsers { .. } => StoreReply::Users(Vec::new()),
        _ => StoreReply::Done,
    }
}

/// A line of each user, several times over.
fn lines(users: &[(String, ConnId)]) -> Vec<(ConnId, Bytes)> {
    let line = |n: usize| {
        let (nick, conn) = &users[n % users.len()];
        let text = format!("<{nick}> {n:08} hello everybody, how are you today? all well?");
        (*conn, Bytes::from(text))
    };
    (0..users.len() * 8).map(line).collect()
}

fn met(yes: bool) -> &'static str {
    if yes { "met" } else { "MISSED" }
}

/// Events per second with some scripts; the best of some rounds.
fn events(what: &str, scripts: &[&str], total: usize, goal: Option<f64>) {
    const ROUNDS: usize = 10;
    let mut lab = Lab::new();
    let users = lab.users(1000);
    if !scripts.is_empty() {
        lab.load(scripts);
    }
    let frames = lines(&users);
    let rss = || proc::rss(std::process::id()).unwrap_or_default() as f64 / 1e6;
    lab.chat(&frames, total / 5);
    let (before, cpu) = (rss(), proc::own_cpu());
    let rounds = (0..ROUNDS).map(|_| lab.chat(&frames, total / ROUNDS));
    let best = rounds.min().unwrap();
    let cpu = (proc::own_cpu() - cpu).as_secs_f64() * 1e9 / total as f64;
    let rate = (total / ROUNDS) as f64 / best.as_secs_f64();
    let goal = goal.map_or("-".to_owned(), |goal| {
        format!(">= {goal}  {}", met(rate >= goal))
    });
    println!("{what:<52} {rate:>12.0} /s   {cpu:>8.0} ns   {goal}");
    let grown = rss() - before;
    let what = format!("  memory growth over {total} lines");
    println!(
        "{what:<52} {grown:>12.2} MB {:>14}   < 1  {}",
        "",
        met(grown < 1.0)
    );
    if let Some((engine, _dir)) = lab.engine.take() {
        engine.stop(Duration::from_secs(2));
    }
}

#[inline(never)]
fn kick(lab: &mut Lab, op: ConnId, nick: &str) {
    lab.say(op, format!("$Kick {nick}"));
    lab.take_waiting();
}

/// Private messages and search results from all of these to all of them, none like another: the hub
/// throws out who says the same again and again.
fn messages(users: &[(String, ConnId)], first: usize, many: usize) -> [Vec<(ConnId, Bytes)>; 2] {
    let pair = |n: usize| {
        let (nick, conn) = &users[n * 7919 % users.len()];
        let (to, _) = &users[n * 104_729 % users.len()];
        (nick, *conn, to)
    };
    let private = |n| {
        let (nick, conn, to) = pair(n);
        let text = format!("$To: {to} From: {nick} $<{nick}> {n:06} how are you?");
        (conn, text.into())
    };
    let result = |n| {
        let (nick, conn, to) = pair(n);
        let text = format!(
            "$SR {nick} music\\song{n:06}.ogg\u{5}123456 1/3\u{5}hub (1.2.3.4:411)\u{5}{to}"
        );
        (conn, text.into())
    };
    let all = first..first + many;
    [
        all.clone().map(private).collect(),
        all.map(result).collect(),
    ]
}

/// For a profiler to look at alone.
#[inline(never)]
fn said(lab: &mut Lab, frames: &[(ConnId, Bytes)]) {
    for (conn, frame) in frames {
        lab.say(*conn, frame.clone());
    }
}

/// Nanoseconds of one message each: private, search result, kick; and of a login. So many users
/// there are, and so many of them take part: who does nothing is in no processor's cache.
fn costs(count: usize, active: usize) -> [f64; 4] {
    const ROUNDS: usize = 20;
    const MESSAGES: usize = 2000;
    let mut lab = Lab::new();
    let op = lab.enter("op", Some("secret"));
    let mut users = lab.users(count);
    let mut best = [f64::MAX; 4];
    for round in 0..ROUNDS {
        for (frames, best) in messages(&users[..active], round * MESSAGES, MESSAGES)
            .into_iter()
            .zip(&mut best)
        {
            let before = lab.sent.0;
            let start = Instant::now();
            said(&mut lab, &frames);
            let each = start.elapsed().as_nanos() as f64 / MESSAGES as f64;
            *best = best.min(each);
            let sent = lab.sent.0 - before;
            assert_eq!(sent, MESSAGES as u64, "one to each, and no rule in the way");
        }
    }
    // Kicks last: who is kicked is gone, and somebody else comes.
    let (mut kicks, mut logins) = (Vec::new(), Vec::new());
    for round in 0..10 {
        // Many in a row, as a login goes through the whole list and cools the caches down; and
        // those who are thrown out have just been writing.
        let [last_words, _] = messages(&users[..active], (ROUNDS + round) * MESSAGES, MESSAGES);
        said(&mut lab, &last_words);
        let out = (round * 25..).take(25).map(|n| (n, n * 7919 % active));
        for (n, at) in out.clone() {
            let next = (format!("next{n:05}"), ConnId(0));
            let (old, _) = std::mem::replace(&mut users[at], next);
            let closed = lab.closed;
            let start = Instant::now();
            kick(&mut lab, op, &old);
            kicks.push(start.elapsed().as_nanos() as f64);
            assert_eq!(lab.closed, closed + 1, "{old} is out");
        }
        for (_, at) in out {
            let nick = users[at].0.clone();
            let start = Instant::now();
            users[at].1 = lab.enter(&nick, None);
            logins.push(start.elapsed().as_nanos() as f64);
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    best[2] = median(kicks);
    best[3] = median(logins);
    best
}

fn flat() {
    println!(
        "\ncost of one message in a hub of          100 users    1000 users   10000 users   ratio"
    );
    let row = |what: &str, [small, middle, large]: [f64; 3], most: Option<f64>| {
        let ratio = large / small;
        let goal = most.map_or("-".to_owned(), |most| {
            format!("<= {most} x  {}", met(ratio <= most))
        });
        println!(
            "{what:<36} {small:>10.0} ns {middle:>10.0} ns {large:>10.0} ns {ratio:>6.2} x   {goal}"
        );
    };
    let few = [100, 1000, 10_000].map(|count| costs(count, 100));
    let all = [100, 1000, 10_000].map(|count| costs(count, count));
    for (i, what) in ["private message", "search result", "kick, with its ban"]
        .into_iter()
        .enumerate()
    {
        let what_few = format!("{what}, 100 active");
        row(&what_few, few.map(|costs| costs[i]), Some(2.0));
        row("  all of them active", all.map(|costs| costs[i]), None);
    }
    row("login", all.map(|costs| costs[3]), None);
}

fn main() {
    // `cargo bench` adds this.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let times = || {
        args.get(1)
            .and_then(|n| n.parse().ok())
            .unwrap_or(1_000_000)
    };
    match args.first().map(String::as_str) {
        Some("chat") => return events("chat", &[], times(), None),
        Some("judged") => return events("judged", &[JUDGE], times(), None),
        Some("login") => {
            let mut lab = Lab::new();
            for n in 0..times() {
                lab.enter(&format!("user{n:05}"), None);
            }
            return;
        }
        Some(kind @ ("private" | "result")) => {
            let mut lab = Lab::new();
            let users = lab.users(times());
            for round in 0..10 {
                let all = messages(&users, round * 20_000, 20_000);
                let frames = &all[usize::from(kind == "result")];
                let before = lab.sent.0;
                said(&mut lab, frames);
                assert_eq!(lab.sent.0 - before, 20_000, "one to each");
            }
            return;
        }
        _ => {}
    }
    println!(
        "{:<52} {:>15}   {:>11}   goal",
        "chat lines through the hub, without sockets", "lines", "CPU a line"
    );
    let total = 1_000_000;
    events("no script", &[], total, None);
    events("one script lets each pass", &[JUDGE], total, Some(1e6));
    events(
        "one script asks vh.GetUserClass for each",
        &[ASKER],
        total,
        None,
    );
    events("two scripts ask", &[ASKER, ASKER], total, None);
    flat();
}

//! A hub in a few lines: answers calls, asks nested questions, remembers the rest.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use ::hub::api::Value;
use ::hub::config::Config;
use ::hub::hooks::{Event, HookSet, Verdict};
use ::hub::io::{Ask, AskId, Call, CallId, EngineOp, Input, ReqId, ScriptId, Target};
use ::hub::link::{Link, Rows};
use ::hub::view::View;
use bytes::Bytes;
use python::{Engine, EngineConfig, ScriptInfo};

use super::{API, Dir};

pub const SOON: Duration = Duration::from_secs(20);

#[derive(Default)]
pub struct Seen {
    pub verdicts: HashMap<u64, Verdict>,
    pub doubles: usize,
    pub sent: Vec<String>,
    pub reports: Vec<String>,
    pub replies: HashMap<u64, String>,
    pub hooks: Vec<HookSet>,
    /// What the hub knew of hooks when a text came, and when a verdict came.
    pub at_post: Vec<(String, HookSet)>,
    pub at_verdict: HookSet,
    pub gone: Vec<ScriptId>,
    pub calls: Vec<Call>,
}

pub struct FakeHub {
    view: View,
    queue: Sender<Input>,
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Link for FakeHub {
    fn view(&self) -> &View {
        &self.view
    }
    fn submit(&self, input: Input) {
        drop(self.queue.send(input));
    }
    fn sql(&self, _: &[u8], _: usize) -> Result<Rows, String> {
        Ok(vec![vec![Some("1".into()), None]])
    }
    fn plugin_config(&self, _: &[u8], _: &[u8]) -> Option<Bytes> {
        None
    }
}

/// An engine with its fake hub and a directory of scripts.
pub struct Hub {
    pub link: Arc<FakeHub>,
    pub engine: Arc<Engine>,
    pub dir: Dir,
    next: Mutex<u64>,
}

impl Hub {
    pub fn new(budget_ms: u32, strikes: u32) -> Hub {
        let mut config = Config::default();
        config.viper.python_budget_ms = budget_ms;
        config.viper.python_strikes = strikes;
        config.viper.python_mode = super::mode().to_string().into();
        let (queue, inputs) = channel();
        let link = Arc::new(FakeHub {
            view: View::new(config, 99),
            queue,
            seen: Mutex::default(),
            changed: Condvar::new(),
        });
        let dir = Dir::new();
        let config = EngineConfig {
            api: API,
            ..EngineConfig::new(dir.0.clone(), dir.0.clone())
        };
        let engine = Arc::new(Engine::start(config, link.clone()).unwrap());
        let late: Arc<OnceLock<Weak<Engine>>> = Arc::default();
        drop(late.set(Arc::downgrade(&engine)));
        let mine = Arc::downgrade(&link);
        std::thread::spawn(move || run(&inputs, &mine, &late));
        Hub {
            link,
            engine,
            dir,
            next: Mutex::new(1),
        }
    }

    /// Writes a script and loads it.
    pub fn load(&self, name: &str, source: &str) -> ScriptId {
        let path = self.dir.file(name, source);
        self.engine.load(&path).unwrap_or_else(|e| panic!("{e}"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.0.join(name)
    }

    /// Asks without waiting.
    pub fn send(&self, event: Event) -> u64 {
        let mut next = self.next.lock().unwrap();
        *next += 1;
        self.engine.ask(Ask {
            id: Some(AskId(*next)),
            event: event.into(),
            nested: false,
        });
        *next
    }

    pub fn news(&self, event: Event) {
        self.engine.ask(Ask {
            id: None,
            event: event.into(),
            nested: false,
        });
    }

    /// Waits for something to have happened.
    pub fn until<R>(&self, what: &str, mut test: impl FnMut(&mut Seen) -> Option<R>) -> R {
        let end = Instant::now() + SOON;
        let mut seen = self.link.seen.lock().unwrap();
        loop {
            if let Some(r) = test(&mut seen) {
                return r;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for {what}; reports: {:?}",
                seen.reports
            );
            seen = self
                .link
                .changed
                .wait_timeout(seen, left.min(Duration::from_millis(50)))
                .unwrap()
                .0;
        }
    }

    pub fn verdict(&self, ask: u64) -> Verdict {
        self.until("a verdict", |s| s.verdicts.get(&ask).cloned())
    }

    pub fn ask(&self, event: Event) -> Verdict {
        let id = self.send(event);
        self.verdict(id)
    }

    pub fn chat(&self, text: &str) -> Verdict {
        self.ask(chat(text))
    }

    pub fn admin(&self, op: EngineOp) -> String {
        let req = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            *next
        };
        self.engine.admin(ReqId(req), op);
        self.until("a reply", |s| s.replies.remove(&req))
    }

    pub fn sent(&self, text: &str) {
        self.until(text, |s| s.sent.iter().any(|t| t == text).then_some(()));
    }

    pub fn report(&self, part: &str) {
        self.until(part, |s| {
            s.reports.iter().any(|t| t.contains(part)).then_some(())
        });
    }

    pub fn seen<R>(&self, f: impl FnOnce(&mut Seen) -> R) -> R {
        f(&mut self.link.seen.lock().unwrap())
    }

    pub fn info(&self, id: ScriptId) -> Option<ScriptInfo> {
        self.engine.list().into_iter().find(|i| i.id == id)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.engine.stop(Duration::from_secs(5));
        if !std::thread::panicking() {
            assert_eq!(self.seen(|s| s.doubles), 0, "two verdicts for one question");
        }
    }
}

pub fn chat(text: &str) -> Event {
    Event::ParsedMsgChat {
        nick: "nick".into(),
        message: text.as_bytes().to_vec().into(),
    }
}

/// Questions of the fake hub's own have numbers from here.
const NESTED: u64 = 1 << 32;

fn run(inputs: &Receiver<Input>, link: &Weak<FakeHub>, engine: &OnceLock<Weak<Engine>>) {
    let mut waiting: HashMap<u64, CallId> = HashMap::new();
    let mut next = NESTED;
    loop {
        let input = match inputs.recv_timeout(Duration::from_millis(100)) {
            Ok(input) => Some(input),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let (Some(link), Some(engine)) = (link.upgrade(), engine.get().and_then(Weak::upgrade))
        else {
            return;
        };
        let Some(input) = input else { continue };
        let mut seen = link.seen.lock().unwrap();
        match input {
            Input::Verdict { ask, verdict } => {
                seen.at_verdict = seen.hooks.last().copied().unwrap_or(HookSet::EMPTY);
                if let Some(call) = waiting.remove(&ask.0) {
                    engine.answer(call, Ok(Value::Bool(verdict.allow)));
                } else if seen.verdicts.insert(ask.0, verdict).is_some() {
                    seen.doubles += 1;
                }
            }
            Input::Call {
                call,
                reply,
                script,
            } => {
                seen.calls.push(Call::clone(&call));
                match *call {
                    Call::Send {
                        to: Target::Chat,
                        data,
                    } => {
                        let text = String::from_utf8_lossy(&data.without_pipe()).into_owned();
                        let hooks = seen.hooks.last().copied().unwrap_or(HookSet::EMPTY);
                        seen.at_post.push((text.clone(), hooks));
                        seen.sent.push(text);
                        if let Some(reply) = reply {
                            engine.answer(reply, Ok(Value::Bool(true)));
                        }
                    }
                    Call::Report { text, .. } => {
                        seen.reports
                            .push(String::from_utf8_lossy(&text).into_owned());
                    }
                    Call::Kick {
                        op, nick, reason, ..
                    } => {
                        // The hub never answers a kick of this nick.
                        if nick != "never" {
                            next += 1;
                            waiting.insert(next, reply.unwrap());
                            let event = Event::OperatorKicks { op, nick, reason };
                            drop(seen);
                            engine.ask(Ask {
                                id: Some(AskId(next)),
                                event: event.into(),
                                nested: true,
                            });
                            continue;
                        }
                    }
                    Call::ParseCommand { command, .. } => {
                        let command = String::from_utf8_lossy(&command).into_owned();
                        if let Some((op, name)) = command.split_once(' ') {
                            let name = Bytes::copy_from_slice(name.as_bytes());
                            let op = if op == "!pyunload" {
                                EngineOp::Unload(name)
                            } else {
                                EngineOp::Reload(name)
                            };
                            engine.admin(ReqId(u64::MAX), op);
                        }
                        if let Some(reply) = reply {
                            // Late, as a hub that is busy would be.
                            std::thread::sleep(Duration::from_millis(20));
                            engine.answer(reply, Ok(Value::Bool(true)));
                        }
                    }
                    _ => {
                        if let Some(reply) = reply {
                            let value =
                                script.map_or(Value::Bool(true), |s| Value::Int(s.0.into()));
                            engine.answer(reply, Ok(value));
                        }
                    }
                }
            }
            Input::Engine { req, text } => {
                seen.replies
                    .insert(req.0, String::from_utf8_lossy(&text).into_owned());
            }
            Input::Hooks(set) => seen.hooks.push(set),
            Input::ScriptGone(id) => seen.gone.push(id),
            _ => {}
        }
        link.changed.notify_all();
    }
}

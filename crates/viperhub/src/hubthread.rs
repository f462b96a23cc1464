//! The thread that owns the hub: takes inputs in batches, hands out outputs once a turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};
use hub::Hub;
use hub::config::Config;
use hub::io::{Ask, Input, Level, NetEvent, Now, Output, ReqId, Service};
use hub::view::View;
use net::{Net, NetCommand};
use plugins::{AnswerTo, Plugins};
use python::Engine;
use store::StoreThread;

use crate::errands::Errands;
use crate::gate::{self, Gate, Price};
use crate::queue::Job;
use crate::resolver::Resolver;
use crate::watch::Order;

/// Jobs taken before the outputs leave, and how long that may last: the hub's part of the latency
/// under load.
const TURN: usize = 1024;
const TURN_TIME: Duration = Duration::from_millis(2);

/// Outputs for which there is room when none is there.
const ROOM: usize = 1024;

/// Questions to scripts after which those that sleep are woken before the turn ends.
const MOST_ASKED: usize = 512;

/// The rooms the hub's outputs go to.
pub struct Rooms {
    pub net: Arc<Net>,
    pub engine: Arc<Engine>,
    pub plugins: Arc<Plugins>,
    pub store: Arc<StoreThread>,
    pub resolver: Resolver,
    pub errands: Errands,
    /// Told when the hub wants to end.
    pub stop: Sender<Ending>,
    pub gate: Arc<Gate>,
    /// Looks after settings and files.
    pub watch: Sender<Order>,
    pub hublist: Sender<ReqId>,
    /// Counts the turns: that the hub works shows in it.
    pub turns: Arc<AtomicU64>,
}

/// How the hub wants to end.
#[derive(Clone, Copy)]
pub struct Ending {
    pub code: i32,
    pub restart: bool,
}

/// The time of now, as the machine wants it.
pub struct Clock(Instant);

impl Clock {
    pub fn start() -> Clock {
        Clock(Instant::now())
    }

    pub fn now(&self) -> Now {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            mono_ms: millis(self.0.elapsed()),
            unix_ms: millis(unix).cast_signed(),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Starts the thread; it ends at [`Job::End`].
pub fn start(
    hub: Hub,
    view: Arc<View>,
    clock: Clock,
    jobs: Receiver<Job>,
    rooms: Rooms,
) -> std::io::Result<JoinHandle<()>> {
    threads::vital("hub", move || {
        let tick = Duration::from_secs(1);
        let mut turn = Turn {
            hub,
            clock,
            rooms,
            outputs: Vec::new(),
            commands: Vec::new(),
            asked: 0,
            late: Vec::new(),
            price: Price::default(),
            config: Arc::clone(&view.config()),
        };
        let mut next_tick = Instant::now() + tick;
        let mut turns = 0u64;
        let (mut measured, mut sent) = (Instant::now(), 0u64);
        loop {
            let mut ended = false;
            let moment = turn.next_moment();
            match jobs.recv_deadline(moment.map_or(next_tick, |at| at.min(next_tick))) {
                Ok(job) => ended |= turn.take(job),
                Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => {
                    return Err("nobody can tell it anything any more".to_owned());
                }
            }
            let begin = Instant::now();
            for job in jobs.try_iter().take(TURN) {
                ended |= turn.take(job);
                if begin.elapsed() >= TURN_TIME {
                    break;
                }
            }
            turns += 1;
            turn.rooms.turns.fetch_add(1, Ordering::Relaxed);
            if Instant::now() >= next_tick {
                next_tick = Instant::now() + tick;
                view.frequency.store(turns, Ordering::Relaxed);
                turns = 0;
                let all = turn.rooms.net.stats().bytes_out;
                let ms = millis(measured.elapsed()).max(1);
                let upload = all.saturating_sub(sent).saturating_mul(1000) / ms;
                view.upload.store(upload, Ordering::Relaxed);
                (measured, sent) = (Instant::now(), all);
                turn.input(turn.clock.now(), Input::Tick);
            } else if turn.next_moment().is_some_and(|at| Instant::now() >= at) {
                turn.input(turn.clock.now(), Input::Moment);
            }
            for input in std::mem::take(&mut turn.late) {
                turn.input(turn.clock.now(), input);
            }
            turn.deliver();
            turn.look_at_settings(&view);
            if ended {
                return Ok(());
            }
        }
    })
}

struct Turn {
    hub: Hub,
    clock: Clock,
    rooms: Rooms,
    outputs: Vec<Output>,
    commands: Vec<NetCommand>,
    /// Questions that sleeping scripts have not been woken for.
    asked: usize,
    /// Inputs that came of outputs.
    late: Vec<Input>,
    /// What the sockets' events cost.
    price: Price,
    /// The settings that were there at the end of the last turn.
    config: Arc<Config>,
}

impl Turn {
    /// When the machine wants to be called at the latest.
    fn next_moment(&self) -> Option<Instant> {
        let at = self.hub.next_moment()?;
        self.clock.0.checked_add(Duration::from_millis(at))
    }

    /// Handles one job; true for the last one.
    fn take(&mut self, job: Job) -> bool {
        // What comes together comes at the same time.
        let now = self.clock.now();
        match job {
            Job::Net(batch, weight) => self.events(now, batch, weight),
            Job::Input(input) => self.input(now, input),
            Job::Inputs(inputs) => inputs.into_iter().for_each(|input| self.input(now, input)),
            Job::End => return true,
        }
        false
    }

    /// Handles what sockets have brought. Whose part of it is dear is charged for it.
    fn events(&mut self, now: Now, batch: Vec<NetEvent>, weight: usize) {
        let begin = Instant::now();
        let mut from = begin;
        // Events of one connection come together.
        let mut whose = None;
        for event in batch {
            let conn = event.conn();
            if let Some(last) = whose.filter(|last| *last != conn) {
                let to = Instant::now();
                self.commands.extend(gate::charge(last, to - from));
                from = to;
            }
            whose = Some(conn);
            note(&event);
            self.input(now, event.into());
        }
        let end = Instant::now();
        if let Some(last) = whose {
            self.commands.extend(gate::charge(last, end - from));
        }
        let limit = self.price.learn(weight, end - begin);
        self.rooms.gate.leave(weight, limit);
    }

    fn input(&mut self, now: Now, input: Input) {
        self.hub.handle(now, input, &mut self.outputs);
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in outputs.drain(..) {
            match output {
                Output::Send { to, data } => self.commands.push(NetCommand::Send {
                    to,
                    data: data.into_bytes(),
                }),
                Output::Traits { conn, traits } => {
                    self.commands.push(NetCommand::Traits { conn, traits });
                }
                Output::Read { conn, on } => self.commands.push(NetCommand::Read { conn, on }),
                Output::Close { conn } => self.commands.push(NetCommand::Close { conn }),
                Output::Ask(ask) => self.ask(ask),
                Output::Store { req, op } => self.rooms.store.send(req, op),
                Output::LookUp { req, ip } => self.rooms.resolver.look_up(req, ip),
                Output::Engine { req, op } => self.rooms.engine.admin(req, op),
                Output::Plugin { req, op } => self.rooms.plugins.admin(req, op),
                Output::Program { req, op } => {
                    self.rooms.errands.send(req, op, self.rooms.net.stats());
                }
                Output::Answer { call, result } => {
                    if let AnswerTo::Scripts(result) = self.rooms.plugins.answer(call, result) {
                        self.rooms.engine.answer(call, result);
                    }
                }
                Output::Log { level, text } => log(level, &text),
                Output::Service { req, op } => self.service(req, op),
                Output::Stop { code, restart } => {
                    let ending = Ending { code, restart };
                    if self.rooms.stop.send(ending).is_err() {
                        tracing::debug!("the program is ending already");
                    }
                }
            }
        }
        // The memory serves the next input, but that of a burst is given back.
        outputs.shrink_to(ROOM);
        self.outputs = outputs;
    }

    fn ask(&mut self, ask: Ask) {
        self.rooms.plugins.ask(ask);
        self.asked += 1;
        if self.asked >= MOST_ASKED {
            self.wake_scripts();
        }
    }

    fn wake_scripts(&mut self) {
        if std::mem::take(&mut self.asked) > 0 {
            self.rooms.engine.wake();
        }
    }

    fn service(&mut self, req: ReqId, op: Service) {
        let gone = match op {
            Service::Reload { changes } => {
                let order = Order::Reload { req, changes };
                self.rooms.watch.send(order).is_err()
            }
            Service::Hublist => self.rooms.hublist.send(req).is_err(),
        };
        if gone {
            // As a message of its own: the machine is not to be called while it works.
            let text = Bytes::from_static(b"A thread of the program has ended, see the log.");
            self.late.push(Input::Engine { req, text });
        }
    }

    /// Has the settings looked at when they have changed.
    fn look_at_settings(&mut self, view: &View) {
        let now = view.config();
        if !Arc::ptr_eq(&now, &self.config) {
            self.config = Arc::clone(&now);
            if self.rooms.watch.send(Order::Look).is_err() {
                tracing::debug!("nobody looks after changed settings any more");
            }
        }
    }

    fn deliver(&mut self) {
        self.wake_scripts();
        if !self.commands.is_empty() {
            self.rooms.net.deliver(std::mem::take(&mut self.commands));
        }
    }
}

/// With `-v` the log shows who comes and who goes.
fn note(event: &NetEvent) {
    match event {
        NetEvent::Connected { conn, ip, .. } => tracing::debug!("connection {} from {ip}", conn.0),
        NetEvent::Closed { conn, why } => {
            tracing::debug!("connection {} ended by itself: {why:?}", conn.0);
        }
        // What the hub closes it says itself, and why.
        NetEvent::Frame { .. } | NetEvent::TooLong { .. } | NetEvent::WantsTls { .. } => {}
    }
}

fn log(level: Level, text: &str) {
    match level {
        Level::Error => tracing::error!("{text}"),
        Level::Warn => tracing::warn!("{text}"),
        Level::Info => tracing::info!("{text}"),
        Level::Debug => tracing::debug!("{text}"),
    }
}

//! Notices what changes beside a running hub: the registrations (`viperhub user`), the GeoIP
//! databases, certificates; and when the database goes away and comes back. Reads everything
//! anew when asked to.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use hub::io::{Call, Input, ReqId};
use hub::view::View;
use net::Net;
use store::{Store, StoreError};

use crate::geo::Watched;
use crate::notify;
use crate::own_names::OwnNames;
use crate::queue::Job;
use crate::socket_settings::SocketSettings;
use crate::start::HUB_FILE;

/// How soon a change is noticed.
const PERIOD: Duration = Duration::from_millis(500);

/// What operators are told, once each time.
const AWAY: &str = "The database cannot be reached. Chat goes on; what needs the database fails \
    until it is back, which will be noticed.";
const BACK: &str = "The database is back.";

/// What the thread is told to do, beside what it does by itself.
pub enum Order {
    /// Look at the settings: they have changed.
    Look,
    /// Read everything anew and answer.
    Reload { req: ReqId, changes: u64 },
}

/// How many seconds the machine's own time is ahead of UTC. Scripts share the environment: while one
/// of them has another TZ there than the hub was started with, what was found last stays.
pub fn zone() -> i64 {
    static STARTED_WITH: OnceLock<Option<OsString>> = OnceLock::new();
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = std::env::var_os("TZ");
    if *STARTED_WITH.get_or_init(|| now.clone()) == now {
        let ahead = i64::from(chrono::Local::now().offset().local_minus_utc());
        LAST.store(ahead, Ordering::Relaxed);
    }
    LAST.load(Ordering::Relaxed)
}

/// What the thread looks after.
pub struct Watch {
    pub store: Box<dyn Store>,
    pub own_names: Arc<OwnNames>,
    pub geo: Watched,
    pub socket_settings: SocketSettings,
    pub view: Arc<View>,
    /// Not kept alive: it is stopped before this thread ends.
    pub net: Weak<Net>,
    pub jobs: Sender<Job>,
}

/// The hub has ended.
struct Ended;

/// Starts a thread that tells the hub all registered nicks whenever the database was changed
/// through another connection, and the GeoIP databases when their files were, and keeps the
/// sockets as settings and certificate files want them; it ends with the hub.
pub fn start(mut watch: Watch, orders: Receiver<Order>) -> Result<JoinHandle<()>, StoreError> {
    // From here on a copy over the file is told from the file.
    watch.store.tidy()?;
    let version = watch.store.version()?;
    let known = watch.store.registrations()?.into_iter().collect();
    let digest = watch.store.digest()?;
    let mut state = State {
        version,
        known,
        digest,
        away: false,
        untidy: false,
        zone: zone(),
        read: Instant::now(),
    };
    let run = move || {
        // Until the hub has ended.
        loop {
            let order = match orders.recv_timeout(PERIOD) {
                Ok(order) => order,
                Err(RecvTimeoutError::Timeout) => Order::Look,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let done = match order {
                Order::Look => watch.look(&mut state),
                Order::Reload { req, changes } => watch.reload(&mut state, req, changes),
            };
            if done.is_err() {
                return Ok(());
            }
        }
    };
    let thread = threads::vital("watch", run);
    thread.map_err(|why| StoreError::Failed {
        what: "start a thread",
        why: why.to_string(),
    })
}

/// What was seen last.
struct State {
    version: i64,
    /// Each registered nick with what its row was like.
    known: HashMap<Bytes, u64>,
    /// Of what owners edit.
    digest: u64,
    /// The database cannot be reached.
    away: bool,
    /// Its log could not be brought into its file.
    untidy: bool,
    /// How far the machine's own time was ahead of UTC.
    zone: i64,
    /// When everything was read last.
    read: Instant,
}

impl Watch {
    fn send(&self, input: Input) -> Result<(), Ended> {
        self.jobs.send(Job::Input(input)).map_err(|_| Ended)
    }

    fn look(&mut self, state: &mut State) -> Result<(), Ended> {
        self.look_at_sockets()?;
        let period = self.view.config().engine.timer_reloadcfg_period;
        if u64::try_from(period).is_ok_and(|p| p > 0 && state.read.elapsed().as_secs() >= p) {
            state.read = Instant::now();
            self.send(Input::Reload)?;
        }
        let zone = zone();
        if std::mem::replace(&mut state.zone, zone) != zone {
            self.send(Input::Zone(zone))?;
        }
        if let Some(geo) = self.geo.changed() {
            self.send(Input::Geo(geo))?;
        }
        let looked = self.look_at_store(state)?;
        let news = self.store.news();
        for line in &news {
            self.tell(line)?;
        }
        if looked.is_ok() && (state.away || !news.is_empty()) {
            // Also what the hub decided meanwhile and could not have written down.
            self.send(Input::Reload)?;
        }
        match looked {
            Err(why) => {
                if !std::mem::replace(&mut state.away, true) {
                    self.tell(&format!("{AWAY} {why}"))?;
                }
            }
            Ok(()) => {
                if std::mem::replace(&mut state.away, false) {
                    self.tell(BACK)?;
                }
                let tidy = self.store.tidy();
                let told = std::mem::replace(&mut state.untidy, tidy.is_err());
                if let (Err(why), false) = (tidy, told) {
                    tracing::warn!("{why}");
                }
            }
        }
        Ok(())
    }

    /// Has the hub read again what was changed beside it. After an error all of it is compared.
    fn look_at_store(&mut self, state: &mut State) -> Result<Result<(), StoreError>, Ended> {
        let now = match self.store.version() {
            Ok(now) => now,
            Err(why) => return Ok(Err(why)),
        };
        if now == state.version && !state.away {
            return Ok(Ok(()));
        }
        if let Err(why) = self.registrations(state)? {
            return Ok(Err(why));
        }
        match self.store.digest() {
            Ok(digest) if digest != state.digest => {
                state.digest = digest;
                self.send(Input::Reload)?;
            }
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
        state.version = now;
        Ok(Ok(()))
    }

    /// Tells the hub who is registered, and whose registration has changed, when that is new.
    fn registrations(&mut self, state: &mut State) -> Result<Result<(), StoreError>, Ended> {
        let rows: HashMap<Bytes, u64> = match self.store.registrations() {
            Ok(rows) => rows.into_iter().collect(),
            Err(error) => return Ok(Err(error)),
        };
        if rows == state.known {
            return Ok(Ok(()));
        }
        let known = std::mem::replace(&mut state.known, rows);
        let is_new = |(nick, row): &(&Bytes, &u64)| known.get(*nick) != Some(row);
        let changed: Vec<Bytes> = (state.known.iter().filter(is_new))
            .map(|(nick, _)| nick.clone())
            .collect();
        let same = |nick: &Bytes| known.contains_key(nick);
        if known.len() != state.known.len() || !state.known.keys().all(same) {
            let nicks = state.known.keys().cloned().collect();
            self.send(Input::Registered(nicks))?;
        }
        if !changed.is_empty() {
            self.send(Input::RegChanged(changed))?;
        }
        Ok(Ok(()))
    }

    /// Gives the sockets what is new of settings and certificate.
    fn look_at_sockets(&mut self) -> Result<Vec<String>, Ended> {
        let config = Arc::clone(&self.view.config());
        let Some(net) = self.net.upgrade() else {
            return Err(Ended);
        };
        let said = self.socket_settings.look(&config, Some(&net));
        drop(net);
        for line in &said {
            self.tell(line)?;
        }
        Ok(said)
    }

    fn reload(&mut self, state: &mut State, req: ReqId, changes: u64) -> Result<(), Ended> {
        notify::reloading();
        state.read = Instant::now();
        let mut said = self.look_at_sockets()?;
        let geo = self.geo.first();
        self.send(Input::Geo(geo))?;
        match self.own_names.reload() {
            Ok((renamed, trouble)) => {
                if !renamed.is_empty() {
                    self.send(Input::Renamed(renamed))?;
                }
                self.note_names(trouble, &mut said);
            }
            Err(why) => self.note_names(Some(why), &mut said),
        }
        let settings = match self.store.load_config(HUB_FILE) {
            Ok(settings) => settings,
            Err(error) => {
                said.push(format!("The settings cannot be read: {error}"));
                Vec::new()
            }
        };
        if let Err(error) = self.registrations(state)? {
            said.push(format!("The registrations cannot be read: {error}"));
        }
        let reloaded = Input::Reloaded {
            req,
            changes,
            settings,
            text: said.join("\r\n").into(),
        };
        self.send(reloaded)?;
        notify::ready();
        Ok(())
    }

    /// Something is wrong with the file of names: for who reloads, and for the log.
    fn note_names(&self, trouble: Option<String>, said: &mut Vec<String>) {
        if let Some(trouble) = trouble {
            tracing::warn!("{trouble}");
            said.push(trouble);
        }
    }

    /// Tells the operators and the log.
    fn tell(&self, text: &str) -> Result<(), Ended> {
        let call = Call::Report {
            text: Bytes::copy_from_slice(text.as_bytes()),
            log: None,
        };
        self.send(Input::Call {
            script: None,
            call: Box::new(call),
            reply: None,
        })
    }
}

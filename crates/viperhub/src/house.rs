//! All rooms of a running hub: built in order, taken down in the other order.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use crossbeam_channel::{Receiver, Sender};
use hub::config::Config;
use hub::io::{Input, ReqId};
use hub::view::View;
use hub::{Hub, Start};
use net::{Door, Net, NetConfig};
use plugins::{Around, Plugins};
use python::text::HubText;
use python::{Engine, EngineConfig, LoadError};
use store::{Store, StoreThread};

use crate::cli::Run;
use crate::descriptors::{self, Descriptors};
use crate::errands::Errands;
use crate::gate::Gate;
use crate::geo::{Files, Watched};
use crate::had::Had;
use crate::hubthread::{self, Clock, Ending, Rooms};
use crate::library;
use crate::listen::{self, Open};
use crate::own_names::OwnNames;
use crate::plugins::{After, Rows, Text};
use crate::queue::{HubLink, Job, NetSink};
use crate::resolver::Resolver;
use crate::restart::Heritage;
use crate::socket_settings::SocketSettings;
use crate::supervise::Desk;
use crate::watch::{self, Order, Watch};
use crate::{hublist, notify, start};

/// How long scripts get to unload.
const SCRIPTS_TIME: Duration = Duration::from_millis(2200);
/// The same for native plugins, which scripts may use to their end.
const PLUGINS_TIME: Duration = Duration::from_millis(300);
/// How long clients get to take the last messages.
const CLIENTS_TIME: Duration = Duration::from_secs(1);
/// How long the database gets to write the last changes.
const STORE_TIME: Duration = Duration::from_millis(800);

/// The rooms, in the order in which they are started; the last one in is the first to go.
pub struct House {
    desk: Arc<Desk>,
    jobs: Sender<Job>,
    /// The database file and how many nicks were registered, for the next one after a restart.
    had: Had,
    sockets: Vec<Open>,
    /// Of the certificate, where there is TLS.
    keyprint: Option<String>,
    store: Arc<StoreThread>,
    engine: Arc<Engine>,
    plugins: Arc<Plugins>,
    net: Arc<Net>,
    watcher: JoinHandle<()>,
    hub: JoinHandle<()>,
    stopped: Receiver<Ending>,
}

/// What the data directory holds.
struct Stored {
    store: Box<dyn Store>,
    had: Had,
    config: Config,
    clock: Clock,
    /// Beside the settings.
    rows: StoredRows,
}

struct StoredRows {
    registered: Vec<bytes::Bytes>,
    bans: Vec<hub::reg::BanRow>,
    rights: Vec<hub::reg::RightsRow>,
    lists: hub::lists::Rows,
}

impl Stored {
    /// Opens the data directory for this program alone, and reads it.
    fn read(args: &Run, before: Option<&Had>, desk: &Desk) -> Result<Stored> {
        if let Some(had) = before {
            start::check_had(&args.place, had)?;
        }
        let mut store = start::open_store(&args.place)?;
        let file = start::database_file(&args.place)?;
        desk.keep(start::lock_dir(&args.place)?)?;
        let config = start::load_config(store.as_mut(), &args.settings)?;
        let clock = Clock::start();
        let forgotten = store.clean(clock.now().unix_secs())?;
        tracing::debug!("{forgotten} old rows of bans and kicks forgotten");
        let registered = store.registered_nicks()?;
        if let Some(had) = before {
            had.check_registered(registered.len())?;
        }
        let had = Had {
            registered: registered.len(),
            file,
        };
        let rows = StoredRows {
            registered,
            bans: store.bans()?,
            rights: store.rights()?,
            lists: store.lists()?,
        };
        Ok(Stored {
            store,
            had,
            config,
            clock,
            rows,
        })
    }
}

/// Opens what clients come in by, and reads the settings of it.
fn open_doors(
    args: &Run,
    config: &mut Config,
    files: &Descriptors,
) -> Result<(Vec<Open>, SocketSettings)> {
    let sockets = listen::open(args, config)?;
    let secure: Vec<String> = (sockets.iter())
        .filter(|open| open.place.door() == Door::Tls)
        .map(|open| open.address().map(|a| a.port().to_string()))
        .collect::<Result<_>>()?;
    if !secure.is_empty() {
        // What the lock and the secure address tell.
        config.set("tls_ports", secure.join(" ").as_bytes())?;
    }
    let tls = !secure.is_empty();
    let mut socket_settings = SocketSettings::new(&args.place.data_dir, tls, files.for_clients());
    for line in socket_settings.look(config, None) {
        tracing::info!("{line}");
    }
    if tls && socket_settings.keyprint().is_none() {
        bail!("there can be no TLS without a certificate, see the log");
    }
    Ok((sockets, socket_settings))
}

/// The machine, with what scripts may ask about from the first on.
fn make_hub(
    args: &Run,
    config: Config,
    rows: StoredRows,
    clock: &Clock,
    files: &Descriptors,
) -> (Hub, Arc<View>, Watched) {
    let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
    let text = HubText::new(&config.identity.hub_encoding);
    let (mut hub, view) = Hub::new(Start {
        config,
        registered: rows.registered,
        bans: rows.bans,
        rights: rows.rights,
        lists: rows.lists,
        seed,
        now: clock.now(),
    });
    hub.set_sockets(files.for_clients());
    files.warn(hub.seats(), &view.config());
    if hub.unknown_bans() > 0 {
        tracing::warn!(
            "{} bans in the database are about nothing; they stay there and keep nobody out",
            hub.unknown_bans()
        );
    }
    hub.pin(start::pinned(&args.settings));
    let encode = Arc::new(move |name: &str| text.encode_str(name));
    let mut geo = Watched::new(&args.place.data_dir, args.mmdb_path.as_deref(), encode);
    // Before the first script asks.
    hub.handle(clock.now(), Input::Geo(geo.first()), &mut Vec::new());
    hub.handle(clock.now(), Input::Zone(watch::zone()), &mut Vec::new());
    (hub, view, geo)
}

/// The thread of the database.
fn start_store(store: Box<dyn Store>, jobs: Sender<Job>) -> Result<Arc<StoreThread>> {
    let store = StoreThread::start(store, move |req, reply| {
        // The last replies may come when the hub thread has ended.
        if jobs.send(Job::Input(Input::Store { req, reply })).is_err() {
            tracing::debug!("the hub has ended, a reply of the store is dropped");
        }
    })?;
    Ok(Arc::new(store))
}

/// The thread that looks up host names.
fn start_resolver(own_names: &Arc<OwnNames>, jobs: Sender<Job>) -> Result<Resolver> {
    Resolver::start(Arc::clone(own_names), move |req, name| {
        if jobs.send(Job::Input(Input::Host { req, name })).is_err() {
            tracing::debug!("the hub has ended, a host's name is dropped");
        }
    })
    .context("cannot look up host names")
}

/// Scripts and native plugins, none of which is loaded yet.
fn start_scripts(
    args: &Run,
    view: &Arc<View>,
    store: &Arc<StoreThread>,
    jobs: Sender<Job>,
) -> Result<(Arc<Engine>, Arc<Plugins>)> {
    let data_dir = args.place.data_dir.clone();
    let charset = Arc::new(HubText::new(&view.config().identity.hub_encoding));
    let link = Arc::new(HubLink {
        jobs,
        view: Arc::clone(view),
        store: Arc::clone(store),
        geo: Files::new(data_dir.clone()),
    });
    let config = EngineConfig::new(data_dir.join("scripts"), data_dir.clone());
    let to_hub = Arc::clone(&link);
    let engine = Arc::new(Engine::start(config, to_hub).context("cannot start Python")?);
    library::answer_for(&engine, Arc::clone(&charset));
    let plugins = Arc::new(Plugins::start(Around {
        link,
        scripts: Arc::new(After(Arc::clone(&engine))),
        shelf: Arc::new(Rows(Arc::clone(store))),
        charset: Arc::new(Text(charset)),
        data_dir,
    })?);
    Ok((engine, plugins))
}

/// The threads of the sockets, which let nobody in yet.
fn start_net(
    sockets: &[Open],
    socket_settings: &SocketSettings,
    gate: &Arc<Gate>,
    jobs: Sender<Job>,
) -> Result<Arc<Net>> {
    let sink = Arc::new(NetSink {
        jobs,
        gate: Arc::clone(gate),
    });
    let config = NetConfig {
        threads: io_threads(),
        limits: socket_settings.limits(),
    };
    let listening = sockets.iter().map(Open::listening).collect::<Result<_>>()?;
    let net = Net::start(config, listening, sink)?;
    net.set_security(&socket_settings.security());
    net.set_zlib(socket_settings.zlib());
    Ok(Arc::new(net))
}

impl House {
    /// Builds all rooms, of which the hub's own thread is the last. `before`: what the hub had that
    /// this one takes the place of.
    ///
    /// # Errors
    /// What cannot be opened, read or started, and why.
    pub fn build(
        args: &Run,
        before: Option<&Had>,
        desk: &Arc<Desk>,
        jobs: Sender<Job>,
        queue: Receiver<Job>,
    ) -> Result<House> {
        let files = descriptors::raise();
        let mut stored = Stored::read(args, before, desk)?;
        let (sockets, socket_settings) = open_doors(args, &mut stored.config, &files)?;
        let (clock, had) = (stored.clock, stored.had);
        let (hub, view, geo) = make_hub(args, stored.config, stored.rows, &clock, &files);

        let watched = stored.store.another()?;
        let store = start_store(stored.store, jobs.clone())?;
        let own_names = Arc::new(OwnNames::of(&args.place.data_dir));
        let resolver = start_resolver(&own_names, jobs.clone())?;
        let (engine, plugins) = start_scripts(args, &view, &store, jobs.clone())?;
        let gate = Arc::new(Gate::default());
        let net = start_net(&sockets, &socket_settings, &gate, jobs.clone())?;
        let keyprint = socket_settings.keyprint().map(str::to_owned);

        let (watch, orders) = crossbeam_channel::unbounded::<Order>();
        let watcher = Watch {
            store: watched,
            own_names,
            geo,
            socket_settings,
            view: Arc::clone(&view),
            net: Arc::downgrade(&net),
            jobs: jobs.clone(),
        };
        let watcher = watch::start(watcher, orders)?;
        let (hublist, registrations) = crossbeam_channel::unbounded::<ReqId>();
        hublist::start(Arc::clone(&view), registrations, jobs.clone())?;
        let (stop, stopped) = crossbeam_channel::unbounded();
        let turns = Arc::new(AtomicU64::default());
        let rooms = Rooms {
            errands: Errands::start(args.place.data_dir.clone(), jobs.clone())?,
            net: Arc::clone(&net),
            engine: Arc::clone(&engine),
            plugins: Arc::clone(&plugins),
            store: Arc::clone(&store),
            resolver,
            stop,
            gate,
            watch,
            hublist,
            turns: Arc::clone(&turns),
        };
        let hub = hubthread::start(hub, view, clock, queue, rooms)?;
        let sockets_too = Arc::downgrade(&net);
        desk.look_at_turns(move || {
            let mut all = vec![turns.load(Ordering::Relaxed)];
            all.extend(sockets_too.upgrade().iter().flat_map(|net| net.turns()));
            all
        });
        // All that is open now stays open, whatever scripts do.
        python::note_open_files();
        Ok(House {
            desk: Arc::clone(desk),
            jobs,
            had,
            sockets,
            keyprint,
            store,
            engine,
            plugins,
            net,
            watcher,
            hub,
            stopped,
        })
    }

    /// Loads native plugins and scripts, `more` among them. `Some`: the hub is to end already.
    ///
    /// # Errors
    /// A script of the command line is not there.
    pub fn load_scripts(&self, more: &[PathBuf]) -> Result<Option<Ending>> {
        // Beside this thread, so that a signal ends the program though a script hangs as it loads.
        let (loaded, scripts) = crossbeam_channel::bounded(1);
        let (engine, plugins) = (Arc::clone(&self.engine), Arc::clone(&self.plugins));
        let more = more.to_vec();
        threads::vital("load scripts", move || {
            // First, so that scripts find their functions.
            plugins.autoload();
            if loaded.send(load_scripts(&engine, &more)).is_err() {
                tracing::debug!("the program ended before the scripts were loaded");
            }
            Ok(())
        })?;
        crossbeam_channel::select! {
            recv(scripts) -> done => { done??; Ok(None) }
            recv(self.stopped) -> ending => Ok(ending.ok()),
        }
    }

    /// Opens the doors and tells where they are.
    ///
    /// # Errors
    /// An address of its own cannot be told.
    pub fn let_in(&self) -> Result<()> {
        self.net.start_accepting();
        announce(&self.sockets, self.keyprint.as_deref())?;
        notify::ready();
        Ok(())
    }

    /// Waits until the hub is to end.
    pub fn wait(&self) -> Ending {
        self.stopped.recv().unwrap_or(Ending {
            code: 0,
            restart: false,
        })
    }

    /// Ends all rooms in the other order.
    pub fn take_down(self, ending: Ending) {
        self.net.stop_accepting();
        if ending.restart {
            tracing::info!("restarting");
        } else {
            tracing::info!("stopping");
            notify::stopping();
        }
        let (sockets, had) = (self.sockets, self.had);
        let heritage = ending.restart.then(|| Heritage { sockets, had });
        self.desk.ending(ending.code, heritage);
        if ending.restart
            && let Ok(nicks) = self.store.with(|s| s.registered_nicks())
        {
            self.desk.tell_registered(nicks.len());
        }
        self.engine.stop(SCRIPTS_TIME);
        self.plugins.stop(PLUGINS_TIME);
        for job in [Job::Input(Input::Farewell), Job::End] {
            if self.jobs.send(job).is_err() {
                break;
            }
        }
        if self.hub.join().is_err() {
            tracing::error!("the hub thread ended in a panic");
        }
        if let Some(net) = sole(self.net) {
            net.stop(CLIENTS_TIME);
        }
        // When users were last seen is written as they leave.
        // The watch ends with the hub thread, and its connection with it.
        until(|| self.watcher.is_finished());
        if !self.store.end(STORE_TIME) {
            tracing::warn!("the database did not take the last changes in time");
        }
    }
}

/// The sockets for this thread alone. The one that looks after settings may hold them, for as
/// long as it takes to give them something.
fn sole(mut net: Arc<Net>) -> Option<Net> {
    for _ in 0..100 {
        match Arc::try_unwrap(net) {
            Ok(net) => return Some(net),
            Err(shared) => net = shared,
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

/// Waits for something that ends by itself, half a second at most.
fn until(done: impl Fn() -> bool) {
    for _ in 0..100 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Tells where clients can connect.
fn announce(sockets: &[Open], keyprint: Option<&str>) -> Result<()> {
    for open in sockets {
        let address = open.address()?;
        let line = match (open.place.door(), keyprint) {
            (Door::Plain, _) => format!("ready: listening on {address}"),
            (Door::Tls, keyprint) => format!(
                "ready: listening with TLS on nmdcs://{address}/?kp={}",
                keyprint.unwrap_or_default()
            ),
            (Door::Proxy, _) => format!("ready: listening for a TLS proxy on {address}"),
        };
        // Who started the hub may not care to listen; that is no reason to end.
        if let Err(error) = writeln!(std::io::stdout(), "{line}") {
            tracing::warn!("cannot write to standard output: {error}");
        }
    }
    Ok(())
}

/// Threads for the sockets; 0 leaves it to `net`. On two cores the second one would only
/// take turns with the hub's own thread (measured: dearer per line, and less even).
fn io_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    usize::from(cores <= 2)
}

/// Loads DATA-DIR/scripts/*.py in name order, then those of the command line. A broken script
/// is logged and left out; a file that is not there is an error of the command line.
fn load_scripts(engine: &Engine, more: &[PathBuf]) -> Result<()> {
    let mut files = engine.files()?;
    for path in more {
        python::a_file(path).with_context(|| format!("no script {}", path.display()))?;
        files.push(path.clone());
    }
    for path in files {
        // The last line of the log when a script does not finish loading.
        tracing::info!("loading {}", path.display());
        match engine.load(&path) {
            // The engine tells of it.
            Ok(_) => {}
            Err(error) => {
                if let LoadError::Script { error, .. } = &error {
                    tracing::error!("{}:\n{}", path.display(), error.traceback.trim_end());
                }
                tracing::error!("{error}");
            }
        }
    }
    Ok(())
}

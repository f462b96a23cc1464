//! `viperhub run`: builds the rooms in order, waits, and takes them down in the other order.

use std::convert::Infallible;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use crossbeam_channel::{Receiver, Sender};
use hub::io::Input;
use hub::{Hub, Start};
use net::{Door, Net, NetConfig};
use plugins::{Around, Plugins};
use python::text::HubText;
use python::{Engine, EngineConfig, LoadError};
use store::StoreThread;

use crate::cli::Run;
use crate::gate::Gate;
use crate::geo::{Files, Watched};
use crate::had::Had;
use crate::hubthread::{self, Clock, Ending, Rooms};
use crate::library;
use crate::link::{HubLink, Job, NetSink};
use crate::listen::{self, Open};
use crate::origin::Origin;
use crate::own_names::OwnNames;
use crate::plugins::{After, Rows, Text};
use crate::program::Program;
use crate::resolver::Resolver;
use crate::restart::Heritage;
use crate::signals::Signals;
use crate::supervise::{self, Desk};
use crate::watch::{self, Watch};
use crate::wiring::Wiring;
use crate::{descriptors, hublist, notify, start};

/// How long scripts get to unload.
const SCRIPTS_TIME: Duration = Duration::from_millis(2200);
/// The same for native plugins, which scripts may use to their end.
const PLUGINS_TIME: Duration = Duration::from_millis(300);
/// How long clients get to take the last messages.
const CLIENTS_TIME: Duration = Duration::from_secs(1);
/// How long the database gets to write the last changes.
const STORE_TIME: Duration = Duration::from_millis(800);

/// Runs the hub until it is told to stop; comes back only when it cannot be built.
pub fn run(args: Run, origin: &Origin) -> Result<Infallible> {
    // From now on nothing depends on the directory that the hub was started in.
    let args = args.absolute()?;
    python::exec::return_memory();
    notify::start();
    let signals = Signals::take().context("cannot handle signals")?;
    let (jobs, queue) = crossbeam_channel::unbounded();
    let (to_hub, had) = (jobs.clone(), origin.had.clone());
    supervise::run(origin, signals, jobs, move |desk| {
        serve(&args, had.as_ref(), desk, &to_hub, queue)
    })
}

/// Builds the rooms, waits until the hub is to end, and takes them down.
fn serve(
    args: &Run,
    had: Option<&Had>,
    desk: &Arc<Desk>,
    jobs: &Sender<Job>,
    queue: Receiver<Job>,
) -> Result<()> {
    let files = descriptors::raise();
    if let Some(had) = had {
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
    if let Some(had) = had {
        had.check_registered(registered.len())?;
    }
    let known = registered.len();
    let bans = store.bans()?;
    let rights = store.rights()?;
    let lists = store.lists()?;
    let sockets = listen::open(args, &config)?;
    let data_dir = args.place.data_dir.clone();
    let mut config = config;
    let secure: Vec<String> = (sockets.iter())
        .filter(|open| open.place.door() == Door::Tls)
        .map(|open| open.address().map(|a| a.port().to_string()))
        .collect::<Result<_>>()?;
    if !secure.is_empty() {
        // What the lock and the secure address tell.
        config.set("tls_ports", secure.join(" ").as_bytes())?;
    }
    let mut wiring = Wiring::new(&data_dir, !secure.is_empty(), files.for_clients());
    for line in wiring.look(&config, None) {
        tracing::info!("{line}");
    }
    if !secure.is_empty() && wiring.keyprint().is_none() {
        bail!("there can be no TLS without a certificate, see the log");
    }
    let (stop, stopped) = crossbeam_channel::unbounded();

    let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
    let limits = wiring.limits();
    let pinned = start::pinned(&args.settings);
    let text = HubText::new(&config.identity.hub_encoding);
    let charset = Arc::new(HubText::new(&config.identity.hub_encoding));
    let (mut hub, view) = Hub::new(Start {
        config,
        registered,
        bans,
        rights,
        lists,
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
    hub.pin(pinned);
    let text_dir = data_dir.clone();
    let encode = Arc::new(move |name: &str| text.encode_str(name));
    let mut geo = Watched::new(&data_dir, args.mmdb_path.as_deref(), encode);
    // Before the first script asks.
    hub.handle(clock.now(), Input::Geo(geo.first()), &mut Vec::new());
    hub.handle(clock.now(), Input::Zone(watch::zone()), &mut Vec::new());

    let replies = jobs.clone();
    let watched = store.another()?;
    let store = Arc::new(StoreThread::start(store, move |req, reply| {
        // The last replies may come when the hub thread has ended.
        if replies
            .send(Job::Input(Input::Store { req, reply }))
            .is_err()
        {
            tracing::debug!("the hub has ended, a reply of the store is dropped");
        }
    })?);

    let names = jobs.clone();
    let own_names = Arc::new(OwnNames::of(&data_dir));
    let resolver = Resolver::start(Arc::clone(&own_names), move |req, name| {
        if names.send(Job::Input(Input::Host { req, name })).is_err() {
            tracing::debug!("the hub has ended, a host's name is dropped");
        }
    })
    .context("cannot look up host names")?;

    let scripts_dir = data_dir.join("scripts");
    let link = Arc::new(HubLink {
        jobs: jobs.clone(),
        view: Arc::clone(&view),
        store: Arc::clone(&store),
        geo: Files::new(data_dir.clone()),
    });
    let engine_config = EngineConfig::new(scripts_dir, data_dir.clone());
    let to_hub = Arc::clone(&link);
    let engine = Arc::new(Engine::start(engine_config, to_hub).context("cannot start Python")?);
    library::answer_for(&engine, Arc::clone(&charset));
    let plugins = Arc::new(Plugins::start(Around {
        link,
        scripts: Arc::new(After(Arc::clone(&engine))),
        shelf: Arc::new(Rows(Arc::clone(&store))),
        charset: Arc::new(Text(charset)),
        data_dir,
    })?);

    let gate = Arc::new(Gate::default());
    let sink = Arc::new(NetSink {
        jobs: jobs.clone(),
        gate: Arc::clone(&gate),
    });
    let net = Arc::new(Net::start(
        NetConfig {
            threads: io_threads(),
            limits,
        },
        sockets.iter().map(Open::listening).collect::<Result<_>>()?,
        sink,
    )?);
    net.set_security(&wiring.security());
    net.set_zlib(wiring.zlib());
    let (watch, orders) = crossbeam_channel::unbounded();
    let (hublist, registrations) = crossbeam_channel::unbounded();
    let keyprint = wiring.keyprint().map(str::to_owned);
    let watcher = Watch {
        store: watched,
        own_names,
        geo,
        wiring,
        view: Arc::clone(&view),
        net: Arc::downgrade(&net),
        jobs: jobs.clone(),
    };
    let watcher = watch::start(watcher, orders)?;
    hublist::start(Arc::clone(&view), registrations, jobs.clone())?;
    let program = Program::start(text_dir, jobs.clone())?;
    let turns = Arc::new(AtomicU64::default());
    let rooms = Rooms {
        program,
        net: Arc::clone(&net),
        engine: Arc::clone(&engine),
        plugins: Arc::clone(&plugins),
        store: Arc::clone(&store),
        resolver,
        stop: stop.clone(),
        gate,
        watch,
        hublist,
        turns: Arc::clone(&turns),
    };
    let hub_thread = hubthread::start(hub, view, clock, queue, rooms)?;
    let sockets_too = Arc::downgrade(&net);
    desk.look_at_turns(move || {
        let mut all = vec![turns.load(Ordering::Relaxed)];
        all.extend(sockets_too.upgrade().iter().flat_map(|net| net.turns()));
        all
    });

    // All that is open now stays open, whatever scripts do.
    python::note_open_files();
    // Beside this thread, so that a signal ends the program though a script hangs as it loads.
    let (loaded, scripts) = crossbeam_channel::bounded(1);
    let (loader, before) = (Arc::clone(&engine), Arc::clone(&plugins));
    let more = args.scripts.clone();
    threads::vital("load scripts", move || {
        // First, so that scripts find their functions.
        before.autoload();
        if loaded.send(load_scripts(&loader, &more)).is_err() {
            tracing::debug!("the program ended before the scripts were loaded");
        }
        Ok(())
    })?;
    let early = crossbeam_channel::select! {
        recv(scripts) -> done => { done??; None }
        recv(stopped) -> code => code.ok(),
    };
    let ending = match early {
        Some(ending) => ending,
        None => {
            net.start_accepting();
            announce(&sockets, keyprint.as_deref())?;
            notify::ready();
            stopped.recv().unwrap_or(Ending {
                code: 0,
                restart: false,
            })
        }
    };
    net.stop_accepting();
    if ending.restart {
        tracing::info!("restarting");
    } else {
        tracing::info!("stopping");
        notify::stopping();
    }
    let heritage = ending.restart.then(|| Heritage {
        sockets,
        had: Had {
            registered: known,
            file,
        },
    });
    desk.ending(ending.code, heritage);
    if ending.restart
        && let Ok(nicks) = store.with(|s| s.registered_nicks())
    {
        desk.tell_registered(nicks.len());
    }
    engine.stop(SCRIPTS_TIME);
    plugins.stop(PLUGINS_TIME);
    for job in [Job::Input(Input::Farewell), Job::End] {
        if jobs.send(job).is_err() {
            break;
        }
    }
    if hub_thread.join().is_err() {
        tracing::error!("the hub thread ended in a panic");
    }
    if let Some(net) = sole(net) {
        net.stop(CLIENTS_TIME);
    }
    // When users were last seen is written as they leave.
    // The watch ends with the hub thread, and its connection with it.
    until(|| watcher.is_finished());
    if !store.end(STORE_TIME) {
        tracing::warn!("the database did not take the last changes in time");
    }
    Ok(())
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

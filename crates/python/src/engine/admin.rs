//! What operators ask of the engine: loading, unloading and listing scripts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::api::Value;
use hub::io::{Call, EngineOp, Input, ReqId, ScriptId};

use super::cell::Cell;
use super::core::{Busy, Core, OneShot, Waiter, the_file};
use super::ending::{GivenUp, Unloaded, give_up, outwait, stopped, unload};
use super::{LoadError, record, watch, worker};
use crate::calls;
use crate::check::{NoFile, a_file};
use crate::mode::{self, Mode};
use crate::script::World;

pub(super) const NEW_LINE: &str = "\r\n";

/// The mode a script is loaded in: what the owner has set for it, what it says itself, what the
/// owner has set for all.
fn mode_of(core: &Core, path: &Path) -> Result<Mode, LoadError> {
    let config = core.link.view().config();
    let (all, some) = (
        core.text.show(&config.viper.python_mode),
        core.text.show(&config.viper.python_script_modes),
    );
    let wrong = |place| {
        move |error| LoadError::Mode {
            path: path.to_path_buf(),
            place,
            error,
        }
    };
    if let Some(mode) = mode::of_setting(&some, path).map_err(wrong("python_script_modes"))? {
        return Ok(mode);
    }
    // A file that cannot be read fails where it is run, which says so.
    let source = std::fs::read(path).unwrap_or_default();
    if let Some(mode) = mode::of_header(&source).map_err(wrong("its line `# viperhub:`"))? {
        return Ok(mode);
    }
    all.trim().parse().map_err(wrong("python_mode"))
}

/// Loads a file.
pub(super) fn load(core: &Arc<Core>, path: &Path) -> Result<ScriptId, LoadError> {
    let path = core.base_dir.join(path);
    let path = std::path::absolute(&path).unwrap_or(path);
    match core.begin(&path) {
        Some(busy) => load_into(core, busy, None, &mut None),
        None => Err(LoadError::Busy(path)),
    }
}

/// Loads a file in the place and with the number of its predecessor, perhaps into the
/// interpreter that one has left.
fn load_again(
    core: &Arc<Core>,
    busy: Busy,
    place: (usize, ScriptId),
    mut world: Option<Arc<World>>,
) -> Result<ScriptId, LoadError> {
    let result = load_into(core, busy, Some(place), &mut world);
    if let Some(unused) = world {
        unused.end(Duration::from_secs(1));
    }
    result
}

/// Loads a file: a thread, an interpreter, the script's top level.
fn load_into(
    core: &Arc<Core>,
    busy: Busy,
    place: Option<(usize, ScriptId)>,
    world: &mut Option<Arc<World>>,
) -> Result<ScriptId, LoadError> {
    let path = busy.path.clone();
    match a_file(&path) {
        Ok(()) => {}
        Err(NoFile::Missing) => return Err(LoadError::NotFound(path)),
        Err(why) => return Err(LoadError::NoFile { path, why }),
    }
    if let Some(cell) = core.chain().iter().find(|c| c.file == busy.file) {
        let (id, path) = (cell.id, cell.path.clone());
        return Err(LoadError::AlreadyLoaded { id, path });
    }
    let mode = mode_of(core, &path)?;
    let id = place.map_or_else(|| core.new_script_id(), |(_, id)| id);
    let cell = Arc::new(Cell::new(core, id, &busy, mode));
    let world = (mode == Mode::Isolated).then(|| world.take()).flatten();
    let started = Instant::now();
    let told = worker::spawn(&cell, world).map_err(|e| LoadError::NoThread(e.to_string()))?;
    // The interrupt comes at the budget; what does not react to it either is given up.
    match told.recv_timeout(watch::LOAD_BUDGET + Duration::from_secs(5)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(LoadError::Script { path, error }),
        Err(why) => {
            let why = match give_up(&cell, started, why.into()) {
                GivenUp::Hung => LoadError::Hung(path),
                GivenUp::Gone => LoadError::Failed(path),
            };
            // All operators, not only the one who asked for it.
            core.report(id, &why.to_string());
            return Err(why);
        }
    }
    core.edit_chain(|chain| {
        let at = place.map_or(chain.len(), |(at, _)| at.min(chain.len()));
        chain.insert(at, Arc::clone(&cell));
    });
    // From now on it gets events: who has read that it is loaded may count on that.
    calls::loaded(id.0.into(), &path, cell.hooks());
    if core.stopped.load(Ordering::SeqCst) {
        // The stop did not see this one.
        unload(core, &cell, false);
        return Err(LoadError::Stopped);
    }
    Ok(id)
}

/// How long requests that come later wait for one that takes its time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does what operators ask for, in order, but for requests that take long: those behind them
/// are done meanwhile.
pub(super) fn serve(core: &Arc<Core>, todo: Receiver<(ReqId, EngineOp)>) {
    for (req, op) in todo {
        let (ending, ended) = channel::<()>();
        let mine = Arc::clone(core);
        let work = move || {
            let _ending = ending;
            perform(&mine, req, op);
        };
        match threads::brief("py request", work) {
            // Nothing is ever sent: the sender goes when the work is done.
            Ok(_) => drop(ended.recv_timeout(PATIENCE)),
            Err(e) => {
                let text = core
                    .text
                    .encode_str(&LoadError::NoThread(e.to_string()).to_string());
                core.link.submit(Input::Engine { req, text });
            }
        }
    }
}

/// Does what an operator asked for and answers.
fn perform(core: &Arc<Core>, req: ReqId, op: EngineOp) {
    let text = reply(core, &op);
    let text = core.text.encode_str(&text);
    core.link.submit(Input::Engine { req, text });
}

fn reply(core: &Arc<Core>, op: &EngineOp) -> String {
    let arg = |b: &Bytes| unquoted(core.text.show(b).trim()).to_owned();
    match op {
        EngineOp::Load(what) => {
            let what = arg(what);
            let known = what.starts_with('#').then(|| find_loaded(core, &what));
            let found = match known.flatten() {
                Some(cell) => Ok(cell.path.clone()),
                None => find_file(core, &what),
            };
            match found {
                Ok(path) => loaded(load(core, &path), core),
                Err(e) => e.to_string(),
            }
        }
        EngineOp::Unload(what) => {
            let what = arg(what);
            let Some(cell) = find_loaded(core, &what) else {
                return not_loaded(&what);
            };
            let Some(_busy) = core.begin(&cell.path) else {
                return LoadError::Busy(cell.path.clone()).to_string();
            };
            let (_, end) = unload(core, &cell, false);
            let mut text = stopped(&cell, &end);
            if let Unloaded::Deferred(told) = end {
                let later = move || drop(outwait(&cell, &told));
                if let Err(e) = threads::brief("py unload", later) {
                    let why = LoadError::NoThread(e.to_string());
                    text.push_str(&format!("{NEW_LINE}Nobody looks whether it does: {why}"));
                }
            }
            text
        }
        EngineOp::Reload(what) => reload(core, &arg(what)),
        EngineOp::List => list(core),
        EngineOp::Files => match files(core) {
            Ok(names) => table(
                &format!("Python files in {}:", core.scripts_dir.display()),
                names.iter().enumerate().map(|(i, n)| (i, n.clone())),
            ),
            Err(e) => e.to_string(),
        },
        EngineOp::Stat => record::table(core),
        EngineOp::Resume(what) => resume(core, &arg(what)),
        EngineOp::LogLevel(level) => log_level(core, level.as_ref().map(arg).as_deref()),
    }
}

fn reload(core: &Arc<Core>, what: &str) -> String {
    let Some(cell) = find_loaded(core, what) else {
        return match find_file(core, what) {
            Ok(path) => loaded(load(core, &path), core),
            Err(_) => not_loaded(what),
        };
    };
    let Some(busy) = core.begin(&cell.path) else {
        return LoadError::Busy(cell.path.clone()).to_string();
    };
    let (at, end) = unload(core, &cell, true);
    let mut text = stopped(&cell, &end);
    text.push_str(NEW_LINE);
    let id = cell.id;
    match end {
        Unloaded::Deferred(told) => {
            let core = Arc::clone(core);
            let later = move || {
                let (id, world) = match outwait(&cell, &told) {
                    Ok(ended) => (id, ended.world),
                    Err(why) => (why.number(&core, id), None),
                };
                let result = load_again(&core, busy, (at, id), world);
                if result.is_err() {
                    core.report(id, &loaded(result, &core));
                }
            };
            text.push_str(match threads::brief("py reload", later) {
                Ok(_) => "It is loaded again right after.",
                Err(_) => "It cannot be loaded again: no thread.",
            });
        }
        Unloaded::GivenUp(why) => {
            let id = why.number(core, id);
            text.push_str(&loaded(load_again(core, busy, (at, id), None), core));
        }
        Unloaded::Done(ended) => {
            let result = load_again(core, busy, (at, id), ended.world);
            text.push_str(&loaded(result, core));
        }
    }
    text
}

fn loaded(result: Result<ScriptId, LoadError>, core: &Core) -> String {
    match result {
        Ok(id) => {
            let chain = core.chain();
            let path = chain
                .iter()
                .find(|c| c.id == id)
                .map(|c| c.path.display().to_string());
            format!("Script loaded: #{} {}", id.0, path.unwrap_or_default())
        }
        Err(e) => {
            let LoadError::Script { error, path } = &e else {
                return e.to_string();
            };
            let traceback = error.traceback.trim_end();
            tracing::error!("{}:\n{traceback}", path.display());
            format!("{e}\n{traceback}").replace('\n', NEW_LINE)
        }
    }
}

/// A path without the quotes that somebody put around it, as names with blanks have elsewhere.
fn unquoted(what: &str) -> &str {
    let inner = |quote| what.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(what)
}

fn not_loaded(what: &str) -> String {
    let number = !what.is_empty() && what.bytes().all(|b| b.is_ascii_digit());
    let mark = if number { "#" } else { "" };
    format!("Script is not loaded: {mark}{what}")
}

fn list(core: &Core) -> String {
    let chain = core.chain();
    let rows = chain.iter().map(|c| {
        let suspended = c.suspended.load(Ordering::Relaxed);
        let mark = if suspended { ", suspended" } else { "" };
        (c.id.0, format!("{} ({}{mark})", c.path.display(), c.mode))
    });
    table("Python scripts in the order they are called:", rows)
}

fn table<N: std::fmt::Display>(head: &str, rows: impl Iterator<Item = (N, String)>) -> String {
    let mut text = format!(
        "{head}{NEW_LINE}{NEW_LINE}\tID\tScript{NEW_LINE}\t{}",
        "-".repeat(40)
    );
    for (id, name) in rows {
        if write!(text, "{NEW_LINE}\t{id}\t{name}").is_err() {
            break;
        }
    }
    text
}

/// `!pyresume`.
fn resume(core: &Core, what: &str) -> String {
    let Some(cell) = find_loaded(core, what) else {
        return not_loaded(what);
    };
    let (id, path) = (cell.id.0, cell.path.display());
    cell.strikes.store(0, Ordering::Relaxed);
    if !cell.suspended.swap(false, Ordering::Relaxed) {
        return format!("Script is not suspended: #{id} {path}");
    }
    core.announce();
    format!("Script goes on: #{id} {path}")
}

fn log_level(core: &Core, new: Option<&str>) -> String {
    let old = core.link.view().config().viper.python_log_level;
    let Some(new) = new else {
        return format!("pi_python.log_level: {old}");
    };
    let Ok(new) = new.parse::<u32>() else {
        return format!("The log level is a number from 0 to 5, not {new}");
    };
    let new = new.min(5);
    // Told when it is done: the next !pylog shows it.
    let shot = Arc::new(OneShot::default());
    let reply = Some(core.new_call(Waiter::Thread(Arc::clone(&shot))));
    let set = |file: &'static str, var: &'static str, reply| {
        core.link.submit(Input::Call {
            script: None,
            call: Box::new(Call::SetConfig {
                file: file.into(),
                var: var.into(),
                value: new.to_string().into(),
            }),
            reply,
        });
    };
    set("config", "python_log_level", reply);
    core.fail_if_deaf();
    if shot.wait() != Ok(Value::Bool(true)) {
        return format!("The log level stays at {old}: the change was refused");
    }
    calls::set_level(new.into());
    // Where the original keeps it, and scripts look for it.
    set("pi_python", "log_level", None);
    format!("pi_python.log_level: {old} -> {new}")
}

/// The names of the scripts that could be loaded, in bytewise order.
pub(super) fn files(core: &Core) -> Result<Vec<String>, LoadError> {
    let unreadable = |e: std::io::Error| LoadError::Unreadable {
        dir: core.scripts_dir.clone(),
        why: e.to_string(),
    };
    let entries = std::fs::read_dir(&core.scripts_dir).map_err(unreadable)?;
    let names = entries
        .flatten()
        .filter(|e| !e.path().is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names
        .filter(|n| n.len() > 3 && n.ends_with(".py"))
        .collect();
    names.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    Ok(names)
}

/// Where a path may begin: the working directory, the hub's own, that of scripts; for a bare name
/// the last comes first.
fn places<'a>(core: &'a Core, what: &str) -> impl Iterator<Item = &'a Path> + use<'a> {
    let mut places = [&core.base_dir, &core.config_dir, &core.scripts_dir];
    if !what.contains('/') {
        places.rotate_right(1);
    }
    places.into_iter().map(PathBuf::as_path)
}

/// The file an operator means: a path, a name in the scripts directory with or without
/// `.py`, or a number of `!pyfiles`.
fn find_file(core: &Core, what: &str) -> Result<PathBuf, LoadError> {
    let missing = || LoadError::NotFound(what.into());
    if what.is_empty() {
        return Err(missing());
    }
    let bare = !what.contains('/');
    let number = what.parse::<usize>().ok().filter(|_| bare);
    if let Some(name) = number.and_then(|n| files(core).map(|f| f.get(n).cloned()).transpose()) {
        return Ok(core.scripts_dir.join(name?));
    }
    let mut other = None;
    for place in places(core, what) {
        for name in [what.to_owned(), format!("{what}.py")] {
            // Outside the scripts directory the hub has files of its own that scripts are not.
            if bare && place != core.scripts_dir && !name.ends_with(".py") {
                continue;
            }
            let path = place.join(name);
            match a_file(&path) {
                Ok(()) => return Ok(path),
                Err(NoFile::Missing) => {}
                Err(why) => drop(other.get_or_insert(LoadError::NoFile { path, why })),
            }
        }
    }
    Err(other.unwrap_or_else(|| number.map_or_else(missing, LoadError::NoNumber)))
}

/// The loaded script an operator means: by number (`1`, or `#1` as replies say), path, file name or
/// stem.
pub(super) fn find_loaded(core: &Core, what: &str) -> Option<Arc<Cell>> {
    let chain = core.chain();
    let by = |test: &dyn Fn(&Cell) -> bool| chain.iter().find(|c| test(c)).map(Arc::clone);
    if let Some(cell) = what
        .strip_prefix('#')
        .unwrap_or(what)
        .parse::<u32>()
        .ok()
        .and_then(|id| by(&|c| c.id.0 == id))
    {
        return Some(cell);
    }
    let at = |place: &Path| std::path::absolute(place.join(what)).ok();
    // By another path of the same file, as through a symbolic link.
    let same = |name: &str| {
        let mut files = places(core, what).map(|place| the_file(&place.join(name)));
        files.find_map(|file| by(&|c| c.file == file))
    };
    places(core, what)
        .filter_map(at)
        .find_map(|path| by(&|c| c.path == path))
        .or_else(|| same(what))
        .or_else(|| by(&|c| c.path.file_name().is_some_and(|n| n == what)))
        .or_else(|| by(&|c| c.stem == what))
        .or_else(|| same(&format!("{what}.py")))
}

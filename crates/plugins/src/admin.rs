//! Registering, loading, unloading and listing plugins, and what operators are told about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use hub::io::{Input, PluginOp, ReqId};
use hub::reg::PluginRow;

use crate::abi;
use crate::cell::Cell;
use crate::core::Core;
use crate::library::{is_verlihubs, version};
use crate::{watch, worker};

/// What starting a plugin may take.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long an operator waits for one to end before he is told it does not.
const STOP_LIMIT: Duration = Duration::from_secs(5);
const NEW_LINE: &str = "\r\n";
const PYTHON: &str = "Python is built into this hub and always on, there is no plugin to load. \
    Scripts: !pyfiles, !pyload FILE, !pylist.";

/// Does what operators ask for, in order.
pub(crate) fn serve(core: &Arc<Core>, todo: Receiver<(ReqId, PluginOp)>) {
    for (req, op) in todo {
        let text = perform(core, op).unwrap_or_else(|why| why);
        let text = core.encode(&text);
        core.around.link.submit(Input::Engine { req, text });
    }
}

/// Texts for the operator; an error is one, too.
type Said = Result<String, String>;

fn perform(core: &Arc<Core>, op: PluginOp) -> Said {
    match op {
        PluginOp::Save {
            nick,
            path,
            detail,
            autoload,
        } => save(core, nick, path, detail, autoload),
        PluginOp::Delete(nick) => delete(core, &nick),
        PluginOp::On(nick) => {
            let row = find_row(core, &nick)?;
            on(core, row)
        }
        PluginOp::Off(nick) => off(core, &core.show(&nick)),
        PluginOp::Again(nick) => again(core, &nick),
        PluginOp::List => list(core),
    }
}

fn rows(core: &Core) -> Result<Vec<PluginRow>, String> {
    core.around.shelf.list()
}

/// The registration of this name.
fn find_row(core: &Core, nick: &[u8]) -> Result<PluginRow, String> {
    let all = rows(core)?;
    let found = all.into_iter().find(|r| r.nick.eq_ignore_ascii_case(nick));
    match found {
        Some(row) => Ok(row),
        None if nick.eq_ignore_ascii_case(b"python") => Err(PYTHON.into()),
        None => Err(format!(
            "There is no plugin {}, see !lstplug.",
            core.show(nick)
        )),
    }
}

/// Whether this is Verlihub's Python plugin, which the hub itself stands in for.
fn is_python(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("libpython_pi")
}

/// The file a registration means: a name alone is looked for in DATA-DIR/plugins, any other
/// relative path begins at the data directory.
fn path_of(core: &Core, row: &PluginRow) -> PathBuf {
    let path = PathBuf::from(core.show(&row.path));
    let data = &core.around.data_dir;
    match path.components().count() {
        1 if path.is_relative() => data.join("plugins").join(path),
        _ => data.join(path),
    }
}

fn save(
    core: &Core,
    nick: Bytes,
    path: Option<Bytes>,
    detail: Option<Bytes>,
    autoload: Option<bool>,
) -> Said {
    if path
        .as_ref()
        .is_some_and(|p| is_python(Path::new(&core.show(p))))
    {
        return Err(PYTHON.into());
    }
    let known = rows(core)?
        .into_iter()
        .find(|r| r.nick.eq_ignore_ascii_case(&nick));
    let is_new = known.is_none();
    if is_new && path.is_none() {
        return find_row(core, &nick).map(|_| String::new());
    }
    let mut row = known.unwrap_or(PluginRow {
        nick,
        autoload: true,
        ..PluginRow::default()
    });
    let moved = path.as_ref().is_some_and(|p| *p != row.path);
    row.path = path.unwrap_or(row.path);
    row.detail = detail.unwrap_or(row.detail);
    row.autoload = autoload.unwrap_or(row.autoload);
    core.around.shelf.save(&row)?;
    let nick = core.show(&row.nick);
    let file = path_of(core, &row);
    let when = match row.autoload {
        true => "loaded whenever the hub starts",
        false => "loaded by !onplug only",
    };
    let mut text = match is_new {
        true => format!("Plugin {nick} is registered: {} ({when}).", file.display()),
        false => format!("Plugin {nick} is changed: {} ({when}).", file.display()),
    };
    if !file.is_file() {
        text.push_str(" There is no such file yet.");
    }
    match core.find(&nick) {
        None => write!(text, " !onplug {nick} loads it now."),
        Some(_) if moved => write!(text, " !replug {nick} changes to it."),
        Some(_) => Ok(()),
    }
    .map_err(|e| e.to_string())?;
    Ok(text)
}

fn delete(core: &Core, nick: &[u8]) -> Said {
    let row = find_row(core, nick)?;
    let nick = core.show(&row.nick);
    let mut text = match core.find(&nick) {
        Some(_) => off(core, &nick)? + NEW_LINE,
        None => String::new(),
    };
    core.around.shelf.delete(&row.nick)?;
    write!(text, "Plugin {nick} is forgotten.").map_err(|e| e.to_string())?;
    Ok(text)
}

fn on(core: &Arc<Core>, mut row: PluginRow) -> Said {
    let nick = core.show(&row.nick);
    let path = path_of(core, &row);
    if is_python(&path) {
        return Err(PYTHON.into());
    }
    if core.find(&nick).is_some() {
        return Err(format!(
            "Plugin {nick} is loaded already; !replug {nick} loads it anew."
        ));
    }
    let done = load(core, &nick, &path);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    row.lastload = since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0));
    row.error = match &done {
        Ok(_) => Bytes::new(),
        Err(why) => core.encode(why),
    };
    let said = match done {
        Ok(cell) => {
            let title = cell.title.get().map_or("", String::as_str);
            tracing::info!("plugin {nick} loaded: {title}, {}", path.display());
            Ok(format!(
                "Plugin {nick} is loaded: {title}, {}",
                path.display()
            ))
        }
        Err(why) => {
            tracing::error!("plugin {nick} is not loaded: {why}");
            Err(format!("Plugin {nick} is not loaded: {why}"))
        }
    };
    // Only for the list: that the plugin runs does not hang on it.
    if let Err(why) = core.around.shelf.save(&row) {
        tracing::warn!("plugin {nick}: {why}");
    }
    said
}

/// Loads a plugin and waits until it has started.
fn load(core: &Arc<Core>, nick: &str, path: &Path) -> Result<Arc<Cell>, String> {
    let no_thread = |e: std::io::Error| format!("no thread for it: {e}");
    watch::start(core).map_err(no_thread)?;
    let cell = Arc::new(Cell::new(core, nick.to_owned(), path.to_path_buf()));
    let told = worker::spawn(&cell).map_err(no_thread)?;
    let started = told.recv_timeout(START_LIMIT);
    let why = match started {
        Ok(Ok(())) => {
            core.edit_chain(|chain| chain.push(Arc::clone(&cell)));
            if !core.stopped.load(Ordering::SeqCst) {
                return Ok(cell);
            }
            unload(core, &cell, STOP_LIMIT);
            "the hub is stopping".to_owned()
        }
        Ok(Err(why)) => why,
        Err(RecvTimeoutError::Timeout) => format!(
            "it does not finish starting within {} s and was given up",
            START_LIMIT.as_secs()
        ),
        Err(RecvTimeoutError::Disconnected) => "its thread failed, see the log".into(),
    };
    // What it may have left behind.
    cell.take_functions_away(STOP_LIMIT);
    cell.abandon();
    Err(why)
}

/// Unloads a plugin; whether it has ended.
fn unload(core: &Core, cell: &Arc<Cell>, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    core.edit_chain(|chain| chain.retain(|c| !Arc::ptr_eq(c, cell)));
    if !cell.take_functions_away(limit) {
        // A script is in one of them: ending it now would take the ground from under that.
        cell.abandon();
        return false;
    }
    let (reply, told) = channel();
    cell.request_stop(reply);
    let left = deadline.saturating_duration_since(Instant::now());
    let ended = told.recv_timeout(left.max(limit / 4)).is_ok();
    if !ended {
        cell.abandon();
    }
    ended
}

fn off(core: &Core, nick: &str) -> Said {
    let Some(cell) = core.find(nick) else {
        find_row(core, &core.encode(nick))?;
        return Err(format!("Plugin {nick} is not loaded."));
    };
    let nick = &cell.nick;
    match unload(core, &cell, STOP_LIMIT) {
        true => {
            tracing::info!("plugin {nick} unloaded");
            Ok(format!("Plugin {nick} is unloaded."))
        }
        false => {
            tracing::warn!("plugin {nick} does not end");
            Ok(format!(
                "Plugin {nick} is taken out of use, but it does not react and stays in memory."
            ))
        }
    }
}

fn again(core: &Arc<Core>, nick: &[u8]) -> Said {
    let row = find_row(core, nick)?;
    let nick = core.show(&row.nick);
    let first = match core.find(&nick) {
        Some(_) => off(core, &nick)?,
        None => format!("Plugin {nick} was not loaded."),
    };
    let then = on(core, row).unwrap_or_else(|why| why);
    Ok([first, then].join(NEW_LINE))
}

fn list(core: &Core) -> Said {
    let rows = rows(core)?;
    let mut text = format!(
        "Native plugins of Viperhub {} (plugin interface {}); Python is built in:",
        env!("CARGO_PKG_VERSION"),
        version(abi::VERSION)
    );
    if rows.is_empty() {
        text.push_str(NEW_LINE);
        text.push_str("none, see !addplug");
    }
    for row in rows {
        let nick = core.show(&row.nick);
        let cell = core.find(&nick);
        let mut line = format!(
            "{NEW_LINE}{nick} [{}] [{}] {}",
            match &cell {
                Some(cell) if cell.suspended.load(Ordering::Relaxed) => "Suspended",
                Some(_) => "On",
                None => "Off",
            },
            match row.autoload {
                true => "Automated",
                false => "Manual",
            },
            core.show(&row.path)
        );
        let title = cell.and_then(|cell| cell.title.get().cloned());
        let more = [title.unwrap_or_default(), core.show(&row.detail)];
        for part in more.iter().filter(|part| !part.is_empty()) {
            line.push_str(" - ");
            line.push_str(part);
        }
        if !row.error.is_empty() {
            line.push_str(" - last error: ");
            line.push_str(&core.show(&row.error));
        }
        text.push_str(&line);
    }
    Ok(text)
}

/// Loads what is to be loaded at the start.
pub(crate) fn autoload(core: &Arc<Core>) {
    let rows = match rows(core) {
        Ok(rows) => rows,
        Err(why) => return tracing::error!("the native plugins are not loaded: {why}"),
    };
    for row in rows.into_iter().filter(|row| row.autoload) {
        let path = path_of(core, &row);
        // A database that Verlihub uses, too.
        if is_verlihubs(&path) {
            tracing::info!("{} is a plugin for Verlihub, left alone", path.display());
            continue;
        }
        tracing::info!("loading plugin {}", path.display());
        // What went wrong is in the log.
        drop(on(core, row));
    }
}

/// Ends all plugins within the time given.
pub(crate) fn stop(core: &Core, limit: Duration) {
    let deadline = Instant::now() + limit;
    for cell in core.chain().iter() {
        let left = deadline.saturating_duration_since(Instant::now());
        if !unload(core, cell, left) {
            core.fail_calls();
            tracing::warn!("plugin {} did not end in time", cell.nick);
        }
    }
    core.fail_calls();
}

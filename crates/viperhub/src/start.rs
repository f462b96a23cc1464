//! What happens before the first client: data directory, database, settings, listeners.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use hub::config::{Config, check};
use python::text::HubText;
use store::Store;

use crate::cli::Place;
use crate::had::{Had, Stamped};

/// The file that holds the hub's own settings in the database.
pub const HUB_FILE: &[u8] = b"config";

/// Where the run before this one had data and there are none now, nothing is to be made.
///
/// # Errors
/// [`crate::had::Gone`]
pub fn check_had(place: &Place, had: &Had) -> Result<()> {
    match sqlite_file(&db_url(place)?) {
        Some(file) => had.check_file(&file),
        None => Ok(()),
    }
}

/// Makes the data directory and opens the database in it.
pub fn open_store(place: &Place) -> Result<Box<dyn Store>> {
    let dir = &place.data_dir;
    make_dir(dir)?;
    make_dir(&dir.join("scripts"))?;
    Ok(store::open(&db_url(place)?)?)
}

/// Opens the database of a hub that has been started or given users before.
pub fn existing_store(place: &Place) -> Result<Box<dyn Store>> {
    if let Some(none) = no_hub(place)? {
        bail!("{none}, see --data-dir");
    }
    Ok(store::open(&db_url(place)?)?)
}

/// That there is no hub yet, in words; opening its database would make one. A server's database
/// is always there.
pub fn no_hub(place: &Place) -> Result<Option<String>> {
    let url = db_url(place)?;
    if store::exists(&url) {
        return Ok(None);
    }
    Ok(Some(match asked_for(place)? {
        Some(_) => format!("there is no database {url}"),
        None => format!("there is no hub in {}", place.data_dir.display()),
    }))
}

/// Keeps other hubs out of the data directory as long as the file is open.
pub fn lock_dir(place: &Place) -> Result<File> {
    let path = place.data_dir.join("hub.lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another hub runs in {}", place.data_dir.display())
        }
        Err(TryLockError::Error(error)) => {
            // Some network file systems have no locks: better a hub than none.
            tracing::warn!("cannot lock {}: {error}", path.display());
            Ok(file)
        }
    }
}

fn make_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)
        .with_context(|| format!("cannot make the directory {}", dir.display()))
}

/// Where an address may stand that others should not see in the list of processes.
const DB_VARIABLE: &str = "VIPERHUB_DB";
/// The same as a file in the data directory, of one line.
const DB_FILE: &str = "database";

/// The database that was asked for: on the command line, by the environment, or in the data
/// directory.
fn asked_for(place: &Place) -> Result<Option<String>> {
    if place.db.is_some() {
        return Ok(place.db.clone());
    }
    match std::env::var(DB_VARIABLE) {
        Ok(url) if !url.trim().is_empty() => return Ok(Some(url.trim().to_owned())),
        Ok(_) | Err(std::env::VarError::NotPresent) => {}
        Err(_) => bail!("{DB_VARIABLE} is not valid UTF-8"),
    }
    let file = place.data_dir.join(DB_FILE);
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let mut lines = text.lines().map(str::trim);
            let url = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
            Ok(url.map(str::to_owned))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// The file of a SQLite address.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = match url.split_once(':') {
        Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some(("mysql" | "mariadb", _)) => return None,
        Some((_, rest)) if rest.starts_with("//") => return None,
        _ => url,
    };
    // What begins with a colon is none, which is told when it is opened.
    (!path.is_empty() && !path.starts_with(':')).then(|| PathBuf::from(path))
}

/// The database's file and which one it is, when it is one.
pub fn database_file(place: &Place) -> Result<Option<Stamped>> {
    let file = sqlite_file(&db_url(place)?);
    Ok(file.and_then(|file| Stamped::of(&file)))
}

/// The same address whatever the working directory will be: the database is opened again and
/// again.
fn absolute(url: String) -> Result<String> {
    if let Some(file) = sqlite_file(&url)
        && file.is_relative()
    {
        let file = std::path::absolute(file)?;
        let file = file
            .to_str()
            .context("the working directory is not valid UTF-8")?;
        return Ok(format!("sqlite:{file}"));
    }
    Ok(url)
}

/// The database that was asked for, or the one in the data directory.
fn db_url(place: &Place) -> Result<String> {
    if let Some(url) = asked_for(place)? {
        return absolute(url);
    }
    // Absolute, so that a directory named like an address is still a directory.
    let path = std::path::absolute(place.data_dir.join("viperhub.db"))?;
    let Some(path) = path.to_str() else {
        bail!(
            "the data directory {} is not valid UTF-8",
            place.data_dir.display()
        );
    };
    Ok(format!("sqlite:{path}"))
}

/// The settings: stored ones over defaults, `--set` over both.
pub fn load_config(store: &mut dyn Store, overrides: &[String]) -> Result<Config> {
    let mut defaults = Config::default();
    if store.get_config(HUB_FILE, b"python_log_level")?.is_none()
        && let Some(level) = store.get_config(b"pi_python", b"log_level")?
    {
        // Verlihub's own, of which the first digit counts; one that is no level is none.
        let known = defaults.set("python_log_level", &level[..level.len().min(1)]);
        known.unwrap_or_else(|error| tracing::warn!("pi_python.log_level: {error}"));
    }
    store.save_defaults(&defaults)?;
    let mut config = Config::default();
    for (name, value) in store.load_config(HUB_FILE)? {
        let name = String::from_utf8_lossy(&name).into_owned();
        if let Err(error) = config.set(&name, &value) {
            tracing::warn!("in the stored settings: {error}; its default is used");
        }
    }
    // A database of old or edited by hand: an operator without commands could not mend it. Twice,
    // as a default may clash with what was looked at before.
    for name in check::CHECKED.into_iter().chain(check::CHECKED) {
        if let Err(error) = config.check(name) {
            tracing::warn!("in the stored settings: {error} Its default is used.");
            let default = defaults.get(name).unwrap_or_default();
            config.set(name, &default)?;
        }
    }
    let mut pairs = Vec::new();
    for text in overrides {
        let pair = text
            .split_once('=')
            .ok_or_else(|| anyhow!("--set wants NAME=VALUE, not {text:?}"))?;
        pairs.push((pair.0.trim(), pair.1));
    }
    // The encoding first: it says what bytes the others' texts are.
    pairs.sort_by_key(|(name, _)| *name != "hub_encoding");
    for (name, value) in pairs {
        let bytes = match value.is_ascii() {
            true => Bytes::copy_from_slice(value.as_bytes()),
            false => HubText::new(&config.identity.hub_encoding).encode_str(value),
        };
        config.set(name, &bytes).context("--set")?;
    }
    for name in check::CHECKED {
        config
            .check(name)
            .map_err(|error| anyhow!("--set: {error}"))?;
    }
    config.fix();
    Ok(config)
}

/// The names of settings that hold for this run only.
pub fn pinned(overrides: &[String]) -> Vec<String> {
    let names = overrides.iter().filter_map(|o| o.split_once('='));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

/// The hub's encoding as it is stored: what is typed on a command line becomes bytes of it.
pub fn encoding(store: &mut dyn Store) -> Result<HubText> {
    let mut config = Config::default();
    for (name, value) in store.load_config(HUB_FILE)? {
        if name.eq_ignore_ascii_case(b"hub_encoding") {
            config.set("hub_encoding", &value)?;
        }
    }
    Ok(HubText::new(&config.identity.hub_encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_lock_operators_out_are_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("a.db").display());
        let mut store = store::open(&url).unwrap();
        let keep = |store: &mut dyn Store, var: &'static str, value: &'static str| {
            let op = hub::reg::StoreOp::SetConfig {
                file: HUB_FILE.into(),
                var: var.into(),
                value: value.into(),
            };
            assert_eq!(store.execute(op), hub::reg::StoreReply::Done);
        };
        for (var, value) in [
            ("cmd_start_op", ""),
            ("hub_security", "a bot"),
            ("opchat_name", "Viperhub"),
        ] {
            keep(&mut *store, var, value);
        }
        let config = load_config(&mut *store, &[]).unwrap();
        assert_eq!(config.rights.cmd_start_op, "+!/");
        assert_eq!(config.identity.hub_security, "Viperhub");
        assert_eq!(config.identity.opchat_name, "OpChat");
        // The default of one is the other.
        keep(&mut *store, "hub_security", "OpChat");
        keep(&mut *store, "opchat_name", "a room");
        let config = load_config(&mut *store, &[]).unwrap();
        assert_eq!(config.identity.hub_security, "Viperhub");
        assert_eq!(config.identity.opchat_name, "OpChat");
        let error = load_config(&mut *store, &["cmd_start_user=".into()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--set: cmd_start_user must not be empty."
        );
    }

    #[test]
    fn addresses_of_files_are_absolute_from_the_start() {
        let here = std::env::current_dir().unwrap();
        let file = format!("sqlite:{}/a/b.db", here.display());
        for url in ["sqlite:a/b.db", "sqlite://a/b.db", "a/b.db", "./a/b.db"] {
            assert_eq!(absolute(url.into()).unwrap(), file, "{url}");
        }
        for url in [
            "sqlite:/a.db",
            "mysql://me@here/db",
            "odd://x",
            "sqlite:",
            ":memory:",
        ] {
            assert_eq!(absolute(url.into()).unwrap(), url);
        }
    }

    #[test]
    fn the_log_level_of_verlihubs_scripts_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("a.db").display());
        let mut store = store::open(&url).unwrap();
        let mut set = |file: &'static [u8], var: &'static [u8], value: &'static [u8]| {
            let (file, var, value) = (file.into(), var.into(), value.into());
            let op = hub::reg::StoreOp::SetConfig { file, var, value };
            assert_eq!(store.execute(op), hub::reg::StoreReply::Done);
            load_config(&mut *store, &[])
                .unwrap()
                .viper
                .python_log_level
        };
        assert_eq!(set(b"pi_python", b"log_level", b"3 or so"), 3);
        // From now on it is a setting of the hub.
        assert_eq!(set(b"pi_python", b"log_level", b"2"), 3);
        assert_eq!(set(b"config", b"python_log_level", b"4"), 4);
    }
}

//! What happens before the first client: data directory, database, settings, listeners.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use hub::config::Config;
use store::Store;

use crate::cli::Place;

/// The file that holds the hub's own settings in the database.
pub const HUB_FILE: &[u8] = b"config";

/// Makes the data directory and opens the database in it.
pub fn open_store(place: &Place) -> Result<Box<dyn Store>> {
    let dir = &place.data_dir;
    make_dir(dir)?;
    make_dir(&dir.join("scripts"))?;
    Ok(store::open(&db_url(place))?)
}

fn make_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)
        .with_context(|| format!("cannot make the directory {}", dir.display()))
}

/// The database that was asked for, or the one in the data directory.
pub fn db_url(place: &Place) -> String {
    match &place.db {
        Some(url) => url.clone(),
        None => format!("sqlite:{}", place.data_dir.join("viperhub.db").display()),
    }
}

/// The settings: stored ones over defaults, `--set` over both.
pub fn load_config(store: &mut dyn Store, overrides: &[String]) -> Result<Config> {
    store.save_defaults(&Config::default())?;
    let mut config = Config::default();
    for (name, value) in store.load_config(HUB_FILE)? {
        let name = String::from_utf8_lossy(&name).into_owned();
        if let Err(error) = config.set(&name, &value) {
            tracing::warn!("in the stored settings: {error}; its default is used");
        }
    }
    for text in overrides {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| anyhow!("--set wants NAME=VALUE, not {text:?}"))?;
        config.set(name.trim(), value.as_bytes()).context("--set")?;
    }
    config.set("hub_version", env!("CARGO_PKG_VERSION").as_bytes())?;
    Ok(config)
}

/// Opens the ports; all of them or none.
pub fn listen(wanted: &[SocketAddr], config: &Config) -> Result<Vec<TcpListener>> {
    let addresses = if wanted.is_empty() {
        configured(config)?
    } else {
        wanted.to_vec()
    };
    addresses
        .into_iter()
        .map(|address| {
            TcpListener::bind(address).with_context(|| {
                let hint = match address.port() {
                    0..1024 => " (ports below 1024 are for root)",
                    _ => "",
                };
                format!("cannot listen on {address}{hint}")
            })
        })
        .collect()
}

fn configured(config: &Config) -> Result<Vec<SocketAddr>> {
    let n = &config.network;
    let ip = String::from_utf8_lossy(&n.listen_ip).into_owned();
    let ip = ip
        .parse()
        .with_context(|| format!("the setting listen_ip is no address: {ip:?}"))?;
    let extra = String::from_utf8_lossy(&n.extra_listen_ports).into_owned();
    let ports = std::iter::once(n.listen_port.to_string())
        .chain(extra.split_whitespace().map(str::to_owned));
    ports
        .map(|port| match port.parse::<u16>() {
            Ok(port) => Ok(SocketAddr::new(ip, port)),
            Err(_) => bail!("the settings listen_port and extra_listen_ports: {port:?} is no port"),
        })
        .collect()
}

//! Registration at hub lists: a connection to each, in a thread of its own. The list sends a
//! lock, the hub its key and what it wants to have shown.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use hub::config::Config;
use hub::io::{Input, ReqId};
use hub::view::View;

use crate::queue::Job;

/// How long one list may take in all.
const TIME: Duration = Duration::from_secs(15);
/// How long its own end is awaited.
const LINGER: Duration = Duration::from_secs(3);
/// Longest greeting of a list.
const MAX_GREETING: usize = 4096;
/// How often the settings are looked at.
const PERIOD: Duration = Duration::from_secs(5);

/// Starts the thread: it registers every `timer_hublist_period` seconds, and when asked to.
pub fn start(view: Arc<View>, orders: Receiver<ReqId>, jobs: Sender<Job>) -> std::io::Result<()> {
    let run = move || {
        let mut last: Option<Instant> = None;
        let mut wait = Duration::ZERO;
        loop {
            let order = match orders.recv_timeout(std::mem::replace(&mut wait, PERIOD)) {
                Ok(req) => Some(req),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let config = Arc::clone(&view.config());
            let period = u64::try_from(config.engine.timer_hublist_period).unwrap_or(0);
            let due = period > 0 && last.is_none_or(|l| l.elapsed().as_secs() >= period);
            if order.is_none() && !due {
                continue;
            }
            last = Some(Instant::now());
            // What lists send is no reason for the hub to end.
            let asked = order.is_some();
            let work = || register(&config, &view, asked);
            let text = threads::guarded("the registration at hub lists", work);
            let text = text.unwrap_or_else(|| "It failed, see the log.".to_owned());
            if let Some(req) = order {
                let text = text.into();
                if jobs.send(Job::Input(Input::Engine { req, text })).is_err() {
                    return Ok(());
                }
            }
        }
    };
    threads::vital("hublist", run)?;
    Ok(())
}

/// Registers at all lists; tells how it went.
fn register(config: &Config, view: &View, asked: bool) -> String {
    let n = &config.network;
    let hosts = String::from_utf8_lossy(&n.hublist_host).into_owned();
    if hosts.trim().is_empty() {
        return "There are no hub lists in hublist_host.".into();
    }
    if config.identity.hub_host.is_empty() {
        return "Set hub_host first, so that users of the lists can find the hub.".into();
    }
    let mut told = Vec::new();
    for host in hosts.split_whitespace() {
        let port = u16::try_from(n.hublist_port).unwrap_or(2501);
        let fields = |list: &str| fields(config, view, list);
        let (ok, line) = match at_list(host, port, fields) {
            Ok(()) => (true, format!("{host}: registered")),
            Err(error) => (false, format!("{host}: {error}")),
        };
        match ok || asked {
            true => tracing::info!("hub list {line}"),
            false => tracing::warn!("hub list {line}"),
        }
        told.push(line);
    }
    told.join("\r\n")
}

/// What the list is to know, each field closed by a pipe.
fn fields(config: &Config, view: &View, list: &str) -> Vec<u8> {
    let (i, l, n) = (&config.identity, &config.limits, &config.network);
    let host = hub::with_port(&i.hub_host, n.listen_port);
    let mut about = Vec::new();
    if n.hublist_send_minshare {
        let share = l.min_share.max(l.min_share_use_hub);
        about.extend(format!("[MINSHARE:{share}MB] ").bytes());
    }
    about.extend_from_slice(&i.hub_desc);
    let users = view.user_count().to_string();
    let share = view.total_share().to_string();
    let mut all: Vec<&[u8]> = vec![
        &i.hub_name,
        &host,
        &about,
        users.as_bytes(),
        share.as_bytes(),
    ];
    if n.hublist_send_listhost {
        all.push(list.as_bytes());
    }
    let mut out = Vec::new();
    for field in all {
        // A pipe would end the field.
        out.extend(field.iter().map(|b| if *b == b'|' { b' ' } else { *b }));
        out.push(b'|');
    }
    out
}

/// The answer to what a list says first: a message.
///
/// # Errors
/// It is no lock.
#[doc(hidden)] // public for the fuzz targets
pub fn key_of(greeting: &[u8]) -> Result<Vec<u8>, &'static str> {
    let end = greeting.iter().position(|b| *b == b'|').unwrap_or(0);
    let lock = greeting[..end]
        .strip_prefix(b"$Lock ")
        .ok_or("it sent no lock")?;
    let lock = lock.split(|b| *b == b' ').next().unwrap_or_default();
    let mut answer = b"$Key ".to_vec();
    answer.extend(nmdc::lock::key_for(lock));
    answer.push(b'|');
    Ok(answer)
}

fn at_list(host: &str, port: u16, fields: impl Fn(&str) -> Vec<u8>) -> Result<(), String> {
    // `host:port` overrides the port of all.
    let own = host
        .rsplit_once(':')
        .and_then(|(h, p)| Some((h, p.parse().ok()?)));
    let (name, port) = own.unwrap_or((host, port));
    let list = format!("{name}:{port}");
    let deadline = Instant::now() + TIME;
    let show = |error: std::io::Error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "it did not answer in time".to_owned(),
        _ => error.to_string(),
    };
    let mut problem = "it has no address".to_owned();
    let mut stream = None;
    for address in (name, port).to_socket_addrs().map_err(show)? {
        match TcpStream::connect_timeout(&address, TIME / 3) {
            Ok(open) => {
                stream = Some(open);
                break;
            }
            Err(error) => problem = show(error),
        }
    }
    let mut stream = stream.ok_or(problem)?;
    let mut greeting = Vec::new();
    let mut chunk = [0; 512];
    while !greeting.contains(&b'|') {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("it did not answer in time".into());
        }
        stream.set_read_timeout(Some(left)).map_err(show)?;
        match stream.read(&mut chunk).map_err(show)? {
            0 => return Err("it closed the connection before its lock".into()),
            n => greeting.extend_from_slice(&chunk[..n]),
        }
        if greeting.len() > MAX_GREETING {
            return Err("its greeting is too long".into());
        }
    }
    let mut answer = key_of(&greeting)?;
    answer.extend(fields(&list));
    stream.set_write_timeout(Some(TIME)).map_err(show)?;
    stream.write_all(&answer).map_err(show)?;
    stream.shutdown(std::net::Shutdown::Write).map_err(show)?;
    // What it answers is not for us, but unread it would turn the end into a reset.
    let end = (Instant::now() + LINGER).min(deadline);
    while let left = end.saturating_duration_since(Instant::now())
        && !left.is_zero()
        && stream.set_read_timeout(Some(left)).is_ok()
        && matches!(stream.read(&mut chunk), Ok(1..))
    {}
    Ok(())
}

//! Notices what other programs change beside a running hub: the registrations (`viperhub user`)
//! and the GeoIP databases; and when the database goes away and comes back.

use std::thread;
use std::time::Duration;

use bytes::Bytes;
use crossbeam_channel::Sender;
use hub::io::{Call, Input};
use store::{Store, StoreError};

use crate::geo::Watched;
use crate::link::Job;

/// How soon a change is noticed.
const PERIOD: Duration = Duration::from_millis(500);

/// What operators are told, once each time.
const AWAY: &str = "The database cannot be reached. Chat goes on; what needs the database fails \
    until it is back, which will be noticed.";
const BACK: &str = "The database is back.";

/// Tells the operators and the log; false when the hub has ended.
fn tell(jobs: &Sender<Job>, text: &str) -> bool {
    let call = Call::Report {
        text: Bytes::copy_from_slice(text.as_bytes()),
    };
    let report = Input::Call {
        script: None,
        call,
        reply: None,
    };
    jobs.send(Job::Input(report)).is_ok()
}

/// How many seconds the machine's own time is ahead of UTC.
pub fn zone() -> i64 {
    i64::from(chrono::Local::now().offset().local_minus_utc())
}

/// Starts a thread that tells the hub all registered nicks whenever the database was changed
/// through another connection, and the GeoIP databases when their files were; it ends with the
/// hub.
pub fn start(
    mut store: Box<dyn Store>,
    mut geo: Watched,
    jobs: Sender<Job>,
) -> Result<(), StoreError> {
    let mut version = store.version()?;
    let mut known = store.registered_nicks()?;
    let watch = move || {
        let mut away = false;
        let mut ahead = zone();
        loop {
            thread::sleep(PERIOD);
            let zone = zone();
            if zone != ahead {
                ahead = zone;
                if jobs.send(Job::Input(Input::Zone(zone))).is_err() {
                    return;
                }
            }
            if let Some(geo) = geo.changed()
                && jobs.send(Job::Input(Input::Geo(geo))).is_err()
            {
                return;
            }
            let now = match store.version() {
                Ok(now) => now,
                Err(why) => {
                    if !away && !tell(&jobs, &format!("{AWAY} {why}")) {
                        return;
                    }
                    away = true;
                    continue;
                }
            };
            if away && !tell(&jobs, BACK) {
                return;
            }
            away = false;
            if now == version {
                continue;
            }
            version = now;
            match store.registered_nicks() {
                Ok(nicks) if nicks != known => {
                    known.clone_from(&nicks);
                    if jobs.send(Job::Input(Input::Registered(nicks))).is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => tracing::warn!("cannot read the registrations: {error}"),
            }
        }
    };
    let thread = thread::Builder::new().name("watch".into()).spawn(watch);
    thread.map(drop).map_err(|why| StoreError::Failed {
        what: "start a thread",
        why: why.to_string(),
    })
}

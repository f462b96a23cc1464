//! Notices what other programs change beside a running hub: the registrations (`viperhub user`)
//! and the GeoIP databases.

use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use hub::io::Input;
use store::{Store, StoreError};

use crate::geo::Watched;
use crate::link::Job;

/// How soon a change is noticed.
const PERIOD: Duration = Duration::from_millis(500);

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
        loop {
            thread::sleep(PERIOD);
            if let Some(geo) = geo.changed()
                && jobs.send(Job::Input(Input::Geo(geo))).is_err()
            {
                return;
            }
            let Ok(now) = store.version() else { continue };
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

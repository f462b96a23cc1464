//! The read view: what any thread may know about the hub without asking its thread.
//!
//! The machine publishes, everybody else reads. Readers never wait and never block the hub.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;

use crate::config::Config;
use crate::geo::Geo;

/// One user or bot as others may see it. Replaced as a whole when something changes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserView {
    /// The nick as typed.
    pub nick: Bytes,
    /// -1 pinger, 0 guest, 1 registered, 2 VIP, 3 operator, 4 chief, 5 admin, 10 master.
    pub class: i32,
    /// A bot of the hub or of a script.
    pub bot: bool,
    /// In the user list; before that he is only known to hooks of the login.
    pub listed: bool,
    /// In `$OpList`.
    pub op: bool,
    /// Address as text; bots have 127.0.0.1.
    pub ip: Bytes,
    /// Host name when it was looked up, else empty.
    pub host: Bytes,
    /// It was looked up, so that an empty name means that there is none.
    pub host_known: bool,
    /// From `$MyHubURL`, else empty.
    pub hub_url: Bytes,
    /// The last `$ExtJSON` message, else empty.
    pub ext_json: Bytes,
    /// MyINFO description without the tag.
    pub desc: Bytes,
    /// MyINFO tag with its angle brackets.
    pub tag: Bytes,
    /// MyINFO speed with the status byte last.
    pub speed: Bytes,
    /// MyINFO e-mail.
    pub email: Bytes,
    /// MyINFO share, decimal text.
    pub share: Bytes,
    /// The whole shown `$MyINFO` message without the pipe.
    pub my_info: Bytes,
}

/// The concurrent view of one hub.
pub struct View {
    users: papaya::HashMap<Bytes, Arc<UserView>, foldhash::fast::RandomState>,
    config: ArcSwap<Config>,
    geo: ArcSwap<Geo>,
    /// Users with a validated nick, bots not counted.
    user_count: AtomicU64,
    /// Bytes shared by all users together.
    total_share: AtomicU64,
    /// Turns of the hub thread per second, for `vh.GetServFreq`.
    pub frequency: AtomicU64,
    /// Bytes sent per second, as last measured.
    pub upload: AtomicU64,
    /// Seconds since 1970 when the hub started.
    pub start_time: i64,
}

impl View {
    /// An empty hub.
    pub fn new(config: Config, start_time: i64) -> View {
        View {
            users: papaya::HashMap::with_hasher(foldhash::fast::RandomState::default()),
            config: ArcSwap::from_pointee(config),
            geo: ArcSwap::from_pointee(Geo::default()),
            user_count: AtomicU64::new(0),
            total_share: AtomicU64::new(0),
            frequency: AtomicU64::new(0),
            upload: AtomicU64::new(0),
            start_time,
        }
    }

    /// A user or bot by its exact nick.
    pub fn user(&self, nick: &[u8]) -> Option<Arc<UserView>> {
        self.users.pin().get(nick).cloned()
    }

    /// Reads something of a user without taking a reference to the whole.
    pub fn with_user<R>(&self, nick: &[u8], read: impl FnOnce(&UserView) -> R) -> Option<R> {
        self.users.pin().get(nick).map(|u| read(u))
    }

    /// Nicks of all users in the list and all bots that pass `wanted`, in no particular order.
    pub fn nicks(&self, wanted: impl Fn(&UserView) -> bool) -> Vec<Bytes> {
        let users = self.users.pin();
        users
            .iter()
            .filter(|(_, u)| u.listed && wanted(u))
            .map(|(n, _)| n.clone())
            .collect()
    }

    /// The settings as they are now.
    pub fn config(&self) -> arc_swap::Guard<Arc<Config>> {
        self.config.load()
    }

    /// The GeoIP databases as they are now.
    pub fn geo(&self) -> arc_swap::Guard<Arc<Geo>> {
        self.geo.load()
    }

    /// Users with a validated nick, bots not counted.
    pub fn user_count(&self) -> u64 {
        self.user_count.load(Ordering::Relaxed)
    }

    /// Bytes shared by all users together.
    pub fn total_share(&self) -> u64 {
        self.total_share.load(Ordering::Relaxed)
    }

    pub(crate) fn put_user(&self, user: UserView) {
        self.users.pin().insert(user.nick.clone(), Arc::new(user));
    }

    pub(crate) fn remove_user(&self, nick: &[u8]) {
        self.users.pin().remove(nick);
    }

    /// Puts other settings in place.
    pub fn set_config(&self, config: Config) {
        self.config.store(Arc::new(config));
    }

    pub(crate) fn set_geo(&self, geo: Arc<Geo>) {
        self.geo.store(geo);
    }

    pub(crate) fn set_counts(&self, users: u64, share: u64) {
        self.user_count.store(users, Ordering::Relaxed);
        self.total_share.store(share, Ordering::Relaxed);
    }
}

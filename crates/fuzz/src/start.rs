//! A hub to begin with.

use bytes::Bytes;
use hub::Start;
use hub::config::Config;
use hub::io::Now;
use hub::lists::{List, Rows};

/// Who is registered, with the class; the password is [`PASSWORD`].
pub(crate) const REGISTERED: &[(&str, i32)] = &[
    ("reg", 1),
    ("vip", 2),
    ("op", 3),
    ("cheef", 4),
    ("admin", 5),
    ("boss", 10),
];
pub(crate) const PASSWORD: &str = "correct-horse";

/// What a hub starts with.
pub(crate) fn start(seed: u64) -> Start {
    let mut config = Config::default();
    for (name, value) in [
        ("max_class_proto_flood", "-2"),
        ("int_login", "0"),
        ("int_chat_ms", "0"),
        ("int_myinfo", "0"),
        ("int_nicklist", "0"),
        ("int_search", "0"),
        ("pwd_tmpban", "0"),
        ("tban_kick", "0"),
        ("send_user_ip", "1"),
        ("filter_lan_requests", "0"),
    ] {
        // Not each version has all of them.
        config.set(name, value.as_bytes()).ok();
    }
    let mut lists = Rows::default();
    for list in List::ALL {
        *lists.of_mut(list) = hub::lists::defaults(list);
    }
    Start {
        config,
        registered: REGISTERED
            .iter()
            .map(|(n, _)| Bytes::from_static(n.as_bytes()))
            .collect(),
        bans: Vec::new(),
        rights: Vec::new(),
        lists,
        seed,
        now: Now {
            mono_ms: 1000,
            unix_ms: 1_800_000_000_000,
        },
    }
}

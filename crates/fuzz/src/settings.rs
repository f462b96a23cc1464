//! Settings: what `!set`, the database and the command line may hold.

use hub::config::{Config, specs};

pub(crate) const WORDS: &[&str] = &[
    "true",
    "false",
    "1",
    "0",
    "-1",
    "127.0.0.1",
    "::1",
    "0.0.0.0",
    "411 4111",
    "UTF-8",
    "CP1252",
    "!",
    "+",
    "|",
    "$",
    "%[NICK]",
    "&#124;",
];

/// The first two bytes choose a setting, the rest is its value.
pub(crate) fn setting(input: &[u8]) {
    let all: Vec<_> = specs().collect();
    let (high, rest) = crate::choose(input, 256);
    let (low, value) = crate::choose(rest, 256);
    let spec = &all[(high * 256 + low) % all.len()];
    let mut config = Config::default();
    let before = config.get(spec.name);
    if config.set(spec.name, value).is_err() {
        assert_eq!(
            config.get(spec.name),
            before,
            "{} was refused and changed",
            spec.name
        );
        return;
    }
    // What is shown can be set, and is the same then.
    let shown = config.get(spec.name).expect("a setting");
    let mut again = Config::default();
    again
        .set(spec.name, &shown)
        .unwrap_or_else(|e| panic!("{}: {shown:?}: {e}", spec.name));
    assert_eq!(again.get(spec.name), Some(shown), "{}", spec.name);
    for spec in &all {
        // Whatever it says, it says it for any other setting, too.
        drop(config.check(spec.name));
    }
    let n = &config.network;
    if let (Ok(ips), Ok(ports)) = (
        hub::config::check::addresses("listen_ip", &n.listen_ip),
        hub::config::check::ports("extra_listen_ports", &n.extra_listen_ports),
    ) {
        assert_eq!(
            hub::config::check::places(&ips, &ports).len(),
            ips.len() * ports.len()
        );
    }
}

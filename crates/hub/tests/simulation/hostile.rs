//! What nobody would do by accident: odd nicks and texts, a date that jumps, TLS and proxies,
//! reload, plugins that come and go, an end at an odd moment.

use std::net::IpAddr;

use bytes::Bytes;
use hub::hooks::HookSet;
use hub::io::{Input, ReqId, Tls};

use crate::world::World;

/// Nicks that mean something somewhere: to escapes, to variables, to patterns.
pub const NICKS_LIKE: &[&str] = &[
    "&#36;", "%[NICK]", "{0}", "[x.*]", "-", "\u{e4}", "'--", "\\",
];

/// What is put behind and into texts. Whole messages among them, as far as a text may hold them;
/// no `#`, by which the simulation knows chat lines, but in escapes.
pub const TEXTS: &[&str] = &[
    "",
    " ",
    "$Quit ann0",
    "&#124;$Quit ann0&#124;",
    "\r\n<ann0> forged",
    "> <ann0> forged",
    "$$",
    "%[NICK]%[PARALL]",
    "\t\u{b}\u{c}",
    "\u{1b}[2J",
    "\u{a0}",
    "&amp;&lt;",
];

impl World {
    pub fn odd_text(&mut self) -> &'static str {
        if self.rng.percent(60) {
            return "";
        }
        self.rng.pick::<&'static str>(TEXTS)
    }

    /// Somebody sets the machine's clock: the date jumps, time itself does not.
    pub fn jump(&mut self) {
        let hour = 3_600_000;
        let by = *self
            .rng
            .pick(&[hour, -hour, 24 * hour, -24 * hour, 400 * 24 * hour, -1, 999]);
        self.now.unix_ms = (self.now.unix_ms + by).max(0);
        self.stats.jumps += 1;
        self.input(Input::Tick);
    }

    /// How a client comes: plain, by TLS, or from a proxy, which says later who it is.
    pub fn way_in(&mut self) -> Tls {
        match self.rng.below(12) {
            0 => Tls::V1_2,
            1 => Tls::V1_3,
            2 => Tls::Proxied,
            _ => Tls::Plain,
        }
    }

    /// What a proxy says of a client, mostly well.
    pub fn my_ip(&mut self, ip: IpAddr) -> String {
        match self.rng.below(20) {
            0 => "$MyIP nowhere 1.3".into(),
            1 => format!("$MyIP {ip}"),
            2 => format!("$MyIP ::ffff:{ip} S"),
            _ => format!("$MyIP {ip} 1.3"),
        }
    }

    /// What the program tells after a reload.
    pub fn reloaded(&mut self, req: ReqId, changes: u64) {
        let mut settings = Vec::new();
        for name in ["hub_topic", "hub_desc", "hub_owner", "max_users", "no_such"] {
            if self.rng.percent(20) {
                let value = Bytes::from_static(self.hostile("a text").as_bytes());
                settings.push((Bytes::from_static(name.as_bytes()), value));
            }
        }
        let text = Bytes::from_static(self.hostile("a text").as_bytes());
        self.stats.reloads += 1;
        self.input(Input::Reloaded {
            req,
            changes,
            settings,
            text,
        });
    }

    /// Other hooks of plugins than before.
    pub fn change_plugins(&mut self) {
        let bits = self.rng.next() & self.rng.next() & self.rng.next();
        let bits = if self.rng.percent(50) { 0 } else { bits };
        self.plugin_hooks = HookSet(bits & ((1 << 41) - 1));
        self.input(Input::PluginHooks(self.plugin_hooks));
    }
}

//! TLS as the hub sees it: who came with it, who says so for a proxy, who may come without.

use std::net::IpAddr;

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::config::place;
use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Tls};

use super::extras::with_port;
use super::{Hub, cat};

impl Hub {
    /// Whether clients can come with TLS: on ports of its own, found out on plain ones, or
    /// through a proxy.
    pub(super) fn offers_tls(&self) -> bool {
        let v = &self.config.viper;
        v.tls_detect || !v.tls_ports.is_empty() || self.config.network.tls_listen_port != 0
    }

    /// What the lock says of TLS between its name and the digits.
    pub(super) fn lock_mark(&self) -> &'static str {
        match (self.offers_tls(), self.config.network.tls_only_mode) {
            (false, _) => "",
            (true, false) => "TLS_",
            (true, true) => "TLSONLY_",
        }
    }

    /// A new connection: it is greeted, or is to say first whom it is for.
    pub(super) fn begin(&mut self, id: ConnId) {
        let only = self.config.network.tls_only_mode && self.offers_tls();
        let proxy = str::from_utf8(&self.config.network.tls_listen_ip).ok();
        let proxy = proxy.and_then(|text| place::address(text.trim()).ok());
        let Some(c) = self.conns.get(&id) else { return };
        match c.tls {
            Tls::Proxied if Some(c.ip) != proxy => {
                self.close(
                    id,
                    CloseReason::LoginErr,
                    "This port is for the TLS proxy of this hub (tls_listen_ip).",
                );
            }
            // It must send `$MyIP`; only the time for the whole login runs.
            Tls::Proxied => {}
            Tls::Plain if only => self.refuse_plain(id),
            _ => {
                let ip = c.ip_text.clone();
                let (hook, event) = (Hook::NewConn, Event::NewConn { ip });
                self.ask_to_stay(
                    id,
                    hook,
                    CloseReason::Plugin,
                    |_| event,
                    move |hub, _| {
                        hub.greet(id);
                    },
                );
            }
        }
    }

    /// A proxy that does not speak as one.
    pub(super) fn bad_proxy(&mut self, id: ConnId) {
        self.close(
            id,
            CloseReason::LoginErr,
            "A TLS proxy sends $MyIP with its client's address once, and first.",
        );
    }

    /// The first message of a proxy's connection: `$MyIP address version`. Anything else ends
    /// it at once.
    pub(super) fn proxy_says(&mut self, id: ConnId, frame: &Bytes) {
        let told = frame.strip_prefix(b"$MyIP ").and_then(my_ip);
        match (told, self.conns.get_mut(&id)) {
            (Some((ip, tls)), Some(c)) => {
                c.ip = ip;
                c.ip_text = ip.to_string().into();
                c.tls = tls;
                c.proxied = true;
                self.joins(id);
                self.begin(id);
            }
            _ => self.bad_proxy(id),
        }
    }

    /// `tls_only_mode`: says where to go instead.
    fn refuse_plain(&mut self, id: ConnId) {
        let url = self.secure_url();
        let text = match url.is_empty() {
            true => "This hub lets in TLS clients only.".into(),
            false => cat!["This hub lets in TLS clients only: ", url],
        };
        let there = match url.is_empty() {
            true => Wire::default(),
            false => Wire::of(|out| write::force_move(&url, out)),
        };
        self.close_with(id, CloseReason::NoRedir, text, there);
    }

    /// TLS where there is none. A TLS client shows its user an error of its own, but whoever looks
    /// at what comes, or into the log, sees why.
    pub(super) fn wants_tls(&mut self, id: ConnId, late: bool) {
        if self.conns.get(&id).is_some_and(|c| c.tls == Tls::Proxied) {
            self.bad_proxy(id);
            return;
        }
        let wait = self.config.network.tls_detect_wait;
        let url = self.secure_url();
        let text: Bytes = if late {
            format!("TLS began too late: this port waits {wait} milliseconds for it.").into()
        } else if !self.offers_tls() {
            "This hub has no TLS: connect without it.".into()
        } else if self.config.viper.tls_ports.is_empty() || url.is_empty() {
            "This port has no TLS now: connect to it without.".into()
        } else {
            cat!["This port has no TLS: connect to it without, or to ", url]
        };
        self.close(id, CloseReason::NoRedir, text);
    }

    /// Where TLS clients are let in: `not_tls_redirect`, else the hub's own address.
    pub(super) fn secure_url(&self) -> Bytes {
        let n = &self.config.network;
        if !n.not_tls_redirect.is_empty() {
            return n.not_tls_redirect.clone();
        }
        let host = &self.config.identity.hub_host;
        if host.is_empty() {
            return Bytes::new();
        }
        let bare = match host.windows(3).position(|w| w == b"://") {
            Some(at) => host.slice(at + 3..),
            None => host.clone(),
        };
        let ports = String::from_utf8_lossy(&self.config.viper.tls_ports);
        let own = ports.split_whitespace().next().and_then(|p| p.parse().ok());
        let whole = match own {
            // The host's own port is the plain one.
            Some(port) => {
                let end = bare.iter().rposition(|b| *b == b':');
                let host = match end {
                    Some(at) if bare[at + 1..].iter().all(u8::is_ascii_digit) => bare.slice(..at),
                    _ => bare,
                };
                cat![host, ":", u32::to_string(&port)]
            }
            None => with_port(&bare, n.listen_port),
        };
        cat!["nmdcs://", whole]
    }
}

/// `address version`, as a proxy tells them.
pub(super) fn my_ip(text: &[u8]) -> Option<(IpAddr, Tls)> {
    let (ip, version) = str::from_utf8(text).ok()?.trim_end().split_once(' ')?;
    let tls = match version {
        "1.0" | "S" => Tls::V1_0,
        "1.1" => Tls::V1_1,
        "1.2" => Tls::V1_2,
        "1.3" => Tls::V1_3,
        "0.0" => Tls::Plain,
        other if other.len() == 1 => Tls::Plain,
        _ => return None,
    };
    Some((ip.parse::<IpAddr>().ok()?.to_canonical(), tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_may_say() {
        for (text, expected) in [
            ("80.1.2.3 0.0", Some(("80.1.2.3", Tls::Plain))),
            ("80.1.2.3 1.2", Some(("80.1.2.3", Tls::V1_2))),
            ("80.1.2.3 S", Some(("80.1.2.3", Tls::V1_0))),
            ("80.1.2.3 P", Some(("80.1.2.3", Tls::Plain))),
            ("2001:db8::1 1.3", Some(("2001:db8::1", Tls::V1_3))),
            ("::ffff:80.1.2.3 1.3", Some(("80.1.2.3", Tls::V1_3))),
            ("80.1.2.3 2.0", None),
            ("80.1.2.3", None),
            ("80.1.2 1.2", None),
            ("here 1.2", None),
        ] {
            let found = my_ip(text.as_bytes());
            let expected = expected.map(|(ip, tls)| (ip.parse().expect("an address"), tls));
            assert_eq!(found, expected, "{text}");
        }
    }
}

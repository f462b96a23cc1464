//! What a setting must be beyond its type: what depends on others, and on what it is for.

use std::net::{IpAddr, SocketAddr};

use super::Config;

/// The settings that say where to listen.
const DOORS: [&str; 6] = [
    "listen_ip",
    "listen_port",
    "extra_listen_ports",
    "tls_ports",
    "tls_listen_ip",
    "tls_listen_port",
];

/// The settings that have rules here and can be replaced by their defaults.
pub const CHECKED: [&str; 5] = [
    "hub_encoding",
    "hub_security",
    "opchat_name",
    "cmd_start_op",
    "cmd_start_user",
];

impl Config {
    /// The bytes of a nick that no new one may hold, each once: the protocol's own, control
    /// characters, and what is not seen or looks like a blank in the hub's encoding. The one rule
    /// for guests, registrations and robots; who was registered before keeps his nick.
    pub fn unfit_for_nick(&self, nick: &[u8]) -> Vec<u8> {
        let charset = nmdc::nick::Charset::named(&self.identity.hub_encoding);
        let mut bad: Vec<u8> = nmdc::nick::bad_bytes(nick).collect();
        for byte in nmdc::nick::look_alike_bytes(nick, charset) {
            if !bad.contains(&byte) {
                bad.push(byte);
            }
        }
        bad
    }

    /// Whether this setting fits what it is for and the other settings.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self, var: &str) -> Result<(), String> {
        let i = &self.identity;
        let bad_nick = |nick: &[u8]| nmdc::nick::bad_bytes(nick).next().is_some();
        match var {
            "hub_security" if i.hub_security.is_empty() || bad_nick(&i.hub_security) => {
                Err("hub_security must be a nick.".into())
            }
            "opchat_name" if bad_nick(&i.opchat_name) => Err("opchat_name must be a nick.".into()),
            "hub_security" | "opchat_name" if nmdc::nick::same(&i.hub_security, &i.opchat_name) => {
                Err("hub_security and opchat_name must differ.".into())
            }
            "cmd_start_op" if self.rights.cmd_start_op.is_empty() => {
                Err("cmd_start_op must not be empty.".into())
            }
            "cmd_start_user" if self.rights.cmd_start_user.is_empty() => {
                Err("cmd_start_user must not be empty.".into())
            }
            "hub_encoding" if !encoding_fits(&i.hub_encoding) => {
                Err("hub_encoding must name an encoding such as CP1252 or UTF-8.".into())
            }
            _ if DOORS.contains(&var) => self.check_doors(),
            _ => Ok(()),
        }
    }

    fn check_doors(&self) -> Result<(), String> {
        let n = &self.network;
        let ips = addresses("listen_ip", &n.listen_ip)?;
        let proxy = addresses("tls_listen_ip", &n.tls_listen_ip)?;
        if proxy.len() > 1 {
            return Err("tls_listen_ip must be one address.".into());
        }
        let of = |ips: &[IpAddr], name, text: &[u8]| -> Result<_, String> {
            let ports = ports(name, text)?;
            Ok((name, places(ips, &ports)))
        };
        let mut all = vec![
            of(&ips, "listen_port", n.listen_port.to_string().as_bytes())?,
            of(&ips, "extra_listen_ports", &n.extra_listen_ports)?,
            of(&ips, "tls_ports", &self.viper.tls_ports)?,
        ];
        if n.tls_listen_port != 0 {
            let port = n.tls_listen_port.to_string();
            all.push(of(&proxy, "tls_listen_port", port.as_bytes())?);
        }
        for (i, (name, mine)) in all.iter().enumerate() {
            for (other, theirs) in &all[..i] {
                if let Some(place) = mine.iter().find(|p| theirs.iter().any(|q| same(**p, *q))) {
                    let port = place.port();
                    return Err(format!("Port {port} cannot be in {other} and in {name}."));
                }
            }
        }
        Ok(())
    }
}

/// Whether two sockets cannot have these addresses at the same time. Port 0 is another one each
/// time.
fn same(a: SocketAddr, b: SocketAddr) -> bool {
    let all = |ip: IpAddr| ip.is_unspecified();
    let meet = a.is_ipv4() == b.is_ipv4() && (a.ip() == b.ip() || all(a.ip()) || all(b.ip()));
    a.port() == b.port() && a.port() != 0 && meet
}

/// The addresses of a setting, at least one.
///
/// # Errors
/// It does not hold any, or something else.
pub fn addresses(setting: &str, text: &[u8]) -> Result<Vec<IpAddr>, String> {
    let text = String::from_utf8_lossy(text);
    let ips = text.split_whitespace().map(super::place::address);
    match ips.collect::<Result<Vec<_>, _>>() {
        Ok(ips) if ips.is_empty() => Err(format!("{setting} must hold addresses, not {text:?}.")),
        Ok(ips) => Ok(ips),
        Err(why) => Err(format!("{setting} must hold addresses: {why}")),
    }
}

/// The ports of a setting, each once.
///
/// # Errors
/// It holds something else.
pub fn ports(setting: &str, text: &[u8]) -> Result<Vec<u16>, String> {
    let text = String::from_utf8_lossy(text);
    let mut ports = Vec::new();
    for port in text.split_whitespace() {
        let Ok(number) = port.parse() else {
            return Err(format!("{setting}: {port:?} is no port."));
        };
        if number == 0 || !ports.contains(&number) {
            ports.push(number);
        }
    }
    Ok(ports)
}

/// All the ports on all the addresses.
pub fn places(ips: &[IpAddr], ports: &[u16]) -> Vec<SocketAddr> {
    let on = |port: u16| ips.iter().map(move |ip| SocketAddr::new(*ip, port));
    ports.iter().flat_map(|port| on(*port)).collect()
}

/// Whether the name can be one of an encoding: the script engine knows the details.
fn encoding_fits(name: &[u8]) -> bool {
    name.iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings, the one that is looked at, what is said.
    type Case = (
        &'static [(&'static str, &'static str)],
        &'static str,
        Option<&'static str>,
    );

    #[test]
    fn settings_are_checked_together() {
        let cases: [Case; 15] = [
            (&[], "listen_ip", None),
            (
                &[("listen_ip", "foo")],
                "listen_ip",
                Some(
                    "listen_ip must hold addresses: \"foo\" is no address such as 192.0.2.1, ::1 or * (all of IPv4).",
                ),
            ),
            (
                &[("listen_ip", "")],
                "listen_port",
                Some("listen_ip must hold addresses, not \"\"."),
            ),
            (&[("listen_ip", "10.0.0.1 ::1")], "listen_ip", None),
            (&[("listen_ip", "localhost")], "listen_ip", None),
            (
                &[("extra_listen_ports", "411 70000")],
                "extra_listen_ports",
                Some("extra_listen_ports: \"70000\" is no port."),
            ),
            (
                &[("extra_listen_ports", "411 411")],
                "extra_listen_ports",
                None,
            ),
            (
                &[("extra_listen_ports", "411 4111")],
                "extra_listen_ports",
                Some("Port 4111 cannot be in listen_port and in extra_listen_ports."),
            ),
            (
                &[("tls_ports", "4111")],
                "tls_ports",
                Some("Port 4111 cannot be in listen_port and in tls_ports."),
            ),
            (
                &[("tls_listen_port", "4111")],
                "tls_listen_port",
                Some("Port 4111 cannot be in listen_port and in tls_listen_port."),
            ),
            (
                &[("tls_listen_port", "4111"), ("listen_ip", "10.0.0.1")],
                "listen_ip",
                None,
            ),
            (
                &[("tls_listen_ip", "here")],
                "tls_listen_ip",
                Some(
                    "tls_listen_ip must hold addresses: \"here\" is no address such as 192.0.2.1, ::1 or * (all of IPv4).",
                ),
            ),
            (
                &[("hub_security", "a b")],
                "hub_security",
                Some("hub_security must be a nick."),
            ),
            (
                &[("opchat_name", "bot"), ("hub_security", "Bot")],
                "opchat_name",
                Some("hub_security and opchat_name must differ."),
            ),
            (
                &[("cmd_start_op", "")],
                "cmd_start_op",
                Some("cmd_start_op must not be empty."),
            ),
        ];
        for (settings, var, wrong) in cases {
            let mut config = Config::default();
            for (name, value) in settings {
                config.set(name, value.as_bytes()).unwrap();
            }
            assert_eq!(
                config.check(var).err().as_deref(),
                wrong,
                "{settings:?} {var}"
            );
        }
        let defaults = Config::default();
        assert!(CHECKED.iter().all(|var| defaults.check(var).is_ok()));
    }
}

//! Where clients come in: the listening sockets, new ones or those of the run before.

use std::collections::BTreeMap;
use std::env;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use hub::config::Config;
use listenfd::ListenFd;
use net::{Door, Listening};
use socket2::{Domain, SockRef, Socket, Type};

use crate::cli::Run;

/// What the run before a restart tells of the sockets that it hands over.
pub const HANDED: &str = "VIPERHUB_SOCKETS";
/// How that begins when the sockets are systemd's: then they stay, whatever the settings want.
const GIVEN: &str = "given:";
/// The most connections that wait to be accepted; the system may have less.
const BACKLOG: i32 = 4096;

/// A place to listen at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// As asked for; port 0 stands for a free one.
    pub address: SocketAddr,
    /// A [`Door`], in an order of its own.
    door: u8,
}

const DOORS: [(Door, &str); 3] = [
    (Door::Plain, "plain"),
    (Door::Tls, "tls"),
    (Door::Proxy, "proxy"),
];

impl Place {
    fn new(address: SocketAddr, door: Door) -> Place {
        let at = DOORS.iter().position(|(d, _)| *d == door).unwrap_or(0);
        Place {
            address,
            door: at as u8,
        }
    }

    pub fn door(self) -> Door {
        DOORS[usize::from(self.door)].0
    }

    fn show(self) -> String {
        format!("{}@{}", DOORS[usize::from(self.door)].1, self.address)
    }

    fn read(text: &str) -> Option<Place> {
        let (door, address) = text.split_once('@')?;
        let (door, _) = DOORS.iter().find(|(_, name)| *name == door)?;
        Some(Place::new(address.parse().ok()?, *door))
    }
}

/// An open socket and the place it was opened for.
pub struct Open {
    pub place: Place,
    pub socket: TcpListener,
    /// By systemd.
    given: bool,
}

impl Open {
    pub fn listening(&self) -> Result<Listening> {
        Ok(Listening {
            socket: self
                .socket
                .try_clone()
                .context("a socket cannot be doubled")?,
            door: self.place.door(),
        })
    }

    pub fn address(&self) -> Result<SocketAddr> {
        self.socket
            .local_addr()
            .context("a listener has no address")
    }
}

/// What the sockets of a restart were opened for, for [`HANDED`].
pub fn describe(sockets: &[Open]) -> String {
    let places: Vec<String> = sockets.iter().map(|s| s.place.show()).collect();
    let given = sockets.iter().any(|s| s.given);
    format!("{}{}", if given { GIVEN } else { "" }, places.join(","))
}

/// Opens all sockets or none. Those of the run before are used again when they are still
/// wanted; those given by systemd stand for all that the settings say.
pub fn open(args: &Run, config: &Config) -> Result<Vec<Open>> {
    let open = open_all(args, config)?;
    // Connections have it from the socket that they come to.
    let patience = Duration::from_secs(config.viper.timeout_unread.into());
    for socket in &open {
        SockRef::from(&socket.socket)
            .set_tcp_user_timeout(Some(patience))
            .context("cannot set how long clients may leave unread what they are sent")?;
    }
    Ok(open)
}

fn open_all(args: &Run, config: &Config) -> Result<Vec<Open>> {
    let mut given = ListenFd::from_env();
    let mut wanted = wanted(args, config)?;
    let mut handed = BTreeMap::new();
    if given.len() > 0 {
        let sockets = (0..given.len()).map(|i| given.take_tcp_listener(i));
        let sockets = sockets.collect::<std::io::Result<Vec<_>>>();
        let sockets = sockets.context("the sockets that were handed over cannot be used")?;
        let sockets = sockets.into_iter().flatten();
        match env::var(HANDED) {
            Ok(text) => {
                let stay = text.strip_prefix(GIVEN);
                let places = stay.unwrap_or(&text).split(',').filter_map(Place::read);
                let places = places.zip(sockets);
                if stay.is_some() {
                    let open = |(place, socket)| Open {
                        place,
                        socket,
                        given: true,
                    };
                    return Ok(places.map(open).collect());
                }
                handed = places.collect();
            }
            Err(_) => {
                let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
                let mut names = names.split(':');
                let mut open = Vec::new();
                for socket in sockets {
                    let name = names.next().unwrap_or_default();
                    let door = DOORS.iter().find(|(_, n)| *n == name);
                    let door = door.map_or(Door::Plain, |(door, _)| *door);
                    let place = Place::new(socket.local_addr()?, door);
                    open.push(Open {
                        place,
                        socket,
                        given: true,
                    });
                }
                return Ok(open);
            }
        }
    }
    let mut open = Vec::new();
    // Port 0 is another one each time.
    wanted.dedup_by(|a, b| a == b && a.address.port() != 0);
    for place in &wanted {
        let socket = match handed.remove(place) {
            Some(socket) => socket,
            None => bind(*place, &wanted)?,
        };
        let place = *place;
        open.push(Open {
            place,
            socket,
            given: false,
        });
    }
    Ok(open)
}

fn bind(place: Place, all: &[Place]) -> Result<TcpListener> {
    let address = place.address;
    // With [::] alone IPv4 clients come to the same socket, as mapped addresses.
    let also_v4 = all.iter().any(|other| {
        let port = other.address.port();
        other.address.is_ipv4() && port == address.port() && port != 0
    });
    let bind = || -> std::io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(also_v4)?;
        }
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    bind().map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => " (ports below 1024 are for root)",
            _ => "",
        };
        anyhow!("cannot listen on {address}{hint}: {error}")
    })
}

/// What the command line asks for, or else the settings.
fn wanted(args: &Run, config: &Config) -> Result<Vec<Place>> {
    let n = &config.network;
    let mut places = Vec::new();
    let own = |from: &[SocketAddr], door| -> Vec<Place> {
        from.iter().map(|a| Place::new(*a, door)).collect()
    };
    if args.listen.is_empty() {
        let ips = addresses(&n.listen_ip)?;
        let extra = String::from_utf8_lossy(&n.extra_listen_ports).into_owned();
        let ports = format!("{} {extra}", n.listen_port);
        let door = Door::Plain;
        places.extend(ports_on(
            &ips,
            &ports,
            door,
            "listen_port and extra_listen_ports",
        )?);
    } else {
        places.extend(own(&args.listen, Door::Plain));
    }
    if args.listen_tls.is_empty() {
        let ports = String::from_utf8_lossy(&config.viper.tls_ports).into_owned();
        // Where the command line says how to listen, the same addresses.
        let ips = match args.listen.as_slice() {
            [] => addresses(&n.listen_ip)?,
            given => given.iter().map(SocketAddr::ip).collect(),
        };
        places.extend(ports_on(&ips, &ports, Door::Tls, "tls_ports")?);
    } else {
        places.extend(own(&args.listen_tls, Door::Tls));
    }
    if !args.listen_proxy.is_empty() {
        places.extend(own(&args.listen_proxy, Door::Proxy));
    } else if n.tls_listen_port != 0 {
        let ip = String::from_utf8_lossy(&n.tls_listen_ip).into_owned();
        let ip: IpAddr = ip
            .parse()
            .with_context(|| format!("the setting tls_listen_ip is no address: {ip:?}"))?;
        let port = n.tls_listen_port.to_string();
        places.extend(ports_on(&[ip], &port, Door::Proxy, "tls_listen_port")?);
    }
    Ok(places)
}

fn addresses(text: &[u8]) -> Result<Vec<IpAddr>> {
    let text = String::from_utf8_lossy(text).into_owned();
    let ips: Result<Vec<IpAddr>, _> = text.split_whitespace().map(str::parse).collect();
    match ips {
        Ok(ips) if !ips.is_empty() => Ok(ips),
        _ => bail!("the setting listen_ip must hold addresses, not {text:?}"),
    }
}

fn ports_on(ips: &[IpAddr], ports: &str, door: Door, settings: &str) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for port in ports.split_whitespace() {
        let Ok(port) = port.parse::<u16>() else {
            bail!("the settings {settings}: {port:?} is no port");
        };
        places.extend(
            ips.iter()
                .map(|ip| Place::new(SocketAddr::new(*ip, port), door)),
        );
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_to_the_next_run() {
        for (text, door) in [
            ("plain@127.0.0.1:0", Door::Plain),
            ("tls@[::]:4112", Door::Tls),
            ("proxy@10.0.0.1:1", Door::Proxy),
        ] {
            let place = Place::read(text).expect("is one");
            assert_eq!((place.show().as_str(), place.door()), (text, door));
        }
        assert_eq!(Place::read("tls@here"), None);
        assert_eq!(Place::read("other@1.2.3.4:5"), None);
    }

    #[test]
    fn several_addresses_and_ports() {
        let ips = addresses(b"0.0.0.0 ::").expect("addresses");
        let places = ports_on(&ips, "411 4111", Door::Plain, "x").expect("ports");
        let shown: Vec<String> = places.iter().map(|p| p.show()).collect();
        assert_eq!(
            shown,
            [
                "plain@0.0.0.0:411",
                "plain@[::]:411",
                "plain@0.0.0.0:4111",
                "plain@[::]:4111"
            ]
        );
        assert!(addresses(b"").is_err() && addresses(b"everywhere").is_err());
        assert!(ports_on(&ips, "70000", Door::Tls, "tls_ports").is_err());
    }
}

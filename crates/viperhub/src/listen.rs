//! Where clients come in: the listening sockets, new ones or those of the run before.

use std::collections::BTreeMap;
use std::env;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use hub::config::{Config, check};
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
        let ips = check::addresses("listen_ip", &n.listen_ip).map_err(said)?;
        let extra = check::ports("extra_listen_ports", &n.extra_listen_ports).map_err(said)?;
        let own = u16::try_from(n.listen_port).context("in the settings: listen_port")?;
        let extra = extra.into_iter().filter(|port| *port != own);
        let all: Vec<u16> = std::iter::once(own).chain(extra).collect();
        places.extend(at(&ips, &all, Door::Plain));
    } else {
        places.extend(own(&args.listen, Door::Plain));
    }
    if args.listen_tls.is_empty() {
        let ports = check::ports("tls_ports", &config.viper.tls_ports).map_err(said)?;
        // Where the command line says how to listen, the same addresses.
        let ips = match args.listen.as_slice() {
            [] => check::addresses("listen_ip", &n.listen_ip).map_err(said)?,
            given => given.iter().map(SocketAddr::ip).collect(),
        };
        places.extend(at(&ips, &ports, Door::Tls));
    } else {
        places.extend(own(&args.listen_tls, Door::Tls));
    }
    if !args.listen_proxy.is_empty() {
        places.extend(own(&args.listen_proxy, Door::Proxy));
    } else if n.tls_listen_port != 0 {
        let ips = check::addresses("tls_listen_ip", &n.tls_listen_ip).map_err(said)?;
        let port = u16::try_from(n.tls_listen_port).context("in the settings: tls_listen_port")?;
        places.extend(at(&ips, &[port], Door::Proxy));
    }
    Ok(places)
}

fn said(why: String) -> anyhow::Error {
    anyhow!("in the settings: {why}")
}

fn at(ips: &[IpAddr], ports: &[u16], door: Door) -> impl Iterator<Item = Place> {
    check::places(ips, ports)
        .into_iter()
        .map(move |a| Place::new(a, door))
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
        let ips = check::addresses("x", b"0.0.0.0 ::").expect("addresses");
        let places = at(&ips, &[411, 4111], Door::Plain);
        let shown: Vec<String> = places.map(|p| p.show()).collect();
        assert_eq!(
            shown,
            [
                "plain@0.0.0.0:411",
                "plain@[::]:411",
                "plain@0.0.0.0:4111",
                "plain@[::]:4111"
            ]
        );
    }
}

//! The command line.

use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

use crate::Error;

/// What `--help` prints.
pub const HELP: &str = "\
viperhub-loadgen: many NMDC clients in one thread, and what a hub takes for them

  viperhub-loadgen login   ADDR [options]   log in N clients, a few at a time
  viperhub-loadgen fanout  ADDR [options]   senders keep lines in flight, all receive them
  viperhub-loadgen latency ADDR [options]   one sender, one line in flight
  viperhub-loadgen idle    ADDR [options]   memory per logged-in client
  viperhub-loadgen private ADDR [options]   half of the senders write to the other half and hear back
  viperhub-loadgen search  ADDR [options]   senders search, half of them passive, half by hash
  viperhub-loadgen life    ADDR [options]   all log in, stay, chat and leave
  viperhub-loadgen offend  ADDR [options]   clients that do what they should not
  viperhub-loadgen floor        [options]   the same bytes without a hub: the least it can cost

  --clients N      clients in all (1000)
  --kind KIND      offend: deaf (logs in, never reads), drip (sends a byte a second), flood (sends
                   100 MB without a pipe, again and again), silent (connects, never logs in),
                   knock (does so at the --rate and leaves when there are N later ones), userip
                   (logs in, asks for its own address 3300 times a message, as fast as it can),
                   unfinished (gives a wrong password for --nick and sends on without waiting),
                   spin (only computes, for comparison)
  --rate N         search: searches per second; knock: connections per second (500)
  --count N        private: messages in all, instead of --seconds
  --tls            talk TLS, to a hub with any certificate
  --zpipe          take compressed blocks (ZPipe)
  --at-once N      logins under way at a time (50)
  --senders N      clients that talk (fanout: 20, private: 40, search: 100)
  --in-flight N    lines each of them keeps under way (fanout: 8)
  --seconds T      length of the measurement (10), after one second of the same load
  --line BYTES     length of a chat line with nick and pipe (80)
  --hub-pid PID    process whose processor time and memory are read
  --sources N      source addresses, 127.0.0.2 and up (8)
  --nick PREFIX    nicks are PREFIX and a number (load)
  --timeout T      seconds all logins may take (120)
  --floor          also measure the floor in the same run (fanout)
  --json           print one JSON object instead of a table

Each source address has some 28 000 ports; the system keeps those of ended connections for a minute.
Every client needs a descriptor here and in the hub: `ulimit -n` of the hub must be above N
(this program raises its own). Processor time is only comparable within one run.

The hub must not defend itself against the load. For viperhub:
  --set int_login=0 --set int_chat_ms=0 --set max_class_proto_flood=-2
  --set int_flood_all_chat_limit=0 --set max_users=20000 --set max_users0=20000
  --set adv_max_upload_kbps=0 --set int_flood_to_limit=0 --set int_flood_all_to_limit=0
  --set search_number=0 --set int_flood_search_limit=0 --set int_flood_sr_limit=0
Every line differs, so the same-message check may stay on. Verlihub has the same settings in its
database (SetupList); start it with `tls_listen_ip` other than the source addresses.
";

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scenario {
    /// Log in.
    Login,
    /// Talk, many.
    Fanout,
    /// Talk, one.
    Latency,
    /// Sit there.
    Idle,
    /// Write to each other.
    Private,
    /// Search.
    Search,
    /// Come and go.
    Life,
    /// Misbehave.
    Offend,
    /// Write without a hub.
    Floor,
    /// The other end of [`Scenario::Floor`], a process of its own.
    FloorServer,
}

/// What [`Scenario::Offend`] does wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offence {
    /// Logs in and never reads.
    Deaf,
    /// Sends a byte a second.
    Drip,
    /// Sends 100 MB without a pipe.
    Flood,
    /// Never logs in.
    Silent,
    /// The same, coming and going.
    Knock,
    /// Asks for addresses without end.
    UserIp,
    /// Sends much before its login is done.
    Unfinished,
    /// Says nothing and computes, as much as one core can: what another program beside hub and clients costs.
    Spin,
}

impl FromStr for Offence {
    type Err = ();
    fn from_str(text: &str) -> Result<Offence, ()> {
        match text {
            "deaf" => Ok(Offence::Deaf),
            "drip" => Ok(Offence::Drip),
            "flood" => Ok(Offence::Flood),
            "silent" => Ok(Offence::Silent),
            "knock" => Ok(Offence::Knock),
            "userip" => Ok(Offence::UserIp),
            "unfinished" => Ok(Offence::Unfinished),
            "spin" => Ok(Offence::Spin),
            _ => Err(()),
        }
    }
}

/// The command line, read.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "named and explained in HELP")]
pub struct Options {
    pub scenario: Scenario,
    pub addr: SocketAddr,
    pub clients: usize,
    pub at_once: usize,
    pub senders: usize,
    pub in_flight: usize,
    pub time: Duration,
    pub warm_up: Duration,
    pub line: usize,
    pub hub_pid: Option<u32>,
    pub sources: u8,
    pub nick: String,
    pub timeout: Duration,
    pub floor: bool,
    pub json: bool,
    pub kind: Offence,
    pub rate: f64,
    pub count: Option<u64>,
    pub tls: bool,
    pub zpipe: bool,
    /// Room for input in the system, in bytes.
    pub receive_buffer: Option<usize>,
}

impl Options {
    /// The defaults of a scenario.
    pub fn new(scenario: Scenario, addr: SocketAddr) -> Options {
        let (senders, in_flight) = match scenario {
            Scenario::Latency => (1, 1),
            Scenario::Fanout | Scenario::Floor | Scenario::FloorServer | Scenario::Life => (20, 8),
            Scenario::Private => (40, 8),
            Scenario::Search => (100, 0),
            Scenario::Login | Scenario::Idle | Scenario::Offend => (0, 0),
        };
        Options {
            scenario,
            addr,
            clients: 1000,
            at_once: 50,
            senders,
            in_flight,
            time: Duration::from_secs(10),
            warm_up: Duration::from_secs(1),
            line: 80,
            hub_pid: None,
            sources: 8,
            nick: "load".to_owned(),
            timeout: Duration::from_secs(120),
            floor: false,
            json: false,
            kind: Offence::Deaf,
            rate: 500.0,
            count: None,
            tls: false,
            zpipe: false,
            receive_buffer: None,
        }
    }

    /// Reads the command line without the program's name. `Ok(None)`: help is wanted.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Option<Options>, Error> {
        let mut args = args.into_iter();
        let scenario = match args.next().as_deref() {
            None | Some("--help" | "-h" | "help") => return Ok(None),
            Some("login") => Scenario::Login,
            Some("fanout") => Scenario::Fanout,
            Some("latency") => Scenario::Latency,
            Some("idle") => Scenario::Idle,
            Some("private") => Scenario::Private,
            Some("search") => Scenario::Search,
            Some("life") => Scenario::Life,
            Some("offend") => Scenario::Offend,
            Some("floor") => Scenario::Floor,
            Some("floor-server") => Scenario::FloorServer,
            Some(other) => return Err(Error::Usage(format!("no scenario is called {other}"))),
        };
        let mut options = Options::new(scenario, SocketAddr::from(([127, 0, 0, 1], 0)));
        let mut addr = None;
        while let Some(arg) = args.next() {
            let o = &mut options;
            match arg.as_str() {
                "--help" | "-h" => return Ok(None),
                "--floor" => o.floor = true,
                "--json" => o.json = true,
                "--clients" => o.clients = value(&arg, args.next())?,
                "--at-once" => o.at_once = value::<usize>(&arg, args.next())?.max(1),
                "--senders" => o.senders = value(&arg, args.next())?,
                "--in-flight" => o.in_flight = value(&arg, args.next())?,
                "--seconds" => o.time = seconds(&arg, args.next())?,
                "--line" => o.line = value(&arg, args.next())?,
                "--hub-pid" => o.hub_pid = Some(value(&arg, args.next())?),
                "--sources" => o.sources = value::<u8>(&arg, args.next())?.clamp(1, 250),
                "--nick" => o.nick = value(&arg, args.next())?,
                "--kind" => o.kind = value(&arg, args.next())?,
                "--rate" => o.rate = value::<f64>(&arg, args.next())?.clamp(0.1, 1e6),
                "--count" => o.count = Some(value(&arg, args.next())?),
                "--tls" => o.tls = true,
                "--zpipe" => o.zpipe = true,
                "--timeout" => o.timeout = seconds(&arg, args.next())?,
                text if text.starts_with('-') || addr.is_some() => {
                    return Err(Error::Usage(format!("what is {text}?")));
                }
                text => addr = Some(resolve(text)?),
            }
        }
        match (addr, scenario) {
            (Some(addr), _) => options.addr = addr,
            (None, Scenario::Floor | Scenario::FloorServer) => {}
            (None, _) => return Err(Error::Usage("the hub's address is missing".to_owned())),
        }
        if options.senders > options.clients {
            return Err(Error::Usage("more senders than clients".to_owned()));
        }
        Ok(Some(options))
    }
}

fn value<T: FromStr>(name: &str, given: Option<String>) -> Result<T, Error> {
    let given = given.ok_or_else(|| Error::Usage(format!("{name} needs a value")))?;
    given
        .parse()
        .map_err(|_| Error::Usage(format!("{name} cannot be {given}")))
}

fn seconds(name: &str, given: Option<String>) -> Result<Duration, Error> {
    let seconds: f64 = value(name, given)?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| Error::Usage(format!("{name} cannot be {seconds}")))
}

fn resolve(text: &str) -> Result<SocketAddr, Error> {
    let mut found = text
        .to_socket_addrs()
        .map_err(|error| Error::Usage(format!("{text} is no host:port ({error})")))?;
    // Source addresses are spread over 127.0.0.x, so the hub must be reached over IPv4.
    found
        .find(SocketAddr::is_ipv4)
        .ok_or_else(|| Error::Usage(format!("{text} has no IPv4 address")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<Options>, Error> {
        Options::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn reads_what_help_promises() {
        let options = parse("fanout 127.0.0.1:4111 --clients 50 --seconds 0.5 --json")
            .expect("valid")
            .expect("no help");
        assert_eq!(options.scenario, Scenario::Fanout);
        assert_eq!(options.addr.port(), 4111);
        assert_eq!(
            (options.clients, options.senders, options.in_flight),
            (50, 20, 8)
        );
        assert_eq!(options.time, Duration::from_millis(500));
        assert!(options.json);
        for name in HELP
            .split_whitespace()
            .filter(|word| word.starts_with("--"))
        {
            let given = ["1", "deaf", ""].map(|value| format!("login 127.0.0.1:1 {name} {value}"));
            assert!(
                given.iter().any(|text| parse(text).is_ok()) || name == "--set",
                "{name}"
            );
        }
    }

    #[test]
    fn refuses_nonsense() {
        for text in [
            "dance",
            "login",
            "login nowhere",
            "login 127.0.0.1:1 --clients",
            "login 127.0.0.1:1 --clients many",
            "login 127.0.0.1:1 --seconds -1",
            "offend 127.0.0.1:1 --kind rude",
            "login 127.0.0.1:1 127.0.0.1:2",
            "fanout 127.0.0.1:1 --clients 3",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(matches!(parse(""), Ok(None)));
        assert!(matches!(parse("login --help"), Ok(None)));
    }
}

//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use hub::config::place::place;

/// A DC++ (NMDC) hub scripted in Python.
#[derive(Parser, Debug)]
#[command(version)]
pub struct Args {
    /// More log: -v debug, -vv trace. RUST_LOG overrides.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Start the hub.
    Run(Run),
    /// Register users, or look at the registered ones.
    User(User),
    /// Copy a hub's data from one database to another, while no hub runs on the latter.
    Import(Import),
    /// Look at scripts without starting a hub.
    #[command(subcommand)]
    Script(Script),
}

/// Where the hub keeps its data.
#[derive(ClapArgs, Debug, Clone)]
pub struct Place {
    /// Directory of the hub's data: database and scripts/.
    #[arg(long, value_name = "DIR", default_value = "hub-data")]
    pub data_dir: PathBuf,
    /// Database, as sqlite:PATH or mysql://USER:PASSWORD@HOST[:PORT]/NAME[?socket=PATH]. When
    /// not given: the environment's VIPERHUB_DB, then the line in the file DATA-DIR/database,
    /// so that nobody sees the password, then DATA-DIR/viperhub.db.
    #[arg(long, value_name = "URL")]
    pub db: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub struct Run {
    #[command(flatten)]
    pub place: Place,
    /// Address and port to listen on, several times for several; the settings listen_ip and
    /// listen_port when not given. A port alone means all of IPv4's addresses, port 0 a free one.
    #[arg(long, value_name = "ADDR:PORT", value_parser = place)]
    pub listen: Vec<SocketAddr>,
    /// The same for clients that begin TLS at once; the setting tls_ports when not given.
    #[arg(long, value_name = "ADDR:PORT", value_parser = place)]
    pub listen_tls: Vec<SocketAddr>,
    /// The same for a TLS proxy that sends $MyIP; tls_listen_ip and tls_listen_port when not
    /// given.
    #[arg(long, value_name = "ADDR:PORT", value_parser = place)]
    pub listen_proxy: Vec<SocketAddr>,
    /// Directory of the GeoIP databases; DATA-DIR, then /usr/local/share/GeoIP,
    /// /usr/share/GeoIP and /var/lib/GeoIP when not given.
    #[arg(long, value_name = "DIR")]
    pub mmdb_path: Option<PathBuf>,
    /// A setting for this run only, as in hub_name=Home.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// A Python script to load after those in DATA-DIR/scripts.
    #[arg(long = "script", value_name = "PATH")]
    pub scripts: Vec<PathBuf>,
}

impl Run {
    /// The same with all paths absolute: scripts can change the working directory.
    ///
    /// # Errors
    /// There is no working directory.
    pub fn absolute(mut self) -> std::io::Result<Run> {
        let paths = (self.mmdb_path.iter_mut()).chain(&mut self.scripts);
        for path in std::iter::once(&mut self.place.data_dir).chain(paths) {
            *path = std::path::absolute(&*path)?;
        }
        Ok(self)
    }
}

#[derive(ClapArgs, Debug)]
pub struct User {
    #[command(subcommand)]
    pub action: UserAction,
}

/// Databases are addressed as for `run --db`; `@FILE` takes the address from a file's first
/// line, so that nobody sees the password. Rows that are there already are replaced by those
/// with the same key, others stay.
#[derive(ClapArgs, Debug)]
pub struct Import {
    /// The database to read.
    #[arg(long, value_name = "URL|@FILE")]
    pub from: String,
    /// The database to write.
    #[arg(long, value_name = "URL|@FILE")]
    pub to: String,
}

/// How a password is given.
#[derive(ClapArgs, Debug, Clone)]
#[group(multiple = false)]
pub struct Password {
    /// Read the password from the first line of standard input; on a terminal it is asked for, twice,
    /// and not shown.
    #[arg(long)]
    pub password_stdin: bool,
    /// The password; others on this machine can see it in the list of processes.
    #[arg(long, value_name = "P")]
    pub password: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum UserAction {
    /// Register a user; without a password he is asked to set one at his first login.
    Add {
        nick: String,
        /// 1 registered, 2 VIP, 3 operator, 4 chief, 5 administrator, 10 master, -1 pinger.
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        class: i32,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        place: Place,
        /// Make a new hub's data where there is none. On a terminal it is asked for.
        #[arg(long)]
        create: bool,
    },
    /// List the registered users.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Remove a registration.
    Del {
        nick: String,
        #[command(flatten)]
        place: Place,
    },
    /// Set a user's password.
    Passwd {
        nick: String,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand, Debug)]
pub enum Script {
    /// Compile scripts and tell which hooks they have; exit code 1 when one is broken.
    Check {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

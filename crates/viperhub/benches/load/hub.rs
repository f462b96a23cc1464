//! The hub that is measured, in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Everything that would keep the load away.
const OPEN: &[&str] = &[
    "int_login=0",
    "int_chat_ms=0",
    "max_class_proto_flood=-2",
    "max_users=20000",
    "max_users0=20000",
    "max_users_from_ip=0",
    "send_user_info=0",
    "host_header=0",
    "adv_max_upload_kbps=0",
    "search_number=0",
    "max_passive_sr=0",
    "int_flood_chat_limit=0",
    "int_flood_to_limit=0",
    "int_flood_search_limit=0",
    "int_flood_sr_limit=0",
    "int_flood_all_chat_limit=0",
    "int_flood_all_to_limit=0",
];

/// A script with its name.
pub type Script = (&'static str, &'static str);

/// A hub that runs until this is dropped.
pub struct Hub {
    child: Child,
    address: String,
    _dir: tempfile::TempDir,
}

impl Hub {
    /// A hub that takes any load, with scripts.
    pub fn start(scripts: &[Script]) -> Hub {
        Hub::with(scripts, &[])
    }

    /// The same with arguments of its own.
    pub fn with(scripts: &[Script], more: &[&str]) -> Hub {
        Hub::prepared(scripts, more, |_| ())
    }

    /// `prepare` gets the data directory before the hub does.
    pub fn prepared(scripts: &[Script], more: &[&str], prepare: impl FnOnce(&Path)) -> Hub {
        let (mut child, dir) = spawn(scripts, more, prepare);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("ready: listening on ")
            .unwrap_or_else(|| panic!("the hub did not start: {line:?} (LOAD_LOG=FILE shows why)"))
            .to_owned();
        Hub {
            child,
            address,
            _dir: dir,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// One that clients reach by TLS; `None` when it knows none.
    pub fn tls() -> Option<Hub> {
        let (child, dir) = spawn(&[], &["--listen-tls", "127.0.0.1:0"], |_| ());
        let mut hub = Hub {
            child,
            address: String::new(),
            _dir: dir,
        };
        let out = BufReader::new(hub.child.stdout.take().unwrap());
        // Two lines: the plain port and this one.
        let lines = out.lines().map_while(Result::ok).take(2);
        let (_, rest) = lines
            .filter_map(|line| {
                let (head, rest) = line.split_once("nmdcs://")?;
                Some((head.len(), rest.to_owned()))
            })
            .next()?;
        hub.address = rest.split('/').next()?.to_owned();
        Some(hub)
    }

    fn load(&self, scenario: &str, more: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([scenario, &self.address, "--json", "--hub-pid"])
            .arg(self.pid().to_string())
            .args(more);
        command
    }

    /// Runs a scenario of the load generator; null when it could not.
    pub fn run(&self, scenario: &str, more: &[&str]) -> Value {
        let output = self
            .load(scenario, more)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// Starts clients that misbehave; they are in place when this returns.
    pub fn offend(&self, kind: &str, more: &[&str]) -> Offender {
        let mut command = self.load("offend", &["--kind", kind]);
        let mut child = command.args(more).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let out = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
        assert!(out.is_ok() && line.trim() == "ready", "{kind}: {line:?}");
        Offender(child)
    }
}

/// Registers an operator in a data directory.
pub fn register(data: &Path, nick: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_viperhub"));
    command.args([
        "user",
        "add",
        nick,
        "--class",
        "5",
        "--password",
        "correct-horse",
        "--create",
    ]);
    command.arg("--data-dir").arg(data);
    let done = command.stdout(Stdio::null()).status();
    assert!(
        done.is_ok_and(|done| done.success()),
        "{nick} is registered"
    );
}

fn spawn(
    scripts: &[Script],
    more: &[&str],
    prepare: impl FnOnce(&Path),
) -> (Child, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    prepare(&dir.path().join("data"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_viperhub"));
    command
        .args(["run", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(dir.path().join("data"))
        .args(more);
    for setting in OPEN {
        command.args(["--set", setting]);
    }
    for (name, source) in scripts {
        let path = dir.path().join(name);
        std::fs::write(&path, source).unwrap();
        command.arg("--script").arg(path);
    }
    let log = match std::env::var_os("LOAD_LOG") {
        Some(file) => {
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(file);
            Stdio::from(file.unwrap())
        }
        None => Stdio::null(),
    };
    let child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    (child, dir)
}

impl Drop for Hub {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process of misbehaving clients, ended with this value.
pub struct Offender(Child);

impl Drop for Offender {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

fn end(child: &mut Child) {
    if (child.kill())
        .and_then(|()| child.wait().map(drop))
        .is_err()
    {
        eprintln!("a process could not be ended");
    }
}

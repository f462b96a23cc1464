//! What the program does for the hub beside it: reads texts of the owner, tells of the machine.
//!
//! On a thread of its own, since a disk can take its time.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bytes::Bytes;
use crossbeam_channel::Sender;
use hub::io::{Input, Part, ProgramOp, ProgramReply, ReqId};
use net::Stats;

use crate::queue::Job;

/// The longest text shown to users: with more they would be flooded, not informed.
const MAX_TEXT: u64 = 64 << 10;

/// The way to the thread.
pub struct Errands(Sender<(ReqId, ProgramOp, Stats)>);

impl Errands {
    /// Starts the thread, which ends with the hub. `data_dir` is where texts lie.
    pub fn start(data_dir: PathBuf, jobs: Sender<Job>) -> Result<Errands> {
        let (wishes, queue) = crossbeam_channel::unbounded::<(ReqId, ProgramOp, Stats)>();
        let work = move || {
            for (req, op, stats) in queue {
                let reply = match op {
                    ProgramOp::ReadFile { path } => ProgramReply::File(read(&data_dir, &path)),
                    ProgramOp::Describe(Part::System) => ProgramReply::Text(system().into()),
                    ProgramOp::Describe(Part::Buffers) => ProgramReply::Text(sockets(&stats)),
                };
                let reply = Input::Program { req, reply };
                if jobs.send(Job::Input(reply)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        threads::vital("program", work).context("cannot start a thread")?;
        Ok(Errands(wishes))
    }

    /// Has something done; the answer comes as an input of the hub.
    pub fn send(&self, req: ReqId, op: ProgramOp, stats: Stats) {
        if self.0.send((req, op, stats)).is_err() {
            tracing::error!("the thread that reads files has ended");
        }
    }
}

/// What in the data directory is not for users' eyes, by the ends and beginnings of names.
const SECRET_ENDS: [&str; 5] = [".db", ".key", ".pem", ".p12", ".lock"];
const SECRET_STARTS: [&str; 3] = ["viperhub.db", "database", "dbconfig"];

/// A text below the data directory; `None` when there is none.
fn read(dir: &Path, name: &[u8]) -> Result<Option<Bytes>, String> {
    let name = std::str::from_utf8(name).map_err(|_| "its name is no text".to_owned())?;
    let path = dir.join(name);
    let found = match path.canonicalize() {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let dir = dir.canonicalize().map_err(|error| error.to_string())?;
    // Links are followed first: one may lead out.
    let Ok(inside) = found.strip_prefix(&dir) else {
        return Err("it lies outside of the data directory".to_owned());
    };
    let shown = inside.to_string_lossy().to_lowercase();
    let is_secret = SECRET_ENDS.iter().any(|end| shown.ends_with(end))
        || SECRET_STARTS.iter().any(|start| shown.starts_with(start));
    if is_secret {
        return Err("it is not for users to see".to_owned());
    }
    let about = fs::metadata(&found).map_err(|error| error.to_string())?;
    // Reading a device or a pipe might never end.
    if !about.is_file() {
        return Err("it is not a file".to_owned());
    }
    if about.len() > MAX_TEXT {
        let (has, most) = (about.len(), MAX_TEXT);
        return Err(format!("it has {has} bytes, {most} are the most"));
    }
    let file = fs::File::open(&found).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    let read = file.take(MAX_TEXT).read_to_end(&mut text);
    read.map_err(|error| error.to_string())?;
    Ok(Some(text.into()))
}

/// The machine and this process, as the system shows them.
fn system() -> String {
    let first = |path: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.trim().to_owned()
    };
    let kernel = format!(
        "{} {}",
        first("/proc/sys/kernel/ostype"),
        first("/proc/sys/kernel/osrelease")
    );
    let kernel = match kernel.trim() {
        "" => std::env::consts::OS.to_owned(),
        kernel => kernel.to_owned(),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "The machine: {kernel}, {}, {cores} cores\r\nThe program: viperhub {}, process {}",
        std::env::consts::ARCH,
        env!("CARGO_PKG_VERSION"),
        std::process::id()
    );
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("\r\n{name}: {value}"));
        }
    };
    put("Load", &first("/proc/loadavg"));
    let status = first("/proc/self/status");
    let field = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    put("Memory used", &field("VmRSS:"));
    put("Most memory used", &field("VmHWM:"));
    put("Threads", &field("Threads:"));
    let limits = first("/proc/self/limits");
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let most = files.and_then(|line| line.split_whitespace().nth(3));
    put("Most open files", most.unwrap_or_default());
    text
}

fn sockets(stats: &Stats) -> Bytes {
    format!(
        "Connections: {} open, {} since the start\r\nDropped because they did not read: {}\r\n\
         Received: {} bytes\r\nSent: {} bytes in {} writes",
        stats.open, stats.accepted, stats.slow, stats.bytes_in, stats.bytes_out, stats.writes
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let get = |name: &str| read(dir.path(), name.as_bytes());
        fs::write(at("motd"), "hello").unwrap();
        fs::create_dir(at("texts")).unwrap();
        fs::write(at("texts/rules"), "none").unwrap();
        assert_eq!(get("motd"), Ok(Some("hello".into())));
        assert_eq!(get("texts/rules"), Ok(Some("none".into())));
        assert_eq!(get("nothing"), Ok(None));
        assert_eq!(get("texts/nothing/at/all"), Ok(None));
        fs::write(at("long"), vec![b'x'; 1 << 17]).unwrap();
        fs::write(at("viperhub.db-wal"), "x").unwrap();
        fs::write(at("hub.key"), "x").unwrap();
        fs::write(at("DbConfig"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", at("link")).unwrap();
        std::os::unix::fs::symlink(at("hub.key"), at("rules")).unwrap();
        for (name, why) in [
            ("long", "131072 bytes"),
            ("viperhub.db-wal", "not for users"),
            ("hub.key", "not for users"),
            ("DbConfig", "not for users"),
            ("rules", "not for users"),
            ("link", "outside"),
            ("../", "outside"),
            ("/etc/hostname", "outside"),
            ("texts", "not a file"),
        ] {
            let error = get(name).unwrap_err();
            assert!(error.contains(why), "{name}: {error}");
        }
    }

    #[test]
    fn the_machine_is_described() {
        let text = system();
        assert!(text.contains("cores") && text.contains("process"), "{text}");
    }
}

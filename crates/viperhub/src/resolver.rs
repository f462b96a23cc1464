//! Names of hosts, looked up beside the hub: in DATA-DIR/hosts, else as the system does it.
//!
//! The system's way may hang for long, so each question has an answer within [`LIMIT`]: the
//! name, or none.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};
use hub::io::ReqId;

/// How long a login waits for the name of its host.
const LIMIT: Duration = Duration::from_secs(4);
/// How many names are looked up at once: each may wait for a name server.
const THREADS: usize = 8;
/// Questions that wait; further ones get no name.
const QUEUE: usize = 4096;
/// Answers that are kept, and how long.
const KEPT: usize = 16_384;
const KEEP: Duration = Duration::from_secs(600);

type Answer = dyn Fn(ReqId, Bytes) + Send + Sync;

/// The threads that look up names. They end with it, but for one that waits for an answer.
pub struct Resolver {
    questions: Sender<(ReqId, IpAddr)>,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<Answer>,
    /// Until when each open question is to be answered.
    open: Mutex<HashMap<ReqId, Instant>>,
    kept: Mutex<HashMap<IpAddr, (Bytes, Instant)>>,
    own: Arc<OwnNames>,
    limit: Duration,
    find: Box<dyn Fn(IpAddr) -> Option<String> + Send + Sync>,
}

/// The names that the owner gives addresses himself, in DATA-DIR/hosts.
pub struct OwnNames {
    file: PathBuf,
    names: Mutex<HashMap<IpAddr, Bytes>>,
}

impl OwnNames {
    /// Reads them.
    pub fn of(data_dir: &Path) -> OwnNames {
        let file = data_dir.join("hosts");
        let names = Mutex::new(read(&file));
        OwnNames { file, names }
    }

    fn get(&self, ip: IpAddr) -> Option<Bytes> {
        lock(&self.names).get(&ip).cloned()
    }

    /// Reads them again: the addresses that have another name now, or none.
    pub fn reload(&self) -> Vec<IpAddr> {
        let new = read(&self.file);
        let mut names = lock(&self.names);
        let all = names.keys().chain(new.keys());
        let mut changed: Vec<IpAddr> = (all.copied())
            .filter(|ip| names.get(ip) != new.get(ip))
            .collect();
        changed.sort_unstable();
        changed.dedup();
        *names = new;
        changed
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Resolver {
    /// Starts the threads; `answer` is called on them.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn start(
        own: Arc<OwnNames>,
        answer: impl Fn(ReqId, Bytes) + Send + Sync + 'static,
    ) -> std::io::Result<Resolver> {
        let find = |ip: IpAddr| dns_lookup::lookup_addr(&ip).ok();
        Resolver::with(own, LIMIT, find, answer)
    }

    fn with(
        own: Arc<OwnNames>,
        limit: Duration,
        find: impl Fn(IpAddr) -> Option<String> + Send + Sync + 'static,
        answer: impl Fn(ReqId, Bytes) + Send + Sync + 'static,
    ) -> std::io::Result<Resolver> {
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            open: Mutex::default(),
            kept: Mutex::default(),
            own,
            limit,
            find: Box::new(find),
        });
        let (questions, queue) = crossbeam_channel::bounded(QUEUE);
        for i in 0..THREADS {
            let (shared, queue) = (Arc::clone(&shared), queue.clone());
            let name = format!("resolver-{i}");
            threads::vital(name, move || {
                shared.work(&queue);
                Ok(())
            })?;
        }
        let weak = Arc::downgrade(&shared);
        let pause = limit / 8;
        threads::vital("resolver-time", move || {
            // Until nobody can ask any more.
            while let Some(shared) = weak.upgrade() {
                shared.give_up();
                drop(shared);
                thread::sleep(pause);
            }
            Ok(())
        })?;
        Ok(Resolver { questions, shared })
    }

    /// Asks for a name.
    pub fn look_up(&self, req: ReqId, ip: IpAddr) {
        let ip = ip.to_canonical();
        if let Some(name) = self.shared.known(ip) {
            (self.shared.answer)(req, name);
            return;
        }
        lock(&self.shared.open).insert(req, Instant::now() + self.shared.limit);
        if self.questions.try_send((req, ip)).is_err() {
            self.shared.done(req, Bytes::new());
        }
    }
}

impl Shared {
    fn known(&self, ip: IpAddr) -> Option<Bytes> {
        if let Some(name) = self.own.get(ip) {
            return Some(name);
        }
        let kept = lock(&self.kept);
        let (name, since) = kept.get(&ip)?;
        (since.elapsed() < KEEP).then(|| name.clone())
    }

    fn work(&self, queue: &Receiver<(ReqId, IpAddr)>) {
        for (req, ip) in queue {
            // One that has been given up meanwhile is not worth the time.
            if !lock(&self.open).contains_key(&req) {
                continue;
            }
            let found = threads::guarded("the look-up of a name", || (self.find)(ip)).flatten();
            // What has no name is given its address by the system.
            let name = found.filter(|name| name.parse::<IpAddr>().is_err());
            let name: Bytes = name.unwrap_or_default().into();
            let mut kept = lock(&self.kept);
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(ip, (name.clone(), Instant::now()));
            drop(kept);
            self.done(req, name);
        }
    }

    /// Answers a question that is still open.
    fn done(&self, req: ReqId, name: Bytes) {
        let open = lock(&self.open).remove(&req);
        if open.is_some() {
            (self.answer)(req, name);
        }
    }

    fn give_up(&self) {
        let now = Instant::now();
        let over = lock(&self.open);
        let late: Vec<ReqId> = over
            .iter()
            .filter(|(_, end)| **end <= now)
            .map(|(r, _)| *r)
            .collect();
        drop(over);
        for req in late {
            self.done(req, Bytes::new());
        }
    }
}

/// The lines `ADDRESS NAME` of a file.
fn read(file: &Path) -> HashMap<IpAddr, Bytes> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let ip: IpAddr = words.next()?.parse().ok()?;
        Some((ip.to_canonical(), words.next()?.to_owned().into()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_found_and_remembered() {
        let (tell, told) = crossbeam_channel::unbounded();
        let find = |of: IpAddr| match of {
            of if of == ip("192.0.2.1") => Some("a.example.com".to_owned()),
            // As the system does it for those without a name.
            of => Some(of.to_string()),
        };
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("hosts");
        std::fs::write(&file, "10.0.0.1 own.lan\n").unwrap();
        let own = Arc::new(OwnNames::of(dir.path()));
        let names = Arc::clone(&own);
        let answer = move |req: ReqId, name: Bytes| tell.send((req, name)).unwrap();
        let resolver = Resolver::with(own, Duration::from_secs(600), find, answer).unwrap();
        for (n, of, name) in [
            (1, "192.0.2.1", "a.example.com"),
            (2, "::ffff:192.0.2.1", "a.example.com"),
            (3, "10.0.0.1", "own.lan"),
            (4, "192.0.2.2", ""),
        ] {
            resolver.look_up(ReqId(n), ip(of));
            assert_eq!(told.recv().unwrap(), (ReqId(n), name.into()));
        }
        // Those of the owner can be read again, and win over what was found.
        std::fs::write(&file, "192.0.2.1 mine.lan\n10.0.0.2 two.lan\n").unwrap();
        let changed = ["10.0.0.1", "10.0.0.2", "192.0.2.1"].map(ip);
        assert_eq!(names.reload(), changed);
        assert!(names.reload().is_empty());
        for (n, of, name) in [
            (5, "192.0.2.1", "mine.lan"),
            (6, "10.0.0.1", ""),
            (7, "10.0.0.2", "two.lan"),
        ] {
            resolver.look_up(ReqId(n), ip(of));
            assert_eq!(told.recv().unwrap(), (ReqId(n), name.into()));
        }
    }

    #[test]
    fn each_question_has_one_answer_also_when_names_do_not_come() {
        let (tell, told) = crossbeam_channel::unbounded();
        // Holds up all threads until the test lets go.
        let (release, hold) = crossbeam_channel::bounded::<()>(0);
        let find = move |_: IpAddr| hold.recv().err().map(|_| "late.example.com".to_owned());
        let answer = move |req: ReqId, name: Bytes| tell.send((req, name)).unwrap();
        let limit = Duration::from_millis(8);
        let dir = tempfile::tempdir().unwrap();
        let own = Arc::new(OwnNames::of(dir.path()));
        let resolver = Resolver::with(own, limit, find, answer).unwrap();
        for n in 0..20 {
            resolver.look_up(ReqId(n), ip("192.0.2.9"));
        }
        let mut seen: Vec<(ReqId, Bytes)> = told.iter().take(20).collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            Vec::from_iter((0..20).map(|n| (ReqId(n), Bytes::new())))
        );
        // What comes late is no second answer.
        drop(release);
        resolver.look_up(ReqId(20), ip("192.0.2.9"));
        assert_eq!(told.recv().unwrap().0, ReqId(20));
        assert!(told.is_empty());
    }

    #[test]
    fn the_owners_own_names() {
        let dir = tempfile::tempdir().unwrap();
        let text = "# names\n127.0.0.1  me.example.com # here\nnonsense\n::1 six\n10.0.0.1\n";
        std::fs::write(dir.path().join("hosts"), text).unwrap();
        let own = read(&dir.path().join("hosts"));
        assert_eq!(own.len(), 2);
        assert_eq!(own[&ip("127.0.0.1")], "me.example.com");
        assert!(read(&dir.path().join("none")).is_empty());
    }
}

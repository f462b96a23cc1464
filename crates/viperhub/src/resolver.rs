//! Names of hosts, looked up beside the hub: in DATA-DIR/hosts, else as the system does it.
//!
//! The system's way may hang for long, so each question has an answer within [`LIMIT`]: the
//! name, that there is none, or that nothing is known yet. Who has a slow name server slows
//! down nobody but himself: an address is asked about once for all who want it, a network has
//! [`PER_NETWORK`] of the threads at most, and what did not answer is left alone for [`REST`].

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::io::ReqId;

use crate::own_names::OwnNames;

/// How long anybody waits for the name of a host.
const LIMIT: Duration = Duration::from_secs(4);
/// How many names are looked up at once: each may wait for a name server.
const THREADS: usize = 8;
/// How many of one network, /24 or /64.
const PER_NETWORK: usize = 2;
/// Addresses that are asked about at a time; for further ones there is no answer.
const OPEN: usize = 4096;
/// Answers that are kept, and how long.
const KEPT: usize = 16_384;
const KEEP: Duration = Duration::from_secs(600);
/// How long what did not answer is not asked again.
const REST: Duration = Duration::from_secs(30);

/// A name, empty when there is none; `None` when nobody has answered.
type Name = Option<Bytes>;
type Answer = dyn Fn(ReqId, Name) + Send + Sync;
/// What the system says of an address: a name, or the address itself when it has none; `None`
/// when no name server answers.
type Find = dyn Fn(IpAddr) -> Option<String> + Send + Sync;

/// The threads that look up names. They end with it, but for one that waits for an answer.
pub struct Resolver(Arc<Shared>);

struct Shared {
    answer: Box<Answer>,
    asked: Mutex<Asked>,
    /// There is something to look up, or nobody can ask any more.
    more: Condvar,
    own: Arc<OwnNames>,
    limit: Duration,
    find: Box<Find>,
}

/// What was asked and what was answered.
#[derive(Default)]
struct Asked {
    kept: HashMap<IpAddr, (Bytes, Instant)>,
    /// What did not answer: until when it is left alone.
    silent: HashMap<IpAddr, Instant>,
    open: HashMap<IpAddr, Open>,
    networks: HashMap<IpAddr, Network>,
    /// What the threads are to look up next.
    ready: VecDeque<IpAddr>,
    ended: bool,
}

/// An address that is asked about.
#[derive(Default)]
struct Open {
    /// Who wants to know, and until when.
    by: Vec<(ReqId, Instant)>,
    /// It has one of its network's places.
    placed: bool,
    /// Somebody had no answer in time.
    late: bool,
}

/// A network whose addresses are asked about.
#[derive(Default)]
struct Network {
    /// Places that are taken, and how many of them by those that are late.
    taken: usize,
    late: usize,
    waiting: VecDeque<IpAddr>,
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.0.asked().ended = true;
        self.0.more.notify_all();
    }
}

impl Resolver {
    /// Starts the threads; `answer` is called on them, and on the thread that asks.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn start(
        own: Arc<OwnNames>,
        answer: impl Fn(ReqId, Name) + Send + Sync + 'static,
    ) -> std::io::Result<Resolver> {
        let find = |ip: IpAddr| dns_lookup::lookup_addr(&ip).ok();
        Resolver::with(own, LIMIT, find, answer)
    }

    fn with(
        own: Arc<OwnNames>,
        limit: Duration,
        find: impl Fn(IpAddr) -> Option<String> + Send + Sync + 'static,
        answer: impl Fn(ReqId, Name) + Send + Sync + 'static,
    ) -> std::io::Result<Resolver> {
        let resolver = Resolver(Arc::new(Shared {
            answer: Box::new(answer),
            asked: Mutex::default(),
            more: Condvar::new(),
            own,
            limit,
            find: Box::new(find),
        }));
        for i in 0..THREADS {
            let shared = Arc::clone(&resolver.0);
            threads::vital(format!("resolver-{i}"), move || {
                shared.work();
                Ok(())
            })?;
        }
        let shared = Arc::clone(&resolver.0);
        threads::vital("resolver-time", move || {
            while !shared.asked().ended {
                shared.give_up(Instant::now());
                thread::sleep(shared.pause());
            }
            Ok(())
        })?;
        Ok(resolver)
    }

    /// Asks for a name.
    pub fn look_up(&self, req: ReqId, ip: IpAddr) {
        let ip = ip.to_canonical();
        let name = match self.0.own.get(ip) {
            Some(name) => Some(Some(name)),
            None => self.0.ask(req, ip),
        };
        if let Some(name) = name {
            (self.0.answer)(req, name);
        }
    }
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long between two looks at what is late.
    fn pause(&self) -> Duration {
        self.limit / 8
    }

    /// The answer, if there is one at once; else it comes.
    fn ask(&self, req: ReqId, ip: IpAddr) -> Option<Name> {
        let now = Instant::now();
        // It is given up by the last look before the limit.
        let by = (req, now + self.limit.saturating_sub(self.pause()));
        let mut asked = self.asked();
        if let Some((name, since)) = asked.kept.get(&ip)
            && now.duration_since(*since) < KEEP
        {
            return Some(Some(name.clone()));
        }
        if asked.silent.get(&ip).is_some_and(|until| *until > now) {
            return Some(None);
        }
        if let Some(open) = asked.open.get_mut(&ip) {
            open.by.push(by);
            return None;
        }
        let full = asked.open.len() >= OPEN;
        let net = asked.networks.get(&network(ip));
        // One whose name servers are silent gets no second chance by its other addresses.
        if full || net.is_some_and(|net| net.late >= PER_NETWORK) {
            return Some(None);
        }
        let open = Open {
            by: vec![by],
            ..Open::default()
        };
        asked.open.insert(ip, open);
        let net = asked.networks.entry(network(ip)).or_default();
        net.waiting.push_back(ip);
        asked.place(network(ip));
        self.more.notify_one();
        None
    }

    fn work(&self) {
        loop {
            let mut asked = self.asked();
            let ip = loop {
                if asked.ended {
                    return;
                }
                match asked.ready.pop_front() {
                    Some(ip) => break ip,
                    None => {
                        asked = self
                            .more
                            .wait(asked)
                            .unwrap_or_else(PoisonError::into_inner)
                    }
                }
            };
            // One that has been given up meanwhile is not worth the time.
            let wanted = asked.open.get(&ip).is_some_and(|open| !open.by.is_empty());
            drop(asked);
            let found = wanted
                .then(|| threads::guarded("the look-up of a name", || (self.find)(ip)).flatten());
            self.found(ip, found);
        }
    }

    /// What a thread has found out of an address; `None` when it did not look.
    fn found(&self, ip: IpAddr, found: Option<Option<String>>) {
        let mut asked = self.asked();
        let open = asked.open.remove(&ip).unwrap_or_default();
        if let Some(net) = asked.networks.get_mut(&network(ip)) {
            net.taken -= 1;
            net.late -= usize::from(open.late);
        }
        asked.place(network(ip));
        self.more.notify_one();
        let name = match found {
            Some(Some(name)) => {
                // What has no name is given its address by the system.
                let name = Some(name).filter(|name| name.parse::<IpAddr>().is_err());
                let name = Bytes::from(name.unwrap_or_default());
                asked.keep(ip, &name);
                Some(name)
            }
            Some(None) => {
                asked.is_silent(ip);
                None
            }
            None => None,
        };
        drop(asked);
        // The owner may have given it another one meanwhile.
        let name = self.own.get(ip).or(name);
        for (req, _) in open.by {
            (self.answer)(req, name.clone());
        }
    }

    /// Answers those that have waited long enough.
    fn give_up(&self, now: Instant) {
        let mut asked = self.asked();
        asked.silent.retain(|_, until| *until > now);
        let over = |open: &Open| open.by.iter().any(|(_, until)| *until <= now);
        let late = asked.open.iter().filter(|(_, open)| over(open));
        let late: Vec<IpAddr> = late.map(|(ip, _)| *ip).collect();
        let mut given_up = Vec::new();
        for ip in late {
            asked.is_silent(ip);
            asked.give_up(ip, &mut given_up);
        }
        drop(asked);
        for req in given_up {
            (self.answer)(req, None);
        }
    }
}

impl Asked {
    /// Gives addresses of a network the places that are free.
    fn place(&mut self, network: IpAddr) {
        let Some(net) = self.networks.get_mut(&network) else {
            return;
        };
        while net.taken < PER_NETWORK
            && let Some(ip) = net.waiting.pop_front()
        {
            if let Some(open) = self.open.get_mut(&ip) {
                open.placed = true;
                net.taken += 1;
                self.ready.push_back(ip);
            }
        }
        if net.taken == 0 {
            self.networks.remove(&network);
        }
    }

    /// Nobody waits for an address any more; whoever did is in `given_up`.
    fn give_up(&mut self, ip: IpAddr, given_up: &mut Vec<ReqId>) {
        let net = self.networks.get_mut(&network(ip));
        let Some((open, net)) = self.open.get_mut(&ip).zip(net) else {
            return;
        };
        given_up.extend(open.by.drain(..).map(|(req, _)| req));
        if !open.placed {
            self.open.remove(&ip);
            net.waiting.retain(|other| *other != ip);
        } else if !open.late {
            open.late = true;
            net.late += 1;
        }
    }

    fn keep(&mut self, ip: IpAddr, name: &Bytes) {
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(ip, (name.clone(), Instant::now()));
        self.silent.remove(&ip);
    }

    fn is_silent(&mut self, ip: IpAddr) {
        if self.silent.len() >= KEPT {
            self.silent.clear();
        }
        self.silent.insert(ip, Instant::now() + REST);
    }
}

/// The network of an address: /24, or /64.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & !0xff).into()),
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
#[path = "resolver_tests.rs"]
mod tests;

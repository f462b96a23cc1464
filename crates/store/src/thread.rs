//! A store beside the hub: the hub hands over operations and goes on.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub::io::ReqId;
use hub::reg::{StoreOp, StoreReply};

use crate::{Login, Rows, Store, StoreError};

/// Most operations that share one commit: as many as a restart's flood of logins brings
/// while the disk is busy with the one before.
const BATCH: usize = 64;
/// Most operations that wait. More come only when the database hangs; they fail at once, so
/// that memory does not fill up. Each may be as long as a message.
const MOST_WAITING: usize = 16_384;
/// Idle connections kept for scripts.
const SPARE: usize = 4;

/// What comes too late is told.
const ENDED: &str = "the hub is ending";

/// The workers. Reading never waits: not for a write that waits for a script's statement,
/// not for a password. From `SLOW` on they hash passwords.
const READ: usize = 0;
const WRITE: usize = 1;
const SLOW: usize = 2;

enum Job {
    Op(ReqId, StoreOp),
    /// What remains of a password check after the answer.
    Login(Login),
    /// Dropped when all before it is done.
    Mark(Sender<()>),
    /// Ends the worker; dropped when its connection is closed.
    End(Sender<()>),
}

type Reply = dyn Fn(ReqId, StoreReply) + Send + Sync;

/// The threads that do [`StoreOp`]s, and connections for readers.
///
/// Operations on one nick are done in the order they came; hashing a password holds up only
/// others that need it too. A list shows what was answered before it was asked for. Exactly
/// one reply follows each operation. Dropping it does what is queued and waits for that.
pub struct StoreThread {
    queues: Vec<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    pending: Arc<Pending>,
    waiting: Arc<AtomicUsize>,
    reply: Arc<Reply>,
    readers: Readers,
}

impl StoreThread {
    /// Starts the threads; `reply` is called on them.
    ///
    /// # Errors
    /// When the database cannot be opened once more, or there can be no more threads.
    pub fn start(
        store: Box<dyn Store>,
        reply: impl Fn(ReqId, StoreReply) + Send + Sync + 'static,
    ) -> Result<StoreThread, StoreError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // A core is left for the hub itself.
        let slow = cores.saturating_sub(1).clamp(1, 4);
        let pending = Arc::new(Pending::new(SLOW + slow));
        let waiting = Arc::new(AtomicUsize::new(0));
        let reply: Arc<Reply> = Arc::new(reply);
        let (mut queues, mut threads) = (Vec::new(), Vec::new());
        for i in 0..SLOW + slow {
            let (queue, jobs) = channel();
            let mut worker = Worker {
                store: store.another()?,
                pending: pending.clone(),
                waiting: waiting.clone(),
                reply: reply.clone(),
                // The slow ones come after the one that writes for them.
                writer: queues.get(WRITE).cloned(),
            };
            let run = move || {
                if i >= SLOW {
                    threads::give_way();
                }
                let end = match i {
                    WRITE => worker.write(&jobs),
                    _ => worker.run(&jobs),
                };
                drop(worker);
                drop(end);
                Ok(())
            };
            let thread = threads::vital(format!("store-{i}"), run);
            let thread = thread.map_err(|why| StoreError::Failed {
                what: "start a thread",
                why: why.to_string(),
            })?;
            queues.push(queue);
            threads.push(thread);
        }
        let readers = Readers {
            first: Mutex::new(Some(store)),
            spare: Mutex::default(),
        };
        Ok(StoreThread {
            queues,
            threads,
            pending,
            waiting,
            reply,
            readers,
        })
    }

    /// Queues an operation; when too many wait already it is answered at once, with a failure.
    pub fn send(&self, req: ReqId, op: StoreOp) {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            let why = "the database does not keep up: too much waits for it already";
            return (self.reply)(req, StoreReply::Failed(why.to_owned()));
        }
        let worker = self.pending.route(&op);
        if self.queues[worker].send(Job::Op(req, op)).is_err() {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            (self.reply)(req, StoreReply::Failed(ENDED.to_owned()));
        }
    }

    /// Runs one statement of a script and waits for it; others do not.
    ///
    /// # Errors
    /// The database's words.
    pub fn sql(&self, query: &[u8], limit: usize) -> Result<Rows, String> {
        let run = |store: &mut dyn Store| store.sql(query, limit);
        self.readers.with(run).map_err(|e| e.to_string())?
    }

    /// Reads one variable of `SetupList` as it is now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn get_config(&self, file: &[u8], var: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.readers.with(|store| store.get_config(file, var))?
    }

    /// Does something with a store on this thread and waits for it; others do not.
    ///
    /// # Errors
    /// When the database cannot be opened once more, or what `run` says.
    pub fn with<R>(
        &self,
        run: impl FnOnce(&mut dyn Store) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        self.readers.with(run)?
    }

    /// Waits until everything queued so far is done, at most this long; whether it is.
    pub fn finish(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        // The writer last: the others hand their logins to it.
        let (slow, fast) = self.queues.split_at(SLOW);
        let order = fast.iter().chain([&slow[READ], &slow[WRITE]]);
        order.into_iter().all(|queue| {
            let (mark, done) = channel();
            let left = end.saturating_duration_since(Instant::now());
            queue.send(Job::Mark(mark)).is_ok()
                && done.recv_timeout(left) == Err(RecvTimeoutError::Disconnected)
        })
    }

    /// Does what is queued, then closes all connections; at most this long. What comes later
    /// fails. Whether all is done and closed: then an SQLite database is one file again.
    pub fn end(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let done = self.finish(limit);
        let (slow, fast) = self.queues.split_at(SLOW);
        let mut waits = Vec::new();
        // The writer last: the others hand their logins to it.
        for queue in fast.iter().chain([&slow[READ], &slow[WRITE]]) {
            let (mark, ended) = channel();
            if queue.send(Job::End(mark)).is_ok() {
                waits.push(ended);
            }
        }
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        let ended = (waits.into_iter())
            .filter(|wait| wait.recv_timeout(left(end)) == Err(RecvTimeoutError::Timeout))
            .count();
        self.readers.close();
        done && ended == 0
    }
}

impl Drop for StoreThread {
    fn drop(&mut self) {
        self.queues.clear();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store has failed");
            }
        }
    }
}

/// A lock without poison: what it protects is whole between any two statements.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whom an operation is about.
fn nick_of(op: &StoreOp) -> Option<&Bytes> {
    match op {
        StoreOp::GetUser { nick }
        | StoreOp::CheckPassword { nick, .. }
        | StoreOp::DelUser { nick }
        | StoreOp::SetClass { nick, .. }
        | StoreOp::SetPassword { nick, .. }
        | StoreOp::SetField { nick, .. }
        | StoreOp::Login { nick, .. }
        | StoreOp::Logout { nick, .. } => Some(nick),
        StoreOp::AddUser { user, .. } => Some(&user.nick),
        StoreOp::SetConfig { .. }
        | StoreOp::ListUsers { .. }
        | StoreOp::ReadList { .. }
        | StoreOp::PluginSettings
        | StoreOp::ReadBans
        | StoreOp::ReadRights
        | StoreOp::PutRow { .. }
        | StoreOp::DelRow { .. }
        | StoreOp::SaveBan { .. }
        | StoreOp::HitBan { .. }
        | StoreOp::DelBans { .. }
        | StoreOp::AddKick { .. }
        | StoreOp::SaveRights { .. }
        | StoreOp::Clean { .. } => None,
    }
}

/// The worker for an operation that need not follow another one; `None`: one that hashes.
fn natural(op: &StoreOp) -> Option<usize> {
    match op {
        StoreOp::GetUser { .. } | StoreOp::ListUsers { .. } => Some(READ),
        StoreOp::CheckPassword { .. } => None,
        StoreOp::AddUser { password, .. } | StoreOp::SetPassword { password, .. }
            if !password.is_empty() =>
        {
            None
        }
        _ => Some(WRITE),
    }
}

/// Which worker has operations on which nick, and how many: further ones go there too.
struct Pending(Mutex<Routes>);

struct Routes {
    nicks: HashMap<Vec<u8>, (usize, usize)>,
    /// How many nicks each worker has.
    busy: Vec<usize>,
}

impl Pending {
    fn new(workers: usize) -> Pending {
        Pending(Mutex::new(Routes {
            nicks: HashMap::new(),
            busy: vec![0; workers],
        }))
    }

    fn route(&self, op: &StoreOp) -> usize {
        let Some(nick) = nick_key(op) else {
            return natural(op).unwrap_or(WRITE);
        };
        let mut routes = lock(&self.0);
        let Routes { nicks, busy } = &mut *routes;
        let (worker, count) = nicks.entry(nick).or_insert_with(|| {
            let idle = || (SLOW..busy.len()).min_by_key(|worker| busy[*worker]);
            let worker = natural(op).or_else(idle).unwrap_or(WRITE);
            busy[worker] += 1;
            (worker, 0)
        });
        *count += 1;
        *worker
    }

    fn done(&self, nick: &[u8]) {
        let mut routes = lock(&self.0);
        let Routes { nicks, busy } = &mut *routes;
        if let Some((worker, count)) = nicks.get_mut(nick) {
            *count -= 1;
            if *count == 0 {
                busy[*worker] -= 1;
                nicks.remove(nick);
            }
        }
    }

    /// Has the writer finish what is the only operation on this nick; false when there are
    /// more, which must not be overtaken.
    fn hand_over(&self, nick: &[u8]) -> bool {
        let mut routes = lock(&self.0);
        let Routes { nicks, busy } = &mut *routes;
        match nicks.get_mut(nick) {
            Some((worker, 1)) => {
                busy[*worker] -= 1;
                busy[WRITE] += 1;
                *worker = WRITE;
                true
            }
            _ => false,
        }
    }
}

struct Worker {
    store: Box<dyn Store>,
    pending: Arc<Pending>,
    waiting: Arc<AtomicUsize>,
    reply: Arc<Reply>,
    writer: Option<Sender<Job>>,
}

impl Worker {
    /// Works until the queue ends, or it is told to end.
    fn run(&mut self, jobs: &Receiver<Job>) -> Option<Sender<()>> {
        for job in jobs {
            match job {
                Job::End(mark) => return Some(mark),
                Job::Op(req, op) => self.one(req, op),
                Job::Login(login) => self.record(&[login]),
                Job::Mark(mark) => drop(mark),
            }
        }
        None
    }

    /// The same; what is waiting anyway shares a commit.
    fn write(&mut self, jobs: &Receiver<Job>) -> Option<Sender<()>> {
        while let Ok(first) = jobs.recv() {
            let (mut ops, mut reqs, mut logins) = (Vec::new(), Vec::new(), Vec::new());
            let (mut marks, mut end) = (Vec::new(), None);
            for job in std::iter::once(first).chain(jobs.try_iter().take(BATCH - 1)) {
                match job {
                    Job::Op(req, op) => {
                        reqs.push((req, nick_key(&op)));
                        ops.push(op);
                    }
                    Job::Login(login) => logins.push(login),
                    Job::Mark(mark) => marks.push(mark),
                    Job::End(mark) => end = Some(mark),
                }
            }
            // A login's answer is out already, so what asks for its traces comes later.
            self.record(&logins);
            let replies = guarded(|| self.store.execute_all(ops));
            let replies = replies.unwrap_or_else(|why| vec![why; reqs.len()]);
            for ((req, nick), reply) in reqs.into_iter().zip(replies) {
                self.answer(req, nick, reply);
            }
            drop(marks);
            if end.is_some() {
                return end;
            }
        }
        None
    }

    fn one(&mut self, req: ReqId, op: StoreOp) {
        let key = nick_key(&op);
        let (nick, password, ip, now) = match (op, &self.writer) {
            (
                StoreOp::CheckPassword {
                    nick,
                    password,
                    ip,
                    now,
                },
                Some(_),
            ) => (nick, password, ip, now),
            (op, _) => {
                let reply = guarded(|| self.store.execute(op));
                return self.answer(req, key, reply.unwrap_or_else(|why| why));
            }
        };
        let right = match guarded(|| self.store.verify_password(&nick, &password)) {
            Ok(Ok(right)) => right,
            Ok(Err(why)) => return self.answer(req, key, StoreReply::Failed(why.to_string())),
            Err(why) => return self.answer(req, key, why),
        };
        // Slow too, so not the writer's work; once for each password.
        let rehash = match right {
            true => guarded(|| self.store.rehash(&nick, &password)),
            false => Ok(Ok(None)),
        };
        let rehash = rehash.unwrap_or(Ok(None)).unwrap_or_else(|why| {
            tracing::warn!("{why}");
            None
        });
        // The answer does not wait until the login is written down.
        let key = key.unwrap_or_default();
        let handed = self.pending.hand_over(&key);
        let login = Login {
            nick,
            ip,
            now,
            right,
            rehash,
        };
        let left = match &self.writer {
            Some(writer) if handed => writer.send(Job::Login(login)).err().map(|e| e.0),
            _ => Some(Job::Login(login)),
        };
        self.respond(req, StoreReply::Password(right));
        if let Some(Job::Login(login)) = left {
            self.record(&[login]);
        }
    }

    fn record(&mut self, logins: &[Login]) {
        if logins.is_empty() {
            return;
        }
        match guarded(|| self.store.record_logins(logins)) {
            Ok(Ok(())) => {}
            Ok(Err(why)) => tracing::warn!("{why}"),
            Err(_) => tracing::error!("the store failed to write a login"),
        }
        for login in logins {
            self.pending.done(&login.nick.to_ascii_lowercase());
        }
    }

    fn answer(&self, req: ReqId, nick: Option<Vec<u8>>, reply: StoreReply) {
        if let Some(nick) = nick {
            self.pending.done(&nick);
        }
        self.respond(req, reply);
    }

    fn respond(&self, req: ReqId, reply: StoreReply) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        (self.reply)(req, reply);
    }
}

fn nick_key(op: &StoreOp) -> Option<Vec<u8>> {
    nick_of(op).map(|n| n.to_ascii_lowercase())
}

/// A bug in one operation must not leave the hub without replies to all later ones.
fn guarded<R>(run: impl FnOnce() -> R) -> Result<R, StoreReply> {
    catch_unwind(AssertUnwindSafe(run))
        .map_err(|_| StoreReply::Failed("the store failed; see the log".to_owned()))
}

/// Connections for whoever reads from another thread, one for each at a time.
struct Readers {
    /// Makes the others; none when the store has ended.
    first: Mutex<Option<Box<dyn Store>>>,
    spare: Mutex<Vec<Box<dyn Store>>>,
}

impl Readers {
    fn with<R>(&self, run: impl FnOnce(&mut dyn Store) -> R) -> Result<R, StoreError> {
        let idle = lock(&self.spare).pop();
        let mut store = match idle {
            Some(store) => store,
            None => match &*lock(&self.first) {
                Some(first) => first.another()?,
                None => return Err(StoreError::Url(ENDED.to_owned())),
            },
        };
        let result = run(store.as_mut());
        let first = lock(&self.first);
        let mut spare = lock(&self.spare);
        if first.is_some() && spare.len() < SPARE {
            spare.push(store);
        }
        Ok(result)
    }

    /// Closes them; those at work close when they are done.
    fn close(&self) {
        let mut first = lock(&self.first);
        lock(&self.spare).clear();
        // Also when somebody still reads: the log holds nothing that the file does not.
        if let Some(mut store) = first.take()
            && let Err(why) = store.tidy()
        {
            tracing::warn!("{why}");
        }
    }
}

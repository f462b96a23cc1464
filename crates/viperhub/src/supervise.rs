//! What the program's main thread does while the hub works on others: it hears signals, looks
//! whether the others live, and has the last word at the end. It needs no descriptor for that, and
//! waits for nothing but time: scripts can close what is open, and what is full or hangs must not
//! keep the hub from ending.

use std::convert::Infallible;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender};
use hub::io::Input;
use rustix::thread::futex;
use rustix::time::Timespec;
use signal_hook::low_level::exit;

use crate::notify::{self, Watchdog};
use crate::origin::Origin;
use crate::queue::Job;
use crate::restart::{self, Heritage};
use crate::signals::{Came, Signals};

/// When the program ends even if something hangs.
const LAST_RESORT: Duration = Duration::from_millis(4700);
/// The same counted from a signal: the hub asks the scripts first.
const LAST_RESORT_OF_SIGNALS: Duration = Duration::from_millis(5700);
/// How long a last line of the log may take.
const LAST_LINE: Duration = Duration::from_millis(300);
/// The longest sleep: how late a signal is heard at worst, as most interrupt it.
const PAUSE: Duration = Duration::from_millis(200);
/// How often what belongs to the hub is looked after.
const ROUND: Duration = Duration::from_millis(500);
/// The exit code when a part of the program has failed (`EX_SOFTWARE`).
const FAILED: i32 = 70;

/// How the threads reach the main thread.
pub struct Desk {
    bell: AtomicU32,
    /// Something that must live does not.
    dead: AtomicBool,
    state: Mutex<State>,
    said: Said,
}

#[derive(Default)]
struct State {
    /// When the program is left whatever hangs, and with what exit code.
    leave: Option<(Instant, i32)>,
    /// The hub is to begin anew.
    heritage: Option<Heritage>,
    /// All is taken down, or could not be built.
    over: Option<Result<()>>,
    lock: Option<Lock>,
    turns: Option<Turns>,
}

/// How many turns each thread has taken that must not stop.
type Turns = Arc<dyn Fn() -> Vec<u64> + Send + Sync>;

/// The data directory's lock: a descriptor that nobody but the hub has reason to close.
struct Lock {
    file: File,
    /// Its device and number.
    inode: (u64, u64),
}

impl Lock {
    fn inode(file: &File) -> std::io::Result<(u64, u64)> {
        let about = file.metadata()?;
        Ok((about.dev(), about.ino()))
    }

    fn is_held(&self) -> bool {
        match Lock::inode(&self.file) {
            Ok(inode) => inode == self.inode,
            // A network that is away for a while is none of this.
            Err(error) => error.raw_os_error() != Some(libc::EBADF),
        }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the main thread.
    fn ring(&self) {
        self.bell.fetch_add(1, Ordering::SeqCst);
        // It looks by itself soon when it cannot be woken.
        futex::wake(&self.bell, futex::Flags::PRIVATE, 1).unwrap_or(0);
    }

    /// Sleeps unless it was rung since, until it is, a signal comes or the time is over.
    fn wait(&self, rung: u32, time: Duration) {
        let time = Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: time.subsec_nanos().into(),
        };
        // However it ended, it is time to look.
        futex::wait(&self.bell, futex::Flags::PRIVATE, rung, Some(&time)).unwrap_or(());
    }

    /// The program is left within `time`, unless that was to be earlier already.
    fn leave_within(&self, time: Duration, code: i32) {
        let at = Instant::now() + time;
        let mut state = self.state();
        if state.leave.is_none_or(|(earlier, _)| at < earlier) {
            state.leave = Some((at, code));
        } else if let Some((_, c)) = &mut state.leave {
            *c = code;
        }
        drop(state);
        self.ring();
    }

    /// The hub begins to end, or to begin anew.
    pub fn ending(&self, code: i32, heritage: Option<Heritage>) {
        let mut state = self.state();
        state.heritage = heritage;
        state.turns = None;
        drop(state);
        self.leave_within(LAST_RESORT, code);
    }

    /// All is taken down, or could not be built.
    fn over(&self, result: Result<()>) {
        self.state().over = Some(result);
        self.ring();
    }

    /// Keeps the data directory's lock to the end and looks after it.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn keep(&self, file: File) -> std::io::Result<()> {
        let inode = Lock::inode(&file)?;
        self.state().lock = Some(Lock { file, inode });
        Ok(())
    }

    /// The next run is to find so many registered users.
    pub fn tell_registered(&self, count: usize) {
        if let Some(heritage) = &mut self.state().heritage {
            heritage.had.registered = count;
        }
    }

    /// How to find out whether the hub works.
    pub fn look_at_turns(&self, turns: impl Fn() -> Vec<u64> + Send + Sync + 'static) {
        self.state().turns = Some(Arc::new(turns));
    }

    /// Ends the program, as a thread that must live has ended. At once: what is left may wait for
    /// that thread for ever, and descriptors may not be what they were.
    fn die(&self, thread: &str, why: &str) {
        if self.dead.swap(true, Ordering::SeqCst) {
            // Another thread tells already.
            std::thread::sleep(LAST_LINE * 2);
        } else {
            self.said.say_last(format!(
                "the thread {thread} has ended: {why}. The hub cannot go on without it and ends"
            ));
        }
        exit(FAILED);
    }
}

/// Lines for the log, written by another thread: that nobody reads them must not hold up this one.
struct Said(Sender<(tracing::Level, String, Sender<()>)>);

impl Said {
    fn start() -> std::io::Result<Said> {
        let (say, said) = crossbeam_channel::unbounded();
        threads::vital("signals", move || {
            for (level, text, _done) in said {
                match level {
                    tracing::Level::ERROR => tracing::error!("{text}"),
                    tracing::Level::WARN => tracing::warn!("{text}"),
                    _ => tracing::info!("{text}"),
                }
            }
            Ok(())
        })?;
        Ok(Said(say))
    }

    /// The receiver is closed when it is written.
    fn say(&self, level: tracing::Level, text: impl Into<String>) -> Receiver<()> {
        let (done, written) = crossbeam_channel::bounded(0);
        if self.0.send((level, text.into(), done)).is_err() {
            // The thread that writes has ended, which is the program's end already.
        }
        written
    }

    /// Waits for it a moment.
    fn say_last(&self, text: impl Into<String>) {
        let written = self.say(tracing::Level::ERROR, text);
        // Nothing is ever sent.
        written.recv_timeout(LAST_LINE).unwrap_or(());
    }
}

/// Runs the hub, as `serve` does on a thread of its own, until the program ends or begins anew.
/// Comes back only with why the hub could not be built.
pub fn run(
    origin: &Origin,
    signals: Signals,
    jobs: Sender<Job>,
    serve: impl FnOnce(&Arc<Desk>) -> Result<()> + Send + 'static,
) -> Result<Infallible> {
    let desk = Arc::new(Desk {
        bell: AtomicU32::default(),
        dead: AtomicBool::default(),
        state: Mutex::default(),
        said: Said::start().context("cannot start a thread")?,
    });
    let mine = Arc::clone(&desk);
    threads::on_death(move |thread, why| mine.die(thread, why));
    let theirs = Arc::clone(&desk);
    threads::vital("run", move || {
        let result = serve(&theirs);
        theirs.over(result);
        Ok(())
    })
    .context("cannot start a thread")?;
    let supervisor = Supervisor {
        desk,
        origin,
        signals,
        jobs,
        watchdog: Watchdog::wanted(),
        looked: Instant::now(),
    };
    supervisor.run()
}

struct Supervisor<'o> {
    desk: Arc<Desk>,
    origin: &'o Origin,
    signals: Signals,
    jobs: Sender<Job>,
    watchdog: Option<Watchdog>,
    looked: Instant,
}

impl Supervisor<'_> {
    fn run(mut self) -> Result<Infallible> {
        loop {
            let rung = self.desk.bell.load(Ordering::SeqCst);
            self.hear();
            let over = self.desk.state().over.take();
            match over {
                Some(Ok(())) => return self.leave(),
                Some(Err(why)) => return Err(why),
                None => {}
            }
            let leave = self.desk.state().leave;
            if let Some((at, code)) = leave
                && at <= Instant::now()
            {
                return self.leave_behind(code);
            }
            self.look();
            let left = leave.map(|(at, _)| at.saturating_duration_since(Instant::now()));
            self.desk.wait(rung, left.unwrap_or(PAUSE).min(PAUSE));
        }
    }

    /// Passes on what signals ask for.
    fn hear(&mut self) {
        for came in self.signals.look() {
            let input = match came {
                Came::End(name) => {
                    let text = format!("the signal {name} came: the hub ends");
                    self.desk.said.say(tracing::Level::INFO, text);
                    self.desk.leave_within(LAST_RESORT_OF_SIGNALS, 0);
                    Input::Shutdown
                }
                Came::Reload => Input::Reload,
                Came::Note(text) => {
                    self.desk.said.say(tracing::Level::WARN, text);
                    continue;
                }
            };
            // Nobody to tell when the hub has ended by itself.
            if self.jobs.send(Job::Input(input)).is_err() {
                tracing::debug!("a signal came after the end");
            }
        }
    }

    /// Looks after what belongs to the hub.
    fn look(&mut self) {
        if let Some(watchdog) = &mut self.watchdog {
            let turns = self.desk.state().turns.clone();
            watchdog.look(|| turns.map_or_else(Vec::new, |turns| turns()));
        }
        if self.looked.elapsed() < ROUND {
            return;
        }
        self.looked = Instant::now();
        for name in self.signals.take_back() {
            let text =
                format!("something in this process took the signal {name}; it is the hub's again");
            self.desk.said.say(tracing::Level::WARN, text);
        }
        let lost = self
            .desk
            .state()
            .lock
            .as_ref()
            .is_some_and(|lock| !lock.is_held());
        if lost && !self.desk.dead.swap(true, Ordering::SeqCst) {
            self.desk.said.say_last(
                "descriptors of the hub were closed, that of its lock among them: a script's \
                 os.close or os.closerange does that. The hub cannot go on without them and ends",
            );
            exit(FAILED);
        }
    }

    /// The end, with all taken down.
    fn leave(self) -> Result<Infallible> {
        let (code, heritage) = {
            let mut state = self.desk.state();
            (
                state.leave.map_or(0, |(_, code)| code),
                state.heritage.take(),
            )
        };
        if self.desk.dead.load(Ordering::SeqCst) {
            exit(FAILED);
        }
        let Some(heritage) = heritage else {
            exit(code);
        };
        self.begin_anew(heritage)
    }

    /// The end, though something hangs.
    fn leave_behind(self, code: i32) -> Result<Infallible> {
        self.desk
            .said
            .say_last("something did not end in time, leaving without it");
        let heritage = self.desk.state().heritage.take();
        match heritage {
            Some(heritage) => self.begin_anew(heritage),
            None => exit(code),
        }
    }

    /// Begins anew, unless the hub was told to end meanwhile.
    fn begin_anew(&self, heritage: Heritage) -> Result<Infallible> {
        if self.signals.leave() {
            tracing::info!("the hub was told to end: it does not begin anew");
            notify::stopping();
            exit(0);
        }
        restart::start(self.origin, heritage)
    }
}

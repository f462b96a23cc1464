//! A script's own thread: loads it, serves its queue, unloads it.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::time::{Duration, Instant};

use hub::hooks::Verdict;
use hub::io::Input;
use hub::spoken;

use super::cell::{Cell, Ended, MAX_DEPTH, StopRequest, Todo, Work};
use super::core::lock;
use super::host::CellHost;
use super::job::Job;
use crate::calls;
use crate::mode::Mode;
use crate::script::{Closed, Script, ScriptConfig, ScriptError, World, output};

/// Budgets that an event may wait in a script's queue before it goes on without the script: a
/// script that is slow, but never over its budget, must not hold up the hub without end.
const MAX_QUEUE: u32 = 3;

/// How long others may wait to hear together of what a script has answered: as much as the hub
/// is given at once, it sends at once.
const TOGETHER: Duration = Duration::from_micros(500);

/// How long a thread whose script did not end cleanly keeps trying.
const LINGER: Duration = Duration::from_secs(3600);

/// Starts a script's thread; an isolated one may be given an interpreter to use. The receiver gets the outcome of the load.
///
/// # Errors
/// No thread.
pub(super) fn spawn(
    cell: &Arc<Cell>,
    world: Option<Arc<World>>,
) -> std::io::Result<Receiver<Result<(), ScriptError>>> {
    let (tell, told) = channel();
    let mine = Arc::clone(cell);
    // Linux shows 15 characters of it.
    let name: String = format!("py {}", cell.stem)
        .replace('\0', "")
        .chars()
        .take(15)
        .collect();
    // Python needs more stack than Rust's default for deep recursion of C functions.
    threads::brief_with_stack(name, Some(8 << 20), move || run(&mine, world, tell))?;
    lock(&cell.core.watched).push(Arc::downgrade(cell));
    Ok(told)
}

/// Passes on everything when the thread ends, however it does.
struct Last<'a>(&'a Cell);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.0.tell_late();
        self.0.bury();
        if std::thread::panicking() {
            let core = &self.0.core;
            let text = format!("Script {}: its thread failed, see the log", self.0.stem);
            core.report(self.0.id, &text);
            core.link.submit(Input::ScriptGone(self.0.id));
        }
    }
}

fn run(cell: &Arc<Cell>, world: Option<Arc<World>>, tell: Sender<Result<(), ScriptError>>) {
    let _last = Last(cell);
    let ident = (std::thread::current().id(), Script::thread_ident());
    if cell.thread.set(ident).is_err() {
        return;
    }
    calls::set_level((cell.core.link.view().config().viper.python_log_level).into());
    cell.enter("load", None);
    let result = load(cell, world);
    cell.leave();
    let script = match result {
        Ok(script) => script,
        Err(e) => {
            cell.gone.store(true, Ordering::SeqCst);
            cell.close();
            cell.core.link.submit(Input::ScriptGone(cell.id));
            drop(tell.send(Err(e)));
            return;
        }
    };
    if let Some((_, ident)) = cell.thread.get() {
        script.interrupter().take_back(*ident);
    }
    cell.set_hooks(script.hooks());
    if cell.script.set(Arc::clone(&script)).is_err() || tell.send(Ok(())).is_err() {
        // Whoever loaded it has lost patience and told so.
        tracing::warn!(script = cell.stem, "loaded too late, unloading");
        let (reply, _) = channel();
        cell.close();
        return unload(
            cell,
            &script,
            StopRequest {
                limit: Duration::from_secs(5),
                reuse: false,
                reply,
            },
        );
    }
    loop {
        match cell.next() {
            Todo::Batch => {
                script.attached(|| {
                    cell.runs();
                    script.refresh();
                    let mut now = Instant::now();
                    let mut told = now;
                    while let Some(job) = cell.pop() {
                        now = serve(cell, &script, job, now, true);
                        if serve_requests(cell, &script) {
                            now = Instant::now();
                        }
                        if now.duration_since(told) > TOGETHER {
                            cell.tell_late();
                            told = now;
                        }
                    }
                    cell.tell_late();
                });
            }
            Todo::Requests => script.attached(|| {
                script.refresh();
                serve_requests(cell, &script);
            }),
            Todo::Rescan => {
                script.refresh();
                cell.set_hooks(script.hooks());
            }
            Todo::Stop(request) => return unload(cell, &script, request),
        }
    }
}

fn load(cell: &Arc<Cell>, world: Option<Arc<World>>) -> Result<Arc<Script>, ScriptError> {
    let core = &cell.core;
    let host = CellHost {
        cell: Arc::clone(cell),
        path: cell.path.as_os_str().as_bytes().to_vec(),
    };
    let changed = Arc::downgrade(cell);
    let config = ScriptConfig {
        path: cell.path.clone(),
        mode: cell.mode,
        world,
        scripts_dir: core.scripts_dir.clone(),
        config_dir: core.config_dir.clone(),
        api: core.api,
        host: Arc::new(host),
        text: Arc::clone(&core.text),
        started: Arc::new({
            let cell = Arc::downgrade(cell);
            move |interrupter| {
                if let Some(cell) = cell.upgrade() {
                    drop(cell.interrupter.set(interrupter));
                }
            }
        }),
        changed: Arc::new(move || {
            if let Some(cell) = changed.upgrade() {
                cell.poke();
            }
        }),
    };
    Script::load(&config).map(Arc::new)
}

/// Has the script answer one event that it begins with `now`, and says when it has. Attached.
fn serve(cell: &Cell, script: &Script, job: Job, now: Instant, in_batch: bool) -> Instant {
    let Some(event) = job.event() else {
        return now;
    };
    if cell.suspended.load(Ordering::Relaxed) {
        return now;
    }
    let budget = {
        let config = cell.core.link.view().config();
        calls::set_level(config.viper.python_log_level.into());
        config.viper.python_budget_ms
    };
    let limit = Duration::from_millis(budget.into()) * MAX_QUEUE;
    if !limit.is_zero() && job.waited(now).is_some_and(|waited| waited > limit) {
        cell.tell_backlog(now, limit);
        return now;
    }
    cell.enter(event.hook().name(), Some(job));
    let verdict = match calls::wants(calls::VALUES) {
        false => script.call_hook(&event),
        true => {
            let show = |text: &[u8]| cell.core.text.show(text);
            let call = spoken::hook(&event, &show);
            let run = || script.call_hook(&event);
            calls::told(&cell.stem, &call, run, |v| spoken::verdict(v, &show))
        }
    };
    let done = Instant::now();
    cell.record.call(done.duration_since(now));
    // Before its substitute is put into it: it is not copied for that when nobody else has it.
    drop(event);
    finish(cell, script, verdict, in_batch);
    done
}

/// Has the script do what others wait for; whether there was something. Attached.
fn serve_requests(cell: &Cell, script: &Script) -> bool {
    let mut some = false;
    while let Some(request) = cell.pop_request() {
        request.run(cell, script);
        some = true;
    }
    some
}

/// The thread has finished what it began last: the event if it is still ours. Attached.
pub(super) fn leave(cell: &Cell, script: &Script) -> Option<Job> {
    cell.announce_hooks();
    let (job, interrupted) = cell.leave();
    if interrupted && let Some((_, ident)) = cell.thread.get() {
        script.interrupter().take_back(*ident);
    }
    job
}

fn finish(cell: &Cell, script: &Script, verdict: Verdict, in_batch: bool) {
    let job = leave(cell, script);
    // When there is none the hub has gone on without us: too late.
    if let Some(job) = job {
        job.done(cell, verdict, in_batch);
    }
}

/// The same in the middle of a call that waits for the hub. Detached.
pub(super) fn serve_nested(cell: &Cell, work: Work) {
    match cell.script.get() {
        Some(script) if cell.depth() < MAX_DEPTH => {
            script.attached(|| {
                script.refresh();
                match work {
                    Work::Event(job) => {
                        serve(cell, script, job, Instant::now(), false);
                    }
                    Work::Request(request) => request.run(cell, script),
                }
            });
        }
        _ => drop(work),
    }
}

fn unload(cell: &Arc<Cell>, script: &Arc<Script>, request: StopRequest) {
    let started = Instant::now();
    cell.enter("UnLoad", None);
    script.attached(|| {
        script.call_unload();
        finish(cell, script, Verdict::ALLOW, false);
    });
    output::settle(Some(&cell.stem));
    calls::unloaded(cell.id.0.into(), &cell.path);
    cell.gone.store(true, Ordering::SeqCst);
    cell.core.functions.forget(cell.id);
    cell.close();
    cell.core.link.submit(Input::ScriptGone(cell.id));
    let left = request.limit.saturating_sub(started.elapsed());
    let ended = end(script, request.reuse, left.max(Duration::from_millis(100)));
    let clean = ended.closed == Closed::Clean;
    if let Closed::Left { threads } = &ended.closed {
        let threads = threads.join(", ");
        tracing::warn!(script = cell.stem, "threads that did not end: {threads}");
    }
    if let Err(SendError(Ended {
        world: Some(world), ..
    })) = request.reply.send(ended)
    {
        // Nobody waits for it any more.
        world.end(Duration::from_secs(1));
    }
    // Its threads may end later; then the memory can still be had back.
    while !clean && started.elapsed() < LINGER {
        std::thread::sleep(Duration::from_secs(1));
        if script.close(Duration::ZERO) == Closed::Clean {
            tracing::info!(script = cell.stem, "the last thread ended");
            return;
        }
    }
}

/// Takes the script out of its interpreter, and ends that unless it is to be used again.
fn end(script: &Script, reuse: bool, limit: Duration) -> Ended {
    if reuse && script.mode() == Mode::Isolated {
        match script.retire(limit) {
            Ok(world) if world.is_clean() => {
                return Ended {
                    closed: Closed::Clean,
                    world: Some(world),
                };
            }
            Ok(_) => {}
            // The time for its threads is over.
            Err(closed) => {
                return Ended {
                    closed,
                    world: None,
                };
            }
        }
    }
    Ended {
        closed: script.close(limit),
        world: None,
    }
}

//! What happens by itself as time goes on.

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group};

use super::Hub;

/// When things were last done, in milliseconds.
#[derive(Default)]
pub(super) struct Timers {
    ping: u64,
    sweep: u64,
    /// When scripts get their next `OnTimer`.
    scripts: u64,
    /// When the next of the connections that are closed later may be due.
    close: Option<u64>,
    /// When operators may be told again that the database refuses requests.
    pub store_report: u64,
    /// `!userlimit` on its way.
    pub glide: Option<Glide>,
    /// An end that is planned.
    stop: Option<(u64, End)>,
    /// Since when the scripts are told of the end, and the exit code.
    pub end: Option<(u64, i32)>,
}

impl Timers {
    /// Has closings looked at in this moment.
    pub fn look_at(&mut self, at: u64) {
        self.close = Some(self.close.map_or(at, |known| known.min(at)));
    }
}

/// How the hub is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct End {
    /// The exit code.
    pub code: i32,
    /// It is to begin anew.
    pub restart: bool,
}

/// A number that goes to another one in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glide {
    pub from: u32,
    pub to: u32,
    /// When it began, and how long it takes, in milliseconds.
    pub start: u64,
    pub length: u64,
}

impl Glide {
    /// Where it is at a moment.
    pub fn at(&self, now: u64) -> u32 {
        let gone = now.saturating_sub(self.start);
        if gone >= self.length {
            return self.to;
        }
        let way = i128::from(self.to) - i128::from(self.from);
        let done = way * i128::from(gone) / i128::from(self.length.max(1));
        u32::try_from(i128::from(self.from) + done).unwrap_or(self.to)
    }
}

/// How long the end waits for `OnUnLoad`.
const END_MS: u64 = 1000;

/// How often expired temporary bans are forgotten.
const SWEEP_MS: u64 = 30_000;

impl Hub {
    /// When [`Input::Moment`](crate::io::Input::Moment) is wanted, on the clock of
    /// [`Now::mono_ms`](crate::io::Now): scripts say in milliseconds when something is to be.
    pub fn next_moment(&self) -> Option<u64> {
        let stop = self.timers.stop.map(|(at, _)| at);
        stop.into_iter().chain(self.timers.close).min()
    }

    /// What was to be done at a moment that has come.
    pub(super) fn moment(&mut self) {
        let now = self.now.mono_ms;
        if let Some((_, end)) = self.timers.stop.take_if(|(at, _)| now >= *at) {
            self.shutdown(end);
        }
        if self.timers.close.take_if(|at| now >= *at).is_none() {
            return;
        }
        let mut due = Vec::new();
        for (id, c) in &self.conns {
            match c.close_at {
                Some((at, reason)) if now >= at => due.push((*id, reason)),
                Some((at, _)) => self.timers.look_at(at),
                None => {}
            }
        }
        due.sort_unstable_by_key(|(id, _)| *id);
        for (id, reason) in due {
            self.close(id, reason, super::leave::BY_SCRIPT);
        }
    }

    /// About once a second.
    pub(super) fn tick(&mut self) {
        let now = self.now.mono_ms;
        self.moment();
        if self
            .timers
            .end
            .is_some_and(|(since, _)| now >= since.saturating_add(END_MS))
        {
            self.unloaded();
        }
        self.measure_load();
        self.watch_swarm();
        self.open_locks();
        self.check_deadlines(now);
        let ping = u64::from(self.config.engine.delayed_ping) * 1000;
        if ping > 0 && now >= self.timers.ping.saturating_add(ping) {
            self.timers.ping = now;
            self.broadcast(Group::LISTED, nmdc::Wire::of(nmdc::write::ping));
        }
        if now >= self.timers.sweep.saturating_add(SWEEP_MS) {
            self.timers.sweep = now;
            self.nick_bans.sweep(now);
            self.ip_bans.sweep(now);
            let secs = self.now.unix_secs();
            self.sweep_rights();
            self.bans.sweep(secs - super::banning::KEEP_ENDED);
        }
        self.glide();
        self.run_timed_triggers();
        self.deliver_script_commands();
        self.tell_time(now);
    }

    /// `OnTimer`, every `adv_timer_serv_period` seconds; ticks come somewhat early or late.
    fn tell_time(&mut self, now: u64) {
        let period = u64::try_from(self.config.engine.adv_timer_serv_period).unwrap_or(1);
        let period = period.max(1).saturating_mul(1000);
        // A period that has become shorter counts from now.
        let next = self.timers.scripts.min(now.saturating_add(period));
        if now.saturating_add(500) < next {
            self.timers.scripts = next;
            return;
        }
        self.timers.scripts = now.saturating_add(period);
        let milliseconds = self.now.unix_ms as f64;
        self.tell(Hook::Timer, |_| Event::Timer { milliseconds });
    }

    /// Stops the hub later.
    pub(super) fn stop_at(&mut self, at: u64, end: End) {
        self.timers.stop = Some((at, end));
    }

    /// Whether a planned end was called off.
    pub(super) fn unplan_stop(&mut self) -> bool {
        self.timers.stop.take().is_some()
    }

    fn check_deadlines(&mut self, now: u64) {
        let info_pause = u64::from(self.config.users.int_myinfo) * 1000;
        let mut late: Vec<(ConnId, Due)> = Vec::new();
        for (id, c) in &self.conns {
            let due = if let Some((at, reason)) = c.close_at
                && now >= at
            {
                Due::Close(reason)
            } else if c.parked() {
                // Waiting for a script or the store is not the client's fault.
                continue;
            } else if c.deadline.is_some_and(|at| now >= at) {
                Due::Late(format!("{} took too long.", c.awaited()))
            } else if c.login_deadline.is_some_and(|at| now >= at) {
                let missing = c.awaited();
                Due::Late(format!("the login took too long: {missing} is missing."))
            } else if c.late_info.is_some() && now >= c.info_at.saturating_add(info_pause) {
                Due::Info
            } else if c.rctm.locked() {
                Due::Unlock
            } else {
                continue;
            };
            late.push((*id, due));
        }
        late.sort_unstable_by_key(|(id, _)| *id);
        for (id, due) in late {
            match due {
                Due::Close(reason) => self.close(id, reason, super::leave::BY_SCRIPT),
                Due::Late(what) => {
                    self.close(id, CloseReason::Timeout, format!("Timeout: {what}"));
                }
                Due::Unlock => {
                    let lock = self.conns.get_mut(&id).map(|c| &mut c.rctm);
                    if lock.is_some_and(|lock| lock.open(now)) {
                        self.tell_target_unlocked(id);
                    }
                }
                Due::Info => {
                    if let Some(frame) = self.conns.get(&id).and_then(|c| c.late_info.clone()) {
                        // The scripts have seen the message when it came.
                        self.handle_message(id, &frame);
                    }
                }
            }
        }
    }
}

enum Due {
    Close(CloseReason),
    Late(String),
    Info,
    Unlock,
}

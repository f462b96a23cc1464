//! What the clients do, and what is measured.

use std::time::{Duration, Instant};

use crate::args::{Options, Scenario};
use crate::report::Report;
use crate::swarm::Swarm;
use crate::{Error, exchange, floor, life, offend, proc};

/// Nothing heard for so long: the hub has told everybody everything.
pub(crate) const QUIET: Duration = Duration::from_millis(500);
/// Share of one processor above which this program may be what limits the result.
const SATURATED: f64 = 0.9;

/// Runs what the command line asks for.
pub fn run(options: &Options) -> Result<Report, Error> {
    match options.scenario {
        Scenario::Login => login(options),
        Scenario::Fanout | Scenario::Latency => {
            let mut report = talk(options)?;
            if options.floor {
                let floor = floor::run(options)?;
                let ratio = (report.get("hub_us_per_line"))
                    .zip(floor.get("floor_us_per_line"))
                    .map(|(hub, floor)| hub / floor);
                report.append(floor);
                report.row("times_floor", "hub CPU against the floor", ratio, "x");
            }
            Ok(report)
        }
        Scenario::Idle => idle(options),
        Scenario::Private => exchange::private(options),
        Scenario::Search => exchange::search(options),
        Scenario::Life => life::run(options),
        Scenario::Offend => offend::run(options),
        Scenario::Floor => floor::run(options),
        Scenario::FloorServer => floor::serve(options).map(|()| Report::default()),
    }
}

/// Time and processor time from a moment on.
pub(crate) struct Clock {
    start: Instant,
    hub_pid: Option<u32>,
    hub: Option<Duration>,
    own: Duration,
}

/// What a [`Clock`] shows.
pub(crate) struct Lap {
    pub(crate) wall: f64,
    pub(crate) hub: Option<f64>,
    pub(crate) own: f64,
}

impl Clock {
    pub(crate) fn start(options: &Options) -> Clock {
        Clock {
            hub_pid: options.hub_pid,
            hub: options.hub_pid.and_then(proc::cpu),
            own: proc::own_cpu(),
            start: Instant::now(),
        }
    }

    pub(crate) fn lap(&self) -> Lap {
        let hub_now = self.hub_pid.and_then(proc::cpu);
        Lap {
            wall: self.start.elapsed().as_secs_f64(),
            hub: hub_now
                .zip(self.hub)
                .map(|(now, then)| now.saturating_sub(then).as_secs_f64()),
            own: proc::own_cpu().saturating_sub(self.own).as_secs_f64(),
        }
    }
}

impl Lap {
    /// Says how busy we were, and warns when that may have shaped the result.
    pub(crate) fn own_row(&self, report: &mut Report) {
        let share = self.own / self.wall;
        report.row("own_cpu", "generator's CPU", share * 100.0, "%");
        if share > SATURATED {
            report.warn(format!(
                "the generator was busy {:.0} % of the time: the hub may be able to do more",
                share * 100.0
            ));
        }
    }
}

fn login(options: &Options) -> Result<Report, Error> {
    let mut swarm = Swarm::new(options.clone())?;
    let clock = Clock::start(options);
    let time = swarm.log_in()?.as_secs_f64();
    let rate = clock.lap();
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let all = clock.lap();
    let clients = options.clients as f64;
    let mut report = Report::default();
    report.row("clients", "clients", clients, "");
    report.row("logins_per_s", "logins", clients / time, "/s");
    report.row("login_s", "all logged in after", time, "s");
    let cpu = all.hub.map(|hub| hub * 1e3);
    report.row("hub_cpu_ms", "hub CPU in all", cpu, "ms");
    let each = all.hub.map(|hub| hub * 1e6 / clients);
    report.row("hub_us_per_login", "hub CPU per login", each, "us");
    let received = swarm.seen.bytes as f64 / 1e6;
    report.row("received_mb", "received by all", received, "MB");
    rate.own_row(&mut report);
    Ok(report)
}

fn talk(options: &Options) -> Result<Report, Error> {
    let mut swarm = Swarm::new(options.clone())?;
    swarm.log_in()?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let lines_before = swarm.seen.lines;
    swarm.start_talking();
    swarm.run(options.warm_up)?;
    swarm.seen.echoes.clear();
    let before = swarm.seen.clone();
    let clock = Clock::start(options);
    swarm.run(options.time)?;
    let lap = clock.lap();
    let mut after = swarm.seen.clone();
    swarm.stop_talking();
    let clients = options.clients as u64;
    swarm.await_all(|seen| seen.lines - lines_before >= seen.said * clients)?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;

    let lines = (after.lines - before.lines) as f64;
    let mut report = Report::default();
    report.row("clients", "clients", options.clients as f64, "");
    report.row("senders", "senders", options.senders as f64, "");
    report.row(
        "in_flight",
        "lines in flight each",
        options.in_flight as f64,
        "",
    );
    report.row("lines_per_s", "lines delivered", lines / lap.wall, "/s");
    let said = (after.said - before.said) as f64;
    report.row("said_per_s", "lines said", said / lap.wall, "/s");
    let per_line = lap.hub.map(|hub| hub * 1e6 / lines);
    report.row(
        "hub_us_per_line",
        "hub CPU per delivered line",
        per_line,
        "us",
    );
    let share = lap.hub.map(|hub| hub / lap.wall * 100.0);
    report.row("hub_cpu", "hub's CPU", share, "%");
    let reads = (after.reads - before.reads) as f64;
    report.row("lines_per_read", "lines per read", lines / reads, "");
    echo_rows(&mut after.echoes, &mut report);
    let received = (after.bytes - before.bytes) as f64;
    report.row(
        "bytes_per_line",
        "bytes received per line",
        received / lines,
        "B",
    );
    let blocks = (after.blocks - before.blocks) as f64;
    report.row(
        "lines_per_block",
        "lines per compressed block",
        lines / blocks,
        "",
    );
    lap.own_row(&mut report);
    let due = swarm.seen.said * clients;
    let came = swarm.seen.lines - lines_before;
    if came != due {
        report.warn(format!("{came} lines came, {due} were due"));
    }
    Ok(report)
}

/// How long what was sent took to come back.
pub(crate) fn echo_rows(echoes: &mut [Duration], report: &mut Report) {
    echoes.sort_unstable();
    for (key, label, part) in [
        ("echo_median_ms", "echo latency, median", 0.5),
        ("echo_p99_ms", "echo latency, p99", 0.99),
        ("echo_max_ms", "echo latency, longest", 1.0),
    ] {
        report.row(key, label, percentile(echoes, part), "ms");
    }
}

fn idle(options: &Options) -> Result<Report, Error> {
    let rss = || options.hub_pid.and_then(proc::rss);
    let before = rss();
    let mut swarm = Swarm::new(options.clone())?;
    swarm.log_in()?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let after = rss();
    let clock = Clock::start(options);
    swarm.run(options.time)?;
    let lap = clock.lap();
    let each = after.zip(before).map(|(after, before)| {
        after.saturating_sub(before) as f64 / 1024.0 / options.clients as f64
    });
    let mib = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / 1_048_576.0);
    let mut report = Report::default();
    report.row("clients", "clients", options.clients as f64, "");
    report.row("rss_before_mib", "hub memory before", mib(before), "MiB");
    report.row("rss_after_mib", "hub memory with all", mib(after), "MiB");
    report.row("kib_per_client", "memory per client", each, "KiB");
    let cpu = lap.hub.map(|hub| hub / lap.wall * 100.0);
    report.row("idle_cpu", "hub's CPU while idle", cpu, "%");
    Ok(report)
}

/// A percentile of sorted times, in milliseconds.
fn percentile(sorted: &[Duration], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let index = (last as f64 * part).round() as usize;
    Some(sorted.get(index)?.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_is_there() {
        let times: Vec<Duration> = (1..=101).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 0.5), Some(51.0));
        assert_eq!(percentile(&times, 0.99), Some(100.0));
        assert_eq!(percentile(&times, 1.0), Some(101.0));
        assert_eq!(percentile(&[], 0.5), None);
    }
}

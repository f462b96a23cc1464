//! The day of a large hub in a minute: all log in, stay, chat and leave.

use std::time::Instant;

use crate::args::Options;
use crate::report::Report;
use crate::scenario::{Clock, QUIET, echo_rows};
use crate::swarm::Swarm;
use crate::{Error, proc};

/// Clients that see the others leave.
const WITNESSES: usize = 20;

/// All log in, stay, chat and leave.
pub fn run(options: &Options) -> Result<Report, Error> {
    let count = options.clients as f64;
    let mib = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / 1_048_576.0);
    let rss = || options.hub_pid.and_then(proc::rss);
    let mut report = Report::default();
    report.row("clients", "clients", count, "");

    let before = rss();
    let mut swarm = Swarm::new(options.clone())?;
    let clock = Clock::start(options);
    let time = swarm.log_in()?.as_secs_f64();
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let lap = clock.lap();
    report.row("logins_per_s", "logins", count / time, "/s");
    report.row("login_s", "all logged in after", time, "s");
    let cpu = lap.hub.map(|hub| hub * 1e6 / count);
    report.row("hub_us_per_login", "hub CPU per login", cpu, "us");
    let told = swarm.seen.bytes as f64 / 1e6;
    report.row("received_mb", "received by all so far", told, "MB");
    lap.own_row(&mut report);

    let full = rss();
    report.row("rss_mib", "hub memory with all", mib(full), "MiB");
    let each = full
        .zip(before)
        .map(|(now, then)| now.saturating_sub(then) as f64 / 1024.0 / count);
    report.row("kib_per_client", "memory per client", each, "KiB");
    let clock = Clock::start(options);
    swarm.run(options.warm_up)?;
    let lap = clock.lap();
    let idle = lap.hub.map(|hub| hub / lap.wall * 100.0);
    report.row("idle_cpu", "hub's CPU while all idle", idle, "%");

    let lines_before = swarm.seen.lines;
    swarm.start_talking();
    swarm.run(options.warm_up)?;
    swarm.seen.echoes.clear();
    let seen = swarm.seen.clone();
    let clock = Clock::start(options);
    swarm.run(options.time)?;
    let lap = clock.lap();
    let mut after = swarm.seen.clone();
    swarm.stop_talking();
    let clients = options.clients as u64;
    swarm.await_all(|seen| seen.lines - lines_before >= seen.said * clients)?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let lines = (after.lines - seen.lines) as f64;
    report.row("lines_per_s", "lines delivered", lines / lap.wall, "/s");
    let each = lap.hub.map(|hub| hub * 1e6 / lines);
    report.row("hub_us_per_line", "hub CPU per delivered line", each, "us");
    echo_rows(&mut after.echoes, &mut report);
    let (due, came) = (swarm.seen.said * clients, swarm.seen.lines - lines_before);
    if came != due {
        report.warn(format!("{came} lines came, {due} were due"));
    }

    let witnesses = WITNESSES.min(options.clients);
    let due = (witnesses * (options.clients - witnesses)) as u64;
    let commands = swarm.seen.commands;
    let clock = Clock::start(options);
    let start = Instant::now();
    swarm.leave(witnesses);
    let gone = start.elapsed().as_secs_f64();
    while swarm.seen.commands - commands < due && start.elapsed() < options.timeout {
        swarm.step(QUIET)?;
    }
    let told = start.elapsed().as_secs_f64();
    let lap = clock.lap();
    report.row("leave_s", "all have hung up after", gone, "s");
    report.row("told_s", "the others have heard of all after", told, "s");
    let each = lap.hub.map(|hub| hub * 1e6 / count);
    report.row("hub_us_per_leave", "hub CPU per leave", each, "us");
    let heard = swarm.seen.commands - commands;
    if heard != due {
        report.warn(format!("{heard} were told to have left, {due} have"));
    }
    report.row("rss_after_mib", "hub memory after", mib(rss()), "MiB");
    Ok(report)
}

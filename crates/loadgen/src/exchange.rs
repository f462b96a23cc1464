//! Messages from one to one, and searches with their results.

use std::time::{Duration, Instant};

use crate::Error;
use crate::args::Options;
use crate::cast::{self, ANSWERERS};
use crate::report::Report;
use crate::scenario::{Clock, QUIET, echo_rows};
use crate::swarm::{Seen, Swarm};

fn all_in(options: &Options) -> Result<Swarm, Error> {
    let mut swarm = Swarm::new(options.clone())?;
    swarm.log_in()?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    Ok(swarm)
}

/// Pairs keep private messages under way, for a time or until there were so many.
pub fn private(options: &Options) -> Result<Report, Error> {
    let pairs = options.senders / 2;
    if pairs == 0 {
        return Err(Error::Usage("a pair has two senders".to_owned()));
    }
    let mut swarm = all_in(options)?;
    swarm.start_talking();
    swarm.run(options.warm_up)?;
    let rss = || options.hub_pid.and_then(crate::proc::rss);
    let rss_before = rss();
    swarm.seen.echoes.clear();
    let before = swarm.seen.clone();
    let clock = Clock::start(options);
    match options.count {
        None => swarm.run(options.time)?,
        Some(count) => {
            while swarm.seen.private - before.private < count {
                let was = swarm.seen.private;
                swarm.run(Duration::from_millis(20))?;
                if swarm.seen.private == was && clock.lap().wall > options.timeout.as_secs_f64() {
                    break;
                }
            }
        }
    }
    let lap = clock.lap();
    let mut after = swarm.seen.clone();
    let grown = rss().zip(rss_before);
    swarm.stop_talking();
    swarm.await_all(|seen| seen.private >= seen.said)?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let messages = (after.private - before.private) as f64;
    let mut report = Report::default();
    report.row("clients", "clients", options.clients as f64, "");
    report.row("messages", "private messages", messages, "");
    let rate = messages / lap.wall;
    report.row("messages_per_s", "private messages", rate, "/s");
    let each = lap.hub.map(|hub| hub * 1e6 / messages);
    report.row("hub_us_per_message", "hub CPU per message", each, "us");
    let cpu = lap.hub.map(|hub| hub / lap.wall * 100.0);
    report.row("hub_cpu", "hub's CPU", cpu, "%");
    // There and back again.
    echo_rows(&mut after.echoes, &mut report);
    let grown = grown.map(|(now, then)| (now as f64 - then as f64) / 1e6);
    report.row("grown_mb", "hub memory more", grown, "MB");
    let lost = swarm.seen.said as f64 - swarm.seen.private as f64;
    report.row("lost", "messages lost", lost, "");
    let wrong = swarm.seen.wrong as f64;
    report.row("out_of_turn", "messages out of turn", wrong, "");
    if lost != 0.0 || wrong != 0.0 {
        report.warn(format!("{lost} messages are lost, {wrong} out of turn"));
    }
    lap.own_row(&mut report);
    Ok(report)
}

/// Who receives a search of client `from`.
fn due(options: &Options, base: Instant, from: usize, by_hash: bool) -> (u64, u64) {
    let searcher = cast::profile(options, base, from);
    let (mut all, mut answers) = (0, 0);
    for index in (0..options.clients).filter(|index| *index != from) {
        let client = cast::profile(options, base, index);
        if (searcher.active || client.active) && (!by_hash || client.tth_search) {
            all += 1;
            let has = (options.senders..options.senders + ANSWERERS).contains(&index);
            answers += u64::from(has && !searcher.active);
        }
    }
    (all, answers)
}

/// Senders take turns in searching, so many times a second whatever the hub does.
pub fn search(options: &Options) -> Result<Report, Error> {
    if options.senders < 4 || options.clients < options.senders + ANSWERERS {
        return Err(Error::Usage("too few senders or clients".to_owned()));
    }
    let mut swarm = all_in(options)?;
    let start = Instant::now();
    // Four kinds of searches: by turns passive and active, by turns by hash and by name.
    let kinds = [0, 1, 2, 3].map(|kind| due(options, start, kind % 2, kind >= 2));
    let mut sent = 0u64;
    let (mut due_all, mut due_results) = (0, 0);
    let mut begun: Option<(Clock, Seen, u64)> = None;
    let end = options.warm_up + options.time;
    let commands_before = swarm.seen.commands;
    while start.elapsed() < end {
        if begun.is_none() && start.elapsed() >= options.warm_up {
            swarm.seen.echoes.clear();
            begun = Some((Clock::start(options), swarm.seen.clone(), sent));
        }
        let wanted = (start.elapsed().as_secs_f64() * options.rate) as u64;
        while sent < wanted {
            let from = usize::try_from(sent).unwrap_or(0) % options.senders;
            // Every searcher searches both ways.
            let by_hash = (sent / options.senders as u64).is_multiple_of(2);
            let (all, results) = kinds[from % 2 + 2 * usize::from(by_hash)];
            due_all += all;
            due_results += results;
            swarm.search(from, by_hash);
            sent += 1;
        }
        let next = Duration::from_secs_f64((sent + 1) as f64 / options.rate);
        swarm.step(next.saturating_sub(start.elapsed()))?;
    }
    let Some((clock, before, sent_before)) = begun else {
        return Err(Error::Usage("no time to measure".to_owned()));
    };
    let lap = clock.lap();
    let mut after = swarm.seen.clone();
    swarm.await_all(|seen| {
        seen.results >= due_results && seen.commands - commands_before >= due_all + due_results
    })?;
    swarm.settle(QUIET)?;
    swarm.check_lost()?;
    let mut report = Report::default();
    let searches = (sent - sent_before) as f64;
    let delivered = (after.commands - before.commands) as f64;
    report.row("clients", "clients", options.clients as f64, "");
    report.row("searches_per_s", "searches", searches / lap.wall, "/s");
    report.row(
        "delivered_per_s",
        "searches delivered",
        delivered / lap.wall,
        "/s",
    );
    let results = (after.results - before.results) as f64;
    report.row("results_per_s", "results routed", results / lap.wall, "/s");
    let each = lap.hub.map(|hub| hub * 1e6 / searches);
    report.row("hub_us_per_search", "hub CPU per search", each, "us");
    let each = lap.hub.map(|hub| hub * 1e6 / delivered);
    report.row(
        "hub_us_per_delivery",
        "hub CPU per delivered search",
        each,
        "us",
    );
    let share = lap.hub.map(|hub| hub / lap.wall * 100.0);
    report.row("hub_cpu", "hub's CPU", share, "%");
    // From the search to the first and all other results.
    echo_rows(&mut after.echoes, &mut report);
    let came = swarm.seen.commands - commands_before - swarm.seen.results;
    let lost = due_all as f64 - came as f64;
    report.row("lost", "searches lost or too many", lost, "");
    let lost_results = due_results as f64 - swarm.seen.results as f64;
    report.row("results_lost", "results lost", lost_results, "");
    if lost != 0.0 || lost_results != 0.0 || swarm.seen.wrong > 0 {
        report.warn(format!(
            "{came} searches came, {due_all} were due; {} results, {due_results} were due; {} odd",
            swarm.seen.results, swarm.seen.wrong
        ));
    }
    lap.own_row(&mut report);
    Ok(report)
}

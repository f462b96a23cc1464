//! The hub under load, over real sockets: fan-out, latency, logins, searches, memory, fairness.
//!
//! The hub is the release program in a process of its own; the clients are one more process,
//! this program started again as the load generator. Both share the machine's cores, so only
//! ratios within one run mean something. `cargo bench --bench load -- --only fanout` runs one part.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to say"
)]

mod bans;
mod guess;
mod hub;
mod scripts;
mod table;

use std::process::ExitCode;

use hub::{Hub, Script};
use loadgen::proc;
use scripts::{DOORMAN, JUDGE, PRIVATE, SECOND, SPINNER};
use serde_json::Value;
use table::Goal::{Least, Most, Shown};
use table::{get, head, row, section, show, warnings};

/// The parts, in order.
const PARTS: &[(&str, fn())] = &[
    ("logins", logins),
    ("memory", memory),
    ("fanout", fanout),
    ("zpipe", zpipe),
    ("tls", tls),
    ("latency", latency),
    ("scripts", scripts_under_load),
    ("private", private),
    ("search", search),
    ("life", life),
    ("fairness", fairness),
    ("guessing", guessing),
];

fn main() -> ExitCode {
    // `cargo bench` adds this.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {}
        ["--only", part] => {
            let Some((_, run)) = PARTS.iter().find(|(name, _)| *name == part) else {
                let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
                eprintln!("the parts are {}", names.join(" "));
                return ExitCode::FAILURE;
            };
            run();
            return ExitCode::SUCCESS;
        }
        _ => return loadgen::main(args),
    }
    head("The hub under load");
    PARTS.iter().for_each(|(_, run)| run());
    ExitCode::SUCCESS
}

/// A registered nick in the rows about fairness.
const BOSS: &str = "boss";

/// Seconds a row is measured.
const TIME: [&str; 2] = ["--seconds", "3"];

fn logins() {
    section("1000 clients log in, 50 at a time");
    let r = Hub::start(&[]).run("login", &[]);
    show("logins per second", &r, "logins_per_s", "/s", Least(3500.0));
    show("hub CPU for all", &r, "hub_cpu_ms", "ms", Most(270.0));
    warnings(&r);
    let banned = Hub::prepared(&[], &[], |data| bans::write_bans(data, 100_000));
    let b = banned.run("login", &[]);
    let what = "with 100 000 bans of each of the ten kinds";
    show(what, &b, "logins_per_s", "/s", Least(3500.0));
    let cpu = |r: &Value| get(r, "hub_cpu_ms");
    let ratio = cpu(&b).zip(cpu(&r)).map(|(with, without)| with / without);
    row(
        "  hub CPU for all, against that without",
        ratio,
        "x",
        Most(1.15),
    );
    warnings(&b);
    drop(banned);
    let r = Hub::start(&[DOORMAN]).run("login", &[]);
    let what = "with OnUserLogin, OnParsedMsgMyINFO, OnValidateTag";
    show(what, &r, "logins_per_s", "/s", Least(2000.0));
    show("  hub CPU for all", &r, "hub_cpu_ms", "ms", Shown);
    warnings(&r);
}

fn memory() {
    section("1000 idle clients");
    // A hub that has not been loaded yet: freed memory would be used again and not show.
    let r = Hub::start(&[]).run("idle", &["--seconds", "2"]);
    show("memory per client", &r, "kib_per_client", "KiB", Most(8.0));
    show("hub's CPU while they are", &r, "idle_cpu", "%", Shown);
    warnings(&r);
}

fn fan_out(hub: &Hub, clients: &str, more: &[&str]) -> Value {
    let options = [&["--clients", clients], &TIME[..], more].concat();
    hub.run("fanout", &options)
}

fn fanout() {
    section("chat with 20 senders, 8 lines in flight each: 1000 clients");
    let small = fan_out(&Hub::start(&[]), "1000", &["--floor"]);
    let r = &small;
    show(
        "hub CPU per delivered line",
        r,
        "hub_us_per_line",
        "us",
        Most(0.2),
    );
    let floor = "the floor: a bare loop that writes the same bytes";
    row(
        &format!("  {floor}"),
        get(r, "floor_us_per_line"),
        "us",
        Shown,
    );
    row("  against the floor", get(r, "times_floor"), "x", Shown);
    show("lines delivered", r, "lines_per_s", "/s", Least(2.5e6));
    show("echo, median", r, "echo_median_ms", "ms", Most(40.0));
    warnings(r);
    section("  the same with 5000 clients");
    let large = fan_out(&Hub::start(&[]), "5000", &["--floor"]);
    let r = &large;
    show(
        "hub CPU per delivered line",
        r,
        "hub_us_per_line",
        "us",
        Shown,
    );
    let line = |r: &Value| get(r, "hub_us_per_line");
    let ratio = line(r)
        .zip(line(&small))
        .map(|(large, small)| large / small);
    row("  against that with 1000", ratio, "x", Most(1.5));
    row(
        &format!("  {floor}"),
        get(r, "floor_us_per_line"),
        "us",
        Shown,
    );
    show("lines delivered", r, "lines_per_s", "/s", Shown);
    show("echo, median", r, "echo_median_ms", "ms", Shown);
    warnings(r);
}

fn zpipe() {
    section("the same with 1000 clients, compressed (ZPipe)");
    let hub = Hub::with(&[], &["--set", "disable_zlib=0"]);
    let r = fan_out(&hub, "1000", &["--zpipe"]);
    if get(&r, "lines_per_block").is_none() {
        return println!("    ! the hub compresses nothing");
    }
    show(
        "hub CPU per delivered line",
        &r,
        "hub_us_per_line",
        "us",
        Shown,
    );
    show("lines delivered", &r, "lines_per_s", "/s", Shown);
    show("lines per block", &r, "lines_per_block", "", Shown);
    show("bytes per line of 80", &r, "bytes_per_line", "B", Shown);
    show("echo, median", &r, "echo_median_ms", "ms", Shown);
    warnings(&r);
}

fn tls() {
    section("the same with 1000 clients, in TLS");
    let Some(hub) = Hub::tls() else {
        return println!("    ! the hub has no TLS");
    };
    let r = hub.run("login", &["--tls", "--nick", "first"]);
    show("logins per second", &r, "logins_per_s", "/s", Shown);
    show("  hub CPU for 1000", &r, "hub_cpu_ms", "ms", Shown);
    warnings(&r);
    let r = fan_out(&hub, "1000", &["--tls"]);
    show(
        "hub CPU per delivered line",
        &r,
        "hub_us_per_line",
        "us",
        Shown,
    );
    show("lines delivered", &r, "lines_per_s", "/s", Shown);
    show("echo, median", &r, "echo_median_ms", "ms", Shown);
    let r = Hub::tls().map(|hub| hub.run("idle", &["--tls", "--seconds", "1"]));
    let each = r.as_ref().and_then(|r| get(r, "kib_per_client"));
    row("memory per idle client", each, "KiB", Shown);
}

fn latency() {
    section("one line at a time, 1000 clients");
    let late = |scripts: &[Script]| {
        let hub = Hub::start(scripts);
        let r = hub.run("latency", &TIME);
        (hub, r)
    };
    for (what, scripts) in [
        ("echo, median", &[][..]),
        ("echo, a script judges each line, median", &[JUDGE]),
        (
            "the same while another script spins, median",
            &[JUDGE, SPINNER],
        ),
    ] {
        let (_hub, r) = late(scripts);
        show(what, &r, "echo_median_ms", "ms", Most(3.0));
        show("  99th percentile", &r, "echo_p99_ms", "ms", Most(10.0));
        warnings(&r);
    }
}

/// Takes turns, so that what else runs on the machine hits all of them; the best of each.
fn scripts_under_load() {
    section("chat as above with isolated scripts that call vh.GetUserClass for each line");
    let hubs = [
        Hub::start(&[]),
        Hub::start(&[JUDGE]),
        Hub::start(&[JUDGE, SECOND]),
    ];
    let mut best = [const { Value::Null }; 3];
    for _ in 0..3 {
        for (hub, best) in hubs.iter().zip(&mut best) {
            let r = hub.run("fanout", &["--seconds", "2"]);
            if get(&r, "lines_per_s") > get(best, "lines_per_s") {
                *best = r;
            }
        }
    }
    let rate = |r: &Value| get(r, "lines_per_s");
    for (i, (what, goal)) in [
        ("lines delivered without scripts", Shown),
        ("  with one script", Shown),
        ("  with two scripts", Shown),
    ]
    .into_iter()
    .enumerate()
    {
        show(what, &best[i], "lines_per_s", "/s", goal);
        show(
            "    hub CPU per delivered line",
            &best[i],
            "hub_us_per_line",
            "us",
            Shown,
        );
        warnings(&best[i]);
    }
    for (i, what, most) in [(1, "one", 15.0), (2, "two", 25.0)] {
        let drop = rate(&best[i]).zip(rate(&best[0]));
        let drop = drop.map(|(with, without)| (1.0 - with / without) * 100.0);
        row(
            &format!("throughput lost with {what}"),
            drop,
            "%",
            Most(most),
        );
    }
}

fn private() {
    section("100 000 private messages, judged by a script one after the other");
    let hub = Hub::start(&[PRIVATE]);
    let options = ["--clients", "200", "--senders", "40", "--count", "100000"];
    let r = hub.run("private", &options);
    show("messages per second", &r, "messages_per_s", "/s", Shown);
    show("hub CPU per message", &r, "hub_us_per_message", "us", Shown);
    show("there and back, median", &r, "echo_median_ms", "ms", Shown);
    row("lost", get(&r, "lost"), "", Most(0.0));
    row("out of turn", get(&r, "out_of_turn"), "", Most(0.0));
    row("hub memory more", get(&r, "grown_mb"), "MB", Most(1.0));
    warnings(&r);
    section("  the same without a script, 1000 and 5000 clients");
    let cost = |clients| {
        let options = ["--clients", clients, "--senders", "40", "--seconds", "2"];
        let r = Hub::start(&[]).run("private", &options);
        warnings(&r);
        get(&r, "hub_us_per_message")
    };
    let (few, many) = (cost("1000"), cost("5000"));
    row("hub CPU per message, 1000 clients", few, "us", Shown);
    row("hub CPU per message, 5000 clients", many, "us", Shown);
    row("  ratio", many.zip(few).map(|(m, f)| m / f), "x", Most(1.5));
}

fn search() {
    section("500 searches a second, passive and active, by hash and by name, 1000 clients");
    let r = Hub::start(&[]).run("search", &TIME);
    show(
        "searches per second",
        &r,
        "searches_per_s",
        "/s",
        Least(490.0),
    );
    show("searches delivered", &r, "delivered_per_s", "/s", Shown);
    show("results routed", &r, "results_per_s", "/s", Shown);
    show("hub CPU per search", &r, "hub_us_per_search", "us", Shown);
    show(
        "hub CPU per delivered search",
        &r,
        "hub_us_per_delivery",
        "us",
        Shown,
    );
    show(
        "search to result, median",
        &r,
        "echo_median_ms",
        "ms",
        Shown,
    );
    row(
        "searches lost, or at those who want none",
        get(&r, "lost"),
        "",
        Most(0.0),
    );
    row("results lost", get(&r, "results_lost"), "", Most(0.0));
    warnings(&r);
}

fn life() {
    section("10 000 clients log in, stay, chat and leave");
    let options = ["--clients", "10000", "--sources", "20", "--in-flight", "1"];
    let r = Hub::start(&[]).run("life", &[&options[..], &TIME[..]].concat());
    show("logins per second", &r, "logins_per_s", "/s", Shown);
    show("hub CPU per login", &r, "hub_us_per_login", "us", Shown);
    row("told to all meanwhile", get(&r, "received_mb"), "MB", Shown);
    row(
        "memory per client",
        get(&r, "kib_per_client"),
        "KiB",
        Most(8.0),
    );
    row("hub's CPU while all idle", get(&r, "idle_cpu"), "%", Shown);
    row(
        "lines delivered, 20 lines in flight",
        get(&r, "lines_per_s"),
        "/s",
        Shown,
    );
    row(
        "  hub CPU per delivered line",
        get(&r, "hub_us_per_line"),
        "us",
        Shown,
    );
    row("  echo, median", get(&r, "echo_median_ms"), "ms", Shown);
    row(
        "all but 20 hang up: those have heard of all after",
        get(&r, "told_s"),
        "s",
        Shown,
    );
    row(
        "  hub CPU per leave",
        get(&r, "hub_us_per_leave"),
        "us",
        Shown,
    );
    row(
        "hub memory before they leave",
        get(&r, "rss_mib"),
        "MiB",
        Shown,
    );
    row("hub memory after", get(&r, "rss_after_mib"), "MiB", Shown);
    warnings(&r);
}

fn fairness() {
    section("misbehaving clients beside 1000 others: latency of those against before");
    let mib = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / 1_048_576.0);
    let quiet: &[&str] = &["--seconds", "1.5"];
    for (what, kind, scenario, options) in [
        (
            "20 log in and never read (under the chat above)",
            "deaf",
            "fanout",
            &["--clients", "20"][..],
        ),
        (
            "100 send one byte a second",
            "drip",
            "latency",
            &["--clients", "100"][..],
        ),
        (
            "one sends 100 MB without a pipe, again and again",
            "flood",
            "latency",
            &["--clients", "1"][..],
        ),
        (
            "5000 connect and never log in",
            "silent",
            "latency",
            &["--clients", "5000"][..],
        ),
        (
            "500 a second connect and never log in",
            "knock",
            "latency",
            &["--clients", "5000"][..],
        ),
        (
            "2 ask for their address 3300 times a message, without end",
            "userip",
            "latency",
            &["--clients", "2"][..],
        ),
        (
            "1200 send 10 KB messages while their password is looked at",
            "unfinished",
            "latency",
            &["--clients", "1200", "--nick", BOSS][..],
        ),
        // The floor of those that send as fast as one core lets them.
        (
            "for comparison: a program that only computes",
            "spin",
            "latency",
            &[][..],
        ),
    ] {
        let hub = Hub::prepared(&[], &["--set", "pwd_tmpban=0"], |data| {
            hub::register(data, BOSS);
        });
        let rss = proc::rss(hub.pid());
        // In turns, so that what else runs on the machine hits both; the better round counts.
        let median = |r: &Value| get(r, "echo_median_ms").unwrap_or(f64::MAX);
        let (mut before, mut during) = (Value::Null, Value::Null);
        let mut peak = None;
        for round in 0..2 {
            let r = hub.run(scenario, quiet);
            if median(&r) < median(&before) {
                before = r;
            }
            let nick = format!("{kind}{round}x");
            // What a row says itself counts, as it comes last.
            let options = [&["--nick", &nick, "--sources", "20"][..], options].concat();
            let offender = hub.offend(kind, &options);
            proc::forget_peak(hub.pid());
            let r = hub.run(scenario, quiet);
            peak = peak.max(proc::peak(hub.pid()));
            drop(offender);
            if median(&r) < median(&during) {
                during = r;
            }
        }
        let median = |r: &Value| get(r, "echo_median_ms");
        let ratio = median(&during).zip(median(&before)).map(|(d, b)| d / b);
        let goal = if kind == "spin" { Shown } else { Most(2.0) };
        row(what, ratio, "x", goal);
        show(
            "  echo, median, before",
            &before,
            "echo_median_ms",
            "ms",
            Shown,
        );
        show(
            "  echo, median, meanwhile",
            &during,
            "echo_median_ms",
            "ms",
            Shown,
        );
        let more = peak.zip(rss).map(|(peak, rss)| peak.saturating_sub(rss));
        row("  hub memory more at most", mib(more), "MiB", Shown);
        warnings(&during);
    }
}

/// Passwords are checked one after the other for each address and nick, so who knows his waits
/// for hardly anybody.
fn guessing() {
    section("a login with the right password while 300 wrong ones of the same address wait");
    let open = [
        "--set",
        "pwd_tmpban=0",
        "--set",
        "max_logins_of_nick=0",
        "--set",
        "max_logins_from_ip=0",
    ];
    let hub = Hub::prepared(&[], &open, |data| {
        hub::register(data, BOSS);
        hub::register(data, "honest");
    });
    let wait = |wrong| {
        let once =
            || guess::honest_login_ms(hub.address(), (BOSS, "honest"), "correct-horse", wrong);
        let mut times: Vec<f64> = (0..5).filter_map(|_| once()).collect();
        times.sort_by(f64::total_cmp);
        times.get(2).copied()
    };
    row("alone, median", wait(0), "ms", Shown);
    row("beside them, median", wait(300), "ms", Most(300.0));
}

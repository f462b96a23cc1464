//! The generator against a hub that only logs in and repeats, built on `net`.

#[path = "../examples/minihub.rs"]
#[allow(dead_code, reason = "its main is for the example")]
mod minihub;

use std::net::TcpListener;
use std::time::Duration;

use loadgen::args::{Options, Scenario};
use loadgen::{Error, scenario};

fn options(scenario: Scenario, threads: usize) -> Options {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address");
    std::thread::spawn(move || minihub::serve(listener, threads));
    let mut options = Options::new(scenario, addr);
    options.clients = 60;
    options.senders = options.senders.min(8);
    options.at_once = 7;
    options.time = Duration::from_millis(300);
    options.warm_up = Duration::from_millis(50);
    options.hub_pid = Some(std::process::id());
    options
}

#[test]
fn logs_in() {
    for threads in [1, 2] {
        let report = scenario::run(&options(Scenario::Login, threads)).expect("logs in");
        assert_eq!(report.get("clients"), Some(60.0));
        assert!(report.get("logins_per_s") > Some(10.0));
        assert!(report.get("hub_cpu_ms").is_some());
    }
}

#[test]
fn every_line_reaches_everybody() {
    for threads in [1, 2] {
        let report = scenario::run(&options(Scenario::Fanout, threads)).expect("talks");
        // The generator and the hub share this process, so being busy is no fault here.
        let faults: Vec<_> = (report.warnings().iter())
            .filter(|warning| warning.contains("were due"))
            .collect();
        assert!(faults.is_empty(), "{faults:?}");
        assert!(
            report.get("lines_per_s") > Some(1000.0),
            "{}",
            report.table()
        );
        assert!(report.get("echo_median_ms").is_some());
        assert!(report.get("hub_us_per_line").is_some());
    }
}

#[test]
fn one_sender_alone_hears_itself_soon() {
    let report = scenario::run(&options(Scenario::Latency, 1)).expect("talks");
    assert_eq!(report.get("senders"), Some(1.0));
    assert!(
        report.get("echo_median_ms") < Some(50.0),
        "{}",
        report.table()
    );
}

#[test]
fn private_messages_come_all_and_in_turn() {
    let mut options = options(Scenario::Private, 2);
    options.count = Some(500);
    let report = scenario::run(&options).expect("writes");
    assert!(report.get("messages") >= Some(500.0), "{}", report.table());
    assert_eq!(report.get("lost"), Some(0.0), "{}", report.table());
    assert_eq!(report.get("out_of_turn"), Some(0.0), "{}", report.table());
    assert!(report.get("echo_median_ms").is_some());
}

#[test]
fn results_of_searches_come_back() {
    let mut options = options(Scenario::Search, 1);
    options.rate = 200.0;
    let report = scenario::run(&options).expect("searches");
    // Here everybody gets everything, which a hub with rules does not do.
    assert!(report.get("lost") < Some(0.0), "{}", report.table());
    assert_eq!(report.get("results_lost"), Some(0.0), "{}", report.table());
    assert!(report.get("results_per_s") > Some(1.0));
    assert!(report.get("echo_median_ms").is_some());
}

#[test]
fn all_come_and_go() {
    let report = scenario::run(&options(Scenario::Life, 1)).expect("lives");
    let faults: Vec<_> = (report.warnings().iter())
        .filter(|warning| !warning.contains("generator"))
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    assert!(report.get("told_s").is_some());
    assert!(report.get("lines_per_s") > Some(100.0));
}

#[test]
fn shows_memory() {
    let report = scenario::run(&options(Scenario::Idle, 1)).expect("sits there");
    assert!(report.get("rss_after_mib") > Some(1.0));
}

#[test]
fn a_refusal_is_told_with_the_hubs_words() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            use std::io::{Read, Write};
            let mut socket = socket;
            socket
                .write_all(b"$Lock EXTENDEDPROTOCOL_x Pk=y|<Security> The hub is full.|")
                .expect("writes");
            // Unread input would turn the end into a reset.
            assert!(socket.read(&mut [0; 1000]).expect("reads") > 0);
        }
    });
    let mut options = Options::new(Scenario::Login, addr);
    options.clients = 3;
    let error = scenario::run(&options).expect_err("refused");
    assert!(
        matches!(&error, Error::Refused { said, .. } if said.contains("hub is full")),
        "{error}"
    );
}

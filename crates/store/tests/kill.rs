//! Kill -9: what was acknowledged is there.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Scratch, add};
use hub::reg::StoreReply;

const URL: &str = "VIPERHUB_KILL_TEST_DB";
const FIRST: &str = "VIPERHUB_KILL_TEST_FIRST";

/// Not a test: what the killed process does. It registers users for ever and says so.
#[test]
fn child() {
    let (Ok(url), Ok(first)) = (std::env::var(URL), std::env::var(FIRST)) else {
        return;
    };
    let mut store = store::open(&url).unwrap();
    let mut out = std::io::stdout();
    for i in first.parse::<u32>().unwrap().. {
        // Every few a batch, as the hub's thread does it.
        let ops = vec![add(format!("u{i}"), 1, ""), add(format!("v{i}"), 2, "")];
        let replies = match i % 3 {
            0 => store.execute_all(ops),
            _ => ops.into_iter().map(|op| store.execute(op)).collect(),
        };
        assert_eq!(replies, [StoreReply::Done, StoreReply::Done]);
        writeln!(out, "done {i}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn nothing_acknowledged_is_lost() {
    let scratch = Scratch::new();
    let mut acknowledged: Vec<u32> = Vec::new();
    let mut dice = std::process::id();
    for _ in 0..20 {
        // Beyond what may have been written but not said.
        let first = acknowledged.last().map_or(0, |last| last + 10);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(URL, scratch.url())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let number = |line: String| line.rsplit_once("done ")?.1.parse().ok();
            stdout
                .lines()
                .map_while(Result::ok)
                .filter_map(number)
                .collect::<Vec<u32>>()
        });
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        std::thread::sleep(Duration::from_millis(u64::from(30 + (dice >> 16) % 150)));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(reader.join().unwrap());
    }
    assert!(
        acknowledged.len() > 20,
        "only {} were acknowledged",
        acknowledged.len()
    );
    let mut store = scratch.open();
    let nicks = store.registered_nicks().unwrap();
    let nicks: std::collections::HashSet<_> = nicks.iter().map(|n| n.to_vec()).collect();
    for i in &acknowledged {
        for prefix in ["u", "v"] {
            let nick = format!("{prefix}{i}");
            assert!(
                nicks.contains(nick.as_bytes()),
                "{nick} was acknowledged and is lost"
            );
        }
    }
    println!(
        "{} acknowledged rows in 20 killed processes",
        acknowledged.len() * 2
    );
    assert_eq!(
        common::sql(store.as_mut(), "PRAGMA integrity_check").as_deref(),
        Ok("ok")
    );
}

//! Kill -9: what was acknowledged is there.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Scratch, add};
use hub::reg::{BanRow, StoreOp, StoreReply};

const URL: &str = "VIPERHUB_KILL_TEST_DB";
/// Of each kind of database; often too early for it to have said anything.
const KILLS: usize = 100;
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
        let ban = BanRow {
            ip: "_nickban_".into(),
            nick: format!("v{i}").into(),
            ban_type: 2,
            ..BanRow::default()
        };
        let ban = StoreOp::SaveBan { ban: Box::new(ban) };
        let ops = vec![add(format!("u{i}"), 1, ""), ban];
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
    kill_and_look(&Scratch::new());
}

#[test]
fn nothing_acknowledged_is_lost_on_a_server() {
    kill_and_look(&Scratch::mariadb("latin1"));
}

fn kill_and_look(scratch: &Scratch) {
    let mut acknowledged: Vec<u32> = Vec::new();
    let mut dice = std::process::id();
    for round in 0..KILLS {
        // Beyond what others have written, said or not.
        let first = round * 10_000;
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child", "--nocapture"])
            .env(URL, scratch.url())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this program again");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (tell, said) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            let number = |line: String| line.rsplit_once("done ")?.1.parse::<u32>().ok();
            for n in stdout.lines().map_while(Result::ok).filter_map(number) {
                tell.send(n).expect("somebody to listen");
            }
        });
        // Every other one as it works, the others as they start or make their tables.
        let first = match round % 2 {
            0 => said.recv_timeout(Duration::from_secs(60)).ok(),
            _ => None,
        };
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        std::thread::sleep(Duration::from_millis(u64::from((dice >> 16) % 80)));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        acknowledged.extend(first.into_iter().chain(said.iter()));
        reader.join().expect("what it said");
    }
    assert!(
        acknowledged.len() > KILLS,
        "only {} were acknowledged",
        acknowledged.len()
    );
    let mut store = scratch.open();
    let nicks = store.registered_nicks().expect("nicks");
    let nicks: std::collections::HashSet<_> = nicks.iter().map(|n| n.to_vec()).collect();
    let bans = store.bans().expect("bans");
    let bans: std::collections::HashSet<_> = bans.iter().map(|b| b.nick.to_vec()).collect();
    for i in &acknowledged {
        let (nick, banned) = (format!("u{i}"), format!("v{i}"));
        assert!(nicks.contains(nick.as_bytes()), "{nick} is lost");
        assert!(
            bans.contains(banned.as_bytes()),
            "the ban of {banned} is lost"
        );
    }
    println!(
        "{} acknowledged rows in {KILLS} killed processes",
        acknowledged.len() * 2
    );
    if scratch.is_sqlite() {
        let check = common::sql(store.as_mut(), "PRAGMA integrity_check");
        assert_eq!(check.as_deref(), Ok("ok"));
    }
}

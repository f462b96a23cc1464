//! The store beside the hub: order, one answer each, nobody held up.

mod common;

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Scratch, add, check, get};
use hub::io::ReqId;
use hub::reg::{StoreOp, StoreReply};
use store::StoreThread;

type Replies = Receiver<(ReqId, StoreReply)>;

fn start(scratch: &Scratch) -> (StoreThread, Replies) {
    let (tell, replies) = channel();
    let reply = move |req, reply| drop(tell.send((req, reply)));
    (
        StoreThread::start(scratch.open(), reply).expect("threads"),
        replies,
    )
}

fn next(replies: &Replies) -> (u64, StoreReply) {
    let (req, reply) = (replies.recv_timeout(Duration::from_secs(30))).expect("an answer");
    (req.0, reply)
}

#[test]
fn one_answer_each_and_in_order_by_nick() {
    let scratch = Scratch::new();
    let (thread, replies) = start(&scratch);
    let nick = || Bytes::from_static(b"Ann");
    let ops = vec![
        (StoreOp::GetUser { nick: nick() }, StoreReply::User(None)),
        (add("ann", 1, "one"), StoreReply::Done),
        (add("ANN", 1, "two"), StoreReply::Exists),
        (
            StoreOp::SetClass {
                nick: nick(),
                class: 3,
            },
            StoreReply::Done,
        ),
        (check("ann", "one"), StoreReply::Password(true)),
        (
            StoreOp::SetPassword {
                nick: nick(),
                password: "two".into(),
            },
            StoreReply::Done,
        ),
        (check("ann", "one"), StoreReply::Password(false)),
        (check("ann", "two"), StoreReply::Password(true)),
        (
            StoreOp::Logout {
                nick: nick(),
                when: 7,
            },
            StoreReply::Done,
        ),
        (StoreOp::DelUser { nick: nick() }, StoreReply::Done),
        (StoreOp::DelUser { nick: nick() }, StoreReply::NoUser),
        (check("ann", "two"), StoreReply::Password(false)),
    ];
    let expected: Vec<_> = (0..).zip(ops.iter().map(|(_, r)| r.clone())).collect();
    for (i, (op, _)) in (0..).zip(ops) {
        thread.send(ReqId(i), op);
    }
    let got: Vec<_> = expected.iter().map(|_| next(&replies)).collect();
    assert_eq!(got, expected);
    assert!(thread.finish(Duration::from_secs(30)));
    drop(thread);
    assert!(replies.recv().is_err(), "more answers than operations");
}

#[test]
fn a_login_is_written_down_before_the_next_look() {
    let scratch = Scratch::new();
    let (thread, replies) = start(&scratch);
    thread.send(ReqId(0), add("ann", 1, "one"));
    next(&replies);
    for i in 1..=5 {
        thread.send(ReqId(0), check("ann", "one"));
        assert_eq!(next(&replies).1, StoreReply::Password(true));
        thread.send(ReqId(0), StoreOp::GetUser { nick: "ann".into() });
        let StoreReply::User(Some(seen)) = next(&replies).1 else {
            panic!("not there")
        };
        assert_eq!(seen.login_cnt, i);
    }
}

#[test]
fn stopping_does_what_is_queued() {
    let scratch = Scratch::new();
    let (thread, replies) = start(&scratch);
    for i in 0..300 {
        thread.send(ReqId(i), add(format!("u{i}"), 1, ""));
    }
    thread.send(ReqId(300), add("slow", 1, "password"));
    thread.send(ReqId(301), check("slow", "password"));
    assert!(thread.finish(Duration::from_secs(30)));
    drop(thread);
    assert_eq!(
        replies
            .iter()
            .filter(|(_, r)| *r == StoreReply::Done)
            .count(),
        301
    );
    let mut store = scratch.open();
    assert_eq!(store.registered_nicks().unwrap().len(), 301);
    assert_eq!(get(store.as_mut(), "slow").unwrap().login_cnt, 1);
}

#[test]
fn passwords_and_scripts_hold_up_no_reader() {
    let scratch = Scratch::new();
    let (thread, replies) = start(&scratch);
    for i in 0..50 {
        thread.send(ReqId(1), add(format!("u{i}"), 1, "password"));
    }
    // A script that holds the lock for writing until it is stopped.
    let thread = &thread;
    std::thread::scope(|scope| {
        thread.sql(b"CREATE TABLE t (i int)", 1).unwrap();
        let script = scope.spawn(|| {
            let endless = "INSERT INTO t WITH RECURSIVE n(i) AS
                (SELECT 1 UNION ALL SELECT 1 FROM n WHERE n.i < 2) SELECT max(i) FROM n";
            thread.sql(endless.as_bytes(), 1)
        });
        std::thread::sleep(Duration::from_millis(300));
        thread.send(
            ReqId(3),
            StoreOp::SetConfig {
                file: "f".into(),
                var: "v".into(),
                value: "1".into(),
            },
        );
        let start = Instant::now();
        thread.send(
            ReqId(2),
            StoreOp::GetUser {
                nick: "nobody".into(),
            },
        );
        while next(&replies).0 != 2 {}
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(thread.sql(b"SELECT 1", 1), Ok(vec![vec![Some("1".into())]]));
        assert_eq!(thread.get_config(b"f", b"none"), Ok(None));
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{:?}",
            start.elapsed()
        );
        assert!(script.join().unwrap().is_err_and(|e| e.contains("stopped")));
    });
}

#[test]
fn starting_and_stopping_leaves_no_threads() {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let scratch = Scratch::new();
    drop(start(&scratch));
    let before = threads();
    for _ in 0..20 {
        drop(start(&scratch));
    }
    // Other tests come and go beside this one.
    assert!(
        threads() < before + 30,
        "{} threads, {before} before",
        threads()
    );
}

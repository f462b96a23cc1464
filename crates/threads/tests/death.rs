//! What the end of a thread means. The process that dies is this test program, run once more.

use std::process::{Command, ExitStatus, exit};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Says to the process that is started what it is to do.
const TASK: &str = "VIPERHUB_TEST_DEATH";
const CODE: i32 = 70;

/// Not a test of its own: the process that dies, or does not.
#[test]
fn a_process_with_threads() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    threads::on_death(|name, why| {
        println!("death of {name}: {why}");
        exit(CODE);
    });
    let (tell, told) = channel::<()>();
    let end: fn() -> Result<(), String> = match task.as_str() {
        "panic" => || panic!("number {}", 7),
        "error" => || Err("no more descriptors".to_owned()),
        "told" => || Ok(()),
        "fail" => || {
            threads::fail("another", "it is broken");
            Ok(())
        },
        "brief" => || {
            let thread = threads::brief("short", || panic!("short")).expect("a thread");
            assert!(thread.join().expect("caught").is_none());
            assert_eq!(threads::guarded("a piece", || 3), Some(3));
            Ok(())
        },
        other => panic!("{other}?"),
    };
    let run = move || {
        let _tell = tell;
        end()
    };
    let thread = threads::vital("important", run).expect("a thread");
    // The process has no other reason to end.
    told.recv_timeout(Duration::from_secs(60))
        .expect_err("over");
    thread.join().expect("caught");
    exit(0);
}

fn run(task: &str) -> (ExitStatus, String) {
    let program = std::env::current_exe().expect("this program");
    let done = Command::new(program)
        .args(["--exact", "--nocapture", "a_process_with_threads"])
        .env(TASK, task)
        .output()
        .expect("it runs");
    (
        done.status,
        String::from_utf8_lossy(&done.stdout).into_owned(),
    )
}

#[test]
fn the_end_of_a_vital_thread_is_the_end_of_the_process() {
    for (task, said) in [
        ("panic", "death of important: panic: number 7"),
        ("error", "death of important: no more descriptors"),
        ("fail", "death of another: it is broken"),
    ] {
        let (status, text) = run(task);
        assert_eq!(status.code(), Some(CODE), "{task}: {text}");
        assert!(text.contains(said), "{task}: {text}");
    }
}

#[test]
fn what_was_told_to_end_and_what_may_end_is_no_death() {
    for task in ["told", "brief"] {
        let (status, text) = run(task);
        assert_eq!(status.code(), Some(0), "{task}: {text}");
        assert!(!text.contains("death of"), "{task}: {text}");
    }
}

//! What happens to the database file while it is in use: no answer says "done" for what is not
//! in the file that lies there.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Scratch, add, get, sql};
use hub::io::ReqId;
use hub::reg::{StoreOp, StoreReply};
use store::{Store, StoreThread};

fn file(scratch: &Scratch) -> PathBuf {
    scratch.0.join("hub.sqlite")
}

fn beside(scratch: &Scratch, suffix: &str) -> PathBuf {
    scratch.0.join(format!("hub.sqlite{suffix}"))
}

/// By another program: closing a database's file takes SQLite's locks away from this one.
fn run(program: &str, from: &PathBuf, to: &PathBuf) {
    let done = Command::new(program).arg(from).arg(to).status();
    assert!(done.is_ok_and(|s| s.success()), "{program}");
}

/// A database with one user, `old`, to be put in another's place.
fn backup(scratch: &Scratch) -> PathBuf {
    let path = scratch.0.join("backup.sqlite");
    let mut store = store::open(path.to_str().expect("a path of text")).expect("a database");
    assert_eq!(store.execute(add("old", 3, "")), StoreReply::Done);
    let rows = "INSERT INTO SetupList (file, var, val) VALUES ('f', 'v', 'of the backup')";
    sql(store.as_mut(), rows).expect("a row");
    path
}

/// Until it is open again; every answer in between is an error that says why.
fn again(store: &mut dyn Store) {
    let start = Instant::now();
    while let Err(why) = store.version() {
        assert!(start.elapsed() < Duration::from_secs(20), "{why}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn failure(store: &mut dyn Store, op: StoreOp) -> String {
    match store.execute(op) {
        StoreReply::Failed(why) => why,
        other => panic!("{other:?}"),
    }
}

/// A store with one user and a further connection to it, both of which have been used.
fn in_use(scratch: &Scratch) -> (Box<dyn Store>, Box<dyn Store>) {
    let mut store = scratch.open();
    assert_eq!(store.execute(add("ann", 1, "")), StoreReply::Done);
    let mut other = store.another().expect("one more");
    assert_eq!(
        sql(other.as_mut(), "SELECT nick FROM reglist").as_deref(),
        Ok("ann")
    );
    (store, other)
}

#[test]
fn a_file_that_is_gone_takes_nothing_until_it_is_back() {
    for away in ["mv", "directory"] {
        let scratch = Scratch::new();
        let inner = Scratch(scratch.0.join("data"), None);
        fs::create_dir(&inner.0).unwrap();
        let (mut store, mut other) = in_use(&inner);
        let (from, to) = match away {
            "mv" => (file(&inner), scratch.0.join("elsewhere")),
            _ => (inner.0.clone(), scratch.0.join("data2")),
        };
        run("mv", &from, &to);
        for store in [&mut store, &mut other] {
            let why = failure(store.as_mut(), add("lost", 1, ""));
            assert!(
                why.contains("is gone") && why.contains("Put it back"),
                "{why}"
            );
            let batch = store.execute_all(vec![add("x", 1, ""), add("y", 1, "")]);
            assert!(batch.iter().all(|r| matches!(r, StoreReply::Failed(_))));
            let insert = b"INSERT INTO reglist (nick) VALUES ('x')";
            assert!(
                store
                    .sql(insert, 1)
                    .is_err_and(|why| why.contains("is gone"))
            );
            assert!(store.version().is_err() && store.registered_nicks().is_err());
            assert!(store.another().is_err());
        }
        run("mv", &to, &from);
        again(store.as_mut());
        assert!(store.news()[0].contains("is there again"));
        assert_eq!(store.execute(add("bob", 1, "")), StoreReply::Done);
        assert_eq!(
            sql(other.as_mut(), "SELECT nick FROM reglist ORDER BY nick").as_deref(),
            Ok("ann;bob")
        );
        drop((store, other));
        assert_eq!(inner.open().registered_nicks().unwrap().len(), 2);
    }
}

#[test]
fn what_was_in_a_removed_file_is_saved_beside_it() {
    let scratch = Scratch::new();
    let (mut store, _other) = in_use(&scratch);
    fs::remove_file(file(&scratch)).unwrap();
    assert!(store.version().is_err());
    let start = Instant::now();
    let news = loop {
        if let Some(news) = store.news().pop() {
            break news;
        }
        assert!(start.elapsed() < Duration::from_secs(20));
        drop(store.version());
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(news.contains("is saved in"), "{news}");
    let saved = beside(&scratch, &format!(".rescued-{}", std::process::id()));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        fs::metadata(&saved).unwrap().permissions().mode() & 0o777,
        0o600
    );
    run("mv", &saved, &file(&scratch));
    again(store.as_mut());
    assert_eq!(get(store.as_mut(), "ann").map(|u| u.class), Some(1));
}

#[test]
fn another_file_in_its_place_is_opened_and_read() {
    for (how, log) in [("mv", false), ("cp", false), ("mv", true), ("cp", true)] {
        let scratch = Scratch::new();
        let backup = backup(&scratch);
        let (mut store, mut other) = in_use(&scratch);
        store.tidy().unwrap();
        if log {
            assert_eq!(store.execute(add("bob", 1, "")), StoreReply::Done);
        }
        let before = store.version().unwrap();
        run(how, &backup, &file(&scratch));
        let mut stores = [&mut store, &mut other];
        for store in &mut stores {
            again(store.as_mut());
            assert!(get(store.as_mut(), "ann").is_none(), "{how}");
            assert_eq!(
                get(store.as_mut(), "old").map(|u| u.class),
                Some(3),
                "{how}"
            );
            assert_eq!(
                store.get_config(b"f", b"v").unwrap().as_deref(),
                Some(&b"of the backup"[..])
            );
        }
        assert_ne!(store.version().unwrap(), before);
        assert!(store.news()[0].contains("was replaced"));
        assert_eq!(store.execute(add("new", 1, "")), StoreReply::Done);
        assert_eq!(
            sql(other.as_mut(), "SELECT COUNT(*) FROM reglist").as_deref(),
            Ok("2")
        );
        assert_eq!(
            sql(other.as_mut(), "PRAGMA integrity_check").as_deref(),
            Ok("ok")
        );
        drop((store, other));
        assert!(!beside(&scratch, "-wal").exists());
        assert_eq!(scratch.open().registered_nicks().unwrap().len(), 2);
    }
}

#[test]
fn the_log_of_a_replaced_file_is_not_applied_to_the_next() {
    let scratch = Scratch::new();
    let backup = backup(&scratch);
    let (mut store, _other) = in_use(&scratch);
    for i in 0..50 {
        store.execute(add(format!("u{i}"), 1, ""));
    }
    assert!(fs::metadata(beside(&scratch, "-wal")).unwrap().len() > 0);
    let aside = scratch.0.join("aside.sqlite");
    run("mv", &file(&scratch), &aside);
    run("mv", &backup, &file(&scratch));
    again(store.as_mut());
    assert_eq!(store.registered_nicks().unwrap(), ["old"]);
    // And what was in the log is in the file it belongs to.
    let mut aside = store::open(aside.to_str().unwrap()).unwrap();
    assert_eq!(aside.registered_nicks().unwrap().len(), 51);
}

#[test]
fn removed_side_files_lose_nothing() {
    for suffix in ["-wal", "-shm"] {
        let scratch = Scratch::new();
        let (mut store, mut other) = in_use(&scratch);
        fs::remove_file(beside(&scratch, suffix)).unwrap();
        assert_eq!(
            store.execute(add("bob", 1, "")),
            StoreReply::Done,
            "{suffix}"
        );
        assert_eq!(
            sql(other.as_mut(), "SELECT COUNT(*) FROM reglist").as_deref(),
            Ok("2")
        );
        // Another program sees the same.
        let mut beside = scratch.open();
        assert_eq!(beside.registered_nicks().unwrap().len(), 2, "{suffix}");
        assert_eq!(beside.execute(add("carl", 1, "")), StoreReply::Done);
        assert_eq!(store.registered_nicks().unwrap().len(), 3);
        assert_eq!(
            sql(store.as_mut(), "PRAGMA integrity_check").as_deref(),
            Ok("ok")
        );
    }
}

#[test]
fn a_file_that_is_no_database_of_a_hub_is_not_taken() {
    let scratch = Scratch::new();
    let backup = backup(&scratch);
    let (mut store, _other) = in_use(&scratch);
    store.tidy().unwrap();
    let foreign = scratch.0.join("foreign");
    let conn = rusqlite::Connection::open(&foreign).unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    drop(conn);
    let text = scratch.0.join("text");
    fs::write(&text, "This is no database. ".repeat(500)).unwrap();
    let empty = scratch.0.join("empty");
    fs::write(&empty, "").unwrap();
    for (next, why) in [
        (&empty, "has become empty"),
        (&text, "is not an SQLite database"),
        (&foreign, "is not the database of a hub"),
    ] {
        run("cp", next, &file(&scratch));
        let start = Instant::now();
        let said = loop {
            let said = failure(store.as_mut(), add("lost", 1, ""));
            // The one before may be told for a moment more.
            if said.contains(why) {
                break said;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{said}");
            std::thread::sleep(Duration::from_millis(50));
        };
        assert!(said.contains("Put it back"), "{said}");
    }
    run("cp", &backup, &file(&scratch));
    again(store.as_mut());
    assert_eq!(store.registered_nicks().unwrap(), ["old"]);
    // Nothing of ours was written into the others' file meanwhile.
    assert!(fs::read(&text).unwrap().starts_with(b"This is"));
}

const FULL: &str = "VIPERHUB_FULL_TEST_DB";

/// Not a test: a process whose files may not grow beyond a limit, as on a full disk.
#[test]
fn child_with_little_room() {
    let Ok(url) = std::env::var(FULL) else {
        return;
    };
    let mut store = store::open(&url).unwrap();
    let text = "x".repeat(20_000);
    let set = |i: usize| StoreOp::SetConfig {
        file: "f".into(),
        var: format!("v{i}").into(),
        value: text.clone().into(),
    };
    let mut done = 0;
    let why = loop {
        assert!(done < 1000, "there is room without end");
        match store.execute(set(done)) {
            StoreReply::Done => done += 1,
            other => break other,
        }
    };
    assert!(matches!(&why, StoreReply::Failed(_)), "{why:?}");
    let count = "SELECT COUNT(*) FROM SetupList WHERE file = 'f'";
    assert_eq!(
        sql(store.as_mut(), count),
        Ok(done.to_string()),
        "after {why:?}"
    );
    // Room again.
    store.tidy().unwrap();
    sql(
        store.as_mut(),
        "DELETE FROM SetupList WHERE file = 'f' AND var <> 'v0'",
    )
    .unwrap();
    store.tidy().unwrap();
    assert_eq!(store.execute(set(1)), StoreReply::Done);
    assert_eq!(sql(store.as_mut(), count).as_deref(), Ok("2"));
    println!("full after {done}");
}

#[test]
fn a_full_disk_is_said_and_forgotten_when_there_is_room_again() {
    let scratch = Scratch::new();
    let script =
        "trap '' XFSZ; ulimit -f 600; exec \"$0\" --exact child_with_little_room --nocapture";
    let child = Command::new("bash")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(FULL, scratch.url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("full after"),
        "{said}"
    );
}

#[test]
fn when_the_store_has_ended_there_is_one_file() {
    let scratch = Scratch::new();
    let (tell, replies) = std::sync::mpsc::channel();
    let reply = move |req, reply| drop(tell.send((req, reply)));
    let thread = StoreThread::start(scratch.open(), reply).unwrap();
    thread.send(ReqId(1), add("ann", 1, "password"));
    assert_eq!(replies.recv().unwrap(), (ReqId(1), StoreReply::Done));
    thread.sql(b"CREATE TABLE t (a int)", 1).unwrap();
    thread.send(ReqId(2), add("last", 1, ""));
    assert!(thread.end(Duration::from_secs(30)));
    assert_eq!(replies.recv().unwrap(), (ReqId(2), StoreReply::Done));
    let left: Vec<_> = fs::read_dir(&scratch.0)
        .unwrap()
        .flatten()
        .map(|f| f.file_name())
        .collect();
    assert_eq!(left, ["hub.sqlite"]);
    let copy = scratch.0.join("copy.sqlite");
    fs::copy(file(&scratch), &copy).unwrap();
    let mut copy = store::open(copy.to_str().unwrap()).unwrap();
    assert_eq!(copy.registered_nicks().unwrap().len(), 2);
    // What comes too late is told so.
    thread.send(ReqId(3), add("late", 1, ""));
    let late = replies.recv().unwrap();
    assert_eq!(
        late,
        (ReqId(3), StoreReply::Failed("the hub is ending".into()))
    );
    assert!(thread.sql(b"SELECT 1", 1).is_err());
}

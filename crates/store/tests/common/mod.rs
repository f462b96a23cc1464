//! Databases to test with.
#![allow(dead_code, reason = "each test program uses its part")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use hub::reg::{RegUser, StoreOp, StoreReply};
use store::Store;

pub mod mariadb;

/// An empty directory of its own, removed at the end, and a database: SQLite's in it, or one of
/// MariaDB's.
pub struct Scratch(pub PathBuf, pub Option<mariadb::Database>);

impl Scratch {
    pub fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a scratch directory");
        Scratch(path, None)
    }

    /// With a database of MariaDB's.
    pub fn mariadb(charset: &str) -> Scratch {
        let mut scratch = Scratch::new();
        scratch.1 = Some(mariadb::Database::new(charset));
        scratch
    }

    pub fn is_sqlite(&self) -> bool {
        self.1.is_none()
    }

    pub fn url(&self) -> String {
        if let Some(database) = &self.1 {
            return database.url();
        }
        format!("sqlite:{}", self.0.join("hub.sqlite").display())
    }

    pub fn open(&self) -> Box<dyn Store> {
        store::open(&self.url()).expect("an empty database")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub fn user(nick: impl Into<Bytes>, class: i32) -> Box<RegUser> {
    Box::new(RegUser {
        nick: nick.into(),
        class,
        enabled: true,
        ..RegUser::default()
    })
}

pub fn add(nick: impl Into<Bytes>, class: i32, password: &'static str) -> StoreOp {
    StoreOp::AddUser {
        user: user(nick, class),
        password: password.into(),
    }
}

pub fn check(nick: &'static str, password: &'static str) -> StoreOp {
    StoreOp::CheckPassword {
        nick: nick.into(),
        password: password.into(),
        ip: "192.0.2.1".into(),
        now: 1_700_000_000,
    }
}

pub fn get(store: &mut dyn Store, nick: &str) -> Option<RegUser> {
    let nick = Bytes::copy_from_slice(nick.as_bytes());
    match store.execute(StoreOp::GetUser { nick }) {
        StoreReply::User(user) => user.map(|u| *u),
        other => panic!("{other:?}"),
    }
}

/// Cells as readable text, NULL as `-`.
pub fn sql(store: &mut dyn Store, query: impl AsRef<[u8]>) -> Result<String, String> {
    let rows = store.sql(query.as_ref(), 100)?;
    let cell = |c: Option<Bytes>| match c {
        Some(c) => String::from_utf8_lossy(&c).into_owned(),
        None => "-".to_owned(),
    };
    let row = |r: Vec<Option<Bytes>>| r.into_iter().map(cell).collect::<Vec<_>>().join(",");
    Ok(rows.into_iter().map(row).collect::<Vec<_>>().join(";"))
}

//! Where the database lies, and whether the files there are still those that are open.
//!
//! SQLite goes on writing into a file that has been removed, renamed or replaced, and says that
//! all is well. So each operation is preceded and followed by a look at device and inode. When
//! they differ all connections are closed, and what lies there now is opened: if nothing usable
//! does, every operation fails with the reason until something is put there.

use std::fs::{self, File, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{connect, make_tables, reason, words};

/// How soon something that could not be opened is tried again.
const AGAIN: Duration = Duration::from_millis(400);
/// How long a file must be gone before what was in it is saved beside it: who replaces it in two
/// steps needs no copy.
const RESCUE: Duration = Duration::from_secs(1);
/// How long bringing everything into the one file may wait for others.
const TIDY: Duration = Duration::from_millis(100);

/// A connection that can be taken away from its user.
pub(super) type Slot = Mutex<Option<Connection>>;

/// A lock without poison: what it protects is whole between any two statements.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Device and inode.
type Id = (u64, u64);

fn id(file: &Metadata) -> Id {
    (file.dev(), file.ino())
}

/// The files of a database as they lie there.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Files {
    main: Id,
    /// The write-ahead log and its index.
    log: Option<(Id, Option<Id>)>,
    /// Size and time of the last change of the main file.
    stamp: (u64, i64, i64),
}

/// What all connections to one database share.
pub(super) struct Place {
    pub path: PathBuf,
    wal: PathBuf,
    shm: PathBuf,
    state: Mutex<State>,
    /// Every connection, to be closed together.
    slots: Mutex<Vec<Weak<Slot>>>,
    /// Operations under way: they may change the main file, by a checkpoint.
    busy: AtomicUsize,
    /// How often the files were opened anew.
    renewed: AtomicU64,
}

struct State {
    /// What was opened.
    seen: Files,
    /// Keeps the write-ahead log there as long as the place is in use.
    keeper: Option<Connection>,
    /// None before the file was marked.
    marks: Option<Marks>,
    /// Why nothing can be done now, since when, and when that was found out last.
    trouble: Option<Trouble>,
    /// What operators should know.
    news: Vec<String>,
}

/// How the file's content is told from that of a copy: by numbers in its header, SQLite's
/// `user_version`, which changes whenever the log is brought into the file.
struct Marks {
    /// To read the header. Never closed before the connections: that would end SQLite's locks.
    file: File,
    /// Those that the file may have now.
    valid: Vec<i32>,
    next: i32,
}

impl State {
    /// Whether the file has a mark that it may have. Not known before it was marked.
    fn marks_fit(&self) -> bool {
        let fits = |marks: &Marks| read_mark(&marks.file).is_ok_and(|m| marks.valid.contains(&m));
        self.marks.as_ref().is_none_or(fits)
    }
}

fn read_mark(file: &File) -> std::io::Result<i32> {
    let mut mark = [0; 4];
    file.read_exact_at(&mut mark, 60)?;
    Ok(i32::from_be_bytes(mark))
}

struct Trouble {
    why: String,
    since: Instant,
    tried: Instant,
    rescued: bool,
    gone: bool,
}

/// An operation under way.
pub(super) struct Busy<'p>(&'p Place);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        // What the operation itself did to the file is nothing to wonder about; what somebody
        // else did meanwhile will be seen before the next one.
        if self.0.busy.load(Ordering::Acquire) == 1
            && let Some(now) = self.0.look()
        {
            let mut state = lock(&self.0.state);
            let changed = now.stamp != state.seen.stamp;
            if changed && now.main == state.seen.main && state.marks_fit() {
                state.seen.stamp = now.stamp;
            }
        }
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn look(path: &Path, wal: &Path, shm: &Path) -> Option<Files> {
    let main = fs::metadata(path).ok()?;
    let of = |file: &Path| fs::metadata(file).ok().map(|f| id(&f));
    Some(Files {
        main: id(&main),
        log: of(wal).map(|wal| (wal, of(shm))),
        stamp: (main.size(), main.mtime(), main.mtime_nsec()),
    })
}

impl Place {
    /// For a connection that has just been opened.
    pub fn new(path: &Path, keeper: Connection) -> Option<Arc<Place>> {
        let (wal, shm) = (beside(path, "-wal"), beside(path, "-shm"));
        Some(Arc::new(Place {
            state: Mutex::new(State {
                seen: look(path, &wal, &shm)?,
                keeper: Some(keeper),
                marks: None,
                trouble: None,
                news: Vec::new(),
            }),
            path: path.to_owned(),
            wal,
            shm,
            slots: Mutex::default(),
            busy: AtomicUsize::new(0),
            renewed: AtomicU64::new(0),
        }))
    }

    fn look(&self) -> Option<Files> {
        look(&self.path, &self.wal, &self.shm)
    }

    /// How often the files were opened anew.
    pub fn renewed(&self) -> u64 {
        self.renewed.load(Ordering::Acquire)
    }

    /// A place for a connection, which is made when it is needed.
    pub fn slot(&self, conn: Option<Connection>) -> Arc<Slot> {
        let slot = Arc::new(Mutex::new(conn));
        let mut slots = lock(&self.slots);
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot));
        slot
    }

    pub fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::AcqRel);
        Busy(self)
    }

    /// Makes sure, before something is done, that what is open is what lies there; how often it
    /// was opened anew so far.
    pub fn ready(&self) -> Result<u64, String> {
        let mut state = lock(&self.state);
        let same = self.look().is_some_and(|now| {
            (now.main, now.log) == (state.seen.main, state.seen.log)
                && !self.is_overwritten(&mut state, &now)
        });
        match &state.trouble {
            None if same => return Ok(self.renewed()),
            Some(trouble) if trouble.tried.elapsed() < AGAIN => return Err(trouble.why.clone()),
            _ => {}
        }
        self.renew(&mut state)?;
        Ok(self.renewed())
    }

    /// Whether the file was written into in place, so that the log does not belong to it any
    /// more. Other programs may have brought the log into it, with our mark.
    fn is_overwritten(&self, state: &mut State, now: &Files) -> bool {
        if now.stamp == state.seen.stamp || self.busy.load(Ordering::Acquire) > 0 {
            return false;
        }
        if !state.marks_fit() {
            return true;
        }
        state.seen.stamp = now.stamp;
        false
    }

    /// Another mark for the file, to be stored in it; from now on it is told from others that
    /// are copied over it.
    pub fn mark(&self) -> std::io::Result<i32> {
        let mut state = lock(&self.state);
        let marks = match &mut state.marks {
            Some(marks) => marks,
            empty => {
                let file = File::open(&self.path)?;
                let random = RandomState::new().hash_one(std::process::id());
                let next = u32::try_from(random >> 33).unwrap_or(0).cast_signed();
                let valid = vec![read_mark(&file)?];
                empty.insert(Marks { file, valid, next })
            }
        };
        marks.next = marks.next.wrapping_add(1);
        let mark = marks.next;
        marks.valid.push(mark);
        Ok(mark)
    }

    /// All that was written is in the file, with this mark.
    pub fn marked(&self, mark: i32) {
        if !self.has_log()
            && let Some(marks) = &mut lock(&self.state).marks
        {
            marks.valid.retain(|valid| *valid == mark);
        }
    }

    /// Whether the file is marked already.
    pub fn is_marked(&self) -> bool {
        lock(&self.state).marks.is_some()
    }

    /// Makes sure, after something was written, that it lies there.
    pub fn still(&self) -> Result<(), String> {
        let state = lock(&self.state);
        let now = self.look();
        match now.is_some_and(|n| (n.main, n.log) == (state.seen.main, state.seen.log)) {
            true => Ok(()),
            false => Err(format!(
                "the database file {} was removed or replaced in this moment: what was written \
                 may be lost",
                self.path.display()
            )),
        }
    }

    /// Puts a connection into its slot, if it was opened to what is open now.
    pub fn install(&self, slot: &Slot, conn: Connection, renewed: u64) -> Result<(), String> {
        // In this order everywhere: a slot's lock is taken last.
        let state = lock(&self.state);
        let main = self.look().map(|now| now.main);
        if main != Some(state.seen.main) || renewed != self.renewed() {
            return Err(format!(
                "the database file {} was just replaced",
                self.path.display()
            ));
        }
        *lock(slot) = Some(conn);
        Ok(())
    }

    /// Whether the write-ahead log holds anything.
    pub fn has_log(&self) -> bool {
        fs::metadata(&self.wal).is_ok_and(|wal| wal.size() > 0)
    }

    /// What operators should know, once.
    pub fn news(&self) -> Vec<String> {
        let mut state = lock(&self.state);
        self.rescue(&mut state);
        std::mem::take(&mut state.news)
    }

    /// Opens what lies there now, or says why that cannot be.
    fn renew(&self, state: &mut State) -> Result<(), String> {
        let done = self.open_anew(state);
        match done {
            Ok(()) => {
                let path = self.path.display();
                let text = match state.trouble.take() {
                    Some(_) => format!("The database file {path} is there again"),
                    None => format!("The database file {path} was replaced or written into"),
                };
                tracing::warn!("{text} and was opened anew");
                state.news.push(format!(
                    "{text}. It was opened anew, and everything in it is read again."
                ));
                self.renewed.fetch_add(1, Ordering::AcqRel);
                Ok(())
            }
            Err(why) => {
                let now = Instant::now();
                let before = state.trouble.take();
                if before.as_ref().is_none_or(|b| b.why != why) {
                    tracing::error!("{why}");
                }
                state.trouble = Some(Trouble {
                    since: before.as_ref().map_or(now, |b| b.since),
                    rescued: before.is_some_and(|b| b.rescued),
                    tried: now,
                    gone: self.look().is_none(),
                    why: why.clone(),
                });
                Err(why)
            }
        }
    }

    fn open_anew(&self, state: &mut State) -> Result<(), String> {
        let path = self.path.display();
        let hint = "Put it back, or a copy of it in its place: the hub notices. Until then \
            nothing can be stored.";
        // The open connections are all that is left of it, so they stay.
        let Some(now) = self.look() else {
            return Err(format!(
                "the database file {path} is gone: it, or its directory, was removed or renamed. \
                 {hint}"
            ));
        };
        if now.stamp.0 == 0 {
            return Err(format!("the database file {path} has become empty. {hint}"));
        }
        self.close_all(state, now.main);
        self.open_found(state)
            .map_err(|why| format!("the database file {path} cannot be used: {why}. {hint}"))
    }

    /// Closes every connection, after what they know was written down where they are.
    fn close_all(&self, state: &mut State, main: Id) {
        let slots: Vec<Arc<Slot>> = lock(&self.slots).iter().filter_map(Weak::upgrade).collect();
        let open: Vec<Connection> = (slots.iter())
            .filter_map(|slot| lock(slot).take())
            .collect();
        let keeper = state.keeper.take();
        let overwritten = main == state.seen.main && !state.marks_fit();
        if overwritten {
            // The log's pages are of what was there before.
            for conn in open.iter().chain(&keeper) {
                drop(conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true));
            }
        } else if let Some(keeper) = &keeper
            && let Err(why) = tidy(keeper, None)
        {
            tracing::warn!("the database's log was not written into the file: {why}");
        }
        drop((open, keeper));
        state.marks = None;
        if main == state.seen.main && !overwritten {
            return;
        }
        // The log of another file must never be applied to this one.
        let log = fs::metadata(&self.wal).ok();
        let ours = state.seen.log.map(|(wal, _)| wal);
        if log.as_ref().is_some_and(|log| Some(id(log)) != ours) {
            return;
        }
        let moved = match log.filter(|log| log.size() > 0) {
            Some(_) => fs::rename(&self.wal, beside(&self.wal, ".old")),
            None => fs::remove_file(&self.wal),
        };
        for done in [moved, fs::remove_file(&self.shm)] {
            if let Err(why) = done
                && why.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!("the log of the database that was replaced: {why}");
            }
        }
    }

    /// Opens a file that must be a hub's.
    fn open_found(&self, state: &mut State) -> Result<(), String> {
        let open = || {
            let mut conn = connect(&self.path, false)?;
            let check: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            let known: i64 = conn.query_row(
                "SELECT COUNT(*) FROM sqlite_master WHERE lower(name) IN ('reglist', 'setuplist')",
                [],
                |row| row.get(0),
            )?;
            if check == "ok" && known == 2 {
                make_tables(&mut conn)?;
            }
            Ok((conn, check, known))
        };
        let found = open().map_err(|why: rusqlite::Error| reason(&self.path, &why))?;
        match found {
            (_, check, _) if check != "ok" => Err(format!("it is damaged ({check})")),
            (_, _, known) if known < 2 => Err("it is not the database of a hub".to_owned()),
            (conn, ..) => {
                state.seen = self.look().ok_or("it is gone again")?;
                state.keeper = Some(conn);
                Ok(())
            }
        }
    }

    /// Saves what was in a file that is gone, once.
    fn rescue(&self, state: &mut State) {
        let (Some(trouble), Some(keeper)) = (&mut state.trouble, &state.keeper) else {
            return;
        };
        if !trouble.gone || trouble.rescued || trouble.since.elapsed() < RESCUE {
            return;
        }
        trouble.rescued = true;
        let name = format!(".rescued-{}", std::process::id());
        let file = beside(&self.path, &name);
        super::create(&file);
        let saved = match file.to_str() {
            Some(name) if file.exists() => keeper.execute("VACUUM INTO ?", [name]),
            _ => return,
        };
        let file = file.display();
        match saved {
            Ok(_) => {
                tracing::warn!("what was in the database file is saved in {file}");
                state.news.push(format!(
                    "What was in the database is saved in {file}. To go on with it: mv {file} {}",
                    self.path.display()
                ));
            }
            Err(why) => tracing::error!(
                "what was in the database cannot be saved in {file}: {}",
                words(&why)
            ),
        }
    }
}

/// Brings all that is in the write-ahead log into the one file, with a new mark if one is given,
/// and empties the log.
pub(super) fn tidy(conn: &Connection, mark: Option<i32>) -> rusqlite::Result<()> {
    let tidy = || {
        if let Some(mark) = mark {
            conn.pragma_update(None, "user_version", mark)?;
        }
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    };
    conn.busy_timeout(TIDY)?;
    let done = tidy();
    conn.busy_timeout(super::BUSY)?;
    done
}

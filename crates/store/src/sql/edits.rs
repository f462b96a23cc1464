//! What others have changed of what owners edit, told from what this hub has changed itself.
//!
//! Each table counts by a number that is a sum over its rows. Each edit of the hub looks at the
//! sum before and after it, in its transaction; what it has made of the sum is taken off again
//! where changes are looked for. So a digest is the same after any number of own edits.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Sql;
use crate::db::{Broken, Cells, Db, Value};
use crate::schema;

/// The tables that count, beside the bans.
const EDITED: [&str; 6] = [
    "SetupList",
    "temp_rights",
    "file_trigger",
    "custom_redirects",
    "client_list",
    "conn_types",
];

/// There may be very many bans, so that the database itself sums them up. Of numbers a remainder
/// counts, as no sum may overflow; of texts their lengths, and the last characters of those that
/// tell a ban from another.
const BANS: [&str; 13] = [
    "COUNT(*)",
    "SUM(ban_type % 1000003)",
    "SUM(date_start % 1000003)",
    "SUM(date_limit % 1000003)",
    "SUM(range_fr % 1000003)",
    "SUM(range_to % 1000003)",
    "SUM(LENGTH(ip))",
    "SUM(LENGTH(nick))",
    "SUM(LENGTH(reason))",
    "SUM(LENGTH(share_size))",
    "SUM(INSTR('0123456789abcdefghijklmnopqrstuvwxyz.:-_', LOWER(SUBSTR(ip, -1))))",
    "SUM(INSTR('0123456789abcdefghijklmnopqrstuvwxyz.:-_', LOWER(SUBSTR(nick, -1))))",
    "SUM(INSTR('0123456789abcdefghijklmnopqrstuvwxyz.:-_', LOWER(SUBSTR(nick, 1, 1))))",
];

/// Sums over rows; they wrap.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
struct Sums {
    rows: u64,
    bans: [i64; BANS.len()],
}

impl Sums {
    fn add(&mut self, other: Sums) {
        self.rows = self.rows.wrapping_add(other.rows);
        for (a, b) in self.bans.iter_mut().zip(other.bans) {
            *a = a.wrapping_add(b);
        }
    }

    fn less(mut self, other: Sums) -> Sums {
        self.rows = self.rows.wrapping_sub(other.rows);
        for (a, b) in self.bans.iter_mut().zip(other.bans) {
            *a = a.wrapping_sub(b);
        }
        self
    }
}

/// What the edits of one hub have made of the sums: of all its connections, and of the
/// transaction that is open here.
#[derive(Default)]
pub(crate) struct Edits {
    all: Arc<Mutex<Sums>>,
    open: Sums,
}

fn lock(all: &Mutex<Sums>) -> MutexGuard<'_, Sums> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Edits {
    /// Those of another connection of the same hub.
    pub(super) fn another(&self) -> Edits {
        Edits {
            all: Arc::clone(&self.all),
            open: Sums::default(),
        }
    }

    /// The transaction that was open has come to nothing.
    pub(super) fn forget(&mut self) {
        self.open = Sums::default();
    }

    /// Commits by `commit`. Nobody sees the rows without what is noted of them.
    pub(super) fn commit<R>(
        &mut self,
        commit: impl FnOnce() -> Result<R, Broken>,
    ) -> Result<R, Broken> {
        let open = std::mem::take(&mut self.open);
        let mut all = lock(&self.all);
        let done = commit()?;
        all.add(open);
        Ok(done)
    }
}

/// The rows that an edit is about: a table and what its statements say behind WHERE.
pub(super) struct Part<'a> {
    pub table: &'static str,
    pub rows: &'a str,
    pub values: &'a [Value<'a>],
}

impl Part<'_> {
    /// All rows of a table.
    pub fn whole(table: &'static str) -> Part<'static> {
        Part {
            table,
            rows: "1 = 1",
            values: &[],
        }
    }

    fn sums<D: Db>(&self, db: &mut D) -> Result<Sums, Broken> {
        let (table, rows) = (self.table, self.rows);
        let mut sums = Sums::default();
        if table == "banlist" {
            let select = format!("SELECT {} FROM banlist WHERE {rows}", BANS.join(", "));
            let mut each = |mut row: Cells| sums.bans = [(); BANS.len()].map(|()| row.int(0));
            db.rows(&select, self.values, &mut each)?;
            return Ok(sums);
        }
        let Some(table) = schema::table(table).filter(|_| EDITED.contains(&table)) else {
            return Ok(sums);
        };
        let columns = table.column_names().join(", ");
        let select = format!("SELECT {columns} FROM {} WHERE {rows}", table.name);
        let mut each = |row: Cells| {
            let mut hasher = DefaultHasher::new();
            (table.name, row.rest()).hash(&mut hasher);
            sums.rows = sums.rows.wrapping_add(hasher.finish());
        };
        db.rows(&select, self.values, &mut each)?;
        Ok(sums)
    }
}

impl<D: Db + 'static> Sql<D> {
    /// Does an edit of the hub's own, all or nothing.
    pub(super) fn edit<R>(
        &mut self,
        part: &Part<'_>,
        run: impl Fn(&mut D) -> Result<R, Broken>,
    ) -> Result<R, Broken> {
        let run = |db: &mut D| {
            let before = part.sums(db)?;
            let done = run(db)?;
            Ok((done, part.sums(db)?.less(before)))
        };
        if self.db.in_transaction() {
            let (done, made) = run(&mut self.db)?;
            self.edits.open.add(made);
            return Ok(done);
        }
        let all = Arc::clone(&self.edits.all);
        let mut all = lock(&all);
        let (done, made) = self.atomic(run)?;
        all.add(made);
        Ok(done)
    }

    /// See [`crate::Store::digest`].
    pub(super) fn sum_up(&mut self) -> Result<u64, Broken> {
        let all = Arc::clone(&self.edits.all);
        let own = lock(&all);
        let mut sums = Sums::default();
        for table in EDITED.into_iter().chain(["banlist"]) {
            sums.add(Part::whole(table).sums(&mut self.db)?);
        }
        let mut hasher = DefaultHasher::new();
        sums.less(*own).hash(&mut hasher);
        Ok(hasher.finish())
    }
}

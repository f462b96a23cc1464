//! The store over any [`Db`]: every statement of the hub, written once for all databases.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use bytes::Bytes;
use hub::config::{Config, specs};
use hub::lists::Rows as ListRows;
use hub::reg::{BanRow, PluginRow, RightsRow, StoreOp, StoreReply};

use crate::db::{Broken, Cells, Db, Kind, Value, text};
use crate::schema;
use crate::{EachRow, Login, Rehash, Rows, Store, StoreError};

mod bans;
mod edits;
mod lists;
mod plugins;
mod rights;
mod users;

use edits::Part;

/// How often a transaction is tried that others stand in the way of.
const TRIES: u32 = 5;
/// What a statement of a script may have in bytes.
const MOST_STATEMENT: usize = 1 << 20;

/// A store in a database.
pub(crate) struct Sql<D> {
    db: D,
    edits: edits::Edits,
}

impl<D: Db + 'static> Sql<D> {
    /// The store of a connection that was just opened.
    pub(crate) fn new(db: D) -> Sql<D> {
        let edits = edits::Edits::default();
        Sql { db, edits }
    }

    /// Does all or nothing; within the transaction that is open, if one is.
    fn atomic<R>(&mut self, run: impl Fn(&mut D) -> Result<R, Broken>) -> Result<R, Broken> {
        if self.db.in_transaction() {
            return run(&mut self.db);
        }
        let mut tries = 1;
        loop {
            self.db.begin()?;
            let done = run(&mut self.db).and_then(|r| self.db.commit().map(|()| r));
            match done {
                Ok(r) => return Ok(r),
                Err(why) => {
                    self.db.rollback();
                    if why.kind != Kind::Deadlock || tries == TRIES {
                        return Err(why);
                    }
                    tries += 1;
                }
            }
        }
    }

    /// A statement about rows that may not be there.
    fn change(
        &mut self,
        what: &'static str,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<StoreReply, StoreError> {
        match self.db.run(statement, values) {
            Ok(0) => Ok(StoreReply::NoUser),
            Ok(_) => Ok(StoreReply::Done),
            Err(why) => Err(why.while_to(what)),
        }
    }

    /// The rows of a statement, each made into something.
    fn list<R>(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        make: impl Fn(&mut Cells) -> R,
    ) -> Result<Vec<R>, Broken> {
        let mut list = Vec::new();
        let mut each = |mut cells: Cells| list.push(make(&mut cells));
        self.db.rows(statement, values, &mut each)?;
        Ok(list)
    }

    fn operate(&mut self, op: StoreOp) -> Result<StoreReply, StoreError> {
        match op {
            StoreOp::SetConfig { file, var, value } => self.set_config(&file, &var, &value),
            StoreOp::SaveBan { ban } => self.save_ban(&ban),
            StoreOp::HitBan { ip, nick, when } => self.hit_ban(&ip, &nick, when),
            StoreOp::DelBans { bans, lifted } => self.del_bans(&bans, &lifted),
            StoreOp::AddKick { kick, within } => self.add_kick(&kick, within),
            StoreOp::SaveRights { rights } => self.save_rights(&rights),
            StoreOp::Clean { list } => self.clean_list(list),
            StoreOp::PluginSettings => self.plugin_settings(),
            StoreOp::ReadBans => self.all_bans().map(StoreReply::Bans),
            StoreOp::ReadRights => self.all_rights().map(StoreReply::Rights),
            StoreOp::ReadList { list } => self.read_list(list).map(StoreReply::Rows),
            StoreOp::PutRow { list, row } => self.put_row(list, &row),
            StoreOp::DelRow { list, key } => self.del_row(list, &key),
            op => self.user_op(op),
        }
    }

    fn plugin_settings(&mut self) -> Result<StoreReply, StoreError> {
        let select = "SELECT file, var, val FROM SetupList ORDER BY file, var";
        let rest = |row: &mut Cells| mem::replace(row, Cells::from(Vec::new())).rest();
        let rows = self.list(select, &[], rest);
        let mut rows = rows.map_err(|why| why.while_to("read the settings"))?;
        let of_plugin = |file: &Bytes| file.len() > 3 && file[..3].eq_ignore_ascii_case(b"pi_");
        rows.retain(|row| matches!(row.first(), Some(Some(file)) if of_plugin(file)));
        Ok(StoreReply::Rows(rows))
    }

    /// Two statements, but never two effects: the second runs when the first changed nothing.
    fn set_config(
        &mut self,
        file: &[u8],
        var: &[u8],
        value: &[u8],
    ) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let of_var = format!("file = ? {fold} AND var = ? {fold}");
        let part = Part {
            table: "SetupList",
            rows: &of_var,
            values: &[text(file), text(var)],
        };
        let update = format!("UPDATE SetupList SET val = ? WHERE {of_var}");
        let update = |db: &mut D| db.run(&update, &[text(value), text(file), text(var)]);
        let insert = "INSERT INTO SetupList (file, var, val) VALUES (?, ?, ?)";
        let set = |db: &mut D| match update(db)? {
            0 => match db.run(insert, &[text(file), text(var), text(value)]) {
                // Another program was faster between the two.
                Err(why) if why.kind == Kind::Duplicate => update(db),
                done => done,
            },
            n => Ok(n),
        };
        (self.edit(&part, set)).map_err(|why| why.while_to("write a setting"))?;
        Ok(StoreReply::Done)
    }
}

impl<D: Db + 'static> Store for Sql<D> {
    fn execute(&mut self, op: StoreOp) -> StoreReply {
        self.operate(op)
            .unwrap_or_else(|why| StoreReply::Failed(why.to_string()))
    }

    fn execute_all(&mut self, ops: Vec<StoreOp>) -> Vec<StoreReply> {
        if ops.len() < 2 || self.db.begin().is_err() {
            return ops.into_iter().map(|op| self.execute(op)).collect();
        }
        let mut replies: Vec<StoreReply> = Vec::with_capacity(ops.len());
        let mut uncommitted = 0;
        for op in ops {
            let was_open = self.db.in_transaction();
            let reply = self.execute(op);
            replies.push(reply);
            if was_open && !self.db.in_transaction() {
                self.edits.forget();
                not_committed(&mut replies[..], "the transaction was ended");
                uncommitted = replies.len();
            }
        }
        let Sql { db, edits } = self;
        if db.in_transaction()
            && let Err(why) = edits.commit(|| db.commit())
        {
            not_committed(&mut replies[uncommitted..], &why.why);
            db.rollback();
        }
        replies
    }

    fn verify_password(&mut self, nick: &[u8], password: &[u8]) -> Result<bool, StoreError> {
        self.check_password(nick, password)
    }

    fn record_logins(&mut self, logins: &[Login]) -> Result<(), StoreError> {
        self.write_logins(logins)
    }

    fn load_config(&mut self, file: &[u8]) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let fold = D::FOLD;
        let select = format!("SELECT var, val FROM SetupList WHERE file = ? {fold}");
        self.list(&select, &[text(file)], |row| (row.text(), row.text()))
            .map_err(|why| why.while_to("read the settings"))
    }

    fn save_defaults(&mut self, config: &Config) -> Result<(), StoreError> {
        let fold = D::FOLD;
        let save = |db: &mut D| {
            let mut present = Vec::new();
            let select = format!("SELECT var FROM SetupList WHERE file = ? {fold}");
            let mut each = |mut row: Cells| present.push(row.text().to_ascii_lowercase());
            db.rows(&select, &[Value::Text(b"config")], &mut each)?;
            for spec in specs() {
                if present.iter().any(|var| var == spec.name.as_bytes()) {
                    continue;
                }
                let value = config.get(spec.name).unwrap_or_default();
                let insert = "INSERT INTO SetupList (file, var, val) VALUES ('config', ?, ?)";
                match db.run(insert, &[Value::Text(spec.name.as_bytes()), text(&value)]) {
                    Err(why) if why.kind != Kind::Duplicate => return Err(why),
                    _ => {}
                }
            }
            Ok(())
        };
        self.atomic(save)
            .map_err(|why| why.while_to("write the settings"))
    }

    fn get_config(&mut self, file: &[u8], var: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let fold = D::FOLD;
        let select =
            format!("SELECT val FROM SetupList WHERE file = ? {fold} AND var = ? {fold} LIMIT 1");
        self.list(&select, &[text(file), text(var)], Cells::text)
            .map(|mut values| values.pop())
            .map_err(|why| why.while_to("read a setting"))
    }

    fn version(&mut self) -> Result<i64, StoreError> {
        (self.db.version()).map_err(|why| why.while_to("look for changes"))
    }

    fn tidy(&mut self) -> Result<(), StoreError> {
        (self.db.tidy()).map_err(|why| why.while_to("write its log into the file"))
    }

    fn news(&mut self) -> Vec<String> {
        self.db.news()
    }

    fn digest(&mut self) -> Result<u64, StoreError> {
        (self.sum_up()).map_err(|why| why.while_to("look for changes"))
    }

    fn registered_nicks(&mut self) -> Result<Vec<Bytes>, StoreError> {
        let mut nicks = self
            .list("SELECT nick FROM reglist", &[], Cells::text)
            .map_err(|why| why.while_to("list the registered nicks"))?;
        nicks.retain(|n| !n.is_empty());
        Ok(nicks)
    }

    fn registrations(&mut self) -> Result<Vec<(Bytes, u64)>, StoreError> {
        let fields = hub::reg::FIELDS.iter().map(|field| field.name);
        let fields = fields.collect::<Vec<_>>().join(", ");
        let select = format!(
            "SELECT nick, pwd_change, COALESCE(LENGTH(login_pwd), 0) > 0, {fields} FROM reglist"
        );
        let read = |row: &mut Cells| {
            let nick = row.text();
            let mut hasher = DefaultHasher::new();
            let rest = mem::replace(row, Cells::from(Vec::new())).rest();
            rest.hash(&mut hasher);
            (nick, hasher.finish())
        };
        let mut rows = (self.list(&select, &[], read))
            .map_err(|why| why.while_to("look for changed registrations"))?;
        rows.retain(|(nick, _)| !nick.is_empty());
        Ok(rows)
    }

    fn clean(&mut self, now: i64) -> Result<u64, StoreError> {
        self.forget_old(now)
    }

    fn rehash(&mut self, nick: &[u8], password: &[u8]) -> Result<Option<Rehash>, StoreError> {
        self.new_hash(nick, password)
    }

    fn rights(&mut self) -> Result<Vec<RightsRow>, StoreError> {
        self.all_rights()
    }

    fn bans(&mut self) -> Result<Vec<BanRow>, StoreError> {
        self.all_bans()
    }

    fn plugins(&mut self) -> Result<Vec<PluginRow>, StoreError> {
        self.all_plugins()
    }

    fn save_plugin(&mut self, plugin: &PluginRow) -> Result<(), StoreError> {
        self.write_plugin(plugin)
    }

    fn delete_plugin(&mut self, nick: &[u8]) -> Result<bool, StoreError> {
        self.forget_plugin(nick)
    }

    fn lists(&mut self) -> Result<ListRows, StoreError> {
        self.all_lists()
    }

    fn sql(&mut self, query: &[u8], limit: usize) -> Result<Rows, String> {
        if query.len() > MOST_STATEMENT {
            return Err(format!("a statement may have {MOST_STATEMENT} bytes"));
        }
        self.db.script(query, limit)
    }

    fn read_table(&mut self, table: &str, each: EachRow<'_>) -> Result<(), StoreError> {
        let Some(table) = schema::table(table) else {
            return Err(not_ours(table));
        };
        // The newest last, where the original has no key.
        let newest = if table.name == "temp_rights" {
            ", since"
        } else {
            ""
        };
        let (columns, key) = (table.column_names().join(", "), table.key());
        let select = format!(
            "SELECT {columns} FROM {} ORDER BY {key}{newest}",
            table.name
        );
        (self.db)
            .rows(&select, &[], &mut |row| each(row.rest()))
            .map_err(|why| why.while_to("read a table"))
    }

    fn write_table(&mut self, table: &str, rows: &[Vec<Option<Bytes>>]) -> Result<(), StoreError> {
        let Some(table) = schema::table(table) else {
            return Err(not_ours(table));
        };
        let columns = table.column_names();
        self.atomic(|db| db.replace(table.name, &columns, rows))
            .map_err(|why| why.while_to("write a table"))
    }

    fn another(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(Sql {
            db: self.db.another()?,
            edits: self.edits.another(),
        }))
    }
}

/// Takes back every "done" of a transaction that came to nothing.
fn not_committed(replies: &mut [StoreReply], why: &str) {
    for reply in replies {
        if *reply == StoreReply::Done {
            let text = format!("the database could not commit: {why}");
            drop(mem::replace(reply, StoreReply::Failed(text)));
        }
    }
}

fn not_ours(table: &str) -> StoreError {
    StoreError::Failed {
        what: "copy a table",
        why: format!("{table} is none of the hub's"),
    }
}

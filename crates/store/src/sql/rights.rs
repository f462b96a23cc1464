//! What single users may or may not do for a while: table `temp_rights`.

use hub::reg::{RightsRow, StoreReply};

use super::Sql;
use super::edits::Part;
use crate::StoreError;
use crate::db::{Db, Value, text, time};

/// "As usual".
const USUAL: i64 = 1;

impl<D: Db + 'static> Sql<D> {
    /// One row a nick. The original adds a row at each change, so the newest counts.
    pub(super) fn all_rights(&mut self) -> Result<Vec<RightsRow>, StoreError> {
        let columns = RightsRow::COLUMNS.join(", ");
        let select = format!("SELECT nick, op, since, {columns} FROM temp_rights ORDER BY since");
        let read = |row: &mut crate::db::Cells| RightsRow {
            nick: row.text(),
            op: row.text(),
            since: row.int(0),
            // NULL is how the original writes 0.
            times: [(); 8].map(|()| row.int(0)),
        };
        let rows = self
            .list(&select, &[], read)
            .map_err(|why| why.while_to("read the rights"))?;
        let mut newest = std::collections::HashMap::new();
        for row in rows.into_iter().filter(|row| !row.nick.is_empty()) {
            newest.insert(row.nick.to_ascii_lowercase(), row);
        }
        let mut rows: Vec<RightsRow> = newest.into_values().collect();
        rows.sort_by(|a, b| a.nick.cmp(&b.nick));
        Ok(rows)
    }

    /// In place of all rows of the nick.
    pub(super) fn save_rights(&mut self, rights: &RightsRow) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let of_nick = format!("nick = ? {fold}");
        let delete = format!("DELETE FROM temp_rights WHERE {of_nick}");
        let columns = RightsRow::COLUMNS.join(", ");
        let marks = ["?"; 11].join(", ");
        let insert =
            format!("INSERT INTO temp_rights (nick, op, since, {columns}) VALUES ({marks})");
        let nick = Value::Text(&rights.nick);
        let mut values = vec![nick, text(&rights.op), time(rights.since)];
        // A zero is kept: it denies for good.
        values.extend(rights.times.map(Value::Int));
        let usual = rights.times.iter().all(|t| *t == USUAL);
        let part = Part {
            table: "temp_rights",
            rows: &of_nick,
            values: &[nick],
        };
        self.edit(&part, |db| {
            db.run(&delete, &[nick])?;
            match usual {
                true => Ok(0),
                false => db.run(&insert, &values),
            }
        })
        .map_err(|why| why.while_to("write rights"))?;
        Ok(StoreReply::Done)
    }
}

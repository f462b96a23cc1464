//! The lists that operators keep: triggers, redirects, known clients, connection types.

use bytes::Bytes;
use hub::lists::{List, Row, Rows, defaults};
use hub::reg::StoreReply;

use super::Sql;
use super::edits::Part;
use crate::StoreError;
use crate::db::{Cells, Db, Value};

impl<D: Db + 'static> Sql<D> {
    /// All four. One that is empty gets the rows of a new hub first.
    pub(super) fn all_lists(&mut self) -> Result<Rows, StoreError> {
        let mut rows = Rows::default();
        for list in List::ALL {
            let mut found = self.read_list(list)?;
            if found.is_empty() {
                found = defaults(list);
                let columns = columns(list);
                self.atomic(|db| db.replace(list.table(), &columns, &found))
                    .map_err(|why| why.while_to("write a list"))?;
            }
            *rows.of_mut(list) = found;
        }
        Ok(rows)
    }

    pub(super) fn read_list(&mut self, list: List) -> Result<Vec<Row>, StoreError> {
        let (columns, table, key) = (columns(list).join(", "), list.table(), list.key().0);
        let select = format!("SELECT {columns} FROM {table} ORDER BY {key}");
        self.list(&select, &[], |row| {
            std::mem::replace(row, Cells::from(Vec::new())).rest()
        })
        .map_err(|why| why.while_to("read a list"))
    }

    /// The old row goes first: a database made by others may lack the key.
    pub(super) fn put_row(&mut self, list: List, row: &Row) -> Result<StoreReply, StoreError> {
        let key = row.first().cloned().flatten().unwrap_or_default();
        let delete = delete::<D>(list);
        let columns = columns(list);
        self.edit(&Part::whole(list.table()), |db| {
            db.run(&delete, &[Value::Text(&key)])?;
            db.replace(list.table(), &columns, std::slice::from_ref(row))
        })
        .map_err(|why| why.while_to("write a list"))?;
        Ok(StoreReply::Done)
    }

    pub(super) fn del_row(&mut self, list: List, key: &Bytes) -> Result<StoreReply, StoreError> {
        let (delete, key) = (delete::<D>(list), [Value::Text(key)]);
        let removed = self.edit(&Part::whole(list.table()), |db| db.run(&delete, &key));
        match removed.map_err(|why| why.while_to("write a list"))? {
            0 => Ok(StoreReply::NoUser),
            _ => Ok(StoreReply::Done),
        }
    }
}

fn delete<D: Db>(list: List) -> String {
    let (table, key, fold) = (list.table(), list.key().0, D::FOLD);
    format!("DELETE FROM {table} WHERE {key} = ? {fold}")
}

fn columns(list: List) -> Vec<&'static str> {
    let rest = list.columns().iter().map(|c| c.name);
    std::iter::once(list.key().0).chain(rest).collect()
}

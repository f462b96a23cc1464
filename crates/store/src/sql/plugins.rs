//! Registered native plugins: table `pi_plug`.

use hub::reg::PluginRow;

use super::Sql;
use crate::StoreError;
use crate::db::{Cells, Db, Kind, Value, text, time};

fn read(row: &mut Cells) -> PluginRow {
    PluginRow {
        nick: row.text(),
        path: row.text(),
        detail: row.text(),
        autoload: row.int(0) != 0,
        error: row.text(),
        lastload: row.int(0),
    }
}

impl<D: Db + 'static> Sql<D> {
    pub(super) fn all_plugins(&mut self) -> Result<Vec<PluginRow>, StoreError> {
        let select =
            "SELECT nick, path, detail, autoload, error, lastload FROM pi_plug ORDER BY nick";
        let mut rows = (self.list(select, &[], read))
            .map_err(|why| why.while_to("read the registered plugins"))?;
        rows.retain(|row| !row.nick.is_empty());
        Ok(rows)
    }

    pub(super) fn write_plugin(&mut self, plugin: &PluginRow) -> Result<(), StoreError> {
        let fold = D::FOLD;
        let nick = Value::Text(&plugin.nick);
        let values = [
            Value::Text(&plugin.path),
            text(&plugin.detail),
            plugin.autoload.into(),
            text(&plugin.error),
            time(plugin.lastload),
            nick,
        ];
        let update = format!(
            "UPDATE pi_plug SET path = ?, detail = ?, autoload = ?, error = ?, lastload = ? \
             WHERE nick = ? {fold}"
        );
        let insert = "INSERT INTO pi_plug (path, detail, autoload, error, lastload, nick) \
             VALUES (?, ?, ?, ?, ?, ?)";
        let save = |db: &mut D| match db.run(&update, &values)? {
            0 => match db.run(insert, &values) {
                // Another program was faster between the two.
                Err(why) if why.kind == Kind::Duplicate => db.run(&update, &values),
                done => done,
            },
            n => Ok(n),
        };
        save(&mut self.db)
            .map(drop)
            .map_err(|why| why.while_to("write a plugin's registration"))
    }

    pub(super) fn forget_plugin(&mut self, nick: &[u8]) -> Result<bool, StoreError> {
        let delete = format!("DELETE FROM pi_plug WHERE nick = ? {}", D::FOLD);
        let count = self.db.run(&delete, &[Value::Text(nick)]);
        count
            .map(|n| n > 0)
            .map_err(|why| why.while_to("forget a plugin's registration"))
    }
}

//! Bans, lifted bans and kicks: tables `banlist`, `unbanlist`, `kicklist`.

use bytes::Bytes;
use hub::reg::{BanRow, KickRow, Lifted, Listing, StoreReply};

use super::Sql;
use super::edits::Part;
use crate::StoreError;
use crate::db::{Cells, Db, Kind, Value, text, time};

/// In the order of [`read`] and [`values`].
const COLUMNS: &str = "ip, nick, ban_type, host, range_fr, range_to, date_start, date_limit, \
    last_hit, nick_op, reason, note_op, note_usr, share_size";

const DAY: i64 = 86_400;

fn read(row: &mut Cells) -> BanRow {
    BanRow {
        ip: row.text(),
        nick: row.text(),
        ban_type: row.int(0),
        host: row.text(),
        range: row.number().zip(row.number()),
        date_start: row.int(0),
        date_limit: row.int(0),
        last_hit: row.int(0),
        nick_op: row.text(),
        reason: row.text(),
        note_op: row.text(),
        note_usr: row.text(),
        share_size: row.text(),
    }
}

fn values(ban: &BanRow) -> [Value<'_>; 14] {
    let number = |n: Option<i64>| n.map_or(Value::Null, Value::Int);
    [
        text(&ban.ip),
        text(&ban.nick),
        ban.ban_type.into(),
        text(&ban.host),
        number(ban.range.map(|r| r.0)),
        number(ban.range.map(|r| r.1)),
        time(ban.date_start),
        time(ban.date_limit),
        time(ban.last_hit),
        text(&ban.nick_op),
        text(&ban.reason),
        text(&ban.note_op),
        text(&ban.note_usr),
        text(&ban.share_size),
    ]
}

impl<D: Db + 'static> Sql<D> {
    /// Every row of `banlist`.
    pub(super) fn all_bans(&mut self) -> Result<Vec<BanRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM banlist");
        self.list(&select, &[], read)
            .map_err(|why| why.while_to("read the bans"))
    }

    pub(super) fn save_ban(&mut self, ban: &BanRow) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let set = COLUMNS.replace(',', " = ?,");
        let of_ban = format!("ip = ? {fold} AND nick = ? {fold}");
        let update = format!("UPDATE banlist SET {set} = ? WHERE {of_ban}");
        let marks = vec!["?"; 14].join(", ");
        let insert = format!("INSERT INTO banlist ({COLUMNS}) VALUES ({marks})");
        let values = values(ban);
        let mut with_key = values.to_vec();
        with_key.extend([Value::Text(&ban.ip), Value::Text(&ban.nick)]);
        let save = |db: &mut D| match db.run(&update, &with_key)? {
            0 => match db.run(&insert, &values) {
                // Another program was faster between the two.
                Err(why) if why.kind == Kind::Duplicate => db.run(&update, &with_key),
                done => done,
            },
            n => Ok(n),
        };
        let part = Part {
            table: "banlist",
            rows: &of_ban,
            values: &[Value::Text(&ban.ip), Value::Text(&ban.nick)],
        };
        (self.edit(&part, save)).map_err(|why| why.while_to("write a ban"))?;
        Ok(StoreReply::Done)
    }

    pub(super) fn hit_ban(
        &mut self,
        ip: &[u8],
        nick: &[u8],
        when: i64,
    ) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let update =
            format!("UPDATE banlist SET last_hit = ? WHERE ip = ? {fold} AND nick = ? {fold}");
        let values = [time(when), Value::Text(ip), Value::Text(nick)];
        self.change("write a ban's last hit", &update, &values)
    }

    pub(super) fn del_bans(
        &mut self,
        bans: &[(Bytes, Bytes)],
        lifted: &Lifted,
    ) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let of_ban = format!("ip = ? {fold} AND nick = ? {fold}");
        let select = format!("SELECT {COLUMNS} FROM banlist WHERE {of_ban}");
        let delete = format!("DELETE FROM banlist WHERE {of_ban}");
        let marks = vec!["?"; 17].join(", ");
        let keep = format!(
            "REPLACE INTO unbanlist ({COLUMNS}, date_unban, unban_op, unban_reason) \
             VALUES ({marks})"
        );
        let any = vec![format!("({of_ban})"); bans.len()].join(" OR ");
        let keys = bans.iter().flat_map(|(ip, nick)| [ip, nick]);
        let keys: Vec<Value<'_>> = keys.map(|text| Value::Text(text)).collect();
        // Of very many all are looked at: a statement may have so many values only.
        let part = match bans.len() {
            1..=100 => Part {
                table: "banlist",
                rows: &any,
                values: &keys,
            },
            _ => Part::whole("banlist"),
        };
        self.edit(&part, |db| {
            for (ip, nick) in bans {
                let key = [Value::Text(ip), Value::Text(nick)];
                let mut rows = Vec::new();
                db.rows(&select, &key, &mut |mut row| rows.push(read(&mut row)))?;
                for ban in &rows {
                    let mut values = values(ban).to_vec();
                    values.extend([time(lifted.when), text(&lifted.op), text(&lifted.reason)]);
                    db.run(&keep, &values)?;
                }
                db.run(&delete, &key)?;
            }
            Ok(())
        })
        .map_err(|why| why.while_to("lift a ban"))?;
        Ok(StoreReply::Done)
    }

    /// A second kick soon after the first, by the same operator, adds its reason to that one;
    /// by another one within the same second it takes its place.
    pub(super) fn add_kick(
        &mut self,
        kick: &KickRow,
        within: i64,
    ) -> Result<StoreReply, StoreError> {
        const WHAT: &str = "write a kick";
        let fold = D::FOLD;
        let select = format!(
            "SELECT time, reason FROM kicklist WHERE nick = ? {fold} AND op = ? {fold} \
             AND is_drop = ? AND time >= ? ORDER BY time DESC LIMIT 1"
        );
        let since = kick.time.saturating_sub(within);
        let key = [
            Value::Text(&kick.nick),
            Value::Text(&kick.op),
            kick.is_drop.into(),
            since.into(),
        ];
        let found = self.list(&select, &key, |row| (row.int(0), row.text()));
        let mut found = found.map_err(|why| why.while_to(WHAT))?;
        if let Some((time, before)) = found.pop().filter(|_| within > 0) {
            let both = match (before.is_empty(), kick.reason.is_empty()) {
                (_, true) => return Ok(StoreReply::Done),
                (true, false) => kick.reason.to_vec(),
                (false, false) => [&before[..], b"; ", &kick.reason].concat(),
            };
            let update =
                format!("UPDATE kicklist SET reason = ? WHERE nick = ? {fold} AND time = ?");
            let values = [text(&both), Value::Text(&kick.nick), time.into()];
            return self.change(WHAT, &update, &values);
        }
        let insert = "REPLACE INTO kicklist (nick, time, ip, host, share_size, reason, op, is_drop) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let values = [
            Value::Text(&kick.nick),
            kick.time.into(),
            text(&kick.ip),
            text(&kick.host),
            text(&kick.share_size),
            text(&kick.reason),
            Value::Text(&kick.op),
            kick.is_drop.into(),
        ];
        self.change(WHAT, insert, &values)
    }

    /// Empties a list.
    pub(super) fn clean_list(&mut self, list: Listing) -> Result<StoreReply, StoreError> {
        let table = match list {
            Listing::Bans => "banlist",
            Listing::LiftedBans => "unbanlist",
            Listing::Kicks => "kicklist",
            Listing::Rights => "temp_rights",
        };
        let delete = format!("DELETE FROM {table}");
        self.edit(&Part::whole(table), |db| db.run(&delete, &[]))
            .map_err(|why| why.while_to("empty a list"))?;
        Ok(StoreReply::Done)
    }

    /// What the original forgets at each start.
    pub(super) fn forget_old(&mut self, now: i64) -> Result<u64, StoreError> {
        let (week, month) = (now - 7 * DAY, now - 30 * DAY);
        let mut over = String::from("DELETE FROM temp_rights WHERE st_chat <= ?");
        for column in ["search", "ctm", "pm", "kick", "share0", "reg", "opchat"] {
            over.push_str(&format!(" AND st_{column} <= ?"));
        }
        // 0 is a denial without end.
        for column in ["chat", "search", "ctm", "pm"] {
            over.push_str(&format!(" AND st_{column} <> 0"));
        }
        let old = [
            // Not a literal zero: that is for good.
            (
                "DELETE FROM banlist WHERE date_limit > 0 AND date_limit < ?",
                vec![week],
            ),
            ("DELETE FROM unbanlist WHERE date_unban < ?", vec![month]),
            ("DELETE FROM kicklist WHERE time < ?", vec![month]),
            (over.as_str(), vec![now; 8]),
        ];
        let mut count = 0;
        for (statement, times) in old {
            let values: Vec<Value<'_>> = times.into_iter().map(Value::Int).collect();
            count +=
                (self.db.run(statement, &values)).map_err(|why| why.while_to("forget old rows"))?;
        }
        Ok(count)
    }
}

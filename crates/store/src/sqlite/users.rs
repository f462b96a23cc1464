//! Registered users: table `reglist`, and the dispatch of [`StoreOp`].

use hub::reg::{RegUser, StoreOp, StoreReply};
use rusqlite::{Row, ToSql, Transaction, TransactionBehavior, params};

use super::values::{Cells, Text};
use super::{Sqlite, failed};
use crate::{Login, StoreError, password};

/// In the order of [`read`].
const COLUMNS: &str = "nick, class, class_protect, class_hidekick, hide_kick, hide_keys, \
    show_keys, hide_share, hide_chat, hide_ctmmsg, reg_date, reg_op, pwd_change, login_pwd, \
    login_last, login_cnt, login_ip, enabled, note_op, note_usr, auth_ip, alternate_ip, fake_ip";

/// One row. Where a cell says nothing the column's default stands.
fn read(row: &Row<'_>) -> RegUser {
    let mut cells = Cells::of(row);
    RegUser {
        nick: cells.text(),
        class: cells.small(1),
        class_protect: cells.small(0),
        class_hidekick: cells.small(0),
        hide_kick: cells.flag(false),
        hide_keys: cells.flag(false),
        show_keys: cells.flag(false),
        hide_share: cells.flag(false),
        hide_chat: cells.flag(false),
        hide_ctmmsg: cells.flag(false),
        reg_date: cells.int(0),
        reg_op: cells.text(),
        pwd_change: cells.flag(true),
        has_password: !cells.text().is_empty(),
        login_last: cells.int(0),
        login_cnt: cells.int(0),
        login_ip: cells.text(),
        enabled: cells.flag(true),
        note_op: cells.text(),
        note_usr: cells.text(),
        auth_ip: cells.text(),
        alternate_ip: cells.text(),
        fake_ip: cells.text(),
    }
}

/// What a nick must be to be found again.
fn is_nick(nick: &[u8]) -> bool {
    !nick.is_empty() && !nick.contains(&0)
}

/// The password to store: kind and text. An empty one stays empty.
fn stored(password: &[u8]) -> Result<(i64, String), StoreError> {
    let text = match password.is_empty() {
        true => Ok(String::new()),
        false => password::hash(password),
    };
    let text = text.map_err(|why| StoreError::Failed {
        what: "hash a password",
        why,
    })?;
    Ok((password::OURS, text))
}

impl Sqlite {
    pub(super) fn user_op(&mut self, op: StoreOp) -> StoreReply {
        let reply = match op {
            StoreOp::GetUser { nick } => self.get_user(&nick),
            StoreOp::CheckPassword {
                nick,
                password,
                ip,
                now,
            } => self.check_password(&nick, &password).and_then(|right| {
                self.write_logins(&[Login {
                    nick,
                    ip,
                    now,
                    right,
                }])?;
                Ok(StoreReply::Password(right))
            }),
            StoreOp::AddUser { user, password } => self.add_user(&user, &password),
            StoreOp::DelUser { nick } => self.change(
                "delete a registration",
                "DELETE FROM reglist WHERE nick = ?1 COLLATE NOCASE",
                &[&Text(&nick)],
            ),
            StoreOp::SetClass { nick, class } => self.change(
                "write a class",
                "UPDATE reglist SET class = ?2 WHERE nick = ?1 COLLATE NOCASE",
                &[&Text(&nick), &class],
            ),
            StoreOp::SetPassword { nick, password } => {
                stored(&password).and_then(|(kind, text)| {
                    self.change(
                        "write a password",
                        "UPDATE reglist SET pwd_crypt = ?2, login_pwd = ?3, pwd_change = ?4
                     WHERE nick = ?1 COLLATE NOCASE",
                        &[
                            &Text(&nick),
                            &kind,
                            &Text(text.as_bytes()),
                            &password.is_empty(),
                        ],
                    )
                })
            }
            StoreOp::Logout { nick, when } => self.change(
                "write a logout",
                "UPDATE reglist SET logout_last = ?2 WHERE nick = ?1 COLLATE NOCASE",
                &[&Text(&nick), &when],
            ),
            StoreOp::SetConfig { file, var, value } => self.set_config(&file, &var, &value),
            StoreOp::ListUsers { class } => self.list_users(class),
        };
        reply.unwrap_or_else(|why| StoreReply::Failed(why.to_string()))
    }

    /// A statement about one nick.
    fn change(
        &self,
        what: &'static str,
        statement: &str,
        values: &[&dyn ToSql],
    ) -> Result<StoreReply, StoreError> {
        let change = || self.conn.prepare_cached(statement)?.execute(values);
        match change().map_err(failed(what))? {
            0 => Ok(StoreReply::NoUser),
            _ => Ok(StoreReply::Done),
        }
    }

    fn get_user(&self, nick: &[u8]) -> Result<StoreReply, StoreError> {
        let get = || {
            let mut statement = self.conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM reglist WHERE nick = ?1 COLLATE NOCASE"
            ))?;
            let mut rows = statement.query(params![Text(nick)])?;
            Ok(rows.next()?.map(|row| Box::new(read(row))))
        };
        get()
            .map(StoreReply::User)
            .map_err(failed("read a registration"))
    }

    fn list_users(&self, class: Option<i32>) -> Result<StoreReply, StoreError> {
        let list = || {
            let mut statement = self.conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM reglist ORDER BY nick COLLATE NOCASE"
            ))?;
            let mut rows = statement.query([])?;
            let mut users = Vec::new();
            while let Some(row) = rows.next()? {
                let user = read(row);
                // Not in the statement: a class that is stored oddly counts as it is read.
                if !user.nick.is_empty() && class.is_none_or(|c| c == user.class) {
                    users.push(user);
                }
            }
            Ok(StoreReply::Users(users))
        };
        list().map_err(failed("list the registrations"))
    }

    fn add_user(&self, user: &RegUser, password: &[u8]) -> Result<StoreReply, StoreError> {
        const WHAT: &str = "write a registration";
        if !is_nick(&user.nick) {
            let why = "this is not a nick".to_owned();
            return Err(StoreError::Failed { what: WHAT, why });
        }
        let (kind, text) = stored(password)?;
        let add = || {
            let mut statement = self.conn.prepare_cached(
                "INSERT INTO reglist (nick, class, class_protect, class_hidekick, hide_kick,
                   hide_keys, show_keys, hide_share, hide_chat, hide_ctmmsg, reg_date, reg_op,
                   pwd_change, pwd_crypt, login_pwd, enabled, note_op, note_usr, auth_ip,
                   alternate_ip, fake_ip)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                   ?17, ?18, ?19, ?20, ?21
                 WHERE NOT EXISTS (SELECT 1 FROM reglist WHERE nick = ?1 COLLATE NOCASE)",
            )?;
            statement.execute(params![
                Text(&user.nick),
                user.class,
                user.class_protect,
                user.class_hidekick,
                user.hide_kick,
                user.hide_keys,
                user.show_keys,
                user.hide_share,
                user.hide_chat,
                user.hide_ctmmsg,
                user.reg_date,
                Text(&user.reg_op),
                password.is_empty(),
                kind,
                Text(text.as_bytes()),
                user.enabled,
                Text(&user.note_op),
                Text(&user.note_usr),
                Text(&user.auth_ip),
                Text(&user.alternate_ip),
                Text(&user.fake_ip),
            ])
        };
        match add().map_err(failed(WHAT))? {
            0 => Ok(StoreReply::Exists),
            _ => Ok(StoreReply::Done),
        }
    }

    pub(super) fn check_password(&self, nick: &[u8], password: &[u8]) -> Result<bool, StoreError> {
        let get = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT pwd_crypt, login_pwd FROM reglist WHERE nick = ?1 COLLATE NOCASE",
            )?;
            let mut rows = statement.query(params![Text(nick)])?;
            Ok(rows.next()?.map(|row| {
                let mut cells = Cells::of(row);
                (cells.int(1), cells.text())
            }))
        };
        let Some((kind, stored)) = get().map_err(failed("read a password"))? else {
            return Ok(false);
        };
        Ok(
            password::verify(kind, &stored, password).unwrap_or_else(|why| {
                let nick = String::from_utf8_lossy(nick);
                tracing::warn!("the password of {nick} cannot be checked: {why}");
                false
            }),
        )
    }

    /// On its own, or within the transaction that is open.
    pub(super) fn write_logins(&self, logins: &[Login]) -> Result<(), StoreError> {
        const RIGHT: &str = "UPDATE reglist SET login_last = ?2, login_ip = ?3,
            login_cnt = coalesce(login_cnt, 0) + 1 WHERE nick = ?1 COLLATE NOCASE";
        const WRONG: &str = "UPDATE reglist SET error_last = ?2, error_ip = ?3,
            error_cnt = coalesce(error_cnt, 0) + 1 WHERE nick = ?1 COLLATE NOCASE";
        let write = || {
            let tx = match logins.len() > 1 && self.conn.is_autocommit() {
                true => Some(Transaction::new_unchecked(
                    &self.conn,
                    TransactionBehavior::Immediate,
                )?),
                false => None,
            };
            for login in logins {
                let statement = if login.right { RIGHT } else { WRONG };
                let values = params![Text(&login.nick), login.now, Text(&login.ip)];
                self.conn.prepare_cached(statement)?.execute(values)?;
            }
            tx.map_or(Ok(()), Transaction::commit)
        };
        write().map_err(failed("write a login"))
    }

    /// Two statements, but never two effects: the second runs when the first changed nothing.
    fn set_config(&self, file: &[u8], var: &[u8], value: &[u8]) -> Result<StoreReply, StoreError> {
        let values = params![Text(file), Text(var), Text(value)];
        let set = || {
            let update = "UPDATE SetupList SET val = ?3
                 WHERE file = ?1 COLLATE NOCASE AND var = ?2 COLLATE NOCASE";
            // Another program may be faster between the two.
            let insert = "INSERT INTO SetupList (file, var, val) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET val = excluded.val";
            match self.conn.prepare_cached(update)?.execute(values)? {
                0 => self.conn.prepare_cached(insert)?.execute(values),
                n => Ok(n),
            }
        };
        set().map_err(failed("write a setting"))?;
        Ok(StoreReply::Done)
    }
}

//! Registered users: table `reglist`.

use bytes::Bytes;
use hub::reg::{FieldValue, RegUser, StoreOp, StoreReply};

use super::Sql;
use crate::db::{Broken, Cells, Db, Kind, Value, text};
use crate::{Login, Rehash, Store, StoreError, password};

/// In the order of [`read`].
const COLUMNS: &str = "nick, class, class_protect, class_hidekick, hide_kick, hide_keys, \
    show_keys, hide_share, hide_chat, hide_ctmmsg, reg_date, reg_op, pwd_change, login_pwd, \
    login_last, logout_last, login_cnt, login_ip, error_last, error_cnt, error_ip, enabled, \
    note_op, note_usr, auth_ip, alternate_ip, fake_ip";

/// One row. Where a cell says nothing the column's default stands.
fn read(cells: &mut Cells) -> RegUser {
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
        logout_last: cells.int(0),
        login_cnt: cells.int(0),
        login_ip: cells.text(),
        error_last: cells.int(0),
        error_cnt: cells.int(0),
        error_ip: cells.text(),
        enabled: cells.flag(true),
        note_op: cells.text(),
        note_usr: cells.text(),
        auth_ip: cells.text(),
        alternate_ip: cells.text(),
        fake_ip: cells.text(),
    }
}

/// Whether a stored flag is set.
fn is_on(value: Option<Bytes>) -> bool {
    value.is_some_and(|value| value != b"0"[..] && !value.is_empty())
}

/// Writes down a login, or a failed one, of the nick that follows.
fn login_statement(right: bool) -> &'static str {
    match right {
        true => {
            "UPDATE reglist SET login_last = ?, login_ip = ?, \
             login_cnt = CASE WHEN coalesce(login_cnt, 0) < 2147483647 \
             THEN coalesce(login_cnt, 0) + 1 ELSE login_cnt END WHERE nick = ?"
        }
        false => {
            "UPDATE reglist SET error_last = ?, error_ip = ?, \
             error_cnt = CASE WHEN coalesce(error_cnt, 0) < 2147483647 \
             THEN coalesce(error_cnt, 0) + 1 ELSE error_cnt END WHERE nick = ?"
        }
    }
}

/// What a nick must be to be found again.
fn is_nick(nick: &[u8]) -> bool {
    !nick.is_empty() && !nick.contains(&0)
}

/// The password to store: kind and text. An empty one stays empty.
fn stored(password: &[u8], kind: i64) -> Result<(i64, Vec<u8>), StoreError> {
    let text = match password.is_empty() {
        true => Ok(Vec::new()),
        false => password::store(kind, password),
    };
    let text = text.map_err(|why| StoreError::Failed {
        what: "hash a password",
        why,
    })?;
    Ok((kind, text))
}

impl<D: Db + 'static> Sql<D> {
    pub(super) fn user_op(&mut self, op: StoreOp) -> Result<StoreReply, StoreError> {
        match op {
            StoreOp::GetUser { nick } => self.get_user(&nick),
            StoreOp::CheckPassword {
                nick,
                password,
                ip,
                now,
            } => {
                let right = self.check_password(&nick, &password)?;
                let rehash = match right {
                    true => self.new_hash(&nick, &password)?,
                    false => None,
                };
                self.write_logins(&[Login {
                    nick,
                    ip,
                    now,
                    right,
                    rehash,
                }])?;
                Ok(StoreReply::Password(right))
            }
            StoreOp::Login {
                nick,
                ip,
                now,
                right,
            } => {
                if !self.is_meant(&nick)? {
                    return Ok(StoreReply::NoUser);
                }
                let (statement, fold) = (login_statement(right), D::FOLD);
                let values = [now.into(), text(&ip), Value::Text(&nick)];
                self.change("write a login", &format!("{statement} {fold}"), &values)
            }
            StoreOp::SetField { nick, field, value } => {
                let value = match &value {
                    FieldValue::Number(n) => (*n).into(),
                    FieldValue::Text(content) => text(content),
                };
                let column = format!("{} = ?", field.name);
                self.set("change a registration", &nick, &column, &[value])
            }
            StoreOp::AddUser { user, password } => self.add_user(&user, &password),
            StoreOp::DelUser { nick } => {
                let what = "delete a registration";
                let fold = D::FOLD;
                let delete = format!("DELETE FROM reglist WHERE nick = ? {fold}");
                match self.is_meant(&nick)? {
                    true => self.change(what, &delete, &[Value::Text(&nick)]),
                    false => Ok(StoreReply::NoUser),
                }
            }
            StoreOp::SetClass { nick, class } => {
                self.set("write a class", &nick, "class = ?", &[class.into()])
            }
            StoreOp::SetPassword { nick, password } => {
                let (kind, hash) = stored(&password, self.kind_of_new()?)?;
                let change = Value::from(password.is_empty());
                let values = [kind.into(), text(&hash), change];
                let columns = "pwd_crypt = ?, login_pwd = ?, pwd_change = ?";
                self.set("write a password", &nick, columns, &values)
            }
            StoreOp::Logout { nick, when } => {
                self.set("write a logout", &nick, "logout_last = ?", &[when.into()])
            }
            StoreOp::ListUsers { class } => self.list_users(class),
            // Dispatched before.
            other => Ok(StoreReply::Failed(format!(
                "no operation on users: {other:?}"
            ))),
        }
    }

    /// The kind of new passwords: ours, or one that the original can check. Settings are asked
    /// for anew each time, since another program may change them.
    fn kind_of_new(&mut self) -> Result<i64, StoreError> {
        if !is_on(self.get_config(b"config", b"verlihub_passwords")?) {
            return Ok(password::OURS);
        }
        let kind = self.get_config(b"config", b"default_password_encryption")?;
        Ok(match kind.as_deref() {
            Some(b"0") => password::PLAIN,
            Some(b"1") => password::CRYPT,
            _ => password::MD5,
        })
    }

    /// A stronger hash for a password that is right, when it is stored as the original does it
    /// and the owner allows the change.
    pub(super) fn new_hash(
        &mut self,
        nick: &[u8],
        password: &[u8],
    ) -> Result<Option<Rehash>, StoreError> {
        let allowed = is_on(self.get_config(b"config", b"rehash_passwords")?);
        if !allowed || self.kind_of_new()? != password::OURS {
            return Ok(None);
        }
        match self.stored_password(nick)? {
            Some((kind, old)) if kind != password::OURS => Ok(Some(Rehash {
                old,
                new: stored(password, password::OURS)?.1.into(),
            })),
            _ => Ok(None),
        }
    }

    /// Whether the row that the database finds for this nick is this nick's.
    fn is_meant(&mut self, nick: &[u8]) -> Result<bool, StoreError> {
        if !D::FOLDS_MORE {
            return Ok(true);
        }
        let found = self.list(
            "SELECT nick FROM reglist WHERE nick = ?",
            &[Value::Text(nick)],
            Cells::text,
        );
        let found = found.map_err(|why| why.while_to("read a registration"))?;
        Ok(found.iter().any(|n| n.eq_ignore_ascii_case(nick)))
    }

    /// Changes columns of one registration.
    fn set(
        &mut self,
        what: &'static str,
        nick: &[u8],
        columns: &str,
        values: &[Value<'_>],
    ) -> Result<StoreReply, StoreError> {
        if !self.is_meant(nick)? {
            return Ok(StoreReply::NoUser);
        }
        let fold = D::FOLD;
        let update = format!("UPDATE reglist SET {columns} WHERE nick = ? {fold}");
        let mut values = values.to_vec();
        values.push(Value::Text(nick));
        self.change(what, &update, &values)
    }

    fn get_user(&mut self, nick: &[u8]) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let select = format!("SELECT {COLUMNS} FROM reglist WHERE nick = ? {fold}");
        let found = self
            .list(&select, &[Value::Text(nick)], read)
            .map_err(|why| why.while_to("read a registration"))?;
        let mut meant = (found.into_iter()).filter(|user| user.nick.eq_ignore_ascii_case(nick));
        Ok(StoreReply::User(meant.next().map(Box::new)))
    }

    fn list_users(&mut self, class: Option<i32>) -> Result<StoreReply, StoreError> {
        let fold = D::FOLD;
        let select = format!("SELECT {COLUMNS} FROM reglist ORDER BY nick {fold}");
        let mut users = self
            .list(&select, &[], read)
            .map_err(|why| why.while_to("list the registrations"))?;
        // Not in the statement: a class that is stored oddly counts as it is read.
        users.retain(|user| !user.nick.is_empty() && class.is_none_or(|c| c == user.class));
        Ok(StoreReply::Users(users))
    }

    fn add_user(&mut self, user: &RegUser, password: &[u8]) -> Result<StoreReply, StoreError> {
        const WHAT: &str = "write a registration";
        if !is_nick(&user.nick) {
            let why = "this is not a nick".to_owned();
            return Err(StoreError::Failed { what: WHAT, why });
        }
        let (kind, hash) = stored(password, self.kind_of_new()?)?;
        let fold = D::FOLD;
        let select = format!("SELECT 1 FROM reglist WHERE nick = ? {fold} LIMIT 1");
        let insert = "INSERT INTO reglist (nick, class, class_protect, class_hidekick, hide_kick, \
             hide_keys, show_keys, hide_share, hide_chat, hide_ctmmsg, reg_date, reg_op, \
             pwd_change, pwd_crypt, login_pwd, enabled, note_op, note_usr, auth_ip, \
             alternate_ip, fake_ip) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let values = [
            Value::Text(&user.nick),
            user.class.into(),
            user.class_protect.into(),
            user.class_hidekick.into(),
            user.hide_kick.into(),
            user.hide_keys.into(),
            user.show_keys.into(),
            user.hide_share.into(),
            user.hide_chat.into(),
            user.hide_ctmmsg.into(),
            user.reg_date.into(),
            text(&user.reg_op),
            password.is_empty().into(),
            kind.into(),
            text(&hash),
            user.enabled.into(),
            text(&user.note_op),
            text(&user.note_usr),
            text(&user.auth_ip),
            text(&user.alternate_ip),
            text(&user.fake_ip),
        ];
        let added = self.atomic(|db| {
            let mut there = false;
            db.rows(&select, &[Value::Text(&user.nick)], &mut |_| there = true)?;
            if there {
                return Ok(false);
            }
            db.run(insert, &values)?;
            // One that is too long may have been cut.
            let mut whole = false;
            db.rows(&select, &[Value::Text(&user.nick)], &mut |_| whole = true)?;
            match whole {
                true => Ok(true),
                false => Err(Broken::other("the nick is too long for it")),
            }
        });
        match added {
            Ok(true) => Ok(StoreReply::Done),
            Ok(false) => Ok(StoreReply::Exists),
            Err(why) if why.kind == Kind::Duplicate => Ok(StoreReply::Exists),
            Err(why) => Err(why.while_to(WHAT)),
        }
    }

    /// Kind and text of a nick's password.
    fn stored_password(&mut self, nick: &[u8]) -> Result<Option<(i64, Bytes)>, StoreError> {
        let fold = D::FOLD;
        let select =
            format!("SELECT nick, pwd_crypt, login_pwd FROM reglist WHERE nick = ? {fold}");
        let make = |row: &mut Cells| (row.text(), row.int(1), row.text());
        let found = self
            .list(&select, &[Value::Text(nick)], make)
            .map_err(|why| why.while_to("read a password"))?;
        let mut meant = (found.into_iter()).filter(|(n, ..)| n.eq_ignore_ascii_case(nick));
        Ok(meant.next().map(|(_, kind, stored)| (kind, stored)))
    }

    pub(super) fn check_password(
        &mut self,
        nick: &[u8],
        password: &[u8],
    ) -> Result<bool, StoreError> {
        let Some((kind, stored)) = self.stored_password(nick)? else {
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
    pub(super) fn write_logins(&mut self, logins: &[Login]) -> Result<(), StoreError> {
        const WHAT: &str = "write a login";
        let mut meant = Vec::new();
        for login in logins {
            if self.is_meant(&login.nick)? {
                meant.push(login);
            }
        }
        let fold = D::FOLD;
        let statement = |right: bool| format!("{} {fold}", login_statement(right));
        let (right, wrong) = (statement(true), statement(false));
        // Not one that somebody has set meanwhile.
        let rehash = format!(
            "UPDATE reglist SET pwd_crypt = ?, login_pwd = ? WHERE nick = ? {fold} AND login_pwd = ?"
        );
        let write = |db: &mut D| {
            for login in &meant {
                let statement = if login.right { &right } else { &wrong };
                let nick = Value::Text(&login.nick);
                db.run(statement, &[login.now.into(), text(&login.ip), nick])?;
                if let Some(Rehash { old, new }) = &login.rehash {
                    let values = [password::OURS.into(), text(new), nick, text(old)];
                    db.run(&rehash, &values)?;
                }
            }
            Ok(())
        };
        match meant.len() {
            1 if meant.iter().all(|login| login.rehash.is_none()) => write(&mut self.db),
            _ => self.atomic(write),
        }
        .map_err(|why| why.while_to(WHAT))
    }
}

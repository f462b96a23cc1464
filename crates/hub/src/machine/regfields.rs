//! Single columns of a registration: `!regset`, `!regenable` and so on; `!reginfo`, `!reglist`.

use bytes::Bytes;

use crate::io::ConnId;
use crate::reg::{FIELDS, Field, FieldValue, RegUser, StoreOp, StoreReply};

use super::entry::class_name;
use super::myinfo::Info;
use super::registration::{Action, Want, why_not};
use super::rights::Needs;
use super::tempban::span;
use super::{Hub, NickKey, cat};

/// The address that a registration shows instead of the real one.
pub(super) fn fake_ip(reg: &RegUser) -> Option<Bytes> {
    let ip = str::from_utf8(&reg.fake_ip).ok()?.trim();
    let ip: std::net::IpAddr = ip.parse().ok()?;
    Some(ip.to_string().into())
}

impl Hub {
    /// `!regset NICK FIELD VALUE`.
    pub(super) fn reg_set(&mut self, by: ConnId, nick: Bytes, name: &[u8], value: &Bytes) {
        let Some(field) = Field::find(name) else {
            let names: Vec<&str> = FIELDS.iter().map(|f| f.name).collect();
            self.notice(by, format!("The fields are {}.", names.join(", ")));
            return;
        };
        let value = match field.parse(value) {
            Ok(value) => value,
            Err(why) => {
                self.notice(by, why);
                return;
            }
        };
        let own = self.conns.get(&by).map_or(0, |c| c.class);
        let action = match (field.name, &value) {
            ("class", _) if own < 10 => {
                self.notice(by, "Use !regclass for that.");
                return;
            }
            ("class", FieldValue::Number(class)) => {
                if *class == 0 {
                    self.notice(by, "Use !regdel for that.");
                    return;
                }
                Action::Class(*class)
            }
            _ => Action::Field(field, value),
        };
        let by = Some(by);
        self.change_reg(nick, Want { by, action });
    }

    /// `!regenable`, `!regdisable`, `!regprotect`, `!reghidekick`.
    pub(super) fn reg_put(&mut self, by: ConnId, nick: Bytes, name: &str, value: i32) {
        let Some(field) = Field::find(name.as_bytes()) else {
            return;
        };
        let action = Action::Field(field, FieldValue::Number(value));
        let by = Some(by);
        self.change_reg(nick, Want { by, action });
    }

    /// A column is stored; what hangs on it follows at once for who is online.
    pub(super) fn reg_field_set(
        &mut self,
        nick: &[u8],
        field: &'static Field,
        value: &FieldValue,
        by: Option<ConnId>,
        reply: &StoreReply,
    ) {
        if *reply != StoreReply::Done {
            self.reply_to(by, &cat![nick, " could not be changed now", why_not(reply)]);
            return;
        }
        let text = match (field.name, value) {
            ("enabled", FieldValue::Number(0)) => cat![nick, "'s registration is off now."],
            ("enabled", _) => cat![nick, "'s registration is on again."],
            _ => cat![nick, ": ", field.name, " is now ", value.show(), "."],
        };
        self.reply_to(by, &text);
        let Some(id) = self.user_of(nick) else {
            self.interrupt_login(nick);
            return;
        };
        let reg = self.conns.get(&id).and_then(|c| c.reg.clone());
        if let Some(mut row) = reg {
            (field.put)(&mut row, value);
            self.apply_registration(id, row);
        }
    }

    /// Shows a user's share, or hides it, by his registration.
    pub(super) fn show_share(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        // `...$mail$share$`: what he shows himself may be hidden in what is shown of him.
        let real = c.raw_info.rsplit(|b| *b == b'$').nth(1).unwrap_or_default();
        let info = Info {
            desc: c.info.desc.clone(),
            tag: c.info.tag.clone(),
            speed: c.info.speed.clone(),
            status: c.info.status,
            email: c.info.email.clone(),
            share: Bytes::copy_from_slice(real),
        };
        self.show_info(id, &info);
        self.publish(id);
        self.count();
    }

    pub(super) fn show_fake_ip(&mut self, id: ConnId) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let fake = c.reg.as_ref().and_then(|reg| fake_ip(reg));
        c.ip_text = fake.unwrap_or_else(|| c.ip.to_string().into());
        self.publish(id);
        self.lists.changed();
    }

    // ---- looked at -----------------------------------------------------------------------

    /// `!reginfo`.
    pub(super) fn reg_info(&mut self, by: ConnId, reg: &RegUser) {
        // He may be gone by the time the store has answered.
        let text = self.reg_text(reg);
        self.reply_to(Some(by), &text);
    }

    /// All that operators may know of a registration.
    pub(super) fn reg_text(&self, reg: &RegUser) -> Bytes {
        let now = self.now.unix_secs();
        let ago = |when: i64| match when {
            ..=0 => "never".to_owned(),
            when => format!(
                "{} ago",
                span(now.saturating_sub(when).max(0).unsigned_abs())
            ),
        };
        let from = |ip: &Bytes| match ip.is_empty() {
            true => Bytes::new(),
            false => cat![" from ", ip],
        };
        let password = match (reg.has_password, reg.pwd_change) {
            (true, false) => "set",
            (true, true) => "set, may be changed",
            (false, _) => "to be set by the user",
        };
        let online = match self.user_of(&reg.nick) {
            Some(_) => "yes",
            None => "no",
        };
        let mut lines = vec![
            cat!["Nick: ", reg.nick],
            cat![
                "Class: ",
                reg.class.to_string(),
                ", ",
                class_name(reg.class)
            ],
            cat!["Online: ", online],
            cat!["Registered: ", ago(reg.reg_date), " by ", reg.reg_op],
            cat!["Password: ", password],
            cat![
                format!(
                    "Logins: {}, the last one {}",
                    reg.login_cnt,
                    ago(reg.login_last)
                ),
                from(&reg.login_ip)
            ],
            cat!["Last logout: ", ago(reg.logout_last)],
            cat![
                format!(
                    "Refused: {}, the last time {}",
                    reg.error_cnt,
                    ago(reg.error_last)
                ),
                from(&reg.error_ip)
            ],
        ];
        // Only what is not as usual.
        for field in FIELDS.iter().filter(|f| f.name != "class") {
            let value = (field.get)(reg);
            let usual = match field.name {
                "enabled" => FieldValue::Number(1),
                _ => match &value {
                    FieldValue::Number(_) => FieldValue::Number(0),
                    FieldValue::Text(_) => FieldValue::Text(Bytes::new()),
                },
            };
            if value != usual {
                lines.push(cat![field.name, ": ", value.show()]);
            }
        }
        lines.join(&b"\r\n"[..]).into()
    }

    /// `!reglist`: asks for the registrations of a class.
    pub(super) fn reg_list(&mut self, by: ConnId, class: i32) {
        let own = self.conns.get(&by).map_or(0, |c| c.class);
        if own < class && own < 10 {
            self.notice(by, "Your class is too low for that.");
            return;
        }
        let op = StoreOp::ListUsers { class: Some(class) };
        self.store_about(by, Needs::Command, op, move |hub, reply| {
            hub.reg_listed(by, class, reply)
        });
    }

    fn reg_listed(&mut self, by: ConnId, class: i32, reply: StoreReply) {
        let StoreReply::Users(users) = reply else {
            let text = cat!["The registrations could not be read now", why_not(&reply)];
            self.notice(by, text);
            return;
        };
        let plural = if users.len() == 1 { "" } else { "s" };
        let mut text = cat![
            format!("{} registration{plural} of class {class}, ", users.len()),
            class_name(class),
            ":"
        ]
        .to_vec();
        for user in &users {
            let online = self.user_of(&user.nick).is_some();
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(&user.nick);
            text.extend_from_slice(if online { b" (online)" } else { b"" });
            text.extend_from_slice(if user.enabled { b"" } else { b" (off)" });
        }
        self.private_notice(by, &text);
    }

    /// Whether an operator may look at a registration.
    pub(super) fn may_look_at(&self, id: ConnId, reg: &RegUser) -> bool {
        let own = self.conns.get(&id).map_or(0, |c| c.class);
        let is_own = NickKey::of(&self.nick_of(id)) == NickKey::of(&reg.nick);
        own >= 10 || is_own || own >= reg.class.saturating_sub(1)
    }
}

//! Registering users, by commands and by scripts.

use bytes::Bytes;
use nmdc::{WireBuf, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group};
use crate::reg::{Field, FieldValue, RegUser, StoreOp, StoreReply};

use super::entry::class_name;
use super::rights::Needs;
use super::{Ctx, Hub, NickKey, cat};

/// What somebody wants of a registration once it is read.
#[derive(Clone, Debug)]
pub(super) struct Want {
    pub by: Option<ConnId>,
    pub action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Delete,
    Class(i32),
    Password(Bytes),
    Field(&'static Field, FieldValue),
    /// Only show it.
    Info,
}

/// What stands behind "could not be ... now": the store's reason, or just a full stop.
pub(super) fn why_not(reply: &StoreReply) -> Bytes {
    match reply {
        StoreReply::Failed(why) => cat![": ", why.as_bytes()],
        _ => Bytes::from_static(b"."),
    }
}

impl Hub {
    /// Registers somebody; checks what is asked.
    pub(super) fn add_reg(
        &mut self,
        by: Option<ConnId>,
        nick: Bytes,
        class: i64,
        password: Bytes,
        op: &[u8],
    ) {
        let ctx = self.ctx;
        let Some(class) = i32::try_from(class)
            .ok()
            .filter(|c| matches!(c, -1..=5 | 10))
        else {
            self.reply_to(by, b"The class must be -1, 1 to 5 or 10.");
            self.answer(ctx, false);
            return;
        };
        let is_bot = matches!(
            self.nicks.get(&NickKey::of(&nick)),
            Some(super::Holder::Bot)
        );
        let refusal = if nick.is_empty() {
            Some("A nick is needed.".into())
        } else if !self.config.unfit_for_nick(&nick).is_empty() {
            let why = " cannot be registered: it holds a character that no new nick may hold, such \
                       as a control character or one that looks like a blank.";
            Some(cat![nick, why])
        } else if is_bot {
            Some(cat![nick, " is a bot and cannot be registered."])
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.reply_to(by, &refusal);
            self.answer(ctx, false);
            return;
        }
        if self.registered.contains(&NickKey::of(&nick)) {
            self.reply_to(by, &cat![nick, " is registered already."]);
            self.answer(ctx, false);
            return;
        }
        // A name of somebody online is the operator's, anything else is a note.
        let acting = self.class_of(op).is_some();
        let user = RegUser {
            nick,
            class,
            reg_date: self.now.unix_secs(),
            reg_op: if acting {
                Bytes::copy_from_slice(op)
            } else {
                by.map_or_else(
                    || self.config.identity.hub_security.clone(),
                    |id| self.nick_of(id),
                )
            },
            note_op: if acting {
                Bytes::new()
            } else {
                Bytes::copy_from_slice(op)
            },
            pwd_change: password.is_empty(),
            has_password: !password.is_empty(),
            enabled: true,
            ..RegUser::default()
        };
        let Some(by) = by else {
            self.store_reg(user, password, None);
            return;
        };
        let event = Event::NewReg {
            op: self.nick_of(by),
            nick: user.nick.clone(),
            uclass: i64::from(class),
        };
        let user = Box::new(user);
        self.ask_for_registration(by, event, user, password);
    }

    /// Asks the scripts about a registration that `by` wants.
    pub(super) fn ask_for_registration(
        &mut self,
        by: ConnId,
        event: Event,
        user: Box<RegUser>,
        password: Bytes,
    ) {
        let parks = Some(by);
        self.ask(
            Hook::NewReg,
            parks,
            Needs::Command,
            |_| event,
            move |hub, verdict| {
                hub.new_reg_judged(user, password, by, verdict.allow);
            },
        );
    }

    fn new_reg_judged(&mut self, user: Box<RegUser>, password: Bytes, by: ConnId, allow: bool) {
        let there = self.conns.contains_key(&by);
        if allow && there && !self.may_make(by, &user) {
            self.reply_to(Some(by), b"Your class is too low for that.");
        } else if allow && there {
            self.store_reg(*user, password, Some(by));
        } else if user.reg_op != user.nick {
            // Who asks for himself is not told.
            let text = cat!["A script refused to have ", user.nick, " registered."];
            self.reply_to(Some(by), &text);
        }
    }

    /// Whether somebody may register another one as this; himself by `autoreg_class`.
    pub(super) fn may_make(&self, by: ConnId, user: &RegUser) -> bool {
        let difference = i32::try_from(self.config.rights.classdif_reg).unwrap_or(i32::MAX);
        let own = self.conns.get(&by).map_or(-1, |c| c.class);
        match user.reg_op == user.nick {
            true => user.class == self.config.rights.autoreg_class,
            false => {
                self.may_register(by) && (own >= 10 || own >= user.class.saturating_add(difference))
            }
        }
    }

    fn store_reg(&mut self, user: RegUser, password: Bytes, by: Option<ConnId>) {
        let parks = by.filter(|_| self.ctx.call.is_none());
        let user = Box::new(user);
        let op = StoreOp::AddUser {
            user: user.clone(),
            password,
        };
        self.store(parks, Needs::Nothing, op, move |hub, reply| {
            hub.reg_added(*user, by, reply)
        });
    }

    pub(super) fn reg_added(&mut self, user: RegUser, by: Option<ConnId>, reply: StoreReply) {
        let ctx = self.ctx;
        if reply != StoreReply::Done {
            let why = match reply {
                StoreReply::Exists => Bytes::from_static(b" is registered already."),
                reply => cat![" could not be registered now", why_not(&reply)],
            };
            self.reply_to(by, &cat![user.nick, why]);
            self.answer(ctx, false);
            return;
        }
        self.registered.insert(NickKey::of(&user.nick));
        self.interrupt_login(&user.nick);
        let class = user.class;
        let text = cat![user.nick, " is now registered as ", class_name(class), "."];
        if by.is_some() && user.reg_op == user.nick {
            self.tell_operators(&text);
        } else {
            self.reply_to(by, &text);
        }
        if let Some(id) = self.user_of(&user.nick) {
            let text = cat!["You are now registered as ", class_name(class), "."];
            self.private_notice(id, &text);
            let wants_password = user.pwd_change;
            self.set_class_live(id, class, |reg| *reg = Some(Box::new(user)));
            if wants_password {
                self.private_notice(id, b"Set a password with +passwd before you leave.");
            }
        }
        self.answer(ctx, true);
    }

    /// Reads a registration, then deletes, changes or shows it.
    pub(super) fn change_reg(&mut self, nick: Bytes, want: Want) {
        let ctx = self.ctx;
        if !self.registered.contains(&NickKey::of(&nick)) {
            self.reply_to(want.by, &cat![nick, " is not registered."]);
            self.answer(ctx, false);
            return;
        }
        let parks = want.by.filter(|_| ctx.call.is_none());
        let op = StoreOp::GetUser { nick: nick.clone() };
        self.store(parks, Needs::Command, op, |hub, reply| {
            hub.reg_looked_up(nick, want, reply);
        });
    }

    pub(super) fn reg_looked_up(&mut self, nick: Bytes, want: Want, reply: StoreReply) {
        let ctx = self.ctx;
        let by = want.by;
        let StoreReply::User(Some(reg)) = reply else {
            self.reply_to(by, &cat![nick, " could not be found now", why_not(&reply)]);
            self.answer(ctx, false);
            return;
        };
        let own = by.is_some_and(|id| NickKey::of(&self.nick_of(id)) == NickKey::of(&nick));
        let refusal = match (by, &want.action) {
            // The last master of a hub must not lose it by a slip.
            (Some(id), Action::Info) => {
                (!self.may_look_at(id, &reg)).then_some("Your class is too low for that.")
            }
            (_, Action::Delete | Action::Class(_)) if own => {
                Some("Only somebody else can change your own registration.")
            }
            (_, Action::Field(field, _)) if own && field.name == "enabled" => {
                Some("Only somebody else can change your own registration.")
            }
            (Some(id), Action::Field(field, value))
                if field.name == "class_protect" && !self.may_protect(id, value) =>
            {
                Some("You can protect only from classes below your own.")
            }
            (Some(id), _) if !self.may_edit(id, &reg) => Some("Your class is too low for that."),
            (None, Action::Delete) if reg.class >= 10 => {
                Some("A master is not deleted by scripts.")
            }
            (_, Action::Class(class)) if reg.class == *class => Some("That is the class already."),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.reply_to(by, refusal.as_bytes());
            self.answer(ctx, false);
            return;
        }
        let parks = by.filter(|_| ctx.call.is_none());
        match want.action {
            Action::Delete => {
                if let Some(id) = by {
                    self.reg_info(id, &reg);
                }
                let op = StoreOp::DelUser { nick: nick.clone() };
                self.store(parks, Needs::Nothing, op, move |hub, reply| {
                    hub.reg_deleted(&nick, by, reply);
                });
            }
            Action::Class(class) => {
                let op = StoreOp::SetClass {
                    nick: nick.clone(),
                    class,
                };
                self.store(parks, Needs::Nothing, op, move |hub, reply| {
                    hub.reg_class_set(&nick, class, by, reply);
                });
            }
            Action::Info => {
                if let Some(id) = by {
                    self.reg_info(id, &reg);
                }
            }
            Action::Field(field, value) => {
                let op = StoreOp::SetField {
                    nick: nick.clone(),
                    field,
                    value: value.clone(),
                };
                self.store(parks, Needs::Nothing, op, move |hub, reply| {
                    hub.reg_field_set(&nick, field, &value, by, &reply);
                });
            }
            Action::Password(password) => {
                let cleared = password.is_empty();
                let op = StoreOp::SetPassword {
                    nick: nick.clone(),
                    password,
                };
                self.store(parks, Needs::Nothing, op, move |hub, reply| {
                    hub.reg_password_set(&nick, cleared, by, &reply);
                });
            }
        }
    }

    pub(super) fn reg_password_set(
        &mut self,
        nick: &[u8],
        cleared: bool,
        by: Option<ConnId>,
        reply: &StoreReply,
    ) {
        let ctx = self.ctx;
        if *reply != StoreReply::Done {
            self.reply_to(by, &cat![nick, " could not be changed now", why_not(reply)]);
            self.answer(ctx, false);
            return;
        }
        let text = if cleared {
            " must set a new password."
        } else {
            " has a new password."
        };
        self.reply_to(by, &cat![nick, text]);
        if cleared
            && self.config.users.report_pass_reset
            && let Some(op) = by
        {
            let report = cat![self.nick_of(op), " had ", nick, " set a new password."];
            self.tell_operators(&report);
        }
        self.interrupt_login(nick);
        if let Some(id) = self.user_of(nick) {
            if let Some(reg) = self.conns.get_mut(&id).and_then(|c| c.reg.as_mut()) {
                reg.pwd_change = cleared;
                reg.has_password = !cleared;
            }
            if cleared {
                self.private_notice(id, b"Set a password with +passwd before you leave.");
            }
        }
        self.answer(ctx, true);
    }

    /// Ends logins under way with this nick: they go by a registration that has changed.
    pub(super) fn interrupt_login(&mut self, nick: &[u8]) {
        let key = NickKey::of(nick);
        let mut ids: Vec<ConnId> = (self.conns.values())
            .filter(|c| c.validated && !c.listed && c.key == key)
            .map(|c| c.id)
            .collect();
        ids.sort_unstable();
        for id in ids {
            self.registration_changed(id);
        }
    }

    /// Ends a login whose registration is not what it began with.
    pub(super) fn registration_changed(&mut self, id: ConnId) {
        self.close(
            id,
            CloseReason::LoginErr,
            "Your registration has just changed, please log in again.",
        );
    }

    fn may_protect(&self, id: ConnId, value: &FieldValue) -> bool {
        let own = self.conns.get(&id).map_or(0, |c| c.class);
        matches!(value, FieldValue::Number(class) if own >= 10 || own > *class)
    }

    /// Whether an operator's class lets him edit a registration.
    fn may_edit(&self, id: ConnId, reg: &RegUser) -> bool {
        let difference = i32::try_from(self.config.rights.classdif_reg).unwrap_or(5);
        self.conns.get(&id).is_some_and(|c| {
            c.class >= 10
                || (c.class >= reg.class.saturating_add(difference) && c.class >= reg.class_protect)
        })
    }

    pub(super) fn reg_deleted(&mut self, nick: &[u8], by: Option<ConnId>, reply: StoreReply) {
        let ctx = self.ctx;
        if reply != StoreReply::Done {
            self.reply_to(
                by,
                &cat![nick, " could not be deleted now", why_not(&reply)],
            );
            self.answer(ctx, false);
            return;
        }
        self.registered.remove(&NickKey::of(nick));
        self.interrupt_login(nick);
        self.reply_to(by, &cat![nick, " is no longer registered."]);
        if let Some(id) = self.user_of(nick) {
            self.private_notice(id, b"Your registration was removed.");
            self.set_class_live(id, 0, |reg| *reg = None);
        }
        self.answer(ctx, true);
    }

    /// Somebody else changed the registrations: `viperhub user` beside the hub.
    pub(super) fn registrations_changed(&mut self, nicks: &[Bytes]) {
        self.registered = nicks.iter().map(|n| NickKey::of(n)).collect();
        let mut gone: Vec<Bytes> = (self.conns.values())
            .filter(|c| c.reg.is_some() && !self.registered.contains(&c.key))
            .map(|c| c.nick.clone())
            .collect();
        gone.sort_unstable();
        for nick in gone {
            // The list may be older than a registration made here: the store knows.
            let op = StoreOp::GetUser { nick: nick.clone() };
            self.store(None, Needs::Nothing, op, move |hub, reply| {
                hub.reg_gone(&nick, &reply)
            });
        }
    }

    /// Whether a user whose registration seems gone still has it.
    pub(super) fn reg_gone(&mut self, nick: &[u8], reply: &StoreReply) {
        match reply {
            StoreReply::User(None) => self.reg_deleted(nick, None, StoreReply::Done),
            StoreReply::User(Some(_)) => {
                self.registered.insert(NickKey::of(nick));
            }
            _ => {}
        }
    }

    pub(super) fn reg_class_set(
        &mut self,
        nick: &[u8],
        class: i32,
        by: Option<ConnId>,
        reply: StoreReply,
    ) {
        let ctx = self.ctx;
        if reply != StoreReply::Done {
            self.reply_to(
                by,
                &cat![nick, " could not be changed now", why_not(&reply)],
            );
            self.answer(ctx, false);
            return;
        }
        self.reply_to(by, &cat![nick, " is now ", class_name(class), "."]);
        self.interrupt_login(nick);
        if let Some(id) = self.user_of(nick) {
            self.private_notice(id, &cat!["You are now ", class_name(class), "."]);
            self.set_class_live(id, class, |reg| {
                if let Some(reg) = reg {
                    reg.class = class;
                }
            });
        }
        self.answer(ctx, true);
    }

    /// Gives an online user another class and registration, with all that hangs on them.
    pub(super) fn set_class_live(
        &mut self,
        id: ConnId,
        class: i32,
        edit: impl FnOnce(&mut Option<Box<RegUser>>),
    ) {
        let op_class = self.config.rights.oplist_class;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        let was_op = c.in_op_list(op_class);
        edit(&mut c.reg);
        let before = std::mem::replace(&mut c.class, class);
        let is_op = c.in_op_list(op_class);
        let nick = c.nick.clone();
        if class < before {
            self.leave_opchat(id);
        }
        self.join_opchat(id);
        self.set_traits(id);
        self.publish(id);
        self.lists.changed();
        if class >= 3 && before < 3 {
            let mut data = WireBuf::new();
            write::loged_in(&nick, &mut data);
            self.send(id, data.finish());
        }
        self.tell_op_change(id, was_op, is_op);
    }

    /// Tells everybody that a user is named in `$OpList` from now on, or no longer.
    pub(super) fn tell_op_change(&mut self, id: ConnId, was_op: bool, is_op: bool) {
        let Some(c) = self.conns.get(&id).filter(|c| c.announced) else {
            return;
        };
        let (nick, line) = (c.nick.clone(), c.info.line.clone());
        if is_op && !was_op {
            self.broadcast_op(&nick);
        } else if was_op && !is_op {
            // The protocol has no "no longer operator": the user leaves and comes back.
            let mut data = WireBuf::new();
            write::quit(&nick, &mut data);
            let group = Group {
                except: Some(id),
                ..Group::LISTED
            };
            self.broadcast(group, data.finish());
            self.broadcast_info(group, line);
        }
    }

    /// `vh.SetRegClass`.
    pub(super) fn script_reg_class(&mut self, ctx: Ctx, nick: Bytes, class: i64) {
        match i32::try_from(class) {
            Ok(class @ (1..=5 | 10)) => {
                self.change_reg(
                    nick,
                    Want {
                        by: None,
                        action: Action::Class(class),
                    },
                );
            }
            _ => self.answer(ctx, false),
        }
    }
}

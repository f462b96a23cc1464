//! Users who register themselves or end their registration, or ask the operators for it.

use bytes::Bytes;
use nmdc::WireBuf;

use crate::hooks::Event;
use crate::io::{ConnId, Group, Traits};
use crate::reg::{RegUser, StoreOp};

use super::checks::MIB;
use super::rights::Needs;
use super::{Hub, cat};

impl Hub {
    /// `+regme`: registers the user by `autoreg_class`, or hands his wish to the operators.
    pub(super) fn reg_me(&mut self, id: ConnId, password: Bytes) {
        let Some(c) = self.conns.get(&id) else { return };
        if c.reg.is_some() {
            self.notice(id, "You are registered already.");
            return;
        }
        let nick = c.nick.clone();
        let class = self.config.rights.autoreg_class;
        match class {
            0 => self.request(id, &cat![nick, " asks to be registered."]),
            1..=3 => {
                if let Some(refusal) = self.reg_me_refusal(id, class, &password) {
                    self.notice(id, refusal);
                    return;
                }
                let user = Box::new(RegUser {
                    nick: nick.clone(),
                    class,
                    reg_date: self.now.unix_secs(),
                    reg_op: nick.clone(),
                    pwd_change: password.is_empty(),
                    has_password: !password.is_empty(),
                    enabled: true,
                    ..RegUser::default()
                });
                let event = Event::NewReg {
                    op: nick.clone(),
                    nick,
                    uclass: i64::from(class),
                };
                self.ask_for_registration(id, event, user, password);
            }
            _ => self.notice(id, "Nobody can register himself here."),
        }
    }

    /// What a user lacks for a class.
    fn reg_me_refusal(&self, id: ConnId, class: i32, password: &[u8]) -> Option<Bytes> {
        let c = self.conns.get(&id)?;
        let l = &self.config.limits;
        let country = self.view.geo().code(c.ip);
        let prefix = super::entry::replace(&l.nick_prefix_autoreg, b"%[CC]", &country);
        let share = match class {
            1 => l.min_share_reg,
            2 => l.min_share_vip,
            _ => l.min_share_ops,
        };
        if !c.nick.starts_with(&prefix) {
            Some(cat!["Your nick must begin with ", prefix, " for that."])
        } else if c.share / MIB < share {
            Some(format!("You must share {share} MiB for that.").into())
        } else if !password.is_empty() {
            self.short_password(password).map(Bytes::from)
        } else {
            None
        }
    }

    /// `+unregme`: ends the registration up to `autounreg_class`, or hands the wish on.
    pub(super) fn unreg_me(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        let (nick, class) = (c.nick.clone(), c.class);
        if c.reg.is_none() {
            self.notice(id, "You are not registered.");
        } else if class > self.config.rights.autounreg_class {
            self.request(id, &cat![nick, " asks to have his registration removed."]);
        } else if class >= 10 {
            self.notice(id, "Only another master can remove yours.");
        } else {
            let op = StoreOp::DelUser { nick: nick.clone() };
            let by = Some(id);
            self.store(by, Needs::Nothing, op, move |hub, reply| {
                hub.reg_deleted(&nick, by, reply);
            });
        }
    }

    /// Tells the operators what a user wants of them.
    fn request(&mut self, id: ConnId, text: &[u8]) {
        if self.config.rights.dest_regme_chat {
            let mut data = WireBuf::new();
            nmdc::write::chat(&self.config.identity.hub_security, text, &mut data);
            let group = Group {
                any: Traits::classes(3, 10),
                ..Group::LISTED
            };
            self.broadcast(group, data.finish());
        } else {
            self.tell_operators(text);
        }
        self.notice(id, "The operators have been told.");
    }
}

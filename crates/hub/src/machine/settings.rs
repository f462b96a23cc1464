//! Changing settings: by `!set`, `!topic` and `vh.SetConfig`.

use bytes::Bytes;
use nmdc::{WireBuf, write};

use crate::config::{self, Reload};
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group};
use crate::reg::{StoreOp, StoreReply};

use super::rights::Needs;
use super::{Holder, Hub, NickKey, cat};

/// The file that holds the hub's own settings.
pub(super) const HUB_FILE: &[u8] = b"config";

/// A setting about to change.
#[derive(Debug)]
pub(super) struct Change {
    /// Who gets the reply.
    pub by: Option<ConnId>,
    pub file: Bytes,
    pub var: String,
    pub value: Bytes,
    pub old: Bytes,
    /// It came by `!topic`.
    pub topic: bool,
}

impl Hub {
    pub(super) fn change_topic(&mut self, id: ConnId, topic: Bytes) {
        if topic.len() > 255 {
            self.notice(id, "A topic has at most 255 bytes.");
            return;
        }
        let var = Bytes::from_static(b"hub_topic");
        self.change(Some(id), Bytes::from_static(HUB_FILE), &var, topic, true);
    }

    /// Begins to change a setting. `by`: who gets the reply.
    pub(super) fn change(
        &mut self,
        by: Option<ConnId>,
        file: Bytes,
        var: &[u8],
        value: Bytes,
        topic: bool,
    ) {
        let ctx = self.ctx;
        let mut var = String::from_utf8_lossy(var).into_owned();
        if file == HUB_FILE {
            var = config::own_name(&var).to_owned();
        }
        let mut old = Bytes::new();
        let mut kind = -1;
        if file == HUB_FILE {
            let mut trial = self.config.clone();
            let problem = match trial.set(&var, &value) {
                Err(error) => Some(error.to_string()),
                Ok(()) => self.objection(&var, &trial),
            };
            if let Some(problem) = problem {
                self.reply_to(by, problem.as_bytes());
                self.answer(ctx, false);
                return;
            }
            old = self.config.get(&var).unwrap_or_default();
            kind = config::spec(&var).map_or(-1, |s| s.kind.number());
        }
        let event = Event::SetConfig {
            nick: by.map_or_else(
                || self.config.identity.hub_security.clone(),
                |id| self.nick_of(id),
            ),
            conf: file.clone(),
            var: var.clone().into(),
            val_new: value.clone(),
            val_old: old.clone(),
            val_type: kind,
        };
        let change = Change {
            by,
            file,
            var,
            value,
            old,
            topic,
        };
        let parks = by.filter(|_| ctx.call.is_none());
        let (hook, needs) = (Hook::SetConfig, Needs::Command);
        self.ask(
            hook,
            parks,
            needs,
            |_| event,
            |hub, verdict| {
                hub.change_judged(change, verdict.allow);
            },
        );
    }

    /// Why a set of values that each fit their type cannot be.
    pub(super) fn objection(&self, var: &str, trial: &config::Config) -> Option<String> {
        if let Err(why) = trial.check(var) {
            return Some(why);
        }
        let i = &trial.identity;
        match var {
            fixed if config::is_fixed(fixed) => Some(format!("{fixed} cannot be set.")),
            "hub_security" | "opchat_name" => {
                let new = if var == "hub_security" {
                    &i.hub_security
                } else {
                    &i.opchat_name
                };
                let key = NickKey::of(new);
                match self.nicks.get(&key) {
                    Some(Holder::User(_)) => Some("A user has that nick now.".into()),
                    Some(Holder::Bot) if self.bots.get(&key).is_some_and(|b| b.owner.is_some()) => {
                        Some("A script's bot has that nick now.".into())
                    }
                    _ => None,
                }
            }
            "ip_zone4_min" | "ip_zone4_max" | "ip_zone5_min" | "ip_zone5_max" | "ip_zone6_min"
            | "ip_zone6_max" => {
                let value = trial.get(var).unwrap_or_default();
                let fits = value.is_empty() || super::zones::address(&value).is_some();
                (!fits).then(|| format!("{var} must be an IP address or empty."))
            }
            _ => None,
        }
    }

    fn change_judged(&mut self, change: Change, allow: bool) {
        if !allow {
            let text = cat!["A script refused the change of ", change.var, "."];
            self.reply_to(change.by, &text);
            self.answer(self.ctx, false);
            return;
        }
        let topic = change.by.filter(|_| change.topic);
        let least = self.config.rights.topic_mod_class;
        let gone = topic.is_some_and(|id| !self.conns.contains_key(&id));
        if gone || topic.is_some_and(|id| !self.may_operate(id, least, "SetTopic")) {
            self.answer(self.ctx, false);
            return;
        }
        let op = StoreOp::SetConfig {
            file: change.file.clone(),
            var: change.var.clone().into(),
            value: change.value.clone(),
        };
        let parks = change.by.filter(|_| self.ctx.call.is_none());
        self.pinned.begin_change();
        self.store(parks, Needs::Nothing, op, |hub, reply| {
            hub.pinned.end_change();
            hub.changed(change, reply);
        });
    }

    fn changed(&mut self, change: Change, reply: StoreReply) {
        let ctx = self.ctx;
        if reply != StoreReply::Done {
            let text = cat!["The change of ", change.var, " could not be stored."];
            self.reply_to(change.by, &text);
            self.answer(ctx, false);
            return;
        }
        if change.file == HUB_FILE {
            // The value was tried before the scripts were asked, but what it was tried
            // against may have changed since.
            let mut trial = self.config.clone();
            let problem = match trial.set(&change.var, &change.value) {
                Err(error) => Some(error.to_string()),
                Ok(()) => self.objection(&change.var, &trial),
            };
            if let Some(problem) = problem {
                self.store_and_forget(StoreOp::SetConfig {
                    file: change.file,
                    var: change.var.into(),
                    value: change.old,
                });
                self.reply_to(change.by, problem.as_bytes());
                self.answer(ctx, false);
                return;
            }
            self.config = trial.clone();
            self.view.set_config(trial);
            self.note_change();
            self.take_effect(&change);
        }
        if !change.topic {
            let later = match config::spec(&change.var).map(|s| s.reload) {
                Some(Reload::Restart) if change.file == HUB_FILE => ", after a restart",
                Some(Reload::Planned) if change.file == HUB_FILE => {
                    ", stored, but it has no effect here"
                }
                _ => "",
            };
            let text = if change.file == HUB_FILE {
                cat![change.var, ": ", change.old, " -> ", change.value, later]
            } else {
                cat![change.file, ".", change.var, " = ", change.value]
            };
            self.reply_to(change.by, &text);
        }
        self.answer(ctx, true);
    }

    /// Scripts hear of a new name of the hub's bots.
    fn tell_bot_name(&mut self, var: &str, nick: &Bytes) {
        let command: &'static [u8] = match var {
            "hub_security" => b"_hub_security_change",
            "opchat_name" => b"_opchat_name_change",
            _ => return,
        };
        self.tell(Hook::ScriptCommand, |_| Event::ScriptCommand {
            command: Bytes::from_static(command),
            data: nick.clone(),
            plugin: Bytes::new(),
            script: Bytes::new(),
        });
    }

    pub(super) fn take_effect(&mut self, change: &Change) {
        match change.var.as_str() {
            "hub_topic" | "hub_name" => {
                let i = &self.config.identity;
                let topic = Some(&i.hub_topic[..]).filter(|t| !t.is_empty());
                let mut data = WireBuf::new();
                write::hub_name(&i.hub_name, topic, &mut data);
                if change.var == "hub_topic" {
                    write::hub_topic(&i.hub_topic, &mut data);
                }
                self.broadcast(Group::LISTED, data.finish());
                let by = change.by.filter(|id| self.conns.contains_key(id));
                if let Some(id) = by.filter(|_| change.topic) {
                    let nick = self.nick_of(id);
                    let said = if change.value.is_empty() {
                        " removed the topic."
                    } else {
                        " set the topic: "
                    };
                    let data = self.bot_line(&cat![nick, said, change.value]);
                    self.broadcast(Group::LISTED, data);
                }
            }
            "hub_security" | "hub_security_desc" | "opchat_name" | "opchat_desc" => {
                self.renew_hub_bots();
                self.tell_bot_name(&change.var, &change.value);
            }
            "opchat_class" => {
                self.opchat.clear();
                let ids: Vec<ConnId> = self.conns.keys().copied().collect();
                for id in ids {
                    self.join_opchat(id);
                }
            }
            "user_ip_class" => {
                let mut ids: Vec<ConnId> = self.conns.keys().copied().collect();
                ids.sort_unstable();
                for id in ids {
                    self.set_traits(id);
                }
            }
            "oplist_class" => {
                let new = self.config.rights.oplist_class;
                let old = str::from_utf8(&change.old)
                    .ok()
                    .and_then(|c| c.parse().ok());
                let old = old.unwrap_or(new);
                self.lists.changed();
                let mut users: Vec<(ConnId, bool, bool)> = (self.conns.values())
                    .map(|c| (c.id, c.in_op_list(old), c.in_op_list(new)))
                    .filter(|(_, was, is)| was != is)
                    .collect();
                users.sort_unstable();
                for (id, was, is) in users {
                    self.publish(id);
                    self.tell_op_change(id, was, is);
                }
            }
            "show_tags" | "show_email" | "show_speed" | "show_desc_len" | "desc_insert_mode"
            | "desc_insert_vars" => {
                let mut nicks = self.user_nicks();
                nicks.sort_unstable();
                for nick in nicks {
                    self.edit_info(&nick, |_| {});
                }
            }
            _ => {}
        }
    }
}

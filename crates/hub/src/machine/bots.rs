//! Bots: the hub's own two and those of scripts.

use bytes::Bytes;
use nmdc::{Wire, WireBuf, write};

use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group, ScriptId, Traits};
use crate::value::ApiError;
use crate::view::UserView;

use super::rights::Needs;
use super::{Ctx, Holder, Hub, NickKey};

/// So many bots a script may have: each stands in everybody's list.
const MOST_BOTS: usize = 256;

/// Numbers of `vh.IsRobotNickBad`.
mod verdict {
    pub const EXISTS: i64 = 1;
    pub const EMPTY: i64 = 2;
    pub const BAD_CHARS: i64 = 3;
    pub const RESERVED: i64 = 4;
}

#[derive(Clone, Debug)]
pub(super) struct Bot {
    pub nick: Bytes,
    pub class: i32,
    /// The MyINFO message.
    pub line: Wire,
    /// The script it belongs to; `None` for the hub's own.
    pub owner: Option<ScriptId>,
    desc: Bytes,
    speed: Bytes,
    email: Bytes,
    share: Bytes,
}

impl Bot {
    fn new(nick: Bytes, class: i32, fields: &[Bytes; 4], owner: Option<ScriptId>) -> Bot {
        let [desc, speed, email, share] = fields;
        let (speed_text, status) = match speed.split_last() {
            Some((&status, text)) if status < 0x20 => (text, status),
            _ => (&speed[..], nmdc::myinfo::NORMAL),
        };
        let mut line = WireBuf::new();
        nmdc::myinfo::write(
            &nick, desc, b"", speed_text, status, email, share, &mut line,
        );
        Bot {
            nick,
            class,
            line: line.finish(),
            owner,
            desc: desc.clone(),
            speed: super::cat![speed_text, [status]],
            email: email.clone(),
            share: share.clone(),
        }
    }
}

impl Hub {
    /// The hub bot and the operator chat, by the settings.
    pub(super) fn create_hub_bots(&mut self) {
        let i = self.config.identity.clone();
        for (nick, desc, class) in [
            (i.hub_security, i.hub_security_desc, 10),
            (i.opchat_name, i.opchat_desc, 10),
        ] {
            if !nick.is_empty() {
                let fields = [desc, Bytes::new(), Bytes::new(), Bytes::from_static(b"0")];
                self.add_bot(Bot::new(nick, class, &fields, None));
            }
        }
    }

    /// The hub's bots after their names or descriptions changed.
    pub(super) fn renew_hub_bots(&mut self) {
        self.remove_bots_of(None);
        self.create_hub_bots();
    }

    fn add_bot(&mut self, bot: Bot) {
        let key = NickKey::of(&bot.nick);
        if let Some(Holder::Leaving(ask)) = self.nicks.get(&key).copied() {
            self.finish_leaving(ask);
        }
        self.nicks.insert(key.clone(), Holder::Bot);
        self.in_view.remove(&bot.nick);
        self.view.put_user(UserView {
            nick: bot.nick.clone(),
            class: bot.class,
            bot: true,
            listed: true,
            op: bot.class >= 3,
            ip: Bytes::from_static(b"127.0.0.1"),
            desc: bot.desc.clone(),
            speed: bot.speed.clone(),
            email: bot.email.clone(),
            share: bot.share.clone(),
            my_info: bot.line.without_pipe(),
            ..UserView::default()
        });
        self.lists.add_bot(&bot.nick, &bot.line, bot.class >= 3);
        self.broadcast(Group::LISTED, bot.line.clone());
        if bot.class >= 3 {
            self.broadcast_op(&bot.nick);
        }
        let mut data = WireBuf::new();
        write::bot_list([&bot.nick], &mut data);
        let group = Group {
            all: Traits::LISTED.with(Traits::BOT_LIST),
            ..Group::LISTED
        };
        self.broadcast(group, data.finish());
        self.bots.insert(key, bot);
    }

    fn remove_bot(&mut self, key: &NickKey) {
        let Some(bot) = self.bots.remove(key) else {
            return;
        };
        self.nicks.remove(key);
        self.view.remove_user(&bot.nick);
        self.lists.changed();
        let mut data = WireBuf::new();
        write::quit(&bot.nick, &mut data);
        self.broadcast(Group::LISTED, data.finish());
    }

    /// Removes a script's bots, or with `None` the hub's own.
    pub(super) fn remove_bots_of(&mut self, owner: Option<ScriptId>) {
        let mut theirs: Vec<NickKey> = (self.bots.iter())
            .filter(|(_, b)| b.owner == owner)
            .map(|(k, _)| k.clone())
            .collect();
        theirs.sort_unstable();
        for key in theirs {
            self.remove_bot(&key);
        }
    }

    fn bot_nick_verdict(&self, nick: &[u8]) -> i64 {
        let i = &self.config.identity;
        if nick.is_empty() {
            verdict::EMPTY
        } else if !self.config.unfit_for_nick(nick).is_empty() {
            verdict::BAD_CHARS
        } else if nmdc::nick::same(nick, &i.hub_security) || nmdc::nick::same(nick, &i.opchat_name)
        {
            verdict::RESERVED
        } else {
            match self.nicks.get(&NickKey::of(nick)) {
                Some(Holder::User(_) | Holder::Bot) => verdict::EXISTS,
                _ => 0,
            }
        }
    }

    /// `vh.AddRobot`.
    pub(super) fn add_robot(
        &mut self,
        ctx: Ctx,
        owner: Option<ScriptId>,
        nick: Bytes,
        class: i64,
        fields: [Bytes; 4],
    ) {
        if self.bot_nick_verdict(&nick) != 0 {
            self.answer(ctx, false);
            return;
        }
        let own = self.bots.values().filter(|b| b.owner == owner).count();
        if owner.is_some() && own >= MOST_BOTS {
            let text = format!("a script may have {MOST_BOTS} bots, this one has them all");
            self.answer_with(ctx, Err(ApiError::Value(text)));
            return;
        }
        let class = i32::try_from(class).ok();
        let class = class.filter(|c| matches!(c, 0..=5 | 10)).unwrap_or(0);
        self.add_bot(Bot::new(nick, class, &fields, owner));
        self.answer(ctx, true);
    }

    /// `vh.DelRobot`: any script's bot, not the hub's own.
    pub(super) fn del_robot(&mut self, ctx: Ctx, nick: &[u8]) {
        let key = NickKey::of(nick);
        let found = self.bots.get(&key).is_some_and(|b| b.owner.is_some());
        if found {
            self.remove_bot(&key);
        }
        self.answer(ctx, found);
    }

    /// A private message to a bot, after the scripts have seen it.
    pub(super) fn bot_message(&mut self, id: ConnId, key: &NickKey, text: Bytes) {
        let i = &self.config.identity;
        if *key == NickKey::of(&i.hub_security) {
            self.hub_bot_message(id, text);
        } else if *key == NickKey::of(&i.opchat_name) {
            self.opchat_message(id, text);
        }
        // A script's bot: OnParsedMsgPM has told the script.
    }

    fn hub_bot_message(&mut self, id: ConnId, text: Bytes) {
        if let Some(op) = self.is_command(id, &text) {
            self.command(id, text, true, op);
            return;
        }
        let to = self.config.rights.bc_reply.clone();
        let Some(c) = self.conns.get(&id) else { return };
        match self.nicks.get(&NickKey::of(&to)) {
            Some(Holder::User(target)) if !to.is_empty() => {
                let target = *target;
                let mut data = WireBuf::new();
                write::private(&to, &c.nick, &c.nick, &text, &mut data);
                self.send(target, data.finish());
            }
            _ => self.private_notice(id, b"I am a bot and only read commands, try +help."),
        }
    }

    fn opchat_message(&mut self, id: ConnId, text: Bytes) {
        let Some(c) = self.conns.get(&id) else { return };
        if !self.may_use_opchat(id) {
            let opchat = self.config.identity.opchat_name.clone();
            let mut data = WireBuf::new();
            let refusal = b"Only operators may write here.";
            write::private(&c.nick, &opchat, &opchat, refusal, &mut data);
            self.send(id, data.finish());
            return;
        }
        let nick = c.nick.clone();
        if self.room_command(id, &text) {
            return;
        }
        self.opchat.insert(id);
        let message = text.clone();
        let event = Event::OpChatMessage { nick, message };
        self.ask_about(
            id,
            Hook::OpChatMessage,
            Needs::OpChat,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.opchat_line(Some(id), &text, None);
                }
            },
        );
    }

    /// One line to everybody in the operator chat but its sender. `from`: shown instead of the
    /// sender, when nobody in the hub wrote it.
    pub(super) fn opchat_line(&mut self, sender: Option<ConnId>, text: &[u8], from: Option<&[u8]>) {
        let opchat = self.config.identity.opchat_name.clone();
        if opchat.is_empty() {
            return;
        }
        let shown = match (sender, from) {
            (Some(id), _) => self.nick_of(id),
            (None, Some(nick)) => Bytes::copy_from_slice(nick),
            (None, None) => opchat.clone(),
        };
        let mut members: Vec<ConnId> = self.opchat.iter().copied().collect();
        members.sort_unstable();
        for id in members {
            if Some(id) == sender {
                continue;
            }
            let Some(c) = self.conns.get(&id) else {
                continue;
            };
            let mut data = WireBuf::new();
            write::private(&c.nick, &opchat, &shown, text, &mut data);
            self.send(id, data.finish());
        }
    }
}

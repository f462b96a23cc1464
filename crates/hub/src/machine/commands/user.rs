//! Commands for everybody.

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::io::Group;
use crate::machine::Hub;
use crate::machine::commands::CommandLine;
use crate::machine::flood::Shared;

impl Hub {
    pub(super) fn me(&mut self, line: &CommandLine, text: Bytes) {
        if self.config.rights.disable_me_cmd {
            self.reply(line, "+me is turned off.");
        } else if !text.is_empty()
            && self.may_say(line.conn, &text)
            && !self.locked_out(line.conn, Shared::Chat)
        {
            let nick = self.nick_of(line.conn);
            let data = Wire::of(|out| write::action(&nick, &text, out));
            self.broadcast(Group::LISTED, data);
        }
    }

    pub(super) fn reg_me_command(&mut self, line: &CommandLine, password: Bytes) {
        if self.config.rights.disable_regme_cmd {
            self.reply(line, "+regme is turned off.");
        } else {
            self.reg_me(line.conn, password);
        }
    }

    pub(super) fn unreg_me_command(&mut self, line: &CommandLine) {
        if self.config.rights.disable_regme_cmd {
            self.reply(line, "+unregme is turned off.");
        } else {
            self.unreg_me(line.conn);
        }
    }

    pub(super) fn set_chat(&mut self, line: &CommandLine, on: bool) {
        if let Some(c) = self.conns.get_mut(&line.conn) {
            c.wants_chat = on;
        }
        self.set_traits(line.conn);
        self.reply(
            line,
            if on {
                "Main chat is on."
            } else {
                "Main chat is off."
            },
        );
    }

    pub(super) fn passwd(&mut self, line: &CommandLine, password: Bytes) {
        let own = self.config.users.max_class_self_repass;
        if self.conns.get(&line.conn).is_none_or(|c| c.reg.is_none()) {
            self.reply(line, "You are not registered.");
            return;
        }
        let allowed = self.conns.get(&line.conn).is_some_and(|c| {
            let free = own > 0 && i64::from(c.class) >= i64::from(own);
            c.reg.as_ref().is_some_and(|r| r.pwd_change || free)
        });
        if allowed {
            self.set_own_password(line.conn, password);
        } else {
            self.reply(line, "Ask an operator to reset your password first.");
        }
    }
}

//! Rights are asked for where something is done. What waits for scripts, the store or a file may
//! be no longer allowed when its time comes: whoever wanted it may have lost his class, his seat
//! or a right of his own.

use bytes::Bytes;

use crate::io::ConnId;

use super::restrict::Right;
use super::{Holder, Hub, NickKey};

/// What must still hold when an answer has come. Whatever waits says so, so that nobody forgets to
/// think about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Needs {
    /// Nothing: it is no deed, it is done already, or it looks for itself.
    Nothing,
    /// The command that it is part of: a deed of an operator, or what only operators are shown.
    Command,
    /// A right of the user's own.
    Own(Right),
    /// The right to write to this nick; to bots that is everybody's.
    Private(Bytes),
    /// A place in the operator chat.
    OpChat,
}

impl Hub {
    /// Whether what waited for an answer may still be done. If not, whoever wanted it is told,
    /// and a script that waits for it gets its answer.
    pub(super) fn still_may(&mut self, conn: Option<ConnId>, needs: &Needs) -> bool {
        let may = match (needs, conn) {
            (Needs::Nothing, _) => return true,
            (Needs::Command, _) => self.command_still_may(),
            // Nobody is there to do it.
            (_, None) => return true,
            (_, Some(id)) if !self.conns.contains_key(&id) => return true,
            (Needs::Own(right), Some(id)) => self.user_still_may(id, *right),
            (Needs::Private(to), Some(id)) => self.is_bot(to) || self.user_still_may(id, Right::Pm),
            (Needs::OpChat, Some(id)) => self.may_use_opchat(id),
        };
        if !may {
            self.answer(self.ctx, false);
        }
        may
    }

    fn command_still_may(&mut self) -> bool {
        let Some((id, row)) = self.ctx.acts else {
            return true;
        };
        let there = self.conns.get(&id).is_some_and(|c| c.listed);
        if there && !self.may_use(id, row) {
            let name = row.names.first().copied().unwrap_or_default();
            self.notice(
                id,
                format!("Your class no longer lets you use {name}: it was not done."),
            );
        }
        there && self.may_use(id, row)
    }

    fn is_bot(&self, nick: &[u8]) -> bool {
        self.nicks.get(&NickKey::of(nick)) == Some(&Holder::Bot)
    }

    fn user_still_may(&mut self, id: ConnId, right: Right) -> bool {
        !self.denied(id, right) && self.class_still_may(id, right)
    }

    fn class_still_may(&mut self, id: ConnId, right: Right) -> bool {
        let r = &self.config.rights;
        let (least, what) = match right {
            Right::Chat => (r.mainchat_class, "write in main chat"),
            Right::Pm => (r.private_class, "write private messages"),
            _ => return true,
        };
        let enough = self.conns.get(&id).is_some_and(|c| c.class >= least);
        if !enough {
            self.notice(id, format!("You need class {least} to {what}."));
        }
        enough
    }

    /// Whether somebody may write in the operator chat.
    pub(super) fn may_use_opchat(&self, id: ConnId) -> bool {
        let least = self.config.identity.opchat_class;
        self.opchat.contains(&id) || self.conns.get(&id).is_some_and(|c| c.class >= least)
    }
}

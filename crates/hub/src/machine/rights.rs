//! Rights are asked for where something is done. What waits for scripts, the store or a file may
//! be no longer allowed when its time comes: whoever wanted it may have lost his class, his seat
//! or a right of his own.

use crate::io::ConnId;

use super::restrict::Right;
use super::then::Then;
use super::{Holder, Hub, NickKey};

/// What must still hold when an answer has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Nothing: it is no deed, it is done already, or it looks for itself.
    Nothing,
    /// The command that it is part of.
    Command,
    /// A right of the user's own.
    Own(Right),
    /// A place in the operator chat.
    OpChat,
}

/// Every kind of waiting work is named here, so that a new one is thought about.
fn asks(then: &Then) -> Asks {
    match then {
        // Deeds of operators, and what is shown to operators only.
        Then::Kick(_)
        | Then::Drop(_)
        | Then::DropWithReason(_)
        | Then::NewBan { .. }
        | Then::NewReg { .. }
        | Then::Change(_)
        | Then::RegLookedUp { .. }
        | Then::RegList { .. }
        | Then::PluginSettings { .. }
        | Then::Described(_) => Asks::Command,
        Then::Chat(line) if !line.unknown_command => Asks::Own(Right::Chat),
        Then::Pm { .. } | Then::McTo { .. } => Asks::Own(Right::Pm),
        Then::Search(_) => Asks::Own(Right::Search),
        Then::ConnectToMe { .. } | Then::RevConnectToMe { .. } => Asks::Own(Right::Ctm),
        Then::OpChat { .. } => Asks::OpChat,
        // Commands look up their row when it is their turn, triggers the class, messages the
        // state of the login. A login is looked at by `still_welcome`.
        Then::Command(_)
        | Then::HubCommand(_)
        | Then::TriggerFile { .. }
        | Then::Message { .. }
        | Then::Greet
        | Then::Supports { .. }
        | Then::Version { .. }
        | Then::Registered { .. }
        | Then::NickTaken
        | Then::HubUrl { .. }
        | Then::BotInfo
        | Then::ExtJson { .. }
        | Then::CtmToHub
        | Then::MyPass { .. }
        | Then::Guess(_)
        | Then::Password(_)
        | Then::TagJudged { .. }
        | Then::FirstInfo { .. }
        | Then::InfoJudged { .. }
        | Then::InList
        | Then::LoggedIn
        | Then::Chat(_)
        | Then::Sr { .. } => Asks::Nothing,
        // Done: what is left is to say so, or to have the hub know what is stored.
        Then::Stored
        | Then::ShowText
        | Then::Unload
        | Then::Left(_)
        | Then::Changed(_)
        | Then::PasswordSet
        | Then::Kept { .. }
        | Then::BansRead { .. }
        | Then::RightsRead { .. }
        | Then::RightsKept { .. }
        | Then::RegAdded { .. }
        | Then::RegDeleted { .. }
        | Then::RegClass { .. }
        | Then::RegPassword { .. }
        | Then::RegField { .. }
        | Then::RegGone { .. }
        | Then::RegReread { .. }
        | Then::RowPut { .. }
        | Then::RowRemoved { .. }
        | Then::ListRead(_) => Asks::Nothing,
    }
}

impl Hub {
    /// Whether what waited for an answer may still be done. If not, whoever wanted it is told,
    /// and a script that waits for it gets its answer.
    pub(super) fn still_may(&mut self, conn: Option<ConnId>, then: &Then) -> bool {
        let may = match (asks(then), conn) {
            (Asks::Nothing, _) | (Asks::Own(_) | Asks::OpChat, None) => return true,
            // Nobody is there to do it.
            (Asks::Own(_) | Asks::OpChat, Some(id)) if !self.conns.contains_key(&id) => {
                return true;
            }
            (Asks::Command, _) => self.command_still_may(),
            (Asks::Own(right), Some(id)) => {
                self.writes_to_bot(then)
                    || !self.denied(id, right) && self.class_still_may(id, right)
            }
            (Asks::OpChat, Some(id)) => self.may_use_opchat(id),
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

    /// Bots are written to at any time.
    fn writes_to_bot(&self, then: &Then) -> bool {
        match then {
            Then::Pm { to, .. } => self.nicks.get(&NickKey::of(to)) == Some(&Holder::Bot),
            _ => false,
        }
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

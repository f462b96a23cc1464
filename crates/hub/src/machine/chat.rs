//! Main chat.

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::hooks::{Event, Hook, Substitute, Verdict};
use crate::io::{ConnId, Group, Level, Traits};

use super::flood::Shared;
use super::restrict::Right;
use super::rights::Needs;
use super::{Hub, cat};

/// A chat line on its way.
#[derive(Debug)]
pub(super) struct Line {
    pub nick: Bytes,
    pub text: Bytes,
    /// A command nobody knows, which is not shown.
    pub unknown_command: bool,
}

impl Hub {
    /// A line in main chat; the nick is the sender's own.
    pub(super) fn chat(&mut self, id: ConnId, nick: Bytes, text: Bytes) {
        let now = self.now.mono_ms;
        let wait = self.config.users.int_chat_ms;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if c.class < 2 {
            let last = c.chat_at.replace(now);
            if last.is_some_and(|at| now < at.saturating_add(wait)) {
                self.notice(id, "You write too fast, this was ignored.");
                return;
            }
        }
        if let Some(op) = self.is_command(id, &text) {
            self.command(id, text, false, op);
        } else {
            self.say(id, nick, text);
        }
    }

    fn say(&mut self, id: ConnId, nick: Bytes, text: Bytes) {
        if !self.may_say(id, &text) {
            return;
        }
        if let Some((victim, reason)) = kick_phrase(&nick, &text) {
            let (victim, reason) = (text.slice_ref(victim), text.slice_ref(reason));
            self.kick_by_phrase(id, victim, reason);
            return;
        }
        if self.locked_out(id, Shared::Chat) {
            return;
        }
        self.judge_line(
            id,
            Line {
                nick,
                text,
                unknown_command: false,
            },
        );
    }

    /// Gags, and the class, repetition and length rules of main chat.
    pub(super) fn may_say(&mut self, id: ConnId, text: &Bytes) -> bool {
        if self.denied(id, Right::Chat) {
            return false;
        }
        let l = &self.config.limits;
        let (max, lines) = (l.max_chat_msg, l.max_chat_lines);
        let least = self.config.rights.mainchat_class;
        let Some(c) = self.conns.get_mut(&id) else {
            return false;
        };
        let refusal: String = if c.class < least {
            format!("You need class {least} to write in main chat.")
        } else if c.class < 3 && c.last_chat == *text {
            "You have just said that.".into()
        } else if c.class < 2 && text.len() > usize::try_from(max).unwrap_or(usize::MAX) {
            format!("Your line is longer than {max} bytes.")
        } else if c.class < 2 && line_count(text) > usize::try_from(lines).unwrap_or(usize::MAX) {
            format!("Your message has more than {lines} lines.")
        } else {
            // A copy: the message shares its block with whatever else was read.
            c.last_chat = Bytes::copy_from_slice(text);
            return true;
        };
        self.notice(id, refusal);
        false
    }

    /// Asks the scripts about a line that is going to be shown, or a command nobody knows.
    pub(super) fn judge_line(&mut self, id: ConnId, line: Line) {
        if !self.hooked(Hook::ParsedMsgChat) {
            self.chat_judged(id, line, Verdict::ALLOW);
            return;
        }
        let needs = match line.unknown_command {
            true => Needs::Nothing,
            false => Needs::Own(Right::Chat),
        };
        let (nick, message) = (line.nick.clone(), line.text.clone());
        self.ask_about(
            id,
            Hook::ParsedMsgChat,
            needs,
            |_| Event::ParsedMsgChat { nick, message },
            move |hub, verdict| hub.chat_judged(id, line, verdict),
        );
    }

    fn chat_judged(&mut self, id: ConnId, line: Line, verdict: Verdict) {
        if !verdict.allow {
            return;
        }
        if line.unknown_command {
            self.notice(id, cat!["There is no command ", line.text, ", try +help."]);
            return;
        }
        let Line {
            mut nick, mut text, ..
        } = line;
        if let Some(Substitute::Chat { nick: n, text: t }) = verdict.substitute.map(|with| *with) {
            if let Some(n) = n.filter(|n| nmdc::nick::bad_bytes(n).next().is_none()) {
                nick = n;
            }
            if let Some(t) = t {
                text = self.fitting(t, text);
            }
        }
        let data = Wire::of(|out| write::chat(&nick, &text, out));
        self.broadcast(
            Group {
                all: Traits::LISTED.with(Traits::CHAT),
                ..Group::LISTED
            },
            data,
        );
    }

    /// A script's text, unless it is longer than any message may be, which would throw the
    /// receivers out.
    fn fitting(&mut self, text: Bytes, instead: Bytes) -> Bytes {
        let limit = self.config.engine.adv_max_message_size;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > limit {
            let report = format!("A script's line of {} bytes was not shown.", text.len());
            self.log(Level::Warn, report.clone());
            self.tell_operators(report.as_bytes());
            return instead;
        }
        text
    }
}

fn line_count(text: &[u8]) -> usize {
    text.iter().filter(|b| **b == b'\n').count() + 1
}

/// `[me] is kicking victim because: reason`: the victim and the reason.
fn kick_phrase<'a>(me: &[u8], text: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let rest = match text.strip_prefix(b"is kicking ") {
        Some(rest) => rest,
        None => text.strip_prefix(me)?.strip_prefix(b" is kicking ")?,
    };
    let space = rest.iter().position(|b| *b == b' ')?;
    let (victim, rest) = rest.split_at_checked(space)?;
    let reason = rest
        .strip_prefix(b" because: ")
        .or_else(|| rest.strip_prefix(b" Because: "))?;
    (!victim.is_empty()).then_some((victim, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kick_phrase_is_the_documented_one() {
        let yes = |text: &'static str| kick_phrase(b"op", text.as_bytes());
        assert_eq!(
            yes("op is kicking bob because: spam"),
            Some((&b"bob"[..], &b"spam"[..]))
        );
        assert_eq!(
            yes("is kicking bob Because: "),
            Some((&b"bob"[..], &b""[..]))
        );
        assert_eq!(yes("ann is kicking bob because: spam"), None);
        assert_eq!(yes("op is kicking bob"), None);
        assert_eq!(yes("he is kicking"), None);
    }
}

//! From one frame to the handler of its command: the guards that stand before all of them.

use bytes::Bytes;
use nmdc::message::{Message, parse_with_row};
use nmdc::{Flood, LoginState};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook, HookSet};
use crate::io::{ConnId, Tls};

use super::conn::Features;
use super::rights::Needs;
use super::{Hub, cat};

/// The hooks that see every message.
const ANY_MESSAGE: HookSet = HookSet::EMPTY
    .with(Hook::ParsedMsgAny)
    .with(Hook::ParsedMsgAnyEx);

impl Hub {
    /// Handles one message of a connection that is not parked.
    pub(super) fn process(&mut self, id: ConnId, frame: &Bytes) {
        let Some(clean) = nmdc::frame::strip_nuls(frame) else {
            self.null_bytes(id);
            return;
        };
        let frame = match clean.len() == frame.len() {
            true => frame.clone(),
            false => frame.slice_ref(clean),
        };
        let Some(c) = self.conns.get(&id) else { return };
        if c.tls == Tls::Proxied {
            self.proxy_says(id, &frame);
            return;
        }
        if !c.listed && !self.still_welcome(id) {
            return;
        }
        if self.hooks.has_any(ANY_MESSAGE) {
            self.judge_message(id, frame);
        } else {
            self.handle_message(id, &frame);
        }
    }

    /// Asks the scripts that want to see every message.
    fn judge_message(&mut self, id: ConnId, frame: Bytes) {
        let Some(c) = self.conns.get(&id) else { return };
        let data = frame.clone();
        let (hook, event) = if c.validated {
            let nick = c.nick.clone();
            (Hook::ParsedMsgAny, Event::ParsedMsgAny { nick, data })
        } else {
            let ip = c.ip_text.clone();
            (Hook::ParsedMsgAnyEx, Event::ParsedMsgAnyEx { ip, data })
        };
        if hook == Hook::ParsedMsgAnyEx {
            // It came before a nick was known.
            self.ask_to_stay(
                id,
                hook,
                CloseReason::Plugin,
                |_| event,
                move |hub, _| {
                    hub.handle_message(id, &frame);
                },
            );
            return;
        }
        self.ask_about(
            id,
            hook,
            Needs::Nothing,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.handle_message(id, &frame);
                }
            },
        );
    }

    /// Handles a message the scripts let pass.
    pub(super) fn handle_message(&mut self, id: ConnId, frame: &Bytes) {
        let (message, row) = match parse_with_row(frame) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.syntax_error(id, error.command);
                return;
            }
        };
        self.count_message(row);
        if let Some(row) = row {
            let Some(c) = self.conns.get(&id) else { return };
            let reached = match row.state {
                LoginState::PreLogin => true,
                LoginState::NickKnown => c.validated,
                LoginState::InList => c.listed,
            };
            if !reached {
                let what = row.name.trim_start_matches('$');
                self.close(
                    id,
                    CloseReason::LoginErr,
                    format!("You must be logged in before using {what}."),
                );
                return;
            }
            let limit = row.max_len.map_or(0, |var| self.max_len(var));
            if limit > 0 && frame.len() > limit {
                let what = row.name.trim_start_matches('$');
                self.close(
                    id,
                    CloseReason::Syntax,
                    format!("Your {what} is longer than {limit} bytes."),
                );
                return;
            }
        }
        let kind = match (row, &message) {
            (Some(row), _) => row.flood,
            (None, Message::Ping) => Flood::Ping,
            (None, _) => Flood::Unknown,
        };
        if !self.flooding(id, kind) {
            self.dispatch(id, frame, message);
        }
    }

    fn dispatch(&mut self, id: ConnId, frame: &Bytes, message: Message<'_>) {
        match message {
            Message::Ping => {}
            Message::Supports(text) => self.supports(id, frame, text),
            Message::Key(key) => self.key(id, key),
            Message::ValidateNick(nick) => self.validate_nick(id, nick),
            Message::Version(version) => self.version(id, frame, version),
            Message::MyPass(password) => self.my_pass(id, frame, password),
            Message::MyHubUrl(url) => self.my_hub_url(id, frame, url),
            Message::BotInfo(_) => self.bot_info(id, frame),
            Message::ExtJson { nick, .. } => self.ext_json(id, frame, nick),
            Message::MyNick(nick) if self.config.users.detect_ctmtohub => {
                self.ctm_nick(id, frame, nick)
            }
            Message::Lock(lock) if self.config.users.detect_ctmtohub => {
                self.ctm_lock(id, frame, lock)
            }
            Message::GetNickList => self.get_nick_list(id),
            Message::MyInfo(info) => self.my_info(id, frame, &info),
            Message::Chat { nick, text } => {
                if self.is_own_nick(id, nick, "chat") {
                    self.chat(id, frame.slice_ref(nick), frame.slice_ref(text));
                }
            }
            Message::To {
                to,
                from,
                nick,
                text,
            } => {
                if self.is_own_nick(id, from, "To") && self.is_own_nick(id, nick, "To") {
                    self.private(id, frame, frame.slice_ref(to), frame.slice_ref(text));
                }
            }
            Message::MCTo { to, from, text } => {
                if self.is_own_nick(id, from, "MCTo") {
                    self.mcto(id, to, frame.slice_ref(text));
                }
            }
            Message::Search(search) => self.search(id, frame, &search),
            Message::ShortSearch(search) => self.short_search(id, frame, &search),
            Message::Sr(result) => {
                if self.is_own_nick(id, result.from, "SR") {
                    self.search_result(id, frame, &result);
                }
            }
            Message::ConnectToMe(ctm) | Message::MultiConnectToMe(ctm) => {
                self.connect_to_me(id, &ctm);
            }
            Message::RevConnectToMe { from, to } => {
                if self.is_own_nick(id, from, "RevConnectToMe") {
                    self.rev_connect_to_me(id, frame, to);
                }
            }
            Message::GetInfo { other, me } => {
                if self.is_own_nick(id, me, "GetINFO") {
                    self.get_info(id, other);
                }
            }
            Message::UserIp(nicks) => self.user_ip(id, nicks),
            Message::WhoIp(ip) => self.who_ip(id, ip),
            Message::Kick(nick) => self.protocol_kick(id, nick),
            Message::OpForceMove { who, to, reason } => self.op_force_move(id, who, to, reason),
            Message::GetTopic => self.get_topic(id),
            Message::SetTopic(topic) => self.set_topic(id, frame.slice_ref(topic)),
            Message::Quit(_) => {
                self.close(id, CloseReason::Quit, "Goodbye.");
            }
            Message::Unknown(_) | Message::MyNick(_) | Message::Lock(_) => self.unknown(id, frame),
            // A proxy says it once, before anything else.
            Message::MyIp { .. } if self.conns.get(&id).is_some_and(|c| c.proxied) => {
                self.bad_proxy(id);
            }
            Message::MyIp { .. } => self.unknown(id, frame),
            Message::In { nick, .. } => self.partial_info(id, nick),
            Message::Ban { nick, reason } => {
                self.protocol_ban(id, "Ban", b"", nick, reason);
            }
            Message::TempBan { nick, time, reason } => {
                let time = cat!["_", time];
                self.protocol_ban(id, "TempBan", &time, nick, reason);
            }
            Message::UnBan(ip) => self.operate(id, "UnBan", cat!["!unbanip ", ip]),
            Message::GetBanList => self.operate(id, "GetBanList", cat!["!lstban"]),
        }
    }

    fn count_message(&mut self, row: Option<&'static nmdc::Command>) {
        let rows = nmdc::COMMANDS;
        let at = row.map_or(rows.len(), |row| {
            let bytes = std::ptr::from_ref(row).addr() - rows.as_ptr().addr();
            bytes / size_of::<nmdc::Command>()
        });
        if let Some(count) = self.received.get_mut(at) {
            *count += 1;
        }
    }

    /// A message the hub does not know: news for scripts when a user sent it.
    pub(super) fn unknown(&mut self, id: ConnId, frame: &Bytes) {
        let user = self.conns.get(&id).filter(|c| c.listed);
        if let Some(nick) = user.map(|c| c.nick.clone()) {
            let data = frame.clone();
            self.tell(Hook::UnknownMsg, |_| Event::UnknownMsg { nick, data });
        }
    }

    /// `$IN` has no effect but for what is wrong with it.
    fn partial_info(&mut self, id: ConnId, nick: &[u8]) {
        let known = (self.conns.get(&id)).is_some_and(|c| c.features.has(Features::IN));
        if !known {
            self.close(
                id,
                CloseReason::LoginErr,
                "IN is for clients that announce it.",
            );
        } else {
            self.is_own_nick(id, nick, "IN");
        }
    }

    fn max_len(&self, var: &str) -> usize {
        let l = &self.config.limits;
        let bytes = match var {
            "max_len_supports" => l.max_len_supports,
            "max_len_version" => l.max_len_version,
            "max_len_myinfo" => l.max_len_myinfo,
            "max_len_in" => l.max_len_in,
            "max_len_extjson" => l.max_len_extjson,
            "max_len_myhuburl" => l.max_len_myhuburl,
            "max_len_search" => l.max_len_search,
            "max_len_mynick" => l.max_len_mynick,
            "max_len_lock" => l.max_len_lock,
            _ => 0,
        };
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Whether the nick inside a command is the sender's; if not he is thrown out.
    pub(super) fn is_own_nick(&mut self, id: ConnId, nick: &[u8], command: &str) -> bool {
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        if nmdc::nick::same(&c.nick, nick) {
            return true;
        }
        let text = cat!["Your nick is ", c.nick, ", not ", nick, " (", command, ")."];
        self.close(id, CloseReason::Syntax, text);
        false
    }

    pub(super) fn syntax_error(&mut self, id: ConnId, command: &str) {
        let what = command.trim_start_matches('$');
        self.close(id, CloseReason::Syntax, format!("Syntax error in {what}."));
    }

    /// A handshake command for the second time.
    pub(super) fn duplicate(&mut self, id: ConnId, command: &str) {
        self.close(
            id,
            CloseReason::LoginErr,
            format!("{command} was sent twice."),
        );
    }

    fn null_bytes(&mut self, id: ConnId) {
        if self.config.users.nullchars_report {
            let text = cat!["NUL bytes in a message of ", self.who(id)];
            self.tell_operators(&text);
        }
        self.close(
            id,
            CloseReason::Syntax,
            "A message may not hold the byte 0.",
        );
    }
}

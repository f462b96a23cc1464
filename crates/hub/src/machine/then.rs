//! What is to be done when a verdict or the store's answer arrives.

use bytes::Bytes;
use nmdc::Wire;

use crate::constants::CloseReason;
use crate::hooks::{Hook, Verdict};
use crate::io::ConnId;
use crate::reg::{Field, FieldValue, RegUser, StoreReply};

use super::consoles::Reply;
use super::triggers::Run;
use super::{Ctx, Hub};
use crate::lists::{List, Row};

/// Something begun that waits for an answer.
pub(super) struct Pending {
    pub then: Then,
    /// The connection it is about; parked unless the work was asked for by a script.
    pub conn: Option<ConnId>,
    pub ctx: Ctx,
}

/// A chat line on its way.
#[derive(Debug)]
pub(super) struct Line {
    pub nick: Bytes,
    pub text: Bytes,
    /// A command nobody knows, which is not shown.
    pub unknown_command: bool,
}

/// A kick on its way.
#[derive(Debug)]
pub(super) struct Kick {
    /// Who typed it; `vh.KickUser` has only its operator's nick.
    pub by: Option<ConnId>,
    pub op: Bytes,
    pub victim: ConnId,
    pub nick: Bytes,
    pub reason: Bytes,
    pub ban_time: i64,
    pub redirect: Option<Bytes>,
    /// For the user, and for operators, with the ban.
    pub note: Bytes,
    pub op_note: Bytes,
    /// A bare `$Kick`: no message, no ban.
    pub bare: bool,
    /// Said in main chat as "is kicking": the victim stays connected.
    pub stays: bool,
}

/// A drop on its way.
#[derive(Debug)]
pub(super) struct Drop {
    pub by: ConnId,
    pub op: Bytes,
    pub victim: ConnId,
    pub nick: Bytes,
    pub reason: Bytes,
    /// No script has objected yet.
    pub allowed: bool,
}

/// A command on its way.
#[derive(Debug)]
pub(super) struct CommandLine {
    pub conn: ConnId,
    /// With its trigger character.
    pub line: Bytes,
    pub pm: bool,
    /// By class and trigger character.
    pub op: bool,
    /// Typed by the user (parks him), not by `vh.ParseCommand`.
    pub typed: bool,
}

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

/// The fields of a MyINFO between the checks and the user list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Info {
    pub desc: Bytes,
    pub tag: Bytes,
    /// Without the status byte.
    pub speed: Bytes,
    pub status: u8,
    pub email: Bytes,
    pub share: Bytes,
}

pub(super) enum Then {
    /// Nothing.
    Stored,
    /// Show a text to the connection.
    ShowText,
    /// Any message, for scripts that see all of them.
    Message {
        frame: Bytes,
        /// It came before a nick was known.
        early: bool,
    },
    // Login
    Greet,
    Supports {
        reply: Wire,
    },
    Version {
        version: Bytes,
    },
    Registered {
        nick: Bytes,
    },
    NickTaken,
    HubUrl {
        url: Bytes,
    },
    BotInfo,
    ExtJson {
        message: Bytes,
    },
    CtmToHub,
    MyPass {
        password: Bytes,
    },
    /// The registration is read before its password is checked.
    Guess(Box<super::guesses::Guess>),
    Password(Box<super::guesses::Guess>),
    TagJudged {
        info: Box<Info>,
        first: bool,
        raw: Bytes,
    },
    FirstInfo {
        info: Box<Info>,
        raw: Bytes,
    },
    InfoJudged {
        info: Box<Info>,
        first: bool,
        raw: Bytes,
    },
    InList,
    LoggedIn,
    // Leaving
    Unload,
    Left(Box<super::leave::Leaver>),
    // Messages
    Chat(Line),
    Pm {
        to: Bytes,
        data: Wire,
        text: Bytes,
    },
    McTo {
        to: ConnId,
        text: Bytes,
    },
    OpChat {
        text: Bytes,
    },
    Search(Box<super::search::Query>),
    Sr {
        target: ConnId,
        data: Wire,
    },
    ConnectToMe {
        target: ConnId,
        data: Wire,
    },
    RevConnectToMe {
        target: ConnId,
        data: Wire,
    },
    // Commands
    Command(CommandLine),
    HubCommand(CommandLine),
    Kick(Kick),
    Drop(Drop),
    DropWithReason(Drop),
    NewBan {
        ban: Box<super::bans::Ban>,
    },
    NewReg {
        user: Box<RegUser>,
        password: Bytes,
        by: ConnId,
    },
    Change(Change),
    Changed(Change),
    PasswordSet,
    /// A change is made; it counts when it is stored.
    Kept {
        by: Option<ConnId>,
        text: Bytes,
        /// The ban that is written, if it is one.
        ban: Option<super::bans::Key>,
    },
    PluginSettings {
        pattern: Bytes,
        reply: Reply,
    },
    BansRead {
        edits: u64,
    },
    RightsRead {
        edits: u64,
        reload: Option<super::service::Reload>,
    },
    RightsKept {
        by: Option<ConnId>,
        key: super::NickKey,
        text: Bytes,
    },
    // Registration by scripts and operators
    RegAdded {
        user: Box<RegUser>,
        by: Option<ConnId>,
    },
    RegDeleted {
        nick: Bytes,
        by: Option<ConnId>,
    },
    RegClass {
        nick: Bytes,
        class: i32,
        by: Option<ConnId>,
    },
    RegPassword {
        nick: Bytes,
        /// The user is to set one himself.
        cleared: bool,
        by: Option<ConnId>,
    },
    RegField {
        nick: Bytes,
        field: &'static Field,
        value: FieldValue,
        by: Option<ConnId>,
    },
    RegList {
        class: i32,
    },
    RegGone {
        nick: Bytes,
    },
    /// A registration that others have changed.
    RegReread {
        nick: Bytes,
    },
    RegLookedUp {
        nick: Bytes,
        want: super::registration::Want,
    },
    // Lists of operators
    RowPut {
        list: List,
        row: Row,
        reply: Reply,
    },
    RowRemoved {
        list: List,
        key: Bytes,
        reply: Reply,
    },
    ListRead(List),
    // Answers of the program
    TriggerFile {
        path: Bytes,
        run: Run,
    },
    Described(Reply),
}

impl Then {
    /// What ends the connection when the scripts say no: the hook, and the reason for the end.
    fn ends_when_refused(&self) -> Option<(Hook, CloseReason)> {
        let hook = match self {
            Then::Message { early: true, .. } => Hook::ParsedMsgAnyEx,
            Then::Greet => Hook::NewConn,
            Then::HubUrl { .. } => Hook::ParsedMsgMyHubURL,
            Then::BotInfo => Hook::ParsedMsgBotINFO,
            Then::Version { .. } => Hook::ParsedMsgVersion,
            Then::NickTaken => Hook::ParsedMsgValidateNick,
            Then::MyPass { .. } => Hook::ParsedMsgMyPass,
            Then::InList => Hook::UserInList,
            Then::LoggedIn => Hook::UserLogin,
            Then::TagJudged { .. } => return Some((Hook::ValidateTag, CloseReason::TagInvalid)),
            Then::FirstInfo { .. } => return Some((Hook::FirstMyINFO, CloseReason::Kicked)),
            _ => return None,
        };
        Some((hook, CloseReason::Plugin))
    }
}

impl Hub {
    /// Goes on after a verdict (or at once, when no script was asked).
    pub(super) fn go_on(&mut self, conn: Option<ConnId>, then: Then, verdict: Verdict) {
        let alive = conn.filter(|c| self.conns.contains_key(c));
        match then {
            Then::Left(leaver) => self.left(*leaver),
            Then::Unload => self.unloaded(),
            Then::Drop(drop) => self.drop_named(drop, verdict.allow),
            Then::DropWithReason(drop) => self.drop_judged(&drop, verdict.allow),
            Then::NewReg { user, password, by } => {
                self.new_reg_judged(user, password, by, verdict.allow);
            }
            Then::Kick(kick) => self.kick_judged(kick, verdict.allow),
            Then::Change(change) => self.change_judged(change, verdict.allow),
            Then::Command(line) => self.command_judged(line, verdict.allow),
            Then::HubCommand(line) => self.hub_command_judged(line, verdict.allow),
            _ => {
                // The rest is about a connection; when that is gone there is nothing to do.
                let Some(conn) = alive else { return };
                self.go_on_with(conn, then, verdict);
            }
        }
    }

    fn go_on_with(&mut self, conn: ConnId, then: Then, verdict: Verdict) {
        let allow = verdict.allow;
        if !allow && let Some((hook, reason)) = then.ends_when_refused() {
            self.refused_by_script(conn, hook, reason, &verdict.replies);
            return;
        }
        match then {
            Then::Message { frame, .. } if allow => self.handle_message(conn, &frame),
            Then::HubUrl { url } => self.hub_url_judged(conn, &url),
            Then::BotInfo => self.send_hub_info(conn),
            Then::ExtJson { message } if allow => self.ext_json_judged(conn, message),
            Then::NewBan { ban } => self.ban_judged(conn, *ban, allow),
            Then::CtmToHub => self.ctm_judged(conn, allow),
            Then::Greet => self.greet(conn),
            Then::Supports { reply } => self.supports_judged(conn, reply, allow),
            Then::Version { version } => self.version_judged(conn, version),
            Then::MyPass { password } => self.my_pass_judged(conn, password),
            Then::TagJudged { info, first, raw } => self.tag_judged(conn, info, first, raw),
            Then::FirstInfo { info, raw } => self.first_info_judged(conn, info, raw, verdict),
            Then::InfoJudged { info, first, raw } => {
                self.info_judged(conn, info, first, raw, verdict);
            }
            Then::InList => self.in_list_judged(conn),
            Then::LoggedIn => self.login_judged(conn),
            Then::Chat(line) => self.chat_judged(conn, line, verdict),
            Then::Pm { to, data, text } if allow => self.pm_judged(conn, &to, data, text),
            Then::McTo { to, text } if allow => self.mcto_judged(conn, to, &text),
            Then::OpChat { text } if allow => self.opchat_line(Some(conn), &text, None),
            Then::Search(query) if allow => self.search_judged(conn, *query),
            Then::Sr { target, data } if allow => self.sr_judged(target, data),
            Then::ConnectToMe { target, data } | Then::RevConnectToMe { target, data }
                if allow && self.conns.contains_key(&target) =>
            {
                self.send(target, data);
            }
            _ => {}
        }
    }

    /// Goes on with the store's answer.
    pub(super) fn stored(&mut self, conn: Option<ConnId>, then: Then, reply: StoreReply) {
        match then {
            Then::Changed(change) => self.changed(change, reply),
            Then::RowPut {
                list,
                row,
                reply: to,
            } => self.row_put(list, row, to, &reply),
            Then::RowRemoved {
                list,
                key,
                reply: to,
            } => self.row_removed(list, &key, to, &reply),
            Then::ListRead(list) => self.list_read(list, reply),
            Then::Kept { by, text, ban } => self.kept(by, &text, ban, &reply),
            Then::PluginSettings { pattern, reply: to } => {
                self.plugin_settings(&pattern, to, &reply);
            }
            Then::BansRead { edits } => self.bans_read(edits, reply),
            Then::RightsRead { edits, reload } => self.rights_read(edits, reload, reply),
            Then::RightsKept { by, key, text } => self.rights_kept(by, &key, &text, &reply),
            Then::RegAdded { user, by } => self.reg_added(*user, by, reply),
            Then::RegDeleted { nick, by } => self.reg_deleted(&nick, by, reply),
            Then::RegClass { nick, class, by } => self.reg_class_set(&nick, class, by, reply),
            Then::RegPassword { nick, cleared, by } => {
                self.reg_password_set(&nick, cleared, by, &reply);
            }
            Then::RegField {
                nick,
                field,
                value,
                by,
            } => self.reg_field_set(&nick, field, &value, by, &reply),
            Then::RegGone { nick } => self.reg_gone(&nick, &reply),
            Then::RegReread { nick } => self.registration_read(&nick, reply),
            Then::RegLookedUp { nick, want } => self.reg_looked_up(nick, want, reply),
            Then::Guess(guess) => self.guess_row(guess, reply),
            Then::Password(guess) => self.guess_checked(&guess, &reply),
            then => {
                let Some(conn) = conn.filter(|c| self.conns.contains_key(c)) else {
                    return;
                };
                match then {
                    Then::Registered { nick } => self.reg_known(conn, nick, reply),
                    Then::RegList { class } => self.reg_listed(conn, class, reply),
                    Then::PasswordSet => self.password_set(conn, &reply),
                    _ => {}
                }
            }
        }
    }
}

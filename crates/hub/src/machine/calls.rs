//! What scripts ask for.

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{Call, ConnId, Group, ScriptId, Target, Traits};

use super::Hub;
use super::commands::CommandLine;
use super::myinfo::Info;
use super::opcommands::Kick;
use super::registration::{Action, Want};
use super::tempban::LONGEST;
use super::tick::End;

/// How many commands of scripts wait for a tick.
const MAX_SCRIPT_COMMANDS: usize = 1000;
/// How many bytes of data they may have together.
const MAX_COMMAND_BYTES: usize = 16 << 20;

impl Hub {
    /// Does what a script wants; `self.ctx.call` is answered now or when it is done.
    pub(super) fn script_call(&mut self, script: Option<ScriptId>, call: Call) {
        let ctx = self.ctx;
        match call {
            Call::Send { to, data } => {
                let sent = self.send_to(&to, data);
                self.answer(ctx, sent);
            }
            Call::BotChat {
                from,
                text,
                min,
                max,
            } => {
                let data = Wire::of(|out| write::chat(&from, &text, out));
                self.send_to(
                    &Target::Classes {
                        min,
                        max,
                        active: None,
                    },
                    data,
                );
                self.tell(Hook::PublicBotMessage, |_| Event::PublicBotMessage {
                    nick: from,
                    message: text,
                    min_class: min,
                    max_class: max,
                });
                self.answer(ctx, true);
            }
            Call::PmToClasses {
                from,
                text,
                min,
                max,
            } => self.pm_to_classes(&from, &text, min, max),
            Call::OpChat { from, text } => {
                let from = from.filter(|f| self.user_of(f).is_some());
                self.opchat_line(None, &text, from.as_deref());
                self.answer(ctx, true);
            }
            Call::HostOf { nick } => self.tell_host(&nick),
            Call::SetMyInfo { nick, fields } => {
                let done = self.edit_info(&nick, |info| info.overlay(&fields));
                self.answer(ctx, done);
            }
            Call::MyInfoFlag { nick, flag, on } => {
                let done = match u8::try_from(flag) {
                    Ok(bit @ (1 | 2 | 4 | 8 | 16 | 32)) => self.edit_info(&nick, |info| {
                        info.status = if on {
                            info.status | bit
                        } else {
                            info.status & !bit
                        };
                    }),
                    _ => false,
                };
                self.answer(ctx, done);
            }
            Call::AddReg {
                nick,
                class,
                password,
                op,
            } => {
                self.add_reg(None, nick, class, password.0, &op);
            }
            Call::DelReg { nick } => {
                self.change_reg(
                    nick,
                    Want {
                        by: None,
                        action: Action::Delete,
                    },
                );
            }
            Call::SetRegClass { nick, class } => self.script_reg_class(ctx, nick, class),
            Call::Kick {
                op,
                nick,
                reason,
                note,
                op_note,
                ban_time,
                redirect,
            } => {
                if u64::try_from(ban_time).is_ok_and(|seconds| seconds > LONGEST) {
                    self.answer(ctx, false);
                    return;
                }
                let kick = Kick {
                    reason,
                    ban_time,
                    redirect,
                    note,
                    op_note,
                    ..Kick::empty()
                };
                self.kick(None, op, nick, kick);
            }
            Call::Close {
                nick,
                reason,
                delay,
            } => self.close_by_script(&nick, reason, delay),
            Call::SetConfig { file, var, value } => self.change(None, file, &var, value, false),
            Call::AddRobot {
                nick,
                class,
                fields,
            } => {
                self.add_robot(ctx, script, nick, class, fields);
            }
            Call::DelRobot { nick } => self.del_robot(ctx, &nick),
            Call::ParseCommand { nick, command, pm } => self.parse_command(&nick, command.0, pm),
            Call::StopHub { code, delay } => {
                let ms = u64::try_from(delay).unwrap_or(0).saturating_mul(1000);
                self.answer(ctx, true);
                let end = End {
                    code,
                    restart: false,
                };
                if ms == 0 {
                    self.shutdown(end);
                } else {
                    self.stop_at(self.now.mono_ms.saturating_add(ms), end);
                }
            }
            Call::Report { text, log } => {
                self.failure(script, &text, log.as_ref());
                self.answer(ctx, true);
            }
            Call::SetUserIp { nick, ip } => {
                let done = self.set_user_ip(&nick, &ip);
                self.answer(ctx, done);
            }
            Call::Ban {
                op,
                nick,
                reason,
                seconds,
                kind,
            } => {
                self.ban_by_script(op, &nick, reason, seconds, kind);
            }
            Call::DelNickTempBan { nick } => {
                let key = super::NickKey::of(&nick);
                let kicked = self.nick_bans.kicked(&key);
                let found = self.nick_bans.remove(&key);
                self.temp_ban_lifted(found, kicked);
            }
            Call::DelIpTempBan { ip } => {
                let ip = str::from_utf8(&ip).ok().and_then(|ip| ip.parse().ok());
                let kicked = ip.and_then(|ip| self.ip_bans.kicked(&ip));
                let found = ip.is_some_and(|ip| self.ip_bans.remove(&ip));
                self.temp_ban_lifted(found, kicked);
            }
            Call::Restrict { nick, periods } => {
                self.restrict_by_script(&nick, &periods);
            }
            Call::ScriptCommand {
                cmd,
                data,
                plugin,
                script,
                immediate,
            } => {
                let event = Event::ScriptCommand {
                    command: cmd,
                    data,
                    plugin,
                    script,
                };
                let taken = self.script_command(event, immediate);
                self.answer(ctx, taken);
            }
        }
    }

    /// Passes a script's command on to all scripts, now or at the next tick; whether there was
    /// room for it.
    fn script_command(&mut self, event: Event, immediate: bool) -> bool {
        if immediate {
            self.tell(Hook::ScriptCommand, |_| event);
        } else if self.script_commands.len() < MAX_SCRIPT_COMMANDS
            && self.script_commands.iter().map(data_of).sum::<usize>() < MAX_COMMAND_BYTES
        {
            self.script_commands.push_back(event);
        } else {
            return false;
        }
        true
    }

    /// Delivers what scripts wrote to one another since the last tick.
    pub(super) fn deliver_script_commands(&mut self) {
        for event in std::mem::take(&mut self.script_commands) {
            self.tell(Hook::ScriptCommand, |_| event);
        }
    }

    /// Gives an online user another address, with all that hangs on it.
    fn set_user_ip(&mut self, nick: &[u8], ip: &[u8]) -> bool {
        let ip = str::from_utf8(ip)
            .ok()
            .and_then(|ip| ip.trim().parse().ok());
        let (Some(id), Some(ip)) = (self.user_of(nick), ip) else {
            return false;
        };
        let Some(c) = self.conns.get_mut(&id) else {
            return false;
        };
        let ip: std::net::IpAddr = ip;
        let before = std::mem::replace(&mut c.ip, ip);
        c.ip_text = ip.to_string().into();
        self.forget_address(id, before);
        self.note_address(id);
        self.set_traits(id);
        self.publish(id);
        self.lists.changed();
        true
    }

    /// Sends to whom a script names; whether there was anybody to send to.
    fn send_to(&mut self, to: &Target, data: Wire) -> bool {
        let group = match to {
            Target::Nick(nick) => {
                let found = self.user_of(nick);
                if let Some(id) = found {
                    self.send(id, data);
                }
                return found.is_some();
            }
            Target::Chat => Group {
                all: Traits::LISTED.with(Traits::CHAT),
                ..Group::LISTED
            },
            Target::Classes { min, max, active } => {
                let any = Traits::classes(*min, *max);
                if any == Traits::EMPTY {
                    return false;
                }
                let mut group = Group {
                    any,
                    ..Group::LISTED
                };
                match active {
                    Some(true) => group.all = group.all.with(Traits::ACTIVE),
                    Some(false) => group.none = group.none.with(Traits::ACTIVE),
                    None => {}
                }
                group
            }
        };
        self.broadcast(group, data);
        true
    }

    fn pm_to_classes(&mut self, from: &[u8], text: &[u8], min: i64, max: i64) {
        let mut targets: Vec<ConnId> = (self.conns.values())
            .filter(|c| c.listed && (min..=max).contains(&i64::from(c.class)))
            .map(|c| c.id)
            .collect();
        targets.sort_unstable();
        for id in targets {
            let nick = self.nick_of(id);
            let data = Wire::of(|out| write::private(&nick, from, from, text, out));
            self.send(id, data);
        }
        if self.config.rights.bc_reply != b"disable"[..] {
            self.config.rights.bc_reply = Bytes::copy_from_slice(from);
            self.view.set_config(self.config.clone());
        }
        self.answer(self.ctx, true);
    }

    /// Changes what others see of a user, and shows it; false when he is not there.
    pub(super) fn edit_info(&mut self, nick: &[u8], edit: impl FnOnce(&mut Info)) -> bool {
        let Some(id) = self.user_of(nick) else {
            return false;
        };
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let shown = &c.info;
        let mut info = Info {
            desc: shown.desc.clone(),
            tag: shown.tag.clone(),
            speed: shown.speed.clone(),
            status: shown.status,
            email: shown.email.clone(),
            share: shown.share.clone(),
        };
        edit(&mut info);
        self.show_info(id, &info);
        true
    }

    fn close_by_script(&mut self, nick: &[u8], reason: i64, delay: i64) {
        let ctx = self.ctx;
        let reason = CloseReason::from_number(reason);
        let Some(id) = self.user_of(nick) else {
            self.answer(ctx, false);
            return;
        };
        match u64::try_from(delay).unwrap_or(0) {
            0 => self.close(id, reason, super::leave::BY_SCRIPT),
            delay => {
                // By the documents 1 stands for a second.
                let ms = if delay == 1 { 1000 } else { delay };
                let at = self.now.mono_ms.saturating_add(ms);
                if let Some(c) = self.conns.get_mut(&id) {
                    c.close_at = Some((at, reason));
                    self.timers.look_at(at);
                }
            }
        }
        self.answer(ctx, true);
    }

    fn parse_command(&mut self, nick: &[u8], command: Bytes, pm: bool) {
        let ctx = self.ctx;
        let Some(conn) = self.user_of(nick) else {
            self.answer(ctx, false);
            return;
        };
        let Some(op) = self.is_command(conn, &command) else {
            self.answer(ctx, false);
            return;
        };
        self.begin_command(CommandLine {
            conn,
            line: command,
            pm,
            op,
            typed: false,
        });
    }
}

/// The bytes of a script's command that waits.
fn data_of(event: &Event) -> usize {
    match event {
        Event::ScriptCommand { command, data, .. } => command.len() + data.len(),
        _ => 0,
    }
}

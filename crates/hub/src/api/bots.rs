//! Bots of scripts, and commands run in a user's name.

use bytes::Bytes;

use super::args::Args;
use super::forms::online;
use super::host::Host;
use crate::io::Call;
use crate::value::{ApiError, Value};

type Answer = Result<Value<'static>, ApiError>;

const NO: Answer = Ok(Value::Bool(false));

/// The documented answers of `vh.IsRobotNickBad` (`vh.eBOT_*`).
const OK: i64 = 0;
const EXISTS: i64 = 1;
const WITHOUT_NICK: i64 = 2;
const BAD_CHARS: i64 = 3;
const RESERVED_NICK: i64 = 4;

fn judge(host: &dyn Host, nick: &[u8]) -> i64 {
    if nick.is_empty() {
        return WITHOUT_NICK;
    }
    let config = host.view().config();
    if !config.unfit_for_nick(nick).is_empty() {
        return BAD_CHARS;
    }
    if nick == config.identity.hub_security || nick == config.identity.opchat_name {
        return RESERVED_NICK;
    }
    if online(host.view(), nick) {
        EXISTS
    } else {
        OK
    }
}

pub(super) fn is_robot_nick_bad(host: &dyn Host, args: &Args<'_>) -> Answer {
    Ok(Value::Int(judge(host, args.text(0).unwrap_or_default())))
}

pub(super) fn add_robot(host: &dyn Host, args: &Args<'_>) -> Answer {
    let nick = args.bytes_or_empty(0);
    // Who is online the hub judges: what the view shows may be older, as after a quick reload.
    if !matches!(judge(host, &nick), OK | EXISTS) {
        return NO;
    }
    let class = match args.int(1, 0) {
        class @ (0..=5 | 10) => class,
        _ => 0,
    };
    let mut fields: [Bytes; 4] = std::array::from_fn(|i| args.bytes_or_empty(i + 2));
    if fields[3].is_empty() {
        fields[3] = Bytes::from_static(b"0");
    }
    host.call(Call::AddRobot {
        nick,
        class,
        fields,
    })
}

pub(super) fn del_robot(host: &dyn Host, args: &Args<'_>) -> Answer {
    match args.bytes(0) {
        Some(nick) if !nick.is_empty() => host.call(Call::DelRobot { nick }),
        _ => NO,
    }
}

pub(super) fn parse_command(host: &dyn Host, args: &Args<'_>) -> Answer {
    let (Some(nick), Some(command)) = (args.bytes(0), args.bytes(1)) else {
        return NO;
    };
    // Only somebody with a connection can be answered.
    match host.view().with_user(&nick, |u| u.bot) {
        Some(false) => host.call(Call::ParseCommand {
            nick,
            command: command.into(),
            pm: args.int(2, 0) != 0,
        }),
        _ => NO,
    }
}

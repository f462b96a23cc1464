//! Registered users, kicks, bans.

use super::args::Args;
use super::host::Host;
use crate::io::Call;
use crate::value::{ApiError, Value};

type Answer = Result<Value<'static>, ApiError>;

const NO: Answer = Ok(Value::Bool(false));
/// The highest documented `eCR_*` number.
const LAST_REASON: i64 = 21;
/// `eBF_*`: one bit for each of the ten types.
const BANS: [i64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

pub(super) fn add_reg_user(host: &dyn Host, args: &Args<'_>) -> Answer {
    let class = args.int(1, -1);
    match args.bytes(0) {
        Some(nick) if !nick.is_empty() && (0..=5).contains(&class) => host.call(Call::AddReg {
            nick,
            class,
            password: args.bytes_or_empty(2).into(),
            op: args.bytes_or_empty(3),
        }),
        _ => NO,
    }
}

pub(super) fn del_reg_user(host: &dyn Host, args: &Args<'_>) -> Answer {
    match args.bytes(0) {
        Some(nick) if !nick.is_empty() => host.call(Call::DelReg { nick }),
        _ => NO,
    }
}

pub(super) fn set_reg_class(host: &dyn Host, args: &Args<'_>) -> Answer {
    let class = args.int(1, 0);
    match args.bytes(0) {
        Some(nick) if (1..=5).contains(&class) || class == 10 => {
            host.call(Call::SetRegClass { nick, class })
        }
        _ => NO,
    }
}

/// `(op, nick, reason, note, op_note, ban_time)`, or with a redirect address in the fourth
/// place: `(op, nick, reason, redirect, op_note, note)`.
pub(super) fn kick_user(host: &dyn Host, args: &Args<'_>) -> Answer {
    const NOTE: usize = 3;
    const TIME: usize = 5;
    const REDIRECT: usize = 6;
    let (Some(op), Some(nick)) = (args.bytes(0), args.bytes(1)) else {
        return NO;
    };
    let mut note = args.bytes_or_empty(NOTE);
    let op_note = args.bytes_or_empty(4);
    let mut redirect = args.bytes(REDIRECT).filter(|r| !r.is_empty());
    let mut ban_time = 0;
    let mut last_note = None;
    match &args.values[TIME] {
        Value::None => {}
        Value::Int(seconds) => ban_time = *seconds,
        Value::Bool(b) => ban_time = i64::from(*b),
        Value::Text(_) | Value::Bytes(_) if !args.by_keyword(TIME) => {
            last_note = args.bytes(TIME);
        }
        _ => return Err(args.wrong_type(("KickUser", "ban_time"), TIME, "int")),
    }
    if !args.by_keyword(NOTE) && (is_address(&note) || last_note.is_some()) {
        let address = std::mem::replace(&mut note, last_note.unwrap_or_default());
        redirect = redirect.or(Some(address)).filter(|r| !r.is_empty());
    }
    host.call(Call::Kick {
        op,
        nick,
        reason: args.bytes_or_empty(2),
        note,
        op_note,
        ban_time: ban_time.max(0),
        redirect,
    })
}

/// Looks like the address of a hub: a scheme or host:port, no space.
fn is_address(text: &[u8]) -> bool {
    let word = !text.is_empty() && !text.iter().any(u8::is_ascii_whitespace);
    let scheme = text
        .windows(3)
        .position(|w| w == b"://")
        .is_some_and(|at| at > 0);
    let port = text.iter().rposition(|&b| b == b':').is_some_and(|at| {
        let port = &text[at + 1..];
        at > 0 && (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit)
    });
    word && (scheme || port)
}

/// `(nick, reason, delay)`; scripts for older versions write `(nick, delay, reason)`.
pub(super) fn close_connection(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(nick) = args.bytes(0).filter(|n| !n.is_empty()) else {
        return NO;
    };
    let (mut reason, mut delay) = (args.int(1, 0), args.int(2, 0));
    let named = args.by_keyword(1) || args.by_keyword(2);
    if !named && reason > LAST_REASON && delay <= LAST_REASON {
        (reason, delay) = (delay, reason);
    }
    // "1" is the original's word for "after a moment".
    let delay = if delay == 1 { 1000 } else { delay.max(0) };
    host.call(Call::Close {
        nick,
        reason,
        delay,
    })
}

pub(super) fn del_nick_temp_ban(host: &dyn Host, args: &Args<'_>) -> Answer {
    match args.bytes(0) {
        Some(nick) if !nick.is_empty() => host.call(Call::DelNickTempBan { nick }),
        _ => NO,
    }
}

pub(super) fn del_ip_temp_ban(host: &dyn Host, args: &Args<'_>) -> Answer {
    match args.bytes(0) {
        Some(ip) if !ip.is_empty() => host.call(Call::DelIpTempBan { ip }),
        _ => NO,
    }
}

/// `{"chat": bool, "pm": bool, "search": bool, "ctm": bool}`, empty on an error.
pub(super) fn user_restrictions(host: &dyn Host, args: &Args<'_>) -> Answer {
    match args.bytes(0) {
        Some(nick) if !nick.is_empty() => host.call(Call::Restrict {
            nick,
            periods: std::array::from_fn(|i| args.bytes_or_empty(i + 1)),
        }),
        _ => Ok(Value::Dict(Vec::new())),
    }
}

pub(super) fn ban(host: &dyn Host, args: &Args<'_>) -> Answer {
    let (seconds, kind) = (args.int(3, 0), args.int(4, 0));
    match (args.bytes(0), args.bytes(1)) {
        (Some(op), Some(nick)) if BANS.contains(&kind) && seconds >= 0 => host.call(Call::Ban {
            op,
            nick,
            reason: args.bytes_or_empty(2),
            seconds,
            kind,
        }),
        _ => NO,
    }
}

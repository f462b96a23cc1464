//! Saying things: chat, private messages, raw data. Everything is posted; whether it will
//! reach anybody is told from the view.

use bytes::Bytes;
use nmdc::{Wire, write};

use super::args::Args;
use super::forms::{self, Letter, bot_name};
use super::host::Host;
use crate::io::{Call, Target};
use crate::value::{ApiError, Value};

type Answer = Result<Value<'static>, ApiError>;

const YES: Answer = Ok(Value::Bool(true));
const NO: Answer = Ok(Value::Bool(false));

/// Everybody, pingers included.
const ALL: Target = Target::Classes {
    min: -1,
    max: 10,
    active: None,
};

/// The text of a chat line or message: the pipe that ends it is the hub's business.
fn without_pipe(text: Bytes) -> Bytes {
    match text.last() {
        Some(b'|') => text.slice(..text.len() - 1),
        _ => text,
    }
}

fn send(host: &dyn Host, to: Target, data: Wire) -> Answer {
    host.post(Call::Send { to, data });
    YES
}

fn chat_line(from: &[u8], text: Bytes) -> Wire {
    Wire::of(|out| write::chat(from, &without_pipe(text), out))
}

/// What the two functions that take either send: the protocol's own forms, messages as a script
/// wants them, and `**` lines, which are one text.
fn spoken(text: &Bytes) -> Option<Wire> {
    if text.starts_with(b"$") || text.starts_with(b"<") {
        Some(Wire::raw(text.clone()))
    } else if text.starts_with(b"**") {
        Some(Wire::forward(&without_pipe(text.clone())))
    } else {
        None
    }
}

/// A user (not a bot) is there to read it.
fn readable(host: &dyn Host, nick: &[u8]) -> bool {
    host.view().with_user(nick, |u| !u.bot).unwrap_or(false)
}

pub(super) fn send_to_all(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(text) = args.bytes(0) else { return NO };
    match spoken(&text) {
        Some(data) if text.starts_with(b"$") => send(host, ALL, data),
        Some(data) => send(host, Target::Chat, data),
        None => say(host, bot_name(host.view()), text, 0, 10),
    }
}

/// A line of a bot to a class range.
fn say(host: &dyn Host, from: Bytes, text: Bytes, min: i64, max: i64) -> Answer {
    if min > max {
        return NO;
    }
    let text = without_pipe(text);
    host.post(Call::BotChat {
        from,
        text,
        min,
        max,
    });
    YES
}

pub(super) fn mc(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(text) = args.bytes(0) else { return NO };
    let from = args.bytes(1).unwrap_or_else(|| bot_name(host.view()));
    say(host, from, text, 0, 10)
}

/// `(msg, min, max)`, `(msg, min, from)` or `(msg, min, max, from)`.
pub(super) fn classmc(host: &dyn Host, args: &Args<'_>) -> Answer {
    const MAX: usize = 2;
    let Some(text) = args.bytes(0) else { return NO };
    let (max, sender) = match &args.values[MAX] {
        Value::None => (10, None),
        Value::Int(max) => (*max, None),
        Value::Text(_) | Value::Bytes(_) if !args.by_keyword(MAX) => (10, args.bytes(MAX)),
        _ => return Err(args.wrong_type(("classmc", "max_class"), MAX, "int or str")),
    };
    let from = args.bytes(3).or(sender);
    let from = from.unwrap_or_else(|| bot_name(host.view()));
    say(host, from, text, args.int(1, 0), max)
}

pub(super) fn usermc(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(Letter {
        nick, text, from, ..
    }) = forms::usermc(host.view(), args)
    else {
        return NO;
    };
    if !readable(host, &nick) {
        return NO;
    }
    let from = from.unwrap_or_else(|| bot_name(host.view()));
    send(host, Target::Nick(nick), chat_line(&from, text))
}

pub(super) fn pm(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(letter) = forms::pm(host.view(), args) else {
        return NO;
    };
    if !readable(host, &letter.nick) {
        return NO;
    }
    let from = letter.from.unwrap_or_else(|| bot_name(host.view()));
    let shown = letter.shown.as_ref().unwrap_or(&from);
    let text = without_pipe(letter.text);
    let data = Wire::of(|out| write::private(&letter.nick, &from, shown, &text, out));
    send(host, Target::Nick(letter.nick), data)
}

pub(super) fn send_to_op_chat(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(text) = args.bytes(0) else { return NO };
    if host.view().config().identity.opchat_name.is_empty() {
        return NO;
    }
    host.post(Call::OpChat {
        from: args.bytes(1),
        text: without_pipe(text),
    });
    YES
}

pub(super) fn send_pm_to_all(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(text) = args.bytes(0) else { return NO };
    host.post(Call::PmToClasses {
        from: args.bytes(1).unwrap_or_else(|| bot_name(host.view())),
        text: without_pipe(text),
        min: args.int(2, 0),
        max: args.int(3, 10),
    });
    YES
}

/// Raw data to a class range. `delay` needs nothing: the hub batches by itself and keeps
/// the order.
fn send_to_classes(
    host: &dyn Host,
    data: Option<Bytes>,
    (min, max): (i64, i64),
    active: Option<bool>,
) -> Answer {
    match data {
        Some(data) if min <= max => {
            let to = Target::Classes { min, max, active };
            send(host, to, Wire::raw(data))
        }
        _ => NO,
    }
}

pub(super) fn send_data_to_all(host: &dyn Host, args: &Args<'_>) -> Answer {
    let range = (args.int(1, 0), args.int(2, 10));
    send_to_classes(host, args.bytes(0), range, None)
}

pub(super) fn send_to_active(host: &dyn Host, args: &Args<'_>) -> Answer {
    send_to_classes(host, args.bytes(0), (-1, 10), Some(true))
}

pub(super) fn send_to_passive(host: &dyn Host, args: &Args<'_>) -> Answer {
    send_to_classes(host, args.bytes(0), (-1, 10), Some(false))
}

pub(super) fn send_to_active_class(host: &dyn Host, args: &Args<'_>) -> Answer {
    let range = (args.int(1, 0), args.int(2, 10));
    send_to_classes(host, args.bytes(0), range, Some(true))
}

pub(super) fn send_to_passive_class(host: &dyn Host, args: &Args<'_>) -> Answer {
    let range = (args.int(1, 0), args.int(2, 10));
    send_to_classes(host, args.bytes(0), range, Some(false))
}

pub(super) fn send_data_to_user(host: &dyn Host, args: &Args<'_>) -> Answer {
    match (args.bytes(0), args.bytes(1)) {
        (Some(data), Some(nick)) if readable(host, &nick) => {
            send(host, Target::Nick(nick), Wire::raw(data))
        }
        _ => NO,
    }
}

/// The oldest documents' `(connection, text)`, where a connection is a nick.
pub(super) fn send_to_user(host: &dyn Host, args: &Args<'_>) -> Answer {
    let (Some(nick), Some(text)) = (args.bytes(0), args.bytes(1)) else {
        return NO;
    };
    if !readable(host, &nick) {
        return NO;
    }
    let data = spoken(&text).unwrap_or_else(|| chat_line(&bot_name(host.view()), text));
    send(host, Target::Nick(nick), data)
}

//! What a hook function's result means.

use bytes::Bytes;
use hub::hooks::{Hook, Substitute, Verdict};

use crate::sys::{Borrowed, unicode};
use crate::value::Converter;

/// The results nearly every call has: None, True, False and small ints.
#[inline]
pub(super) fn simple(result: Borrowed<'_>, convert: &Converter) -> Option<bool> {
    if result.is_none() || convert.one.is(result) {
        return Some(true);
    }
    if convert.zero.is(result) {
        return Some(false);
    }
    if let Some(b) = result.as_bool_constant() {
        return Some(b);
    }
    if result.is_int() {
        return Some(result.is_true().unwrap_or(true));
    }
    None
}

/// All others. What has no meaning is logged and allows.
#[cold]
pub(super) fn full(hook: Hook, result: Borrowed<'_>, convert: &Converter, script: &str) -> Verdict {
    let meant = if result.is_tuple() {
        tuple(hook, result, convert)
    } else {
        match (hook, text(result, convert)) {
            (Hook::ParsedMsgChat, Some(text)) => Some(chat(None, Some(text))),
            _ => None,
        }
    };
    meant.unwrap_or_else(|| {
        let (name, kind) = (hook.name(), result.type_name());
        if too_long(result) {
            tracing::warn!(target: "script", script, "{name} returned a text of more than {MOST} bytes, which is not taken; as if it had returned 1");
            return Verdict::ALLOW;
        }
        let at = result.at();
        let shown: String = result.to_str_quietly(&at).chars().take(200).collect();
        tracing::warn!(target: "script", script, "{name} returned {kind} {shown:?}, which means nothing here; taken as 1");
        Verdict::ALLOW
    })
}

fn chat(nick: Option<Bytes>, text: Option<Bytes>) -> Verdict {
    Verdict {
        substitute: Some(Box::new(Substitute::Chat { nick, text })),
        ..Verdict::ALLOW
    }
}

/// What a hook may return in bytes of text: well below what a client may have unread.
const MOST: usize = 64 << 10;

fn text(object: Borrowed<'_>, convert: &Converter) -> Option<Bytes> {
    if unicode::length(object) > MOST {
        return None;
    }
    let text = convert.text.encode_to_send(object)?.into_bytes();
    (text.len() <= MOST).then_some(text)
}

/// Whether it, or something in it, is a text that is too long.
fn too_long(result: Borrowed<'_>) -> bool {
    let long = |object: Borrowed<'_>| unicode::length(object) > MOST / 4;
    long(result) || result.is_tuple() && result.tuple_items().any(long)
}

fn tuple(hook: Hook, result: Borrowed<'_>, convert: &Converter) -> Option<Verdict> {
    let items: Vec<Borrowed<'_>> = result.tuple_items().collect();
    match (hook, items.as_slice()) {
        (Hook::ParsedMsgMyINFO | Hook::FirstMyINFO, [_, _, _, _, _]) => {
            let mut fields = [const { None }; 5];
            for (field, item) in fields.iter_mut().zip(items) {
                *field = if item.is_none() {
                    None
                } else if item.is_int() && !item.is_bool() {
                    let at = item.at();
                    Some(text(*item.to_str(&at).ok()?, convert)?)
                } else {
                    Some(text(item, convert)?)
                };
            }
            let substitute = fields.iter().any(Option::is_some);
            Some(Verdict {
                substitute: substitute.then(|| Box::new(Substitute::MyInfo(fields))),
                ..Verdict::ALLOW
            })
        }
        (_, [reply, verdict]) if verdict.is_int() => {
            let reply = text(*reply, convert)?;
            let mut answer = Verdict {
                allow: verdict.is_true().unwrap_or(true),
                ..Verdict::ALLOW
            };
            if !reply.is_empty() {
                answer.replies.push(with_pipe(reply));
            }
            Some(answer)
        }
        (Hook::ParsedMsgChat, [nick, message]) => {
            let part = |o: Borrowed<'_>| match o.is_none() {
                true => Some(None),
                false => text(o, convert).map(Some),
            };
            let (nick, message) = (part(*nick)?, part(*message)?);
            if nick.is_none() && message.is_none() {
                return Some(Verdict::ALLOW);
            }
            Some(chat(nick, message))
        }
        _ => None,
    }
}

/// A raw message ends with a pipe.
fn with_pipe(text: Bytes) -> Bytes {
    if text.ends_with(b"|") {
        return text;
    }
    let mut with = Vec::with_capacity(text.len() + 1);
    with.extend_from_slice(&text);
    with.push(b'|');
    with.into()
}

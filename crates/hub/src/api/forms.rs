//! Which argument is which in calls whose order changed between versions of the documents
//! (`vh.pm`, `vh.usermc`).

use bytes::Bytes;

use super::args::Args;
use super::args::bytes_of;
use crate::value::Value;
use crate::view::View;

/// A private message or line, its parts sorted out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Letter {
    pub nick: Bytes,
    pub text: Bytes,
    pub from: Option<Bytes>,
    pub shown: Option<Bytes>,
}

/// The order of the parts where it is settled.
const NICK: usize = 0;
const TEXT: usize = 1;
const FROM: usize = 2;
const SHOWN: usize = 3;

/// The name the hub itself speaks by.
pub(super) fn bot_name(view: &View) -> Bytes {
    view.config().identity.hub_security.clone()
}

/// Sorts out `vh.pm`, whose slots are nick, message, from_nick, shown_nick.
pub(super) fn pm(view: &View, args: &Args<'_>) -> Option<Letter> {
    let given = args.in_order();
    if args.by_keyword(NICK) || args.by_keyword(TEXT) {
        return named(args, &given);
    }
    let part = |i: usize| given.get(i).and_then(|v| bytes_of(v));
    let mut letter = match given.len() {
        2 => {
            let (nick, text) = nick_and_text(view, part(0)?, part(1)?);
            Letter {
                nick,
                text,
                ..Letter::default()
            }
        }
        3 => of_three(view, part(0), part(1)?, part(2)?),
        4 => {
            let (nick, text) = nick_and_text(view, part(0)?, part(1)?);
            Letter {
                nick,
                text,
                from: part(2),
                shown: part(3),
            }
        }
        _ => return None,
    };
    pin_senders(args, &mut letter);
    Some(letter)
}

/// Three parts have come as (text, nick, from), (from, nick, text) and, as the table has them,
/// (nick, text, from). Who is there tells most: somebody first and a sender last is the table's
/// order, whatever the text is. Where nothing tells it is the second form.
fn of_three(view: &View, first: Option<Bytes>, second: Bytes, third: Bytes) -> Letter {
    let shown = None;
    match first {
        Some(nick) if begins_with_nick(view, &nick, &second, &third) => Letter {
            nick,
            text: second,
            from: Some(third),
            shown,
        },
        Some(text) if is_text(view, &text, &third) => Letter {
            nick: second,
            text,
            from: Some(third),
            shown,
        },
        from => Letter {
            nick: second,
            text: third,
            from,
            shown,
        },
    }
}

/// Whether three parts are nick, text and sender.
fn begins_with_nick(view: &View, first: &[u8], second: &[u8], third: &[u8]) -> bool {
    if !can_be_nick(first) || !can_be_nick(third) {
        return false;
    }
    // A word, for somebody who is there: it is nobody's nick, or the sender is known.
    let word = || !known(view, second) || known(view, third);
    !can_be_nick(second) || view.with_user(first, |u| !u.bot) == Some(true) && word()
}

/// Sorts out `vh.usermc`, whose slots are nick, message, from_nick.
pub(super) fn usermc(view: &View, args: &Args<'_>) -> Option<Letter> {
    let given = args.in_order();
    if args.by_keyword(NICK) || args.by_keyword(TEXT) {
        return named(args, &given);
    }
    let part = |i: usize| given.get(i).and_then(|v| bytes_of(v));
    let (nick, text) = nick_and_text(view, part(0)?, part(1)?);
    let mut letter = Letter {
        nick,
        text,
        from: part(2),
        shown: None,
    };
    pin_senders(args, &mut letter);
    Some(letter)
}

/// Keywords say what is what; the rest takes the free places in order.
fn named(args: &Args<'_>, given: &[&Value<'_>]) -> Option<Letter> {
    let mut rest = given.iter();
    let mut parts = [NICK, TEXT, FROM, SHOWN].map(|slot| match args.by_keyword(slot) {
        true => args.bytes(slot),
        false => rest.next().and_then(|v| bytes_of(v)),
    });
    Some(Letter {
        nick: parts[NICK].take()?,
        text: parts[TEXT].take()?,
        from: parts[FROM].take(),
        shown: parts[SHOWN].take(),
    })
}

fn pin_senders(args: &Args<'_>, letter: &mut Letter) {
    if args.by_keyword(FROM) {
        letter.from = args.bytes(FROM);
    }
    if args.by_keyword(SHOWN) {
        letter.shown = args.bytes(SHOWN);
    }
}

/// Two arguments in either order. Nick first when nothing tells.
fn nick_and_text(view: &View, a: Bytes, b: Bytes) -> (Bytes, Bytes) {
    let only_second = |a: bool, b: bool| !a && b;
    let swap = match (online(view, &a), online(view, &b)) {
        (a, b) if a != b => only_second(a, b),
        _ => only_second(can_be_nick(&a), can_be_nick(&b)),
    };
    if swap { (b, a) } else { (a, b) }
}

/// Whether `first` is the text and `last` the sender of a three-part `vh.pm`.
fn is_text(view: &View, first: &[u8], last: &[u8]) -> bool {
    match (can_be_nick(first), can_be_nick(last)) {
        (a, b) if a != b => b,
        _ => !known(view, first) && known(view, last),
    }
}

fn can_be_nick(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|b| b" \r\n$|<>".contains(b))
}

/// A user or bot of this exact nick is there.
pub(super) fn online(view: &View, nick: &[u8]) -> bool {
    view.with_user(nick, |_| ()).is_some()
}

fn known(view: &View, nick: &[u8]) -> bool {
    online(view, nick) || {
        let config = view.config();
        nick == config.identity.hub_security || nick == config.identity.opchat_name
    }
}

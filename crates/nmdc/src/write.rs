//! Messages from the hub to a client, appended to a [`WireBuf`] with their `|`.
//!
//! Each text is escaped as its place needs (see [`crate::wire`]), so that it stays a part of its
//! message: `|` everywhere, `$` where the field would end at it. What is escaped already stays as it
//! is. Searches, results and `$MyINFO` have their writers beside their parsers.

use crate::ctm::ConnectToMe;
use crate::wire::Part::{Fixed, Line, Text};
use crate::wire::{Items, WireBuf};

macro_rules! plain {
    ($( $(#[doc = $doc:literal])* $name:ident = $wire:literal; )*) => { $(
        $(#[doc = $doc])*
        pub fn $name(out: &mut WireBuf) {
            out.message(&[Fixed($wire)]);
        }
    )* };
}

plain! {
    /// `|`: the hub is alive.
    ping = b"";
    /// `$GetPass|`: the nick is registered, its password is wanted.
    get_pass = b"$GetPass";
    /// `$BadPass|`: the password was wrong.
    bad_pass = b"$BadPass";
    /// `$GetHubURL|`: asks for the address by which the client came.
    get_hub_url = b"$GetHubURL";
    /// `$HubIsFull|`
    hub_is_full = b"$HubIsFull";
    /// `$ZOn|`: what follows is a zlib stream (ZPipe).
    z_on = b"$ZOn";
}

macro_rules! one_text {
    ($( $(#[doc = $doc:literal])* $name:ident = $word:literal, $part:ident; )*) => { $(
        $(#[doc = $doc])*
        pub fn $name(text: &[u8], out: &mut WireBuf) {
            out.message(&[Fixed($word), $part(text)]);
        }
    )* };
}

one_text! {
    /// `$Hello nick|`: the nick is accepted.
    hello = b"$Hello ", Line;
    /// `$LogedIn nick|` (so spelt): the user is an operator.
    loged_in = b"$LogedIn ", Line;
    /// `$ValidateDenide nick|` (so spelt): the nick is taken.
    validate_denide = b"$ValidateDenide ", Line;
    /// `$Quit nick|`: a user left.
    quit = b"$Quit ", Line;
    /// `$ForceMove address|`: go to another hub.
    force_move = b"$ForceMove ", Line;
    /// `$HubTopic topic|`
    hub_topic = b"$HubTopic ", Text;
    /// `$FailOver addresses|`: where to go when this hub is down.
    fail_over = b"$FailOver ", Line;
    /// `$Error text|`, such as `CTM2HUB`.
    error = b"$Error ", Text;
    /// `$SetIcon url|`
    set_icon = b"$SetIcon ", Line;
    /// `$SetLogo url|`
    set_logo = b"$SetLogo ", Line;
    /// `$UserCommand type context ...|`: a menu entry; `text` is everything after the word.
    user_command = b"$UserCommand ", Text;
}

/// `$Lock lock Pk=pk|`: the first thing a client is told.
pub fn lock(lock: &[u8], pk: &[u8], out: &mut WireBuf) {
    out.message(&[Fixed(b"$Lock "), Text(lock), Fixed(b" Pk="), Text(pk)]);
}

/// `$Supports a b |`: the extensions both sides know, each followed by a space.
pub fn supports<T: AsRef<[u8]>>(features: impl IntoIterator<Item = T>, out: &mut WireBuf) {
    out.put(Fixed(b"$Supports "));
    for feature in features {
        out.put(Line(feature.as_ref()));
        out.put(Fixed(b" "));
    }
    out.end();
}

/// `$HubName name|`, or `$HubName name - topic|`.
pub fn hub_name(name: &[u8], topic: Option<&[u8]>, out: &mut WireBuf) {
    out.put(Fixed(b"$HubName "));
    out.put(Text(name));
    if let Some(topic) = topic {
        out.put(Fixed(b" - "));
        out.put(Text(topic));
    }
    out.end();
}

/// `<nick> text|`: a line of main chat.
pub fn chat(nick: &[u8], text: &[u8], out: &mut WireBuf) {
    out.message(&[Fixed(b"<"), Text(nick), Fixed(b"> "), Text(text)]);
}

/// `** nick text|`: what somebody does (`+me`).
pub fn action(nick: &[u8], text: &[u8], out: &mut WireBuf) {
    out.message(&[Fixed(b"** "), Text(nick), Fixed(b" "), Text(text)]);
}

/// `text|`: a line that nobody says, which can be neither a command of the protocol nor somebody's.
pub fn remark(text: &[u8], out: &mut WireBuf) {
    let apart: &[u8] = match text.first() {
        Some(b'$' | b'<') => b" ",
        _ => b"",
    };
    out.message(&[Text(apart), Text(text)]);
}

/// `$To: to From: from $<shown> text|`: a private message. Answers go to `from`, a nick or a
/// room; `shown` is who speaks.
pub fn private(to: &[u8], from: &[u8], shown: &[u8], text: &[u8], out: &mut WireBuf) {
    out.message(&[
        Fixed(b"$To: "),
        Line(to),
        Fixed(b" From: "),
        Line(from),
        Fixed(b" $<"),
        Text(shown),
        Fixed(b"> "),
        Text(text),
    ]);
}

/// `$MCTo: to $from text|`: a private message shown in main chat.
pub fn mcto(to: &[u8], from: &[u8], text: &[u8], out: &mut WireBuf) {
    out.message(&[
        Fixed(b"$MCTo: "),
        Line(to),
        Fixed(b" $"),
        Line(from),
        Fixed(b" "),
        Text(text),
    ]);
}

/// `$ConnectToMe to ip:portsuffix|`
pub fn connect_to_me(to: &[u8], ip: &[u8], port: &[u8], suffix: &[u8], out: &mut WireBuf) {
    let message = ConnectToMe {
        to,
        ip,
        port,
        suffix,
    };
    message.write(out);
}

/// `$RevConnectToMe from to|`
pub fn rev_connect_to_me(from: &[u8], to: &[u8], out: &mut WireBuf) {
    out.message(&[
        Fixed(b"$RevConnectToMe "),
        Line(from),
        Fixed(b" "),
        Line(to),
    ]);
}

/// `$OpList a$$b$$|`: who is an operator.
pub fn op_list<T: AsRef<[u8]>>(nicks: impl IntoIterator<Item = T>, out: &mut WireBuf) {
    list(b"$OpList ", nicks, out);
}

/// `$NickList a$$b$$|`: who is here.
pub fn nick_list<T: AsRef<[u8]>>(nicks: impl IntoIterator<Item = T>, out: &mut WireBuf) {
    list(b"$NickList ", nicks, out);
}

/// `$BotList a$$b$$|`: who is no human.
pub fn bot_list<T: AsRef<[u8]>>(nicks: impl IntoIterator<Item = T>, out: &mut WireBuf) {
    list(b"$BotList ", nicks, out);
}

fn list<T: AsRef<[u8]>>(
    word: &'static [u8],
    nicks: impl IntoIterator<Item = T>,
    out: &mut WireBuf,
) {
    out.put(Fixed(word));
    for nick in nicks {
        out.put(Line(nick.as_ref()));
        out.put(Fixed(b"$$"));
    }
    out.end();
}

/// Which list [`whole_list`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `$NickList`
    Nicks,
    /// `$OpList`
    Ops,
    /// `$BotList`
    Bots,
    /// `$UserIP`
    Addresses,
}

/// A list whose items are kept ready.
pub fn whole_list(list: List, items: &Items, out: &mut WireBuf) {
    out.put(Fixed(match list {
        List::Nicks => b"$NickList ",
        List::Ops => b"$OpList ",
        List::Bots => b"$BotList ",
        List::Addresses => b"$UserIP ",
    }));
    out.put_items(items);
    out.end();
}

/// `$UserIP nick ip$$nick ip$$|`
pub fn user_ip<N: AsRef<[u8]>, I: AsRef<[u8]>>(
    pairs: impl IntoIterator<Item = (N, I)>,
    out: &mut WireBuf,
) {
    let mut items = Items::default();
    for (nick, ip) in pairs {
        items.push_address(nick.as_ref(), ip.as_ref());
    }
    whole_list(List::Addresses, &items, out);
}

/// `$UsersWithIP ip$$$a$$b|`: the answer to `$WhoIP`.
pub fn users_with_ip<T: AsRef<[u8]>>(
    ip: &[u8],
    nicks: impl IntoIterator<Item = T>,
    out: &mut WireBuf,
) {
    out.put(Fixed(b"$UsersWithIP "));
    out.put(Line(ip));
    out.put(Fixed(b"$$$"));
    for (index, nick) in nicks.into_iter().enumerate() {
        out.put(Fixed(if index == 0 { b"" } else { b"$$" }));
        out.put(Line(nick.as_ref()));
    }
    out.end();
}

/// `$HubINFO a$b$c|`: what a hub list's robot is told, fields in the order of section 2.
pub fn hub_info<T: AsRef<[u8]>>(fields: impl IntoIterator<Item = T>, out: &mut WireBuf) {
    out.put(Fixed(b"$HubINFO "));
    for (index, field) in fields.into_iter().enumerate() {
        out.put(Fixed(if index == 0 { b"" } else { b"$" }));
        out.put(Line(field.as_ref()));
    }
    out.end();
}

/// Why a nick is refused, for clients with NickRule (1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNick<'a> {
    /// Shorter than this.
    Min(u64),
    /// Longer than this.
    Max(u64),
    /// It holds these bytes.
    Char(&'a [u8]),
    /// It lacks one of these prefixes, given as they shall be shown; empty when the prefix it
    /// has is the trouble (`[OP]`).
    Pref(&'a [u8]),
}

/// `$BadNick Min 1|`, `$BadNick Max 64|`, `$BadNick Char 60 62|`, `$BadNick Pref list|` or
/// `$BadNick Pref|`.
pub fn bad_nick(why: &BadNick<'_>, out: &mut WireBuf) {
    out.put(Fixed(b"$BadNick "));
    match why {
        BadNick::Min(least) => numbered(b"Min ", *least, out),
        BadNick::Max(most) => numbered(b"Max ", *most, out),
        BadNick::Char(bytes) => codes(bytes, out),
        BadNick::Pref(b"") => out.put(Fixed(b"Pref")),
        BadNick::Pref(prefixes) => {
            out.put(Fixed(b"Pref "));
            out.put(Line(prefixes));
        }
    }
    out.end();
}

/// The rules for nicks, told to clients with NickRule (1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NickRule<'a> {
    /// Least length; shown as at most 255.
    pub min: u64,
    /// Greatest length.
    pub max: u64,
    /// Bytes that may not stand in a nick.
    pub chars: &'a [u8],
    /// Prefixes of which one is needed; empty for none.
    pub prefixes: &'a [u8],
}

/// `$NickRule Min 1$$Max 64$$Char 60 62$$|`, with `Pref list$$` when there are any.
pub fn nick_rule(rule: &NickRule<'_>, out: &mut WireBuf) {
    numbered(b"$NickRule Min ", rule.min.min(255), out);
    numbered(b"$$Max ", rule.max, out);
    out.put(Fixed(b"$$"));
    codes(rule.chars, out);
    out.put(Fixed(b"$$"));
    if !rule.prefixes.is_empty() {
        out.put(Fixed(b"Pref "));
        out.put(Line(rule.prefixes));
        out.put(Fixed(b"$$"));
    }
    out.end();
}

/// The rules for searches, told to clients with SearchRule (1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchRule {
    /// Least length of a pattern.
    pub min: u64,
    /// Greatest length of the message.
    pub max: u64,
    /// Searches allowed within one interval.
    pub num: u64,
    /// Seconds between active searches; -1 when the user may not search at all.
    pub int: i64,
    /// The same for passive ones.
    pub int_pas: i64,
    /// Share needed to search, in bytes, if any.
    pub share: Option<u64>,
}

/// `$SearchRule Min a$$Max b$$Num c$$Int d$$IntPas e|`, with `$$Share bytes` when one is needed.
pub fn search_rule(rule: &SearchRule, out: &mut WireBuf) {
    numbered(b"$SearchRule Min ", rule.min, out);
    numbered(b"$$Max ", rule.max, out);
    numbered(b"$$Num ", rule.num, out);
    signed(b"$$Int ", rule.int, out);
    signed(b"$$IntPas ", rule.int_pas, out);
    if let Some(share) = rule.share {
        numbered(b"$$Share ", share, out);
    }
    out.end();
}

fn numbered(word: &'static [u8], number: u64, out: &mut WireBuf) {
    out.put(Fixed(word));
    out.put_number(number);
}

fn signed(word: &'static [u8], number: i64, out: &mut WireBuf) {
    out.put(Fixed(word));
    out.put(Fixed(if number < 0 { b"-" } else { b"" }));
    out.put_number(number.unsigned_abs());
}

/// `Char 60 62`
fn codes(bytes: &[u8], out: &mut WireBuf) {
    out.put(Fixed(b"Char"));
    for &byte in bytes {
        numbered(b" ", u64::from(byte), out);
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;

//! Messages from the hub to a client, appended to a buffer with their `|`.
//!
//! Nothing is escaped: a `|` inside a text ends the message there, which scripts use on purpose
//! to send several at once. Texts of users never hold one, because it would have ended their
//! own message. Searches, results and `$MyINFO` have their writers beside their parsers.

use bytes::{BufMut, BytesMut};

use crate::ctm::ConnectToMe;
use crate::scan::{put, put_number};

macro_rules! plain {
    ($( $(#[doc = $doc:literal])* $name:ident = $wire:literal; )*) => { $(
        $(#[doc = $doc])*
        pub fn $name(out: &mut BytesMut) {
            put(out, &[$wire]);
        }
    )* };
}

plain! {
    /// `|`: the hub is alive.
    ping = b"|";
    /// `$GetPass|`: the nick is registered, its password is wanted.
    get_pass = b"$GetPass|";
    /// `$BadPass|`: the password was wrong.
    bad_pass = b"$BadPass|";
    /// `$GetHubURL|`: asks for the address by which the client came.
    get_hub_url = b"$GetHubURL|";
    /// `$HubIsFull|`
    hub_is_full = b"$HubIsFull|";
    /// `$ZOn|`: what follows is a zlib stream (ZPipe).
    z_on = b"$ZOn|";
}

macro_rules! one_text {
    ($( $(#[doc = $doc:literal])* $name:ident = $word:literal; )*) => { $(
        $(#[doc = $doc])*
        pub fn $name(text: &[u8], out: &mut BytesMut) {
            put(out, &[$word, text, b"|"]);
        }
    )* };
}

one_text! {
    /// `$Hello nick|`: the nick is accepted.
    hello = b"$Hello ";
    /// `$LogedIn nick|` (so spelt): the user is an operator.
    loged_in = b"$LogedIn ";
    /// `$ValidateDenide nick|` (so spelt): the nick is taken.
    validate_denide = b"$ValidateDenide ";
    /// `$Quit nick|`: a user left.
    quit = b"$Quit ";
    /// `$ForceMove address|`: go to another hub.
    force_move = b"$ForceMove ";
    /// `$HubTopic topic|`
    hub_topic = b"$HubTopic ";
    /// `$FailOver addresses|`: where to go when this hub is down.
    fail_over = b"$FailOver ";
    /// `$Error text|`, such as `CTM2HUB`.
    error = b"$Error ";
    /// `$SetIcon url|`
    set_icon = b"$SetIcon ";
    /// `$SetLogo url|`
    set_logo = b"$SetLogo ";
    /// `$UserCommand type context ...|`: a menu entry; `text` is everything after the word.
    user_command = b"$UserCommand ";
}

/// `$Lock lock Pk=pk|`: the first thing a client is told.
pub fn lock(lock: &[u8], pk: &[u8], out: &mut BytesMut) {
    put(out, &[b"$Lock ", lock, b" Pk=", pk, b"|"]);
}

/// `$Supports a b |`: the extensions both sides know, each followed by a space.
pub fn supports<T: AsRef<[u8]>>(features: impl IntoIterator<Item = T>, out: &mut BytesMut) {
    out.put_slice(b"$Supports ");
    for feature in features {
        put(out, &[feature.as_ref(), b" "]);
    }
    out.put_u8(b'|');
}

/// `$HubName name|`, or `$HubName name - topic|`.
pub fn hub_name(name: &[u8], topic: Option<&[u8]>, out: &mut BytesMut) {
    put(out, &[b"$HubName ", name]);
    if let Some(topic) = topic {
        put(out, &[b" - ", topic]);
    }
    out.put_u8(b'|');
}

/// `<nick> text|`: a line of main chat.
pub fn chat(nick: &[u8], text: &[u8], out: &mut BytesMut) {
    put(out, &[b"<", nick, b"> ", text, b"|"]);
}

/// `$To: to From: from $<shown> text|`: a private message. Answers go to `from`, a nick or a
/// room; `shown` is who speaks.
pub fn private(to: &[u8], from: &[u8], shown: &[u8], text: &[u8], out: &mut BytesMut) {
    let parts = [
        b"$To: ", to, b" From: ", from, b" $<", shown, b"> ", text, b"|",
    ];
    put(out, &parts);
}

/// `$MCTo: to $from text|`: a private message shown in main chat.
pub fn mcto(to: &[u8], from: &[u8], text: &[u8], out: &mut BytesMut) {
    put(out, &[b"$MCTo: ", to, b" $", from, b" ", text, b"|"]);
}

/// `$ConnectToMe to ip:portsuffix|`
pub fn connect_to_me(to: &[u8], ip: &[u8], port: &[u8], suffix: &[u8], out: &mut BytesMut) {
    let message = ConnectToMe {
        to,
        ip,
        port,
        suffix,
    };
    message.write(out);
}

/// `$RevConnectToMe from to|`
pub fn rev_connect_to_me(from: &[u8], to: &[u8], out: &mut BytesMut) {
    put(out, &[b"$RevConnectToMe ", from, b" ", to, b"|"]);
}

/// `$OpList a$$b$$|`: who is an operator.
pub fn op_list<T: AsRef<[u8]>>(nicks: impl IntoIterator<Item = T>, out: &mut BytesMut) {
    list(b"$OpList ", nicks, out);
}

/// `$NickList a$$b$$|`: who is here.
pub fn nick_list<T: AsRef<[u8]>>(nicks: impl IntoIterator<Item = T>, out: &mut BytesMut) {
    list(b"$NickList ", nicks, out);
}

/// `$BotList a$$b$$|`: who is no human.
pub fn bot_list<T: AsRef<[u8]>>(nicks: impl IntoIterator<Item = T>, out: &mut BytesMut) {
    list(b"$BotList ", nicks, out);
}

fn list<T: AsRef<[u8]>>(word: &[u8], nicks: impl IntoIterator<Item = T>, out: &mut BytesMut) {
    out.put_slice(word);
    for nick in nicks {
        put(out, &[nick.as_ref(), b"$$"]);
    }
    out.put_u8(b'|');
}

/// `$UserIP nick ip$$nick ip$$|`
pub fn user_ip<N: AsRef<[u8]>, I: AsRef<[u8]>>(
    pairs: impl IntoIterator<Item = (N, I)>,
    out: &mut BytesMut,
) {
    out.put_slice(b"$UserIP ");
    for (nick, ip) in pairs {
        put(out, &[nick.as_ref(), b" ", ip.as_ref(), b"$$"]);
    }
    out.put_u8(b'|');
}

/// `$UsersWithIP ip$$$a$$b|`: the answer to `$WhoIP`.
pub fn users_with_ip<T: AsRef<[u8]>>(
    ip: &[u8],
    nicks: impl IntoIterator<Item = T>,
    out: &mut BytesMut,
) {
    put(out, &[b"$UsersWithIP ", ip, b"$$$"]);
    for (index, nick) in nicks.into_iter().enumerate() {
        let between: &[u8] = if index == 0 { b"" } else { b"$$" };
        put(out, &[between, nick.as_ref()]);
    }
    out.put_u8(b'|');
}

/// `$HubINFO a$b$c|`: what a hub list's robot is told, fields in the order of section 2.
pub fn hub_info<T: AsRef<[u8]>>(fields: impl IntoIterator<Item = T>, out: &mut BytesMut) {
    out.put_slice(b"$HubINFO ");
    for (index, field) in fields.into_iter().enumerate() {
        let between: &[u8] = if index == 0 { b"" } else { b"$" };
        put(out, &[between, field.as_ref()]);
    }
    out.put_u8(b'|');
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
pub fn bad_nick(why: &BadNick<'_>, out: &mut BytesMut) {
    out.put_slice(b"$BadNick ");
    match why {
        BadNick::Min(least) => numbered(b"Min ", *least, out),
        BadNick::Max(most) => numbered(b"Max ", *most, out),
        BadNick::Char(bytes) => codes(bytes, out),
        BadNick::Pref(b"") => out.put_slice(b"Pref"),
        BadNick::Pref(prefixes) => put(out, &[b"Pref ", prefixes]),
    }
    out.put_u8(b'|');
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
pub fn nick_rule(rule: &NickRule<'_>, out: &mut BytesMut) {
    numbered(b"$NickRule Min ", rule.min.min(255), out);
    numbered(b"$$Max ", rule.max, out);
    out.put_slice(b"$$");
    codes(rule.chars, out);
    out.put_slice(b"$$");
    if !rule.prefixes.is_empty() {
        put(out, &[b"Pref ", rule.prefixes, b"$$"]);
    }
    out.put_u8(b'|');
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
pub fn search_rule(rule: &SearchRule, out: &mut BytesMut) {
    numbered(b"$SearchRule Min ", rule.min, out);
    numbered(b"$$Max ", rule.max, out);
    numbered(b"$$Num ", rule.num, out);
    signed(b"$$Int ", rule.int, out);
    signed(b"$$IntPas ", rule.int_pas, out);
    if let Some(share) = rule.share {
        numbered(b"$$Share ", share, out);
    }
    out.put_u8(b'|');
}

fn numbered(word: &[u8], number: u64, out: &mut BytesMut) {
    out.put_slice(word);
    put_number(out, number);
}

fn signed(word: &[u8], number: i64, out: &mut BytesMut) {
    out.put_slice(word);
    if number < 0 {
        out.put_u8(b'-');
    }
    put_number(out, number.unsigned_abs());
}

/// `Char 60 62`
fn codes(bytes: &[u8], out: &mut BytesMut) {
    out.put_slice(b"Char");
    for &byte in bytes {
        numbered(b" ", u64::from(byte), out);
    }
}

/// Appends a message from a script, with a `|` when it does not end in one. An empty one stays
/// nothing.
pub fn ensure_pipe(message: &[u8], out: &mut BytesMut) {
    out.put_slice(message);
    if message.last().is_some_and(|&last| last != b'|') {
        out.put_u8(b'|');
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;

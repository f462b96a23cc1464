//! Bytes that are messages: nothing else may go to a client.
//!
//! A text of a user, a setting, the database or a script is never a message, whatever it holds.
//! So [`Wire`] has no constructor that takes bytes as they are, but for [`Wire::raw`]: the writers
//! in [`mod@crate::write`] and beside the parsers escape each text they put in, and
//! [`Wire::forward`] passes on what came as one message.

use std::ops::Deref;

use bytes::Bytes;
use memchr::{memchr2, memmem};

use crate::scan::{put_number, split_once};

/// What ends each item of a list.
const ITEM_END: &[u8] = b"$$";

/// Whole messages, pipes included, ready to be sent. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Wire {
    bytes: Bytes,
    messages: usize,
}

impl Wire {
    /// What `write` appends.
    pub fn of(write: impl FnOnce(&mut WireBuf)) -> Wire {
        let mut out = WireBuf::new();
        write(&mut out);
        out.finish()
    }

    /// A message as it came from a client, without its pipe: passed on as it is. A pipe, which no
    /// frame can hold, is escaped.
    pub fn forward(frame: &[u8]) -> Wire {
        Wire::of(|out| out.message(&[Part::Text(frame)]))
    }

    /// Messages as somebody wants them sent who may speak the protocol himself, a missing last
    /// pipe added: the data functions of scripts and what their hooks return as `(text, 0)`.
    /// **Nothing else**: whatever is a text goes through a writer.
    pub fn raw(messages: impl Into<Bytes>) -> Wire {
        let bytes: Bytes = messages.into();
        let bytes = match bytes.last() {
            None | Some(b'|') => bytes,
            Some(_) => [&bytes[..], b"|"].concat().into(),
        };
        let messages = memchr::memchr_iter(b'|', &bytes).count();
        Wire { bytes, messages }
    }

    /// How many messages were meant. As no text can end one, so many pipes are in.
    pub const fn messages(&self) -> usize {
        self.messages
    }

    /// The bytes, for the socket.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// A single message as scripts see it, without its pipe.
    pub fn without_pipe(&self) -> Bytes {
        match self.bytes.len() {
            0 => Bytes::new(),
            len => self.bytes.slice(..len - 1),
        }
    }
}

impl Deref for Wire {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A piece of a message; all but the protocol's own words are escaped as it needs.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// The protocol's own bytes.
    Fixed(&'static [u8]),
    /// Text that ends where the message does: `|` is escaped.
    Text(&'a [u8]),
    /// A field that ends at `$`: `$` and `|` are escaped.
    Field(&'a [u8]),
    /// The same of what is shown in a list: line breaks and NUL become blanks, too.
    Line(&'a [u8]),
}

impl Part<'_> {
    const fn len(&self) -> usize {
        match self {
            Part::Fixed(t) | Part::Text(t) | Part::Field(t) | Part::Line(t) => t.len(),
        }
    }
}

/// Messages being written. Only the writers of this crate can append to it.
#[derive(Debug, Clone, Default)]
pub struct WireBuf {
    bytes: Vec<u8>,
    messages: usize,
}

impl WireBuf {
    /// Nothing yet.
    pub const fn new() -> WireBuf {
        WireBuf {
            bytes: Vec::new(),
            messages: 0,
        }
    }

    /// Nothing yet, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> WireBuf {
        WireBuf {
            bytes: Vec::with_capacity(bytes),
            messages: 0,
        }
    }

    /// What was written.
    pub fn finish(self) -> Wire {
        Wire {
            bytes: self.bytes.into(),
            messages: self.messages,
        }
    }

    /// Appends messages that are there already.
    pub fn append(&mut self, more: &Wire) {
        self.bytes.extend_from_slice(more);
        self.messages += more.messages;
    }

    /// Appends all of `more`.
    pub fn append_all(&mut self, more: &WireBuf) {
        self.bytes.extend_from_slice(&more.bytes);
        self.messages += more.messages;
    }

    /// Puts `new` in place of the first message `old`; false when there is none.
    pub fn replace(&mut self, old: &Wire, new: &Wire) -> bool {
        let done = replace(&mut self.bytes, b"|", old, new);
        if done {
            self.messages = (self.messages + new.messages).saturating_sub(old.messages);
        }
        done
    }

    /// Takes everything out, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.messages = 0;
    }

    /// Appends one message of these parts, and its pipe.
    pub(crate) fn message(&mut self, parts: &[Part<'_>]) {
        let len: usize = parts.iter().map(Part::len).sum();
        self.bytes.reserve(len + 1);
        for part in parts {
            self.put(*part);
        }
        self.end();
    }

    /// Appends a part of a message.
    pub(crate) fn put(&mut self, part: Part<'_>) {
        match part {
            Part::Fixed(text) => self.bytes.extend_from_slice(text),
            Part::Text(text) => put_text(&mut self.bytes, text),
            Part::Field(text) if memchr2(b'$', b'|', text).is_none() => {
                self.bytes.extend_from_slice(text);
            }
            Part::Field(text) => text.iter().for_each(|b| put_byte(&mut self.bytes, *b)),
            Part::Line(text) => put_line(&mut self.bytes, text),
        }
    }

    pub(crate) fn put_items(&mut self, items: &Items) {
        self.bytes.extend_from_slice(items);
    }

    pub(crate) fn put_number(&mut self, number: u64) {
        put_number(&mut self.bytes, number);
    }

    /// Appends one message that was written before, with its pipe.
    pub(crate) fn again(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.messages += 1;
    }

    /// Ends a message.
    pub(crate) fn end(&mut self) {
        self.bytes.push(b'|');
        self.messages += 1;
    }
}

impl Deref for WireBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some((before, after)) = split_once(rest, b'|') {
        out.extend_from_slice(before);
        out.extend_from_slice(b"&#124;");
        rest = after;
    }
    out.extend_from_slice(rest);
}

fn put_byte(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'$' => out.extend_from_slice(b"&#36;"),
        b'|' => out.extend_from_slice(b"&#124;"),
        _ => out.push(byte),
    }
}

fn put_line(out: &mut Vec<u8>, text: &[u8]) {
    if !text
        .iter()
        .any(|b| matches!(b, b'$' | b'|' | b'\r' | b'\n' | 0))
    {
        out.extend_from_slice(text);
        return;
    }
    for byte in text {
        match byte {
            b'\r' | b'\n' | 0 => out.push(b' '),
            byte => put_byte(out, *byte),
        }
    }
}

/// The items of `$NickList` and its like, each with its `$$`: `a$$b$$`.
#[derive(Debug, Clone, Default)]
pub struct Items(Vec<u8>);

impl Items {
    /// Appends a nick.
    pub fn push(&mut self, nick: &[u8]) {
        put_line(&mut self.0, nick);
        self.0.extend_from_slice(ITEM_END);
    }

    /// Appends a nick with its address.
    pub fn push_address(&mut self, nick: &[u8], ip: &[u8]) {
        put_line(&mut self.0, nick);
        self.0.push(b' ');
        put_line(&mut self.0, ip);
        self.0.extend_from_slice(ITEM_END);
    }

    /// Takes out what [`push`](Self::push) appended; false when it is not there.
    pub fn remove(&mut self, nick: &[u8]) -> bool {
        let mut item = Items::default();
        item.push(nick);
        replace(&mut self.0, ITEM_END, &item.0, b"")
    }

    /// Takes out what [`push_address`](Self::push_address) appended.
    pub fn remove_address(&mut self, nick: &[u8], ip: &[u8]) -> bool {
        let mut item = Items::default();
        item.push_address(nick, ip);
        replace(&mut self.0, ITEM_END, &item.0, b"")
    }

    /// Takes everything out, and keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Deref for Items {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Puts `new` in place of the first item `old`, where each item ends with `end`; false when there
/// is none.
fn replace(list: &mut Vec<u8>, end: &[u8], old: &[u8], new: &[u8]) -> bool {
    let stands_alone = |at: &usize| *at == 0 || list.get(..*at).is_some_and(|l| l.ends_with(end));
    let Some(at) = memmem::find_iter(list, old).find(stands_alone) else {
        return false;
    };
    let old = at..at + old.len();
    if new.is_empty() {
        list.drain(old);
    } else {
        list.splice(old, new.iter().copied());
    }
    true
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;

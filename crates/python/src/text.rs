//! The hub's charset, at the script boundary only: inside the hub all text is bytes.
//!
//! Decoding never fails: a byte that means nothing becomes a surrogate U+DC80..U+DCFF (as
//! Python's `surrogateescape` does) and encodes back to the same byte. Whatever the hub gives
//! a script comes back unchanged; characters the charset lacks become `?`, and in text that is
//! sent also those of which a byte is `|`, which would end the message.

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::Encoding;

use crate::sys::unicode::{self, Units};
use crate::sys::{Attached, Borrowed, Owned, PyError};

/// One charset, ready for use from any thread.
pub struct HubText {
    kind: Kind,
    /// What text is taken for that is no UTF-8 though it should be.
    fallback: Option<Fallback>,
}

/// Tells another charset once it is needed.
type Fallback = Box<dyn Fn() -> std::sync::Arc<HubText> + Send + Sync>;

enum Kind {
    /// Pass through; also the documented meaning of an empty name.
    Utf8,
    /// One byte, one character.
    Single(Box<Table>),
    /// GB18030 and its like.
    Multi(&'static Encoding),
}

/// Appends the bytes of one character.
type Put = fn(&HubText, u32, &mut Vec<u8>);

struct Table {
    /// Characters of the bytes from 0x80.
    decode: [u16; 128],
    /// The inverse, by character.
    encode: Vec<(u16, u8)>,
}

/// Text for the hub: borrowed from the Python object where it is the same bytes.
pub enum HubBytes<'a> {
    /// Python's own memory.
    Borrowed(&'a [u8]),
    /// Converted.
    Owned(Bytes),
}

impl HubBytes<'_> {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            HubBytes::Borrowed(b) => b,
            HubBytes::Owned(b) => b,
        }
    }

    /// The bytes, for keeps.
    pub fn into_bytes(self) -> Bytes {
        match self {
            HubBytes::Borrowed(b) => Bytes::copy_from_slice(b),
            HubBytes::Owned(b) => b,
        }
    }
}

impl HubText {
    /// The charset of this name (`hub_encoding`). Empty and `UTF-8` mean UTF-8; a name nobody
    /// knows, or a charset that is not a superset of ASCII, is CP1252 with a warning.
    pub fn new(name: &[u8]) -> HubText {
        let name = String::from_utf8_lossy(name);
        let name = name.trim();
        if name.is_empty() {
            return HubText::of(Kind::Utf8);
        }
        // ICU and Python say cp1251, the web says windows-1251.
        let lower = name.to_ascii_lowercase();
        let digits = lower
            .strip_prefix("cp")
            .map(|d| d.trim_start_matches(['-', '_']));
        let spelt = digits.map(|d| match d {
            "866" => "ibm866".to_owned(),
            "936" => "gbk".to_owned(),
            "932" => "shift_jis".to_owned(),
            "949" => "euc-kr".to_owned(),
            "950" => "big5".to_owned(),
            "65001" => "utf-8".to_owned(),
            d => format!("windows-{d}"),
        });
        let spelt = spelt.unwrap_or(lower);
        let encoding = Encoding::for_label(spelt.as_bytes());
        let encoding = encoding
            .filter(|e| e.is_ascii_compatible())
            .unwrap_or_else(|| {
                tracing::warn!("hub_encoding {name:?} is not a charset I can use; taking CP1252");
                encoding_rs::WINDOWS_1252
            });
        HubText::of(if encoding == encoding_rs::UTF_8 {
            Kind::Utf8
        } else if encoding.is_single_byte() {
            Kind::Single(Box::new(Table::of(encoding)))
        } else {
            Kind::Multi(encoding)
        })
    }

    const fn of(kind: Kind) -> HubText {
        HubText {
            kind,
            fallback: None,
        }
    }

    /// UTF-8 that may turn out to be text in another charset after all: then that one is asked for.
    pub fn utf8_or(
        charset: impl Fn() -> std::sync::Arc<HubText> + Send + Sync + 'static,
    ) -> HubText {
        HubText {
            kind: Kind::Utf8,
            fallback: Some(Box::new(charset)),
        }
    }

    /// Hub text as UTF-8. Bytes that mean nothing stay as they are.
    pub fn to_utf8<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::with_capacity(text.len() * 2);
        let put = |c: u32, out: &mut Vec<u8>| match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.push((c & 0xff) as u8),
        };
        match &self.kind {
            Kind::Utf8 => return Cow::Borrowed(text),
            Kind::Single(table) => {
                let wide = text.iter().map(|b| u32::from(table.char_of(*b)));
                wide.for_each(|c| put(c, &mut out));
            }
            Kind::Multi(encoding) => match decode_exactly(encoding, text) {
                Some(text) => out.extend_from_slice(text.as_bytes()),
                None => decode_in_steps(encoding, text)
                    .into_iter()
                    .for_each(|c| put(c, &mut out)),
            },
        }
        Cow::Owned(out)
    }

    /// The inverse: what the charset lacks becomes `?`, bytes that are no UTF-8 stay.
    pub fn from_utf8<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if text.is_ascii() || matches!(self.kind, Kind::Utf8) {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            (chunk.valid().chars()).for_each(|c| self.put(u32::from(c), &mut out));
            out.extend_from_slice(chunk.invalid());
        }
        Cow::Owned(out)
    }

    /// A `str` of hub text.
    #[inline]
    pub(crate) fn decode<'a>(
        &self,
        at: &'a Attached<'_>,
        bytes: &[u8],
    ) -> Result<Owned<'a>, PyError> {
        if bytes.is_ascii() {
            return unicode::ascii(at, bytes);
        }
        match &self.kind {
            Kind::Utf8 => match &self.fallback {
                Some(charset) if std::str::from_utf8(bytes).is_err() => charset().decode(at, bytes),
                _ => unicode::from_utf8(at, bytes),
            },
            Kind::Single(table) => {
                let wide: Vec<u16> = bytes.iter().map(|b| table.char_of(*b)).collect();
                unicode::from_ucs2(at, &wide)
            }
            Kind::Multi(encoding) => {
                if let Some(text) = decode_exactly(encoding, bytes) {
                    return unicode::new(at, &text);
                }
                unicode::from_ucs4(at, &decode_in_steps(encoding, bytes))
            }
        }
    }

    /// Hub text of a `str`, to keep; `None` for any other object.
    #[inline]
    pub(crate) fn encode<'a>(&self, text: Borrowed<'a>) -> Option<HubBytes<'a>> {
        self.encode_by(text, HubText::put)
    }

    /// The same for text to be sent.
    #[inline]
    pub(crate) fn encode_to_send<'a>(&self, text: Borrowed<'a>) -> Option<HubBytes<'a>> {
        self.encode_by(text, HubText::put_to_send)
    }

    #[inline]
    fn encode_by<'a>(&self, text: Borrowed<'a>, put: Put) -> Option<HubBytes<'a>> {
        let out = match unicode::units(text)? {
            Units::Ascii(bytes) => return Some(HubBytes::Borrowed(bytes)),
            units => match (&self.kind, units) {
                (Kind::Utf8, units) => match unicode::utf8(text) {
                    Some(bytes) => return Some(HubBytes::Borrowed(bytes)),
                    None => self.encode_units(units, put),
                },
                (_, units) => self.encode_units(units, put),
            },
        };
        Some(HubBytes::Owned(out.into()))
    }

    #[cold]
    fn encode_units(&self, units: Units<'_>, put: Put) -> Vec<u8> {
        let mut out = Vec::new();
        match units {
            Units::Ascii(u) | Units::One(u) => {
                u.iter().for_each(|c| put(self, u32::from(*c), &mut out));
            }
            Units::Two(u) => u.iter().for_each(|c| put(self, u32::from(*c), &mut out)),
            Units::Four(u) => u.iter().for_each(|c| put(self, *c, &mut out)),
        }
        out
    }

    /// Hub text of Rust text, for messages of our own: to be sent.
    pub fn encode_str(&self, text: &str) -> Bytes {
        if text.is_ascii() || matches!(self.kind, Kind::Utf8) {
            return Bytes::copy_from_slice(text.as_bytes());
        }
        let mut out = Vec::with_capacity(text.len());
        text.chars()
            .for_each(|c| self.put_to_send(u32::from(c), &mut out));
        out.into()
    }

    /// Rust text of hub text, for the log.
    pub fn show(&self, bytes: &[u8]) -> String {
        match &self.kind {
            Kind::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Kind::Single(table) => {
                let wide = bytes.iter().map(|b| u32::from(table.char_of(*b)));
                wide.map(|c| char::from_u32(c).unwrap_or('\u{fffd}'))
                    .collect()
            }
            Kind::Multi(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        }
    }

    /// Appends the bytes of one character, none of which ends the message unless it is `|` itself.
    fn put_to_send(&self, c: u32, out: &mut Vec<u8>) {
        let start = out.len();
        self.put(c, out);
        if c >= 0x80 && out[start..].contains(&b'|') {
            out.truncate(start);
            out.push(b'?');
        }
    }

    /// Appends the bytes of one character.
    fn put(&self, c: u32, out: &mut Vec<u8>) {
        if c < 0x80 {
            return out.push(c as u8);
        }
        // An escaped byte. Those below 0x80 never come from us.
        if (0xdc80..=0xdcff).contains(&c) {
            return out.push((c - 0xdc00) as u8);
        }
        let Some(c) = char::from_u32(c) else {
            return out.push(b'?');
        };
        match &self.kind {
            Kind::Utf8 => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Kind::Single(table) => out.push(table.byte_of(c).unwrap_or(b'?')),
            Kind::Multi(encoding) => match encode_one(encoding, c) {
                Some((bytes, len)) => out.extend_from_slice(&bytes[..len]),
                None => out.push(b'?'),
            },
        }
    }
}

impl Table {
    fn of(encoding: &'static Encoding) -> Table {
        let mut decode = [0; 128];
        let mut encode: Vec<(u16, u8)> = Vec::with_capacity(128);
        for (b, slot) in (0x80..=0xff_u8).zip(&mut decode) {
            let byte = [b];
            let text = encoding.decode_without_bom_handling_and_without_replacement(&byte);
            let c = text.and_then(|t| t.chars().next()).map(u32::from);
            *slot = match c.map(u16::try_from) {
                // A character two bytes stand for belongs to the first of them.
                Some(Ok(c)) if c >= 0x80 && encode.iter().all(|(e, _)| *e != c) => {
                    encode.push((c, b));
                    c
                }
                _ => 0xdc00 + u16::from(b),
            };
        }
        encode.sort_unstable();
        Table { decode, encode }
    }

    #[inline]
    fn char_of(&self, b: u8) -> u16 {
        if b < 0x80 {
            u16::from(b)
        } else {
            self.decode[usize::from(b - 0x80)]
        }
    }

    fn byte_of(&self, c: char) -> Option<u8> {
        let c = u16::try_from(u32::from(c)).ok()?;
        let i = self.encode.binary_search_by_key(&c, |(c, _)| *c).ok()?;
        Some(self.encode[i].1)
    }
}

/// The bytes of one character, when the charset has it.
fn encode_one(encoding: &'static Encoding, c: char) -> Option<([u8; 8], usize)> {
    let mut utf8 = [0; 4];
    let (bytes, _, lacking) = encoding.encode(c.encode_utf8(&mut utf8));
    if lacking || bytes.len() > 8 {
        return None;
    }
    let mut out = [0; 8];
    out[..bytes.len()].copy_from_slice(&bytes);
    Some((out, bytes.len()))
}

/// The text of bytes that are well-formed and encode back to the same; the usual case.
fn decode_exactly(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let (back, _, lacking) = encoding.encode(&text);
    (!lacking && *back == *bytes).then(|| text.into_owned())
}

/// The text of any bytes: what does not encode back to the same is escaped byte by byte.
fn decode_in_steps(encoding: &'static Encoding, mut bytes: &[u8]) -> Vec<u32> {
    let mut out = Vec::with_capacity(bytes.len());
    'next: while let [first, rest @ ..] = bytes {
        if first.is_ascii() {
            out.push(u32::from(*first));
            bytes = rest;
            continue;
        }
        // No charset of this kind has longer sequences than four bytes.
        for len in 1..=bytes.len().min(4) {
            let (head, tail) = bytes.split_at(len);
            if let Some(text) = decode_exactly(encoding, head)
                && let mut chars = text.chars()
                && let Some(c) = chars.next()
                && chars.next().is_none()
            {
                out.push(u32::from(c));
                bytes = tail;
                continue 'next;
            }
        }
        out.push(0xdc00 + u32::from(*first));
        bytes = rest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_people_write_are_understood() {
        for name in ["CP1251", "cp1251", "windows-1251", "Cp-1251", " CP1251 "] {
            let text = HubText::new(name.as_bytes());
            assert_eq!(text.show(b"\xcf\xf0\xe8\xe2\xe5\xf2"), "Привет", "{name}");
            assert_eq!(text.encode_str("Привет"), &b"\xcf\xf0\xe8\xe2\xe5\xf2"[..]);
        }
        for name in ["", "UTF-8", "utf8"] {
            assert_eq!(HubText::new(name.as_bytes()).encode_str("ż"), "ż");
        }
        assert_eq!(HubText::new(b"no such").encode_str("é"), &b"\xe9"[..]);
    }

    #[test]
    fn what_a_charset_lacks_is_a_question_mark() {
        assert_eq!(HubText::new(b"CP1252").encode_str("a→b€"), &b"a?b\x80"[..]);
        assert_eq!(HubText::new(b"GBK").encode_str("你😀"), &b"\xc4\xe3?"[..]);
    }

    #[test]
    fn what_is_sent_holds_no_pipe_but_pipes() {
        // In each the second byte of the first character is the pipe's.
        for (name, text, kept) in [
            ("GB18030", "亅a|你", &b"\x81|a|\xc4\xe3"[..]),
            ("Big5", "四a|一", b"\xa5|a|\xa4@"),
            ("Shift_JIS", "ポa|ア", b"\x83|a|\x83A"),
        ] {
            let charset = HubText::new(name.as_bytes());
            assert_eq!(*charset.from_utf8(text.as_bytes()), *kept, "{name}");
            let sent = [b"?", &kept[2..]].concat();
            assert_eq!(charset.encode_str(text), sent, "{name}");
        }
    }

    #[test]
    fn utf8_there_and_back() {
        let greek = HubText::new(b"CP1253");
        // 0xaa is nothing in CP1253.
        let hub = b"\xe1\xe2\xaax".as_slice();
        let text = ["αβ".as_bytes(), b"\xaax"].concat();
        assert_eq!(*greek.to_utf8(hub), *text);
        assert_eq!(*greek.from_utf8(&text), *hub);
        assert_eq!(*greek.from_utf8("a→".as_bytes()), *b"a?");
        let gbk = HubText::new(b"GBK");
        assert_eq!(*gbk.to_utf8(b"\xc4\xe3\xff"), *b"\xe4\xbd\xa0\xff");
        let utf8 = HubText::new(b"");
        assert_eq!(*utf8.to_utf8(b"\xff\xc3\xa9"), *b"\xff\xc3\xa9");
    }

    #[test]
    fn an_ill_formed_sequence_keeps_its_bytes() {
        let e = encoding_rs::GB18030;
        assert_eq!(decode_in_steps(e, b"\xc4\xe3\x81"), [0x4f60, 0xdc81]);
        assert_eq!(decode_in_steps(e, b"\xff\xc4\xe3"), [0xdcff, 0x4f60]);
        // Some of Shift_JIS's characters are one byte.
        let e = encoding_rs::SHIFT_JIS;
        assert_eq!(
            decode_in_steps(e, b"\xb1\xff\xb2"),
            [0xff71, 0xdcff, 0xff72]
        );
    }
}

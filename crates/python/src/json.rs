//! JSON at the border of a script: text to Python objects and back, with nothing in between.
//!
//! Text is UTF-8. What Python keeps as lone surrogates is written as `\udcXX`, as Python's own
//! encoder does. A number with a fraction or exponent is a float, any other one an int, as
//! long as it has 64 bits.

use std::fmt;

use hub::api::Value;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::sys::unicode::KnownStrs;
use crate::sys::{Attached, Borrowed, Owned, PyError, make, unicode, walk};

mod key;

pub use key::of_value as key;

/// How deep containers may nest.
const DEPTH: u32 = 500;

/// A Python object of JSON text. `keys` are those of objects, which are the same few again and
/// again.
///
/// # Errors
/// What is wrong with the text, and where.
pub(crate) fn to_python<'a>(
    at: &'a Attached<'_>,
    json: &[u8],
    keys: &KnownStrs,
) -> Result<Owned<'a>, String> {
    let depth = 0;
    parse(json, Object { at, keys, depth })
}

/// A value of JSON text; text in it is UTF-8.
///
/// # Errors
/// What is wrong with the text, and where.
pub fn read(json: &[u8]) -> Result<Value<'static>, String> {
    parse(json, Plain { depth: 0 })
}

fn parse<'j, S: DeserializeSeed<'j>>(json: &'j [u8], seed: S) -> Result<S::Value, String> {
    // Looked at once as a whole, not again string by string.
    match std::str::from_utf8(json) {
        Ok(text) => parse_with(serde_json::Deserializer::from_str(text), seed),
        Err(_) => parse_with(serde_json::Deserializer::from_slice(json), seed),
    }
}

fn parse_with<'j, S: DeserializeSeed<'j>, R: serde_json::de::Read<'j>>(
    mut parser: serde_json::Deserializer<R>,
    seed: S,
) -> Result<S::Value, String> {
    // The seeds count for themselves: scripts nest deeper than the parser's own limit.
    parser.disable_recursion_limit();
    let value = seed.deserialize(&mut parser).map_err(|e| e.to_string())?;
    parser.end().map_err(|e| e.to_string())?;
    Ok(value)
}

fn deeper<E: de::Error>(depth: u32) -> Result<u32, E> {
    if depth >= DEPTH {
        return Err(E::custom(format!("nested more than {DEPTH} deep")));
    }
    Ok(depth + 1)
}

fn failed<E: de::Error>(e: PyError) -> E {
    E::custom(&e.last_line)
}

/// Makes Python objects.
#[derive(Clone, Copy)]
struct Object<'a, 'i, 'k> {
    at: &'a Attached<'i>,
    keys: &'k KnownStrs,
    depth: u32,
}

/// Makes the keys of objects.
#[derive(Clone, Copy)]
struct Key<'a, 'i, 'k> {
    at: &'a Attached<'i>,
    keys: &'k KnownStrs,
}

impl<'de, 'a> DeserializeSeed<'de> for Key<'a, '_, '_> {
    type Value = Owned<'a>;
    fn deserialize<D: de::Deserializer<'de>>(self, d: D) -> Result<Owned<'a>, D::Error> {
        d.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Key<'a, '_, '_> {
    type Value = Owned<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Owned<'a>, E> {
        if let Some(known) = self.keys.find(self.at, text.as_bytes()) {
            return Ok(known);
        }
        let key = unicode::new(self.at, text).map_err(failed)?;
        self.keys.keep(self.at, text.as_bytes(), *key);
        Ok(key)
    }
}

impl<'de, 'a> DeserializeSeed<'de> for Object<'a, '_, '_> {
    type Value = Owned<'a>;
    fn deserialize<D: de::Deserializer<'de>>(self, d: D) -> Result<Owned<'a>, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de, 'a> Visitor<'de> for Object<'a, '_, '_> {
    type Value = Owned<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Owned<'a>, E> {
        Ok(make::none(self.at))
    }

    fn visit_bool<E>(self, b: bool) -> Result<Owned<'a>, E> {
        Ok(make::bool(self.at, b))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Owned<'a>, E> {
        make::int(self.at, n).map_err(failed)
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Owned<'a>, E> {
        match i64::try_from(n) {
            Ok(n) => make::int(self.at, n),
            Err(_) => walk::unsigned(self.at, n),
        }
        .map_err(failed)
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<Owned<'a>, E> {
        make::float(self.at, n).map_err(failed)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Owned<'a>, E> {
        match text.is_ascii() {
            true => unicode::ascii(self.at, text.as_bytes()),
            false => unicode::new(self.at, text),
        }
        .map_err(failed)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Owned<'a>, A::Error> {
        let depth = deeper(self.depth)?;
        let list = make::list(self.at, 0, |_| Ok(make::none(self.at))).map_err(failed)?;
        while let Some(item) = items.next_element_seed(Object { depth, ..self })? {
            walk::push(*list, *item).map_err(failed)?;
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Owned<'a>, A::Error> {
        let depth = deeper(self.depth)?;
        let dict = make::dict(self.at).map_err(failed)?;
        let inner = Object { depth, ..self };
        let (at, keys) = (self.at, self.keys);
        while let Some(key) = pairs.next_key_seed(Key { at, keys })? {
            let value = pairs.next_value_seed(inner)?;
            make::dict_put(*dict, *key, *value).map_err(failed)?;
        }
        Ok(dict)
    }
}

/// Makes values.
#[derive(Clone, Copy)]
struct Plain {
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Value<'static>;
    fn deserialize<D: de::Deserializer<'de>>(self, d: D) -> Result<Value<'static>, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Value<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'static>, E> {
        Ok(Value::None)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value<'static>, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value<'static>, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value<'static>, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "values have 64 bits with a sign; as beyond 64 bits"
        )]
        Ok(i64::try_from(n).map_or(Value::Float(n as f64), Value::Int))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Value<'static>, E> {
        Ok(Value::Float(n))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'static>, E> {
        Ok(Value::Bytes(bytes::Bytes::copy_from_slice(text.as_bytes())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'static>, A::Error> {
        let depth = deeper(self.depth)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Plain { depth })? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value<'static>, A::Error> {
        let depth = deeper(self.depth)?;
        let mut dict = Vec::new();
        while let Some(key) = pairs.next_key_seed(Plain { depth })? {
            dict.push((key, pairs.next_value_seed(Plain { depth })?));
        }
        Ok(Value::Dict(dict))
    }
}

/// The containers around what is being written.
struct Level<'l> {
    object: Borrowed<'l>,
    outer: Option<&'l Level<'l>>,
    depth: u32,
}

/// Appends an object as JSON: containers as arrays and objects, sets in no particular order.
///
/// # Errors
/// What there is no JSON for: ints of more than 64 bits, NaN and the infinities, other types,
/// containers as keys or in themselves.
pub(crate) fn write(object: Borrowed<'_>, out: &mut Vec<u8>) -> Result<(), PyError> {
    put(object, None, out)
}

fn put(object: Borrowed<'_>, outer: Option<&Level<'_>>, out: &mut Vec<u8>) -> Result<(), PyError> {
    if let Some(units) = unicode::units(object) {
        put_text(object, &units, out);
        return Ok(());
    }
    if object.is_none() {
        out.extend_from_slice(b"null");
    } else if let Some(b) = object.as_bool_constant() {
        out.extend_from_slice(if b { b"true" } else { b"false" });
    } else if object.is_int() {
        put_number(object.as_i64()?, out);
    } else if object.is_float() {
        let n = object.as_f64()?;
        if !n.is_finite() {
            return Err(PyError::ours(&format!("ValueError: JSON has no {n}")));
        }
        put_number(n, out);
    } else {
        return put_container(object, outer, out);
    }
    Ok(())
}

fn put_number(n: impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing a number to memory cannot fail.
    drop(serde_json::to_writer(out, &n));
}

fn put_container(
    object: Borrowed<'_>,
    outer: Option<&Level<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), PyError> {
    let (dict, list, tuple) = (object.is_dict(), object.is_list(), object.is_tuple());
    if !(dict || list || tuple || object.is_set()) {
        let text = format!("TypeError: JSON has no {}", object.type_name());
        return Err(PyError::ours(&text));
    }
    let depth = outer.map_or(1, |l| l.depth + 1);
    let mut level = outer;
    while let Some(l) = level {
        if l.object.same(object) {
            let text = format!("ValueError: a {} that contains itself", object.type_name());
            return Err(PyError::ours(&text));
        }
        level = l.outer;
    }
    if depth > DEPTH {
        return Err(PyError::ours(&format!(
            "ValueError: nested more than {DEPTH} deep"
        )));
    }
    let level = Level {
        object,
        outer,
        depth,
    };
    if dict {
        let mut lead = b'{';
        walk::each_of_dict(object, |key, value| {
            out.push(std::mem::replace(&mut lead, b','));
            put_key(key, out)?;
            out.push(b':');
            put(value, Some(&level), out)
        })?;
        if lead == b'{' {
            out.push(b'{');
        }
        out.push(b'}');
        return Ok(());
    }
    let mut lead = b'[';
    let mut item = |item: Borrowed<'_>| {
        out.push(std::mem::replace(&mut lead, b','));
        put(item, Some(&level), out)
    };
    if list {
        walk::each_of_list(object, |_, i| item(i))?;
    } else if tuple {
        object.tuple_items().try_for_each(item)?;
    } else {
        make::to_tuple(object)?.tuple_items().try_for_each(item)?;
    }
    if lead == b'[' {
        out.push(b'[');
    }
    out.push(b']');
    Ok(())
}

fn put_key(key: Borrowed<'_>, out: &mut Vec<u8>) -> Result<(), PyError> {
    if let Some(units) = unicode::units(key) {
        put_text(key, &units, out);
        return Ok(());
    }
    match key::of_object(key)? {
        Some(text) => put_utf8(text.as_bytes(), out),
        None => {
            let text = format!("TypeError: a dict key of type {}", key.type_name());
            return Err(PyError::ours(&text));
        }
    }
    Ok(())
}

fn put_text(text: Borrowed<'_>, units: &unicode::Units<'_>, out: &mut Vec<u8>) {
    match units {
        unicode::Units::Ascii(bytes) => put_utf8(bytes, out),
        _ => match unicode::utf8(text) {
            Some(bytes) => put_utf8(bytes, out),
            None => put_surrogates(units, out),
        },
    }
}

/// Text that holds lone surrogates.
#[cold]
fn put_surrogates(units: &unicode::Units<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut one = |c: u32| match char::from_u32(c) {
        Some(c) => escape(c.encode_utf8(&mut [0; 4]).as_bytes(), out),
        None => out.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
    };
    match units {
        unicode::Units::Ascii(u) | unicode::Units::One(u) => {
            u.iter().for_each(|c| one(u32::from(*c)));
        }
        unicode::Units::Two(u) => u.iter().for_each(|c| one(u32::from(*c))),
        unicode::Units::Four(u) => u.iter().for_each(|c| one(*c)),
    }
    out.push(b'"');
}

fn put_utf8(text: &[u8], out: &mut Vec<u8>) {
    // Nearly always all there is to do, and then no step has to ask for memory.
    out.reserve(text.len() + 2);
    out.push(b'"');
    if is_plain(text) {
        out.extend_from_slice(text);
    } else {
        escape(text, out);
    }
    out.push(b'"');
}

/// Whether nothing in a text needs to be escaped.
fn is_plain(text: &[u8]) -> bool {
    /// All bytes of a word with this value.
    const fn each(b: u8) -> u64 {
        u64::MAX / 0xff * b as u64
    }
    /// The highest bit of each byte below `least`, which is at most 0x80, and perhaps of others
    /// beside one of those.
    fn below(word: u64, least: u8) -> u64 {
        word.wrapping_sub(each(least)) & !word & each(0x80)
    }
    // A bit for each byte that is not plain.
    let look =
        |word: u64| below(word, 0x20) | below(word ^ each(b'"'), 1) | below(word ^ each(b'\\'), 1);
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let seen = match (
        text.last_chunk::<8>(),
        text.first_chunk(),
        text.last_chunk(),
    ) {
        // The last word reaches back over the ones before it.
        (Some(last), ..) => (text.as_chunks::<8>().0.iter())
            .fold(look(u64::from_le_bytes(*last)), |seen, chunk| {
                seen | look(u64::from_le_bytes(*chunk))
            }),
        (_, Some(first), Some(last)) => look(half(first) | half(last) << 32),
        _ => look(
            text.iter()
                .fold(each(b' '), |word, b| word << 8 | u64::from(*b)),
        ),
    };
    seen == 0
}

/// Appends text with what JSON wants escaped.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut start = 0;
    for (i, b) in text.iter().enumerate() {
        if *b >= 0x20 && *b != b'"' && *b != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[start..i]);
        start = i + 1;
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b => out.extend_from_slice(format!("\\u{b:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&text[start..]);
}

/// Appends a value as JSON; text in it is UTF-8, bytes that are not become `\udcXX`.
///
/// # Errors
/// A float that is not finite, a container as a key.
pub fn write_value(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::None => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(n) => put_number(n, out),
        Value::Float(n) if n.is_finite() => put_number(n, out),
        Value::Float(n) => return Err(format!("JSON has no {n}")),
        Value::Text(t) => value_text(t, out),
        Value::Bytes(t) => value_text(t, out),
        Value::List(v) | Value::Tuple(v) | Value::Set(v) | Value::FrozenSet(v) => {
            array(v.iter(), out, write_value)?;
        }
        Value::NickList(v) => array(v.iter(), out, |t, out| {
            value_text(t, out);
            Ok(())
        })?,
        Value::MyInfo { fields, .. } => array(fields.iter(), out, |t, out| {
            value_text(t, out);
            Ok(())
        })?,
        Value::Dict(pairs) => {
            out.push(b'{');
            for (i, (key, value)) in pairs.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                match key::of_value(key) {
                    Some(text) => value_text(&text, out),
                    None => return Err("a container as the key of a dict".into()),
                }
                out.push(b':');
                write_value(value, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn array<T>(
    items: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>) -> Result<(), String>,
) -> Result<(), String> {
    out.push(b'[');
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(item, out)?;
    }
    out.push(b']');
    Ok(())
}

fn value_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        escape(chunk.valid().as_bytes(), out);
        for b in chunk.invalid() {
            out.extend_from_slice(format!("\\udc{b:02x}").as_bytes());
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(json: &str) -> String {
        let mut out = Vec::new();
        write_value(&read(json.as_bytes()).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_needs_no_escape_is_told_by_each_byte() {
        for len in 0..40 {
            assert!(is_plain(&vec![b'~'; len]) && is_plain(&vec![0xff; len]));
            for (at, b) in (0..len).flat_map(|at| (0..=255).map(move |b| (at, b))) {
                for others in [b' ', b'#', b'[', b'!', 0x80, 0xff] {
                    let mut text = vec![others; len];
                    text[at] = b;
                    let plain = b >= 0x20 && b != b'"' && b != b'\\';
                    assert_eq!(is_plain(&text), plain, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn values_there_and_back() {
        for json in [
            "null",
            "true",
            "[]",
            "{}",
            "3",
            "3.0",
            "-9223372036854775808",
            "9223372036854775807",
            r#"{"a":[1,2.5,"x\n\"\\\u0001ä€"],"b":{"c":null}}"#,
        ] {
            assert_eq!(round(json), json);
        }
        assert_eq!(round(" [ 1 , 2 ] "), "[1,2]");
        // The nearest number, as Python's own parser finds it.
        assert_eq!(round("2220e107"), "2.22e+110");
        assert_eq!(round("14422686744073494967"), "1.4422686744073495e+19");
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for json in [
            "",
            "{",
            "[1,]",
            "nul",
            "1 2",
            "'a'",
            "{1:2}",
            "[NaN]",
            "\"\\ud800\"",
        ] {
            assert!(read(json.as_bytes()).is_err(), "{json}");
        }
        let deep = "[".repeat(600) + &"]".repeat(600);
        assert!(read(deep.as_bytes()).is_err());
        let deep = "[".repeat(499) + &"]".repeat(499);
        assert!(read(deep.as_bytes()).is_ok());
    }

    #[test]
    fn bytes_that_are_no_text_are_escaped() {
        let mut out = Vec::new();
        write_value(&Value::Text(b"a\xffb"), &mut out).unwrap();
        assert_eq!(out, br#""a\udcffb""#);
        assert!(write_value(&Value::Float(f64::NAN), &mut out).is_err());
    }

    #[test]
    fn keys_are_text() {
        let pair = |key| (key, Value::Int(0));
        let mut out = Vec::new();
        let keys = [
            Value::Int(1),
            Value::Float(2.0),
            Value::Bool(false),
            Value::None,
        ];
        write_value(&Value::Dict(keys.into_iter().map(pair).collect()), &mut out).unwrap();
        assert_eq!(out, br#"{"1":0,"2.0":0,"false":0,"null":0}"#);
        let bad = Value::Dict(vec![pair(Value::Tuple(Vec::new()))]);
        assert!(write_value(&bad, &mut out).is_err());
    }
}

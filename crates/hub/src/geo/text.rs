//! Names of places as hub text: the databases are in UTF-8, the hub has a charset of its own.

use bytes::{BufMut, Bytes, BytesMut};

use super::Encode;

/// A name in the hub's charset. `depth` is `mmdb_conv_depth`: 0 leaves UTF-8, 1 puts `?` for
/// letters the charset lacks, 2 puts similar ones.
pub(super) fn hub_text(name: &str, depth: u32, encode: Option<&Encode>) -> Bytes {
    // Most names, and all codes.
    if name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'|') {
        return Bytes::copy_from_slice(name.as_bytes());
    }
    let name: String = name.chars().map(harmless).collect();
    let Some(encode) = encode.filter(|_| depth > 0 && !name.is_ascii()) else {
        return name.into();
    };
    if depth == 1 {
        return encode(&name);
    }
    let mut out = BytesMut::with_capacity(name.len());
    for c in name.chars() {
        let bytes = encode(c.encode_utf8(&mut [0; 4]));
        match deunicode::deunicode_char(c) {
            Some(similar) if c != '?' && bytes.as_ref() == b"?" => {
                similar.chars().for_each(|c| match harmless(c) {
                    c if c.is_ascii() => out.put_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    _ => out.put_u8(b'?'),
                });
            }
            _ => out.put_slice(&bytes),
        }
    }
    // Syllables come with a space behind each.
    out.freeze().trim_ascii_end().to_vec().into()
}

/// What ends a message or a line has no place in a name.
fn harmless(c: char) -> char {
    if c == '|' || c.is_control() { ' ' } else { c }
}

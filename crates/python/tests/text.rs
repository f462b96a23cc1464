//! Bytes of the hub through Python and back.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::OnceLock;

use ::hub::api::Value;
use bytes::Bytes;
use common::{Dir, FakeHost, config};
use proptest::prelude::*;
use python::Script;

const CHARSETS: [&str; 7] = [
    "CP1252",
    "CP1251",
    "UTF-8",
    "GB18030",
    "Shift_JIS",
    "Big5",
    "windows-1255",
];

fn scripts() -> &'static Vec<Script> {
    static SCRIPTS: OnceLock<Vec<Script>> = OnceLock::new();
    SCRIPTS.get_or_init(|| {
        let load = |charset: &&str| {
            let dir = Dir::new();
            let path = dir.file("s.py", "def same(t):\n    assert type(t) is str\n    return vh.Echo(t)\ndef say(t): return {'a': '\\u2192x\\ud800'}[t]\n");
            Script::load(&config(&dir, &path, &FakeHost::new(), charset)).unwrap()
        };
        CHARSETS.iter().map(load).collect()
    })
}

fn back(script: &Script, bytes: &[u8]) -> Bytes {
    match script.call_function("same", &[Value::Text(bytes)]).unwrap() {
        Value::Bytes(b) => b,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_pair_of_bytes_comes_back() {
    for (script, charset) in scripts().iter().zip(CHARSETS) {
        for first in 0..=255_u8 {
            let all: Vec<u8> = (0..=255_u8)
                .flat_map(|second| [first, second, b'.'])
                .collect();
            assert_eq!(back(script, &all), all, "{charset} {first:#x}");
        }
    }
}

#[test]
fn what_the_charset_lacks_becomes_a_question_mark() {
    let say = |i: usize| {
        scripts()[i]
            .call_function("say", &[Value::Text(b"a")])
            .unwrap()
    };
    assert_eq!(say(0), Value::Bytes("?x?".into()));
    assert_eq!(say(2), Value::Bytes("\u{2192}x?".into()));
}

proptest! {
    #[test]
    fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for (script, charset) in scripts().iter().zip(CHARSETS) {
            prop_assert_eq!(&back(script, &bytes)[..], &bytes[..], "{}", charset);
        }
    }

    #[test]
    fn well_formed_text_comes_back(text in "\\PC{0,80}") {
        prop_assert_eq!(&back(&scripts()[2], text.as_bytes())[..], text.as_bytes());
        let (bytes, ..) = encoding_rs::GB18030.encode(&text);
        prop_assert_eq!(&back(&scripts()[3], &bytes)[..], &bytes[..]);
    }
}

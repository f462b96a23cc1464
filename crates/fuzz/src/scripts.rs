//! The borders of scripts and of C programs: JSON, charsets, values, blocks of arguments.

use std::cell::OnceCell;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hub::api::{ApiError, Host, Value};
use hub::config::Config;
use hub::io::{Call, ScriptId};
use hub::view::View;
use python::text::HubText;
use python::{CallError, Mode, Script, ScriptConfig, json as json_text};

pub(crate) const LETTERS: &[&str] = &["l", "s", "d", "p", "L", "D", "O", "|", "ls|L", "\0"];
pub(crate) const JSON: &[&str] = &[
    "[", "]", "{", "}", ":", ",", "\"", "\\u", "\\ud800", "\\udc80", "\\n", "null", "true",
    "false", "-", ".5", "e1", "1E400", "\"a\":", "[[[[[[[[",
];
pub(crate) const OBJECTS: &[&str] = &[
    "i", "f", "s", "b", "n", "[", "]", "(", ")", "{", "}", "<", ">", "@", "u", "I", "S", "L", "N",
];

/// Formats and texts of blocks, divided by NULs: the first is what is packed, the second what is
/// unpacked.
pub(crate) fn blocks(input: &[u8]) {
    let mut parts = input.split(|b| *b == 0);
    let (format, wanted) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let texts: Vec<&[u8]> = parts.take(64).collect();
    let few = |text: &[u8]| text[..text.len().min(64)].to_vec();
    vh_python_wrapper::fuzzing::pack_and_unpack(&few(format), &few(wanted), &texts);
}

/// JSON as a C program reads it: what it is told reads the same again.
pub(crate) fn c_json(input: &[u8]) {
    if let Some(told) = vh_python_wrapper::fuzzing::read_json(input) {
        let again = vh_python_wrapper::fuzzing::read_json(told.as_bytes());
        assert_eq!(again.as_deref(), Some(&told[..]), "told another thing");
    }
}

/// JSON is a value or an error; a value's JSON is the same value.
pub(crate) fn json(input: &[u8]) {
    let Ok(value) = json_text::read(input) else {
        return;
    };
    let mut text = Vec::new();
    json_text::write_value(&value, &mut text).expect("what was read can be written");
    let again = json_text::read(&text).unwrap_or_else(|e| panic!("{}: {e}", crate::text(&text)));
    assert_eq!(again, value, "{}", crate::text(&text));
}

const CHARSETS: &[&str] = &[
    "",
    "UTF-8",
    "CP1252",
    "CP1251",
    "gb18030",
    "shift_jis",
    "euc-kr",
    "big5",
    "iso-2022-jp",
    "koi8-r",
    "CP866",
    "utf-16",
    "no such one",
];

/// The first byte chooses a charset. Whatever the hub gives a script comes back unchanged, and what
/// is sent has no pipes but those that were said.
pub(crate) fn charset(input: &[u8]) {
    let (which, text) = crate::choose(input, CHARSETS.len());
    let name = CHARSETS[which];
    let charset = HubText::new(name.as_bytes());
    charset.from_utf8(&charset.to_utf8(text));
    charset.from_utf8(text);
    let shown = charset.show(text);
    let sent = charset.encode_str(&shown);
    let pipes = sent.iter().filter(|b| **b == b'|').count();
    assert!(
        pipes <= shown.matches('|').count(),
        "{name}: a pipe came of {shown:?}"
    );
    let back = call(which, "same", Value::Text(text));
    assert_eq!(
        back.expect("a text"),
        Value::Bytes(Bytes::copy_from_slice(text)),
        "{name}"
    );
}

/// What a script would ask of a hub, where there is none.
struct Nobody(View);

impl Host for Nobody {
    fn view(&self) -> &View {
        &self.0
    }
    fn script(&self) -> ScriptId {
        ScriptId(1)
    }
    fn path(&self) -> &[u8] {
        b"fuzz.py"
    }
    fn post(&self, _: Call) {}
    fn call(&self, _: Call) -> Result<Value<'static>, ApiError> {
        Ok(Value::None)
    }
    fn sql(&self, _: &[u8], _: usize) -> Result<Vec<Vec<Option<Bytes>>>, String> {
        Ok(Vec::new())
    }
    fn plugin_config(&self, _: &[u8], _: &[u8]) -> Option<Bytes> {
        None
    }
    fn label(&self, _: Option<(Bytes, Bytes)>) -> (Bytes, Bytes) {
        Default::default()
    }
}

/// `same` gives back what it gets; `build` makes objects of a text of letters.
const SCRIPT: &str = include_str!("objects.py");

thread_local! {
    /// One script for each charset.
    static LOADED: [OnceCell<Script>; CHARSETS.len()] = const { [const { OnceCell::new() }; CHARSETS.len()] };
}

/// Interpreters are made one after the other.
static LOADING: Mutex<()> = Mutex::new(());

fn call(charset: usize, function: &str, argument: Value<'_>) -> Result<Value<'static>, CallError> {
    LOADED.with(|loaded| {
        let script = loaded[charset].get_or_init(|| {
            let _one = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
            let dir = tempfile::tempdir().expect("the temporary directory can be written");
            let path = dir.path().join("fuzz.py");
            std::fs::write(&path, SCRIPT).expect("the temporary directory can be written");
            python::script::start_python(None).expect("Python starts");
            let config = ScriptConfig {
                mode: Mode::Isolated,
                world: None,
                path,
                scripts_dir: dir.path().into(),
                config_dir: dir.path().into(),
                api: &[],
                host: Arc::new(Nobody(View::new(Config::default(), 0))),
                text: Arc::new(HubText::new(CHARSETS[charset].as_bytes())),
                started: Arc::new(|_| {}),
                changed: Arc::new(|| {}),
            };
            Script::load(&config).unwrap_or_else(|e| panic!("{}", e.traceback))
        });
        script.call_function(function, &[argument])
    })
}

/// Values that JSON describes go to a script and come back as they went.
pub(crate) fn value(input: &[u8]) {
    let Ok(value) = json_text::read(input) else {
        return;
    };
    match call(0, "same", value.clone()) {
        Ok(back) => assert_eq!(back, unique(value)),
        Err(CallError::Raised(_)) => {}
        Err(e) => panic!("{e}"),
    }
}

/// A dict has each key once, the last value counts.
fn unique(value: Value<'static>) -> Value<'static> {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(unique).collect()),
        Value::Dict(pairs) => {
            let mut seen: Vec<(Value<'static>, Value<'static>)> = Vec::new();
            for (key, value) in pairs {
                let value = unique(value);
                match seen.iter_mut().find(|(k, _)| *k == key) {
                    Some(old) => old.1 = value,
                    None => seen.push((key, value)),
                }
            }
            Value::Dict(seen)
        }
        other => other,
    }
}

/// Objects that a script makes become values or an error, never anything else.
pub(crate) fn object(input: &[u8]) {
    let Ok(value) = call(2, "build", Value::Text(input)) else {
        return;
    };
    // What has come is a value that a script can have again.
    if let Err(e) = call(2, "same", value) {
        assert!(matches!(e, CallError::Raised(_)), "{e}");
    }
}

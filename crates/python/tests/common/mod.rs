//! What all tests share: a function table of their own, a fake host, files in a directory of
//! the test's own.
#![allow(dead_code, missing_docs, reason = "each test binary uses its part")]
#![allow(
    clippy::unwrap_used,
    reason = "test helpers, which clippy does not know as tests"
)]

pub mod hub;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use ::hub::api::{
    ApiError, ApiFn, Args, Body, Complaint, Flags, Host, InFull, Param, ParamKind, Value, find,
};
use ::hub::config::Config;
use ::hub::hooks::Status;
use ::hub::io::{Call, ScriptId, Target};
use ::hub::repeats::{Repeats, Tell};
use ::hub::view::View;
use bytes::Bytes;
use python::text::HubText;
use python::{Mode, Script, ScriptConfig};

pub const fn param(name: &'static str, kind: ParamKind, optional: bool) -> Param {
    Param {
        name,
        kind,
        optional,
        aliases: &[],
    }
}

const fn row(
    name: &'static str,
    params: &'static [Param],
    body: fn(&dyn Host, &Args<'_>) -> Result<Value<'static>, ApiError>,
) -> ApiFn {
    ApiFn {
        name,
        doc: "A test function.",
        params,
        returns: "Any",
        status: Status::Works,
        flags: Flags::NONE,
        body: Body::new(body),
    }
}

pub fn text(v: &Value<'_>) -> Bytes {
    match v {
        Value::Text(t) => Bytes::copy_from_slice(t),
        Value::Bytes(b) => b.clone(),
        _ => Bytes::new(),
    }
}

fn int(v: &Value<'_>) -> i64 {
    if let Value::Int(n) = v { *n } else { 0 }
}

pub fn own(v: &Value<'_>) -> Value<'static> {
    let all = |v: &[Value<'_>]| v.iter().map(own).collect();
    match v {
        Value::Text(_) | Value::Bytes(_) => Value::Bytes(text(v)),
        Value::Int(n) => Value::Int(*n),
        Value::Bool(b) => Value::Bool(*b),
        Value::Float(f) => Value::Float(*f),
        Value::List(l) => Value::List(all(l)),
        Value::Tuple(l) => Value::Tuple(all(l)),
        Value::Dict(d) => Value::Dict(d.iter().map(|(k, v)| (own(k), own(v))).collect()),
        Value::Set(l) => Value::Set(all(l)),
        Value::FrozenSet(l) => Value::FrozenSet(all(l)),
        _ => Value::None,
    }
}

/// Functions that exercise every way through the module.
pub static API: &[ApiFn] = &[
    row(
        "GetUserClass",
        &[param("nick", ParamKind::Str, false)],
        |host, args| {
            let Value::Text(nick) = args.values[0] else {
                return Ok(Value::Int(-2));
            };
            Ok(Value::Int(
                host.view()
                    .with_user(nick, |u| i64::from(u.class))
                    .unwrap_or(-2),
            ))
        },
    ),
    row(
        "Echo",
        &[param("value", ParamKind::Any, false)],
        |_, args| Ok(own(&args.values[0])),
    ),
    row(
        "Args",
        &[
            Param {
                name: "text",
                kind: ParamKind::Text,
                optional: false,
                aliases: &["words"],
            },
            param("number", ParamKind::Int, false),
            param("part", ParamKind::Float, true),
            param("nick", ParamKind::Str, true),
            param("flag", ParamKind::Bool, true),
        ],
        |_, args| {
            let values = args.values.iter().map(own).collect();
            Ok(Value::Tuple(vec![
                Value::Tuple(values),
                Value::Int(args.positional as i64),
                Value::Int(i64::from(args.keywords)),
            ]))
        },
    ),
    ApiFn {
        flags: Flags::NONE.variadic(),
        ..row(
            "CallDynamicFunction",
            &[param("name", ParamKind::Str, false)],
            |host, args| find("CallDynamicFunction").unwrap().call(host, args),
        )
    },
    ApiFn {
        flags: Flags::NONE.keeps_text(),
        ..row(
            "ScriptQuery",
            &[
                param("cmd", ParamKind::Str, false),
                param("data", ParamKind::Str, false),
                param("recipient", ParamKind::Str, true),
                param("with_sender", ParamKind::Int, true),
            ],
            |host, args| find("ScriptQuery").unwrap().call(host, args),
        )
    },
    row(
        "Post",
        &[param("data", ParamKind::Str, false)],
        |host, args| {
            host.post(Call::Send {
                to: Target::Chat,
                data: ::hub::io::Wire::raw(text(&args.values[0])),
            });
            Ok(Value::Bool(true))
        },
    ),
    row(
        "Kick",
        &[param("nick", ParamKind::Str, false)],
        |host, args| {
            host.call(Call::Kick {
                op: "op".into(),
                nick: text(&args.values[0]),
                reason: "r".into(),
                note: Bytes::new(),
                op_note: Bytes::new(),
                ban_time: 0,
                redirect: None,
            })
        },
    ),
    row("Fail", &[param("how", ParamKind::Int, false)], |_, args| {
        Err(match int(&args.values[0]) {
            0 => ApiError::Type("t".into()),
            1 => ApiError::Value("v".into()),
            2 => ApiError::Name("n".into()),
            3 => ApiError::Runtime("r".into()),
            4 => ApiError::NotImplemented("Fail"),
            _ => panic!("as asked"),
        })
    }),
    row("GetNickList", &[], |_, _| {
        Ok(Value::NickList(vec![
            "a".into(),
            Bytes::from_static(b"b\xe9"),
        ]))
    }),
    row(
        "GetMyINFO",
        &[param("nick", ParamKind::Str, false)],
        |_, args| {
            let nick = text(&args.values[0]);
            Ok(Value::MyInfo {
                fields: Box::new([
                    nick,
                    "d".into(),
                    "<t>".into(),
                    "100".into(),
                    "e".into(),
                    "5".into(),
                ]),
                raw: "$MyINFO $ALL x d<t>$ $100$e$5$".into(),
            })
        },
    ),
    row("Start", &[], |host, _| {
        Ok(Value::Int(host.view().start_time))
    }),
    row(
        "ParseCommand",
        &[
            param("nick", ParamKind::Str, false),
            param("command", ParamKind::Str, false),
        ],
        |host, args| {
            host.call(Call::ParseCommand {
                nick: text(&args.values[0]),
                command: text(&args.values[1]).into(),
                pm: false,
            })
        },
    ),
];

/// A host without a hub: remembers what was posted, answers calls with True.
pub struct FakeHost {
    pub view: View,
    pub posted: Mutex<Vec<Call>>,
    /// What was complained of.
    repeats: Mutex<Repeats>,
}

impl FakeHost {
    pub fn new() -> Arc<FakeHost> {
        FakeHost::started_at(1234)
    }
    pub fn started_at(start_time: i64) -> Arc<FakeHost> {
        Arc::new(FakeHost {
            view: View::new(Config::default(), start_time),
            posted: Mutex::default(),
            repeats: Mutex::default(),
        })
    }
    pub fn reports(&self) -> String {
        let posted = self.posted.lock().unwrap();
        let reports = posted.iter().filter_map(|c| match c {
            Call::Report { text, .. } => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        });
        reports.collect()
    }
}

impl Host for FakeHost {
    fn view(&self) -> &View {
        &self.view
    }
    fn script(&self) -> ScriptId {
        ScriptId(7)
    }
    fn path(&self) -> &[u8] {
        b"/x/y.py"
    }
    fn post(&self, call: Call) {
        self.posted.lock().unwrap().push(call);
    }
    fn complain(&self, complaint: Complaint<'_>) {
        if self.repeats.lock().unwrap().note(&complaint.key, 0) == Tell::Full {
            let InFull { text, log } = (complaint.in_full)();
            self.post(Call::Report { text, log });
        }
    }
    fn call(&self, call: Call) -> Result<Value<'static>, ApiError> {
        self.post(call);
        Ok(Value::Bool(true))
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

/// A directory of its own, removed afterwards.
pub struct Dir(pub PathBuf);

impl Dir {
    pub fn new() -> Dir {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("vhpy-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }
    pub fn file(&self, name: &str, source: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, source).unwrap();
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub fn config(dir: &Dir, path: &Path, host: &Arc<FakeHost>, charset: &str) -> ScriptConfig {
    let host: Arc<FakeHost> = Arc::clone(host);
    ScriptConfig {
        mode: mode(),
        world: None,
        path: path.into(),
        scripts_dir: dir.0.clone(),
        config_dir: dir.0.clone(),
        api: API,
        host,
        text: Arc::new(HubText::new(charset.as_bytes())),
        started: Arc::new(|_| {}),
        changed: Arc::new(|| {}),
    }
}

/// A script in a fresh directory with a fresh host.
pub fn script(source: &str) -> (Script, Arc<FakeHost>, Dir) {
    let dir = Dir::new();
    let path = dir.file("s.py", source);
    let host = FakeHost::new();
    let script = Script::load(&config(&dir, &path, &host, "CP1252"));
    (
        script.unwrap_or_else(|e| panic!("{}", e.traceback)),
        host,
        dir,
    )
}

/// The mode of scripts that do not say: `VIPERHUB_TEST_MODE` runs all tests in another one.
pub fn mode() -> Mode {
    let mode = std::env::var("VIPERHUB_TEST_MODE").ok();
    mode.map_or(Mode::Isolated, |m| m.parse().unwrap())
}

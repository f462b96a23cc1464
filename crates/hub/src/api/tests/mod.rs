//! Every row of the table, called as a script would, against a hub that only takes notes.

use std::cell::RefCell;

use super::args::owned;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::config::Config;
use crate::geo::{Database, Geo};
use crate::hooks::Status;
use crate::io::Target;
use crate::io::{Call, ScriptId};
use crate::view::UserView;
use crate::view::View;

mod binding;
mod calls;

/// A hub with the users `alice` (operator), `bob`, `carol` and the bot `Robo`.
struct Fake {
    view: View,
    /// What was posted or called, in order.
    done: RefCell<Vec<Call>>,
    label: RefCell<(Bytes, Bytes)>,
}

impl Fake {
    fn new() -> Fake {
        let view = View::new(Config::default(), 0);
        let user = |nick: &'static str, class: i32, ip: &'static str| UserView {
            nick: nick.into(),
            class,
            op: class >= 3,
            ip: ip.into(),
            listed: true,
            ..UserView::default()
        };
        view.put_user(UserView {
            host: "alice.example".into(),
            hub_url: "nmdc://here".into(),
            ext_json: "$ExtJSON alice {}".into(),
            ..user("alice", 3, "89.160.20.112")
        });
        view.put_user(UserView {
            desc: "books".into(),
            tag: "<++ V:0.868>".into(),
            speed: "100\u{1}".into(),
            email: "b@b".into(),
            share: "1234".into(),
            my_info: "$MyINFO $ALL bob books<++ V:0.868>$ $100\u{1}$b@b$1234$".into(),
            ..user("bob", 0, "10.0.0.7")
        });
        view.put_user(user("carol", 0, "198.51.100.1"));
        view.put_user(UserView {
            bot: true,
            ..user("Robo", 0, "127.0.0.1")
        });
        let database = |path| tests_database(path).ok();
        view.set_geo(Arc::new(Geo {
            city: database(b"city.mmdb"),
            asn: database(b"asn.mmdb"),
            ..Geo::default()
        }));
        view.set_counts(3, 5_000_000_000);
        view.frequency
            .store(77, std::sync::atomic::Ordering::Relaxed);
        Fake {
            view,
            done: RefCell::default(),
            label: RefCell::default(),
        }
    }

    /// Calls a function by name and returns its answer and what it had the hub do.
    fn run(
        &self,
        name: &str,
        positional: &[Value<'_>],
        named: &[(&str, Value<'_>)],
    ) -> (Result<Value<'static>, ApiError>, String) {
        let f = find(name).unwrap_or_else(|| panic!("no function {name}"));
        let answer = bind(f, positional, named).and_then(|args| f.call(self, &args));
        let done: Vec<String> = self.done.take().iter().map(describe).collect();
        (answer, done.join("; "))
    }
}

/// The GeoIP databases there are.
fn tests_database(path: &[u8]) -> Result<Arc<Database>, String> {
    let bytes: &[u8] = match path {
        b"city.mmdb" => include_bytes!("../../../../../tests/geo/GeoLite2-City-Test.mmdb"),
        b"asn.mmdb" => include_bytes!("../../../../../tests/geo/GeoLite2-ASN-Test.mmdb"),
        _ => return Err("cannot read x.mmdb: no such file".to_owned()),
    };
    let read = Database::from_bytes(Bytes::from_static(bytes));
    read.map(Arc::new).map_err(|error| error.to_string())
}

/// A call in a form short enough for a table.
fn describe(call: &Call) -> String {
    let text = |b: &Bytes| String::from_utf8_lossy(b).into_owned();
    match call {
        Call::Send { to, data } => {
            let to = match to {
                Target::Nick(nick) => text(nick),
                Target::Chat => "chat".to_owned(),
                Target::Classes { min, max, active } => match active {
                    None => format!("{min}..{max}"),
                    Some(true) => format!("active {min}..{max}"),
                    Some(false) => format!("passive {min}..{max}"),
                },
            };
            format!("to {to}: {}", String::from_utf8_lossy(data))
        }
        Call::BotChat {
            from,
            text: t,
            min,
            max,
        } => {
            format!("chat {min}..{max} <{}> {}", text(from), text(t))
        }
        // Printed as it is, it would hide the password.
        Call::AddReg {
            nick,
            class,
            password,
            op,
        } => format!(
            "AddReg {} {class} {} {}",
            text(nick),
            text(password),
            text(op)
        ),
        // `b"bob"` as `"bob"`: only a `b` that begins a text.
        other => [" ", "(", "["]
            .iter()
            .fold(format!("{other:?}"), |text, before| {
                text.replace(&format!("{before}b\""), &format!("{before}\""))
            }),
    }
}

impl Host for Fake {
    fn view(&self) -> &View {
        &self.view
    }
    fn script(&self) -> ScriptId {
        ScriptId(0)
    }
    fn path(&self) -> &[u8] {
        b"/scripts/test.py"
    }
    fn post(&self, call: Call) {
        self.done.borrow_mut().push(call);
    }
    fn call(&self, call: Call) -> Result<Value<'static>, ApiError> {
        if let Call::SetConfig { var, value, .. } = &call {
            let mut config = (*self.view.config()).as_ref().clone();
            // Plugin variables are not in the hub's table; the fake takes them as they are.
            if str::from_utf8(var).is_ok_and(|var| config.set(var, value).is_ok()) {
                self.view.set_config(config);
            }
        }
        self.done.borrow_mut().push(call);
        Ok(Value::Bool(true))
    }
    fn sql(&self, query: &[u8], limit: usize) -> Result<Vec<Vec<Option<Bytes>>>, String> {
        match query {
            b"SELECT 1" => Ok(vec![vec![Some("1".into()), None]; 200.min(limit)]),
            b"DELETE" => Ok(vec![]),
            _ => Err("syntax error".to_owned()),
        }
    }
    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes> {
        (file == b"pi_x" && var == b"a").then(|| "set".into())
    }
    fn geo_database(&self, path: &[u8]) -> Result<Arc<Database>, String> {
        tests_database(path)
    }
    fn dynamic(&self, name: &[u8], args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
        match name {
            b"count" => Ok(Value::Int(args.len().try_into().unwrap())),
            b"pair" => Ok(Value::Tuple(vec![owned(&args[0]), Value::None])),
            _ => Err(ApiError::Name("no such function".to_owned())),
        }
    }
    fn query(&self, query: &Query<'_>) -> Result<Vec<QueryAnswer>, ApiError> {
        let said = [query.command, query.data, query.recipient].join(&b'/');
        Ok(vec![QueryAnswer {
            text: said.into(),
            script: "/other.py".into(),
        }])
    }
    fn label(&self, set: Option<(Bytes, Bytes)>) -> (Bytes, Bytes) {
        if let Some(label) = set {
            self.label.replace(label);
        }
        self.label.borrow().clone()
    }
}

/// What may stand in an argument or result of a test row.
trait Arg<'a> {
    fn value(self) -> Value<'a>;
}
impl<'a> Arg<'a> for &'a str {
    fn value(self) -> Value<'a> {
        Value::Text(self.as_bytes())
    }
}
impl<'a> Arg<'a> for i64 {
    fn value(self) -> Value<'a> {
        Value::Int(self)
    }
}
impl<'a> Arg<'a> for bool {
    fn value(self) -> Value<'a> {
        Value::Bool(self)
    }
}
impl<'a> Arg<'a> for Value<'a> {
    fn value(self) -> Value<'a> {
        self
    }
}

/// Lists become sorted texts, so that rows need not care for order or ownership.
fn plain(value: &Value<'_>) -> String {
    let text = |b: &[u8]| format!("{:?}", String::from_utf8_lossy(b));
    let list = |l: &[Value<'_>]| l.iter().map(plain).collect::<Vec<_>>().join(", ");
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Float(x) => format!("{x:?}"),
        Value::Text(t) => text(t),
        Value::Bytes(b) => text(b),
        Value::List(l) => format!("[{}]", list(l)),
        Value::Set(t) | Value::FrozenSet(t) => format!("{{{}}}", list(t)),
        Value::Tuple(t) => format!("({})", list(t)),
        Value::Dict(d) => {
            let pairs = d.iter().map(|(k, v)| format!("{}: {}", plain(k), plain(v)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::NickList(nicks) => {
            let mut nicks: Vec<_> = nicks.iter().map(|n| text(n)).collect();
            nicks.sort();
            format!("[{}]", nicks.join(", "))
        }
        Value::MyInfo { fields, raw } => {
            let fields: Vec<_> = fields.iter().map(|f| text(f)).collect();
            format!("({}) = {}", fields.join(", "), text(raw))
        }
    }
}

/// The 68 names of the fact sheet, section 2.2 and 2.3.
const NAMES: [&str; 68] = [
    "SendToAll",
    "mc",
    "usermc",
    "pm",
    "classmc",
    "SendToOpChat",
    "SendDataToAll",
    "SendDataToUser",
    "SendPMToAll",
    "SendToActive",
    "SendToPassive",
    "SendToActiveClass",
    "SendToPassiveClass",
    "SendToUser",
    "GetUserClass",
    "GetUserHost",
    "GetUserIP",
    "GetUserCC",
    "GetUserHubURL",
    "GetUserExtJSON",
    "GetIPCC",
    "GetIPCN",
    "GetIPCity",
    "GetIPASN",
    "GetGeoIP",
    "GetMyINFO",
    "SetMyINFO",
    "SetUserIP",
    "SetMyINFOFlag",
    "UnsetMyINFOFlag",
    "GetNickList",
    "GetOpList",
    "GetBotList",
    "GetRawNickList",
    "GetRawOpList",
    "GetRawBotList",
    "GetUsersCount",
    "GetTotalShareSize",
    "GetServFreq",
    "Topic",
    "name_and_version",
    "AddRegUser",
    "DelRegUser",
    "SetRegClass",
    "Ban",
    "KickUser",
    "CloseConnection",
    "DelNickTempBan",
    "DelIPTempBan",
    "UserRestrictions",
    "GetConfig",
    "SetConfig",
    "IsRobotNickBad",
    "AddRobot",
    "DelRobot",
    "SQL",
    "ParseCommand",
    "ScriptCommand",
    "ScriptQuery",
    "Encode",
    "Decode",
    "encode",
    "decode",
    "StopHub",
    "CallDynamicFunction",
    "GetUserNick",
    "GetConnNick",
    "GetChatMessage",
];

#[test]
fn the_table_has_exactly_the_documented_names() {
    let mut table: Vec<_> = API.iter().map(|f| f.name).collect();
    let mut names = NAMES.to_vec();
    table.sort_unstable();
    names.sort_unstable();
    assert_eq!(table, names);
    names.dedup();
    assert_eq!(names.len(), 68);
}

#[test]
fn every_row_is_documented_and_sound() {
    for f in API {
        assert!(
            f.doc.ends_with(['.', '$']) || f.doc.contains(':'),
            "{}",
            f.name
        );
        assert!(!f.returns.is_empty());
        let words: Vec<_> = (f.params.iter())
            .flat_map(|p| std::iter::once(&p.name).chain(p.aliases))
            .collect();
        for (i, word) in words.iter().enumerate() {
            assert!(
                !words[..i].contains(word),
                "vh.{}: {word} is there twice",
                f.name
            );
        }
        let first_optional = f.params.iter().position(|p| p.optional);
        let rest = &f.params[first_optional.unwrap_or(f.params.len())..];
        assert!(rest.iter().all(|p| p.optional), "vh.{}", f.name);
        assert!(f.params.len() <= 32, "keywords are one u32");
    }
}

/// A value that fits a parameter.
fn sample(kind: ParamKind) -> Value<'static> {
    match kind {
        ParamKind::Str | ParamKind::Text | ParamKind::Any => Value::Text(b"x"),
        ParamKind::Int => Value::Int(1),
        ParamKind::Float => Value::Float(1.0),
        ParamKind::Bool => Value::Bool(true),
    }
}

/// A row may be there before its body: it says so, and none is there now.
#[test]
fn planned_functions_say_so() {
    for f in API.iter().filter(|f| f.status == Status::Planned) {
        let given: Vec<_> = f.params.iter().map(|p| sample(p.kind)).collect();
        let (answer, done) = Fake::new().run(f.name, &given, &[]);
        assert_eq!(answer, Err(ApiError::NotImplemented(f.name)));
        assert_eq!(done, "");
    }
    assert!(API.iter().all(|f| f.status == Status::Works));
}

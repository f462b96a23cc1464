//! Calls of scripts in words, for the log that their authors read: `OnParsedMsgChat('ann', 'hello') = 1`.
//! Values look as in Python. Passwords are not shown.

use std::fmt::Write as _;

use crate::api::{ApiFn, Value};
use crate::cut;
use crate::hooks::{Arg, Event, Substitute, Verdict};
use crate::secrets;

/// Text of the hub as people read it.
pub type Show<'s> = &'s dyn Fn(&[u8]) -> String;

/// Items of a container that are shown.
const ITEMS: usize = 20;
/// Bytes of a text that are shown.
const TEXT: usize = 1000;
/// What is shown in place of what nobody is to read.
const HIDDEN: &str = "<hidden>";

/// An event as the call of its hook.
pub fn hook(event: &Event, show: Show<'_>) -> String {
    let params = event.hook().params();
    let args = event.args();
    let values = args.iter().map(|arg| match arg {
        Arg::Text(t) => Value::Text(t),
        Arg::Int(n) => Value::Int(*n),
        Arg::Float(n) => Value::Float(*n),
    });
    call(event.hook().name(), params, values, show)
}

/// A call by its name, with parameters as far as they have names.
pub fn call<'v>(
    name: &str,
    params: &[&str],
    values: impl Iterator<Item = Value<'v>>,
    show: Show<'_>,
) -> String {
    let mut out = format!("{name}(");
    for (i, value) in values.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        put(&mut out, params.get(i).unwrap_or(&""), &value, show);
    }
    out.push(')');
    out
}

/// A call of a `vh` function with the arguments that it was given.
pub fn vh(function: &ApiFn, values: &[Value<'_>], show: Show<'_>) -> String {
    let mut out = format!("vh.{}(", function.name);
    let secret = is_about_secret(function, values);
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        let param = function.params.get(i).map_or("", |p| p.name);
        match value {
            Value::None => out.push_str("None"),
            _ if param == "password" => out.push_str(HIDDEN),
            _ if secret && i > 0 && i + 1 == values.len() && function.name == "SetConfig" => {
                out.push_str(HIDDEN);
            }
            Value::Text(t) if function.name == "SQL" => out.push_str(&statement(&show(t))),
            Value::Bytes(t) if function.name == "SQL" => out.push_str(&statement(&show(t))),
            value => put(&mut out, param, value, show),
        }
    }
    out.push(')');
    out
}

/// What a `vh` function gave.
pub fn result(
    function: &ApiFn,
    values: &[Value<'_>],
    result: &Value<'_>,
    show: Show<'_>,
) -> String {
    match result {
        Value::Tuple(items) if function.name == "SQL" => match items.as_slice() {
            [done, Value::List(rows)] => format!("({}, {} rows)", value(done, show), rows.len()),
            _ => value(result, show),
        },
        Value::None => "None".into(),
        _ if is_about_secret(function, values) => HIDDEN.into(),
        _ => value(result, show),
    }
}

/// Whether settings are about a password: the name says it.
fn is_about_secret(function: &ApiFn, values: &[Value<'_>]) -> bool {
    if !matches!(function.name, "GetConfig" | "SetConfig") {
        return false;
    }
    let is = |text: &[u8]| {
        let text = text.to_ascii_lowercase();
        [&b"pass"[..], b"pwd", b"secret", b"key"]
            .iter()
            .any(|word| text.windows(word.len()).any(|w| w == *word))
    };
    values.iter().take(2).any(|v| match v {
        Value::Text(t) => is(t),
        Value::Bytes(t) => is(t),
        _ => false,
    })
}

/// A statement without the values in it.
fn statement(text: &str) -> String {
    match text.find(['\'', '"']) {
        Some(at) => format!("{:?} ...", &text[..at]),
        None => format!("{text:?}"),
    }
}

/// A value as Python writes it.
pub fn value(value: &Value<'_>, show: Show<'_>) -> String {
    let mut out = String::new();
    put(&mut out, "", value, show);
    out
}

/// What the scripts said to an event, as one of them would have returned it.
pub fn verdict(verdict: &Verdict, show: Show<'_>) -> String {
    let number = u8::from(verdict.allow);
    let text = |t: &Option<bytes::Bytes>| match t {
        Some(t) => value(&Value::Text(t), show),
        None => "None".into(),
    };
    let mut out = match verdict.substitute.as_deref() {
        Some(Substitute::Chat { nick, text: line }) => format!("({}, {})", text(nick), text(line)),
        Some(Substitute::MyInfo(fields)) => {
            format!("({})", fields.each_ref().map(text).join(", "))
        }
        None => number.to_string(),
    };
    for reply in &verdict.replies {
        out = format!("({}, {number})", value(&Value::Text(reply), show));
    }
    out
}

fn put(out: &mut String, param: &str, value: &Value<'_>, show: Show<'_>) {
    let text = |out: &mut String, t: &[u8]| {
        let shown = show(&secrets::shown(param, t));
        let shown = cut::line(&shown, TEXT);
        out.push('\'');
        for c in shown.chars() {
            match c {
                '\'' => out.push_str("\\'"),
                '"' => out.push('"'),
                c => out.extend(c.escape_debug()),
            }
        }
        out.push('\'');
    };
    let all = |out: &mut String, open: &str, items: &[Value<'_>], close: &str| {
        out.push_str(open);
        for (i, item) in items.iter().enumerate() {
            if i == ITEMS {
                // Writing to memory cannot fail.
                write!(out, ", ... {} more", items.len() - i).unwrap_or(());
                break;
            }
            out.push_str(if i > 0 { ", " } else { "" });
            put(out, "", item, show);
        }
        out.push_str(close);
    };
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
        Value::Int(n) => out.push_str(&n.to_string()),
        Value::Float(n) => out.push_str(&format!("{n:?}")),
        Value::Text(t) => text(out, t),
        Value::Bytes(t) => text(out, t),
        Value::List(items) => all(out, "[", items, "]"),
        Value::Tuple(items) if items.len() == 1 => all(out, "(", items, ",)"),
        Value::Tuple(items) => all(out, "(", items, ")"),
        Value::Set(items) | Value::FrozenSet(items) => all(out, "{", items, "}"),
        Value::Dict(pairs) => {
            out.push('{');
            for (i, (key, value)) in pairs.iter().take(ITEMS).enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                put(out, "", key, show);
                out.push_str(": ");
                put(out, "", value, show);
            }
            if pairs.len() > ITEMS {
                write!(out, ", ... {} more", pairs.len() - ITEMS).unwrap_or(());
            }
            out.push('}');
        }
        Value::NickList(nicks) => {
            let nicks: Vec<Value<'_>> = nicks.iter().map(|n| Value::Text(n)).collect();
            all(out, "[", &nicks, "]");
        }
        Value::MyInfo { fields, .. } => {
            let fields: Vec<Value<'_>> = fields.iter().map(|t| Value::Text(t)).collect();
            all(out, "(", &fields, ")");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::find;

    fn utf8(text: &[u8]) -> String {
        String::from_utf8_lossy(text).into_owned()
    }

    #[test]
    fn hooks_and_what_they_said() {
        let event = Event::ParsedMsgChat {
            nick: "ann".into(),
            message: "it's\nso".into(),
        };
        assert_eq!(hook(&event, &utf8), r"OnParsedMsgChat('ann', 'it\'s\nso')");
        assert_eq!(verdict(&Verdict::ALLOW, &utf8), "1");
        assert_eq!(verdict(&Verdict::BLOCK, &utf8), "0");
        let mut changed = Verdict::ALLOW;
        changed.substitute = Some(Box::new(Substitute::Chat {
            nick: None,
            text: Some("x".into()),
        }));
        assert_eq!(verdict(&changed, &utf8), "(None, 'x')");
        let mut answered = Verdict::BLOCK;
        answered.replies.push("no".into());
        assert_eq!(verdict(&answered, &utf8), "('no', 0)");
        let pass = Event::ParsedMsgMyPass {
            nick: "ann".into(),
            data: "$MyPass s3cret".into(),
        };
        assert!(!hook(&pass, &utf8).contains("s3cret"));
    }

    #[test]
    fn functions_and_what_they_gave() {
        let said = |name: &str, values: &[Value<'_>], gave: Value<'_>| {
            let f = find(name).unwrap();
            format!(
                "{} = {}",
                vh(f, values, &utf8),
                result(f, values, &gave, &utf8)
            )
        };
        assert_eq!(
            said("GetUserClass", &[Value::Text(b"ann")], Value::Int(3)),
            "vh.GetUserClass('ann') = 3"
        );
        let nicks = Value::NickList(vec!["a".into(), "b".into()]);
        assert_eq!(
            said("GetNickList", &[], nicks),
            "vh.GetNickList() = ['a', 'b']"
        );
        let dict = Value::Dict(vec![(Value::Int(1), Value::Tuple(vec![Value::None]))]);
        assert_eq!(
            said(
                "CallDynamicFunction",
                &[Value::Text(b"f"), dict],
                Value::Bool(true)
            ),
            "vh.CallDynamicFunction('f', {1: (None,)}) = True"
        );
        for (name, values) in [
            ("AddRegUser", &[&b"ann"[..], b"1", b"s3cret"][..]),
            ("ParseCommand", &[b"op", b"!regpass ann s3cret"]),
            ("SQL", &[b"UPDATE reglist SET login_pwd = 's3cret'"]),
            ("SetConfig", &[b"config", b"mysql_pass", b"s3cret"]),
            ("SetConfig", &[b"mysql_pass", b"s3cret"]),
        ] {
            let values: Vec<Value<'_>> = values.iter().map(|v| Value::Text(v)).collect();
            let said = said(name, &values, Value::Bool(true));
            assert!(!said.contains("s3cret"), "{said}");
        }
        let pair = [Value::Text(b"config"), Value::Text(b"mysql_pass")];
        assert!(!said("GetConfig", &pair, Value::Text(b"s3cret")).contains("s3cret"));
        let rows = Value::Tuple(vec![
            Value::Int(1),
            Value::List(vec![Value::Text(b"s3cret")]),
        ]);
        assert!(
            said(
                "SQL",
                &[Value::Text(b"SELECT login_pwd FROM reglist")],
                rows
            )
            .ends_with("= (1, 1 rows)")
        );
    }
}

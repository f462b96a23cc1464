//! What scripts ask of one another and of the program around them.

use super::args::Args;
use super::host::{Host, Query, QueryAnswer};
use crate::value::{ApiError, Value, type_name};

type Answer = Result<Value<'static>, ApiError>;

pub(super) fn call_dynamic_function(host: &dyn Host, args: &Args<'_>) -> Answer {
    let wrong = |i: usize, what: &str| {
        let text = format!("vh.CallDynamicFunction() argument {i} {what}");
        Err(ApiError::Type(text))
    };
    let Some(name) = args.text(0) else {
        return wrong(1, "(name): expected str, not NoneType");
    };
    let rest = args.values.get(1..).unwrap_or_default();
    if let Some(i) = rest.iter().position(|v| *v == Value::None) {
        return wrong(i + 2, &format!("cannot be {}", type_name(&Value::None)));
    }
    host.dynamic(name, rest)
}

pub(super) fn script_query(host: &dyn Host, args: &Args<'_>) -> Answer {
    let text = |i| args.text(i).unwrap_or_default();
    let answers = host.query(&Query {
        command: text(0),
        data: text(1),
        recipient: text(2),
    })?;
    let with_sender = args.int(3, 0) != 0;
    let item = |QueryAnswer { text, script }| match with_sender {
        true => Value::Tuple(vec![text.into(), script.into()]),
        false => text.into(),
    };
    Ok(Value::List(answers.into_iter().map(item).collect()))
}

//! Escaping, stopping, and what only the oldest samples use.

use bytes::Bytes;

use super::args::Args;
use super::args::owned;
use super::host::Host;
use crate::io::Call;
use crate::value::{ApiError, Value};

type Answer = Result<Value<'static>, ApiError>;

pub(super) fn encode(_: &dyn Host, args: &Args<'_>) -> Answer {
    let text = nmdc::escape::encode(args.text(0).unwrap_or_default());
    Ok(Value::Bytes(Bytes::from(text.into_owned())))
}

pub(super) fn decode(_: &dyn Host, args: &Args<'_>) -> Answer {
    let text = nmdc::escape::decode(args.text(0).unwrap_or_default());
    Ok(Value::Bytes(Bytes::from(text.into_owned())))
}

pub(super) fn stop_hub(host: &dyn Host, args: &Args<'_>) -> Answer {
    let code = args.int(0, 0);
    let code = i32::try_from(code)
        .map_err(|_| ApiError::Value(format!("vh.StopHub() exit code {code} is out of range")))?;
    let delay = args.int(1, 0).max(0);
    host.post(Call::StopHub { code, delay });
    Ok(Value::Bool(true))
}

/// The third argument is a plugin's name, or as a number whether to deliver at once.
pub(super) fn script_command(host: &dyn Host, args: &Args<'_>) -> Answer {
    const PLUGIN: usize = 2;
    let (Some(cmd), Some(data)) = (args.bytes(0), args.bytes(1)) else {
        return Ok(Value::Bool(false));
    };
    let mut plugin = Bytes::from_static(b"python");
    let mut immediate = false;
    match &args.values[PLUGIN] {
        Value::None => {}
        Value::Int(_) | Value::Bool(_) => immediate = args.int(PLUGIN, 0) != 0,
        Value::Text(_) | Value::Bytes(_) => plugin = args.bytes_or_empty(PLUGIN),
        _ => return Err(args.wrong_type(("ScriptCommand", "plugin"), PLUGIN, "str or int")),
    }
    host.call(Call::ScriptCommand {
        cmd,
        data,
        plugin,
        script: Bytes::copy_from_slice(host.path()),
        immediate,
    })
}

/// Hooks once gave handles that these functions turned into text; now they give the text.
pub(super) fn same(_: &dyn Host, args: &Args<'_>) -> Answer {
    Ok(args.values.first().map_or(Value::None, owned))
}

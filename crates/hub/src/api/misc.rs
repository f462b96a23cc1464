//! Escaping, stopping, and what only the oldest samples use.

use bytes::Bytes;

use super::args::owned;
use super::{ApiError, Args, Host, Value};
use crate::io::Call;

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

/// Hooks once gave handles that these functions turned into text; now they give the text.
pub(super) fn same(_: &dyn Host, args: &Args<'_>) -> Answer {
    Ok(args.values.first().map_or(Value::None, owned))
}

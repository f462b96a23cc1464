//! Lists, counters and what the hub says of itself.

use bytes::{BufMut, Bytes, BytesMut};

use super::args::Args;
use super::host::Host;
use crate::io::Call;
use crate::value::{ApiError, Value};
use crate::view::UserView;

type Answer = Result<Value<'static>, ApiError>;

/// A topic of this many bytes or more is not taken.
const TOPIC_LIMIT: usize = 1024;

fn anybody(_: &UserView) -> bool {
    true
}

pub(super) fn get_nick_list(host: &dyn Host, _: &Args<'_>) -> Answer {
    Ok(Value::NickList(host.view().nicks(anybody)))
}

pub(super) fn get_op_list(host: &dyn Host, _: &Args<'_>) -> Answer {
    Ok(Value::NickList(host.view().nicks(|u| u.op)))
}

pub(super) fn get_bot_list(host: &dyn Host, _: &Args<'_>) -> Answer {
    Ok(Value::NickList(host.view().nicks(|u| u.bot)))
}

/// `$WORD a$$b$$`, as clients get it.
fn raw(host: &dyn Host, word: &[u8], wanted: impl Fn(&UserView) -> bool) -> Answer {
    let mut out = BytesMut::from(word);
    out.put_u8(b' ');
    for nick in host.view().nicks(wanted) {
        out.put_slice(&nick);
        out.put_slice(b"$$");
    }
    Ok(Value::Bytes(out.freeze()))
}

pub(super) fn get_raw_nick_list(host: &dyn Host, _: &Args<'_>) -> Answer {
    raw(host, b"$NickList", anybody)
}

pub(super) fn get_raw_op_list(host: &dyn Host, _: &Args<'_>) -> Answer {
    raw(host, b"$OpList", |u| u.op)
}

pub(super) fn get_raw_bot_list(host: &dyn Host, _: &Args<'_>) -> Answer {
    raw(host, b"$BotList", |u| u.bot)
}

fn number(n: u64) -> Answer {
    Ok(Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
}

pub(super) fn get_users_count(host: &dyn Host, _: &Args<'_>) -> Answer {
    number(host.view().user_count())
}

pub(super) fn get_total_share_size(host: &dyn Host, _: &Args<'_>) -> Answer {
    Ok(Value::Bytes(host.view().total_share().to_string().into()))
}

pub(super) fn get_serv_freq(host: &dyn Host, _: &Args<'_>) -> Answer {
    number(
        host.view()
            .frequency
            .load(std::sync::atomic::Ordering::Relaxed),
    )
}

pub(super) fn topic(host: &dyn Host, args: &Args<'_>) -> Answer {
    if let Some(value) = args.bytes(0)
        && value.len() < TOPIC_LIMIT
    {
        host.call(Call::SetConfig {
            file: Bytes::from_static(b"config"),
            var: Bytes::from_static(b"hub_topic"),
            value,
        })?;
    }
    Ok(Value::Bytes(
        host.view().config().identity.hub_topic.clone(),
    ))
}

/// With arguments it labels the script. Without any it is the hub's name and version, as in version
/// 1.7, for scripts that do not do that, and the label for those that do, as before.
pub(super) fn name_and_version(host: &dyn Host, args: &Args<'_>) -> Answer {
    let (name, version) = (args.bytes(0), args.bytes(1));
    if name.is_none() && version.is_none() {
        if let Some((name, version)) = host.own_label() {
            return Ok(Value::Tuple(vec![name.into(), version.into()]));
        }
        let config = host.view().config();
        let (name, version) = (&config.identity.hub_name, &config.identity.hub_version);
        return Ok(Value::Bytes([name.as_ref(), version].join(&b' ').into()));
    }
    let (old_name, old_version) = host.label(None);
    let keep = |new: Option<Bytes>, old| new.filter(|n| !n.is_empty()).unwrap_or(old);
    let (name, version) = host.label(Some((keep(name, old_name), keep(version, old_version))));
    Ok(Value::Tuple(vec![
        Value::Bytes(name),
        Value::Bytes(version),
    ]))
}

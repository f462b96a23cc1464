//! Asking about users and changing how they are shown.

use bytes::Bytes;

use super::args::Args;
use super::geoip::address;
use super::host::Host;
use crate::io::Call;
use crate::value::{ApiError, Value};
use crate::view::UserView;

type Answer = Result<Value<'static>, ApiError>;

/// The class of somebody who is not there.
const NO_CLASS: i64 = -2;
/// Normal, away, server, fireball, TLS, NAT.
const FLAGS: [i64; 6] = [1, 2, 4, 8, 16, 32];

/// Scripts ask this for every line of chat: nothing is allocated or counted here.
pub(super) fn get_user_class(host: &dyn Host, args: &Args<'_>) -> Answer {
    let nick = args.text(0).unwrap_or_default();
    let class = host.view().with_user(nick, |u| i64::from(u.class));
    Ok(Value::Int(class.unwrap_or(NO_CLASS)))
}

/// One field of a user, empty when there is no such user.
fn field(host: &dyn Host, args: &Args<'_>, read: impl FnOnce(&UserView) -> Bytes) -> Answer {
    let nick = args.text(0).unwrap_or_default();
    let text = host.view().with_user(nick, read);
    Ok(Value::Bytes(text.unwrap_or_default()))
}

pub(super) fn get_user_host(host: &dyn Host, args: &Args<'_>) -> Answer {
    let nick = args.text(0).unwrap_or_default();
    // Bots have no host, and what is known need not be asked for.
    match host
        .view()
        .with_user(nick, |u| (u.host.clone(), u.bot || u.host_known))
    {
        Some((name, known)) if known || !name.is_empty() => Ok(Value::Bytes(name)),
        Some(_) => host.call(Call::HostOf {
            nick: Bytes::copy_from_slice(nick),
        }),
        None => Ok(Value::Bytes(Bytes::new())),
    }
}

pub(super) fn get_user_ip(host: &dyn Host, args: &Args<'_>) -> Answer {
    field(host, args, |u| u.ip.clone())
}

pub(super) fn get_user_hub_url(host: &dyn Host, args: &Args<'_>) -> Answer {
    field(host, args, |u| u.hub_url.clone())
}

pub(super) fn get_user_ext_json(host: &dyn Host, args: &Args<'_>) -> Answer {
    field(host, args, |u| u.ext_json.clone())
}

pub(super) fn set_user_ip(host: &dyn Host, args: &Args<'_>) -> Answer {
    let (nick, ip) = (args.bytes(0), args.bytes(1));
    match nick.zip(ip.filter(|ip| address(ip).is_some())) {
        Some((nick, ip)) => host.call(Call::SetUserIp { nick, ip }),
        None => Ok(Value::Bool(false)),
    }
}

pub(super) fn get_my_info(host: &dyn Host, args: &Args<'_>) -> Answer {
    let Some(user) = host.view().user(args.text(0).unwrap_or_default()) else {
        return Ok(Value::None);
    };
    if user.my_info.is_empty() {
        return Ok(Value::None);
    }
    let u = &*user;
    let fields = [&u.nick, &u.desc, &u.tag, &u.speed, &u.email, &u.share];
    Ok(Value::MyInfo {
        fields: Box::new(fields.map(Bytes::clone)),
        raw: u.my_info.clone(),
    })
}

pub(super) fn set_my_info(host: &dyn Host, args: &Args<'_>) -> Answer {
    match args.bytes(0) {
        Some(nick) => host.call(Call::SetMyInfo {
            nick,
            fields: std::array::from_fn(|i| args.bytes(i + 1)),
        }),
        None => Ok(Value::Bool(false)),
    }
}

pub(super) fn set_my_info_flag(host: &dyn Host, args: &Args<'_>) -> Answer {
    flag(host, args, true)
}

pub(super) fn unset_my_info_flag(host: &dyn Host, args: &Args<'_>) -> Answer {
    flag(host, args, false)
}

fn flag(host: &dyn Host, args: &Args<'_>, on: bool) -> Answer {
    let flag = args.int(1, 0);
    match args.bytes(0) {
        Some(nick) if FLAGS.contains(&flag) => host.call(Call::MyInfoFlag { nick, flag, on }),
        _ => Ok(Value::Bool(false)),
    }
}

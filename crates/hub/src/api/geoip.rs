//! Where users and addresses are.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::args::Args;
use super::host::Host;
use crate::geo::{Database, Style};
use crate::value::{ApiError, Value};

/// What is said of an address that no database knows.
const UNKNOWN: &[u8] = b"--";

type Answer = Result<Value<'static>, ApiError>;

/// An address as a script writes it.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    let ip: IpAddr = str::from_utf8(text).ok()?.trim().parse().ok()?;
    Some(ip.to_canonical())
}

fn ip(args: &Args<'_>) -> Option<IpAddr> {
    address(args.text(0).unwrap_or_default())
}

fn text(text: impl Into<Bytes>) -> Answer {
    Ok(Value::Bytes(text.into()))
}

/// The database that the argument `db` names: none when it is empty.
///
/// The original falls back to its own without a word when it cannot read the file, so that a
/// typing error looks like a wrong answer.
fn other(
    function: &str,
    host: &dyn Host,
    args: &Args<'_>,
) -> Result<Option<Arc<Database>>, ApiError> {
    let path = args.text(1).filter(|path| !path.is_empty());
    path.map(|path| host.geo_database(path))
        .transpose()
        .map_err(|why| ApiError::Value(format!("vh.{function}() argument 2 (db): {why}")))
}

fn style(host: &dyn Host) -> Style {
    Style::of(&host.view().config())
}

pub(super) fn get_user_cc(host: &dyn Host, args: &Args<'_>) -> Answer {
    let view = host.view();
    let nick = args.text(0).unwrap_or_default();
    let ip = view.with_user(nick, |user| address(&user.ip)).flatten();
    text(ip.map_or_else(Bytes::new, |ip| view.geo().code(ip)))
}

pub(super) fn get_ip_cc(host: &dyn Host, args: &Args<'_>) -> Answer {
    text(ip(args).map_or_else(Bytes::new, |ip| host.view().geo().code(ip)))
}

pub(super) fn get_ip_cn(host: &dyn Host, args: &Args<'_>) -> Answer {
    let name = |ip| host.view().geo().country(ip, &style(host));
    text(ip(args).map_or_else(Bytes::new, name))
}

pub(super) fn get_ip_city(host: &dyn Host, args: &Args<'_>) -> Answer {
    let other = other("GetIPCity", host, args)?;
    let name = |ip| host.view().geo().city(ip, other.as_deref(), &style(host));
    text(ip(args).map_or_else(Bytes::new, name))
}

pub(super) fn get_ip_asn(host: &dyn Host, args: &Args<'_>) -> Answer {
    let other = other("GetIPASN", host, args)?;
    let name = |ip| host.view().geo().asn(ip, other.as_deref(), &style(host));
    let known = |ip| name(ip).unwrap_or(Bytes::from_static(UNKNOWN));
    text(ip(args).map_or_else(Bytes::new, known))
}

pub(super) fn get_geo_ip(host: &dyn Host, args: &Args<'_>) -> Answer {
    let other = other("GetGeoIP", host, args)?;
    let Some(ip) = ip(args) else {
        return Ok(Value::None);
    };
    let place = host.view().geo().place(ip, other.as_deref(), &style(host));
    let Some(p) = place else {
        return Ok(Value::None);
    };
    // Area codes and three-letter codes are no longer in any database: 0, and the two-letter
    // one as in the original.
    let fields = [
        ("latitude", Value::Float(p.latitude)),
        ("longitude", Value::Float(p.longitude)),
        ("metro_code", Value::Int(p.metro_code.into())),
        ("area_code", Value::Int(0)),
        ("host", Value::Bytes(ip.to_string().into())),
        ("range_low", Value::Bytes(p.range_low)),
        ("range_high", Value::Bytes(p.range_high)),
        ("country_code", Value::Bytes(p.country_code.clone())),
        ("country_code_xxx", Value::Bytes(p.country_code)),
        ("country", Value::Bytes(p.country)),
        ("region_code", Value::Bytes(p.region_code)),
        ("region", Value::Bytes(p.region)),
        ("time_zone", Value::Bytes(p.time_zone)),
        ("continent_code", Value::Bytes(p.continent_code)),
        ("continent", Value::Bytes(p.continent)),
        ("city", Value::Bytes(p.city)),
        ("postal_code", Value::Bytes(p.postal_code)),
    ];
    let pairs = fields.map(|(key, value)| (Value::Text(key.as_bytes()), value));
    Ok(Value::Dict(pairs.into()))
}

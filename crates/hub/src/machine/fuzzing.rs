//! Doors for the fuzz targets (`crates/fuzz`) to parsers that only the machine itself calls.

use std::net::IpAddr;

use bytes::Bytes;

use crate::io::Tls;
use crate::lists::{List, Row};

use super::vars::About;
use super::{Hub, consoles, secure, tempban};

/// Seconds of a text such as `5m`.
pub fn parse_span(text: &[u8]) -> Option<u64> {
    tempban::parse_span(text).ok()
}

/// Seconds as users read them.
pub fn span(seconds: u64) -> String {
    tempban::span(seconds)
}

/// What a proxy says behind `$MyIP`.
pub fn my_ip(text: &[u8]) -> Option<(IpAddr, Tls)> {
    secure::my_ip(text)
}

/// The row of a key with options, as an operator types them to add it.
///
/// # Errors
/// Why there is none.
pub fn typed_row(list: List, text: &[u8]) -> Result<Row, String> {
    consoles::typed_row(list, &Bytes::copy_from_slice(text))
}

/// A row as an operator is shown it.
pub fn shown_row(list: List, row: &Row) -> Bytes {
    consoles::show_row(list, row)
}

/// A text with the values of its variables, for nobody in particular.
pub fn expand(hub: &Hub, text: &[u8], line: &Bytes) -> Bytes {
    let line = line.clone();
    hub.expand(text, &About { user: None, line })
}

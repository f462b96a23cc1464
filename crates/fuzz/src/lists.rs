//! What operators type: rows of lists, time spans, texts with variables.

use bytes::Bytes;
use hub::Hub;
use hub::lists::List;

pub(crate) const WORDS: &[&str] = &[
    "-n",
    "-d",
    "-h",
    "-c",
    "-C",
    "-f",
    "-t",
    "-l",
    "-ls",
    "-v",
    "-V",
    "-e",
    "-s",
    "-m",
    "\"",
    "\" \"",
    " ",
    "1d",
    "30m",
    "-1",
    "999.99999",
    "%[CFG]/motd",
    "%[NICK]",
    "+rules",
];

/// The first byte chooses a list; then key and options as after `!addtrigger`.
///
/// What is shown of a row can be typed again and means the same.
pub(crate) fn options(input: &[u8]) {
    let (which, text) = crate::choose(input, List::ALL.len());
    let list = List::ALL[which];
    let Ok(row) = hub::fuzzing::typed_row(list, text) else {
        return;
    };
    assert!(
        !row.iter().flatten().any(|cell| cell.contains(&b'|')),
        "a pipe: {row:?}"
    );
    let shown = hub::fuzzing::shown_row(list, &row);
    assert!(!shown.contains(&b'|'), "a pipe: {shown:?}");
    // Long texts are shown abbreviated, and control characters as blanks.
    let plain = |cell: &Bytes| cell.len() <= 100 && !cell.iter().any(|b| b.is_ascii_control());
    if row.iter().flatten().all(plain) {
        let again = hub::fuzzing::typed_row(list, &shown);
        let again = again.unwrap_or_else(|e| panic!("{shown:?} of {row:?}: {e}"));
        assert_eq!(
            hub::fuzzing::shown_row(list, &again),
            shown,
            "{row:?} and {again:?}"
        );
    }
}

/// A time span, and how a time is shown.
pub(crate) fn span(input: &[u8]) {
    if let Some(seconds) = hub::fuzzing::parse_span(input) {
        let shown = hub::fuzzing::span(seconds);
        assert!(!shown.is_empty() && shown.len() < 80, "{shown}");
    }
}

pub(crate) const VARIABLES: &[&str] = &[
    "%[",
    "]",
    "%[NICK]",
    "%[nick]",
    "%[PARALL]",
    "%[PAR1]",
    "%[END1]",
    "%[CC]",
    "%[CN]",
    "%[CITY]",
    "%[IP]",
    "%[HOST]",
    "%[USERS]",
    "%[UPTIME]",
    "%[HUBNAME]",
    "%[ss]",
    "%[YY]",
    "%[%[",
];

/// The first byte says how long the typed line is, the rest is the text.
pub(crate) fn variables(input: &[u8]) {
    let (line, rest) = crate::choose(input, 64);
    let (line, text) = rest.split_at(line.min(rest.len()));
    let (hub, _view) = Hub::new(crate::start::start(1));
    let out = hub::fuzzing::expand(&hub, text, &Bytes::copy_from_slice(line));
    if !text.windows(2).any(|w| w == b"%[") {
        assert_eq!(out, text, "a text without variables");
    }
    // A value is never taken for a variable.
    assert!(
        out.len() <= text.len() + (text.len() / 5 + 1) * (line.len() + 300),
        "{}",
        out.len()
    );
}

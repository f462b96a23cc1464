//! Variables such as `%[NICK]` in texts that a hub's owner writes.

use bytes::Bytes;

use crate::geo::Style;
use crate::io::ConnId;

use super::entry::{class_name, size};
use super::handshake::SOFTWARE;
use super::tempban::span;
use super::{Hub, cat};

/// What a text is about.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// The user it is for.
    pub user: Option<ConnId>,
    /// What he typed, if he did.
    pub line: Bytes,
}

/// One variable.
struct Variable {
    name: &'static str,
    /// It differs from user to user.
    personal: bool,
    value: fn(&Hub, &About) -> Bytes,
}

macro_rules! variables {
    ($($kind:ident $($name:literal)|+, $value:expr;)*) => {
        static VARIABLES: &[Variable] = &[$($(Variable {
            name: $name,
            personal: variables!(@ $kind),
            value: $value,
        }),+),*];
    };
    (@ user) => { true };
    (@ hub) => { false };
}

fn number(n: impl ToString) -> Bytes {
    n.to_string().into()
}

fn two(n: i64) -> Bytes {
    format!("{n:02}").into()
}

fn yes(is: bool) -> Bytes {
    Bytes::from_static(if is { b"yes" } else { b"no" })
}

variables! {
    user "PARALL", |_, a| after_word(&a.line, 1);
    user "PAR1", |_, a| word(&a.line, 1);
    user "END1", |_, a| a.line.clone();
    user "CC", |h, a| h.with(a, |h, c| h.view.geo().code(c.ip));
    user "CN", |h, a| h.with(a, |h, c| h.view.geo().country(c.ip, &Style::of(&h.config)));
    user "CITY", |h, a| h.with(a, |h, c| h.view.geo().city(c.ip, None, &Style::of(&h.config)));
    user "IP", |h, a| h.with(a, |_, c| c.ip_text.clone());
    user "HOST", |h, a| h.with(a, |h, c| h.shown_host(c));
    user "TLS", |h, a| h.with(a, |_, c| c.tls_name());
    user "CLI_TLS", |h, a| h.with(a, |_, c| yes(c.offers_tls()));
    user "CLI_NAT", |h, a| h.with(a, |_, c| yes(c.nat));
    user "MODE", |h, a| h.with(a, |_, c| Bytes::from_static(if c.active { b"active" } else { b"passive" }));
    user "NICK" | "nick", |h, a| h.with(a, |_, c| c.nick.clone());
    user "CLASS", |h, a| h.with(a, |_, c| number(c.class));
    user "CLASSNAME", |h, a| h.with(a, |_, c| Bytes::from_static(class_name(c.class).as_bytes()));
    user "SHARE", |h, a| h.with(a, |_, c| size(c.share).into());
    user "SHARE_EXACT", |h, a| h.with(a, |_, c| number(c.share));
    hub "USERS", |h, _| number(h.users());
    hub "USERS_ACTIVE", |h, _| number(h.users().saturating_sub(h.passive_users));
    hub "USERS_PASSIVE", |h, _| number(h.passive_users);
    hub "USERSPEAK", |h, _| number(h.peak_users);
    hub "UPTIME", |h, _| h.uptime().into();
    hub "VERSION", |_, _| Bytes::from_static(SOFTWARE.as_bytes());
    hub "HUBNAME", |h, _| h.config.identity.hub_name.clone();
    hub "HUBTOPIC", |h, _| h.config.identity.hub_topic.clone();
    hub "HUBDESC", |h, _| h.config.identity.hub_desc.clone();
    hub "TOTAL_SHARE", |h, _| size(h.total_share).into();
    hub "SHAREPEAK", |h, _| size(h.peak_share).into();
    hub "ss", |h, _| two(h.local_time().second);
    hub "mm", |h, _| two(h.local_time().minute);
    hub "HH", |h, _| two(h.local_time().hour);
    hub "DD", |h, _| two(h.local_time().day);
    hub "MM", |h, _| two(h.local_time().month);
    hub "YY", |h, _| two(h.local_time().year);
}

/// A word of a line by number.
fn word(line: &Bytes, n: usize) -> Bytes {
    crate::words::words(line)
        .nth(n)
        .map(|w| line.slice_ref(w))
        .unwrap_or_default()
}

/// What follows the first words of a line.
fn after_word(line: &Bytes, n: usize) -> Bytes {
    match crate::words::words(line).nth(n) {
        Some(next) => {
            let at = next.as_ptr().addr().saturating_sub(line.as_ptr().addr());
            line.slice(at.min(line.len())..)
        }
        None => Bytes::new(),
    }
}

/// The variables of a text, each with the plain text before it; the last one has none.
fn pieces(text: &[u8]) -> Vec<(&[u8], Option<&[u8]>)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest
        .get(from..)
        .and_then(|r| r.windows(2).position(|w| w == b"%["))
    {
        let start = from + at;
        let inner = &rest[start + 2..];
        let end = inner.iter().take(32).position(|b| *b == b']');
        match end {
            Some(end) => {
                pieces.push((&rest[..start], Some(&inner[..end])));
                rest = &inner[end + 1..];
                from = 0;
            }
            None => from = start + 2,
        }
    }
    pieces.push((rest, None));
    pieces
}

fn find(name: &[u8]) -> Option<&'static Variable> {
    VARIABLES.iter().find(|v| v.name.as_bytes() == name)
}

/// Whether a text differs from user to user.
pub(super) fn is_personal(text: &[u8]) -> bool {
    pieces(text)
        .iter()
        .any(|(_, name)| name.and_then(find).is_some_and(|v| v.personal))
}

/// The names of all variables, for the documents.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|v| v.name)
}

impl Hub {
    /// A text with the values of its variables; what is none stays as it is.
    pub(super) fn expand(&self, text: &[u8], about: &About) -> Bytes {
        let mut out = Vec::with_capacity(text.len());
        for (plain, name) in pieces(text) {
            out.extend_from_slice(plain);
            let Some(name) = name else { break };
            match find(name) {
                Some(variable) => out.extend_from_slice(&(variable.value)(self, about)),
                None => out.extend_from_slice(&cat![b"%[", name, b"]"]),
            }
        }
        out.into()
    }

    /// A value of the user, empty without one.
    fn with(&self, about: &About, get: impl FnOnce(&Hub, &super::Conn) -> Bytes) -> Bytes {
        let user = about.user.and_then(|id| self.conns.get(&id));
        user.map(|c| get(self, c)).unwrap_or_default()
    }

    pub(super) fn uptime(&self) -> String {
        span(self.now.mono_ms.saturating_sub(self.started.mono_ms) / 1000)
    }

    /// Users in the list.
    pub(super) fn users(&self) -> usize {
        let users = |holder: &&super::Holder| matches!(holder, super::Holder::User(_));
        self.nicks.values().filter(users).count()
    }

    /// The name of a user's machine, if the hub has looked it up.
    pub(super) fn shown_host(&self, c: &super::Conn) -> Bytes {
        match &c.host {
            super::hosts::Host::Known(name) if !name.is_empty() => name.clone(),
            _ => c.ip_text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_pieces() {
        let line = Bytes::from_static(b"+hit  bob with  a fish");
        assert_eq!(word(&line, 1), "bob");
        assert_eq!(after_word(&line, 1), "bob with  a fish");
        assert_eq!(after_word(&Bytes::from_static(b"+a"), 1), "");
        // The second occurrence of the same bytes is not the first.
        assert_eq!(after_word(&Bytes::from_static(b"bob bob x"), 1), "bob x");
        let found = pieces(b"a%[X]b%[ y %[Z]");
        let shown: Vec<_> = found.iter().map(|(p, n)| (&p[..], *n)).collect();
        assert_eq!(shown[0], (&b"a"[..], Some(&b"X"[..])));
        assert_eq!(shown[1].0, b"b");
        assert!(is_personal(b"%[NICK]") && !is_personal(b"%[USERS] %[nothing]"));
        assert!(names().count() >= 33);
    }
}

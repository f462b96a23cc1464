//! `!who...`: users who have something in common.

use bytes::Bytes;

use crate::geo::Style;
use crate::machine::commands::CommandLine;
use crate::machine::conn::Conn;
use crate::machine::{Hub, cat};
use crate::words::TrimBlanks;

/// What users are looked for by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    Ip,
    Range,
    Country,
    City,
    Port,
    Url,
    Tls,
    Feature,
    Version,
    Info,
}

/// Whether `text` holds `part`, in any case of ASCII letters.
fn holds(text: &[u8], part: &[u8]) -> bool {
    let (text, part) = (text.to_ascii_lowercase(), part.to_ascii_lowercase());
    text.windows(part.len().max(1)).any(|w| w == part)
}

impl Hub {
    pub(super) fn who_has(&mut self, line: &CommandLine, by: By, rest: &Bytes) {
        let what = rest.slice_ref(rest.trim_blanks());
        if what.is_empty() {
            self.reply(line, "Who has what? Say what to look for.");
            return;
        }
        let range = (by == By::Range).then(|| crate::machine::banning::parse_range(&what));
        if range == Some(None) {
            self.reply(line, "A range is such as 1.2.3.0/24 or 1.2.3.4-1.2.3.9.");
            return;
        }
        let range = range.flatten();
        let style = Style::of(&self.config);
        let geo = self.view.geo();
        let find = |c: &Conn| -> Option<Bytes> {
            let (found, shown) = match by {
                By::Ip => (c.ip_text == what, c.ip_text.clone()),
                By::Range => {
                    let inside = range.is_some_and(|(from, to)| (from..=to).contains(&c.ip));
                    (inside, c.ip_text.clone())
                }
                By::Country => {
                    let code = geo.code(c.ip);
                    (code.eq_ignore_ascii_case(&what), code)
                }
                By::City => {
                    let city = geo.city(c.ip, None, &style);
                    (holds(&city, &what), city)
                }
                By::Port => {
                    let port = Bytes::from(c.port.to_string());
                    (port == what, port)
                }
                By::Url => (holds(&c.hub_url, &what), c.hub_url.clone()),
                By::Tls => {
                    let tls = c.tls_name();
                    (holds(&tls, &what), tls)
                }
                By::Feature => (holds(&c.announces, &what), c.announces.clone()),
                By::Version => {
                    let version = c.version.clone().unwrap_or_default();
                    (holds(&version, &what), version)
                }
                By::Info => {
                    let line = c.info.line.without_pipe();
                    (holds(&line, &what), line)
                }
            };
            found.then_some(shown)
        };
        let mut users: Vec<(Bytes, Bytes)> = (self.conns.values())
            .filter(|c| c.listed)
            .filter_map(|c| Some((c.nick.clone(), find(c)?)))
            .collect();
        drop(geo);
        users.sort_unstable();
        let mut text = match users.len() {
            0 => cat!["Nobody has ", what, "."].to_vec(),
            1 => cat!["1 user has ", what, ":"].to_vec(),
            n => cat![format!("{n} users have "), what, ":"].to_vec(),
        };
        for (nick, shown) in users {
            let shown = shown;
            text.extend_from_slice(&cat!["\r\n", nick, ": ", shown]);
        }
        self.reply(line, text);
    }
}

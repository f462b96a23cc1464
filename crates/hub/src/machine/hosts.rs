//! Names of hosts: asked of the program when a client comes or a script wants one, and awaited by
//! that script, or when a ban is about one.

use std::net::IpAddr;

use bytes::Bytes;

use crate::io::ConnId;

use super::bans::Kind;
use super::commands::CommandLine;
use super::conn::Conn;
use super::{Hub, cat};

/// What is known of a client's host.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Host {
    /// Nobody wanted to know.
    #[default]
    Unasked,
    /// The answer has not come yet.
    Asked,
    /// No answer came in time. A nick does not wait for it again, but who wants the name may
    /// have it asked for once more.
    Unanswered,
    /// Its name in lower case; empty when it has none.
    Known(Bytes),
}

/// A nick that waits until the name of the client's host is known.
#[derive(Debug)]
pub(super) struct Waiting {
    pub nick: Bytes,
}

/// What an operator wants to know or lift of a nick, an address and so on.
pub(super) struct AboutBan {
    pub by: ConnId,
    pub kind: Kind,
    pub value: Bytes,
    /// He lifts what there is, for this reason.
    pub lift: Option<Bytes>,
}

/// A command or a script's call that waits until the name of a client's host is known.
pub(super) enum Wanted {
    /// It wants the name.
    Name,
    /// It bans by the name: op, nick, reason, seconds, kind.
    Ban(Bytes, Bytes, Bytes, i64, i64),
    /// `!banhost1` and so on, with what stands behind it; of this nick.
    Command(CommandLine, Bytes, Bytes),
}

impl Hub {
    /// Whether names are wanted: by the settings, because bans are about them, or because
    /// scripts ask for them, who then need not wait.
    fn wants_hosts(&self) -> bool {
        self.config.engine.dns_lookup != 0
            || self.config.users.report_dns_lookup
            || self.bans.has_hosts()
            || self.scripts_want_hosts
    }

    /// Has the name of a client's host looked up, unless that was done or nobody wants it.
    pub(super) fn look_up_host(&mut self, id: ConnId) {
        if self.wants_hosts() {
            self.ask_host(id);
        }
    }

    /// The same when somebody does.
    fn ask_host(&mut self, id: ConnId) {
        let open = |c: &&mut Conn| matches!(c.host, Host::Unasked | Host::Unanswered);
        let Some(c) = self.conns.get_mut(&id).filter(open) else {
            return;
        };
        c.host = Host::Asked;
        let ip = c.ip;
        // Nobody is parked: who waits does so by `host_wait`.
        self.look_up(ip, move |hub, name| {
            hub.note_host(id, name);
            hub.serve_all_wanted(id);
        });
    }

    /// These addresses have other names now: who comes from there is looked up anew.
    pub(super) fn hosts_renamed(&mut self, ips: &[IpAddr]) {
        let mut ips = ips.to_vec();
        ips.sort_unstable();
        let met = |c: &&Conn| ips.binary_search(&c.ip.to_canonical()).is_ok();
        let mut ids: Vec<ConnId> = self.conns.values().filter(met).map(|c| c.id).collect();
        ids.sort_unstable();
        for id in ids {
            let known = self.conns.get_mut(&id);
            if let Some(c) = known.filter(|c| !matches!(c.host, Host::Unasked | Host::Asked)) {
                c.host = Host::Unasked;
                // What it was called is not to be read meanwhile.
                self.publish(id);
                self.look_up_host(id);
            }
        }
    }

    /// Whether a nick must wait for the name of the client's host; if so it goes on by itself.
    pub(super) fn waits_for_host(&mut self, id: ConnId, nick: &Bytes) -> bool {
        if !self.bans.has_hosts() {
            return false;
        }
        if matches!(self.conns.get(&id).map(|c| &c.host), Some(Host::Unanswered)) {
            return false;
        }
        // A ban made since the client came may be the first one.
        self.look_up_host(id);
        let Some(c) = self.conns.get_mut(&id).filter(|c| c.host == Host::Asked) else {
            return false;
        };
        c.host_wait = Some(Waiting { nick: nick.clone() });
        self.park(Some(id));
        true
    }

    /// Has a script's call wait for the name of a client's host, unless that is known.
    /// The program answers within seconds, also when there is no name.
    pub(super) fn want_host(&mut self, id: ConnId, wanted: Wanted) {
        self.scripts_want_hosts = true;
        if let Some(wanted) = self.await_host(id, wanted) {
            self.serve_wanted(id, wanted);
        }
    }

    /// Has the name of an online user's host asked for, unless that is known; `wanted` is done when
    /// it is or when there is no answer. The same, handed back, if it need not wait.
    pub(super) fn await_host(&mut self, id: ConnId, wanted: Wanted) -> Option<Wanted> {
        if matches!(self.conns.get(&id).map(|c| &c.host), Some(Host::Known(_))) {
            return Some(wanted);
        }
        self.ask_host(id);
        let ctx = self.ctx;
        self.hosts_wanted.entry(id).or_default().push((ctx, wanted));
        None
    }

    /// Asks what an address is called, whoever has it: the owner's own name of it, or that of the
    /// name servers.
    pub(super) fn ask_name_of(&mut self, ip: IpAddr, about: AboutBan) {
        let ctx = self.ctx;
        self.look_up(ip, move |hub, name| {
            hub.ctx = ctx;
            let name = name.map(plain).unwrap_or_default();
            // He may have gone meanwhile, and does nothing any more.
            if hub.conns.contains_key(&about.by) {
                hub.about_ban(about, &name);
            }
        });
    }

    /// `vh.GetUserHost`.
    pub(super) fn tell_host(&mut self, nick: &[u8]) {
        match self.user_of(nick) {
            Some(id) => self.want_host(id, Wanted::Name),
            None => self.answer(self.ctx, Bytes::new()),
        }
    }

    /// The name is known, or there is no answer, or the client has gone.
    fn serve_wanted(&mut self, id: ConnId, wanted: Wanted) {
        match wanted {
            Wanted::Name => {
                let name = self.host_of(id);
                self.answer(self.ctx, name);
            }
            // Who was asked about may have gone, and another one have come by his nick.
            Wanted::Ban(_, nick, ..) if self.user_of(&nick) != Some(id) => {
                self.answer(self.ctx, false);
            }
            Wanted::Ban(op, nick, reason, seconds, kind) => {
                self.ban_with_host(op, &nick, reason, seconds, kind);
            }
            Wanted::Command(line, _, nick) if self.user_of(&nick) != Some(id) => {
                self.notice(
                    line.conn,
                    cat![nick, " has left before his host was known."],
                );
            }
            Wanted::Command(line, rest, _) => self.ban_command_known(&line, &rest),
        }
    }

    fn serve_all_wanted(&mut self, id: ConnId) {
        for (ctx, wanted) in self.hosts_wanted.remove(&id).unwrap_or_default() {
            let before = std::mem::replace(&mut self.ctx, ctx);
            self.serve_wanted(id, wanted);
            self.ctx = before;
        }
    }

    fn note_host(&mut self, id: ConnId, name: Option<&[u8]>) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.host = name.map_or(Host::Unanswered, |name| Host::Known(plain(name)));
        let waiting = c.host_wait.take();
        self.publish(id);
        match waiting {
            Some(Waiting { nick }) => {
                // Whose it is may have changed meanwhile.
                self.resume(Some(id), |hub| hub.validate_nick(id, &nick));
            }
            None if self.conns.get(&id).is_some_and(|c| c.validated) => self.host_banned(id),
            None => {}
        }
    }

    /// The name of a client's host; empty when it has none or nobody asked.
    pub(super) fn host_of(&self, id: ConnId) -> Bytes {
        match self.conns.get(&id).map(|c| &c.host) {
            Some(Host::Known(name)) => name.clone(),
            _ => Bytes::new(),
        }
    }
}

/// A name as bans compare it. What is no name at all becomes none: whoever answers for an
/// address can say what he likes.
fn plain(name: &[u8]) -> Bytes {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let fits = name.len() <= 255
        && name
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    match fits {
        true => name.to_ascii_lowercase().into(),
        false => Bytes::new(),
    }
}

/// The last so many labels of a name with the dot before them (`.example.com`); none when it
/// has fewer.
pub(super) fn last_labels(name: &[u8], labels: usize) -> Option<Bytes> {
    let dotted = [b".", name.strip_prefix(b".").unwrap_or(name)].concat();
    if labels == 0 || dotted.windows(2).any(|w| w == b"..") || dotted.ends_with(b".") {
        return None;
    }
    let mut dots = dotted.iter().enumerate().rev().filter(|(_, b)| **b == b'.');
    let (at, _) = dots.nth(labels - 1)?;
    Some(dotted[at..].to_ascii_lowercase().into())
}

/// The first label of a name.
pub(super) fn first_label(name: &[u8]) -> Option<Bytes> {
    let label = name.split(|b| *b == b'.').next()?;
    (!label.is_empty()).then(|| label.to_ascii_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_names() {
        let last = |name: &str, n| last_labels(name.as_bytes(), n);
        for (name, n, want) in [
            ("a.b.example.COM", 1, Some(".com")),
            ("a.b.example.com", 2, Some(".example.com")),
            (".example.com", 2, Some(".example.com")),
            ("b.example.com", 3, Some(".b.example.com")),
            ("example.com", 3, None),
            ("localhost", 1, Some(".localhost")),
            ("localhost", 2, None),
            ("", 1, None),
            (".", 1, None),
            ("a..b", 1, None),
            ("a.b", 0, None),
        ] {
            assert_eq!(
                last(name, n).as_deref(),
                want.map(str::as_bytes),
                "{name} {n}"
            );
        }
        assert_eq!(
            first_label(b"Dyn-1.example.com").as_deref(),
            Some(&b"dyn-1"[..])
        );
        assert_eq!(first_label(b".com"), None);
    }

    #[test]
    fn names_that_are_none() {
        assert_eq!(plain(b"A.example.com."), "a.example.com");
        for bad in [&b"a b"[..], b"a|b", b"\xff", &[b'x'; 300]] {
            assert_eq!(plain(bad), "", "{bad:?}");
        }
    }
}

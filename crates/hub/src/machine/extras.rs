//! What clients may tell beyond the login: the hub's address as they know it, `$ExtJSON`, and
//! what hub lists' pingers are told.

use bytes::Bytes;
use nmdc::{Wire, WireBuf, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Group, Traits};

use super::conn::Features;
use super::handshake::SOFTWARE;
use super::rights::Needs;
use super::{Hub, cat};

/// The port that an address without one means.
const USUAL_PORT: u32 = 411;

impl Hub {
    // ---- $MyHubURL -----------------------------------------------------------------------

    pub(super) fn my_hub_url(&mut self, id: ConnId, frame: &Bytes, url: &[u8]) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if !c.features.has(Features::HUB_URL) {
            return;
        }
        if std::mem::replace(&mut c.told_hub_url, true) {
            self.duplicate(id, "MyHubURL");
            return;
        }
        let (nick, data, url) = (c.nick.clone(), frame.clone(), frame.slice_ref(url));
        let (hook, event) = (
            Hook::ParsedMsgMyHubURL,
            Event::ParsedMsgMyHubURL { nick, data },
        );
        self.ask_to_stay(
            id,
            hook,
            CloseReason::Plugin,
            |_| event,
            move |hub, _| {
                if let Some(c) = hub.conns.get_mut(&id) {
                    c.hub_url = plain_url(&url).into();
                    hub.publish(id);
                }
            },
        );
    }

    // ---- $ExtJSON ------------------------------------------------------------------------

    pub(super) fn ext_json(&mut self, id: ConnId, frame: &Bytes, nick: &[u8]) {
        let Some(c) = self.conns.get(&id) else { return };
        if !c.features.has(Features::EXT_JSON) {
            self.close(
                id,
                CloseReason::LoginErr,
                "ExtJSON is for clients that announce ExtJSON2.",
            );
            return;
        }
        if !self.is_own_nick(id, nick, "ExtJSON") {
            return;
        }
        let class = self.conns.get(&id).map_or(0, |c| c.class);
        if self.config.rights.disable_extjson || self.too_busy_for(class) {
            return;
        }
        let nick = self.nick_of(id);
        let (data, message) = (frame.clone(), frame.clone());
        let (hook, event) = (
            Hook::ParsedMsgExtJSON,
            Event::ParsedMsgExtJSON { nick, data },
        );
        self.ask_about(
            id,
            hook,
            Needs::Nothing,
            |_| event,
            move |hub, verdict| {
                if verdict.allow {
                    hub.ext_json_judged(id, message);
                }
            },
        );
    }

    fn ext_json_judged(&mut self, id: ConnId, message: Bytes) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if c.ext_json == message {
            return;
        }
        let first = c.ext_json.is_empty();
        c.ext_json = message.clone();
        let announced = c.announced;
        self.publish(id);
        if !announced {
            return;
        }
        let line = Wire::forward(&message);
        if first {
            self.lists.add_json(&line);
        } else {
            self.lists.changed();
        }
        let all = Traits::LISTED.with(Traits::EXT_JSON);
        self.broadcast(
            Group {
                all,
                ..Group::LISTED
            },
            line,
        );
    }

    // ---- $BotINFO ------------------------------------------------------------------------

    pub(super) fn bot_info(&mut self, id: ConnId, frame: &Bytes) {
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if !c.features.has(Features::BOT_INFO) && c.theoretical_class() != -1 {
            return;
        }
        if std::mem::replace(&mut c.told_bot_info, true) {
            self.duplicate(id, "BotINFO");
            return;
        }
        let (nick, data) = (c.nick.clone(), frame.clone());
        if self.config.users.botinfo_report {
            let said = frame.strip_prefix(b"$BotINFO ").unwrap_or_default();
            let text = cat!["Pinger: ", self.who(id), " says ", said];
            self.tell_operators(&text);
        }
        let (hook, event) = (
            Hook::ParsedMsgBotINFO,
            Event::ParsedMsgBotINFO { nick, data },
        );
        self.ask_to_stay(
            id,
            hook,
            CloseReason::Plugin,
            |_| event,
            move |hub, _| {
                hub.send_hub_info(id);
            },
        );
    }

    /// Where the hub is, by the settings.
    pub(super) fn hub_address(&self) -> Bytes {
        with_port(
            &self.config.identity.hub_host,
            self.config.network.listen_port,
        )
    }

    /// What a hub list shows of the hub.
    pub(super) fn send_hub_info(&mut self, id: ConnId) {
        let (i, l) = (&self.config.identity, &self.config.limits);
        let mut data = WireBuf::new();
        if !i.hub_icon_url.is_empty() {
            write::set_icon(&i.hub_icon_url, &mut data);
        }
        if !i.hub_logo_url.is_empty() {
            write::set_logo(&i.hub_logo_url, &mut data);
        }
        let max_users = l.max_users.min(l.max_users0);
        let min_share = l.min_share.max(l.min_share_use_hub) << 20;
        let max_hubs = self.config.tags.tag_max_hubs;
        let host = self.hub_address();
        let numbers = [
            max_users.to_string(),
            min_share.to_string(),
            max_hubs.to_string(),
            self.usual_min_slots().to_string(),
        ];
        let [max_users, min_share, max_hubs, min_slots] = numbers.each_ref().map(String::as_bytes);
        let fields: [&[u8]; 11] = [
            &i.hub_name,
            &host,
            &i.hub_desc,
            max_users,
            min_share,
            min_slots,
            max_hubs,
            SOFTWARE.as_bytes(),
            &i.hub_owner,
            &i.hub_category,
            &i.hub_encoding,
        ];
        write::hub_info(fields, &mut data);
        self.send(id, data.finish());
    }
}

/// An address with the port that is needed to reach it; nothing stays nothing.
pub fn with_port(host: &Bytes, port: u32) -> Bytes {
    let rest = match host.windows(3).position(|w| w == b"://") {
        Some(at) => host.get(at + 3..).unwrap_or_default(),
        None => host,
    };
    // In brackets colons belong to the address.
    let tail = rest.rsplit(|b| *b == b']').next().unwrap_or_default();
    if host.is_empty() || port == USUAL_PORT || tail.contains(&b':') {
        host.clone()
    } else {
        cat![host, ":", port.to_string()]
    }
}

/// A hub's address without what differs from client to client: lowered, no scheme, path,
/// blanks and usual port.
fn plain_url(url: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = url.to_ascii_lowercase();
    text.retain(|b| !matches!(b, b' ' | b']'));
    if let Some(at) = text.windows(3).position(|w| w == b"://") {
        text.drain(..at + 3);
    }
    if let Some(end) = text.iter().position(|b| *b == b'/') {
        text.truncate(end);
    }
    if text.ends_with(b":411") {
        text.truncate(text.len() - 4);
    }
    text.dedup_by(|a, b| *a == b'.' && *b == b'.');
    while text.last() == Some(&b'.') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_one_form() {
        for (told, plain) in [
            ("dchub://Hub.Example.org:411/", "hub.example.org"),
            ("NMDCS://a..b.:1411/x/y", "a.b.:1411"),
            ("a.b.", "a.b"),
            ("a b", "ab"),
            ("", ""),
        ] {
            assert_eq!(plain_url(told.as_bytes()), plain.as_bytes(), "{told}");
        }
    }

    #[test]
    fn the_port_is_told_when_it_matters() {
        for (host, port, whole) in [
            ("a.b", 411, "a.b"),
            ("a.b", 4111, "a.b:4111"),
            ("dchub://a.b:5", 4111, "dchub://a.b:5"),
            ("dchub://a.b", 4111, "dchub://a.b:4111"),
            ("[::1]", 4111, "[::1]:4111"),
            ("", 4111, ""),
        ] {
            assert_eq!(with_port(&Bytes::from(host), port), whole, "{host}");
        }
    }
}

//! What must hold after every input, and when nothing is open.

use std::collections::BTreeSet;

use bytes::Bytes;
use hub::Hub;
use hub::hooks::Event;
use hub::view::View;

use crate::net::Client;
use crate::world::World;

impl World {
    /// Scripts can ask about whom they are told of.
    pub fn check_told(&self, event: &Event) {
        match event {
            Event::UserInList { nick } | Event::UserLogin { nick } => {
                assert!(self.view.user(nick).is_some(), "not in the view: {event:?}");
            }
            _ => {}
        }
    }

    /// Holds after every input.
    pub fn check(&mut self) {
        let listed = self.hub.user_nicks();
        self.stats.most_listed = self.stats.most_listed.max(listed.len());
        let bots = self.view.nicks(|u| u.bot);
        let mut keys = BTreeSet::new();
        for nick in listed.iter().chain(&bots) {
            let key = nick.to_ascii_lowercase();
            assert!(keys.insert(key), "{nick:?} is there twice");
            let view = self.view.user(nick);
            let view = view.unwrap_or_else(|| panic!("{nick:?} is not in the view"));
            assert!(view.listed, "{nick:?} is not listed in the view");
        }
        assert_eq!(
            self.hub.connections(),
            self.clients.len(),
            "open connections"
        );
        if let Err(wrong) = self.hub.consistent() {
            panic!("{wrong}");
        }
        let there = self.clients.values().filter(|c| c.listed());
        assert_eq!(self.view.user_count(), there.count() as u64, "user count");
        self.check_logins();
        for nick in &self.leaving {
            assert!(
                self.view.user(nick).is_some(),
                "{nick:?} cannot be asked about"
            );
        }
        for c in self.clients.values().filter(|c| c.has_list) {
            // A list made while somebody leaves is without him already.
            let stays = |nick: &&Bytes| !self.leaving.contains(*nick);
            let known = c.users.keys().filter(stays);
            let same = known.eq(self.announced.keys().filter(stays));
            assert!(
                same,
                "{:?} knows {:?}\nbut there are {:?}",
                c.nick,
                c.users.keys(),
                self.announced.keys()
            );
            for (nick, line) in &c.users {
                let told = self.announced.get(nick);
                let stale = line.is_some() && line.as_ref() != told;
                assert!(!stale || self.leaving.contains(nick), "stale: {line:?}");
            }
        }
    }

    /// Holds when nothing is open.
    pub fn check_rest(&mut self) {
        self.check();
        self.check_registry();
        assert!(self.leaving.is_empty(), "still leaving: {:?}", self.leaving);
        let mut there: BTreeSet<Bytes> = self.hub.user_nicks().into_iter().collect();
        let mut share = 0;
        for nick in &there {
            let view = self.view.user(nick).unwrap();
            share += std::str::from_utf8(&view.share)
                .ok()
                .filter(|s| s.len() <= 18)
                .and_then(|s| s.parse().ok())
                .unwrap_or(0);
        }
        assert_eq!(self.view.total_share(), share, "total share");
        there.extend(self.view.nicks(|u| u.bot));
        let announced: BTreeSet<Bytes> = self.announced.keys().cloned().collect();
        assert_eq!(announced, there, "announced, and there");
        for nick in self.view.nicks(|_| true) {
            let live = self.clients.values().any(|c| c.nick == nick && c.hello);
            assert!(
                there.contains(&nick) || live,
                "{nick:?} is left in the view"
            );
        }
        let ops: BTreeSet<Bytes> = self.view.nicks(|u| u.op && u.listed).into_iter().collect();
        for c in self.clients.values().filter(|c| c.has_list) {
            let wrong = c.ops.symmetric_difference(&ops).find(|n| **n != c.nick);
            assert!(wrong.is_none(), "{:?} is wrong about {wrong:?}", c.nick);
            for (nick, line) in &c.users {
                let view = self.view.user(nick).unwrap();
                let same = line.as_ref().is_none_or(|l| *l == view.my_info);
                assert!(same, "{:?} has old MyINFO {line:?}", c.nick);
            }
        }
    }
}

/// What the hub may send that begins with `$`.
const WORDS: [&str; 35] = [
    "Lock",
    "Supports",
    "NickRule",
    "BadNick",
    "HubName",
    "Hello",
    "GetPass",
    "BadPass",
    "LogedIn",
    "ValidateDenide",
    "Quit",
    "ForceMove",
    "HubTopic",
    "FailOver",
    "Error",
    "SetIcon",
    "SetLogo",
    "UserCommand",
    "GetHubURL",
    "HubIsFull",
    "MyINFO",
    "NickList",
    "OpList",
    "BotList",
    "UserIP",
    "UsersWithIP",
    "HubINFO",
    "SearchRule",
    "Search",
    "SA",
    "SP",
    "SR",
    "ConnectToMe",
    "RevConnectToMe",
    "ExtJSON",
];

/// Each message is one of the protocol's, with as many fields as it has, or a line of somebody. That
/// they are as many as were meant is looked at before.
pub fn check_messages(data: &[u8]) {
    let whole = data.strip_suffix(b"|").expect("a whole message");
    for message in whole.split(|b| *b == b'|') {
        let text = String::from_utf8_lossy(message);
        let dollars = message.iter().filter(|b| **b == b'$').count();
        let fine = if let Some(rest) = text.strip_prefix('$') {
            match rest.split(' ').next().unwrap_or_default() {
                "To:" => rest.contains(" From: ") && rest.contains(" $<") && rest.contains("> "),
                "MCTo:" => rest.contains(" $"),
                "MyINFO" => dollars == 7,
                "HubINFO" => dollars == 11,
                word => WORDS.contains(&word),
            }
        } else if text.starts_with('<') {
            text.split_once("> ")
                .is_some_and(|(nick, _)| nick.len() > 1)
        } else {
            message.is_empty() || text.starts_with("** ") || text.contains(" is kicking ")
        };
        assert!(fine, "nobody meant to send {text:?}");
    }
}

/// Operators' messages reach operators only.
pub fn check_private(hub: &Hub, view: &View, c: &Client, data: &[u8]) {
    let config = view.config();
    let i = &config.identity;
    let mut from = b"From: ".to_vec();
    from.extend_from_slice(&i.opchat_name);
    from.push(b' ');
    let is_opchat = data.starts_with(b"$To: ")
        && !i.opchat_name.is_empty()
        && data.windows(from.len()).any(|w| w == from)
        && !data.ends_with(b"Only operators may write here.|")
        && !data.ends_with(b" to classes|");
    if is_opchat {
        // Who is no longer in the view was sent it just before he went.
        if let Some(class) = view.with_user(&c.nick, |u| u.class) {
            let data = String::from_utf8_lossy(data);
            let rights = hub.rights_rows();
            let granted =
                (rights.iter()).any(|r| r.nick.eq_ignore_ascii_case(&c.nick) && r.times[7] > 1);
            let may = class >= i.opchat_class || granted;
            assert!(may, "{:?} ({class}) got {data}", c.nick);
        }
    }
}

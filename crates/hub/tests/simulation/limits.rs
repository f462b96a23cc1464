//! Limits of users, and floods.
//!
//! - Nobody below operator gets in beyond the limits that held when he came: of all users, of his
//!   zone, of his address; and nobody at all while a ban on him holds.
//! - Logins under way are never more than their limits: in all, of one address, of one nick.
//! - While something is locked for all users together, no message of that kind by one whose floods
//!   are looked for passes; and never more than two windows full of them in one period.
//! - What one input makes the hub do is bounded: it puts out no more than some small multiple of
//!   what came, and an answer to one client is not much longer than his question.
//! - Before the login next to nothing waits for a client; afterwards whoever has too much waiting,
//!   alone or together with the others, is not read.
//! - Who is thrown out for a flood sent something that the settings throw out for.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use hub::config::Config;
use hub::hooks::Event;
use hub::io::{Audience, ConnId, Input, Output};

use crate::net::Seen;
use crate::world::World;

/// What is locked when all users together send too much of it, in the hub's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Chat,
    MCTo,
    To,
    Search,
}

impl Kind {
    /// Period in seconds, limit.
    fn rule(self, config: &Config) -> (u64, u32) {
        let f = &config.flood;
        match self {
            Kind::Chat => (f.int_flood_all_chat_period, f.int_flood_all_chat_limit),
            Kind::MCTo => (f.int_flood_all_mcto_period, f.int_flood_all_mcto_limit),
            Kind::To => (f.int_flood_all_to_period, f.int_flood_all_to_limit),
            Kind::Search => (f.int_flood_all_search_period, f.int_flood_all_search_limit),
        }
    }
}

/// When messages of one kind passed, under one rule.
#[derive(Default)]
struct Passed {
    rule: (u64, u32),
    times: VecDeque<u64>,
}

/// What held before the current input, and what came of it.
pub struct Watch {
    config: Arc<Config>,
    locked: [Option<u64>; 4],
    passed: [Passed; 4],
    /// The message that an allowing verdict is given for.
    pub judged: Option<(Kind, ConnId)>,
    /// Who came into the list.
    newcomers: Vec<ConnId>,
    came: u64,
    /// The message that came, if one did: from whom, and its bytes.
    question: Option<(ConnId, usize)>,
    /// Bytes put out to who sent it alone, and in all, each block once; and how many outputs.
    answered: usize,
    said: usize,
    outputs: usize,
    /// Bytes that waited before.
    parked: usize,
    /// The same of who sent the message.
    kept: usize,
}

/// What an answer may have beside as much as its question: the list of all users, or all commands.
const ANSWER: usize = 16 << 10;
/// What one input may make the hub put out, beside a multiple of what came and waited.
const SAID: usize = 96 << 10;
/// And how many things.
const OUTPUTS: usize = 600;

impl Watch {
    pub fn new(config: Arc<Config>) -> Watch {
        Watch {
            config,
            locked: [None; 4],
            passed: Default::default(),
            judged: None,
            newcomers: Vec::new(),
            came: 0,
            question: None,
            answered: 0,
            said: 0,
            outputs: 0,
            parked: 0,
            kept: 0,
        }
    }
}

/// The settings that decide about what somebody sent too much of, by what he is told.
const SORTS: &[(&str, &str)] = &[
    ("chat lines", "chat"),
    ("private chat lines", "mcto"),
    ("private messages", "to"),
    ("MyINFO", "myinfo"),
    ("IN", "in"),
    ("ExtJSON", "extjson"),
    ("searches", "search"),
    ("search results", "sr"),
    ("requests to connect", "ctm"),
    ("requests to be connected", "rctm"),
    ("requests of the user list", "nicklist"),
    ("GetINFO", "getinfo"),
    ("login messages", "login"),
    ("questions to the hub", "question"),
    ("operators' messages", "operator"),
    ("empty messages", "ping"),
    ("unknown messages", "unknown"),
];

impl World {
    /// Before an input.
    pub fn watch_begins(&mut self, input: &Input) {
        self.watch.question = match input {
            Input::Frame { conn, frame } => Some((*conn, frame.len())),
            _ => None,
        };
        (self.watch.answered, self.watch.said, self.watch.outputs) = (0, 0, 0);
        self.watch.parked = self.hub.parked_bytes();
        let asker = self.watch.question.map(|(conn, _)| conn);
        self.watch.kept = asker.map_or(0, |conn| self.hub.kept_of(conn));
        self.watch.config = Arc::clone(&self.view.config());
        self.watch.locked = self.hub.locked_until();
    }

    /// After an input.
    pub fn watch_ends(&mut self) {
        self.watch.judged = None;
        for id in std::mem::take(&mut self.watch.newcomers) {
            self.check_room(id);
        }
        self.check_work();
        self.check_kept();
    }

    // ---- work and memory -----------------------------------------------------------------

    /// Something is put out.
    pub fn note_output(&mut self, output: &Output) {
        self.watch.outputs += 1;
        if let Output::Send { to, data } = output {
            self.watch.said += data.len();
            let asker = self.watch.question.map(|(conn, _)| Audience::One(conn));
            if asker.as_ref() == Some(to) {
                self.watch.answered += data.len();
            }
        }
    }

    fn check_work(&self) {
        let w = &self.watch;
        let (_, asked) = w.question.unwrap_or((ConnId(0), 0));
        let taken_up = w.parked.saturating_sub(self.hub.parked_bytes());
        assert!(
            w.answered <= asked + ANSWER,
            "an answer of {} bytes to {asked}",
            w.answered
        );
        let came = asked + taken_up;
        assert!(
            w.said <= 8 * came + SAID,
            "{} bytes put out for {came}",
            w.said
        );
        assert!(
            w.outputs <= OUTPUTS + came / 8,
            "{} outputs for {came} bytes",
            w.outputs
        );
    }

    /// What waits for who has just sent something.
    fn check_kept(&self) {
        let Some((conn, _)) = self.watch.question else {
            return;
        };
        let Some(c) = self.clients.get(&conn) else {
            return;
        };
        let kept = self.hub.kept_of(conn);
        let v = &self.watch.config.viper;
        if !c.listed() {
            let most = v.parked_bytes_login as usize + 2048;
            assert!(kept <= most, "{kept} bytes wait for a login");
        }
        let waits = self.hub.parked_bytes();
        let more = waits > self.watch.parked;
        let full = more && waits > v.parked_bytes_all as usize;
        let own = kept.saturating_sub(self.watch.kept);
        // Beside what waits, the last line, search and description of a user are kept.
        let mine = kept.min(waits);
        let much = more && own > 0 && mine > v.parked_bytes as usize + 4096;
        assert!(
            !(full || much) || !c.reading,
            "{:?} is read with {kept} of {waits} bytes waiting",
            c.nick
        );
    }

    // ---- limits of users -----------------------------------------------------------------

    /// A connection came into the list.
    pub fn note_newcomer(&mut self, id: ConnId) {
        self.watch.came += 1;
        if let Some(c) = self.clients.get_mut(&id) {
            c.came = self.watch.came;
            self.watch.newcomers.push(id);
        }
    }

    fn zone(&self, ip: IpAddr) -> usize {
        let t = &self.watch.config.tags;
        usize::from(
            !t.ip_zone4_min.is_empty()
                && !t.ip_zone4_max.is_empty()
                && ip.to_string().starts_with("80.1.2."),
        ) * 4
    }

    /// There was room for one who came in with this input.
    fn check_room(&mut self, id: ConnId) {
        let (Some(c), Some(own)) = (self.clients.get(&id), self.hub.seat(id)) else {
            return;
        };
        let banned = self.hub.is_kept_out(id);
        assert!(!banned, "{:?} of {} is in though banned", c.nick, c.ip);
        assert_eq!(own.zone, self.zone(c.ip), "zone of {}", c.ip);
        if own.class >= 3 {
            return;
        }
        let l = &self.watch.config.limits;
        let extra = match own.class {
            -1 => l.max_extra_pings,
            1 => l.max_extra_regs,
            2 => l.max_extra_vips,
            _ => 0,
        };
        let in_zone = [l.max_users0, 0, 0, 0, l.max_users4][own.zone];
        let (mut all, mut zone, mut address) = (0, 0, 0);
        for other in self
            .clients
            .values()
            .filter(|o| (1..=c.came).contains(&o.came))
        {
            let seat = self.hub.seat(other.id).unwrap();
            all += 1;
            zone += u32::from(seat.zone == own.zone);
            address += u32::from(seat.ip == own.ip && seat.class <= 1);
        }
        let who = format!("{:?} of class {}", c.nick, own.class);
        let most = l.max_users.saturating_add(extra);
        assert!(all <= most, "{who} is one of {all} users, not {most}");
        let most = in_zone.saturating_add(extra);
        assert!(
            zone <= most,
            "{who} is one of {zone} in zone {}, not {most}",
            own.zone
        );
        let most = l.max_users_from_ip;
        let free = most == 0 || own.class >= 2;
        assert!(
            free || address <= most,
            "{who} is one of {address} at {}, not {most}",
            own.ip
        );
        self.stats.let_in += 1;
    }

    /// Logins under way keep to their limits, which stay as they were at the start.
    pub fn check_logins(&mut self) {
        let v = &self.view.config().viper;
        let [all, of_ip, of_nick] = self.hub.logins();
        for (what, count, most) in [
            ("logins", all, v.max_logins),
            ("logins of one address", of_ip, v.max_logins_from_ip),
            ("logins of one nick", of_nick, v.max_logins_of_nick),
        ] {
            let most = usize::try_from(most).unwrap();
            assert!(most == 0 || count <= most, "{count} {what}, not {most}");
        }
        if let Some(sockets) = self.sockets {
            let (open, room) = (self.hub.connections(), sockets - sockets / 8);
            assert!(open <= room || all <= 1, "{open} connections, not {room}");
        }
        let (waiting, running) = self.hub.guesses();
        assert!(
            waiting <= 256 && running <= 4,
            "{waiting}, {running} guesses"
        );
        self.stats.guesses = self.stats.guesses.max(waiting as u64);
    }

    // ---- locks ---------------------------------------------------------------------------

    /// The message that scripts are asked about: its kind and who sent it.
    pub fn message_of(&self, event: &Event) -> Option<(Kind, ConnId)> {
        match event {
            Event::ParsedMsgChat { message, .. } => {
                let at = message.iter().position(|b| *b == b'#')?;
                let digits: Vec<u8> = message[at + 1..].to_vec();
                let digits = String::from_utf8(digits).ok()?;
                let n = digits.split(' ').next()?.parse().ok()?;
                Some((Kind::Chat, self.said.get(&n).copied()?))
            }
            Event::ParsedMsgPM { nick, to_nick, .. } => {
                // The hub's bots are written to at any time.
                let bot = self.view.with_user(to_nick, |u| u.bot) == Some(true);
                let sender = self.listed(nick).filter(|_| !bot)?;
                Some((Kind::To, sender))
            }
            Event::ParsedMsgMCTo { nick, .. } => Some((Kind::MCTo, self.listed(nick)?)),
            Event::ParsedMsgSearch { nick, data } => {
                let passive = data.starts_with(b"$Search Hub:");
                let sender = self.listed(nick).filter(|_| passive)?;
                Some((Kind::Search, sender))
            }
            _ => None,
        }
    }

    fn listed(&self, nick: &Bytes) -> Option<ConnId> {
        let mut listed = self.clients.values().filter(|c| c.listed());
        listed.find(|c| c.nick == *nick).map(|c| c.id)
    }

    /// Scripts are asked about a message, so it was not locked out.
    pub fn note_asked(&mut self, kind: Kind, sender: ConnId, event: &Event) {
        // A command nobody knows may never be shown.
        let hidden = matches!(event, Event::ParsedMsgChat { message, .. } if message[0] != b'#');
        if !hidden || self.watch.config.rights.unknown_cmd_chat {
            self.passes(kind, sender);
        }
    }

    /// A message of a user reaches others.
    pub fn note_delivered(&mut self, direct: bool, seen: &[Seen]) {
        for one in seen {
            let (kind, sender) = match one {
                Seen::Chat(n) if !direct => (Kind::Chat, self.said.get(n).copied()),
                Seen::MCTo(nick) if direct => (Kind::MCTo, self.listed(nick)),
                Seen::To(nick) if direct => (Kind::To, self.listed(nick)),
                Seen::Search(nick) if !direct => (Kind::Search, self.listed(nick)),
                _ => continue,
            };
            let Some(sender) = sender else { continue };
            if self.watch.judged == Some((kind, sender)) {
                self.watch.judged = None;
            } else {
                self.passes(kind, sender);
            }
        }
    }

    fn passes(&mut self, kind: Kind, sender: ConnId) {
        let now = self.now.mono_ms;
        let rule = kind.rule(&self.watch.config);
        let (period, limit) = (rule.0.saturating_mul(1000), rule.1 as usize);
        let most = self.watch.config.flood.max_class_proto_flood;
        let watched = (self.hub.seat(sender)).is_some_and(|s| s.registered <= most);
        if period == 0 || limit == 0 || !watched {
            return;
        }
        let locked = self.watch.locked[kind as usize];
        assert!(
            locked.is_none_or(|until| until <= now),
            "{kind:?} is locked, {sender:?} passes"
        );
        let passed = &mut self.watch.passed[kind as usize];
        if passed.rule != rule {
            *passed = Passed {
                rule,
                times: VecDeque::new(),
            };
        }
        let over = |at: &u64| at.saturating_add(period) <= now;
        while passed.times.front().is_some_and(over) {
            passed.times.pop_front();
        }
        passed.times.push_back(now);
        let n = passed.times.len();
        assert!(n <= 2 * limit, "{n} {kind:?} in {period} ms, not {limit}");
    }

    // ---- floods of one user --------------------------------------------------------------

    /// What the settings do to one who sent too much of this.
    pub fn flood_action(&self, what: &[u8]) -> u32 {
        let sort = SORTS.iter().find(|(text, _)| text.as_bytes() == what);
        let (_, name) = sort.unwrap_or_else(|| panic!("no sort of flood: {what:?}"));
        let value = self.watch.config.get(&format!("proto_flood_{name}_action"));
        String::from_utf8(value.unwrap().to_vec())
            .unwrap()
            .parse()
            .unwrap()
    }
}

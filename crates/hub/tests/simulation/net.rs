//! What the sockets would do: delivery by traits, and what each client makes of its bytes.

use std::collections::{BTreeMap, BTreeSet};

use std::net::IpAddr;

use bytes::Bytes;
use hub::io::{Audience, ConnId, Traits};

/// The interesting part of one message.
pub enum Seen {
    Info {
        nick: Bytes,
        line: Bytes,
    },
    Quit(Bytes),
    Nicks(Vec<Bytes>),
    Ops(Vec<Bytes>),
    Chat(u64),
    Hello,
    GetPass,
    Bye,
    /// The hub's first word: who gets it is not known to be banned.
    Lock,
    /// He sent too much of this; the address may be kept out.
    Flooded(Bytes),
    /// There is no room for him.
    Full,
    /// What he sent is locked for all.
    Locked,
    /// A user's message to one other, in main chat and in private, and a passive search.
    MCTo(Bytes),
    To(Bytes),
    Search(Bytes),
}

/// Everything one client knows.
pub struct Client {
    pub id: ConnId,
    pub nick: Bytes,
    pub password: Bytes,
    pub features: Vec<&'static str>,
    /// Handshake steps still to be sent.
    pub todo: Vec<Step>,
    pub hello: bool,
    pub get_pass: bool,
    pub traits: Traits,
    pub reading: bool,
    /// The user list as this client understands it, with the MyINFO lines it has seen.
    pub users: BTreeMap<Bytes, Option<Bytes>>,
    pub ops: BTreeSet<Bytes>,
    /// It was sent the list it asked for.
    pub has_list: bool,
    /// The place of the last chat line in the order of all chat lines.
    pub last_chat: u64,
    /// The highest number among its own chat lines that were shown.
    pub own_shown: u64,
    pub bytes: u64,
    pub ip: IpAddr,
    /// A script gave it another address.
    pub moved: bool,
    /// Its place among those who got a nick; 0 without one.
    pub came: u64,
    /// When it was greeted.
    pub greeted: u64,
    /// What it has not read, while it reads nothing.
    pub unread: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// What a proxy says first.
    MyIp,
    Supports,
    Key,
    Nick,
    Pass,
    Version,
    List,
    Info,
}

/// Cuts a block into messages; panics when the last one is not complete.
pub fn look_at(data: &Bytes) -> Vec<Seen> {
    assert_eq!(data.last(), Some(&b'|'), "incomplete message: {data:?}");
    let mut seen = Vec::new();
    for message in data.split(|b| *b == b'|') {
        let words = |text: &[u8]| -> Vec<Bytes> {
            text.split(|b| *b == b'$')
                .filter(|n| !n.is_empty())
                .map(|n| data.slice_ref(n))
                .collect()
        };
        if let Some(rest) = message.strip_prefix(b"$MyINFO $ALL ") {
            let end = rest.iter().position(|b| *b == b' ').unwrap();
            seen.push(Seen::Info {
                nick: data.slice_ref(&rest[..end]),
                line: data.slice_ref(message),
            });
        } else if let Some(nick) = message.strip_prefix(b"$Quit ") {
            seen.push(Seen::Quit(data.slice_ref(nick)));
        } else if let Some(list) = message.strip_prefix(b"$NickList ") {
            seen.push(Seen::Nicks(words(list)));
        } else if let Some(list) = message.strip_prefix(b"$OpList ") {
            seen.push(Seen::Ops(words(list)));
        } else if message.starts_with(b"$Hello ") {
            seen.push(Seen::Hello);
        } else if message == b"$GetPass" {
            seen.push(Seen::GetPass);
        } else if message.starts_with(b"$Lock ") {
            seen.push(Seen::Lock);
        } else if message.starts_with(b"<")
            && let Some(what) = after(message, b"> You send too many ")
        {
            let what = what.strip_suffix(b".").unwrap_or(what);
            seen.push(Seen::Flooded(data.slice_ref(what)));
        } else if message.starts_with(b"<") && message.ends_with(LOCKED) {
            seen.push(Seen::Locked);
        } else if message == b"$HubIsFull" {
            seen.push(Seen::Full);
        } else if let Some(rest) = message.strip_prefix(b"$Search Hub:") {
            seen.push(Seen::Search(data.slice_ref(word(rest))));
        } else if let Some(nick) = private_by(message) {
            seen.push(Seen::To(data.slice_ref(nick)));
        } else if let Some(nick) = main_private_by(message) {
            seen.push(Seen::MCTo(data.slice_ref(nick)));
        } else if message.starts_with(b"$ForceMove ") {
            seen.push(Seen::Bye);
        } else if (message.first() == Some(&b'<') || message.starts_with(b"** "))
            && let Some(at) = number_at(message)
        {
            let digits: Vec<u8> = message[at + 1..]
                .iter()
                .copied()
                .take_while(u8::is_ascii_digit)
                .collect();
            if let Ok(n) = String::from_utf8(digits).unwrap().parse() {
                seen.push(Seen::Chat(n));
            }
        }
    }
    seen
}

/// Where the number of a line stands: `#` that is no part of an escape.
fn number_at(message: &[u8]) -> Option<usize> {
    (1..message.len()).find(|at| message[*at] == b'#' && message[*at - 1] != b'&')
}

const LOCKED: &[u8] = b" is locked because of a flood, please wait.";
/// What clients write to one another.
pub const PRIVATE: [&str; 3] = ["psst", "the same", "+help"];

/// What follows a part of a text.
fn after<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(part.len()).position(|w| w == part)?;
    text.get(at + part.len()..)
}

/// What stands before the first blank.
fn word(text: &[u8]) -> &[u8] {
    text.split(|b| *b == b' ').next().unwrap()
}

fn is_private(text: &[u8]) -> bool {
    PRIVATE.iter().any(|p| p.as_bytes() == text)
}

/// Who wrote `$To: to From: nick $<nick> text`, if a client did.
fn private_by(message: &[u8]) -> Option<&[u8]> {
    let rest = after(message.strip_prefix(b"$To: ")?, b" From: ")?;
    let nick = word(rest);
    is_private(after(rest, b"> ")?).then_some(nick)
}

/// Who wrote `$MCTo: to $nick text` or, to a client that knows no such thing, `<nick> text`.
fn main_private_by(message: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = message.strip_prefix(b"$MCTo: ") {
        let rest = after(rest, b" $")?;
        let nick = word(rest);
        return is_private(after(rest, b" ")?).then_some(nick);
    }
    let rest = message.strip_prefix(b"<")?;
    let nick = rest.split(|b| *b == b'>').next()?;
    is_private(after(rest, b"> ")?).then_some(nick)
}

impl Client {
    pub fn new(id: ConnId, ip: IpAddr, nick: Bytes, password: Bytes) -> Client {
        Client {
            id,
            nick,
            password,
            features: Vec::new(),
            todo: Vec::new(),
            hello: false,
            get_pass: false,
            traits: Traits::EMPTY,
            reading: true,
            users: BTreeMap::new(),
            ops: BTreeSet::new(),
            has_list: false,
            last_chat: 0,
            own_shown: 0,
            bytes: 0,
            ip,
            moved: false,
            came: 0,
            greeted: 0,
            unread: None,
        }
    }

    pub fn listed(&self) -> bool {
        self.traits.has(Traits::LISTED)
    }

    pub fn receives(&self, to: &Audience) -> bool {
        match to {
            Audience::One(id) => *id == self.id,
            Audience::Group(g) => g.admits(self.traits) && g.except != Some(self.id),
        }
    }

    /// Takes a block; `place` is its place in the order of all blocks.
    pub fn receive(&mut self, direct: bool, seen: &[Seen], place: u64, len: usize) {
        self.bytes += len as u64;
        if let Some(unread) = &mut self.unread {
            *unread += len;
        }
        let answers_list = direct && seen.iter().any(|s| matches!(s, Seen::Ops(_)));
        for one in seen {
            match one {
                Seen::Info { nick, line } => {
                    self.users.insert(nick.clone(), Some(line.clone()));
                }
                Seen::Quit(nick) => {
                    self.users.remove(nick);
                    self.ops.remove(nick);
                }
                Seen::Nicks(nicks) => {
                    self.users = nicks.iter().map(|n| (n.clone(), None)).collect();
                }
                Seen::Ops(nicks) => {
                    if answers_list {
                        self.ops.clear();
                    }
                    self.ops.extend(nicks.iter().cloned());
                }
                Seen::Chat(_) if direct => {}
                Seen::Chat(n) => {
                    assert!(
                        place > self.last_chat,
                        "chat line {n} out of order for {:?}",
                        self.nick
                    );
                    self.last_chat = place;
                }
                Seen::Hello => {
                    let wrong = self.get_pass && self.password == "wrong";
                    assert!(!wrong, "{:?} got in with a wrong password", self.nick);
                    self.hello = true;
                }
                Seen::GetPass => self.get_pass = true,
                _ => {}
            }
        }
        self.has_list |= answers_list;
    }
}

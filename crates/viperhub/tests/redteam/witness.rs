//! Somebody who looks at every message he gets: is it well formed, and can it be from whom it names?

use super::kit::Client;

/// What the hub may begin a message with.
const WORDS: &[&str] = &[
    "$Lock",
    "$Supports",
    "$HubName",
    "$Hello",
    "$MyINFO",
    "$NickList",
    "$OpList",
    "$BotList",
    "$To:",
    "$MCTo:",
    "$Search",
    "$SA",
    "$SP",
    "$SR",
    "$ConnectToMe",
    "$RevConnectToMe",
    "$Quit",
    "$UserIP",
    "$GetPass",
    "$BadPass",
    "$LogedIn",
    "$HubTopic",
    "$HubIsFull",
    "$ValidateDenide",
    "$BadNick",
    "$UserCommand",
    "$HubINFO",
    "$ExtJSON",
    "$GetHubURL",
    "$Error",
    "$NickRule",
    "$SearchRule",
    "$Probe",
    "$ForceMove",
    "$SetTopic",
    "$WhoIP",
    "$BanList",
];

const BOTS: &[&str] = &["Viperhub", "OpChat"];

/// Who can have spoken, and what else may be said.
#[derive(Default)]
pub struct Witness {
    /// Everybody who was ever in the list, or may have been.
    pub known: Vec<String>,
    /// Somebody may be sent elsewhere.
    pub moves: bool,
}

impl Witness {
    pub fn of(known: &[&str]) -> Witness {
        Witness {
            known: known.iter().map(|n| (*n).to_owned()).collect(),
            moves: false,
        }
    }

    fn knows(&self, nick: &[u8]) -> bool {
        BOTS.iter().any(|b| b.as_bytes() == nick) || self.known.iter().any(|k| k.as_bytes() == nick)
    }

    /// Looks at all that a client was sent.
    #[track_caller]
    pub fn look(&self, client: &Client) {
        for frame in client.frames() {
            if let Some(wrong) = self.wrong(frame) {
                panic!("{wrong}: {:?}", String::from_utf8_lossy(frame));
            }
        }
    }

    /// What is wrong with a message.
    fn wrong(&self, frame: &[u8]) -> Option<&'static str> {
        let word = |text: &[u8], end: &[u8]| -> Option<Vec<u8>> {
            let at = text.windows(end.len()).position(|w| w == end)?;
            Some(text[..at].to_vec())
        };
        if frame.is_empty() {
            return None;
        }
        if let Some(rest) = frame.strip_prefix(b"<") {
            let nick = word(rest, b"> ")?;
            return (!self.knows(&nick)).then_some("chat of nobody");
        }
        if let Some(rest) = frame.strip_prefix(b"** ") {
            let nick = word(rest, b" ").unwrap_or_default();
            return (!self.knows(&nick)).then_some("an action of nobody");
        }
        let first = frame.split(|b| *b == b' ').next().unwrap_or_default();
        if !WORDS.iter().any(|w| w.as_bytes() == first) {
            return Some("not a message");
        }
        let rest = frame.get(first.len() + 1..).unwrap_or_default();
        match first {
            b"$MyINFO" => {
                let rest = rest.strip_prefix(b"$ALL ").unwrap_or_default();
                let nick = word(rest, b" ").unwrap_or_default();
                let fields = rest.split(|b| *b == b'$').count();
                if !self.knows(&nick) {
                    Some("MyINFO of nobody")
                } else {
                    (fields != 6).then_some("MyINFO with more or fewer fields")
                }
            }
            // To one who asks for him, somebody who is not there is gone.
            b"$Quit" if rest.starts_with(b"fence") => None,
            b"$Quit" | b"$Hello" => (!self.knows(rest)).then_some("coming or going of nobody"),
            b"$To:" => {
                let (_, from) = split(rest, b" From: ")?;
                let (from, said) = split(from, b" $<")?;
                let (nick, _) = split(said, b"> ")?;
                (!self.knows(from) || !self.knows(nick)).then_some("a private message of nobody")
            }
            b"$NickList" | b"$OpList" | b"$BotList" => {
                let nicks = rest.split(|b| *b == b'$').filter(|n| !n.is_empty());
                nicks
                    .into_iter()
                    .any(|n| !self.knows(n))
                    .then_some("nobody in a list")
            }
            b"$SR" => {
                let nick = word(rest, b" ").unwrap_or_default();
                (!self.knows(&nick)).then_some("a search result of nobody")
            }
            b"$Search" => {
                let from = word(rest, b" ").unwrap_or_default();
                let nick = from.strip_prefix(b"Hub:");
                nick.is_some_and(|n| !self.knows(n))
                    .then_some("a search of nobody")
            }
            b"$ForceMove" => (!self.moves).then_some("sent elsewhere by nobody"),
            _ => None,
        }
    }
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(at.len()).position(|w| w == at)?;
    Some((&text[..place], &text[place + at.len()..]))
}

/// No message a client was sent begins with this.
#[track_caller]
pub fn never(client: &Client, begin: &str) {
    let found = client
        .frames()
        .iter()
        .find(|f| f.starts_with(begin.as_bytes()));
    if let Some(frame) = found {
        panic!("{:?} came", String::from_utf8_lossy(frame));
    }
}

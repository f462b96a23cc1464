//! What a client says, as one typed value that borrows from its frame.

use crate::commands::{COMMANDS, Command};
use crate::ctm::ConnectToMe;
use crate::myinfo::MyInfo;
use crate::search::{Origin, Search, ShortSearch};
use crate::sr::SearchResult;

/// A message has a known command word but not the form it should have. The hub answers with a
/// notice naming the command and closes (syntax guard, 0.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in {command}")]
pub struct ParseError {
    /// The command, as in [`crate::Command::name`]: `$MyINFO`, or `Chat`.
    pub command: &'static str,
}

/// One message from a client. Fields are as sent: nothing is unescaped, no nick is checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Message<'a> {
    /// A lone `|`.
    Ping,
    /// `<nick> text`: main chat, commands included.
    Chat {
        /// The sender as claimed.
        nick: &'a [u8],
        /// The line.
        text: &'a [u8],
    },
    /// `$To: to From: from $<nick> text`: private message.
    To {
        /// The receiver.
        to: &'a [u8],
        /// The sender as claimed, to whom answers go.
        from: &'a [u8],
        /// The sender as shown; must be the same.
        nick: &'a [u8],
        /// The text.
        text: &'a [u8],
    },
    /// `$MCTo: to $from text`: private message shown in main chat.
    MCTo {
        /// The receiver.
        to: &'a [u8],
        /// The sender as claimed.
        from: &'a [u8],
        /// The text.
        text: &'a [u8],
    },
    /// `$Key key`: the answer to the hub's lock.
    Key(&'a [u8]),
    /// `$Supports a b c`: protocol extensions; split them with [`features`].
    Supports(&'a [u8]),
    /// `$ValidateNick nick`: the nick wanted.
    ValidateNick(&'a [u8]),
    /// `$Version version`: protocol version, any text.
    Version(&'a [u8]),
    /// `$GetNickList`
    GetNickList,
    /// `$MyHubURL url`: the address by which the client came.
    MyHubUrl(&'a [u8]),
    /// `$MyPass password`
    MyPass(&'a [u8]),
    /// `$MyINFO ...`: what the user shows of himself.
    MyInfo(MyInfo<'a>),
    /// `$BotINFO text`: a hub list's robot asks about the hub.
    BotInfo(&'a [u8]),
    /// `$GetINFO other me`: asks for the `$MyINFO` of another.
    GetInfo {
        /// Who is asked about.
        other: &'a [u8],
        /// The sender as claimed.
        me: &'a [u8],
    },
    /// `$UserIP a$$b`: an operator asks for addresses; split the nicks with [`nick_list`].
    UserIp(&'a [u8]),
    /// `$Kick nick`: an operator throws somebody out.
    Kick(&'a [u8]),
    /// `$OpForceMove $Who:who$Where:to$Msg:reason`: an operator sends somebody elsewhere.
    OpForceMove {
        /// Who is moved.
        who: &'a [u8],
        /// Address of the other hub.
        to: &'a [u8],
        /// What he is told.
        reason: &'a [u8],
    },
    /// `$ConnectToMe to ip:port`: connect to my address.
    ConnectToMe(ConnectToMe<'a>),
    /// `$MultiConnectToMe to ip:port`: the same.
    MultiConnectToMe(ConnectToMe<'a>),
    /// `$RevConnectToMe from to`: I am passive, send me your address.
    RevConnectToMe {
        /// The sender as claimed.
        from: &'a [u8],
        /// The other.
        to: &'a [u8],
    },
    /// `$Search ...`, and `$MultiSearch ...` which is the same.
    Search(Search<'a>),
    /// `$SA tth ip:port` or `$SP tth nick`, by the origin.
    ShortSearch(ShortSearch<'a>),
    /// `$SR ...`: an answer to a passive search.
    Sr(SearchResult<'a>),
    /// `$ExtJSON nick {json}`: more about the user.
    ExtJson {
        /// The sender as claimed.
        nick: &'a [u8],
        /// The object as sent; not checked.
        json: &'a [u8],
    },
    /// `$IN nick$data`: parts of MyINFO that changed; without effect.
    In {
        /// The sender as claimed.
        nick: &'a [u8],
        /// The data.
        data: &'a [u8],
    },
    /// `$Quit nick`: the client takes leave.
    Quit(&'a [u8]),
    /// `$Ban nick$reason`
    Ban {
        /// Who is banned.
        nick: &'a [u8],
        /// Why.
        reason: &'a [u8],
    },
    /// `$TempBan nick$time$reason`
    TempBan {
        /// Who is banned.
        nick: &'a [u8],
        /// For how long, as in operator commands (`1d`).
        time: &'a [u8],
        /// Why.
        reason: &'a [u8],
    },
    /// `$UnBan ip`
    UnBan(&'a [u8]),
    /// `$GetBanList`
    GetBanList,
    /// `$WhoIP ip`: an operator asks who is at an address.
    WhoIp(&'a [u8]),
    /// `$GetTopic`
    GetTopic,
    /// `$SetTopic topic`
    SetTopic(&'a [u8]),
    /// `$MyIP ip version`: the TLS proxy says who is behind this connection (8.3).
    MyIp {
        /// The client's real address.
        ip: &'a [u8],
        /// Its TLS version, `0.0` for none.
        version: &'a [u8],
    },
    /// `$MyNick nick`: a client that takes us for another client (a redirected swarm).
    MyNick(&'a [u8]),
    /// `$Lock lock`: the same.
    Lock(&'a [u8]),
    /// Anything else: the whole frame. Counted against the flood limit, offered to scripts,
    /// then ignored.
    Unknown(&'a [u8]),
}

/// Reads one frame (without its `|`), by [`COMMANDS`]: the first row whose prefix the frame
/// starts with, exactly and case sensitively, decides. No match is no error: [`Message::Unknown`].
pub fn parse(frame: &[u8]) -> Result<Message<'_>, ParseError> {
    parse_with_row(frame).map(|(message, _)| message)
}

/// [`parse`], with the row of the table that the message came by (none for a ping and for the
/// unknown): what the hub's guards go by.
pub fn parse_with_row(frame: &[u8]) -> Result<(Message<'_>, Option<&'static Command>), ParseError> {
    let Some(&first) = frame.first() else {
        return Ok((Message::Ping, None));
    };
    // The second byte tells most rows apart without a comparison of texts; chat has only one.
    let second = if first == b'<' { None } else { frame.get(1) };
    for row in COMMANDS {
        if row.prefix.get(1) != second {
            continue;
        }
        if let Some(content) = frame.strip_prefix(row.prefix) {
            let message = (row.parse)(content).ok_or(ParseError { command: row.name })?;
            return Ok((message, Some(row)));
        }
    }
    Ok((Message::Unknown(frame), None))
}

impl Message<'_> {
    /// The command's name as in [`crate::Command::name`]; `Ping` and `Unknown` for those two.
    pub fn command(&self) -> &'static str {
        match self {
            Message::Ping => "Ping",
            Message::Chat { .. } => "Chat",
            Message::To { .. } => "$To:",
            Message::MCTo { .. } => "$MCTo:",
            Message::Key(_) => "$Key",
            Message::Supports(_) => "$Supports",
            Message::ValidateNick(_) => "$ValidateNick",
            Message::Version(_) => "$Version",
            Message::GetNickList => "$GetNickList",
            Message::MyHubUrl(_) => "$MyHubURL",
            Message::MyPass(_) => "$MyPass",
            Message::MyInfo(_) => "$MyINFO",
            Message::BotInfo(_) => "$BotINFO",
            Message::GetInfo { .. } => "$GetINFO",
            Message::UserIp(_) => "$UserIP",
            Message::Kick(_) => "$Kick",
            Message::OpForceMove { .. } => "$OpForceMove",
            Message::ConnectToMe(_) => "$ConnectToMe",
            Message::MultiConnectToMe(_) => "$MultiConnectToMe",
            Message::RevConnectToMe { .. } => "$RevConnectToMe",
            Message::Search(_) => "$Search",
            Message::ShortSearch(search) => match search.origin {
                Origin::Active { .. } => "$SA",
                Origin::Passive { .. } => "$SP",
            },
            Message::Sr(_) => "$SR",
            Message::ExtJson { .. } => "$ExtJSON",
            Message::In { .. } => "$IN",
            Message::Quit(_) => "$Quit",
            Message::Ban { .. } => "$Ban",
            Message::TempBan { .. } => "$TempBan",
            Message::UnBan(_) => "$UnBan",
            Message::GetBanList => "$GetBanList",
            Message::WhoIp(_) => "$WhoIP",
            Message::GetTopic => "$GetTopic",
            Message::SetTopic(_) => "$SetTopic",
            Message::MyIp { .. } => "$MyIP",
            Message::MyNick(_) => "$MyNick",
            Message::Lock(_) => "$Lock",
            Message::Unknown(_) => "Unknown",
        }
    }
}

/// The words of a `$Supports` text.
pub fn features(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty())
}

/// The nicks of a list joined by `$$` (`$UserIP`, `$OpList`...); a trailing `$$` is fine.
pub fn nick_list(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'$')
        .filter(|nick| !nick.is_empty())
}

#[cfg(test)]
#[path = "golden_tests.rs"]
mod golden;

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;

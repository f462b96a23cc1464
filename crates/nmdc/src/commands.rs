//! The one table of client messages: dispatch, login guard, length guard and documentation.

use crate::ctm::ConnectToMe;
use crate::message::Message;
use crate::myinfo::MyInfo;
use crate::scan::{split_once, split_seq};
use crate::search::{Search, ShortSearch};
use crate::sr::SearchResult;

/// How far a connection must be logged in before the hub takes a message (login guard, 0.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoginState {
    /// At any time.
    PreLogin,
    /// After `$ValidateNick` was accepted.
    NickKnown,
    /// When the login is complete and the user is in the user list.
    InList,
}

/// What a message is counted as when one client sends too much of a sort. The hub knows a limit
/// for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named by the messages that count as such")]
pub enum Flood {
    Chat,
    MCTo,
    To,
    MyInfo,
    In,
    ExtJson,
    Search,
    Sr,
    Ctm,
    Rctm,
    NickList,
    GetInfo,
    /// The steps of a login, each of which a client takes once.
    Login,
    /// Questions that the hub answers the asker alone.
    Question,
    /// What operators do to others and to the hub.
    Operator,
    Ping,
    /// What the hub does not know or has no use for.
    Unknown,
}

/// One client message.
#[derive(Debug)]
pub struct Command {
    /// Its name in notices and documentation: `$MyINFO`; `Chat` for main chat.
    pub name: &'static str,
    /// What a frame of it starts with, the separating space included.
    pub prefix: &'static [u8],
    /// Its form and meaning, in one line.
    pub doc: &'static str,
    /// From when on it is taken.
    pub state: LoginState,
    /// What it is counted as.
    pub flood: Flood,
    /// The configuration variable that limits the length of the whole message, if any.
    pub max_len: Option<&'static str>,
    /// Reads what follows the prefix.
    pub(crate) parse: for<'a> fn(&'a [u8]) -> Option<Message<'a>>,
}

/// The row of a command by its [`name`](Command::name), as [`Message::command`] gives it;
/// `None` for `Ping` and `Unknown`.
pub fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|row| row.name == name)
}

macro_rules! commands {
    ($( $name:literal, $prefix:literal, $state:ident, $flood:ident, $max_len:expr, $doc:literal, $parse:expr; )*) => {
        /// Every client message, in the order in which prefixes are tried (0.1).
        pub static COMMANDS: &[Command] = &[$( Command {
            name: $name,
            prefix: $prefix,
            doc: $doc,
            state: LoginState::$state,
            flood: Flood::$flood,
            max_len: $max_len,
            parse: $parse,
        } ),*];
    };
}

commands! {
    "$ConnectToMe", b"$ConnectToMe ", InList, Ctm, None,
        "`$ConnectToMe to ip:port[S|R|RS|N nick|NS nick]`: connect to my address.",
        |rest| ConnectToMe::parse(rest).map(Message::ConnectToMe);
    "$RevConnectToMe", b"$RevConnectToMe ", InList, Rctm, None,
        "`$RevConnectToMe me to`: I am passive, connect me to your address.",
        |rest| split_once(rest, b' ').map(|(from, to)| Message::RevConnectToMe { from, to });
    "$SR", b"$SR ", InList, Sr, None,
        "`$SR me path^Esize free/total^Ehub^Eto`: an answer to a passive search.",
        |rest| SearchResult::parse(rest).map(Message::Sr);
    "$Search", b"$Search ", InList, Search, Some("max_len_search"),
        "`$Search ip:port X?X?size?type?pattern`, or `$Search Hub:me ...` when passive.",
        |rest| Search::parse(rest).map(Message::Search);
    "$SA", b"$SA ", InList, Search, Some("max_len_search"),
        "`$SA tth ip:port`: active search by hash, short form.",
        |rest| ShortSearch::parse_active(rest).map(Message::ShortSearch);
    "$SP", b"$SP ", InList, Search, Some("max_len_search"),
        "`$SP tth me`: passive search by hash, short form.",
        |rest| ShortSearch::parse_passive(rest).map(Message::ShortSearch);
    "$MyINFO", b"$MyINFO ", NickKnown, MyInfo, Some("max_len_myinfo"),
        "`$MyINFO $ALL me desc<tag>$ $speedS$email$share$`: what I show of myself.",
        |rest| MyInfo::parse(rest).map(Message::MyInfo);
    "$ExtJSON", b"$ExtJSON ", InList, ExtJson, Some("max_len_extjson"),
        "`$ExtJSON me {json}`: more about me.",
        |rest| split_once(rest, b' ').map(|(nick, json)| Message::ExtJson { nick, json });
    "$Key", b"$Key ", PreLogin, Login, None,
        "`$Key key`: the answer to the hub's lock.",
        |rest| Some(Message::Key(rest));
    "$Supports", b"$Supports ", PreLogin, Login, Some("max_len_supports"),
        "`$Supports a b c`: the protocol extensions I know.",
        |rest| Some(Message::Supports(rest));
    "$ValidateNick", b"$ValidateNick ", PreLogin, Login, None,
        "`$ValidateNick nick`: the nick I want.",
        |rest| Some(Message::ValidateNick(rest));
    "$Version", b"$Version ", PreLogin, Login, Some("max_len_version"),
        "`$Version version`: protocol version, any text.",
        |rest| Some(Message::Version(rest));
    "$GetNickList", b"$GetNickList", NickKnown, NickList, None,
        "`$GetNickList`: asks who is here.",
        |_| Some(Message::GetNickList);
    "$MyHubURL", b"$MyHubURL ", NickKnown, Login, Some("max_len_myhuburl"),
        "`$MyHubURL url`: the address by which I came.",
        |rest| Some(Message::MyHubUrl(rest));
    "$MyPass", b"$MyPass ", NickKnown, Login, None,
        "`$MyPass password`: my password.",
        |rest| Some(Message::MyPass(rest));
    "$To:", b"$To: ", InList, To, None,
        "`$To: to From: me $<me> text`: private message.",
        private;
    "$BotINFO", b"$BotINFO ", NickKnown, Login, None,
        "`$BotINFO text`: a hub list's robot asks about the hub.",
        |rest| Some(Message::BotInfo(rest));
    "$GetINFO", b"$GetINFO ", InList, GetInfo, None,
        "`$GetINFO other me`: asks for the `$MyINFO` of another.",
        |rest| split_once(rest, b' ').map(|(other, me)| Message::GetInfo { other, me });
    "$UserIP", b"$UserIP ", InList, Question, None,
        "`$UserIP a$$b`: an operator asks for addresses.",
        |rest| Some(Message::UserIp(rest));
    "$Kick", b"$Kick ", InList, Operator, None,
        "`$Kick nick`: an operator throws somebody out.",
        |rest| Some(Message::Kick(rest));
    "$OpForceMove", b"$OpForceMove $Who:", InList, Operator, None,
        "`$OpForceMove $Who:nick$Where:addr$Msg:text`: an operator sends somebody elsewhere.",
        force_move;
    "$MultiConnectToMe", b"$MultiConnectToMe ", InList, Ctm, None,
        "`$MultiConnectToMe to ip:port`: as `$ConnectToMe`.",
        |rest| ConnectToMe::parse(rest).map(Message::MultiConnectToMe);
    "$MultiSearch", b"$MultiSearch ", InList, Search, Some("max_len_search"),
        "`$MultiSearch ...`: as `$Search`.",
        |rest| Search::parse(rest).map(Message::Search);
    "$MCTo:", b"$MCTo: ", InList, MCTo, None,
        "`$MCTo: to $me text`: private message shown in main chat.",
        private_in_chat;
    "$Quit", b"$Quit ", PreLogin, Login, None,
        "`$Quit me`: I leave.",
        |rest| Some(Message::Quit(rest));
    "$Ban", b"$Ban ", InList, Operator, None,
        "`$Ban nick$reason`: an operator bans somebody.",
        |rest| split_once(rest, b'$').map(|(nick, reason)| Message::Ban { nick, reason });
    "$TempBan", b"$TempBan ", InList, Operator, None,
        "`$TempBan nick$time$reason`: an operator bans somebody for a time.",
        temp_ban;
    "$UnBan", b"$UnBan ", InList, Operator, None,
        "`$UnBan ip`: an operator lifts a ban.",
        |rest| Some(Message::UnBan(rest));
    "$GetBanList", b"$GetBanList", InList, Question, None,
        "`$GetBanList`: an operator asks for the bans.",
        |_| Some(Message::GetBanList);
    "$WhoIP", b"$WhoIP ", InList, Question, None,
        "`$WhoIP ip`: an operator asks who is at an address.",
        |rest| Some(Message::WhoIp(rest));
    "$GetTopic", b"$GetTopic", InList, Question, None,
        "`$GetTopic`: an operator asks for the topic.",
        |_| Some(Message::GetTopic);
    "$SetTopic", b"$SetTopic", InList, Operator, None,
        "`$SetTopic topic`: an operator sets the topic.",
        |rest| Some(Message::SetTopic(rest.strip_prefix(b" ").unwrap_or(rest)));
    "$MyIP", b"$MyIP ", PreLogin, Unknown, None,
        "`$MyIP ip version`: the TLS proxy says who is behind the connection.",
        |rest| split_once(rest, b' ').map(|(ip, version)| Message::MyIp { ip, version });
    "$MyNick", b"$MyNick ", PreLogin, Unknown, Some("max_len_mynick"),
        "`$MyNick nick`: sent by clients that take the hub for another client.",
        |rest| Some(Message::MyNick(rest));
    "$Lock", b"$Lock ", PreLogin, Unknown, Some("max_len_lock"),
        "`$Lock lock`: sent by clients that take the hub for another client.",
        |rest| Some(Message::Lock(rest));
    "$IN", b"$IN ", InList, In, Some("max_len_in"),
        "`$IN me$data`: changed parts of MyINFO; taken, without effect.",
        |rest| split_once(rest, b'$').map(|(nick, data)| Message::In { nick, data });
    "Chat", b"<", InList, Chat, None,
        "`<me> text`: main chat.",
        |rest| split_seq(rest, b"> ").map(|(nick, text)| Message::Chat { nick, text });
}

/// `to From: from $<nick> text`
fn private(rest: &[u8]) -> Option<Message<'_>> {
    let (to, rest) = split_seq(rest, b" From: ")?;
    let (from, rest) = split_seq(rest, b" $<")?;
    let (nick, text) = split_seq(rest, b"> ")?;
    Some(Message::To {
        to,
        from,
        nick,
        text,
    })
}

/// `to $from text`
fn private_in_chat(rest: &[u8]) -> Option<Message<'_>> {
    let (to, rest) = split_seq(rest, b" $")?;
    let (from, text) = split_once(rest, b' ')?;
    Some(Message::MCTo { to, from, text })
}

/// `who$Where:addr$Msg:text`
fn force_move(rest: &[u8]) -> Option<Message<'_>> {
    let (who, rest) = split_seq(rest, b"$Where:")?;
    let (to, reason) = split_seq(rest, b"$Msg:")?;
    Some(Message::OpForceMove { who, to, reason })
}

/// `nick$time$reason`
fn temp_ban(rest: &[u8]) -> Option<Message<'_>> {
    let (nick, rest) = split_once(rest, b'$')?;
    let (time, reason) = split_once(rest, b'$')?;
    Some(Message::TempBan { nick, time, reason })
}

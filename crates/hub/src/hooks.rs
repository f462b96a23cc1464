//! The hook table: every event a script can see, its arguments and what a veto does.
//!
//! One row is the whole definition of a hook. The enum, the payload type, the names, the C
//! ids (`w_CallHook`), the subscription bits and the reference page all come from it.

use bytes::Bytes;
use smallvec::SmallVec;

/// One argument of a hook, borrowed from its [`Event`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arg<'a> {
    /// Text in the hub's encoding.
    Text(&'a [u8]),
    /// A number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
}

impl Arg<'_> {
    fn print(&self, name: &str, to: &mut std::fmt::DebugStruct<'_, '_>) {
        match self {
            Arg::Text(text) => to.field(name, &crate::secrets::Printed::new(name, text)),
            Arg::Int(number) => to.field(name, number),
            Arg::Float(number) => to.field(name, number),
        };
    }
}

trait AsArg {
    fn as_arg(&self) -> Arg<'_>;
}
impl AsArg for Bytes {
    fn as_arg(&self) -> Arg<'_> {
        Arg::Text(self)
    }
}
impl AsArg for i64 {
    fn as_arg(&self) -> Arg<'_> {
        Arg::Int(*self)
    }
}
impl AsArg for f64 {
    fn as_arg(&self) -> Arg<'_> {
        Arg::Float(*self)
    }
}

/// What a script's 0 does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Veto {
    /// Nothing: the event is news, the hub does not wait for an answer.
    Never,
    /// The message or action is dropped.
    Drop,
    /// The connection is closed.
    Close,
}

/// How far a hook is fired by this version of the hub; shown in the docs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Works as documented.
    Works,
    /// Known by name, not fired yet.
    Planned,
}

macro_rules! hooks {
    ($( $(#[doc = $d:literal])* $V:ident = $name:literal ($($a:ident : $t:ty),*) veto $veto:ident, $st:ident; )*) => {
        /// An event with its arguments.
        #[derive(Clone, PartialEq)]
        pub enum Event { $( $(#[doc = $d])* #[expect(missing_docs, reason = "named in the table")] $V { $($a: $t),* } ),* }

        /// The name of an event; the discriminant is the documented hook id.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Hook { $( $(#[doc = $d])* $V ),* }

        impl Hook {
            /// All of them, by id.
            pub const ALL: &'static [Hook] = &[$(Hook::$V),*];
            /// The Python function's name.
            pub const fn name(self) -> &'static str { match self { $(Hook::$V => $name),* } }
            /// What a 0 does.
            pub const fn veto(self) -> Veto { match self { $(Hook::$V => Veto::$veto),* } }
            /// Parameter names, in order.
            pub const fn params(self) -> &'static [&'static str] { match self { $(Hook::$V => &[$(stringify!($a)),*]),* } }
            /// One line of documentation.
            pub const fn doc(self) -> &'static str { match self { $(Hook::$V => concat!($($d),*)),* } }
            /// Whether this version fires it.
            pub const fn status(self) -> Status { match self { $(Hook::$V => Status::$st),* } }
        }

        impl Event {
            /// Which hook this is for.
            pub const fn hook(&self) -> Hook { match self { $(Event::$V { .. } => Hook::$V),* } }
            /// Hands over the arguments in documented order, without a list of them.
            #[inline]
            pub fn each_arg<'a>(&'a self, mut take: impl FnMut(Arg<'a>)) {
                match self { $( Event::$V { $($a),* } => { $( take($a.as_arg()); )* } ),* }
            }
            /// The arguments in documented order.
            pub fn args(&self) -> SmallVec<[Arg<'_>; 6]> {
                match self { $(Event::$V { $($a),* } => SmallVec::from_iter([$($a.as_arg()),*])),* }
            }
        }

        /// Passwords are not printed.
        impl std::fmt::Debug for Event {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $( Event::$V { $($a),* } => {
                    let mut shown = f.debug_struct(stringify!($V));
                    $( $a.as_arg().print(stringify!($a), &mut shown); )*
                    shown.finish()
                } ),* }
            }
        }
    };
}

hooks! {
    /// A client connected; nothing was sent to it yet.
    NewConn = "OnNewConn" (ip: Bytes) veto Close, Works;
    /// A connection ended, whatever the reason.
    CloseConn = "OnCloseConn" (ip: Bytes) veto Never, Works;
    /// The same with the reason (`vh.eCR_*`) and the nick, empty before login.
    CloseConnEx = "OnCloseConnEx" (ip: Bytes, reason: i64, nick: Bytes) veto Never, Works;
    /// A line in main chat that passed all checks. The script may replace nick and text.
    ParsedMsgChat = "OnParsedMsgChat" (nick: Bytes, message: Bytes) veto Drop, Works;
    /// A private message to a user or a bot.
    ParsedMsgPM = "OnParsedMsgPM" (nick: Bytes, message: Bytes, to_nick: Bytes) veto Drop, Works;
    /// A private line shown in the target's main chat window.
    ParsedMsgMCTo = "OnParsedMsgMCTo" (nick: Bytes, message: Bytes, to_nick: Bytes) veto Drop, Works;
    /// A search of any form; `$SA` and `$SP` arrive in the long form.
    ParsedMsgSearch = "OnParsedMsgSearch" (nick: Bytes, data: Bytes) veto Drop, Works;
    /// A search result on its way to a passive user.
    ParsedMsgSR = "OnParsedMsgSR" (nick: Bytes, data: Bytes) veto Drop, Works;
    /// A user's description of himself. The script may replace its five fields.
    ParsedMsgMyINFO = "OnParsedMsgMyINFO" (nick: Bytes, desc: Bytes, tag: Bytes, speed: Bytes, mail: Bytes, share: Bytes) veto Drop, Works;
    /// The first one, during login.
    FirstMyINFO = "OnFirstMyINFO" (nick: Bytes, desc: Bytes, tag: Bytes, speed: Bytes, mail: Bytes, share: Bytes) veto Close, Works;
    /// A client asks for a nick.
    ParsedMsgValidateNick = "OnParsedMsgValidateNick" (data: Bytes) veto Close, Works;
    /// Any message of a client whose nick is known.
    ParsedMsgAny = "OnParsedMsgAny" (nick: Bytes, data: Bytes) veto Drop, Works;
    /// Any message of a client whose nick is not yet known.
    ParsedMsgAnyEx = "OnParsedMsgAnyEx" (ip: Bytes, data: Bytes) veto Close, Works;
    /// A user wrote to the operator chat.
    OpChatMessage = "OnOpChatMessage" (nick: Bytes, message: Bytes) veto Drop, Works;
    /// A bot of the hub or a script spoke in main chat.
    PublicBotMessage = "OnPublicBotMessage" (nick: Bytes, message: Bytes, min_class: i64, max_class: i64) veto Never, Works;
    /// The hub is shutting down.
    UnLoad = "OnUnLoad" (error_code: i64) veto Never, Works;
    /// A client connected to the hub as if it were another client.
    CtmToHub = "OnCtmToHub" (nick: Bytes, ip: Bytes, port: i64, servport: i64, referer: Bytes) veto Close, Works;
    /// A client told its features.
    ParsedMsgSupports = "OnParsedMsgSupports" (ip: Bytes, data: Bytes, filtered: Bytes) veto Drop, Works;
    /// A client told by which address it came.
    ParsedMsgMyHubURL = "OnParsedMsgMyHubURL" (nick: Bytes, data: Bytes) veto Close, Works;
    /// Extended information about a user.
    ParsedMsgExtJSON = "OnParsedMsgExtJSON" (nick: Bytes, data: Bytes) veto Drop, Works;
    /// A pinger introduced itself.
    ParsedMsgBotINFO = "OnParsedMsgBotINFO" (nick: Bytes, data: Bytes) veto Close, Works;
    /// A client told its protocol version.
    ParsedMsgVersion = "OnParsedMsgVersion" (ip: Bytes, data: Bytes) veto Close, Works;
    /// A client sent its password; not verified yet.
    ParsedMsgMyPass = "OnParsedMsgMyPass" (nick: Bytes, data: Bytes) veto Close, Works;
    /// A user asks another one to connect to him.
    ParsedMsgConnectToMe = "OnParsedMsgConnectToMe" (nick: Bytes, other_nick: Bytes, ip: Bytes, port: Bytes) veto Drop, Works;
    /// A passive user asks for a connection.
    ParsedMsgRevConnectToMe = "OnParsedMsgRevConnectToMe" (nick: Bytes, other_nick: Bytes) veto Drop, Works;
    /// A message the hub does not know.
    UnknownMsg = "OnUnknownMsg" (nick: Bytes, data: Bytes) veto Never, Works;
    /// An operator's command, trigger character included.
    OperatorCommand = "OnOperatorCommand" (nick: Bytes, command: Bytes) veto Drop, Works;
    /// An operator kicks somebody.
    OperatorKicks = "OnOperatorKicks" (op: Bytes, nick: Bytes, reason: Bytes) veto Drop, Works;
    /// An operator drops somebody.
    OperatorDrops = "OnOperatorDrops" (op: Bytes, nick: Bytes) veto Drop, Works;
    /// The same with the reason.
    OperatorDropsWithReason = "OnOperatorDropsWithReason" (op: Bytes, nick: Bytes, reason: Bytes) veto Drop, Works;
    /// A client's tag passed the hub's own rules.
    ValidateTag = "OnValidateTag" (nick: Bytes, tag: Bytes) veto Close, Works;
    /// A user's command, trigger character included.
    UserCommand = "OnUserCommand" (nick: Bytes, command: Bytes) veto Drop, Works;
    /// Any command, without its trigger character.
    HubCommand = "OnHubCommand" (nick: Bytes, command: Bytes, user_class: i64, in_pm: i64, prefix: Bytes) veto Drop, Works;
    /// `vh.ScriptCommand` was called by some script.
    ScriptCommand = "OnScriptCommand" (command: Bytes, data: Bytes, plugin: Bytes, script: Bytes) veto Never, Works;
    /// A user was added to the list, the others do not know yet.
    UserInList = "OnUserInList" (nick: Bytes) veto Close, Works;
    /// A user has logged in.
    UserLogin = "OnUserLogin" (nick: Bytes) veto Close, Works;
    /// A user is leaving; he can still be asked about.
    UserLogout = "OnUserLogout" (nick: Bytes) veto Never, Works;
    /// About once a second; milliseconds since 1970.
    Timer = "OnTimer" (milliseconds: f64) veto Never, Works;
    /// Somebody is about to be registered.
    NewReg = "OnNewReg" (op: Bytes, nick: Bytes, uclass: i64) veto Drop, Works;
    /// Somebody is about to be banned.
    NewBan = "OnNewBan" (op: Bytes, ip: Bytes, nick: Bytes, reason: Bytes) veto Drop, Works;
    /// A setting is about to change.
    SetConfig = "OnSetConfig" (nick: Bytes, conf: Bytes, var: Bytes, val_new: Bytes, val_old: Bytes, val_type: i64) veto Drop, Works;
}

const _: () = assert!(Hook::ALL.len() == 41, "the documents name 41 hooks");

impl Hook {
    /// The hook with this documented id.
    pub fn from_id(id: usize) -> Option<Hook> {
        Hook::ALL.get(id).copied()
    }
    /// The hook of this name.
    pub fn from_name(name: &str) -> Option<Hook> {
        Hook::ALL.iter().copied().find(|h| h.name() == name)
    }
}

/// A set of hooks: which ones at least one script has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HookSet(pub u64);

impl HookSet {
    /// No hook.
    pub const EMPTY: HookSet = HookSet(0);
    /// Whether the hook is in: the one test an event costs when nobody asked for it.
    pub const fn has(self, hook: Hook) -> bool {
        self.0 & (1 << hook as u8) != 0
    }
    /// Whether any of the hooks of `other` is in, still in one test.
    pub const fn has_any(self, other: HookSet) -> bool {
        self.0 & other.0 != 0
    }
    /// The set with one more.
    #[must_use]
    pub const fn with(self, hook: Hook) -> HookSet {
        HookSet(self.0 | 1 << hook as u8)
    }
    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: HookSet) -> HookSet {
        HookSet(self.0 | other.0)
    }
}

/// What a script put in place of an event's content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Substitute {
    /// `OnParsedMsgChat`; `None` keeps.
    Chat {
        /// The shown nick.
        nick: Option<Bytes>,
        /// The line.
        text: Option<Bytes>,
    },
    /// `OnParsedMsgMyINFO`, `OnFirstMyINFO`: desc, tag, speed, mail, share; `None` keeps.
    MyInfo([Option<Bytes>; 5]),
}

/// The answer of one script, and, merged, of all scripts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// No script said 0.
    pub allow: bool,
    /// Raw messages for the connection that caused the event, from `(text, 0/1)` results.
    pub replies: Vec<Bytes>,
    /// What to put in place of the event's content. Boxed, because a verdict is moved for every
    /// call of a hook and this is rare.
    pub substitute: Option<Box<Substitute>>,
}

impl Verdict {
    /// Nobody objects.
    pub const ALLOW: Verdict = Verdict {
        allow: true,
        replies: Vec::new(),
        substitute: None,
    };
    /// Somebody objects.
    pub const BLOCK: Verdict = Verdict {
        allow: false,
        replies: Vec::new(),
        substitute: None,
    };

    /// Adds a later script's answer: a block wins, later substitutions overlay earlier ones.
    pub fn merge(&mut self, later: Verdict) {
        self.allow &= later.allow;
        self.replies.extend(later.replies);
        let Some(theirs) = later.substitute else {
            return;
        };
        let Some(mine) = &mut self.substitute else {
            self.substitute = Some(theirs);
            return;
        };
        match (&mut **mine, *theirs) {
            (Substitute::Chat { nick, text }, Substitute::Chat { nick: n, text: t }) => {
                if n.is_some() {
                    *nick = n;
                }
                if t.is_some() {
                    *text = t;
                }
            }
            (Substitute::MyInfo(mine), Substitute::MyInfo(theirs)) => {
                for (m, t) in mine.iter_mut().zip(theirs) {
                    if t.is_some() {
                        *m = t;
                    }
                }
            }
            (mine, theirs) => *mine = theirs,
        }
    }
}

impl Event {
    /// Puts a script's substitution into the event, for the next script to see.
    pub fn substitute(&mut self, with: &Substitute) {
        fn put(field: &mut Bytes, new: &Option<Bytes>) {
            if let Some(new) = new {
                *field = new.clone();
            }
        }
        match (self, with) {
            (Event::ParsedMsgChat { nick, message }, Substitute::Chat { nick: n, text }) => {
                put(nick, n);
                put(message, text);
            }
            (
                Event::ParsedMsgMyINFO {
                    desc,
                    tag,
                    speed,
                    mail,
                    share,
                    ..
                }
                | Event::FirstMyINFO {
                    desc,
                    tag,
                    speed,
                    mail,
                    share,
                    ..
                },
                Substitute::MyInfo(new),
            ) => {
                for (field, new) in [desc, tag, speed, mail, share].into_iter().zip(new.iter()) {
                    put(field, new);
                }
            }
            _ => {}
        }
    }
}

/// Functions a script may define that are not events of the hub.
pub const EXTRAS: &[(&str, &str, Status)] = &[
    (
        "UnLoad",
        "Called before the script is removed, while `vh` still works.",
        Status::Works,
    ),
    (
        "OnScriptQuery",
        "(command, data, plugin, script): a script has called vh.ScriptQuery; a returned text goes \
         back to it. plugin is the path that was asked for, else python; script is the path of \
         the script that asks.",
        Status::Works,
    ),
    (
        "name_and_version",
        "Returns (name, version) to label the script.",
        Status::Works,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_the_documented_ones() {
        assert_eq!(Hook::NewConn as usize, 0);
        assert_eq!(Hook::ParsedMsgAny as usize, 11);
        assert_eq!(Hook::UnLoad as usize, 15);
        assert_eq!(Hook::UnknownMsg as usize, 25);
        assert_eq!(Hook::ScriptCommand as usize, 33);
        assert_eq!(Hook::Timer as usize, 37);
        assert_eq!(Hook::SetConfig as usize, 40);
        for (id, hook) in Hook::ALL.iter().enumerate() {
            assert_eq!(Hook::from_id(id), Some(*hook));
            assert_eq!(Hook::from_name(hook.name()), Some(*hook));
            assert!(
                !hook.doc().is_empty(),
                "{} has no documentation",
                hook.name()
            );
        }
    }

    #[test]
    fn a_block_wins_and_substitutions_overlay() {
        let mut v = Verdict::ALLOW;
        v.merge(Verdict {
            substitute: Some(Box::new(Substitute::Chat {
                nick: None,
                text: Some("b".into()),
            })),
            ..Verdict::ALLOW
        });
        v.merge(Verdict::BLOCK);
        v.merge(Verdict {
            substitute: Some(Box::new(Substitute::Chat {
                nick: Some("n".into()),
                text: None,
            })),
            ..Verdict::ALLOW
        });
        assert!(!v.allow);
        let Some(sub) = v.substitute else {
            panic!("substitution lost")
        };
        let mut e = Event::ParsedMsgChat {
            nick: "me".into(),
            message: "a".into(),
        };
        e.substitute(&sub);
        assert_eq!(
            e,
            Event::ParsedMsgChat {
                nick: "n".into(),
                message: "b".into()
            }
        );
    }
}

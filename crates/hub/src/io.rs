//! What goes into the machine and what comes out of it.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::geo::Geo;
use crate::hooks::{Event, HookSet, Verdict};
use crate::reg::{StoreOp, StoreReply};
use crate::value::{ApiError, Value};

mod call;

pub use call::{Call, Target};
pub use nmdc::Wire;

/// One TCP connection. The number is given by `net` and never reused while the hub runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ConnId(pub u64);

/// One loaded script, as in `vh.myid`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ScriptId(pub u32);

/// One question to the scripts that awaits a [`Verdict`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AskId(pub u64);

/// One call from a script that awaits an answer. The number is given by the engine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CallId(pub u64);

/// One request to the store or to the script engine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ReqId(pub u64);

/// The time of an input: the machine has no clock of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    /// Milliseconds since some fixed moment, never going back: intervals and timeouts.
    pub mono_ms: u64,
    /// Milliseconds since 1970-01-01 UTC: dates, bans, what users are shown.
    pub unix_ms: i64,
}

impl Now {
    /// Seconds since 1970-01-01 UTC.
    pub const fn unix_secs(self) -> i64 {
        self.unix_ms.div_euclid(1000)
    }
}

/// How a connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the versions of TLS")]
pub enum Tls {
    /// Not at all.
    #[default]
    Plain,
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    /// It comes from a proxy that will say so itself with `$MyIP`.
    Proxied,
}

impl Tls {
    /// The version as `$MyIP` and users see it; `0.0` for none.
    pub const fn version(self) -> &'static str {
        match self {
            Tls::Plain | Tls::Proxied => "0.0",
            Tls::V1_0 => "1.0",
            Tls::V1_1 => "1.1",
            Tls::V1_2 => "1.2",
            Tls::V1_3 => "1.3",
        }
    }

    /// Whether what is sent is encrypted.
    pub const fn is_secure(self) -> bool {
        !matches!(self, Tls::Plain | Tls::Proxied)
    }
}

/// Everything that can happen to the hub.
#[derive(Debug)]
pub enum Input {
    /// A client connected.
    Connected {
        /// The new connection.
        conn: ConnId,
        /// The client's address.
        ip: IpAddr,
        /// The client's own port.
        peer_port: u16,
        /// The local port it came to.
        port: u16,
        /// How it is protected.
        tls: Tls,
    },
    /// A client sent one message; `frame` is without its closing pipe.
    Frame {
        /// Where it came from.
        conn: ConnId,
        /// The message.
        frame: Bytes,
    },
    /// A client sent more than `adv_max_message_size` bytes without a pipe; nothing more is
    /// read from it.
    TooLong {
        /// Which.
        conn: ConnId,
    },
    /// A client began TLS where there is none; nothing more is read from it.
    WantsTls {
        /// Which.
        conn: ConnId,
        /// The port has TLS, but this client was greeted without when it began.
        late: bool,
    },
    /// A connection ended by itself; it is gone already.
    Closed {
        /// Which.
        conn: ConnId,
        /// Why.
        why: Gone,
    },
    /// About once a second.
    Tick,
    /// The moment of [`Hub::next_moment`](crate::Hub::next_moment) has come.
    Moment,
    /// The scripts' answer to an [`Ask`] with an id.
    Verdict {
        /// The question.
        ask: AskId,
        /// The answer of all scripts together.
        verdict: Verdict,
    },
    /// A script changes something.
    Call {
        /// Which script, if any (`None`: the engine itself).
        script: Option<ScriptId>,
        /// What it wants; boxed, since it is much larger than all else that comes in.
        call: Box<Call>,
        /// Set when the caller waits for [`Output::Answer`].
        reply: Option<CallId>,
    },
    /// The store has done a [`StoreOp`].
    Store {
        /// The request.
        req: ReqId,
        /// Its outcome.
        reply: StoreReply,
    },
    /// The script engine has done an [`EngineOp`]; `text` is shown to who asked.
    Engine {
        /// The request.
        req: ReqId,
        /// Lines separated by CR LF.
        text: Bytes,
    },
    /// The name that an [`Output::LookUp`] asked for.
    Host {
        /// The request.
        req: ReqId,
        /// Empty when there is none; `None` when no answer came in time, which may be asked
        /// for again.
        name: Option<Bytes>,
    },
    /// The program has read everything anew.
    Reloaded {
        /// The request.
        req: ReqId,
        /// As it came with the request.
        changes: u64,
        /// The stored settings, name and value.
        settings: Vec<(Bytes, Bytes)>,
        /// What went wrong, for who asked.
        text: Bytes,
    },
    /// Read everything anew (SIGHUP).
    Reload,
    /// The program has done a [`ProgramOp`].
    Program {
        /// The request.
        req: ReqId,
        /// Its outcome.
        reply: ProgramReply,
    },
    /// How many seconds the hub's own time is ahead of UTC, at the start and when it changes.
    Zone(i64),
    /// The set of hooks that at least one script has, whenever it changes.
    Hooks(HookSet),
    /// The same of native plugins.
    PluginHooks(HookSet),
    /// A script was unloaded: its bots go with it.
    ScriptGone(ScriptId),
    /// The nicks that are registered, when somebody else changed the store.
    Registered(Vec<Bytes>),
    /// The registrations of these nicks are not what they were: they are read anew for who is
    /// online or logging in.
    RegChanged(Vec<Bytes>),
    /// These addresses have other names than they had.
    Renamed(Vec<IpAddr>),
    /// The GeoIP databases, when they were read or read again.
    Geo(Arc<Geo>),
    /// The program is to end: let nobody in any more and tell the scripts.
    Shutdown,
    /// The scripts are unloaded: say goodbye to everybody.
    Farewell,
}

/// Why a connection ended without the hub's doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gone {
    /// The client closed it.
    Peer,
    /// A read or write failed.
    Error,
    /// What it sent over TLS could not be read.
    Tls,
    /// It did not read what it was sent (`adv_max_outbuf_size`).
    Slow,
}

/// Everything the hub wants done, in this order.
#[derive(Debug)]
pub enum Output {
    /// Send bytes. All receivers of one `Group` share the same block.
    Send {
        /// To whom.
        to: Audience,
        /// Complete messages.
        data: Wire,
    },
    /// What a connection is now, for the choice of group receivers.
    Traits {
        /// Which.
        conn: ConnId,
        /// All its traits from now on.
        traits: Traits,
    },
    /// Stop or resume reading from a connection (too much is waiting for a verdict).
    Read {
        /// Which.
        conn: ConnId,
        /// Whether to read.
        on: bool,
    },
    /// Close a connection when what is pending is sent; the hub has forgotten it already.
    Close {
        /// Which.
        conn: ConnId,
    },
    /// Ask or tell the scripts.
    Ask(Ask),
    /// Have the store do something; exactly one [`Input::Store`] must follow.
    Store {
        /// Goes back with the reply.
        req: ReqId,
        /// What to do.
        op: StoreOp,
    },
    /// Look up the name of a host; exactly one [`Input::Host`] must follow, within seconds.
    LookUp {
        /// Goes back with the answer.
        req: ReqId,
        /// Whose name.
        ip: IpAddr,
    },
    /// Have the script engine do something; exactly one [`Input::Engine`] must follow.
    Engine {
        /// Goes back with the reply.
        req: ReqId,
        /// What to do.
        op: EngineOp,
    },
    /// Have the native plugins' manager do something; exactly one [`Input::Engine`] must follow.
    Plugin {
        /// Goes back with the reply.
        req: ReqId,
        /// What to do.
        op: PluginOp,
    },
    /// Have the program do something; exactly one [`Input::Program`] must follow.
    Program {
        /// Goes back with the reply.
        req: ReqId,
        /// What to do.
        op: ProgramOp,
    },
    /// The answer to a [`Input::Call`] that waits.
    Answer {
        /// The call.
        call: CallId,
        /// What the script gets.
        result: Result<Value<'static>, ApiError>,
    },
    /// A line for the log.
    Log {
        /// How bad.
        level: Level,
        /// What.
        text: String,
    },
    /// End the program with this exit code: unload the scripts, then send [`Input::Farewell`].
    Stop {
        /// 0 is normal.
        code: i32,
        /// Start again instead.
        restart: bool,
    },
    /// Have the program do something; exactly one [`Input::Engine`] must follow, or the one
    /// that the [`Service`] names.
    Service {
        /// Goes back with the reply.
        req: ReqId,
        /// What to do.
        op: Service,
    },
}

/// What the program does for the hub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Service {
    /// Read settings, registrations, certificates and databases anew: [`Input::Reloaded`].
    Reload {
        /// Goes back with the settings.
        changes: u64,
    },
    /// Register at the hub lists.
    Hublist,
}

/// How important a log line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the usual names")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

/// A question or a piece of news for the scripts.
#[derive(Debug)]
pub struct Ask {
    /// `Some`: exactly one [`Input::Verdict`] must follow. `None`: nobody waits.
    pub id: Option<AskId>,
    /// What happened; shared by the thread that calls the script and the one that watches it.
    pub event: Arc<Event>,
    /// Somebody's script call waits for this: a script thread that itself waits for the hub
    /// must serve it meanwhile, or both wait for ever.
    pub nested: bool,
}

/// Who receives something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    /// One connection.
    One(ConnId),
    /// All connections with these traits.
    Group(Group),
}

/// A set of connections described by their traits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Group {
    /// All of these are needed.
    pub all: Traits,
    /// At least one of these is needed, unless empty.
    pub any: Traits,
    /// None of these may be there.
    pub none: Traits,
    /// This one is left out.
    pub except: Option<ConnId>,
}

impl Group {
    /// Everybody in the user list.
    pub const LISTED: Group = Group {
        all: Traits::LISTED,
        any: Traits::EMPTY,
        none: Traits::EMPTY,
        except: None,
    };

    /// Whether a connection with these traits receives (`except` aside).
    pub const fn admits(&self, traits: Traits) -> bool {
        let t = traits.0;
        t & self.all.0 == self.all.0
            && (self.any.0 == 0 || t & self.any.0 != 0)
            && t & self.none.0 == 0
    }
}

/// A set of properties of a connection that decide which broadcasts reach it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Traits(pub u32);

#[expect(missing_docs, reason = "the names say it")]
impl Traits {
    pub const EMPTY: Traits = Traits(0);
    /// In the user list, that is logged in.
    pub const LISTED: Traits = Traits(1);
    /// Wants main chat.
    pub const CHAT: Traits = Traits(1 << 1);
    /// Mode A; all others are passive.
    pub const ACTIVE: Traits = Traits(1 << 2);
    /// MyINFO bit 0x20.
    pub const NAT: Traits = Traits(1 << 3);
    /// Shares something, not hidden: gets searches.
    pub const SHARES: Traits = Traits(1 << 4);
    pub const CHAT_ONLY: Traits = Traits(1 << 5);
    pub const TTHS: Traits = Traits(1 << 6);
    pub const TTH_SEARCH: Traits = Traits(1 << 7);
    pub const USER_IP2: Traits = Traits(1 << 8);
    pub const BOT_LIST: Traits = Traits(1 << 9);
    pub const EXT_JSON: Traits = Traits(1 << 10);
    /// Address in a private range, for `filter_lan_requests`.
    pub const LAN: Traits = Traits(1 << 11);
    /// May see other users' addresses (`user_ip_class`).
    pub const SEES_IPS: Traits = Traits(1 << 12);
    /// Takes compressed blocks (ZPipe): for `net` alone, no group asks for it.
    pub const ZPIPE: Traits = Traits(1 << 13);
    /// Says in its MyINFO that it speaks TLS, for `myinfo_tls_filter`.
    pub const TLS: Traits = Traits(1 << 14);
    pub const CLASS_PINGER: Traits = Traits(1 << 16);
    pub const CLASS_0: Traits = Traits(1 << 17);
    pub const CLASS_1: Traits = Traits(1 << 18);
    pub const CLASS_2: Traits = Traits(1 << 19);
    pub const CLASS_3: Traits = Traits(1 << 20);
    pub const CLASS_4: Traits = Traits(1 << 21);
    pub const CLASS_5: Traits = Traits(1 << 22);
    pub const CLASS_10: Traits = Traits(1 << 23);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, more: Traits) -> Traits {
        Traits(self.0 | more.0)
    }

    /// Whether all of `other` are in.
    pub const fn has(self, other: Traits) -> bool {
        self.0 & other.0 == other.0
    }

    /// The trait bit of one class.
    pub const fn class(class: i32) -> Traits {
        match class {
            i32::MIN..=-1 => Traits::CLASS_PINGER,
            0 => Traits::CLASS_0,
            1 => Traits::CLASS_1,
            2 => Traits::CLASS_2,
            3 => Traits::CLASS_3,
            4 => Traits::CLASS_4,
            5..=9 => Traits::CLASS_5,
            10.. => Traits::CLASS_10,
        }
    }

    /// The trait bits of all classes from `min` to `max`.
    pub fn classes(min: i64, max: i64) -> Traits {
        [-1, 0, 1, 2, 3, 4, 5, 10]
            .into_iter()
            .filter(|c| (min..=max).contains(&i64::from(*c)))
            .fold(Traits::EMPTY, |t, c| t.with(Traits::class(c)))
    }
}

/// What operators can have done to a script: named by id, path, file name or stem.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named after the commands")]
pub enum EngineOp {
    Load(Bytes),
    Unload(Bytes),
    Reload(Bytes),
    List,
    Files,
    Stat,
    Resume(Bytes),
    /// `!pylog N`: sets the engine's log level, 0 to 5; `None` shows it.
    LogLevel(Option<Bytes>),
}

/// What operators can have done about native plugins, which go by their short names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PluginOp {
    /// Registers a plugin, or changes what is registered; `None` leaves a thing as it is.
    Save {
        /// Its short name.
        nick: Bytes,
        /// The shared object.
        path: Option<Bytes>,
        /// What it is for, in the owner's words.
        detail: Option<Bytes>,
        /// Whether it is loaded when the hub starts.
        autoload: Option<bool>,
    },
    /// Forgets one, after unloading it.
    Delete(Bytes),
    /// Loads one.
    On(Bytes),
    /// Unloads one.
    Off(Bytes),
    /// Unloads one and loads it anew.
    Again(Bytes),
    /// Lists all.
    List,
}

/// What the hub wants of the program around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProgramOp {
    /// Read a text file of the hub's data directory. Answer: [`ProgramReply::File`].
    ReadFile {
        /// Its name there.
        path: Bytes,
    },
    /// Tell of the machine, the process and the sockets. Answer: [`ProgramReply::Text`].
    Describe(Part),
}

/// What [`ProgramOp::Describe`] is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named after the commands")]
pub enum Part {
    System,
    Buffers,
}

/// What the program answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProgramReply {
    /// A file's content, `None` when it is not there, or why it cannot be read.
    File(Result<Option<Bytes>, String>),
    /// Lines separated by CR LF.
    Text(Bytes),
}

/// Something the sockets report, as `net` hands it to the program.
#[derive(Debug)]
pub enum NetEvent {
    /// A client connected.
    Connected {
        /// The new connection.
        conn: ConnId,
        /// The client's address.
        ip: IpAddr,
        /// The client's own port.
        peer_port: u16,
        /// The local port it came to.
        port: u16,
        /// How it is protected.
        tls: Tls,
    },
    /// One message without its pipe.
    Frame {
        /// Where it came from.
        conn: ConnId,
        /// The message.
        frame: Bytes,
    },
    /// The connection has sent more than `max_message` bytes without a pipe. Nothing is read
    /// from it any more; what is sent to it still arrives, until it is closed.
    TooLong {
        /// Which.
        conn: ConnId,
    },
    /// The connection began with TLS where there is none. Nothing is read from it any more; what
    /// is sent to it still arrives, until it is closed.
    WantsTls {
        /// Which.
        conn: ConnId,
        /// The port has TLS, but this client was greeted without when it began.
        late: bool,
    },
    /// The connection ended; not reported for those the hub closed.
    Closed {
        /// Which.
        conn: ConnId,
        /// Why.
        why: Gone,
    },
}

impl NetEvent {
    /// The connection it is about.
    pub const fn conn(&self) -> ConnId {
        match self {
            NetEvent::Connected { conn, .. }
            | NetEvent::Frame { conn, .. }
            | NetEvent::TooLong { conn }
            | NetEvent::WantsTls { conn, .. }
            | NetEvent::Closed { conn, .. } => *conn,
        }
    }
}

impl From<NetEvent> for Input {
    fn from(event: NetEvent) -> Input {
        match event {
            NetEvent::Connected {
                conn,
                ip,
                peer_port,
                port,
                tls,
            } => Input::Connected {
                conn,
                ip,
                peer_port,
                port,
                tls,
            },
            NetEvent::TooLong { conn } => Input::TooLong { conn },
            NetEvent::WantsTls { conn, late } => Input::WantsTls { conn, late },
            NetEvent::Frame { conn, frame } => Input::Frame { conn, frame },
            NetEvent::Closed { conn, why } => Input::Closed { conn, why },
        }
    }
}

/// What of an address is one user's: the address, or of IPv6 its network of 64 bits, in which he
/// has as many addresses as he likes. In a private network each address is somebody else's.
pub fn place(ip: std::net::IpAddr) -> std::net::IpAddr {
    use std::net::IpAddr;
    match ip.to_canonical() {
        IpAddr::V6(v6)
            if !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()) =>
        {
            IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into())
        }
        ip => ip,
    }
}

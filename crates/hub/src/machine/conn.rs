//! One connection and, when its login is complete, one user.

use std::net::IpAddr;

use bytes::Bytes;

use crate::io::{ConnId, Tls, Traits};
use crate::reg::RegUser;

use super::NickKey;

/// Protocol extensions announced in `$Supports`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Features(pub u32);

macro_rules! features {
    ($($name:ident = $word:literal, $answer:expr;)*) => {
        /// The extensions the hub knows: the client's word and what is echoed.
        pub(super) const FEATURES: &[(&[u8], Features, Option<&[u8]>)] =
            &[$(($word, Features::$name, $answer)),*];
        features!(@bits 0; $($name)*);
    };
    (@bits $n:expr; $name:ident $($rest:ident)*) => {
        impl Features { pub const $name: Features = Features(1 << ($n)); }
        features!(@bits $n + 1; $($rest)*);
    };
    (@bits $n:expr;) => {};
}

features! {
    OP_PLUS = b"OpPlus", Some(b"OpPlus");
    NO_HELLO = b"NoHello", Some(b"NoHello");
    NO_GET_INFO = b"NoGetINFO", Some(b"NoGetINFO");
    CHAT_ONLY = b"ChatOnly", Some(b"ChatOnly");
    MCTO = b"MCTo", Some(b"MCTo");
    BOT_LIST = b"BotList", Some(b"BotList");
    HUB_TOPIC = b"HubTopic", Some(b"HubTopic");
    USER_IP2 = b"UserIP2", Some(b"UserIP2");
    TTH_SEARCH = b"TTHSearch", Some(b"TTHSearch");
    TTHS = b"TTHS", Some(b"TTHS");
    TLS = b"TLS", Some(b"TLS");
    FAIL_OVER = b"FailOver", Some(b"FailOver");
    NICK_RULE = b"NickRule", Some(b"NickRule");
    SEARCH_RULE = b"SearchRule", Some(b"SearchRule");
    HUB_URL = b"HubURL", Some(b"HubURL");
    BOT_INFO = b"BotINFO", Some(b"HubINFO");
    IN = b"IN", None;
    // Not echoed while `disable_extjson` is set.
    EXT_JSON = b"ExtJSON2", Some(b"ExtJSON2");
    ZPIPE = b"ZPipe", Some(b"ZPipe0");
    ZPIPE0 = b"ZPipe0", Some(b"ZPipe0");
}

impl Features {
    pub const fn has(self, other: Features) -> bool {
        self.0 & other.0 != 0
    }
    pub fn add(&mut self, other: Features) {
        self.0 |= other.0;
    }
}

/// What the user shows of himself, after the hub's and the scripts' changes.
#[derive(Clone, Default, Debug)]
pub(super) struct Shown {
    pub desc: Bytes,
    pub tag: Bytes,
    pub speed: Bytes,
    pub status: u8,
    pub email: Bytes,
    pub share: Bytes,
    /// The whole message with its pipe.
    pub line: nmdc::Wire,
}

pub(super) struct Conn {
    pub id: ConnId,
    pub ip: IpAddr,
    pub ip_text: Bytes,
    /// What its address is called.
    pub host: super::hosts::Host,
    pub host_wait: Option<super::hosts::Waiting>,
    /// The client's own port.
    pub peer_port: u16,
    /// The hub's port it came to.
    pub port: u16,
    /// How it is protected.
    pub tls: Tls,
    /// A proxy has said whom it is for.
    pub proxied: bool,
    pub lock: Bytes,
    // What the handshake has brought.
    pub supports: bool,
    pub key_ok: bool,
    pub version: Option<Bytes>,
    pub features: Features,
    /// What `$Supports` said, for `!whosups`.
    pub announces: Bytes,
    /// Empty until `$ValidateNick` was accepted.
    pub nick: Bytes,
    pub key: NickKey,
    pub validated: bool,
    pub asked_password: bool,
    pub password_ok: bool,
    /// He has shown that the registration is his: by its password, or as the one who set it.
    pub proved: bool,
    /// Where it comes from, for the limits of logins; none while only a proxy knows.
    pub place: Option<IpAddr>,
    /// How many bans there had been when it was last found welcome.
    pub welcome_at: Option<u64>,
    /// `$MyPass` is awaited to set a new password.
    pub setting_password: bool,
    pub hub_url: Bytes,
    /// `$MyPass` has come that the hub had asked for.
    pub told_password: bool,
    pub told_hub_url: bool,
    pub told_bot_info: bool,
    /// The last `$ExtJSON` message, without its pipe.
    pub ext_json: Bytes,
    /// The nick of a client that takes the hub for another client.
    pub ctm_nick: Option<Bytes>,
    pub wants_list: bool,
    /// In the user list.
    pub listed: bool,
    /// The others know it.
    pub announced: bool,
    /// `OnUserLogin` is done.
    pub logged_in: bool,
    pub class: i32,
    /// Nobody of this class and below can kick him (`!protect`).
    pub protected: i32,
    /// His kicks are not told to this class and below (`!hideme`), or to nobody (`!hidekick`).
    pub hides_kicks_to: i32,
    pub hides_kicks: bool,
    pub reg: Option<Box<RegUser>>,
    pub info: Shown,
    /// The client's own last MyINFO, to see whether anything changed.
    pub raw_info: Bytes,
    pub info_at: u64,
    /// A MyINFO that came too soon after the last one and waits for its time.
    pub late_info: Option<Bytes>,
    pub active: bool,
    pub nat: bool,
    /// What he shares, hidden or not.
    pub share: u64,
    /// So much of it is in the hub's total.
    pub counted_share: u64,
    pub wants_chat: bool,
    pub traits: Traits,
    // Habits
    pub last_chat: Bytes,
    pub chat_at: Option<u64>,
    /// The whole message, in the long form.
    pub last_search: Bytes,
    pub search_window: u64,
    pub searches: u32,
    pub results: u32,
    pub list_at: Option<u64>,
    pub login_at: u64,
    // Waiting
    /// How many answers it waits for; its messages wait while there is one.
    pub waits: u32,
    pub paused: bool,
    pub inbox: super::inbox::Inbox,
    /// The next step must come by then.
    pub deadline: Option<u64>,
    /// The login must be complete by then.
    pub login_deadline: Option<u64>,
    /// Close at that time, for that reason (`vh.CloseConnection` with a delay).
    pub close_at: Option<(u64, crate::constants::CloseReason)>,
    // Limits
    pub zone: usize,
    pub tallies: super::flood::Tallies,
    /// Requests to connect to it.
    pub rctm: super::flood::Lock,
    /// When it was last told that it may not search or download.
    pub told_no_use: Option<u64>,
}

impl Conn {
    pub fn new(id: ConnId, ip: IpAddr, port: u16) -> Conn {
        Conn {
            id,
            ip,
            ip_text: ip.to_string().into(),
            host: super::hosts::Host::default(),
            host_wait: None,
            peer_port: 0,
            port,
            tls: Tls::Plain,
            proxied: false,
            lock: Bytes::new(),
            supports: false,
            key_ok: false,
            version: None,
            features: Features::default(),
            announces: Bytes::new(),
            nick: Bytes::new(),
            key: NickKey::default(),
            validated: false,
            asked_password: false,
            password_ok: false,
            proved: false,
            place: None,
            welcome_at: None,
            setting_password: false,
            hub_url: Bytes::new(),
            told_password: false,
            told_hub_url: false,
            told_bot_info: false,
            ext_json: Bytes::new(),
            ctm_nick: None,
            wants_list: false,
            listed: false,
            announced: false,
            logged_in: false,
            class: 0,
            protected: 0,
            hides_kicks_to: -1,
            hides_kicks: false,
            reg: None,
            info: Shown::default(),
            raw_info: Bytes::new(),
            info_at: 0,
            late_info: None,
            active: false,
            nat: false,
            share: 0,
            counted_share: 0,
            wants_chat: true,
            traits: Traits::EMPTY,
            last_chat: Bytes::new(),
            chat_at: None,
            last_search: Bytes::new(),
            search_window: 0,
            searches: 0,
            results: 0,
            list_at: None,
            login_at: 0,
            waits: 0,
            paused: false,
            inbox: super::inbox::Inbox::default(),
            deadline: None,
            login_deadline: None,
            close_at: None,
            zone: 0,
            tallies: super::flood::Tallies::default(),
            rctm: super::flood::Lock::default(),
            told_no_use: None,
        }
    }

    /// Whether its messages wait for an answer.
    pub fn parked(&self) -> bool {
        self.waits > 0
    }

    /// Bytes kept for it beside what every connection costs: what it sent last, and what waits.
    pub fn kept(&self) -> usize {
        let texts = [
            &self.announces,
            &self.nick,
            &self.hub_url,
            &self.ext_json,
            &self.raw_info,
            &self.last_chat,
            &self.last_search,
        ];
        let optional = [&self.version, &self.ctm_nick, &self.late_info];
        let texts = texts.into_iter().chain(optional.into_iter().flatten());
        self.inbox.bytes() + self.info.line.len() + texts.map(Bytes::len).sum::<usize>()
    }

    /// What it must send next: what is missing when its time is over.
    pub fn awaited(&self) -> &'static str {
        match self {
            c if c.tls == Tls::Proxied => "$MyIP of the TLS proxy",
            c if c.listed => "a new password",
            c if !c.key_ok => "the key",
            c if !c.validated => "a nick",
            c if !c.password_ok => "the password",
            _ => "MyINFO",
        }
    }

    /// The class the user will have once his password is right.
    pub fn theoretical_class(&self) -> i32 {
        match &self.reg {
            Some(reg) if reg.enabled => reg.class,
            _ => self.class,
        }
    }

    /// Whether its connection to the hub is encrypted.
    pub fn is_secure(&self) -> bool {
        self.tls.is_secure()
    }

    /// The TLS version of its connection to the hub, for users; `no` without.
    pub fn tls_name(&self) -> Bytes {
        match self.is_secure() {
            true => Bytes::from_static(self.tls.version().as_bytes()),
            false => Bytes::from_static(b"no"),
        }
    }

    /// Whether other clients can connect to it over TLS.
    pub fn offers_tls(&self) -> bool {
        self.features.has(Features::TLS) && self.info.status & 0x10 != 0
    }

    /// Its address as it stands before a port: IPv6 in brackets, as its colons would be taken for
    /// that of the port.
    pub fn ip_before_port(&self) -> Bytes {
        match self.ip_text.contains(&b':') {
            true => super::cat!["[", self.ip_text, "]"],
            false => self.ip_text.clone(),
        }
    }

    pub fn protected_from(&self, class: i32) -> bool {
        let by_reg = self.reg.as_ref().map_or(0, |r| r.class_protect);
        let protect = self.protected.max(by_reg);
        protect >= class && protect > 0
    }

    pub fn hides_share(&self) -> bool {
        self.reg.as_ref().is_some_and(|r| r.hide_share)
    }

    /// Whether he wants no word about searches and requests for connections that are refused.
    pub fn hides_request_texts(&self) -> bool {
        self.reg.as_ref().is_some_and(|r| r.hide_ctmmsg)
    }

    /// Whether `$OpList` names him.
    pub fn in_op_list(&self, oplist_class: i32) -> bool {
        let (hide, show) = self
            .reg
            .as_ref()
            .map_or((false, false), |r| (r.hide_keys, r.show_keys));
        !hide && (show || self.class >= oplist_class)
    }
}

/// Whether an address belongs to a private network.
pub(super) fn is_lan(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

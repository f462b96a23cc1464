//! Registered users, and what the hub wants of the store.

use bytes::Bytes;

use crate::lists::{List, Row};

/// One row of `reglist`: see `reference/database-schema.md`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the columns of reglist")]
pub struct RegUser {
    pub nick: Bytes,
    /// -1, 1 to 5, 10.
    pub class: i32,
    pub class_protect: i32,
    pub class_hidekick: i32,
    pub hide_kick: bool,
    pub hide_keys: bool,
    pub show_keys: bool,
    pub hide_share: bool,
    pub hide_chat: bool,
    pub hide_ctmmsg: bool,
    pub reg_date: i64,
    pub reg_op: Bytes,
    /// The user must set a password.
    pub pwd_change: bool,
    /// Whether a password is stored.
    pub has_password: bool,
    pub login_last: i64,
    pub login_cnt: i64,
    pub login_ip: Bytes,
    pub enabled: bool,
    pub note_op: Bytes,
    pub note_usr: Bytes,
    pub auth_ip: Bytes,
    pub alternate_ip: Bytes,
    pub fake_ip: Bytes,
}

/// One row of `banlist`: see `reference/database-schema.md`. Times are seconds since 1970,
/// 0 for none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the columns of banlist")]
pub struct BanRow {
    /// An address, a range as typed, or a marker such as `_nickban_`.
    pub ip: Bytes,
    /// A nick, or a marker such as `_ipban_`.
    pub nick: Bytes,
    /// 0 to 9.
    pub ban_type: i64,
    pub host: Bytes,
    /// First and last address of a range as numbers.
    pub range: Option<(i64, i64)>,
    pub date_start: i64,
    /// 0 is for good.
    pub date_limit: i64,
    pub last_hit: i64,
    pub nick_op: Bytes,
    pub reason: Bytes,
    pub note_op: Bytes,
    pub note_usr: Bytes,
    /// Bytes, as digits.
    pub share_size: Bytes,
}

/// Who lifted bans, for `unbanlist`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lifted {
    /// Seconds since 1970.
    pub when: i64,
    /// The operator.
    pub op: Bytes,
    /// Why; may be empty.
    pub reason: Bytes,
}

/// One row of `kicklist`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the columns of kicklist")]
pub struct KickRow {
    pub nick: Bytes,
    /// Seconds since 1970.
    pub time: i64,
    pub ip: Bytes,
    pub host: Bytes,
    /// Bytes, as digits.
    pub share_size: Bytes,
    pub reason: Bytes,
    pub op: Bytes,
    /// Dropped without a ban.
    pub is_drop: bool,
}

/// One row of `pi_plug`: a native plugin the owner has registered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PluginRow {
    /// Its short name.
    pub nick: Bytes,
    /// The shared object.
    pub path: Bytes,
    /// What it is for, in the owner's words.
    pub detail: Bytes,
    /// Loaded when the hub starts.
    pub autoload: bool,
    /// Why it could not be loaded the last time; empty when it could.
    pub error: Bytes,
    /// When it was loaded last, seconds since 1970.
    pub lastload: i64,
}

/// What the hub wants of the store. Nicks compare without case (ASCII).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreOp {
    /// Read one registration. Answer: [`StoreReply::User`].
    GetUser {
        /// Who.
        nick: Bytes,
    },
    /// Compare a password; when right, write `login_last`, `login_ip`, `login_cnt`, when
    /// wrong `error_last`, `error_ip`, `error_cnt`. Answer: [`StoreReply::Password`].
    CheckPassword {
        /// Who.
        nick: Bytes,
        /// As the client sent it.
        password: Bytes,
        /// From where.
        ip: Bytes,
        /// Seconds since 1970.
        now: i64,
    },
    /// Register; `user.nick` must be new. Answer: Done or Exists.
    AddUser {
        /// The row; login data are ignored.
        user: Box<RegUser>,
        /// Empty: `pwd_change` is set.
        password: Bytes,
    },
    /// Forget a registration. Answer: Done or NoUser.
    DelUser {
        /// Who.
        nick: Bytes,
    },
    /// Answer: Done or NoUser.
    SetClass {
        /// Who.
        nick: Bytes,
        /// The new class.
        class: i32,
    },
    /// Store a password and clear `pwd_change`; empty sets `pwd_change`. Answer: Done or NoUser.
    SetPassword {
        /// Who.
        nick: Bytes,
        /// In clear; the store hashes.
        password: Bytes,
    },
    /// Write `logout_last`. Answer: Done or NoUser.
    Logout {
        /// Who.
        nick: Bytes,
        /// Seconds since 1970.
        when: i64,
    },
    /// Write one setting of `SetupList`. Answer: Done.
    SetConfig {
        /// `config` or `pi_*`.
        file: Bytes,
        /// The variable.
        var: Bytes,
        /// Its value as text.
        value: Bytes,
    },
    /// Write a ban; one with the same `ip` and `nick` is replaced. Answer: Done.
    SaveBan {
        /// All of it.
        ban: Box<BanRow>,
    },
    /// Write `last_hit`. Answer: Done or NoUser.
    HitBan {
        /// The row's first key.
        ip: Bytes,
        /// The row's second key.
        nick: Bytes,
        /// Seconds since 1970.
        when: i64,
    },
    /// Move bans to `unbanlist`, all or none. Answer: Done, also for those not there.
    DelBans {
        /// The rows' keys, `ip` and `nick`.
        bans: Vec<(Bytes, Bytes)>,
        /// Goes with each.
        lifted: Lifted,
    },
    /// Write a kick or drop. Answer: Done.
    AddKick {
        /// All of it.
        kick: Box<KickRow>,
    },
    /// Read one of the operators' lists. Answer: [`StoreReply::Rows`].
    ReadList {
        /// Which.
        list: List,
    },
    /// Write one row, in place of the one with the same key. Answer: Done.
    PutRow {
        /// Where.
        list: List,
        /// All its columns.
        row: Row,
    },
    /// Remove one row. Answer: Done or NoUser.
    DelRow {
        /// Where.
        list: List,
        /// Its key.
        key: Bytes,
    },
    /// All registrations of one class, or all. Answer: [`StoreReply::Users`].
    ListUsers {
        /// Only this class.
        class: Option<i32>,
    },
}

/// What the store answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreReply {
    /// Written and committed.
    Done,
    /// There is no such registration.
    NoUser,
    /// There is one already.
    Exists,
    /// The registration, if there is one.
    User(Option<Box<RegUser>>),
    /// Whether the password was right.
    Password(bool),
    /// A list, by nick.
    Users(Vec<RegUser>),
    /// One of the operators' lists, by key.
    Rows(Vec<Row>),
    /// It could not be done; the text is for operators and the log.
    Failed(String),
}

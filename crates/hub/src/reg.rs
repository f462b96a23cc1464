//! Registered users, and what the hub wants of the store.

use bytes::Bytes;

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
    /// It could not be done; the text is for operators and the log.
    Failed(String),
}

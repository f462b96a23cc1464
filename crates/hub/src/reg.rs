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
    pub logout_last: i64,
    pub login_cnt: i64,
    pub login_ip: Bytes,
    /// The last login that was refused: wrong password or address.
    pub error_last: i64,
    pub error_cnt: i64,
    pub error_ip: Bytes,
    pub enabled: bool,
    pub note_op: Bytes,
    pub note_usr: Bytes,
    pub auth_ip: Bytes,
    pub alternate_ip: Bytes,
    pub fake_ip: Bytes,
}

impl RegUser {
    /// Whether it gives rights: it is on, or a master's, who would be locked out.
    pub fn counts(&self) -> bool {
        self.enabled || self.class == 10
    }
}

/// The columns of `reglist` that operators may set one by one (`!regset`).
#[derive(Debug)]
pub struct Field {
    /// Its name in the database and for operators.
    pub name: &'static str,
    /// What it may hold.
    pub kind: FieldKind,
    /// The row with another value there; texts are read by [`Field::parse`] first.
    pub put: fn(&mut RegUser, &FieldValue),
    /// The value in a row.
    pub get: fn(&RegUser) -> FieldValue,
}

impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

/// What a [`Field`] may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// 0 or 1.
    Flag,
    /// A class.
    Class,
    /// An address, or nothing.
    Ip,
    /// Any text, or nothing.
    Text,
}

/// The value of a [`Field`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldValue {
    /// A flag or a class.
    Number(i32),
    /// A text; empty is nothing.
    Text(Bytes),
}

impl FieldValue {
    /// As operators read it.
    pub fn show(&self) -> Bytes {
        match self {
            FieldValue::Number(n) => n.to_string().into(),
            FieldValue::Text(text) => text.clone(),
        }
    }

    fn number(&self) -> i32 {
        match self {
            FieldValue::Number(n) => *n,
            FieldValue::Text(_) => 0,
        }
    }

    fn text(&self) -> Bytes {
        match self {
            FieldValue::Number(_) => Bytes::new(),
            FieldValue::Text(text) => text.clone(),
        }
    }
}

macro_rules! fields {
    (@put Flag $u:ident $v:ident $f:ident) => { $u.$f = $v.number() != 0 };
    (@put Class $u:ident $v:ident $f:ident) => { $u.$f = $v.number() };
    (@put $text:ident $u:ident $v:ident $f:ident) => { $u.$f = $v.text() };
    (@get Flag $u:ident $f:ident) => { FieldValue::Number(i32::from($u.$f)) };
    (@get Class $u:ident $f:ident) => { FieldValue::Number($u.$f) };
    (@get $text:ident $u:ident $f:ident) => { FieldValue::Text($u.$f.clone()) };
    ($($name:ident $kind:ident;)*) => {
        /// All of them.
        pub static FIELDS: &[Field] = &[$(Field {
            name: stringify!($name),
            kind: FieldKind::$kind,
            put: |user, value| fields!(@put $kind user value $name),
            get: |user| fields!(@get $kind user $name),
        }),*];
    };
}

fields! {
    class Class;
    class_protect Class;
    class_hidekick Class;
    hide_kick Flag;
    hide_keys Flag;
    show_keys Flag;
    hide_share Flag;
    hide_chat Flag;
    hide_ctmmsg Flag;
    enabled Flag;
    note_op Text;
    note_usr Text;
    auth_ip Ip;
    alternate_ip Ip;
    fake_ip Ip;
}

impl Field {
    /// The field of this name.
    pub fn find(name: &[u8]) -> Option<&'static Field> {
        FIELDS
            .iter()
            .find(|f| f.name.as_bytes().eq_ignore_ascii_case(name))
    }

    /// What an operator typed, if the field can hold it.
    ///
    /// # Errors
    /// One sentence.
    pub fn parse(&self, text: &Bytes) -> Result<FieldValue, &'static str> {
        let number = || str::from_utf8(text).ok()?.parse::<i32>().ok();
        match self.kind {
            FieldKind::Flag => match number() {
                Some(n @ (0 | 1)) => Ok(FieldValue::Number(n)),
                _ => Err("The value must be 0 or 1."),
            },
            FieldKind::Class => match number() {
                Some(n @ (-1..=5 | 10)) => Ok(FieldValue::Number(n)),
                _ => Err("The value must be a class."),
            },
            FieldKind::Text if text.len() > 255 => Err("A note has at most 255 bytes."),
            FieldKind::Text => Ok(FieldValue::Text(text.clone())),
            FieldKind::Ip => {
                let ip = str::from_utf8(text)
                    .ok()
                    .and_then(|t| t.parse::<std::net::IpAddr>().ok());
                match (ip, text.is_empty() || text == "0") {
                    (Some(ip), _) => Ok(FieldValue::Text(ip.to_string().into())),
                    (None, true) => Ok(FieldValue::Text(Bytes::new())),
                    (None, false) => Err("The value must be an address, or nothing to remove it."),
                }
            }
        }
    }
}

/// One row of `temp_rights`: what somebody may not do, or may do, for some time. Each time is
/// in seconds since 1970; 1 is "as usual", and 0 in the first four is for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RightsRow {
    /// Whose.
    pub nick: Bytes,
    /// Who decided it.
    pub op: Bytes,
    /// When.
    pub since: i64,
    /// Until when denied: chat, search, ctm, pm; until when allowed: kick, share0, reg, opchat.
    pub times: [i64; 8],
}

impl RightsRow {
    /// The columns of [`RightsRow::times`].
    pub const COLUMNS: [&'static str; 8] = [
        "st_chat",
        "st_search",
        "st_ctm",
        "st_pm",
        "st_kick",
        "st_share0",
        "st_reg",
        "st_opchat",
    ];
}

/// A list that operators empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named after what is in them")]
pub enum Listing {
    Bans,
    LiftedBans,
    Kicks,
    Rights,
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
        /// One of the same nick by the same operator in the last so many seconds gets the
        /// reason added instead.
        within: i64,
    },
    /// Write a login without a password, or one that failed before it, as
    /// [`StoreOp::CheckPassword`] does. Answer: Done or NoUser.
    Login {
        /// Who.
        nick: Bytes,
        /// From where.
        ip: Bytes,
        /// Seconds since 1970.
        now: i64,
        /// Whether it was let in.
        right: bool,
    },
    /// Write one column of a registration. Answer: Done or NoUser.
    SetField {
        /// Who.
        nick: Bytes,
        /// Which.
        field: &'static Field,
        /// Its new value.
        value: FieldValue,
    },
    /// Write what somebody may and may not do for a while, in place of what was there; all
    /// as usual: remove it. Answer: Done.
    SaveRights {
        /// All of it.
        rights: Box<RightsRow>,
    },
    /// Forget a whole list. Answer: Done.
    Clean {
        /// Which.
        list: Listing,
    },
    /// Read one of the operators' lists. Answer: [`StoreReply::Rows`].
    ReadList {
        /// Which.
        list: List,
    },
    /// Read the settings of scripts and plugins: files `pi_*`, as rows of file, variable and
    /// value in this order. Answer: [`StoreReply::Rows`].
    PluginSettings,
    /// Read all bans. Answer: [`StoreReply::Bans`].
    ReadBans,
    /// Read what single users may and may not do. Answer: [`StoreReply::Rights`].
    ReadRights,
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
    /// All bans.
    Bans(Vec<BanRow>),
    /// What single users may and may not do.
    Rights(Vec<RightsRow>),
    /// It could not be done; the text is for operators and the log.
    Failed(String),
}

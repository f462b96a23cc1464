//! The numbers scripts know by name: close reasons, bot checks, ban kinds, value types.

/// The version of Verlihub whose interface this is, which scripts compare: `vh.__version__`, and
/// the setting `hub_version` as text.
pub const VERSION: [i64; 4] = [1, 7, 0, 0];

/// Name and value of every constant in the `vh` module.
pub static CONSTANTS: &[(&str, i64)] = &[
    ("eCR_DEFAULT", 0),
    ("eCR_INVALID_USER", 1),
    // Named in the documents; banned users are closed with INVALID_USER.
    ("eCR_BANNED", 1),
    ("eCR_KICKED", 2),
    ("eCR_FORCEMOVE", 3),
    ("eCR_QUIT", 4),
    ("eCR_HUB_LOAD", 5),
    ("eCR_TIMEOUT", 6),
    ("eCR_TO_ANYACTION", 7),
    ("eCR_USERLIMIT", 8),
    ("eCR_SHARE_LIMIT", 9),
    ("eCR_TAG_NONE", 10),
    ("eCR_TAG_INVALID", 11),
    ("eCR_PASSWORD", 12),
    ("eCR_LOGIN_ERR", 13),
    ("eCR_SYNTAX", 14),
    ("eCR_INVALID_KEY", 15),
    ("eCR_RECONNECT", 16),
    ("eCR_CLONE", 17),
    ("eCR_SELF", 18),
    ("eCR_BADNICK", 19),
    ("eCR_NOREDIR", 20),
    ("eCR_PLUGIN", 21),
    ("eBOT_OK", 0),
    ("eBOT_EXISTS", 1),
    ("eBOT_WITHOUT_NICK", 2),
    ("eBOT_BAD_CHARS", 3),
    ("eBOT_RESERVED_NICK", 4),
    ("eBOT_API_ERROR", 5),
    ("eBF_NICKIP", 1),
    ("eBF_IP", 2),
    ("eBF_NICK", 4),
    ("eBF_RANGE", 8),
    ("eBF_HOST1", 16),
    ("eBF_HOST2", 32),
    ("eBF_HOST3", 64),
    ("eBF_SHARE", 128),
    ("eBF_PREFIX", 256),
    ("eBF_HOSTR1", 512),
    ("eBF_REVERSE", 512),
    ("eIT_VOID", 0),
    ("eIT_BOOL", 1),
    ("eIT_CHAR", 2),
    ("eIT_INT", 3),
    ("eIT_UINT", 4),
    ("eIT_LONG", 5),
    ("eIT_ULONG", 6),
    ("eIT_PCHAR", 7),
    ("eIT_TIMET", 8),
    ("eIT_LLONG", 9),
    ("eIT_ULLONG", 10),
    ("eIT_AR_BYTE", 11),
    ("eIT_STRING", 12),
    ("eIT_DOUBLE", 13),
];

/// Why the hub closes a connection: the `vh.eCR_*` numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "the documented names")]
pub enum CloseReason {
    Default = 0,
    InvalidUser = 1,
    Kicked = 2,
    ForceMove = 3,
    Quit = 4,
    HubLoad = 5,
    Timeout = 6,
    ToAnyAction = 7,
    UserLimit = 8,
    ShareLimit = 9,
    TagNone = 10,
    TagInvalid = 11,
    Password = 12,
    LoginErr = 13,
    Syntax = 14,
    InvalidKey = 15,
    Reconnect = 16,
    Clone = 17,
    SelfReplaced = 18,
    BadNick = 19,
    NoRedir = 20,
    Plugin = 21,
}

impl CloseReason {
    /// The reason with this number, `Default` when there is none.
    pub fn from_number(n: i64) -> CloseReason {
        use CloseReason::*;
        const ALL: [CloseReason; 22] = [
            Default,
            InvalidUser,
            Kicked,
            ForceMove,
            Quit,
            HubLoad,
            Timeout,
            ToAnyAction,
            UserLimit,
            ShareLimit,
            TagNone,
            TagInvalid,
            Password,
            LoginErr,
            Syntax,
            InvalidKey,
            Reconnect,
            Clone,
            SelfReplaced,
            BadNick,
            NoRedir,
            Plugin,
        ];
        usize::try_from(n)
            .ok()
            .and_then(|n| ALL.get(n).copied())
            .unwrap_or(Default)
    }
}

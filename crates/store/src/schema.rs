//! The tables, as the original makes them (`reference/database-schema.md`).
//!
//! Types are written in the original's words: SQLite takes from them what it needs, and a
//! script that asks for the table's make-up sees what it knows.

/// One table.
pub(crate) struct Table {
    pub name: &'static str,
    /// Name and type.
    pub columns: &'static [(&'static str, &'static str)],
    /// Primary and unique keys.
    pub keys: &'static str,
    /// Columns with an index.
    pub indexes: &'static [&'static str],
}

/// The original has 128, which a file's path does not always fit into.
const PATH: &str = "varchar(255) NOT NULL DEFAULT ''";
/// Times are int(11) in the original, which ends in 2038.
const DATE: &str = "bigint(20) DEFAULT NULL";
const SINCE: &str = "bigint(20) DEFAULT 0";
/// The original has 255, less than a message holds.
const REASON: &str = "text DEFAULT NULL";
const COUNT: &str = "int(11) DEFAULT 0";
const FLAG: &str = "tinyint(1) DEFAULT 0";
const CLASS: &str = "int(2) DEFAULT 0";
/// The original has 15, which an IPv6 address or a range does not fit into.
const IP: &str = "varchar(45) DEFAULT NULL";
const RANGE: &str = "varchar(96) DEFAULT NULL";
const NICK: &str = "varchar(128) NOT NULL DEFAULT ''";
const ANY_NICK: &str = "varchar(128) DEFAULT NULL";
const TEXT: &str = "varchar(255) DEFAULT NULL";
/// The original has 60, ours are longer.
const LOGIN_PWD: &str = "varchar(128) DEFAULT NULL";
const VERSION: &str = "decimal(8,5) NOT NULL DEFAULT -1.00000";
/// As many digits as a share can have; the original has 15 and 18.
const SHARE: &str = "varchar(20) DEFAULT NULL";
/// Times of `temp_rights`: 1 is "as usual".
const UNTIL: &str = "bigint(20) DEFAULT 1";

macro_rules! table {
    ($name:ident { $($column:ident : $ty:expr),* $(,)? } $keys:literal $($index:ident)*) => {
        Table {
            name: stringify!($name),
            columns: &[$((stringify!($column), $ty)),*],
            keys: $keys,
            indexes: &[$(stringify!($index)),*],
        }
    };
}

pub(crate) static TABLES: &[Table] = &[
    table! { SetupList {
        file: "varchar(30) NOT NULL DEFAULT ''",
        var: "varchar(50) NOT NULL DEFAULT ''",
        val: "text DEFAULT NULL",
    } "PRIMARY KEY (file, var)" },
    table! { reglist {
        nick: "varchar(64) NOT NULL DEFAULT ''",
        class: "int(2) DEFAULT 1",
        class_protect: CLASS,
        class_hidekick: CLASS,
        hide_kick: FLAG,
        hide_keys: FLAG,
        show_keys: FLAG,
        hide_share: FLAG,
        hide_chat: FLAG,
        hide_ctmmsg: FLAG,
        reg_date: DATE,
        reg_op: "varchar(64) DEFAULT NULL",
        pwd_change: "tinyint(1) DEFAULT 1",
        pwd_crypt: "tinyint(1) DEFAULT 1",
        login_pwd: LOGIN_PWD,
        login_last: SINCE,
        logout_last: SINCE,
        login_cnt: COUNT,
        login_ip: IP,
        error_last: DATE,
        error_cnt: COUNT,
        error_ip: IP,
        enabled: "tinyint(1) DEFAULT 1",
        note_op: TEXT,
        note_usr: TEXT,
        auth_ip: IP,
        alternate_ip: IP,
        fake_ip: IP,
    } "PRIMARY KEY (nick)" login_last logout_last },
    table! { banlist {
        ip: RANGE,
        nick: ANY_NICK,
        ban_type: "tinyint(4) DEFAULT 0",
        host: TEXT,
        range_fr: "bigint(32) DEFAULT NULL",
        range_to: "bigint(32) DEFAULT NULL",
        date_start: SINCE,
        date_limit: DATE,
        last_hit: DATE,
        nick_op: ANY_NICK,
        reason: REASON,
        note_op: TEXT,
        note_usr: TEXT,
        share_size: SHARE,
    } "UNIQUE (ip, nick)" nick date_limit range_fr },
    table! { unbanlist {
        ip: RANGE,
        nick: ANY_NICK,
        ban_type: "tinyint(4) DEFAULT 0",
        host: TEXT,
        range_fr: "bigint(32) DEFAULT NULL",
        range_to: "bigint(32) DEFAULT NULL",
        date_start: SINCE,
        date_limit: DATE,
        last_hit: DATE,
        nick_op: ANY_NICK,
        reason: REASON,
        note_op: TEXT,
        note_usr: TEXT,
        share_size: SHARE,
        date_unban: DATE,
        unban_op: ANY_NICK,
        unban_reason: REASON,
    } "UNIQUE (ip, nick, date_unban)" },
    table! { kicklist {
        nick: NICK,
        time: "bigint(20) NOT NULL DEFAULT 0",
        ip: IP,
        host: TEXT,
        share_size: SHARE,
        reason: REASON,
        op: NICK,
        is_drop: "tinyint(1) DEFAULT NULL",
    } "PRIMARY KEY (nick, time)" op ip is_drop },
    // The original has no key here and adds a row at each change.
    table! { temp_rights {
        nick: NICK,
        op: ANY_NICK,
        since: DATE,
        st_chat: UNTIL,
        st_search: UNTIL,
        st_ctm: UNTIL,
        st_pm: UNTIL,
        st_kick: UNTIL,
        st_share0: UNTIL,
        st_reg: UNTIL,
        st_opchat: UNTIL,
    } "UNIQUE (nick)" since },
    table! { client_list {
        name: "varchar(125) NOT NULL DEFAULT ''",
        tag_id: "varchar(125) NOT NULL DEFAULT ''",
        min_version: VERSION,
        max_version: VERSION,
        min_ver_use: VERSION,
        ban: "tinyint(1) NOT NULL DEFAULT 0",
        enable: "tinyint(1) NOT NULL DEFAULT 1",
    } "PRIMARY KEY (name)" },
    table! { conn_types {
        identifier: "varchar(16) NOT NULL DEFAULT ''",
        description: "varchar(64) DEFAULT 'no description'",
        tag_min_slots: "int(4) DEFAULT 0",
        tag_max_slots: "int(4) DEFAULT 0",
        tag_min_limit: "double DEFAULT -1",
        tag_min_ls_ratio: "double DEFAULT -1",
    } "PRIMARY KEY (identifier)" },
    table! { custom_redirects {
        address: "varchar(125) NOT NULL DEFAULT ''",
        flag: "smallint(5) NOT NULL DEFAULT 0",
        start: "tinyint(2) NOT NULL DEFAULT 0",
        stop: "tinyint(2) NOT NULL DEFAULT 0",
        country: "varchar(50) DEFAULT NULL",
        secure: "tinyint(1) NOT NULL DEFAULT 2",
        share: "int(11) NOT NULL DEFAULT 0",
        enable: "tinyint(1) NOT NULL DEFAULT 1",
    } "PRIMARY KEY (address)" },
    table! { file_trigger {
        command: "varchar(30) NOT NULL DEFAULT ''",
        send_as: ANY_NICK,
        def: "text DEFAULT NULL",
        descr: TEXT,
        min_class: "int(2) DEFAULT NULL",
        max_class: "int(2) DEFAULT 10",
        flags: "int(3) DEFAULT 0",
        seconds: "int(15) DEFAULT 0",
    } "PRIMARY KEY (command)" },
    table! { pi_plug {
        nick: "varchar(10) NOT NULL DEFAULT ''",
        path: PATH,
        dest: "varchar(10) DEFAULT NULL",
        detail: TEXT,
        autoload: FLAG,
        error: TEXT,
        lastload: DATE,
    } "PRIMARY KEY (nick)" },
];

/// The table of this name.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|t| t.name.eq_ignore_ascii_case(name))
}

/// Whether the hub itself needs this table.
pub(crate) fn is_ours(table: &str) -> bool {
    self::table(table).is_some()
}

/// A column's type for SQLite: text compares without case, as in the original's database.
fn column_type(ty: &str) -> String {
    match ty.starts_with("varchar") || ty.starts_with("text") {
        true => format!("{ty} COLLATE NOCASE"),
        false => ty.to_owned(),
    }
}

impl Table {
    /// The columns of the main key.
    pub(crate) fn key(&self) -> &'static str {
        let columns = self.keys.split_once('(').map_or("", |(_, columns)| columns);
        columns.trim_end_matches(')')
    }

    /// The names of the columns.
    pub(crate) fn column_names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    /// MySQL's statement that makes the table and its indexes.
    pub(crate) fn create_mysql(&self) -> String {
        let (name, keys) = (self.name, self.keys);
        let columns: String = (self.columns.iter())
            .map(|(name, ty)| format!("{name} {ty}, "))
            .collect();
        let index = |column: &&str| format!(", KEY {column}_index ({column})");
        let indexes: String = self.indexes.iter().map(index).collect();
        format!("CREATE TABLE IF NOT EXISTS {name} ({columns}{keys}{indexes})")
    }

    /// The type of a column that is too narrow for us, as the original makes it: kind of data
    /// and width are what it has. The first part is the type, the second what follows it.
    pub(crate) fn wider(
        &self,
        column: &str,
        kind: &str,
        width: Option<u64>,
    ) -> Option<(&'static str, &'static str)> {
        let found = |c: &&(&str, &'static str)| c.0.eq_ignore_ascii_case(column);
        let ty = self.columns.iter().find(found)?.1;
        let (name, rest) = ty.split_at(ty.find(' ')?);
        let narrow = match ty {
            IP | RANGE | LOGIN_PWD | PATH | SHARE => {
                let digits = name.strip_prefix("varchar(")?.strip_suffix(')')?;
                width? < digits.parse().ok()?
            }
            REASON => kind.eq_ignore_ascii_case("varchar"),
            ty => ty.starts_with("bigint(20)") && !kind.eq_ignore_ascii_case("bigint"),
        };
        narrow.then_some((name, rest))
    }

    /// MySQL's statements that add the columns not among `present`.
    pub(crate) fn add_columns_mysql(&self, present: &[String]) -> Vec<String> {
        let missing = |c: &&(&str, &str)| !present.iter().any(|p| p.eq_ignore_ascii_case(c.0));
        (self.columns.iter().filter(missing))
            .map(|(name, ty)| format!("ALTER TABLE {} ADD COLUMN {name} {ty}", self.name))
            .collect()
    }

    /// The statement that makes the table unless it is there.
    pub(crate) fn create(&self) -> String {
        let columns: String = (self.columns.iter())
            .map(|(name, ty)| format!("{name} {}, ", column_type(ty)))
            .collect();
        let (name, keys) = (self.name, self.keys);
        format!("CREATE TABLE IF NOT EXISTS {name} ({columns}{keys})")
    }

    /// The statements that add the columns not among `present`.
    pub(crate) fn add_columns(&self, present: &[String]) -> Vec<String> {
        let missing = |c: &&(&str, &str)| !present.iter().any(|p| p.eq_ignore_ascii_case(c.0));
        (self.columns.iter().filter(missing))
            .map(|(name, ty)| {
                let table = self.name;
                format!("ALTER TABLE {table} ADD COLUMN {name} {}", column_type(ty))
            })
            .collect()
    }

    /// The statements that make the indexes unless they are there.
    pub(crate) fn create_indexes(&self) -> Vec<String> {
        let table = self.name;
        let index = |c: &&str| format!("CREATE INDEX IF NOT EXISTS {table}_{c} ON {table} ({c})");
        self.indexes.iter().map(index).collect()
    }
}

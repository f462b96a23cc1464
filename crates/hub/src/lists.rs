//! The four lists that operators keep in the database: triggers, redirects, known clients and
//! connection types. Here is what a row means; `machine::consoles` is how operators edit them.

use std::ops::RangeInclusive;

use bytes::Bytes;

/// A row as the database holds it: the columns in the order of [`List::columns`].
pub type Row = Vec<Option<Bytes>>;

/// One of the lists. A table with a key of one column, the first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "named after what is in them")]
pub enum List {
    Triggers,
    Redirects,
    Clients,
    ConnTypes,
}

/// A column other than the key.
pub struct Column {
    /// Its name in the database.
    pub name: &'static str,
    /// How operators set it: `-d`.
    pub option: &'static str,
    /// What it holds, for the help.
    pub what: &'static str,
    /// What it is when nobody sets it.
    pub default: Option<&'static str>,
    /// What may stand there.
    pub kind: Kind,
}

/// What may stand in a column.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "they say it")]
pub enum Kind {
    /// Text of at most so many bytes; empty is NULL.
    Text(usize),
    Int(RangeInclusive<i64>),
    /// A number with a fraction.
    Number(RangeInclusive<f64>),
    /// A period such as `5m`, kept in seconds.
    Period,
}

impl List {
    /// All of them.
    pub const ALL: [List; 4] = [
        List::Triggers,
        List::Redirects,
        List::Clients,
        List::ConnTypes,
    ];

    /// The table's name in the database.
    pub const fn table(self) -> &'static str {
        match self {
            List::Triggers => "file_trigger",
            List::Redirects => "custom_redirects",
            List::Clients => "client_list",
            List::ConnTypes => "conn_types",
        }
    }

    /// What one row is called, and how its key is.
    pub const fn noun(self) -> (&'static str, &'static str) {
        match self {
            List::Triggers => ("trigger", "COMMAND"),
            List::Redirects => ("redirect", "ADDRESS"),
            List::Clients => ("client", "NAME"),
            List::ConnTypes => ("conntype", "SPEED"),
        }
    }

    /// The key's column and the most bytes it has.
    pub const fn key(self) -> (&'static str, usize) {
        match self {
            List::Triggers => ("command", 30),
            List::Redirects => ("address", 125),
            List::Clients => ("name", 125),
            List::ConnTypes => ("identifier", 16),
        }
    }

    /// The columns after the key.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            List::Triggers => TRIGGERS,
            List::Redirects => REDIRECTS,
            List::Clients => CLIENTS,
            List::ConnTypes => CONN_TYPES,
        }
    }

    /// The row of this key in which nothing is set.
    pub fn blank(self, key: Bytes) -> Row {
        let rest = self.columns().iter();
        std::iter::once(Some(key))
            .chain(rest.map(|c| c.default.map(|text| Bytes::from_static(text.as_bytes()))))
            .collect()
    }
}

macro_rules! columns {
    ($($name:ident $option:literal $what:literal $default:expr, $kind:expr;)*) => {
        &[$(Column { name: stringify!($name), option: $option, what: $what, default: $default, kind: $kind }),*]
    };
}

const CLASS: Kind = Kind::Int(-1..=10);
const FLAG: Kind = Kind::Int(0..=1);
const VERSION: Kind = Kind::Number(-1.0..=999.99999);
const COUNT: Kind = Kind::Int(0..=99_999);

const TRIGGERS: &[Column] = columns! {
    send_as "-n" "NICK" None, Kind::Text(128);
    def "-d" "FILE|TEXT" None, Kind::Text(60_000);
    descr "-h" "DESCRIPTION" None, Kind::Text(255);
    min_class "-c" "LEAST-CLASS" Some("0"), CLASS;
    max_class "-C" "GREATEST-CLASS" Some("10"), CLASS;
    flags "-f" "FLAGS" Some("0"), Kind::Int(0..=127);
    seconds "-t" "PERIOD" Some("0"), Kind::Period;
};

const REDIRECTS: &[Column] = columns! {
    flag "-f" "REASONS" Some("0"), Kind::Int(0..=2047);
    start "-a" "FIRST-HOUR" Some("0"), Kind::Int(0..=23);
    stop "-z" "LAST-HOUR" Some("0"), Kind::Int(0..=23);
    country "-c" ":CC:CC:" None, Kind::Text(50);
    secure "-s" "0|1|2" Some("2"), Kind::Int(0..=2);
    share "-g" "GIB" Some("0"), Kind::Int(0..=2_000_000_000);
    enable "-e" "0|1" Some("1"), FLAG;
};

const CLIENTS: &[Column] = columns! {
    tag_id "-t" "TAG" None, Kind::Text(125);
    min_version "-v" "LEAST-VERSION" Some("-1"), VERSION;
    max_version "-V" "GREATEST-VERSION" Some("-1"), VERSION;
    min_ver_use "-u" "LEAST-VERSION-TO-USE" Some("-1"), VERSION;
    ban "-b" "0|1" Some("0"), FLAG;
    enable "-e" "0|1" Some("1"), FLAG;
};

const CONN_TYPES: &[Column] = columns! {
    description "-d" "DESCRIPTION" Some("no description"), Kind::Text(64);
    tag_min_slots "-s" "LEAST-SLOTS" Some("0"), COUNT;
    tag_max_slots "-S" "GREATEST-SLOTS" Some("0"), COUNT;
    tag_min_limit "-l" "LEAST-LIMIT" Some("-1"), Kind::Number(-1.0..=1e9);
    tag_min_ls_ratio "-ls" "LEAST-LIMIT-PER-SLOT" Some("-1"), Kind::Number(-1.0..=1e9);
};

/// All rows, as the database has them.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    triggers: Vec<Row>,
    redirects: Vec<Row>,
    clients: Vec<Row>,
    conn_types: Vec<Row>,
}

impl Rows {
    /// The rows of one list.
    pub fn of(&self, list: List) -> &Vec<Row> {
        match list {
            List::Triggers => &self.triggers,
            List::Redirects => &self.redirects,
            List::Clients => &self.clients,
            List::ConnTypes => &self.conn_types,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, list: List) -> &mut Vec<Row> {
        match list {
            List::Triggers => &mut self.triggers,
            List::Redirects => &mut self.redirects,
            List::Clients => &mut self.clients,
            List::ConnTypes => &mut self.conn_types,
        }
    }
}

/// What a list holds in a new hub. The original's rows of redirects lead to a hub of its own
/// authors, so there are none here.
pub fn defaults(list: List) -> Vec<Row> {
    let row = |key: &str, set: &[(&str, &str)]| {
        let mut row = list.blank(Bytes::copy_from_slice(key.as_bytes()));
        for (name, value) in set {
            if let Some(at) = list.columns().iter().position(|c| c.name == *name)
                && let Some(cell) = row.get_mut(at + 1)
            {
                *cell = Some(Bytes::copy_from_slice(value.as_bytes()));
            }
        }
        row
    };
    match list {
        List::Redirects => Vec::new(),
        List::ConnTypes => SPEEDS.iter().map(|speed| row(speed, &[])).collect(),
        List::Clients => (KNOWN_CLIENTS.iter())
            .map(|(name, tag)| row(name, &[("tag_id", tag)]))
            .collect(),
        List::Triggers => {
            let file = |name: &str, flags: &'static str, class: &'static str, descr: &str| {
                row(
                    &format!("+{name}"),
                    &[
                        ("def", &format!("%[CFG]/{name}")),
                        ("descr", descr),
                        ("min_class", class),
                        ("flags", flags),
                    ],
                )
            };
            let mut rows = vec![
                file("rules", "2", "0", "shows the rules"),
                file("faq", "2", "0", "answers what is often asked"),
            ];
            for (suffix, class) in [
                ("", "0"),
                ("_reg", "1"),
                ("_vip", "2"),
                ("_op", "3"),
                ("_cheef", "4"),
                ("_admin", "5"),
                ("_master", "10"),
            ] {
                let help = if suffix.is_empty() { "_usr" } else { suffix };
                rows.push(file(&format!("motd{suffix}"), "4", class, "shown at login"));
                rows.push(file(&format!("help{help}"), "8", class, "shown by +help"));
            }
            rows
        }
    }
}

/// What clients send as their connection, and the row for all others.
const SPEEDS: [&str; 28] = [
    "default",
    "28.8Kbps",
    "33.6Kbps",
    "56Kbps",
    "Modem",
    "ISDN",
    "Cable",
    "DSL",
    "Satellite",
    "Microwave",
    "Wireless",
    "LAN(T1)",
    "LAN(T3)",
    "0.005",
    "0.01",
    "0.02",
    "0.05",
    "0.1",
    "0.2",
    "0.5",
    "1",
    "2",
    "5",
    "10",
    "20",
    "50",
    "100",
    "1000",
];

/// Clients and hub-list pingers by the name in their tags.
const KNOWN_CLIENTS: [(&str, &str); 22] = [
    ("DC++", "++"),
    ("AirDC++", "AirDC++"),
    ("ApexDC++", "ApexDC++"),
    ("BCDC++", "BCDC++"),
    ("CZDC++", "CZDC++"),
    ("DC@fe++", "DC@fe++"),
    ("DCGUI", "DCGUI"),
    ("EiskaltDC++", "EiskaltDC++"),
    ("FlylinkDC++", "FlylinkDC++"),
    ("Fulldc++", "FullDC"),
    ("GreylinkDC++", "GreylynkDC++"),
    ("Jucy", "UC"),
    ("LDC++", "LDC++"),
    ("Linux DC++", "LinuxDC++"),
    ("MicroDC", "microdc2"),
    ("ncdc", "ncdc"),
    ("oDC", "oDC"),
    ("PeLinkDC", "PeLink"),
    ("RSX++", "RSX++"),
    ("ShakesPeer", "SP"),
    ("StrongDC++", "StrgDC++"),
    ("Valknut", "Valknut"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_defaults_fit_one_another() {
        for list in List::ALL {
            let mut options = std::collections::HashSet::new();
            assert!(list.columns().iter().all(|c| options.insert(c.option)));
            let rows = defaults(list);
            let keys: std::collections::HashSet<_> = rows.iter().map(|r| &r[0]).collect();
            assert_eq!(keys.len(), rows.len(), "{list:?}: keys stand twice");
            for row in &rows {
                assert_eq!(row.len(), list.columns().len() + 1);
                assert!(row[0].as_ref().unwrap().len() <= list.key().1);
            }
        }
        assert_eq!(defaults(List::Triggers).len(), 16);
        assert_eq!(defaults(List::ConnTypes).len(), 28);
    }
}

//! The configuration table: every variable once, with type, default, help and reload class.

use bytes::Bytes;

pub mod check;
mod engine;
mod flood;
mod identity;
mod limits;
mod messages;
mod network;
pub mod place;
mod rights;
mod tags;
mod users;
mod viper;

/// Whether a changed value takes effect at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reload {
    /// At once.
    Live,
    /// At the next start.
    Restart,
    /// Not at all: known and stored, and explained in docs/differences.md.
    Planned,
}

/// The documented type of a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the documented names")]
pub enum Kind {
    Bool,
    Int,
    Double,
    String,
}

impl Kind {
    /// The `vh.eIT_*` number that `OnSetConfig` gets.
    pub const fn number(self) -> i64 {
        match self {
            Kind::Bool => 1,
            Kind::Int => 3,
            Kind::Double => 13,
            Kind::String => 12,
        }
    }
    /// What a value must be, without its range.
    const fn expects(self) -> &'static str {
        match self {
            Kind::Bool => "0 or 1",
            Kind::Int => "a whole number",
            Kind::Double => "a number",
            Kind::String => "text",
        }
    }
}

/// One variable.
pub struct Spec {
    /// Its name, as in `!set`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One line of help.
    pub doc: &'static str,
    /// When a change takes effect.
    pub reload: Reload,
    /// The part of [`Config`] it is in.
    pub section: &'static str,
    /// The least and the greatest value of a number, as text.
    pub range: Option<(Bytes, Bytes)>,
}

impl Spec {
    /// What a value must be: `a whole number from 0 to 3`.
    pub fn expects(&self) -> String {
        expects(self.kind, self.range.as_ref())
    }
}

/// A number without the zeros that tell nothing.
fn plain(value: &impl Var) -> Bytes {
    let text = value.show();
    if !text.contains(&b'.') {
        return text;
    }
    let zeros = text.iter().rev().take_while(|b| **b == b'0').count();
    let text = text.slice(..text.len() - zeros);
    text.strip_suffix(b".")
        .map_or(text.clone(), |t| text.slice_ref(t))
}

fn expects(kind: Kind, range: Option<&(Bytes, Bytes)>) -> String {
    let what = kind.expects();
    match range {
        None => what.to_owned(),
        Some((least, most)) => format!(
            "{what} from {} to {}",
            String::from_utf8_lossy(least),
            String::from_utf8_lossy(most)
        ),
    }
}

/// Why a value was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SetError {
    /// There is no such variable.
    #[error("there is no variable {name}{}", nearest.map(|n| format!(", did you mean {n}?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// A variable with a similar name.
        nearest: Option<&'static str>,
    },
    /// The value does not fit the type or lies out of its range.
    #[error("{name} must be {expects}, not {value:?}")]
    BadValue {
        /// The variable.
        name: &'static str,
        /// What it takes, with the range.
        expects: String,
        /// What was given.
        value: String,
    },
}

/// How a type is shown and read.
trait Var: Sized {
    const KIND: Kind;
    fn show(&self) -> Bytes;
    fn read(text: &[u8]) -> Option<Self>;
}

impl Var for bool {
    const KIND: Kind = Kind::Bool;
    fn show(&self) -> Bytes {
        Bytes::from_static(if *self { b"1" } else { b"0" })
    }
    fn read(text: &[u8]) -> Option<bool> {
        match text.to_ascii_lowercase().as_slice() {
            b"1" | b"true" | b"yes" | b"on" => Some(true),
            b"0" | b"" | b"false" | b"no" | b"off" => Some(false),
            _ => None,
        }
    }
}

impl Var for Bytes {
    const KIND: Kind = Kind::String;
    fn show(&self) -> Bytes {
        self.clone()
    }
    fn read(text: &[u8]) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(text))
    }
}

impl Var for f64 {
    const KIND: Kind = Kind::Double;
    fn show(&self) -> Bytes {
        format!("{self:.6}").into()
    }
    fn read(text: &[u8]) -> Option<f64> {
        let v: f64 = str::from_utf8(text).ok()?.trim().parse().ok()?;
        v.is_finite().then_some(v)
    }
}

macro_rules! int_var {
    ($($t:ty),*) => { $(
        impl Var for $t {
            const KIND: Kind = Kind::Int;
            fn show(&self) -> Bytes { self.to_string().into() }
            fn read(text: &[u8]) -> Option<$t> { str::from_utf8(text).ok()?.trim().parse().ok() }
        }
    )* };
}
int_var!(i32, u32, i64, u64);

/// One section of the table: a struct, its defaults and its rows.
macro_rules! section {
    ($(#[$m:meta])* pub struct $S:ident; $($doc:literal $name:ident : $t:tt = $def:expr, $reload:ident $(, in $range:expr)?;)*) => {
        $(#[$m])*
        #[derive(Clone, PartialEq, Debug)]
        pub struct $S { $( #[doc = $doc] pub $name: $crate::config::section!(@type $t) ),* }

        impl Default for $S {
            fn default() -> Self { $S { $( $name: $crate::config::section!(@value $t $def) ),* } }
        }

        impl $S {
            pub(super) const ROWS: &'static [$crate::config::Row<$S>] = &[$( $crate::config::Row {
                name: stringify!($name),
                doc: $doc,
                reload: $crate::config::Reload::$reload,
                kind: <$crate::config::section!(@type $t) as $crate::config::Var>::KIND,
                get: |s| $crate::config::Var::show(&s.$name),
                range: $crate::config::section!(@range $t $($range)?),
                set: |s, text| {
                    let value: $crate::config::section!(@type $t) = $crate::config::Var::read(text)?;
                    $( if !($range).contains(&value) { return None; } )?
                    s.$name = value;
                    Some(())
                },
            } ),*];
        }
    };
    (@range $t:tt) => { || None };
    (@range $t:tt $range:expr) => { || {
        let range: std::ops::RangeInclusive<$t> = $range;
        Some(($crate::config::plain(range.start()), $crate::config::plain(range.end())))
    } };
    (@type Text) => { bytes::Bytes };
    (@type $t:tt) => { $t };
    (@value Text $def:expr) => { bytes::Bytes::from_static($def.as_bytes()) };
    (@value $t:tt $def:expr) => { $def };
}
use section;

/// A variable as its section knows it.
struct Row<S: 'static> {
    name: &'static str,
    doc: &'static str,
    reload: Reload,
    kind: Kind,
    range: fn() -> Option<(Bytes, Bytes)>,
    get: fn(&S) -> Bytes,
    set: fn(&mut S, &[u8]) -> Option<()>,
}

macro_rules! config {
    ($($field:ident : $S:ty),* $(,)?) => {
        /// All settings of the hub.
        #[derive(Clone, PartialEq, Debug, Default)]
        #[expect(missing_docs, reason = "each section documents itself")]
        pub struct Config { $(pub $field: $S),* }

        /// Every variable, section by section.
        pub fn specs() -> impl Iterator<Item = Spec> {
            std::iter::empty()$( .chain(<$S>::ROWS.iter().map(|r| Spec {
                name: r.name, kind: r.kind, doc: r.doc, reload: r.reload, section: stringify!($field),
                range: (r.range)(),
            })) )*
        }

        impl Config {
            /// Has the variables that tell what runs say so, whatever was read.
            pub fn fix(&mut self) {
                let fresh = Config::default();
                for name in FIXED {
                    let set = self.set(name, &fresh.get(name).unwrap_or_default());
                    debug_assert_eq!(set, Ok(()), "{name} takes its own default");
                }
            }

            /// The value as text, as `!get` shows it and the database stores it.
            pub fn get(&self, name: &str) -> Option<Bytes> {
                let name = own_name(name);
                $( if let Some(r) = <$S>::ROWS.iter().find(|r| r.name == name) { return Some((r.get)(&self.$field)); } )*
                None
            }

            /// Takes a value given as text.
            ///
            /// # Errors
            /// When there is no such variable or the text does not fit its type.
            pub fn set(&mut self, name: &str, text: &[u8]) -> Result<(), SetError> {
                let name = own_name(name);
                $( if let Some(r) = <$S>::ROWS.iter().find(|r| r.name == name) {
                    return (r.set)(&mut self.$field, text).ok_or_else(|| SetError::BadValue {
                        name: r.name,
                        expects: expects(r.kind, (r.range)().as_ref()),
                        value: String::from_utf8_lossy(text).into_owned(),
                    });
                } )*
                Err(SetError::Unknown { name: name.to_owned(), nearest: nearest(name) })
            }
        }
    };
}

config! {
    identity: identity::Identity,
    network: network::Network,
    limits: limits::Limits,
    rights: rights::Rights,
    flood: flood::Flood,
    engine: engine::Engine,
    messages: messages::Messages,
    tags: tags::Tags,
    users: users::Users,
    viper: viper::Viper,
}

/// Names by which documents call variables that have another name.
const ALIASES: &[(&str, &str)] = &[("timer_serv_period", "adv_timer_serv_period")];

/// Variables that tell what runs: nobody sets them, and what is stored is not asked.
const FIXED: &[&str] = &["hub_version", "viperhub_version"];

/// The name that a variable has in the table, whatever it is called.
pub fn own_name(name: &str) -> &str {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    alias.map_or(name, |(_, own)| own)
}

/// Whether nobody can change the variable.
pub fn is_fixed(name: &str) -> bool {
    FIXED.contains(&name)
}

/// The variable of this name.
pub fn spec(name: &str) -> Option<Spec> {
    let name = own_name(name);
    specs().find(|s| s.name == name)
}

/// A variable with a similar name: the same start and end but for a few letters.
fn nearest(name: &str) -> Option<&'static str> {
    let differs = |a: &str| {
        let same = |x: &(u8, u8)| x.0 == x.1;
        let head = a.bytes().zip(name.bytes()).take_while(same).count();
        let tail = (a.bytes().rev().zip(name.bytes().rev()).take_while(same)).count();
        a.len().max(name.len()).saturating_sub(head + tail)
    };
    specs()
        .map(|s| (differs(s.name), s.name))
        .min()
        .filter(|(letters, _)| *letters <= 3)
        .map(|(_, best)| best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_default_survives_show_and_read() {
        let mut config = Config::default();
        let mut names = HashSet::new();
        for spec in specs() {
            assert!(
                names.insert(spec.name),
                "{} is in the table twice",
                spec.name
            );
            assert!(!spec.doc.is_empty());
            let number = matches!(spec.kind, Kind::Int | Kind::Double);
            assert_eq!(number, spec.range.is_some(), "{} and its range", spec.name);
            let text = config.get(spec.name).unwrap();
            config.set(spec.name, &text).unwrap();
        }
        assert_eq!(config, Config::default());
        assert_eq!(names.len(), 317 + viper::Viper::ROWS.len());
    }

    #[test]
    fn other_names_mean_variables_of_the_table() {
        for (alias, own) in ALIASES {
            assert!(specs().all(|s| s.name != *alias), "{alias} is a variable");
            assert_eq!(spec(alias).map(|s| s.name), Some(*own));
            let mut config = Config::default();
            config.set(alias, b"7").unwrap();
            assert_eq!(config.get(own).as_deref(), Some(&b"7"[..]));
            assert_eq!(config.get(alias), config.get(own));
        }
    }

    /// Scripts compare it with the original's, number by number.
    #[test]
    fn the_version_is_four_numbers() {
        let mut config = Config::default();
        config.set("hub_version", b"1.6.0.0").unwrap();
        config.set("viperhub_version", b"0").unwrap();
        config.fix();
        let text = String::from_utf8(config.get("hub_version").unwrap().to_vec()).unwrap();
        let numbers: Vec<i64> = text.split('.').map(|n| n.parse().unwrap()).collect();
        assert_eq!(numbers, crate::constants::VERSION);
        assert!(numbers >= vec![1, 7, 0, 0]);
        let ours = config.get("viperhub_version").unwrap();
        assert_eq!(ours, env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let mut config = Config::default();
        let unknown = config.set("max_user", b"1").unwrap_err().to_string();
        assert_eq!(
            unknown,
            "there is no variable max_user, did you mean max_users?"
        );
        let bad = config.set("max_users", b"many").unwrap_err().to_string();
        assert_eq!(
            bad,
            "max_users must be a whole number from 0 to 1000000, not \"many\""
        );
        assert_eq!(config, Config::default());
    }

    #[test]
    fn both_ends_of_every_range_are_taken_and_nothing_beyond() {
        for spec in specs() {
            let Some((least, most)) = &spec.range else {
                continue;
            };
            let mut config = Config::default();
            config.set(spec.name, least).unwrap();
            config.set(spec.name, most).unwrap();
            let beyond = |text: &Bytes, by: f64| {
                let n: f64 = str::from_utf8(text).unwrap().parse().unwrap();
                format!("{}", n + by)
            };
            for beyond in [beyond(least, -1.0), beyond(most, 1.0)] {
                let error = config.set(spec.name, beyond.as_bytes()).unwrap_err();
                assert!(error.to_string().contains(&spec.expects()), "{error}");
            }
        }
    }
}

//! Where in the world an address is: MaxMind databases (GeoLite2, GeoIP2, DB-IP).
//!
//! The program reads the files and hands them in as bytes ([`Input::Geo`](crate::io::Input)).
//! Any thread asks them through [`View::geo`](crate::view::View::geo); a lookup takes a few
//! microseconds and is not kept.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use maxminddb::{LookupResult, PathElement, Reader, path};

use crate::config::Config;

mod home;
mod text;

#[cfg(test)]
mod tests;

pub use home::Home;

/// What is said of what nobody knows.
const UNKNOWN: &str = "--";

/// Makes hub text of Unicode text, with `?` for each character that the hub's charset lacks.
pub type Encode = Arc<dyn Fn(&str) -> Bytes + Send + Sync>;

/// Why bytes are no database.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a MaxMind database: {0}")]
pub struct BadDatabase(String);

/// One database.
pub struct Database {
    reader: Reader<Bytes>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.kind()).finish()
    }
}

impl Database {
    /// A database from all bytes of a file. Only its outline is checked: what turns out broken
    /// later is as if it were not there.
    ///
    /// # Errors
    /// When the bytes are no database.
    pub fn from_bytes(bytes: Bytes) -> Result<Database, BadDatabase> {
        match Reader::from_source(bytes) {
            Ok(reader) => Ok(Database { reader }),
            Err(error) => Err(BadDatabase(error.to_string())),
        }
    }

    /// What it calls itself, such as `GeoLite2-City`.
    pub fn kind(&self) -> &str {
        &self.reader.metadata().database_type
    }

    /// When it was made, in seconds since 1970.
    pub fn built(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    fn record(&self, ip: IpAddr) -> Option<Record<'_>> {
        // An error is an IPv6 address in a database of IPv4, or a broken file.
        let found = self.reader.lookup(ip.to_canonical()).ok()?;
        found.has_data().then_some(Record(found))
    }
}

/// What one database has on one address.
struct Record<'a>(LookupResult<'a, Bytes>);

impl<'a> Record<'a> {
    fn text(&self, path: &[PathElement<'_>]) -> Option<&'a str> {
        let found: Option<&str> = self.0.decode_path(path).ok()?;
        found.filter(|text| !text.is_empty())
    }

    fn number(&self, path: &[PathElement<'_>]) -> Option<f64> {
        // MaxMind writes doubles, others floats; the reader converts neither.
        let double = || self.0.decode_path::<f64>(path).ok().flatten();
        let float = || self.0.decode_path::<f32>(path).ok().flatten();
        let found = double().or_else(|| float().map(f64::from));
        found.filter(|number| number.is_finite())
    }

    fn count(&self, path: &[PathElement<'_>]) -> Option<u32> {
        let long = || self.0.decode_path::<u32>(path).ok().flatten();
        let short = || self.0.decode_path::<u16>(path).ok().flatten();
        long().or_else(|| short().map(u32::from))
    }

    /// The name of something, in the language that is wanted or else in English.
    fn name(&self, of: &[PathElement<'_>], style: &Style) -> Option<&'a str> {
        let in_language = |language| {
            let mut path = of.to_vec();
            path.extend([PathElement::Key("names"), PathElement::Key(language)]);
            self.text(&path)
        };
        in_language(style.language()).or_else(|| in_language("en"))
    }

    /// Something of the country, or else of that where the network is registered.
    fn of_country<T>(&self, get: impl Fn(&'static str) -> Option<T>) -> Option<T> {
        get("country").or_else(|| get("registered_country"))
    }

    fn code(&self) -> Option<&'a str> {
        self.of_country(|country| self.text(&path![country, "iso_code"]))
    }

    fn country(&self, style: &Style) -> Option<&'a str> {
        self.of_country(|country| self.name(&path![country], style))
    }

    fn city(&self, style: &Style) -> Option<&'a str> {
        self.name(&path!["city"], style)
    }

    /// The first and the last address that this is about.
    fn range(&self) -> Option<(IpAddr, IpAddr)> {
        let network = self.0.network().ok()?;
        Some((network.network(), network.broadcast()))
    }
}

/// How names are wanted: `mmdb_names_lang`, `mmdb_conv_depth`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Style {
    language: Bytes,
    depth: u32,
}

impl Style {
    /// As the settings say.
    pub fn of(config: &Config) -> Style {
        Style {
            language: config.engine.mmdb_names_lang.clone(),
            depth: config.engine.mmdb_conv_depth,
        }
    }

    fn language(&self) -> &str {
        match str::from_utf8(&self.language).map(str::trim) {
            Ok("") | Err(_) => "en",
            Ok(language) => language,
        }
    }
}

/// All that is known of an address. Texts are hub text, empty when nothing is known.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(missing_docs, reason = "the documented names, see vh.GetGeoIP")]
pub struct Place {
    pub latitude: f64,
    pub longitude: f64,
    pub metro_code: u32,
    pub range_low: Bytes,
    pub range_high: Bytes,
    pub country_code: Bytes,
    pub country: Bytes,
    pub region_code: Bytes,
    pub region: Bytes,
    pub time_zone: Bytes,
    pub continent_code: Bytes,
    pub continent: Bytes,
    pub city: Bytes,
    pub postal_code: Bytes,
}

/// The databases of one hub. Without any, only networks at home are known.
#[derive(Clone, Default)]
pub struct Geo {
    /// Cities, with their countries.
    pub city: Option<Arc<Database>>,
    /// Countries.
    pub country: Option<Arc<Database>>,
    /// Autonomous systems: who runs a network.
    pub asn: Option<Arc<Database>>,
    /// For a hub whose charset is not UTF-8.
    pub encode: Option<Encode>,
}

impl fmt::Debug for Geo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Geo")
            .field("city", &self.city)
            .field("country", &self.country)
            .field("asn", &self.asn)
            .finish_non_exhaustive()
    }
}

impl Geo {
    /// The network at home that an address belongs to.
    pub fn home(ip: IpAddr) -> Option<&'static Home> {
        home::of(ip)
    }

    /// The two-letter country code of an address; `L1` and `P1` at home, `--` unknown.
    pub fn code(&self, ip: IpAddr) -> Bytes {
        if let Some(home) = home::of(ip) {
            return home.code().into();
        }
        match self.in_countries(ip, |record| record.code()) {
            Some(code) => self.text(code, &Style::default()),
            None => UNKNOWN.into(),
        }
    }

    /// The name of an address's country.
    pub fn country(&self, ip: IpAddr, style: &Style) -> Bytes {
        if let Some(home) = home::of(ip) {
            return home.name().into();
        }
        match self.in_countries(ip, |record| record.country(style)) {
            Some(name) => self.text(name, style),
            None => UNKNOWN.into(),
        }
    }

    /// The name of an address's city, from `other` in the place of the hub's database.
    pub fn city(&self, ip: IpAddr, other: Option<&Database>, style: &Style) -> Bytes {
        if let Some(home) = home::of(ip) {
            return home.name().into();
        }
        let record = other.or(self.city.as_deref()).and_then(|db| db.record(ip));
        match record.and_then(|record| record.city(style)) {
            Some(name) => self.text(name, style),
            None => UNKNOWN.into(),
        }
    }

    /// Number and name of who runs an address's network, as in `AS1221 Telstra`.
    pub fn asn(&self, ip: IpAddr, other: Option<&Database>, style: &Style) -> Option<Bytes> {
        if let Some(home) = home::of(ip) {
            return Some(home.name().into());
        }
        let record = other.or(self.asn.as_deref())?.record(ip)?;
        let number = record.count(&path!["autonomous_system_number"]);
        let name = record.text(&path!["autonomous_system_organization"]);
        let text = match (number.filter(|n| *n > 0), name) {
            (Some(number), Some(name)) => format!("AS{number} {name}"),
            (Some(number), None) => format!("AS{number}"),
            (None, name) => name?.to_owned(),
        };
        Some(self.text(&text, style))
    }

    /// All that is known of an address; nothing when neither place nor country is.
    pub fn place(&self, ip: IpAddr, other: Option<&Database>, style: &Style) -> Option<Place> {
        if let Some(home) = home::of(ip) {
            return Some(Place {
                range_low: home.low.to_string().into(),
                range_high: home.high.to_string().into(),
                country_code: home.code().into(),
                country: home.name().into(),
                city: home.name().into(),
                ..Place::default()
            });
        }
        let place = |db: &Database| self.place_in(&db.record(ip)?, style);
        match other {
            Some(other) => place(other),
            None => {
                let city = self.city.as_deref().and_then(place);
                city.or_else(|| self.country.as_deref().and_then(place))
            }
        }
    }

    fn place_in(&self, record: &Record<'_>, style: &Style) -> Option<Place> {
        let text = |path: &[_]| self.opt(record.text(path), style);
        let name = |of: &[_]| self.opt(record.name(of, style), style);
        let (low, high) = record.range()?;
        let nowhere = Place {
            range_low: low.to_string().into(),
            range_high: high.to_string().into(),
            ..Place::default()
        };
        let place = Place {
            latitude: (record.number(&path!["location", "latitude"])).unwrap_or_default(),
            longitude: (record.number(&path!["location", "longitude"])).unwrap_or_default(),
            metro_code: (record.count(&path!["location", "metro_code"])).unwrap_or_default(),
            country_code: self.opt(record.code(), style),
            country: self.opt(record.country(style), style),
            region_code: text(&path!["subdivisions", 0, "iso_code"]),
            region: name(&path!["subdivisions", 0]),
            time_zone: text(&path!["location", "time_zone"]),
            continent_code: text(&path!["continent", "code"]),
            continent: name(&path!["continent"]),
            city: self.opt(record.city(style), style),
            postal_code: text(&path!["postal", "code"]),
            ..nowhere.clone()
        };
        (place != nowhere).then_some(place)
    }

    /// Asks the database of countries, and then that of cities.
    fn in_countries<'g, T>(
        &'g self,
        ip: IpAddr,
        get: impl Fn(&Record<'g>) -> Option<T>,
    ) -> Option<T> {
        let asked = [&self.country, &self.city];
        (asked.into_iter().flatten()).find_map(|db| get(&db.record(ip)?))
    }

    fn text(&self, name: &str, style: &Style) -> Bytes {
        text::hub_text(name, style.depth, self.encode.as_ref())
    }

    fn opt(&self, name: Option<&str>, style: &Style) -> Bytes {
        name.map_or_else(Bytes::new, |name| self.text(name, style))
    }
}

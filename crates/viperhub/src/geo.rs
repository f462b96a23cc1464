//! GeoIP databases: finds their files, reads them, and reads them again when they change.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use hub::geo::{Database, Encode, Geo};

/// Where MaxMind's `geoipupdate` and the packages of distributions put databases.
const SYSTEM_DIRS: [&str; 3] = [
    "/usr/local/share/GeoIP",
    "/usr/share/GeoIP",
    "/var/lib/GeoIP",
];

/// Beginnings of the files' names, the best first. DB-IP's have the month behind it.
const CITY: &[&str] = &[
    "GeoIP2-City",
    "GeoIP2-Enterprise",
    "GeoLite2-City",
    "dbip-city",
];
const COUNTRY: &[&str] = &["GeoIP2-Country", "GeoLite2-Country", "dbip-country"];
const ASN: &[&str] = &["GeoIP2-ASN", "GeoIP2-ISP", "GeoLite2-ASN", "dbip-asn"];

/// Larger than any that is sold: a mistake.
const MAX_SIZE: u64 = 4 << 30;

/// By what a changed file is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    fn of(path: &Path) -> Result<Stamp, String> {
        let about = fs::metadata(path).map_err(|error| error.to_string())?;
        // Reading a device or a pipe might never end.
        if !about.is_file() {
            return Err("it is not a file".to_owned());
        }
        Ok(Stamp {
            modified: about.modified().ok(),
            size: about.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&about),
        })
    }
}

fn read(path: &Path, stamp: Stamp) -> Result<Arc<Database>, String> {
    if stamp.size > MAX_SIZE {
        return Err(format!("it has {} bytes", stamp.size));
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or_default());
    let read = file.take(MAX_SIZE).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    let database = Database::from_bytes(Bytes::from(bytes));
    database.map(Arc::new).map_err(|error| error.to_string())
}

/// One of the hub's databases.
struct Slot {
    /// For the log.
    of: &'static str,
    names: &'static [&'static str],
    loaded: Option<(PathBuf, Stamp, Arc<Database>)>,
    /// What could not be used, told once.
    broken: Option<(PathBuf, Stamp)>,
    /// A new or changed file that may still be being written.
    growing: Option<(PathBuf, Stamp)>,
}

impl Slot {
    fn new(of: &'static str, names: &'static [&'static str]) -> Slot {
        Slot {
            of,
            names,
            loaded: None,
            broken: None,
            growing: None,
        }
    }

    fn database(&self) -> Option<Arc<Database>> {
        self.loaded
            .as_ref()
            .map(|(.., database)| Arc::clone(database))
    }

    /// Looks at the files there are, the best first; whether the database is another one now.
    /// `patient`: a changed file is read when it has stayed the same since the last look.
    fn look(&mut self, files: &[PathBuf], patient: bool) -> bool {
        for path in self.candidates(files) {
            let Ok(stamp) = Stamp::of(path) else { continue };
            let is = |known: &Option<(PathBuf, Stamp)>| {
                known
                    .as_ref()
                    .is_some_and(|(p, s)| p == path && *s == stamp)
            };
            if (self.loaded.as_ref()).is_some_and(|(p, s, _)| p == path && *s == stamp) {
                return false;
            }
            if is(&self.broken) {
                if self.loaded.is_some() {
                    return false;
                }
                continue;
            }
            if patient && !is(&self.growing) {
                self.growing = Some((path.to_owned(), stamp));
                return false;
            }
            match read(path, stamp) {
                Ok(database) => {
                    tracing::info!(
                        "GeoIP: {} from {} ({})",
                        self.of,
                        path.display(),
                        database.kind()
                    );
                    self.loaded = Some((path.to_owned(), stamp, database));
                    self.broken = None;
                    return true;
                }
                Err(why) => {
                    let stays = match self.loaded {
                        Some(_) => "; what was read before stays",
                        None => "",
                    };
                    tracing::warn!("GeoIP: cannot use {}: {why}{stays}", path.display());
                    self.broken = Some((path.to_owned(), stamp));
                    if self.loaded.is_some() {
                        return false;
                    }
                }
            }
        }
        // None is left: a hub works without.
        match self.loaded.take() {
            Some((path, ..)) => {
                tracing::info!("GeoIP: {} is gone", path.display());
                true
            }
            None => false,
        }
    }

    fn candidates<'f>(&self, files: &'f [PathBuf]) -> Vec<&'f Path> {
        let mut all = Vec::new();
        for name in self.names {
            let named = |path: &&PathBuf| {
                let stem = path.file_stem().and_then(|stem| stem.to_str());
                stem.is_some_and(|stem| match name.starts_with("dbip") {
                    true => stem.starts_with(name),
                    false => stem == *name,
                })
            };
            let from = all.len();
            all.extend(files.iter().filter(named).map(PathBuf::as_path));
            // The newest month first.
            all[from..].sort_by(|a, b| b.cmp(a));
        }
        // A better name in a later directory does not go before the hub owner's own file.
        let dir = |path: &Path| files.iter().position(|f| f.parent() == path.parent());
        all.sort_by_key(|path| dir(path));
        all
    }
}

/// The hub's databases in their directories.
pub struct Watched {
    dirs: Vec<PathBuf>,
    city: Slot,
    country: Slot,
    asn: Slot,
    encode: Encode,
}

impl Watched {
    /// Looks in `only`, or else in the data directory and those of the system.
    pub fn new(data_dir: &Path, only: Option<&Path>, encode: Encode) -> Watched {
        let usual = || {
            let system = SYSTEM_DIRS.iter().map(PathBuf::from);
            std::iter::once(data_dir.to_owned()).chain(system).collect()
        };
        Watched {
            dirs: only.map_or_else(usual, |dir| vec![dir.to_owned()]),
            city: Slot::new("cities", CITY),
            country: Slot::new("countries", COUNTRY),
            asn: Slot::new("providers", ASN),
            encode,
        }
    }

    /// What there is at the start.
    pub fn first(&mut self) -> Arc<Geo> {
        self.look(false);
        self.geo()
    }

    /// All databases, when one has changed since the last look.
    pub fn changed(&mut self) -> Option<Arc<Geo>> {
        self.look(true).then(|| self.geo())
    }

    fn geo(&self) -> Arc<Geo> {
        Arc::new(Geo {
            city: self.city.database(),
            country: self.country.database(),
            asn: self.asn.database(),
            encode: Some(Arc::clone(&self.encode)),
        })
    }

    fn look(&mut self, patient: bool) -> bool {
        let mut files = Vec::new();
        for dir in &self.dirs {
            // A directory that is not there has no databases.
            let Ok(entries) = fs::read_dir(dir) else {
                continue;
            };
            let paths = entries.flatten().map(|entry| entry.path());
            files.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "mmdb")));
        }
        let mut changed = false;
        for slot in [&mut self.city, &mut self.country, &mut self.asn] {
            changed |= slot.look(&files, patient);
        }
        changed
    }
}

/// How many databases that scripts named are kept.
const MAX_NAMED: usize = 8;

/// A file that a script named.
struct Named {
    path: PathBuf,
    stamp: Stamp,
    database: Arc<Database>,
}

/// Databases that scripts name themselves, kept for the next time.
pub struct Files {
    data_dir: PathBuf,
    /// The last used last.
    known: Mutex<Vec<Named>>,
}

impl Files {
    /// Relative paths begin at the data directory.
    pub fn new(data_dir: PathBuf) -> Files {
        Files {
            data_dir,
            known: Mutex::default(),
        }
    }

    /// The database in this file as it is now. When it was good once and is broken now, what
    /// was read before stays.
    pub fn get(&self, path: &str) -> Result<Arc<Database>, String> {
        let path = self.data_dir.join(path);
        let failed = |why: String| format!("cannot use {}: {why}", path.display());
        let stamp = Stamp::of(&path).map_err(failed)?;
        let (stamp, database) = match self.find(&path) {
            Some((known, database)) if known == stamp => (stamp, database),
            known => match (read(&path, stamp), known) {
                (Ok(database), _) => (stamp, database),
                (Err(why), Some((_, database))) => {
                    // With the new stamp, so that it is not tried again and again.
                    tracing::warn!("GeoIP: {}; what was read before stays", failed(why));
                    (stamp, database)
                }
                (Err(why), None) => return Err(failed(why)),
            },
        };
        self.keep(Named {
            path,
            stamp,
            database: Arc::clone(&database),
        });
        Ok(database)
    }

    fn find(&self, path: &Path) -> Option<(Stamp, Arc<Database>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let named = known.iter().find(|named| named.path == path)?;
        Some((named.stamp, Arc::clone(&named.database)))
    }

    fn keep(&self, named: Named) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|other| other.path != named.path);
        if known.len() >= MAX_NAMED {
            known.remove(0);
        }
        known.push(named);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/geo");

    fn copy(name: &str, to: &Path) {
        fs::copy(Path::new(TESTS).join(name), to).unwrap();
    }

    fn utf8() -> Encode {
        Arc::new(|text| Bytes::copy_from_slice(text.as_bytes()))
    }

    fn kinds(geo: &Geo) -> [Option<String>; 3] {
        [&geo.city, &geo.country, &geo.asn].map(|db| db.as_ref().map(|db| db.kind().to_owned()))
    }

    #[test]
    fn names_and_directories_have_an_order() {
        let slot = Slot::new("cities", CITY);
        let files = [
            "/data/dbip-city-lite-2026-09.mmdb",
            "/data/dbip-city-lite-2026-10.mmdb",
            "/data/GeoLite2-City.mmdb",
            "/data/GeoLite2-City-Old.mmdb",
            "/data/GeoLite2-ASN.mmdb",
            "/usr/share/GeoIP/GeoLite2-City.mmdb",
            "/usr/share/GeoIP/GeoIP2-City.mmdb",
        ]
        .map(PathBuf::from);
        let expected = [2, 1, 0, 6, 5].map(|i: usize| files[i].as_path());
        assert_eq!(slot.candidates(&files), expected);
    }

    #[test]
    fn files_are_found_changed_broken_and_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut watched = Watched::new(Path::new("/nowhere"), Some(dir.path()), utf8());
        assert_eq!(kinds(&watched.first()), [None, None, None]);
        assert!(watched.changed().is_none());
        let city = dir.path().join("GeoLite2-City.mmdb");
        let after_a_second_look = |watched: &mut Watched| {
            assert!(watched.changed().is_none(), "it may still be being written");
            watched.changed()
        };
        copy("GeoLite2-Country-Test.mmdb", &city);
        let geo = after_a_second_look(&mut watched).unwrap();
        assert_eq!(kinds(&geo)[0].as_deref(), Some("GeoLite2-Country"));
        assert!(watched.changed().is_none());
        copy("GeoLite2-City-Test.mmdb", &city);
        let geo = after_a_second_look(&mut watched).unwrap();
        assert_eq!(kinds(&geo)[0].as_deref(), Some("GeoLite2-City"));
        // A broken one is not taken, nor another in its place.
        fs::write(&city, b"broken").unwrap();
        copy(
            "GeoLite2-Country-Test.mmdb",
            &dir.path().join("dbip-city-lite-2026-11.mmdb"),
        );
        for _ in 0..3 {
            assert!(watched.changed().is_none());
        }
        assert_eq!(kinds(&watched.geo())[0].as_deref(), Some("GeoLite2-City"));
        // Who starts with the broken one takes the other.
        let mut late = Watched::new(dir.path(), None, utf8());
        assert_eq!(kinds(&late.first())[0].as_deref(), Some("GeoLite2-Country"));
        fs::remove_file(&city).unwrap();
        fs::remove_file(dir.path().join("dbip-city-lite-2026-11.mmdb")).unwrap();
        let geo = watched.changed().unwrap();
        assert_eq!(kinds(&geo), [None, None, None]);
    }

    #[test]
    fn scripts_name_files_themselves() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path().to_owned());
        copy("GeoLite2-ASN-Test.mmdb", &dir.path().join("a.mmdb"));
        let first = files.get("a.mmdb").unwrap();
        assert_eq!(first.kind(), "GeoLite2-ASN");
        let absolute = dir.path().join("a.mmdb").display().to_string();
        assert!(Arc::ptr_eq(&first, &files.get(&absolute).unwrap()));
        copy("GeoLite2-City-Test.mmdb", &dir.path().join("a.mmdb"));
        assert_eq!(files.get("a.mmdb").unwrap().kind(), "GeoLite2-City");
        fs::write(dir.path().join("a.mmdb"), b"broken").unwrap();
        assert_eq!(files.get("a.mmdb").unwrap().kind(), "GeoLite2-City");
        fs::write(dir.path().join("b.mmdb"), b"broken").unwrap();
        for (path, why) in [
            ("b.mmdb", "not a MaxMind database"),
            ("c.mmdb", "No such file"),
            (".", "it is not a file"),
            ("/dev/zero", "it is not a file"),
            ("nul\0", "cannot use"),
        ] {
            let error = files.get(path).unwrap_err();
            assert!(error.contains(why) && error.contains(path), "{error}");
        }
        // Only some are kept.
        for n in 0..20 {
            let name = format!("{n}.mmdb");
            copy("GeoLite2-ASN-Test.mmdb", &dir.path().join(&name));
            files.get(&name).unwrap();
        }
        assert_eq!(files.known.lock().unwrap().len(), MAX_NAMED);
    }
}

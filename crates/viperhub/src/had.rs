//! What a hub had before its restart, so that it never comes back with nothing instead.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::id;

use anyhow::Result;

/// Told by one run to the next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Had {
    /// How many users were registered.
    pub registered: usize,
    /// The database, if it was a file.
    pub file: Option<Stamped>,
}

/// A file and which one it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamped {
    pub path: PathBuf,
    device: u64,
    inode: u64,
}

impl Stamped {
    /// The file that has this name now.
    pub fn of(path: &Path) -> Option<Stamped> {
        let about = std::fs::metadata(path).ok()?;
        Some(Stamped {
            path: path.to_owned(),
            device: about.dev(),
            inode: about.ino(),
        })
    }
}

/// The data that there were are not there. Starting would make new, empty ones.
#[derive(Debug)]
pub struct Gone(String);

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Gone {}

impl Gone {
    /// The exit code: something is to be mended by hand first (`EX_CONFIG`), so that systemd does
    /// not start the hub again, empty.
    pub const CODE: u8 = 78;
}

impl Had {
    /// How it is told: for the process of this number only, as others may inherit it.
    pub const VARIABLE: &str = "VIPERHUB_HAD";

    /// As text for [`read`](Self::read).
    pub fn tell(&self) -> OsString {
        let mut text = format!("{} {}", id(), self.registered).into_bytes();
        if let Some(file) = &self.file {
            text.extend(format!(" {} {} ", file.device, file.inode).bytes());
            text.extend(file.path.as_os_str().as_bytes());
        }
        OsString::from_vec(text)
    }

    /// What the run before this one told.
    pub fn read(text: &OsStr) -> Option<Had> {
        let mut fields = text.as_bytes().splitn(5, |b| *b == b' ');
        let mut number = || {
            std::str::from_utf8(fields.next()?)
                .ok()?
                .parse::<u64>()
                .ok()
        };
        if number()? != u64::from(id()) {
            return None;
        }
        let registered = usize::try_from(number()?).ok()?;
        let stamp = number().zip(number());
        let file = stamp.zip(fields.next());
        Some(Had {
            registered,
            file: file.map(|((device, inode), path)| Stamped {
                path: OsStr::from_bytes(path).into(),
                device,
                inode,
            }),
        })
    }

    /// Before the database is opened, which would make the file if it were not there.
    ///
    /// # Errors
    /// [`Gone`]
    pub fn check_file(&self, file: &Path) -> Result<()> {
        let Some(had) = &self.file else {
            if self.registered > 0 && !file.exists() {
                return Err(self.gone(&format!("there is no database {}", file.display())));
            }
            return Ok(());
        };
        match Stamped::of(file) {
            Some(now) if now == *had => Ok(()),
            Some(_) => {
                tracing::warn!(
                    "the database {} is another file than before the restart, which was {}",
                    file.display(),
                    had.path.display()
                );
                Ok(())
            }
            None => Err(self.gone(&format!("the database {} is not there", file.display()))),
        }
    }

    /// When it is open.
    ///
    /// # Errors
    /// [`Gone`]
    pub fn check_registered(&self, registered: usize) -> Result<()> {
        match registered {
            0 if self.registered > 0 => Err(self.gone("nobody is registered in the database")),
            _ => Ok(()),
        }
    }

    fn gone(&self, what: &str) -> anyhow::Error {
        let file = self.file.as_ref();
        let place = file.map_or_else(String::new, |file| format!(", in {}", file.path.display()));
        Gone(format!(
            "{what}, but before its restart this hub had {} registered users{place}. It does not \
             begin with nothing instead: put the database back. (If it is to be a new hub, \
             just start it.)",
            self.registered
        ))
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_was_is_told_to_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("the hub's.db");
        std::fs::write(&path, "").unwrap();
        for had in [
            Had::default(),
            Had {
                registered: 3,
                file: None,
            },
            Had {
                registered: 0,
                file: Stamped::of(&path),
            },
        ] {
            assert_eq!(Had::read(&had.tell()), Some(had));
        }
        // A child of another hub.
        assert_eq!(Had::read(OsStr::new("0 3")), None);
        assert_eq!(Had::read(OsStr::new("")), None);
    }

    #[test]
    fn nothing_is_begun_where_there_was_something() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        std::fs::write(&path, "").unwrap();
        let had = Had {
            registered: 1,
            file: Stamped::of(&path),
        };
        had.check_file(&path).unwrap();
        had.check_registered(1).unwrap();
        let error = had.check_registered(0).unwrap_err();
        assert!(error.downcast_ref::<Gone>().is_some());
        // Moved to another database, which has the users.
        had.check_file(Path::new("/etc/hostname")).unwrap();
        std::fs::remove_file(&path).unwrap();
        let error = had.check_file(&path).unwrap_err();
        assert!(error.to_string().contains("a.db is not there"), "{error}");
        // One that had nothing may have nothing.
        let had = Had::default();
        had.check_file(&path).unwrap();
        had.check_registered(0).unwrap();
    }
}

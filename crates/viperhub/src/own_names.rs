//! The names that the owner gives addresses himself: lines `ADDRESS NAME` in DATA-DIR/hosts.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

type Names = HashMap<IpAddr, Bytes>;

/// The names, as they were read last.
pub struct OwnNames {
    file: PathBuf,
    names: Mutex<Names>,
}

/// What a file says.
#[derive(Default)]
struct Read {
    names: Names,
    /// Numbers of the lines that are nothing: no address, or one without a name.
    wrong: Vec<usize>,
}

impl Read {
    /// A sentence about the wrong lines.
    fn trouble(&self, file: &Path) -> Option<String> {
        const NAMED: usize = 10;
        let named = self.wrong.iter().take(NAMED).map(usize::to_string);
        let named = named.collect::<Vec<_>>().join(", ");
        let more = self.wrong.len().saturating_sub(NAMED);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!self.wrong.is_empty()).then(|| {
            format!(
                "{}: no ADDRESS NAME in line {named}{more}; the others count.",
                file.display()
            )
        })
    }
}

impl OwnNames {
    /// Reads them. When they cannot be read there are none, and the log says why.
    pub fn of(data_dir: &Path) -> OwnNames {
        let file = data_dir.join("hosts");
        let read = read(&file).unwrap_or_else(|why| {
            tracing::warn!("{why}");
            Read::default()
        });
        if let Some(trouble) = read.trouble(&file) {
            tracing::warn!("{trouble}");
        }
        let names = Mutex::new(read.names);
        OwnNames { file, names }
    }

    /// The name of an address, which is as [`IpAddr::to_canonical`] has it.
    pub fn get(&self, ip: IpAddr) -> Option<Bytes> {
        self.names().get(&ip).cloned()
    }

    /// Reads them again: the addresses that have another name now, or none, and a sentence about
    /// lines that could not be used.
    ///
    /// # Errors
    /// A sentence when they cannot be read: then all names stay as they are.
    pub fn reload(&self) -> Result<(Vec<IpAddr>, Option<String>), String> {
        let read = read(&self.file)
            .map_err(|why| format!("{why}. The names that were read before stay."))?;
        let trouble = read.trouble(&self.file);
        let new = read.names;
        let mut names = self.names();
        let all = names.keys().chain(new.keys());
        let mut changed: Vec<IpAddr> = (all.copied())
            .filter(|ip| names.get(ip) != new.get(ip))
            .collect();
        changed.sort_unstable();
        changed.dedup();
        *names = new;
        Ok((changed, trouble))
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of a file, in whatever encoding: no name has letters that differ in them. No file
/// is no names.
fn read(file: &Path) -> Result<Read, String> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Read::default()),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    let words = |line: &[u8]| -> Option<(IpAddr, Bytes)> {
        let mut words = (line.split(u8::is_ascii_whitespace)).filter(|word| !word.is_empty());
        let ip: IpAddr = str::from_utf8(words.next()?).ok()?.parse().ok()?;
        Some((ip.to_canonical(), Bytes::copy_from_slice(words.next()?)))
    };
    // What some editors put first.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut read = Read::default();
    for (number, line) in (1..).zip(text.split(|b| *b == b'\n')) {
        let line = line.split(|b| *b == b'#').next().unwrap_or_default();
        match words(line) {
            Some((ip, name)) => drop(read.names.insert(ip, name)),
            None if line.trim_ascii().is_empty() => {}
            None => read.wrong.push(number),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn lines_in_any_encoding() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            read(&dir.path().join("hosts")).unwrap().names.is_empty(),
            "no file"
        );
        let text =
            b"\xef\xbb\xbf127.0.0.1  me.example.com # here\r\nnonsense\n::1\tsix\n10.0.0.1\n\
            # Gr\xfc\xdfe\n10.0.0.2 two.lan # f\xfcr Ann\n";
        std::fs::write(dir.path().join("hosts"), text).unwrap();
        let file = dir.path().join("hosts");
        let Read { names: own, wrong } = read(&file).unwrap();
        assert_eq!(wrong, [2, 4], "what is no line of it is noticed");
        let said = OwnNames::of(dir.path()).reload().unwrap().1.unwrap();
        assert!(
            said.contains("hosts: no ADDRESS NAME in line 2, 4; "),
            "{said}"
        );
        assert_eq!(own.len(), 3);
        assert_eq!(own[&ip("127.0.0.1")], "me.example.com");
        assert_eq!(own[&ip("::1")], "six");
        assert_eq!(own[&ip("10.0.0.2")], "two.lan");
    }

    #[test]
    fn what_cannot_be_read_leaves_the_names_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("hosts");
        std::fs::write(&file, "10.0.0.1 own.lan\n").unwrap();
        let own = OwnNames::of(dir.path());
        // A directory is nothing that can be read, for root neither.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        let said = own.reload().unwrap_err();
        assert!(said.contains("hosts cannot be read: "), "{said}");
        assert_eq!(own.get(ip("10.0.0.1")).unwrap(), "own.lan");
        assert!(OwnNames::of(dir.path()).get(ip("10.0.0.1")).is_none());
        std::fs::remove_dir(&file).unwrap();
        assert_eq!(own.reload().unwrap(), (vec![ip("10.0.0.1")], None));
        assert!(own.get(ip("10.0.0.1")).is_none());
    }
}

//! A terminal with the program on it, and somebody who types.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, ExitStatus};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::viperhub;

/// A run of the program whose input, output and errors are one terminal.
pub struct Terminal {
    keys: File,
    child: Child,
    /// All that the terminal has shown.
    pub screen: String,
    /// So much of it was waited for.
    seen: usize,
}

impl Terminal {
    /// Starts the program on it.
    pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Terminal {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keys)
            .and_then(|()| unlockpt(&keys))
            .expect("a terminal of ours");
        let name = ptsname(&keys, Vec::new()).expect("it has a name");
        let name = OsStr::from_bytes(name.as_bytes());
        let open = || -> File {
            let file = OpenOptions::new().read(true).write(true).open(name);
            file.expect("the terminal opens")
        };
        let child = viperhub(arguments)
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .spawn()
            .expect("the program starts");
        Terminal {
            keys: keys.into(),
            child,
            screen: String::new(),
            seen: 0,
        }
    }

    /// Waits until this is shown, after what was waited for before.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        while !self.screen[self.seen..].contains(text) {
            assert!(self.read(), "{text:?} was not shown: {}", self.screen);
        }
        self.seen += self.screen[self.seen..]
            .find(text)
            .map_or(0, |at| at + text.len());
    }

    /// The same, then types a line.
    #[track_caller]
    pub fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.keys
            .write_all(format!("{answer}\n").as_bytes())
            .expect("the terminal takes keys");
    }

    /// Waits for the program's end.
    pub fn end(&mut self) -> ExitStatus {
        while self.read() {}
        self.child.wait().expect("the program ends")
    }

    /// Sends SIGINT.
    pub fn interrupt(&self) {
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|s| s.success()), "kill works");
    }

    /// Whether the terminal shows what is typed.
    pub fn shows_keys(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.keys).expect("its modes");
        modes
            .local_modes
            .contains(rustix::termios::LocalModes::ECHO)
    }

    fn read(&mut self) -> bool {
        let mut piece = [0; 1024];
        // The end of the last program on it is an error of its own kind.
        let Ok(length) = self.keys.read(&mut piece) else {
            return false;
        };
        self.screen += &String::from_utf8_lossy(&piece[..length]);
        length > 0
    }
}

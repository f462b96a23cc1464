//! Clients that guess passwords, and one who knows his.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Longer than anybody waits.
const PATIENCE: Duration = Duration::from_secs(60);

struct Guest {
    socket: TcpStream,
    got: Vec<u8>,
}

impl Guest {
    /// A login up to the question for the password.
    fn ask(address: &str, nick: &str) -> Option<Guest> {
        let socket = TcpStream::connect(address).ok()?;
        socket.set_nodelay(true).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut guest = Guest {
            socket,
            got: Vec::new(),
        };
        let opening = format!("$Supports NoHello |$Key x|$ValidateNick {nick}|");
        guest.socket.write_all(opening.as_bytes()).ok()?;
        guest.until("$GetPass|").then_some(guest)
    }

    fn say(&mut self, text: &str) -> bool {
        self.socket.write_all(text.as_bytes()).is_ok()
    }

    /// Whether this comes before the end of the connection.
    fn until(&mut self, text: &str) -> bool {
        let mut buffer = [0; 4096];
        loop {
            let found = self.got.windows(text.len()).any(|w| w == text.as_bytes());
            if found {
                return true;
            }
            match self.socket.read(&mut buffer) {
                Ok(n @ 1..) => self.got.extend_from_slice(&buffer[..n]),
                Ok(_) | Err(_) => return false,
            }
        }
    }
}

/// How long a login with the right password takes, in milliseconds, from connecting to being
/// greeted, while so many wrong ones for another nick wait to be checked.
pub fn honest_login_ms(
    address: &str,
    (boss, honest): (&str, &str),
    password: &str,
    wrong: usize,
) -> Option<f64> {
    let guesses = (0..wrong).map(|_| Guest::ask(address, boss));
    let mut guesses = guesses.collect::<Option<Vec<_>>>()?;
    if !guesses.iter_mut().all(|guest| guest.say("$MyPass wrong|")) {
        return None;
    }
    let start = Instant::now();
    let mut guest = Guest::ask(address, honest)?;
    guest.say(&format!("$MyPass {password}|"));
    let greeted = guest.until(&format!("$Hello {honest}|"));
    let took = start.elapsed();
    drop(guesses);
    greeted.then_some(took.as_secs_f64() * 1000.0)
}

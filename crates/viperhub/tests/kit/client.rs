//! A DC++ client of bytes: sends what it is told and keeps all it gets.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::hub::Hub;
use super::who::{Who, key_for};

/// One connection to the hub.
pub struct Client {
    pub nick: Vec<u8>,
    stream: TcpStream,
    /// Bytes that are no whole message yet.
    rest: Vec<u8>,
    /// All messages so far, without their pipes.
    seen: Vec<Vec<u8>>,
    /// Those before were expected or skipped.
    at: usize,
    closed: bool,
    fences: u32,
}

impl Client {
    /// A connection that has sent nothing yet.
    #[track_caller]
    pub fn connect(hub: &Hub) -> Client {
        Client::connect_to(hub.address())
    }

    #[track_caller]
    pub fn connect_to(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).expect("the hub accepts connections");
        stream
            .set_nodelay(true)
            .expect("a fresh socket takes options");
        Client {
            nick: Vec::new(),
            stream,
            rest: Vec::new(),
            seen: Vec::new(),
            at: 0,
            closed: false,
            fences: 0,
        }
    }

    /// The port at this end.
    pub fn port(&self) -> u16 {
        let address = self.stream.local_addr();
        address.expect("the socket is connected").port()
    }

    /// A complete login; what came during it is in [`Self::history`], what comes later is expected next.
    #[track_caller]
    pub fn login(hub: &Hub, who: Who) -> Client {
        let mut client = Client::connect(hub);
        client.enter(&who);
        client
    }

    /// Logs in on a fresh connection and waits until the hub is done with it.
    #[track_caller]
    pub fn enter(&mut self, who: &Who) {
        self.handshake(who);
        self.introduce(who);
        self.fence();
    }

    /// The login up to `$Hello`.
    #[track_caller]
    pub fn handshake(&mut self, who: &Who) {
        self.ask_nick(who);
        if let Some(password) = &who.password {
            self.expect("$GetPass");
            self.send(format!("$MyPass {password}"));
        }
        let hello = [b"$Hello ", who.nick.as_slice()].concat();
        self.expect_exact(hello);
    }

    /// The login up to `$ValidateNick`, without waiting for an answer.
    #[track_caller]
    pub fn ask_nick(&mut self, who: &Who) {
        let lock = self.expect_bytes("$Lock ");
        self.nick.clone_from(&who.nick);
        self.send(format!("$Supports {}", who.supports));
        self.send([b"$Key ".to_vec(), key_for(&lock)].concat());
        self.send([b"$ValidateNick ", who.nick.as_slice()].concat());
    }

    /// The rest of the login, without waiting for an answer.
    pub fn introduce(&mut self, who: &Who) {
        self.send("$Version 1,0091");
        self.send("$GetNickList");
        self.send(who.my_info());
    }

    // ---- sending -----------------------------------------------------------------------

    /// Sends one message; the pipe is added.
    pub fn send(&mut self, message: impl AsRef<[u8]>) {
        self.raw([message.as_ref(), b"|"].concat());
    }

    /// Sends bytes as they are. The hub may have closed the connection: then there is nothing to send to.
    pub fn raw(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).ok();
    }

    /// A line in main chat.
    pub fn chat(&mut self, text: impl AsRef<[u8]>) {
        let line = [b"<", self.nick.as_slice(), b"> ", text.as_ref()].concat();
        self.send(line);
    }

    /// A private message.
    pub fn pm(&mut self, to: &str, text: impl AsRef<[u8]>) {
        let me = self.nick.as_slice();
        let line = [
            b"$To: ",
            to.as_bytes(),
            b" From: ",
            me,
            b" $<",
            me,
            b"> ",
            text.as_ref(),
        ]
        .concat();
        self.send(line);
    }

    /// Ends the connection from this side.
    pub fn leave(self) {
        self.stream.shutdown(Shutdown::Both).ok();
    }

    // ---- receiving ---------------------------------------------------------------------

    /// Waits for a message that holds `text`; returns it as text.
    #[track_caller]
    pub fn expect(&mut self, text: impl AsRef<[u8]>) -> String {
        String::from_utf8_lossy(&self.expect_bytes(text)).into_owned()
    }

    /// The same, as bytes.
    #[track_caller]
    pub fn expect_bytes(&mut self, text: impl AsRef<[u8]>) -> Vec<u8> {
        let text = text.as_ref();
        self.expect_where(&shown(text), |m| holds(m, text))
    }

    /// Waits for exactly this message.
    #[track_caller]
    pub fn expect_exact(&mut self, message: impl AsRef<[u8]>) {
        let message = message.as_ref();
        self.expect_where(&format!("exactly {}", shown(message)), |m| m == message);
    }

    /// Waits for a message that holds one of the texts; returns it as text.
    #[track_caller]
    pub fn expect_any(&mut self, texts: &[&str]) -> String {
        let found = self.expect_where(&format!("one of {texts:?}"), |m| {
            texts.iter().any(|t| holds(m, t.as_bytes()))
        });
        shown(&found)
    }

    /// Waits until exactly this message has come, at any time since the connection began. What is expected next
    /// stays as it was.
    #[track_caller]
    pub fn expect_ever(&mut self, message: impl AsRef<[u8]>) {
        let at = std::mem::take(&mut self.at);
        self.expect_exact(message);
        self.at = at;
    }

    /// Waits for messages in this order, with others between them or not.
    #[track_caller]
    pub fn expect_all(&mut self, texts: &[&str]) {
        for text in texts {
            self.expect(text);
        }
    }

    #[track_caller]
    fn expect_where(&mut self, what: &str, fits: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(message) = self.seen.get(self.at) {
                self.at += 1;
                if fits(message) {
                    return message.clone();
                }
            }
            if !self.read_more(deadline) {
                let why = if self.closed {
                    "the connection was closed"
                } else {
                    "it did not come"
                };
                panic!(
                    "{} waited for {what}, but {why}; got:\n{}",
                    shown(&self.nick),
                    self.transcript()
                );
            }
        }
    }

    /// Waits until the hub ends the connection; returns what came before that, as text.
    #[track_caller]
    pub fn expect_closed(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while self.read_more(deadline) {}
        assert!(
            self.closed,
            "{} is still connected; got:\n{}",
            shown(&self.nick),
            self.transcript()
        );
        let since = self.at;
        self.at = self.seen.len();
        self.text_since(since)
    }

    /// Does something that must be answered, and waits for the answer: all that the hub sent before is here then,
    /// and scripts have judged all that this client sent before.
    #[track_caller]
    pub fn fence(&mut self) {
        self.fences += 1;
        let nobody = format!("fence{}", self.fences);
        let ask = [b"$GetINFO ", nobody.as_bytes(), b" ", &self.nick].concat();
        self.send(ask);
        self.expect_exact(format!("$Quit {nobody}"));
    }

    /// Passes a fence; returns all that came before it and was not expected, a message a line.
    #[track_caller]
    pub fn quiet(&mut self) -> String {
        let since = self.at;
        self.fence();
        let end = self.at - 1;
        self.seen[since..end]
            .iter()
            .map(|m| shown(m) + "\n")
            .collect()
    }

    /// Nothing that holds `text` has come since the last expected message, and none is on its way.
    #[track_caller]
    pub fn expect_none(&mut self, text: &str) {
        let got = self.quiet();
        assert!(
            !got.contains(text),
            "{} should not get {text:?}; got:\n{got}",
            shown(&self.nick)
        );
    }

    /// All messages so far, a message a line.
    pub fn history(&self) -> String {
        self.text_since(0)
    }

    /// Whether a text has come by now; does not wait.
    pub fn has(&mut self, text: &str) -> bool {
        let soon = Instant::now() + Duration::from_millis(1);
        while self.read_more(soon) {}
        self.count(text) > 0
    }

    /// All messages so far, as they came.
    pub fn frames(&self) -> &[Vec<u8>] {
        &self.seen
    }

    /// How often a text came so far.
    pub fn count(&self, text: &str) -> usize {
        self.seen
            .iter()
            .filter(|m| holds(m, text.as_bytes()))
            .count()
    }

    fn text_since(&self, since: usize) -> String {
        self.seen[since..].iter().map(|m| shown(m) + "\n").collect()
    }

    fn transcript(&self) -> String {
        let mark = |i: usize| if i < self.at { "  " } else { "> " };
        let lines = self
            .seen
            .iter()
            .enumerate()
            .map(|(i, m)| format!("{}{}\n", mark(i), shown(m)));
        lines
            .chain([format!("(then {:?})", shown(&self.rest))])
            .collect()
    }

    /// Reads what there is; `false` at the end of the connection or of the time.
    fn read_more(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        if self.closed || left.is_zero() {
            return false;
        }
        self.stream
            .set_read_timeout(Some(left.max(Duration::from_millis(1))))
            .expect("the timeout is not zero");
        let mut buffer = [0; 16384];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.closed = true,
            Ok(n) => {
                self.rest.extend_from_slice(&buffer[..n]);
                while let Some(end) = self.rest.iter().position(|b| *b == b'|') {
                    let mut message: Vec<u8> = self.rest.drain(..=end).collect();
                    message.pop();
                    self.seen.push(message);
                }
            }
            Err(e)
                if matches!(
                    e.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(_) => self.closed = true,
        }
        !self.closed
    }
}

/// Passes a fence with each: whatever the first caused has reached the others.
#[track_caller]
pub fn settle(clients: &mut [&mut Client]) {
    for client in clients {
        client.fence();
    }
}

fn holds(message: &[u8], text: &[u8]) -> bool {
    text.is_empty() || message.windows(text.len()).any(|w| w == text)
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

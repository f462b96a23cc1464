//! What a client says of itself in a login.

/// Who logs in, and what the client says of itself.
#[derive(Clone, Debug)]
pub struct Who {
    pub nick: Vec<u8>,
    pub password: Option<String>,
    pub supports: String,
    pub desc: Vec<u8>,
    pub tag: String,
    pub speed: String,
    pub status: u8,
    pub email: Vec<u8>,
    pub share: u64,
}

impl Who {
    /// An active user with a share.
    pub fn new(nick: impl AsRef<[u8]>) -> Who {
        Who {
            nick: nick.as_ref().to_vec(),
            password: None,
            supports: "NoHello NoGetINFO UserIP2 TTHSearch HubTopic".to_owned(),
            desc: b"tester".to_vec(),
            tag: "<Test V:1.0,M:A,H:1/0/0,S:5>".to_owned(),
            speed: "100".to_owned(),
            status: 1,
            email: Vec::new(),
            share: 1 << 30,
        }
    }

    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    pub fn supports(mut self, supports: &str) -> Self {
        self.supports = supports.to_owned();
        self
    }

    pub fn passive(mut self) -> Self {
        self.tag = self.tag.replace("M:A", "M:P");
        self
    }

    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = tag.to_owned();
        self
    }

    pub fn desc(mut self, desc: impl AsRef<[u8]>) -> Self {
        self.desc = desc.as_ref().to_vec();
        self
    }

    pub fn share(mut self, share: u64) -> Self {
        self.share = share;
        self
    }

    pub fn status(mut self, status: u8) -> Self {
        self.status = status;
        self
    }

    /// The `$MyINFO` message, without its pipe.
    pub fn my_info(&self) -> Vec<u8> {
        let mut line = b"$MyINFO $ALL ".to_vec();
        line.extend_from_slice(&self.nick);
        line.push(b' ');
        line.extend_from_slice(&self.desc);
        line.extend_from_slice(self.tag.as_bytes());
        line.extend_from_slice(b"$ $");
        line.extend_from_slice(self.speed.as_bytes());
        line.push(self.status);
        line.push(b'$');
        line.extend_from_slice(&self.email);
        line.extend_from_slice(format!("${}$", self.share).as_bytes());
        line
    }
}

/// The answer to `$Lock`, as the protocol's description has it.
pub fn key_for(message: &[u8]) -> Vec<u8> {
    let lock = message.strip_prefix(b"$Lock ").expect("a lock");
    let end = lock
        .windows(4)
        .position(|w| w == b" Pk=")
        .expect("a lock has a Pk");
    let lock = &lock[..end];
    let n = lock.len();
    let mut key = Vec::new();
    for i in 0..n {
        let byte = match i {
            0 => lock[0] ^ lock[n - 1] ^ lock[n - 2] ^ 5,
            i => lock[i] ^ lock[i - 1],
        };
        match byte.rotate_left(4) {
            b @ (0 | 5 | 36 | 96 | 124 | 126) => key.extend(format!("/%DCN{b:03}%/").bytes()),
            b => key.push(b),
        }
    }
    key
}

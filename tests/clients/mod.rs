//! Drives two real DC++ clients against a hub: `ncdc` on a screen of its own through tmux, and `eiskaltdcpp-daemon`
//! through its JSON-RPC.
//!
//! ```ignore
//! #[path = "../../../tests/clients/mod.rs"]
//! mod clients;
//!
//! let ncdc = Ncdc::start(&Login::new(&dir.join("ncdc"), "nica", hub, &share_of_nica).passive());
//! let kalt = Eiskalt::start(&Login::new(&dir.join("kalt"), "kalt", hub, &share_of_kalt));
//! ncdc.say("hello");
//! kalt.wait_for("<nica> hello");
//! ```
//!
//! Each client lives in its own folder, with its own HOME and with ports that the system or [`free_port`] chose, so tests
//! may run side by side. A [`Leash`] ends it when the driver is dropped, and also when the test process dies. Waiting is
//! polling with a deadline; what was seen instead is in the panic.
//!
//! Share at most one folder without sub-folders, of files that are not empty.
#![allow(
    dead_code,
    reason = "each test file that includes this one uses a part of it"
)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a client may take for anything that it does at once when the machine is idle.
pub const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// Who logs in where, from which folder, with which files.
#[derive(Clone, Debug)]
pub struct Login {
    dir: PathBuf,
    nick: String,
    password: Option<String>,
    hub: SocketAddr,
    share: PathBuf,
    active: bool,
    tls: bool,
}

impl Login {
    /// An active client without a password. `dir` is made, and belongs to the client from now on.
    pub fn new(dir: &Path, nick: &str, hub: SocketAddr, share: &Path) -> Self {
        let (dir, share) = (dir.to_owned(), share.to_owned());
        Self {
            dir,
            nick: nick.to_owned(),
            password: None,
            hub,
            share,
            active: true,
            tls: false,
        }
    }

    /// Answers the hub's question for a password.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Takes no connections: searches as `Hub:nick`, so that results come through the hub as `$SR`.
    pub fn passive(mut self) -> Self {
        self.active = false;
        self
    }

    /// Connects with TLS (`nmdcs://`), trusting any certificate.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    fn url(&self) -> String {
        format!(
            "{}://{}",
            if self.tls { "nmdcs" } else { "dchub" },
            self.hub
        )
    }

    /// Names and sizes of the shared files.
    fn files(&self) -> Vec<(PathBuf, u64)> {
        let entries = fs::read_dir(&self.share).expect("the shared folder is there");
        entries
            .flatten()
            .map(|e| (e.path(), e.metadata().map_or(0, |m| m.len())))
            .collect()
    }
}

/// `ncdc` in a tmux server of its own. Tab 1 is its main window, tab 2 the hub; private chats and results follow.
pub struct Ncdc {
    socket: PathBuf,
    session: PathBuf,
    leash: Leash,
}

impl Ncdc {
    /// Starts the client and returns when its files are hashed and the hub has let it in.
    pub fn start(login: &Login) -> Self {
        let client = Self::launch(login);
        client.wait_for("Nick validated.");
        client
    }

    /// Like [`Self::start`], but does not wait for the hub's welcome: for logins that are to be refused.
    pub fn launch(login: &Login) -> Self {
        let session = login.dir.join("session");
        fs::create_dir_all(&session).expect("the client's folder can be made");
        // Not in `dir`: the path of a Unix socket must stay below 108 bytes.
        let socket = std::env::temp_dir().join(format!("ncdc-{}.tmux", unique()));
        let leash = Leash::new(r#"tmux -S "$1" kill-server; rm -f "$1""#, &socket);
        let client = Self {
            socket,
            session,
            leash,
        };
        // Wide and high enough that no line is wrapped or scrolled away.
        client.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "300",
            "-y",
            "200",
            "-e",
            "LANG=C.UTF-8",
            "-e",
            "TERM=screen",
            "-e",
            &format!("HOME={}", login.dir.display()),
            "ncdc",
            "-c",
            &client.session.display().to_string(),
        ]);
        client.wait_for("Welcome to ncdc");
        client.enter(&format!("/set nick {}", login.nick));
        client.enter("/set active_ip 127.0.0.1");
        client.enter("/set local_address 127.0.0.1");
        client.enter(&format!("/set active {}", login.active));
        client.enter(&format!("/share share {}", login.share.display()));
        for (file, _) in login.files() {
            let done = format!("Completed hashing {}", file.display());
            client.poll(&done, || {
                client
                    .session_file("stderr.log")
                    .contains(&done)
                    .then_some(())
            });
        }
        client.enter("/open -n hub");
        if let Some(password) = &login.password {
            client.enter(&format!("/hset password {password}"));
        }
        client.enter(&format!("/connect {}", login.url()));
        client
    }

    /// Says `text` in the hub's chat.
    pub fn say(&self, text: &str) {
        self.command(&format!("/say {text}"));
    }

    /// Sends `nick` a private message.
    pub fn pm(&self, nick: &str, text: &str) {
        self.command(&format!("/msg {nick} {text}"));
    }

    /// Searches the hub; results appear on [`Self::screen`].
    pub fn search(&self, query: &str) {
        self.command(&format!("/search {query}"));
    }

    /// Types a line into the hub's tab, for example `/kick nick`.
    pub fn command(&self, line: &str) {
        self.tmux(&["send-keys", "M-2"]);
        self.enter(line);
    }

    /// What the tab that is in front shows.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The lines of the hub's chat so far, the client's own notes among them.
    pub fn chat(&self) -> Vec<String> {
        self.log("#hub")
    }

    /// The lines of the private chat with `nick` so far.
    pub fn private(&self, nick: &str) -> Vec<String> {
        self.log(&format!("~{nick}"))
    }

    /// Waits until `text` is on the screen, in the hub's chat or in a private one.
    pub fn wait_for(&self, text: &str) {
        self.poll(text, || self.seen().contains(text).then_some(()));
    }

    fn poll<T>(&self, what: &str, check: impl FnMut() -> Option<T>) -> T {
        poll(PATIENCE, check)
            .unwrap_or_else(|| panic!("ncdc: waited in vain for {what:?}; saw:\n{}", self.seen()))
    }

    fn seen(&self) -> String {
        let mut seen = self.screen().trim_end().to_owned();
        for log in fs::read_dir(self.session.join("logs"))
            .into_iter()
            .flatten()
            .flatten()
        {
            seen.push_str("\n-- ");
            seen.push_str(&log.file_name().to_string_lossy());
            seen.push('\n');
            seen.push_str(&read_lossy(&log.path()));
        }
        seen
    }

    fn log(&self, tab: &str) -> Vec<String> {
        // "[2026-01-31 23:59:59 UTC] text"
        let text = self.session_file(&format!("logs/{tab}.log"));
        text.lines()
            .filter_map(|l| l.split_once("] "))
            .map(|(_, said)| said.to_owned())
            .collect()
    }

    fn session_file(&self, name: &str) -> String {
        read_lossy(&self.session.join(name))
    }

    fn enter(&self, line: &str) {
        // tmux takes a semicolon at the end of an argument for the end of its command.
        let line = line
            .strip_suffix(';')
            .map_or_else(|| line.to_owned(), |l| format!("{l}\\;"));
        self.tmux(&["send-keys", "-l", "--", &line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.env_remove("TMUX")
            .env("LANG", "C.UTF-8")
            .arg("-u")
            .arg("-S")
            .arg(&self.socket)
            .args(arguments);
        let output = tmux
            .output()
            .expect("tmux runs; `make setup-test` installs it");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "ncdc has ended, or tmux failed: {arguments:?}: {problem}"
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// A file that the other client offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who has it.
    pub nick: String,
    /// Its name; a folder's ends with `/`.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// `eiskaltdcpp-daemon` behind its JSON-RPC.
pub struct Eiskalt {
    port: u16,
    nick: String,
    hub: String,
    output: PathBuf,
    chat: Mutex<Vec<String>>,
    daemon: Child,
    leash: Leash,
}

impl Eiskalt {
    /// Starts the client and returns when its files are hashed and the hub has let it in.
    pub fn start(login: &Login) -> Self {
        let client = Self::launch(login);
        client.poll("the hub's user list", || {
            client.users().contains(&client.nick).then_some(())
        });
        client
    }

    /// Like [`Self::start`], but does not wait for the hub's welcome: for logins that are to be refused.
    pub fn launch(login: &Login) -> Self {
        // Another program may take the port before the daemon does: then once more.
        let client = (0..5)
            .find_map(|_| Self::run(login))
            .expect("eiskaltdcpp-daemon answers on its JSON-RPC port");
        let folder = format!("{}/", login.share.display());
        client.rpc(
            "share.add",
            json!({"directory": folder, "virtname": "share"}),
        );
        let size = in_words(login.files().iter().map(|(_, size)| size).sum());
        client.poll(&format!("{size} hashed"), || {
            let shared = client.rpc("share.list", json!({"separator": "\t"}));
            shared
                .as_str()
                .is_some_and(|s| s.split('\t').any(|field| field == size))
                .then_some(())
        });
        client.rpc("hub.add", json!({"huburl": client.hub, "enc": ""}));
        client
    }

    fn run(login: &Login) -> Option<Self> {
        fs::create_dir_all(&login.dir).expect("the client's folder can be made");
        let hub = login.url();
        fs::write(login.dir.join("DCPlusPlus.xml"), settings(login))
            .expect("the settings can be written");
        fs::write(login.dir.join("Favorites.xml"), favourites(login, &hub))
            .expect("the password can be written");
        let output = login.dir.join("output");
        let stdout = File::create(&output).expect("the client's folder can be written");
        let stderr = stdout.try_clone().expect("a file can be opened twice");
        let port = free_port();
        let daemon = Command::new("eiskaltdcpp-daemon")
            .args(["--verbose", "--ip=127.0.0.1", &format!("--port={port}")])
            .arg("-c")
            .arg(&login.dir)
            .arg("-l")
            .arg(&login.dir)
            .env("HOME", &login.dir)
            .env("LANG", "C.UTF-8")
            .env_remove("LC_ALL")
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .expect("eiskaltdcpp-daemon runs; `make setup-test` installs it");
        let leash = Leash::new(r#"kill -9 "$1""#, daemon.id().to_string());
        let (nick, chat) = (login.nick.clone(), Mutex::default());
        let mut client = Self {
            port,
            nick,
            hub,
            output,
            chat,
            daemon,
            leash,
        };
        poll(PATIENCE, || {
            if client.daemon.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Some(false);
            }
            // The nick tells it from a stranger on the same port.
            let answer = client
                .call("settings.getset", &json!({"key": "Nick"}))
                .ok()?;
            Some(answer["result"]["value"] == *client.nick)
        })?
        .then_some(client)
    }

    /// Calls a method; `method.list` names them all. Panics when the daemon answers with an error.
    pub fn rpc(&self, method: &str, params: Value) -> Value {
        let answer = self.call(method, &params);
        match answer {
            Ok(mut answer) if answer["error"].is_null() => answer["result"].take(),
            _ => panic!(
                "eiskaltdcpp-daemon: {method} {params} gave {answer:?}; saw:\n{}",
                self.seen()
            ),
        }
    }

    /// Says `text` in the hub's chat.
    pub fn say(&self, text: &str) {
        self.rpc("hub.say", json!({"huburl": self.hub, "message": text}));
    }

    /// Sends `nick`, who must be in the user list, a private message.
    pub fn pm(&self, nick: &str, text: &str) {
        self.poll(&format!("{nick} in the user list"), || {
            let sent = self.rpc(
                "hub.pm",
                json!({"huburl": self.hub, "nick": nick, "message": text}),
            );
            (sent == 0).then_some(())
        });
    }

    /// Searches the hub for files of any kind whose names have all the words.
    /// The client lets some seconds pass between two searches.
    pub fn search(&self, words: &str) {
        let any = json!({"searchstring": words, "searchtype": 0, "sizemode": 0, "sizetype": 0, "size": 0, "huburls": self.hub});
        self.rpc("search.clear", json!({"huburl": self.hub}));
        self.rpc("search.send", any);
    }

    /// What the last search has found so far.
    pub fn results(&self) -> Vec<Found> {
        let results = self.rpc("search.getresults", json!({"huburl": self.hub}));
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let found = |row: &Value| Found {
            nick: text(row, "Nick"),
            name: text(row, "Filename"),
            size: text(row, "Real Size").parse().unwrap_or(0),
        };
        results
            .as_array()
            .map(|rows| rows.iter().map(found).collect())
            .unwrap_or_default()
    }

    /// Waits until the last search has found the file `name`.
    pub fn wait_for_result(&self, name: &str) -> Found {
        self.poll(name, || {
            self.results().into_iter().find(|found| found.name == name)
        })
    }

    /// The nicks on the hub.
    pub fn users(&self) -> Vec<String> {
        // Asking for the users of a hub that it does not know yet makes the daemon read memory it never set.
        let hubs = self.rpc("hub.list", json!({"separator": "\n"}));
        if !hubs
            .as_str()
            .is_some_and(|hubs| hubs.lines().any(|hub| hub == self.hub))
        {
            return Vec::new();
        }
        let users = self.rpc(
            "hub.getusers",
            json!({"huburl": self.hub, "separator": "\n"}),
        );
        users
            .as_str()
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// The lines of the hub's chat so far, as `<nick> text`.
    pub fn chat(&self) -> Vec<String> {
        let new = self.rpc(
            "hub.getchat",
            json!({"huburl": self.hub, "separator": "\u{1}"}),
        );
        let mut chat = self
            .chat
            .lock()
            .expect("no other thread panicked while reading the chat");
        // "[23:59:59] <nick> text"
        let lines = new.as_str().unwrap_or_default().split('\u{1}');
        chat.extend(
            lines
                .filter_map(|l| l.split_once("] "))
                .map(|(_, said)| said.to_owned()),
        );
        chat.clone()
    }

    /// The first lines of the private messages so far, as `<nick> text`, whoever sent them.
    pub fn private(&self) -> Vec<String> {
        // "dchub://127.0.0.1:4111 Private from nick: [23:59:59] <nick> text"
        let lines = self.seen();
        let lines = lines
            .lines()
            .filter_map(|line| line.split_once(" Private from "));
        lines
            .filter_map(|(_, line)| line.split_once("] "))
            .map(|(_, said)| said.to_owned())
            .collect()
    }

    /// Waits until the client has seen `text`: in the hub's chat, in a private message or in a note of the hub.
    pub fn wait_for(&self, text: &str) {
        self.poll(text, || self.seen().contains(text).then_some(()));
    }

    fn poll<T>(&self, what: &str, check: impl FnMut() -> Option<T>) -> T {
        poll(PATIENCE, check).unwrap_or_else(|| {
            panic!(
                "eiskaltdcpp-daemon: waited in vain for {what:?}; saw:\n{}",
                self.seen()
            )
        })
    }

    /// All that the daemon has printed: every line that it got, public, private or a note.
    fn seen(&self) -> String {
        read_lossy(&self.output)
    }

    fn call(&self, method: &str, params: &Value) -> std::io::Result<Value> {
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "POST / HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let (_, json) = answer.split_once("\r\n\r\n").unwrap_or_default();
        Ok(serde_json::from_str(json)?)
    }
}

impl Drop for Eiskalt {
    fn drop(&mut self) {
        self.leash.pull();
        self.daemon.wait().ok();
    }
}

/// A helper process that ends a client when the test lets go of it: on drop, and when the test process is killed.
/// It waits for the end of its standard input, which the test process alone holds open.
struct Leash(Child);

impl Leash {
    /// `end` is shell; `$1` in it is `client`.
    fn new(end: &str, client: impl AsRef<OsStr>) -> Self {
        let helper = Command::new("sh")
            .arg("-c")
            .arg(format!("trap '' INT TERM HUP; cat; {end}"))
            .arg("leash")
            .arg(client)
            .env_remove("TMUX")
            .process_group(0) // or a runner that kills the test's group would kill it too
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(helper.expect("sh runs"))
    }

    fn pull(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.pull();
    }
}

/// A port on 127.0.0.1 that nobody has, below those that the system hands out by itself.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(37);
    let ports = (0..COUNT)
        .map(|_| FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT);
    let free = |port: u32| {
        u16::try_from(port)
            .ok()
            .filter(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
    };
    ports
        .filter_map(free)
        .next()
        .expect("one of 12000 ports is free")
}

fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

fn poll<T>(patience: Duration, mut check: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let found = check();
        if found.is_some() || Instant::now() > deadline {
            return found;
        }
        sleep(POLL);
    }
}

fn read_lossy(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// A size as EiskaltDC++ writes it.
fn in_words(size: u64) -> String {
    let mut unit = "B";
    let mut value = size as f64;
    for larger in ["KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    if unit == "B" {
        format!("{size} B")
    } else {
        format!("{value:.2} {unit}")
    }
}

fn settings(login: &Login) -> String {
    let mode = if login.active { 0 } else { 3 };
    let numbers = [
        ("IncomingConnections", mode), // 0 takes connections as they come, 3 takes none
        ("AutoDetectIncomingConnection", 0),
        ("InPort", 0), // 0: the system chooses
        ("UDPPort", 0),
        ("TLSPort", 0),
        ("UseDHT", 0),
        ("HashingStartDelay", 0), // else files are not offered for the first minute
        ("AllowUntrustedHubs", 1),
        ("MinimumSearchInterval", 1),
    ];
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<DCPlusPlus>\n<Settings>\n",
    );
    for (name, text) in [
        ("Nick", login.nick.as_str()),
        ("ExternalIp", "127.0.0.1"),
        ("BindAddress", "127.0.0.1"),
    ] {
        xml += &format!("<{name} type=\"string\">{}</{name}>\n", escaped(text));
    }
    for (name, number) in numbers {
        xml += &format!("<{name} type=\"int\">{number}</{name}>\n");
    }
    xml + "</Settings>\n</DCPlusPlus>\n"
}

/// The daemon answers a question for a password only for hubs among its favourites.
fn favourites(login: &Login, hub: &str) -> String {
    let password = login
        .password
        .as_deref()
        .map(|password| format!("Password=\"{}\"", escaped(password)));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<Favorites>\n<Hubs>\n\
         <Hub Name=\"hub\" Connect=\"0\" Nick=\"{}\" {} Server=\"{hub}\"/>\n</Hubs>\n</Favorites>\n",
        escaped(&login.nick),
        password.unwrap_or_default(),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

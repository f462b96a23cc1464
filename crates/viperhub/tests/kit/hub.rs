//! The program under test.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::PATIENCE;
use super::cli::{Cli, plain_environment, temp_dir, viperhub};
use super::client::Client;
use super::who::Who;

/// Settings under which tests can do in a moment what users may do once in a while.
const QUICK: &[&str] = &[
    "int_login=0",
    "int_chat_ms=0",
    "max_class_proto_flood=-2",
    "int_myinfo=0",
    "int_nicklist=0",
    "search_number=0",
    "pwd_tmpban=0",
    "send_user_info=0",
    "host_header=0",
    // Nobody outside of this machine is asked for anything.
    "timer_hublist_period=0",
    // A machine that is busy with many tests is not the script's fault. Tests of the budget set their own.
    "python_budget_ms=30000",
];

/// A hub to be.
pub struct Setup {
    dir: TempDir,
    settings: Vec<String>,
    arguments: Vec<String>,
    listen: Vec<String>,
    environment: Vec<(String, String)>,
    open_files: Option<u32>,
    relative: bool,
    program: Option<PathBuf>,
}

impl Setup {
    /// How many files and sockets the system lets it have open.
    pub fn open_files(mut self, most: u32) -> Self {
        self.open_files = Some(most);
        self
    }

    /// A setting for this run.
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push(format!("{name}={}", value.to_string()));
        self
    }

    /// A further argument of `viperhub run`.
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// An address in place of 127.0.0.1:0.
    pub fn listen(mut self, address: &str) -> Self {
        self.listen.push(address.to_owned());
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The data directory is given as a path relative to the working directory, as `make run` does.
    pub fn relative(mut self) -> Self {
        self.relative = true;
        self
    }

    /// Another file that is the program.
    pub fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// A script in DATA-DIR/scripts.
    pub fn script(self, name: &str, source: impl AsRef<[u8]>) -> Self {
        self.file(&format!("data/scripts/{name}"), source)
    }

    /// One of the sample scripts of this repository, in DATA-DIR/scripts.
    pub fn sample(self, name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../scripts")
            .join(name);
        let source = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        self.script(name, source)
    }

    /// Any file below the hub's own directory.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir.path().join(name);
        let parent = path.parent().expect("a file is in a directory");
        fs::create_dir_all(parent).expect("the test's directory can be written");
        fs::write(&path, content).expect("the test's directory can be written");
        self
    }

    /// Beside the scripts of DATA-DIR/scripts: a `.venv` that holds the packages of tools/test-packages.txt.
    pub fn packages(self) -> Self {
        let venv = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../.build/venv")
            .join(python::VERSION);
        assert!(
            venv.join("made").exists(),
            "{} is not there; run: tools/setup test",
            venv.display()
        );
        let scripts = self.data_dir().join("scripts");
        fs::create_dir_all(&scripts)
            .and_then(|()| std::os::unix::fs::symlink(&venv, scripts.join(".venv")))
            .expect("the test's directory can be written");
        self
    }

    /// A registered user.
    pub fn user(self, nick: &str, class: i32, password: &str) -> Self {
        let (data, class) = (self.data_dir(), class.to_string());
        let data = data.to_str().expect("the directory's name is text");
        let mut arguments = vec![
            "user",
            "add",
            nick,
            "--class",
            &class,
            "--create",
            "--data-dir",
            data,
        ];
        if !password.is_empty() {
            arguments.extend(["--password", password]);
        }
        Cli::run(arguments).ok();
        self
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Starts it and waits until clients can connect.
    #[track_caller]
    pub fn start(self) -> Hub {
        let mut hub = self.launch();
        hub.wait_ready();
        hub
    }

    /// Starts it.
    pub fn launch(self) -> Hub {
        let mut command = match &self.program {
            Some(program) => {
                let mut command = Command::new(program);
                command.args(["run", "--data-dir"]).stdin(Stdio::null());
                plain_environment(&mut command);
                command
            }
            None => viperhub(["run", "--data-dir"]),
        };
        if let Some(most) = self.open_files {
            let limited = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(limited).arg(command.get_program());
            shell.args(command.get_args()).stdin(Stdio::null());
            plain_environment(&mut shell);
            command = shell;
        }
        match self.relative {
            true => command.arg("data"),
            false => command.arg(self.data_dir()),
        };
        let listen = if self.listen.is_empty() {
            vec!["127.0.0.1:0".to_owned()]
        } else {
            self.listen.clone()
        };
        for address in &listen {
            command.args(["--listen", address]);
        }
        let settings = QUICK
            .iter()
            .map(|s| (*s).to_owned())
            .chain(self.settings.iter().cloned());
        for setting in settings {
            command.args(["--set", &setting]);
        }
        command.args(&self.arguments);
        // Not those of this machine.
        if !self.arguments.iter().any(|a| a == "--mmdb-path") {
            command.arg("--mmdb-path").arg(self.data_dir());
        }
        command.envs(self.environment.iter().map(|(n, v)| (n, v)));
        command.current_dir(self.dir.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let (line, lines) = channel();
        thread::spawn(move || {
            for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.send(text).is_err() {
                    return;
                }
            }
        });
        let log = Arc::new(Log::default());
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let writer = Arc::clone(&log);
        thread::spawn(move || writer.fill(stderr));
        Hub {
            child,
            setup: self,
            lines,
            addresses: Vec::new(),
            log,
            wanted: listen.len(),
        }
    }
}

/// What the program writes to standard error.
#[derive(Default)]
struct Log {
    text: Mutex<(String, bool)>,
    more: Condvar,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, (String, bool)> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, mut from: impl Read) {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            self.lock()
                .0
                .push_str(&String::from_utf8_lossy(&buffer[..n]));
            self.more.notify_all();
        }
        self.lock().1 = true;
        self.more.notify_all();
    }
}

/// A running hub; killed when dropped.
pub struct Hub {
    child: Child,
    setup: Setup,
    lines: Receiver<String>,
    addresses: Vec<SocketAddr>,
    log: Arc<Log>,
    wanted: usize,
}

impl Hub {
    /// A hub with nothing special about it.
    #[track_caller]
    pub fn start() -> Hub {
        Hub::setup().start()
    }

    pub fn setup() -> Setup {
        Setup {
            dir: temp_dir(),
            settings: Vec::new(),
            arguments: Vec::new(),
            listen: Vec::new(),
            environment: Vec::new(),
            open_files: None,
            relative: false,
            program: None,
        }
    }

    #[track_caller]
    fn wait_ready(&mut self) {
        while self.addresses.len() < self.wanted {
            let line = self.stdout_line();
            if let Some(address) = line.strip_prefix("ready: listening on ") {
                self.addresses
                    .push(address.parse().expect("the ready line holds an address"));
            }
        }
    }

    /// After a `!restart`: waits until clients can connect again, to the same place.
    #[track_caller]
    pub fn wait_ready_again(&mut self) {
        let before = std::mem::take(&mut self.addresses);
        self.wait_ready();
        assert_eq!(self.addresses, before, "it listens elsewhere");
    }

    /// The next line on standard output.
    #[track_caller]
    pub fn stdout_line(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing more on standard output; log:\n{}", self.log())
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!(
                    "the hub ended: {:?}; log:\n{}",
                    self.child.wait(),
                    self.log()
                )
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        *self.addresses.first().expect("the hub is ready")
    }

    /// All places where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub fn data_dir(&self) -> PathBuf {
        self.setup.data_dir()
    }

    /// A file in DATA-DIR/scripts, written while the hub runs; returns its path.
    pub fn write_script(&self, name: &str, source: impl AsRef<[u8]>) -> String {
        let path = self.data_dir().join("scripts").join(name);
        fs::write(&path, source).expect("the test's directory can be written");
        path.display().to_string()
    }

    /// The log so far.
    pub fn log(&self) -> String {
        self.log.lock().0.clone()
    }

    /// Waits until the log holds a text.
    #[track_caller]
    pub fn wait_log(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut log = self.log.lock();
        while !log.0.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let seen = log.0.clone();
            assert!(
                !left.is_zero() && !log.1,
                "the log never said {text:?}:\n{seen}"
            );
            log = self
                .log
                .more
                .wait_timeout(log, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Logs somebody in.
    #[track_caller]
    pub fn login(&self, nick: &str) -> Client {
        Client::login(self, Who::new(nick))
    }

    /// Logs a registered user in whose password is [`super::PASSWORD`].
    #[track_caller]
    pub fn login_reg(&self, nick: &str) -> Client {
        Client::login(self, Who::new(nick).password(super::PASSWORD))
    }

    #[track_caller]
    pub fn login_as(&self, who: Who) -> Client {
        Client::login(self, who)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name, as in `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status();
        assert!(sent.is_ok_and(|s| s.success()), "kill works");
    }

    /// Sends SIGTERM and waits for the end.
    #[track_caller]
    pub fn stop(&mut self) -> (ExitStatus, Duration) {
        self.stop_by("TERM")
    }

    /// The same by any signal.
    #[track_caller]
    pub fn stop_by(&mut self, signal: &str) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        self.signal(signal);
        (self.wait(), begin.elapsed())
    }

    /// Whether it has ended by now.
    pub fn has_ended(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("the hub is our child")
            .is_some()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the hub is our child") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "the hub does not end; log:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts the program once more on the same data, after it ended.
    #[track_caller]
    pub fn restart(mut self) -> Hub {
        self.wait();
        let setup = std::mem::replace(&mut self.setup, Hub::setup());
        setup.start()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if thread::panicking() {
            eprintln!("---- log of the hub ----\n{}", self.log());
        }
    }
}

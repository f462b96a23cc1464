//! A MariaDB server for tests, of our own: in a temporary directory, with a socket and no port; or the
//! one that the documents' variables name, `VH_TEST_MYSQL_HOST`, `_PORT`, `_USER`, `_PASS` and `_DB`
//! (default `localhost`, 3306 and three times `verlihub`): any of them does. That one's database is left alone; ours have its
//! name as the beginning of their names, so that the user needs
//! ``GRANT ALL PRIVILEGES ON `verlihub%`.* TO 'verlihub'@'localhost'``.
//!
//! All test programs of a run share one, whoever comes first starts it. Each holds a lock as
//! long as it lives, and a shell that watches over the server ends it and removes its
//! directory when nobody holds that lock any more, also after a crash.

use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// $1: directory, $2: mariadbd. Waits for the users, then for the server's end.
const WATCH: &str = r#"
cd "$1" || exit
mkdir -p tmp
export TMPDIR="$1/tmp"
"$2" --no-defaults --datadir="$1/data" --socket="$1/s" --pid-file="$1/pid" --tmpdir="$1/tmp" --skip-networking \
    --user="$(id -un)" --innodb-buffer-pool-size=32M --innodb-log-file-size=8M \
    --innodb-flush-log-at-trx-commit=0 --performance-schema=OFF --max-connections=500 \
    --character-set-server=latin1 --collation-server=latin1_swedish_ci >log 2>&1 9>&- &
server=$!
trap 'kill $server 2>/dev/null' EXIT
while sleep 1; do
    kill -0 $server 2>/dev/null || break
    # A test that failed has taken the directory away.
    [ -f users ] && [ -d ../"${1##*/}" ] || break
    exec 8>../"${1##*/}".start 9>users || break
    if flock -n -x 8 && flock -n -x 9; then
        kill $server
        wait $server
        cd / && rm -rf "$1"
        break
    fi
    exec 8>&- 9>&-
done
"#;

fn program(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let all = places.flat_map(|dir| names.iter().map(move |name| dir.join(name)));
    let mut found = all.filter(|file| file.is_file());
    found
        .next()
        .unwrap_or_else(|| panic!("{} is missing: run tools/setup test", names[0]))
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// A server in this directory; the file is the lock of who uses it. Or somebody else's.
pub struct Server {
    pub socket: PathBuf,
    _user: Option<File>,
    named: Option<Named>,
}

/// A server that the environment names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    pub host: String,
    pub port: String,
    pub user: String,
    pub pass: String,
    /// What the names of databases begin with.
    pub db: String,
}

impl Named {
    /// What these variables say; nothing when none of them is there.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Named> {
        let of = |name: &str| variable(&format!("VH_TEST_MYSQL_{name}"));
        let names = ["HOST", "PORT", "USER", "PASS", "DB"];
        names.iter().any(|name| of(name).is_some()).then(|| {
            let or = |name: &str, default: &str| of(name).unwrap_or_else(|| default.to_owned());
            Named {
                host: or("HOST", "localhost"),
                port: or("PORT", "3306"),
                user: or("USER", "verlihub"),
                pass: or("PASS", "verlihub"),
                db: or("DB", "verlihub"),
            }
        })
    }

    /// The arguments of MariaDB's client.
    fn arguments(&self) -> [String; 5] {
        let Named {
            host, port, user, ..
        } = self;
        let protocol = if host.starts_with('/') {
            "socket"
        } else {
            "tcp"
        };
        [
            format!("--host={host}"),
            format!("--port={port}"),
            format!("--user={user}"),
            format!("--password={}", self.pass),
            format!("--protocol={protocol}"),
        ]
    }

    /// The address of a database there.
    pub fn url(&self, database: &str) -> String {
        let Named {
            host, port, user, ..
        } = self;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let escape = |text: &str| -> String {
            let one = |b: u8| match plain(b) {
                true => char::from(b).to_string(),
                false => format!("%{b:02X}"),
            };
            text.bytes().map(one).collect()
        };
        let (user, pass) = (escape(user), escape(&self.pass));
        format!("mysql://{user}:{pass}@{host}:{port}/{database}")
    }
}

impl Server {
    /// The one that all share.
    pub fn shared() -> &'static Server {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| {
            if let Some(named) = Named::of(|name| std::env::var(name).ok()) {
                return Server {
                    socket: PathBuf::new(),
                    _user: None,
                    named: Some(named),
                };
            }
            // One for each build directory and source version of this file.
            let hash = BuildHasherDefault::<DefaultHasher>::default()
                .hash_one((env!("CARGO_TARGET_TMPDIR"), WATCH));
            // In memory where possible: making a table waits for the disk several times.
            let memory = PathBuf::from("/dev/shm");
            let place = if memory.is_dir() {
                memory
            } else {
                std::env::temp_dir()
            };
            Server::start(&place.join(format!("viperhub-mariadb-{hash:x}")))
        })
    }

    /// Starts one here unless it runs already.
    pub fn start(dir: &Path) -> Server {
        let start = dir.with_extension("start");
        let starting = File::create(start).expect("a lock file");
        starting.lock().expect("a lock");
        std::fs::create_dir_all(dir).expect("a directory for MariaDB");
        let user = File::create(dir.join("users")).expect("a lock file");
        user.lock_shared().expect("a lock");
        let server = Server {
            socket: dir.join("s"),
            _user: Some(user),
            named: None,
        };
        if !server.answers() {
            server.launch(dir);
        }
        server
    }

    fn launch(&self, dir: &Path) {
        let installed = dir.join("data/installed");
        if !installed.is_file() {
            install(dir);
            File::create(installed).expect("a mark");
        }
        let mut watch = Command::new("setsid");
        watch.args(["bash", "-c", WATCH, "watch"]).arg(dir);
        watch.arg(program(&["mariadbd", "mysqld"]));
        let mut watch = quiet(&mut watch).spawn().expect("bash runs");
        std::thread::spawn(move || watch.wait());
        let start = Instant::now();
        while !self.answers() {
            if start.elapsed() > Duration::from_secs(60) {
                let log = std::fs::read(dir.join("log")).unwrap_or_default();
                panic!("MariaDB does not start: {}", String::from_utf8_lossy(&log));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        self.socket.exists()
            && quiet(self.client().args(["-e", "SELECT 1"]))
                .status()
                .is_ok_and(|s| s.success())
    }

    fn client(&self) -> Command {
        let mut client = Command::new(program(&["mariadb", "mysql"]));
        client.args([
            "--no-defaults",
            "-N",
            "-B",
            "-r",
            "--default-character-set=latin1",
        ]);
        match &self.named {
            Some(named) => client.args(named.arguments()),
            None => client
                .args(["-u", "root"])
                .arg(format!("--socket={}", self.socket.display())),
        };
        client
    }

    /// Runs statements as MariaDB's own client does; what it shows.
    pub fn run(&self, database: &str, statements: impl AsRef<[u8]>) -> Vec<u8> {
        use std::io::Write;
        let mut client = self.client();
        if database != NO_DATABASE {
            client.arg(database);
        }
        client.stdin(Stdio::piped());
        client.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = client.spawn().expect("MariaDB's client runs");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(statements.as_ref()).expect("statements");
        drop(input);
        let done = child.wait_with_output().expect("an end");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        done.stdout
    }
}

/// For statements that are about no database.
pub const NO_DATABASE: &str = "";

/// An empty data directory. Servers that share a directory for temporary files get into each
/// other's way, so each has its own.
fn install(dir: &Path) {
    drop(std::fs::remove_dir_all(dir.join("data")));
    let tmp = dir.join("tmp");
    std::fs::create_dir_all(&tmp).expect("a directory for temporary files");
    let install = Command::new(program(&["mariadb-install-db", "mysql_install_db"]))
        .args([
            "--no-defaults",
            "--skip-test-db",
            "--force", // this machine's name need not be known to it
            "--auth-root-authentication-method=normal",
        ])
        .arg(format!("--datadir={}", dir.join("data").display()))
        .args([
            "--innodb-log-file-size=8M",
            "--innodb-flush-log-at-trx-commit=0",
        ])
        .arg(format!("--user={}", whoami()))
        .arg(format!("--tmpdir={}", tmp.display()))
        .env("TMPDIR", &tmp)
        .stdin(Stdio::null())
        .output()
        .expect("mariadb-install-db runs");
    let said = [install.stdout, install.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        install.status.success(),
        "mariadb-install-db failed ({}) and said:\n{said}",
        install.status
    );
}

fn whoami() -> String {
    let name = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&name.stdout).trim().to_owned()
}

/// An empty database of its own, removed at the end.
pub struct Database {
    pub name: String,
    pub server: &'static Server,
}

impl Database {
    pub fn new(charset: &str) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Server::shared();
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let begin = server.named.as_ref().map_or("", |named| &named.db);
        let name = format!("{begin}t{}_{n}", std::process::id());
        let make = format!(
            "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET {charset}"
        );
        server.run(NO_DATABASE, make);
        Database { name, server }
    }

    pub fn url(&self) -> String {
        if let Some(named) = &self.server.named {
            return named.url(&self.name);
        }
        let (name, socket) = (&self.name, self.server.socket.display());
        format!("mysql://root@localhost/{name}?socket={socket}")
    }

    pub fn run(&self, statements: impl AsRef<[u8]>) -> Vec<u8> {
        self.server.run(&self.name, statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.server
                .run(NO_DATABASE, format!("DROP DATABASE {}", self.name));
        }
    }
}

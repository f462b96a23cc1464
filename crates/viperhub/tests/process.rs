//! The process belongs to the hub: what scripts do to it does not reach the next run, the hub's
//! signals stay the hub's, and when something is gone that it lives on, it ends and says so.

mod kit;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use kit::{Cli, Hub, PASSWORD, Probe, Setup, until};
use rustix::process::{Pid, Signal, kill_process};

/// What a script in C, or one that wants to, can always do. By ctypes, so that nothing that looks
/// after Python's own functions is in the way.
const CHANGES: &str = r#"
import ctypes, locale, os, resource, signal
c = ctypes.CDLL(None)
fd = c.open(b'leak', 0o102, 0o600)
c.fcntl(fd, 2, 0)
for number in (15, 2, 1, 17, 20, 21, 13):
    c.signal(number, ctypes.c_void_p(1))
everything = (ctypes.c_ulong * 16)(*[2**64 - 1] * 16)
c.pthread_sigmask(0, everything, None)
c.setlocale(6, b'C')
c.umask(0)
files = resource.getrlimit(resource.RLIMIT_NOFILE)
for what, soft in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 1 << 30), (resource.RLIMIT_NOFILE, 64)):
    limit = (ctypes.c_ulong * 2)(soft, resource.getrlimit(what)[1])
    c.setrlimit(what, limit)
c.dup2(fd, 1)
c.chdir(b'/')
c.clearenv()
c.setenv(b'LISTEN_FDS', b'7', 1)
"#;

/// Notes in which directory it found itself, and goes.
const LEAVES: &str = r#"
import ctypes, os, vh
with open(os.path.join(vh.basedir, "directories"), "a") as file:
    print(os.getcwd(), file=file)
ctypes.CDLL(None).chdir(b"/")
"#;

/// Everything that `CHANGES` changes, as one text.
const STATE: &str = r#"
import locale, os, resource
def state():
    status = dict(line.split(":\t", 1) for line in open(f"/proc/self/task/{os.getpid()}/status"))
    fields = [status[name].strip() for name in ("Umask", "SigBlk", "SigCgt")]
    # The system's own; what the test program ignores is not ours either.
    ignored = int(status["SigIgn"], 16) & ~0x180000000
    limits = [resource.getrlimit(n) for n in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)]
    own = sorted(item for item in os.environ.items() if not item[0].startswith(("LISTEN_", "VIPERHUB_")))
    leaks = [p for p in (os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")) if p.endswith("/leak")]
    return repr((fields, ignored, limits, own, locale.setlocale(locale.LC_ALL), os.readlink("/proc/self/fd/1"), leaks))
"#;

fn hub_with_probe() -> Setup {
    Hub::setup().set("python_mode", "shared").probe(&[])
}

/// A hub is told to begin anew; waits until it has.
fn restart(hub: &mut Hub, probe: &mut Probe) {
    probe.client.chat("!restart");
    probe.client.expect_closed();
    hub.stdout_line();
}

#[test]
fn what_scripts_do_to_the_process_does_not_reach_the_next_run() {
    let mut hub = hub_with_probe()
        .relative()
        .user("owner", 10, PASSWORD)
        // Loaded when the directory is another one already.
        .script("a_leaves.py", LEAVES)
        .file("extra.py", "import vh\ndef OnTimer(): pass\n")
        .arg("--script")
        .arg("extra.py")
        .arg("--mmdb-path")
        .arg(".")
        .env("HUB_TEST_KEPT", "a value = with ; all")
        .start();
    let mut probe = Probe::login(&hub);
    probe.client.chat("!set hub_name Den");
    probe.client.expect("-> Den");
    probe.exec(STATE);
    let before = probe.eval("state()");
    assert!(before.contains("HUB_TEST_KEPT"), "{before}");
    probe.exec(CHANGES);
    assert_ne!(probe.eval("state()"), before);
    // What is given as a relative path is still found.
    probe.client.chat("!regnew late 1 verysecret");
    probe.client.expect("late");
    probe.client.chat("!reload");
    probe.client.expect("Reloaded");
    restart(&mut hub, &mut probe);
    // The password is asked for: the registrations are there.
    let mut probe = Probe::login(&hub);
    probe.exec(STATE);
    assert_eq!(probe.eval("state()"), before);
    probe.is("vh.GetConfig('config', 'hub_name')", "'Den'");
    hub.login_as(kit::Who::new("late").password("verysecret"));
    assert!(hub.log().matches("extra.py").count() >= 2, "{}", hub.log());
    // And once more: what was given by the first run to the second reaches the third.
    restart(&mut hub, &mut probe);
    hub.login_reg("owner");
    let directories = fs::read_to_string(hub.data_dir().join("directories")).expect("written");
    let directories: Vec<&str> = directories.lines().collect();
    assert_eq!(directories.len(), 3);
    assert!(
        directories
            .iter()
            .all(|d| Path::new(d).join("data").exists()),
        "{directories:?}"
    );
    let (status, _) = hub.stop();
    assert_eq!(status.code(), Some(0), "{}", hub.log());
}

/// The database may be named beside the working directory, too. It is opened again and again.
#[test]
fn a_database_of_a_relative_name_is_the_same_for_ever() {
    let setup = hub_with_probe().relative().arg("--db").arg("sqlite:own.db");
    let file = setup.path().join("own.db");
    let url = format!("sqlite:{}", file.display());
    let data = setup.data_dir().display().to_string();
    let add = [
        "user",
        "add",
        "boss",
        "--class",
        "10",
        "--password",
        PASSWORD,
    ];
    let place = ["--db", &url, "--data-dir", &data, "--create"];
    Cli::run(add.into_iter().chain(place)).ok();
    let mut hub = setup.start();
    for rows in 1..=2 {
        let mut probe = Probe::login(&hub);
        probe.exec("import ctypes; ctypes.CDLL(None).chdir(b'/')");
        probe.exec(ADDS);
        probe.is("add()", &format!("{{{rows}}}"));
        restart(&mut hub, &mut probe);
    }
    assert!(!Path::new("/own.db").exists());
}

/// Adds a row and counts them from many threads, for which the database is opened anew.
const ADDS: &str = r#"
import threading, vh
def add():
    vh.SQL("CREATE TABLE IF NOT EXISTS py_rows (id INT)")
    vh.SQL("INSERT INTO py_rows VALUES (1)")
    seen = set()
    threads = [threading.Thread(target=lambda: seen.add(len(vh.SQL("SELECT id FROM py_rows")[1]))) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return seen
"#;

#[test]
fn a_hub_never_comes_back_with_nothing() {
    let mut hub = Hub::setup().relative().user("boss", 10, PASSWORD).start();
    let mut boss = hub.login_reg("boss");
    for name in ["viperhub.db", "viperhub.db-wal", "viperhub.db-shm"] {
        fs::remove_file(hub.data_dir().join(name)).ok();
    }
    boss.chat("!restart");
    boss.expect_closed();
    assert_eq!(hub.wait().code(), Some(78), "{}", hub.log());
    hub.wait_log(
        "viperhub.db is not there, but before its restart this hub had 1 registered users",
    );
    assert!(
        !hub.data_dir().join("viperhub.db").exists(),
        "nothing was made"
    );
}

#[test]
fn a_program_that_was_replaced_is_the_one_that_begins_anew() {
    let dir = kit::temp_dir();
    let (file, aside) = (dir.path().join("hub"), dir.path().join("next"));
    let copy = |to: &Path| {
        let from = env!("CARGO_BIN_EXE_viperhub");
        fs::copy(from, to).expect("the program can be copied");
    };
    copy(&file);
    let mut hub = Hub::setup()
        .program(&file)
        .user("boss", 10, PASSWORD)
        .start();
    let running = |hub: &Hub| fs::read_link(format!("/proc/{}/exe", hub.pid())).expect("it runs");
    let gone = PathBuf::from(format!("{} (deleted)", file.display()));
    let again = |hub: &mut Hub| {
        let mut boss = hub.login_reg("boss");
        boss.chat("!restart");
        boss.expect_closed();
        hub.stdout_line();
    };
    copy(&aside);
    fs::rename(&aside, &file).expect("renames");
    assert_eq!(running(&hub), gone);
    again(&mut hub);
    assert_eq!(running(&hub), file, "the new one runs");
    // Without any file the hub goes on as it is.
    fs::remove_file(&file).expect("removes");
    again(&mut hub);
    assert_eq!(running(&hub), gone);
    hub.wait_log("the program that runs begins anew instead");
    // The next file of this name is the program again; one that is broken is not.
    fs::write(&file, "no program").expect("writes");
    again(&mut hub);
    assert_eq!(running(&hub), gone);
    copy(&aside);
    fs::rename(&aside, &file).expect("renames");
    again(&mut hub);
    assert_eq!(running(&hub), file);
    assert_eq!(hub.stop().0.code(), Some(0), "{}", hub.log());
}

/// What is sent to the hub, and whether its log tells.
#[test]
fn no_signal_ends_the_hub_without_a_word() {
    let mut hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let mut ann = hub.login("ann");
    let quiet = [13, 17, 18, 23, 28];
    let named = [10, 12, 14, 24, 25, 26, 27, 29, 30, 16];
    for number in named.into_iter().chain(34..=64).chain(quiet) {
        hub.signal(&number.to_string());
        if !quiet.contains(&number) {
            hub.wait_log(&format!("({number}) came; it means nothing to the hub"));
        }
    }
    ann.chat("still here");
    ann.expect_exact("<ann> still here");
    // As a terminal's Ctrl-\.
    let (status, _) = hub.stop_by("QUIT");
    assert_eq!(status.code(), Some(0), "{}", hub.log());
    assert!(ann.expect_closed().contains("shutting down"));
}

/// A script cannot take the hub's signals for long, whatever it uses.
#[test]
fn a_script_does_not_keep_the_signals_of_the_hub() {
    for take in [
        "import ctypes; [ctypes.CDLL(None).signal(n, ctypes.c_void_p(1)) for n in (1, 2, 15)]",
        "import ctypes; [ctypes.CDLL(None).signal(n, ctypes.c_void_p(0)) for n in (1, 2, 15)]",
    ] {
        let mut hub = hub_with_probe().start();
        let mut probe = Probe::login(&hub);
        probe.exec(take);
        hub.wait_log("took the signal TERM; it is the hub's again");
        hub.signal("HUP");
        let (status, _) = hub.stop();
        assert_eq!(status.code(), Some(0), "{take}: {}", hub.log());
        probe.client.expect_closed();
    }
    // Python's own ways are refused.
    let mut hub = hub_with_probe().start();
    let mut probe = Probe::login(&hub);
    for take in [
        "__import__('signal').signal(15, lambda *_: None)",
        "__import__('faulthandler').register(15, file=open('/dev/null', 'w'), chain=False)",
    ] {
        let refused = probe.eval(take);
        assert!(refused.contains("Error: "), "{take}: {refused}");
    }
    assert_eq!(hub.stop().0.code(), Some(0), "{}", hub.log());
}

/// What scripts start finds all signals as a program wants to find them.
#[test]
fn programs_that_scripts_start_have_their_signals() {
    let hub = hub_with_probe().start();
    let mut probe = Probe::login(&hub);
    probe.exec(
        r#"
import os, subprocess
def masks(text):
    found = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    # Two are the C library's own.
    return [int(found[name], 16) & ~0x180000000 for name in ("SigBlk", "SigIgn")]
def run():
    return masks(subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout)
def spawned():
    read, write = os.pipe()
    pid = os.posix_spawn("/bin/cat", ["cat", "/proc/self/status"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
    os.close(write)
    text = os.fdopen(read).read()
    assert os.waitpid(pid, 0)[1] == 0
    return masks(text)
"#,
    );
    probe.is("run()", "[0, 0]");
    probe.is("spawned()", "[0, 0]");
    probe.is(
        "__import__('subprocess').run(['sh', '-c', 'exit 3']).returncode",
        "3",
    );
}

/// At whatever moment of a restart the signal comes: the hub ends, with success, and nothing is
/// left of it.
#[test]
fn a_stop_is_not_lost_in_a_restart() {
    let start = || Hub::setup().user("boss", 10, PASSWORD).start();
    let ask = |hub: &Hub| {
        let mut boss = hub.login_reg("boss");
        boss.chat("!restart");
        boss
    };
    // How long a restart takes here.
    let mut hub = start();
    let begin = Instant::now();
    ask(&hub).expect_closed();
    hub.stdout_line();
    let all = begin.elapsed();
    drop(hub);
    const MOMENTS: u32 = 14;
    let moments = |from: u32| {
        move || {
            for moment in (from..MOMENTS).step_by(2) {
                let mut hub = start();
                let pid = hub.pid();
                let boss = ask(&hub);
                thread::sleep(all * moment / MOMENTS);
                let (status, _) = hub.stop();
                assert_eq!(status.code(), Some(0), "{moment}: {}", hub.log());
                drop(boss);
                assert!(!Path::new(&format!("/proc/{pid}/exe")).exists());
            }
        }
    };
    let other = thread::spawn(moments(1));
    moments(0)();
    other.join().expect("no signal was lost");
}

/// While the new program begins, and its handlers do not stand yet: the signal waits for them.
#[test]
fn a_stop_at_the_very_beginning_of_a_run_waits() {
    for _ in 0..6 {
        let mut hub = Hub::setup().user("boss", 10, PASSWORD).start();
        let stat = format!("/proc/{}/stat", hub.pid());
        // Where the program's code lies in memory: each time somewhere else.
        let place = || {
            let text = fs::read_to_string(&stat).expect("it is there");
            let fields = text.rsplit(") ").next().unwrap_or_default();
            fields.split(' ').nth(23).map(str::to_owned)
        };
        let before = place();
        let mut boss = hub.login_reg("boss");
        boss.chat("!restart");
        let end = Instant::now() + kit::PATIENCE;
        while place() == before {
            assert!(Instant::now() < end, "it does not begin anew");
        }
        let pid = Pid::from_raw(hub.pid().try_into().expect("a number")).expect("a process");
        kill_process(pid, Signal::TERM).expect("it is ours");
        let status = hub.wait();
        assert_eq!(status.code(), Some(0), "{}", hub.log());
    }
}

/// The hub goes on without nothing that it lives on.
#[test]
fn a_hub_without_its_descriptors_ends_and_says_so() {
    const ALL: &str = "import ctypes; [ctypes.CDLL(None).close(n) for n in range(3, 1000)]";
    const OF: &str = "
import ctypes, os
def each(kind, act):
    for name in os.listdir('/proc/self/fd'):
        try: target = os.readlink('/proc/self/fd/' + name)
        except OSError: continue
        if kind in target: act(int(name))
c = ctypes.CDLL(None)
";
    for what in [
        ALL,
        "each('eventpoll', c.close)",
        "each('eventfd', c.close)",
        "each('hub.lock', c.close)",
        // Nobody can come in any more.
        "each('socket', lambda fd: c.shutdown(fd, 0))",
    ] {
        let mut hub = hub_with_probe().start();
        let mut probe = Probe::login(&hub);
        let mut other = TcpStream::connect(hub.address()).expect("connects");
        if what != ALL {
            probe.exec(OF);
        }
        probe.client.chat(format!("!exec {}", hex(what)));
        // Something happens, which may show what is lost.
        other.write_all(b"$Key x|$ValidateNick ann|").ok();
        let address = hub.address();
        until(|| {
            TcpStream::connect(address).ok();
            hub.has_ended()
        });
        assert_eq!(hub.wait().code(), Some(70), "{what}: {}", hub.log());
        let log = hub.log();
        assert!(
            log.contains("The hub cannot go on without"),
            "{what}: {log}"
        );
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

/// systemd is told that the hub works, also over a restart.
#[test]
fn the_watchdog_is_fed() {
    let dir = kit::temp_dir();
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(kit::PATIENCE))
        .expect("a timeout");
    let heard = || {
        let mut buffer = [0; 200];
        let count = socket.recv(&mut buffer).expect("something is told");
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    };
    let mut hub = hub_with_probe()
        .env("NOTIFY_SOCKET", path.to_str().expect("text"))
        .env("WATCHDOG_USEC", "4000000")
        .start();
    let wait = |what: &str| while heard() != what {};
    wait("READY=1");
    let mut probe = Probe::login(&hub);
    // That the environment is gone does not matter.
    probe.exec("import ctypes; ctypes.CDLL(None).clearenv()");
    wait("WATCHDOG=1");
    wait("WATCHDOG=1");
    restart(&mut hub, &mut probe);
    wait("READY=1");
    wait("WATCHDOG=1");
    hub.stop();
    wait("STOPPING=1");
}

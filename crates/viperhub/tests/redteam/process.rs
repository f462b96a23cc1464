//! The process belongs to the hub: what scripts do to it, signals, restart and end.

use std::net::TcpStream;
use std::time::Duration;

use super::kit::{Client, Hub, PASSWORD, Who, until};

/// What spoils the process, one a script.
const SPOILERS: &[(&str, &str)] = &[
    ("chdir.py", "import os\nos.chdir('/')\n"),
    (
        "environ.py",
        "import os\nos.environ.clear()\nos.environ['HOME'] = '/nowhere'\n",
    ),
    (
        "unset.py",
        "import os\nfor name in list(os.environ): os.unsetenv(name)\n",
    ),
    ("umask.py", "import os\nos.umask(0o777)\n"),
    (
        "limits.py",
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n",
    ),
    (
        "locale.py",
        "import locale\ntry: locale.setlocale(locale.LC_ALL, 'tr_TR.UTF-8')\nexcept locale.Error: pass\n",
    ),
    (
        "mask.py",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP, signal.SIGINT})\n",
    ),
];

/// Restarts with a relative data directory after scripts did all that: the same hub comes back.
#[test]
fn a_restart_comes_back_to_the_same_data() {
    for mode in ["shared", "isolated"] {
        let mut setup = Hub::setup()
            .relative()
            .set("python_mode", mode)
            .user("boss", 10, PASSWORD);
        for (name, source) in SPOILERS {
            setup = setup.script(name, source);
        }
        let mut hub = setup.start();
        let mut boss = hub.login_reg("boss");
        boss.chat("!regnew kept 3 kept-password");
        boss.expect("is now registered");
        for _ in 0..2 {
            boss.chat("!restart");
            boss.expect_closed();
            hub.wait_ready_again();
            boss = hub.login_reg("boss");
        }
        boss.chat("!reginfo kept");
        boss.expect("kept");
        // The door is closed to who has no password.
        let mut nobody = Client::connect(&hub);
        nobody.ask_nick(&Who::new("kept"));
        nobody.expect("$GetPass");
        let (status, _) = hub.stop();
        assert!(status.success(), "{status}");
    }
}

/// A fork in a script is no second hub: when the hub ends, nobody serves its port or holds its lock.
#[test]
fn a_fork_is_no_second_hub() {
    const FORK: &str = "\
import os, vh
def OnUserCommand(nick, command):
    if command == '+fork':
        try:
            pid = os.fork()
        except BaseException as error:
            vh.usermc('refused: ' + type(error).__name__, nick)
            return 0
        vh.usermc('forked', nick)
        return 0
";
    for mode in ["shared", "isolated"] {
        let mut hub = Hub::setup()
            .set("python_mode", mode)
            .script("fork.py", FORK)
            .start();
        let address = hub.address();
        let mut ann = hub.login("ann");
        ann.chat("+fork");
        ann.fence();
        assert!(
            ann.count("forked") <= 1,
            "two hubs answered: {}",
            ann.history()
        );
        hub.stop();
        until(|| TcpStream::connect(address).is_err());
    }
}

/// Signals that a hub has no use for do not end it.
#[test]
fn stray_signals_are_survived() {
    let mut hub = Hub::start();
    let mut ann = hub.login("ann");
    for signal in [
        "USR1", "USR2", "ALRM", "XFSZ", "PIPE", "WINCH", "URG", "VTALRM", "PROF", "HUP",
    ] {
        hub.signal(signal);
        ann.chat(signal);
        ann.expect_exact(format!("<ann> {signal}"));
    }
    let (status, _) = hub.stop_by("INT");
    assert!(status.success(), "{status}");
    // One that ends it does so in order.
    let mut hub = Hub::start();
    let (status, _) = hub.stop_by("QUIT");
    assert!(status.code().is_some(), "ended without a word: {status}");
}

/// SIGTERM at any moment of a restart ends the hub, before it or after.
#[test]
fn a_stop_during_a_restart_is_not_lost() {
    for wait in [0, 5, 20, 60, 150, 400] {
        let mut hub = Hub::setup()
            .user("boss", 10, PASSWORD)
            .script("slow.py", "import time\ndef UnLoad(): time.sleep(0.1)\n")
            .start();
        let mut boss = hub.login_reg("boss");
        boss.chat("!restart");
        boss.expect("restart");
        std::thread::sleep(Duration::from_millis(wait));
        hub.signal("TERM");
        hub.wait();
    }
}

/// When the ground is pulled away from under the hub it ends and says why; it does not stay as a
/// process that serves nobody.
#[test]
fn a_hub_without_its_sockets_ends() {
    for (mode, code) in [
        ("isolated", "os.closerange(3, 2000)"),
        ("shared", "os.closerange(3, 2000)"),
        (
            "isolated",
            "[os.close(fd) for fd in range(3, 900) if os.path.exists(f'/proc/self/fd/{fd}')]",
        ),
    ] {
        let script = format!(
            "import os\ndef OnUserCommand(nick, command):\n    if command == '+close': {code}\n"
        );
        let mut hub = Hub::setup()
            .set("python_mode", mode)
            .script("close.py", script)
            .start();
        let mut ann = hub.login("ann");
        ann.chat("+close");
        ann.chat("still here");
        let served = (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            ann.has("<ann> still here")
        });
        // The script was refused.
        if served {
            continue;
        }
        let status = hub.wait();
        assert!(!status.success(), "{code}: {status}");
        assert!(
            hub.log().contains("ERROR") || hub.log().contains("viperhub:"),
            "{}",
            hub.log()
        );
    }
}

/// A shared script that empties what all share does not keep others from loading.
#[test]
fn one_script_does_not_take_the_language_away() {
    for spoil in [
        "import sys\nsys.modules.clear()\n",
        "import builtins\nbuiltins.__dict__.clear()\n",
        "import builtins\ndel builtins.__import__\n",
        "import sys\nsys.path[:] = []\nsys.meta_path[:] = []\n",
        "import sys, io\nsys.modules['io'] = None\nsys.modules['linecache'] = None\nsys.modules['traceback'] = None\n",
    ] {
        let hub = Hub::setup()
            .set("python_mode", "shared")
            .user("boss", 10, PASSWORD)
            .script("a_spoils.py", spoil)
            .start();
        let mut boss = hub.login_reg("boss");
        hub.write_script(
            "later.py",
            "import json, vh\ndef OnUserCommand(nick, command):\n    vh.usermc(json.dumps([len(command)]), nick)\n    return 0\n",
        );
        boss.chat("!pyload later.py");
        boss.expect("later.py");
        let mut ann = hub.login("ann");
        ann.chat("+four");
        ann.expect("[5]");
    }
}

/// What holds a function of a script elsewhere does not keep all that the script had.
#[test]
fn reloads_keep_nothing() {
    const HOLD: &str = "\
import atexit, codecs, threading, weakref
big = bytearray(4_000_000)
codecs.register_error('x%d' % id(big), lambda e: ('?', e.end))
atexit.register(lambda: big)
class Held:
    def method(self): return big
codecs.register(lambda name, held=Held(): None)
";
    for mode in ["shared", "isolated"] {
        let hub = Hub::setup()
            .set("python_mode", mode)
            .user("boss", 10, PASSWORD)
            .script("hold.py", HOLD)
            .start();
        let mut boss = hub.login_reg("boss");
        let mut reload = |times: usize| {
            for _ in 0..times {
                boss.chat("!pyreload hold.py");
                boss.expect("hold.py");
            }
            boss.fence();
            loadgen::proc::rss(hub.pid()).expect("the hub runs")
        };
        let before = reload(5);
        reload(15);
        // What is on its way out takes a moment.
        let grown = || {
            std::thread::sleep(std::time::Duration::from_millis(100));
            let now = loadgen::proc::rss(hub.pid()).expect("the hub runs");
            now.saturating_sub(before) >> 20
        };
        let least = (0..100).map(|_| grown()).find(|grown| *grown < 30);
        assert!(
            least.is_some(),
            "{mode}: {} MiB in 15 reloads of 4 MB",
            grown()
        );
    }
}

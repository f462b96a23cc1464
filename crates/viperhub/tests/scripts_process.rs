//! The process is the hub's: what scripts may not do to it, and children that they fork.

mod kit;

use std::fs;

use kit::{Hub, PASSWORD};

/// Things that would harm the hub; each raises PermissionError.
const HARM: &str = "\
import fcntl, os, resource, signal, sys, threading, vh
null = os.open('/dev/null', os.O_RDONLY)
files = [f'/proc/self/fd/{f}' for f in os.listdir('/proc/self/fd')]
sockets = [f for f in files if os.path.exists(f) and 'socket' in os.readlink(f)]
hubs = int(sockets[0].split('/')[-1])
HARM = {
    '_exit': lambda: os._exit(3),
    'abort': lambda: os.abort(),
    'chdir': lambda: os.chdir('/'),
    'fchdir': lambda: os.fchdir(os.open('/', os.O_RDONLY)),
    'chroot': lambda: os.chroot('/'),
    'umask': lambda: os.umask(0),
    'setuid': lambda: os.setuid(os.getuid()),
    'setsid': lambda: os.setsid(),
    'setpgid': lambda: os.setpgid(0, 0),
    'kill': lambda: os.kill(os.getpid(), signal.SIGTERM),
    'kill all': lambda: os.kill(0, signal.SIGKILL),
    'killpg': lambda: os.killpg(os.getpgrp(), signal.SIGKILL),
    'execv': lambda: os.execv('/bin/true', ['true']),
    'execlp': lambda: os.execlp('true', 'true'),
    'alarm': lambda: signal.alarm(1),
    'setitimer': lambda: signal.setitimer(signal.ITIMER_REAL, 1),
    'raise_signal': lambda: signal.raise_signal(signal.SIGTERM),
    'pthread_kill': lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM),
    'setrlimit': lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10)),
    'prlimit': lambda: resource.prlimit(0, resource.RLIMIT_NOFILE, (10, 10)),
    'closerange': lambda: os.closerange(3, 1000),
    'close 0': lambda: os.close(0),
    'dup2': lambda: os.dup2(null, 2),
    'set_blocking': lambda: os.set_blocking(hubs, True),
    'set_inheritable': lambda: os.set_inheritable(hubs, True),
    'open': lambda: open(hubs, 'rb').close(),
    'fdopen': lambda: os.fdopen(hubs, 'rb', closefd=False),
    'fcntl': lambda: fcntl.fcntl(hubs, fcntl.F_SETFL, 0),
    'flock': lambda: fcntl.flock(hubs, fcntl.LOCK_UN),
}
ALLOWED = '''
os.kill(os.getpid(), 0)
open(os.open('/dev/null', os.O_RDONLY)).close()
os.set_blocking(null, False)
fcntl.fcntl(null, fcntl.F_GETFL)
fcntl.fcntl(1, fcntl.F_GETFL)
os.close(os.open('/dev/null', os.O_RDONLY))
os.dup2(null, os.dup(null))
os.closerange(1 << 20, 1 << 21)
import subprocess, tempfile, socket
subprocess.run(['true'], check=True, cwd='/', umask=0o22)
subprocess.run(['sh', '-c', 'exit 0'], check=True, start_new_session=True)
tempfile.TemporaryFile().close()
[s.close() for s in socket.socketpair()]
resource.getrlimit(resource.RLIMIT_NOFILE)
resource.prlimit(0, resource.RLIMIT_NOFILE)
sys.setrecursionlimit(5000)
'''
def OnParsedMsgChat(nick, text):
    if text == 'harm':
        for name, do in HARM.items():
            try:
                do()
                vh.usermc(nick, f'{name} was done')
            except PermissionError as e:
                told = 'the process belongs to the hub' in str(e)
                vh.usermc(nick, f'{name} refused' if told else f'{name}: {e!r}')
            except BaseException as e:
                vh.usermc(nick, f'{name}: {e!r}')
        # All sockets, epolls and files that the script has not opened itself.
        closed = 0
        for fd in range(3, 200):
            if fd == null: continue
            try:
                os.close(fd)
                closed += 1
            except OSError:
                pass
        try: sys.setrecursionlimit(10 ** 9)
        except ValueError: vh.usermc(nick, 'recursion refused')
        vh.usermc(nick, f'harm is over {nick}')
    if text == 'allowed':
        try: exec(ALLOWED, globals())
        except BaseException as e: vh.usermc(nick, repr(e))
        vh.usermc(nick, 'allowed is over')
";

fn harm(header: &str) {
    let mut hub = Hub::setup()
        .user("op", 10, PASSWORD)
        .script("harm.py", format!("{header}{HARM}"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("allowed");
    ann.expect("allowed is over");
    ann.expect_none("Error");
    ann.chat("harm");
    ann.expect("harm is over ann");
    assert_eq!(ann.count(" refused"), 30, "{}", ann.history());
    // Everything goes on: clients come, what is stored is stored, the hub ends as it should.
    let mut op = hub.login_reg("op");
    op.chat("!regnew bob 1");
    op.expect("bob");
    op.chat("hello");
    ann.expect_exact("<op> hello");
    assert!(hub.stop().0.success());
}

#[test]
fn an_isolated_script_does_the_process_no_harm() {
    harm("");
}

#[test]
fn a_shared_script_does_the_process_no_harm() {
    harm("# viperhub: mode=shared\n");
}

/// CPython cannot: the child would end with a fatal error.
#[test]
fn no_script_forks_beside_isolated_ones() {
    let hub = Hub::setup()
        .script("isolated.py", "def OnTimer(): pass\n")
        .script(
            "forks.py",
            FORKS.split("if os.fork() == 0").next().unwrap_or_default(),
        )
        .start();
    let mut ann = hub.login("ann");
    ann.chat("hook");
    ann.expect_exact("<ann> hook");
    hub.wait_log("RuntimeError: CPython cannot fork while isolated scripts are loaded");
}

#[test]
fn a_shared_script_sets_no_timer_that_ends_the_process() {
    let source = "# viperhub: mode=shared\nimport faulthandler, vh\ndef OnParsedMsgChat(nick, text):\n    try: faulthandler.dump_traceback_later(0.1, exit=True)\n    except PermissionError as e: vh.usermc(nick, f'no: {e}')\n";
    let hub = Hub::setup().script("timer.py", source).start();
    let mut ann = hub.login("ann");
    ann.chat("go");
    ann.expect("no: faulthandler.dump_traceback_later: ");
}

#[test]
fn an_isolated_script_cannot_fork() {
    let source = "import os, vh\ndef OnParsedMsgChat(nick, text):\n    try: os.fork()\n    except RuntimeError as e: vh.usermc(nick, f'no: {e}')\n";
    let hub = Hub::setup().script("fork.py", source).start();
    let mut ann = hub.login("ann");
    ann.chat("fork");
    ann.expect("no: ");
}

const FORKS: &str = "\
# viperhub: mode=shared
import os, threading, vh
def open_files():
    links = []
    for n in os.listdir('/proc/self/fd'):
        try: links.append(os.readlink(f'/proc/self/fd/{n}'))
        except OSError: pass
    return ' '.join(links)
def write(name, text):
    with open(os.path.join(vh.basedir, name), 'w') as file: file.write(text)
def fork(nick, child):
    pid = os.fork()
    if pid == 0: return child()
    _, status = os.waitpid(pid, 0)
    vh.usermc(nick, f'the child ended with {os.waitstatus_to_exitcode(status)}')
def second_hub():
    try: said = repr(vh.mc('I am a hub, too'))
    except RuntimeError as e: said = str(e)
    print('printed by the child')
    write('child', said + '\\n' + open_files())
    return 0
def fail(): raise ValueError('in the child')
def leave(code): raise SystemExit(code)
def OnParsedMsgChat(nick, text):
    if text == 'hook': return fork(nick, second_hub)
    if text == 'raise': return fork(nick, fail)
    if text == 'leave': return fork(nick, lambda: leave(9))
    if text == '_exit': return fork(nick, lambda: os._exit(7))
    if text == 'chdir': return fork(nick, lambda: os.chdir('/'))
    if text == 'signal': return fork(nick, lambda: os.kill(os.getpid(), 15))
    if text == 'thread': threading.Thread(target=fork, args=(nick, lambda: None)).start()
    if text == 'process':
        import multiprocessing
        context = multiprocessing.get_context('fork')
        queue = context.Queue()
        process = context.Process(target=work, args=(queue, 6))
        process.start()
        vh.usermc(nick, f'worked out: {queue.get(timeout=15)}')
        process.join()
        vh.usermc(nick, f'the process ended with {process.exitcode}')
        process = context.Process(target=threading.Event().wait)
        process.start()
        process.terminate()
        process.join()
        vh.usermc(nick, f'terminated: {process.exitcode}')
def work(queue, n): queue.put(n * 7)
if os.fork() == 0:
    write('at_load', open_files())
else:
    os.wait()
";

#[test]
fn a_forked_child_is_no_second_hub() {
    let mut hub = Hub::setup()
        .user("op", 10, PASSWORD)
        .script("forks.py", FORKS)
        .start();
    let mut ann = hub.login("ann");
    let mut op = hub.login_reg("op");
    for (word, code) in [
        ("hook", 0),
        ("raise", 1),
        ("leave", 9),
        ("_exit", 7),
        ("chdir", 0),
        ("signal", -15),
        ("thread", 0),
    ] {
        ann.chat(word);
        ann.expect(format!("the child ended with {code}"));
    }
    ann.chat("process");
    ann.expect("worked out: 42");
    ann.expect("the process ended with 0");
    ann.expect("terminated: -15");
    hub.wait_log("printed by the child");
    hub.wait_log("ValueError: in the child");
    // Each of them came through once, by the hub itself.
    op.fence();
    assert_eq!(op.count("<ann> hook"), 1);
    assert_eq!(op.count("I am a hub, too"), 0);
    assert_eq!(op.count("in the child"), 0);
    for file in ["child", "at_load"] {
        let text = fs::read_to_string(hub.data_dir().join(file)).expect("the child wrote it");
        assert!(!text.contains("viperhub.db"), "{text}");
        assert!(!text.contains(".lock") && !text.contains("/lock"), "{text}");
        if file == "child" {
            assert!(text.contains("the hub is in another one"), "{text}");
        }
    }
    op.chat("!pyreload forks");
    op.expect("Script loaded");
    assert!(hub.stop().0.success());
}

/// A socket that a child kept would stay open when the hub has closed it.
#[test]
fn a_child_that_lives_on_holds_no_connection_and_no_port() {
    let source = "\
# viperhub: mode=shared
import os, time, vh
def OnParsedMsgChat(nick, text):
    if text == 'fork':
        if os.fork() == 0:
            while os.getppid() == parent: time.sleep(0.05)
            os._exit(0)
        vh.usermc(nick, 'forked')
    if text == 'close me': vh.CloseConnection(nick)
parent = os.getpid()
";
    let mut hub = Hub::setup().script("forks.py", source).start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.chat("fork");
    ann.expect("forked");
    ann.chat("close me");
    ann.expect_closed();
    bob.expect("$Quit ann");
    let address = hub.address();
    assert!(hub.stop().0.success());
    // Nobody listens there any more.
    assert!(std::net::TcpStream::connect(address).is_err());
}

/// One that sees all that the others do can never be taken back: only where there are no others.
#[test]
fn audit_hooks_are_for_isolated_scripts() {
    const HOOK: &str = "\
import sys, vh
try:
    sys.addaudithook(lambda *a: 1 / 0 if a[0] == 'compile' else None)
    done = 'added'
except PermissionError as e:
    done = str(e)
def OnParsedMsgChat(nick, text):
    vh.usermc(done, nick)
    return 0
";
    for (mode, told) in [
        ("shared", "load the script isolated"),
        ("isolated", "added"),
    ] {
        let hub = Hub::setup()
            .set("python_mode", mode)
            .user("boss", 10, PASSWORD)
            .script("hook.py", HOOK)
            .start();
        let mut boss = hub.login_reg("boss");
        boss.chat("what came of it?");
        boss.expect(told);
        hub.write_script("later.py", "import vh\n");
        boss.chat("!pyload later.py");
        boss.expect("Script loaded: #1");
    }
}

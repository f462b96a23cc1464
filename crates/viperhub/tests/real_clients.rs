//! The hub with two clients that people use: `ncdc` and `eiskaltdcpp-daemon`.

mod kit;

#[path = "../../../tests/clients/mod.rs"]
mod clients;

use std::fs;
use std::path::PathBuf;

use clients::{Eiskalt, Login, Ncdc};
use kit::{Hub, PASSWORD, Setup};
use tempfile::TempDir;

/// Answers `+hello` in main chat and everything in private, and changes what is said.
const SCRIPT: &str = "\
import vh
BOT = 'Echo'
vh.AddRobot(BOT, 0, 'says it again', '\\x01', '', '0')
def OnUserLogin(nick):
    vh.usermc(nick, f'Hello {nick}, you are one of {vh.GetUsersCount()}.')
def OnUserCommand(nick, command):
    if command == '+hello':
        vh.usermc('Hello yourself, ' + nick + '!', nick)
        return 0
OnOperatorCommand = OnUserCommand
def OnParsedMsgChat(nick, text):
    return nick, text.replace('swearword', '*********')
def OnParsedMsgPM(nick, text, to):
    if to == BOT:
        vh.pm('You said: ' + text, nick, BOT)
";

fn setup() -> Setup {
    Hub::setup()
        .set("hub_name", "Den")
        .script("echo.py", SCRIPT)
}

/// A folder with one file to share.
fn share(dir: &TempDir, name: &str, file: &str, size: usize) -> PathBuf {
    let folder = dir.path().join(name);
    fs::create_dir(&folder).expect("writable");
    fs::write(folder.join(file), vec![b'x'; size]).expect("writable");
    folder
}

struct Pair {
    ncdc: Ncdc,
    kalt: Eiskalt,
    _dir: TempDir,
}

/// nica with ncdc (passive) and kalt with eiskaltdcpp-daemon (active) on the hub.
fn pair(hub: &Hub) -> Pair {
    let dir = kit::temp_dir();
    let nicas = share(&dir, "nicas", "green mamba.txt", 12_345);
    let kalts = share(&dir, "kalts", "king cobra.txt", 54_321);
    let (address, base) = (hub.address(), dir.path());
    let ncdc = Ncdc::start(&Login::new(&base.join("ncdc"), "nica", address, &nicas).passive());
    let kalt = Eiskalt::start(&Login::new(&base.join("kalt"), "kalt", address, &kalts));
    Pair {
        ncdc,
        kalt,
        _dir: dir,
    }
}

#[test]
fn they_log_in_and_chat_with_each_other() {
    let hub = setup().start();
    let Pair { ncdc, kalt, .. } = &pair(&hub);
    kit::until(|| {
        ["nica", "kalt", "Viperhub", "Echo"]
            .iter()
            .all(|n| kalt.users().iter().any(|u| u == n))
    });
    ncdc.say("hello from nica");
    kalt.wait_for("<nica> hello from nica");
    kalt.say("hello from kalt");
    ncdc.wait_for("<kalt> hello from kalt");
    ncdc.pm("kalt", "only for kalt");
    kalt.wait_for("<nica> only for kalt");
    kalt.pm("nica", "only for nica");
    ncdc.wait_for("<kalt> only for nica");
    // A client of bytes among them.
    let mut ann = hub.login("ann");
    ann.chat("hello from ann");
    ncdc.wait_for("<ann> hello from ann");
    kalt.wait_for("<ann> hello from ann");
}

#[test]
fn they_find_each_others_files() {
    let hub = setup().start();
    let Pair { ncdc, kalt, .. } = &pair(&hub);
    kit::until(|| kalt.users().iter().any(|u| u == "nica"));
    // Active: the answer comes from client to client.
    kalt.search("green mamba");
    let found = kalt.wait_for_result("green mamba.txt");
    assert_eq!((found.nick.as_str(), found.size), ("nica", 12_345));
    // Passive: the answer comes as $SR through the hub.
    ncdc.search("king cobra");
    ncdc.wait_for("king cobra.txt");
}

#[test]
fn they_see_what_a_script_says_and_does() {
    let hub = setup().start();
    let Pair { ncdc, kalt, .. } = &pair(&hub);
    ncdc.wait_for("Hello nica, you are one of 1.");
    kalt.wait_for("Hello kalt, you are one of 2.");
    ncdc.say("+hello");
    ncdc.wait_for("Hello yourself, nica!");
    kalt.say("+hello");
    kalt.wait_for("Hello yourself, kalt!");
    kalt.say("this swearword is not for all");
    ncdc.wait_for("<kalt> this ********* is not for all");
    ncdc.pm("Echo", "anybody there");
    ncdc.wait_for("<Echo> You said: anybody there");
    kalt.pm("Echo", "cold here");
    kalt.wait_for("<Echo> You said: cold here");
}

#[test]
fn they_log_in_with_passwords_and_act_as_operators() {
    let hub = setup()
        .user("nica", 10, PASSWORD)
        .user("kalt", 3, PASSWORD)
        .start();
    let dir = kit::temp_dir();
    let folder = share(&dir, "files", "file.txt", 10);
    let login = |name: &str, nick: &str| {
        Login::new(&dir.path().join(name), nick, hub.address(), &folder).password(PASSWORD)
    };
    let ncdc = Ncdc::start(&login("ncdc", "nica"));
    let kalt = Eiskalt::start(&login("kalt", "kalt"));
    ncdc.say("!pylist");
    ncdc.wait_for("echo.py");
    ncdc.say("!topic All about vipers");
    ncdc.wait_for("All about vipers");
    kalt.say("+myinfo");
    kalt.wait_for("You are kalt, operator,");
    let mut ann = hub.login("ann");
    kalt.say("!kick ann enough");
    ann.expect("You are being kicked by kalt because: enough");
    ann.expect_closed();
}

/// Umlauts and euro signs arrive, though the clients write UTF-8 and the hub reads CP1252.
#[test]
fn text_that_is_not_ascii() {
    let hub = setup().set("hub_encoding", "UTF-8").start();
    let Pair { ncdc, kalt, .. } = &pair(&hub);
    ncdc.say("Grüße für 5 €");
    kalt.wait_for("Grüße für 5 €");
    kalt.say("swearword über alles");
    ncdc.wait_for("********* über alles");
}

/// Both clients with TLS, one on the port for it and one on the plain port that finds out.
#[test]
fn they_come_with_tls() {
    let mut hub = setup()
        .user("boss", 10, PASSWORD)
        .set("tls_detect", 1)
        .set("tls_detect_wait", 50)
        .arg("--listen-tls")
        .arg("127.0.0.1:0")
        .start();
    let line = hub.stdout_line();
    let rest = line.strip_prefix("ready: listening with TLS on nmdcs://");
    let secure = rest.and_then(|r| r.split('/').next()?.parse().ok());
    let secure: std::net::SocketAddr = secure.expect("the line of the TLS port");
    let dir = kit::temp_dir();
    let folder = share(&dir, "files", "file.txt", 10);
    let login = |name: &str, nick: &str, address| {
        Login::new(&dir.path().join(name), nick, address, &folder).tls()
    };
    let ncdc = Ncdc::start(&login("ncdc", "nica", secure));
    let kalt = Eiskalt::start(&login("kalt", "kalt", hub.address()));
    kit::until(|| kalt.users().iter().any(|u| u == "nica"));
    ncdc.say("hello over TLS");
    kalt.wait_for("<nica> hello over TLS");
    kalt.say("hello from the other port");
    ncdc.wait_for("<kalt> hello from the other port");
    // One without sees what they say, and that they came with it is no matter to the hub.
    let mut ann = hub.login("ann");
    ncdc.say("and to all");
    ann.expect_exact("<nica> and to all");
}

//! Reload, restart, hub lists: what an owner does with a running hub.

mod kit;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};

use kit::{Client, Hub, PASSWORD, Who};

/// Changes a setting behind the hub's back.
const SETS: &str = "\
import vh
def OnOperatorCommand(nick, command):
    if command.startswith('!stored '):
        var, _, value = command[8:].partition(' ')
        done, _ = vh.SQL(f\"UPDATE SetupList SET val = '{value}' WHERE file = 'config' AND var = '{var}'\")
        vh.usermc(f'stored {done}', nick)
        return 0
";

#[test]
fn reload_reads_what_is_stored() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("hub_desc", "for this run")
        .script("sets.py", SETS)
        .start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!reload");
    boss.expect("no setting had changed");
    for (var, value) in [("hub_desc", "stored"), ("max_users", "many")] {
        boss.chat(format!("!stored {var} {value}"));
        boss.expect("stored");
    }
    boss.chat("!reload");
    let told = boss.expect("Reloaded");
    assert!(told.contains("max_users must be"), "{told}");
    // What is changed is noticed even when nobody says so.
    boss.chat("!stored hub_owner somebody");
    boss.expect("stored");
    hub.wait_log("Reloaded; changed: hub_owner.");
    boss.chat("!gc hub_owner");
    boss.expect("somebody");
    // What was given for this run stays.
    boss.chat("!gc hub_desc");
    boss.expect("for this run");
    // The same by a signal; clients stay.
    boss.chat("!stored hub_owner another");
    boss.expect("stored");
    hub.signal("HUP");
    kit::until(|| {
        boss.chat("!gc hub_owner");
        boss.expect("hub_owner").contains("another")
    });
}

/// Bans, triggers and rights that the owner writes into the database count while the hub runs.
#[test]
fn what_is_edited_in_the_database_is_noticed() {
    const SQL: &str = "\
import vh
def OnOperatorCommand(nick, command):
    if command.startswith('!sql '):
        done, _ = vh.SQL(command[5:])
        vh.usermc(f'done {done}', nick)
        return 0
";
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .script("sql.py", SQL)
        .start();
    let mut boss = hub.login_reg("boss");
    for sql in [
        "INSERT INTO banlist (ip, nick, ban_type, date_start, nick_op, reason) \
         VALUES ('_nickban_', 'mallory', 2, 1, 'owner', 'by hand')",
        "INSERT INTO file_trigger (command, send_as, def, flags, min_class, max_class) \
         VALUES ('+edited', 'hub', 'fresh text', 16, 0, 10)",
        "INSERT INTO temp_rights (nick, op, since, st_chat, st_search, st_ctm, st_pm, st_kick, \
         st_share0, st_reg, st_opchat) VALUES ('ann', 'owner', 5, 0, 1, 1, 1, 1, 1, 1, 1)",
    ] {
        boss.chat(format!("!sql {sql}"));
        boss.expect("done 1");
    }
    kit::until(|| {
        boss.chat("!infobannick mallory");
        boss.expect("<Viperhub>").contains("by hand")
    });
    kit::until(|| {
        boss.chat("+edited");
        boss.expect_any(&["fresh text", "+edited"])
            .contains("fresh text")
    });
    let mut ann = hub.login("ann");
    ann.chat("let me speak");
    ann.expect("write in main chat");
    boss.chat("!sql DELETE FROM banlist");
    boss.expect("done 1");
    kit::until(|| {
        boss.chat("!infobannick mallory");
        !boss.expect("<Viperhub>").contains("by hand")
    });
}

#[test]
fn settings_are_read_again_from_time_to_time() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("timer_reloadcfg_period", 1)
        .script("sets.py", SETS)
        .start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!stored hub_owner somebody");
    boss.expect("stored");
    hub.wait_log("Reloaded; changed: hub_owner.");
}

#[test]
fn restart_keeps_the_port_and_what_was_acknowledged() {
    let mut hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let pid = hub.pid();
    let address = hub.address();
    let mut boss = hub.login_reg("boss");
    let mut ann = hub.login("ann");
    boss.chat("!regnew late 3 verysecret");
    boss.expect("late");
    boss.chat("!set hub_owner me");
    boss.expect("hub_owner:");
    boss.chat("!restart 1h");
    ann.expect("The hub restarts in");
    boss.chat("!restart -1");
    boss.expect("The hub stays");
    boss.chat("!restart");
    let told = ann.expect_closed();
    assert!(told.contains("The hub restarts"), "{told}");
    boss.expect_closed();
    // Nobody is refused meanwhile: who connects waits.
    let mut early = Client::connect_to(address);
    assert_eq!(
        hub.stdout_line(),
        format!("ready: listening on {address}"),
        "the new run tells that it is ready"
    );
    assert_eq!(hub.pid(), pid);
    early.enter(&Who::new("early"));
    let mut late = hub.login_as(Who::new("late").password("verysecret"));
    late.chat("!getip early");
    late.expect("127.0.0.1");
    let mut boss = hub.login_reg("boss");
    boss.chat("!gc hub_owner");
    boss.expect("me");
    // And once more, then to the end.
    boss.chat("!restart");
    boss.expect_closed();
    hub.stdout_line();
    hub.login("ann");
    let (status, _) = hub.stop();
    assert_eq!(status.code(), Some(0), "{}", hub.log());
}

#[test]
fn systemd_is_told() {
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
    let mut hub = Hub::setup()
        .env("NOTIFY_SOCKET", path.to_str().expect("text"))
        .start();
    assert_eq!(heard(), "READY=1");
    hub.signal("HUP");
    assert!(heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(heard(), "READY=1");
    hub.stop();
    assert_eq!(heard(), "STOPPING=1");
}

/// What systemd does with a socket that it holds, which comes as standard input here: the process
/// that becomes the hub finds it as its descriptor 3.
const ACTIVATE: &str = "\
exec 3<&0 </dev/null
LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=viperhub.socket exec \"$0\" \"$@\"";

/// Killed when dropped.
struct Activated(Child);

impl Drop for Activated {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).ok();
    }
}

#[test]
fn a_socket_of_systemd_is_the_one_that_clients_come_to() {
    let setup = Hub::setup().user("boss", 10, PASSWORD);
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    // Who comes before the hub is there waits for it.
    let mut early = Client::connect_to(address);
    let run = kit::viperhub(["run", "--set", "timer_hublist_period=0", "--data-dir"]);
    let mut command = Command::new("sh");
    command.args(["-c", ACTIVATE]).arg(run.get_program());
    command.args(run.get_args()).arg(setup.data_dir());
    let set = run
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command.envs(set);
    command.stdin(OwnedFd::from(socket)).stdout(Stdio::piped());
    let mut hub = Activated(command.spawn().expect("sh"));
    let mut lines = BufReader::new(hub.0.stdout.take().expect("a pipe")).lines();
    let mut line = || lines.next().expect("it goes on").expect("text");
    assert_eq!(line(), format!("ready: listening on {address}"));
    early.enter(&Who::new("early"));
    let mut boss = Client::connect_to(address);
    boss.enter(&Who::new("boss").password(PASSWORD));
    boss.chat("hello");
    early.expect_exact("<boss> hello");
    // It stays when the hub begins anew.
    boss.chat("!restart");
    boss.expect_closed();
    assert_eq!(line(), format!("ready: listening on {address}"));
    Client::connect_to(address).enter(&Who::new("late"));
}

/// A hub list that takes one registration.
fn take(list: &TcpListener) -> Vec<u8> {
    let (mut hub, _) = list.accept().expect("the hub comes");
    greet(&mut hub)
}

fn greet(hub: &mut TcpStream) -> Vec<u8> {
    // In pieces, as networks do.
    hub.write_all(b"$Lock EXTENDEDPROTOCOLABCABC")
        .expect("writes");
    hub.write_all(b"ABC Pk=list|").expect("writes");
    let mut told = Vec::new();
    hub.read_to_end(&mut told).expect("the hub ends it");
    told
}

#[test]
fn the_hub_registers_itself() {
    let list = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = list.local_addr().expect("an address").port();
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("hub_name", "Den | of vipers")
        .set("hub_desc", "all about snakes")
        .set("hub_host", "den.example")
        .set("listen_port", 1411)
        .set("min_share", 5)
        .set("hublist_host", "127.0.0.1")
        .set("hublist_port", port)
        .set("timer_hublist_period", 3600)
        .launch();
    let told = take(&list);
    let mut key = b"$Key ".to_vec();
    key.extend(nmdc::lock::key_for(b"EXTENDEDPROTOCOLABCABCABC"));
    let rest = told.strip_prefix(&key[..]).expect("the right key");
    assert_eq!(
        String::from_utf8_lossy(rest),
        format!(
            "|Den   of vipers|den.example:1411|[MINSHARE:5MB] all about snakes|0|0|127.0.0.1:{port}|"
        )
    );
    drop(hub);
}

#[test]
fn an_owner_has_it_registered_and_hears_how_it_went() {
    let list = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = list.local_addr().expect("an address").port();
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = gone.local_addr().expect("an address").port();
    drop(gone);
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .set("timer_hublist_period", 0)
        .set("hub_host", "den.example")
        .set("hublist_host", format!("127.0.0.1 127.0.0.1:{nobody}"))
        .set("hublist_port", port)
        .set("hublist_send_minshare", 0)
        .set("hublist_send_listhost", 0)
        .start();
    let mut boss = hub.login_reg("boss");
    let mut ann = hub.login("ann");
    boss.chat("!hublist");
    // The hub goes on while the list takes its time.
    ann.chat("meanwhile");
    boss.expect_exact("<ann> meanwhile");
    let told = take(&list);
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(
        told.ends_with("|Viperhub|den.example:4111||2|2147483648|"),
        "{told}"
    );
    let told = boss.expect("127.0.0.1: registered");
    assert!(told.contains(&format!("127.0.0.1:{nobody}: ")), "{told}");
}

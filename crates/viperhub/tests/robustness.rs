//! Many at once, in odd moments, with odd content: nothing is lost, nobody hangs.

mod kit;

use kit::{Client, Hub, PASSWORD, Probe, Who, settle, until};

const SLOW: &str = "import time\ndef OnParsedMsgChat(nick, text):\n    if text.startswith('slow'): time.sleep(0.3)\n";

#[test]
fn a_hundred_users_log_in_at_once() {
    let script = "import vh\nn = 0\ndef OnUserLogin(nick):\n    global n\n    n += 1\n    vh.usermc(nick, f'number {n}')\n";
    let hub = Hub::setup().script("count.py", script).start();
    let address = hub.address();
    let threads: Vec<_> = (0..10)
        .map(|t| {
            std::thread::spawn(move || {
                (0..10)
                    .map(|n| {
                        let mut client = Client::connect_to(address);
                        client.enter(&Who::new(format!("u{t}-{n}")));
                        assert_eq!(client.count("> number "), 1);
                        client
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let mut clients: Vec<Client> = threads
        .into_iter()
        .flat_map(|t| t.join().expect("all log in"))
        .collect();
    let list = hub.login("last").history();
    for client in &clients {
        let nick = String::from_utf8_lossy(&client.nick).into_owned();
        assert!(list.contains(&format!("$MyINFO $ALL {nick} ")), "{nick}");
    }
    clients[0].chat("hello all");
    for client in &mut clients {
        client.expect_exact("<u0-0> hello all");
    }
}

/// More messages than may wait for a script's verdict: reading pauses and goes on, nothing is lost.
#[test]
fn a_client_floods_while_a_script_is_slow() {
    let hub = Hub::setup()
        .set("parked_messages", 8)
        .script("slow.py", SLOW)
        .start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.chat("slow one");
    for n in 0..500 {
        ann.chat(format!("line {n}"));
    }
    for n in 0..500 {
        bob.expect_exact(format!("<ann> line {n}"));
    }
    assert_eq!(bob.count("<ann> "), 501);
}

#[test]
fn a_client_leaves_while_a_script_judges_its_message() {
    let hub = Hub::setup().script("slow.py", SLOW).start();
    let mut bob = hub.login("bob");
    for _ in 0..3 {
        let mut ann = hub.login("ann");
        bob.expect("$MyINFO $ALL ann ");
        ann.chat("slow goodbye");
        ann.chat("never said");
        ann.leave();
        bob.expect_exact("$Quit ann");
    }
    let mut ann = hub.login("ann");
    ann.chat("back");
    bob.expect_exact("<ann> back");
    assert_eq!(bob.count("never said"), 0);
}

#[test]
fn a_client_leaves_in_the_middle_of_its_login() {
    let script = "import time\ndef OnUserLogin(nick): time.sleep(0.1)\ndef OnParsedMsgMyINFO(*args): time.sleep(0.1)\n";
    let hub = Hub::setup().script("slow.py", script).start();
    let who = Who::new("ann");
    for parts in 0..4 {
        let mut ann = Client::connect(&hub);
        if parts > 0 {
            ann.ask_nick(&who);
        }
        if parts > 1 {
            ann.introduce(&who);
        }
        if parts > 2 {
            ann.expect("$MyINFO $ALL ann ");
        }
        ann.leave();
    }
    hub.login("ann");
    let mut bob = hub.login("bob");
    until(|| !hub.login("eve").history().contains("$MyINFO $ALL ann "));
    bob.fence();
}

/// A script throws out the very user whose event it judges.
#[test]
fn scripts_throw_out_whom_they_judge() {
    let script = "\
import vh
def OnUserLogin(nick):
    if nick == 'early': vh.CloseConnection(nick)
def OnParsedMsgChat(nick, text):
    if text == 'kick me': vh.KickUser('op', nick, 'as asked')
    if text == 'close me': vh.CloseConnection(nick)
def OnParsedMsgMyINFO(nick, *rest):
    if rest[0] == 'out': vh.CloseConnection(nick)
def OnUserLogout(nick):
    vh.mc(f'{nick} was {vh.GetUserClass(nick)}')
";
    let hub = Hub::setup()
        .set("tban_kick", 1)
        .user("op", 3, PASSWORD)
        .script("out.py", script)
        .start();
    let mut op = hub.login_reg("op");
    let mut early = Client::connect(&hub);
    let who = Who::new("early");
    early.handshake(&who);
    early.introduce(&who);
    early.expect_closed();
    for (nick, text) in [("ann", "close me"), ("bob", "kick me")] {
        let mut client = hub.login(nick);
        client.chat(text);
        client.expect_closed();
        op.expect(format!("{nick} was 0"));
        op.expect(format!("$Quit {nick}"));
    }
    assert_eq!(op.count("> kick me") + op.count("> close me"), 0);
    // The address of who was kicked is kept out for a second.
    until(|| {
        Client::connect(&hub)
            .expect_any(&["$Lock", "kept out"])
            .contains("$Lock")
    });
    until(|| {
        let mut eve = Client::connect(&hub);
        eve.ask_nick(&Who::new("eve"));
        eve.expect_any(&["$Hello", "kept out"]).contains("$Hello")
    });
    let mut eve = hub.login("eve");
    eve.send(Who::new("eve").desc("out").my_info());
    eve.expect_closed();
    op.expect("eve was 0");
}

#[test]
fn scripts_are_reloaded_while_everybody_talks() {
    let script = "import vh\ndef OnParsedMsgChat(nick, text):\n    return nick, text + ' seen'\n";
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .script("seen.py", script)
        .script("other.py", script)
        .start();
    let mut admin = hub.login_reg("admin");
    let address = hub.address();
    let talkers: Vec<_> = (0..3)
        .map(|t| {
            std::thread::spawn(move || {
                let nick = format!("talker{t}");
                let mut client = Client::connect_to(address);
                client.enter(&Who::new(&nick));
                for n in 0..300 {
                    client.chat(format!("{n}"));
                    client.expect(format!("<{nick}> {n}"));
                }
            })
        })
        .collect();
    for _ in 0..10 {
        for name in ["seen", "other"] {
            admin.chat(format!("!pyreload {name}"));
            admin.expect("Script loaded");
        }
    }
    for talker in talkers {
        talker.join().expect("every line came");
    }
    admin.fence();
    admin.chat("end");
    admin.expect_exact("<admin> end seen seen");
}

#[test]
fn long_messages_pass_scripts_whole() {
    let script = "import vh\ndef OnParsedMsgPM(nick, text, to):\n    vh.pm(f'{len(text)} {text}', to, nick)\n    return 0\n";
    let hub = Hub::setup()
        .user("ann", 3, PASSWORD)
        .script("long.py", script)
        .start();
    let (mut ann, mut bob) = (hub.login_reg("ann"), hub.login("bob"));
    let text = "All work and no play.\r\n".repeat(400);
    ann.pm("bob", &text);
    bob.expect_exact(format!("$To: bob From: ann $<ann> {} {text}", text.len()));
}

#[test]
fn a_slow_query_of_a_script_delays_nobody_else() {
    // Five seconds is what a statement may take.
    let query =
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT COUNT(*) FROM c";
    let script = format!(
        "import vh\ndef OnParsedMsgPM(nick, text, to):\n    vh.mc('begin')\n    vh.mc('end ' + str(vh.SQL('{query}')))\n"
    );
    let hub = Hub::setup()
        .set("python_budget_ms", 0)
        .script("slow.py", script)
        .start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.pm("bob", "start");
    bob.expect("begin");
    bob.chat("meanwhile");
    bob.expect_exact("<bob> meanwhile");
    assert_eq!(bob.count("> end "), 0);
    bob.expect("> end (0, [])");
}

#[test]
fn scripts_with_odd_names_and_contents_load() {
    let say = |what: &str| format!("import vh\ndef OnUserLogin(nick): vh.usermc(nick, '{what}')\n");
    let hub = Hub::setup()
        .script("my-script.v2.py", say("hyphen and dot"))
        .script("with blank.py", say("blank"))
        .script("123.py", say("number"))
        .script("crlf.py", say("crlf").replace('\n', "\r\n"))
        .script(
            "bom.py",
            [b"\xef\xbb\xbf".as_slice(), say("bom").as_bytes()].concat(),
        )
        .script(
            "latin.py",
            [
                b"# -*- coding: latin-1 -*-\n# caf\xe9\n".as_slice(),
                say("latin").as_bytes(),
            ]
            .concat(),
        )
        .script("empty.py", "")
        .script(
            "vh_less.py",
            "def OnUserLogin(nick): vh.usermc(nick, 'no import')\n",
        )
        .script(
            "main_guard.py",
            format!(
                "{}if __name__ == '__main__': raise SystemExit('run as a program')\n",
                say("guard")
            ),
        )
        .start();
    let ann = hub.login("ann");
    for what in [
        "hyphen and dot",
        "blank",
        "number",
        "crlf",
        "bom",
        "latin",
        "no import",
        "guard",
    ] {
        assert!(
            ann.history().contains(&format!("<Viperhub> {what}\n")),
            "{what}: {}\n{}",
            ann.history(),
            hub.log()
        );
    }
}

/// A thread that outlives its script gets an error, not a crash.
#[test]
fn vh_after_the_unload() {
    let source = "\
import vh, threading, time
def work():
    while True:
        time.sleep(0.01)
        try:
            vh.mc('alive'); vh.GetConfig('hub_name'); vh.SetConfig('hub_desc', 'x')
        except Exception as error:
            global last
            last = error
            print('worker got', type(error).__name__, flush=True)
            return
threading.Thread(target=work, daemon=True).start()
";
    let hub = Hub::setup()
        .user("admin", 5, PASSWORD)
        .script("stay.py", source)
        .start();
    let mut admin = hub.login_reg("admin");
    admin.expect("alive");
    admin.chat("!pyunload stay");
    admin.expect("Script stopped");
    admin.chat("fine");
    admin.expect_exact("<admin> fine");
    admin.chat("!pyload stay");
    admin.expect("Script loaded");
    admin.expect("alive");
}

#[test]
fn unload_may_raise_and_return_anything() {
    for body in [
        "raise ValueError('at the end')",
        "return 0",
        "return ('x', 0)",
        "raise SystemExit",
    ] {
        let source = format!(
            "import vh\nvh.AddRobot('robo', 0, '', '\\x01', '', '0')\ndef UnLoad():\n    {body}\n"
        );
        let hub = Hub::setup()
            .user("admin", 5, PASSWORD)
            .script("end.py", source)
            .start();
        let mut admin = hub.login_reg("admin");
        admin.chat("!pyunload end");
        if body.contains("ValueError") {
            admin.expect("ValueError: at the end");
        }
        until(|| {
            admin.fence();
            admin.count("Script stopped: #0") == 1 && admin.count("$Quit robo") == 1
        });
    }
}

/// An error that comes every second is told once, not every second.
#[test]
fn the_same_error_again_and_again_is_told_once() {
    let source =
        "n = 0\ndef OnParsedMsgChat(nick, text):\n    raise ValueError('always the same')\n";
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .script("same.py", source)
        .start();
    let mut op = hub.login_reg("op");
    for n in 0..20 {
        op.chat(format!("line {n}"));
        op.expect_exact(format!("<op> line {n}"));
    }
    op.fence();
    assert_eq!(op.count("always the same"), 1);
}

/// What is on the wire is what the hub's lists say, whatever a script does to bots meanwhile.
#[test]
fn bots_come_and_go_while_users_do() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    for n in 0..20 {
        boss.is(
            &format!("vh.AddRobot('bot{n}', 0, 'd', '\\x01', '', '0')"),
            "True",
        );
        hub.login(&format!("user{n}")).leave();
        if n % 2 == 0 {
            boss.is(&format!("vh.DelRobot('bot{n}')"), "True");
        }
    }
    until(|| boss.eval("vh.GetUsersCount()") == "1");
    let mut late = hub.login("late");
    let bots = late
        .history()
        .lines()
        .filter(|l| l.starts_with("$MyINFO $ALL bot"))
        .count();
    assert_eq!(bots, 10, "{}", late.history());
    settle(&mut [&mut late, &mut boss.client]);
}

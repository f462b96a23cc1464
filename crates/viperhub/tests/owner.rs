//! What a hub's owner sets up: texts, redirects, clients, and how operators speak to all.

mod kit;

use std::fs;

use kit::{Client, Hub, PASSWORD, Who};

fn owned() -> kit::Setup {
    Hub::setup()
        .user("boss", 10, PASSWORD)
        .user("op", 3, PASSWORD)
}

/// The same hub once more.
fn again(mut hub: Hub) -> Hub {
    hub.stop();
    hub.restart()
}

#[test]
fn files_of_the_owner_are_shown() {
    let hub = owned()
        .file("data/motd", "Welcome to the den\nBe kind\n")
        .file("data/motd_op", "Operators: mind the rules")
        .file("data/rules", "No snakes")
        .file("data/help_usr", "Ask boss")
        .start();
    let mut ann = hub.login("ann");
    ann.expect_ever("<Viperhub> Welcome to the den\r\nBe kind");
    assert_eq!(ann.count("mind the rules"), 0);
    let mut op = hub.login_reg("op");
    op.expect_ever("<Viperhub> Operators: mind the rules");
    ann.chat("+rules");
    ann.expect_exact("$To: ann From: Viperhub $<Viperhub> No snakes");
    ann.chat("+faq");
    ann.expect("There is no command +faq");
    ann.chat("+help");
    let got = ann.expect("+rules - shows the rules");
    assert!(got.contains("+myip - ") && !got.contains("!kick"), "{got}");
    ann.expect_exact("<Viperhub> Ask boss");
}

#[test]
fn triggers_live_on_and_stay_in_the_data_directory() {
    let hub = owned().start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!addtrigger +den -d \"%[NICK] is in %[HUBNAME]\" -f 48 -h \"tells where you are\"");
    boss.expect("trigger stored: +den");
    boss.chat("!addtrigger +etc -d /etc/hostname");
    boss.expect("must lie in the hub's data directory");
    // A link that leads out is found when it is read.
    std::os::unix::fs::symlink("/etc/hostname", hub.data_dir().join("out")).unwrap();
    boss.chat("!addtrigger +out -d %[CFG]/out");
    boss.expect("trigger stored: +out");
    boss.chat("+out");
    boss.expect("it lies outside of the data directory");
    boss.expect("There is no command +out");
    boss.chat("!deltrigger +out");
    boss.expect("trigger +out is removed");
    let hub = again(hub);
    let mut ann = hub.login("ann");
    ann.chat("+den");
    ann.expect_exact("<Viperhub> ann is in Viperhub");
    let mut boss = hub.login_reg("boss");
    boss.chat("!lsttrigger");
    let got = boss.expect("+den -d ");
    assert!(!got.contains("+out"), "{got}");
}

#[test]
fn a_changed_file_is_shown_without_a_restart() {
    let hub = owned().file("data/rules", "old").start();
    let mut ann = hub.login("ann");
    ann.chat("+rules");
    ann.expect("<Viperhub> old");
    fs::write(hub.data_dir().join("rules"), "new").unwrap();
    // What was read is kept for a second.
    kit::until(|| {
        ann.chat("+rules");
        ann.expect_any(&["<Viperhub> old", "<Viperhub> new"])
            .contains("new")
    });
}

#[test]
fn who_cannot_stay_is_sent_elsewhere() {
    let hub = owned().start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!addredirect other.example:411 -f 1");
    boss.expect("redirect stored: other.example:411 -f 1");
    let mut ann = hub.login("ann");
    boss.chat("!drop ann too loud");
    let got = ann.expect_closed();
    assert!(got.contains("$ForceMove other.example:411"), "{got}");
    let hub = again(hub);
    let mut boss = hub.login_reg("boss");
    boss.chat("!lstredirect");
    boss.expect("other.example:411 -f 1 (used 0 times)");
}

#[test]
fn clients_and_connections_are_chosen() {
    let hub = owned().start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!addclient Odd -t ODD -b 1");
    boss.expect("client stored: Odd -t ODD -b 1");
    let mut c = Client::connect(&hub);
    c.handshake(&Who::new("odd"));
    c.send("$Version 1");
    c.send("$MyINFO $ALL odd d<ODD V:1,M:A,H:1/0/0,S:3>$ $DSL\x01$$1000$");
    let got = c.expect_closed();
    assert!(
        got.contains("Odd is a client that may not be used here."),
        "{got}"
    );
    boss.chat("!modconntype DSL -s 4");
    boss.expect("conntype stored: DSL -s 4");
    let mut c = Client::connect(&hub);
    c.handshake(&Who::new("slow"));
    c.send("$Version 1");
    c.send("$MyINFO $ALL slow d<++ V:1,M:A,H:1/0/0,S:3>$ $DSL\x01$$1000$");
    let got = c.expect_closed();
    assert!(
        got.contains("At least 4 slots are needed with your connection."),
        "{got}"
    );
}

#[test]
fn operators_speak_to_all_and_users_to_operators() {
    let hub = owned().start();
    let (mut boss, mut op) = (hub.login_reg("boss"), hub.login_reg("op"));
    let mut ann = hub.login("ann");
    boss.chat("!bc Hello %[NICK]");
    ann.expect_exact("$To: ann From: Viperhub $<Viperhub> Hello ann");
    op.expect_exact("$To: op From: Viperhub $<Viperhub> Hello op");
    ann.chat("+report op rude");
    op.expect("$To: op From: OpChat $<OpChat> ann (127.0.0.1) reports op (127.0.0.1): rude");
    boss.chat("!class ann 3");
    ann.expect("You are now operator, until you leave.");
    ann.pm("OpChat", "thank you");
    boss.expect_exact("$To: boss From: OpChat $<ann> thank you");
    boss.chat("!sysinfo");
    let got = boss.expect("The program: viperhub");
    assert!(got.contains("cores"), "{got}");
    boss.chat("!bufinfo");
    boss.expect("Connections: 3 open");
    boss.chat("!protoinfo");
    boss.expect("MyPass: 2");
}

#[test]
fn scripts_hear_of_the_owners_commands() {
    let script = r#"
import vh
def OnUserCommand(nick, command):
    if command == "+secret":
        vh.usermc("not for you", nick)
        return 0
def OnPublicBotMessage(nick, message, min_class, max_class):
    vh.SendToOpChat(f"heard {nick}: {message} {min_class}-{max_class}")
"#;
    let hub = owned().script("hear.py", script).start();
    let mut boss = hub.login_reg("boss");
    boss.chat("!addtrigger +secret -d psst -f 16");
    boss.expect("trigger stored");
    boss.chat("!addtrigger +all -d \"hello all\" -f 80 -C 9");
    boss.expect("trigger stored");
    let mut ann = hub.login("ann");
    ann.chat("+secret");
    ann.expect("not for you");
    ann.chat("+all");
    ann.expect_exact("<Viperhub> hello all");
    boss.expect("heard Viperhub: hello all 0-9");
    assert_eq!(ann.count("psst"), 0);
}

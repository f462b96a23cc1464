//! Private messages: between users, to bots, and in main chat (`$MCTo`).

mod kit;

use kit::{Hub, PASSWORD, Who, settle};

#[test]
fn a_message_reaches_its_target_alone() {
    let hub = Hub::start();
    let (mut ann, mut bob, mut eve) = (hub.login("ann"), hub.login("bob"), hub.login("eve"));
    ann.pm("bob", "psst");
    bob.expect_exact("$To: bob From: ann $<ann> psst");
    ann.pm("BOB", "the case of a nick does not matter");
    bob.expect("$<ann> the case");
    settle(&mut [&mut ann, &mut eve]);
    assert_eq!(eve.count("psst") + ann.count("psst"), 0);
}

#[test]
fn messages_to_nobody_are_answered() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    ann.pm("nobody", "hello?");
    ann.expect("<Viperhub> nobody is not online.");
}

#[test]
fn a_foreign_nick_ends_the_connection() {
    let hub = Hub::start();
    let mut bob = hub.login("bob");
    for line in [
        "$To: bob From: eve $<ann> hi",
        "$To: bob From: ann $<eve> hi",
        "$MCTo: bob $eve hi",
    ] {
        let mut ann = hub.login("ann");
        ann.send(line);
        assert!(ann.expect_closed().contains("Your nick is ann"), "{line}");
    }
    bob.expect_none("> hi");
}

#[test]
fn classes_and_lengths() {
    let hub = Hub::setup()
        .set("private_class", 1)
        .set("classdif_pm", 1)
        .set("max_pm_msg", 10)
        .user("reg", 1, PASSWORD)
        .user("vip", 2, PASSWORD)
        .user("op", 3, PASSWORD)
        .start();
    let (mut ann, mut reg) = (hub.login("ann"), hub.login_reg("reg"));
    let (mut vip, mut op) = (hub.login_reg("vip"), hub.login_reg("op"));
    ann.pm("reg", "hi");
    ann.expect("You need class 1");
    reg.pm("op", "hi");
    reg.expect("Your class is too low");
    reg.pm("vip", "x".repeat(11));
    reg.expect("longer than 10 bytes");
    reg.pm("vip", "short");
    vip.expect_exact("$To: vip From: reg $<reg> short");
    vip.pm("op", "y".repeat(500));
    op.expect("yyy");
    op.expect_none("hi");
}

#[test]
fn mcto_is_shown_in_main_chat_of_the_target_alone() {
    let hub = Hub::start();
    let (mut ann, mut old) = (hub.login("ann"), hub.login("old"));
    let mut new = hub.login_as(Who::new("new").supports("NoHello MCTo"));
    ann.send("$MCTo: new $ann hello new");
    new.expect_exact("$MCTo: new $ann hello new");
    ann.send("$MCTo: old $ann hello old");
    old.expect_exact("<ann> hello old");
    ann.send("$MCTo: nobody $ann hello");
    ann.expect("nobody is not online");
    ann.send("$MCTo: Viperhub $ann hello");
    ann.expect("Viperhub is a bot");
    new.expect_none("hello");
}

#[test]
fn the_hub_bot_takes_commands() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let mut ann = hub.login("ann");
    ann.pm("Viperhub", "+myip");
    ann.expect("$To: ann From: Viperhub $<Viperhub> Your address is 127.0.0.1.");
    ann.pm("Viperhub", "+nonsense");
    ann.expect("From: Viperhub $<Viperhub> There is no command +nonsense");
    ann.pm("Viperhub", "hello");
    ann.expect("$To: ann From: Viperhub $<Viperhub> I am a bot");
}

#[test]
fn the_operator_chat_is_for_operators() {
    let hub = Hub::setup()
        .user("op1", 3, PASSWORD)
        .user("op2", 5, PASSWORD)
        .start();
    let (mut ann, mut op1, mut op2) =
        (hub.login("ann"), hub.login_reg("op1"), hub.login_reg("op2"));
    op1.pm("OpChat", "shall we");
    op2.expect_exact("$To: op2 From: OpChat $<op1> shall we");
    op2.pm("OpChat", "yes");
    op1.expect_exact("$To: op1 From: OpChat $<op2> yes");
    assert_eq!(op1.count("shall we"), 0, "not to the sender");
    ann.pm("OpChat", "let me in");
    ann.expect("$To: ann From: OpChat $<OpChat> Only operators");
    settle(&mut [&mut ann, &mut op1]);
    assert_eq!(op1.count("let me in") + ann.count("shall we"), 0);
}

#[test]
fn the_bots_have_the_names_and_descriptions_of_the_settings() {
    let hub = Hub::setup()
        .set("hub_security", "Guard")
        .set("hub_security_desc", "keeps order")
        .set("opchat_name", "Den")
        .set("opchat_desc", "for operators")
        .start();
    let mut ann = hub.login("ann");
    let got = ann.history();
    assert!(got.contains("$MyINFO $ALL Guard keeps order$ $"), "{got}");
    assert!(got.contains("$MyINFO $ALL Den for operators$ $"), "{got}");
    ann.pm("Guard", "+myip");
    ann.expect("From: Guard $<Guard> Your address");
}

#[test]
fn the_operator_chat_can_be_turned_off() {
    let hub = Hub::setup().set("opchat_name", "").start();
    let ann = hub.login("ann");
    assert!(!ann.history().contains("OpChat"), "{}", ann.history());
}

//! Operators: protocol messages and commands, classes, topic, settings, registrations.

mod kit;

use kit::{Client, Hub, PASSWORD, Setup, Who, settle};

/// A hub with a user of each class: reg 1, vip 2, op 3, chief 4, admin 5, boss 10.
fn staff() -> Setup {
    [
        ("reg", 1),
        ("vip", 2),
        ("op", 3),
        ("chief", 4),
        ("admin", 5),
        ("boss", 10),
    ]
    .into_iter()
    .fold(Hub::setup(), |setup, (nick, class)| {
        setup.user(nick, class, PASSWORD)
    })
}

#[test]
fn kick_closes_the_connection() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let (mut op, mut ann, mut bob) = (hub.login_reg("op"), hub.login("ann"), hub.login("bob"));
    op.send("$Kick ann");
    ann.expect_closed();
    bob.expect_exact("$Quit ann");
    // A bare $Kick bans nobody.
    hub.login("ann");
    op.send("$Kick nobody");
    op.expect("nobody is not online");
}

#[test]
fn kick_is_for_operators_and_only_downwards() {
    let hub = staff().set("classdif_kick", 1).start();
    let (mut op, mut chief) = (hub.login_reg("op"), hub.login_reg("chief"));
    let mut ann = hub.login("ann");
    ann.send("$Kick op");
    ann.expect("You need class 3 to use Kick");
    op.send("$Kick chief");
    op.expect("You may not kick chief");
    op.send("$Kick op");
    op.expect("You may not kick op");
    settle(&mut [&mut chief, &mut op]);
}

#[test]
fn the_kick_command_bans_for_a_while() {
    let hub = Hub::setup()
        .set("tban_kick", 600)
        .user("op", 3, PASSWORD)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    op.chat("!kick ann no snakes");
    let got = ann.expect_closed();
    assert!(
        got.contains(
            "$To: ann From: Viperhub $<Viperhub> You are being kicked by op because: no snakes"
        ),
        "{got}"
    );
    op.expect("op kicked ann because: no snakes (banned 10 minutes)");
    let mut ann = Client::connect(&hub);
    assert!(ann.expect_closed().contains("kept out for"));
}

#[test]
fn a_kick_can_set_the_length_of_its_ban_and_be_said_in_chat() {
    let hub = Hub::setup()
        .set("notify_kicks_to_all", 0)
        .user("op", 3, PASSWORD)
        .start();
    let (mut op, mut ann, mut bob) = (hub.login_reg("op"), hub.login("ann"), hub.login("bob"));
    op.chat("op is kicking ann because: spam _ban_2h");
    bob.expect("op kicked ann because: spam");
    op.expect("(banned 2 hours)");
    assert_eq!(bob.count("<op> op is kicking"), 0, "the phrase is not chat");
    ann.fence(); // The phrase alone does not disconnect: clients send $Kick with it.
    op.send("$Kick ann");
    ann.expect_closed();
    // Users cannot kick by the phrase, and it is not shown.
    bob.chat("is kicking op because: I want to");
    settle(&mut [&mut bob, &mut op]);
    assert_eq!(op.count("I want to"), 0);
}

#[test]
fn op_force_move_sends_somebody_elsewhere() {
    let hub = staff().start();
    let (mut chief, mut op) = (hub.login_reg("chief"), hub.login_reg("op"));
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    chief.send("$OpForceMove $Who:ann$Where:other.hub:411$Msg:you are moved");
    let got = ann.expect_closed();
    assert!(
        got.contains("$To: ann From: chief $<chief> you are moved"),
        "{got}"
    );
    assert!(got.contains("$ForceMove other.hub:411"), "{got}");
    bob.expect_exact("$Quit ann");
    op.send("$OpForceMove $Who:bob$Where:other.hub:411$Msg:go");
    op.expect("You need class 4");
    chief.send("$OpForceMove $Who:nobody$Where:other.hub:411$Msg:go");
    chief.expect("nobody is not online");
    let mut boss = hub.login_reg("boss");
    chief.send("$OpForceMove $Who:boss$Where:other.hub:411$Msg:go");
    chief.expect("You may not move boss");
    boss.fence();
    bob.fence();
}

#[test]
fn user_ip_and_who_ip() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    op.send("$UserIP ann$$op$$nobody");
    op.expect_exact("$UserIP ann 127.0.0.1$$op 127.0.0.1$$");
    op.send("$WhoIP 127.0.0.1");
    op.expect_exact("$UsersWithIP 127.0.0.1$$$ann$$op");
    // The own address is no secret.
    ann.send("$UserIP ann");
    ann.expect_exact("$UserIP ann 127.0.0.1$$");
    ann.send("$UserIP op");
    ann.expect("You need class 3 to use UserIP");
    ann.send("$WhoIP 127.0.0.1");
    ann.expect("You need class 3 to use WhoIP");
    op.chat("!getip ann nobody");
    let got = op.expect("ann: 127.0.0.1");
    assert!(got.contains("nobody: not online"), "{got}");
}

#[test]
fn the_topic_by_message_and_by_command() {
    let hub = staff().set("hub_name", "Den").start();
    let (mut chief, mut op, mut ann) = (
        hub.login_reg("chief"),
        hub.login_reg("op"),
        hub.login("ann"),
    );
    chief.send("$SetTopic Cobras");
    ann.expect_exact("$HubName Den - Cobras");
    ann.expect_exact("$HubTopic Cobras");
    op.send("$GetTopic");
    op.expect_exact("$HubTopic Cobras");
    op.expect("chief set the topic: Cobras");
    op.send("$GetTopic");
    op.expect_exact("$HubTopic Cobras");
    chief.chat("!topic Mambas");
    ann.expect_exact("$HubTopic Mambas");
    let late = hub.login("late");
    assert!(
        late.history().contains("$HubName Den - Mambas\n"),
        "{}",
        late.history()
    );
    assert!(
        late.history().contains("$HubTopic Mambas\n"),
        "{}",
        late.history()
    );
    op.chat("!topic mine");
    op.expect("You need class 4");
    op.send("$SetTopic mine");
    op.expect("You need class 4 to use SetTopic");
    chief.chat("!topic");
    ann.expect("chief removed the topic");
    ann.expect_none("mine");
}

#[test]
fn classes_are_what_users_are_told_and_listed_by() {
    let hub = staff().start();
    let mut boss = hub.login_reg("boss");
    for (nick, name, op) in [
        ("reg", "registered user", false),
        ("vip", "VIP", false),
        ("op", "operator", true),
        ("chief", "chief operator", true),
        ("admin", "administrator", true),
    ] {
        let mut user = hub.login_reg(nick);
        boss.expect(format!("$MyINFO $ALL {nick} "));
        assert_eq!(
            user.history().contains(&format!("$LogedIn {nick}")),
            op,
            "{nick}"
        );
        assert_eq!(
            user.history().contains(&format!("{nick}$$")),
            op,
            "{nick} in the operators' list"
        );
        user.chat("+myinfo");
        user.expect(format!("You are {nick}, {name},"));
    }
}

#[test]
fn commands_need_their_class() {
    let hub = staff().start();
    let (mut op, mut admin) = (hub.login_reg("op"), hub.login_reg("admin"));
    op.chat("!set hub_name Mine");
    op.expect("You need class 5 for set");
    op.chat("!regnew x 1");
    op.expect("You need class 4 for regnew");
    op.chat("!pylist");
    op.expect("You need class 5 for pylist");
    admin.chat("!quit");
    admin.expect("You need class 10 for quit");
    let mut reg = hub.login_reg("reg");
    reg.chat("!set hub_name Mine");
    reg.expect("There is no command !set");
}

#[test]
fn settings_change_at_once_and_are_kept() {
    let mut hub = staff().start();
    let (mut admin, mut ann) = (hub.login_reg("admin"), hub.login("ann"));
    admin.chat("!set hub_name Den");
    admin.expect("hub_name: Viperhub -> Den");
    ann.expect("$HubName Den");
    admin.chat("!getconfig hub_na*");
    admin.expect("hub_name = Den");
    admin.chat("!set max_user 5");
    admin.expect("did you mean max_users?");
    admin.chat("!set max_users many");
    admin.expect("whole number");
    admin.chat("!set hub_security a b");
    admin.expect("must be a nick");
    admin.chat("!set hub_security Guard");
    ann.expect("$Quit Viperhub");
    ann.expect("$MyINFO $ALL Guard ");
    hub.stop();
    let hub = hub.restart();
    let ann = hub.login("ann");
    assert!(
        ann.history().contains("$HubName Den\n"),
        "{}",
        ann.history()
    );
    assert!(
        ann.history().contains("$MyINFO $ALL Guard "),
        "{}",
        ann.history()
    );
}

#[test]
fn operators_register_users() {
    let hub = staff().start();
    let (mut boss, mut ann) = (hub.login_reg("boss"), hub.login("ann"));
    let mut bob = hub.login("bob");
    boss.chat(format!("!regnew ann 3 {PASSWORD}"));
    boss.expect("ann is now registered as operator");
    ann.expect("You are now registered as operator");
    ann.expect_exact("$LogedIn ann");
    bob.expect_exact("$OpList ann$$");
    boss.chat("!regnew ann 1");
    boss.expect("ann is registered already");
    boss.chat("!regclass ann 1");
    boss.expect("ann is now registered user");
    bob.expect_exact("$Quit ann");
    boss.chat("!regpass ann another-secret");
    boss.expect("ann has a new password");
    drop(ann);
    let mut ann = hub.login_as(Who::new("ann").password("another-secret"));
    boss.chat("!regdel ann");
    boss.expect("ann is no longer registered");
    ann.expect("Your registration was removed");
    drop(ann);
    hub.login("ann");
    let mut chief = hub.login_reg("chief");
    chief.chat("!regnew carl 4");
    chief.expect("Your class is too low");
    chief.chat("!regdel boss");
    chief.expect("Your class is too low");
}

#[test]
fn users_change_their_own_password_when_allowed() {
    let hub = staff().set("max_class_self_repass", 1).start();
    let mut reg = hub.login_reg("reg");
    reg.chat("+passwd brand-new-secret");
    reg.expect("Your password is set");
    drop(reg);
    hub.login_as(Who::new("reg").password("brand-new-secret"));
    let strict = staff().start();
    let mut reg = strict.login_reg("reg");
    reg.chat("+passwd brand-new-secret");
    reg.expect("Ask an operator");
}

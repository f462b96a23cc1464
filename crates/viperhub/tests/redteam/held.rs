//! What held in the attack and is to hold on: the ways in, odd orders of a login, strange clients.

use super::forging::Chance;
use super::kit::{Client, Hub, PASSWORD, Who, settle};
use super::witness::Witness;

/// Nobody gets in by a message that does not belong where it is sent.
#[test]
fn no_order_of_messages_is_a_login() {
    let hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let mut ann = hub.login("ann");
    let parts = [
        "$Supports NoHello",
        "$Key x",
        "$ValidateNick boss",
        "$ValidateNick eve",
        "$Version 1,0091",
        "$GetNickList",
        "$MyINFO $ALL boss d$ $1\x01$m$1$",
        "$MyINFO $ALL eve d$ $1\x01$m$1$",
        "$MyPass x",
        "$MyPass ",
        "<boss> hello",
        "<eve> hello",
        "$BotINFO x",
        "$MyIP 1.2.3.4 1.3",
        "$Quit boss",
    ];
    let mut chance = Chance(5);
    for _ in 0..150 {
        let mut client = Client::connect(&hub);
        for _ in 0..12 {
            client.send(parts[chance.below(parts.len())]);
        }
        client.leave();
    }
    ann.fence();
    let list = ann.history();
    assert!(
        !list.contains("$Hello boss") && !list.contains("<boss> "),
        "{list}"
    );
    assert!(!list.contains("$MyINFO $ALL boss"), "{list}");
    hub.login_reg("boss");
    Witness::of(&["ann", "eve", "boss"]).look(&ann);
}

/// The nick of somebody who is here is his, in any spelling.
#[test]
fn nobody_takes_a_nick_that_is_taken() {
    let hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let (mut ann, mut boss) = (hub.login("ann"), hub.login_reg("boss"));
    for nick in [
        "boss", "BOSS", "Boss", "Viperhub", "VIPERHUB", "OpChat", "opchat",
    ] {
        let mut eve = Client::connect(&hub);
        eve.ask_nick(&Who::new(nick));
        eve.send("$MyPass guess-of-eve");
        let told = eve.expect_closed();
        assert!(!told.contains("$Hello"), "{nick}: {told}");
        // A registered user may take his own nick over, with his password only.
        if nick.eq_ignore_ascii_case("boss") {
            boss.fence();
        }
    }
    settle(&mut [&mut ann, &mut boss]);
}

/// What is for operators reaches nobody else, whoever asks.
#[test]
fn operators_commands_are_theirs() {
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .user("vip", 2, PASSWORD)
        .start();
    let (mut op, mut vip, mut eve) = (hub.login_reg("op"), hub.login_reg("vip"), hub.login("eve"));
    for row in hub::COMMANDS {
        for who in [&mut vip, &mut eve] {
            for name in row.names {
                if row.engine || matches!(row.least, hub::Least::Class(3..)) {
                    who.chat(format!("!{name} op x y"));
                    who.chat(format!("+{name} op x y"));
                    who.pm("Viperhub", format!("!{name} op x y"));
                }
            }
        }
    }
    settle(&mut [&mut op, &mut vip, &mut eve]);
    op.chat("!ops only");
    op.pm("OpChat", "a secret of operators");
    for message in [
        "$Kick op",
        "$GetBanList",
        "$SetTopic x",
        "$OpForceMove $Who:op$Where:x$Msg:y",
        "$Ban op$x",
    ] {
        vip.send(message);
        eve.send(message);
    }
    settle(&mut [&mut op, &mut vip, &mut eve]);
    for who in [&vip, &eve] {
        assert_eq!(who.count("a secret of operators"), 0);
    }
    op.chat("still an operator");
    op.expect_exact("<op> still an operator");
}

/// A long time of everything at once; then all is as before.
#[test]
fn comings_and_goings_leave_nothing() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    for _ in 0..3 {
        for n in 0..40 {
            hub.login(&format!("guest{n}")).leave();
        }
    }
    let before = loadgen::proc::rss(hub.pid()).expect("the hub runs");
    for _ in 0..6 {
        for n in 0..40 {
            hub.login(&format!("guest{n}")).leave();
        }
    }
    ann.fence();
    let grown = loadgen::proc::rss(hub.pid())
        .expect("the hub runs")
        .saturating_sub(before);
    assert!(grown < 8 << 20, "{} KiB in 240 logins", grown >> 10);
    let newcomer = hub.login("newcomer");
    let list = newcomer.history();
    assert!(
        !list.contains("$MyINFO $ALL guest0 ") || !list.contains("$MyINFO $ALL guest39 "),
        "{list}"
    );
}

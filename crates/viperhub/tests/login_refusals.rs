//! Everything that may go wrong in a login.

mod kit;

use kit::{Client, Hub, PASSWORD, Who};

#[test]
fn an_incomplete_handshake_ends_at_my_info_with_the_reason() {
    let hub = Hub::setup().arg("-v").start();
    let parts = [
        "$Supports NoHello ",
        "$Key x",
        "$ValidateNick ann",
        "$Version 1,0091",
    ];
    for (left_out, required) in parts.iter().zip([false, true, true, false]) {
        let mut ann = Client::connect(&hub);
        for part in parts.iter().filter(|p| *p != left_out) {
            ann.send(part);
        }
        ann.send(Who::new("ann").my_info());
        if !required {
            // Old clients know neither `$Supports` nor `$Version`.
            ann.send("$GetINFO ann ann");
            ann.expect("$MyINFO $ALL ann ");
            ann.send("$Quit ann");
            let got = ann.expect_closed();
            assert!(got.contains("Goodbye."), "without {left_out}: {got}");
            continue;
        }
        let got = ann.expect_closed();
        assert!(got.contains("before"), "without {left_out}: {got}");
        assert!(!got.contains("$MyINFO $ALL"), "without {left_out}: {got}");
    }
    // What each of them was told is in the log too.
    for line in [
        "closed ann (127.0.0.1): Goodbye.",
        "closed ann (127.0.0.1): A client sends $Key before $MyINFO.",
        "closed somebody (127.0.0.1): You must be logged in before using MyINFO.",
    ] {
        hub.wait_log(line);
    }
}

#[test]
fn a_wrong_password_is_refused_and_reported() {
    let hub = Hub::setup()
        .set("pwd_tmpban", 60)
        .user("op", 3, PASSWORD)
        .user("ann", 1, PASSWORD)
        .start();
    let mut op = hub.login_reg("op");
    let mut ann = Client::connect(&hub);
    ann.ask_nick(&Who::new("ann"));
    ann.expect_exact("$GetPass");
    ann.send("$MyPass wrong");
    let got = ann.expect_closed();
    assert!(
        got.contains("The password is wrong.") && got.contains("$BadPass"),
        "{got}"
    );
    assert!(!got.contains("$Hello"), "{got}");
    op.expect("Wrong password for ann from 127.0.0.1");
    // The address is kept out for a while.
    let mut next = Client::connect(&hub);
    assert!(next.expect_closed().contains("wrong password"));
}

#[test]
fn an_empty_password_is_never_right() {
    let hub = Hub::setup().user("ann", 1, PASSWORD).start();
    let mut ann = Client::connect(&hub);
    ann.ask_nick(&Who::new("ann"));
    ann.expect_exact("$GetPass");
    ann.send("$MyPass ");
    assert!(ann.expect_closed().contains("$BadPass"));
}

#[test]
fn nobody_enters_without_the_password_that_was_asked_for() {
    let hub = Hub::setup().user("ann", 1, PASSWORD).start();
    let mut ann = Client::connect(&hub);
    let who = Who::new("ann");
    ann.ask_nick(&who);
    ann.expect_exact("$GetPass");
    ann.introduce(&who);
    let got = ann.expect_closed();
    assert!(
        got.contains("password") && !got.contains("$MyINFO $ALL"),
        "{got}"
    );
}

#[test]
fn handshake_messages_sent_twice_end_the_connection() {
    let hub = Hub::start();
    for (first, second, name) in [
        ("$Supports NoHello ", "$Supports NoHello ", "Supports"),
        ("$Key a", "$Key b", "Key"),
        ("$ValidateNick ann", "$ValidateNick bob", "ValidateNick"),
        ("$Version 1", "$Version 2", "Version"),
    ] {
        let mut ann = Client::connect(&hub);
        ann.send(first);
        ann.send(second);
        let got = ann.expect_closed();
        assert!(
            got.contains(&format!("{name} was sent twice")),
            "{name}: {got}"
        );
    }
}

#[test]
fn a_password_that_nobody_asked_for_is_called_that() {
    let hub = Hub::start();
    let mut ann = Client::connect(&hub);
    ann.send("$Key k|$ValidateNick ann");
    ann.send("$MyPass x");
    let got = ann.expect_closed();
    let says = "MyPass was sent, but the hub has not asked for a password.";
    assert!(got.contains(says), "{got}");
}

#[test]
fn tls_on_a_hub_without_is_refused_with_the_reason() {
    let hub = Hub::start();
    let mut ann = Client::connect(&hub);
    ann.send("\x16\x03\x01\x02\0");
    let got = ann.expect_closed();
    let says = "This hub has no TLS: connect without it.";
    assert!(got.contains(says), "{got}");
}

#[test]
fn commands_of_logged_in_users_are_refused_before() {
    let hub = Hub::start();
    for (command, name) in [
        ("<ann> hello", "chat"),
        ("$To: bob From: ann $<ann> hi", "To:"),
        ("$Search 127.0.0.1:412 F?T?0?1?x", "Search"),
        ("$GetNickList", "GetNickList"),
        ("$Kick bob", "Kick"),
    ] {
        let mut ann = Client::connect(&hub);
        ann.expect("$Lock");
        ann.send(command);
        let got = ann.expect_closed();
        assert!(
            got.to_lowercase().contains("you must be logged in"),
            "{name}: {got}"
        );
    }
}

#[test]
fn nicks_that_cannot_be() {
    let hub = Hub::setup()
        .set("min_nick", 2)
        .set("max_nick", 8)
        .set("nick_chars", "abcdeno[]OP<> ")
        .start();
    for (nick, why) in [
        ("a b", "$BadNick Char 32"),
        ("a<b>", "$BadNick Char 60 62"),
        ("abcdeabcde", "$BadNick Max 8"),
        ("a", "$BadNick Min 2"),
        ("zap", "$BadNick Char 122 112"),
        ("[OP]bob", "$BadNick "),
    ] {
        let mut client = Client::connect(&hub);
        client.ask_nick(&Who::new(nick).supports("NickRule"));
        let got = client.expect_closed();
        assert!(got.contains("$NickRule Min 2$$Max 8$$"), "{got}");
        assert!(got.contains(why), "{nick}: {got}");
        assert!(!got.contains("$Hello"), "{got}");
        let mut client = Client::connect(&hub);
        client.ask_nick(&Who::new(nick).supports("NoHello"));
        let got = client.expect_closed();
        assert!(
            !got.contains("$BadNick") && got.contains("<Viperhub> "),
            "{got}"
        );
    }
}

#[test]
fn a_nick_prefix_can_be_demanded() {
    let hub = Hub::setup().set("nick_prefix", "[a] [b]").start();
    hub.login("[b]ob");
    let mut client = Client::connect(&hub);
    client.ask_nick(&Who::new("bob").supports("NickRule"));
    let got = client.expect_closed();
    assert!(got.contains("$BadNick Pref [a] [b]"), "{got}");
}

#[test]
fn bots_keep_their_nicks() {
    let hub = Hub::start();
    for nick in ["Viperhub", "viperHUB", "OpChat"] {
        let mut client = Client::connect(&hub);
        client.ask_nick(&Who::new(nick));
        let got = client.expect_closed();
        assert!(got.contains(&format!("$ValidateDenide {nick}")), "{got}");
    }
}

#[test]
fn somebody_else_does_not_get_a_taken_nick() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    let mut thief = Client::connect(&hub);
    // Nicks differ in more than case.
    let who = Who::new("ANN").share(5);
    thief.handshake(&who);
    thief.introduce(&who);
    assert!(thief.expect_closed().contains("$ValidateDenide ANN"));
    ann.chat("still here");
    ann.expect_exact("<ann> still here");
}

#[test]
fn a_wrong_key_matters_only_when_asked_for() {
    let hub = Hub::setup().set("drop_invalid_key", 1).start();
    let mut ann = Client::connect(&hub);
    ann.expect("$Lock");
    ann.send("$Supports NoHello ");
    ann.send("$Key wrong");
    assert!(ann.expect_closed().contains("key"));
    hub.login("ann"); // The kit computes it by itself.
}

#[test]
fn reconnecting_too_soon_is_refused() {
    let hub = Hub::setup().set("int_login", 60).start();
    hub.login("ann").leave();
    let mut ann = Client::connect(&hub);
    ann.ask_nick(&Who::new("ann"));
    let got = ann.expect_closed();
    assert!(
        got.contains("too often") && !got.contains("$Hello"),
        "{got}"
    );
}

//! One idea of a word for nicks, commands and menus; passwords are in no log.

use super::kit::{Client, Hub, PASSWORD, Probe, Who};

/// Who is registered with an odd nick can be named as it is, and nobody else is meant.
#[test]
fn odd_nicks_can_be_named() {
    let hub = Hub::setup()
        .set("nick_chars", "")
        .user("op", 4, PASSWORD)
        .start();
    let mut op = hub.login_reg("op");
    let mut innocent = hub.login("evil");
    for nick in [
        "ev[il]",
        "evil-x",
        "%[NICK]",
        "&#36;evil",
        "{evil}",
        "evil'x",
        "e\"il",
        "-evil",
    ] {
        let mut odd = Client::connect(&hub);
        odd.ask_nick(&Who::new(nick));
        if odd
            .expect_any(&["$Hello", "$ValidateDenide", "nick", "Nick"])
            .contains("$Hello")
        {
            odd.introduce(&Who::new(nick));
            odd.fence();
            op.chat(format!("!gag {nick} 5m"));
            op.fence();
            odd.chat("not heard");
            odd.fence();
            op.chat(format!("!drop {nick} odd"));
            odd.expect_closed();
        }
    }
    innocent.chat("heard");
    innocent.expect_exact("<evil> heard");
    op.fence();
    assert_eq!(op.count("> not heard"), 0);
}

/// No level of logging writes a password.
#[test]
fn passwords_are_never_logged() {
    let secrets = [
        "s3cret-of-boss",
        "s3cret-of-reg",
        "s3cret-of-own",
        "s3cret-guess",
        "s3cret-sql",
    ];
    let hub = Hub::setup()
        .user("boss", 10, "s3cret-of-boss")
        .user("reg", 1, PASSWORD)
        .script("any.py", "import vh\ndef OnTimer(ms): pass\n")
        .arg("-vv")
        .start();
    let mut boss = hub.login_as(Who::new("boss").password("s3cret-of-boss"));
    for level in ["5", "2"] {
        boss.chat(format!("!pylog {level}"));
        boss.fence();
    }
    boss.chat("!regpass reg s3cret-of-reg");
    boss.chat("!regnew other 1 s3cret-of-reg");
    boss.pm("Viperhub", "!regpass reg s3cret-of-reg");
    boss.pm("Viperhub", "!  regpass   reg   s3cret-of-reg");
    boss.chat("!passwd s3cret-of-own");
    boss.chat("+passwd s3cret-of-own");
    boss.chat("+PASSWD s3cret-of-own");
    boss.chat("!regpasswd reg s3cret-of-reg");
    boss.fence();
    let mut guess = Client::connect(&hub);
    guess.ask_nick(&Who::new("reg"));
    guess.expect("$GetPass");
    guess.send("$MyPass s3cret-guess");
    guess.expect_closed();
    let log = hub.log();
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

/// The values of a statement that fails are told to nobody, and not to the log.
#[test]
fn a_failed_statement_tells_no_values() {
    let hub = Hub::setup()
        .probe(&[])
        .user("op", 3, PASSWORD)
        .arg("-vv")
        .start();
    let (mut op, mut probe) = (hub.login_reg("op"), Probe::login(&hub));
    for statement in [
        "UPDATE reglist SET nosuch = 's3cret-sql' WHERE nick = 'op'",
        "UPDATE nosuch SET login_pwd = 's3cret-sql'",
        "INSERT INTO nosuch VALUES ('s3cret-sql', 's3cret-sql')",
        "SELEKT 's3cret-sql'",
        "SELECT 's3cret-sql",
    ] {
        probe.eval(&format!("vh.SQL({statement:?})"));
    }
    probe.client.fence();
    op.fence();
    assert_eq!(op.count("s3cret-sql"), 0, "{}", op.history());
    assert!(!hub.log().contains("s3cret-sql"), "{}", hub.log());
}

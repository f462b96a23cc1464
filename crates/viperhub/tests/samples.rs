//! Our sample scripts, as they stand in scripts/.

mod kit;

use kit::{Hub, PASSWORD, Who, settle};

#[test]
fn welcome() {
    let hub = Hub::setup()
        .set("hub_name", "Den")
        .sample("welcome.py")
        .user("reg", 1, PASSWORD)
        .user("op1", 3, PASSWORD)
        .user("op2", 5, PASSWORD)
        .start();
    let ann = hub.login("ann");
    assert!(
        ann.history()
            .contains("<Viperhub> Welcome to Den, ann! 1 users are here."),
        "{}",
        ann.history()
    );
    let reg = hub.login_reg("reg");
    assert!(
        reg.history()
            .contains("<Viperhub> Good to see you again, reg! 2 users are here."),
        "{}",
        reg.history()
    );
    let mut op1 = hub.login_reg("op1");
    let _op2 = hub.login_reg("op2");
    op1.expect("$To: op1 From: OpChat $<OpChat> op2 is here now.");
    // Who only reconnects is not greeted again.
    ann.leave();
    op1.expect("$Quit ann");
    let again = hub.login("ann");
    assert!(!again.history().contains("Welcome"), "{}", again.history());
}

#[test]
fn word_filter() {
    let mut hub = Hub::setup()
        .sample("word_filter.py")
        .user("op", 3, PASSWORD)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("buy Viagra here");
    ann.expect("Your line was not shown: it holds the word Viagra.");
    ann.chat("well, DAMN it");
    op.expect_exact("<ann> well, **** it");
    ann.chat("damnation is another word");
    op.expect_exact("<ann> damnation is another word");
    ann.pm("op", "damn you");
    ann.expect("Your message to op was not sent: it holds the word damn.");
    op.expect_none("damn you");
    assert_eq!(op.count("Viagra"), 0);
    // Operators may say it, and change the lists.
    op.chat("damn");
    ann.expect_exact("<op> damn");
    op.chat("!word block snake");
    op.expect("block: viagra, snake - mask: damn");
    op.chat("!word mask Cobra");
    op.chat("!word free damn");
    op.expect("mask: cobra");
    ann.chat("a snake");
    ann.expect("holds the word snake");
    ann.chat("damn cobra");
    op.expect_exact("<ann> damn *****");
    ann.chat("!word");
    ann.expect("There is no command !word");
    // The lists are kept.
    hub.stop();
    let hub = hub.restart();
    let mut op = hub.login_reg("op");
    op.chat("!word");
    op.expect("Filtered words - block: viagra, snake - mask: cobra");
}

#[test]
fn stats() {
    let mut hub = Hub::setup()
        .sample("stats.py")
        .user("op", 3, PASSWORD)
        .start();
    let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
    ann.chat("one");
    ann.chat("two");
    ann.send("$Search 127.0.0.1:412 F?T?0?1?snakes");
    settle(&mut [&mut ann, &mut op]);
    ann.chat("+stats");
    ann.expect_exact("<Viperhub> 2 users now, 2 at most; 2 logins, 2 lines, 1 searches.");
    op.chat("!stats ann");
    op.expect_exact("<Viperhub> ann: 1 logins, 2 lines, 1 searches");
    ann.chat("+stats nobody");
    ann.expect("Nothing is known of nobody.");
    op.expect_none("+stats");
    // The numbers survive a restart.
    hub.stop();
    let hub = hub.restart();
    let mut ann = hub.login("ann");
    ann.chat("+stats ann");
    ann.expect_exact("<Viperhub> ann: 2 logins, 2 lines, 1 searches");
}

#[test]
fn info_bot() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/geo/GeoLite2-City-Test.mmdb"
    );
    let cities = std::fs::read(path).expect("the test's database is there");
    let hub = Hub::setup()
        .sample("info_bot.py")
        .file("data/GeoLite2-City.mmdb", cities)
        .user("op", 3, PASSWORD)
        .start();
    let _op = hub.login_reg("op");
    let mut ann = hub.login_as(Who::new("ann").share(3 << 30));
    assert!(
        ann.history()
            .contains("$MyINFO $ALL InfoBot ask me for help$ $\x01$$0$"),
        "{}",
        ann.history()
    );
    for (question, answer) in [
        ("help", "I know: help, users, who, where, share, echo."),
        ("what?", "I know: "),
        ("users", "2 users are here. Operators: op."),
        ("who op", "op: operator, shares 1.00 GiB, country L1."),
        ("who nobody", "nobody is not here."),
        (
            "where 2.125.160.216",
            "2.125.160.216: Boxford, United Kingdom, nobody knows whose.",
        ),
        (
            "where ::1",
            "::1: Local Network, Local Network, Local Network.",
        ),
        ("where are you", "are you is no address."),
        ("share", "4.00 GiB are shared here."),
        ("ECHO hello there", "hello there"),
        ("echo", "You said nothing."),
    ] {
        ann.pm("InfoBot", question);
        ann.expect(format!("$To: ann From: InfoBot $<InfoBot> {answer}"));
    }
}

/// All of them together, as `make run` has them.
#[test]
fn all_samples_together() {
    let hub = ["welcome.py", "word_filter.py", "stats.py", "info_bot.py"]
        .into_iter()
        .fold(Hub::setup(), |setup, name| setup.sample(name))
        .user("boss", 10, PASSWORD)
        .start();
    let mut boss = hub.login_reg("boss");
    let mut ann = hub.login("ann");
    assert!(ann.history().contains("Welcome to "));
    ann.chat("damn good");
    boss.expect_exact("<ann> **** good");
    ann.chat("+stats");
    ann.expect("1 lines");
    ann.pm("InfoBot", "users");
    ann.expect("2 users are here");
    boss.chat("!pylist");
    let list = boss.expect("ID\tScript");
    assert_eq!(list.matches(".py").count(), 4, "{list}");
    for name in ["welcome", "word_filter", "stats", "info_bot"] {
        boss.chat(format!("!pyreload {name}"));
        boss.expect("Script loaded");
    }
    ann.expect("$Quit InfoBot");
    ann.expect("$MyINFO $ALL InfoBot ");
}

//! Main chat: who hears what, and what is refused.

mod kit;

use kit::{Hub, PASSWORD, Who, settle};

#[test]
fn a_line_reaches_everybody_the_sender_too() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.chat("hello");
    ann.expect_exact("<ann> hello");
    bob.expect_exact("<ann> hello");
}

#[test]
fn everybody_hears_the_lines_in_the_same_order() {
    let hub = Hub::start();
    let mut clients: Vec<_> = (0..4).map(|n| hub.login(&format!("user{n}"))).collect();
    for round in 0..25 {
        for client in &mut clients {
            client.chat(format!("line {round}"));
        }
    }
    let heard: Vec<Vec<String>> = clients
        .iter_mut()
        .map(|c| {
            c.fence();
            while c.count("> line ") < 100 {
                c.expect("> line ");
            }
            c.history()
                .lines()
                .filter(|l| l.contains("> line "))
                .map(str::to_owned)
                .collect()
        })
        .collect();
    for other in &heard[1..] {
        assert_eq!(*other, heard[0]);
    }
}

#[test]
fn many_messages_in_one_packet_and_pings() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    ann.raw("<ann> one||<ann> two|||<ann> three|");
    ann.expect_exact("<ann> one");
    ann.expect_exact("<ann> two");
    ann.expect_exact("<ann> three");
}

#[test]
fn a_foreign_nick_ends_the_connection() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("<bob> I am not ann");
    assert!(ann.expect_closed().contains("Your nick is ann"));
    bob.expect_exact("$Quit ann");
    assert_eq!(bob.count("I am not ann"), 0);
}

#[test]
fn the_case_of_the_own_nick_is_the_senders() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("<ANN> loud");
    bob.expect_exact("<ANN> loud");
}

#[test]
fn writing_too_fast_is_refused_below_vip() {
    let hub = Hub::setup()
        .set("int_chat_ms", 3_600_000)
        .user("vip", 2, PASSWORD)
        .start();
    let (mut ann, mut vip) = (hub.login("ann"), hub.login_reg("vip"));
    ann.chat("one");
    ann.chat("two");
    ann.expect("too fast");
    vip.chat("three");
    vip.chat("four");
    vip.expect_exact("<vip> four");
    assert_eq!(vip.count("<ann> two"), 0);
}

#[test]
fn the_same_line_twice_is_refused_below_operator() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
    for client in [&mut ann, &mut op] {
        client.chat("again");
        client.chat("again");
    }
    ann.expect("You have just said that.");
    settle(&mut [&mut ann, &mut op]);
    assert_eq!(op.count("<ann> again"), 1);
    assert_eq!(op.count("<op> again"), 2);
}

#[test]
fn long_lines_are_refused_below_vip() {
    let hub = Hub::setup()
        .set("max_chat_msg", 20)
        .set("max_chat_lines", 3)
        .user("vip", 2, PASSWORD)
        .start();
    let (mut ann, mut vip) = (hub.login("ann"), hub.login_reg("vip"));
    ann.chat("x".repeat(20));
    ann.expect_exact(format!("<ann> {}", "x".repeat(20)));
    ann.chat("y".repeat(21));
    ann.expect("longer than 20 bytes");
    ann.chat("1\n2\n3\n4");
    ann.expect("more than 3 lines");
    vip.chat("z".repeat(200));
    ann.expect_exact(format!("<vip> {}", "z".repeat(200)));
    vip.expect_none("yyy");
}

#[test]
fn main_chat_can_need_a_class() {
    let hub = Hub::setup()
        .set("mainchat_class", 1)
        .user("reg", 1, PASSWORD)
        .start();
    let (mut ann, mut reg) = (hub.login("ann"), hub.login_reg("reg"));
    ann.chat("may I");
    ann.expect("You need class 1");
    reg.chat("yes");
    ann.expect_exact("<reg> yes");
    assert_eq!(reg.count("may I"), 0);
}

#[test]
fn nochat_and_chat() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    bob.chat("+nochat");
    bob.expect("Main chat is off.");
    ann.chat("unheard");
    ann.expect_exact("<ann> unheard");
    bob.expect_none("unheard");
    bob.chat("+chat");
    bob.expect("Main chat is on.");
    ann.chat("heard");
    bob.expect_exact("<ann> heard");
}

#[test]
fn me_help_and_unknown_commands() {
    let hub = Hub::setup().user("op", 3, PASSWORD).start();
    let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
    ann.chat("+me waves");
    op.expect_exact("** ann waves");
    ann.chat("+help");
    let help = ann.expect("Commands you may use");
    assert!(
        help.contains("+me TEXT") && !help.contains("!kick"),
        "{help}"
    );
    op.chat("!help");
    assert!(
        op.expect("Commands you may use")
            .contains("!kick NICK REASON")
    );
    for line in [
        "+nonsense",
        "!nonsense",
        "/nonsense",
        "!kick op x",
        "!pylist",
    ] {
        ann.chat(line);
        let word = line.split(' ').next().expect("a word");
        ann.expect(format!("There is no command {word}"));
    }
    ann.chat("+myip");
    ann.expect("127.0.0.1");
    ann.chat("+myinfo");
    ann.expect("You are ann, guest");
    op.expect_none("nonsense");
}

#[test]
fn unknown_commands_can_be_chat() {
    let hub = Hub::setup().set("unknown_cmd_chat", 1).start();
    let mut ann = hub.login("ann");
    ann.chat("!nonsense is chat");
    ann.expect_exact("<ann> !nonsense is chat");
}

#[test]
fn a_new_my_info_is_told_to_all_and_to_newcomers() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let new = Who::new("ann").desc("moved").share(2 << 30).passive();
    ann.send(new.my_info());
    ann.expect_exact(new.my_info());
    bob.expect_exact(new.my_info());
    // Unchanged: nobody is told.
    ann.send(new.my_info());
    ann.expect_none("$MyINFO");
    bob.expect_none("$MyINFO");
    let late = hub.login("late");
    assert!(
        late.history()
            .contains(&String::from_utf8_lossy(&new.my_info()).into_owned())
    );
    assert!(!late.history().contains("$MyINFO $ALL ann tester"));
}

#[test]
fn somebody_elses_my_info_ends_the_connection() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send(Who::new("bob").desc("hacked").my_info());
    ann.expect_closed();
    bob.expect_exact("$Quit ann");
    assert_eq!(bob.count("hacked"), 0);
}

/// With `int_myinfo` a change that comes too soon is not lost: it is shown when its time has come.
#[test]
fn a_my_info_that_comes_too_soon_is_shown_later() {
    let hub = Hub::setup().set("int_myinfo", 1).start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send(Who::new("ann").desc("soon").my_info());
    ann.send(Who::new("ann").desc("sooner").my_info());
    bob.expect("$MyINFO $ALL ann sooner");
}

#[test]
fn unknown_messages_are_ignored_and_malformed_ones_end_the_connection() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    ann.send("$Nonsense about nothing");
    ann.send("neither fish nor fowl");
    ann.fence();
    ann.send("$To: nobody");
    assert!(ann.expect_closed().contains("Syntax error in To"));
}

#[test]
fn quit_says_goodbye() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("$Quit ann");
    ann.expect_closed();
    bob.expect_exact("$Quit ann");
}

//! Searches of all forms and their results.

mod kit;

use kit::{Client, Hub, PASSWORD, Who, settle};

const TTH: &str = "LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ";
const NEW: &str = "NoHello TTHSearch TTHS";
const OLD: &str = "NoHello TTHSearch";

#[test]
fn an_active_search_goes_to_all_who_share_but_the_searcher() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let mut passive = hub.login_as(Who::new("pas").passive());
    let mut empty = hub.login_as(Who::new("empty").share(0));
    let search = "$Search 127.0.0.1:4412 F?T?0?1?snake$charmer";
    ann.send(search);
    bob.expect_exact(search);
    passive.expect_exact(search);
    ann.expect_none("$Search");
    empty.expect_none("$Search");
}

#[test]
fn a_wrong_address_is_replaced_by_the_real_one() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("$Search 10.1.2.3:4412 T?T?500000?1?snakes");
    bob.expect_exact("$Search 127.0.0.1:4412 T?T?500000?1?snakes");
}

#[test]
fn a_passive_search_goes_to_active_users_and_its_results_come_back_through_the_hub() {
    let hub = Hub::start();
    let mut ann = hub.login_as(Who::new("ann").passive());
    let (mut bob, mut pas) = (hub.login("bob"), hub.login_as(Who::new("pas").passive()));
    ann.send("$Search Hub:ann F?T?0?1?snakes");
    bob.expect_exact("$Search Hub:ann F?T?0?1?snakes");
    pas.expect_none("$Search");
    let head = "$SR bob share\\snakes.txt\x05123 1/5\x05Den (127.0.0.1:411)";
    bob.send(format!("{head}\x05ann"));
    ann.expect_exact(head);
}

#[test]
fn results_must_be_the_senders_own_and_their_number_is_limited() {
    let hub = Hub::setup().set("max_passive_sr", 3).start();
    let mut ann = hub.login_as(Who::new("ann").passive());
    let (mut bob, mut eve) = (hub.login("bob"), hub.login("eve"));
    ann.send("$Search Hub:ann F?T?0?1?snakes");
    bob.expect("$Search Hub:ann");
    for n in 0..5 {
        bob.send(format!("$SR bob {n}.txt\x051 1/1\x05Den\x05ann"));
    }
    bob.send("$SR bob x.txt\x051 1/1\x05Den\x05nobody");
    settle(&mut [&mut bob, &mut ann]);
    assert_eq!(ann.count("$SR bob "), 3);
    eve.send("$SR bob x.txt\x051 1/1\x05Den\x05ann");
    assert!(eve.expect_closed().contains("Your nick is eve"));
    // A search of one's own starts the count anew.
    ann.send("$Search Hub:ann F?T?0?1?other snakes");
    bob.expect("other snakes");
    bob.send("$SR bob y.txt\x051 1/1\x05Den\x05ann");
    ann.expect("$SR bob y.txt");
}

#[test]
fn searches_by_hash_have_a_short_form_for_clients_that_know_it() {
    let hub = Hub::start();
    let mut ann = hub.login_as(Who::new("ann").supports(NEW));
    let mut new = hub.login_as(Who::new("new").supports(NEW));
    let mut old = hub.login_as(Who::new("old").supports(OLD));
    let mut none = hub.login_as(Who::new("none").supports("NoHello"));

    ann.send(format!("$SA {TTH} 127.0.0.1:4412"));
    new.expect_exact(format!("$SA {TTH} 127.0.0.1:4412"));
    old.expect_exact(format!("$Search 127.0.0.1:4412 F?T?0?9?TTH:{TTH}"));
    // The long form of the same search reaches new clients in the short form.
    old.send(format!("$Search 127.0.0.1:4413 F?T?0?9?TTH:{TTH}"));
    ann.expect_exact(format!("$SA {TTH} 127.0.0.1:4413"));
    // With a size it cannot be shortened.
    old.send(format!(
        "$Search 127.0.0.1:4414 T?T?5000?9?TTH:{}",
        TTH.replace('L', "M")
    ));
    new.expect("$Search 127.0.0.1:4414 T?T?5000?9?TTH:");
    none.expect_none("$S");
}

#[test]
fn passive_searches_by_hash() {
    let hub = Hub::start();
    let mut ann = hub.login_as(Who::new("ann").supports(NEW).passive());
    let mut new = hub.login_as(Who::new("new").supports(NEW));
    let mut old = hub.login_as(Who::new("old").supports(OLD));
    ann.send(format!("$SP {TTH} ann"));
    new.expect_exact(format!("$SP {TTH} ann"));
    old.expect_exact(format!("$Search Hub:ann F?T?0?9?TTH:{TTH}"));
}

#[test]
fn the_short_form_is_for_those_who_announced_it() {
    let hub = Hub::start();
    let mut old = hub.login_as(Who::new("old").supports(OLD));
    old.send(format!("$SA {TTH} 127.0.0.1:4412"));
    old.expect_closed();
    let mut new = hub.login_as(Who::new("new").supports(NEW));
    new.send("$SA tooshort 127.0.0.1:4412");
    new.expect_closed();
}

#[test]
fn searches_have_an_interval_by_class() {
    let hub = Hub::setup()
        .set("search_number", 1)
        .set("int_search", 3600)
        .user("op", 10, PASSWORD)
        .start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    bob.expect("snakes");
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?lizards");
    ann.expect("You may search again in");
    let mut op = hub.login_reg("op");
    for word in ["cobra", "viper", "mamba"] {
        op.send(format!("$Search 127.0.0.1:4412 F?T?0?1?{word}"));
        bob.expect(word);
    }
    assert_eq!(bob.count("lizards"), 0);
}

#[test]
fn what_is_no_good_search_is_refused_or_ignored() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?abc");
    ann.expect("at least 4 characters");
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?");
    // Twice the same.
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.count("$Search"), 1);
    let refused = |line: &str| {
        let mut eve: Client = hub.login("eve");
        eve.send(line);
        eve.expect_closed()
    };
    refused("$Search Hub:bob F?T?0?1?snakes");
    refused("$Search 127.0.0.1:99999 F?T?0?1?snakes");
    refused("$Search nonsense");
    let long = format!("$Search 127.0.0.1:4412 F?T?0?1?{}", "x".repeat(300));
    assert!(refused(&long).contains("longer than 256 bytes"));
}

#[test]
fn searching_can_need_a_share_or_a_class() {
    let hub = Hub::setup()
        .set("min_share_use_hub", 10)
        .set("min_class_use_hub_passive", 1)
        .start();
    let mut bob = hub.login("bob");
    let mut poor = hub.login_as(Who::new("poor").share(5 << 20));
    poor.send("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    poor.expect("You need to share 10 MiB");
    let mut pas = hub.login_as(Who::new("pas").passive());
    pas.send("$Search Hub:pas F?T?0?1?snakes");
    pas.expect("You need class 1");
    bob.expect_none("$Search");
}

#[test]
fn without_the_filter_everybody_gets_searches() {
    let hub = Hub::setup().set("use_search_filter", 0).start();
    let mut ann = hub.login("ann");
    let mut empty = hub.login_as(Who::new("empty").share(0));
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    ann.expect_exact("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    empty.expect_exact("$Search 127.0.0.1:4412 F?T?0?1?snakes");
}

#[test]
fn clients_that_only_chat_get_no_searches() {
    let hub = Hub::start();
    let mut ann = hub.login("ann");
    let mut chatter = hub.login_as(Who::new("chatter").supports("NoHello ChatOnly TTHSearch"));
    ann.send("$Search 127.0.0.1:4412 F?T?0?1?snakes");
    ann.fence();
    chatter.expect_none("$Search");
}

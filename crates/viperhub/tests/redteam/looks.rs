//! Nicks that look like nothing, or like another nick.

use super::kit::{Client, Hub, PASSWORD, Who};

/// What the unregistered may not have in a nick: whatever looks like nothing, or like another nick.
#[test]
fn nicks_that_look_like_others_are_refused() {
    let hub = Hub::setup()
        .set("hub_encoding", "UTF-8")
        .user("op", 3, PASSWORD)
        .start();
    let _ann = hub.login("ann");
    for nick in [
        "evil\tx",
        "evil\x0cx",
        "evil\x0bx",
        "evil\rx",
        "evil\nx",
        "evil\x01x",
        "evil\x1b[2Jx",
        "evil\x7f",
        "\tann",
        "ann\t",
        "\u{a0}ann",
        "ann\u{a0}",
        "ann\u{2003}",
        "an\u{200b}n",
        "ann\u{3000}",
        "\u{feff}ann",
    ] {
        let mut client = Client::connect(&hub);
        client.ask_nick(&Who::new(nick));
        let told = client.expect_closed();
        assert!(!told.contains("$Hello"), "{nick:?} is let in");
        assert!(
            told.contains("nick") || told.contains("$ValidateDenide"),
            "{nick:?}: no reason: {told}"
        );
    }
}

//! The hooks of logins, time and what else there is: arguments, and every form of return value.

mod kit;

use kit::{ALLOW, BLOCK, Client, Hub, PASSWORD, Probe, Who, hub_with, until};

#[test]
fn on_user_login_and_logout() {
    let (hub, mut boss) = hub_with(&["OnUserLogin", "OnUserLogout"]);
    assert_eq!(boss.calls("OnUserLogin"), "[('boss',)]");
    for value in ALLOW.iter().chain(&["'text'"]) {
        boss.answer("OnUserLogin", value);
        hub.login("ann").leave();
        boss.client.expect("$Quit ann");
    }
    for value in BLOCK {
        boss.answer("OnUserLogin", value);
        let mut ann = Client::connect(&hub);
        let who = Who::new("ann");
        ann.handshake(&who);
        ann.introduce(&who);
        ann.expect_closed();
        boss.client.expect("$Quit ann");
    }
    boss.answer("OnUserLogin", "('<Guard> hello', 1)");
    let ann = hub.login("ann");
    assert!(ann.history().contains("<Guard> hello\n"));
    ann.leave();
    boss.client.expect("$Quit ann");
    // Whatever the hook for leaving returns; the user can still be asked about, and is gone for the others afterwards.
    boss.exec("seen = []");
    for value in ["None", "0", "1", "('text', 0)"] {
        boss.answer("OnUserLogout", &format!("lambda nick: (seen.append((nick, vh.GetUserClass(nick), vh.GetMyINFO(nick) is not None)), {value})[1]"));
        let ann = hub.login("ann");
        ann.leave();
        boss.client.expect("$Quit ann");
        boss.is("vh.GetUserClass('ann')", "-2");
    }
    until(|| boss.eval("len(seen)") == "5" || boss.eval("len(seen)") == "4");
    boss.is("set(seen)", "{('ann', 0, True)}");
}

#[test]
fn on_timer_gets_milliseconds_about_once_a_second() {
    let none = "import vh\nticks = 0\ndef OnTimer():\n    global ticks\n    ticks += 1\n    if ticks == 2: vh.mc('two ticks without arguments')\n";
    let default =
        "import vh\ndef OnTimer(msec=0):\n    vh.mc('tick at %.0f' % msec)\n    return 0\n";
    let hub = Hub::setup()
        .probe(&["OnTimer"])
        .script("none.py", none)
        .script("default.py", default)
        .start();
    let mut boss = Probe::login(&hub);
    boss.client.expect("two ticks without arguments");
    boss.exec("import time");
    until(|| boss.eval("sum(n == 'OnTimer' for n, a in calls) >= 2") == "True");
    boss.is(
        "all(isinstance(a[0], float) and abs(a[0] / 1000 - time.time()) < 30 for n, a in calls)",
        "True",
    );
    boss.is(
        "500 < [a[0] for n, a in calls][1] - [a[0] for n, a in calls][0] < 5000",
        "True",
    );
    assert!(boss.client.count("<Viperhub> tick at 1") > 0);
}

/// Hooks of the reference that are not in the list but in this version.
#[test]
fn further_hooks() {
    let hooks = [
        "OnParsedMsgMCTo",
        "OnParsedMsgSR",
        "OnOpChatMessage",
        "OnUnknownMsg",
        "OnParsedMsgConnectToMe",
        "OnParsedMsgRevConnectToMe",
        "OnOperatorKicks",
        "OnParsedMsgSupports",
        "OnParsedMsgVersion",
        "OnValidateTag",
        "OnParsedMsgValidateNick",
        "OnParsedMsgMyPass",
        "OnFirstMyINFO",
        "OnUserInList",
        "OnSetConfig",
        "OnPublicBotMessage",
    ];
    let hub = Hub::setup().user("op", 3, PASSWORD).probe(&hooks).start();
    let mut boss = Probe::login(&hub);
    let (mut ann, mut op) = (hub.login("ann"), hub.login_reg("op"));
    for (hook, message, args) in [
        (
            "OnParsedMsgMCTo",
            "$MCTo: op $ann blocked",
            "('ann', 'blocked', 'op')",
        ),
        (
            "OnParsedMsgSR",
            "$SR ann f\x051 1/1\x05h\x05op",
            "('ann', '$SR ann f\\x051 1/1\\x05h\\x05op')",
        ),
        (
            "OnParsedMsgConnectToMe",
            "$ConnectToMe op 127.0.0.1:412",
            "('ann', 'op', '127.0.0.1', '412')",
        ),
        (
            "OnParsedMsgRevConnectToMe",
            "$RevConnectToMe ann op",
            "('ann', 'op')",
        ),
        (
            "OnUnknownMsg",
            "$Nonsense blocked",
            "('ann', '$Nonsense blocked')",
        ),
    ] {
        boss.answer(hook, "0");
        ann.send(message);
        ann.fence();
        op.expect_none("ann");
        assert_eq!(boss.calls(hook), format!("[{args}]"));
    }
    boss.answer("OnOpChatMessage", "0");
    op.pm("OpChat", "blocked");
    op.fence();
    boss.client.expect_none("blocked");
    assert_eq!(boss.calls("OnOpChatMessage"), "[('op', 'blocked')]");
    boss.answer("OnOperatorKicks", "0");
    op.chat("!kick ann blocked");
    op.fence();
    ann.fence();
    assert_eq!(boss.calls("OnOperatorKicks"), "[('op', 'ann', 'blocked')]");
    boss.answer("OnSetConfig", "0");
    boss.client.chat("!set hub_name Blocked");
    boss.client
        .expect("A script refused the change of hub_name");
    assert_eq!(
        boss.calls("OnSetConfig"),
        "[('boss', 'config', 'hub_name', 'Blocked', 'Viperhub', 12)]"
    );
    boss.exec("vh.mc('hello all')");
    until(|| {
        boss.calls("OnPublicBotMessage")
            .contains("('Viperhub', 'hello all', 0, 10)")
    });
    for hook in [
        "OnParsedMsgVersion",
        "OnParsedMsgValidateNick",
        "OnValidateTag",
        "OnFirstMyINFO",
        "OnUserInList",
        "OnParsedMsgMyPass",
    ] {
        boss.answer(hook, "0");
        let mut client = Client::connect(&hub);
        client.raw(format!(
            "$Supports NoHello |$Key x|$ValidateNick op|$MyPass {PASSWORD}|"
        ));
        let who = Who::new("op");
        client.introduce(&who);
        client.expect_closed();
        boss.answer(hook, "1");
    }
    boss.answer("OnParsedMsgSupports", "0");
    let mut quiet = hub.login("quiet");
    assert_eq!(quiet.count("$Supports"), 0);
    quiet.fence();
}

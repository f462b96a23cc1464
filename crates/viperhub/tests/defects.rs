//! The defects of the original that the reference lists (section 6, by its numbers): none of them is here.
//!
//! What another test shows already is named in [`SHOWN`]; the rest is shown below.

mod kit;

use std::fs;
use std::path::Path;

use hub::hooks::Hook;
use kit::{Client, Hub, PASSWORD, Probe, Who, until};

/// Number, and the tests that show it as `file below crates/: function`. Numbers of the C interface alone say so.
const SHOWN: [(u8, &[&str]); 37] = [
    (
        1,
        &[
            "viperhub/tests/defects.rs: defect_01_none_allows",
            "viperhub/tests/conformance/hooks.rs: hooks_of_messages",
        ],
    ),
    (
        2,
        &[
            "viperhub/tests/defects.rs: defect_02_tuples_from_every_hook",
            "viperhub/tests/conformance/hooks.rs: hooks_of_connections",
        ],
    ),
    (
        3,
        &[
            "viperhub/tests/conformance/hooks_special.rs: a_my_info_is_replaced",
            "viperhub/tests/defects.rs: defect_03_first_my_info_is_substituted_for_all",
        ],
    ),
    (
        4,
        &[
            "viperhub/tests/conformance/hooks_special.rs: replacements_pass_from_script_to_script",
            "viperhub/tests/conformance/hooks_special.rs: every_script_hears_and_a_block_wins",
        ],
    ),
    (
        5,
        &["viperhub/tests/conformance/hooks.rs: hooks_of_connections"],
    ),
    (
        6,
        &[
            "viperhub/tests/scripts_life.rs: pyunload_by_number_stem_name_and_path",
            "viperhub/tests/scripts_calls.rs: scripts_ask_one_another_in_a_hub",
        ],
    ),
    (
        7,
        &["viperhub/tests/conformance/hooks_special.rs: time_is_told"],
    ),
    (
        8,
        &["viperhub/tests/conformance/hooks.rs: hooks_of_messages"],
    ),
    (
        9,
        &["viperhub/tests/defects.rs: defect_09_no_byte_bypasses_a_filter"],
    ),
    (
        10,
        &["viperhub/tests/defects.rs: defect_10_one_odd_nick_does_not_empty_the_lists"],
    ),
    (
        11,
        &[
            "python/tests/calls.rs: any_value_survives_the_round_trip",
            "python/tests/calls.rs: keys_are_converted_and_nul_is_kept",
            "viperhub/tests/defects.rs: defect_11_text_is_not_cut_at_nul",
        ],
    ),
    (
        12,
        &["viperhub/tests/defects.rs: defect_12_results_are_sent_in_the_hubs_encoding"],
    ),
    (
        13,
        &[
            "viperhub/tests/defects_more.rs: defect_13_functions_that_never_worked",
            "viperhub/tests/conformance/vh.rs: functions_about_users",
        ],
    ),
    (
        14,
        &["viperhub/tests/scripts_vh_admin.rs: set_config_holds_and_is_kept"],
    ),
    (
        15,
        &["viperhub/tests/conformance/vh.rs: functions_of_operators"],
    ),
    (
        16,
        &["viperhub/tests/defects_more.rs: defect_16_parse_command_runs_what_it_is_given"],
    ),
    (
        17,
        &[
            "viperhub/tests/conformance/vh.rs: functions_of_operators",
            "viperhub/tests/conformance/vh_special.rs: constants",
        ],
    ),
    (
        18,
        &["viperhub/tests/defects_more.rs: defect_18_empty_texts_are_no_none"],
    ),
    (
        19,
        &["viperhub/tests/defects_more.rs: defect_19_calls_know_whose_they_are"],
    ),
    (
        20,
        &["viperhub/tests/defects_more.rs: defect_20_numbers_of_any_size"],
    ),
    (
        21,
        &["python/tests/calls.rs: scripts_call_functions_of_the_program"],
    ),
    (22, &["python/tests/memory.rs: calls_do_not_leak"]),
    (
        23,
        &["C interface: a callback that is NULL; here the table of functions has no empty places"],
    ),
    (
        24,
        &["viperhub/tests/defects_more.rs: defect_24_scripts_that_are_not_there"],
    ),
    (
        25,
        &["viperhub/tests/scripts_life.rs: pyreload_takes_the_new_file_and_keeps_place_and_number"],
    ),
    (
        26,
        &[
            "viperhub/tests/defects_more.rs: defect_26_scripts_with_threads_end_whole",
            "viperhub/tests/shutdown.rs: a_script_with_threads_does_not_hold_the_hub",
        ],
    ),
    (
        27,
        &[
            "viperhub/tests/scripts_safety.rs: vh_from_threads",
            "python/tests/script.rs: a_script_outlives_the_thread_that_loaded_it",
        ],
    ),
    (
        28,
        &["viperhub/tests/defects_more.rs: defect_28_scripts_keep_hooks_and_identity"],
    ),
    (
        29,
        &[
            "python/tests/script.rs: any_name_loads_by_path",
            "viperhub/tests/robustness.rs: scripts_with_odd_names_and_contents_load",
        ],
    ),
    (
        30,
        &[
            "viperhub/tests/defects_more.rs: defect_30_failed_loads_leave_nothing",
            "viperhub/tests/scripts_life.rs: pyload_of_a_broken_script_tells_why",
        ],
    ),
    (
        31,
        &["viperhub/tests/scripts_life.rs: scripts_unload_and_reload_themselves"],
    ),
    (
        32,
        &["viperhub/tests/conformance/vh_special.rs: attributes"],
    ),
    (
        33,
        &["viperhub/tests/defects_more.rs: defect_33_long_messages_at_every_log_level"],
    ),
    (
        34,
        &[
            "viperhub/tests/scripts_life.rs: bots_are_removed_on_unload_and_reloading_leaves_nothing_behind",
            "viperhub/tests/conformance/vh.rs: further_functions",
        ],
    ),
    (
        35,
        &["python/tests/script.rs: functions_defined_or_replaced_later_are_found"],
    ),
    (
        36,
        &[
            "viperhub/tests/shutdown.rs: a_script_in_an_endless_loop_does_not_hold_the_hub",
            "viperhub/tests/shutdown.rs: sigint_ends_cleanly",
        ],
    ),
    (
        37,
        &["viperhub/tests/defects_more.rs: defect_37_the_log_level_is_kept_within_its_range"],
    ),
];

#[test]
fn every_number_is_accounted_for() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (place, (number, tests)) in SHOWN.iter().enumerate() {
        assert_eq!(usize::from(*number), place + 1);
        assert!(!tests.is_empty(), "{number}");
        for test in *tests {
            if test.starts_with("C interface: ") {
                continue;
            }
            let (file, function) = test.split_once(": ").expect("a file and a function");
            let source = fs::read_to_string(crates.join(file)).expect(file);
            let found = source.contains(&format!("#[test]\nfn {function}()"))
                || source.contains(&format!("#[test]\nfn {function}() -> "))
                // The conformance suite has a test per mode.
                || source.contains(&format!("\nfn {function}(mode: Mode) {{"));
            assert!(found, "{number}: {test}");
        }
    }
    for file in ["defects.rs", "defects_more.rs"] {
        let path = crates.join("viperhub/tests").join(file);
        let own = fs::read_to_string(path).expect("it is beside this one");
        for name in own.lines().filter_map(|l| l.strip_prefix("fn defect_")) {
            let name = name.split('(').next().unwrap_or_default();
            let listed = format!("viperhub/tests/{file}: defect_{name}");
            let found = SHOWN.iter().any(|(number, tests)| {
                name.starts_with(&format!("{number:02}_")) && tests.contains(&listed.as_str())
            });
            assert!(found, "{name}");
        }
    }
}

/// A script that has all hooks and returns the same from each.
fn all_hooks(result: &str) -> String {
    let names: Vec<&str> = Hook::ALL.iter().map(|h| h.name()).collect();
    format!(
        "import vh\n\
         seen = set()\n\
         def make(name):\n    def hook(*args):\n        seen.add(name)\n        {result}\n    return hook\n\
         for name in {names:?}: globals()[name] = make(name)\n\
         def OnScriptQuery(*args): return ' '.join(sorted(seen))\n"
    )
}

/// Does all that hooks are asked about and sees that it happens.
#[track_caller]
fn all_of_it_happens(hub: &Hub) {
    let mut boss = Probe::login(hub);
    let mut op = hub.login_reg("op");
    let (mut ann, mut bob) = (
        hub.login_as(Who::new("ann").supports("NoHello TTHSearch HubURL ExtJSON2")),
        hub.login_as(Who::new("bob").supports("NoHello TTHSearch ExtJSON2 MCTo")),
    );
    ann.chat("hello");
    bob.expect_exact("<ann> hello");
    for (sent, got) in [
        (
            "$To: bob From: ann $<ann> psst",
            "$To: bob From: ann $<ann> psst",
        ),
        ("$MCTo: bob $ann aside", "aside"),
        ("$Search 127.0.0.1:412 F?T?0?1?thing", "F?T?0?1?thing"),
        (
            "$ConnectToMe bob 127.0.0.1:412",
            "$ConnectToMe bob 127.0.0.1:412",
        ),
        ("$RevConnectToMe ann bob", "$RevConnectToMe ann bob"),
        ("$SR ann f\x051 1/1\x05h\x05bob", "$SR ann f\x051 1/1\x05h"),
        ("$ExtJSON ann {\"a\":1}", "$ExtJSON ann "),
        (
            "$MyINFO $ALL ann new<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$9$",
            "$MyINFO $ALL ann new<",
        ),
    ] {
        ann.send(sent);
        bob.expect(got);
    }
    ann.send("$Unheard of");
    ann.chat("+myip");
    ann.expect("Your address is 127.0.0.1");
    op.pm("OpChat", "among us");
    boss.client.expect("among us");
    op.chat("!getip ann");
    op.expect("ann: 127.0.0.1");
    boss.client.chat("!set hub_desc other");
    boss.client.expect("hub_desc");
    boss.is("vh.GetConfig('hub_desc')", "'other'");
    boss.client.chat("!regnew ann 1 secretive");
    boss.client.expect("ann is now registered");
    op.chat("!drop bob go");
    bob.expect_closed();
    op.chat("!bannick eve never");
    op.expect("eve");
    Client::connect(hub).expect("$Lock ");
    let mut lost = Client::connect(hub);
    lost.raw("$MyNick victim|$Lock EXTENDEDPROTOCOLABCABCABCABCABCABC Pk=DCPLUSPLUS0.868Ref=dchub://evil|");
    assert!(lost.expect_closed().contains("$Error CTM2HUB"));
    let mut pinger = Client::connect(hub);
    pinger.raw("$Supports BotINFO |$Key x|$ValidateNick pinger|$BotINFO hello|");
    pinger.expect("$HubINFO ");
    boss.exec("vh.mc('from a bot')");
    boss.exec("vh.ScriptCommand('a', 'b', 1)");
    boss.is("vh.KickUser('boss', 'ann', 'enough')", "True");
    ann.send("$MyHubURL dchub://here");
    ann.expect_closed();
    let unseen = "[h for h in all_hooks if h not in vh.ScriptQuery('', '')[0].split()]";
    let names: Vec<&str> = Hook::ALL.iter().map(|h| h.name()).collect();
    boss.exec(&format!("all_hooks = {names:?}"));
    // Those that need the end of the hub or an answer to a question that the hub has not put.
    until(|| boss.eval(unseen) == "['OnUnLoad', 'OnParsedMsgMyHubURL']");
}

/// Hooks that return nothing let everything happen.
#[test]
fn defect_01_none_allows() {
    let hub = Hub::setup()
        .user("op", 3, PASSWORD)
        .set("disable_extjson", 0)
        .script("all.py", all_hooks("pass"))
        .probe(&[])
        .start();
    all_of_it_happens(&hub);
}

/// Tuples of no meaning, of the wrong length and of the wrong types change nothing and harm nothing.
#[test]
fn defect_02_tuples_from_every_hook() {
    for result in [
        "return ('<All> noted', 1)",
        "return (1, 2, 3)",
        "return ((), {}, None, 'x')",
    ] {
        let hub = Hub::setup()
            .user("op", 3, PASSWORD)
            .set("disable_extjson", 0)
            .script("all.py", all_hooks(result))
            .probe(&[])
            .start();
        all_of_it_happens(&hub);
        if result.contains("noted") {
            let mut eve = Client::connect(&hub);
            eve.expect_exact("<All> noted");
            eve.expect("$Lock ");
        }
    }
}

#[test]
fn defect_03_first_my_info_is_substituted_for_all() {
    let hub = Hub::setup().probe(&["OnFirstMyINFO"]).start();
    let mut boss = Probe::login(&hub);
    let mut bob = hub.login("bob");
    boss.answer("OnFirstMyINFO", "('d', '<t>', 'fast\\x02', 'm@x', '7')");
    let ann = hub.login("ann");
    let shown = "$MyINFO $ALL ann d<t>$ $fast\x02$m@x$7$";
    bob.expect_exact(shown);
    assert!(ann.history().contains(shown));
    let late = hub.login("late");
    assert!(late.history().contains(shown));
    boss.is(
        "tuple(vh.GetMyINFO('ann')) , vh.GetTotalShareSize()",
        &format!(
            "(('ann', 'd', '<t>', 'fast\\x02', 'm@x', '7'), '{}')",
            (2u64 << 30) + 14
        ),
    );
}

/// The word arrives in the hub's encoding, in another one, or as no text at all: the filter sees it.
#[test]
fn defect_09_no_byte_bypasses_a_filter() {
    let filter = "import vh\n\
        def bad(text): return 0 if 'bad' in text else 1\n\
        def OnParsedMsgChat(nick, text): return bad(text)\n\
        def OnParsedMsgPM(nick, text, to): return bad(text)\n\
        def OnParsedMsgSearch(nick, data): return bad(data)\n";
    for encoding in ["CP1252", "UTF-8"] {
        let hub = Hub::setup()
            .set("hub_encoding", encoding)
            .script("filter.py", filter)
            .start();
        let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
        for odd in [
            &b"\xe6\xee\xef"[..],
            b"\x81\x8d",
            b"\xff\xfe",
            "жир".as_bytes(),
        ] {
            let text = [odd, b" bad ", odd].concat();
            ann.chat(&text);
            ann.pm("bob", &text);
            ann.send([b"$Search 127.0.0.1:412 F?T?0?1?", &text[..]].concat());
            ann.chat([b"good ", odd].concat());
            bob.expect_bytes([b"<ann> good ", odd].concat());
        }
        assert_eq!(bob.count("bad"), 0, "{encoding}: {}", bob.history());
    }
}

#[test]
fn defect_10_one_odd_nick_does_not_empty_the_lists() {
    let hub = Hub::setup()
        .set("hub_encoding", "UTF-8")
        .user("op", 3, PASSWORD)
        .probe(&[])
        .start();
    let mut boss = Probe::login(&hub);
    let _op = hub.login_reg("op");
    let _cafe = hub.login_as(Who::new(b"caf\xe9"));
    boss.is("vh.AddRobot('bot\\udce9', 3, '', '\\x01', '', '0')", "True");
    for (list, held) in [
        ("GetNickList", "'op', 'boss', 'caf\\udce9', 'bot\\udce9'"),
        ("GetOpList", "'op', 'boss', 'bot\\udce9'"),
        ("GetBotList", "'Viperhub', 'OpChat', 'bot\\udce9'"),
    ] {
        boss.is(
            &format!(
                "{{{held}}} <= set(vh.{list}()), all(n + '$$' in vh.{} for n in [{held}])",
                list.replace("Get", "GetRaw") + "()"
            ),
            "(True, True)",
        );
    }
}

#[test]
fn defect_11_text_is_not_cut_at_nul() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.Encode('a\\x00$'), vh.SetConfig('pi_x', 'v', 'a\\x00b')",
        "('a\\x00&#36;', True)",
    );
    boss.is("vh.GetConfig('pi_x', 'v')", "'a\\x00b'");
    boss.is("vh.usermc('boss', 'one\\x00two')", "True");
    assert_eq!(boss.client.count("<Viperhub> one\0two"), 1);
}

#[test]
fn defect_12_results_are_sent_in_the_hubs_encoding() {
    let hub = Hub::setup()
        .set("hub_encoding", "CP1251")
        .probe(&["OnNewConn", "OnParsedMsgChat", "OnParsedMsgMyINFO"])
        .start();
    let mut boss = Probe::login(&hub);
    boss.answer("OnNewConn", "('<G> \\u041f\\u0440', 1)");
    let mut ann = hub.login("ann");
    assert!(boss.client.history().len() > 1);
    ann.expect_none("never");
    let mut raw = Client::connect(&hub);
    raw.expect_exact(b"<G> \xcf\xf0");
    boss.answer("OnParsedMsgChat", "(None, '\\u0440\\u20ac')");
    ann.chat("x");
    ann.expect_exact(b"<ann> \xf0\x88");
    boss.answer("OnParsedMsgChat", "'\\u0440 alone'");
    ann.chat("y");
    ann.expect_exact(b"<ann> \xf0 alone");
    boss.answer("OnParsedMsgMyINFO", "('\\u0440', None, None, None, None)");
    ann.send(Who::new("ann").desc("other").my_info());
    ann.expect_bytes(b"$MyINFO $ALL ann \xf0<");
}

//! What needs a hub of its own: time, the end of a script and of the hub, what replaces an event's content, several
//! scripts, the documents' older forms.

use std::fmt::Write;

use crate::Mode;
use crate::hooks::{ALLOW, BLOCK};
use crate::kit::{Hub, PASSWORD, Probe, Setup, Who, until};
use crate::listing::Aspect::{self, *};
use crate::stage::{Stage, Step::*};

/// What these tests show: the row, its aspects, the test.
pub const COVERS: &[(&str, &[Aspect], &str)] = &[
    (
        "OnTimer",
        &[Fires, Arguments, GoesOn, NoVeto, Raising, Reply],
        "time_is_told",
    ),
    ("OnTimer", &[OlderForm], "older_forms"),
    (
        "OnUnLoad",
        &[Fires, Arguments, GoesOn, NoVeto, Raising, Reply],
        "the_end_of_the_hub",
    ),
    (
        "UnLoad",
        &[Fires, Arguments, GoesOn, Raising],
        "the_end_of_a_script",
    ),
    (
        "OnScriptQuery",
        &[Fires, Arguments, GoesOn, Raising],
        "scripts_ask_one_another",
    ),
    (
        "name_and_version",
        &[Fires, GoesOn, Raising],
        "scripts_are_labelled",
    ),
    ("OnParsedMsgChat", &[Replaces], "a_line_is_replaced"),
    (
        "OnParsedMsgChat",
        &[Chain],
        "replacements_pass_from_script_to_script",
    ),
    ("OnParsedMsgMyINFO", &[Replaces], "a_my_info_is_replaced"),
    ("OnFirstMyINFO", &[Replaces], "a_first_my_info_is_replaced"),
    (
        "OnParsedMsgMyINFO",
        &[Chain],
        "my_infos_pass_from_script_to_script",
    ),
    (
        "OnFirstMyINFO",
        &[Chain],
        "my_infos_pass_from_script_to_script",
    ),
    ("OnNewReg", &[OlderForm], "older_forms"),
    ("OnNewBan", &[OlderForm], "older_forms"),
    ("OnSetConfig", &[OlderForm], "older_forms"),
];

in_every_mode! {
    time_is_told
    the_end_of_the_hub
    the_end_of_a_script
    scripts_ask_one_another
    scripts_are_labelled
    a_line_is_replaced
    a_my_info_is_replaced
    a_first_my_info_is_replaced
    replacements_pass_from_script_to_script
    my_infos_pass_from_script_to_script
    every_script_hears_and_a_block_wins
    functions_are_found_when_they_come
    who_leaves_can_be_asked_about
    older_forms
    hub_commands_come_last
    a_refused_first_my_info_may_be_followed_by_another
}

/// A script per kind of result, each with its number in place of `{i}` and its result in place of `{result}`.
fn a_script_per_result(mut setup: Setup, source: &str) -> (Setup, usize) {
    let results =
        ALLOW
            .iter()
            .chain(BLOCK)
            .chain(&["'text'", "('<Guard> x', 1)", "('<Guard> x', 0)"]);
    let mut count = 0;
    for (i, result) in results.enumerate() {
        let source = source
            .replace("{i}", &i.to_string())
            .replace("{result}", result);
        setup = setup.script(&format!("r{i:02}.py"), source);
        count = i + 1;
    }
    (setup, count)
}

/// Milliseconds, about once a second, in every script whatever the others return.
fn time_is_told(mode: Mode) {
    let source = "\
import vh
ticks_{i} = []
def OnTimer(msec):
    ticks_{i}.append(msec)
    return {result}
def OnScriptQuery(command, data, plugin, script): return 'many' if len(ticks_{i}) > 1 else 'few'
";
    let (setup, count) = a_script_per_result(mode.hub().probe(&["OnTimer"]), source);
    let hub = setup.start();
    let mut boss = Probe::login(&hub);
    until(|| boss.eval("vh.ScriptQuery('ticks', '').count('many')") == count.to_string());
    assert_eq!(boss.client.count("Guard"), 0, "nobody to send a text to");
    boss.exec("import time");
    until(|| boss.eval("sum(n == 'OnTimer' for n, a in calls) >= 2") == "True");
    boss.is("{type(a[0]) for n, a in calls}", "{<class 'float'>}");
    boss.is(
        "all(abs(a[0] / 1000 - time.time()) < 60 for n, a in calls)",
        "True",
    );
    boss.is(
        "0 < [a[0] for n, a in calls][1] - [a[0] for n, a in calls][0]",
        "True",
    );
}

/// `OnUnLoad(0)`, then `UnLoad()`, while the hub still answers.
fn the_end_of_the_hub(mode: Mode) {
    let source = "\
import os, vh
lines_{i} = []
def OnUnLoad(*args):
    lines_{i}.append(f'OnUnLoad {args} {vh.GetUsersCount()}')
    return {result}
def UnLoad(*args):
    lines_{i}.append(f'UnLoad {args} {vh.GetConfig(\"hub_name\")}')
    with open(os.path.join(vh.basedir, 'end{i}'), 'w') as f: f.write('\\n'.join(lines_{i}))
    return {result}
";
    let (setup, count) = a_script_per_result(mode.hub().set("hub_name", "Den"), source);
    let mut hub = setup.start();
    let mut ann = hub.login("ann");
    let (status, _) = hub.stop();
    assert!(status.success(), "{status:?}");
    assert!(!ann.expect_closed().contains("Guard"));
    for i in 0..count {
        let path = hub.data_dir().join(format!("end{i}"));
        let told =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(told, "OnUnLoad (0,) 1\nUnLoad () Den", "script {i}");
    }
}

fn the_end_of_a_script(mode: Mode) {
    let mut setup = mode.hub().user("boss", 10, PASSWORD);
    for (i, result) in ["None", "0", "1/0"].iter().enumerate() {
        let source = format!(
            "import vh\ndef UnLoad(*args):\n    vh.mc(f'bye {i} {{args}}')\n    return {result}\n"
        );
        setup = setup.script(&format!("r{i}.py"), source);
    }
    let hub = setup.start();
    let mut boss = hub.login_reg("boss");
    for i in 0..3 {
        boss.chat(format!("!pyreload r{i}"));
        boss.expect_exact(format!("<Viperhub> bye {i} ()"));
        boss.expect("Script loaded");
        boss.chat(format!("!pyunload r{i}"));
        boss.expect_exact(format!("<Viperhub> bye {i} ()"));
        boss.expect("Script stopped");
    }
}

fn scripts_ask_one_another(mode: Mode) {
    let mut setup = mode.hub().probe(&[]);
    for (name, result) in [
        ("a", "'a'"),
        ("b", "None"),
        ("c", "1/0"),
        ("d", "5"),
        ("e", "f'{command} {data} {plugin} {script == vh.path}'"),
        ("f", "''"),
    ] {
        let source = format!(
            "import vh\ndef OnScriptQuery(command, data, plugin, script):\n    return {result}\n"
        );
        setup = setup.script(&format!("{name}.py"), source);
    }
    let hub = setup.start();
    let mut boss = Probe::login(&hub);
    // In the order of !pylist; only texts are answers.
    boss.is(
        "vh.ScriptQuery('ask', 'it')",
        "['a', 'ask it python False', '']",
    );
    boss.exec("folder = vh.path.rsplit('/', 1)[0]");
    boss.is("vh.ScriptQuery('ask', 'it', folder + '/a.py')", "['a']");
    boss.is("vh.ScriptQuery('ask', 'it', folder + '/b.py')", "[]");
    boss.is(
        "vh.ScriptQuery('ask', 'it', folder + '/e.py', 1) == [(f'ask it {folder}/e.py False', folder + '/e.py')]",
        "True",
    );
    boss.is(
        "[p[len(folder):] for t, p in vh.ScriptQuery('ask', 'it', '', True)]",
        "['/a.py', '/e.py', '/f.py']",
    );
    // The asking script is asked, too.
    boss.exec("def OnScriptQuery(command, data, plugin, script): return str((command, data, plugin, script == vh.path))");
    boss.is(
        "vh.ScriptQuery('ask', 'it')[-1]",
        r#""('ask', 'it', 'python', True)""#,
    );
}

fn scripts_are_labelled(mode: Mode) {
    let hub = mode
        .hub()
        .probe(&[])
        .script("a.py", "def name_and_version(): return ('Asker', '2')\n")
        .script("b.py", "def name_and_version(): return 5\n")
        .script("c.py", "def name_and_version(): return 1/0\n")
        .script("d.py", "x = 1\n")
        .start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.ScriptQuery('_get_script_name', '')",
        "['Asker', 'b', 'c', 'd', 'probe']",
    );
    boss.is(
        "vh.name_and_version('Label', '3'), vh.ScriptQuery('_get_script_name', '')[-1]",
        "(('Label', '3'), 'Label')",
    );
    // Further questions of older documents, and all scripts by the name of what runs them.
    boss.is(
        "vh.ScriptQuery('_get_script_version', '')",
        "['2', '', '', '', '3']",
    );
    boss.is(
        "[p[len(vh.basedir.rstrip('/')):] for p in vh.ScriptQuery('_get_script_file', '')]",
        "['/scripts/a.py', '/scripts/b.py', '/scripts/c.py', '/scripts/d.py', '/scripts/probe.py']",
    );
    boss.is(
        "vh.ScriptQuery('_get_script_name', '', 'python') == vh.ScriptQuery('_get_script_name', '')",
        "True",
    );
    boss.is(
        "vh.ScriptQuery('_get_script_name', '', vh.path)",
        "['Label']",
    );
    boss.exec("def OnScriptQuery(command, data, plugin, script): return plugin");
    boss.is(
        "vh.ScriptQuery('q', '', 'python'), vh.ScriptQuery('q', ''), vh.ScriptQuery('q', '', 'lua')",
        "(['python'], ['python'], [])",
    );
    // What a script says of itself when it is asked is no label of its own making.
    boss.is("vh.name_and_version()", "('Label', '3')");
    let hub = mode
        .hub()
        .probe(&[])
        .script(
            "a.py",
            "import vh\ndef name_and_version(): return ('Asker', '2')\n\
             def OnScriptQuery(c, d, p, s): return str(vh.name_and_version())\n",
        )
        .set("hub_name", "Den")
        .start();
    let mut boss = Probe::login(&hub);
    boss.is("vh.ScriptQuery('q', '')", "['Den 1.7.0.0']");
}

// ---- what replaces an event's content ----------------------------------------------------

fn a_line_is_replaced(mode: Mode) {
    let mut stage = Stage::new(mode, &["OnParsedMsgChat"], |s| s);
    stage.run(&[Login("ann"), Login("bob")]);
    for (n, (value, shown)) in [
        ("'another text'", "<ann> another text"),
        ("''", "<ann> "),
        ("('eve', 'put into her mouth')", "<eve> put into her mouth"),
        ("(None, 'only the text')", "<ann> only the text"),
        ("('carl', None)", "<carl> original 4"),
        ("(None, None)", "<ann> original 5"),
        ("('op', '1')", "<op> 1"),
        // Neither a text nor a verdict.
        ("('eve', 1.5)", "<ann> original 7"),
        ("(b'eve', 'text')", "<ann> original 8"),
        ("['eve', 'text']", "<ann> original 9"),
        // A text for the sender alone, and a line that was replaced by another script before stays.
        ("('<Guard> only to you', 1)", "<ann> original 10"),
        ("('<Guard> only to you', True)", "<ann> original 11"),
        ("('line|<boss> two', None)", "<ann> original 12"),
        ("(None, 'one|<boss> two')", "<ann> one&#124;<boss> two"),
    ]
    .into_iter()
    .enumerate()
    {
        stage.boss.answer("OnParsedMsgChat", value);
        stage.client("ann").chat(format!("original {n}"));
        stage.client("ann").expect_exact(shown);
        stage.client("bob").expect_exact(shown);
    }
    assert_eq!(stage.client("bob").count("Guard"), 0);
    assert_eq!(stage.client("ann").count("<Guard> only to you"), 2);
}

/// What a client tells of itself after the nick.
const OWN: &str = "tester<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$$1073741824$";

/// Results of the two hooks of MyINFO, and what others then get to see.
const MY_INFOS: &[(&str, &str)] = &[
    (
        "('d', '<t>', 'fast\\x02', 'm@x', '7')",
        "d<t>$ $fast\x02$m@x$7$",
    ),
    ("(None, '', None, None, 8)", "tester$ $100\x01$$8$"),
    (
        "(None, None, None, 'me', None)",
        "tester<Test V:1.0,M:A,H:1/0/0,S:5>$ $100\x01$me$1073741824$",
    ),
    ("(None, None, None, None, None)", OWN),
    ("['no', 'tuple', '', '', '']", OWN),
    ("('four', None, None, None)", OWN),
    ("(1.5, None, None, None, None)", OWN),
];

fn a_my_info_is_replaced(mode: Mode) {
    let mut stage = Stage::new(mode, &["OnParsedMsgMyINFO"], |s| s);
    stage.run(&[Login("ann"), Login("bob")]);
    for (n, (value, shown)) in MY_INFOS.iter().enumerate() {
        // What others have seen is not sent again.
        stage.boss.answer("OnParsedMsgMyINFO", "None");
        stage
            .client("ann")
            .send(Who::new("ann").desc(format!("before {n}")).my_info());
        stage
            .boss
            .client
            .expect(format!("$MyINFO $ALL ann before {n}<"));
        stage.boss.answer("OnParsedMsgMyINFO", value);
        stage.client("ann").send(Who::new("ann").my_info());
        for name in ["ann", "bob", "boss"] {
            stage
                .client(name)
                .expect_exact(format!("$MyINFO $ALL ann {shown}"));
        }
        stage.run(&[Exec("answers.clear()")]);
        stage.boss.is(
            "str(vh.GetMyINFO('ann'))",
            &python(&format!("$MyINFO $ALL ann {shown}")),
        );
        let late = stage.hub.login(&format!("late{n}"));
        assert!(
            late.history()
                .contains(&format!("$MyINFO $ALL ann {shown}\n")),
            "{}",
            late.history()
        );
    }
}

/// The `repr` of a text of ASCII.
fn python(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            c => write!(out, "\\x{:02x}", u32::from(c)).expect("a String takes all"),
        }
    }
    format!("'{out}'")
}

fn a_first_my_info_is_replaced(mode: Mode) {
    let mut stage = Stage::new(mode, &["OnFirstMyINFO"], |s| s);
    for (n, (value, shown)) in MY_INFOS.iter().enumerate() {
        stage.round = n;
        stage.boss.answer("OnFirstMyINFO", value);
        stage.run(&[Login("eve{n}")]);
        let line = format!("$MyINFO $ALL eve{n} {shown}");
        stage.boss.client.expect_exact(&line);
        stage
            .boss
            .is(&format!("str(vh.GetMyINFO('eve{n}'))"), &python(&line));
        // The next one is the client's own again.
        let mut who = Who::new(format!("eve{n}")).desc("second");
        who.email = b"x".to_vec();
        stage.client("eve{n}").send(who.my_info());
        stage
            .boss
            .client
            .expect(format!("$MyINFO $ALL eve{n} second<"));
    }
}

// ---- several scripts -----------------------------------------------------------------------

/// Says what it saw, and returns something.
fn witness(name: &str, value: &str) -> String {
    format!(
        "import vh\ndef OnParsedMsgChat(nick, text):\n    vh.usermc('ann', '{name} saw ' + nick + ': ' + text)\n    return {value}\n"
    )
}

fn replacements_pass_from_script_to_script(mode: Mode) {
    let hub = mode
        .hub()
        .script("a.py", witness("a", "text + ' a'"))
        .script("b.py", witness("b", "('bea', text + ' b')"))
        .script("c.py", witness("c", "(None, text + ' c')"))
        .script("d.py", witness("d", "None"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("hello");
    ann.expect_exact("<Viperhub> a saw ann: hello");
    ann.expect_exact("<Viperhub> b saw ann: hello a");
    ann.expect_exact("<Viperhub> c saw bea: hello a b");
    ann.expect_exact("<Viperhub> d saw bea: hello a b c");
    ann.expect_exact("<bea> hello a b c");
}

fn my_infos_pass_from_script_to_script(mode: Mode) {
    let change = |desc: &str, share: &str| {
        format!(
            "def OnFirstMyINFO(nick, desc, tag, speed, mail, share): return ({desc}, '', None, None, {share})\n\
             def OnParsedMsgMyINFO(nick, desc, tag, speed, mail, share): return (desc + '!', None, None, None, None)\n"
        )
    };
    let hub = mode
        .hub()
        .script("a.py", change("desc + ' a'", "7"))
        .script("b.py", change("desc + ' b'", "int(share) + 1"))
        .start();
    let mut ann = hub.login("ann");
    let _eve = hub.login("eve");
    ann.expect_exact("$MyINFO $ALL eve tester a b!!$ $100\x01$$8$");
}

fn every_script_hears_and_a_block_wins(mode: Mode) {
    let hub = mode
        .hub()
        .script("a.py", witness("a", "'changed'"))
        .script("b.py", witness("b", "0"))
        .script("c.py", witness("c", "'other'"))
        .script("d.py", witness("d", "1/0"))
        .script("e.py", witness("e", "1"))
        .start();
    let mut ann = hub.login("ann");
    ann.chat("hello");
    for (name, text) in [
        ("a", "hello"),
        ("b", "changed"),
        ("c", "changed"),
        ("d", "other"),
        ("e", "other"),
    ] {
        ann.expect_exact(format!("<Viperhub> {name} saw ann: {text}"));
    }
    ann.expect_none("<ann>");
}

/// A function defined, replaced or removed later, and what is no function.
fn functions_are_found_when_they_come(mode: Mode) {
    let hub = mode
        .hub()
        .probe(&[])
        .script("odd.py", "OnUserLogout = 'not callable'\n")
        .start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    ann.chat("one");
    ann.expect_exact("<ann> one");
    boss.exec("def OnParsedMsgChat(nick, text): return text + ' first'");
    ann.chat("two");
    ann.expect_exact("<ann> two first");
    boss.exec("class Handler:\n    def __call__(self, nick, text='', *more): return text + ' second'\nOnParsedMsgChat = Handler()");
    ann.chat("three");
    ann.expect_exact("<ann> three second");
    boss.exec("del OnParsedMsgChat");
    ann.chat("four");
    ann.expect_exact("<ann> four");
    // Only under its exact name.
    boss.exec("def onparsedmsgchat(nick, text): return 0\nOnParsedMsgchat = OnparsedMsgChat = onparsedmsgchat");
    ann.chat("five");
    ann.expect_exact("<ann> five");
    ann.leave();
    boss.client.expect("$Quit ann");
}

fn who_leaves_can_be_asked_about(mode: Mode) {
    let mut stage = Stage::new(mode, &["OnUserLogout", "OnCloseConnEx"], |s| s);
    stage.boss.exec("seen = []");
    stage.boss.answer(
        "OnUserLogout",
        "lambda nick: seen.append((nick, vh.GetUserClass(nick), vh.GetUserIP(nick), nick in vh.GetNickList(), vh.GetMyINFO(nick)[1]))",
    );
    stage.run(&[
        Login("ann"),
        Leave("ann"),
        Hears("boss", "$Quit ann"),
        Is("seen", "[('ann', 0, '127.0.0.1', True, 'tester')]"),
        Is("vh.GetUserClass('ann')", "-2"),
    ]);
}

/// The orders of the documents' overview, told by parameters' names and number, beside those of the reference.
fn older_forms(mode: Mode) {
    let older = "\
import vh
def OnTimer():
    global OnTimer
    vh.SendToOpChat('tick without arguments')
    del OnTimer
def OnNewReg(nick, user_class, op_nick): vh.SendToOpChat(f'older: {nick} {user_class} {op_nick}')
def OnNewBan(ip, nick, op_nick, reason): vh.SendToOpChat(f'older: {ip} {nick} {op_nick} {reason}')
def OnSetConfig(config, variable, value): vh.SendToOpChat(f'older: {config} {variable} {value}')
";
    let newer = "\
import vh
def OnTimer(msec=0):
    global OnTimer
    vh.SendToOpChat(f'tick at {msec > 10 ** 12}')
    del OnTimer
def OnNewReg(op, nick, uclass): vh.SendToOpChat(f'newer: {op} {nick} {uclass}')
def OnNewBan(op, ip, nick, reason): vh.SendToOpChat(f'newer: {op} {ip} {nick} {reason}')
def OnSetConfig(nick, conf, var, val_new, val_old, val_type):
    vh.SendToOpChat(f'newer: {nick} {conf} {var} {val_new} {val_old} {val_type}')
";
    let hub: Hub = mode
        .hub()
        .user("boss", 10, PASSWORD)
        .script("newer.py", newer)
        .script("older.py", older)
        .start();
    let mut boss = hub.login_reg("boss");
    for (command, newer, older) in [
        ("!regnew ann 2 secret-word", "boss ann 2", "ann 2 boss"),
        (
            "!banip_5m 192.0.2.1 why",
            "boss 192.0.2.1  why",
            "192.0.2.1  boss why",
        ),
        (
            "!set hub_name Den",
            "boss config hub_name Den Viperhub 12",
            "config hub_name Den",
        ),
    ] {
        boss.chat(command);
        boss.expect_ever(format!("$To: boss From: OpChat $<OpChat> newer: {newer}"));
        boss.expect_ever(format!("$To: boss From: OpChat $<OpChat> older: {older}"));
    }
    // The first ticks may have come before the login.
    boss.chat("!pyreload newer");
    boss.chat("!pyreload older");
    boss.expect_ever("$To: boss From: OpChat $<OpChat> tick without arguments");
    boss.expect_ever("$To: boss From: OpChat $<OpChat> tick at True");
}

/// The hook for all commands comes after those for users and operators, if these let it pass; a line that is no
/// command and that a script stops is not answered.
fn hub_commands_come_last(mode: Mode) {
    let hooks = ["OnUserCommand", "OnHubCommand", "OnParsedMsgChat"];
    let mut stage = Stage::new(mode, &hooks, |s| s);
    let calls = "[n for n, a in calls if a[0] == 'ann']";
    stage.run(&[
        Login("ann"),
        Chat("ann", "+myip"),
        Hears("ann", "Your address is"),
        Is(calls, "['OnUserCommand', 'OnHubCommand']"),
        Exec("calls.clear(); answers['OnUserCommand'] = 0"),
        Chat("ann", "+myip"),
        Lacks("ann", "address"),
        Is(calls, "['OnUserCommand']"),
        Exec("calls.clear(); answers.clear(); answers['OnParsedMsgChat'] = 0"),
        Chat("ann", "!stats"),
        Lacks("ann", "stats"),
        Is(
            calls,
            "['OnUserCommand', 'OnHubCommand', 'OnParsedMsgChat']",
        ),
    ]);
}

/// A 0 for the first MyINFO stops the login there, no more.
fn a_refused_first_my_info_may_be_followed_by_another(mode: Mode) {
    let mut stage = Stage::new(mode, &["OnParsedMsgMyINFO"], |s| s);
    stage.run(&[
        Exec("answers['OnParsedMsgMyINFO'] = 0"),
        Shake("eve"),
        Info("eve"),
    ]);
    until(|| stage.boss.eval("('eve' in [a[0] for n, a in calls])") == "True");
    stage.run(&[
        Is("'eve' in vh.GetNickList()", "False"),
        Exec("answers.clear()"),
        InfoOnly("eve"),
        Fence("eve"),
        Is("vh.GetUserClass('eve')", "0"),
    ]);
}

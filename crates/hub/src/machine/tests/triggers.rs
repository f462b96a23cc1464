use super::*;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, ProgramOp};
use crate::reg::StoreOp;

fn staffed(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    k.register("boss", 10);
    let (a, boss) = (k.login("a"), k.login("boss"));
    k.got(a);
    k.got(boss);
    (k, a, boss)
}

fn add(k: &mut Kit, boss: ConnId, line: &str) {
    k.say(boss, "boss", &format!("!addtrigger {line}"));
    k.expect_in(boss, "trigger stored: ");
}

#[test]
fn triggers_are_added_changed_listed_and_removed() {
    let (mut k, a, boss) = staffed(&[]);
    add(&mut k, boss, "+hi -d \"hello you\" -f 16 -h \"says hello\"");
    assert!(matches!(&k.stored[..], [.., StoreOp::PutRow { .. }]));
    k.say(a, "a", "+HI");
    k.expect(a, "<Viperhub> hello you|");
    k.say(boss, "boss", "!addtrigger +hi -d x -f 16");
    k.expect_in(boss, "+hi is there already");
    k.say(boss, "boss", "!modtrigger +hi -d bye");
    k.expect_in(boss, "+hi -d bye -h \"says hello\" -f 16");
    k.say(a, "a", "+hi");
    k.expect(a, "<Viperhub> bye|");
    k.say(a, "a", "+help");
    k.expect_in(a, "\r\n+hi - says hello");
    k.say(boss, "boss", "!lsttrigger");
    k.expect_in(boss, "\r\n+hi -d bye");
    k.say(boss, "boss", "!ftget +hi");
    k.expect(boss, "<Viperhub> +hi:\r\nbye|");
    k.store_fails = true;
    k.say(boss, "boss", "!deltrigger +hi");
    k.expect_in(boss, "could not be removed");
    k.store_fails = false;
    k.say(boss, "boss", "!deltrigger +HI");
    k.expect_in(boss, "trigger +hi is removed.");
    k.say(a, "a", "+hi");
    k.expect_in(a, "There is no command +hi");
    k.store_fails = true;
    k.say(boss, "boss", "!addtrigger +hi -d x -f 16");
    k.expect_in(boss, "could not be stored");
    k.say(a, "a", "+hi");
    k.expect_in(a, "There is no command +hi");
    k.quiet();
}

#[test]
fn what_cannot_be_a_trigger_is_refused() {
    let (mut k, _, boss) = staffed(&[]);
    for (line, why) in [
        ("+x", "needs -d"),
        ("+x -d /etc/passwd", "data directory"),
        ("+x -d %[CFG]/../x", "data directory"),
        ("+x -d %[CFG]/dbconfig", "others' eyes"),
        ("+x -d x -f 17", "not supported"),
        ("+x -d x -f 16 -c 5 -C 3", "above the greatest"),
        (
            "+a_command_of_more_than_thirty_bytes -d x -f 16",
            "at most 30",
        ),
    ] {
        k.say(boss, "boss", &format!("!addtrigger {line}"));
        k.expect_in(boss, why);
    }
    assert!(
        !k.stored
            .iter()
            .any(|op| matches!(op, StoreOp::PutRow { .. }))
    );
}

#[test]
fn files_are_read_when_they_are_asked_for() {
    let (mut k, a, boss) = staffed(&[]);
    add(&mut k, boss, "+rules -d %[CFG]/rules -f 2");
    k.say(a, "a", "+rules");
    k.expect_in(a, "There is no command +rules");
    k.files.insert("rules".into(), "one\ntwo | three\n".into());
    k.tick(2);
    k.say(a, "a", "+rules");
    k.expect(
        a,
        "$To: a From: Viperhub $<Viperhub> one\r\ntwo &#124; three|",
    );
    let reads = |k: &Kit| k.asked.len();
    let before = reads(&k);
    k.say(a, "a", "+rules");
    assert_eq!(reads(&k), before, "what was just read is not read again");
    k.tick(2);
    k.files.insert("rules".into(), "unreadable".into());
    k.say(a, "a", "+rules");
    k.expect_in(a, "There is no command +rules");
    k.expect_in(boss, "trigger file rules cannot be shown: no permission");
    k.tick(2);
    k.say(a, "a", "+rules");
    k.expect(boss, "");
    // The user waits for the file, others do not.
    k.tick(2);
    k.files.insert("rules".into(), "none".into());
    k.program_waits = true;
    k.say(a, "a", "+rules");
    k.say(a, "a", "after");
    k.got(a);
    k.say(boss, "boss", "hello");
    k.expect(a, "<boss> hello|");
    k.program_waits = false;
    k.program_answers();
    k.expect(a, "$To: a From: Viperhub $<Viperhub> none|<a> after|");
    // Who left meanwhile gets nothing, and nothing breaks.
    k.tick(2);
    k.program_waits = true;
    k.say(a, "a", "+rules");
    k.leave(a);
    k.program_answers();
    k.quiet();
}

#[test]
fn texts_at_login_come_before_the_topic() {
    let (mut k, _, boss) = staffed(&[("hub_topic", "fish"), ("hub_name", "Den")]);
    add(&mut k, boss, "+motd -d %[CFG]/motd -f 4");
    add(&mut k, boss, "+motd_op -d %[CFG]/motd_op -f 4 -c 3");
    add(&mut k, boss, "+note -d \"hi %[NICK]\" -f 52");
    k.files.insert("motd".into(), "welcome".into());
    k.files.insert("motd_op".into(), "hello op".into());
    let c = k.connect();
    k.send(c, "$Supports |$Key k|$ValidateNick c|$Version 1");
    k.got(c);
    k.program_waits = true;
    k.send(c, &info("c"));
    let got = k.got(c);
    assert!(
        !got.contains("$HubTopic") && got.contains("$MyINFO"),
        "{got}"
    );
    k.program_waits = false;
    k.program_answers();
    let got = k.got(c);
    assert!(
        got.contains("<Viperhub> welcome|") && got.contains("<Viperhub> hi c|"),
        "{got}"
    );
    assert!(got.ends_with("$HubTopic fish|"), "{got}");
    assert!(!got.contains("hello op"));
    k.got(boss);
    k.say(boss, "boss", "+motd_op");
    k.expect(boss, "<Viperhub> hello op|");
    k.quiet();
}

#[test]
fn classes_and_senders() {
    let (mut k, a, boss) = staffed(&[]);
    add(&mut k, boss, "+secret -d psst -f 16 -c 3");
    k.say(a, "a", "+secret");
    k.expect_in(a, "There is no command");
    add(
        &mut k,
        boss,
        "+as -d \"hi %[PAR1], all: %[PARALL]\" -f 48 -n %[PAR1]",
    );
    k.say(a, "a", "+as bob  and more");
    k.expect(a, "<bob> hi bob, all: bob  and more|");
    k.say(a, "a", "+as");
    k.expect(a, "<Viperhub> hi , all: |");
    k.say(a, "a", "+as <bob>");
    k.expect(a, "<Viperhub> hi <bob>, all: <bob>|");
    k.send(a, "$To: Viperhub From: a $<a> +as x");
    k.expect(a, "$To: a From: x $<x> hi x, all: x|");
    // Hooks see them as any other command.
    k.hook(&[Hook::UserCommand]);
    k.say(a, "a", "+as x");
    assert!(matches!(k.block(), Event::UserCommand { command, .. } if command == "+as x"));
    k.expect(a, "");
}

#[test]
fn to_all_of_some_classes() {
    let (mut k, a, boss) = staffed(&[]);
    let b = k.login("b");
    k.got(a);
    add(
        &mut k,
        boss,
        "+all -d \"%[NICK] says hi to %[USERS] users\" -f 112 -C 2",
    );
    k.hook(&[Hook::PublicBotMessage]);
    k.say(a, "a", "+all");
    k.expect(a, "<Viperhub> a says hi to 3 users|");
    k.expect(b, "<Viperhub> a says hi to 3 users|");
    k.expect(boss, "");
    let told = k.told.pop().unwrap();
    let Event::PublicBotMessage {
        nick,
        message,
        min_class,
        max_class,
    } = told
    else {
        panic!("{told:?}");
    };
    assert_eq!(nick, "Viperhub");
    assert_eq!(message, "a says hi to 3 users");
    assert_eq!((min_class, max_class), (0, 2));
}

#[test]
fn from_time_to_time() {
    let (mut k, a, boss) = staffed(&[]);
    add(&mut k, boss, "+ad -d \"hello %[NICK]\" -f 48 -t 10m");
    k.tick(1);
    k.expect(a, "<Viperhub> hello a|");
    k.expect(boss, "<Viperhub> hello boss|");
    k.tick(598);
    k.expect(a, "");
    k.tick(2);
    k.expect(a, "<Viperhub> hello a|");
    k.got(boss);
    k.say(a, "a", "+ad");
    k.expect_in(a, "There is no command");
    k.say(boss, "boss", "+ad");
    k.expect(boss, "<Viperhub> hello boss|");
    // From a file, in private.
    k.say(boss, "boss", "!modtrigger +ad -d %[CFG]/ad -f 2 -C 3");
    k.got(boss);
    k.files.insert("ad".into(), "buy".into());
    k.tick(600);
    k.expect(a, "$To: a From: Viperhub $<Viperhub> buy|");
    k.expect(boss, "");
}

#[test]
fn help_shows_the_owners_texts() {
    let (mut k, a, boss) = staffed(&[]);
    add(&mut k, boss, "+help_usr -d %[CFG]/help_usr -f 8");
    add(&mut k, boss, "+help_op -d %[CFG]/help_op -f 8 -c 3");
    k.files.insert("help_usr".into(), "be nice".into());
    k.files.insert("help_op".into(), "be strict".into());
    k.say(a, "a", "+help");
    let got = k.got(a);
    assert!(got.starts_with("<Viperhub> Commands you may use:"), "{got}");
    assert!(got.ends_with("<Viperhub> be nice|"), "{got}");
    k.send(boss, "$To: Viperhub From: boss $<boss> !help");
    let got = k.got(boss);
    assert!(
        got.contains("$To: boss From: Viperhub $<Viperhub> be strict|"),
        "{got}"
    );
}

#[test]
fn all_variables_have_values() {
    let (mut k, _, boss) = staffed(&[("hub_name", "Den"), ("hub_topic", "fish")]);
    let names: Vec<&str> = crate::machine::variable_names().collect();
    let text: Vec<String> = names.iter().map(|n| format!("{n}=%[{n}]")).collect();
    add(
        &mut k,
        boss,
        &format!("+v -d \"{} %[NOTHING]\" -f 48", text.join(";")),
    );
    k.say(boss, "boss", "+v one two");
    let got = k.got(boss);
    assert!(got.ends_with(" %[NOTHING]|"), "{got}");
    for (name, value) in [
        ("PARALL", "one two"),
        ("PAR1", "one"),
        ("END1", "+v one two"),
        ("NICK", "boss"),
        ("CLASS", "10"),
        ("CLASSNAME", "master"),
        ("IP", "80.0.0.2"),
        ("MODE", "active"),
        ("SHARE_EXACT", "1000"),
        ("USERS", "2"),
        ("USERS_PASSIVE", "0"),
        ("USERSPEAK", "2"),
        ("HUBNAME", "Den"),
        ("HUBTOPIC", "fish"),
        ("YY", "2023"),
        ("MM", "11"),
        ("DD", "14"),
        ("HH", "22"),
        ("mm", "13"),
        ("CC", "--"),
    ] {
        assert!(got.contains(&format!("{name}={value}")), "{name}: {got}");
    }
    let asked = k.asked.iter();
    assert!(
        asked
            .filter(|op| matches!(op, ProgramOp::ReadFile { .. }))
            .count()
            == 0
    );
}

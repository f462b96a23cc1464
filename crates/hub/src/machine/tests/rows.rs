//! One case for each row of the command table: who types what, and what he is told.

use super::*;
use crate::hooks::Hook;
use crate::io::ConnId;
use crate::machine::commands::{COMMANDS, CommandRow};

/// Users by class.
const STAFF: [(&str, i32); 6] = [
    ("reg", 1),
    ("vip", 2),
    ("op", 3),
    ("chief", 4),
    ("admin", 5),
    ("boss", 10),
];

/// A hub with `ann`, a guest, and one user of each class.
fn stage(settings: &[(&str, &str)]) -> (Kit, BTreeMap<&'static str, ConnId>) {
    let mut k = Kit::with(settings);
    let mut users = BTreeMap::new();
    users.insert("ann", k.login("ann"));
    for (nick, class) in STAFF {
        k.register(nick, class);
        users.insert(nick, k.login(nick));
    }
    for id in users.values() {
        k.got(*id);
    }
    (k, users)
}

use std::collections::BTreeMap;

/// Row, who, what he types, what the answer holds.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &str)] = &[
    ("help", "ann", "+help", "+myinfo - shows"),
    ("myinfo", "ann", "+myinfo", "You may search: yes"),
    ("myip", "ann", "+myip", "Your address is 80.0.0.1."),
    ("info", "ann", "+info", "Users: 7"),
    ("about", "ann", "+about", "This hub runs Viperhub"),
    ("report", "ann", "+report reg spam", "Thank you"),
    ("me", "ann", "+me waves", "** ann waves|"),
    ("chat", "ann", "+chat", "Main chat is on."),
    ("nochat", "ann", "+nochat", "Main chat is off."),
    ("passwd", "reg", "+passwd whatever", "Ask an operator"),
    ("regme", "ann", "+regme", "The operators have been told."),
    ("unregme", "reg", "+unregme", "The operators have been told."),
    ("topic", "chief", "!topic fish", "chief set the topic: fish"),
    ("commands", "op", "!commands", "getip, gi NICK..."),
    ("getip", "op", "!gi ann nobody", "ann: 80.0.0.1\r\nnobody: not online"),
    ("gethost", "op", "!gh ann", "ann: 80.0.0.1"),
    ("getinfo", "op", "!gn ann", "ann: 80.0.0.1, --"),
    ("hideme", "op", "!hideme 10", "not told to class 3 and below"),
    ("hidekick", "admin", "!hk op", "Kicks by op are not told."),
    ("unhidekick", "admin", "!uhk op", "Kicks by op are told."),
    ("class", "chief", "!class ann", "ann is now operator, until he leaves."),
    ("protect", "chief", "!protect ann 2", "ann is protected from class 2"),
    ("whoip", "op", "!whoip 80.0.0.1", "1 user has 80.0.0.1:\r\nann: 80.0.0.1"),
    ("whorange", "op", "!whorange 80.0.0.0/30", "3 users have 80.0.0.0/30:"),
    ("whocc", "op", "!whocc --", "7 users"),
    ("whocity", "op", "!wcity Atlantis", "Nobody has Atlantis."),
    ("whoport", "op", "!whoport 411", "7 users"),
    ("whourl", "op", "!whourl x", "Nobody has x."),
    ("whotls", "op", "!whotls no", "7 users"),
    ("whosups", "op", "!whosups NoHello", "Nobody has NoHello."),
    ("whover", "op", "!whover 1,0091", "7 users"),
    ("whoinfo", "op", "!winfo V:0.868", "7 users"),
    ("bc", "chief", "!bc hello %[NICK]", "Sent to 7 users."),
    ("guests", "chief", "!guests hello", "Sent to 1 users."),
    ("regs", "chief", "!regs hello", "Sent to 1 users."),
    ("vips", "chief", "!vips hello", "Sent to 1 users."),
    ("oc", "op", "!ops hello", "Sent to 4 users."),
    ("cheefs", "op", "!cheefs hello", "Sent to 2 users."),
    ("admins", "admin", "!admins hello", "Sent to 2 users."),
    ("masters", "admin", "!masters hello", "Sent to 1 users."),
    ("ccbc", "chief", "!ccbc :--: hello", "Sent to 7 users."),
    ("kick", "op", "!kick ann spam", "op kicked ann because: spam"),
    ("drop", "op", "!drop ann spam", "op dropped ann because: spam"),
    ("gag", "op", "!gag ann 1h", "ann may not write in main chat for 1 hour"),
    ("nopm", "op", "!nopm ann 1h", "ann may not write private messages for 1 hour"),
    ("nosearch", "op", "!nosearch ann 1h", "ann may not search for 1 hour"),
    ("noctm", "op", "!noctm ann 1h", "ann may not connect to other users for 1 hour"),
    ("ungag", "op", "!ungag ann", "ann may write in main chat already."),
    ("unnopm", "op", "!unnopm ann", "ann may write private messages already."),
    ("unnosearch", "op", "!unnosearch ann", "ann may search already."),
    ("unnoctm", "op", "!unnoctm ann", "ann may connect to other users already."),
    ("ban", "op", "!bannick_5m evil spam", "evil"),
    ("unban", "op", "!unbannick evil", "There is no ban of nick evil."),
    ("infoban", "op", "!infobannick evil", "ban"),
    ("lstban", "op", "!lstban", "ban"),
    ("regnew", "boss", "!regnew ann 1 secret1", "ann is now registered"),
    ("regdel", "boss", "!regdel reg", "reg is no longer registered."),
    ("regclass", "boss", "!regclass reg 2", "reg is now VIP."),
    ("regpass", "boss", "!regpass reg secret2", "reg has a new password."),
    ("set", "admin", "!set hub_name Den", "hub_name: Viperhub -> Den"),
    ("getconfig", "admin", "!gc hub_na*", "hub_name = Viperhub"),
    ("ftget", "boss", "!ftget +rules", "There is no trigger +rules."),
    ("lsttrigger", "admin", "!lsttrigger", "There is no trigger yet"),
    ("addtrigger", "admin", "!addtrigger +hi -d hello -f 16", "trigger stored: +hi -d hello -f 16"),
    ("modtrigger", "admin", "!modtrigger +hi -d x", "+hi is not there"),
    ("deltrigger", "admin", "!deltrigger +hi", "+hi is not there"),
    ("htrigger", "admin", "!htrigger", "-c LEAST-CLASS (usually 0)"),
    ("lstredirect", "chief", "!lstredirect", "There is no redirect yet"),
    ("addredirect", "chief", "!addredirect a.b -f 2", "redirect stored: a.b -f 2"),
    ("modredirect", "chief", "!modredirect a.b -e 0", "a.b is not there"),
    ("delredirect", "chief", "!delredirect a.b", "a.b is not there"),
    ("hredirect", "chief", "!hredirect", "-c :CC:CC:"),
    ("lstclient", "admin", "!lstclient", "There is no client yet"),
    ("addclient", "admin", "!addclient \"My DC\" -t MyDC -b 1", "client stored: \"My DC\" -t MyDC -b 1"),
    ("modclient", "admin", "!modclient x -b 1", "x is not there"),
    ("delclient", "admin", "!delclient x", "x is not there"),
    ("hclient", "admin", "!hclient", "-b 1 bans the client"),
    ("lstconntype", "admin", "!lstconntype", "There is no conntype yet"),
    ("addconntype", "admin", "!addconntype DSL -s 2", "conntype stored: DSL -s 2"),
    ("modconntype", "admin", "!modconntype DSL -s 2", "DSL is not there"),
    ("delconntype", "admin", "!delconntype DSL", "DSL is not there"),
    ("hconntype", "admin", "!hconntype", "-ls LEAST-LIMIT-PER-SLOT"),
    ("hubinfo", "admin", "!hubinfo", "Registered nicks: 6"),
    ("sysinfo", "admin", "!sysinfo", "System"),
    ("bufinfo", "admin", "!bufinfo", "Buffers"),
    ("portinfo", "admin", "!portinfo", "411: 7"),
    ("urlinfo", "admin", "!urlinfo", "not told: 7"),
    ("protoinfo", "admin", "!protoinfo", "MyPass: 6"),
    ("mmdbinfo", "admin", "!mmdbinfo", "cities: none"),
    ("protoall_hubname", "admin", "!protoall_name Den", "$HubName Den|"),
    ("protoall_quit", "admin", "!protoactive_quit ann", "$Quit ann|"),
    ("protoall_redir", "admin", "!protopas_move a.b", "Sent to 0 users."),
    ("protoall_pm", "admin", "!protousr_pm admin hi", "$To: admin From: Viperhub $<Viperhub> hi|"),
    ("protoall_chat", "admin", "!protoall_mc hi", "<Viperhub> hi|"),
    ("userlimit", "admin", "!userlimit 10 30", "max_users goes from 6000 to 10 within 30 minutes."),
    ("reload", "admin", "!reload", "no setting had changed"),
    ("hublist", "boss", "!hublist", "registered"),
    ("quit", "boss", "!quit", ""),
    ("quit", "boss", "!quit 5m", "The hub stops in"),
    ("restart", "boss", "!restart -1", "Nothing was planned."),
    ("restart", "boss", "!restart soon", "A time is"),
    ("pyload", "admin", "!pyload x.py", "Load(b\"x.py\")"),
    ("pyunload", "admin", "!pyunload x", "Unload(b\"x\")"),
    ("pyreload", "admin", "!pyreload x", "Reload(b\"x\")"),
    ("pylist", "admin", "!pylist", "List"),
    ("pyfiles", "admin", "!pyfiles", "Files"),
    ("pystat", "admin", "!pystat", "Stat"),
    ("vipgag", "op", "!vipgag ann", "ann may not write in main chat for 5 minutes, until 20"),
    ("vipungag", "op", "!vipungag ann", "ann may write in main chat already."),
    ("maykick", "op", "!kvip vip 1h", "vip may kick and drop users for 1 hour, until 20"),
    ("unmaykick", "op", "!unkvip vip", "vip was not granted that."),
    ("noshare", "op", "!noshare ann", "ann may share less than others must for 1 week, until 20"),
    ("unnoshare", "op", "!unnoshare ann", "ann was not granted that."),
    ("mayreg", "chief", "!mayreg op", "op may register users for 1 week, until 20"),
    ("unmayreg", "chief", "!unmayreg op", "op was not granted that."),
    ("mayopchat", "op", "!mayopchat ann", "ann may use the operator chat for 1 week, until 20"),
    ("unmayopchat", "op", "!unmayopchat ann", "ann was not granted that."),
    ("mayinfo", "op", "!noinfo ann", "ann has the usual rights."),
    ("temprights", "op", "!temprights", "0 nicks have other rights than usual."),
    ("tempban", "op", "!tempban ann", "There is no temporary ban of ann."),
    ("deltempban", "op", "!untempban ann", "There is no temporary ban of ann."),
    ("cleanbanlist", "op", "!cleankicklist", "The list of kicks is empty now."),
    ("regenable", "admin", "!regenable reg", "reg's registration is on again."),
    ("regdisable", "admin", "!regdisable reg", "reg's registration is off now."),
    ("regprotect", "admin", "!regprotect reg 2", "reg: class_protect is now 2."),
    ("reghidekick", "admin", "!reghidekick op 2", "op: class_hidekick is now 2."),
    ("regset", "admin", "!regset reg note_op x", "reg: note_op is now x."),
    ("reginfo", "op", "!reginfo reg", "Class: 1, registered user"),
    ("reglist", "chief", "!reglist 3", "op (online)"),
    ("pyresume", "admin", "!pyresume x", "Resume(b\"x\")"),
    ("addplug", "admin", "!addplug isp -p /isp.so", "Save {"),
    ("delplug", "admin", "!delplug isp", "Delete(b\"isp\")"),
    ("onplug", "admin", "!onplug isp", "On(b\"isp\")"),
    ("offplug", "admin", "!offplug isp", "Off(b\"isp\")"),
    ("replug", "admin", "!replug isp", "Again(b\"isp\")"),
    ("lstplug", "op", "!lstplug", "List"),
    ("pylog", "admin", "!pylog 3", "LogLevel(Some(b\"3\"))"),
    ("lstplug", "op", "!lstplug", "List"),
];

fn row(name: &str) -> &'static CommandRow {
    let mut rows = COMMANDS.iter();
    rows.find(|r| r.names[0] == name)
        .unwrap_or_else(|| panic!("there is no command {name}"))
}

#[test]
fn every_row_answers() {
    for (name, who, line, answer) in CASES {
        row(name);
        let (mut k, users) = stage(&[]);
        let id = users[who];
        k.say(id, who, line);
        let got = k.got(id);
        assert!(got.contains(answer), "{line}: {answer:?} is not in {got:?}");
        assert!(!got.contains("There is no command"), "{line}: {got}");
        k.quiet();
    }
}

#[test]
fn every_row_has_a_case() {
    for row in COMMANDS {
        let name = row.names[0];
        let cases = CASES.iter().filter(|c| c.0 == name).count();
        assert!(cases > 0, "the command {name} has no case in tests/rows.rs");
    }
}

/// Nobody of a class below the row's gets anything out of it, by none of its names.
#[test]
fn every_row_is_for_its_class_only() {
    let (mut k, users) = stage(&[]);
    let by_class = |class: i32| {
        let mut below = STAFF.iter().rev().filter(|(_, c)| *c < class);
        below.next().map_or("ann", |(nick, _)| nick)
    };
    for row in COMMANDS {
        let least = row.least.class(&Default::default());
        if least <= 0 {
            continue;
        }
        let who = by_class(least);
        for name in row.names {
            k.say(users[who], who, &format!("!{name} x"));
            let got = k.got(users[who]);
            let refused = got.contains("There is no command") || got.contains("You need class");
            assert!(refused, "!{name} by {who}: {got}");
        }
    }
    k.quiet();
}

/// Each row is a command for scripts, which can keep it from the hub.
#[test]
fn scripts_are_asked_about_every_row() {
    let (mut k, users) = stage(&[]);
    k.hook(&[Hook::OperatorCommand, Hook::HubCommand]);
    for row in COMMANDS.iter().filter(|r| !r.engine) {
        let line = format!("!{} x", row.names[0]);
        k.say(users["boss"], "boss", &line);
        let event = k.allow();
        assert_eq!(event.hook(), Hook::OperatorCommand, "{line}");
        assert_eq!(k.block().hook(), Hook::HubCommand, "{line}");
        k.expect(users["boss"], "");
    }
    k.quiet();
}

#[test]
fn help_names_what_the_asker_may_use_and_nothing_else() {
    let (mut k, users) = stage(&[("min_class_bc", "5")]);
    let config = k.view.config().as_ref().clone();
    for (who, class) in STAFF.into_iter().chain([("ann", 0)]) {
        k.say(users[who], who, "+help");
        let got = k.got(users[who]);
        for row in COMMANDS {
            let named = ["\n+", "\n!"].iter().any(|trigger| {
                let line = format!("{trigger}{}", row.names[0]);
                got.split(&line).skip(1).any(|rest| rest.starts_with(' '))
            });
            let may = class >= row.least.class(&config);
            assert_eq!(named, may, "{} for {who}", row.names[0]);
        }
    }
}

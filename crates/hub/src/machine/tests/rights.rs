use super::*;
use crate::io::{Call, ConnId};
use crate::reg::{Listing, RightsRow, StoreOp};

fn with_ops(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    for (nick, class) in [("op", 3), ("chief", 4), ("vip", 2)] {
        k.register(nick, class);
    }
    let (op, chief) = (k.login("op"), k.login("chief"));
    (k, op, chief)
}

fn says(k: &mut Kit, who: (ConnId, &str), command: &str, expected: &str) {
    k.got(who.0);
    k.say(who.0, who.1, command);
    k.expect_in(who.0, expected);
}

fn last_row(k: &Kit) -> RightsRow {
    let rows = k.stored.iter().rev();
    let mut rows = rows.filter_map(|op| match op {
        StoreOp::SaveRights { rights } => Some(*rights.clone()),
        _ => None,
    });
    rows.next().unwrap()
}

#[test]
fn a_vip_who_may_kick_does_it_within_limits() {
    let (mut k, op, _) = with_ops(&[("tban_kick", "300")]);
    let (vip, a) = (k.login("vip"), k.login("a"));
    let vip = (vip, "vip");
    // Guests and VIPs need not know what operators can do.
    k.say(vip.0, "vip", "+kick a spam");
    assert!(!k.closed(a));
    says(
        &mut k,
        (op, "op"),
        "!maykick vip 1d",
        "op: vip may kick and drop users for 1 day, until 20",
    );
    k.expect_in(vip.0, "You may kick and drop users for 1 day, until 20");
    says(&mut k, vip, "+kick op spam", "You may not kick op.");
    says(&mut k, vip, "+kick a spam _ban_", "(banned 5 minutes)");
    assert!(k.closed(a));
    let b = k.login("b");
    says(
        &mut k,
        vip,
        "+vipgag b",
        "vip: b may not write in main chat for 5 minutes, until 20",
    );
    says(
        &mut k,
        vip,
        "+vipungag b",
        "b may write in main chat again.",
    );
    k.say(vip.0, "vip", "+drop b");
    assert!(k.closed(b));
    let b = k.login("b");
    k.send(vip.0, "$Kick b");
    assert!(k.closed(b));
    assert_eq!(last_row(&k).nick, "b");
    let b = k.login("b");
    k.tick(86_400);
    k.send(vip.0, "$Kick b");
    assert!(!k.closed(b));
    says(
        &mut k,
        (op, "op"),
        "!unmaykick vip",
        "vip was not granted that.",
    );
}

#[test]
fn registering_and_the_operator_chat_can_be_granted() {
    let (mut k, op, chief) = with_ops(&[]);
    let (op, chief) = ((op, "op"), (chief, "chief"));
    let a = k.login("a");
    says(&mut k, op, "!regnew x 1 secret", "You need class 4");
    says(&mut k, op, "!mayreg op", "You need class 4 for mayreg");
    says(
        &mut k,
        chief,
        "!mayreg op 5m",
        "op may register users for 5 minutes, until 20",
    );
    says(&mut k, op, "!regnew x 1 secret", "x is now registered");
    says(
        &mut k,
        chief,
        "!unmayreg op",
        "op may not register users any more.",
    );
    says(&mut k, op, "!regdel x", "You need class 4");

    k.send(a, "$To: OpChat From: a $<a> hi");
    k.expect_in(a, "Only operators may write here.");
    says(
        &mut k,
        op,
        "!mayopchat a 5m",
        "a may use the operator chat for 5 minutes, until 20",
    );
    k.got(a);
    k.send(op.0, "$To: OpChat From: op $<op> psst");
    k.expect(a, "$To: a From: OpChat $<op> psst|");
    k.send(a, "$To: OpChat From: a $<a> hi");
    k.expect_in(op.0, "From: OpChat $<a> hi|");
    // Also after a new login, until it is over.
    k.leave(a);
    let a = k.login("a");
    k.send(op.0, "$To: OpChat From: op $<op> psst");
    k.expect_in(a, "psst");
    k.tick(300);
    k.send(op.0, "$To: OpChat From: op $<op> later");
    k.expect(a, "");
}

#[test]
fn who_may_share_less_than_others_gets_in() {
    let (mut k, op, _) = with_ops(&[("min_share", "5")]);
    let small = |k: &mut Kit| {
        let c = k.connect();
        k.send(
            c,
            &format!("$Supports |$Key k|$ValidateNick a|$Version 1|{}", info("a")),
        );
        let closed = k.closed(c);
        k.leave(c);
        !closed
    };
    assert!(!small(&mut k));
    says(
        &mut k,
        (op, "op"),
        "!noshare a",
        "a may share less than others must for 1 week, until 20",
    );
    assert!(small(&mut k));
    says(&mut k, (op, "op"), "!unnoshare a", "any more.");
    assert!(!small(&mut k));
}

#[test]
fn what_is_decided_is_stored_as_the_original_does_it_and_read_again() {
    let (mut k, op, _) = with_ops(&[]);
    let op = (op, "op");
    says(&mut k, op, "!gag Bob 5m", "Bob may not write in main chat");
    says(&mut k, op, "!noctm bob 1h", "may not connect");
    says(&mut k, op, "!maykick bob 2h", "may kick");
    let row = last_row(&k);
    let now = 1_700_000_000;
    assert_eq!(
        (&row.nick[..], &row.op[..], row.since),
        (&b"Bob"[..], &b"op"[..], now)
    );
    assert_eq!(
        row.times,
        [now + 300, 1, now + 3600, 1, now + 7200, 1, 1, 1]
    );
    says(
        &mut k,
        op,
        "!mayinfo BOB",
        "Bob may not write in main chat for 5 minutes, may not connect to other users for 1 hour, \
         may kick and drop users for 2 hours (op)|",
    );
    says(
        &mut k,
        op,
        "!temprights",
        "1 nick has other rights than usual.\r\nBob may not write",
    );
    for command in ["!ungag bob", "!unnodl bob", "!unkvip bob"] {
        k.say(op.0, "op", command);
    }
    assert_eq!(last_row(&k).times, [1; 8]);
    says(&mut k, op, "!noinfo bob", "bob has the usual rights.");

    // As the original writes it: 0 is for good.
    let mut k = Kit::with_rights(vec![RightsRow {
        nick: "A".into(),
        op: "op".into(),
        since: 5,
        times: [0, 1, 1, now - 1, 1, 1, 1, 1],
    }]);
    let a = k.login("a");
    k.say(a, "a", "hello");
    k.expect(a, "<Viperhub> You may not write in main chat.|");
    k.send(a, "$To: a From: a $<a> hi");
    assert!(!k.got(a).contains("You may not"));
    k.register("op", 3);
    let op = (k.login("op"), "op");
    says(
        &mut k,
        op,
        "!cleantemprights",
        "All users have their usual rights again.",
    );
    k.got(a);
    k.say(a, "a", "hello");
    k.expect_in(a, "<a> hello|");
    assert!(k.stored.contains(&StoreOp::Clean {
        list: Listing::Rights
    }));
}

#[test]
fn scripts_are_told_when_it_is_stored_and_operators_when_it_is_not() {
    let (mut k, op, _) = with_ops(&[]);
    k.login("a");
    let call = || Call::Restrict {
        nick: "a".into(),
        periods: ["1h".into(), "".into(), "".into(), "".into()],
    };
    k.store_waits = true;
    let id = k.begin(call());
    assert!(k.answered(id).is_none());
    k.store_answers();
    assert!(k.answered(id).is_some());
    k.store_waits = false;
    k.store_fails = true;
    let id = k.begin(call());
    let nothing = crate::value::Value::Dict(Vec::new());
    assert_eq!(k.answered(id), Some(Ok(nothing)));
    k.got(op);
    k.say(op, "op", "!nopm a");
    k.expect_in(op, "This holds until the hub ends only: no disk");
}

#[test]
fn a_user_is_told_of_all_eight_rights() {
    let (mut k, op, _) = with_ops(&[]);
    let vip = (k.login("vip"), "vip");
    let lines = |k: &mut Kit, who: (ConnId, &str)| -> Vec<String> {
        k.got(who.0);
        k.say(who.0, who.1, "+myinfo");
        let got = k.got(who.0);
        let rights = got.trim_end_matches('|').lines();
        let rights = rights.filter_map(|l| l.strip_prefix("You may "));
        rights.map(str::to_owned).collect()
    };
    assert_eq!(
        lines(&mut k, vip),
        [
            "write in main chat: yes",
            "write private messages: yes",
            "search: yes",
            "connect to other users: yes",
        ]
    );
    let all = [
        "gag",
        "nopm",
        "nosearch",
        "noctm",
        "maykick",
        "noshare",
        "mayopchat",
    ];
    for command in all {
        k.say(op, "op", &format!("!{command} vip 5m"));
    }
    k.pass(60_000);
    let left = "for another 4 minutes";
    assert_eq!(
        lines(&mut k, vip),
        [
            format!("write in main chat: no, {left}"),
            format!("write private messages: no, {left}"),
            format!("search: no, {left}"),
            format!("connect to other users: no, {left}"),
            format!("kick and drop users: yes, {left}"),
            format!("share less than others must: yes, {left}"),
            format!("use the operator chat: yes, {left}"),
        ]
    );
    for command in all {
        k.say(op, "op", &format!("!un{command} vip"));
    }
    assert_eq!(lines(&mut k, vip).len(), 4);
    // The eighth is for operators; to others it is no use, and they are not told of it.
    k.register("boss", 5);
    let boss = k.login("boss");
    for nick in ["op", "vip"] {
        k.say(boss, "boss", &format!("!mayreg {nick} 5m"));
    }
    let told = lines(&mut k, (op, "op"));
    assert_eq!(
        told.last().unwrap(),
        "register users: yes, for another 5 minutes"
    );
    assert_eq!(lines(&mut k, vip).len(), 4);
}

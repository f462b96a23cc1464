use super::*;
use crate::io::{Call, ConnId};
use crate::value::Value;

fn with_op(settings: &[(&str, &str)]) -> (Kit, ConnId, ConnId) {
    let mut k = Kit::with(settings);
    k.register("op", 3);
    let (a, op) = (k.login("a"), k.login("op"));
    k.got(op);
    (k, a, op)
}

fn restrict(k: &mut Kit, nick: &'static str, periods: [&'static str; 4]) -> Vec<bool> {
    let nick = nick.into();
    let id = k.begin(Call::Restrict {
        nick,
        periods: periods.map(Into::into),
    });
    let Some(Ok(Value::Dict(pairs))) = k.answered(id) else {
        panic!("no dict")
    };
    let names: Vec<_> = pairs.iter().map(|(name, _)| name.clone()).collect();
    if !names.is_empty() {
        assert_eq!(
            names,
            ["chat", "pm", "search", "ctm"].map(|n| Value::Text(n.as_bytes()))
        );
    }
    pairs
        .iter()
        .map(|(_, denied)| *denied == Value::Bool(true))
        .collect()
}

#[test]
fn each_right_is_denied_with_a_notice() {
    let (mut k, a, op) = with_op(&[]);
    let week = "1 week";
    for (command, frame, what) in [
        ("gag", "<a> hello", "write in main chat"),
        ("nopm", "$To: op From: a $<a> hi", "write private messages"),
        ("nosearch", "$Search 1.2.3.4:5 F?T?0?1?some$words", "search"),
        (
            "noctm",
            "$ConnectToMe op 80.0.0.1:412",
            "connect to other users",
        ),
    ] {
        k.say(op, "op", &format!("!{command} a"));
        let told = format!("You may not {what} for {week}, until 2023-11-21 22:13.|");
        k.expect(a, &format!("<Viperhub> {told}"));
        let told = format!("<Viperhub> op: a may not {what} for {week}, until 2023-11-21 22:13.|");
        k.expect_in(op, &told);
        k.send(a, frame);
        k.expect(
            a,
            &format!("<Viperhub> You may not {what} for another {week}.|"),
        );
        k.expect(op, "");
        k.say(op, "op", &format!("!un{command} a"));
        k.expect(a, &format!("<Viperhub> You may {what} again.|"));
        k.got(op);
        k.send(a, frame);
        assert!(!k.got(a).contains("You may not"), "{command}");
        k.say(op, "op", &format!("!un{command} a"));
        k.expect_in(op, "already.|");
    }
}

#[test]
fn the_other_ways_to_the_same_are_closed_too() {
    let (mut k, a, op) = with_op(&[("unknown_cmd_chat", "1")]);
    assert_eq!(restrict(&mut k, "a", ["1", "1", "1", "1"]), [true; 4]);
    for frame in [
        "<a> +me waves",
        "<a> +unknown",
        "$MCTo: op $a hi",
        "$Search Hub:a F?T?0?1?other$words",
        "$RevConnectToMe a op",
    ] {
        k.send(a, frame);
        k.expect_in(a, "You may not");
        k.expect(op, "");
    }
    // Commands and bots stay.
    k.send(a, "<a> +myip|$To: Viperhub From: a $<a> +myip");
    assert_eq!(k.got(a).matches("Your address is").count(), 2);
}

#[test]
fn a_gag_ends_in_time_and_outlives_the_connection() {
    let (mut k, a, op) = with_op(&[]);
    k.say(op, "op", "!gag A 5m");
    k.leave(a);
    let a = k.login("a");
    k.pass(299_000);
    k.say(a, "a", "x");
    k.expect(
        a,
        "<Viperhub> You may not write in main chat for another 1 second.|",
    );
    k.tick(1);
    k.say(a, "a", "x");
    k.expect(a, "<a> x|");
    for (command, says) in [
        ("!gag a 0", "The time must be"),
        ("!gag a soon", "The time must be"),
        ("!gag", "Whom?"),
        ("!ungag", "Whom?"),
        ("!gag op", "You may not restrict op."),
        (
            "!nochat nobody 1d",
            "nobody may not write in main chat for 1 day, until 20",
        ),
        ("!nochat", "Main chat is off."),
    ] {
        k.say(op, "op", command);
        k.expect_in(op, says);
    }
}

#[test]
fn operators_hear_of_attempts_and_admins_are_free() {
    let (mut k, a, op) = with_op(&[("notify_gag_chats", "1")]);
    assert_eq!(
        restrict(&mut k, "a", ["5m", "", "", ""]),
        [true, false, false, false]
    );
    k.say(a, "a", "x");
    k.expect_in(op, "a tried to write in main chat, which he may not now.");
    k.register("boss", 5);
    let boss = k.login("boss");
    restrict(&mut k, "boss", ["1", "1", "1", "1"]);
    k.say(boss, "boss", "hello");
    k.expect_in(boss, "<boss> hello|");
}

#[test]
fn scripts_restrict_by_periods() {
    let (mut k, a, _) = with_op(&[]);
    assert_eq!(restrict(&mut k, "a", [""; 4]), [false; 4]);
    assert_eq!(
        restrict(&mut k, "a", ["30s", "", "2", "1"]),
        [true, false, true, true]
    );
    assert_eq!(
        restrict(&mut k, "a", ["", "1M", "0", ""]),
        [true, true, false, true]
    );
    // One bad period, and nothing of it is done.
    assert!(restrict(&mut k, "a", ["0", "soon", "", ""]).is_empty());
    assert!(restrict(&mut k, "a", ["0s", "", "", ""]).is_empty());
    assert_eq!(restrict(&mut k, "a", [""; 4]), [true, true, false, true]);
    k.pass(30_000);
    assert_eq!(restrict(&mut k, "a", [""; 4]), [false, true, false, true]);
    k.pass(604_800_000);
    assert_eq!(restrict(&mut k, "a", [""; 4]), [false, true, false, false]);
    for nobody in ["nobody", "Viperhub"] {
        assert!(restrict(&mut k, nobody, ["1"; 4]).is_empty());
    }
    k.leave(a);
    assert_eq!(restrict(&mut k, "a", ["", "0", "", ""]), [false; 4]);
    k.tick(30);
    assert!(restrict(&mut k, "a", [""; 4]).is_empty(), "forgotten");
}

#[test]
fn a_time_is_told_as_it_is_stored_or_refused() {
    let (mut k, a, op) = with_op(&[]);
    k.say(op, "op", "!gag a 20y");
    k.expect_in(op, "for 1042 weeks 6 days, until 2043-11-09 22:13.|");
    k.expect_in(a, "until 2043-11-09 22:13.|");
    assert!(
        k.rights
            .iter()
            .any(|row| (2_330_720_000..2_330_720_060).contains(&row.times[0]))
    );
    for command in [
        "!gag a 99999999999d",
        "!ban_1001y a x",
        "!bannick_99999999999999999999y a x",
    ] {
        k.say(op, "op", command);
        k.expect_in(op, "The longest time is 1000 years (1000y).");
    }
    k.say(op, "op", "!bannick_1000y zed x");
    k.expect_in(op, ", until 3023-03-17 22:13");
    let ban = crate::io::Call::Ban {
        op: "op".into(),
        nick: "a".into(),
        reason: "x".into(),
        seconds: 1000 * 365 * 86_400 + 1,
        kind: 4,
    };
    assert!(!k.call(ban));
    assert!(!k.closed(a));
}

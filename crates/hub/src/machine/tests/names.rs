//! Nicks that could be taken for another one, and commands about them.

use super::*;
use crate::io::Call;

/// What looks like the end of `evil` to people, and the bytes `$BadNick` names.
const ODD: [(&str, &str); 6] = [
    ("\t", "9"),
    ("\u{b}", "11"),
    ("\u{c}", "12"),
    ("\u{7f}", "127"),
    ("\u{1}", "1"),
    ("\u{1b}", "27"),
];

fn refused(k: &mut Kit, nick: &str) -> String {
    let c = k.connect();
    k.got(c);
    k.send(c, "$Supports NickRule|$Key k");
    k.got(c);
    k.send(c, &format!("$ValidateNick {nick}"));
    let told = k.got(c);
    assert!(k.closed(c), "{nick:?} is let in: {told}");
    told
}

#[test]
fn a_guest_has_no_character_that_is_not_seen() {
    let mut k = Kit::new();
    for (odd, code) in ODD {
        for nick in [
            format!("evil{odd}"),
            format!("{odd}evil"),
            format!("e{odd}vil"),
        ] {
            let told = refused(&mut k, &nick);
            assert!(told.contains("looks like a blank"), "{told}");
            assert!(told.ends_with(&format!("$BadNick Char {code}|")), "{told}");
        }
    }
    let mut k = Kit::with(&[("hub_encoding", "UTF-8")]);
    for odd in ["\u{a0}", "\u{200b}", "\u{2003}", "\u{feff}", "\u{3000}"] {
        assert!(refused(&mut k, &format!("evil{odd}")).contains("$BadNick Char "));
    }
    k.login("J\u{f6}rg");
    let mut k = Kit::new();
    // The no-break space of CP1252, here as the second byte of what UTF-8 would be.
    assert!(refused(&mut k, "evil\u{a0}").ends_with("$BadNick Char 160|"));
}

#[test]
fn registrations_and_robots_keep_the_same_rule() {
    let mut k = Kit::new();
    k.register("boss", 10);
    let boss = k.login("boss");
    for (odd, _) in ODD {
        k.got(boss);
        k.say(boss, "boss", &format!("!regnew evil{odd} 1 secret"));
        k.expect_in(boss, "it holds a character that no new nick may hold");
        assert!(!k.call(Call::AddRobot {
            nick: format!("evil{odd}").into(),
            class: 0,
            fields: Default::default(),
        }));
        assert!(!k.call(Call::AddReg {
            nick: format!("evil{odd}").into(),
            class: 1,
            password: "secret".into(),
            op: "boss".into(),
        }));
    }
}

#[test]
fn an_old_registration_can_be_used_and_handled() {
    for odd in ["a\tb", "evil\t", "\tevil", "a\u{c}b", "evil\u{a0}"] {
        let mut k = Kit::new();
        k.register("op", 5);
        k.register(odd, 1);
        k.register("evil", 1);
        let (op, odd_one, evil) = (k.login("op"), k.login(odd), k.login("evil"));
        k.got(op);
        k.say(op, "op", &format!("!gag {odd} 5m"));
        k.say(odd_one, odd, "hello");
        assert!(
            !k.got(op).contains(&format!("<{odd}> hello|")),
            "{odd:?} is not gagged"
        );
        k.say(evil, "evil", "hello");
        k.expect_in(op, "<evil> hello|");
        k.say(op, "op", &format!("!kick {odd} because"));
        assert!(k.closed(odd_one) && !k.closed(evil), "{odd:?}");
    }
}

#[test]
fn a_ban_hits_the_nick_that_was_said() {
    for odd in ["evil\tx", "evil\u{b}", "evil\u{c}x", "\tevil"] {
        for command in ["ban", "bannick", "kick", "drop", "gag", "regdel", "regpass"] {
            let mut k = Kit::new();
            k.register("op", 10);
            k.register("evil", 1);
            let (op, evil) = (k.login("op"), k.login("evil"));
            k.got(evil);
            k.say(op, "op", &format!("!{command} {odd} why"));
            let got = k.got(op);
            assert!(!k.closed(evil), "!{command} {odd:?} hit evil: {got}");
            assert_eq!(k.user("evil").class, 1, "!{command} {odd:?}");
            k.say(evil, "evil", "still here");
            k.expect_in(op, "<evil> still here|");
            k.leave(evil);
            let again = k.login("evil");
            assert!(!k.closed(again), "!{command} {odd:?}");
        }
    }
}

//! What is read anew from the database while the hub runs.

use bytes::Bytes;

use super::*;
use crate::io::{ConnId, Input};
use crate::reg::{BanRow, RightsRow};

fn hub() -> (Kit, ConnId) {
    let mut k = Kit::new();
    k.register("boss", 5);
    let boss = k.login("boss");
    (k, boss)
}

fn nick_ban(nick: &'static str) -> BanRow {
    BanRow {
        ip: "_nickban_".into(),
        nick: nick.into(),
        ban_type: 2,
        date_start: 5,
        nick_op: "owner".into(),
        reason: "edited".into(),
        ..BanRow::default()
    }
}

fn gag(nick: &'static str) -> RightsRow {
    RightsRow {
        nick: nick.into(),
        op: "owner".into(),
        since: 5,
        times: [0, 1, 1, 1, 1, 1, 1, 1],
    }
}

#[test]
fn a_reload_takes_bans_and_unbans() {
    let (mut k, boss) = hub();
    k.say(boss, "boss", "!bannick old by hand");
    k.got(boss);
    k.bans.clear();
    k.bans.push(nick_ban("New"));
    k.say(boss, "boss", "!reload");
    k.got(boss);
    let new = k.connect();
    k.send(new, "$Supports |$Key k|$ValidateNick new");
    k.expect_in(new, "edited");
    assert!(k.closed(new));
    let old = k.login("old");
    assert!(!k.closed(old));
    // A database that cannot be read changes nothing.
    k.bans.clear();
    k.store_fails = true;
    k.input(Input::Reload);
    assert_eq!(k.hub.ban_rows().len(), 1);
    k.quiet();
}

#[test]
fn bans_made_while_reading_or_without_database_stay() {
    let (mut k, boss) = hub();
    k.store_waits = true;
    k.input(Input::Reload);
    k.say(boss, "boss", "!bannick first x");
    k.store_answers();
    k.store_waits = false;
    assert_eq!(k.hub.ban_rows().len(), 1, "it is read once more");
    k.store_fails = true;
    k.say(boss, "boss", "!bannick second x");
    k.expect_in(boss, "This holds until the hub ends only");
    k.store_fails = false;
    assert_eq!(k.bans.len(), 1);
    k.input(Input::Reload);
    assert_eq!((k.hub.ban_rows().len(), k.bans.len()), (2, 2));
    // From now on it is a ban like others.
    k.bans.clear();
    k.input(Input::Reload);
    assert_eq!(k.hub.ban_rows().len(), 0);
    k.quiet();
}

#[test]
fn the_ban_of_a_kick_stays_one() {
    let (mut k, boss) = hub();
    k.login("ann");
    k.say(boss, "boss", "!kick ann go");
    assert_eq!(k.bans.len(), 1);
    k.input(Input::Reload);
    assert_eq!(k.hub.ban_rows().len(), 0);
    k.say(boss, "boss", "!unban ann");
    assert_eq!(k.bans.len(), 0);
    let ann = k.login("ann");
    assert!(!k.closed(ann));
}

#[test]
fn a_reload_takes_rights() {
    let (mut k, boss) = hub();
    let (ann, bob) = (k.login("ann"), k.login("bob"));
    k.rights.push(gag("Ann"));
    let mut member = gag("bob");
    member.times = [1, 1, 1, 1, 1, 1, 1, 2_000_000_000];
    k.rights.push(member);
    k.input(Input::Reload);
    k.got(boss);
    k.say(ann, "ann", "hello");
    k.expect(boss, "");
    k.send(bob, "$To: OpChat From: bob $<bob> I am in");
    k.expect_in(boss, "I am in");
    // One that was not written down is not lost, those of the database are gone.
    k.store_fails = true;
    k.say(boss, "boss", "!nopm ann");
    k.store_fails = false;
    k.rights.clear();
    k.input(Input::Reload);
    k.got(boss);
    k.send(bob, "$To: OpChat From: bob $<bob> still?");
    k.expect(boss, "");
    assert_eq!(k.rights.len(), 1);
    k.quiet();
}

#[test]
fn nonsense_in_rows_harms_nobody() {
    let (mut k, boss) = hub();
    let ann = k.login("ann");
    let extremes = [i64::MIN, -1, 0, 1, 9_999_999_999, i64::MAX - 1, i64::MAX];
    for (n, time) in extremes.into_iter().enumerate() {
        for ban_type in [i64::MIN, -1, 0, 1, 2, 3, 4, 7, 8, 9, 10, i64::MAX] {
            k.bans.push(BanRow {
                ip: format!("x|{n}$<\x1b{ban_type}").into(),
                nick: format!("bad|nick$ {n}\r\n<{ban_type}").into(),
                ban_type,
                host: "a|b..c".into(),
                range: Some((time, i64::MAX)),
                date_start: time,
                date_limit: time,
                last_hit: time,
                nick_op: "o|p".into(),
                reason: Bytes::from_static(b"x|$Quit ann|\x00\xff"),
                share_size: "-5".into(),
                ..BanRow::default()
            });
        }
        k.rights.push(RightsRow {
            nick: format!("r|{n}$").into(),
            op: "|".into(),
            since: time,
            times: [time; 8],
        });
    }
    k.rights.push(RightsRow {
        nick: "ann".into(),
        op: "|$Quit boss|".into(),
        since: i64::MAX,
        times: [i64::MAX - 1; 8],
    });
    k.input(Input::Reload);
    for command in [
        "!lstban 1000",
        "!temprights",
        "!mayinfo ann",
        "!infoban_nick bad|nick$",
    ] {
        k.say(boss, "boss", command);
    }
    k.say(ann, "ann", "hello");
    k.expect_in(ann, "You may not write in main chat");
    k.send(ann, "$Search 127.0.0.1:9 F?T?0?1?x");
    let newcomer = k.login("new");
    assert!(!k.closed(newcomer) && !k.closed(ann) && !k.closed(boss));
    let told = k.got(boss);
    assert!(!told.contains("|$Quit"), "{told}");
}

//! What is read anew from the database while the hub runs.

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

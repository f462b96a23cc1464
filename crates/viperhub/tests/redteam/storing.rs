//! What is told to be stored is stored, and a script's statements leave the hub's tables alone.

use std::fs;

use super::kit::{Hub, PASSWORD, Probe, until};

fn replace(from: &std::path::Path, way: &str) {
    let db = from.join("viperhub.db");
    match way {
        "removed" => fs::remove_file(&db).expect("it is there"),
        "moved" => fs::rename(&db, from.join("elsewhere.db")).expect("it is there"),
        "replaced" => {
            fs::copy(&db, from.join("copy.db")).expect("it is there");
            fs::rename(from.join("copy.db"), &db).expect("it is there");
        }
        "empty" => {
            fs::write(from.join("empty.db"), b"").expect("the directory can be written");
            fs::rename(from.join("empty.db"), &db).expect("it is there");
        }
        way => panic!("{way}?"),
    }
}

/// The file goes away or is another one while the hub runs: what is acknowledged is there afterwards.
#[test]
fn nothing_is_acknowledged_into_a_file_that_is_gone() {
    for way in ["removed", "moved", "replaced", "empty"] {
        let mut hub = Hub::setup().user("boss", 10, PASSWORD).start();
        let mut boss = hub.login_reg("boss");
        boss.chat("!regnew before 1 before-password");
        boss.expect("is now registered");
        replace(&hub.data_dir(), way);
        // A while later the hub has found out, or has refused.
        let mut acknowledged = Vec::new();
        for n in 0..4 {
            let nick = format!("after{n}");
            boss.chat(format!("!regnew {nick} 1 after-password"));
            let told = boss.expect_any(&[
                &format!("{nick} is now registered"),
                "not",
                "database",
                "could",
            ]);
            if told.contains("is now registered") {
                acknowledged.push(nick);
            }
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        hub.stop();
        let again = hub.restart();
        for nick in &acknowledged {
            let mut client = super::kit::Client::connect(&again);
            client.ask_nick(&super::kit::Who::new(nick));
            let told = client.expect_any(&["$GetPass", "$Hello"]);
            assert!(
                told.contains("$GetPass"),
                "{way}: {nick} was acknowledged and is lost"
            );
        }
    }
}

/// What the hub's tables are made of is not a script's to change, however it is said.
#[test]
fn the_hubs_tables_stay() {
    let hub = Hub::setup().probe(&[]).user("op", 3, PASSWORD).start();
    let mut probe = Probe::login(&hub);
    let make_up = "vh.SQL(\"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name IN ('reglist', 'banlist', 'SetupList', 'temp_rights', 'kicklist', 'unbanlist') ORDER BY 1, 2\")";
    let before = probe.eval(make_up);
    assert!(before.contains("reglist"), "{before}");
    probe.exec("vh.SQL('CREATE TABLE own (a int, b text)')");
    for statement in [
        "CREATE OR REPLACE TABLE reglist(a int)",
        "create or replace table `RegList` (a int)",
        "CREATE TABLE main.reglist (a int)",
        "CREATE TEMPORARY TABLE reglist (a int)",
        "CREATE UNIQUE INDEX one ON reglist (class)",
        "CREATE INDEX two ON `banlist` (reason)",
        "DROP INDEX IF EXISTS one",
        "DROP TABLE IF EXISTS reglist, own",
        "DROP TABLE own, reglist",
        "ALTER TABLE reglist RENAME TO lost",
        "ALTER TABLE own RENAME TO temp_rights",
        "RENAME TABLE reglist TO lost",
        "RENAME TABLE own TO own2, banlist TO lost",
        "TRUNCATE TABLE SetupList",
        "CREATE TRIGGER t AFTER INSERT ON own BEGIN DELETE FROM reglist; END",
        "CREATE TRIGGER t INSTEAD OF DELETE ON reglist BEGIN SELECT 1; END",
        "CREATE VIEW reglist AS SELECT 1",
        "CREATE TABLE x AS SELECT * FROM reglist; DROP TABLE reglist",
        "/* hidden */ DROP TABLE reglist",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = DELETE",
        "UPDATE sqlite_master SET sql = '' WHERE name = 'reglist'",
        "DELETE FROM sqlite_master",
        "ATTACH DATABASE '/tmp/other' AS other",
        "VACUUM INTO '/tmp/other'",
        "BEGIN IMMEDIATE",
        "SAVEPOINT s",
        "REINDEX reglist",
    ] {
        probe.eval(&format!("vh.SQL({statement:?})"));
        assert_eq!(probe.eval(make_up), before, "{statement}");
    }
    // And registering works as before.
    probe.client.chat("!regnew fresh 1 fresh-password");
    probe.client.expect("is now registered");
    hub.login_reg("op");
    until(|| {
        probe
            .eval("vh.SQL(\"SELECT nick FROM reglist WHERE nick = 'fresh'\")")
            .contains("fresh")
    });
}

/// Lengths of times are limited, and the answer says what was stored.
#[test]
fn times_are_what_they_are_said_to_be() {
    let hub = Hub::setup()
        .user("boss", 10, PASSWORD)
        .user("reg", 1, PASSWORD)
        .start();
    let mut boss = hub.login_reg("boss");
    let _reg = hub.login_reg("reg");
    for command in ["gag", "nopm", "nosearch", "nodl", "nochat"] {
        for span in [
            "99999999999d",
            "9223372036854775807s",
            "18446744073709551615w",
            "300000000y",
        ] {
            boss.chat(format!("!{command} reg {span}"));
            let told = boss.quiet();
            assert!(!told.is_empty(), "{command} {span}: no answer");
            assert!(
                !told.contains("100000000"),
                "{command} {span} is accepted: {told}"
            );
        }
    }
    for span in ["99999999999d", "300000000y"] {
        boss.chat(format!("!ban_{span} somebody why"));
        let told = boss.quiet();
        assert!(!told.is_empty(), "ban_{span}: no answer");
    }
}

/// Both ways of ending leave one file that has everything.
#[test]
fn a_copy_of_the_file_alone_has_everything() {
    for round in 0..3 {
        let mut hub = Hub::setup().user("boss", 10, PASSWORD).start();
        let mut boss = hub.login_reg("boss");
        for n in 0..=round {
            boss.chat(format!("!regnew new{n} 1 new-password"));
            boss.expect("is now registered");
        }
        hub.stop();
        let data = hub.data_dir();
        for left in ["viperhub.db-wal", "viperhub.db-shm"] {
            assert!(!data.join(left).exists(), "{left} is left");
        }
        let copy = super::kit::temp_dir();
        fs::copy(data.join("viperhub.db"), copy.path().join("viperhub.db")).expect("it is there");
        let listed = super::kit::Cli::run([
            "user".as_ref(),
            "list".as_ref(),
            "--data-dir".as_ref(),
            copy.path().as_os_str(),
        ])
        .ok();
        assert!(listed.contains(&format!("new{round}")), "{listed}");
    }
}

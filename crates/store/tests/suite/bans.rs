//! Bans, lifted bans, kicks, and what is forgotten at a start.

use bytes::Bytes;
use hub::reg::{BanRow, KickRow, Lifted, Listing, RightsRow, StoreOp, StoreReply};

use crate::common::sql;
use crate::each;

const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

fn ban(ip: &'static str, nick: &'static str) -> BanRow {
    BanRow {
        ip: ip.into(),
        nick: nick.into(),
        ban_type: 3,
        host: "host.example".into(),
        range: Some((16_909_056, 16_909_311)),
        date_start: NOW,
        date_limit: NOW + 60,
        last_hit: NOW + 5,
        nick_op: "op".into(),
        reason: Bytes::from_static(b"f\xfcr immer"),
        note_op: "n".into(),
        note_usr: "u".into(),
        share_size: "123456789012345678".into(),
    }
}

fn save(ban: &BanRow) -> StoreOp {
    StoreOp::SaveBan {
        ban: Box::new(ban.clone()),
    }
}

fn lift(bans: &[(&'static str, &'static str)]) -> StoreOp {
    StoreOp::DelBans {
        bans: (bans.iter())
            .map(|(ip, nick)| (Bytes::from(*ip), Bytes::from(*nick)))
            .collect(),
        lifted: Lifted {
            when: NOW + 9,
            op: "boss".into(),
            reason: "mistake".into(),
        },
    }
}

#[test]
fn a_ban_comes_back_as_it_went_in_and_moves_when_it_is_lifted() {
    each(|scratch, store| {
        let range = ban("1.2.3.0-1.2.3.255", "_rangeban_");
        let bare = BanRow {
            ip: "_nickban_".into(),
            nick: "Ann".into(),
            ban_type: 2,
            ..BanRow::default()
        };
        for ban in [&range, &bare] {
            assert_eq!(store.execute(save(ban)), StoreReply::Done);
        }
        let mut store = scratch.open();
        let mut seen = store.bans().unwrap();
        seen.sort_by_key(|ban| ban.ban_type);
        assert_eq!(seen, [bare.clone(), range.clone()]);
        // Nothing but what was meant is stored where nothing is known.
        let nulls = "SELECT count(*) FROM banlist WHERE nick = 'ann' AND date_limit IS NULL \
             AND last_hit IS NULL AND reason IS NULL AND range_fr IS NULL AND host IS NULL";
        assert_eq!(sql(store.as_mut(), nulls).as_deref(), Ok("1"));

        let longer = BanRow {
            nick: "ANN".into(),
            reason: "again".into(),
            date_limit: NOW,
            ..bare
        };
        assert_eq!(store.execute(save(&longer)), StoreReply::Done);
        let hit = |nick: &'static str| StoreOp::HitBan {
            ip: "_nickban_".into(),
            nick: nick.into(),
            when: NOW + 7,
        };
        assert_eq!(store.execute(hit("ann")), StoreReply::Done);
        assert_eq!(store.execute(hit("bob")), StoreReply::NoUser);
        let mut seen = store.bans().unwrap();
        seen.sort_by_key(|ban| ban.ban_type);
        let longer = BanRow {
            last_hit: NOW + 7,
            ..longer
        };
        assert_eq!(seen, [longer, range.clone()]);

        let op = lift(&[("_nickban_", "aNN"), ("none", "none")]);
        assert_eq!(
            store.execute_all(vec![op.clone(), op]),
            [StoreReply::Done, StoreReply::Done]
        );
        assert_eq!(store.bans(), Ok(vec![range]));
        let lifted = "SELECT ip, nick, reason, date_unban, unban_op, unban_reason FROM unbanlist";
        assert_eq!(
            sql(store.as_mut(), lifted).as_deref(),
            Ok("_nickban_,ANN,again,1700000009,boss,mistake")
        );
    });
}

#[test]
fn kicks_are_written_one_a_second() {
    each(|_, store| {
        let kick = |reason: &'static str, time| StoreOp::AddKick {
            kick: Box::new(KickRow {
                nick: "ann".into(),
                time,
                ip: "192.0.2.1".into(),
                reason: reason.into(),
                op: "op".into(),
                share_size: "5".into(),
                is_drop: true,
                ..KickRow::default()
            }),
            within: 0,
        };
        for (reason, time) in [("a", NOW), ("b", NOW), ("c", NOW + 1)] {
            assert_eq!(store.execute(kick(reason, time)), StoreReply::Done);
        }
        let query = "SELECT nick, time, ip, host, share_size, reason, op, is_drop FROM kicklist ORDER BY time";
        assert_eq!(
            sql(store, query).as_deref(),
            Ok("ann,1700000000,192.0.2.1,-,5,b,op,1;ann,1700000001,192.0.2.1,-,5,c,op,1")
        );
    });
}

#[test]
fn a_second_kick_by_the_same_operator_adds_its_reason() {
    each(|_, store| {
        let kick = |op: &'static str, reason: &'static str, time, is_drop| StoreOp::AddKick {
            kick: Box::new(KickRow {
                nick: "Ann".into(),
                time,
                reason: reason.into(),
                op: op.into(),
                is_drop,
                ..KickRow::default()
            }),
            within: 300,
        };
        for op in [
            kick("op", "spam", NOW, false),
            kick("OP", "again", NOW + 300, false),
            kick("op", "", NOW + 300, false),
            kick("other", "x", NOW + 1, false),
            kick("op", "dropped", NOW + 2, true),
            kick("op", "late", NOW + 301, false),
        ] {
            assert_eq!(store.execute(op), StoreReply::Done);
        }
        let query = "SELECT time, op, reason, is_drop FROM kicklist ORDER BY time";
        let seen = format!(
            "{NOW},op,spam; again,0;{},other,x,0;{},op,dropped,1;{},op,late,0",
            NOW + 1,
            NOW + 2,
            NOW + 301
        );
        assert_eq!(sql(store, query), Ok(seen));
    });
}

#[test]
fn rights_are_one_row_a_nick_and_the_newest_counts() {
    each(|scratch, store| {
        let insert = "INSERT INTO temp_rights (nick, since, st_chat, st_kick) VALUES \
             ('gagged', 5, NULL, 1), ('ann', 7, 1, 99)";
        sql(store, insert).unwrap();
        if !scratch.is_sqlite() {
            // As the original: no key, a row for each change.
            sql(store, "DELETE FROM temp_rights").unwrap();
        }
        let row = |nick: &'static str, since, times| RightsRow {
            nick: nick.into(),
            op: Bytes::from_static(b"\xf6p"),
            since,
            times,
        };
        let first = row("Bob", NOW, [0, 1, 1, NOW + 5, 1, NOW + 6, 1, 1]);
        let second = row("BOB", NOW + 1, [1, NOW, 1, 1, NOW + 9, 1, 1, NOW]);
        for rights in [&first, &second] {
            let rights = Box::new(rights.clone());
            assert_eq!(
                store.execute(StoreOp::SaveRights { rights }),
                StoreReply::Done
            );
        }
        let seen = scratch.open().rights().unwrap();
        assert!(seen.contains(&second) && !seen.contains(&first), "{seen:?}");
        if scratch.is_sqlite() {
            assert_eq!(seen.len(), 3);
            assert_eq!(seen[2].times, [0, 1, 1, 1, 1, 1, 1, 1]);
        }
        let usual = Box::new(row("bob", NOW + 2, [1; 8]));
        assert_eq!(
            store.execute(StoreOp::SaveRights { rights: usual }),
            StoreReply::Done
        );
        let left = sql(store, "SELECT count(*) FROM temp_rights WHERE nick = 'bob'");
        assert_eq!(left.as_deref(), Ok("0"));
    });
}

#[test]
fn lists_are_emptied() {
    each(|_, store| {
        let tables = ["banlist", "unbanlist", "kicklist", "temp_rights"];
        for table in tables {
            sql(store, format!("INSERT INTO {table} (nick) VALUES ('x')")).unwrap();
        }
        let lists = [
            Listing::Bans,
            Listing::LiftedBans,
            Listing::Kicks,
            Listing::Rights,
        ];
        for (n, list) in lists.into_iter().enumerate() {
            assert_eq!(store.execute(StoreOp::Clean { list }), StoreReply::Done);
            for (m, table) in tables.iter().enumerate() {
                let left = sql(store, format!("SELECT count(*) FROM {table}"));
                assert_eq!(
                    left.as_deref(),
                    Ok(if m <= n { "0" } else { "1" }),
                    "{table}"
                );
            }
        }
    });
}

#[test]
fn what_is_long_over_is_forgotten_at_a_start() {
    each(|_, store| {
        for (nick, limit) in [
            ("for good", "NULL".to_owned()),
            ("for good too", "0".to_owned()),
            ("runs", (NOW + 5).to_string()),
            ("ended", (NOW - 6 * DAY).to_string()),
            ("old", (NOW - 8 * DAY).to_string()),
        ] {
            let insert = format!(
                "INSERT INTO banlist (ip, nick, date_limit) VALUES ('_nickban_', '{nick}', {limit})"
            );
            sql(store, insert).unwrap();
        }
        for (table, column) in [("unbanlist", "date_unban"), ("kicklist", "time")] {
            for age in [29, 31] {
                let insert = format!(
                    "INSERT INTO {table} (nick, {column}) VALUES ('{age}', {})",
                    NOW - age * DAY
                );
                sql(store, insert).unwrap();
            }
        }
        for (nick, rights) in [
            ("over", "1, 5, 1, 1".to_owned()),
            ("denied", "0, 1, 1, 1".to_owned()),
            ("runs", format!("1, 1, {}, 1", NOW + 5)),
        ] {
            let insert = format!(
                "INSERT INTO temp_rights (nick, st_chat, st_search, st_kick, st_reg) VALUES ('{nick}', {rights})"
            );
            sql(store, insert).unwrap();
        }
        assert_eq!(store.clean(NOW), Ok(4));
        assert_eq!(store.clean(NOW), Ok(0));
        for (query, left) in [
            (
                "SELECT nick FROM banlist ORDER BY nick",
                "ended;for good;for good too;runs",
            ),
            ("SELECT nick FROM unbanlist", "29"),
            ("SELECT nick FROM kicklist", "29"),
            ("SELECT nick FROM temp_rights ORDER BY nick", "denied;runs"),
        ] {
            assert_eq!(sql(store, query).as_deref(), Ok(left), "{query}");
        }
    });
}

/// Beyond 2038, where 32 bits end, and at the longest time there is.
#[test]
fn times_and_texts_are_stored_whole_or_refused() {
    const FAR: [i64; 3] = [2_426_000_000, NOW + 31_536_000_000, i64::MAX - 1];
    each(|scratch, store| {
        for (n, time) in FAR.into_iter().enumerate() {
            let row = BanRow {
                nick: format!("n{n}").into(),
                date_start: time,
                date_limit: time,
                last_hit: time,
                reason: "r".repeat(9000).into(),
                share_size: u64::MAX.to_string().into(),
                ..ban("_nickban_", "")
            };
            assert_eq!(store.execute(save(&row)), StoreReply::Done, "{time}");
            assert!(store.bans().unwrap().contains(&row), "{time}");
            let (ip, nick) = (row.ip.clone(), row.nick.clone());
            let hit = StoreOp::HitBan {
                ip,
                nick,
                when: time,
            };
            assert_eq!(store.execute(hit), StoreReply::Done);
            let rights = RightsRow {
                nick: format!("r{n}").into(),
                op: "op".into(),
                since: time,
                times: [time; 8],
            };
            let rights_op = StoreOp::SaveRights {
                rights: Box::new(rights.clone()),
            };
            assert_eq!(store.execute(rights_op), StoreReply::Done);
            assert!(store.rights().unwrap().contains(&rights));
            let kick = KickRow {
                nick: "k".into(),
                time,
                reason: "r".repeat(9000).into(),
                share_size: u64::MAX.to_string().into(),
                op: "op".into(),
                ..KickRow::default()
            };
            let kick = StoreOp::AddKick {
                kick: Box::new(kick),
                within: 0,
            };
            assert_eq!(store.execute(kick), StoreReply::Done);
            let stored = sql(
                store,
                format!("SELECT LENGTH(reason), share_size FROM kicklist WHERE time = {time}"),
            );
            assert_eq!(
                stored,
                Ok(format!("9000,{}", u64::MAX)),
                "on {}",
                scratch.url()
            );
            assert_eq!(
                store.execute(lift(&[("_nickban_", "n0")])),
                StoreReply::Done
            );
        }
        // What is too long for its column is refused or kept whole, never cut.
        for row in [
            BanRow {
                host: "h".repeat(300).into(),
                ..ban("1", "_ipban_")
            },
            BanRow {
                nick_op: "o".repeat(200).into(),
                ..ban("2", "_ipban_")
            },
            BanRow {
                nick: "n".repeat(200).into(),
                ..ban("_nickban_", "")
            },
            BanRow {
                ban_type: i64::MAX,
                ..ban("3", "_ipban_")
            },
        ] {
            match store.execute(save(&row)) {
                StoreReply::Done => assert!(store.bans().unwrap().contains(&row)),
                StoreReply::Failed(why) => assert!(why.contains("column"), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    });
}

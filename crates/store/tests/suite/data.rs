//! Settings, odd content, commits.

use bytes::Bytes;
use hub::config::{Config, specs};
use hub::lists::List;
use hub::reg::{BanRow, Lifted, Listing, PluginRow, RegUser, RightsRow, StoreOp, StoreReply};
use store::Store;

use crate::common::{add, get, sql, user};
use crate::each;

fn all_bytes(without: &[u8]) -> Bytes {
    (0..=255_u8).filter(|b| !without.contains(b)).collect()
}

#[test]
fn settings_are_kept_and_defaults_only_added() {
    each(|scratch, store| {
        let set = |file: &'static str, var: &'static str, value: &'static str| StoreOp::SetConfig {
            file: file.into(),
            var: var.into(),
            value: value.into(),
        };
        assert_eq!(
            store.execute(set("config", "hub_name", "Mine")),
            StoreReply::Done
        );
        assert_eq!(
            store.execute(set("pi_x", "hub_name", "other")),
            StoreReply::Done
        );
        store.save_defaults(&Config::default()).unwrap();
        store.save_defaults(&Config::default()).unwrap();

        let mut store = scratch.open();
        let config = store.load_config(b"config").unwrap();
        assert_eq!(config.len(), specs().count());
        assert_eq!(
            store.get_config(b"config", b"hub_name"),
            Ok(Some("Mine".into()))
        );
        assert_eq!(
            store.get_config(b"CONFIG", b"Hub_Name"),
            Ok(Some("Mine".into()))
        );
        assert_eq!(
            store.get_config(b"config", b"hub_topic"),
            Ok(Some(Bytes::new()))
        );
        assert_eq!(store.get_config(b"config", b"nothing"), Ok(None));
        assert_eq!(
            store.get_config(b"pi_x", b"hub_name"),
            Ok(Some("other".into()))
        );
        assert_eq!(
            store.load_config(b"pi_x").unwrap(),
            [("hub_name".into(), "other".into())]
        );
        // What was stored can be read back as settings.
        let mut read = Config::default();
        for (var, value) in config {
            read.set(str::from_utf8(&var).unwrap(), &value).unwrap();
        }
        read.identity.hub_name = Config::default().identity.hub_name;
        assert_eq!(read, Config::default());

        assert_eq!(
            store.execute(set("config", "hub_name", "")),
            StoreReply::Done
        );
        assert_eq!(
            store.get_config(b"config", b"hub_name"),
            Ok(Some(Bytes::new()))
        );
    });
}

#[test]
fn every_byte_comes_back() {
    each(|_, store| {
        // No longer than the column.
        let all = all_bytes(&[0]);
        let nicks: Vec<Bytes> = all.chunks(60).map(Bytes::copy_from_slice).collect();
        for nick in &nicks {
            let note = all.slice(..);
            let new = RegUser {
                note_op: note.clone(),
                ..*user(nick.clone(), 1)
            };
            let op = StoreOp::AddUser {
                user: Box::new(new),
                password: Bytes::new(),
            };
            assert_eq!(store.execute(op), StoreReply::Done);
            let nick = nick.clone();
            let StoreReply::User(Some(seen)) =
                store.execute(StoreOp::GetUser { nick: nick.clone() })
            else {
                panic!("not found")
            };
            assert_eq!((&seen.nick, &seen.note_op), (&nick, &note));
        }
        for byte in 0..=255_u8 {
            let value = Bytes::copy_from_slice(&[b'x', byte]);
            let (file, var) = (Bytes::from_static(b"pi_x"), Bytes::from(format!("v{byte}")));
            let set = StoreOp::SetConfig {
                file,
                var: var.clone(),
                value: value.clone(),
            };
            assert_eq!(store.execute(set), StoreReply::Done);
            assert_eq!(store.get_config(b"pi_x", &var), Ok(Some(value.clone())));
            // The same through a script's statement, as value and as result.
            let quoted: &[u8] = match byte {
                b'\'' => b"x''",
                b'\\' => br"x\\",
                _ => &value,
            };
            let query = [
                b"SELECT val FROM SetupList WHERE file='pi_x' AND val='",
                quoted,
                b"' AND var='v",
                byte.to_string().as_bytes(),
                b"'",
            ]
            .concat();
            assert_eq!(
                store.sql(&query, 10),
                Ok(vec![vec![Some(value)]]),
                "byte {byte}"
            );
        }
        let mut seen = store.registered_nicks().unwrap();
        seen.sort();
        assert_eq!(seen, nicks);
    });
}

#[test]
fn odd_rows_hide_no_others() {
    each(|scratch, store| {
        // Other programs write what they like into a file; a server does not let all of it in.
        let of_others = [
            "INSERT INTO reglist (nick, class, reg_date) VALUES ('b', 'three', 'yesterday')",
            "INSERT INTO reglist (nick, class, note_op) VALUES ('c', 99999999999, x'ff00fe')",
        ];
        let instead = [
            "INSERT INTO reglist (nick, class, reg_date) VALUES ('b', 1, NULL)",
            "INSERT INTO reglist (nick, class) VALUES ('c', NULL)",
        ];
        let instead = if scratch.is_sqlite() {
            let url = scratch.url();
            let file = url.strip_prefix("sqlite:").expect("a file");
            let beside = rusqlite::Connection::open(file).expect("opens");
            for odd in of_others {
                assert_eq!(beside.execute(odd, []), Ok(1), "{odd}");
            }
            [].as_slice()
        } else {
            instead.as_slice()
        };
        for odd in instead.iter().copied().chain([
            "INSERT INTO reglist (nick, class, enabled) VALUES ('a', NULL, NULL)",
            "INSERT INTO reglist (nick, class, login_cnt) VALUES (x'64', '4', 1)",
            "INSERT INTO reglist (nick) VALUES ('')",
            "INSERT INTO SetupList (file, var, val) VALUES ('config', 'max_users', x'3132')",
            "INSERT INTO SetupList (file, var, val) VALUES ('config', 'hub_topic', NULL)",
        ]) {
            assert_eq!(sql(store, odd), Ok(String::new()), "{odd}");
        }
        store.execute(add("good", 2, ""));
        let StoreReply::Users(users) = store.execute(StoreOp::ListUsers { class: None }) else {
            panic!("no list")
        };
        let mut seen: Vec<_> = users.iter().map(|u| (u.nick.clone(), u.class)).collect();
        seen.sort();
        let expected = [("a", 1), ("b", 1), ("c", 1), ("d", 4), ("good", 2)];
        assert_eq!(seen, expected.map(|(n, c)| (Bytes::from(n), c)));
        assert!(get(store, "a").unwrap().enabled);
        if scratch.is_sqlite() {
            assert_eq!(get(store, "c").unwrap().note_op, b"\xff\x00\xfe"[..]);
        }
        assert_eq!(store.registered_nicks().unwrap().len(), 5);
        let mut config = store.load_config(b"config").unwrap();
        config.sort();
        let expected = [("hub_topic", ""), ("max_users", "12")];
        assert_eq!(
            config,
            expected.map(|(k, v)| (Bytes::from(k), Bytes::from(v)))
        );
    });
}

#[test]
fn several_operations_share_a_commit_and_keep_their_answers() {
    each(|scratch, store| {
        let ops = vec![
            add("ann", 1, ""),
            add("ANN", 1, ""),
            add(&b""[..], 1, ""),
            StoreOp::SetClass {
                nick: "ann".into(),
                class: 5,
            },
            StoreOp::SetClass {
                nick: "nobody".into(),
                class: 5,
            },
            StoreOp::SetConfig {
                file: "f".into(),
                var: "v".into(),
                value: "1".into(),
            },
        ];
        let replies = store.execute_all(ops);
        use StoreReply::{Done, Exists, NoUser};
        assert_eq!(
            (&replies[..2], &replies[3..]),
            (&[Done, Exists][..], &[Done, NoUser, Done][..])
        );
        assert!(matches!(replies[2], StoreReply::Failed(_)));
        assert_eq!(get(scratch.open().as_mut(), "ann").unwrap().class, 5);
        assert_eq!(store.execute_all(vec![]), []);
    });
}

#[test]
fn two_stores_see_each_other_and_wait_for_each_other() {
    each(|_, store| {
        let adders: Vec<_> = (0..4)
            .map(|t| {
                let mut mine = store.another().unwrap();
                std::thread::spawn(move || {
                    for i in 0..50 {
                        let reply = mine.execute(add(format!("u{t}-{i}"), 1, ""));
                        assert_eq!(reply, StoreReply::Done);
                    }
                })
            })
            .collect();
        for i in 0..50 {
            assert_eq!(
                store.execute(add(format!("main{i}"), 1, "")),
                StoreReply::Done
            );
        }
        for adder in adders {
            adder.join().unwrap();
        }
        assert_eq!(store.registered_nicks().unwrap().len(), 250);
    });
}

#[test]
fn registered_plugins_come_back_as_they_went_in() {
    each(|scratch, store| {
        assert_eq!(store.plugins(), Ok(Vec::new()));
        let bare = PluginRow {
            nick: "bare".into(),
            path: "x.so".into(),
            ..PluginRow::default()
        };
        let full = PluginRow {
            nick: "Full".into(),
            path: "/".repeat(255).into(),
            detail: Bytes::from_static(b"f\xfcr mich"),
            autoload: true,
            error: "why not".into(),
            lastload: 1_700_000_000,
        };
        for row in [&full, &bare] {
            store.save_plugin(row).unwrap();
        }
        let mut store = scratch.open();
        assert_eq!(store.plugins(), Ok(vec![bare.clone(), full.clone()]));
        // Names compare without case; a change leaves the others alone.
        let changed = PluginRow {
            nick: "FULL".into(),
            path: "y.so".into(),
            ..PluginRow::default()
        };
        store.save_plugin(&changed).unwrap();
        let rows = store.plugins().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].path, "y.so");
        assert_eq!(rows[1].error, "");
        assert_eq!(store.delete_plugin(b"full"), Ok(true));
        assert_eq!(store.delete_plugin(b"full"), Ok(false));
        assert_eq!(store.plugins(), Ok(vec![bare]));
    });
}

/// The hub's own edits are no news to it; those of others are, also between own ones.
#[test]
fn own_edits_are_told_from_those_of_others() {
    each(|_, store| {
        let mut watch = store.another().expect("another connection");
        let ban = |n: i64| {
            let ban = BanRow {
                ip: format!("10.0.0.{n}").into(),
                nick: "_ipban_".into(),
                ban_type: 1,
                range: Some((n, n)),
                date_start: n,
                reason: "r".into(),
                ..BanRow::default()
            };
            StoreOp::SaveBan { ban: Box::new(ban) }
        };
        let lift = |n: i64| StoreOp::DelBans {
            bans: vec![(format!("10.0.0.{n}").into(), "_ipban_".into())],
            lifted: Lifted {
                when: 9,
                op: "boss".into(),
                reason: "x".into(),
            },
        };
        let rights = |times: [i64; 8]| StoreOp::SaveRights {
            rights: Box::new(RightsRow {
                nick: "Ann".into(),
                op: "boss".into(),
                since: 5,
                times,
            }),
        };
        let set = |value: &'static str| StoreOp::SetConfig {
            file: "config".into(),
            var: "hub_topic".into(),
            value: value.into(),
        };
        let client = |name: &'static str| StoreOp::PutRow {
            list: List::Clients,
            row: {
                let mut row = List::Clients.blank(name.into());
                row[1] = Some("tag".into());
                row
            },
        };
        let before = watch.digest().expect("a digest");
        let mut own = |store: &mut dyn Store, op: StoreOp| {
            let said = format!("{op:?}");
            assert_eq!(store.execute(op), StoreReply::Done, "{said}");
            assert_eq!(watch.digest().expect("a digest"), before, "{said}");
        };
        for op in [
            ban(1),
            ban(1),
            ban(2),
            set("a"),
            set("b"),
            lift(1),
            rights([0; 8]),
        ] {
            own(store, op);
        }
        own(store, client("x"));
        let key = "x".into();
        let list = List::Clients;
        own(store, StoreOp::DelRow { list, key });
        // Several in one transaction, one of them about nothing.
        let none = StoreOp::HitBan {
            ip: "z".into(),
            nick: "z".into(),
            when: 1,
        };
        let replies = store.execute_all(vec![ban(3), none, ban(4), rights([1; 8])]);
        assert_eq!(replies[2], StoreReply::Done);
        assert_eq!(watch.digest().expect("a digest"), before);
        // Others: a script, or a person at a console.
        let mut seen = vec![before];
        for edit in [
            "UPDATE banlist SET reason = 'longer' WHERE ip = '10.0.0.3'",
            "UPDATE banlist SET ip = '10.0.0.5' WHERE ip = '10.0.0.4'",
            "UPDATE SetupList SET val = 'c' WHERE var = 'hub_topic'",
            "INSERT INTO temp_rights (nick, since, st_chat) VALUES ('bob', 5, 0)",
            "DELETE FROM banlist WHERE ip = '10.0.0.2'",
        ] {
            sql(store, edit).expect(edit);
            let now = watch.digest().expect("a digest");
            assert!(!seen.contains(&now), "{edit}");
            seen.push(now);
            assert_eq!(store.execute(ban(6)), StoreReply::Done);
            assert_eq!(
                watch.digest().expect("a digest"),
                now,
                "an own one after {edit}"
            );
        }
        assert_eq!(
            store.execute(StoreOp::Clean {
                list: Listing::Bans
            }),
            StoreReply::Done
        );
        assert_eq!(
            watch.digest().expect("a digest"),
            *seen.last().expect("one")
        );
    });
}
